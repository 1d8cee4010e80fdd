"""Out-of-fold predictions resampled, by whichever metric."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from mlzoo import evaluate
from mlzoo.answers import Answers, codes
from mlzoo.board import oof
from mlzoo.errors import ConfigError
from mlzoo.stats import optimism, single, weighted

Array = np.ndarray[Any, Any]


def resampled(
    metric: str,
    y: Array,
    label: Array,
    score: list[Array],
    there: Array,
    fold: Array | None,
    classes: list[Any] | None,
    rest: Mapping[str, Any],
) -> optimism.Expected | None:
    """The corrected estimate of any metric, by the fastest way that there is to it.

    Parameters
    ----------
    metric : str
        scikit-learn's name, or that of one's own.
    y : ndarray of shape (rows,)
        Codes of the classes, or numbers.
    label : ndarray of shape (settings, repeats, rows)
        What was said; of a repeat that has not held a row out, anything.
    score : list of ndarray of shape (settings of a run, repeats, rows, classes)
        Of each run, probabilities or decision values.
    there : ndarray of bool, shape (repeats, rows)
        Which rows each repeat has held out.
    fold : ndarray of shape (repeats, rows) or None
        In which fold, where scores of several are to be ranked: see `weighted.find`.
    classes : list or None
        None of regression.
    rest : mapping
        seed, stopped, runs and groups of `optimism.of_means`.

    Returns
    -------
    optimism.Expected or None
        None where the metric needs what was not recorded.

    Raises
    ------
    oof.UnknownError
        If a metric of one's own is not at hand, or is a sum over rows.
    """
    count = len(classes) if classes is not None else None
    alike = len({part.shape[-1] for part in score}) == 1
    by_class = np.concatenate(score) if alike else np.empty((*label.shape, 0))
    rows = weighted.of_rows(metric, y, label, by_class, count)
    if rows is not None:
        return optimism.of_means(rows, held=there, **rest)
    trials = [one for part in score for one in part]
    sizes = there.sum(axis=1, keepdims=True)
    parts = [slice(None) if held.all() else np.flatnonzero(held) for held in there]

    def of_repeat(at: int, repeat: int) -> weighted.Weighted | None:
        held, own = parts[repeat], None if fold is None else fold[repeat, parts[repeat]]
        return weighted.find(metric, y[held], label[at, repeat, held], trials[at][repeat, held], count, own)

    of_trials = [[of_repeat(at, repeat) for repeat in range(label.shape[1])] for at in range(len(label))]
    if any(of is None for found in of_trials for of in found):
        return generic(metric, y, label, trials, there, classes, rest)

    def one(setting: int, weights: Array) -> Array:
        of_repeats = zip(of_trials[setting], parts, strict=True)
        found = np.array([of(weights[:, held]) for of, held in of_repeats if of is not None])
        known = np.where(np.isfinite(found), sizes, 0)  # a repeat may hold out few rows
        with np.errstate(invalid="ignore"):
            mean: Array = (np.nan_to_num(found) * known).sum(axis=0) / known.sum(axis=0)
        return mean

    return optimism.of_weighted(one, len(label), len(y), **rest)


def generic(
    metric: str,
    y: Array,
    label: Array,
    score: list[Array],
    there: Array,
    classes: list[Any] | None,
    rest: Mapping[str, Any],
) -> optimism.Expected | None:
    """Any metric, from the answers as they were recorded."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    try:
        (scorer,) = evaluate.find_scorers(metric, (), "classification" if classes else "regression").values()
    except ConfigError as error:  # one of the user's own, which is not at hand
        raise oof.UnknownError(str(error).removesuffix(".")) from error
    if classes is None:
        model: Any = DummyRegressor().fit(np.zeros((2, 1)), [0.0, 1.0])
        names, truth = None, y
    else:
        names = np.array(classes)
        model = DummyClassifier().fit(np.zeros((len(names), 1)), names)
        truth = codes(names[y], names)

    def one(setting: int, rows: Array) -> float:
        values, sizes = [], []
        for repeat, held in enumerate(there):
            at = rows[held[rows]]
            if not len(at):
                continue
            sizes.append(held.sum())
            said = label[setting, repeat, at]
            by_method = {"predict": said if names is None else codes(names[said], names)}
            given = score[setting][repeat, at].astype(float)  # what metrics take for zero depends on the precision
            given = given[:, np.isfinite(given).all(axis=0)]
            if weighted.are_probabilities(given):
                by_method["predict_proba"] = given / given.sum(axis=1, keepdims=True)
            elif given.shape[-1]:
                by_method["decision_function"] = given if given.shape[-1] > 1 else given[:, 0]
            values.append(Answers(model, by_method, names).score(scorer, truth[at]))
        return float(np.average(values, weights=sizes)) if values else math.nan

    def of_weights(setting: int, weights: Array) -> Array:
        return single.by_rows(partial(one, setting))(weights)

    every = np.arange(len(y))
    try:
        if any(_doubles(one(at, every), one(at, np.tile(every, 2))) for at in range(len(label))):
            raise oof.UnknownError(f"{metric} is a sum over rows, which grows with their number (a mean does not)")
        return optimism.of_weighted(of_weights, len(label), len(y), resamples=200, most=10, **rest)
    except (AttributeError, TypeError, ValueError):  # it needs what was not recorded
        return None


def _doubles(once: float, twice: float) -> bool:
    """Whether a score of all rows is twice as much where each of them stands there twice."""
    return once != 0 and math.isclose(twice, 2 * once)
