"""The look of charts: colours of the two themes, axes, and a chart as a plain dict.

Colours are names that begin with `@`: the page puts in those of the light or the dark theme.
"""

import html
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mlzoo import text

Figure = dict[str, Any]
LETTER, TICK = 6.8, 14  # pixels of a letter at an axis, and its height
MARKS = 6  # along a short axis
LINE = 36  # letters of a line of an axis's title
MAX_TEXTS = 12  # rows of a matrix whose cells can hold numbers
MAX_PAIRS = 60  # rows of the pairwise matrix
COLORS = {  # in the light and in the dark theme
    "ink": ("#1c2430", "#e6eaf0"),
    "muted": ("#5c6675", "#9aa5b4"),
    "grid": ("#e4e8ee", "#2a323d"),
    "surface": ("#ffffff", "#171c24"),
    "accent": ("#2457c5", "#86aaff"),
    "band": ("rgba(36,87,197,0.12)", "rgba(134,170,255,0.16)"),
    "faint": ("#8a95a5", "#667284"),
    "bad": ("#a8430a", "#f19a57"),
    "s0": ("#2457c5", "#86aaff"),
    "s1": ("#c2570c", "#f0985a"),
    "s2": ("#00806a", "#45c9ac"),
    "s3": ("#a23b86", "#e294cb"),
    "s4": ("#0a7fae", "#62c3ea"),
    "s5": ("#8a6d00", "#dcbf55"),
    "s6": ("#5b4bb5", "#b3a6ff"),
    "s7": ("#57606c", "#a9b3bf"),
    "s8": ("#7d4f2b", "#cba37c"),
    "s9": ("#4c7d1e", "#9fd06a"),
    "low": ("#eef2fa", "#1d2531"),
    "middle": ("#f4f5f7", "#232a34"),
    "high": ("#7da0ee", "#3560c0"),
    "minus": ("#e08a54", "#a34d12"),
    "plus": ("#7da0ee", "#3560c0"),
    "paleminus": ("#ecd3c5", "#473527"),
    "paleplus": ("#cfdaf2", "#2b3a59"),
}
SERIES = [f"@s{at}" for at in range(10)]
RISING = [[0, "@low"], [1, "@high"]]
DIVERGING = [[0, "@minus"], [0.5, "@middle"], [1, "@plus"]]
PALE = [[0, "@paleminus"], [0.5, "@middle"], [1, "@paleplus"]]
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def template(colors: Mapping[str, str]) -> dict[str, Any]:
    """The look of every chart in one theme."""
    axis = {
        "gridcolor": colors["grid"],
        "linecolor": colors["grid"],
        "zerolinecolor": colors["grid"],
        "ticks": "",  # beside a matrix a mark looks like a dash behind the name
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
    cells = {"textfont": {"color": colors["ink"]}}  # Plotly's own choice cannot be read on a colour of middle lightness
    return {"layout": layout, "data": {"heatmap": [cells]}}


def themes() -> dict[str, Any]:
    """Colours and templates of the two themes."""
    found = {}
    for name, values in zip(("light", "dark"), zip(*COLORS.values(), strict=True), strict=True):
        colors = dict(zip(COLORS, values, strict=True))
        found[name] = {"colors": colors, "template": template(colors)}
    return found


def payload(figures: Iterable[Figure]) -> dict[str, Any]:
    """What the page's script draws."""
    drawn = {one["id"]: {key: one[key] for key in ("data", "layout", "height", "wide")} for one in figures}
    return {"figures": drawn, "themes": themes()}


def figure(name: str, title: str, note: str, data: list[Any], layout: Mapping[str, Any], height: int = 320) -> Figure:
    """A chart: its id, title, the sentence that says what it shows, its key, and what Plotly draws.

    `wide` is what its first trace has otherwise in a wide window.
    """
    around: dict[str, Any] = {"height": height, "least": None, "most": None, "wide": None}
    around["key"] = [key_of(one) for one in data if one.get("name")]
    return {"id": name, "title": title, "note": note, **around, "data": data, "layout": dict(layout)}


def key_of(trace: Mapping[str, Any]) -> dict[str, str]:
    """How a trace is told from the others: its name, colour and shape. The page's own text, so that it prints."""
    line = "lines" in trace["mode"]
    look = trace["line"].get("dash") if line else trace["marker"].get("symbol")
    shapes = {"dash": "dash", "dot": "dotted", "circle-open": "ring", "diamond": "diamond"}
    shape = shapes.get(look, "line" if line else "dot")
    color = str((trace["line"] if line else trace["marker"])["color"])
    return {"name": html.unescape(trace["name"]), "color": color.removeprefix("@"), "shape": shape}


def heatmap(
    x: Iterable[Any],
    y: Iterable[Any],
    z: list[list[Any]],
    ends: tuple[float, float],
    scale: list[list[Any]],
    *,
    bar: bool = False,
    gap: int = 3,
    **more: Any,
) -> dict[str, Any]:
    """The cells of a matrix, coloured between two ends: with the scale beside them (`bar`), and `gap` pixels apart."""
    cells = {"type": "heatmap", "x": list(x), "y": list(y), "z": z, "xgap": gap, "ygap": gap, "hoverongaps": False}
    colors = {"zmin": ends[0], "zmax": ends[1], "colorscale": scale, "showscale": bar}
    return {**cells, **colors, "colorbar": {"thickness": 10, "outlinewidth": 0}, **more}


def sized(one: Figure, across: Sequence[str], down: Sequence[str], *, least: int, most: int) -> Figure:
    """A matrix whose cells are each at least and at most so wide, and that has room for its names beside and above."""
    angle = math.radians(abs(one["layout"]["xaxis"]["tickangle"]))
    widest, beside = (LETTER * max(len(html.unescape(name)) for name in names) for names in (across, down))
    above = widest * math.sin(angle) + TICK * math.cos(angle)
    each = max(least, 0 if angle else round(widest) + 12)
    room = {"least": round(beside) + 50 + each * len(across), "most": 320 + max(most, each) * len(across)}
    return one | room | {"height": one["height"] + round(above)}


def axis(title: str, letters: int = LINE, /, **more: Any) -> dict[str, Any]:
    """An axis with its title, in lines that a narrow window has room for."""
    lines = textwrap.wrap(text.shown(title, 60), letters, break_long_words=False, break_on_hyphens=False)
    return {"title": {"text": "<br>".join(lines)}, **more}


def names_axis(names: Sequence[str]) -> dict[str, Any]:
    """A vertical axis of names, which a chart has room for, the first at the top, with a place for each."""
    return {"type": "linear", "range": [len(names) - 0.5, -0.5], **_ticks(names)}


def matrix_axes(across: Sequence[str], down: Sequence[str], title: str, angle: int = -90) -> dict[str, Any]:
    """The axes of a matrix, whose names stand above it, at an angle, and beside it; `title` is the upper one."""
    return {
        "xaxis": axis(title, side="top", tickangle=angle, ticklabeloverflow="allow", **_ticks(across)),
        "yaxis": axis("row", autorange="reversed", **_ticks(down)),
    }


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    return {"tickvals": list(range(len(names))), "ticktext": list(names), "showgrid": False, "zeroline": False}


def log_axis(title: str, values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis with few, round marks."""
    low, high = float(np.log10(min(values))), float(np.log10(max(values)))
    ends = 0.08 * (high - low) + 0.05
    powers = range(int(np.floor(low)) - 1, int(np.ceil(high)) + 1)
    marks: list[float] = []
    few = (1, 2, 5) if high - low < 1.5 else (1, 3) if high - low < 3 else (1,)
    for each in (few, range(1, 10)):
        if len(marks) < 2:
            every = [one * 10.0**power for power in powers for one in each]
            marks = [mark for mark in every if low - ends <= np.log10(mark) <= high + ends]
    if len(marks) < 2:  # within so little a logarithm is nearly a line
        left, right = 10 ** (low - ends), 10 ** (high + ends)
        power = 10.0 ** math.floor(math.log10(right - left))
        step = next(one * power for one in (0.2, 0.5, 1, 2) if (right - left) / (one * power) <= MARKS)
        marks = [at * step for at in range(math.ceil(left / step), math.floor(right / step) + 1)]
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


def bars(values: Sequence[float], labels: Sequence[str], sd: Sequence[float] | None = None) -> dict[str, Any]:
    """Horizontal bars, the first at the top, with their standard deviations."""
    found = {
        "type": "bar",
        "orientation": "h",
        "x": text.rounded(values),
        "y": list(range(len(values))),
        "width": 0.62,
        "text": labels,
        "textposition": "none",
        "hovertemplate": "%{text}: %{x:.4g}<extra></extra>",
        "marker": {"color": "@accent", "line": {"width": 0}},
    }
    if sd is not None:
        found["error_x"] = {"type": "data", "color": "@ink", "thickness": 1.5, "width": 3, "array": text.rounded(sd)}
    return found
