"""Ranges of YAML as Optuna distributions, and what factories draw from a trial."""

import math
from decimal import Decimal
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FixedTrial

from mlzoo import space
from mlzoo.errors import ConfigError
from mlzoo.space import distribution

optuna.logging.set_verbosity(optuna.logging.WARNING)

KEY = "models.space.C"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
FACTORY = "mlzoo.models.log_reg"
PIPELINE = "sklearn.pipeline.Pipeline"
BAGGING = "sklearn.ensemble.BaggingClassifier"
STEPS = [["lr", {"_target_": LOGISTIC, "C": 1.0}]]
FOREST = "mlzoo.models.random_forest"


def drawn(found: BaseDistribution, seed: int) -> Any:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    return study.ask(fixed_distributions={"x": found}).params["x"]


# -- a range is a distribution ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"low": 1, "high": 10}, IntDistribution(1, 10), id="whole numbers"),
        pytest.param(
            {"low": 10, "high": 600, "step": 10}, IntDistribution(10, 600, step=10), id="whole numbers by step"
        ),
        pytest.param({"low": 10, "high": 600, "q": 10}, IntDistribution(10, 600, step=10), id="q is step"),
        pytest.param(
            {"low": 1, "high": 9, "step": None, "q": 2}, IntDistribution(1, 9, step=2), id="q beside an empty step"
        ),
        pytest.param(
            {"low": 1, "high": 1024, "log": True}, IntDistribution(1, 1024, log=True), id="whole numbers on a log"
        ),
        pytest.param(
            {"low": 1, "high": 9, "log": True, "step": 1}, IntDistribution(1, 9, log=True), id="log by step 1"
        ),
        pytest.param({"low": 1, "high": 10, "step": 4}, IntDistribution(1, 9, step=4), id="whole step does not divide"),
        pytest.param({"low": 1, "high": 2, "step": 5}, IntDistribution(1, 1, step=5), id="whole step beyond high"),
        pytest.param({"low": -3, "high": -3}, IntDistribution(-3, -3), id="one whole number"),
        pytest.param({"low": 1, "high": 10.0}, FloatDistribution(1.0, 10.0), id="one end is a float"),
        pytest.param(
            {"low": 1, "high": 2, "step": 0.5}, FloatDistribution(1.0, 2.0, step=0.5), id="the step is a float"
        ),
        pytest.param({"low": 0.001, "high": 100.0, "log": True}, FloatDistribution(0.001, 100.0, log=True), id="log"),
        pytest.param({"low": 0.0, "high": 1.0, "log": False}, FloatDistribution(0.0, 1.0), id="log is off"),
        pytest.param({"low": 0.1, "high": 1.0, "step": 0.1}, FloatDistribution(0.1, 1.0, step=0.1), id="a float step"),
        pytest.param(
            {"low": 0.1, "high": 1.0, "step": 0.2}, FloatDistribution(0.1, 0.9, step=0.2), id="does not divide"
        ),
        pytest.param({"low": 0.0, "high": 1.0, "step": 0.3}, FloatDistribution(0.0, 0.9, step=0.3), id="nor does 0.3"),
        pytest.param(
            {"low": 0.0, "high": 1.0, "step": 3.0}, FloatDistribution(0.0, 0.0, step=3.0), id="step beyond high"
        ),
        pytest.param(["mean", "median"], CategoricalDistribution(["mean", "median"]), id="choices"),
        pytest.param(
            [None, True, 1.5, "x"], CategoricalDistribution([None, True, 1.5, "x"]), id="choices of all kinds"
        ),
    ],
)
def test_distribution(value: Any, expected: BaseDistribution) -> None:
    found = distribution(value, where=KEY)
    assert found == expected
    assert type(found) is type(expected)


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(1, 50) | st.none(), st.integers(0, 99))
def test_whole_numbers(low: int, width: int, step: int | None, seed: int) -> None:
    high = low + width
    found = distribution({"low": low, "high": high} | ({"step": step} if step else {}), where=KEY)
    assert isinstance(found, IntDistribution)
    grid = range(low, high + 1, step or 1)
    assert (found.low, found.high, found.step, found.log) == (low, grid[-1], step or 1, False)
    value = drawn(found, seed)
    assert type(value) is int
    assert value in grid


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(0, 99))
def test_floats(a: float, b: float, seed: int) -> None:
    low, high = min(a, b), max(a, b)
    found = distribution({"low": low, "high": high}, where=KEY)
    assert isinstance(found, FloatDistribution)
    assert (found.low, found.high, found.step, found.log) == (low, high, None, False)
    value = drawn(found, seed)
    assert isinstance(value, float)
    assert low <= value <= high


@given(st.floats(1e-6, 1e6), st.floats(1.0, 1e6), st.integers(0, 99))
def test_floats_on_a_log_scale(low: float, factor: float, seed: int) -> None:
    high = low * factor
    found = distribution({"low": low, "high": high, "log": True}, where=KEY)
    assert (found.low, found.high, found.log) == (low, high, True)  # type: ignore[attr-defined]
    value = drawn(found, seed)
    assert low <= value <= high or math.isclose(value, high)


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 99))
def test_whole_numbers_on_a_log_scale(low: int, width: int, seed: int) -> None:
    found = distribution({"low": low, "high": low + width, "log": True}, where=KEY)
    assert found == IntDistribution(low, low + width, log=True)
    assert drawn(found, seed) in range(low, low + width + 1)


@given(st.integers(-500, 500), st.integers(0, 1000), st.integers(1, 300), st.integers(1, 4), st.integers(0, 99))
def test_a_float_step_keeps_to_the_grid_of_the_decimals_as_written(
    low: int, width: int, step: int, places: int, seed: int
) -> None:
    unit = Decimal(10) ** -places
    first, last, by = low * unit, (low + width) * unit, step * unit
    found = distribution({"low": float(first), "high": float(last), "step": float(by)}, where=KEY)
    assert isinstance(found, FloatDistribution)
    assert (found.low, found.step) == (float(first), float(by))
    assert found.high == pytest.approx(float(first + by * (width // step)), abs=1e-12)
    value = drawn(found, seed)
    assert float(first) <= value <= float(last) + 1e-12
    assert min(abs(value - float(first + by * i)) for i in range(width // step + 1)) < 1e-9


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.lists(scalars, min_size=1), st.integers(0, 99))
def test_choices(choices: list[Any], seed: int) -> None:
    found = distribution(choices, where=KEY)
    assert isinstance(found, CategoricalDistribution)
    assert found.choices == tuple(choices)
    assert drawn(found, seed) in choices


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        pytest.param({"low": 5, "high": 1}, ["`low` <= `high`", KEY, "low=5", "high=1"], id="low above high"),
        pytest.param(
            {"low": 0.5, "high": 0.1, "step": 0.1}, ["`low` <= `high`", "low=0.5"], id="low above high by step"
        ),
        pytest.param({"low": 0, "high": 1, "log": True}, ["`low` > 0", KEY, "low=0"], id="log of 0"),
        pytest.param({"low": -1.0, "high": 1.0, "log": True}, ["`low` > 0", KEY, "low=-1.0"], id="log below 0"),
        pytest.param({"low": 1, "high": 2, "step": 0}, ["`step` > 0", KEY, "step=0"], id="step 0"),
        pytest.param({"low": 1, "high": 2, "q": -0.5}, ["`step` > 0", KEY, "step=-0.5"], id="q below 0"),
        pytest.param({"low": 1, "high": 9, "log": True, "step": 2}, [KEY, "log: true and step=2"], id="log and step"),
        pytest.param({"low": 0.1, "high": 9.0, "log": True, "step": 1}, [KEY, "step=1"], id="log and step of floats"),
        pytest.param({"low": 1}, [f"{KEY}.high=None", "must be a number"], id="no high"),
        pytest.param({"high": 1}, [f"{KEY}.low=None", "must be a number"], id="no low"),
        pytest.param({"low": "1", "high": 2}, [f"{KEY}.low=1", "must be a number"], id="text"),
        pytest.param({"low": True, "high": 2}, [f"{KEY}.low=True", "must be a number"], id="a bool"),
        pytest.param({"low": 1, "high": math.inf}, [f"{KEY}.high=inf", "must be a number"], id="infinite"),
        pytest.param({"low": math.nan, "high": 1}, [f"{KEY}.low=nan", "must be a number"], id="not a number"),
        pytest.param({"low": 1, "high": 2, "step": "x"}, [f"{KEY}.step=x", "must be a number"], id="step is text"),
        pytest.param({"low": 1, "high": 2, "log": "false"}, [f"{KEY}.log", "false", "true or false"], id="log is text"),
        pytest.param(
            {"low": 1, "high": 2, "stpe": 1}, [f"{KEY}.stpe", "low, high, step, q, log", "'step'"], id="unknown key"
        ),
        pytest.param([], [f"{KEY}=[]", "non-empty"], id="no choices"),
        pytest.param([[1]], [f"{KEY}=[[1]]", "choices must be"], id="choices of lists"),
        pytest.param("1..3", [f"{KEY}='1..3'", "{low: …, high: …}"], id="text for a range"),
        pytest.param(3, [f"{KEY}=3", "list of choices"], id="a number for a range"),
    ],
)
def test_an_error_names_the_key_and_the_values(value: Any, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        distribution(value, where=KEY)
    assert [part for part in parts if part not in str(caught.value)] == []


# -- what factories draw ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param([1, 2], True, id="list"),
        pytest.param([], True, id="empty list"),
        pytest.param({"low": 1, "high": 2}, True, id="low and high"),
        pytest.param({"low": 1}, True, id="low alone"),
        pytest.param({"high": 1}, True, id="high alone"),
        pytest.param({"a": 1}, False, id="another mapping"),
        pytest.param({}, False, id="empty mapping"),
        pytest.param(1.5, False, id="number"),
        pytest.param("mean", False, id="text"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_is_range(value: Any, expected: bool) -> None:
    assert space.is_range(value) is expected


@pytest.mark.parametrize(
    ("value", "answer", "expected"),
    [
        pytest.param({"low": 1, "high": 9, "step": 2}, 3, IntDistribution(1, 9, step=2), id="int"),
        pytest.param({"low": 1, "high": 9, "log": True}, 3, IntDistribution(1, 9, log=True), id="int log"),
        pytest.param({"low": 0.1, "high": 1.0, "step": 0.1}, 0.3, FloatDistribution(0.1, 1.0, step=0.1), id="float"),
        pytest.param(
            {"low": 0.1, "high": 1.0, "log": True}, 0.3, FloatDistribution(0.1, 1.0, log=True), id="float log"
        ),
        pytest.param(["a", "b"], "b", CategoricalDistribution(["a", "b"]), id="choices"),
    ],
)
def test_suggest_asks_the_trial(value: Any, answer: Any, expected: BaseDistribution) -> None:
    trial = FixedTrial({"C": answer})
    assert space.suggest(trial, "C", value) == answer
    assert trial.distributions == {"C": expected}


@pytest.mark.parametrize("value", [pytest.param(v, id=repr(v)) for v in (0.1, "mean", None, True, {"a": 1})])
def test_suggest_leaves_a_plain_value_alone(value: Any) -> None:
    trial = FixedTrial({})
    assert space.suggest(trial, "C", value) == value
    assert space.suggest(None, "C", value) == value
    assert trial.distributions == {}


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        pytest.param(
            {"low": 1, "high": 9}, ["C={'low': 1, 'high': 9}", "is a range", "n_trials=20", "C=1."], id="range"
        ),
        pytest.param(
            ["mean", "median"], ["C=['mean', 'median']", "is a range", "n_trials=20", "C=mean."], id="choices"
        ),
        pytest.param([], ["C=[]", "non-empty"], id="no choices"),
        pytest.param({"high": 3}, ["C.low=None", "must be a number"], id="half a range"),
    ],
)
def test_a_range_without_a_trial(value: Any, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        space.suggest(None, "C", value)
    assert [part for part in parts if part not in str(caught.value)] == []


# -- nodes of a group ---------------------------------------------------------------------------------------------

RANGE = {"low": 0.1, "high": 1.0}


def node(target: str, searched: Any = None, **values: Any) -> dict[str, Any]:
    return {"type": {"_target_": target, **values}, "space": searched}


@pytest.mark.parametrize(
    ("given_node", "expected"),
    [
        pytest.param(node(FACTORY, C=RANGE), True, id="a range"),
        pytest.param(node(FACTORY, {"C": RANGE}, C=RANGE), True, id="a range beside a space"),
        pytest.param(node(FACTORY, C=1.0), True, id="no space: it may draw what it likes"),
        pytest.param(node(FACTORY, {"C": RANGE}, C=1.0), False, id="plain values and a space"),
        pytest.param(node(LOGISTIC, C=1.0), False, id="takes no trial"),
        pytest.param(node(LOGISTIC, {"C": RANGE}), False, id="takes no trial, with a space"),
    ],
)
def test_is_factory(given_node: dict[str, Any], expected: bool) -> None:
    assert space.is_factory(given_node, "models") is expected


@pytest.mark.parametrize(
    ("given_node", "expected"),
    [
        pytest.param(
            node(LOGISTIC, {"C": RANGE}), {"models.type.C": FloatDistribution(0.1, 1.0)}, id="by override key"
        ),
        pytest.param(
            node(LOGISTIC, {"C": RANGE, "tol": None}), {"models.type.C": FloatDistribution(0.1, 1.0)}, id="nulled"
        ),
        pytest.param(node(LOGISTIC), {}, id="no space"),
        pytest.param({"type": {"_target_": LOGISTIC}}, {}, id="no key"),
        pytest.param(node(FACTORY, {"C": RANGE}, C=RANGE), {}, id="a factory"),
        pytest.param(
            node(FACTORY, {"C": [1, 2]}, C=1), {"models.type.C": CategoricalDistribution([1, 2])}, id="no ranges"
        ),
    ],
)
def test_distributions(given_node: dict[str, Any], expected: dict[str, BaseDistribution]) -> None:
    assert space.distributions(given_node, "models") == expected


@pytest.mark.parametrize(
    ("given_node", "tuned"),
    [
        pytest.param(node(LOGISTIC, {"C": RANGE}, C=1.0), False, id="a space, not tuned"),
        pytest.param(node(LOGISTIC, {"C": RANGE, "tol": None}), True, id="a space, tuned"),
        pytest.param(node(FACTORY, C=RANGE), True, id="a factory, tuned"),
        pytest.param(node(FACTORY, C=1.0), False, id="a factory of plain values"),
        pytest.param(node(LOGISTIC, class_weight={"low": 1, "up": 2}), False, id="a mapping that is no range"),
        pytest.param(
            node("sklearn.neural_network.MLPClassifier", hidden_layer_sizes=[9, 9]), False, id="a list is a value"
        ),
        pytest.param(node(PIPELINE, {"steps.a": [1]}), False, id="a space of something nested"),
        pytest.param(node(PIPELINE, {"steps.0.1.C": RANGE}, steps=STEPS), True, id="a space of a place in a list"),
        pytest.param(
            node(BAGGING, {"estimator.C": RANGE}, estimator=STEPS[0][1]), True, id="a space of an estimator's"
        ),
        pytest.param(
            node(BAGGING, {"estimator._target_": [LOGISTIC, "b"], "estimator.b": [1]}, estimator=STEPS[0][1]),
            True,
            id="a space of estimators",
        ),
    ],
)
def test_check_node_accepts(given_node: dict[str, Any], tuned: bool) -> None:
    before = repr(given_node)
    space.check_node(given_node, "models", tuned=tuned)
    assert repr(given_node) == before


def test_a_space_of_a_target_that_takes_any_argument(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_any.py").write_text("def make(**kwargs):\n    return kwargs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "own_any")
    space.check_node(node("own_any.make", {"anything": [1, 2]}), "models", tuned=True)
    with pytest.raises(ConfigError, match=r"models\.space\.anything=\[\]"):
        space.check_node(node("own_any.make", {"anything": []}), "models", tuned=True)


@pytest.mark.parametrize(
    ("given_node", "tuned", "parts"),
    [
        pytest.param(
            node(FACTORY, C=RANGE),
            False,
            ["models.type.C={'low': 0.1", "n_trials=20", "models.type.C=0.1"],
            id="no n_trials",
        ),
        pytest.param(node(FACTORY, C=[]), False, ["models.type.C=[]", "non-empty"], id="an empty list, not tuned"),
        pytest.param(node(FACTORY, C=[]), True, ["models.type.C=[]", "non-empty"], id="an empty list, tuned"),
        pytest.param(
            node(FACTORY, C={"low": 5, "high": 1}), True, ["models.type.C", "low=5", "high=1"], id="a wrong range"
        ),
        pytest.param(
            node(LOGISTIC, C=RANGE), True, ["models.type.C=", "takes no trial", "models.space.C"], id="wrong place"
        ),
        pytest.param(
            node(LOGISTIC, {"CC": [1]}), True, ["models.space.CC", LOGISTIC, "no argument 'CC'", "'C'"], id="unknown"
        ),
        pytest.param(
            node(LOGISTIC, {"C": {"low": 5, "high": 1}}), False, ["models.space.C", "low=5"], id="wrong though unused"
        ),
        pytest.param(
            node(PIPELINE, {"steps.0.1.CC": [1]}, steps=STEPS),
            True,
            ["models.space.steps.0.1.CC", LOGISTIC, "no argument 'CC'", "'C'"],
            id="unknown in a list",
        ),
        pytest.param(
            node(PIPELINE, {"steps.1.1.C": [1]}, steps=STEPS),
            False,
            ["models.space.steps.1.1.C", "has no place '1', it has 0 to 0"],
            id="no such place",
        ),
        pytest.param(
            node(PIPELINE, {"steps.0.0.C": [1]}, steps=STEPS), False, ["no node before 'C' that holds it"], id="a name"
        ),
        pytest.param(
            node(BAGGING, {"estimator.CC": [1]}, estimator=STEPS[0][1]),
            False,
            ["no argument 'CC'"],
            id="an estimator's",
        ),
        pytest.param(node(LOGISTIC, 3), True, ["models.space=3", "must map parameters"], id="a number for a space"),
        pytest.param(
            node(LOGISTIC, ["C"]), True, ["models.space=['C']", "must map parameters"], id="a list for a space"
        ),
    ],
)
def test_check_node_refuses(given_node: dict[str, Any], tuned: bool, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        space.check_node(given_node, "models", tuned=tuned)
    assert [part for part in parts if part not in str(caught.value)] == []
