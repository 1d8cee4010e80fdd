"""How a CSV file is written: its separator, its names and what stands above them, found out from its first rows."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlzoo.errors import DataError, EmptyFileError
from mlzoo.reading.fields import (
    FIELD_MARKS,
    LINE_ENDS,
    SEPARATORS,
    SPACES,
    Rows,
    has_row_names,
    in_one_line,
    looks_like_values,
    separator,
    split_rows,
)
from mlzoo.reading.headings import check_first_line, check_header, check_second_line
from mlzoo.reading.layout import is_ruled, note_on_one_column, without_rules
from mlzoo.reading.opening import SAMPLE
from mlzoo.text import short


@dataclass(frozen=True)
class Dialect:
    """How a file is written, by its first rows.

    Attributes
    ----------
    text : str
        The first rows, what is above the names left blank.
    cut : bool
        Whether there are more.
    sep : str
        What separates fields.
    found : bool
        Whether that was found out.
    skipped : int
        Lines above the names.
    ruled : bool
        Whether it is a table between bars, with lines of dashes.
    titled : list of str
        What is to be said of a title above the names.
    rows : list
        Numbers of lines and their fields, the names in one line each.
    first : str or None
        The first row's name, where rows have one that has no name itself.
    written : dict
        By name in one line, the name as it is written.
    """

    text: str
    cut: bool
    sep: str
    found: bool
    skipped: int
    ruled: bool
    titled: list[str]
    rows: Rows
    first: str | None
    written: dict[str, str]


def look(path: Path, sample: bytes, encoding: str, options: Mapping[str, Any], where: str) -> Dialect:
    """How a file is written, by a sample of it; what `options` say is not found out: see `delimited.read_csv`.

    Raises
    ------
    DataError
        If it is empty, or its first line cannot be that of the names.
    """
    decoder = codecs.getincrementaldecoder(encoding)()  # which knows a sign that the sample has cut
    cut, name = len(sample) % SAMPLE == 0, f"{where}={path}"
    text = decoder.decode(sample, final=not cut).removeprefix("\ufeff")
    if not text.strip():
        raise EmptyFileError(f"{name} is empty.")
    text, named, skipped = _below(text, options.get("skiprows") or 0)
    if not text.strip():
        lines = "line" if skipped == 1 else f"{skipped} lines"
        raise DataError(f"{name} holds nothing but its first {lines}.")
    asked = str(options.get("sep") or "")
    given = SEPARATORS.get(asked, asked)
    ruled = not named and given in ("", "|") and is_ruled(text, cut=cut)
    text = "\n".join(without_rules(LINE_ENDS.split(text)[: -1 if cut else None], name)) if ruled else text
    sep = "|" if ruled else given or named or separator(text)
    others = "" if given or sep == SPACES else FIELD_MARKS
    titled = check_first_line(text, name, sep, others) if options.get("skiprows") is None else []
    check_header(text, sep, name)
    rows = list(split_rows(text, sep))
    rows = rows[:-1] if cut and len(rows) > 1 else rows  # the sample may cut the last one
    first = rows[1][1][0] if has_row_names(rows, sep) else None
    if first is not None:
        rows[1:] = [(number, fields[1:]) for number, fields in rows[1:]]
    names = [column or f"Unnamed: {at}" for at, column in enumerate(rows[0][1])]  # as pandas calls them
    written = {in_one_line(column): column for column in names}
    once = [rows[0], *(row for row in rows[1:] if row[1] != rows[0][1])]  # without names that stand once more
    rows = once if len(once) > 1 else rows
    if options.get("skiprows") != 0:
        check_second_line(rows, name, options)
    rows[0] = rows[0][0], [*map(in_one_line, names)]
    return Dialect(text, cut, sep, not given, skipped, ruled, titled, rows, first, written)


def _below(text: str, lines: int) -> tuple[str, str | None, int]:
    """A text whose first lines are blank, so that others keep their numbers; what Excel's `sep=;` says; how many."""
    above = re.match(rf"(?:[^\r\n]*(?:\r\n|\r|\n)){{0,{lines}}}", text)
    assert above is not None
    text = text[above.end() :]
    named = re.match(r'"?sep=(.)"?(?=\r?\n)', text)  # Excel's own first line
    text = text[named.end() :] if named else text
    return "\n" * lines + text, named[1] if named else None, lines + bool(named)


def notes_on_dialect(dialect: Dialect) -> list[str]:
    """What was found out about how a file is written."""
    notes = [f"read with the separator {dialect.sep!r} (read.sep)"] if dialect.found and dialect.sep != "," else []
    notes += dialect.titled
    if dialect.found and dialect.first is None and len(dialect.rows[0][1]) == 1:
        notes += note_on_one_column(dialect.text, cut=dialect.cut)
    if dialect.ruled:
        notes.append("lines of dashes, those above and below the table and blanks beside bars are left out")
    if dialect.first is not None:
        named = f"the first field of each row, such as {dialect.first!r}, has no name above it"
        notes.append(f"{named}: left out as the row's name")
    return [*notes, *_notes_on_names(dialect.rows, dialect.sep)]


def _notes_on_names(rows: Rows, sep: str) -> list[str]:
    if not looks_like_values(rows):
        return []
    first = short(sep.join(rows[0][1]) if len(sep) == 1 else " ".join(rows[0][1]), 40)
    return [f"the first line, {first!r}, is read as the column names: if it is a row, write a line of names above"]
