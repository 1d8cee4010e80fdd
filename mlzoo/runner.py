"""The story of one run, top to bottom: check, read, score, choose, refit, test, write."""

import hashlib
import json
import logging
import platform
import shlex
import subprocess
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import config as checks
from mlzoo import data as tables
from mlzoo import evaluate, pipeline, record, search, stats
from mlzoo.backend import Backend, make
from mlzoo.data import Array, Data, Finding
from mlzoo.errors import MlzooError
from mlzoo.evaluate import Answers, Folds, Scored
from mlzoo.record import Record
from mlzoo.search import Trial

log = logging.getLogger(__name__)

PACKAGES = ("mlzoo", "scikit-learn", "feature-engine", "optuna", "pandas", "numpy", "scipy", "hydra-core", "omegaconf")
MOST_OOF_ROWS = 10_000


def run(config: Any, *, folder: str | Path | None = None, backend: Backend | None = None) -> Record:
    """Carry out one cell once, and leave its record.

    Parameters
    ----------
    config : DictConfig or mapping
        What `compose` returns, or a plain config.
    folder : path, optional
        The run folder; by default a new one below `outputs`.
    backend : Backend, optional
        Where fits run; by default what `n_jobs` says.

    Returns
    -------
    Record
        With status done.

    Raises
    ------
    MlzooError
        If the config, the data or every fit fails; the folder then holds a record with status failed.
    """
    plain = checks.plain(config)
    checks.check(plain)
    record.check_persist(plain["persist"])
    made = start(plain, Path(folder) if folder else free_folder(plain))
    own = backend or make(plain["n_jobs"])
    try:
        _carry_out(plain, made, own)
    except BaseException as error:
        _fail(made, error)
        if isinstance(error, MlzooError) or not isinstance(error, Exception):
            raise
        raise evaluate.failed(error, made["cell"]) from error
    finally:
        if backend is None:
            own.close()
    return made


def _carry_out(config: Mapping[str, Any], made: Record, backend: Backend) -> None:
    clock = Clock()
    content = made.content
    table = tables.load(config)
    content["task"], content["data"], content["findings"] = table.task, described(table), list(table.findings)
    for finding in table.findings:
        tell(finding)
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    metric = content["metric"] = next(iter(scorers))
    _check_pipeline(config, table)
    folds = evaluate.make_folds(config["validation"], table)
    content["validation"] = validation(folds)
    content["baseline"] = evaluate.score_baseline(table, folds, scorers)
    content["identity"] = identity(config, content)
    made.save()
    clock.lap("prepare_s")

    context = search.Context(config, table, folds, scorers, config["seed"])
    trials = search.search(context, config, content["cell"], metric, backend=backend, folder=made.folder)
    chosen = search.best(trials)
    content.update(chosen_trial(config, chosen, trials, scorers, made.folder))
    _report_warnings(content, chosen.folds)
    clock.lap("search_s")

    built = pipeline.build(config, table.columns, chosen.params, seed=config["seed"])
    classes = None if table.classes is None else np.array(table.classes)
    everything = table.X_train, table.y_train, table.X_test, table.y_test
    test, given = evaluate.fit_and_score(built, everything, scorers, classes)
    content["test"] = test.scores
    content["test_interval"] = interval(metric, scorers[metric], given, test, table, config["seed"])
    clock.lap("refit_s")

    _write_files(config, made, table, folds, trials, chosen, built, test, scorers)
    clock.lap("write_s")
    content["timing"] |= {"fit_s": mean(chosen.folds, "fit_s"), "predict_s": mean(chosen.folds, "predict_s")}
    content["timing"] |= clock.laps
    content["status"] = "done"
    made.save()


# -- the record ---------------------------------------------------------------------------------------------------


def start(config: Mapping[str, Any], folder: Path) -> Record:
    """The record of a run that has begun, written with status running, beside the plain config."""
    origin = config["origin"] or {}
    names = [origin.get(group) or "custom" for group in checks.CELL]
    content = {
        "schema": record.SCHEMA,
        "status": "running",
        "cell": "-".join(names),
        "preprocess": names[0],
        "model": names[1],
        "name": config["models"].get("name") or names[1],
        "task": config["task"],
        "metric": config["metric"],
        "n_trials": config["n_trials"],
        "seed": config["seed"],
        "overrides": list(origin.get("overrides") or []),
        "environment": environment(origin.get("cwd", ".")),
        "timing": {},
        "error": None,
        "findings": [],
    }
    made = Record(folder, content)
    if origin.get("shadowing"):
        log.info("Taken from your own files in place of the shipped ones: %s", ", ".join(origin["shadowing"]))
    record.write_config(folder, config)
    made.save()
    return made


def free_folder(config: Mapping[str, Any]) -> Path:
    """The folder that the config was composed for, or, where it holds a run already, a new one beside it."""
    origin = config["origin"] or {}
    folder = Path(origin.get("folder") or f"outputs/{datetime.now():%Y-%m-%d/%H-%M-%S-%f}")
    number = 1
    free = folder
    while (free / record.NAME).exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def environment(folder: str) -> dict[str, Any]:
    """Versions of what the scores depend on, and the state of the start folder's git checkout."""
    found: dict[str, Any] = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found | {"accelerator": None, "git": git_state(folder)}


def git_state(folder: str) -> dict[str, Any] | None:
    """Commit and dirtiness of a checkout; None outside of one."""
    words = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), None)
    return {
        "commit": commit if commit != "(initial)" else None,
        "dirty": any(not line.startswith("#") for line in lines),
    }


def described(table: Data) -> dict[str, Any]:
    """The record's `data`."""
    return table.sources | {"classes": table.classes, "columns": table.columns}


def validation(folds: Folds) -> dict[str, Any]:
    """The record's `validation`."""
    return {
        "name": folds.name,
        "folds": len(folds.splits),
        "train_rows": [len(train) for train, _ in folds.splits],
        "test_rows": [len(held) for _, held in folds.splits],
        "splits": folds.fingerprint(),
        "optimistic": folds.name == "holdout",
    }


def identity(config: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """sha256 of everything that the scores depend on."""
    keys = (
        "preprocess",
        "models",
        "validation",
        "sampler",
        "seed",
        "metric",
        "metrics",
        "n_trials",
        "batch_size",
        "target",
    )
    parts = {key: config[key] for key in keys}
    parts["data"] = {name: content["data"][name]["sha256"] for name in ("train", "test")}
    parts["packages"] = {name: content["environment"][name] for name in PACKAGES}
    return hashlib.sha256(json.dumps(record.finite(parts), sort_keys=True).encode()).hexdigest()


def chosen_trial(
    config: Mapping[str, Any], chosen: Trial, trials: list[Trial], scorers: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """What the record says of the chosen trial."""
    params = chosen.params or {}
    default = pipeline.leaves(config, {})
    changed = {key: value for key, value in params.items() if key not in default or default[key] != value}
    failures = sum(trial.value is None for trial in trials)
    return {
        "cv": {name: [fold.scores[name] for fold in chosen.folds] for name in scorers},
        "params": pipeline.leaves(config, params),
        "command": checks.command(config, changed) or f"python -m mlzoo rerun {folder}",
        "trial": chosen.number,
        "trials": {"total": len(trials), "full": len(trials) - failures, "raced": 0, "failed": failures},
    }


def _fail(made: Record, error: BaseException) -> None:
    ended = isinstance(error, KeyboardInterrupt)
    made.content["status"] = "interrupted" if ended else "failed"
    made.content["error"] = {
        "type": type(error).__name__,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(error)),
    }
    made.save()


# -- steps --------------------------------------------------------------------------------------------------------


def _check_pipeline(config: Mapping[str, Any], table: Data) -> None:
    """Build the cell once, so that what does not suit the data is said before anything is fitted."""
    studied = search.Space(config)
    if studied.factory:
        return  # built, and so checked, when its first trial is asked
    evaluate.check_task(pipeline.build(config, table.columns, None, seed=config["seed"]), table)


def tell(finding: Finding) -> None:
    """Put a finding into the log."""
    drops = finding["remedy"].startswith("preprocess.drop")
    remedy = f" To leave it out: {shlex.quote(finding['remedy'])}" if drops else ""
    level = logging.WARNING if finding["severity"] == "warning" else logging.INFO
    log.log(level, "%s%s", finding["message"], remedy)


def _report_warnings(content: dict[str, Any], folds: list[Scored]) -> None:
    counts = Counter(text for fold in folds for text in fold.warnings)
    for text, count in counts.items():
        message = f"In {count} of {len(folds)} fits of the chosen setting: {text}"
        finding = {"check": "library", "severity": "warning", "column": "", "message": message, "remedy": ""}
        content["findings"].append(finding)
        tell(finding)


def interval(metric: str, scorer: Any, given: Answers, test: Scored, table: Data, seed: int) -> list[float]:
    """95 % interval of the metric on the test split: Wilson's for accuracy, else the bootstrap's."""
    n = len(table.y_test)
    if metric == "accuracy":
        return list(stats.wilson(round(test.scores[metric] * n), n))
    classes = None if table.classes is None else np.array(table.classes)
    truth = table.y_test if classes is None else evaluate.codes(table.y_test, classes)
    with warnings.catch_warnings():  # a resample may hold one class alone
        warnings.simplefilter("ignore")
        return list(stats.bootstrap(lambda rows: given.rows(rows).score(scorer, truth[rows]), n, seed=seed))


def _write_files(
    config: Mapping[str, Any],
    made: Record,
    table: Data,
    folds: Folds,
    trials: list[Trial],
    chosen: Trial,
    built: Any,
    test: Scored,
    scorers: Mapping[str, Any],
) -> None:
    from sklearn.utils import estimator_html_repr

    folder, metric = made.folder, made["metric"]
    record.save_model(folder, built, config["persist"])
    write_predictions(folder / "predictions.csv", table, test)
    write_oof(folder / "oof.npz", table, folds, trials, chosen, config["seed"])
    if config["n_trials"] is not None:
        write_trials(folder / "trials.csv", config, trials, metric)
    columns = evaluate.importance(built, table, scorers[metric], seed=config["seed"])
    record.write_csv(folder / "importance.csv", columns, ("column", "mean", "sd"))
    record.write_text(folder / "pipeline.html", estimator_html_repr(built))


def write_predictions(path: Path, table: Data, test: Scored) -> None:
    """Write `predictions.csv`: row, y_true, y_pred and a column of probabilities for each class."""
    classes = table.classes
    label = test.label if classes is None else np.array(classes)[test.label]
    columns: dict[str, Any] = {"row": table.rows_test, "y_true": table.y_test, "y_pred": label}
    if test.probabilities and test.proba is not None and classes is not None:
        columns |= {f"proba_{name}": test.proba[:, index] for index, name in enumerate(classes)}
    with record.replacing(path) as temporary:
        pd.DataFrame(columns).to_csv(temporary, index=False, lineterminator="\n")


def write_trials(path: Path, config: Mapping[str, Any], trials: list[Trial], metric: str) -> None:
    """Write `trials.csv`: one row a trial, in order of their numbers."""
    folds = max(len(trial.folds) for trial in trials)
    names = list(dict.fromkeys(key for trial in trials for key in trial.params or {}))
    rows = []
    for trial in trials:
        default = pipeline.leaves(config, {})
        rows.append(
            {"trial": trial.number, "state": trial.state, "value": trial.value, "error": trial.error}
            | {f"fold_{i}": fold.scores[metric] for i, fold in enumerate(trial.folds)}
            | {name: (default if trial.params is None else trial.params).get(name) for name in names}
            | (
                {"fit_s": mean(trial.folds, "fit_s"), "predict_s": mean(trial.folds, "predict_s")}
                if trial.folds
                else {}
            )
        )
    scores = [f"fold_{i}" for i in range(folds)]
    record.write_csv(path, rows, ["trial", "state", "value", *scores, *names, "error", "fit_s", "predict_s"])


def write_oof(path: Path, table: Data, folds: Folds, trials: list[Trial], chosen: Trial, seed: int) -> None:
    """Write `oof.npz`: the out-of-fold predictions of every complete trial.

    row, y (row,), trial (trial,), chosen, split (repeat, row): the fold in which a row was held out, -1 for none,
    label (trial, repeat, row), score (trial, repeat, row, class).
    """
    y = table.y_test if folds.name == "holdout" else table.y_train
    full = [trial for trial in trials if trial.value is not None]
    kept = np.arange(len(y))
    if len(y) > MOST_OOF_ROWS:
        kept = np.sort(np.random.default_rng(seed).choice(len(y), MOST_OOF_ROWS, replace=False))
    shape = (max(folds.repeat) + 1, len(y))
    split = np.full(shape, -1, dtype=np.int16)
    labels, scores = [], []
    for trial in full:
        label = np.full(shape, -1 if table.classes else np.nan, dtype=np.int16 if table.classes else np.float64)
        proba = trial.folds[0].proba
        score = np.full((*shape, 0 if proba is None else proba.shape[1]), np.nan, dtype=np.float32)
        for fold, ((_, held), repeat) in enumerate(zip(folds.splits, folds.repeat, strict=True)):
            split[repeat, held], label[repeat, held] = fold, trial.folds[fold].label
            if trial.folds[fold].proba is not None:
                score[repeat, held] = trial.folds[fold].proba
        labels.append(label[:, kept])
        scores.append(score[:, kept])
    truth: Array = y if table.classes is None else np.searchsorted(np.array(table.classes), y)
    with record.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            row=kept,
            y=truth[kept],
            trial=np.array([trial.number for trial in full]),
            chosen=np.array(chosen.number),
            split=split[:, kept],
            label=np.array(labels),
            score=np.array(scores),
        )


class Clock:
    """Seconds between laps, and since the start."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Note the seconds since the last lap."""
        now = time.perf_counter()
        self.laps[name] = now - self._last
        self.laps["total_s"] = sum(value for key, value in self.laps.items() if key != "total_s")
        self._last = now


def mean(folds: list[Scored], name: str) -> float:
    """The mean of a time over the folds, in seconds."""
    return float(np.mean([getattr(fold, name) for fold in folds]))


# -- once more ----------------------------------------------------------------------------------------------------


def rerun(folder: str | Path, *, into: str | Path | None = None) -> tuple[Record, list[str]]:
    """Carry out the run of a folder again, in a new folder.

    Returns
    -------
    record : Record
        Of the new run.
    differences : list of str
        What is not the same: scores, data, packages. Empty if every score is.

    Raises
    ------
    RecordError
        If the folder holds no run.
    """
    old = record.load(folder)
    config = record.read_config(old.folder)
    new = run({**config, "origin": {**(config.get("origin") or {}), "folder": None}}, folder=into)
    return new, differences(old, new)


def differences(old: Record, new: Record) -> list[str]:
    """What differs between two runs that should be the same, scores first."""
    found = []
    for part in ("cv", "test"):
        before, after = old.content.get(part) or {}, new.content.get(part) or {}
        found += [f"{part} {m}: {before.get(m)} → {after.get(m)}" for m in after if before.get(m) != after.get(m)]
    if not found:
        return []
    for split in ("train", "test"):
        sources = [r.content.get("data", {}).get(split, {}) for r in (old, new)]
        if sources[0].get("sha256") != sources[1].get("sha256"):
            found.append(f"the data has changed: {sources[1].get('source')} ({split} split)")
    packages = [(name, old["environment"].get(name), new["environment"].get(name)) for name in ("python", *PACKAGES)]
    return found + [f"{name} {before} → {after}" for name, before, after in packages if before != after]
