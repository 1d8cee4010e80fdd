"""Where a search is kept as it goes: the Optuna study, and beside it what became of each trial.

A result is put by before the study is told of it, so that whenever a process ends, what was finished is there.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo import record, sql, targets
from mlzoo.errors import BackendError, first_line
from mlzoo.evaluate import Scored
from mlzoo.pipeline import Params

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage

JOURNAL = "study.journal"
WAITS_S = (0.2, 0.5, 1.0, 2.0, 0.0)  # between tries to reach a database
COMMITTED = " \n"  # the end of the last line of a commit, which JSON takes as any other
RESULTS = "trials"


@dataclass
class Trial:
    """One setting and what became of it.

    Attributes
    ----------
    number : int
        From 0, the default.
    params : dict or None
        What differs from `type`, by override key; None for the default.
    folds : list of Scored
        What was scored, in the order of `at`; empty where it failed.
    at : list of int
        The numbers of these folds: all in their order where the trial is complete.
    value : float or None
        Mean of the metric over the folds, of a complete trial alone.
    error : str or None
        Why it failed.
    stopped : str or None
        Why it was stopped before its last fold: loser or futile.
    told : float or None
        What the sampler was told.
    """

    number: int
    params: Params | None
    folds: list[Scored] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    value: float | None = None
    error: str | None = None
    stopped: str | None = None
    told: float | None = None

    @property
    def state(self) -> str:
        """One of complete, raced (stopped by the race), failed."""
        if self.error is not None:
            return "failed"
        return "raced" if self.stopped else "complete"

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to be scored."""
        return bool(self.error or self.stopped or self.value is not None)

    def scores(self, metric: str) -> dict[int, float]:
        """By the numbers of its folds."""
        return {fold: scored.scores[metric] for fold, scored in zip(self.at, self.folds, strict=True)}

    def mean(self, name: str) -> float:
        """The mean of a time over the folds, in seconds."""
        return float(np.mean([getattr(fold, name) for fold in self.folds]))

    def add(self, fold: int, scored: Scored) -> None:
        """One more fold."""
        self.at.append(fold)
        self.folds.append(scored)

    def fail(self, error: str) -> None:
        """It failed: its folds count for nothing."""
        self.error, self.folds, self.at = error, [], []

    def complete(self, metric: str) -> None:
        """All folds are there: put them into their order, and take the mean."""
        by_number = dict(zip(self.at, self.folds, strict=True))
        self.at = sorted(by_number)
        self.folds = [by_number[fold] for fold in self.at]
        self.value = self.told = float(np.mean([scored.scores[metric] for scored in self.folds]))


# -- results ------------------------------------------------------------------------------------------------------


def save_result(folder: Path, trial: Trial) -> None:
    """Put by what became of a trial."""
    facts = {
        "params": trial.params,
        "value": trial.value,
        "error": trial.error,
        "stopped": trial.stopped,
        "told": trial.told,
        "at": trial.at,
        "folds": [
            {
                "scores": fold.scores,
                "fit_s": fold.fit_s,
                "predict_s": fold.predict_s,
                "warnings": fold.warnings,
                "probabilities": fold.probabilities,
                "rows": len(fold.label),
                "scored": fold.proba is not None,
            }
            for fold in trial.folds
        ],
    }
    arrays: dict[str, Any] = {}
    if trial.folds:
        arrays["label"] = np.concatenate([fold.label for fold in trial.folds])
        if scored := [fold.proba for fold in trial.folds if fold.proba is not None]:
            arrays["proba"] = np.concatenate(scored)
    path = folder / RESULTS / f"{trial.number}.npz"
    with record.replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)


def owner(folder: Path | None) -> str:
    """A name for a run among those that share a study; the same as long as its results lie in the folder."""
    made = uuid.uuid4().hex
    if folder is None:
        return made
    path = folder / RESULTS / "owner"
    if not path.exists():
        record.write_text(path, made)
    return path.read_text(encoding="utf-8")


def remove_results(folder: Path) -> None:
    """Remove what was put by: a run that is done needs it no more."""
    shutil.rmtree(folder / RESULTS, ignore_errors=True)


def load_result(folder: Path, number: int) -> Trial | None:
    """What became of a trial; None where that is not known (any more)."""
    try:
        with (folder / RESULTS / f"{number}.npz").open("rb") as opened, np.load(opened) as file:
            return _trial(number, dict(file))
    except Exception:  # missing, or damaged in one of many ways: it is scored again
        return None


def _trial(number: int, arrays: dict[str, Any]) -> Trial:
    facts = json.loads(arrays["facts"].tobytes())
    folds, at, scored_at = [], 0, 0
    for fold in facts.pop("folds"):
        rows, proba = fold.pop("rows"), None
        if fold.pop("scored"):
            proba = arrays["proba"][scored_at : scored_at + rows]
            scored_at += rows
        folds.append(Scored(label=arrays["label"][at : at + rows], proba=proba, **fold))
        at += rows
    return Trial(number, folds=folds, **facts)


# -- studies ------------------------------------------------------------------------------------------------------


def open_study(config: Mapping[str, Any], folder: Path | None, name: str = "mlzoo") -> "Study":
    """The study of a cell, as it was left.

    Parameters
    ----------
    config : mapping
        A plain config, of which `storage` and `sampler` are read.
    folder : Path or None
        Of the run; without one nothing is written.
    name : str
        The study's in a database that holds several.

    Raises
    ------
    BackendError
        If the database cannot be reached, or the journal is damaged.
    """
    import optuna
    from optuna.storages import InMemoryStorage

    kind = config["storage"]["name"]
    if kind == "rdb":
        storage = _database(config["storage"])
    elif kind == "memory" or folder is None:
        storage = InMemoryStorage()
    else:
        storage, name = _journal(folder / JOURNAL), "mlzoo"
    sampler = targets.build({**config["sampler"], "seed": 0}, where="sampler")
    with quiet():
        return optuna.create_study(
            storage=storage, sampler=sampler, direction="maximize", study_name=name, load_if_exists=True
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Within it Optuna does not say that it makes a study; behind it, it says of other studies what it said before."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, optuna.logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def commit(study: "Study") -> None:
    """Have everything that the study was told so far on the disk."""
    backend: Any = getattr(study._storage, "_backend", None)
    if hasattr(backend, "commit"):
        backend.commit()


def close(study: "Study") -> None:
    """Close the connections to a database."""
    backend: Any = getattr(study._storage, "_backend", None)
    if hasattr(backend, "engine"):
        backend.remove_session()
        backend.engine.dispose()


@contextmanager
def telling_of_trouble(node: Any) -> Iterator[None]:
    """Within it a database that is lost is an error in plain words."""
    if not isinstance(node, Mapping) or node.get("name") != "rdb":
        yield
        return
    from optuna.exceptions import StorageInternalError

    try:
        yield
    except StorageInternalError as error:
        cause = error.__cause__ or error
        reason = first_line(getattr(cause, "orig", cause))
        raise BackendError(
            targets.redacted(f"storage.url={node['url']}: the database was lost: {reason}. What was finished is kept.")
        ) from error


def _database(node: Mapping[str, Any]) -> "BaseStorage":
    """A database, of which a process may just be making the tables, or that is just being started."""
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    text = targets.from_environment(node["url"], where="storage.url")
    try:
        url = sql.with_driver(sql.parsed(text))
    except ValueError as error:
        raise BackendError(f"storage.url={node['url']}: {error}") from None
    targets.redact(url.password, f"{node['url']} (password)")
    for wait in WAITS_S:
        try:
            return RDBStorage(url.render_as_string(hide_password=False), engine_kwargs={"pool_pre_ping": True})
        except ImportError as error:
            extra = sql.DRIVERS.get(url.drivername, ("", ""))[1]
            how = f": pip install 'mlzoo[{extra}]'" if extra else ""
            raise BackendError(f"storage.url={node['url']}: {first_line(error.__cause__ or error)}{how}") from error
        except (ArgumentError, NoSuchModuleError) as error:
            raise BackendError(targets.redacted(f"storage.url={node['url']}: {first_line(error)}")) from error
        except SQLAlchemyError as error:
            reason = targets.redacted(first_line(getattr(error, "orig", error)))
            trouble = BackendError(f"storage.url={node['url']}: the database cannot be reached: {reason}")
            trouble.__cause__ = error
        time.sleep(wait)
    raise trouble


def _journal(path: Path) -> "BaseStorage":
    from optuna.storages import JournalStorage
    from optuna.storages.journal import BaseJournalBackend

    class Journal(BaseJournalBackend):
        """Optuna's journal in a file of its own format, written by one process: a line an operation.

        Lines are written together when `commit` says so, and the last of them ends in a space: what a batch asks is
        there as a whole or not at all.
        """

        def __init__(self) -> None:
            self._logs = read_journal(path)
            self._written = len(self._logs)

        def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
            return self._logs[log_number_from:]

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            self._logs += logs

        def commit(self) -> None:
            lines = [json.dumps(entry, separators=(",", ":")) + "\n" for entry in self._logs[self._written :]]
            if lines:
                append(path, ("".join(lines)[:-1] + COMMITTED).encode())
                self._written = len(self._logs)

    return JournalStorage(Journal())


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The operations in a journal; a last commit that was not written to its end is cut off.

    Raises
    ------
    BackendError
        If it is damaged elsewhere.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(COMMITTED.encode()) + len(COMMITTED)] if COMMITTED.encode() in content else b""
    try:
        logs = [json.loads(line) for line in whole.splitlines()]
    except ValueError as error:
        raise BackendError(f"{path} is damaged ({error}): remove it, and the search begins again.") from error
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return logs


def append(path: Path, content: bytes) -> None:
    """Add to a file, on the disk when this returns; all of it or, where the disk is full, nothing."""
    with path.open("ab", buffering=0) as file:
        before, rest = file.seek(0, os.SEEK_END), memoryview(content)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), before)
            raise
