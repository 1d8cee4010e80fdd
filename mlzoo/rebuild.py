"""The command line that rebuilds a pipeline without a search."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from mlzoo import targets
from mlzoo.config import CELL
from mlzoo.grammar import joined, override_value

SEARCH_ONLY = (
    *("n_trials", "batch_size", "race", "max_failures", "budget_s", "sampler", "storage", "n_jobs"),
    *("timeout_s", "memory_gb", "backend", "export"),
)


def digest(config: Mapping[str, Any]) -> str:
    """sha256 of what a plain config holds, but for its origin, its search and a DataFrame in place of its table."""
    apart = ["origin", "persist", *SEARCH_ONLY]
    held = {**config, "data": None} if (config["origin"] or {}).get("table") else config
    return sha256(repr([(key, held[key]) for key in sorted(held) if key not in apart]).encode()).hexdigest()


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
    words += [f"{key}={override_value(value)}" for key, value in params.items()]
    return joined(words)


def _is_argument(config: Mapping[str, Any], key: str) -> bool:
    group, _, rest = key.partition(".type.")
    node = config[group]["type"]
    name = rest.split(".")[0]
    return name in node or name in (targets.parameters(targets.find(node["_target_"], where=f"{group}.type")) or [])
