"""Composing configs with Hydra: where YAML is found, forgiving plus signs, refusing unknown keys.

Every way into a config (a run, each job of a multirun, `--cfg`, completion, a notebook) goes through `Loader`, so that
all of them read the same words the same way, and a multirun is refused as a whole before its first job starts.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath, SearchPathElement
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException
from hydra.plugins.config_source import ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from mlzoo import targets
from mlzoo.composition import config as checks
from mlzoo.composition import passwords, sweep
from mlzoo.composition.overrides import (
    as_hydra_takes_them,
    check_declared,
    is_shown,
    make_room,
    normalise,
    notice,
    read_words,
    refuse_both,
    refuse_secrets,
    refuse_several,
    spelled,
)
from mlzoo.composition.repository import CONFIG_NAME, Composer, Repository, conf_dir, own_conf_dir, search_path
from mlzoo.errors import ConfigError, MlzooError

log = logging.getLogger(__name__)

COMPOSING = ("hydra.searchpath", "hydra.job.env_set")  # of Hydra's keys, what a config is composed by


class Loader(ConfigLoader):
    """Hydra's config loader behind mlzoo's reading of overrides.

    - `--config-dir` and the start folder's `conf/` come before the shipped options.
    - Plus signs are forgiven, unknown keys and options are errors with the nearest name, raised as Hydra's own kind of
      error, which it prints without a traceback.
    - What a run needs to know of its composition (options, overrides, folders) is put under `hydra.mlzoo`.
    """

    master: DictConfig | None = None  # the config over all jobs that was composed last, in this process

    # what was composed to know the mode: the supposed one, name and words of the config; and it, or what was wrong
    _ahead: tuple[tuple[RunMode, str | None, list[str]], DictConfig | Exception] | None = None

    composed = 0  # jobs of a multirun, in this process
    export: Path | None = None  # of its leaderboard

    _check: sweep.Check | None = None  # while the jobs of a multirun are checked

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        path = config_search_path.get_path()
        first = [element for element in path if element.provider == "command-line"]
        rest = [element for element in path if element.provider != "command-line"]
        path[:] = first + rest
        own = own_conf_dir()
        homes = [str(element.path).removeprefix("file://") for element in path]
        if own is not None and str(own) not in homes:  # before the shipped options, not those of --config-path
            put: Any = config_search_path.prepend if str(conf_dir()) in homes else config_search_path.append
            put("start-folder", f"file://{own}", anchor="main")
        self.inner = Composer(config_search_path)
        self.inner.repository = Repository(config_search_path)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is known of a check: launchers send a loader to the processes of jobs that have begun."""
        return {**self.__dict__, "_ahead": None, "_check": None}

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """Compose a config, as Hydra's own loader does, after `normalise`."""
        with as_hydra_error():
            if run_mode == RunMode.MULTIRUN and not validate_sweep_overrides:
                return self._look_ahead(config_name, overrides, from_shell)
            composed = self._looked_at(config_name, overrides, run_mode)
            if composed is None:
                composed = self._compose(config_name, overrides, run_mode, from_shell)
            if run_mode == RunMode.MULTIRUN:
                Loader.master, Loader.export = composed, None
                self._check = sweep.begin(composed)
            return composed

    def _look_ahead(self, config_name: str | None, overrides: list[str], from_shell: bool) -> DictConfig:
        """A config for `hydra.mode` alone, which Hydra asks for first: most likely it is then asked for as a whole."""
        several = any(word.is_sweep_override() for word in read_words(overrides))
        mode = RunMode.MULTIRUN if several else RunMode.RUN
        asked = mode, config_name, [*overrides, f"hydra.mode={mode.name}"]  # as Hydra will ask
        try:
            composed = self._compose(config_name, overrides, mode, from_shell)
        except Exception as error:  # Hydra goes on in spite of it
            self._ahead = asked, error
            raise
        self._ahead = asked, composed
        return composed

    def _looked_at(self, config_name: str | None, overrides: list[str], mode: RunMode) -> DictConfig | None:
        """The config that was composed for its mode, with the word for it that Hydra has put behind the others."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead[0] != (mode, config_name, overrides):
            return None
        if isinstance(ahead[1], Exception):
            raise ahead[1]
        ahead[1].hydra.mode = mode
        ahead[1].hydra.overrides.hydra.append(overrides[-1])
        return ahead[1]

    def _compose(
        self, config_name: str | None, overrides: list[str], run_mode: RunMode, from_shell: bool
    ) -> DictConfig:
        parsed = read_words(overrides)
        self._search_also(config_name, parsed)
        self._check_launcher(parsed)
        refuse_secrets(overrides)
        refuse_both(parsed)
        if run_mode == RunMode.RUN:
            refuse_several(parsed)
        self.inner.validate_sweep_overrides_legal(parsed, run_mode, from_shell)
        ours = [word for word in parsed if not word.is_hydra_override()]
        hydras = [str(word.input_line) for word in parsed if word.is_hydra_override()]
        if run_mode == RunMode.MULTIRUN:
            return self._compose_master(config_name, hydras, ours, from_shell)
        words = normalise(ours, self, config_name, hydras)
        in_files: dict[str, Any] = {}

        def look(base: DictConfig) -> None:  # before the words change values in it
            check_declared(words, base, self)
            make_room(words, base)
            for word in read_words(words):
                if word.is_delete() and OmegaConf.select(base, word.key_or_group, default=False) is None:
                    OmegaConf.update(base, word.key_or_group, "")  # Hydra takes a key that is null for none
            if any(word.startswith("n_trials=") for word in words):
                in_files["n_trials"] = _n_trials(base)

        self.inner.look = look
        self.inner.added = tuple(f"{group}/" for group in checks.CELL if any(w.startswith(f"+{group}=") for w in words))
        try:
            ordered = as_hydra_takes_them(words, self)
            composed = self.inner.load_configuration(config_name, hydras + ordered, run_mode, from_shell)
        finally:
            self.inner.look, self.inner.added = None, ()
        _check(composed)
        self._tell_replaced(composed, words)
        composed.hydra.overrides.task = words
        with open_dict(composed.hydra):
            composed.hydra.mlzoo = {**self._origin(config_name, composed, words, hydras), **in_files}
        return composed

    def _tell_replaced(self, composed: DictConfig, words: Sequence[str]) -> None:
        """Say where a file of overrides has something else built than the option that a run is named by."""
        find = partial(OmegaConf.select, throw_on_resolution_failure=False)  # None of what stands elsewhere, as `${…}`
        for group in checks.CELL:
            choice = composed.hydra.runtime.choices.get(group)
            option = self.inner.repository.load_config(f"{group}/{choice}") if choice else None
            before = option and find(option.config, "type._target_")
            built = find(composed, f"{group}.type._target_")
            told = any(re.match(rf"\W*{group}(\.|=\W*{{)", word) for word in words)
            if before != built and None not in (before, built) and not told:
                notice(f"{group}={choice}: a file of overrides puts {built} in the place of {before}.")

    def _check_launcher(self, parsed: Sequence[Override]) -> None:
        """Name the extra where a launcher is not installed."""
        for word in parsed:
            if word.key_or_group == "hydra/launcher" and not self.has_option("hydra/launcher", str(word.value())):
                known = ", ".join(self.options("hydra/launcher"))
                raise ConfigError(
                    f"{word.input_line}: this launcher is not installed (there are: {known}). "
                    "pip install 'mlzoo[launchers]' brings joblib's and Slurm's, others are packages of their own."
                )

    def _search_also(self, config_name: str | None, parsed: Sequence[Override]) -> None:
        """Put the folders of `hydra.searchpath`, as Hydra takes it, on the search path before groups are looked up."""
        path = self.get_search_path()
        new = [
            folder
            for folder in search_path(self.inner.repository, config_name, parsed)
            if not any(element.path == folder for element in path.get_path())
        ]
        for folder in new:
            path.get_path().insert(-1, SearchPathElement("hydra.searchpath", folder))  # the schema stays last
        if new:
            self.inner.repository.initialize_sources(path)

    def _compose_master(
        self, config_name: str | None, hydras: list[str], ours: list[Override], from_shell: bool
    ) -> DictConfig:
        """The config over all jobs: only what is common to them is composed, each job checks its own words later."""
        words = [spelled(word, self.is_group, plus="") for word in ours]
        several = next((w for w in ours if w.key_or_group == "export" and w.is_sweep_override()), None)
        if several is not None:
            raise ConfigError(f"{several.input_line}: a multirun has one leaderboard, name one file.")
        common = [w for w in ours if not w.is_sweep_override() and not w.is_delete() and self.is_group(w.key_or_group)]
        chosen = normalise(common, self, config_name, hydras)
        master = self.inner.load_configuration(config_name, hydras + chosen, RunMode.MULTIRUN, from_shell)
        _check(master)
        master.hydra.overrides.task = words
        params = OmegaConf.select(master, "hydra.sweeper.params")
        if params:
            given = {word.partition("=")[0] for word in words}
            with open_dict(master.hydra.sweeper):
                plain = {str(key).lstrip("+"): value for key, value in params.items()}
                master.hydra.sweeper.params = {key: value for key, value in plain.items() if key not in given}
        if str(master.hydra.sweeper._target_).endswith(".BasicSweeper"):  # to another one they may mean something else
            common = read_words(f"{key}={value}" for key, value in (master.hydra.sweeper.params or {}).items())
            sweep.check_words([*ours, *common], self)
        return master

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """The config of one job of a multirun, checked: Hydra composes all jobs before it starts the first."""
        Loader.composed += 1
        try:
            return self._load_job(master_config, sweep_overrides)
        except BaseException:
            if self._check is not None:  # refused as a whole
                sweep.restore(self._check)
            raise

    def _load_job(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        if self._check is not None and self._check.jobs[:1] == [sweep_overrides]:
            self._check = None  # composed once more: the first job starts
        hydras: Any = OmegaConf.to_container(master_config.hydra.overrides.hydra, resolve=False)
        name = master_config.hydra.job.config_name
        job = self.load_configuration(name, hydras + sweep_overrides, RunMode.RUN)
        OmegaConf.copy_cache(from_config=master_config, to_config=job)  # so that ${now:…} is the same in all jobs
        HydraConfig.instance().set_config(job.copy())  # ${hydra:…} is checked too
        with as_hydra_error():
            plain = checks.plain(without_hydra(job))
            checks.check(plain)
            if self._check is not None:
                warning = sweep.check_job(self._check, plain, job, sweep_overrides)
                Loader.export = self._check.export
                if warning:
                    log.warning("%s", warning)
                if warning and not is_shown(log):  # as with hydra/hydra_logging=disabled; the rows cost hours
                    sys.stderr.write(f"{warning}\n")
        return job

    def get_search_path(self) -> ConfigSearchPath:
        """Where YAML is looked for, in order."""
        return self.inner.get_search_path()

    def get_sources(self) -> list[ConfigSource]:
        """The readers of the search path's folders and packages."""
        return self.inner.get_sources()

    def list_groups(self, parent_name: str) -> list[str]:
        """The groups below a group; none below preprocess and models, whose folders hold parts of experiments."""
        return [] if parent_name in checks.CELL else self.inner.list_groups(parent_name)

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        """The options of a group, of preprocess and models without the folders among them."""
        if results_filter == ObjectType.GROUP and group_name in checks.CELL:
            return []
        return self.inner.get_group_options(group_name, results_filter, config_name, overrides)

    def compute_defaults_list(self, config_name: str | None, overrides: list[str], run_mode: RunMode) -> Any:
        """The defaults list, after `normalise`."""
        with as_hydra_error():
            parsed = read_words(overrides)
            if not any(word.is_sweep_override() for word in parsed):  # Hydra's log of a multirun asks for them
                self._compose(config_name, overrides, run_mode, from_shell=True)  # which checks the words
            hydras = [str(word.input_line) for word in parsed if word.is_hydra_override()]
            words = normalise([w for w in parsed if not w.is_hydra_override()], self, config_name, hydras)
        return self.inner.compute_defaults_list(config_name, hydras + as_hydra_takes_them(words, self), run_mode)

    def is_group(self, key: str) -> bool:
        """Whether a key names a config group on the search path."""
        return bool(self.inner.repository.group_exists(key))

    def has_option(self, group: str, option: str) -> bool:
        """Whether a group has an option."""
        return bool(self.inner.repository.config_exists(f"{group}/{option}"))

    def options(self, group: str) -> list[str]:
        """The options of a group."""
        return sorted(self.get_group_options(group, ObjectType.CONFIG))

    def _origin(
        self, config_name: str | None, composed: DictConfig, words: list[str], hydras: list[str]
    ) -> dict[str, Any]:
        choices = composed.hydra.runtime.choices
        homes = {one.provider: str(one.path).removeprefix("file://") for one in self.get_search_path().get_path()}
        return {
            **{group: choices.get(group) for group in (*checks.CELL, "dataset")},
            "overrides": list(words),
            "hydra": [word for word in hydras if word.lstrip("+~").startswith(COMPOSING)],
            "cwd": str(composed.hydra.runtime.cwd),
            "config_dir": homes.get("command-line"),
            "config_path": None if homes.get("main") == str(conf_dir()) else homes.get("main"),
            "config_name": None if config_name == CONFIG_NAME else config_name,
            "n_trials": _n_trials(composed),
            "shadowing": self._shadowing(choices),
            "options": {group: self.options(group) for group in checks.CELL if choices.get(group) is None},
        }

    def _shadowing(self, choices: Mapping[str, Any]) -> list[str]:
        """The chosen options of the user's own that stand in place of shipped ones, as paths."""
        found = []
        for name in (f"{CONFIG_NAME}.yaml", *(f"{group}/{choices.get(group)}.yaml" for group in checks.CELL)):
            homes = [source.path for source in self.get_sources() if source.scheme() == "file"]
            holding = [home for home in homes if (Path(home) / name).is_file()]
            if len(holding) > 1:
                found.append(str(Path(holding[0]) / name))
        return found


def _check(composed: DictConfig) -> None:
    """Refuse secrets that are spelled out, and what Hydra would build of code that is not trusted."""
    if "hydra" in composed:
        targets.check_hydras(composed.hydra)
    passwords.check_secrets(composed)


def _n_trials(config: DictConfig) -> Any:
    """The number of trials; None of one that cannot be filled in, which is said when the config is checked."""
    with suppress(OmegaConfBaseException):
        return config.get("n_trials")
    return None


@contextmanager
def as_hydra_error() -> Iterator[None]:
    """Turn an error of ours into one that Hydra prints by its message alone."""
    try:
        yield
    except MlzooError as error:
        raise ConfigCompositionException(str(error)) from None
    except yaml.YAMLError as error:
        raise ConfigCompositionException(f"A YAML file cannot be read: {error}") from None


def without_hydra(composed: DictConfig) -> DictConfig:
    """A composed config without Hydra's node, with `origin` in its place: the form that `compose` returns."""
    task = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    OmegaConf.copy_cache(from_config=composed, to_config=task)
    task.origin = {**composed.hydra.mlzoo, "folder": None, "digest": None, "values": None}
    OmegaConf.set_struct(task, True)
    return task
