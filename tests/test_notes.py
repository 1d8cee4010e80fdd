"""What is said beside the answer of a leaderboard."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from mlzoo import console, folder, launch, prediction, record, runner
from mlzoo.board import comparison, floor, leaderboard, notes, oof, overall, sentence
from mlzoo.composition.composing import compose
from mlzoo.composition.repository import conf_dir
from mlzoo.errors import RecordError
from mlzoo.record import Record
from mlzoo.stats import paired, tails
from tests.test_comparison import BASE, FOLDS, JITTER, scoring

LEAK = {"check": "leak", "severity": "warning", "column": "x", "message": "It tells.", "remedy": "preprocess.drop=x"}


def said_of(records: list[Record]) -> list[str]:
    """The notes; that these runs have kept no predictions aside."""
    return [note for note in comparison.make(records).notes if "oof.npz is gone" not in note]


def named(one: Record, params: dict[str, Any], **changes: Any) -> Record:
    one.content |= {"params": params, **changes}
    return one


def test_the_same_pipeline_twice_counts_once() -> None:
    first, second = (named(scoring(name, BASE), {"models.type.C": 1.0}) for name in "ab")
    worse = scoring("c", BASE - 0.01 + 4 * JITTER, cell="simple-lr")
    found, once = comparison.make([first, second, worse]), comparison.make([first, worse])
    twice = "complex-lr #1 and complex-lr #2 are the same pipeline on the same folds: they count as one."
    assert said_of([first, second, worse]) == [twice]
    assert found.sentence == once.sentence.replace("complex-lr", "complex-lr #1")
    assert [row["p"] for row in found.rows] == [1.0, 1.0, once.rows[1]["p"]]
    scores = np.array([one["cv"]["accuracy"] for one in found.records])
    assert once.rows[1]["p"] < paired.all_pairs(scores, 0.25).adjusted[0, 2] < 1  # were they tested as two
    assert comparison.make([first, second]).sentence == "There is nothing to compare complex-lr #1 with."
    named(second, {"models.type.C": 2.0})  # equal scores alone are no reason
    assert said_of([first, second, worse]) == []


def test_a_file_that_has_changed_between_runs_is_told() -> None:
    """Its target has not, so that the rows stand on one board."""

    def reading(folder: str, scores: Any, cell: str, **sha256: str) -> Record:
        one = scoring(folder, scores, cell=cell)
        for part in ("train", "test"):
            one["data"][part] = {**one["data"][part], "source": f"{part}.csv", "sha256": sha256.get(part, "0")}
        return one

    first, same = reading("a", BASE, "complex-lr"), reading("b", BASE - 0.01 + JITTER, "simple-lr")
    assert said_of([first, same]) == []
    after = reading("c", BASE - 0.02 + JITTER, "simple-rf", train="1")
    assert said_of([first, same, after]) == [
        "train.csv held something else when simple-rf read it than when complex-lr did: what they differ by may come "
        "from that alone."
    ]
    after.content["overrides"] = ["+db=sqlite", "db.params.unit=inch"]  # another answer of one statement
    assert said_of([first, same, after]) == []
    after.content["overrides"] = []
    after["data"]["train"]["source"] = "other.csv"  # another table on purpose, which the rows' names tell
    assert said_of([first, same, after]) == []


def test_rows_that_predict_the_same_count_once(tmp_path: Path) -> None:
    """Such as two preprocessings that do the same to a table of numbers."""
    names, classes = ("simple", "complex"), {"data__classes": [0, 1], "seed": 1}
    made = [scoring(str(tmp_path / name), BASE, cell=f"{name}-lr", **classes) for name in (*names, "other")]
    scores = BASE - 0.01 + 4 * JITTER
    worse = [scoring(str(tmp_path / f"{name} 2"), scores, cell=f"{name}-knn", **classes) for name in names]
    label = np.zeros((1, 1, 8), dtype=int)
    for at, one in enumerate([*made, *worse]):
        one.folder.mkdir(exist_ok=True)
        said = {"label": label + (at > 2), "score": np.full((1, 1, 8, 2), 0.5 if at != 2 else 0.6)}
        rows = {"row": np.arange(8), "y": np.zeros(8), "split": np.zeros((1, 8)), "trial": [0], "chosen": 0}
        np.savez(one.folder / "oof.npz", **said, **rows)
    notes = comparison.make([*made, *worse]).notes
    assert (
        "complex-lr and simple-lr; complex-knn and simple-knn: these predict the same on every fold, and count as one."
    ) in notes
    found, once = comparison.make([made[0], made[1], *worse]), comparison.make([made[0], worse[0]])
    assert [row["p"] for row in found.rows] == [1.0, 1.0, once.rows[1]["p"], once.rows[1]["p"]]
    assert [row["p"] for row in comparison.make([made[0], made[2]]).rows] == [1.0, 1.0]
    assert not any("count as one" in note for note in comparison.make([made[0], made[2]]).notes)  # other probabilities
    for one in made[:2]:
        one["cv"]["roc_auc"] = [float("nan")] * 10  # which are not equal, as another metric that is not known
    assert any("count as one" in note for note in overall.compare(made[:2]).attrs["notes"])
    del made[1]["cv"]["roc_auc"]  # which it has not recorded
    assert any("count as one" in note for note in comparison.make(made[:2]).notes)
    for one in made[:2]:  # what the chosen trial said is not in the file: nothing tells that it is the same
        np.savez(one.folder / "oof.npz", **said, **rows | {"chosen": 3})
    assert not any("count as one" in note for note in comparison.make(made[:2]).notes)


@pytest.mark.parametrize(
    ("rows", "said"),
    [([20, 60, 100], "20 to 100"), ([20, 20, 20], "20"), ([60, 61, 59], None)],
    ids=["growing", "few", "half"],
)
def test_folds_that_learn_from_less_are_said(rows: list[int], said: str | None) -> None:
    folds = {**FOLDS, "folds": 3, "train_rows": rows, "test_rows": [20] * 3}
    one = scoring("a", [0.8, 0.7, 0.9], validation=folds, data__train={"target_sha256": "t0", "rows": 120})
    found = said_of([one])
    assert len(found) == (said is not None)
    assert not said or f"learn from {said} rows, the final pipeline from 120: " in found[0]


def test_the_positive_class_is_said(load: Any) -> None:
    scores = {"f1": BASE.tolist(), "roc_auc": BASE.tolist(), "recall": BASE.tolist()}
    base = {"cv": {name: [0.5] * 10 for name in scores}, "test": dict.fromkeys(scores, 0.5)}
    test = dict.fromkeys(scores, 0.8)
    two = {"data__positive": "yes", "data__classes": ["no way", "yes"]}
    one = scoring("a", BASE, metric="f1", n_trials=None, cv=scores, test=test, baseline=base, **two)
    assert said_of([one]) == [
        "f1 and recall are of the positive class 'yes', the last in order; where the other one is meant, pass "
        "\"positive='no way'\"."
    ]
    assert console.summary(one, Path()).startswith("complex-lr: f1 (positive class 'yes') 0.8000 on the test split")
    assert console.summary(named(one, {}, metric="roc_auc"), Path()).startswith("complex-lr: roc_auc 0.8000 on")
    named(one, {}, dataset="wine")
    assert console.summary(one, Path()).startswith("complex-lr on wine: roc_auc 0.8000 on the test split")
    frame = pd.DataFrame({"x": range(24), "y": ["yes", "no", "yes"] * 8})
    assert folder.described(load(frame))["positive"] == "yes"
    one.content["data"]["positive"] = folder.described(load(frame.assign(y=["a", "b", "c"] * 8)))["positive"]
    assert said_of([one]) == []


def test_what_a_search_chose_in_place_of_what_the_name_says() -> None:
    command = "python -m mlzoo +preprocess=complex +models=lr models.type.C={}"
    records = [
        named(scoring(name, BASE - at * JITTER), {"at": at}, overrides=[f"models.type.C={c}", f"n_trials={n}"])
        for at, (name, c, n) in enumerate([("a", "1", 20), ("b", "10", 20), ("c", "1", 5)])
    ]
    for one, c in zip(records, ("0.0368601184509497", "10", "0.5"), strict=True):
        one.content["command"] = command.format(c)
    assert said_of(records) == [
        "Names say where a search began, not what it chose: complex-lr C=1 n_trials=20 chose C=0.0369 and "
        "complex-lr C=1 n_trials=5 chose C=0.5."
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-0.00042, "-0.00042"), (-2.7e-10, "-2.7e-10"), (0.0, "0.000"), (0.7654, "0.765"), (-1234.5, "-1,234.5")],
)
def test_what_to_expect_keeps_its_digits(value: float, shown: str) -> None:
    expected = {"value": value, "low": math.nan, "high": math.nan, "uncorrected": value, "nested": False}
    one = scoring("a", BASE)
    rows = comparison.make([one]).rows
    assert sentence.of_board(rows, rows, [one], expected, None, 0.01).endswith(f" Expect accuracy {shown} on new data.")
    one.content["findings"] = [LEAK]
    assert sentence.of_board(rows, rows, [one], expected, None, 0.01).endswith(
        f" mind the findings. If the data does not leak, expect accuracy {shown} on new data."
    )


@pytest.mark.parametrize(("value", "said"), [(0.505, True), (0.6, False), (0.9, False)])
def test_the_best_by_luck_is_not_shown_to_be_better_than_the_dummy(value: float, said: bool) -> None:
    """Over the folds it is better by 0.3."""
    one = scoring("a", BASE, baseline={"cv": {"accuracy": [0.5] * 10}, "test": {"accuracy": 0.5}})
    rows = comparison.make([one]).rows
    than = floor.not_beaten(one, "accuracy", {"value": value, "low": 0.4, "high": 0.95, "nested": False})
    assert than == ("the dummy" if said else None)
    answer = sentence.of_board(rows, rows, [one], None, than, 0.01)
    assert ("complex-lr is not shown to be better than the dummy." in answer) == said


def answering_as_certain(folder: Path, *more: str) -> list[Record]:
    rng = np.random.default_rng(4)
    y = np.where(rng.random(200) < 0.5, "no", "yes")
    frame = pd.DataFrame({"a": (y == "yes") + 0.15 * rng.normal(size=200), "b": rng.normal(size=200), "y": y})
    words = ("+preprocess=simple", "target=y", "metric=neg_log_loss", "metrics=[accuracy]")
    return [
        runner.run(compose(*words, *more, *model), data=frame, folder=folder / str(at))
        for at, model in enumerate([("+models=rf", "models.type.n_estimators=9"), ("+models=lr", "models.type.C=1e-4")])
    ]


def test_answers_given_as_certain_are_told_of_whichever_rows_are_held_out(tmp_path: Path) -> None:
    splitter = "validation.splitter={_target_:sklearn.model_selection.ShuffleSplit,n_splits:10,test_size:0.2}"
    found = comparison.make(answering_as_certain(tmp_path, splitter))
    assert any("a class cannot be: by simple-rf" in note for note in found.notes)
    assert "but some answers are given as certain" in found.sentence


def test_answers_given_as_certain_leave_a_log_loss_open(tmp_path: Path) -> None:
    made = answering_as_certain(tmp_path)
    found = comparison.make(made)
    assert found.rows[0]["row"].startswith("simple-rf")
    (said,) = [note for note in found.notes if "a class cannot be" in note]
    assert re.search(r"by simple-rf \S+ \(\d+ of 150\)\. One that is of that class costs a log loss of 36", said)
    assert found.expected is not None
    cost = oof.certain(next(one for one in made if one["cell"] == "simple-rf"), "neg_log_loss")[2]
    assert 3.68 * 36 / 150 < cost < 0.9
    assert found.expected["certain"] == cost
    assert found.expected["low"] < found.expected["value"] - cost
    assert not found.rows[1]["tied"]
    assert found.sentence.startswith(
        f"{found.rows[0]['row']} is ahead of {found.rows[1]['row']}, but some answers are given"
    )
    assert " is better than" not in found.sentence
    widths = [row["test_high"] - row["test_low"] for row in found.rows]
    assert widths[0] > 1 > widths[1]
    accurate = comparison.make(made, metric="accuracy")
    assert not any("cannot be" in note for note in accurate.notes)


def test_the_best_row_twice_is_shown_to_be_better_by_more_than_certain_answers_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oof, "certain", lambda *_: (30, 200, 0.03))

    def losing(folder: str, scores: "np.ndarray[Any, Any]", cell: str) -> Record:
        dummy = {"cv": {"neg_log_loss": [-0.69] * 10}, "test": {"neg_log_loss": -0.69}}
        own = {"cv": {"neg_log_loss": scores.tolist()}, "test": {"neg_log_loss": -0.2}, "baseline": dummy}
        return scoring(folder, scores.tolist(), cell=cell, metric="neg_log_loss", **own)

    best, worse = BASE - 1, BASE - 1.3 + JITTER
    made = [losing("a", best, "p-a"), losing("b", worse, "p-b"), losing("c", best, "p-a")]
    assert comparison.make(made[:2]).sentence.startswith("p-a is better than p-b.")
    assert comparison.make(made).sentence.startswith("p-a #1 is better than p-b.")


def test_of_many_long_names_the_first_is_said() -> None:
    long = [f"complex-forest n_estimators={at} max_depth=3 imputation=median" for at in range(9)]
    assert sentence._named(long[:2]) == f"{long[0]} and {long[1]}"
    assert sentence._named(long) == f"{long[0]} and 8 more"
    assert sentence._named(["a", "b", "c"]) == "a, b and c"
    pairs = [f"{one} and {one} #2" for one in "abcd"]
    assert notes._some(pairs) == [*pairs[:2], "2 more groups of rows"]
    assert notes._some(pairs[:3]) == pairs[:3]


def test_rows_that_seem_to_follow_time_are_said() -> None:
    late = {"check": "time", "severity": "warning", "column": "day", "message": "It is.", "remedy": ""}
    said = "Rows seem to follow time"
    assert any(said in note for note in said_of([scoring("a", BASE, findings=[late])]))
    assert not any(said in note for note in said_of([scoring("a", BASE, findings=[{**late, "severity": "info"}])]))


def test_a_few_rows_that_make_most_of_the_squared_error_are_said() -> None:
    value = {"value": -3.0, "low": -4.0, "high": -2.0, "nested": False, "groups": 500, "rarest": math.inf}
    assert notes.of_expected(value, "neg_root_mean_squared_error") == []

    def told(**of: float) -> list[str]:
        return notes.of_expected({**value, **of}, "neg_root_mean_squared_error")

    assert (
        "as if there were 12 in all: intervals of neg_root_mean_squared_error end too soon" in told(effective=12.3)[0]
    )
    assert told(effective=60.0, skewness=1.0) == []
    assert told(effective=150.0, skewness=3.0) == []  # of so many rows the bootstrap knows
    for of in ({"effective": 60.0, "skewness": -2.5}, {"effective": 45.0, "skewness": 0.0}):
        assert "Large errors are rare and make much of the squared error" in told(**of)[0]
    assert (
        notes.of_expected({**value, "effective": 12.3, "groups": 40}, "neg_mean_squared_error") == []
    )  # 40 normal ones


def test_no_more_rows_can_be_wrong_than_were_told_that_a_class_cannot_be() -> None:
    score = np.full((1, 1000, 2), 0.5)
    score[0, :9], score[0, 9:12] = (0.0, 1.0), (1.0, 0.0)
    rows, excess = tails.certain("neg_log_loss", np.zeros(1000), score)
    assert (rows, excess) == (12, pytest.approx(-3 * math.log(np.finfo(float).eps) / 1000))


def test_effective_rows() -> None:
    y = np.zeros(10)
    assert tails.effective(y, np.ones((1, 10))) == pytest.approx(10)
    assert tails.effective(y, np.ones((3, 10))) == pytest.approx(10)
    assert tails.effective(y, np.eye(10)[:1]) == pytest.approx(1)
    assert tails.effective(y, y[None]) == 10
    assert tails.effective(np.zeros(2), np.array([[1.0, 2.0]])) == pytest.approx(25 / 17)


def test_rows_of_more_trials_are_flattered() -> None:
    few, many = scoring("a", BASE, trials={"total": 1}), scoring("b", BASE - JITTER, cell="p-b", trials={"total": 12})
    told = (
        "Rows were chosen among 1 to 12 trials by the folds that they are compared on, which flatters those with more"
    )
    assert [note.startswith(told) for note in said_of([few, many])] == [True]
    many.content["trials"] = few.content["trials"]
    assert said_of([few, many]) == []


def test_other_metrics_are_named_once() -> None:
    made = [scoring(name, BASE, metric=metric) for name, metric in zip("abcd", ["f1", "r2", "f1", "r2"], strict=True)]
    assert notes.of_metrics(made, "f1") == [
        "Ranked by f1, the metric of the first run; others were made with r2 (--metric)."
    ]


@pytest.mark.parametrize(
    ("of", "why"),
    [
        ({"groups": 4, "rarest": 2}, "4 groups of rows say little of others."),
        ({"groups": 1}, "1 group of rows says little of others."),
        ({"groups": 5, "rarest": 9}, "9 rows of a class say little of others."),
        ({"rarest": 1}, "1 row of a class says little of others."),
        ({"rarest": 10}, "all resamples of the rows say the same, which does not tell how sure it is."),
        ({"nested": True}, "outer folds of equal scores, or one alone, do not tell how sure it is."),
    ],
)
def test_why_what_to_expect_has_no_interval(of: dict[str, Any], why: str) -> None:
    value = {"value": 0.8, "low": math.nan, "high": math.nan, "nested": False, "groups": 200, "rarest": 90}
    assert notes.of_expected({**value, **of}, "f1") == [f"What to expect has no interval: {why}"]
    assert "all resamples of the rows say the same" in notes.of_expected({**value, "rarest": 1}, "accuracy")[0]
    (torn,) = notes.of_expected({**value, **of, "torn": True}, "roc_auc")
    assert torn.startswith("What to expect may be too low, and has no interval: ")
    assert notes.of_expected({**value, "low": 0.7, "high": 0.9, **of}, "f1") == []


def test_ropes_that_are_told_alike_are_one() -> None:
    assert notes.of_ropes([0.01, 0.010000001]) == []
    (told,) = notes.of_ropes([0.01, 0.02, 0.010000001])
    assert told == "The rope is 0.01, that of the first run; others were made with 0.02 (--rope)."


@pytest.mark.parametrize("hidden", [True, False])
def test_doubts_about_a_run_are_told_where_no_log_has(
    hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = {"cwd": str(tmp_path), "output_dir": str(tmp_path)}
    node = OmegaConf.create({"mode": RunMode.RUN, "mlzoo": {}, "launcher": {}, "runtime": where, "verbose": False})
    monkeypatch.setattr(HydraConfig, "get", lambda: node)
    monkeypatch.setattr(runner, "run", lambda *_, **__: scoring("a", BASE, n_trials=None, findings=[LEAK]))
    monkeypatch.setattr(launch.log, "disabled", hidden)  # as hydra/job_logging=disabled does
    launch.job(OmegaConf.create({"n_jobs": 1}))
    launch.close_shared()
    assert capsys.readouterr().out.endswith("Mind: It tells.\n  To leave it out: preprocess.drop=x\n") is hidden


@pytest.mark.parametrize("dataset", [None, "iris"])
def test_a_multirun_of_which_a_job_was_removed_is_not_done(tmp_path: Path, dataset: str | None) -> None:
    both = [scoring(str(tmp_path / "0"), BASE), scoring(str(tmp_path / "1"), BASE, dataset=dataset)]
    for one in both:
        one.save()
    console.show_comparison(overall.make(both), tmp_path, complete=True)
    assert leaderboard.is_complete(tmp_path)
    (tmp_path / "1" / record.NAME).unlink()
    assert not leaderboard.is_complete(tmp_path)


def test_a_best_row_that_was_removed(tmp_path: Path) -> None:
    both = [scoring(str(tmp_path / "0"), BASE), scoring(str(tmp_path / "1"), BASE - 0.1)]
    for one in both:
        one.save()
    console.show_comparison(overall.make(both), tmp_path, complete=True)
    (tmp_path / "0" / record.NAME).unlink()
    with pytest.raises(RecordError, match=r"best row, .*0, is gone\. To rank what is there: python -m mlzoo compare "):
        prediction.choose(tmp_path)
    console.show_comparison(overall.make([both[1]]), tmp_path)
    assert prediction.choose(tmp_path).folder == tmp_path / "1"


def test_jobs_of_a_multirun_that_have_not_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = [("hydra", "pkg", "hydra.conf"), ("main", "file", str(conf_dir())), ("schema", "structured", "")]
    node = {
        "sweeper": {"_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper", "params": {"seed": "1,2"}},
        "runtime": {"config_sources": [dict(zip(("provider", "schema", "path"), one, strict=True)) for one in sources]},
        "overrides": {"task": ["preprocess=glob(*,exclude=multi_*)", "models=lr,rf", "n_trials=3"]},
    }
    (tmp_path / "multirun.yaml").write_text(json.dumps({"hydra": node}))
    one = scoring(str(tmp_path / "0"), BASE)
    one.save()
    console.show_comparison(overall.make([one]), tmp_path, complete=False)
    said = "7 of 8 jobs have not begun; once nothing runs there, go on with: python -m mlzoo resume "
    assert said in " ".join(capsys.readouterr().out.split())
    assert json.loads((tmp_path / "leaderboard.json").read_text())["notes"][-1].startswith(said)
    assert said in (tmp_path / "report.html").read_text()
    console.show_comparison(overall.make([one]), tmp_path / "elsewhere", sweeps=[tmp_path])
    assert said in " ".join(capsys.readouterr().out.split())
    both = [one, scoring(str(tmp_path / "1"), BASE, dataset="iris")]
    both[1].save()
    fewer = said.replace("7", "6")
    console.show_comparison(overall.make(both), tmp_path, complete=False)
    assert " ".join(capsys.readouterr().out.split()).count(fewer) == 1
    assert json.loads((tmp_path / "iris" / "leaderboard.json").read_text())["notes"][-1].startswith(fewer)
    assert fewer in (tmp_path / "iris" / "report.html").read_text()
    console.show_comparison(overall.make(both[1:]), tmp_path / "elsewhere", sweeps=[tmp_path / "iris"])
    assert fewer in " ".join(capsys.readouterr().out.split())
    assert "not all of the jobs of its multirun are done" in prediction.doubt_of(tmp_path / "iris")
    node["sweeper"]["params"] = {"preprocess": "simple"}
    node["overrides"]["task"] = ["models=lr"]
    (tmp_path / "multirun.yaml").write_text(json.dumps({"hydra": node}))
    assert console.unbegun(tmp_path) == ""
    one.content["status"] = "running"
    one.save()
    assert console.unbegun(tmp_path).startswith(
        "1 of 1 jobs has not ended; once nothing runs there, go on with: python"
    )
    node["sweeper"]["_target_"] = "another.Sweeper"  # whose words may mean something else
    (tmp_path / "multirun.yaml").write_text(json.dumps({"hydra": node}))
    assert console.unbegun(tmp_path) == ""


def test_rows_that_are_tied_though_their_own_interval_leaves_0_out_are_said() -> None:
    """One of thirty is worse by an amount that a test of it alone would find."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.02, (30, 10))
    noise[1] += -0.035 - noise[1].mean() + noise[0].mean()
    records = [scoring(f"r{at}", BASE + noise[at], cell=f"p-{at}") for at in range(30)]
    found = comparison.make(records)
    apart = [row["row"] for row in found.rows if row["tied"] and (row["gap_high"] or 0) < 0]
    assert apart
    said = [note for note in found.notes if "leaves 0 out" in note]
    assert len(said) == 1
    assert said[0].startswith(apart[0])
    assert not [note for note in comparison.make(records[:1]).notes if "leaves 0 out" in note]
    one, other = (named(scoring(name, BASE + noise[1], cell="p-1"), {"models.type.C": 1.0}) for name in ("r1", "again"))
    twice = comparison.make([records[0], one, *records[2:], other])
    assert twice.repeats == {"p-1 #2": "p-1 #1"}  # counted once here, as in the answer
    assert [note for note in twice.notes if "leaves 0 out" in note] == [said[0].replace("p-1 ", "p-1 #1 ")]


@pytest.mark.parametrize("doubt", [False, True])
def test_the_test_split_is_told_beside_a_wide_interval_of_its_own(doubt: bool) -> None:
    """Of an r2 it reaches far to the worse side: the half that faces what is expected says how sure the score is."""
    one = scoring("a", BASE, test={"accuracy": -20.0})
    row = {**comparison.make([one]).rows[0], "test_low": -900.0, "test_high": -8.0}
    one.content["data"] |= {part: {**one["data"].get(part, {}), "rows": 300} for part in ("train", "test")}
    expected = {"value": 0.75, "low": 0.7, "high": 0.78, "uncorrected": 0.76, "nested": False}
    expected |= {"groups": 300, "rarest": math.inf, "effective": 2.0 if doubt else 300.0, "skewness": 9.0}
    answer = sentence.of_board([row], [row], [one], expected, None, 0.01)
    like = "; on the test split" if doubt else " that is like the folds; the test split seems not to be: there"
    seen = "-20.000 (-900.0 to -8.000)"
    assert answer.endswith(f"on new data{like} complex-lr has {seen}.")


@pytest.mark.parametrize(
    "message", ["Folds drawn at random learn from the future of the rows.", "Later rows are others."]
)
def test_folds_that_learn_from_the_future_promise_nothing_of_later_rows(message: str) -> None:
    finding = {"check": "time", "severity": "warning", "column": "day", "message": message, "remedy": ""}
    one = scoring("a", BASE, findings=[finding])
    expected = {"value": 0.75, "low": 0.7, "high": 0.8, "uncorrected": 0.76, "nested": False}
    expected |= {"groups": 300, "rarest": 100}
    rows = comparison.make([one]).rows
    answer = sentence.of_board(rows, rows, [one], expected, None, 0.01)
    later = " of the same times, of later ones it may be worse" * ("future" in message)
    assert answer.endswith(f"Expect accuracy 0.750 (0.700 to 0.800) on new data{later}.")


@pytest.mark.parametrize(("high", "said"), [(0.52, True), (0.72, False), (None, False)])
def test_a_test_split_that_is_not_like_the_folds_is_said(high: float | None, said: bool) -> None:
    one = scoring("a", BASE, test={"accuracy": 0.46})
    row = {**comparison.make([one]).rows[0], "test_low": high and 0.4, "test_high": high}
    one.content["data"] |= {part: {**one["data"].get(part, {}), "rows": 300} for part in ("train", "test")}
    expected = {"value": 0.75, "low": 0.7, "high": 0.8, "uncorrected": 0.76, "nested": False}
    expected |= {"groups": 300, "rarest": 100}
    answer = sentence.of_board([row], [row], [one], expected, None, 0.01)
    assert "Expect accuracy 0.750 (0.700 to 0.800) on new data" in answer
    told = " that is like the folds; the test split seems not to be: there complex-lr has 0.460 (0.400 to 0.520)."
    assert answer.endswith(told) == said


@pytest.mark.parametrize(("test", "said"), [(0.40, True), (0.55, False)])
def test_a_score_of_few_rows_is_as_sure_as_what_to_expect_would_be_of_so_many(test: float, said: bool) -> None:
    """Though its own interval is narrow: an error of 0.08 of 30 rows, where it is 0.026 of 300."""
    one = scoring("a", BASE, test={"accuracy": test})
    row = {**comparison.make([one]).rows[0], "test_low": test - 0.02, "test_high": test + 0.02}
    one.content["data"] |= {
        part: {**one["data"].get(part, {}), "rows": n} for part, n in (("train", 300), ("test", 30))
    }
    expected = {"value": 0.75, "low": 0.7, "high": 0.8, "uncorrected": 0.76, "nested": False}
    expected |= {"groups": 300, "rarest": 100}
    answer = sentence.of_board([row], [row], [one], expected, None, 0.01)
    assert ("the test split seems not to be" in answer) is said


@pytest.mark.parametrize("nested", [False, True])
def test_what_a_sample_of_very_many_rows_promises_is_as_sure_as_they_are(nested: bool) -> None:
    one = scoring("a", BASE, test={"accuracy": 0.879})
    row = {**comparison.make([one]).rows[0], "test_low": 0.872, "test_high": 0.885}
    one.content["data"] |= {"train": {**one["data"]["train"], "rows": 80_000}, "test": {"rows": 10_000}}
    expected = {"value": 0.898, "low": 0.89, "high": 0.906, "uncorrected": 0.898, "nested": nested}
    expected |= {"groups": 10_000, "rarest": 5_000, "rows": 10_000}
    answer = sentence.of_board([row], [row], [one], expected, None, 0.01)
    assert ("the test split seems not to be" in answer) is not nested


def test_a_terminal_obeys_no_text_of_anothers(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("simple-\x1b]0;mine\x07lr\tä\n\x9b2J", "a")
    console.print_error("\x1b[2J")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("simple-\\x1b]0;mine\\x07lr\tä\n\\x9b2J\na\n", "\\x1b[2J\n")
