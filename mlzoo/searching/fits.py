"""The unit of work of a search: one setting on one fold. Plain and picklable, so that it runs anywhere.

The output of a preprocessing is kept by (data, fold, its parameters), and shared by all settings of a model.
"""

import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from mlzoo import accelerator, pipeline, space, targets
from mlzoo.composition.config import CELL
from mlzoo.errors import MlzooError
from mlzoo.evaluate import Prepared, Scored, fit_and_score, in_one_line, prepare, score_prepared
from mlzoo.folds import Folds
from mlzoo.permutation import enough, importance
from mlzoo.pipeline import Params
from mlzoo.searching.cache import Cache
from mlzoo.tables.data import Array, Data

MAX_KEPT_ROWS = 10_000
prepared_cache = Cache()  # of this process, whatever the cell


@dataclass
class Context:
    """What every fit of a search shares; it reaches a worker once.

    Attributes
    ----------
    kept : list of (ndarray or None)
        For each fold, which of its validation rows' answers are kept; None: all.
    key : str or None
        Of what preprocessings see: data and folds. None where their outputs are not to be kept: there is one setting
        alone, or the preprocess is code of the user's own, which may be no function of its parameters.
    alone : bool
        Whether there is one fit in all, which may then use every core.
    isolated : bool
        Whether fits run in workers always, because they may hang, or end the process.
    on_epoch : callable or None
        What is called after each epoch of a final fit, in this process; other ones do not know it.
    final : tuple or None
        What `refit` has made, where the one fit is the final one too: on `holdout`, of one setting.
    """

    config: Mapping[str, Any]
    data: Data
    folds: Folds
    scorers: Mapping[str, Any]
    seed: int
    kept: list[Array | None] = field(init=False)
    key: str | None = field(init=False)
    alone: bool = field(init=False)
    isolated: bool = field(init=False)
    on_epoch: Callable[[Mapping[str, float], int], None] | None = None
    final: "tuple[Pipeline, Scored, dict[str, Array]] | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        config, splits = self.config, self.folds.splits
        sample = kept_rows(self.folds, self.data, self.seed)
        self.kept = [None if sample is None else np.flatnonzero(np.isin(held, sample)) for _, held in splits]
        single = (config["n_trials"] or 1) == 1
        self.alone = single and len(splits) == 1
        own = {group: not targets.ours(config[group]["type"], where=f"{group}.type") for group in CELL}
        late = "${" in json.dumps(config["preprocess"]["type"], default=str)  # from the environment, which may change
        self.key = None if single or late or own["preprocess"] else _key(self)
        self.isolated = any(own.values()) or bool(config["timeout_s"] or config["memory_gb"])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "on_epoch": None}


def kept_rows(folds: Folds, data: Data, seed: int) -> Array | None:
    """Positions of the rows whose out-of-fold answers are kept: None for all, else a sample.

    It is larger where a class is rare, of which it would hold so few rows that they tell little of what to expect.
    """
    y = data.y_test if folds.name == "holdout" else data.y_train
    rows, most = len(y), enough(MAX_KEPT_ROWS, y, data.classes)
    if rows <= most:
        return None
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _key(context: Context) -> str:
    config, sources = context.config, context.data.sources
    parts = {key: config[key] for key in ("read", "split", "target", "task", "seed", "accelerator")}
    parts |= {"drop": config["preprocess"].get("drop"), "columns": context.data.columns}
    parts |= {
        "sources": sources,
        "rows": hashlib.sha256(context.data.rows_train.tobytes()).hexdigest(),
        "folds": context.folds.fingerprint(),
        "type": config["preprocess"]["type"],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def setting(cell: Mapping[str, Any], params: Params | None, groups: tuple[str, ...] = CELL) -> str:
    """A setting as text: equal for settings that build the same pipeline."""
    found: dict[str, Any] = {}
    for group in groups:
        own = {key: value for key, value in (params or {}).items() if key.startswith(f"{group}.")}
        if space.is_factory(cell[group], group):
            found[group] = own
        else:
            found |= pipeline.leaves({**cell, **{other: {"type": {}} for other in CELL if other != group}}, own)
    return json.dumps(found, sort_keys=True, default=str)


def warm(context: Any) -> None:
    """Import what a context's estimators need, so that the time of the first fit is its own."""
    for group in CELL if isinstance(context, Context) else ():
        if targets.ours(context.config[group]["type"], where=f"{group}.type"):
            with suppress(Exception):  # a factory that draws; what is wrong is said by a fit
                _step(context, group, None)


def score_unit(context: Context, unit: tuple[Params | None, int]) -> Scored | str:
    """Build, fit and score one setting on one fold. An estimator's error is returned as text."""
    params, fold = unit
    try:
        if context.alone and context.folds.name == "holdout":
            context.final = refit(context, params)
            return context.final[1].take(context.kept[fold])
        ready = _prepared(context, params, fold)
        try:
            scored = _scored(context, params, fold, ready)
        except ValueError as error:
            if context.key is None or "read-only" not in str(error):
                raise
            scored = _scored(context, params, fold, copy.deepcopy(ready))  # the model works in place
        return scored.take(context.kept[fold])
    except MlzooError:
        raise
    except (Exception, SystemExit) as error:
        return in_one_line(error) + _advice(context, str(error))


def _advice(context: Context, text: str) -> str:
    """What to do where a preprocessing that takes all columns, as most of scikit-learn's do, cannot read categories."""
    told = "could not convert string to float" in text and context.data.columns.get("category")
    if not told or context.config["preprocess"].get("kinds"):
        return ""
    return " (this preprocessing is given categories too: `kinds: [number]` in its YAML leaves them out)"


def refit(context: Context, params: Params | None) -> tuple[Pipeline, Scored, dict[str, Array]]:
    """One setting fitted on the whole train split, its scores on the test split, and what it says of it, by method.

    Errors come as they are.
    """
    if context.final is not None:
        return context.final
    built = pipeline.build(context.config, context.data.columns, params, seed=context.seed)
    table = context.data
    everything = table.X_train, table.y_train, table.X_test, table.y_test
    watched = context.folds.name == "holdout"
    with seeded(context.seed):
        scored, given = fit_and_score(
            built, everything, context.scorers, table.labels, watched=watched, on_epoch=context.on_epoch
        )
    return built, scored, given.by_method


def importances(context: Context, built: Pipeline) -> list[dict[str, Any]]:
    """The importance of each column for a fitted pipeline, by the first metric: see `permutation.importance`."""
    scorer = next(iter(context.scorers.values()))
    return importance(built, context.data, scorer, seed=context.seed)


def _scored(context: Context, params: Params | None, fold: int, ready: Prepared) -> Scored:
    model, truth = _step(context, "models", params), context.folds.truth(context.data, fold)
    with seeded(context.seed):
        scored, _ = score_prepared(model, ready, truth, context.scorers, context.data.labels)
    return scored


def _step(context: Context, group: str, params: Params | None) -> Any:
    drawn = None if params is None else pipeline.Replay(params)
    columns, alone = context.data.columns, context.alone
    return pipeline.step(context.config, group, columns, params or {}, drawn, seed=context.seed, one_core=not alone)


def _prepared(context: Context, params: Params | None, fold: int) -> Prepared:
    def make() -> Prepared:
        prep = Pipeline([("prep", _step(context, "preprocess", params))])
        X_fit, y_fit, X_held, _ = context.folds.parts(context.data, fold)  # noqa: N806
        with seeded(context.seed):
            return prepare(prep, X_fit, y_fit, X_held)

    if context.key is None:
        return make()
    return prepared_cache.get(f"{context.key}/{fold}/{setting(context.config, params, CELL[:1])}", make)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it numpy's and Python's global random numbers, which estimators without a seed use, begin at the seed."""
    states = np.random.get_state(), random.getstate()
    np.random.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


@contextmanager
def one_thread(context: Context) -> Iterator[None]:
    """Within it BLAS and OpenMP use one thread: fits are the same, to the bit, on any number of cores."""
    if context.alone:
        yield
        return
    from threadpoolctl import threadpool_limits

    with accelerator.names_once(), accelerator.one_thread(), threadpool_limits(limits=1):
        yield
