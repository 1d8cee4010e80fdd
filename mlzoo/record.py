"""Record <-> its folder. What a run leaves is plain data: reading it needs none of the code that wrote it.

Files are written under a temporary name and then moved into place, so that none is ever half there.
"""

import csv
import fcntl
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from mlzoo.errors import RecordError, listed
from mlzoo.grammar import command
from mlzoo.text import plain

SCHEMA = 1
KEYS = (  # of record.json; null until known
    *("schema", "status", "cell", "preprocess", "model", "name", "task", "metric", "n_trials", "seed", "overrides"),
    *("identity", "cv", "test", "test_interval", "test_intervals", "params", "command", "trial", "trials"),
    *("validation", "baseline"),
    *("data", "findings", "environment", "timing", "error", "nested", "dataset"),
)
NAME = "record.json"
CONFIG_NAME = "config.yaml"
CATEGORIES = "categories.json"  # of the train split, for which new rows are looked through
TEMPORARY = ".tmp"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # where it was built in, nine times as fast
FILES = (  # of a run, beside its record and its config
    *("epochs.csv", "importance.csv", "model.joblib", "model.skops", "oof.npz", "pipeline.html", "predictions.csv"),
    *("study.journal", "trials.csv", "wrong.csv", CATEGORIES),
)


@dataclass
class Record(Mapping[str, Any]):
    """One run and its folder; as a mapping, what its `record.json` holds.

    Attributes
    ----------
    folder : Path
        Where its files lie.
    content : dict
        What `record.json` holds; `record["test"]` is short for `record.content["test"]`.
    pipeline : Pipeline
        The fitted pipeline, read from the folder when first used.
    """

    folder: Path
    content: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    def __repr__(self) -> str:
        return (
            f"Record({self.content.get('cell')!r}, status={self.content.get('status')!r}, folder={str(self.folder)!r})"
        )

    def __fspath__(self) -> str:  # so that it stands for its folder, as in `rerun`
        return str(self.folder)

    @cached_property
    def pipeline(self) -> Any:
        """The fitted scikit-learn Pipeline.

        Raises
        ------
        RecordError
            If the run kept none.
        """
        return load_model(self.folder)

    def save(self) -> None:
        """Write `record.json`."""
        write_json(self.folder / NAME, self.content)


def load(folder: str | os.PathLike[str]) -> Record:
    """The record of a run folder.

    Raises
    ------
    RecordError
        If there is none, or it cannot be read.
    """
    path = Path(folder) / NAME
    if not path.is_file():
        raise RecordError(f"{folder}: this is no run folder, it has no {NAME}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise RecordError(f"{path} holds no record.")
    if content.get("schema") != SCHEMA:
        versions = content.get("environment")
        version = versions.get("mlzoo") if isinstance(versions, dict) else None  # another schema may hold it otherwise
        raise RecordError(
            f"{path} has schema {content.get('schema')}, not {SCHEMA}: read it with the mlzoo that has written it"
            f"{'' if version is None else f', {version}'}."
        )
    return Record(Path(folder), content)


def find(folder: str | os.PathLike[str]) -> list[Record]:
    """The records of a run folder, or of all run folders below a folder, jobs of a sweep in their order.

    Raises
    ------
    RecordError
        If there are none, or one cannot be read.
    """
    root = Path(folder)
    if root.is_file():
        raise RecordError(f"{folder} is a file: a run or sweep folder stands here.")
    if not root.is_dir():
        raise RecordError(f"{folder}: there is no such folder.")
    if (root / NAME).is_file():
        return [load(root)]
    homes = (Path(home) for home, _, names in os.walk(root, onerror=_closed) if NAME in names)
    found = sorted(homes, key=lambda path: [(len(p), p) if p.isdigit() else (0, p) for p in path.parts])
    if not found:
        raise RecordError(f"{folder}: neither a run nor a sweep folder, there is no {NAME} in or below it.")
    return [load(home) for home in found]


def _closed(error: OSError) -> None:
    """Refuse a folder that cannot be looked into: its runs would be left out unsaid."""
    raise RecordError(f"{error.filename} cannot be read: {error.strerror}") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Within it a run folder belongs to this process.

    Raises
    ------
    RecordError
        If it belongs to another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the kernel when the process ends
            if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                raise BlockingIOError("another process has just made a new one")
        except BlockingIOError as error:
            raise RecordError(f"{folder}: another process is at this run. Wait for its end, or end it.") from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


# -- files --------------------------------------------------------------------------------------------------------


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, moved to it at the end; nothing is left behind by an error, which names it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=TEMPORARY)
    except OSError as error:  # such as in a folder that is closed
        error.filename = str(path)
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if error.strerror and not error.filename:  # such as of a disk that is full
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file; bytes of a file's name that are no UTF-8 are spelled out."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # there, also after a power cut


def write_json(path: Path, content: Any) -> None:
    """Write JSON; NaN and infinities become null."""
    write_text(path, json.dumps(finite(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """Write `config.yaml`: the plain config of a run, which `read_config` gives back."""
    write_text(folder / CONFIG_NAME, yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))


def read_config(folder: Path) -> dict[str, Any]:
    """The plain config of a run.

    Raises
    ------
    RecordError
        If it is missing or cannot be read.
    """
    path = folder / CONFIG_NAME
    try:
        text = path.read_text(encoding="utf-8")
        config = yaml.load(text, Loader=LOADER if r"\uDC" not in text else yaml.SafeLoader)  # a byte that is no UTF-8
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise RecordError(f"{path} holds no config.")
    return config


def write_categories(folder: Path, categories: Mapping[str, Sequence[str]]) -> None:
    """Write the categories of the train split, by column; they may be too many for a record, which is read often."""
    write_text(folder / CATEGORIES, json.dumps(categories, ensure_ascii=False) + "\n")


def read_categories(folder: Path) -> dict[str, list[str]]:
    """The categories of the train split, by column; none where a run has kept none.

    Raises
    ------
    RecordError
        If they cannot be read.
    """
    path = folder / CATEGORIES
    if not path.is_file():  # an earlier release left none
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error


def foreign_config(folder: Path) -> bool:
    """Whether a folder holds a `config.yaml` that no run has written."""
    try:
        return "origin" not in read_config(folder)
    except RecordError:
        return (folder / CONFIG_NAME).exists()


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV; None and NaN become empty fields."""
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _field(value) for key, value in row.items()})


def read_csv(path: Path) -> list[dict[str, str]] | None:
    """The rows of a CSV file as text; None where it is gone or damaged."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return None


def _field(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")  # which the writer does not quote, and would end a row
    return "" if value is None or value != value else value  # NaN of any kind


def finite(value: Any) -> Any:
    """Plain data in which NaN and infinities are None, and numpy's scalars Python's."""
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    value = plain(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


# -- models -------------------------------------------------------------------------------------------------------

TRUSTED_BY_SKOPS = [
    "feature_engine.encoding.one_hot.OneHotEncoder",
    "feature_engine.imputation.categorical.CategoricalImputer",
    "feature_engine.imputation.mean_median.MeanMedianImputer",
    "mlzoo.networks.NetworkClassifier",
    "mlzoo.preprocessing.CategoryEncoder",
    "mlzoo.preprocessing.CategoryImputer",
    "mlzoo.preprocessing.NumberImputer",
    "mlzoo.preprocessing._divided",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
]


def save_model(folder: Path, pipeline: Any, persist: str) -> None:
    """Write the fitted pipeline, by joblib or by skops (a file that is safe to share), or not at all."""
    if persist == "none":
        return
    if persist == "skops":
        with replacing(folder / "model.skops") as temporary:
            _skops().dump(pipeline, temporary)
        return
    import joblib

    with replacing(folder / "model.joblib") as temporary:
        joblib.dump(pipeline, temporary)


def load_model(folder: Path) -> Any:
    """Read the fitted pipeline. A joblib file runs code: open only your own.

    Raises
    ------
    RecordError
        If there is none, or it holds types that are not the zoo's.
    """
    if (folder / "model.skops").is_file():
        try:
            return _skops().load(folder / "model.skops", trusted=TRUSTED_BY_SKOPS)
        except TypeError as error:
            raise RecordError(
                f"{folder / 'model.skops'} holds types that are not trusted: {listed(untrusted(folder))}. To run it "
                f"again and keep it otherwise: {command('rerun', str(folder), '--persist', 'joblib')}"
            ) from error
    if (folder / "model.joblib").is_file():
        import joblib

        try:
            return joblib.load(folder / "model.joblib")
        except Exception as error:  # a damaged file, or a module that is not there
            raise RecordError(f"{folder / 'model.joblib'} cannot be read: {type(error).__name__}: {error}") from error
    again = command("rerun", str(folder), "--persist", "joblib")
    raise RecordError(f"{folder} holds no model (persist=none, or it is gone): run it again and keep one by {again}")


def untrusted(folder: Path) -> list[str]:
    """Types in the pipeline that was kept by skops which are not the zoo's, so that it is not read."""
    path = folder / "model.skops"
    return sorted({*_skops().get_untrusted_types(file=path)}.difference(TRUSTED_BY_SKOPS)) if path.is_file() else []


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise RecordError("persist=skops needs an extra: pip install 'mlzoo[skops]'.") from error
    return skops.io
