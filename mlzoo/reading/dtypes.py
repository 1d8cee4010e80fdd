"""The columns of some types."""

from collections.abc import Callable
from typing import Any

import pandas as pd


def columns_of(frame: pd.DataFrame, fits: Callable[[Any], bool]) -> list[Any]:
    """The names of the columns whose dtype fits; to look at each column takes its time where there are thousands."""
    return [name for name, dtype in zip(frame.columns, frame.dtypes, strict=True) if fits(dtype)]
