"""From a source (a file, or a node with a `_target_`) to a DataFrame."""

import glob
import hashlib
import os
import re
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo import targets
from mlzoo.errors import DataError, EmptyFileError, MlzooError, shown
from mlzoo.grammar import override_value, quoted
from mlzoo.reading import frames, memory, opening
from mlzoo.reading.delimited import read_csv
from mlzoo.reading.opening import NEW, instead
from mlzoo.reading.parquet import read_parquet
from mlzoo.reading.source import Source, check_signs, together, with_numbers, without_blanks

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
READABLE = r"(?i)\.((csv|tsv|txt)(\.(gz|bz2|xz|zip))?|parquet)$"


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
    typed: dict[str, Any] = {"kept": text, "numbers": numbers, "points": points, "target": target, "by_hand": by_hand}
    typed |= {"decimal": decimal}
    if isinstance(source, Mapping):
        return with_numbers(_from_target(source, where, folder), options.get("na_values"), **typed)
    name = targets.from_environment(_named(source, where), where=where)
    options = {**options, "text": text, "likely": decimal, "target": target, "by_hand": by_hand}
    options |= {"numbers": numbers, "used": used, "points": points or {}}
    paths = _parts(name, where, folder) or [find(name, where=where, folder=folder)]
    several = len(paths) > 1
    made = _joined(paths, options, where, str(source)) if several else _file(paths[0], options, where, str(source))
    if made.frame.empty:
        raise DataError(f"{where}={source}: {name} holds column names but no rows.")
    return made if made.of_text else with_numbers(made, options.get("na_values"), **typed)


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


def _file(path: Path, options: Mapping[str, Any], where: str, name: str) -> Source:
    bare = _bare(path, where)
    if not bare.endswith(SUFFIXES):
        raise DataError(
            f"{where}={name}: files end in {', '.join(SUFFIXES)} (the text ones also compressed: my.csv.gz, .bz2, .xz "
            f"or .zip).{instead(name, where, path.suffix.lower())}"
        )
    if path.stat().st_size == 0:
        raise EmptyFileError(f"{where}={name}: {path} is empty (0 bytes).")
    if path.suffix.lower() in SUFFIXES[:-1]:
        memory.warn_of(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    of_text = not bare.endswith(".parquet")
    table = read_csv(path, options, where) if of_text else read_parquet(path, where)
    frame = frames.tidy(table.frame, f"{where}={name}", options["used"])
    marks = table.decimal, table.signs, table.points
    return without_blanks(Source(frame, name, digest, table.notes, table.words, *marks, of_text, table.guessed))


def _bare(path: Path, where: str) -> str:
    """The name of a file without the ending of a packed one; of an archive whose own says nothing, that inside."""
    bare = re.sub(r"\.(gz|bz2|xz|zip)$", "", path.name.lower())
    if path.suffix.lower() != ".zip" or bare.endswith(SUFFIXES):
        return bare
    try:
        archive, inside = opening.unzipped(path, where)
    except opening.BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    archive.close()
    if not inside.filename.lower().endswith(SUFFIXES[:-1]):
        raise DataError(f"{where}={path} holds {inside.filename!r}, which is no text file: unpack it and name that.")
    return inside.filename.lower()


def _joined(paths: list[Path], options: Mapping[str, Any], where: str, name: str) -> Source:
    """Parts of one table, below each other; what is text in one of them is text in all."""
    every = [_part(path, options, where, f"{name} ({path.name})") for path in paths]
    full = [(path, part) for path, part in zip(paths, every, strict=True) if part is not None]
    empty = [path.name for path, part in zip(paths, every, strict=True) if part is None]
    if not full:
        raise DataError(f"{where}={name}: {paths[0].name} and every other file hold no rows.")
    paths, parts = [path for path, _ in full], [part for _, part in full]
    columns = list(parts[0].frame.columns)
    for part, path in zip(parts, paths, strict=True):
        other = sorted(set(part.frame.columns) ^ set(columns), key=str)
        if other:
            raise DataError(
                f"{where}={name}: {path.name} and {paths[0].name} differ in their columns: {other[0]!r} stands in one "
                "of them alone. Parts of one table have the same columns."
            )
    parts, text, points = _alike(parts, paths, options, where, name)
    check_signs(parts, columns)
    declared = {c for c in columns if any(part.frame[c].dtype == "category" for part in parts)}
    frame = pd.concat([part.frame for part in parts], ignore_index=True)[columns]
    frame = frames.with_categories(frame, declared)  # which differ from part to part
    digest = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
    mixed = [f"the column {c!r} is text in some of the files and none in others: read as text" for c in text]
    skipped = [f"{shown(empty, 10)} {'holds' if len(empty) == 1 else 'hold'} no rows: skipped"] if empty else []
    notes = [*skipped, *mixed, *together([(path.name, part.notes) for path, part in zip(paths, parts, strict=True)])]
    words: dict[str, list[str]] = {c: sorted({w for part in parts for w in part.words.get(c, [])}) for c in columns}
    below = [path.relative_to(os.path.commonpath(paths)) for path in paths]
    key = next((part for path in below for part in path.parts[:-1] if "=" in part), None)
    if key is not None:
        notes.append(f"the names of its folders, such as {key}, are no columns")
    made = [f"{len(parts)} files, {below[0]} to {below[-1]}", *notes]
    words = {c: some for c, some in words.items() if some}
    signs = {c: sign for part in parts for c, sign in part.signs.items()}
    of_text = any(part.of_text for part in parts)
    return Source(frame, name, digest, made, words, _mark_of(parts), signs, points, of_text)


def _part(path: Path, options: Mapping[str, Any], where: str, name: str) -> Source | None:
    """A part of a table; None where it has no rows, as those who write parts may leave an empty file for one."""
    try:
        part = _file(path, options, where, name)
    except EmptyFileError:
        return None
    return None if part.frame.empty else part


def _alike(
    parts: list[Source], paths: list[Path], options: Mapping[str, Any], where: str, name: str
) -> tuple[list[Source], list[str], dict[str, str]]:
    """Parts whose columns are text in all or in none, and have one decimal mark; which became text, and the marks."""
    lists = [c for c in _mixed(parts) if any(_holds_lists(part.frame[c]) for part in parts)]
    options = {**options, "text": [*options["text"], *lists]}  # which decide nothing of numbers
    parts = _with_text(parts, paths, lists, options, where)
    parts = _of_one_mark(parts, paths, options, where, name)
    points = _points_of(parts)
    decided = any(part.decimal == "," for part in parts) and any(part.guessed for part in parts)
    same = all(part.points.get(column, ".") == mark for part in parts for column, mark in points.items())
    if decided or not same:  # 1.234 is in all of them what it is in one
        likely = "," if any(part.decimal == "," for part in parts) else options["likely"]
        options = {**options, "points": {**points, **options["points"]}, "likely": likely}
        parts = [_file(path, options, where, part.name) for part, path in zip(parts, paths, strict=True)]
    numbers = _numbers_of(parts, options["text"])
    options = {**options, "numbers": {*options["numbers"], *numbers}}
    parts = _with_numbers(parts, paths, numbers, options, where)
    text = _mixed(parts)
    options = {**options, "text": [*options["text"], *text], "likely": _mark_of(parts)}
    return _with_text(parts, paths, text, options, where), [*lists, *text], points


def _mixed(parts: list[Source]) -> list[str]:
    """The columns that hold text in some of the parts, and in others no text."""
    found = [c for c in parts[0].frame.columns if any(frames.holds_text(part.frame[c]) for part in parts)]
    return [c for c in found if not all(frames.is_text(p.frame[c]) or frames.holds_text(p.frame[c]) for p in parts)]


def _numbers_of(parts: list[Source], text: Container[str]) -> list[str]:
    """The columns that are text in some of the parts and numbers in others, but for codes and lists: see `_mixed`."""
    names = [c for c in _mixed(parts) if c not in text and not any(frames.are_codes(part.frame[c]) for part in parts)]
    names = [c for c in names if any(types.is_numeric_dtype(part.frame[c]) for part in parts)]
    whole = [
        c for c in names if not any(types.is_float_dtype(part.frame[c].dropna().convert_dtypes()) for part in parts)
    ]
    names = [c for c in names if c not in whole or not any(_may_be_notes(part.frame[c]) for part in parts)]
    pointed = [part.frame for part in parts if part.decimal != ","]  # where 1,2 may be two answers
    return [c for c in names if not any(frames.is_text(f[c]) and f[c].str.contains(r"\d,\d").any() for f in pointed)]


def _may_be_notes(values: "pd.Series[Any]") -> bool:
    """Whether a column holds whole numbers in parentheses, or with a minus behind, as notes and grades are written."""
    return frames.is_text(values) and bool(values.str.fullmatch(r"\(\d+\)|\d+-").any())


def _with_numbers(
    parts: list[Source], paths: list[Path], numbers: list[str], options: Mapping[str, Any], where: str
) -> list[Source]:
    """The parts, read once more where columns that are numbers elsewhere are text."""
    return [
        _file(path, options, where, part.name) if any(frames.is_text(part.frame[c]) for c in numbers) else part
        for part, path in zip(parts, paths, strict=True)
    ]


def _with_text(
    parts: list[Source], paths: list[Path], text: list[str], options: Mapping[str, Any], where: str
) -> list[Source]:
    """The parts, read once more where columns that are to be text are not."""
    return [
        part if all(frames.is_text(part.frame[c]) for c in text) else _file(path, options, where, part.name)
        for part, path in zip(parts, paths, strict=True)
    ]


def _of_one_mark(
    parts: list[Source], paths: list[Path], options: Mapping[str, Any], where: str, name: str
) -> list[Source]:
    """The parts read with one decimal mark: where some show none, with that of the others."""
    if not {",", "."} <= {part.decimal for part in parts}:
        return parts
    again = {**options, "likely": ","}
    parts = [
        part if part.decimal != "." else _file(path, again, where, part.name)
        for part, path in zip(parts, paths, strict=True)
    ]
    odd = next((path.name for part, path in zip(parts, paths, strict=True) if part.decimal == "."), None)
    if odd is None:
        return parts
    other = next(path.name for part, path in zip(parts, paths, strict=True) if part.decimal == ",")
    raise DataError(f"{where}={name}: the decimal mark of {other} is ',', that of {odd} is '.': write them alike.")


def _holds_lists(values: "pd.Series[Any]") -> bool:
    """Whether a column holds lists of more than two, which no mark makes numbers."""
    return frames.holds_text(values) and bool(values.astype("str").str.fullmatch(r"\d+(?:,\d+){2,}").any())


def _points_of(parts: list[Source]) -> dict[str, str]:
    """The decimal mark of each column in all parts: a point that one has shown, else a comma.

    What was guessed is so where no part has decimal commas.
    """
    found = [(name, mark, name in part.guessed) for part in parts for name, mark in part.points.items()]
    guessed = {name: mark for name, mark, guess in found if guess and not any(part.decimal == "," for part in parts)}
    commas = {name: mark for name, mark, _ in found if mark == ","}
    return {**guessed, **commas, **{name: mark for name, mark, guess in found if mark == "." and not guess}}


def _mark_of(parts: list[Source]) -> str | None:
    return next((part.decimal for part in parts if part.decimal is not None), None)


def find(name: str, *, where: str, folder: str) -> Path:
    """The file that a path names: under `folder`, or, for `data/…`, among the shipped files.

    In place of a folder below `data` that is there, no shipped one is looked at.
    """
    path = Path(folder, Path(name).expanduser())
    if path.is_file():
        return path
    if path.is_dir():
        raise DataError(f"{where}={name}: this is a folder: name a file, or its parts, {where}='{_pattern_of(path)}'.")
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
    try:
        made = targets.build(node, where=where, start_folder=folder, config_key=where)
    except MlzooError:
        raise
    except Exception as error:
        raise DataError(f"{where}._target_={node['_target_']} failed with {type(error).__name__}: {error}") from error
    if isinstance(made, Mapping) and "data" in made and "target" in made:  # a scikit-learn Bunch
        if getattr(made["target"], "ndim", 1) > 1:
            raise DataError(f"{where}._target_={node['_target_']} has several target columns: mlzoo predicts one.")
        names = [str(name) for name in made.get("feature_names", [])] or None
        frame = pd.DataFrame(made["data"], columns=None if isinstance(made["data"], pd.DataFrame) else names)
        labels = made.get("target_names")
        target = pd.Series(made["target"], index=frame.index)
        if labels is not None and pd.api.types.is_integer_dtype(target) and len(labels) == target.nunique():
            target = pd.Series([str(labels[code]) for code in target], index=frame.index)
        made = frame.rename(columns=str).assign(target=target)
    if not isinstance(made, pd.DataFrame):
        raise DataError(
            f"{where}._target_={node['_target_']} returned {type(made).__name__}, not a DataFrame or a Bunch."
        )
    if made.empty:
        raise DataError(f"{where}._target_={node['_target_']} returned no rows.")
    name = str(made.attrs.pop("source", node["_target_"]))
    made = frames.tidy(made, f"{where}._target_={node['_target_']}")
    return Source(made, name, frames.fingerprint(made), [])
