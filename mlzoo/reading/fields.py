"""The fields of a CSV text: the separator, its rows, and what is wrong where they cannot be told apart."""

import csv
import functools
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from mlzoo.reading.forms import MONTH, NA_MARKERS, missing_of

FIELD_MARKS = "\t;|,"  # between fields, those first that stand in texts least
PADDED = re.compile(r"(?<=[;|,])\t+")  # tabs behind such a mark, which fill fields up
SEPARATORS = {
    "\\x01": "\x01",
    "tab": "\t",
    "\\t": "\t",
    "space": " ",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "bar": "|",
}
SPACES = r"\s+"
csv.field_size_limit(2**31 - 1)  # pandas has none
QUOTED = re.compile(r'(?:^|(?<=[,;\t|\r]))[ ]*"(?:[^"]|"")*"(?=[ ]*(?:[,;\t|\r]|$))', flags=re.MULTILINE)
LINE_ENDS = re.compile("\r\n|\r|\n")
FIGURE = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?")
BREAK = "\0"
BLANKS = 0.9  # share of the separators behind which a blank stands, where it is part of these
SHOWN = 50  # lines that tell how a file is written
ALIKE = 0.9  # share of the rows below a title that have as many fields
FIRST_CODE = str(2**63)  # the first whole number that 64 bits with a sign do not hold
Rows = list[tuple[int, list[str]]]


def split_rows(text: str, sep: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the line that a row begins on, and its fields; blank lines are none."""
    yield from fields_of(
        text.splitlines() if len(sep) > 1 else io.StringIO(text, newline=""), sep, blanks=has_blanks(text, sep)
    )


def fields_of(lines: Iterable[str], sep: str, *, blanks: bool) -> Iterator[tuple[int, list[str]]]:
    """What `split_rows` returns, of lines; `blanks` that stand behind separators are part of no field."""
    if len(sep) > 1:
        numbered = ((i, line.rstrip("\r\n")) for i, line in enumerate(lines, start=1) if line.strip())
        yield from ((i, between_blanks(line) if sep == SPACES else re.split(sep, line)) for i, line in numbered)
        return
    reader = csv.reader(lines, delimiter=sep, skipinitialspace=blanks)
    start = 1
    for fields in reader:
        # pandas leaves lines of blanks out too, but not those of an empty field in quotes
        if len(fields) > 1 or any(field.strip(" \t") or not (field or blanks) for field in fields):
            yield start, fields
        start = reader.line_num + 1


def between_blanks(line: str) -> list[str]:
    """The fields of a line that blanks separate; in quotes they hold blanks too."""
    found = re.findall(r'"((?:[^"]|"")*)"(?=\s|$)|(\S+)', line)
    return [bare or quoted.replace('""', '"') for quoted, bare in found]


def has_row_names(rows: Rows, sep: str) -> bool:
    """Whether each row begins with a name of its own above which none stands, as R writes tables between blanks."""
    names = [fields[0] for _, fields in rows[1:]]
    longer = all(len(fields) == len(rows[0][1]) + 1 for _, fields in rows[1:])
    return sep in (SPACES, " ") and bool(names) and longer and len({*names}) == len(names)


def has_blanks(text: str, sep: str) -> bool:
    """Whether a blank stands behind nearly every separator of the first lines, so that it is part of no field."""
    ends = "".join(map(re.escape, {*sep, "\r", "\n"}))
    behind = re.findall(rf"(?<={re.escape(sep)})[^{ends}]", "\n".join(first_lines(text))) if len(sep) == 1 else []
    return behind.count(" ") > BLANKS * len(behind)


def is_of_rows(text: str, sep: str, numbers: Sequence[bool], at: int) -> bool:
    """Whether a field of several lines is made of rows, as quotes that are part of a text open and close one by chance.

    Each of its lines then has as many fields as a row, and numbers where these have some; in columns of text alone
    nothing tells.

    Parameters
    ----------
    text : str
        The field.
    sep : str
        The separator.
    numbers : sequence of bool
        Of each column, whether it holds numbers.
    at : int
        The number of the column that the field is in.
    """
    first, *inner, last = (line.split(sep) for line in LINE_ENDS.split(text))
    width = len(numbers)
    if len(first) != width - at or len(last) != at + 1 or any(len(line) != width for line in inner):
        return False
    lines = [(at + 1, first[1:]), *((0, line) for line in inner), (0, last[:-1])]
    held = [field.strip() for start, line in lines for field, is_one in zip(line, numbers[start:]) if is_one]  # noqa: B905
    return bool(held) and all(re.fullmatch(r"\W*|\W*\d[\d\W]*", field) for field in held)


def in_one_line(name: object) -> str:
    """A column name as text, in one line."""
    return re.sub(r"\s*[\t\r\n\v\f]\s*", " ", str(name))


def columns_of(rows: Rows) -> Iterator[tuple[str, ...]]:
    """The columns of rows, each with its name first; a field that a row has not is empty."""
    return itertools.zip_longest(*(fields for _, fields in rows), fillvalue="")


@functools.lru_cache(maxsize=1)
def first_lines(text: str) -> tuple[str, ...]:
    """The first lines of a CSV text, with a sign for what stands in quotes and a BREAK for each line that ends there.

    The sign says whether that begins as a number does; where it is blank there is none.
    """

    def bare(found: re.Match[str]) -> str:
        within = found[0].strip()[1:-1]
        sign = ("0" if re.match(r"[^\w\n]*\d", within) else "x") * bool(within.strip())
        return f'{" " * found[0].startswith(" ")}"{sign}{BREAK * len(LINE_ENDS.findall(found[0]))}"'

    if '"' not in text:
        return tuple(LINE_ENDS.split(text, SHOWN)[:SHOWN])
    parts, at, lines = [], 0, 0
    for found in QUOTED.finditer(text):
        parts += [before := text[at : found.start()], bare(found)]
        at, lines = found.end(), lines + len(LINE_ENDS.findall(before))
        if lines >= SHOWN:  # the sample may hold very many more
            break
    else:
        parts.append(text[at:])
    return tuple(LINE_ENDS.split("".join(parts), SHOWN)[:SHOWN])


def is_scale(names: Iterable[str]) -> bool:
    """Whether numbers among names count on, or several rise or fall, as of years, wavelengths, or quantiles."""
    scale = [float(name.replace(",", ".")) for name in names if FIGURE.fullmatch(name.strip())]
    least = 3 if all(name.is_integer() for name in scale) else 5
    counted = len(scale) > 1 and scale == [scale[0] + at for at in range(len(scale))]
    return counted or (len(scale) >= least and sorted(set(scale)) in (scale, scale[::-1]))


def looks_like_values(rows: Rows) -> bool:
    """Whether the first row may hold no names: a number with decimals or a minus stands above numbers alone.

    So does another number beside numbers alone, or a text that stands among the values of its own column. A scale of
    numbers is names.
    """
    columns = [*itertools.zip_longest(*(fields[: len(rows[0][1])] for _, fields in rows), fillvalue="")]
    if is_scale(rows[0][1]):
        return False
    numbers = [
        name
        for name, *below in columns
        if FIGURE.fullmatch(name.strip()) and all(FIGURE.fullmatch(value.strip()) for value in below if value.strip())
    ]
    texts = (name for name, *below in columns if name.strip() and not FIGURE.fullmatch(name.strip()) and name in below)
    alone = 1 < len(numbers) == len(columns)
    return alone or any(re.search(r"[-.,]", name) for name in numbers) or (bool(numbers) and any(texts))


def _is_long(digits: str) -> bool:
    return (len(digits), digits) >= (len(FIRST_CODE), FIRST_CODE)


def padded_codes(rows: Rows, given: Any = None) -> dict[str, str]:
    """Columns that hold digits alone, some with a leading zero or more than 64 bits hold: such a value, by column.

    So are those of months, as 01.2026, and of periods, as 001.2026, some with a leading zero.

    Marks of missing values, and those `given` as such (`read.na_values`), may stand among them.
    """
    found = {}
    for name, *values in columns_of(rows):
        marks = {*NA_MARKERS, "", *(str(mark).lower() for mark in missing_of(given, name))}
        known = [value.strip() for value in values if value.strip().lower() not in marks]
        if not any(all(re.fullmatch(form, value) for value in known) for form in (r"[0-9]+", MONTH)):
            continue
        padded = next((value for value in known if re.match(r"0[0-9]", value) or _is_long(value)), None)
        if padded is not None:
            found[name] = padded
    return found


def of_one_length(rows: Rows) -> dict[str, int]:
    """How many digits, two or more, the whole numbers of a column all have, marks of missing ones aside, by column."""
    found, marks = {}, {*NA_MARKERS, ""}
    for name, *values in columns_of(rows):
        known = [value.strip() for value in values if value.strip().lower() not in marks]
        lengths = {len(value) if re.fullmatch(r"[0-9]+", value) else 0 for value in known}
        if len(lengths) == 1 and (length := lengths.pop()) > 1:
            found[name] = length
    return found


# -- the separator ------------------------------------------------------------------------------------------------


def separator(text: str) -> str:
    """The separator of a CSV text: the mark that splits its first lines into the same, largest number of fields."""
    lines = [PADDED.sub("", line) for line in first_lines(text) if line.strip()]
    lines = lines[:-1] if len(lines) > 2 else lines  # the sample may cut the last one
    best = max(FIELD_MARKS, key=lambda mark: (lines[0].count(mark) > 0, _agreement(lines, mark), lines[0].count(mark)))
    if best == "|" and all(line.count("|") == 2 * line.count("||") for line in lines):
        best = "||" if "||" in lines[0] else best
    aligned = best == "\t" and all("  " in line.strip() for line in lines) and _is_spaced(lines)
    if best in lines[0] and not aligned:
        return re.escape(best) if len(best) > 1 else best
    return SPACES if _is_spaced(lines) else ","


def _agreement(lines: list[str], mark: str) -> float:
    return sum(line.count(mark) == lines[0].count(mark) for line in lines) / len(lines)


def _is_spaced(lines: list[str]) -> bool:
    """Whether spaces alone split lines into as many fields each, of which one is a number, or missing, throughout.

    Names in quotes are reason enough. Rows may begin with names of their own.
    """
    names, *rows = map(between_blanks, lines)
    if len(names) < 2 or not rows or len({len(row) for row in rows}) > 1:
        return False
    more = len(rows[0]) - len(names)
    if more and not (more == 1 and len({row[0] for row in rows}) == len(rows)):
        return False
    if re.fullmatch(r'(?:"(?:[^"]|"")*"\s*){2,}', lines[0].strip()):
        return True
    columns = [*zip(*rows, strict=True)][more:]
    known = [[value for value in column if value.lower() not in NA_MARKERS] for column in columns]
    return len(rows) > 1 and any(some and all(map(FIGURE.fullmatch, some)) for some in known)


# -- what is wrong ------------------------------------------------------------------------------------------------


def reason(error: Exception, text: str, sep: str, skipped: int) -> str:
    """Why pandas cannot parse a text, by its line; pandas has not seen so many lines as are `skipped`."""
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if found:
        long = (number for number, fields in split_rows(text, sep) if len(fields) > int(found[1]))
        return f"line {next(long, int(found[2]) + skipped)} has {found[3]} fields, the lines before it {found[1]}."
    if isinstance(error, pd.errors.ParserWarning):
        width = len(next(fields for _, fields in split_rows(text, sep)))
        odd = next((number for number, fields in split_rows(text, sep) if len(fields) > width), None)
        if odd:
            return f"line {odd} has more fields than the header ({width})."
    return f"{str(error).strip().rstrip('.')}."


def advice(error: Exception, text: str, sep: str) -> str:
    """What to do about a file that cannot be parsed, by what it looks like."""
    if "EOF inside string" in str(error):
        return "A quote is opened there and not closed before the end of the file: close it, or take it out."
    if '\\"' in text:
        return 'Quotes within fields are written \\": write them doubled, "".'
    if re.search(rf"(^|{re.escape(sep)})'[^'\n]*{re.escape(sep)}[^'\n]*'", text, flags=re.MULTILINE):
        return "Its fields stand in single quotes: write the file with double ones."
    rows = list(split_rows(text, sep))
    widths = [len(fields) for _, fields in rows]
    if len(rows) > 2 and {*widths[1:-1]} == {widths[0] + 1}:
        return (
            "Every row has one field more than the header: name the first column too, or leave it out (in R: "
            f"row.names=FALSE); or pass read.skiprows={rows[1][0] - 1} where the first line is a title, or read.sep=… "
            "where the separator is another."
        )
    if start := _below_title(widths):
        line = rows[start][0]
        return (
            f"From line {line} on there are {widths[start]} fields: where what is above is a title, remove it or pass "
            f"read.skiprows={line - 1}. Else mend the line, or pass read.sep=… where the separator is another."
        )
    return "Mend the line, or pass read.sep=… where the separator is another."


def _below_title(widths: list[int]) -> int:
    """The first of the rows, by how many fields each has, below such as have fewer; 0 where these are no title."""
    width = Counter(widths).most_common(1)[0][0]
    start = next((at for at in range(len(widths) - 2) if widths[at : at + 3] == [width] * 3), 0)
    wide = widths[start:].count(width) > ALIKE * (len(widths) - start)
    above = [*widths[:start], 0]
    return start if wide and widths[0] < width and above[start - 1] < width and max(above) <= width else 0
