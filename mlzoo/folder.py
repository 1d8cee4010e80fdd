"""A run folder and its record, from the run that an earlier process left there to the end of this one."""

import hashlib
import logging
import os
import re
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import pipeline, record, sql, targets
from mlzoo.composition import config as checks
from mlzoo.composition import rebuild
from mlzoo.errors import ConfigError, DataError, RecordError
from mlzoo.folds import Folds
from mlzoo.grammar import command, leaves
from mlzoo.provenance import changes, environment
from mlzoo.reading import frames
from mlzoo.reading.options import check_options
from mlzoo.record import Record
from mlzoo.searching import storage
from mlzoo.searching.storage import Trial
from mlzoo.tables import inputs
from mlzoo.tables.data import Data
from mlzoo.tables.splitting import group_column

log = logging.getLogger(__name__)

BUILT = ("preprocess", "models", "validation", "sampler")  # config keys whose nodes scores come from
DATA = ("preprocess.data_train", "preprocess.data_test")  # which count by their content
VARIABLE = re.compile(r"\$\{oc\.env:\s*([^,}\s]+)")
TABLE = "data.parquet"  # of a run on a DataFrame
NOT_HELD = (ValueError, TypeError, NotImplementedError, OverflowError)  # what pyarrow says of a column that it cannot


def with_table(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The config of a run on a DataFrame that `keep_table` writes into its folder, where `rerun` and `resume` read it.

    Raises
    ------
    ConfigError
        If it names a table of its own.
    """
    path = str((folder / TABLE).resolve())
    if config["data"] not in (None, path):
        raise ConfigError(f"run(data=DataFrame): the config names a table too, data={config['data']}: leave one out.")
    return {**config, "data": path, "origin": {**(config["origin"] or {}), "table": path}}


def as_parquet(frame: Any, marks: Any = None) -> bytes:
    """A DataFrame as Parquet, which keeps the types of its columns, in the form that a run reads.

    Columns of several types are kept without the `marks` of a missing value (`read.na_values`), if these make them so.

    Raises
    ------
    ConfigError
        If `marks` are none that can be given.
    DataError
        If it is none or holds nothing, Parquet cannot hold it, or a package is missing for it.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"run(data=…) takes a DataFrame, not {type(frame).__name__}: a file is named in the config, data=my.csv."
        )
    if frame.empty:
        raise DataError(f"run(data=DataFrame): the DataFrame holds no {'rows' if len(frame.columns) else 'columns'}.")
    bare = frame.copy(deep=False)
    bare.attrs = {}  # which need not be JSON
    check_options({"na_values": marks})
    tidy = frames.unmixed(frames.tidy(bare, "run(data=DataFrame)"), marks)
    for name, kind in tidy.dtypes.items():
        if isinstance(kind, pd.CategoricalDtype) and isinstance(kind.categories.dtype, pd.IntervalDtype):
            tidy[name] = tidy[name].cat.rename_categories(str)  # of pandas.cut, which Parquet does not hold
    try:
        return tidy.to_parquet()
    except ImportError as error:
        raise DataError("run(data=DataFrame) writes Parquet, an extra: pip install 'mlzoo[parquet]'.") from error
    except NOT_HELD as error:
        for name in tidy.columns:
            try:
                tidy[[name]].to_parquet()
            except NOT_HELD as why:
                raise DataError(
                    f"run(data=DataFrame): the column {name!r}, of the type {tidy[name].dtype}, cannot be kept as "
                    f"Parquet: {why}. Make numbers or text of it, such as frame[{name!r}].astype(str), or name what "
                    "stands for a missing value in read.na_values."
                ) from error
        raise DataError(f"run(data=DataFrame): the table cannot be kept as Parquet: {error}") from error


def keep_table(content: bytes, folder: Path) -> None:
    """Write what `as_parquet` has made into a run folder, in place of a table that no run could read.

    Raises
    ------
    RecordError
        If the folder holds another table, a run on another one, or anything that a run would not go into.
    """
    path = folder / TABLE
    if path.is_file() and path.read_bytes() == content:
        return
    begun = (folder / record.NAME).exists()
    read = begun and record.load(folder)["data"] is not None
    own = begun and table_of(record.read_config(folder)) is not None
    if read or (path.exists() and not own):
        raise RecordError(f"{folder} holds another table, or a run on another one: name another folder for this run.")
    if not begun:
        refuse_foreign(folder)
    _write_table(content, folder)


def table_of(config: Mapping[str, Any]) -> str | None:
    """Where the DataFrame of a plain config's run is kept, if it is one on a DataFrame."""
    return (config.get("origin") or {}).get("table")


def own_config(folder: Path) -> dict[str, Any]:
    """The config of a run, its DataFrame where the folder is now: it may have been moved."""
    config = record.read_config(folder)
    if table_of(config) is None or not (folder / TABLE).is_file():
        return config
    return with_table({**config, "data": None}, folder)


def with_copy(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A config of `own_config` for another run folder, which gets a copy of the DataFrame if there is one."""
    table = table_of(config)
    if table is None or not Path(table).is_file():
        return dict(config)
    _write_table(Path(table).read_bytes(), folder)
    return with_table({**config, "data": None}, folder)


def _write_table(content: bytes, folder: Path) -> None:
    with record.replacing(folder / TABLE) as temporary:
        temporary.write_bytes(content)


def left(config: Mapping[str, Any], folder: Path) -> tuple[Record | None, Data | None]:
    """The run that a folder holds already, and the data that was read to compare it with what is to be run.

    Raises
    ------
    RecordError
        If it is another one, with what differs.
    """
    if not (folder / record.NAME).exists():
        return None, None
    old = record.load(folder)
    table = inputs.load(config, inputs.key(config))
    new = {"data": described(table), "environment": _environment(config)}
    changed = changes(record.read_config(folder), old.content, config, new)
    if changed:
        lines = "\n".join(f"  {line}" for line in changed)
        raise RecordError(
            f"{folder} holds a run ({old['status']}) that differs from this one:\n{lines}\n"
            "Name another folder for this one, or remove that one."
        )
    return old, table


def _environment(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's scores depend on, the packages of its models among it."""
    built = (node for key in BUILT for _, node in targets.nested(config.get(key), key))
    modules = {str(node["_target_"]).split(".")[0] for node in built}
    found = environment((config["origin"] or {}).get("cwd", "."), config["accelerator"], modules)
    return {**found, **_variables({key: config.get(key) for key in BUILT})}


def _variables(built: Mapping[str, Any]) -> dict[str, str]:
    """By environment variable that what is built takes a value from, a checksum of that; of none that names a secret.

    It is too short to tell the value by.
    """
    found = {}
    for key, value in leaves(built):
        for name in VARIABLE.findall(str(value)) if not key.startswith(DATA) else ():
            if name in os.environ and not sql.NAMED_SECRET.search(f"{key} {name}"):
                found[f"${name}"] = f"checksum {hashlib.sha256(os.environ[name].encode()).hexdigest()[:4]}"
    return found


def start(config: Mapping[str, Any], folder: Path, old: Record | None = None) -> Record:
    """The record of a run that has begun, or goes on, written with status running, beside the plain config."""
    origin = config["origin"] or {}
    chosen = {**origin, **dict.fromkeys(rebuild.replaced(config))}
    names = [(chosen.get(group) or "custom").rpartition("/")[2] for group in checks.CELL]
    content = dict.fromkeys(record.KEYS) | {
        "schema": record.SCHEMA,
        "status": "running",
        "cell": "-".join(names),
        "preprocess": names[0],
        "model": names[1],
        "dataset": checks.dataset_name(config),
        "name": config["models"].get("name") or names[1],
        "task": config["task"],
        "metric": config["metric"],
        "n_trials": config["n_trials"],
        "seed": config["seed"],
        "overrides": rebuild.overrides(config),
        "environment": _environment(config),
        "timing": {},
        "error": None,
        "findings": [],
    }
    made = Record(folder, content)
    if old is not None:  # whenever it ends again: this is what it was begun with
        content |= {"data": old["data"], "identity": old["identity"]}
    else:
        refuse_foreign(folder)
    for name in (*record.FILES, record.NAME, record.CONFIG_NAME):  # half written by a process that was killed
        half = f".{name}.*{record.TEMPORARY}"
        for path in (*folder.glob(half), *folder.glob(f"outer/*/{half}")):
            path.unlink(missing_ok=True)
    record.write_config(folder, config)  # first: a record without it could not go on
    made.save()
    if origin.get("shadowing"):
        log.info("Taken from your own files in place of the shipped ones: %s", ", ".join(origin["shadowing"]))
    return made


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder for a new run that holds files of the names that it would write, or a multirun.

    Raises
    ------
    RecordError
        With what it holds.
    """
    found = [f"{name}, which no run has left there" for name in record.FILES if (folder / name).exists()]
    if record.foreign_config(folder):
        found.append(f"{record.CONFIG_NAME}, which no run has left there")
    if (folder / "multirun.yaml").exists() and any(folder.glob(f"*/{record.NAME}")):
        found.append("a multirun")
    if found:
        raise RecordError(f"{folder} holds {found[-1]}: name another folder for the run.")


def free_folder(config: Mapping[str, Any]) -> Path:
    """The folder that the config was composed for, or, where it holds a run already, a new one beside it."""
    origin = config["origin"] or {}
    folder = Path(origin.get("folder") or f"outputs/{datetime.now():%Y-%m-%d/%H-%M-%S-%f}").absolute()
    number = 1
    free = folder
    while (free / record.NAME).exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def described(table: Data) -> dict[str, Any]:
    """The record's `data`."""
    positive = table.classes[-1] if table.classes and len(table.classes) == 2 else None
    return table.sources | {"classes": table.classes, "positive": positive, "columns": table.columns}


def validation(config: Mapping[str, Any], folds: Folds) -> dict[str, Any]:
    """The record's `validation`."""
    node = config["validation"]
    inner = {"inner": [node["inner_splits"], node["inner_repeats"]]} if folds.name == "nested" else {}
    groups = group_column(config)
    grouped = {"groups": groups} if groups is not None else {}  # whose rows are no draws of their own
    return {
        **inner,
        **grouped,
        "name": folds.name,
        "folds": len(folds.splits),
        "train_rows": [len(train) for train, _ in folds.splits],
        "test_rows": [len(held) for _, held in folds.splits],
        "splits": folds.fingerprint(),
        "optimistic": folds.name == "holdout",
    }


def chosen_trial(
    config: Mapping[str, Any], chosen: Trial, trials: list[Trial], scorers: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """What the record says of the chosen trial."""
    params = chosen.params or {}
    default = pipeline.leaves(config, {})
    changed = {key: value for key, value in params.items() if key not in default or repr(default[key]) != repr(value)}
    return {
        "cv": {name: [fold.scores[name] for fold in chosen.folds] for name in scorers},
        "params": pipeline.leaves(config, params),
        "command": rebuild.command(config, changed) or command("rerun", str(folder)),
        "trial": chosen.number,
        "trials": counts(trials),
    }


def counts(trials: list[Trial]) -> dict[str, int]:
    """The record's `trials`."""
    states = Counter(trial.state for trial in trials)
    return {"total": len(trials), "full": states["complete"], "raced": states["raced"], "failed": states["failed"]}


def remove_results(folder: Path) -> None:
    """Remove the results of single settings, which a run that is done needs no more."""
    for one in (folder, *folder.glob("outer/*")):
        storage.remove_results(one)


def fail(made: Record, error: BaseException) -> None:
    """Have the record say what has ended the run."""
    ended = isinstance(error, KeyboardInterrupt)
    made.content["status"] = "interrupted" if ended else "failed"
    made.content["error"] = {
        "type": type(error).__name__,
        "message": targets.redacted(str(error)),
        "traceback": targets.redacted("".join(traceback.format_exception(error))),
    }
    with suppress(OSError):  # a disk that is full is what has ended it
        made.save()
