"""The lines that the column names of a CSV file stand in, or seem to: titles above them, names or units below them."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mlzoo.errors import DataError
from mlzoo.reading.fields import BREAK, LINE_ENDS, Rows, first_lines, in_one_line, split_rows
from mlzoo.reading.forms import NA_MARKERS, missing_of

NUMBERED = re.compile(r"[^\w\n]*\d")  # what begins as a number does
FEW_BELOW = 3  # rows, by which nothing is told
SHOWN = 40  # letters of a line
ENDLESS = {f"{sign}{word}" for sign in ("", "+", "-") for word in ("inf", "infinity")}


def check_first_line(text: str, name: str, sep: str, others: str) -> list[str]:
    """Refuse a title or a comment above the column names: they fill less fields than each of the lines below them.

    These begin with names where the others have numbers, or stand apart from a title without any mark. Where the first
    line has no separator, it may be one of the `others`. A title of one field above names of three columns or more is
    noted where nothing else tells.
    """
    every = first_lines(text)
    numbers = list(itertools.accumulate((1 + line.count(BREAK) for line in every), initial=1))
    lines = [(at, line) for at, line in enumerate(every) if line.strip()]
    top, first = numbers[lines[0][0]], lines[0][1]
    written = LINE_ENDS.split(text)[top - 1].strip()[:SHOWN]
    notes = []
    for mark in [sep] if sep in first else others:
        filled = [_filled(line, mark) for line in every]
        counts = [filled[at].count(mark) for at, _ in lines]
        marks = [line.count(mark) for _, line in lines]
        most = max(counts)
        start = counts.index(most)
        below = zip(counts[start:], marks[start:], strict=True)
        if not start or len(counts) - start < 3 or any(most != count and of != marks[start] for count, of in below):
            continue
        header = lines[start][0]
        skipped = numbers[header] - 1
        apart = not any(counts[:start]) and (first.startswith("#") or not filled[header - 1].strip())
        rows = [line.split(mark)[: most + 1] for _, line in lines[start:]]
        whole = [row for row, count in zip(rows, counts[start:], strict=True) if count == most]  # no note at the end
        if apart or _has_names(rows) or (len(whole) > FEW_BELOW and _has_names(whole)):
            raise DataError(
                f"{name}: line {top}, {written!r}, does not look like column names, which seem to stand in line "
                f"{skipped + 1}: remove what is above them, or pass read.skiprows={skipped}; read.skiprows=0 says that "
                f"line {top} does hold the names."
            )
        if most > 1 and not any(counts[:start]) and _may_be_names(text, mark, skipped + 1, most + 1):
            notes.append(
                f"line {top}, {written!r}, is read as the column names: where these stand in line {skipped + 1}, pass "
                f"read.skiprows={skipped}"
            )
    return notes


def check_second_line(rows: Rows, name: str, options: Mapping[str, Any]) -> None:
    """Refuse a second line of names, or of units: it is filled with words, of columns that hold numbers below it.

    What stands for a missing number, also by the `options`' na_values, and `inf` are none.
    """
    if len(rows) < 2 + FEW_BELOW:
        return
    (line, second), *below = rows[1:]
    words = [value.strip() for value in second]
    if not all(words) or len(set(words)) < len(words) or any(map(NUMBERED.match, words)):
        return
    for column, word in zip(rows[0][1], words, strict=False):
        missing = missing_of(options.get("na_values"), in_one_line(column))
        if word.lower() in {*NA_MARKERS, *ENDLESS} or word in map(str, missing):
            return
    columns = zip(*(fields for _, fields in below if len(fields) == len(words)), strict=True)
    told = [[value for value in column if value.strip()] for column in columns]
    numbers = sum(bool(known) and all(map(NUMBERED.match, known)) for known in told)
    if numbers >= max(2, len(words) / 2):
        values = "" if options.get("skiprows") else "; read.skiprows=0 says that they are values"
        raise DataError(
            f"{name}: line {line}, {', '.join(words)[:SHOWN]!r}, holds words, and the lines below it numbers: where "
            f"these are the column names, pass read.skiprows={line - 1}; where they are units or the like, remove the "
            f"line{values}."
        )


def _filled(line: str, mark: str) -> str:
    """A line without the empty fields at its end: spreadsheets write as many separators on every line."""
    while (bare := line.rstrip(f"{mark} ").removesuffix('""')) != line:
        line = bare
    return line


def _has_names(rows: list[list[str]]) -> bool:
    """Whether the first of rows of one length has names alone, and all others a number below one of them."""
    numbers = [[bool(NUMBERED.match(value)) for value in row] for row in rows]
    named = not any(numbers[0]) and all(value.strip('" ') for value in rows[0])
    return named and any(map(all, zip(*numbers[1:], strict=True)))


def _may_be_names(text: str, sep: str, line: int, width: int) -> bool:
    """Whether all fields of a line, as many as are told, are filled, without a number and not among those below."""
    rows = [fields[:width] for number, fields in split_rows(text, sep) if number >= line and len(fields) >= width]
    columns = [[value.strip() for value in column] for column in zip(*rows, strict=True)]
    return all(name and not re.match(r"\W*\d", name) and name not in values for name, *values in columns)


def check_header(text: str, sep: str, name: str) -> None:
    """Refuse a column name that stands twice: pandas renames the second, which may be the target again."""
    names = Counter(map(in_one_line, next((fields for _, fields in split_rows(text, sep)), [])))
    twice = next((column for column, count in names.items() if column and count > 1), None)
    if twice:
        none = " Where the first line holds no names, write a line of them above." if re.search(r"\d", twice) else ""
        raise DataError(f"{name}: the column name {twice!r} stands more than once: rename one of them.{none}")
