"""The out-of-fold predictions that a run has kept, and what can be told from them alone."""

import hashlib
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mlzoo.record import Record
from mlzoo.stats import weighted

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


def shuffled(one: Record, metric: str) -> Array | None:
    """What the chosen setting's answers of each fold score on average in a random order; None where that is not known.

    Of metrics such as f1, for which some answers are better than others even if they know nothing. It is that of the
    confusion matrix that is expected then.
    """
    if metric.partition("_")[0] not in weighted.BY_CLASS:
        return None
    classes = len(one["data"]["classes"])
    of_confusion = weighted.of_counts(metric, classes)
    try:
        held = load(one)
    except UnknownError:
        return None
    chosen = held["trial"] == held["chosen"]
    if of_confusion is None or not chosen.any():
        return None
    label, found = held["label"][chosen][0], []
    for fold in range(one["validation"]["folds"]):
        at = held["split"] == fold
        true = np.bincount(held["y"][at.any(axis=0)].astype(int), minlength=classes)
        told = np.bincount(label[at].astype(int), minlength=classes)
        found.append(np.outer(true, told) / max(1, at.sum()))
    scores: Array = of_confusion(np.array(found))
    return scores if np.isfinite(scores).all() else None


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
