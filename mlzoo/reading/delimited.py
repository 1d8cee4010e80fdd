"""CSV files: their dialect is found out from the first bytes, and can be set by hand (`read.*`)."""

from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import kind_override, override
from mlzoo.reading.commas import DecimalMarks, marks_of, notes_on_lists
from mlzoo.reading.dates import is_date
from mlzoo.reading.decimals import DecimalMark, decimal_mark, unclear_decimal
from mlzoo.reading.dialect import look, notes_on_dialect
from mlzoo.reading.fields import (
    LINE_ENDS,
    Rows,
    columns_of,
    is_of_rows,
    padded_codes,
)
from mlzoo.reading.frames import notes_on_blanks, without_blanks, without_marks
from mlzoo.reading.numerals import Found, take_numbers
from mlzoo.reading.opening import encodings, notes_on_encoding, sample_of
from mlzoo.reading.options import check_options
from mlzoo.reading.source import Source
from mlzoo.reading.whole import late_codes, late_words, notes_on_late, read_whole
from mlzoo.text import short


def read_csv(path: Path, options: Mapping[str, Any], where: str) -> Source:
    """Read a CSV file, compressed or not.

    Parameters
    ----------
    path : Path
        Ends in .csv, .tsv, .txt, .tab, .dat or .data, behind which .gz, .bz2, .xz or .zip may stand.
    options : mapping
        `sep`, `encoding`, `decimal`, `na_values`, None where the file decides; `skiprows`: lines above the names;
        `text`: columns that stay text; `likely`: the decimal mark where the file shows none; `target`: the column
        whose kind is not set by hand; `by_hand`: whether notes may advise to set that of the others so; `points`: the
        decimal marks that columns have in the file that this one belongs to.
    where : str
        The config key to name in errors.

    Raises
    ------
    ConfigError
        If an option cannot be.
    DataError
        If it cannot be unpacked, decoded or parsed.
    """
    check_options(options)
    given = options.get("encoding")
    try:
        "".encode(given or "utf-8")  # not by base64 and the like, which make no text
    except (LookupError, UnicodeError):
        raise DataError(f"{where}={path}: read.encoding={given}: Python knows no such encoding.") from None
    sample = sample_of(path, where, given)
    tried = [given] if given else encodings(sample)
    for encoding in tried:
        try:
            return _parse(path, sample, encoding, options, where)
        except UnicodeError as error:  # of UTF-16 without its first bytes, it is none of decoding
            last = error
    raise DataError(f"{where}={path}: cannot be decoded as {' or '.join(tried)} ({last}). Pass read.encoding=…")


# -- reading ------------------------------------------------------------------------------------------------------


def _parse(path: Path, sample: bytes, encoding: str, options: Mapping[str, Any], where: str) -> Source:
    dialect = look(path, sample, encoding, options, where)
    rows, sep, name = dialect.rows, dialect.sep, f"{where}={path}"
    given, likely, known = options.get("decimal"), options.get("likely"), options.get("points", {})
    between_commas = sep == "," and not given
    if sep != ",":  # here the mark of the train file may be between thousands, in its columns too
        known = {column: mark for column, mark in known.items() if mark != (likely or ".")}
        options = {**options, "points": known}
    kept = {*options.get("text", [])}
    codes = {**padded_codes(rows, options.get("na_values")), **options.get("codes", {})}
    padded = {column: code for column, code in codes.items() if column not in kept}
    kept.update(padded)
    may_show = [one for one in columns_of(rows) if one[0] not in kept]
    decimal = DecimalMark(given) if given else decimal_mark(may_show, sep, likely)
    of_columns = DecimalMark(likely or ".", sure=False) if between_commas else decimal
    points = {column: mark for column, mark in known.items() if {mark} != {decimal.mark, of_columns.mark}}
    frame, repeated = read_whole(path, dialect, encoding, decimal.mark, {**options, "text": {*kept, *points}}, name)
    if dialect.cut and (late := late_codes(path, dialect, encoding, frame, options, name)):
        return _parse(path, sample, encoding, {**options, "codes": {**codes, **late}}, where)
    frame, blank = without_blanks(frame)
    found = take_numbers(frame, of_columns, kept, options.get("numbers", ()), points)
    frame = without_marks(frame, options.get("na_values"))
    _check_quotes(frame, sep, name)
    if found.has_shown(decimal.other) and not decimal.sure:  # the first rows have not
        return _parse(path, sample, encoding, {**options, "likely": decimal.other}, where)
    if between_commas:
        marks = marks_of(frame, rows[1:], found, likely, known)
        if marks.again:
            return _parse(path, sample, encoding, {**options, **marks.again}, where)
    else:
        example = "" if given else unclear_decimal(frame, _shown(rows, sep, decimal, likely))
        marks = DecimalMarks(decimal, {}, example, {}, found.other_marks(decimal.mark), frozenset())
    by_file = decimal.mark != "." and not given and not between_commas
    notes = [
        *notes_on_dialect(dialect),
        *_notes_on_repeats(repeated),
        *([] if options.get("encoding") else notes_on_encoding(path, dialect.text, encoding, where)),
        *([f"read with the decimal mark {decimal.mark!r} (read.decimal)"] if by_file else []),
        *notes_on_blanks(blank),
        *_notes_on_columns(marks, found, padded, options),
        *(_notes_on_short(rows, cut=dialect.cut) or notes_on_late(path, dialect, encoding, frame, name)),
    ]
    words = late_words(path, dialect, encoding, frame, options, name)
    return _source(frame, notes, marks, found, words, between_commas=between_commas)


def _notes_on_columns(
    marks: DecimalMarks, found: Found, padded: Mapping[str, str], options: Mapping[str, Any]
) -> list[str]:
    target, by_hand = options.get("target"), options.get("by_hand", True)
    return [
        *_notes_on_unclear(marks.example, marks.decimal),
        *notes_on_lists(marks.lists),
        *found.notes(target, by_hand=by_hand),
        *_notes_on_codes(padded, target, {*options.get("numbers", ())}, by_hand=by_hand),
    ]


def _source(
    frame: pd.DataFrame,
    notes: list[str],
    marks: DecimalMarks,
    found: Found,
    words: Mapping[str, list[str]],
    *,
    between_commas: bool,
) -> Source:
    """The table, with what other files of it are to be read by."""
    words = {column: some for column, some in {**words, **found.marks}.items() if some}
    signs = {column: (sign, text) for column, (sign, text, _) in found.signs.items()}
    none = between_commas and marks.decimal.mark == "."  # which may be no mark of the file
    mark = None if none else marks.decimal.mark
    return Source(
        frame,
        notes=notes,
        words=words,
        decimal=mark,
        signs=signs,
        points=marks.points,
        dotted=found.dotted,
        of_text=True,
        guessed=marks.guessed,
    )


def _shown(rows: Rows, sep: str, decimal: DecimalMark, likely: str | None) -> DecimalMark:
    """The decimal mark of a file, which is not sure where the file itself has not shown it."""
    if likely == ".":  # what the train file has shown may be nothing
        alone = decimal_mark(columns_of(rows), sep)
        return alone if alone.mark == "." else decimal
    return decimal


def _check_quotes(frame: pd.DataFrame, sep: str, name: str) -> None:
    """Refuse quotes that are part of a text and open a field, in which the rows up to the next quote would be lost."""
    numbers = [types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype) for dtype in frame.dtypes]
    for at, column in enumerate(frame.columns):
        if len(sep) > 1 or numbers[at] or frame[column].dtype != "str":
            continue
        values = frame[column]
        several = values[values.str.contains("\n", regex=False) | values.str.contains("\r", regex=False)]
        for row, text in several.items():
            if is_of_rows(text, sep, numbers, at):
                raise DataError(
                    f"{name}: in the column {column!r} the text in row {row} (from 0), {short(text, 30)!r}, goes on "
                    f"over {len(LINE_ENDS.split(text))} lines that look like rows, as a quote opens it and the next "
                    "one stands there: take out quotes that are part of a text, or double them and quote the text."
                )


# -- what is said -------------------------------------------------------------------------------------------------


def _notes_on_unclear(text: str, decimal: DecimalMark) -> list[str]:
    if not text:
        return []
    number, whole = text.replace(decimal.mark, "."), text.replace(decimal.mark, "")
    return [f"{text!r} is read as {float(number):.12g}; {override('read.decimal', decimal.other)} reads it as {whole}"]


def _notes_on_codes(
    padded: Mapping[str, str], target: str | None, numbers: Container[str], *, by_hand: bool
) -> list[str]:
    """What is said of columns of codes, but for months and those that are `numbers` by hand, or in the train file."""
    padded = {name: code for name, code in padded.items() if name not in numbers and not is_date(code)}
    but = {name: f", but with {kind_override('number', name)}" for name in padded if by_hand and name != target}
    how = {name: "leading zeros" if code.startswith("0") else f"{len(code)} digits" for name, code in padded.items()}
    return [
        f"the column {name!r} is written with {how[name]}, as in {code!r}: codes, not numbers{but.get(name, '')}"
        for name, code in padded.items()
    ]


def _notes_on_repeats(number: int) -> list[str]:
    said = "a line that repeats the names of the columns is" if number == 1 else ""
    said = said or f"{number:,} lines that repeat the names of the columns are"
    return [f"{said} left out"] if number else []


def _notes_on_short(rows: Rows, *, cut: bool) -> list[str]:
    short = [number for number, fields in rows if len(fields) < len(rows[0][1])]
    if not short:
        return []
    count = f"{len(short)} rows have" if len(short) > 1 else "a row has"
    count = f"of the first {len(rows) - 1:,} rows {count}" if cut else count
    note = f"{count} fewer fields than the header, the rest is missing (first: line {short[0]})"
    most = len(short) > 0.9 * (len(rows) - 1)
    return [note + r". If they are separated otherwise, say how, as by blanks: read.sep='\s+'" * most]
