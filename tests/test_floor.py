"""What is scored without looking at any column, and what is shown to be better than it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.metrics import get_scorer

from mlzoo import baseline, console, runner
from mlzoo.board import comparison, expectation, floor, oof
from mlzoo.composition.composing import compose
from mlzoo.folds import make_folds
from mlzoo.record import Record
from mlzoo.report import content
from mlzoo.searching import fits
from tests.test_comparison import BASE, JITTER, scoring
from tests.test_evaluate import CV, noisy, table

CONF = Path(__file__).with_name("conf")
Y = np.repeat(["no", "yes"], (90, 70))
FEW_TREES = "models.type.n_estimators=25"


def noise(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({name: rng.normal(size=len(Y)) for name in "abc"})
    return frame.assign(y=rng.permutation(Y), **columns)


def run(tmp_path: Path, frame: pd.DataFrame, *words: str, model: str = "lr") -> Record:
    config = compose("+preprocess=simple", f"+models={model}", "target=y", *words)
    return runner.run(config, data=frame, folder=tmp_path / f"{model}-{len(words)}-{len(frame)}")


def test_the_dummy_of_a_regression_is_scored_over_all_rows(tmp_path: Path) -> None:
    """Its r2 in folds of few rows is far below that."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=60), "y": rng.normal(size=60)})
    words = ("validation.n_repeats=2", "metric=r2", "metrics=[neg_mean_squared_error]")
    config = compose("+preprocess=simple", "+models=ridge", "target=y", *words, config_dir=str(CONF))
    one = runner.run(config, data=frame, folder=tmp_path / "run")
    held, scores = oof.load(one), []
    for split in held["split"]:
        said = np.array([held["y"][split != fold].mean() for fold in split])
        scores.append(metrics.r2_score(held["y"], said))
    (whole,) = [of.whole for of in floor._floors(one, "r2") if np.isfinite(of.whole)]
    assert whole == pytest.approx(np.mean(scores), abs=1e-9)
    assert whole > np.mean(one["baseline"]["cv"]["r2"]) + 0.02
    (errors,) = [of.whole for of in floor._floors(one, "neg_mean_squared_error") if np.isfinite(of.whole)]
    assert errors == pytest.approx(np.mean(one["baseline"]["cv"]["neg_mean_squared_error"]))


@pytest.mark.parametrize("metric", ["neg_mean_absolute_error", "neg_root_mean_squared_error"])
def test_the_dummy_of_folds_that_differ_in_size_is_scored_over_all_rows(tmp_path: Path, metric: str) -> None:
    site = [*np.repeat(list("abcdef"), 40), *"opqrstuvwx"]
    frame = pd.DataFrame({"a": np.random.default_rng(2).normal(size=250), "site": site})
    frame["y"] = frame["a"] + np.where(frame["site"] > "f", 30, 0)
    splitter = "validation.splitter={_target_: sklearn.model_selection.LeaveOneGroupOut}"
    words = ("validation=group", "validation.groups=site", splitter, f"metric={metric}", "persist=none")
    config = compose("+preprocess=simple", "+models=ridge", "target=y", *words, config_dir=str(CONF))
    one = runner.run(config, data=frame, folder=tmp_path / "run")
    held = oof.load(one)
    said = np.array([held["y"][held["split"][0] != fold].mean() for fold in held["split"][0]])
    error = getattr(metrics, metric.removeprefix("neg_"))(held["y"], said)
    (whole,) = [of.whole for of in floor._floors(one, metric) if np.isfinite(of.whole)]
    assert whole == pytest.approx(-error, rel=1e-9)


def test_the_dummy_of_folds_that_learn_from_the_past_sees_no_future(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=80), "y": np.arange(80) / 20 + rng.normal(size=80)})
    splitter = "validation.splitter={_target_: sklearn.model_selection.TimeSeriesSplit, n_splits: 4}"
    config = compose(
        "+preprocess=simple", "+models=ridge", "target=y", splitter, "split.test_size=0.25", config_dir=str(CONF)
    )
    one = runner.run(config, data=frame, folder=tmp_path / "run")
    y, split = oof.load(one)["y"], oof.load(one)["split"][0]
    said = np.array([y[: np.flatnonzero(split == fold)[0]].mean() if fold >= 0 else np.nan for fold in split])
    (whole,) = [of.whole for of in floor._floors(one, "r2") if np.isfinite(of.whole)]
    assert whole == pytest.approx(metrics.r2_score(y[split >= 0], said[split >= 0]), abs=1e-9)


OF_CLASS = ("f1", "jaccard", "recall", "precision")


@pytest.mark.parametrize("metric", [*OF_CLASS, "accuracy", "f1_macro", "balanced_accuracy"])
def test_always_saying_a_class_is_scored_as_scikit_learn_does(metric: str) -> None:
    data = noisy(["no", "yes"])
    rare = data.y_train == "yes"
    rare[np.flatnonzero(rare)[:15]] = False
    data = replace(data, y_train=np.where(rare, "yes", "no"))
    folds = make_folds(CV, data)
    scorers = {metric: get_scorer(metric)}
    found = baseline.score(data, folds, scorers)
    assert (metric in found["constant"]) == (metric in OF_CLASS)  # of others the most frequent class is the best answer
    if metric in OF_CLASS:
        one = found["constant"][metric]
        assert one["class"] == "yes"
        function = getattr(metrics, f"{metric}_score")
        truths = [folds.truth(data, fold)[1] for fold in range(len(folds.splits))]
        expected = [function(truth, np.full(len(truth), "yes"), pos_label="yes") for truth in truths]
        assert one["cv"] == pytest.approx(expected, abs=1e-12)
        assert one["test"] == pytest.approx(function(data.y_test, np.full(len(data.y_test), "yes"), pos_label="yes"))
        assert found["cv"][metric] == [0.0] * len(folds.splits)


def test_the_dummy_is_always_wrong_where_single_rows_of_balanced_classes_are_left_out() -> None:
    data = noisy(["no", "yes"], rows=40)
    data = replace(data, y_train=np.array(["no", "yes"] * 20))
    folds = make_folds({**CV, "splitter": {"_target_": "sklearn.model_selection.LeaveOneOut"}}, data)
    found = baseline.score(data, folds, {"accuracy": get_scorer("accuracy")})
    assert np.mean(found["cv"]["accuracy"]) == 0
    assert np.mean(found["constant"]["accuracy"]["cv"]) == 0.5


@pytest.mark.parametrize("metric", ["f1", "f1_macro", "precision_weighted", "recall"])
def test_noise_is_not_shown_to_be_better_than_who_knows_nothing(tmp_path: Path, metric: str) -> None:
    one = run(tmp_path, noise(), f"metric={metric}", FEW_TREES, model="rf")
    shown = {"f1": "always saying 'yes'", "precision_weighted": "its own answers, shuffled"}
    found = comparison.make([one])
    assert " is not shown to be better than " in found.sentence
    assert shown.get(metric, "its own answers, shuffled") in found.sentence
    assert found.rows[0]["baseline_gap"] > 0.05  # than the dummy it is
    note = [note for note in found.notes if note.startswith("Always saying 'yes' has ")]
    assert len(note) == (metric in ("f1", "recall"))
    assert ("nothing can beat" in "".join(note)) == (metric == "recall")
    said = "always saying 'yes' has " in console.summary(one, tmp_path)
    assert said == (metric in ("f1", "recall"))
    tile = next(one for one in content.facts(found) if one["label"] == "against the dummy")
    assert ("always saying 'yes' has " in tile["note"]) == (metric == "f1")


@pytest.mark.parametrize("metric", ["f1", "f1_macro", "recall"])
def test_what_has_learnt_is_shown_to_be_better(tmp_path: Path, metric: str) -> None:
    frame = noise()
    frame["a"] += 3.0 * (frame["y"] == "yes")
    found = comparison.make([run(tmp_path, frame, f"metric={metric}")])
    assert "not shown" not in found.sentence


def test_a_sample_of_the_rows_lends_its_luck_to_no_floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many rows the answers for some are kept: the dummy's share of right answers is another there."""
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 150)
    rng = np.random.default_rng(0)
    told = rng.permutation(np.arange(1200) < 60)
    frame = pd.DataFrame({"a": told.astype(float), "y": np.where(told | (rng.random(1200) < 0.15), "yes", "no")})
    for seed in range(4):
        one = run(tmp_path / str(seed), frame, f"seed={seed}", "persist=none")
        assert oof.is_sample(one)
        assert np.min(np.subtract(one["cv"]["accuracy"], one["baseline"]["cv"]["accuracy"])) > 0
        assert floor.not_beaten(one, "accuracy", expectation.expected([one], "accuracy")) is None


def test_of_a_small_fold_a_sample_of_the_rows_may_hold_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 100)
    frame = pd.DataFrame({"a": np.arange(1210) % 2.0, "site": [*np.repeat(list("abcdef"), 200), *"opqrstuvwx"]})
    frame["y"] = np.where(frame["a"] > 0, "yes", "no")
    splitter = "validation.splitter={_target_: sklearn.model_selection.LeaveOneGroupOut}"
    one = run(tmp_path, frame, "validation=group", "validation.groups=site", splitter)
    assert oof.load(one)["split"].max() < one["validation"]["folds"] - 1
    assert all(len(of.scores) == one["validation"]["folds"] for of in floor._floors(one, "accuracy"))


@pytest.mark.parametrize("folds", ["n_repeats=1", "splitter={_target_: sklearn.model_selection.TimeSeriesSplit}"])
@pytest.mark.parametrize("outlier", [False, True])
def test_what_is_expected_of_a_sample_says_so_and_is_not_known_where_it_lacks_the_large_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outlier: bool, folds: str
) -> None:
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 100)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=800)})
    frame["y"] = frame["a"] + rng.normal(size=800)
    words = ("metric=neg_root_mean_squared_error", f"validation.{folds}", "persist=none")
    config = compose("+preprocess=simple", "+models=ridge", "target=y", *words, config_dir=str(CONF))
    held = oof.load(runner.run(config, data=frame, folder=tmp_path / "plain"))
    if outlier:  # in the train split, but not in the sample
        test = pd.read_csv(tmp_path / "plain" / "predictions.csv")["row"]
        frame.loc[next(at for at in range(799, 0, -1) if at not in {*test, *held["row"]}), "y"] = 1e9
    made = comparison.make([runner.run(config, data=frame, folder=tmp_path / "run")])
    told = "What to expect is of 100 of the 600 rows of the train split, drawn at random"
    assert any(told in note for note in made.notes) is not outlier
    lack = "the 100 of 600 rows that it would be of lack those that make most of the squared error"
    assert any(lack in note for note in made.notes) is outlier
    assert (made.expected is None) is outlier


def test_what_is_expected_of_a_sample_of_groups_that_differ_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 1000)
    rng = np.random.default_rng(0)
    site = rng.integers(0, 100, 1600)
    frame = pd.DataFrame({"a": 3 * rng.standard_t(3, 100)[site] + rng.normal(0, 0.3, 1600), "site": site.astype(str)})
    frame["y"] = frame["a"] + rng.normal(size=1600)
    words = ("validation=group", "validation.groups=site", "validation.n_splits=20", "persist=none")
    config = compose("+preprocess=simple", "+models=ridge", "target=y", *words, config_dir=str(CONF))
    made = comparison.make([runner.run(config, data=frame, folder=tmp_path)])
    assert made.expected is not None
    assert made.expected["low"] > made.rows[0]["cv_mean"]  # as r2 over all rows holds what groups differ by


@pytest.mark.parametrize("metric", ["f1", "f1_macro", "precision_weighted", "recall"])
def test_shuffled_answers_are_scored_as_in_the_mean_over_many_orders(tmp_path: Path, metric: str) -> None:
    one = run(
        tmp_path, noise(), f"metric={metric}", FEW_TREES, "validation.n_repeats=1", "validation.n_splits=3", model="rf"
    )
    held, counts = oof.load(one), oof.confusion(one)
    assert counts is not None
    found = next(of for of in floor._floors(one, metric) if of.name == floor.SHUFFLED)
    name, _, average = metric.partition("_")
    rng, said = np.random.default_rng(0), held["label"][0][0]
    for fold, score in enumerate([*found.scores, found.whole]):
        rows = held["split"][0] == fold if fold < 3 else np.ones(len(said), dtype=bool)
        if fold < 3:
            assert counts[0][fold] == pytest.approx(metrics.confusion_matrix(held["y"][rows], said[rows]))
        function = getattr(metrics, f"{name}_score")
        of = {"average": average or "binary", "zero_division": 0}
        orders = rng.permuted(np.tile(said[rows], (2000, 1)), axis=1)
        hits = (orders * held["y"][rows]).sum(axis=1)  # all that the score of an order depends on
        _, firsts, counted = np.unique(hits, return_index=True, return_counts=True)
        many = np.repeat([function(held["y"][rows], orders[at], **of) for at in firsts], counted)
        assert score == pytest.approx(np.mean(many), abs=4 * np.std(many) / np.sqrt(2000) + 1e-9)


def by_patient(tmp_path: Path, *words: str, told: float) -> Record:
    """Of each patient one diagnosis is known, and told by so much; each is a fold."""
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(24), 6)
    sick = patient % 2
    frame = pd.DataFrame({"a": told * sick + rng.normal(size=144), "b": rng.normal(size=144), "patient": patient})
    splitter = "validation.splitter={_target_:sklearn.model_selection.LeaveOneGroupOut}"
    words = ("validation=group", "validation.groups=patient", "preprocess.drop=[patient]", splitter, *words)
    return run(tmp_path, frame.assign(y=np.where(sick, "yes", "no")), *words)


@pytest.mark.parametrize("metric", ["recall", "f1", "f1_weighted", "accuracy"])
def test_folds_of_one_class_do_not_tell(tmp_path: Path, metric: str) -> None:
    one = by_patient(tmp_path, f"metric={metric}", told=3.0)
    found = comparison.make([one])
    assert "not shown" not in found.sentence
    assert not [note for note in found.notes if "Always" in note and metric != "accuracy"]
    for least in floor._floors(one, metric):
        assert np.isnan(least.scores).all() == (metric != "accuracy")


def test_of_folds_of_one_class_noise_is_not_shown_to_be_better(tmp_path: Path) -> None:
    shuffled = by_patient(tmp_path, told=0.0)
    assert "not shown to be better than always saying" in comparison.make([shuffled]).sentence


def test_recall_of_the_class_that_most_rows_have_is_not_measured_by_the_dummy(tmp_path: Path) -> None:
    """Who says it always, as the dummy does, has a recall of 1."""
    frame = noise()
    frame["y"] = np.where(frame["y"] == "yes", "no", "yes")
    frame["a"] += 2.0 * (frame["y"] == "yes")
    found = comparison.make([run(tmp_path, frame, "metric=recall")])
    assert found.rows[0]["baseline_gap"] < 0
    assert "dummy" not in found.sentence
    assert "The dummy has recall 1.0000, which nothing can beat." in found.notes


def test_tied_rows_below_who_always_says_one_class_are_named() -> None:
    scores = {"a": BASE, "b": BASE - 0.05 + 12 * JITTER}
    runs = [scoring(name, of, cell=f"p-{name}") for name, of in scores.items()]
    for one in runs:
        one.content["baseline"]["constant"] = {"accuracy": {"class": 1, "cv": (BASE - 0.04).tolist(), "test": 0.7}}
    found = comparison.make(runs)
    assert found.rows[1]["tied"]
    assert "p-b is no better than always saying 1." in found.sentence
    assert floor.find(runs[0], "accuracy").name == "always saying 1"


def test_of_very_many_classes_the_dummy_alone_is_the_floor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A matrix of all classes by all, for each class and fold, would take minutes."""
    one = run(tmp_path, noise(), "metric=f1", FEW_TREES, model="rf")
    assert len(floor._floors(one, "f1")) == 4
    monkeypatch.setattr(floor, "MAX_CLASSES", 1)
    monkeypatch.setattr(oof, "confusion", lambda _: pytest.fail("it is counted"))
    assert [of.name for of in floor._floors(one, "f1")] == ["the dummy", "always saying 'yes'"]


def test_a_metric_that_the_dummy_lacks_on_a_fold_has_no_floor() -> None:
    assert not floor.is_best([0.5, None], "roc_auc")
    assert not floor.is_best([None], "roc_auc")
    assert floor.is_best([1.0, 1.0], "recall")


LEVELS = np.repeat([0.0, 6.0, -5.0, 9.0, 2.0, -8.0], 60)
IN_TIME = "validation.splitter={_target_: sklearn.model_selection.TimeSeriesSplit, n_splits: 5}"


@pytest.mark.parametrize("metric", ["r2", "explained_variance", "d2_absolute_error_score"])
@pytest.mark.parametrize("apart", [True, False])
def test_what_folds_of_other_means_promise_is_not_known(tmp_path: Path, metric: str, apart: bool) -> None:
    """Over all rows at once the differences of level between periods count as explained."""
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(2, 360))
    frame = pd.DataFrame({"a": LEVELS * apart + noise[0], "y": LEVELS * apart + noise[0] * (not apart) + noise[1]})
    words = ("+preprocess=simple", "+models=ridge", "target=y", IN_TIME, f"metric={metric}", "metrics=[]")
    one = runner.run(compose(*words, config_dir=str(CONF)), data=frame, folder=tmp_path / "run")
    found = comparison.make([one])
    assert (np.median(one["baseline"]["shift"]) < -1) == apart
    assert (found.expected is None) == apart
    assert ("the target's mean differs from fold to fold" in " ".join(found.notes)) == apart
    assert "counts that as explained" not in " ".join(found.notes)  # which the sentence says


@pytest.mark.parametrize("apart", [True, False])
def test_what_folds_of_other_shares_of_the_classes_promise_is_not_known(tmp_path: Path, apart: bool) -> None:
    rng = np.random.default_rng(2)
    period = np.arange(400) // 80 % 2
    y = rng.random(400) < np.where(period == 1, 0.9, 0.1) if apart else rng.random(400) < 0.5
    frame = pd.DataFrame({"a": period * apart + 0.1 * rng.normal(size=400) + y * (not apart), "y": y})
    splitter = "validation.splitter={_target_: sklearn.model_selection.KFold, n_splits: 10}"
    one = run(tmp_path, frame, "metric=roc_auc", splitter, "split.test_size=0.2")
    found = comparison.make([one])
    assert (found.expected is None) == apart
    assert ("the classes' shares differ from fold to fold" in " ".join(found.notes)) == apart


def test_a_few_large_targets_are_no_other_means(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=300)})
    frame["y"] = np.exp(1.5 * frame["a"] + rng.normal(size=300))
    words = ("+preprocess=simple", "+models=ridge", "target=y", "metric=r2")
    one = runner.run(compose(*words, config_dir=str(CONF)), data=frame, folder=tmp_path / "run")
    assert np.median(one["baseline"]["shift"]) > -0.2
    assert expectation.other_means(one, "r2") == ""
    assert comparison.make([one]).expected is not None


@pytest.mark.parametrize("metric", ["r2", "roc_auc"])
def test_of_groups_of_other_means_new_rows_are_of_many_groups(tmp_path: Path, metric: str) -> None:
    rng = np.random.default_rng(2)
    who = np.arange(720) // 60
    effect = np.where(who % 2, 1.2, -1.2)
    frame = pd.DataFrame({"a": rng.normal(size=720), "b": effect + 0.5 * rng.normal(size=720), "who": who})
    value = frame["a"] + effect + rng.normal(size=720)
    frame["y"] = value if metric == "r2" else value > 0
    words = ("validation=group", "validation.groups=who", f"metric={metric}", "preprocess.drop=[who]")
    model = "ridge" if metric == "r2" else "lr"
    splitter = "validation.splitter={_target_: sklearn.model_selection.LeaveOneGroupOut}"
    config = compose("+preprocess=simple", f"+models={model}", "target=y", splitter, *words, config_dir=str(CONF))
    one = runner.run(config, data=frame, folder=tmp_path / "run")
    assert expectation.other_means(one, metric) != ""
    found = comparison.make([one])
    assert found.expected is not None
    said = "counts that as explained" if metric == "r2" else "is not its mean over folds"
    assert said in " ".join(found.notes)


def test_of_absolute_errors_the_median_is_the_measure(tmp_path: Path) -> None:
    """Of amounts that are mostly zero always saying 0 errs far less than the mean, and than models of the mean."""
    rng = np.random.default_rng(3)
    y = np.where(rng.random(200) < 0.8, 0.0, rng.gamma(2, 800, 200))
    frame = pd.DataFrame({"a": rng.normal(size=200) + y / 4000, "y": y})
    words = ("metric=neg_mean_absolute_error", "metrics=[r2,neg_mean_squared_error,neg_mean_poisson_deviance]")
    config = compose("+preprocess=simple", "+models=ridge", "target=y", *words, config_dir=str(CONF))
    one = runner.run(config, data=frame, folder=tmp_path / "run")
    constant = one["baseline"]["constant"]
    assert list(constant) == ["neg_mean_absolute_error"]  # of squared errors, and deviances, the mean is the best
    folds, table = oof.load(one), one["cv"]["neg_mean_absolute_error"]
    errors = [
        -np.abs(folds["y"][split == fold] - np.median(folds["y"][split != fold])).mean()
        for split in folds["split"]
        for fold in np.unique(split)
    ]
    assert constant["neg_mean_absolute_error"]["cv"] == pytest.approx(errors)
    assert np.mean(one["baseline"]["cv"]["neg_mean_absolute_error"]) < np.mean(table) < np.mean(errors)
    assert "; always saying the median has " in console.summary(one, tmp_path)
    board = comparison.make([one])
    assert "ridge is not shown to be better than always saying the median." in board.sentence
    assert any(note.startswith("Always saying the median has neg_mean_absolute_error ") for note in board.notes)


def test_errors_that_are_shares_and_metrics_of_ones_own_have_the_median_as_a_floor() -> None:
    """However small they are; not where it is ahead by a hair, and not where a metric of it is no number."""
    rng = np.random.default_rng(3)
    y = 100 + rng.lognormal(0, 2, 200)
    scorers = {
        "neg_mean_absolute_percentage_error": get_scorer("neg_mean_absolute_percentage_error"),
        "my.small": lambda model, x, y: -1e-6 * float(np.abs(y - model.predict(x)).mean()),
        "my.hair": lambda model, x, y: -float(np.abs(y - model.predict(x)).mean()) - 1e6,
        "my.endless": lambda model, x, y: np.inf if model.predict(x).max() < np.median(y) + 1 else 0.0,
    }
    data = table(y[:150], y[150:])
    found = baseline.score(data, make_folds(CV, data), scorers)["constant"]
    assert list(found) == ["neg_mean_absolute_percentage_error", "my.small"]


def test_errors_in_a_large_unit_are_told_apart(tmp_path: Path) -> None:
    """Concentrations in mol/l: squared errors of 1e-14 are no rounding."""
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(120, 2))
    frame = pd.DataFrame(columns, columns=["a", "b"]).assign(y=(columns @ [1.0, 0.5] + rng.normal(size=120)) * 1e-7)
    runs = []
    for model, alpha in (("b", 1e3), ("a", 1.0)):
        words = ("+models=ridge", "target=y", "metric=neg_mean_squared_error", f"models.type.alpha={alpha}")
        config = compose("+preprocess=simple", *words, config_dir=str(CONF))
        runs.append(runner.run(config, data=frame, folder=tmp_path / model))
    board = comparison.make(runs)
    assert [row["rank"] for row in board.rows] == [1, 2]
    assert board.rows[0]["cv_mean"] > board.rows[1]["cv_mean"]
    assert "dummy" not in " ".join([board.sentence, *board.notes])


def test_small_errors_of_the_median_and_the_dummy_are_told_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=120), "y": rng.gamma(0.9, 4e-4, size=120)})
    words = ("+preprocess=simple", "+models=ridge", "target=y", "metric=neg_mean_absolute_error")
    one = runner.run(compose(*words, config_dir=str(CONF)), data=frame, folder=tmp_path / "run")
    (note,) = [note for note in comparison.make([one]).notes if note.startswith("Always saying the median has ")]
    score, dummy = re.findall(r"-\d\.\S*\d", note)
    assert float(score) > float(dummy)
