"""DataFrames as runs take them, wherever they come from."""

import datetime
import decimal
import hashlib
import re
from collections.abc import Callable, Container, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.reading import dates
from mlzoo.reading.decimals import DecimalMark
from mlzoo.reading.dtypes import columns_of
from mlzoo.reading.fields import in_one_line
from mlzoo.reading.forms import missing_of
from mlzoo.reading.numerals import Found, shortened, take_numbers

EXACT = 2**53  # up to which floats hold every whole number
NESTED = (list, tuple, dict, set, np.ndarray)  # types of values that are no value of a column


def tidy(frame: pd.DataFrame, name: str, used: Callable[[str], bool] = lambda _: True) -> pd.DataFrame:
    """A table as runs take it: text as column names, a named index as a column, rows numbered from 0, no Arrow types.

    What breaks a line in a name is a blank, as no command line holds it. Lists and the like become text in columns that
    are not `used`.

    Raises
    ------
    DataError
        If a name stands more than once, or a column that is used holds lists and the like.
    """
    if isinstance(frame.columns, pd.MultiIndex):  # its index has no name that could be a column's
        frame = frame.set_axis(["_".join(part for part in map(str, names) if part) for names in frame.columns], axis=1)
    frame = with_index(frame).rename(columns=in_one_line)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"{name}: the column name {twice[0]!r} stands more than once: rename one of them.")
    for column in columns_of(frame, lambda dtype: isinstance(dtype, pd.ArrowDtype)):
        frame[column] = _without_arrow(frame[column])
    for column in columns_of(frame, lambda dtype: isinstance(dtype, pd.SparseDtype)):
        frame[column] = np.asarray(frame[column])  # which neither Parquet nor estimators take
    nested: dict[str, str] = {}
    for column in columns_of(frame, lambda dtype: dtype.kind == "O" and dtype != "str"):
        kind = next((type(v).__name__ for v in frame[column] if isinstance(v, NESTED)), None)
        if kind is not None and used(column):
            nested[column] = kind
        elif kind is not None:
            frame[column] = frame[column].map(str)
        elif types.infer_dtype(frame[column], skipna=True) == "string":
            frame[column] = frame[column].astype("str")
    if nested:
        told = " and ".join(f"the column {column!r} holds values of the type {kind}" for column, kind in nested.items())
        raise DataError(
            f"{name}: {told}: make columns of them, or leave them out, by preprocess.drop where it is a file."
        )
    return frame.reset_index(drop=True)


def beyond_floats(values: "pd.Series[Any]") -> int | None:
    """A whole number of a column that a float does not hold to the digit; None where there is none."""
    if types.is_object_dtype(values):  # of Python's own integers and Decimals
        values = values.dropna()
        if not all(map(is_whole, values)):
            return None
    elif not types.is_integer_dtype(values):
        return None
    if not values.notna().any():
        return None
    return next((end for end in (int(values.max()), int(values.min())) if abs(end) > EXACT), None)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number of Python's own, or a Decimal."""
    if isinstance(value, decimal.Decimal):
        return value.is_finite() and value == int(value)
    return isinstance(value, int) and not isinstance(value, bool)


def may_be_rounded(values: "pd.Series[Any]") -> bool:
    """Whether floats may stand for whole numbers beside missing ones, of which pandas loses the last digits."""
    if values.dtype != "float64" or not values.hasnans:
        return False
    most = values.abs().max()
    return bool(EXACT < most < 2**64) and bool((values.dropna() % 1 == 0).all())


def with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose named index is a column, as it was before someone made it one."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named) if named else frame


def _without_arrow(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of an Arrow type, with which pandas cannot compute all that it can with its own, as one of these."""
    if types.is_integer_dtype(values) and values.isna().any():  # floats would round long ones
        return values.convert_dtypes(dtype_backend="numpy_nullable")
    array: Any = values.array
    return pd.Series(array.__arrow_array__().to_pandas().array, index=values.index, name=values.name)


def is_text(values: "pd.Series[Any]") -> bool:
    """Whether a column may hold text."""
    return isinstance(values.dtype, pd.StringDtype) or values.dtype == object


def _is_of_text(dtype: Any) -> bool:
    """Whether a type is one of text, or of categories that are text."""
    return isinstance(dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype, pd.StringDtype)


def holds_text(values: "pd.Series[Any]") -> bool:
    """Whether a column holds any text."""
    if values.dtype == object:
        return any(isinstance(one, str) for one in values)
    if _is_category(values):
        return any(isinstance(one, str) for one in values.cat.categories)
    return isinstance(values.dtype, pd.StringDtype) and bool(values.notna().any())


def without_blanks(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table in which text that is empty, or blank, is missing, as an empty field of a text file is.

    Returns
    -------
    frame : DataFrame
    names : list of str
        The columns that held such.
    """
    blank = {}
    for name in [name for name in columns_of(frame, lambda dtype: dtype.kind == "O") if holds_text(frame[name])]:
        values = frame[name]
        if isinstance(values.dtype, pd.StringDtype):
            found = ((values == "") | values.str.isspace()).fillna(False).astype(bool)
        else:
            texts = pd.unique(values.astype(object).dropna())
            found = values.isin([text for text in texts if isinstance(text, str) and not text.strip()])
        if found.any():
            blank[name] = found
    if not blank:
        return frame, []
    return frame.assign(**{name: _masked(frame[name], found) for name, found in blank.items()}), list(blank)


def notes_on_blanks(names: list[str]) -> list[str]:
    """What is to be said of the columns that held empty or blank text."""
    return shortened([f"in the column {name!r} empty or blank text is missing" for name in names])


def plain(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of categories as what they are."""
    if not _is_category(values):
        return values
    kind = values.cat.categories.dtype
    if types.is_integer_dtype(kind) and values.hasnans:
        return values.astype("UInt64" if types.is_unsigned_integer_dtype(kind) else "Int64")
    return values.astype(kind)


def _masked(values: "pd.Series[Any]", missing: "pd.Series[bool]") -> "pd.Series[Any]":
    """A column with some values missing; categories stay such, but for those of text, which may be amounts."""
    made = plain(values)
    if types.is_integer_dtype(made):  # floats would round long ones
        made = made.convert_dtypes(dtype_backend="numpy_nullable")
    made = made.mask(missing)
    return made.astype("category") if _is_category(values) and not holds_text(made) else made


def _is_category(values: "pd.Series[Any]") -> bool:
    return isinstance(values.dtype, pd.CategoricalDtype)


def categories_but_text(frame: pd.DataFrame) -> list[str]:
    """The columns whose type is that of categories, but for those of text."""
    return [name for name in frame.columns if _is_category(frame[name]) and not holds_text(frame[name])]


def with_categories(frame: pd.DataFrame, names: Container[str]) -> pd.DataFrame:
    """A table whose columns of these names are categories, where they hold numbers or booleans; others stay."""
    numbers = {"integer", "floating", "mixed-integer-float", "decimal", "boolean"}
    made = [name for name in frame.columns if str(name) in names]
    made = [name for name in made if types.infer_dtype(frame[name], skipna=True) in numbers]
    return frame.astype(dict.fromkeys(made, "category")) if made else frame


def with_numbers(
    frame: pd.DataFrame,
    given: Any,
    kept: Container[str],
    numbers: Container[str],
    points: Mapping[str, str],
    mark: str | None = None,
    blank: Container[str] = (),
) -> tuple[pd.DataFrame, Found]:
    """A table that has types of its own, with numbers where its text is such: as text files are read.

    That are columns of text that hold amounts throughout, with signs, marks between thousands, decimal commas or the
    minus of accounts. Plain digits stay text, as codes may be such, but where a mark of a missing value was among them.

    Parameters
    ----------
    frame : DataFrame
        What `tidy` has returned.
    given : scalar, list, mapping or None
        What stands for a missing value (`read.na_values`), of a mapping by column.
    kept : container of str
        Columns that stay text.
    numbers : container of str
        Columns that are numbers by hand or elsewhere: their digits are numbers too.
    points : mapping
        The decimal mark of columns, where it is known.
    mark : str, optional
        The decimal mark of the file which the table belongs to: where a column shows none, `1,234` is what it is there.
    blank : container of str
        Columns in which empty or blank text stood for a missing value.

    Returns
    -------
    frame : DataFrame
    found : Found
        What was found out about the columns that were made numbers.
    """
    frame, sure = frame.copy(deep=False), []
    for name in frame.columns:
        marks = missing_of(given, name)
        if frame[name].dtype == object and name not in kept and types.infer_dtype(frame[name]) == "decimal":
            frame[name] = _as_floats(frame[name])
        before = frame[name]
        values = _without(before, marks) if marks else before
        if values is not before:
            frame[name] = values
        marked = (values is not before or name in blank) and not _is_category(before) and not are_codes(values)
        marked = marked and not _is_long(values)  # floats would make one of several
        if (name in numbers or marked) and holds_text(values):
            sure.append(name)
    texts = [name for name, dtype in frame.dtypes.items() if name in sure or _is_of_text(dtype)]
    part = frame[texts].astype(object).where(frame[texts].notna()).astype("str")
    if mark == ",":  # of text without one 1.234 may be a float that was made text
        points = {**{str(name): "," for name in part if part[name].str.contains(",", regex=False).any()}, **points}
    found = take_numbers(part, DecimalMark(".", sure=False), kept, numbers, points)
    amounts = {*found.thousands, *found.points, *found.signs, *found.minus}
    made = [name for name in texts if not is_text(part[name]) and (name in sure or name in amounts)]
    for name in made:
        frame[name] = _without(part[name], missing_of(given, name))  # -99 as -99,0 too
    return frame, found.of(made)


def _as_floats(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Decimals as floats, but for whole ones that these do not hold: such may be codes."""
    return values if beyond_floats(values) is not None else values.where(values.notna(), np.nan).astype("float64")


def unmixed(frame: pd.DataFrame, given: Any) -> pd.DataFrame:
    """A table without the marks of missing values that make columns of several types, such as numbers and one `?`.

    Parameters
    ----------
    frame : DataFrame
        What `tidy` has returned.
    given : scalar, list, mapping or None
        What stands for a missing value, as in `with_numbers`.
    """
    frame = frame.copy(deep=False)
    for name in columns_of(frame, types.is_object_dtype):
        if len({isinstance(one, str) for one in frame[name].dropna()}) > 1:
            frame[name] = _without(without_blanks(frame[[name]])[0][name], missing_of(given, name))
    return frame


def _without(values: "pd.Series[Any]", marks: list[Any]) -> "pd.Series[Any]":
    """A column with the marks that are in it as missing; the column itself where none is."""
    given, values = values, plain(values)
    if types.is_datetime64_any_dtype(values):
        missing = pd.to_datetime(values, utc=True).isin(_moments(marks))
        return _masked(given, missing) if missing.any() else given
    if types.is_bool_dtype(values) or not (is_text(values) or types.is_numeric_dtype(values)):
        return given
    wanted = [*map(str, marks)] if _is_of_text(values.dtype) else [*marks, *map(str, marks)]
    if not is_text(values):
        wanted = pd.to_numeric(pd.Series(marks, dtype=object), errors="coerce").dropna().tolist()
        if values.dtype == "float32":  # in which 999.9 is another number
            with np.errstate(over="ignore"):
                wanted = [*np.array(wanted, dtype="float32")]
    missing = values.isin(wanted)
    if values.dtype == object:
        missing |= values.map(lambda one: isinstance(one, datetime.date) and str(one) in wanted).astype(bool)
    if is_text(values):
        missing |= _is_day(values, marks)
    missing = missing.fillna(False).astype(bool)
    return _masked(given, missing) if missing.any() else given


def are_codes(values: "pd.Series[Any]") -> bool:
    """Whether a column holds text of digits with a leading zero somewhere, or more than a number has, as codes do."""
    return is_text(values) and bool(values.dropna().astype("str").str.strip().str.fullmatch(r"0\d+|\d{20,}").any())


def _is_long(values: "pd.Series[Any]") -> bool:
    """Whether a column holds text of so many digits that no float holds all of them."""
    return is_text(values) and bool(values.dropna().astype("str").str.strip().str.fullmatch(r"[-+]?\d{16,}").any())


def without_marks(frame: pd.DataFrame, given: Any) -> pd.DataFrame:
    """A file's table without the marks of missing values in whatever form its columns write them.

    Such is -99,0 for -99, or 31.12.9999 for 9999-12-31.
    """
    for name in frame.columns:
        before, marks = frame[name], missing_of(given, name)
        values = _without(before, marks) if marks else before
        frame = frame if values is before else frame.assign(**{name: values})
    return frame


def _moments(marks: list[Any]) -> list[Any]:
    """Marks that are dates, as times; those with points begin with the day."""
    texts = [str(mark) for mark in marks if dates.is_date(str(mark))]
    found = (dates.moments(pd.Series([text]), True if re.match(r"\s*\d\d?\.", text) else None) for text in texts)
    return [moment for some in found if some is not None for moment in some]


def _is_day(values: "pd.Series[Any]", marks: list[Any]) -> "pd.Series[bool]":
    """Which texts of a column of dates are one of the marks that are dates, and can be no other day."""
    wanted = [moment for moment in _moments(marks) if moment.day > 12 or moment.day == moment.month]
    moments = dates.moments(values) if wanted else None
    return pd.Series(False, index=values.index) if moments is None else moments.isin(wanted)


def fingerprint(frame: pd.DataFrame) -> str:
    """sha256 of a table's values and names."""
    hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
    return hashlib.sha256(hashed + repr(list(frame.columns)).encode()).hexdigest()
