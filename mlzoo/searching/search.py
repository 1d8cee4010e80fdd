"""The search over a cell's settings: ask in batches, score on the folds, race, tell in order.

What is asked depends on (seed, cell, trial number) and on the batches told before, never on where fits run or in which
order they end.
"""

import logging
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo import racing, text
from mlzoo.errors import SearchError
from mlzoo.evaluate import Scored
from mlzoo.searching import storage, study
from mlzoo.searching.backend import Backend, Fault, Limits
from mlzoo.searching.fits import Context, one_thread, score_unit, setting
from mlzoo.searching.storage import Trial

log = logging.getLogger(__name__)

FROM_FOLDS = 10  # the race is on by default
POLL_S = 1.0  # of waiting for other processes
SAY_S = 30.0  # seconds after which a log is told how far the search is


def run_trials(
    context: Context,
    cell: str,
    metric: str,
    *,
    backend: Backend,
    folder: Path | None = None,
    name: str = "mlzoo",
    part: str = "",
    resumed: bool = False,
    trials: list[Trial] | None = None,
    watch: Callable[["Search"], None] | None = None,
) -> list[Trial]:
    """Score the default setting and, with `n_trials`, further ones from the cell's space.

    Parameters
    ----------
    context : Context
        What every fit shares; of its config n_trials, batch_size, race, sampler, storage, the limits, seed and the
        space are read.
    cell : str
        The cell's name, part of the seeds.
    metric : str
        What is maximised.
    backend : Backend
        Where fits run.
    folder : Path, optional
        Where the study and the results are kept as they come, and taken from where they are there.
    name : str
        Of the study in a database, where the same command on several machines joins it.
    part : str
        Which of several searches over the cell's settings this is, for what watches it.
    resumed : bool, default=False
        Whether a process ended in the middle of this search: what it was at then runs isolated.
    trials : list of Trial, optional
        Filled as the search goes, so that they are there when it is interrupted.
    watch : callable, optional
        Called with the search each time a fold was scored.

    Returns
    -------
    list of Trial
        In order of their numbers, failed ones included.

    Raises
    ------
    SearchError
        If every trial failed, or `max_failures` did.
    MlzooError
        If the data or the config do not suit the cell.
    """
    with storage.telling_of_trouble(context.config["storage"]), one_thread(context):
        search = Search(context, cell, metric, backend, folder, name)
        search.trials = search.trials if trials is None else trials
        search.watch, search.part = watch or search.watch, part
        try:
            search.run(resumed=resumed)
        finally:
            search.study.close()
    return search.trials


def limits(context: Context, *, isolated: bool = False) -> Limits:
    """What holds for every fit of a context."""
    config = context.config
    return Limits(isolated or context.isolated, config["timeout_s"], config["memory_gb"])


def best(trials: Iterable[Trial]) -> Trial:
    """The complete trial of the highest value, the first of equals."""
    return max((t for t in trials if t.value is not None), key=lambda t: (t.value, -t.number))


def grouped_failures(trials: list[Trial]) -> str:
    """The reasons of failed trials, equal ones together."""
    counts = Counter(trial.error for trial in trials if trial.error)
    if len(trials) == 1:
        return str(trials[0].error)
    failed = sum(counts.values())
    lines = [f"  {count} × {error}" for error, count in counts.most_common()]
    head = f"all {len(trials)} trials failed:" if failed == len(trials) else f"{failed} of {len(trials)} trials failed:"
    return "\n".join([head, *lines])


class Search:
    """The search of one cell: its study, its trials so far, and what is known of settings."""

    def __init__(
        self, context: Context, cell: str, metric: str, backend: Backend, folder: Path | None, name: str
    ) -> None:
        self.context, self.cell, self.metric, self.backend = context, cell, metric, backend
        self.trials: list[Trial] = []
        self.part = ""
        self.watch: Callable[[Search], None] = lambda _: None
        self.study = study.open_study(context, cell, folder, name)
        self.total = self.study.total
        self.folds = len(context.folds.splits)
        race = context.config["race"]
        self.race = self.folds >= FROM_FOLDS if race is None else race
        self._settings: dict[int, str] = {}  # by trial
        self._known: dict[str, dict[int, Scored]] = {}  # by setting and fold, of trials that have ended
        self._errors: dict[str, str] = {}  # by setting, why it fails
        self._started = self._said = time.monotonic()

    def run(self, *, resumed: bool) -> None:
        """Batch by batch to the end."""
        now = limits(self.context)
        self.backend.begin(self.context, now)
        while not self._out_of_time() and (batch := self.study.ask(len(self.trials), self._size())) is not None:
            if not batch:  # all others are with other processes
                time.sleep(POLL_S)
                continue
            start = len(self.trials)
            incumbent = self._incumbent([*self.trials, *self._of_others()])
            self.trials += batch
            for trial in batch:
                if trial.ended:
                    self._remember(trial)
            if any(not trial.ended for trial in batch):
                # what a process was at when it ended may end another one
                wanted = limits(self.context, isolated=resumed or self.study.taken_over)
                if now != (now := wanted):
                    self.backend.begin(self.context, now)
                self.score(batch, incumbent)
                resumed = False
            self.study.tell(batch)
            self.trials[start:] = [trial for trial in batch if trial.ended]
            self._say(len(batch))
            self._check_failures()
        self._join()
        if self._out_of_time() and len(self.trials) < self.total:
            spent = self.context.config["budget_s"]
            log.warning("ended by budget_s=%g: %d of %d trials", spent, len(self.trials), self.total)
        if all(trial.error for trial in self.trials):
            raise SearchError(f"{self.cell}: {grouped_failures(self.trials)}")

    def _size(self) -> int:
        """Of the next batch."""
        most: int = self.context.config["batch_size"]
        return min(most, racing.most_at_once(len(self.trials))) if self.race else most

    def _out_of_time(self) -> bool:
        budget = self.context.config["budget_s"]
        over = budget is not None and time.monotonic() - self._started > budget
        return over and any(trial.value is not None for trial in self.trials)

    def _check_failures(self) -> None:
        most = self.context.config["max_failures"]
        failed = sum(trial.error is not None for trial in self.trials)
        if most is not None and failed >= most:
            what = grouped_failures(self.trials)
            raise SearchError(f"{self.cell}: ended by max_failures={most}; {what}")

    # -- what other processes have found --------------------------------------------------------------------------

    def _of_others(self) -> list[Trial]:
        own = {trial.number for trial in self.trials}
        return [trial for trial in self.study.others() if trial.number not in own]

    def _join(self) -> None:
        """Put the trials of other processes among one's own; the best is scored here too, for its answers."""
        others = self._of_others()
        self.trials[:] = sorted([*self.trials, *others], key=lambda trial: trial.number)
        if not others or not any(trial.value is not None for trial in self.trials):
            return
        top = best(self.trials)
        if not len(top.folds[0].label):
            again = Trial(top.number, top.params)
            self._started = time.monotonic()  # whatever the budget: without it there is no result
            self._score([again], None)
            if again.value is not None:
                self.trials[self.trials.index(top)] = again

    # -- scoring --------------------------------------------------------------------------------------------------

    def _incumbent(self, trials: list[Trial]) -> racing.Incumbent | None:
        if not self.race:
            return None
        full = [trial.scores(self.metric) for trial in trials if trial.value is not None]
        return racing.find_incumbent(full, [trial.scores(self.metric) for trial in trials if trial.stopped])

    def score(self, batch: list[Trial], incumbent: racing.Incumbent | None) -> None:
        """Score the trials of a batch that have not ended; equal settings once."""
        first: dict[str, Trial] = {}
        for trial in batch:
            first.setdefault(self._setting(trial), trial)
        self._score([trial for trial in first.values() if not trial.ended], incumbent)
        for trial in batch:
            if not trial.ended:
                self._score([trial], incumbent)

    def _score(self, trials: list[Trial], incumbent: racing.Incumbent | None) -> None:
        """Fold by fold: what is needed first, and what may be needed where workers would be idle."""
        outcomes: dict[tuple[int, int], Any] = {}
        orders: dict[int, Sequence[int]] = {}
        todo: dict[int, deque[int]] = {}
        for trial in trials:
            known = self._known.get(self._setting(trial), {})
            trial.error = self._errors.get(self._setting(trial))
            order = racing.order(trial.number, self.folds, seed=self.context.seed) if self.race else range(self.folds)
            orders[trial.number] = order
            todo[trial.number] = deque(fold for fold in order if fold not in known)
            outcomes |= {(trial.number, fold): scored for fold, scored in known.items()}
            self._advance(trial, order, outcomes, incumbent if todo[trial.number] else None)
        live = {trial.number: trial for trial in trials if not trial.ended}
        ended = [len(trial.folds) for trial in self.trials if trial.folds]
        later = math.ceil((self.total - len(self.trials)) * (np.mean(ended) if ended else self.folds))
        while live and not self._out_of_time():
            left = later + sum(len(todo[number]) for number in live)
            while self.backend.free(left) and (following := self._next(live, todo, incumbent)):
                number, fold = following.number, todo[following.number].popleft()
                self.backend.submit(score_unit, (number, fold), (following.params, fold))
            (number, fold), outcome = self.backend.wait()
            if number not in live:
                continue  # worked out in advance, for a trial that has ended
            outcomes[number, fold] = outcome
            self._advance(live[number], orders[number], outcomes, incumbent)
            if live[number].ended:
                del live[number]

    def _next(self, live: Mapping[int, Trial], todo: Mapping[int, Any], incumbent: Any) -> Trial | None:
        """The trial whose next fold is worked out next: in a race one that waits for it, before one that may not."""
        ready = [trial for number, trial in live.items() if todo[number]]
        ahead = 0 if incumbent is None else 1
        return min(ready, key=lambda t: (-ahead * (len(t.folds) + len(todo[t.number])), t.number), default=None)

    def _advance(
        self,
        trial: Trial,
        order: Sequence[int],
        outcomes: dict[tuple[int, int], Any],
        incumbent: racing.Incumbent | None,
    ) -> None:
        """Take a trial as far as the outcomes of its folds, in their order, are there."""
        while not trial.ended and (trial.number, fold := order[len(trial.folds)]) in outcomes:
            outcome = outcomes.pop((trial.number, fold))
            if isinstance(outcome, Fault | str):
                trial.fail(outcome.message if isinstance(outcome, Fault) else outcome)
            elif not math.isfinite(value := outcome.scores[self.metric]):
                trial.fail(f"{self.metric} is {value} on fold {fold}{self._lacking(fold)}")
            else:
                trial.add(fold, outcome)
                self._judge(trial, incumbent)
        if trial.ended:
            self._remember(trial)
            self.study.save(trial)
        self.watch(self)

    def _lacking(self, fold: int) -> str:
        """Why a score may be undefined."""
        data, folds = self.context.data, self.context.folds
        if data.classes is None or folds.name == "holdout":
            return ""
        there = len(np.unique(data.y_train[folds.splits[fold][1]]))
        return "" if there == len(data.classes) else f", whose rows hold {there} of {len(data.classes)} classes"

    def _judge(self, trial: Trial, incumbent: racing.Incumbent | None) -> None:
        if len(trial.folds) == self.folds:
            trial.complete(self.metric)
        elif incumbent is not None and (verdict := racing.verdict(incumbent, scores := trial.scores(self.metric))):
            trial.stopped, trial.told = verdict, racing.estimate(incumbent, scores)

    def _setting(self, trial: Trial) -> str:
        if trial.number not in self._settings:
            self._settings[trial.number] = setting(self.context.config, trial.params)
        return self._settings[trial.number]

    def _remember(self, trial: Trial) -> None:
        key = self._setting(trial)
        self._known.setdefault(key, {}).update(zip(trial.at, trial.folds, strict=True))
        if trial.error:
            self._errors[key] = trial.error

    def _say(self, new: int) -> None:
        """Log how far the search is: at every tenth of the trials, and every half minute."""
        done, now = len(self.trials), time.monotonic()
        tenths = 10 * done // self.total > 10 * (done - new) // self.total
        if self.total == 1 or not (tenths or now - self._said > SAY_S):
            return
        self._said = now
        if any(trial.value is not None for trial in self.trials):
            top = best(self.trials)
            said = "trial %d of %d: best %s %s (trial %d)"
            value = text.score(top.value)
            log.info(said, done, self.total, self.metric, value, top.number, extra={"progress": True})
