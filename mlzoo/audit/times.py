"""A column that orders time, where the folds do not."""

import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.audit import serial
from mlzoo.audit.case import Case, numbers_of, spread, words_of
from mlzoo.audit.moments import counts_time, counts_years, day_first, moments, names_time
from mlzoo.findings import FUTURE, Finding, finding_of
from mlzoo.grammar import override_value, quoted
from mlzoo.tables.data import Array

ROWS = {"id", "ids", "index", "idx", "row", "rows", "rownum", "line", "no", "nr", "num", "number", "key", "unnamed"}
FEW_TIMES, FEW_YEARS = 10, 3  # distinct values below which an order says nothing, and years
BIRTHS = (  # names of when a life begins, not of a row's time
    r"birth|(?<![a-z])born|gebor|geburt|geb_?dat|naiss|nacim|_nac\b|nasc|(?<![a-z])[dy]ob(?![a-z])"
)
FOLLOWS = 0.8  # of the steps from row to row by a date: how many do not fall where a column is a part of it
TORN = 0.1  # of the validation rows: how many are of a moment that is learnt from
FOLLOWED = "follows that of the rows before"
SPLITTER = {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 5}


def check(case: Case) -> list[Finding]:
    """Columns of time: those by whose order the rows stand in the file, or whose values in a test file all lie later.

    Where folds learn from earlier rows alone, only what contradicts that is said. Numbers that are no time by name or
    value count where all but 1 % of a test split that is not drawn at random lies above all but 1 % of the train split,
    and begins where that ends: what is far above is of another unit.
    Of those that number rows by their name (`id`, `row`) that is an info: two files may have been numbered on after a
    random draw. Of rows that stand in no order a date counts by which the target follows that of the rows before.
    """
    data, apart = case.data, case.two_files or not case.data.drawn
    ordered: list[str] = []
    later: list[str] = []
    ranks: dict[str, tuple[bool, bool, int]] = {}  # dates before other times before numbers, the finest of them first
    mixed: dict[str, bool] = {}  # dates, and whether the rows stand in another order
    newest: list[str] = []  # moments in the reverse order
    shuffled: list[str] = []  # moments in no order: no durations, which are dates by hand alone, and no dates of birth
    years: list[str] = []  # numbers in no order, of years by their name, which may be those of anything
    asked = case.split.get("time")  # is one of time whatever it holds, and however little
    counted = {*data.columns["number"], asked} if apart else {asked}
    days = data.columns.get("date", [])
    for train, test in ((data.X_train, data.X_test), (data.aside_train, data.aside_test)):
        before, after = spread(train), spread(test)
        for name in train.columns:
            of_time = moments(before[name], timely=name in days, dayfirst=data.dayfirst)
            if of_time is None and name not in counted:
                continue
            values = numbers_of(before[name]) if of_time is None else of_time
            first = day_first(before[name], data.dayfirst)
            beyond = apart and name in test.columns and _is_later(after[name], values, first)
            beyond = beyond and (of_time is not None or _goes_on(numbers_of(after[name]), values))
            in_order = (of_time is not None or beyond) and _is_sorted(values)
            distinct = len(np.unique(values[~np.isnan(values)]))
            is_date = name in days or not types.is_numeric_dtype(before[name])
            ranks[name] = (is_date, of_time is not None, distinct)
            if is_date and distinct > 1:
                mixed[name] = not in_order
            moment = (is_date and data.kinds.get(name) != "duration") or _are_moments(name, values)
            yearly = "year" in words_of(name) and of_time is not None and counts_years(values)
            if (moment or yearly) and not (in_order or beyond) and distinct >= FEW_TIMES and not _is_of_birth(name):
                (newest if _is_sorted(values[::-1]) else shuffled if moment else years).append(name)
            few = 2 if beyond and name == asked else FEW_YEARS if "year" in words_of(name) else FEW_TIMES
            if distinct >= few:
                ordered += [name] if in_order else []
                later += [name] if beyond else []
    ordered, later, dated = (sorted(names, key=ranks.__getitem__, reverse=True) for names in (ordered, later, mixed))
    found = _of_split(case, dated)
    newest, followed = ([], []) if ordered or later else (newest, _followed(case, [*newest, *shuffled], years))
    later = [name for name in later if not found or name != case.split["time"]]
    if case.folds.name == "holdout" or all(_in_past(train, held) for train, held in case.folds.splits):
        unsorted = (dated or newest) if all(mixed.values()) else []
        drawn = case.data.drawn or case.two_files
        if case.folds.name == "holdout" and drawn and followed and not _lacks_dates(case, followed[0]):
            return [*found, _of_drawn(case, followed[0])]
        timely = [name for name in later if ranks[name][1] or name == asked]
        return found + _of_past(case, ordered, timely, unsorted)
    numbering = [name for name in later if not ranks[name][1] and _numbers_rows(name)]
    ordered, later = ([name for name in names if name not in numbering] for names in (ordered, later))
    of_times = _of_times(case, ordered, later, newest or followed, newest=bool(newest))
    return found + (of_times or [_of_numbering(case, name) for name in numbering[:1]])


def _are_moments(name: str, values: Array) -> bool:
    """Whether numbers are moments by their size, as 20260131 is, those of seconds and less by their name too."""
    return counts_time(values) and bool(names_time(name) or np.nanmax(values) < 1e9)


def _is_of_birth(name: str) -> bool:
    return re.search(BIRTHS, name.lower()) is not None


def _followed(case: Case, dates: list[str], years: list[str]) -> list[str]:
    """The dates by which the target follows that of the rows before; where there are none, the years of series."""
    found = [name for name in dates if serial.follows(case, name)]
    return found or [name for name in years if serial.in_series(case, name)]


def _numbers_rows(name: str) -> bool:
    words = words_of(name)
    return not words or not ROWS.isdisjoint({words[0], words[-1]}) or words[-1].endswith("id")


def _of_past(case: Case, ordered: list[str], later: list[str], unsorted: list[str]) -> list[Finding]:
    """Where folds learn from earlier rows, or there are none: a test split that does not, and rows in another order."""
    if ordered and case.data.drawn and not case.two_files:
        text = (
            f"The rows stand in the order of {', '.join(map(repr, ordered))}, and the test split is drawn at random "
            "among them, not from the last ones: its score may be too high."
        )
        return [finding_of("time", "warning", ordered[0], text, f"split.time={override_value(ordered[0])}")]
    named = later or unsorted
    if named and not ordered and case.folds.name != "holdout":
        text = (
            "The folds learn from earlier rows of the file, but these do not stand in the order of "
            f"{named[0]!r}{', by which the test split is the future of the train split' * bool(later)}: "
            "sort the file by it (a database's statement: order by)."
        )
        return [finding_of("time", "warning", named[0], text)]
    if case.unordered and case.folds.name != "holdout":
        text = (
            "The folds learn from earlier rows, but the statement of db.query has no ORDER BY, so that rows stand in "
            "no order of time: end it with order by."
        )
        return [finding_of("time", "warning", "", text)]
    return _of_torn(case, ordered[0]) if ordered and case.folds.name != "holdout" else []


def _of_torn(case: Case, name: str) -> list[Finding]:
    """Folds that begin amid the rows of one moment, such as the shops of a month: others of it are learnt from."""
    when = moments(case.column(name)[0], timely=True, dayfirst=case.data.dayfirst)
    if when is None:
        return []
    codes = pd.factorize(when)[0]
    shares = [np.isin(codes[held], codes[train[codes[train] >= 0]]).mean() for train, held in case.folds.splits]
    if np.mean(shares) < TORN:
        return []
    rows, folds, gap = len(codes), len(shares), int(np.bincount(codes[codes >= 0]).max()) - 1
    fits = rows - gap > rows // (folds + 1) * folds  # as that splitter asks for
    text = (
        f"The folds learn from earlier rows, but begin amid those of one value of {name!r}: {np.mean(shares):.0%} of "
        "their validation rows share it with rows that models learn from. If such rows are alike, scores over the "
        f"folds are too high{'' if fits else '; fewer folds with a gap (of the splitter) part them'}."
    )
    remedy = f"validation.splitter={override_value({**SPLITTER, 'n_splits': folds, 'gap': gap})}" if fits else ""
    return [finding_of("time", "warning", name, text, remedy)]


def _of_split(case: Case, dated: list[str]) -> list[Finding]:
    """A date that contradicts `split.time`, whose column follows it but begins anew, as months do."""
    name = case.split.get("time")
    if name is None or name in dated or not types.is_numeric_dtype(case.column(name)[0]):  # it is a date itself
        return []
    values = np.concatenate([numbers_of(spread(part.to_frame())[name]) for part in case.column(name)])
    if counts_time(values):
        return []
    for date in dated:
        parts = [spread(part.to_frame())[date] for part in case.column(date)]
        first = day_first(parts[0], case.data.dayfirst)
        train, test = (moments(part, timely=True, dayfirst=first) for part in parts)
        if train is None or test is None:
            continue
        when = np.concatenate([train, test])
        steps = np.diff(values[np.argsort(when, kind="stable")][: np.count_nonzero(~np.isnan(when))])
        late = float((train > np.nanquantile(test, 0.01)).mean())
        if late >= 0.01 and (steps >= 0).mean() >= FOLLOWS:
            text = (
                f"{quoted(f'split.time={override_value(name)}')} does not take the last rows by {date!r}: {late:.0%} "
                f"of the rows of the train split lie after the first ones of the test split, as {name!r} begins anew."
            )
            return [finding_of("time", "warning", date, text, f"split.time={override_value(date)}")]
    return []


def _of_numbering(case: Case, name: str) -> Finding:
    text = (
        f"{name!r} goes on in the test split where the train split ends: if it follows time, folds "
        f"{FUTURE} of the rows that they are scored on."
    )
    return finding_of("time", "info", name, text, case.drop(name))


def _in_past(train: Array, held: Array) -> bool:
    return len(train) == 0 or len(held) == 0 or int(train.max()) < int(held.min())


def _of_times(
    case: Case, ordered: list[str], later: list[str], followed: list[str], *, newest: bool = False
) -> list[Finding]:
    """Folds that learn from the future: of rows in order, of a later test split, or of rows whose target follows.

    Rows that stand in the reverse order, the `newest` first, are to be sorted as those in no order are.
    """
    names = list(dict.fromkeys([*later, *ordered])) or followed[:1]
    if not names:
        return []
    shown = ", ".join(map(repr, names))
    grouped = case.folds.groups is not None
    remedy = f"validation.splitter={override_value(SPLITTER)}" if ordered and not grouped else ""
    mixed = f"folds{' of whole groups' if grouped else ''} {FUTURE} of the rows that they"
    if later:
        text = f"By {shown} the test split is the future of the train split, but {mixed} are scored on: their scores "
        text += "may be too high, that of the test split is not."
    else:
        how = f"The rows stand in the order of {shown}{', the last ones first' * newest}"
        how = how if ordered or newest else f"By {shown} the target {FOLLOWED}"
        text = f"{how}, and {mixed} are scored on: scores may be too high."
    if grouped and not case.two_files:
        text += " No key keeps both; a file of later rows of other groups, test_data=FILE, tests both."
    elif case.data.drawn and not case.two_files:
        text += " The test split is drawn at random too"
        dated = next((name for name in names if case.data.kinds.get(name) != "duration"), None)  # which has no date
        text += f": {quoted(f'split.time={override_value(dated)}')} takes the last rows." if dated else "."
    if not remedy and not grouped:
        file = "train file" if case.two_files else "file"
        splitter = quoted(f"validation.splitter={override_value(SPLITTER)}")
        text += f" Sort the {file} by {names[0]!r} (a database's statement: order by), then pass {splitter}."
    number = next((name for name in later if name in case.identifiers), "")
    if number:
        text += f" If {number!r} is no time but numbers rows, {quoted(case.drop(number))} leaves it out."
    return [finding_of("time", "warning", names[0], text, remedy)]


def _lacks_dates(case: Case, name: str) -> bool:
    """Whether most rows of the test split have no known date, so that it cannot be told when they were."""
    test = case.column(name)[1]
    when = moments(spread(test.to_frame())[name], timely=True, dayfirst=case.data.dayfirst)
    return when is None or bool(np.isnan(when).mean() > 0.5)


def _of_drawn(case: Case, name: str) -> Finding:
    """A test split that is not later than the train split, by a date that the target follows."""
    how = (
        "rows of the test file are not the last ones"
        if case.two_files
        else "the test split is drawn at random among them, not from the last ones"
    )
    text = f"By {name!r} the target {FOLLOWED}, and {how}: its score may be too high."
    if case.two_files:
        return finding_of("time", "warning", name, f"{text} Put the last rows of both files into the test file.")
    return finding_of("time", "warning", name, text, f"split.time={override_value(name)}")


def _is_sorted(values: Array) -> bool:
    """Whether values never fall, but for a few late entries; those that begin anew, as months do, are in no order."""
    known = values[~np.isnan(values)]
    if len(known) < 2 or known[-1] <= known[0] or (known[1:] >= known[:-1]).mean() < 0.99:
        return False
    ranks = pd.Series(known).rank().to_numpy()
    return bool(np.corrcoef(ranks, np.sort(ranks))[0, 1] >= 0.95)


def _is_later(test: "pd.Series[Any]", before: Array, dayfirst: bool | None) -> bool:
    after = moments(test, timely=True, dayfirst=dayfirst)
    if after is None:
        return False
    first, last = np.sort(after[~np.isnan(after)]), np.sort(before[~np.isnan(before)])
    if len(first) < max(5, 0.5 * len(after)) or not len(last):
        return False
    return bool(first[len(first) // 100] > last[-1 - len(last) // 100])


def _goes_on(test: Array, before: Array) -> bool:
    """Whether numbers of a test split begin no farther behind those of the train split than these reach."""
    low, high = np.nanquantile(before, [0.01, 0.99])
    return bool(np.nanquantile(test, 0.01) - high <= high - low)
