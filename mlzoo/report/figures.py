"""Charts over all rows, as plain dicts for Plotly: `id title note height data layout`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlzoo.comparison import Comparison
from mlzoo.leaderboard import Row
from mlzoo.report import labelling, text
from mlzoo.report.look import (
    DIVERGING,
    RISING,
    Figure,
    axis,
    figure,
    log_axis,
    names_axis,
    sized,
    tall,
    vertical,
)
from mlzoo.report.measures import pareto

MOST_TEXTS = 12  # rows of a matrix whose cells can hold numbers
MOST_PAIRS = 60  # rows of the pairwise matrix


def ranked(comparison: Comparison) -> list[int]:
    """Places of the ranked rows, the first first."""
    places = [at for at, row in enumerate(comparison.rows) if row.get("rank")]
    return sorted(places, key=lambda at: int(comparison.rows[at]["rank"]))


def fold_scores(comparison: Comparison, at: int) -> list[float]:
    """The scores of a row, one for each fold."""
    scores = (comparison.records[at].content.get("cv") or {}).get(comparison.metric) or []
    return [float("nan") if score is None else float(score) for score in scores]


def overview(comparison: Comparison) -> dict[str, Figure]:
    """Every chart over all rows that can be drawn, by its id."""
    if not ranked(comparison):
        return {}
    drawn = [zoo(comparison), folds(comparison), differences(comparison), pairs(comparison)]
    drawn += [cost(comparison, "fit_s", "fit"), cost(comparison, "predict_s", "predict")]
    return {one["id"]: one for one in drawn if one is not None}


def zoo(comparison: Comparison) -> Figure | None:
    """Preprocess × model: the mean over the folds of the best row of each cell."""
    best: dict[tuple[str, str], tuple[Row, int]] = {}
    for at in ranked(comparison):
        row = comparison.rows[at]
        best.setdefault((row["preprocess"], row["model"]), (row, at))
    if len(best) < 2:
        return None
    across = list(dict.fromkeys(row["model"] for row, _ in best.values()))
    down = list(dict.fromkeys(row["preprocess"] for row, _ in best.values()))
    grid = [[best.get((prep, model)) for model in across] for prep in down]
    kept = list(best.values())
    (first, top), (last, bottom) = ((row["row"], text.score(row["cv_mean"])) for row, _ in (kept[0], kept[-1]))
    note = f"The best is {first} with {top}; the weakest cell has {last} with {bottom}."
    few = len(across) <= MOST_TEXTS
    few_letters = max(map(len, across)) * len(across)
    cells = {
        "type": "heatmap",
        "x": text.distinct(across),
        "y": text.distinct(down),
        "xgap": 3,
        "ygap": 3,
        "z": [[None if one is None else one[0]["cv_mean"] for one in line] for line in grid],
        "customdata": [[None if one is None else one[1] for one in line] for line in grid],
        "text": [[text.DASH if one is None else text.score(one[0]["cv_mean"]) for one in line] for line in grid],
        **({"texttemplate": "%{text}"} if few else {}),
        "hovertemplate": "%{y} × %{x}<br>%{text}<extra></extra>",
        "colorscale": RISING,
        "showscale": not few,
        "hoverongaps": False,
        "colorbar": {"thickness": 10, "outlinewidth": 0},
    }
    layout = {
        "xaxis": axis("model", type="category", side="top", showgrid=False, tickangle=0 if few_letters <= 60 else -40),
        "yaxis": axis("preprocess", type="category", autorange="reversed", showgrid=False),
    }
    title = f"{comparison.metric}, mean of folds: the best row of each cell"
    one = figure("zoo", title, note, [cells], layout, tall(len(down), 46, 110))
    return sized(one, len(across), least=50 if few else 16, most=130)


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
        "text": [f"{labels[dot[0]]}<br>fold {dot[1] + 1}: {text.score(dot[2])}" for dot in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 8, "color": "@accent", "opacity": 0.45, "line": {"width": 0}},
    }
    means = {
        "type": "scatter",
        "mode": "markers",
        "x": [row["cv_mean"] for row in rows],
        "y": list(range(len(rows))),
        "customdata": order,
        "hovertemplate": "%{text}<extra></extra>",
        "text": [
            f"{label}<br>mean {text.score(row['cv_mean'])}, 95 % {text.interval(row.get('cv_low'), row.get('cv_high'))}"
            for label, row in zip(labels, rows, strict=True)
        ],
        "marker": {"size": 10, "symbol": "diamond", "color": "@ink"},
        "error_x": _errors([row["cv_mean"] for row in rows], [(row.get("cv_low"), row.get("cv_high")) for row in rows]),
    }
    shapes = []
    base = text.plain(comparison.dummy.get("cv_mean")) if comparison.dummy else None
    around = " with its 95 % interval" if any(text.is_number(row.get("cv_low")) for row in rows) else ""
    note = f"{many_folds(comparison, order[0])} of each row as dots, their mean{around} as a diamond."
    if base is not None:
        shapes = [vertical(float(base), "@bad")]
        note += f" The dotted line is the dummy's mean, {text.score(base)}."
    layout = {
        "xaxis": axis(f"{comparison.metric}"),
        "yaxis": names_axis([row["row"] for row in rows]),
        "shapes": shapes,
    }
    return figure("folds", "Fold scores", note, [spread, means], layout, tall(len(rows)))


def many_folds(comparison: Comparison, at: int) -> str:
    """How many folds there are."""
    number = len(fold_scores(comparison, at))
    return f"The {number} folds" if number != 1 else "The one score"


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
    best = comparison.rows[order[0]]["row"]
    ends = [_ends(comparison, row["row"], best) for row in rows]
    spread = {
        "type": "scatter",
        "mode": "markers",
        "x": text.rounded([dot[2] for dot in dots], 6),
        "y": [dot[0] for dot in dots],
        "customdata": [others[dot[0]] for dot in dots],
        "text": [f"{labels[dot[0]]}<br>fold {dot[1] + 1}: {text.score(dot[2], sign=True)}" for dot in dots],
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
            f"{label}<br>mean {text.score(mean, sign=True)}, 95 % {text.interval(*pair, sign=True)}"
            for label, mean, pair in zip(labels, means, ends, strict=True)
        ],
        "marker": {"size": 10, "symbol": "diamond", "color": "@ink"},
    }
    band, of_band = _rope_band(comparison.rope)
    tied = [row["row"] for row in rows if row.get("tied")]
    note = f"Each row minus {best} on the same fold; left of the line it is worse.{of_band}"
    if tied:
        note += f" Not told apart from the best: {text.listed(tied)}."
    layout = {
        "xaxis": axis(f"difference in {comparison.metric}", zeroline=False),
        "yaxis": names_axis([row["row"] for row in rows]),
        "shapes": [vertical(0, "@muted", "solid"), *band],
    }
    return figure("differences", "Differences to the best", note, [spread, middle], layout, tall(len(rows)))


def _rope_band(rope: float) -> tuple[list[dict[str, Any]], str]:
    """The band of differences that do not matter, and what is said of it."""
    if rope <= 0:
        return [], ""
    place = {"x0": -rope, "x1": rope, "yref": "paper", "y0": 0, "y1": 1}
    band = {"type": "rect", **place, "fillcolor": "@band", "line": {"width": 0}, "layer": "below"}
    return [band], f" Within the band (± {rope:g}) two rows count as the same in practice."


def _ends(comparison: Comparison, name: str, best: str) -> tuple[Any, Any]:
    """The interval of a row's difference to the best."""
    names = comparison.names
    if comparison.low is None or comparison.high is None or not {name, best} <= set(names):
        return None, None
    at = names.index(name), names.index(best)
    return text.plain(comparison.low[at]), text.plain(comparison.high[at])


def _of_pair(comparison: Comparison, i: int, j: int) -> str:
    """What is said of two rows: names, difference, interval, p."""
    gaps, names, p = comparison.difference, comparison.names, comparison.adjusted
    if i == j or gaps is None:
        return text.shown(names[i], 60)
    lines = [f"{text.shown(names[i], 60)} − {text.shown(names[j], 60)}", text.score(gaps[i, j], sign=True)]
    if comparison.low is not None and comparison.high is not None:
        lines[1] += f", 95 % {text.interval(comparison.low[i, j], comparison.high[i, j], sign=True)}"
    if p is not None:
        lines.append(f"p = {text.chance(p[i, j])} (Holm)")
    return "<br>".join(lines)


def _in_pair(comparison: Comparison, i: int, j: int) -> str:
    """The difference of two rows, with a star where it is one."""
    gaps, p = comparison.difference, comparison.adjusted
    if i == j or gaps is None:
        return ""
    star = " *" if p is not None and p[i, j] < 0.05 else ""
    return f"{text.score(gaps[i, j], sign=True)}{star}"


def pairs(comparison: Comparison) -> Figure | None:
    """Every row against every other: mean differences and adjusted p-values."""
    gaps, names = comparison.difference, comparison.names[:MOST_PAIRS]
    if gaps is None or len(names) < 2:
        return None
    size = range(len(names))
    off = [(i, j) for i in size for j in size if i != j]
    widest = max((abs(float(gaps[i, j])) for i, j in off if np.isfinite(gaps[i, j])), default=0.0) or 1.0
    p = comparison.adjusted
    told = [(i, j) for i, j in off if i < j and p is not None and p[i, j] < 0.05]
    places = {row["row"]: at for at, row in enumerate(comparison.rows)}
    few = len(names) <= MOST_TEXTS
    short = text.distinct(names, 24)
    cells = {
        "type": "heatmap",
        "x": list(size),
        "y": list(size),
        "xgap": 2,
        "ygap": 2,
        "z": [[None if i == j else text.plain(gaps[i, j]) for j in size] for i in size],
        "customdata": [[places.get(names[i]) for _ in size] for i in size],
        "hovertext": [[_of_pair(comparison, i, j) for j in size] for i in size],
        **(
            {"text": [[_in_pair(comparison, i, j) for j in size] for i in size], "texttemplate": "%{text}"}
            if few
            else {}
        ),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
        "colorscale": DIVERGING,
        "zmin": -widest,
        "zmax": widest,
        "showscale": not few,
        "colorbar": {"thickness": 10, "outlinewidth": 0},
    }
    ticks = {"tickvals": list(size), "ticktext": short, "showgrid": False, "zeroline": False}
    layout = {
        "xaxis": axis("minus", side="top", tickangle=-90, **ticks),
        "yaxis": axis("row", autorange="reversed", **ticks),
    }
    note = f"Row minus column, in {comparison.metric}. "
    if len(names) < len(comparison.names):
        note += f"The first {len(names)} of {len(comparison.names)} rows. "
    if p is not None:
        note += f"{len(told)} of {len(off) // 2} pairs differ at the 5 % level after Holm's correction (*)."
    height = tall(len(names), 34 if few else 20, 150)
    one = figure("pairs", "Every row against every other", note, [cells], layout, height)
    return sized(one, len(names), least=50 if few else 14, most=100 if few else 28)


def cost(comparison: Comparison, key: str, word: str) -> Figure | None:
    """The mean over the folds against the time to fit or predict one fold, with the Pareto front."""
    timed = {at for at, row in enumerate(comparison.rows) if text.is_number(row[key]) and row[key] > 0}
    order = [at for at in ranked(comparison) if at in timed]
    if len(order) < 2:
        return None
    rows = [comparison.rows[at] for at in order]
    x, y = [float(row[key]) for row in rows], [float(row["cv_mean"]) for row in rows]
    front = pareto(y, x)
    names = text.distinct([row["row"] for row in rows], 18)
    places = labelling.places(np.log10(x).tolist(), y, names)
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": text.rounded(x),
        "y": text.rounded(y, 6),
        "customdata": order,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "text": [name if place else "" for name, place in zip(names, places, strict=True)],
        "textposition": [place or "top center" for place in places],
        "textfont": {"color": "@muted", "size": 11},
        "hovertext": [
            f"{text.shown(row['row'], 60)}<br>{text.score(row['cv_mean'])}, {text.seconds(row[key])} s" for row in rows
        ],
        "marker": {
            "size": 10,
            "color": "@faint",
            "line": {"color": "@surface", "width": 1},
        },
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": text.rounded([x[at] for at in front]),
        "y": text.rounded([y[at] for at in front], 6),
        "line": {"color": "@accent", "width": 1.5, "shape": "hv"},
        "marker": {"size": 10, "color": "@accent", "line": {"color": "@surface", "width": 1}},
        "hoverinfo": "skip",
    }
    note = f"No row is both faster and better than {text.listed([rows[at]['row'] for at in front])}."
    layout = {"xaxis": log_axis(f"seconds to {word} one fold", x), "yaxis": axis(f"{comparison.metric}, mean of folds")}
    return figure(f"cost-{word}", f"Score against {word} time", note, [points, line], layout, 340)
