"""Secrets of a composed config: none is spelled out in it, and none gets into the name of a file or a folder."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mlzoo import sql
from mlzoo.errors import ConfigError
from mlzoo.grammar import leaves

PATHS = (  # keys whose values become names of files and folders
    *("hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.output_subdir", "hydra.job.name"),
    *(f"hydra.{of}_logging.handlers.file.filename" for of in ("job", "hydra")),
    *("hydra.launcher.submitit_folder", "export", "output", "paths.log", "models.log", "dataset.name"),
    "dataset.version",
)
VARIABLE = re.compile(r"\$\{oc\.env:\s*([^,{}\s]+)")
# of a URL; its group: the password, or all if there is no colon
LOGIN = re.compile(r"://(?:(?:\$\{[^}]*\}|[^:@$])*:)?(.*)@")


@contextmanager
def environment_as_text() -> Iterator[None]:
    """Within it `${oc.env:…}` resolves to its own text, so that no secret is ever written."""
    from omegaconf import OmegaConf, __version__
    from omegaconf.resolvers import oc

    def env(*words: Any) -> str:
        return f"${{oc.env:{','.join('null' if word is None else str(word) for word in words)}}}"

    def decode(text: Any, *, _parent_: Any, _node_: Any) -> Any:
        late = isinstance(text, str) and "${oc.env:" in text
        return f"${{oc.decode:{text}}}" if late else oc.decode(text, _parent_, _node_)

    renamed = not __version__.startswith("2.3")  # OmegaConf 2.4 gives the old name a new meaning
    register: Any = OmegaConf.register_resolver if renamed else OmegaConf.register_new_resolver
    register("oc.env", env, replace=True)
    register("oc.decode", decode, replace=True)
    try:
        yield
    finally:
        register("oc.env", oc.env, replace=True)
        register("oc.decode", oc.decode, replace=True)


def check_secrets(config: Any) -> None:
    """Refuse a composed config whose secrets would be written, before Hydra writes anything down.

    Those are a password that is spelled out in its node `db` or `storage`, and a variable of the environment that a
    password is taken from, or that is named like one, and that gets into the name of a file or a folder, by whatever
    keys.

    Raises
    ------
    ConfigError
        That names the key, not the value.
    """
    from omegaconf import OmegaConf

    written: Any = OmegaConf.to_container(config, resolve=False)
    texts = {key: value for key, value in leaves(written) if isinstance(value, str) and "${" in value}
    filled_in = any("oc.env" in text for text in texts.values())
    job = (written.get("hydra") or {}).get("job", {})
    nodes = [name for name in ("db", "storage") if isinstance(written.get(name), Mapping)]
    nodes = [name for name in nodes if name == "db" or "url" in written[name]]
    if not filled_in and not nodes and not job.get("env_set"):
        return
    with _resolvable(config) as said:
        for name in nodes:
            sql.refuse_spelled_out(said(name) or written[name], name)
        secret: set[str] = set()
        for key, text in texts.items():
            secret |= _secrets_in(key.rpartition(".")[2], str(said(key) or text))
        _refuse_set(job, secret)
        for key in (key for key in PATHS if key in texts):
            for variable in VARIABLE.findall(str(said(key) or texts[key])):
                if variable in secret or (sql.IN_NAME.search(variable) and variable not in sql.FOLDERS):
                    raise ConfigError(
                        f"{key}={texts[key]}: the environment variable {variable} is a secret, or may hold one: it "
                        "may not stand in the name of a file or a folder."
                    )


def _refuse_set(job: Mapping[str, Any], secret: set[str]) -> None:
    """Refuse a secret among the variables that Hydra sets for a job, whose values it writes down with the config."""
    for name, value in (job.get("env_set") or {}).items():
        copied = name in job["env_copy"]  # of which `env_set` has the values
        named = name in secret or (sql.IN_NAME if copied else sql.NAMED_SECRET).search(name)
        if value and (named or sql.IN_URL.search(value)) and name not in sql.FOLDERS and "${oc.env:" not in value:
            raise ConfigError(
                f"hydra.job.env_{'copy' if copied else 'set'}: {name} is a secret, or may hold one, and its value "
                "would be written beside every run. Set it where the job runs; jobs on this machine have its variables."
            )


def _secrets_in(name: str, value: str) -> set[str]:
    """The variables that a value with `${oc.env:…}` takes a secret from: all of it, or parts of a URL."""
    if sql.NAMED_SECRET.search(name) or (sql.IN_NAME.search(name) and sql.FROM_ENVIRONMENT.fullmatch(value)):
        return set(VARIABLE.findall(value))
    options = [text for key, text in re.findall(r"[?&]([^=&]+)=([^&]*)", value) if sql.NAMED_SECRET.search(key)]
    return {name for part in (*LOGIN.findall(value), *options) for name in VARIABLE.findall(part)}


@contextmanager
def _resolvable(config: Any) -> Iterator[Callable[[str], Any]]:
    """What looks up a key as a job will, but for variables of the environment; None where that fails, said later."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import OmegaConfBaseException

    config, singleton = config.copy(), HydraConfig.instance()
    before = singleton.cfg

    def said(key: str) -> Any:
        try:
            value = OmegaConf.select(config, key)
            return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        except OmegaConfBaseException:
            return None

    if "hydra" in config:
        with open_dict(config):
            config.hydra.job.num, config.hydra.job.id = 0, "0"  # known when a job starts
        singleton.set_config(config)  # which ${hydra:…} is looked up in
    try:
        with environment_as_text():
            yield said
    finally:
        singleton.cfg = before
