"""Parts of one table: files that lie side by side, whose columns are read alike in all."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError, EmptyFileError, shown
from mlzoo.reading import frames
from mlzoo.reading.formats import read_file
from mlzoo.reading.source import MIXED, Source, check_signs, together


def read_parts(paths: list[Path], options: Mapping[str, Any], where: str, name: str) -> Source:
    """Read the parts of one table, below each other; what is text in one of them is text in all.

    Parameters
    ----------
    paths : list of Path
        Their files, in order.
    options, where, name
        As in `formats.read_file`.

    Raises
    ------
    DataError
        If they differ in their columns, decimal marks or signs, or a file cannot be read.
    """
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
    of_text = any(part.of_text for part in parts)
    if of_text:  # else their marks are those of the whole
        given = options.get("na_values")
        parts = [p if p.of_text else replace(p, frame=frames.without_marks(p.frame, given)) for p in parts]
    declared = {c for c in columns if any(part.frame[c].dtype == "category" for part in parts)}
    frame = pd.concat([part.frame for part in parts], ignore_index=True)[columns]
    frame = frames.with_categories(frame, declared)  # which differ from part to part
    digest = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
    mixed = [f"the column {c!r} {MIXED}" for c in text]
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
    dotted = {c: mark for part in parts for c, mark in part.dotted.items()}
    blank = frozenset[str]().union(*(part.blank for part in parts))
    ends = tuple(end - 1 for end in accumulate(len(part.frame) for part in parts))
    marks = (_mark_of(parts), signs, points, dotted)
    return Source(frame, name, digest, made, words, *marks, of_text, blank=blank, ends=ends)


def _part(path: Path, options: Mapping[str, Any], where: str, name: str) -> Source | None:
    """A part of a table; None where it has no rows, as those who write parts may leave an empty file for one."""
    try:
        part = read_file(path, options, where, name)
    except EmptyFileError:
        return None
    return None if part.frame.empty else part


def _alike(
    parts: list[Source], paths: list[Path], options: Mapping[str, Any], where: str, name: str
) -> tuple[list[Source], list[str], dict[str, str]]:
    """Parts whose columns are text in all or in none, and have one decimal mark; which became text, and the marks."""
    lists = [c for c in _mixed(parts) if any(_holds_lists(part.frame[c]) for part in parts)]
    options = {**options, "text": [*options["text"], *lists]}  # which decide nothing of numbers
    parts = _read_again(parts, paths, options, where, lambda part: not _are_text(part, lists))
    parts = _of_one_mark(parts, paths, options, where, name)
    points = _points_of(parts)
    decided = any(part.decimal == "," for part in parts) and any(part.guessed for part in parts)
    same = all(part.points.get(column, ".") == mark for part in parts for column, mark in points.items())
    if decided or not same:  # 1.234 is in all of them what it is in one
        likely = "," if any(part.decimal == "," for part in parts) else options["likely"]
        options = {**options, "points": {**points, **options["points"]}, "likely": likely}
        parts = _read_again(parts, paths, options, where, lambda _: True)
    # of text in some of the parts and numbers in others marks in many rows may be why
    numbers = [c for c in _mixed(parts) if c not in options["text"] and _may_be_number(parts, c)]
    options = {**options, "numbers": {*options["numbers"], *numbers}}
    parts = _read_again(parts, paths, options, where, lambda part: any(frames.is_text(part.frame[c]) for c in numbers))
    text = _mixed(parts)
    options = {**options, "text": [*options["text"], *text], "likely": _mark_of(parts)}
    parts = _read_again(parts, paths, options, where, lambda part: not _are_text(part, text))
    return parts, [*lists, *text], points


def _are_text(part: Source, columns: list[str]) -> bool:
    return all(frames.is_text(part.frame[c]) for c in columns)


def _mixed(parts: list[Source]) -> list[str]:
    """The columns that hold text in some of the parts, and in others no text."""
    found = [c for c in parts[0].frame.columns if any(frames.holds_text(part.frame[c]) for part in parts)]
    return [c for c in found if not all(frames.is_text(p.frame[c]) or frames.holds_text(p.frame[c]) for p in parts)]


def _may_be_number(parts: list[Source], column: str) -> bool:
    """Whether a column is one of numbers by some of the parts, and by none one of codes, answers, notes or grades."""
    every = [part.frame[column] for part in parts]
    texts = [values for values in every if frames.is_text(values)]
    if not any(map(types.is_numeric_dtype, every)) or any(map(frames.are_codes, texts)):
        return False
    pointed = [part.frame[column] for part in parts if part.decimal != ","]  # where 1,2 may be two answers
    if any(values.str.contains(r"\d,\d").any() for values in pointed if frames.is_text(values)):
        return False
    broken = any((values.dropna() % 1 != 0).any() for values in every if types.is_float_dtype(values))
    return broken or not any(map(_may_be_notes, texts))


def _may_be_notes(values: "pd.Series[Any]") -> bool:
    """Whether a column holds whole numbers in parentheses, or with a minus behind, as notes and grades are written."""
    return bool(values.str.fullmatch(r"\(\d+\)|\d+-").any())


def _read_again(
    parts: list[Source], paths: list[Path], options: Mapping[str, Any], where: str, needed: Callable[[Source], bool]
) -> list[Source]:
    """The parts; those for which it is `needed` read once more, with these options."""
    return [
        read_file(path, options, where, part.name) if needed(part) else part
        for part, path in zip(parts, paths, strict=True)
    ]


def _of_one_mark(
    parts: list[Source], paths: list[Path], options: Mapping[str, Any], where: str, name: str
) -> list[Source]:
    """The parts read with one decimal mark: where some show none, with that of the others."""
    if not {",", "."} <= {part.decimal for part in parts}:
        return parts
    parts = _read_again(parts, paths, {**options, "likely": ","}, where, lambda part: part.decimal == ".")
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
