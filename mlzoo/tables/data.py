"""The data of a run: train and test split, target and fingerprints."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo import database
from mlzoo.errors import DataError, NothingToLearnError, nearest_name, shown
from mlzoo.findings import MAX_NAMED, Finding, beside, finding_of, told
from mlzoo.reading import dates, files, frames, memory
from mlzoo.reading.forms import missing_of
from mlzoo.reading.source import Source, check_signs, told_again, with_numbers
from mlzoo.tables import kinds as kinds_of
from mlzoo.tables import selection, totals
from mlzoo.tables.categories import find_marks, find_spellings, find_unseen
from mlzoo.tables.columns import Counts, count, find_in_columns, levels_of
from mlzoo.tables.labels import check_classes, classes_of, label_counts, labels_of, target_of, task_of, with_target
from mlzoo.tables.splitting import asked_split, check_asked, check_whole, groups_of, test_rows, times_of, times_of_parts

NOTHING = "No column is left beside the target: there is nothing to learn from."
Array = np.ndarray[Any, Any]


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
        The labels, sorted; of two the positive one is the last.
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
    dayfirst : bool or None
        That of `read`.
    times : tuple of two ndarray or None
        When the rows of both splits are, as numbers, where `split.time` tells.
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
    dayfirst: bool | None = None
    times: tuple[Array, Array] | None = None

    @property
    def labels(self) -> Array | None:
        """The classes as an array; None for regression."""
        return None if self.classes is None else np.array(self.classes)

    def own(self) -> "Data":
        """The same data for one more run, which may write into it: pandas copies a table when it is changed."""
        return replace(
            self,
            X_train=self.X_train.copy(deep=False),
            X_test=self.X_test.copy(deep=False),
            y_train=self.y_train.copy(),
            y_test=self.y_test.copy(),
        )


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
    findings = [one for source in (train, test) if source for one in [*dialects(source), *totals.check(source)]]
    target = config["target"]
    frame = selection.chosen(train.frame, config, train.name, findings)
    y = target_of(frame, target, train)
    task = task_of(y, config["task"])
    labels = labels_of(y, task, target)
    times = times_of(train.frame, config, config["read"].get("dayfirst"))
    parts, at, y_train, y_test = _parts(frame, labels, task, (train, test), config, findings, times)
    given = kinds_of.by_hand(config["columns"], train.frame, train.name, target)
    kinds_of.check_numbers(frame, given, train.name)
    first, second = (part.drop(columns=[target]) for part in parts)
    X_train, X_test, kinds, columns, counts = kinds_of.typed(  # noqa: N806
        first, second, given, (train.name, (test or train).name), config["read"].get("dayfirst")
    )
    findings += _of_missing_dates(kinds, (train, test))
    if test is not None:
        check_signs((train, test), [*columns["number"], target])
        findings += find_unseen(X_test, counts, test.name)
    out = kinds_of.left_out(kinds, given, counts, train.decimal)
    if not any(columns.values()):
        raise _nothing_left(out, [column for column in train.frame.columns if column not in frame.columns])
    findings += [*out, *selection.without_effect(given, frame, config)]
    findings += find_in_columns(first, X_train, columns, counts, config, y_train if task == "regression" else None)
    findings += memory.check(train.name, len(X_train) + len(X_test), frame.shape[1], levels_of(counts, columns, config))
    texts = _together(counts, count(X_test, columns["category"])), label_counts(target, y_train, y_test)
    findings += _of_texts(*texts, (train, test), config)
    aside = [name for name in train.frame.columns if name not in X_train.columns and name != target]
    return Data(
        X_train=X_train,
        y_train=y_train,
        X_test=X_test,
        y_test=y_test,
        rows_train=parts[0].index.to_numpy(),
        rows_test=parts[1].index.to_numpy(),
        columns=columns,
        task=task,
        classes=classes_of(y_train, task, config["positive"], target),
        sources={
            "train": _describe(train, X_train, y_train) | _booleans(columns, kinds),
            "test": _describe(test or train, X_test, y_test),
            "target": target,
        },
        findings=beside(findings, selection.named(config, "drop")),
        aside_train=train.frame[aside].iloc[at[0]],
        aside_test=(test or train).frame.filter(aside).iloc[at[1]],
        kinds=kinds,
        drawn=test is None and not asked_split(config["split"]),
        dayfirst=config["read"].get("dayfirst"),
        times=None if times is None else times_of_parts(times, at, (train, test), config),
    )


def _together(counts: Counts, more: Counts) -> Counts:
    """How often each value stands in both splits, as a mark in either file makes its column text."""
    return {name: counts[name].add(more[name], fill_value=0) for name in more}


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
    times: Array | None,
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], tuple[Array, Array], Array, Array]:
    """Train and test part of the table, the positions of their rows, and their targets."""
    train, test = sources
    asked, target = asked_split(config["split"]), config["target"]
    groups = groups_of(train.frame, config, train.name)
    if test is None:
        at = test_rows(train.frame, labels, task, config["split"], groups=groups, times=times, name=train.name)
        if asked and groups is not None:
            check_whole(train.frame, groups, at, config)
        return (frame.iloc[at[0]], frame.iloc[at[1]]), at, labels[at[0]], labels[at[1]]
    if asked and "time" not in asked:  # which says of two files when their rows are
        key, column = next(iter(asked.items()))
        raise DataError(f"split.{key}={column}: the test split is a file of its own, {test.name}; name one of the two.")
    for source in (train, test):
        check_asked(source.frame, config["split"], source.name)
    other = selection.chosen(test.frame, config, test.name, [], frame)
    more = set(other.columns) - set(frame.columns)  # one of these may be the target, written in another way
    lacks = target not in other.columns and nearest_name(target, map(str, more)) is None
    if lacks and set(frame.columns) - {target} <= set(other.columns):
        raise DataError(
            f"target={target}: {test.name} has all columns of {train.name} but this one, without which it cannot be "
            "scored. To predict its rows leave test_data out, and pass the file to predict when the run is done."
        )
    y_test = labels_of(target_of(other, target, test), task, target)
    other = selection.match(frame, other, train.name, test.name, findings, selection.named(config, "drop"))
    check_classes(labels, y_test, task, test.name)
    return (frame, other), (np.arange(len(frame)), np.arange(len(other))), labels, y_test


def read_sources(config: Mapping[str, Any]) -> tuple[Source, Source | None]:
    """The table, of which `sample` rows, and that of the test split, None where it is made of the one table.

    By `missing_target=drop` rows without a target are left out of both.

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
        raise DataError(
            "There is no data: pass data=FILE, +dataset=NAME, or a +preprocess=NAME whose YAML names data_train."
        )
    options = config["read"]
    used = selection.uses(config)
    by_hand = [str(name) for kind in ("category", "text") for name in config["columns"].get(kind, [])]  # 01234 stays so
    target = [config["target"]] if config["task"] == "regression" else []
    numbers = [*config["columns"].get("number", []), *target]
    if from_database:
        whole = database.source(config["db"], folder=folder)
        whole = with_numbers(whole, options.get("na_values"), by_hand, numbers, target=config["target"])
    else:
        given: dict[str, Any] = {"text": by_hand, "numbers": numbers, "used": used}
        whole = files.read(first[1], options, where=first[0], folder=folder, target=config["target"], **given)
    left = _with_target(totals.noted(whole), config, by_hand, numbers)
    train = _sampled(left, config["sample"], config["seed"])
    if second[1] is None:
        return train, None
    values = {config["target"], *map(str, numbers)}  # which are such of categories too
    typed = {name: frames.plain(left.frame[name]) if name in values else left.frame[name] for name in left.frame}
    texts = [str(name) for name, column in typed.items() if not types.is_numeric_dtype(column)]
    numbers = [name for name in left.frame.columns if name not in texts]
    other = {"folder": folder, "text": texts, "numbers": numbers, "decimal": left.decimal, "target": config["target"]}
    other |= {"used": used, "points": left.points}
    test = files.read(second[1], options, where=second[0], **other)
    return train, _with_target(totals.noted(test), config, texts, numbers, left.points)


def _with_target(
    source: Source,
    config: Mapping[str, Any],
    kept: Sequence[str],
    numbers: Sequence[str],
    points: Mapping[str, str] | None = None,
) -> Source:
    """A table, by `missing_target=drop` without the rows that have no target; the rest is that of `told_again`."""
    if config["missing_target"] != "drop":
        return source
    left = with_target(source, config["target"])
    if left is source:
        return source
    return told_again(left, source, kept, numbers, points, config["target"])


def _sampled(source: Source, rows: int | None, seed: int) -> Source:
    """So many rows of a table, drawn by `seed`, in their order; they keep their numbers."""
    if rows is None or rows == len(source.frame):
        return source
    if rows > len(source.frame):
        note = f"sample={rows}: there are {len(source.frame):,} rows, and all are used"
        return replace(source, notes=[*source.notes, note])
    drawn = np.sort(np.random.default_rng(seed).choice(len(source.frame), rows, replace=False))
    note = f"{rows:,} of {len(source.frame):,} rows are used (sample)"
    return replace(source, frame=source.frame.iloc[drawn], notes=[*source.notes, note])


def _describe(source: Source, X: pd.DataFrame, y: Array) -> dict[str, Any]:  # noqa: N803
    return {
        "source": source.name,
        "sha256": source.sha256,
        "rows": len(X),
        "columns": list(X.columns),
        "gaps": [name for name in X.columns if X[name].hasnans],
        "ranges": _ranges(X),
        "target_sha256": hashlib.sha256(repr(y.tolist()).encode()).hexdigest(),
        **({} if source.decimal in (None, ".") else {"decimal": source.decimal}),
        **({"points": source.points} if source.points else {}),
        **({"dotted": source.dotted} if source.dotted else {}),
        **({"signs": {name: list(sign) for name, sign in source.signs.items()}} if source.signs else {}),
    }


def _ranges(X: pd.DataFrame) -> dict[str, list[float]]:  # noqa: N803
    """The least and the greatest value of each column of numbers, which new rows are compared with."""
    numbers = {name: X[name].to_numpy() for name in X.columns if X[name].dtype.kind in "iuf"}
    ends = {name: [float(end.reduce(values)) for end in (np.fmin, np.fmax)] for name, values in numbers.items()}
    return {name: found for name, found in ends.items() if not np.isnan(found[0])}


def _booleans(columns: Mapping[str, list[str]], kinds: Mapping[str, str]) -> dict[str, list[str]]:
    found = [name for name in columns["number"] if kinds[name] == "boolean"]
    return {"booleans": found} if found else {}


def _nothing_left(out: list[Finding], aside: list[str]) -> NothingToLearnError:
    """The error of a table whose columns are all left out, for what they hold or by `preprocess.drop` and `keep`."""
    why = [one["message"] if one["remedy"].startswith("preprocess.drop") else told(one) for one in out[:3]]
    why += [f"preprocess.drop or preprocess.keep leaves out {shown(aside, MAX_NAMED)}."] if aside else []
    return NothingToLearnError(" ".join([NOTHING, *why]))


# -- findings -----------------------------------------------------------------------------------------------------


def _of_missing_dates(kinds: Mapping[str, str], sources: tuple[Source, Source | None]) -> list[Finding]:
    """Findings on what is read as missing in columns of dates, as on columns of numbers."""
    names = [name for name, kind in kinds.items() if kind == "date"]
    told = [replace(source, notes=dates.notes(source.frame, names)) for source in sources if source]
    return [finding for source in told for finding in dialects(source)]


def _of_texts(
    counts: Counts, labels: Counts, sources: tuple[Source, Source | None], config: Mapping[str, Any]
) -> list[Finding]:
    """Findings on categories and labels: words that may be values, marks, spellings."""
    found = []
    for source in filter(None, sources):
        for name, words in source.words.items():
            if name in counts:
                text = (
                    f"{source.name}: in the column {name!r} {' and '.join(map(repr, words))} "
                    f"{'is' if len(words) == 1 else 'are'} read as missing "
                    "(read.na_values=[] reads empty fields alone so)."
                )
                found.append(finding_of("marks", "info", name, text))
    given = config["read"].get("na_values")
    given = given if isinstance(given, Mapping) else missing_of(given, "")
    by_hand = [*config["columns"].get("category", []), *frames.categories_but_text(sources[0].frame)]
    found += find_marks(counts, given, sources[0].decimal, by_hand, labels, config["columns"])
    return [*found, *find_spellings({**counts, **labels})]
