"""A table as a workbook of Excel's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import record


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
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def legal(value: Any) -> Any:
        return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value

    with (
        record.replacing(path) as temporary,
        temporary.open("wb") as file,
        pd.ExcelWriter(file, engine="openpyxl") as book,
    ):
        for sheet, frame in frames.items():
            panes = freeze if sheet == next(iter(frames)) else None
            frame.map(legal).rename(columns=legal).to_excel(book, sheet_name=sheet, index=False, freeze_panes=panes)
        for cell in (cell for sheet in book.sheets.values() for line in sheet.iter_rows() for cell in line):
            if cell.value == "":
                cell.value = None
            elif isinstance(cell.value, str) and cell.data_type != "s":
                cell.data_type, cell.quotePrefix = "s", True  # stays a text also where it is edited
