"""The search over a cell's settings: ask in batches, score on the folds, tell in order.

Trial 0 is `type` as it stands and stays out of the Optuna study, so that tuning never ends below the default. What is
asked depends on (seed, cell, trial number) and on the batches told before, never on the order in which fits finish.
"""

import hashlib
import logging
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo import pipeline, space, targets
from mlzoo.backend import Backend
from mlzoo.config import CELL
from mlzoo.data import Data
from mlzoo.errors import MlzooError, SearchError
from mlzoo.evaluate import Scored, check_task, score_fold
from mlzoo.folds import Folds
from mlzoo.pipeline import Params

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial as OptunaTrial

log = logging.getLogger(__name__)


@dataclass
class Context:
    """What every fit of a search shares; plain and picklable, so that it reaches a worker once."""

    config: Mapping[str, Any]
    data: Data
    folds: Folds
    scorers: Mapping[str, Any]
    seed: int


@dataclass
class Trial:
    """One setting and what became of it.

    Attributes
    ----------
    number : int
        From 0, the default.
    params : dict or None
        What differs from `type`, by override key; None for the default.
    folds : list of Scored
        Empty where it failed.
    value : float or None
        Mean of the metric over the folds.
    error : str or None
        Why it failed.
    """

    number: int
    params: Params | None
    folds: list[Scored] = field(default_factory=list)
    value: float | None = None
    error: str | None = None
    asked: "OptunaTrial | None" = None

    @property
    def state(self) -> str:
        """Either complete or failed."""
        return "complete" if self.error is None else "failed"


def run_trials(
    context: Context, cell: str, metric: str, *, backend: Backend, folder: Path | None = None
) -> list[Trial]:
    """Score the default setting and, with `n_trials`, further ones from the cell's space.

    Parameters
    ----------
    context : Context
        What every fit shares; of its config n_trials, batch_size, sampler, storage, seed and the space are read.
    cell : str
        The cell's name, part of the seeds.
    metric : str
        What is maximised.
    backend : Backend
        Where fits run.
    folder : Path, optional
        Where the study's journal is written.

    Returns
    -------
    list of Trial
        In order of their numbers, failed ones included.

    Raises
    ------
    SearchError
        If every trial failed.
    MlzooError
        If the data or the config do not suit the cell.
    """
    config = context.config
    total = config["n_trials"] or 1
    studied = Space(context.config, context.data.columns, context.seed)
    if total > 1 and not studied.searchable:
        log.info("%s has an empty space: its default setting is the one trial.", cell)
        total = 1
    study = make_study(config, folder) if studied.factory or total > 1 else None
    ask = Asking(study, studied, context, cell)
    done: list[Trial] = []
    while len(done) < total:
        batch = [ask(number) for number in range(len(done), min(total, len(done) + config["batch_size"]))]
        score_batch(batch, context, metric, backend)
        for trial in batch:
            tell(study, trial, context.scorers)
        done += batch
        _progress(done, len(batch), total, metric)
    if all(trial.error for trial in done):
        raise SearchError(f"{cell}: {grouped_failures(done)}", done)
    return done


def best(trials: list[Trial]) -> Trial:
    """The complete trial of the highest value, the first of equals."""
    return max((t for t in trials if t.value is not None), key=lambda t: (t.value, -t.number))


def grouped_failures(trials: list[Trial]) -> str:
    """The reasons of failed trials, equal ones together."""
    counts = Counter(trial.error for trial in trials if trial.error)
    if len(trials) == 1:
        return str(trials[0].error)
    lines = [f"  {count} × {error}" for error, count in counts.most_common()]
    return "\n".join([f"all {len(trials)} trials failed:", *lines])


# -- asking -------------------------------------------------------------------------------------------------------


class Space:
    """What of a cell is searched: distributions of its `space`s, and factories that draw for themselves."""

    def __init__(self, cell: Mapping[str, Any], columns: Mapping[str, list[str]], seed: int) -> None:
        self.distributions: dict[str, Any] = {}
        for group in CELL:
            self.distributions |= space.distributions(cell[group], group)
        factory = any(space.is_factory(cell[group], group) for group in CELL)
        self.factory = factory and pipeline.draws(cell, columns, seed=seed)

    @property
    def searchable(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.distributions) or self.factory


class Asking:
    """Draws the setting of each trial, with a sampler that is seeded anew by (seed, cell, trial number)."""

    def __init__(self, study: "Study | None", studied: Space, context: Context, cell: str) -> None:
        self.study, self.space, self.context, self.cell = study, studied, context, cell

    def __call__(self, number: int) -> Trial:
        """Draw a setting, or the default for trial 0 (a factory of ranges has none)."""
        context = self.context
        if self.study is None or (number == 0 and not self.space.factory):
            return Trial(number, None)
        key = f"{context.config['seed']}/{self.cell}/{number}".encode()
        seed = int.from_bytes(hashlib.sha256(key).digest()[:4], "big")
        self.study.sampler = targets.build({**context.config["sampler"], "seed": seed}, where="sampler")
        asked = self.study.ask(fixed_distributions=self.space.distributions)
        trial = Trial(number, None, asked=asked)
        try:
            if self.space.factory:  # what it draws is known once it was called
                drawing: Any = asked
                built = pipeline.assemble(
                    context.config, context.data.columns, asked.params, drawing, seed=context.seed
                )
                check_task(built, context.data)
        except MlzooError:
            raise
        except Exception as error:
            trial.error = describe(error)
        trial.params = {key: v.item() if hasattr(v, "item") else v for key, v in asked.params.items()}
        return trial


def make_study(config: Mapping[str, Any], folder: Path | None) -> "Study":
    """An Optuna study that maximises, in memory or in the journal of the run folder."""
    import optuna
    from optuna.storages import InMemoryStorage, JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if config["storage"]["name"] == "memory" or folder is None:
        storage: Any = InMemoryStorage()
    else:
        path = folder / "study.journal"
        path.unlink(missing_ok=True)
        storage = JournalStorage(JournalFileBackend(str(path)))
    sampler = targets.build({**config["sampler"], "seed": 0}, where="sampler")
    return optuna.create_study(storage=storage, sampler=sampler, direction="maximize", study_name="mlzoo")


# -- scoring and telling ------------------------------------------------------------------------------------------


def score_batch(batch: list[Trial], context: Context, metric: str, backend: Backend) -> None:
    """Score every fold of every trial of a batch, and put the results into the trials."""
    live = [trial for trial in batch if trial.error is None]
    units = [(trial.params, fold) for trial in live for fold in range(len(context.folds.splits))]
    results = backend.map(score_unit, context, units)
    for trial in live:
        outcomes = [next(results) for _ in context.folds.splits]
        errors = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if errors:
            trial.error = errors[0]
            continue
        trial.folds = outcomes
        values = [fold.scores[metric] for fold in outcomes]
        if not all(map(math.isfinite, values)):
            at = next(i for i, value in enumerate(values) if not math.isfinite(value))
            trial.error, trial.folds = f"{metric} is {values[at]} on fold {at}", []
        else:
            trial.value = float(np.mean(values))


def score_unit(context: Context, unit: tuple[Params | None, int]) -> Scored | str:
    """Build, fit and score one setting on one fold: the unit of work. An estimator's error is returned as text."""
    params, fold = unit
    try:
        built = pipeline.build(context.config, context.data.columns, params, seed=context.seed)
        return score_fold(built, context.data, context.folds, fold, context.scorers)
    except MlzooError:
        raise
    except Exception as error:
        return describe(error)


def describe(error: Exception) -> str:
    """An error in one line."""
    return targets.veiled(f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}")


def tell(study: "Study | None", trial: Trial, scorers: Mapping[str, Any]) -> None:
    """Tell the study what became of a trial; the default stays out of it."""
    if study is not None and trial.error is not None:
        log.warning("trial %d failed: %s", trial.number, trial.error)
    if study is None or trial.asked is None:
        return
    from optuna.trial import TrialState

    if trial.value is None:
        trial.asked.set_user_attr("error", trial.error)
        study.tell(trial.asked, state=TrialState.FAIL)
        return
    scores = {name: [fold.scores[name] for fold in trial.folds] for name in scorers}
    trial.asked.set_user_attr("folds", scores)
    study.tell(trial.asked, trial.value)


def _progress(done: list[Trial], new: int, total: int, metric: str) -> None:
    """Log the best so far each time another tenth of the trials is done."""
    tenths = (10 * len(done) // total, 10 * (len(done) - new) // total)
    if total > 1 and tenths[0] > tenths[1] and any(trial.value is not None for trial in done):
        top = best(done)
        log.info("trial %d of %d: best %s %.4f (trial %d)", len(done), total, metric, top.value, top.number)
