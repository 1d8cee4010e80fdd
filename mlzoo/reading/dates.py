"""Dates: whether texts are some, which of their numbers is the day, and the days since 1970 that they stand for."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError
from mlzoo.grammar import missing_override, quoted
from mlzoo.reading.durations import form_of, is_duration
from mlzoo.reading.forms import NA_MARKERS
from mlzoo.reading.numerals import Found

Array = np.ndarray[Any, Any]
NAMES = (  # of months, in English, German, French, Spanish, Italian and Dutch; without words that mean something else
    "jan january januar jänner janvier janv enero ene gennaio januari",
    "feb february februar feber février fevrier févr fév fevr febrero febbraio februari",
    "mar march märz maerz mär mrz mars marzo maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mei",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet juil julio luglio lug",
    "aug august août aout agosto augustus",
    "sep sept september septembre septiembre settembre",
    "oct october oktober okt octobre octubre ottobre",
    "nov november novembre noviembre",
    "dec december dezember dez décembre decembre déc diciembre dic dicembre",
)
MONTHS = {word: i for i, words in enumerate(NAMES, start=1) for word in words.split()}
WORD = r"(?P<word>[^\W\d_]{3,10})"
TIME = r"(?P<time>[T ]\s*\d\d?(?:[:.]?\d\d){0,2}(?:[.,]\d+)?(?:\s?[AaPp][Mm])?\s?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?"
POINTED = re.compile(r"^[T ]\s*\d\d?\.\d\d(?:\.\d\d(?!\d))?")  # a time whose colons are points, as in 10.39.15
COMPACT = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
NUMBERS = r"(?P<first>\d\d?)(?P<mark>[./-])(?P<second>\d\d?)[./-](?P<year>\d{4}|\d\d)"
WEEKDAY = r"(?:(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]*,? +)?"
FORMS = (
    r"(?P<year>\d{4})[./年년-] ?(?P<month>\d\d?)[./月월-] ?(?P<day>\d\d?)[日일.]?",
    NUMBERS,
    WEEKDAY + r"(?P<day>\d\d?)(?:st|nd|rd|th|er)?[ .-]+(?:de )?" + WORD + r"[ .,-]+(?:de )?(?P<year>\d{4}|\d\d)",
    r"(?P<day>\d\d?)" + WORD + r"(?P<year>\d{4})",  # two digits may be a code's
    WEEKDAY + WORD + r"[ .-]+(?P<day>\d\d?)(?:st|nd|rd|th)?[ ,-]+(?P<year>\d{4})",
)
YEAR = r"(?P<year>(?:1[5-9]|2[01])\d\d)"
PERIODS = (  # months, quarters and weeks of ISO 8601, which stand for their first day
    YEAR + r"(?:[/-]|-?[Mm])(?P<month>0[1-9]|1[0-2])",
    r"(?P<month>0?[1-9]|1[0-2])[./-]" + YEAR,
    WORD + r"[ .-]*" + YEAR,
    YEAR + r"[ -]" + WORD,
    YEAR + r"[ /-]?[Qq](?P<quarter>[1-4])",
    r"[Qq](?P<quarter>[1-4])[ /-]?" + YEAR,
    YEAR + r"-?[Ww](?P<week>0[1-9]|[1-4]\d|5[0-3])",
)
FIRST_MONTHS = {"1": "01", "2": "04", "3": "07", "4": "10"}  # of the quarters
MISSING = {*NA_MARKERS, "nat", ""}  # that stand for a missing date, in lower case
ZEROS = re.compile(r"0{1,4}[./-]00?[./-]0{1,4}(?:[T ][0:.]+)?")  # as databases write one
SEASON = re.compile(r"\d\d(\d\d)[/-](\d\d)")  # of two years, as 2010-11, or a month
CLOCKS = r"\d+:[0-5]\d(?::[0-5]\d)?"  # times of day and durations, of both forms
PATTERNS = [re.compile(rf"\s*{form}\s*") for form in (*(form + TIME for form in FORMS), *PERIODS)]


def is_date(text: str) -> bool:
    """Whether a text is a date, month, quarter or week by its form, of parts that there are; digits may be anything."""
    found = next(filter(None, (pattern.fullmatch(text) for pattern in PATTERNS)), None)
    if found is None:
        return False
    parts = found.groupdict()
    if "word" in parts:
        return parts["word"].lower() in MONTHS and 1 <= int(parts.get("day", 1)) <= 31
    if "month" in parts:
        return 1 <= int(parts["month"]) <= 12 and 1 <= int(parts.get("day", 1)) <= 31
    if "quarter" in parts or "week" in parts:
        return True
    low, high = sorted((int(parts["first"]), int(parts["second"])))
    return 1 <= low <= 12 and high <= 31 and (parts["mark"] != "." or int(parts["second"]) <= 12)


def are_seasons(texts: Iterable[str]) -> bool:
    """Whether texts of seasons look like months by chance, as 2009-10 and 2010-11 do."""
    pairs = {found.groups() for text in texts if (found := SEASON.fullmatch(text.strip()))}
    return bool(pairs) and all((int(first) + 1) % 100 == int(second) for first, second in pairs)


def is_missing(text: str) -> bool:
    """Whether a text stands for a missing date: a mark, a blank or a date of zeros."""
    bare = text.strip().lower()
    return bare in MISSING or bool(ZEROS.fullmatch(bare))


def _marks(values: "pd.Series[Any]") -> list[str]:
    """The texts in a column that stand for missing dates."""
    if types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        return []
    return sorted(text for text in values.dropna().unique() if isinstance(text, str) and is_missing(text))


def known(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Dates, with what stands for a missing one as missing."""
    marks = _marks(values)
    return values.mask(values.isin(marks)) if marks else values


def notes(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """What is read as missing in columns of dates, a line on each; columns that are not there have no line."""
    found = {name: marks for name in names if name in frame and (marks := _marks(frame[name]))}
    return Found(marks=found).notes(None)


def moments(values: "pd.Series[Any]", told: bool | None = None) -> "pd.Series[Any] | None":
    """Texts as times in UTC, missing where one cannot be; None where not all are dates.

    Where `read.dayfirst` has not `told` which number is the day, it is the one that leaves fewer missing.
    """
    codes, found = pd.factorize(values)
    if len(found) and isinstance(found[0], str) and not (is_missing(found[0]) or is_date(found[0])):
        return None  # as most texts are: the others need no look
    distinct = known(pd.Series(found))
    texts = distinct.dropna().astype(str)
    if not len(texts) or not all(map(is_date, texts)):
        return None
    either = told is None and any(map(PATTERNS[FORMS.index(NUMBERS)].fullmatch, texts))
    orders = (False, True) if either else (bool(told),)
    parsed = [_parsed(texts, of) for of in orders]
    best = min(parsed, key=lambda one: int(one.isna().sum()))
    return pd.Series(best.reindex(distinct.index).array.take(codes, allow_fill=True), index=values.index)


def day_first(values: "pd.Series[Any]", where: str, told: bool | None = None, *, by_hand: bool = False) -> bool | None:
    """Whether dates in numbers begin with the day, as in 31/12/2026, rather than with the month.

    Parameters
    ----------
    values : Series
        Dates, as text or not.
    where : str
        What errors begin with.
    told : bool, optional
        What the train split has said, or `read.dayfirst`.
    by_hand : bool
        Whether the latter is meant, for errors.

    Returns
    -------
    bool or None
        None where nothing says so, as none of the dates needs it.

    Raises
    ------
    DataError
        If values contradict each other or what was told, or a date such as 1/2/2026 can be read in two ways.
    """
    if types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        return told
    texts = pd.Series(known(values).dropna().unique()).astype(str)
    parts = texts.str.extract(rf"^\s*{NUMBERS}{TIME}\s*$")
    first, second = (pd.to_numeric(parts[name]) for name in ("first", "second"))
    by_day, by_month = (texts[one > 12] for one in (first, second))
    dotted = texts[(parts["mark"] == ".") & (second <= 12)]
    if not len(by_day) and not len(by_month) and told is None:
        by_day = dotted  # a point is the mark of those who begin with the day
    if len(by_day) and len(by_month):
        raise DataError(
            f"{where}: {by_day.iloc[0]!r} begins with the day, {by_month.iloc[0]!r} with the month: write 2026-12-31."
        )
    odd = by_month if told else by_day
    if told is not None and len(odd):
        names = ("month", "day") if told else ("day", "month")
        said = f"read.dayfirst={str(told).lower()}"
        said = said if by_hand else f"read.dayfirst or the train split says that dates begin with the {names[1]}"
        raise DataError(
            f"{where}: {odd.iloc[0]!r} begins with the {names[0]}, but {said}: write all dates as 2026-12-31."
        )
    pointed = dotted[pd.to_numeric(parts.loc[dotted.index, "first"]) <= 12]
    if told is False and not by_hand and len(pointed) and not (second[parts["mark"] == "."] > 12).any():
        raise DataError(
            f"{where}: {pointed.iloc[0]!r} is written as those do who begin with the day, but read.dayfirst or the "
            "train split says that dates begin with the month: write all dates as 2026-12-31, or pass "
            "read.dayfirst=true or read.dayfirst=false."
        )
    if told is None:
        _check_year(texts, parts, where)
    if told is not None or len(by_day) or len(by_month):
        return told if told is not None else bool(len(by_day))
    two_ways = texts[first.notna() & (first != second)]
    if len(two_ways):
        raise DataError(
            f"{where}: {two_ways.iloc[0]!r} can be read in two ways, and no other value says which number is the day: "
            "write 2026-12-31, or pass read.dayfirst=true or read.dayfirst=false."
        )
    return None


def _check_year(texts: "pd.Series[Any]", parts: pd.DataFrame, where: str) -> None:
    """Refuse 22-01-15 where it may begin with the year as well."""
    third = pd.to_numeric(parts["year"])
    short = (parts["mark"] == "-") & (parts["year"].str.len() == 2)
    if short.any() and (third[short] <= 31).all() and (pd.to_numeric(parts["second"])[short] <= 12).all():
        raise DataError(
            f"{where}: {texts[short].iloc[0]!r} can be read in two ways, with the year first or last: write "
            "2026-12-31, or pass read.dayfirst=true or read.dayfirst=false where it is last."
        )


def days(values: "pd.Series[Any]", where: str, *, told: bool | None = None) -> Array:
    """Moments as days since 1970-01-01 (UTC where they name no zone), NaN where they are missing.

    Whole numbers of eight digits are read as 20261231. `told` is that of `day_first`. Marks of missing dates are none:
    see `known`.

    Raises
    ------
    DataError
        If a value is no date, or `day_first` cannot say which number is the day.
    """
    if types.is_timedelta64_dtype(values):
        return values.dt.total_seconds().to_numpy(float) / 86_400
    if types.is_datetime64_any_dtype(values):
        moments = pd.Series(pd.to_datetime(values, utc=True))
    else:
        begins = day_first(values, where, told)
        codes, found = pd.factorize(values)
        texts = pd.Series(found).astype(str)
        if types.is_numeric_dtype(values):
            texts = texts.str.removesuffix(".0")
        parsed = _parsed(texts, bool(begins))
        wrong = np.flatnonzero(parsed.isna())
        if len(wrong):
            row, value = values.index[int(np.flatnonzero(codes == wrong[0])[0])], found[wrong[0]]
            value = value.item() if isinstance(value, np.generic) else value
            said = ""
            if "columns.date=" in where and form_of(texts) is None and texts.str.fullmatch(CLOCKS).all():
                raise DataError(
                    f"{where}: {value!r} in row {row} (from 0) may be a time of day or a duration, but not all values "
                    "are such of one form: write all as 10:30 (hours below 24, and minutes) or all as 1:10:30."
                )
            if is_duration(str(value)):
                said = "; a time of day or a duration has no date"
            elif isinstance(value, str) and 2 * len(wrong) < len(found):
                said = f"; {quoted(missing_override(str(values.name), value))} takes {value!r} for a missing one"
            raise DataError(
                f"{where}: {value!r} in row {row} (from 0) is no date, month, quarter or week, or its time is none: "
                f"write 2026-12-31, 2026-12, 2026Q4, 2026-W05 or 2026-12-31 23:59{said}."
            )
        moments = pd.Series(parsed.array.take(codes, allow_fill=True))
    return ((moments - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)).to_numpy(float)


def day(value: float) -> str:
    """The date of some days since 1970-01-01."""
    return str(np.datetime64(int(value // 1), "D"))


def moment(value: float) -> str:
    """The date of some days since 1970-01-01, with its time in UTC where it has one."""
    return str(np.datetime64(round(value * 86_400), "s")).removesuffix("T00:00:00").replace("T", " ")


def _parsed(texts: "pd.Series[Any]", begins_with_day: bool) -> "pd.Series[Any]":
    """Dates as times in UTC, missing where a text is none; 24:00 ends its day."""
    iso, midnight = _iso(texts, begins_with_day), r"(?<=[T ])24(?=(?::?00){1,2}(?![\d.]))"
    ends = iso.str.contains(midnight, na=False)
    begins = iso.str.replace(midnight, "00", regex=True)
    parsed = pd.to_datetime(begins, errors="coerce", format="mixed", utc=True)
    return parsed.mask(ends, parsed[ends] + pd.Timedelta(days=1)) if ends.any() else parsed


def _iso(texts: "pd.Series[Any]", begins_with_day: bool) -> "pd.Series[Any]":
    """Dates as 2026-12-31, with their time of day; missing where a text is none."""
    made = pd.Series(np.nan, index=texts.index, dtype="str")
    for form in (*(form + TIME for form in (*FORMS, COMPACT)), *PERIODS):
        if made.notna().all():
            break
        parts = texts.str.extract(rf"^\s*{form}\s*$")
        if "first" in parts:
            names = ("day", "month") if begins_with_day else ("month", "day")
            parts = parts.rename(columns=dict(zip(("first", "second"), names, strict=True)))
        if "word" in parts:
            number = parts["word"].str.lower().map(MONTHS)
            parts["month"] = number.map("{:.0f}".format, na_action="ignore").astype("str")
        if "quarter" in parts:
            parts["month"] = parts["quarter"].map(FIRST_MONTHS)
        if "week" in parts:
            mondays: Any = pd.to_datetime(parts["year"] + parts["week"] + "1", format="%G%V%u", errors="coerce")
            made = made.fillna(mondays.dt.strftime("%Y-%m-%d"))
            continue
        day: Any = parts["day"].str.zfill(2) if "day" in parts else "01"
        time: Any = parts["time"].fillna("") if "time" in parts else ""
        if "time" in parts and time.str.contains(POINTED).any():
            time = time.str.replace(POINTED, lambda found: found[0].replace(".", ":"), regex=True)
        made = made.fillna(_full(parts["year"]) + "-" + parts["month"].str.zfill(2) + "-" + day + time)
    return made


def _full(years: "pd.Series[Any]") -> "pd.Series[Any]":
    """Years of four digits: 69 is 1969, 68 is 2068, as POSIX has it."""
    century = np.where(pd.to_numeric(years) > 68, "19", "20")
    return years.where(years.str.len() != 2, pd.Series(century, index=years.index) + years)
