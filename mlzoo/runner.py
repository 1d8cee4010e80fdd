"""The story of one run, top to bottom: check, read, score, choose, refit, test, write."""

import errno
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import accelerator, audit, baseline, evaluate, nested, pipeline, record, shared, text, turns
from mlzoo import folder as folders
from mlzoo.artifacts import write_files, write_oof, write_trials
from mlzoo.composition import config as checks
from mlzoo.epochs import Epochs
from mlzoo.errors import FitError, MlzooError, RecordError
from mlzoo.evaluate import Scored
from mlzoo.findings import Finding, finding_of, told
from mlzoo.folds import Folds, groups_of_test, groups_of_train, make_folds
from mlzoo.grammar import command
from mlzoo.interval import interval
from mlzoo.provenance import differences, identity
from mlzoo.record import Record
from mlzoo.refit import importances, refit
from mlzoo.searching import fits, search
from mlzoo.searching.backend import Backend, make
from mlzoo.searching.fits import Context
from mlzoo.searching.search import Search
from mlzoo.searching.storage import Trial
from mlzoo.tables import inputs
from mlzoo.tables.data import Data

log = logging.getLogger(__name__)

OF_FILES = (errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)  # not of fits

Watch = Callable[[Search], None] | None


def run(
    config: Any,
    *,
    data: pd.DataFrame | None = None,
    folder: str | Path | None = None,
    backend: Backend | None = None,
    watch: Watch = None,
) -> Record:
    """Carry out one cell once, and leave its record. Runs of several threads wait for each other.

    Parameters
    ----------
    config : DictConfig or mapping
        What `compose` returns, or a plain config.
    data : DataFrame, optional
        The table, in place of a file that the config names; kept in the run folder as `data.parquet`.
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
        If the config, the data or every fit fails; the folder then holds a record with status failed, unless the config
        was refused before the run began.
    """
    plain = checks.plain(config)
    with turns.lock:
        place = Path(folder) if folder else folders.free_folder(plain)
        table = None if data is None else folders.as_parquet(data, plain["read"].get("na_values"))
        plain = plain if table is None else folders.with_table(plain, place)
        checks.check(plain)
        accelerator.use(plain["accelerator"])
        with record.locked(place):
            if table is not None:
                folders.keep_table(table, place)
            old, read = folders.left(plain, place)
            if old is not None and old["status"] == "done":
                log.info("%s: done already, in %s.", old["cell"], place)
                folders.remove_results(place)  # its process may have been killed right before
                return old
            made = folders.start(plain, place, old)
            own = backend or make(plain)
            try:
                _carry_out(plain, made, own, read, watch, resumed=old is not None and old["status"] == "running")
            except BaseException as error:
                folders.fail(made, error)
                if isinstance(error, KeyboardInterrupt) and not hasattr(error, "__notes__"):  # outside of the search
                    error.add_note(_report_interrupt(made, [], None, ""))
                if isinstance(error, MlzooError) or not isinstance(error, Exception):
                    raise
                if isinstance(error, OSError) and error.errno in OF_FILES:
                    where, again = error.filename or place, command("resume", str(place))
                    raise RecordError(f"{where}: {error.strerror}. What was finished is kept: {again}") from error
                raise FitError(f"{made['cell']}: fitting failed with {evaluate.in_one_line(error)}") from error
            finally:
                if backend is None:
                    own.close()
        return made


def _carry_out(
    config: Mapping[str, Any], made: Record, backend: Backend, table: Data | None, watch: Watch, *, resumed: bool
) -> None:
    clock = Clock()
    content = made.content
    key = inputs.key(config)
    table = pipeline.readable(table or inputs.load(config, key), config)
    folds, scorers = _prepare(config, made, table, key)
    metric = content["metric"]
    clock.lap("prepare_s")

    outer = None
    if config["validation"]["name"] == "nested":
        outer = _outer(config, made, table, folds, scorers, backend, watch, resumed=resumed)
        folds = nested.inner_folds(config["validation"], table)
        clock.lap("outer_s")
    context = Context(config, _features(table), folds, scorers, config["seed"])
    with Epochs(config, made.folder) as context.on_epoch:
        trials = _search(context, made, backend, watch, resumed=resumed)
        chosen = search.best(trials)
        content.update(folders.chosen_trial(config, chosen, trials, scorers, made.folder))
        content.update(nested.described(outer, made) if outer else {})
        clock.lap("search_s")

        what = f"{content['cell']}: the final fit, on the whole train split,"
        built, test, given = refit(context, chosen, backend, what)
        context.on_epoch.finish(built[-1])
    content["test"] = test.scores
    scored = outer.trial if outer else chosen
    _report_warnings(content, [*scored.folds, test])
    owners = groups_of_test(config, table)
    of = (given, test, table, config["seed"], owners)
    content["test_intervals"] = {name: interval(name, scorer, *of) for name, scorer in scorers.items()}
    content["test_interval"] = content["test_intervals"][metric]
    clock.lap("refit_s")

    of_folds = outer.context if outer else context
    owned = groups_of_train(config, table, of_folds.folds)
    write_oof(made.folder / "oof.npz", of_folds, [scored] if outer else trials, scored, owned)
    found = write_files(made, context, trials, built, test, lambda: importances(context, built, backend))
    _keep_findings(content, found)
    clock.lap("write_s")
    content["timing"] |= {"fit_s": scored.mean("fit_s"), "predict_s": scored.mean("predict_s"), **clock.laps}
    content["status"] = "done"
    made.save()
    folders.remove_results(made.folder)


def _prepare(config: Mapping[str, Any], made: Record, table: Data, key: str | None) -> tuple[Folds, dict[str, Any]]:
    """Folds and scorers, and in the record what is known before anything is fitted."""
    content = made.content
    content["task"], content["data"], content["findings"] = table.task, folders.described(table), []
    _keep_findings(content, table.findings)
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    content["metric"] = next(iter(scorers))
    _check_pipeline(config, table)
    folds: Folds = shared.last("folds", key, lambda: make_folds(config["validation"], table))
    _keep_findings(content, shared.last("audit", key, lambda: audit.audit(table, folds, config)))
    content["validation"] = folders.validation(config, folds)
    content["baseline"] = shared.last("baseline", key, lambda: baseline.score(table, folds, scorers))
    content["identity"] = identity(config, content)
    made.save()
    return folds, scorers


def _features(table: Data) -> Data:
    """Without the columns that no fit has a use for."""
    return replace(table, aside_train=pd.DataFrame(), aside_test=pd.DataFrame())


def _outer(
    config: Mapping[str, Any],
    made: Record,
    table: Data,
    folds: Folds,
    scorers: Mapping[str, Any],
    backend: Backend,
    watch: Watch,
    *,
    resumed: bool,
) -> nested.Outer:
    """The whole search in each outer fold, and what the setting that it chose scores on the rows held out."""
    metric = made["metric"]
    nested.check(config["validation"], table, folds, scorers, made["baseline"]["cv"])
    whole = Context(config, _features(table), folds, scorers, config["seed"])
    outer = nested.Outer(whole, Trial(0, None))
    for number in range(len(folds.splits)):
        name = f"outer fold {number + 1} of {len(folds.splits)}"
        log.info("%s: %s", made["cell"], name, extra={"progress": True})
        part = nested.part(table, folds, number)
        inner = nested.inner_folds(config["validation"], part)
        context = Context(config, _features(part), inner, scorers, config["seed"])
        trials = _search(context, made, backend, watch, resumed=resumed, outer=number)
        chosen = search.best(trials)
        if config["n_trials"] is not None:
            write_trials(made.folder / f"outer/{number}/trials.csv", context, trials, metric)
        with fits.one_thread(context):
            _, scored, _ = refit(context, chosen, backend, f"{made['cell']}: the fit of the setting chosen in {name}")
        if not np.isfinite(scored.scores[metric]):
            raise FitError(f"{made['cell']}: {metric} is {scored.scores[metric]} on the rows held out in {name}.")
        outer.add(chosen, scored.take(whole.kept[number]))
    outer.trial.complete(metric)
    return outer


def _search(
    context: Context, made: Record, backend: Backend, watch: Watch, *, resumed: bool, outer: int | None = None
) -> list[Trial]:
    """The search, of which whatever ends it leaves `trials.csv` and the counts."""
    trials: list[Trial] = []
    metric, cell, folder, name = made["metric"], made["cell"], made.folder, f"{made['cell']}-{made['identity'][:16]}"
    part = ""
    if outer is not None:
        folder, name, part = folder / f"outer/{outer}", f"{name}-outer-{outer}", f"outer fold {outer + 1}"
        if context.config["n_trials"] is not None:
            folder.mkdir(parents=True, exist_ok=True)
    try:
        search.run_trials(
            context,
            cell,
            metric,
            backend=backend,
            folder=folder,
            name=name,
            part=part,
            resumed=resumed,
            trials=trials,
            watch=watch,
        )
    except BaseException as error:
        ended = [trial for trial in trials if trial.ended]
        made.content["trials"] = folders.counts(ended)
        if context.config["n_trials"] is not None and ended:
            write_trials(folder / "trials.csv", context, ended, metric)
        if isinstance(error, KeyboardInterrupt):
            error.add_note(_report_interrupt(made, ended, context.config["n_trials"], part))
        raise
    return trials


def _report_interrupt(made: Record, ended: list[Trial], total: int | None, part: str) -> str:
    so_far, metric = f" in {part}" if part else "", made["metric"]
    if any(trial.value is not None for trial in ended):
        top = search.best(ended)
        best = f"{metric} {text.score(top.value)} (trial {top.number})"
        so_far += f" after {len(ended)} of {total} trials; best so far: {best}"
    again = command("resume", str(made.folder))
    said = f"{made['cell']}: interrupted{so_far}. To go on: {again}"
    log.warning(said)
    return said


# -- steps --------------------------------------------------------------------------------------------------------


def _check_pipeline(config: Mapping[str, Any], table: Data) -> None:
    """Build the cell once, so that what does not suit the data is said before anything is fitted."""
    if pipeline.draws(config, table.columns, seed=config["seed"]):
        return  # built, and so checked, when its first trial is asked
    evaluate.check_task(pipeline.build(config, table.columns, None, seed=config["seed"]), table)


def _keep_findings(content: dict[str, Any], findings: Iterable[Finding]) -> None:
    """Put findings into the record, and say them."""
    for finding in findings:
        content["findings"].append(finding)
        log_finding(finding)


def log_finding(finding: Finding) -> None:
    """Put a finding into the log, marked where it is about the data rather than about fits and files of this run."""
    level = logging.WARNING if finding["severity"] == "warning" else logging.INFO
    log.log(level, "%s", told(finding), extra={} if finding["check"] in ("library", "file") else {"finding": True})


def _report_warnings(content: dict[str, Any], folds: list[Scored]) -> None:
    counts = Counter(warning for fold in folds for warning in fold.warnings)
    told = {warning: f"In {count} of {len(folds)} fits of the chosen setting" for warning, count in counts.items()}
    _keep_findings(content, (finding_of("library", "warning", "", f"{how}: {one}") for one, how in told.items()))


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
        What is not the same: scores, data, packages; of a search in a database its best setting too. Empty if every
        score is.

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
    config = folders.own_config(old.folder)
    config |= {"export": None} | ({"persist": persist} if persist else {})
    in_database = (config.get("storage") or {}).get("name") == "rdb"
    if in_database:
        config["storage"] = {"name": "journal"}  # the database holds the results already
    config["origin"] = {**(config.get("origin") or {}), "folder": None}
    place = Path(into) if into is not None else folders.free_folder(config)
    new = run(folders.with_copy(config, place), folder=place)
    found = differences(old, new)
    differs = found or old.content.get("params") != new.content.get("params")  # scores may be the same by chance
    if differs and in_database and config.get("n_trials") is not None:
        found.append("storage=rdb: what was drawn depended on who was first, and is not drawn again")
    return new, found
