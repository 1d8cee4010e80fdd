"""The row of totals that a report ends with."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.reading.source import Source
from mlzoo.tables import totals
from mlzoo.tables.data import read_sources

param = pytest.param


def found(frame: pd.DataFrame) -> list[dict[str, str]]:
    return totals.check(totals.noted(Source(frame, "sales.csv", "", [])))


def sales(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    shops = rng.choice(["north", "south"], rows)
    return pd.DataFrame({"shop": shops, "sold": rng.integers(1, 9, rows), "paid": rng.gamma(2, 9, rows).round(2)})


def ended(frame: pd.DataFrame, **last: Any) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame([last])], ignore_index=True)


def test_a_total_is_found() -> None:
    frame = sales()
    (one,) = found(ended(frame, shop="Total", sold=frame["sold"].sum(), paid=round(frame["paid"].sum(), 2)))
    assert (one["check"], one["severity"]) == ("total", "warning")
    assert "sales.csv: the last row holds the sum of all others in the columns 'sold', 'paid'" in one["message"]


@pytest.mark.parametrize("parts", [1, 3])
def test_totals_of_parts_and_of_what_is_drawn(tmp_path: Path, parts: int) -> None:
    """A total is one whichever other rows are drawn, and that of a part not the sum of all rows."""
    for part in range(parts):
        frame = sales(40 + part)
        total = ended(frame, shop="Total", sold=frame["sold"].sum(), paid=round(frame["paid"].sum(), 2))
        total.to_csv(tmp_path / f"{part}.csv", index=False)
    drawn = []
    for seed in range(6):
        words = (f"data='{tmp_path}/*.csv'", "target=paid", f"seed={seed}", f"sample={20 * parts}")
        source, _ = read_sources(config.plain(compose("+preprocess=complex", *words)))
        told = [one["message"].partition(" in the ")[0] for one in totals.check(source)]
        drawn.append(int((source.frame["shop"] == "Total").sum()))
        files = f"of {drawn[-1]} file{'s' * (drawn[-1] > 1)} holds the sum of all others"
        what = files if parts > 1 else "holds the sum of all others"
        assert told == [f"{tmp_path}/*.csv: the last row {what}"] * (drawn[-1] > 0)
    assert {0, 1} <= {*drawn}


@pytest.mark.parametrize("dtype", ["Int64", "float32", object])
def test_a_total_beside_missing_values(dtype: Any) -> None:
    values = pd.Series([*range(20), None, 190], dtype=dtype)
    assert bool(found(pd.DataFrame({"a": values}))) == (dtype is not object)
    assert found(pd.DataFrame({"a": values[:-1]})) == []


@pytest.mark.parametrize(
    "values",
    [
        param([], id="no row"),
        param([1, 2, 3], id="few"),
        param([0] * 30 + [5, 5], id="few above it"),
        param([1.0] * 12 + [12.1], id="another value"),
        param([*range(-20, 20), -20], id="no greater than others"),
        param([1.0] * 20 + [np.nan], id="missing"),
        param([1.0] * 20 + [np.inf], id="infinite"),
        param([True] * 20, id="booleans"),
        param(["a"] * 20, id="texts"),
        param([None] * 20, id="no value"),
        param([1j] * 20 + [20j], id="complex"),
        param(list(np.cumsum(range(30))), id="running totals"),
    ],
)
def test_what_is_no_total(values: list[Any]) -> None:
    assert found(pd.DataFrame({"a": values})) == []
