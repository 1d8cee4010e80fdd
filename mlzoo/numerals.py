"""Numbers written as text: their decimal mark, marks between thousands, and marks that stand for a missing one."""

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

import pandas as pd

from mlzoo.grammar import override_value

PLAIN = {"na", "n/a", "nan", "<na>", "null", "none", "#n/a", "#na", "#n/a n/a"}  # that pandas reads as missing
MARKS = {  # that stand for a missing number, in lower case
    *PLAIN,
    *("?", "-", "--", "---", ".", "..", "...", "…", "*", "**", "/", "_", "#", "n.a.", "n. a.", "n/d", "nd", "n.d."),
    *("nil", "missing", "unknown", "undefined", "unavailable", "not available", "#value!", "#div/0!", "#ref!", "k.a."),
}
WORDS = {"NA", "N/A", "n/a", "None", "NULL", "Null", "null"}  # of these, such as may be values
GROUPS = (",", ".", "'", "’", " ", "\xa0", "\u202f", "\u2009")  # marks between thousands
FIRST = 1000  # texts that a column is mostly known by
SHOWN = 5  # columns that notes name one by one


def is_sign(text: str) -> bool:
    """Whether a text is a mark of a missing value that has no letter, such as `?`: no word, which may be a category."""
    return text.strip() in MARKS and not any(map(str.isalnum, text))


def grouped(mark: str, least: int = 1) -> str:
    """The pattern of a whole number with a mark between its thousands, `least` times or more."""
    return rf"[-+]?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}}){{{least},}}"


ANY_GROUPED = "|".join(rf"{grouped(mark)}(?:[.,]\d+)?" for mark in GROUPS)


# -- the decimal mark of a file -----------------------------------------------------------------------------------


def decimal_mark(fields: Iterable[str], sep: str, likely: str | None = None) -> str:
    """The decimal mark of a file: a comma where more of its fields show a comma than a point.

    `1.234` and `1,234` show neither. Where a file has nothing else, it is the `likely` one, that of the train split, or
    else semicolons between fields go with commas within.
    """
    if sep == ",":
        return "."
    texts = [text for text in map(str.strip, fields) if text[:1] in "+-0123456789.,"]
    shown = Counter(map(_shown_mark, texts))
    if shown[","] or shown["."]:
        return "," if shown[","] > shown["."] else "."
    if likely is not None:
        return likely
    commas, points = (any(re.fullmatch(grouped(mark), text) for text in texts) for mark in ",.")
    return "," if commas and not points and sep == ";" else "."


def _shown_mark(text: str) -> str:
    """The decimal mark that a number shows, if it does."""
    for mark, other in ((",", "."), (".", ",")):
        whole = rf"(?:[-+]?\d+|{grouped(other)})"
        if re.fullmatch(rf"{whole}{re.escape(mark)}\d+", text) and not re.fullmatch(grouped(mark), text):
            return mark
        if re.fullmatch(grouped(other, 2), text):
            return mark
    return ""


# -- columns of text that are numbers -----------------------------------------------------------------------------


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
        By column, a value with a decimal point, in a file of decimal commas.
    """

    marks: dict[str, list[str]] = field(default_factory=dict)
    thousands: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, str] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """What may surprise, a line on each column."""
        lines = (
            [
                f"in the column {name!r} {' and '.join(map(repr, marks))} is read as missing (read.na_values)"
                for name, marks in self.marks.items()
            ],
            [
                f"in the column {name!r} {mark!r} separates thousands, as in {text!r} "
                f"(columns.category={override_value([name])} keeps it as text)"
                for name, (mark, text) in self.thousands.items()
            ],
            [f"in the column {name!r} the decimal mark is '.', as in {text!r}" for name, text in self.points.items()],
        )
        return [note for some in lines for note in (*some[:SHOWN], *_more(len(some) - SHOWN))]


def _more(count: int) -> list[str]:
    return [f"so in {count} columns more"] if count > 0 else []


def take_numbers(frame: pd.DataFrame, decimal: str, kept: Container[str]) -> Found:
    """Make numbers, in place, of columns that are text for marks alone: of missing values, or between thousands.

    Parameters
    ----------
    frame : DataFrame
        As pandas has read it.
    decimal : str
        The decimal mark of the file.
    kept : container of str
        Columns that stay text.
    """
    found = Found()
    for name in frame.columns:
        if frame[name].dtype != "str" or name in kept:
            continue
        values = frame[name].dropna()
        first = values.iloc[:FIRST]
        if not (first.str.match(r"(?i)\s*[-+]?(?:[.,]?\d|inf)") | _is_mark(first)).all():
            continue
        for group, point in _forms(decimal):
            if _numbers(first, group, point) is None or (numbers := _numbers(values, group, point)) is None:
                continue
            example = "" if not group else _grouped_example(values, group, point, sure=point != decimal)
            if example is not None:
                _note(found, name, values, numbers, (group, point, example), decimal)
                frame[name] = numbers.reindex(frame.index)
                break
    return found


def _forms(decimal: str) -> list[tuple[str, str]]:
    """Marks between thousands and decimal marks to try, the likely ones first."""
    groups = [(mark, {",": ".", ".": ","}.get(mark, decimal)) for mark in GROUPS]
    return [("", decimal), *groups, *([("", ".")] if decimal != "." else [])]


def _note(
    found: Found,
    name: str,
    values: "pd.Series[str]",
    numbers: "pd.Series[float]",
    form: tuple[str, str, str],
    decimal: str,
) -> None:
    group, point, example = form
    if numbers.isna().any():
        found.marks[name] = sorted(values[numbers.isna()].unique().tolist())
    if group:
        found.thousands[name] = (group, example)
    elif point != decimal:
        found.points[name] = next(text for text in values if point in text)


def _is_mark(values: "pd.Series[str]") -> "pd.Series[bool]":
    return values.str.strip().str.lower().isin(MARKS)


def _numbers(values: "pd.Series[str]", group: str, point: str) -> "pd.Series[float] | None":
    """The numbers of texts, NaN for marks; None where others are among them, or half of them are odd marks."""
    marks = _is_mark(values)
    odd = marks & ~values.str.strip().str.lower().isin(PLAIN)
    plain = values.str.strip().where(~marks)
    if group:
        whole = rf"(?:{grouped(group)}|[-+]?\d+)"
        plain = plain.where(plain.str.fullmatch(rf"{whole}(?:{re.escape(point)}\d+)?").fillna(False).astype(bool))
        plain = plain.str.replace(group, "", regex=False)
    if point != ".":
        plain = plain.where(~plain.str.contains(".", regex=False, na=False)).str.replace(point, ".", regex=False)
    numbers = pd.to_numeric(plain, errors="coerce")
    good = numbers.isna().eq(marks).all() and 2 * odd.sum() < len(values) and not marks.all()
    return numbers.astype("float64") if good else None


def _grouped_example(values: "pd.Series[str]", group: str, point: str, *, sure: bool) -> str | None:
    """A value with a mark between thousands; where it must be `sure`, one that can be nothing else."""
    pattern = rf"{grouped(group)}(?:{re.escape(point)}\d+)?"
    if sure:
        pattern = rf"{grouped(group)}{re.escape(point)}\d+|{grouped(group, 2)}"
    stripped = values.str.strip()
    matching = stripped[stripped.str.fullmatch(pattern)]
    return str(matching.iloc[0]) if len(matching) else None
