"""Text files as bytes: unpacked, told from files that are none, and the encodings to try."""

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from mlzoo.errors import DataError, EmptyFileError

SAMPLE = 1 << 16  # bytes looked at to find out the dialect
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)  # of a file that cannot be unpacked
FOREIGN = 0.3  # share of letters in whole words beyond ASCII from which another alphabet is likely


def sample_of(path: Path, where: str, encoding: str | None) -> bytes:
    """The first bytes of a text file, unpacked.

    Raises
    ------
    DataError
        If it cannot be unpacked, is empty or, unless its `encoding` is given, no text.
    """
    try:
        with opened(path, where) as file:
            sample = bytes(file.read(SAMPLE))
    except BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    if not sample.strip():
        raise EmptyFileError(f"{where}={path} is empty.")
    if not encoding and b"\0" in sample and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            f"{where}={path} is not a text file: save it as CSV; where it is UTF-16, pass read.encoding=utf-16-le."
        )
    return sample


def opened(path: Path, where: str) -> IO[bytes]:
    """A file, unpacked where its name says that it is packed."""
    if path.suffix.lower() != ".zip":
        openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
        file: IO[bytes] = openers.get(path.suffix.lower(), open)(path, "rb")
        return file
    archive = zipfile.ZipFile(path)
    mac = r"__MACOSX/|(.*/)?(\._|\.DS_Store$)"  # what macOS packs beside the files
    inside = [one for one in archive.infolist() if not one.is_dir() and not re.match(mac, one.filename)]
    if len(inside) != 1:
        raise DataError(f"{where}={path} holds {len(inside)} files, and one is read: unpack it and name one of them.")
    if inside[0].flag_bits & 1:
        raise DataError(f"{where}={path} is encrypted: unpack it.")
    return archive.open(inside[0])


def encodings(sample: bytes) -> list[str]:
    """The encodings to try, by the first bytes."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    return ["utf-8-sig" if sample.startswith(b"\xef\xbb\xbf") else "utf-8", "cp1252", "latin-1"]


def notes_on_encoding(text: str, encoding: str) -> list[str]:
    """That a text has another encoding than UTF-8, and whether that may be the wrong one."""
    if encoding in ("utf-8", "utf-8-sig"):
        return []
    runs = sum(map(len, re.findall(r"[^\W\d_]{3,}", re.sub(r"[\x00-\x7f]+", " ", text))))
    foreign = encoding != "utf-16" and runs > FOREIGN * sum(map(str.isalpha, text))
    hint = ", which may be the wrong one: cp1251 for Cyrillic, shift_jis or gbk for others" if foreign else ""
    return [f"read with the encoding {encoding} (read.encoding){hint}"]
