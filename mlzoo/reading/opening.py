"""Text files as bytes: unpacked, told from files that are none, and the encodings to try."""

import bz2
import codecs
import gzip
import itertools
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from mlzoo.errors import DataError, EmptyFileError

SAMPLE = 1 << 16  # bytes looked at to find out the dialect
LINES, MOST = 20, 64 * SAMPLE  # so many that are as long as the longest of the first ones, up to so many bytes
MOST_LINES = 1000  # beyond ASCII, that tell the encoding where the first rows do not
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)  # of a file that cannot be unpacked
NEW = "FILE"  # in place of a config key, of rows to predict
MARKS = {  # of encodings, by which a file begins: that of UTF-32 with the one of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
WIDE = ("utf-16", "utf-32")  # of several bytes a letter
FILE_TYPES = {  # of files that are no text, by their first bytes: what they are, and how their names end
    b"PK\3\4": ("an Excel workbook", ".xlsx"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", ".xls"),
    b"PAR1": ("a Parquet file", ".parquet"),
    b"ARROW1": ("a Feather file", ".feather"),
    b"\x1f\x8b": ("compressed by gzip", ".gz"),
}
TEXT = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data")
DESCRIBING = (".md", ".txt", ".rst", ".pdf", ".html")  # files beside a table that say what it is
PACKED = (".gz", ".bz2", ".xz", ".zip")
JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(\[)?\s*\{\s*"[^"]*"\s*:')  # a list of objects, or one a line
READERS = {".xlsx": "excel", ".xls": "excel", ".json": "json", ".jsonl": "json", ".feather": "feather"}
FOREIGN = 0.5  # share of the signs beyond ASCII that stand three together, from which another alphabet is likely
OTHERS = "cp1251 for Cyrillic, cp1253 for Greek, gbk, shift_jis or euc_kr for others"
POLISH = re.compile("[A-Za-z][³¹][A-Za-z]")  # ł and ą of cp1250
UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def sample_of(path: Path, where: str, encoding: str | None) -> bytes:
    """The first bytes of a text file, unpacked: a multiple of `SAMPLE` where there are more.

    Raises
    ------
    DataError
        If it cannot be unpacked, is empty or, unless its `encoding` is given, no text.
    """
    try:
        with opened(path, where) as file:
            sample = bytes(file.read(SAMPLE))
            while len(sample) < _least(sample) and (more := file.read(SAMPLE)):
                sample += more
    except BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    if not sample.strip():
        raise EmptyFileError(f"{where}={path} is empty.")
    if not encoding and b"\0" in sample and not sample.startswith(tuple(MARKS)):
        what, ending = next((kind for magic, kind in FILE_TYPES.items() if sample.startswith(magic)), ("", ""))
        name = f"{where}={path} is not a text file"
        if what and path.suffix.lower() in PACKED:
            raise DataError(f"{name}, but what is packed in it is {what}: unpack it.")
        if ending == ".xlsx" and not any(one.startswith("xl/") for one in _names(path)):
            what, ending = "a zip archive", ".zip"
        if ending in READERS:
            raise DataError(f"{name}, but {what}.{instead(str(path), where, ending)}")
        if ending:
            packed = path.name + ending if ending in PACKED else path.stem + ending
            raise DataError(f"{name}, but {what}: name it {packed}.")
        order = "be" if sample[::2].count(0) > sample[1::2].count(0) else "le"  # the zeros before Latin letters
        raise DataError(f"{name}: save it as CSV; where it is UTF-16, pass read.encoding=utf-16-{order}.")
    if sample.startswith(b"%PDF-"):
        raise DataError(f"{where}={path} is not a text file, but a PDF: save the table in it as CSV.")
    if found := JSON.match(sample):
        kind = ".json" if found[1] else ".jsonl"
        raise DataError(f"{where}={path} holds JSON, no rows of fields.{instead(str(path), where, kind)}")
    return sample


def _least(sample: bytes) -> int:
    """How many bytes the sample is to have: those of some lines of a wide table, above which a title may stand."""
    return min(MOST, LINES * max(map(len, sample.splitlines()[:LINES]), default=0))


def _names(path: Path) -> list[str]:
    """What an archive holds; nothing where it is none that can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return []


def instead(name: str, where: str, ending: str) -> str:
    """How to get to a file that is read, from one that is not."""
    reader = READERS.get(ending)
    if reader is None:
        return ""
    call = f"pandas.read_{reader}({name!r}{', lines=True' * (ending == '.jsonl')})"
    python = f"mlzoo.run(config, data={call})" if where != NEW else f"mlzoo.predict(RUN, {call})"
    return f" Save it as CSV or Parquet, or in Python: {python}."


def opened(path: Path, where: str) -> IO[bytes]:
    """A file, unpacked where its name says that it is packed."""
    if path.suffix.lower() != ".zip":
        openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
        return openers.get(path.suffix.lower(), open)(path, "rb")
    archive, inside = unzipped(path, where)
    return archive.open(inside)


def unzipped(path: Path, where: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    """An archive, and the one file in it."""
    archive = zipfile.ZipFile(path)
    mac = r"__MACOSX/|(.*/)?(\._|\.DS_Store$)"  # what macOS packs beside the files
    inside = [one for one in archive.infolist() if not one.is_dir() and not re.match(mac, one.filename)]
    named = tuple(ending for ending in TEXT if ending not in DESCRIBING)
    tables = [one for one in inside if one.filename.lower().endswith(named)]
    tables = tables or [one for one in inside if one.filename.lower().endswith(".txt")]
    others = [one.filename.lower() for one in inside if one not in tables]
    if len(tables) == 1 and all(name.endswith(DESCRIBING) or "." not in Path(name).name for name in others):
        inside = tables
    if len(inside) != 1:
        raise DataError(f"{where}={path} holds {len(inside)} files, and one is read: unpack it and name one of them.")
    if inside[0].flag_bits & 1:
        raise DataError(f"{where}={path} is encrypted: unpack it.")
    return archive, inside[0]


def encodings(sample: bytes) -> list[str]:
    """The encodings to try, by the first bytes."""
    marked = next((encoding for mark, encoding in MARKS.items() if sample.startswith(mark)), "utf-8")
    return [marked] if marked in WIDE else [marked, "cp1252", "latin-1"]


def notes_on_encoding(path: Path, text: str, encoding: str, where: str) -> list[str]:
    """That a text has another encoding than UTF-8, and whether that may be the wrong one."""
    if encoding in ("utf-8", "utf-8-sig"):
        return []
    said = f"read with the encoding {encoding} (read.encoding)"
    if text.isascii() and encoding not in WIDE:  # what is not ASCII stands behind the first rows
        with opened(path, where) as file:
            odd = (line for line in file if not line.isascii())
            text = b"".join(itertools.islice(odd, MOST_LINES)).decode(encoding)
    raw = text.encode(encoding) if encoding not in WIDE else b""
    if len(pairs := UTF_8.findall(raw)) >= 3 and sum(map(len, pairs)) > 0.75 * len(re.findall(rb"[\x80-\xff]", raw)):
        example = f"{pairs[0].decode(encoding)!r} is {pairs[0].decode(errors='replace')!r}"
        return [f"{said}, though the file is UTF-8 but for {_not_utf_8(path, where)}: mend that, as {example}"]
    if encoding == "latin-1":  # what cp1252 lacks are signs that no text has
        return [f"{said}, which is hardly the right one: cp850 or cp437 for files of DOS, {OTHERS}"]
    beyond = re.findall(r"[^\x00-\x7f\s]+", text if encoding not in WIDE else "")
    words = [some for some in beyond if len(some) >= 3 and re.search(r"[^\W\d_]", some)]
    hint = OTHERS if sum(map(len, words)) > FOREIGN * sum(map(len, beyond)) else ""
    hint = hint or ("cp1250 for Polish" if POLISH.search(text) else "")
    return [f"{said}{f', which may be the wrong one: {hint}' if hint else ''}"]


def _not_utf_8(path: Path, where: str) -> str:
    """The lines of a file that are not UTF-8."""
    odd = []
    with opened(path, where) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                odd.append(str(number))
    return f"line {odd[0]}" if len(odd) == 1 else f"{len(odd)} lines (first: line {odd[0]})"
