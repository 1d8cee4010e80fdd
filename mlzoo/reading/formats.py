"""One file as a table, by its ending: text or Parquet, packed or not."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlzoo.errors import DataError, EmptyFileError
from mlzoo.reading import frames, memory, opening
from mlzoo.reading.delimited import read_csv
from mlzoo.reading.opening import instead
from mlzoo.reading.parquet import read_parquet
from mlzoo.reading.source import Source, without_blanks

SUFFIXES = (*opening.TEXT, ".parquet")
READABLE = rf"(?i)((?:{'|'.join(map(re.escape, opening.TEXT))})(\.(gz|bz2|xz|zip))?|\.parquet)$"


def read_file(path: Path, options: Mapping[str, Any], where: str, name: str) -> Source:
    """Read one file, CSV or Parquet by its ending.

    Parameters
    ----------
    path : Path
        Of the file.
    options : mapping
        As in `delimited.read_csv`, and `used`: whether a column, by its name, is of use.
    where, name : str
        The config key and the source, to name in errors.

    Raises
    ------
    DataError
        If its ending is another, or it is empty or cannot be read.
    """
    bare = _bare(path, where)
    if not bare.endswith(SUFFIXES):
        raise DataError(
            f"{where}={name}: files end in {', '.join(SUFFIXES)} (the text ones also compressed: my.csv.gz, .bz2, .xz "
            f"or .zip).{instead(name, where, path.suffix.lower())}"
        )
    if path.stat().st_size == 0:
        raise EmptyFileError(f"{where}={name}: {path} is empty (0 bytes).")
    if path.suffix.lower() in SUFFIXES[:-1]:
        memory.warn_of(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    made = read_parquet(path, where) if bare.endswith(".parquet") else read_csv(path, options, where)
    frame = frames.tidy(made.frame, f"{where}={name}", options["used"])
    return without_blanks(replace(made, frame=frame, name=name, sha256=digest))


def _bare(path: Path, where: str) -> str:
    """The name of a file without the ending of a packed one; of an archive whose own says nothing, that inside."""
    bare = re.sub(r"\.(gz|bz2|xz|zip)$", "", path.name.lower())
    if path.suffix.lower() != ".zip" or bare.endswith(SUFFIXES):
        return bare
    try:
        archive, inside = opening.unzipped(path, where)
    except opening.BROKEN as error:
        raise DataError(f"{where}={path} cannot be read: {error}") from error
    archive.close()
    if not inside.filename.lower().endswith(SUFFIXES[:-1]):
        raise DataError(f"{where}={path} holds {inside.filename!r}, which is no text file: unpack it and name that.")
    return inside.filename.lower()
