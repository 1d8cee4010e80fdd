"""Values that are worked out once and used often: kept in memory or, where processes share them, in mapped files.

A file holds a pickle and, apart from it, the memory of its arrays: who reads it maps that memory and copies nothing.
"""

import fcntl
import mmap
import os
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlzoo.record import replacing

MAX_BYTES = 2 * 2**30
ALIGNED = 64  # bytes, so that mapped arrays are as aligned as those that numpy allocates


class Cache:
    """Values by key, the least recently used out first.

    Parameters
    ----------
    most_bytes : int
        How much is kept, in memory or in the folder.
    """

    def __init__(self, most_bytes: int = MAX_BYTES) -> None:
        self.most_bytes = most_bytes
        self.folder: Path | None = None
        self.waiting: Callable[[bool], None] = lambda _: None  # told when a wait for another process begins and ends
        self._kept: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, make: Callable[[], Any]) -> Any:
        """The value of a key; `make` is called where it is not there, by one process at a time."""
        if key not in self._kept:
            self._keep(key, _fixed(make()) if self.folder is None else self._shared(key, make))
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def share(self, folder: Path) -> None:
        """From now on keep values as files of a folder that other processes use too, what is kept so far included."""
        self.folder = folder
        for key, (value, _) in self._kept.items():
            self._shared(key, lambda value=value: value)  # type: ignore[misc]

    def clear(self) -> None:
        """Forget everything; files stay."""
        self._kept.clear()
        self._bytes, self.folder = 0, None

    def _keep(self, key: str, value: Any) -> None:
        size = size_of(value)
        self._kept[key] = value, size
        self._bytes += size
        while self._bytes > self.most_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1][1]

    def _shared(self, key: str, make: Callable[[], Any]) -> Any:
        assert self.folder is not None
        if not self.folder.is_dir():  # with the workers it was for it has gone
            self.folder = None
            return _fixed(make())
        path = self.folder / sha256(key.encode()).hexdigest()[:32]
        with self._locked(path.with_suffix(".lock")):
            with suppress(FileNotFoundError):  # it is new, or another process makes room
                os.utime(path)
                return load(path)
            value = make()
            try:
                dump(value, path)
                _make_room(self.folder, path, self.most_bytes)
                return load(path)
            except OSError:  # the disk is full, or another process makes room
                return _fixed(value)

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        with path.open("w") as file:  # let go by the kernel when its holder dies
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.waiting(True)
                fcntl.flock(file, fcntl.LOCK_EX)
                self.waiting(False)
            yield


def _make_room(folder: Path, newest: Path, most_bytes: int) -> None:
    files = []
    for path in folder.iterdir():
        try:
            found = path.stat()
        except FileNotFoundError:  # another process made room
            continue
        if not path.suffix and path != newest:
            files.append((found.st_mtime, found.st_size, path))
    with suppress(FileNotFoundError):
        most_bytes -= newest.stat().st_size
    spare = most_bytes - sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if spare >= 0:
            return
        path.unlink(missing_ok=True)  # those who have mapped it keep it
        spare += size


def size_of(value: Any) -> int:
    """Bytes of the arrays and tables in a value, about."""
    if hasattr(value, "memory_usage"):
        return int(value.memory_usage(deep=False).sum())
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    inner = vars(value).values() if hasattr(value, "__dict__") else value if isinstance(value, list | tuple) else ()
    return sum(map(size_of, inner))


def _fixed(value: Any) -> Any:
    """The value with arrays that are read-only, as those of a file are; nothing is copied."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(body, buffers=[buffer.raw().toreadonly() for buffer in buffers])


# -- files --------------------------------------------------------------------------------------------------------


def dump(value: Any, path: Path) -> None:
    """Write a value to a file that `load` maps."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(buffer.raw() for buffer in buffers)]
    sizes = [part.nbytes for part in parts]
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(struct.pack(f"<{len(sizes) + 1}Q", len(sizes), *sizes))
        for part in parts:
            file.seek(-(-file.tell() // ALIGNED) * ALIGNED)
            file.write(part)


def load(path: Path) -> Any:
    """Read a value that `dump` wrote; its arrays are read-only."""
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (count,) = struct.unpack_from("<Q", mapped)
    at = 8 * (count + 1)
    parts = []
    for size in struct.unpack_from(f"<{count}Q", mapped, 8):
        at = -(-at // ALIGNED) * ALIGNED
        parts.append(mapped[at : at + size])
        at += size
    return pickle.loads(parts[0], buffers=parts[1:])
