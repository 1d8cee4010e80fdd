"""Which columns are times, and these as numbers."""

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit.case import numbers_of, words_of
from mlzoo.errors import DataError
from mlzoo.reading import dates
from mlzoo.tables.data import Array

TIMES = {
    *("date", "datetime", "time", "timestamp", "ts", "year", "month", "week", "day", "hour", "quarter", "period"),
    *("epoch", "created", "updated", "when"),
    *("yr", "datum", "zeit", "zeitpunkt", "jahr", "monat", "woche", "stunde", "quartal"),
}


def moments(values: "pd.Series[Any]", *, timely: bool = False, dayfirst: bool | None = None) -> Array | None:
    """A column of time as numbers, in its order; None where it holds something else. `dayfirst` is that of `read`."""
    if types.is_bool_dtype(values) or types.is_timedelta64_dtype(values):
        return None
    if types.is_numeric_dtype(values):
        numbers = numbers_of(values)
        return numbers if timely or names_time(str(values.name)) or counts_time(numbers) else None
    dated = types.is_datetime64_any_dtype(values)
    times = pd.to_datetime(values, utc=True) if dated else dates.moments(values, dayfirst)
    if times is None or times.isna().all():
        return None
    seconds = (times - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds().to_numpy()  # to the year 9999
    return None if np.isnan(seconds).mean() > 0.5 else seconds


def day_first(train: "pd.Series[Any]", told: bool | None) -> bool | None:
    """Whether dates of either split begin with the day, as `read.dayfirst` or those of the train split say."""
    with suppress(DataError):
        return dates.day_first(train, "", told)
    return told


def names_time(name: str) -> bool:
    """Whether a column has a name of times, such as `created_at`."""
    return not TIMES.isdisjoint(words_of(name))


def counts_time(numbers: Array) -> bool:
    """Seconds to nanoseconds since 1970 (of the years 2001 to 2065), or dates such as 20260131."""
    known = numbers[~np.isnan(numbers)]
    if not len(known) or (known % 1).any():
        return False
    if ((known >= 19000101) & (known <= 21001231)).all():
        return bool(np.isin(known // 100 % 100, range(1, 13)).all() and np.isin(known % 100, range(1, 32)).all())
    return any(((known >= low) & (known <= 3 * low)).all() for low in (1e9, 1e12, 1e15, 1e18))


def counts_years(numbers: Array) -> bool:
    """Whole numbers such as 1987 or 87, which amounts of a year are not."""
    known = numbers[~np.isnan(numbers)]
    whole = len(known) > 0 and not (known % 1).any()
    return bool(whole and (known.max() < 100 or (known.min() >= 1000 and known.max() <= 2200)))
