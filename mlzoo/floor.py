"""Whether the best row of a leaderboard is shown to be better than who looks at no column."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlzoo import expectation, oof
from mlzoo.record import Record
from mlzoo.stats import paired, weighted
from mlzoo.stats.ranks import Array

DUMMY = "the dummy"


@dataclass(frozen=True)
class Floor:
    """What is scored without looking at any column.

    Attributes
    ----------
    name : str
        The dummy, or who says one class always.
    scores : ndarray of shape (folds,)
        By the metric.
    """

    name: str
    scores: Array


def find(one: Record, metric: str) -> Floor:
    """The dummy of a run, or who always says one class where that is scored higher: see `baseline.constants`.

    What nothing can beat, as always saying yes has a recall of 1, is no floor.
    """
    constant = (one["baseline"].get("constant") or {}).get(metric)
    if constant is not None and not is_best(constant["cv"], metric):
        return Floor(f"always saying {constant['class']!r}", np.array(constant["cv"], dtype=float))
    return Floor(DUMMY, np.array(one["baseline"]["cv"][metric], dtype=float))


def is_best(scores: Array, metric: str) -> bool:
    """Whether scores are the highest that a metric has."""
    return float(np.mean(scores)) >= weighted.limits(metric)[1] - paired.NOISE


def not_beaten(one: Record, metric: str, value: Mapping[str, float] | None) -> str | None:
    """The name of what the best row, whose run is given, is not shown to be better than; None where it is, or unknown.

    It may be the best by luck: the test is of differences that are less by what to expect, `value`, is less than what
    it shows.
    """
    scores, floor = np.array(one["cv"][metric], dtype=float), find(one, metric)
    shuffled = oof.shuffled(one, metric)
    if shuffled is not None and shuffled.mean() > floor.scores.mean():
        floor = Floor("its own answers, shuffled", shuffled)
    gaps, unit = paired.gaps(scores, floor.scores), weighted.has_unit(metric)
    if np.ptp(gaps) <= paired.NOISE and not unit:  # which does not tell how sure it is: of one row less it would
        gaps[0] -= 1 / one["validation"]["test_rows"][0]
    if value is not None and not value.get("torn"):
        shown = value["uncorrected"] if unit and not value["nested"] else float(scores.mean())  # over rows, or folds
        gaps -= max(0.0, shown - value["value"])
    found = paired.t_test(gaps, expectation.ratio(one))
    better = found.mean > 0 and not found.p > paired.ALPHA
    return None if better or not np.isfinite(found.mean) else floor.name
