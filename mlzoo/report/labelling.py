"""Where the labels of a chart's points have room."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Box = tuple[float, float, float, float]  # left, bottom, right, top
SCREEN, LETTER, DOT = (270, 260), (6.2, 14), 10  # pixels of a chart on a phone, of a letter, of a point
_SIDES = {"left": -1, "center": 0, "right": 1, "bottom": -1, "middle": 0, "top": 1}
_PLACES = (
    *(("top", "center"), ("bottom", "center"), ("top", "right"), ("top", "left")),
    *(
        ("bottom", "right"),
        ("bottom", "left"),
        ("middle", "right"),
        ("middle", "left"),
    ),  # a line may run beside a point
)


def places(x: Sequence[float], y: Sequence[float], labels: Sequence[str]) -> list[str | None]:
    """Where each point's label stands, so that on a narrow screen none lies on another or on a point.

    Parameters
    ----------
    x, y : sequence of float
        The points; the first ones choose first.
    labels : sequence of str
        Their labels.

    Returns
    -------
    list of str or None
        A `textposition` of Plotly's; None where there is no room.
    """
    across, up = (_pixels(values, size) for values, size in ((x, SCREEN[0]), (y, SCREEN[1])))
    dots = [_box(a, b, DOT, DOT) for a, b in zip(across, up, strict=True)]
    taken: list[Box] = []
    found: list[str | None] = []
    for at, (a, b, label) in enumerate(zip(across, up, labels, strict=True)):
        width = LETTER[0] * len(label)
        boxes = {
            f"{over} {beside}": _box(
                a + _SIDES[beside] * (width + DOT) / 2, b + _SIDES[over] * (LETTER[1] + DOT) / 2, width, LETTER[1]
            )
            for over, beside in _PLACES
        }
        others = [*dots[:at], *dots[at + 1 :], *taken]
        free = (
            place
            for place, box in boxes.items()
            if box[0] >= -DOT and box[2] <= SCREEN[0] + DOT and not any(_meet(box, other) for other in others)
        )
        found.append(next(free, None))
        if found[-1] is not None:
            taken.append(boxes[found[-1]])
    return found


def _pixels(values: Sequence[float], size: float) -> "np.ndarray[Any, Any]":
    of = np.asarray(values, dtype=float)
    span = float(of.max() - of.min())
    return size * (0.1 + 0.8 * (of - of.min()) / span if span > 0 else np.full(len(of), 0.5))


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
