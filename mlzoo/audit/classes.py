"""Folds that hold out no row of a class, on which metrics of it mean little."""

import numpy as np

from mlzoo.audit.case import Case
from mlzoo.findings import Finding, finding_of


def check(case: Case) -> list[Finding]:
    """The class that most folds lack among the rows they are scored on."""
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
