"""Statistics against published figures and independent implementations."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from mlzoo.stats import tails
from mlzoo.stats.single import _bca, auc, auc_ovr, average_precision, bootstrap, by_rows, jackknife, wilson

param = pytest.param


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        param(81, 263, 0.2553, 0.3662, id="81-of-263"),
        param(15, 148, 0.0624, 0.1605, id="15-of-148"),
        param(0, 20, 0.0, 0.1611, id="0-of-20"),
        param(1, 29, 0.0061, 0.1718, id="1-of-29"),
    ],
)
def test_wilson_as_published(successes: int, n: int, low: float, high: float) -> None:
    """R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [1, 2, 10, 223, 100_000])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_wilson_as_scipy(n: int, share: float) -> None:
    successes = round(share * n)
    expected = scipy.stats.binomtest(successes, n).proportion_ci(method="wilson")
    low, high = wilson(successes, n)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= successes / n <= high <= 1


def values(kind: str, n: int) -> Any:
    rng = np.random.default_rng(4)
    return rng.exponential(size=n) if kind == "skewed" else rng.normal(size=n)


def bootstrap_rows(statistic: Any, n: int, *, resamples: int = 500, **options: Any) -> tuple[float, float]:
    """Of a statistic that takes row numbers."""
    return bootstrap(by_rows(statistic), n, resamples=resamples, **options)


@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("statistic", [np.mean, np.std], ids=["mean", "sd"])
def test_bootstrap_as_scipy(statistic: Any, kind: str, n: int) -> None:
    x = values(kind, n)
    end = np.sqrt(n / (n - 1)) * scipy.stats.t.ppf(0.975, n - 1)  # expanded
    expected = scipy.stats.bootstrap(
        (x,),
        statistic,
        confidence_level=2 * scipy.stats.norm.cdf(end) - 1,
        n_resamples=8000,
        method="BCa",
        rng=np.random.default_rng(1),
        vectorized=True,
    ).confidence_interval
    found = bootstrap_rows(lambda rows: float(statistic(x[rows])), n, seed=1, resamples=8000)
    width = expected.high - expected.low
    assert found == pytest.approx((expected.low, expected.high), abs=0.05 * width)


def test_bootstrap_in_groups_is_near_the_one_by_rows() -> None:
    x = values("skewed", 200)

    def interval(parts: int) -> tuple[float, float]:
        return bootstrap_rows(lambda rows: float(x[rows].mean()), 200, seed=1, resamples=2000, parts=parts)

    assert interval(50) == pytest.approx(interval(200), abs=0.02)


def test_bootstrap_covers_the_truth() -> None:
    draw = np.random.default_rng(11)
    covered = 0
    for repetition in range(200):
        x = draw.normal(size=40)
        low, high = bootstrap_rows(lambda rows, x=x: float(x[rows].mean()), 40, seed=repetition, resamples=300)
        covered += low <= 0 <= high
    assert 0.90 <= covered / 200 <= 0.985


def test_jackknife_covers_the_truth_and_is_as_wide_as_it_should_be() -> None:
    draw, covered, widths = np.random.default_rng(12), 0, []
    for repetition in range(300):
        x = draw.exponential(size=1000)
        low, high = jackknife(lambda weights, x=x: weights @ x / weights.sum(axis=1), 1000, seed=repetition)
        covered += low <= 1 <= high
        widths.append((high - low) / (2 * 1.96 / math.sqrt(1000)))
    assert 0.92 <= covered / 300 <= 0.98
    assert np.median(widths) == pytest.approx(1, abs=0.05)


def test_jackknife_of_a_mean_of_as_many_rows_as_parts_is_students() -> None:
    x = np.random.default_rng(6).exponential(size=200)
    expected = scipy.stats.ttest_1samp(x, 0).confidence_interval()
    found = jackknife(lambda weights: weights @ x / weights.sum(axis=1), 200, seed=1)
    assert found == pytest.approx((expected.low, expected.high))


def test_jackknife_of_groups_is_as_wide_as_their_bootstrap() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(400), 50)
    x = rng.normal(size=400)[groups] + rng.normal(size=20_000)

    def mean(weights: Any) -> Any:
        return weights @ x / weights.sum(axis=1)

    ends = jackknife(mean, 20_000, seed=1, groups=groups)
    low, high = bootstrap(mean, 20_000, seed=1, groups=groups)
    assert ends == pytest.approx((low, high), abs=0.15 * (high - low))
    assert np.ptp(ends) > 4 * np.ptp(jackknife(mean, 20_000, seed=1))


@pytest.mark.parametrize(
    ("rows", "sure", "wrong", "expected"),
    [
        (400, 300, 0, (300, 3.688879 * 36.043653 / 400)),  # as many more rows as a Poisson rate may be higher
        (400, 300, 2, (300, (7.224688 - 2) * 36.043653 / 400)),
        (400, 300, 12, (300, 0.0)),  # seen often enough
        (400, 9, 0, (9, 0.0)),  # hardly ever said
        (400, 0, 0, (0, 0.0)),
        (1_000_000, 300, 0, (300, 0.0)),  # among so many it does not matter
    ],
)
def test_answers_given_as_certain(rows: int, sure: int, wrong: int, expected: tuple[int, float]) -> None:
    score = np.full((rows, 2), 0.5, dtype=np.float32)
    score[:sure] = [1.0, 0.0]
    y = np.zeros(rows, dtype=int)
    y[:wrong] = 1
    assert tails.certain("neg_log_loss", y, score) == pytest.approx(expected, rel=1e-5)
    assert tails.certain("neg_log_loss", y, np.stack([score, score])) == pytest.approx(
        expected, rel=1e-5
    )  # once each, however often it was said
    null = -float(np.sum([share * math.log(share) for share in np.bincount(y) / rows]))
    if null:
        assert tails.certain("d2_log_loss_score", y, score) == pytest.approx(
            (expected[0], expected[1] / null), rel=1e-5
        )
    assert tails.certain("neg_log_loss", y, score * 7 - 3) == (0, 0.0)  # decision values


def test_jackknife_says_of_many_rows_what_the_bootstrap_does() -> None:
    rng = np.random.default_rng(5)
    positive = rng.random(20_000) < 0.2
    score = rng.normal(size=20_000) + positive

    def area(weights: Any) -> Any:
        return auc(positive, score, weights)

    low, high = bootstrap(area, 20_000, seed=1, resamples=500)
    assert jackknife(area, 20_000, seed=1) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_bootstrap_depends_on_the_seed_alone() -> None:
    x = values("normal", 30)

    def interval(seed: int) -> tuple[float, float]:
        return bootstrap_rows(lambda rows: float(x[rows].mean()), 30, seed=seed)

    assert interval(1) == interval(1) != interval(2)


@pytest.mark.parametrize("unit", [1e-140, 1e140])
def test_bootstrap_is_the_same_in_every_unit(unit: float) -> None:
    x = np.random.default_rng(0).exponential(size=30)

    def interval(of: Any) -> Any:
        return bootstrap(lambda weights: weights @ of / weights.sum(axis=1), 30, seed=0, resamples=500)

    assert interval(unit * x) == pytest.approx(unit * np.array(interval(x)), rel=1e-9, abs=0)


def test_bootstrap_of_a_constant() -> None:
    assert bootstrap_rows(lambda rows: 0.75, 20, seed=1) == (0.75, 0.75)


def raising(limit: int) -> Any:
    def statistic(rows: Any) -> float:
        if len(np.unique(rows)) < limit:
            raise ValueError("one class alone")
        return float(rows.mean())

    return statistic


@pytest.mark.parametrize(
    "statistic",
    [
        param(lambda rows: math.nan, id="nan"),
        param(raising(20), id="raises-in-every-resample"),
        param(lambda rows: math.inf if len(np.unique(rows)) < 20 else 1.0, id="infinite"),
    ],
)
def test_bootstrap_of_what_is_mostly_undefined(statistic: Any) -> None:
    assert all(math.isnan(end) for end in bootstrap_rows(statistic, 20, seed=1))


def test_bootstrap_leaves_out_undefined_resamples() -> None:
    low, high = bootstrap_rows(raising(13), 20, seed=1)
    assert 0 < low < 9.5 < high < 19


def test_bootstrap_where_the_jackknife_is_undefined() -> None:
    def statistic(rows: Any) -> float:
        return math.nan if len(rows) < 20 else float(rows.mean())

    low, high = bootstrap_rows(statistic, 20, seed=1, resamples=4000)
    sd = np.std(np.arange(20)) / np.sqrt(20)
    end = np.sqrt(20 / 19) * scipy.stats.t.ppf(0.975, 19)
    assert (low, high) == pytest.approx((9.5 - end * sd, 9.5 + end * sd), abs=0.2)


def test_bootstrap_where_part_of_the_jackknife_is_undefined() -> None:
    def statistic(rows: Any) -> float:
        return math.nan if len(rows) < 20 and 0 not in rows else float(rows.mean())

    low, high = bootstrap_rows(statistic, 20, seed=1)
    assert low < 9.5 < high
    drawn, left_out = np.random.default_rng(0).exponential(size=1000), np.random.default_rng(1).exponential(size=29)
    assert _bca(1.0, drawn, np.append(left_out, math.nan), 30) == _bca(1.0, drawn, left_out, 30)


@pytest.mark.parametrize("observed", [0.7, -1.0, 2.0])
def test_bca_by_the_formulas(observed: float) -> None:
    """With four in ten resamples that say 0.7, and where all of them are above or below what all rows say."""
    drawn = np.concatenate([np.linspace(0, 1, 600), np.full(400, 0.7)])
    left_out = np.append(np.zeros(24), 1.0)
    end = math.sqrt(25 / 24) * scipy.stats.t.ppf(0.975, 24)
    below = np.clip(scipy.stats.percentileofscore(drawn, observed, kind="mean") / 100, 1 / 2000, 1999 / 2000)
    bias, acceleration = scipy.stats.norm.ppf(below), scipy.stats.skew(-left_out) / (6 * math.sqrt(25))
    moved = [bias + (bias + z) / (1 - acceleration * (bias + z)) for z in (-end, end)]
    assert _bca(observed, drawn, left_out, 25) == pytest.approx(np.quantile(drawn, scipy.stats.norm.cdf(moved)))


def test_bootstrap_of_an_extreme_statistic_stays_within_the_data() -> None:
    x = values("skewed", 30)
    low, high = bootstrap_rows(lambda rows: float(x[rows].max()), 30, seed=1)
    assert x.min() <= low <= high <= x.max()


# -- bootstrap by weights, AUC ------------------------------------------------------------------------------------


def area_of(positive: Any, score: Any) -> Any:
    def statistic(rows: Any) -> float:
        if len(np.unique(positive[rows])) < 2:
            raise ValueError("one class alone")
        return round(float(roc_auc_score(positive[rows], score[rows])), 12)  # equal areas are to be seen as equal

    return statistic


@pytest.mark.parametrize("n", [12, 60, 700])
def test_bootstrap_by_weights_is_the_one_by_rows(n: int) -> None:
    """scikit-learn's AUC of the drawn rows; with 12 rows, a resample may hold one class alone."""
    rng = np.random.default_rng(n)
    positive = np.arange(n) % 4 == 0
    score = np.round(rng.normal(size=n) + positive, 1)
    found = bootstrap(lambda weights: auc(positive, score, weights).round(12), n, seed=3, resamples=150, parts=50)
    expected = bootstrap_rows(area_of(positive, score), n, seed=3, resamples=150, parts=50)
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0 <= found[0] < found[1] <= 1


def test_bootstrap_by_weights_does_not_depend_on_the_size_of_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    x = values("skewed", 80)

    def interval() -> tuple[float, float]:
        return bootstrap(lambda weights: weights @ x / weights.sum(axis=1), 80, seed=1, resamples=100)

    expected = interval()
    monkeypatch.setattr("mlzoo.stats.single._at_once", lambda n: 7)
    assert interval() == pytest.approx(expected, rel=1e-12)


def test_bootstrap_by_weights_of_what_is_undefined() -> None:
    positive, score = np.zeros(20, dtype=bool), np.arange(20.0)
    found = bootstrap(lambda weights: auc(positive, score, weights), 20, seed=1, resamples=50)
    assert all(math.isnan(end) for end in found)


ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 4)),  # class, score with ties, weight
    min_size=2,
    max_size=40,
)


@given(rows=ROWS)
def test_auc_as_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    positive, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    (found,) = auc(positive, score, weight[None])
    if len(np.unique(positive[weight > 0])) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(positive, score, sample_weight=weight), abs=1e-12)


@given(rows=ROWS)
def test_average_precision_as_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    positive, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    (found,) = average_precision(positive, score, weight[None])
    if not positive[weight > 0].any():
        assert math.isnan(found)
    else:
        assert found == pytest.approx(average_precision_score(positive, score, sample_weight=weight), abs=1e-12)


def test_auc_of_several_weights_at_once() -> None:
    rng = np.random.default_rng(2)
    positive, score = rng.random(50) < 0.5, rng.normal(size=50)
    weights = rng.random((6, 50))
    expected = [roc_auc_score(positive, score, sample_weight=weight) for weight in weights]
    assert auc(positive, score, weights) == pytest.approx(expected, abs=1e-12)


def test_auc_of_scores_that_are_not_numbers() -> None:
    assert np.isnan(auc(np.array([True, False]), np.array([1.0, np.nan]), np.ones((3, 2)))).tolist() == [True] * 3


def test_auc_one_vs_rest_as_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    y = np.arange(90) % 3
    score = rng.dirichlet([1, 1, 1], size=90) + np.eye(3)[y]
    score /= score.sum(axis=1, keepdims=True)
    weights = rng.integers(0, 3, size=(4, 90))
    expected = [roc_auc_score(y, score, multi_class="ovr", average="macro", sample_weight=w) for w in weights]
    assert auc_ovr(y, score, weights) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(auc_ovr(y, score, (y > 0)[None].astype(float))).all()


def test_groups_are_drawn_whole() -> None:
    """Copies of rows add nothing: the interval is that of the rows themselves."""
    x = np.random.default_rng(1).normal(size=60)

    def mean_of(values: Any) -> Any:
        return lambda weights: weights @ values / weights.sum(axis=1)

    expected = bootstrap(mean_of(x), 60, seed=2)
    order = np.random.default_rng(3).permutation(480)
    copies, owners = np.repeat(x, 8)[order], np.repeat(np.arange(60), 8)[order]
    assert bootstrap(mean_of(copies), 480, seed=2, groups=owners) == pytest.approx(expected, abs=1e-12)
    low, high = bootstrap(mean_of(copies), 480, seed=2)
    assert high - low < 0.5 * (expected[1] - expected[0])
