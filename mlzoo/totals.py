"""Rows that are no row: the total that spreadsheets and reports end with."""

from typing import Any

import numpy as np
import pandas as pd

from mlzoo.findings import Finding, finding_of
from mlzoo.reading.source import Source

MANY_ABOVE = 10  # values other than 0 above a total: of fewer the last one may be the sum by chance
ROUNDED = 1e-5  # what a total of rounded numbers may be off by, as a part of it
MAX_NAMED = 3  # columns
Array = np.ndarray[Any, Any]


def check(source: Source) -> list[Finding]:
    """The last row of a table, where it holds the sum of all others in a column."""
    frame = source.frame
    sums = [name for name in frame.columns if frame[name].dtype.kind in "iuf" and _ends_with_sum(frame[name])]
    if not sums:
        return []
    named = f"column{'s' * (len(sums) > 1)} {', '.join(map(repr, sums[:MAX_NAMED]))}{', …' * (len(sums) > MAX_NAMED)}"
    text = f"{source.name}: the last row holds the sum of all others in the {named}: where it is a total, take it out."
    return [finding_of("total", "warning", "", text)]


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
