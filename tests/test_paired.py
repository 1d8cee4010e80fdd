"""Comparisons of pipelines against published figures and independent implementations."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC
from statsmodels.stats import contingency_tables
from statsmodels.stats.multitest import multipletests

from mlzoo.stats.paired import all_pairs, holm, mcnemar, rope_test, t_test

param = pytest.param
folds = arrays.arrays(float, st.integers(2, 12), elements=st.floats(-1, 1, width=32))
ratios = st.floats(0, 1)
MODELS = ("rbf", "linear", "3_poly", "2_poly")
PUBLISHED = [  # t, Bonferroni's p of a one-sided test, probabilities to be worse, equivalent and better
    param("rbf", "linear", 0.750, 1.000, (0.068, 0.432, 0.500), id="rbf-linear"),
    param("rbf", "3_poly", 1.657, 0.302, (0.018, 0.100, 0.882), id="rbf-3_poly"),
    param("rbf", "2_poly", 4.565, 0.000, (0.000, 0.000, 1.000), id="rbf-2_poly"),
    param("linear", "3_poly", 1.111, 0.807, (0.063, 0.187, 0.750), id="linear-3_poly"),
    param("linear", "2_poly", 4.276, 0.000, (0.000, 0.000, 1.000), id="linear-2_poly"),
    param("3_poly", "2_poly", 3.851, 0.001, (0.000, 0.000, 1.000), id="3_poly-2_poly"),
]


@pytest.fixture(scope="module")
def moons() -> dict[str, Any]:
    """The fold scores of scikit-learn's example "Statistical comparison of models using grid search"."""
    x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    models = (SVC(), SVC(kernel="linear"), SVC(kernel="poly", degree=3), SVC(kernel="poly", degree=2))
    scores = [cross_val_score(model, x, y, cv=cv, scoring="roc_auc") for model in models]
    return dict(zip(MODELS, scores, strict=True))


@pytest.mark.parametrize(("first", "second", "t", "p", "probabilities"), PUBLISHED)
def test_as_published(
    moons: Any, first: str, second: str, t: float, p: float, probabilities: tuple[float, ...]
) -> None:
    """The tables of the example, at https://scikit-learn.org/1.3/auto_examples/model_selection."""
    difference = moons[first] - moons[second]
    found, rope = t_test(difference, 10 / 90), rope_test(difference, 10 / 90, rope=0.01)
    assert found.t == pytest.approx(t, abs=6e-4)
    assert min(1, found.p / 2 * 6) == pytest.approx(p, abs=1e-3)
    assert (rope.worse, rope.equivalent, rope.better) == pytest.approx(probabilities, abs=6e-4)


@pytest.mark.parametrize(("first", "second"), [one[:2] for one in combinations(MODELS, 2)])
def test_by_the_formulas_of_the_example(moons: Any, first: str, second: str) -> None:
    """The published values are rounded: these are the example's own formulas, on the same scores."""
    difference = moons[first] - moons[second]
    scale = np.sqrt(np.var(difference, ddof=1) * (1 / len(difference) + 10 / 90))
    t = difference.mean() / scale
    found, rope = t_test(difference, 10 / 90), rope_test(difference, 10 / 90, rope=0.01)
    assert found.t == pytest.approx(t, abs=1e-6)
    assert found.p == pytest.approx(2 * scipy.stats.t.sf(abs(t), len(difference) - 1), abs=1e-6)
    posterior = scipy.stats.t(len(difference) - 1, loc=difference.mean(), scale=scale)
    worse, better = posterior.cdf(-0.01), posterior.sf(0.01)
    assert (rope.worse, rope.equivalent, rope.better) == pytest.approx((worse, 1 - worse - better, better), abs=1e-6)
    assert (found.low, found.high) == pytest.approx(posterior.interval(0.95), abs=1e-6)


def test_interval_as_published(moons: Any) -> None:
    found = t_test(moons["rbf"] - moons["linear"], 10 / 90)
    assert found.p / 2 == pytest.approx(0.227, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((-0.016445, 0.036445), abs=1e-6)
    assert rope_test(moons["rbf"] - moons["linear"], 10 / 90, rope=0).better == pytest.approx(0.773, abs=5e-4)


def test_all_pairs_as_published(moons: Any) -> None:
    """Only the polynomial of degree 2 differs from the others."""
    found = all_pairs(np.array([moons[name] for name in MODELS]), 10 / 90)
    assert found.tied.tolist() == [True, True, True, False]
    assert (found.adjusted <= 0.05).sum(axis=1).tolist() == [1, 1, 1, 3]


# -- two pipelines ------------------------------------------------------------------------------------------------


@given(x=folds)
def test_t_test_without_a_correction_is_scipys(x: Any) -> None:
    if x.std() < 1e-3:
        return
    expected = scipy.stats.ttest_1samp(x, 0)
    low, high = expected.confidence_interval()
    found = t_test(x, 0)
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-6, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-9)


@given(x=folds, ratio=ratios)
def test_t_test_is_antisymmetric(x: Any, ratio: float) -> None:
    one, other = t_test(x, ratio), t_test(-x, ratio)
    assert (one.mean, one.t, one.p) == (-other.mean, -other.t, other.p)
    assert 0 <= one.p <= 1
    if np.isnan(one.low):  # all equal
        assert np.isnan([one.high, other.low, other.high]).all()
        assert np.isinf(one.t)
        return
    assert (one.low, one.high) == (-other.high, -other.low)
    assert one.low <= one.mean <= one.high


@given(x=folds, ratio=ratios)
def test_the_correction_makes_cautious(x: Any, ratio: float) -> None:
    assert t_test(x, ratio).p >= t_test(x, 0).p


@given(x=folds, ratio=ratios, rope=st.floats(0, 0.5))
def test_rope_probabilities(x: Any, ratio: float, rope: float) -> None:
    one, other = rope_test(x, ratio, rope), rope_test(-x, ratio, rope)
    if np.isnan(one.worse):
        assert np.isnan(t_test(x, ratio).low)
        return
    assert (one.worse, one.better) == (other.better, other.worse)
    assert one.equivalent == pytest.approx(other.equivalent, abs=1e-12)
    assert one.worse + one.equivalent + one.better == pytest.approx(1)
    assert min(one.worse, one.equivalent, one.better) >= 0


@pytest.mark.parametrize(
    "differences",
    [
        param([0.1, 0.1, 0.1], id="better-by-the-same"),
        param([-0.3, -(0.1 + 0.2), -0.3], id="rounding"),
        param([0.001] * 10, id="within-the-rope"),
    ],
)
def test_differences_that_are_all_equal_have_no_variance_to_go_by(differences: list[float]) -> None:
    found = t_test(np.array(differences), 0.25)
    assert found.p == pytest.approx(scipy.stats.binomtest(0, len(differences)).pvalue)  # the sign test
    assert found.t == math.copysign(math.inf, differences[0])
    rope = rope_test(np.array(differences), 0.25)
    assert np.isnan([found.low, found.high, rope.worse, rope.equivalent, rope.better]).all()


def test_no_difference_at_all() -> None:
    found, rope = t_test(np.zeros(3), 0.25), rope_test(np.zeros(3), 0.25)
    assert (found.mean, found.low, found.high, found.t, found.p) == (0, 0, 0, 0, 1)
    assert (rope.worse, rope.equivalent, rope.better) == (0, 1, 0)


def test_few_folds_that_agree_by_chance_are_no_difference() -> None:
    """Two equal pipelines on two folds of ten rows: one comparison in ten has the same difference on both."""
    rng = np.random.default_rng(1)
    scores = rng.binomial(10, 0.75, size=(2000, 2, 2)) / 10
    called = [not all_pairs(pair, 1.0).tied.all() for pair in scores]
    alike = [np.ptp(pair[0] - pair[1]) < 1e-9 for pair in scores]
    assert np.mean(alike) > 0.1
    assert np.mean(called) <= 0.05


def test_one_fold_tells_nothing_of_the_variance() -> None:
    found, rope = t_test(np.array([0.1]), 0.25), rope_test(np.array([0.1]), 0.25)
    assert found.mean == 0.1
    assert np.isnan([found.low, found.high, found.t, found.p, rope.worse, rope.equivalent, rope.better]).all()
    assert math.isnan(t_test(np.array([0.0]), 0.25).p)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_folds_that_are_not_finite(odd: float) -> None:
    found, rope = t_test(np.array([0.1, odd, 0.2]), 0.25), rope_test(np.array([0.1, odd, 0.2]), 0.25)
    assert np.isnan([found.mean, found.low, found.high, found.t, found.p, rope.worse, rope.better]).all()


@given(rows=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200))
def test_mcnemar_as_statsmodels(rows: list[tuple[bool, bool]]) -> None:
    first, second = np.array(rows, dtype=bool).reshape(-1, 2).T
    table = [[np.sum((first == a) & (second == b)) for b in (True, False)] for a in (True, False)]
    found = mcnemar(first, second)
    assert (found.first, found.second) == (table[0][1], table[1][0])
    if found.first + found.second:  # statsmodels gives NaN without any
        assert found.p == pytest.approx(contingency_tables.mcnemar(table, exact=True).pvalue)
    else:
        assert found.p == 1


def test_mcnemar_is_never_certain() -> None:
    found = mcnemar(np.arange(70) >= 0, np.arange(70) < 0)
    assert (found.first, found.second, found.p) == (70, 0, pytest.approx(2.0**-69))


# -- many pipelines -----------------------------------------------------------------------------------------------

p_values = arrays.arrays(float, st.integers(1, 20), elements=st.floats(0, 1))


@given(p=p_values)
@settings(max_examples=20)  # statsmodels is slow
def test_holm_as_statsmodels(p: Any) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@given(p=p_values)
def test_holm_keeps_the_order(p: Any) -> None:
    found, order = holm(p), np.argsort(p)
    assert (np.diff(found[order]) >= 0).all()
    assert (found >= p).all()
    assert (found <= 1).all()


def test_holm_leaves_out_what_was_not_tested() -> None:
    assert holm(np.array([0.03, math.nan, 0.01])) == pytest.approx([0.03, math.nan, 0.02], nan_ok=True)
    assert holm(np.array([])).tolist() == []


def cells(*leads: float) -> Any:
    rng = np.random.default_rng(1)
    return 0.8 + np.array(leads)[:, None] + 0.01 * rng.normal(size=(len(leads), 10))


def test_all_pairs_are_tests_of_two() -> None:
    scores = cells(0, 0.02, 0.05, 0)
    found = all_pairs(scores, 0.25)
    for a in range(4):
        for b in range(4):
            two = t_test(scores[a] - scores[b], 0.25)
            table = found.difference[a, b], found.low[a, b], found.high[a, b], found.p[a, b]
            assert table == pytest.approx((two.mean, two.low, two.high, two.p))
    upper = np.triu_indices(4, k=1)
    assert found.adjusted[upper] == pytest.approx(multipletests(found.p[upper], method="holm")[1])
    assert (found.adjusted == found.adjusted.T).all()
    assert (found.difference == -found.difference.T).all()
    assert found.tied.tolist() == [False, False, True, False]


def test_cells_that_are_not_finite_are_left_out() -> None:
    scores = cells(0, 0.02, 0.05, 0)
    odd = np.insert(scores, [1, 3], scores[:2], axis=0)
    odd[1, 4], odd[4, 0] = math.nan, math.inf
    kept = [0, 2, 3, 5]
    found, expected = all_pairs(odd, 0.25), all_pairs(scores, 0.25)
    assert found.tied.tolist() == [False, False, False, True, False, False]
    assert found.adjusted[np.ix_(kept, kept)] == pytest.approx(expected.adjusted)
    for table in (found.difference, found.low, found.high, found.p, found.adjusted):
        assert np.isnan(table[[1, 4]]).all()
        assert np.isnan(table[:, [1, 4]]).all()


def test_equal_cells_are_tied_whatever_the_rounding() -> None:
    scores = np.array([[0.3, 0.7, 0.6], [0.1 + 0.2, 0.7, 0.6], [0.3, 0.7, 0.1 + 0.5]])
    found = all_pairs(scores, 0.5)
    assert (found.p == 1).all()
    assert found.tied.all()


@pytest.mark.parametrize(
    ("scores", "tied"),
    [
        param(np.empty((0, 10)), [], id="no-cells"),
        param(np.full((2, 10), math.nan), [False, False], id="none-finite"),
        param(cells(0), [True], id="one"),
        param(np.array([[0.9], [0.1], [math.nan]]), [True, True, False], id="one-fold"),
    ],
)
def test_all_pairs_of_little(scores: Any, tied: list[bool]) -> None:
    found = all_pairs(scores, 0.25)
    assert found.tied.tolist() == tied
    assert found.p.shape == (len(scores), len(scores))
