"""Fits on a Dask cluster, by Dask's own client: its scheduler decides where each one runs.

A worker that is lost costs no more than time: what it was at is tried again, and what ends its worker each time is a
`Fault`. What every fit shares is sent again where it was lost with the last worker that held it.
"""

import functools
import logging
import math
import queue
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from mlzoo import accelerator, provenance
from mlzoo.errors import BackendError, first_line
from mlzoo.searching.backend import TRIES, Fault, Function, Limits, Token, cores

log = logging.getLogger(__name__)

CONNECT_S = 10.0  # for the scheduler to answer; also after a connection was lost
PATIENCE_S = 60.0  # for a first worker to come, and without any
LOOK_S = 1.0  # between looks at the cluster while nothing ends
IGNORE_INTERRUPT = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"  # Ctrl-C is for the main process
AHEAD = 1.5  # units for each worker, so that it need not wait for the next one

_fitting = threading.Lock()  # warnings, random numbers and numbers of threads belong to a process, not to a thread


@dataclass
class Unit:
    """A unit that was submitted."""

    function: Function
    token: Token
    unit: Any
    losses: int = 0  # of its worker: after one it runs alone, to know whether it is to blame

    @property
    def alone(self) -> bool:
        """Whether no other unit may be under way beside it."""
        return self.losses > 0


_versions = functools.cache(provenance.versions)  # of a worker, which asks for each unit


def fit(context: Any, versions: Mapping[str, str | None], function: Function, unit: Any) -> Any:
    """Work out a unit; called on a worker.

    Raises
    ------
    BackendError
        If scores could differ because the worker's packages do.
    """
    from threadpoolctl import threadpool_limits

    here = _versions()
    if here != versions:
        found = ", ".join(
            f"{name} {here[name]} (here: {versions[name]})" for name in here if here[name] != versions[name]
        )
        raise BackendError(f"A Dask worker has {found}: install the same versions there.")
    with _fitting:
        accelerator.use(getattr(context, "config", {}).get("accelerator"))
        with accelerator.names_once(), accelerator.one_thread(), threadpool_limits(limits=1):
            return function(context, unit)


class Dask:
    """On the workers of a Dask cluster. It is connected to when a first search begins.

    Parameters
    ----------
    address : str, optional
        Of the scheduler; None: a cluster of this machine's own, which ends with `close`.
    n_jobs : int
        Fits side by side; -1: one for each worker, or for each core of this machine.
    """

    def __init__(self, address: str | None = None, n_jobs: int = -1) -> None:
        self.address, self.n_jobs = address, n_jobs
        self._client: Any = None
        self._stack = ExitStack()  # what `close` ends
        self._context: Any = None
        self._data: Any = None  # the context's future
        self._under_way: dict[str, tuple[Unit, Any]] = {}  # by key of its future
        self._again: deque[Unit] = deque()
        self._results: deque[tuple[Token, Any]] = deque()
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()  # futures, stale ones too
        self._workers = 0
        self._looked = self._seen = 0.0
        self._warned = False

    def begin(self, context: Any, limits: Limits) -> None:
        """See `Backend`. Workers are processes of their own: every fit is isolated."""
        if limits.timeout_s is not None or limits.memory_gb is not None:
            raise BackendError("A Dask cluster cannot end one fit: it takes neither timeout_s nor memory_gb.")
        if self._client is None:
            self._connect()
        self._cancel()
        self._again.clear()
        self._results.clear()
        self._context, self._data = context, None

    def free(self, left: int) -> int:
        """See `Backend`."""
        if self._again or any(unit.alone for unit, _ in self._under_way.values()):
            return 0
        self._look()
        most = max(1, math.ceil(AHEAD * self._workers))
        if self.n_jobs != -1 and self.address is not None:
            most = min(most, self.n_jobs)
        return max(0, most - len(self._under_way))

    def submit(self, function: Function, token: Token, unit: Any) -> None:
        """See `Backend`."""
        self._send(Unit(function, token, unit))

    def wait(self) -> tuple[Token, Any]:
        """See `Backend`."""
        while not self._results:
            if self._data is not None and self._data.status != "finished":
                self._recover()
                continue
            if self._again and not self._under_way:
                self._send(self._again.popleft())
            try:
                future = self._ended.get(timeout=LOOK_S)
            except queue.Empty:
                self._look()
                continue
            unit, _ = self._under_way.pop(future.key, (None, None))
            if unit is not None:  # else of an earlier context, or sent again
                self._take(unit, future)
        return self._results.popleft()

    def close(self) -> None:
        """See `Backend`."""
        self._cancel()
        self._again.clear()
        self._stack.close()
        self._client = self._context = self._data = None

    # what follows is its own business

    def _connect(self) -> None:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning

        where = self.address
        with ExitStack() as stack:
            stack.enter_context(_quiet())
            if where is None:
                where = stack.enter_context(self._local_cluster())
            try:
                with warnings.catch_warnings(record=True, action="always", category=VersionMismatchWarning) as caught:
                    client = stack.enter_context(Client(where, timeout=CONNECT_S, set_as_default=False))
            except (OSError, ValueError) as error:
                raise BackendError(
                    f"backend.address={self.address}: no Dask scheduler answers there ({first_line(error)}). "
                    "Is it running? `dask scheduler --host …` says its address."
                ) from error
            differing = next((one for one in caught if issubclass(one.category, VersionMismatchWarning)), None)
            if differing is not None:
                raise BackendError(
                    f"{self._name()} has other packages, install the same versions:\n{differing.message}"
                )
            self._client = client
            try:
                self._await_worker()
            except BaseException:
                self._client = None
                raise
            self._stack = stack.pop_all()

    def _local_cluster(self) -> Any:
        from distributed import LocalCluster

        try:
            return LocalCluster(
                n_workers=cores() if self.n_jobs == -1 else self.n_jobs,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # of its HTTP server, which it always has
                scheduler_kwargs={"dashboard": False, "allowed_failures": TRIES - 1},
                silence_logs=logging.CRITICAL,
                preload=IGNORE_INTERRUPT,
            )
        except (OSError, RuntimeError) as error:
            hint = "A script that starts one needs `if __name__ == '__main__':` around what it does."
            raise BackendError(f"No Dask cluster starts on this machine ({first_line(error)}). {hint}") from error

    def _name(self) -> str:
        return "The Dask cluster" if self.address is None else f"The Dask cluster at {self.address}"

    def _await_worker(self) -> None:
        self._seen = time.monotonic()
        self._looked = 0.0
        self._look()
        if not self._workers:
            log.info("%s has no worker yet: waiting for one.", self._name())
        while not self._workers:
            time.sleep(LOOK_S)
            self._look()

    def _look(self) -> None:
        """Count the workers, now and then.

        Raises
        ------
        BackendError
            If the scheduler is gone, or no worker was there for long.
        """
        now = time.monotonic()
        if self._client.status == "closed":
            raise BackendError(f"{self._name()} is gone: the connection to its scheduler was lost.")
        if now - self._looked < LOOK_S or self._client.status != "running":
            return
        self._looked = now
        workers = self._client.scheduler_info(n_workers=-1).get("workers", {})
        self._workers = len(workers)
        if any(worker["nthreads"] > 1 for worker in workers.values()) and not self._warned:
            self._warned = True
            start = f"dask worker {self.address} --nworkers -1 --nthreads 1"
            log.warning("A Dask worker fits one setting at a time, whatever its threads. Better: `%s`", start)
        if self._workers:
            self._seen = now
        elif now - self._seen > PATIENCE_S:
            start = f" Start one: `dask worker {self.address} --nthreads 1`" if self.address else ""
            raise BackendError(f"{self._name()} has had no worker for {PATIENCE_S:g} s.{start}")

    def _send(self, unit: Unit) -> None:
        if self._data is None:
            self._scatter()
        arguments = self._data, provenance.versions(), unit.function, unit.unit
        future = self._client.submit(fit, *arguments, pure=False)
        self._under_way[future.key] = unit, future
        future.add_done_callback(self._ended.put)

    def _scatter(self) -> None:
        for left in reversed(range(TRIES + 1)):
            self._await_worker()
            try:
                (self._data,) = self._client.scatter([self._context], broadcast=True, hash=False, timeout=PATIENCE_S)
                return
            except Exception as error:  # such as a worker that is lost meanwhile
                if not left:
                    raise BackendError(f"{self._name()} does not take the data: {first_line(error)}") from error
                time.sleep(LOOK_S)

    def _recover(self) -> None:
        """Send again what was lost with the last worker that held the context, or with the scheduler."""
        self._look()
        if self._client.status != "running":
            time.sleep(LOOK_S)  # it connects again, or gives up
            return
        units = self._cancel()
        self._data = None
        for unit in units:
            self._lost(unit)

    def _take(self, unit: Unit, future: Any) -> None:
        from distributed import KilledWorker

        try:
            self._results.append((unit.token, future.result(timeout=PATIENCE_S)))
        except KilledWorker:
            self._lost(unit, killed=True)
        except Exception as error:
            missing = next((one for one in (error, error.__cause__) if isinstance(one, ImportError)), None)
            if missing is not None:
                what = f"{self._name()} does not find what it is to run ({first_line(missing)})"
                remedy = "install mlzoo, and your own modules, for its scheduler and its workers."
                raise BackendError(f"{what}: {remedy}") from error
            if future.status == "error":  # what the function has raised
                raise
            self._lost(unit)

    def _lost(self, unit: Unit, *, killed: bool = False) -> None:
        """Try a unit again whose workers were lost, unless it was alone and so is to blame."""
        to_blame = unit.alone and (killed or unit.losses >= TRIES)
        unit.losses += 1
        if to_blame:
            self._results.append((unit.token, Fault("WorkerLost: it ended its worker process, whenever it was tried")))
        else:
            self._again.append(unit)

    def _cancel(self) -> list[Unit]:
        """Give up what is under way."""
        units, futures = [unit for unit, _ in self._under_way.values()], [one for _, one in self._under_way.values()]
        self._under_way.clear()
        if futures and self._client.status == "running":
            self._client.cancel(futures)
        return units


@contextmanager
def _quiet() -> Iterator[None]:
    """Within it Dask's own loggers are silent: what matters of what they say is raised."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
