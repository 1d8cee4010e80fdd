"""Small tables for tests of what is done with data; the fixture `load` reads them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.tables.data import Data

Load = Callable[..., Data]


def table(rows: int = 40, **columns: Any) -> pd.DataFrame:
    y = np.arange(rows) % 2
    return pd.DataFrame({"x": np.linspace(0.05, 1.05, rows), "y": y}).assign(**columns)


def of_check(found: Data, check: str) -> list[str]:
    return [finding["column"] for finding in found.findings if finding["check"] == check]
