"""Rows by an expression in pandas' query syntax, of which only what computes with columns is let pass.

`DataFrame.query` itself gives an expression every attribute of a column, methods that write files among them.
"""

import ast
import io
import itertools
import math
import re
import tokenize
from decimal import Decimal
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
NUMBERS = {int, float, Decimal}  # which a column of objects may hold
EXACT = 2**53  # up to it every whole number is a float
OF_DAY = re.compile(r"(\d{1,2}):(\d\d)(:\d\d(?:\.\d+)?)?")  # as one may write a time of day
DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})(?!\d)")  # a date whose first number is the day
TWO_WAYS = re.compile(r"(\d\d?)([/-])(\d\d?)\2\d{4}(?!\d)")  # one whose first number may be the month
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

    def table(*, exact: bool) -> pd.DataFrame:
        return pd.DataFrame({stand_in: _computable(frame[name], exact=exact) for name, stand_in in known.items()})

    exact = table(exact=True)
    zoned = {known[str(name)] for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)}
    _Kinds(table(exact=False)).visit(tree)
    words = ast.unparse(_Times(exact, zoned).visit(tree))
    try:
        return exact.eval(words, engine="python")
    except Exception:  # not all is known of such numbers; it may be that of floats
        return table(exact=False).eval(words, engine="python")


class _Kinds(ast.NodeVisitor):
    """Refuses values of another kind than the column that they are compared with.

    Of these pandas says that none is equal, without a word, and takes a number for nanoseconds beside times.
    """

    def __init__(self, table: "pd.DataFrame") -> None:
        self.table = table

    def visit_Compare(self, node: ast.Compare) -> None:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        for left, right in itertools.pairwise(sides):
            self._check(left, right)
            self._check(right, left)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("isin", "between"):
            for side in (*node.args[:2], *(word.value for word in node.keywords if word.arg != "inclusive")):
                self._check(node.func.value, side)

    def _check(self, column: ast.expr, side: ast.expr) -> None:
        from pandas.api import types

        given = [value for value in _constants(side) if value is not None]
        if not given or _constants(column):
            return
        try:
            found: Any = self.table.eval(ast.unparse(column), engine="python")
        except (TypeError, ValueError):  # times in it are not yet written as such
            return
        text = next((value for value in given if isinstance(value, str)), None)
        number = next((value for value in given if not isinstance(value, str)), None)
        dtype = getattr(found, "dtype", None)
        if dtype is None or not hasattr(found, "dropna"):  # a value, and no column
            return
        if number is not None and types.is_datetime64_any_dtype(dtype):
            raise TypeError(f"{number!r} is no time: write '2026-12-31', or compare .dt.year, .dt.month and so on")
        if number is not None and dtype == "str":
            raise TypeError(f"{number!r} is a number, and the column holds text: write {str(number)!r}")
        if text is not None and (types.is_numeric_dtype(dtype) or is_exact(found)):
            what = "true or false: write True or False" if types.is_bool_dtype(dtype) else "numbers: write one"
            raise TypeError(f"{text!r} is text, and the column holds {what}")


class _Times(ast.NodeTransformer):
    """Times that are compared with texts as times are written.

    `31.12.2026` is the last of December, as in a file, and of `03/04/2026` nothing says which number is the day. Those
    that equal a text, or one of several, are between it and itself: pandas takes none of them for equal to it.
    A text with a time zone is what it is in UTC, where the column has one too. `9:00` is `09:00:00` beside a
    database's times of day, which are text.
    """

    def __init__(self, table: "pd.DataFrame", zoned: set[str]) -> None:
        from pandas.api import types

        self.table, self.zoned = table, zoned
        self.times = {str(name) for name in table if types.is_datetime64_any_dtype(table[name])}

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        self._write_as_times([node.left, *node.comparators])
        sides = (node.left, node.comparators[0])
        texts, values = sorted(sides, key=lambda side: _texts_of(side) is None)
        equal, unequal = (isinstance(node.ops[0], kinds) for kinds in ((ast.Eq, ast.In), (ast.NotEq, ast.NotIn)))
        if len(node.ops) > 1 or not (equal or unequal) or _texts_of(texts) is None or not self._are_times(values):
            return node
        return self._among(values, texts, negated=unequal)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("isin", "between"):
            self._write_as_times([node.func.value, *node.args, *(word.value for word in node.keywords)])
        match node:
            case (
                ast.Call(func=ast.Attribute(value=values, attr="isin"), args=[texts])
                | ast.Call(
                    func=ast.Attribute(value=values, attr="isin"), keywords=[ast.keyword(arg="values", value=texts)]
                )
            ):
                if _texts_of(texts) is not None and self._are_times(values):
                    return self._among(values, texts, negated=False)
        return node

    def _write_as_times(self, sides: list[ast.expr]) -> None:
        """Write the texts beside columns of times as these are."""
        texts = [one for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)]
        texts = [one for one in texts if isinstance(one.value, str)]
        columns = [side for side in sides if not any(isinstance(one, ast.Constant) for one in ast.walk(side))]
        names = {one.id for side in columns for one in ast.walk(side) if isinstance(one, ast.Name)}
        of_day = any(OF_DAY.fullmatch(str(one.value)) for one in texts) and any(map(self._are_of_day, columns))
        for one in texts:
            if of_day and (found := OF_DAY.fullmatch(str(one.value))):
                one.value = f"{int(found[1]):02d}:{found[2]}{found[3] or ':00'}"
            elif names & self.times:
                text = _year_first(str(one.value))
                one.value = _in_utc(text) if names & self.zoned else text

    def _are_of_day(self, values: ast.expr) -> bool:
        from pandas.api import types

        found: Any = self.table.eval(ast.unparse(values), engine="python")
        if not types.is_string_dtype(found):
            return False
        known = found.dropna()
        return len(known) > 0 and bool(known.astype("str").str.fullmatch(r"\d\d:\d\d:\d\d(?:\.\d+)?").all())

    def _are_times(self, values: ast.expr) -> bool:
        from pandas.api import types

        if _texts_of(values) is not None:
            return False
        found: Any = self.table.eval(ast.unparse(values), engine="python")
        if types.is_object_dtype(found):
            return types.infer_dtype(found, skipna=True) in ("date", "time")
        return types.is_datetime64_any_dtype(found) or types.is_timedelta64_dtype(found)

    def _among(self, values: ast.expr, texts: ast.expr, *, negated: bool) -> ast.expr:
        name = ast.unparse(values)
        same = " or ".join(f"({name}).between({text!r}, {text!r})" for text in _texts_of(texts) or ())
        return ast.parse(f"not ({same})" if negated else f"({same})", mode="eval").body


def _constants(node: ast.expr) -> list[Any]:
    """The values that an expression writes out, alone or as a list; none where it is something else."""
    try:
        found = ast.literal_eval(node)
    except (ValueError, TypeError):
        return []
    return list(found) if isinstance(found, list | tuple | set) else [found]


def _year_first(text: str) -> str:
    """A date as it is written with the year first, which pandas does not take for another; any other text as it is."""
    found = TWO_WAYS.match(text.strip())
    if found and int(found[1]) != int(found[3]) and max(int(found[1]), int(found[3])) <= 12:
        raise ValueError(f"{text!r} can be read in two ways: write the year first, as in 2026-12-31")
    return DOTTED.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", text.strip(), count=1)


def _in_utc(text: str) -> str:
    """A time with a time zone as it is in UTC; any other text as it is."""
    import pandas as pd

    try:
        moment = pd.Timestamp(text)
    except ValueError:
        return text
    return text if moment.tzinfo is None else str(moment.tz_convert("UTC").tz_localize(None))


def _texts_of(node: ast.expr) -> list[Any] | None:
    """The text that an expression is, or the values of a list that has one; None where it is something else."""
    several = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    values = [one.value for one in several if isinstance(one, ast.Constant)]
    return values if len(values) == len(several) and any(isinstance(value, str) for value in values) else None


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
    if not is_exact(values):
        return values
    known = values.dropna()
    if not exact or known.between(-EXACT, EXACT).all() or not all(map(_is_whole, known)):
        return values.astype("float64")
    return known.map(int).astype(object).reindex(values.index)


def is_exact(values: "pd.Series[Any]") -> bool:
    """Whether a column holds numbers, in another type than numpy's."""
    if values.dtype == "Int64":
        return True
    types = {type(value) for value in values.dropna()} if values.dtype == object else set()
    return bool(types) and types <= NUMBERS


def _is_whole(value: Any) -> bool:
    return math.isfinite(value) and value == int(value)


def _kinds(frame: "pd.DataFrame") -> str:
    types = {name: _computable(frame[name], exact=False).dtype for name in frame}
    return ", ".join(f"{name} ({dtype})" for name, dtype in types.items())
