"""Checks of columns.

A check returns findings (plain dicts that go to the log and the record) where the work can go on, else it raises.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.composition.config import kinds_read
from mlzoo.errors import shown
from mlzoo.findings import MAX_NAMED, Finding, finding_of
from mlzoo.grammar import drop_override, kind_override, override_value
from mlzoo.reading.dates import WEEKDAY, are_seasons, is_date, is_missing
from mlzoo.reading.durations import form_of, is_duration
from mlzoo.reading.frames import EXACT, beyond_floats
from mlzoo.reading.unread import MAX_MARKS, odd_ones
from mlzoo.tables.sentinels import find_sentinels

WHOLE = r"-?\d+\.0"  # a whole number, as pandas writes it in a column with missing values
COMPLEX = "mlzoo.preprocessing.complex_preprocess"
SHORT_YEAR = rf"\s*{WEEKDAY}\d\d?(?:st|nd|rd|th|er)?[./ -]+(?:de )?[^\W_]{{1,10}}[./ ,-]+(?:de )?\d\d(?:[T ]|\s*$)"
FEW_TIMES = 24  # as many as a day has hours
MANY_LEVELS, FEW_ROWS = 100, 20  # categories of a column, and rows of one
MAX_LINES = 2  # on columns that have one value; of more there is one, which names MAX_NAMED of them
Counts = Mapping[str, "pd.Series[int]"]


def count(X: pd.DataFrame, names: Iterable[str]) -> Counts:  # noqa: N803
    """How often each value of a category stands, by column; the checks try its values rather than its rows."""
    return {name: X[name].value_counts(sort=False) for name in names}


def find_in_columns(
    frame: pd.DataFrame,
    X: pd.DataFrame,  # noqa: N803
    columns: Mapping[str, list[str]],
    counts: Counts,
    config: Mapping[str, Any],
    quantity: Any = None,
) -> list[Finding]:
    """What is odd of single features, and of a target that is a quantity.

    Parameters
    ----------
    frame, X : DataFrame
        The features of the train split as they were read, and as they enter a pipeline.
    columns : mapping
        Their names by kind.
    counts : mapping
        Of the categories among them.
    config : mapping
        By which the remedies are.
    quantity : array, optional
        The target of the train split, where it is one.
    """
    target = None if quantity is None else pd.Series(quantity, name=config["target"])
    days = columns.get("date", [])
    return [
        *find_constant(X, counts),
        *find_flags(frame, X, counts, config),
        *find_sentinels(frame, X, days, _measured(frame, columns), config["read"].get("na_values"), target),
        *find_short_years(frame, days),
        *find_identifiers(X.drop(columns=days), counts),  # days may number the rows
        *find_levels(levels_of(counts, columns, config), len(X), config["columns"].get("category", [])),
        *find_rounded(frame, columns["number"], config["columns"].get("category", [])),
    ]


def _measured(frame: pd.DataFrame, columns: Mapping[str, list[str]]) -> list[str]:
    """The columns that were numbers as they were read, and no booleans."""
    names = [name for name in columns["number"] if name not in columns.get("date", [])]
    return [name for name in names if types.is_numeric_dtype(frame[name]) and not types.is_bool_dtype(frame[name])]


def find_constant(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
    """Columns of one value, together where there are many."""
    names = [name for name in X.columns if _is_constant(X[name], counts.get(name))]
    if len(names) > MAX_LINES:  # images have many
        text = f"{len(names)} columns have one value in the train split: {shown(map(repr, names), MAX_NAMED)}."
        return [finding_of("constant", "info", "", text, drop_override(names) if len(names) <= MAX_NAMED else "")]
    return [
        finding_of(
            "constant", "info", name, f"The column {name!r} has one value in the train split.", drop_override([name])
        )
        for name in names
    ]


def _is_constant(values: "pd.Series[Any]", counts: "pd.Series[int] | None") -> bool:
    if counts is not None:
        return len(counts) == 1 and int(counts.iloc[0]) == len(values)
    return bool(values.min() == values.max()) and not values.isna().any()


def find_flags(
    frame: pd.DataFrame,
    X: pd.DataFrame,  # noqa: N803
    counts: Counts,
    config: Mapping[str, Any],
) -> list[Finding]:
    """Columns that hold one value or none, such as an x where something is so: filled with it they are constant.

    Parameters
    ----------
    frame, X : DataFrame
        The features as they were read, and as they enter a pipeline.
    counts : mapping
        Of the categories among them.
    config : mapping
        What `preprocess` reads and fills, and the kinds that are set by hand.
    """
    node, by_hand = config["preprocess"], config["columns"]
    type_of = node.get("type") or {}
    searched = (node.get("space") or {}) if config["n_trials"] else {}
    filling = (type_of.get("categorical_imputation"), searched.get("categorical_imputation"))
    given = [name for names in by_hand.values() for name in names]
    read = kinds_read(node)
    names = [] if "missing" in str(filling) else [name for name in counts if len(counts[name]) == 1]
    numbers = [name for name in X.columns if name not in counts and types.is_numeric_dtype(X[name])]
    names += [name for name in numbers if X[name].min() == X[name].max() and name not in given]
    names = [name for name in X.columns if name in names and X[name].hasnans]
    names = [name for name in names if ("category" if name in counts else "number") in read]
    if not names:
        return []
    told = [
        f"{name!r} ({str(frame[name].dropna().iloc[0])!r}, missing in {X[name].isna().mean():.1%})" for name in names
    ]
    hold = "column holds" if len(names) == 1 else "columns hold"
    text = (
        f"The {hold} one value, or none: {shown(told, MAX_NAMED)}. Filled with that value "
        f"{'it says' if len(names) == 1 else 'they say'} nothing."
    )
    categories = [*by_hand.get("category", []), *(name for name in names if name in numbers)]
    remedy = f"columns.category={override_value(categories)} " * bool({*names} & {*numbers})
    remedy = f"{remedy}preprocess.type.categorical_imputation=missing" * _is_complex(node)
    return [finding_of("flag", "warning", names[0] if len(names) == 1 else "", text, remedy)]


def _is_complex(node: Mapping[str, Any]) -> bool:
    """Whether a preprocessing is the shipped `complex`, as it is where none is chosen yet."""
    return (node.get("type") or {}).get("_target_", COMPLEX) == COMPLEX


def levels_of(counts: Counts, columns: Mapping[str, list[str]], config: Mapping[str, Any]) -> dict[str, int]:
    """The number of categories, by column, of which `complex` makes a column each; none where it is not chosen."""
    node = config["preprocess"]
    read = _is_complex(node) and "category" in kinds_read(node)
    return {name: len(counts[name]) for name in columns["category"] if name in counts} if read else {}


def find_levels(levels: Mapping[str, int], rows: int, by_hand: Iterable[str] = ()) -> list[Finding]:
    """Columns of many categories that have few rows each.

    Parameters
    ----------
    levels : mapping
        The number of categories, by column.
    rows : int
        Of the train split.
    by_hand : iterable of str
        Columns that are meant to be categories.
    """
    many = {name: number for name, number in levels.items() if number >= MANY_LEVELS and rows < FEW_ROWS * number}
    many = {name: number for name, number in many.items() if name not in {*by_hand}}
    return [
        finding_of(
            "levels",
            "info",
            name,
            f"The column {name!r} has {number:,} categories, of {rows / number:.1f} rows each in the mean: 'complex' "
            "makes a column of each, and models learn little from so few rows.",
            drop_override([name]),
        )
        for name, number in many.items()
    ]


def find_short_years(frame: pd.DataFrame, names: Iterable[str]) -> list[Finding]:
    """Dates whose years have two digits: which century is meant is not written.

    Parameters
    ----------
    frame : DataFrame
        The columns as they were read.
    names : iterable of str
        Those that are dates.
    """
    found = []
    for name in [name for name in names if frame[name].dtype == "str"]:
        short = frame[name][frame[name].str.match(SHORT_YEAR).fillna(False).astype(bool)]
        if len(short):
            text = (
                f"The column {name!r} holds years of two digits, such as {short.iloc[0]!r}: 69 to 99 are read as 1969 "
                "to 1999, 00 to 68 as 2000 to 2068."
            )
            found.append(finding_of("years", "info", name, text))
    return found


def find_identifiers(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
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
        if len(X) >= 20 and (is_free_text(counts[name]) if name in counts else _numbers_rows(X[name]))
    ]


def find_rounded(frame: pd.DataFrame, names: Iterable[str], given: Iterable[str]) -> list[Finding]:
    """Columns of whole numbers of which floats, with which models compute, hold the first 16 digits alone.

    Parameters
    ----------
    frame : DataFrame
        The columns as they were read.
    names, given : iterable of str
        Those that are numbers, and the categories by hand.
    """
    found = []
    for name in names:
        values = frame[name]
        large: int | str | None = beyond_floats(values)
        if types.is_float_dtype(values):  # as whole numbers of a text file are, beside missing ones
            values = values.astype("float64")  # of half precision 2^53 is infinite
            ends = (values.max(), values.min())
            beyond = [f"about {end:.15e}" for end in ends if abs(end) > EXACT]
            whole = bool(beyond) and max(map(abs, ends)) < 2**64 and bool((values.dropna() % 1 == 0).all())
            large = beyond[0] if whole else None
        if large is not None:
            text = (
                f"The column {name!r} holds whole numbers beyond 2^53, such as {large}: models compute "
                f"with their first 16 digits ({kind_override('category', name, given)} takes each for a category)."
            )
            found.append(finding_of("rounded", "info", name, text, drop_override([name])))
    return found


def is_free_text(counts: "pd.Series[int]") -> bool:
    """Whether nearly every row has a text of its own."""
    total = int(counts.sum())
    own = total >= 20 and len(counts) >= 0.95 * total
    return own and not (0 < len(odd_ones(counts)[1]) <= MAX_MARKS or looks_like_date(counts))


def _numbers_rows(values: "pd.Series[Any]") -> bool:
    if not types.is_numeric_dtype(values):
        return False
    if not (values.iloc[:1000].dropna() % 1 == 0).all():
        return False
    known = values.dropna()
    if known.nunique() < len(values) or not (known % 1 == 0).all():
        return False
    named = re.search(r"(^|[^a-zA-Z])(id|ID|Id|index|key)$|[a-z](ID|Id)$|^(id|ID|Id)[^a-zA-Z]", str(values.name))
    return bool(named) or float(known.max()) - float(known.min()) < 2 * len(known)


def held(labels: Iterable[Any]) -> str:
    """What the classes of a target are: numbers, dates or durations; nothing where they are something else."""
    texts = [str(label) for label in labels][:1000]
    if pd.to_numeric(pd.Series(texts), errors="coerce").notna().all():
        return "numbers"
    return "dates" if all(map(is_date, texts)) else "durations" if all(map(is_duration, texts)) else ""


def no_classes(labels: Iterable[Any]) -> str:
    """What to do about classes of too few rows by what they are, as a sentence behind others."""
    what = held(labels)
    if what == "numbers":
        return " Or pass task=regression where the target is a quantity."
    return what and f" The target holds {what}: to predict these, make numbers of them, such as days."


def looks_like_date(counts: "pd.Series[int]") -> bool:
    """Whether nearly all of a column's texts are dates, marks of missing ones aside."""
    if not any(map(is_date, counts.index[:1000])):  # most texts are known by their first
        return False
    known = counts[[not is_missing(text) for text in counts.index]]
    if are_seasons(known.index):
        return False
    return bool(known[[is_date(text) for text in known.index]].sum() >= 0.95 * known.sum())


def form_of_durations(counts: "pd.Series[int]") -> str | None:
    """The form of a column of times of day or durations, marks of missing ones aside: see `durations.form_of`."""
    if not any(map(is_duration, counts.index[:1000])):
        return None
    return form_of(pd.Series([text for text in counts.index if not is_missing(text)], dtype="str"))


def looks_like_duration(counts: "pd.Series[int]") -> bool:
    """Whether a column's texts are times of day or durations, and many: few, as 08:00 and 16:00, are categories."""
    many = sum(not is_missing(text) for text in counts.index) > FEW_TIMES
    return many and form_of_durations(counts) is not None
