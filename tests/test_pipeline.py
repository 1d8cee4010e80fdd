"""From a cell and a setting to an unfitted Pipeline."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.trial import FixedTrial

from mlzoo import pipeline
from mlzoo.errors import ConfigError, DataError
from mlzoo.pipeline import Prefixed, Replay, readable
from tests.tables import Load, table

param = pytest.param
COLUMNS = {"number": ["age"], "category": ["sex"]}
Plain = Callable[..., dict[str, Any]]
SCALER = {"type": {"_target_": "sklearn.preprocessing.StandardScaler"}}
FOREST = {"_target_": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 5}


def cell(model: dict[str, Any], prep: dict[str, Any] = SCALER) -> dict[str, Any]:
    return {"preprocess": prep, "models": {"type": model}}


def test_the_default_setting(plain: Plain) -> None:
    built = pipeline.build(plain("+preprocess=complex", "+models=rf"), COLUMNS, None, seed=123)
    assert [name for name, _ in built.steps] == ["prep", "model"]
    model = built["model"]
    assert (model.n_estimators, model.max_depth, model.min_samples_split) == (100, 5, 10)
    assert model.random_state == 123
    assert built["prep"]["impute_numbers"].variables == ["age"]
    assert built["prep"]["encode"].variables == ["sex"]


def test_a_setting_replaces_values(plain: Plain) -> None:
    config = plain("+preprocess=complex", "+models=lr")
    params = {"models.type.C": 0.1, "models.type.l1_ratio": 0.5, "preprocess.type.imputation": "median"}
    built = pipeline.build(config, COLUMNS, params, seed=1)
    assert (built["model"].C, built["model"].l1_ratio) == (0.1, 0.5)
    assert built["prep"]["impute_numbers"].imputation_method == "median"
    assert config["models"]["type"]["C"] == 1.0


def test_factories_replay_a_setting(plain: Plain) -> None:
    config = plain("+preprocess=multi_complex", "+models=multi_lr", "n_trials=2")
    params = {
        "models.type.C": 0.25,
        "models.type.fit_intercept": False,
        "preprocess.type.imputation": "median",
        "preprocess.type.categorical_imputation": "missing",
    }
    built = pipeline.build(config, COLUMNS, params, seed=1)
    assert (built["model"].C, built["model"].fit_intercept) == (0.25, False)
    assert built["prep"]["impute_categories"].imputation_method == "missing"
    with pytest.raises(ConfigError, match=r"asked for 'models\.type\.fit_intercept', which its trial did not draw"):
        pipeline.build(config, COLUMNS, {k: v for k, v in params.items() if "intercept" not in k}, seed=1)


def test_factories_draw_under_their_override_keys(plain: Plain) -> None:
    config = plain("+preprocess=multi_simple", "+models=multi_rf", "n_trials=2")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    trial: Any = study.ask()
    drawn = pipeline.assemble(config, {"number": ["age"], "category": []}, {}, trial, seed=1)
    assert set(trial.params) == {
        "preprocess.type.imputation",
        "models.type.n_estimators",
        "models.type.max_depth",
        "models.type.min_samples_split",
    }
    again = pipeline.build(config, {"number": ["age"], "category": []}, trial.params, seed=1)
    assert str(again.get_params()) == str(drawn.get_params())


COMPLEX, SIMPLE = "mlzoo.preprocessing.complex_preprocess", "mlzoo.preprocessing.simple_preprocess"


@pytest.mark.parametrize(
    ("prep", "expected"),
    [
        param({"_target_": COMPLEX}, False, id="values"),
        param({"_target_": COMPLEX, "imputation": ["mean", "median"]}, True, id="a-range"),
        param({"_target_": COMPLEX, "imputation": "guess"}, True, id="fails-of-itself"),
    ],
)
def test_whether_a_factory_draws(prep: dict[str, Any], expected: bool) -> None:
    assert pipeline.draws(cell(FOREST, {"type": prep}), COLUMNS, seed=1) is expected


def test_errors_of_ours_are_told_before_a_factory_draws() -> None:
    with pytest.raises(DataError, match="reads numbers only"):
        pipeline.draws(cell(FOREST, {"type": {"_target_": SIMPLE}}), COLUMNS, seed=1)


@pytest.mark.parametrize(
    ("kinds", "kept", "told"),
    [
        param([], ["x", "day", "who", "note"], None, id="all"),
        param(["number"], ["x", "day"], "numbers only, left out: 'who' (categories); 'note' (text).", id="numbers"),
        param("category", ["who"], "categories only, left out: 'x' and 'day' (numbers); 'note' (text).", id="one word"),
    ],
)
def test_columns_of_the_kinds_that_a_preprocessing_reads(
    load: Load, kinds: Any, kept: list[str], told: str | None
) -> None:
    asked = {"number": [], "boolean": [], "category": ["who"], "date": ["day"], "text": ["note"]}
    whole = load(table(day="2026-01-05", who=["Ann", "Bob"] * 20, note="good"), columns=asked)
    found = readable(whole, {"preprocess": {"kinds": kinds}, "origin": {"preprocess": "mine"}})
    assert list(found.X_train) == list(found.X_test) == found.sources["train"]["columns"] == kept
    assert {name for names in found.columns.values() for name in names} == set(kept)
    assert set(found.aside_train) == set(found.aside_test) == set(whole.X_train) - set(kept)
    messages = [one["message"] for one in found.findings if one["check"] == "kinds"]
    assert messages == ([] if told is None else [f"preprocess=mine reads {told}"])


def test_of_a_column_that_is_left_out_nothing_more_is_told_but_how_to_mend_it(load: Load) -> None:
    odd = {"who": ["Ann", "ann "] * 20, "size": [*map(str, range(9)), "lost"] * 4, "mark": [f"m{n}" for n in range(40)]}
    whole = load(table(note="good", id=range(40), **odd), columns={"text": ["note"], "category": ["mark"]})
    found = readable(whole, {"preprocess": {"kinds": ["number"]}, "origin": {"preprocess": "mine"}})
    assert {(one["check"], one["column"]) for one in whole.findings if one["column"] != "x"} >= {
        *(("spelling", "who"), ("marks", "size"), ("identifier", "mark"), ("identifier", "id")),
    }
    about = {one["column"]: one["check"] for one in found.findings}
    assert about.keys() & {"who", "size", "mark", "note", "id"} == {"size", "id"}
    assert about["size"] == "marks"


@pytest.mark.parametrize(
    ("model", "name", "expected"),
    [
        param(FOREST, "random_state", 9, id="left-out"),
        param({**FOREST, "random_state": None}, "random_state", 9, id="null"),
        param({**FOREST, "random_state": 5}, "random_state", 5, id="given"),
        param({**FOREST, "random_state": 0}, "random_state", 0, id="zero"),
        param(
            {"_target_": "sklearn.ensemble.BaggingClassifier", "estimator": FOREST},
            "estimator__random_state",
            9,
            id="nested",
        ),
    ],
)
def test_the_seed_reaches_every_random_choice(model: dict[str, Any], name: str, expected: int) -> None:
    assert pipeline.build(cell(model), COLUMNS, None, seed=9).get_params()[f"model__{name}"] == expected


def test_a_model_without_random_choices_is_left_alone() -> None:
    model = {"_target_": "sklearn.neighbors.KNeighborsClassifier", "n_neighbors": 3}
    assert pipeline.build(cell(model), COLUMNS, None, seed=9)["model"].n_neighbors == 3


def test_a_setting_reaches_nested_nodes() -> None:
    model = {"_target_": "sklearn.ensemble.BaggingClassifier", "estimator": dict(FOREST)}
    built = pipeline.build(cell(model), COLUMNS, {"models.type.estimator.n_estimators": 7}, seed=9)
    assert built["model"].estimator.n_estimators == 7
    assert model["estimator"] == FOREST


def test_a_setting_reaches_a_list() -> None:
    steps = [["scale", {"_target_": "sklearn.preprocessing.StandardScaler"}], ["forest", dict(FOREST)]]
    model = {"_target_": "sklearn.pipeline.Pipeline", "steps": steps}
    built = pipeline.build(cell(model), COLUMNS, {"models.type.steps.1.1.n_estimators": 7}, seed=9)
    assert built["model"]["forest"].n_estimators == 7
    assert pipeline.with_values({"a": [1, 2]}, {"a.1": 5}) == {"a": [1, 5]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param({}, {"a": 1, "b": {"c": 2}}, id="nothing"),
        param({"a": 3}, {"a": 3, "b": {"c": 2}}, id="leaf"),
        param({"b.c": 3}, {"a": 1, "b": {"c": 3}}, id="inner"),
        param({"d.e.f": 3}, {"a": 1, "b": {"c": 2}, "d": {"e": {"f": 3}}}, id="new"),
    ],
)
def test_with_values(values: dict[str, Any], expected: dict[str, Any]) -> None:
    node = {"a": 1, "b": {"c": 2}}
    assert pipeline.with_values(node, values) == expected
    assert node == {"a": 1, "b": {"c": 2}}


def test_a_value_of_a_class_by_its_number() -> None:
    assert pipeline.with_values({"class_weight": {0: 1, 1: 1}}, {"class_weight.1": 9}) == {"class_weight": {0: 1, 1: 9}}


def test_leaves() -> None:
    made = cell({**FOREST, "estimator": {"_target_": "x", "depth": 1}, "empty": {}, "names": ["a"]})
    expected = {
        "preprocess.type._target_": "sklearn.preprocessing.StandardScaler",
        "models.type._target_": FOREST["_target_"],
        "models.type.n_estimators": 7,
        "models.type.estimator._target_": "x",
        "models.type.estimator.depth": 1,
        "models.type.empty": {},
        "models.type.names": ["a"],
        "models.type.extra": None,
    }
    assert pipeline.leaves(made, {"models.type.n_estimators": 7, "models.type.extra": None}) == expected


def test_leaves_give_way_to_what_is_set_below_them() -> None:
    found = pipeline.leaves(cell({"_target_": "x", "inner": None}), {"models.type.inner.depth": 2})
    assert "models.type.inner" not in found
    assert found["models.type.inner.depth"] == 2


# -- trials -------------------------------------------------------------------------------------------------------


def test_prefixed_trial() -> None:
    inner = FixedTrial({"p.a": 0.5, "p.b": 3, "p.c": "x"})
    trial = Prefixed(inner, "p.")
    assert trial.suggest_float("a", 0, 1, step=0.5) == 0.5
    assert trial.suggest_int("b", 1, 5) == 3
    assert trial.suggest_categorical("c", ["x", "y"]) == "x"
    assert trial.number == 0
    assert set(inner.params) == {"p.a", "p.b", "p.c"}
    trial.set_user_attr("note", 1)
    assert inner.user_attrs == {"note": 1}


def test_a_prefixed_trial_hides_private_names() -> None:
    with pytest.raises(AttributeError, match="_secret"):
        _ = Prefixed(FixedTrial({}), "p.")._secret


def test_replay() -> None:
    trial = Replay({"a": 0.5, "b": 3, "c": None})
    assert trial.suggest_float("a", 0, 1, log=True) == 0.5
    assert trial.suggest_int("b", 1, 5, step=2) == 3
    assert trial.suggest_categorical("c", [None]) is None
    with pytest.raises(ConfigError, match="'d', which its trial did not draw"):
        trial.suggest_float("d", 0, 1)
