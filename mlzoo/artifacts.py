"""The files that a run leaves beside its record."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo import outputs, pipeline, record, targets, wrong
from mlzoo.answers import class_codes
from mlzoo.errors import MlzooError, listed
from mlzoo.evaluate import Scored
from mlzoo.findings import Finding, finding_of
from mlzoo.permutation import MAX_COLUMNS
from mlzoo.reading.dates import moment
from mlzoo.record import Record
from mlzoo.searching.fits import Context, kept_rows
from mlzoo.searching.storage import Trial
from mlzoo.tables.data import Array, Data


def write_files(
    made: Record,
    context: Context,
    trials: list[Trial],
    built: Pipeline,
    test: Scored,
    importances: Callable[[], list[dict[str, Any]]],
) -> list[Finding]:
    """Write every file but the record, the config, the study's journal and `oof.npz`. What could not be is returned.

    Parameters
    ----------
    made : Record
        Whose folder is written into.
    context : Context
        Config, data, folds, scorers and seed.
    trials : list of Trial
        All of them.
    built : Pipeline
        That of the best, fitted on the whole train split.
    test : Scored
        Its scores and predictions on the test split.
    importances : callable
        Gives the importance of each column.
    """
    from sklearn.utils import estimator_html_repr

    folder, metric, config = made.folder, made["metric"], context.config
    write_predictions(folder / "predictions.csv", context.data, test)
    if config["n_trials"] is not None:
        write_trials(folder / "trials.csv", context, trials, metric)
    if epochs := getattr(built[-1], "epochs_", None):
        record.write_csv(folder / "epochs.csv", epochs, list(epochs[0]))

    def importance() -> None:
        found = importances()
        record.write_csv(folder / "importance.csv", found, ("column", "mean", "sd"))
        write_wrong(folder / "wrong.csv", context.data, test, [one["column"] for one in found])

    def diagram() -> None:
        record.write_text(folder / "pipeline.html", targets.redacted(estimator_html_repr(built)))

    def model() -> None:
        try:
            record.save_model(folder, built, config["persist"])
        except Exception:
            made.pipeline = built  # what cannot be kept is there at least as long as the session is
            raise

    def categories() -> None:
        names = context.data.columns["category"] if config["persist"] != "none" else []
        if names:
            table = context.data.X_train
            record.write_categories(folder, {name: sorted(table[name].dropna().unique().tolist()) for name in names})

    columns, too_many = context.data.X_test.shape[1], []
    if columns > MAX_COLUMNS:
        text = f"Of {columns:,} columns there is no importance: of more than {MAX_COLUMNS:,} it would take too long."
        too_many = [finding_of("file", "info", "", text)]
    kept = _attempt("The pipeline could not be kept", model, "persist=none")
    if unread := record.untrusted(folder):
        made.pipeline = built
        text = f"model.skops holds types that are not trusted, so that predict refuses it: {listed(unread)}."
        kept.append(finding_of("file", "warning", "", text, "persist=joblib"))
    return [
        *kept,
        *_attempt("The categories of the train split could not be kept", categories),
        *(too_many or _attempt("The importance of the columns could not be computed", importance)),
        *_attempt("The pipeline's diagram could not be drawn", diagram),
    ]


def _attempt(trouble: str, write: Callable[[], None], remedy: str = "") -> list[Finding]:
    """Write what the scores do not depend on: an error here is a finding, so that it costs no finished search."""
    try:
        write()
    except (MlzooError, OSError):
        raise
    except Exception as error:
        return [finding_of("file", "warning", "", f"{trouble}: {type(error).__name__}: {error}", remedy)]
    return []


def write_predictions(path: Path, table: Data, test: Scored) -> None:
    """Write `predictions.csv`: row, truth, prediction and `proba_<class>` of each class.

    Of a model without probabilities `score_<class>` are its decision values, of two classes that of the positive one.
    """
    classes = table.classes
    label = test.label if table.labels is None else table.labels[test.label]
    columns: dict[str, Array] = {"row": table.rows_test, "truth": table.y_test, "prediction": label}
    if test.proba is not None and classes is not None:
        kind = "proba" if test.probabilities else "score"
        named = zip(classes[-test.proba.shape[1] :], test.proba.T, strict=True)
        columns |= {f"{kind}_{name}": values for name, values in named}
    outputs.write_csv(pd.DataFrame({name: values.tolist() for name, values in columns.items()}), path)


def write_wrong(path: Path, table: Data, test: Scored, columns: list[str]) -> None:
    """Write `wrong.csv`: the test rows that are most wrong, the worst first, by number and `columns`; dates as such."""
    truth = table.y_test if table.labels is None else class_codes(table.y_test, table.labels)
    how = {"probabilities": test.probabilities, "classes": table.labels is not None}
    at = wrong.most(truth, test.label, test.proba, **how)
    frame = table.X_test.iloc[at][columns]
    for name in [name for name in table.columns.get("date", []) if table.kinds[name] == "date"]:
        frame[name] = [None if math.isnan(value) else moment(value) for value in frame[name]]
    frame.insert(0, "row", table.rows_test[at], allow_duplicates=True)
    outputs.write_csv(frame, path)


def write_trials(path: Path, context: Context, trials: list[Trial], metric: str) -> None:
    """Write `trials.csv`: one row a trial, in order of their numbers. A parameter that is None is `null`, not empty."""
    default = pipeline.leaves(context.config, {})
    names = list(dict.fromkeys(key for trial in trials for key in trial.params or {}))

    def row(trial: Trial) -> dict[str, Any]:
        params = default if trial.params is None else trial.params
        return {
            "trial": trial.number,
            "state": trial.state,
            "value": trial.value,
            "error": trial.error,
            **{f"fold_{fold}": score for fold, score in trial.scores(metric).items()},
            **{name: "null" if params[name] is None else params[name] for name in names if name in params},
            **({name: trial.mean(name) for name in ("fit_s", "predict_s")} if trial.folds else {}),
        }

    folds = max((fold + 1 for trial in trials for fold in trial.at), default=0)
    scores = [f"fold_{fold}" for fold in range(folds)]
    columns = ["trial", "state", "value", *scores, *names, "error", "fit_s", "predict_s"]
    record.write_csv(path, map(row, trials), columns)


def write_oof(path: Path, context: Context, trials: list[Trial], chosen: Trial, groups: Array | None = None) -> None:
    """Write `oof.npz`: the out-of-fold predictions of every complete trial that was scored here.

    row: number of the row in the file, y (row,), trial (trial,), chosen, split (repeat, row): the fold in which a row
    was held out, -1 for none, label (trial, repeat, row), score (trial, repeat, row, class): probabilities, or decision
    values, those of two classes in the last column; NaN where a trial has none, or where its folds answer in different
    ways, as those of a nested search may. group (row,), where `groups` are those of the train split's rows.
    """
    table, folds = context.data, context.folds
    holdout = folds.name == "holdout"
    y, rows = (table.y_test, table.rows_test) if holdout else (table.y_train, table.rows_train)
    full = [trial for trial in trials if trial.value is not None and len(trial.folds[0].label)]
    sample = kept_rows(folds, table, context.seed)
    kept = np.arange(len(y)) if sample is None else sample
    held = [rows if at is None else rows[at] for (_, rows), at in zip(folds.splits, context.kept, strict=True)]
    places = [(repeat, np.searchsorted(kept, rows)) for repeat, rows in zip(folds.repeat, held, strict=True)]
    shape = (max(folds.repeat) + 1, len(kept))
    split = np.full(shape, -1, dtype=np.int16)
    for fold, place in enumerate(places):
        split[place] = fold
    labels, scores = [], []
    width = max((one.proba.shape[1] for trial in full for one in trial.folds if one.proba is not None), default=0)
    for trial in full:
        label = np.full(shape, -1 if table.classes else np.nan, dtype=np.int16 if table.classes else np.float64)
        alike = len({(one.probabilities, one.proba is None or one.proba.shape[1]) for one in trial.folds}) == 1
        score = np.full((*shape, width), np.nan, dtype=np.float32)
        for scored, place in zip(trial.folds, places, strict=True):
            label[place] = scored.label
            if alike and scored.proba is not None:
                score[*place, width - scored.proba.shape[1] :] = scored.proba
        labels.append(label)
        scores.append(score)
    truth: Array = y if table.labels is None else class_codes(y, table.labels)
    arrays: dict[str, Any] = {
        "row": rows[kept],
        "y": truth[kept],
        "trial": np.array([trial.number for trial in full]),
        "chosen": np.array(chosen.number),
        "split": split,
        "label": np.array(labels),
        "score": np.array(scores),
    }
    if groups is not None:
        arrays["group"] = groups[kept]
    with record.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
