"""How sure the score on the test split is."""

import math
import warnings
from typing import Any

import numpy as np

from mlzoo.answers import Answers, class_codes, codes
from mlzoo.evaluate import Scored
from mlzoo.stats import single, tails, weighted
from mlzoo.tables.data import Data

MIN_GROUPS = 5  # for an interval
MIN_OF_CLASS = 5  # rows of each class, or of a regression, for an interval of another metric than accuracy
MANY = 50_000  # rows of which a score is normal, and to be drawn again and again would take long
MANY_OF_CLASS = 1_000  # rows of each class then, or as if of equal squared errors


def interval(
    metric: str, scorer: Any, given: Answers, test: Scored, table: Data, seed: int, groups: Any = None
) -> list[float]:
    """95 % interval of the metric on the test split: Wilson's for accuracy, else the bootstrap's, of rows or groups.

    Of so many rows that the score is normal it is the jackknife's, which takes a fraction of the time.

    NaN where all resamples say the same, such as an area under the curve of 1: how far it may be off is not known then;
    of the greatest error, for which the bootstrap does not hold; of few groups or rows, or few rows of a class, which
    say little of others; and where the score itself is not known. Of a log loss the low end is lower by what answers
    that are given as certain may yet cost.
    """
    few = groups is not None and len(np.unique(groups)) < MIN_GROUPS
    if metric in weighted.OF_EXTREMES or few or (metric != "accuracy" and rarest(table) < MIN_OF_CLASS):
        return [math.nan, math.nan]
    if not math.isfinite(test.scores[metric]):
        return [math.nan, math.nan]
    low, high = _ends(metric, scorer, given, test, table, seed, groups)
    low -= _of_certain(metric, table, test) if metric in tails.OF_LOGARITHMS else 0.0
    return [low, high] if high - low > 1e-12 * max(abs(low), abs(high)) else [math.nan, math.nan]


def _of_certain(metric: str, table: Data, test: Scored) -> float:
    """What answers given as certain may yet cost: see `tails.certain`."""
    if table.labels is None or test.proba is None:
        return 0.0
    return tails.certain(metric, class_codes(table.y_test, table.labels), test.proba)[1]


def rarest(table: Data) -> int:
    """Of how many rows of the test split the class is that has the fewest there; for regression, how many there are."""
    if table.labels is None:
        return len(table.y_test)
    return int(np.bincount(class_codes(table.y_test, table.labels), minlength=len(table.labels)).min())


def _ends(
    metric: str, scorer: Any, given: Answers, test: Scored, table: Data, seed: int, groups: Any
) -> tuple[float, float]:
    n = len(table.y_test)
    if metric == "accuracy" and groups is None:
        return single.wilson(round(test.scores[metric] * n), n)
    y = table.y_test if table.labels is None else class_codes(table.y_test, table.labels)
    score = np.empty((n, 0)) if test.proba is None else test.proba
    truth = table.y_test if table.labels is None else codes(table.y_test, table.labels)

    def of_rows(rows: Any) -> float:
        with warnings.catch_warnings(action="ignore"):  # a resample may hold one class alone
            return given.take(rows).score(scorer, truth[rows])

    found = weighted.find(metric, y, test.label, score, None if table.labels is None else len(table.labels))
    if found is not None and math.isclose(found(np.ones((1, n)))[0], test.scores[metric], rel_tol=1e-9, abs_tol=1e-12):
        statistic, resamples = found, 2000
    else:
        statistic, resamples = single.by_rows(of_rows), 500
    even = table.labels is not None or tails.effective(y, test.label) >= MANY_OF_CLASS
    units = n if groups is None else len(np.unique(groups))
    if units >= single.PARTS and n >= MANY and rarest(table) >= MANY_OF_CLASS and even:
        low, high = single.jackknife(statistic, n, seed=seed, groups=groups)
    else:
        low, high = single.bootstrap(statistic, n, seed=seed, resamples=resamples, groups=groups)
    if table.labels is not None and math.isfinite(low):  # of groups no less, whose rows tell less
        ends = weighted.reach(metric, y, test.label[None], len(table.labels))
        low, high = float(np.fmin(low, ends[0])), float(np.fmax(high, ends[1]))
    least, most = weighted.limits(metric)
    return max(low, least), min(high, most)
