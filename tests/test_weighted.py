"""Metrics of weighted rows against scikit-learn's own, of the rows themselves."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import explained_variance_score, get_scorer

from mlzoo.answers import Answers
from mlzoo.evaluate import find_scorers
from mlzoo.stats import single, weighted

param = pytest.param
OF_LABELS = ("accuracy", "balanced_accuracy", "matthews_corrcoef", "f1_macro", "f1_micro", "f1_weighted")
OF_LABELS += ("precision_macro", "precision_micro", "precision_weighted", "recall_macro", "recall_weighted")
OF_LABELS += ("jaccard_macro", "jaccard_micro", "jaccard_weighted", "recall_micro")
BINARY = ("f1", "precision", "recall", "jaccard", "roc_auc", "average_precision")
BINARY += ("roc_auc_ovr", "roc_auc_ovo", "roc_auc_ovr_weighted", "roc_auc_ovo_weighted")
BINARY += ("positive_likelihood_ratio", "neg_negative_likelihood_ratio")
OF_PROBABILITIES = ("neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score")
NUMBERS = (
    "r2",
    "explained_variance",
    "neg_mean_squared_error",
    "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_root_mean_squared_error",
)


def by_scikit_learn(metric: str, y: Any, label: Any, score: Any, rows: Any) -> float:
    if score is None:
        model, given = DummyRegressor().fit(np.zeros((2, 1)), [0.0, 1.0]), {"predict": label[rows]}
        return Answers(model, given, None).score(get_scorer(metric), y[rows])
    classes = np.arange(score.shape[1])
    model = DummyClassifier().fit(np.zeros((len(classes), 1)), classes)
    given = {"predict": label[rows], "predict_proba": score[rows]}
    with warnings.catch_warnings():  # of a class that is missing
        warnings.simplefilter("ignore")
        return Answers(model, given, classes).score(find_scorers(metric, (), "classification")[metric], y[rows])


def resamples(rows: int, count: int = 12) -> Any:
    """Row numbers: of resamples of all rows, and of few."""
    rng = np.random.default_rng(4)
    return [rng.integers(0, rows, rows if at % 2 else 4) for at in range(count)]


@pytest.mark.parametrize(
    ("metric", "classes"),
    [
        *(param(name, k, marks=pytest.mark.long if k == 2 else ()) for name in OF_LABELS for k in (2, 4)),
        *((name, 2) for name in BINARY),
        *((name, k) for name in OF_PROBABILITIES for k in (2, 4)),
        *((name, 4) for name in BINARY if name.startswith("roc_auc_ov")),
    ],
)
def test_of_classes(metric: str, classes: int) -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, classes, 60)
    score = rng.dirichlet(np.ones(classes), 60)
    label = np.where(rng.random(60) < 0.4, y, score.argmax(axis=1))
    label[label == 1] = rng.choice([0, 1], (label == 1).sum())  # a class that is seldom said
    found = weighted.find(metric, y, label, score, classes)
    assert found is not None
    drawn = [*resamples(60), *([row, row] for row in range(8))]  # of which some lack a class
    if metric == "average_precision":  # without a positive row scikit-learn warns, and says 0
        drawn = [rows for rows in drawn if y[rows].any()]
    expected = [by_scikit_learn(metric, y, label, score, rows) for rows in drawn]
    np.testing.assert_allclose(
        found(np.array([np.bincount(rows, minlength=60) for rows in drawn])), expected, atol=1e-12
    )


@pytest.mark.parametrize("metric", ["accuracy", "neg_log_loss", "neg_brier_score"])
@pytest.mark.parametrize("classes", [2, 3])
def test_rows_of_many_settings_in_two_repeats(metric: str, classes: int) -> None:
    rng = np.random.default_rng(1)
    y, score = rng.integers(0, classes, 60), rng.dirichlet(np.ones(classes), (3, 2, 60))
    label = score.argmax(axis=-1)
    found = weighted.of_rows(metric, y, label, score, classes)
    assert found is not None
    expected = [
        [by_scikit_learn(metric, y, *both, np.arange(60)) for both in zip(*one, strict=True)]
        for one in zip(label, score, strict=True)
    ]
    np.testing.assert_allclose(found.mean(axis=2), expected)


@pytest.mark.parametrize(("metric", "classes"), [("roc_auc", 2), ("roc_auc_ovr", 3)])
def test_probabilities_of_single_precision_keep_their_order(metric: str, classes: int) -> None:
    """As of naive Bayes, of which many are 1 in single precision."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, classes, 300)
    said = 15 * (y[:, None] == np.arange(classes)) + 12 * rng.normal(size=(300, classes))
    score = np.exp(said - said.max(axis=1, keepdims=True))
    score /= score.sum(axis=1, keepdims=True)
    found = weighted.find(metric, y, score.argmax(axis=1), score.astype(np.float32), classes)
    assert found is not None
    assert np.mean(score[:, -1].astype(np.float32) == 1) > 0.1
    rows = np.arange(300)
    expected = by_scikit_learn(metric, y, score.argmax(axis=1), score, rows)
    assert found(np.ones((1, 300)))[0] == pytest.approx(expected, abs=1e-5)


def test_equal_probabilities_of_single_precision_stay_equal() -> None:
    """As of seven neighbours, four of one class, whichever the others are of."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 300)
    score = rng.multinomial(7, [0.6, 0.2, 0.2], 300)[np.arange(300)[:, None], (np.arange(3) - y[:, None]) % 3] / 7
    found = weighted.find("roc_auc_ovr", y, score.argmax(axis=1), score.astype(np.float32), 3)
    assert found is not None
    expected = by_scikit_learn("roc_auc_ovr", y, score.argmax(axis=1), score, np.arange(300))
    assert found(np.ones((1, 300)))[0] == pytest.approx(expected, abs=1e-9)


def test_of_many_classes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    y, label = rng.integers(0, 30, (2, 200))
    weights = rng.integers(0, 3, (40, 200)).astype(float)
    whole = weighted.find("f1_macro", y, label, np.empty((200, 0)), 30)
    assert whole is not None
    expected = whole(weights)
    monkeypatch.setattr(weighted, "MAX_COUNTS", 3 * 30**2)
    parts = weighted.find("f1_macro", y, label, np.empty((200, 0)), 30)
    assert parts is not None
    assert parts(weights).tolist() == expected.tolist()
    rows = np.repeat(np.arange(200), weights[0].astype(int))
    assert expected[0] == pytest.approx(by_scikit_learn("f1_macro", y, label, np.eye(30)[label], rows), abs=1e-12)


def test_explained_variance_of_a_large_bias() -> None:
    rng = np.random.default_rng(1)
    y, off = rng.normal(size=(2, 200))
    found = weighted.find("explained_variance", y, y + off / 2 + 1e7, np.empty((200, 0)), None)
    assert found is not None
    assert found(np.ones((1, 200)))[0] == pytest.approx(explained_variance_score(y, y + off / 2), abs=1e-6)


@pytest.mark.parametrize("metric", ["r2", "explained_variance"])
def test_of_equal_values_nothing_is_explained(metric: str) -> None:
    """However their variance is rounded: as resamples of amounts are that are mostly zero."""
    y = np.where(np.arange(150) % 37 == 7, 0.1, 0.0)
    found = weighted.find(metric, y, np.full(150, y.mean()), np.empty((150, 0)), None)
    assert found is not None
    weights = np.random.default_rng(0).integers(0, 4, (2000, 150)) * np.where(y > 0, np.arange(2000)[:, None] % 2, 1)
    assert (np.isnan(found(weights)) == (weights[:, y > 0].sum(axis=1) == 0)).all()


@pytest.mark.parametrize(
    ("metric", "least", "most"),
    [
        param("accuracy", 0, 1),
        param("f1_weighted", 0, 1),
        param("roc_auc_ovr_weighted", 0, 1),
        param("matthews_corrcoef", -1, 1),
        param("neg_log_loss", -np.inf, 0),
        param("r2", -np.inf, 1),
        param("explained_variance", -np.inf, 1),
        param("d2_absolute_error_score", -np.inf, 1),
        param("positive_likelihood_ratio", 0, np.inf),
        param("my_own.cost", -np.inf, np.inf),
        param("recall_zoo.cost", -np.inf, np.inf),
    ],
)
def test_limits(metric: str, least: float, most: float) -> None:
    assert weighted.limits(metric) == (least, most)


@pytest.mark.parametrize("metric", NUMBERS)
def test_of_numbers(metric: str) -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(50, 2, 60)
    label = y + rng.normal(size=60)
    found = weighted.find(metric, y, label, np.empty((60, 0)), None)
    assert found is not None
    drawn = resamples(60)
    expected = [by_scikit_learn(metric, y, label, None, rows) for rows in drawn]
    np.testing.assert_allclose(
        found(np.array([np.bincount(rows, minlength=60) for rows in drawn])), expected, atol=1e-9
    )


@pytest.mark.parametrize(
    ("metric", "classes"),
    [
        param("f1", 3, id="of two classes alone"),
        param("positive_likelihood_ratio", 3, id="a ratio of two classes alone"),
        param("roc_auc", 3, id="unknown"),
        param("r2", 2, id="of numbers"),
        param("neg_mean_absolute_error", 3, id="of numbers, which codes of classes are not"),
        param("top_k_accuracy", 3, id="not here"),
        param("recall_zoo.cost", 3, id="one of the user's own"),
        param("max_error", None, id="of numbers, unknown"),
    ],
)
def test_what_is_not_known(metric: str, classes: int | None) -> None:
    y = np.arange(30) % 3
    assert weighted.find(metric, y, y, np.empty((30, 0)), classes) is None


@pytest.mark.parametrize(
    "metric",
    [
        *("accuracy", "f1", "balanced_accuracy", "matthews_corrcoef", "roc_auc", "f1_micro"),
        *("positive_likelihood_ratio", "d2_log_loss_score", "d2_brier_score"),
    ],
)
def test_undefined_where_no_row_is_left(metric: str) -> None:
    y = np.arange(20) % 2
    found = weighted.find(metric, y, y, np.eye(2)[y], 2)
    assert found is not None
    assert np.isnan(found(np.zeros((3, 20)))).all()
    assert found(np.ones((1, 20))).tolist() == [1.0]


def test_decision_values_are_no_probabilities() -> None:
    y = np.arange(20) // 10
    assert all(weighted.find(metric, y, y, np.full((20, 2), 3.0), 2) is None for metric in OF_PROBABILITIES)
    found = weighted.find("roc_auc", y, y, np.arange(20, dtype=np.float32)[:, None], 2)
    assert found is not None
    assert found(np.ones((1, 20))) == 1


def test_errors_in_units_of_the_target() -> None:
    of_units = ("neg_root_mean_squared_error", "neg_mean_absolute_error", "neg_max_error", "neg_median_absolute_error")
    bare = ("accuracy", "r2", "neg_log_loss", "neg_brier_score", "neg_mean_squared_log_error", "d2_pinball_score")
    assert all(map(weighted.has_unit, (*of_units, "neg_mean_poisson_deviance")))
    assert not any(map(weighted.has_unit, (*bare, "neg_mean_absolute_percentage_error", "neg_mean_gamma_deviance")))


@pytest.mark.parametrize("metric", ["balanced_accuracy", "recall_macro"])
def test_how_far_the_recall_of_one_class_may_reach(metric: str) -> None:
    y, label = np.repeat([0, 1, 2], [30, 10, 5]), np.repeat([0, 1, 2], [30, 10, 5])
    label[:3], label[30:40] = 1, 0  # 27 of 30, none of 10 and 5 of 5
    shares = [single.wilson(27, 30), single.wilson(0, 10), single.wilson(5, 5)]
    now = [0.9, 0.0, 1.0]
    ends = [(sum(now) - now[at] + share) / 3 for at in range(3) for share in shares[at]]
    assert weighted.reach(metric, y, label[None], 3) == pytest.approx((min(ends), max(ends)))
    assert weighted.reach(metric, y, np.array([label, label]), 3) == pytest.approx((min(ends), max(ends)))
    for other in ("accuracy", "roc_auc", "neg_log_loss"):
        assert np.isnan(weighted.reach(other, y, label[None], 3)).all()
