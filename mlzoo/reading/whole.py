"""A delimited file as pandas reads it, by the dialect that its first rows have told, and what stands behind these."""

import io
import itertools
import math
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.reading.dialect import Dialect
from mlzoo.reading.dtypes import columns_of
from mlzoo.reading.fields import (
    FIGURE,
    SPACES,
    advice,
    fields_of,
    has_blanks,
    in_one_line,
    is_scale,
    of_one_length,
    reason,
)
from mlzoo.reading.forms import NA_MARKERS, WORDS, missing_of
from mlzoo.reading.frames import may_be_rounded
from mlzoo.reading.layout import without_rules
from mlzoo.reading.opening import BROKEN, opened

ROW = "\0"  # the name of a column that is left out: of names of rows
CHANCE = 0.01  # rows that are expected to hold the numbers that are names
CHUNK = 1 << 20  # characters that are looked through at once


def read_whole(
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
    if large := [column for column in columns_of(frame, types.is_float_dtype) if may_be_rounded(frame[column])]:
        kinds = dict.fromkeys(large, "Int64")
        with suppress(ValueError, TypeError, OverflowError):  # of those with exponents, or beyond 63 bits
            frame[large] = _read_frame(path, dialect, encoding, decimal, {**as_written, "whole": kinds}, name)
    return frame.drop(columns=ROW, errors="ignore").rename(columns=in_one_line), repeated


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


def _repeats(frame: pd.DataFrame) -> "pd.Series[bool]":
    """The rows in which the names of the columns stand once more, as where files were joined with their first lines.

    Numbers alone, which are no scale, may be a row of a table without names, as are others that are alike; and so may
    0 and 1, as pandas names columns, where values as frequent as these make such a row by chance.
    """
    frame = frame.drop(columns=ROW, errors="ignore")
    names = [*map(str, frame.columns)]
    of_numbers = all(FIGURE.fullmatch(name.strip()) for name in names)
    found = pd.Series(len(names) > 1 and (is_scale(names) or not of_numbers), index=frame.index)
    every = []
    for at, name in enumerate(names):
        values = frame[name]
        if name == f"Unnamed: {at}":
            same = values.isna() | values.eq("")
        elif types.is_numeric_dtype(values):
            same = values.eq(pd.to_numeric(name, errors="coerce"))
        else:
            same = values.astype("str").str.removeprefix("\ufeff").eq(name)
        every.append(same.fillna(False).astype(bool))
        found &= every[-1]
        if not found.any():
            break
    if of_numbers and math.prod(same[~found].mean() for same in every) * len(frame) > CHANCE:
        found[:] = False
    return found


def _missing(given: Any, names: Iterable[str]) -> dict[str, Any]:
    r"""What pandas reads as missing: its own words, a database's `\N`, and those given; of [] empty fields alone."""
    if given == []:
        return {"na_values": [""], "keep_default_na": False}
    by_column = isinstance(given, Mapping)
    every = {name: [*missing_of(given, name), r"\N"] for name in names}
    return {"na_values": every if by_column else [*missing_of(given, ""), r"\N"]}


def late_codes(
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


def late_words(
    path: Path, dialect: Dialect, encoding: str, frame: pd.DataFrame, options: Mapping[str, Any], name: str
) -> dict[str, list[str]]:
    """The words in columns of text that were read as missing and may be values, such as None, by column."""
    others = columns_of(frame, lambda dtype: dtype.kind not in "biu")  # than such as have none
    missing = [column for column in others if frame[column].hasnans]
    texts = [column for column in missing if frame[column].dtype == "str" or frame[column].isna().all()]
    places = {column: at for at, column in enumerate(frame.columns) if column in texts}
    found = {column: {row[at] for _, row in dialect.rows[1:] if len(row) > at} for column, at in places.items()}
    if dialect.cut and texts and _holds_words(path, encoding, name):
        as_text = {dialect.written.get(column, column): "str" for column in texts}
        as_written = {**options, "whole": as_text, "na_values": []}
        read = _read_frame(path, dialect, encoding, ".", as_written, name).rename(columns=in_one_line)
        found = {column: {*read.loc[read[column].isin(WORDS), column]} for column in texts}
    return {
        column: sorted(word for word in some & WORDS if not frame[column].eq(word).any())  # else it was read as a value
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


def notes_on_late(path: Path, dialect: Dialect, encoding: str, frame: pd.DataFrame, name: str) -> list[str]:
    """Of rows behind the first ones, that they are short, which they can be where the last field is missing."""
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
