"""What the table of a run depends on, its folds and what is found in them: the same for cells of one preprocessing."""

from collections.abc import Mapping
from typing import Any

from mlzoo import shared
from mlzoo.errors import MlzooError
from mlzoo.reading import files
from mlzoo.tables import data
from mlzoo.tables.data import Data

OF_FITS = (  # config keys that nothing of it depends on
    *("models", "accelerator", "n_jobs", "backend", "timeout_s", "memory_gb", "persist", "rope", "export"),
    *("sampler", "storage", "batch_size", "race", "max_failures", "budget_s"),
)
FIXED = ("sklearn.datasets.load_", "mlzoo.datasets.")  # functions that return the same table each time


def key(config: Mapping[str, Any]) -> str | None:
    """A text that is equal for two configs, and two moments, of which the data is.

    Parameters
    ----------
    config : mapping
        A plain config.

    Returns
    -------
    str or None
        None where the data may be another each time, such as that of a function, or a file is not there.
    """
    cell, origin = config["preprocess"], config["origin"] or {}
    folder = origin.get("cwd", ".")
    named = {where: config[where] for where in ("data", "test_data")}
    if config["data"] is None and config["db"] is None:
        named |= {f"preprocess.{where}": cell.get(where) for where in ("data_train", "data_test")}
    try:
        found = [_state(source, where, folder) for where, source in named.items() if source is not None]
    except (MlzooError, OSError):
        return None  # which is said where it is read
    if None in found:
        return None
    parts = {name: config[name] for name in sorted(config) if name not in OF_FITS}
    parts |= {"origin": [folder, origin.get("preprocess")], "n_trials": bool(config["n_trials"])}
    return repr([parts, found])


def load(config: Mapping[str, Any], key: str | None) -> Data:
    """The data of a run, `data.load`; of a multirun that of the cell before where it has the same `key`."""
    found: Data = shared.last("table", key, lambda: data.load(config))
    return found.own()


def _state(source: Any, where: str, folder: str) -> Any:
    """A source as it is now: its files, each with size and time."""
    if isinstance(source, Mapping):
        return dict(source) if str(source.get("_target_")).startswith(FIXED) else None
    states = ((path, path.stat()) for path in files.paths_of(source, where, folder))
    return [(str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino) for path, state in states]
