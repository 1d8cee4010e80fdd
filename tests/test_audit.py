"""The audit of the data: planted leaks of each kind are found, clean tables raise no warning."""

import logging
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import f1_score, roc_auc_score

from mlzoo import audit, pipeline, runner
from mlzoo.audit import drift, groups, leaks
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.findings import Finding, told
from mlzoo.folds import make_folds
from mlzoo.tables import data
from mlzoo.tables.data import Data
from tests.zoo_parts import ROOT

param = pytest.param
Audited = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return config.plain(compose("+preprocess=complex", "+models=lr", "target=y"))


@pytest.fixture
def audited(base: dict[str, Any], tmp_path: Path) -> Audited:
    """The findings of the audit for a table, or for a train and a test table."""

    def make(train: pd.DataFrame, test: pd.DataFrame | None = None, *, drop: Any = (), **changes: Any) -> list[Finding]:
        files = {"data": "train.parquet", "test_data": None if test is None else "test.parquet"}
        train.to_parquet(tmp_path / "train.parquet", index=False)
        if test is not None:
            test.to_parquet(tmp_path / "test.parquet", index=False)
        cell = {**base["preprocess"], "drop": list(drop)}
        made = {**base, **files, "preprocess": cell, "origin": {**base["origin"], "cwd": str(tmp_path)}, **changes}
        return look(made)

    return make


def look(made: dict[str, Any]) -> list[Finding]:
    table = data.load(made)
    folds = make_folds(made["validation"], table)
    found = audit.audit(table, folds, made)
    assert [finding for finding in found if finding["check"] == "audit"] == []
    return found


def shown(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding["check"], finding["severity"], finding["column"]) for finding in found]


def warned(found: list[Finding]) -> list[str]:
    return [finding["check"] for finding in found if finding["severity"] == "warning"]


def clean(rows: int = 600, seed: int = 0, classes: int = 2) -> pd.DataFrame:
    """Numbers, codes and categories of which some say a little of the target."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    return pd.DataFrame(
        {
            "a": x.round(3),
            "b": rng.integers(0, 40, rows),
            "town": rng.choice(["Ulm", "Bonn", "Kiel", None], rows),
            "street": rng.choice([f"street {i}" for i in range(rows // 3)], rows),
            "y": np.digitize(x + rng.normal(size=rows), np.linspace(-1, 1, classes + 1)[1:-1]),
        }
    )


# -- clean tables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "task"),
    [
        param("breast_cancer", None, id="breast-cancer"),
        param("wine", None, id="wine"),
        param("digits", None, id="digits"),
        param("iris", None, id="iris"),
        param("diabetes", "regression", id="diabetes"),
    ],
)
def test_the_tables_of_scikit_learn_raise_no_warning(base: dict[str, Any], name: str, task: str, seed: int) -> None:
    node = {"_target_": f"sklearn.datasets.load_{name}"}
    split = {**base["split"], "seed": seed}
    assert warned(look({**base, "data": node, "target": "target", "task": task, "split": split})) == []


@pytest.mark.parametrize("drop", ["[]", "[PassengerId]"])
@pytest.mark.parametrize("preprocess", ["simple", "complex"])
def test_the_shipped_tables_raise_no_warning(plain: Callable[..., dict[str, Any]], preprocess: str, drop: str) -> None:
    assert look(plain(f"+preprocess={preprocess}", "+models=lr", f"preprocess.drop={drop}")) == []


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("seed", range(5))
def test_a_clean_table_raises_no_warning(audited: Audited, seed: int, classes: int) -> None:
    frame = clean(900, seed, classes)
    assert warned(audited(frame)) == []
    assert warned(audited(frame[:600], frame[600:])) == []


@pytest.mark.parametrize("rows", [4, 12, 60])
def test_a_small_table_raises_no_warning(audited: Audited, base: dict[str, Any], rows: int) -> None:
    frame = pd.DataFrame({"x": np.arange(rows) % 3, "z": "a", "y": np.arange(rows) % 2})
    folds = {**base["validation"], "n_splits": 2}
    assert warned(audited(frame, frame[:2], validation=folds)) == []


# -- copies -------------------------------------------------------------------------------------------------------


def codes(rows: int, seed: int = 0, share: float = 0.5, columns: int = 6) -> pd.DataFrame:
    """Columns of few values, in which equal rows are natural."""
    rng = np.random.default_rng(seed)
    made = pd.DataFrame((rng.random((rows, columns)) < share).astype(int)).rename(columns=lambda i: f"c{i}")
    return made.assign(y=rng.integers(0, 2, rows))


@pytest.mark.parametrize(
    ("columns", "share"),
    [
        param(4, 0.5, id="few"),
        param(4, 0.01, id="few-nearly-constant"),
        param(20, 0.02, id="nearly-constant"),
        param(20, 0.1, id="seldom"),
        param(100, 0.02, id="many-seldom"),
        param(300, 0.005, id="words"),
    ],
)
@pytest.mark.parametrize("rows", [200, param(2000, marks=pytest.mark.long)])
def test_equal_rows_are_natural_in_columns_of_few_values(
    audited: Audited, rows: int, columns: int, share: float
) -> None:
    found = audited(codes(rows, share=share, columns=columns))
    assert warned(found) == []
    assert {check for check, _, _ in shown(found)} == {"overlap", "duplicates"}


@pytest.mark.parametrize("most", [3, 7])
def test_equal_rows_are_natural_in_answers_that_go_together(audited: Audited, most: int) -> None:
    """Answers on a scale: most of one person are the same, so that each tells much of the others."""
    rng = np.random.default_rng(0)
    answers = np.where(rng.random((600, 12)) < 0.8, *(rng.integers(most, size=(600, many)) for many in (1, 12)))
    found = audited(pd.DataFrame(answers).add_prefix("item_").assign(y=clean(600)["y"]))
    assert shown(found) == [("overlap", "info", ""), ("duplicates", "info", "")]


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_are_natural_in_a_table_of_people(audited: Audited, seed: int) -> None:
    """Age, class, sex and a fare that goes with the class, as in the Titanic's list of passengers."""
    rng = np.random.default_rng(seed)
    berth = rng.integers(1, 4, 900)
    people = pd.DataFrame(
        {
            "age": rng.normal(30, 9, 900).round(),
            "berth": berth,
            "sex": rng.choice(["f", "m"], 900),
            "port": rng.choice(["S", "C", "Q"], 900, p=[0.7, 0.2, 0.1]),
            "fare": np.choose(berth - 1, [rng.choice([26.55, 30.0], 900), rng.choice([13.0, 10.5], 900), 7.9]),
            "y": rng.integers(0, 2, 900),
        }
    )
    found = audited(people)
    assert shown(found) == [("overlap", "info", ""), ("duplicates", "info", "")]
    assert found[0]["message"].startswith("In the test split ")


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_are_natural_where_the_target_is_measured_roughly(audited: Audited, seed: int) -> None:
    """Sizes of parents in seven classes, and of their children in tenths: leaving the parents out finds few more."""
    rng = np.random.default_rng(seed)
    parent = rng.integers(15, 22, 700)
    found = audited(
        pd.DataFrame({"parent": parent, "child": (parent + rng.normal(0, 0.3, 700)).round(1)}), target="child"
    )
    assert shown(found) == [("overlap", "info", ""), ("duplicates", "info", "")]


def test_equal_results_of_one_thing_are_no_copies(audited: Audited) -> None:
    """Many measurements of each sample, of which all columns but the target are the sample's."""
    rng = np.random.default_rng(0)
    samples = clean(100).drop(columns="y").loc[np.arange(600) // 6].reset_index(drop=True)
    measured = samples.assign(y=rng.normal(50, 4, 600).round())
    assert shown(audited(measured)) == [("overlap", "info", ""), ("duplicates", "info", "")]


def test_equal_rows_of_other_targets_are_natural(audited: Audited) -> None:
    """What is known of a customer goes with the street, so that no column that is left out tells them apart."""
    rng = np.random.default_rng(0)
    streets = pd.DataFrame(rng.integers(0, 10, (1000, 20))).rename(columns=lambda i: f"c{i}")
    people = streets.iloc[rng.integers(0, 1000, 2000)].reset_index(drop=True).assign(y=rng.random(2000) < 0.08)
    assert shown(audited(people)) == [("overlap", "info", ""), ("duplicates", "info", "")]
    once = people.drop_duplicates(list(streets))
    assert warned(audited(pd.concat([once, once[:200]]).sample(frac=1, random_state=1))) == ["overlap", "duplicates"]


@pytest.mark.parametrize("numbered", [False, True])
def test_copied_rows_are_found(audited: Audited, numbered: bool) -> None:
    frame = clean(600)
    frame = pd.concat([frame, frame.sample(80, random_state=1)], ignore_index=True)
    if numbered:
        frame.insert(0, "id", np.arange(680))
    found = audited(frame.sample(frac=1, random_state=1))
    assert shown(found) == [("overlap", "warning", ""), ("duplicates", "warning", "")]
    aside = " ('id' left aside)" * numbered
    told = f"rows stand in the train split too, with the same target{aside} and look like copies"
    assert told in found[0]["message"]


def test_rows_copied_many_times_are_found(audited: Audited) -> None:
    """A rare class that was made frequent by copies."""
    frame = clean(600)
    rare = frame[frame["y"] == 1].iloc[:20]
    assert warned(audited(pd.concat([frame[frame["y"] == 0], *[rare] * 15]))) == ["overlap", "duplicates"]


def test_copies_between_two_files_are_found(audited: Audited) -> None:
    """One file's whole numbers are the other's, which writes them as 1.0 for it lacks one."""
    frame, other = clean(600), clean(200, seed=1)
    frame.loc[0, "b"] = np.nan
    found = audited(frame, pd.concat([other, frame[1:41]]))
    assert warned(found) == ["overlap"]
    assert "In the test split 40 of 240 rows stand in the train split too" in found[0]["message"]


def test_a_test_file_that_is_the_train_file_is_found(audited: Audited) -> None:
    """Of few columns, whose rows have equals anyway: what is natural is seen in the train split."""
    rng = np.random.default_rng(0)
    few = pd.DataFrame({"a": rng.integers(0, 150, 300), "b": rng.integers(0, 4, 300), "y": rng.integers(0, 2, 300)})
    assert "overlap" not in warned(
        audited(few, pd.DataFrame(few.to_numpy()[rng.permutation(300)], columns=few.columns)[:3])
    )
    assert "overlap" in warned(audited(few, few))
    assert "overlap" in warned(audited(few, few[::2]))
    fewer = few.assign(a=few["a"] % 5)  # every row has equals: nothing can be told
    assert "overlap" not in warned(audited(fewer, fewer))


def test_a_few_copies_are_no_warning(audited: Audited) -> None:
    frame, other = clean(600), clean(200, seed=1)
    assert shown(audited(frame, pd.concat([other, frame[:3]]))) == [("overlap", "info", "")]


def test_rows_of_another_target_are_no_copies(audited: Audited) -> None:
    frame, other = clean(600), clean(200, seed=1)
    assert audited(frame, pd.concat([other, frame[:40].assign(y=1 - frame["y"][:40])])) == []


def test_the_same_file_twice(audited: Audited) -> None:
    assert warned(audited(clean(), clean())) == ["overlap"]


def test_rows_of_ones_at_other_places_are_not_equal(audited: Audited) -> None:
    rows = (np.arange(512)[:, None] >> np.arange(9)) % 2  # each of the 512 that there are once
    frame = pd.DataFrame(rows).add_prefix("asked_").assign(y=clean(512)["y"])
    assert [one["message"] for one in audited(frame) if one["check"] in ("overlap", "duplicates")] == []


def test_values_do_not_change_places(audited: Audited) -> None:
    frame = pd.DataFrame({"a": np.arange(100) + 0.5, "b": np.arange(100, 200) + 0.5, "y": np.arange(100) % 2})
    assert audited(frame, frame.rename(columns={"a": "b", "b": "a"}), drop=[])[0]["check"] != "overlap"


# -- one column that predicts the target ----------------------------------------------------------------------------


def leaky(kind: str, frame: pd.DataFrame) -> Any:
    rng, y = np.random.default_rng(7), frame["y"]
    noise = rng.normal(0, 0.05, len(frame))
    return {
        "number": y + noise,
        "reversed": -y + noise,
        "rounded": (3 * y + noise).round(1),
        "codes": y.map({0: 3, 1: 1, 2: 7, 3: 2}),
        "scattered-codes": np.where(y % 2, rng.choice([1, 3, 5], len(y)), rng.choice([2, 4, 6], len(y))),
        "missing": np.where(y == 1, rng.normal(size=len(y)), np.nan),
        "category": y.map({0: "stays", 1: "leaves", 2: "waits", 3: "x"}),
        "reasons": [f"{'left' if one else 'none'} {i % 20}" for i, one in enumerate(y)],
    }[kind]


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        param("number", 2),
        param("number", 4),
        param("reversed", 2),
        param("rounded", 4),
        param("codes", 4),
        param("scattered-codes", 2),
        param("missing", 2),
        param("category", 2),
        param("category", 4),
        param("reasons", 2),
    ],
)
def test_a_column_that_predicts_the_classes_is_found(audited: Audited, kind: str, classes: int) -> None:
    frame = clean(classes=classes)
    found = audited(frame.assign(leak=leaky(kind, frame)), drop=["b"])
    assert shown(found) == [("leak", "warning", "leak")]
    assert found[0]["remedy"] == "preprocess.drop=[b,leak]"
    assert "'leak' alone predicts the target almost without error (AUC " in found[0]["message"]


@pytest.mark.parametrize(
    "made",
    [
        param(lambda y, rng: 2 * y + rng.normal(0, 0.05, len(y)), id="number"),
        param(lambda y, rng: -np.exp(y), id="curve"),
        param(lambda y, rng: np.where(rng.random(len(y)) < 0.7, np.nan, y), id="missing"),
        param(lambda y, rng: [f"band {value:.1f}" for value in y], id="category"),
        param(lambda y, rng: pd.Series(y.round()).map({v: i for i, v in enumerate(rng.permutation(60) - 30)}), id="x"),
    ],
)
def test_a_column_that_predicts_numbers_is_found(audited: Audited, made: Callable[..., Any]) -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(0, 5, 2000).clip(-12, 12)
    frame = pd.DataFrame({"a": y + rng.normal(0, 3, 2000), "leak": made(y, rng), "y": y})
    found = audited(frame)
    assert shown(found) == [("leak", "warning", "leak")]
    assert ("% of the rows that have a value" in found[0]["message"]) == frame["leak"].hasnans


@pytest.mark.parametrize(("told", "share"), [("yes", 0.9), ("no", 0.9), ("both", 0.9), ("yes", 0.05)])
def test_what_only_rows_of_one_class_have_is_found(audited: Audited, told: str, share: float) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(1000, 2)), columns=["a", "b"])
    y = np.where(rng.random(1000) < 0.2, "yes", "no")
    has = (rng.random(1000) < share) & ((y == told) | (told == "both"))
    has &= (told != "no") | (rng.random(1000) < 0.05)  # of the class of most rows few may well be
    found = audited(frame.assign(reason=np.where(has, rng.choice(["price", "moved"], 1000), None), y=y))
    assert shown(found) == [("leak", "warning", "reason")] * (told == "yes" and share > 0.5)
    for one in found:
        assert "are of the class 'yes', but " in one["message"]
        assert one["remedy"] == "preprocess.drop=[reason]"


def test_rows_of_one_group_are_no_evidence(audited: Audited, base: dict[str, Any]) -> None:
    """What is known of one patient alone is known of one class alone."""
    rng = np.random.default_rng(2)
    whose = np.repeat(np.arange(60), 40)
    frame = pd.DataFrame(rng.normal(size=(2400, 2)), columns=["a", "b"])
    once = {f"of{at}": np.where(whose == at, rng.normal(size=2400), np.nan) for at in range(6)}
    kept = {**base["validation"], **compose("validation=group", "validation.groups=who")["validation"]}
    found = audited(frame.assign(**once, who=whose, y=rng.integers(0, 2, 60)[whose]), validation=kept, drop=["who"])
    assert [one for one in found if one["check"] == "leak"] == []


def test_a_copy_with_gaps_and_a_few_errors_is_found(audited: Audited) -> None:
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 4000)
    said = pd.Series(np.where(rng.random(4000) < 0.004, 1 - y, y)).mask(rng.random(4000) < 0.2)
    assert shown(audited(pd.DataFrame({"a": rng.normal(size=4000), "leak": said, "y": y}))) == [
        ("leak", "warning", "leak")
    ]


@pytest.mark.parametrize("kind", ["category", "number", "flag"])
def test_a_copy_of_the_target_that_is_often_missing_is_found(audited: Audited, kind: str) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(600, 2)), columns=["a", "b"])
    y = (frame["a"] + rng.normal(size=600) > 0).astype(int)
    said = {"category": y.map({1: "died", 0: "alive"}), "number": y * 3 + rng.normal(size=600) / 9, "flag": y}[kind]
    (found,) = audited(frame.assign(leak=said.mask(rng.random(600) < 0.4), y=y))
    assert shown([found]) == [("leak", "warning", "leak")]
    assert re.search(r"without error in the (59|6\d)% of the rows that have a value \(AUC 1\.000\)", found["message"])


def test_columns_that_are_often_missing_tell_nothing_by_chance(audited: Audited) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(120, 80))).add_prefix("n")
    texts = pd.DataFrame(rng.choice([*"abcdef"], (120, 40))).add_prefix("t")
    both = pd.concat([frame, texts], axis=1)
    both = both.mask(rng.random(both.shape) < 0.55)
    for y in (rng.integers(0, 2, 120), rng.normal(size=120)):
        assert [one for one in audited(both.assign(y=y)) if one["check"] == "leak"] == []


@pytest.mark.parametrize("known", [0.15, 0.3])
def test_honest_columns_that_are_often_missing_are_no_leaks(audited: Audited, known: float) -> None:
    """The best of few rows is often without error, by chance."""
    frame = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "y"})
    for seed in range(3):
        masked = frame.mask(np.random.default_rng(seed).random(frame.shape) > known).assign(y=frame["y"])
        assert [one for one in audited(masked) if one["check"] == "leak"] == []


@pytest.mark.parametrize("rows", [200, 2000])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_number_that_tells_the_classes_by_its_distance_is_found(audited: Audited, classes: int, rows: int) -> None:
    x = np.random.default_rng(3).normal(size=rows)
    x[::7] = np.nan
    y = np.digitize(np.where(np.isnan(x), 0.8, abs(x)), [0.7, 1.4][: classes - 1])
    other = np.random.default_rng(4).normal(size=rows)
    assert shown(audited(pd.DataFrame({"a": other, "leak": x, "y": y}))) == [("leak", "warning", "leak")]


def test_a_number_that_tells_a_number_by_its_distance_is_found(audited: Audited) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=800), "leak": rng.normal(size=800)})
    assert shown(audited(frame.assign(y=frame["leak"] ** 2))) == [("leak", "warning", "leak")]
    assert audited(frame.assign(y=frame["leak"] ** 2 + rng.normal(size=800) / 2)) == []


@pytest.mark.parametrize("rounded", [6, 1])
def test_a_target_that_is_a_sum_of_columns(audited: Audited, rounded: int) -> None:
    """Such as all customers of those with and without a contract, or the middle of the lowest and the highest price."""
    frame = clean(600)
    frame["c"] = frame["b"] + np.random.default_rng(1).normal(0, 5, 600)  # tells more than either part
    frame["y"] = ((frame["b"] + 10 * frame["a"]) / 2).round(rounded)
    (found,) = audited(frame, drop=["town"])
    assert told(found) == (
        "The target is a weighted sum of the columns 'b' and 'a': are they known before it is? "
        "To leave them out: 'preprocess.drop=[town,b,a]'"
    )
    noise = np.random.default_rng(2).normal(0, 0.2, 600)  # R² of 0.999
    assert audited(frame.assign(y=frame["y"] + noise)) == []
    assert audited(frame.drop(columns="b")) == []


@pytest.mark.parametrize("rows", [30, param(60, marks=pytest.mark.long), 200, param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_noise_in_bins_predicts_nothing(rows: int, task: str) -> None:
    rng = np.random.default_rng(rows)
    y = np.arange(rows) % 2 if task == "classification" else np.arange(rows) + 1.0
    fold = leaks._folds_of(y, 0, stratified=task == "classification")
    for values in (rng.normal(size=(rows, 300)), rng.integers(0, 200, (rows, 300)), rng.lognormal(size=(rows, 300))):
        scores = [leaks._predicts(pd.Series(one), y, fold, task, number=True) for one in values.T.astype(float)]
        assert max(scores) < 0.9


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("values", [20, 100, 300, 600])
def test_many_rare_categories_predict_nothing(audited: Audited, values: int, classes: int) -> None:
    rng = np.random.default_rng(values)
    frame = clean(classes=classes)
    assert warned(audited(frame.assign(many=[f"v{i}" for i in rng.integers(0, values, len(frame))]))) == []


def test_the_rates_of_rare_categories_are_estimated_out_of_fold() -> None:
    """Estimated on the rows themselves, they would be nearly perfect."""
    rng = np.random.default_rng(0)
    y, codes = rng.integers(0, 2, 1000), rng.integers(0, 900, 1000)
    rates = pd.Series(y).groupby(codes).transform("mean")
    assert roc_auc_score(y, rates) > 0.9
    assert leaks._rates_auc(codes, y, leaks._folds_of(y, 0, stratified=True)) < 0.6


@pytest.mark.parametrize("kept", [1, 0.95])
def test_a_category_that_tells_very_many_classes_is_found_in_little_memory(kept: float) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5000, 30_000)
    y = np.where(rng.random(30_000) < kept, codes % 400, rng.integers(0, 400, 30_000))
    fold = leaks._folds_of(y, 0, stratified=True)
    tracemalloc.start()
    found = leaks._rates_auc(codes, y, fold)
    assert tracemalloc.get_traced_memory()[1] < 50e6  # as many numbers as values, classes and folds are 80 MB
    tracemalloc.stop()
    assert (found >= leaks.PERFECT) == (kept == 1)


def test_the_area_under_the_curve_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    y, x = rng.integers(0, 2, 500), rng.normal(size=500).round(1)
    found = leaks._auc(np.sort(x[y == 0]), np.sort(x[y == 1]))
    assert found == pytest.approx(roc_auc_score(y, x), abs=1e-12)


def test_a_leak_of_a_rare_class_is_found_in_a_sample(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlzoo.audit.case.MAX_ROWS", 2000)
    ill = np.arange(12_000) % 500 == 0
    leak = ill + np.random.default_rng(0).normal(0, 0.1, 12_000)
    frame = clean(12_000).assign(y=ill.astype(int), leak=leak.round(4))
    assert [finding["column"] for finding in audited(frame) if finding["check"] == "leak"] == ["leak"]


def test_one_class_told_apart_is_no_leak(audited: Audited) -> None:
    """As iris' petals tell setosa from the others."""
    frame = clean(classes=3)
    assert warned(audited(frame.assign(petal=np.where(frame["y"] == 0, 0.0, 5.0) + frame["a"] / 10))) == []


# -- time ---------------------------------------------------------------------------------------------------------

TIMES: dict[str, Callable[[int], Any]] = {
    "date": lambda n: pd.date_range("2025-01-01", periods=n, freq="7h").strftime("%Y-%m-%d"),
    "when": lambda n: pd.date_range("2025-01-01", periods=n, freq="7h").strftime("%d.%m.%Y"),
    "stamp": lambda n: pd.date_range("2025-01-01", periods=n, freq="7h").strftime("%Y-%m-%d %H:%M"),
    "epoch": lambda n: 1_700_000_000 + 3600 * np.arange(n),
    "sold": lambda n: 1_700_000_000 + 3600 * np.arange(n),
    "seen": lambda n: 10**6 * (1_700_000_000 + 3600 * np.arange(n)),
    "day": lambda n: pd.date_range("2025-01-01", periods=n, freq="7h").strftime("%Y%m%d").astype(int),
    "saleYear": lambda n: 1990 + np.arange(n) // 30,
    "Jahr": lambda n: 1990 + np.arange(n) // 30,
    "fiscal_yr": lambda n: 1990 + np.arange(n) // 30,
}
SPLITTER = "validation.splitter={_target_:sklearn.model_selection.TimeSeriesSplit,n_splits:5}"


@pytest.mark.parametrize("drop", [False, param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", TIMES)
def test_rows_in_the_order_of_time(audited: Audited, name: str, drop: bool) -> None:
    frame = clean(800)
    frame[name] = TIMES[name](800)
    one = audited(frame, drop=[name] if drop else [])
    assert shown(one) == [("time", "warning", name)]
    assert one[0]["remedy"] == SPLITTER
    assert f"The rows stand in the order of {name!r}" in one[0]["message"]
    two = audited(frame[:600], frame[600:], drop=[name] if drop else [])
    assert shown(two) == [("time", "warning", name)]
    assert f"By {name!r} the test split is the future of the train split" in two[0]["message"]
    assert warned(audited(frame.sample(frac=1, random_state=0), drop=[name] if drop else [])) == []


def test_dates_of_which_a_few_are_missing_are_times(audited: Audited) -> None:
    some = pd.Series(TIMES["date"](800)).where(np.arange(800) % 10 > 0)
    assert shown(audited(clean(800).assign(sold=some))) == [("time", "warning", "sold")]


def test_the_remedy_is_an_override(plain: Callable[..., dict[str, Any]]) -> None:
    found = plain("+preprocess=complex", "+models=lr", SPLITTER)
    assert found["validation"]["splitter"] == {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 5}


def test_a_number_that_goes_on_in_the_test_file(audited: Audited) -> None:
    frame = clean(800).assign(meter=1.5 * np.arange(800))
    found = audited(frame[:600].sample(frac=1, random_state=0), frame[600:])
    assert shown(found)[0] == ("time", "warning", "meter")
    assert found[0]["remedy"] == ""
    assert "Sort the train file by 'meter'" in found[0]["message"]


def test_a_number_of_another_unit_in_the_test_file_is_no_time(audited: Audited) -> None:
    frame = clean(800).assign(lab=np.random.default_rng(1).normal(1, 0.2, 800))
    found = audited(frame[:600], frame[600:].assign(lab=88.4 * frame["lab"]))
    assert warned(found) == ["drift"]


def test_a_class_that_is_more_common_in_the_test_file(audited: Audited) -> None:
    frame = clean(3000).assign(
        y=lambda table: np.where(table["a"] + np.random.default_rng(1).normal(size=3000) > 2, "yes", "no")
    )
    train, rest = frame[:2000], frame[2000:]
    assert warned(audited(train, rest)) == []
    more = rest[(rest["y"] == "yes") | (np.arange(1000) % 3 == 0)]
    (told,) = (one for one in audited(train, more) if one["check"] == "classes")
    assert told["severity"] == "warning"
    share = [f"{(part['y'] == 'yes').mean():.1%}" for part in (more, train)]
    assert (
        f"The class 'yes' of the target makes {share[0]} of the test file, and {share[1]} of the train"
        in told["message"]
    )
    few = pd.concat([rest[rest["y"] == "yes"][:12], rest[rest["y"] == "no"][:60]])
    assert "classes" not in warned(audited(train, few))  # of which it may be chance


def test_groups_of_one_class_are_few_draws_of_it(audited: Audited, base: dict[str, Any]) -> None:
    who = np.repeat(np.arange(25), 80)
    frame = clean(2000).assign(who=[f"P{at}" for at in who], y=np.where(who % 3 == 0, "yes", "no"))
    held = np.isin(who, [0, 3, 6, 9, 1, 2])  # four of six, where five of nineteen are left
    grouped = {"validation": {**base["validation"], "name": "group", "groups": "who", "n_repeats": 1}}
    assert "classes" in warned(audited(frame[~held], frame[held], drop=["who"]))
    assert "classes" not in warned(audited(frame[~held], frame[held], drop=["who"], **grouped))


@pytest.mark.parametrize("mixed", [False, True])
def test_a_counter_that_goes_on_in_the_test_file(audited: Audited, mixed: bool) -> None:
    frame = clean(400).assign(t=np.arange(400))
    found = audited(frame[:300].sample(frac=1, random_state=0) if mixed else frame[:300], frame[300:])
    assert shown(found) == [("time", "warning", "t")]
    assert "By 't' the test split is the future of the train split" in found[0]["message"]
    assert found[0]["message"].endswith("If 't' is no time but numbers rows, 'preprocess.drop=[t]' leaves it out.")
    assert found[0]["remedy"] == ("" if mixed else SPLITTER)
    drawn = frame.sample(frac=1, random_state=0)
    assert warned(audited(drawn[:300], drawn[300:])) == []


@pytest.mark.parametrize("name", ["id", "RowNumber", "houseid", "index"])
def test_row_numbers_that_go_on_in_the_test_file_are_no_warning(audited: Audited, name: str) -> None:
    frame = clean(400).assign(**{name: np.arange(400)})
    found = audited(frame[:300], frame[300:])
    assert shown(found) == [("time", "info", name)]
    assert found[0]["remedy"] == f"preprocess.drop=[{name}]"


def test_numbers_of_days_that_go_on_in_the_test_file_are_times(audited: Audited) -> None:
    frame = clean(400).assign(day_no=np.arange(400))
    assert shown(audited(frame[:300], frame[300:])) == [("time", "warning", "day_no")]


def test_folds_that_learn_from_the_past_are_no_warning(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(800).assign(date=TIMES["date"](800))
    splitter = {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 3}
    found = audited(frame[:600], frame[600:], validation={**base["validation"], "splitter": splitter})
    assert warned(found) == []
    assert warned(audited(frame[:600], frame[600:], validation={"name": "holdout"})) == []
    blocks = {"_target_": "sklearn.model_selection.KFold", "n_splits": 3}  # the last of which learns from the past
    found = audited(frame[:600], frame[600:], validation={**base["validation"], "splitter": blocks})
    assert warned(found) == ["time"]


@pytest.mark.parametrize(("rows", "gap"), [(2, None), (80, 79), (250, None)])
def test_folds_that_begin_amid_the_rows_of_one_month(
    audited: Audited, base: dict[str, Any], rows: int, gap: int | None
) -> None:
    months = pd.period_range("1980-01", periods=400, freq="M").astype(str)[np.arange(800) // rows]
    frame = clean(800).assign(month=months)
    splitter = {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 3}
    found = audited(frame, frame, validation={**base["validation"], "splitter": splitter})
    told = [one for one in found if one["check"] == "time"]
    assert len(told) == (gap is not None)
    if gap is not None:
        assert "begin amid those of one value of 'month': 13% of their validation rows" in told[0]["message"]
        assert told[0]["remedy"] == SPLITTER.replace("n_splits:5", f"n_splits:3,gap:{gap}")
        past = {**base["validation"], "splitter": {**splitter, "gap": gap}}
        assert not [one for one in audited(frame, frame, validation=past) if one["check"] == "time"]


SPLIT: dict[str, Any] = {"test_size": 0.25, "seed": 3, "group": None, "time": None, "column": None}
PAST = {"splitter": {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 3}}


@pytest.mark.parametrize("ordered", [pytest.param(True, marks=pytest.mark.long), False])
def test_a_test_split_of_the_last_rows_beside_folds(audited: Audited, base: dict[str, Any], ordered: bool) -> None:
    frame = clean(800).assign(sold=TIMES["date"](800))
    frame = frame if ordered else frame.sample(frac=1, random_state=0)
    last, past = {**SPLIT, "time": "sold"}, {**base["validation"], **PAST}
    (drawn,) = audited(frame, split=last)
    assert drawn["message"].endswith(
        "that of the test split is not."
        + f" Sort the file by 'sold' (a database's statement: order by), then pass '{SPLITTER}'." * (not ordered)
    )
    assert "By 'sold' the test split is the future of the train split" in drawn["message"]
    assert drawn["remedy"] == SPLITTER * ordered
    found = audited(frame, split=last, validation=past)
    assert ["do not stand in the order of 'sold'" in one["message"] for one in found] == [True] * (not ordered)
    days = audited(frame, split=last, columns={"date": ["sold"]})
    assert [one["message"] for one in days if one["check"] == "time"] == [drawn["message"]]


@pytest.mark.parametrize("ordered", [True, False])
def test_numbers_that_split_time_names_are_one_of_time_to_folds_too(
    audited: Audited, base: dict[str, Any], ordered: bool
) -> None:
    frame = clean(800).assign(step=np.arange(800))
    frame = frame if ordered else frame.sample(frac=1, random_state=0)
    found = audited(frame, split={**SPLIT, "time": "step"}, validation={**base["validation"], **PAST})
    assert ["do not stand in the order of 'step'" in one["message"] for one in found] == [True] * (not ordered)


BY_WHO = {"name": "group", "groups": "who", "n_splits": 5, "n_repeats": 1}


def walking(regression: bool) -> pd.DataFrame:
    """Days whose target follows that of the day before, in no order."""
    rng = np.random.default_rng(3)
    level = np.cumsum(rng.normal(size=600))
    frame = clean(600).assign(sold=TIMES["date"](600))
    frame["y"] = level if regression else level > np.median(level)
    return frame.sample(frac=1, random_state=0)


def test_a_target_that_follows_a_date_in_very_many_rows(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlzoo.audit.serial.MAX_ORDERED", 5900)  # of 6,000
    near = np.convolve(np.random.default_rng(0).normal(size=8001), np.ones(2), "valid")
    sold = pd.date_range("2020-01-01", periods=8000, freq="min").astype(str)
    assert "time" in warned(audited(clean(8000).assign(sold=sold, y=near).sample(frac=1, random_state=0)))


@pytest.mark.parametrize("regression", [True, False])
def test_a_target_that_follows_a_date_in_rows_that_are_in_no_order(
    audited: Audited, base: dict[str, Any], regression: bool
) -> None:
    frame, last = walking(regression), {**SPLIT, "time": "sold"}
    (found,) = [one for one in audited(frame) if one["check"] == "time"]
    assert found["message"].startswith(
        "By 'sold' the target follows that of the rows before, and folds learn from the future"
    )
    assert (
        "split.time=sold takes the last rows. Sort the file by 'sold' (a database's statement: order by), then pass "
        "'validation.splitter={_target_" in (found["message"])
    )
    later = next(one["message"] for one in audited(frame, split=last) if one["check"] == "time")
    assert later.startswith(
        "By 'sold' the test split is the future of the train split, but folds learn from the future"
    )
    (drawn,) = [one for one in audited(frame, validation={"name": "holdout"}) if one["check"] == "time"]
    assert (drawn["remedy"], "its score may be too high" in drawn["message"]) == ("split.time=sold", True)
    grouped = audited(frame.assign(who=np.arange(600) % 40), validation={**base["validation"], **BY_WHO})
    assert ["No key keeps both" in one["message"] for one in grouped if one["check"] == "time"] == [True]
    ordered = frame.sort_values("sold")
    assert "time" not in warned(audited(ordered, split=last, validation={**base["validation"], **PAST}))


def test_a_split_by_time_of_two_dates(audited: Audited) -> None:
    frame = clean(400).assign(wave=np.repeat(["2024-01-01", "2024-02-01"], [300, 100]))
    split = {**SPLIT, "time": "wave"}
    assert warned(audited(frame, split=split)) == []
    assert warned(audited(frame.assign(sold=TIMES["date"](400)), split=split)) == ["time"]


@pytest.mark.parametrize("regression", [False, True])
def test_a_target_that_follows_a_date_in_each_series_of_a_panel(audited: Audited, regression: bool) -> None:
    rng, days = np.random.default_rng(0), pd.date_range("2023-01-01", periods=300).strftime("%Y-%m-%d")
    walks = rng.normal(0, 0.3, (6, 300)).cumsum(axis=1) + rng.normal(0, 40, (6, 1))  # heights that hide what follows

    def panel(values: Any) -> pd.DataFrame:
        y = values if regression else values > np.median(values, axis=1, keepdims=True)
        meters = np.repeat([f"M{i}" for i in range(6)], 300)
        return clean(1800).assign(meter=meters, sold=np.tile(days, 6), y=y.ravel().astype(float if regression else int))

    assert "time" in warned(audited(panel(walks)))
    assert "time" in warned(audited(panel(walks).sample(frac=1, random_state=0)))
    numbered = panel(walks).assign(meter=lambda table: table["meter"].str[1:].astype(int))
    assert "time" in warned(audited(numbered))
    assert "time" not in warned(audited(panel(rng.permuted(walks, axis=1))))


@pytest.mark.parametrize("first", [1963, 63])
def test_years_are_times_of_the_series_of_a_panel_alone(audited: Audited, first: int) -> None:
    rng = np.random.default_rng(0)
    walks = rng.normal(size=(20, 30)).cumsum(axis=1) + rng.normal(0, 40, (20, 1))
    years, level = np.tile(first + np.arange(30), 20), walks.ravel()
    panel = clean(600).assign(state=np.repeat([f"S{i}" for i in range(20)], 30), year=years, y=level)
    told = [one["message"] for one in audited(panel) if one["check"] == "time"]
    assert [text.startswith("By 'year' the target follows that of the rows before") for text in told] == [True]
    assert "split.time=year takes the last rows" in told[0]
    houses = panel.assign(year=rng.permutation(years)).rename(columns={"year": "year_built"})
    assert "time" not in warned(audited(houses.assign(y=houses["year_built"] + rng.normal(0, 5, 600))))
    amounts = panel.assign(year=(1000 * level).round()).rename(columns={"year": "sold_last_year"})
    assert "time" not in warned(audited(amounts.assign(y=level + rng.normal(size=600))))


def test_years_of_which_the_last_stand_first(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(60).assign(year=np.arange(2020, 1960, -1), y=np.random.default_rng(0).normal(size=60).cumsum())
    (found,) = [one for one in audited(frame) if one["check"] == "time"]
    assert found["message"].startswith(
        "The rows stand in the order of 'year', the last ones first, and folds learn from the future"
    )
    (of_past,) = [one for one in audited(frame, validation={**base["validation"], **PAST}) if one["check"] == "time"]
    assert "these do not stand in the order of 'year': sort the file by it" in of_past["message"]


def test_owners_are_looked_for_only_where_a_series_follows(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be in any column: to ask of each takes minutes where there are hundreds."""
    monkeypatch.setattr("mlzoo.audit.serial._of_other_owners", None)  # which would be a finding, were it called
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 3, (600, 9))).add_prefix("n").assign(y=rng.normal(size=600))
    assert audited(frame.assign(sold=TIMES["stamp"](600)).sample(frac=1, random_state=0)) == []


@pytest.mark.parametrize(("name", "drop"), [("patient_id", []), ("patient_id", ["patient_id"]), ("mrn", [])])
def test_patients_of_a_clinic_are_no_series_that_the_target_follows(
    audited: Audited, name: str, drop: list[str]
) -> None:
    rng, visits = np.random.default_rng(0), 15
    starts, level = rng.integers(0, 900, 80), rng.normal(0, 3, 80)
    days = (starts[:, None] + 7 * np.arange(visits)).ravel() + rng.random(80 * visits)
    frame = pd.DataFrame({name: np.repeat([f"P{i:03d}" for i in range(80)], visits), "days": days})
    frame["sold"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(days, "D")).floor("s").astype(str)
    frame["age"], frame["clinic"] = (np.repeat(rng.integers(low, high, 80), visits) for low, high in ((40, 60), (0, 9)))
    frame["y"] = np.repeat(level, visits) + rng.normal(size=80 * visits)  # nothing follows time
    found = audited(frame.drop(columns="days").sample(frac=1, random_state=0), drop=drop)
    assert [finding["message"] for finding in found if finding["check"] == "time"] == []


@pytest.mark.parametrize("name", ["date_of_birth", "dateofbirth", "geb_datum", "date_naissance", "DOB", "yob"])
def test_dates_of_birth_order_no_rows(audited: Audited, name: str) -> None:
    assert "time" not in warned(audited(walking(False).rename(columns={"sold": name})))


def test_what_is_no_following_of_time(audited: Audited) -> None:
    frame = walking(False)
    frame["y"] = frame["y"].sample(frac=1, random_state=1).to_numpy()
    assert "time" not in warned(audited(frame))
    frame = walking(False)
    assert "time" not in warned(audited(frame.assign(sold=frame["sold"].where(frame["y"] == 1))))  # known of one class
    assert not [
        one for one in audited(frame.assign(sold=frame["sold"].where(frame["y"] == 1))) if one["check"] == "audit"
    ]
    months = pd.date_range("2024-01-01", periods=12, freq="MS").strftime("%Y-%m-%d")
    by_class = (
        clean(600).sort_values("y").assign(sold=np.resize(months, 600))
    )  # each month has all classes, in this order
    assert "time" not in warned(audited(by_class))
    stay = [f"{1 + i % 40} days" for i in range(600)]
    of_stay = clean(600).assign(stay=stay, y=[int(i % 40 > 20) for i in range(600)])
    assert "time" not in warned(audited(of_stay, columns={"date": ["stay"]}))


def test_rows_of_one_date_or_group_are_alike_whatever_follows_time(audited: Audited, base: dict[str, Any]) -> None:
    who, rng = np.arange(600) // 6, np.random.default_rng(0)
    ill = rng.permutation(np.arange(100) % 2)[who]
    joined = pd.date_range("2021-01-01", periods=100, freq="5D").strftime("%Y-%m-%d").to_numpy()[who]
    at_once = clean(600).assign(joined=joined, y=ill).sample(frac=1, random_state=0)
    assert "time" not in warned(audited(at_once))
    visits = clean(600).assign(sold=TIMES["stamp"](600), who=who, y=ill).sample(frac=1, random_state=0)
    grouped = {"validation": {**base["validation"], **BY_WHO}}
    assert ["time" in warned(audited(visits, **given)) for given in ({}, grouped)] == [True, False]
    drift = walking(False).assign(who=np.arange(600) % 40)
    assert "time" in warned(audited(drift, **grouped))


@pytest.mark.parametrize("regression", [True, False])
@pytest.mark.parametrize(("rows", "dates"), [(2000, 24), (2000, 60), pytest.param(60_000, 365, marks=pytest.mark.long)])
def test_a_target_that_follows_dates_of_many_rows(audited: Audited, rows: int, dates: int, regression: bool) -> None:
    """The level of a date is near that of the date before, or, in another order of the dates, is none of its."""
    rng = np.random.default_rng(0)
    level, at = np.cumsum(rng.normal(size=dates)), rng.integers(0, dates, rows)
    value = 2 * (level[at] - level.mean()) / level.std() + rng.normal(size=rows)
    days = pd.date_range("2020-01-01", periods=dates, freq="D").strftime("%Y-%m-%d").to_numpy()
    frame = clean(rows).assign(y=value if regression else value > np.median(value))
    for order, follows in ((np.arange(dates), True), (rng.permutation(dates), False)):
        assert ("time" in warned(audited(frame.assign(sold=days[order][at])))) == follows


def test_a_date_that_tells_a_part_of_the_target(audited: Audited) -> None:
    """As much as is alike within a date, of few dates."""
    rng = np.random.default_rng(0)
    at = rng.integers(0, 24, 2000)
    days = pd.date_range("2020-01-01", periods=24).strftime("%Y-%m-%d").to_numpy()
    assert "time" in warned(audited(clean(2000).assign(sold=days[at], y=at / 9 + rng.normal(size=2000))))


def test_a_date_that_most_rows_have_in_place_of_none_follows_nothing(audited: Audited) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        none = rng.random(1500) < 0.8
        days = pd.date_range("2020-01-01", periods=1500).strftime("%Y-%m-%d").to_numpy()[rng.permutation(1500)]
        frame = clean(1500).assign(
            last=np.where(none, "1900-01-01", days), y=rng.random(1500) < np.where(none, 0.05, 0.85)
        )
        assert not [one for one in audited(frame) if one["check"] == "time"]


@pytest.mark.parametrize(("begin", "later"), [("2025-12-01", True), ("2025-02-10", False)])
def test_days_of_a_test_file_are_read_as_the_train_file_says(audited: Audited, begin: str, later: bool) -> None:
    """Those up to the 12th alone might be of months."""
    days = np.repeat(pd.date_range("2025-01-01", periods=240).strftime("%d/%m/%Y"), 2)
    frame = clean(540)
    train = frame[:480].assign(d=np.random.default_rng(0).permutation(days))
    test = frame[480:].assign(d=np.repeat(pd.date_range(begin, periods=3).strftime("%d/%m/%Y"), 20))
    assert [one["column"] for one in audited(train, test) if one["check"] == "time"] == ["d"] * later


def test_two_files_of_which_neither_is_later(audited: Audited) -> None:
    frame = walking(True)
    for validation in ({"name": "holdout"}, {}):
        given = {"validation": validation} if validation else {}
        found = [one for one in audited(frame[:400], frame[400:], **given) if one["check"] == "time"]
        assert ["By 'sold' the target follows that of the rows before" in one["message"] for one in found] == [True]
    (drawn,) = [
        one for one in audited(frame[:400], frame[400:], validation={"name": "holdout"}) if one["check"] == "time"
    ]
    assert "rows of the test file are not the last ones" in drawn["message"]
    assert drawn["remedy"] == ""
    unknown = frame[400:].assign(sold=frame["sold"][400:].where(np.arange(200) < 20))
    assert "time" not in warned(audited(frame[:400], unknown, validation={"name": "holdout"}))
    last = frame.sort_values("sold")
    assert "time" not in warned(
        audited(last[:400].sample(frac=1, random_state=0), last[400:], validation={"name": "holdout"})
    )


def test_durations_that_rows_stand_in_the_order_of_are_no_split_time(audited: Audited) -> None:
    elapsed = [f"{at // 60}:{at % 60:02d}:00" for at in range(800)]
    (found,) = [
        one
        for one in audited(clean(800).assign(elapsed=elapsed), columns={"date": ["elapsed"]})
        if one["check"] == "time"
    ]
    assert "The rows stand in the order of 'elapsed'" in found["message"]
    assert "split.time" not in f"{found['message']} {found['remedy']}"


def test_rows_of_other_shops_are_no_copies(audited: Audited) -> None:
    rng = np.random.default_rng(0)
    alike = pd.DataFrame(rng.normal(size=(700, 2)), columns=["a", "b"]).assign(y=np.arange(700) % 2)
    frame = alike.sample(900, replace=True, random_state=0, ignore_index=True).assign(shop=rng.choice([*"pqrs"], 900))
    found = audited(frame, drop=["shop"])
    assert shown(found) == [("overlap", "info", ""), ("duplicates", "info", "")]


@pytest.mark.parametrize("drop", [[], ["exported"]])
def test_rows_that_were_exported_once_more_are_copies(audited: Audited, drop: list[str]) -> None:
    days = ["2024-01-31", "2024-02-29", "2024-03-31"]
    frame = pd.concat([clean(300).assign(exported=day) for day in days], ignore_index=True)
    assert {"overlap", "duplicates"} <= set(warned(audited(frame, drop=drop)))


def test_rows_of_which_a_column_says_that_they_are_tested_are_copies(audited: Audited) -> None:
    split = {"test_size": 0.25, "seed": 3, "group": None, "time": None, "column": "part"}
    twice = pd.concat([clean(300).assign(part=part) for part in ("train", "test")])
    assert warned(audited(twice, split=split)) == ["overlap"]


def test_rows_that_differ_in_a_category_that_is_not_read_are_no_copies(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tariffs = pd.DataFrame(rng.normal(size=(700, 2)), columns=["a", "b"]).assign(y=np.arange(700) % 2)
    frame = tariffs.sample(900, replace=True, random_state=0, ignore_index=True)  # which many customers share
    places = [f"t{i}" for i in range(40)]
    plans = frame.assign(plan=rng.choice([*"pqrs"], 900), place=rng.choice(places, 900))
    own = tariffs.assign(plan=rng.choice([*"pqrs"], 700), place=rng.choice(places, 700))
    twice = pd.concat([own, own.sample(90, random_state=1)], ignore_index=True)

    def found(frame: pd.DataFrame) -> list[Finding]:
        frame.to_csv(tmp_path / "my.csv", index=False)
        given = config.plain(compose("+preprocess=simple", "+models=lr", f"data={tmp_path / 'my.csv'}", "target=y"))
        table = pipeline.readable(data.load(given), given)
        assert list(table.X_train.columns) == [name for name in frame.columns if name in ("a", "b", "id")]
        return audit.audit(table, make_folds(given["validation"], table), given)

    both = ["overlap", "duplicates"]
    told = [one for one in found(plans) if one["check"] in both]
    assert [(one["check"], one["severity"]) for one in told] == [(check, "info") for check in both]
    assert told[0]["message"].endswith(
        "with the same target (by the columns a and b), but for 'plan', 'place', which this preprocessing does not "
        "read: if they are copies, remove them."
    )
    assert [check for check in warned(found(frame)) if check in both] == both
    for copies in (twice, twice.assign(id=np.arange(790) + 7)):
        assert [check for check in warned(found(copies.sample(frac=1, random_state=1))) if check in both] == both


def test_numbers_that_predict_are_no_times(audited: Audited) -> None:
    rng = np.random.default_rng(0)
    money = rng.uniform(1e9, 3e9, 600).round()
    frame = clean(600).assign(revenue=money, y=(money + rng.normal(0, 5e8, 600) > 2e9).astype(int))
    assert "time" not in warned(audited(frame))
    assert "time" in warned(audited(frame.rename(columns={"revenue": "created_ts"})))


def test_a_rare_class_that_comes_at_one_time(audited: Audited) -> None:
    frame = clean(1200).assign(sold=TIMES["date"](1200), y=(np.arange(1200) // 30 == 20).astype(int))
    assert "time" in warned(audited(frame.sample(frac=1, random_state=0)))


def test_dates_are_in_order_as_they_are_read(audited: Audited, base: dict[str, Any]) -> None:
    when = [f"{day:02d}/{month:02d}/2025" for month in range(1, 13) for day in range(1, 11) for _ in range(5)]
    found = [audited(clean().assign(when=when), read={**base["read"], "dayfirst": first}) for first in (True, False)]
    assert ["time" in warned(one) for one in found] == [True, False]


def test_a_test_split_that_is_drawn_among_rows_in_order(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(800).assign(sold=TIMES["date"](800))
    for validation in ({**base["validation"], **PAST}, {"name": "holdout"}):
        (finding,) = audited(frame, validation=validation)
        assert "the test split is drawn at random among them" in finding["message"]
        assert finding["remedy"] == "split.time=sold"


def dated() -> pd.DataFrame:
    """Days, with the parts of their dates, of which some begin anew."""
    days = pd.date_range("2023-01-01", periods=900)
    parts = {"dow": days.day_of_week, "month": days.month, "year": days.year, "date": days.strftime("%Y-%m-%d")}
    return clean(900).assign(**parts)


def test_months_that_begin_anew_are_no_order(audited: Audited) -> None:
    (whole,) = audited(dated().assign(week=np.arange(900) // 7))
    assert whole["message"].startswith("The rows stand in the order of 'date', 'week', 'year', and folds")
    assert whole["message"].endswith("split.time=date takes the last rows.")
    (parts,) = audited(dated().drop(columns="date"))
    assert parts["message"].startswith("The rows stand in the order of 'year', and folds")
    assert audited(dated().drop(columns=["date", "year"])) == []
    days = np.arange(900.0)
    days[[300, 600]] -= 90  # entered late
    assert warned(audited(clean(900).assign(day=days))) == ["time"]


@pytest.mark.parametrize("ordered", [pytest.param(True, marks=pytest.mark.long), False])
def test_a_split_by_months_that_a_date_contradicts(audited: Audited, ordered: bool) -> None:
    rng = np.random.default_rng(0)
    frame = dated().assign(born=pd.to_datetime(rng.integers(0, 9000, 900), unit="D").strftime("%Y-%m-%d"))
    frame = frame if ordered else frame.sample(frac=1, random_state=0)
    found = audited(frame, split={**SPLIT, "time": "month"})
    assert [one["remedy"] for one in found] == ["split.time=date", *[SPLITTER] * ordered]
    assert found[0]["message"].startswith("split.time=month does not take the last rows by 'date': 6")
    (right,) = audited(frame, split={**SPLIT, "time": "year" if ordered else "date"})
    assert ("does not take" in right["message"], right["column"]) == (False, "date")


@pytest.mark.parametrize(("many", "drop"), [(24, ["cohort"]), (24, []), (4, ["cohort"]), (4, [])])
def test_a_split_by_time_is_of_time_whatever_the_column_holds(audited: Audited, many: int, drop: list[str]) -> None:
    frame = clean(900).assign(cohort=np.random.default_rng(0).integers(1, many + 1, 900))
    (found,) = audited(frame, split={**SPLIT, "time": "cohort"}, drop=drop)
    assert found["message"].startswith(
        "By 'cohort' the test split is the future of the train split, but folds learn from the future"
    )
    assert audited(frame, drop=drop) == []


def test_folds_of_earlier_rows_in_a_file_that_is_not_sorted(audited: Audited, base: dict[str, Any]) -> None:
    past = {**base["validation"], **PAST}
    for frame in (dated().sample(frac=1, random_state=0), dated()[::-1]):
        (found,) = audited(frame, validation=past)
        assert "these do not stand in the order of 'date': sort the file by it (a database's" in found["message"]
    assert ["do not stand" in one["message"] for one in audited(dated(), validation=past)] == [False]
    assert audited(clean(800).assign(exported="2024-01-31"), validation=past) == []  # one date orders nothing


def test_rows_of_which_the_last_stand_first(audited: Audited) -> None:
    frame = clean(800).assign(sold=TIMES["date"](800))[::-1].reset_index(drop=True)
    (found,) = audited(frame)
    assert shown([found]) == [("time", "warning", "sold")]
    assert found["message"].startswith(
        "The rows stand in the order of 'sold', the last ones first, and folds learn from the future"
    )
    assert (
        "Sort the file by 'sold' (a database's statement: order by), then pass 'validation.splitter="
        in found["message"]
    )


def test_time_and_groups_are_not_kept_at_once(audited: Audited, base: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    frame = clean(800).assign(sold=TIMES["date"](800), patient_id=rng.integers(0, 90, 800))
    grouped = {**base["validation"], "name": "group", "groups": "patient_id"}
    (time,) = [one for one in audited(frame, validation=grouped) if one["check"] == "time"]
    assert ("split.time" in time["message"], time["remedy"]) == (False, "")
    assert "test_data=FILE" in time["message"]
    nested = {**compose("validation=nested")["validation"], "seed": 1, "groups": "patient_id", "n_splits": 5}
    assert [one for one in audited(frame, validation=nested) if one["check"] == "time"] == [time]
    (torn,) = [one for one in audited(frame, split={**SPLIT, "time": "sold"}) if one["check"] == "groups"]
    assert "pass validation=group validation.groups=patient_id in its place" in torn["message"]
    assert torn["remedy"] == ""


@pytest.mark.parametrize(
    "name",
    [param("id", id="numbers-rows"), param("price", id="sorted-by-a-number"), param("birth_year", id="unsorted")],
)
def test_what_is_no_time(audited: Audited, name: str) -> None:
    rng = np.random.default_rng(0)
    made = {"id": np.arange(800), "price": np.sort(rng.normal(size=800)), "birth_year": rng.integers(1930, 2005, 800)}
    assert warned(audited(clean(800).assign(**{name: made[name]}))) == []


# -- groups -------------------------------------------------------------------------------------------------------

PATIENTS = np.repeat(np.arange(150), 4)


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize(
    "name", ["patient_id", "patient_nbr", "customerID", "Household", "userid", "subject no", "idPatient"]
)
def test_groups_on_both_sides_of_folds(audited: Audited, name: str, drop: bool) -> None:
    found = audited(clean().assign(**{name: PATIENTS}).sample(frac=1, random_state=0), drop=[name] if drop else [])
    assert shown(found) == [("groups", "warning", name)]
    assert found[0]["remedy"].startswith("validation=group validation.groups=")
    outer = {"name": "nested", "n_splits": 5, "n_repeats": 2, "seed": 1, "groups": None, "splitter": None}
    frame = clean().assign(**{name: PATIENTS}).sample(frac=1, random_state=0)
    (nested,) = audited(frame, drop=[name] if drop else [], validation=outer)
    assert nested["remedy"] == found[0]["remedy"].removeprefix("validation=group ")
    assert f"The column {name!r} repeats (3.0 rows a value), and 9" in found[0]["message"]


def test_folds_that_lack_a_class(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(120).assign(y=np.where(np.arange(120) % 15, "well", "ill"))
    folds = {**base["validation"], "splitter": {"_target_": "sklearn.model_selection.KFold", "n_splits": 10}}
    few, found = audited(frame, validation=folds)
    assert shown([few, found]) == [("classes", "info", ""), ("classes", "warning", "")]
    assert few["message"].startswith("The test split has 2 rows of the class 'ill' of the target: other metrics than")
    assert found["message"].startswith("4 of 10 folds are scored on no row of the class 'ill' of the target: ")
    assert found["message"].endswith(" Fewer or larger test folds (validation.splitter) may hold that class.")
    assert "metrics of it, such as recall, f1 and average precision, count 0 there, and areas" in found["message"]
    three = frame.assign(y=frame["y"].where(np.arange(120) % 2 == 0, "fair"))
    assert f1_score([0, 0, 1], [0, 0, 1], average="macro") == 1.0  # of the class 2 nothing is said
    assert f1_score([0, 0, 1], [0, 2, 1], average="macro") < f1_score([0, 0, 1], [0, 1, 1], average="macro")
    of_three = audited(three, validation=folds)[-1]["message"]
    assert "averages over classes, such as f1_macro, leave it out there, or count 0 where it is said" in of_three
    wards = frame.assign(ward=np.arange(120) // 10, y=np.where(np.arange(120) < 30, "ill", "well"))
    whole = audited(wards, validation={**folds, "name": "group", "groups": "ward", "splitter": None})
    (torn,) = [one for one in whole if (one["check"], one["severity"]) == ("classes", "warning")]
    assert "Fewer folds of whole groups (a smaller validation.n_splits, or another" in torn["message"]
    assert warned(audited(frame)) == []  # stratified
    assert audited(frame.assign(y=frame.pop("a")), validation=folds) == []  # numbers


@pytest.mark.parametrize("kind", ["str", "datetime64[us, UTC]"])
def test_the_end_of_all_times_leaves_no_check_out(audited: Audited, kind: str) -> None:
    valid = pd.Series(np.where(np.arange(600) % 3, "9999-12-31", "2024-05-06")).astype(kind)
    frame = clean().assign(patient_id=PATIENTS, valid_to=valid).sample(frac=1, random_state=0)
    assert warned(audited(frame)) == ["groups"]


@pytest.mark.parametrize("lacking", ["ill", "well"])
def test_a_test_split_that_lacks_a_class(audited: Audited, lacking: str) -> None:
    frame = clean(300).assign(y=np.where(np.arange(300) % 3, "well", "ill"))
    after = frame[200:]
    (found,) = [one for one in audited(frame[:200], after[after["y"] != lacking]) if one["check"] == "classes"]
    assert found["severity"] == "warning"
    assert found["message"].startswith(f"The test split has no row of the class {lacking!r} of the target: metrics ")


@pytest.mark.parametrize("name", ["hospital", "Site", "batch no", "school_id", "store", "id_rig", "ward"])
def test_places_are_groups_by_their_name(audited: Audited, name: str) -> None:
    frame = clean().assign(**{name: PATIENTS}).sample(frac=1, random_state=0)
    assert shown(audited(frame)) == [("groups", "warning", name)]
    assert warned(audited(frame.assign(**{name: PATIENTS % 7}))) == []


def test_groups_of_two_rows(audited: Audited) -> None:
    frame = clean().assign(**{"Sample ID": [f"S{i // 2}" for i in range(600)]}).sample(frac=1, random_state=0)
    assert warned(audited(frame)) == ["groups"]


@pytest.mark.parametrize("values", [10, 350])
@pytest.mark.parametrize("prefix", ["", "P"])
def test_patients_are_groups_in_any_number(audited: Audited, values: int, prefix: str) -> None:
    patients = [f"{prefix}{i}" for i in np.random.default_rng(0).integers(0, values, 600)]
    assert shown(audited(clean().assign(patient=patients))) == [("groups", "warning", "patient")]


@pytest.mark.parametrize("name", ["USUBJID", "subjid", "Subj.ID", "subj", "PTID"])
def test_names_that_trials_give_to_patients(audited: Audited, name: str) -> None:
    assert shown(audited(clean().assign(**{name: np.arange(600) % 10 + 101}))) == [("groups", "warning", name)]


@pytest.mark.parametrize("name", ["Patienten_ID", "PatientenNr", "Patientennummer", "PATNR", "Kundennummer"])
def test_german_names_of_groups(audited: Audited, name: str) -> None:
    stays = [f"P{i}" for i in np.random.default_rng(0).integers(0, 600, 600)]  # 1.3 rows of each in the train split
    assert shown(audited(clean().assign(**{name: stays}))) == [("groups", "warning", name)]


@pytest.mark.parametrize("name", ["id", "ID", "uuid", "pid"])
def test_an_id_of_no_kind_that_repeats_says_whose_a_row_is(audited: Audited, name: str) -> None:
    stays = np.random.default_rng(0).integers(0, 600, 600)  # 1.3 rows of each in the train split
    assert shown(audited(clean().assign(**{name: stays}))) == [("groups", "warning", name)]


@pytest.mark.parametrize("name", ["Anzahl_Mitarbeiter", "AnzahlKunden", "Teilnehmer", "Zahl_der_Patienten"])
def test_german_numbers_of_people_are_no_groups(audited: Audited, name: str) -> None:
    assert shown(audited(clean().assign(**{name: np.random.default_rng(0).integers(1, 120, 600)}))) == []


@pytest.mark.parametrize(
    ("name", "values"), [("subject", list("abcdef")), ("vehicle", range(6)), ("patient", [0] * 90 + list(range(10)))]
)
def test_kinds_and_counts_are_no_groups(audited: Audited, name: str, values: Any) -> None:
    drawn = np.random.default_rng(0).choice(np.array(values), 600)
    assert warned(audited(clean().assign(**{name: drawn}))) == []


def owned(owners: int = 60, rows: int = 600, alike: float = 1.5, seed: int = 0) -> pd.DataFrame:
    """Rows of owners, whose rows are more alike than those of others, in what they are and what becomes of them."""
    rng = np.random.default_rng(seed)
    of = rng.integers(0, owners, rows)
    numbers = rng.normal(size=(owners, 6))[of] * alike + rng.normal(size=(rows, 6))
    frame = pd.DataFrame(numbers[:, :5]).rename(columns=lambda i: f"x{i}")
    return frame.assign(rig=of, y=(numbers[:, 5] > 0).astype(int))


@pytest.mark.parametrize("form", [int, "R{}".format], ids=["number", "text"])
@pytest.mark.parametrize("rows", [600, 6000])
def test_groups_are_told_by_rows_that_are_alike(audited: Audited, form: Callable[..., Any], rows: int) -> None:
    frame = owned(rows // 10, rows)
    found = audited(frame.assign(rig=frame["rig"].map(form)))
    assert shown(found) == [("groups", "warning", "rig")]
    assert "'rig' repeats (7.5 rows a value), rows of one value are alike, and " in found[0]["message"]
    assert found[0]["remedy"] == "validation=group validation.groups=rig"
    assert warned(audited(owned(rows // 10, rows, alike=0).assign(rig=frame["rig"].map(form)))) == []


@pytest.mark.parametrize("name", ["group", "class", "plot", "cluster", "house"])
def test_names_of_kinds_are_groups_where_their_rows_are_alike(audited: Audited, name: str) -> None:
    assert shown(audited(owned(alike=0.7).rename(columns={"rig": name}))) == [("groups", "warning", name)]
    assert warned(audited(owned(alike=0).rename(columns={"rig": name}))) == []


def test_rows_that_are_alike_in_all_but_the_target_are_groups_by_their_name_alone(audited: Audited) -> None:
    rng = np.random.default_rng(1)
    frame = owned().assign(y=rng.integers(0, 2, 600))
    assert warned(audited(frame)) == []
    noise = {name: rng.normal(size=600) for name in ("x1", "x2", "x3")}  # of four columns one is alike
    some = frame.drop(columns="x0").assign(**noise).rename(columns={"rig": "plot"})
    assert shown(audited(some)) == [("groups", "warning", "plot")]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0])
def test_whole_numbers_that_go_together_are_no_groups(audited: Audited, noise: float, seed: int) -> None:
    """Measurements of one size, as of a flower: rows of one value are alike, but so are those of the next."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=600)
    frame = pd.DataFrame({f"x{i}": (15 * (size + noise * rng.normal(size=600))).round() for i in range(6)})
    frame["street"] = rng.choice([f"street {i}" for i in range(150)], 600)
    frame["band"] = [f"{low:03}-{low + 3:03}" for low in (80 + 15 * size).astype(int) // 3 * 3]
    assert warned(audited(frame.assign(y=(size + rng.normal(size=600) > 0).astype(int)))) == []


def test_the_remedy_for_groups_works(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean().assign(patient_id=[f"P{i}" for i in PATIENTS])
    group = config.plain(
        compose("+preprocess=complex", "+models=lr", "validation=group", "validation.groups=patient_id")
    )
    assert warned(audited(frame, drop=["patient_id"], validation=group["validation"])) == []


@pytest.mark.parametrize("values", [3, 150], ids=["few", "many"])
def test_folds_that_tear_the_groups_of_the_split_apart(audited: Audited, base: dict[str, Any], values: int) -> None:
    """Whatever the column is called, and whatever its rows are like."""
    frame = clean().assign(rig=np.resize(PATIENTS, 600) % values)
    assert warned(audited(frame)) == []
    split = {**base["split"], "group": "rig"}
    feature, found = audited(frame, split=split)
    assert "'rig' is a feature, but its values in the rows of the test split are ones" in feature["message"]
    assert found["message"].startswith("split.group=rig keeps rows of one value together in the test split, but the ")
    assert found["remedy"] == "validation=group validation.groups=rig"
    group = {**base["validation"], "name": "group", "groups": "rig", "n_splits": 2}
    assert warned(audited(frame, drop=["rig"], split=split, validation=group)) == []


@pytest.mark.parametrize("listed", [True, False])
def test_numbers_of_groups_that_are_listed_by_the_target(audited: Audited, base: dict[str, Any], listed: bool) -> None:
    """A model learns the target from those of near numbers, which new ones have not."""
    ill = np.random.default_rng(0).integers(0, 2, 10)[np.arange(150) // 15]
    ill = ill if listed else np.random.default_rng(0).permutation(ill)
    frame = clean().assign(patient=PATIENTS, y=np.where(np.arange(600) % 9, ill[PATIENTS], 1 - ill[PATIENTS]))
    frame = frame.sample(frac=1, random_state=0)
    (found,) = audited(frame, validation={**base["validation"], "name": "group", "groups": "patient"})
    assert ("Rows of near numbers are alike" in found["message"]) == (found["check"] == "groups") == listed


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_column_of_groups_predicts_nothing_where_they_are_kept_together(
    audited: Audited, base: dict[str, Any], task: str
) -> None:
    """Nor does another one that has one value a group; as a feature the column is of no use."""
    y = np.random.default_rng(0).integers(0, 2 if task == "classification" else 99, 150)[PATIENTS]
    frame = clean().assign(patient=[f"P{i}" for i in PATIENTS], born=[f"B{i}" for i in PATIENTS], y=y)
    frame = frame.sample(frac=1, random_state=0)
    assert [one["column"] for one in audited(frame, task=task) if one["check"] == "leak"] == ["patient", "born"]
    group = {**base["validation"], "name": "group", "groups": "patient"}
    (found,) = audited(frame, task=task, validation=group)
    assert "its values in the validation rows of the folds and rows of the test split are ones" in found["message"]
    assert found["remedy"] == "preprocess.drop=[patient]"
    assert audited(frame, task=task, validation=group, drop=["patient"]) == []
    split = {**base["split"], "group": "patient"}
    assert warned(audited(frame, task=task, split=split, drop=["patient"])) == ["groups"]


def test_groups_of_the_train_file_in_the_test_file(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(800).assign(patient_id=np.resize(PATIENTS, 800))
    group = {**base["validation"], "name": "group", "groups": "patient_id", "n_repeats": 1}
    found = audited(frame[:600], frame[600:], validation=group, drop=["patient_id"])
    assert shown(found) == [("groups", "warning", "patient_id")]
    assert "100% of the rows of the test split share" in found[0]["message"]
    assert found[0]["remedy"] == ""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        param("patient_id", np.arange(600), id="a-row-each"),
        param("user_age", PATIENTS, id="of-a-user"),
        param("member", PATIENTS % 2, id="yes-or-no"),
        param("paid", PATIENTS, id="ends-like-id"),
        param("customer", PATIENTS + 0.5, id="amounts"),
    ],
)
def test_what_is_no_group(audited: Audited, name: str, values: Any) -> None:
    assert warned(audited(clean().assign(**{name: values}).sample(frac=1, random_state=0))) == []


def test_rows_of_no_group_share_none() -> None:
    assert groups._share_known(np.array([0, 1, -1]), np.array([1, 2, -1, -1])) == 0.5
    assert groups._share_known(np.array([0, -1]), np.array([-1])) == 0


# -- drift --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "change"),
    [
        param("a", lambda values: values + 1, id="shifted"),
        param("b", lambda values: values.where(values < 15), id="missing"),
        param("town", lambda values: values.replace("Ulm", "Hof"), id="another-category"),
        param("town", lambda values: values.fillna("Ulm"), id="no-missing-category"),
    ],
)
def test_another_distribution_is_found(audited: Audited, column: str, change: Callable[..., Any]) -> None:
    frame, other = clean(900), clean(600, seed=1)
    other[column] = change(other[column])
    found = audited(frame, other.assign(street=frame["street"].sample(600, random_state=0).to_numpy()))
    assert shown(found) == [("drift", "warning", column)]
    assert f"differs strongly from the train file in {column!r} (0." in found[0]["message"]
    assert "draw both splits from one table (data=ALL without test_data); where" in found[0]["message"]
    assert told(found[0]).endswith(f"differ anyway, do without it. To leave it out: 'preprocess.drop=[{column}]'")


def test_a_split_that_a_column_gives_may_drift_as_a_file(audited: Audited, base: dict[str, Any]) -> None:
    frame = clean(1200).drop(columns="street").assign(part=["train"] * 800 + ["test"] * 400)
    split = {"split": {**base["split"], "column": "part"}}
    assert warned(audited(frame, **split)) == []
    found = audited(frame.assign(b=frame["b"].where((frame["part"] == "train") | (frame["b"] < 15))), **split)
    (told,) = (one for one in found if one["severity"] == "warning")
    assert (told["check"], told["column"]) == ("drift", "b")
    assert "The test split differs strongly from the train split in 'b' (0." in told["message"]
    assert "draw the test split at random (without split.column)" in told["message"]
    rare = frame[(frame["part"] == "train") | (frame["y"] == 1) | (np.arange(1200) % 4 == 0)]
    (told,) = (one for one in audited(rare, **split) if one["check"] == "classes")
    assert "of the test split, and " in told["message"]


def test_columns_of_drift_are_named_together(audited: Audited) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": rng.normal(size=900) for i in range(8)}).assign(y=rng.integers(0, 2, 900))
    found = audited(frame[:600], frame[600:].assign(**{f"x{i}": frame[f"x{i}"] * 9 for i in range(7)}))
    assert shown(found)[0][:2] == ("drift", "warning")
    assert " and 2 more (distance" in found[0]["message"]
    again = audited(frame[:600], frame[600:].assign(x0=frame["x0"] * 9, x1=frame["x1"] * 9), drop=["x0"])
    assert again[0]["remedy"] == "preprocess.drop=[x0,x1]"


def test_the_distance_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = pd.Series(rng.normal(size=300).round(1)), pd.Series(rng.normal(0.3, 1, 200).round(1))
    assert drift._of_numbers(a, b, 1)[0] == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)


def test_random_splits_are_no_drift() -> None:
    """Of tables of any size and any number of categories."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        n, m, values = (int(10 ** rng.uniform(low, high)) for low, high in ((1, 3.5), (0.5, 3), (0, 4)))
        names = pd.Series(rng.zipf(1.5, n + m).clip(0, values)).astype(str)
        distance, chance = drift._of_categories(names[:n], names[n:], 10)
        assert distance < max(drift.DRIFT, chance)
        numbers = pd.Series(rng.normal(size=n + m))
        distance, chance = drift._of_numbers(numbers[:n], numbers[n:], 10)
        assert distance < max(drift.DRIFT, chance)


# -- as a whole ---------------------------------------------------------------------------------------------------


def column(kind: str, rows: int) -> Any:
    rng = np.random.default_rng(rows)
    texts: Any = [["", "ä", "2024-01-01", "9999-99-99", "01.02.2020", "x" * 300][i] for i in rng.integers(0, 6, rows)]
    return {
        "empty": np.full(rows, np.nan),
        "huge": rng.choice([1e308, -1e308, 5e-324], rows),
        "whole": rng.integers(-(2**62), 2**62, rows),
        "bool": rng.random(rows) < 0.5,
        "text": texts,
        "constant": np.ones(rows),
        "mostly-missing": np.where(np.arange(rows) == 0, 1.0, np.nan),
        "dates": pd.date_range("1700-01-01", periods=rows, freq="D"),
        "spans": pd.to_timedelta(np.arange(rows), unit="h"),
    }[kind]


KINDS = ["empty", "huge", "whole", "bool", "text", "constant", "mostly-missing", "dates", "spans"]
NAMES = st.sampled_from(["user_id", "date", "é", "x", "time", "1", "_", "id", "patient"])


@settings(max_examples=60)
@given(
    made=st.dictionaries(NAMES, st.sampled_from(KINDS), min_size=1, max_size=5),
    rows=st.integers(8, 90),
    regression=st.booleans(),
    drop=st.booleans(),
)
def test_odd_tables_are_audited(made: dict[str, str], rows: int, regression: bool, drop: bool) -> None:
    frame = pd.DataFrame({name: column(kind, rows) for name, kind in made.items()}).assign(z=1.5)
    kinds: dict[str, list[str]] = {"number": ["z"], "category": []}
    for name, kind in made.items():
        if kind in ("text", "bool", "huge", "whole", "mostly-missing"):
            kinds["category" if kind == "text" else "number"].append(name)
    kept = [] if drop else [name for name in frame.columns if name in kinds["number"] + kinds["category"]]
    X, rest = frame[kept], frame.drop(columns=kept)  # noqa: N806
    y = np.arange(rows) / 3 if regression else np.arange(rows) % 2
    n = rows // 2
    table = Data(
        X_train=X[:n],
        y_train=y[:n],
        X_test=X[n:],
        y_test=y[n:],
        rows_train=np.arange(n),
        rows_test=np.arange(n, rows),
        columns={kind: [name for name in names if name in kept] for kind, names in kinds.items()},
        task="regression" if regression else "classification",
        classes=None if regression else [0, 1],
        sources={"train": {"sha256": "a"}, "test": {"sha256": "b"}},
        aside_train=rest[:n],
        aside_test=rest[n:],
    )
    folds = make_folds({"name": "cv", "n_splits": 2, "n_repeats": 1, "seed": 1}, table)
    found = audit.audit(table, folds, {"seed": 1, "split": {}, "preprocess": {}})
    assert [one["message"] for one in found if one["check"] == "audit"] == []


def test_a_check_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch, audited: Audited) -> None:
    def broken(case: Any) -> list[Finding]:
        raise RuntimeError("no luck")

    monkeypatch.setattr(audit, "CHECKS", {"time": broken})
    with pytest.raises(AssertionError, match="The data could not be checked for time: RuntimeError: no luck"):
        audited(clean())


def test_large_tables_are_judged_by_a_sample(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlzoo.audit.case.MAX_ROWS", 300)
    frame = clean(2000)
    frame = pd.concat([frame, frame[:400]]).assign(leak=lambda f: f["y"] + np.linspace(0, 0.5, 2400))
    found = audited(frame)
    assert set(warned(found)) == {"leak"}
    found = audited(frame.drop(columns="leak"))
    assert warned(found) == ["overlap", "duplicates"]
    assert "rows stand in the train split too" in found[0]["message"]
    assert "In the test split about " in found[0]["message"]
    assert " of 1,800 rows stand more than once" in found[1]["message"]


def test_what_is_found_is_logged_and_recorded_by_its_severity(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    frame = codes(400).assign(patient_id=np.resize(PATIENTS, 400))
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = (f"data={tmp_path / 'my.csv'}", "target=y", "validation.n_splits=2", "validation.n_repeats=1")
    with caplog.at_level(logging.INFO):
        made = runner.run(compose("+preprocess=complex", "+models=lr", *words), folder=tmp_path / "run")
    assert [one["check"] for one in made["findings"]] == ["overlap", "duplicates", "groups"]
    told = [(one.levelname, one.message) for one in caplog.records if "rows" in one.message]
    assert [level for level, _ in told] == ["INFO", "INFO", "WARNING"]
    assert told[2][1].endswith("scores are too high. Pass: validation=group validation.groups=patient_id")
    severities = [one["severity"] for one in made["findings"]]
    assert severities == ["info", "info", "warning"]
