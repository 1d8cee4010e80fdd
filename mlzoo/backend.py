"""Where fits run: in this process, or in worker processes on this machine.

A backend has `map(function, context, units)`: results in the order of the units, whatever the order of finishing.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from mlzoo.errors import ConfigError

Function = Callable[[Any, Any], Any]


class Backend(Protocol):
    """What a search needs to know of where its fits run."""

    def map(self, function: Function, context: Any, units: Sequence[Any]) -> Iterator[Any]:
        """`function(context, unit)` for each unit, in their order. The context reaches a worker once."""

    def close(self) -> None:
        """End the workers."""


class Here:
    """Everything in this process, one unit after the other."""

    def map(self, function: Function, context: Any, units: Sequence[Any]) -> Iterator[Any]:
        """See `Backend`."""
        for unit in units:
            yield function(context, unit)

    def close(self) -> None:
        """Nothing to end."""


class Workers:
    """Processes on this machine, each of which receives the context once."""

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = os.cpu_count() or 1 if n_jobs == -1 else n_jobs
        self._context: Any = None
        self._pool: Any = None

    def map(self, function: Function, context: Any, units: Sequence[Any]) -> Iterator[Any]:
        """See `Backend`."""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        if self._pool is None or self._context is not context:
            if getattr(multiprocessing.current_process(), "_inheriting", False):  # a worker, importing the main script
                raise ConfigError("n_jobs > 1 in a script needs `if __name__ == '__main__':` around what is run.")
            self.close()
            self._context = context
            self._pool = ProcessPoolExecutor(
                self.n_jobs, multiprocessing.get_context("spawn"), initializer=_receive, initargs=(context,)
            )
        with _without_interrupts():  # processes that start now inherit it
            results = self._pool.map(_work, [function] * len(units), units)
        yield from results

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = self._context = None


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Within it Ctrl-C is ignored: it is for the main process to end the workers, which would print tracebacks."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_received: list[Any] = []


def _receive(context: Any) -> None:
    _received[:] = [context]


def _work(function: Function, unit: Any) -> Any:
    return function(_received[0], unit)


def make(n_jobs: int) -> Backend:
    """The backend for `n_jobs`: this process for 1, else so many workers (-1: one for each core)."""
    return Here() if n_jobs == 1 else Workers(n_jobs)
