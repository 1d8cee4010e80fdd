"""Configs composed in Python, for notebooks and verbs, as the command line composes them."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra._internal.utils import create_config_search_path
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobRuntime, setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlzoo import sql
from mlzoo.composition import config as checks
from mlzoo.composition import passwords, rebuild
from mlzoo.composition.loader import Loader, without_hydra
from mlzoo.composition.overrides import read_words
from mlzoo.composition.repository import CONFIG_NAME, conf_dir
from mlzoo.composition.schema import schema_keys
from mlzoo.errors import ConfigError, first_line, nearest


def make_loader(config_dir: str | os.PathLike[str] | None = None) -> Loader:
    """A loader outside of `@hydra.main`, for notebooks and verbs."""
    setup_globals()
    JobRuntime.instance().set("name", "mlzoo")
    path = create_config_search_path(str(conf_dir()))
    if config_dir is not None:
        folder = Path(config_dir).resolve()
        if not folder.is_dir():
            raise ConfigError(f"config_dir={config_dir}: there is no such folder.")
        path.append("command-line", f"file://{folder}")
    return Loader(path)


def compose(*overrides: str, config_dir: str | os.PathLike[str] | None = None) -> DictConfig:
    """Compose a config as the command line does.

    Parameters
    ----------
    *overrides : str
        `"+preprocess=complex"`, `"+models=lr"`, `"n_trials=20"`: the words of the command line.
    config_dir : path, optional
        A folder of your own groups, which win over the shipped ones (`--config-dir`).

    Returns
    -------
    DictConfig
        What `run` takes. HydraConfig is set, so that `${hydra:…}` resolves.

    Raises
    ------
    ConfigError
        If an option, a key or a value is wrong.
    """
    odd = next((word for word in overrides if not isinstance(word, str)), None)
    if odd is not None:
        raise ConfigError(
            f"{odd!r} is no word of a command line: pass one by one, compose('+models=lr', 'n_trials=20')."
        )
    loader = make_loader(config_dir)
    try:
        composed = loader.load_configuration(CONFIG_NAME, list(overrides), RunMode.RUN, from_shell=False)
    except HydraException as error:
        reason = f"\n{error.__cause__}" if error.__cause__ else ""
        raise ConfigError(f"{error}{reason}") from error
    HydraConfig.instance().set_config(composed)
    task = without_hydra(composed)
    try:
        task.origin.folder = str(Path(composed.hydra.run.dir).absolute())
    except OmegaConfBaseException as error:
        raise ConfigError(f"hydra.run.dir: {first_line(error)}.") from error
    with suppress(ConfigError):  # which is said when it is run
        plain = checks.plain(task)
        task.origin.digest, task.origin["values"] = rebuild.digest(plain), rebuild.values(plain)
    return task


def compose_query(*words: str, config_dir: str | os.PathLike[str] | None = None) -> tuple[dict[str, Any], str | None]:
    """The node `db` of a query, checked, and the name of the file that `output=` asks for, filled in.

    Raises
    ------
    ConfigError
        If no database is chosen, or an option, a key or a value is wrong.
    """
    parsed = read_words(words)
    several = next((word for word in parsed if word.is_sweep_override()), None)
    if several is not None:
        raise ConfigError(f"{several.input_line}: a query takes one value for each key.")
    outputs = [word.value() for word in parsed if word.key_or_group == "output"]
    composed = compose(*(str(w.input_line) for w in parsed if w.key_or_group != "output"), config_dir=config_dir)
    found = checks.plain(composed)["db"]
    if found is None:
        options = ", ".join(make_loader(config_dir).options("db"))
        raise ConfigError(f"No db option is chosen. Add:\n  +db=OPTION, one of: {options}")
    sql.check_node(found, read=True)
    if not outputs or outputs[-1] is None:
        return found, None
    OmegaConf.set_struct(composed, False)
    composed.output = outputs[-1]
    passwords.check_secrets(composed)
    try:
        return found, str(composed.output)
    except OmegaConfBaseException as error:
        raise ConfigError(f"output={outputs[-1]}: {first_line(error)}.") from error


def read_options(*words: str) -> dict[str, Any]:
    """The options of reading that words such as `read.sep=tab` give, by their names, of which any may be there.

    Raises
    ------
    ConfigError
        If a word is of another key, or gives several values.
    """
    bare = next((word for word in words if "=" not in word), None)
    if bare is not None:
        raise ConfigError(f"{bare!r} is not read.KEY=VALUE, and one file is predicted at a time.")
    every = [key for key in schema_keys() if key.startswith("read.")]
    found = {}
    for word in read_words(words):
        head, _, name = word.key_or_group.partition(".")
        if head != "read" or not name or word.is_delete() or word.is_sweep_override():
            hint = nearest(word.key_or_group, every)
            raise ConfigError(
                f"{word.input_line}: new rows are read and predicted by what the run has kept, and only read.KEY=VALUE "
                f"can be given.{hint}"
            )
        found[name] = word.value()
    return found


def interpolated(name: str) -> str:
    """A file's name with its `${now:…}` and `${oc.env:…}` filled in.

    Raises
    ------
    ConfigError
        If that fails.
    """
    setup_globals()
    try:
        return str(OmegaConf.create({"name": name})["name"])
    except OmegaConfBaseException as error:
        raise ConfigError(f"--export {name}: {first_line(error)}.") from error
