"""How alike the rows of one value of a column are, in the other columns and in the target."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit.case import Case, numbers_of
from mlzoo.tables.data import Array

MAX_ROWS = 4000  # that are compared, those of neighbouring values
MAX_COLUMNS = 30
ALIKE = 0.5  # of a column's variance: how much lies between the values, where the rows of one are alike
TARGET_ALIKE = 0.1  # of the target's, which is a class more often than not
CHANCE = 6  # standard deviations of what values that say nothing reach


class Likeness:
    """How alike the rows of the train split are that share a value of a column.

    Of each other column and the target, as ranks, the part of the variance that lies between the values; by the
    differences of values that are neighbours in their order [1]_. So a measurement, whose neighbouring values have
    neighbouring rows, is told from a name, whose neighbours have nothing in common.

    References
    ----------
    .. [1] J. von Neumann (1941), Distribution of the ratio of the mean square successive difference to the variance,
       Annals of Mathematical Statistics 12.
    """

    def __init__(self, case: Case) -> None:
        names = [name for name in case.data.X_train.columns if name not in case.identifiers]
        self._frame = case.data.X_train[names]
        self._y = case.data.y_train
        self._kept: Array | None = None

    def features(self, name: str, codes: Array) -> bool:
        """Whether the rows of a value are alike in half of the other columns, and in the target a little.

        Parameters
        ----------
        name : str
            Of the column.
        codes : ndarray of int of shape (rows,)
            For each row of the train split the number of its value in the order of values, -1 where it is missing.
        """
        found, chance = self._shares(name, codes)
        alike = found[:-1] >= max(ALIKE, chance)
        few = len(found) < 3 or found[-1] < max(TARGET_ALIKE, chance / 2)
        return not few and bool(alike.sum() >= max(2, len(alike) / 2))

    def target(self, name: str, codes: Array) -> bool:
        """Whether the rows of a value are alike in the target or in a quarter of the other columns; see `features`."""
        found, chance = self._shares(name, codes)
        alike = found[:-1] >= max(ALIKE, chance)
        return bool(found[-1] >= max(TARGET_ALIKE, chance) or (len(alike) and alike.mean() >= 0.25))

    def _shares(self, name: str, codes: Array) -> tuple[Array, float]:
        """Of each other column, and last of the target, the part between the values; and what chance reaches."""
        order = np.argsort(codes, kind="stable")
        order = order[np.count_nonzero(codes < 0) :]
        start = max(0, (len(order) - MAX_ROWS) // 2)
        at = order[start : start + MAX_ROWS]
        ranks = self._ranks(name, at)
        ranks, first = np.unique(ranks, axis=0, return_index=True)  # copies are told of elsewhere
        by_value = np.argsort(codes[at][first], kind="stable")
        return _between(ranks[by_value], np.sort(codes[at][first]))

    def _ranks(self, name: str, at: Array) -> Array:
        """The other columns and the target at some rows, as ranks of mean 0."""
        small = len(self._y) <= MAX_ROWS
        if not small or self._kept is None:
            rows = np.arange(len(self._y)) if small else at
            names = list(self._frame.columns)
            most = min(len(names), MAX_COLUMNS)
            self._columns = [names[i * len(names) // most] for i in range(most)]
            asked = [self._frame[one].iloc[rows] for one in self._columns]
            self._kept = np.column_stack([_ranked(one) for one in [*asked, pd.Series(self._y[rows])]])
        kept: Array = self._kept[at] if small else self._kept
        others = np.array([one != name for one in [*self._columns, None]])
        return kept[:, others]


def _ranked(values: "pd.Series[Any]") -> Array:
    """The ranks of a column's values, a missing one the least of all, categories in the order in which they come."""
    number = types.is_numeric_dtype(values) or types.is_bool_dtype(values)
    numbers = pd.Series(numbers_of(values) if number else pd.factorize(values)[0])
    ranks = numbers.rank(na_option="top")
    return (ranks - ranks.mean()).to_numpy(dtype=np.float64)


def _between(ranks: Array, codes: Array) -> tuple[Array, float]:
    """Of each column the part of the variance between values, of rows in the order of values; and chance's."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))[:, None]
    if len(starts) < 2 or len(starts) == len(codes):
        return np.zeros(ranks.shape[1]), 1.0
    means = np.add.reduceat(ranks, starts, axis=0) / sizes
    within = ((ranks**2).sum(axis=0) - (sizes * means**2).sum(axis=0)) / (len(codes) - len(starts))
    noise = within * (1 / sizes[1:] + 1 / sizes[:-1]).mean()
    between = ((np.diff(means, axis=0) ** 2).mean(axis=0) - noise) / 2
    total = ranks.var(axis=0)
    chance = CHANCE * np.sqrt(3 / len(starts)) / (len(codes) / len(starts))
    return np.where(total > 0, between / np.where(total > 0, total, 1), 0.0), float(chance)
