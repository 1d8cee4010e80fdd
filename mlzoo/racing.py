"""The race of a search: a trial stops once its remaining folds are not worth their fits.

The scores of a trial are compared, fold by fold, with those of the best complete trial. Given the differences so far,
the mean difference over all folds has a normal predictive distribution [1]_, and its expected positive part is what
the trial may still be worth: its expected improvement [2]_. A trial stops when that is less than its remaining folds
cost [3]_, so that besides losers [4]_ [5]_ [6]_ ties stop too, which most trials of a good sampler are.

Each trial takes the folds in an `order` of its own. In one order for all, whatever is good at the last folds is
stopped at the first ones, as often as a sampler asks for the like of it.

References
----------
.. [1] D. J. Spiegelhalter, L. S. Freedman, P. R. Blackburn (1986), Monitoring clinical trials: conditional or
   predictive power?, Controlled Clinical Trials 7, 8-17.
.. [2] D. R. Jones, M. Schonlau, W. J. Welch (1998), Efficient global optimization of expensive black-box functions,
   Journal of Global Optimization 13, 455-492.
.. [3] S. E. Chick, N. Gans (2009), Economic analysis of simulation selection problems, Management Science 55, 421-437.
.. [4] O. Maron, A. W. Moore (1994), Hoeffding races: accelerating model selection search for classification and
   function approximation, NIPS 6, 59-66.
.. [5] M. Kuhn (2014), Futility analysis in the cross-validation of machine learning models, arXiv:1405.6974.
.. [6] M. López-Ibáñez, J. Dubois-Lacoste, L. Pérez Cáceres, M. Birattari, T. Stützle (2016), The irace package:
   iterated racing for automatic algorithm configuration, Operations Research Perspectives 3, 43-58.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Scores = Mapping[int, float] | Sequence[float]  # by fold, or of the first folds

COST = 0.3  # of all folds of a trial, in standard errors of the best mean
OWN = 3  # how many differences the spread in earlier trials counts for, beside a trial's own ones
LIKELY = 1.2815515655446004  # the standard normal's quantile at 0.9


@dataclass(frozen=True)
class Incumbent:
    """What trials must beat; the same for a batch.

    Attributes
    ----------
    folds : tuple of float
        Fold scores of the best complete trial.
    spread : float
        Standard deviation of the differences to them within a trial, as seen in earlier trials.
    error : float
        Standard error of the best mean.
    """

    folds: tuple[float, ...]
    spread: float
    error: float


def most_at_once(before: int) -> int:
    """How many trials are asked for at once after so many: two, so that the race begins soon, and then doubling."""
    return max(2, before)


def order(number: int, folds: int, *, seed: int = 0) -> list[int]:
    """The order in which a trial takes the folds.

    Parameters
    ----------
    number : int
        Of the trial.
    folds : int
        How many there are.
    seed : int
        Of the search.

    Returns
    -------
    list of int
        A permutation of range(folds).
    """
    return [int(fold) for fold in np.random.default_rng([seed, number]).permutation(folds)]


def find_incumbent(full: Sequence[Scores], partial: Sequence[Scores] = ()) -> Incumbent | None:
    """What further trials must beat, given the scores of earlier ones.

    Parameters
    ----------
    full : sequence of mapping or sequence of float
        Scores of the complete trials, by fold.
    partial : sequence of mapping or sequence of float
        Of the stopped trials: of the folds they had.

    Returns
    -------
    Incumbent or None
        None where there is nothing to race against: fewer than two complete trials, or a single fold.
    """
    complete = [_floats(scores) for scores in full]
    if len(complete) < 2 or (size := len(complete[0])) < 2:
        return None
    best = max(complete, key=lambda found: sum(found.values()))
    others = [found for found in complete if found is not best] + [_floats(scores) for scores in partial]
    folds = tuple(best.values())
    spread = _median([_squares(_paired(folds, found)) for found in others])
    return Incumbent(folds, spread, math.sqrt(_squares(folds)[0] / (size - 1) / size))


def verdict(incumbent: Incumbent, scores: Scores) -> str | None:
    """Whether a trial goes on after its folds so far.

    Parameters
    ----------
    incumbent : Incumbent
        What is to be beaten.
    scores : mapping or sequence of float
        The trial's, of the folds it had.

    Returns
    -------
    str or None
        "loser": it is hardly likely to beat the best; "futile": it is not worth its remaining folds; None: it goes on,
        as it does after its first fold and after its last one.
    """
    differences = _paired(incumbent.folds, _floats(scores))
    n, folds = len(differences), len(incumbent.folds)
    rest = folds - n
    if n < 2 or rest < 1:
        return None
    squares, freedom = _squares(differences)
    spread = math.sqrt((OWN * incumbent.spread * incumbent.spread + squares) / (OWN + freedom))
    # the prior of the true difference is N(0, spread² / folds): two settings that are alike
    expected = sum(differences) / folds * (1 + rest / (n + folds))
    deviation = spread * rest / folds * math.sqrt(1 / (n + folds) + 1 / rest)
    if expected + LIKELY * deviation < 0:
        return "loser"
    gain = max(expected, 0.0)
    if deviation > 0:
        z = expected / deviation
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        gain = deviation * density + expected * math.erfc(-z / math.sqrt(2)) / 2
    patience = min(1.0, (2 * n - 1) / folds)  # the first folds say little of what they are worth
    cost = COST * patience * rest / folds * max(incumbent.error, spread / math.sqrt(folds))
    return "futile" if gain <= cost else None


def estimate(incumbent: Incumbent, scores: Scores) -> float:
    """The mean over all folds that a stopped trial stands for: that of the best plus the mean paired difference.

    Parameters
    ----------
    incumbent : Incumbent
        What it was raced against.
    scores : mapping or sequence of float
        The trial's, of the folds it had (at least one).

    Returns
    -------
    float
        Unlike the mean of the trial's scores it does not tell how easy its folds were.
    """
    differences = _paired(incumbent.folds, _floats(scores))
    return sum(incumbent.folds) / len(incumbent.folds) + sum(differences) / len(differences)


def _floats(scores: Scores) -> dict[int, float]:
    """By fold, in their order; plain floats, which overflow without a warning."""
    items = scores.items() if isinstance(scores, Mapping) else enumerate(scores)
    return {fold: float(score) for fold, score in sorted(items)}


def _paired(best: Sequence[float], scores: Mapping[int, float]) -> list[float]:
    return [score - best[fold] for fold, score in scores.items()]


def _squares(values: Sequence[float]) -> tuple[float, int]:
    """Sum of squared deviations from the mean, and degrees of freedom."""
    if len(values) < 2:
        return 0.0, 0
    mean = sum(values) / len(values)
    return sum((value - mean) * (value - mean) for value in values), len(values) - 1


def _median(found: Sequence[tuple[float, int]]) -> float:
    """The root of the median variance, weighted by degrees of freedom: far losers spread widely, and may be many."""
    variances = sorted((squares / freedom, freedom) for squares, freedom in found if freedom)
    half = sum(freedom for _, freedom in variances) / 2
    for variance, freedom in variances:
        half -= freedom
        if half <= 0:
            return math.sqrt(variance)
    return 0.0
