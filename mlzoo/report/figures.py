"""Charts over all rows, as plain dicts for Plotly: `id title note height data layout`.

Colours are names that begin with `@`: the page puts in those of the light or the dark theme (`themes`).
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlzoo.leaderboard import Comparison, Row
from mlzoo.report import text
from mlzoo.report.measures import pareto

Figure = dict[str, Any]
MOST_TEXTS = 12  # rows of a matrix whose cells can hold numbers
MOST_PAIRS = 60  # rows of the pairwise matrix
LIGHT = {
    "ink": "#1c2430",
    "muted": "#5c6675",
    "grid": "#e4e8ee",
    "surface": "#ffffff",
    "accent": "#2457c5",
    "band": "rgba(36,87,197,0.12)",
    "faint": "#aab3c0",
    "good": "#00735c",
    "bad": "#b3480b",
    "s0": "#2457c5",
    "s1": "#c2570c",
    "s2": "#00806a",
    "s3": "#a23b86",
    "s4": "#0a7fae",
    "s5": "#8a6d00",
    "s6": "#5b4bb5",
    "s7": "#57606c",
    "low": "#eef2fa",
    "middle": "#f4f5f7",
    "high": "#2457c5",
    "minus": "#b3480b",
    "plus": "#2457c5",
}
DARK = {
    "ink": "#e6eaf0",
    "muted": "#9aa5b4",
    "grid": "#2a323d",
    "surface": "#171c24",
    "accent": "#86aaff",
    "band": "rgba(134,170,255,0.16)",
    "faint": "#56606e",
    "good": "#3cc4a5",
    "bad": "#f19a57",
    "s0": "#86aaff",
    "s1": "#f0985a",
    "s2": "#45c9ac",
    "s3": "#e294cb",
    "s4": "#62c3ea",
    "s5": "#dcbf55",
    "s6": "#b3a6ff",
    "s7": "#a9b3bf",
    "low": "#1d2531",
    "middle": "#232a34",
    "high": "#3d6fd6",
    "minus": "#b8591a",
    "plus": "#3d6fd6",
}
SERIES = [f"@s{at}" for at in range(8)]
RISING = [[0, "@low"], [1, "@high"]]
DIVERGING = [[0, "@minus"], [0.5, "@middle"], [1, "@plus"]]
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def template(colors: Mapping[str, str]) -> dict[str, Any]:
    """The look of every chart in one theme."""
    axis = {
        "gridcolor": colors["grid"],
        "linecolor": colors["grid"],
        "zerolinecolor": colors["grid"],
        "tickcolor": colors["grid"],
        "zerolinewidth": 1,
        "automargin": True,
        "tickfont": {"color": colors["muted"], "size": 12},
        "title": {"font": {"color": colors["muted"], "size": 12}, "standoff": 10},
    }
    layout = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": axis,
        "yaxis": axis,
        "colorway": [colors[name[1:]] for name in SERIES],
        "showlegend": False,
        "hovermode": "closest",
        "font": {"family": FONT, "size": 12, "color": colors["ink"]},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8, "pad": 4},
        "hoverlabel": {
            "bgcolor": colors["surface"],
            "bordercolor": colors["faint"],
            "align": "left",
            "font": {"family": FONT, "size": 12, "color": colors["ink"]},
        },
    }
    return {"layout": layout}


def themes() -> dict[str, Any]:
    """Colours and templates of the two themes."""
    return {name: {"colors": of, "template": template(of)} for name, of in (("light", LIGHT), ("dark", DARK))}


def figure(name: str, title: str, note: str, data: list[Any], layout: Mapping[str, Any], height: int = 320) -> Figure:
    """A chart: its id, title, the sentence that says what it shows, its key, and what Plotly draws."""
    around = {"height": height, "least": None, "most": None, "key": [key_of(one) for one in data if one.get("name")]}
    return {"id": name, "title": title, "note": note, **around, "data": data, "layout": dict(layout)}


def key_of(trace: Mapping[str, Any]) -> dict[str, str]:
    """How a trace is told from the others: its name, colour and shape. The page's own text, so that it prints."""
    line = "lines" in trace["mode"]
    look = trace["line"].get("dash") if line else trace["marker"].get("symbol")
    shape = {"dash": "dash", "circle-open": "ring", "diamond": "diamond"}.get(look, "line" if line else "dot")
    color = str((trace["line"] if line else trace["marker"])["color"])
    return {"name": html.unescape(trace["name"]), "color": color.removeprefix("@"), "shape": shape}


def sized(one: Figure, cells: int, *, least: int, most: int) -> Figure:
    """A matrix with so many cells in a row, each at least and at most so wide."""
    return one | {"least": 130 + least * cells, "most": 320 + most * cells}


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title."""
    return {"title": {"text": text.shown(title, 60)}, **more}


def names_axis(names: Sequence[str]) -> dict[str, Any]:
    """A vertical axis of names, the first at the top, with a place for each."""
    return {
        "type": "linear",
        "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickvals": list(range(len(names))),
        "ticktext": text.distinct(names),
    }


def log_axis(title: str, values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis with few, round marks."""
    low, high = float(np.log10(min(values))), float(np.log10(max(values)))
    each = (1, 2, 5) if high - low < 1.5 else (1, 3) if high - low < 3 else (1,)
    marks = [one * 10.0**power for power in range(int(np.floor(low)), int(np.ceil(high)) + 1) for one in each]
    ends = 0.08 * (high - low) + 0.05
    marks = [mark for mark in marks if low - ends <= np.log10(mark) <= high + ends]
    skipped = max(1, -(-len(marks) // 8))
    ticks = {"tickvals": marks[::skipped], "ticktext": [f"{mark:g}" for mark in marks[::skipped]]}
    return axis(f"{title} (log)", type="log", range=[low - ends, high + ends], **ticks)


def tall(rows: int, each: int = 26, around: int = 80) -> int:
    """The height of a chart with a line for each row."""
    return max(150, rows * each + around)


def vertical(x: float, color: str, dash: str = "dot") -> dict[str, Any]:
    """A line across a chart."""
    line = {"color": color, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line, "layer": "below"}


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
    shapes: list[dict[str, Any]] = [vertical(0, "@muted", "solid")]
    tied = [row["row"] for row in rows if row.get("tied")]
    note = f"Each row minus {best} on the same fold; left of the line it is worse."
    if comparison.rope > 0:
        band = {"x0": -comparison.rope, "x1": comparison.rope, "yref": "paper", "y0": 0, "y1": 1}
        shapes.append({"type": "rect", **band, "fillcolor": "@band", "line": {"width": 0}, "layer": "below"})
        note += f" Within the band (± {comparison.rope:g}) two rows count as the same in practice."
    if tied:
        note += f" Not told apart from the best: {text.listed(tied)}."
    layout = {
        "xaxis": axis(f"difference in {comparison.metric}", zeroline=False),
        "yaxis": names_axis([row["row"] for row in rows]),
        "shapes": shapes,
    }
    return figure("differences", "Differences to the best", note, [spread, middle], layout, tall(len(rows)))


def _ends(comparison: Comparison, name: str, best: str) -> tuple[Any, Any]:
    """The interval of a row's difference to the best."""
    names = comparison.names
    if comparison.low is None or comparison.high is None or not {name, best} <= set(names):
        return None, None
    at = names.index(name), names.index(best)
    return text.plain(comparison.low[at]), text.plain(comparison.high[at])


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

    def hover(i: int, j: int) -> str:
        if i == j:
            return text.shown(names[i], 60)
        lines = [f"{text.shown(names[i], 60)} − {text.shown(names[j], 60)}", text.score(gaps[i, j], sign=True)]
        if comparison.low is not None and comparison.high is not None:
            lines[1] += f", 95 % {text.interval(comparison.low[i, j], comparison.high[i, j], sign=True)}"
        if p is not None:
            lines.append(f"p = {text.chance(p[i, j])} (Holm)")
        return "<br>".join(lines)

    def label(i: int, j: int) -> str:
        star = " *" if p is not None and i != j and p[i, j] < 0.05 else ""
        return "" if i == j else f"{text.score(gaps[i, j], sign=True)}{star}"

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
        "hovertext": [[hover(i, j) for j in size] for i in size],
        **({"text": [[label(i, j) for j in size] for i in size], "texttemplate": "%{text}"} if few else {}),
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
    few = len(rows) <= 8
    points = {
        "type": "scatter",
        "mode": "markers+text" if few else "markers",
        "x": text.rounded(x),
        "y": text.rounded(y, 6),
        "customdata": order,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        "text": text.distinct([row["row"] for row in rows], 18) if few else None,
        "textposition": "top center",
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
