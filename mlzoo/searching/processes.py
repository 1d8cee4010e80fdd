"""How worker processes start and end.

On Linux they are forked from one process, the fork server, which starts when a worker is first needed and lives as long
as this process. It has imported what fits need, runs none itself and has one thread alone, so that a worker is there in
milliseconds, and what is imported is in memory once. Elsewhere a worker is a Python of its own from its start.
Neither imports the main script.
"""

import atexit
import gc
import importlib
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mlzoo.searching import worker

FORKS = sys.platform == "linux"  # elsewhere libraries may not survive it
USED = (  # beside what `worker` imports
    *("sklearn.compose", "sklearn.ensemble", "sklearn.linear_model"),
    *("feature_engine.encoding", "feature_engine.imputation"),
)
WATCH_S = 1.0  # how often the fork server looks whether the main process is still there


class Process(Protocol):
    """What `subprocess.Popen` and `Forked` have in common."""

    @property
    def pid(self) -> int:
        """Its number."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or the negative number of the signal that ended it; TimeoutExpired after so many seconds."""

    def kill(self) -> None:
        """End it at once."""


# -- in the main process --------------------------------------------------------------------------------------------


def start(folder: Path) -> tuple[Process, Connection]:
    """A new worker process, and what connects to it: see `worker.serve`."""
    ours, theirs = Pipe()
    process = _fork(folder, theirs) if FORKS else _python("mlzoo.searching.worker", theirs.fileno(), folder)
    theirs.close()
    return process, ours


def end(process: Process, patience: float) -> str:
    """Wait so many seconds for a worker process to end by itself, then kill it. How it ended, in words."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
    code = process.wait()
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {-code}, {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _python(module: str, number: int, *words: Any) -> "subprocess.Popen[bytes]":
    """A Python that runs a module with an open file, whose number is its first word."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    threads["JE_ARROW_MALLOC_CONF"] = "background_thread:false"  # with one a fork may lock up, as Python 3.12 warns
    paths = [path or os.getcwd() for path in sys.path if isinstance(path, str)]  # Python passes over others
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, str(number), *map(str, words)],
        env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(paths)},
        pass_fds=[number],
        stdin=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C is for this process
    )


@dataclass
class ForkServer:
    """The process that workers are forked from, what connects to it, and what it was started with."""

    process: "subprocess.Popen[bytes]"
    channel: socket.socket
    like: tuple[Any, ...]  # empty where it takes no more workers


_fork_servers: list[ForkServer] = []  # the last one is of use; those before it have workers still
_lock = threading.Lock()
_numbers = itertools.count()


@dataclass
class Forked:
    """A worker process whose parent is the fork server."""

    server: ForkServer
    number: int
    said: Connection  # gives its pid, then its exit code
    heard: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """Its number, as soon as it is there; 0 where it was killed before."""
        return self._hear(1, None)[0]

    def wait(self, timeout: float | None = None) -> int:
        """See `Process`."""
        return self._hear(2, timeout)[1]

    def kill(self) -> None:
        """See `Process`. Where the fork server is still at its imports, the worker will end when it is there."""
        with suppress(OSError):  # the fork server has ended, and so has this one
            _send(self.server, {"kill": self.number})
        if not self.heard and not self.said.poll():
            self.heard += [0, -signal.SIGKILL]

    def _hear(self, count: int, timeout: float | None) -> list[int]:
        ends = None if timeout is None else time.monotonic() + timeout
        while len(self.heard) < count:
            if not self.said.poll(None if ends is None else max(0.0, ends - time.monotonic())):
                raise subprocess.TimeoutExpired("worker", timeout or 0.0)
            try:
                self.heard.append(self.said.recv())
            except (EOFError, OSError):  # with the fork server its workers end
                self.heard += [0, _code(self.server)][len(self.heard) :]
        return self.heard


def _fork(folder: Path, theirs: Connection) -> Forked:
    """Have the fork server fork a worker."""
    said, saying = Pipe(duplex=False)
    number = next(_numbers)
    with saying, _lock:
        for _ in range(2):
            server = _fork_server()
            try:
                _send(server, {"start": number, "folder": str(folder)}, theirs.fileno(), saying.fileno())
                return Forked(server, number, said)
            except (BrokenPipeError, ConnectionResetError):  # it has ended, as by a system that is short of memory
                code = _code(server)
    return Forked(server, number, said, [0, code])


def _code(server: ForkServer) -> int:
    """The exit code of a fork server that ends; 1 where it goes on, and could not make a worker."""
    try:
        return server.process.wait(WATCH_S)
    except subprocess.TimeoutExpired:
        return 1


def _send(server: ForkServer, words: dict[str, Any], *files: int) -> None:
    socket.send_fds(server.channel, [json.dumps(words).encode()], files)


def _fork_server() -> ForkServer:
    """The fork server; a new one where it has ended, or where a Python that starts now would be another."""
    for server in [server for server in _fork_servers if server.process.poll() is not None]:
        server.channel.close()
        _fork_servers.remove(server)
    like = _inherited()
    if _fork_servers and _fork_servers[-1].like == like:
        return _fork_servers[-1]
    for server in _fork_servers:
        with suppress(OSError):
            _send(server, {"last": True})  # it ends after its workers, which can be killed until then
        server.like = ()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        _fork_servers.append(ForkServer(_python("mlzoo.searching.processes", theirs.fileno()), ours, like))
    return _fork_servers[-1]


def _inherited() -> tuple[Any, ...]:
    """What a process takes over from the one that starts it, where it may change."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    mask = next((line for line in status.splitlines() if line.startswith("Umask:")), "")
    limits = [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")]
    cores, kindness = sorted(os.sched_getaffinity(0)), os.getpriority(os.PRIO_PROCESS, 0)
    return sys.executable, os.stat(".")[1:3], list(sys.path), dict(os.environ), mask, limits, cores, kindness


@atexit.register
def _end_fork_servers() -> None:
    for server in _fork_servers:
        server.channel.close()
        server.process.kill()
        server.process.wait()


def _leave_fork_servers() -> None:
    """In a copy of this process, by `os.fork`: the fork servers are not its own."""
    for server in _fork_servers:
        server.channel.close()
        server.process.returncode = 0
    _fork_servers.clear()
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_leave_fork_servers)


# -- in the fork server ------------------------------------------------------------------------------------------


def main() -> None:
    """Fork workers until the main process wants none any more; then, in each of them, be a worker."""
    for name in USED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # nothing of it is looked at, and so copied, in each worker
    words = serve(socket.socket(fileno=int(sys.argv[1])))
    if words is not None:
        worker.main(*words)
        finish(0)


def finish(code: int) -> None:
    """End a fork as Python does, but for taking apart what is imported: that would copy the memory that it shares."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):  # nobody reads them any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def serve(channel: socket.socket) -> tuple[Connection, Path] | None:
    """Fork workers and say how they end; in a worker, what it works with."""
    parent = os.getppid()
    awake, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking)
    workers: dict[int, tuple[int, Connection]] = {}  # by pid: number, and what tells of its end
    last = False
    while workers or not last:
        ready = wait([awake, channel], WATCH_S)
        if os.getppid() != parent:
            return None  # and the kernel ends the workers
        if awake in ready:
            os.read(awake, 4096)
        _reap(workers)
        if channel not in ready:
            continue
        content, files, _, _ = socket.recv_fds(channel, 2**16, 2)
        if not content:
            return None  # the main process has gone
        words = json.loads(content)
        last = last or "last" in words
        for pid in [pid for pid, (number, _) in workers.items() if number == words.get("kill")]:
            os.kill(pid, signal.SIGKILL)  # not reaped yet, so its number is no other's
        if "start" not in words:
            continue
        given = [Connection(file) for file in files]
        try:
            connection, saying = given
            pid = os.fork()
        except (OSError, ValueError) as error:  # one process or one open file too many
            sys.stderr.write(f"No worker process can start: {error}\n")
            for one in given:
                one.close()  # by which the main process knows
            continue
        if pid == 0:
            _leave(channel, awake, waking, [saying, *(other for _, other in workers.values())])
            return connection, Path(words["folder"])
        connection.close()
        workers[pid] = (words["start"], saying)
        with suppress(OSError):  # nobody listens any more
            saying.send(pid)
    return None


def _leave(channel: socket.socket, awake: int, waking: int, others: list[Connection]) -> None:
    """In a worker that begins: give up what is the fork server's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)
    np.random.seed()  # workers that draw without a seed do not draw alike
    for file in (awake, waking):
        os.close(file)
    channel.close()
    for one in others:
        one.close()


def _reap(workers: dict[int, tuple[int, Connection]]) -> None:
    """Tell of the workers that have ended."""
    while workers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _, saying = workers.pop(pid)
        with saying, suppress(OSError):
            saying.send(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
