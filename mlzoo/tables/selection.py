"""Which columns of a table a run uses: `preprocess.drop` and `preprocess.keep`."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mlzoo.errors import DataError, nearest, shown
from mlzoo.findings import MAX_NAMED, Finding, finding_of
from mlzoo.grammar import drop_override, kind_override, quoted
from mlzoo.reading.forms import FIRST
from mlzoo.tables.columns import looks_like_date
from mlzoo.tables.kinds import find_kinds

UNNAMED = re.compile(r"\s*|\s*Unnamed: 0(?:\.\d+)*\s*")  # as pandas calls the index of a table that it has written


def named(config: Mapping[str, Any], key: str) -> list[str]:
    """The columns of `preprocess.drop` or `preprocess.keep`."""
    given = config["preprocess"].get(key)
    given = [] if given is None else given
    return [str(column) for column in ([given] if isinstance(given, str | int) else given)]


def uses(config: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a column, by its name, is neither dropped nor left out by what is kept."""
    dropped, kept = {*named(config, "drop")}, {*named(config, "keep")}
    return lambda name: name == config["target"] or (name not in dropped and (not kept or name in kept))


def chosen(
    frame: pd.DataFrame,
    config: Mapping[str, Any],
    name: str,
    findings: list[Finding],
    train: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The columns of a table that are used, and the target; an index that pandas wrote is none of them.

    Of a test file these are the ones that were chosen of `train`.

    Raises
    ------
    DataError
        If a name, or one that `read.na_values` has marks of, is of no column; if one that is dropped is of the target.
    """
    target = config["target"]
    dropped, kept = (named(config, key) for key in ("drop", "keep"))
    marks = config["read"].get("na_values")
    marked = list(marks) if isinstance(marks, Mapping) else []
    for key, names in (("preprocess.drop", dropped), ("preprocess.keep", kept), ("read.na_values", marked)):
        for column in names:
            if column not in frame.columns and train is None:
                raise DataError(f"{key}: {name} has no column {column!r}.{nearest(column, frame.columns)}")
    if target in dropped:
        raise DataError(f"preprocess.drop: {target!r} is the target and cannot be left out.")
    if kept:
        return frame[[*filter(uses(config), frame.columns)]]
    place = "first"
    for first in itertools.takewhile(UNNAMED.fullmatch, frame.columns):  # several, where pandas wrote it and read it
        if first in [*dropped, target]:
            continue
        what = _index(frame[first], config) if train is None else ""
        if what or (train is not None and first not in train.columns and frame[first].is_unique):
            dropped.append(first)
            findings += [finding_of("index", "info", first, f"{name}: the {place} column has no name {what}.")]
            place = "next"
    by = config["split"].get("column")
    return frame.drop(columns=[*dropped, *([] if by is None or by == target else [by])], errors="ignore")


def _index(values: "pd.Series[Any]", config: Mapping[str, Any]) -> str:
    """What is said of a first column without a name where that is an index; nothing where it is none.

    It has a value of its own in every row, a whole number or a text, and no kind that is set by hand. Other numbers
    are measured, and dates are dates whatever their name.
    """
    if not values.is_unique or any(str(values.name) in map(str, names) for names in config["columns"].values()):
        return ""
    kind, known = find_kinds(values.to_frame(), {})[str(values.name)], values.dropna()
    if kind == "number" and (known % 1 == 0).all():
        says, taken = "and a whole number of its own in every row", "an index"
    elif kind == "category" and not looks_like_date(known.astype("str").iloc[:FIRST].value_counts()):
        says, taken = "and a value of its own in every row", "the rows' names"
    else:
        return ""
    keeps = kind_override(kind, str(values.name), config["columns"].get(kind, []))
    return f"{says}: taken for {taken} and left out ({keeps} keeps it)"


def match(
    train: pd.DataFrame,
    test: pd.DataFrame,
    train_name: str,
    test_name: str,
    findings: list[Finding],
    dropped: Sequence[str],
) -> pd.DataFrame:
    """The columns of the train split in the test split, in their order; findings on further ones.

    The advice to leave columns out names those that are `dropped` already too.

    Raises
    ------
    DataError
        If one is missing there.
    """
    missing = [name for name in train.columns if name not in test.columns]
    extra = [name for name in test.columns if name not in train.columns]
    if missing:
        also = f" It has instead: {shown(extra, MAX_NAMED)}." if extra else ""
        drop = quoted(drop_override([*dropped, *missing])) if len(missing) <= MAX_NAMED else "preprocess.drop"
        raise DataError(
            f"Train and test columns differ: {test_name} lacks {shown(missing, MAX_NAMED)}, which {train_name} has."
            f"{also} Add them, or leave them out with {drop} where they are not needed."
        )
    for name in extra if len(extra) <= MAX_NAMED else []:
        text = f"{test_name} has a column {name!r} that {train_name} lacks: ignored."
        findings.append(finding_of("columns", "warning", name, text))
    if len(extra) > MAX_NAMED:
        text = f"{test_name} has {len(extra)} columns that {train_name} lacks: {shown(extra, MAX_NAMED)}: ignored."
        findings.append(finding_of("columns", "warning", "", text))
    return test[list(train.columns)]


def without_effect(given: Mapping[str, str], frame: pd.DataFrame, config: Mapping[str, Any]) -> list[Finding]:
    """A finding on columns whose kind was set by hand, and that are left out or that no step reads."""
    out = [name for name in given if name not in frame.columns]
    type_of = (config["preprocess"].get("type") or {}).get("_target_", "")
    shipped = str(type_of).startswith("mlzoo.")  # which leave text to preprocessings of one's own
    unread = [name for name, kind in given.items() if shipped and kind == "text" and name not in out]
    key = "preprocess.drop or preprocess.keep leaves them out"
    reasons = ((out, key), (unread, "this preprocessing reads no text"))
    return [
        finding_of(
            "columns",
            "warning",
            names[0],
            f"Kinds set by hand (columns.*) have no effect on {shown(map(repr, names), MAX_NAMED)}: {why}.",
        )
        for names, why in reasons
        if names
    ]
