"""What a worker process does between its start and its end, of which `processes` knows."""

import ctypes
import os
import pickle
import resource
import signal
import sys
import threading
import time
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mlzoo import accelerator
from mlzoo.errors import BackendError, FitError
from mlzoo.searching import cache
from mlzoo.searching.fits import prepared_cache, warm

around = ExitStack()  # what holds for all fits of this process


def main(connection: Connection, folder: Path) -> None:
    """Serve a connection until it closes, or the process has gone that this one is the child of."""
    if sys.platform == "linux":  # at once, whatever a fit is at
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with suppress(EOFError, OSError):  # the main process has closed it, or is gone
        serve(connection, folder)


def serve(connection: Connection, folder: Path) -> None:
    """Work out what comes in, one unit after the other.

    Parameters
    ----------
    connection : Connection
        Takes (function, path of the context, unit, memory limit in GiB); gives ("ready", None) once, then for each unit
        ("begun", None), where it waits for another worker ("waiting", None) and ("begun", None) again, and
        ("done", outcome) or ("raised", error).
    folder : Path
        Of the outputs of preprocessings that workers share.

    Raises
    ------
    EOFError, OSError
        When the connection closes.
    """
    around.enter_context(accelerator.names_once())
    prepared_cache.share(folder)
    prepared_cache.waiting = lambda begins: connection.send(("waiting" if begins else "begun", None))
    connection.send(("ready", None))
    context: Any = None
    loaded: Path | None = None
    while True:
        function, path, unit, memory_gb = connection.recv()
        try:
            if path != loaded:
                context, loaded = None, None
                limit_memory(None)
                context, loaded = cache.load(path), path
                limit_memory(memory_gb)
                accelerate(context)
                warm(context)
            connection.send(("begun", None))
            outcome: tuple[str, Any] = ("done", function(context, unit))
        except Exception as error:
            outcome = ("raised", sendable(error))
        try:
            connection.send(outcome)
        except (AttributeError, TypeError, ValueError, pickle.PicklingError) as error:
            connection.send(("raised", BackendError(f"What a fit returned cannot be sent: {outcome[1]!r}: {error}")))


def sendable(error: Exception) -> Exception:
    """An error as it is, or in words where it cannot be pickled and read again."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return FitError(f"{type(error).__name__}: {error}")
    return error


def accelerate(context: Any) -> None:
    """Use the estimators that the config asks for, on one thread."""
    name = getattr(context, "config", {}).get("accelerator")
    accelerator.use(name)
    if name is not None:
        around.enter_context(accelerator.one_thread())


def limit_memory(gigabytes: float | None) -> None:
    """Have allocations beyond so many GiB fail with MemoryError."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = resource.RLIM_INFINITY if gigabytes is None else int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])), Path(sys.argv[2]))
