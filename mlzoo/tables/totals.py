"""Rows that are no row: the total that spreadsheets and reports end with."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import text
from mlzoo.findings import Finding, finding_of
from mlzoo.reading.source import Source

MANY_ABOVE = 10  # values other than 0 above a total: of fewer the last one may be the sum by chance
ROUNDED = 1e-5  # what a total of rounded numbers may be off by, as a part of it
MAX_NAMED = 3  # columns
Array = np.ndarray[Any, Any]


def noted(source: Source) -> Source:
    """A whole table with the rows that hold the sum of the others, of all its rows or of those of a part."""
    found: dict[int, list[str]] = {}
    begin = 0
    for end in source.ends:
        found[end], begin = _of(source.frame.iloc[begin : end + 1]), end + 1
    last = len(source.frame) - 1
    found[last] = found.get(last) or _of(source.frame)
    return replace(source, sums={row: names for row, names in found.items() if names})


def _of(frame: pd.DataFrame) -> list[str]:
    """The columns in which the last row holds the sum of all others."""
    return [name for name in frame.columns if frame[name].dtype.kind in "iuf" and _ends_with_sum(frame[name])]


def check(source: Source) -> list[Finding]:
    """The rows of a table that hold the sum of all others, where they are among those that are left of it."""
    rows = [row for row in source.sums if row in source.frame.index]
    if not rows:
        return []
    sums = list(dict.fromkeys(name for row in rows for name in source.sums[row]))
    named = f"column{'s' * (len(sums) > 1)} {', '.join(map(repr, sums[:MAX_NAMED]))}{', …' * (len(sums) > MAX_NAMED)}"
    where = f"of {text.many(len(rows), 'file')} holds the sum of all others" if source.ends else ""
    what = f"the last row {where or 'holds the sum of all others'} in the {named}"
    return [finding_of("total", "warning", "", f"{source.name}: {what}: where it is a total, take it out.")]


def _ends_with_sum(column: "pd.Series[Any]") -> bool:
    """Whether the last value is the sum of many above, but for what rounding leaves, and greater than each."""
    if len(column) <= MANY_ABOVE or pd.isna(column.iloc[-1]):
        return False
    values: Array = column.to_numpy("float64", na_value=np.nan)
    above, last = values[:-1], values[-1]
    if not (
        np.nanmax(np.abs(above), initial=0) < abs(last) < np.inf
        and np.count_nonzero(np.nan_to_num(above)) >= MANY_ABOVE
    ):
        return False
    return bool(abs(np.nansum(above) - last) <= ROUNDED * abs(last))
