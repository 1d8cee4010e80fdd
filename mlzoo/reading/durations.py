"""Times of day and durations, as text: `08:30`, `8:30 PM`, `36:30:15`, `2 days 12:30:15`."""

import re
from typing import Any

import numpy as np
import pandas as pd

PATTERN = re.compile(
    r"\s*(?:(?P<days>-?\d+) days?(?:,? \+?(?=\d)|\s*$))?"
    r"(?:(?P<hours>\d+):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?\s?(?:(?P<half>[AaPp])\.?[Mm]\.?)?\s*)?"
)
IN_A_DAY = {"days": 1, "hours": 24, "minutes": 24 * 60, "seconds": 24 * 60 * 60}


def is_duration(text: str) -> bool:
    """Whether a text is a time of day or a duration by its form: `10:30` is the former."""
    found = PATTERN.fullmatch(text)
    if found is None or not (found["days"] or found["hours"]):
        return False
    hours = int(found["hours"] or 0)
    return 1 <= hours <= 12 if found["half"] else hours < 24 or bool(found["seconds"])


def days(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    """Texts as days, NaN where one is none of these.

    All are where some have two parts and others three: beside `1:10:30` nothing says whether `10:30` is hours.
    """
    parts = texts.str.extract(PATTERN)
    short = parts["seconds"].isna() & parts["half"].isna() & parts["hours"].notna()
    if short.any() and parts["seconds"].notna().any():
        return pd.Series(np.nan, index=texts.index)
    numbers = parts.drop(columns="half").astype(float)
    half = parts["half"].str.lower().map({"a": 0, "p": 12})
    numbers["hours"] = (numbers["hours"] % 12 + half).where(half.notna(), numbers["hours"])
    found = sum(numbers[unit].fillna(0) / in_a_day for unit, in_a_day in IN_A_DAY.items())
    return pd.Series(found, index=texts.index).where(texts.map(is_duration).astype(bool))
