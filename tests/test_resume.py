"""Runs that were ended anywhere, and went on: the end is that of a run that never was."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import cli, provenance, record, runner
from mlzoo.board import leaderboard
from mlzoo.composition.composing import compose
from mlzoo.errors import RecordError
from mlzoo.searching import fits, search, storage
from mlzoo.searching.backend import Local
from tests.conftest import Program
from tests.program import own_environment
from tests.zoo_parts import CONF, ROOT

param = pytest.param
LONG = pytest.mark.long
FOLDS = ("validation.n_splits=2", "validation.n_repeats=1")
QUICK = (*FOLDS, "preprocess.drop=[PassengerId]", "persist=none")


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def workers() -> Iterator[Local]:
    """What goes on is isolated: one backend for all of them."""
    os.environ["MLZOO_ALLOW"] = "tests"
    made = Local(2)
    yield made
    made.close()
    del os.environ["MLZOO_ALLOW"]


def timeless(folder: Path) -> dict[str, Any]:
    """All of a record but times, paths and the state of the checkout."""
    content: dict[str, Any] = json.loads((folder / "record.json").read_text())
    environment = {key: value for key, value in content["environment"].items() if key != "git"}
    dropped = ("timing", "command") if " rerun " in str(content["command"]) else ("timing",)
    return {key: value for key, value in content.items() if key not in dropped} | {"environment": environment}


def trials_of(folder: Path) -> str:
    """trials.csv but the times."""
    return pd.read_csv(folder / "trials.csv", dtype=str).drop(columns=["fit_s", "predict_s"]).to_csv()


def same_end(one: Path, other: Path) -> bool:
    assert trials_of(one) == trials_of(other)
    assert timeless(one) == timeless(other)
    ours, theirs = np.load(one / "oof.npz"), np.load(other / "oof.npz")
    for name in theirs.files:
        assert np.array_equal(ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f"), name
    names = sorted(str(path.relative_to(other)) for path in other.rglob("*"))
    assert sorted(str(path.relative_to(one)) for path in one.rglob("*")) == names
    for path in other.glob("outer/*"):
        assert trials_of(one / path.relative_to(other)) == trials_of(path)
    return True


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


# -- ended at every point -----------------------------------------------------------------------------------------

RACED = ("validation.n_splits=5", "validation.n_repeats=1", "race=true", "batch_size=4", "persist=none")
NESTED = ("validation=nested", "validation.n_splits=2", "validation.n_repeats=1", "validation.inner_splits=2")
SEARCHES = {
    "tpe, raced": ("+preprocess=simple", "+models=lr", *RACED, "n_trials=16", "metrics=[roc_auc]"),
    "factories": ("+preprocess=multi_complex", "+models=multi_lr", *RACED, "n_trials=12", "sampler.n_startup_trials=4"),
    "failures": ("+preprocess=simple", "+models=fragile", *RACED, "n_trials=10", "sampler=random"),
    "duplicates": (*("+preprocess=simple", "+models=lr", *RACED, "n_trials=10", "models.space=null", "batch_size=3"),),
    "nested": (*("+preprocess=simple", "+models=lr", *NESTED, "n_trials=4", "batch_size=2", "persist=none"),),
    "choosy": ("+preprocess=multi_simple", "+models=choosy", *FOLDS, "n_trials=8", "batch_size=3", "persist=none"),
}


@pytest.mark.parametrize(
    "name", [param(name, marks=[] if name in ("tpe, raced", "nested") else [pytest.mark.long]) for name in SEARCHES]
)
def test_ended_anywhere_the_end_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: Local, name: str
) -> None:
    """The folder is copied after everything that is written: so a process that is killed there leaves it."""
    whole, config = tmp_path / "whole", compose(*SEARCHES[name], config_dir=CONF)
    copies: list[Path] = []

    def copied(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*words: Any, **options: Any) -> Any:
            found = function(*words, **options)
            copies.append(tmp_path / f"copy-{len(copies)}")
            shutil.copytree(whole, copies[-1])
            return found

        return wrapped

    with monkeypatch.context() as patched:
        patched.setattr(storage, "commit", copied(storage.commit))
        patched.setattr(storage, "save_result", copied(storage.save_result))
        patched.setattr(record, "write_csv", copied(record.write_csv))
        patched.setattr(record.Record, "save", copied(record.Record.save))
        patched.setattr(search, "limits", lambda context, **_: search.Limits())
        runner.run(config, folder=whole, backend=Local(1))
    assert not (whole / "trials").exists()
    assert len(copies) > 12
    chosen = random.Random(name).sample(range(len(copies)), 6)
    for number in sorted({0, 1, len(copies) - 2, len(copies) - 1, *chosen}):
        made = runner.run(config, folder=copies[number], backend=workers)
        assert made["status"] == "done", number
        assert same_end(copies[number], whole), number


class Interrupted(Local):
    """In this process, and interrupted after so many outcomes."""

    def __init__(self, outcomes: int) -> None:
        super().__init__(1)
        self.left = outcomes

    def wait(self) -> Any:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().wait()


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A search that was not ended, and the same one in the middle."""
    home, config = tmp_path_factory.mktemp("raced"), compose(*SEARCHES["tpe, raced"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLZOO_ALLOW", "tests")  # as in each test
        patched.chdir(ROOT)
        runner.run(config, folder=home / "whole", backend=Local(1))
        with pytest.raises(KeyboardInterrupt):
            runner.run(config, folder=home / "ended", backend=Interrupted(40))
    return home / "whole", home / "ended"


@pytest.mark.parametrize(
    "at", [param(0, marks=pytest.mark.long), param(1, marks=pytest.mark.long), 7, param(23, marks=pytest.mark.long), 41]
)
def test_interrupted_anywhere_the_end_is_the_same(
    tmp_path: Path, raced: tuple[Path, Path], at: int, caplog: pytest.LogCaptureFixture
) -> None:
    config, folder = compose(*SEARCHES["tpe, raced"]), tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        runner.run(config, folder=folder, backend=Interrupted(at))
    ended = len(list((folder / "trials").glob("*"))) if (folder / "trials").exists() else 0
    again = f"To go on: python -m mlzoo resume {folder}"
    assert caplog.messages[-1].endswith(again)
    if at >= 5:
        assert f"interrupted after {ended} of 16 trials; best so far: accuracy " in caplog.messages[-1]
        assert len(pd.read_csv(folder / "trials.csv")) == ended
        assert json.loads((folder / "record.json").read_text())["trials"]["total"] == ended
    assert timeless(folder)["status"] == "interrupted"
    runner.run(config, folder=folder, backend=Local(1))
    assert same_end(folder, raced[0])


def test_what_was_finished_is_not_fitted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units: list[Any] = []

    class Counting(Local):
        def submit(self, function: Any, token: Any, unit: Any) -> None:
            units.append(token)
            if len(units) == 30:
                raise KeyboardInterrupt
            super().submit(function, token, unit)

    config = compose(*SEARCHES["tpe, raced"], "race=false")
    with pytest.raises(KeyboardInterrupt):
        runner.run(config, folder=tmp_path / "run", backend=Counting(1))
    done = {int(path.stem) for path in (tmp_path / "run" / "trials").iterdir()}
    assert len(done) >= 4
    before = len(units)
    runner.run(config, folder=tmp_path / "run", backend=Counting(1))
    assert done.isdisjoint(trial for trial, _ in units[before:])
    assert len(set(units[before:])) == len(units[before:]) == 5 * (16 - len(done))


@pytest.mark.parametrize(
    "what", [param("a result", marks=LONG), "all results", param("the journal", marks=LONG), "a result, damaged"]
)
def test_what_is_lost_is_done_again(tmp_path: Path, raced: tuple[Path, Path], what: str) -> None:
    config, folder = compose(*SEARCHES["tpe, raced"]), shutil.copytree(raced[1], tmp_path / "run")
    if what == "the journal":
        (folder / "study.journal").unlink()
    elif what == "all results":
        shutil.rmtree(folder / "trials")
    elif what == "a result":
        (folder / "trials" / "2.npz").unlink()
    else:
        (folder / "trials" / "2.npz").write_bytes(b"PK")
    runner.run(config, folder=folder, backend=Local(1))
    assert same_end(folder, raced[0])


# -- what is not the same run -------------------------------------------------------------------------------------

CHANGED = [
    param(("models.type.C=2",), "models.type.C: 1.0 → 2", id="a parameter"),
    param(("seed=7",), "seed: 123 → 7", id="seed"),
    param(("n_trials=9",), "n_trials: 8 → 9", id="n_trials", marks=LONG),
    param(("batch_size=2",), "batch_size: 4 → 2", id="batch_size", marks=LONG),
    param(("race=false",), "race: True → False", id="race", marks=LONG),
    param(("positive=0",), "positive: None → 0", id="positive", marks=LONG),
    param(("sampler=random",), "sampler._target_: optuna.samplers.TPESampler → optuna.samplers.Rand", id="sampler"),
    param(("models.space.C.high=50",), "models.space.C.high: ", id="space", marks=LONG),
    param(("validation.n_splits=3",), "validation.n_splits: 5 → 3", id="folds", marks=LONG),
    param((), "data.train (its content): ", id="data"),
    param((), "package.scikit-learn: ", id="a package"),
]


HERE = ("+preprocess=simple", "+models=lr", "data=my.csv", "target=y", *RACED, "n_trials=8")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a table, and of an interrupted and a finished run of it."""
    home = tmp_path_factory.mktemp("held")
    (home / "my.csv").write_text("x,y\n" + "".join(f"{i % 7},{i % 2}\n" for i in range(80)))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(home)
        runner.run(compose(*HERE), folder=home / "done", backend=Local(1))
        with pytest.raises(KeyboardInterrupt):
            runner.run(compose(*HERE), folder=home / "interrupted", backend=Interrupted(0))
    return home


@pytest.mark.parametrize("status", ["interrupted", "done"])
@pytest.mark.parametrize(("words", "line"), CHANGED)
def test_another_run_is_refused_and_the_folder_is_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: Path, words: tuple[str, ...], line: str, status: str
) -> None:
    home = shutil.copytree(held, tmp_path / "home")
    table, folder = home / "my.csv", home / status
    monkeypatch.chdir(home)
    before = snapshot(folder)
    if line.startswith("data"):
        table.write_text(table.read_text().replace("3,1\n", "4,1\n", 1))
    if line.startswith("package"):
        old = version("scikit-learn")
        monkeypatch.setattr(provenance, "version", lambda name: "0.1" if name == "scikit-learn" else version(name))
        line += f"{old} → 0.1"
    with pytest.raises(RecordError) as caught:
        runner.run(compose(*HERE, *words), folder=folder)
    said = str(caught.value).splitlines()
    assert said[0] == f"{folder} holds a run ({status}) that differs from this one:"
    assert any(text.startswith(f"  {line}") for text in said[1:-1]), said
    assert snapshot(folder) == before


def test_a_setting_from_a_variable_that_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("+preprocess=simple", "+models=rf", *QUICK, "+models.type.criterion=${oc.env:SPLIT}")
    config = compose(*words, "+models.type.class_weight=${oc.env:A_TOKEN}")
    monkeypatch.setenv("SPLIT", "gini")
    monkeypatch.setenv("A_TOKEN", "balanced")
    first = runner.run(config, folder=tmp_path)
    monkeypatch.setenv("A_TOKEN", "balanced_subsample")  # which may be another one each day
    assert runner.run(config, folder=tmp_path)["cv"] == first["cv"]
    monkeypatch.setenv("SPLIT", "entropy")
    with pytest.raises(RecordError, match=r"package\.\$SPLIT: checksum \w{4} → checksum \w{4}\n"):
        runner.run(config, folder=tmp_path)


def test_a_failed_run_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose("+preprocess=simple", "+models=lr", *FOLDS, "n_trials=3", "persist=none")
    whole = runner.run(config, folder=tmp_path / "whole")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "append", full)
        with pytest.raises(Exception, match="No space left on device"):
            runner.run(config, folder=tmp_path / "run")
    assert timeless(tmp_path / "run")["status"] == "failed"
    again = runner.run(config, folder=tmp_path / "run")
    assert again["error"] is None
    assert same_end(tmp_path / "run", whole.folder)


# -- the real program ---------------------------------------------------------------------------------------------

CELL = ("+preprocess=complex", "+models=lr")
SEARCH = ("n_trials=60", "batch_size=6", *QUICK)


def started(home: Path, *words: str, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mlzoo", *words],
        cwd=home,
        env=own_environment(),
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup has its programs ignore it
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The search that is interrupted below, and here is not."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    runner.run(compose(*CELL, *SEARCH), folder=folder)
    return folder


def test_what_a_closed_terminal_cannot_show_is_no_error(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    running = started(tmp_path, "-m", *CELL, *SEARCH, "models.type.C=1,2", "hydra.sweep.dir=sweep", stdout=theirs)
    os.close(theirs)
    while not (tmp_path / "sweep" / "0" / "record.json").is_file():
        os.read(ours, 10_000)
    os.close(ours)
    os.killpg(running.pid, signal.SIGHUP)
    assert running.wait(timeout=60) == 129
    assert timeless(tmp_path / "sweep" / "0")["status"] == "interrupted"
    assert not (tmp_path / "sweep" / "1").exists()


@pytest.mark.parametrize(
    ("words", "by", "code"),
    [
        param((), signal.SIGINT, 130, id="here", marks=pytest.mark.long),
        param(("timeout_s=60", "n_jobs=2"), signal.SIGINT, 130, id="workers", marks=pytest.mark.long),
        param((), signal.SIGTERM, 143, id="by a scheduler"),
        param((), signal.SIGHUP, 129, id="by a terminal that is closed"),
    ],
)
def test_ctrl_c_and_on(
    zoo: Program, tmp_path: Path, whole: Path, words: tuple[str, ...], by: signal.Signals, code: int
) -> None:
    running = started(tmp_path, *CELL, *SEARCH, *words, "hydra.run.dir=run")
    assert running.stdout is not None
    assert any("trial 12 of 60" in line for line in running.stdout)
    os.killpg(running.pid, by)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == code
    assert said.count("Interrupted.") == 1
    assert "Traceback" not in said
    content = timeless(tmp_path / "run")
    count = content["trials"]["total"]
    assert content["status"] == "interrupted"
    assert 12 <= count < 60
    assert len(pd.read_csv(tmp_path / "run" / "trials.csv")) == count
    assert f"complex-lr: interrupted after {count} of 60 trials; best so far: accuracy 0." in said
    again = said.partition("To go on: ")[2].splitlines()[0].split()
    assert again[:4] == ["python", "-m", "mlzoo", "resume"]
    done = zoo(*again[3:])
    assert "complex-lr: accuracy " in done.stdout
    assert trials_of(tmp_path / "run") == trials_of(whole)
    assert timeless(tmp_path / "run")["cv"] == timeless(whole)["cv"]
    if not words:
        before = snapshot(tmp_path / "run")
        assert "complex-lr: accuracy " in zoo("resume", "run").stdout
        assert snapshot(tmp_path / "run") == before


def board_of(folder: Path) -> str:
    return pd.read_csv(folder / "leaderboard.csv", dtype=str).drop(columns=["fit_s", "predict_s"]).to_csv()


def test_a_sweep_goes_on(zoo: Program, tmp_path: Path) -> None:
    zoo("-m", *CELL, "models.type.C=0.1,1", *QUICK, "n_trials=3", "hydra.sweep.dir=sweep")
    sweep, before = tmp_path / "sweep", snapshot(tmp_path / "sweep")
    whole = board_of(sweep)
    done = zoo("resume", "sweep")
    files = "its files, and by --export FILE an export, are written again by"
    assert f"sweep: done already; {files}: python -m mlzoo compare " in done.stdout
    assert "complex-lr C=0.1" in done.stdout
    assert snapshot(sweep) == before

    shutil.rmtree(sweep / "1")
    for path in sweep.glob("leaderboard.*"):
        path.unlink()
    zoo("resume", str(sweep), cwd=ROOT)
    assert board_of(sweep) == whole
    kept = snapshot(sweep)
    assert all(kept[name] == content for name, content in before.items() if name == "0/record.json")

    for name in os.listdir(sweep):
        if name != "multirun.yaml":
            path = sweep / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    zoo("resume", "sweep")
    assert board_of(sweep) == whole


@pytest.mark.long
def test_another_multirun_into_the_folder_of_one_leaves_it_as_it_is(zoo: Program, tmp_path: Path) -> None:
    words = ("-m", *CELL, "models.type.C=0.1,1", *QUICK, "hydra.sweep.dir=sweep")
    zoo(*words, "n_trials=3")
    sweep = tmp_path / "sweep"
    whole = board_of(sweep)
    shutil.rmtree(sweep / "0")
    for path in sweep.glob("leaderboard.*"):
        path.unlink()
    before = snapshot(sweep)
    done = zoo(*words, "n_trials=4", code=1)
    assert "holds a run that differs from job 1 of this multirun:\n  n_trials: 3 → 4\nNothing was run." in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(sweep) == before
    zoo("resume", "sweep")
    assert board_of(sweep) == whole
    zoo("-m", *CELL, "models.type.C=0.1,1,10", *QUICK, "hydra.sweep.dir=sweep", "n_trials=3")  # a cell more
    assert len(pd.read_csv(sweep / "leaderboard.csv")) == 3


@pytest.mark.long
def test_a_run_and_a_multirun_share_no_folder(zoo: Program, tmp_path: Path) -> None:
    zoo("-m", *CELL, *QUICK, "hydra.sweep.dir=sweep")
    zoo(*CELL, *QUICK, "hydra.run.dir=run")
    before = snapshot(tmp_path / "run"), snapshot(tmp_path / "sweep")
    assert "sweep holds a multirun: name another folder" in zoo(*CELL, *QUICK, "hydra.run.dir=sweep", code=1).stderr
    done = zoo("-m", *CELL, *QUICK, "hydra.sweep.dir=run", code=1)
    assert "hydra.sweep.dir=run: this folder holds a run: name another one" in done.stderr
    assert "Traceback" not in done.stderr
    now = snapshot(tmp_path / "run"), snapshot(tmp_path / "sweep")
    assert now[0] == before[0]
    assert {name: content for name, content in now[1].items() if name in before[1]} == before[1]


@pytest.mark.long
def test_folders_of_jobs_are_named_as_hydra_names_them(zoo: Program, tmp_path: Path) -> None:
    words = ("-m", *CELL, "models.type.C=0.1,1", *QUICK, "hydra.sweep.dir=sweep")
    zoo(*words, "hydra.sweep.subdir=job-${hydra.job.num}", "n_trials=2")
    assert sorted(path.name for path in (tmp_path / "sweep").glob("job-*")) == ["job-0", "job-1"]
    done = zoo(*words, "hydra.sweep.subdir=job-${hydra.job.num}", "n_trials=3", code=1)
    assert "n_trials: 2 → 3" in done.stderr


def test_files_that_a_killed_process_had_half_written_are_removed(tmp_path: Path) -> None:
    config = compose(*CELL, *QUICK, "n_trials=2")
    whole = runner.run(config, folder=tmp_path / "whole")
    run = tmp_path / "run"
    shutil.copytree(whole.folder, run)
    content = json.loads((run / record.NAME).read_text()) | {"status": "running"}
    (run / record.NAME).write_text(json.dumps(content))
    left = [f".{record.NAME}.abcdefgh.tmp", ".trials.csv.12345678.tmp"]
    for name in (*left, ".mine.tmp"):
        (run / name).write_text("half")
    runner.run(config, folder=run)
    assert sorted(path.name for path in run.glob(".*.tmp")) == [".mine.tmp"]


def test_a_run_that_had_just_started_and_one_that_never_did(zoo: Program, tmp_path: Path) -> None:
    zoo(*CELL, *QUICK, "models.type.C=0.5", "hydra.run.dir=run")
    whole = timeless(tmp_path / "run")
    for path in (tmp_path / "run").iterdir():
        if path.name != ".hydra":
            path.unlink()
    zoo("resume", "run", cwd=tmp_path)
    now = timeless(tmp_path / "run")
    assert {k: v for k, v in now.items() if k != "overrides"} == {k: v for k, v in whole.items() if k != "overrides"}
    for name in ("nowhere", "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        done = zoo("resume", name, code=1)
        assert done.stderr == f"{name}: neither a run nor a sweep folder, there is nothing to go on with.\n"
    assert not (tmp_path / "nowhere").exists()


def test_two_processes_at_one_run(zoo: Program, tmp_path: Path) -> None:
    running = started(tmp_path, *CELL, *SEARCH, "n_trials=500", "hydra.run.dir=run")
    assert running.stdout is not None
    assert any("trial 54 of 500" in line for line in running.stdout)
    try:
        done = zoo("resume", "run", code=1)
        assert "another process is at this run. Wait for its end, or end it." in done.stderr
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


EXITING = """
import os
from sklearn.linear_model import LogisticRegression
fit = LogisticRegression.fit
def exiting(self, *words, **options):
    if self.C > 1:
        os._exit(9)
    return fit(self, *words, **options)
LogisticRegression.fit = exiting
"""


def test_a_fit_that_ends_the_main_process_is_a_failed_trial_in_the_end(zoo: Program, tmp_path: Path) -> None:
    (tmp_path / "patched").mkdir()
    (tmp_path / "patched" / "sitecustomize.py").write_text(EXITING)
    env = {"PYTHONPATH": f"{tmp_path / 'patched'}{os.pathsep}{ROOT}"}
    zoo(*CELL, *QUICK, "n_trials=4", "sampler=random", "seed=4", "hydra.run.dir=run", env=env, code=9)
    assert timeless(tmp_path / "run")["status"] == "running"
    zoo("resume", "run", env=env)
    shown = pd.read_csv(tmp_path / "run" / "trials.csv")
    failing = shown["models.type.C"] > 1
    assert 0 < failing.sum() < 4
    assert (shown["state"] == np.where(failing, "failed", "complete")).all()
    assert set(shown["error"][failing]) == {"WorkerLost: it ended its process (exit code 9), 2 times"}


def children(number: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == number:
                found.append(int(path.parent.name))
        except (OSError, IndexError):
            continue
    return found


def kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def test_killed_at_random_moments_the_end_is_the_same(zoo: Program, tmp_path: Path) -> None:
    """MLZOO_KILLS says how often, MLZOO_SEED when."""
    rng = random.Random(os.environ.get("MLZOO_SEED", "1"))
    words = ("-m", "+preprocess=simple,complex", "+models=lr", *QUICK, "n_trials=15", "batch_size=5", "timeout_s=60")
    words = (*words, "n_jobs=2", "race=true", "validation.n_splits=5")
    began = time.monotonic()
    zoo(*words, "hydra.sweep.dir=whole")
    takes = time.monotonic() - began
    sweep, kills = tmp_path / "sweep", int(os.environ.get("MLZOO_KILLS", "1"))
    while kills:
        again = ("resume", "sweep") if (sweep / "multirun.yaml").exists() else (*words, "hydra.sweep.dir=sweep")
        running = started(tmp_path, *again)
        whom = rng.choice(["main", "worker", "all"])
        time.sleep(rng.uniform(0.25, 0.75) * takes)
        below = children(running.pid)
        if whom == "worker" and below:
            kill(rng.choice(below))
            time.sleep(rng.uniform(0, 0.2) * takes)
        if whom != "all":
            below = []
        for number in (running.pid, *below):
            kill(number)
        running.communicate()
        kills -= 1
    zoo(*(("resume", "sweep") if (sweep / "multirun.yaml").exists() else (*words, "hydra.sweep.dir=sweep")))
    assert board_of(sweep) == board_of(tmp_path / "whole")
    for name in "01":
        assert trials_of(sweep / name) == trials_of(tmp_path / "whole" / name)
        ours, theirs = (timeless(home / name) for home in (sweep, tmp_path / "whole"))
        assert ours == theirs
        assert not (sweep / name / "trials").exists()
        assert not (sweep / name / ".lock").exists()


# -- the verb, in this process ------------------------------------------------------------------------------------


def test_the_verb(
    plain: Callable[..., dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)  # and back, which the verb itself does not
    config = plain("+preprocess=simple", "+models=lr", "validation.n_splits=3", "n_trials=4")
    made = runner.run(config, folder=tmp_path / "run")
    assert cli.dispatch(["resume", str(tmp_path / "run")]) == 0
    assert f"{made['cell']}: accuracy" in capsys.readouterr().out
    leaderboard.write(leaderboard.board([made]), tmp_path, complete=True)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert cli.dispatch(["resume", str(tmp_path)]) == 0
    assert "done already" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(RecordError, match="nothing to go on with"):
        cli.dispatch(["resume", str(tmp_path / "nowhere")])
    (tmp_path / "run" / "config.yaml").unlink()
    with pytest.raises(RecordError, match=r"its config\.yaml is gone"):
        cli.dispatch(["resume", str(tmp_path / "run")])
    (tmp_path / "run" / "record.json").write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match=r"record\.json cannot be read"):
        cli.dispatch(["resume", str(tmp_path / "run")])
    with pytest.raises(RecordError, match="nothing to go on with"):
        cli.dispatch(["resume", str(ROOT / "conf")])
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "multirun.yaml").write_text("hydra: 3\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"multirun\.yaml cannot be read"):
        cli.dispatch(["resume", str(tmp_path / "odd")])


def test_a_table_that_changed_is_refused_also_after_a_second_kill(
    plain: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "table.csv"
    shutil.copy(ROOT / "data" / "data-train-small.csv", table)
    config = plain("+preprocess=simple", "+models=lr", "validation.n_splits=3", "n_trials=3", f"data={table}")

    def ended(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for module, name in ((fits, "fit_and_score"), (runner.baseline, "score")):  # in the final fit, then at the start
        with monkeypatch.context() as patched:
            patched.setattr(module, name, ended)
            with pytest.raises(KeyboardInterrupt):
                runner.run(config, folder=tmp_path / "run")
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[:-1]))
    with pytest.raises(RecordError, match=r"data\.train \(its content\)"):
        runner.run(config, folder=tmp_path / "run")
