"""Where the labels of a chart's points have room."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Box = tuple[float, float, float, float]  # left, bottom, right, top
PHONE, WINDOW = (270, 260), (370, 260)  # pixels of a chart on a phone, and where there is more room
LETTER, DOT = (6.2, 14), 10  # pixels of a letter, of a point
LINE = 1  # half the width of a line
_SIDES = {"left": -1, "center": 0, "right": 1, "bottom": -1, "middle": 0, "top": 1}
_PLACES = (
    *(("top", "center"), ("bottom", "center"), ("top", "right"), ("top", "left")),
    *(("bottom", "right"), ("bottom", "left"), ("middle", "right"), ("middle", "left")),  # lines may run beside points
)


def places(
    x: Sequence[float],
    y: Sequence[float],
    labels: Sequence[str],
    *,
    front: Sequence[int] = (),
    ends: tuple[float, float] | None = None,
    screen: tuple[int, int] = PHONE,
) -> list[str | None]:
    """Where each point's label stands, so that none lies on another or on a point, and none on the line if it can.

    Parameters
    ----------
    x, y : sequence of float
        The points; the first ones choose first, after those on the front, of which the first of all chooses before the
        others. It has a label wherever the frame has room.
    labels : sequence of str
        Their labels.
    front : sequence of int
        Points that a line of steps joins, in its order.
    ends : tuple of float, optional
        The ends of the horizontal axis; by default a tenth of it is beside the points on either side, as it is above
        and below them.
    screen : tuple of int
        Pixels across and up, within the axes.

    Returns
    -------
    list of str or None
        A `textposition` of Plotly's; None where there is no room.
    """
    across, up = _pixels(x, screen[0], ends), _pixels(y, screen[1])
    dots = [_box(a, b, DOT, DOT) for a, b in zip(across, up, strict=True)]
    line = _steps([(float(across[at]), float(up[at])) for at in front])
    taken: list[Box] = []
    found: list[str | None] = [None] * len(labels)
    for at in dict.fromkeys([*sorted(front, key=bool), *range(len(labels))]):
        width = LETTER[0] * len(labels[at])
        wide, high = (width + DOT) / 2, (LETTER[1] + DOT) / 2
        boxes = {
            f"{over} {beside}": _box(across[at] + _SIDES[beside] * wide, up[at] + _SIDES[over] * high, width, LETTER[1])
            for over, beside in _PLACES
        }
        others = [*dots[:at], *dots[at + 1 :], *taken]
        free = [
            place
            for place, box in boxes.items()
            if box[0] >= 0 and box[2] <= screen[0] + DOT and not any(_meet(box, other) for other in others)
        ]
        clear = [place for place in free if not any(_meet(boxes[place], part) for part in line)]
        chosen = next(iter(clear or free), None)
        if chosen is None and at == 0:  # the best one has a label, if need be on other points
            inside = [place for place, box in boxes.items() if box[0] >= 0 and box[2] <= screen[0] + DOT]
            chosen = min(inside, key=lambda place: sum(_meet(boxes[place], other) for other in others), default=None)
        if chosen is not None:
            taken.append(boxes[chosen])
            found[at] = chosen
    return found


def _steps(points: Sequence[tuple[float, float]]) -> list[Box]:
    """The line from point to point, first across, then up."""
    found: list[Box] = []
    for (a, b), (c, d) in pairwise(points):
        for (left, right), (low, high) in (((a, c), (b, b)), ((c, c), sorted((b, d)))):
            found.append((left - LINE, low - LINE, right + LINE, high + LINE))
    return found


def _pixels(values: Sequence[float], size: float, ends: tuple[float, float] | None = None) -> "np.ndarray[Any, Any]":
    of = np.asarray(values, dtype=float)
    if ends is not None:
        return size * (of - ends[0]) / (ends[1] - ends[0])
    span = float(of.max() - of.min())
    return size * (0.1 + 0.8 * (of - of.min()) / span if span > 0 else np.full(len(of), 0.5))


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
