"""Rows by an expression in pandas' query syntax, of which only what computes with columns is let pass.

`DataFrame.query` itself gives an expression every attribute of a column, methods that write files among them.
"""

import ast
import io
import math
import re
import tokenize
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from mlzoo import operands
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
EXACT = 2**53  # up to it every whole number is a float
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

    given = f"{where}={expression!r}"
    known = {str(name): f"_c{number}_" for number, name in enumerate(frame.columns)}
    tree = _with_stand_ins(expression, known, where)
    if frame.empty:  # there is no value to say of what type a column is
        return frame
    try:
        kept = _worked_out(frame, known, tree)
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


def _with_stand_ins(expression: str, known: dict[str, str], where: str) -> ast.Expression:
    """An expression with the stand-in of each column in its place."""
    tree, quoted = parse(expression, where=where)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or (id(node) in called and node.id in FUNCTIONS):
            continue
        name = quoted.get(node.id, node.id)
        if name not in known:
            raise DataError(
                f"{where}={expression!r}: there is no column {name!r}.{nearest(name, known)} There are: "
                f"{', '.join(known)}."
            )
        node.id = known[name]
    return tree


def _worked_out(frame: "pd.DataFrame", known: dict[str, str], tree: ast.Expression) -> Any:
    """What an expression is for each row, with whole numbers that no float holds as such, to be compared exactly."""
    import pandas as pd

    unknown = {known[str(name)] for name in frame if frame[name].dtype == object and frame[name].isna().all()}
    times = {known[str(name)]: frame[name].dtype.kind for name in frame if frame[name].dtype.kind in "mM"}
    types = {name: dtype for name, dtype in _types_by_use(tree, unknown, times).items() if name in unknown}

    def table(*, exact: bool) -> pd.DataFrame:
        columns = {stand_in: _computable(frame[name], exact=exact) for name, stand_in in known.items()}
        return pd.DataFrame(columns).astype(types)

    exact = table(exact=True)
    zoned = {known[str(name)] for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)}
    operands.Kinds(table(exact=False)).visit(tree)
    words = ast.unparse(operands.Times(exact, zoned).visit(tree))
    try:
        return exact.eval(words, engine="python")
    except Exception:  # not all is known of such numbers; it may be that of floats
        return table(exact=False).eval(words, engine="python")


def _types_by_use(tree: ast.Expression, unknown: Collection[str], times: Mapping[str, str]) -> dict[str, str]:
    """The types of columns by what is done with them, for that to be done on the day that one has no value too.

    Beside `times`, of a kind of numpy's, an `unknown` one is such too; of two unknown ones nothing is told.
    """
    import pandas as pd

    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(name), attr="str"):
                found[name] = "str"
            case ast.Attribute(value=ast.Attribute(value=ast.Name(name), attr="dt"), attr=attr):
                found[name] = "datetime64[us]" if hasattr(pd.DatetimeIndex, attr) else "timedelta64[us]"
            case ast.Attribute(value=ast.Name(name), attr="abs" | "round"):
                found[name] = "float64"
            case ast.Expression() | ast.BoolOp() | ast.UnaryOp(op=ast.Not() | ast.Invert()):
                found |= {one.id: "boolean" for one in ast.iter_child_nodes(node) if isinstance(one, ast.Name)}
            case ast.BinOp(ast.Name(left), ast.Add() | ast.Sub() as op, ast.Name(right)):
                if {left, right} <= {*unknown}:
                    continue
                kind = times.get(left) or times.get(right)
                moment = kind == "M" and isinstance(op, ast.Sub)
                dtype = "datetime64[us]" if moment else "timedelta64[us]" if kind else "float64"
                found |= {left: dtype, right: dtype}
            case ast.UnaryOp() | ast.BinOp() | ast.Call():
                found |= {one.id: "float64" for one in ast.iter_child_nodes(node) if isinstance(one, ast.Name)}
    return found


def _computable(values: "pd.Series[Any]", *, exact: bool) -> "pd.Series[Any]":
    """A column as an expression computes with it.

    Times are without their zone, as text such as '2020-01-31' may be compared with, booleans that may be missing of
    pandas' own type, and numbers floats, but for whole ones that none holds, which are Python's own if `exact`.
    """
    import pandas as pd

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "boolean":
        return values.astype("boolean")
    if not operands.is_exact(values):
        return values
    known = values.dropna()
    if not exact or known.between(-EXACT, EXACT).all() or not all(map(_is_whole, known)):
        return values.astype("float64")
    return known.map(int).astype(object).reindex(values.index)


def _is_whole(value: Any) -> bool:
    return math.isfinite(value) and value == int(value)


def _kinds(frame: "pd.DataFrame") -> str:
    types = {name: _computable(frame[name], exact=False).dtype for name in frame}
    return ", ".join(f"{name} ({dtype})" for name, dtype in types.items())
