"""A composed config as a plain dict, and the checks made before anything runs.

Past this module nothing knows Hydra or OmegaConf: a run takes the plain dict that `plain` returns.
"""

import difflib
import functools
import math
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlzoo import accelerator, outputs, space, sql, targets
from mlzoo.composition.passwords import environment_as_text
from mlzoo.composition.schema import Columns, Read, Schema, Split
from mlzoo.errors import ConfigError, first_line, nearest

CELL = ("preprocess", "models")
LATE = (*CELL, "data", "test_data", "db", "storage")  # what may hold ${oc.env:…} until it is used
STORAGES = ("journal", "memory", "rdb")
BACKENDS = ("local", "dask")
KINDS = {"number": "numbers", "category": "categories", "text": "text"}  # of columns, as a preprocessing takes them
VALIDATIONS = ("cv", "group", "nested", "holdout")
CHOICES = {
    "persist": ("joblib", "skops", "none"),
    "task": (None, "classification", "regression"),
    "missing_target": ("error", "drop"),
    "accelerator": (None, *accelerator.NAMES),
}


# -- a composed config as a plain dict ----------------------------------------------------------------------------


def plain(config: Any) -> dict[str, Any]:
    """A composed config as a plain, typed dict in which every default is filled in.

    Parameters
    ----------
    config : DictConfig or dict
        What `compose` returns or, already plain, what this function returned or `config.yaml` of a run holds.

    Returns
    -------
    dict
        The keys of `Schema`, resolved. Text with `${oc.env:…}` under preprocess, models and data stays as it is.

    Raises
    ------
    ConfigError
        If a value has the wrong type, a mandatory value (`???`) is missing or an interpolation fails.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not isinstance(config, Mapping) and not OmegaConf.is_config(config):
        raise ConfigError(
            f"A config is what mlzoo.compose returns, or a mapping like it, not the type {type(config).__name__}."
        )
    known = [f.name for f in fields(Schema)]
    try:
        root = config if OmegaConf.is_config(config) else OmegaConf.create({k: config[k] for k in config if k in known})
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or 'A config'}: {first_line(error)}.") from error
    typed: dict[str, Any] = {}
    name = ""
    try:
        for name in (name for name in known if name in root.keys()):  # noqa: SIM118 - `in` sees no ???
            with environment_as_text() if name in LATE else nullcontext():
                typed[name] = _resolved(root, name, resolve=name != "origin")
            if name == "metrics":
                typed[name] = _listed(typed[name])
            if name == "columns" and isinstance(typed[name], Mapping):
                typed[name] = {kind: _listed(names) for kind, names in typed[name].items()}
        given = {name: value for name, value in typed.items() if name not in (*LATE, "origin")}
        try:
            typed |= _typed(given)
        except OmegaConfBaseException:  # it does not always say where
            for name, value in given.items():
                _typed({name: value})
            raise
    except OmegaConfBaseException as error:
        raise ConfigError(_explain(error, name)) from error
    typed["read"] = asdict(Read()) | (typed.get("read") or {})
    if isinstance(marks := typed["read"]["na_values"], Mapping):
        typed["read"]["na_values"] = {str(column): some for column, some in marks.items()}  # such as 2020
    typed["split"] = asdict(Split()) | {"seed": typed.get("seed", Schema.seed)} | (typed.get("split") or {})
    typed["columns"] = asdict(Columns()) | (typed.get("columns") or {})
    return asdict(Schema()) | typed


def _listed(value: Any) -> Any:
    """A list where one may stand for itself."""
    return [value] if isinstance(value, str) else [] if value is None else value


def kinds_read(preprocess: Mapping[str, Any]) -> list[str]:
    """The kinds of columns that a preprocessing reads: `kinds` of its node, or all."""
    return _listed(preprocess.get("kinds")) or list(KINDS)


def dataset_name(config: Mapping[str, Any]) -> str | None:
    """The name of a plain config's data set: `dataset.name`, with its version, or else the option's name."""
    node, chosen = config.get("dataset") or {}, (config.get("origin") or {}).get("dataset")
    name, version = node.get("name"), node.get("version")
    if name is None:
        return chosen
    return str(name) if version in (None, "active") else f"{name} v{version}"


def _resolved(root: Any, name: str, *, resolve: bool) -> Any:
    from omegaconf import OmegaConf

    value = root[name]
    if OmegaConf.is_config(value):
        value = OmegaConf.to_container(value, resolve=resolve, throw_on_missing=resolve)
    return _without_paths(value)


def _without_paths(value: Any) -> Any:
    """A value with text in the place of paths, which Python may have put there: `config.data = Path("my.csv")`."""
    if isinstance(value, dict):
        return {key: _without_paths(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


@functools.cache
def _schema() -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.structured(Schema)


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the schema's types have them; of a node, the keys that it gives."""
    from omegaconf import OmegaConf

    merged: Any = OmegaConf.to_container(OmegaConf.merge(_schema(), values))
    return {
        name: {key: merged[name][key] for key in value} if isinstance(value, Mapping) else merged[name]
        for name, value in values.items()
    }


def _explain(error: Exception, name: str) -> str:
    key = getattr(error, "full_key", None) or name
    text = first_line(error)
    if type(error).__name__ == "MissingMandatoryValue":
        return f"{key} has no value (it is marked ??? in its YAML): give {key}=VALUE."
    return f"{key}: {text}."


# -- checks -------------------------------------------------------------------------------------------------------


def check(config: Mapping[str, Any]) -> None:
    """Check a plain config before anything is read or fitted.

    Raises
    ------
    ConfigError
        With the key, the value and what to do.
    """
    _check_both_chosen(config)
    for group in CELL:
        _check_node(config[group], group)
    kinds = config["preprocess"].get("kinds")
    for kind in _listed(kinds) if isinstance(kinds, str | list | None) else [kinds]:
        if not isinstance(kind, str) or kind not in KINDS:
            hint = nearest(str(kind), KINDS)
            raise ConfigError(f"preprocess.kinds={kind}: must be of {', '.join(KINDS)}.{hint}")
    for key, allowed in CHOICES.items():
        if config[key] not in allowed:
            known = [name for name in allowed if name]
            hint = nearest(str(config[key]), known)
            raise ConfigError(f"{key}={config[key]}: must be one of {', '.join(known)}.{hint}")
    if config["persist"] == "skops" and find_spec("skops") is None:
        raise ConfigError("persist=skops needs an extra: pip install 'mlzoo[skops]'.")
    _check_numbers(config)
    _check_backend(config)
    _check_validation(config["validation"])
    for key in ("sampler", "storage"):
        if config["n_trials"] is not None and not isinstance(config[key], Mapping):
            raise ConfigError(f"{key}={config[key]}: a search needs one; give {key}=OPTION, or leave out n_trials.")
    if config["n_trials"] is not None:
        _check_search(config["sampler"], config["storage"])
    for key, node in _nodes(config):
        targets.check(node, where=key)
    for name in (one for one in (config["metric"], *config["metrics"]) if isinstance(one, str)):
        targets.check_unchanged(name, written=f"metric={name}")
    sql.refuse_spelled_out(config["storage"], "storage")
    _check_db(config)
    _check_export(config)
    for group in CELL:
        space.check_node(config[group], group, tuned=config["n_trials"] is not None)


def _nodes(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if config["n_trials"] is not None:
        yield "sampler", config["sampler"]
    yield "validation", config["validation"]
    for key in ("data", "test_data"):
        yield key, config[key]
    for key in ("data_train", "data_test"):
        yield f"preprocess.{key}", config["preprocess"].get(key)
    for group in CELL:
        yield f"{group}.type", config[group]["type"]


def _check_both_chosen(config: Mapping[str, Any]) -> None:
    origin = config["origin"] or {}
    absent = [group for group in CELL if not (origin.get(group) or "type" in (config[group] or {}))]
    if absent:
        options = origin.get("options") or {}
        lines = [
            f"  +{group}=OPTION, one of: {', '.join(options.get(group) or ['see `mlzoo list`'])}" for group in absent
        ]
        raise ConfigError("\n".join([f"No {' and no '.join(absent)} option is chosen. Add:", *lines]))


NODE_KEYS = {  # others are of one's own, if they are not spelled nearly so
    "models": ("name", "type", "space"),
    "preprocess": ("name", "type", "space", "kinds", "data_train", "data_test", "drop", "keep"),
}


def _check_node(node: Any, group: str) -> None:
    if not (isinstance(node, Mapping) and isinstance(node.get("type"), Mapping) and "_target_" in node["type"]):
        raise ConfigError(f"{group} must be a node with `type: {{_target_: …}}`, got {node!r}.")
    known = NODE_KEYS[group]
    for key in node:
        if key not in known and (meant := difflib.get_close_matches(str(key), known, 1, 0.8)):
            raise ConfigError(
                f"{group}.{key}: there is no such key. Did you mean {meant[0]!r}? It takes {', '.join(known)}."
            )


def _check_numbers(config: Mapping[str, Any]) -> None:
    n_trials, n_jobs = config["n_trials"], config["n_jobs"]
    if n_trials is not None and n_trials < 1:
        raise ConfigError(f"n_trials={n_trials}: must be 1 or more; leave it out to use the values under `type`.")
    if config["batch_size"] < 1:
        raise ConfigError(f"batch_size={config['batch_size']}: must be 1 or more.")
    if n_jobs == 0 or n_jobs < -1:
        raise ConfigError(f"n_jobs={n_jobs}: must be 1 or more, or -1 for one worker for each core.")
    for key, most in (("timeout_s", 1e6), ("memory_gb", 1e6), ("max_failures", math.inf), ("budget_s", math.inf)):
        if config[key] is not None and not 0 < config[key] <= most:
            beyond = f"at most {most:,.0f}" if config[key] > most else "above 0"
            raise ConfigError(f"{key}={config[key]}: must be {beyond}, or null for no limit.")
    if not 0 <= config["rope"] < math.inf:
        what = "must be 0 or more, in units of the metric; of an error (neg_…) as a share of the dummy's"
        raise ConfigError(f"rope={config['rope']}: {what}.")
    if not 0 < config["split"]["test_size"] < 1:
        raise ConfigError(f"split.test_size={config['split']['test_size']}: must lie between 0 and 1.")
    asked = [f"split.{key}={config['split'][key]}" for key in ("group", "time", "column") if config["split"][key]]
    if len(asked) > 1:
        raise ConfigError(f"{' and '.join(asked)}: a split is made in one way, name one of them.")
    if config["sample"] is not None and config["sample"] < 10:
        raise ConfigError(f"sample={config['sample']}: must be 10 or more rows, or null for all.")
    for key, seed in (("seed", config["seed"]), ("split.seed", config["split"]["seed"])):
        if not 0 <= seed < 2**32:
            raise ConfigError(f"{key}={seed}: must lie between 0 and 2**32 - 1.")


def _check_export(config: Mapping[str, Any]) -> None:
    name = config["export"]
    if name is None:
        return
    outputs.check_export(name, f"export={name}")
    own = Path(name).resolve()
    if any(
        Path(word).resolve() == own for _, node in _nodes(config) for word in targets.texts(node) if len(word) < 1024
    ):
        raise ConfigError(f"export={name}: this is the table that is read, name another file.")


def _check_db(config: Mapping[str, Any]) -> None:
    if config["db"] is None:
        return
    sql.check_node(config["db"], read=config["data"] is None)
    if config["data"] is not None and config["db"].get("query") is not None:
        raise ConfigError("data and db.query are both given: a run reads one table, leave one of them out.")


def _check_backend(config: Mapping[str, Any]) -> None:
    node = {"name": "local"} if config["backend"] is None else config["backend"]
    name = node.get("name") if isinstance(node, Mapping) else None
    if name not in BACKENDS:
        shown = node if name is None else name
        raise ConfigError(f"backend.name={shown}: must be {' or '.join(BACKENDS)}.{nearest(str(shown), BACKENDS)}")
    if name != "dask":
        return
    address = node.get("address")
    if not (address is None or (isinstance(address, str) and address)):
        raise ConfigError(f"backend.address={address!r}: must be the scheduler's, such as tcp://host:8786, or null.")
    hints = {"timeout_s": "leave it out", "memory_gb": "limit its workers, `dask worker --memory-limit`"}
    for key, hint in hints.items():
        if config[key] is not None:
            raise ConfigError(f"{key}={config[key]}: a Dask cluster cannot end one fit; {hint}, or use backend=local.")
    if find_spec("distributed") is None:
        raise ConfigError("backend=dask needs an extra: pip install 'mlzoo[dask]'")


def _check_search(sampler: Mapping[str, Any], node: Mapping[str, Any]) -> None:
    storage = node.get("name")
    if storage not in STORAGES:
        raise ConfigError(
            f"storage.name={storage}: must be one of {', '.join(STORAGES)}.{nearest(str(storage), STORAGES)}"
        )
    if storage == "rdb" and not node.get("url"):
        raise ConfigError("storage=rdb needs storage.url, such as '${oc.env:MLZOO_STORAGE_URL}'.")
    grace = node.get("grace_period", 60)
    if isinstance(grace, bool) or not isinstance(grace, int | float) or not 1 <= grace < math.inf:
        raise ConfigError(f"storage.grace_period={grace!r}: must be a number of seconds, at least 1.")
    name = str(sampler.get("_target_")).rpartition(".")[2]
    if name in ("GridSampler", "BruteForceSampler", "PartialFixedSampler"):
        raise ConfigError(
            f"sampler._target_={sampler['_target_']}: it keeps count of its draws, and so cannot be seeded by trial. "
            "For a grid use a multirun: -m models.type.C=0.1,1,10."
        )
    if sampler.get("seed") is not None:
        raise ConfigError(
            f"sampler.seed={sampler['seed']} would change nothing: each setting is drawn by a seed of its own, made of "
            "seed, the cell and the trial's number. Leave it out; seed=NUMBER draws others."
        )
    if not targets.takes(sampler, "seed", where="sampler"):
        raise ConfigError(f"sampler._target_={sampler.get('_target_')} takes no seed: its draws could not be repeated.")


def _check_validation(node: Any) -> None:
    name = node.get("name") if isinstance(node, Mapping) else None
    if name not in VALIDATIONS:
        known = ", ".join(VALIDATIONS)
        raise ConfigError(f"validation.name={name}: must be one of {known}.{nearest(str(name), VALIDATIONS)}")
    groups = node.get("groups")
    grouped = name == "group" or (name == "nested" and groups is not None)
    if grouped and (isinstance(groups, bool) or not isinstance(groups, str | int) or groups == ""):
        shown = "null" if groups is None else groups
        raise ConfigError(f"validation.groups={shown}: must name the column whose rows of one value stay together.")
    splitter = node.get("splitter")
    if splitter is not None and not (isinstance(splitter, Mapping) and "_target_" in splitter):
        raise ConfigError(f"validation.splitter={splitter}: must be a node, {{_target_: sklearn.model_selection.…}}.")
    seed = node.get("seed")
    if name != "holdout" and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ConfigError(
            f"validation.seed={seed}: must be a whole number, for every cell to have the same folds.{_decoded(seed)}"
        )
    inner = (("inner_splits", 2), ("inner_repeats", 1)) if name == "nested" else ()
    for key, least in (("n_splits", 2), ("n_repeats", 1), *inner):
        unused = (splitter is not None or name == "holdout") and not key.startswith("inner")
        value = node.get(key, least if unused else None)
        if not isinstance(value, int) or value < least:
            raise ConfigError(f"validation.{key}={value}: must be a whole number of {least} or more.{_decoded(value)}")


def _decoded(value: Any) -> str:
    """How text of digits, such as a variable of the environment is, becomes a number."""
    is_digits = isinstance(value, str) and value.isdigit()
    return ' This is text: "${oc.decode:${oc.env:NAME}}" makes a number of a variable.' if is_digits else ""
