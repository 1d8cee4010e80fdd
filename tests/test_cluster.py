"""Searches on a Dask cluster: the same result as on this machine, whatever happens to workers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from distributed import client, versions

from mlzoo import evaluate
from mlzoo.composition import config
from mlzoo.errors import BackendError, ConfigError
from mlzoo.folds import make_folds
from mlzoo.searching import backend, cluster, search
from mlzoo.searching.backend import Limits, Local
from mlzoo.searching.cluster import Dask
from mlzoo.searching.fits import Context
from mlzoo.tables import data
from tests.conftest import ROOT, Program
from tests.program import own_environment
from tests.zoo_parts import CONF

Plain = Callable[..., dict[str, Any]]
SEARCH = ("+preprocess=simple", "validation.n_splits=3", "validation.n_repeats=1", "n_trials=12", "batch_size=4")


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.chdir(ROOT)


@contextmanager
def process(*words: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A command of Dask's, which ends with the block."""
    env = own_environment(PYTHONPATH=str(ROOT), MLZOO_ALLOW="tests", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
    quiet = subprocess.DEVNULL
    started = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=env, stdout=quiet, stderr=quiet)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(20)


@contextmanager
def scheduler(folder: Path) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """A scheduler, and its address."""
    path = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")
    with process("distributed.cli.dask_scheduler", *words, "--scheduler-file", str(path)) as started:
        deadline = time.monotonic() + 30
        while not path.exists() or not path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield started, json.loads(path.read_text())["address"]


@contextmanager
def workers(address: str, folder: Path, *words: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that looks after worker processes."""
    where = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(folder))
    with process("distributed.cli.dask_worker", address, *where, *words) as started:
        yield started


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[str, subprocess.Popen[bytes]]]":
    """The address of a cluster of two workers, and the process that looks after them."""
    folder = tmp_path_factory.mktemp("dask")
    with scheduler(folder) as (_, address), workers(address, folder, "--nworkers", "2") as nannies:
        yield address, nannies


@pytest.fixture
def dask(two: tuple[str, Any]) -> Iterator[Dask]:
    made = Dask(two[0])
    yield made
    made.close()


def searched(where: backend.Backend, settings: Mapping[str, Any], **more: Any) -> list[Any]:
    """All of the trials of a search but the times."""
    table = data.load(settings)
    scorers = evaluate.find_scorers(settings["metric"], settings["metrics"], table.task)
    context = Context(settings, table, make_folds(settings["validation"], table), scorers, settings["seed"])
    trials = search.run_trials(context, "a-cell", next(iter(scorers)), backend=where, **more)
    shown = []
    for t in trials:
        folds = [(f.scores, f.warnings, *(part.tobytes() for part in answers(f))) for f in t.folds]
        shown.append((t.number, t.params, t.state, t.value, folds, (t.error or "").split(":")[0]))
    return shown


def searched_here(settings: Mapping[str, Any]) -> list[Any]:
    """The same of a search on this machine."""
    local = Local(2)
    try:
        return searched(local, settings)
    finally:
        local.close()


def answers(scored: evaluate.Scored) -> list[Any]:
    """The arrays of what a fit answered."""
    found = [part for value in vars(scored).values() for part in [value, *getattr(value, "__dict__", {}).values()]]
    return [part for part in found if hasattr(part, "tobytes")]


def worker_processes(nannies: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    found = psutil.Process(nannies.pid).children()
    return [one for one in found if "spawn_main" in " ".join(one.cmdline())]


# -- the same result ----------------------------------------------------------------------------------------------


def test_a_search_is_the_same_as_on_this_machine(plain: Plain, dask: Dask) -> None:
    for words in ((), ("race=true",)):  # one after the other on the same backend
        settings = plain("+models=lr", *SEARCH, *words)
        expected = searched_here(settings)
        assert all(len(fold) > 2 for trial in expected for fold in trial[4])  # answers are compared
        assert searched(dask, settings) == expected


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(1, id="one of two"),
        pytest.param(2, id="both, and the data with them", marks=pytest.mark.long),
    ],
)
def test_a_lost_worker_costs_time_alone(plain: Plain, two: tuple[str, Any], dask: Dask, lost: int) -> None:
    settings = plain("+models=slow", *SEARCH, config_dir=CONF)
    killed = []

    def kill(running: search.Search) -> None:
        if not killed and len(running.trials) > 4:  # in the second batch
            for one in worker_processes(two[1])[:lost]:
                killed.append(one.pid)
                one.send_signal(signal.SIGKILL)

    assert searched(dask, settings, watch=kill) == searched_here(settings)
    assert len(killed) == lost


@pytest.mark.long
def test_what_ends_its_worker_fails_and_the_rest_goes_on(plain: Plain, dask: Dask) -> None:
    words = ("+preprocess=simple", "validation=holdout", "n_trials=6", "batch_size=4")
    settings = plain("+models=deadly", *words, config_dir=CONF)
    expected = searched_here(settings)
    assert [(trial[2], trial[5]) for trial in expected] == [("failed", "WorkerLost"), *[("complete", "")] * 5]
    assert searched(dask, settings) == expected


# -- the contract -------------------------------------------------------------------------------------------------


def scaled(context: Mapping[str, int], unit: int) -> int:
    return context["factor"] * unit


def failing(context: Any, unit: Any) -> None:
    raise ValueError(f"unit {unit}")


def sleeping(context: Any, unit: float) -> float:
    time.sleep(unit)
    return unit


def threads(context: Any, unit: Any) -> list[int]:
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_info

    return [found["num_threads"] for found in threadpool_info()]


def test_contract(dask: Dask) -> None:
    dask.begin({"factor": 3}, Limits())
    assert dask.free(9) == 3  # two workers, and one unit that waits for them
    dask.submit(sleeping, (7, 7), 0.3)
    dask.begin({"factor": 2}, Limits(isolated=True))  # from now on that one is stale
    for unit in (1, 2, 3):
        assert dask.free(9) > 0
        dask.submit(scaled, (unit, 0), unit)
    assert dask.free(9) == 0
    assert sorted(dask.wait() for _ in range(3)) == [((1, 0), 2), ((2, 0), 4), ((3, 0), 6)]
    dask.submit(threads, (0, 0), None)
    assert set(dask.wait()[1]) == {1}
    dask.submit(failing, (0, 0), 5)
    with pytest.raises(ValueError, match=r"^unit 5$"):
        dask.wait()
    with pytest.raises(BackendError, match="timeout_s"):
        dask.begin({}, Limits(timeout_s=1.0))
    dask.close()
    dask.close()
    dask.begin({"factor": 1}, Limits())  # usable again
    dask.n_jobs = 1
    dask.submit(scaled, (0, 0), 4)
    assert dask.free(9) == 0
    assert dask.wait() == ((0, 0), 4)


def test_workers_have_the_same_packages(dask: Dask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("def work(context, unit):\n    return unit\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # type: ignore[import-not-found]

    dask.begin({}, Limits())
    dask.submit(only_here.work, (0, 0), 1)
    with pytest.raises(BackendError, match=r"No module named 'only_here'.*install"):
        dask.wait()
    others = {**cluster.provenance.versions(), "scikit-learn": "0.1"}
    monkeypatch.setattr(cluster.provenance, "versions", lambda: others)
    dask.begin({}, Limits())
    dask.submit(scaled, (0, 0), 1)
    with pytest.raises(BackendError, match=r"scikit-learn \d.* \(here: 0\.1\): install the same versions"):
        dask.wait()


def test_other_versions_in_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cluster.fit({"factor": 2}, cluster.provenance.versions(), scaled, 4) == 8
    with pytest.raises(BackendError, match=r"^A Dask worker has "):
        cluster.fit({}, {**cluster.provenance.versions(), "numpy": "0.1"}, scaled, 4)
    here = versions.get_versions
    with monkeypatch.context() as patch:
        patch.setattr(client.version_module, "get_versions", lambda: here() | {"packages": {"numpy": "0.1"}})
        made = Dask(n_jobs=1)  # a cluster of its own
        with pytest.raises(BackendError, match=r"^The Dask cluster has other packages, install the same"):
            made.begin({}, Limits())
        made.close()


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1.0)
    monkeypatch.setattr(cluster, "PATIENCE_S", 1.0)
    with pytest.raises(BackendError, match=r"127\.0\.0\.1:9: no Dask scheduler .* Is it running\? `dask scheduler"):
        Dask("tcp://127.0.0.1:9").begin({}, Limits())
    with ExitStack() as stack:
        running, address = stack.enter_context(scheduler(tmp_path))
        made = Dask(address)
        with pytest.raises(BackendError, match=f"no worker .* `dask worker {address} --nthreads 1`"):
            made.begin({}, Limits())
        monkeypatch.setattr(cluster, "PATIENCE_S", 30.0)
        stack.enter_context(workers(address, tmp_path, "--no-nanny"))
        made.begin({}, Limits())
        made.submit(sleeping, (0, 0), 60.0)
        threading.Timer(0.5, running.kill).start()
        with pytest.raises(BackendError, match=r"is gone: the connection to its scheduler was lost"):
            made.wait()
        made.close()


@pytest.mark.long
def test_the_program_with_a_cluster_of_its_own(zoo: Program, tmp_path: Path) -> None:
    words = ("+models=slow", *SEARCH, "n_trials=6", "n_jobs=2", "--config-dir", str(CONF))
    env = {"MLZOO_ALLOW": "tests", "PYTHONPATH": str(ROOT)}
    done = zoo(*words, "backend=dask", "hydra.run.dir=a", env=env)
    zoo(*words, "hydra.run.dir=b", env=env)
    assert "distributed" not in done.stderr
    assert "Traceback" not in done.stderr
    tables = [pd.read_csv(tmp_path / run / "trials.csv").drop(columns=["fit_s", "predict_s"]) for run in "ab"]
    pd.testing.assert_frame_equal(*tables)
    records = [json.loads((tmp_path / run / "record.json").read_text()) for run in "ab"]
    assert records[0]["identity"] == records[1]["identity"]
    assert records[0]["test"] == records[1]["test"]
    assert "backend" not in records[0]["command"]


# -- the config ---------------------------------------------------------------------------------------------------


def test_make(plain: Plain) -> None:
    words = ("+preprocess=simple", "+models=lr", "n_jobs=3")
    assert isinstance(backend.make(plain(*words)), Local)
    assert isinstance(backend.make(plain(*words) | {"backend": None}), Local)
    made = backend.make(plain(*words, "backend=dask", "backend.address=tcp://there:8786"))
    assert isinstance(made, Dask)
    assert (made.address, made.n_jobs) == ("tcp://there:8786", 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["backend.name=dsk"], "backend.name=dsk: must be local or dask. Did you mean 'dask'?", id="name"),
        pytest.param(["backend=dask", "backend.address=5"], "backend.address=5: must be the scheduler's", id="address"),
        pytest.param(["backend=dask", "timeout_s=9"], "timeout_s=9.0: a Dask cluster cannot end one fit", id="time"),
        pytest.param(["backend=dask", "memory_gb=1"], "memory_gb=1.0: .*`dask worker --memory-limit`", id="memory"),
    ],
)
def test_refused(plain: Plain, words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plain("+preprocess=simple", "+models=lr", *words)
    head, _, tail = message.partition(".*")
    assert str(caught.value).startswith(head)
    assert tail in str(caught.value)


@pytest.mark.parametrize(("word", "extra"), [("backend=dask", "dask"), ("persist=skops", "skops")])
def test_the_extra(plain: Plain, monkeypatch: pytest.MonkeyPatch, word: str, extra: str) -> None:
    monkeypatch.setattr(config, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=rf"^{word} needs an extra: pip install 'mlzoo\[{extra}\]'"):
        plain("+preprocess=simple", "+models=lr", word)


def test_dask_is_imported_when_it_is_used() -> None:
    modules = "mlzoo.cli, mlzoo.runner, mlzoo.searching.cluster"
    code = f"import {modules}, sys; print({{'dask', 'distributed'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout == "set()\n", done.stderr
