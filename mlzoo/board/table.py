"""The leaderboard as people read it: its columns as text, and those of them that a terminal has room for."""

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mlzoo import text
from mlzoo.board.leaderboard import COLUMNS, Row, best, sorting
from mlzoo.errors import listed

ESSENTIAL = 5  # the answer: columns that need less come after the rows' names
WORD = 0.35  # of the terminal: a word of a row's name that takes more of it is folded too
NAME = 10  # which a row's name has room for on the narrowest terminal
GAP = 2  # blanks between two columns
HEADING = 20  # up to which a heading stays in one line
WORDS = 36  # of a heading, such as a metric of one's own, are shortened from here on; all of scikit-learn's are not
SHOWS = {  # heading: the leaderboard's columns that it shows, where it is not named like them
    "to best": ("gap",),
    "to best 95 %": ("gap_low", "gap_high"),
    "to dummy": ("baseline_gap",),
    "test 95 %": ("test_low", "test_high"),
    "test p": ("test_p", "test_won", "test_lost"),
    "worse/same/better": ("worse", "equivalent", "better"),
    "fit s": ("fit_s",),
    "predict s": ("predict_s",),
}


@dataclass(frozen=True)
class Column:
    """A column of the leaderboard, as text.

    Attributes
    ----------
    need : int
        0: always shown; the others as long as there is room, the least first.
    title : str
        Its heading.
    cells : list of str
        Of the rows, in their order, and of the dummy.
    right : bool
        Whether it holds numbers, which are aligned to the right.
    """

    need: int
    title: str
    cells: list[str]
    right: bool = True


def columns(rows: Sequence[Row], dummy: Row | None = None) -> list[Column]:
    """The columns in their order, without those that are empty."""
    if "mean_rank" in rows[0]:
        return over_sets(rows)
    first, metric = best(rows), next((row["metric"] for row in rows if row["metric"]), "score")
    ties = sum(bool(row["tied"]) for row in rows) > 1
    lines = [*rows, *([dummy] if dummy else [])]

    def of(need: int, title: str, tell: Callable[[Row], str], *, right: bool = True) -> Column:
        return Column(need, title, [tell(line) for line in lines], right)

    def unless(itself: Row | None, tell: Callable[[Row], str]) -> Callable[[Row], str]:
        return lambda row: "" if row is itself else tell(row)

    def counted(key: str) -> Callable[[Row], str]:
        some = key == "trials" or any(row[key] for row in rows)
        return lambda row: "" if row[key] is None or not some else text.count(row[key])

    def scored(key: str, *, sign: bool = False) -> Callable[[Row], str]:
        return lambda row: _score(row[key], text.decimals(row["cv_mean"], row[key]) if sign else 4, sign=sign)

    def timed(key: str) -> Callable[[Row], str]:
        return lambda row: text.if_known("", text.seconds(row[key]))

    ended = all(row["status"] == "done" for row in rows)
    folded = any(row["rank"] and not row["optimistic"] for row in rows) or not any(row["rank"] for row in rows)
    found = [
        of(0, "rank", unless(dummy, lambda row: str(row["rank"] or "-"))),
        of(0, "row", lambda row: row["row"] + (" (optimistic)" if row["optimistic"] else ""), right=False),
        of(0, f"{metric} {'over folds' if folded else 'on the test split'}", _over_folds, right=False),
        of(2, "to best", unless(first, lambda row: _to_best(row)[0])),
        of(16, "to best 95 %", unless(first, lambda row: _to_best(row)[1])),
        of(3, "p", unless(first, lambda row: text.if_known("", text.p_value(row["p"])))),
        of(4, "tied", lambda row: "yes" if ties and row["tied"] else "", right=False),
        *([of(5, "test", lambda row: _estimate(row, "test", "test")[0])] if folded else []),
        of(12, "test 95 %", lambda row: _estimate(row, "test", "test")[1]),
        of(7, "trials", counted("trials")),
        of(10, "raced", counted("raced")),
        of(11, "failed", counted("failed")),
        of(8, "fit s", timed("fit_s")),
        of(9, "to dummy", unless(dummy, scored("baseline_gap", sign=True))),
        of(13, "predict s", timed("predict_s")),
        of(15, "test p", unless(first, _on_test)),
        of(14, "worse/same/better", unless(first, _in_practice)),
        *(of(17, key, scored(key)) for key in rows[0] if key not in COLUMNS),
        of(6, "status", unless(dummy, lambda row: "" if ended else row["status"]), right=False),
    ]
    return [column for column in found if column.need == 0 or any(column.cells)]


def _on_test(row: Row) -> str:
    """The p-value of the test split, and the rows that this row alone, and the best row alone, got right."""
    return "" if row["test_p"] is None else f"{text.p_value(row['test_p'])} ({row['test_won']}:{row['test_lost']})"


def over_sets(rows: Sequence[Row]) -> list[Column]:
    """The columns of a board over several data sets: the ranks, not the scores."""
    incomplete = any(row["status"] != "done" for row in rows)
    ties = sum(bool(row["tied"]) for row in rows) > 1
    names = [key.removeprefix("rank_") for key in rows[0] if key.startswith("rank_")]
    told = [f"{row['row']}{' (optimistic)' if row['optimistic'] else ''}" for row in rows]
    first = best(rows)
    found = [
        Column(0, "rank", [str(row["rank"] or "-") for row in rows]),
        Column(0, "row", told, right=False),
        Column(0, "mean rank", [_score(row["mean_rank"], 2) for row in rows]),
        Column(2, "p", ["" if row is first else text.if_known("", text.p_value(row["p"])) for row in rows]),
        Column(3, "tied", ["yes" if ties and row["tied"] else "" for row in rows], right=False),
        *(Column(4, name, [text.if_known("", text.rank(row[f"rank_{name}"])) for row in rows]) for name in names),
        Column(1, "sets", [f"{row['sets']} of {len(names)}" if incomplete else "" for row in rows]),
    ]
    return [column for column in found if column.need == 0 or any(column.cells)]


def _score(value: float | None, digits: int = 4, *, sign: bool = False) -> str:
    """A score; nothing where it is not known."""
    return text.if_known("", text.score(value, digits, sign=sign))


def _estimate(row: Row, key: str, part: str) -> tuple[str, str]:
    """A score and its interval, which is over the folds or of the test split; nothing for what is not known."""
    told, interval = text.estimate(row[key], row[f"{part}_low"], row[f"{part}_high"], 3)
    return text.if_known("", told), text.if_known("", interval)


def _over_folds(row: Row) -> str:
    """The mean with its interval; with the spread over the folds, where there is none."""
    spread = _score(row["cv_sd"], text.decimals(row["cv_mean"], row["cv_sd"]))
    mean, within = _estimate(row, "cv_mean", "test" if row["optimistic"] else "cv")
    return f"{mean} ({within})" if within and not row["optimistic"] else f"{mean} ± {spread}" if spread else mean


def _to_best(row: Row) -> tuple[str, str]:
    """The difference to the best and its interval; no interval where that is the same on every fold."""
    gap, within = text.estimate(row["gap"], row["gap_low"], row["gap_high"], sign=True, like=row["cv_mean"])
    return text.if_known("", gap), "" if row["gap_low"] == row["gap_high"] else text.if_known("", within)


def _in_practice(row: Row) -> str:
    """Probabilities of being worse than the best, the same and better in practice."""
    parts = [text.plain(row[key]) for key in ("worse", "equivalent", "better")]
    return "" if None in parts else "/".join(map(str, text.whole_shares(parts))) + " %"


# -- for a terminal -----------------------------------------------------------------------------------------------


def to_text(
    rows: Sequence[Row],
    *,
    width: int,
    dummy: Row | None = None,
    sentence: str = "",
    notes: Sequence[str] = (),
    place: str = "",
    page: bool = True,
    sort: str | None = None,
) -> str:
    """The leaderboard for a terminal: what there is room for, what else there is, the answer, and what else is known.

    Parameters
    ----------
    rows : sequence of dict
        The leaderboard's.
    width : int
        Columns of the terminal.
    dummy : dict, optional
        The row of the baseline, which stands below a rule.
    sentence : str
        The answer.
    notes : sequence of str
        What else must be known.
    place : str
        What stands before the names of the files that hold all columns.
    page : bool
        Whether `report.html` is one of them.
    sort : str, optional
        The column that the rows are ordered by: it is shown before others.
    """
    found = columns(rows, dummy)
    if sort is not None:
        key = sorting(rows[0], sort)
        heading = next((title for title, keys in SHOWS.items() if key in keys), key.removeprefix("rank_"))
        found = [replace(one, need=min(one.need, 1)) if one.title == heading else one for one in found]
    shown, name_width = fitted(found, width)
    lines = _drawn(shown, name_width)
    if dummy:
        lines.insert(len(lines) - 1, "-" * max(map(len, lines)))
    absent = [column.title for column in sorted(found, key=lambda one: one.need) if column not in shown]
    if absent:
        parts = [listed(absent, most) for most in range(len(absent), 0, -1)]
        files = f"{place}leaderboard.csv{f' and {place}report.html' * page}"
        told = [f"More in {files}: {part}." for part in parts]
        lines.append(next((line for line in told if len(line) <= width), told[-1]))
    return "\n".join([*lines, *(line for one in (sentence, *notes) for line in textwrap.wrap(one, width))])


def fitted(found: Sequence[Column], width: int) -> tuple[list[Column], int]:
    """The columns that there is room for, and the width of the rows' names.

    A name stays in one line, unless the answer has no room beside it: then it is folded between its words.
    """
    names = next(column for column in found if column.title == "row").cells
    longest, word = max(map(_width, names)), max(_width(part) for name in names for part in name.split())
    word = min(word, max(NAME, int(WORD * width)))
    essential = [column for column in found if column.need <= ESSENTIAL]
    shown, room = _filled(found, width - longest)
    narrow, left = _filled(essential, width - word)
    if room >= 0 and sum(column in shown for column in essential) >= len(narrow):
        return shown, longest
    return narrow, max(min(longest, word + left), NAME)


def _filled(found: Sequence[Column], room: int) -> tuple[list[Column], int]:
    """The columns that have room beside the names, and what room is left."""
    kept: list[Column] = []
    short = False
    for column in sorted(found, key=lambda one: one.need):
        taken = 0 if column.title == "row" else GAP + max(_width(line) for line in [*_heading(column), *column.cells])
        if column.need == 0 or (taken <= room and not (short and column.need > ESSENTIAL)):
            kept.append(column)
            room -= taken
        else:
            short = True  # nothing that says less takes the room of a part of the answer
    return [column for column in found if column in kept], room


def _heading(column: Column) -> list[str]:
    widest = max(HEADING, *map(_width, column.cells))
    title = " ".join(text.short(word, WORDS) for word in column.title.split())
    return textwrap.wrap(title, widest, break_long_words=False, break_on_hyphens=False)


def _width(line: str) -> int:
    """Columns of a terminal; some signs take two."""
    from rich.cells import cell_len

    return cell_len(line)


def _drawn(shown: Sequence[Column], name_width: int) -> list[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in shown:
        fixed = {"width": name_width} if column.title == "row" else {"no_wrap": True}
        heading, side = Text("\n".join(_heading(column))), "right" if column.right else "left"
        table.add_column(heading, justify=side, overflow="fold", **fixed)  # type: ignore[arg-type]
    for cells in zip(*(column.cells for column in shown), strict=True):
        table.add_row(*map(Text, cells))
    stream = io.StringIO()
    Console(file=stream, width=10_000, no_color=True, highlight=False).print(table)
    return [line.rstrip() for line in stream.getvalue().splitlines()]
