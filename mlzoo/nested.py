"""Nested cross-validation: the parts that a whole search is repeated on, and what taking the best of several scores.

The scores of an outer fold are those of a setting that was chosen without its rows, so that the choice does not lift
them (Varma and Simon, 2006, Bias in error estimation when using cross-validation for model selection, BMC
Bioinformatics 7:91).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mlzoo.errors import DataError
from mlzoo.evaluate import Scored
from mlzoo.folds import Folds, make_folds
from mlzoo.grammar import command
from mlzoo.record import Record
from mlzoo.searching.fits import Context
from mlzoo.searching.storage import Trial
from mlzoo.stats.paired import NOISE
from mlzoo.tables.data import Array, Data


@dataclass
class Outer:
    """What the outer folds have scored.

    Attributes
    ----------
    context : Context
        Of the outer folds.
    trial : Trial
        Holds their scores and answers, whatever the setting that each chose.
    inner : list of float
        For each outer fold, what the chosen setting scored over the inner folds.
    params : list of dict
        For each outer fold, what of the chosen setting differs from `type`.
    """

    context: Context
    trial: Trial
    inner: list[float] = field(default_factory=list)
    params: list[dict[str, Any]] = field(default_factory=list)

    def add(self, chosen: Trial, scored: Scored) -> None:
        """One more outer fold."""
        self.trial.add(len(self.inner), scored)
        self.inner.append(float(chosen.value))  # type: ignore[arg-type]  # the best one has a value
        self.params.append(dict(chosen.params or {}))


def described(outer: Outer, made: Record) -> dict[str, Any]:
    """What the record says of the outer folds."""
    return {
        "cv": {name: [fold.scores[name] for fold in outer.trial.folds] for name in outer.context.scorers},
        "nested": {"inner": outer.inner, "params": outer.params},
        "command": command("rerun", str(made.folder)),  # no one setting has these scores
    }


def part(table: Data, folds: Folds, number: int) -> Data:
    """The data of one outer fold: its rows to fit on as the train split, its rows held out as the test split."""
    train, held = folds.splits[number]
    return replace(
        table,
        X_train=table.X_train.iloc[train],
        y_train=table.y_train[train],
        rows_train=table.rows_train[train],
        aside_train=table.aside_train.iloc[train],
        X_test=table.X_train.iloc[held],
        y_test=table.y_train[held],
        rows_test=table.rows_train[held],
        aside_test=table.aside_train.iloc[held],
    )


def check(validation: Mapping[str, Any], table: Data, folds: Folds, scorers: Mapping[str, Any], dummy: Any) -> None:
    """Refuse before the first search what would end a later one: inner folds that cannot be made, or undefined scores.

    Raises
    ------
    DataError
        With the outer fold.
    """
    metric = next(iter(scorers))
    undefined = np.flatnonzero(~np.isfinite(dummy[metric]))
    if len(undefined):
        raise DataError(
            f"{metric} is undefined on outer fold {undefined[0] + 1} of {len(folds.splits)}, of "
            f"{len(folds.splits[undefined[0]][1])} rows: pass fewer validation.n_splits, or another metric."
        )
    for number in range(len(folds.splits)):
        try:
            inner_folds(validation, part(table, folds, number))
        except DataError as error:
            raise DataError(f"Outer fold {number + 1} of {len(folds.splits)}: {error}") from None
    inner_folds(validation, table)


def inner_folds(validation: Mapping[str, Any], table: Data) -> Folds:
    """The folds that a search within an outer fold, or the final one, chooses by.

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds, or there are fewer groups.
    """
    node = {**validation, "n_splits": validation["inner_splits"], "n_repeats": validation["inner_repeats"]}
    try:
        return make_folds(node, table)
    except DataError as error:
        text = str(error).replace("validation.n_splits", "validation.inner_splits")
        raise DataError(f"The inner folds, of {len(table.y_train)} rows: {text}") from None


def procedure(inner: Sequence[Sequence[float]], outer: Sequence[Sequence[float]]) -> Array:
    """Scores of "search everything, take the best": in each outer fold that of the cell whose search promised most.

    Of cells that promised the same it is their mean.

    Parameters
    ----------
    inner : sequence of shape (cells, folds)
        What the best setting of each cell scored over the inner folds.
    outer : sequence of shape (cells, folds)
        What it scored on the outer fold.

    Returns
    -------
    ndarray of shape (folds,)
    """
    promised, scored = (np.asarray(scores, dtype=float) for scores in (inner, outer))
    best = promised.max(axis=0)
    equal = np.isclose(promised, best, rtol=NOISE, atol=0.0)
    return np.where(equal, scored, 0.0).sum(axis=0) / equal.sum(axis=0)
