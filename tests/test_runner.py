"""One run and what it leaves: every file of the folder, and that they agree with each other."""

import errno
import hashlib
import io
import itertools
import json
import logging
import math
import os
import pickle
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from mlzoo import artifacts, launch, pipeline, provenance, record, refit, runner
from mlzoo.board import comparison
from mlzoo.board.rownames import row_ids
from mlzoo.composition import config as checks
from mlzoo.composition.composing import compose
from mlzoo.errors import ConfigError, DataError, FitError, RecordError
from mlzoo.findings import finding_of
from mlzoo.folds import make_folds
from mlzoo.grammar import override_value
from mlzoo.prediction import predict
from mlzoo.record import Record
from mlzoo.searching import fits, storage
from mlzoo.searching.backend import Limits, Local
from mlzoo.stats import single
from mlzoo.tables import data, inputs
from tests.zoo_parts import CONF, ROOT

FAST = ("validation.n_splits=2", "validation.n_repeats=1")
Plain = Callable[..., dict[str, Any]]
TWICE = ("validation.n_splits=2", "validation.n_repeats=2")
LR = ("+preprocess=simple", "+models=lr", *FAST)
KEYS = {
    *("schema", "status", "cell", "preprocess", "model", "name", "task", "metric", "n_trials", "seed", "overrides"),
    *("identity", "cv", "test", "params", "command", "validation", "trials", "timing", "error", "data", "findings"),
    *("baseline", "environment"),
}
FILES = {
    *("config.yaml", "importance.csv", "model.joblib", "oof.npz", "pipeline.html", "predictions.csv", "record.json"),
    "wrong.csv",
}
TUNED = {"trials.csv", "study.journal"}


SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same environment for all tests, so that what workers are forked from starts once."""
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.setenv("ZOO_PASSWORD", SECRET)
    monkeypatch.chdir(ROOT)


def run(folder: Path, *words: str, **kwargs: Any) -> Record:
    return runner.run(compose(*words, config_dir=CONF), folder=folder, **kwargs)


def own(model: str, *words: str, preprocess: str = "simple") -> tuple[str, ...]:
    return (f"+preprocess={preprocess}", f"+models={model}", *FAST, *words)


def read(folder: Path) -> Any:
    return json.loads((folder / "record.json").read_text(encoding="utf-8"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def without_times(path: Path) -> pd.DataFrame:
    return pd.read_csv(path).drop(columns=["fit_s", "predict_s"])


def lasting(content: dict[str, Any]) -> dict[str, Any]:
    """A record without what may differ between two runs of one config: times, and the state of the checkout."""
    environment = {key: value for key, value in content["environment"].items() if key != "git"}
    return {key: value for key, value in content.items() if key != "timing"} | {"environment": environment}


# -- every file, and that they agree ------------------------------------------------------------------------------


def write_table(folder: Path) -> Path:
    """Text labels, mixed columns, missing values and numbers to predict; 120 rows."""
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=120), rng.choice(["red", "green", "blue"], 120)
    y = 2 * x + (kind == "red") + rng.normal(size=120)
    labels = np.where(y > 1, "high", np.where(y < -1, "low", "middle"))
    frame = pd.DataFrame({"x": x, "kind": kind, "label": labels, "y": y})
    frame.loc[::7, "x"] = np.nan
    frame.loc[::11, "kind"] = None
    frame.to_csv(folder / "my.csv", index=False)
    return folder / "my.csv"


RUNS: dict[str, tuple[str, ...]] = {
    "plain": ("+preprocess=complex", "+models=lr", *TWICE, "metrics=[roc_auc]"),
    "tuned": ("+preprocess=complex", "+models=lr", *FAST, "n_trials=4", "metrics=[roc_auc]"),
    "factories": ("+preprocess=multi_complex", "+models=multi_lr", *FAST, "n_trials=3"),
    "failures": own("fragile", "n_trials=6", "sampler=random"),
    "holdout": ("+preprocess=complex", "+models=lr", "validation=holdout", "n_trials=4"),
    "labels": ("+preprocess=complex", "+models=lr", *FAST, "data=TABLE", "target=label", "preprocess.drop=[y]"),
    "numbers": own("linear", "data=TABLE", "target=y", "preprocess.drop=[label]", preprocess="complex"),
    "shuffle": (
        *LR,
        "validation.splitter={_target_: sklearn.model_selection.ShuffleSplit, n_splits: 3, random_state: 0}",
    ),
}
_made: dict[str, Record] = {}


LONG_RUNS = ("plain", "labels")  # which the others tell as well: tuned, and numbers with factories


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.long if name in LONG_RUNS else ()) for name in RUNS])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Each run of `RUNS`, carried out once."""
    name = request.param
    if name not in _made:
        home = tmp_path_factory.mktemp(name)
        words = [word.replace("TABLE", str(write_table(home))) for word in RUNS[name]]
        _made[name] = run(home / "run", *words)
    return _made[name]


@pytest.fixture
def done(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run of `LR` in a folder of the test's own: copied, and carried out once."""
    if "done" not in _made:
        _made["done"] = run(tmp_path_factory.mktemp("done") / "run", *LR)
    return record.load(shutil.copytree(_made["done"].folder, tmp_path / "run"))


def kept(one: Record) -> set[str]:
    return {"categories.json"} if one["data"]["columns"]["category"] else set()


def table_of(one: Record) -> data.Data:
    return data.load(yaml.safe_load((one.folder / "config.yaml").read_text()))


def test_the_record_is_complete(made: Record) -> None:
    content = read(made.folder)
    assert content.keys() >= KEYS
    assert content == json.loads(json.dumps(record.finite(made.content)))
    assert (content["schema"], content["status"], content["error"]) == (1, "done", None)
    assert content["cell"] == f"{content['preprocess']}-{content['model']}"
    assert content["seed"] == 123
    assert content["task"] == ("regression" if content["metric"] == "r2" else "classification")
    assert content["timing"].keys() == {
        *("fit_s", "predict_s", "prepare_s", "search_s", "refit_s", "write_s", "total_s")
    }
    laps = [content["timing"][f"{name}_s"] for name in ("prepare", "search", "refit", "write")]
    assert math.isclose(content["timing"]["total_s"], sum(laps))
    assert min(content["timing"].values()) > 0


def test_the_files(made: Record) -> None:
    assert names(made.folder) == FILES | kept(made) | (TUNED if made["n_trials"] else set())
    assert (
        "<html" in (made.folder / "pipeline.html").read_text()
        or "<style>" in (made.folder / "pipeline.html").read_text()
    )
    for step in made.pipeline[-1:].named_steps.values():
        assert type(step).__name__ in (made.folder / "pipeline.html").read_text()


def test_the_data_is_described(made: Record) -> None:
    table = table_of(made)
    for part, y in (("train", table.y_train), ("test", table.y_test)):
        described = made["data"][part]
        path = Path(described["source"])
        assert described["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert described["rows"] == len(y)
        assert described["columns"] == list(table.X_train.columns)
    assert made["data"]["target"] not in made["data"]["train"]["columns"]
    assert sorted(itertools.chain(*made["data"]["columns"].values())) == sorted(made["data"]["train"]["columns"])
    if made["task"] == "classification":
        assert made["data"]["classes"] == sorted(set(table.y_train.tolist()))


def test_predictions_give_the_test_score(made: Record) -> None:
    table, shown = table_of(made), pd.read_csv(made.folder / "predictions.csv")
    assert shown["row"].tolist() == table.rows_test.tolist()
    assert shown["truth"].tolist() == table.y_test.tolist()
    score = r2_score if made["metric"] == "r2" else accuracy_score
    assert score(shown["truth"], shown["prediction"]) == made["test"][made["metric"]]
    assert made.pipeline.predict(table.X_test).tolist() == shown["prediction"].tolist()
    columns = [f"proba_{label}" for label in made["data"]["classes"] or []]
    assert list(shown.columns) == ["row", "truth", "prediction", *columns]
    if columns:
        assert np.allclose(shown[columns].sum(axis=1), 1)
        best = np.array(made["data"]["classes"])[shown[columns].to_numpy().argmax(axis=1)]
        assert best.tolist() == shown["prediction"].tolist()
    if "roc_auc" in made["test"]:
        assert roc_auc_score(shown["truth"], shown["proba_1"]) == pytest.approx(made["test"]["roc_auc"], abs=1e-12)


def test_the_interval_of_accuracy_is_wilsons(made: Record) -> None:
    low, high = made["test_interval"]
    score, n = made["test"][made["metric"]], made["data"]["test"]["rows"]
    if made["metric"] == "accuracy":
        wilson = binomtest(round(score * n), n).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((wilson.low, wilson.high))
    assert low < score < high


def test_every_metric_has_the_interval_that_it_has_as_the_metric_of_a_run(plain: Plain, tmp_path: Path) -> None:
    asked = runner.run(plain(*LR, "metrics=[roc_auc,f1]"), folder=tmp_path / "asked")
    assert asked["test_intervals"]["accuracy"] == asked["test_interval"]
    for metric in ("roc_auc", "f1"):
        alone = runner.run(plain(*LR, f"metric={metric}"), folder=tmp_path / metric)
        (row,) = comparison.make([asked], metric=metric).rows
        assert [row["test_low"], row["test_high"]] == asked["test_intervals"][metric] == alone["test_interval"]


@pytest.mark.parametrize("metric", ["neg_mean_squared_error", "r2", "neg_root_mean_squared_error"])
def test_intervals_are_of_weighted_rows_whatever_the_unit(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    def row_by_row(*_: Any, **__: Any) -> Any:
        raise AssertionError("the slow way")

    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "price": np.round(1e5 * (3 + x) + 3e4 * rng.normal(size=200), 2)})
    frame.to_csv(tmp_path / "my.csv", index=False)
    monkeypatch.setattr(single, "by_rows", row_by_row)
    words = (f"data={tmp_path / 'my.csv'}", "target=price", f"metric={metric}", *FAST)
    made = runner.run(plain("+preprocess=simple", "+models=ridge", *words, config_dir=CONF), folder=tmp_path / "run")
    low, high = made["test_interval"]
    assert low < made["test"][metric] < high


def test_oof_gives_the_fold_scores(made: Record) -> None:
    table = table_of(made)
    oof = np.load(made.folder / "oof.npz")
    y = table.y_test if made["validation"]["optimistic"] else table.y_train
    labels = made["data"]["classes"]
    assert (np.array(labels)[oof["y"]] if labels else oof["y"]).tolist() == y.tolist()
    rows = table.rows_test if made["validation"]["optimistic"] else table.rows_train
    assert oof["row"].tolist() == rows.tolist()
    assert oof["label"].shape == (len(oof["trial"]), *oof["split"].shape) == oof["score"].shape[:3]
    assert oof["score"].dtype == np.float32
    at = oof["trial"].tolist().index(int(oof["chosen"]))
    assert int(oof["chosen"]) == made["trial"]
    score = r2_score if made["metric"] == "r2" else accuracy_score
    for fold, expected in enumerate(made["cv"][made["metric"]]):
        repeat, rows = np.nonzero(oof["split"] == fold)
        assert len(rows) == made["validation"]["test_rows"][fold]
        label = oof["label"][at, repeat, rows]
        assert score(oof["y"][rows], label) == expected
        if labels:
            assert (oof["score"][at, repeat, rows].argmax(axis=1) == label).all()
            assert np.allclose(oof["score"][at, repeat, rows].sum(axis=1), 1)
        if "roc_auc" in made["cv"]:
            area = roc_auc_score(oof["y"][rows], oof["score"][at, repeat, rows, 1])
            assert area == pytest.approx(made["cv"]["roc_auc"][fold], abs=1e-4)
    out = oof["split"] == -1
    missing = oof["label"][:, out]
    assert (missing == -1).all() if labels else np.isnan(missing).all()


def test_trials_agree_with_the_record(made: Record) -> None:
    if not made["n_trials"]:
        assert made["trials"] == {"total": 1, "full": 1, "raced": 0, "failed": 0}
        return
    shown = pd.read_csv(made.folder / "trials.csv")
    folds = [name for name in shown.columns if name.startswith("fold_")]
    assert shown["trial"].tolist() == list(range(made["n_trials"]))
    assert list(shown.columns[:3]) == ["trial", "state", "value"]
    assert list(shown.columns[-3:]) == ["error", "fit_s", "predict_s"]
    complete = shown[shown["state"] == "complete"]
    failed = shown[shown["state"] == "failed"]
    assert np.allclose(complete["value"], complete[folds].mean(axis=1))
    assert failed[["value", *folds, "fit_s"]].isna().all(axis=None)
    assert failed["error"].notna().all()
    assert complete["error"].isna().all()
    counts = {"total": len(shown), "full": len(complete), "raced": 0, "failed": len(failed)}
    assert made["trials"] == counts
    best = shown.loc[shown["value"].idxmax()]  # the first of equals
    assert best["trial"] == made["trial"]
    assert best[folds].tolist() == made["cv"][made["metric"]]
    for key in shown.columns[3 + len(folds) : -3]:
        assert best[key] == made["params"][key]
    oof = np.load(made.folder / "oof.npz")
    assert oof["trial"].tolist() == complete["trial"].tolist()


def test_validation_and_baseline(made: Record) -> None:
    table, config = table_of(made), yaml.safe_load((made.folder / "config.yaml").read_text())
    folds = make_folds(config["validation"], table)
    found = made["validation"]
    assert found["folds"] == len(folds.splits) == len(made["cv"][made["metric"]])
    assert found["train_rows"] == [len(train) for train, _ in folds.splits]
    assert found["splits"] == folds.fingerprint()
    if made["metric"] == "accuracy":
        values, counts = np.unique(table.y_train, return_counts=True)
        share = float(np.mean(table.y_test == values[counts.argmax()]))
        assert made["baseline"]["test"]["accuracy"] == share
    if made["metric"] == "accuracy" and found["name"] == "cv":
        expected = []
        for train, held in folds.splits:
            values, counts = np.unique(table.y_train[train], return_counts=True)
            expected.append(float(np.mean(table.y_train[held] == values[counts.argmax()])))
        assert made["baseline"]["cv"]["accuracy"] == expected


def test_importance(made: Record) -> None:
    shown = pd.read_csv(made.folder / "importance.csv")
    assert list(shown.columns) == ["column", "mean", "sd"]
    assert sorted(shown["column"]) == sorted(made["data"]["train"]["columns"])
    assert shown["mean"].is_monotonic_decreasing
    assert (shown["sd"] >= 0).all()


def test_rows_that_are_most_wrong(made: Record) -> None:
    table, shown = table_of(made), pd.read_csv(made.folder / "wrong.csv")
    said = pd.read_csv(made.folder / "predictions.csv").set_index("row")
    if made["task"] == "regression":
        gap = (said["prediction"] - said["truth"]).abs()
        assert shown["row"].tolist() == gap.sort_values(ascending=False, kind="stable").index[:10].tolist()
    else:
        wrong = said[said["prediction"] != said["truth"]]
        own = [row[f"proba_{row['truth']}"] for _, row in wrong.astype(object).iterrows()]
        assert shown["row"].tolist() == wrong.index[np.argsort(own, kind="stable")][:10].tolist()
    assert list(shown)[1:] == pd.read_csv(made.folder / "importance.csv")["column"].tolist()
    places = [table.rows_test.tolist().index(row) for row in shown["row"]]
    expected = table.X_test.iloc[places].reset_index(drop=True)[list(shown)[1:]]
    assert shown.drop(columns="row").astype(str).equals(expected.astype(str))


def test_dates_and_times_of_rows_that_are_most_wrong(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    when = pd.date_range("2024-01-01", periods=120, freq="30min").strftime("%d.%m.%Y %H:%M")
    when = when.where(np.arange(120) % 3 > 0, "")
    frame = pd.DataFrame({"when": when, "x": rng.normal(size=120), "y": rng.choice(["no", "yes"], 120)})
    frame.to_csv(tmp_path / "my.csv", index=False)
    made = run(tmp_path / "run", *LR, f"data={tmp_path / 'my.csv'}", "target=y", "columns.date=[when]", "persist=none")
    shown = pd.read_csv(made.folder / "wrong.csv", keep_default_na=False)
    expected = pd.to_datetime(frame["when"], format="%d.%m.%Y %H:%M").astype("str").fillna("")
    assert shown["when"].tolist() == expected.str.removesuffix(" 00:00:00")[shown["row"]].tolist()
    assert {"", "2024"} <= {value[:4] for value in shown["when"]}


def test_importance_agrees_with_scikit_learn(made: Record) -> None:
    from sklearn.inspection import permutation_importance

    table = table_of(made)
    shown = pd.read_csv(made.folder / "importance.csv").set_index("column")
    scoring = made["metric"]
    found = permutation_importance(
        made.pipeline, table.X_test, table.y_test, scoring=scoring, n_repeats=20, random_state=0
    )
    expected = pd.Series(found.importances_mean, index=table.X_test.columns)
    slack = 4 * found.importances_std / math.sqrt(5) + 1e-9
    assert ((shown.loc[expected.index, "mean"] - expected).abs() <= slack).all()


def test_rerun_of_every_run_says_the_same(made: Record, tmp_path: Path) -> None:
    new, differences = runner.rerun(made.folder, into=tmp_path / "again")
    assert differences == []
    ours, again = lasting(read(made.folder)), lasting(read(new.folder))
    if "mlzoo rerun" in ours["command"]:
        ours.pop("command"), again.pop("command")
    assert again == ours
    if made["n_trials"]:
        pd.testing.assert_frame_equal(
            without_times(new.folder / "trials.csv"), without_times(made.folder / "trials.csv")
        )
    for name in ("predictions.csv", "importance.csv", "wrong.csv"):
        assert (new.folder / name).read_bytes() == (made.folder / name).read_bytes()


def test_one_split_of_the_train_split_is_no_holdout(plain: Plain, tmp_path: Path) -> None:
    splitter = "{_target_: sklearn.model_selection.ShuffleSplit, n_splits: 1, test_size: 0.25}"
    made = run(tmp_path / "run", *LR, f"validation.splitter={splitter}")
    table = data.load(plain(*LR))
    assert made["validation"]["test_rows"] == [167]
    oof = np.load(made.folder / "oof.npz")
    right = oof["y"] == oof["label"][0, 0]
    assert made["cv"]["accuracy"] == [float(right[oof["split"][0] >= 0].mean())]
    assert made["test"]["accuracy"] == float(np.mean(made.pipeline.predict(table.X_test) == table.y_test))


def test_a_config_without_storage_runs(plain: Plain, tmp_path: Path) -> None:
    made = runner.run({**plain(*LR), "storage": None}, folder=tmp_path / "run")
    assert made["status"] == "done"


def test_holdout_is_the_test_score(tmp_path: Path) -> None:
    one = run(tmp_path / "run", *RUNS["holdout"])
    assert one["cv"] == {"accuracy": [one["test"]["accuracy"]]}
    assert one["validation"] | {"splits": None} == {
        "name": "holdout", "folds": 1, "train_rows": [668], "test_rows": [223], "splits": None, "optimistic": True,
    }  # fmt: skip
    oof = np.load(one.folder / "oof.npz")
    at = oof["trial"].tolist().index(int(oof["chosen"]))
    assert oof["label"][at, 0].tolist() == pd.read_csv(one.folder / "predictions.csv")["prediction"].tolist()
    assert pd.read_csv(one.folder / "trials.csv")["value"].max() == one["test"]["accuracy"]


def test_a_large_train_split_is_sampled_in_oof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 50)
    first, second = (np.load(run(tmp_path / name, *LR).folder / "oof.npz") for name in "ab")
    assert first["row"].tolist() == second["row"].tolist() == sorted(set(first["row"].tolist()))
    assert first["y"].shape == (50,)
    assert first["label"].shape == (1, 1, 50)
    assert first["score"].shape == (1, 1, 50, 2)
    y = pd.read_csv("data/data-train-small.csv")["Survived"].to_numpy()
    assert (y[first["row"]] == first["y"]).all()


def test_a_dataframe_is_kept_for_later(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": rng.choice(["1", "2"], 60), "paid": rng.choice([True, False], 60)})
    frame = frame.assign(n=pd.array(range(60), dtype="Int64"), y=np.where(frame["code"] == "1", "yes", "no"))
    words = ("+preprocess=complex", "+models=lr", *FAST, "target=y")
    made = run(tmp_path / "run", *words, data=frame)
    assert made["data"]["columns"] == {"number": ["paid", "n"], "category": ["code"]}
    assert shlex.split(made["command"])[-1] == f"data={override_value(str(tmp_path / 'run' / 'data.parquet'))}"
    assert runner.rerun(tmp_path / "run", into=tmp_path / "again")[1] == []
    assert run(tmp_path / "run", *words, data=frame).content == made.content
    with pytest.raises(RecordError, match="holds another table, or a run on another one"):
        run(tmp_path / "run", *words, data=frame.head(50))
    with pytest.raises(DataError, match=r"the column 'n', of the type object, cannot be kept as Parquet: "):
        run(tmp_path / "mixed", *words, data=frame.assign(n=[1, "a"] * 30))
    with pytest.raises(ConfigError, match=r"read\.na_values={.*}: must be a list"):
        run(tmp_path / "mixed", *words, "read.na_values={n: {a: b}}", data=frame.assign(n=[1, "a"] * 30))
    mixed = run(tmp_path / "mixed", *words, "read.na_values=[a]", data=frame.assign(n=[1.5, "a"] * 30))
    assert mixed["data"]["columns"]["number"] == ["paid", "n"]
    assert pd.read_parquet(tmp_path / "mixed" / "data.parquet")["n"].tolist()[::2] == [1.5] * 30
    with pytest.raises(ConfigError, match=r"the config names a table too, data=my\.csv"):
        run(tmp_path / "both", *words, "data=my.csv", data=frame)
    shutil.rmtree(tmp_path / "run")  # the folder of a rerun has its own table, wherever it is moved
    (tmp_path / "again").rename(tmp_path / "moved")
    assert runner.rerun(tmp_path / "moved", into=tmp_path / "third")[1] == []


def test_categories_of_numbers_are_such_from_a_dataframe_and_its_parquet(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    plain = pd.DataFrame({"size": rng.choice([1, 2, 3], 80), "paid": rng.choice([True, False], 80)})
    plain = plain.assign(x=rng.normal(size=80), y=np.where(plain["size"] == 2, "yes", "no"))
    frame = plain.astype({"size": "category", "paid": "category"})
    frame.to_parquet(tmp_path / "my.parquet")
    words = ("+preprocess=complex", "+models=lr", *FAST, "target=y")
    made = run(tmp_path / "run", *words, data=frame)
    assert made["data"]["columns"] == {"number": ["x"], "category": ["size", "paid"]}
    assert not [one for one in made["findings"] if one["check"] == "marks"]
    by_hand = run(tmp_path / "by-hand", *words, "columns.category=[size,paid]", data=plain)
    of_file = run(tmp_path / "file", *words, f"data={tmp_path / 'my.parquet'}")
    assert made["cv"] == by_hand["cv"] == of_file["cv"]
    assert runner.rerun(tmp_path / "run", into=tmp_path / "again")[1] == []
    number = run(tmp_path / "number", *words, "columns.number=[size]", "columns.boolean=[paid]", data=frame)
    assert number["data"]["columns"]["number"] == ["size", "paid", "x"]
    assert number["cv"] == run(tmp_path / "plain", *words, data=plain)["cv"]
    expected = predict(made, frame)
    plain.to_csv(tmp_path / "new.csv", index=False)
    plain.to_parquet(tmp_path / "new.parquet")
    for new in (plain, plain.astype({"size": float}), plain.astype({"size": str}), *tmp_path.glob("new.*")):
        assert predict(made, new).equals(expected)
    assert predict(number, frame).equals(predict(number, plain))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_test_file_whose_categories_are_numbers(tmp_path: Path, ending: str) -> None:
    rng = np.random.default_rng(0)
    plain = pd.DataFrame({"size": rng.choice([1, 2, 3], 80), "x": rng.normal(size=80)})
    plain = plain.assign(y=(plain["size"] == 2).astype(int))
    frame = plain.astype({"size": "category", "y": "category"})
    frame.to_parquet(tmp_path / "my.parquet")
    plain.to_parquet(tmp_path / "plain.parquet")
    test = tmp_path / f"test.{ending}"
    plain.to_csv(test, index=False) if ending == "csv" else plain.to_parquet(test)
    words = ("+preprocess=complex", "+models=lr", *FAST, "target=y", f"test_data={test}")
    made = run(tmp_path / "run", *words, f"data={tmp_path / 'my.parquet'}")
    assert (made["data"]["columns"]["category"], made["data"]["classes"]) == (["size"], [0, 1])
    assert made["test"]["accuracy"] == 1
    frame.to_parquet(tmp_path / "test.parquet")
    words = (*words[:-1], f"test_data={tmp_path / 'test.parquet'}")
    other = run(tmp_path / "other", *words, f"data={tmp_path / 'plain.parquet'}")
    assert other["data"]["columns"] == {"number": ["size", "x"], "category": []}


def test_a_dataframe_that_is_refused_blocks_no_folder(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(60), "y": ["a", "b"] * 30})
    words = ("+preprocess=simple", "+models=lr", *FAST, "target=y")
    for odd, text in (
        ("my.csv", r"takes a DataFrame, not str: a file is named in the config"),
        (frame.head(0), "holds no rows"),
        (pd.DataFrame(), "holds no columns"),
        (frame.assign(x=[2**70] * 60), "the column 'x', of the type object, cannot be kept as Parquet: "),
        (frame.assign(z=[1, "a"] * 30), r"the column 'z', of the type object, .*frame\['z'\].astype\(str\)"),
    ):
        with pytest.raises(DataError, match=text):
            run(tmp_path / "run", *words, data=odd)
    assert not (tmp_path / "run").exists()
    with pytest.raises(DataError, match="is missing in 4 of 60 rows"):
        run(tmp_path / "run", *words, data=frame.assign(y=frame["y"].where(frame.index > 3)))
    frame.attrs = {"source": object()}
    assert run(tmp_path / "run", *words, data=frame.set_axis([1, "y"], axis=1))["status"] == "done"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yaml").write_text("mine: 1\n")
    with pytest.raises(RecordError, match=r"config\.yaml, which no run has left there"):
        run(tmp_path / "other", *words, data=frame)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["config.yaml"]


def test_a_dataframe_with_intervals(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(60), "y": ["a", "b"] * 30}).assign(age=lambda some: pd.cut(some["x"], 3))
    made = run(tmp_path / "run", "+preprocess=complex", "+models=lr", *FAST, "target=y", data=frame)
    assert made["data"]["columns"] == {"number": ["x"], "category": ["age"]}
    assert predict(made, frame).equals(predict(made, frame.astype({"age": "str"})))


# -- the command that rebuilds ------------------------------------------------------------------------------------

REBUILT = [
    pytest.param(("+preprocess=complex", "+models=lr", *FAST, "n_trials=4"), id="complex-lr", marks=pytest.mark.long),
    pytest.param(
        ("+preprocess=multi_complex", "+models=lr", *FAST, "n_trials=4"), id="multi_complex-lr", marks=pytest.mark.long
    ),
    pytest.param(
        ("+preprocess=complex", "+models=multi_lr", *FAST, "n_trials=4"), id="complex-multi_lr", marks=pytest.mark.long
    ),
    pytest.param(("+preprocess=multi_complex", "+models=multi_lr", *FAST, "n_trials=4"), id="multi_complex-multi_lr"),
    pytest.param(
        ("+preprocess=complex", "+models=rf", *FAST, "n_trials=3", "models.space.n_estimators={low:5,high:9}"),
        id="complex-rf",
        marks=pytest.mark.long,
    ),
    pytest.param(
        ("+preprocess=multi_complex", "+models=rf", *FAST, "n_trials=3", "models.space.n_estimators={low:5,high:9}"),
        id="multi_complex-rf",
        marks=pytest.mark.long,
    ),
    pytest.param(
        ("+experiment=tuned_forest", *FAST, "n_trials=4", "models.space.n_estimators={low:5,high:9}"),
        id="experiment",
        marks=pytest.mark.long,  # as by the command line in `test_cli`
    ),
    pytest.param(own("fragile", "n_trials=6", "sampler=random", "batch_size=2", "storage=memory"), id="config-dir"),
    pytest.param(
        ("+preprocess=simple", "+models=lr", "validation=holdout", "n_trials=3", "seed=7", "n_jobs=1"),
        id="holdout and seed",
        marks=pytest.mark.long,
    ),
    pytest.param((*LR, "n_trials=3", "models.type.C=50", "models.type.fit_intercept=false"), id="own default"),
    pytest.param((*LR, "models.type.C=50", "metrics=[roc_auc]"), id="no search"),
    pytest.param(
        ("+preprocess=simple", "+models=one_feature", *TWICE, "n_trials=2", "seed=2"),
        id="1 and 1.0 are two values",
        marks=pytest.mark.long,
    ),
]


def rebuild(command: str, folder: Path) -> Record:
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "mlzoo"]
    words = words[3:]
    conf = None
    if words[0] == "--config-dir":
        conf, words = words[1], words[2:]
    return runner.run(compose(*words, config_dir=conf), folder=folder)


@pytest.mark.parametrize("words", REBUILT)
def test_the_command_rebuilds_the_pipeline(tmp_path: Path, words: tuple[str, ...]) -> None:
    one = run(tmp_path / "run", *words)
    assert "n_trials=3" not in one["command"]
    again = rebuild(one["command"], tmp_path / "again")
    assert again["n_trials"] is None
    assert again["cv"] == one["cv"]
    assert again["test"] == one["test"]
    assert again["params"] == one["params"]
    assert {k: type(v) for k, v in again["params"].items()} == {k: type(v) for k, v in one["params"].items()}
    assert not (again.folder / "trials.csv").exists()


def test_a_config_that_was_changed_in_python_is_rerun(tmp_path: Path) -> None:
    config = compose(*LR, "n_jobs=1", "persist=none")
    config.export, config.n_jobs = "board.csv", 2  # which change nothing of the pipeline
    assert "rerun" not in runner.run(config, folder=tmp_path / "same")["command"]
    config.models.type.C = 0.25
    made = runner.run(config, folder=tmp_path / "other")
    assert shlex.split(made["command"]) == ["python", "-m", "mlzoo", "rerun", str(tmp_path / "other")]
    assert runner.rerun(tmp_path / "other", into=tmp_path / "again")[1] == []


def test_a_config_that_was_changed_in_python_is_named_by_what_was_run(tmp_path: Path) -> None:
    config = compose(*LR, "models.type.C=10", "persist=none")
    made = [runner.run(config, folder=tmp_path / "as composed")]
    config.models.type.C = 0.001
    made.append(runner.run(config, folder=tmp_path / "C"))
    config.models = compose("+preprocess=simple", "+models=rf", "models.type.n_estimators=5").models
    made.append(runner.run(config, folder=tmp_path / "rf"))
    assert made[1]["overrides"] == [*LR, "persist=none", "models.type.C=0.001"]
    names = row_ids(made)
    assert names[:2] == ["simple-lr C=10", "simple-lr C=0.001"]
    assert names[2].startswith("simple-custom _target_=sklearn.ensemble.RandomForestClassifier n_estimators=")
    assert runner.rerun(tmp_path / "C", into=tmp_path / "again")[0]["overrides"] == made[1]["overrides"]


def test_where_no_command_rebuilds_it_is_rerun(tmp_path: Path) -> None:
    one = run(tmp_path / "a folder", *own("renaming", "n_trials=3"))
    assert shlex.split(one["command"]) == ["python", "-m", "mlzoo", "rerun", str(one.folder)]
    assert 0.01 <= one["params"]["models.type.strength"] <= 10


def test_params_are_every_leaf_as_used(tmp_path: Path) -> None:
    one = run(tmp_path / "run", "+preprocess=complex", "+models=multi_lr", *FAST, "n_trials=2")
    assert one["params"].keys() == {
        *("models.type._target_", "models.type.C", "models.type.fit_intercept", "models.type.random_state"),
        *("preprocess.type._target_", "preprocess.type.imputation", "preprocess.type.categorical_imputation"),
    }
    assert one["params"]["models.type.C"] == one.pipeline["model"].C
    assert one["params"]["models.type.random_state"] == one.pipeline["model"].random_state == 123


# -- the same again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("n_jobs=2",)], ids=["n_jobs=1", "n_jobs=2"])
def test_two_runs_are_the_same_but_for_times(tmp_path: Path, words: tuple[str, ...]) -> None:
    common = (*LR, "n_trials=4", "batch_size=2")
    one, two = run(tmp_path / "one", *common), run(tmp_path / "two", *common, *words)
    contents = [lasting(read(folder.folder)) for folder in (one, two)]
    for content in contents:
        content["overrides"] = [word for word in content["overrides"] if word not in words]
    assert contents[0] == contents[1]
    first, second = (without_times(tmp_path / name / "trials.csv") for name in ("one", "two"))
    pd.testing.assert_frame_equal(first, second)
    for name in ("predictions.csv", "importance.csv", "wrong.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    arrays = [np.load(tmp_path / name / "oof.npz") for name in ("one", "two")]
    assert all(np.array_equal(arrays[0][key], arrays[1][key], equal_nan=True) for key in arrays[0].files)


def test_one_config_run_twice_gets_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = compose(*LR, "persist=none")
    one, two, three = (runner.run(config) for _ in range(3))
    assert one.folder.parents[2] == tmp_path
    assert [two.folder.name, three.folder.name] == [f"{one.folder.name}-2", f"{one.folder.name}-3"]
    assert read(one.folder)["cv"] == read(two.folder)["cv"]
    assert names(one.folder) == names(two.folder) == FILES - {"model.joblib"}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """When each file was written, and what it holds."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.mark.parametrize("words", [(), ("n_trials=3",)], ids=["one", "tuned"])
def test_a_run_that_is_done_is_not_done_again(
    tmp_path: Path, done: Record, caplog: pytest.LogCaptureFixture, words: tuple[str, ...]
) -> None:
    """As with hydra.run.dir=out, given twice; what changes no score may differ."""
    one = run(tmp_path / "out", *LR, *words) if words else done
    before = snapshot(one.folder)
    with caplog.at_level("INFO"):
        again = run(one.folder, *LR, *words, "n_jobs=1", "storage=memory")
    assert snapshot(one.folder) == before
    assert again.content == read(one.folder)
    assert f"simple-lr: done already, in {one.folder}." in caplog.messages


OTHERS = [
    pytest.param(("models.type.C=1e-9",), ["models.type.C: 1.0 → 1e-09"], id="a parameter"),
    pytest.param(("seed=7",), ["seed: 123 → 7", "models.type.random_state: 123 → 7"], id="the seed"),
    pytest.param(("n_trials=2",), ["n_trials: None → 2"], id="a search"),
    pytest.param(("metrics=[f1]",), ["metrics: [] → ['f1']"], id="metrics"),
    pytest.param(("data=my.csv", "target=y"), ["target: Survived → y", "data.train (its content): "], id="the data"),
]


@pytest.mark.parametrize(("words", "lines"), OTHERS)
def test_another_run_is_refused_in_the_folder_of_a_run(
    tmp_path: Path, done: Record, words: tuple[str, ...], lines: list[str]
) -> None:
    (tmp_path / "my.csv").write_text("x,y\n" + "".join(f"{i % 7},{i % 2}\n" for i in range(80)))
    before = snapshot(done.folder)
    with pytest.raises(RecordError) as caught:
        run(done.folder, *LR, *(word.replace("my.csv", str(tmp_path / "my.csv")) for word in words))
    said = str(caught.value).splitlines()
    assert said[0] == f"{done.folder} holds a run (done) that differs from this one:"
    assert said[-1] == "Name another folder for this one, or remove that one."
    for line in lines:
        assert any(text.strip().startswith(line) for text in said[1:-1]), said
    assert snapshot(done.folder) == before


def test_a_folder_belongs_to_one_process_at_a_time(tmp_path: Path) -> None:
    with record.locked(tmp_path / "out"), pytest.raises(RecordError, match="another process is at this run"):
        run(tmp_path / "out", *LR)
    assert names(tmp_path / "out") == set()
    assert run(tmp_path / "out", *LR)["status"] == "done"


def test_a_plain_config_without_an_origin(plain: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    config = plain(*LR)
    config["origin"] = None
    config["models"].pop("name")
    one = runner.run(config, folder=tmp_path / "run")
    assert (one["cell"], one["name"], one["overrides"]) == ("custom-custom", "custom", [])
    assert one["command"] == f"python -m mlzoo rerun {one.folder}"
    assert runner.rerun(one.folder, into=tmp_path / "again")[1] == []


IRRELEVANT = (
    *("n_jobs=2", "persist=none", "storage=memory", "target=Survived", "timeout_s=9", "memory_gb=9"),
    *("max_failures=3", "budget_s=60"),
)
IDENTITY = [
    *[pytest.param(word, False, id=word) for word in IRRELEVANT],
    *[
        pytest.param(word, True, id=word)
        for word in (
            *(
                "seed=1",
                "models.type.C=2",
                "n_trials=2",
                "batch_size=3",
                "race=true",
                "sampler=random",
                "metric=roc_auc",
            ),
            *("metrics=[f1]", "validation.n_splits=3", "validation=holdout", "preprocess.drop=[SibSp]"),
            *("models.space.C.high=50", "split.test_size=0.4", "read.na_values=[0]"),
        )
    ],
]


@pytest.mark.parametrize(("word", "changes"), IDENTITY)
def test_identity_covers_what_scores_depend_on(plain: Callable[..., dict[str, Any]], word: str, changes: bool) -> None:
    versions = provenance.environment(".")
    content = {"data": {"train": {"sha256": "a"}, "test": {"sha256": "b"}}, "environment": versions}
    common = ("+preprocess=simple", "+models=lr", "data=data/data-train-small.csv")
    found = {provenance.identity(plain(*common, *words), content) for words in ((), (word,))}
    assert len(found) == 1 + changes


def test_identity_covers_data_and_packages(plain: Callable[..., dict[str, Any]]) -> None:
    config, versions = plain(*LR), provenance.environment(".")
    hashed = {"train": {"sha256": "a"}, "test": {"sha256": "b"}}
    contents = [
        {"data": hashed, "environment": versions},
        {"data": hashed | {"train": {"sha256": "x"}}, "environment": versions},
        {"data": hashed | {"test": {"sha256": "x"}}, "environment": versions},
        {"data": hashed, "environment": versions | {"scikit-learn": "0.1"}},
    ]
    assert len({provenance.identity(config, content) for content in contents}) == 4


# -- rerun --------------------------------------------------------------------------------------------------------


def own_table(folder: Path) -> tuple[Path, tuple[str, ...]]:
    path = write_table(folder)
    return path, ("+preprocess=complex", "+models=lr", *FAST, f"data={path}", "target=label", "preprocess.drop=[y]")


def test_rerun_says_what_changed(tmp_path: Path) -> None:
    path, words = own_table(tmp_path)
    one = run(tmp_path / "run", *words)
    changed = pd.read_csv(path)
    changed["x"] = changed["x"].to_numpy()[::-1]
    changed.to_csv(path, index=False)
    new, differences = runner.rerun(one.folder, into=tmp_path / "again")
    assert differences[0] == f"cv accuracy: {one['cv']['accuracy']} → {new['cv']['accuracy']}"
    assert f"the data has changed: {path} (train split)" in differences
    assert [word for word in differences if " → " not in word] == [
        f"the data has changed: {path} ({part} split)" for part in ("train", "test")
    ]


def test_rerun_names_packages_where_scores_differ(tmp_path: Path, done: Record) -> None:
    one = done
    one.content["environment"]["scikit-learn"] = "0.1"
    assert provenance.differences(one, Record(tmp_path, read(one.folder))) == []
    one.content["test"] = {"accuracy": 0.5}
    _, differences = runner.rerun(one.folder, into=tmp_path / "again")
    assert differences == []
    one.save()
    new, differences = runner.rerun(one.folder, into=tmp_path / "once more")
    version = new["environment"]["scikit-learn"]
    assert differences == [f"test accuracy: 0.5 → {new['test']['accuracy']}", f"scikit-learn 0.1 → {version}"]


def test_rerun_makes_a_new_folder(tmp_path: Path, done: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new, _ = runner.rerun(str(done.folder))
    assert new.folder.resolve().is_relative_to(tmp_path / "outputs")
    assert read(done.folder)["status"] == "done"


def test_scores_that_are_nan_are_the_same(tmp_path: Path) -> None:
    """A fold whose held-out rows are of one class has no area under the ROC curve, in the first run and in the next."""
    path = tmp_path / "my.csv"
    path.write_text("x,y\n" + "".join(f"{i % 7},{i % 2}\n" for i in range(80)))
    folds = [0 if i % 8 == 1 else 1 if i % 4 == 0 else -1 for i in range(80)]
    splitter = f"{{_target_: sklearn.model_selection.PredefinedSplit, test_fold: {folds}}}"
    words = [f"data={path}", f"test_data={path}", "target=y", "metrics=[roc_auc]", f"+validation.splitter={splitter}"]
    one = run(tmp_path / "run", "+preprocess=simple", "+models=lr", *words)
    assert read(one.folder)["cv"]["roc_auc"] == [None, None]
    assert runner.rerun(one.folder, into=tmp_path / "again")[1] == []


@pytest.mark.parametrize("text", [None, "{", b"\xff"], ids=["missing", "half", "no text"])
def test_rerun_needs_the_config(done: Record, text: str | bytes | None) -> None:
    (done.folder / "config.yaml").unlink()
    if text is not None:
        (done.folder / "config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(RecordError, match=r"config\.yaml cannot be read"):
        runner.rerun(done.folder)


def test_rerun_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="this is no run folder"):
        runner.rerun(tmp_path)


# -- runs that end otherwise --------------------------------------------------------------------------------------


class Watching(Local):
    """Reads the record when fits begin."""

    def __init__(self, folder: Path) -> None:
        super().__init__(1)
        self.folder, self.seen = folder, []  # type: ignore[var-annotated]

    def begin(self, context: Any, limits: Limits) -> None:
        self.seen.append(read(self.folder))
        super().begin(context, limits)


def test_the_record_is_running_meanwhile(tmp_path: Path) -> None:
    watching = Watching(tmp_path / "run")
    one = run(tmp_path / "run", *LR, backend=watching)
    (seen,) = watching.seen
    assert seen["status"] == "running"
    assert {key: one[key] for key in ("data", "baseline", "validation", "identity")} == {
        key: seen[key] for key in ("data", "baseline", "validation", "identity")
    }


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        pytest.param(own("broken"), FitError, "simple-broken: RuntimeError: no luck", id="fit"),
        pytest.param((*LR, "data=nowhere.csv"), DataError, "there is no such file", id="data"),
        pytest.param((*LR, "preprocess.drop=[Agee]"), DataError, "Did you mean 'Age'", id="column"),
        pytest.param((*LR, "metric=acuracy"), Exception, "Did you mean 'accuracy'", id="metric"),
    ],
)
def test_a_failed_run_leaves_its_error(
    tmp_path: Path, words: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        run(tmp_path / "run", *words)
    assert message in str(caught.value)
    content = read(tmp_path / "run")
    assert content["status"] == "failed"
    assert content["error"]["type"] == type(caught.value).__name__
    assert content["error"]["message"] == str(caught.value)
    assert "Traceback" in content["error"]["traceback"]
    assert names(tmp_path / "run") == {"record.json", "config.yaml"}


def test_all_trials_failing_leaves_them_on_record(tmp_path: Path) -> None:
    with pytest.raises(FitError, match="all 5 trials failed"):
        run(tmp_path / "run", *own("broken", "n_trials=5"))
    assert read(tmp_path / "run")["trials"] == {"total": 5, "full": 0, "raced": 0, "failed": 5}
    shown = pd.read_csv(tmp_path / "run" / "trials.csv")
    assert shown["state"].tolist() == ["failed"] * 5
    assert shown["error"].str.startswith("RuntimeError: no luck").all()


def test_an_error_of_the_estimator_past_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(record, "save_model", full)
    with pytest.raises(FitError, match=r"simple-lr: .*OSError: No space left on device"):
        run(tmp_path / "run", *LR)
    content = read(tmp_path / "run")
    assert (content["status"], content["error"]["type"]) == ("failed", "OSError")
    assert content["cv"]["accuracy"]


class Interrupted(Local):
    """Ends as by Ctrl-C while it waits for the outcome of its n-th fit."""

    def __init__(self, n: int, n_jobs: int = 1) -> None:
        super().__init__(n_jobs)
        self.left = n

    def wait(self) -> Any:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().wait()


@pytest.mark.parametrize(
    ("words", "n_jobs"),
    [
        pytest.param((), 1, id="one"),
        pytest.param(("n_trials=3",), 1, id="tuned"),
        pytest.param(("timeout_s=60",), 2, id="workers"),
    ],
)
def test_an_interrupted_run_leaves_nothing_half_written(tmp_path: Path, words: tuple[str, ...], n_jobs: int) -> None:
    interrupted = Interrupted(1, n_jobs)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "run", *LR, *words, backend=interrupted)
    finally:
        interrupted.close()
    content = read(tmp_path / "run")
    assert content["status"] == "interrupted"
    assert content["error"]["type"] == "KeyboardInterrupt"
    assert names(tmp_path / "run") - {"study.journal"} == {"record.json", "config.yaml"}


def test_ctrl_c_raised_by_a_fit_in_this_process_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression.fit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", *LR)
    assert read(tmp_path / "run")["status"] == "interrupted"


def test_a_record_that_cannot_be_checked_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="n_trials=0"):
        run(tmp_path / "run", *LR, "n_trials=0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tuned", [(), ("n_trials=2",)], ids=["one", "tuned"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(own("linear"), "LinearRegression is a model for regression", id="task"),
        pytest.param(
            ("+preprocess=simple", "+models=lr", "models.type._target_=sklearn.preprocessing.StandardScaler",
             "~models.type.C", "~models.type.fit_intercept", "~models.type.random_state", "models.space=null"),
            "no fit and predict", id="no model",
        ),
    ],
)  # fmt: skip
def test_what_is_no_model_for_the_target(
    tmp_path: Path, words: tuple[str, ...], message: str, tuned: tuple[str, ...]
) -> None:
    with pytest.raises(Exception, match=message):
        run(tmp_path / "run", *words, *tuned)


# -- warnings and findings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["fit", pytest.param("predict", marks=pytest.mark.long)])
def test_warnings_of_libraries_are_findings(tmp_path: Path, caplog: pytest.LogCaptureFixture, when: str) -> None:
    one = run(tmp_path / "run", *own("noisy", f"models.type.when={when}"))
    message = "In 3 of 3 fits of the chosen setting: UserWarning: this model is noisy"
    finding = {"check": "library", "severity": "warning", "column": "", "message": message, "remedy": ""}
    assert one["findings"][-1] == finding
    assert message in caplog.messages


def test_a_metric_that_warns_in_resamples(tmp_path: Path) -> None:
    """No row is predicted to be of the second class: precision is 0, with a warning each time that it is computed."""
    words = ("models.type.C=1e-9", "models.type.fit_intercept=true", "metric=precision")
    one = run(tmp_path / "run", "+preprocess=simple", "+models=lr", *FAST, *words)
    assert one["status"] == "done"
    assert one["metric"] == "precision"


def test_findings_are_logged_with_their_remedy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = run(tmp_path / "run", *LR)
    assert [finding["column"] for finding in one["findings"]] == ["PassengerId"]
    assert any("'preprocess.drop=[PassengerId]'" in message for message in caplog.messages)


def test_options_of_ones_own_that_win_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "conf" / "models").mkdir(parents=True)
    shipped = (ROOT / "conf/models/lr.yaml").read_text()
    (tmp_path / "conf/models/lr.yaml").write_text(shipped.replace("C: 1.0", "C: 0.5"))
    with caplog.at_level("INFO"):
        one = runner.run(compose(*LR, config_dir=tmp_path / "conf"), folder=tmp_path / "run")
    assert one["params"]["models.type.C"] == 0.5
    text = f"Taken from your own files in place of the shipped ones: {tmp_path}/conf/models/lr.yaml"
    assert text in caplog.messages


# -- models kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lr", pytest.param("rf", marks=pytest.mark.long)])
@pytest.mark.parametrize("preprocess", ["complex", pytest.param("simple", marks=pytest.mark.long)])
def test_persist_skops(tmp_path: Path, preprocess: str, model: str) -> None:
    small = ("models.type.n_estimators=5",) if model == "rf" else ()
    one = run(tmp_path / "run", f"+preprocess={preprocess}", f"+models={model}", *FAST, *small, "persist=skops")
    assert names(one.folder) == FILES - {"model.joblib"} | {"model.skops"} | kept(one)
    table, shown = table_of(one), pd.read_csv(one.folder / "predictions.csv")
    assert record.load(one.folder).pipeline.predict(table.X_test).tolist() == shown["prediction"].tolist()


def test_a_pipeline_that_skops_would_not_read_is_told_and_there_in_this_session(tmp_path: Path) -> None:
    (tmp_path / "conf" / "models").mkdir(parents=True)
    (tmp_path / "conf/models/knn.yaml").write_text("type: {_target_: sklearn.neighbors.KNeighborsClassifier}")
    words = ("+preprocess=complex", "+models=knn", *FAST, "persist=skops")
    one = runner.run(compose(*words, config_dir=tmp_path / "conf"), folder=tmp_path / "run")
    (found,) = [finding for finding in one["findings"] if finding["check"] == "file"]
    assert "KDTree" in found["message"]
    assert found["remedy"] == "persist=joblib"
    assert len(predict(one, ROOT / "data/data-test-large.csv")) > 0


def test_a_pipeline_that_cannot_be_kept_is_there_in_this_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any) -> None:
        raise pickle.PicklingError("a lambda")

    monkeypatch.setattr(record, "save_model", fail)
    one = run(tmp_path / "run", *LR)
    assert any("a lambda" in finding["message"] for finding in one["findings"])
    assert len(predict(one, ROOT / "data/data-test-large.csv")) > 0
    with pytest.raises(RecordError, match="holds no model"):
        predict(tmp_path / "run", ROOT / "data/data-test-large.csv")


def test_runs_of_several_threads_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, left = [0], [0], runner.folders.left

    def slow(*given: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.2)
        inside[0] -= 1
        return left(*given)

    monkeypatch.setattr(runner.folders, "left", slow)
    configs = [compose(*LR, "n_jobs=1", f"models.type.C={value}") for value in (0.01, 100)]
    with ThreadPoolExecutor(2) as several:
        made = list(several.map(lambda at: runner.run(configs[at], folder=tmp_path / str(at)), range(2)))
    assert most == [1]
    alone = [runner.run(config, folder=tmp_path / f"alone-{at}") for at, config in enumerate(configs)]
    assert [one["cv"] for one in made] == [one["cv"] for one in alone]


def test_threads_with_one_config_have_a_folder_each(tmp_path: Path) -> None:
    config = compose(*LR, "n_jobs=1", f"hydra.run.dir={tmp_path / 'run'}")
    configs = [{**plain, "seed": seed} for seed, plain in enumerate([checks.plain(config)] * 3)]
    with ThreadPoolExecutor(3) as several:
        made = list(several.map(runner.run, configs))
    assert {one.folder.name for one in made} == {"run", "run-2", "run-3"}


def test_a_copy_of_a_process_does_not_wait_for_its_threads() -> None:
    text = """
import os, threading
from mlzoo import turns
held = threading.Thread(target=turns.lock.acquire)
held.start(); held.join()  # its lock is never given back, and there is one thread alone
child = os.fork()
if child == 0:
    os._exit(0 if turns.lock.acquire(timeout=5) else 1)
assert not turns.lock.acquire(timeout=0.1)
raise SystemExit(os.waitpid(child, 0)[1])
"""
    assert subprocess.run([sys.executable, "-W", "error", "-c", text], check=False).returncode == 0


def test_what_optuna_says_of_other_studies_stays(tmp_path: Path) -> None:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    try:
        run(tmp_path / "run", *LR, "n_trials=2", "n_jobs=1")
        assert optuna.logging.get_verbosity() == optuna.logging.INFO
    finally:
        optuna.logging.set_verbosity(before)


def test_a_folder_of_its_own_is_found_from_elsewhere(
    tmp_path: Path, done: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again, _ = runner.rerun(done.folder)
    monkeypatch.chdir(ROOT)
    assert len(predict(again, ROOT / "data/data-test-large.csv")) > 0


def test_persist_none(tmp_path: Path) -> None:
    one = run(tmp_path / "run", *LR, "persist=none")
    assert names(one.folder) == FILES - {"model.joblib"}
    with pytest.raises(RecordError, match="holds no model"):
        _ = one.pipeline


def test_the_pipeline_predicts_a_frame_as_read_from_a_file(tmp_path: Path) -> None:
    one = run(tmp_path / "run", "+preprocess=complex", "+models=lr", *FAST)
    frame = pd.read_csv("data/data-test-large.csv").drop(columns="Survived")
    shown = pd.read_csv(one.folder / "predictions.csv")
    assert one.pipeline.predict(frame).tolist() == shown["prediction"].tolist()


# -- environment --------------------------------------------------------------------------------------------------


def test_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sklearn

    monkeypatch.setattr(provenance, "PACKAGES", ("scikit-learn", "no-such-package"))
    found = provenance.environment(str(tmp_path))
    assert (found["scikit-learn"], found["no-such-package"]) == (sklearn.__version__, None)
    assert (found["accelerator"], found["git"]) == (None, None)


def test_git_state(tmp_path: Path) -> None:
    import subprocess

    def git(*words: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        done = subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    assert provenance.git_state(str(tmp_path)) == {"commit": None, "dirty": False}
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD")
    (tmp_path / "untracked").write_text("1")
    assert provenance.git_state(str(tmp_path)) == {"commit": commit, "dirty": False}
    (tmp_path / "file").write_text("2")
    git("config", "core.fsmonitor", "touch started; false")
    assert provenance.git_state(str(tmp_path)) == {"commit": commit, "dirty": True}
    assert not (tmp_path / "started").exists()
    assert provenance.git_state(str(tmp_path / "nowhere")) is None


# -- secrets ------------------------------------------------------------------------------------------------------

BEHIND = "data={_target_: tests.zoo_parts.table, path: data/data-train-small.csv, password: '${oc.env:ZOO_PASSWORD}'}"


def leaks(folder: Path, secret: str) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes())


def test_a_password_of_the_data_is_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run(tmp_path / "run", *LR, BEHIND, "n_trials=2")
    assert one["status"] == "done"
    assert leaks(one.folder, SECRET) == []
    assert leaks(one.folder, "oc.env:ZOO_PASSWORD") == ["config.yaml", "record.json"]
    monkeypatch.setenv("ZOO_PASSWORD", "another")
    assert runner.rerun(one.folder, into=tmp_path / "again")[1] == []


def test_a_password_of_the_model_is_written_nowhere(tmp_path: Path) -> None:
    one = run(tmp_path / "run", *own("guarded", "persist=none"))
    assert one["params"]["models.type.password"] == "${oc.env:ZOO_PASSWORD}"
    assert leaks(one.folder, SECRET) == []


def test_a_password_in_an_error_is_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_PASSWORD", "wrong horse")
    with pytest.raises(Exception, match="cannot log in"):
        run(tmp_path / "run", *LR, BEHIND)
    assert read(tmp_path / "run")["status"] == "failed"
    assert leaks(tmp_path / "run", "wrong horse") == []


@pytest.mark.parametrize("name", ["predictions.csv", "config.yaml"])
def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a: mine")
    with pytest.raises(RecordError, match=rf"holds {name}, which no run has left there"):
        runner.run(compose(*LR), folder=tmp_path)
    assert (tmp_path / name).read_text() == "a: mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_rerun_into_a_folder_that_is_not_empty(tmp_path: Path, done: Record) -> None:
    with pytest.raises(RecordError, match="not empty"):
        runner.rerun(done.folder, into=tmp_path)


def test_many_columns_have_no_importance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "MAX_COLUMNS", 4)
    made = runner.run(compose(*LR), folder=tmp_path / "run")
    said = {one["message"]: one["severity"] for one in made["findings"]}
    assert said["Of 5 columns there is no importance: of more than 4 it would take too long."] == "info"
    assert not (tmp_path / "run" / "importance.csv").exists()


def test_what_the_scores_do_not_need_costs_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise ValueError("no importance today")

    monkeypatch.setattr(fits, "importance", failing)
    made = runner.run(compose(*LR), folder=tmp_path / "run")
    assert made["status"] == "done"
    assert "ValueError: no importance today" in made["findings"][-1]["message"]
    assert not (tmp_path / "run" / "importance.csv").exists()
    assert (tmp_path / "run" / "model.joblib").exists()


# -- the final fit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("timeout_s=100",)], ids=["here", "in a worker"])
def test_the_final_fit_is_the_same_wherever_it_is_made(plain: Plain, tmp_path: Path, words: tuple[str, ...]) -> None:
    config = plain("+preprocess=complex", "+models=rf", "models.type.n_estimators=10", *FAST, *words)
    made = runner.run(config, folder=tmp_path / "run")
    built = pipeline.build(config, made["data"]["columns"], None, seed=config["seed"])
    table = data.load(config)
    built.fit(table.X_train, table.y_train)
    assert made["test"]["accuracy"] == float(np.mean(built.predict(table.X_test) == table.y_test))
    assert (made.pipeline.predict_proba(table.X_test) == built.predict_proba(table.X_test)).all()


def test_all_tests_fork_their_workers_from_one_process() -> None:
    assert "PYTEST_CURRENT_TEST" not in os.environ


def test_importances_that_raise_in_a_worker_cost_no_run(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(what: str, *_: Any) -> Any:
        if what == "The importances":
            raise FitError("OddError: what cannot be pickled")
        return last(what, *_)

    last = refit._last
    monkeypatch.setattr(refit, "_last", failing)
    made = runner.run(plain(*LR), folder=tmp_path / "run")
    assert made["status"] == "done"
    assert "OddError" in made["findings"][-1]["message"]


def test_importances_that_hang_cost_no_run(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of code of the user's own, which answers few rows at a time, or never."""
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    config = plain("+preprocess=simple", "+models=sluggish", *FAST, "timeout_s=2", config_dir=CONF)
    made = runner.run(config, folder=tmp_path / "run")
    assert made["status"] == "done"
    last = made["findings"][-1]["message"]
    assert last.startswith("The importance of the columns could not be computed: RuntimeError: Timeout")
    assert not (tmp_path / "run" / "importance.csv").exists()
    assert (tmp_path / "run" / "model.joblib").exists()


def test_a_final_fit_that_ends_its_process_is_a_failed_run(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fits any fold, and dies of more rows than a fold has."""
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    config = plain("+preprocess=simple", "+models=glutton", *FAST, config_dir=CONF)
    with pytest.raises(FitError, match=r"final fit, on the whole train split, has failed: WorkerLost: .*exit code 7"):
        runner.run(config, folder=tmp_path / "run")
    assert record.load(tmp_path / "run")["status"] == "failed"


def test_a_full_disk_is_said_and_gone_on_from(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = plain("+preprocess=simple", "+models=lr", *FAST, "n_trials=6", "batch_size=2", "n_jobs=1")
    whole = runner.run(config, folder=tmp_path / "whole")
    original, saved = storage.save_result, []

    def full(folder: Path, trial: storage.Trial) -> None:
        saved.append(trial)
        if len(saved) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(folder, trial)

    monkeypatch.setattr(storage, "save_result", full)
    with pytest.raises(RecordError, match=r"No space left on device\. What was finished is kept: .*mlzoo resume"):
        runner.run(config, folder=tmp_path / "run")
    monkeypatch.setattr(storage, "save_result", original)
    assert runner.run(config, folder=tmp_path / "run")["cv"] == whole["cv"]


def test_a_file_that_is_closed_is_no_failure_of_a_fit(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "closed.csv")

    config = plain("+preprocess=simple", "+models=lr", *FAST)
    monkeypatch.setattr(inputs, "load", closed)
    with pytest.raises(RecordError, match=r"^closed\.csv: Permission denied\. What .* mlzoo resume"):
        runner.run(config, folder=tmp_path / "run")


def test_a_multirun_tells_a_finding_about_the_data_once_to_each_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """But of each cell what is about its fits, which names no cell."""
    monkeypatch.setattr(launch, "_said", set())
    heard = [io.StringIO(), io.StringIO()]
    handlers = [logging.StreamHandler(one) for one in heard]
    for handler in handlers:
        handler.addFilter(launch.is_new)
    monkeypatch.setattr(runner.log, "handlers", handlers)
    for _ in range(2):
        runner.log_finding(finding_of("constant", "warning", "a", "One value."))
        runner.log_finding(finding_of("library", "warning", "", "In 4 of 4 fits: it did not converge."))
        runner.log.warning("interrupted")
    told = ["One value.", *["In 4 of 4 fits: it did not converge.", "interrupted"] * 2]
    assert [one.getvalue().splitlines() for one in heard] == [told, told]
    assert launch._said == {"One value."}


def test_an_interrupt_behind_the_search_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "refit", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(tmp_path / "run", *LR)
    assert caught.value.__notes__ == [f"simple-lr: interrupted. To go on: python -m mlzoo resume {tmp_path / 'run'}"]
