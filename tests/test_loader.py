"""Composing: where YAML is found, plus signs, unknown keys, multiruns, and what a run knows of its origin."""

import functools
import logging
import os
import pickle
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import ConfigCompositionException, HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from mlzoo import launch
from mlzoo.composition import config, listing, loader, repository, sweep
from mlzoo.composition.composing import compose, make_loader
from mlzoo.composition.overrides import notice, read_words
from mlzoo.errors import ConfigError
from mlzoo.grammar import missing_override
from tests.conftest import ROOT
from tests.test_leaderboard import made, unfinished

CELL = ("+preprocess=complex", "+models=lr")
LOGISTIC = "sklearn.linear_model.LogisticRegression"
OWN_LR = f"name: my own\ntype:\n  _target_: {LOGISTIC}\n  C: 7\nspace: {{}}\n"


@pytest.fixture(autouse=True)
def _start_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start folder without anything in it, and no config left over by another test."""
    start = tmp_path / "start"
    start.mkdir()
    monkeypatch.chdir(start)
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Writes files of the user's own into a folder, by path and text."""

    def make(files: dict[str, str], folder: str = "own") -> Path:
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / folder

    return make


def overrides(*words: str, **kwargs: Any) -> list[str]:
    return list(compose(*words, **kwargs).origin.overrides)


def refusal(*words: str, **kwargs: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        compose(*words, **kwargs)
    return str(caught.value)


def master(*words: str, config_dir: Path | None = None, name: str = "config") -> tuple[loader.Loader, DictConfig]:
    found = make_loader(config_dir)
    return found, found.load_configuration(name, list(words), RunMode.MULTIRUN)


def job(common: list[str], words: list[str], config_dir: Path | None = None) -> DictConfig:
    """One job of a multirun."""
    found, over = master(*common, config_dir=config_dir)
    return found.load_sweep_config(over, words)


# -- plus signs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["+preprocess=complex", "+models=lr"], [*CELL], id="as it should be"),
        pytest.param(["preprocess=complex", "models=lr"], [*CELL], id="groups without"),
        pytest.param(["++preprocess=complex", "++models=lr"], [*CELL], id="groups with two"),
        pytest.param([*CELL, "seed=7"], [*CELL, "seed=7"], id="key without"),
        pytest.param([*CELL, "+seed=7", "++n_jobs=2"], [*CELL, "seed=7", "n_jobs=2"], id="keys with"),
        pytest.param([*CELL, "+validation=holdout"], [*CELL, "validation=holdout"], id="a group of the defaults"),
        pytest.param([*CELL, "++sampler=random"], [*CELL, "sampler=random"], id="a group of the defaults with two"),
        pytest.param([*CELL, "models.type.tol=1"], [*CELL, "models.type.tol=1"], id="a new argument without"),
        pytest.param([*CELL, "+models.type.C=0.1"], [*CELL, "models.type.C=0.1"], id="an old argument with"),
        pytest.param(["experiment=tuned_forest"], ["+experiment=tuned_forest"], id="an experiment without"),
        pytest.param(
            ["+experiment=tuned_forest", "+models=lr"],
            ["+experiment=tuned_forest", "models=lr"],
            id="a group that the experiment holds",
        ),
        pytest.param(
            ["+models=lr", "experiment=tuned_forest"],
            ["models=lr", "+experiment=tuned_forest"],
            id="in any order",
        ),
        pytest.param(
            ["+experiment=tuned_forest", "models=lr", "preprocess=simple", "+sampler=random"],
            ["+experiment=tuned_forest", "models=lr", "preprocess=simple", "sampler=random"],
            id="all groups of an experiment",
        ),
        pytest.param(
            ["+experiment=tuned_forest", "models@other=lr"],
            ["+experiment=tuned_forest", "+models@other=lr"],
            id="a group at another place",
        ),
        pytest.param([*CELL, "~sampler"], [*CELL, "~sampler"], id="a deletion of a group"),
        pytest.param([*CELL, "~models.type.C"], [*CELL, "~models.type.C"], id="a deletion of a key"),
        pytest.param([*CELL, "hydra.verbose=true"], [*CELL], id="hydra's own are no part"),
        pytest.param([*CELL, "models=rf"], ["+preprocess=complex", "+models=rf"], id="of a group twice the last"),
    ],
)
def test_plus_signs_are_forgiven(words: list[str], expected: list[str]) -> None:
    assert overrides(*words) == expected


def test_an_option_at_another_place_that_an_experiment_holds_is_overridden(own: Callable[..., Path]) -> None:
    folder = own({"experiment/based.yaml": "# @package _global_\ndefaults: [/models@other: rf, _self_]\n"})
    found = compose("+experiment=based", *CELL, "models@other=lr", config_dir=folder)
    assert found.other == found.models


@pytest.mark.parametrize("group", ["experiment", "dataset"])
@pytest.mark.parametrize("first", [False, True])
def test_what_a_file_of_overrides_says_of_a_cell_holds_wherever_it_stands(
    own: Callable[..., Path], group: str, first: bool
) -> None:
    text = "# @package _global_\npreprocess: {drop: [who]}\nmodels: {type: {C: 7}}\n"
    folder, word = own({f"{group}/mine.yaml": text}), f"+{group}=mine"
    words = [word, *CELL] if first else [*CELL, word]
    found = compose(*words, config_dir=folder)
    assert (found.preprocess.drop, found.models.type.C) == (["who"], 7)
    assert found.origin.overrides == words
    assert compose(*words, "models.type.C=1", config_dir=folder).models.type.C == 1


@pytest.mark.parametrize("experiment", [(), ("+experiment=mine",)])
def test_what_a_primary_config_says_of_a_cell_holds(own: Callable[..., Path], experiment: tuple[str, ...]) -> None:
    held = "preprocess: {drop: [who]}\nmodels: {type: {C: 7}}\n"
    text = (repository.conf_dir() / "config.yaml").read_text() + held
    folder = own({"config.yaml": text, "experiment/mine.yaml": "# @package _global_\nmodels: {type: {C: 8}}\n"})
    found = compose(*CELL, *experiment, config_dir=folder)
    assert (found.preprocess.drop, found.models.type.C) == (["who"], 8 if experiment else 7)
    assert compose(*CELL, "models.type.C=1", config_dir=folder).models.type.C == 1
    own({"nightly.yaml": "defaults: [config, {experiment: mine}, _self_]\n"})
    assert make_loader(folder).load_configuration("nightly", list(CELL), RunMode.RUN).models.type.C == 8


def test_what_an_option_of_a_cell_says_of_the_whole_config_holds(own: Callable[..., Path]) -> None:
    text = f"# @package _global_\nmetric: roc_auc\nmodels: {{type: {{_target_: {LOGISTIC}, C: 3}}}}\n"
    found = compose("+preprocess=complex", "+models=whole", config_dir=own({"models/whole.yaml": text}))
    assert (found.metric, found.models.type.C) == ("roc_auc", 3)


def test_an_option_of_a_cell_holds_over_those_of_other_groups_that_it_is_built_on(own: Callable[..., Path]) -> None:
    files = {
        "models/mine.yaml": "defaults: [/parts/base@_here_, _self_]\ntype: {C: 7}\n",
        "parts/base.yaml": "defaults: [/roots/root@_here_, _self_]\ntype: {C: 1, tol: 0.5}\n",
        "roots/root.yaml": f"type: {{_target_: {LOGISTIC}, tol: 0.1}}\n",
    }
    found = compose("+preprocess=complex", "+models=mine", config_dir=own(files))
    assert (found.models.type.C, found.models.type.tol) == (7, 0.5)


def test_a_model_that_a_file_of_overrides_replaces_is_told(
    own: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    text = "# @package _global_\nmodels: {type: {_target_: sklearn.svm.LinearSVC}}\n"
    compose("+experiment=mine", *CELL, config_dir=own({"experiment/mine.yaml": text}))
    told = [text for text in caplog.messages if "sklearn.svm.LinearSVC in the place of sklearn.linear_model" in text]
    assert len(told) == 1


@pytest.mark.parametrize("held", ["{_target_: '${models.of}', C: 3}", "${models.node}"])
def test_what_an_option_builds_may_be_named_elsewhere_in_it(own: Callable[..., Path], held: str) -> None:
    text = f"of: {LOGISTIC}\nnode: {{_target_: {LOGISTIC}, C: 3}}\ntype: {held}\n"
    found = compose("+preprocess=complex", "+models=mine", config_dir=own({"models/mine.yaml": text}))
    assert (found.models.type._target_, found.models.type.C) == (LOGISTIC, 3)


def test_the_option_that_was_chosen_wins_over_the_experiment() -> None:
    found = compose("+experiment=tuned_forest", "+models=lr", "sampler=random", "metric=f1")
    assert (found.origin.preprocess, found.origin.models) == ("complex", "lr")
    assert found.models.type._target_ == LOGISTIC
    assert found.sampler._target_ == "optuna.samplers.RandomSampler"
    assert (found.metric, found.n_trials) == ("f1", 40)


def test_values_reach_the_config() -> None:
    found = compose(*CELL, "+seed=7", "models.type.C=0.1", "++models.type.class_weight=balanced", "read.sep='|'")
    assert found.models.type == {
        "_target_": LOGISTIC,
        "C": 0.1,
        "fit_intercept": True,
        "random_state": 7,
        "class_weight": "balanced",
    }
    assert found.read.sep == "|"


@pytest.mark.parametrize("plus", ["", "+", "++"])
def test_a_whole_node_for_a_group(plus: str) -> None:
    node = f"{plus}models={{name:mine,type:{{_target_:{LOGISTIC},C:2}}}}"
    found = config.plain(compose("+preprocess=complex", node))
    config.check(found)
    assert found["models"] == {"name": "mine", "type": {"_target_": LOGISTIC, "C": 2}}


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        pytest.param("++models/C=0.0101", "models.type.C=0.0101", id="two pluses"),
        pytest.param("+models/C=0.0102", "models.type.C=0.0102", id="one plus"),
        pytest.param("models/C=0.0103", "models.type.C=0.0103", id="none"),
        pytest.param("models/type/C=0.0104", "models.type.C=0.0104", id="the whole path"),
        pytest.param("models/space/fit_intercept=[true]", "models.space.fit_intercept=[true]", id="the space"),
        pytest.param("++preprocess/imputation=median", "preprocess.type.imputation=median", id="preprocess"),
    ],
)
def test_a_slash_for_a_key(word: str, spelled: str, caplog: pytest.LogCaptureFixture) -> None:
    notice.cache_clear()
    with caplog.at_level(logging.WARNING, "mlzoo.composition.loader"):
        found = compose(*CELL, word)
        compose(*CELL, word)
    assert caplog.messages == [f"{word}: read as {spelled}"], "said once"
    assert list(found.origin.overrides) == [*CELL, spelled]
    key, _, value = spelled.partition("=")
    assert OmegaConf.select(found, key) == OmegaConf.create(f"v: {value}").v


def test_a_slash_for_a_key_is_checked_as_the_key() -> None:
    assert "Did you mean 'models.type.class_weight'?" in refusal(*CELL, "++models/class_weigth=balanced")


# -- unknown options and keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        pytest.param(
            ["+preprocess=smple"],
            ["preprocess=smple", "'simple'", "complex, multi_complex, multi_simple, simple"],
            id="1",
        ),
        pytest.param(["+models=fr"], ["models=fr: models has no such option.", "lr, multi_lr, multi_rf, rf"], id="2"),
        pytest.param(["validation=hold"], ["validation=hold", "'holdout'", "cv, group, holdout"], id="of the defaults"),
        pytest.param(["+experiment=tuned"], ["experiment=tuned", "tuned_forest"], id="an experiment"),
        pytest.param(["~models", "+models=xx"], ["models=xx"], id="beside a deletion"),
        pytest.param(["sampler=null"], ["sampler"], id="null for an option"),
    ],
)
def test_an_unknown_option(words: list[str], parts: list[str]) -> None:
    text = refusal(*words)
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        pytest.param("+preproces=simple", "preprocess", id="a group"),
        pytest.param("+model=lr", "models", id="another group"),
        pytest.param("n_trial=3", "n_trials", id="a key"),
        pytest.param("+sed=3", "seed", id="with a plus"),
        pytest.param("++metrc=f1", "metric", id="with two"),
        pytest.param("read.seperator=x", None, id="a key of a node, far from any"),
        pytest.param("read.encodin=x", "read.encoding", id="a key of a node"),
        pytest.param("split.tes_size=0.1", "split.test_size", id="a key of split"),
        pytest.param("models.tpe.C=1", None, id="within no node"),
        pytest.param("models.typ=1", "models.type", id="beside type"),
        pytest.param("models.type.c=1", "models.type.C", id="an argument in lower case"),
        pytest.param("models.type.class_weigth=balanced", "models.type.class_weight", id="an argument"),
        pytest.param("preprocess.type.imputatoin=mean", "preprocess.type.imputation", id="an argument of a factory"),
        pytest.param("preprocess.dropp=[a]", "preprocess.drop", id="a key of preprocess"),
        pytest.param("preprocess.kind=[number]", "preprocess.kinds", id="a key of preprocess that no YAML has"),
        pytest.param("sampler.n_startup_trial=1", "sampler.n_startup_trials", id="an argument of the sampler"),
        pytest.param("validation.nsplits=3", "validation.n_splits", id="a key of validation"),
        pytest.param("seed.x=1", "seed", id="below a number"),
        pytest.param("drop=[a]", "preprocess.drop", id="without its node"),
        pytest.param("group=a", "split.group", id="without its node, of the schema"),
        pytest.param("n_splits=3", "validation.n_splits", id="without its node, of a group"),
        pytest.param("zzz=1", None, id="far from any"),
    ],
)
def test_an_unknown_key(word: str, hint: str | None) -> None:
    text = refusal(*CELL, word)
    key = word.lstrip("+").partition("=")[0]
    assert text.startswith(f"{key}: there is no such key.")
    assert "python -m mlzoo --cfg job" in text
    if hint is not None:
        assert f"Did you mean '{hint}'?" in text
    assert f"Did you mean '{key}'?" not in text


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("validation.groups", "validation=group or validation=nested"),
        ("validation.inner_splits", "validation=nested"),
        ("storage.url", "storage=rdb"),
        ("backend.address", "backend=dask"),
    ],
)
def test_a_key_of_an_option_that_is_not_chosen(key: str, options: str) -> None:
    assert f"{key}: there is no such key. It belongs to {options}, which is not chosen." in refusal(*CELL, f"{key}=x")


@pytest.mark.parametrize(
    ("word", "key", "value"),
    [
        pytest.param("target=churn", "target", "churn", id="a key of the schema"),
        pytest.param("models.name=mine", "models.name", "mine", id="a key of the YAML"),
        pytest.param("models.type.max_iter=500", "models.type.max_iter", 500, id="an argument"),
        pytest.param("sampler.n_startup_trials=5", "sampler.n_startup_trials", 5, id="an argument of the sampler"),
        pytest.param("data.sep=x", "data.sep", "x", id="below data"),
        pytest.param(
            "test_data._target_=pandas.read_csv", "test_data._target_", "pandas.read_csv", id="below test_data"
        ),
        pytest.param("validation.splitter.n_splits=3", "validation.splitter.n_splits", 3, id="below the splitter"),
        pytest.param("models.space.tol=[1,2]", "models.space.tol", [1, 2], id="a new range"),
        pytest.param("models.space.tol.low=1", "models.space.tol.low", 1, id="an end of a new range"),
        pytest.param("models.space.C.step=1", "models.space.C.step", 1, id="a step of a range"),
        pytest.param("models.space=null", "models.space", None, id="no space"),
        pytest.param("hydra.job.name=x", "seed", 123, id="hydra's own"),
    ],
)
def test_a_declared_key(word: str, key: str, value: Any) -> None:
    assert OmegaConf.select(compose(*CELL, word), key) == value


def test_the_arguments_are_those_of_the_target_on_the_command_line() -> None:
    words = ["models.type._target_=sklearn.svm.SVC", "~models.type.fit_intercept", "~models.space.fit_intercept"]
    found = compose(*CELL, *words, "models.type.kernel=linear")
    assert (found.models.type._target_, found.models.type.kernel) == ("sklearn.svm.SVC", "linear")
    assert "Did you mean 'models.type.kernel'?" in refusal(*CELL, *words, "models.type.kernl=linear")


def test_a_target_that_takes_any_argument(own: Callable[..., Path]) -> None:
    folder = own({"models/any.yaml": "name: any\ntype: {_target_: sklearn.utils.Bunch}\nspace: {}\n"})
    found = compose("+preprocess=complex", "+models=any", "models.type.whatever=1", config_dir=folder)
    assert found.models.type.whatever == 1


@pytest.mark.parametrize(
    ("word", "key", "value"),
    [
        pytest.param("mine.a=5", "mine.a", 5, id="a value"),
        pytest.param("mine.must=5", "mine.must", 5, id="a mandatory value"),
        pytest.param("mine.user=5", "mine.user", 5, id="a value of the environment"),
        pytest.param("mine.linked=5", "mine.linked", 5, id="a link to nothing"),
        pytest.param("mine.empty=5", "mine.empty", 5, id="nothing"),
        pytest.param("mine.inner.b=5", "mine.inner.b", 5, id="a deeper value"),
        pytest.param("mine.list.0=5", "mine.list", [5, 2], id="of a list"),
        pytest.param("mine={a:5}", "mine.a", 5, id="a whole node"),
    ],
)
def test_a_node_of_ones_own(own: Callable[..., Path], word: str, key: str, value: Any) -> None:
    text = (
        "a: 1\nmust: ???\nuser: ${oc.env:MLZOO_ABSENT}\nlinked: ${nothing}\nempty: null\ninner: {b: 1}\nlist: [1, 2]\n"
    )
    folder = own({"mine/one.yaml": text})
    found = compose(*CELL, "+mine=one", word, config_dir=folder)
    assert OmegaConf.select(found, key) == value
    assert "Did you mean 'mine.inner'?" in refusal(*CELL, "+mine=one", "mine.iner=1", config_dir=folder)


def test_a_mandatory_value_is_asked_for_by_its_key(own: Callable[..., Path]) -> None:
    text = f"name: must\ntype:\n  _target_: {LOGISTIC}\n  C: ???\nspace: {{}}\n"
    folder = own({"models/must.yaml": text})
    with pytest.raises(ConfigError, match=r"^models\.type\.C has no value .* give models\.type\.C=VALUE"):
        config.plain(compose("+preprocess=complex", "+models=must", config_dir=folder))
    found = config.plain(compose("+preprocess=complex", "+models=must", "models.type.C=2", config_dir=folder))
    assert found["models"]["type"]["C"] == 2


# -- deletions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "key"),
    [
        pytest.param("~models.type.C", "models.type.C", id="a key"),
        pytest.param("~models.type.C=1.0", "models.type.C", id="a key of this value"),
        pytest.param("~sampler", "sampler", id="a group"),
        pytest.param("~validation=cv", "validation", id="a group of this option"),
        pytest.param("~models.space", "models.space", id="a node"),
    ],
)
def test_delete(word: str, key: str) -> None:
    assert OmegaConf.select(compose(*CELL), key) is not None
    assert OmegaConf.select(compose(*CELL, word), key) is None


@pytest.mark.parametrize("word", ["~nothing", "~models.type.nothing", "~models.type.C=5"])
def test_delete_what_is_not_there(word: str) -> None:
    assert "Could not delete" in refusal(*CELL, word)


# -- where YAML is found ------------------------------------------------------------------------------------------


def test_ones_own_option_wins_over_the_shipped_one(own: Callable[..., Path]) -> None:
    folder = own({"models/lr.yaml": OWN_LR, "models/new.yaml": OWN_LR})
    found = compose(*CELL, config_dir=folder)
    assert (found.models.name, found.models.type.C) == ("my own", 7)
    assert list(found.origin.shadowing) == [str(folder / "models/lr.yaml")]
    assert found.origin.config_dir == str(folder)
    new = compose("+preprocess=complex", "+models=new", config_dir=str(folder))
    assert (new.models.type.C, list(new.origin.shadowing)) == (7, [])
    assert compose(*CELL).models.type.C == 1.0


def test_ones_own_option_may_build_on_the_shipped_one(own: Callable[..., Path]) -> None:
    folder = own({"models/strong.yaml": "defaults: [lr, _self_]\ntype: {C: 50}\n"})
    found = compose("+preprocess=complex", "+models=strong", config_dir=folder)
    assert (found.models.type._target_, found.models.type.C, found.models.name) == (LOGISTIC, 50, "Logistic Regression")


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        pytest.param("[lr, _self_]", 50, id="itself last"),
        pytest.param("[_self_, lr]", 1.0, id="itself first"),
    ],
)
def test_the_place_of_self(own: Callable[..., Path], defaults: str, expected: float) -> None:
    folder = own({"models/mine.yaml": f"defaults: {defaults}\ntype: {{C: 50}}\n"})
    kind = compose("+preprocess=complex", "+models=mine", config_dir=folder).models.type
    assert kind["C"] == expected


def test_the_conf_of_the_start_folder_wins(own: Callable[..., Path]) -> None:
    folder = own({"models/lr.yaml": OWN_LR}, "start/conf")
    found = compose(*CELL)
    assert found.models.type.C == 7
    assert list(found.origin.shadowing) == [str(folder / "models/lr.yaml")]
    assert found.origin.config_dir is None


def test_a_given_folder_wins_over_the_start_folder(own: Callable[..., Path]) -> None:
    own({"models/lr.yaml": OWN_LR, "models/rf.yaml": OWN_LR}, "start/conf")
    folder = own({"models/lr.yaml": OWN_LR.replace("C: 7", "C: 8")})
    assert compose(*CELL, config_dir=folder).models.type.C == 8
    assert compose("+preprocess=complex", "+models=rf", config_dir=folder).models.type.C == 7


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, id=name) for name in ("preprocess/mine.yaml", "experiment/mine.yaml", "validation/mine.yaml")],
)
def test_one_group_in_the_start_folder_is_enough(own: Callable[..., Path], name: str) -> None:
    own({name: "# @package _global_\nseed: 7\n" if "experiment" in name else "name: cv\n"}, "start/conf")
    group = name.partition("/")[0]
    words = [word for word in CELL if group not in word]
    assert f"{group}=mine" in [word.lstrip("+") for word in overrides(*words, f"{group}=mine")]


def test_a_conf_that_is_named_comes_before_that_of_the_start_folder(own: Callable[..., Path]) -> None:
    own({"models/lr.yaml": OWN_LR, "models/knn.yaml": OWN_LR}, "start/conf")
    named = Path(shutil.copytree(repository.conf_dir(), own({}, "named")))
    own({"models/lr.yaml": OWN_LR.replace("C: 7", "C: 6")}, "named")
    for model, value in (("lr", 6), ("knn", 7)):
        made = loader.Loader(create_config_search_path(str(named)))
        found = made.load_configuration("config", ["+preprocess=complex", f"+models={model}"], RunMode.RUN)
        assert (model, found.models.type.C) == (model, value)


def test_the_conf_of_another_program_is_left_alone(own: Callable[..., Path]) -> None:
    own({"config.yaml": "seed: 7\n", "db/mysql.yaml": "x: 1\n"}, "start/conf")
    assert repository.own_conf_dir() is None
    assert compose(*CELL).seed == 123


def test_the_shipped_conf_is_not_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.conf_dir().parent)
    assert repository.own_conf_dir() is None
    assert list(compose(*CELL).origin.shadowing) == []


def test_conf_lies_beside_the_package_or_within_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "mlzoo"
    package.mkdir(parents=True)
    monkeypatch.setattr(repository, "__file__", str(package / "composition" / "repository.py"))
    assert repository.conf_dir() == tmp_path / "site" / "conf"
    shutil.copytree(ROOT / "conf", package / "conf")
    assert repository.conf_dir() == package / "conf"
    assert compose(*CELL).models.type.C == 1.0


def test_a_folder_that_is_not_there() -> None:
    assert refusal(*CELL, config_dir="nope") == "config_dir=nope: there is no such folder."


def test_a_group_below_a_group(own: Callable[..., Path]) -> None:
    folder = own({"models/boost/lr.yaml": OWN_LR, "models/addon/a.yaml": "extra: 1\n"})
    assert compose("+preprocess=complex", "+models=boost/lr", config_dir=folder).models.type.C == 7
    assert compose(*CELL, "+models/addon=a", config_dir=folder).models.addon == {"extra": 1}


def test_a_search_path_of_hydras(own: Callable[..., Path]) -> None:
    folder = own({"models/mine.yaml": OWN_LR})
    found = compose("+preprocess=complex", "+models=mine", f"hydra.searchpath=[file://{folder}]")
    assert found.models.type.C == 7
    assert "hydra.searchpath" in refusal(*CELL, "hydra.searchpath=null")


@pytest.mark.parametrize("name", ["config", "nightly"])
def test_a_search_path_of_the_primary_config(own: Callable[..., Path], name: str) -> None:
    folder = own({"models/mine.yaml": OWN_LR}, "more")
    text = f"defaults: [config, _self_]\nhydra: {{searchpath: ['file://{folder}']}}\n"
    if name == "config":
        text = (repository.conf_dir() / "config.yaml").read_text() + f"  searchpath: ['file://{folder}']\n"
    words = ["+preprocess=complex", "+models=mine"]
    composed = make_loader(own({f"{name}.yaml": text})).load_configuration(name, words, RunMode.RUN)
    assert composed.models.type.C == 7


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("type: {C: ???}\n", id="??? in braces"),
        pytest.param("type: [1, 2\n", id="an open bracket"),
        pytest.param("a: 1\n b: 2\n", id="indented wrongly"),
    ],
)
def test_a_file_that_is_no_yaml(own: Callable[..., Path], text: str) -> None:
    folder = own({"models/broken.yaml": text})
    assert "broken.yaml" in refusal("+preprocess=complex", "+models=broken", config_dir=folder)


# -- structured configs -------------------------------------------------------------------------------------------


@dataclass
class Kind:
    """A `type` with types."""

    _target_: str = LOGISTIC
    C: float = 3.0
    random_state: Any = "${seed}"


@dataclass
class Typed:
    """A model of the user's own, as a structured config."""

    name: str = "typed"
    type: Kind = field(default_factory=Kind)
    space: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def store() -> Iterator[ConfigStore]:
    """The store, as it was before."""
    store = ConfigStore.instance()
    before = {**store.repo, "models": dict(store.repo.get("models", {}))}
    yield store
    store.repo = before


def test_a_structured_config(store: ConfigStore) -> None:
    store.store(group="models", name="typed", node=Typed)
    found = config.plain(compose("+preprocess=complex", "+models=typed", "models.type.C=5", "seed=7"))
    config.check(found)
    kind = {"_target_": LOGISTIC, "C": 5.0, "random_state": 7}
    assert found["models"] == {"name": "typed", "type": kind, "space": {}}
    assert found["origin"]["models"] == "typed"
    assert "typed" in refusal("+preprocess=complex", "+models=typd")
    assert "models.type.C" in refusal("+preprocess=complex", "+models=typed", "models.type.C=abc")
    assert listing.describe()["models"]["typed"] == "typed"


# -- interpolations -----------------------------------------------------------------------------------------------


def test_now_and_the_start_folder() -> None:
    found = config.plain(compose(*CELL, "models.name=${now:%Y}", "data=${hydra:runtime.cwd}/my.csv"))
    assert found["models"]["name"] in {str(datetime.now().year), str(datetime.now().year - 1)}
    assert found["data"] == f"{Path.cwd()}/my.csv"


def test_the_environment_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", "hunter2")
    found = config.plain(compose(*CELL, "data=${oc.env:MLZOO_TEST}"))
    assert found["data"] == "${oc.env:MLZOO_TEST}"
    assert "hunter2" not in repr(found)


def test_the_job_name_and_the_run_folder() -> None:
    found = compose(*CELL)
    assert HydraConfig.get().job.name == "mlzoo"
    assert re.fullmatch(
        r"outputs/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-\d{6}", str(Path(found.origin.folder).relative_to(Path.cwd()))
    )
    assert compose(*CELL, "hydra.run.dir=here").origin.folder == str(Path.cwd() / "here")


# -- the origin ---------------------------------------------------------------------------------------------------


def test_the_origin() -> None:
    origin: Any = OmegaConf.to_container(compose(*CELL, "seed=7", "hydra.run.dir=here").origin)
    assert len(origin.pop("digest")) == 64
    assert origin.pop("values")["models.type.C"] == 1.0
    assert origin == {
        "preprocess": "complex",
        "models": "lr",
        "dataset": None,
        "overrides": [*CELL, "seed=7"],
        "hydra": [],
        "cwd": str(Path.cwd()),
        "config_dir": None,
        "config_path": None,
        "config_name": None,
        "n_trials": None,
        "shadowing": [],
        "options": {},
        "folder": str(Path.cwd() / "here"),
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([*CELL], None, id="none"),
        pytest.param([*CELL, "n_trials=3"], None, id="of the command line alone"),
        pytest.param(["+experiment=tuned_forest"], 40, id="of an experiment"),
        pytest.param(["+experiment=tuned_forest", "n_trials=3"], 40, id="of an experiment below the command line"),
    ],
)
def test_the_origin_knows_the_trials_of_the_yaml(words: list[str], expected: int | None) -> None:
    assert compose(*words).origin.n_trials == expected


def test_the_origin_lists_the_options_of_a_group_that_is_not_chosen() -> None:
    assert compose("+models=lr").origin.options == {
        "preprocess": ["complex", "multi_complex", "multi_simple", "simple"]
    }


def test_another_primary_config(own: Callable[..., Path]) -> None:
    folder = own({"other.yaml": "defaults: [config, {preprocess: simple}, {models: lr}, _self_]\nseed: 9\n"})
    found = make_loader(folder).load_configuration("other", ["models=rf"], RunMode.RUN)
    assert found.hydra.mlzoo.config_name == "other"
    assert (found.seed, found.hydra.mlzoo.preprocess, found.hydra.mlzoo.models) == (9, "simple", "rf")
    assert list(found.hydra.mlzoo.overrides) == ["models=rf"]


def test_without_hydra_leaves_the_composed_config_alone() -> None:
    composed = make_loader().load_configuration("config", [*CELL], RunMode.RUN)
    task = loader.without_hydra(composed)
    assert "hydra" in composed
    assert "hydra" not in task
    assert task.origin.folder is None
    assert OmegaConf.is_struct(task)


@pytest.mark.parametrize(
    ("word", "part"),
    [
        pytest.param("seed=1,2", "seed=1,2: several values, one run", id="a sweep"),
        pytest.param("seed=((", "seed=((: this cannot be read", id="no value"),
        pytest.param("=3", "=3", id="no key"),
        pytest.param("hydra.nothing=1", "hydra.nothing", id="a key that Hydra does not have"),
        pytest.param("hydra/launcher=nothing", "nothing", id="an option that Hydra does not have"),
    ],
)
def test_hydras_errors_are_ours(word: str, part: str) -> None:
    assert part in refusal(*CELL, word)


@pytest.mark.parametrize("word", ["+models=glob([lr]*)", "seed=choice(range(1,4),9)"])
def test_a_function_that_cannot_be_read_is_no_text(word: str) -> None:
    assert refusal("+preprocess=simple", word).endswith(
        "Its grammar: https://hydra.cc/docs/advanced/override_grammar/basic"
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("+models=glob(zz*)", "glob(zz*) names nothing, so that the multirun would have no job."),
        ("models.type.C=range(4,1)", "range(4,1) names nothing"),
        ("models.type.C=range(1,4),9", "no jobs can be made of it: write its values one by one, between commas."),
        ("models.type.C=interval(1,4)", "no jobs can be made of it"),
    ],
)
def test_a_multirun_without_a_job_is_refused(word: str, said: str) -> None:
    zoo = ("+preprocess=simple",) if word.startswith("+models") else ("+preprocess=simple", "+models=lr")
    with pytest.raises(ConfigCompositionException) as caught:
        master(*zoo, word)
    assert said in str(caught.value)


@pytest.mark.parametrize("word", ["+models=glob(l*)", "+models=choice(lr,rf)", "seed=range(1,3)", "seed=sort(3,1)"])
def test_a_multirun_of_jobs_is_taken(word: str) -> None:
    zoo = ("+preprocess=simple",) if word.startswith("+models") else ("+preprocess=simple", "+models=lr")
    assert master(*zoo, word)[1] is not None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        pytest.param("preprocess.drop=[größe cm,a]", "\"preprocess.drop=['größe cm',a]\"", id="names in a list"),
        pytest.param("target=größe", "\"target='größe'\"", id="a name"),
        pytest.param("db.where=x > '5'", "\"db.where='x > \\'5\\''\"", id="a text with quotes"),
    ],
)
def test_a_word_that_needs_quotes_is_given_with_them(word: str, meant: str) -> None:
    error = refusal(*CELL, word)
    assert error.startswith(f"{word}: this cannot be read as KEY=VALUE. A text with other signs")
    assert error.endswith(meant)
    (again,) = shlex.split(meant)
    assert again.partition("=")[0] == word.partition("=")[0]
    (read,) = read_words([again])
    given = word.partition("=")[2]
    assert read.value() == (given.strip("[]").split(",") if given.startswith("[") else given)


def test_values_of_a_multirun_that_need_quotes_are_given_with_one_pair_each() -> None:
    error = refusal(*CELL, "+dataset=wine,größe")
    assert error.endswith(
        "within those of the shell: \"+dataset='wine,größe'\" (one text), or \"+dataset=wine,'größe'\" (several)"
    )
    (read,) = read_words(["+dataset=wine,'größe'"])
    assert read.is_sweep_override()
    assert refusal(*CELL, "db.query=select a, größe").endswith("\"db.query='select a, größe'\"")


@pytest.mark.parametrize("word", ["target=[a", "target={a:b", "größe=3"])
def test_a_word_that_nobody_can_guess_names_the_grammar(word: str) -> None:
    assert refusal(*CELL, word) == (
        f"{word}: this cannot be read as KEY=VALUE. Its grammar: https://hydra.cc/docs/advanced/override_grammar/basic"
    )


def test_the_defaults_list_is_read_after_the_plus_signs() -> None:
    found = make_loader().compute_defaults_list("config", ["experiment=tuned_forest", "+models=lr"], RunMode.RUN)
    chosen = found.overrides.known_choices
    assert {group: chosen[group] for group in ("experiment", "preprocess", "models", "sampler")} == {
        "experiment": "tuned_forest",
        "preprocess": "complex",
        "models": "lr",
        "sampler": "tpe",
    }
    with pytest.raises(HydraException, match="models=fr: models has no such option"):
        make_loader().compute_defaults_list("config", ["+models=fr"], RunMode.RUN)


# -- multiruns ----------------------------------------------------------------------------------------------------


def test_a_job_of_a_multirun() -> None:
    found = job(["+preprocess=simple,complex", "+models=lr,rf", "seed=7"], ["preprocess=simple", "models=rf", "seed=7"])
    assert (found.hydra.mlzoo.preprocess, found.hydra.mlzoo.models) == ("simple", "rf")
    assert list(found.hydra.mlzoo.overrides) == ["+preprocess=simple", "+models=rf", "seed=7"]
    assert (found.seed, found.models.type.random_state) == (7, 7)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(
            ["+preprocess=simple,complex", "++models=lr", "+seed=1,2"],
            ["preprocess=simple,complex", "models=lr", "seed=1,2"],
            id="pluses",
        ),
        pytest.param(["models/C=0.0106,1"], ["models.type.C=0.0106,1"], id="a slash"),
        pytest.param(["+models=glob(*,exclude=multi_*)"], ["models=glob(*,exclude=multi_*)"], id="glob"),
        pytest.param(["~sampler", "hydra.verbose=true"], ["~sampler"], id="a deletion"),
        pytest.param(
            ["+experiment=tuned_forest", "+models=lr,rf"], ["experiment=tuned_forest", "models=lr,rf"], id="experiment"
        ),
    ],
)
def test_the_words_of_a_multirun(words: list[str], expected: list[str]) -> None:
    _, found = master(*words)
    assert list(found.hydra.overrides.task) == expected
    assert loader.Loader.master is found


def test_an_experiment_common_to_all_jobs_is_in_the_master() -> None:
    _, found = master("+experiment=tuned_forest", "+models=lr,rf")
    assert (found.metric, found.n_trials) == ("roc_auc", 40)


def test_the_sweepers_parameters(own: Callable[..., Path]) -> None:
    text = "# @package _global_\nhydra:\n  sweeper:\n    params: {+models: 'lr,rf', ++seed: '1,2', metric: 'f1'}\n"
    folder = own({"experiment/sweep.yaml": text})
    _, found = master("+experiment=sweep", "preprocess=simple", config_dir=folder)
    assert found.hydra.sweeper.params == {"models": "lr,rf", "seed": "1,2", "metric": "f1"}
    _, found = master("+experiment=sweep", "+models=rf", "+seed=5", config_dir=folder)
    assert found.hydra.sweeper.params == {"metric": "f1"}, "the command line wins"
    folder = own({"experiment/none.yaml": text.replace("'f1'", "'range(4,1)'")})
    with pytest.raises(ConfigCompositionException, match=r"metric=range\(4,1\) names nothing"):
        master("+experiment=none", "preprocess=simple", config_dir=folder)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        pytest.param(["preprocess=simple", "models=nope"], "models=nope: models has no such option", id="an option"),
        pytest.param(
            ["preprocess=simple", "models=lr", "models.type.CC=1"], "models.type.CC: there is no such key", id="a key"
        ),
        pytest.param(["preprocess=simple", "models=lr", "n_trials=0"], "n_trials=0: must be 1 or more", id="a value"),
        pytest.param(["preprocess=simple"], "No models option is chosen", id="no model"),
        pytest.param(["preprocess=multi_simple", "models=lr"], "n_trials=20", id="ranges without trials"),
    ],
)
def test_a_multirun_is_refused_before_its_first_job(words: list[str], part: str) -> None:
    found, over = master("+preprocess=simple,complex")
    with pytest.raises(HydraException, match=re.escape(part)):
        found.load_sweep_config(over, words)


def test_a_multirun_is_refused_where_the_board_of_a_set_would_replace_another_s_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("all/wine").mkdir(parents=True)
    Path("all/wine/leaderboard.csv").write_text("rank,mine\n")
    found, over = master("+dataset=iris,wine", "+preprocess=simple", "+models=lr", "hydra.sweep.dir=all")
    common = ["preprocess=simple", "models=lr"]
    found.load_sweep_config(over, ["+dataset=iris", *common])
    with pytest.raises(HydraException, match=r"^all/wine/leaderboard\.csv is none of mlzoo's"):
        found.load_sweep_config(over, ["+dataset=wine", *common])


def test_an_unknown_option_common_to_all_jobs() -> None:
    with pytest.raises(HydraException, match="preprocess=smple: preprocess has no such option"):
        master("+preprocess=smple", "+models=lr,rf")


def test_the_start_folder_in_a_job_of_a_multirun(own: Callable[..., Path]) -> None:
    text = "defaults: [complex, _self_]\ndata_train: ${hydra:runtime.cwd}/my.csv\n"
    folder = own({"preprocess/mine.yaml": text})
    found = job(["+preprocess=mine", "+models=lr,rf"], ["preprocess=mine", "models=lr"], config_dir=folder)
    HydraConfig.instance().set_config(found)
    assert found.preprocess.data_train == f"{Path.cwd()}/my.csv"


# -- what the zoo holds -------------------------------------------------------------------------------------------


def test_the_options_are_described(own: Callable[..., Path]) -> None:
    folder = own(
        {
            "models/lr.yaml": OWN_LR,
            "models/quiet.yaml": "type: {_target_: x}\n",
            "mine/a.yaml": "# What a is.\n# And more.\nname: a\n",
            "mine/b.yaml": "name: only a name\n",
            "mine/c.yaml": "x: 1\n",
            "mine/d.yaml": "# @package _global_\n# Of the package.\nx: 1\n",
            "mine/e.yaml": "",
        }
    )
    found = listing.describe(folder)
    groups = [
        "preprocess",
        "models",
        "backend",
        "dataset",
        "db",
        "experiment",
        "mine",
        "sampler",
        "storage",
        "validation",
    ]
    assert list(found) == groups
    assert found["models"] == {
        "lr": "my own",
        "multi_lr": "Logistic Regression (trial-aware factory)",
        "multi_rf": "Random Forest (trial-aware factory)",
        "quiet": "",
        "rf": "Random Forest",
    }
    assert found["mine"] == {"a": "What a is.", "b": "only a name", "c": "", "d": "Of the package.", "e": ""}
    assert found["validation"]["cv"].startswith("Repeated")


def test_a_broken_file_does_not_hide_the_rest_of_the_zoo(own: Callable[..., Path]) -> None:
    found = listing.describe(own({"models/broken.yaml": "type: [1, 2\n"}))
    assert found["models"]["lr"] == "Logistic Regression"
    assert "broken" in found["models"]


def test_a_column_of_a_statement_is_no_password() -> None:
    from mlzoo.composition.overrides import refuse_secrets

    refuse_secrets([missing_override("cost_per_token", "999")])
    refuse_secrets(['db.query="select 1 from a join b on a.token = b.token"', 'db.where="has_password == True"'])
    refuse_secrets(["db.query=\"select 1 from a where a.token = '${oc.env:TOKEN}'\""])
    refuse_secrets(["db.query=\"select * from f('https://a/b.csv?access_token=${oc.env:TOKEN}')\""])
    for word in (
        "db.query=\"select 1 from a where a.token = 'hunter2'\"",
        "db.query=\"select 1 from a where a.token = N'hunter2'\"",
        "db.query=\"select 'pg://a:hunter2@b'\"",
        "db.query=\"select * from f('https://a/b.csv?x=1&access_token=hunter2')\"",
    ):
        with pytest.raises(ConfigError, match=r"db\.query spells out a password"):
            refuse_secrets([word])


@pytest.mark.parametrize(
    "word",
    [
        "data='postgresql://me:hunter2@host/db'",
        "+db.password=hunter2",
        "data={password:hunter2}",
        "models.type.token=hunter2",
    ],
)
def test_a_password_on_the_command_line_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=r"spells out a password.*\$\{oc\.env:NAME\}") as caught:
        compose(*CELL, word)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["${oc.env:NAME}", "'${oc.env:NAME}'"])
def test_a_password_by_its_variable_is_taken_as_a_multirun_writes_it(value: str) -> None:
    (word,) = read_words([f"db.password={value}"])
    words = (*CELL, "+db=postgres", f"db.password={word.get_value_element_as_str()}")
    found: Any = OmegaConf.to_container(compose(*words), resolve=False)
    assert found["db"]["password"] == "${oc.env:NAME}"


def test_a_launcher_that_is_not_installed_names_the_extra() -> None:
    with pytest.raises(
        ConfigError, match=r"hydra/launcher=nolauncher: .*pip install 'mlzoo\[launchers\]' brings .*Slurm's"
    ):
        compose(*CELL, "hydra/launcher=nolauncher")


def test_a_primary_config_of_another_program_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf" / "models").mkdir(parents=True)
    (tmp_path / "conf" / "config.yaml").write_text("lr: 0.1\nepochs: 3\n")
    (tmp_path / "conf" / "models" / "lr.yaml").write_text("type: {}\n")
    monkeypatch.chdir(tmp_path)
    assert compose(*CELL).models.type.C == 1.0


def test_a_loader_that_is_sent_to_a_job_checks_nothing_any_more() -> None:
    loader = make_loader()
    loader._check = sweep.Check(Path(), (Path("multirun.yaml"), b"", 0), [["a"]])
    loader._ahead = (RunMode.RUN, "config", []), OmegaConf.create({})
    left = {"_ahead": None, "_check": None}
    assert {**loader.__getstate__(), "inner": None} == {"inner": None, **left}


def asked_for(found: loader.Loader, words: list[str], mode: RunMode) -> DictConfig:
    """A config as the program asks for it: for its mode first, then for the whole."""
    with suppress(HydraException):
        found.load_configuration("config", words, RunMode.MULTIRUN, validate_sweep_overrides=False)
    return found.load_configuration("config", [*words, f"hydra.mode={mode.name}"], mode)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (RunMode.RUN, ["+preprocess=complex", "+models=lr", "n_trials=3", "hydra.run.dir=a"]),
        (RunMode.MULTIRUN, ["+preprocess=complex", "+models=lr,rf"]),
        (RunMode.MULTIRUN, ["+preprocess=complex", "+models=lr"]),  # by -m
    ],
)
def test_what_was_composed_for_its_mode_is_the_config(mode: RunMode, words: list[str]) -> None:
    told = [*words, f"hydra.mode={mode.name}"]
    composed = asked_for(make_loader(), words, mode), make_loader().load_configuration("config", told, mode)
    assert OmegaConf.to_yaml(composed[0]) == OmegaConf.to_yaml(composed[1])
    assert composed[0].hydra.mode == mode


def test_a_config_is_composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found, composed = make_loader(), []
    original = loader.Loader._compose
    monkeypatch.setattr(loader.Loader, "_compose", lambda *args: composed.append(args[2:4]) or original(*args))
    words = ["+preprocess=complex", "+models=lr"]
    one = asked_for(found, words, RunMode.RUN)
    assert composed == [(words, RunMode.RUN)]
    assert found.load_configuration("config", words, RunMode.RUN) is not one  # it was handed out
    with pytest.raises(HydraException, match="nope: there is no such key"):
        asked_for(found, [*words, "nope=1"], RunMode.RUN)
    assert len(composed) == 3
    asked_for(found, ["+preprocess=complex", "+models=lr,rf"], RunMode.MULTIRUN)
    assert len(composed) == 4


@functools.cache
def plain_of(words: str) -> dict[str, Any]:
    return config.plain(compose("+preprocess=simple", "+models=lr", *words.split()))


@pytest.mark.parametrize(
    ("one", "other", "keys"),
    [
        ("seed=1", "seed=2", "seed"),
        ("validation.seed=1", "validation.seed=2", "validation.seed"),
        ("validation.n_splits=3", "seed=2", "seed and validation.n_splits"),
        ("validation=cv", "validation=holdout", "validation"),
        ("data=a.csv split.seed=1", "data=a.csv split.seed=2", "split.seed"),
        ("sample=20", "sample=30", "sample"),
        ("seed=1 validation.seed=1", "seed=2 validation.seed=1", None),
        ("split.seed=1", "split.seed=2", None),  # the test split is a file
        ("data=a.csv split.column=p split.seed=1", "data=a.csv split.column=p split.seed=2", None),
        (
            "data=a.csv split.time=d validation=holdout seed=1",
            "data=a.csv split.time=d validation=holdout seed=2",
            None,
        ),
        ("seed=1 validation.splitter._target_=T", "seed=2 validation.splitter._target_=T", None),
        ("task=classification", "task=regression", "task"),
        ("positive=a", "positive=b", "positive, and so in what they are scored for"),
        ("positive=a seed=1", "positive=b seed=2", "seed and positive, and so in their folds"),
        ("positive=a", "", None),  # it may be the last in order
        ("metric=f1", "metric=recall", "metric, and so in what they are scored for"),
        ("metric=f1 metrics=[f1,recall]", "metric=recall metrics=[f1,recall]", None),
        ("metric=f1", "", None),  # the default follows from the data
        ("metric=f1 seed=1", "metric=recall seed=2", "seed and metric, and so in their folds"),
        ("models.type.C=1", "models.type.C=2", None),
    ],
)
def test_jobs_of_unrankable_are_told(one: str, other: str, keys: str | None) -> None:
    said = sweep.unrankable(plain_of(one), plain_of(other))
    assert ("random_state=1,2" in said) is (keys is not None and keys.startswith("seed"))
    assert said.startswith(f"The jobs of this multirun differ in {keys}") if keys else not said


@pytest.mark.parametrize("hidden", [True, False])
def test_jobs_of_unrankable_are_told_without_a_log(
    hidden: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loader.log, "disabled", hidden)  # as hydra/hydra_logging=disabled does
    found, over = master("+preprocess=simple", "+models=lr", "seed=1,2")
    for seed in "12":
        found.load_sweep_config(over, ["preprocess=simple", "models=lr", f"seed={seed}"])
    assert capsys.readouterr().err.count("The jobs of this multirun differ in seed") == hidden


def test_the_runs_that_rank_together_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [made(name, validation__splits=folds) for name, folds in (("a", "1"), ("b b", "2"), ("c", "1"), ("d", "2"))]
    assert launch.rankable([*runs, unfinished("e", "failed")]) == [
        "Each run stands in its folder.",
        "These rank together:",
        "  python -m mlzoo compare a c",
        "  python -m mlzoo compare 'b b' d",
    ]
    assert launch.rankable(runs[:2]) == ["Each run stands in its folder."]
    assert launch.rankable(runs[::2]) == []


def test_resume_is_advised_where_it_can_help() -> None:
    failed = [unfinished("a", "failed", error={"type": name}) for name in ("DataError", "ConfigError", "FitError")]
    assert [launch.may_go_on(one) for one in failed] == [False, False, True]
    assert launch.may_go_on(unfinished("a", "running"))
    assert launch.may_go_on(unfinished("a", "interrupted", error={"type": "KeyboardInterrupt"}))
    assert not launch.may_go_on(made("a"))


# -- files that are parsed once -----------------------------------------------------------------------------------


OWN = "type:\n  _target_: sklearn.linear_model.LogisticRegression\n  C: {}\n"


def own_model(home: Path, value: int) -> Path:
    path = home / "models" / "own.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OWN.format(value))
    return path


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = own_model(tmp_path, 3)

    def value() -> Any:
        return compose("+preprocess=complex", "+models=own", config_dir=tmp_path).models.type.C

    assert value() == 3
    before = path.stat()
    path.write_text(OWN.format(5))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same length and time
    assert value() == 5
    path.write_text(OWN.format(25))
    assert value() == 25
    own_model(tmp_path / "other", 7)
    assert compose("+preprocess=complex", "+models=own", config_dir=tmp_path / "other").models.type.C == 7
    path.unlink()
    with pytest.raises(ConfigError, match="models=own: models has no such option"):
        value()


def test_what_is_done_to_a_config_stays_there(tmp_path: Path) -> None:
    own_model(tmp_path, 3)
    words = ("+preprocess=complex", "+models=own")
    first = compose(*words, config_dir=tmp_path)
    first.models.type.C = 4
    repository = make_loader(tmp_path).inner.repository
    repository.load_config("models/own").config.type.C = 5
    assert compose(*words, config_dir=tmp_path).models.type.C == 3


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_model(tmp_path, 3)
    read = []
    load = OmegaConf.load
    monkeypatch.setattr(OmegaConf, "load", lambda file: read.append(file.name) or load(file))
    for _ in range(2):
        compose("+preprocess=complex", "+models=own", config_dir=tmp_path)
    assert [name for name in read if name.endswith("own.yaml")] == [str(tmp_path / "models/own.yaml")]


def merges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows with each file that is merged into a config."""
    merged: list[str] = []
    original = ConfigLoaderImpl._load_single_config
    monkeypatch.setattr(
        ConfigLoaderImpl,
        "_load_single_config",
        lambda self, default, repo: merged.append(default.config_path) or original(self, default=default, repo=repo),
    )
    return merged


def test_the_same_files_are_merged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_model(tmp_path, 3)
    merged = merges(monkeypatch)
    words = ("+preprocess=complex", "+models=own")
    first = compose(*words, "seed=1", config_dir=tmp_path)
    assert merged.count("models/own") == merged.count("config") == 1
    assert compose(*words, "models.type.C=9", "seed=2", config_dir=tmp_path).models.type.C == 9
    again = compose(*words, "seed=1", config_dir=tmp_path)
    first.origin.folder = again.origin.folder = None  # of the moment
    assert again == first
    assert again.models.type.C == 3
    assert merged.count("models/own") == 1
    compose("+models=own", "+preprocess=complex", "sampler=random", config_dir=tmp_path)
    assert merged.count("models/own") == 2  # among other files


def test_nodes_of_the_store_that_have_changed_are_merged_again() -> None:
    def value() -> Any:
        return compose("+preprocess=complex", "+models=kept").models.type.C

    for number in (3, 5):
        node = {"type": {"_target_": LOGISTIC, "C": number}, "space": {}}
        ConfigStore.instance().store(group="models", name="kept", node=node)
        try:
            assert value() == value() == number
        finally:
            ConfigStore.instance().repo["models"].pop("kept.yaml")


@pytest.mark.parametrize("error", [pickle.PicklingError, AttributeError, TypeError])
def test_what_cannot_be_kept_is_merged_each_time(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """As in a job that another machine's launcher has sent: the types of its nodes are not the importable ones."""

    def refuse(value: Any) -> bytes:
        raise error("not the same object")

    monkeypatch.setattr(repository.pickle, "dumps", refuse)
    monkeypatch.setattr(repository.Repository, "_parsed", {})
    monkeypatch.setattr(repository.Composer, "_merged", {})
    merged = merges(monkeypatch)
    assert [compose(*CELL, f"seed={seed}").seed for seed in (1, 2)] == [1, 2]
    assert merged.count("models/lr") == 2


def test_a_node_of_a_local_class() -> None:
    @dataclass
    class Type:
        _target_: str = LOGISTIC
        C: int = 2

    @dataclass
    class Local:
        type: Type = field(default_factory=Type)
        space: dict[str, Any] = field(default_factory=dict)

    ConfigStore.instance().store(group="models", name="local", node=Local)
    try:
        assert [compose("+preprocess=complex", "+models=local").models.type.C for _ in range(2)] == [2, 2]
    finally:
        ConfigStore.instance().repo["models"].pop("local.yaml")


def test_the_number_of_trials_may_depend_on_a_value_of_ones_own(own: Callable[..., Path]) -> None:
    text = (repository.conf_dir() / "config.yaml").read_text()
    for given, words, expected in (("???", ["budget=50"], 50), ("20", ["budget=50"], 50), ("20", ["n_trials=3"], 20)):
        home = own({"config.yaml": re.sub("(?m)^n_trials: null", f"n_trials: ${{budget}}\nbudget: {given}", text)})
        assert compose(*CELL, *words, config_dir=home).origin.n_trials == expected


def test_groups_that_a_changed_config_holds_are_found(own: Callable[..., Path]) -> None:
    held = "defaults:\n  - validation: cv\n  - sampler: tpe\n  - storage: journal\n  - backend: local\n  - _self_\n{}"
    text = (repository.conf_dir() / "config.yaml").read_text().partition("defaults:")[2].partition("_self_")[2]
    home = own({"config.yaml": held.format(text)})
    assert overrides(*CELL, config_dir=home) == [*CELL]
    own({"config.yaml": held.replace("  - _self_", "  - models: rf\n  - _self_").format(text)})
    assert overrides(*CELL, config_dir=home) == ["+preprocess=complex", "models=lr"]


@pytest.mark.parametrize("mode", [RunMode.RUN, RunMode.MULTIRUN])
@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("callbacks: {mine: {_target_: joblib.load, filename: x}}", "hydra.callbacks.mine._target_"),
        ("job_logging: {handlers: {x: {(): joblib.load, filename: x}}}", "hydra.job_logging.handlers.x.()"),
        ("job_logging: {handlers: {x: {class: joblib.load, filename: x}}}", "hydra.job_logging.handlers.x.class"),
    ],
)
def test_what_hydra_builds_is_trusted_by_name(
    node: str, key: str, mode: RunMode, own: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own({"experiment/shared.yaml": f"# @package _global_\nhydra: {{{node}}}\n"})
    words = [*CELL, "+experiment=shared"]
    made = make_loader(folder)
    with pytest.raises(ConfigCompositionException, match=re.escape(f"{key}=joblib.load may not be built")):
        made.load_configuration("config", words, mode)
    monkeypatch.setenv("MLZOO_ALLOW", "joblib")
    assert made.load_configuration("config", words, mode)


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("callbacks: {mine: '${params.mine}'}", "hydra.callbacks.mine._target_"),
        ("callbacks: '${params}'", "hydra.callbacks.mine._target_"),
        ("callbacks: {a: {_target_: sklearn.svm.SVC, b: ['${params.mine}']}}", "hydra.callbacks.a.b.0._target_"),
        ("callbacks: {a: {_target_: sklearn.utils.parallel.joblib.load, filename: x}}", "parallel.joblib.load"),
        ("job_logging: {handlers: {console: {stream: ext://joblib.load}}}", "console.stream=ext://joblib.load"),
    ],
)
def test_what_hydra_builds_by_a_detour_is_trusted_by_name(node: str, key: str, own: Callable[..., Path]) -> None:
    mine = "params: {mine: {_target_: joblib.load, filename: x}}"
    folder = own({"experiment/shared.yaml": f"# @package _global_\n{mine}\nhydra: {{{node}}}\n"})
    with pytest.raises(ConfigCompositionException, match=rf"{re.escape(key)}.* may not be built.* MLZOO_ALLOW=joblib"):
        make_loader(folder).load_configuration("config", [*CELL, "+experiment=shared"], RunMode.RUN)


def test_what_hydras_nodes_hold_beside_is_no_code(own: Callable[..., Path]) -> None:
    types = "choice(sklearn.svm.SVC,sklearn.svm.NuSVC)"
    nodes = f"sweeper: {{params: {{models.type._target_: '{types}'}}}}, callbacks: {{x: {{y: '${{hydra.callbacks}}'}}}}"
    folder = own({"experiment/shared.yaml": f"# @package _global_\nhydra: {{{nodes}}}\n"})
    composed = make_loader(folder).load_configuration("config", [*CELL, "+experiment=shared"], RunMode.MULTIRUN)
    assert composed.hydra.sweeper.params == {"models.type._target_": types}


@pytest.mark.parametrize("allow", ["", "my_zoo"])
def test_modules_of_a_start_folder_are_found_where_some_are_trusted(
    allow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", allow)
    monkeypatch.setattr(sys, "path", [*sys.path])
    launch.go_to(tmp_path)
    assert (str(tmp_path) in sys.path) == bool(allow)


def test_a_number_of_workers_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORES", "3")
    made: Any = launch.shared_backend(compose(*CELL, "n_jobs=${oc.env:CORES}"), {})
    launch.close_shared()
    assert made.n_jobs == 3


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        pytest.param("name: S\xfcd\n".encode("latin-1"), ["odd.yaml cannot be read", "save it as UTF-8"], id="Latin-1"),
        pytest.param(b"# @author Jane Doe\nname: a\n", ["odd.yaml cannot be read", "@author Jane Doe"], id="header"),
    ],
)
def test_a_file_that_hydra_cannot_read_is_named(own: Callable[..., Path], content: bytes, parts: list[str]) -> None:
    home = own({"models/odd.yaml": OWN_LR})
    (home / "models/odd.yaml").write_bytes(content)
    error = refusal("+preprocess=simple", "+models=odd", config_dir=home)
    assert [part for part in parts if part not in error] == []


@pytest.mark.parametrize("content", [b"name: S\xfcd\n", b"name: ${\n"])
def test_a_file_that_cannot_be_read_is_listed(own: Callable[..., Path], content: bytes) -> None:
    home = own({"models/odd.yaml": ""})
    (home / "models/odd.yaml").write_bytes(content)
    assert "cannot be read" in listing.describe(home)["models"]["odd"]


def test_the_weight_of_a_class_is_given_with_its_node(own: Callable[..., Path]) -> None:
    home = own({"models/weighted.yaml": f"type: {{_target_: {LOGISTIC}, class_weight: {{0: 1, 1: 1}}}}\n"})
    words = "+preprocess=simple", "+models=weighted"
    error = refusal(*words, "models.type.class_weight.1=9", config_dir=home)
    assert error.endswith("models.type.class_weight={1:VALUE}.")
    assert compose(*words, "models.type.class_weight={1:9}", config_dir=home).models.type.class_weight == {0: 1, 1: 9}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("models.space.C=[0.1,1]", {"C": [0.1, 1], "fit_intercept": [True, False]}, id="choices"),
        pytest.param("models.space={C:[0.1,1]}", {"C": [0.1, 1], "fit_intercept": [True, False]}, id="in the node"),
        pytest.param(
            "models.space.fit_intercept={low:0,high:1}",
            {"C": {"low": 0.001, "high": 100.0, "log": True}, "fit_intercept": {"low": 0, "high": 1}},
            id="ends",
        ),
        pytest.param(
            "models.space.C.low=0.1",
            {"C": {"low": 0.1, "high": 100.0, "log": True}, "fit_intercept": [True, False]},
            id="one end",
        ),
    ],
)
def test_a_range_may_be_written_in_its_other_form(word: str, expected: dict[str, Any]) -> None:
    assert compose(*CELL, word).models.space == expected


def test_a_run_folder_that_cannot_be_filled_in() -> None:
    assert refusal(*CELL, "hydra.run.dir=out/${nope}") == "hydra.run.dir: Interpolation key 'nope' not found."


def test_a_key_that_is_null_is_taken_out(own: Callable[..., Path]) -> None:
    home = own({"models/deep.yaml": f"type: {{_target_: {LOGISTIC}, class_weight: null}}\n"})
    made = compose("+preprocess=simple", "+models=deep", "~models.type.class_weight", config_dir=home)
    assert made.models.type == {"_target_": LOGISTIC}
    assert "'models.type.nope' does not exist" in refusal(*CELL, "~models.type.nope")
