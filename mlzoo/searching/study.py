"""What a search asks and tells: the Optuna study of a cell, and what an earlier process has left of it.

Trial 0 is `type` as it stands and stays out of the study, so that tuning never ends below the default. Each setting is
drawn by a sampler that is seeded anew by (seed, cell, trial number).
"""

import hashlib
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo import pipeline, space, targets
from mlzoo.composition.config import CELL
from mlzoo.errors import MlzooError
from mlzoo.evaluate import Scored, check_task, in_one_line
from mlzoo.searching import storage
from mlzoo.searching.fits import Context
from mlzoo.searching.storage import Trial

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as Asked

log = logging.getLogger(__name__)

OUTCOME = "outcome"  # the attribute of a trial that holds its folds, and why it was stopped or failed
GRACE_S = 60.0  # without a sign of life, after which a process that shares a study is taken for dead


def open_study(context: Context, cell: str, folder: Path | None, name: str) -> "Study":
    """The study of a cell, as it was left.

    Parameters
    ----------
    context : Context
        Of its config n_trials, sampler, storage, seed and the space are read.
    cell : str
        The cell's name, part of the seeds.
    folder : Path or None
        Where study and results are kept.
    name : str
        Of the study in a database.
    """
    shared = (context.config["storage"] or {}).get("name") == "rdb"
    return (Shared if shared else Study)(context, cell, folder, name)


class Study:
    """The trials of one cell, by number: asked, taken up again, told."""

    def __init__(self, context: Context, cell: str, folder: Path | None, name: str) -> None:
        config = context.config
        self.context, self.cell = context, cell
        self.factory = pipeline.draws(config, context.data.columns, seed=context.seed)
        self.total = config["n_trials"] or 1
        if self.total > 1 and not (self.factory or self.distributions):
            log.info("%s has an empty space: its default setting is the one trial.", cell)
            self.total = 1
        self.offset = 0 if self.factory else 1  # of a trial's number to its number in the study
        searched = self.factory or self.total > 1
        self.inner: optuna.Study | None = storage.open_study(config, folder, name) if searched else None
        self.kept = folder if searched and config["storage"]["name"] != "memory" else None
        self.taken_over = False  # whether the trials asked last may be what has ended another process
        self._stored: dict[int, FrozenTrial] = {}  # of an earlier process, by number in the study
        self._asked: dict[int, Asked] = {}  # not told yet
        for stored in self._trials():
            if self._is_own(stored):
                self._stored[stored.number] = stored

    @cached_property
    def distributions(self) -> dict[str, Any]:
        """Optuna's distributions by override key, of the cell's `space`s; its factories draw for themselves."""
        cell = self.context.config
        return {key: found for group in CELL for key, found in space.distributions(cell[group], group).items()}

    def _trials(self) -> list[Any]:
        return self.inner.get_trials(deepcopy=False) if self.inner is not None else []

    def _is_own(self, stored: Any) -> bool:
        return True

    def ask(self, start: int, size: int) -> list[Trial] | None:
        """The next trials, at most `size` after the `start` first ones, as far as they are known; None at the end."""
        batch = [self._trial(number) for number in range(start, min(self.total, start + size))]
        self.commit()
        return batch or None

    def others(self) -> list[Trial]:
        """Trials that other processes have ended, without their answers."""
        return []

    def save(self, trial: Trial) -> None:
        """Put by what became of a trial."""
        if self.kept is not None:
            storage.save_result(self.kept, trial)

    def tell(self, batch: Sequence[Trial]) -> None:
        """Tell what became of trials, in order."""
        for trial in batch:
            if trial.error and self.inner is not None:
                log.warning("trial %d failed: %s", trial.number, trial.error)
            if self.inner is not None and trial.number >= self.offset:
                self._tell(self.inner, trial)
        self.commit()

    def commit(self) -> None:
        """Have all of it on the disk."""
        if self.inner is not None:
            storage.commit(self.inner)

    def close(self) -> None:
        """Close the connections to a database."""
        if self.inner is not None:
            storage.close(self.inner)

    def _trial(self, number: int) -> Trial:
        stored = self._stored.get(number - self.offset)
        trial = Trial(number, None) if number < self.offset else self._draw(str(number), stored)
        if self.kept is None or trial.error:
            return trial
        found = storage.load_result(self.kept, number)
        return trial if found is None or found.params != trial.params else found

    def _draw(self, key: str, stored: "FrozenTrial | None" = None) -> Trial:
        """A new setting, or one that was asked before, of which not everything may have been drawn."""
        from optuna.trial import Trial as OptunaTrial

        assert self.inner is not None
        if stored is not None and stored.state.is_finished():
            return Trial(stored.number + self.offset, _plain(stored.params))
        context, distributions = self.context, self.distributions
        self._seed_sampler(self.inner, key)
        if stored is None:
            asked = self.inner.ask(fixed_distributions=distributions)
        else:
            asked = OptunaTrial(self.inner, stored._trial_id)
            for name, distribution in distributions.items():
                asked._suggest(name, distribution)  # what it has it keeps
        trial = Trial(asked.number + self.offset, None)
        self._asked[trial.number] = asked
        self._noted(asked)
        try:
            if self.factory:  # what it draws is known once it was called
                drawing: Any = asked
                columns = context.data.columns
                built = pipeline.assemble(context.config, columns, asked.params, drawing, seed=context.seed)
                check_task(built, context.data)
        except MlzooError:
            raise
        except Exception as error:
            trial.error = in_one_line(error)
        trial.params = _plain(asked.params)
        if trial.error:
            self.save(trial)
        return trial

    def _noted(self, asked: "Asked") -> None:
        pass

    def _seed_sampler(self, study: "optuna.Study", key: str) -> None:
        """A new sampler; what an earlier one has found out of the trials' common space is no random state, and kept."""
        text = f"{self.context.config['seed']}/{self.cell}/{key}".encode()
        seed = int.from_bytes(hashlib.sha256(text).digest()[:4], "big")
        made = targets.build({**self.context.config["sampler"], "seed": seed}, where="sampler")
        if hasattr(study.sampler, "_search_space") and hasattr(made, "_search_space"):
            made._search_space = study.sampler._search_space
        study.sampler = made

    def _tell(self, study: "optuna.Study", trial: Trial) -> None:
        from optuna.trial import TrialState

        stored = self._stored.get(trial.number - self.offset)
        if stored is not None and stored.state.is_finished():
            return
        asked = self._asked.pop(trial.number)
        error = trial.error or (None if trial.told is not None else "not finished: the time was up")
        outcome: dict[str, Any] = {"stopped": trial.stopped, "error": error}
        if trial.folds:
            outcome["at"] = trial.at
            outcome["folds"] = {name: list(trial.scores(name).values()) for name in self.context.scorers}
            outcome |= {name: trial.mean(name) for name in ("fit_s", "predict_s")}
        asked.set_user_attr(OUTCOME, outcome)  # as a whole: at any point a process may end, or another one tell it
        state = TrialState.FAIL if error else None
        study.tell(asked, None if error else trial.told, state=state, skip_if_finished=True)


class Shared(Study):
    """A study in a database, to which several processes ask and tell; the database gives the numbers.

    A process gives signs of life for the trials that it is at. Those of one that is silent are taken over by another,
    which tells its silence by a clock of its own.
    """

    def __init__(self, context: Context, cell: str, folder: Path | None, name: str) -> None:
        super().__init__(context, cell, folder, name)
        self.grace_s = float(context.config["storage"].get("grace_period", GRACE_S))
        self._drawn = len(self._stored)
        self._signs: dict[int, tuple[Any, float]] = {}  # of others' trials: the last one, and since when it stands
        self._waiting = False
        self._over = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()

    @cached_property
    def owner(self) -> str:
        """A name for this process, which one that goes on in its folder inherits."""
        return storage.owner(self.kept)

    def _is_own(self, stored: Any) -> bool:
        return bool(stored.user_attrs.get("owner") == self.owner)

    def ask(self, start: int, size: int) -> list[Trial] | None:
        """As many trials as others have left over, or left behind; none of them yet: an empty list."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        if self.inner is None:
            return super().ask(start, size)
        batch = []
        if not start:
            numbers = [*range(self.offset), *(number + self.offset for number in sorted(self._stored))]
            batch = [self._trial(number) for number in numbers if number < self.total]
        taken = len(self._trials()) + self.offset
        for _ in range(min(size - len(batch), self.total - taken)):
            trial = self._draw(self._next_key())
            if trial.number < self.total:
                batch.append(trial)
            else:  # another process was faster
                self._asked.pop(trial.number).set_user_attr(OUTCOME, {"error": "one too many"})
                self.inner.tell(trial.number - self.offset, state=TrialState.FAIL)
        running, silent = self._of_others()
        self.taken_over = False
        if batch or not running:
            return batch or None
        if not self._waiting:
            self._waiting = True
            log.info("%s: waiting for trials that other processes are at: %d.", self.cell, len(running))
        for stored in silent[:size]:
            log.warning("trial %d: its process is silent, it is taken over.", stored.number + self.offset)
            self._stored[stored.number] = stored
            with suppress(UpdateFinishedTrialError):  # another process was faster
                batch.append(self._draw(self._next_key(), stored))
        self.taken_over = bool(batch)
        return batch

    def _of_others(self) -> "tuple[list[FrozenTrial], list[FrozenTrial]]":
        """Trials that other processes are at, and those of them that have shown no sign of life for long."""
        running = [
            stored
            for stored in self._trials()
            if not stored.state.is_finished()
            and stored.number + self.offset < self.total
            and stored.number + self.offset not in self._asked
        ]
        now = time.monotonic()
        for stored in running:
            sign = stored.user_attrs.get("owner"), stored.user_attrs.get("sign")
            if stored.number not in self._signs or self._signs[stored.number][0] != sign:
                self._signs[stored.number] = sign, now
        return running, [stored for stored in running if now - self._signs[stored.number][1] > self.grace_s]

    def _next_key(self) -> str:
        """Numbers are the database's to give: a process counts its draws in place of them."""
        self._drawn += 1
        return f"{self.owner}/{self._drawn}"

    def _beat(self) -> None:
        count = 0
        while not self._over.wait(self.grace_s / 6):
            count += 1
            for asked in list(self._asked.values()):
                with suppress(Exception):  # it was told just now; a lost database is noticed where it is needed
                    asked.set_user_attr("sign", f"{self.owner}/{count}")

    def _noted(self, asked: "Asked") -> None:
        asked.set_user_attr("owner", self.owner)

    def others(self) -> list[Trial]:
        """See `Study`."""
        found = []
        for stored in self._trials():
            notes = stored.user_attrs.get(OUTCOME)
            own = stored.user_attrs.get("owner") in (self.owner, None)
            if own or not stored.state.is_finished() or not notes or stored.number + self.offset >= self.total:
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

    def _tell(self, study: "optuna.Study", trial: Trial) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        with suppress(UpdateFinishedTrialError):  # it was taken over while this process was silent
            super()._tell(study, trial)

    def close(self) -> None:
        """See `Study`."""
        self._over.set()
        self._beating.join()
        super().close()


def _plain(params: Mapping[str, Any]) -> pipeline.Params:
    return {key: value.item() if hasattr(value, "item") else value for key, value in params.items()}
