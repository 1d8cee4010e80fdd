"""CSV files: their dialect is found out from the first bytes, and can be set by hand (`read.*`)."""

import bz2
import csv
import gzip
import io
import itertools
import lzma
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pandas as pd

from mlzoo.errors import DataError
from mlzoo.grammar import override_value

SAMPLE = 1 << 16  # bytes looked at to find out the dialect
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)  # of a file that cannot be unpacked
MARKS = {  # that stand for a missing number, in lower case; pandas knows of NA, NaN, null and the like
    *(
        "?",
        "-",
        "--",
        "---",
        ".",
        "..",
        "...",
        "…",
        "*",
        "**",
        "/",
        "_",
        "#",
        "na",
        "n.a.",
        "n. a.",
        "n/d",
        "nd",
        "n.d.",
    ),
    *("nil", "missing", "unknown", "undefined", "unavailable", "not available", "#value!", "#div/0!", "#ref!", "k.a."),
}


def is_sign(text: str) -> bool:
    """Whether a text is a mark of a missing value that has no letter, such as `?`: no word, which may be a category."""
    return text.strip() in MARKS and not any(map(str.isalnum, text))


def read_csv(path: Path, options: Mapping[str, Any], where: str) -> tuple[pd.DataFrame, list[str]]:
    """Read a CSV file, compressed or not.

    Parameters
    ----------
    path : Path
        Ends in .csv, .tsv or .txt, behind which .gz, .bz2, .xz or .zip may stand.
    options : mapping
        `sep`, `encoding`, `decimal`, `na_values`, None where the file decides; `text`: columns that stay text.
    where : str
        The config key to name in errors.

    Returns
    -------
    frame : DataFrame
        All its columns.
    notes : list of str
        What was found out about the file and may surprise.

    Raises
    ------
    DataError
        If it cannot be unpacked, decoded or parsed.
    """
    given = options.get("encoding")
    sample = _sample(path, where, given)
    tried = [given] if given else _encodings(sample)
    for encoding in tried:
        try:
            return _parse(path, sample, encoding, options, where)
        except (UnicodeDecodeError, LookupError) as error:
            last = error
    raise DataError(f"{where}={path}: cannot be decoded as {' or '.join(tried)} ({last}). Pass read.encoding=…")


def _sample(path: Path, where: str, encoding: str | None) -> bytes:
    try:
        with _open(path, where) as file:
            sample = bytes(file.read(SAMPLE))
    except BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    if not sample.strip():
        raise DataError(f"{where}={path} is empty.")
    if not encoding and b"\0" in sample and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{where}={path} is not a text file: save it as CSV.")
    return sample


def _open(path: Path, where: str) -> IO[bytes]:
    if path.suffix.lower() != ".zip":
        openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
        opened: IO[bytes] = openers.get(path.suffix.lower(), open)(path, "rb")
        return opened
    archive = zipfile.ZipFile(path)
    inside = [one for one in archive.infolist() if not one.is_dir()]
    if len(inside) != 1:
        raise DataError(f"{where}={path} holds {len(inside)} files, and one is read: unpack it and name one of them.")
    if inside[0].flag_bits & 1:
        raise DataError(f"{where}={path} is encrypted: unpack it.")
    return archive.open(inside[0])


def _encodings(sample: bytes) -> list[str]:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    return ["utf-8-sig" if sample.startswith(b"\xef\xbb\xbf") else "utf-8", "cp1252", "latin-1"]


def _parse(
    path: Path, sample: bytes, encoding: str, options: Mapping[str, Any], where: str
) -> tuple[pd.DataFrame, list[str]]:
    text = sample.decode(encoding, errors="ignore" if len(sample) == SAMPLE else "strict")
    if not text.strip("\ufeff \t\r\n"):
        raise DataError(f"{where}={path} is empty.")
    sep = (options.get("sep") or separator(text)).replace("\\t", "\t")
    _check_header(text, sep, f"{where}={path}")
    decimal = options.get("decimal") or decimal_mark(text, sep)
    kept = {*options.get("text", [])}
    padded = {
        name: code for name, code in padded_codes(text, sep, cut=len(sample) == SAMPLE).items() if name not in kept
    }
    kept.update(padded)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            engine: Any = {"engine": "python"} if len(sep) > 1 else {"engine": "c", "low_memory": False}
            frame = pd.read_csv(
                path,
                sep=sep,
                decimal=decimal,
                encoding=encoding,
                na_values=options.get("na_values"),
                dtype=dict.fromkeys(kept, "str"),
                index_col=False,
                **engine,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{where}={path} cannot be parsed with the separator {sep!r}: {_reason(error, text, sep)} "
            "Mend the line, or pass read.sep=… where the separator is another."
        ) from error
    except BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    assert isinstance(frame, pd.DataFrame)
    marked = {} if options.get("na_values") is not None else _take_marks(frame, decimal, kept)
    return frame, [*_notes(sep, encoding, decimal, options, marked), *_notes_on_codes(padded)]


def _take_marks(frame: pd.DataFrame, decimal: str, kept: Container[str]) -> dict[str, list[str]]:
    """Make numbers, in place, of columns that are text for marks of missing values alone. The marks, by column."""
    found = {}
    for name in frame.columns:
        if frame[name].dtype != "str" or name in kept:
            continue
        values = frame[name].dropna()
        if _numbers_and_marks(values.iloc[:1000], decimal) is None:  # most texts are known by their first
            continue
        numbers = _numbers_and_marks(values, decimal)
        if numbers is not None and numbers.isna().any():
            found[name] = sorted(values[numbers.isna()].unique().tolist())
            frame[name] = numbers.reindex(frame.index)
    return found


def _numbers_and_marks(values: "pd.Series[str]", decimal: str) -> "pd.Series[float] | None":
    """The numbers of texts, NaN for marks; None where others are among them, or half of them are marks."""
    marks = values.str.strip().str.lower().isin(MARKS)
    plain = values.where(~marks)
    numbers = pd.to_numeric(plain if decimal == "." else plain.str.replace(decimal, "."), errors="coerce")
    return numbers.astype("float64") if numbers.isna().eq(marks).all() and 2 * marks.sum() < len(values) else None


def _reason(error: Exception, text: str, sep: str) -> str:
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if found:
        long = (number for number, fields in _rows(text, sep) if len(fields) > int(found[1]))
        return f"line {next(long, found[2])} has {found[3]} fields, the lines before it {found[1]}."
    if isinstance(error, pd.errors.ParserWarning):
        width = len(next(fields for _, fields in _rows(text, sep) if fields))
        odd = next((number for number, fields in _rows(text, sep) if len(fields) > width), None)
        if odd:
            return f"line {odd} has more fields than the header ({width})."
    return f"{str(error).strip().rstrip('.')}."


def _rows(text: str, sep: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the line that a row begins on, and its fields; none for a blank line."""
    if len(sep) > 1:
        yield from ((i, re.split(sep, line)) for i, line in enumerate(text.splitlines(), start=1))
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sep)
    start = 1
    for fields in reader:
        yield start, fields
        start = reader.line_num + 1


def _check_header(text: str, sep: str, name: str) -> None:
    """Refuse a column name that stands twice: pandas renames the second, which may be the target again."""
    names = Counter(next((fields for _, fields in _rows(text, sep) if fields), []))
    twice = next((column for column, count in names.items() if column and count > 1), None)
    if twice:
        raise DataError(f"{name}: the column name {twice!r} stands more than once: rename one of them.")


def _notes(
    sep: str, encoding: str, decimal: str, options: Mapping[str, Any], marked: Mapping[str, list[str]]
) -> list[str]:
    notes = []
    if sep != "," and not options.get("sep"):
        notes.append(f"read with the separator {sep!r} (read.sep)")
    if encoding not in ("utf-8", "utf-8-sig") and not options.get("encoding"):
        notes.append(f"read with the encoding {encoding} (read.encoding)")
    if decimal != "." and not options.get("decimal"):
        notes.append(f"read with the decimal mark {decimal!r} (read.decimal)")
    for name, marks in list(marked.items())[:5]:
        notes.append(f"in the column {name!r} {' and '.join(map(repr, marks))} is read as missing (read.na_values)")
    if len(marked) > 5:
        notes.append(f"so in {len(marked) - 5} columns more")
    return notes


def _notes_on_codes(padded: Mapping[str, str]) -> list[str]:
    return [
        f"the column {name!r} is written with leading zeros, as in {code!r}: codes, not numbers, but with "
        f"columns.number={override_value([name])}"
        for name, code in padded.items()
    ]


def padded_codes(text: str, sep: str, *, cut: bool = False) -> dict[str, str]:
    """Columns of a CSV text that hold digits alone, some with a leading zero: such a value, by column.

    Of a text that is `cut` the last row is not looked at.
    """
    rows = [fields for _, fields in _rows(text, sep) if fields]
    found = {}
    for name, *values in itertools.zip_longest(*(rows[:-1] if cut and len(rows) > 1 else rows), fillvalue=""):
        known = [value.strip() for value in values if value.strip()]
        padded = next((value for value in known if re.fullmatch(r"0[0-9]+", value)), None)
        if padded is not None and all(re.fullmatch(r"[0-9]+", value) for value in known):
            found[name] = padded
    return found


def separator(text: str) -> str:
    """The separator of a CSV text: the mark that splits its first lines into the same, largest number of fields."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines()[:50] if line.strip()]
    lines = lines[:-1] if len(lines) > 2 else lines  # the sample may cut the last one
    best = max(",;\t|", key=lambda mark: (lines[0].count(mark) > 0, _agreement(lines, mark), lines[0].count(mark)))
    return best if best in lines[0] else ","


def _agreement(lines: list[str], mark: str) -> float:
    return sum(line.count(mark) == lines[0].count(mark) for line in lines) / len(lines)


def decimal_mark(text: str, sep: str) -> str:
    """The decimal mark of a CSV text: a comma where numbers are written with one and none with a point."""
    if sep == ",":
        return "."
    fields = [field.strip() for _, row in _rows(text, sep) for field in row]
    commas = sum(bool(re.fullmatch(r"[-+]?\d+,\d+", field)) for field in fields)
    points = sum(bool(re.fullmatch(r"[-+]?\d+\.\d+", field)) for field in fields)
    return "," if commas > points else "."
