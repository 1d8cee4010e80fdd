"""The zoo's transformers give what feature-engine gives, and go on where it raises."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from feature_engine.encoding import OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from optuna.trial import FixedTrial
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from mlzoo.errors import ConfigError, DataError
from mlzoo.preprocessing import (
    CategoryEncoder,
    CategoryImputer,
    NumberImputer,
    complex_preprocess,
    simple_preprocess,
)

param = pytest.param
NUMBERS, CATEGORIES = ["age", "fare"], ["sex", "port"]
COLUMNS = {"number": NUMBERS, "category": CATEGORIES}


def passengers(rows: int = 80, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(30, 10, rows),
            "sex": rng.choice(["male", "female"], rows, p=[0.7, 0.3]),
            "fare": rng.integers(5, 90, rows),
            "port": rng.choice(["S", "C", "Q"], rows, p=[0.6, 0.3, 0.1]),
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[::9, "port"] = None
    return frame.astype({"sex": "str", "port": "str"})


@contextmanager
def feature_engine() -> Iterator[None]:
    """Around what feature-engine itself does, whose encoder meets a deprecation of pandas 3.1."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The inplace keyword in DataFrame.drop is deprecated")
        yield


@pytest.mark.parametrize("method", ["mean", "median"])
def test_numbers_as_feature_engine(method: str) -> None:
    train, new = passengers(), passengers(seed=1)
    theirs = MeanMedianImputer(method, variables=NUMBERS).fit(train)
    ours = NumberImputer(method, variables=NUMBERS).fit(train)
    assert ours.imputer_dict_ == theirs.imputer_dict_
    pd.testing.assert_frame_equal(ours.transform(new), theirs.transform(new), check_exact=True)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


def test_numbers_are_filled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"gene{i}" for i in range(30)]
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 30)), columns=names).assign(sex="male")
    wide.iloc[::7, ::2] = np.nan
    theirs, ours = (kind("mean", variables=names).fit(wide) for kind in (MeanMedianImputer, NumberImputer))
    expected = theirs.transform(wide)
    monkeypatch.delattr(pd.DataFrame, "__setitem__")  # by which pandas fills column by column
    pd.testing.assert_frame_equal(ours.transform(wide), expected, check_exact=True)


@pytest.mark.parametrize("method", ["frequent", "missing"])
def test_categories_as_feature_engine(method: str) -> None:
    train, new = passengers(), passengers(seed=1)
    kwargs = {"variables": CATEGORIES, "ignore_format": True}
    theirs = CategoricalImputer(method, **kwargs).fit(train)
    ours = CategoryImputer(method, **kwargs).fit(train)
    assert ours.imputer_dict_ == theirs.imputer_dict_
    pd.testing.assert_frame_equal(ours.transform(new), theirs.transform(new))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize("options", [{}, {"drop_last": True}, {"drop_last_binary": True}, {"top_categories": 2}])
def test_dummies_as_feature_engine(options: dict[str, Any]) -> None:
    train, new = passengers().fillna({"port": "S"}), passengers(seed=1).fillna({"port": "new"})
    kwargs = {"variables": CATEGORIES, "ignore_format": True, **options}
    theirs, ours = OneHotEncoder(**kwargs).fit(train), CategoryEncoder(**kwargs).fit(train)
    for frame in (train, new, new.set_index(new.index + 100)):
        with feature_engine():
            expected = theirs.transform(frame)
        dummies = expected.columns.difference(frame.columns)
        expected = expected.astype(dict.fromkeys(dummies, "float64"))
        pd.testing.assert_frame_equal(ours.transform(frame), expected)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize("filling", ["frequent", "missing"])
@pytest.mark.parametrize("method", ["mean", "median"])
def test_complex_as_by_hand(method: str, filling: str) -> None:
    train, new = passengers(), passengers(seed=1)
    by_hand = Pipeline(
        [
            ("numbers", MeanMedianImputer(method, variables=NUMBERS)),
            ("categories", CategoricalImputer(filling, variables=CATEGORIES, ignore_format=True)),
            ("dummies", OneHotEncoder(variables=CATEGORIES, ignore_format=True)),
            ("scale", StandardScaler()),
        ]
    )
    with feature_engine():
        expected = by_hand.fit(train).transform(new)
    ours = complex_preprocess(method, filling, columns=COLUMNS).fit(train)
    np.testing.assert_array_equal(ours.transform(new), expected)
    assert list(ours.get_feature_names_out()) == list(by_hand.get_feature_names_out())


@pytest.mark.parametrize("method", ["mean", "median"])
def test_simple_as_by_hand(method: str) -> None:
    train, new = passengers()[NUMBERS], passengers(seed=1)[NUMBERS]
    by_hand = Pipeline([("n", MeanMedianImputer(method, variables=NUMBERS)), ("s", StandardScaler())]).fit(train)
    ours = simple_preprocess(method, columns={"number": NUMBERS, "category": []}).fit(train)
    np.testing.assert_array_equal(ours.transform(new), by_hand.transform(new))


# -- where feature-engine gives up --------------------------------------------------------------------------------


def test_ties_go_to_the_first_in_order() -> None:
    frame = pd.DataFrame({"port": ["S", "C", "C", "S", "Q", None]}, dtype="str")
    kwargs = {"variables": ["port"], "ignore_format": True}
    with pytest.raises(ValueError, match="frequent"):
        CategoricalImputer("frequent", **kwargs).fit(frame)
    assert CategoryImputer("frequent", **kwargs).fit(frame).transform(frame)["port"].tolist() == [*"SCCSQC"]


@pytest.mark.parametrize("method", ["mean", "median"])
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")  # numpy's, of a column without values
def test_a_fold_without_numbers_is_filled_with_zero(method: str) -> None:
    fold = pd.DataFrame({"age": [np.nan, np.nan], "fare": [1.0, 3.0]})
    ours = NumberImputer(method, variables=NUMBERS).fit(fold)
    assert ours.imputer_dict_ == {"age": 0.0, "fare": 2.0}
    assert ours.transform(fold.assign(age=[np.nan, 7.0]))["age"].tolist() == [0.0, 7.0]


@pytest.mark.parametrize("method", ["frequent", "missing"])
def test_a_fold_without_categories_is_filled_with_missing(method: str) -> None:
    fold = pd.DataFrame({"port": [None, None], "sex": ["male", "male"]}, dtype="str")
    ours = CategoryImputer(method, variables=CATEGORIES, ignore_format=True).fit(fold)
    assert ours.imputer_dict_["port"] == "Missing"
    assert ours.transform(fold)["port"].tolist() == ["Missing", "Missing"]


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.parametrize("method", ["mean", "median"])
def test_a_fold_without_values_goes_through_the_pipeline(method: str) -> None:
    fold = passengers().assign(age=np.nan, port=pd.Series([None] * 80, dtype="str"))
    ours = complex_preprocess(method, columns=COLUMNS).fit(fold)
    assert np.isfinite(ours.transform(passengers())).all()


def test_missing_values_of_new_rows_alone() -> None:
    train = passengers().fillna({"age": 30.0, "port": "S"})
    ours = complex_preprocess(columns=COLUMNS).fit(train)
    assert np.isfinite(ours.transform(passengers())).all()


def test_an_unseen_category_is_all_zeros() -> None:
    encoder = CategoryEncoder(variables=["port"], ignore_format=True).fit(pd.DataFrame({"port": ["S", "C"]}))
    found = encoder.transform(pd.DataFrame({"port": ["C", "X"]}))
    assert found.to_dict("list") == {"port_S": [0, 0], "port_C": [1, 0]}


def test_numbers_are_no_categories_that_were_text() -> None:
    encoder = CategoryEncoder(variables=["port"], ignore_format=True).fit(pd.DataFrame({"port": ["1", "2"]}))
    with pytest.raises(DataError, match=r"'port' holds 1, of the type int, and text where .* mlzoo\.predict\("):
        encoder.transform(pd.DataFrame({"port": [1, 2]}))
    numbers = CategoryEncoder(variables=["port"], ignore_format=True).fit(pd.DataFrame({"port": [1, 2]}))
    assert numbers.transform(pd.DataFrame({"port": [2, 3]})).to_dict("list") == {"port_1": [0, 0], "port_2": [1, 0]}


@pytest.mark.parametrize(
    "texts", [["1st", "2nd"], ["12:30", "13:00"], ["2020-01-01", "2021-01-01"], ["1", "2"]], ids=lambda texts: texts[0]
)
def test_texts_that_look_like_dates_or_numbers_are_encoded(texts: list[str]) -> None:
    frame = pd.DataFrame({"a": texts * 5})
    ours = complex_preprocess(columns={"number": [], "category": ["a"]}).fit(frame)
    assert list(ours.get_feature_names_out()) == [f"a_{text}" for text in texts]
    assert ours.transform(frame).shape == (10, 2)


def test_dummies_whose_names_meet() -> None:
    frame = pd.DataFrame({"a": ["b_c", "x", "x", "b_c"], "a_b": ["c", "d", "c", "d"]})
    ours = complex_preprocess(columns={"number": [], "category": ["a", "a_b"]}).fit(frame)
    assert ours.transform(frame).shape == (4, 4)


@pytest.mark.parametrize(
    ("columns", "steps"),
    [
        param(COLUMNS, ["impute_numbers", "impute_categories", "encode", "scale"], id="both"),
        param({"number": NUMBERS, "category": []}, ["impute_numbers", "scale"], id="numbers"),
        param({"number": [], "category": CATEGORIES}, ["impute_categories", "encode", "scale"], id="categories"),
    ],
)
def test_steps_without_columns_are_left_out(columns: dict[str, list[str]], steps: list[str]) -> None:
    built = complex_preprocess(columns=columns)
    assert [name for name, _ in built.steps] == steps
    used = passengers()[columns["number"] + columns["category"]]
    assert np.isfinite(built.fit(used).transform(used)).all()


def test_transformers_can_be_cloned() -> None:
    built = complex_preprocess("median", "missing", columns=COLUMNS)
    assert str(clone(built).get_params()) == str(built.get_params())


# -- errors and trials --------------------------------------------------------------------------------------------


def test_simple_refuses_text() -> None:
    with pytest.raises(DataError) as caught:
        simple_preprocess(columns=COLUMNS)
    assert "sex, port" in str(caught.value)
    assert "'preprocess.kinds=[number]'" in str(caught.value)
    assert "+preprocess=complex" in str(caught.value)


def test_simple_needs_numbers() -> None:
    with pytest.raises(DataError, match="no column of the data holds numbers"):
        simple_preprocess(columns={"number": [], "category": []})


RANGES = {"imputation": ["mean", "median"], "categorical_imputation": ["frequent", "missing"]}


def test_ranges_are_drawn_from_the_trial() -> None:
    trial: Any = FixedTrial({"imputation": "median", "categorical_imputation": "missing"})
    built = complex_preprocess(**RANGES, columns=COLUMNS, trial=trial)
    assert built["impute_numbers"].imputation_method == "median"
    assert built["impute_categories"].imputation_method == "missing"
    simple = simple_preprocess(RANGES["imputation"], columns={"number": NUMBERS, "category": []}, trial=trial)
    assert simple["impute"].imputation_method == "median"
    assert set(trial.distributions) == set(RANGES)


def test_ranges_without_a_trial() -> None:
    with pytest.raises(ConfigError, match=r"imputation.* is a range: give n_trials=20"):
        complex_preprocess(**RANGES, columns=COLUMNS)
    with pytest.raises(ConfigError, match=r"imputation.* is a range: give n_trials=20"):
        simple_preprocess(RANGES["imputation"], columns={"number": NUMBERS, "category": []})
