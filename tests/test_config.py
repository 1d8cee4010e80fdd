"""The schema, a composed config as a plain dict, the checks of it, and the command that rebuilds a pipeline."""

import copy
import functools
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

from mlzoo import grammar, targets
from mlzoo.composition import config, rebuild
from mlzoo.composition.composing import compose
from mlzoo.composition.schema import schema_keys
from mlzoo.errors import ConfigError

Plain = Callable[..., dict[str, Any]]
CELL = ("+preprocess=complex", "+models=lr")
LOGISTIC = "sklearn.linear_model.LogisticRegression"
SECRET = "correct horse battery staple"


def changed(base: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy of a plain config with the value of one dotted key changed."""
    made = copy.deepcopy(base)
    *path, last = key.split(".")
    inner = made
    for part in path:
        inner = inner[part]
    inner[last] = value
    return made


@functools.cache
def composed(*words: str) -> DictConfig:
    """Composed once for all tests, none of which changes it."""
    return compose(*words)


def checked(*words: str) -> dict[str, Any]:
    """As the fixture `plain`, composed once."""
    found = config.plain(composed(*words))
    config.check(found)
    return found


def overridden(*words: str) -> DictConfig:
    """The composed cell with values put in as the command line does, without composing anew."""
    root = copy.deepcopy(composed(*CELL))
    OmegaConf.set_struct(root, False)
    for word in OverridesParser.create().parse_overrides(list(words)):
        OmegaConf.update(root, word.key_or_group, word.value(), force_add=True)
    return root


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# -- the schema ---------------------------------------------------------------------------------------------------


def test_schema_keys() -> None:
    assert schema_keys() == [
        "target",
        "task",
        "missing_target",
        "positive",
        "metric",
        "metrics",
        "seed",
        "dataset",
        "data",
        "test_data",
        "db",
        "read",
        "sample",
        "columns",
        "split",
        "n_trials",
        "batch_size",
        "race",
        "n_jobs",
        "timeout_s",
        "memory_gb",
        "max_failures",
        "budget_s",
        "accelerator",
        "rope",
        "export",
        "persist",
        "validation",
        "sampler",
        "storage",
        "backend",
        "preprocess",
        "models",
        "read.sep",
        "read.encoding",
        "read.decimal",
        "read.na_values",
        "read.skiprows",
        "read.dayfirst",
        "columns.number",
        "columns.boolean",
        "columns.category",
        "columns.date",
        "columns.text",
        "split.test_size",
        "split.seed",
        "split.group",
        "split.time",
        "split.column",
    ]


def test_the_defaults_of_the_schema_are_those_of_the_shipped_yaml() -> None:
    found = config.plain(composed())
    assert {
        key: found[key]
        for key in config.plain({})
        if key not in ("validation", "sampler", "storage", "backend", "origin")
    } == {
        key: value
        for key, value in config.plain({}).items()
        if key not in ("validation", "sampler", "storage", "backend", "origin")
    }


# -- a composed config as a plain dict ----------------------------------------------------------------------------


def test_what_is_no_config_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"what mlzoo\.compose returns, or a mapping like it, not the type str"):
        config.plain("+preprocess=simple")


def test_words_in_a_list_and_objects_in_a_config_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"\['\+models=lr'\] is no word of a command line"):
        compose(["+models=lr"])  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"models\.type: Value 'object' is not a supported"):
        config.plain({"models": {"type": object()}})


def test_plain_fills_in_every_default() -> None:
    assert config.plain({"seed": 7, "metric": "f1", "read": {"sep": ";"}}) == {
        "target": "Survived",
        "task": None,
        "missing_target": "error",
        "positive": None,
        "metric": "f1",
        "metrics": [],
        "seed": 7,
        "dataset": None,
        "data": None,
        "test_data": None,
        "db": None,
        "read": {"sep": ";", "encoding": None, "decimal": None, "na_values": None, "skiprows": None, "dayfirst": None},
        "sample": None,
        "columns": {"number": [], "boolean": [], "category": [], "date": [], "text": []},
        "split": {"test_size": 0.25, "seed": 7, "group": None, "time": None, "column": None},
        "n_trials": None,
        "batch_size": 8,
        "race": None,
        "n_jobs": -1,
        "timeout_s": None,
        "memory_gb": None,
        "max_failures": None,
        "budget_s": None,
        "accelerator": None,
        "rope": 0.01,
        "export": None,
        "persist": "joblib",
        "validation": None,
        "sampler": None,
        "storage": None,
        "backend": None,
        "preprocess": None,
        "models": None,
        "origin": None,
    }


def test_plain_resolves_a_composed_config(plain: Plain) -> None:
    found = plain(*CELL, "seed=7")
    assert found["models"] == {
        "name": "Logistic Regression",
        "type": {"_target_": LOGISTIC, "C": 1.0, "fit_intercept": True, "random_state": 7},
        "space": {"C": {"low": 0.001, "high": 100.0, "log": True}, "fit_intercept": [True, False]},
    }
    assert found["validation"] == {"name": "cv", "n_splits": 5, "n_repeats": 2, "seed": 7, "splitter": None}
    assert found["split"] == {"test_size": 0.25, "seed": 7, "group": None, "time": None, "column": None}


def test_plain_is_plain_all_the_way_down_and_twice_is_once(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", SECRET)
    found = plain("+preprocess=multi_complex", "+models=multi_rf", "n_trials=3", "models.name='a ${oc.env:MLZOO_TEST}'")
    again = json.loads(json.dumps(found))
    assert again == found
    assert config.plain(again) == found


@pytest.mark.parametrize(
    ("words", "key", "expected"),
    [
        pytest.param(["n_trials='5'"], "n_trials", 5, id="a whole number as text"),
        pytest.param(["seed=${oc.env:MLZOO_TEST}"], "seed", 12, id="a whole number of the environment"),
        pytest.param(
            ["split.test_size=${oc.env:MLZOO_TEST}"], "split.test_size", 12.0, id="a float of the environment"
        ),
        pytest.param(["target=1"], "target", "1", id="a column named by a number"),
        pytest.param(["read.sep='|'"], "read.sep", "|", id="text"),
        pytest.param(["read.na_values=[-1,none]"], "read.na_values", [-1, "none"], id="anything"),
        pytest.param(["metrics=[f1,roc_auc]"], "metrics", ["f1", "roc_auc"], id="a list"),
        pytest.param(["metric=null"], "metric", None, id="nothing"),
        pytest.param(["data.csv=1"], "data", {"csv": 1}, id="a node for data"),
        pytest.param(["data=a.csv"], "data", "a.csv", id="a path for data"),
    ],
)
def test_plain_is_typed(words: list[str], key: str, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", "12")
    found: Any = config.plain(overridden(*words))
    for part in key.split("."):
        found = found[part]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("words", "start"),
    [
        pytest.param(["n_trials=abc"], "n_trials: Value 'abc'", id="text for a number"),
        pytest.param(["n_trials=2.5"], "n_trials: Value '2.5'", id="a float for a whole number"),
        pytest.param(["seed=true"], "seed: Value 'True'", id="a bool for a number"),
        pytest.param(["split.test_size=half"], "split.test_size: Value 'half'", id="text for a float"),
        pytest.param(["metrics=3"], "metrics: ", id="a number for a list"),
        pytest.param(["batch_size=null"], "batch_size: ", id="nothing for a number"),
        pytest.param(["seed=[1]"], "seed: ", id="a list for a number"),
        pytest.param(["read=3"], "read: ", id="a number for a node"),
        pytest.param(
            ["target=???"], "target has no value (it is marked ??? in its YAML): give target=VALUE.", id="???"
        ),
        pytest.param(["read.sep=???"], "read.sep has no value", id="??? in a node"),
        pytest.param(["models.type.C=???"], "models.type.C has no value", id="??? of a model"),
        pytest.param(["validation.n_splits=???"], "validation.n_splits has no value", id="??? of a group"),
        pytest.param(["seed=${nothing}"], "seed: Interpolation key 'nothing' not found", id="an interpolation"),
        pytest.param(["models.type.C=${nothing}"], "models.type.C: ", id="an interpolation of a model"),
        pytest.param(["models.type.C=${nothing.here}"], "models.type.C: ", id="a deeper interpolation of a model"),
        pytest.param(["models.name='to ${nothing.here}'"], "models.name: ", id="an interpolation within text"),
        pytest.param(["data=${nothing}"], "data: ", id="an interpolation of data"),
        pytest.param(["seed=${oc.env:MLZOO_ABSENT}"], "seed: ", id="an unset variable"),
    ],
)
def test_plain_refuses(words: list[str], start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLZOO_ABSENT", raising=False)
    root = overridden(*words)
    with pytest.raises(ConfigError) as caught:
        config.plain(root)
    assert str(caught.value).startswith(start)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{x: '${seed}'}", {"x": 123}, id="a link"),
        pytest.param("{x: 'seed ${seed}!'}", {"x": "seed 123!"}, id="a link within text"),
        pytest.param("{x: ['${seed}', {y: '${target}'}]}", {"x": [123, {"y": "Survived"}]}, id="links in a list"),
        pytest.param(
            "{x: '${models.own.y}', y: {z: [1, 2]}}", {"x": {"z": [1, 2]}, "y": {"z": [1, 2]}}, id="a whole node"
        ),
        pytest.param("{x: '${models.own.y[1]}', y: [4, 5]}", {"x": 5, "y": [4, 5]}, id="a link into a list"),
        pytest.param("{x: '${.y}', y: 4}", {"x": 4, "y": 4}, id="a relative link"),
        pytest.param("{x: {z: '${..y}'}, y: 4}", {"x": {"z": 4}, "y": 4}, id="a link to the parent"),
        pytest.param("{x: '${.y}', y: '${.z}', z: 1}", {"x": 1, "y": 1, "z": 1}, id="links of links"),
        pytest.param("{x: '${oc.env:MLZOO_TEST}'}", {"x": "${oc.env:MLZOO_TEST}"}, id="the environment stays text"),
        pytest.param(
            "{x: '${models.own.y}', y: '${oc.env:MLZOO_TEST}'}",
            {"x": "${oc.env:MLZOO_TEST}", "y": "${oc.env:MLZOO_TEST}"},
            id="and so does a link to it",
        ),
        pytest.param(
            "{x: '${.y}', y: '${oc.env:MLZOO_TEST}'}",
            {"x": "${oc.env:MLZOO_TEST}", "y": "${oc.env:MLZOO_TEST}"},
            id="relative or not",
        ),
        pytest.param("{0: 1.0, 1: 2.0}", {0: 1.0, 1: 2.0}, id="whole numbers for keys"),
        pytest.param("{true: 1, false: 2}", {True: 1, False: 2}, id="bools for keys"),
        pytest.param("{a.b: 1, c: {'d.e': [2]}}", {"a.b": 1, "c": {"d.e": [2]}}, id="keys with a dot"),
        pytest.param("{x: null, y: [], z: {}}", {"x": None, "y": [], "z": {}}, id="nothing and empty"),
        pytest.param("{x: '$5', y: 'a{b}'}", {"x": "$5", "y": "a{b}"}, id="no interpolation"),
    ],
)
def test_plain_under_models(text: str, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", SECRET)
    root = OmegaConf.create({"seed": 123, "target": "Survived", "models": {"own": OmegaConf.create(text)}})
    assert config.plain(root)["models"] == {"own": expected}


def test_class_weights_by_whole_number(plain: Plain) -> None:
    found = plain(*CELL, "models.type.class_weight={0:1.0,1:2.5}")
    assert found["models"]["type"]["class_weight"] == {0: 1.0, 1: 2.5}


# -- secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("data=${oc.env:MLZOO_TEST}", id="data"),
        pytest.param(
            "test_data={_target_:pandas.read_csv,filepath_or_buffer:'${oc.env:MLZOO_TEST}'}", id="a node for data"
        ),
        pytest.param("models.name=${oc.env:MLZOO_TEST}", id="a model"),
        pytest.param("preprocess.data_train='${oc.env:MLZOO_TEST}/x.csv'", id="a preprocess, within text"),
        pytest.param("+models.type.verbose='${oc.decode:${oc.env:MLZOO_TEST}}'", id="decoded"),
    ],
)
def test_no_secret_is_in_the_plain_config(word: str, plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", SECRET)
    found = plain(*CELL, word)
    assert SECRET not in repr(found)
    assert found["origin"]["overrides"] == [*CELL, word.lstrip("+") if word.startswith("+models.") else word]
    assert SECRET not in repr(config.plain(json.loads(json.dumps(found))))


def test_a_secret_in_a_file_of_ones_own(tmp_path: Path, plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", SECRET)
    text = "password: ${oc.env:MLZOO_TEST}\n"
    write(tmp_path, "db/here.yaml", text)
    found = plain(*CELL, "+db=here", "data={_target_:pandas.read_sql,sql:a,con:'${db.password}'}", config_dir=tmp_path)
    assert found["data"]["con"] == "${oc.env:MLZOO_TEST}"
    assert SECRET not in repr(found)


def test_a_secret_within_text(tmp_path: Path, plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", SECRET)
    write(tmp_path, "db/here.yaml", "password: ${oc.env:MLZOO_TEST}\n")
    found = plain(*CELL, "+db=here", "data='sqlite://${db.password}'", config_dir=tmp_path)
    assert SECRET not in repr(found)
    assert targets.from_environment(found["data"], where="data") == f"sqlite://{SECRET}"


def test_a_path_of_the_environment_and_of_the_config(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", "/tables")
    found = plain(*CELL, "data='${oc.env:MLZOO_TEST}/${target}.csv'")
    assert "${oc.env:MLZOO_TEST}" in found["data"]
    assert targets.from_environment(found["data"], where="data") == "/tables/Survived.csv"


# -- checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("persist", "none", id="persist"),
        pytest.param("export", "new/board.MD", id="export"),
        pytest.param("persist", "skops", id="skops"),
        pytest.param("task", "regression", id="task"),
        pytest.param("n_trials", 1, id="one trial"),
        pytest.param("n_jobs", -1, id="all cores"),
        pytest.param("batch_size", 1, id="batches of one"),
        pytest.param("seed", 0, id="seed 0"),
        pytest.param("seed", 2**32 - 1, id="the greatest seed"),
        pytest.param("split.test_size", 0.01, id="a small test split"),
        pytest.param("validation", {"name": "holdout"}, id="holdout"),
        pytest.param("validation.n_splits", 2, id="two folds"),
        pytest.param("models.space", None, id="no space"),
        pytest.param("models", {"type": {"_target_": LOGISTIC}}, id="a type alone"),
        pytest.param("data", {"_target_": "sklearn.datasets.load_iris", "as_frame": True}, id="data by target"),
        pytest.param(
            "preprocess.data_train", {"_target_": "pandas.read_csv", "sep": ";"}, id="the preprocess's data by target"
        ),
        pytest.param("origin", None, id="not composed"),
    ],
)
def test_check_accepts(key: str, value: Any) -> None:
    config.check(changed(checked(*CELL), key, value))


@pytest.mark.parametrize(
    ("key", "value", "parts"),
    [
        pytest.param("export", "board.xls", ["export=board.xls: its ending", ".csv, .xlsx, .md"], id="export"),
        pytest.param("persist", "jolib", ["persist=jolib", "joblib, skops, none", "'joblib'"], id="persist"),
        pytest.param("task", "classfication", ["task=classfication", "classification, regression"], id="task"),
        pytest.param("n_trials", 0, ["n_trials=0: must be 1 or more"], id="no trial"),
        pytest.param("n_trials", -5, ["n_trials=-5: must be 1 or more"], id="trials below 0"),
        pytest.param("batch_size", 0, ["batch_size=0: must be 1 or more"], id="empty batches"),
        pytest.param("n_jobs", 0, ["n_jobs=0: must be 1 or more, or -1"], id="no job"),
        pytest.param("n_jobs", -2, ["n_jobs=-2"], id="jobs below -1"),
        pytest.param("timeout_s", float("inf"), ["timeout_s=inf", "at most 1,000,000, or null"], id="endless fits"),
        pytest.param("memory_gb", 1e12, ["memory_gb=1000000000000.0", "at most"], id="endless memory"),
        pytest.param("split.test_size", 0.0, ["split.test_size=0.0: must lie between 0 and 1"], id="no test split"),
        pytest.param("rope", -0.1, ["rope=-0.1: must be 0 or more", "as a share of the dummy's"], id="rope below 0"),
        pytest.param("split.test_size", 1.0, ["split.test_size=1.0"], id="all test split"),
        pytest.param("seed", -1, ["seed=-1", "2**32 - 1"], id="seed below 0"),
        pytest.param("split.seed", -1, ["split.seed=-1", "2**32 - 1"], id="seed of the split below 0"),
        pytest.param("seed", 2**32, [f"seed={2**32}"], id="seed too great"),
        pytest.param("validation", None, ["validation.name=None: must be one of cv, gr"], id="no validation"),
        pytest.param("validation.name", "holduot", ["validation.name=holduot", "'holdout'"], id="unknown validation"),
        pytest.param("validation.n_splits", 1, ["validation.n_splits=1", "2 or more"], id="one fold"),
        pytest.param("validation.n_splits", "5", ["validation.n_splits=5", "whole number"], id="folds as text"),
        pytest.param("validation.n_splits", 2.5, ["validation.n_splits=2.5"], id="folds as a float"),
        pytest.param("validation.n_repeats", 0, ["validation.n_repeats=0", "1 or more"], id="no repeat"),
        pytest.param(
            "validation.splitter", {"_target_": "os.system"}, ["validation.splitter._target_=os.system"], id="splitter"
        ),
        pytest.param("sampler", {"_target_": "os.system"}, ["sampler._target_=os.system"], id="sampler"),
        pytest.param("data", {"_target_": "os.system"}, ["data._target_=os.system"], id="data"),
        pytest.param("data", {"_target_": "pandas.read_csv", "spe": 1}, ["data.spe", "'sep'"], id="argument of data"),
        pytest.param("test_data", {"_target_": "os.system"}, ["test_data._target_=os.system"], id="test data"),
        pytest.param(
            "preprocess.data_train", {"_target_": "os.system"}, ["preprocess.data_train._target_=os.system"], id="train"
        ),
        pytest.param(
            "preprocess.data_test", {"_target_": "os.system"}, ["preprocess.data_test._target_=os.system"], id="test"
        ),
        pytest.param(
            "preprocess", "simple", ["preprocess must be a node with `type", "'simple'"], id="text for a node"
        ),
        pytest.param("preprocess.kinds", 5, ["preprocess.kinds=5: must be of number, category, text"], id="no kind"),
        pytest.param("preprocess.kinds", [["number"]], ["preprocess.kinds=['number']: must be of"], id="nested kinds"),
        pytest.param("models.type", None, ["models must be a node with `type"], id="no type"),
        pytest.param("models.spaces", {"C": [1]}, ["models.spaces: there is no such", "'space'"], id="like space"),
        pytest.param("preprocess.drops", ["a"], ["preprocess.drops: there is no such", "'drop'"], id="like drop"),
        pytest.param("models.type", {"C": 1}, ["models must be a node with `type"], id="no target"),
        pytest.param(
            "models.type._target_", "os.system", ["models.type._target_=os.system may not be built"], id="target"
        ),
        pytest.param("models.type.CC", 1, ["models.type.CC", "no argument 'CC'"], id="argument"),
        pytest.param("models.space.C", {"low": 3, "high": 1}, ["models.space.C", "low=3", "high=1"], id="range"),
        pytest.param(
            "models.type.C", {"low": 1, "high": 3}, ["models.type.C=", "takes no trial"], id="a range under type"
        ),
        pytest.param(
            "preprocess.type.imputation", ["mean"], ["preprocess.type.imputation=", "n_trials=20"], id="no n_trials"
        ),
        pytest.param("sampler", None, ["sampler"], id="no sampler to search with"),
        pytest.param("storage", None, ["storage"], id="no storage to search with"),
    ],
)
def test_check_refuses(key: str, value: Any, parts: list[str]) -> None:
    base = checked(*CELL) | ({"n_trials": 2} if key in ("sampler", "storage") else {})
    with pytest.raises(ConfigError) as caught:
        config.check(changed(base, key, value))
    assert [part for part in parts if part not in str(caught.value)] == []


@pytest.mark.parametrize("key", ["data", "test_data", "preprocess.data_train"])
def test_the_table_that_is_read_is_not_written_over(key: str) -> None:
    base = checked(*CELL) | {"export": "./my.csv"}
    with pytest.raises(ConfigError, match=r"^export=\./my\.csv: this is the table that is read"):
        config.check(changed(base, key, "my.csv"))
    node = {"_target_": "pandas.read_csv", "filepath_or_buffer": "sub/../my.csv"}
    for same in (str(Path.cwd() / "my.csv"), node):
        with pytest.raises(ConfigError, match="this is the table that is read"):
            config.check(changed(base, key, same))
    config.check(changed(base, key, "other.csv"))


PREPROCESS = "  +preprocess=OPTION, one of: complex, multi_complex, multi_simple, simple"
MODELS = "  +models=OPTION, one of: lr, multi_lr, multi_rf, rf"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], ["No preprocess and no models option is chosen. Add:", PREPROCESS, MODELS], id="neither"),
        pytest.param(["+models=lr"], ["No preprocess option is chosen. Add:", PREPROCESS], id="no preprocess"),
        pytest.param(
            ["+models=lr", "preprocess.drop=[a]"],
            ["No preprocess option is chosen. Add:", PREPROCESS],
            id="but a key of it",
        ),
        pytest.param(["+preprocess=simple"], ["No models option is chosen. Add:", MODELS], id="no model"),
    ],
)
def test_a_group_without_an_option(words: list[str], expected: list[str], plain: Plain) -> None:
    with pytest.raises(ConfigError) as caught:
        plain(*words)
    assert str(caught.value).splitlines() == expected


def test_a_group_without_an_option_in_a_plain_config() -> None:
    with pytest.raises(ConfigError, match="No preprocess and no models option is chosen") as caught:
        config.check(config.plain({}))
    assert "see `mlzoo list`" in str(caught.value)


# -- a value as an override ---------------------------------------------------------------------------------------


def parsed(text: str) -> Any:
    """The value as Hydra's parser reads it."""
    found = OverridesParser.create().parse_override(f"key={text}")
    assert not found.is_sweep_override()
    value: Any = found.value()
    return OmegaConf.to_container(OmegaConf.create({"value": value}), resolve=False)["value"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, "null", id="None"),
        pytest.param(True, "true", id="True"),
        pytest.param(False, "false", id="False"),
        pytest.param(0, "0", id="0"),
        pytest.param(-3, "-3", id="a negative number"),
        pytest.param(-0.5, "-0.5", id="a negative float"),
        pytest.param(1e-7, "1e-07", id="a small float"),
        pytest.param(float("inf"), "inf", id="infinity"),
        pytest.param("mean", "mean", id="a word"),
        pytest.param("data/my-file_1.csv", "data/my-file_1.csv", id="a path"),
        pytest.param("a b", "'a b'", id="a space"),
        pytest.param("", "''", id="empty text"),
        pytest.param("null", "'null'", id="the text null"),
        pytest.param("True", "'True'", id="the text True"),
        pytest.param("nan", "'nan'", id="the text nan"),
        pytest.param("1", "'1'", id="a number as text"),
        pytest.param("a,b", "'a,b'", id="a comma"),
        pytest.param("it's", r"'it\'s'", id="a quote"),
        pytest.param('say "x"', "'say \"x\"'", id="double quotes"),
        pytest.param([], "[]", id="an empty list"),
        pytest.param([1, "a b", None, [True]], "[1,'a b',null,[true]]", id="a list"),
    ],
)
def test_override_value(value: Any, expected: str) -> None:
    assert grammar.override_value(value) == expected


VALUES = [
    *(None, True, False, 0, -3, -0.5, 1e-7, 1e300, float("inf"), -float("inf")),
    *(
        "mean",
        "a b",
        "  a ",
        "",
        "null",
        "True",
        "inf",
        "nan",
        "-1",
        "1e5",
        "0x1",
        "a,b",
        "a=b",
        "a:b",
        "{a}",
        "[a]",
        "(a)",
    ),
    *("it's", 'say "x"', "'", '"', "\\", "a\\b", "C:\\new\\table", "a\\", "a\\'b", "\\\\", "café", "été", "naïve_x"),
    *("$5", "100%", "a|b", "x > 5", "~x", "+x", "a@b", "#a", "a;b", "*", "?", "¿qué?", "a\tb"),
    *([], [1, 2], ["a b", None, True, -1.5], [["x"], []], ["it's", "café", "a\\b"]),
    *({}, {"a": 1}, {"a": {"b": ["x y"]}}, [{"a": None}], {0: 1.0, 1: 2.5}),
]


@pytest.mark.parametrize("value", [pytest.param(value, id=ascii(value)) for value in VALUES])
def test_a_value_is_parsed_back_to_itself(value: Any) -> None:
    back = parsed(grammar.override_value(value))
    assert back == value
    assert type(back) is type(value)


def test_values_are_composed_back_to_themselves() -> None:
    values = {f"v{i}": value for i, value in enumerate(VALUES)}
    line = shlex.join([f"data.{name}={grammar.override_value(value)}" for name, value in values.items()])
    assert config.plain(compose(*CELL, *shlex.split(line)))["data"] == values


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"])).filter(lambda text: "${" not in text)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts


@settings(deadline=None)
@given(st.recursive(leaves, lambda inner: st.lists(inner, max_size=4), max_leaves=6))
def test_any_value_is_parsed_back_to_itself(value: Any) -> None:
    assert parsed(grammar.override_value(value)) == value


# -- the command --------------------------------------------------------------------------------------------------

RUN = ["python", "-m", "mlzoo"]


@pytest.mark.parametrize(
    ("words", "params", "expected"),
    [
        pytest.param([*CELL], {}, [*CELL], id="as given"),
        pytest.param(
            ["preprocess=simple", "++models=lr"], {}, ["+preprocess=simple", "+models=lr"], id="in their one spelling"
        ),
        pytest.param(
            [*CELL, "n_trials=9"], {"models.type.C": 0.5}, [*CELL, "models.type.C=0.5"], id="the best setting"
        ),
        pytest.param(
            [*CELL, "models.type.C=3", "seed=7", "n_trials=9"],
            {"models.type.C": 0.5},
            [*CELL, "seed=7", "models.type.C=0.5"],
            id="a value that was replaced",
        ),
        pytest.param(
            [*CELL, "models.type.C=3", "n_trials=9"],
            {"models.type.tol": 0.5},
            [*CELL, "models.type.C=3", "models.type.tol=0.5"],
            id="a value that was not",
        ),
        pytest.param(
            [
                *(*CELL, "batch_size=2", "sampler=random", "storage=memory", "n_jobs=2", "sampler.seed=1"),
                *("n_trials=2", "export=b.csv"),
            ],
            {},
            [*CELL],
            id="what is of the search alone",
        ),
        pytest.param(
            [*CELL, "~models.type.C", "n_trials=2"],
            {"models.type.C": 2.0},
            [*CELL, "models.type.C=2.0"],
            id="a deleted value that was drawn",
        ),
        pytest.param([*CELL, "~models.space.C", "n_trials=2"], {}, [*CELL, "~models.space.C"], id="another deletion"),
        pytest.param(
            ["+experiment=tuned_forest"], {}, ["+experiment=tuned_forest", "n_trials=null"], id="of an experiment"
        ),
        pytest.param(
            ["+experiment=tuned_forest", "n_trials=3"],
            {"models.type.max_depth": 7},
            ["+experiment=tuned_forest", "n_trials=null", "models.type.max_depth=7"],
            id="of an experiment with fewer trials",
        ),
        pytest.param(
            ["+experiment=tuned_forest", "models=lr"],
            {"preprocess.type.imputation": "median"},
            ["+experiment=tuned_forest", "models=lr", "n_trials=null", "preprocess.type.imputation=median"],
            id="of an experiment with another model",
        ),
        pytest.param(
            ["+preprocess=multi_complex", "+models=multi_lr", "n_trials=3"],
            {"models.type.C": 0.5, "models.type.fit_intercept": False, "preprocess.type.imputation": "median"},
            [
                "+preprocess=multi_complex",
                "+models=multi_lr",
                "models.type.C=0.5",
                "models.type.fit_intercept=false",
                "preprocess.type.imputation=median",
            ],
            id="of factories",
        ),
        pytest.param(
            ["+preprocess=simple", "+models=rf", "n_trials=3"],
            {"models.type.class_weight": None, "models.type.max_features": "a 'b' \"c\""},
            [
                "+preprocess=simple",
                "+models=rf",
                "models.type.class_weight=null",
                "models.type.max_features='a \\'b\\' \"c\"'",
            ],
            id="quoted",
        ),
        pytest.param([*CELL, "data='my table.csv'"], {}, [*CELL, "data='my table.csv'"], id="a word with a space"),
    ],
)
def test_command(words: list[str], params: dict[str, Any], expected: list[str]) -> None:
    command = rebuild.command(config.plain(composed(*words)), params)
    assert command is not None
    assert shlex.split(command) == [*RUN, *expected]


def test_the_command_holds_the_weight_of_a_class_by_its_number(plain: Plain) -> None:
    words = [*CELL, "models.type.class_weight={0:1,1:1}"]
    command = rebuild.command(plain(*words), {"models.type.class_weight.1": 2.5})
    assert command is not None
    after = plain(*shlex.split(command)[len(RUN) :])
    assert after["models"]["type"]["class_weight"] == {0: 1, 1: 2.5}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([*CELL, "n_trials=9", "models.type.C=3", "seed=7", "batch_size=2"], id="a cell"),
        pytest.param(["+experiment=tuned_forest", "models=lr"], id="an experiment"),
        pytest.param(["+preprocess=multi_simple", "+models=multi_lr", "n_trials=2", "metric=roc_auc"], id="factories"),
    ],
)
def test_the_command_composes_to_the_same_pipeline_without_a_search(words: list[str], plain: Plain) -> None:
    before = plain(*words)
    imputation = {"imputation": "median"}
    params = {"models.type.C": 0.1 + 0.2, "models.type.fit_intercept": False, "preprocess.type.imputation": "median"}
    command = rebuild.command(before, params)
    assert command is not None
    after = plain(*shlex.split(command)[len(RUN) :])
    assert after["n_trials"] is None
    assert after["models"]["type"] == before["models"]["type"] | {"C": 0.1 + 0.2, "fit_intercept": False}
    assert after["preprocess"]["type"] == before["preprocess"]["type"] | imputation
    same = ("seed", "metric", "metrics", "target", "validation", "split", "read", "data")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


def test_the_command_keeps_the_folder_of_ones_own_options(tmp_path: Path, plain: Plain) -> None:
    folder = tmp_path / "my conf"
    write(folder, "models/mine.yaml", f"name: mine\ntype: {{_target_: {LOGISTIC}, C: 3}}\nspace: {{C: [1, 2]}}\n")
    command = rebuild.command(
        plain("+preprocess=complex", "+models=mine", "n_trials=2", config_dir=folder), {"models.type.C": 2}
    )
    assert command is not None
    assert shlex.split(command) == [
        *RUN,
        "--config-dir",
        str(folder),
        "+preprocess=complex",
        "+models=mine",
        "models.type.C=2",
    ]


def test_the_command_keeps_a_variable_that_a_word_gives() -> None:
    command = rebuild.command(checked(*CELL, "+hydra.job.env_set.RATE=0.4"), {})
    assert command == "python -m mlzoo +preprocess=complex +models=lr +hydra.job.env_set.RATE=0.4"


def test_the_command_keeps_the_name_of_the_config() -> None:
    command = rebuild.command(changed(checked(*CELL), "origin.config_name", "other"), {})
    assert command == "python -m mlzoo --config-name other +preprocess=complex +models=lr"


@pytest.mark.parametrize(
    ("origin", "params"),
    [
        pytest.param(None, {}, id="not composed"),
        pytest.param({"overrides": [], "preprocess": "complex", "models": None}, {}, id="a model without an option"),
        pytest.param(
            {"overrides": [], "preprocess": "complex", "models": "lr"}, {"models.type.depth": 1}, id="no argument"
        ),
    ],
)
def test_no_command(origin: Any, params: dict[str, Any]) -> None:
    assert rebuild.command(checked(*CELL) | {"origin": origin}, params) is None


def test_a_factory_that_chose_another_name_has_no_command(plain: Plain) -> None:
    found = plain("+preprocess=complex", "+models=multi_lr", "n_trials=2")
    assert rebuild.command(found, {"models.type.C": 1.0}) is not None
    assert rebuild.command(found, {"models.type.C": 1.0, "models.type.log_C": 0.0}) is None


@pytest.mark.parametrize("name", ["GridSampler", "BruteForceSampler"])
def test_samplers_that_count_their_draws_are_refused(name: str) -> None:
    words = ("+preprocess=simple", "+models=lr", "n_trials=3", f"sampler._target_=optuna.samplers.{name}")
    with pytest.raises(ConfigError, match="For a grid use a multirun"):
        config.check(config.plain(compose(*words)))


@pytest.mark.parametrize("key", ["timeout_s", "memory_gb", "max_failures", "budget_s"])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_limits_are_above_0(key: str, value: str) -> None:
    words = ("+preprocess=simple", "+models=lr", f"{key}={value}")
    with pytest.raises(ConfigError, match=f"{key}={value}.*: must be above 0, or null"):
        config.check(config.plain(compose(*words)))


def test_nodes_of_ones_own_may_stand_beside_those_of_a_model() -> None:
    base = checked(*CELL)
    config.check({**base, "models": {**base["models"], "mine": {"depth": 3}, "data": 1}})


def test_a_list_and_names_for_one_key_are_refused() -> None:
    words = ("read.na_values=[EG]", "read.na_values={age:[999]}")
    with pytest.raises(ConfigError, match=r"read\.na_values is one of both, a list or names with values"):
        compose(*CELL, *words)
    compose(*CELL, words[0], "read.na_values=[OG]")


@given(st.text(min_size=1, max_size=12))
def test_a_word_can_be_a_key(name: str) -> None:
    if grammar.is_word(name):
        word = f"read.na_values={grammar.override_value({name: [999, '-'], 'b': ['x']})}"
        (parsed,) = OverridesParser.create().parse_overrides([word])
        assert parsed.value() == {name: [999, "-"], "b": ["x"]}


def test_a_path_stands_as_text() -> None:
    made = compose(*CELL)
    made.data, made.preprocess.data_test = Path("a/my.csv"), Path("b.csv")
    found = config.plain(made)
    assert (found["data"], found["preprocess"]["data_test"]) == ("a/my.csv", "b.csv")
    assert config.plain({**found, "data": [Path("a.csv")]})["data"] == ["a.csv"]


def test_a_seed_of_the_sampler_would_change_nothing(plain: Plain) -> None:
    with pytest.raises(ConfigError, match=r"sampler\.seed=7 would change nothing.* seed=NUMBER"):
        plain(*CELL, "n_trials=2", "sampler.seed=7")


def test_a_seed_of_the_environment(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "7")
    with pytest.raises(ConfigError, match="This is text") as caught:
        plain(*CELL, "seed=${oc.env:NUMBER}")
    word = "${oc.decode:${oc.env:NUMBER}}"
    assert word.replace("NUMBER", "NAME") in str(caught.value)
    assert plain(*CELL, f'seed="{word}"')["validation"]["seed"] == 7
