"""Charts of the scores on every fold: each row's own, and their differences to the first row's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlzoo import text
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import Row
from mlzoo.errors import listed
from mlzoo.report.look import Figure, axis, figure, names_axis, tall, vertical
from mlzoo.report.terms import first_of, labels, named_by, optimistic, ranked

FEW = 12, 20  # rows and folds, whose lines from row to row can be told apart
MEAN = {"size": 7, "symbol": "diamond", "color": "@ink"}  # small enough for the dots and its interval to be seen
CHOSEN = {  # how dots of the fold that is pointed at look, and those of the others
    "selected": {"marker": {"color": "@s1", "opacity": 1}},
    "unselected": {"marker": {"opacity": 0.15}},
}


def fold_scores(comparison: Comparison, at: int) -> list[float]:
    """The scores of a row, one for each fold."""
    scores = (comparison.records[at].content.get("cv") or {}).get(comparison.metric) or []
    return [float("nan") if score is None else float(score) for score in scores]


def folds(comparison: Comparison) -> Figure:
    """Every fold's score of every row, with the mean and its interval."""
    order = ranked(comparison)
    rows, named = [comparison.rows[at] for at in order], labels(comparison)
    scores = [fold_scores(comparison, at) for at in order]
    ends = [(row.get("cv_low"), row.get("cv_high")) for row in rows]
    dots, diamonds = _dots_and_means(comparison, order, scores, [row["cv_mean"] for row in rows], ends)
    # of what is pointed at the page marks all of the same fold
    dots |= CHOSEN | {"meta": [fold for of in scores for fold, score in enumerate(of) if np.isfinite(score)]}
    layout: dict[str, Any] = {
        "xaxis": axis(text.short(comparison.metric)),
        "yaxis": names_axis([named[row["row"]] for row in rows]),
    }
    base = text.plain(comparison.dummy.get("cv_mean")) if comparison.dummy else None
    layout["shapes"], of_dummy = (
        ([], "") if base is None else _dummy(base, dots, diamonds, "score" if optimistic(comparison) else "mean")
    )
    if optimistic(comparison):
        note = "The score of each row on the test split, by which it was chosen." + of_dummy + named_by(comparison)
        return figure("folds", "Scores on the test split", note, [dots], layout, tall(len(rows)))
    lines = _lines(scores)
    data = [dots, diamonds, *([lines] if lines else [])]
    note = _of_folds(comparison, order, bool(lines)) + of_dummy + named_by(comparison)
    return figure("folds", "Fold scores", note, data, layout, tall(len(rows)))


def _dots_and_means(
    comparison: Comparison,
    order: Sequence[int],
    values: Sequence[Sequence[float]],
    means: Sequence[float],
    ends: Sequence[tuple[Any, Any]],
    *,
    sign: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dot for the value of each row on each fold, and a diamond for its mean with the interval."""
    whole, unfair = [text.shown(comparison.rows[at]["row"], 60) for at in order], optimistic(comparison)
    known = [(at, fold, value) for at, of in enumerate(values) for fold, value in enumerate(of) if np.isfinite(value)]
    told = [", 95 % ".join(text.estimate(mean, *pair, sign=sign)) for mean, pair in zip(means, ends, strict=True)]
    both = {"type": "scatter", "mode": "markers", "hovertemplate": "%{text}<extra></extra>"}
    dots = {
        "x": text.rounded([value for _, _, value in known], 6),
        "y": [at for at, _, _ in known],
        "customdata": [order[at] for at, _, _ in known],
        "text": [
            f"{whole[at]}<br>{'test split' if unfair else f'fold {fold + 1}'}: {text.score(value, sign=sign)}"
            for at, fold, value in known
        ],
        "marker": {
            "size": 7,
            "color": "@accent",
            "opacity": 1 if len(known) <= len(values) else 0.45,
            "line": {"width": 0},
        },
    }
    diamonds = {
        "x": text.rounded(means, 6),
        "y": list(range(len(means))),
        "customdata": list(order),
        "text": [f"{label}<br>mean {of}" for label, of in zip(whole, told, strict=True)],
        "marker": MEAN,
        "error_x": _errors(means, ends),
    }
    return both | dots, both | diamonds


def _dummy(base: float, dots: dict[str, Any], diamonds: dict[str, Any], what: str) -> tuple[list[dict[str, Any]], str]:
    """The line of the dummy, and what is said of it: none where it would squeeze all scores into half of the width."""
    drawn = [value for value in [*dots["x"], *diamonds["x"]] if value is not None]
    low, high = min(drawn, default=base), max(drawn, default=base)
    if high == low or max(low - base, base - high) <= high - low:
        return [vertical(base, "@bad")], f" The dummy's {what} is the dotted line, {text.score(base)}."
    return [], f" The dummy's {what} lies far to the {'left' if base < low else 'right'}, at {text.score(base)}."


def _lines(scores: Sequence[Sequence[float]]) -> dict[str, Any] | None:
    """A line for each fold, from row to row: scores on the same fold belong together."""
    if not (2 <= len(scores) <= FEW[0] and 2 <= len(scores[0]) <= FEW[1]):
        return None
    x = [value for of_fold in zip(*scores, strict=True) for value in [*of_fold, float("nan")]]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": text.rounded(x, 6),
        "y": [*range(len(scores)), None] * len(scores[0]),
        "line": {"color": "@faint", "width": 0.8},
        "opacity": 0.6,
        "hoverinfo": "skip",
        "zorder": -1,  # behind the dots
    }


def _of_folds(comparison: Comparison, order: Sequence[int], lines: bool) -> str:
    """What the chart of the fold scores shows."""
    number = len(fold_scores(comparison, order[0]))
    known = any(text.is_number(comparison.rows[at].get("cv_low")) for at in order)
    around = " with its 95 % interval" if known else ""
    many = f"The {number} folds" if number != 1 else "The one score"
    note = f"{many} of each row as dots, their mean{around} as a diamond."
    if lines:
        note += " A thin line joins the scores on one fold."
    if number > 1 and len(order) > 1:
        note += " Pointing at a dot marks its fold in every row."
    return note


def _errors(middle: Sequence[Any], ends: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Error bars to both ends; none where an end is not known."""
    known = [all(map(text.is_number, (at, *pair))) for at, pair in zip(middle, ends, strict=True)]
    both = list(zip(middle, ends, known, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "color": "@ink",
        "thickness": 1.5,
        "width": 4,
        "array": [max(0.0, high - at) if there else 0 for at, (_, high), there in both],
        "arrayminus": [max(0.0, at - low) if there else 0 for at, (low, _), there in both],
    }


def differences(comparison: Comparison) -> Figure | None:
    """Of every row the differences to the first on the same folds, their mean and interval, and the ROPE."""
    order = ranked(comparison)
    if len(order) < 2:
        return None
    first = np.array(fold_scores(comparison, order[0]))
    others = order[1:]
    gaps = [(np.array(fold_scores(comparison, at)) - first).tolist() for at in others]
    rows, named = [comparison.rows[at] for at in others], labels(comparison)
    means = [float(np.mean(of)) for of in gaps]
    leader = comparison.rows[order[0]]["row"]
    ends = [_ends(comparison, row["row"], leader) for row in rows]
    band, of_band = _rope_band(comparison.rope)
    layout = {
        "xaxis": axis(f"difference in {text.short(comparison.metric)}", zeroline=False),
        "yaxis": names_axis([named[row["row"]] for row in rows]),
        "shapes": [vertical(0, "@muted", "solid"), *band],
    }
    title = f"Differences to the {first_of(optimistic(comparison))}"
    note = _of_differences(comparison, leader, rows) + of_band + named_by(comparison)
    dots, diamonds = _dots_and_means(comparison, others, gaps, means, ends, sign=True)
    data = [dots] if optimistic(comparison) else [dots, diamonds]
    return figure("differences", title, note, data, layout, tall(len(rows)))


def _of_differences(comparison: Comparison, first: str, rows: Sequence[Row]) -> str:
    """What the chart of the differences shows."""
    where = "test split" if optimistic(comparison) else "same fold"
    note = f"Each row minus {first} on the {where}; left of the line it is worse."
    tied = [row["row"] for row in rows if row.get("tied") and row["row"] not in comparison.repeats]
    return f"{note} Not told apart from the {first_of(optimistic(comparison))}: {listed(tied)}." if tied else note


def _rope_band(rope: float) -> tuple[list[dict[str, Any]], str]:
    """The band of differences that do not matter, and what is said of it."""
    if rope <= 0:
        return [], ""
    place = {"x0": -rope, "x1": rope, "yref": "paper", "y0": 0, "y1": 1}
    band = {"type": "rect", **place, "fillcolor": "@band", "line": {"width": 0}, "layer": "below"}
    return [band], f" Within the band (±\u00a0{text.width(rope)}) two rows count as the same in practice."


def _ends(comparison: Comparison, name: str, best: str) -> tuple[Any, Any]:
    """The interval of a row's difference to the best."""
    names, found = comparison.names, comparison.pairs
    if found is None or not {name, best} <= set(names):
        return None, None
    at = names.index(name), names.index(best)
    return text.plain(found.low[at]), text.plain(found.high[at])
