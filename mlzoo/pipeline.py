"""From a cell and one setting of its parameters to an unfitted scikit-learn Pipeline."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo import grammar, space, targets
from mlzoo.composition.config import CELL, KINDS, kinds_read
from mlzoo.errors import DataError, MlzooError, UndrawnError, listed
from mlzoo.findings import MAX_NAMED, Finding, finding_of
from mlzoo.space import Trial
from mlzoo.tables.data import Data

Params = dict[str, Any]  # override key -> value: {"models.type.C": 0.1}


class Prefixed:
    """A trial that puts a prefix before the names that a factory chooses: `C` becomes `models.type.C`."""

    def __init__(self, trial: Any, prefix: str) -> None:
        self._trial = trial
        self._prefix = prefix

    def suggest_float(self, name: str, low: float, high: float, **kwargs: Any) -> float:
        """Pass on to the trial under the full name."""
        return float(self._trial.suggest_float(self._prefix + name, low, high, **kwargs))

    def suggest_int(self, name: str, low: int, high: int, **kwargs: Any) -> int:
        """Pass on to the trial under the full name."""
        return int(self._trial.suggest_int(self._prefix + name, low, high, **kwargs))

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Pass on to the trial under the full name."""
        return self._trial.suggest_categorical(self._prefix + name, choices)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._trial, name)


class Replay:
    """A trial that answers with the values of a setting, so that a factory builds the same pipeline anywhere."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = dict(params)

    def _value(self, name: str, *_: Any, **__: Any) -> Any:
        if name not in self.params:
            raise UndrawnError(
                f"The factory asked for {name!r}, which its trial did not draw: it must draw the same each time."
            )
        return self.params[name]

    suggest_float = suggest_int = suggest_categorical = _value

    def set_user_attr(self, key: str, value: Any) -> None:
        """Noted by the trial that drew; nothing to do here."""


def readable(table: Data, cell: Mapping[str, Any]) -> Data:
    """The table with the columns that the preprocessing reads, those of the kinds that `preprocess.kinds` names.

    The others are put aside, where rows that belong together are told by them, and are named in a finding, in place of
    most of what else was found out about them.

    Raises
    ------
    DataError
        If no column is left.
    """
    read = kinds_read(cell["preprocess"])
    others = {kind: names for kind in KINDS if kind not in read and (names := table.columns.get(kind))}
    if not others:
        return table
    out = [name for names in others.values() for name in names]
    option = (cell.get("origin") or {}).get("preprocess") or "custom"
    reads = f"preprocess={option} reads {listed([KINDS[kind] for kind in read])} only"
    if len(out) == table.X_train.shape[1]:
        raise DataError(f"{reads}, and no column of the data holds {' or '.join(KINDS[kind] for kind in read)}.")
    told = [f"{listed(list(map(repr, names)), MAX_NAMED)} ({KINDS[kind]})" for kind, names in others.items()]
    findings = [found for found in table.findings if found["column"] not in out or _stands(found, read)]
    kept = {kind: [name for name in names if name not in out] for kind, names in table.columns.items()}
    sources = dict(table.sources)
    for part in ("train", "test"):
        sources[part] = {**sources[part], "columns": [name for name in sources[part]["columns"] if name not in out]}
    return replace(
        table,
        X_train=table.X_train.drop(columns=out),
        X_test=table.X_test.drop(columns=out),
        columns={kind: names for kind, names in kept.items() if names or kind in ("number", "category")},
        sources=sources,
        findings=[*findings, finding_of("kinds", "warning", "", f"{reads}, left out: {'; '.join(told)}.")],
        aside_train=pd.concat([table.aside_train, table.X_train[out]], axis=1),
        aside_test=pd.concat([table.aside_test, table.X_test[out]], axis=1),
    )


def _stands(finding: Finding, read: Sequence[str]) -> bool:
    """Whether a finding matters of a column left out: how its file was read, and what keeps it from being numbers."""
    marked = (finding["check"], finding["severity"]) == ("marks", "warning") and "number" in read
    return marked or finding["check"] == "dialect"


def build(cell: Mapping[str, Any], columns: Mapping[str, list[str]], params: Params | None, *, seed: int) -> Pipeline:
    """The unfitted pipeline of a cell under one setting.

    Parameters
    ----------
    cell : mapping
        A plain config, of which `preprocess` and `models` are read.
    columns : mapping
        Names of the train split's columns by kind.
    params : dict or None
        What differs from `type`, by override key; None: `type` as it stands and no trial.
    seed : int
        Given to every `random_state` that is left None.

    Returns
    -------
    Pipeline
        Steps `prep` and `model`.

    Raises
    ------
    ConfigError, DataError
        If a target may not be built or refuses the data; errors of the estimators come as they are.
    """
    trial = None if params is None else Replay(params)
    return assemble(cell, columns, params or {}, trial, seed=seed)


def draws(cell: Mapping[str, Any], columns: Mapping[str, list[str]], *, seed: int) -> bool:
    """Whether a factory of the cell draws anything: one that does not has a default, `type` as it stands."""
    if not any(space.is_factory(cell[group], group) for group in CELL):
        return False
    try:
        assemble(cell, columns, {}, Replay({}), seed=seed)
    except UndrawnError:
        return True
    except MlzooError:
        raise
    except Exception:
        return True  # said when its first trial is asked
    return False


def assemble(
    cell: Mapping[str, Any], columns: Mapping[str, list[str]], params: Params, trial: Trial | None, *, seed: int
) -> Pipeline:
    """As `build`, with the trial that factories draw from."""
    steps = [step(cell, group, columns, params, trial, seed=seed) for group in CELL]
    return Pipeline([("prep", steps[0]), ("model", steps[1])])


def step(
    cell: Mapping[str, Any],
    group: str,
    columns: Mapping[str, list[str]],
    params: Params,
    trial: Trial | None,
    *,
    seed: int,
    one_core: bool = False,
) -> Any:
    """One of the two steps of `assemble`: the unfitted estimator of a group.

    With `one_core` what asks for more of them (`n_jobs`) gets one.
    """
    prefix = f"{group}.type."
    node = cell[group]["type"]
    if not space.is_factory(cell[group], group):
        node = with_values(node, {k.removeprefix(prefix): v for k, v in params.items() if k.startswith(prefix)})
    drawing = None if trial is None else Prefixed(trial, prefix)
    built = targets.build(node, where=prefix[:-1], columns=dict(columns), trial=drawing)
    changed = {}
    for name, value in built.get_params().items() if hasattr(built, "get_params") else ():
        last = name.rpartition("__")[2]
        if last == "random_state" and value is None:
            changed[name] = seed
        elif one_core and last == "n_jobs" and value not in (None, 1):
            changed[name] = 1
    return built.set_params(**changed) if changed else built


def with_values(node: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A node with values put in by dotted key; a number in it is a place of a list, `steps.0.1.k`."""
    changed = copy.deepcopy(dict(node))
    for key, value in values.items():
        *path, last = key.split(".")
        inner: Any = changed
        for part in path:
            inner = inner[int(part)] if isinstance(inner, list) else inner.setdefault(grammar.place(inner, part), {})
        inner[int(last) if isinstance(inner, list) else grammar.place(inner, last)] = value
    return changed


def leaves(cell: Mapping[str, Any], params: Params) -> Params:
    """Every leaf under both `type`s by override key, with the setting's values put in."""
    found = {key: value for group in CELL for key, value in grammar.leaves(cell[group]["type"], f"{group}.type")}

    def replaced(key: str) -> bool:
        return any(k.startswith(f"{key}.") or key.startswith(f"{k}.") for k in params)

    return {key: value for key, value in found.items() if not replaced(key)} | params
