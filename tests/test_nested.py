"""Nested cross-validation against runs of which each outer fold is a pair of files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from mlzoo import comparison, data, expectation, nested, record, runner
from mlzoo.errors import ConfigError, DataError
from mlzoo.folds import make_folds
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


@pytest.mark.parametrize("task", TABLES)
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
    assert nested.procedure(inner, outer).tolist() == [0.4, 0.2, 0.3]


def test_what_is_expected_is_the_procedure(plain: Plain, tmp_path: Path) -> None:
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
    assert expectation.expected(found, "roc_auc") is None  # the searches chose by another metric
    assert record.load(found[0].folder)["nested"] == found[0]["nested"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("validation.inner_splits=1", "validation.inner_splits=1: must be a whole number of 2 or more"),
        ("validation.inner_repeats=0", "validation.inner_repeats=0: must be a whole number of 1 or more"),
        ("validation.groups=''", "validation.groups=: must name the column"),
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
