"""What the cells of a multirun share: read, split and looked through once, and again where anything of it differs."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import audit, baseline, record, runner, shared
from mlzoo.tables import data, inputs

Plain = Callable[..., dict[str, Any]]
SMALL = ("data=rows.csv", "target=y", "validation.n_splits=2", "validation.n_repeats=1", "n_jobs=1")
STATE = "size and time of the file"


@pytest.fixture
def compose(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """The config of a cell on a small table: `compose("models.type.C=2", preprocess="simple")`."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice([*"xy"], 60), "c": rng.normal(size=60)})
    frame.assign(y=(frame["a"] > 0).astype(int)).to_csv("rows.csv", index=False)

    def make(*words: str, preprocess: str = "complex", model: str = "lr") -> dict[str, Any]:
        return plain(f"+preprocess={preprocess}", f"+models={model}", *SMALL, *words)

    return make


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of what is made, where cells share it, in order."""
    names: list[str] = []

    def spied(name: str, way: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            names.append(name)
            return way(*given, **named)

        return called

    for module, name in ((data, "load"), (runner, "make_folds"), (audit, "audit"), (baseline, "score")):
        monkeypatch.setattr(module, name, spied(name, getattr(module, name)))
    with shared.within({}):
        yield names


ALL = ["load", "make_folds", "audit", "score"]


def test_cells_that_differ_in_the_model_share_what_comes_before_it(compose: Plain, made: list[str]) -> None:
    first = runner.run(compose(), folder="first")
    assert made == ALL
    second = runner.run(compose("models.type.C=0.01", "rope=0.1", "persist=none"), folder="second")
    third = runner.run(compose("models.type.n_estimators=5", model="rf"), folder="third")
    assert made == ALL
    for other in (second, third):
        for key in ("data", "validation", "baseline", "findings"):
            assert other[key] == first[key], key
    with shared.within({}):
        alone = runner.run(compose("models.type.C=0.01"), folder="alone")
    assert made == 2 * ALL
    assert (alone["cv"], alone["test"], alone["identity"]) == (second["cv"], second["test"], second["identity"])


@pytest.mark.parametrize(
    "word",
    [
        *("seed=7", "sample=50", "task=classification", "positive=0", "metric=f1", "metrics=[f1]", "read.sep=','"),
        *("preprocess.drop=[c]", "columns.category=[a]", "split.test_size=0.3", "validation.n_splits=3", "n_trials=2"),
        *("preprocess.type.categorical_imputation=missing", "preprocess=simple", STATE),
    ],
)
def test_cells_that_differ_in_anything_else_do_not(compose: Plain, word: str, tmp_path: Path) -> None:
    before = inputs.key(compose())
    assert before == inputs.key(compose("models.type.C=3", "n_jobs=2"))
    if word == STATE:
        os.utime(tmp_path / "rows.csv", (1, 1))
    cell = compose(preprocess="simple") if word == "preprocess=simple" else compose(*{word} - {STATE})
    assert inputs.key(cell) != before


def test_a_table_that_has_changed_is_read_again(compose: Plain, made: list[str]) -> None:
    runner.run(compose(), folder="first")
    frame = pd.read_csv("rows.csv")
    frame.head(50).to_csv("rows.csv", index=False)
    again = runner.run(compose("models.type.C=2"), folder="second")
    assert made == 2 * ALL
    assert again["data"]["train"]["rows"] + again["data"]["test"]["rows"] == 50


def test_what_may_be_another_table_each_time_is_read_by_each_cell(compose: Plain) -> None:
    node = "data={_target_: pandas.read_csv, filepath_or_buffer: rows.csv}"
    assert inputs.key(compose(node)) is None
    assert inputs.key(compose("data=absent.csv")) is None
    for name in ("sklearn.datasets.load_iris}", "mlzoo.datasets.titanic, part: train}"):
        assert inputs.key(compose(f"data={{_target_: {name}")) is not None


def test_a_pattern_is_all_its_files(compose: Plain, tmp_path: Path) -> None:
    pattern = "data='row*.csv'"
    before = inputs.key(compose(pattern))
    (tmp_path / "rows2.csv").write_text("a,b,c,y\n1,x,2,1\n")
    assert before not in (None, inputs.key(compose(pattern)))


def test_only_the_last_one_is_kept() -> None:
    kept: shared.Kept = {}
    with shared.within(kept):
        first = shared.last("table", "a", list)
        assert shared.last("table", "a", list) is first
        assert shared.last("folds", "a", list) is not first

        def other() -> list[str]:
            assert "table" not in kept, "two of them in memory"
            return []

        assert shared.last("table", "b", other) is not first
        assert shared.last("table", None, list) is not shared.last("table", None, list)
    assert shared.last("table", "b", list) is not kept["table"][1]


def test_a_run_that_writes_into_its_table_writes_into_its_own(compose: Plain) -> None:
    whole = data.load(compose())
    before = whole.X_train.copy(), whole.y_train.copy()
    own = whole.own()
    own.X_train["new"] = 1
    own.X_train.loc[own.X_train.index[0], "a"] = 99.0
    own.y_train[:] = "?" if own.y_train.dtype.kind in "OUT" else 0
    pd.testing.assert_frame_equal(whole.X_train, before[0])
    assert (whole.y_train == before[1]).all()


def test_a_multirun_has_the_records_of_single_runs(zoo: Callable[..., Any], compose: Plain) -> None:
    words = ("+preprocess=complex", "data=rows.csv", "target=y", "validation.n_splits=2", "validation.n_repeats=1")
    zoo("-m", *words, "+models=lr,rf", "hydra.sweep.dir=sweep")
    zoo(*words, "+models=rf", "hydra.run.dir=alone")
    swept, alone = record.load("sweep/1"), record.load("alone")
    keys = {*alone.content} - {"overrides", "timing", "command"}
    assert {key for key in keys if swept[key] != alone[key]} == set()
