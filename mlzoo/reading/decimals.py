"""The decimal mark of a text file."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.reading.dtypes import columns_of
from mlzoo.reading.forms import BLANK, FIRST, GROUPS, LAKHS, LONG_MINUS, SIGNS, are_addresses, grouped

MANY = 30  # different numbers with three digits behind a mark: among so many decimals some would end in 0, without it
FEW = 0.05  # share of a column's texts that may be written otherwise
HUNDREDS = 3  # different numbers of three digits beside them, of which one may stand for a missing one
SEVERAL = re.compile(r"\d+(?:(?:,\d+){2,}|(?:\.\d+){2,})")  # a list or an address, but for marks between thousands


@dataclass(frozen=True)
class DecimalMark:
    """The decimal mark of a file.

    Attributes
    ----------
    mark : str
    sure : bool
        Whether the file has shown it, or it was told.
    example : str
        Where it is not, a number of the file's first rows that the other mark would make another one, such as 7.040.
    """

    mark: str
    sure: bool = True
    example: str = ""

    @property
    def other(self) -> str:
        """The mark that it is not."""
        return "." if self.mark == "," else ","


def decimal_mark(columns: Iterable[Sequence[str]], sep: str, likely: str | None = None) -> DecimalMark:
    """The decimal mark of a file: a comma where more of its fields show a comma than a point.

    `1.234` and `1,234` show neither, unless a column holds many such, with three digits behind the mark throughout, and
    `742` beside them. Where a file has nothing else, it is the `likely` one, that of the train split, or else
    semicolons between fields go with commas within. Where commas separate fields, each column decides. Columns
    with lists such as 1,2,5, or addresses, say nothing.
    """
    if sep == ",":
        return DecimalMark(".")
    numbers = [[text for text in map(without_sign, one) if text and text[0] in "+-0123456789.,"] for one in columns]
    numbers = [one for one in numbers if not _are_lists(one) and not are_addresses(one)]
    texts = [text for one in numbers for text in one]
    shown = Counter(map(shown_mark, texts))
    if not (shown[","] or shown["."]):
        shown = Counter({other: 1 for mark, other in (",.", ".,") if any(are_thousands(one, mark) for one in numbers)})
    if shown[","] or shown["."]:
        return DecimalMark("," if shown[","] > shown["."] else ".")
    if likely is not None:
        return DecimalMark(likely)
    comma, point = (next((text for text in texts if re.fullmatch(grouped(mark), text)), "") for mark in ",.")
    comma_likely = comma and not point and sep == ";"
    return DecimalMark(",", sure=False, example=comma) if comma_likely else DecimalMark(".", sure=False, example=point)


def _are_lists(texts: Sequence[str]) -> bool:
    """Whether lists are more than a few of a column's texts: one, or a date, may stand among numbers by mistake."""
    lists = [text for text in texts if SEVERAL.fullmatch(text)]
    whole = f"{grouped(',')}|{grouped('.')}|{LAKHS}"
    return sum(not re.fullmatch(whole, text) for text in lists) > FEW * len(texts)


def are_thousands(texts: Sequence[str], mark: str) -> bool:
    """Whether a column of numbers has a mark between its thousands: three digits behind it or, below them, none."""
    texts = [text.removesuffix("-") for text in texts]  # of negative ones, as accounts are written
    marked = {text for text in texts if re.fullmatch(grouped(mark), text)}
    others = [text for text in texts if text not in marked]
    whole = all(re.fullmatch(r"[-+]?\d{1,3}", text) for text in others)
    hundreds = {text for text in others if len(text.lstrip("+-")) == 3}
    return len(marked) >= MANY and whole and len(hundreds) >= HUNDREDS


def unclear_decimal(frame: pd.DataFrame, decimal: DecimalMark) -> str:
    """A number, such as 7.040, of a file whose decimals may all be thousands; nothing where it has shown its mark."""
    if decimal.sure:
        return ""
    text = unclear_number([frame[name].to_numpy() for name in columns_of(frame, types.is_float_dtype)])
    return text and (decimal.example or text.replace(".", decimal.mark) * (not text.endswith("0")))


def unclear_number(columns: "Sequence[np.ndarray[Any, Any]]") -> str:
    """A number, such as 7.041, of columns whose decimals may all be thousands; nothing where one cannot, or none is.

    One that ends in 0, as 7.040, which may be 7.04, is taken where the first have no other.
    """
    for rows in (slice(FIRST), slice(None)):  # most files show it early
        with np.errstate(invalid="ignore"):  # of infinite ones
            broken = np.abs(np.concatenate([[], *(values[rows][values[rows] % 1 > 0] for values in columns)]))
        whole = np.isclose(broken * 1000 % 1, [[0.0], [1.0]], rtol=0, atol=1e-6).any(axis=0)
        if not (whole.all() and (broken >= 1).all() and (broken < 1000).all()):
            return ""
    texts = [f"{value:.3f}" for value in broken[:FIRST]]
    return next((text for text in texts if not text.endswith("0")), texts[0] if texts else "")


def shows(texts: "pd.Series[str]", mark: str) -> bool:
    """Whether a number among texts can have no other decimal mark than this one."""
    number, whole, other = (form.pattern for form in _shown_forms()[mark])
    for some in (texts.iloc[:FIRST].str.strip(), texts.str.strip()):
        if ((some.str.fullmatch(number) & ~some.str.fullmatch(whole)) | some.str.fullmatch(other)).any():
            return True
    return False


def without_sign(text: str) -> str:
    """A number without blanks around it and the sign that it may have."""
    bare = re.sub(LONG_MINUS, "-", text.strip())
    if bare[:1].isdigit() and bare[-1:].isdigit():
        return bare
    return re.sub(rf"^([-+]?){BLANK}{SIGNS}{BLANK}|{BLANK}{SIGNS}$", r"\1", bare)


def shown_mark(text: str) -> str:
    """The decimal mark that a number shows, if it does."""
    if "," not in text and "." not in text:
        return ""
    for mark, (number, whole, other) in _shown_forms().items():
        if (number.fullmatch(text) and not whole.fullmatch(text)) or other.fullmatch(text):
            return mark
    return ""


@functools.cache
def _shown_forms() -> dict[str, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]]:
    """By decimal mark: a number with it, a whole number with it between thousands, one with the other mark there."""
    found = {}
    for mark, other in ((",", "."), (".", ",")):
        whole = "|".join([r"[-+]?\d+", *(grouped(group) for group in GROUPS if group != mark)])
        forms = (rf"(?:{whole}){re.escape(mark)}\d+", grouped(mark), grouped(other, 2))
        found[mark] = (re.compile(forms[0]), re.compile(forms[1]), re.compile(forms[2]))
    return found
