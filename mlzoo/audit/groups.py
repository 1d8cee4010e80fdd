"""Groups of rows of one patient, user or device, that are split over folds."""

import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit.case import Case, words_of
from mlzoo.columns import Finding, finding_of
from mlzoo.data import Array
from mlzoo.grammar import override_value

OWNERS = {
    *("patient", "subject", "participant", "person", "user", "customer", "client", "household", "family", "session"),
    *("device", "account", "member", "employee", "student", "player", "driver", "vehicle", "animal", "donor"),
    *("respondent", "visitor", "owner", "buyer", "guest", "passenger", "machine", "specimen", "individual"),
}
NUMBERS = {"no", "nr", "num", "number", "code", "key", "ref"}
IDS = {"id", "ids", "uuid", "guid"}


def check(case: Case) -> list[Finding]:
    """Columns that say whose a row is, of 2 to 50 rows a value, whose values stand on both sides of folds or splits."""
    data = case.data
    found = []
    for train, test in ((data.X_train, data.X_test), (data.aside_train, data.aside_test)):
        for name in train.columns:
            if not names_owner(name):
                continue
            other = test[name] if name in test.columns else train[name].iloc[:0]
            found += _of_groups(case, name, train[name], other)
    return found


def names_owner(name: str) -> bool:
    """Whether a column is named as one that says whose a row is."""
    words = words_of(name)
    if not words:
        return False
    owner = words[-1] in OWNERS or (len(words) > 1 and words[-1] in NUMBERS and words[-2] in OWNERS)
    return owner or words[-1] in IDS or bool(re.fullmatch(rf"({'|'.join(OWNERS)})id", words[-1]))


def _of_groups(case: Case, name: str, values: "pd.Series[Any]", other: "pd.Series[Any]") -> list[Finding]:
    if types.is_float_dtype(values) and (values.dropna() % 1 != 0).any():
        return []
    codes = pd.factorize(pd.concat([values, other], ignore_index=True))[0]
    own, theirs = codes[: len(values)], codes[len(values) :]
    sizes = np.bincount(own[own >= 0])
    sizes = sizes[sizes > 0]
    if len(sizes) < 20 or not 2 <= sizes.mean() <= 50:
        return []
    held = [_share_known(own[train], own[held]) for train, held in case.folds.splits[:10]]
    folds = 0.0 if case.folds.name == "holdout" else float(np.mean(held))
    tested = _share_known(own, theirs)
    if max(folds, tested) < 0.1:
        return []
    places = [("validation rows of the folds", folds), ("rows of the test split", tested)]
    shares = " and ".join(f"{share:.0%} of the {place}" for place, share in places if share >= 0.1)
    text = (
        f"The column {name!r} repeats ({sizes.mean():.1f} rows a value), and {shares} share a value with rows that "
        "models learn from: if such rows are of one kind, scores are too high."
    )
    helps = folds >= 0.1 or not case.two_files
    first = "" if case.folds.name == "nested" else "validation=group "
    remedy = f"{first}validation.groups={override_value(name)}" if helps else ""
    return [finding_of("groups", "warning", name, text, remedy)]


def _share_known(learnt: Array, asked: Array) -> float:
    """How many of the values, those that are missing aside, stand among those learnt from."""
    asked = asked[asked >= 0]
    if not len(asked):
        return 0.0
    known = np.zeros(max(int(learnt.max(initial=0)), int(asked.max())) + 1, dtype=bool)
    known[learnt[learnt >= 0]] = True
    return float(known[asked].mean())
