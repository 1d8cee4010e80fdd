"""Leaks in the data of a run, looked for before anything is fitted.

A check returns findings and never raises: a warning where scores would promise too much, an info where what was found
is natural. Large tables are judged by a sample of their rows, copies by a sample of rows against all of them.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mlzoo import sql
from mlzoo.audit import classes, copies, drift, groups, leaks, times
from mlzoo.audit.case import Case
from mlzoo.findings import Finding, finding_of
from mlzoo.folds import Folds
from mlzoo.tables import selection
from mlzoo.tables.data import Data

log = logging.getLogger(__name__)

CHECKS: Mapping[str, Callable[[Case], list[Finding]]] = {
    "copies": copies.check,
    "leaks": leaks.check,
    "time": times.check,
    "groups": groups.check,
    "drift": drift.check,
    "classes": classes.check,
}


def audit(data: Data, folds: Folds, config: Mapping[str, Any]) -> list[Finding]:
    """Look for what makes scores promise too much.

    Parameters
    ----------
    data : Data
        Train and test split.
    folds : Folds
        Of the train split.
    config : mapping
        A plain config, of which seed, split, the statement and `preprocess.drop`, which remedies keep, are read.

    Returns
    -------
    list of dict
        Findings: check (overlap, duplicates, leak, time, groups, unseen, drift, classes), severity, column, message,
        remedy.
    """
    node = config.get("db") if config.get("data") is None else None
    unordered = node is not None and not sql.is_ordered(node)
    case = Case(data, folds, config["seed"], selection.named(config, "drop"), config["split"], unordered)
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # of huge numbers
                found += check(case)
        except Exception as error:  # an odd table must not end a run that does not need the audit
            log.debug("The check %s of the audit has failed.", name, exc_info=True)
            text = f"The data could not be checked for {name}: {type(error).__name__}: {error}"
            found.append(finding_of("audit", "warning", "", text))
    return found
