"""From a source (a file, or a node with a `_target_`) to a DataFrame."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import targets
from mlzoo.errors import DataError, MlzooError
from mlzoo.grammar import override_value, quoted
from mlzoo.reading import frames
from mlzoo.reading.formats import READABLE, read_file
from mlzoo.reading.opening import NEW
from mlzoo.reading.parts import read_parts
from mlzoo.reading.source import Source, with_numbers


def read(
    source: Any,
    options: Mapping[str, Any],
    *,
    where: str,
    folder: str = ".",
    text: Iterable[str] = (),
    decimal: str | None = None,
    target: str | None = None,
    by_hand: bool = True,
    numbers: Iterable[str] = (),
    used: Callable[[str], bool] = lambda _: True,
    points: Mapping[str, str] | None = None,
) -> Source:
    """Read a table.

    Parameters
    ----------
    source : str or mapping
        A path, relative to `folder` or to the shipped data, a pattern of paths (`parts/*.csv`), or a node whose
        `_target_` returns a DataFrame or a Bunch.
    options : mapping
        `sep`, `encoding`, `decimal`, `skiprows` of CSV files, `na_values` of any; None where the file decides.
    where : str
        The config key to name in errors.
    folder : str
        What relative paths are relative to.
    text : iterable of str
        Columns that are text in the file that this one belongs to, and so in this one too: `007` stays `007`.
    decimal : str, optional
        The decimal mark of that file: where this one shows none, `1.234` is what it is there.
    target : str, optional
        The column to predict, whose kind is not set by hand.
    by_hand : bool
        Whether notes may advise to set a column's kind by hand.
    numbers : iterable of str
        Columns that are numbers in that file: here `(5)` is -5 even where all values are so.
    used : callable
        Whether a column, by its name, is of use: others may hold lists and the like.
    points : mapping, optional
        The decimal marks that columns have in that file: there `1.234` may be 1234.

    Raises
    ------
    DataError
        If there is no such file, it is empty or cannot be parsed.
    """
    text, numbers = {*text}, {*numbers}
    shared: dict[str, Any] = {"numbers": numbers, "points": points or {}, "target": target, "by_hand": by_hand}
    typed = {**shared, "kept": text, "decimal": decimal}
    if isinstance(source, Mapping):
        return with_numbers(_from_target(source, where, folder), options.get("na_values"), **typed)
    paths = paths_of(source, where, folder)
    options = {**options, **shared, "text": text, "likely": decimal, "used": used}
    if len(paths) > 1:
        made = read_parts(paths, options, where, str(source))
    else:
        made = read_file(paths[0], options, where, str(source))
    if made.frame.empty:
        raise DataError(f"{where}={source} holds column names but no rows.")
    return made if made.of_text else with_numbers(made, options.get("na_values"), **typed)


def paths_of(source: Any, where: str, folder: str) -> list[Path]:
    """The files that a path, or a pattern of paths, names: see `read`."""
    name = targets.from_environment(_named(source, where), where=where)
    return _parts(name, where, folder) or [find(name, where=where, folder=folder)]


def _named(source: Any, where: str) -> str:
    """The name of a file or a pattern; what cannot be one is refused."""
    if isinstance(source, list | tuple):
        raise DataError(
            f"{where}={override_value(list(source))}: this is a list; parts of one table are named by a pattern, such "
            f"as {where}='parts/*.csv'."
        )
    name = str(source)
    if not name.strip():
        raise DataError(f"{where}= is empty: name a file, {where}=my.csv.")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", name):
        node = f"{where}={override_value({'_target_': 'pandas.read_csv', 'filepath_or_buffer': name})}"
        raise DataError(
            f"{where}={name}: addresses are not read: fetch the file"
            + (f", or pass a node, {quoted(node)}" if where != NEW else ".")
        )
    return name


def _parts(name: str, where: str, folder: str) -> list[Path]:
    """The files that a pattern stands for, by name; none where it is none."""
    if not re.search(r"[*?\[]", name) or Path(folder, name).is_file():
        return []
    paths = [Path(path) for path in sorted(glob.glob(str(Path(folder, Path(name).expanduser())), recursive=True))]
    files = [path for path in paths if path.is_file()]
    if not files:
        raise DataError(f"{where}={name}: no file matches this pattern ({Path(folder, name).absolute()}).")
    return files


def find(name: str, *, where: str, folder: str) -> Path:
    """The file that a path names: under `folder`, or, for `data/…`, among the shipped files.

    In place of a folder below `data` that is there, no shipped one is looked at.
    """
    path = Path(folder, Path(name).expanduser())
    if path.is_file():
        return path
    if path.is_dir():
        raise DataError(f"{where}={name}: this is a folder: name a file, or its parts, {where}='{_pattern_of(path)}'.")
    if path.exists():
        raise DataError(f"{where}={name}: this is a pipe or a device, which can be read but once: write it to a file.")
    package, data = Path(__file__).resolve().parents[1], Path(folder, "data")
    if path.parent == data or (path.is_relative_to(data) and not path.parent.exists()):
        for home in (package / "data_files", package.parent / "data"):
            if (home / path.relative_to(data)).is_file():
                return home / path.relative_to(data)
    raise DataError(
        f"{where}={name}: there is no such file ({path.resolve()}). Paths are relative to the start folder."
    )


def _pattern_of(folder: Path) -> str:
    """The pattern of the first files in a folder, or below it, that can be read."""
    for home, folders, names in os.walk(folder):
        folders.sort()
        endings = [found[0] for name in sorted(names) if (found := re.search(READABLE, name))]
        if endings:
            return f"{folder}/{'**/' * (Path(home) != folder)}*{endings[0]}"
    return f"{folder}/*.csv"


def _from_target(node: Mapping[str, Any], where: str, folder: str) -> Source:
    given = f"{where}._target_={node['_target_']}"
    try:
        made = targets.build(node, where=where, start_folder=folder, config_key=where)
        if isinstance(made, Mapping) and "data" in made and "target" in made:  # a scikit-learn Bunch
            made = _of_bunch(made, given)
    except MlzooError:
        raise
    except Exception as error:
        raise DataError(f"{given} failed with {type(error).__name__}: {error}") from error
    if not isinstance(made, pd.DataFrame):
        raise DataError(f"{given} returned {type(made).__name__}, not a DataFrame or a Bunch.")
    if made.empty:
        raise DataError(f"{given} returned no rows.")
    name = str(made.attrs.pop("source", node["_target_"]))
    made = frames.tidy(made, given)
    return Source(made, name, frames.fingerprint(made))


def _of_bunch(made: Mapping[str, Any], name: str) -> pd.DataFrame:
    given = made["target"]
    if getattr(given, "ndim", 1) > 1:
        if given.shape[1] > 1:
            raise DataError(f"{name} has several target columns: mlzoo predicts one.")
        given = np.asarray(given)[:, 0]
    if hasattr(made["data"], "toarray"):
        raise DataError(f"{name} holds a sparse matrix, which cannot be read: take a dense one.")
    names = [str(name) for name in made.get("feature_names", [])] or None
    frame = pd.DataFrame(made["data"], columns=None if isinstance(made["data"], pd.DataFrame) else names)
    frame = frame.rename(columns=str)
    if "target" in frame:
        raise DataError(f"{name} has a column 'target' beside its target, which is called so: rename the column.")
    labels = made.get("target_names")
    target = pd.Series(given, index=frame.index)
    if labels is not None and pd.api.types.is_integer_dtype(target) and {*target.unique()} == {*range(len(labels))}:
        target = pd.Series([str(labels[code]) for code in target], index=frame.index)
    return frame.assign(target=target)
