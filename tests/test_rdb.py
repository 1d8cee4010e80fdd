"""A study in a database: a real PostgreSQL, not run as root; two processes on one study, one of them killed."""

import csv
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import optuna
import pytest

from tests import program
from tests.conftest import ROOT
from tests.program import own_environment
from tests.server import PASSWORD

CELL = (
    *("+preprocess=complex", "+models=lr", "validation.n_splits=3", "validation.n_repeats=1"),
    *("storage=rdb", "storage.grace_period=3"),
)


def started(url: str, folder: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "mlzoo", *CELL, *words, f"hydra.run.dir={folder}"]
    env = own_environment(MLZOO_STORAGE_URL=url)
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def refused(url: str, folder: Path) -> str:
    """What the program says of a database that it cannot use."""
    words, env = (*CELL, "n_trials=3", f"hydra.run.dir={folder}"), {"MLZOO_STORAGE_URL": url}
    return str(program.run(*words, cwd=ROOT, env=env, code=1, merged=True).stdout)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scored(folder: Path) -> dict[str, str]:
    return {row["trial"]: row["value"] for row in rows(folder)}


def states(url: str) -> list[str]:
    """The states of the trials of the only study, without those that one process asked for too many."""
    database = optuna.storages.RDBStorage(url)
    try:
        (study,) = database.get_all_studies()
        trials = database.get_all_trials(study._study_id)
    finally:
        database.remove_session()
        database.engine.dispose()
    return [trial.state.name for trial in trials if trial.user_attrs.get("outcome") != {"error": "one too many"}]


def test_two_processes_share_one_study_and_one_is_killed(database: str, tmp_path: Path) -> None:
    trials = 16
    first, second = (started(database, tmp_path / name, f"n_trials={trials}") for name in ("a", "b"))
    deadline = time.monotonic() + 120
    results = tmp_path / "a" / "trials"
    while len(list(results.glob("*.npz"))) < 6:  # it is in the middle of its search
        assert time.monotonic() < deadline
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    said, _ = second.communicate(timeout=300)
    assert second.returncode == 0, said
    resumed = program.run("resume", str(tmp_path / "a"), cwd=ROOT, env={"MLZOO_STORAGE_URL": database})
    found = rows(tmp_path / "a")
    assert [int(row["trial"]) for row in found] == list(range(trials))  # none lost, none twice
    assert states(database) == ["COMPLETE"] * (trials - 1)
    assert scored(tmp_path / "b") == scored(tmp_path / "a")  # the second has taken over what the first was at
    assert "its process is silent, it is taken over" in said
    by_hand = max((float(row["value"]), -int(row["trial"])) for row in found if row["value"])
    assert f"is trial {-by_hand[1]}" in resumed.stdout
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in said + resumed.stdout + resumed.stderr


@pytest.mark.long
def test_a_finished_search_is_joined_without_a_fit(database: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        process = started(database, tmp_path / name, "n_trials=6", "seed=5")
        said, _ = process.communicate(timeout=200)
        assert process.returncode == 0, said
    assert scored(tmp_path / "a") == scored(tmp_path / "b")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param(
            "postgresql+psycopg://zoo:{password}@127.0.0.1:1/none",
            "cannot be reached",
            id="nobody listens",
        ),
        pytest.param(
            "no-such-thing://zoo:{password}@host/none", "storage.url", id="no such driver", marks=pytest.mark.long
        ),
        pytest.param("", "storage.url", id="empty"),
        pytest.param("postgresql+psycopg://zoo:a@b/{password}@127.0.0.1:1/none", "no URL of a database", id="an @"),
    ],
)
def test_a_database_that_is_not_there(url: str, reason: str, tmp_path: Path) -> None:
    said = refused(url.format(password=PASSWORD), tmp_path / "run")
    assert reason in said
    assert "Traceback" not in said
    assert PASSWORD not in said


def test_a_database_that_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks while trials are told: a clear end, and `resume` loses nothing."""
    from mlzoo import compose, run
    from mlzoo.errors import BackendError
    from mlzoo.searching import storage

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MLZOO_STORAGE_URL", f"sqlite:///{tmp_path}/study.db")
    words = (*CELL, "n_trials=6", "n_jobs=1", "batch_size=2")
    told: list[int] = []
    original = storage.commit

    def breaking(study: optuna.Study) -> None:
        told.append(1)
        if len(told) == 2:
            (tmp_path / "study.db").rename(tmp_path / "away.db")
            (tmp_path / "study.db").mkdir()
        original(study)

    monkeypatch.setattr(storage, "commit", breaking)
    with pytest.raises(BackendError, match="the database was lost"):
        run(compose(*words), folder=tmp_path / "run")
    monkeypatch.setattr(storage, "commit", original)
    (tmp_path / "study.db").rmdir()
    (tmp_path / "away.db").rename(tmp_path / "study.db")
    made = run(compose(*words), folder=tmp_path / "run")
    assert made["trials"]["total"] == 6


def test_rerun_says_that_settings_of_a_database_are_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlzoo import compose, rerun, run
    from mlzoo.searching import storage

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(storage, "owner", lambda _kept: "first")  # by whom settings are drawn
    monkeypatch.setenv("MLZOO_STORAGE_URL", f"sqlite:///{tmp_path}/study.db")
    made = run(compose(*CELL, "n_trials=6", "n_jobs=1", "race=false"), folder=tmp_path / "run")
    found = rerun(made.folder, into=tmp_path / "again")[1]
    assert found[-1].startswith("storage=rdb: ")
    with monkeypatch.context() as same:
        same.setattr("mlzoo.runner.differences", lambda _old, _new: [])  # scores that are the same by chance
        assert rerun(made.folder, into=tmp_path / "once more")[1] == found[-1:]
    plain = run(compose(*CELL, "n_jobs=1"), folder=tmp_path / "plain")
    assert rerun(plain.folder, into=tmp_path / "plain again")[1] == []


@pytest.mark.long
def test_another_process_s_best_is_scored_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run finds every trial taken: it fits the default and the best, and reports them all."""
    from mlzoo import compose, run
    from mlzoo.searching import fits, search

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MLZOO_STORAGE_URL", f"sqlite:///{tmp_path}/study.db")
    words = (*CELL, "n_trials=10", "n_jobs=1", "sampler=random")
    first = run(compose(*words), folder=tmp_path / "a")
    units: list[object] = []
    original = fits.score_unit

    def counted(context: fits.Context, unit: object) -> object:
        units.append(unit)
        return original(context, unit)  # type: ignore[arg-type]

    monkeypatch.setattr(search, "score_unit", counted)
    second = run(compose(*words), folder=tmp_path / "b")
    assert len(units) == (3 if first["trial"] == 0 else 6)
    assert (second["trial"], second["cv"], second["test"]) == (first["trial"], first["cv"], first["test"])
    assert second["trials"] == first["trials"]
    assert scored(tmp_path / "b") == scored(tmp_path / "a")


@pytest.mark.long
def test_a_trial_too_many_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between counting and asking another process takes the last one, of which nothing is heard again."""
    from mlzoo import compose, run

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MLZOO_STORAGE_URL", f"sqlite:///{tmp_path}/study.db")
    original = optuna.Study.ask
    asked: list[int] = []

    def ask(self: optuna.Study, *args: object, **kwargs: object) -> optuna.Trial:
        asked.append(1)
        if len(asked) == 5:
            original(self, *args, **kwargs)  # type: ignore[arg-type]
        return original(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(optuna.Study, "ask", ask)
    made = run(compose(*CELL, "n_trials=6", "n_jobs=1", "sampler=random"), folder=tmp_path / "a")
    assert made["trials"] == {"total": 6, "full": 6, "raced": 0, "failed": 0}
    assert states(f"sqlite:///{tmp_path}/study.db") == ["COMPLETE"] * 5


@pytest.mark.long
def test_a_trial_that_is_alive_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is at a trial for longer than the grace period, and shows signs of life."""
    from mlzoo import compose, run

    monkeypatch.chdir(ROOT)
    url = f"sqlite:///{tmp_path}/study.db"
    monkeypatch.setenv("MLZOO_STORAGE_URL", url)
    words = (*CELL, "n_trials=4", "n_jobs=1", "sampler=random", "storage.grace_period=1.5")
    original = optuna.Study.ask
    others: list[optuna.Trial] = []

    def ask(self: optuna.Study, *args: object, **kwargs: object) -> optuna.Trial:
        if not others:
            others.append(original(self, *args, **kwargs))  # type: ignore[arg-type]
            others[0].set_user_attr("owner", "other")
            threading.Thread(target=live, args=(self, others[0])).start()
        return original(self, *args, **kwargs)  # type: ignore[arg-type]

    def live(study: optuna.Study, trial: optuna.Trial) -> None:
        for beat in range(16):
            trial.set_user_attr("sign", beat)
            time.sleep(0.25)
        trial.set_user_attr("outcome", {"at": [0], "folds": {"accuracy": [0.99]}, "fit_s": 0.1, "predict_s": 0.1})
        study.tell(trial, 0.99)

    monkeypatch.setattr(optuna.Study, "ask", ask)
    made = run(compose(*words), folder=tmp_path / "a")
    assert made["trials"]["total"] == 4
    assert scored(tmp_path / "a")[str(others[0].number + 1)]
    assert states(url) == ["COMPLETE"] * 3


@pytest.mark.long
def test_a_trial_that_two_processes_take_over_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another survivor tells it between this one's asking, or scoring, and telling."""
    from mlzoo import compose, run
    from mlzoo.searching import study

    monkeypatch.chdir(ROOT)
    url = f"sqlite:///{tmp_path}/study.db"
    monkeypatch.setenv("MLZOO_STORAGE_URL", url)
    left: list[optuna.Trial] = []
    ask, draw, tell = optuna.Study.ask, study.Shared._draw, study.Shared._tell

    def asking(self: optuna.Study, *args: object, **kwargs: object) -> optuna.Trial:
        while len(left) < 2:
            left.append(ask(self, *args, **kwargs))  # type: ignore[arg-type]
        return ask(self, *args, **kwargs)  # type: ignore[arg-type]

    def finish(owner: study.Shared, trial: optuna.Trial) -> None:
        assert owner.inner is not None
        trial.set_user_attr("owner", "other")
        trial.set_user_attr("outcome", {"at": [0], "folds": {"accuracy": [0.5]}, "fit_s": 0.1, "predict_s": 0.1})
        owner.inner.tell(trial, 0.5)

    def drawing(self: study.Shared, key: str, stored: Any = None) -> Any:
        if stored is not None and stored.number == left[0].number:
            finish(self, left[0])
        return draw(self, key, stored)

    def telling(self: study.Shared, inner: optuna.Study, trial: Any) -> None:
        if trial.number == left[1].number + 1:
            finish(self, left[1])
        tell(self, inner, trial)

    monkeypatch.setattr(optuna.Study, "ask", asking)
    monkeypatch.setattr(study.Shared, "_draw", drawing)
    monkeypatch.setattr(study.Shared, "_tell", telling)
    words = (*CELL, "n_trials=5", "n_jobs=1", "sampler=random", "storage.grace_period=1")
    made = run(compose(*words), folder=tmp_path / "a")
    assert made["trials"]["total"] == 5
    assert states(url) == ["COMPLETE"] * 4


def test_a_password_that_breaks_the_url_is_not_said(tmp_path: Path) -> None:
    said = refused(f"postgresql+psycopg://zoo:a@b:{PASSWORD}@127.0.0.1:5432/db", tmp_path / "run")
    assert "storage.url=${oc.env:MLZOO_STORAGE_URL}" in said
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in said
