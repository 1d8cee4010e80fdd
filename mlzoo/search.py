"""The search over a cell's settings: ask in batches, score on the folds, race, tell in order.

Trial 0 is `type` as it stands and stays out of the Optuna study, so that tuning never ends below the default. What is
asked depends on (seed, cell, trial number) and on the batches told before, never on where fits run or in which order
they end.
"""

import hashlib
import logging
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo import pipeline, racing, space, storage, targets
from mlzoo.backend import Backend, Fault, Limits
from mlzoo.config import CELL
from mlzoo.errors import MlzooError, SearchError
from mlzoo.evaluate import Scored, check_task
from mlzoo.fits import Context, describe, one_thread, score_unit, setting
from mlzoo.storage import Trial

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as OptunaTrial

log = logging.getLogger(__name__)

FROM_FOLDS = 10  # the race is on by default
SAY_S = 30.0  # seconds after which a log is told how far the search is


def run_trials(
    context: Context,
    cell: str,
    metric: str,
    *,
    backend: Backend,
    folder: Path | None = None,
    name: str = "mlzoo",
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
        search.watch = watch or search.watch
        try:
            search.run(resumed=resumed)
        finally:
            if search.study is not None:
                storage.close(search.study)
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


class Space:
    """What of a cell is searched: distributions of its `space`s, and factories that draw for themselves."""

    def __init__(self, cell: Mapping[str, Any], columns: Mapping[str, list[str]], seed: int) -> None:
        self.cell = cell
        factory = any(space.is_factory(cell[group], group) for group in CELL)
        self.factory = factory and pipeline.draws(cell, columns, seed=seed)

    @cached_property
    def distributions(self) -> dict[str, Any]:
        """Optuna's distributions by override key."""
        return {key: found for group in CELL for key, found in space.distributions(self.cell[group], group).items()}

    @property
    def searchable(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.distributions) or self.factory


class Search:
    """The search of one cell: its study, its trials so far, and what is known of settings."""

    def __init__(
        self, context: Context, cell: str, metric: str, backend: Backend, folder: Path | None, name: str
    ) -> None:
        config = context.config
        self.context, self.cell, self.metric, self.backend = context, cell, metric, backend
        self.trials: list[Trial] = []
        self.watch: Callable[[Search], None] = lambda _: None
        self.space = Space(config, context.data.columns, context.seed)
        self.total = config["n_trials"] or 1
        if self.total > 1 and not self.space.searchable:
            log.info("%s has an empty space: its default setting is the one trial.", cell)
            self.total = 1
        self.folds = len(context.folds.splits)
        self.race = self.folds >= FROM_FOLDS if config["race"] is None else config["race"]
        self.offset = 0 if self.space.factory else 1  # of a trial's number to its number in the study
        searched = self.space.factory or self.total > 1
        self.study = storage.open_study(config, folder, name) if searched else None
        self.kept = folder if searched and config["storage"]["name"] != "memory" else None
        self.shared = searched and config["storage"]["name"] == "rdb"
        self.owner = storage.owner(folder) if self.shared else ""
        self._stored: dict[int, FrozenTrial] = {}  # of an earlier process, by number in the study
        for stored in self.study.get_trials(deepcopy=False) if self.study else ():
            if not self.shared or stored.user_attrs.get("owner") == self.owner:
                self._stored[stored.number] = stored
        self._asked: dict[int, OptunaTrial] = {}
        self._known: dict[str, Trial] = {}  # by setting, what was scored
        self._started = self._said = time.monotonic()

    def run(self, *, resumed: bool) -> None:
        """Batch by batch to the end."""
        limits_now = limits(self.context, isolated=resumed)
        self.backend.begin(self.context, limits_now)
        while not self._out_of_time() and (batch := self.ask_batch()):
            start = len(self.trials)
            bar = self._bar([*self.trials, *self._of_others()])
            self.trials += batch
            if any(not trial.ended for trial in batch):
                self.score(batch, bar)
                if limits_now != (limits_now := limits(self.context)):
                    self.backend.begin(self.context, limits_now)
            self.tell_batch(batch)
            self.trials[start:] = [trial for trial in batch if trial.ended]
            self._say(len(batch))
            self._check_failures()
        if self.shared:
            self._join()
        if all(trial.error for trial in self.trials):
            raise SearchError(f"{self.cell}: {grouped_failures(self.trials)}")

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

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask_batch(self) -> list[Trial]:
        """The next trials, as far as they are known: drawn now, or as a search that ended left them."""
        start, size = len(self.trials), self.context.config["batch_size"]
        if self.shared:
            return self._ask_shared(size)
        batch = [self._trial(number) for number in range(start, min(self.total, start + size))]
        if self.study is not None:
            storage.commit(self.study)
        return batch

    def _ask_shared(self, size: int) -> list[Trial]:
        """As many trials as others have left over; the numbers are the database's to give."""
        from optuna.trial import TrialState

        assert self.study is not None
        batch = []
        if not self.trials:
            numbers = [*range(self.offset), *(number + self.offset for number in sorted(self._stored))]
            batch = [self._trial(number) for number in numbers if number < self.total]
        taken = len(self.study.get_trials(deepcopy=False)) + self.offset
        for _ in range(min(size - len(batch), self.total - taken)):
            trial = self._draw(None)
            if trial.number < self.total:
                batch.append(trial)
            else:  # another process was faster
                self._asked.pop(trial.number).set_user_attr("error", "one too many")
                self.study.tell(trial.number - self.offset, state=TrialState.FAIL)
        return batch

    def _trial(self, number: int) -> Trial:
        trial = Trial(number, None) if number < self.offset else self._draw(number)
        if self.kept is None or trial.error:
            return trial
        found = storage.load_result(self.kept, number)
        if found is None or found.params != trial.params:
            return trial
        self._remember(found)
        return found

    def _draw(self, number: int | None) -> Trial:
        """Draw a setting, with a sampler that is seeded anew by (seed, cell, trial number).

        Without a number the database gives the next one, and the process counts in place of it.
        """
        from optuna.trial import Trial as OptunaTrial

        assert self.study is not None
        context = self.context
        counted = f"{self.owner}/{len(self._asked) + len(self.trials)}" if number is None else number
        key = f"{context.config['seed']}/{self.cell}/{counted}".encode()
        seed = int.from_bytes(hashlib.sha256(key).digest()[:4], "big")
        stored = None if number is None else self._stored.get(number - self.offset)
        if number is not None and stored is not None and (stored.state.is_finished() or not self.space.factory):
            return Trial(number, _plain(stored.params))
        self._seed_sampler(self.study, seed)
        if stored is not None:
            asked = OptunaTrial(self.study, stored._trial_id)
        else:
            asked = self.study.ask(fixed_distributions=self.space.distributions)
        if self.shared:
            asked.set_user_attr("owner", self.owner)
        trial = Trial(asked.number + self.offset, None)
        self._asked[trial.number] = asked
        try:
            if self.space.factory:  # what it draws is known once it was called
                drawing: Any = asked
                columns = context.data.columns
                built = pipeline.assemble(context.config, columns, asked.params, drawing, seed=context.seed)
                check_task(built, context.data)
        except MlzooError:
            raise
        except Exception as error:
            trial.error = describe(error)
        trial.params = _plain(asked.params)
        return trial

    def _seed_sampler(self, study: "Study", seed: int) -> None:
        """A new sampler; what an earlier one has found out of the trials' common space is no random state, and kept."""
        made = targets.build({**self.context.config["sampler"], "seed": seed}, where="sampler")
        if hasattr(study.sampler, "_search_space") and hasattr(made, "_search_space"):
            made._search_space = study.sampler._search_space
        study.sampler = made

    def _of_others(self) -> list[Trial]:
        """Trials that other processes have ended, without their answers."""
        if not self.shared or self.study is None:
            return []
        found = []
        for stored in self.study.get_trials(deepcopy=False):
            notes = stored.user_attrs
            own = notes.get("owner") in (self.owner, None)
            if own or not stored.state.is_finished() or stored.number + self.offset >= self.total:
                continue
            trial = Trial(stored.number + self.offset, _plain(stored.params), told=stored.value)
            trial.error, trial.stopped = notes.get("error"), notes.get("stopped")
            trial.value = None if trial.error or trial.stopped else stored.value
            scores = notes.get("folds") or {}
            for fold, values in zip(notes.get("at") or (), zip(*scores.values(), strict=True), strict=True):
                named = dict(zip(scores, values, strict=True))
                trial.add(fold, Scored(named, np.empty(0), None, notes["fit_s"], notes["predict_s"]))
            found.append(trial)
        return found

    def _join(self) -> None:
        """Put the trials of other processes among one's own; the best is scored here too, for its answers."""
        self.trials[:] = sorted([*self.trials, *self._of_others()], key=lambda trial: trial.number)
        if not any(trial.value is not None for trial in self.trials):
            return
        top = best(self.trials)
        if not len(top.folds[0].label):
            again = Trial(top.number, top.params)
            self._started = time.monotonic()  # whatever the budget: without it there is no result
            self._score([again], None)
            if again.value is not None:
                self.trials[self.trials.index(top)] = again
        missing = self.total - len(self.trials)
        if missing:
            log.warning("%d of %d trials are with other processes, at work or ended.", missing, self.total)

    # -- scoring --------------------------------------------------------------------------------------------------

    def _bar(self, trials: list[Trial]) -> racing.Bar | None:
        if not self.race:
            return None
        full = [trial.scores(self.metric) for trial in trials if trial.value is not None]
        return racing.bar(full, [trial.scores(self.metric) for trial in trials if trial.stopped])

    def score(self, batch: list[Trial], bar: racing.Bar | None) -> None:
        """Score the trials of a batch that have not ended; equal settings once."""
        first: dict[str, Trial] = {}
        for trial in batch:
            first.setdefault(self._setting(trial), trial)
        self._score([trial for trial in first.values() if not trial.ended], bar)
        for trial in batch:
            if not trial.ended:
                self._score([trial], bar)

    def _score(self, trials: list[Trial], bar: racing.Bar | None) -> None:
        """Fold by fold: what is needed first, and what may be needed where workers would be idle."""
        outcomes: dict[tuple[int, int], Any] = {}
        orders: dict[int, Sequence[int]] = {}
        todo: dict[int, deque[int]] = {}
        for trial in trials:
            known = self._known.get(self._setting(trial))
            trial.error = known.error if known else None
            if known:
                outcomes |= {(trial.number, fold): scored for fold, scored in zip(known.at, known.folds, strict=True)}
            order = racing.order(trial.number, self.folds, seed=self.context.seed) if self.race else range(self.folds)
            self._advance(trial, order, outcomes, bar)
            orders[trial.number] = order
            todo[trial.number] = deque(fold for fold in order if (trial.number, fold) not in outcomes)
        live = {trial.number: trial for trial in trials if not trial.ended}
        ended = [len(trial.folds) for trial in self.trials if trial.folds]
        later = math.ceil((self.total - len(self.trials)) * (np.mean(ended) if ended else self.folds))
        while live and not self._out_of_time():
            left = later + sum(len(todo[number]) for number in live)
            while self.backend.free(left) and (following := self._next(live, todo, bar)):
                number, fold = following.number, todo[following.number].popleft()
                self.backend.submit(score_unit, (number, fold), (following.params, fold))
            (number, fold), outcome = self.backend.wait()
            if number not in live:
                continue  # worked out in advance, for a trial that has ended
            outcomes[number, fold] = outcome
            self._advance(live[number], orders[number], outcomes, bar)
            if live[number].ended:
                del live[number]

    def _next(self, live: Mapping[int, Trial], todo: Mapping[int, Any], bar: Any) -> Trial | None:
        """The trial whose next fold is worked out next: in a race one that waits for it, before one that may not."""
        ready = [trial for number, trial in live.items() if todo[number]]
        ahead = 0 if bar is None else 1
        return min(ready, key=lambda t: (-ahead * (len(t.folds) + len(todo[t.number])), t.number), default=None)

    def _advance(
        self, trial: Trial, order: Sequence[int], outcomes: dict[tuple[int, int], Any], bar: racing.Bar | None
    ) -> None:
        """Take a trial as far as the outcomes of its folds, in their order, are there."""
        while not trial.ended and (trial.number, fold := order[len(trial.folds)]) in outcomes:
            outcome = outcomes.pop((trial.number, fold))
            if isinstance(outcome, Fault | str):
                trial.fail(outcome.message if isinstance(outcome, Fault) else outcome)
            elif not math.isfinite(value := outcome.scores[self.metric]):
                trial.fail(f"{self.metric} is {value} on fold {fold}")
            else:
                trial.add(fold, outcome)
                self._judge(trial, bar)
        if trial.ended:
            self._remember(trial)
            if self.kept is not None:
                storage.save_result(self.kept, trial)
        self.watch(self)

    def _judge(self, trial: Trial, bar: racing.Bar | None) -> None:
        if len(trial.folds) == self.folds:
            trial.complete(self.metric)
        elif bar is not None and (verdict := racing.verdict(bar, scores := trial.scores(self.metric))):
            trial.stopped, trial.told = verdict, racing.estimate(bar, scores)

    def _setting(self, trial: Trial) -> str:
        return setting(self.context.config, trial.params)

    def _remember(self, trial: Trial) -> None:
        known = self._known.setdefault(self._setting(trial), trial)
        if len(known.folds) < len(trial.folds):
            self._known[self._setting(trial)] = trial

    # -- telling --------------------------------------------------------------------------------------------------

    def tell_batch(self, batch: list[Trial]) -> None:
        """Tell the study what became of a batch, in order."""
        for trial in batch:
            if trial.error and self.study is not None:
                log.warning("trial %d failed: %s", trial.number, trial.error)
            if self.study is not None and trial.number >= self.offset:
                self._tell(self.study, trial)
        if self.study is not None:
            storage.commit(self.study)

    def _tell(self, study: "Study", trial: Trial) -> None:
        from optuna.trial import Trial as OptunaTrial
        from optuna.trial import TrialState

        stored = self._stored.get(trial.number - self.offset)
        if stored is not None and stored.state.is_finished():
            return
        asked = self._asked.pop(trial.number, None)
        if asked is None:
            assert stored is not None
            asked = OptunaTrial(study, stored._trial_id)
        if trial.folds:
            asked.set_user_attr("at", trial.at)
            asked.set_user_attr("folds", {name: list(trial.scores(name).values()) for name in self.context.scorers})
            for name in ("fit_s", "predict_s"):
                asked.set_user_attr(name, float(np.mean([getattr(fold, name) for fold in trial.folds])))
        if trial.stopped:
            asked.set_user_attr("stopped", trial.stopped)
        if trial.told is None:
            asked.set_user_attr("error", trial.error or "not finished: the time was up")
            study.tell(asked, state=TrialState.FAIL)
        else:
            study.tell(asked, trial.told)

    def _say(self, new: int) -> None:
        """Log how far the search is: at every tenth of the trials, and every half minute."""
        done, now = len(self.trials), time.monotonic()
        tenths = 10 * done // self.total > 10 * (done - new) // self.total
        if self.total == 1 or not (tenths or now - self._said > SAY_S):
            return
        self._said = now
        if any(trial.value is not None for trial in self.trials):
            top = best(self.trials)
            text = "trial %d of %d: best %s %.4f (trial %d)"
            log.info(text, done, self.total, self.metric, top.value, top.number, extra={"progress": True})


def _plain(params: Mapping[str, Any]) -> pipeline.Params:
    return {key: value.item() if hasattr(value, "item") else value for key, value in params.items()}
