"""What a query returns as a file: a report by configuration alone."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import record, workbook
from mlzoo.errors import ConfigError, DataError, nearest

ENDINGS = (".csv", ".xlsx")
MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 1_048_576, 16_384, 32_767  # of a worksheet


def check_output(name: str) -> Path:
    """The file of `output=`, refused before a database is asked; an earlier report of this name is written over.

    Raises
    ------
    ConfigError
        If the ending is none that is known, a package is missing for it, or the name is that of another kind of file.
    """
    path, given = Path(name), f"output={name}"
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ConfigError(f"{given}: its ending must be {' or '.join(ENDINGS)}.{nearest(ending, ENDINGS)}")
    if ending == ".xlsx" and find_spec("openpyxl") is None:
        raise ConfigError(f"{given}: .xlsx needs an extra: pip install 'mlzoo[excel]'")
    if path.is_dir():
        raise ConfigError(f"{given}: this is a folder, name a file.")
    if path.is_file() and not _is_table(path):
        raise ConfigError(f"{given}: there is a file of this name that is no {ending[1:]} file. Name another.")
    return path


def _is_table(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"PK") if path.suffix.lower() == ".xlsx" else b"\0" not in start


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or, by the ending of the name, as a workbook.

    In a workbook no text is a formula, a date is a date, and a time with a time zone stands in UTC.

    Raises
    ------
    DataError
        If it does not fit into a worksheet.
    """
    if path.suffix.lower() == ".csv":
        with record.replacing(path) as temporary:
            frame.to_csv(temporary, index=False, lineterminator="\n")
        return
    texts = (value for name in frame if frame[name].dtype == "str" for value in frame[name].dropna())
    longest = max(map(len, texts), default=0)
    if len(frame) >= MOST_ROWS or len(frame.columns) > MOST_COLUMNS or longest > MOST_CHARACTERS:
        raise DataError(
            f"output={path}: {len(frame)} rows, {len(frame.columns)} columns and texts of up to {longest} characters "
            f"do not fit into a worksheet ({MOST_ROWS - 1}, {MOST_COLUMNS}, {MOST_CHARACTERS}): write a .csv file."
        )
    workbook.write_tables(path, {"query": frame.apply(_for_excel)}, freeze=(1, 0))


def _for_excel(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        found: pd.Series[Any] = values.dt.tz_localize(None)
        return found
    if pd.api.types.is_datetime64_dtype(values) and (values.dropna() == values.dropna().dt.normalize()).all():
        values = values.dt.date
    elif pd.api.types.is_timedelta64_dtype(values):
        values = values.astype("str")
    return values
