"""Checks of columns.

A check returns findings (plain dicts that go to the log and the record) where the work can go on, else it raises.
"""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

import pandas as pd
import yaml  # type: ignore[import-untyped]
from pandas.api import types

from mlzoo.dates import is_date
from mlzoo.errors import listed, shown
from mlzoo.frames import EXACT, beyond_floats
from mlzoo.grammar import drop_override, joined, kind_override, override_value, quoted
from mlzoo.numerals import ANY_GROUPED, BEGINNING, BLANK, FIRST, GROUPS, SIGNS, grouped, is_sign, unsigned, with_minus

WHOLE = r"-?\d+\.0"  # a whole number, as pandas writes it in a column with missing values
MOST_LINES = 2  # on columns that have one value; of more there is one, which names MOST_NAMED of them
MOST_NAMED = 10
MOST_MARKS = 5  # of missing numbers in a column
FEW = 0.05  # share of the rows that may be odd
NUMBER = r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)"
SIGNED = rf"[-+]?{BLANK}{SIGNS}?{BLANK}{NUMBER}{BLANK}{SIGNS}?"
BLANKS = "".join(mark for mark in GROUPS if mark not in ",.")  # blanks and apostrophes between thousands
UNITS = "kg|KG|g|mg|t|lbs?|oz|km|m|cm|mm|mi|ft|in|l|L|ml|mL|h|min|s|ms|°[CF]?"  # that need no space before them
DECADE = r"[12]\d\d0s"
UNIT = (
    rf"^{BLANK}(?!{DECADE})({NUMBER})(?={BLANK[:-1]}|(?:{UNITS})[²³.]?{BLANK}$)"
    rf"{BLANK}(°?[^\W\d_]+|°)[²³.]?{BLANK}$"
)
NO_UNITS = {"st", "nd", "rd", "th", "am", "pm"}
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
    leave = f"To leave {'it' if finding['column'] else 'them'} out"
    words = "Pass" if not drops else "To confirm" if "left out" in finding["message"] else leave
    overrides = re.split(r" (?=validation\.)", finding["remedy"])
    return f"{finding['message']} {words}: {joined(overrides)}"


def all_left_out(findings: Iterable[Finding]) -> str:
    """The one override for all that findings would leave out by one each; nothing for fewer than two."""
    remedies = {one["remedy"]: None for one in findings if one["remedy"].startswith("preprocess.drop=")}
    if len(remedies) < 2:
        return ""
    try:
        lists = [yaml.safe_load(remedy.partition("=")[2]) for remedy in remedies]
    except yaml.YAMLError:  # a name that Hydra's grammar quotes in its own way
        return ""
    return f"All at once: {quoted(drop_override(dict.fromkeys(name for names in lists for name in names)))}"


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
    return own and not (0 < len(nearly_number(counts)) <= MOST_MARKS or looks_like_date(counts))


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
    counts: Counts, given: Iterable[Any] = (), decimal: str | None = None, by_hand: Container[str] = ()
) -> list[Finding]:
    """Columns that are text because of marks that stand for missing numbers, of decimal marks, signs or units.

    Every remedy names the marks of all columns and those `given` already, as the last override of a key wins. `decimal`
    is the mark that the file was read with. Columns that are categories `by_hand` are meant to be text.
    """
    asked = {name: values for name, values in counts.items() if name not in by_hand}
    unread = {name: why for name, values in asked.items() if (why := unread_numbers(values, decimal))}
    rests = {name: nearly_number(asked[name]) for name in asked if name not in unread}
    signs = {name: [value for value in values.index if is_sign(value)] for name, values in counts.items()}
    named = {name: rests.get(name) or signs[name] for name in counts if name not in unread}
    few = sorted({mark for some in named.values() if _are_marks(some) for mark in some})
    remedy = f"read.na_values={override_value(list(dict.fromkeys([*given, *few])))}"
    found = []
    for name, values in counts.items():
        if name in unread:
            what, advice, remedy_of = unread[name]
            keeps = f"{kind_override('category', name)} keeps it as text"
            text = f"The column {name!r} holds {what}: taken for categories ({keeps}). {advice}".rstrip()
            found.append(finding_of("marks", "warning", name, text, remedy_of))
        elif rests.get(name):
            many = not _are_marks(rests[name])
            text = f"The column {name!r} holds numbers but for {shown(map(repr, rests[name]), MOST_MARKS)}"
            text += f" ({len(rests[name])} values in all)" * (len(rests[name]) > MOST_MARKS) + ": taken for categories."
            text += " Mend them, or name those that stand for a missing number in read.na_values." if many else ""
            found.append(finding_of("marks", "warning", name, text, "" if many else remedy))
        elif signs[name]:
            share = float(values[signs[name]].sum() / values.sum())
            said = " and ".join(map(repr, signs[name]))
            text = (
                f"In the column {name!r} {said} ({share:.1%} of the rows) is a category of its own, as if it were a "
                "value."
            )
            found.append(finding_of("marks", "info", name, text, remedy))
    return found


def _are_marks(texts: list[str]) -> bool:
    """Whether texts among numbers may stand for missing ones: they are few, and begin with no number, as `<5` does."""
    return len(texts) <= MOST_MARKS and not any(re.match(r"\W*\d", text) for text in texts)


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


def unread_numbers(counts: "pd.Series[int]", decimal: str | None) -> tuple[str, str, str] | None:
    """What keeps a column of numbers from being read as such, what to do, and the override that does it, if any.

    `decimal` is the mark that the file was read with.
    """
    texts = counts.index.to_series().astype("str")
    plain = with_minus(texts, sure=True)
    if counts.sum() >= 20 and (plain != texts).any() and unsigned(plain)[1].str.fullmatch(NUMBER).all():
        said = f"numbers such as {texts[plain != texts].iloc[0]!r}, which may be negative"
        return said, "Write these with a minus, or name the column in columns.number.", ""
    broken = texts.str.contains(".", regex=False).any() and pd.to_numeric(texts, errors="coerce").notna().all()
    if broken and counts.sum() >= 20:  # whole ones may be codes
        return "numbers that are text", "", f"columns.number={override_value([str(counts.index.name)])}"
    unlike, other = unlike_numbers(counts), decimal == ","
    amounts = other or texts.str.contains(rf"\d[{BLANKS}.]\d{{3}},\d", regex=True).any()
    if unlike or (amounts and nearly_number(counts)) or not has_decimal_commas(counts):
        return unlike and (*unlike, "")
    return "numbers with a decimal comma" + ", and others" * other, "", "" if other else "read.decimal=','"


def unlike_numbers(counts: "pd.Series[int]") -> tuple[str, str] | None:
    """What keeps a column of numbers from being read as such, and what to do; None where it is something else.

    That is decimal marks of both kinds, or signs or a unit that the numbers are written with.
    """
    texts = counts.index.to_series().astype(str)
    if counts.sum() < 20 or texts.iloc[:1000].str.match(rf"{BLANK}[-+]?{BLANK}{SIGNS}?{BLANK}[.,]?\d").mean() < 0.5:
        return None
    if _share(counts, NUMBER) >= 1 - FEW:
        comma, point = (_example(texts, rf"(?!{grouped(mark)}$)[-+]?\d+[{mark}]\d+") for mark in ",.")
        both = f"numbers with a decimal comma, such as {comma!r}, and with a decimal point, such as {point!r}"
        return (both, "Write all with one mark.") if comma and point else None
    share = _share(counts, SIGNED)
    alike = share < 1 and unsigned(texts[texts.str.fullmatch(SIGNED)])[0]  # but for a few others: see nearly_number
    signed = _example(texts, rf"(?!{NUMBER}$){SIGNED}") if share >= 1 - FEW and not alike else ""
    example = signed or _with_unit(counts, texts)
    said = f"numbers with a sign or a unit, such as {example!r}"
    return (said, "Write the numbers alone, all of one unit.") if example else None


def _example(texts: "pd.Series[str]", pattern: str) -> str:
    return str(next(iter(texts[texts.str.fullmatch(pattern)]), ""))


def _with_unit(counts: "pd.Series[int]", texts: "pd.Series[str]") -> str:
    """A value of a column that holds several numbers, most of them with one unit, and no `1st` and `2nd`."""
    parts = texts.str.extract(UNIT)
    rows = counts.groupby(parts[1].to_numpy()).sum()
    unit = rows.idxmax() if len(rows) else ""
    whole = rows.sum() >= (1 - FEW) * counts.sum() and rows.max() >= 0.5 * counts.sum()
    few = parts[0].nunique() < 5 or str(unit).lower() in NO_UNITS
    return "" if few or not whole else str(texts[parts[1] == unit].iloc[0])


def has_decimal_commas(counts: "pd.Series[int]") -> bool:
    """Whether most of a column's texts are numbers with a decimal comma, or all are numbers, and one is no 1,234."""
    if counts.sum() < 20 or (_share(counts, r"[-+]?\d+,\d+") <= 0.5 and _share(counts, NUMBER) < 1 - FEW):
        return False
    return _share(counts, rf"(?!{grouped(',')}$)[-+]?\d+,\d+") > 0


def nearly_number(counts: "pd.Series[int]") -> list[str]:
    """The few texts, or those of few rows, that keep a column from being numbers; none where it is text throughout."""
    if counts.sum() < 20:
        return []
    texts = counts.index.to_series().astype("str")
    forms = [pd.to_numeric(texts, errors="coerce").notna() | texts.str.fullmatch(ANY_GROUPED)]
    if texts.iloc[:FIRST].str.match(BEGINNING).mean() >= 0.5:
        forms += _written(texts.str.strip())
    form = max(forms, key=lambda some: int(counts[some.to_numpy(dtype=bool)].sum()))
    wrong = ~form.to_numpy(dtype=bool)
    marks, share = sorted(counts.index[wrong].tolist()), counts[wrong].sum() / counts.sum()
    return marks if share < (0.5 if len(marks) <= MOST_MARKS else FEW) else []


def first_odd(values: "pd.Series[Any]") -> tuple[Any, str]:
    """The row of the first value that is no number in the form that most have, and one of those.

    The form is that of plain numbers, of which none is named, of decimal commas, of signs, or of amounts.
    """
    texts = values.astype(str).str.strip().where(values.notna())
    known = texts.dropna()
    with_commas = known.where(~known.str.contains(".", regex=False)).str.replace(",", ".", regex=False)
    forms = [pd.to_numeric(some, errors="coerce").notna() for some in (known, with_commas)]
    forms += _written(known.astype("str"))
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


def _share(counts: "pd.Series[int]", pattern: str) -> float:
    """How many of the rows match a pattern."""
    matching = counts.index.to_series().str.fullmatch(pattern).to_numpy(dtype=bool)
    return float(counts[matching].sum() / counts.sum())


def looks_like_date(counts: "pd.Series[int]") -> bool:
    """Whether nearly all of a column's texts are dates."""
    if not any(map(is_date, counts.index[:1000])):  # most texts are known by their first
        return False
    return bool(counts[[is_date(text) for text in counts.index]].sum() >= 0.95 * counts.sum())
