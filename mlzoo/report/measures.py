"""What the page's charts show, as plain numpy functions of truth, predictions and scores."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlzoo.stats.single import Z95, wilson

Array = np.ndarray[Any, Any]
POINTS = 200  # of a curve


def confusion(truth: Array, label: Array, classes: int) -> Array:
    """Counts of shape (truth, prediction); both are numbers of classes, what is no class is left out."""
    counts = np.zeros((classes, classes), dtype=int)
    known = (truth >= 0) & (label >= 0) & (truth < classes) & (label < classes)
    np.add.at(counts, (truth[known], label[known]), 1)
    return counts


def roc(positive: Array, score: Array) -> tuple[Array, Array, float]:
    """False positive rate, true positive rate and the area; NaN where one of the classes is missing."""
    if not len(positive) or positive.all() or not positive.any():
        return np.array([]), np.array([]), float("nan")
    from sklearn.metrics import roc_curve

    x, y, _ = roc_curve(positive, score, drop_intermediate=False)
    return x, y, float(np.trapezoid(y, x))


def precision_recall(positive: Array, score: Array) -> tuple[Array, Array, float]:
    """Recall, precision and the average precision; NaN where no row is positive."""
    if not len(positive) or not positive.any():
        return np.array([]), np.array([]), float("nan")
    from sklearn.metrics import precision_recall_curve

    precision, recall = (of[-2::-1] for of in precision_recall_curve(positive, score)[:2])  # without its end at 0 and 1
    return recall, precision, float(np.sum(np.diff(np.append(0, recall)) * precision))


def thinned(x: Array, y: Array, most: int = POINTS) -> tuple[Array, Array]:
    """At most `most` points of a curve, spread evenly along it, both ends among them."""
    if len(x) <= most:
        return x, y
    along = np.append(0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    at = np.unique(np.searchsorted(along, np.linspace(0, along[-1], most)))
    at[-1] = len(x) - 1
    return x[at], y[at]


def calibration(
    hit: Array, probability: Array, bins: int = 10, *, repeats: float = 1, groups: Array | None = None
) -> list[dict[str, float]]:
    """Mean probability and share of hits with its 95 % interval, in bins that hold about as many rows each.

    A row that was predicted in each of several repetitions tells no more than once how often it comes true: the
    interval is that of as many times fewer rows. Rows of one of the `groups` (rows,) tell less too: see `_times`.
    `alone` is as how many rows that stand alone they count.
    """
    order = np.argsort(probability, kind="stable")
    found = []
    for part in np.array_split(order, min(bins, len(order))):
        hits = int(hit[part].sum())
        effect, few = (1.0, 1.0) if groups is None else _times(hit[part], groups[part])
        times = max(repeats, effect * few)
        low, high = wilson(hits / times, len(part) / times) if np.isfinite(times) else (float("nan"), float("nan"))
        mean = float(probability[part].mean())
        one = {"mean": mean, "share": hits / len(part), "low": low, "high": high}
        found.append({**one, "rows": len(part), "alone": len(part) / max(repeats, effect)})
    return found


def _times(hit: Array, groups: Array) -> tuple[float, float]:
    """How many rows of groups tell as much of a share as one that stands alone; infinite of one group alone.

    The design effect, by the spread of the groups' sums, and how many times more an interval takes for few groups.
    Where all rows are alike it is that of groups whose rows are.

    References
    ----------
    E. L. Korn, B. I. Graubard (1998), Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data, Survey Methodology 24, 193-201.
    """
    from scipy.special import stdtrit

    own = np.unique(groups, return_inverse=True)[1]
    units, rows, share = int(own.max()) + 1, len(hit), float(hit.mean())
    if units < 2:
        return float("inf"), 1.0
    spread = float(np.sum(np.bincount(own, hit - share) ** 2)) * units / (units - 1)
    effect = spread / (rows * share * (1 - share)) if 0 < share < 1 else rows / units
    return effect, (float(stdtrit(units - 1, 0.975)) / Z95) ** 2


def calibration_error(bins: Sequence[dict[str, float]]) -> float:
    """Mean distance of probability and share, over the rows."""
    rows = sum(one["rows"] for one in bins)
    return sum(one["rows"] * abs(one["mean"] - one["share"]) for one in bins) / rows


def chance_error(bins: Sequence[dict[str, float]]) -> float:
    """The mean distance that probabilities which are right have by chance, the more the fewer rows; NaN if unknown.

    It is that of shares which are normal: sqrt(2 / pi) standard errors.
    """
    rows = sum(one["rows"] for one in bins)
    squares = [one["mean"] * (1 - one["mean"]) / one["alone"] if one["alone"] else math.nan for one in bins]
    errors = sum(one["rows"] * math.sqrt(square) for one, square in zip(bins, squares, strict=True))
    return math.sqrt(2 / math.pi) * errors / rows


def pareto(score: Sequence[float], cost: Sequence[float]) -> list[int]:
    """The points that none beats in both: no higher score at no higher cost. By rising cost."""
    order = sorted(range(len(score)), key=lambda at: (cost[at], -score[at]))
    front: list[int] = []
    for at in order:
        if not front or score[at] > score[front[-1]]:
            front.append(at)
    return front


def sample(count: int, most: int) -> Array:
    """At most `most` of `count` row numbers, the same ones each time."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))
