"""The decimal mark of files in which commas separate the fields: each column shows its own, or none does."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.grammar import override
from mlzoo.reading.decimals import DecimalMark, are_thousands, shown_mark, unclear_number, without_sign
from mlzoo.reading.dtypes import columns_of
from mlzoo.reading.fields import Rows
from mlzoo.reading.forms import FIRST, grouped
from mlzoo.reading.numerals import Found, may_be_answers, shortened


@dataclass(frozen=True)
class DecimalMarks:
    """The decimal marks of a file in which commas separate the fields.

    Attributes
    ----------
    decimal : DecimalMark
        The one that columns have shown; not sure where they show both, or none.
    again : dict
        What the file must be read with once more; empty where it is read.
    example : str
        A number that another mark would make another one, where nothing decides.
    lists : dict
        By column, a text that may be a list.
    points : dict
        By column, the mark that other files of the table have there too.
    guessed : frozenset of str
        Those of these columns that have not shown it.
    """

    decimal: DecimalMark
    again: dict[str, Any]
    example: str
    lists: dict[str, str]
    points: dict[str, str]
    guessed: frozenset[str]


def marks_of(
    frame: pd.DataFrame, rows: Rows, found: Found, likely: str | None, known: Mapping[str, str]
) -> DecimalMarks:
    """What columns show decides for those that do not: 1.034 is a number of thousands beside 2,37.

    Parameters
    ----------
    frame : DataFrame
        As it was read, with numbers where `found` says so.
    rows : list
        The first rows, as they are written.
    found : Found
        What `take_numbers` has returned.
    likely : str, optional
        The mark of the file that this one belongs to.
    known : mapping
        The marks of columns in that file.
    """
    points = _with_points(frame, found)
    pointed = {name for name in points if _shows_point(frame, rows, name)}
    if likely == ",":
        others = [name for name in columns_of(frame, types.is_float_dtype) if name not in found.shown]
        pointed |= {name for name in others if are_thousands(_written(frame, rows, name), ",")}
    decimal, unclear = _mark(pointed, found, likely, known), _unclear(frame, rows, found, {*known, *pointed})
    again: dict[str, Any] = {}
    if decimal.mark == "," and unclear:
        again = {"points": {**known, **dict.fromkeys(unclear, ",")}}
    elif decimal.mark == "." and likely == ",":  # which is that of the train file alone
        again = {"likely": "."}
        if decimal.sure:
            again["points"] = {name: mark for name, mark in known.items() if not _has_thousands(frame, rows, name)}
    sure = decimal.sure
    numbers = (text for name, text in unclear.items() if name not in found.lists and name not in found.thousands)
    example = "" if sure else next(numbers, "")
    lists = {name: text for name, text in found.lists.items() if decimal.mark == "," or (not sure and name in unclear)}
    broken = [name for name in points if _has_fractions(frame[name])]
    guessed = {*broken, *_with_commas(found)} - pointed
    marks = {**dict.fromkeys(broken, "."), **found.other_marks("")}
    return DecimalMarks(decimal, again, example, lists, marks, frozenset(guessed))


def _mark(pointed: Collection[str], found: Found, likely: str | None, known: Mapping[str, str]) -> DecimalMark:
    marks, others = {*found.shown.values()}, found.other_marks(".")  # of columns that no longer show the known one
    if pointed or (likely != "," and any(mark == "." and name not in others for name, mark in known.items())):
        marks.add(".")
    if len(marks) == 1:
        return DecimalMark("," if "," in marks else ".")
    return DecimalMark(".", sure=False) if marks or likely is None else DecimalMark(likely)


def _unclear(frame: pd.DataFrame, rows: Rows, found: Found, known: Collection[str]) -> dict[str, str]:
    """Columns, but for the `known`, that a decimal comma would make other numbers: by name a value, as it is written.

    These are numbers such as 1.034 or 1.000, which all may be thousands, such as 4,229, of which commas may be decimal
    marks, and text such as 0,237, which may be lists.
    """
    lists = {name: text for name, text in found.lists.items() if not may_be_answers(frame[name].dropna())}
    commas = _with_commas(found)
    numbers = {}
    for name in _with_points(frame, found):
        if name in known:
            continue
        written = next((one for one in _written(frame, rows, name) if re.fullmatch(grouped("."), one)), "")
        text = unclear_number([frame[name].to_numpy()])
        if text or (written and not _has_fractions(frame[name])):
            numbers[name] = written or text
    return {name: text for name, text in {**numbers, **commas, **lists}.items() if name not in known}


def notes_on_lists(lists: Mapping[str, str]) -> list[str]:
    """What is to be said of columns that stay text, as they may be lists."""
    notes = [
        f"in the column {name!r} {text!r} may be a list and stays text; {override('read.decimal', ',')} reads it as "
        f"{float(without_sign(text).replace(',', '.')):.12g}"
        for name, text in lists.items()
    ]
    return shortened(notes)


def _with_points(frame: pd.DataFrame, found: Found) -> list[str]:
    """Columns of numbers whose points, where they have some, were read as decimal marks."""
    others = {*found.shown, *found.points, *found.thousands}
    return [name for name in columns_of(frame, types.is_float_dtype) if name not in others]


def _with_commas(found: Found) -> dict[str, str]:
    """Columns of numbers such as 4,229, whose commas were read as marks of thousands, and may be decimal ones."""
    return {name: text for name, (mark, text) in found.thousands.items() if mark == "," and name not in found.shown}


def _shows_point(frame: pd.DataFrame, rows: Rows, name: str) -> bool:
    """Whether a column of numbers shows a decimal point, by what they are or by how the first ones are written."""
    values = frame[name]
    if _has_fractions(values) and not unclear_number([values.to_numpy()]):
        return True
    written = _written(frame, rows, name)
    return any(shown_mark(text) == "." or re.search(r"\.\d+[eE]", text) for text in written)


def _has_thousands(frame: pd.DataFrame, rows: Rows, name: str) -> bool:
    """Whether a column has commas between thousands where the file shows a decimal point."""
    return name in frame and any(re.fullmatch(grouped(","), text) for text in _written(frame, rows, name))


def _has_fractions(values: "pd.Series[Any]") -> bool:
    known = values.to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):  # of infinities
        return any(bool((some % 1 > 0).any()) for some in (known[:FIRST], known))  # most show it early


def _written(frame: pd.DataFrame, rows: Rows, name: str) -> list[str]:
    """A column as the first rows are written, without signs."""
    at = frame.columns.get_loc(name)
    assert isinstance(at, int)
    return [without_sign(row[at]) for _, row in rows if len(row) > at]
