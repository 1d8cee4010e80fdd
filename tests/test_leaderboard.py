"""The leaderboard: checked column by column against made-up records, and once against real runs."""

import copy
import csv
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlzoo.board import comparison, leaderboard, overall, rownames
from mlzoo.board.leaderboard import COLUMNS, board
from mlzoo.errors import RecordError
from mlzoo.record import KEYS, Record

DONE: dict[str, Any] = {
    "schema": 1,
    "status": "done",
    "cell": "complex-lr",
    "preprocess": "complex",
    "model": "lr",
    "metric": "accuracy",
    "overrides": ["+preprocess=complex", "+models=lr"],
    "cv": {"accuracy": [0.7, 0.8, 0.9], "roc_auc": [0.5, 0.6, 0.7]},
    "test": {"accuracy": 0.75, "roc_auc": 0.65},
    "test_interval": [0.7, 0.8],
    "baseline": {"cv": {"accuracy": [0.5, 0.6, 0.7], "roc_auc": [0.5, 0.5, 0.5]}, "test": {"accuracy": 0.6}},
    "timing": {"fit_s": 0.25, "predict_s": 0.125, "total_s": 9.0},
    "trials": {"total": 5, "full": 3, "raced": 0, "failed": 2},
    "data": {
        "target": "Survived",
        "classes": None,
        "train": {"target_sha256": "t0"},
        "test": {"target_sha256": "t1"},
    },
    "validation": {
        "name": "cv",
        "folds": 3,
        "splits": "s0",
        "optimistic": False,
        "train_rows": [20, 20, 20],
        "test_rows": [10, 10, 10],
    },
    "error": None,
}
ENDED = ("cv", "test", "test_interval", "trials")


def made(folder: str, /, *overrides: str, cell: str = "complex-lr", **changes: Any) -> Record:
    """A record like `DONE`; `changes` are values by dotted key, `__` for the dot."""
    content = dict.fromkeys(KEYS) | copy.deepcopy(DONE)
    content["preprocess"], _, content["model"] = content["cell"], _, _ = cell.partition("-")
    content["cell"] = cell
    content["overrides"] += overrides
    for key, value in changes.items():
        *path, last = key.split("__")
        inner = content
        for part in path:
            inner = inner[part]
        inner[last] = value
    return Record(Path(folder), content)


def scoring(folder: str, *scores: float, cell: str = "complex-lr", **changes: Any) -> Record:
    return made(folder, cell=cell, cv={"accuracy": list(scores)}, **changes)


def unfinished(folder: str, status: str, **changes: Any) -> Record:
    one = made(folder, **changes)
    one.content = {key: value for key, value in one.content.items() if key not in ENDED} | {"status": status}
    return one


# -- columns ------------------------------------------------------------------------------------------------------


def test_every_column() -> None:
    (row,) = board([made("runs/a")])
    assert tuple(row) == (*COLUMNS, "cv_roc_auc", "test_roc_auc")
    assert row == {
        "rank": 1,
        "row": "complex-lr",
        "preprocess": "complex",
        "model": "lr",
        "metric": "accuracy",
        "cv_mean": pytest.approx(0.8),
        "cv_sd": pytest.approx(statistics.stdev([0.7, 0.8, 0.9])),
        "test": 0.75,
        "baseline_gap": pytest.approx(0.2),
        "fit_s": 0.25,
        "predict_s": 0.125,
        "trials": 5,
        "raced": 0,
        "failed": 2,
        "status": "done",
        "error": None,
        "folder": "runs/a",
        "test_low": 0.7,
        "test_high": 0.8,
        "optimistic": False,
        "accelerator": None,
        **dict.fromkeys(("cv_low", "cv_high", "gap", "gap_low", "gap_high", "p", "worse", "equivalent", "better")),
        "tied": None,
        "test_p": None,
        "test_won": None,
        "test_lost": None,
        "cv_roc_auc": pytest.approx(0.6),
        "test_roc_auc": 0.65,
    }


def test_further_metrics_are_columns_of_every_row_where_any_has_them() -> None:
    more = {"accuracy": [0.6, 0.6, 0.6], "f1": [0.1, None, 0.3], "recall": [0.2, 0.3, 0.4]}
    test = {"accuracy": 1, "recall": 0.5}
    rows = board([scoring("a", 0.9), unfinished("b", "failed"), made("c", cv=more, test=test)])
    names = ("cv_f1", "test_f1", "cv_recall", "test_recall")
    assert [tuple(row) for row in rows] == [(*COLUMNS, *names)] * 3
    assert [[row[name] for name in names] for row in rows] == [
        [None] * 4,
        [None, None, pytest.approx(0.3), 0.5],  # f1 is undefined on a fold, and so is its mean
        [None] * 4,
    ]
    (row,) = board([made("a")], metric="roc_auc")
    assert tuple(row)[len(COLUMNS) :] == ("cv_accuracy", "test_accuracy")
    assert (row["cv_accuracy"], row["test_accuracy"]) == (pytest.approx(0.8), 0.75)


def test_one_score_has_no_spread() -> None:
    (row,) = board([scoring("a", 0.7, validation__optimistic=True, baseline__cv={"accuracy": [0.6]})])
    assert (row["cv_mean"], row["cv_sd"], row["baseline_gap"]) == (0.7, None, pytest.approx(0.1))
    assert row["optimistic"] is True


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        pytest.param("failed", {"type": "FitError", "message": "no luck"}, "no luck", id="failed"),
        pytest.param(
            "interrupted", {"type": "KeyboardInterrupt", "message": ""}, "by Ctrl-C, or by a signal", id="interrupted"
        ),
        pytest.param("running", None, "it has not ended, or was killed", id="running"),
    ],
)
def test_rows_that_did_not_end(status: str, error: Any, text: str | None) -> None:
    first, second = board([unfinished("x", status, error=error), made("y")])
    assert (first["status"], first["rank"], second["rank"]) == ("done", 1, None)
    filled = {"row": "complex-lr #1", "preprocess": "complex", "model": "lr", "metric": "accuracy", "status": status}
    assert second == dict.fromkeys(first) | filled | {"error": text, "folder": "x"}


def test_nothing_ended() -> None:
    rows = board([unfinished("x", "failed"), unfinished("y", "running", cell="simple-lr")])
    assert [(row["rank"], row["metric"], row["row"]) for row in rows] == [
        (None, None, "complex-lr"),
        (None, None, "simple-lr"),
    ]
    assert leaderboard.best(rows) is None


# -- order --------------------------------------------------------------------------------------------------------


def test_ranks_by_fold_mean_which_equals_share() -> None:
    records = [
        scoring("a", 0.5, 0.6, 0.7),
        unfinished("b", "failed"),
        scoring("c", 0.9, 0.9, 0.9, test={"accuracy": 0.1}),
        scoring("d", 0.6, 0.6, 0.6),
        scoring("e", -2.0, 0.0, 0.0),
    ]
    assert [(row["folder"], row["rank"]) for row in board(records)] == [
        ("c", 1),
        ("a", 2),
        ("d", 2),
        ("e", 4),
        ("b", None),
    ]
    rows = board([*records[:2], *records[3:]])
    assert leaderboard.firsts(rows) == [row["row"] for row in rows[:2]]
    assert leaderboard.best(rows) is rows[0]
    near = board([scoring("a", 1e-17, -2e-17), scoring("b", 0.0, 0.0)])
    assert [row["rank"] for row in near] == [1, 1]


@pytest.mark.parametrize(
    ("metric", "dummy", "means", "expected"),
    [
        pytest.param("neg_mean_squared_error", -4e-14, (-1e-14, -2e-14), [1, 2], id="small-unit"),
        pytest.param("neg_mean_squared_error", -4e14, (-1e14, -1e14 - 0.03), [1, 1], id="large-unit"),
        pytest.param("my_zoo.cost", -2e6, (-1e6, -1e6 - 1e-9), [1, 1], id="own"),
    ],
)
def test_means_are_equal_but_for_rounding_in_their_unit(
    metric: str, dummy: float, means: tuple[float, float], expected: list[int]
) -> None:
    baseline = {"cv": {metric: [dummy] * 3}, "test": {metric: dummy}}
    records = [
        made(name, metric=metric, cv={metric: [mean] * 3}, test={metric: mean}, baseline=baseline)
        for name, mean in zip("ab", means, strict=True)
    ]
    assert [row["rank"] for row in board(records)] == expected


def test_of_equals_the_same_is_the_best_in_any_order() -> None:
    times = {"b": 0.1, "a": 0.2, "c": 0.3}
    records = [scoring(name, 0.5, 0.6, 0.7, cell=f"{name}-lr") for name in times]
    for one in records:
        one.content["timing"] = {**one["timing"], "fit_s": times[str(one.folder)]}
    for sort in (None, "fit_s", "row", "rank"):
        found = comparison.make(records, sort=sort)
        best = leaderboard.best(found.rows)
        assert best is not None
        assert best["row"] == found.names[0] == "a-lr"


@pytest.mark.parametrize("nan", [None, float("nan")], ids=["null", "nan"])
@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 1, 0]], ids=str)
def test_rows_whose_metric_is_nan_rank_last(nan: float | None, order: list[int]) -> None:
    records = [
        made("low", cv={"accuracy": [1, 1, 1], "roc_auc": [0.6, 0.6, 0.6]}),
        made("undefined", cv={"accuracy": [1, 1, 1], "roc_auc": [0.9, nan, 0.9]}),
        made("high", cv={"accuracy": [1, 1, 1], "roc_auc": [0.7, 0.7, 0.7]}),
    ]
    rows = board([records[i] for i in order], metric="roc_auc")
    assert [row["folder"] for row in rows] == ["high", "low", "undefined"]


SORTED = [
    pytest.param("rank", "abcx", id="rank"),
    pytest.param("cv_mean", "abcx", id="cv_mean"),
    pytest.param("test", "cbax", id="test"),
    pytest.param("fit_s", "bcax", id="fit_s: the fastest first"),
    pytest.param("row", "xcab", id="row"),
    pytest.param("cv_sd", "bcax", id="cv_sd"),
    pytest.param("test_low", "bcax", id="test_low"),
    pytest.param("error", "xabc", id="error"),
]


def measured(folder: str, scores: list[float], cell: str, test: float, *, fit_s: float, low: float | None) -> Record:
    times = {"fit_s": fit_s, "predict_s": 1.0}
    return scoring(folder, *scores, cell=cell, test={"accuracy": test}, timing=times, test_interval=[low, low])


@pytest.mark.parametrize(("column", "folders"), SORTED)
def test_sort(column: str, folders: str) -> None:
    records = [
        measured("c", [0.5, 0.6, 0.7], "b-x", 0.9, fit_s=2, low=0.5),
        unfinished("x", "failed", cell="a-x", error={"type": "E", "message": "m"}),
        measured("b", [0.7, 0.7, 0.7], "d-x", 0.8, fit_s=1, low=0.6),
        measured("a", [0.7, 0.8, 1.0], "c-x", 0.7, fit_s=3, low=None),
    ]
    rows = leaderboard.ordered(board(records), column)
    assert "".join(row["folder"] for row in rows) == folders
    assert {row["folder"]: row["rank"] for row in rows} == {"a": 1, "b": 2, "c": 3, "x": None}


def test_sort_by_a_further_metric() -> None:
    areas = {"a": 0.6, "b": 0.9, "c": 0.7}
    records = [made(name, cell=f"p-{name}", test={"accuracy": 0.5, "roc_auc": area}) for name, area in areas.items()]
    assert [row["folder"] for row in leaderboard.ordered(board(records), "test_roc_auc")] == ["b", "c", "a"]
    for rows, named in ((board(records), "cv_mean"), (board(records, metric="roc_auc"), "cv_accuracy")):
        assert leaderboard.ordered(rows, "accuracy") == leaderboard.ordered(rows, named)


def test_unknown_sort_column() -> None:
    with pytest.raises(
        RecordError, match=r"--sort tset: there is no such column\. Did you mean 'test'\? There are: rank, "
    ):
        leaderboard.ordered(board([made("a")]), "tset")


def test_nothing_to_compare() -> None:
    with pytest.raises(RecordError, match="no run was given"):
        board([])


# -- metric -------------------------------------------------------------------------------------------------------


SHARED = "All of them have:"


def test_another_recorded_metric() -> None:
    (row,) = board([made("a")], metric="roc_auc")
    assert (row["metric"], row["test"]) == ("roc_auc", 0.65)
    assert (row["cv_mean"], row["baseline_gap"]) == (pytest.approx(0.6), pytest.approx(0.1))
    assert (row["test_low"], row["test_high"]) == (None, None)  # the interval is of the metric that was optimised


@pytest.mark.parametrize(
    ("other", "asked", "message"),
    [
        pytest.param({"r2": [1]}, None, "b (…) has no scores of 'accuracy'. They have no metric in common.", id="none"),
        pytest.param(
            {"roc_auc": [1]}, None, f"b (…) has no scores of 'accuracy'. {SHARED} roc_auc (--metric).", id="one"
        ),
        pytest.param(
            {"accuracy": [1]}, "f1", f"a (…) has no scores of 'f1'. {SHARED} accuracy (--metric).", id="asked"
        ),
    ],
)
def test_metrics_must_be_common(other: dict[str, Any], asked: str | None, message: str) -> None:
    with pytest.raises(RecordError) as caught:
        board([made("a"), made("b", cv=other)], metric=asked)
    assert str(caught.value).replace("complex-lr", "…") == message


def test_runs_of_different_metrics_are_ranked_by_one_they_share() -> None:
    records = [made("a"), made("b", metric="roc_auc", test_interval=[0.1, 0.2])]
    rows = board(records)
    assert [(row["metric"], row["test_low"]) for row in rows] == [("accuracy", 0.7), ("accuracy", None)]


# -- pairing ------------------------------------------------------------------------------------------------------

UNPAIRED = [
    pytest.param({"data__target": "Age"}, r"the target column \(Survived and Age\)", id="target"),
    pytest.param({"data__train__target_sha256": "x"}, r"the target of the train split", id="train"),
    pytest.param({"data__test__target_sha256": "x"}, r"the target of the test split", id="test"),
    pytest.param({"data__positive": "no"}, r"the positive class \(None and no\)", id="positive"),
    pytest.param({"validation__name": "holdout"}, r"validation \(cv and holdout\)", id="validation"),
    pytest.param({"validation__folds": 4}, r"the number of folds \(3 and 4\)", id="folds"),
    pytest.param({"validation__splits": "x"}, r"the rows of the folds", id="splits"),
]


@pytest.mark.parametrize(("changes", "what"), UNPAIRED)
def test_what_is_not_paired_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(RecordError, match=rf"{what}.*first \(complex-lr\) and third \(simple-rf\)"):
        board([made("first"), made("second"), made("third", cell="simple-rf", **changes)])


def test_runs_that_did_not_end_need_no_pairing() -> None:
    rows = board([made("a"), unfinished("b", "failed", data={}, validation={})])
    assert [row["status"] for row in rows] == ["done", "failed"]


# -- rows' names --------------------------------------------------------------------------------------------------

COMPLEX, SIMPLE = "complex-lr", "simple-lr"
IDS = [
    pytest.param([(COMPLEX,), (SIMPLE,)], ["complex-lr", "simple-lr"], id="cells"),
    pytest.param([(COMPLEX, "seed=1"), (SIMPLE, "seed=1")], ["complex-lr", "simple-lr"], id="common ones left out"),
    pytest.param([(COMPLEX, "m.C=0.1"), (COMPLEX, "m.C=1")], ["complex-lr C=0.1", "complex-lr C=1"], id="value"),
    pytest.param([(COMPLEX, "models.type.C=0.1"), (COMPLEX,)], ["complex-lr C=0.1", "complex-lr"], id="one of them"),
    pytest.param(
        [(COMPLEX, "models.type.x=1", "preprocess.type.x=2"), (COMPLEX,)],
        ["complex-lr models.type.x=1 preprocess.type.x=2", "complex-lr"],
        id="clash of short names",
    ),
    pytest.param(
        [(COMPLEX, "a.x=1", "b.x=2"), (COMPLEX, "a.x=3", "b.x=2")], ["complex-lr x=1", "complex-lr x=3"], id="no clash"
    ),
    pytest.param([(COMPLEX,), (SIMPLE,), (COMPLEX,)], ["complex-lr #1", "simple-lr", "complex-lr #2"], id="duplicates"),
    pytest.param(
        [(COMPLEX, "+experiment=a"), (COMPLEX, "+experiment=b")],
        ["complex-lr experiment=a", "complex-lr experiment=b"],
        id="group",
    ),
    pytest.param(
        [(COMPLEX, "x=a=b"), (COMPLEX, "x='c d'")], ["complex-lr x=a=b", "complex-lr x='c d'"], id="equals sign, space"
    ),
    pytest.param([(COMPLEX, "export=a.csv"), (SIMPLE, "export=b.csv")], ["complex-lr", "simple-lr"], id="export"),
    pytest.param(
        [(COMPLEX, "n_trials=6", "metrics=[roc_auc,f1]", "n_jobs=1"), (SIMPLE, "rope=0.05", "storage.url=x")],
        ["complex-lr n_trials=6", "simple-lr"],
        id="no part of the pipeline",
    ),
    pytest.param([(COMPLEX, "~models.type.C"), (COMPLEX,)], ["complex-lr ~C", "complex-lr"], id="deletion"),
]


@pytest.mark.parametrize(("given", "ids"), IDS)
def test_row_ids(given: list[tuple[str, ...]], ids: list[str]) -> None:
    records = [made(str(i), *words, cell=cell) for i, (cell, *words) in enumerate(given)]
    assert rownames.row_ids(records) == ids


@pytest.mark.parametrize(("other", "ids"), [("a", ["complex-lr #1", "complex-lr #2"]), ("b", ["x", "y"])])
def test_a_table_that_was_read_from_two_places_is_no_difference(other: str, ids: list[str]) -> None:
    tables = {
        place: {"data__train": {"sha256": sha}, "data__test": {"sha256": "t"}}
        for place, sha in zip("xy", ("a", other), strict=True)
    }
    found = rownames.row_ids([made(place, f"data={place}", **table) for place, table in tables.items()])
    assert [name.replace("complex-lr data=", "") for name in found] == ids


# -- the best -----------------------------------------------------------------------------------------------------


def test_best_skips_optimistic_rows() -> None:
    rows: list[dict[str, Any]] = [
        {"rank": 3, "row": "c", "optimistic": False},
        {"rank": None, "row": "failed", "optimistic": None},
        {"rank": 1, "row": "a", "optimistic": True},
        {"rank": 2, "row": "b", "optimistic": False},
    ]
    assert (leaderboard.best(rows) or {})["row"] == "b"
    assert leaderboard.best([rows[1], rows[2]]) is None


# -- sources ------------------------------------------------------------------------------------------------------


def test_sources_are_records_runs_and_sweeps_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved = [made(f"sweep/{i}", f"seed={i}") for i in range(2)] + [made("alone", cell="simple-rf")]
    for one in saved:
        one.save()
    sources = [saved[2], "sweep", Path("sweep/1"), tmp_path / "alone"]
    frame = overall.compare(sources)
    assert list(frame.columns) == [*COLUMNS, "cv_roc_auc", "test_roc_auc"]
    assert frame["cv_roc_auc"].tolist() == pytest.approx([0.6] * 3)
    assert sorted(frame["row"]) == ["complex-lr seed=0", "complex-lr seed=1", "simple-rf"]
    assert frame["rank"].tolist() == [1, 1, 1]  # of equal means
    with pytest.raises(RecordError, match="nowhere"):
        overall.compare(["nowhere"])


def test_records_are_compared_as_their_folders_are(tmp_path: Path) -> None:
    tests = enumerate([0.5, float("nan"), 0.6])
    saved = [made(str(tmp_path / str(at)), f"seed={at}", test={"accuracy": score}) for at, score in tests]
    for one in saved:
        one.save()
    for sources in (saved, tmp_path):
        rows = overall.compare(sources, sort="test")["row"].tolist()
        assert rows == ["complex-lr seed=2", "complex-lr seed=0", "complex-lr seed=1"]


# -- written ------------------------------------------------------------------------------------------------------


def test_written_files_equal_the_rows(tmp_path: Path) -> None:
    inside, outside = str(tmp_path / "sweep" / "0"), str(tmp_path / "elsewhere")
    failed = unfinished(
        str(tmp_path / "sweep" / "1"), "failed", error={"type": "E", "message": "two\nlines, and a comma"}
    )
    rows = board([scoring(inside, 0.1, 0.2, 0.3), failed, scoring(outside, 1 / 3, 0.5, 2 / 3, cell="simple-rf")])
    leaderboard.write(rows, tmp_path / "sweep")

    placed = [{**row, "folder": folder} for row, folder in zip(rows, [outside, "0", "1"], strict=True)]
    written = json.loads((tmp_path / "sweep" / "leaderboard.json").read_text())
    assert written == {"rows": placed, "dummy": None, "best": "simple-rf", "tied": [], "complete": False}
    path = tmp_path / "sweep" / "leaderboard.csv"
    read = pd.read_csv(path, dtype={"folder": str}).astype(object)
    approximate = [{k: pytest.approx(v) if isinstance(v, float) else v for k, v in row.items()} for row in placed]
    assert [{k: None if pd.isna(v) else v for k, v in row.items()} for row in read.to_dict("records")] == approximate
    assert list(read.columns) == list(COLUMNS)


def test_the_dummy_is_a_key_of_the_json_and_no_row(tmp_path: Path) -> None:
    found = comparison.make([made("a"), made("b", cell="simple-rf")])
    leaderboard.write(found.rows, tmp_path, dummy=found.dummy)
    written = json.loads((tmp_path / "leaderboard.json").read_text())
    assert [row["row"] for row in written["rows"]] == ["complex-lr", "simple-rf"]
    assert list(written["dummy"]) == list(written["rows"][0])
    shown = ("row", "rank", "cv_mean", "test", "baseline_gap", "p", "cv_roc_auc", "test_roc_auc")
    assert [written["dummy"][key] for key in shown] == ["dummy", None, pytest.approx(0.6), 0.6, 0.0, None, 0.5, None]
    assert pd.read_csv(tmp_path / "leaderboard.csv")["row"].tolist() == ["complex-lr", "simple-rf"]
    assert leaderboard.written_best(tmp_path) is not None


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_the_csv_is_a_formula(sign: str, tmp_path: Path) -> None:
    evil = f"{sign}FORMULA(1)"
    records = [made("a", cell=f"{evil}-lr", baseline__cv={"accuracy": [0.9]}), made("b", cell="simple-lr")]
    leaderboard.write(board(records), tmp_path)
    with (tmp_path / "leaderboard.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["row"], second["row"]) == ("'" + f"{evil}-lr".replace("\r", "\n"), "simple-lr")
    assert float(first["baseline_gap"]) == pytest.approx(-0.1)  # a number stays a number
    assert json.loads((tmp_path / "leaderboard.json").read_text())["best"] == f"{evil}-lr"


def test_best_of_nothing_is_null(tmp_path: Path) -> None:
    leaderboard.write(board([made("a", validation__optimistic=True)]), tmp_path)
    assert json.loads((tmp_path / "leaderboard.json").read_text())["best"] is None


# -- and of real runs ---------------------------------------------------------------------------------------------


def test_of_real_runs(plain: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    from mlzoo.runner import run

    fast = ("validation.n_splits=3", "validation.n_repeats=1", "metrics=[roc_auc]")
    records = [
        run(plain(f"+preprocess={prep}", "+models=lr", *fast), folder=tmp_path / prep) for prep in ("simple", "complex")
    ]
    frame = overall.compare(records).set_index("row")
    assert frame.index.tolist() == ["complex-lr", "simple-lr"]
    for one in records:
        row = frame.loc[one["cell"]]
        folds = one["cv"]["accuracy"]
        assert row["cv_mean"] == pytest.approx(statistics.mean(folds))
        assert row["cv_sd"] == pytest.approx(statistics.stdev(folds))
        assert row["baseline_gap"] == pytest.approx(
            statistics.mean(folds) - statistics.mean(one["baseline"]["cv"]["accuracy"])
        )
        assert (row["test"], row["trials"], row["failed"]) == (one["test"]["accuracy"], 1, 0)
        assert [row["test_low"], row["test_high"]] == one["test_interval"]
        assert row["test_low"] < row["test"] < row["test_high"]
        assert (row["fit_s"], row["predict_s"]) == (one["timing"]["fit_s"], one["timing"]["predict_s"])
    pd.testing.assert_frame_equal(overall.compare([tmp_path]), overall.compare(records[::-1]), check_dtype=False)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["p-a", "p-b #2"], ["p-a", "p-b #2"]),
        (["p-rf n_estimators=5 max_depth=3", "p-lr n_estimators=9 max_depth=2"], ["p-rf 5 3", "p-lr 9 2"]),
        (  # of one cell its name tells nothing
            [
                "complex-randomforest n_estimators=500 imputation=mean",
                "complex-randomforest n_estimators=50 imputation=mean",
            ],
            ["500 mean", "50 mean"],
        ),
        (  # values of different keys would not tell which
            ["p-rf n_estimators=5 max_leaf=3", "p-rf n_estimators=5"],
            ["1: p-rf n_estim…x_leaf=3", "2: p-rf n_estimators=5"],
        ),
        (["<b>a</b>"], ["&lt;b&gt;a&lt;/b&gt;"]),
        (["x" * 60, "x" * 61], [f"1: {'x' * 12}…{'x' * 8}", f"2: {'x' * 12}…{'x' * 8}"]),
    ],
)
def test_labels_of_rows_that_a_chart_has_room_for(names: list[str], labels: list[str]) -> None:
    shown, left_out = rownames.labels(names)
    assert shown == dict(zip(names, labels, strict=True))
    keys = [word.partition("=")[0] for word in names[0].split(" ") if "=" in word]
    left = "=" in names[0] and not any("=" in label for label in labels) and not labels[0].startswith("1: ")
    assert left_out == (keys if left else [])
