"""Every YAML file of `conf/`: it composes, is checked, fits, and says what the issue asks for."""

import functools
import itertools
from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from mlzoo import pipeline, space, targets
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.composition.listing import describe
from mlzoo.composition.repository import conf_dir
from mlzoo.tables.data import Data, load

optuna.logging.set_verbosity(optuna.logging.WARNING)

ROWS = 40
FILES = sorted(conf_dir().rglob("*.yaml"))
GROUPS = ("preprocess", "models")


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


PREPROCESS, MODELS = options("preprocess"), options("models")
CELLS = list(itertools.product(PREPROCESS, MODELS))


@functools.cache
def cell(preprocess: str, model: str, *words: str) -> dict[str, Any]:
    """A cell's checked plain config, for a search where one of its factories needs a trial."""
    tuned = ["n_trials=3"] if "multi_" in preprocess + model else []
    found = config.plain(compose(f"+preprocess={preprocess}", f"+models={model}", *tuned, *words))
    config.check(found)
    return found


@functools.cache
def table(preprocess: str) -> Data:
    return load(cell(preprocess, "lr"))


def asked(found: dict[str, Any], columns: dict[str, list[str]]) -> Pipeline:
    """The pipeline of a setting drawn from the cell's space."""
    distributions = {key: value for group in GROUPS for key, value in space.distributions(found[group], group).items()}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    trial = study.ask(fixed_distributions=distributions)
    built = pipeline.assemble(found, columns, trial.params, trial, seed=found["seed"])
    assert set(trial.params) == {f"{group}.type.{name}" for group in GROUPS for name in found[group]["space"]}
    return built


def fits(built: Pipeline, data: Data) -> None:
    small = clone(built)
    if "n_estimators" in small[-1].get_params():
        small.set_params(model__n_estimators=5)
    small.fit(data.X_train.head(ROWS), data.y_train[:ROWS])
    check_is_fitted(small[-1])
    predicted = small.predict(data.X_test.head(ROWS))
    assert len(predicted) == ROWS
    assert set(predicted) <= set(data.y_train)


# -- every file ---------------------------------------------------------------------------------------------------


def test_what_is_shipped() -> None:
    assert [str(path.relative_to(conf_dir())) for path in FILES] == [
        "backend/dask.yaml",
        "backend/local.yaml",
        "config.yaml",
        "dataset/breast_cancer.yaml",
        "dataset/diabetes.yaml",
        "dataset/digits.yaml",
        "dataset/iris.yaml",
        "dataset/openml.yaml",
        "dataset/titanic.yaml",
        "dataset/wine.yaml",
        "db/postgres.yaml",
        "db/sqlite.yaml",
        "db/warehouse.yaml",
        "experiment/idx_digits.yaml",
        "experiment/tuned_forest.yaml",
        "hydra/help/mlzoo.yaml",
        "models/images/network.yaml",
        "models/lr.yaml",
        "models/multi_lr.yaml",
        "models/multi_rf.yaml",
        "models/rf.yaml",
        "preprocess/complex.yaml",
        "preprocess/images/pixels.yaml",
        "preprocess/multi_complex.yaml",
        "preprocess/multi_simple.yaml",
        "preprocess/simple.yaml",
        "sampler/random.yaml",
        "sampler/tpe.yaml",
        "storage/journal.yaml",
        "storage/memory.yaml",
        "storage/rdb.yaml",
        "validation/cv.yaml",
        "validation/group.yaml",
        "validation/holdout.yaml",
        "validation/nested.yaml",
    ]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(conf_dir()))) for path in FILES])
def test_a_file_composes(path: Path) -> None:
    group, _, option = str(path.relative_to(conf_dir()).with_suffix("")).rpartition("/")
    if group.endswith("/images"):  # a folder of options, which glob(*) does not name
        group, option = group.removesuffix("/images"), f"images/{option}"
    words = [] if not group else [f"{group}={option}"]
    cells = [f"+{name}={option}" for name, option in (("preprocess", "simple"), ("models", "lr")) if name != group]
    if group == "experiment":
        cells = []
    words += ["validation.groups=Pclass"] if path.stem == "group" else []
    words += ["db.query='select 1'"] if group == "db" else []
    words += ["dataset.name=credit-g"] if path.stem == "openml" else []
    found = config.plain(compose(*cells, *words))
    if not path.stem.startswith("multi_"):
        config.check(found)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if group == "dataset":  # of the whole config
        assert set(content) <= set(found)
    elif group in found:
        assert set(content) - {"defaults"} <= set(found[group])


def test_every_option_is_described_in_a_line() -> None:
    described = describe()
    assert list(described)[:2] == ["preprocess", "models"]
    assert {group: sorted(texts) for group, texts in described.items()} == {
        str(path.name): options(path.name) for path in conf_dir().iterdir() if path.is_dir() and path.name != "hydra"
    }
    for texts in described.values():
        assert all(text and "\n" not in text for text in texts.values())


@pytest.mark.parametrize("name", options("experiment"))
def test_an_experiment_composes_and_is_checked(name: str) -> None:
    found = config.plain(compose(f"+experiment={name}"))
    config.check(found)
    assert all(found["origin"][group] for group in GROUPS)
    content = yaml.safe_load((conf_dir() / f"experiment/{name}.yaml").read_text(encoding="utf-8"))
    for key in set(content) & set(found) - {"preprocess", "data", "test_data"}:
        assert found[key] == content[key]


def test_the_experiment_that_is_shipped() -> None:
    found = config.plain(compose("+experiment=tuned_forest"))
    assert (found["origin"]["preprocess"], found["origin"]["models"]) == ("complex", "rf")
    assert (found["n_trials"], found["metric"], found["metrics"]) == (40, "roc_auc", ["accuracy"])
    assert found["preprocess"]["drop"] == ["PassengerId"]


# -- every cell ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preprocess", "model"), CELLS, ids=["-".join(names) for names in CELLS])
def test_a_cell_fits(preprocess: str, model: str) -> None:
    found, data = cell(preprocess, model), table(preprocess)
    factory = any(space.is_factory(found[group], group) for group in GROUPS)
    assert factory == ("multi_" in preprocess + model)
    if not factory:
        fits(pipeline.build(found, data.columns, None, seed=found["seed"]), data)
    fits(asked(found, data.columns), data)


@pytest.mark.parametrize("seed", [7, 123])
@pytest.mark.parametrize("model", MODELS)
def test_the_seed_reaches_every_random_state(model: str, seed: int) -> None:
    found = cell("complex", model, f"seed={seed}")
    built = asked(found, table("complex").columns)
    states = {name: value for name, value in built.get_params().items() if name.endswith("random_state")}
    assert states["model__random_state"] == seed
    assert set(states.values()) == {seed}
    assert found["validation"]["seed"] == found["split"]["seed"] == seed


# -- contracts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_contract_of_a_model(name: str) -> None:
    node = cell("complex", name)["models"]
    assert set(node) == {"name", "type", "space"}
    assert isinstance(node["name"], str)
    target = targets.find(node["type"]["_target_"], where="models.type")
    arguments = targets.parameters(target)
    assert arguments is not None
    assert set(node["type"]) - {"_target_"} <= set(arguments)
    assert node["type"]["random_state"] == 123
    assert node["space"], "an empty space leaves nothing to tune"
    assert set(node["space"]) <= set(arguments)
    found = space.distributions(node, "models")
    assert set(found) == (set() if name.startswith("multi_") else {f"models.type.{key}" for key in node["space"]})
    for key, distribution in found.items():
        default = node["type"][key.removeprefix("models.type.")]
        inside = distribution._contains(distribution.to_internal_repr(default))
        assert inside or (name, key) == ("rf", "models.type.min_samples_split"), f"{key}={default} lies outside"


@pytest.mark.parametrize("name", PREPROCESS)
def test_contract_of_a_preprocess(name: str) -> None:
    node = cell(name, "lr")["preprocess"]
    assert set(node) - {"kinds"} == {"name", "type", "space", "data_train", "data_test", "drop"}
    arguments = targets.parameters(targets.find(node["type"]["_target_"], where="preprocess.type"))
    assert arguments is not None
    assert {"columns", "trial"} <= set(arguments)
    assert set(node["type"]) - {"_target_"} <= set(arguments)
    assert set(node["space"]) == set(node["type"]) - {"_target_"}
    assert node["drop"] == []


C = {"low": 0.001, "high": 100.0, "log": True}
FOREST = {
    "n_estimators": {"low": 10, "high": 600, "step": 10},
    "max_depth": {"low": 1, "high": 10},
    "min_samples_split": {"low": 0.1, "high": 1.0, "step": 0.1},
}
NUMBERS, CATEGORIES = ["mean", "median"], ["frequent", "missing"]


@pytest.mark.parametrize(
    ("group", "name", "values", "searched"),
    [
        pytest.param(
            "models",
            "lr",
            {"_target_": "sklearn.linear_model.LogisticRegression", "C": 1, "fit_intercept": True, "random_state": 123},
            {"C": C, "fit_intercept": [True, False]},
            id="lr",
        ),
        pytest.param(
            "models",
            "rf",
            {
                "_target_": "sklearn.ensemble.RandomForestClassifier",
                "n_estimators": 100,
                "max_depth": 5,
                "min_samples_split": 10,
                "random_state": 123,
            },
            FOREST,
            id="rf",
        ),
        pytest.param(
            "preprocess",
            "simple",
            {"_target_": "mlzoo.preprocessing.simple_preprocess", "imputation": "mean"},
            {"imputation": NUMBERS},
            id="simple",
        ),
        pytest.param(
            "preprocess",
            "complex",
            {
                "_target_": "mlzoo.preprocessing.complex_preprocess",
                "imputation": "mean",
                "categorical_imputation": "frequent",
            },
            {"imputation": NUMBERS, "categorical_imputation": CATEGORIES},
            id="complex",
        ),
        pytest.param(
            "models",
            "multi_lr",
            {"_target_": "mlzoo.models.log_reg", "C": C, "fit_intercept": [True, False], "random_state": 123},
            {"C": C, "fit_intercept": [True, False]},
            id="multi_lr",
        ),
        pytest.param(
            "models",
            "multi_rf",
            {"_target_": "mlzoo.models.random_forest", **FOREST, "random_state": 123},
            FOREST,
            id="multi_rf",
        ),
        pytest.param(
            "preprocess",
            "multi_simple",
            {"_target_": "mlzoo.preprocessing.simple_preprocess", "imputation": NUMBERS},
            {"imputation": NUMBERS},
            id="multi_simple",
        ),
        pytest.param(
            "preprocess",
            "multi_complex",
            {
                "_target_": "mlzoo.preprocessing.complex_preprocess",
                "imputation": NUMBERS,
                "categorical_imputation": CATEGORIES,
            },
            {"imputation": NUMBERS, "categorical_imputation": CATEGORIES},
            id="multi_complex",
        ),
    ],
)
def test_values_and_ranges(group: str, name: str, values: dict[str, Any], searched: dict[str, Any]) -> None:
    names = {"preprocess": "complex", "models": "lr"} | {group: name}
    node = cell(names["preprocess"], names["models"])[group]
    assert node["type"] == values
    assert node["space"] == searched


@pytest.mark.parametrize(
    ("group", "name"),
    [
        pytest.param(group, name, id=name)
        for group in GROUPS
        for name in options(group)
        if f"multi_{name}" in options(group)
    ],
)
def test_a_space_equals_the_ranges_of_its_factory(group: str, name: str) -> None:
    other = {"preprocess": "complex", "models": "lr"}
    alone, multi = (cell(*(other | {group: option}).values())[group] for option in (name, f"multi_{name}"))
    held = {key: value for key, value in multi["type"].items() if space.is_range(value)}
    assert alone["space"] == held == multi["space"]


@pytest.mark.parametrize(
    ("name", "train", "test"),
    [
        pytest.param("simple", "data/data-train-small.csv", "data/data-test-small.csv", id="simple"),
        pytest.param("multi_simple", "data/data-train-small.csv", "data/data-test-small.csv", id="multi_simple"),
        pytest.param("complex", "data/data-train-large.csv", "data/data-test-large.csv", id="complex"),
        pytest.param("multi_complex", "data/data-train-large.csv", "data/data-test-large.csv", id="multi_complex"),
    ],
)
def test_files_of_a_preprocess(name: str, train: str, test: str) -> None:
    node = cell(name, "lr")["preprocess"]
    assert (node["data_train"], node["data_test"]) == (train, test)
    assert (len(table(name).X_train), len(table(name).X_test)) == (668, 223)


def test_samplers_and_storages() -> None:
    assert cell("complex", "lr")["sampler"] == {"_target_": "optuna.samplers.TPESampler"}
    assert cell("complex", "lr", "sampler=random")["sampler"] == {"_target_": "optuna.samplers.RandomSampler"}
    assert cell("complex", "lr")["storage"] == {"name": "journal"}
    assert cell("complex", "lr", "storage=memory")["storage"] == {"name": "memory"}


def test_validations() -> None:
    cv = {"name": "cv", "n_splits": 5, "n_repeats": 2, "seed": 123, "splitter": None}
    assert cell("complex", "lr")["validation"] == cv
    assert cell("complex", "lr", "validation=holdout")["validation"] == {"name": "holdout"}
    group = cell("complex", "lr", "validation=group", "validation.groups=person")["validation"]
    assert group == cv | {"name": "group", "groups": "person", "n_repeats": 1}
