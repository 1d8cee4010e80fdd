"""The rows and columns that take part: samples, kept columns, and splits by group, time or a column."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import folds
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.errors import ConfigError, DataError
from mlzoo.folds import groups_of_test, groups_of_train, make_folds
from mlzoo.reading import memory
from mlzoo.tables import splitting
from tests.tables import Load, of_check, table

param = pytest.param
SPLIT: dict[str, Any] = {"test_size": 0.25, "seed": 3, "group": None, "time": None, "column": None}
TIMES = [  # of four rows each
    param(np.repeat(np.arange(2000, 2010), 4), id="years"),
    param(np.repeat([f"{i + 1}.3.2026" for i in range(10)], 4), id="text"),
    param(np.repeat(pd.date_range("2026-03-01", periods=10), 4), id="timestamps"),
]


def test_groups_stay_whole(load: Load) -> None:
    frame = table(200, who=np.arange(200) % 23)
    found = load(frame, split={**SPLIT, "group": "who"})
    train, test = (set(frame["who"].iloc[rows]) for rows in (found.rows_train, found.rows_test))
    assert not train & test
    assert 0.15 < len(found.rows_test) / 200 < 0.35


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_drawn_by_the_rows_that_they_have_of_each_class(seed: int) -> None:
    large = np.concatenate([np.zeros(60, dtype=int), 1 + np.arange(120) // 6])  # of the rows one group has a third
    _, test = splitting.split(np.arange(180) / 7, "regression", test_size=0.25, seed=seed, groups=large)
    assert len(test) == 36  # of 45 that are asked for: six groups, of which none is that one
    groups = np.arange(240) // 6
    ill = (groups % 10 == 0).astype(int)
    _, test = splitting.split(ill, "classification", test_size=0.25, seed=seed, groups=groups)
    assert np.bincount(ill[test]).tolist() == [54, 6]


@pytest.mark.parametrize("seed", range(4))
def test_a_draw_of_groups_leaves_a_class_of_one_group_to_learn_from(seed: int) -> None:
    groups = np.arange(240) // 6
    alone = (groups == 0).astype(int)  # of whose rows 0.6 are nearer to all than to none
    train, _ = splitting.split(alone, "classification", test_size=0.6, seed=seed, groups=groups)
    assert alone[train].any()


def test_rows_of_a_test_file_that_name_no_group_stand_alone(load: Load) -> None:
    train, made = table(60, who=np.arange(60) % 12), {"split": SPLIT, "validation": GROUPED}
    found = load(
        train, table(6, who=["3", None, "3", "5", None, "5"]), validation=GROUPED, preprocess={"drop": ["who"]}
    )
    codes = groups_of_test(made, found)
    assert codes is not None
    assert codes.tolist() == [0, 2, 0, 1, 3, 1]
    joined = groups_of_test({"split": {**SPLIT, "group": "x"}, "validation": GROUPED}, found)
    assert joined is not None  # split.group wins, of which each row has its own
    assert joined.tolist() == [*range(6)]
    assert groups_of_test(made, load(train, table(6), validation=GROUPED, preprocess={"drop": ["who"]})) is None


@pytest.mark.parametrize("values", TIMES)
def test_rows_of_one_run_in_time_are_drawn_together(load: Load, values: Any) -> None:
    """Whatever their order in the file, and also where the column is left out."""
    order = np.random.default_rng(0).permutation(40)
    frame = table(40, when=values).iloc[order].reset_index(drop=True)
    made = {"split": {**SPLIT, "time": "when"}, "validation": {"name": "cv"}}
    found = load(frame, **made, parquet=True)
    assert found.times is not None
    every = folds.Folds("cv", [(np.arange(0), np.arange(len(found.y_train)))], [0])
    for times, runs in zip(
        found.times, (groups_of_train(made, found, every), groups_of_test(made, found)), strict=True
    ):
        assert runs is not None
        assert (np.diff(runs[np.argsort(times, kind="stable")]) >= 0).all()
        moments = len(np.unique(times))
        assert runs.max() + 1 == (moments if moments >= folds.MIN_MOMENTS else len(times))
    plain = {"split": SPLIT, "validation": {"name": "cv"}}
    assert groups_of_train(plain, load(frame, parquet=True), every) is None
    late = folds.Folds("cv", [(np.arange(0), np.arange(20, len(found.y_train)))], [0])
    runs = groups_of_train(made, found, late)
    assert runs is not None
    assert set(runs[:20].tolist()) == {runs[20:].max() + 1}


def test_rows_of_one_moment_are_in_one_run() -> None:
    """But where there are few moments, of which intervals would know nothing."""
    days = np.random.default_rng(0).permutation(np.repeat(np.arange(50), 200))
    runs = folds._runs(days)
    assert len(np.unique(runs)) == 10
    assert set(runs[(days >= 5) & (days < 10)].tolist()) == {1}
    assert all(len(np.unique(runs[days == day])) == 1 for day in range(50))
    years = np.repeat(np.arange(4), 100)
    assert len(np.unique(folds._runs(years))) == 20
    assert folds._runs(np.repeat(np.arange(5), 100)).tolist() == np.repeat(np.arange(5), 100).tolist()


@pytest.mark.parametrize(("rows", "length"), [(400, 20), (10_000, 100), (50, 5), (9, 1)])
def test_runs_in_time_are_as_long_as_there_are_many(rows: int, length: int) -> None:
    times = np.random.default_rng(1).normal(size=rows)
    runs = folds._runs(times)
    assert np.bincount(runs)[:-1].tolist() == [length] * (len(np.bincount(runs)) - 1)
    assert np.argsort(times).tolist() == np.lexsort([times, runs]).tolist()


@pytest.mark.parametrize("values", TIMES)
def test_the_last_rows_are_the_test_split(load: Load, values: Any) -> None:
    order = np.random.default_rng(0).permutation(40)
    frame = table(40, when=values).iloc[order].reset_index(drop=True)
    found = load(frame, split={**SPLIT, "time": "when"}, parquet=True)
    when = np.repeat(np.arange(10), 4)[order]
    assert max(when[found.rows_train]) < min(when[found.rows_test])  # rows of one moment are not torn apart
    assert {*found.rows_train, *found.rows_test} == {*range(40)}  # and none is lost
    assert len(found.rows_test) in (8, 12)  # as near to a quarter as whole moments allow
    assert (np.diff(found.rows_test) > 0).all()
    quantity = load(frame.assign(y=order / 3), split={**SPLIT, "time": "when"}, parquet=True)
    assert quantity.rows_test.tolist() == found.rows_test.tolist()  # whose values may be new there


@pytest.mark.parametrize("words", [("train", "test"), ("Train", " TEST "), (False, True), (0, 1), (0.0, 1.0)], ids=repr)
def test_a_column_that_says_which_rows(load: Load, words: tuple[Any, Any]) -> None:
    tested = np.arange(40) % 5 == 0
    found = load(table(40, part=[words[int(is_test)] for is_test in tested]), split={**SPLIT, "column": "part"})
    assert found.rows_test.tolist() == np.flatnonzero(tested).tolist()
    assert "part" not in found.X_train.columns  # it is no feature


@pytest.mark.parametrize("name", ["train", "isTrain"])
@pytest.mark.parametrize("words", [(False, True), (0, 1), ("test", "train")], ids=repr)
def test_a_flag_of_the_rows_to_train(load: Load, name: str, words: tuple[Any, Any]) -> None:
    trained = np.arange(40) % 5 > 0
    frame = table(40).assign(**{name: [words[int(is_train)] for is_train in trained]})
    found = load(frame, split={**SPLIT, "column": name})
    assert found.rows_train.tolist() == np.flatnonzero(trained).tolist()


@pytest.mark.parametrize(
    ("split", "columns", "words"),
    [
        param(
            {"group": "whoo"},
            {"who": [1, 2] * 20},
            r"split\.group=whoo: .* no such column. Did you mean 'who'",
            id="no",
        ),
        param(
            {"group": "who"},
            {"who": [1, None] * 20},
            r"split\.group=who: the column is missing in 20 of 40",
            id="empty",
        ),
        param({"time": "t"}, {"t": [5] * 40}, r"split\.time=t: every row has the same value", id="one-moment"),
        param({"time": "t"}, {"t": [1.0, None] * 20}, r"split\.time=t: the column is missing in 20", id="no-moment"),
        param({"time": "t"}, {"t": ["soon"] * 40}, r"split\.time=t: 'soon' in row 0 .* is no date", id="no-date"),
        param({"column": "p"}, {"p": ["train", "dev"] * 20}, r"split\.column=p: .* holds 'dev' in row 1", id="word"),
        param({"column": "p"}, {"p": ["train"] * 39 + ["test"]}, r"split\.column=p: the test split has 1 of", id="few"),
        param(
            {"column": "p"}, {"p": ["train", "test"] * 20}, r"the class 1 of the target stands in no row", id="class"
        ),
    ],
)
def test_splits_refused(load: Load, split: dict[str, str], columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        load(table(40, **columns), split={**SPLIT, **split})


GROUPED = {"name": "group", "groups": "who", "n_splits": 5, "n_repeats": 1, "seed": 1, "splitter": None}


@pytest.mark.parametrize(
    ("key", "values"),
    [("time", np.arange(40)), ("column", ["train", "train", "train", "test"] * 10), ("group", np.arange(40) // 4)],
)
def test_a_split_that_tears_the_groups_of_validation_apart(load: Load, key: str, values: Any) -> None:
    frame = table(40, who=[f"p{i}" for i in np.arange(40) % 8 // 2], by=values)
    split = {**SPLIT, key: "by"}
    with pytest.raises(
        DataError,
        match=rf"split\.{key}=by tears groups of validation\.groups=who apart: rows of 'p\d' .* No key does both",
    ):
        load(frame, split=split, validation=GROUPED)
    load(frame, split=split)


@pytest.mark.parametrize("key", ["time", "column", "group"])
def test_a_split_that_keeps_the_groups_of_validation_whole(load: Load, key: str) -> None:
    at = np.arange(40) // 4
    frame = table(40, who=[f"p{i}" for i in at], by=np.where(at > 7, "test", "train") if key == "column" else at // 2)
    found = load(frame, split={**SPLIT, key: "by"}, validation=GROUPED)
    assert not {*frame["who"].iloc[found.rows_train]} & {*frame["who"].iloc[found.rows_test]}


def test_a_split_beside_a_test_file(load: Load) -> None:
    with pytest.raises(DataError, match=r"split\.group=x: the test split is a file of its own, test\.csv"):
        load(table(), table(), split={**SPLIT, "group": "x"})
    with pytest.raises(DataError, match=r"split\.time=dya: train\.csv has no such column\. Did you mean 'day'\?"):
        load(table(day=range(40)), table(day=range(40)), split={**SPLIT, "time": "dya"})


def test_when_the_rows_of_a_later_test_file_are(load: Load) -> None:
    days = pd.date_range("2026-01-01", periods=60).strftime("%d.%m.%Y")
    train, test = table(40, day=days[:40]), table(20, day=days[40:])
    found = load(train, test, split={**SPLIT, "time": "day"})
    assert found.times is not None
    np.testing.assert_array_equal(np.diff(np.concatenate(found.times)), 1)
    assert len(np.unique(folds.groups_of_test({"split": {"time": "day"}, "validation": {"name": "cv"}}, found))) == 10
    with pytest.raises(DataError, match=r"split\.time=day: .* holds rows that are earlier than some of the train"):
        load(test, train, split={**SPLIT, "time": "day"})


def test_what_the_train_file_says_of_dates_holds_for_a_later_test_file(load: Load) -> None:
    days = pd.date_range("2026-01-25", periods=45).strftime("%d/%m/%Y")
    train, test = table(40, day=days[:40]), table(5, day=days[40:])  # which alone might be of months
    found = load(train, test, split={**SPLIT, "time": "day"})
    assert found.times is not None
    np.testing.assert_array_equal(np.diff(np.concatenate(found.times)), 1)


def test_dates_beyond_the_year_2200_are_refused_whatever_says_which_number_is_the_day(load: Load) -> None:
    days = pd.date_range("2026-01-25", periods=45).strftime("%d/%m/%Y").tolist()
    far = [*days[:-1], "31/12/9999"]
    with pytest.raises(DataError, match="lies beyond the year 2200"):
        load(table(45, day=far), split={**SPLIT, "time": "day"}, read={"dayfirst": True})
    with pytest.raises(DataError, match="lies beyond the year 2200"):
        load(table(40, day=days[:40]), table(5, day=far[40:]), split={**SPLIT, "time": "day"})


def test_one_way_to_split() -> None:
    found = config.plain(compose("+preprocess=complex", "+models=lr", "split.time=a", "split.group=b"))
    with pytest.raises(ConfigError, match=r"split\.group=b and split\.time=a: a split is made in one way"):
        config.check(found)


# -- samples and kept columns -------------------------------------------------------------------------------------


def test_a_sample_is_drawn_by_the_seed(load: Load) -> None:
    frame = table(200, n=np.arange(200.0) + 0.5)
    found, again, other = (load(frame, sample=80, seed=seed) for seed in (1, 1, 2))
    rows = np.sort(np.concatenate([found.rows_train, found.rows_test]))
    assert len(rows) == len(set(rows)) == 80
    assert found.X_train["n"].tolist() == (found.rows_train + 0.5).tolist()  # rows keep their numbers
    assert found.rows_train.tolist() == again.rows_train.tolist() != other.rows_train.tolist()
    assert any("80 of 200 rows are used" in finding["message"] for finding in found.findings)
    assert of_check(load(frame, sample=200), "dialect") == []


def test_kept_columns(load: Load) -> None:
    frame = table(40, a=np.arange(40) % 7, b=np.arange(40) % 5)
    found = load(frame, frame, keep=["b"])
    assert list(found.X_train.columns) == list(found.X_test.columns) == ["b"]
    assert set(found.aside_train.columns) == {"x", "a"}
    with pytest.raises(DataError, match=r"preprocess\.keep: train\.csv has no column 'bb'"):
        load(frame, keep=["bb"])
    found = load(frame, frame, keep=["a", "b"], drop=["b"])  # as what is said of a column advises
    assert list(found.X_train.columns) == list(found.X_test.columns) == ["a"]


def test_a_table_that_is_too_large_for_the_machine(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(1000, a=np.arange(1000) % 7)
    assert of_check(load(frame), "memory") == []
    monkeypatch.setattr(memory, "available", lambda: 150_000.0)
    found = load(frame).findings
    warning = next(finding for finding in found if finding["check"] == "memory")
    assert "a run on 1,000 rows of 3 columns may need" in warning["message"]
    assert warning["remedy"].startswith("sample=")
    rows = int(warning["remedy"].removeprefix("sample="))
    assert of_check(load(frame, sample=rows), "memory") == []
    many = frame.assign(town=[f"t{i % 400}" for i in range(1000)])
    monkeypatch.setattr(memory, "available", lambda: 1_000_000.0)
    (said,) = [one["message"] for one in load(many).findings if one["check"] == "memory"]
    assert "leave columns out, above all 'town' of " in said
    assert of_check(load(many, preprocess={"kinds": ["number"], "type": {}}), "memory") == []


def test_columns_that_are_left_out_need_no_memory(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(1000, a=np.arange(1000) % 7, b=np.arange(1000) % 5)
    monkeypatch.setattr(memory, "available", lambda: 240_000.0)
    assert of_check(load(frame), "memory") == [""]
    assert of_check(load(frame, drop=["a"]), "memory") == []
    assert of_check(load(frame, frame, drop=["a"]), "memory") == [""]  # the test file counts


def test_a_file_that_is_too_large_is_told_of_before_it_is_read(
    load: Load, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 150_000.0)
    load(table(1000))
    assert caplog.messages == []
    monkeypatch.setattr(memory, "available", lambda: 50_000.0)
    load(table(1000))
    assert "train.csv: reading it may need 0.0 GiB of memory, and this machine has 0.0" in caplog.messages[0]


@pytest.mark.parametrize(
    ("line", "limits", "least"),
    [
        ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": "2000", "memory.max": "3000"}, 2000),
        ("4:memory:/job/7", {"memory/job/7/memory.limit_in_bytes": "900", "memory/memory.limit_in_bytes": "999"}, 900),
        ("4:cpu:/x", {"memory/memory.limit_in_bytes": "999"}, 999),
        ("0::/a", {}, None),
    ],
)
def test_limits_of_control_groups(tmp_path: Path, line: str, limits: dict[str, str], least: float | None) -> None:
    (tmp_path / "cgroup").write_text(f"1:pids:/z\n{line}\n")
    for name, limit in limits.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(f"{limit}\n")
    found = memory._limits(str(tmp_path / "cgroup"), str(tmp_path / "root"))
    assert min(found, default=None) == least


def test_the_memory_of_this_machine() -> None:
    found = memory.available()
    assert found is None or found > 2**28


def test_folds_of_few_groups_count_once(load: Load) -> None:
    few = table(60, who=np.arange(60) % 4, y=(np.arange(60) // 4 % 2))
    for groups, splits, number in (
        (few, 4, 4),
        (table(60, who=np.arange(60) % 12, y=(np.arange(60) // 12 % 2)), 4, 12),
    ):
        data = load(groups, preprocess={"drop": ["who"]})
        made = make_folds({**GROUPED, "n_splits": splits, "n_repeats": 3}, data)
        parts = {frozenset(held.tobytes() for _, held in made.splits[at : at + 4]) for at in range(0, number, 4)}
        assert (len(made.splits), len(parts)) == (number, number // 4)
        assert made.repeat == [at // 4 for at in range(number)]
