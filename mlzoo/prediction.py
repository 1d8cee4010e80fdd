"""New rows through the pipeline of a run."""

import logging
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import new_rows, outputs, record
from mlzoo.board import leaderboard, overall
from mlzoo.errors import DataError, RecordError, first_line, listed, nearest, shown
from mlzoo.grammar import command
from mlzoo.reading import dates, durations, frames
from mlzoo.reading.layout import ONE
from mlzoo.reading.source import Source, gist, signs_missed
from mlzoo.record import Record
from mlzoo.tables import conversion
from mlzoo.tables.categories import unseen_categories
from mlzoo.tables.sentinels import find_sentinels

log = logging.getLogger(__name__)

FIRST, ANSWER = "row", "prediction"  # the columns that every file of predictions has
FEW = 5  # values of a column below which it is chance where they lie


def predict(
    run: Record | str | os.PathLike[str],
    data: pd.DataFrame | str | os.PathLike[str],
    *,
    ids: Collection[str] = (),
    read: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Predict new rows.

    Parameters
    ----------
    run : Record or path
        A run, its folder, or the folder of a sweep: its best row.
    data : DataFrame or path
        The rows, or a file of them. Columns may stand in any order; others are ignored, and the log warns of them.
    ids : collection of str
        Columns of `data` that stand before the predictions, such as a customer's number; of a file as they are written
        in it.
    read : mapping, optional
        How the file is read where it is written otherwise than the train file: `{"sep": ";", "decimal": ","}`. What is
        not named is as in the run.

    Returns
    -------
    DataFrame
        `ids`, prediction, and proba_<class> where the model gives probabilities. Its index is that of `data`; of a file
        the number of the row, from 0.

    Raises
    ------
    ConfigError
        If `read` names what there is not.
    DataError
        If columns are missing, hold something else than in the train split, or an id has the name of a prediction.
    RecordError
        If no run in the folder has ended well, or it kept no pipeline.
    """
    chosen = run if isinstance(run, Record) else choose(run)
    ids = [ids] if isinstance(ids, str) else [*map(str, ids)]
    predictions, notices = predict_rows(chosen, data, read, ids)
    for notice in notices:
        log.warning("%s", notice)  # which a notebook shows
    if not isinstance(run, Record) and (doubt := doubt_of(run)):
        log.warning("%s", doubt)
    predictions = predictions.set_index(FIRST)
    return predictions.set_axis(data.index) if isinstance(data, pd.DataFrame) else predictions


def choose(folder: str | os.PathLike[str]) -> Record:
    """The run of a run folder, or the best row of a sweep folder.

    Raises
    ------
    RecordError
        If no run in it has ended well.
    """
    found = leaderboard.find(folder)
    done = [one for one in found if one["status"] == "done"]
    if not done:
        reasons = "; ".join(f"{one['cell']} is {one['status']}" for one in found)
        raise RecordError(f"{folder}: no run in it has ended well ({reasons}).")
    sets = list(dict.fromkeys(overall.set_names(done)))
    if len(sets) > 1:
        named = [str(path) for path in outputs.places(sets, Path(folder)).values() if path.is_dir()]
        one = f"the folder of one of them ({', '.join(named)})" if named else "a run folder"
        raise RecordError(f"{folder} holds runs on several data sets ({', '.join(sets)}): name {one}.")
    best = leaderboard.written_best(Path(folder))
    if best is not None and not (best / record.NAME).is_file():
        raise RecordError(
            f"{folder}: its best row, {best}, is gone. To rank what is there: {command('compare', str(folder))}"
        )
    if best is not None:
        return record.load(best)
    rows = leaderboard.board(done)
    first = leaderboard.best(rows) or rows[0]
    return next(one for one in done if str(one.folder) == first["folder"])


def doubt_of(folder: str | os.PathLike[str]) -> str:
    """What is to be said of a choice among rows that are not all done, or were ranked by the test split; or nothing."""
    found = leaderboard.find(folder)
    done = [one for one in found if one["status"] == "done"]
    sweep = leaderboard.sweep_of(Path(folder))
    begun = not (sweep / "multirun.yaml").is_file() or leaderboard.is_complete(Path(folder))
    if len(done) < len(found) or not begun:
        of = "its rows" if sweep == Path(folder) or len(done) < len(found) else "the jobs of its multirun"
        return f"{folder}: not all of {of} are done; this is the best of those that are."
    if len(done) > 1 and all(one["validation"]["optimistic"] for one in done):
        return f"{folder}: its rows were ranked by the test split (validation=holdout); the first may be so by luck."
    return ""


def predict_rows(
    run: Record, source: Any, read: Mapping[str, Any] | None = None, ids: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Predict the rows of a table.

    Parameters
    ----------
    run : Record
        The run whose pipeline predicts.
    source : DataFrame or path
        The table, or its file, read with the run's `read.*` options (of a DataFrame `read.na_values`); or images in an
        IDX file.
    read : mapping, optional
        Options that stand in place of the run's.
    ids : collection of str
        Columns of the table to stand beside the predictions.

    Returns
    -------
    predictions : DataFrame
        row (from 0), the ids, prediction, and proba_<class> where the model gives probabilities.
    notices : list of str
        What was ignored, and what the train split does not have.

    Raises
    ------
    ConfigError
        If there is no such option, or it cannot be.
    DataError
        If columns are missing, hold something else than in the train split, or an id has the name of a prediction.
    """
    name = "The DataFrame" if isinstance(source, pd.DataFrame) else str(source)
    options = new_rows.options_of(read or {})
    table = new_rows.read(run, source, name, options, ids)
    frame, train = table.frame, run["data"]["train"]
    needed = train["columns"]
    if any(column not in frame.columns for column in (*needed, *ids)):
        as_read = "" if isinstance(source, pd.DataFrame) else new_rows.as_read(run, options)
        raise DataError(_lacking(run, table, ids, name, as_read))
    known = {*needed, *ids}
    extra = [column for column in frame.columns if column not in known]
    kinds_of = new_rows.kinds_of(run, options)
    missed = signs_missed(table, train.get("signs", {}), kinds_of["number"], written=table.of_text)
    undated = dates.notes(frame, kinds_of.get("date", []))
    rows = conversion.as_kinds(frame[needed], kinds_of, name)
    categories = record.read_categories(run.folder)
    unseen = [note for _, note, _, _ in unseen_categories(rows, categories)]
    empty = [column for column in needed if rows[column].isna().all()] if len(rows) > 1 else []
    missed = [*_empty(empty), *missed, *_beyond(rows, run, kinds_of)]
    missed += _new_gaps(rows, [column for column in needed if column not in empty], train)
    far = find_sentinels(frame[needed], rows, kinds_of.get("date", []), _further(rows, train, kinds_of))
    missed += [finding["message"].removesuffix(".") for finding in far]
    missed += _lost_words(table, categories)
    missed += _without_id(table, [column for column in dict.fromkeys(ids) if column not in needed])
    notices = [f"{name}: {note}." for note in [*unseen, *_news([*table.notes, *undated], run), *missed]]
    if table.sha256 and table.sha256 == train["sha256"]:
        notices.append(
            f"{name}: the table that {run['cell']} has learnt from: how many of these predictions are right says "
            "nothing of new rows; predictions.csv of the run has those of its test split."
        )
    if extra:
        notices.append(f"{name}: columns that the pipeline does not use are ignored: {shown(extra, 10)}.")
    pipeline = run.pipeline
    try:
        found = _answers(pipeline, rows, run["data"]["classes"])
    except Exception as error:  # of any kind: the pipeline may be anyone's
        said = "".join(f" {note[0].upper()}{note[1:]}." for note in missed)
        raise DataError(
            f"{name}: {run['cell']} cannot predict these rows: {type(error).__name__}: {first_line(error)}{said}"
        ) from error
    taken = next((column for column in ids if column in found), None)
    if taken is not None:
        raise DataError(f"{name}: the column {taken!r} cannot stand beside the predictions, one of which has its name.")
    predictions = pd.DataFrame(found)
    for place, column in enumerate(dict.fromkeys(ids), start=1):
        predictions.insert(place, column, _as_id(frame[column]).array)
    return predictions, notices


def _answers(pipeline: Any, rows: pd.DataFrame, classes: Iterable[Any]) -> dict[str, Any]:
    """What a pipeline says of rows: predictions, and probabilities of the classes where it gives some."""
    found: dict[str, Any] = {FIRST: range(len(rows)), ANSWER: pipeline.predict(rows)}
    if hasattr(pipeline, "predict_proba"):
        by_label = dict(zip(map(str, pipeline.classes_), pipeline.predict_proba(rows).T, strict=True))
        found |= {f"proba_{label}": by_label[str(label)] for label in classes}
    return found


def _lacking(run: Record, table: Source, ids: Iterable[str], name: str, as_read: str) -> str:
    """Which columns a table lacks, and what may be meant."""
    there = table.frame.columns
    missing = [column for column in run["data"]["train"]["columns"] if column not in there]
    if not missing:
        absent = next(column for column in ids if column not in there)
        hint = nearest(absent, there) or f" It has: {shown(there, 10)}."
        return f"{name} has no column {absent!r} to stand beside the predictions.{hint}"
    spelled = {column.strip().casefold(): column for column in there}
    alike = [repr(spelled[one.strip().casefold()]) for one in missing if one.strip().casefold() in spelled]
    hint = f" It has {listed(alike)}: names are the same to the letter, case and spaces." if alike else ""
    hint = hint or nearest(missing[0], there) or f" It has: {shown(there, 10)}."
    said = "".join(f" {note[0].upper()}{note[1:]}." for note in table.notes if note.startswith(ONE))
    return f"{name} lacks columns that {run['cell']} was fitted on: {shown(missing, 10)}.{hint}{as_read}{said}"


def _lost_words(table: Source, categories: Mapping[str, Iterable[str]]) -> list[str]:
    """What is to be said of words that are categories of the train split, and are read as missing."""
    lost = {name: [word for word in table.words.get(name, []) if word in known] for name, known in categories.items()}
    return [
        f"in the column {name!r} {listed([*map(repr, words)])} {'is' if len(words) == 1 else 'are'} read as missing, "
        "and a value in the train split: predictions may be wrong (read.na_values=[] reads empty fields alone so)"
        for name, words in lost.items()
        if words
    ]


def _without_id(table: Source, ids: Iterable[str]) -> list[str]:
    """What is to be said of rows that have no id, or one that is read as a missing value."""
    found = []
    for column in ids:
        missing, words = int(table.frame[column].isna().sum()), table.words.get(column, [])
        read = f" ({' and '.join(map(repr, words))} is read so; read.na_values=[] keeps it)" if words else ""
        found += [f"{missing:,} of {len(table.frame):,} rows have no {column!r}{read}"] if missing else []
    return found


def _as_id(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as it is written: whole numbers beside missing ones are none with a point, and keep their digits."""
    whole = values.dtype == "float64" and values.hasnans and bool((values.dropna() % 1 == 0).all())
    return values.astype("Int64") if whole and values.abs().max() < frames.EXACT else values


# -- what is said of them -----------------------------------------------------------------------------------------


def _new_gaps(rows: pd.DataFrame, columns: Iterable[str], train: Mapping[str, Any]) -> list[str]:
    """What is to be said of values that are missing in columns which had one in every row of the train split."""
    known = [column for column in columns if "gaps" in train and column not in train["gaps"]]
    missing = {column: count for column in known if (count := int(rows[column].isna().sum()))}
    told = [f"{column!r} ({count:,} of {len(rows):,})" for column, count in missing.items()]
    return [f"no value where every row of the train split had one, in {shown(told, 10)}"] if told else []


def _empty(columns: Collection[str]) -> list[str]:
    """What is to be said of columns without a value."""
    if not columns:
        return []
    return [
        f"NO value in any row of the column{'s' * (len(columns) > 1)} {shown(map(repr, columns), 10)}, "
        "which had some in the train split: predictions may be wrong"
    ]


def _further(rows: pd.DataFrame, train: Mapping[str, Any], kinds_of: Mapping[str, list[str]]) -> list[str]:
    """The columns of numbers of which one lies outside those of the train split."""
    ranges = {name: ends for name, ends in train.get("ranges", {}).items() if name not in kinds_of.get("date", [])}
    return [name for name, (low, high) in ranges.items() if ((rows[name] < low) | (rows[name] > high)).any()]


def _beyond(rows: pd.DataFrame, run: Record, kinds_of: Mapping[str, list[str]]) -> list[str]:
    """What is to be said of columns of numbers of which none lies between those of the train split; days as dates."""
    numbering = {one["column"] for one in run.get("findings") or [] if one["check"] == "identifier"}  # which goes on
    lasting = [column for form in durations.SUCH for column in kinds_of.get(form, [])]
    days = {*kinds_of.get("date", [])}.difference(lasting)
    told = []
    for column, (low, high) in run["data"]["train"].get("ranges", {}).items():
        if column in numbering:
            continue
        values = rows[column].to_numpy(dtype=float)
        values = values[~np.isnan(values)]
        if len(values) >= FEW and not ((values >= low) & (values <= high)).any():
            ends = (values.min(), values.max(), low, high)
            said = [str(np.datetime64(int(end // 1), "D")) if column in days else f"{end:g}" for end in ends]
            told.append(f"{column!r} ({said[0]} to {said[1]}; there {said[2]} to {said[3]})")
    if not told:
        return []
    return [
        f"NO value within those of the train split in {shown(told, 5)}, as of another unit, or of later rows: "
        "predictions may be wrong"
    ]


def _news(notes: Iterable[str], run: Record) -> list[str]:
    """Notes on a file without those that the run has recorded on its train file."""
    before = f"{run['data']['train']['source']}: "
    told = [one["message"] for one in run.get("findings") or [] if one["check"] == "dialect"]
    known = {gist(message.removeprefix(before).removesuffix(".")) for message in told if message.startswith(before)}
    kept: list[str] = []
    dropped = False
    for note in notes:
        dropped = gist(note) in known or (dropped and note.startswith("so in "))  # which goes on with the last one
        if not dropped:
            kept.append(note)
    return kept


def check_output(path: Path, source: Path) -> None:
    """Refuse to write predictions over the rows that they are for, over another file or a folder, or as another kind.

    Raises
    ------
    DataError
        With the path.
    """
    if path.is_dir():
        raise DataError(f"-o {path} is a folder: name a file, such as {path / 'predictions.csv'}.")
    if path.suffix.lower() != ".csv":
        raise DataError(f"-o {path}: predictions are written as CSV: name a file that ends in .csv.")
    if path.resolve() == source.resolve():
        raise DataError(f"-o {path} is the file that is read: name another.")
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        raise DataError(f"-o {path}: nothing can be written into the folder {path.parent}: name a file in another.")
    if path.is_file():
        with path.open(encoding="utf-8", errors="replace") as file:
            first, *others = file.readline(10_000).rstrip("\n").split(",")
            if first != FIRST or ANSWER not in others:
                raise DataError(f"-o {path}: there is a file of this name that holds no predictions: name another.")
