"""Tables that are laid out for the eye, and what may separate the fields of a file that seems to have one column."""

import re
from collections import Counter

from mlzoo.grammar import override
from mlzoo.reading.fields import LINE_ENDS, MARKS, SPACES, between_blanks

ONE = "it has one column"  # how notes on such a file begin
RULE = re.compile(r"(?=.*[-=_:]{2})[-+|=_: ]+")
LINE_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')


def is_ruled(text: str, *, cut: bool) -> bool:
    """Whether the first lines hold a table whose rows stand between bars, `| a | b |`, as databases print it."""
    lines = _first(text, cut)
    rows = [at for at, line in enumerate(lines) if _is_row(line)]
    table = lines[rows[0] : rows[-1] + 1] if len(rows) > 1 else []
    return len({line.count("|") for line in table if _is_row(line)}) == 1 and all(
        _is_row(line) or RULE.fullmatch(line) for line in table
    )


def without_rules(line: str) -> str:
    """A line of such a table with bars between its fields alone; an empty one in place of rules and titles."""
    line = line.strip()
    if _is_row(line):
        return "|".join(map(str.strip, line[1:-1].split("|")))
    return line if line[:1] == "|" and not RULE.fullmatch(line) else ""  # a row that is broken is an error


def _is_row(line: str) -> bool:
    return len(line) > 1 and line[0] == line[-1] == "|" and not RULE.fullmatch(line)


def note_on_one_column(text: str, *, cut: bool) -> list[str]:
    """How to read a file that was left with one column, by what is repeated in each of its first lines."""
    lines = _first(text, cut)
    if len(lines) < 2:
        return []
    if all(map(LINE_IN_QUOTES.fullmatch, lines)) and any(_is_repeated(mark, lines) for mark in MARKS):
        return [f"{ONE}: each line stands in quotes as a whole, as in {lines[0][:40]!r}: take these quotes out"]
    aligned = [line for line in lines if re.search(r"\S\s\s+\S", line)]
    if len(aligned) == len(lines):
        for sep in (SPACES, r"\s\s+"):
            rows = [between_blanks(line) if sep == SPACES else re.split(sep, line) for line in lines]
            if len({len(row) for row in rows}) == 1:
                return [f"{ONE}: where blanks separate several, pass {override('read.sep', sep)}"]
    if len(aligned) > 0.9 * len(lines) and aligned[0] == lines[0]:
        return [f"{ONE}: where several stand at fixed widths, hand over the DataFrame of pandas.read_fwf"]
    counts = Counter(re.findall(r"[^\w\s\"'.-]", lines[0])).most_common()
    mark = next((mark for mark, _ in counts if _is_repeated(mark, lines)), None)
    if mark is None:
        return []
    sep = mark if mark.isprintable() else f"\\x{ord(mark):02x}"
    return [f"{ONE}: where '{sep}' separates several, pass {override('read.sep', sep)}"]


def _is_repeated(mark: str, lines: list[str]) -> bool:
    return mark in lines[0] and len({line.count(mark) for line in lines}) == 1


def _first(text: str, cut: bool) -> list[str]:
    """The first lines that hold something, but for the last of a text that is cut."""
    lines = [line.strip() for line in LINE_ENDS.split(text)[:50] if line.strip()]
    return lines[:-1] if cut else lines
