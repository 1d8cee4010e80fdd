"""The search space: YAML <-> Optuna distributions, and suggesting values to trial-aware factories.

A range is written `{low: 0.1, high: 10.0, log: true}` (`step`, or `q`, for a grid; whole numbers on both ends make an
integer range) or as a list of choices.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from mlzoo import targets
from mlzoo.errors import ConfigError, nearest

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

RANGE_KEYS = ("low", "high", "step", "q", "log")
SCALARS = (type(None), bool, int, float, str)


class Trial(Protocol):
    """What a factory may ask of a trial: Optuna's `suggest_*`."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A float between `low` and `high`."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """An int between `low` and `high`."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of `choices`."""


def is_range(value: Any) -> bool:
    """Whether a value under `type` of a factory is a range rather than a value."""
    return isinstance(value, list) or (isinstance(value, Mapping) and bool({"low", "high"} & set(value)))


def distribution(value: Any, *, where: str) -> "BaseDistribution":
    """The Optuna distribution of a range.

    Parameters
    ----------
    value : mapping or list
        The range as YAML has it.
    where : str
        The config key to name in errors.

    Raises
    ------
    ConfigError
        If it is no range, or one that holds no value.
    """
    check_range(value, where=where)
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(value, list):
        return CategoricalDistribution(value)
    low, high, step, log = _bounds(value)
    if isinstance(low, int) and isinstance(high, int) and isinstance(step or 1, int):
        step = step or 1
        return IntDistribution(low, high if log else high - (high - low) % step, log=log, step=step)
    if step is not None:  # Optuna warns where the last step does not meet `high`; it too reckons in decimals
        first, last, by = (Decimal(str(number)) for number in (low, high, step))
        high = float(last - (last - first) % by)
    return FloatDistribution(float(low), float(high), log=log, step=step)


def _bounds(value: Mapping[str, Any]) -> tuple[Any, Any, Any, bool]:
    """`low`, `high`, `step` (None on a log scale, where Optuna has no other than 1) and `log` of a range."""
    log = bool(value.get("log", False))
    return value.get("low"), value.get("high"), None if log else _step(value), log


def _step(value: Mapping[str, Any]) -> Any:
    step = value.get("step")
    return value.get("q") if step is None else step


def check_range(value: Any, *, where: str) -> None:
    """Refuse what is no range, or one that holds no value.

    Raises
    ------
    ConfigError
        With the rule and the values that break it.
    """
    if isinstance(value, list):
        if not value or not all(isinstance(choice, SCALARS) for choice in value):
            raise ConfigError(
                f"{where}={value}: choices must be a non-empty list of numbers, texts, true, false or null."
            )
        return
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}={value!r}: must be a list of choices or {{low: …, high: …}}.")
    unknown = [key for key in value if key not in RANGE_KEYS]
    if unknown:
        hint = nearest(str(unknown[0]), RANGE_KEYS)
        raise ConfigError(f"{where}.{unknown[0]}: a range has {', '.join(RANGE_KEYS)}.{hint}")
    if not isinstance(value.get("log", False), bool):
        raise ConfigError(f"{where}.log={value['log']!r}: must be true or false.")
    step: Any = _step(value)
    low, high, _, log = _bounds(value)
    for key, number in (("low", low), ("high", high), *([("step", step)] if step is not None else [])):
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ConfigError(f"{where}.{key}={number}: must be a number.")
    if low > high:
        raise ConfigError(f"`low` <= `high` must hold in {where}, got low={low}, high={high}.")
    if log and low <= 0:
        raise ConfigError(f"`low` > 0 must hold in {where} where log is true, got low={low}.")
    if step is not None and step <= 0:
        raise ConfigError(f"`step` > 0 must hold in {where}, got step={step}.")
    whole = isinstance(low, int) and isinstance(high, int)
    if log and step is not None and not (whole and step == 1):
        raise ConfigError(f"{where} has both log: true and step={step}: Optuna takes one of them.")


def suggest(trial: Trial | None, name: str, value: Any) -> Any:
    """The value of a factory's argument: suggested by the trial where it is a range, else as it stands.

    Parameters
    ----------
    trial : Trial or None
        None outside a study.
    name : str
        The argument's name.
    value : object
        A range or a plain value.

    Raises
    ------
    ConfigError
        If it is a range and there is no trial.
    """
    if not is_range(value):
        return value
    drawn = distribution(value, where=name)
    if trial is None:
        raise ConfigError(_needs_trials(name, value))
    kwargs = dict(drawn._asdict())
    kind = {"IntDistribution": "int", "FloatDistribution": "float"}.get(type(drawn).__name__, "categorical")
    value = getattr(trial, f"suggest_{kind}")(name, **kwargs)
    return value.item() if hasattr(value, "item") else value  # a numpy scalar is no plain data


def _needs_trials(key: str, value: Any) -> str:
    first = value[0] if isinstance(value, list) else value.get("low")
    return f"{key}={value} is a range: give n_trials=20 to search it, or one value, {key}={first}."


def is_factory(node: Mapping[str, Any], group: str) -> bool:
    """Whether a group's `type` draws values from a trial itself: it takes one, and holds ranges or has no space."""
    kind = node["type"]
    if not targets.takes(kind, "trial", where=f"{group}.type"):
        return False
    return not node.get("space") or any(is_range(value) for value in kind.values())


def distributions(node: Mapping[str, Any], group: str) -> "dict[str, BaseDistribution]":
    """Distributions of a group's `space` by override key (`models.type.C`); none for a trial-aware factory."""
    if is_factory(node, group):
        return {}
    found = {}
    for name, value in (node.get("space") or {}).items():
        if value is not None:
            found[f"{group}.type.{name}"] = distribution(value, where=f"{group}.space.{name}")
    return found


def check_node(node: Mapping[str, Any], group: str, *, tuned: bool) -> None:
    """Check the ranges of a group's node, under `space` and under `type`.

    Raises
    ------
    ConfigError
        If a range is wrong, its parameter unknown, or it stands where no trial will draw from it.
    """
    kind, where = node["type"], f"{group}.type"
    factory = is_factory(node, group)
    for name, value in kind.items():
        if factory and is_range(value):
            check_range(value, where=f"{where}.{name}")
            if not tuned:
                raise ConfigError(_needs_trials(f"{where}.{name}", value))
        elif isinstance(value, Mapping) and {"low", "high"} <= set(value):
            raise ConfigError(
                f"{where}.{name}={value} is a range, but {kind['_target_']} takes no trial: "
                f"put it under {group}.space.{name}, and one value under {where}.{name}."
            )
    if not isinstance(node.get("space") or {}, Mapping):
        raise ConfigError(f"{group}.space={node['space']!r}: must map parameters to ranges.")
    known = targets.parameters(targets.find(kind["_target_"], where=where))
    for name, value in (node.get("space") or {}).items():
        if known is not None and name.split(".")[0] not in known:
            hint = nearest(name, known)
            raise ConfigError(f"{group}.space.{name}: {kind['_target_']} has no argument {name!r}.{hint}")
        _check_nested(kind, name, group, node["space"])
        if value is not None:
            check_range(value, where=f"{group}.space.{name}")


def _check_nested(kind: Mapping[str, Any], name: str, group: str, ranges: Mapping[str, Any]) -> None:
    """Refuse a dotted name, such as `steps.0.1.k`, that names no place under `type`, or no argument there.

    `estimator._target_` may be drawn as well: whose arguments those beside it are is known to each trial alone.
    """
    at, parts = f"{group}.space.{name}", name.split(".")
    inner: Any = kind
    for number, part in enumerate(parts, start=1):
        if isinstance(inner, list) and not (part.isdigit() and int(part) < len(inner)):
            raise ConfigError(f"{at}: the list under {group}.type has no place {part!r}, it has 0 to {len(inner) - 1}.")
        if not isinstance(inner, list | Mapping):
            raise ConfigError(f"{at}: {group}.type has no node before {part!r} that holds it.")
        drawn = ".".join([*parts[:-1], "_target_"]) in ranges
        if number == len(parts) and isinstance(inner, Mapping) and "_target_" in inner and not drawn:
            known = targets.parameters(targets.find(inner["_target_"], where=at))
            if known is not None and part not in known:
                raise ConfigError(f"{at}: {inner['_target_']} has no argument {part!r}.{nearest(part, known)}")
        inner = inner[int(part)] if isinstance(inner, list) else inner.get(part, {})
