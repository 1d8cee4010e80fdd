"""A table as a workbook of Excel's."""

from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import record


def write_table(path: Path, frame: pd.DataFrame, *, sheet: str, freeze: tuple[int, int]) -> None:
    """Write a workbook in which every text is a text: none is a formula, whatever it begins with.

    Parameters
    ----------
    path : Path
        Of the file.
    frame : DataFrame
        The table.
    sheet : str
        Name of the only worksheet.
    freeze : tuple of int
        How many rows and columns stay in sight.
    """
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def legal(value: Any) -> Any:
        return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value

    with (
        record.replacing(path) as temporary,
        temporary.open("wb") as file,
        pd.ExcelWriter(file, engine="openpyxl") as book,
    ):
        frame.map(legal).rename(columns=legal).to_excel(book, sheet_name=sheet, index=False, freeze_panes=freeze)
        for cell in (cell for line in book.sheets[sheet].iter_rows() for cell in line):
            if cell.value == "":
                cell.value = None
            elif isinstance(cell.value, str) and cell.data_type != "s":
                cell.data_type, cell.quotePrefix = "s", True  # stays a text also where it is edited
