"""The decimal mark of files in which commas separate the fields: each column shows its own, or none does."""

import re
from collections.abc import Container, Mapping

import pandas as pd
from pandas.api import types

from mlzoo.grammar import override
from mlzoo.reading.decimals import Decimal, shown_mark, unclear_number, without_sign
from mlzoo.reading.fields import Rows
from mlzoo.reading.forms import grouped
from mlzoo.reading.numerals import SHOWN, Found, may_be_answers, so_in_more


def mark_within(frame: pd.DataFrame, rows: Rows, found: Found, likely: str | None) -> Decimal:
    """The one decimal mark that columns have shown; not sure where they show both, or none and none is `likely`.

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
    """
    marks = {*found.shown.values()}
    if any(_shows_point(frame, rows, name) for name in _with_points(frame, found)):
        marks.add(".")
    if len(marks) == 1:
        return Decimal("," if "," in marks else ".")
    return Decimal(".", sure=False) if marks or likely is None else Decimal(likely)


def unclear_columns(frame: pd.DataFrame, rows: Rows, found: Found, known: Container[str]) -> dict[str, str]:
    """Columns, but for the `known`, that a decimal comma would make other numbers: by name a value, as it is written.

    These are numbers such as 1.034, which all may be thousands, and text such as 0,237, which may be lists.
    """
    lists = {name: text for name, text in found.lists.items() if not may_be_answers(frame[name].dropna())}
    numbers = {}
    for name in _with_points(frame, found):
        text = unclear_number([frame[name].to_numpy()])
        if text and not _shows_point(frame, rows, name):
            written = (one for one in _written(frame, rows, name) if re.fullmatch(grouped("."), one))
            numbers[name] = next(written, text)
    return {name: text for name, text in {**numbers, **lists}.items() if name not in known}


def notes_on_lists(lists: Mapping[str, str]) -> list[str]:
    """What is to be said of columns that stay text, as they may be lists."""
    notes = [
        f"in the column {name!r} {text!r} may be a list and stays text; {override('read.decimal', ',')} reads it as "
        f"{float(without_sign(text).replace(',', '.')):.12g}"
        for name, text in lists.items()
    ]
    return [*notes[:SHOWN], *so_in_more(len(notes) - SHOWN)]


def _with_points(frame: pd.DataFrame, found: Found) -> list[str]:
    """Columns of numbers whose points, where they have some, were read as decimal marks."""
    others = {*found.shown, *found.points, *found.thousands}
    return [name for name in frame.columns if types.is_float_dtype(frame[name]) and name not in others]


def _shows_point(frame: pd.DataFrame, rows: Rows, name: str) -> bool:
    """Whether a column of numbers shows a decimal point, by what they are or by how the first ones are written."""
    values = frame[name]
    if (values % 1 > 0).any() and not unclear_number([values.to_numpy()]):
        return True
    return any(shown_mark(text) == "." for text in _written(frame, rows, name))


def _written(frame: pd.DataFrame, rows: Rows, name: str) -> list[str]:
    """A column as the first rows are written, without signs."""
    at = frame.columns.get_loc(name)
    assert isinstance(at, int)
    return [without_sign(row[at]) for _, row in rows if len(row) > at]
