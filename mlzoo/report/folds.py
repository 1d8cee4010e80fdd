"""Charts of the scores on every fold: each row's own, and their differences to the first row's."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlzoo import text
from mlzoo.comparison import Comparison
from mlzoo.errors import listed
from mlzoo.leaderboard import Row
from mlzoo.report.look import Figure, axis, figure, names_axis, tall, vertical
from mlzoo.report.terms import first_of, optimistic, ranked

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
    rows = [comparison.rows[at] for at in order]
    dots = [(place, fold, value) for place, at in enumerate(order) for fold, value in _numbered(comparison, at)]
    labels = [text.shown(row["row"], 60) for row in rows]
    spread = {
        "type": "scatter",
        "mode": "markers",
        "x": text.rounded([dot[2] for dot in dots], 6),
        "y": [dot[0] for dot in dots],
        "customdata": [order[dot[0]] for dot in dots],
        "meta": [dot[1] for dot in dots],  # the page marks those that are equal
        **CHOSEN,
        "text": [f"{labels[dot[0]]}<br>{_where(comparison, dot[1])}: {text.score(dot[2])}" for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 7, "color": "@accent", "opacity": 0.45, "line": {"width": 0}},
    }
    means = {
        "type": "scatter",
        "mode": "markers",
        "x": [row["cv_mean"] for row in rows],
        "y": list(range(len(rows))),
        "customdata": order,
        "hovertemplate": "%{text}<extra></extra>",
        "text": [
            f"{label}<br>mean {', 95 % '.join(text.estimate(row['cv_mean'], row.get('cv_low'), row.get('cv_high')))}"
            for label, row in zip(labels, rows, strict=True)
        ],
        "marker": MEAN,
        "error_x": _errors([row["cv_mean"] for row in rows], [(row.get("cv_low"), row.get("cv_high")) for row in rows]),
    }
    layout = {
        "xaxis": axis(text.short(comparison.metric)),
        "yaxis": names_axis([row["row"] for row in rows]),
        "shapes": _dummy_line(comparison),
    }
    if optimistic(comparison):
        note = "The score of each row on the test split, by which it was chosen."
        return figure("folds", "Scores on the test split", note, [spread], layout, tall(len(rows)))
    lines = _lines(comparison, order)
    data = [spread, means, *([lines] if lines else [])]
    return figure("folds", "Fold scores", _of_folds(comparison, order, bool(lines)), data, layout, tall(len(rows)))


def _dummy_line(comparison: Comparison) -> list[dict[str, Any]]:
    base = text.plain(comparison.dummy.get("cv_mean")) if comparison.dummy else None
    return [] if base is None else [vertical(float(base), "@bad")]


def _lines(comparison: Comparison, order: Sequence[int]) -> dict[str, Any] | None:
    """A line for each fold, from row to row: scores on the same fold belong together."""
    scores = [fold_scores(comparison, at) for at in order]
    if not (2 <= len(order) <= FEW[0] and 2 <= len(scores[0]) <= FEW[1]):
        return None
    x = [value for of_fold in zip(*scores, strict=True) for value in [*of_fold, float("nan")]]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": text.rounded(x, 6),
        "y": [*range(len(order)), None] * len(scores[0]),
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
    base = text.plain(comparison.dummy.get("cv_mean")) if comparison.dummy else None
    return note if base is None else f"{note} The dotted line is the dummy's mean, {text.score(base)}."


def _where(comparison: Comparison, fold: int) -> str:
    return "test split" if optimistic(comparison) else f"fold {fold + 1}"


def _numbered(comparison: Comparison, at: int) -> list[tuple[int, float]]:
    return [(fold, score) for fold, score in enumerate(fold_scores(comparison, at)) if np.isfinite(score)]


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
    gaps = [np.array(fold_scores(comparison, at)) - first for at in others]
    rows = [comparison.rows[at] for at in others]
    labels = [text.shown(row["row"], 60) for row in rows]
    dots = [(place, fold, gap) for place, of in enumerate(gaps) for fold, gap in enumerate(of) if np.isfinite(gap)]
    means = [float(np.mean(of)) for of in gaps]
    leader = comparison.rows[order[0]]["row"]
    ends = [_ends(comparison, row["row"], leader) for row in rows]
    spread = {
        "type": "scatter",
        "mode": "markers",
        "x": text.rounded([dot[2] for dot in dots], 6),
        "y": [dot[0] for dot in dots],
        "customdata": [others[dot[0]] for dot in dots],
        "text": [f"{labels[dot[0]]}<br>{_where(comparison, dot[1])}: {text.score(dot[2], sign=True)}" for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 7, "color": "@accent", "opacity": 0.4, "line": {"width": 0}},
    }
    middle = {
        "type": "scatter",
        "mode": "markers",
        "x": text.rounded(means, 6),
        "y": list(range(len(rows))),
        "customdata": others,
        "hovertemplate": "%{text}<extra></extra>",
        "error_x": _errors(means, ends),
        "text": [
            f"{label}<br>mean {', 95 % '.join(text.estimate(mean, *pair, sign=True))}"
            for label, mean, pair in zip(labels, means, ends, strict=True)
        ],
        "marker": MEAN,
    }
    band, of_band = _rope_band(comparison.rope)
    layout = {
        "xaxis": axis(f"difference in {text.short(comparison.metric)}", zeroline=False),
        "yaxis": names_axis([row["row"] for row in rows]),
        "shapes": [vertical(0, "@muted", "solid"), *band],
    }
    title, note = (
        f"Differences to the {first_of(optimistic(comparison))}",
        _of_differences(comparison, leader, rows) + of_band,
    )
    data = [spread] if optimistic(comparison) else [spread, middle]
    return figure("differences", title, note, data, layout, tall(len(rows)))


def _of_differences(comparison: Comparison, first: str, rows: Sequence[Row]) -> str:
    """What the chart of the differences shows."""
    where = "test split" if optimistic(comparison) else "same fold"
    note = f"Each row minus {first} on the {where}; left of the line it is worse."
    tied = [row["row"] for row in rows if row.get("tied")]
    return f"{note} Not told apart from the {first_of(optimistic(comparison))}: {listed(tied)}." if tied else note


def _rope_band(rope: float) -> tuple[list[dict[str, Any]], str]:
    """The band of differences that do not matter, and what is said of it."""
    if rope <= 0:
        return [], ""
    place = {"x0": -rope, "x1": rope, "yref": "paper", "y0": 0, "y1": 1}
    band = {"type": "rect", **place, "fillcolor": "@band", "line": {"width": 0}, "layer": "below"}
    return [band], f" Within the band (± {text.width(rope)}) two rows count as the same in practice."


def _ends(comparison: Comparison, name: str, best: str) -> tuple[Any, Any]:
    """The interval of a row's difference to the best."""
    names = comparison.names
    if comparison.low is None or comparison.high is None or not {name, best} <= set(names):
        return None, None
    at = names.index(name), names.index(best)
    return text.plain(comparison.low[at]), text.plain(comparison.high[at])
