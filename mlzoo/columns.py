"""Checks of columns.

A check returns findings (plain dicts that go to the log and the record) where the work can go on, else it raises.
"""

import re
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.errors import listed, shown
from mlzoo.findings import MOST_NAMED, Finding, finding_of
from mlzoo.grammar import drop_override, kind_override, override_value
from mlzoo.reading.dates import is_date, is_missing
from mlzoo.reading.forms import is_sign
from mlzoo.reading.frames import EXACT, beyond_floats
from mlzoo.reading.unread import MOST_MARKS, are_words, odd_ones, unread_numbers

WHOLE = r"-?\d+\.0"  # a whole number, as pandas writes it in a column with missing values
COMPLEX = "mlzoo.preprocessing.complex_preprocess"
FAR = 84_006  # days from 1970 to the year 2200
SHORT_YEAR = r"\s*\d\d?[./ -]+[^\W_]{1,9}[./ ,-]+\d\d(?:[T ]|\s*$)"
MOST_LINES = 2  # on columns that have one value; of more there is one, which names MOST_NAMED of them
Counts = Mapping[str, "pd.Series[int]"]


def count(X: pd.DataFrame, names: Iterable[str]) -> Counts:  # noqa: N803
    """How often each value of a category stands, by column; the checks try its values rather than its rows."""
    return {name: X[name].value_counts(sort=False) for name in names}


def find_constant(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
    """Columns of one value, together where there are many."""
    names = [name for name in X.columns if _is_constant(X[name], counts.get(name))]
    if len(names) > MOST_LINES:  # images have many
        text = f"{len(names)} columns have one value in the train split: {shown(map(repr, names), MOST_NAMED)}."
        return [finding_of("constant", "info", "", text, drop_override(names) if len(names) <= MOST_NAMED else "")]
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
    filling = (type_of.get("categorical_imputation"), (node.get("space") or {}).get("categorical_imputation"))
    given = [name for names in by_hand.values() for name in names]
    read = node.get("kinds") or ["number", "category"]
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
        f"The {hold} one value, or none: {shown(told, MOST_NAMED)}. Filled with that value "
        f"{'it says' if len(names) == 1 else 'they say'} nothing."
    )
    categories = [*by_hand.get("category", []), *(name for name in names if name in numbers)]
    remedy = f"columns.category={override_value(categories)} " * bool({*names} & {*numbers})
    shipped = type_of.get("_target_", COMPLEX) == COMPLEX
    remedy = f"{remedy}preprocess.type.categorical_imputation=missing" * shipped
    return [finding_of("flag", "warning", names[0] if len(names) == 1 else "", text, remedy)]


def find_far_dates(
    frame: pd.DataFrame,
    X: pd.DataFrame,  # noqa: N803
    names: Iterable[str],
    given: Iterable[Any] = (),
) -> list[Finding]:
    """Dates that stand for none, such as 9999-12-31, which as days outweigh all others.

    Parameters
    ----------
    frame, X : DataFrame
        The columns as they were read, and as days.
    names : iterable of str
        Those that are dates.
    given : iterable
        The marks of missing values that are given already, which the remedy keeps.
    """
    found = []
    for name in names:
        values = frame[name]
        far = X[name].to_numpy() > FAR
        if far.any() and not types.is_timedelta64_dtype(values):
            some = list(dict.fromkeys(map(str, values[far].unique())))
            marks = list(dict.fromkeys([*given, *some[:MOST_MARKS]]))
            text = (
                f"The column {name!r} holds dates beyond the year 2200, such as {some[0]!r}, which as days outweigh "
                "all others: where they stand for none, take them for missing."
            )
            found.append(finding_of("far", "warning", name, text, f"read.na_values={override_value(marks)}"))
    return found


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


def find_rounded(frame: pd.DataFrame, names: Iterable[str]) -> list[Finding]:
    """Columns of whole numbers of which floats, with which models compute, hold the first 16 digits alone.

    Parameters
    ----------
    frame : DataFrame
        The columns as they were read.
    names : iterable of str
        Those that are numbers.
    """
    found = []
    for name in names:
        values = frame[name]
        large = beyond_floats(values)
        if types.is_float_dtype(values):  # as whole numbers of a text file are, beside missing ones
            known = values.dropna()
            ends = (known.max(), known.min())
            whole = bool((known % 1 == 0).all()) and max(map(abs, ends)) < 2**64
            large = next((int(end) for end in ends if abs(end) > EXACT), None) if whole else None
        if large is not None:
            text = (
                f"The column {name!r} holds whole numbers beyond 2^53, such as {large}: models "
                f"compute with their first 16 digits ({kind_override('category', name)} takes each for a category)."
            )
            found.append(finding_of("rounded", "info", name, text, drop_override([name])))
    return found


def is_free_text(counts: "pd.Series[int]") -> bool:
    """Whether nearly every row has a text of its own."""
    total = int(counts.sum())
    own = total >= 20 and len(counts) >= 0.95 * total
    return own and not (0 < len(odd_ones(counts)[1]) <= MOST_MARKS or looks_like_date(counts))


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


def find_marks(
    counts: Counts,
    given: Iterable[Any] = (),
    decimal: str | None = None,
    by_hand: Container[str] = (),
    labels: Counts = MappingProxyType({}),
) -> list[Finding]:
    """Columns that are text because of marks that stand for missing numbers or dates, of decimal marks, signs or units.

    Every remedy names the marks of all columns and those `given` already, as the last override of a key wins. `decimal`
    is the mark that the file was read with. Columns that are categories `by_hand` are meant to be text. Of the target's
    `labels` signs such as `?` are told, but not where less than two classes would be left, as of `+` and `-`.
    """
    asked = {name: values for name, values in counts.items() if name not in by_hand}
    unread = {name: why for name, values in asked.items() if (why := unread_numbers(values, decimal))}
    kinds, rests = {}, {}
    for name in [name for name in asked if name not in unread]:
        kinds[name], rests[name] = odd_ones(asked[name])
    every = {**counts, **labels}
    signs = {name: _signs(values.index) for name, values in every.items()}
    of_labels = [name for name, values in labels.items() if signs[name] and len(values) > len(signs[name]) + 1]
    named = {name: rests.get(name) or signs[name] for name in [*counts, *of_labels] if name not in unread}
    few = sorted({mark for some in named.values() if _are_marks(some) for mark in some})
    remedy = f"read.na_values={override_value(list(dict.fromkeys([*given, *few])))}"
    found = []
    for name in [*counts, *of_labels]:
        if name in of_labels:
            text = (
                f"In the target {name!r} {_as_values(every[name], signs[name], 'class')}. Where a missing one is "
                "meant, name it in read.na_values; missing_target=drop then leaves these rows out."
            )
            found.append(finding_of("marks", "warning", name, text, remedy))
        elif name in unread:
            what, advice, remedy_of = unread[name]
            keeps = f"{kind_override('category', name)} keeps it as text"
            text = f"The column {name!r} holds {what}: taken for categories ({keeps}). {advice}".rstrip()
            found.append(finding_of("marks", "warning", name, text, remedy_of))
        elif rests.get(name):
            many = not _are_marks(rests[name])
            text = f"The column {name!r} holds {kinds[name]} but for {shown(map(repr, rests[name]), MOST_MARKS)}"
            text += f" ({len(rests[name])} values in all)" * (len(rests[name]) > MOST_MARKS) + ": taken for categories."
            one = kinds[name].removesuffix("s")
            text += " Mend them, or name those" if many else " Where these are no values, name them"
            text += f" that stand for a missing {one} in read.na_values." if many else " in read.na_values."
            found.append(finding_of("marks", "warning", name, text, "" if many else remedy))
        elif signs[name]:
            text = f"In the column {name!r} {_as_values(every[name], signs[name], 'category')}."
            found.append(finding_of("marks", "info", name, text, remedy))
    return found


def _signs(values: Iterable[str]) -> list[str]:
    """The signs in a column that may stand for missing values; none of `+` and `-`, or of stars in any number."""
    signs = [value for value in values if is_sign(value)]
    others = {value.strip() for value in values} - {sign.strip() for sign in signs}
    of_others = {other[0] for other in others if other and len({*other}) == 1}
    of_others |= {"-"} if "+" in others else set()
    return [sign for sign in signs if sign.strip()[0] not in of_others]


def _as_values(counts: "pd.Series[int]", some: list[str], what: str) -> str:
    """That some values of a column, in so many of its rows, are categories or classes of their own."""
    share = f"({counts[some].sum() / counts.sum():.1%} of the rows)"
    if len(some) == 1:
        return f"{some[0]!r} {share} is a {what} of its own, as if it were a value"
    kinds = {"class": "classes", "category": "categories"}[what]
    return f"{listed([*map(repr, some)])} {share} are {kinds} of their own, as if they were values"


def _are_marks(texts: list[str]) -> bool:
    """Whether texts among numbers may stand for missing ones: they are few, and begin with no number, as `<5` does."""
    return are_words(texts) or (len(texts) <= MOST_MARKS and not any(re.match(r"\W*\d", text) for text in texts))


def find_spellings(counts: Counts) -> list[Finding]:
    """Columns in which values differ by spaces or case alone, such as `yes` and `Yes `."""
    found = []
    for name, values in counts.items():
        alike: dict[str, list[str]] = {}
        for value in map(str, values.index):
            alike.setdefault(" ".join(value.split()).casefold(), []).append(value)
        several = [sorted(group) for group in alike.values() if len(group) > 1]
        if several:
            rest = len(several) - 1
            more = f" (and so in {rest} case{'s' * (rest > 1)} more)" if rest else ""
            text = (
                f"In the column {name!r} {listed(list(map(repr, several[0])))}{more} differ by spaces or case alone, "
                "and are values of their own: write them alike."
            )
            found.append(finding_of("spelling", "warning", name, text))
    return found


def held(labels: Iterable[Any]) -> str:
    """What the classes of a target are: numbers, dates or durations; nothing where they are something else."""
    texts = [str(label) for label in labels][:1000]
    if pd.to_numeric(pd.Series(texts), errors="coerce").notna().all():
        return "numbers"
    duration = r"-?\d+ days?(?: [-+]?[\d:.]+)?"
    return "dates" if all(map(is_date, texts)) else "durations" if all(re.fullmatch(duration, t) for t in texts) else ""


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
    return bool(known[[is_date(text) for text in known.index]].sum() >= 0.95 * known.sum())
