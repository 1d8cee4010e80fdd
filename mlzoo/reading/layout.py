"""Tables that are laid out for the eye, and what may separate the fields of a file that seems to have one column."""

import re
from collections import Counter
from collections.abc import Iterable

from mlzoo.errors import DataError
from mlzoo.grammar import override
from mlzoo.reading.fields import FIELD_MARKS, LINE_ENDS, SPACES, between_blanks

ONE = "it has one column"  # how notes on such a file begin
RULE = re.compile(r"(?=.*[-=_:]{2})[-+|=_:]+")
RULE_BELOW_NAMES = re.compile(r"(?=.*[-=_:]{2})[-+|=_: ]+")  # with blanks, as Markdown has it
RULE_WITHIN = re.compile(r"[: ]*-[-: ]*(?:[+|][: ]*-[-: ]*)+")  # of a table whose rows have no bars at their ends
LINE_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')


def is_ruled(text: str, *, cut: bool) -> bool:
    """Whether a table with bars between its fields, as databases and SAP print it, begins among the first lines.

    Its names stand above a rule, or above a row of as many fields, and below none: rows such as `|5|` may lack their
    first and last fields. Whether all its rows are whole is not asked.
    """
    lines = _first(text, cut)
    first = next((at for at in range(len(lines) - 1) if _begins(lines, at)), None)
    if first is None:
        return False
    names, below = lines[first : first + 2]
    if any(line.count("|") == names.count("|") for line in lines[:first]):
        return False
    is_row = _is_enclosed(below) and below.count("|") == names.count("|")
    return is_row or bool(RULE_BELOW_NAMES.fullmatch(below))


def without_rules(lines: Iterable[str], name: str) -> list[str]:
    """The lines of such a table, `| a | b |` or `a | b`, with bars alone between their fields; others are empty.

    These are rules, names that are repeated, and what stands above and below the table. Where there is none, all are.

    Raises
    ------
    DataError
        If a line of the table `name` is no row.
    """
    bare = [line.strip() for line in lines]
    first = next((at for at in range(len(bare)) if _begins(bare, at)), None)
    if first is None:
        return [""] * len(bare)
    bars, outer = bare[first].count("|"), _is_enclosed(bare[first])

    def is_rule(at: int) -> bool:
        return bool((RULE_BELOW_NAMES if at == first + 1 else RULE).fullmatch(bare[at]))

    def is_row(at: int) -> bool:
        return bare[at].count("|") == bars and (_is_enclosed(bare[at]) or not outer) and not is_rule(at)

    rows = [at for at in range(first, len(bare)) if is_row(at)]
    last = max(rows)
    made = [""] * len(bare)
    for at in rows:
        if at == first or bare[at] != bare[first]:
            made[at] = "|".join(map(str.strip, (bare[at][1:-1] if outer else bare[at]).split("|")))
    for at in range(first, len(bare)):
        within = at < last or "|" in bare[at]
        if within and bare[at] and not is_row(at) and not is_rule(at):
            raise DataError(f"{name}: line {at + 1}, {bare[at][:40]!r}, is no row of the table between bars: mend it.")
    return made


def _begins(bare: list[str], at: int) -> bool:
    """Whether the names of a table stand in a line: between bars, or above a rule of as many parts."""
    if _is_enclosed(bare[at]):
        return not RULE_BELOW_NAMES.fullmatch(bare[at])
    below = bare[at + 1] if at + 1 < len(bare) else ""
    return bool(RULE_WITHIN.fullmatch(below)) and below.count("+") + below.count("|") == bare[at].count("|")


def _is_enclosed(line: str) -> bool:
    return len(line) > 1 and line[0] == line[-1] == "|"


def note_on_one_column(text: str, *, cut: bool) -> list[str]:
    """How to read a file that was left with one column, by what is repeated in each of its first lines."""
    lines = _first(text, cut)
    if len(lines) < 2:
        return []
    if all(map(LINE_IN_QUOTES.fullmatch, lines)) and any(_is_repeated(mark, lines) for mark in FIELD_MARKS):
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
    if mark is None or (mark == ":" and all(re.search(r"\d:\d\d", line) for line in lines[1:])):  # of a time
        return []
    if all(line.count(mark) == 2 * line.count(2 * mark) for line in lines):
        mark *= 2
        return [f"{ONE}: where '{mark}' separates several, pass {override('read.sep', re.escape(mark))}"]
    sep = mark if mark.isprintable() else f"\\x{ord(mark):02x}"
    return [f"{ONE}: where '{sep}' separates several, pass {override('read.sep', sep)}"]


def _is_repeated(mark: str, lines: list[str]) -> bool:
    return mark in lines[0] and len({line.count(mark) for line in lines}) == 1


def _first(text: str, cut: bool) -> list[str]:
    """The first lines that hold something, but for the last of a text that is cut."""
    lines = [line.strip() for line in LINE_ENDS.split(text)[:50] if line.strip()]
    return lines[:-1] if cut else lines
