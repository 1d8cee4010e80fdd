"""Scores of models of several folds on one scale, so that their rows can be ranked together."""

from typing import Any

import numpy as np

from mlzoo.stats.weighted import are_probabilities

Array = np.ndarray[Any, Any]


def on_one_scale(score: Array, split: Array, y: Array, *, grouped: bool = False, shares: bool = True) -> Array:
    """Scores as rows of several folds can be ranked by: less what each fold's model adds to all of them.

    Every fold has a model of its own. The more positive rows are held out, the fewer it has learnt from, and the lower
    are all that it says: strongly regularised models hardly say more. Ranked together as they are, their rows have an
    area under the ROC curve that is far too low. Where folds hold equal shares of the classes, scores are taken less
    their mean in the fold. Elsewhere that would take away what tells the folds apart, such as patients or times, and
    probabilities are taken less the shares of the classes that the model has learnt from.

    Parameters
    ----------
    score : array, shape (settings, repeats, rows, classes)
        Probabilities or decision values.
    split : array of int, shape (repeats, rows)
        The fold in which each row was held out, -1 for none.
    y : array of int, shape (rows,)
        Codes of the classes.
    grouped : bool
        Whether rows belong together, such as those of a patient.
    shares : bool
        Whether the models have learnt from all rows that a fold does not hold, and follow the shares of the classes
        there: those that weigh the classes do not.

    Returns
    -------
    array, shape (settings, repeats, rows, classes)
        Decision values of folds that differ in their classes are as they were.

    References
    ----------
    B. J. Parker, S. Günter, J. Bedo (2007), Stratification bias in low signal microarray studies, BMC Bioinformatics 8,
    326.
    """
    made = np.array(score)
    number = np.arange(max(int(y.max()) + 1, score.shape[-1]))
    of_class = (y[:, None] == number).astype(float)
    stratified = not grouped and _is_stratified(split, of_class)
    if not stratified and not (shares and are_probabilities(score[:, split >= 0])):
        return made
    for repeat, folds in enumerate(split):
        for fold in np.unique(folds[folds >= 0]):
            at = folds == fold
            taken = made[:, repeat, at].mean(axis=1, keepdims=True) if stratified else of_class[~at].mean(axis=0)
            made[:, repeat, at] -= taken
    return made


def _is_stratified(split: Array, of_class: Array) -> bool:
    """Whether every fold holds as large a part of each class as of all rows, but for a row or two."""
    for folds in split:
        known = folds >= 0
        counts = np.array([of_class[folds == fold].sum(axis=0) for fold in np.unique(folds[known])])
        even = counts.sum(axis=1, keepdims=True) * of_class[known].mean(axis=0)
        if (np.abs(counts - even) >= 2).any():
            return False
    return True
