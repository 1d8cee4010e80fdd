"""A table as a workbook of Excel's."""

import warnings
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import record


def legal(value: Any) -> Any:
    """A value as a cell holds it: without control characters."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def header(path: Path, sheet: str) -> list[str] | None:
    """The first line of a workbook's only sheet; None where it has another one, or the file is no workbook."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings(action="ignore"), closing(load_workbook(path, read_only=True)) as book:
            if book.sheetnames != [sheet]:
                return None
            first = next(book[sheet].iter_rows(max_row=1, values_only=True), ())
    except Exception:  # of any kind: what is no workbook may be anything
        return None
    return ["" if value is None else str(value) for value in first]


def write_tables(path: Path, frames: Mapping[str, pd.DataFrame], *, freeze: tuple[int, int]) -> None:
    """Write a workbook in which every text is a text: none is a formula, whatever it begins with.

    Parameters
    ----------
    path : Path
        Of the file.
    frames : mapping
        The table of each worksheet, by its name.
    freeze : tuple of int
        How many rows and columns of the first one stay in sight.
    """
    with record.replacing(path) as temporary:
        content = BytesIO()  # an archive whose file is full, and closed, prints a traceback when it is thrown away
        with pd.ExcelWriter(content, engine="openpyxl") as book:
            for sheet, frame in frames.items():
                panes = freeze if sheet == next(iter(frames)) else None
                frame.map(legal).rename(columns=legal).to_excel(book, sheet_name=sheet, index=False, freeze_panes=panes)
            for cell in (cell for sheet in book.sheets.values() for line in sheet.iter_rows() for cell in line):
                if cell.value == "":
                    cell.value = None
                elif isinstance(cell.value, str) and cell.data_type != "s":
                    cell.data_type, cell.quotePrefix = "s", True  # stays a text also where it is edited
        temporary.write_bytes(content.getbuffer())
