"""Times of day and durations, as text: `08:30`, `8:30 PM`, `36:30:15`, `2 days 12:30:15`."""

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import missing_override, quoted

Array = np.ndarray[Any, Any]
PATTERN = re.compile(
    r"\s*(?:(?P<days>-?\d+) days?(?:,? \+?(?=\d)|\s*$))?"
    r"(?:(?P<hours>\d+):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?\s?(?:(?P<half>[AaPp])\.?[Mm]\.?)?\s*)?"
)
IN_A_DAY = {"days": 1, "hours": 24, "minutes": 24 * 60, "seconds": 24 * 60 * 60}
CLOCK, LENGTH = "clock", "duration"  # the forms: of two parts, hours and minutes; and with seconds, or days
SUCH = {CLOCK: "time of day such as 10:30", LENGTH: "duration such as 1:10:30 or time such as 8:30 PM"}


def is_duration(text: str) -> bool:
    """Whether a text is a time of day or a duration by its form."""
    found = PATTERN.fullmatch(text)
    if found is None or not (found["days"] or found["hours"]):
        return False
    hours = int(found["hours"] or 0)
    return 1 <= hours <= 12 if found["half"] else hours < 24 or bool(found["seconds"])


def _are_times(known: "pd.Series[Any]") -> bool:
    """Whether values are times of day by their type."""
    return all(isinstance(value, datetime.time) for value in known)


def texts_of(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Values as text; Python's times of day, where none has seconds, as 10:30."""
    known = values.dropna()
    if _are_times(known) and not any(value.second or value.microsecond for value in known):
        return values.map(lambda value: f"{value:%H:%M}", na_action="ignore").astype("str")
    return values.astype("str")


def form_of(texts: "pd.Series[Any]") -> str | None:
    """The form that all texts have; None where one is none of these, or some have two parts and others three.

    Beside `1:10:30` nothing says whether `10:30` is hours.
    """
    if not len(texts) or not all(map(is_duration, texts)):
        return None
    parts = texts.str.extract(PATTERN)
    short, long = _is_short(parts), parts["seconds"].notna()
    return None if short.any() and long.any() else CLOCK if short.any() else LENGTH


def _is_short(parts: pd.DataFrame) -> "pd.Series[bool]":
    return parts["hours"].notna() & parts["seconds"].isna() & parts["half"].isna()


def days(values: "pd.Series[Any]", where: str, form: str) -> Array:
    """Durations, or times since midnight, as days; NaN where they are missing.

    Parameters
    ----------
    values : Series
        Texts, or of a type of durations or of times of day.
    where : str
        What errors begin with.
    form : {"clock", "duration"}
        That of the train split.

    Raises
    ------
    DataError
        If a value is none, or of the other form: 10:30:00 is hours and minutes too, where no value has other seconds.
    """
    if types.is_timedelta64_dtype(values):
        return values.dt.total_seconds().to_numpy(float) / 86_400
    codes, found = pd.factorize(values)
    typed = _are_times(pd.Series(found))
    texts = pd.Series([value.replace(tzinfo=None) for value in found] if typed else found).astype("str")
    parts = texts.str.extract(PATTERN)
    exact = not typed and not parts["seconds"].dropna().eq("00").all()
    other = parts["seconds"].notna() & exact if form == CLOCK else _is_short(parts)
    wrong = np.flatnonzero(other | ~texts.map(is_duration).astype(bool))
    if len(wrong):
        row, text = values.index[int(np.flatnonzero(codes == wrong[0])[0])], texts[wrong[0]]
        raise DataError(
            f"{where}: {text!r} in row {row} (from 0) is no {SUCH[form]}, as the train split has: write it so; where "
            f"it stands for a missing one, pass {quoted(missing_override(str(values.name), text))}."
        )
    numbers = parts.drop(columns="half").astype(float)
    half = parts["half"].str.lower().map({"a": 0, "p": 12}).astype(float)
    numbers["hours"] = (numbers["hours"] % 12 + half).where(half.notna(), numbers["hours"])
    made = sum((numbers[unit].fillna(0) / each for unit, each in IN_A_DAY.items()), start=pd.Series(0.0, texts.index))
    return np.append(made.to_numpy(float), np.nan)[codes]
