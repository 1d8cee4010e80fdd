"""Labels of points never lie on each other, or on a point."""

from typing import Any

import numpy as np
import pytest

from mlzoo.report import labelling

Boxes = list[tuple[float, float, float, float]]


def boxes(x: Any, y: Any, labels: list[str], places: list[str | None]) -> tuple[Boxes, Boxes]:
    """Left, bottom, right and top of the points on a chart of a phone's size, and of the labels beside them."""
    wide, high = labelling.PHONE
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


def test_points_on_the_front_choose_first_and_their_line_is_left_free() -> None:
    x, y = np.array([0.3, 0.0, 0.28, 0.55, 1.0]), np.array([1.0, 0.0, 1.0, 0.02, 0.5])
    names = ["complex-lr", "simple-lr", "complex-rf", "simple-rf", "complex-nb"]
    places = labelling.places(x, y, names, front=[1, 2])
    assert (places[1], places[2]) == ("bottom right", "top center")
    assert places[0] != "top center"
    wide, high = (size * 0.8 for size in labelling.PHONE)
    corner, top = 27 + 0.28 * wide, 26 + high
    line = [(27.0, 26.0, corner, 26.0), (corner, 26.0, corner, top)]
    assert labelling.places(x, y, names)[3] == "top center"  # where the line runs
    for one in boxes(x, y, names, places)[1]:
        assert one[0] >= 0  # not beyond the axis, whose marks are there
        for part in line:
            gaps = (one[0] - part[2], part[0] - one[2], one[1] - part[3], part[1] - one[3])
            assert max(gaps) > 0


def test_the_best_lies_on_no_label_of_the_front() -> None:
    x, y = np.log10([0.06671, 0.06038, 0.02386, 0.01822]).tolist(), [0.77622, 0.773942, 0.671468, 0.652705]
    names, ends = ["complex-knn", "complex-lr", "simple-lr", "simple-knn"], (-1.8345, -1.0807)
    assert labelling.places(x, y, names, front=[3, 2, 1, 0], ends=ends)[:2] == ["top center", "bottom left"]


def test_a_label_stands_on_the_line_rather_than_nowhere_if_its_point_is_on_the_front() -> None:
    x, y = [0.0, *np.linspace(0.0, 1.0, 8), 0.02], [0.0, *[-0.06] * 8, 1.0]  # below it there is no room
    names = ["a-name-so-long", *["b"] * 8, "c"]
    assert labelling.places(x, y, names, front=[0, 9])[0] == "top right"


def test_the_axis_that_is_drawn_tells_where_points_are() -> None:
    near = labelling.places([1.0, 1.1], [0.5, 0.5], ["complex-lr", "simple-lr"], ends=(0.0, 2.0))
    assert near == ["top center", "bottom center"]
    assert labelling.places([1.0, 1.1], [0.5, 0.5], ["complex-lr", "simple-lr"])[1] != "bottom center"


def test_the_best_point_has_a_label_even_in_a_crowd() -> None:
    across = [1 + at % 7 * 0.002 for at in range(49)]
    up = [1 - at // 7 * 0.002 for at in range(49)]
    x, y = [*across, 40.0], [*up, -1.0]
    places = labelling.places(x, y, ["the-best-of-all"] + ["complex-lr"] * 49)
    assert places[0] is not None
    assert places[1:49].count(None) > 40
