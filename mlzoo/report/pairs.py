"""The matrix of every row against every other."""

import math
from itertools import combinations
from typing import Any

from mlzoo import text
from mlzoo.board.comparison import Comparison
from mlzoo.report.look import DIVERGING, MAX_PAIRS, MAX_TEXTS, PALE, Figure, figure, heatmap, matrix_axes, sized, tall
from mlzoo.report.terms import labels, named_by
from mlzoo.stats.paired import ALPHA, Pairs


def _of_pair(comparison: Comparison, found: Pairs, i: int, j: int) -> str:
    """What is said of two rows: names, difference, interval, p."""
    one, other = (text.shown(comparison.names[at], 60) for at in (i, j))
    if i == j:
        return one
    gap, interval = text.estimate(found.difference[i, j], found.low[i, j], found.high[i, j], sign=True)
    lines = [f"{one} − {other}", gap + text.if_known(", 95 % ", interval)]
    return "<br>".join([*lines, f"p = {text.p_value(found.adjusted[i, j])} (Holm)"])


def _in_pair(found: Pairs, i: int, j: int, few: bool) -> str:
    """What stands in a cell: the difference where there is room for numbers, and a star where it is one."""
    if i == j:
        return ""
    if not few:
        return "*" if differ(found, i, j) else ""
    star = " *" if differ(found, i, j) else "\u00a0\u00a0"  # as wide, so that all numbers get the same size
    return f"{text.score(found.difference[i, j], sign=True)}{star}"


def differ(found: Pairs, i: int, j: int) -> bool:
    """Whether two rows differ at the 5 % level after Holm's correction."""
    return i != j and bool(found.adjusted[i, j] <= ALPHA)


def of_pairs(apart: int, number: int) -> str:
    """How many of some pairs of rows differ."""
    level = "at the 5 % level after Holm's correction"
    if number == 1:
        return f"The two rows {'differ' if apart else 'do not differ'} {level}{' (*)' if apart else ''}"
    if not apart:
        return f"None of {number:,} pairs differs {level}"
    return f"{apart:,} of {number:,} pairs {'differs' if apart == 1 else 'differ'} {level} (*)"


def _tested(comparison: Comparison, found: Pairs, names: list[str]) -> str:
    """How many pairs differ of those that were tested: rows that count as one are one in Holm's correction too."""
    own = [at for at, name in enumerate(names) if name not in comparison.repeats]
    if len(own) == 1:
        return "These rows count as one."
    if math.isnan(found.adjusted[own[0], own[1]]):
        return "Of one fold no pair can be tested."
    tested = list(combinations(own, 2))
    apart = sum(differ(found, i, j) for i, j in tested)
    pale = ", the others are pale" if apart else ": all are pale" if len(names) > 2 else ""
    once = " Rows that count as one are counted once." if len(own) < len(names) else ""
    return f"{of_pairs(apart, len(tested))}{pale if apart < len(tested) else ''}.{once}"


def pairs(comparison: Comparison) -> Figure | None:
    """Every row against every other: mean differences and adjusted p-values."""
    found, names = comparison.pairs, comparison.names[:MAX_PAIRS]
    if found is None or len(names) < 2:
        return None
    few = len(names) <= MAX_TEXTS
    named = labels(comparison)
    shown = [named[name] for name in names]
    note = f"Row minus column, in {comparison.metric}. "
    if len(names) < len(comparison.names):
        note += f"The first {len(names)} of {len(comparison.names)} rows. "
    note += _tested(comparison, found, names) + named_by(comparison)
    cells, height = _cells(comparison, found, len(names), few), tall(len(names), 34 if few else 20, 70)
    one = figure("pairs", "Every row against every other", note, cells, matrix_axes(shown, shown, "minus"), height)
    return sized(one, shown, shown, least=60 if few else 17, most=100 if few else 28)


def _cells(comparison: Comparison, found: Pairs, rows: int, few: bool) -> list[dict[str, Any]]:
    """The cells of the matrix, pale, and over them those that differ, in full colour."""
    size = range(rows)
    apart = [[differ(found, i, j) for j in size] for i in size]
    z = [[None if i == j else text.plain(found.difference[i, j]) for j in size] for i in size]
    said = [[_in_pair(found, i, j, few) for j in size] for i in size]
    places = {row["row"]: at for at, row in enumerate(comparison.rows)}
    below = {
        "customdata": [[places.get(comparison.names[i]) for _ in size] for i in size],
        "hovertext": [[_of_pair(comparison, found, i, j) for j in size] for i in size],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    widest = max(_widest(z), 2 * comparison.rope)
    pale = _layer(z, _where(apart, said, "", but=True), PALE, widest, **below)
    marked = _where(apart, z, None), _where(apart, said, "")
    return [pale, _layer(*marked, DIVERGING, widest, bar=not few, hoverinfo="skip")]


def _where(apart: list[list[bool]], cells: list[list[Any]], other: Any, *, but: bool = False) -> list[list[Any]]:
    """The cells of rows that differ, or all but them."""
    return [
        [cell if here is not but else other for here, cell in zip(*lines, strict=True)]
        for lines in zip(apart, cells, strict=True)
    ]


def _widest(z: list[list[Any]]) -> float:
    return max((abs(value) for line in z for value in line if text.is_number(value)), default=0.0) or 1.0


def _layer(
    z: list[list[Any]], said: list[list[str]], scale: list[list[Any]], widest: float, **more: Any
) -> dict[str, Any]:
    size = range(len(z))
    return heatmap(size, size, z, (-widest, widest), scale, gap=2, text=said, texttemplate="%{text}", **more)
