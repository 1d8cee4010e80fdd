"""The command line that rebuilds a pipeline without a search."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from mlzoo import targets
from mlzoo.composition.config import CELL
from mlzoo.grammar import joined, leaves, override_value, place

SEARCH_ONLY = (
    *("n_trials", "batch_size", "race", "max_failures", "budget_s", "sampler", "storage", "n_jobs"),
    *("timeout_s", "memory_gb", "backend", "export"),
)


def digest(config: Mapping[str, Any]) -> str:
    """sha256 of what a plain config holds, but for its origin, its search and a DataFrame in place of its table."""
    apart = ["origin", "persist", *SEARCH_ONLY]
    held = _without_table(config)
    return sha256(repr([(key, held[key]) for key in sorted(held) if key not in apart]).encode()).hexdigest()


def _without_table(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**config, "data": None} if (config["origin"] or {}).get("table") else config


def values(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a plain config holds by override key, but for its origin and a DataFrame in place of its table."""
    return {key: value for key, value in leaves({**_without_table(config), "origin": None}) if key != "origin"}


def replaced(config: Mapping[str, Any]) -> list[str]:
    """Of preprocess and models those that a plain config has something else in than it was composed of."""
    before = (config["origin"] or {}).get("values") or {}
    targets_of = {group: f"{group}.type._target_" for group in CELL}
    now = values(config) if before else {}
    return [group for group, key in targets_of.items() if before.get(key) != now.get(key)]


def overrides(config: Mapping[str, Any]) -> list[str]:
    """The words that a plain config was composed of, and what has been changed in it since, as words."""
    origin = config["origin"] or {}
    words, before = list(origin.get("overrides") or []), origin.get("values")
    if before is None:
        return words
    now = values(config)
    changed = {key: value for key, value in now.items() if key not in before or repr(before[key]) != repr(value)}
    gone = [key for key in before if key not in now]

    def holds(word: str) -> bool:
        key = word.lstrip("+~").partition("=")[0]
        inner = f"{key}." if "." in key else "="  # a group's option is a part of what is run
        return not any(one == key or one.startswith(inner) for one in (*changed, *gone))

    apart = tuple(f"{group}.{part}" for group in CELL for part in ("name", "space"))  # no part of what is built
    made = [f"{key}={override_value(value)}" for key, value in changed.items() if not key.startswith(apart)]
    apart += tuple(f"{group}.type" for group in replaced(config))  # whose arguments are others
    return [*filter(holds, words), *made, *(f"~{key}" for key in gone if not key.startswith(apart))]


def command(config: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """The command line that rebuilds a pipeline without a search.

    Parameters
    ----------
    config : mapping
        A plain config that knows its origin.
    params : mapping
        What differs from `type`, by override key.

    Returns
    -------
    str or None
        None where no command can: the config was not composed, or was changed since, or a factory chose names that are
        no arguments of it.
    """
    origin = config["origin"]
    composed = origin and all(origin.get(group) for group in CELL)
    if not composed or origin.get("digest") not in (None, digest(config)):
        return None
    if not all(_is_argument(config, key) for key in params):
        return None
    words = ["python", "-m", "mlzoo"]
    for key in ("config_path", "config_dir", "config_name"):
        words += [f"--{key.replace('_', '-')}", origin[key]] if origin.get(key) else []
    for word in [*origin["overrides"], *origin.get("hydra", [])]:
        key = word.lstrip("+~").partition("=")[0]
        replaced = any(key == name or key.startswith(f"{name}.") for name in params)
        if not replaced and key.split(".")[0] not in SEARCH_ONLY:
            words.append(word)
    if origin.get("table"):
        words.append(f"data={override_value(origin['table'])}")
    if origin.get("n_trials") is not None:
        words.append("n_trials=null")
    return joined([*words, *(_word(config, key, value) for key, value in params.items())])


def _word(config: Mapping[str, Any], key: str, value: Any) -> str:
    """An override; of a key that is a number, such as that of a class, within its node, as Hydra takes it alone."""
    above, _, last = key.rpartition(".")
    node: Any = config
    for part in above.split("."):
        node = node[int(part)] if isinstance(node, list) else (node or {}).get(part)
    alone = isinstance(node, Mapping) and place(node, last) != last
    return f"{above}={override_value({last: value})}" if alone else f"{key}={override_value(value)}"


def _is_argument(config: Mapping[str, Any], key: str) -> bool:
    group, _, rest = key.partition(".type.")
    node = config[group]["type"]
    name = rest.split(".")[0]
    return name in node or name in (targets.parameters(targets.find(node["_target_"], where=f"{group}.type")) or [])
