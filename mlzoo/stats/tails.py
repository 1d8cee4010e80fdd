"""Rare rows of large loss: how few make most of a mean, and how much more of it those not yet seen may make."""

import math
from typing import Any

import numpy as np

from mlzoo.stats import weighted

Array = np.ndarray[Any, Any]
OF_SQUARES = ("neg_root_mean_squared_error", "neg_mean_squared_error", "r2", "explained_variance")
OF_LOGARITHMS = ("neg_log_loss", "d2_log_loss_score")
FEW_COSTLY, SLIGHT = 10, 0.02  # rows of the greatest log loss, and a log loss that hardly matters


def effective(y: Array, label: Array) -> float:
    """How many rows of equal squared errors would tell as much of their mean, as little as one where a row makes all.

    Parameters
    ----------
    y : ndarray of shape (rows,)
        True values.
    label : ndarray of shape (…, rows)
        What was said of them.

    References
    ----------
    L. Kish (1965), Survey sampling, Wiley: the effective size of a sample of unequal weights.
    """
    squares = (label - y) ** 2
    total = float(squares.sum())
    repeats = squares.size / len(y)
    return total * total / float((squares**2).sum()) / repeats if total > 0 else float(len(y))


def skewness(y: Array, label: Array) -> float:
    """The skewness of the errors of a regression; 0 where they are equal.

    Parameters
    ----------
    y, label
        As in `effective`.
    """
    gaps = (label - y).ravel()
    gaps = gaps - gaps.mean()
    spread = float(np.mean(gaps**2))
    return float(np.mean(gaps**3)) / spread**1.5 if spread > 0 else 0.0


def certain(metric: str, y: Array, score: Array) -> tuple[int, float]:
    """How many rows were told that a class cannot be, and by how much less than it seems a metric of log loss may be.

    One such row that is of that class costs 36, minus the logarithm of `weighted.LEAST`. Where fewer than `FEW_COSTLY`
    have been seen, others may be as many more as the rate of a Poisson distribution may be higher (97.5 %), which no
    interval of the rows that were seen tells. Less than `SLIGHT`, or of less than `FEW_COSTLY` certain rows, is told as
    0.

    Parameters
    ----------
    metric : str
        One of `OF_LOGARITHMS`: of d2 the cost is a share of the log loss of saying the classes' shares.
    y : ndarray of shape (rows,)
        Codes of the classes.
    score : ndarray of shape (…, rows, classes)
        What was said of them; of decision values no row is certain.

    References
    ----------
    F. Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442.
    """
    if not len(y) or not weighted.are_probabilities(score):
        return 0, 0.0
    from scipy.special import chdtri, entr

    score = score.reshape(-1, *score.shape[-2:])
    rows = int((score <= weighted.LEAST).any(axis=(0, 2)).sum())
    wrong = int((weighted.of_truth(y, score) <= weighted.LEAST).any(axis=0).sum())
    if rows < FEW_COSTLY or wrong >= FEW_COSTLY:
        return rows, 0.0
    most = min(float(chdtri(2 * (wrong + 1), 0.025)) / 2, rows)
    excess = (most - wrong) * -math.log(weighted.LEAST) / len(y)
    if metric in weighted.EXPLAINED:
        excess /= max(weighted.LEAST, float(entr(np.bincount(y.astype(int)) / len(y)).sum()))
    return rows, excess if excess > SLIGHT else 0.0
