"""Where fits run: in this process, in worker processes on this machine, or on a cluster.

A backend takes units while it is `free`, and gives their outcomes as they end, in any order. A fit that hangs or ends
its process costs that fit alone: its outcome is a `Fault`.
"""

import fcntl
import pickle
import shutil
import statistics
import tempfile
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from mlzoo.errors import BackendError
from mlzoo.searching import cache, processes
from mlzoo.searching.fits import prepared_cache

Token = tuple[int, int]  # of a unit: trial and fold
Function = Callable[[Any, Any], Any]
MEASURED_S = 0.5  # of fits, before it is decided
WORTH_S = 8.0  # of fits still to come: for less, workers cost more time than they save
PREFIX, OWNED = "mlzoo-work-", "owner.lock"  # the folder that workers share, and what its owner holds
TRIES = 2  # a worker may have been killed from outside: what kills a second one is to blame itself


@dataclass(frozen=True)
class Fault:
    """What became of a unit that has no outcome of its own: a fit that took too long, or that ended its process."""

    message: str


@dataclass(frozen=True)
class Limits:
    """What holds for every fit of a context.

    Attributes
    ----------
    isolated : bool
        Whether fits run in workers, whatever they take.
    timeout_s : float or None
        Seconds for a fit, after which its worker is killed.
    memory_gb : float or None
        GiB for a worker; an allocation beyond it raises MemoryError in the fit.
    """

    isolated: bool = False
    timeout_s: float | None = None
    memory_gb: float | None = None


class Backend(Protocol):
    """What a search needs to know of where its fits run."""

    def free(self, left: int) -> int:
        """How many units it takes now, when `left` are still to come."""

    def begin(self, context: Any, limits: Limits) -> None:
        """From now on units belong to this context, which reaches a worker once. Earlier units are forgotten."""

    def submit(self, function: Function, token: Token, unit: Any) -> None:
        """Have `function(context, unit)` worked out."""

    def wait(self) -> tuple[Token, Any]:
        """Token and outcome of the next unit that ends. What the function raises is raised here."""

    def close(self) -> None:
        """End the workers."""


def make(config: Mapping[str, Any]) -> Backend:
    """The backend of a plain config: of it `n_jobs` and `backend` are read."""
    node = config["backend"]
    if not isinstance(node, Mapping) or node.get("name") != "dask":
        return Local(config["n_jobs"])
    from mlzoo.searching.cluster import Dask

    return Dask(node.get("address"), config["n_jobs"])


def cores() -> int:
    """The cores that this process may use."""
    import joblib

    return int(joblib.cpu_count())


# -- this machine -------------------------------------------------------------------------------------------------


@dataclass
class Job:
    """A unit on its way."""

    function: Function
    token: Token
    unit: Any
    timeout_s: float | None
    tries: int = 0


@dataclass
class Worker:
    """A worker process, what connects to it, and what it is at."""

    process: processes.Process
    connection: Connection
    ready: bool = False
    context: Path | None = None
    job: Job | None = None
    stale: bool = False  # nobody waits for its job
    deadline: float | None = None


class Local:
    """In this process first; by workers as soon as they are worth their start, or where fits are to be isolated.

    Workers live until `close`. While they start, fits go on in this process.

    Parameters
    ----------
    n_jobs : int
        Fits side by side; -1: one for each core.
    """

    def __init__(self, n_jobs: int = -1) -> None:
        self.n_jobs = cores() if n_jobs == -1 else n_jobs
        self.workers: list[Worker] = []
        self._limits = Limits()
        self._context: Any = None
        self._path: Path | None = None
        self._folder: Path | None = None
        self._owned: Any = None
        self._results: deque[tuple[Token, Any]] = deque()
        self._again: deque[Job] = deque()  # whose worker died
        self._seconds: list[float] = []  # of the fits in this process
        self._stillborn = 0

    def begin(self, context: Any, limits: Limits) -> None:
        """See `Backend`."""
        self._context, self._limits = context, limits
        self._results.clear()
        self._again.clear()
        self._seconds = []
        if self._path is not None:
            self._path.unlink(missing_ok=True)  # who has mapped it keeps it
            self._path = None
        for worker in self.workers:
            worker.stale = worker.job is not None

    def free(self, left: int) -> int:
        """See `Backend`."""
        if self._limits.isolated or self._worth(left):
            self._start()
        if self._here():
            return int(not self._results)
        while not (idle := self._idle()) and not self._results and not self._again and not self._under_way():
            self._listen(None)  # nothing is on its way that `wait` could wait for
        return max(0, idle - len(self._again))

    def submit(self, function: Function, token: Token, unit: Any) -> None:
        """See `Backend`."""
        if not self._here():
            self._send(Job(function, token, unit, self._limits.timeout_s))
            return
        started = time.perf_counter()
        self._results.append((token, function(self._context, unit)))
        self._seconds.append(time.perf_counter() - started)

    def wait(self) -> tuple[Token, Any]:
        """See `Backend`."""
        while not self._results:
            while self._again and any(worker.job is None for worker in self.workers):
                self._send(self._again.popleft())
            self._listen(None)
        return self._results.popleft()

    def close(self) -> None:
        """See `Backend`."""
        for worker in self.workers:
            worker.connection.close()  # which an idle worker takes for its end
        for worker in self.workers:
            processes.end(worker.process, 2 if worker.job is None else 0)
        self.workers.clear()
        if self._folder is not None:
            prepared_cache.clear()
            _give_up(self._owned, self._folder)
        self._folder = self._path = self._context = None

    # what follows is its own business

    def _idle(self) -> int:
        """Workers that would take a unit at once."""
        return sum(worker.job is None and (worker.ready or self._limits.isolated) for worker in self.workers)

    def _under_way(self) -> bool:
        return any(worker.job is not None and not worker.stale for worker in self.workers)

    def _worth(self, left: int) -> bool:
        if self.n_jobs == 1 or self.workers or sum(self._seconds) < MEASURED_S:
            return False
        return left * statistics.median(self._seconds) > WORTH_S  # the first fits of all are slower

    def _here(self) -> bool:
        """Whether the next unit is worked out in this process."""
        if self._limits.isolated:
            return False
        if self.n_jobs == 1 or not self.workers:
            return True
        if not any(worker.ready for worker in self.workers):
            self._listen(0)
        return not any(worker.ready for worker in self.workers)

    def _start(self) -> None:
        if self._folder is None:
            _remove_left_over()
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._owned = (self._folder / "new").open("w")
            fcntl.flock(self._owned, fcntl.LOCK_EX)  # let go by the kernel when this process ends
            (self._folder / "new").rename(self._folder / OWNED)
            prepared_cache.share(self._folder)
            weakref.finalize(self, _give_up, self._owned, self._folder)
        while len(self.workers) < self.n_jobs:
            self.workers.append(Worker(*processes.start(self._folder)))

    def _send(self, job: Job) -> None:
        idle = [worker for worker in self.workers if worker.job is None]
        worker = next((worker for worker in idle if worker.ready), idle[0])
        if self._path is None:
            assert self._folder is not None
            path = self._folder / f"context-{time.monotonic_ns()}.pickle"
            try:
                cache.dump(self._context, path)
            except OSError as error:
                raise BackendError(
                    f"{self._folder}: {error.strerror}. Workers share the data there: make room, or name another "
                    "folder by the environment variable TMPDIR."
                ) from error
            self._path = path
        worker.job, worker.stale = job, False
        job.tries += 1
        try:
            worker.connection.send((job.function, self._path, job.unit, self._limits.memory_gb))
        except OSError:
            self._lost(worker)
        except (AttributeError, TypeError, ValueError, pickle.PicklingError) as error:  # nothing was sent
            worker.job = None
            raise BackendError(f"{type(job.unit).__name__} cannot be sent to a worker: {error}") from error

    def _listen(self, timeout: float | None) -> None:
        """Take in what workers say, and end those that take too long."""
        deadlines = [worker.deadline for worker in self.workers if worker.deadline is not None]
        if deadlines:
            timeout = max(0.0, min(deadlines) - time.monotonic())
        by_connection: dict[Any, Worker] = {worker.connection: worker for worker in self.workers}
        for connection in wait(list(by_connection), timeout):
            self._hear(by_connection[connection])
        now = time.monotonic()
        for worker in [one for one in self.workers if one.deadline is not None and one.deadline <= now]:
            job, stale = worker.job, worker.stale
            self._replace(worker, 0)
            if job is not None and not stale:
                seconds = f"{job.timeout_s:g}"
                self._results.append((job.token, Fault(f"Timeout: it took longer than timeout_s={seconds}")))

    def _hear(self, worker: Worker) -> None:
        try:
            kind, content = worker.connection.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if kind == "ready":
            worker.ready, self._stillborn = True, 0
        elif kind in ("begun", "waiting"):
            limit = worker.job.timeout_s if worker.job and kind == "begun" else None
            worker.deadline = None if limit is None else time.monotonic() + limit
        else:
            job, stale = worker.job, worker.stale
            worker.job, worker.deadline, worker.stale = None, None, False
            if job is None or stale:
                return
            if kind == "raised":
                raise content
            self._results.append((job.token, content))

    def _lost(self, worker: Worker) -> None:
        job, stale, ready = worker.job, worker.stale, worker.ready
        how = self._replace(worker, 0.5)
        if not ready:
            self._stillborn += 1
            if self._stillborn > 2 * self.n_jobs:
                raise BackendError(f"Worker processes end while they start ({how}): what they say stands above.")
        if job is None or stale:
            return
        if not ready:
            job.tries -= 1
        if job.tries < TRIES:
            self._again.append(job)
        else:
            self._results.append((job.token, Fault(f"WorkerLost: it ended its process ({how}), {job.tries} times")))

    def _replace(self, worker: Worker, patience: float) -> str:
        worker.connection.close()
        how = processes.end(worker.process, patience)
        assert self._folder is not None
        self.workers[self.workers.index(worker)] = Worker(*processes.start(self._folder))
        return how


def _give_up(owned: Any, folder: Path) -> None:
    owned.close()
    shutil.rmtree(folder, ignore_errors=True)


def _remove_left_over() -> None:
    """Remove the folders of processes that were killed: those whose lock nobody holds."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNED}"):
        with suppress(OSError), path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)
