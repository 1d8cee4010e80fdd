"""Charts over all rows, as plain dicts for Plotly: `id title note height data layout`."""

from collections.abc import Sequence

import numpy as np

from mlzoo import text
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import Row
from mlzoo.errors import listed
from mlzoo.report import labelling
from mlzoo.report.folds import differences, fold_scores, folds
from mlzoo.report.look import MAX_TEXTS, RISING, Figure, axis, figure, heatmap, log_axis, sized, tall
from mlzoo.report.measures import pareto
from mlzoo.report.pairs import pairs
from mlzoo.report.terms import first_of, labels, named_by, optimistic, ranked, scored
from mlzoo.stats.weighted import limits


def overview(comparison: Comparison) -> dict[str, Figure]:
    """Every chart over all rows that can be drawn, by its id."""
    if not ranked(comparison):
        return {}
    drawn = [zoo(comparison), folds(comparison), differences(comparison), pairs(comparison)]
    drawn += [cost(comparison, "fit_s", "fit"), cost(comparison, "predict_s", "predict")]
    return {one["id"]: one for one in drawn if one is not None}


def zoo(comparison: Comparison) -> Figure | None:
    """Preprocess × model: the score of the first row of each cell."""
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
    leads = "First, but optimistic," if optimistic(comparison) else "The best"
    weakest = f"; the weakest cell has {last} with {bottom}" if bottom != top else ""
    note = f"{leads} is {first} with {top}{weakest}."
    low, high, told = _span([row["cv_mean"] for row, _ in kept], _least_span(comparison, [at for _, at in kept]))
    few = len(across) <= MAX_TEXTS
    models, preps = text.distinct(across), text.distinct(down)
    few_letters = max(map(len, models)) * len(models)
    cells = heatmap(
        models,
        preps,
        [[None if one is None else one[0]["cv_mean"] for one in line] for line in grid],
        (low, high),
        RISING,
        bar=not few,
        customdata=[[None if one is None else one[1] for one in line] for line in grid],
        text=[[text.DASH if one is None else text.score(one[0]["cv_mean"]) for one in line] for line in grid],
        texttemplate="%{text}" if few else "",
        hovertemplate="%{y} × %{x}<br>%{text}<extra></extra>",
    )
    layout = {
        "xaxis": axis("model", type="category", side="top", showgrid=False, tickangle=0 if few_letters <= 60 else 40),
        "yaxis": axis("preprocess", type="category", autorange="reversed", showgrid=False),
    }
    unfair = optimistic(comparison)
    title = f"{comparison.metric}, {scored(unfair)}: the {first_of(unfair)} row of each cell"
    one = figure("zoo", title, note + told, [cells], layout, tall(len(down), 46, 96))
    return sized(one, models, preps, least=50 if few else 16, most=130)


def _least_span(comparison: Comparison, places: Sequence[int]) -> float:
    """What the colours span at least: what counts as the same in practice, or what the folds cannot tell apart."""
    known = [at for at in places if text.is_number(comparison.rows[at]["cv_sd"])]
    errors = [comparison.rows[at]["cv_sd"] / len(fold_scores(comparison, at)) ** 0.5 for at in known]
    return max(2 * comparison.rope, 4 * float(np.median(errors)) if errors else 0.0)


def _span(values: Sequence[float], least: float) -> tuple[float, float, str]:
    """The ends of the colours, and what is said of them where the values span less."""
    low, high = min(values), max(values)
    if high - low >= least:
        return low, high, ""
    return high - least, high, f" The colours span {text.width(least)}, so that rows which hardly differ look alike."


def cost(comparison: Comparison, key: str, word: str) -> Figure | None:
    """The mean over the folds against the time to fit or predict one fold, with the Pareto front."""
    timed = {at for at, row in enumerate(comparison.rows) if text.is_number(row[key]) and row[key] > 0}
    order = [at for at in ranked(comparison) if at in timed]
    if len(order) < 2:
        return None
    rows = [comparison.rows[at] for at in order]
    x, y = [float(row[key]) for row in rows], [float(row["cv_mean"]) for row in rows]
    front = pareto(y, x)
    named = labels(comparison)
    names = [named[row["row"]] for row in rows]
    what = "once" if optimistic(comparison) else "one fold"
    seconds = log_axis(f"seconds to {word} {what}", x)
    ends = tuple(seconds["range"])
    narrow, wide = (
        _labelled(names, labelling.places(np.log10(x).tolist(), y, names, front=front, ends=ends, screen=screen))
        for screen in (labelling.PHONE, labelling.WINDOW)
    )
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": text.rounded(x),
        "y": text.rounded(y, 6),
        "customdata": order,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        **narrow,
        "textfont": {"color": "@muted", "size": 11},
        "hovertext": [
            f"{text.shown(row['row'], 60)}<br>{text.score(row['cv_mean'])}, {text.seconds(row[key])} s" for row in rows
        ],
        "marker": {"size": 10, "color": "@faint", "line": {"color": "@surface", "width": 1}},
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
    shown = listed([rows[at]["row"] for at in front])
    note = f"On the front, where no row is both faster and better: {shown}.{named_by(comparison)}"
    layout = {
        "xaxis": seconds,
        "yaxis": axis(f"{text.short(comparison.metric)}, {scored(optimistic(comparison))}", **_around(comparison, y)),
    }
    return figure(f"cost-{word}", f"Score against {word} time", note, [points, line], layout, 340) | {"wide": wide}


def _labelled(names: Sequence[str], places: Sequence[str | None]) -> dict[str, list[str]]:
    """The labels of points, of those that have room for one."""
    return {
        "text": [name if place else "" for name, place in zip(names, places, strict=True)],
        "textposition": [place or "top center" for place in places],
    }


def _around(comparison: Comparison, values: Sequence[float]) -> dict[str, list[float]]:
    """The range of an axis of scores, a tenth beside them; of equal ones it would be as wide as the score is large."""
    low, high = min(values), max(values)
    if len(set(text.rounded(values, 6))) > 1:
        return {"range": [low - (high - low) / 8, high + (high - low) / 8]}
    least, most = limits(str(comparison.metric))
    around = max(2 * comparison.rope, 0.02 * abs(high), 1e-6)
    ends = max(low - around, least), min(high + around, most)
    room = 0.1 * (ends[1] - ends[0])  # for the dots at a limit, and their names
    return {"range": [ends[0] - room, ends[1] + room]}
