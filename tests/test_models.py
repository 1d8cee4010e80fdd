"""Trial-aware model factories."""

from typing import Any

import pytest
from optuna.trial import FixedTrial
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from mlzoo.errors import ConfigError
from mlzoo.models import log_reg, random_forest

param = pytest.param
C = {"low": 0.001, "high": 100.0, "log": True}
TREES = {"low": 10, "high": 600, "step": 10}
DEPTH = {"low": 1, "high": 10}
SPLIT = {"low": 0.1, "high": 1.0, "step": 0.1}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        param(log_reg(), LogisticRegression(C=1.0), id="lr"),
        param(
            log_reg(0.1, False, random_state=7),
            LogisticRegression(C=0.1, fit_intercept=False, random_state=7),
            id="lr-values",
        ),
        param(
            random_forest(),
            RandomForestClassifier(n_estimators=100, max_depth=5, min_samples_split=10),
            id="rf",
        ),
        param(
            random_forest(20, 3, 0.2, random_state=7),
            RandomForestClassifier(n_estimators=20, max_depth=3, min_samples_split=0.2, random_state=7),
            id="rf-values",
        ),
    ],
)
def test_plain_values_need_no_trial(made: Any, expected: Any) -> None:
    assert type(made) is type(expected)
    assert made.get_params() == expected.get_params()


def test_log_reg_draws_its_ranges() -> None:
    trial: Any = FixedTrial({"C": 0.5, "fit_intercept": False})
    made = log_reg(C, [True, False], random_state=7, trial=trial)
    assert made.get_params() == LogisticRegression(C=0.5, fit_intercept=False, random_state=7).get_params()
    drawn = trial.distributions
    assert (drawn["C"].low, drawn["C"].high, drawn["C"].log) == (0.001, 100.0, True)
    assert drawn["fit_intercept"].choices == (True, False)


def test_random_forest_draws_its_ranges() -> None:
    trial: Any = FixedTrial({"n_estimators": 20, "max_depth": 2, "min_samples_split": 0.3})
    made = random_forest(TREES, DEPTH, SPLIT, random_state=7, trial=trial)
    expected = RandomForestClassifier(n_estimators=20, max_depth=2, min_samples_split=0.3, random_state=7)
    assert made.get_params() == expected.get_params()
    ranges = {name: (d.low, d.high, d.step) for name, d in trial.distributions.items()}
    assert ranges == {"n_estimators": (10, 600, 10), "max_depth": (1, 10, 1), "min_samples_split": (0.1, 1.0, 0.1)}


def test_a_range_beside_values() -> None:
    trial: Any = FixedTrial({"max_depth": 2})
    assert random_forest(20, DEPTH, 4, trial=trial).max_depth == 2
    assert list(trial.distributions) == ["max_depth"]


@pytest.mark.parametrize(
    ("factory", "arguments", "name"),
    [
        param(log_reg, {"C": C}, "C", id="lr-C"),
        param(log_reg, {"fit_intercept": [True, False]}, "fit_intercept", id="lr-intercept"),
        param(random_forest, {"n_estimators": TREES}, "n_estimators", id="rf-trees"),
        param(random_forest, {"max_depth": DEPTH}, "max_depth", id="rf-depth"),
        param(random_forest, {"min_samples_split": SPLIT}, "min_samples_split", id="rf-split"),
    ],
)
def test_ranges_without_a_trial(factory: Any, arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}=.* is a range: give n_trials=20"):
        factory(**arguments)
