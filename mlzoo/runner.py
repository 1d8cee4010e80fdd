"""The story of one run, top to bottom: check, read, score, choose, refit, test, write."""

import errno
import logging
import re
import shlex
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo import accelerator, audit, evaluate, fits, pipeline, record, search, stats, storage, study
from mlzoo import config as checks
from mlzoo import data as tables
from mlzoo import folder as folders
from mlzoo.artifacts import mean, write_files, write_trials
from mlzoo.backend import Backend, Fault, Function, make
from mlzoo.columns import Finding
from mlzoo.data import Data
from mlzoo.errors import BackendError, FitError, MlzooError, RecordError
from mlzoo.evaluate import Answers, Scored
from mlzoo.fits import Context
from mlzoo.folds import Folds, make_folds
from mlzoo.provenance import differences, identity
from mlzoo.record import Record
from mlzoo.search import Search
from mlzoo.storage import Trial

log = logging.getLogger(__name__)

Watch = Callable[[Search], None] | None


def run(
    config: Any,
    *,
    folder: str | Path | None = None,
    backend: Backend | None = None,
    watch: Watch = None,
) -> Record:
    """Carry out one cell once, and leave its record.

    Parameters
    ----------
    config : DictConfig or mapping
        What `compose` returns, or a plain config.
    folder : path, optional
        The run folder; by default a new one below `outputs`.
    backend : Backend, optional
        Where fits run; by default what `backend` and `n_jobs` say.
    watch : callable, optional
        Called with the search as it goes.

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
    accelerator.use(plain["accelerator"])
    record.check_persist(plain["persist"])
    place = Path(folder) if folder else folders.free_folder(plain)
    with record.locked(place):
        old, table = folders.left(plain, place)
        if old is not None and old["status"] == "done":
            log.info("%s: done already, in %s.", old["cell"], place)
            storage.remove_results(place)  # its process may have been killed right before
            return old
        made = folders.start(plain, place, old)
        own = backend or make(plain)
        try:
            _carry_out(plain, made, own, table, watch, resumed=old is not None and old["status"] == "running")
        except BaseException as error:
            folders.fail(made, error)
            if isinstance(error, MlzooError) or not isinstance(error, Exception):
                raise
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
                again = shlex.join(["python", "-m", "mlzoo", "resume", str(place)])
                raise RecordError(f"{place}: {error.strerror}. What was finished is kept: {again}") from error
            raise evaluate.failed(error, made["cell"]) from error
        finally:
            if backend is None:
                own.close()
    return made


def _carry_out(
    config: Mapping[str, Any], made: Record, backend: Backend, table: Data | None, watch: Watch, *, resumed: bool
) -> None:
    clock = Clock()
    content = made.content
    table = table or tables.load(config)
    content["task"], content["data"], content["findings"] = table.task, folders.described(table), list(table.findings)
    for finding in table.findings:
        log_finding(finding)
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    metric = content["metric"] = next(iter(scorers))
    _check_pipeline(config, table)
    folds = make_folds(config["validation"], table)
    _audit(config, content, table, folds)
    content["validation"] = folders.validation(folds)
    content["baseline"] = evaluate.score_baseline(table, folds, scorers)
    content["identity"] = identity(config, content)
    made.save()
    clock.lap("prepare_s")

    table = replace(table, aside_train=pd.DataFrame(), aside_test=pd.DataFrame())  # no fit has a use for them
    context = Context(config, table, folds, scorers, config["seed"])
    trials = _search(context, made, backend, watch, resumed=resumed)
    chosen = search.best(trials)
    content.update(folders.chosen_trial(config, chosen, trials, scorers, made.folder))
    clock.lap("search_s")

    built, test, given = _refit(context, chosen, backend, content["cell"])
    content["test"] = test.scores
    _report_warnings(content, [*chosen.folds, test])
    content["test_interval"] = interval(metric, scorers[metric], given, test, table, config["seed"])
    clock.lap("refit_s")

    def importances() -> Any:
        try:
            outcome = _last("The importances", context, backend, fits.importances, built)
        except FitError as error:  # of a worker, in words: it costs the importances alone
            raise RuntimeError(str(error)) from error
        if isinstance(outcome, Fault):
            raise RuntimeError(outcome.message)
        return outcome

    for finding in write_files(made, context, trials, chosen, built, test, importances):
        content["findings"].append(finding)
        log_finding(finding)
    clock.lap("write_s")
    content["timing"] |= {"fit_s": mean(chosen.folds, "fit_s"), "predict_s": mean(chosen.folds, "predict_s")}
    content["timing"] |= clock.laps
    content["status"] = "done"
    made.save()
    storage.remove_results(made.folder)


def _search(context: Context, made: Record, backend: Backend, watch: Watch, *, resumed: bool) -> list[Trial]:
    """The search, of which whatever ends it leaves `trials.csv` and the counts."""
    trials: list[Trial] = []
    metric, cell = made["metric"], made["cell"]
    name = f"{cell}-{made['identity'][:16]}"
    try:
        search.run_trials(
            context,
            cell,
            metric,
            backend=backend,
            folder=made.folder,
            name=name,
            resumed=resumed,
            trials=trials,
            watch=watch,
        )
    except BaseException as error:
        ended = [trial for trial in trials if trial.ended]
        made.content["trials"] = folders.counts(ended)
        if context.config["n_trials"] is not None and ended:
            write_trials(made.folder / "trials.csv", context, ended, metric)
        if isinstance(error, KeyboardInterrupt):
            error.add_note(_report_interrupt(made, ended, context.config["n_trials"]))
        raise
    return trials


def _refit(context: Context, chosen: Trial, backend: Backend, cell: str) -> tuple[Pipeline, Scored, Answers]:
    """The chosen setting fitted on the whole train split, its scores on the test split, and what it says of it."""
    if context.isolated:
        backend.begin(context, search.limits(context))
    outcome = _last("The final fit", context, backend, fits.refit, chosen.params)
    if isinstance(outcome, Fault):
        raise FitError(f"{cell}: the final fit, on the whole train split, has failed: {outcome.message}")
    built, test, answers = outcome
    return built, test, Answers(built[-1], answers, context.data.labels)


def _last(what: str, context: Context, backend: Backend, function: Function, unit: Any) -> Any:
    """What is left to be done once the search has ended: in a worker, where fits are isolated."""
    if not context.isolated:
        return function(context, unit)
    try:
        backend.free(1)
        backend.submit(function, (0, 0), unit)
        _, outcome = backend.wait()
    except BackendError as error:  # a pipeline that cannot be sent
        log.info("%s: made in the main process: %s", what, error)
        return function(context, unit)
    return outcome


def _report_interrupt(made: Record, ended: list[Trial], total: int | None) -> str:
    so_far, metric = "", made["metric"]
    if any(trial.value is not None for trial in ended):
        top = search.best(ended)
        so_far = f" after {len(ended)} of {total} trials; best so far: {metric} {top.value:.4f} (trial {top.number})"
    again = shlex.join(["python", "-m", "mlzoo", "resume", str(made.folder)])
    text = f"{made['cell']}: interrupted{so_far}. To go on: {again}"
    log.warning(text)
    return text


# -- steps --------------------------------------------------------------------------------------------------------


def _check_pipeline(config: Mapping[str, Any], table: Data) -> None:
    """Build the cell once, so that what does not suit the data is said before anything is fitted."""
    if study.Space(config, table.columns, config["seed"]).factory:
        return  # built, and so checked, when its first trial is asked
    evaluate.check_task(pipeline.build(config, table.columns, None, seed=config["seed"]), table)


def _audit(config: Mapping[str, Any], content: dict[str, Any], table: Data, folds: Folds) -> None:
    """Look for leaks. What is natural, such as a few rows that are equal, stands in the record alone."""
    dropped = config["preprocess"].get("drop") or []
    for finding in audit.audit(table, folds, seed=config["seed"], dropped=dropped):
        content["findings"].append(finding)
        if finding["severity"] == "warning":
            log_finding(finding)


def log_finding(finding: Finding) -> None:
    """Put a finding into the log."""
    drops = finding["remedy"].startswith("preprocess.drop")
    words = "To leave it out" if drops else "Pass"
    overrides = re.split(r" (?=validation\.)", finding["remedy"])
    remedy = f" {words}: {shlex.join(overrides)}" if finding["remedy"] else ""
    level = logging.WARNING if finding["severity"] == "warning" else logging.INFO
    log.log(level, "%s%s", finding["message"], remedy)


def _report_warnings(content: dict[str, Any], folds: list[Scored]) -> None:
    counts = Counter(text for fold in folds for text in fold.warnings)
    for text, count in counts.items():
        message = f"In {count} of {len(folds)} fits of the chosen setting: {text}"
        finding = {"check": "library", "severity": "warning", "column": "", "message": message, "remedy": ""}
        content["findings"].append(finding)
        log_finding(finding)


def interval(metric: str, scorer: Any, given: Answers, test: Scored, table: Data, seed: int) -> list[float]:
    """95 % interval of the metric on the test split: Wilson's for accuracy, else the bootstrap's."""
    n = len(table.y_test)
    if metric == "accuracy":
        return list(stats.wilson(round(test.scores[metric] * n), n))
    truth = table.y_test if table.labels is None else evaluate.codes(table.y_test, table.labels)
    with warnings.catch_warnings():  # a resample may hold one class alone
        warnings.simplefilter("ignore")
        return list(stats.bootstrap(lambda rows: given.rows(rows).score(scorer, truth[rows]), n, seed=seed))


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


# -- once more ----------------------------------------------------------------------------------------------------


def rerun(
    folder: str | Path, *, into: str | Path | None = None, persist: str | None = None
) -> tuple[Record, list[str]]:
    """Carry out the run of a folder again, in a new folder.

    Parameters
    ----------
    folder : path
        Of the run.
    into : path, optional
        The new run folder; by default a new one below `outputs`.
    persist : str, optional
        Another way to keep the pipeline: joblib, skops or none.

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
    if into is not None and Path(into).is_dir() and any(Path(into).iterdir()):
        raise RecordError(
            f"-o {into}: this folder is not empty, and a run would overwrite files in it. Name a new one."
        )
    config = record.read_config(old.folder)
    config |= {"persist": persist} if persist else {}
    if (config.get("storage") or {}).get("name") == "rdb":
        config["storage"] = {"name": "journal"}  # the database holds the results already
    new = run({**config, "origin": {**(config.get("origin") or {}), "folder": None}}, folder=into)
    return new, differences(old, new)
