"""Checks of columns.

A check returns findings (plain dicts that go to the log and the record) where the work can go on, else it raises.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from pandas.api import types

from mlzoo.dates import is_date, share_of_dates
from mlzoo.errors import listed, shown
from mlzoo.grammar import drop_override, joined, override_value
from mlzoo.numerals import ANY_GROUPED, grouped, is_sign

WHOLE = r"-?\d+\.0"  # a whole number, as pandas writes it in a column with missing values
MOST_LINES = 2  # on columns that have one value; of more there is one, which names MOST_NAMED of them
MOST_NAMED = 10
Finding = dict[str, str]
Counts = Mapping[str, "pd.Series[int]"]


def finding_of(check: str, severity: str, column: str, message: str, remedy: str = "") -> Finding:
    """A finding, as the log and the record have it."""
    return {"check": check, "severity": severity, "column": column, "message": message, "remedy": remedy}


def told(finding: Finding) -> str:
    """A finding with what to do about it, as a line."""
    if not finding["remedy"]:
        return finding["message"]
    drops = finding["remedy"].startswith("preprocess.drop")
    words = "Pass" if not drops else "To confirm" if "left out" in finding["message"] else "To leave it out"
    overrides = re.split(r" (?=validation\.)", finding["remedy"])
    return f"{finding['message']} {words}: {joined(overrides)}"


def count(X: pd.DataFrame, names: Iterable[str]) -> Counts:  # noqa: N803
    """How often each value of a category stands, by column; the checks try its values rather than its rows."""
    return {name: X[name].value_counts(sort=False) for name in names}


def _constant(X: pd.DataFrame, counts: Counts) -> list[Finding]:  # noqa: N803
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
        if len(X) >= 20 and (is_free_text(counts[name]) if name in counts else _numbers_rows(X[name]))
    ]


def is_free_text(counts: "pd.Series[int]") -> bool:
    """Whether nearly every row has a text of its own."""
    total = int(counts.sum())
    own = total >= 20 and len(counts) >= 0.95 * total
    return own and not (nearly_number(counts) or has_decimal_commas(counts) or looks_like_date(counts))


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


def find_marks(counts: Counts, given: Iterable[Any] = (), decimal: str | None = None) -> list[Finding]:
    """Columns that are text because of marks that stand for missing numbers, or of another decimal mark.

    Every remedy names the marks of all columns and those `given` already, as the last override of a key wins. `decimal`
    is the mark that the file was read with.
    """
    rests = {name: nearly_number(values) for name, values in counts.items()}
    signs = {name: [value for value in values.index if is_sign(value)] for name, values in counts.items()}
    commas = [name for name, values in counts.items() if has_decimal_commas(values)]
    named = {name: rests[name] or signs[name] for name in counts if name not in commas}
    marks = list(dict.fromkeys([*given, *sorted({mark for some in named.values() for mark in some})]))
    remedy = f"read.na_values={override_value(marks)}"
    found = []
    for name, values in counts.items():
        if name in commas:
            other = decimal == ","
            also = ", and others" if other else ""
            text = f"The column {name!r} holds numbers with a decimal comma{also}: taken for categories."
            remedy_of = "" if other else "read.decimal=','"
            found.append(finding_of("marks", "warning", name, text, remedy_of))
        elif rests[name]:
            text = (
                f"The column {name!r} holds numbers but for {', '.join(map(repr, rests[name]))}: taken for categories."
            )
            found.append(finding_of("marks", "warning", name, text, remedy))
        elif signs[name]:
            share = float(values[signs[name]].sum() / values.sum())
            said = " and ".join(map(repr, signs[name]))
            text = (
                f"In the column {name!r} {said} ({share:.1%} of the rows) is a category of its own, as if it were a "
                "value."
            )
            found.append(finding_of("marks", "info", name, text, remedy))
    return found


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


def has_decimal_commas(counts: "pd.Series[int]") -> bool:
    """Whether most of a column's texts are numbers with a decimal comma, and one is no 1,234."""
    if counts.sum() < 20 or _share(counts, r"[-+]?\d+,\d+") <= 0.5:
        return False
    return _share(counts, rf"(?!{grouped(',')}$)[-+]?\d+,\d+") > 0


def nearly_number(counts: "pd.Series[int]") -> list[str]:
    """The few texts that keep a column from being numbers; none where it is text through and through."""
    if counts.sum() < 20:
        return []
    texts = counts.index.to_series()
    wrong = (pd.to_numeric(texts, errors="coerce").isna() & ~texts.str.fullmatch(ANY_GROUPED)).to_numpy(dtype=bool)
    marks = sorted(counts.index[wrong].tolist())
    return marks if len(marks) <= 5 and counts[wrong].sum() < 0.5 * counts.sum() else []


def _share(counts: "pd.Series[int]", pattern: str) -> float:
    """How many of the rows match a pattern."""
    matching = counts.index.to_series().str.fullmatch(pattern).to_numpy(dtype=bool)
    return float(counts[matching].sum() / counts.sum())


def looks_like_date(counts: "pd.Series[int]") -> bool:
    """Whether nearly all of a column's texts are dates."""
    if not any(map(is_date, counts.index[:1000])):  # most texts are known by their first
        return False
    return share_of_dates(counts.index, counts.to_numpy()) >= 0.95


CHECKS: list[Callable[[pd.DataFrame, Counts], list[Finding]]] = [
    _constant,
    _identifier,
]
