"""The folds that every trial and cell is scored on."""

import hashlib
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import targets
from mlzoo.errors import ConfigError, DataError
from mlzoo.tables.columns import no_classes
from mlzoo.tables.data import Array, Data
from mlzoo.tables.splitting import group_codes, group_column, is_grouped

MANY_RUNS, MIN_MOMENTS = 10, 5  # of rows that follow time
MAX_GROUPS = 10_000  # that are dealt out by all their rows, which is slow; of more, by the rarest class of each


@dataclass(frozen=True)
class Folds:
    """The cross-validation folds of the train split, or the hold-out on the test split.

    Attributes
    ----------
    name : str
        cv, group, nested or holdout.
    splits : list of (train, validation)
        Arrays of positions in the train split; of the test split where `name` is holdout.
    repeat : list of int
        For each fold, the repetition that it belongs to: within one, no row is validated twice.
    groups : str or None
        The column of `validation.groups`, where it keeps rows together.
    """

    name: str
    splits: list[tuple[Array, Array]]
    repeat: list[int]
    groups: str | None = None

    def parts(self, data: Data, fold: int) -> tuple[pd.DataFrame, Array, pd.DataFrame, Array]:
        """Features and target to fit on, features and target to score on."""
        y_fit, y_held = self.truth(data, fold)
        if self.name == "holdout":
            return data.X_train, y_fit, data.X_test, y_held
        train, held = self.splits[fold]
        return data.X_train.iloc[train], y_fit, data.X_train.iloc[held], y_held

    def truth(self, data: Data, fold: int) -> tuple[Array, Array]:
        """The target of the rows to fit on and of those to score on."""
        train, held = self.splits[fold]
        if self.name == "holdout":
            return data.y_train, data.y_test
        return data.y_train[train], data.y_train[held]

    def fingerprint(self) -> str:
        """sha256 of the positions of all folds: equal where scores are paired."""
        digest = hashlib.sha256()
        for part in (part for split in self.splits for part in split):
            digest.update(np.ascontiguousarray(part, dtype=np.int64).tobytes() + b"|")
        return digest.hexdigest()


def make_folds(validation: Mapping[str, Any], data: Data) -> Folds:
    """The folds that every trial and cell is scored on.

    Parameters
    ----------
    validation : mapping
        The config's node: name (cv, group, nested, holdout), n_splits, n_repeats, seed, splitter and groups; of
        `nested` the outer folds.
    data : Data
        What is split.

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds, or there are fewer groups.
    ConfigError
        If the splitter cannot split the data, or tears groups apart.
    """
    if validation["name"] == "holdout":
        return Folds("holdout", [(np.arange(len(data.y_train)), np.arange(len(data.y_test)))], [0])
    grouped = is_grouped(validation)
    column = str(validation["groups"]) if grouped else None
    groups = [] if column is None else [_groups(column, data)]
    splits: list[tuple[Array, Array]] = []
    seen = []
    for splitter in _group_splitters(validation, data, *groups) if grouped else [_splitter(validation, data)]:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The groups parameter is ignored")  # whether it matters is seen below
                made = [(train, held) for train, held in splitter.split(data.X_train, data.y_train, *groups)]
        except (AttributeError, TypeError, ValueError) as error:
            name = type(splitter).__name__
            how = " Pass validation=group validation.groups=COLUMN too." if "Group" in name and not grouped else ""
            raise ConfigError(f"validation: {name} cannot split the data: {error}{how}") from error
        parts = {held.tobytes() for _, held in made}
        if parts not in seen:  # of few groups there are few ways, and the same folds twice would count as more
            splits += made
            seen.append(parts)
    beyond = [int(rows.max()) for split in splits for rows in split if len(rows) and rows.max() >= len(data.y_train)]
    if beyond:
        raise ConfigError(
            f"validation.splitter: it names row {beyond[0]} (from 0), but there are {len(data.y_train)} rows to split. "
            "Take a splitter that fits any number of rows."
        )
    if grouped and any(np.isin(groups[0][held], groups[0][train]).any() for train, held in splits):
        raise ConfigError(
            f"validation.splitter: {type(splitter).__name__} tears groups of validation.groups={column} apart. Leave "
            "it out, or take a splitter of groups, such as sklearn.model_selection.LeaveOneGroupOut; where rows of "
            "known groups are to be predicted, validation=cv."
        )
    return Folds(validation["name"], splits, _repetitions([held for _, held in splits]), column)


def _splitter(validation: Mapping[str, Any], data: Data) -> Any:
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    if validation.get("splitter"):
        return _own_splitter(validation)
    n_splits, n_repeats, seed = validation["n_splits"], validation["n_repeats"], validation["seed"]
    if data.task == "regression":
        if len(data.y_train) < n_splits:
            raise DataError(f"The train split has {len(data.y_train)} rows, fewer than validation.n_splits={n_splits}.")
        return RepeatedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=seed)
    _check_classes(data, n_splits)
    return RepeatedStratifiedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=seed)


def _own_splitter(validation: Mapping[str, Any]) -> Any:
    made = targets.build(validation["splitter"], where="validation.splitter")
    if getattr(made, "random_state", 0) is None:
        made.random_state = validation["seed"]
    return made


def _check_classes(data: Data, n_splits: int) -> None:
    labels, counts = np.unique(data.y_train, return_counts=True)
    if counts.min() < n_splits:
        label, count = labels[counts.argmin()].item(), counts.min()
        rows = f"{count} row{'' if count == 1 else 's'}"
        least = f"pass validation.n_splits={count}" if count > 1 else "remove it or join it with another class"
        raise DataError(
            f"The class {label!r} of the target has {rows} in the train split, fewer than the "
            f"{n_splits} folds: {least}.{no_classes(labels)}"
        )


def groups_of_test(config: Mapping[str, Any], data: Data) -> Array | None:
    """For each row of the test split the number of its group, or run; None where rows stand alone, or none is known."""
    column = group_column(config)
    if column is None and data.times is not None:
        return _runs(data.times[1])
    held = next((frame for frame in (data.X_test, data.aside_test) if column in frame), None)
    if column is None or held is None:
        return None
    codes = pd.factorize(held[column])[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(alone.sum())
    return codes


def groups_of_train(config: Mapping[str, Any], data: Data, folds: Folds) -> Array | None:
    """For each row of the train split the number of its group, or of its run in time; None where rows stand alone.

    Rows that no fold holds out are in no run of those that are.
    """
    column = group_column(config)
    if folds.name == "holdout":
        return None
    if column is not None:
        return _groups(column, data)
    if data.times is None:
        return None
    held = np.zeros(len(data.y_train), dtype=bool)
    for _, rows in folds.splits:
        held[rows] = True
    runs = np.zeros(len(held), dtype=np.int64)
    runs[held] = _runs(data.times[0][held])
    runs[~held] = runs.max() + 1
    return runs


def _runs(times: Array) -> Array:
    """Runs of moments that follow each other, each as long as there are runs: neighbours may be alike.

    Where there are fewer than `MIN_MOMENTS`, runs are of rows, in the order of the file within a moment.

    References
    ----------
    H. R. Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17,
    1217-1241. The blocks do not overlap, as in E. Carlstein (1986), Annals of Statistics 14, 1171-1179.
    """
    moments, place = np.unique(times, return_inverse=True)
    if len(moments) < MIN_MOMENTS:
        place = np.argsort(np.argsort(times, kind="stable"))
    number = int(place.max()) + 1
    return place // max(1, min(math.isqrt(number), number // MANY_RUNS))


def _groups(column: str, data: Data) -> Array:
    return group_codes((data.X_train if column in data.X_train else data.aside_train)[column])


def _group_splitters(validation: Mapping[str, Any], data: Data, groups: Array) -> list[Any]:
    """A splitter for each repetition, seeded by its number, that keeps the rows of a group together."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    if validation.get("splitter"):
        return [_own_splitter(validation)]
    column, n_splits, seed = validation["groups"], validation["n_splits"], validation["seed"]
    found = len(np.unique(groups))
    if found < n_splits:
        values = f"{found} value{'' if found == 1 else 's'}"
        fewer = f"pass validation.n_splits={found}, or " if found > 1 else ""
        raise DataError(
            f"validation.groups={column}: the column has {values} in the train split, fewer than the {n_splits} folds: "
            f"{fewer}name a column of more groups."
        )
    if data.task == "classification":
        _check_classes(data, n_splits)
    seeds = range(seed, seed + validation["n_repeats"])
    if data.task == "classification" and found > MAX_GROUPS:
        return [_ByRarest(n_splits, one) for one in seeds]
    kind = GroupKFold if data.task == "regression" else StratifiedGroupKFold
    return [kind(n_splits=n_splits, shuffle=True, random_state=one) for one in seeds]


@dataclass(frozen=True)
class _ByRarest:
    """Deals out groups by the rarest class that each holds, which chance alone would leave out of some folds."""

    n_splits: int
    seed: int

    def split(self, _: pd.DataFrame, y: Array, groups: Array) -> Iterator[tuple[Array, Array]]:
        """The rows to fit on and those to score on, of each fold."""
        own = np.unique(groups, return_inverse=True)[1]
        place, counts = np.unique(y, return_inverse=True, return_counts=True)[1:]
        rank = np.argsort(np.argsort(counts, kind="stable"))  # of classes that are as rare each is dealt out apart
        rarest = np.full(own.max() + 1, len(counts))
        np.minimum.at(rarest, own, rank[place])
        shuffled = np.random.default_rng(self.seed).permutation(len(rarest))
        fold = np.empty(len(rarest), dtype=np.int64)
        fold[shuffled[np.argsort(rarest[shuffled], kind="stable")]] = np.arange(len(rarest)) % self.n_splits
        for one in range(self.n_splits):
            yield np.flatnonzero(fold[own] != one), np.flatnonzero(fold[own] == one)


def _repetitions(held: Sequence[Array]) -> list[int]:
    """For each fold the first repetition in which none of its rows was validated yet."""
    rows = 1 + max((int(one.max()) for one in held if len(one)), default=0)
    seen: list[Array] = []  # by repetition, which rows were validated
    found = []
    for one in held:
        index = next((i for i, others in enumerate(seen) if not others[one].any()), len(seen))
        if index == len(seen):
            seen.append(np.zeros(rows, dtype=bool))
        seen[index][one] = True
        found.append(index)
    return found
