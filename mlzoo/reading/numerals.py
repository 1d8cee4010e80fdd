"""Columns of text that are numbers but for marks: between thousands, signs, and marks of a missing one."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.grammar import kind_override
from mlzoo.reading.decimals import DecimalMark, shows
from mlzoo.reading.forms import (
    BEGINNING,
    BLANK,
    FIRST,
    GROUPS,
    INDIAN,
    LAKHS,
    LONG_MINUS,
    MINUS,
    NA_MARKERS,
    PLAIN,
    SIGNS,
    are_addresses,
    grouped,
)

Array = np.ndarray[Any, Any]
MAX_BY_CHANCE = 4  # decimals that may all be greater than the numbers before them
MANY_LAKHS = 5  # numbers such as 12,34,567, of which fewer may be lists
SHOWN = 5  # columns that notes name one by one


@dataclass
class Found:
    """What was found out about columns while numbers were made of them.

    Attributes
    ----------
    marks : dict
        By column, the marks that were read as missing.
    thousands : dict
        By column, the mark between thousands and a value that has it.
    points : dict
        By column, the decimal mark and a value that has it, where that of the file is another.
    signs : dict
        By column, the sign at every number, a value that has it, and what that is read as.
    minus : dict
        By column, a value that is negative as accounts or typesetters write it, and what that is read as.
    shown : dict
        By column, the decimal mark that one of its numbers at least must have.
    lists : dict
        By column, a value where all may be lists, such as 1,2, and so stay text.
    """

    marks: dict[str, list[str]] = field(default_factory=dict)
    thousands: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, tuple[str, str]] = field(default_factory=dict)
    signs: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    minus: dict[str, tuple[str, float]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)

    def of(self, columns: Container[str]) -> "Found":
        """What was found out about these columns."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Found(**{name: {c: what for c, what in part.items() if c in columns} for name, part in parts.items()})

    def other_marks(self, mark: str) -> dict[str, str]:
        """By column, the decimal mark that its numbers have shown, where it is not that of the file."""
        shown = {name: point for name, (point, _) in self.points.items()}
        for name, (group, text) in self.thousands.items():
            shown[name] = {",": ".", ".": ","}.get(group, "," if "," in text else ".")
        return {name: point for name, point in shown.items() if point != mark}

    @property
    def dotted(self) -> dict[str, str]:
        """By column with points between thousands, its decimal mark."""
        return {name: "," for name, (group, _) in self.thousands.items() if group == "."}

    def has_shown(self, mark: str) -> bool:
        """Whether a column has this decimal mark, or the other one between thousands."""
        points, thousands = ({mark for mark, _ in some.values()} for some in (self.points, self.thousands))
        blanks = (text for group, text in self.thousands.values() if group not in (",", "."))
        return mark in points or DecimalMark(mark).other in thousands or any(mark in text for text in blanks)

    def notes(self, target: str | None, *, by_hand: bool = True) -> list[str]:
        """What may surprise, a line on each column, and what sets it otherwise `by_hand`; of the target, the task."""

        def otherwise(name: str) -> str:
            if not by_hand:
                return ""
            kept = f"{kind_override('category', name)} keeps it as text"
            return f" ({kept if name != target else 'task=classification makes each value a class'})"

        told = (
            {
                name: f"{' and '.join(map(repr, marks))} {'is' if len(marks) == 1 else 'are'} read as missing "
                "(read.na_values)"
                for name, marks in self.marks.items()
            },
            {
                name: f"{mark!r} separates thousands, as in {text!r}{otherwise(name)}"
                for name, (mark, text) in self.thousands.items()
            },
            {
                name: f"the sign {sign!r} is left out: {text!r} is read as {number:.12g}{otherwise(name)}"
                for name, (sign, text, number) in self.signs.items()
            },
            {
                name: f"{text!r} is read as {number:.12g}{otherwise(name)}"
                for name, (text, number) in self.minus.items()
            },
            {name: f"the decimal mark is {mark!r}, as in {text!r}" for name, (mark, text) in self.points.items()},
        )
        notes = ([f"in the column {name!r} {what}" for name, what in some.items()] for some in told)
        return [note for some in notes for note in shortened(some)]


def shortened(notes: list[str]) -> list[str]:
    """Notes on columns, of many the first ones, and in how many more it is so."""
    more = len(notes) - SHOWN
    return [*notes[:SHOWN], *([f"so in {more} column{'s' * (more > 1)} more"] if more > 0 else [])]


def take_numbers(
    frame: pd.DataFrame,
    decimal: DecimalMark,
    kept: Container[str],
    sure: Container[str] = (),
    points: Mapping[str, str] = MappingProxyType({}),
) -> Found:
    """Make numbers, in place, of columns that are text for marks alone: of missing values, between thousands, signs.

    What is tried is each text once, of however many rows.

    Parameters
    ----------
    frame : DataFrame
        As pandas has read it.
    decimal : DecimalMark
        The decimal mark of the file.
    kept : container of str
        Columns that stay text.
    sure : container of str
        Columns that are numbers in another file of the same table: all marks of missing ones in them are such.
    points : mapping
        The decimal mark of columns in another file of the same table, where that has shown it.
    """
    found, of_file = Found(), decimal
    for name in frame.columns:
        if frame[name].dtype != "str" or name in kept:
            continue
        first = frame[name].dropna().iloc[:FIRST].str.replace(LONG_MINUS, "-", regex=True)
        if not (first.str.match(BEGINNING) | _is_mark(first)).all():
            continue
        if name not in sure and are_addresses(first):
            continue
        decimal = DecimalMark(points[name]) if name in points else of_file
        codes, texts = pd.factorize(frame[name])
        written, rows = pd.Series(texts), None if name in sure else np.bincount(codes[codes >= 0])
        values = with_minus(written.str.replace(LONG_MINUS, "-", regex=True), sure=name in sure)
        sign, bare = unsigned(values)
        forms: Iterable[tuple[str, str]] = _forms(decimal, (group for group in GROUPS if _holds(bare, group)))
        if len(bare) > FIRST:
            some, missing = _plain(bare[:FIRST])
            forms = [form for form in _forms(decimal, GROUPS) if _numbers(some, missing, *form) is not None]
            if not forms:
                continue
        plain, marks = _plain(bare)
        if rows is not None and (marks.all() or _are_many(bare[marks], rows, marks)):
            continue
        for group, point in forms:
            if (numbers := _numbers(plain, marks, group, point, sure=name in sure)) is None:
                continue
            pairs = point == "," and not group and not sign  # of numbers, as which lists can be read
            if pairs and decimal.mark != "," and name not in sure and are_lists(bare):
                found.lists[name] = next(iter(written[written.str.contains(r"\d,\d", regex=True)]))
                continue
            if group and not (parted := _grouped(bare, group, point, sure=point != decimal.mark)).any():
                continue
            numbers += 0.0  # no -0.0
            frame[name] = np.append(numbers, np.nan)[codes]  # of what is missing the code is -1
            if numbers.isna().any():
                found.marks[name] = sorted(written[numbers.isna()].tolist())
            if group:
                found.thousands[name] = (group, written[parted].iloc[0])
            elif point != of_file.mark and (shown := numbers.notna() & bare.str.contains(point, regex=False)).any():
                found.points[name] = (point, written[shown].iloc[0])
            if shows(bare, point) and not (pairs and (may_be_answers(bare) or may_be_pairs(bare))):
                found.shown[name] = point
            if sign:
                found.signs[name] = (sign, *_example(written, numbers, numbers.notna()))
            if (negative := (values != written) & (numbers.abs() > 0)).any():
                found.minus[name] = _example(written, numbers, negative)
            break
    return found


def _example(written: "pd.Series[str]", numbers: "pd.Series[float]", shown: "pd.Series[bool]") -> tuple[str, float]:
    """The first text that is shown, and the number that it is read as."""
    return written[shown].iloc[0], float(numbers[shown].iloc[0])


def with_minus(values: "pd.Series[str]", *, sure: bool) -> "pd.Series[str]":
    """Texts with the minus before the number where accounts put it behind, or parentheses around.

    Some of these must show decimals, thousands or a sign, and others be without: `(1)` may number a note, `2019-` may
    be since then. Where the column is `sure` to hold numbers, all are.
    """
    ends = values[values.str.contains(rf"[)-]{BLANK}{SIGNS}?{BLANK}$", regex=True)]
    if not len(ends):
        return values
    made = ends
    for pattern, plain in MINUS.items():
        made = made.str.replace(pattern, plain, regex=True)
    changed = ends[made.to_numpy() != ends.to_numpy()]
    shown = changed.str.contains(rf"[.,]\d|{SIGNS}" + r"|[)-]" * sure, regex=True).any()
    if not shown or (not sure and len(changed) >= len(values) - int(_is_mark(values).sum())):
        return values
    values = values.copy()
    values[changed.index] = made[changed.index]
    return values


def unsigned(values: "pd.Series[str]") -> "tuple[str, pd.Series[str]]":
    """The sign that stands at every number, on one side of it, and the texts without it; none and the texts else."""
    first = values.iloc[:FIRST]
    text = next(iter(first[~_is_mark(first)]), "").strip()
    before, after = re.match(rf"[-+]?{BLANK}({SIGNS})", text), re.search(rf"({SIGNS})$", text)
    found = before or after
    if found is None:
        return "", values
    sign = re.escape(found[1])
    pattern = rf"^{BLANK}([-+]?){BLANK}{sign}{BLANK}" if before else rf"(){BLANK}{sign}{BLANK}$"
    for part in (first, values):
        bare = part.str.replace(pattern, r"\1", regex=True)
        if not ((bare != part) | _is_mark(part)).all():
            return "", values
    return found[1], bare


def _forms(decimal: DecimalMark, groups: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Marks between thousands, of these `groups`, and decimal marks to try, the likely ones first."""
    mark, other = decimal.mark, decimal.other
    yield "", mark
    groups = [*groups]
    yield from ((group, {",": ".", ".": ","}.get(group, mark)) for group in groups)
    yield from ((group, other) for group in groups if group not in (",", "."))
    if mark != "." or not decimal.sure:
        yield "", other


def _is_mark(values: "pd.Series[str]") -> "pd.Series[bool]":
    return values.str.strip().str.lower().isin({*NA_MARKERS, ""})


def _holds(texts: "pd.Series[str]", mark: str) -> bool:
    return bool(texts.str.contains(mark, regex=False).any())


def _plain(texts: "pd.Series[str]") -> "tuple[pd.Series[str], pd.Series[bool]]":
    """Texts without blanks around them, missing for marks; which are such."""
    marks = _is_mark(texts)
    return texts.str.strip().where(~marks), marks


def _are_many(texts: "pd.Series[str]", rows: Array, marks: "pd.Series[bool]") -> bool:
    """Whether half of the `rows`, of which each text has so many, are odd marks, of which these `texts` are."""
    odd = ~texts.str.strip().str.lower().isin(PLAIN).to_numpy()
    return bool(len(texts)) and bool(2 * rows[marks.to_numpy()][odd].sum() >= rows.sum())


def _numbers(
    plain: "pd.Series[str]", marks: "pd.Series[bool]", group: str, point: str, *, sure: bool = True
) -> "pd.Series[float] | None":
    """The numbers of texts without blanks around them, missing for marks; None where others are among them.

    Marks between lakhs must be many where the texts are not `sure` to be numbers.
    """
    if group:
        whole = rf"(?:{grouped(group)}|[-+]?\d+)"
        if group == "," and (sure or _has_lakhs(plain)):
            whole = rf"(?:{whole}|[-+]?{LAKHS})"
        fits = plain.str.fullmatch(rf"{whole}(?:{re.escape(point)}\d+)?").fillna(False).astype(bool)
        if not (fits | marks).all():
            return None
        plain = plain.str.replace(group, "", regex=False)
    if point != ".":
        if plain.str.contains(".", regex=False, na=False).any():
            return None
        plain = plain.str.replace(point, ".", regex=False)
    numbers = pd.to_numeric(plain, errors="coerce")
    return numbers.astype("float64") if numbers.isna().eq(marks).all() else None


def _has_lakhs(values: "pd.Series[str]") -> bool:
    """Whether numbers with marks between lakhs or thousands are many: few may be lists."""
    return bool(values.str.fullmatch(rf"[-+]?{INDIAN}|{grouped(',')}(?:\.\d+)?").sum() >= MANY_LAKHS)


def are_lists(values: "pd.Series[str]") -> bool:
    """Whether numbers with a comma are lists, of answers and the like: the second is greater than the first in all.

    None of those has a minus.
    """
    parts = _parts(values)
    return len(parts) > MAX_BY_CHANCE and _rise(parts) and not values.str.contains(r"-.*,", regex=True).any()


def may_be_answers(values: "pd.Series[str]") -> bool:
    """Whether numbers with a comma may be lists of answers, as 1,2 and 1,3: all rise, and none looks like a decimal.

    Decimals have leading zeros behind the comma, zeros alone before it, or two digits and more behind it throughout.
    """
    parts = _parts(values)
    decimals = parts[1].str.startswith("0").any() or (parts[0] == "0").all() or (parts[1].str.len() > 1).all()
    return len(parts) == values.str.contains(",", regex=False).sum() and _rise(parts) and not decimals


def may_be_pairs(values: "pd.Series[str]") -> bool:
    """Whether numbers with a comma may be pairs, as scores 2,1 and screens 1920,1080, which decide for no other column.

    Decimals have two digits behind the comma, or more behind a zero, or a minus, or zeros alone before it.
    """
    parts = _parts(values)
    digits = parts[1].str.len()
    zeros = parts[0] == "0"
    decimals = (digits == 2).any() or (zeros & (digits > 2)).any() or (len(parts) > MAX_BY_CHANCE and zeros.all())
    return not (decimals or values.str.contains(r"-.*,", regex=True).any())


def _parts(values: "pd.Series[str]") -> pd.DataFrame:
    """What stands before and behind the comma of numbers that have one, and no minus."""
    return values.str.strip().str.extract(r"^(\d+),(\d+)$").dropna()


def _rise(parts: pd.DataFrame) -> bool:
    return bool((parts[0].astype(float) < parts[1].astype(float)).all())


def _grouped(values: "pd.Series[str]", group: str, point: str, *, sure: bool) -> "pd.Series[bool]":
    """Which values have a mark between thousands; where it must be `sure`, those that can be nothing else."""
    pattern = rf"{grouped(group)}(?:{re.escape(point)}\d+)?"
    if sure:
        pattern = rf"{grouped(group)}{re.escape(point)}\d+|{grouped(group, 2)}"
    if group == ",":
        pattern += rf"|[-+]?{INDIAN}"
    return values.str.strip().str.fullmatch(pattern)
