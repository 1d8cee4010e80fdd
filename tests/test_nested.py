"""Nested cross-validation against runs of which each outer fold is a pair of files."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from mlzoo import nested, record, report, runner
from mlzoo.board import comparison, expectation, notes, oof
from mlzoo.errors import ConfigError, DataError
from mlzoo.folds import make_folds
from mlzoo.tables import data
from tests.zoo_parts import CONF, ROOT

Plain = Callable[..., dict[str, Any]]
NESTED = ("validation=nested", "validation.n_splits=3", "validation.n_repeats=1", "validation.inner_splits=2")
TABLES = {"classification": load_breast_cancer, "regression": load_diabetes}


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.chdir(ROOT)


def written(folder: Path, task: str) -> tuple[pd.DataFrame, str]:
    """A table of scikit-learn's, 180 rows of it, as train and test file, and the words of a search over it."""
    frame = TABLES[task](as_frame=True).frame.sample(180, random_state=1).reset_index(drop=True)
    frame[:120].to_csv(folder / "train.csv", index=False)
    frame[120:].to_csv(folder / "test.csv", index=False)
    return frame[:120], "lr" if task == "classification" else "ridge"


@pytest.mark.parametrize("task", ["classification", pytest.param("regression", marks=pytest.mark.long)])
def test_each_outer_fold_is_a_search_of_its_own(plain: Plain, tmp_path: Path, task: str) -> None:
    """The preprocessing is the same for all settings, and so is shared: never between outer folds."""
    train, model = written(tmp_path, task)
    words = ("+preprocess=simple", f"+models={model}", "target=target", "n_trials=6", "persist=none", "n_jobs=1")
    files = (f"data={tmp_path / 'train.csv'}", f"test_data={tmp_path / 'test.csv'}")
    config = plain(*words, *files, *NESTED, config_dir=CONF)
    made = runner.run(config, folder=tmp_path / "nested")
    folds = make_folds(config["validation"], data.load(config))
    metric = made["metric"]
    assert made["validation"]["splits"] == folds.fingerprint()
    assert len(folds.splits) == 3

    inner = ("validation.n_splits=2", "validation.n_repeats=1")
    for number, (fitted, held) in enumerate(folds.splits):
        train.iloc[fitted].to_csv(tmp_path / "a.csv", index=False)
        train.iloc[held].to_csv(tmp_path / "b.csv", index=False)
        pair = (f"data={tmp_path / 'a.csv'}", f"test_data={tmp_path / 'b.csv'}", f"task={task}")
        alone = runner.run(plain(*words, *pair, *inner, config_dir=CONF), folder=tmp_path / str(number))
        assert made["cv"][metric][number] == alone["test"][metric]
        assert made["nested"]["inner"][number] == pytest.approx(np.mean(alone["cv"][metric]), abs=1e-12)
        assert made["nested"]["params"][number].items() <= alone["params"].items()
        ours, theirs = (
            pd.read_csv(folder / "trials.csv") for folder in (made.folder / f"outer/{number}", alone.folder)
        )
        assert ours["value"].tolist() == theirs["value"].tolist()

    alone = runner.run(plain(*words, *files, *inner, config_dir=CONF), folder=tmp_path / "alone")
    assert (made["test"], made["params"], made["trials"]) == (alone["test"], alone["params"], alone["trials"])
    assert made["command"] == f"python -m mlzoo rerun {made.folder}"


def test_without_a_search_the_scores_are_those_of_cv(plain: Plain, tmp_path: Path) -> None:
    words = ("+preprocess=complex", "+models=lr", "persist=none", "metrics=[roc_auc]")
    found = [runner.run(plain(*words, f"validation={name}"), folder=tmp_path / name) for name in ("nested", "cv")]
    assert found[0]["cv"] == found[1]["cv"]
    assert found[0]["test"] == found[1]["test"]
    assert found[0]["baseline"] == found[1]["baseline"]
    assert len(found[0]["cv"]["accuracy"]) == 10
    ours, theirs = (np.load(one.folder / "oof.npz") for one in found)
    for name in ("row", "y", "split", "label", "score"):
        assert np.array_equal(ours[name], theirs[name]), name


def test_the_procedure_takes_what_the_inner_folds_promise() -> None:
    inner, outer = [[0.7, 0.9, 0.8], [0.8, 0.8, 0.8]], [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    assert nested.procedure(inner, outer) == pytest.approx([0.4, 0.2, 0.45])  # the last promise the same
    equal = [[0.1 + 0.2, 0.9], [0.3, 0.8], [0.2, 0.1]]  # the first of them by rounding alone
    assert nested.procedure(equal, [[0.5, 0.7], [0.7, 0.1], [0.9, 0.2]]) == pytest.approx([0.6, 0.7])


def test_what_is_expected_is_the_procedure(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        runner.run(
            plain(f"+preprocess={prep}", "+models=lr", *NESTED, "n_trials=4", "persist=none", "metrics=[roc_auc]"),
            folder=tmp_path / prep,
        )
        for prep in ("simple", "complex")
    ]
    scores = nested.procedure([one["nested"]["inner"] for one in found], [one["cv"]["accuracy"] for one in found])
    expected = comparison.make(found).expected
    assert expected is not None
    assert expected["value"] == pytest.approx(scores.mean())
    assert expected["low"] < expected["value"] < expected["high"]
    promised = np.max([one["nested"]["inner"] for one in found], axis=0).mean()
    assert expected["uncorrected"] == pytest.approx(promised)
    assert expected["nested"]
    for module in (expectation, notes):
        monkeypatch.setattr(module, "MIN_GROUPS", 1 + expected["groups"])
    few = comparison.make(found)
    assert few.expected is not None
    assert math.isnan(few.expected["low"])
    assert any("groups of rows say little of others" in note for note in few.notes)
    with pytest.raises(oof.UnknownError, match="the rows were searched by accuracy"):
        expectation.expected(found, "roc_auc")
    assert record.load(found[0].folder)["nested"] == found[0]["nested"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("validation.inner_splits=1", "validation.inner_splits=1: must be a whole number of 2 or more"),
        ("validation.inner_repeats=0", "validation.inner_repeats=0: must be a whole number of 1 or more"),
        ("validation.groups=''", "validation.groups=: must name the column"),
        ("~validation.inner_splits", "validation.inner_splits=None: must be a whole number"),
    ],
)
def test_wrong_values(plain: Plain, word: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        plain("+preprocess=simple", "+models=lr", *NESTED, word)


def test_too_few_rows_of_a_class_for_the_inner_folds(plain: Plain, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(60.0), "z": np.tile([1.0, 2.0, 3.0], 20), "y": ["a"] * 54 + ["b"] * 6})
    frame.to_csv(tmp_path / "my.csv", index=False)
    config = plain(
        "+preprocess=simple", "+models=lr", *NESTED, "validation.inner_splits=4", f"data={tmp_path}/my.csv", "target=y"
    )
    with pytest.raises(
        DataError, match=r"The inner folds, of \d+ rows: The class 'b' .* pass validation\.inner_splits=\d"
    ):
        runner.run(config, folder=tmp_path / "run")
    assert not (tmp_path / "run" / "outer").exists()  # before the first search


def test_a_metric_that_an_outer_fold_leaves_undefined(plain: Plain, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=120), "who": np.arange(120) // 3, "y": 0})
    frame.loc[frame["who"].isin([0, 9, 17, 24, 30, 38]), "y"] = 1
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = ("data=" + str(tmp_path / "my.csv"), "target=y", "metric=roc_auc", "validation.groups=who", "n_trials=4")
    splits = ("validation.n_splits=10", "split.test_size=0.2", "preprocess.drop=[who]")
    config = plain("+preprocess=simple", "+models=lr", *NESTED, *words, *splits)
    with pytest.raises(DataError, match=r"roc_auc is undefined on outer fold \d+ of 10, of \d+ rows: pass fewer"):
        runner.run(config, folder=tmp_path / "run")
    assert not (tmp_path / "run" / "outer").exists()


def test_a_splitter_that_fits_one_number_of_rows_alone(plain: Plain, tmp_path: Path) -> None:
    table = data.load(plain("+preprocess=simple", "+models=lr"))
    fold = [at % 3 for at in range(len(table.y_train))]
    node = {"_target_": "sklearn.model_selection.PredefinedSplit", "test_fold": fold}
    config = plain("+preprocess=simple", "+models=lr", *NESTED)
    config["validation"]["splitter"] = node
    with pytest.raises(ConfigError, match=r"names row \d+ .*, but there are \d+ rows to split. Take a splitter"):
        runner.run(config, folder=tmp_path / "run")


@pytest.mark.long
@pytest.mark.parametrize("validation", ["cv", "nested"])
def test_settings_that_answer_in_different_ways(plain: Plain, tmp_path: Path, validation: str) -> None:
    """Some give probabilities, others decision values: both are kept, never mixed."""
    words = (*NESTED[1:3], *(NESTED[3:] if validation == "nested" else ()), f"validation={validation}")
    options = ("n_trials=6", "sampler=random", "race=false", "metrics=[roc_auc]", "persist=none")
    config = plain("+preprocess=simple", "+models=hinged", *words, *options, config_dir=CONF)
    made = runner.run(config, folder=tmp_path / "run")
    with np.load(made.folder / "oof.npz") as oof:
        score, held = oof["score"], oof["split"][0] >= 0
    assert held.any()
    finite = np.isfinite(score[:, 0][:, held]).all(axis=1)
    if validation == "cv":
        losses = pd.read_csv(made.folder / "trials.csv")["models.type.loss"]
        assert set(losses) == {"hinge", "log_loss"}
        sums = score[:, 0][:, held].sum(axis=2)
        for loss, known, total in zip(losses, finite, sums, strict=True):
            assert known.tolist() == [loss == "log_loss", True]
            assert loss == "hinge" or np.allclose(total, 1, atol=1e-5)
    else:
        losses = {one.get("models.type.loss", "hinge") for one in made["nested"]["params"]}
        assert len(losses) == 2, "choose another seed"
        assert not finite.any()
    for metric in ("accuracy", "roc_auc"):
        searched = dataclasses.replace(made, content=made.content | {"metric": metric})  # what it was searched by
        found = comparison.make([searched], metric=metric).expected
        assert validation == "nested" or (found is not None and 0.5 < found["low"] < found["high"] < 1)
    report.build(comparison.make([made]), tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 1e6
