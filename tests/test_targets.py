"""Which `_target_`s may be built, and what is built of them."""

import copy
import functools
import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from feature_engine.imputation import MeanMedianImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import mlzoo.models
import mlzoo.preprocessing
from mlzoo import targets
from mlzoo.errors import ConfigError

WHERE = "models.type"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
OWN = '''
import os
from collections import OrderedDict

class Model:
    """Of the user's own."""

    def __init__(self, size=1, *, columns=None, trial=None):
        self.given = {"size": size, "columns": columns, "trial": trial}

    class Inner:
        pass

def anything(*args, **kwargs):
    return args, kwargs

def first_only(value, /, other=0):
    return value, other

value = 3
'''


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a module of the user's own and returns its name; MLZOO_ALLOW is set only where asked for."""

    def make(name: str, text: str = OWN, *, allow: str | None = None) -> str:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delenv("MLZOO_ALLOW", raising=False)
        if allow is not None:
            monkeypatch.setenv("MLZOO_ALLOW", allow)
        return name

    return make


# -- what may be built --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("sklearn.linear_model.LogisticRegression", LogisticRegression, id="scikit-learn"),
        pytest.param("sklearn.pipeline.make_pipeline", make_pipeline, id="a function"),
        pytest.param("feature_engine.imputation.MeanMedianImputer", MeanMedianImputer, id="feature-engine"),
        pytest.param("mlzoo.models.random_forest", mlzoo.models.random_forest, id="mlzoo's models"),
        pytest.param(
            "mlzoo.preprocessing.complex_preprocess", mlzoo.preprocessing.complex_preprocess, id="preprocessings"
        ),
        pytest.param("optuna.samplers.TPESampler", optuna.samplers.TPESampler, id="a sampler"),
        pytest.param("mlzoo.preprocessing.StandardScaler", StandardScaler, id="a re-export of something trusted"),
        pytest.param("pandas.read_csv", pd.read_csv, id="read_csv"),
        pytest.param("pandas.read_parquet", pd.read_parquet, id="read_parquet"),
        pytest.param("pandas.read_sql", pd.read_sql, id="read_sql"),
    ],
)
def test_found(path: str, expected: Any) -> None:
    assert targets.find(path, where=WHERE) is expected


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        pytest.param("os.system", None, id="os.system"),
        pytest.param("builtins.eval", None, id="eval"),
        pytest.param("eval", None, id="no module"),
        pytest.param("", None, id="empty"),
        pytest.param("pandas.read_pickle", None, id="another reader"),
        pytest.param("pandas.DataFrame", None, id="pandas itself"),
        pytest.param("pandas.io.parsers.read_csv", None, id="a reader by another spelling"),
        pytest.param("joblib.load", None, id="joblib.load"),
        pytest.param("sklearnx.Thing", None, id="a name that begins like a trusted one"),
        pytest.param("optuna.create_study", None, id="optuna beside its samplers"),
        pytest.param("mlzoo.cli.main", None, id="mlzoo beside its models"),
        pytest.param("sklearn.svm._classes.SVC", None, id="a private module"),
        pytest.param("sklearn.__version__", None, id="a dunder"),
        pytest.param("sklearn.linear_model.LogisticRegression.__init__", None, id="a dunder of a class"),
        pytest.param("sklearn.linear_model.LogisticRegression.fit.__globals__", None, id="a way into globals"),
        pytest.param(
            "sklearn.utils.parallel.joblib.load", "joblib.numpy_pickle.load", id="joblib.load through scikit-learn"
        ),
        pytest.param("sklearn.datasets.os.system", None, id="no such re-export"),
        pytest.param("sklearn.calibration.warnings.warn", "warnings.warn", id="warnings through scikit-learn"),
        pytest.param("mlzoo.preprocessing.pd.read_pickle", "pandas.read_pickle", id="pandas through mlzoo"),
        pytest.param("mlzoo.preprocessing.pd.read_csv", "pandas.read_csv", id="a reader through mlzoo"),
        pytest.param("mlzoo.models.suggest", "mlzoo.space.suggest", id="another module of mlzoo"),
        pytest.param("mlzoo.models.Any", "typing.Any", id="typing through mlzoo"),
    ],
)
def test_refused(path: str, origin: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLZOO_ALLOW", raising=False)
    with pytest.raises(ConfigError) as caught:
        targets.find(path, where=WHERE)
    text = str(caught.value)
    assert text.startswith(f"{WHERE}._target_={path} ")
    if path != "sklearn.datasets.os.system":
        assert "may not be built" in text
    if origin is not None:
        assert f"it is {origin}" in text.replace("_warnings.warn", "warnings.warn")


@pytest.mark.parametrize("path", [pytest.param(p, id=repr(p)) for p in (None, 3, ["sklearn"], {"a": 1})])
def test_a_path_that_is_no_text(path: Any) -> None:
    with pytest.raises(ConfigError, match=r"^models\.type\._target_ must be a dotted path, got "):
        targets.find(path, where=WHERE)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("sklearn", id="a package"),
        pytest.param("sklearn.linear_model", id="a module"),
        pytest.param("mlzoo.models", id="a module of mlzoo"),
    ],
)
def test_a_module_is_no_class_or_function(path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        targets.find(path, where=WHERE)
    assert str(caught.value) == f"{WHERE}._target_={path} is not a class or a function."


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        pytest.param("sklearn.linear_model.LogisticRegresion", "'LogisticRegression'", id="a class"),
        pytest.param("sklearn.linear_modle.LogisticRegression", "'linear_model'", id="a module"),
        pytest.param("mlzoo.models.logreg", "'log_reg'", id="a factory"),
        pytest.param("sklearn.linear_model.LogisticRegression.fitt", "'fit'", id="a method"),
        pytest.param("sklearn.linear_model.xyzxyz", None, id="nothing is near"),
        pytest.param("sklearn..svm", None, id="two dots"),
    ],
)
def test_the_nearest_name(path: str, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        targets.find(path, where=WHERE)
    text = str(caught.value)
    assert text.startswith(f"{WHERE}._target_={path} does not exist: ")
    assert (f"Did you mean {hint}?" in text) if hint else ("Did you mean" not in text)
    assert ("sklearn.linear_model has no 'xyzxyz'. It has ARDRegression, " in text) == path.endswith("xyzxyz")


# -- modules of the user's own ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allow", "allowed"),
    [
        pytest.param(None, False, id="unset"),
        pytest.param("", False, id="empty"),
        pytest.param(",", False, id="nothing between commas"),
        pytest.param("own_a", True, id="the module"),
        pytest.param("other, own_a ,third", True, id="one of several"),
        pytest.param("own_a.Model", True, id="the class alone"),
        pytest.param("own_a.Other", False, id="another class"),
        pytest.param("own", False, id="a name that it begins with"),
        pytest.param("*", False, id="no wildcards"),
    ],
)
def test_mlzoo_allow(own: Callable[..., str], allow: str | None, allowed: bool) -> None:
    path = f"{own('own_a', allow=allow)}.Model"
    if allowed:
        assert targets.find(path, where=WHERE).__name__ == "Model"
        return
    both = ",".join([*filter(None, (allow or "").split(",")), "own_a"])  # what is allowed stays so
    with pytest.raises(ConfigError, match=rf"own_a\.Model may not be built.* MLZOO_ALLOW={re.escape(both)}\."):
        targets.find(path, where=WHERE)


def test_a_module_that_may_not_be_built_is_not_even_imported(own: Callable[..., str], tmp_path: Path) -> None:
    name = own("own_b", f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    with pytest.raises(ConfigError, match="may not be built"):
        targets.find(f"{name}.Model", where=WHERE)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("os.system", "it is posix.system", id="a re-export"),
        pytest.param("OrderedDict", "it is collections.OrderedDict", id="a re-exported class"),
        pytest.param("_hidden", "may not be built: '_hidden' begins with _", id="private"),
        pytest.param("value", "is not a class or a function", id="a number"),
        pytest.param("Modell", "Did you mean 'Model'", id="a wrong name"),
    ],
)
def test_what_is_refused_of_an_allowed_module(own: Callable[..., str], path: str, message: str) -> None:
    name = own("own_c", allow="own_c")
    with pytest.raises(ConfigError, match=message):
        targets.find(f"{name}.{path}", where=WHERE)


def test_what_a_notebook_defines_is_told_where_to_write_it() -> None:
    with pytest.raises(ConfigError, match=r"__main__\.Log may not be built: .*%%writefile.* MLZOO_ALLOW=my_zoo"):
        targets.find("__main__.Log", where=WHERE)


def test_a_module_that_a_notebook_writes_again(own: Callable[..., str], tmp_path: Path) -> None:
    node = {"_target_": f"{own('own_again', allow='own_again')}.Model"}
    targets.check(node, where=WHERE)
    own("own_again", allow="own_again")  # the same cell once more
    targets.check(node, where=WHERE)
    own("own_again", OWN + "\nvalue = 4\n", allow="own_again")
    with pytest.raises(ConfigError, match=r"own_again\.py has changed since .* importlib\.reload\(own_again\)"):
        targets.check(node, where=WHERE)
    importlib.reload(sys.modules["own_again"])
    targets.check(node, where=WHERE)
    targets.check_unchanged("own_again.value", written="metric=own_again.value")


def test_a_class_within_a_class(own: Callable[..., str]) -> None:
    name = own("own_d", allow="own_d")
    assert targets.find(f"{name}.Model.Inner", where=WHERE).__qualname__ == "Model.Inner"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("import nothing_of_this_name\n", "nothing_of_this_name", id="an import that fails"),
        pytest.param("def broken(:\n", "invalid syntax", id="a syntax error"),
        pytest.param("1 / 0\n", "division by zero", id="an error while it is imported"),
    ],
)
def test_a_module_that_cannot_be_imported(own: Callable[..., str], text: str, message: str) -> None:
    name = own(f"own_e_{message[:3]}", text, allow=f"own_e_{message[:3]}")
    with pytest.raises(ConfigError, match=message) as caught:
        targets.find(f"{name}.make", where=WHERE)
    assert str(caught.value).startswith(f"{WHERE}._target_={name}.make ")


# -- arguments ----------------------------------------------------------------------------------------------------


def test_parameters(own: Callable[..., str]) -> None:
    name = own("own_f", allow="own_f")

    def named(thing: str) -> list[str] | None:
        return targets.parameters(targets.find(f"{name}.{thing}", where=WHERE))

    assert named("Model") == ["size", "columns", "trial"]
    assert named("anything") is None
    assert named("first_only") == ["other"]
    assert targets.parameters(make_pipeline) == ["memory", "transform_input", "verbose"]
    assert targets.parameters(dict) is None, "a builtin without a signature"


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        pytest.param("mlzoo.models.log_reg", "trial", True, id="a factory"),
        pytest.param("mlzoo.preprocessing.simple_preprocess", "columns", True, id="a preprocessing"),
        pytest.param(LOGISTIC, "trial", False, id="an estimator"),
        pytest.param("sklearn.utils.Bunch", "trial", False, id="any argument"),
    ],
)
def test_takes(path: str, name: str, expected: bool) -> None:
    assert targets.takes({"_target_": path}, name, where=WHERE) is expected


NESTED = {
    "_target_": "sklearn.pipeline.FeatureUnion",
    "transformer_list": [
        ["a", {"_target_": "sklearn.preprocessing.StandardScaler"}],
        ["b", {"_target_": "sklearn.preprocessing.FunctionTransformer", "kw_args": {"deep": {"_target_": LOGISTIC}}}],
    ],
}


def test_nested() -> None:
    found = [(place, node["_target_"]) for place, node in targets.nested(NESTED, WHERE)]
    assert found == [
        (WHERE, "sklearn.pipeline.FeatureUnion"),
        (f"{WHERE}.transformer_list[0][1]", "sklearn.preprocessing.StandardScaler"),
        (f"{WHERE}.transformer_list[1][1]", "sklearn.preprocessing.FunctionTransformer"),
        (f"{WHERE}.transformer_list[1][1].kw_args.deep", LOGISTIC),
    ]


@pytest.mark.parametrize(
    "node",
    [
        pytest.param(NESTED, id="nested nodes"),
        pytest.param({"_target_": LOGISTIC, "C": 0.1, "_partial_": True, "_args_": []}, id="special keys"),
        pytest.param({"_target_": "sklearn.utils.Bunch", "anything": 1}, id="any argument"),
        pytest.param({"a": {"b": [1, "x", None]}}, id="no target"),
        pytest.param("data.csv", id="text"),
        pytest.param(None, id="nothing"),
    ],
)
def test_check_accepts(node: Any) -> None:
    before = copy.deepcopy(node)
    targets.check(node, where=WHERE)
    assert node == before


@pytest.mark.parametrize(
    ("node", "parts"),
    [
        pytest.param(
            {"_target_": LOGISTIC, "class_weigth": 1},
            [f"{WHERE}.class_weigth", f"{LOGISTIC} has no argument", "'class_weight'", "It takes: ", "max_iter"],
            id="argument",
        ),
        pytest.param(
            {"_target_": "sklearn.pipeline.Pipeline", "steps": [["a", {"_target_": LOGISTIC, "c": 1}]]},
            [f"{WHERE}.steps[0][1].c", "Did you mean 'C'?"],
            id="argument of a nested node",
        ),
        pytest.param(
            {"_target_": LOGISTIC, "C": {"_target_": "os.system", "command": "true"}},
            [f"{WHERE}.C._target_=os.system may not be built"],
            id="a nested target",
        ),
        pytest.param(
            {"_target_": "sklearn.pipeline.make_pipeline", "_args_": [{"_target_": "os.getcwd"}]},
            [f"{WHERE}._args_[0]._target_=os.getcwd may not be built"],
            id="a positional target",
        ),
        pytest.param(
            {"_target_": "sklearn.pipeline.make_pipeline", "steps": []},
            [f"{WHERE}.steps", "no argument 'steps'"],
            id="what is positional has no name",
        ),
        pytest.param(
            {"_target_": "sklearn.preprocessing.FunctionTransformer", "func": {"_target_": "sklearn.svm", "x": 1}},
            [f"{WHERE}.func._target_=sklearn.svm"],
            id="a nested module",
        ),
        pytest.param({"_target_": "sklearn.utils.parallel.joblib.load", "filename": "x"}, ["joblib"], id="joblib.load"),
    ],
)
def test_check_refuses(node: Any, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        targets.check(node, where=WHERE)
    assert [part for part in parts if part not in str(caught.value)] == []


# -- building -----------------------------------------------------------------------------------------------------


def test_build() -> None:
    built = targets.build({"_target_": LOGISTIC, "C": 0.5, "class_weight": {"a": 1.0, "b": 2.0}}, where=WHERE)
    assert type(built) is LogisticRegression
    assert (built.C, built.class_weight) == (0.5, {"a": 1.0, "b": 2.0})


def test_build_nested_nodes_first() -> None:
    node = {
        "_target_": "sklearn.pipeline.FeatureUnion",
        "transformer_list": [
            ["a", {"_target_": "sklearn.preprocessing.StandardScaler", "with_mean": False}],
            ["b", {"_target_": "sklearn.preprocessing.FunctionTransformer", "kw_args": {"by": {"_target_": LOGISTIC}}}],
        ],
    }
    built = targets.build(node, where=WHERE)
    assert type(built) is FeatureUnion
    (_, scaler), (_, function) = built.transformer_list
    assert type(scaler) is StandardScaler
    assert scaler.with_mean is False
    assert type(function) is FunctionTransformer
    assert type(function.kw_args["by"]) is LogisticRegression
    assert "_target_" in node["transformer_list"][0][1], "the node is left as it was"  # type: ignore[index]


def test_build_with_positional_arguments() -> None:
    scaler = {"_target_": "sklearn.preprocessing.StandardScaler"}
    built = targets.build(
        {"_target_": "sklearn.pipeline.make_pipeline", "_args_": [scaler, {"_target_": LOGISTIC, "C": 2.0}]},
        where=WHERE,
    )
    assert [type(step) for _, step in built.steps] == [StandardScaler, LogisticRegression]
    assert built.steps[1][1].C == 2.0


@pytest.mark.parametrize("partial", [True, False])
def test_build_partially(own: Callable[..., str], partial: bool) -> None:
    name = own("own_g", allow="own_g")
    node = {"_target_": f"{name}.anything", "_partial_": partial, "_args_": [1], "a": 2}
    built = targets.build(node, where=WHERE)
    if partial:
        assert type(built) is functools.partial
        built = built(b=3)
        assert built == ((1,), {"a": 2, "b": 3})
    else:
        assert built == ((1,), {"a": 2})


def test_build_gives_the_context_to_what_takes_it(own: Callable[..., str]) -> None:
    name = own("own_h", allow="own_h")
    context = {"columns": {"number": ["Age"]}, "trial": None, "unknown": 1}
    model = targets.build({"_target_": f"{name}.Model", "size": 2}, where=WHERE, **context)
    assert model.given == {"size": 2, "columns": {"number": ["Age"]}, "trial": None}
    assert targets.build({"_target_": f"{name}.anything"}, where=WHERE, **context) == ((), {})
    assert type(targets.build({"_target_": LOGISTIC}, where=WHERE, **context)) is LogisticRegression


@pytest.mark.parametrize(
    ("node", "place"),
    [
        pytest.param({"_target_": "os.system"}, WHERE, id="itself"),
        pytest.param({"_target_": LOGISTIC, "C": {"_target_": "os.getcwd"}}, f"{WHERE}.C", id="an argument"),
        pytest.param({"_target_": LOGISTIC, "C": {"a": {"_target_": "os.getcwd"}}}, f"{WHERE}.C.a", id="in a mapping"),
        pytest.param({"_target_": LOGISTIC, "C": [{"_target_": "os.getcwd"}]}, f"{WHERE}.C", id="in a list"),
        pytest.param({"_target_": LOGISTIC, "_args_": [{"_target_": "os.getcwd"}]}, f"{WHERE}._args_", id="positional"),
    ],
)
def test_build_refuses_what_was_not_checked(node: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError, match=f"^{place}".replace(".", r"\.") + r".*_target_=os\.\w+ may not be built"):
        targets.build(node, where=WHERE)


def test_build_without_a_target() -> None:
    with pytest.raises(ConfigError, match=r"^models\.type\._target_ must be a dotted path, got None"):
        targets.build({"C": 1}, where=WHERE)


def test_errors_of_the_target_come_as_they_are() -> None:
    with pytest.raises(TypeError, match="steps"):
        targets.build({"_target_": "sklearn.pipeline.Pipeline"}, where=WHERE)


# -- the environment ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("${oc.env:MLZOO_TEST}", "0.5", id="alone"),
        pytest.param("a-${oc.env:MLZOO_TEST}-b", "a-0.5-b", id="within text"),
        pytest.param("${oc.decode:${oc.env:MLZOO_TEST}}", 0.5, id="decoded"),
        pytest.param("${oc.env:MLZOO_ABSENT,none}", "none", id="a default"),
        pytest.param("plain", "plain", id="plain text"),
        pytest.param("$5 {x}", "$5 {x}", id="no interpolation"),
        pytest.param(3, 3, id="a number"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_from_environment(value: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", "0.5")
    monkeypatch.delenv("MLZOO_ABSENT", raising=False)
    assert targets.from_environment(value, where="data") == expected


def test_an_unset_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLZOO_ABSENT", raising=False)
    with pytest.raises(ConfigError) as caught:
        targets.from_environment("${oc.env:MLZOO_ABSENT}", where="data.password")
    assert str(caught.value).startswith("data.password=${oc.env:MLZOO_ABSENT}: ")
    assert "the environment variable MLZOO_ABSENT is not set" in str(caught.value)


def test_the_environment_is_read_when_the_target_is_built(
    own: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = own("own_i", allow="own_i")
    node = {"_target_": f"{name}.anything", "a": "${oc.env:MLZOO_TEST}", "b": [{"c": "x${oc.env:MLZOO_TEST}"}]}
    targets.check(node, where=WHERE)
    for value in ("one", "two"):
        monkeypatch.setenv("MLZOO_TEST", value)
        assert targets.build(node, where=WHERE) == ((), {"a": value, "b": [{"c": f"x{value}"}]})


@pytest.mark.parametrize("name", ["clear_data_home", "dump_svmlight_file", "get_data_home"])
def test_of_data_sets_only_what_loads(name: str) -> None:
    with pytest.raises(ConfigError, match="only what loads data"):
        targets.find(f"sklearn.datasets.{name}", where="data")


def test_a_folder_of_data_sets_is_not_opened() -> None:
    node = {"_target_": "sklearn.datasets.fetch_california_housing", "data_home": "somewhere"}
    with pytest.raises(ConfigError, match=r"data\.data_home may not be set here"):
        targets.build(node, where="data")


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": "somewhere"},
        {"memory": {"_target_": "sklearn.utils.validation.check_memory", "_args_": ["somewhere"]}},
        {"_target_": "sklearn.model_selection.GridSearchCV", "param_grid": {"memory": ["somewhere"]}},
        {"_target_": "sklearn.model_selection.GridSearchCV", "param_grid": [{"a__memory": ["somewhere"]}]},
    ],
)
def test_a_folder_of_fits_is_not_opened(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="memory may not be set"):
        targets.build({"_target_": "sklearn.pipeline.Pipeline", "steps": []} | changes, where=WHERE)


@pytest.mark.parametrize("memory", [None, False, 10, [None], [None, 2]])
def test_a_memory_that_is_no_folder_is_built(memory: Any) -> None:
    node = {"_target_": "sklearn.model_selection.GridSearchCV", "estimator": None, "param_grid": {"a__memory": memory}}
    assert targets.build(node, where=WHERE).param_grid == {"a__memory": memory}


def test_a_folder_of_fits_that_is_trusted_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "joblib")
    memory = {"_target_": "joblib.Memory", "location": str(tmp_path)}
    node = {"_target_": "sklearn.pipeline.Pipeline", "steps": [], "memory": memory}
    assert targets.build(node, where=WHERE).memory.location == str(tmp_path)
    assert targets.build({**node, "memory": None}, where=WHERE).memory is None


def test_the_version_of_the_models_own_package_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlzoo import provenance

    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "boostish.py").write_text("")
    config: dict[str, Any] = {"models": {}, "preprocess": {}}
    assert provenance.further(["boostish", "sklearn"]) == {}  # a plain file has no version
    found = []
    for number in ("1.0", "2.0"):
        info = tmp_path / "boostish-1.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: boostish\nVersion: {number}\n")
        (info / "top_level.txt").write_text("boostish\n")
        found.append({"environment": provenance.environment(str(tmp_path), None, ["boostish", "sklearn"])})
    assert [one["environment"]["boostish"] for one in found] == ["1.0", "2.0"]
    assert provenance.changes(config, found[0], config, found[1]) == ["package.boostish: 1.0 → 2.0"]
    assert provenance.identity(config, found[0]) != provenance.identity(config, found[1])
