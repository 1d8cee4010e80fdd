"""Numbers as people read them."""

from typing import Any

import numpy as np
import pytest

from mlzoo import text


@pytest.mark.parametrize(
    ("value", "shown", "signed"),
    [
        pytest.param(0.80414, "0.8041", "+0.8041", id="share"),
        pytest.param(-12345.678, "-12,345.7", "-12,345.7", id="large"),
        pytest.param(-1.8992293008722472e23, "-1.8992e+23", "-1.8992e+23", id="huge"),
        pytest.param(100, "100.0", "+100.0", id="hundred"),
        pytest.param(-10.0, "-10.0000", "-10.0000", id="ten"),
        pytest.param(np.float64(0.5), "0.5000", "+0.5000", id="numpy"),
        pytest.param(0.00005, "0.0001", "+0.0001", id="least of four decimals"),
        pytest.param(0.0000499, "5.0e-05", "+5.0e-05", id="below them"),
        pytest.param(-1.234e-9, "-1.2e-09", "-1.2e-09", id="tiny"),
        pytest.param(0.1 + 0.2 - 0.3, "0.0000", "0.0000", id="rounding error"),
        pytest.param(-0.0, "0.0000", "0.0000", id="zero"),
        pytest.param(None, "–", "–", id="none"),
        pytest.param(float("nan"), "–", "–", id="nan"),
        pytest.param(float("-inf"), "–", "–", id="infinite"),
    ],
)
def test_scores(value: Any, shown: str, signed: str) -> None:
    assert text.score(value) == shown
    assert text.score(value, sign=True) == signed


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        pytest.param(-0.01234, 0.00004, "-0.0123 to 0.0000", id="an end near zero"),
        pytest.param(-0.00004, 0.00002, "-0.00004 to 0.00002", id="small"),
        pytest.param(-0.00075, -0.00067, "-0.00075 to -0.00067", id="narrow"),
        pytest.param(0.99912, 1.0, "0.9991 to 1.0000", id="at its end"),
        pytest.param(1.0, 1.0, "1.0000 to 1.0000", id="one point"),
        pytest.param(-3e-9, 2e-9, "-3.00e-09 to 2.00e-09", id="tiny"),
        pytest.param(0.00002, 0.03, "0.0000 to 0.0300", id="no sign of zero"),
        pytest.param(-4321.0, -1234.0, "-4,321.0 to -1,234.0", id="large"),
        pytest.param(-4.0982e23, 0.0, "-4.0982e+23 to 0.0000", id="huge"),
        pytest.param(123.45, 123.48, "123.45 to 123.48", id="large and narrow"),
        pytest.param(0.912345678, 0.912345681, "0.912345678 to 0.912345681", id="one beside the other"),
        pytest.param(0.1, float("nan"), "–", id="unknown"),
        pytest.param(None, None, "–", id="none"),
    ],
)
def test_intervals(low: Any, high: Any, shown: str) -> None:
    assert text.interval(low, high) == shown


@pytest.mark.parametrize(
    ("value", "low", "high", "shown", "coarser"),
    [
        pytest.param(0.999942, 0.99992, 0.99996, "0.99994 (0.99992 to 0.99996)", None, id="narrow"),
        pytest.param(0.998913, 0.99852, 0.9999, "0.9989 (0.9985 to 0.9999)", None, id="near an end"),
        pytest.param(0.77389, 0.7312, 0.8166, "0.7739 (0.7312 to 0.8166)", "0.7739 (0.731 to 0.817)", id="wide"),
        pytest.param(0.7346, 0.7346, 0.7346, "0.7346 (0.7346 to 0.7346)", None, id="one point"),
        pytest.param(-1234.56, -1234.59, -1234.54, "-1,234.56 (-1,234.59 to -1,234.54)", None, id="large"),
        pytest.param(1.5e-9, -3e-9, 2e-9, "1.5e-09 (-3.00e-09 to 2.00e-09)", None, id="tiny"),
        pytest.param(-1.3e-20, -2e-20, -1e-20, "-1.3e-20 (-2.00e-20 to -1.00e-20)", None, id="tinier"),
        pytest.param(0.0, -2e-20, 1e-20, "0.0e+00 (-2.00e-20 to 1.00e-20)", None, id="zero"),
        pytest.param(0.00001, -0.00004, 0.00002, "0.00001 (-0.00004 to 0.00002)", None, id="small"),
        pytest.param(0.8, None, None, "0.8000 (–)", None, id="no interval"),
        pytest.param(None, 0.1, 0.2, "– (0.1000 to 0.2000)", "– (0.100 to 0.200)", id="no score"),
    ],
)
def test_a_score_is_told_within_its_interval(value: Any, low: Any, high: Any, shown: str, coarser: str | None) -> None:
    assert "{} ({})".format(*text.estimate(value, low, high)) == shown
    assert "{} ({})".format(*text.estimate(value, low, high, 3)) == (coarser or shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0123, "0.012"), (99.4, "99"), (99.7, "100"), (1234.5, "1,234"), (1e-9, "1e-09"), (1.4e22, "1.4e+22")],
)
def test_widths(value: float, shown: str) -> None:
    assert text.width(value) == shown


def test_fewer_decimals() -> None:
    assert text.score(2.346, 2) == "2.35"
    assert text.interval(0.81249, 0.9, 3) == "0.812 to 0.900"
    assert text.interval(-0.000513, -0.0004, 3) == "-0.0005 to -0.0004"


@pytest.mark.parametrize(
    "parts", [(1 / 3, 1 / 3, 1 / 3), (0.005, 0.99, 0.005), (0.145, 0.715, 0.14), (0.29, 0.71, 0), (0, 1, 0)]
)
def test_shares_add_up(parts: tuple[float, ...]) -> None:
    whole = text.whole_shares(parts)
    assert sum(whole) == 100
    assert all(abs(one - 100 * part) < 1 for one, part in zip(whole, parts, strict=True))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0004, "<0.001"), (0.04971, "0.0497"), (0.04999, "0.0499"), (0.0502, "0.050"), (None, "–")],
)
def test_chances_below_the_level_are_told_below_it(value: Any, shown: str) -> None:
    assert text.p_value(value) == shown


@pytest.mark.parametrize("names", [["x", "x", "x (1)"], ["x (1)", "x", "x"], ["a" * 40, "a" * 41, "b"]])
def test_names_stay_apart_when_they_are_shortened(names: list[str]) -> None:
    made = text.distinct(names)
    assert len(set(made)) == len(names)
    assert max(map(len, made)) <= text.LONGEST + len(" (3)")


def test_names_that_differ_behind_their_beginning_are_told_from_there() -> None:
    made = text.distinct([f"class number {number:02} of the fourteen" for number in range(14)], 18)
    assert made[:2] == ["…00 of th…fourteen", "…01 of th…fourteen"]
    ends = ("north_europe", "south_europe")
    assert text.distinct([f"customer_churn_2024_region_{end}" for end in ends], 18) == [f"…{end}" for end in ends]
    assert text.distinct(["a long name of a class"] * 2, 18)[1] == "a long na… a class (2)"


def test_the_ends_of_an_interval_of_huge_scores_are_told_apart() -> None:
    told = ("1.23457e+15", "1.23456e+15 to 1.23460e+15")
    assert text.estimate(1.23456789e15, 1.23456e15, 1.2346e15) == told
    assert text.interval(1e13, 2e13) == "1.0000e+13 to 2.0000e+13"
