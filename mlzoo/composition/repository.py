"""Where YAML files are read and put together: each is parsed once in a process, and each choice of them merged once."""

import dataclasses
import pickle
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, ClassVar

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_store import ConfigStore
from hydra.core.default_element import ResultDefault
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlzoo.composition.overrides import notice
from mlzoo.composition.schema import Schema
from mlzoo.errors import ConfigError

CONFIG_NAME = "config"
OVERALL = ("dataset", "experiment")  # groups whose options set keys of the whole config
ROOT = {"hydra", *(field.name for field in dataclasses.fields(Schema))}  # these keys
Version = tuple[tuple[str, ...], Any]  # of what is read: its place, and the state of the file


def conf_dir() -> Path:
    """The shipped `conf/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return package / "conf" if (package / "conf").is_dir() else package.parent / "conf"


def own_conf_dir() -> Path | None:
    """The start folder's own `conf/`, which wins over the shipped one; None where it has no such groups."""
    own = Path.cwd() / "conf"
    groups = [path.name for path in conf_dir().iterdir() if path.is_dir() and path.name != "hydra"]
    if own.resolve() == conf_dir().resolve() or not any((own / group).is_dir() for group in groups):
        return None
    primary = own / f"{CONFIG_NAME}.yaml"
    if primary.is_file() and "validation" not in primary.read_text(encoding="utf-8", errors="replace"):
        notice(f"{own} is left alone: its {primary.name} is another program's (its defaults name no validation).")
        return None
    return own


def search_path(repository: ConfigRepository, config_name: str | None, parsed: Sequence[Override]) -> list[str]:
    """The folders of `hydra.searchpath`, of the words or else of the primary config, as Hydra takes them."""
    given: Any = next((word.value() for word in parsed if word.key_or_group == "hydra.searchpath"), None)
    if given is None and config_name and (primary := repository.load_config(config_name)):
        with suppress(OmegaConfBaseException):  # which Hydra says
            given = OmegaConf.select(primary.config, "hydra.searchpath")
            given = [*given] if isinstance(given, ListConfig) else None
    return given if isinstance(given, list) else []


class Repository(ConfigRepository):
    """Hydra's reader of YAML, which parses a file once in a process: composing one run reads each several times."""

    _parsed: ClassVar[dict[tuple[str, ...], tuple[Any, bytes]]] = {}  # by place: the file's state then, and a pickle

    def __deepcopy__(self, memo: Any) -> "Repository":
        return copy(self)  # Hydra copies it to give the copy other sources, and changes none of them

    def version(self, config_path: str) -> Version | None:
        """Which place holds a config, and its state; None where it cannot be known whether that has changed."""
        source: Any = self._find_object_source(config_path, ObjectType.CONFIG)
        state: Any = None
        if source is None or source.scheme() not in ("file", "structured", "pkg"):
            return None
        if source.scheme() == "file":
            found = (Path(source.path) / source._normalize_file_name(config_path)).stat()
            state = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        elif source.scheme() == "structured":
            state = stored()
        elif source.provider != "hydra":  # Hydra's own stay as they are
            return None
        return (source.provider, source.scheme(), source.path, config_path), state

    def load_config(self, config_path: str) -> ConfigResult | None:
        """A file's content, as an object of the caller's own.

        Raises
        ------
        ConfigError
            If it is none of UTF-8, or a comment at its beginning is one of Hydra's own that cannot be read.
        """
        version = self.version(config_path)
        if version is None:
            return super().load_config(config_path)
        place, state = version
        if place in self._parsed and self._parsed[place][0] == state:
            return pickle.loads(self._parsed[place][1])
        try:
            read = super().load_config(config_path)
        except ValueError as error:
            why = "save it as UTF-8" if isinstance(error, UnicodeError) else "`# @` begins `# @package` alone"
            raise ConfigError(f"{place[2]}/{config_path}.yaml cannot be read: {error}: {why}.") from error
        _keep(self._parsed, place, state, read)
        return read


class Composer(ConfigLoaderImpl):
    """Hydra's composition, which merges the same files once in a process.

    `look` is shown the config as its files have it, before overrides change values in it.
    """

    look: Callable[[DictConfig], None] | None = None
    added: tuple[str, ...] = ()  # groups of a cell that words choose: what the primary config says of them holds too
    _merged: ClassVar[dict[Any, tuple[list[Any], bytes]]] = {}  # by places: their states then, and a pickle
    _held: ClassVar[dict[Any, tuple[list[str], Any, frozenset[str]]]] = {}  # by words: files, their versions, groups

    def _load_configuration_impl(self, *given: Any, **named: Any) -> DictConfig:
        try:
            return super()._load_configuration_impl(*given, **named)
        except KeyError as error:
            if not error.__suppress_context__:  # as of os.environ alone, which raises `from None`
                raise
            raise ConfigError(f"hydra.job.env_copy: the environment variable {error.args[0]} is not set.") from None

    def _compose_config_from_defaults_list(self, defaults: list[ResultDefault], repo: Any) -> DictConfig:
        at = next((at for at, one in enumerate(defaults) if not str(one.config_path).startswith("hydra/")), 0)
        parents = {str(one.config_path): str(one.parent) for one in defaults[at:]}

        def of_cell(path: str) -> bool:  # or what such an option is built on, by its own defaults list
            return path.startswith(self.added) or (path in parents and of_cell(parents[path]))

        later = sorted(
            defaults[at:],  # but for options that set keys of the whole config (`# @package _global_`)
            key=lambda one: not (one.package and of_cell(str(one.config_path))),
        )
        defaults = [*defaults[:at], *later]
        for one in defaults:
            _check_place(one, repo)
        versions = _versions(repo.delegate, [str(one.config_path) for one in defaults])
        key = versions and (*map(dataclasses.astuple, defaults), *(place for place, _ in versions))
        states = [stored(), *(state for _, state in versions or ())]  # nodes of the store may be schemas of files
        if key in self._merged and self._merged[key][0] == states:
            merged: DictConfig = pickle.loads(self._merged[key][1])
        else:
            merged = super()._compose_config_from_defaults_list(defaults=defaults, repo=repo)
            if key is not None:
                _keep(self._merged, key, states, merged)
        if self.look is not None:
            self.look(merged)
        return merged

    def held_groups(self, config_name: str | None, words: Sequence[str]) -> frozenset[str]:
        """The groups that the defaults lists of the primary config and of the chosen options already hold."""
        homes = (f"{source.scheme()}://{source.path}" for source in self.get_sources())
        key = (config_name, *words, *homes)
        kept = self._held.get(key)
        if kept is not None and kept[1] == _versions(self.repository, kept[0]):
            return kept[2]
        found = self.compute_defaults_list(config_name, list(words), RunMode.RUN)
        files, groups = [str(one.config_path) for one in found.defaults], frozenset(found.overrides.known_choices)
        if (versions := _versions(self.repository, files)) is not None:
            self._held[key] = files, versions, groups
        return groups


def _check_place(option: ResultDefault, repo: Any) -> None:
    """Refuse one of `OVERALL` that forgot its first line, and that no `@_global_` of another file or word places.

    Keys of its group that the config does not have, such as `dataset.name`, may be meant for another option.
    """
    path = str(option.config_path).strip("/")
    group, inside, _ = path.partition("/")
    package, place = str(option.package or ""), path.rpartition("/")[0].replace("/", ".")  # or a part of it
    if not inside or group not in OVERALL or not package or f".{package}." not in f".{place}.":
        return
    read = repo.load_config(config_path=option.config_path)
    if read is None or read.header.get("package") or ROOT.isdisjoint(map(str, read.config)):
        return
    raise ConfigError(
        f"{read.path.removeprefix('file://')}/{path.removesuffix('.yaml')}.yaml: its first line must be "
        f"`# @package _global_`, else its keys stand below `{package}`, where nothing reads them."
    )


def _keep(kept: dict[Any, tuple[Any, bytes]], key: Any, state: Any, value: Any) -> None:
    """Keep a pickle; of nodes whose types are not importable, such as a launcher may have sent along, none."""
    with suppress(pickle.PicklingError, AttributeError, TypeError):
        kept[key] = state, pickle.dumps(value)


def _versions(repository: Any, paths: Iterable[str]) -> list[Version] | None:
    """The versions of several files; None where one of them is not known."""
    found = list(map(repository.version, paths))
    return None if None in found else found


def stored() -> list[Any]:
    """The nodes of Hydra's store; two lists are equal at once where they are of the same ones."""
    found: list[Any] = []
    groups: list[Any] = [ConfigStore.instance().repo]
    for group in groups:  # which grows
        for value in group.values():
            (groups if isinstance(value, dict) else found).append(value)
    return found
