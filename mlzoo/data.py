"""The data of a run: train and test split, target and fingerprints."""

import hashlib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo import database, memory, reading
from mlzoo import kinds as kinds_of
from mlzoo.columns import (
    CHECKS,
    Counts,
    Finding,
    count,
    find_marks,
    find_spellings,
    finding_of,
    has_decimal_commas,
    nearly_number,
)
from mlzoo.errors import DataError, nearest, shown
from mlzoo.grammar import drop_override, quoted
from mlzoo.kinds import plain_value
from mlzoo.numerals import WORDS
from mlzoo.reading import Source
from mlzoo.splitting import asked_split, group_codes, is_grouped, test_rows

Array = np.ndarray[Any, Any]
MOST_CLASSES = 20  # at most so many distinct whole numbers are classes


@dataclass(frozen=True)
class Data:
    """Train and test split of a table.

    Attributes
    ----------
    X_train, X_test : DataFrame
        The features.
    y_train, y_test : ndarray of shape (rows,)
        The target: numbers, or labels as text.
    rows_train, rows_test : ndarray of int
        Row numbers in the files, from 0.
    columns : dict
        Names of the features by kind, as `kinds.features` returns them.
    task : {"classification", "regression"}
    classes : list or None
        The labels, sorted.
    sources : dict
        For the record: train and test with source, sha256, rows, columns and target_sha256.
    findings : list of dict
        check, severity (info, warning), column, message, remedy.
    aside_train, aside_test : DataFrame
        The columns of the files that are no features, as they were read: those of `preprocess.drop`, dates, an index.
    kinds : dict
        The kind of each column that was not dropped, the target aside.
    drawn : bool
        Whether the test split was drawn at random, row by row.
    """

    X_train: pd.DataFrame
    y_train: Array
    X_test: pd.DataFrame
    y_test: Array
    rows_train: Array
    rows_test: Array
    columns: dict[str, list[str]]
    task: Literal["classification", "regression"]
    classes: list[Any] | None
    sources: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    aside_train: pd.DataFrame = field(default_factory=pd.DataFrame)
    aside_test: pd.DataFrame = field(default_factory=pd.DataFrame)
    kinds: dict[str, str] = field(default_factory=dict)
    drawn: bool = True

    @property
    def labels(self) -> Array | None:
        """The classes as an array; None for regression."""
        return None if self.classes is None else np.array(self.classes)


def load(config: Mapping[str, Any], sources: tuple[Source, Source | None] | None = None) -> Data:
    """Read, split and check the data of a run.

    Parameters
    ----------
    config : mapping
        A plain config.
    sources : tuple, optional
        What `read_sources` has returned, where it was called before.

    Raises
    ------
    DataError
        With the file or column, and what to do.
    """
    train, test = sources or read_sources(config)
    findings = [finding for source in (train, test) if source for finding in dialects(source)]
    findings += memory.check(train.name, train.frame)
    target = config["target"]
    frame = _drop(train.frame, config, train.name, findings)
    y = _target(frame, target, train)
    task = _task(y, config["task"])
    labels = _labels(y, task, target)
    parts, at, y_train, y_test = _parts(frame, labels, task, (train, test), config, findings)
    given = kinds_of.by_hand(config["columns"], train.frame, train.name, target)
    first, second = (part.drop(columns=[target]) for part in parts)
    X_train, X_test, kinds, columns, counts = kinds_of.typed(first, second, given, (train.name, (test or train).name))  # noqa: N806
    findings += kinds_of.left_out(kinds, given)
    aside = [name for name in train.frame.columns if name not in X_train.columns and name != target]
    more = count(X_test, columns["category"])
    findings += [finding for check in CHECKS for finding in check(X_train, counts)]
    # a mark in either file makes it text
    both = {name: counts[name].add(more[name], fill_value=0) for name in counts}
    findings += [finding for source in (train, test) if source for finding in _words_read(source, columns["category"])]
    findings += [
        *find_marks(both, _given_marks(config)),
        *find_spellings({**both, **_texts_of(target, y_train, y_test)}),
    ]
    return Data(
        X_train=X_train,
        y_train=y_train,
        X_test=X_test,
        y_test=y_test,
        rows_train=parts[0].index.to_numpy(),
        rows_test=parts[1].index.to_numpy(),
        columns=columns,
        task=task,
        classes=sorted(set(y_train.tolist())) if task == "classification" else None,
        sources={
            "train": _describe(train, X_train, y_train),
            "test": _describe(test or train, X_test, y_test),
            "target": target,
        },
        findings=findings,
        aside_train=train.frame[aside].iloc[at[0]],
        aside_test=(test or train).frame.filter(aside).iloc[at[1]],
        kinds=kinds,
        drawn=test is None and not asked_split(config["split"]),
    )


def dialects(source: Source) -> list[Finding]:
    """What was found out about a file, as findings."""
    return [finding_of("dialect", "info", "", f"{source.name}: {note}.") for note in source.notes]


def _parts(
    frame: pd.DataFrame,
    labels: Array,
    task: Literal["classification", "regression"],
    sources: tuple[Source, Source | None],
    config: Mapping[str, Any],
    findings: list[Finding],
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], tuple[Array, Array], Array, Array]:
    """Train and test part of the table, the positions of their rows, and their targets."""
    train, test = sources
    asked, target = asked_split(config["split"]), config["target"]
    groups = _groups(train, config)
    if test is None:
        at = test_rows(train.frame, labels, task, config["split"], groups=groups, name=train.name)
        return (frame.iloc[at[0]], frame.iloc[at[1]]), at, labels[at[0]], labels[at[1]]
    if asked:
        key, column = next(iter(asked.items()))
        raise DataError(f"split.{key}={column}: the test split is a file of its own, {test.name}; name one of the two.")
    other = _drop(test.frame, config, test.name, [], required=False)
    y_test = _labels(_target(other, target, test), task, target)
    other = _match_columns(frame, other, train.name, test.name, findings)
    _check_classes(labels, y_test, task, test.name)
    return (frame, other), (np.arange(len(frame)), np.arange(len(other))), labels, y_test


def read_sources(config: Mapping[str, Any]) -> tuple[Source, Source | None]:
    """The table, of which `sample` rows, and that of the test split, None where it is made of the one table.

    Raises
    ------
    DataError
        If there is none, or it cannot be read.
    """
    cell, folder = config["preprocess"], (config["origin"] or {}).get("cwd", ".")
    from_database = config["db"] is not None and config["data"] is None
    if config["data"] is not None or from_database:
        first, second = ("data", config["data"]), ("test_data", config["test_data"])
    else:
        if config["test_data"] is not None:
            raise DataError(f"test_data={config['test_data']} is given without data: pass data=TRAIN_FILE as well.")
        first = ("preprocess.data_train", cell.get("data_train"))
        second = ("preprocess.data_test", cell.get("data_test"))
    if first[1] is None and not from_database:
        raise DataError("There is no data: pass data=FILE, or name data_train in the preprocess YAML.")
    options = config["read"]
    if from_database:
        whole = database.source(config["db"], folder=folder)
    else:
        by_hand = [name for kind in ("category", "text") for name in config["columns"].get(kind, [])]  # 01234 stays so
        whole = reading.read(first[1], options, where=first[0], folder=folder, text=map(str, by_hand))
    text = [name for name in whole.frame.columns if not types.is_numeric_dtype(whole.frame[name])]
    train = _sampled(whole, config["sample"], config["seed"])
    if second[1] is None:
        return train, None
    other = {"folder": folder, "text": text, "decimal": whole.decimal}
    return train, reading.read(second[1], options, where=second[0], **other)


def _sampled(source: Source, rows: int | None, seed: int) -> Source:
    """So many rows of a table, drawn by `seed`, in their order; they keep their numbers."""
    if rows is None or rows >= len(source.frame):
        return source
    drawn = np.sort(np.random.default_rng(seed).choice(len(source.frame), rows, replace=False))
    note = f"{rows:,} of {len(source.frame):,} rows are used (sample)"
    return replace(source, frame=source.frame.iloc[drawn], notes=[*source.notes, note])


def _describe(source: Source, X: pd.DataFrame, y: Array) -> dict[str, Any]:  # noqa: N803
    return {
        "source": source.name,
        "sha256": source.sha256,
        "rows": len(X),
        "columns": list(X.columns),
        "target_sha256": hashlib.sha256(repr(y.tolist()).encode()).hexdigest(),
        **({} if source.decimal in (None, ".") else {"decimal": source.decimal}),
    }


# -- columns ------------------------------------------------------------------------------------------------------


def _drop(
    frame: pd.DataFrame, config: Mapping[str, Any], name: str, findings: list[Finding], *, required: bool = True
) -> pd.DataFrame:
    """The columns of `preprocess.keep`, without those of `preprocess.drop` and an index that pandas wrote."""
    target = config["target"]
    dropped, kept = (_named(config, key) for key in ("drop", "keep"))
    for key, names in (("drop", dropped), ("keep", kept)):
        for column in names:
            if column not in frame.columns and required:
                raise DataError(f"preprocess.{key}: {name} has no column {column!r}.{nearest(column, frame.columns)}")
    if target in dropped:
        raise DataError(f"preprocess.drop: {target!r} is the target and cannot be left out.")
    both = next((column for column in kept if column in dropped), None)
    if both is not None:
        raise DataError(f"preprocess.keep and preprocess.drop both name {both!r}.")
    if kept:
        return frame[[column for column in frame.columns if column in kept or column == target]]
    first = frame.columns[0]
    if re.fullmatch(r"Unnamed: 0|", first.strip()) and frame[first].is_unique and first not in dropped:
        dropped.append(first)
        text = f"{name}: the first column has no name and numbers the rows: taken for an index and left out."
        findings.append(finding_of("index", "info", first, text))
    by = config["split"].get("column")
    return frame.drop(columns=[*dropped, *([] if by is None or by == target else [by])], errors="ignore")


def _named(config: Mapping[str, Any], key: str) -> list[str]:
    named = config["preprocess"].get(key) or []
    return [str(column) for column in ([named] if isinstance(named, str | int) else named)]


def _match_columns(
    train: pd.DataFrame, test: pd.DataFrame, train_name: str, test_name: str, findings: list[Finding]
) -> pd.DataFrame:
    missing = [name for name in train.columns if name not in test.columns]
    extra = [name for name in test.columns if name not in train.columns]
    if missing:
        also = f" It has instead: {', '.join(extra)}." if extra else ""
        raise DataError(
            f"Train and test columns differ: {test_name} lacks {', '.join(missing)}, which {train_name} has.{also} "
            f"Add them, or leave them out with {quoted(drop_override(missing))} where they are not needed."
        )
    for name in extra:
        text = f"{test_name} has a column {name!r} that {train_name} lacks: ignored."
        findings.append(finding_of("columns", "warning", name, text))
    return test[list(train.columns)]


# -- target -------------------------------------------------------------------------------------------------------


def _target(frame: pd.DataFrame, target: str, source: Source) -> "pd.Series[Any]":
    if target not in frame.columns:
        raise DataError(
            f"target={target}: {source.name} has no such column.{nearest(target, frame.columns)} "
            f"It has: {shown(frame.columns)}. Pass target=COLUMN."
        )
    y = frame[target]
    missing = int(y.isna().sum())
    if missing:
        row = int(np.flatnonzero(y.isna())[0])
        words = source.words.get(target, [])
        default = {*words} & WORDS
        said = f" The file says {' or '.join(map(repr, words))} there." if words else ""
        said += " Pass read.na_values=[] where that is a value." if default else ""
        raise DataError(
            f"{source.name}: the target {target!r} is missing in {missing} of {len(y)} rows (first: row {row}, from "
            f"0).{said} Remove those rows, or fill them."
        )
    return y


def _task(y: "pd.Series[Any]", asked: str | None) -> Literal["classification", "regression"]:
    if y.nunique() < 2:
        value = plain_value(y.iloc[0])
        raise DataError(f"The target {y.name!r} is constant ({value!r} in every row): there is nothing to learn.")
    numeric = types.is_numeric_dtype(y) and not types.is_bool_dtype(y)
    if not numeric and (asked == "regression" or (asked is None and y.nunique() > MOST_CLASSES)):
        _check_numbers(y, asked)
    few = not numeric or (y.nunique() <= MOST_CLASSES and bool((y % 1 == 0).all()))
    return "regression" if asked == "regression" or (asked is None and not few) else "classification"


def _check_numbers(y: "pd.Series[Any]", asked: str | None) -> None:
    """Refuse a target of text that must be numbers, or is such but for a few marks or for its decimal mark."""
    counts = y.astype(str).value_counts(sort=False)
    if has_decimal_commas(counts):
        value = next(text for text in counts.index if "," in text)
        raise DataError(
            f"The target {y.name!r} holds numbers with a decimal comma, such as {value!r}: pass read.decimal=','."
        )
    marks = nearly_number(counts)
    if marks and not types.is_bool_dtype(y):
        raise DataError(
            f"The target {y.name!r} holds numbers but for {', '.join(map(repr, marks))}: correct these rows or remove "
            "them (read.na_values reads such marks as missing), or pass task=classification where all are classes."
        )
    if asked == "regression":
        wrong = pd.to_numeric(y.astype(str), errors="coerce").isna().to_numpy() | types.is_bool_dtype(y)
        value = plain_value(y[wrong].iloc[0])
        raise DataError(f"task=regression, but the target {y.name!r} holds {value!r}: it must hold numbers.")


def _labels(y: "pd.Series[Any]", task: str, target: str) -> Array:
    """The target as an array: numbers, whole ones as int; other labels as text."""
    if types.is_bool_dtype(y):
        return y.to_numpy(dtype=bool)
    if types.is_numeric_dtype(y):
        values = y.to_numpy(dtype=np.float64)
        if not np.isfinite(values).all():
            raise DataError(f"The target {target!r} holds infinite values.")
        whole = task == "classification" and bool((values % 1 == 0).all())
        if (np.abs(values) >= 2**63).any():  # no integers, and so no classes, of scikit-learn's
            return np.array([str(value) for value in y]) if task == "classification" else values
        return values.astype(np.int64) if whole or types.is_integer_dtype(y) else values
    if types.is_object_dtype(y) and all(isinstance(value, bool) for value in y):
        return y.to_numpy(dtype=bool)
    return np.array([str(value) for value in y])


def _given_marks(config: Mapping[str, Any]) -> list[Any]:
    given = config["read"].get("na_values")
    return given if isinstance(given, list) else [given] if isinstance(given, str | int | float) else []


def _words_read(source: Source, categories: Container[str]) -> list[Finding]:
    """A finding on each category that words such as None were read as missing in, as they may be values."""
    found = []
    for name, words in source.words.items():
        if name in categories:
            text = (
                f"{source.name}: in the column {name!r} {' and '.join(map(repr, words))} is read as missing "
                "(read.na_values=[] reads empty fields alone so)."
            )
            found.append(finding_of("marks", "info", name, text))
    return found


def _texts_of(target: str, y_train: Array, y_test: Array) -> Counts:
    """How often each label of a target of text stands in the files."""
    labels = np.concatenate([y_train, y_test])
    return {target: pd.Series(labels).value_counts(sort=False)} if labels.dtype.kind == "U" else {}


def _check_classes(y_train: Array, y_test: Array, task: str, name: str) -> None:
    if y_train.dtype.kind != y_test.dtype.kind and {y_train.dtype.kind, y_test.dtype.kind} != {"i", "f"}:
        here, there = plain_value(y_test[0]), plain_value(y_train[0])
        raise DataError(f"{name}: the target holds {here!r} here, but {there!r} in the train split.")
    unseen = sorted(set(y_test.tolist()) - set(y_train.tolist())) if task == "classification" else []
    if unseen:
        raise DataError(f"{name}: the target holds {unseen[0]!r}, a class that the train split does not have.")


def _groups(train: Source, config: Mapping[str, Any]) -> Array | None:
    """For each row of the file the number of its group, where `validation` keeps groups together."""
    node = config["validation"]
    if not (isinstance(node, Mapping) and is_grouped(node)):
        return None
    column = str(node["groups"])
    if column == config["target"]:
        raise DataError(f"validation.groups={column}: that is the target; name the column that says whose a row is.")
    if column not in train.frame.columns:
        raise DataError(
            f"validation.groups={column}: {train.name} has no such column.{nearest(column, train.frame.columns)}"
        )
    return group_codes(train.frame[column])
