"""Which rows are really better, what the best is worth, and the answer in words: from records and from real runs."""

import dataclasses
import json
import math
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, norm
from sklearn import metrics

from mlzoo import record, runner
from mlzoo.board import comparison, expectation, floor, leaderboard, oof, resampling, sentence
from mlzoo.composition.composing import compose
from mlzoo.errors import RecordError
from mlzoo.record import Record
from mlzoo.report import folds, terms
from mlzoo.stats import optimism, paired, single
from tests.test_leaderboard import made

Plain = Callable[..., dict[str, Any]]
BASE = np.array([0.80, 0.78, 0.82, 0.79, 0.81, 0.80, 0.79, 0.82, 0.80, 0.81])
JITTER = np.array([0.004, -0.003, 0.002, -0.004, 0.001, 0.003, -0.002, 0.004, -0.001, -0.003])
FOLDS = {
    "name": "cv",
    "folds": 10,
    "splits": "s0",
    "optimistic": False,
    "train_rows": [80] * 10,
    "test_rows": [20] * 10,
}

THREE = FOLDS | {"folds": 3, "train_rows": [100] * 3, "test_rows": [50] * 3}


def scoring(folder: str, scores: Sequence[float], **changes: Any) -> Record:
    cv = {"accuracy": [float(score) for score in scores]}
    base = {"cv": {"accuracy": [0.5] * len(cv["accuracy"])}, "test": {"accuracy": 0.55}}
    return made(folder, **{"cv": cv, "baseline": base, "validation": {**FOLDS}, **changes})


def three() -> list[Record]:
    return [
        scoring("a", BASE, cell="complex-rf"),
        scoring("b", BASE + JITTER - 0.001, cell="complex-lr", timing={"fit_s": 0.01, "predict_s": 0.01}),
        scoring("c", BASE - 0.1 + JITTER, cell="simple-lr"),
    ]


def test_rows_against_the_best() -> None:
    found = comparison.make(three())
    best, tied, worse = found.rows
    assert [row["row"] for row in found.rows] == found.names == ["complex-rf", "complex-lr", "simple-lr"]
    assert [row["tied"] for row in found.rows] == [True, True, False]
    assert (best["gap"], best["p"], best["equivalent"]) == (0.0, 1.0, 1.0)
    scores = np.array([one["cv"]["accuracy"] for one in found.records])
    pairs = paired.all_pairs(scores, 0.25)
    for at, row in enumerate((best, tied, worse)):
        rope = paired.rope_test(scores[at] - scores[0], 0.25, 0.01)
        assert (row["worse"], row["equivalent"], row["better"]) == (rope.worse, rope.equivalent, rope.better)
        assert (row["gap"], row["gap_low"], row["gap_high"]) == (
            *(pairs.difference[at, 0], pairs.low[at, 0]),
            pairs.high[at, 0],
        )
        assert row["p"] == pairs.adjusted[at, 0]
        assert row["cv_low"] < row["cv_mean"] < row["cv_high"]
    assert worse["worse"] > 0.99
    assert worse["p"] < 0.001
    assert np.array_equal(found.pairs.adjusted, pairs.adjusted)  # type: ignore[union-attr]
    assert found.dummy is not None
    assert (found.dummy["row"], found.dummy["cv_mean"], found.dummy["test"]) == ("dummy", 0.5, 0.55)
    assert found.sentence == "complex-rf and complex-lr are tied; complex-lr is the fastest of them."


@pytest.mark.parametrize("sort", [None, "fit_s"])
def test_of_equal_rows_one_is_the_best_everywhere(sort: str | None) -> None:
    records = [
        scoring("a", BASE, cell="p-a", timing={"fit_s": 2.0, "predict_s": 0.1}),
        scoring("b", BASE[::-1], cell="p-b", timing={"fit_s": 1.0, "predict_s": 0.1}),
        scoring("c", BASE - 0.1 + JITTER, cell="p-c"),
    ]
    found = comparison.make(records, sort=sort)
    assert [row["rank"] for row in sorted(found.rows, key=lambda row: row["row"])] == [1, 1, 3]
    first, _, _ = terms.ranked(found)
    assert found.rows[first]["row"] == found.names[0] == "p-a"
    assert "Each row minus p-a on the same fold" in folds.differences(found)["note"]  # type: ignore[index]


def test_rounding_is_no_difference_in_practice_either() -> None:
    records = [scoring("a", BASE, cell="p-a"), scoring("b", BASE + 1e-16, cell="p-b")]
    rows = comparison.make(records, rope=0).rows
    assert [(row["worse"], row["equivalent"], row["better"]) for row in rows] == [(0, 1, 0)] * 2


@pytest.mark.parametrize("rope", [None, "abc", -1, [0.1]])
def test_a_rope_in_a_config_that_is_none_is_the_default(rope: Any, tmp_path: Path) -> None:
    one = scoring(str(tmp_path), BASE)
    record.write_config(tmp_path, {"rope": rope})
    assert comparison.make([one]).rope == comparison.ROPE


@pytest.mark.parametrize(
    ("column", "order"),
    [
        pytest.param("gap", "abc", id="gap"),
        pytest.param("p", "abc", id="p: the most like the best first"),
        pytest.param("worse", "abc", id="worse: the least first"),
        pytest.param("equivalent", "abc", id="equivalent"),
        pytest.param("cv_low", "bac", id="cv_low"),
        pytest.param("fit_s", "bac", id="fit_s"),
    ],
)
def test_sorted_by_what_the_comparison_found(column: str, order: str) -> None:
    records = three()[::-1]
    unsure = BASE + np.array([0.1, *[-0.01] * 9])  # the best, and the least sure
    records[2].content["cv"]["accuracy"] = unsure.tolist()
    found = comparison.make(records, sort=column)
    assert "".join(row["folder"] for row in found.rows) == order
    assert [str(one.folder) for one in found.records] == list(order)
    assert [row["rank"] for row in sorted(found.rows, key=lambda row: row["folder"])] == [1, 2, 3]


def test_runs_of_several_metrics_are_told() -> None:
    scores = {"accuracy": BASE.tolist(), "roc_auc": BASE.tolist()}
    base = {"cv": {name: [0.5] * 10 for name in scores}, "test": dict.fromkeys(scores, 0.5)}
    both = {"cv": scores, "test": dict.fromkeys(scores, 0.8), "baseline": base}
    records = [scoring("a", BASE, **both), scoring("b", BASE, cell="p-b", metric="roc_auc", **both)]
    note = "Ranked by accuracy, the metric of the first run; others were made with roc_auc (--metric)."
    assert note in comparison.make(records).notes
    assert note not in comparison.make(records, metric="accuracy").notes
    assert not any("Ranked by" in text for text in comparison.make(records[:1]).notes)


@pytest.mark.parametrize(
    "metric", ["accuracy", "roc_auc", "average_precision", "f1", "neg_log_loss", "own_share.squared"]
)
def test_folds_that_draw_their_rows_anew_tell_what_to_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    scorer = "make_scorer(lambda y, said: (y == said).mean() ** 2)"
    (tmp_path / "own_share.py").write_text(f"from sklearn.metrics import make_scorer\nsquared = {scorer}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_share")
    shuffle = "{_target_: sklearn.model_selection.ShuffleSplit, n_splits: 10, test_size: 0.2, random_state: 0}"
    words = ("+preprocess=simple", "+models=lr", "persist=none", "preprocess.drop=[PassengerId]", f"metric={metric}")
    made = comparison.make([runner.run(compose(*words, f"validation.splitter={shuffle}"), folder=tmp_path)])
    mean = made.rows[0]["cv_mean"]
    assert made.expected is not None
    assert made.expected["rows"] == pytest.approx(668 * (1 - 0.8**10), abs=20)
    assert made.expected["uncorrected"] == pytest.approx(mean, abs=1e-6)
    assert made.expected["value"] == pytest.approx(mean, abs=1e-6)
    assert 0.02 < made.expected["high"] - made.expected["low"] < 0.25
    assert made.expected["low"] < mean < made.expected["high"]


@pytest.mark.parametrize("metric", ["accuracy", "neg_log_loss", "own_part.right"])
def test_each_row_counts_as_often_as_it_was_held_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    """Of groups drawn anew one repeat holds several folds, and another a single one, which resamples may lack."""
    scorer = "make_scorer(accuracy_score)"
    (tmp_path / "own_part.py").write_text(
        f"from sklearn.metrics import accuracy_score, make_scorer\nright = {scorer}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_part")
    if not metric.startswith("own"):
        monkeypatch.setattr(
            "mlzoo.stats.optimism.of_weighted", None
        )  # of each setting in each repeat, which takes long
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=480), "site": np.repeat([f"s{at}" for at in range(12)], 40)})
    frame["y"] = (frame["a"] + rng.normal(size=480) > 0).astype(int)
    splitter = "{_target_: sklearn.model_selection.GroupShuffleSplit, n_splits: 30, test_size: 1, random_state: 0}"
    words = ("validation=group", "validation.groups=site", f"validation.splitter={splitter}", f"metric={metric}")
    config = compose("+preprocess=simple", "+models=lr", "target=y", "persist=none", *words)
    made = comparison.make([runner.run(config, data=frame, folder=tmp_path / "run")])
    assert made.expected is not None
    assert made.expected["uncorrected"] == pytest.approx(made.rows[0]["cv_mean"], abs=1e-6)


def test_further_metrics_of_the_dummy() -> None:
    scores = {"accuracy": BASE.tolist(), "roc_auc": [0.9] * 10}
    base = {"cv": {"accuracy": [0.5] * 10, "roc_auc": [0.4] * 10}, "test": {"accuracy": 0.55, "roc_auc": 0.45}}
    found = comparison.make([scoring("a", BASE, cv=scores, test={"accuracy": 0.8, "roc_auc": 0.7}, baseline=base)])
    keys = ("cv_roc_auc", "test_roc_auc")
    assert [found.rows[0][key] for key in keys] == [pytest.approx(0.9), 0.7]
    assert found.dummy is not None
    assert [found.dummy[key] for key in keys] == [pytest.approx(0.4), 0.45]
    assert found.names == ["complex-lr"]  # it is in no test


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        pytest.param(three()[:1], "There is nothing to compare complex-rf with.", id="one"),
        pytest.param(three()[::2], "complex-rf is better than simple-lr.", id="better"),
        pytest.param(
            [scoring(name, BASE, cell=f"p-{name}") for name in "abcdef"],
            "p-a, p-b, p-c and 3 more are tied, and about equally fast.",
            id="many",
        ),
        pytest.param(
            [made("a", cell="p-a"), made("b", cell="p-b")],
            "p-a and p-b are tied, and about equally fast. With 3 folds only large differences can be shown. p-a and "
            "p-b are not shown to be better than the dummy.",
            id="few folds",
        ),
        pytest.param(
            [
                scoring(name, [1.0] * 3, cell=f"p-{name}", validation__folds=3, validation__test_rows=[50] * 3)
                for name in "ab"
            ],
            "p-a and p-b are tied, and about equally fast. With 3 folds only large differences can be shown.",
            id="few folds, better than the dummy by much on each",
        ),
        pytest.param(
            [
                scoring(
                    *("a", [0.65, 0.55]),
                    cell="p-a",
                    baseline__cv={"accuracy": [0.6, 0.5]},
                    validation__folds=2,
                    validation__test_rows=[20] * 2,
                )
            ],
            "There is nothing to compare p-a with. p-a is not shown to be better than the dummy.",
            id="two folds, better than the dummy by as little on each",
        ),
        pytest.param(
            [scoring("a", [0.9], validation={**FOLDS, "folds": 1, "optimistic": True})],
            "Every score is optimistic: the test split was the objective (validation=holdout).",
            id="optimistic",
        ),
        pytest.param(
            [
                scoring("a", [0.9], validation={**FOLDS, "folds": 1, "optimistic": True}),
                scoring("b", [0.9], cell="p-b", validation={**FOLDS, "folds": 1}, status="failed", cv=None),
            ],
            "Every score is optimistic: the test split was the objective (validation=holdout).",
            id="optimistic but for one that failed",
        ),
        pytest.param(
            [scoring("a", [math.nan] * 10), scoring("b", BASE, cell="p-b", status="failed", cv=None)],
            "No run has a score, there is nothing to rank.",
            id="one without a score, one failed",
        ),
        pytest.param(
            [
                scoring(name, [0.8 - gap, 0.79 - gap, 0.81 - gap], cell=f"p-{name}", validation=THREE)
                for name, gap in (("a", 0.0), ("b", 0.125))
            ],
            "p-a and p-b are tied, and about equally fast. With 3 folds only large differences can be shown.",
            id="few folds, worse by the same on each",
        ),
        pytest.param(
            [scoring("a", BASE - 0.35, cell="p-a"), scoring("b", BASE - 0.351 + JITTER, cell="p-b")],
            "p-a and p-b are tied, and about equally fast. p-a is not shown to be better than the dummy.",
            id="all of the tied below the dummy",
        ),
        pytest.param(
            [scoring("a", BASE, cell="p-a"), scoring("b", BASE - 0.4 + JITTER, cell="p-b")],
            "p-a is better than p-b.",
            id="below the dummy and not tied",
        ),
        pytest.param(
            [scoring("a", BASE, status="failed", cv=None)], "No run is done, there is nothing to rank.", id="failed"
        ),
    ],
)
def test_the_answer_in_words(records: list[Record], sentence: str) -> None:
    assert comparison.make(records).sentence == sentence


def test_intervals_end_where_the_metric_does() -> None:
    scores = np.array([1, 1, 0.9, 1, 0.95, 1, 1, 0.85, 1, 1])
    (row,) = comparison.make([scoring("a", scores)]).rows
    assert paired.t_test(scores, 0.25).high > 1
    assert row["cv_low"] == pytest.approx(paired.t_test(scores, 0.25).low)
    assert row["cv_high"] == 1.0


def test_the_test_split_by_mcnemar(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    records, right = three(), rng.random((3, 60)) < [[0.9], [0.85], [0.4]]
    for one, correct in zip(records, right, strict=True):
        one.folder = tmp_path / str(one.folder)
        one.folder.mkdir()
        rows = [{"row": at, "truth": "a b", "prediction": "a b" if hit else "c"} for at, hit in enumerate(correct)]
        record.write_csv(one.folder / "predictions.csv", rows, ("row", "truth", "prediction"))
        one.content["data"] = {**one["data"], "classes": ["a b", "c"]}
    found = [row["test_p"] for row in comparison.make(records).rows]
    expected = []
    for correct in right:
        ours, theirs = int((correct & ~right[0]).sum()), int((right[0] & ~correct).sum())
        expected.append(binomtest(ours, ours + theirs).pvalue if ours + theirs else 1.0)
    assert found == pytest.approx(expected, abs=1e-12)
    differ = [(row["test_won"], row["test_lost"]) for row in comparison.make(records).rows]
    assert differ == [(int((one & ~right[0]).sum()), int((right[0] & ~one).sum())) for one in right]
    assert found[0] == 1.0
    assert found[2] < 0.001

    (records[2].folder / "predictions.csv").write_text("row,truth\n1,a\n")
    records[1].content["data"] = {**records[1]["data"], "classes": None}
    assert [row["test_p"] for row in comparison.make(records).rows] == [1.0, None, None]


def test_optimistic_rows_are_in_no_test() -> None:
    records = three()
    records[0].content["validation"] = {**FOLDS, "optimistic": True}
    found = comparison.make(records)
    assert found.names == ["complex-lr", "simple-lr"]
    assert found.rows[0]["tied"] is None
    assert found.sentence == "complex-lr is better than simple-lr."
    assert found.dummy is not None


@pytest.mark.parametrize(
    ("knn", "lr", "nb", "tied"),
    [
        ("21 23 21 23 19 23 21 20 21 17", "23 20 21 23 21 23 17 21 19 21", "20 22 19 21 16 21 20 20 18 14", False),
        ("22 18 21 19 22 21 22 22 19 17", "19 22 19 22 22 18 21 17 22 21", "16 19 15 18 20 17 19 13 20 17", True),
    ],
)
def test_tied_is_by_the_p_beside_it_where_two_are_best(knn: str, lr: str, nb: str, tied: bool) -> None:
    """Of equal means, which rounding tells apart, the reference is the one that stands first."""
    right = {"knn": knn, "lr": lr, "nb": nb}
    records = [scoring(name, np.array(of.split(), dtype=int) / 25, cell=f"p-{name}") for name, of in right.items()]
    found = comparison.make(records)
    assert [row["rank"] for row in found.rows] == [1, 1, 3]
    assert [row["tied"] for row in found.rows] == [row["p"] > paired.ALPHA for row in found.rows] == [True, True, tied]


# -- what the best is worth ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Two cells, tuned; of one of them trials were stopped."""
    from mlzoo.composition import config
    from mlzoo.composition.composing import compose

    home = tmp_path_factory.mktemp("runs")
    found = []
    for prep in ("simple", "complex"):
        words = (f"+preprocess={prep}", "+models=lr", "n_trials=12", "sampler=random", "n_jobs=1", "persist=none")
        plain = config.plain(compose(*words, "metrics=[roc_auc,neg_log_loss,f1]", "preprocess.drop=[PassengerId]"))
        found.append(runner.run(plain, folder=home / prep))
    return found


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_log_loss", "f1"])
def test_the_corrected_estimate_is_below_the_best_and_near_it(runs: list[Record], metric: str) -> None:
    runs = [dataclasses.replace(one, content=one.content | {"metric": metric, "trials": {"total": 12}}) for one in runs]
    found = expectation.expected(runs, metric)
    means = [np.mean(one["cv"][metric]) for one in runs]
    assert found["low"] < found["value"] < found["high"]
    assert found["value"] <= found["uncorrected"] + 1e-9
    assert abs(found["uncorrected"] - max(means)) < 0.02  # pooled over the rows, not averaged over the folds
    assert expectation.expected(runs[::-1], metric) == found  # whatever the order of the runs


def test_the_fastest_of_the_tied_are_not_those_that_are_most_likely_worse() -> None:
    quick = {"fit_s": 0.01, "predict_s": 0.01}
    rng = np.random.default_rng(0)
    near = [scoring(name, BASE - 0.001 + rng.normal(0, 0.02, 10), cell=f"p-{name}") for name in "abcdefghij"]
    worse = scoring("w", BASE - 0.04 + 2.5 * JITTER, cell="p-w", timing=quick)
    found = comparison.make([*near, worse])
    row = next(row for row in found.rows if row["row"] == "p-w")
    assert row["tied"]  # of 55 pairs
    assert row["worse"] > 0.95
    assert "p-w is the fastest" not in found.sentence
    assert "the fastest of those that are likely as good." in found.sentence
    named = re.search(r"; (.*) (?:is|are) (?:among )?the fastest", found.sentence)
    assert named is not None
    worse_of = {row["row"]: row["worse"] or 0.0 for row in found.rows}
    assert all(worse_of[name] <= 0.5 for name in re.split(", | and ", named[1]))


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ((1.0, 1.5), ", and about equally fast"),
        ((1.0, 1.6), "; p-a is the fastest of them"),
        ((1.0, 1.4, 2.0), "; p-a and p-b are the fastest of them"),
        ((1.0, 1.0, 1.0, 2.0), "; p-a, p-b and p-c are the fastest of them"),
        ((1.0, 1.0, 1.0, 1.0, 2.0), "; p-a is among the fastest of them"),
    ],
)
def test_times_that_the_clock_may_have_made_are_alike(times: Sequence[float], told: str) -> None:
    same = {"metric": "accuracy", "cv_mean": 0.8, "worse": 0.0, "predict_s": 0.25}
    rows = [{**same, "row": f"p-{'abcde'[at]}", "fit_s": time - 0.25} for at, time in enumerate(times)]
    assert sentence._fastest(rows, floor.Floor("the dummy", np.full(10, 0.5))) == told


def test_one_of_the_tied_that_is_likely_the_best_has_no_fastest_beside_it() -> None:
    worse = scoring("b", BASE - 0.015 + 4 * JITTER, cell="p-b", timing={"fit_s": 0.01, "predict_s": 0.01})
    found = comparison.make([scoring("a", BASE, cell="p-a"), worse])
    assert (found.rows[1]["tied"], 0.5 < found.rows[1]["worse"] < 0.95) == (True, True)
    assert found.sentence.startswith("p-a and p-b are tied.")  # of two equal rows one is that in most cases
    ratio = expectation.ratio(scoring("a", BASE))
    apart = 0.03 / (JITTER.std(ddof=1) * math.sqrt(1 / len(JITTER) + ratio)) * (JITTER - JITTER.mean())
    for level, weak in ((0.5, ""), (0.75, " p-b is no better than the dummy.")):
        dummy = {"cv": {"accuracy": [level] * 10}, "test": {"accuracy": level}}
        made = [("a", BASE), ("b", BASE - 0.0665 + apart)]
        found = comparison.make([scoring(name, of, cell=f"p-{name}", baseline=dummy) for name, of in made])
        assert (found.rows[1]["tied"], found.rows[1]["worse"] > 0.95) == (True, True)
        assert found.sentence.startswith(f"p-a and p-b are tied; p-a is likely the best of them.{weak}")
    many = [
        scoring(name, BASE - 0.011 + sign * (4 + at / 9) * JITTER, cell=f"p-{name}")
        for at, (name, sign) in enumerate(zip("bcdefg", [1, -1] * 3, strict=True))
    ]
    found = comparison.make([scoring("a", BASE, cell="p-a"), *many])
    assert all(row["worse"] > 0.5 for row in found.rows[1:])  # each of them, but hardly all at once
    assert np.prod([row["worse"] for row in found.rows[1:]]) < 0.5
    assert "is likely the best" not in found.sentence


def test_the_fastest_of_the_tied_are_not_those_that_are_no_better_than_the_dummy() -> None:
    quick = {"fit_s": 0.01, "predict_s": 0.01}
    rng = np.random.default_rng(0)
    weak = scoring("w", 0.5 + rng.normal(0, 0.02, 10), cell="p-w", timing=quick)
    weak.content["cv"]["accuracy"][0] -= 10 * max(0.0, np.mean(weak["cv"]["accuracy"]) - 0.5)
    best = scoring("a", 0.51 + rng.normal(0, 0.02, 10), cell="p-a")
    found = comparison.make([best, weak])
    last = found.rows[1]
    assert (last["row"], last["tied"], last["worse"] < 0.95) == ("p-w", True, True)
    assert last["baseline_gap"] <= 1e-12
    assert "are tied" in found.sentence
    assert "p-w is the fastest" not in found.sentence
    unknown = floor.Floor("the dummy", np.full(10, np.nan))  # of a dummy without a score
    assert sentence._fastest(found.rows, unknown) == "; p-w is the fastest of them"


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_models_of_other_folds_are_on_one_scale(plain: Plain, tmp_path: Path, metric: str) -> None:
    """Strongly regularised, a fold's scores differ less than those of two folds that hold one positive row more."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 5 < 2
    frame = pd.DataFrame(rng.normal(size=(80, 4)) + 0.8 * y[:, None], columns=[*"abcd"]).assign(y=y.astype(int))
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = (f"data={tmp_path / 'my.csv'}", "target=y", f"metric={metric}", "models.type.C=0.001", "persist=none")
    made = runner.run(plain("+preprocess=simple", "+models=lr", *words), folder=tmp_path / "run")
    found = expectation.expected([made], metric)
    assert found["value"] == pytest.approx(np.mean(made["cv"][metric]), abs=0.05)
    assert found["low"] < np.mean(made["cv"][metric]) < found["high"]


def of_few(plain: Plain, tmp_path: Path, positives: int, metric: str) -> comparison.Comparison:
    """One run on 160 rows with so many positive ones."""
    rng = np.random.default_rng(0)
    y = np.arange(160) < positives
    pd.DataFrame({"x": rng.normal(size=160) + y, "y": y.astype(int)}).to_csv(tmp_path / "my.csv", index=False)
    words = (f"data={tmp_path / 'my.csv'}", "target=y", f"metric={metric}", "validation.n_splits=3", "persist=none")
    return comparison.make([runner.run(plain("+preprocess=simple", "+models=lr", *words), folder=tmp_path / "run")])


@pytest.mark.parametrize(("positives", "known"), [(8, False), (16, True)])
def test_what_few_rows_of_a_class_say_has_no_interval(
    plain: Plain, tmp_path: Path, positives: int, known: bool
) -> None:
    found = of_few(plain, tmp_path, positives, "roc_auc")
    assert found.expected is not None
    assert np.isfinite(found.expected["low"]) == known
    told = "What to expect has no interval: 6 rows of a class say little of others."
    assert (told in found.notes) is not known


@pytest.mark.parametrize(("positives", "told"), [(8, True), (40, False)])
def test_average_precision_of_few_rows_in_a_fold_is_said_to_be_higher(
    plain: Plain, tmp_path: Path, positives: int, told: bool
) -> None:
    found = of_few(plain, tmp_path, positives, "average_precision")
    note = "In folds of 2 rows of the positive class average_precision is higher than over all rows at once"
    assert any(one.startswith(note) for one in found.notes) is told
    assert any("at once" in one for one in found.notes) is told


@pytest.mark.parametrize(
    ("metric", "level", "unit"), [("accuracy", 0.5, 1.0), ("r2", 0.0, 1.0), ("neg_mean_absolute_error", -8e6, 8e6)]
)
def test_a_row_above_the_dummy_by_rounding_is_no_better(metric: str, level: float, unit: float) -> None:
    least = floor.Floor("the dummy", np.full(10, level))
    rows = [{"metric": metric, "cv_mean": level + gap * unit} for gap in (-1e-11, 0.0, 5e-13, 1e-11)]
    assert [sentence._is_above(row, least) for row in rows] == [False, False, False, True]


def test_what_equal_rows_are_not_better_than_is_said_of_each() -> None:
    least = floor.Floor(floor.SHUFFLED, np.full(10, 0.5))
    rows = comparison.make([scoring(name, BASE, cell=f"p-{name}") for name in "ab"]).rows
    said = [sentence._against_floor(some, least, floor.SHUFFLED) for some in (rows[:1], rows)]
    assert said[0] == " p-a is not shown to be better than its own answers, shuffled."
    assert said[1] == " p-a and p-b are not shown to be better than their own answers, shuffled."
    low = [{**row, "cv_mean": 0.4} for row in rows]
    assert sentence._against_floor(low, floor.Floor("the dummy", np.full(10, 0.5)), None) == (
        " p-a and p-b are no better than the dummy."
    )


def test_tied_rows_that_are_no_better_than_the_dummy_are_said() -> None:
    rng = np.random.default_rng(0)
    records = [scoring("a", 0.55 + rng.normal(0, 0.01, 10), cell="p-a"), scoring("w", 0.48 + 20 * JITTER, cell="p-w")]
    found = comparison.make(records)
    assert [row["tied"] for row in found.rows] == [True, True]
    assert found.sentence == "p-a and p-w are tied. p-w is no better than the dummy."


def test_accuracy_where_one_class_is_nearly_all_is_said() -> None:
    base = {"cv": {"accuracy": [0.97] * 10}, "test": {"accuracy": 0.97}}
    told = "The dummy has an accuracy of 0.970: of a rare class balanced_accuracy and neg_log_loss tell more "
    assert any(note.startswith(told) for note in comparison.make([scoring("a", BASE, baseline=base)]).notes)
    assert not any(note.startswith("The dummy") for note in comparison.make([scoring("a", BASE)]).notes)


@pytest.mark.parametrize("metric", ["d2_log_loss_score", "d2_brier_score"])
def test_what_trees_are_sure_of_is_scored_as_on_the_folds(metric: str, plain: Plain, tmp_path: Path) -> None:
    """In single precision scikit-learn takes a probability of zero for a much greater one."""
    forest = ("models.type.n_estimators=1", "models.type.bootstrap=false")
    words = ("+preprocess=simple", "+models=rf", *forest, "validation.n_repeats=1", f"metric={metric}", "persist=none")
    one = runner.run(plain(*words, "preprocess.drop=[PassengerId]", "sample=150"), folder=tmp_path / "run")
    with np.load(one.folder / "oof.npz") as held:
        proba = held["score"][0, 0].astype(float)
        truth = np.array(one["data"]["classes"])[held["y"].astype(int)]
    exact = getattr(metrics, metric)(truth, proba / proba.sum(axis=1, keepdims=True))
    assert expectation.expected([one], metric)["uncorrected"] == pytest.approx(exact, rel=1e-6)


def test_of_a_sum_over_rows_nothing_is_expected(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows at once have a cost many times that of a fold, whose dummy it would be measured by."""
    scorer = "make_scorer(lambda y, said: (y != said).sum(), greater_is_better=False)"
    (tmp_path / "own_sums.py").write_text(f"from sklearn.metrics import make_scorer\ntotal = {scorer}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_sums")
    words = ("+preprocess=complex", "+models=lr", "metric=own_sums.total", "validation.n_repeats=1", "persist=none")
    found = comparison.make([runner.run(plain(*words, "preprocess.drop=[PassengerId]"), folder=tmp_path / "run")])
    assert found.expected is None
    assert found.not_beaten is None
    assert any("own_sums.total is a sum over rows" in note for note in found.notes)


@pytest.mark.long
def test_the_generic_way_gives_the_same_winner(runs: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    fast = expectation.expected(runs, "accuracy")

    def generic(metric: str, y: Any, label: Any, score: Any, there: Any, fold: Any, classes: Any, rest: Any) -> Any:
        return resampling.generic(metric, y, label, [one for part in score for one in part], there, classes, rest)

    monkeypatch.setattr(expectation, "resampled", generic)
    slow = expectation.expected(runs, "accuracy")
    assert slow["uncorrected"] == pytest.approx(fast["uncorrected"])
    assert slow["value"] == pytest.approx(fast["value"], abs=0.02)


def test_stopped_trials_take_part(runs: list[Record]) -> None:
    stopped = [expectation.raced(one, "accuracy") for one in runs]
    assert [len(found) for found in stopped] == [one["trials"]["raced"] for one in runs]
    assert sum(map(len, stopped)) > 0
    for one, found in zip(runs, stopped, strict=True):
        assert (found <= np.mean(one["cv"]["accuracy"]) + 0.05).all()
    assert len(expectation.raced(runs[0], "roc_auc")) == 0  # it was not raced by it


def test_all_trials_take_part_in_the_correction(runs: list[Record]) -> None:
    """Of those that were complete alone the estimate is too high, and without a correction it is the best itself."""
    alone = dataclasses.replace(runs[0], content=runs[0].content | {"trials": {"total": 12}})
    found, complete = (expectation.expected([one], "accuracy") for one in (runs[0], alone))
    assert found["value"] + 0.001 < complete["value"] < complete["uncorrected"] - 0.005


def test_it_is_said(runs: list[Record]) -> None:
    found = comparison.make(runs)
    assert found.expected is not None
    low, high = found.expected["low"], found.expected["high"]
    assert found.sentence.endswith(
        f"Expect accuracy {found.expected['value']:.3f} ({low:.3f} to {high:.3f}) on new data."
    )


def test_where_it_cannot_be_known(runs: list[Record], tmp_path: Path) -> None:
    copied = tmp_path / "copy"
    shutil.copytree(runs[0].folder, copied)
    (copied / "oof.npz").write_bytes(b"PK")
    found = comparison.make([runs[1], record.load(copied)])
    assert found.expected is None
    assert found.notes == [
        f"What to expect on new data is not known: {copied / 'oof.npz'} cannot be read.",
        "f1 is of the positive class 1, the last in order; where the other one is meant, pass positive=0.",
    ]
    (copied / "oof.npz").unlink()
    assert comparison.make([runs[1], record.load(copied)]).notes[0].endswith("oof.npz is gone.")
    found = comparison.make(runs, metric="roc_auc")
    assert "Expect" not in found.sentence
    assert found.notes == [
        "What to expect on new data is not known: the rows were searched by accuracy.",
        "f1 is of the positive class 1, the last in order; where the other one is meant, pass positive=0.",
    ]


def test_the_rope_is_the_config_s(plain: Plain, tmp_path: Path) -> None:
    words = ("+preprocess=simple", "+models=lr", "validation.n_splits=2", "validation.n_repeats=1")
    made_here = runner.run(plain(*words, "rope=0.05"), folder=tmp_path / "run")
    assert comparison.make([made_here]).rope == 0.05


@pytest.mark.parametrize(
    "together",
    [("validation=group", "validation.groups=patient_id"), ("split.group=patient_id",)],
    ids=["folds", "split"],
)
def test_what_is_said_of_patients_is_by_patients(plain: Plain, tmp_path: Path, together: tuple[str, ...]) -> None:
    """Eight visits that are alike say no more than one."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=120)
    one = pd.DataFrame({"patient_id": np.arange(120), "x": x, "y": (x + rng.normal(0, 1, 120) > 0).astype(int)})
    many = pd.concat([one.assign(x=one["x"] + 1e-6 * at) for at in range(8)], ignore_index=True)
    words = ("target=y", *together, "preprocess.drop=[patient_id]")
    widths = {}
    for name, frame in (("one", one), ("many", many)):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        config = plain("+preprocess=simple", "+models=lr", f"data={tmp_path / name}.csv", *words, "persist=none")
        made = runner.run(config, folder=tmp_path / name)
        (row,) = comparison.make([made]).rows
        expected = expectation.expected([made], "accuracy")
        assert expected is not None
        widths[name] = (made["test_interval"][1] - made["test_interval"][0], expected["high"] - expected["low"])
        assert row["test_p"] is None
        assert made["validation"]["groups"] == "patient_id"
    few = pd.concat([one.assign(patient_id=np.arange(120) % 5)] * 2)
    few.to_csv(tmp_path / "few.csv", index=False)
    config = plain("+preprocess=simple", "+models=lr", f"data={tmp_path / 'few'}.csv", *words, "persist=none")
    config["validation"]["n_splits"] = 3
    found = comparison.make([runner.run(config, folder=tmp_path / "few")])
    assert found.expected is not None
    assert found.expected["groups"] < 5
    assert math.isnan(found.expected["low"])
    assert (
        f"What to expect has no interval: {found.expected['groups']} groups of rows say little of others."
        in found.notes
    )
    for once, repeated in zip(*(widths[name] for name in ("one", "many")), strict=True):
        assert repeated > 0.6 * once


# -- what is said where something is missing ----------------------------------------------------------------------


def test_rows_that_did_not_end_are_not_beaten() -> None:
    failed = made("x", cell="odd-nb", status="failed", error={"type": "E", "message": "no luck"}, cv=None)
    found = comparison.make([*three(), failed])
    assert found.sentence.startswith("complex-rf and complex-lr are tied")
    assert found.notes[0] == "odd-nb failed: E: no luck"
    worse = [scoring(name, BASE - 0.1 + JITTER, cell=f"p-{name}") for name in "bc"]
    assert comparison.make([three()[0], *worse]).sentence == "complex-rf is better than all other rows."
    found = comparison.make([three()[0], *worse, failed])
    assert found.sentence == "complex-rf is better than the other 2 that can be ranked."
    assert comparison.make([three()[0], failed]).sentence == "There is nothing to compare complex-rf with."


def test_a_score_that_is_undefined_on_a_fold_is_said() -> None:
    base = {"cv": {"accuracy": [0.5] * 10, "roc_auc": [0.5] * 10}, "test": {"accuracy": 0.5, "roc_auc": 0.5}}
    cv = {"accuracy": BASE.tolist(), "roc_auc": [0.9] * 8 + [float("nan")] * 2}
    records = [scoring(name, BASE, cell=f"p-{name}", cv=cv, baseline=base) for name in "ab"]
    found = comparison.make(records, metric="roc_auc")
    assert found.sentence == "No run has a score, there is nothing to rank."
    assert found.notes == ["p-a and p-b done: roc_auc is undefined on 2 of 10 folds"]
    assert found.dummy is not None
    assert found.dummy["cv_mean"] == 0.5


def test_the_dummy_stands_below_optimistic_rows_too() -> None:
    found = comparison.make([scoring("a", [0.9], validation={**FOLDS, "folds": 1, "optimistic": True})])
    assert found.dummy is not None
    assert (found.dummy["cv_mean"], found.dummy["test"]) == (0.5, 0.55)


def test_one_fold_shows_no_difference() -> None:
    one = {**FOLDS, "folds": 1, "train_rows": [80], "test_rows": [20]}
    found = comparison.make([scoring(n, [s], cell=f"p-{n}", validation=one) for n, s in (("a", 0.9), ("b", 0.8))])
    assert found.sentence == "p-a has the highest score, on one fold, by which no difference can be shown."
    found = comparison.make([scoring(name, [0.9], cell=f"p-{name}", validation=one) for name in "ab"])
    assert found.sentence.startswith("p-a and p-b have the highest score, on one fold, ")


def test_a_difference_that_does_not_matter_is_said() -> None:
    records = [scoring("a", BASE, cell="p-a"), scoring("b", BASE - 0.006 + JITTER / 2, cell="p-b")]
    found = comparison.make(records)
    assert found.rows[1]["equivalent"] > 0.5
    assert found.sentence == "p-a is better than p-b, but probably by less than 0.01."
    worse = scoring("c", BASE - 0.1 + JITTER, cell="p-c")
    said = comparison.make([*records, worse]).sentence
    assert said == "p-a is better than all other rows, but than p-b probably by less than 0.01."


def test_the_same_difference_on_every_fold_is_said() -> None:
    found = comparison.make([scoring("a", BASE, cell="p-a"), scoring("b", BASE - 0.125, cell="p-b")])
    row = found.rows[1]
    assert (row["gap_low"], row["gap_high"], row["worse"]) == (None, None, None)
    assert row["p"] == 2**-9
    assert found.notes[0].startswith("p-b: the difference to the best is the same on every fold")


def test_the_rope_of_an_error_is_a_share_of_the_dummy_s() -> None:
    name = "neg_root_mean_squared_error"
    base = {"cv": {name: [-80.0] * 10}, "test": {name: -80.0}}
    records = [
        scoring(
            at,
            BASE,
            cell=f"p-{at}",
            metric=name,
            cv={name: (-50 - 10 * score).tolist()},
            baseline=base,
            test={name: -55.0},
        )
        for at, score in (("a", BASE), ("b", BASE + 0.05 + JITTER))
    ]
    found = comparison.make(records)
    assert found.rope == pytest.approx(0.8)
    assert comparison.make(records, rope=0.05).rope == pytest.approx(4)
    scores = np.array([one["cv"][name] for one in found.records])
    assert found.rows[1]["equivalent"] == paired.rope_test(scores[1] - scores[0], 0.25, 0.8).equivalent


@pytest.mark.parametrize("score", [-0.1, -math.log(2)])
def test_equal_losses_are_no_certainty(score: float) -> None:
    """Means of them differ by rounding."""
    found = optimism.of_means(np.full((1, 1, 150), score), seed=0)
    value, low, high = expectation._ends(found, "neg_log_loss", np.zeros(150), np.zeros((1, 150)), [0, 1], exact=True)
    assert value == pytest.approx(score)
    assert np.isnan([low, high]).all()


def test_perfect_scores_are_no_certainty(runs: list[Record], tmp_path: Path) -> None:
    """All rows right: the folds do not vary, nor do resamples."""
    for name in ("accuracy", "f1"):
        home = tmp_path / name
        shutil.copytree(runs[0].folder, home)
        with np.load(home / "oof.npz") as file:
            arrays = dict(file)
        arrays["label"] = np.broadcast_to(arrays["y"].astype(arrays["label"].dtype), arrays["label"].shape)
        np.savez(home / "oof.npz", **arrays)
        one = record.load(home)
        one.content |= {"metric": name, "trials": {"total": 12}, "cv": {name: [1.0] * 10}}
        one.content["baseline"] = {"cv": {name: [0.5] * 10}, "test": {name: 0.5}}
        one.content |= {"test": {name: 1.0}, "test_intervals": {name: [0.98, 1.0]}}
        found = comparison.make([one])
        assert (found.rows[0]["cv_mean"], found.rows[0]["cv_low"]) == (1.0, None)
        assert found.expected is not None
        if name == "accuracy":  # Wilson's interval of all rows
            assert found.expected["low"] == pytest.approx(single.wilson(len(arrays["y"]), len(arrays["y"]))[0])
            assert found.sentence.endswith("Expect accuracy 1.000 (0.994 to 1.000) on new data.")
        else:
            assert found.sentence.endswith(f"Expect {name} 1.000 on new data.")
        without = [note for note in found.notes if note.startswith("What to expect has no interval: all resamples")]
        assert len(without) == (name == "f1")
        one.content["cv"] = {name: [0.0] * 10}
        assert (row := comparison.make([one]).rows[0])["cv_mean"] == 0
        assert (row["cv_low"], row["cv_high"]) == (None, None)


@pytest.mark.parametrize("groups", [None, np.arange(100) // 2])
def test_few_wrong_rows_are_no_certainty(groups: Any) -> None:
    """Resamples of a row or two that are wrong do not tell how many others are: of four settings, right by 0.985."""
    y, held = np.arange(100) % 2, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        hard = np.sqrt(0.7) * rng.normal(size=100) + np.sqrt(0.3) * rng.normal(size=(4, 1, 100))
        right = hard < norm.ppf(0.985)
        found = optimism.of_means(right, seed=seed, resamples=200, groups=groups)
        label = np.where(right[found.winner], y, 1 - y)
        _, low, high = expectation._ends(found, "accuracy", y, label, [0, 1], exact=groups is None)
        held += low <= 0.985 <= high or math.isnan(low)
    assert held >= 95


def test_the_machine_reads_what_is_said(runs: list[Record], tmp_path: Path) -> None:
    found = comparison.make(runs)
    leaderboard.write(found.rows, tmp_path, dummy=found.dummy, more=comparison.told(found))
    held = json.loads((tmp_path / "leaderboard.json").read_text())
    assert found.expected is not None
    assert held["expected"] == {
        "estimate": found.expected["value"],
        "interval": [found.expected["low"], found.expected["high"]],
        "uncorrected": found.expected["uncorrected"],
        "method": "bootstrap bias-corrected cross-validation",
    }
    assert held["tied"] == [row["row"] for row in found.rows if row["tied"]]
    assert held["sentence"] == found.sentence


def test_a_best_row_that_may_have_learnt_nothing_is_said() -> None:
    noise = np.array([0.02, -0.03, 0.01, -0.02, 0.03, -0.01, 0.02, -0.02, 0.01, 0.0])
    lucky = comparison.make([scoring("a", 0.505 + noise), scoring("b", 0.5 + noise[::-1], cell="p-b")])
    assert lucky.sentence.endswith(" complex-lr is not shown to be better than the dummy.")
    assert "dummy" not in comparison.make(three()).sentence
    worse = comparison.make([scoring("a", 0.4 + noise)])
    assert (
        worse.sentence
        == "There is nothing to compare complex-lr with. complex-lr is not shown to be better than the dummy."
    )


def test_better_than_the_dummy_by_the_same_on_every_fold() -> None:
    few = {**FOLDS, "folds": 5, "train_rows": [80] * 5, "test_rows": [20] * 5}
    found = comparison.make([scoring("a", [1.0] * 5, validation=few)])
    assert found.sentence == "There is nothing to compare complex-lr with."


def test_the_rope_is_that_of_the_first_run(runs: list[Record], tmp_path: Path) -> None:
    """Whichever run is the best."""
    made_here = []
    for one, rope in zip(runs, (0.05, 0.02), strict=True):
        shutil.copytree(one.folder, tmp_path / one["cell"])
        record.write_config(tmp_path / one["cell"], record.read_config(one.folder) | {"rope": rope})
        made_here.append(record.load(tmp_path / one["cell"]))
    boards = [comparison.make(some) for some in (made_here, made_here[::-1])]
    assert [one.rope for one in boards] == [0.05, 0.02]
    assert boards[1].notes[-1] == "The rope is 0.02, that of the first run; others were made with 0.05 (--rope)."
    assert not any("rope" in note for note in comparison.make(made_here[:1]).notes)
    asked = comparison.make(made_here, rope=1)
    assert asked.rope == 1
    assert asked.rows[1]["equivalent"] == pytest.approx(1)
    assert not any("rope" in note for note in asked.notes)


@pytest.mark.parametrize("given", [-0.1, "0,05", "nan", "inf"])
def test_what_is_no_rope(given: Any) -> None:
    with pytest.raises(RecordError, match=f"--rope {given}: must be a number of 0 or more, in units of the metric"):
        comparison.make(three(), rope=given)


def test_how_far_stopped_trials_are_behind(runs: list[Record]) -> None:
    parts = [oof.load(one) for one in runs]
    gaps, against = expectation._stopped(runs, parts, "accuracy")
    raced = [one["trials"]["raced"] for one in runs]
    assert len(gaps) == sum(raced)
    assert (gaps <= 0).all()
    before = 0
    for one, part, count, at in zip(runs, parts, raced, np.cumsum([0, *raced[:-1]]), strict=True):
        chosen = before + part["trial"].tolist().index(one["trial"])
        assert against[at : at + count].tolist() == [chosen] * count
        behind = expectation.raced(one, "accuracy") - np.mean(one["cv"]["accuracy"])
        assert gaps[at : at + count] == pytest.approx(np.minimum(behind, 0))
        before += len(part["trial"])


def test_the_predictions_that_are_looked_at_together_are_bounded(
    runs: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trials that there is no room for take part by their scores."""
    whole = expectation.expected(runs, "accuracy")
    held = [oof.load(one) for one in runs]
    size = max((part["label"].nbytes + part["score"].nbytes) // len(part["trial"]) for part in held)
    monkeypatch.setattr(expectation, "MAX_BYTES", 4 * size * len(runs))
    thinned = [(one, part) for one, part in zip(runs, held, strict=True) if len(part["trial"]) > 4]
    assert thinned
    for one, part in thinned:
        thin = expectation._thinned(one, part, len(runs))
        assert len(thin["trial"]) == len(thin["label"]) == len(thin["score"]) == 4
        assert part["chosen"] in thin["trial"]
        assert len(thin["left"]) == len(part["trial"]) - 4
        assert (thin["left"] <= 0).all()
        at = part["trial"].tolist().index(int(thin["trial"][1]))
        assert np.array_equal(thin["label"][1], part["label"][at])
    found = expectation.expected(runs, "accuracy")
    assert found["uncorrected"] == whole["uncorrected"]
    assert found["value"] == pytest.approx(whole["value"], abs=0.01)
    assert found != whole


def test_leaks_are_said_with_the_answer() -> None:
    leak = {"check": "leak", "severity": "warning", "column": "x", "message": "It tells.", "remedy": ""}
    records = [scoring("a", BASE, findings=[leak]), scoring("b", BASE + JITTER, cell="p-b", findings=[])]
    assert comparison.make(records).sentence.endswith(
        " The data may leak, and all scores be too high: mind the findings."
    )
    records[0].content["findings"] = [{**leak, "severity": "info"}]
    assert "leak" not in comparison.make(records).sentence


def test_the_json_says_how_rows_were_tested() -> None:
    found = comparison.make(three(), rope=0.05)
    tests = comparison.told(found)["tests"]
    folds = tests["folds"]
    assert (tests["rope"], tests["degrees_of_freedom"], tests["compared"]) == (0.05, folds - 1, 3)
    p, adjusted = (np.array(tests["pairs"][key]) for key in ("p", "adjusted"))
    first = np.triu_indices(3, k=1)
    assert paired.holm(p[first]) == pytest.approx(adjusted[first])
    by_name = {row["row"]: row["p"] for row in found.rows}
    assert [by_name[name] for name in tests["pairs"]["rows"]] == pytest.approx(adjusted[:, 0])
    assert comparison.told(comparison.make(three()[:1]))["tests"] is None
