"""Rows by an expression in pandas' query syntax, of which only what computes with columns is let pass.

`DataFrame.query` itself gives an expression every attribute of a column, methods that write files among them.
"""

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Any

from mlzoo.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

METHODS = (  # of a column; all of those behind .str and .dt are let pass
    *("abs", "between", "clip", "duplicated", "fillna", "isin", "isna", "isnull", "notna", "notnull", "round"),
    *("count", "max", "mean", "median", "min", "nunique", "quantile", "rank", "std", "sum", "shift", "diff"),
)
ACCESSORS = ("str", "dt")
FUNCTIONS = (
    *("sin", "cos", "tan", "exp", "log", "expm1", "log1p", "log10", "sqrt", "sinh", "cosh", "tanh", "arcsin", "arccos"),
    *("arctan", "arccosh", "arcsinh", "arctanh", "arctan2", "abs", "floor", "ceil"),
)
QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`([^`]+)`""")
WORDS = {"&": " and ", "|": " or "}  # which bind less than a comparison, as in pandas


def parse(expression: str, *, where: str) -> tuple[ast.Expression, dict[str, str]]:
    """An expression, and the columns that it writes in backticks, by the name that stands for each.

    Raises
    ------
    ConfigError
        If it cannot be parsed, or does anything but compute with columns.
    """
    given = f"{where}={expression!r}"
    quoted: dict[str, str] = {}

    def placeholder(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        name = f"_{len(quoted)}_"
        quoted[name] = found[1]
        return name

    text = QUOTED.sub(placeholder, expression.strip())
    if "@" in QUOTED.sub("", text):
        raise ConfigError(f"{given}: @ names a variable of Python, and there is none; write the value itself.")
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text.replace("\n", " ")).readline)
        words = [(kind, WORDS.get(word, word)) for kind, word, *_ in tokens]
        tree = ast.parse(tokenize.untokenize(words).strip(), mode="eval")
    except (SyntaxError, tokenize.TokenError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise ConfigError(
            f"{given}: this is no expression of pandas' query syntax ({reason}), such as petal_length > 5 and "
            "species == 'setosa' (a column whose name has spaces stands in backticks)."
        ) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not _harmless(node):
            known = f"{', '.join(METHODS)}, and what is behind .str and .dt"
            raise ConfigError(f"{given}: .{node.attr} may not be used here. There are: {known}.")
    return tree, quoted


def _harmless(node: ast.Attribute) -> bool:
    if node.attr.startswith("_") or isinstance(node.value, ast.Constant):
        return False
    behind = isinstance(node.value, ast.Attribute) and node.value.attr in ACCESSORS
    return behind or node.attr in (*METHODS, *ACCESSORS)


def rows(frame: "pd.DataFrame", expression: str, *, where: str) -> "pd.DataFrame":
    """The rows of a table that an expression is true for, numbered anew.

    Parameters
    ----------
    frame : DataFrame
        Whose columns the expression names, those with other names than Python's in backticks.
    expression : str
        In the syntax of `DataFrame.query`, without variables; times with a time zone are compared in UTC.
    where : str
        The config key to name in errors.

    Raises
    ------
    ConfigError
        As `parse`.
    DataError
        If it names no column, or cannot be worked out.
    """
    import pandas as pd

    tree, quoted = parse(expression, where=where)
    given = f"{where}={expression!r}"
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    known = {str(name): f"_c{number}_" for number, name in enumerate(frame.columns)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or (id(node) in called and node.id in FUNCTIONS):
            continue
        name = quoted.get(node.id, node.id)
        if name not in known:
            raise DataError(
                f"{given}: there is no column {name!r}.{nearest(name, known)} There are: {', '.join(known)}."
            )
        node.id = known[name]
    try:
        table = pd.DataFrame({stand_in: _naive(frame[name]) for name, stand_in in known.items()})
        kept = table.eval(ast.unparse(tree), engine="python")
    except Exception as error:  # of any kind: what is compared decides
        text = str(error)
        for name, stand_in in known.items():
            text = text.replace(stand_in, name)
        raise DataError(
            f"{given} cannot be worked out ({type(error).__name__}: {text}). There are: {_kinds(frame)}."
        ) from error
    if not (isinstance(kept, pd.Series) and pd.api.types.is_bool_dtype(kept)):
        raise DataError(f"{given}: this is not true or false for each row. There are: {_kinds(frame)}.")
    return frame[kept.fillna(False).to_numpy(dtype=bool)].reset_index(drop=True)


def _naive(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as text such as '2020-01-31' may be compared with: without its time zone."""
    import pandas as pd

    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        return values
    found: pd.Series[Any] = values.dt.tz_convert("UTC").dt.tz_localize(None)
    return found


def _kinds(frame: "pd.DataFrame") -> str:
    return ", ".join(f"{name} ({dtype})" for name, dtype in frame.dtypes.items())
