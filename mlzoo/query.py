"""What a query returns as a file: a report by configuration alone."""

import csv
from collections.abc import Sequence
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import operands, workbook
from mlzoo.errors import ConfigError, DataError, escaped, nearest, shown
from mlzoo.outputs import write_csv

ENDINGS = (".csv", ".xlsx")
SHEET = "query"
MAX_ROWS, MAX_COLUMNS, MAX_CHARACTERS = 1_048_575, 16_384, 32_767  # of a worksheet, its header aside
FIRST_YEAR = 1900  # of a date in a cell: before it a spreadsheet shows none
MAX_DIGITS = 15  # of a number in a cell, which is a double


def check_output(name: str) -> Path:
    """The file of `output=`, refused before a database is asked.

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
    if path.is_file() and path.stat().st_size and _header(path) is None:
        raise ConfigError(
            f"{given}: there is a file of this name that is no {ending[1:]} file of a query. Name another."
        )
    return path


def _header(path: Path) -> list[str] | None:
    """The names of the columns of a file that may be an earlier report; None where it cannot be one."""
    try:
        if path.suffix.lower() == ".xlsx":
            return workbook.header(path, SHEET)
        with path.open(encoding="utf-8", newline="") as file:
            start = next(csv.reader(file, strict=True), [])
    except (ValueError, csv.Error):
        return None
    return None if any("\0" in name for name in start) else start


def check_earlier(path: Path, names: Sequence[str]) -> None:
    """Refuse to write a report over anything but an earlier one, which has the same columns.

    Raises
    ------
    DataError
        With the path.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return
    found = _header(path)
    if found != list(names):
        its = f"has other columns ({shown(found, 10)})" if found else "is no report"
        raise DataError(
            f"output={path}: there is a file of this name that {its}, so no earlier report of this query: name "
            "another, or remove it."
        )


def write(frame: pd.DataFrame, path: Path) -> list[str]:
    """Write a table as CSV or, by the ending of the name, as a workbook; an earlier report is written over.

    In a workbook no text is a formula, a date is a date (text, where one in its column is before 1900), and a time with
    a time zone stands in UTC.

    Returns
    -------
    list of str
        The columns of numbers that are text in the workbook, as no cell holds all their digits.

    Raises
    ------
    DataError
        If it does not fit into a worksheet, or the file is none that may be written over.
    """
    names = list(map(str, frame))
    check_earlier(path, list(map(workbook.legal, names)) if path.suffix.lower() == ".xlsx" else names)
    if path.suffix.lower() == ".csv":
        write_csv(_all_spelled_out(frame), path)
        return []
    _check_size(frame, path)
    long = [name for name in names if _is_long(frame[name])]
    cells = {name: _spelled_out(frame[name]) if name in long else _for_excel(frame[name]) for name in names}
    workbook.write_tables(path, {SHEET: pd.DataFrame(cells, columns=names)}, freeze=(1, 0))
    return long


def to_text(frame: pd.DataFrame, width: int) -> str:
    """A table as lines for a terminal; of one without rows the names of its columns."""
    if frame.empty:
        return "  ".join(map(escaped, frame.columns))
    told = _all_spelled_out(frame).map(lambda value: escaped(value) if isinstance(value, str) else value)
    return told.rename(columns=escaped).to_string(index=False, line_width=width)


def _all_spelled_out(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose exact numbers are text, with the digits that the database has."""
    columns = {name: _spelled_out(frame[name]) if frame[name].dtype == object else frame[name] for name in frame}
    return pd.DataFrame(columns, columns=frame.columns)


def _spelled_out(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return values.astype(object).where(values.notna(), None).map(_digits, na_action="ignore").astype(object)


def _digits(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else str(value) if type(value) is int else value


def _check_size(frame: pd.DataFrame, path: Path) -> None:
    texts = (value for name in frame if frame[name].dtype == "str" for value in frame[name].dropna())
    sizes = (
        (len(frame), MAX_ROWS, "rows"),
        (len(frame.columns), MAX_COLUMNS, "columns"),
        (max(map(len, texts), default=0), MAX_CHARACTERS, "characters of a text"),
    )
    over = [f"{size} {what} (at most {most})" for size, most, what in sizes if size > most]
    if over:
        raise DataError(f"output={path}: {' and '.join(over)} do not fit into a worksheet: write a .csv file.")


def _is_long(values: "pd.Series[Any]") -> bool:
    """Whether one of a column's exact numbers has more digits than a cell holds."""
    if pd.api.types.is_integer_dtype(values):
        return not values.dropna().between(-(10**MAX_DIGITS), 10**MAX_DIGITS).all()
    return values.dtype == object and any(map(_is_long_number, values.dropna()))


def _is_long_number(value: Any) -> bool:
    digits = _digits(value) if type(value) in (int, Decimal) else ""
    return len(digits.replace("-", "").replace(".", "").strip("0")) > MAX_DIGITS or digits.endswith("Infinity")


def _for_excel(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_datetime64_any_dtype(values) and (values.dropna().dt.year < FIRST_YEAR).any():
        return values.astype("str").where(values.notna(), None)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(values) and (values.dropna() == values.dropna().dt.normalize()).all():
        values = values.dt.date
    elif pd.api.types.is_timedelta64_dtype(values):
        values = values.astype("str")
    elif values.dtype == object and operands.is_exact(values):
        values = values.astype("float64")
    return values
