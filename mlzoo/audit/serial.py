"""Whether the target follows a date: of all rows together, or of each series of a panel by itself."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit.alike import CHANCE
from mlzoo.audit.case import Case, numbers_of, spread
from mlzoo.audit.moments import moments
from mlzoo.audit.owners import kind_of_name
from mlzoo.tables.data import Array

SERIAL, MIN_STEPS, MIN_EQUAL = 0.2, 30, 5  # of the target: how alike neighbours in time are, and how many there must be
MAX_ORDERED = 1_000_000  # rows that are put in order
MAX_IN_SERIES = 200_000  # the first rows: of series that stand one below the other some are whole
FEW_ROWS, ONE_A_DATE = 10, 0.99  # of a series: how many it has at least, and how many pairs with a date are its alone
CHANCE_OF_DATES = 4  # standard deviations of what few dates that say nothing of the next reach
TARGET = "\0"  # a name that no column has


def follows(case: Case, name: str) -> bool:
    """Whether the target is like that of the date before, of all rows or within series, beyond chance."""
    return in_all_rows(case, name) or in_series(case, name)


def in_all_rows(case: Case, name: str) -> bool:
    """Whether the target is like that of the rows of the date before.

    Of classes by how many pairs are of one, more than of shuffled rows, and of few rows not by the commonest class
    alone; of quantities by the correlation of their ranks. Rows of one date do not count, which may be of one customer
    who joined then, nor do rows of one group. Where the rows of one date are alike, dates are few draws: those that
    follow none are alike by chance.
    """
    frame = case.column(name)[0].to_frame().assign(**{TARGET: case.data.y_train})
    frame = spread(frame, MAX_ORDERED)  # in which neighbours are further apart
    when = moments(frame[name], timely=True, dayfirst=case.data.dayfirst)
    if when is None:
        return False
    order = np.lexsort([np.random.default_rng(case.seed).random(len(when)), when])  # of one date in none
    order = order[: np.count_nonzero(~np.isnan(when))]
    classes = case.data.classes is not None
    values = frame[TARGET].iloc[order]
    target = np.asarray(pd.factorize(values)[0] if classes else values.rank())
    one, next_one = _from_date_to_date(when[order])
    apart = _of_other_groups(case, frame.index, order, one, next_one)
    one, next_one = one[apart], next_one[apart]
    if len(one) < MIN_STEPS:
        return False
    share, chance = _likeness(target[one], target[next_one], classes=classes)
    same = np.flatnonzero(np.diff(when[order]) == 0)
    same = same[_of_other_groups(case, frame.index, order, same, same + 1)]
    within = 1.0
    if len(same) >= MIN_STEPS:
        within = min(1.0, _likeness(target[same], target[same + 1], classes=classes)[0])
    steps = len(np.unique(when[order][one]))
    by_dates = within * np.tanh(CHANCE_OF_DATES / np.sqrt(steps))  # Fisher's z
    return share >= max(SERIAL, CHANCE * chance / np.sqrt(len(one)), by_dates)


def in_series(case: Case, name: str) -> bool:
    """Whether in the series of a panel, such as a meter or a shop each, the target is like that of the row before.

    What is like is the rank of a quantity, or one of two classes, less its mean in the series, whose different heights
    hide what follows in each. Series may move together, so that dates are few draws.
    """
    data = case.data
    if data.classes is not None and len(data.classes) > 2:
        return False
    values = data.y_train if data.classes is None else pd.factorize(data.y_train)[0]
    frame = case.column(name)[0].to_frame().assign(**{TARGET: values}).iloc[:MAX_IN_SERIES]
    when = moments(frame[name], timely=True, dayfirst=data.dayfirst)
    if when is None:
        return False
    ranks = frame[TARGET].rank()
    by_dates = np.tanh(CHANCE_OF_DATES / np.sqrt(len(np.unique(when))))
    for codes in _series(case, frame.index, when):
        known = np.flatnonzero(~np.isnan(when) & (codes >= 0))
        order = known[np.lexsort([when[known], codes[known]])]
        left = ranks.to_numpy().copy()
        left[order] -= ranks.iloc[order].groupby(codes[order]).transform("mean").to_numpy()
        one = np.flatnonzero(np.diff(codes[order]) == 0)
        one = one[_of_other_groups(case, frame.index, order, one, one + 1)]
        if not _follow(left[order], one, by_dates):  # asked before all columns are looked through for owners
            continue
        if _follow(left[order], one[_of_other_owners(case, frame.index, order, one, codes)], by_dates):
            return True
    return False


def _follow(ranks: Array, one: Array, least: float) -> bool:
    """Whether rows at these places are like the next ones, beyond chance."""
    if len(one) < MIN_STEPS:
        return False
    share, chance = _likeness(ranks[one], ranks[one + 1], classes=False)
    return share >= max(SERIAL, CHANCE * chance / np.sqrt(len(one)), least)


def _series(case: Case, index: "pd.Index[Any]", when: Array) -> Iterator[Array]:
    """Of each column of which nearly every value has one row a date, as a meter has: the codes of its values."""
    dates, times = pd.factorize(when)
    for train in (case.data.X_train, case.data.aside_train):
        for name in train.columns:
            values = train[name].loc[index]
            if _has_fractions(values):
                continue
            codes, found = pd.factorize(values)
            few = len(found) <= len(values) / FEW_ROWS and len(values) * ONE_A_DATE <= len(found) * len(times)
            if few and len(found) > 1 and len(pd.unique(codes * len(times) + dates)) >= ONE_A_DATE * len(values):
                yield codes


def _has_fractions(values: "pd.Series[Any]") -> bool:
    """Whether a column measures, as what names a series or an owner does not."""
    return types.is_numeric_dtype(values) and bool((numbers_of(values) % 1 > 0).any())


def _of_other_owners(case: Case, index: "pd.Index[Any]", order: Array, one: Array, codes: Array) -> Array:
    """Which rows of series have another owner than the next: of a clinic, patients who come for a while each."""
    apart = np.ones(len(one), dtype=bool)
    rows, within = index[order], codes[order]
    series = len(np.unique(within))
    for train in (case.data.X_train, case.data.aside_train):
        for name in train.columns:
            values = train[name].loc[rows]
            if _has_fractions(values):
                continue
            own, found = pd.factorize(values, use_na_sentinel=False)
            if len(found) <= series:
                continue
            first = np.empty(len(found), dtype=within.dtype)
            first[own] = within
            nested = bool((first[own] == within).all())  # each within one series, by any name
            if nested or kind_of_name(name) in ("people", "owner", "id"):
                apart &= own[one] != own[one + 1]
    return apart


def _from_date_to_date(when: Array) -> tuple[Array, Array]:
    """Places of rows in order of time, and of a row of the next date for each: as many as the lesser of both has."""
    _, starts, sizes = np.unique(when, return_index=True, return_counts=True)
    one = np.arange(len(when))
    date = np.repeat(np.arange(len(starts)), sizes)
    within, following = one - starts[date], np.minimum(date + 1, len(starts) - 1)
    one = one[(date < following) & (within < sizes[following])]
    return one, (starts[following] + within)[one]


def _likeness(before: Array, after: Array, *, classes: bool) -> tuple[float, float]:
    """How alike pairs of rows are, from 0 by chance to 1, and the deviation of one pair that chance has."""
    if not classes:
        constant = np.ptp(before) == 0 or np.ptp(after) == 0
        return 0.0 if constant else float(np.corrcoef(before, after)[0, 1]), 1.0
    labels, counts = np.unique(np.concatenate([before, after]), return_counts=True)  # of these rows alone
    equal = before == after
    if len(labels) < 2 or np.count_nonzero(equal & (before != labels[counts.argmax()])) < MIN_EQUAL:
        return 0.0, 1.0
    squares, cubes = (float(((counts / counts.sum()) ** power).sum()) for power in (2, 3))
    share = (float(equal.mean()) - squares) / (1 - squares)
    return share, float(np.sqrt(squares + squares**2 - 2 * cubes)) / (1 - squares)


def _of_other_groups(case: Case, index: "pd.Index[Any]", order: Array, one: Array, other: Array) -> Array:
    """Which pairs of places in an order are of two groups of the splits: rows of one may be alike anyway."""
    apart = np.ones(len(one), dtype=bool)
    for name in {case.owner, case.folds.groups} - {None}:
        codes = pd.factorize(case.column(str(name))[0].loc[index])[0][order]
        apart &= (codes[one] != codes[other]) | (codes[one] < 0)
    return apart
