"""Checks of categories and of the labels of a target: marks of missing values, numbers that are text, spellings."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from mlzoo.errors import listed, shown
from mlzoo.findings import Finding, finding_of
from mlzoo.grammar import is_word, kind_override, override_value
from mlzoo.reading.forms import MADE_BY_STR, TRUTHS, WORDS, is_sign, missing_of
from mlzoo.reading.unread import FEW, MAX_MARKS, are_words, odd_ones, unread_numbers
from mlzoo.tables.columns import Counts

UNSEEN = 0.05  # share of the rows of a test file


def find_marks(
    counts: Counts,
    given: Any = (),
    decimal: str | None = None,
    by_hand: Container[str] = (),
    labels: Counts = MappingProxyType({}),
    columns: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Finding]:
    """Columns that are text because of marks that stand for missing numbers or dates, of decimal marks, signs or units.

    Every remedy names the marks of all columns and those `given` already (a list, or a mapping by column), as the last
    override of a key wins; by column where one is a value of another column; none where it cannot be typed. `decimal`
    is the mark that the file was read with. Columns that are categories `by_hand` are meant to be text; `columns`,
    those of the config, stay of their kind. Of the target's `labels` signs such as `?` are told, but not where less
    than two classes would be left, as of `+` and `-`.
    """
    asked = {name: values for name, values in counts.items() if name not in by_hand}
    booleans, words, numbers = (columns.get(kind, ()) for kind in ("boolean", "category", "number"))
    truths = [name for name, values in asked.items() if _are_truths(values.index)]
    unread = {name: why for name, values in asked.items() if (why := unread_numbers(values, decimal, numbers))}
    kinds, rests = {}, {}
    for name in [name for name in asked if name not in unread and name not in truths]:
        kinds[name], rests[name] = odd_ones(asked[name])
    every = {**counts, **labels}
    signs = {name: _signs(values.index, labels=name in labels) for name, values in every.items()}
    of_labels = [name for name, values in labels.items() if signs[name] and len(values) > len(signs[name]) + 1]
    named = {name: rests.get(name) or signs[name] for name in [*counts, *of_labels] if name not in unread}
    meant = {name: some if _are_marks(some, every[name]) else signs[name] for name, some in named.items() if some}
    meant = {name: some for name, some in meant.items() if some}
    remedy = _remedy(meant, given, every)
    found = []
    for name in [*counts, *of_labels]:
        if name in of_labels:
            text = (
                f"In the target {name!r} {_as_values(every[name], signs[name], 'class')}. Where a missing one is "
                "meant, name it in read.na_values; missing_target=drop then leaves these rows out."
            )
            found.append(finding_of("marks", "warning", name, text, remedy))
        elif name in truths:
            several = shown(map(repr, map(str, counts[name].index)), MAX_MARKS)
            text = (
                f"The column {name!r} holds truths that are written in several ways, {several}: taken for categories."
            )
            remedy_of = f"columns.boolean={override_value([*booleans, *truths])}"
            found.append(finding_of("marks", "warning", name, text, remedy_of))
        elif name in unread:
            what, advice, remedy_of = unread[name]
            keeps = f"{kind_override('category', name, words)} keeps it as text"
            text = f"The column {name!r} holds {what}: taken for categories ({keeps}). {advice}".rstrip()
            found.append(finding_of("marks", "warning", name, text, remedy_of))
        elif rests.get(name):
            many = not _are_marks(rests[name], counts[name])
            text = f"The column {name!r} holds {kinds[name]} but for {shown(map(repr, rests[name]), MAX_MARKS)}"
            text += f" ({len(rests[name])} values in all)" * (len(rests[name]) > MAX_MARKS) + ": taken for categories."
            one = kinds[name].removesuffix("s")
            text += " Mend them, or name those" if many else " Where these are no values, name them"
            text += f" that stand for a missing {one} in read.na_values." if many else " in read.na_values."
            found.append(finding_of("marks", "warning", name, text, "" if many else remedy))
        elif signs[name]:
            text = f"In the column {name!r} {_as_values(every[name], signs[name], 'category')}."
            found.append(finding_of("marks", "info", name, text, remedy))
    return found


def _remedy(meant: Mapping[str, list[str]], given: Any, every: Counts) -> str:
    """The override that takes what is `meant` by column, and what is `given`, for missing; nothing, where none can.

    It is by column where that of one is a value of another, which can be typed of names that are words alone.
    """
    own: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    marks = [*([] if own else given), *sorted({mark for some in meant.values() for mark in some})]
    values = any(mark in every[name].index and mark not in meant.get(name, ()) for name in every for mark in marks)
    if not own and not values:
        return f"read.na_values={override_value(list(dict.fromkeys(marks)))}"
    apart = {name: [*missing_of(own, name), *meant.get(name, ())] for name in {**own, **meant}}
    typed = (own or not given) and all(map(is_word, apart))
    return f"read.na_values={override_value(apart)}" if typed else ""


def _are_truths(values: Iterable[Any]) -> bool:
    """Whether all values of a column say true or false, but in more than one way, as `1`, `0` and `yes`.

    Letters are truths in pairs alone: of T, F and N the last may be another one.
    """
    said = {str(value).strip().lower() for value in values}
    letters = [said & {*pair} for pair in ("tf", "yn")]
    return len(said) > 2 and said <= TRUTHS.keys() and all(len(of) != 1 for of in letters)


def _signs(values: Iterable[str], *, labels: bool) -> list[str]:
    """The signs in a column that may stand for missing values; none of `+` and `-`, or of stars in any number.

    Of the `labels` of a target, words that stand for missing ones in text files are such too, from other sources.
    """
    words = {*MADE_BY_STR, *(WORDS if labels else ())}
    signs = [value for value in values if is_sign(value) or value in words]
    others = {value.strip() for value in values} - {sign.strip() for sign in signs}
    of_others = {other[0] for other in others if other and len({*other}) == 1}
    of_others |= {*"-\u2212\u2013"} if "+" in others else set()
    return [sign for sign in signs if sign.strip()[0] not in of_others]


def _as_values(counts: "pd.Series[int]", some: list[str], what: str) -> str:
    """That some values of a column, in so many of its rows, are categories or classes of their own."""
    share = f"({counts[some].sum() / counts.sum():.1%} of the rows)"
    if len(some) == 1:
        return f"{some[0]!r} {share} is a {what} of its own, as if it were a value"
    kinds = {"class": "classes", "category": "categories"}[what]
    return f"{listed([*map(repr, some)])} {share} are {kinds} of their own, as if they were values"


def _are_marks(texts: list[str], counts: "pd.Series[int]") -> bool:
    """Whether texts among numbers may stand for missing ones: they are few, and begin with no number, as `<5` does.

    Those of many rows that have digits, such as `V57`, are codes.
    """
    if are_words(texts):
        return True
    coded = [text for text in texts if re.search(r"\d", text)]
    few = len(texts) <= MAX_MARKS and counts[coded].sum() <= FEW * counts.sum()
    return bool(few) and not any(re.match(r"\W*\d", text) for text in texts)


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


def find_unseen(rows: pd.DataFrame, counts: Counts, name: str) -> list[Finding]:
    """What a test file, by its name, holds of categories that the train file does not, but for a few rows."""
    known = {column: [*map(str, of.index)] for column, of in counts.items()}
    return [
        finding_of("unseen", "warning" if grave else "info", column, f"{name}: {note}.")
        for column, note, share, grave in unseen_categories(rows, known)
        if share >= UNSEEN
    ]


def unseen_categories(rows: pd.DataFrame, known: Mapping[str, Sequence[str]]) -> list[tuple[str, str, float, bool]]:
    """What is to be said of categories that the train split did not have, those of whole columns first.

    Parameters
    ----------
    rows : DataFrame
        As their kinds.
    known : mapping
        The categories of the train split by column.

    Returns
    -------
    list of tuple
        The column, a note, the share of the rows, and whether predictions may be wrong by it: no value is known, or
        leading zeros are lost.
    """
    whole, parts = [], []
    for name, categories in known.items():
        values = rows[name].dropna() if name in rows else pd.Series(dtype="str")
        new = values[~values.isin(categories)]
        if not len(new):
            continue
        said, there = (shown(map(repr, some), 3) for some in (new.unique(), categories))
        zeros = _lost_zeros(new.unique(), categories)
        share = len(new) / len(rows)
        if len(new) == len(values):
            note = (
                f"column {name!r}: NONE of its values stood in the train split ({said}; there {there}), so that the "
                f"pipeline knows nothing of them, and its predictions may be wrong{zeros}"
            )
            whole.append((name, note, share, True))
        else:
            count = f"{len(new):,} of {len(rows):,} rows hold values"
            note = f"column {name!r}: {count} that the train split did not ({said}){zeros}"
            parts.append((name, note, share, bool(zeros)))
    return [*whole, *parts]


def _lost_zeros(new: Iterable[str], categories: Iterable[str]) -> str:
    """What is to be said where new values are categories but for leading zeros, which spreadsheets leave out."""
    padded = {code.lstrip("0") or "0": code for code in categories if re.fullmatch(r"0+[0-9]+", code)}
    lost = next((value for value in new if value in padded), None)
    if lost is None:
        return ""
    return f"; {lost!r} may be {padded[lost]!r} without its leading zeros: write them as there"
