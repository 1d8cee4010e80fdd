"""Nothing sees, while it is fitted, a row that it is scored on; groups stay together."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from mlzoo import nested, runner
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.errors import ConfigError, DataError
from mlzoo.folds import Folds, _ByRarest, make_folds
from mlzoo.preprocessing import CategoryEncoder, CategoryImputer, NumberImputer
from mlzoo.searching import fits
from mlzoo.tables import data
from mlzoo.tables.data import Data
from tests.zoo_parts import CONF, ROOT

param = pytest.param
Key = tuple[float, ...]
FOLDS = ("validation.n_splits=3", "validation.n_repeats=2")
GROUP = ("validation=group", "validation.groups=person", "validation.n_splits=3")
NESTED = (*FOLDS[:1], "validation=nested", "validation.n_repeats=1", "validation.inner_splits=2")
TIME = "validation.splitter={_target_: sklearn.model_selection.TimeSeriesSplit, n_splits: 3}"


@pytest.fixture(scope="module")
def spy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same name for all tests of the folder where fits are noted, so that what workers are forked from is one."""
    return tmp_path_factory.mktemp("spy") / "spied"


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spy: Path) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.setenv("ZOO_SPY", str(spy))
    (tmp_path / "spied").mkdir()
    spy.unlink(missing_ok=True)
    spy.symlink_to(tmp_path / "spied")
    monkeypatch.chdir(ROOT)


def people(rows: int = 160) -> pd.DataFrame:
    """A number of each row, something that says much of the target, a category, and persons of four rows each."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=rows)
    return pd.DataFrame(
        {
            "row": np.arange(rows) + 0.25,
            "x": x,
            "kind": rng.choice(["red", "green", None], rows),
            "person": rng.permutation(np.arange(rows) // 4),
            "y": np.where(rng.random(rows) < 0.85, x > 0, x <= 0).astype(int),
        }
    )


def composed(folder: Path, *words: str) -> dict[str, Any]:
    people().to_csv(folder / "my.csv", index=False)
    found = config.plain(compose(f"data={folder / 'my.csv'}", "target=y", *words, config_dir=CONF))
    config.check(found)
    return found


def key(rows: Any) -> Key:
    return tuple(np.sort(np.asarray(rows, dtype=float)))


def allowed(table: Data, folds: Folds) -> set[Key]:
    """What fits may see: the rows of a fold that are not scored, and in the end the whole train split."""
    parts = [folds.parts(table, fold)[0]["row"] for fold in range(len(folds.splits))]
    return {key(part) for part in [*parts, table.X_train["row"]]}


def allowed_nested(table: Data, folds: Folds, validation: dict[str, Any]) -> set[Key]:
    """The same of the search in each outer fold, whose train split is what is not scored there, and of the last one."""
    tables = [nested.part(table, folds, number) for number in range(len(folds.splits))]
    for part, (train, held) in zip(tables, folds.splits, strict=True):
        assert part.X_train["row"].tolist() == table.X_train["row"].iloc[train].tolist()
        assert part.X_test["row"].tolist() == table.X_train["row"].iloc[held].tolist()
    return set().union(*(allowed(one, nested.inner_folds(validation, one)) for one in [*tables, table]))


def spied(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in (folder / "spied").glob(f"{kind}-*")]


# -- what is fitted ------------------------------------------------------------------------------------------------

RUNS: dict[str, tuple[str, ...]] = {
    "single": (*FOLDS, "n_jobs=1"),
    "tuned": (*FOLDS, "n_jobs=1", "n_trials=5", "race=false"),
    "cached": (*FOLDS, "n_jobs=1", "n_trials=8", "race=false"),
    "raced": ("n_jobs=1", "n_trials=10", "race=true", "sampler=random"),
    "raced-and-cached": ("n_jobs=1", "n_trials=10", "race=true", "sampler=random"),
    "parallel": (*FOLDS, "n_jobs=2", "n_trials=6"),
    "parallel-and-cached": (*FOLDS, "n_jobs=2", "n_trials=8", "race=false"),
    "holdout": ("validation=holdout", "n_jobs=1", "n_trials=4"),
    "holdout-single": ("validation=holdout", "n_jobs=1"),
    "groups": (*GROUP, "n_jobs=1", "n_trials=3", "preprocess.drop=[person]"),
    "time": (TIME, "n_jobs=1", "n_trials=3"),
    "nested": (*NESTED, "n_jobs=1", "n_trials=3"),
    "nested-parallel-and-cached": (*NESTED, "n_jobs=2", "n_trials=6", "race=false"),
    "nested-groups": (*NESTED, "n_jobs=1", "n_trials=2", "validation.groups=person", "preprocess.drop=[person]"),
}


LONG_RUNS = ("tuned", "raced-and-cached", "parallel", "holdout-single", "nested-groups")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LONG_RUNS else ()) for name in RUNS]
)
def test_nothing_is_fitted_on_a_row_that_it_is_scored_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name.endswith("cached"):  # as the zoo's own preprocessings are: their outputs are shared
        monkeypatch.setattr(fits.targets, "ours", lambda *args, **kwargs: True)
    made = composed(tmp_path, "+preprocess=spy", "+models=spy", *RUNS[name])
    record = runner.run(made, folder=tmp_path / "run")
    table = data.load(made)
    folds = make_folds(made["validation"], table)
    assert folds.fingerprint() == record["validation"]["splits"]

    train, test = set(table.X_train["row"]), set(table.X_test["row"])
    truth = dict(zip(people()["row"], people()["y"], strict=True))
    assert (len(train), len(test), train & test) == (len(train), len(people()) - len(train), set())
    known = allowed_nested(table, folds, made["validation"]) if "nested" in name else allowed(table, folds)
    for kind in ("prep", "model"):
        fitted = spied(tmp_path, kind)
        assert {key(one["rows"]) for one in fitted} == known
        assert not any(test.intersection(one["rows"]) for one in fitted)
        assert all([truth[row] for row in one["rows"]] == one["y"] for one in fitted)
    for fold, (_, held) in enumerate(folds.splits):
        scored = table.X_test if folds.name == "holdout" else table.X_train.iloc[held]
        assert not set(folds.parts(table, fold)[0]["row"]).intersection(scored["row"])

    fits_of = {kind: len(spied(tmp_path, kind)) for kind in ("prep", "model")}
    if name.endswith("cached") and "nested" not in name:
        assert fits_of["prep"] <= 2 * len(folds.splits) + 1 < fits_of["model"]
    if name.startswith("raced"):
        assert record["trials"]["raced"] > 0
    if name.endswith("groups"):
        assert_together(table, folds)


@pytest.mark.parametrize(
    ("preprocess", "words"),
    [
        param("complex", (), id="single"),
        param("complex", ("n_trials=3",), id="tuned"),
        param("complex", ("validation=holdout",), id="holdout"),
        param("multi_complex", ("n_trials=3",), id="factory"),
    ],
)
def test_the_steps_of_the_shipped_preprocessings_see_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preprocess: str, words: tuple[str, ...]
) -> None:
    seen: Counter[tuple[str, Key]] = Counter()

    def spying(kind: Any) -> Callable[..., Any]:
        fit = kind.fit

        def spy(self: Any, X: Any, y: Any = None, **kwargs: Any) -> Any:  # noqa: N803
            seen[kind.__name__, key(X.index)] += 1
            return fit(self, X, y, **kwargs)

        return spy

    steps = (NumberImputer, CategoryImputer, CategoryEncoder, StandardScaler)
    for kind in steps:
        monkeypatch.setattr(kind, "fit", spying(kind))
    folds_of = () if "validation=holdout" in words else FOLDS
    made = composed(tmp_path, f"+preprocess={preprocess}", "+models=lr", "n_jobs=1", *folds_of, *words)
    runner.run(made, folder=tmp_path / "run")
    table = data.load(made)
    folds = make_folds(made["validation"], table)
    parts = [folds.parts(table, fold)[0] for fold in range(len(folds.splits))]
    expected = {key(part.index) for part in [*parts, table.X_train]}
    assert {name for name, _ in seen} == {kind.__name__ for kind in steps}
    assert {rows for _, rows in seen} == expected


# -- groups -------------------------------------------------------------------------------------------------------


def assert_together(table: Data, folds: Folds) -> None:
    """No person stands on both sides of a fold, or of the splits."""
    person = people()["person"]
    train, test = (person.to_numpy()[rows] for rows in (table.rows_train, table.rows_test))
    assert not set(train) & set(test)
    for fit, held in folds.splits:
        assert not set(train[fit]) & set(train[held])
        assert len(fit)
        assert len(held)


def grouped(folder: Path, *words: str) -> tuple[dict[str, Any], Data]:
    made = composed(folder, "+preprocess=complex", "+models=lr", *GROUP, *words)
    return made, data.load(made)


@pytest.mark.parametrize("drop", ["[]", "[person]", "[person,kind]"])
@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("seed", [1, 2])
def test_groups_stay_together(tmp_path: Path, drop: str, task: str, seed: int) -> None:
    made, table = grouped(tmp_path, f"preprocess.drop={drop}", f"task={task}", f"seed={seed}", "validation.n_repeats=2")
    folds = make_folds(made["validation"], table)
    assert ("person" in table.X_train) == (drop == "[]")
    assert (folds.name, len(folds.splits), folds.repeat) == ("group", 6, [0, 0, 0, 1, 1, 1])
    assert_together(table, folds)
    first, second = ([key(held) for _, held in folds.splits[at : at + 3]] for at in (0, 3))
    assert first != second
    assert sorted(sum(first, ())) == list(range(len(table.y_train)))
    if task == "classification":
        shares = [table.y_train[held].mean() for _, held in folds.splits]
        assert max(shares) - min(shares) < 0.15
        assert abs(table.y_test.mean() - table.y_train.mean()) < 0.1
    assert len(table.y_test) == pytest.approx(40, abs=4)


def test_the_second_repetition_is_the_first_of_the_next_seed(tmp_path: Path) -> None:
    made, table = grouped(tmp_path, "validation.n_repeats=2")
    person = pd.factorize(people()["person"].to_numpy()[table.rows_train])[0]
    folds = make_folds(made["validation"], table)
    for repeat in (0, 1):
        splitter = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=123 + repeat)
        expected = [held for _, held in splitter.split(table.X_train, table.y_train, person)]
        for (_, ours), theirs in zip(folds.splits[3 * repeat :], expected, strict=False):
            np.testing.assert_array_equal(ours, theirs)


def test_many_groups_are_dealt_out_by_their_rarest_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, table = grouped(tmp_path)
    monkeypatch.setattr("mlzoo.folds.MAX_GROUPS", 20)
    folds = make_folds(made["validation"], table)
    assert_together(table, folds)
    assert [len(held) for _, held in folds.splits] == [40, 40, 40]
    person = people()["person"].to_numpy()[table.rows_train]
    ill = np.isin(person, np.unique(person)[:3]).astype(int)  # three persons, one for each fold
    for seed in range(5):
        folds = make_folds(made["validation"] | {"seed": seed}, replace(table, y_train=ill))
        assert_together(table, folds)
        assert [int(ill[held].sum()) for _, held in folds.splits] == [4, 4, 4]


def test_many_groups_of_classes_that_are_as_rare_are_dealt_out_by_each() -> None:
    y, groups = np.repeat(np.arange(100), 12), np.arange(1200) // 2
    for _, rows in _ByRarest(5, 0).split(pd.DataFrame(), y, groups):
        assert len(np.unique(y[rows])) == 100


def test_a_splitter_of_groups_of_ones_own(tmp_path: Path) -> None:
    made, table = grouped(tmp_path, "validation.splitter={_target_: sklearn.model_selection.LeaveOneGroupOut}")
    folds = make_folds(made["validation"], table)
    assert len(folds.splits) == 30
    assert_together(table, folds)


def test_groups_of_two_files(tmp_path: Path) -> None:
    """The test file needs no groups."""
    people(40).drop(columns="person").to_csv(tmp_path / "test.csv", index=False)
    made, table = grouped(tmp_path, f"test_data={tmp_path / 'test.csv'}", "preprocess.drop=[person]")
    assert len(table.y_train) == 160
    assert len(make_folds(made["validation"], table).splits) == 3


@pytest.mark.parametrize(
    ("words", "error", "expected"),
    [
        param(
            ["validation.groups=persno"],
            DataError,
            ["validation.groups=persno", "has no such column", "Did you mean 'person'"],
            id="no-such-column",
        ),
        param(["validation.groups=y"], DataError, ["validation.groups=y: that is the target"], id="the-target"),
        param(
            ["validation.groups=kind"],
            DataError,
            ["validation.groups=kind", "missing in", "of 160 rows (first: row"],
            id="missing-values",
        ),
        param(
            ["validation.n_splits=100"],
            DataError,
            ["validation.groups=person: the column has 30 values", "100 folds", "validation.n_splits=30"],
            id="fewer-groups-than-folds",
        ),
        param(["validation.groups=null"], ConfigError, ["validation.groups=null: must name the column"], id="null"),
        param(["validation.groups=''"], ConfigError, ["validation.groups=: must name the column"], id="empty"),
        param(["validation.n_repeats=0"], ConfigError, ["validation.n_repeats=0"], id="no-repeat"),
        param(["validation.seed=null"], ConfigError, ["validation.seed=None"], id="no-seed"),
        param(
            ["validation.splitter={_target_: sklearn.model_selection.LeavePGroupsOut, n_groups: 99}"],
            ConfigError,
            ["LeavePGroupsOut cannot split the data"],
            id="a-splitter-that-cannot",
        ),
        param(
            ["validation.splitter={_target_: sklearn.model_selection.TimeSeriesSplit}"],
            ConfigError,
            ["validation.splitter: TimeSeriesSplit tears groups of validation.groups=person apart"],
            id="a-splitter-of-rows",
        ),
    ],
)
def test_what_is_wrong_with_groups(tmp_path: Path, words: list[str], error: type[Exception], expected: Any) -> None:
    def split() -> None:
        made, table = grouped(tmp_path, *words)
        make_folds(made["validation"], table)

    with pytest.raises(error) as caught:
        split()
    assert [word for word in expected if word not in str(caught.value)] == []


def test_groups_need_a_column(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"validation\.groups=null: must name the column"):
        composed(tmp_path, "+preprocess=complex", "+models=lr", "validation=group")


def test_classes_of_fewer_rows_than_folds(tmp_path: Path) -> None:
    frame = people()
    frame.loc[frame["person"].isin([0, 1]), "y"] = 2
    made, table = grouped(tmp_path)
    frame.to_csv(tmp_path / "my.csv", index=False)
    table = data.load(made)
    with pytest.raises(DataError, match=r"The class 2 of the target has . rows? in the train split, fewer than the 9"):
        make_folds({**made["validation"], "n_splits": 9}, table)


def test_a_test_split_of_groups_that_cannot_be(tmp_path: Path) -> None:
    """All rows of a class, or all rows, are one person's."""
    made, _ = grouped(tmp_path)
    people().assign(person=1).to_csv(tmp_path / "my.csv", index=False)
    with pytest.raises(DataError, match=r"split.test_size=0.25 does not work for 160 rows"):
        data.load(made)
