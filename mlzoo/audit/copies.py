"""Rows that stand in train and test split, and rows that stand in the train split twice."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit.case import Case, numbers_of
from mlzoo.audit.moments import moments
from mlzoo.errors import listed, shown
from mlzoo.findings import Finding, finding_of
from mlzoo.tables.data import Array

FEW = 3  # columns: rows of no more are named by them, as they may be equal in these alone
FACTOR = 0x9E3779B97F4A7C15  # 2**64 by the golden ratio


def check(case: Case) -> list[Finding]:
    """Rows that stand in train and test split, and rows that stand in the train split twice; target included.

    Equal rows are natural in a table of few values. They look copied where at least 1 % of the rows have an equal, few
    equals each, and two rows that agree in all columns but some agree in those as well, more often than not, whichever
    column is left out (columns of few values: half of them at once; the target: halfway from chance to always). Rows of
    the test split do as well where most of them have an equal, and of the train split's own rows less than half as
    many: it was made of those.
    """
    unread = _unread(case)
    if not unread:
        return _find(case)
    found = {one["check"]: one for one in _find(_with(case, unread))}
    for one in _find(case):  # by what is read alone: those that differ in other columns may be copies or not
        if one["severity"] == "warning" and found.get(one["check"], {}).get("severity") != "warning":
            stand = one["message"].partition(" and look like copies")[0]
            differ = f"{stand}, but for {shown(map(repr, unread), FEW)}, which this preprocessing does not read"
            found[one["check"]] = finding_of(one["check"], "info", "", f"{differ}: if they are copies, remove them.")
    return [found[check] for check in ("overlap", "duplicates") if check in found]


def _find(case: Case) -> list[Finding]:
    data = case.data
    kept = [name for name in data.X_train.columns if name not in case.identifiers]
    if not kept:
        return []
    found, natural = [], 1.0
    for check, rows in (("duplicates", len(data.X_train)), ("overlap", len(data.X_test))):
        at = case.sample(rows)
        equals = _equals(case, kept, at, twins=check == "duplicates")
        share = len(equals) / len(at)
        natural = min(natural, share)
        many, about = round(share * rows), "about " if len(at) < rows else ""
        if not many:
            continue
        often = many >= max(5, 0.01 * rows) and equals.mean() <= max(3, 0.05 * len(data.X_train))
        copied = often and _look_copied(case, kept, at, equals.sum(), twins=check == "duplicates")
        copied |= check == "overlap" and rows >= 20 and share > max(0.5, 2 * natural)
        found.append(_of_copies(check, f"{about}{many:,} of {rows:,} rows", case, kept, copied=copied))
    return found[::-1]


def _unread(case: Case) -> list[str]:
    """The columns that models do not read, but for what numbers or names rows, what says the split, and dates.

    A table that was appended from day to day holds the same rows once for each day.
    """
    train, test = case.data.aside_train, case.data.aside_test
    names = [name for name in train if name in test and name != case.split.get("column")]
    names = [name for name in names if train[name].nunique() < 0.9 * len(train)]
    return [str(name) for name in names if types.is_numeric_dtype(train[name]) or moments(train[name]) is None]


def _with(case: Case, unread: list[str]) -> Case:
    """With columns that are not read: rows that differ in those are no copies."""
    data = case.data
    train, test = (
        pd.concat([of, aside[unread]], axis=1)
        for of, aside in ((data.X_train, data.aside_train), (data.X_test, data.aside_test))
    )
    return replace(case, data=replace(data, X_train=train, X_test=test))


def _of_copies(check: str, rows: str, case: Case, names: list[str], *, copied: bool) -> Finding:
    aside = [name for name in case.data.X_train.columns if name not in names]
    stand = "stands" if rows.removeprefix("about ").startswith("1 of ") else "stand"
    what = {
        "overlap": f"In the test split {rows} {stand} in the train split too, with the same target",
        "duplicates": f"In the train split {rows} {stand} more than once, with the same target",
    }[check]
    if len(names) <= FEW:
        what += f" (by the column{'' if len(names) == 1 else 's'} {listed(names)})"
    elif aside:
        what += f" ({shown(map(repr, aside), FEW)} left aside)"
    too_high = {
        "overlap": "the score on the test split is too high",
        "duplicates": "they come into both parts of folds, whose scores are too high",
    }[check]
    end = f" and look like copies: {too_high}. Remove the copies from the data." if copied else "."
    return finding_of(check, "warning" if copied else "info", "", f"{what}{end}")


def _equals(case: Case, names: list[str], at: Array, *, twins: bool) -> Array:
    """How many equals those rows of the test split that have any have in the train split; of the train split: twins.

    Columns are compared a few at a time, those of numbers first, and only for the rows that are equal so far.
    """
    data = case.data
    own, rest = at, np.arange(len(data.X_train))
    X, y = (data.X_train, data.y_train) if twins else (data.X_test, data.y_test)  # noqa: N806
    sums, others = _hash(pd.Series(y).iloc[own], 0), _hash(pd.Series(data.y_train), 0)
    numbers = set(data.columns["number"])
    order = sorted(range(len(names)), key=lambda i: names[i] not in numbers)
    equals: Array = np.zeros(0, dtype=np.int64)
    for start in range(0, len(order), 4):
        for i in order[start : start + 4]:
            sums += _hash(X[names[i]].iloc[own], i + 1)
            others += _hash(data.X_train[names[i]].iloc[rest], i + 1)
        near = pd.Series(others).isin(sums).to_numpy()
        rest, others = rest[near], others[near]
        equals = pd.Series(others).value_counts().reindex(sums, fill_value=0).to_numpy() - int(twins)
        own, sums, equals = own[equals > 0], sums[equals > 0], equals[equals > 0]
        if not len(own):
            break
    return equals


def _hash(values: "pd.Series[Any]", position: int) -> Array:
    """A number for each value, by the position of its column, so that values do not change places unseen."""
    factor = np.uint64(pow(FACTOR, position, 2**64))  # odd: nothing is lost; sums of several are no other's
    if types.is_numeric_dtype(values) or types.is_bool_dtype(values):
        numbers = numbers_of(values) + 0.0  # no -0.0
        return pd.util.hash_array(numbers) * factor
    return pd.util.hash_pandas_object(values.astype("str"), index=False).to_numpy() * factor


def _look_copied(case: Case, names: list[str], at: Array, equals: int, *, twins: bool) -> bool:
    """Whether leaving out a column finds at most twice as many equals, or the target not many more by its chance."""
    data = case.data
    X, y = (data.X_train, data.y_train) if twins else (data.X_test, data.y_test)  # noqa: N806
    position = {name: i + 1 for i, name in enumerate(names)}

    def sums(frame: pd.DataFrame, some: Iterable[str]) -> Array:
        total: Array = np.zeros(len(frame), dtype=np.uint64)
        for name in some:
            total += _hash(frame[name], position[name])
        return total

    own, rest = X.iloc[at], data.X_train
    target = _hash(pd.Series(y).iloc[at], 0), _hash(pd.Series(data.y_train), 0)
    of_own = sums(own, names) + target[0]
    of_rest = of_own if twins and len(at) == len(rest) else sums(rest, names) + target[1]
    chance = float((pd.Series(data.y_train).value_counts(normalize=True) ** 2).sum())  # that two rows agree in it
    leavings = ((0.5, sums(own, some), sums(rest, some)) for some in _leavings(case, names))
    for least, own_part, rest_part in ((0.5 + chance / 2, *target), *leavings):
        counts = pd.Series(of_rest - rest_part).value_counts()
        without = counts.reindex(of_own - own_part, fill_value=0).to_numpy() - int(twins)
        if equals < least * without.sum():
            return False
    return True


def _leavings(case: Case, names: list[str]) -> Iterator[list[str]]:
    """Columns to leave out: some of those of many values, one by one, and of the others one half and the other."""
    few: list[str] = []
    many: list[str] = []
    X = case.data.X_train.iloc[case.sample(len(case.data.X_train))[:2000]]  # noqa: N806
    for name in names:
        shares = X[name].value_counts(normalize=True, dropna=False).to_numpy()
        (few if (shares**2).sum() > 0.1 else many).append(name)
    yield from ([name] for name in many[:10])
    yield from (half for half in (few[::2], few[1::2]) if half)
