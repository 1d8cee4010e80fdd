"""What a run has left beside its record, read for the page. A file that is missing or damaged is None."""

import csv
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo.board import oof
from mlzoo.board.expectation import are_alike
from mlzoo.record import Record, read_csv
from mlzoo.report.measures import Array, sample
from mlzoo.stats.scale import on_one_scale
from mlzoo.stats.weighted import sharp

DAMAGE = (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Predicted:
    """Rows, their truth and what was predicted, on the test split or out of fold.

    Attributes
    ----------
    row : ndarray of shape (rows,)
        Numbers of the rows in their file.
    truth, label : ndarray of shape (rows,)
        Numbers of classes, or values for regression.
    score : ndarray of shape (rows, classes) or None
        Probabilities, or decision values.
    probabilities : bool
        Whether `score` holds probabilities.
    ranked : ndarray of shape (rows, classes) or None
        The scores as rows of several folds can be ranked by: see `scale.on_one_scale`.
    repeats : float
        How often each row was predicted, in the mean: a splitter may hold some out more often than others.
    group : ndarray of shape (rows,) or None
        The number of each row's group, or run in time, where rows belong together and it is known.
    together : bool
        Whether rows belong together, by groups or by time.
    """

    row: Array
    truth: Array
    label: Array
    score: Array | None
    probabilities: bool
    ranked: Array | None
    repeats: float = 1
    group: Array | None = None
    together: bool = False


def read_predictions(path: Path, classes: Sequence[Any] | None) -> Predicted | None:
    """`predictions.csv`: the test split."""
    rows = read_csv(path)
    if not rows:
        return None
    try:
        number = np.array([row["row"] for row in rows])
        if classes is None:
            truth, label = (np.array([float(row[key]) for row in rows]) for key in ("truth", "prediction"))
            return Predicted(number, truth, label, score=None, probabilities=False, ranked=None)
        at = {str(name): index for index, name in enumerate(classes)}
        truth, label = (np.array([at.get(row[key], -1) for row in rows]) for key in ("truth", "prediction"))
        kind = next((kind for kind in ("proba", "score") if f"{kind}_{classes[-1]}" in rows[0]), None)
        names = [name for name in (f"{kind}_{one}" for one in classes) if name in rows[0]]
        score = np.array([[float(row[name] or "nan") for name in names] for row in rows]) if kind else None
        return Predicted(number, truth, label, score=score, probabilities=kind == "proba", ranked=score)
    except DAMAGE:
        return None


def read_oof(made: Record, probabilities: bool) -> Predicted | None:
    """`oof.npz`: what the chosen trial predicted of the rows that were held out, every repetition of them."""
    try:
        held = oof.chosen(made)
        split, row, y, label, score = (held[name] for name in ("split", "row", "y", "label", "score"))
        repeats = len(split)
        known = split.ravel() >= 0

        def flat(of: Array) -> Array | None:
            by_row = of.reshape(repeats * len(row), -1)[known]
            by_row = by_row[:, np.isfinite(by_row).all(axis=0)]  # decision values of two classes are one column
            return sharp(by_row) if by_row.shape[1] else None

        truth, plain = np.tile(y, repeats)[known], flat(score)
        ranked = plain
        if plain is not None and made["data"].get("classes") and are_alike(made, held):
            fold = (split + (split.max() + 1) * np.arange(repeats)[:, None]).ravel()[known]
            codes = range(plain.shape[1]) if plain.shape[1] > 1 else [1]
            scaled = [on_one_scale(truth == code, of, fold) for code, of in zip(codes, plain.T, strict=True)]
            ranked = np.stack(scaled, axis=1)
        return Predicted(
            row=np.tile(row, repeats)[known],
            truth=truth,
            label=label.ravel()[known],
            score=plain,
            probabilities=probabilities and plain is not None and plain.shape[1] > 1,
            ranked=ranked,
            repeats=float(known.sum() / (split >= 0).any(axis=0).sum()),
            group=np.tile(held["group"], repeats)[known] if "group" in held else None,
            together="group" in held,
        )
    except (oof.UnknownError, *DAMAGE):
        return None


def value_of(text: str) -> float | str | None:
    """A field of a CSV file: a number where it is one, None where it is empty."""
    if text == "":
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


@dataclass(frozen=True)
class Trials:
    """`trials.csv`.

    Attributes
    ----------
    number, state : list
        Of each trial.
    value : list of float or None
        The metric, of all folds where the trial was complete. Of a trial that the race stopped an estimate: the best
        trial's mean, plus the mean difference to it on the folds that both had, which the sampler was told too.
    params : dict
        Values by parameter, in the order of the trials; None where a trial had none.
    """

    number: list[int]
    state: list[str]
    value: list[float | None]
    params: dict[str, list[float | str | None]]


def best_trial(trials: Trials) -> int | None:
    """The place of the best complete trial: of those stopped early there is but an estimate."""
    ended = enumerate(zip(trials.state, trials.value, strict=True))
    known = {at: value for at, (state, value) in ended if state == "complete" and value is not None}
    return max(known, key=known.__getitem__, default=None)


def thinned_trials(trials: Trials, most: int) -> Trials:
    """At most about `most` of the trials, the best among them."""
    if len(trials.number) <= most:
        return trials
    best = best_trial(trials)
    at = sorted({*sample(len(trials.number), most).tolist(), *([] if best is None else [best])})
    params = {name: [values[i] for i in at] for name, values in trials.params.items()}
    number, state = [trials.number[i] for i in at], [trials.state[i] for i in at]
    return Trials(number, state, [trials.value[i] for i in at], params)


def read_trials(path: Path) -> Trials | None:
    """`trials.csv`, of which those stopped early get an estimate."""
    rows = read_csv(path)
    if not rows:
        return None
    try:
        own = ("trial", "state", "value", "error", "fit_s", "predict_s")
        folds = [key for key in rows[0] if key.startswith("fold_")]
        names = [key for key in rows[0] if key not in own and key not in folds]
        scores = np.array([[float(row[key] or "nan") for key in folds] for row in rows])
        value = [float(row["value"] or "nan") for row in rows]
        if np.isfinite(value).any():
            best = int(np.nanargmax(value))
            gaps = scores - scores[best]
            for at, row in enumerate(rows):
                if row["state"] == "raced" and np.isfinite(gaps[at]).any():
                    value[at] = value[best] + float(np.nanmean(gaps[at]))
        return Trials(
            number=[int(row["trial"]) for row in rows],
            state=[row["state"] for row in rows],
            value=[one if math.isfinite(one) else None for one in value],
            params={name: [value_of(row[name]) for row in rows] for name in names},
        )
    except DAMAGE:
        return None


def read_importance(path: Path) -> list[tuple[str, float, float]] | None:
    """`importance.csv`: column, mean, standard deviation."""
    rows = read_csv(path)
    try:
        return [(row["column"], float(row["mean"]), float(row["sd"] or "nan")) for row in rows] if rows else None
    except DAMAGE:
        return None


def read_wrong(path: Path, most: int) -> tuple[list[str], dict[str, list[str]]]:
    """`wrong.csv`: the names of so many columns, those that count most, and their values by number of row."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            (_, *names), *rows = csv.reader(file)
        return names[:most], {number: values[:most] for number, *values in rows if len(values) == len(names)}
    except (csv.Error, *DAMAGE):
        return [], {}
