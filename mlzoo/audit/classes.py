"""Folds that hold out no row of a class, and test splits that have few, on which metrics of it mean little."""

import numpy as np

from mlzoo.audit.case import Case
from mlzoo.findings import Finding, finding_of
from mlzoo.interval import MIN_OF_CLASS


def check(case: Case) -> list[Finding]:
    """The class that the test split has the fewest rows of, and the one that most folds are scored on none of."""
    return [*_of_test(case), *_of_folds(case)]


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
    many = f"{lacking[label]} of {len(splits)} folds"
    text = (
        f"{many} are scored on no row of the class {label!r} of the target: metrics of it, such as recall, f1 and "
        f"average precision, count 0 there, and areas under a curve are undefined. {how} may hold that class."
    )
    return [finding_of("classes", "warning", "", text)]
