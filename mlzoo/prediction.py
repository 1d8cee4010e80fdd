"""New rows through the pipeline of a run."""

import logging
import os
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import frames, idx, kinds, leaderboard, outputs, overall, reading, record
from mlzoo.errors import DataError, RecordError, listed, shown
from mlzoo.grammar import override_value
from mlzoo.reading import Source
from mlzoo.record import Record

log = logging.getLogger(__name__)

BEGINNING = b"row,prediction"  # of a file of predictions


def predict(run: Record | str | os.PathLike[str], data: pd.DataFrame | str | os.PathLike[str]) -> pd.DataFrame:
    """Predict new rows.

    Parameters
    ----------
    run : Record or path
        A run, its folder, or the folder of a sweep: its best row.
    data : DataFrame or path
        The rows, or a file of them. Columns may stand in any order; others are ignored, and the log warns of them.

    Returns
    -------
    DataFrame
        prediction, and proba_<class> where the model gives probabilities. Its index is that of `data`; of a file the
        number of the row, from 0.

    Raises
    ------
    DataError
        If columns are missing or hold something else than in the train split.
    RecordError
        If no run in the folder has ended well, or it kept no pipeline.
    """
    chosen = run if isinstance(run, Record) else choose(run)
    predictions, notices = predict_rows(chosen, data)
    for notice in notices:
        log.warning("%s", notice)  # which a notebook shows
    if not isinstance(run, Record) and (doubt := doubt_of(run)):
        log.warning("%s", doubt)
    predictions = predictions.set_index("row")
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
    if best is not None:
        return record.load(best)
    rows = leaderboard.board(done)
    first = leaderboard.best(rows) or rows[0]
    return next(one for one in done if str(one.folder) == first["folder"])


def doubt_of(folder: str | os.PathLike[str]) -> str:
    """What is to be said of a choice among the rows of a multirun that has not ended; else nothing."""
    if not (Path(folder) / "multirun.yaml").is_file() or leaderboard.is_complete(Path(folder)):
        return ""
    return f"{folder}: not all of its rows are done; this is the best of those that are."


def predict_rows(run: Record, source: Any) -> tuple[pd.DataFrame, list[str]]:
    """Predict the rows of a table.

    Parameters
    ----------
    run : Record
        The run whose pipeline predicts.
    source : DataFrame or path
        The table, or its file, read with the run's `read.*` options; or images in an IDX file.

    Returns
    -------
    predictions : DataFrame
        row (from 0), prediction, and proba_<class> where the model gives probabilities.
    notices : list of str
        What was ignored.

    Raises
    ------
    DataError
        If columns are missing or hold something else than in the train split.
    """
    name = "The DataFrame" if isinstance(source, pd.DataFrame) else str(source)
    table = _read(run, source, name)
    frame = table.frame
    needed = run["data"]["train"]["columns"]
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        said = "" if isinstance(source, pd.DataFrame) else _as_read(run)
        raise DataError(f"{name} lacks columns that {run['cell']} was fitted on: {shown(missing, 10)}.{said}")
    extra = [column for column in frame.columns if column not in needed]
    missed = reading.signs_missed(table, run["data"]["train"].get("signs", {}), run["data"]["columns"]["number"])
    notices = [f"{name}: {note}." for note in [*table.notes, *missed]]
    if extra:
        notices.append(f"{name}: columns that the pipeline does not use are ignored: {shown(extra, 10)}.")
    rows = kinds.as_kinds(frame[needed], run["data"]["columns"], name)
    pipeline = run.pipeline
    found: dict[str, Any] = {"row": range(len(rows)), "prediction": pipeline.predict(rows)}
    if hasattr(pipeline, "predict_proba"):
        by_label = dict(zip(map(str, pipeline.classes_), pipeline.predict_proba(rows).T, strict=True))
        found |= {f"proba_{label}": by_label[str(label)] for label in run["data"]["classes"]}
    return pd.DataFrame(found), notices


def _as_read(run: Record) -> str:
    """By which `read.*` options of the run a file was read, and what to do where it is written otherwise."""
    options = record.read_config(run.folder).get("read") or {}
    given = [f"read.{key}={override_value(value)}" for key, value in options.items() if value is not None]
    if not given:
        return ""
    return (
        f" It was read with the run's {listed(given)}: write it as the train file is, or read it with pandas and hand "
        "the DataFrame to mlzoo.predict."
    )


def _read(run: Record, source: Any, name: str) -> Source:
    if not isinstance(source, pd.DataFrame | str | os.PathLike):
        raise DataError(f"predict takes a DataFrame or the name of a file, not a {type(source).__name__}.")
    if isinstance(source, pd.DataFrame):
        if source.empty:
            raise DataError(f"{name} holds no rows.")
        return Source(frames.tidy(source, name), name, "", [])
    if Path(source).is_file() and idx.is_idx(Path(source)):
        return Source(idx.read_images(Path(source)), name, "", [])
    options = record.read_config(run.folder).get("read") or {}
    columns = run["data"]["columns"]
    text, decimal = [*columns["category"], *columns.get("text", [])], run["data"]["train"].get("decimal", ".")
    return reading.read(source, options, where="FILE", text=text, decimal=decimal)


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
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(BEGINNING)) != BEGINNING:
                raise DataError(f"-o {path}: there is a file of this name that holds no predictions: name another.")


def write(predictions: pd.DataFrame, path: Path) -> None:
    """Write predictions as CSV."""
    with record.replacing(path) as temporary:
        predictions.to_csv(temporary, index=False, lineterminator="\n")
