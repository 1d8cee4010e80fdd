"""Which rows are the test split: drawn at random, by group, by time, or as a column of the table says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import nearest_override
from mlzoo.reading import dates, frames
from mlzoo.reading.source import Source
from mlzoo.tables.columns import no_classes
from mlzoo.tables.conversion import plain_value
from mlzoo.tables.sentinels import FAR

Array = np.ndarray[Any, Any]
MAX_CLASSES = 50  # of a target that is meant as one, where some have a single row
PARTS = {"train": False, "test": True}  # whether a row is tested
FLAGS = {"false": False, "true": True, "0": False, "1": True}  # of what a column is named for


def asked_split(options: Mapping[str, Any]) -> dict[str, str]:
    """The column that says how to split, by its key in `split`: at most one; none for a random draw of rows."""
    return {key: options[key] for key in ("group", "time", "column") if options.get(key) is not None}


def check_asked(frame: pd.DataFrame, options: Mapping[str, Any], name: str) -> None:
    """Refuse a table, called `name`, that lacks the column which says how it is split."""
    for key, column in asked_split(options).items():
        if column not in frame.columns:
            hint = nearest_override(f"split.{key}", str(column), map(str, frame.columns))
            raise DataError(f"split.{key}={column}: {name} has no such column.{hint}")


def test_rows(
    frame: pd.DataFrame,
    y: Array,
    task: str,
    options: Mapping[str, Any],
    *,
    groups: Array | None,
    times: Array | None,
    name: str,
) -> tuple[Array, Array]:
    """The rows of train and test split, as `split.*` asks.

    Parameters
    ----------
    frame : DataFrame
        All columns of the table.
    y : ndarray of shape (rows,)
        The target.
    task : str
        classification or regression.
    options : mapping
        `test_size`, `seed`, and at most one of `group`, `time`, `column`, each the name of a column.
    groups : ndarray of int or None
        For each row the number of the group that `validation` keeps together; `split.group` wins over it.
    times : ndarray or None
        For each row when it is, as `times_of` says of `split.time`.
    name : str
        Of the table, for errors.

    Returns
    -------
    train, test : ndarray of int
        Positions in `frame`, in ascending order.

    Raises
    ------
    DataError
        If a column is missing or holds something else, or a part would lack rows or a class.
    """
    check_asked(frame, options, name)
    asked = asked_split(options)
    size, seed = options["test_size"], options["seed"]
    if times is not None:
        parts = _by_time(times, size, f"split.time={asked['time']}")
    elif "column" in asked:
        parts = _by_column(frame[asked["column"]], name)
    else:
        owned = group_codes(frame[asked["group"]], "split.group") if "group" in asked else groups
        return split(y, task, test_size=size, seed=seed, groups=owned)
    _check_parts(y, task, parts, f"split.{next(iter(asked))}={next(iter(asked.values()))}")
    return parts


def times_of(frame: pd.DataFrame, config: Mapping[str, Any], first: bool | None) -> Array | None:
    """When the rows of a table are, as `split.time` tells: days since 1970 of dates, other numbers as they are.

    None where there is no such key, or no such column: see `check_asked`. Whether the day is the `first` number of a
    date may be known.

    Raises
    ------
    DataError
        If that is not known of all rows, or dates are such as cannot be.
    """
    name = config["split"].get("time")
    if name not in frame.columns:
        return None
    values = frames.plain(frame[name])
    if first is not None:
        by_hand = config["read"].get("dayfirst") is not None
        dates.day_first(values, f"split.time={name}", first, by_hand=by_hand)
    return _moments(values, first)


def times_of_parts(
    times: Array, at: tuple[Array, Array], sources: tuple[Source, Source | None], config: Mapping[str, Any]
) -> tuple[Array, Array]:
    """When the rows of both splits are, which stand `at` these positions of a table whose rows are at these `times`.

    The test split may be a table of its own, the second.

    Raises
    ------
    DataError
        If a row of the second table is earlier than one of the first.
    """
    train, test = sources
    if test is None:
        return times[at[0]], times[at[1]]
    column = config["split"]["time"]
    first = dates.day_first(train.frame[column], f"split.time={column}", config["read"].get("dayfirst"))
    later = times_of(test.frame, config, first)
    if later is None or later.min() < times.max():
        raise DataError(
            f"split.time={column}: the test split is a file of its own, {test.name}, which holds rows that are earlier "
            "than some of the train file."
        )
    return times, later


def _moments(values: "pd.Series[Any]", told: bool | None) -> Array:
    where = f"split.time={values.name}"
    of_numbers = types.is_numeric_dtype(values)
    known = values if of_numbers else dates.known(values)
    found = known.to_numpy(float, na_value=np.nan) if of_numbers else dates.days(known, where, told=told)
    far = np.flatnonzero(found > FAR)
    if len(far) and not of_numbers:
        raise DataError(
            f"{where}: {str(values.iloc[far[0]])!r} in row {values.index[far[0]]} (from 0) lies beyond the year 2200, "
            "and would be in the test split: leave these rows out, or write when they were."
        )
    missing = np.flatnonzero(np.isnan(found))
    if len(missing):
        raise DataError(
            f"{where}: the column is missing in {len(missing):,} of {len(values):,} rows (first: row "
            f"{values.index[missing[0]]}, from 0). Fill them, or remove those rows."
        )
    if of_numbers and _year_last(found):
        raise DataError(
            f"{where}: {values.iloc[0]} is a date whose year stands last, and whole numbers are ordered by their size: "
            "write 2026-12-31 or 20261231."
        )
    return found


def _by_time(times: Array, test_size: float, where: str) -> tuple[Array, Array]:
    """The last rows are the test split; rows of one moment stand in one part."""
    found, counts = np.unique(times, return_counts=True)
    if len(found) < 2:
        raise DataError(f"{where}: every row has the same value, nothing comes before or after.")
    later = len(times) - np.cumsum(counts)[:-1]  # rows after each moment but the last
    last = found[np.argmin(np.abs(later - test_size * len(times)))]
    return np.flatnonzero(times <= last), np.flatnonzero(times > last)


def _year_last(times: Array) -> bool:
    """Whether whole numbers are all dates such as 31122026 or 12312026, and not such as 20261231."""
    if not ((times % 1 == 0) & (times >= 1_011_900) & (times <= 31_122_100)).all():
        return False
    first, second, year = times // 1_000_000, times // 10_000 % 100, times % 10_000
    days = (np.minimum(first, second) >= 1) & (np.minimum(first, second) <= 12) & (np.maximum(first, second) <= 31)
    of_year_first = (times // 10_000 >= 1900) & (times // 10_000 <= 2100)
    return bool((days & (year >= 1900) & (year <= 2100)).all()) and not of_year_first.all()


def _by_column(values: "pd.Series[Any]", name: str) -> tuple[Array, Array]:
    words = values.astype("string").str.strip().str.lower().str.removesuffix(".0")
    column = str(values.name).lower()
    of_train = "train" in column and "test" not in column
    tested = words.map(PARTS | {word: flag != of_train for word, flag in FLAGS.items()})
    wrong = np.flatnonzero(tested.isna())
    if len(wrong):
        value = plain_value(values.iloc[wrong[0]])
        raise DataError(
            f"split.column={values.name}: {name} holds {value!r} in row {values.index[wrong[0]]} (from 0); the column "
            "must say train or test in every row (or false and true, 0 and 1: whether it is tested, or, where its name "
            "has train in it, learnt from)."
        )
    of_test = tested.to_numpy(bool)
    return np.flatnonzero(~of_test), np.flatnonzero(of_test)


def _check_parts(y: Array, task: str, parts: tuple[Array, Array], where: str) -> None:
    for rows, part in zip(parts, ("train", "test"), strict=True):
        if len(rows) < 2:
            raise DataError(f"{where}: the {part} split has {len(rows):,} of {len(y):,} rows, too few.")
    if task == "classification":
        unseen = sorted(set(y[parts[1]].tolist()) - set(y[parts[0]].tolist()))
        if unseen:
            raise DataError(f"{where}: the class {unseen[0]!r} of the target stands in no row of the train split.")


def is_grouped(validation: Mapping[str, Any]) -> bool:
    """Whether folds and splits keep the rows of a group together."""
    return validation["name"] == "group" or (validation["name"] == "nested" and validation.get("groups") is not None)


def group_column(config: Mapping[str, Any]) -> str | None:
    """The column whose rows of one value belong together, so that resamples draw them together; None where none does.

    That of `split.group`, which may join groups of `validation`, but tears none apart.
    """
    if config["split"].get("group") is not None:
        return str(config["split"]["group"])
    return str(config["validation"]["groups"]) if is_grouped(config["validation"]) else None


def group_codes(values: "pd.Series[Any]", key: str = "validation.groups") -> Array:
    """For each row the number of its group, by the column that a key of the config names.

    Raises
    ------
    DataError
        If a row has none.
    """
    codes: Array = pd.factorize(values)[0]
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise DataError(
            f"{key}={values.name}: the column is missing in {len(missing):,} of {len(values):,} rows (first: "
            f"row {values.index[missing[0]]}, from 0). Fill them, each with a value of its own where it stands alone."
        )
    return codes


def split(y: Array, task: str, *, test_size: float, seed: int, groups: Array | None = None) -> tuple[Array, Array]:
    """Row numbers of train and test split: stratified for classification, by `seed`.

    Parameters
    ----------
    y : ndarray of shape (rows,)
        The target.
    task : str
        classification or regression.
    test_size : float
        Share of rows in the test split.
    seed : int
        Of the draw.
    groups : ndarray of int, optional
        For each row the number of its group, all rows of which come into the same part.

    Returns
    -------
    train, test : ndarray of int
        In ascending order.

    Raises
    ------
    DataError
        If a class has a single row, or there are too few rows for each part to hold every class.
    """
    from sklearn.model_selection import train_test_split

    codes, labels = pd.factorize(y, sort=True)
    stratify = codes if task == "classification" else None
    if stratify is not None:
        counts = np.bincount(codes)
        if counts.min() < 2:
            label, alone = labels[counts.argmin()], int((counts == 1).sum())
            if len(labels) > MAX_CLASSES and alone > 1:
                raise DataError(
                    f"The target has {len(labels):,} classes, {alone:,} of them with a single row, such as "
                    f"{plain_value(label)!r}, which cannot be in train and test split: is it the column to predict?"
                    f"{no_classes(labels)}"
                )
            raise DataError(
                f"The class {plain_value(label)!r} of the target has a single row: it cannot be in train and test "
                f"split. Remove it, or join it with another class.{no_classes(labels)}"
            )
    try:
        if groups is None:
            train, test = train_test_split(np.arange(len(y)), test_size=test_size, random_state=seed, stratify=stratify)
        else:
            train, test = _split_groups(stratify, groups, test_size, seed)
    except ValueError as error:
        raise DataError(f"split.test_size={test_size} does not work for {len(y)} rows: {error}") from error
    lost = [] if stratify is None else labels[np.bincount(codes[train], minlength=len(labels)) == 0]
    if len(lost):
        raise DataError(
            f"split.test_size={test_size}: the class {plain_value(lost[0])!r} has no row left in the train split"
            f"{' of whole groups' if groups is not None else ''}: take a smaller one or another seed, or join the "
            "class with another."
        )
    return np.sort(train), np.sort(test)


def _split_groups(codes: Array | None, groups: Array, test_size: float, seed: int) -> tuple[Array, Array]:
    """Of ten draws of whole groups the one whose test split has most nearly its share of the rows of every class.

    One that leaves the train split no row of a class is taken where there is no other.
    """
    from sklearn.model_selection import GroupShuffleSplit

    classes = np.zeros(len(groups), dtype=np.int64) if codes is None else codes
    every = np.bincount(classes)

    def distance(parts: tuple[Array, Array]) -> tuple[bool, float]:
        tested = np.bincount(classes[parts[1]], minlength=len(every))
        return bool((tested == every).any()), float(np.abs(tested - test_size * every).sum())

    splitter = GroupShuffleSplit(n_splits=10, test_size=test_size, random_state=seed)
    return min(splitter.split(groups, groups=groups), key=distance)


def groups_of(frame: pd.DataFrame, config: Mapping[str, Any], name: str) -> Array | None:
    """For each row of a table the number of its group, where `validation` keeps groups together."""
    if not is_grouped(config["validation"]):
        return None
    column = str(config["validation"]["groups"])
    if column == config["target"]:
        raise DataError(f"validation.groups={column}: that is the target; name the column that says whose a row is.")
    if column not in frame.columns:
        hint = nearest_override("validation.groups", column, frame.columns)
        raise DataError(f"validation.groups={column}: {name} has no such column.{hint}")
    return group_codes(frame[column])


def check_whole(frame: pd.DataFrame, groups: Array, at: tuple[Array, Array], config: Mapping[str, Any]) -> None:
    """Refuse a split that tears a group of `validation` apart."""
    torn = at[1][np.isin(groups[at[1]], groups[at[0]])]
    if len(torn):
        key, column = next(iter(asked_split(config["split"]).items()))
        kept = config["validation"]["groups"]
        value = plain_value(frame[str(kept)].iloc[torn[0]])
        raise DataError(
            f"split.{key}={column} tears groups of validation.groups={kept} apart: rows of {value!r} stand in the "
            f"train and in the test split. Where rows of other groups are to be predicted, leave split.{key} out, and "
            "groups stay together. Where rows of these groups are, take validation=cv. No key does both: "
            "test_data=FILE names a file of rows that are, say, later ones and of other groups."
        )
