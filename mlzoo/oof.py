"""The out-of-fold predictions that a run has kept, and what can be told from them alone."""

import hashlib
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mlzoo.record import Record
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
    path = one.folder / "oof.npz"
    try:
        with np.load(path) as file:
            names = ("row", "y", "split", "label", "score", "trial", "chosen")
            return {name: file[name] for name in (*names, *(["group"] if "group" in file else []))}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise UnknownError(f"{path} {'cannot be read' if path.is_file() else 'is gone'}") from error


def confusion(one: Record) -> tuple[Array, Array] | None:
    """What the chosen setting of a run has said of each class in each fold, and in which repeat each fold is.

    Returns
    -------
    tuple or None
        Counts of shape (folds, true class, class said) and numbers of shape (folds,); None of a regression, and where
        they are not known.
    """
    try:
        held = load(one)
    except UnknownError:
        return None
    chosen, classes = held["trial"] == held["chosen"], one["data"].get("classes")
    if classes is None or not chosen.any():
        return None
    split, label = (held[name].astype(int) for name in ("split", "label"))
    repeat, row = np.nonzero(split >= 0)
    fold = split[repeat, row]
    counts, of_fold = np.zeros((int(fold.max()) + 1, len(classes), len(classes))), np.zeros(int(fold.max()) + 1, int)
    np.add.at(counts, (fold, held["y"][row].astype(int), label[chosen][0][repeat, row]), 1)
    of_fold[fold] = repeat
    return counts, of_fold


def certain(one: Record, metric: str) -> tuple[int, int, float]:
    """How many rows the chosen setting was certain of, of how many, and what that may cost: see `tails.certain`."""
    try:
        held = load(one)
    except UnknownError:
        return 0, 0, 0.0
    chosen, rows = held["trial"] == held["chosen"], (held["split"] >= 0).all(axis=0)
    if not chosen.any():
        return 0, int(rows.sum()), 0.0
    found, excess = tails.certain(metric, held["y"][rows], held["score"][chosen][0][:, rows])
    return found, int(rows.sum()), excess


def said(one: Record) -> str | None:
    """A digest of what the chosen setting of a run has said of every row; None where that is not known."""
    try:
        held = load(one)
    except UnknownError:
        return None
    chosen = held["trial"] == held["chosen"]
    if not chosen.any():
        return None
    parts = [held["row"], held["split"], held["label"][chosen], held["score"][chosen]]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()
