"""Train and test split of one's own table, columns by kind, and the checks of the data."""

import datetime
import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.model_selection import train_test_split

from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.composition.overrides import read_words
from mlzoo.errors import ConfigError, DataError
from mlzoo.findings import advice
from mlzoo.tables import conversion, data, kinds, labels, splitting
from tests.tables import Load, of_check, table

param = pytest.param


# -- the shipped data and two files -------------------------------------------------------------------------------


def test_shipped(plain: Callable[..., dict[str, Any]]) -> None:
    found = data.load(plain("+preprocess=complex", "+models=lr"))
    assert (found.X_train.shape, found.X_test.shape) == ((668, 8), (223, 8))
    assert found.columns == {
        "number": ["PassengerId", "Pclass", "Age", "SibSp", "Parch", "Fare"],
        "category": ["Sex", "Embarked"],
    }
    assert (found.task, found.classes) == ("classification", [0, 1])
    assert of_check(found, "identifier") == ["PassengerId"]
    assert found.findings[0]["remedy"] == "preprocess.drop=[PassengerId]"
    path = Path(__file__).parents[1] / "data" / "data-train-large.csv"
    described = found.sources["train"]
    assert described["source"] == "data/data-train-large.csv"
    assert described["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (described["rows"], described["columns"]) == (668, list(found.X_train.columns))


def test_two_files_keep_their_rows(load: Load) -> None:
    train, test = table(), table(10)
    found = load(train, test)
    np.testing.assert_array_equal(found.X_train["x"], train["x"])
    np.testing.assert_array_equal(found.y_test, test["y"])
    assert (found.rows_train.tolist(), found.rows_test.tolist()) == (list(range(40)), list(range(10)))
    assert found.sources["test"]["source"] == "test.csv"


def test_the_order_of_columns_in_the_test_file_does_not_matter(load: Load) -> None:
    found = load(table(z=1.5), table(10, z=2.5)[["z", "y", "x"]])
    assert list(found.X_test.columns) == ["x", "z"]


def test_fingerprints_follow_the_target(load: Load) -> None:
    first, second = load(table(), table(10)), load(table(y=1 - table()["y"]), table(10))
    assert first.sources["test"] == second.sources["test"]
    assert first.sources["train"]["target_sha256"] != second.sources["train"]["target_sha256"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        param({"data": None, "test_data": "t.csv"}, ["test_data=t.csv", "data=TRAIN_FILE"], id="test-data-alone"),
        param({"data": None, "preprocess": {"type": {}}}, ["There is no data", "data=FILE"], id="no-data"),
    ],
)
def test_no_data(base: dict[str, Any], changes: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        data.load({**base, **changes})
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_config_without_origin_reads_from_the_working_folder(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table().to_csv(tmp_path / "my.csv", index=False)
    monkeypatch.chdir(tmp_path)
    assert len(data.load({**base, "data": "my.csv", "origin": None}).X_train) == 30


# -- the split ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 123])
@pytest.mark.parametrize("test_size", [0.25, 0.4])
def test_split_is_scikit_learns(load: Load, seed: int, test_size: float) -> None:
    frame = table(60, y=["a"] * 40 + ["b"] * 12 + ["c"] * 8)
    found = load(frame, split={"test_size": test_size, "seed": seed})
    train, test = train_test_split(np.arange(60), test_size=test_size, random_state=seed, stratify=frame["y"])
    assert found.rows_train.tolist() == sorted(train)
    assert found.rows_test.tolist() == sorted(test)
    np.testing.assert_array_equal(found.X_test["x"], frame["x"].iloc[sorted(test)])
    np.testing.assert_array_equal(found.y_train, frame["y"].iloc[sorted(train)])
    assert {*zip(*np.unique(found.y_test, return_counts=True), strict=True)} == {
        ("a", 40 * test_size),
        ("b", round(12 * test_size)),
        ("c", round(8 * test_size)),
    }


def test_split_of_numbers_is_not_stratified() -> None:
    y = np.linspace(0, 1, 21)
    train, test = splitting.split(y, "regression", test_size=0.25, seed=5)
    expected = train_test_split(np.arange(21), test_size=0.25, random_state=5)
    assert [train.tolist(), test.tolist()] == [sorted(part) for part in expected]


@pytest.mark.parametrize("words", [["+models=rf"], ["preprocess.drop=[b]"], ["+models=lr", "models.type.C=3"]])
def test_split_is_the_same_for_every_cell(
    tmp_path: Path, plain: Callable[..., dict[str, Any]], words: list[str]
) -> None:
    table(50, b=1.5).to_csv(tmp_path / "my.csv", index=False)
    own = [f"data={tmp_path / 'my.csv'}", "target=y"]
    models = [] if any("models=" in word for word in words) else ["+models=lr"]
    first = data.load(plain("+preprocess=complex", "+models=lr", *own))
    second = data.load(plain("+preprocess=simple", *models, *words, *own))
    assert first.rows_test.tolist() == second.rows_test.tolist()
    assert first.sources["test"]["target_sha256"] == second.sources["test"]["target_sha256"]


def test_the_seed_moves_the_split(tmp_path: Path, plain: Callable[..., dict[str, Any]]) -> None:
    table().to_csv(tmp_path / "my.csv", index=False)
    words = ["+preprocess=simple", "+models=lr", f"data={tmp_path / 'my.csv'}", "target=y"]
    rows = [data.load(plain(*words, *seed)).rows_test.tolist() for seed in ([], ["seed=123"], ["seed=7"])]
    assert rows[0] == rows[1] != rows[2]


@pytest.mark.parametrize(
    ("counts", "test_size", "words"),
    [
        param([20, 1], 0.25, "'b' of the target has a single row", id="one-row"),
        param([2, 2], 0.25, "split.test_size=0.25 does not work for 4 rows", id="fewer-test-rows-than-classes"),
        param([20, 20], 0.999, "split.test_size=0.999 does not work for 40 rows", id="no-train-rows"),
        param([18, 2], 0.9, "'b'", id="a-class-missing-in-train"),
    ],
)
def test_split_refused(counts: list[int], test_size: float, words: str) -> None:
    with pytest.raises(DataError) as caught:
        splitting.split(np.repeat(["a", "b"], counts), "classification", test_size=test_size, seed=1)
    assert words in str(caught.value)
    assert "np." not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        param([1, 2], "another class. Or pass task=regression where the target is a quantity.", id="numbers"),
        param(["1.5", "2.5"], "another class. Or pass task=regression where", id="broken-numbers"),
        param(["a", "b"], "another class.", id="words"),
        param(["2026-01-01 00:00:00+01:00", "2026-01-02"], "another class. The target holds dates: to", id="dates"),
        param(["1 days 02:00:00", "0 days 00:00:01.5"], "another class. The target holds durations", id="durations"),
    ],
)
def test_what_may_be_done_about_a_class_of_one_row(values: list[Any], words: str) -> None:
    with pytest.raises(DataError) as caught:
        splitting.split(np.repeat(values, [20, 1]), "classification", test_size=0.25, seed=1)
    assert str(caught.value).partition("Remove it, or join it with ")[2].startswith(words)
    assert words.endswith("class.") == str(caught.value).endswith("class.")


def test_dates_are_no_quantity(load: Load) -> None:
    with pytest.raises(DataError, match=r"it must hold numbers; make numbers of its dates, such as days\."):
        load(table(y=[f"2026-01-{i + 1:02d}" for i in range(20)] * 2), task="regression")


# -- columns ------------------------------------------------------------------------------------------------------


def test_pandas_index_is_left_out(load: Load, tmp_path: Path) -> None:
    frame = table().rename_axis(None).reset_index(names="")
    found = load(frame, frame.head(10))
    assert list(found.X_train.columns) == ["x"]
    assert of_check(found, "index") == ["Unnamed: 0"]


def test_pandas_index_that_was_written_twice_is_left_out(load: Load, tmp_path: Path) -> None:
    table().to_csv(tmp_path / "once.csv")
    twice = pd.read_csv(tmp_path / "once.csv").rename_axis(None).reset_index(names="")
    found = load(twice, twice.head(10))
    assert list(found.X_train.columns) == ["x"]
    assert of_check(found, "index") == ["Unnamed: 0.1", "Unnamed: 0"]
    assert list(load(twice, columns={"number": ["Unnamed: 0"]}).X_train.columns) == ["Unnamed: 0", "x"]


@pytest.mark.parametrize("name", ["id", "Unnamed", "Unnamed: 5"])
def test_other_first_columns_are_kept(load: Load, name: str) -> None:
    assert name in load(table().reset_index(names=name)).X_train.columns


def test_a_first_column_without_name_that_repeats_is_kept(load: Load) -> None:
    frame = pd.concat([pd.Series(np.arange(40) % 5, name=""), table()], axis=1)
    assert "Unnamed: 0" in load(frame).X_train.columns


DAYS = pd.date_range("2024-01-01", periods=40)
MEASURED = np.random.default_rng(1).normal(20, 3, 40)


@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        param(
            range(40),
            "number",
            "no name and a whole number of its own in every row: taken for an index and left out",
            id="numbers",
        ),
        param(
            np.arange(40) + 1.0,
            "number",
            "no name and a whole number of its own in every row: taken for an index",
            id="whole-numbers",
        ),
        param(
            [f"Car {i}" for i in range(40)],
            "category",
            "no name and a value of its own in every row: taken for the rows' names and left out",
            id="text",
        ),
        param([f"{i:05d}" for i in range(40)], "category", "taken for the rows' names and left out", id="codes"),
        param(MEASURED, "number", "", id="measured"),
        param([None, *MEASURED[1:]], "number", "", id="measured-with-a-gap"),
    ],
)
@pytest.mark.parametrize("parquet", [False, True])
def test_a_first_column_without_name(load: Load, values: Any, kind: str, says: str, parquet: bool) -> None:
    frame = pd.concat([pd.Series(values, name="Unnamed: 0"), table()], axis=1)
    found = load(frame, frame.head(10), parquet=parquet)
    said = [one["message"] for one in found.findings if one["check"] == "index"]
    assert ("Unnamed: 0" in found.X_train.columns, len(said)) == (not says, bool(says))
    if says:
        assert says in said[0]
        assert said[0].endswith(f" left out (\"columns.{kind}=['Unnamed: 0']\" keeps it).")
    for asked in (
        load(frame, frame.head(10), parquet=parquet, columns={kind: ["Unnamed: 0"]}),
        load(frame, frame.head(10), parquet=parquet, keep=["Unnamed: 0", "x"]),
    ):
        assert "Unnamed: 0" in [*asked.X_train.columns, *of_check(asked, "text")]
        assert of_check(asked, "index") == of_check(asked, "columns") == []


@pytest.mark.parametrize(("days", "parquet"), [(DAYS, True), (DAYS, False), (DAYS.strftime("%d.%m.%Y"), False)])
def test_dates_without_a_name_are_dates(load: Load, days: Any, parquet: bool) -> None:
    frame = pd.concat([pd.Series(days, name="Unnamed: 0"), table()], axis=1)
    found = load(frame, parquet=parquet)
    assert (of_check(found, "index"), of_check(found, "dates")) == ([], ["Unnamed: 0"])
    asked = load(frame, parquet=parquet, columns={"date": ["Unnamed: 0"]})
    assert asked.columns["date"] == ["Unnamed: 0"]


def test_an_index_is_told_by_the_train_file(load: Load) -> None:
    several, own = (pd.Series(values, name="") for values in (np.arange(40) % 5, np.arange(40)))
    several, own = (pd.concat([values, table()], axis=1) for values in (several, own))
    assert list(load(several, own).X_test.columns) == ["Unnamed: 0", "x"]
    for test in (own, several.head(5)):
        found = load(own, test)
        assert (list(found.X_test.columns), of_check(found, "columns")) == (["x"], [])


def test_a_target_without_name_is_no_index(load: Load) -> None:
    frame = pd.concat([pd.Series(range(40), name="Unnamed: 0"), table()], axis=1)
    assert load(frame, target="Unnamed: 0").task == "regression"


def test_an_index_may_be_dropped_by_name(load: Load) -> None:
    found = load(table().reset_index(names=""), drop=["Unnamed: 0"])
    assert of_check(found, "index") == []
    assert list(found.X_train.columns) == ["x"]


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        param(["ag"], ["no column 'ag'", "Did you mean 'age'?"], id="unknown"),
        param(["y"], ["'y' is the target"], id="target"),
    ],
)
def test_drop_refused(load: Load, drop: list[str], words: list[str]) -> None:
    with pytest.raises(DataError, match=r"preprocess\.drop") as caught:
        load(table(age=1.5), drop=drop)
    assert [word for word in words if word not in str(caught.value)] == []


def test_marks_of_a_column_that_is_not_there_are_refused(load: Load) -> None:
    with pytest.raises(DataError, match=r"read\.na_values: .* has no column 'Age'\. Did you mean 'age'\?"):
        load(table(age=1.5), read={"na_values": {"Age": [99]}})


def test_marks_of_a_column_whose_name_is_a_number(tmp_path: Path) -> None:
    table(**{"2020": [-9, *range(39)]}).to_csv(tmp_path / "my.csv", index=False)
    words = ("+preprocess=complex", "+models=lr", "target=y", f"data={tmp_path / 'my.csv'}")
    made = data.load(config.plain(compose(*words, "read.na_values={2020:[-9]}")))
    assert pd.concat([made.X_train, made.X_test])["2020"].isna().sum() == 1


@pytest.mark.parametrize("drop", [["age"], "age"])
def test_drop(load: Load, drop: Any) -> None:
    assert list(load(table(age=1.5), table(age=1.5), drop=drop).X_test.columns) == ["x"]


def test_drop_a_numbered_column(load: Load) -> None:
    assert list(load(table(**{"7": 1.5}), drop=[7]).X_train.columns) == ["x"]


def test_columns_that_the_test_file_lacks_are_named(load: Load) -> None:
    with pytest.raises(DataError, match=r"test\.csv lacks a, b, which train\.csv has.*instead: c\."):
        load(table(a=1.5, b=2.5), table(c=1.5))


def test_the_advice_for_a_column_that_the_test_file_lacks_works(load: Load) -> None:
    with pytest.raises(DataError, match=r"preprocess\.drop=\[a\]"):
        load(table(a=1.5), table())
    assert list(load(table(a=1.5), table(), drop=["a"]).X_test.columns) == ["x"]


def test_a_test_file_without_target_is_not_told_to_drop_it(load: Load) -> None:
    with pytest.raises(DataError, match=r"test\.csv") as caught:
        load(table(), table().drop(columns="y"))
    assert "target=y" in str(caught.value)
    assert "preprocess.drop" not in str(caught.value)


def test_columns_that_the_train_file_lacks_are_ignored(load: Load) -> None:
    found = load(table(), table(a=1.5, b=2))
    assert of_check(found, "columns") == ["a", "b"]
    assert {f["severity"] for f in found.findings if f["check"] == "columns"} == {"warning"}
    assert list(found.X_test.columns) == ["x"]


def test_long_lists_of_columns_are_cut(load: Load) -> None:
    many = {f"c{i}": np.arange(40) % 7 for i in range(20)}
    with pytest.raises(
        DataError, match=r"lacks c0, .*, c9, …, which train\.csv has\. Add them, .* with preprocess\.drop "
    ):
        load(table(**many), table())
    found = load(table(), table(**many))
    assert of_check(found, "columns") == [""]
    with pytest.raises(DataError, match=r"It has: x, y, c0, .*, c7, …\. Pass"):
        load(table(**many), target="q")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"drop": ["a"], "columns": {"category": ["a"]}}, "preprocess.drop or preprocess.keep leaves them out"),
        ({"keep": ["x"], "columns": {"date": ["a"]}}, "preprocess.drop or preprocess.keep leaves them out"),
        ({"columns": {"text": ["a"]}}, "this preprocessing reads no text"),
    ],
)
def test_kinds_without_effect_are_told_of(load: Load, changes: dict[str, Any], why: str) -> None:
    found = load(table(a=["2026-01-01", "2026-01-02"] * 20), **changes)
    (finding,) = [one for one in found.findings if one["check"] == "columns"]
    assert (finding["column"], finding["severity"]) == ("a", "warning")
    assert finding["message"].endswith(f"have no effect on 'a': {why}.")


def test_what_a_dropped_column_holds_is_no_error(load: Load) -> None:
    frame = table(a=[*["12"] * 39, "n.v."])
    found = load(frame, columns={"number": ["a"]}, drop=["a"], target="y")
    assert [finding["column"] for finding in found.findings if "have no effect" in finding["message"]] == ["a"]


TEXT = ["red", "blue"] * 20


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        param([1.5, np.nan] * 20, "number", id="floats-missing"),
        param([1, 2] * 20, "number", id="ints"),
        param([True, False] * 20, "number", id="booleans"),
        param([True, None] * 20, "number", id="booleans-missing"),
        param(TEXT, "category", id="text"),
        param(["red", None] * 20, "category", id="text-missing"),
        param([1, "a"] * 20, "category", id="ints-and-text"),
        param([1.5, "a", None, 2] * 10, "category", id="floats-and-text"),
    ],
)
def test_kinds_of_a_csv(load: Load, values: list[Any], kind: str) -> None:
    found = load(table(a=pd.Series(values, dtype=object)))
    assert "a" in found.columns[kind]
    assert str(found.X_train["a"].dtype) == "str" if kind == "category" else found.X_train["a"].dtype.kind in "if"


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        param(pd.array([1, None], dtype="Int64"), "number", [1.0, np.nan], id="Int64"),
        param(pd.array([1.5, None], dtype="Float64"), "number", [1.5, np.nan], id="Float64"),
        param(pd.array([True, None], dtype="boolean"), "number", [1.0, np.nan], id="boolean"),
        param(np.array([True, False]), "number", [1.0, 0.0], id="bool"),
        param(np.array([1, 255], dtype="uint8"), "number", [1, 255], id="uint8"),
        param(np.array([True, None], dtype=object), "number", [1.0, np.nan], id="objects-bool"),
        param(np.array([1, 2.5, None], dtype=object), "number", [1.0, 2.5, np.nan], id="objects-numbers"),
        param(np.array([1, "a", None], dtype=object), "category", ["1", "a", np.nan], id="objects-mixed"),
        param(pd.array(["x", None], dtype="string"), "category", ["x", np.nan], id="string"),
        param(pd.Categorical(["x", None]), "category", ["x", np.nan], id="categories"),
        param(pd.Categorical([1, 2, None]), "category", ["1", "2", np.nan], id="categories-of-numbers"),
        param(pd.Categorical([1.5, 2.0, None]), "category", ["1.5", "2", np.nan], id="categories-of-floats"),
        param(pd.Categorical([True, False, None]), "category", ["True", "False", np.nan], id="categories-of-booleans"),
        param(np.array([Decimal("1.5"), None], dtype=object), "number", [1.5, np.nan], id="decimals"),
    ],
)
def test_kinds_of_a_frame(values: Any, kind: str, expected: list[Any]) -> None:
    frame = pd.DataFrame({"a": values})
    features = kinds.features(kinds.find_kinds(frame, {}), {}, frame)
    assert features[kind] == ["a"]
    found = conversion.as_kinds(frame, features, "my.csv")["a"]
    assert found.isna().tolist() == [pd.isna(value) for value in expected]
    assert found.dropna().tolist() == [value for value in expected if not pd.isna(value)]
    assert str(found.dtype) == "str" if kind == "category" else isinstance(found.dtype, np.dtype)


@pytest.mark.parametrize(
    ("asked", "task", "labels"),
    [(None, "classification", [*range(10)]), ("regression", "regression", None)],
)
def test_a_target_of_categories_of_numbers(load: Load, asked: str | None, task: str, labels: list[int] | None) -> None:
    """They are classes, as their type says, unless a quantity is asked for; and moments, where those are."""
    frame = table(80, when=pd.Categorical(np.arange(80) // 4), y=pd.Categorical(np.arange(80) % 10))
    found = load(frame, parquet=True, task=asked, split={"test_size": 0.25, "seed": 0, "time": "when"})
    assert (found.task, found.classes, found.columns["category"]) == (task, labels, ["when"])
    assert found.rows_test.tolist() == [*range(60, 80)]


DAY = datetime.datetime(2020, 1, 1)


@pytest.mark.parametrize(
    ("values", "check"),
    [
        param([None] * 4, "empty", id="missing"),
        param([np.nan] * 4, "empty", id="nan"),
        param(pd.to_datetime([DAY] * 4), "dates", id="dates"),
        param(pd.to_datetime([DAY] * 4).tz_localize("UTC"), "dates", id="dates-with-zone"),
        param(pd.to_timedelta([1, 2, 3, 4], unit="h"), "dates", id="durations"),
        param(np.array([DAY.date()] * 4, dtype=object), "dates", id="parquet-dates"),
    ],
)
def test_columns_left_out(values: Any, check: str) -> None:
    frame = pd.DataFrame({"x": [1, 2, 3, 4], "a": values})
    found = kinds.find_kinds(frame, {})
    assert kinds.features(found, {}, frame) == {"number": ["x"], "category": []}
    findings = kinds.left_out(found, {}, {}, None)
    assert [(f["check"], f["column"], f["remedy"]) for f in findings] == [(check, "a", "preprocess.drop=[a]")]
    assert list(conversion.as_kinds(frame, {"number": ["x"], "category": []}, "").columns) == ["x"]


@pytest.mark.parametrize("frame", [table()[["y"]], table()[["y"]].assign(a=None)], ids=["target-alone", "empty-column"])
def test_nothing_to_learn_from(load: Load, frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="No column is left beside the target"):
        load(frame)


def test_numbers_of_one_file_meet_text_of_the_other(load: Load) -> None:
    train = table(a=["1", "2", "x", "1"] * 10)
    test = table(a=[1.0, None] * 20)  # read as floats, because of the missing values
    assert load(train, test).X_test["a"].dropna().unique().tolist() == ["1"]


def test_text_in_a_column_of_numbers(load: Load) -> None:
    with pytest.raises(
        DataError, match=r"""'x' is taken for numbers.*'5,25' in row 1 .* or pass "read\.decimal=','" where"""
    ):
        load(table(40), table(3).assign(x=["1.5", "5,25", "2"]))
    with pytest.raises(DataError, match=r"test\.csv: .* 'x' is taken for numbers.*'oops' in row 1 .*read\.na_values"):
        load(table(), table(10, x=["1", "oops"] * 5))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_name_their_row_in_the_file(load: Load, value: float) -> None:
    frame = table()
    frame.loc[33, "x"] = value
    with pytest.raises(DataError, match=r"\.csv: the column 'x' holds an infinite value \(row 33,"):
        load(frame)
    with pytest.raises(DataError, match=r"test\.csv.*\(row 33,"):
        load(table(), frame)


@pytest.mark.parametrize("value", [np.inf, 3])
def test_other_infinite_values(value: float) -> None:
    frame = pd.DataFrame({"a": pd.array([1, value, None], dtype="Float64")})
    numbers = {"number": ["a"], "category": []}
    if value == 3:
        assert conversion.as_kinds(frame, numbers, "f")["a"].iloc[1] == 3
    else:
        with pytest.raises(DataError, match="row 1"):
            conversion.as_kinds(frame, numbers, "f")


# -- target -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        param([0, 1], "classification", [0, 1], id="0-1"),
        param([1, 2], "classification", [1, 2], id="1-2"),
        param([0.0, 1.0], "classification", [0, 1], id="whole-floats"),
        param([True, False], "classification", [False, True], id="booleans"),
        param(["yes", "no"], "classification", ["no", "yes"], id="text"),
        param(["ä", "b", "c"], "classification", ["b", "c", "ä"], id="three-texts"),
        param(["1", "x"], "classification", ["1", "x"], id="ints-and-text"),
        param(list(range(20)), "classification", list(range(20)), id="20-ints"),
        param(list(range(21)), "regression", None, id="21-ints"),
        param([0.5, 1.0], "regression", None, id="fractions"),
    ],
)
def test_task(load: Load, values: list[Any], task: str, classes: list[Any] | None) -> None:
    found = load(table(210, y=(values * 210)[:210]))
    assert (found.task, found.classes) == (task, classes)
    assert len(found.y_train) + len(found.y_test) == 210


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        param([True, False], "boolean", "b", id="boolean"),
        param([1, 2], "Int64", "i", id="Int64"),
        param([0.5, 2], "Float64", "f", id="Float64"),
        param(["a", "b"], "category", "U", id="category"),
        param(["a", "b"], "string", "U", id="string"),
        param([True, False], "bool[pyarrow]", "b", id="boolean-of-arrow"),
        param([1, 2], "int64[pyarrow]", "i", id="integers-of-arrow"),
        param([0.5, 2], "double[pyarrow]", "f", id="floats-of-arrow"),
        param(["a", "b"], pd.ArrowDtype(pa.string()), "U", id="text-of-arrow"),
        param([Decimal("0.5"), Decimal("2")], object, "f", id="decimals"),
        param([Decimal("0.5"), Decimal("2")], pd.ArrowDtype(pa.decimal128(9, 2)), "f", id="decimals-of-arrow"),
    ],
)
def test_targets_of_parquet(load: Load, values: list[Any], dtype: Any, kind: str) -> None:
    found = load(table(y=pd.Series(values * 20, dtype=dtype)), parquet=True)
    assert (found.y_train.dtype.kind, found.task) == (kind, "regression" if kind == "f" else "classification")
    assert found.classes == (None if kind == "f" else sorted({str(v) if kind == "U" else v for v in values}))


def test_booleans_as_objects() -> None:
    y = pd.Series([True, False], dtype=object)
    assert labels.labels_of(y, "classification", "y").dtype == bool
    gaps = pd.DataFrame({"a": pd.Series([True, None, False], dtype=object)})  # as of a text file
    assert kinds.find_kinds(gaps, {}) == {"a": "boolean"}


def test_quantities_beyond_64_bits_are_numbers() -> None:
    assert labels.labels_of(pd.Series([1e20, 2.5, 3.0]), "regression", "y").tolist() == [1e20, 2.5, 3]


@pytest.mark.parametrize(
    ("values", "asked", "expected"),
    [
        param([0, 1], "regression", "regression", id="ints-as-numbers"),
        param(list(range(30)), "classification", "classification", id="30-ints-as-classes"),
    ],
)
def test_task_asked_for(load: Load, values: list[int], asked: str, expected: str) -> None:
    found = load(table(120, y=(values * 120)[:120]), task=asked)
    assert found.task == expected
    assert (found.classes is None) == (expected == "regression")


@pytest.mark.parametrize(
    ("frame", "changes", "words"),
    [
        param(table(), {"target": "Y"}, ["target=Y", "Did you mean 'y'?", "It has: x, y.", "target=COLUMN"], id="none"),
        param(table().rename(columns={"y": " y"}), {"target": "y"}, ["""Did you mean "target=' y'"?"""], id="a-blank"),
        param(table().assign(**{f"c{i}": 1 for i in range(40)}), {"target": "q"}, [", …"], id="none-of-many"),
        param(table(), {"target": "Y", "keep": ["x"]}, ["Did you mean 'y'?", "It has: x, y."], id="none-beside-keep"),
        param(table(y=1), {}, ["'y' is constant (1 in every row)"], id="constant"),
        param(table(y="no"), {}, ["'y' is constant ('no' in every row)"], id="constant-text"),
        param(table(y=[1, None, 0, None] * 10), {}, ["'y' is missing in 20 of 40 rows", "row 1,"], id="missing"),
        param(table(y=[0.5, np.inf] * 20), {}, ["'y' holds an infinite value (first: row 1, counted"], id="infinite"),
        param(table(y=TEXT), {"task": "regression"}, ["task=regression", "'red'", "must hold numbers"], id="text"),
        param(table(y=[True, False] * 20), {"task": "regression"}, ["holds True", "numbers"], id="booleans"),
        param(table(y=["a"] * 39 + ["b"]), {}, ["class 'b'", "single row"], id="class-of-one-row"),
        param(table(y=[0] * 39 + [1]), {}, ["class 1 ", "single row"], id="int-class-of-one-row"),
        param(
            table(80, y=[f"C{i}" for i in range(70)] + ["D"] * 10),
            {},
            ["The target has 71 classes, 70 of them with a single row", "is it the column to predict?"],
            id="an-id",
        ),
    ],
)
def test_target_refused(load: Load, frame: pd.DataFrame, changes: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        load(frame, **changes)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        param(["a", "b"], ["a", "c"], ["test.csv", "'c', a class that the train split does not have"], id="unseen"),
        param([0, 1], [0, 2], ["test.csv", "holds 2, a class"], id="unseen-int"),
        param([0, 1], ["a", "b"], ["holds 'a' here, but 0 in the train split"], id="text-for-ints"),
        param([True, False], [0, 1], ["holds 0 here, but True in the train split"], id="ints-for-booleans"),
        param([0, 1], [0, None], ["test.csv", "missing in 20 of 40 rows"], id="missing-in-test"),
    ],
)
def test_targets_that_differ(load: Load, train: list[Any], test: list[Any], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        load(table(y=train * 20), table(y=test * 20))
    assert [word for word in words if word not in str(caught.value)] == []


def test_broken_numbers_may_be_classes(load: Load) -> None:
    found = load(table(y=[1.5, 2.5] * 20), task="classification", positive=1.5)
    assert (found.classes, set(found.y_test)) == (["2.5", "1.5"], {"1.5", "2.5"})


@pytest.mark.parametrize(
    ("values", "positive", "expected"),
    [
        param(["good", "bad"], None, ["bad", "good"], id="the-last-in-order"),
        param(["good", "bad"], "good", ["bad", "good"], id="text"),
        param(["good", "bad"], "bad", ["good", "bad"], id="the-first-in-order"),
        param([0, 1], 0, [1, 0], id="int"),
        param([0.0, 1.0], 0, [1, 0], id="float"),
        param([True, False], False, [True, False], id="boolean"),
        param([0, 1], "0", [1, 0], id="int-as-text"),
    ],
)
def test_the_positive_class(load: Load, values: list[Any], positive: Any, expected: list[Any]) -> None:
    assert load(table(y=values * 20), positive=positive).classes == expected


@pytest.mark.parametrize(
    ("values", "positive", "words"),
    [
        param(
            [0, 1], "yes", ["positive=yes: the target 'y' has no such class", "pass positive=0 or positive=1."], id="no"
        ),
        param(["true", "x"], True, ["but 'true' and 'x'", "pass \"positive='true'\" or positive=x, in"], id="literal"),
        param(["no", "yes"], False, ["pass positive=no or positive=yes, in YAML in quotes, which"], id="yaml"),
        param([0, 1], [0], ["positive=[0]: the target 'y' has no such class"], id="list"),
        param([0, 1, 2, 2], 2, ["positive=2: the target 'y' has 3 classes (0, 1, 2)", "f1_macro"], id="three"),
        param(np.arange(40) / 7, 1, ["positive=1: the target 'y' is taken for numbers", "task=classification"], id="r"),
    ],
)
def test_a_positive_class_that_is_none(load: Load, values: Any, positive: Any, words: list[str]) -> None:
    y = values if isinstance(values, np.ndarray) else values * (40 // len(values))
    with pytest.raises(ConfigError) as caught:
        load(table(y=y), positive=positive)
    assert [word for word in words if word not in str(caught.value)] == []


def test_rows_without_a_target_are_left_out_when_asked_to(load: Load) -> None:
    train, test = table(y=[1, None, 0, 1] * 10, n=np.arange(40) + 0.5), table(8, y=[1, 0, None, 1, 1, 0, 0, 1])
    with pytest.raises(DataError, match=r"or pass missing_target=drop, which leaves them out"):
        load(train)
    one = load(train, missing_target="drop")
    rows = np.sort(np.concatenate([one.rows_train, one.rows_test]))
    assert rows.tolist() == [row for row in range(40) if row % 4 != 1]
    assert one.X_train["n"].tolist() == (one.rows_train + 0.5).tolist()  # rows keep their numbers
    assert one.classes == [0, 1]
    two = load(train, test.assign(n=1.0), missing_target="drop", sample=20)
    assert (len(two.rows_train), two.rows_test.tolist()) == (20, [0, 1, 3, 4, 5, 6, 7])
    said = [one["message"] for one in two.findings if "left out" in one["message"]]
    assert [text.partition(",")[0] for text in said] == [
        "train.csv: 10 of 40 rows are left out",
        "test.csv: 1 of 8 rows is left out",
    ]
    with pytest.raises(DataError, match="no row has a target: 'y' is missing in 40 of 40 rows") as caught:
        load(table(y=None), missing_target="drop")
    assert "missing_target=drop" not in str(caught.value)


NUMBERS = [f"{i / 7:.3f}" for i in range(1, 39)]


@pytest.mark.parametrize("task", [None, "regression"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        param(
            [*NUMBERS, "n.v.", "n.v."], ["numbers but for 'n.v.'", "read.na_values", "task=classification"], id="mark"
        ),
        param(
            [text.replace(".", ",") for text in [*NUMBERS, "0.5"]] + ["1.5"],
            ["'0,143'", "Write all with one"],
            id="comma",
        ),
    ],
)
def test_a_target_of_numbers_but_for_something(
    load: Load, values: list[str], words: list[str], task: str | None
) -> None:
    with pytest.raises(DataError) as caught:
        load(table(y=values), task=task)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("kind", ["str", "string", object])
def test_a_target_of_numbers_that_are_text_is_a_quantity_where_it_is_asked_for(load: Load, kind: Any) -> None:
    codes = pd.Series([f"{i % 8:02d}" for i in range(40)], dtype=kind)
    found = load(table(y=codes), task="regression", parquet=True)
    assert {*found.y_train, *found.y_test} == {*range(8)}
    assert load(table(y=codes), parquet=True).classes == sorted(set(codes))
    codes[3] = "x3"
    with pytest.raises(DataError, match=r"The target 'y' holds numbers but for 'x3'"):
        load(table(y=codes), task="regression", parquet=True)


def test_a_target_of_few_values_may_hold_a_word(load: Load) -> None:
    assert load(table(y=["1", "2", "3", "x"] * 10)).classes == ["1", "2", "3", "x"]


@pytest.mark.parametrize(
    ("word", "more"),
    [("None", " The file says 'None' there. Pass read.na_values=[]"), ("", ". Remove"), ("NaN", ". Rem")],
)
def test_words_that_are_read_as_a_missing_target(load: Load, word: str, more: str) -> None:
    frame = table(y=["mild", word or None] * 20)
    with pytest.raises(DataError, match="is missing in 20 of 40 rows") as caught:
        load(frame)
    assert more in str(caught.value)
    if word:
        assert load(frame, read={"na_values": []}).classes == sorted([word, "mild"])


def test_words_that_are_read_as_missing_categories_are_told_of(load: Load) -> None:
    found = load(table(land=["NA", "DE"] * 20, size=["NA", "1"] * 20))
    (finding,) = [one for one in found.findings if one["check"] == "marks"]
    assert (finding["column"], finding["severity"]) == ("land", "info")
    assert "in the column 'land' 'NA' is read as missing (read.na_values=[] reads" in finding["message"]
    kept = load(table(land=["NA", "DE"] * 20, size=["NA", "1"] * 20), read={"na_values": []})
    assert set(kept.X_train["land"]) == {"NA", "DE"}
    assert kept.columns["number"] == ["x", "size"]


@pytest.mark.parametrize(("values", "kind"), [(["47%", "5%"], "number"), (["47%", "odd", "5"], "category")])
def test_the_train_file_says_whether_signs_are_left_out(load: Load, values: list[str], kind: str) -> None:
    found = load(table(42, a=(values * 42)[:42]), table(4, a="47%"))
    assert "a" in found.columns[kind]
    assert set(found.X_test["a"]) == {47.0 if kind == "number" else "47%"}


@pytest.mark.parametrize("name", ["a", "y"])
@pytest.mark.parametrize(("train", "test"), [("{}%", "0.{}"), ("{}", "{}%"), ("${}", "€{}")])
def test_signs_that_differ_between_the_files(load: Load, name: str, train: str, test: str) -> None:
    first, second = ([text.format(i) for i in range(11, 51)] for text in (train, test))
    with pytest.raises(DataError) as caught:
        load(table(**{name: first}), table(**{name: second}), task="regression")
    assert f"{name!r} holds {first[0]!r} in train.csv, but {second[0]!r} in test.csv" in str(caught.value)
    same = load(table(**{name: first}), table(**{name: first}), task="regression")
    assert same.sources["train"].get("signs", {}) == ({name: [train.strip("{}"), first[0]]} if train != "{}" else {})


def test_remedies_for_marks_do_not_undo_each_other(load: Load) -> None:
    frame = table(a=["1", "2", "BAD", "3"] * 10, b=["ERR", "2", "5", "3"] * 10, c=["1", "2", "3", "odd"] * 10)
    found = load(frame, read={"na_values": ["odd"]})
    remedies = {one["column"]: one["remedy"] for one in found.findings if one["check"] == "marks"}
    assert remedies == dict.fromkeys("ab", "read.na_values=[odd,BAD,ERR]")
    assert load(frame, read={"na_values": ["odd", "BAD", "ERR"]}).columns["number"] == ["x", "a", "b", "c"]


@pytest.mark.parametrize("numbers", [[*map(str, range(30)), "(296)", "(37)", *["(687)"] * 8], ["5", "(7)", "9"] * 14])
def test_whole_numbers_in_parentheses_may_be_negative(load: Load, numbers: list[str]) -> None:
    frame = table(len(numbers), a=numbers)
    (finding,) = [one for one in load(frame).findings if one["check"] == "marks"]
    assert "holds numbers such as '(" in finding["message"]
    assert "which may be negative: taken for categories" in finding["message"]
    assert finding["message"].endswith("Write these with a minus, or name the column in columns.number.")
    found = load(frame, columns={"number": ["a"]})
    values = pd.concat([found.X_train["a"], found.X_test["a"]])
    assert sorted(values) == sorted(float(number.replace("(", "-").strip(")")) for number in numbers)


def test_a_target_of_numbers_in_parentheses_may_be_negative(load: Load) -> None:
    found = load(table(40, y=["(37)", "14", "(5)", "9"] * 10), task="regression")
    assert {*found.y_train} == {-37, 14, -5, 9}


def test_a_sample_larger_than_the_table_is_said(load: Load) -> None:
    said = [one["message"] for one in load(table(40), sample=50).findings if "sample" in one["message"]]
    assert said == ["train.csv: sample=50: there are 40 rows, and all are used."]
    assert not [one for one in load(table(40), sample=40).findings if "sample" in one["message"]]


@pytest.mark.parametrize("parquet", [False, True], ids=["csv", "parquet"])
@pytest.mark.parametrize(
    ("numbers", "odd"),
    [
        pytest.param(["$5,320.48", "$908.39", "($17.20)"], "n.v.", id="a sign"),
        pytest.param(["2,049.39-", "436.34", "1,122.00"], "tbd", id="minus behind"),
        pytest.param(["1.932,28", "947,55", "2.155,24"], "x1", id="decimal commas"),
        pytest.param(["1 932,28", "947,55", "2 155,24"], "x1", id="blanks"),
        pytest.param(["12%", "9%", "7.5%"], "much", id="per cent"),
    ],
)
def test_the_odd_text_among_amounts_is_named(load: Load, numbers: list[str], odd: str, parquet: bool) -> None:
    texts = [numbers[i % 3].replace("9", str(i % 10)) for i in range(60)]
    texts[7] = odd
    frame = table(60, a=texts)
    (finding,) = [one for one in load(frame, parquet=parquet).findings if one["check"] == "marks"]
    said = (
        f"The column 'a' holds numbers but for {odd!r}: taken for categories. Where these are no values, name them in"
    )
    assert finding["message"] == f"{said} read.na_values."
    assert finding["remedy"] == f"read.na_values=[{odd}]"
    found = load(frame, parquet=parquet, read={"na_values": [odd]})
    assert found.columns["number"] == ["x", "a"]
    assert pd.concat([found.X_train["a"], found.X_test["a"]]).isna().sum() == 1
    assert not [one for one in found.findings if one["check"] == "marks"]


def test_amounts_with_different_signs_are_said_before_an_odd_one(load: Load) -> None:
    frame = table(60, a=[f"{'$€'[i % 2]}{i}.5" for i in range(59)] + ["x"])
    (finding,) = [one for one in load(frame).findings if one["check"] == "marks"]
    assert "holds numbers with a sign or a unit, such as '$0.5'" in finding["message"]


def test_the_advice_on_a_decimal_comma_works(load: Load) -> None:
    frame = table(a=[f"{i},{i % 7}" for i in range(40)])
    (finding,) = [one for one in load(frame, read={"decimal": "."}).findings if one["check"] == "marks"]
    assert finding["remedy"] == "read.decimal=','"
    assert load(frame, read={"decimal": ","}).columns["number"] == ["x", "a"]
    assert load(frame).columns["number"] == ["x", "a"]


def test_the_odd_mark_of_a_column_of_numbers_is_named_wherever_it_stands(load: Load) -> None:
    frame = table(a=[f"{i},{i % 7}" for i in range(40)])
    frame.loc[3, "a"] = "1.5"
    with pytest.raises(DataError, match=r"a decimal comma, such as '0,0', and with a decimal point, such as '1\.5'"):
        load(frame, read={"decimal": ","}, columns={"number": ["a"]}, target="y")


def test_lists_of_answers_are_no_decimals(load: Load) -> None:
    frame = table(a=[f"{1 + i % 4},{5 + i % 5}" for i in range(40)], b=["1", "1,2", "1,2,3", "2,3"] * 10)
    found = load(frame)
    assert found.columns["category"] == ["a", "b"]
    assert [one for one in found.findings if one["check"] == "marks"] == []


def test_marks_among_thousands_are_no_decimal_commas(load: Load) -> None:
    frame = table(a=["1,234", "2,345", "n.v.", "987"] * 10)
    (finding,) = [one for one in load(frame).findings if one["check"] == "marks"]
    assert finding["remedy"] == "read.na_values=[n.v.]"
    found = load(frame, read={"na_values": ["n.v."]})
    assert set(found.X_train["a"].dropna()) == {1234, 2345, 987}


@pytest.mark.parametrize("kind", ["category", "text"])
def test_codes_that_are_text_by_hand_are_read_as_such(load: Load, kind: str) -> None:
    frame = table(code=["01234", "1234"] * 20, b=[f"x{i % 3}" for i in range(40)])
    frame.loc[0, "code"] = "+1234"  # no code by itself
    found = load(frame, frame, columns={kind: ["code"]})
    assert set(found.X_train["code"]) == set(found.X_test["code"]) == {"01234", "1234", "+1234"}


def test_a_test_file_of_one_class_is_fine(load: Load) -> None:
    assert set(load(table(), table(10, y=1)).y_test) == {1}


def test_whole_numbers_meet_floats_in_regression(load: Load) -> None:
    found = load(table(y=np.linspace(0, 1, 40)), table(y=np.arange(40)))
    assert (found.task, found.y_test[3]) == ("regression", 3)


# -- findings -----------------------------------------------------------------------------------------------------

DRAW = np.random.default_rng(0)
ROWS = 60


@pytest.mark.parametrize(
    ("name", "values"),
    [
        param("n", np.arange(ROWS), id="row-number"),
        param("n", np.arange(ROWS) + 1.0, id="row-number-as-float"),
        param("n", DRAW.permutation(ROWS) + 5000, id="shuffled"),
        param("id", DRAW.permutation(10**6)[:ROWS], id="id"),
        param("customer_id", DRAW.permutation(10**6)[:ROWS], id="snake"),
        param("CustomerID", DRAW.permutation(10**6)[:ROWS], id="camel"),
        param("id_old", DRAW.permutation(10**6)[:ROWS], id="id-first"),
    ],
)
def test_identifiers_are_told(load: Load, name: str, values: Any) -> None:
    found = load(table(ROWS, **{name: values}))
    assert of_check(found, "identifier") == [name]
    assert name in found.X_train.columns
    finding = next(f for f in found.findings if f["check"] == "identifier")
    assert (finding["severity"], finding["remedy"]) == ("warning", f"preprocess.drop=[{name}]")
    assert repr(name) in finding["message"]


@pytest.mark.parametrize(
    "values",
    [
        param([f"Person {i}" for i in range(ROWS)], id="names"),
        param(["Smith", "Smith"] + [f"Person {i}" for i in range(ROWS - 2)], id="names-with-a-double"),
        param([f"{i:x}f" for i in DRAW.integers(0, 2**40, ROWS)], id="hex"),
        param([None, *[f"Person {i}" for i in range(ROWS - 1)]], id="names-missing"),
    ],
)
def test_free_text_is_left_out_and_kept_when_asked_for(load: Load, values: Any) -> None:
    found = load(table(ROWS, who=values))
    assert (found.kinds["who"], of_check(found, "text")) == ("text", ["who"])
    assert "who" not in found.X_train.columns
    assert "who" in found.aside_train.columns
    asked = load(table(ROWS, who=values), columns={"category": ["who"]})
    assert (asked.columns["category"], of_check(asked, "text")) == (["who"], [])
    assert of_check(asked, "identifier") == ["who"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        param("size", DRAW.normal(50, 10, ROWS), id="floats"),
        param("age", DRAW.integers(1, 90, ROWS), id="ages"),
        param("year", DRAW.integers(1990, 2020, ROWS), id="years"),
        param("price", DRAW.permutation(10**5)[:ROWS] * 5, id="prices"),
        param("price", DRAW.uniform(1, 99, ROWS).round(2), id="prices-with-cents"),
        param("kids", DRAW.integers(0, 4, ROWS), id="small-ints"),
        param("group_id", DRAW.integers(0, 4, ROWS), id="id-of-groups"),
        param("paid", DRAW.permutation(10**6)[:ROWS], id="paid"),
        param("valid", DRAW.integers(0, 2, ROWS).astype(bool), id="valid"),
        param("turkey", DRAW.permutation(10**6)[:ROWS], id="turkey"),
        param("town", DRAW.choice(["Rome", "Oslo", "Bonn"], ROWS), id="categories"),
    ],
)
def test_no_identifiers(load: Load, name: str, values: Any) -> None:
    assert of_check(load(table(ROWS, **{name: values})), "identifier") == []


def test_long_numbers_beside_missing_ones_are_read_to_the_digit(load: Load) -> None:
    values = pd.Series([None if i % 30 == 0 else 2**60 + i % 8 for i in range(ROWS)], dtype="Int64")
    found = load(table(ROWS, a=values), parquet=True, columns={"category": ["a"]})
    assert {*found.X_train["a"].dropna()} == {str(2**60 + i) for i in range(8)}
    found = load(table(ROWS, a=values), parquet=True)
    assert of_check(found, "rounded") == ["a"]
    assert found.columns["number"] == ["x", "a"]


@pytest.mark.parametrize("last", ["(60 rows affected)", "Sum,4900,", "\x1a"])
def test_a_line_below_the_table_makes_no_text_of_numbers(load: Load, tmp_path: Path, last: str) -> None:
    rows = [f"{i},{i / 2},{i % 3 and i},0{i % 7},{i % 2}" for i in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["a,b,c,code,y", *rows, last]))
    found = load(table(60), data="my.csv", missing_target="drop")
    assert found.columns == {"number": ["a", "b", "c"], "category": ["code"]}
    assert len(found.X_train) + len(found.X_test) == 60


@pytest.mark.parametrize("below", [(True, False), (False, True), (True, True)], ids=["train", "test", "both"])
def test_signs_are_those_of_the_table_whatever_stands_below_it(
    load: Load, tmp_path: Path, below: tuple[bool, bool]
) -> None:
    for name, last in zip(("a.csv", "b.csv"), below, strict=True):
        rows = [f"{i % 9}%,{'?' if i % 20 == 3 else -i / 2},{i % 2}" for i in range(60)]
        (tmp_path / name).write_text("\n".join(["pct,z,y", *rows, *["Sum,,"] * last]))
    given: dict[str, Any] = {"data": "a.csv", "test_data": "b.csv", "missing_target": "drop"}
    found = load(table(60), **given)
    assert found.columns["number"] == ["pct", "z"]
    assert found.X_train["pct"].tolist() == found.X_test["pct"].tolist() == [i % 9 for i in range(60)]
    assert found.sources["train"]["signs"]["pct"][0] == "%"
    text = (tmp_path / "b.csv").read_text()
    (tmp_path / "b.csv").write_text(text.replace("%", ""))
    with pytest.raises(DataError, match=r"'pct' holds '0%' in .*a\.csv, but '0.*' in .*b\.csv"):
        load(table(60), **given)


def test_codes_of_a_table_with_types_stay_text_whatever_rows_are_left_out(load: Load) -> None:
    frame = table(60, code=[str(100 + i % 7) for i in range(60)]).astype({"y": "Int64"})
    for odd in ("TOTAL", "102"):
        last = pd.DataFrame({"x": [1.0], "y": pd.array([None], dtype="Int64"), "code": [odd]})
        found = load(pd.concat([frame, last]), parquet=True, missing_target="drop")
        assert found.columns == {"number": ["x"], "category": ["code"]}


@pytest.mark.parametrize(
    ("one", "cell", "remedy"),
    [
        ("X", {}, "preprocess.type.categorical_imputation=missing"),
        (1.0, {}, "columns.category=[a] preprocess.type.categorical_imputation=missing"),
        ("true", {}, "columns.category=[a] preprocess.type.categorical_imputation=missing"),
        ("X", {"categorical_imputation": "missing"}, None),
        ("X", {"_target_": "my.preprocess"}, ""),
    ],
)
def test_one_value_or_none_is_told(load: Load, one: Any, cell: dict[str, Any], remedy: str | None) -> None:
    frame = table(60, a=[one if i % 3 else None for i in range(60)])
    base = {"type": {"_target_": "mlzoo.preprocessing.complex_preprocess", **cell}, "space": None}
    found = [one for one in load(frame, preprocess=base).findings if one["check"] == "flag"]
    assert [one["remedy"] for one in found] == ([] if remedy is None else [remedy])
    told = rf"The column holds one value, or none: 'a' \('{one}', missing in [34]\d\.\d%\)\. Filled with that value it"
    assert all(re.match(told.lower(), one["message"].lower()) for one in found)


def test_columns_of_one_value_are_told_together_and_not_where_missing_ones_are_a_category(load: Load) -> None:
    frame = table(60, **{f"a{at}": [1 if (i + at) % 3 else None for i in range(60)] for at in range(30)})
    complex_of = {"type": {"_target_": "mlzoo.preprocessing.complex_preprocess"}, "space": None}
    (found,) = [one for one in load(frame, preprocess=complex_of).findings if one["check"] == "flag"]
    assert found["message"].count("missing in") == 10
    assert found["remedy"].count("a2") == 11
    searched = {**complex_of, "space": {"categorical_imputation": ["frequent", "missing"]}}
    text = table(60, a=["X" if i % 3 else None for i in range(60)])
    assert [one["check"] for one in load(text, preprocess=searched).findings].count("flag") == 1
    tuned = load(text, preprocess=searched, n_trials=5)
    assert [one for one in tuned.findings if one["check"] == "flag"] == []
    assert [
        one for one in load(text, preprocess={**complex_of, "kinds": ["number"]}).findings if one["check"] == "flag"
    ] == []
    days = table(60, a=["2020-03-05" if i % 3 else None for i in range(60)])
    found_of = load(days, preprocess=complex_of, columns={"date": ["a"]}).findings
    assert [one for one in found_of if one["check"] == "flag"] == []


@pytest.mark.parametrize(
    "form", ["{}.03.{}", "3/{}/{}", "Mon, {} Mar {}", "{}th March {}", "{} de marzo de {}", "{} septiembre {}"]
)
def test_years_of_two_digits_are_told(load: Load, form: str) -> None:
    days = [form.format(1 + i % 28, f"{(60 + i) % 100:02d}") for i in range(60)]
    (found,) = [one for one in load(table(60, d=days), columns={"date": ["d"]}).findings if one["check"] == "years"]
    assert found["message"].startswith("The column 'd' holds years of two digits, such as '")
    whole = [f"{1 + i % 28:02d}.03.{1960 + i}" for i in range(60)]
    asked = load(table(60, d=whole), columns={"date": ["d"]})
    assert [one for one in asked.findings if one["check"] == "years"] == []


@pytest.mark.parametrize("kind", ["datetime64[us]", "datetime64[ns, UTC]", object])
def test_marks_of_missing_dates_hold_in_any_source(load: Load, kind: Any) -> None:
    texts = pd.Series([f"2024-01-{1 + i % 28:02d}" if i % 3 else "2190-12-31" for i in range(60)])
    days = (
        pd.to_datetime(texts).dt.date if kind is object else pd.to_datetime(texts, utc="UTC" in str(kind)).astype(kind)
    )
    read = {"na_values": ["2190-12-31"]}
    found = load(table(60, d=days), parquet=True, columns={"date": ["d"]}, read=read)
    assert pd.concat([found.X_train["d"], found.X_test["d"]]).isna().sum() == 20


def test_what_a_test_file_has_and_the_train_file_has_not(load: Load) -> None:
    train = table(60, code=[f"0{1 + i % 3}067" for i in range(60)], city=[*"abc"] * 20)
    test = table(40, code=[f"{'' if i % 4 else '0'}{1 + i % 3}067" for i in range(40)], city=[*"abcx"] * 10)
    found = {one["column"]: one for one in load(train, test).findings if one["check"] == "unseen"}
    assert {name: one["severity"] for name, one in found.items()} == {"code": "warning", "city": "info"}
    assert "may be '02067' without its leading zeros: write them as there." in found["code"]["message"]
    few = load(train, test.assign(code=train["code"][:40], city=[*"abca"] * 9 + [*"abcx"]))
    assert [one for one in few.findings if one["check"] == "unseen"] == []


def test_rows_to_predict_are_no_test_file(load: Load) -> None:
    with pytest.raises(
        DataError, match=r"all columns of train\.csv but this one.* leave test_data out, and pass .* to"
    ):
        load(table(60), table(20).drop(columns="y"))
    with pytest.raises(DataError, match=r"Did you mean 'Y'"):
        load(table(60), table(20).rename(columns={"y": "Y"}))


@pytest.mark.parametrize("label", ["nan", "None", "NA", "<NA>"])
def test_labels_that_another_source_has_for_missing_ones_are_told(load: Load, label: str) -> None:
    frame = table(60, y=[*["yes", "no", "yes", label]] * 15)
    (found,) = [one for one in load(frame, parquet=True).findings if one["check"] == "marks"]
    assert found["message"].startswith(f"In the target 'y' {label!r} (25.0% of the rows) is a class of its own")


def test_codes_among_numbers_are_no_marks(load: Load) -> None:
    codes = [*["428", "250.83", "786", "V57", "E878"] * 40]
    frame = table(200, race=[*["A", "B", "A", "B", "?"] * 40], diagnosis=codes)
    found = {one["column"]: one["remedy"] for one in load(frame).findings if one["check"] == "marks"}
    assert found == {"race": "read.na_values=['?']", "diagnosis": ""}
    frame["diagnosis"] = ["?", *codes[1:]]
    found = {one["column"]: one["remedy"] for one in load(frame).findings if one["check"] == "marks"}
    assert found == {"race": "read.na_values=['?']", "diagnosis": ""}


def test_long_whole_numbers_are_labels_to_the_digit(load: Load) -> None:
    labels = [2**60 + i % 3 for i in range(60)]
    assert load(table(60, y=labels)).classes == [2**60, 2**60 + 1, 2**60 + 2]


@pytest.mark.parametrize(
    ("values", "labels"),
    [([1, 1.5, 2.0], ["1.0", "1.5", "2.0"]), ([1e19, 2e19], ["1e+19", "2e+19"]), ([-1.0, 2.0], [-1, 2])],
)
def test_numbers_that_whole_ones_do_not_hold_are_labels_as_text(load: Load, values: Any, labels: list[Any]) -> None:
    assert load(table(60, y=np.resize(values, 60)), task="classification").classes == labels


def test_the_last_rows_are_none_of_the_end_of_all_times(load: Load) -> None:
    days = [f"2024-01-{1 + i % 28:02d}" if i else "9999-12-31" for i in range(60)]
    with pytest.raises(DataError, match=r"split\.time=d: '9999-12-31' in row 0 \(from 0\) lies beyond the year 2200"):
        load(table(60, d=days), split={"test_size": 0.25, "seed": 3, "group": None, "time": "d", "column": None})


@pytest.mark.parametrize(("form", "refused"), [("%d%m%Y", True), ("%m%d%Y", True), ("%Y%m%d", False), ("%j", False)])
def test_days_in_whole_numbers_begin_with_the_year(load: Load, form: str, refused: bool) -> None:
    days = [int(f"{day:{form}}") for day in pd.date_range("2023-12-11", periods=60)]
    split = {"test_size": 0.25, "seed": 3, "group": None, "time": "d", "column": None}
    if refused:
        with pytest.raises(DataError, match=r"split\.time=d: \d{8} is a date whose year stands last"):
            load(table(60, d=days), split=split)
    else:
        assert len(load(table(60, d=days), split=split).y_test) in range(10, 21)


def test_a_missing_day_in_whole_numbers_is_no_date(load: Load) -> None:
    days = [np.nan, *(float(f"{day:%d%m%Y}") for day in pd.date_range("2023-12-11", periods=59))]
    split = {"test_size": 0.25, "seed": 3, "group": None, "time": "d", "column": None}
    with pytest.raises(DataError, match=r"split\.time=d: the column is missing in 1 of 60 rows \(first: row 0"):
        load(table(60, d=days), split=split)


def test_numbers_that_may_stand_for_none_are_told(load: Load) -> None:
    rng, rows = np.random.default_rng(0), 400
    some = {name: rng.random(rows) < share for name, share in (("few", 0.05), ("most", 0.9), ("one", 0.004))}
    frame = pd.DataFrame(
        {
            "t": np.where(some["few"], -200, rng.normal(15, 8, rows).round(1)),
            "most": np.where(some["most"], -200, rng.integers(10, 1200, rows)),  # less far than they are apart
            "days": np.where(some["most"], 999, rng.integers(0, 28, rows)),
            "one": np.where(some["one"], 1e6, rng.normal(size=rows)),
            "zero": np.where(some["few"], 0, rng.integers(1000, 1500, rows)),
            "half": np.where(some["few"], 99.5, rng.normal(size=rows)),
            "grade": rng.integers(1, 6, rows),
            "age": np.where(some["few"], 99, rng.integers(18, 95, rows)),
            "flag": np.where(some["few"], 50, 1),
            "town": "Ulm",
            "y": np.arange(rows) % 2,
        }
    )
    found = [one for one in load(frame).findings if one["check"] == "far"]
    assert [one["column"] for one in found] == ["t", "days", "most"]
    assert {one["remedy"] for one in found} == {"read.na_values={t:[-200],days:[999],most:[-200]}"}
    share = float((load(frame).X_train["t"] == -200).mean())
    assert found[0]["message"].startswith(
        f"In the column 't' -200 stands in {share:.1%} of the rows, and all others are"
    )
    for marks in ([-200, 999], {"t": [-200], "days": [999], "most": [-200]}):
        assert of_check(load(frame, read={"na_values": marks}), "far") == []
    assert {one["remedy"] for one in load(frame, read={"na_values": []}).findings if one["check"] == "far"} == {""}
    for name, marks in (("t (C)", {"t (C)": [-200], "days": [999], "most": [-200]}), ("tä", None)):
        renamed = [one for one in load(frame.rename(columns={"t": name})).findings if one["check"] == "far"]
        values = [read_words([one["remedy"]])[0].value() for one in renamed]
        assert values == [marks or [-200, 999]] * 3  # of a name that cannot be typed: in all columns, as no value is so
        assert of_check(load(frame.rename(columns={"t": name}), read={"na_values": values[0]}), "far") == []
    values = [one["remedy"] for one in load(frame.assign(tä=frame["t"], z=[-200, 5] * 200)).findings]
    assert "read.na_values={t:[-200],days:[999],most:[-200]}" in values  # and none for tä, as -200 is a value of z
    given = load(frame, read={"na_values": ["none"]}).findings
    assert "read.na_values=[none,-200,999]" in {one["remedy"] for one in given}
    ages = table(
        400, a=np.where(some["few"], -1, rng.integers(18, 85, rows)), b=np.where(some["few"], -1, frame["grade"])
    )
    assert of_check(load(ages), "far") == ["a"]
    assert of_check(load(ages.assign(a=ages["a"].replace(18, 0))), "far") == []
    ends = table(400, a=np.where(some["few"], 2**63 - 1, rng.integers(0, 99, rows)))
    (told,) = [one for one in load(ends).findings if one["check"] == "far"]
    assert told["remedy"] == "read.na_values={a:[9223372036854775807]}"
    assert of_check(load(ends, read={"na_values": {"a": [2**63 - 1]}}), "far") == []


def test_a_number_that_stands_for_none_in_a_target_is_told(load: Load) -> None:
    rng = np.random.default_rng(0)
    gone = rng.random(400) < 0.07
    frame = table(400, y=np.where(gone, -9999, rng.normal(10, 5, 400).round(1)))
    (found,) = [one for one in load(frame).findings if one["check"] == "far"]
    assert found["message"].startswith("In the target 'y' -9999 stands in ")
    assert found["message"].endswith("take it for such, and leave these rows out.")
    assert found["remedy"] == "read.na_values={y:[-9999]} missing_target=drop"
    assert advice(found) == "Pass: 'read.na_values={y:[-9999]}' missing_target=drop"
    left = load(frame, read={"na_values": {"y": [-9999]}}, missing_target="drop")
    assert of_check(left, "far") == []
    assert len(left.y_train) + len(left.y_test) == int((~gone).sum())


@pytest.mark.parametrize("mark", [999.9, -999.25, 1e20])
def test_marks_of_missing_numbers_in_32_bits(load: Load, mark: float) -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(400) < 0.08, mark, rng.uniform(0, 30, 400).round(2)).astype("float32")
    frame = table(400, v=values)
    (found,) = [one for one in load(frame, parquet=True).findings if one["check"] == "far"]
    marks = read_words([found["remedy"]])[0].value()
    assert marks == {"v": [mark]}
    assert of_check(load(frame, parquet=True, read={"na_values": marks}), "far") == []


@pytest.mark.parametrize(
    ("mark", "answers", "told"),
    [
        (99, [1, 2, 3, 4, 5], True),
        (-999, [0, 1, 2], True),
        (888, [1, 2, 3, 4, 5, 7], True),
        (9, [1, 2, 3, 4, 5], False),
        (99, [0, 1], False),
        (99, [9, 19, 29, 49], False),
        (99, [1, 5, 10, 20], False),
        (90, [1, 2, 3, 4, 5], False),
    ],
)
def test_numbers_that_stand_for_no_answer_are_told(load: Load, mark: int, answers: list[int], told: bool) -> None:
    rng = np.random.default_rng(0)
    frame = table(400, q=np.where(rng.random(400) < 0.05, mark, rng.choice(answers, 400)))
    found = [one for one in load(frame).findings if one["check"] == "far"]
    assert [one["remedy"] for one in found] == [f"read.na_values={{q:[{mark}]}}"] * told


def test_prices_end_in_99(load: Load) -> None:
    rng = np.random.default_rng(0)
    frame = table(400, price=rng.choice([*(at + 0.99 for at in range(9, 45)), 999.99], 400, p=[*[0.9 / 36] * 36, 0.1]))
    assert of_check(load(frame), "far") == []


@pytest.mark.parametrize(
    ("mark", "low", "high", "told"),
    [
        (-999, 10_000, 90_000, True),  # the only negative number
        (-99, 0, 1000, True),
        (-99, -500, 500, False),
        (-99.9, 0, 60, True),
        (999.9, 0, 100, True),
        (99.9, 0, 98, False),
        (-999.25, 0.1, 0.5, True),
        (1e20, -5, 30, True),
        (9.969209968386869e36, -5, 30, True),
        (1e35, 0, 1e34, False),
        (-3.4028234663852886e38, -5, 30, True),
        (8.98846567431158e307, -5, 30, True),
        (999.9000244140625, -5, 30, True),
        (-50, 10_000, 90_000, False),
    ],
)
def test_marks_of_missing_numbers_as_they_are_written(
    load: Load, mark: float, low: float, high: float, told: bool
) -> None:
    rng = np.random.default_rng(0)
    frame = table(400, v=np.where(rng.random(400) < 0.08, mark, rng.uniform(low, high, 400).round(2)))
    found = [one for one in load(frame).findings if one["check"] == "far"]
    assert [one["column"] for one in found] == ["v"] * told
    for one in found:
        marks = read_words([one["remedy"]])[0].value()
        assert marks == {"v": [mark]}
        assert of_check(load(frame, read={"na_values": marks}), "far") == []


@pytest.mark.parametrize(
    "values",
    [
        2.0 ** np.arange(12),
        [5 * 2**i for i in range(11)],
        [*np.linspace(0, 0.2, 30), 1, 1, 1],
        [*range(40), 8080, 8080],
    ],
    ids=["doublings", "doses", "shares", "ports"],
)
def test_large_numbers_are_no_marks(load: Load, values: list[float]) -> None:
    assert of_check(load(table(400, a=np.resize(values, 400))), "far") == []


def test_categories_of_few_rows_are_told(load: Load) -> None:
    many = [f"t{i % 120}" for i in range(800)]
    frame = pd.DataFrame({"x": np.arange(800) % 7, "town": many, "y": [0, 1] * 400})
    (found,) = [one for one in load(frame).findings if one["check"] == "levels"]
    assert (found["column"], found["severity"], found["remedy"]) == ("town", "info", "preprocess.drop=[town]")
    assert "has 120 categories, of 5.0 rows each in the mean" in found["message"]
    assert of_check(load(frame.assign(town=[f"t{i % 30}" for i in range(800)])), "levels") == []
    assert (
        of_check(load(frame, preprocess={"type": {"_target_": "sklearn.preprocessing.OneHotEncoder"}}), "levels") == []
    )


def test_dates_that_stand_for_none_are_told(load: Load) -> None:
    days = [f"{1 + i % 28}.{1 + i % 12}.2024" if i % 3 else "31.12.9999" for i in range(60)]
    read = {"na_values": ["?"]}
    (found,) = [
        one for one in load(table(60, d=days), columns={"date": ["d"]}, read=read).findings if one["check"] == "far"
    ]
    assert found["message"].startswith(
        "The column 'd' holds dates beyond the year 2200, such as '31.12.9999', which as"
    )
    assert found["remedy"] == "read.na_values=['?','31.12.9999']"
    marks = {"x": -99, "d": ["?"]}
    (found,) = [
        one
        for one in load(table(60, d=days), columns={"date": ["d"]}, read={"na_values": marks}).findings
        if one["check"] == "far"
    ]
    assert found["remedy"] == "read.na_values={x:[-99],d:['?','31.12.9999']}"
    asked = load(table(60, d=days), columns={"date": ["d"]}, read={"na_values": ["31.12.9999"]})
    assert [one for one in asked.findings if one["check"] == "far"] == []


@pytest.mark.parametrize(
    ("first", "year", "told"),
    [("1900-01-01", 1925, True), ("0001-01-01", 2001, True), ("1900-01-01", 1905, False), ("1899-12-30", 2020, True)],
)
def test_dates_long_before_all_others_are_told(load: Load, first: str, year: int, told: bool) -> None:
    days = [f"{year + i % 9}-03-{1 + i % 28:02d}" if i % 3 else first for i in range(60)]
    findings = load(table(60, d=days), columns={"date": ["d"]}).findings
    found = [(one["message"], one["remedy"]) for one in findings if one["check"] == "far"]
    said = f"The column 'd' holds dates long before all others, such as '{first}', which as days outweigh the others"
    assert [message.startswith(said) for message, _ in found] == [True] * told
    assert [remedy for _, remedy in found] == [f"read.na_values=['{first}']"] * told


@pytest.mark.parametrize("kind", ["int64", "Int64", "uint64"])
def test_whole_numbers_that_floats_round_are_told(load: Load, kind: str) -> None:
    values = np.random.default_rng(0).integers(2**53, 2**54, ROWS)
    large, small = (pd.Series(some, dtype=kind) for some in (values, values // 4))
    found = load(table(ROWS, large=large, small=small), parquet=True)
    (finding,) = [one for one in found.findings if one["check"] == "rounded"]
    assert finding["column"] == "large"
    gaps = load(table(ROWS, large=large.astype("Int64").where(large.index != 7), small=small.where(small.index != 7)))
    assert of_check(gaps, "rounded") == ["large"]
    example = re.search(r"such as (\d{17}): models compute with their first 16 digits", finding["message"])
    assert example
    assert int(example[1]) in values


def test_small_tables_have_no_identifiers(load: Load) -> None:
    assert of_check(load(table(24, n=np.arange(24))), "identifier") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param([5] * 40, ["a"], id="number"),
        param(["z"] * 40, ["a"], id="text"),
        param(["z", None] * 20, [], id="one-value-and-missing"),
        param([5, 6] * 20, [], id="two-values"),
    ],
)
def test_constant_columns(load: Load, values: list[Any], expected: list[str]) -> None:
    assert of_check(load(table(a=values)), "constant") == expected


def test_empty_columns_are_found_in_the_train_split_alone(load: Load) -> None:
    found = load(table(a=None), table(10, a=2.5))
    assert of_check(found, "empty") == ["a"]
    assert list(found.X_test.columns) == ["x"]


def test_dialects_are_told(load: Load, base: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_bytes(table(ä=1.5).to_csv(sep=";", decimal=",", index=False).encode("latin-1"))
    found = data.load({**base, "data": str(tmp_path / "my.csv"), "test_data": None})
    told = [finding["message"] for finding in found.findings if finding["check"] == "dialect"]
    assert [text.partition(": ")[2] for text in told] == [
        "read with the separator ';' (read.sep).",
        "read with the encoding cp1252 (read.encoding).",
        "read with the decimal mark ',' (read.decimal).",
    ]


@pytest.mark.parametrize("name", ["id", "a b", "a, b", "it's", "[a]", "größe", "a:b", "x=1", "100%", 'say "a"', "7"])
def test_the_remedy_is_an_override_that_drops_the_column(
    load: Load, plain: Callable[..., dict[str, Any]], name: str
) -> None:
    found = load(table(**{name: np.arange(40)}))
    remedy = next(f["remedy"] for f in found.findings if f["check"] == "identifier")
    dropped = plain("+preprocess=complex", "+models=lr", remedy)["preprocess"]["drop"]
    assert [str(column) for column in dropped] == [name]


def text_findings(values: list[Any], tmp_path: Path) -> list[tuple[str, str]]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": values, "b": rng.normal(size=len(values)), "y": rng.choice(["n", "y"], len(values))})
    frame.to_csv(tmp_path / "my.csv", index=False)
    found = compose("+preprocess=complex", "+models=lr", f"data={tmp_path / 'my.csv'}", "target=y")
    return [(one["check"], one["remedy"]) for one in data.load(config.plain(found)).findings if one["column"] == "a"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            [f"{i / 7:.3f}" for i in range(58)] + ["!", "oops"], ("marks", "read.na_values=['!',oops]"), id="marks"
        ),
        pytest.param(
            [f"2024-01-{i % 28 + 1:02d}" for i in range(60)], ("dates", "preprocess.drop=[a]"), id="iso-dates"
        ),
        pytest.param([f"{i % 28 + 1}.3.2024 10:00" for i in range(60)], ("dates", "preprocess.drop=[a]"), id="german"),
    ],
)
def test_text_that_is_something_else(values: list[Any], expected: Any, tmp_path: Path) -> None:
    assert text_findings(values, tmp_path) == [expected]


@pytest.mark.parametrize("values", [["low", "high", "12"] * 20, [f"{i % 5}-{i % 7}" for i in range(60)]])
def test_text_that_is_text(values: list[Any], tmp_path: Path) -> None:
    assert text_findings(values, tmp_path) == []
