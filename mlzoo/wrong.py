"""The rows of which a model says what is furthest from the truth."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
MOST = 10  # rows


def ahead(truth: Array, score: Array | None, *, probabilities: bool) -> Array | None:
    """Of each row the probability of its class, or what the decision value of that is ahead of the others'.

    Parameters
    ----------
    truth : ndarray of shape (rows,)
        Numbers of classes.
    score : ndarray of shape (rows, classes) or None
        Probabilities, or decision values, of which those of two classes are one column.
    probabilities : bool
        Which of the two they are.
    """
    if score is None:
        return None
    rows, truth = np.arange(len(truth)), np.maximum(truth, 0)
    if score.shape[1] == 1:  # of two classes, positive for the last
        return np.where(truth == 1, 1, -1) * score[:, 0]
    own = score[rows, truth]
    if probabilities:
        return own
    others = score.copy()
    others[rows, truth] = -np.inf
    return own - others.max(axis=1)


def most(truth: Array, label: Array, score: Array | None, *, probabilities: bool, classes: bool) -> Array:
    """The places of the rows that are most wrong, the worst first; of classes without scores in the order of the table.

    Parameters
    ----------
    truth, label : ndarray of shape (rows,)
        Values, or numbers of classes; a truth of -1 is none of them, and stays aside.
    score, probabilities
        See `ahead`.
    classes : bool
        Whether they are classes.
    """
    if not classes:
        gap = label - truth
        order = np.argsort(-np.abs(np.nan_to_num(gap)), kind="stable")[:MOST]
        return order[gap[order] != 0]
    wrong = np.flatnonzero((truth != label) & (truth >= 0))
    far = ahead(truth, score, probabilities=probabilities)
    return wrong[:MOST] if far is None else wrong[np.argsort(np.nan_to_num(far[wrong]), kind="stable")][:MOST]
