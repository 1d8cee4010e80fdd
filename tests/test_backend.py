"""One contract wherever fits run, and what becomes of fits that hang, end their process or ask for too much."""

import errno
import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlzoo.errors import BackendError
from mlzoo.searching import backend
from mlzoo.searching.backend import Fault, Limits, Local
from tests.conftest import ROOT
from tests.program import own_environment
from tests.units import Slow, failing, identity_of, kept, process, scaled, unsendable, wait_and_hang, wild

ISOLATED = Limits(isolated=True)


def gather(made: Local, function: Any, units: dict[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
    """Outcomes of all units, as a search asks for them."""
    waiting, found = dict(units), {}
    while len(found) < len(units):
        while waiting and made.free(len(waiting)):
            token = next(iter(waiting))
            made.submit(function, token, waiting.pop(token))
        token, outcome = made.wait()
        assert token in units
        assert token not in found
        found[token] = outcome
    return found


def numbered(*units: Any) -> dict[tuple[int, int], Any]:
    return {(number, 0): unit for number, unit in enumerate(units)}


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{number}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(claim: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def local() -> Iterator[Callable[[int], Local]]:
    made: list[Local] = []

    def make(n_jobs: int) -> Local:
        made.append(Local(n_jobs))
        return made[-1]

    yield make
    for one in made:
        one.close()


# -- the contract -------------------------------------------------------------------------------------------------

WAYS = [
    pytest.param(1, Limits(), id="here"),
    pytest.param(1, ISOLATED, id="one worker", marks=pytest.mark.long),
    pytest.param(2, ISOLATED, id="workers"),
]


@pytest.mark.parametrize(("n_jobs", "limits"), WAYS)
def test_contract(local: Callable[[int], Local], n_jobs: int, limits: Limits) -> None:
    made = local(n_jobs)
    units = {(trial, fold): 10 * trial + fold for trial in range(4) for fold in range(3)}
    for factor in (3, -1, 0):
        made.begin({"factor": factor}, limits)
        assert gather(made, scaled, units) == {token: factor * unit for token, unit in units.items()}
    made.begin(None, limits)
    with pytest.raises(ValueError, match=r"^unit 2$"):
        gather(made, failing, numbered(1, 2))
    made.begin(None, limits)
    assert gather(made, failing, numbered(1, 3, 4)) == {(0, 0): 1, (1, 0): 3, (2, 0): 4}
    made.close()
    made.close()
    made.begin({"factor": 2}, limits)
    assert gather(made, scaled, numbered(4)) == {(0, 0): 8}  # usable again


def test_here_is_this_process_and_the_context_itself() -> None:
    made, context = Local(1), object()
    made.begin(context, Limits())
    assert gather(made, identity_of, numbered(1, 2)) == dict.fromkeys(numbered(1, 2), (os.getpid(), id(context)))
    assert made.workers == []


def test_workers_are_others_and_receive_a_context_once(local: Callable[[int], Local]) -> None:
    made = local(2)
    made.begin({"factor": 1}, ISOLATED)
    seen = set(gather(made, identity_of, numbered(*range(12))).values())
    processes = {number for number, _ in seen}
    assert os.getpid() not in processes
    assert len(seen) == len(processes) <= 2
    made.begin({"factor": 2}, ISOLATED)
    assert set(gather(made, process, numbered(*range(12))).values()) <= {w.process.pid for w in made.workers}
    assert {w.process.pid for w in made.workers} >= processes


def test_what_is_submitted_before_begin_is_forgotten(local: Callable[[int], Local], tmp_path: Path) -> None:
    made = local(2)
    made.begin(tmp_path, ISOLATED)
    assert made.free(2) == 2
    made.submit(wild, (0, 0), ("wait for", str(tmp_path / "go")))
    made.submit(wild, (0, 1), ("nothing", "old"))
    assert soon((tmp_path / "seen").exists)
    made.begin({"factor": 1}, ISOLATED)
    (tmp_path / "go").touch()
    assert gather(made, scaled, numbered(*range(6))) == {(number, 0): number for number in range(6)}


@pytest.mark.parametrize("n_jobs", [pytest.param(1, marks=pytest.mark.long), 2])
def test_a_forgotten_unit_that_hangs_costs_its_worker_alone(
    local: Callable[[int], Local], tmp_path: Path, n_jobs: int
) -> None:
    made = local(n_jobs)
    made.begin(tmp_path, Limits(isolated=True, timeout_s=1))
    assert made.free(n_jobs) == n_jobs
    for fold in range(n_jobs):
        made.submit(wild, (0, fold), ("hang", None))
    made.begin({"factor": 2}, ISOLATED)
    assert gather(made, scaled, numbered(1, 2, 3)) == {(0, 0): 2, (1, 0): 4, (2, 0): 6}


def test_an_outcome_that_cannot_be_sent_says_so(local: Callable[[int], Local]) -> None:
    made = local(1)
    made.begin(None, ISOLATED)
    with pytest.raises(backend.BackendError, match="What a fit returned cannot be sent"):
        gather(made, unsendable, numbered(1, 2))
    made.begin(None, ISOLATED)
    assert gather(made, unsendable, numbered(3)) == {(0, 0): 3}


# -- fits that hang, end their process or ask for too much --------------------------------------------------------


def test_a_fit_that_hangs_is_ended_and_the_others_go_on(local: Callable[[int], Local], tmp_path: Path) -> None:
    made = local(2)
    made.begin(tmp_path, Limits(isolated=True, timeout_s=2))
    gather(made, wild, numbered(("warm", 0), ("warm", 1)))
    units = numbered(("hang", None), *[("number", number) for number in range(20)])
    started = time.monotonic()
    found = gather(made, wild, units)
    assert 1.9 < time.monotonic() - started < 6
    assert found.pop((0, 0)) == Fault("Timeout: it took longer than timeout_s=2")
    assert found == {(number + 1, 0): number for number in range(20)}
    hung = [int(line.split()[1]) for line in (tmp_path / "seen").read_text().splitlines() if line.startswith("hang")]
    assert len(hung) == 1
    assert not alive(hung[0])
    assert len(made.workers) == 2
    assert gather(made, process, numbered(1)).keys() == {(0, 0)}


def test_a_fit_that_waits_for_another_s_preprocessing_is_given_its_whole_time(local: Callable[[int], Local]) -> None:
    made = local(2)
    made.begin(1.2, Limits(isolated=True, timeout_s=3.0))
    found = gather(made, kept, numbered(0, 1))
    assert len(set(found.values())) == 1  # made once; the second unit took 3.6 seconds in all
    made.begin(2.0, Limits(isolated=True, timeout_s=1.5))  # nor does waiting hide a fit that takes too long
    found = gather(made, wait_and_hang, numbered(0, 1))
    assert all(isinstance(outcome, Fault) for outcome in found.values()), found


def test_a_unit_that_cannot_be_sent_says_so(local: Callable[[int], Local]) -> None:
    made = local(1)
    made.begin(None, ISOLATED)
    assert made.free(1)
    with pytest.raises(BackendError, match="function cannot be sent to a worker"):
        made.submit(process, (0, 0), lambda: None)
    assert gather(made, process, numbered(1))


def test_a_full_disk_is_named_by_the_folder_that_is_full(
    local: Callable[[int], Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(value: Any, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backend.cache, "dump", full)
    made = local(1)
    made.begin(None, ISOLATED)
    assert made.free(1)
    with pytest.raises(BackendError, match=r"mlzoo-work-.*: No space left on device\..*TMPDIR"):
        made.submit(process, (0, 0), 1)


def test_the_time_of_a_fit_begins_when_its_context_is_there(local: Callable[[int], Local]) -> None:
    made = local(1)
    made.begin(Slow(), Limits(isolated=True, timeout_s=1))
    assert gather(made, failing, numbered(1)) == {(0, 0): 1}


@pytest.mark.parametrize(
    ("unit", "how"),
    [
        pytest.param(("exit", 3), "exit code 3", id="os._exit(3)", marks=pytest.mark.long),
        pytest.param(("signal", signal.SIGSEGV), "signal 11, SIGSEGV", id="SIGSEGV"),
        pytest.param(("signal", 40), "signal 40", id="no name", marks=pytest.mark.long),
    ],
)
def test_a_fit_that_ends_its_process_is_tried_once_more(
    local: Callable[[int], Local], tmp_path: Path, unit: tuple[str, int], how: str
) -> None:
    made = local(2)
    made.begin(tmp_path, ISOLATED)
    found = gather(made, wild, numbered(("number", 1), unit, ("number", 2), ("number", 3)))
    assert found.pop((1, 0)) == Fault(f"WorkerLost: it ended its process ({how}), 2 times")
    assert found == {(0, 0): 1, (2, 0): 2, (3, 0): 3}
    tried = [line for line in (tmp_path / "seen").read_text().splitlines() if line.startswith(unit[0])]
    assert len(set(tried)) == len(tried) == 2  # in two processes


def test_a_worker_that_is_killed_from_outside_costs_no_fit(local: Callable[[int], Local], tmp_path: Path) -> None:
    made = local(2)
    made.begin(tmp_path, ISOLATED)
    units = numbered(*[("wait for", str(tmp_path / "go"))] * 2, *[("number", i) for i in range(4)])
    assert made.free(6) == 2
    for token in [(0, 0), (1, 0)]:
        made.submit(wild, token, units.pop(token))
    assert soon(lambda: (tmp_path / "seen").exists() and len((tmp_path / "seen").read_text().splitlines()) == 2)
    for worker, number in zip(made.workers, (signal.SIGKILL, signal.SIGTERM), strict=True):
        os.kill(worker.process.pid, number)
    (tmp_path / "go").touch()
    found = dict(made.wait() for _ in range(2))
    assert found == dict.fromkeys([(0, 0), (1, 0)], str(tmp_path / "go"))
    assert gather(made, wild, units) == {(i + 2, 0): i for i in range(4)}


@pytest.mark.long
def test_an_idle_worker_that_is_killed_is_replaced(local: Callable[[int], Local]) -> None:
    made = local(2)
    made.begin({"factor": 1}, ISOLATED)
    gather(made, scaled, numbered(1, 2, 3))
    for worker in made.workers:
        worker.process.kill()
    assert gather(made, scaled, numbered(*range(5))) == {(i, 0): i for i in range(5)}


def test_memory_beyond_the_limit_is_a_memory_error(local: Callable[[int], Local], tmp_path: Path) -> None:
    made = local(1)
    made.begin(tmp_path, Limits(isolated=True, memory_gb=1))
    assert gather(made, wild, numbered(("allocate", 0.1), ("allocate", 1.5))) == {(0, 0): 0.1, (1, 0): "MemoryError"}
    made.begin(tmp_path, ISOLATED)  # the next context has no limit
    assert gather(made, wild, numbered(("allocate", 1.1))) == {(0, 0): 1.1}


def test_workers_that_cannot_start_are_an_error(local: Callable[[int], Local], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    made = local(2)
    made.begin(None, ISOLATED)
    with pytest.raises(backend.BackendError, match=r"Worker processes end while they start \(exit code 1\)"):
        gather(made, failing, numbered(1))


# -- how workers begin and end ------------------------------------------------------------------------------------


def test_workers_begin_where_fits_are_worth_it(local: Callable[[int], Local], monkeypatch: pytest.MonkeyPatch) -> None:
    made = local(2)
    made.begin(None, Limits())
    gather(made, failing, numbered(*[1] * 5))
    assert made.free(10**9) == 1
    assert made.workers == []  # nothing was measured yet that takes any time
    monkeypatch.setattr(backend, "MEASURED_S", 0.1)
    monkeypatch.setattr(backend, "WORTH_S", 1.0)
    made._seconds = [0.2, 0.04, 0.04]
    assert made.free(24) == 1  # 0.96 s are to come
    assert made.workers == []
    assert made.free(26) == 1  # 1.04 s; and this process goes on meanwhile
    assert len(made.workers) == 2
    made.submit(process, (0, 0), None)
    assert made.wait() == ((0, 0), os.getpid())

    def all_ready() -> bool:
        made._listen(0)
        return all(worker.ready for worker in made.workers)

    assert soon(all_ready)
    found = gather(made, process, numbered(*range(6)))
    assert set(found.values()) <= {worker.process.pid for worker in made.workers}


def test_one_job_starts_no_worker(local: Callable[[int], Local]) -> None:
    made = local(1)
    made.begin(None, Limits())
    made._seconds = [100.0]
    assert made.free(1000) == 1
    assert made.workers == []


def test_n_jobs_of_minus_1_is_each_core() -> None:
    assert Local(-1).n_jobs == Local().n_jobs == backend.cores() >= 1


def test_close_ends_processes_and_removes_the_folder(local: Callable[[int], Local], tmp_path: Path) -> None:
    made = local(2)
    made.begin(tmp_path, ISOLATED)
    gather(made, wild, numbered(("number", 1)))
    assert made.free(1)
    made.submit(wild, (0, 0), ("hang", None))
    processes, folder = [worker.process.pid for worker in made.workers], made._folder
    assert folder is not None
    assert folder.name.startswith("mlzoo-work-")
    made.close()
    assert not any(map(alive, processes))
    assert not folder.exists()


def test_a_backend_that_is_dropped_leaves_no_folder(local: Callable[[int], Local]) -> None:
    made = Local(1)
    made.begin({"factor": 1}, ISOLATED)
    gather(made, scaled, numbered(1))
    folder, workers = made._folder, made.workers
    del made
    gc.collect()
    assert folder is not None
    assert not folder.exists()
    for worker in workers:
        worker.connection.close()
        worker.process.wait(20)


SCRIPT = """
import sys, time
from pathlib import Path
from mlzoo.searching.backend import Limits, Local
from tests.test_backend import gather, numbered
from tests.units import process, wild

Path("runs").open("a").write("x")
made = Local(2)
made.begin(Path.cwd(), Limits(isolated=True))
gather(made, process, numbered(1, 2, 3))
assert made.free(2) == 2
for fold in range(2):
    made.submit(wild, (0, fold), ("hang", None))
print(made._folder, *[worker.process.pid for worker in made.workers], flush=True)
made.wait()
"""


def started(folder: Path) -> tuple["subprocess.Popen[str]", Path, list[int]]:
    """A script without a guard of its main part, with two workers at fits that hang."""
    (folder / "script.py").write_text(SCRIPT)
    running = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=folder,
        env=own_environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    place, *numbers = running.stdout.readline().split()
    assert soon(lambda: len((folder / "seen").read_text().splitlines()) == 2 if (folder / "seen").exists() else False)
    return running, Path(place), [int(number) for number in numbers]


def test_where_the_main_process_is_killed_nothing_stays(local: Callable[[int], Local], tmp_path: Path) -> None:
    running, place, numbers = started(tmp_path)
    assert (tmp_path / "runs").read_text() == "x"  # workers do not import the main script
    assert all(map(alive, numbers))
    running.kill()
    running.communicate()
    assert soon(lambda: not any(map(alive, numbers)), 5)
    other = Path(tempfile.mkdtemp(prefix="mlzoo-work-"))
    assert place.exists()
    made = local(1)
    made.begin({"factor": 1}, ISOLATED)
    gather(made, scaled, numbered(1))
    assert not place.exists()
    assert other.exists()  # nothing says that it is ours
    other.rmdir()


def test_ctrl_c_is_for_the_main_process(tmp_path: Path) -> None:
    running, place, numbers = started(tmp_path)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert said.count("KeyboardInterrupt") == 1
    assert not place.exists()
    assert soon(lambda: not any(map(alive, numbers)), 5)


@pytest.mark.long
def test_an_idle_worker_that_is_not_ready_and_a_stale_one_are_waited_for(
    local: Callable[[int], Local], tmp_path: Path
) -> None:
    """After a fit that killed its worker, with a fold worked out in advance still under way."""
    made = local(2)
    made.begin(tmp_path, ISOLATED)
    assert made.free(2) == 2
    gather(made, wild, numbered(("number", 1), ("number", 2)))
    made.submit(wild, (0, 1), ("wait for", str(tmp_path / "go")))
    made.submit(wild, (0, 0), ("exit", 7))
    (token, fault) = made.wait()
    assert (token, type(fault)) == ((0, 0), Fault)
    made.begin(tmp_path, Limits())
    (tmp_path / "go").touch()
    assert gather(made, wild, numbered(("number", 3))) == {(0, 0): 3}
