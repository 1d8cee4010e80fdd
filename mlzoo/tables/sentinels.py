"""Values that may stand for a missing one, and are far from all others: -999 among numbers, 9999-12-31 among dates."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.findings import Finding, finding_of
from mlzoo.grammar import is_word, override_value
from mlzoo.reading.forms import missing_of
from mlzoo.reading.unread import MAX_MARKS

Array = np.ndarray[Any, Any]
FAR = 84_006  # days from 1970 to the year 2200
EARLY = -25_566  # to 1900-01-01 in any zone, which systems that know no missing dates write for one, or 0001-01-01
APART = 3_652  # days between such dates and all others, which those of people born then are not
# numbers that are written for a missing one, in well logs too; others are very far, negative and large
MARK = r"-?(?:9{2,}(?:\.9+)?|8{3,}|7{3,})|-999\.25"
ALONE = {-1.0, -9.0}  # the only negative number beside whole ones that are all above 0
VERY_FAR = 3  # times the range of the others
ENDS = {2.0**15 - 1, 2.0**31 - 1, 2.0**63, 1e20}  # of the types of integers, and what climate models fill with
HUGE = 1e30  # from which on numbers are fillings: the ends of the types of floats, NetCDF's 9.97e36, Stata's 8.99e307
ABOVE = 1e6  # times that such a filling is at least above all others: masses of stars and powers of ten are near
MIN_ROWS, MIN_SHARE = 5, 0.01  # that hold a number which may stand for a missing one
MIN_VALUES = 10  # others in its column, unless they are answers on a scale, such as 1 to 5
MIN_SCALE, DENSE = 3, 2  # values that a scale has at least, and how many times as many its range may hold
NEAR = 0.03  # how far a large number is from the others that stands for a missing one in another column
LARGE = 99
ALIKE = 0.3  # share of the others that end as a broken number does, from which it is one of them


def find_sentinels(
    frame: pd.DataFrame,
    X: pd.DataFrame,  # noqa: N803
    days: Iterable[str],
    numbers: Iterable[str],
    given: Any = None,
    target: "pd.Series[Any] | None" = None,
) -> list[Finding]:
    """Columns with a value that may stand for a missing one, which outweighs the others.

    Parameters
    ----------
    frame, X : DataFrame
        The columns as they were read, and as numbers.
    days, numbers : iterable of str
        Those that are dates, in X as days, and those that are numbers.
    given : scalar, list, mapping or None
        The marks of missing values that are given already (`read.na_values`), which the remedy keeps. It is by column
        where a number may be a value of others; there is none where that cannot be typed.
    target : Series, optional
        A target that is a quantity.
    """
    every = {str(name): X[name] for name in X} | ({} if target is None else {str(target.name): target})
    measured = [*numbers, *([] if target is None else [str(target.name)])]
    dated = {name: far for name in days if (far := _far_dates(frame[name], X[name].to_numpy(dtype=float)))}
    narrow = {name for name in measured if name in frame and frame[name].dtype == "float32"}
    numbered = _far_numbers({name: every[name].to_numpy(dtype=float) for name in measured}, narrow)
    found: dict[str, list[Any]] = {name: marks for name, (marks, _) in dated.items()}
    found |= {name: [mark] for name, (mark, *_) in numbered.items()}
    remedies = _remedies(found, given, every, typed=bool(numbered))
    made = []
    for name, (marks, where) in dated.items():
        text = (
            f"The column {name!r} holds dates {where}, such as {marks[0]!r}, which as days outweigh the others: where "
            "they stand for none, take them for missing."
        )
        made.append(finding_of("far", "warning", name, text, remedies.get(name, "")))
    for name, (mark, share, (low, high)) in numbered.items():
        is_target = target is not None and name == target.name
        what, left = ("target", ", and leave these rows out") if is_target else ("column", "")
        text = (
            f"In the {what} {name!r} {mark} stands in {share:.1%} of the rows, and all others are from {low:.10g} to "
            f"{high:.10g}: where it stands for a missing one, take it for such{left}."
        )
        remedy = remedies.get(name, "")
        made.append(finding_of("far", "warning", name, text, remedy + " missing_target=drop" * bool(remedy and left)))
    return made


def _remedies(
    found: Mapping[str, list[Any]], given: Any, every: Mapping[str, "pd.Series[Any]"], *, typed: bool
) -> dict[str, str]:
    """For each column the override that takes what was `found` in all, and what is `given`, for missing.

    It is by column where a mark may be a value of another, and of numbers, which are `typed`, where all names can be.
    """
    if given == []:  # which keeps words such as NA
        return {}
    own: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    marks = [mark for some in found.values() for mark in some]
    apart = any(_is_value(mark, found, every) for mark in marks)
    if not own and not apart and (not typed or given or not all(map(is_word, found))):
        listed = list(dict.fromkeys([*missing_of(given, ""), *marks]))
        return dict.fromkeys(found, f"read.na_values={override_value(listed)}")
    named = [name for name in found if is_word(name)]
    if (given and not own) or not all(map(is_word, own)):
        return {}
    by_name = {
        name: list(dict.fromkeys([*missing_of(own, name), *found.get(name, ())]))
        for name in dict.fromkeys([*own, *named])
    }
    return dict.fromkeys(named, f"read.na_values={override_value(by_name)}")


def _is_value(mark: Any, found: Mapping[str, list[Any]], every: Mapping[str, "pd.Series[Any]"]) -> bool:
    """Whether what stands for a missing one in a column may be a value of another."""
    others = (values for name, values in every.items() if mark not in found.get(name, ()))
    return any((some == (mark if types.is_numeric_dtype(some) else str(mark))).any() for some in others)


def _far_dates(values: "pd.Series[Any]", days: Array) -> tuple[list[str], str] | None:
    """Dates such as 9999-12-31 or 1900-01-01, as they are written, and where they lie."""
    late, early = days > FAR, days <= EARLY
    others = days[~(late | early) & ~np.isnan(days)]
    early &= bool(len(others)) and others.min() > EARLY + APART
    far = late | early
    if not far.any() or types.is_timedelta64_dtype(values):
        return None
    parts = ((late, "beyond the year 2200"), (early, "long before all others"))
    where = " and ".join(words for rows, words in parts if rows.any())
    return list(dict.fromkeys(map(str, values[far].unique())))[:MAX_MARKS], where


def _far_numbers(
    columns: Mapping[str, Array], narrow: Container[str]
) -> dict[str, tuple[float, float, tuple[float, float]]]:
    """By column a number that many rows hold, its share, and the range of all others, from which it is far.

    See `_ends`; a large one that is far in another column need not be so far. Columns of 32 bits are `narrow`.
    """
    ends = {name: [*_ends(values, narrow=name in narrow)] for name, values in columns.items()}
    found = {name: end for name, some in ends.items() for end in some if end[3] >= 1}
    marks = {end[0] for end in found.values() if abs(end[0]) >= LARGE}
    found |= {name: end for name, some in ends.items() for end in some if end[0] in marks and end[3] >= NEAR}
    return {name: (mark, share, others) for name, (mark, share, others, _) in found.items()}


def _written(mark: float) -> float:
    """A number as it is written: 999.9 of 32 bits is 999.900024… of 64."""
    with np.errstate(over="ignore"):
        narrow = np.float32(mark)
    same = float(narrow) == mark  # by 64 bits
    return float(str(narrow)) if same and (mark % 1 or abs(mark) >= 2**64) else mark


def _ends(values: Array, *, narrow: bool) -> "Iterable[tuple[float, float, tuple[float, float], float]]":
    """The least and the greatest of a column's numbers, where it is often there and may be a mark.

    Beside each its share of the rows, the range of the others, and `_how_far` it is from them.
    """
    known = values[np.isfinite(values)]
    for end in (np.min, np.max) if len(known) else ():
        others = known[known != (held := float(end(known)))]
        mark = _written(held)
        count = len(known) - len(others)
        if (mark % 1 and not _is_written_so(mark)) or count < max(MIN_ROWS, MIN_SHARE * len(values)):
            continue
        if len(np.unique(others[:1000])) < MIN_VALUES and not _are_enough(np.unique(others), mark):
            continue
        if far := _how_far(mark, others):
            ends = float(others.min()) + 0.0, float(others.max()) + 0.0  # no -0
            mark = mark if narrow else held  # another number by 64 bits, even if it was one of 32
            yield mark if mark % 1 or abs(mark) > 2**63 else min(int(mark), 2**63 - 1), count / len(values), ends, far


def _are_enough(others: Array, mark: float) -> bool:
    """Whether there are many other numbers, or few whole ones that follow each other, as answers on a scale do."""
    if len(others) >= MIN_VALUES:
        return True
    if len(others) < MIN_SCALE or not _is_written_so(mark) or (others % 1 != 0).any():
        return False
    return bool(np.ptp(others) < DENSE * len(others) and _how_far(mark, others) >= VERY_FAR)


def _how_far(mark: float, others: Array) -> float:
    """How far a number is from the others of its column: 1 is far, 0 of what is no mark."""
    low, high = float(others.min()), float(others.max())
    if mark in ALONE:
        return float(low > 0 and (others % 1 == 0).all())
    if mark % 1 and np.isclose(others % 1, mark % 1).mean() > ALIKE:  # as prices end
        return 0.0
    gap = max(mark - high, low - mark) / (high - low)
    if _is_written_so(mark) and mark <= -LARGE and low >= 0:  # the only negative number
        return max(1.0, gap)
    filling = abs(mark) >= HUGE and max(abs(low), abs(high)) <= HUGE / ABOVE
    if mark in ENDS or filling or _is_written_so(mark):
        return gap
    return gap / VERY_FAR if mark <= -LARGE else 0.0


def _is_written_so(mark: float) -> bool:
    return re.fullmatch(MARK, f"{mark:.15g}") is not None
