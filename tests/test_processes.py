"""Worker processes: where they come from, what they know of the main process, and how they end."""

import atexit
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from mlzoo.searching import cache, processes
from mlzoo.searching.processes import Process
from tests.conftest import ROOT
from tests.program import own_environment
from tests.test_backend import alive, soon
from tests.units import about, leave, sleep

Worker = tuple[Process, Connection]
WAYS = [pytest.param(True, id="forked"), pytest.param(False, id="from nothing", marks=pytest.mark.long)]


@pytest.fixture
def begun() -> Iterator[Callable[[Path], Worker]]:
    made: list[Worker] = []

    def begin(folder: Path) -> Worker:
        made.append(processes.start(folder))
        return made[-1]

    yield begin
    for process, connection in made:
        connection.close()
        processes.end(process, 20)


def ask(worker: Worker, folder: Path, function: Any = about, unit: Any = None) -> Any:
    """The outcome of a unit."""
    context = folder / "context.pickle"
    if not context.exists():
        cache.dump(None, context)
    connection = worker[1]
    connection.send((function, context, unit, None))
    while (heard := connection.recv())[0] in ("ready", "begun"):
        pass
    assert heard[0] == "done", heard
    return heard[1]


def ended(connection: Connection) -> bool:
    try:
        while connection.poll(0):
            connection.recv()
    except EOFError:
        return True
    return False


@pytest.mark.parametrize("forks", WAYS)
def test_a_worker_works_and_ends(
    forks: bool, begun: Callable[[Path], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "FORKS", forks)
    workers = [begun(tmp_path) for _ in range(3)]
    found = [ask(worker, tmp_path) for worker in workers]
    assert [one["pid"] for one in found] == [worker[0].pid for worker in workers]
    assert all(one["group"] == one["pid"] for one in found)  # Ctrl-C is for the main process
    assert len({one["drawn"] for one in found}) == 3
    assert {one["handler"] for one in found} == {signal.SIG_DFL}
    assert {one["parent"] == os.getpid() for one in found} == {not forks}
    workers[0][1].close()
    assert processes.end(workers[0][0], 20) == "exit code 0"
    with pytest.raises(EOFError):
        ask(workers[1], tmp_path, leave, 3)
    assert processes.end(workers[1][0], 20) == "exit code 3"
    assert processes.end(workers[2][0], 0) == "signal 9, SIGKILL"
    assert soon(lambda: not any(alive(one["pid"]) for one in found))


def at_end(context: Any, path: Path) -> None:
    def write() -> None:
        time.sleep(0.2)
        path.write_text("thread")

    threading.Thread(target=write).start()
    atexit.register(lambda: path.write_text(path.read_text() + ", function"))
    sys.stdout = path.with_suffix(".out").open("w")
    sys.stdout.write("a line that is not ended")


@pytest.mark.parametrize("forks", WAYS)
def test_what_a_fit_leaves_for_the_end_is_done(
    forks: bool, begun: Callable[[Path], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "FORKS", forks)
    worker = begun(tmp_path)
    ask(worker, tmp_path, at_end, tmp_path / "end.txt")
    worker[1].close()
    assert processes.end(worker[0], 20) == "exit code 0"
    assert (tmp_path / "end.txt").read_text() == "thread, function"
    assert (tmp_path / "end.out").read_text() == "a line that is not ended"


def test_workers_come_from_one_process_that_has_imported_what_they_need(
    begun: Callable[[Path], Worker], tmp_path: Path
) -> None:
    first = ask(begun(tmp_path), tmp_path)
    began = time.monotonic()
    second = ask(begun(tmp_path), tmp_path)
    assert time.monotonic() - began < 20  # no matter of speed: it is there
    assert first["parent"] == second["parent"] != os.getpid()
    assert len([*Path(f"/proc/{first['parent']}/task").iterdir()]) == 1  # thread: a fork has no other


@pytest.mark.parametrize(
    "change", ["variable", pytest.param("folder", marks=pytest.mark.long), pytest.param("path", marks=pytest.mark.long)]
)
def test_what_has_changed_since_is_what_workers_know(
    change: str, begun: Callable[[Path], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = begun(tmp_path)
    before = ask(one, tmp_path)
    if change == "variable":
        monkeypatch.setenv("MLZOO_TRIED", "yes")
    elif change == "folder":
        monkeypatch.chdir(tmp_path)
    else:
        monkeypatch.setattr(
            sys, "path", [tmp_path, str(tmp_path), *sys.path]
        )  # Python passes over paths that are no text
    after = ask(begun(tmp_path), tmp_path)
    assert after["parent"] != before["parent"]
    assert after["variable"] == os.environ.get("MLZOO_TRIED")
    assert after["folder"] == os.getcwd()
    assert (str(tmp_path) in after["path"]) == (change == "path")
    assert ask(one, tmp_path)["pid"] == before["pid"]  # which goes on
    assert alive(before["parent"])
    one[1].close()
    assert processes.end(one[0], 20) == "exit code 0"
    assert soon(lambda: not alive(before["parent"]))  # without workers it has nothing left to do
    assert ask(begun(tmp_path), tmp_path)["parent"] == after["parent"]


def test_a_busy_worker_of_an_earlier_fork_server_can_be_ended(
    begun: Callable[[Path], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = begun(tmp_path)
    before = ask(one, tmp_path)
    one[1].send((sleep, tmp_path / "context.pickle", 60.0, None))
    assert one[1].recv() == ("begun", None)
    monkeypatch.setenv("MLZOO_TRIED", "later")
    assert ask(begun(tmp_path), tmp_path)["parent"] != before["parent"]
    began = time.monotonic()
    assert processes.end(one[0], 0) == "signal 9, SIGKILL"
    assert time.monotonic() - began < 30
    assert soon(lambda: not alive(before["parent"]))


def test_a_worker_that_cannot_start_costs_no_other(begun: Callable[[Path], Worker], tmp_path: Path) -> None:
    one = begun(tmp_path)
    before = ask(one, tmp_path)
    files = {int(name) for name in os.listdir(f"/proc/{before['parent']}/fd")}
    free = next(number for number in range(len(files) + 1) if number not in files)
    _, most = resource.prlimit(before["parent"], resource.RLIMIT_NOFILE)
    resource.prlimit(before["parent"], resource.RLIMIT_NOFILE, (free, most))
    try:
        assert processes.end(begun(tmp_path)[0], 20) == "exit code 1"
        assert ask(one, tmp_path)["pid"] == before["pid"]
    finally:
        resource.prlimit(before["parent"], resource.RLIMIT_NOFILE, (most, most))
    assert ask(begun(tmp_path), tmp_path)["parent"] == before["parent"]


def test_an_error_that_is_not_the_end_of_the_fork_server_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise OSError(errno.ETOOMANYREFS, "Too many references")

    monkeypatch.setattr(processes, "_send", failing)
    with pytest.raises(OSError, match="Too many references"):
        processes.start(tmp_path)


def test_where_the_fork_server_is_killed_workers_end_and_others_come(
    begun: Callable[[Path], Worker], tmp_path: Path
) -> None:
    one, unused = begun(tmp_path), begun(tmp_path)
    before = ask(one, tmp_path)
    os.kill(before["parent"], signal.SIGKILL)
    assert processes.end(one[0], 20) == processes.end(unused[0], 20) == "signal 9, SIGKILL"
    assert soon(lambda: not alive(before["pid"]))
    after = ask(begun(tmp_path), tmp_path)
    assert after["parent"] != before["parent"]


def test_a_worker_that_is_not_there_yet_is_not_waited_for(
    begun: Callable[[Path], Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLZOO_TRIED", "again")  # for a fork server of its own
    one = begun(tmp_path)
    assert processes.end(one[0], 0) == "signal 9, SIGKILL"
    assert soon(lambda: ended(one[1]))  # as soon as it is there


def test_a_thread_that_ends_takes_no_worker_along(begun: Callable[[Path], Worker], tmp_path: Path) -> None:
    os.environ["MLZOO_TRIED"] = "in a thread"
    try:
        made: list[Worker] = []
        thread = threading.Thread(target=lambda: made.append(begun(tmp_path)))
        thread.start()
        thread.join()
        first = ask(made[0], tmp_path)
        time.sleep(1.5 * processes.WATCH_S)
        assert ask(made[0], tmp_path)["pid"] == first["pid"]
        assert ask(begun(tmp_path), tmp_path)["parent"] == first["parent"]
    finally:
        del os.environ["MLZOO_TRIED"]


SCRIPT = """
import os, sys
from pathlib import Path
from mlzoo.searching import processes
from tests.test_processes import ask

folder = Path.cwd()
parents = [ask(processes.start(folder), folder)["parent"]]
print(parents[0], flush=True)
if os.fork() == 0:
    found = ask(processes.start(folder), folder)
    print(found["parent"], found["main"], flush=True)
    sys.exit()
os.wait()
print(ask(processes.start(folder), folder)["parent"], flush=True)
os.kill(os.getpid(), int(sys.argv[1])) if sys.argv[1:] else None
"""


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param((), id="ends"),
        pytest.param((str(int(signal.SIGKILL)),), id="is killed", marks=pytest.mark.long),
    ],
)
def test_a_process_and_its_copy_have_fork_servers_of_their_own_that_end_with_them(
    ending: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "script.py", *ending],
        cwd=tmp_path,
        env=own_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == (-signal.SIGKILL if ending else 0), done.stderr
    assert done.stderr == ""
    first, copied, again = done.stdout.splitlines()
    number, main = copied.split(maxsplit=1)
    assert first == again != number
    assert main.endswith("processes.py")  # not the script
    assert soon(lambda: not any(alive(int(one)) for one in (first, number)), 5)
