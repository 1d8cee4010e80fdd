"""Scores of models of several folds on one scale, so that their rows can be ranked together."""

import math
from typing import Any

import numpy as np

from mlzoo.stats.single import auc

Array = np.ndarray[Any, Any]

MIN_ROWS = 10  # of a fold, for their mean rank to be that of its model
MIN_OF_CLASS = 2  # of a fold of fewer, where its pairs alone count
NEAR = 0.01  # as an area over all folds is to that within them, where there is nothing to be put right
FAR = 4.0  # standard errors, by which the share of a class in a sample of a fold is hardly off by chance
APART = 0.03  # by which an area over all folds may be below what it is otherwise


def are_alike(split: Array, y: Array, *, grouped: bool, pairs: bool = False, sample: bool = False) -> bool:
    """Whether folds differ in their models alone, so that what these say can be put on one scale.

    Folds that differ in their classes, or in groups, may be told apart by what is to be told, such as patients or
    times, which no scale must take away: scores of these stay as they are, see `is_torn`. So every fold must have
    enough rows, and hold as large a part of each class as of all, but for a row or two.

    Parameters
    ----------
    split : array of int, shape (repeats, rows)
        The fold in which each row was held out, -1 for none.
    y : array of int, shape (rows,)
        Codes of the classes.
    grouped : bool
        Whether rows belong together, such as those of a patient.
    pairs : bool
        Whether pairs of rows within folds are counted alone, for which folds may be small.
    sample : bool
        Whether the rows are drawn from those of the folds, so that chance moves the classes' shares.
    """
    if grouped:
        return False
    of_class = y[:, None] == np.unique(y)
    for folds in split:
        known = folds >= 0
        counts = np.array([of_class[folds == fold].sum(axis=0) for fold in np.unique(folds[known])])
        sizes = counts.sum(axis=1, keepdims=True)
        few = (sizes < MIN_ROWS).any() and not (pairs and (counts >= MIN_OF_CLASS).all())
        share = of_class[known].mean(axis=0)
        chance = FAR * np.sqrt(sizes * share * (1 - share)) if sample else 0.0
        if few or (np.abs(counts - sizes * share) >= 2 + chance).any():
            return False
    return True


def on_one_scale(positive: Array, score: Array, fold: Array) -> Array:
    """Scores by which rows of folds that are alike can be ranked together, as average precision and curves need.

    Every fold has a model of its own. The more positive rows are held out, the fewer it has learnt from, and the lower
    is all that it says: strongly regularised models hardly say more. Ranked together as they are, their rows have an
    area under the ROC curve that is far too low. Less the mean in their fold, the scores of a tree, which are equal in
    all folds, would have an order by how often each fold's model errs, and an area that is too high. So scores stay as
    they are where their area is that of the pairs within folds; else they are taken as they are, less their mean in
    each fold, or for their ranks less the mean rank in each, by which the area is nearest to it. (Of probabilities near
    0 and 1, as of naive Bayes, only ranks know the order; of rare positive rows these have too low a precision.)

    Parameters
    ----------
    positive : array of bool, shape (rows,)
        Which rows are of the positive class.
    score : array, shape (rows,)
        Probabilities or decision values.
    fold : array of int, shape (rows,)
        In which each row was held out.

    Returns
    -------
    array, shape (rows,)

    References
    ----------
    B. J. Parker, S. Günter, J. Bedo (2007), Stratification bias in low signal microarray studies, BMC Bioinformatics 8,
    326.
    """
    from scipy.stats import rankdata

    within = _area(positive, score, fold)
    if abs(_area(positive, score) - within) <= NEAR:
        return score
    less, ranks = np.array(score, dtype=float), rankdata(score)
    for of in (less, ranks):
        for one in np.unique(fold):
            of[fold == one] -= of[fold == one].mean()
    return min((score, less, ranks), key=lambda of: abs(_area(positive, of) - within))


def is_torn(score: Array, split: Array, y: Array) -> bool:
    """Whether rows are ranked too low over folds that are not stratified, as their models have different scales.

    It is so where they are ranked better within the folds, or were they less the share of positive rows that their
    model has learnt from, which of models with a strong prior would be right, and of others is not known to be; of
    several classes on average.

    Parameters
    ----------
    score : array, shape (repeats, rows, classes)
        Of one setting.
    split, y
        As in `are_alike`.
    """
    codes, last = np.unique(y), score.shape[-1] - 1
    torn = []
    for folds, said in zip(split, score, strict=True):
        held = folds >= 0
        gaps = [
            _gap(y[held] == code, said[held, min(int(code), last)], folds[held])
            for code in (codes[-1:] if len(codes) == 2 else codes)
        ]
        torn.append(bool(np.mean(gaps) > APART))
    return 2 * sum(torn) > len(torn)


def _gap(positive: Array, score: Array, folds: Array) -> float:
    """How far the area of one class in one repeat is below what it is otherwise."""
    within = _area(positive, score, folds)
    if math.isnan(within):
        return 0.0
    learnt = np.empty(len(score))
    for fold in np.unique(folds):
        learnt[folds == fold] = positive[folds != fold].mean() if (folds != fold).any() else 0.0
    same = np.unique(score, return_inverse=True)[1]  # equal scores stay so
    shift = np.bincount(same, learnt) / np.bincount(same)
    return max(within, _area(positive, score - shift[same])) - _area(positive, score)


def _area(positive: Array, score: Array, fold: Array | None = None) -> float:
    return float(auc(positive, score, np.ones((1, len(score))), fold)[0])
