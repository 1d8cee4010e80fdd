"""The race of a search: what is stopped, what never is, and inputs that are odd."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlzoo import racing

param = pytest.param
BEST = (0.80, 0.84, 0.78, 0.82, 0.81, 0.79, 0.85, 0.80, 0.83, 0.78)
BAR = racing.Bar(BEST, spread=0.01, margin=0.004)


def shifted(by: float, n: int) -> list[float]:
    return [score + by for score in BEST[:n]]


@pytest.mark.parametrize(
    ("by", "n", "expected"),
    [
        param(-0.05, 2, "loser", id="loser"),
        param(-0.05, 1, None, id="one-fold"),
        param(-0.05, 10, None, id="all-folds"),
        param(0.0, 7, "futile", id="tie"),
        param(0.0, 2, None, id="tie-at-first"),
        param(0.01, 9, None, id="winner"),
    ],
)
def test_verdict(by: float, n: int, expected: str | None) -> None:
    assert racing.verdict(BAR, shifted(by, n)) == expected


def test_the_estimate_is_paired() -> None:
    assert racing.estimate(BAR, shifted(-0.02, 2)) == pytest.approx(np.mean(BEST) - 0.02)


@pytest.mark.parametrize(
    ("full", "partial"),
    [
        param([], [], id="none"),
        param([BEST], [], id="one"),
        param([[0.5], [0.6]], [], id="one-fold"),
        param([[math.nan] * 3, BEST], [], id="nan"),
        param([], [[0.1, 0.2]], id="stopped-alone"),
    ],
)
def test_nothing_to_race_against(full: list[list[float]], partial: list[list[float]]) -> None:
    assert racing.bar(full, partial) is None


any_scores = st.lists(st.floats(), max_size=5)


@given(st.lists(any_scores, max_size=5), st.lists(any_scores, max_size=3), any_scores)
def test_odd_numbers_neither_raise_nor_warn(
    full: list[list[float]], partial: list[list[float]], scores: list[float]
) -> None:
    found = racing.bar([np.array(row) for row in full], partial)
    if found is not None:
        assert racing.verdict(found, np.array(scores)) in (None, "loser", "futile")
        if scores:
            assert isinstance(racing.estimate(found, np.array(scores)), float)
