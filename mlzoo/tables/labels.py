"""The target of a table: its values, the task that they ask for, and whether both splits agree on it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import ConfigError, DataError, MissingTargetError, listed, shown
from mlzoo.grammar import nearest_override, override
from mlzoo.reading import frames
from mlzoo.reading.forms import WORDS
from mlzoo.reading.layout import ONE
from mlzoo.reading.source import Source
from mlzoo.reading.unread import MAX_MARKS, has_decimal_commas, nearly_number, unlike_numbers
from mlzoo.tables.columns import Counts, held
from mlzoo.tables.conversion import plain_value

Array = np.ndarray[Any, Any]
MAX_CLASSES = 20  # at most so many distinct whole numbers are classes


def target_of(frame: pd.DataFrame, target: str, source: Source) -> "pd.Series[Any]":
    """The values of the target.

    Raises
    ------
    DataError
        If there is no such column, or it is missing in a row.
    """
    if target not in frame.columns:
        said = next((note for note in source.notes if note.startswith(ONE) or "read.skiprows=" in note), "")
        said = f"{said[:1].upper()}{said[1:]}." if said else ""
        known = source.frame.columns  # of `frame` preprocess.drop and keep have left some out
        raise DataError(
            f"target={target}: {source.name} has no such column.{nearest_override('target', target, known)} "
            f"It has: {shown(known, 10)}. {said or 'Pass target=COLUMN.'}"
        )
    y = frame[target]
    missing = int(y.isna().sum())
    if missing == len(y):
        raise DataError(
            f"{source.name}: no row has a target: {target!r} is missing in {missing:,} of {len(y):,} rows."
            f"{_said_there(source, target)} Fill it, or pass target=COLUMN of another column."
        )
    if missing:
        raise MissingTargetError(
            f"{source.name}: the target {target!r} is missing in {missing:,} of {len(y):,} rows (first: row "
            f"{y.index[y.isna()][0]}, from 0).{_said_there(source, target)} Remove those rows, fill them, or pass "
            "missing_target=drop, which leaves them out."
        )
    decimals = types.is_object_dtype(y) and all(isinstance(value, Decimal) for value in y)
    return y.astype("float64") if decimals else y


def with_target(source: Source, target: str) -> Source:
    """A table without the rows that have no target; the others keep their numbers."""
    if target not in source.frame.columns:
        return source
    known = source.frame[target].notna()
    if known.all() or not known.any():
        return source
    missing = int((~known).sum())
    note = (
        f"{missing:,} of {len(known):,} rows {'is' if missing == 1 else 'are'} left out, as the target {target!r} is "
        f"missing there (missing_target=drop).{_said_there(source, target)}"
    )
    return replace(source, frame=source.frame[known], notes=[*source.notes, note.removesuffix(".")])


def _said_there(source: Source, target: str) -> str:
    """What the file says where the target is missing, and how to read it as a value."""
    words = source.words.get(target, [])
    said = f" The file says {' or '.join(map(repr, words))} there." if words else ""
    return said + (" Pass read.na_values=[] where that is a value." if {*words} & WORDS else "")


def task_of(y: "pd.Series[Any]", asked: str | None) -> Literal["classification", "regression"]:
    """What the target asks for, or what was asked for where it can be.

    Raises
    ------
    DataError
        If it is constant, or must be numbers and holds something else.
    """
    if y.nunique() < 2:
        value = plain_value(y.iloc[0])
        raise DataError(f"The target {y.name!r} is constant ({value!r} in every row): there is nothing to learn.")
    y = frames.plain(y) if asked == "regression" else y  # categories of numbers are classes, unless they are asked for
    numeric = types.is_numeric_dtype(y) and not types.is_bool_dtype(y)
    if not numeric and (asked == "regression" or (asked is None and y.nunique() > MAX_CLASSES)):
        _check_numbers(y, asked)
    few = not numeric or (y.nunique() <= MAX_CLASSES and bool((y % 1 == 0).all()))
    return "regression" if asked == "regression" or (asked is None and not few) else "classification"


def _check_numbers(y: "pd.Series[Any]", asked: str | None) -> None:
    """Refuse a target of text that must be numbers, or is such but for a few marks or for its decimal mark."""
    counts = y.astype(str).value_counts(sort=False)
    unlike = unlike_numbers(counts)
    if unlike:
        raise DataError(
            f"The target {y.name!r} holds {unlike[0]}. {unlike[1]} Or pass task=classification where all are classes."
        )
    if has_decimal_commas(counts):
        value = next(text for text in counts.index if "," in text)
        raise DataError(
            f"The target {y.name!r} holds numbers with a decimal comma, such as {value!r}: pass "
            f"{override('read.decimal', ',')}."
        )
    marks = nearly_number(counts)
    if marks and not types.is_bool_dtype(y):
        raise DataError(
            f"The target {y.name!r} holds numbers but for {shown(map(repr, marks), MAX_MARKS)}: correct these rows or "
            "remove them (read.na_values reads such marks as missing), or pass task=classification where all are "
            "classes."
        )
    if asked == "regression":
        wrong = pd.to_numeric(y.astype(str), errors="coerce").isna().to_numpy()
        value = plain_value((y[wrong] if wrong.any() else y).iloc[0])
        what = held(counts.index) if not types.is_bool_dtype(y) else ""
        more = f"; make numbers of its {what}, such as days" if what in ("dates", "durations") else ""
        raise DataError(f"task=regression, but the target {y.name!r} holds {value!r}: it must hold numbers{more}.")


def labels_of(y: "pd.Series[Any]", task: str, target: str) -> Array:
    """The target as an array: numbers, whole ones as int; other labels, and broken numbers as classes, as text."""
    y = frames.plain(y)
    if types.is_bool_dtype(y):
        return y.to_numpy(dtype=bool)
    if types.is_numeric_dtype(y):
        values = y.to_numpy(dtype=np.float64)
        if not np.isfinite(values).all():
            row = y.index[~np.isfinite(values)][0]
            raise DataError(
                f"The target {target!r} holds an infinite value (first: row {row}, counted from 0): mend it, or leave "
                "the row out."
            )
        if types.is_integer_dtype(y) and (np.abs(values) < 2**63).all():  # floats would make one of long ones
            return y.to_numpy(dtype=np.int64)
        whole = task == "classification" and bool((values % 1 == 0).all())
        if (np.abs(values) >= 2**63).any() or (task == "classification" and not whole):  # no classes of scikit-learn's
            return np.array([str(value) for value in y]) if task == "classification" else values
        return values.astype(np.int64) if whole else values
    if types.is_object_dtype(y) and all(isinstance(value, bool) for value in y):
        return y.to_numpy(dtype=bool)
    return np.array([str(value) for value in y])


def classes_of(y: Array, task: str, positive: Any, target: str) -> list[Any] | None:
    """The labels of a target, sorted, but the `positive` one of two is the last; None for regression.

    Raises
    ------
    ConfigError
        If `positive` is given, and is none of two labels.
    """
    classes = sorted(set(y.tolist())) if task == "classification" else None
    if positive is None:
        return classes
    if classes is None:
        raise ConfigError(
            f"positive={positive}: the target {target!r} is taken for numbers (task=regression), which have no "
            "classes. Leave it out, or pass task=classification."
        )
    if len(classes) > 2:
        raise ConfigError(
            f"positive={positive}: the target {target!r} has {len(classes)} classes ({shown(classes, MAX_MARKS)}), "
            "and a positive one is one of two. Leave it out; f1_macro and the like are metrics of all classes."
        )
    chosen = [label for label in classes if label == positive or str(label) == str(positive)]
    if not chosen:
        either = " or ".join(override("positive", label) for label in classes)
        spelled = ", in YAML in quotes, which reads no and yes as false and true" if isinstance(positive, bool) else ""
        raise ConfigError(
            f"positive={positive}: the target {target!r} has no such class, but {listed([*map(repr, classes)])}: "
            f"pass {either}{spelled}."
        )
    return [*(label for label in classes if label != chosen[0]), chosen[0]]


def label_counts(target: str, y_train: Array, y_test: Array) -> Counts:
    """How often each label of a target of text stands in the files."""
    labels = np.concatenate([y_train, y_test])
    return {target: pd.Series(labels).value_counts(sort=False)} if labels.dtype.kind == "U" else {}


def check_classes(y_train: Array, y_test: Array, task: str, name: str) -> None:
    """Refuse a target that is of another type in the test split `name`, or holds a class that is new there."""
    if y_train.dtype.kind != y_test.dtype.kind and {y_train.dtype.kind, y_test.dtype.kind} != {"i", "f"}:
        here, there = plain_value(y_test[0]), plain_value(y_train[0])
        raise DataError(f"{name}: the target holds {here!r} here, but {there!r} in the train split.")
    unseen = sorted(set(y_test.tolist()) - set(y_train.tolist())) if task == "classification" else []
    if unseen:
        known = sorted(set(y_train.tolist()))
        raise DataError(
            f"{name}: the target holds {unseen[0]!r}, a class that the train split does not have, which has "
            f"{listed([*map(repr, known)])}."
        )
