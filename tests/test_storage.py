"""A search on the disk: results of trials, and a journal that Optuna reads."""

import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from mlzoo.errors import BackendError
from mlzoo.evaluate import Scored
from mlzoo.searching import storage
from mlzoo.searching.storage import Trial, load_result, read_journal, save_result

Plain = Callable[..., dict[str, Any]]
RNG = np.random.default_rng(0)


def scored(rows: int, width: int | None = 2, **changes: Any) -> Scored:
    label = RNG.integers(0, 2, rows)
    proba = None if width is None else RNG.normal(size=(rows, width)).astype(np.float32)
    given = {"scores": {"accuracy": RNG.normal(), "f1": float("nan")}, "fit_s": 0.25, "predict_s": 1e-9}
    return Scored(**({"label": label, "proba": proba} | given | changes))  # type: ignore[arg-type]


def same(one: Trial, other: Trial) -> bool:
    """To the bit."""
    facts = [{k: v for k, v in vars(t).items() if k != "folds"} for t in (one, other)]
    assert repr(facts[0]) == repr(facts[1])
    assert len(one.folds) == len(other.folds)
    for ours, theirs in zip(one.folds, other.folds, strict=True):
        assert repr((ours.scores, ours.fit_s, ours.predict_s, ours.warnings, ours.probabilities)) == repr(
            (theirs.scores, theirs.fit_s, theirs.predict_s, theirs.warnings, theirs.probabilities)
        )
        for a, b in ((ours.label, theirs.label), (ours.proba, theirs.proba)):
            assert (a is None) == (b is None)
            if a is not None and b is not None:
                assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return True


PARAMS = {"models.type.C": 0.1 + 0.2, "models.type.n": 3, "models.type.f": True, "preprocess.type.i": None, "a": "ä"}
TRIALS = [
    pytest.param(Trial(0, None, [scored(5), scored(4)], value=1 / 3, told=1 / 3), id="the default"),
    pytest.param(Trial(3, PARAMS, [scored(5)], stopped="futile", told=-0.0), id="raced"),
    pytest.param(Trial(12, PARAMS, error="ValueError: no luck – ä"), id="failed"),
    pytest.param(Trial(1, {}, [scored(5, None), scored(6, None)], value=5e-324, told=5e-324), id="labels alone"),
    pytest.param(
        Trial(1, {}, [scored(3, None, label=np.array([0.1, np.nan, -1e300]))], value=-1e300, told=-1e300), id="numbers"
    ),
    pytest.param(Trial(1, {}, [scored(0), scored(3)], value=0.5, told=0.5), id="a fold of which no row is kept"),
    pytest.param(Trial(1, {}, [scored(4, None), scored(3), scored(2, None)], value=0.5), id="not the first"),
    pytest.param(Trial(1, {}, [scored(4), scored(3, None), scored(2)], value=0.5), id="the first, not all"),
    pytest.param(
        Trial(1, {}, [scored(4, warnings=["W: a", "W: b"], probabilities=True)], value=0.5), id="what libraries said"
    ),
]


@pytest.mark.parametrize("trial", TRIALS)
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, trial: Trial) -> None:
    save_result(tmp_path, trial)
    found = load_result(tmp_path, trial.number)
    assert found is not None
    assert same(found, trial)
    assert (found.state, found.ended) == (trial.state, trial.ended)
    assert load_result(tmp_path, trial.number + 1) is None
    storage.remove_results(tmp_path)
    storage.remove_results(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_result_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Trial(0, None, [scored(5)], value=0.5)
    save_result(tmp_path, before)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save_result(tmp_path, Trial(0, None, [scored(5)], value=0.25))
    found = load_result(tmp_path, 0)
    assert found is not None
    assert same(found, before)
    assert [path.name for path in (tmp_path / "trials").iterdir()] == ["0.npz"]


@settings(max_examples=150, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(0, 255))
def test_a_damaged_result_counts_as_absent(tmp_path_factory: pytest.TempPathFactory, at: float, flip: int) -> None:
    """Cut off there, or with a byte changed."""
    folder = tmp_path_factory.mktemp("run")
    trial = Trial(0, None, [scored(5), scored(4)], value=0.5, told=0.5)
    save_result(folder, trial)
    path = folder / "trials" / "0.npz"
    content = bytearray(path.read_bytes())
    place = int(at * len(content))
    if flip:
        content[place] ^= flip
    else:
        del content[place:]
    path.write_bytes(content)
    found = load_result(folder, 0)
    assert found is None or same(found, trial)  # a flag or a date that nobody reads


@pytest.mark.parametrize("facts", [b"{", b"[]", b"\xff", b"{}", b'{"folds": [{}]}'])
def test_a_result_of_other_facts_counts_as_absent(tmp_path: Path, facts: bytes) -> None:
    (tmp_path / "trials").mkdir()
    np.savez(tmp_path / "trials" / "0.npz", facts=np.frombuffer(facts, np.uint8))
    assert load_result(tmp_path, 0) is None
    np.savez(tmp_path / "trials" / "0.npz", other=np.zeros(3))
    assert load_result(tmp_path, 0) is None


# -- the journal --------------------------------------------------------------------------------------------------


def asked(study: optuna.Study, count: int, tell: bool = True) -> None:
    for _ in range(count):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        trial.suggest_categorical("kind", ["a", "b"])
        if tell:
            study.tell(trial, trial.params["x"])
    storage.commit(study)


@pytest.fixture
def config(plain: Plain) -> dict[str, Any]:
    return plain("+preprocess=simple", "+models=lr", "n_trials=5", "sampler=random")


def shown(study: optuna.Study) -> list[Any]:
    return [(t.number, t.params, t.value, t.state, t.user_attrs) for t in study.trials]


def test_optuna_reads_the_journal(config: dict[str, Any], tmp_path: Path) -> None:
    study = storage.open_study(config, tmp_path)
    asked(study, 3)
    asked(study, 2, tell=False)
    theirs = JournalStorage(JournalFileBackend(str(tmp_path / storage.JOURNAL)))
    assert shown(optuna.load_study(study_name="mlzoo", storage=theirs)) == shown(study)
    assert shown(storage.open_study(config, tmp_path)) == shown(study)
    asked(storage.open_study(config, tmp_path), 1)
    theirs = JournalStorage(JournalFileBackend(str(tmp_path / storage.JOURNAL)))
    assert len(optuna.load_study(study_name="mlzoo", storage=theirs).trials) == 6


def test_what_is_not_committed_is_not_there(config: dict[str, Any], tmp_path: Path) -> None:
    study = storage.open_study(config, tmp_path)
    asked(study, 2)
    before = (tmp_path / storage.JOURNAL).read_bytes()
    study.ask()
    assert (tmp_path / storage.JOURNAL).read_bytes() == before


def test_a_commit_is_there_as_a_whole_or_not_at_all(config: dict[str, Any], tmp_path: Path) -> None:
    """Wherever the process, or the power, ends in the middle of it."""
    study = storage.open_study(config, tmp_path)
    path = tmp_path / storage.JOURNAL
    states, ends = [], []
    for count in (1, 2, 1):
        asked(study, count)
        states.append(shown(study))
        ends.append(path.stat().st_size)
    content = path.read_bytes()
    lines = [at + 1 for at, byte in enumerate(content) if byte == ord("\n")]
    cuts = sorted({cut for end in lines for cut in (end - 7, end - 1, end) if cut >= ends[0]})
    assert len(cuts) > 20
    for cut in cuts:
        path.write_bytes(content[:cut])
        number = sum(end <= cut for end in ends)
        assert shown(storage.open_study(config, tmp_path)) == states[number - 1], cut
        assert path.read_bytes() == content[: ends[number - 1]]


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "nowhere") == []
    (tmp_path / "empty").touch()
    assert read_journal(tmp_path / "empty") == []


@pytest.mark.parametrize(
    "line", [b"{\n", b"\xff\xfe\n", b"\0\0\0\0\n", b"\n"], ids=["half", "no text", "zeros", "empty"]
)
def test_a_journal_damaged_elsewhere_is_named(config: dict[str, Any], tmp_path: Path, line: bytes) -> None:
    asked(storage.open_study(config, tmp_path), 3)
    path = tmp_path / storage.JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], line, *lines[4:]]))
    before = path.read_bytes()
    with pytest.raises(BackendError, match=r"study\.journal is damaged .*: remove it, and the search begins again"):
        storage.open_study(config, tmp_path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_journal_as_it_was(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = storage.open_study(config, tmp_path)
    asked(study, 2)
    path = tmp_path / storage.JOURNAL
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            asked(study, 2)
    assert path.read_bytes() == before
    storage.commit(study)  # there is room again
    assert shown(storage.open_study(config, tmp_path)) == shown(study)


def test_append_writes_all_or_nothing(tmp_path: Path) -> None:
    """Where there is room for three more bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"before\n")
    storage.append(path, b"more\n")
    assert path.read_bytes() == b"before\nmore\n"
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 3, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            storage.append(path, b"too much\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert path.read_bytes() == b"before\nmore\n"


def test_lines_are_those_of_optuna(config: dict[str, Any], tmp_path: Path) -> None:
    asked(storage.open_study(config, tmp_path), 1)
    for line in (tmp_path / storage.JOURNAL).read_text().splitlines():
        assert json.loads(line).keys() >= {"op_code", "worker_id"}


@pytest.mark.parametrize(
    ("scheme", "extra"),
    [("postgresql+psycopg", "postgres"), ("postgresql", "postgres"), ("postgresql+psycopg2", "warehouse")],
)
def test_a_driver_that_is_not_there_names_its_extra(scheme: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, {"postgres": "psycopg", "warehouse": "psycopg2"}[extra], None)
    monkeypatch.setenv("MLZOO_STORAGE_URL", f"{scheme}://user@host/name")
    with pytest.raises(BackendError, match=rf"pip install 'mlzoo\[{extra}\]'"):
        storage._database({"name": "rdb", "url": "${oc.env:MLZOO_STORAGE_URL}"})
