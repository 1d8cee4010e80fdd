"""The predictions that a run has kept, out of fold and of the test split, and what can be told from them alone."""

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from mlzoo.errors import RecordError
from mlzoo.record import Record, read_config
from mlzoo.stats import tails

Array = np.ndarray[Any, Any]


class UnknownError(Exception):
    """What is asked of predictions cannot be known; the text says why."""


def load(one: Record) -> dict[str, Array]:
    """What `oof.npz` holds: see `artifacts.write_oof`.

    Raises
    ------
    UnknownError
        If it is gone, or cannot be read.
    """
    with _opened(one) as (_, file):
        names = ("row", "y", "split", "label", "score", "trial", "chosen")
        return {name: file[name] for name in (*names, *(["group"] if "group" in file else []))}


@contextmanager
def _opened(one: Record) -> Iterator[tuple[Path, Any]]:
    path = one.folder / "oof.npz"
    try:
        with np.load(path) as file:
            yield path, file
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise UnknownError(f"{path} {'cannot be read' if path.is_file() else 'is gone'}") from error


def chosen(one: Record) -> dict[str, Array]:
    """What the chosen setting of a run has said of the rows that were held out, without reading the other settings.

    Returns
    -------
    dict
        row, y, split and, where rows belong together, group as of `load`; label of shape (repeat, row), score of shape
        (repeat, row, class).

    Raises
    ------
    UnknownError
        If that is gone, or cannot be read.
    """
    with _opened(one) as (path, file):
        (at,) = np.flatnonzero(file["trial"] == file["chosen"])
        held = {name: file[name] for name in ("row", "y", "split", "group") if name in file or name != "group"}
        return held | {name: read_slice(path, name, int(at)) for name in ("label", "score")}


def filled(held: dict[str, Array]) -> dict[str, Array]:
    """Predictions where what a repeat does not say of a row, as it has not held it out, is what the first has that did.

    `held` is as of `load` or `chosen`.
    """
    there: Array = held["split"] >= 0
    if there.all():
        return held
    first = (..., there.argmax(axis=0), np.arange(there.shape[1]))
    label, score = held["label"], held["score"]
    label = np.where(there, label, label[first][..., None, :])
    score = np.where(there[..., None], score, score[*first, slice(None)][..., None, :, :])
    return {**held, "label": label, "score": score}


def read_slice(path: Path, name: str, at: int) -> Array:
    """One trial's part of an array of `oof.npz`, without reading those of the others: all of them may be gigabytes."""
    with ZipFile(path) as archive:
        entry = archive.getinfo(f"{name}.npy")
        with archive.open(entry) as file:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, by_column, kind = read(file)
            header = file.tell()
    if entry.compress_type != ZIP_STORED or by_column or kind.hasobject:
        raise ValueError(f"{path}: {name} is not as a run writes it")
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        names = int.from_bytes(file.read(2), "little") + int.from_bytes(file.read(2), "little")
        each = int(np.prod(shape[1:], dtype=int))
        file.seek(entry.header_offset + 30 + names + header + at * each * kind.itemsize)
        held = np.frombuffer(file.read(each * kind.itemsize), dtype=kind)
    return held.reshape(shape[1:])


def confusion(one: Record) -> tuple[Array, Array] | None:
    """What the chosen setting of a run has said of each class in each fold, and in which repeat each fold is.

    Returns
    -------
    tuple or None
        Counts of shape (folds, true class, class said) and numbers of shape (folds,); None of a regression, and where
        they are not known.
    """
    classes = one["data"].get("classes")
    if classes is None:
        return None
    try:
        held = chosen(one)
    except UnknownError:
        return None
    split, label = (held[name].astype(int) for name in ("split", "label"))
    repeat, row = np.nonzero(split >= 0)
    fold, folds = split[repeat, row], one["validation"]["folds"]  # of a fold of few rows none may be kept
    counts, of_fold = np.zeros((folds, len(classes), len(classes))), np.zeros(folds, int)
    np.add.at(counts, (fold, held["y"][row].astype(int), label[repeat, row]), 1)
    of_fold[fold] = repeat
    return counts, of_fold


def is_sample(one: Record) -> bool:
    """Whether a run, of very many rows, has kept what was said of some of them alone: see `fits.kept_rows`."""
    try:
        with _opened(one) as (_, file):
            part = "test" if one["validation"]["name"] == "holdout" else "train"
            return bool(len(file["row"]) < one["data"][part].get("rows", 0))
    except UnknownError:
        return False


def certain(one: Record, metric: str) -> tuple[int, int, float]:
    """How many rows the chosen setting was certain of, of how many, and what that may cost: see `tails.certain`."""
    try:
        held = chosen(one)
    except UnknownError:
        return 0, 0, 0.0
    rows: Array = np.any(held["split"] >= 0, axis=0)
    found, excess = tails.certain(metric, held["y"][rows], filled(held)["score"][:, rows])
    return found, int(rows.sum()), excess


def said(one: Record) -> str | None:
    """A digest of what the chosen setting of a run has said of every row; None where that is not known."""
    try:
        held = chosen(one)
    except UnknownError:
        return None
    parts = [held[name] for name in ("row", "split", "label", "score")]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def right(one: Record) -> Array | None:
    """Which rows of the test split a classifier got right; None where that is not known, or rows belong together."""
    path = Path(one.folder) / "predictions.csv"
    if one["data"].get("classes") is None or not path.is_file() or belong_together(one):
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            names = next(lines)
            truth, said = names.index("truth"), names.index("prediction")
            return np.array([line[truth] == line[said] for line in lines])
    except (OSError, ValueError, IndexError, StopIteration, csv.Error):  # damaged
        return None


def belong_together(one: Record) -> bool:
    """Whether rows of the test split belong together: by the groups of `validation` and `split`, or by time."""
    if one["validation"].get("groups") is not None:
        return True
    try:
        split = read_config(one.folder).get("split") or {}
    except RecordError:
        split = {}
    return split.get("group") is not None or split.get("time") is not None
