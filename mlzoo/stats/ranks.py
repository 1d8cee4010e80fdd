"""Statistics of pipelines over several data sets: plain functions of arrays.

Scores of different data sets are not commensurable, so that pipelines are ranked on each set, and the ranks compared:
all of them at once by `friedman`, two of them by `wilcoxon`, each with each other by `wilcoxon_pairs`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlzoo.stats import paired

Array = np.ndarray[Any, Any]

FEW_SETS, DEALS = 12, 20_000
MIN_SETS = 5  # of fewer not even the same winner on all of them would be worth a test


def ranks(scores: Array) -> Array:
    """Ranks on each set, 1 for the highest score; equal scores share the mean of their ranks.

    Parameters
    ----------
    scores : array, shape (rows, sets)
        The higher the better.

    Returns
    -------
    array, shape (rows, sets)
        Scores that differ by rounding alone are equal.
    """
    from scipy.stats import rankdata

    rounded = [[float(f"{value:.12g}") for value in row] for row in np.asarray(scores, dtype=float)]
    return rankdata(-np.array(rounded), axis=0)


@dataclass(frozen=True)
class Friedman:
    """Friedman's statistic, chi-squared with rows - 1 degrees of freedom; that of Iman and Davenport; p."""

    chi2: float
    f: float
    p: float


def friedman(scores: Array) -> Friedman:
    """Are the rows equally good over the sets? Friedman's test, in the form of Iman and Davenport.

    Parameters
    ----------
    scores : array, shape (rows, sets)
        The higher the better; at least two rows and two sets.

    Returns
    -------
    Friedman
        Corrected for ties. Where the ranks are the same on all sets, `f` is infinite, and p the chance of that: one
        over the number of ways to deal out the ranks of a set, rows! where none are equal, to the power of sets - 1.
        Where all scores of each set are equal, p is 1. Of up to 12 sets it is the share of 20,000 deals of each set's
        ranks that are as far from equal, as the approximation by `f` says too little there: of three rows over five
        sets 0.003 for an exact 0.02.

    References
    ----------
    M. Friedman (1937), The use of ranks to avoid the assumption of normality implicit in the analysis of variance,
    JASA 32, 675-701.
    R. L. Iman, J. M. Davenport (1980), Approximations of the critical region of the Friedman statistic, Communications
    in Statistics 9, 571-595.
    J. Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7, 1-30.
    """
    from scipy.special import fdtrc

    rows, sets = np.shape(scores)
    found = ranks(scores)
    away = found - (rows + 1) / 2
    total = float(np.sum(away**2))
    if total == 0:
        return Friedman(0.0, 0.0, 1.0)
    chi2 = (rows - 1) * float(np.sum(away.sum(axis=1) ** 2)) / total
    left = sets * (rows - 1) - chi2
    f = (sets - 1) * chi2 / left if left > 1e-9 else math.inf
    equal = np.unique(found[:, 0], return_counts=True)[1] if math.isinf(f) else np.ones(rows)
    least = math.exp((sets - 1) * (sum(math.lgamma(count + 1) for count in equal) - math.lgamma(rows + 1)))
    if math.isinf(f):
        return Friedman(chi2, f, least)
    p = _dealt(away) if sets <= FEW_SETS else float(fdtrc(rows - 1, (rows - 1) * (sets - 1), f))
    return Friedman(chi2, f, max(p, least))


def _dealt(away: Array) -> float:
    """The share of deals of each set's ranks to the rows, the one that there is among them, that are as far apart."""
    rng, far = np.random.default_rng(0), 1
    least = np.sum(away.sum(axis=1) ** 2) - 1e-9
    away = np.sort(away, axis=0)
    away = away[:, np.lexsort(away)]  # rows and sets may come in any order
    for _ in range(DEALS // 1000):
        dealt = rng.permuted(np.tile(away.T, (1000, 1, 1)), axis=2)
        far += int(np.count_nonzero(np.sum(dealt.sum(axis=1) ** 2, axis=1) >= least))
    return far / (DEALS + 1)


@dataclass(frozen=True)
class Wilcoxon:
    """Sums of the ranks of the sets on which the first is better, and on which the second is; two-sided p, exact."""

    first: float
    second: float
    p: float


def wilcoxon(differences: Array) -> Wilcoxon:
    """Wilcoxon's signed-rank test of two rows: is each as likely to be the better one on a set?

    Parameters
    ----------
    differences : array, shape (sets,)
        Score of the first minus that of the second, by set. Zeros take part in the ranking and are then left out
        (Pratt), so that sets without a difference speak against one.

    Returns
    -------
    Wilcoxon
        p is exact, with ties and zeros too: the share of all ways to deal out the signs that are as far off. It is 1
        where all differences are zero, and at least 2 / 2 ** sets.

    References
    ----------
    F. Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1, 80-83.
    J. W. Pratt (1959), Remarks on zeros and ties in the Wilcoxon signed rank procedures, JASA 54, 655-667.
    """
    from scipy.stats import rankdata

    differences = np.array([float(f"{value:.12g}") for value in np.asarray(differences, dtype=float)])
    doubled = np.rint(2 * rankdata(np.abs(differences))).astype(int)  # with ties they are halves
    first, second = (int(doubled[side].sum()) for side in (differences > 0, differences < 0))
    chance = np.ones(1)  # of each sum of the ranks with one sign
    for rank in doubled[differences != 0]:
        chance = (np.append(chance, np.zeros(rank)) + np.append(np.zeros(rank), chance)) / 2
    p = min(1.0, 2 * float(chance[: min(first, second) + 1].sum()))
    return Wilcoxon(first / 2, second / 2, p)


def wilcoxon_pairs(scores: Array, *, scaled: bool = False) -> Array:
    """Each row against each other by `wilcoxon`, adjusted by Holm over all pairs.

    Parameters
    ----------
    scores : array, shape (rows, sets)
        Means over the folds, the higher the better.
    scaled : bool
        Whether the sets are scored in different units: the differences on a set are then taken as shares of the
        range of all its scores, for a large one to mean the same on each. Of two rows their signs alone are left.

    Returns
    -------
    array, shape (rows, rows)
        Adjusted p-values, 1 on the diagonal.

    References
    ----------
    S. García, F. Herrera (2008), An extension on "Statistical comparisons of classifiers over multiple data sets" for
    all pairwise comparisons, JMLR 9, 2677-2694.
    A. Benavoli, G. Corani, F. Mangili (2016), Should we really use post-hoc tests based on mean-ranks?, JMLR 17 (5),
    1-10.
    """
    first, second = np.triu_indices(len(scores), k=1)
    adjusted = paired.holm(np.array([wilcoxon(gap).p for gap in _gaps(scores, first, second, scaled)]))
    table = np.eye(len(scores))
    table[first, second] = table[second, first] = adjusted
    return table


def ahead(scores: Array, *, scaled: bool = False) -> Array:
    """Which rows the first one is ahead of, or even with, by Wilcoxon's sums of ranks; mean ranks may say otherwise.

    Parameters
    ----------
    scores, scaled
        As in `wilcoxon_pairs`.

    Returns
    -------
    array of bool, shape (rows,)
    """
    others = np.arange(len(scores))
    sums = [wilcoxon(gap) for gap in _gaps(scores, np.zeros_like(others), others, scaled)]
    return np.array([one.first >= one.second for one in sums])


def _gaps(scores: Array, first: Array, second: Array, scaled: bool) -> Array:
    """Differences of rows on each set, without those that are rounding alone."""
    scores = np.asarray(scores, dtype=float)
    found, spread = paired.gaps(scores[first], scores[second]), np.ptp(scores, axis=0)
    return found / np.where(spread > 0, spread, 1.0) if scaled else found


def least_p(rows: int, sets: int) -> float:
    """The least adjusted p-value that any pair of so many rows can have over so many sets."""
    return min(1.0, rows * (rows - 1) / 2 * 2.0 ** (1 - sets))


def complete_part(known: Array) -> tuple[Array, Array]:
    """The largest part of a table without a gap, or nearly so, of two or more rows if there is one.

    Parameters
    ----------
    known : array of bool, shape (rows, sets)
        Whether a row has a score on a set.

    Returns
    -------
    rows, sets : array of int
        Their numbers: of the parts in which every row has a score on every set the one with the most scores, of equal
        ones that of more sets. Empty where there is no score.

    Notes
    -----
    The parts that are looked at are those of the sets on which a row has scores, and of what several rows have in
    common, until there are some 500 of them: in a table with many gaps in odd places there may be a larger one.
    """
    patterns = {frozenset(np.flatnonzero(row).tolist()) for row in np.asarray(known, dtype=bool)}
    while len(patterns) < 500:
        more = {one & other for one in patterns for other in patterns} - patterns
        if not more:
            break
        patterns |= more

    def part(sets: list[int]) -> tuple[Array, Array]:
        return np.flatnonzero(known[:, sets].all(axis=1)), np.array(sets, dtype=int)

    parts = [part(sorted(sets)) for sets in sorted(patterns, key=sorted) if sets]
    if not parts:
        return np.array([], dtype=int), np.array([], dtype=int)
    return max(parts, key=lambda one: (min(len(one[0]), 2), len(one[0]) * len(one[1]), len(one[1])))
