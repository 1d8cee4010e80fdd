"""Labels of points never lie on each other, or on a point."""

from typing import Any

import numpy as np
import pytest

from mlzoo.report import labelling

Boxes = list[tuple[float, float, float, float]]


def boxes(x: Any, y: Any, labels: list[str], places: list[str | None]) -> tuple[Boxes, Boxes]:
    """Left, bottom, right and top of the points on a chart of a phone's size, and of the labels beside them."""
    wide, high = labelling.SCREEN
    span = [np.ptp(of) or 1.0 for of in (x, y)]
    across = wide * (0.1 + 0.8 * (x - x.min()) / span[0]) if np.ptp(x) else np.full(len(x), wide / 2)
    up = high * (0.1 + 0.8 * (y - y.min()) / span[1]) if np.ptp(y) else np.full(len(y), high / 2)
    half, points, told = labelling.DOT / 2, [], []
    for a, b, label, place in zip(across, up, labels, places, strict=True):
        points.append((a - half, b - half, a + half, b + half))
        if place is None:
            continue
        over, beside = place.split()
        size = labelling.LETTER[0] * len(label), labelling.LETTER[1]
        left = {"left": a - half - size[0], "center": a - size[0] / 2, "right": a + half}[beside]
        low = {"bottom": b - half - size[1], "middle": b - size[1] / 2, "top": b + half}[over]
        told.append((left, low, left + size[0], low + size[1]))
    return points, told


@pytest.mark.parametrize("number", [2, 5, 12, 40])
@pytest.mark.parametrize("spread", [0.0, 1e-3, 1.0])
def test_nothing_lies_on_a_label(number: int, spread: float) -> None:
    rng = np.random.default_rng(number)
    x, y = rng.integers(0, 3, number) + spread * rng.random(number), rng.random(number)
    names = [f"row-number-{at}"[: 6 + at] for at in range(number)]
    places = labelling.places(x, y, names)
    assert places[0] is not None or number > 5
    points, told = boxes(x, y, names, places)
    assert len(told) == sum(place is not None for place in places)
    for at, one in enumerate(told):
        for box in [*points, *told[:at]]:
            gaps = (one[0] - box[2], box[0] - one[2], one[1] - box[3], box[1] - one[3])
            assert max(gaps) > -1e-9


def test_equal_points_take_turns() -> None:
    places = labelling.places([1.0, 1.0, 5.0], [0.5, 0.5, 0.9], ["complex-lr", "simple-lr", "complex-rf"])
    assert places[0] != places[1]
    assert None not in places
