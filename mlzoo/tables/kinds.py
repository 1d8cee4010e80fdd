"""The kinds of columns: the one place where number, boolean, category, date and text are told apart.

A kind says how a column enters a pipeline: numbers, booleans (0 and 1) and, set by hand, dates (days since 1970) as
numbers, categories as text. Dates, durations and free text that were found are left out, as is a column without any
value.
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import ConfigError, nearest
from mlzoo.findings import Finding, finding_of
from mlzoo.grammar import drop_override, kind_override
from mlzoo.reading import dates, durations
from mlzoo.reading.frames import beyond_floats, is_text, plain
from mlzoo.reading.unread import unread_numbers
from mlzoo.tables.columns import Counts, count, form_of_durations, is_free_text, looks_like_date, looks_like_duration
from mlzoo.tables.conversion import ORDERS, as_kinds

BEYOND = 2**63  # whole numbers that are codes, also in text files, where floats do not tell them apart


def by_hand(columns: Mapping[str, Sequence[str]], frame: pd.DataFrame, table: str, target: str) -> dict[str, str]:
    """The kinds set by hand, by column.

    Parameters
    ----------
    columns : mapping
        Names by kind, as the config has them.
    frame : DataFrame
        The table, by whose name and target errors speak of it.
    table, target : str
        Its name, and the column to predict.

    Raises
    ------
    ConfigError
        If a column is not there, is the target or is given two kinds.
    """
    found: dict[str, str] = {}
    for kind, names in columns.items():
        for name in map(str, names):
            where = f"columns.{kind}: {name!r}"
            if name == target:
                raise ConfigError(f"{where} is the target: pass task=classification or task=regression.")
            if name not in frame.columns:
                raise ConfigError(f"{where}: {table} has no such column.{nearest(name, map(str, frame.columns))}")
            if name in found:
                raise ConfigError(f"{where} stands under columns.{found[name]} as well: a column is of one kind.")
            found[name] = kind
    return found


def find_kinds(frame: pd.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    """The kind of each column by its type and values; what is text through and through is a category as yet.

    Parameters
    ----------
    frame : DataFrame
        The features of the train split, as they were read.
    given : mapping
        Kinds set by hand, by column.

    Returns
    -------
    dict
        Column -> number, boolean, category, date, duration, text or empty.
    """
    found = {name: given.get(name) or _kind(frame[name]) for name in frame.columns}
    dated = [name for name, kind in found.items() if kind == "date" and name in given]
    return {**found, **{name: "duration" for name in dated if _form_of(frame[name])}}


def refine(kinds: dict[str, str], counts: Counts, given: Mapping[str, str]) -> None:
    """Tell dates and durations written as text, and free text, from categories, in place."""
    for name, values in counts.items():
        if name in given:
            continue
        if looks_like_date(values):
            kinds[name] = "date"
        elif looks_like_duration(values):
            kinds[name] = "duration"
        elif is_free_text(values):
            kinds[name] = "text"


def check_numbers(frame: pd.DataFrame, given: Mapping[str, str], table: str) -> None:
    """Refuse columns of numbers by hand that hold others: in the whole table, as errors tell what most values are.

    Raises
    ------
    DataError
        With the column and a value.
    """
    numbers = [name for name, kind in given.items() if kind == "number" and name in frame]
    as_kinds(frame, {"number": numbers}, table)


def typed(
    train: pd.DataFrame,
    test: pd.DataFrame,
    given: Mapping[str, str],
    names: tuple[str, str],
    dayfirst: bool | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str], dict[str, list[str]], Counts]:
    """The features of both splits as their kinds, which are told by the train split alone.

    Parameters
    ----------
    train, test : DataFrame
        The features as they were read, of the same columns.
    given : mapping
        Kinds set by hand, by column.
    names : tuple of str
        Of the two tables, for errors.
    dayfirst : bool, optional
        That of `features`.

    Returns
    -------
    train, test : DataFrame
        Without the columns that are left out.
    kinds : dict
        The kind of every column.
    columns : dict
        What `features` returns.
    counts : dict
        How often each value of a category, or of free text, stands in the train split, by column.

    Raises
    ------
    DataError
        As `features` and `as_kinds`.
    """
    kinds = find_kinds(train, given)
    columns = features(kinds, given, train, dayfirst)
    made = as_kinds(train, columns, names[0])
    counts = count(made, columns["category"])
    refine(kinds, counts, given)
    columns = features(kinds, given, train, dayfirst)
    booleans = [name for name in columns["number"] if kinds[name] == "boolean"]
    held = as_kinds(test, {**columns, "boolean": booleans}, names[1])
    return made[list(held.columns)], held, kinds, columns, counts


def left_out(kinds: Mapping[str, str], given: Mapping[str, str], counts: Counts, decimal: str | None) -> list[Finding]:
    """A finding on each column that is no feature for its kind.

    Of free text, `counts` say whether it is numbers that cannot be read; `decimal` is the mark that the file was read
    with.
    """
    found = []
    days, words, numbers = ([name for name in given if given[name] == kind] for kind in ("date", "category", "number"))
    for name, kind in kinds.items():
        if kind == "empty":
            text = f"The column {name!r} holds no value in the train split: left out."
            found.append(finding_of("empty", "warning", name, text, drop_override([name])))
        elif kind in ("date", "duration") and name not in given:
            what = "dates" if kind == "date" else "times of day or durations"
            keeps = "" if kind == "date" else f", {kind_override('category', name, words)} keeps them as text"
            makes = f"{kind_override('date', name, days)} makes days of them"
            text = f"The column {name!r} holds {what}: left out ({makes}{keeps})."
            found.append(finding_of("dates", "warning", name, text, drop_override([name])))
        elif kind == "text" and name not in given:
            unread = unread_numbers(counts[name], decimal, numbers)
            codes = not counts[name].index.astype("str").str.strip().str.contains(r"\s").any()
            what, advice, remedy = unread or ("codes or names" if codes else "free text", "", "")
            text = (
                f"The column {name!r} holds {what}, nearly every row has a value of its own: left out "
                f"({kind_override('category', name, words)} keeps it). {advice}"
            )
            check = "marks" if unread else "text"
            found.append(finding_of(check, "warning", name, text.rstrip(), remedy or drop_override([name])))
    return found


def features(
    kinds: Mapping[str, str], given: Mapping[str, str], frame: pd.DataFrame, dayfirst: bool | None = None
) -> dict[str, list[str]]:
    """Names of the features by kind, as preprocessings and `as_kinds` take them.

    Parameters
    ----------
    kinds, given : mapping
        The kinds of all columns, and those set by hand.
    frame : DataFrame
        Holds them as they were read.
    dayfirst : bool, optional
        Whether dates in numbers begin with the day, where that is said by hand.

    Returns
    -------
    dict
        number, category: lists of names in the frame's order. Where there are such columns: text, set by hand, which
        is no category; and of the numbers boolean (set by hand), date, of dates in numbers dayfirst and monthfirst, by
        what they begin with, and of times of day and durations clock and duration, by their form.

    Raises
    ------
    DataError
        If dates can be read in two ways.
    """
    kept = ("number", "category", "text", "boolean", "date", *ORDERS.values(), *durations.SUCH)
    found: dict[str, list[str]] = {kind: [] for kind in kept}
    for name, kind in kinds.items():
        if kind == "empty" or (kind in ("date", "duration", "text") and name not in given):
            continue
        found[kind if kind in ("category", "text") else "number"].append(name)
        if kind in ("date", "duration", "boolean") and name in given:
            found["boolean" if kind == "boolean" else "date"].append(name)
        if kind == "duration" and (form := _form_of(frame[name])):
            found[form].append(name)
        if kind == "date":
            begins = dates.day_first(frame[name], f"columns.date={name}", dayfirst, by_hand=True)
            if begins is not None:
                found[ORDERS[begins]].append(name)
    return {kind: names for kind, names in found.items() if names or kind in ("number", "category")}


def _form_of(values: "pd.Series[Any]") -> str | None:
    """The form of times of day or durations: see `durations.form_of`."""
    if types.is_timedelta64_dtype(values):
        return durations.LENGTH
    values = plain(values)
    return form_of_durations(durations.texts_of(values.dropna()).value_counts()) if is_text(values) else None


def _kind(values: "pd.Series[Any]") -> str:
    if values.isna().all():
        return "empty"
    if isinstance(values.dtype, pd.CategoricalDtype):  # of booleans too, which pandas takes for such
        return "category"
    if types.is_timedelta64_dtype(values):
        return "duration"
    if types.is_datetime64_any_dtype(values):
        return "date"
    if types.is_bool_dtype(values):
        return "boolean"
    if types.is_numeric_dtype(values):
        return "category" if types.is_complex_dtype(values) else "number"
    if not types.is_object_dtype(values):
        return "category"
    known = values.dropna()
    if all(isinstance(value, datetime.date) for value in known):
        return "date"
    if all(isinstance(value, bool) for value in known):
        return "boolean"
    if not all(isinstance(value, bool | int | float | Decimal) for value in known):
        return "category"
    return "category" if abs(beyond_floats(values) or 0) >= BEYOND and _are_merged(known) else "number"


def _are_merged(values: "pd.Series[Any]") -> bool:
    """Whether floats do not tell whole numbers apart."""
    try:
        return values.nunique() > values.astype(float).nunique()
    except OverflowError:  # which no float holds
        return True
