"""Files that are written where their user says: those of others are not written over."""

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mlzoo.errors import ConfigError, RecordError, nearest
from mlzoo.record import FILES, NAME, replacing

if TYPE_CHECKING:
    import pandas as pd

EXPORTS = (".csv", ".xlsx", ".md", ".html", ".json")  # endings of a leaderboard's file
BEGINNINGS = {  # of an exported leaderboard, by which an earlier one is known
    ".csv": b"rank,row,preprocess,model,metric,",
    ".json": b'"rows": [\n  {\n   "rank": ',
    ".md": b"| rank | row | ",
    ".html": b">rank</th><th>row</th>",
}
BOARD = {  # what a leaderboard leaves in a folder
    "leaderboard.csv": BEGINNINGS[".csv"],
    "leaderboard.json": BEGINNINGS[".json"],
    "report.html": b"<title>mlzoo report",
}
TAKEN = (NAME, *FILES, *BOARD)


def check_export(name: str, given: str) -> None:
    """Refuse a leaderboard's file by its name; `given` is how it was given.

    Raises
    ------
    ConfigError
        If the ending is none that is known, a package is missing for it, or mlzoo writes a file of this name itself.
    """
    ending = Path(name).suffix.lower()
    if ending not in EXPORTS:
        raise ConfigError(f"{given}: its ending must be one of {', '.join(EXPORTS)}.{nearest(ending, EXPORTS)}")
    if Path(name).name in TAKEN:
        raise ConfigError(f"{given}: mlzoo writes a file of this name itself, choose another name.")
    if ending == ".xlsx" and find_spec("openpyxl") is None:
        raise ConfigError(f"{given}: .xlsx needs an extra: pip install 'mlzoo[excel]'")


def _is_leaderboard(path: Path) -> bool:
    """Whether a file is one that an export has written."""
    if path.suffix.lower() == ".xlsx":
        from zipfile import BadZipFile, ZipFile

        try:
            with ZipFile(path) as book:
                return b'name="leaderboard"' in book.read("xl/workbook.xml")
        except (BadZipFile, KeyError, OSError):
            return False
    return _begins(path, BEGINNINGS[path.suffix.lower()])


def _begins(path: Path, text: bytes) -> bool:
    with path.open("rb") as file:
        return text in file.read(2000)


def check_place(name: str, given: str, made: Path) -> None:
    """Refuse a file that cannot be written where it is to lie; `made` is a folder that will be there by then.

    Raises
    ------
    ConfigError
        If the name is a folder's or that of a file which is no leaderboard, or its own folder is missing or closed.
    """
    path, home = Path(name), Path(name).parent
    if path.is_dir():
        raise ConfigError(f"{given}: this is a folder, name a file.")
    if path.is_file() and not _is_leaderboard(path):
        raise ConfigError(f"{given}: there is a file of this name that is no leaderboard. Name another, or remove it.")
    if home.is_dir() and not os.access(home, os.W_OK):
        raise ConfigError(f"{given}: nothing can be written into the folder {home}, its permissions forbid it.")
    if not home.is_dir() and home.resolve() != made.resolve():
        raise ConfigError(f"{given}: there is no folder {home}. Make it, or name another.")


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table; its lines end in LF, and in CRLF where a text holds a CR, which Python 3.11 quotes only then."""
    columns = [frame.columns.to_series(), *(of for _, of in frame.items())]
    texts = (of.dropna().astype(str) for of in columns if of.dtype.kind == "O")
    returns = any(of.str.contains("\r", regex=False).any() for of in texts)
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\r\n" if returns else "\n")


def check_board(folder: Path) -> None:
    """Refuse a folder for a leaderboard where a file of another origin has the name of one of its files.

    Raises
    ------
    RecordError
        With the file.
    """
    for path in (folder / name for name in BOARD):
        if path.exists() and not (path.is_file() and _begins(path, BOARD[path.name])):
            raise RecordError(
                f"{path} is none of mlzoo's, and a leaderboard would be written over it: name another folder, or move "
                "the file."
            )


def places(sets: Sequence[str], folder: Path) -> dict[str, Path]:
    """The folder of each set's board, named like the set; one that cannot be taken for that of a run."""
    found: dict[str, Path] = {}
    for name in sets:
        word = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "set"
        if word.isdigit() or (folder / word / NAME).is_file():
            word = f"set-{word}"
        number, free = 1, word
        while free.lower() in {path.name.lower() for path in found.values()}:
            number += 1
            free = f"{word}-{number}"
        found[name] = folder / free
    return found
