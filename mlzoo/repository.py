"""Where YAML files are read: each is parsed once in a process."""

import pickle
from copy import copy
from pathlib import Path
from typing import Any, ClassVar

from hydra._internal.config_repository import ConfigRepository
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult


class Repository(ConfigRepository):
    """Hydra's reader of YAML, which parses a file once in a process: composing one run reads each several times."""

    _parsed: ClassVar[dict[tuple[str, ...], tuple[Any, bytes]]] = {}  # by place: the file's state then, and a pickle

    def __deepcopy__(self, memo: Any) -> "Repository":
        return copy(self)  # Hydra copies it to give the copy other sources, and changes none of them

    def load_config(self, config_path: str) -> ConfigResult | None:
        """A file's content, as an object of the caller's own."""
        source: Any = self._find_object_source(config_path, ObjectType.CONFIG)
        state: Any = None
        if source is not None and source.scheme() == "file":
            found = (Path(source.path) / source._normalize_file_name(config_path)).stat()
            state = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        elif source is None or source.scheme() != "pkg" or source.provider != "hydra":  # Hydra's own stay as they are
            return super().load_config(config_path)
        place = (source.provider, source.scheme(), source.path, config_path)
        if place not in self._parsed or self._parsed[place][0] != state:
            self._parsed[place] = state, pickle.dumps(super().load_config(config_path))
        read: ConfigResult = pickle.loads(self._parsed[place][1])
        return read
