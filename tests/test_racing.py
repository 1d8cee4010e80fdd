"""The race of a search: what is stopped, what never is, and inputs that are odd."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlzoo import racing
from mlzoo.racing import Incumbent

param = pytest.param
BEST = (0.80, 0.84, 0.78, 0.82, 0.81, 0.79, 0.85, 0.80, 0.83, 0.78)
BAR = Incumbent(BEST, spread=0.02, error=float(np.std(BEST, ddof=1)) / math.sqrt(10))


def shifted(by: float, n: int) -> list[float]:
    return [score + by for score in BEST[:n]]


@pytest.mark.parametrize(
    ("by", "n", "expected"),
    [
        param(-0.05, 1, None, id="one-fold"),
        param(-0.05, 2, "loser", id="far-behind"),
        param(-0.01, 2, None, id="behind, of two folds"),
        param(-0.01, 3, "futile", id="behind"),
        param(0.0, 2, None, id="tie"),
        param(-0.0002, 7, None, id="near, of most folds"),
        param(0.004, 8, None, id="ahead"),
        param(-0.05, 10, None, id="all-folds"),
    ],
)
def test_verdict(by: float, n: int, expected: str | None) -> None:
    assert racing.verdict(BAR, shifted(by, n)) == expected


def test_a_tie_is_futile_where_trials_hardly_differ() -> None:
    assert racing.verdict(Incumbent(BEST, 0.005, BAR.error), shifted(0.0, 3)) == "futile"
    assert racing.verdict(Incumbent(BEST, 0.005, BAR.error), shifted(0.001, 3)) == "futile"
    assert racing.verdict(Incumbent(BEST, 0.005, BAR.error), shifted(0.0, 2)) is None  # two folds say little


def test_a_best_of_equal_folds_does_not_make_fits_free() -> None:
    assert racing.verdict(Incumbent((0.8,) * 10, spread=0.01, error=0.0), [0.7976] * 5) == "futile"


def test_a_close_race_takes_longer_than_a_lost_one() -> None:
    def length(by: float) -> int:
        return next(n for n in range(1, 11) if n == 10 or racing.verdict(BAR, shifted(by, n)))

    lengths = [length(by) for by in (-0.02, -0.01, -0.002, 0.0, 0.001, 0.01)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (2, 10)


@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=9), st.floats(0, 1), st.integers(0, 50))
def test_who_leads_by_a_standard_error_is_not_stopped(noise: list[float], spread: float, number: int) -> None:
    lead = 1.0001 * BAR.error - sum(noise) / len(noise)
    folds = racing.order(number, 10)[: len(noise)]
    scores = {fold: BEST[fold] + by + lead for fold, by in zip(folds, noise, strict=True)}
    assert racing.verdict(Incumbent(BEST, spread, BAR.error), scores) is None


@pytest.mark.parametrize("seen", [-0.3, -0.1, 0.0, 0.2])
def test_futile_is_what_gains_less_than_it_costs_in_simulation(seen: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """True differences are drawn from their prior and kept where the folds seen come with them."""
    rng, n, folds = np.random.default_rng(1), 4, 10
    true = rng.normal(0, 1 / math.sqrt(folds), 4_000_000)
    true = true[np.abs(rng.normal(true, 1 / math.sqrt(n)) - seen) < 0.01]
    later = rng.normal(true, 1 / math.sqrt(folds - n))
    gain = np.maximum((n * seen + (folds - n) * later) / folds, 0).mean()
    incumbent = Incumbent((0.0,) * folds, spread=1.0, error=1.0)
    scores = seen + math.sqrt((n - 1) / n) * np.array([1.0, -1.0, 1.0, -1.0])  # whose spread is 1 as well
    for cost, expected in ((0.97 * gain, None), (1.03 * gain, "futile")):
        patience = (2 * n - 1) / folds
        monkeypatch.setattr(racing, "COST", cost * folds / (folds - n) / patience)
        assert racing.verdict(incumbent, scores) == expected


def test_the_estimate_is_paired() -> None:
    assert racing.estimate(BAR, shifted(-0.02, 2)) == pytest.approx(np.mean(BEST) - 0.02)
    assert racing.estimate(BAR, {6: 0.85, 1: 0.85}) == pytest.approx(np.mean(BEST) + 0.005)


def test_the_order_is_the_trial_s_own() -> None:
    orders = [racing.order(number, 10, seed=7) for number in range(200)]
    assert orders == [racing.order(number, 10, seed=7) for number in range(200)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert {order[0] for order in orders} == set(range(10))
    assert orders != [racing.order(number, 10, seed=8) for number in range(200)]


# -- the incumbent ------------------------------------------------------------------------------------------------


def trials(*spreads: float, level: float = -0.01, seed: int = 0) -> list[list[float]]:
    """Trials behind the best, whose differences to it have these spreads."""
    rng = np.random.default_rng(seed)
    noise = [rng.normal(size=10) for _ in spreads]
    return [
        list(np.array(BEST) + level + spread * (z - z.mean()) / z.std(ddof=1))
        for spread, z in zip(spreads, noise, strict=True)
    ]


def test_the_bar_is_the_best_and_the_median_spread() -> None:
    found = racing.find_incumbent([*trials(0.01, 0.02), list(BEST), *trials(0.5, 0.03, 0.02)])
    assert found is not None
    assert found.folds == BEST
    assert found.spread == pytest.approx(0.02)
    assert found.error == pytest.approx(BAR.error)


def test_stopped_trials_count_by_their_folds() -> None:
    pairs = [{1: BEST[1] - 0.10, 8: BEST[8] - 0.02}] * 4
    full = [list(BEST), *trials(0.01)]
    found, more = racing.find_incumbent(full, pairs), racing.find_incumbent(full, pairs * 3)
    assert found is not None
    assert found.spread == pytest.approx(0.01)
    assert more is not None
    assert more.spread == pytest.approx(0.08 / math.sqrt(2))


def test_the_first_of_equals_is_the_best() -> None:
    found = racing.find_incumbent([[0.4, 0.8], [0.8, 0.4], [0.1, 0.1]])
    assert found is not None
    assert found.folds == (0.4, 0.8)


def test_scores_by_fold_are_those_of_the_first_folds() -> None:
    full = [list(BEST), *trials(0.01, 0.02)]
    assert racing.find_incumbent([dict(reversed(list(enumerate(row)))) for row in full]) == racing.find_incumbent(full)
    second = BEST[1] - 0.1
    assert racing.verdict(BAR, {1: second, 0: 0.7}) == racing.verdict(BAR, [0.7, second]) == "loser"


@pytest.mark.parametrize(
    ("full", "partial"),
    [
        param([], [], id="none"),
        param([BEST], [], id="one"),
        param([[0.5], [0.6]], [], id="one-fold"),
        param([], [[0.1, 0.2]], id="stopped-alone"),
    ],
)
def test_nothing_to_race_against(full: list[list[float]], partial: list[list[float]]) -> None:
    assert racing.find_incumbent(full, partial) is None


@pytest.mark.parametrize("level", [1.0, 0.5, 0.0, -3.0])
@pytest.mark.parametrize("n", range(2, 10))
def test_constant_scores(level: float, n: int) -> None:
    found = racing.find_incumbent([[level] * 10] * 3)
    assert found is not None
    assert racing.verdict(found, [level] * n) == "futile"
    assert racing.verdict(found, [level - 0.1] * n) == "loser"
    assert racing.verdict(found, [level - 0.1, *[level] * (n - 1)]) is not None or n == 9
    assert racing.verdict(found, [level + 0.1] * n) is None


def test_who_differs_from_a_degenerate_region_is_heard_out() -> None:
    """Earlier trials that all predict one class spread by nothing; a trial that does better has a spread of its own."""
    found = racing.find_incumbent([[0.88] * 10] * 7)
    assert found is not None
    assert racing.verdict(found, [0.87, 0.89]) is None
    assert racing.verdict(found, [0.86, 0.89]) is None
    assert racing.verdict(found, [0.80, 0.81]) == "loser"


def test_two_folds_race_once() -> None:
    assert racing.find_incumbent([[0.5, 0.6], [0.4, 0.6]]) is not None
    assert racing.verdict(Incumbent((0.5, 0.6), 0.1, 0.05), [0.1]) is None


# -- any numbers --------------------------------------------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)
complete = st.lists(finite, min_size=4, max_size=4)
stopped = st.one_of(st.lists(finite, max_size=3), st.dictionaries(st.integers(0, 3), finite, max_size=3))
some_scores = st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=6, max_size=6)


def plain_or_array(scores: Any) -> Any:
    return scores if isinstance(scores, dict) else np.array(scores)


@given(st.lists(complete, min_size=2, max_size=5), st.lists(stopped, max_size=3), stopped.filter(len))
def test_odd_numbers_neither_raise_nor_warn(full: list[Any], partial: list[Any], scores: Any) -> None:
    found = racing.find_incumbent([plain_or_array(row) for row in full], partial)
    assert found is not None
    assert racing.verdict(found, plain_or_array(scores)) in (None, "loser", "futile")
    assert isinstance(racing.estimate(found, plain_or_array(scores)), float)


@given(st.lists(some_scores, min_size=2, max_size=5), some_scores, st.integers(-20, 20))
def test_the_unit_of_the_metric_does_not_matter(full: list[list[float]], scores: list[float], power: int) -> None:
    def scaled(row: list[float]) -> list[float]:
        return [math.ldexp(score, power) for score in row]

    here, there = racing.find_incumbent(full), racing.find_incumbent([scaled(row) for row in full])
    assert here is not None
    assert there is not None
    assert there.spread == math.ldexp(here.spread, power)
    for n in range(7):
        assert racing.verdict(here, scores[:n]) == racing.verdict(there, scaled(scores[:n]))
