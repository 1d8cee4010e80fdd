"""Tables of any kind: a result or a clear error, never an error of another kind, never a folder half-written."""

import csv
import datetime
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlzoo import description, record, runner, targets
from mlzoo.composition.composing import compose
from mlzoo.composition.config import plain
from mlzoo.errors import MlzooError

QUICK = ("validation.n_splits=2", "validation.n_repeats=1", "persist=none", "n_jobs=1")

dates = st.dates(datetime.date(1600, 1, 1)).map(str)
numbers = st.one_of(
    st.integers(-9, 9), st.integers(), st.floats(), st.just(10**400), st.just("1e999"), st.just("0x1F"), st.just("007")
)
words = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", " ", "NA", "?", "-", "nan", "inf", "True", "no", "\ufeff", "a\nb", 'say "x"', "=1+1", "1,5"]),
)
values = st.one_of(st.none(), words, numbers, dates, st.booleans())
names = st.one_of(st.text(max_size=6), st.sampled_from(["y", "x", "", " ", "a,b", "ä", "𝒳", "Unnamed: 0", "y.1", "0"]))


def column(rows: int) -> st.SearchStrategy[list[Any]]:
    one_kind = [st.lists(kind, min_size=rows, max_size=rows) for kind in (numbers, words, dates, st.booleans(), values)]
    few = st.lists(values, min_size=1, max_size=3).flatmap(
        lambda some: st.lists(st.sampled_from(some), min_size=rows, max_size=rows)
    )
    return st.one_of(*one_kind, few)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]], str]:
    """Header, columns and the name of the target."""
    enough = st.integers(20, 40)
    if draw(st.booleans()):  # rows and a target that a run can learn from
        rows, header = draw(enough), draw(st.lists(names.filter(lambda name: name != "y"), min_size=1, max_size=3))
        target: list[Any] = [i % 2 for i in range(rows)]
        return [*header, "y"], [*(draw(column(rows)) for _ in header), target], "y"
    rows, header = draw(st.one_of(st.integers(1, 6), enough)), draw(st.lists(names, min_size=1, max_size=5))
    return header, [draw(column(rows)) for _ in header], draw(st.sampled_from(header))


def as_csv(header: list[str], columns: list[list[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *zip(*columns, strict=True)])
    return stream.getvalue()


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return plain(compose("+preprocess=complex", "+models=lr", "data=my.csv", *QUICK))


def asked(base: dict[str, Any], folder: Path, target: str, **changes: Any) -> dict[str, Any]:
    return {**base, "origin": {**base["origin"], "cwd": str(folder)}, "target": target, **changes}


def ended(call: Callable[[], Any]) -> tuple[Any, str | None]:
    """What it returns, and the error of ours that it raises."""
    try:
        return call(), None
    except MlzooError as error:
        return None, str(error)


def carried_out(config: dict[str, Any], folder: Path) -> str:
    """Describe and run; what came of it. The folder holds whole files alone."""
    described, refusal = ended(lambda: description.to_text(description.describe(config), 80))
    assert refusal or "beside the target" in described
    made, refusal = ended(lambda: runner.run(config, folder=folder))
    assert refusal != ""
    told = re.search("fitting failed with (?!ValueError)", refusal or "")  # which estimators say, of 1e259 for one
    assert told is None, "what the runner says of errors that no estimator should make"
    assert described or not made
    assert not [one for one in (made["findings"] if made else []) if one["check"] == "audit"], "a check has failed"
    content = json.loads((folder / record.NAME).read_text(encoding="utf-8"))
    assert content["status"] == ("done" if made else "failed")
    assert made or content["error"]["message"]
    assert {path.name for path in folder.iterdir()} <= {record.NAME, record.CONFIG_NAME, *record.FILES}
    return str(content["status"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new folder for every table."""
    return (tmp_path_factory.mktemp("table") for _ in iter(int, 1))


seen: dict[str, int] = {}


@settings(
    max_examples=int(os.environ.get("MLZOO_TABLES", "20")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(table=tables())
def test_any_csv(base: dict[str, Any], folders: Iterator[Path], table: tuple[list[str], list[list[Any]], str]) -> None:
    header, columns, target = table
    folder = next(folders)
    (folder / "my.csv").write_text(as_csv(header, columns), encoding="utf-8", errors="replace", newline="")
    status = carried_out(asked(base, folder, target), folder / "run")
    seen[status] = seen.get(status, 0) + 1


def test_both_ends_were_seen() -> None:
    """Tables that are all refused would show nothing."""
    assert seen.get("done", 0) >= 1
    assert seen.get("failed", 0) >= 1


Y = np.arange(40) % 2


def wide(columns: int) -> pd.DataFrame:
    return pd.DataFrame({f"c{i}": np.arange(40) * (i + 1) % 7 for i in range(columns)} | {"y": Y})


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        pytest.param(wide(1001), "done", id="1,001 columns", marks=pytest.mark.long),
        pytest.param(wide(5000), "done", id="5,000 columns", marks=pytest.mark.long),
        pytest.param(pd.DataFrame({"x": [1.0], "y": [1]}), "failed", id="one row"),
        pytest.param(pd.DataFrame({"y": Y}), "failed", id="one column"),
        pytest.param(pd.DataFrame({"x": [1.0, np.inf] * 20, "y": Y}), "failed", id="infinities"),
        pytest.param(pd.DataFrame({"x": [2**63 + i for i in range(40)], "y": Y}), "done", id="huge integers"),
        pytest.param(
            pd.DataFrame({"x": [10**30 * i for i in range(40)], "y": Y}).astype({"x": object}), "done", id="huge"
        ),
        pytest.param(pd.DataFrame({"x": Y, "y": [1e300, 2e300] * 20}), "done", id="a target of huge numbers"),
        pytest.param(pd.DataFrame({"x": Y, "y": [2**63, 2**63 + 5000] * 20}), "done", id="a target of huge integers"),
        pytest.param(pd.DataFrame({"x": [[1], [2]] * 20, "z": Y, "y": Y}), "failed", id="lists"),
        pytest.param(pd.DataFrame({"x": [{"a": 1}, {"a": 2}] * 20, "y": Y}), "failed", id="mappings"),
        pytest.param(pd.DataFrame({"x": [b"a", b"b"] * 20, "y": Y}), "done", id="bytes"),
        pytest.param(pd.DataFrame({"x": pd.interval_range(0, 40, periods=40), "z": Y, "y": Y}), "done", id="intervals"),
        pytest.param(pd.DataFrame({"x": pd.period_range("2026-01", periods=40), "z": Y, "y": Y}), "done", id="periods"),
        pytest.param(pd.DataFrame({"x": Y * 1j, "z": Y, "y": Y}), "done", id="complex"),
        pytest.param(pd.DataFrame({1: Y, "1": Y, "y": Y}), "failed", id="names that are the same as text"),
        pytest.param(pd.DataFrame({("a", "b"): Y, ("y", ""): Y}), "done", id="two levels of names"),
        pytest.param(pd.DataFrame({"x": Y, "y": [[1], [2]] * 20}), "failed", id="a target of lists"),
        pytest.param(
            pd.DataFrame({"x": Y, "y": pd.date_range("2026-01-01", periods=40)}), "failed", id="a target of dates"
        ),
    ],
)
def test_odd_frames(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame, status: str
) -> None:
    build = targets.build
    given = {"_target_": "pandas.read_csv", "filepath_or_buffer": "my.csv"}
    monkeypatch.setattr(targets, "build", lambda node, **rest: frame.copy() if node == given else build(node, **rest))
    found = carried_out(asked(base, tmp_path, "y", data=given), tmp_path / "run")
    assert found == status
