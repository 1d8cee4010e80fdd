"""The race of a search: a trial is stopped after some of its folds once the rest cannot matter any more.

The fold scores of a trial are compared, fold by fold, with those of the best complete trial. Given the differences so
far, that over all folds has a normal predictive distribution; the trial stops when the probability that it beats the
best by a margin that matters is small. In clinical trials this is stopping for futility by predictive power [1]_; in
cross-validation it is a race [2]_ [3]_ [4]_ [5]_ that ends for ties as well as for losers.

References
----------
.. [1] D. J. Spiegelhalter, L. S. Freedman, P. R. Blackburn (1986), Monitoring clinical trials: conditional or
   predictive power?, Controlled Clinical Trials 7, 8-17.
.. [2] O. Maron, A. W. Moore (1994), Hoeffding races: accelerating model selection search for classification and
   function approximation, NIPS 6, 59-66.
.. [3] M. Kuhn (2014), Futility analysis in the cross-validation of machine learning models, arXiv:1405.6974.
.. [4] M. López-Ibáñez et al. (2016), The irace package: iterated racing for automatic algorithm configuration,
   Operations Research Perspectives 3, 43-58.
.. [5] E. Bergman, L. Purucker, F. Hutter (2024), Don't waste your time: early stopping cross-validation, AutoML,
   PMLR 256, 9:1-31.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

QUANTILE = 1.2815515655446004  # of the standard normal at 0.9: what is less likely than 0.1 is given up
MARGIN = 0.5  # what matters, in standard errors of the best mean


@dataclass(frozen=True)
class Bar:
    """What a trial must beat.

    Attributes
    ----------
    folds : tuple of float
        Fold scores of the best complete trial.
    spread : float
        Standard deviation of a trial's paired differences to them, as seen in earlier trials.
    margin : float
        By how much its mean has to be beaten.
    """

    folds: tuple[float, ...]
    spread: float
    margin: float


def bar(full: Sequence[Sequence[float]], partial: Sequence[Sequence[float]] = ()) -> Bar | None:
    """What further trials must beat, given the fold scores of earlier ones.

    Parameters
    ----------
    full : sequence of sequences of float
        Of the complete trials, in order; one that holds a score that is not finite is passed over.
    partial : sequence of sequences of float
        Of the stopped trials: of their first folds.

    Returns
    -------
    Bar or None
        None where there is nothing to race against: fewer than two complete trials, or a single fold.
    """
    complete = [floats for scores in full if (floats := _finite(scores))]
    longest = max(map(len, complete), default=0)
    complete = [scores for scores in complete if len(scores) == longest]
    if len(complete) < 2 or longest < 2:
        return None
    best = max(complete, key=sum)
    spreads = [_sd(_paired(best, scores)) for scores in complete if scores is not best]
    return Bar(best, statistics.median(spreads), MARGIN * _sd(best) / math.sqrt(len(best)))


def verdict(bar: Bar, scores: Sequence[float]) -> str | None:
    """Whether a trial goes on after its folds so far.

    Parameters
    ----------
    bar : Bar
        What is to be beaten.
    scores : sequence of float
        Of the trial's first folds.

    Returns
    -------
    str or None
        "loser": it will hardly beat the best; "futile": hardly by the margin; None: it goes on. It does so, too, after
        its first fold, after its last one and with scores that are not finite.
    """
    differences = _paired(bar.folds, _finite(scores))
    n, folds = len(differences), len(bar.folds)
    rest = folds - n
    if n < 2 or rest < 1:
        return None
    # the true difference has the prior N(0, spread² / folds), that of the mean of two settings that are alike
    expected = (sum(differences) + rest * sum(differences) / (n + folds)) / folds
    reach = expected + QUANTILE * bar.spread * rest / folds * math.sqrt(1 / (n + folds) + 1 / rest)
    if reach < 0:
        return "loser"
    return "futile" if reach <= bar.margin else None


def estimate(bar: Bar, scores: Sequence[float]) -> float:
    """The mean over all folds that a stopped trial stands for: that of the best plus the mean paired difference.

    Parameters
    ----------
    bar : Bar
        What it was raced against.
    scores : sequence of float
        Of its first folds (at least one).

    Returns
    -------
    float
        The mean of its own scores would tell how easy its folds are as well.
    """
    differences = _paired(bar.folds, [float(score) for score in scores])
    return sum(bar.folds) / len(bar.folds) + sum(differences) / len(differences)


def _finite(scores: Sequence[float]) -> tuple[float, ...]:
    """The scores as plain floats, which never warn; none where one is not finite."""
    floats = tuple(map(float, scores))
    return floats if all(map(math.isfinite, floats)) else ()


def _paired(best: Sequence[float], scores: Sequence[float]) -> list[float]:
    return [score - other for score, other in zip(scores, best, strict=False)]


def _sd(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) * (value - mean) for value in values) / (len(values) - 1))
