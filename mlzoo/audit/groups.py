"""Groups of rows of one patient, user or device, that are split over folds."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit import serial
from mlzoo.audit.alike import Likeness
from mlzoo.audit.case import Case, numbers_of
from mlzoo.audit.moments import moments
from mlzoo.audit.owners import FEW_VALUES, kind_of_name
from mlzoo.findings import Finding, finding_of
from mlzoo.grammar import override_value, quoted
from mlzoo.tables.data import Array

MAX_ASKED = 300  # columns that are no group by name, but may be by their values


def check(case: Case) -> list[Finding]:
    """Columns that say whose a row is, whose values stand on both sides of folds or splits.

    That is told by the name, where a value has 2 to 50 rows and there are 20 values; of patients and the like by fewer.
    A name that may mean a kind as well needs rows that are alike. Where no name tells, and the folds keep no group
    together, a column does whose rows are alike in most of the others. What the run keeps together
    should be no feature.
    """
    data, likeness = case.data, Likeness(case)
    found: list[Finding] = []
    for name in dict.fromkeys(filter(None, (case.owner, case.folds.groups))):
        found += _of_feature(case, name)
    asked: list[_Values] = []
    for train, test in ((data.X_train, data.X_test), (data.aside_train, data.aside_test)):
        for name in train.columns:
            if name == case.owner:
                found += _of_owner(case, train[name])
                continue
            if name in data.columns.get("date", []):
                continue
            kind = kind_of_name(name)
            if not kind and (case.folds.name == "group" or len(asked) >= MAX_ASKED):
                continue
            other = test[name] if name in test.columns else train[name].iloc[:0]
            values = _Values.of(name, train[name], other)
            if values is None or not values.fits(kind):
                continue
            if not kind:
                asked.append(values)
            elif kind != "unclear" or likeness.target(name, values.own):
                found += _of_groups(case, values)
    for values in [] if found else asked:
        if not found and likeness.features(values.name, values.own):
            found = _of_groups(case, values)
    return found


@dataclass(frozen=True)
class _Values:
    """A column that repeats: which value each row of the train and the test split has, -1 where it is missing."""

    name: str
    own: Array
    theirs: Array
    sizes: Array
    coded: bool

    @classmethod
    def of(cls, name: str, values: "pd.Series[Any]", other: "pd.Series[Any]") -> "_Values | None":
        """The values, in their order; none of amounts, dates and what has one value a row or two values in all."""
        if not may_name(values.iloc[:100]):
            return None
        both = pd.concat([values, other], ignore_index=True)
        codes, distinct = pd.factorize(both)
        own = codes[: len(values)]
        sizes = np.bincount(own[own >= 0])
        sizes = sizes[sizes > 0]
        if len(sizes) < 5 or sizes.mean() < 1.2 or not may_name(pd.Series(distinct)):
            return None
        if not types.is_numeric_dtype(distinct):
            distinct = distinct.astype(str)
        order = np.argsort(np.argsort(distinct, kind="stable"))
        codes = np.where(codes >= 0, order[codes], -1)
        coded = types.is_numeric_dtype(both) or all(re.search(r"\d", str(value)) for value in distinct[:1000])
        return cls(name, codes[: len(values)], codes[len(values) :], sizes, coded)

    def fits(self, kind: str) -> bool:
        """Whether there are as many values, and rows of each, as groups have that such a name says."""
        rows, even = float(self.sizes.mean()), self.sizes.sum() ** 2 / (self.sizes**2).sum() >= 0.4 * len(self.sizes)
        if kind == "people" and self.coded and even:
            return True
        if len(self.sizes) < FEW_VALUES or rows > 50:
            return False
        if kind in ("people", "owner"):
            return True
        if not (kind or even):
            return False
        every = np.concatenate([self.own, self.theirs])
        every = every[every >= 0]  # of pairs the train split has less than two rows a value
        return len(every) >= 2 * len(np.unique(every))


def may_name(values: "pd.Series[Any]") -> bool:
    """Whether a column may hold names or numbers of things: whole numbers or text that is no date."""
    if types.is_bool_dtype(values):
        return False
    if types.is_float_dtype(values):
        return not (numbers_of(values) % 1 > 0).any()
    return types.is_numeric_dtype(values) or not (types.is_timedelta64_dtype(values) or moments(values) is not None)


def _of_groups(case: Case, values: _Values) -> list[Finding]:
    own, theirs, name = values.own, values.theirs, values.name
    folds = _share_of_folds(case, own)
    tested = _share_known(own, theirs)
    if max(folds, tested) < 0.1:
        return []
    places = [("validation rows of the folds", folds), ("rows of the test split", tested)]
    shares = " and ".join(f"{share:.0%} of the {place}" for place, share in places if share >= 0.1)
    alike = "" if kind_of_name(name) else ", rows of one value are alike"
    text = (
        f"The column {name!r} repeats ({values.sizes.mean():.1f} rows a value){alike}, and {shares} share a value with "
        "rows that models learn from: if such rows are of one kind, scores are too high."
    )
    remedy = _remedy(case, name) if folds >= 0.1 or not case.two_files else ""
    if not case.two_files and not case.data.drawn and tested:  # which `validation.groups` refuses
        text += (
            f" The split.* that was asked for tears them apart: where rows of other values are to be predicted, pass "
            f"{remedy} in its place; where rows of these are, nothing leaks."
        )
        remedy = ""
    return [finding_of("groups", "warning", name, text, remedy)]


def _of_owner(case: Case, values: "pd.Series[Any]") -> list[Finding]:
    """Folds that tear apart what `split.group` keeps together."""
    name = str(values.name)
    share = _share_of_folds(case, pd.factorize(values)[0])
    if share < 0.1:
        return []
    text = (
        f"split.group={name} keeps rows of one value together in the test split, but the folds do not: {share:.0%} of "
        "their validation rows share a value with rows that models learn from, so that scores over the folds may be "
        "too high."
    )
    return [finding_of("groups", "warning", name, text, _remedy(case, name))]


def _of_feature(case: Case, name: str) -> list[Finding]:
    """A column that names groups and is a feature too, where models are asked for groups that they do not know."""
    if name not in [*case.data.columns["number"], *case.data.columns["category"]]:
        return []
    train, test = case.column(name)
    codes = pd.factorize(pd.concat([train, test]))[0]
    own, theirs = codes[: len(train)], codes[len(train) :]
    asked = {
        "validation rows of the folds": case.folds.groups == name and _share_of_folds(case, own) == 0,
        "rows of the test split": _share_known(own, theirs) == 0,
    }
    places = " and ".join(place for place, unknown in asked.items() if unknown)
    if not places:
        return []
    key = "split.group" if name == case.owner else "validation.groups"
    text = (
        f"The column {name!r} is a feature, but its values in the {places} are ones that models have not seen. "
        f"{quoted(f'{key}={override_value(name)}')} finds it in preprocess.drop too."
    )
    if name in case.data.columns["number"] and serial.in_all_rows(case, name):
        text += " Rows of near numbers are alike in the target, as if listed by it: then scores are too high."
        return [finding_of("groups", "warning", name, text, case.drop(name))]
    return [finding_of("unseen", "warning", name, text, case.drop(name))]


def _share_of_folds(case: Case, own: Array) -> float:
    """How many of the values of validation rows stand among those learnt from, over the folds."""
    if case.folds.name == "holdout":
        return 0.0
    return float(np.mean([_share_known(own[train], own[held]) for train, held in case.folds.splits[:10]]))


def _remedy(case: Case, name: str) -> str:
    first = "" if case.folds.name == "nested" else "validation=group "
    return f"{first}validation.groups={override_value(name)}"


def _share_known(learnt: Array, asked: Array) -> float:
    """How many of the values, those that are missing aside, stand among those learnt from."""
    asked = asked[asked >= 0]
    return float(np.isin(asked, learnt).mean()) if len(asked) else 0.0
