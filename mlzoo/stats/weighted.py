"""Metrics of many resamples at once: of rows that count as often as a resample has drawn them."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mlzoo.stats.paired import NOISE
from mlzoo.stats.scale import on_one_scale
from mlzoo.stats.single import auc, auc_ovo, auc_ovr, average_precision, wilson

Array = np.ndarray[Any, Any]
Weighted = Callable[[Array], Array]  # weights (resamples, rows) -> the metric (resamples,); NaN where it is undefined

LEAST = float(np.finfo(float).eps)  # of a probability, for its logarithm
MAX_COUNTS = 2**21  # of confusion matrices that are made at once
AREAS: dict[str, Callable[[Array, Array, Array, Array | None], Array]] = {  # of several classes
    "roc_auc_ovr": auc_ovr,
    "roc_auc_ovo": auc_ovo,
    "roc_auc_ovr_weighted": partial(auc_ovr, by_share=True),
    "roc_auc_ovo_weighted": partial(auc_ovo, by_share=True),
}
RANKED = ("average_precision", "roc_auc", *AREAS)  # of two classes
AVERAGES = ("macro", "micro", "weighted")
BY_CLASS = ("f1", "precision", "recall", "jaccard")
RATIOS = {"positive_likelihood_ratio": (1, 1), "neg_negative_likelihood_ratio": (-1, 0)}  # the sign, the class said
EXPLAINED = {"d2_log_loss_score": "neg_log_loss", "d2_brier_score": "neg_brier_score"}
OF_EXTREMES = ("neg_max_error",)  # no bootstrap tells how far they may be off: Bickel and Freedman (1981)
ERRORS: dict[str, Callable[[Array, Array], Array]] = {
    "neg_mean_squared_error": lambda y, said: -((said - y) ** 2),
    "neg_mean_absolute_error": lambda y, said: -np.abs(said - y),
    "neg_mean_absolute_percentage_error": lambda y, said: -np.abs(said - y) / np.maximum(np.abs(y), LEAST),
}


def _logarithms(y: Array, score: Array) -> Array:
    return np.log(np.clip(of_truth(y, score), LEAST, None))


def _brier(y: Array, score: Array) -> Array:
    """Minus the squared distances of probabilities from the truth: of two classes halved, as scikit-learn has it."""
    squares = np.einsum("...k,...k->...", score, score, dtype=float)  # without a second array of this size
    return -(squares - 2 * of_truth(y, score) + 1) * (0.5 if score.shape[-1] == 2 else 1)


def of_truth(y: Array, score: Array) -> Array:
    """The probability of the class that each row is of."""
    return score[..., np.arange(len(y)), y.astype(int)]


OF_PROBABILITIES = {"neg_log_loss": _logarithms, "neg_brier_score": _brier}


def of_rows(metric: str, y: Array, label: Array, score: Array, classes: int | None) -> Array | None:
    """The score of each row, of a metric that is their mean, such as accuracy, log loss, Brier score or squared error.

    Parameters
    ----------
    metric : str
        scikit-learn's name.
    y : ndarray of shape (rows,)
        Codes of the classes, or numbers.
    label : ndarray of shape (…, rows)
        What was said of them.
    score : ndarray of shape (…, rows, classes)
        Probabilities, or decision values; without a class where there are none.
    classes : int or None
        How many; None for regression.

    Returns
    -------
    ndarray of shape (…, rows) or None
        None where the metric is no such mean.
    """
    if metric == "accuracy":
        return np.equal(label, y).astype(float)
    if metric in ERRORS and classes is None:
        return ERRORS[metric](y, label)
    if metric in OF_PROBABILITIES and classes is not None and are_probabilities(score):
        return OF_PROBABILITIES[metric](y, score)
    return None


def are_probabilities(score: Array) -> bool:
    """Whether values by class are probabilities, and no decision values."""
    return bool(score.shape[-1] > 1 and (score >= 0).all() and np.allclose(score.sum(axis=-1), 1, atol=1e-4))


def is_of_ranks(metric: str, classes: Any) -> bool:
    """Whether a metric of these classes is of the order of the rows' scores alone, and found by `find`."""
    return metric in RANKED and (len(classes) == 2 or metric in AREAS)


def find(
    metric: str, y: Array, label: Array, score: Array, classes: int | None, fold: Array | None = None
) -> Weighted | None:
    """A metric of weighted rows.

    Parameters
    ----------
    metric, y, label, score, classes
        As in `of_rows`, of one setting: label (rows,), score (rows, classes).
    fold : array of int, shape (rows,), optional
        In which each row was held out, where scores of several folds are to be ranked as each has a model of its own.

    Returns
    -------
    callable or None
        Takes weights of shape (resamples, rows); None where the metric is not known here.
    """
    rows = of_rows(metric, y, label, score, classes)
    if rows is not None:
        return lambda weights: _mean(weights, rows)
    if classes is None:
        return _of_numbers(metric, y, label)
    if metric in RANKED and classes == 2 and score.shape[-1] and np.isfinite(score[:, -1]).all():
        positive, one = y == 1, sharp(score)[:, -1]
        if metric != "average_precision":
            return lambda weights: auc(positive, one, weights, fold)
        ranked = one if fold is None else on_one_scale(positive, one, fold)
        return lambda weights: average_precision(positive, ranked, weights)
    of_areas = AREAS.get(metric)
    if of_areas is not None and score.shape[-1] == classes and np.isfinite(score).all():
        of_classes = sharp(score)
        return lambda weights: of_areas(y, of_classes, weights, fold)
    if metric in EXPLAINED and are_probabilities(score):
        return _explained(EXPLAINED[metric], y, score)
    of_confusion = of_counts(metric, classes)
    if of_confusion is None:
        return None
    at_once = max(1, MAX_COUNTS // classes**2)

    def of_resamples(weights: Array) -> Array:
        parts = np.array_split(weights, math.ceil(len(weights) / at_once))
        return np.concatenate([of_confusion(_counts(part, y, label, classes)) for part in parts])

    return of_resamples


def sharp(score: Array) -> Array:
    """Scores, and probabilities of single precision that are near 1 as what others leave, which tells these apart.

    Others, of which many are equal as those of neighbours and trees, would differ by how what is left is rounded.
    """
    if score.dtype != np.float32 or not are_probabilities(score):
        return score
    exact = score.astype(float)
    return np.where(exact > 0.999, 1 - (exact.sum(axis=1, keepdims=True) - exact), exact)


def has_unit(metric: str) -> bool:
    """Whether a metric is an error in the unit of the target, or in a power of it."""
    of_unit = ("neg_mean_", "neg_root_mean_", "neg_median_", "neg_max_")
    return metric.startswith(of_unit) and not any(part in metric for part in ("_log_", "percentage", "_gamma_"))


def limits(metric: str) -> tuple[float, float]:
    """The least and the greatest value that a metric can have; of one of the user's own they are not known."""
    if "." in metric:
        return -math.inf, math.inf
    if metric == "matthews_corrcoef":
        return -1.0, 1.0
    if metric.startswith("neg_"):
        return -math.inf, 0.0
    if metric in ("r2", "explained_variance") or metric.startswith("d2_"):
        return -math.inf, 1.0
    if metric == "positive_likelihood_ratio":
        return 0.0, math.inf
    shares = ("accuracy", "balanced_accuracy", "average_precision", "top_k_accuracy")
    if metric in shares or metric.partition("_")[0] in BY_CLASS or metric.startswith("roc_auc"):
        return 0.0, 1.0
    return -math.inf, math.inf


def _mean(weights: Array, rows: Array) -> Array:
    with np.errstate(invalid="ignore"):  # no row is left
        mean: Array = weights @ rows / weights.sum(axis=1)
    return mean


def _of_numbers(metric: str, y: Array, said: Array) -> Weighted | None:
    error = (said - y) ** 2
    if metric == "neg_root_mean_squared_error":
        return lambda weights: -np.sqrt(_mean(weights, error))
    if metric not in ("r2", "explained_variance"):
        return None
    away, off = y - y.mean(), said - y
    if metric == "explained_variance":  # which no shift changes, and squares of a large one would lose digits
        off = off - off.mean()
        error = off**2

    def explained(weights: Array) -> Array:
        squares = _mean(weights, away**2)
        spread = squares - _mean(weights, away) ** 2
        left = _mean(weights, error) - (_mean(weights, off) ** 2 if metric == "explained_variance" else 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(spread > NOISE * squares, 1 - left / spread, np.nan)  # of equal values rounding is left

    return explained


def _explained(metric: str, y: Array, score: Array) -> Weighted:
    """How much less is lost than by probabilities that are the shares of the classes among the rows themselves."""
    loss, classes = OF_PROBABILITIES[metric], score.shape[1]
    rows = loss(y, score)

    def d2(weights: Array) -> Array:
        shares = np.stack([_mean(weights, y == code) for code in range(classes)], axis=1)
        said = np.broadcast_to(shares[:, None], (len(shares), classes, classes))
        null = (shares * loss(np.arange(classes), said)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):  # rows of one class leave nothing to be explained
            return np.where(null < 0, 1 - _mean(weights, rows) / null, np.nan)

    return d2


def _counts(weights: Array, y: Array, label: Array, classes: int) -> Array:
    """Confusion matrices, shape (resamples, true class, class said)."""
    pair = y.astype(int) * classes + label.astype(int)
    order = np.argsort(pair, kind="stable")
    present, starts = np.unique(pair[order], return_index=True)
    found = np.zeros((len(weights), classes * classes))
    found[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
    return found.reshape(-1, classes, classes)


def of_counts(metric: str, classes: int) -> Weighted | None:
    """A metric of confusion matrices.

    Parameters
    ----------
    metric : str
        scikit-learn's name.
    classes : int
        How many.

    Returns
    -------
    callable or None
        Takes counts of shape (matrices, true class, class said), and returns the metric of each; None where it is no
        metric of what is said of each row.
    """
    if metric == "accuracy":
        return lambda counts: _ratio(_hits(counts).sum(axis=1), counts.sum(axis=(1, 2)))
    if metric == "balanced_accuracy":
        return lambda counts: _average(_ratio(_hits(counts), counts.sum(axis=2)), counts.sum(axis=2) > 0)
    if metric == "matthews_corrcoef":
        return _matthews
    if metric in RATIOS and classes == 2:
        return lambda counts: _likelihood_ratio(counts, *RATIOS[metric])
    name, _, average = metric.partition("_")
    if name not in BY_CLASS or (average and average not in AVERAGES) or (not average and classes != 2):
        return None
    return lambda counts: _of_classes(counts, name, average)


def _of_classes(counts: Array, name: str, average: str) -> Array:
    hits, true, said = _hits(counts), counts.sum(axis=2), counts.sum(axis=1)
    over = {"precision": said, "recall": true, "f1": (true + said) / 2, "jaccard": true + said - hits}[name]
    if average == "micro":
        found = _ratio(hits.sum(axis=1), over.sum(axis=1))
    else:
        by_class = _ratio(hits, over)
        if average == "macro":
            found = _average(by_class, true + said > 0)
        else:
            found = _ratio((by_class * true).sum(axis=1), true.sum(axis=1)) if average else by_class[:, 1]
    found[true.sum(axis=1) == 0] = np.nan  # no row is left
    return found


def _matthews(counts: Array) -> Array:
    hits, true, said = _hits(counts).sum(axis=1), counts.sum(axis=2), counts.sum(axis=1)
    total = true.sum(axis=1)
    spread = (total**2 - (true**2).sum(axis=1)) * (total**2 - (said**2).sum(axis=1))
    found = _ratio(hits * total - (true * said).sum(axis=1), np.sqrt(spread))
    found[total == 0] = np.nan
    return found


def reach(metric: str, y: Array, label: Array, classes: int) -> tuple[float, float]:
    """From where to where a metric goes where one class is found as often as Wilson's interval of its share allows.

    Resamples do not tell of a class that was found never, always or once: they hold no other rows.

    Parameters
    ----------
    metric : str
        scikit-learn's name.
    y : array, shape (rows,)
        True class of each row, from 0.
    label : array, shape (repeats, rows)
        Class said, in each repeat of the folds.
    classes : int
        How many.

    Returns
    -------
    low, high : float
        NaN of accuracy, and where the metric is none of what is said of each row.
    """
    of = None if metric == "accuracy" else of_counts(metric, classes)
    if of is None:
        return math.nan, math.nan
    counts = np.zeros((classes, classes))
    for said in label:
        np.add.at(counts, (y.astype(int), said.astype(int)), 1 / len(label))
    found = []
    for true in np.flatnonzero(counts.any(axis=1)):
        rows, hits = counts[true].sum(), counts[true, true]
        wrong = np.delete(counts[true], true)
        shares = wrong / wrong.sum() if wrong.any() else np.full(classes - 1, 1 / (classes - 1))
        for share in wilson(hits, rows):
            moved = counts.copy()
            moved[true] = np.insert(shares * rows * (1 - share), true, rows * share)
            found.append(float(of(moved[None])[0]))
    return float(np.nanmin(found)), float(np.nanmax(found))


def _likelihood_ratio(counts: Array, sign: int, said: int) -> Array:
    """How much more often a class is said of positive rows than of negative ones; 1 where of these never."""
    true = counts.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = counts[:, 1, said] * true[:, 0] / (counts[:, 0, said] * true[:, 1])
    found = sign * np.where(counts[:, 0, said] > 0, ratio, 1.0)
    there = true + counts.sum(axis=1) > 0
    found[~there.all(axis=1)] = np.nan  # of one class scikit-learn has no ratio
    return found


def _hits(counts: Array) -> Array:
    return np.diagonal(counts, axis1=1, axis2=2)


def _ratio(above: Array, below: Array) -> Array:
    """Zero where there is nothing to divide by, as scikit-learn has it."""
    return np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0)


def _average(by_class: Array, present: Array) -> Array:
    """Over the classes that are there."""
    with np.errstate(invalid="ignore"):
        found: Array = np.where(present, by_class, 0).sum(axis=1) / present.sum(axis=1)
    return found
