"""Columns as their kinds: numbers, dates and truths as numbers, categories as text."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import override
from mlzoo.reading import dates, durations
from mlzoo.reading.forms import TRUTHS
from mlzoo.reading.frames import is_whole
from mlzoo.reading.unread import first_odd, unlike_numbers
from mlzoo.tables.columns import WHOLE

ORDERS = {True: "dayfirst", False: "monthfirst"}  # of dates written in numbers


def plain_value(value: Any) -> Any:
    """A value as Python has it, for messages."""
    return value.item() if isinstance(value, np.generic) else value


def as_kinds(frame: pd.DataFrame, kinds: Mapping[str, list[str]], name: str) -> pd.DataFrame:
    """The columns of each kind, numbers as numbers and categories as text.

    Parameters
    ----------
    frame : DataFrame
        Holds these columns.
    kinds : mapping
        What `kinds.features` has returned.
    name : str
        Of the table, for errors.

    Raises
    ------
    DataError
        If a column of numbers holds text or infinite values, or one of dates or durations something else.
    """
    given = {column: frame[column] for kind in ("category", "text", "number") for column in kinds.get(kind, [])}
    columns = {column: _as_text(given[column]) for kind in ("category", "text") for column in kinds.get(kind, [])}
    for column in kinds["number"]:
        values = given[column]
        if column in kinds.get("date", []):
            told = next((day for day in (True, False) if column in kinds.get(ORDERS[day], [])), None)
            form = next((form for form in durations.SUCH if column in kinds.get(form, [])), None)
            known, where = dates.known(values), f"{name}: columns.date={column}"
            if form is None and types.is_timedelta64_dtype(values):
                raise DataError(f"{where} holds durations, and dates in the train split: write it as that has it.")
            days = durations.days(known, where, form) if form else dates.days(known, where, told=told)
            columns[column] = pd.Series(days, index=frame.index)
        elif column in kinds.get("boolean", []) and not types.is_bool_dtype(values):
            columns[column] = _as_truth(values, name)
        else:
            columns[column] = _as_number(values, name)
    order = [column for column in frame.columns if column in columns]
    if all(columns[column] is given[column] for column in order):
        return frame[order]  # as it is: nothing is copied
    return pd.DataFrame({column: columns[column] for column in order}, index=frame.index)


def _as_truth(values: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    words = values.astype("string").str.strip().str.lower().str.removesuffix(".0")
    truths = words.map(TRUTHS).astype("float64").where(values.notna(), np.nan)
    wrong = np.flatnonzero(truths.isna() & values.notna())
    if len(wrong):
        raise DataError(
            f"{name}: the column {values.name!r} is taken for true or false (as in the train split, or by "
            f"columns.boolean), but holds {plain_value(values.iloc[wrong[0]])!r} in row {values.index[wrong[0]]} (from "
            "0): write true or false, yes or no, 1 or 0."
        )
    return truths


def _as_number(values: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    column = values.name
    if types.is_timedelta64_dtype(values):
        values = values.dt.total_seconds()
    if types.is_complex_dtype(values):
        values = values.astype("str")
    if values.dtype.kind in "bOM" or not isinstance(values.dtype, np.dtype):
        if types.is_object_dtype(values):
            values = values.where(values.notna(), np.nan)  # which pandas' NA is not
        try:
            values = values.astype("float64")
        except OverflowError as error:
            raise DataError(f"{name}: the column {column!r} holds a number that is too large ({error}).") from error
        except (TypeError, ValueError) as error:
            row, example = first_odd(values)
            beside = f", beside values such as {example!r}" * bool(example)
            value = plain_value(values.loc[row])
            taken = f"{name}: the column {column!r} is taken for numbers (as in the train split, or by columns.number)"
            if unlike := unlike_numbers(values.astype("str").value_counts()):
                raise DataError(f"{taken}, but holds {unlike[0]}. {unlike[1]}") from error
            comma = isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d+,\d+\s*", value)
            advice = (
                f"or pass {override('read.decimal', ',')} where the whole file is written so"
                if comma
                else "where it stands for a missing one leave it empty, or name it in read.na_values"
            )
            raise DataError(
                f"{taken}, but holds {value!r} in row {row} (from 0){beside}: mend it; {advice}."
            ) from error
    if np.isinf(values.to_numpy()).any():
        row = values.index[np.isinf(values.to_numpy())][0]
        texts = [text for text in ("inf", "-inf") if values.eq(float(text)).any()]
        raise DataError(
            f"{name}: the column {column!r} holds an infinite value (row {row}, counted from 0): mend it, or take it "
            f"for a missing one: {override('read.na_values', texts)}."
        )
    return values


def _as_text(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A category as text: 1.0 as 1, value by value, as one file may hold it so and another not."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        texts = _as_text(pd.Series(values.cat.categories))
        return pd.Series(
            texts.array.take(values.cat.codes.to_numpy(np.intp), allow_fill=True), index=values.index, name=values.name
        )
    if values.dtype == "str" and not values.str.endswith(".0").any():
        return values
    if types.is_object_dtype(values) and not types.is_string_dtype(values.dropna()):  # where True is no 1
        return values.map(_said, na_action="ignore").where(values.notna(), np.nan).astype("str")
    codes, found = pd.factorize(values)
    texts = pd.Series([_said(value) for value in found])
    return pd.Series(texts.astype("str").array.take(codes, allow_fill=True), index=values.index, name=values.name)


def _said(value: Any) -> str:
    if isinstance(value, Decimal) and is_whole(value):
        return str(int(value))
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text[:-2] if re.fullmatch(WHOLE, text) else text
