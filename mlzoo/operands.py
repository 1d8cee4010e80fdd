"""What an expression compares columns with: values of their kind, and times as times are written."""

import ast
import itertools
import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = {int, float, Decimal}  # which a column of objects may hold
OF_DAY = re.compile(r"(\d{1,2}):(\d\d)(:\d\d(?:\.\d+)?)?")  # as one may write a time of day
TIME_OF_DAY = re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?$")  # as a database writes it
DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})(?!\.?\d)")  # a date whose first number is the day
YEAR_FIRST = re.compile(r"\d{4}-\d\d-\d\d(?![\w-])|\d{4}-\d\d-\d\dT")  # one whose order as text is that of time
OF_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d{1,2}):(\d\d)(:\d\d)?(?!\d)")  # as one may write a date with its time
WITH_T = re.compile(r"\d{4}-\d\d-\d\dT")
TO_THE_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?!:)")
TWO_WAYS = re.compile(r"(\d\d?)([/-])(\d\d?)\2\d{4}(?!\d)")  # one whose first number may be the month
SHORT_YEAR = re.compile(r"\d\d?([./-])\d\d?\1\d\d(?!\d)")  # of which pandas takes the first number for the month


class Kinds(ast.NodeVisitor):
    """Refuses, by a TypeError with the value, values of another kind than the column that they are compared with.

    Of these pandas says that none is equal, without a word, and takes a number for nanoseconds beside times.
    """

    def __init__(self, table: "pd.DataFrame") -> None:
        self.table = table

    def visit_Compare(self, node: ast.Compare) -> None:
        """Each side against the next, and the next against it."""
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        for left, right in itertools.pairwise(sides):
            self._check(left, right)
            self._check(right, left)
            kinds = [kind for kind in map(self._kind, (left, right)) if kind]
            if len(set(kinds)) > 1:
                raise TypeError(f"{kinds[0]} on the left, {kinds[1]} on the right: no row would be equal")

    def _kind(self, side: ast.expr) -> str | None:
        """What a column holds; None of a value, and where it is not known."""
        from pandas.api import types

        try:
            found: Any = self.table.eval(ast.unparse(side), engine="python")
        except (TypeError, ValueError):
            return None
        if not hasattr(found, "dropna"):
            return None
        if types.is_numeric_dtype(found) or is_exact(found):
            return "numbers"
        return "text" if found.dtype == "str" else "times" if types.is_datetime64_any_dtype(found) else None

    def visit_Call(self, node: ast.Call) -> None:
        """A column against what it is to be among, or between."""
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
        if number is not None and types.is_timedelta64_dtype(dtype):
            raise TypeError(f"{number!r} is no interval: write '{number!r} days', '12:30:00' or the like")
        if number is not None and dtype == "str":
            raise TypeError(f"{number!r} is a number, and the column holds text: write {str(number)!r}")
        if text is not None and (types.is_numeric_dtype(dtype) or is_exact(found)):
            what = "true or false: write True or False" if types.is_bool_dtype(dtype) else "numbers: write one"
            raise TypeError(f"{text!r} is text, and the column holds {what}")


class Times(ast.NodeTransformer):
    """Writes texts beside columns of times as pandas compares them; columns that are `zoned`, with a time zone, in UTC.

    `31.12.2026` is the last of December, as in a file, and of `03/04/2026` nothing says which number is the day. Those
    that equal a text, or one of several, are between it and itself: pandas takes none of them for equal to it.
    A text with a time zone is what it is in UTC, where the column has one too. `9:00` is `09:00:00` beside a
    database's times of day, which are text.
    """

    def __init__(self, table: "pd.DataFrame", zoned: set[str]) -> None:
        self.table, self.zoned = table, zoned

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """A comparison, in whose place may stand that a time is between a text and itself."""
        self.generic_visit(node)
        ordered = any(isinstance(one, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for one in node.ops)
        self._write_as_times([node.left, *node.comparators], ordered=ordered)
        sides = (node.left, node.comparators[0])
        texts, values = sorted(sides, key=lambda side: _texts_of(side) is None)
        equal, unequal = (isinstance(node.ops[0], kinds) for kinds in ((ast.Eq, ast.In), (ast.NotEq, ast.NotIn)))
        if len(node.ops) > 1 or not (equal or unequal) or _texts_of(texts) is None or not self._are_times(values):
            return node
        return self._among(values, texts, negated=unequal)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The same of `isin`, and the ends of `between`."""
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Attribute) and node.func.attr in ("isin", "between")):
            return node
        values, ordered = node.func.value, node.func.attr == "between"
        self._write_as_times([values, *node.args, *(word.value for word in node.keywords)], ordered=ordered)
        match node.args, node.keywords:
            case ([texts], []) | ([], [ast.keyword(arg="values", value=texts)]) if not ordered:
                if _texts_of(texts) is not None and self._are_times(values):
                    return self._among(values, texts, negated=False)
        return node

    def _write_as_times(self, sides: list[ast.expr], *, ordered: bool) -> None:
        """Write the texts beside columns of times as these are; a database without a type of dates has them as text."""
        texts = [one for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)]
        texts = [one for one in texts if isinstance(one.value, str)]
        if not texts:
            return
        columns = [side for side in sides if not _constants(side)]
        timed = [side for side in columns if self._are_times(side)]
        names = {one.id for side in timed for one in ast.walk(side) if isinstance(one, ast.Name)}

        def written(form: re.Pattern[str]) -> bool:
            return any(self._are_texts(side, form) for side in columns)

        of_day, year_first, dotted = map(written, (TIME_OF_DAY, YEAR_FIRST, DOTTED))
        mark = "T" if year_first and written(WITH_T) else " "
        seconds = not (year_first and written(TO_THE_MINUTE))
        so = partial(_written_so, mark=mark, seconds=seconds)
        if ordered and dotted:
            raise ValueError(
                "the column holds dates as text, and as text '02.01.2026' is after '01.12.2026': write "
                "them with the year first in db.query"
            )
        for one in texts:
            if of_day and (found := OF_DAY.fullmatch(str(one.value))):
                one.value = f"{int(found[1]):02d}:{found[2]}{found[3] or ':00'}"
            elif year_first or timed:
                text = _year_first(str(one.value))
                text = text if timed else OF_TIME.sub(so, text, count=1)
                one.value = _in_utc(text) if names & self.zoned else text

    def _are_texts(self, values: ast.expr, pattern: re.Pattern[str]) -> bool:
        """Whether values are text, all known ones of this pattern."""
        from pandas.api import types

        found: Any = self.table.eval(ast.unparse(values), engine="python")
        if not hasattr(found, "dropna") or not types.is_string_dtype(found):
            return False
        known = found.dropna()
        if not len(known) or not pattern.match(str(known.iloc[0])):
            return False
        return bool(known.astype("str").str.match(pattern).all())

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
    if SHORT_YEAR.match(text.strip()):
        raise ValueError(f"{text!r} has a year of two digits: write all four of them first, as in 2026-12-31")
    found = TWO_WAYS.match(text.strip())
    if found and int(found[1]) != int(found[3]) and max(int(found[1]), int(found[3])) <= 12:
        raise ValueError(f"{text!r} can be read in two ways: write the year first, as in 2026-12-31")
    return DOTTED.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", text.strip(), count=1)


def _written_so(found: "re.Match[str]", mark: str, *, seconds: bool) -> str:
    """A date with its time as text that is in order has it: two digits of the hour, and seconds or none."""
    behind = found[4] or ":00"
    return f"{found[1]}{mark}{found[2]:0>2}:{found[3]}{behind if seconds or behind != ':00' else ''}"


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


def is_exact(values: "pd.Series[Any]") -> bool:
    """Whether a column holds numbers, in another type than numpy's."""
    if values.dtype == "Int64":
        return True
    types = {type(value) for value in values.dropna()} if values.dtype == object else set()
    return bool(types) and types <= NUMBERS
