"""What does the search cost beyond the fits that it cannot do without?

    python -m tests.benchmarks.engine [--small] [--report-only]

- floor: the distinct fits of a search, replayed in a bare loop over as many processes.
- two workers against one process.
- the engine's own time for a trial: ask, store, dispatch and tell, without what Optuna's sampler computes in between.
- preprocessings that were fitted, against settings x folds.

On the shipped data, 10 folds (`--small`: 3), no race; a bound that is broken ends with exit code 1.
"""

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from threadpoolctl import threadpool_limits

from mlzoo import compose, evaluate, pipeline, preprocessing
from mlzoo.composition import config as checks
from mlzoo.folds import make_folds
from mlzoo.searching import fits, search
from mlzoo.searching.backend import Limits, Local
from mlzoo.searching.fits import Context
from mlzoo.searching.storage import Trial
from mlzoo.tables import data
from tests.benchmarks.report import Report, arguments

ROOT = Path(__file__).resolve().parents[2]


SMALL = ["validation.n_splits=3"]
SMALL_FOREST = [*SMALL, "models.space.n_estimators={low: 10, high: 60, step: 10}"]


def make_context(*words: str) -> Context:
    """The context of a cell on the shipped data."""
    config = checks.plain(compose("+preprocess=complex", *words))
    checks.check(config)
    table = data.load({**config, "origin": {**config["origin"], "cwd": str(ROOT)}})
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    return Context(config, table, make_folds(config["validation"], table), scorers, config["seed"])


def searched(context: Context, n_jobs: int) -> tuple[list[Trial], float]:
    """The trials of a search in a folder, and its seconds."""
    fits.prepared_cache.clear()
    backend = Local(n_jobs)
    metric = next(iter(context.scorers))
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        trials = search.run_trials(context, "cell", metric, backend=backend, folder=Path(folder))
        seconds = time.perf_counter() - started
    backend.close()
    return trials, seconds


# -- the floor ----------------------------------------------------------------------------------------------------


def replayed(context: Context, trials: list[Trial], processes: int) -> float:
    """Seconds of a bare loop over the distinct fits of a search: preprocessings once, models, predictions, scores."""
    settings = {fits.setting(context.config, trial.params): trial for trial in trials}
    units = [(trial.params, fold) for trial in settings.values() for fold in trial.at]
    started = time.perf_counter()
    forked = multiprocessing.get_context("fork")
    others = [forked.Process(target=_loop, args=(context, units[at::processes])) for at in range(1, processes)]
    for process in others:
        process.start()
    _loop(context, units[::processes])
    for process in others:
        process.join()
    return time.perf_counter() - started


def _loop(context: Context, units: list[Any]) -> None:
    kept: dict[Any, Any] = {}
    table, folds = context.data, context.folds
    with threadpool_limits(limits=1):
        for params, fold in units:
            built = pipeline.build(context.config, table.columns, params, seed=context.seed)
            X_fit, y_fit, X_held, y_held = folds.parts(table, fold)  # noqa: N806
            key = fold, fits.setting(context.config, params, ("preprocess",))
            if key not in kept:
                kept[key] = built[:-1].fit_transform(X_fit, y_fit), built[:-1].transform(X_held)
            model = built[-1].fit(kept[key][0], y_fit)
            predicted, _ = model.predict(kept[key][1]), model.predict_proba(kept[key][1])
            float(np.mean(predicted == y_held))


def floor(report: Report, *, small: bool) -> None:
    """Wall time of searches against that of their fits alone."""
    trials = 2 if small else 100
    rounds = 1 if small else 3
    for model, n_jobs, processes, bound in (("lr", 2, 1, 1.5), ("rf", 2, 2, 1.10)):
        words = [] if not small else SMALL_FOREST if model == "rf" else SMALL
        context = make_context(f"+models={model}", f"n_trials={trials}", "race=false", *words)
        searched(make_context(f"+models={model}", "n_trials=2", "race=false", *words), n_jobs)  # imports
        ratios = []
        for _ in range(rounds if model == "lr" else 1):
            found, seconds = searched(context, n_jobs)
            bare = replayed(context, found, processes)
            ratios.append(seconds / bare)
            folds = len(context.folds.splits)
            report.note(f"{model}, {trials} trials × {folds} folds: search {seconds:.2f} s, bare loop {bare:.2f} s")
        report.at_most(f"floor, {model}", statistics.median(ratios), bound, " ×")


# -- two workers --------------------------------------------------------------------------------------------------


def speed_up(report: Report, *, small: bool) -> None:
    """A forest cell in one process and in two workers."""
    words = SMALL_FOREST if small else []
    context = make_context("+models=rf", f"n_trials={2 if small else 100}", "race=false", *words)
    one, alone = searched(context, 1)
    two, shared = searched(context, 2)
    same = [(t.params, t.value, t.scores("accuracy")) for t in one] == [
        (t.params, t.value, t.scores("accuracy")) for t in two
    ]
    bare = [replayed(context, one[:20], processes) for processes in (1, 2)]
    report.note(f"two bare loops of the same fits, which share nothing: {bare[0] / bare[1]:.3f} × as fast as one")
    report.note(f"rf, {len(one)} trials: one process {alone:.2f} s, two workers {shared:.2f} s, same results: {same}")
    report.at_least("identical results of one and two", float(same), 1.0)
    report.at_least("speed-up of two workers", alone / shared, 1.8, " ×")
    report.at_least("speed-up, to that of bare loops", alone / shared / (bare[0] / bare[1]), 0.97, " ×")


# -- the engine's own time ----------------------------------------------------------------------------------------


class Canned:
    """A backend that gives outcomes that were worked out before: what is left is the engine's own time."""

    def __init__(self, outcomes: list[evaluate.Scored]) -> None:
        self.outcomes, self.results = outcomes, deque[tuple[tuple[int, int], Any]]()

    def begin(self, context: Any, limits: Limits) -> None:
        """Nothing to prepare."""

    def free(self, left: int) -> int:
        """One at a time."""
        return int(not self.results)

    def submit(self, function: Callable[..., Any], token: tuple[int, int], unit: Any) -> None:
        """Have an outcome ready: a score of its own for each trial, so that the sampler has what to learn from."""
        value = float(np.random.default_rng(token[0]).normal(0.7, 0.02))
        scored = self.outcomes[token[1]]
        self.results.append((token, evaluate.replace(scored, scores=dict.fromkeys(scored.scores, value))))

    def wait(self) -> tuple[tuple[int, int], Any]:
        """The outcome of the unit."""
        return self.results.popleft()

    def close(self) -> None:
        """Nothing to end."""


@contextmanager
def sampler_timed() -> Iterator[list[float]]:
    """Seconds that a sampler computes, one by one; what it waits for the storage in between is negative among them."""
    spent: list[float] = []
    inside = [0]
    sampler, storage = optuna.samplers.TPESampler, optuna.storages.JournalStorage
    methods = [(sampler, name) for name in ("infer_relative_search_space", "sample_relative", "sample_independent")]
    methods += [(sampler, "before_trial"), (sampler, "after_trial"), (storage, "get_all_trials")]
    originals = [getattr(owner, name) for owner, name in methods]

    def timed(owner: type, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if inside[0] != (owner is storage):
                return original(*given, **named)
            inside[0] += 1
            started = time.perf_counter()
            try:
                return original(*given, **named)
            finally:
                spent.append((time.perf_counter() - started) * (-1 if owner is storage else 1))
                inside[0] -= 1

        return call

    for (owner, name), original in zip(methods, originals, strict=True):
        setattr(owner, name, timed(owner, original))
    try:
        yield spent
    finally:
        for (owner, name), original in zip(methods, originals, strict=True):
            setattr(owner, name, original)


def own_time(report: Report, *, small: bool) -> None:
    """Milliseconds a trial of the engine alone, and that it does not grow with the number of trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    first = make_context("+models=rf", "n_trials=2", "race=false", "models.type.n_estimators=10")
    outcomes = searched(first, 1)[0][0].folds
    spent = {}
    for trials in (10, 40) if small else (100, 1000):
        context = make_context("+models=rf", f"n_trials={trials}", "race=false")
        with tempfile.TemporaryDirectory() as folder, sampler_timed() as sampler:
            started = time.perf_counter()
            search.run_trials(context, "cell", "accuracy", backend=Canned(outcomes), folder=Path(folder))
            whole = time.perf_counter() - started
        spent[trials] = 1000 * (whole - sum(sampler)) / trials
        report.note(
            f"{trials} trials: {1000 * whole / trials:.2f} ms a trial in all, {1000 * sum(sampler) / trials:.2f} ms "
            f"the sampler's, {spent[trials]:.2f} ms the engine's"
        )
    few, many = spent.values()
    report.at_most("the engine's own time for a trial", max(few, many), 5.0, " ms")
    report.at_most("its growth from few to many trials", many / few, 1.5, " ×")


# -- preprocessings -----------------------------------------------------------------------------------------------


def fitted_once(report: Report, *, small: bool) -> None:
    """Preprocessings fitted in a search, against distinct settings × folds."""
    words = ["n_trials=8", *SMALL] if small else ["n_trials=100"]
    context = make_context("+models=lr", "race=false", *words)
    counted = []
    original = preprocessing.CategoryEncoder.fit

    def counting(self: Any, X: Any, y: Any = None) -> Any:  # noqa: N803
        counted.append(1)
        return original(self, X, y)

    preprocessing.CategoryEncoder.fit = counting  # type: ignore[method-assign]
    try:
        trials, _ = searched(context, 1)
    finally:
        preprocessing.CategoryEncoder.fit = original  # type: ignore[method-assign]
    settings = {fits.setting(context.config, trial.params, ("preprocess",)) for trial in trials}
    folds = len(context.folds.splits)
    report.note(f"{len(trials)} trials over {len(settings)} settings of the preprocess × {folds} folds")
    report.at_most("preprocessings fitted, to settings × folds", len(counted) / (len(settings) * folds), 1.0, " ×")


def main(words: Sequence[str] | None = None) -> int:
    """Print every measurement; 1 where a bound is broken."""
    given, report = arguments(__doc__, words), Report()
    for measure in (fitted_once, own_time, floor, speed_up):
        print(f"{measure.__name__.replace('_', ' ')}:")
        measure(report, small=given.small)
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
