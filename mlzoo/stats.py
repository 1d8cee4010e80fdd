"""Statistics of scores: plain functions of numbers and arrays."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Z95 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


def wilson(successes: int, n: int) -> tuple[float, float]:
    """95 % score interval of a share, such as the accuracy on a test split.

    Parameters
    ----------
    successes, n : int
        Correct rows, all rows (n >= 1).

    Returns
    -------
    low, high : float
        Within [0, 1].

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.
    """
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return 0.0 if successes == 0 else centre - half, 1.0 if successes == n else centre + half


def bootstrap(
    statistic: Callable[[np.ndarray[Any, Any]], float], n: int, *, seed: int, resamples: int = 500, jackknife: int = 500
) -> tuple[float, float]:
    """95 % bootstrap interval (BCa) of a statistic of n rows.

    Parameters
    ----------
    statistic : callable
        Takes row numbers, an int array of shape (n,), and returns a float.
    n : int
        Number of rows.
    seed : int
        Of the resampling.
    resamples : int
        How often the rows are drawn with replacement.
    jackknife : int
        In how many groups rows are left out for the acceleration (at most n).

    Returns
    -------
    low, high : float
        NaN where the statistic is defined for less than half of the resamples.

    References
    ----------
    B. Efron (1987), Better bootstrap confidence intervals, JASA 82, 171-185.
    """
    from scipy.special import ndtr, ndtri

    rng = np.random.default_rng(seed)
    observed = statistic(np.arange(n))
    drawn = np.array([_defined(statistic, rng.integers(0, n, n)) for _ in range(resamples)])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < resamples / 2 or not math.isfinite(observed):
        return math.nan, math.nan
    below = (np.sum(drawn < observed) + np.sum(drawn == observed) / 2) / len(drawn)
    bias = float(ndtri(np.clip(below, 1 / (2 * len(drawn)), 1 - 1 / (2 * len(drawn)))))
    groups = np.array_split(rng.permutation(n), min(jackknife, n))
    left_out = np.array([_defined(statistic, np.delete(np.arange(n), group)) for group in groups])
    gaps = np.nanmean(left_out) - left_out if np.isfinite(left_out).any() else np.zeros(1)
    gaps = gaps[np.isfinite(gaps)]
    spread = float(np.sum(gaps**2)) ** 1.5
    acceleration = float(np.sum(gaps**3)) / (6 * spread) if spread > 0 else 0.0
    levels = [float(ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))) for z in (-Z95, Z95)]
    low, high = np.quantile(drawn, levels)
    return float(low), float(high)


def _defined(statistic: Callable[[np.ndarray[Any, Any]], float], rows: np.ndarray[Any, Any]) -> float:
    try:
        return float(statistic(rows))
    except ValueError:  # a resample that holds one class alone
        return math.nan
