"""Folds, metrics of answers, the baseline and importance."""

import pickle
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    get_scorer,
    log_loss,
    make_scorer,
    roc_auc_score,
)
from sklearn.model_selection import KFold, RepeatedKFold, RepeatedStratifiedKFold, ShuffleSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from mlzoo import answers, baseline, evaluate, interval, permutation
from mlzoo.errors import ConfigError, DataError
from mlzoo.evaluate import find_scorers
from mlzoo.folds import make_folds
from mlzoo.runner import run
from mlzoo.stats import single
from mlzoo.tables.data import Data

param = pytest.param
CV = {"name": "cv", "n_splits": 3, "n_repeats": 2, "seed": 123, "splitter": None}


def table(y_train: Any, y_test: Any, **columns: Any) -> Data:
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    n, rng = len(y_train), np.random.default_rng(3)
    rows = n + len(y_test)
    X = pd.DataFrame(columns or {"a": rng.normal(size=rows), "b": rng.normal(size=rows)})  # noqa: N806
    numeric = y_train.dtype.kind == "f"
    return Data(
        X_train=X.iloc[:n],
        y_train=y_train,
        X_test=X.iloc[n:],
        y_test=y_test,
        rows_train=np.arange(n),
        rows_test=np.arange(n, rows),
        columns={"number": list(X.columns), "category": []},
        task="regression" if numeric else "classification",
        classes=None if numeric else sorted(set(y_train.tolist())),
        sources={"target": "y"},
    )


def noisy(labels: list[Any], rows: int = 90, test: int = 30) -> Data:
    """`a` says much of the class, `b` little, `c` nothing."""
    rng = np.random.default_rng(1)
    code = rng.integers(0, len(labels), rows + test)
    y = np.array(labels)[code]
    a = code + rng.normal(0, 0.4, rows + test)
    b = code + rng.normal(0, 3, rows + test)
    return table(y[:rows], y[rows:], c=rng.normal(size=rows + test), b=b, a=a)


def pipe(model: Any) -> Pipeline:
    return Pipeline([("prep", StandardScaler()), ("model", model)])


def everything(data: Data) -> tuple[pd.DataFrame, Any, pd.DataFrame, Any]:
    return data.X_train, data.y_train, data.X_test, data.y_test


# -- folds --------------------------------------------------------------------------------------------------------


def test_folds_are_scikit_learns() -> None:
    data = noisy(["a", "b"])
    folds = make_folds(CV, data)
    expected = list(
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=123).split(data.X_train, data.y_train)
    )
    for (train, held), (train_, held_) in zip(folds.splits, expected, strict=True):
        np.testing.assert_array_equal(train, train_)
        np.testing.assert_array_equal(held, held_)
    assert (folds.name, folds.repeat) == ("cv", [0, 0, 0, 1, 1, 1])
    X_fit, y_fit, X_held, y_held = folds.parts(data, 4)  # noqa: N806
    train, held = expected[4]
    pd.testing.assert_frame_equal(X_fit, data.X_train.iloc[train])
    pd.testing.assert_frame_equal(X_held, data.X_train.iloc[held])
    assert (y_fit.tolist(), y_held.tolist()) == (data.y_train[train].tolist(), data.y_train[held].tolist())


def test_folds_of_numbers() -> None:
    data = table(np.linspace(0, 1, 20), np.linspace(0, 1, 5))
    folds = make_folds(CV, data)
    expected = RepeatedKFold(n_splits=3, n_repeats=2, random_state=123).split(data.X_train)
    assert [held.tolist() for _, held in folds.splits] == [held.tolist() for _, held in expected]


def test_holdout_is_the_test_split() -> None:
    data = noisy(["a", "b"])
    folds = make_folds({"name": "holdout"}, data)
    assert (folds.name, folds.repeat, len(folds.splits)) == ("holdout", [0], 1)
    assert [len(part) for part in folds.splits[0]] == [90, 30]
    assert all(part is given for part, given in zip(folds.parts(data, 0), everything(data), strict=True))


def test_fingerprints_tell_folds_apart() -> None:
    data = noisy(["a", "b"])
    first, same, other = (make_folds({**CV, "seed": seed}, data).fingerprint() for seed in (1, 1, 2))
    assert first == same != other
    assert len(first) == 64


@pytest.mark.parametrize(
    ("splitter", "expected", "repeat"),
    [
        param({"_target_": "sklearn.model_selection.KFold", "n_splits": 4}, KFold(4), [0, 0, 0, 0], id="KFold"),
        param(
            {"_target_": "sklearn.model_selection.ShuffleSplit", "n_splits": 3, "test_size": 0.6, "random_state": 1},
            ShuffleSplit(3, test_size=0.6, random_state=1),
            [0, 1, 2],
            id="overlapping",
        ),
    ],
)
def test_any_splitter(splitter: dict[str, Any], expected: Any, repeat: list[int]) -> None:
    data = noisy(["a", "b"])
    folds = make_folds({**CV, "splitter": splitter}, data)
    assert [held.tolist() for _, held in folds.splits] == [held.tolist() for _, held in expected.split(data.X_train)]
    assert folds.repeat == repeat


@pytest.mark.parametrize(
    ("target", "words"),
    [
        param("sklearn.model_selection.GroupKFold", "GroupKFold cannot split the data", id="groups"),
        param("sklearn.model_selection.StratifiedGroupKFold", ": 1. Pass validation=group", id="strata"),
        param("sklearn.preprocessing.StandardScaler", "StandardScaler", id="no-splitter"),
    ],
)
def test_splitters_refused(target: str, words: str) -> None:
    with pytest.raises(ConfigError, match="validation") as caught:
        make_folds({**CV, "splitter": {"_target_": target}}, noisy(["a", "b"]))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        param(["a"] * 9 + ["b"] * 2, ["'b'", "has 2 rows", "3 folds", "validation.n_splits=2"], id="two-rows"),
        param(["a"] * 9 + ["b"], ["'b'", "has 1 row in", "remove it or join it"], id="one-row"),
        param([1] * 9 + [5] * 2, ["class 5 ", "task=regression"], id="ints"),
        param([0.5, 1.5], ["has 2 rows, fewer than validation.n_splits=3"], id="regression"),
    ],
)
def test_too_few_rows_for_the_folds(y: list[Any], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        make_folds(CV, table(y, y))
    assert [word for word in words if word not in str(caught.value)] == []


# -- metrics ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "metrics", "task", "expected"),
    [
        param(None, [], "classification", ["accuracy"], id="classification"),
        param(None, [], "regression", ["r2"], id="regression"),
        param("f1", ["accuracy", "f1", "roc_auc"], "classification", ["f1", "accuracy", "roc_auc"], id="several"),
    ],
)
def test_scorers(metric: str | None, metrics: list[str], task: str, expected: list[str]) -> None:
    assert list(find_scorers(metric, metrics, task)) == expected


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        param("acuracy", "Did you mean 'accuracy'?", id="misspelt"),
        param("log_loss", "'neg_log_loss'?", id="neg"),
        param("max-error-of-all-zzz", "It has: accuracy,", id="nonsense"),
    ],
)
def test_unknown_metrics(metric: str, hint: str) -> None:
    with pytest.raises(ConfigError, match="scikit-learn has no such scorer") as caught:
        find_scorers(metric, [], "classification")
    assert hint in str(caught.value)
    with pytest.raises(ConfigError, match=f"^metrics={metric}: scikit-learn has no such scorer"):
        find_scorers(None, [metric], "classification")


OWN = """
from sklearn.metrics import f1_score, make_scorer, mean_pinball_loss

def cost(y, said):
    return 10 * ((y == "a") & (said == "b")).mean() + ((y == "b") & (said == "a")).mean()

def chance(y, p):
    return p[y == "b"].mean()

pinball = make_scorer(mean_pinball_loss, greater_is_better=False, alpha=0.9)
costs = make_scorer(cost, greater_is_better=False)
f1 = make_scorer(f1_score, pos_label="a")
broken = make_scorer(lambda y, said: {}[0])
share = make_scorer(lambda y, said: abs(y - said).sum() / abs(y).sum(), greater_is_better=False)
chances = make_scorer(chance, response_method="predict_proba")
"""


def test_a_scorer_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_scores.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"metric=own_scores\.pinball may not be built"):
        find_scorers("own_scores.pinball", [], "regression")
    monkeypatch.setenv("MLZOO_ALLOW", "own_scores")
    (scorer,) = find_scorers("own_scores.pinball", [], "regression").values()
    model = DummyRegressor(strategy="constant", constant=0.0).fit([[0]], [0])
    given = answers.answer(model, [[0], [0]], None)
    assert given.score(scorer, np.array([10.0, -10.0])) == pytest.approx(-(9 + 1) / 2)
    (scorer,) = find_scorers("own_scores.share", [], "regression").values()
    sent = pickle.loads(pickle.dumps(scorer))  # a lambda, to a worker
    assert given.score(sent, np.array([10.0, -10.0])) == given.score(scorer, np.array([10.0, -10.0])) == -1.0
    with pytest.raises(ConfigError, match=r"metrics=own_scores\.make_scorer is no scorer"):
        find_scorers(None, ["own_scores.make_scorer"], "regression")
    with pytest.raises(ConfigError, match=r"^metrics: .*'x.y'.* is no name of a scorer"):
        find_scorers(None, [{"_target_": "x.y"}], "regression")  # type: ignore[list-item]


@pytest.mark.parametrize("classes", [["a", "b"], ["b", "a"]])  # of which the last is the positive one
def test_a_scorer_of_ones_own_is_given_the_labels_of_the_data(
    classes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_costs.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_costs")
    rng = np.random.default_rng(0)
    columns, y = rng.normal(size=(80, 2)), rng.choice(["a", "b"], 80)
    model = LogisticRegression().fit(columns, y)
    names = [f"own_costs.{name}" for name in ("costs", "f1", "chances")]
    scorers = find_scorers(names[0], names[1:], "classification")
    given = answers.answer(model, columns, np.array(classes))
    truth = answers.codes(y, np.array(classes))
    found = [given.score(scorer, truth) for scorer in scorers.values()]
    (broken,) = find_scorers("own_costs.broken", [], "classification").values()
    with pytest.raises(ValueError, match="KeyError: 0"):
        given.score(broken, truth)
    said, chance = model.predict(columns), model.predict_proba(columns)[:, 1]
    expected = -10 * np.mean((y == "a") & (said == "b")) - np.mean((y == "b") & (said == "a"))
    assert found == pytest.approx([expected, f1_score(y, said, pos_label="a"), chance[y == "b"].mean()])


def test_a_scorer_of_ones_own_may_ask_for_decision_values(
    plain: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'areas = make_scorer(roc_auc_score, response_method="decision_function")\n'
    (tmp_path / "own_areas.py").write_text(f"from sklearn.metrics import make_scorer, roc_auc_score\n{text}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_areas")
    words = ("+preprocess=simple", "+models=lr", "n_jobs=1", "metric=own_areas.areas", "metrics=[roc_auc]")
    one = run(plain(*words), folder=tmp_path / "run")
    assert one["cv"]["own_areas.areas"] == pytest.approx(one["cv"]["roc_auc"])
    assert one["baseline"]["cv"]["own_areas.areas"] == pytest.approx([0.5] * 10)


TWO = [["no", "yes"], ["yes", "zero"], [False, True], [0, 1], [1, 2], [4, 7]]


@pytest.mark.parametrize("metric", ["accuracy", "f1", "precision", "roc_auc", "average_precision", "neg_log_loss"])
@pytest.mark.parametrize("labels", TWO, ids=str)
def test_the_last_of_two_classes_is_positive(labels: list[Any], metric: str) -> None:
    """Whatever the classes are called, metrics are those of scikit-learn for 0 and 1."""
    data, coded = noisy(labels), noisy([0, 1])
    classes = np.array(data.classes)
    found, _ = evaluate.fit_and_score(
        pipe(LogisticRegression()), everything(data), {metric: get_scorer(metric)}, classes
    )
    model = pipe(LogisticRegression()).fit(coded.X_train, coded.y_train)
    assert found.scores[metric] == get_scorer(metric)(model, coded.X_test, coded.y_test)
    assert found.label.tolist() == model.predict(coded.X_test).tolist()
    np.testing.assert_array_equal(found.proba, model.predict_proba(coded.X_test))


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc", "average_precision"])
@pytest.mark.parametrize(
    "model", [LogisticRegression(), RandomForestClassifier(10, random_state=0), LinearSVC(random_state=0)], ids=str
)
@pytest.mark.parametrize("labels", TWO, ids=str)
def test_the_first_of_two_classes_may_be_the_positive_one(labels: list[Any], model: Any, metric: str) -> None:
    """Metrics are those of scikit-learn where its labels are 0 for what was the last class, and 1 for the first."""
    data, coded = noisy(labels), noisy([0, 1])
    classes = np.array(data.classes[::-1])
    found, given = evaluate.fit_and_score(pipe(clone(model)), everything(data), {metric: get_scorer(metric)}, classes)
    fitted = pipe(clone(model)).fit(coded.X_train, coded.y_train)
    said = {"predict": 1 - fitted.predict(coded.X_test)}
    if hasattr(fitted, "predict_proba"):
        said["predict_proba"] = fitted.predict_proba(coded.X_test)[:, ::-1]
    if hasattr(fitted, "decision_function"):
        said["decision_function"] = -fitted.decision_function(coded.X_test)
    assert {name: given[name].tolist() for name in said} == {name: values.tolist() for name, values in said.items()}
    assert found.label.tolist() == said["predict"].tolist()
    values = said.get("predict_proba", said.get("decision_function")).reshape(len(said["predict"]), -1)
    np.testing.assert_array_equal(found.proba, values)
    other = make_scorer(f1_score, pos_label=0) if metric == "f1" else get_scorer(metric)
    if metric == "average_precision":
        other = make_scorer(
            average_precision_score, response_method=("decision_function", "predict_proba"), pos_label=0
        )
    assert found.scores[metric] == pytest.approx(other(fitted, coded.X_test, coded.y_test), abs=1e-12)


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "roc_auc_ovr", "neg_log_loss", "balanced_accuracy"])
@pytest.mark.parametrize("labels", [["ä", "b", "c"], [1, 2, 3], [0, 5, 9]], ids=str)
def test_three_classes(labels: list[Any], metric: str) -> None:
    data = noisy(labels)
    found, _ = evaluate.fit_and_score(
        pipe(LogisticRegression()), everything(data), {metric: get_scorer(metric)}, np.array(data.classes)
    )
    model = pipe(LogisticRegression()).fit(data.X_train, data.y_train)
    assert found.scores[metric] == get_scorer(metric)(model, data.X_test, data.y_test)
    assert np.array(data.classes)[found.label].tolist() == model.predict(data.X_test).tolist()


def test_decision_values_serve_where_there_are_no_probabilities() -> None:
    data = noisy(["no", "yes"])
    found, given = evaluate.fit_and_score(
        pipe(LinearSVC(random_state=0)), everything(data), {"roc_auc": get_scorer("roc_auc")}, np.array(data.classes)
    )
    decision = pipe(LinearSVC(random_state=0)).fit(data.X_train, data.y_train).decision_function(data.X_test)
    assert found.scores["roc_auc"] == roc_auc_score(data.y_test == "yes", decision)
    np.testing.assert_array_equal(found.proba, decision.reshape(-1, 1))
    assert "predict_proba" not in given
    assert "decision_function" in given


class Bare(ClassifierMixin, BaseEstimator):
    """Says a class and nothing else."""

    def fit(self, X: Any, y: Any) -> "Bare":  # noqa: N803
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return np.full(len(X), self.classes_[0])


def test_a_model_that_only_predicts() -> None:
    data = noisy(["no", "yes"])
    found, given = evaluate.fit_and_score(pipe(Bare()), everything(data), {}, np.array(data.classes))
    assert found.proba is None
    assert given.scores_by_class(np.array(data.classes)) is None
    assert set(found.label.tolist()) == {0}


def test_a_metric_that_the_model_cannot_serve_names_both() -> None:
    data = noisy(["no", "yes"])
    with pytest.raises(Exception, match="predict_proba") as caught:
        evaluate.fit_and_score(
            pipe(LinearSVC()),
            everything(data),
            {"neg_log_loss": get_scorer("neg_log_loss")},
            np.array(data.classes),
        )
    assert "LinearSVC" in str(caught.value)
    assert "CalibratedClassifierCV" in str(caught.value)
    assert "Answers" not in str(caught.value)


@pytest.mark.parametrize("labels", [["a", "b", "c"], [1, 2, 3], [False, True]], ids=str)
def test_a_fold_that_lacks_a_class(labels: list[Any]) -> None:
    data = noisy(labels)
    kept = data.y_train != labels[0]
    classes = np.array(data.classes)
    parts = data.X_train[kept], data.y_train[kept], data.X_test, data.y_test
    found, _ = evaluate.fit_and_score(pipe(RandomForestClassifier(5, random_state=0)), parts, {}, classes)
    assert found.proba is not None
    assert found.proba.shape == (30, len(labels))
    assert (found.proba[:, 0] == 0).all()
    np.testing.assert_allclose(found.proba.sum(axis=1), 1)
    assert found.label.min() >= 1


def test_answers_for_some_rows() -> None:
    data = noisy(["no", "yes"])
    scorer = get_scorer("f1")
    _, given = evaluate.fit_and_score(pipe(LogisticRegression()), everything(data), {}, np.array(data.classes))
    rows = np.array([3, 3, 1, 20, 7, 8, 9])
    truth = (data.y_test == "yes").astype(int)
    assert given.take(rows).score(scorer, truth[rows]) == f1_score(truth[rows], given["predict"][rows])


def test_regression_scores() -> None:
    data = table(np.linspace(0, 1, 30), np.linspace(0, 1, 10))
    found, given = evaluate.fit_and_score(pipe(LinearRegression()), everything(data), {"r2": get_scorer("r2")}, None)
    model = pipe(LinearRegression()).fit(data.X_train, data.y_train)
    assert found.scores["r2"] == model.score(data.X_test, data.y_test)
    assert found.proba is None
    assert list(given["predict"]) == model.predict(data.X_test).tolist()


class Warning_(DummyClassifier):  # noqa: N801
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: N803
        warnings.warn("while fitting\nand more", UserWarning, stacklevel=2)
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:  # noqa: N803
        for _ in range(3):
            warnings.warn("while predicting", FutureWarning, stacklevel=2)
        return super().predict(X)


def test_warnings_are_caught_and_told_once() -> None:
    data = noisy(["no", "yes"])
    found, _ = evaluate.fit_and_score(pipe(Warning_()), everything(data), {}, np.array(data.classes))
    assert found.warnings == ["UserWarning: while fitting", "FutureWarning: while predicting"]
    assert found.fit_s >= 0
    assert found.predict_s >= 0


def test_errors_of_an_estimator_come_as_they_are() -> None:
    data = noisy(["no", "yes"])
    folds = make_folds(CV, data)
    with pytest.raises(ValueError, match="C"):
        evaluate.fit_and_score(pipe(LogisticRegression(C=-1)), folds.parts(data, 0), {}, data.labels)


def test_a_fold_is_scored_on_its_held_out_rows() -> None:
    data = noisy(["no", "yes"])
    folds = make_folds(CV, data)
    train, held = folds.splits[2]
    scorers = {"accuracy": get_scorer("accuracy")}
    found, _ = evaluate.fit_and_score(pipe(LogisticRegression()), folds.parts(data, 2), scorers, data.labels)
    model = pipe(LogisticRegression()).fit(data.X_train.iloc[train], data.y_train[train])
    assert found.scores == {"accuracy": model.score(data.X_train.iloc[held], data.y_train[held])}


# -- baseline and checks ------------------------------------------------------------------------------------------


def test_baseline_is_the_most_frequent_class() -> None:
    data = noisy(["no", "yes"])
    folds = make_folds(CV, data)
    names = ["accuracy", "neg_log_loss"]
    found = baseline.score(data, folds, {name: get_scorer(name) for name in names})
    values, counts = np.unique(data.y_train, return_counts=True)
    assert found["test"]["accuracy"] == np.mean(data.y_test == values[counts.argmax()])
    dummy = DummyClassifier(strategy="prior").fit(data.X_train, data.y_train)
    assert found["test"]["neg_log_loss"] == -log_loss(data.y_test, dummy.predict_proba(data.X_test))
    assert [len(found["cv"][name]) for name in names] == [6, 6]


def test_baseline_of_numbers_is_the_mean() -> None:
    data = table(np.linspace(0, 1, 30), np.linspace(0, 2, 10))
    scorers = {"neg_mean_absolute_error": get_scorer("neg_mean_absolute_error")}
    found = baseline.score(data, make_folds(CV, data), scorers)
    expected = -np.mean(np.abs(data.y_test - data.y_train.mean()))
    assert found["test"]["neg_mean_absolute_error"] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("labels", "metric", "words"),
    [
        param([*"abc"], "roc_auc", ["(3 classes)", "Use one of: roc_auc_ovo,"], id="roc_auc-of-three"),
        param([*"abc"], "f1", ["(3 classes)", "f1_macro"], id="f1-of-three"),
        param([*"abc"], "precision", ["(3 classes)", "precision_macro"], id="precision-of-three"),
    ],
)
def test_metrics_that_do_not_suit(labels: list[Any], metric: str, words: list[str]) -> None:
    data = noisy(labels)
    with pytest.raises(ConfigError, match=f"metric={metric} does not suit this target") as caught:
        baseline.score(data, make_folds(CV, data), find_scorers(metric, [], data.task))
    assert [word for word in words if word not in str(caught.value)] == []
    with pytest.raises(ConfigError, match=f"^metrics={metric} does not suit this target"):
        baseline.score(data, make_folds(CV, data), find_scorers(None, [metric], data.task))


@pytest.mark.parametrize("metrics", [("roc_auc", []), ("accuracy", ["roc_auc"])], ids=str)
def test_what_a_test_split_of_one_class_cannot_be_scored_by(metrics: tuple[str, list[str]]) -> None:
    data = noisy(["no", "yes"])
    held = data.y_test == "yes"
    data = replace(data, X_test=data.X_test[held], y_test=data.y_test[held])
    with pytest.raises(
        ConfigError, match=r"=roc_auc is undefined on the test split, which has no row of the class 'no'"
    ):
        baseline.score(data, make_folds(CV, data), find_scorers(*metrics, data.task))


def test_what_folds_of_one_row_cannot_be_scored_by() -> None:
    data = table(np.linspace(0, 1, 12), np.linspace(0, 2, 10))
    folds = make_folds({**CV, "splitter": {"_target_": "sklearn.model_selection.LeaveOneOut"}}, data)
    with pytest.raises(ConfigError, match=r"^metric=r2 is undefined on every fold of one row: choose another metric"):
        baseline.score(data, folds, find_scorers("r2", [], data.task))
    found = baseline.score(data, folds, find_scorers("neg_mean_absolute_error", ["r2"], data.task))
    assert np.isnan(found["cv"]["r2"]).all()


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_mean_squared_log_error"])
def test_metrics_that_do_not_suit_numbers(metric: str) -> None:
    data = table(np.linspace(-1, 1, 30), np.linspace(-1, 1, 10))
    with pytest.raises(ConfigError, match=r"does not suit this target \(numbers\)"):
        baseline.score(data, make_folds(CV, data), find_scorers(metric, [], data.task))


NUMBERS = table(np.linspace(0, 1, 30), np.linspace(0, 1, 10))


@pytest.mark.parametrize(
    ("model", "data", "words"),
    [
        param(LogisticRegression(), NUMBERS, ["for classification", "'y'", "task=classification"], id="classifier"),
        param(LinearRegression(), noisy([0, 1]), ["for regression", "task=regression"], id="regressor"),
        param(LinearRegression(), noisy(["a", "b"]), ["choose another model."], id="regressor-and-text"),
        param(StandardScaler(), NUMBERS, ["StandardScaler", "no fit and predict"], id="no-model"),
    ],
)
def test_models_of_the_other_task(model: Any, data: Data, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        evaluate.check_task(pipe(model), data)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("model", "data"), [(LogisticRegression(), noisy(["a", "b"])), (LinearRegression(), NUMBERS)], ids=["clf", "reg"]
)
def test_models_of_the_right_task(model: Any, data: Data) -> None:
    assert evaluate.check_task(pipe(model), data) is None


def test_a_failure_is_said_in_one_line() -> None:
    assert evaluate.in_one_line(ValueError("first\nsecond")) == "ValueError: first"
    assert evaluate.in_one_line(MemoryError()) == "MemoryError: "


# -- importance ---------------------------------------------------------------------------------------------------


def fitted(data: Data, model: Any = None) -> Pipeline:
    return pipe(model or LogisticRegression()).fit(data.X_train, data.y_train)


def slow_importance(pipeline: Pipeline, data: Data, repeats: int = 60) -> dict[str, float]:
    """Column by column, one shuffled copy at a time, by the pipeline's own score."""
    rng = np.random.default_rng(99)
    whole, drops = pipeline.score(data.X_test, data.y_test), {}
    for name in data.X_test:
        shuffled = [data.X_test.assign(**{name: rng.permutation(data.X_test[name].to_numpy())}) for _ in range(repeats)]
        drops[name] = whole - np.mean([pipeline.score(X, data.y_test) for X in shuffled])
    return drops


@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1, 2]], ids=str)
def test_importance_as_by_a_slow_reference(labels: list[Any]) -> None:
    data = noisy(labels, rows=200, test=300)
    pipeline = fitted(data)
    found = permutation.importance(pipeline, data, get_scorer("accuracy"), seed=1, repeats=60)
    expected = slow_importance(pipeline, data)
    assert found[0]["column"] == "a"
    assert [row["mean"] for row in found] == sorted((row["mean"] for row in found), reverse=True)
    for row in found:
        assert row["mean"] == pytest.approx(expected[row["column"]], abs=0.015)
        assert row["sd"] < 0.05


def test_importance_of_numbers() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 100))
    data = table((3 * a + b)[:60], (3 * a + b)[60:], b=b, a=a, unused=np.ones(100))
    found = permutation.importance(fitted(data, LinearRegression()), data, get_scorer("r2"), seed=1)
    assert [row["column"] for row in found] == ["a", "b", "unused"]
    assert (found[2]["mean"], found[2]["sd"]) == (0.0, 0.0)


def test_importance_is_seeded_and_looks_at_a_sample_of_rows() -> None:
    data = noisy(["no", "yes"], test=200)
    arguments: dict[str, Any] = {"pipeline": fitted(data), "data": data, "scorer": get_scorer("accuracy")}
    full, again, other = (permutation.importance(**arguments, seed=seed) for seed in (1, 1, 2))
    assert full == again != other
    assert all(
        abs(row["mean"] * 5 * 20 - round(row["mean"] * 5 * 20)) < 1e-9
        for row in permutation.importance(**arguments, seed=1, most_rows=20)
    )


@pytest.mark.parametrize(
    ("positives", "columns", "looked_at"),
    [(5000, 9, 2000), (20, 9, 10_000), (100, 9, 4000), (20, 1000, 100), (None, 9, 2000)],
)
def test_importance_looks_at_more_rows_where_a_class_is_rare(
    positives: int | None, columns: int, looked_at: int
) -> None:
    y = np.arange(20_000) < (positives or 0)
    assert permutation.looked_at(y, columns, None if positives is None else [False, True]) == looked_at
    assert permutation.looked_at(y[:500], 9, [False, True]) == 500


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("ill", [2, 8])
def test_the_importance_of_a_sample_knows_a_rare_class(metric: str, ill: int) -> None:
    rng = np.random.default_rng(2)
    y = np.where(np.arange(2 * 4000) % 4000 < ill, "yes", "no")
    data = table(y[:4000], y[4000:], a=(y == "yes") + rng.normal(0, 0.1, 8000), b=rng.normal(size=8000))
    for seed in range(5):
        first, last = permutation.importance(fitted(data), data, get_scorer(metric), seed=seed, most_rows=50)
        assert (first["column"], last["column"]) == ("a", "b")
        assert first["mean"] > 0.1 > abs(last["mean"])


@pytest.mark.parametrize("most_rows", [60, 200])
def test_the_importance_of_a_sample_holds_every_class(monkeypatch: pytest.MonkeyPatch, most_rows: int) -> None:
    rng = np.random.default_rng(0)
    y, seen = rng.permutation(np.repeat(np.arange(60), 40)), []
    data = table(y, y, a=rng.normal(size=4800))

    class Given:
        def score(self, _: Any, truth: Any) -> float:
            seen.append(len(np.unique(truth)))
            return 0.0

        def take(self, _: slice) -> "Given":
            return self

    monkeypatch.setattr(permutation, "answer", lambda *_: Given())
    permutation.importance(fitted(data), data, None, seed=0, most_rows=most_rows)
    assert {*seen} == {60}


def test_importance_in_chunks_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    data = noisy(["no", "yes"], test=200)
    calls = []

    def counting(pipeline: Any, X: pd.DataFrame, classes: Any) -> Any:  # noqa: N803
        calls.append(len(X))
        return genuine(pipeline, X, classes)

    genuine: Callable[..., Any] = answers.answer
    monkeypatch.setattr(permutation, "answer", counting)
    monkeypatch.setattr(permutation, "MAX_CELLS", 2 * 3 * 200 * 5)  # two of the three columns at once
    found = permutation.importance(fitted(data), data, get_scorer("accuracy"), seed=1)
    assert calls == [200, 2000, 1000]
    assert {row["column"] for row in found} == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["self", "größe", "a b"])
def test_importance_of_any_name(name: str) -> None:
    data = noisy(["no", "yes"])
    data = replace(
        data, X_train=data.X_train.rename(columns={"a": name}), X_test=data.X_test.rename(columns={"a": name})
    )
    found = permutation.importance(fitted(data), data, get_scorer("accuracy"), seed=1)
    assert found[0]["column"] == name


def test_importance_raises_no_warnings_of_libraries() -> None:
    data = noisy(["no", "yes"])
    pipeline = pipe(Warning_())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(data.X_train, data.y_train)
    found = permutation.importance(pipeline, data, get_scorer("accuracy"), seed=1)
    assert [row["mean"] for row in found] == [0.0, 0.0, 0.0]


def test_a_list_of_one_metric_may_be_text(plain: Callable[..., dict[str, Any]]) -> None:
    assert plain("+preprocess=simple", "+models=lr", "metrics=roc_auc")["metrics"] == ["roc_auc"]


def test_a_splitter_without_a_seed_gets_the_one_of_validation() -> None:
    data = noisy(["no", "yes"])
    splitter = {"_target_": "sklearn.model_selection.ShuffleSplit", "n_splits": 3}
    first, same, other = (
        make_folds({**CV, "seed": seed, "splitter": splitter}, data).fingerprint() for seed in (1, 1, 2)
    )
    assert first == same != other


def test_decision_values_of_pairs_of_classes_are_left_out() -> None:
    from sklearn.ensemble import StackingClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    rng = np.random.default_rng(0)
    x, names = rng.normal(size=(60, 2)), np.repeat(["a", "b", "c"], 20)
    for shape, asked in (("ovo", False), ("ovr", True)):
        scaled = make_pipeline(StandardScaler(), SVC(decision_function_shape=shape))
        searched = GridSearchCV(scaled, {"svc__C": [0.1, 1]}, cv=2).fit(x, names)
        assert ("decision_function" in answers.answer(searched, x, searched.classes_).by_method) == asked
        stacked = StackingClassifier([("a", LogisticRegression())], SVC(decision_function_shape=shape), cv=2)
        asked_of = answers.answer(stacked.fit(x, names), x, searched.classes_).by_method
        assert ("decision_function" in asked_of) == asked
    data = noisy(["a", "b", "c", "d"])
    parts, scorers = make_folds(CV, data).parts(data, 0), {"accuracy": get_scorer("accuracy")}
    found, _ = evaluate.fit_and_score(pipe(SVC(decision_function_shape="ovo")), parts, scorers, data.labels)
    assert found.proba is None
    assert found.label.max() == 3


def test_rows_that_lack_a_class_have_no_area_under_the_curve() -> None:
    """Of two classes scikit-learn says so by NaN, of several by an error."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)), np.arange(60) % 3
    given = answers.answer(LogisticRegression().fit(x, y), x, np.arange(3))
    (scorer,) = evaluate.find_scorers("roc_auc_ovr", (), "classification").values()
    assert 0 <= given.score(scorer, y) <= 1
    kept = y < 2
    assert np.isnan(given.take(kept).score(scorer, y[kept]))
    with pytest.raises(ValueError, match="inconsistent"):
        given.score(scorer, y[:-1])


@pytest.mark.parametrize("metric", ["r2", "neg_mean_squared_error", "neg_root_mean_squared_error", "neg_max_error"])
def test_a_metric_of_quantities_suits_no_classes(metric: str) -> None:
    assert metric in find_scorers(metric, (), "regression")
    with pytest.raises(ConfigError, match=rf"metric={metric} is of quantities: it does not suit a classification"):
        find_scorers(metric, (), "classification")


def test_a_metric_of_clusters_suits_nothing() -> None:
    for task in ("classification", "regression"):
        with pytest.raises(ConfigError, match=r"^metrics=adjusted_rand_score is of clusters"):
            find_scorers("accuracy", ("adjusted_rand_score",), task)
    assert list(find_scorers("neg_log_loss", ("neg_brier_score", "d2_log_loss_score"), "classification"))


# -- folds that lack a class --------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [["a", "b", "c"], [0, 5, 9]], ids=str)
def test_probabilities_of_classes_that_a_fold_lacks(labels: list[Any]) -> None:
    """The model has learnt of the first two, and is asked for the last two."""
    data = noisy(labels)
    known, asked = data.y_train != labels[2], data.y_test != labels[0]
    parts = data.X_train[known], data.y_train[known], data.X_test[asked], data.y_test[asked]
    names = ["neg_log_loss", "neg_brier_score", "d2_log_loss_score", "roc_auc_ovr", "accuracy"]
    classes = np.array(data.classes)
    found, _ = evaluate.fit_and_score(
        pipe(LogisticRegression()), parts, find_scorers(names[0], names, "classification"), classes
    )
    model = pipe(LogisticRegression()).fit(*parts[:2])
    proba = np.column_stack([model.predict_proba(parts[2]), np.zeros(asked.sum())])
    assert found.scores["neg_log_loss"] == pytest.approx(-log_loss(parts[3], proba, labels=labels))
    assert found.scores["neg_log_loss"] < -10
    assert found.scores["neg_brier_score"] == pytest.approx(-brier_score_loss(parts[3], proba, labels=labels))
    assert np.isnan(found.scores["roc_auc_ovr"])
    assert found.scores["accuracy"] == model.score(*parts[2:])
    np.testing.assert_array_equal(found.proba, proba)


def test_a_fold_of_two_of_three_classes_has_a_log_loss() -> None:
    data = noisy(["a", "b", "c"])
    asked = data.y_test != "c"
    parts = data.X_train, data.y_train, data.X_test[asked], data.y_test[asked]
    scorers = find_scorers("neg_log_loss", ["roc_auc_ovr"], "classification")
    found, _ = evaluate.fit_and_score(pipe(LogisticRegression()), parts, scorers, np.array(data.classes))
    proba = pipe(LogisticRegression()).fit(*parts[:2]).predict_proba(parts[2])
    assert found.scores["neg_log_loss"] == pytest.approx(-log_loss(parts[3], proba, labels=["a", "b", "c"]))
    assert np.isnan(found.scores["roc_auc_ovr"])


def test_a_fold_of_one_class_leaves_nothing_to_be_explained() -> None:
    data = noisy(["a", "b"])
    asked = data.y_test != "b"
    parts = data.X_train, data.y_train, data.X_test[asked], data.y_test[asked]
    scorers = find_scorers("d2_log_loss_score", ["d2_brier_score", "neg_log_loss"], "classification")
    found, _ = evaluate.fit_and_score(pipe(LogisticRegression()), parts, scorers, np.array(data.classes))
    assert np.isnan([found.scores["d2_log_loss_score"], found.scores["d2_brier_score"]]).all()
    assert np.isfinite(found.scores["neg_log_loss"])


def test_a_scorer_of_probabilities_can_be_sent_to_workers() -> None:
    (scorer,) = pickle.loads(pickle.dumps(find_scorers("neg_log_loss", [], "classification"))).values()
    data = noisy(["no", "yes"])
    found, _ = evaluate.fit_and_score(
        pipe(LogisticRegression()), everything(data), {"m": scorer}, np.array(data.classes)
    )
    model = pipe(LogisticRegression()).fit(data.X_train, data.y_train)
    assert found.scores["m"] == get_scorer("neg_log_loss")(model, data.X_test, data.y_test)


@pytest.mark.parametrize("asked", [["no", "yes"], ["no"]], ids=["both classes", "one class alone"])
def test_a_further_metric_that_the_model_has_no_answer_for_is_not_known(asked: list[str]) -> None:
    data = noisy(["no", "yes"])
    held = np.isin(data.y_test, asked)
    parts = data.X_train, data.y_train, data.X_test[held], data.y_test[held]
    scorers = find_scorers("accuracy", ["neg_log_loss", "f1"], data.task)
    found, _ = evaluate.fit_and_score(pipe(LinearSVC()), parts, scorers, data.labels)
    assert np.isfinite([found.scores["accuracy"], found.scores["f1"]]).all()
    assert np.isnan(found.scores["neg_log_loss"])
    (told,) = found.warnings
    assert told.startswith("UserWarning: neg_log_loss is not known: the metric asks for predict_proba, which LinearSVC")
    with pytest.raises(AttributeError, match="which LinearSVC lacks"):
        evaluate.fit_and_score(pipe(LinearSVC()), parts, find_scorers("neg_log_loss", [], data.task), data.labels)


def test_a_further_metric_that_raises_is_not_known() -> None:
    X = pd.DataFrame({"a": np.linspace(-3, 3, 60)})  # noqa: N806
    parts = (X, X["a"].to_numpy(), X, X["a"].to_numpy())
    scorers = find_scorers("r2", ["neg_mean_squared_log_error"], "regression")
    found, _ = evaluate.fit_and_score(pipe(LinearRegression()), parts, scorers, None)
    assert found.scores["r2"] == pytest.approx(1)
    assert np.isnan(found.scores["neg_mean_squared_log_error"])
    (told,) = found.warnings
    assert told.startswith(
        "UserWarning: neg_mean_squared_log_error is not known: Mean Squared Logarithmic Error cannot"
    )
    with pytest.raises(ValueError, match="Mean Squared Logarithmic Error cannot be used"):
        evaluate.fit_and_score(
            pipe(LinearRegression()), parts, find_scorers("neg_mean_squared_log_error", [], "regression"), None
        )


def test_an_error_of_a_metric_of_ones_own_is_no_lacking_method() -> None:
    def broken(estimator: Any, X: Any, y: Any) -> float:  # noqa: N803
        return float(estimator.predict(X).no_such_attribute)

    data = noisy(["no", "yes"])
    scorers = {**find_scorers("accuracy", [], data.task), "own": broken}
    with pytest.raises(AttributeError, match="no_such_attribute"):
        evaluate.fit_and_score(pipe(LinearSVC()), everything(data), scorers, data.labels)


@pytest.mark.parametrize(("positives", "known"), [(4, False), (5, True)])
def test_few_rows_of_a_class_have_no_interval(positives: int, known: bool) -> None:
    data = noisy(["no", "yes"])
    y = np.where(np.arange(30) < positives, "yes", "no")
    data = replace(data, y_test=y)
    scorers = find_scorers("roc_auc", [], data.task)
    scored, given = evaluate.fit_and_score(pipe(LogisticRegression()), everything(data), scorers, data.labels)
    found = interval.interval("roc_auc", scorers["roc_auc"], given, scored, data, 1)
    assert np.isfinite(found).all() == known


@pytest.mark.parametrize(("rows", "known"), [(4, False), (5, True)])
def test_few_rows_of_a_regression_have_no_interval(rows: int, known: bool) -> None:
    """Of two the interval that is drawn from them would hold the truth less than half of the time, of three 73 %."""
    rng = np.random.default_rng(0)
    y, said = rng.normal(size=(2, rows))
    data = replace(noisy(["no", "yes"]), y_test=y, classes=None)
    scorers = find_scorers("neg_mean_absolute_error", [], "regression")
    given = answers.Answers(DummyRegressor(), {"predict": said}, None)
    scores = {"neg_mean_absolute_error": -float(np.abs(y - said).mean())}
    scored = evaluate.Scored(label=said, proba=None, scores=scores, fit_s=0.0, predict_s=0.0)
    found = interval.interval("neg_mean_absolute_error", *scorers.values(), given, scored, data, 1)
    assert np.isfinite(found).all() == known


def test_the_greatest_error_and_few_groups_have_no_interval() -> None:
    nothing: Any = [None] * 4
    assert np.isnan(interval.interval("neg_max_error", *nothing, 1)).all()
    assert np.isnan(interval.interval("accuracy", *nothing, 1, np.arange(40) % 4)).all()


def groups(rows: int) -> Any:
    return np.arange(rows) // 2


@pytest.mark.parametrize("hits", [0, 1, 12])
def test_the_interval_of_a_rare_class_that_is_never_or_always_found_is_as_wide_as_its_rows_are_few(hits: int) -> None:
    """Resamples of none hit hold none: Wilson's interval of the recall says what that is worth."""
    said = np.r_[np.ones(hits), np.zeros(12 - hits), np.zeros(200)].astype(int)
    y = np.r_[np.ones(12), np.zeros(200)].astype(int)
    names = np.array(["no", "yes"])
    data = replace(noisy(["no", "yes"]), y_test=names[y])
    scorers = find_scorers("balanced_accuracy", [], data.task)
    given = answers.Answers(LogisticRegression(), {"predict": names[said]}, names)
    scored = evaluate.Scored(
        label=said, proba=None, scores={"balanced_accuracy": (hits / 12 + 1) / 2}, fit_s=0.0, predict_s=0.0
    )
    low, high = interval.interval("balanced_accuracy", scorers["balanced_accuracy"], given, scored, data, 1)
    least, most = single.wilson(hits, 12)
    assert low <= (least + 1) / 2 + 1e-12
    assert high >= (most + 1) / 2 - 1e-12
    assert high - low < 0.35
    by_two = interval.interval("balanced_accuracy", scorers["balanced_accuracy"], given, scored, data, 1, groups(212))
    assert by_two[0] <= (least + 1) / 2 + 1e-12  # rows of groups tell no more
    assert by_two[1] >= (most + 1) / 2 - 1e-12
