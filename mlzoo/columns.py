"""Columns by kind, and the checks of them.

A check returns findings (plain dicts that go to the log and the record) where the work can go on, else it raises.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import drop_override, override_value

WHOLE = r"-?\d+\.0"  # a whole number, as pandas writes it in a column with missing values
Finding = dict[str, str]
Counts = Mapping[str, "pd.Series[int]"]


def finding_of(check: str, severity: str, column: str, message: str, remedy: str = "") -> Finding:
    """A finding, as the log and the record have it."""
    return {"check": check, "severity": severity, "column": column, "message": message, "remedy": remedy}


def find_kinds(frame: pd.DataFrame, findings: list[Finding]) -> dict[str, list[str]]:
    """Names of the columns by kind.

    Columns without any value and columns of dates are left out, with a finding. Booleans are numbers (0 and 1).

    Returns
    -------
    dict
        number, category: lists of names in the frame's order.
    """
    kinds: dict[str, list[str]] = {"number": [], "category": []}
    for name in frame.columns:
        values = frame[name]
        if values.isna().all():
            text = f"The column {name!r} holds no value in the train split: left out."
            findings.append(finding_of("empty", "warning", name, text, drop_override([name])))
        elif _is_date(values):
            text = (
                f"The column {name!r} holds dates: left out; make numbers of them (year, month, age in days) to use it."
            )
            findings.append(finding_of("dates", "warning", name, text, drop_override([name])))
        else:
            kinds["number" if _is_number(values) else "category"].append(name)
    if not kinds["number"] and not kinds["category"]:
        raise DataError("No column is left beside the target: there is nothing to learn from.")
    return kinds


def _is_date(values: "pd.Series[Any]") -> bool:
    if types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        return True
    return types.is_object_dtype(values) and all(isinstance(value, datetime.date) for value in values.dropna())


def _is_number(values: "pd.Series[Any]") -> bool:
    if types.is_bool_dtype(values) or types.is_numeric_dtype(values):
        return not types.is_complex_dtype(values)
    known = values.dropna()
    return types.is_object_dtype(values) and all(isinstance(value, bool | int | float | Decimal) for value in known)


def as_kinds(frame: pd.DataFrame, kinds: Mapping[str, list[str]], name: str) -> pd.DataFrame:
    """The columns of each kind, numbers as numbers and categories as text.

    Raises
    ------
    DataError
        If a column of numbers holds text or infinite values.
    """
    columns = {column: _as_number(frame[column], name) for column in kinds["number"]}
    columns |= {column: _as_text(frame[column]) for column in kinds["category"]}
    order = [column for column in frame.columns if column in columns]
    return pd.DataFrame({column: columns[column] for column in order}, index=frame.index)


def _as_number(values: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    column = values.name
    if types.is_bool_dtype(values) or types.is_object_dtype(values) or not isinstance(values.dtype, np.dtype):
        try:
            values = values.astype("float64")
        except (TypeError, ValueError) as error:
            wrong = next((v for v in values.dropna() if pd.isna(pd.to_numeric(v, errors="coerce"))), None)
            raise DataError(
                f"{name}: the column {column!r} holds numbers in the train split, but {wrong!r} here: "
                "mend the value, or name it in read.na_values if it stands for a missing one."
            ) from error
    if np.isinf(values.to_numpy()).any():
        row = values.index[np.isinf(values.to_numpy())][0]
        raise DataError(f"{name}: the column {column!r} holds an infinite value (row {row}, counted from 0).")
    return values


def _all_match(values: "pd.Series[Any]", pattern: str) -> bool:
    known = values.dropna()
    text = len(known) > 0 and all(isinstance(value, str) for value in known)
    return text and bool(known.astype(str).str.fullmatch(pattern).all())


def _as_text(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if values.dtype == "str" and not re.fullmatch(WHOLE, next(iter(values.dropna()), "")):
        return values
    if types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")  # so that 1.0 in one file meets "1" of the other
    elif (
        types.is_string_dtype(values)
        and values.notna().any()
        and values.dropna().astype(str).str.fullmatch(WHOLE).all()
    ):
        values = values.str.removesuffix(".0")
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    return values.astype("string").astype(object).where(values.notna(), np.nan).astype("str")


def count(X: pd.DataFrame, kinds: Mapping[str, list[str]]) -> Counts:  # noqa: N803
    """How often each value of a category stands, by column; the checks try its values rather than its rows."""
    return {name: X[name].value_counts(sort=False) for name in kinds["category"]}


def _constant(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
    return [
        finding_of(
            "constant", "info", name, f"The column {name!r} has one value in the train split.", drop_override([name])
        )
        for name in X.columns
        if _is_constant(X[name], counts.get(name))
    ]


def _is_constant(values: "pd.Series[Any]", counts: "pd.Series[int] | None") -> bool:
    if counts is not None:
        return len(counts) == 1 and int(counts.iloc[0]) == len(values)
    return bool(values.min() == values.max()) and not values.isna().any()


def _identifier(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
    """Columns in which nearly every row has a value of its own: numbers of rows, names, free text."""
    return [
        finding_of(
            "identifier",
            "warning",
            name,
            f"The column {name!r} looks like an identifier (nearly every row has a value of its own): kept.",
            drop_override([name]),
        )
        for name in X.columns
        if len(X) >= 20 and (_is_free_text(counts[name]) if name in counts else _numbers_rows(X[name]))
    ]


def _is_free_text(counts: "pd.Series[int]") -> bool:
    total = int(counts.sum())
    own = total >= 20 and len(counts) >= 0.95 * total
    return own and not (nearly_number(counts) or _has_decimal_commas(counts) or _looks_like_date(counts))


def _numbers_rows(values: "pd.Series[Any]") -> bool:
    if not (values.iloc[:1000].dropna() % 1 == 0).all():
        return False
    known = values.dropna()
    if known.nunique() < len(values) or not (known % 1 == 0).all():
        return False
    named = re.search(r"(^|[^a-zA-Z])(id|ID|Id|index|key)$|[a-z](ID|Id)$|^(id|ID|Id)[^a-zA-Z]", str(values.name))
    return bool(named) or float(known.max() - known.min()) < 2 * len(known)


def find_marks(counts: Counts) -> list[Finding]:
    """Columns that are text because of marks that stand for missing numbers, or of another decimal mark."""
    found = []
    for name, values in counts.items():
        if _has_decimal_commas(values):
            text = f"The column {name!r} holds numbers with a decimal comma: taken for categories."
            found.append(finding_of("marks", "warning", name, text, "read.decimal=','"))
        elif marks := nearly_number(values):
            text = f"The column {name!r} holds numbers but for {', '.join(map(repr, marks))}: taken for categories."
            found.append(finding_of("marks", "warning", name, text, f"read.na_values={override_value(marks)}"))
    return found


def _has_decimal_commas(counts: "pd.Series[int]") -> bool:
    return counts.sum() >= 20 and _share(counts, r"[-+]?\d+,\d+") > 0.5


def nearly_number(counts: "pd.Series[int]") -> list[str]:
    """The few texts that keep a column from being numbers; none where it is text through and through."""
    if counts.sum() < 20:
        return []
    wrong = pd.to_numeric(counts.index.to_series(), errors="coerce").isna().to_numpy()
    marks = sorted(counts.index[wrong].tolist())
    return marks if len(marks) <= 5 and counts[wrong].sum() < 0.5 * counts.sum() else []


def _share(counts: "pd.Series[int]", pattern: str) -> float:
    """How many of the rows match a pattern."""
    matching = counts.index.to_series().str.fullmatch(pattern).to_numpy(dtype=bool)
    return float(counts[matching].sum() / counts.sum())


def _dates(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
    """Columns of dates written as text."""
    return [
        finding_of(
            "dates",
            "warning",
            name,
            f"The column {name!r} holds dates, and is taken for categories: make numbers of them (year, month, age in "
            "days) to use it.",
            drop_override([name]),
        )
        for name in counts
        if _looks_like_date(counts[name])
    ]


def _looks_like_date(counts: "pd.Series[int]") -> bool:
    pattern = r"(\d{4}-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-]\d{2,4})([ T].*)?"
    return len(counts) > 0 and _share(counts, pattern) >= 0.95


CHECKS: list[Callable[[pd.DataFrame, Counts], list[Finding]]] = [
    _constant,
    _identifier,
    _dates,
]
