"""Statistics over data sets, against a published example, scipy, enumeration, and what chance does."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from mlzoo.stats import ranks

# J. Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7, table 6: the ranks of C4.5
# with two of its parameters, neither, one or both tuned, on 14 data sets
DEMSAR = np.array(
    [
        [4, 1, 4, 4, 4, 1, 3, 2.5, 4, 2.5, 4, 3, 4, 3],
        [3, 2, 1, 1, 2, 2.5, 2, 2.5, 3, 2.5, 2.5, 2, 1, 1],
        [2, 3, 2, 3, 3, 4, 4, 4, 2, 2.5, 1, 4, 2, 4],
        [1, 4, 3, 2, 1, 2.5, 1, 1, 1, 2.5, 2.5, 1, 3, 2],
    ]
)
# its table 2: AUC with the one parameter tuned minus without
GAPS = [5, -8, 17, 33, 6, -5, 7, 0, 63, 0, 22, 47, 9, 21]
SCORES = arrays.arrays(float, st.tuples(st.integers(2, 5), st.integers(2, 8)), elements=st.integers(0, 4).map(float))


def test_the_published_example() -> None:
    found = ranks.friedman(-DEMSAR)
    assert np.array_equal(ranks.ranks(-DEMSAR), DEMSAR)
    assert DEMSAR.mean(axis=1) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    ties = sum(sum(n**3 - n for n in np.unique(column, return_counts=True)[1]) for column in DEMSAR.T)
    uncorrected = found.chi2 * (1 - ties / (14 * (4**3 - 4)))  # as the article has it
    assert uncorrected == pytest.approx(9.28, abs=0.01)
    assert 13 * uncorrected / (14 * 3 - uncorrected) == pytest.approx(3.69, abs=0.01)
    effects = DEMSAR.mean(axis=1, keepdims=True) - 2.5
    left = np.sum((DEMSAR - 2.5 - effects) ** 2)
    assert found.f == pytest.approx(14 * np.sum(effects**2) / 3 / (left / 39))  # the F of a two-way analysis of ranks
    assert found.p == pytest.approx(stats.f.sf(found.f, 3, 39))
    pair = ranks.wilcoxon(np.array(GAPS) / 1000)
    zeros = (1 + 2) / 2  # the ranks of the two zeros, which the article shares out
    assert (pair.first + zeros, pair.second + zeros) == (93, 12)
    assert pair.p < 0.05


@given(SCORES)
@settings(max_examples=60)
def test_friedman_is_scipys(scores: np.ndarray) -> None:  # type: ignore[type-arg]
    found = ranks.friedman(scores)
    rows, sets = scores.shape
    if (scores == scores[0]).all():
        assert (found.chi2, found.f, found.p) == (0, 0, 1)
        return
    if rows > 2:  # which scipy wants
        assert found.chi2 == pytest.approx(stats.friedmanchisquare(*scores).statistic, abs=1e-9)
    if math.isfinite(found.f) and sets > 12:
        assert found.p == pytest.approx(stats.f.sf(found.f, rows - 1, (rows - 1) * (sets - 1)), abs=1e-9) or (
            found.p == pytest.approx(math.factorial(rows) ** (1 - sets))
        )
    assert ranks.friedman(np.exp(scores) * 10.0 ** np.arange(sets) + 7).chi2 == pytest.approx(found.chi2)
    assert ranks.friedman(scores[::-1, ::-1]).p == pytest.approx(found.p)


@pytest.mark.parametrize(("rows", "sets"), [(3, 5), (4, 4), (3, 7)])
@pytest.mark.parametrize("ties", [False, True])
def test_friedmans_p_of_few_sets_is_the_exact_one(rows: int, sets: int, ties: bool) -> None:
    scores = (
        np.random.default_rng(rows * sets).normal(np.arange(rows)[:, None], 2, (rows, sets)).round(0 if ties else 9)
    )
    away = ranks.ranks(scores) - (rows + 1) / 2
    sums = np.zeros((1, rows))  # of all ways to deal out the ranks
    for column in away.T:
        deals = np.array([*itertools.permutations(column)])
        sums = (sums[:, None] + deals[None]).reshape(-1, rows)
    exact = float(((sums**2).sum(axis=1) >= (away.sum(axis=1) ** 2).sum() - 1e-9).mean())
    assert ranks.friedman(scores).p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4)


def test_friedmans_p_is_the_least_where_all_sets_agree() -> None:
    agree = np.arange(3.0)[:, None] + np.zeros(13)
    but_one = agree.copy()
    but_one[:2, 0] = 1, 0
    assert ranks.friedman(but_one).p >= ranks.friedman(agree).p == pytest.approx(6.0**-12)


def test_the_same_ranks_everywhere() -> None:
    found = ranks.friedman(np.outer([3.0, 2.0, 1.0], np.ones(5)) + np.arange(5))
    assert (found.chi2, found.f) == (10, math.inf)
    assert found.p == pytest.approx(6.0**-4)  # the chance of it
    tied = ranks.friedman(np.outer([1.0, 1.0, 0.0], np.ones(5)))
    assert (tied.f, tied.p) == (math.inf, pytest.approx(3.0**-4))  # of a set three rows may be the last
    alone = ranks.friedman(np.outer([1.0, 0.0, 0.0, 0.0], np.ones(5)))
    assert alone.p == pytest.approx(4.0**-4)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
@settings(max_examples=60)
def test_wilcoxon_is_exact_with_ties_and_zeros(gaps: list[int]) -> None:
    found = ranks.wilcoxon(np.array(gaps) / 7)
    rank = stats.rankdata(np.abs(gaps))
    signed = [one for gap, one in zip(gaps, rank, strict=True) if gap]
    all_ways = [
        sum(r for r, up in zip(signed, ups, strict=True) if up) for ups in itertools.product([0, 1], repeat=len(signed))
    ]
    far = abs(found.first - found.second)
    share = np.mean([abs(2 * one - sum(signed)) >= far - 1e-9 for one in all_ways])
    assert found.p == pytest.approx(share)
    assert ranks.wilcoxon(-np.array(gaps)).p == found.p


@pytest.mark.parametrize("sets", [5, 14, 40])
def test_wilcoxon_without_ties_is_scipys(sets: int) -> None:
    gaps = np.random.default_rng(sets).normal(0.3, 1, sets)
    assert ranks.wilcoxon(gaps).p == pytest.approx(stats.wilcoxon(gaps, method="exact").pvalue)


def test_pairs_are_adjusted_together() -> None:
    scores = np.random.default_rng(3).normal(0, 1, (3, 9)) + np.array([[0.9], [0.0], [0.3]])
    one, two, three = (
        stats.wilcoxon(scores[i] - scores[j], method="exact").pvalue for i, j in ((0, 1), (0, 2), (1, 2))
    )
    ordered = sorted((one, two, three))
    adjusted = dict(zip(ordered, np.maximum.accumulate([3 * ordered[0], 2 * ordered[1], ordered[2]]), strict=True))
    table = ranks.wilcoxon_pairs(scores)
    assert table[[0, 0, 1], [1, 2, 2]] == pytest.approx([min(1, adjusted[p]) for p in (one, two, three)])
    assert np.array_equal(table, table.T)
    assert np.diag(table).tolist() == [1, 1, 1]


def test_rounding_is_no_difference() -> None:
    scores = np.full((2, 6), 0.7)
    scores[0] += 1e-16 * np.arange(6) + 1e-15
    assert ranks.ranks(scores).tolist() == [[1.5] * 6] * 2
    assert ranks.wilcoxon_pairs(scores)[0, 1] == 1
    assert ranks.friedman(scores).p == 1
    third = np.vstack([scores, scores[1] + np.arange(1, 7)])
    for scaled in (False, True):
        assert ranks.wilcoxon_pairs(third, scaled=scaled)[0, 1] == 1
        assert ranks.ahead(third[[1, 0, 2]], scaled=scaled).tolist() == [True, True, False]


def test_different_metrics_count_alike() -> None:
    scores = np.random.default_rng(5).normal(0, 1, (4, 8))
    units = 10.0 ** np.arange(8)
    table = ranks.wilcoxon_pairs(scores, scaled=True)
    assert table == pytest.approx(ranks.wilcoxon_pairs(scores * units + units, scaled=True))
    two = ranks.wilcoxon_pairs(scores[:2], scaled=True)[0, 1]
    wins = int(np.sum(scores[0] > scores[1]))
    assert two == pytest.approx(stats.binomtest(wins, 8).pvalue)  # the sign test
    assert ranks.wilcoxon_pairs(np.ones((2, 6)), scaled=True)[0, 1] == 1


def test_false_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal rows are called different seldom enough, by the one test and by any of the pairs; a better one often."""
    monkeypatch.setattr(ranks, "DEALS", 4000)  # that they err by is little beside what is allowed for
    rng = np.random.default_rng(0)
    alarms = [ranks.friedman(rng.normal(0, 1, (rows, sets))).p <= 0.05 for rows, sets in [(3, 5), (6, 8)] * 500]
    assert stats.binomtest(sum(alarms), 1000, 0.05, alternative="greater").pvalue > 0.001
    pairs = [ranks.wilcoxon_pairs(rng.normal(0, 1, (4, 9)), scaled=bool(at % 2)).min() <= 0.05 for at in range(600)]
    assert stats.binomtest(sum(pairs), 600, 0.05, alternative="greater").pvalue > 0.001
    better = [ranks.friedman(rng.normal([[1.5], [0], [0], [0]], 1, (4, 8))).p <= 0.05 for _ in range(100)]
    assert sum(better) > 50


@pytest.mark.parametrize(
    ("rows", "sets", "least"), [(2, 5, 0.0625), (2, 6, 0.03125), (3, 7, 3 / 64), (3, 5, 3 / 16), (40, 5, 1.0)]
)
def test_the_least_p_is_that_of_a_row_that_always_wins(rows: int, sets: int, least: float) -> None:
    assert ranks.least_p(rows, sets) == least
    ordered = np.random.default_rng(1).normal(0, 1e-3, (rows, sets)) + np.arange(rows)[::-1, None]
    assert ranks.wilcoxon_pairs(ordered)[0, -1] == pytest.approx(least)


@given(arrays.arrays(bool, st.tuples(st.integers(1, 5), st.integers(1, 5))))
@settings(max_examples=80)
def test_the_complete_part_is_the_largest(known: np.ndarray) -> None:  # type: ignore[type-arg]
    rows, sets = ranks.complete_part(known)
    assert known[np.ix_(rows, sets)].all()
    sizes = [
        (min(2, n := int(known[:, list(some)].all(axis=1).sum())), n * len(some))
        for size in range(1, known.shape[1] + 1)
        for some in itertools.combinations(range(known.shape[1]), size)
    ]
    assert (min(2, len(rows)), len(rows) * len(sets)) == max(sizes) or not known.any()


def test_the_sums_of_ranks_may_be_against_the_mean_ranks() -> None:
    gaps = np.array([0.001 * at for at in range(1, 13)] + [-0.01 * at for at in range(2, 14)])
    scores = 0.5 + np.array([gaps, np.zeros(24), gaps - 1])
    assert ranks.ahead(scores).tolist() == [True, False, True]
    assert ranks.ahead(scores[::-1]).tolist() == [True, False, False]
    assert stats.wilcoxon(gaps, alternative="less").pvalue < 0.025
    assert ranks.wilcoxon_pairs(scores[:2])[0, 1] == pytest.approx(stats.wilcoxon(gaps, method="exact").pvalue)
