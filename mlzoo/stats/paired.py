"""Statistics of pipelines on the same rows: plain functions of arrays.

Two on the same folds: `t_test`, `rope_test`; on the same test split: `mcnemar`. Many on the same folds: `all_pairs`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

ALPHA = 0.05  # a cell whose adjusted p against the best is above it is tied with it
NOISE = 1e-12  # differences below this share of their scores are rounding


@dataclass(frozen=True)
class Difference:
    """A mean difference over folds, its 95 % interval, and the two-sided test that it is zero."""

    mean: float
    low: float
    high: float
    t: float
    p: float


@dataclass(frozen=True)
class Rope:
    """Probabilities that the first pipeline is worse than, practically equivalent to and better than the second."""

    worse: float
    equivalent: float
    better: float


def t_test(differences: Array, ratio: float) -> Difference:
    """The corrected resampled t-test of two pipelines on the same folds.

    Scores of folds are correlated, as their training rows overlap: the variance of the mean is taken as
    (1 / folds + ratio) times that of a fold.

    Parameters
    ----------
    differences : array, shape (folds,)
        Score of the first minus that of the second, by fold; all repeats together.
    ratio : float
        Test rows / train rows of a fold: 1 / (k - 1) for k folds, repeated or not.

    Returns
    -------
    Difference
        Where all differences are equal, p is 1 if they are zero; else their variance is not known: there is no
        interval, and p is that of the sign test [2]_, 2 / 2^folds. One fold tells nothing: NaN but for the mean. All
        NaN where a difference is not finite.

    References
    ----------
    .. [1] C. Nadeau, Y. Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281.
    .. [2] W. J. Dixon, A. M. Mood (1946), The statistical sign test, JASA 41, 557-566.
    """
    return Difference(*(float(value[0]) for value in _corrected(np.atleast_2d(differences), ratio)))


def rope_test(differences: Array, ratio: float, rope: float = 0.01) -> Rope:
    """The Bayesian correlated t-test of two pipelines on the same folds.

    Parameters
    ----------
    differences : array, shape (folds,)
        As in `t_test`.
    ratio : float
        As in `t_test`.
    rope : float
        Region of practical equivalence: differences within [-rope, rope] do not matter. In units of the score.

    Returns
    -------
    Rope
        They sum to 1. NaN where `t_test` has no interval.

    References
    ----------
    G. Corani, A. Benavoli (2015), A Bayesian approach for comparing cross-validated algorithms on multiple data sets,
    Machine Learning 100, 285-304.
    A. Benavoli, G. Corani, J. Demšar, M. Zaffalon (2017), Time for a change: a tutorial for comparing multiple
    classifiers through Bayesian analysis, JMLR 18 (77), 1-36.
    """
    from scipy.special import stdtr

    folds = np.size(differences)
    mean, error = (float(value[0]) for value in _moments(np.atleast_2d(differences), ratio))
    if not math.isfinite(error) or (error == 0 and mean != 0):
        return Rope(math.nan, math.nan, math.nan)
    if error == 0:
        return Rope(0.0, 1.0, 0.0)
    worse, better = (float(stdtr(folds - 1, (side * mean - rope) / error)) for side in (-1, 1))
    return Rope(worse, max(0.0, 1 - worse - better), better)


def _moments(differences: Array, ratio: float) -> tuple[Array, Array]:
    """Means and their corrected standard errors, of differences of shape (pairs, folds)."""
    folds = differences.shape[1]
    known = np.where(np.isfinite(differences).all(axis=1, keepdims=True), differences, np.nan)
    mean = known.mean(axis=1)
    deviation = known.std(axis=1, ddof=1) if folds > 1 else np.full(len(known), np.nan)
    deviation = np.where(deviation <= NOISE * np.abs(mean), 0.0, deviation)
    return mean, deviation * math.sqrt(1 / folds + ratio)


def _corrected(differences: Array, ratio: float) -> tuple[Array, Array, Array, Array, Array]:
    """Mean, low, high, t and p, each of shape (pairs,)."""
    from scipy.special import stdtr, stdtrit

    mean, error = _moments(differences, ratio)
    freedom = differences.shape[1] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((mean == 0) & (error == 0), 0.0, mean / error)
    alike = (error == 0) & (mean != 0)
    half = np.where(alike, np.nan, stdtrit(freedom, 0.975) * error)
    p = np.where(alike, 2.0 ** (1 - differences.shape[1]), 2 * stdtr(freedom, -np.abs(t)))
    return mean, mean - half, mean + half, t, p


@dataclass(frozen=True)
class McNemar:
    """How many rows only the first, and only the second pipeline got right; and whether that is chance."""

    first: int
    second: int
    p: float


def mcnemar(first: Array, second: Array) -> McNemar:
    """The exact McNemar test of two pipelines on the same test split: do both get equally many rows right?

    Parameters
    ----------
    first, second : array of bool, shape (rows,)
        Which rows each got right.

    Returns
    -------
    McNemar
        p is two-sided, and 1 where they are right on the same rows.

    References
    ----------
    Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12, 153-157.
    """
    from scipy.special import bdtr

    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    ours, theirs = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    return McNemar(ours, theirs, min(1.0, 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5))))


def gaps(first: Array, second: Array) -> Array:
    """Differences of scores, the first minus the second; those that are rounding alone are zero.

    Parameters
    ----------
    first, second : array, shape (…, folds)
        Their scores.
    """
    found: Array = first - second
    found[np.abs(found) <= NOISE * (np.abs(first) + np.abs(second))] = 0.0
    return found


# -- many pipelines -----------------------------------------------------------------------------------------------


def holm(p: Array) -> Array:
    """Holm's step-down adjustment: compared with 0.05, they keep the chance of any false alarm at 5 %.

    Parameters
    ----------
    p : array, shape (tests,)
        NaN for what was not tested: it does not count.

    Returns
    -------
    array, shape (tests,)
        At least p and at most 1; NaN where p is.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6,
    65-70.
    """
    adjusted = np.array(p, dtype=float)
    tested = np.flatnonzero(~np.isnan(adjusted))
    tested = tested[np.argsort(adjusted[tested], kind="stable")]
    steps = adjusted[tested] * np.arange(len(tested), 0, -1)
    adjusted[tested] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


@dataclass(frozen=True)
class Pairs:
    """All pairs of cells: row minus column. See `all_pairs`."""

    difference: Array
    low: Array
    high: Array
    p: Array
    adjusted: Array
    tied: Array

    def taken(self, cells: Array) -> "Pairs":
        """The same of some cells, by their numbers, each as often as it is named."""
        squares = (self.difference, self.low, self.high, self.p, self.adjusted)
        difference, low, high, p, adjusted = (square[np.ix_(cells, cells)] for square in squares)
        return Pairs(difference, low, high, p, adjusted, self.tied[cells])


def all_pairs(scores: Array, ratio: float, best: int | None = None) -> Pairs:
    """Each cell against each other on the same folds, by corrected resampled t-tests.

    Parameters
    ----------
    scores : array, shape (cells, folds)
        Scores by fold, the higher the better. A cell with a score that is not finite is left out.
    ratio : float
        Test rows / train rows of a fold.
    best : int, optional
        The number of the best cell, of equal ones the one that is meant; by default the first of the highest mean.

    Returns
    -------
    Pairs
        Of shape (cells, cells): `difference` of the means, its 95 % interval `low`, `high` (of the one pair), `p`, and
        `adjusted`, by Holm over all pairs. NaN for cells left out. Of shape (cells,): `tied`, the cells that are not
        shown to be worse than the best, itself included; never those left out. Of one fold, p is NaN and nothing is
        shown of any cell.

    Notes
    -----
    The best cell is found on the same scores that it is then tested on. All pairs are in the family, so this is paid
    for. In simulation (`tests/benchmarks/statistics.py`) any of 2, 6, 12, 40 equal cells was called worse than the best
    in 5, 3, 3, 2 of 100 comparisons, by naive t-tests in 26, 85, 99, 100. The price is power: of 12 cells with paired
    differences of a standard deviation of 0.013 over the folds, a third of those that are worse by 0.03 are found out.
    """
    scores = np.array(scores, dtype=float)
    cells = len(scores)
    known = np.isfinite(scores).all(axis=1)
    scores[~known] = np.nan
    first, second = np.triu_indices(cells, k=1)
    differences = gaps(scores[first], scores[second])
    mean, low, high, _, p = _corrected(differences, ratio)

    def square(upper: Array, lower: Array, middle: float) -> Array:
        matrix = np.diag(np.where(known, middle, np.nan))
        matrix[first, second], matrix[second, first] = upper, lower
        return matrix

    adjusted = holm(p)
    table = square(adjusted, adjusted, 1.0)
    if best is None:
        best = int(np.argmax(np.where(known, scores.mean(axis=1), -np.inf))) if cells else 0
    tied = known & ~(table[best] <= ALPHA) if cells else known
    return Pairs(
        square(mean, -mean, 0.0), square(low, -high, 0.0), square(high, -low, 0.0), square(p, p, 1.0), table, tied
    )
