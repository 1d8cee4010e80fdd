"""CSV files: their dialect is found out from the first bytes, and can be set by hand (`read.*`)."""

import io
import itertools
import warnings
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import kind_override, override
from mlzoo.reading.commas import DecimalMarks, marks_of, notes_on_lists
from mlzoo.reading.decimals import DecimalMark, decimal_mark, unclear_decimal
from mlzoo.reading.dialect import Dialect, look, notes_on_dialect
from mlzoo.reading.fields import (
    LINE_ENDS,
    SPACES,
    Rows,
    advice,
    columns_of,
    fields_of,
    has_blanks,
    in_one_line,
    is_of_rows,
    of_one_length,
    padded_codes,
    reason,
)
from mlzoo.reading.forms import NA_MARKERS, WORDS, missing_of
from mlzoo.reading.frames import may_be_rounded, notes_on_blanks, without_blanks, without_marks
from mlzoo.reading.layout import without_rules
from mlzoo.reading.numerals import Found, take_numbers
from mlzoo.reading.opening import BROKEN, encodings, notes_on_encoding, opened, sample_of
from mlzoo.reading.options import check_options
from mlzoo.reading.source import Source
from mlzoo.text import short

ROW = "\0"  # the name of a column that is left out: of names of rows
CHUNK = 1 << 20  # characters that are looked through at once


def read_csv(path: Path, options: Mapping[str, Any], where: str) -> Source:
    """Read a CSV file, compressed or not.

    Parameters
    ----------
    path : Path
        Ends in .csv, .tsv or .txt, behind which .gz, .bz2, .xz or .zip may stand.
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
    if likely != "," and sep != ",":  # marks of columns between commas: here a point may be between thousands
        known = {column: mark for column, mark in known.items() if mark != "."}
        options = {**options, "points": known}
    kept = {*options.get("text", [])}
    may_show = [one for one in columns_of(rows) if one[0] not in kept]
    decimal = DecimalMark(given) if given else decimal_mark(may_show, sep, likely)
    of_columns = DecimalMark(likely or ".", sure=False) if between_commas else decimal
    codes = {**padded_codes(rows, options.get("na_values")), **options.get("codes", {})}
    padded = {column: code for column, code in codes.items() if column not in kept}
    kept.update(padded)
    points = {column: mark for column, mark in known.items() if {mark} != {decimal.mark, of_columns.mark}}
    frame, repeated = _read_exact(path, dialect, encoding, decimal.mark, {**options, "text": {*kept, *points}}, name)
    if dialect.cut and (late := _late_codes(path, dialect, encoding, frame, options, name)):
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
        *(_notes_on_short(rows, cut=dialect.cut) or _notes_on_late(path, dialect, encoding, frame, name)),
    ]
    words = _words(path, dialect, encoding, frame, options, name)
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
        of_text=True,
        guessed=marks.guessed,
    )


def _shown(rows: Rows, sep: str, decimal: DecimalMark, likely: str | None) -> DecimalMark:
    """The decimal mark of a file, which is not sure where the file itself has not shown it."""
    if likely == ".":  # what the train file has shown may be nothing
        alone = decimal_mark(columns_of(rows), sep)
        return alone if alone.mark == "." else decimal
    return decimal


def _read_exact(
    path: Path, dialect: Dialect, encoding: str, decimal: str, options: Mapping[str, Any], name: str
) -> tuple[pd.DataFrame, int]:
    """A file as pandas reads it, but for long whole numbers beside missing ones: these keep their digits.

    Rows in which the names stand once more are left out; how many they are.
    """
    written = dialect.written
    as_written = {**options, "text": {written.get(column, column) for column in options["text"]}}
    if isinstance(marks := options.get("na_values"), Mapping):
        as_written["na_values"] = {written.get(column, column): some for column, some in marks.items()}
    frame, repeated = _read_frame(path, dialect, encoding, decimal, as_written, name), 0
    if 0 < _repeats(frame).sum() < len(frame):  # which make text of numbers
        as_written["repeated"], rows = True, len(frame)
        del frame  # there may be no room for two
        frame = _read_frame(path, dialect, encoding, decimal, as_written, name)
        repeated = rows - len(frame)
    if large := [column for column in frame.columns if may_be_rounded(frame[column])]:
        kinds = dict.fromkeys(large, "Int64")
        with suppress(ValueError, TypeError, OverflowError):  # of those with exponents, or beyond 63 bits
            frame[large] = _read_frame(path, dialect, encoding, decimal, {**as_written, "whole": kinds}, name)
    return frame.drop(columns=ROW, errors="ignore").rename(columns=in_one_line), repeated


def _late_codes(
    path: Path, dialect: Dialect, encoding: str, frame: pd.DataFrame, options: Mapping[str, Any], name: str
) -> dict[str, str]:
    """Columns of digits in which a leading zero stands behind the first rows, which have as many digits each."""
    lengths = {column: length for column, length in of_one_length(dialect.rows).items() if column in frame}
    known = options.get("codes", {}).keys() | {*options["text"]}
    texts = [column for column in lengths if frame[column].dtype == "str" and column not in known]  # beside marks
    numbers = [column for column in lengths if types.is_numeric_dtype(frame[column])]
    doubtful = [column for column in numbers if frame[column].between(0, 10 ** (lengths[column] - 1) - 1).any()]
    as_text = {**options, "whole": {dialect.written.get(column, column): "str" for column in doubtful}}
    read = _read_frame(path, dialect, encoding, ".", as_text, name).rename(columns=in_one_line) if doubtful else frame
    found = {}
    for column in [*texts, *doubtful]:
        values = (frame if column in texts else read)[column].dropna().str.strip()
        digits = values.str.fullmatch("[0-9]+")
        padded = values[digits & values.str.match("0[0-9]")]
        if len(padded) and values[~digits].str.lower().isin({*NA_MARKERS, ""}).all():
            found[column] = str(padded.iloc[0])
    return found


def _repeats(frame: pd.DataFrame) -> "pd.Series[bool]":
    """The rows in which the names of the columns stand once more, as where files were joined with their first lines."""
    frame = frame.drop(columns=ROW, errors="ignore")
    found = pd.Series(len(frame.columns) > 1, index=frame.index)
    for at, name in enumerate(map(str, frame.columns)):
        values = frame[name]
        if name == f"Unnamed: {at}":
            found &= values.isna() | values.eq("")
        elif types.is_numeric_dtype(values):
            found &= values.eq(pd.to_numeric(name, errors="coerce")).fillna(False).astype(bool)
        else:
            found &= values.astype("str").str.removeprefix("\ufeff").eq(name).fillna(False).astype(bool)
        if not found.any():
            break
    return found


def _read_frame(
    path: Path, dialect: Dialect, encoding: str, decimal: str, options: Mapping[str, Any], name: str
) -> pd.DataFrame:
    text, sep, skipped = dialect.text, dialect.sep, dialect.skipped
    whole = options.get("whole")  # columns that are read alone, and their types
    values: dict[str, Any] = {
        "decimal": decimal,
        "dtype": whole or dict.fromkeys(options["text"], "str"),
        "usecols": whole and [*whole],
        **_missing(options.get("na_values"), dialect.written.values()),
    }
    engine: Any = {"engine": "c", "low_memory": False}
    try:
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning), opened(path, name) as file:
            written = io.TextIOWrapper(file, encoding=encoding, newline="")
            for _ in range(skipped):  # pandas counts the lines of a field in quotes as one
                written.readline()
            lines = io.StringIO("\n".join(without_rules(written, name))) if dialect.ruled else written
            fields: dict[str, Any] = {
                "sep": sep,
                "names": None if dialect.first is None else [ROW, *dialect.written.values()],
                "skipinitialspace": has_blanks(text, sep),
                **({"engine": "python"} if len(sep) > 1 and sep != SPACES else engine),
            }
            if options.get("repeated"):  # all are text at first
                plain = pd.read_csv(lines, header=0, index_col=False, dtype="str", keep_default_na=False, **fields)
                lines = io.StringIO(plain[~_repeats(plain)].drop(columns=ROW, errors="ignore").to_csv(index=False))
                fields = engine
            frame = pd.read_csv(lines, header=0, index_col=False, **fields, **values)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{name} cannot be parsed with the separator {sep!r}: {reason(error, text, sep, skipped)} "
            f"{advice(error, text, sep)}"
        ) from error
    except BROKEN as error:
        raise DataError(f"{name} cannot be read: {error}") from error
    assert isinstance(frame, pd.DataFrame)
    return frame


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


def _missing(given: Any, names: Iterable[str]) -> dict[str, Any]:
    r"""What pandas reads as missing: its own words, a database's `\N`, and those given; of [] empty fields alone."""
    if given == []:
        return {"na_values": [""], "keep_default_na": False}
    by_column = isinstance(given, Mapping)
    every = {name: [*missing_of(given, name), r"\N"] for name in names}
    return {"na_values": every if by_column else [*missing_of(given, ""), r"\N"]}


def _words(
    path: Path, dialect: Dialect, encoding: str, frame: pd.DataFrame, options: Mapping[str, Any], name: str
) -> dict[str, list[str]]:
    """The words in columns of text that were read as missing and may be values, such as None, by column."""
    missing = [column for column in frame.columns if frame[column].isna().any()]
    texts = [column for column in missing if frame[column].dtype == "str" or frame[column].isna().all()]
    places = {column: at for at, column in enumerate(frame.columns) if column in texts}
    found = {column: {row[at] for _, row in dialect.rows[1:] if len(row) > at} for column, at in places.items()}
    if dialect.cut and texts and _holds_words(path, encoding, name):
        as_text = {dialect.written.get(column, column): "str" for column in texts}
        as_written = {**options, "whole": as_text, "na_values": []}
        read = _read_frame(path, dialect, encoding, ".", as_written, name).rename(columns=in_one_line)
        found = {column: {*read.loc[read[column].isin(WORDS), column]} for column in texts}
    # of read.na_values=[] they are values
    return {
        column: sorted(word for word in some & WORDS if not frame[column].eq(word).any())
        for column, some in found.items()
    }


def _holds_words(path: Path, encoding: str, name: str) -> bool:
    """Whether a file has any of the words, be it as a part of another."""
    longest = max(map(len, WORDS))
    with opened(path, name) as file:
        written, before = io.TextIOWrapper(file, encoding=encoding, newline=""), ""
        while some := written.read(CHUNK):
            if any(word in before + some for word in WORDS):
                return True
            before = some[-longest:]
    return False


# -- what is said -------------------------------------------------------------------------------------------------


def _notes_on_unclear(text: str, decimal: DecimalMark) -> list[str]:
    if not text:
        return []
    number, whole = text.replace(decimal.mark, "."), text.replace(decimal.mark, "")
    return [f"{text!r} is read as {float(number):.12g}; {override('read.decimal', decimal.other)} reads it as {whole}"]


def _notes_on_codes(
    padded: Mapping[str, str], target: str | None, numbers: Container[str], *, by_hand: bool
) -> list[str]:
    """What is said of columns of codes, but for those that are `numbers` by hand, or in the train file."""
    padded = {name: code for name, code in padded.items() if name not in numbers}
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
    count = f"{len(short)} rows have" if len(short) > 1 else "a row has"
    count = f"of the first {len(rows) - 1:,} rows {count}" if cut else count
    return [f"{count} fewer fields than the header, the rest is missing (first: line {short[0]})"] if short else []


def _notes_on_late(path: Path, dialect: Dialect, encoding: str, frame: pd.DataFrame, name: str) -> list[str]:
    """Of rows behind the first ones, what `_notes_on_short` says: they can be short where the last field is missing."""
    if not dialect.cut or dialect.ruled or not frame.iloc[:, -1].isna().any():
        return []
    least = len(dialect.rows[0][1]) + (dialect.first is not None)
    with opened(path, name) as file:
        written = io.TextIOWrapper(file, encoding=encoding, newline="")
        lines = itertools.islice(written, dialect.skipped, None)
        rows = fields_of(lines, dialect.sep, blanks=has_blanks(dialect.text, dialect.sep))
        short = [number for number, fields in itertools.islice(rows, 1, None) if len(fields) < least]
    count = f"{len(short):,} rows have" if len(short) > 1 else "a row has"
    first = f"(first: line {short[0] + dialect.skipped})" if short else ""
    return [f"{count} fewer fields than the header, the rest is missing {first}"] if short else []
