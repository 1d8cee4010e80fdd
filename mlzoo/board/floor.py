"""Whether the best row of a leaderboard is shown to be better than guesses that look at no column."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from mlzoo.baseline import AHEAD, MAX_CLASSES, always_saying
from mlzoo.board import expectation, oof
from mlzoo.record import Record
from mlzoo.stats import paired, weighted

Array = np.ndarray[Any, Any]
DUMMY, SHUFFLED = "the dummy", "its own answers, shuffled"


@dataclass(frozen=True)
class Floor:
    """What is scored without looking at any column.

    Attributes
    ----------
    name : str
        The dummy, always saying one class, or the median, or a row's own answers in a random order.
    scores : ndarray of shape (folds,)
        By the metric; NaN where folds do not tell.
    whole : float
        Over all rows that were held out, at once; NaN where that is not known.
    """

    name: str
    scores: Array
    whole: float = math.nan


def find(one: Record, metric: str) -> Floor:
    """The dummy of a run, or always saying one class, or the median, where that is scored higher.

    See `baseline.constants` and `baseline.medians`.

    What nothing can beat, as always saying yes has a recall of 1, is no floor: its scores are NaN.
    """
    constant = (one["baseline"].get("constant") or {}).get(metric)
    if constant is not None and not is_best(constant["cv"], metric):
        return Floor(always_saying(constant), np.array(constant["cv"], dtype=float))
    dummy = np.array(one["baseline"]["cv"][metric], dtype=float)
    return Floor(DUMMY, np.full(len(dummy), np.nan) if is_best(dummy, metric) else dummy)


def is_best(scores: Any, metric: str) -> bool:
    """Whether scores are the highest that a metric has."""
    rounding = 0.0 if weighted.has_unit(metric) else paired.NOISE  # an error in a large unit may be as small as that
    return float(np.mean(np.asarray(scores, dtype=float))) >= weighted.limits(metric)[1] - rounding


def not_beaten(one: Record, metric: str, value: Mapping[str, float] | None) -> str | None:
    """The name of what the best row, whose run is given, is not shown to be better than; None where it is, or unknown.

    It is shown where the interval of what to expect, `value`, lies above the floor, or where the differences on the
    folds are no chance. As the row may be the best by luck, these are less by what to expect is less than it shows.
    """
    floors = _floors(one, metric)
    whole = max((of for of in floors if math.isfinite(of.whole)), key=lambda of: of.whole, default=None)
    least = max((of for of in floors if np.isfinite(of.scores).all()), key=lambda of: of.scores.mean(), default=None)
    low = value["low"] if value is not None and not value["nested"] else math.nan
    p = _chance(one, metric, least, value) if least is not None else math.nan
    if whole is None or low > whole.whole or p <= paired.ALPHA / 2 or (math.isnan(low) and math.isnan(p)):
        return None
    if not one["data"].get("classes"):  # the median is a floor where it is clearly ahead alone
        return whole.name
    dummy = next((of for of in floors if of.name == DUMMY), whole)
    ahead = max(whole.whole - dummy.whole, float(np.mean(whole.scores) - np.mean(dummy.scores)))
    return DUMMY if ahead < AHEAD and dummy is not whole else whole.name


def _chance(one: Record, metric: str, least: Floor, value: Mapping[str, float] | None) -> float:
    """How likely a row that is no better than a floor is ahead of it by as much on the folds; NaN where unknown."""
    scores = np.array(one["cv"][metric], dtype=float)
    gaps, unit = paired.gaps(scores, least.scores), weighted.has_unit(metric)
    if np.ptp(gaps) <= paired.NOISE and not unit:  # which does not tell how sure it is: of one row less it would
        gaps[0] -= 1 / one["validation"]["test_rows"][0]
    if value is not None and not value.get("torn"):
        of_rows = (unit or oof.is_sample(one)) and not value["nested"]  # what to expect is of rows alone, or of some
        shown = value["uncorrected"] if of_rows else float(scores.mean())
        gaps -= max(0.0, shown - value["value"])
    found = paired.t_test(gaps, expectation.ratio(one))
    return 1.0 if found.mean <= 0 else float(found.p) / 2


def _floors(one: Record, metric: str) -> list[Floor]:
    """The dummy, each class, and the row's own answers, but for what nothing can beat."""
    dummy = np.array(one["baseline"]["cv"][metric], dtype=float)
    classes = one["data"].get("classes") or []
    of_dummy = Floor(DUMMY, dummy, _whole(one, metric, dummy))
    held = oof.confusion(one) if len(classes) <= MAX_CLASSES else None
    of_counts = weighted.of_counts(metric, len(classes))
    if held is None or of_counts is None:
        always = find(one, metric)
        if not classes and always.name != DUMMY:
            always = replace(always, whole=_whole(one, metric, always.scores))
        return [of for of in (of_dummy, always) if not is_best(of.scores, metric)]
    counts, repeat = held
    every = np.array([counts[repeat == at].sum(axis=0) for at in np.unique(repeat)])
    whole = partial(np.average, weights=every.sum(axis=(1, 2)))
    tells = metric == "accuracy" or bool((counts.sum(axis=2) > 0).all())  # a fold without a class has a best of its own
    said: dict[str, Callable[[Array], Array]] = {
        f"always saying {of!r}": partial(_always, at=at) for at, of in enumerate(classes)
    }
    if metric.partition("_")[0] in weighted.BY_CLASS:
        said[SHUFFLED] = _shuffled
    # of a sample of the rows the floor has the luck that the row's own scores have there
    luck = of_counts(counts) - np.array(one["cv"][metric], dtype=float) if oof.is_sample(one) else 0.0
    found = [
        Floor(name, of_counts(of(counts)) - luck if tells else dummy * np.nan, float(whole(of_counts(of(every)))))
        for name, of in said.items()
    ]
    floors = [*([of_dummy] if tells else []), *found]
    return [of for of in floors if not (is_best(of.scores, metric) or is_best(of.whole, metric))]


def _whole(one: Record, metric: str, scores: Array) -> float:
    """The score over all rows at once of what has these on the folds."""
    if metric == "r2":
        return _of_all_rows(one, scores)
    rows = one["validation"]["test_rows"]  # folds of whole groups differ in size
    if metric == "neg_root_mean_squared_error":
        return -math.sqrt(np.average(scores**2, weights=rows))
    return float(np.average(scores, weights=rows))


def _of_all_rows(one: Record, scores: Array) -> float:
    """The r2 over all rows at once of what has these on the folds, whose mean is far lower in folds of few rows."""
    try:
        held = oof.chosen(one)
    except oof.UnknownError:
        return float(scores.mean())
    found, every = [], held["split"] >= 0
    for split, rows in zip(held["split"], every, strict=True):
        y, fold = held["y"][rows].astype(float), split[rows]
        counts = np.maximum(1, np.bincount(fold, minlength=len(scores)))
        means, squares = (np.bincount(fold, of, len(scores)) / counts for of in (y, y**2))
        errors = (1 - scores) * (squares - means**2)  # their mean square, in each fold
        found.append(1 - float(errors[fold].mean() / y.var()) if y.var() > 0 else math.nan)
    return float(np.average(found, weights=every.sum(axis=1))) if np.isfinite(found).all() else float(scores.mean())


def _always(counts: Array, at: int) -> Array:
    """The counts where one class is always said."""
    found = np.zeros_like(counts)
    found[:, :, at] = counts.sum(axis=2)
    return found


def _shuffled(counts: Array) -> Array:
    """The counts that are expected where what is said comes in a random order."""
    true, said = counts.sum(axis=2), counts.sum(axis=1)
    return true[:, :, None] * said[:, None, :] / np.maximum(1, true.sum(axis=1))[:, None, None]
