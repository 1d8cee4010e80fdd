"""Folds that hold out no row of a class, test splits of few, and test files in which one is more or less common."""

from typing import Any

import numpy as np
import pandas as pd

from mlzoo.audit.case import Case
from mlzoo.findings import Finding, finding_of
from mlzoo.interval import MIN_OF_CLASS

ODDS = 2.0  # times that a class is more or less likely in a test file, from which it is told
SURE = 5.0  # standard errors: rows of one patient are alike, which makes chance larger


def check(case: Case) -> list[Finding]:
    """The class that the test split has fewest rows of, whose share differs most, and that most folds lack."""
    few = _of_test(case)
    lacking = any(one["severity"] == "warning" for one in few)  # without it all others are more common
    return [*few, *([] if lacking else _of_share(case)), *_of_folds(case)]


def _of_test(case: Case) -> list[Finding]:
    data = case.data
    if data.classes is None:
        return []
    counts = {label: int(np.sum(data.y_test == label)) for label in data.classes}
    label = min(counts, key=lambda one: counts[one])
    if counts[label] >= MIN_OF_CLASS:
        return []
    if not counts[label]:
        text = (
            f"The test split has no row of the class {label!r} of the target: metrics of it, such as recall, f1 and "
            "average precision, say nothing there, and areas under a curve are undefined. Another test split (split.…, "
            "or another file) may hold that class."
        )
        return [finding_of("classes", "warning", "", text)]
    rows = "one row" if counts[label] == 1 else f"{counts[label]} rows"
    text = (
        f"The test split has {rows} of the class {label!r} of the target: other metrics than accuracy are not sure "
        "there, and have no interval."
    )
    return [finding_of("classes", "info", "", text)]


def _of_share(case: Case) -> list[Finding]:
    """The class of whose share a test split that is given is furthest off: of twice the odds, and beyond chance."""
    data = case.data
    part = case.given
    if data.classes is None or not part:
        return []
    far: dict[str, tuple[float, str]] = {}
    for label in reversed(data.classes):  # of two the positive one
        hits, rows = (np.array([f(y == label) for y in (data.y_train, data.y_test)]) for f in (np.sum, np.size))
        shares, pooled = hits / rows, hits.sum() / rows.sum()
        odds = np.diff(np.log((hits + 0.5) / (rows - hits + 0.5)))[0]
        if abs(odds) < np.log(ODDS):  # of most classes: what follows looks at every row
            continue
        noise = np.sqrt(pooled * (1 - pooled) * _times(case, label, pooled) * (1 / rows).sum())
        if abs(np.diff(shares)[0]) > SURE * noise:
            told = f"{shares[1]:.1%} of the test {part}, and {shares[0]:.1%} of the train {part}"
            far[label] = round(abs(odds), 6), told
    if not far:
        return []
    label = max(far, key=lambda one: far[one][0])
    text = (
        f"The class {label!r} of the target makes {far[label][1]}: probabilities that were learnt here are off there, "
        "and metrics that depend on how common a class is (accuracy, average precision, log loss, …) do not compare."
    )
    return [finding_of("classes", "warning", "", text)]


def _times(case: Case, label: Any, share: float) -> float:
    """How many rows tell as much as one that stands alone, where those of a group of the splits are alike."""
    name = case.owner or case.folds.groups
    if name is None or not 0 < share < 1:
        return 1.0
    groups, data = case.column(str(name)), case.data
    parts = zip(groups, (data.y_train, data.y_test), strict=True)
    there = [(values.to_numpy(), y == label) for values, y in parts if len(values) == len(y)]  # else a file lacks it
    off = np.concatenate([hit for _, hit in there]) - share
    codes = pd.factorize(np.concatenate([values for values, _ in there]))[0]
    codes = np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)
    return max(1.0, float((np.bincount(codes, off) ** 2).sum() / (off**2).sum()))


def _of_folds(case: Case) -> list[Finding]:
    data, splits = case.data, case.folds.splits
    if data.classes is None or case.folds.name == "holdout":
        return []
    held = [set(np.unique(data.y_train[rows])) for _, rows in splits]
    lacking = {label: sum(label not in there for there in held) for label in data.classes}
    label = max(lacking, key=lambda one: lacking[one])
    if not lacking[label]:
        return []
    how = "Fewer folds of whole groups (a smaller validation.n_splits, or another validation.splitter)"
    if case.folds.groups is None:  # then it is a splitter of one's own: stratified folds lack no class
        how = "Fewer or larger test folds (validation.splitter)"
    of = "metrics of it, such as recall, f1 and average precision, count 0 there"
    if len(data.classes) > 2:
        of = "averages over classes, such as f1_macro, leave it out there, or count 0 where it is said of a row"
    text = (
        f"{lacking[label]} of {len(splits)} folds are scored on no row of the class {label!r} of the target: {of}, and "
        f"areas under a curve are undefined. {how} may hold that class."
    )
    return [finding_of("classes", "warning", "", text)]
