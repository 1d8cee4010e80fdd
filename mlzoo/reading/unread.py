"""What keeps columns of text from being numbers: a few odd values, marks of both kinds, signs, units."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.grammar import override_value
from mlzoo.reading.dates import is_date, is_missing
from mlzoo.reading.forms import (
    ANY_GROUPED,
    BEGINNING,
    BLANK,
    BLANKS,
    FIRST,
    FLAGGED,
    INDIAN,
    INDIAN_OR_LESS,
    MONTH,
    NA_MARKERS,
    NO_UNITS,
    NUMBER,
    SCALED,
    SIGNED,
    SIGNS,
    UNIT,
    grouped,
)
from mlzoo.reading.numerals import are_lists, unsigned, with_minus

LIST = r"\d+(?:,\d+){2,}"  # of answers and the like
MAX_MARKS = 5  # of missing numbers in a column
MAX_WORDS = 20  # without a digit, in a third of the rows at most
FEW_WORDS, MANY = 2, 20  # words beside so many numbers, however many rows hold them
FEW = 0.05  # share of the rows that may be odd
NUMERIC = re.compile(r"\d|inf", re.IGNORECASE)  # one of which stands in every number


def unread_numbers(
    counts: "pd.Series[int]", decimal: str | None, given: Iterable[str] = ()
) -> tuple[str, str, str] | None:
    """What keeps a column of numbers from being read as such, what to do, and the override that does it, if any.

    `decimal` is the mark that the file was read with, `given` are numbers by hand.
    """
    if not _may_hold_numbers(counts):
        return None
    texts = counts.index.to_series().astype("str")
    plain = with_minus(texts, sure=True)
    if (
        counts.sum() >= 20
        and (plain != texts).any()
        and (plain == texts).any()
        and unsigned(plain)[1].str.fullmatch(NUMBER).all()
    ):
        said = f"numbers such as {texts[plain != texts].iloc[0]!r}, which may be negative"
        return said, "Write these with a minus, or name the column in columns.number.", ""
    broken = texts.str.contains(".", regex=False).any() and pd.to_numeric(texts, errors="coerce").notna().all()
    if broken and counts.sum() >= 20 and not texts.str.fullmatch(MONTH).all():  # whole ones may be codes
        return "numbers that are text", "", f"columns.number={override_value([*given, str(counts.index.name)])}"
    unlike, other = unlike_numbers(counts), decimal == ","
    amounts = other or texts.str.contains(rf"\d[{BLANKS}.]\d{{3}},\d", regex=True).any()
    if unlike or (amounts and nearly_number(counts)) or not has_decimal_commas(counts):
        return unlike and (*unlike, "")
    return "numbers with a decimal comma" + ", and others" * other, "", "" if other else "read.decimal=','"


def _may_hold_numbers(counts: "pd.Series[int]") -> bool:
    """Whether one of a column's texts may be a number: of most columns of words none is, and no more is to be asked."""
    return any(NUMERIC.search(str(text)) for text in counts.index)


def unlike_numbers(counts: "pd.Series[int]") -> tuple[str, str] | None:
    """What keeps a column of numbers from being read as such, and what to do; None where it is something else.

    That is decimal marks of both kinds, marks between lakhs, or signs or a unit that the numbers are written with.
    Blanks around them, with which databases fill codes up, are none.
    """
    counts = counts.set_axis(counts.index.astype("str").str.strip())
    texts = counts.index.to_series().astype(str)
    if counts.sum() < 20 or texts.iloc[:1000].str.match(rf"{BLANK}[-+]?{BLANK}{SIGNS}?{BLANK}[.,]?\d").mean() < 0.5:
        return None
    if lakhs := _with_lakhs(counts, texts):
        said = f"numbers with commas that are not between thousands alone, such as {lakhs!r}"
        return said, "Write them without commas."
    if _share(counts, NUMBER) >= 1 - FEW:
        comma, point = (_example(texts, rf"(?!{grouped(mark)}$)[-+]?\d+[{mark}]\d+") for mark in ",.")
        both = f"numbers with a decimal comma, such as {comma!r}, and with a decimal point, such as {point!r}"
        return (both, "Write all with one mark.") if comma and point else None
    share = _share(counts, SIGNED)
    alike = share < 1 and unsigned(texts[texts.str.fullmatch(SIGNED)])[0]  # but for a few others: see nearly_number
    signed = _example(texts, rf"(?!{NUMBER}$){SIGNED}") if share >= 1 - FEW and not alike else ""
    example = signed or _with_unit(counts, texts) or _with_scale(counts, texts)
    if not example and (flagged := _with_flag(counts, texts)):
        said = f"numbers with a flag, such as {flagged!r}"
        return said, "Write the numbers alone, and the flags into a column of their own."
    said = f"numbers with a sign or a unit, such as {example!r}"
    return (said, "Write the numbers alone, all of one unit.") if example else None


def _example(texts: "pd.Series[str]", pattern: str) -> str:
    return str(next(iter(texts[texts.str.fullmatch(pattern)]), ""))


def _with_lakhs(counts: "pd.Series[int]", texts: "pd.Series[str]") -> str:
    """A value of a column of numbers such as `12,34,567`, as India writes them; lists of answers are none."""
    indian, plain = (rf"[-+]?{SIGNS}?{BLANK}{some}{BLANK}{SIGNS}?" for some in (INDIAN, INDIAN_OR_LESS))
    found = texts[texts.str.fullmatch(indian)]
    return str(found.iloc[0]) if len(found) >= 5 and _share(counts, plain) >= 1 - FEW else ""


def _with_unit(counts: "pd.Series[int]", texts: "pd.Series[str]") -> str:
    """A value of a column that holds several numbers, most of them with one unit, and no `1st` and `2nd`."""
    parts = texts.str.extract(UNIT)
    rows = counts.groupby(parts[1].to_numpy()).sum()
    unit = rows.idxmax() if len(rows) else ""
    whole = rows.sum() >= (1 - FEW) * counts.sum() and rows.max() >= 0.5 * counts.sum()
    few = parts[0].nunique() < 5 or str(unit).lower() in NO_UNITS
    return "" if few or not whole else str(texts[parts[1] == unit].iloc[0])


def _with_flag(counts: "pd.Series[int]", texts: "pd.Series[str]") -> str:
    """A value of a column of many numbers of which some have a flag: more than those that `nearly_number` tells of."""
    plain, flagged = texts.str.fullmatch(NUMBER), texts.str.fullmatch(FLAGGED)
    if not texts.str.contains(r"[.,]\d", regex=True).any():  # letters behind whole numbers are parts of names
        flagged &= ~texts.str.contains(r"\d\s[a-z]{1,2}\s*$", regex=True)
    marks = ~texts.str.contains(r"\w", regex=True) | texts.str.lower().isin(NA_MARKERS)
    rows, of_flags = (
        counts[some.to_numpy(dtype=bool)].sum() / counts.sum() for some in (flagged | marks, flagged & ~plain)
    )
    many = plain.sum() >= MANY and rows >= 1 - FEW and of_flags > FEW
    return str(texts[flagged & ~plain].iloc[0]) if many else ""


def _with_scale(counts: "pd.Series[int]", texts: "pd.Series[str]") -> str:
    """A value of a column of numbers that say thousands, millions or bytes, such as `1.5M`, or `1,000+`; few are words.

    Whole numbers that all have an `M` or `B`, as `12B`, may be codes, and small ones with a plus ages.
    """
    parts = texts.str.extract(SCALED).set_axis(["before", "number", "scale", "behind"], axis=1)
    scaled, words = parts["number"].notna(), ~texts.str.contains(r"\d", regex=True)
    rows, others, fits = (
        counts[some.to_numpy(dtype=bool)].sum() / counts.sum()
        for some in (scaled, words, scaled | words | texts.str.fullmatch(SIGNED))
    )
    if rows < 0.5 or fits < 1 - FEW or 3 * others > 1 or not are_words(texts[words].tolist()):
        return ""
    parts = parts[scaled]
    numbers, scales = parts["number"], parts["scale"].fillna("")
    if numbers.nunique() < 5 and not numbers.str.contains(r"[.,]\d{3}", regex=True).any():
        return ""
    told = numbers.str.contains("[.,]", regex=True) | parts[["before", "behind"]].notna().any(axis=1)
    told |= scales.str.contains("[kK]|..", regex=True) | (scales.eq("") & numbers.str.contains(r"\d{3}", regex=True))
    return str(texts[scaled].iloc[0]) if told.any() else ""


def has_decimal_commas(counts: "pd.Series[int]") -> bool:
    """Whether most of a column's texts are numbers with a decimal comma, or all are numbers, and one is no 1,234."""
    if counts.sum() < 20 or (_share(counts, r"[-+]?\d+,\d+") <= 0.5 and _share(counts, NUMBER) < 1 - FEW):
        return False
    texts = counts.index.to_series().astype("str")
    if are_lists(texts) or texts.str.fullmatch(LIST).any():
        return False
    return _share(counts, rf"(?!{grouped(',')}$)[-+]?\d+,\d+") > 0


def odd_ones(counts: "pd.Series[int]") -> tuple[str, list[str]]:
    """Whether a column holds numbers or dates, and the few texts but for which it does; none where it is text."""
    few = nearly_number(counts)
    if few or counts.sum() < 20 or not any(map(is_date, counts.index[:FIRST])):
        return "numbers", few
    return "dates", _few(counts, np.array([is_date(text) or is_missing(text) for text in counts.index]))


def nearly_number(counts: "pd.Series[int]") -> list[str]:
    """The few texts, or those of few rows, that keep a column from being numbers; none where it is text throughout."""
    if counts.sum() < 20 or not _may_hold_numbers(counts):
        return []
    texts = counts.index.to_series().astype("str")
    forms = [pd.to_numeric(texts, errors="coerce").notna() | texts.str.fullmatch(ANY_GROUPED)]
    if texts.iloc[:FIRST].str.match(BEGINNING).mean() >= 0.5:
        forms += _written(texts.str.strip())
    form = max(forms, key=lambda some: int(counts[some.to_numpy(dtype=bool)].sum()))
    odd = _few(counts, form.to_numpy(dtype=bool))
    return [] if any(re.fullmatch(LIST, text) for text in odd) else odd


def _few(counts: "pd.Series[int]", good: "np.ndarray[Any, Any]") -> list[str]:
    """The texts of a column that are not good, where they or their rows are few; marks where there are no others.

    One or two words are few in however many rows, beside many numbers. Beside one number all others are categories.
    """
    if good.sum() < 2:
        return []
    share = counts[~good].sum() / counts.sum()
    odd = sorted(counts.index[~good].tolist())
    words = [text for text in odd if text.strip().lower() not in {*NA_MARKERS, ""}]
    if are_words(words) and 2 * len(words) <= good.sum() and 3 * counts[words].sum() <= counts.sum() and share < 0.5:
        return words or odd
    if are_words(odd) and len(odd) <= FEW_WORDS and good.sum() >= MANY:
        return odd
    return odd if share < (0.5 if len(odd) <= MAX_MARKS else FEW) else []


def are_words(texts: list[str]) -> bool:
    """Whether texts are few words, of which none has a digit, as codes have."""
    return len(texts) <= MAX_WORDS and not any(re.search(r"\d", text) for text in texts)


def first_odd(values: "pd.Series[Any]") -> tuple[Any, str]:
    """The row of the first value that is no number in the form that most have, and one of those.

    The form is that of plain numbers, of which none is named, of signs, or of amounts.
    """
    texts = values.astype(str).str.strip().where(values.notna())
    known = texts.dropna()
    forms = [pd.to_numeric(known, errors="coerce").notna(), *_written(known.astype("str"))]
    form = max(forms, key=lambda some: int(some.sum()))
    odd = known.index[~form] if not form.all() else known.index
    example = str(known[form].iloc[0]) if form.any() and form is not forms[0] and not form.all() else ""
    return odd[0], example


def _written(texts: "pd.Series[str]") -> "list[pd.Series[bool]]":
    """Which texts are numbers as sheets write them: with a sign; with each of the marks between thousands."""
    plain = with_minus(texts, sure=True)
    forms = ((",", r"\."), (r"\.", ","), (f"[{BLANKS}]", r"\."), (f"[{BLANKS}]", ","))
    amounts = [plain.str.fullmatch(rf"[-+]?(?:[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|\d+)(?:{at}\d+)?") for mark, at in forms]
    return [plain.str.fullmatch(SIGNED) & ~plain.str.fullmatch(NUMBER), *amounts]


def _share(counts: "pd.Series[int]", pattern: str) -> float:
    """How many of the rows match a pattern."""
    matching = counts.index.to_series().str.fullmatch(pattern).to_numpy(dtype=bool)
    return float(counts[matching].sum() / counts.sum())
