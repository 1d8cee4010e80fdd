"""A table as it was read: what of its text is numbers, what is told of it, whether its signs are those of others."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from mlzoo.errors import DataError
from mlzoo.grammar import kind_override
from mlzoo.reading import frames
from mlzoo.reading.decimals import DecimalMark
from mlzoo.reading.numerals import Found, shortened, take_numbers
from mlzoo.reading.options import check_options

MIXED = "is text in some of the files and none in others: read as text"


@dataclass(frozen=True)
class Source:
    """A table as it was read.

    Attributes
    ----------
    frame : DataFrame
        All its columns.
    name : str
        The path or the `_target_`, or what that has put into the frame's `attrs` as `source`.
    sha256 : str
        Of the file's bytes, or of the frame's values.
    notes : list of str
        What was found out about the file and may surprise.
    words : dict
        By column, what stands in the file and was read as missing, such as None or `?`.
    decimal : str or None
        The decimal mark of a CSV file.
    signs : dict
        By column of numbers, the sign that was left out and a value that has it, such as % and 47%.
    points : dict
        By column, the decimal mark of its numbers where it is not that of the file; between commas, of all columns
        that have one.
    dotted : dict
        By column with points between thousands, its decimal mark, by which 1.234 in a DataFrame is no float made text;
        a file shows its own.
    of_text : bool
        Whether it was read from text files, in which all numbers are written.
    guessed : frozenset of str
        Columns whose numbers have not shown the mark that `points` holds.
    blank : frozenset of str
        Columns of a typed table in which empty or blank text stood for a missing value.
    ends : tuple of int
        Of a table in parts, the number of the row that ends each.
    sums : dict
        By the number of a row that ends a part or the table, the columns in which it holds the sum of the others.
    """

    frame: pd.DataFrame
    name: str = ""
    sha256: str = ""
    notes: list[str] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=dict)
    decimal: str | None = None
    signs: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, str] = field(default_factory=dict)
    dotted: dict[str, str] = field(default_factory=dict)
    of_text: bool = False
    guessed: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    ends: tuple[int, ...] = ()
    sums: Mapping[int, list[str]] = field(default_factory=dict)

    def written(self, column: str) -> tuple[str, str] | None:
        """The sign at the numbers of a column, which may be none, and one of them.

        None where it holds no numbers, or zeros alone, which are the same with any sign and without.
        """
        values = self.frame[column]
        at = values.first_valid_index()
        if at is None or not pd.api.types.is_numeric_dtype(values) or not values.any():
            return None
        value = values.loc[at]
        plain = f"{value:.15g}".replace(".", self.decimal or ".") if isinstance(value, float) else str(value)
        return self.signs.get(column) or ("", plain)


def with_numbers(
    source: Source,
    given: Any,
    kept: Container[str],
    numbers: Container[str] = (),
    points: Mapping[str, str] | None = None,
    target: str | None = None,
    *,
    by_hand: bool = True,
    decimal: str | None = None,
) -> Source:
    """A table that has types of its own, as `frames.with_numbers` reads it; the options are those of `files.read`.

    Raises
    ------
    ConfigError
        If `read.na_values` is none that can be given.
    """
    check_options({"na_values": given})
    source = without_blanks(source)
    frame, found = frames.with_numbers(source.frame, given, kept, numbers, points or {}, decimal, source.blank)
    made = [name for name in source.blank if frames.is_text(source.frame[name]) and not frames.is_text(frame[name])]
    made = [name for name in frame if name in made and name not in numbers] if by_hand else []
    but = {name: f", but with {kind_override('category', name)}" for name in made if name != target}
    told = [f"the column {name!r} is text of numbers and blanks: read as numbers{but.get(name, '')}" for name in made]
    untrue = {f"the column {name!r} {MIXED}" for name in made}
    before = [note for note in source.notes if note not in untrue]
    return _told(replace(source, frame=frame, notes=[*before, *shortened(told)]), found, ".", target, by_hand=by_hand)


def without_blanks(source: Source) -> Source:
    """A table as `frames.without_blanks` has it, and a note on it."""
    frame, names = frames.without_blanks(source.frame)
    if not names:
        return source
    notes = [*source.notes, *frames.notes_on_blanks(names)]
    return replace(source, frame=frame, notes=notes, blank=source.blank | {*names})


def told_again(
    left: Source,
    whole: Source,
    kept: Container[str],
    numbers: Container[str] = (),
    points: Mapping[str, str] | None = None,
    target: str | None = None,
) -> Source:
    """What is left of a text file, with numbers in the columns that were text for rows that are no longer there.

    Such are the lines below a table, of sums or of how many rows there are. Columns that are `kept`, and codes with
    leading zeros, stay text; `numbers` and `points` are those of `files.read`.
    """
    if not left.of_text:
        return left
    gone = whole.frame.loc[whole.frame.index.difference(left.frame.index)]
    names = [name for name in left.frame.columns if frames.is_text(left.frame[name]) and name not in kept]
    names = [name for name in names if pd.to_numeric(gone[name].dropna(), errors="coerce").isna().any()]
    padded = [name for name in names if left.frame[name].str.fullmatch(r"0\d+").any()]
    mark, part = left.decimal or ".", left.frame[names].copy()
    found = take_numbers(part, DecimalMark(mark), padded, numbers, points or {})
    made = [name for name in names if not frames.is_text(part[name])]
    frame = left.frame.assign(**{name: part[name] for name in made}) if made else left.frame
    return _told(replace(left, frame=frame), found, mark, target)


def _told(source: Source, found: Found, mark: str, target: str | None, *, by_hand: bool = True) -> Source:
    """A table with what was found out while numbers were made of its columns; `mark` is its decimal mark."""
    return replace(
        source,
        notes=[*source.notes, *found.notes(target, by_hand=by_hand)],
        words={**source.words, **found.marks},
        signs={**source.signs, **{column: (sign, text) for column, (sign, text, _) in found.signs.items()}},
        points={**source.points, **found.other_marks(mark)},
        dotted={**source.dotted, **found.dotted},
    )


def gist(note: str) -> str:
    """A note without its example, its advice and the part of the table that it is on."""
    note = re.sub(r" \(in [^()]*\)$", "", note)
    return re.split(r", as in | is left out: | '[^']*' is read as (?=-)| \(read\.", note)[0]


def together(parts: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """The notes on the parts of a table, by their names: what is alike once, with the parts where it is not of all."""
    found: dict[str, dict[int, str]] = {}
    for number, (_, notes) in enumerate(parts):
        for note in notes:
            found.setdefault(gist(note), {}).setdefault(number, note)
    made = []
    for alike in found.values():
        first, *others = alike
        where = f" (in {parts[first][0]}{f' and {len(others)} more' if others else ''})"
        made.append(alike[first] + where * (len(alike) < len(parts)))
    return made


def check_signs(sources: Iterable[Source], columns: Iterable[str]) -> None:
    """Refuse a column whose numbers have a sign in one table, and another or none in another one: 47% is read as 47.

    Raises
    ------
    DataError
        With the column, the tables and a value of each.
    """
    for column in columns:
        found = [(source, written) for source in sources if (written := source.written(column))]
        for source, (sign, text) in found[1:]:
            first, (other, value) = found[0]
            if sign != other:
                raise DataError(
                    f"The column {column!r} holds {value!r} in {first.name}, but {text!r} in {source.name}: the signs "
                    "of numbers are left out, so write them alike in all files."
                )


def signs_missed(
    source: Source, told: Mapping[str, Sequence[str]], columns: Iterable[str], *, written: bool
) -> list[str]:
    """Notes on columns whose numbers have no sign, where those of the train split have the one that the record `told`.

    Raises
    ------
    DataError
        If they have another sign than those, or, where the numbers are `written` in a text file, none.
    """
    notes = []
    for column in columns:
        (sign, text), (other, value) = source.written(column) or ("", ""), told.get(column, ("", ""))
        had = f"numbers such as {value!r}" if other else "numbers without a sign"
        if sign != other and (sign or (text and written)):
            raise DataError(
                f"{source.name}: the column {column!r} holds {text!r}, but {had} in the train split: write it as "
                "there, or hand a DataFrame of the numbers themselves to mlzoo.predict."
            )
        if text and other and not sign:
            percent = f"{value!r} is {value.replace('%', '').strip()} here; multiply by 100 where these are shares"
            meant = percent if other == "%" else f"make sure that these too are meant in {other}"
            notes.append(f"the column {column!r} holds {text} without a sign, and {had} in the train split: {meant}")
    return notes
