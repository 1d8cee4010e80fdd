"""From a source (a file, or a node with a `_target_`) to a DataFrame.

CSV dialects are found out from the file: separator, encoding and decimal mark, each of which `read.*` sets by hand.
"""

import csv
import gzip
import hashlib
import io
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import targets
from mlzoo.errors import DataError, MlzooError

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
SAMPLE = 1 << 16  # bytes looked at to find out the dialect


@dataclass(frozen=True)
class Source:
    """A table as it was read.

    Attributes
    ----------
    frame : DataFrame
        All its columns.
    name : str
        The path or the `_target_`.
    sha256 : str
        Of the file's bytes, or of the frame's values.
    notes : list of str
        What was found out about the file and may surprise.
    """

    frame: pd.DataFrame
    name: str
    sha256: str
    notes: list[str]


def read(source: Any, options: Mapping[str, Any], *, where: str, folder: str = ".", text: Iterable[str] = ()) -> Source:
    """Read a table.

    Parameters
    ----------
    source : str or mapping
        A path, relative to `folder` or to the shipped data, or a node whose `_target_` returns a DataFrame or a Bunch.
    options : mapping
        `sep`, `encoding`, `decimal`, `na_values` of CSV files; None where the file decides.
    where : str
        The config key to name in errors.
    folder : str
        What relative paths are relative to.
    text : iterable of str
        Columns that are text in the file that this one belongs to, and so in this one too: `007` stays `007`.

    Raises
    ------
    DataError
        If there is no such file, it is empty or cannot be parsed.
    """
    if isinstance(source, Mapping):
        return _from_target(source, where)
    path = find(targets.from_environment(str(source), where=where), where=where, folder=folder)
    suffix = path.name.lower().removesuffix(".gz")
    if not suffix.endswith(SUFFIXES):
        raise DataError(f"{where}={source}: files end in {', '.join(SUFFIXES)} (the text ones also in .gz).")
    if path.stat().st_size == 0:
        raise DataError(f"{where}={source}: {path} is empty (0 bytes).")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    frame, notes = (
        _parquet(path, where) if suffix.endswith(".parquet") else _csv(path, {**options, "text": [*text]}, where)
    )
    if frame.empty:
        raise DataError(f"{where}={source}: {path} holds column names but no rows.")
    return Source(_tidy(frame), str(source), digest, notes)


def find(name: str, *, where: str, folder: str) -> Path:
    """The file that a path names: under `folder`, or, for `data/…`, among the shipped files."""
    path = Path(folder, Path(name).expanduser())
    if path.is_file():
        return path
    package = Path(__file__).resolve().parent
    if Path(name).parent == Path("data"):
        for home in (package / "data_files", package.parent / "data"):
            if (home / Path(name).name).is_file():
                return home / Path(name).name
    raise DataError(
        f"{where}={name}: there is no such file ({path.resolve()}). Paths are relative to the start folder."
    )


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.rename(columns=str)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"The column name {twice[0]!r} stands more than once: rename one of them.")
    return frame.reset_index(drop=True)


def _from_target(node: Mapping[str, Any], where: str) -> Source:
    try:
        made = targets.build(node, where=where)
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
    hashed = pd.util.hash_pandas_object(made, index=False).to_numpy().tobytes()
    digest = hashlib.sha256(hashed + repr(list(made.columns)).encode()).hexdigest()
    return Source(_tidy(made), str(node["_target_"]), digest, [])


def _parquet(path: Path, where: str) -> tuple[pd.DataFrame, list[str]]:
    try:
        return pd.read_parquet(path), []
    except ImportError as error:
        raise DataError(f"{where}={path}: reading Parquet needs an extra: pip install 'mlzoo[parquet]'.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{where}={path} is no readable Parquet file: {error}") from error


# -- CSV ----------------------------------------------------------------------------------------------------------


def _csv(path: Path, options: Mapping[str, Any], where: str) -> tuple[pd.DataFrame, list[str]]:
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
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            sample = bytes(file.read(SAMPLE))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    if not sample.strip():
        raise DataError(f"{where}={path} is empty.")
    if not encoding and b"\0" in sample and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{where}={path} is not a text file: save it as CSV.")
    return sample


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
                dtype=dict.fromkeys(options.get("text", []), "str"),
                index_col=False,
                **engine,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{where}={path} cannot be parsed with the separator {sep!r}: {_reason(error, text, sep)} "
            "Mend the line, or pass read.sep=… where the separator is another."
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    assert isinstance(frame, pd.DataFrame)
    return frame, _notes(sep, encoding, decimal, options)


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


def _notes(sep: str, encoding: str, decimal: str, options: Mapping[str, Any]) -> list[str]:
    notes = []
    if sep != "," and not options.get("sep"):
        notes.append(f"read with the separator {sep!r} (read.sep)")
    if encoding not in ("utf-8", "utf-8-sig") and not options.get("encoding"):
        notes.append(f"read with the encoding {encoding} (read.encoding)")
    if decimal != "." and not options.get("decimal"):
        notes.append(f"read with the decimal mark {decimal!r} (read.decimal)")
    return notes


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
