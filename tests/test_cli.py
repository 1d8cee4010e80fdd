"""The real program in a subprocess: what it prints, what it leaves, how it ends."""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binomtest

import mlzoo
from mlzoo import cli
from tests import program
from tests.conftest import ROOT, Program
from tests.program import own_environment

DATA = ROOT / "data"
CELL = ("+preprocess=complex", "+models=lr")
SIMPLE = ("+preprocess=simple", "+models=lr")  # of fewer columns
FOLDS = ("validation.n_splits=2", "validation.n_repeats=1")
QUICK = (*FOLDS, "preprocess.drop=[PassengerId]", "persist=none")
Done = subprocess.CompletedProcess[str]
param = pytest.param

RUN_FILES = {
    ".hydra", "categories.json", "config.yaml", "importance.csv", "mlzoo.log", "model.joblib", "oof.npz",
    "pipeline.html", "predictions.csv", "record.json", "wrong.csv",
}  # fmt: skip

USER_MODULE = """
import gc

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression


class Boiler(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise ValueError("the boiler burst")

    def predict(self, X):
        return X


def mild(C=0.25):
    assert gc.isenabled()
    return LogisticRegression(C=C)
"""
USER_FILES = {
    "mine/models/lr.yaml": "name: Mine\ntype: {_target_: sklearn.linear_model.LogisticRegression, C: 5.0}\n",
    "mine/models/soft.yaml": "defaults: [rf, _self_]\nname: Soft\ntype:\n  max_depth: 2\n  n_estimators: 5\n",
    "mine/models/blank.yaml": "type:\n  _target_: sklearn.linear_model.LogisticRegression\n  C: ???\n",
    "mine/models/boiler.yaml": "type: {_target_: mymodels.Boiler}\n",
    "mine/models/mild.yaml": "type: {_target_: mymodels.mild}\n",
    "broken/models/lr.yaml": "name: [unclosed\ntype: {\n",
    "mymodels.py": USER_MODULE,
}
SMALL = {
    "own/models/sm.yaml": "defaults: [rf, _self_]\ntype: {n_estimators: 7}\nspace: {n_estimators: null}\n",
}  # a small forest, of a name as short as rf
SWEEPER = "# @package _global_\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    params:"
GRIDS = {
    "grids/experiment/plus.yaml": f"{SWEEPER} {{+preprocess: complex, +models: lr, models.type.C: '0.1,1'}}\n",
    "grids/experiment/bare.yaml": f"{SWEEPER} {{preprocess: complex, models: lr, +models.type.C: '0.1,1'}}\n",
}
STRUCTURED = """
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore


@dataclass
class Tree:
    name: str = "Structured tree"
    type: Any = field(
        default_factory=lambda: {"_target_": "sklearn.tree.DecisionTreeClassifier", "max_depth": 2}
    )


ConfigStore.instance().store(group="models", name="tree", node=Tree)

if __name__ == "__main__":
    from mlzoo.cli import main

    main()
"""


# -- helpers ------------------------------------------------------------------------------------------------------


def start(folder: Path, *words: str, **how: Any) -> Done:
    """The real program in a folder that several tests share."""
    done: Done = program.run(*words, cwd=folder, **how)
    return done


def read(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "record.json").read_text())
    return content


def run_folders(home: Path) -> list[Path]:
    return sorted(path.parent for path in home.rglob("record.json"))


def only(home: Path) -> Path:
    (folder,) = run_folders(home)
    return folder


def timeless(folder: Path) -> dict[str, Any]:
    content = read(folder)
    assert content.pop("timing")["total_s"] > 0
    return content


def board(folder: Path) -> list[dict[str, str]]:
    with (folder / "leaderboard.csv").open() as file:
        return list(csv.DictReader(file))


def put(home: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)


def people(n: int = 60, **columns: Any) -> pd.DataFrame:
    """A table of a number, a text and a target of two classes that follows the number."""
    return pd.DataFrame(
        {
            "age": [20 + 7 * i % 41 + 0.5 for i in range(n)],
            "town": ["Ulm" if i % 3 else "Bonn" for i in range(n)],
            "churn": ["yes" if 7 * i % 41 > 20 else "no" for i in range(n)],
            **columns,
        }
    )


def check_no_traceback(done: Done) -> None:
    for text in ("Traceback", "Logging error"):
        assert text not in done.stdout + done.stderr, done.stderr


# -- one run ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Done, Path]]:
    """The first command of the README: twice by `python -m`, once by the console script."""
    script = shutil.which("mlzoo", path=str(Path(sys.executable).parent))
    assert script is not None
    made = []
    for by in (program.FRESH, program.FRESH, (script,)):
        home = tmp_path_factory.mktemp("run")
        done = start(home, *CELL, program=by)
        made.append((done, only(home)))
    return made


def test_a_run_prints_score_interval_folds_gap_and_folder(runs: list[tuple[Done, Path]]) -> None:
    done, folder = runs[0]
    record = read(folder)
    score, folds = record["test"]["accuracy"], record["cv"]["accuracy"]
    interval = binomtest(round(score * 223), 223).proportion_ci(method="wilson")
    gap = statistics.mean(folds) - statistics.mean(record["baseline"]["cv"]["accuracy"])
    assert done.stderr == ""
    mean, spread = statistics.mean(folds), statistics.stdev(folds)
    assert done.stdout.splitlines()[-3:] == [
        f"complex-lr: accuracy {score:.4f} on the test split (95 % interval {interval.low:.3f} to {interval.high:.3f})",
        f"  {mean:.4f} ± {spread:.4f} over 10 folds, {gap:+.4f} against the baseline",
        f"  {folder.relative_to(folder.parents[2])}",
    ]


def test_a_run_leaves_its_folder(runs: list[tuple[Done, Path]]) -> None:
    folder = runs[0][1]
    record = read(folder)
    predictions = pd.read_csv(folder / "predictions.csv")
    assert {path.name for path in folder.iterdir()} == RUN_FILES
    assert record["status"] == "done"
    assert record["cell"] == "complex-lr"
    assert record["overrides"] == list(CELL)
    assert record["command"] == "python -m mlzoo +preprocess=complex +models=lr"
    assert record["params"]["models.type.C"] == 1.0
    assert record["test"]["accuracy"] == (predictions["truth"] == predictions["prediction"]).mean()
    assert predictions["truth"].tolist() == pd.read_csv(DATA / "data-test-large.csv")["Survived"].tolist()


def test_findings_are_in_the_log_of_the_run_folder_and_on_the_terminal(runs: list[tuple[Done, Path]]) -> None:
    done, folder = runs[0]
    text = (
        "The column 'PassengerId' looks like an identifier (nearly every row has a value of its own): kept. "
        "To leave it out: 'preprocess.drop=[PassengerId]'"
    )
    assert text in done.stdout
    assert text in (folder / "mlzoo.log").read_text()
    assert [finding["remedy"] for finding in read(folder)["findings"]] == ["preprocess.drop=[PassengerId]"]


@pytest.mark.parametrize("other", [param(1, id="again"), param(2, id="by the console script")])
def test_the_same_command_leaves_the_same_record(runs: list[tuple[Done, Path]], other: int) -> None:
    ours, theirs = runs[0][1], runs[other][1]
    assert timeless(ours) == timeless(theirs)
    for name in ("predictions.csv", "importance.csv"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert [line[:12] for line in runs[0][0].stdout.splitlines()[-3:-1]] == [
        line[:12] for line in runs[other][0].stdout.splitlines()[-3:-1]
    ]


def test_an_own_table_is_split_the_same_way_for_every_cell(zoo: Program, tmp_path: Path) -> None:
    put(tmp_path, SMALL)
    people(100).assign(joined="2026-01-01").to_csv(tmp_path / "my.csv", index=False)
    words = ("data=my.csv", "target=churn", *FOLDS, "models.type.random_state=1", "persist=none")
    done = zoo("-m", "-cd", "own", "+preprocess=complex", "+models=lr,sm", *words)
    finding = "The column 'joined' holds dates: left out"
    assert done.stdout.count(finding) == 1  # not for each cell
    assert all((folder / "mlzoo.log").read_text().count(finding) == 1 for folder in run_folders(tmp_path))
    first, second = (pd.read_csv(folder / "predictions.csv") for folder in run_folders(tmp_path))
    share = (people(100)["churn"] == "yes").mean()
    assert first["row"].tolist() == second["row"].tolist()
    assert len(first) == 25
    assert abs((first["truth"] == "yes").sum() - 25 * share) < 1
    assert first["truth"].tolist() == people(100)["churn"][first["row"]].tolist()
    assert list(first.columns) == ["row", "truth", "prediction", "proba_no", "proba_yes"]


def test_a_file_as_spreadsheets_write_it_runs_and_says_what_was_found(zoo: Program, tmp_path: Path) -> None:
    table = people(town=["Köln" if i % 3 else "Ulm" for i in range(60)], CustomerID=range(500, 560), blank=None, one=1)
    table.to_csv(tmp_path / "my.csv", sep=";", decimal=",", encoding="latin-1", index_label="")
    done = zoo(*CELL, "data=my.csv", "target=churn", *FOLDS, "persist=none")
    folder = only(tmp_path)
    record = read(folder)
    assert record["data"]["columns"] == {"number": ["age", "CustomerID", "one"], "category": ["town"]}
    found = {(finding["check"], finding["column"]) for finding in record["findings"]}
    assert found >= {("index", "Unnamed: 0"), ("empty", "blank"), ("constant", "one"), ("identifier", "CustomerID")}
    for place in (done.stdout, (folder / "mlzoo.log").read_text()):
        assert "read with the separator ';' (read.sep)" in place
        assert "read with the encoding cp1252 (read.encoding)" in place
        assert "read with the decimal mark ',' (read.decimal)" in place
        assert "To leave it out: 'preprocess.drop=[CustomerID]'" in place


# -- tuning, by the shipped experiment ----------------------------------------------------------------------------


def test_the_experiment_is_tuned_and_its_command_rebuilds_the_best(zoo: Program, tmp_path: Path) -> None:
    words = (
        "n_trials=3",
        *FOLDS,
        "models.type.n_estimators=20",
        "models.space.n_estimators={low: 10, high: 30, step: 10}",
    )
    done = zoo("+experiment=tuned_forest", *words, "hydra.run.dir=tuned")
    record = read(tmp_path / "tuned")
    trials = pd.read_csv(tmp_path / "tuned" / "trials.csv")
    assert {path.name for path in (tmp_path / "tuned").iterdir()} == RUN_FILES | {"trials.csv", "study.journal"}
    assert (record["cell"], record["metric"], record["n_trials"]) == ("complex-rf", "roc_auc", 3)
    assert trials["trial"].tolist() == [0, 1, 2]
    assert trials["value"].max() == pytest.approx(statistics.mean(record["cv"]["roc_auc"]), abs=1e-12)

    lines = done.stdout.splitlines()
    command = next(line.strip() for line in lines if line.startswith("  python -m mlzoo"))
    assert command == record["command"]
    assert f"best of 3 trials is trial {record['trial']}; this rebuilds it:" in done.stdout
    zoo(*shlex.split(command)[3:], "hydra.run.dir=rebuilt")
    rebuilt = read(tmp_path / "rebuilt")
    assert rebuilt["n_trials"] is None
    assert (rebuilt["cv"], rebuilt["test"]) == (record["cv"], record["test"])


# -- multirun -----------------------------------------------------------------------------------------------------


EXPORT = "export=${hydra:sweep.dir}_${now:%Y}.xlsx"


@pytest.fixture(scope="session")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """Every combination, tuned: `plain` by the basic launcher, `joblib` by the other."""
    home = tmp_path_factory.mktemp("sweep")
    put(home, SMALL)
    words = ("-m", "-cd", "own", "+preprocess=simple,complex", "+models=lr,sm", "n_trials=2", *QUICK[:-1], EXPORT)
    plain = start(home, *words, "hydra.sweep.dir=plain")
    start(home, *words, "hydra.sweep.dir=joblib", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", code=None)
    return plain, home


def test_a_multirun_ends_with_its_leaderboard(sweeps: tuple[Done, Path]) -> None:
    done, home = sweeps
    rows = board(home / "plain")
    records = {read(folder)["cell"]: read(folder) for folder in run_folders(home / "plain")}
    assert done.stderr == ""
    assert sorted(records) == ["complex-lr", "complex-sm", "simple-lr", "simple-sm"]
    means = {cell: statistics.mean(record["cv"]["accuracy"]) for cell, record in records.items()}
    assert [row["row"] for row in rows] == sorted(means, key=lambda cell: -means[cell])
    for rank, row in enumerate(rows, start=1):
        record = records[row["row"]]
        folds = record["cv"]["accuracy"]
        gap = means[row["row"]] - statistics.mean(record["baseline"]["cv"]["accuracy"])
        assert (row["rank"], row["status"], row["trials"], row["metric"]) == (str(rank), "done", "2", "accuracy")
        assert float(row["cv_mean"]) == pytest.approx(statistics.mean(folds))
        assert float(row["cv_sd"]) == pytest.approx(statistics.stdev(folds))
        assert float(row["test"]) == record["test"]["accuracy"]
        assert float(row["baseline_gap"]) == pytest.approx(gap)
        assert float(row["fit_s"]) == record["timing"]["fit_s"]
        mean, test = (f"{float(row[key]):.4f}" for key in ("cv_mean", "test"))
        told = re.compile(rf" *{rank}  {row['row']} +{mean} \(.* to .*\) .* {test} ")
        assert any(told.match(line) for line in done.stdout.splitlines())
    written = json.loads((home / "plain" / "leaderboard.json").read_text())
    assert written["best"] == rows[0]["row"]
    assert [row["row"] for row in written["rows"]] == [row["row"] for row in rows]
    assert written["dummy"]["cv_mean"] == pytest.approx(float(rows[0]["cv_mean"]) - float(rows[0]["baseline_gap"]))
    assert f"      dummy       {written['dummy']['cv_mean']:.4f} " in done.stdout


def test_a_multirun_writes_its_leaderboard_where_export_says(sweeps: tuple[Done, Path]) -> None:
    done, home = sweeps
    for name in ("plain", "joblib"):
        (path,) = home.glob(f"{name}_2*.xlsx")
        rows, known = pd.read_excel(path), board(home / name)
        assert rows["row"].tolist() == [row["row"] for row in known]
        assert rows["folder"].tolist() == [f"{name}/{row['folder']}" for row in known]
    (path,) = home.glob("plain_2*.xlsx")
    assert done.stdout.splitlines()[-2:] == ["plain/leaderboard.csv", path.name]
    assert [read(folder)["command"] for folder in run_folders(home) if "export" in read(folder)["command"]] == []


def test_the_joblib_launcher_leaves_the_same_records(sweeps: tuple[Done, Path]) -> None:
    home = sweeps[1]
    plain, joblib = run_folders(home / "plain"), run_folders(home / "joblib")
    assert [path.name for path in joblib] == [path.name for path in plain] == ["0", "1", "2", "3"]
    assert [timeless(folder) for folder in joblib] == [timeless(folder) for folder in plain]
    timed = {"fit_s", "predict_s"}
    for ours, theirs in zip(board(home / "plain"), board(home / "joblib"), strict=True):
        assert {k: v for k, v in ours.items() if k not in timed} == {k: v for k, v in theirs.items() if k not in timed}


LONG = pytest.mark.long
C_ROWS = ["complex-lr C=0.1", "complex-lr C=1", "complex-lr C=10"]
CELLS = ["complex-lr", "complex-rf", "simple-lr", "simple-rf"]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        param(("-m", *CELL, "models.type.C=0.1,1,10"), C_ROWS, id="lists"),
        param((*CELL, "models.type.C=0.1,1", "-m"), C_ROWS[:2], id="-m behind", marks=LONG),
        param(
            ("preprocess=complex", "--multirun", "models=lr", "models/C=0.1,1"),
            C_ROWS[:2],
            id="between, other signs",
            marks=LONG,
        ),
        param(
            ("-m", "+preprocess=glob(*,exclude=multi_*)", "+models=glob(*,exclude=multi_*)"),
            CELLS,
            id="glob",
            marks=LONG,
        ),
        param(("-m", *CELL, "models.type.C=range(1,3)"), ["complex-lr C=1", "complex-lr C=2"], id="range", marks=LONG),
        param(("hydra.mode=MULTIRUN", *CELL, "models.type.C=0.1,1"), C_ROWS[:2], id="hydra.mode", marks=LONG),
        param(("-cd", "grids", "+experiment=plus"), C_ROWS[:2], id="sweeper.params with plus signs", marks=LONG),
        param(("+experiment=bare", "--config-dir", "grids"), C_ROWS[:2], id="sweeper.params without", marks=LONG),
        param(
            ("-m", *CELL, "models.type.C=0.1,1", "hydra.job.chdir=true"),
            C_ROWS[:2],
            id="chdir",
            marks=LONG,
        ),
    ],
)
def test_ways_to_sweep(zoo: Program, tmp_path: Path, words: tuple[str, ...], rows: list[str]) -> None:
    put(tmp_path, GRIDS)
    done = zoo(*words, *QUICK, "hydra.sweep.dir=sweep")
    assert sorted(row["row"] for row in board(tmp_path / "sweep")) == rows
    assert done.stdout.splitlines()[-1] == "sweep/leaderboard.csv"
    assert len(run_folders(tmp_path)) == len(rows)


def test_a_grid_of_one_of_several_experiments_is_not_left_out_silently(zoo: Program, tmp_path: Path) -> None:
    held = "# @package _global_\ndefaults: [{/preprocess: simple}, {/models: lr}, _self_]\n"
    grid = "hydra: {sweeper: {params: {+models.type.C: '1,2'}}}\n"
    put(tmp_path, {"grids/experiment/one.yaml": held, "grids/experiment/grid.yaml": held + grid})
    words = ("-m", "-cd", "grids", *QUICK)
    several = zoo(*words, "+experiment=one,grid", "hydra.sweep.dir=several")
    assert (several.stdout + several.stderr).count("is left out (models.type.C): a grid is that of the whole") == 1
    alone = zoo(*words, "+experiment=grid", "hydra.sweep.dir=alone")
    assert "left out" not in alone.stdout + alone.stderr
    assert len(run_folders(tmp_path / "alone")) == 2


def test_a_cell_that_fails_is_a_row_with_its_reason(zoo: Program, tmp_path: Path) -> None:
    put(tmp_path, USER_FILES)
    words = ("-m", "--config-dir", "mine", "+preprocess=complex", "+models=boiler,mild,lr", *QUICK)
    done = zoo(*words, "hydra.sweep.dir=sweep", code=1, env={"MLZOO_ALLOW": "mymodels"})
    rows = {row["row"]: row for row in board(tmp_path / "sweep")}
    assert {name: row["status"] for name, row in rows.items()} == {
        "complex-mild": "done", "complex-lr": "done", "complex-boiler": "failed",
    }  # fmt: skip
    assert "ValueError: the boiler burst" in rows["complex-boiler"]["error"]
    assert rows["complex-boiler"]["rank"] == ""
    assert re.search(r"complex-boiler failed: .*ValueError: the boiler burst", done.stdout)
    assert "ValueError: the boiler burst" in (tmp_path / "sweep/0/mlzoo.log").read_text()
    assert read(tmp_path / "sweep/0")["status"] == "failed"
    check_no_traceback(done)


def test_where_every_cell_fails_the_leaderboard_is_still_written(zoo: Program, tmp_path: Path) -> None:
    words = ("-m", "+preprocess=complex", "+models=lr,rf", "data=nofile.csv", "hydra.sweep.dir=sweep")
    done = zoo(*words, code=1)
    assert [(row["row"], row["status"]) for row in board(tmp_path / "sweep")] == [
        ("complex-lr", "failed"),
        ("complex-rf", "failed"),
    ]
    assert json.loads((tmp_path / "sweep/leaderboard.json").read_text())["best"] is None
    check_no_traceback(done)


def test_a_sweep_over_seeds_has_no_leaderboard_for_its_folds_differ(zoo: Program, tmp_path: Path) -> None:
    people(copy=people()["churn"]).to_csv(tmp_path / "my.csv", index=False)
    own = ("data=my.csv", "target=churn", "split.seed=5", "preprocess.drop=[]")
    done = zoo("-m", *CELL, "seed=1,2", *QUICK, *own, "hydra.sweep.dir=sweep")
    before, _, after = done.stdout.partition("Launching 2 jobs")
    assert "The jobs of this multirun differ in seed, and so in their folds" in before
    assert "vary models.type.random_state=1,2" in before
    assert "differ in seed" not in after
    assert done.stderr.startswith("No leaderboard: These runs cannot be ranked together")
    assert "the rows of the folds" in done.stderr
    assert "Each run stands in its folder.\nMind: The column " in done.stderr
    assert done.stderr.endswith("To leave all of these out: 'preprocess.drop=[age,copy]'\n")
    assert [read(tmp_path / "sweep" / name)["status"] for name in "01"] == ["done", "done"]
    assert not (tmp_path / "sweep/leaderboard.csv").exists()


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        param(("+preprocess=complex,simpel", "+models=lr"), ("preprocess=simpel", "'simple'"), id="option"),
        param((*CELL, "models.type.D=1,2"), ("models.type.D", "'models.type.C'"), id="key"),
        param((*CELL, "seed=1,x"), ("seed", "'x'"), id="type", marks=pytest.mark.long),
        param(("+preprocess=complex", "+models=lr,multi_lr"), ("models.type.C", "n_trials=20"), id="ranges"),
        param((*CELL, "n_trials=2,0"), ("n_trials=0", "1 or more"), id="n_trials", marks=pytest.mark.long),
        param((*CELL, "export=board.xls"), ("export=board.xls", "'.xlsx'"), id="export's ending"),
        param(
            (*CELL, "export=no/board.csv"),
            ("export=no/board.csv", "no folder no."),
            id="export's folder",
            marks=pytest.mark.long,
        ),
        param((*CELL, "export=a.csv,b.csv"), ("export=a.csv,b.csv", "one file"), id="two exports"),
    ],
)
def test_a_typo_refuses_the_whole_multirun(
    zoo: Program, tmp_path: Path, words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    done = zoo("-m", *words, *QUICK, code=1)
    assert all(text in done.stderr for text in texts), done.stderr
    assert run_folders(tmp_path) == []
    assert list(tmp_path.rglob("leaderboard.csv")) == []
    check_no_traceback(done)


# -- what else Hydra gives ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "texts", "absent"),
    [
        param(
            ("--help",),
            (
                "which preprocessing x model x hyper-parameters",
                "python -m mlzoo +preprocess=complex +models=lr ",
                "data=my.csv target=churn",
                "n_trials=100",
                "python -m mlzoo -m ",
                "compare FOLDER",
                "rerun RUN",
                "predict RUN_OR_SWEEP FILE -o OUT",
                "  list ",
                "preprocess: complex, multi_complex, multi_simple, simple",
                "models: lr, multi_lr, multi_rf, rf",
                "experiment: idx_digits, tuned_forest",
                "validation: cv, group, holdout",
                "n_trials: null",
                "--hydra-help",
            ),
            ("hydra:help",),
            id="help",
        ),
        param(("--version",), (f"mlzoo {mlzoo.__version__}",), ("Hydra",), id="version"),
        param(("--hydra-help",), ("--multirun,-m", "--shell-completion"), (), id="hydra-help"),
        param(
            ("--cfg", "job", *CELL),
            ("target: Survived", "random_state: ${seed}", "_target_: sklearn.linear_model.LogisticRegression"),
            ("hydra:",),
            id="cfg job",
        ),
        param(("--cfg", "hydra"), ("hydra:", "name: mlzoo", "dir: outputs/${now:"), ("target:",), id="cfg hydra"),
        param(("--cfg", "all", *CELL), ("hydra:", "target: Survived", "models:"), (), id="cfg all"),
        param((*CELL, "--cfg", "job"), ("target: Survived", "models:"), ("hydra:",), id="cfg behind"),
        param(
            ("--cfg", "job", "--package", "models.type", *CELL),
            ("# @package models.type", "C: 1.0", "random_state: ${seed}"),
            ("target:", "space:"),
            id="package",
        ),
        param(
            ("--cfg", "job", "--package", "models.type", "--resolve", *CELL, "seed=7"),
            ("random_state: 7",),
            ("${",),
            id="resolve",
        ),
        param(("--info",), ("Installed Hydra Plugins", "Config search path", "Defaults List"), (), id="info"),
        param(("--info", "all"), ("Installed Hydra Plugins", "Config search path", "Defaults List"), (), id="info all"),
        param(("--info", "config", *CELL), ("Config search path", "Defaults Tree", "models/lr"), (), id="info config"),
        param(("--info", "defaults", *CELL), ("Defaults List", "| preprocess/complex"), (), id="info defaults"),
        param(("--info", "defaults-tree", *CELL), ("Defaults Tree", "models: lr"), (), id="info defaults-tree"),
        param(("--info", "plugins"), ("BashCompletion", "JoblibLauncher"), ("Defaults",), id="info plugins"),
        param(("--info", "searchpath"), ("Config search path", "conf"), ("Plugins",), id="info searchpath"),
    ],
)
def test_looking_runs_nothing(
    zoo: Program, tmp_path: Path, words: tuple[str, ...], texts: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    done = zoo(*words)
    for text in texts:
        assert text in done.stdout
    for text in absent:
        assert text not in done.stdout
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        param("mlzoo +pre", {"+preprocess="}, id="group"),
        param(
            "mlzoo preprocess=",
            {f"preprocess={name}" for name in ("complex", "multi_complex", "multi_simple", "simple")},
            id="options",
        ),
        param("mlzoo +models=l", {"+models=lr"}, id="option begun"),
        param("mlzoo n_", {"n_jobs=", "n_trials="}, id="key"),
        param(
            "mlzoo +preprocess=complex +models=lr models.type.",
            {f"models.type.{name}=" for name in ("_target_", "C", "fit_intercept", "random_state")},
            id="key of an option",
        ),
        param("mlzoo +models=s", {"+models=soft"}, id="option of the start folder's conf"),
        param("mlzoo +preprocess=bogus mod", {"models="}, id="behind a wrong word"),
    ],
)
def test_completion(zoo: Program, tmp_path: Path, line: str, choices: set[str]) -> None:
    put(tmp_path, {"conf/models/soft.yaml": USER_FILES["mine/models/soft.yaml"]})
    done = zoo("-sc", "query=bash", env={"COMP_LINE": line, "COMP_POINT": str(len(line))})
    assert set(done.stdout.split()) == choices
    assert done.stderr == ""


def test_completion_is_installed_for_the_console_script(tmp_path: Path) -> None:
    script = str(Path(sys.executable).parent / "mlzoo")
    installed = start(tmp_path, "-sc", "install=bash", program=(script,)).stdout
    (tmp_path / "completion.sh").write_text(installed)
    shell = (
        "source completion.sh; COMP_LINE='mlzoo +models=r' COMP_POINT=15 COMP_CWORD=1; "
        'hydra_bash_completion; printf "%s\\n" "${COMPREPLY[@]}"; complete -p mlzoo'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, env=own_environment(PATH=path), capture_output=True, text=True
    )
    assert done.stdout.splitlines()[0] == "+models=rf"
    assert "-F hydra_bash_completion mlzoo" in done.stdout


def test_without_logging_the_results_stand_alone(zoo: Program, tmp_path: Path) -> None:
    done = zoo(*CELL, *FOLDS, "hydra/job_logging=disabled")
    folder = only(tmp_path)
    assert len(done.stdout.splitlines()) == 3
    assert done.stdout.startswith("complex-lr: accuracy 0.")
    assert done.stdout.splitlines()[-1].strip() == str(folder.relative_to(tmp_path))
    assert done.stderr == ""
    assert not (folder / "mlzoo.log").exists()


def test_relative_data_are_found_after_a_change_of_folder(zoo: Program, tmp_path: Path) -> None:
    people().to_csv(tmp_path / "my.csv", index=False)
    done = zoo(*CELL, "data=my.csv", "target=churn", *FOLDS, "hydra.job.chdir=true", "hydra.run.dir=here")
    assert read(tmp_path / "here")["data"]["train"]["source"] == "my.csv"
    assert (tmp_path / "here" / "model.joblib").is_file()
    assert done.stdout.splitlines()[-1].strip() == "here"


def test_keys_can_be_taken_out(zoo: Program, tmp_path: Path) -> None:
    zoo(*SIMPLE, *QUICK, "~models.type.fit_intercept", "~batch_size", "hydra.run.dir=run")
    params = read(tmp_path / "run")["params"]
    assert "models.type.fit_intercept" not in params
    assert params["models.type.C"] == 1.0


def test_without_n_trials_a_missing_space_changes_nothing(zoo: Program, tmp_path: Path) -> None:
    zoo(*CELL, *QUICK, "~preprocess.space", "hydra.run.dir=run")
    record = read(tmp_path / "run")
    assert (record["params"]["models.type.C"], record["params"]["preprocess.type.imputation"]) == (1.0, "mean")
    assert record["command"] == shlex.join(["python", "-m", "mlzoo", *CELL, *QUICK, "~preprocess.space"])
    assert not (tmp_path / "run" / "study.journal").exists()


@pytest.mark.parametrize("name", ["pandas", "hydra", "threadpoolctl", "yaml"])
def test_a_file_that_stands_in_for_a_package_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("")
    start = (sys.executable, "-m", "mlzoo")
    done = program.run(*CELL, *QUICK, cwd=tmp_path, code=1, program=start)
    assert done.stdout == ""
    assert done.stderr.strip() == f"{name}.py stands here in the place of the package {name}: rename it."


def test_options_of_ones_own_come_first(zoo: Program, tmp_path: Path) -> None:
    put(tmp_path, USER_FILES)
    done = zoo("--config-dir", "mine", *SIMPLE, *QUICK, "hydra.run.dir=run")
    record = read(tmp_path / "run")
    own = str(tmp_path / "mine/models/lr.yaml")
    assert (record["name"], record["params"]["models.type.C"]) == ("Mine", 5.0)
    assert f"--config-dir {tmp_path / 'mine'}" in record["command"]
    for place in (done.stdout, (tmp_path / "run/mlzoo.log").read_text()):
        assert f"Taken from your own files in place of the shipped ones: {own}" in place


@pytest.mark.parametrize("package", [False, True])
def test_a_conf_in_place_of_the_shipped_one_is_named(package: bool, zoo: Program, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "conf", tmp_path / "whole")
    put(tmp_path, {"whole/models/lr.yaml": USER_FILES["mine/models/lr.yaml"], "whole/__init__.py": ""})
    home = "pkg://whole" if package else str(tmp_path / "whole")
    words = ("--config-path", home, *SIMPLE, *QUICK)
    zoo("-m", *words, "models.type.fit_intercept=true,false", "hydra.sweep.dir=sweep")
    record = read(tmp_path / "sweep/0")
    assert record["command"].startswith(f"python -m mlzoo --config-path {home} +")
    shutil.rmtree(tmp_path / "sweep/1")
    (tmp_path / "sweep/leaderboard.json").unlink()
    zoo("resume", "sweep")
    assert read(tmp_path / "sweep/1")["params"]["models.type.C"] == record["params"]["models.type.C"] == 5.0


@pytest.mark.parametrize(
    ("words", "cell", "params"),
    [
        param(
            ("+models=soft",),
            "complex-soft",
            {"max_depth": 2, "n_estimators": 5, "min_samples_split": 10, "random_state": 123},
            id="defaults with _self_",
        ),
        param(("+models=blank", "models.type.C=2"), "complex-blank", {"C": 2}, id="??? given"),
        param(("+models=mild",), "complex-mild", {"_target_": "mymodels.mild"}, id="a function"),
        param(
            ("+models=mild", "models.type._target_=sklearn.linear_model.RidgeClassifier", "+models.type.alpha=2"),
            "complex-mild",
            {"_target_": "sklearn.linear_model.RidgeClassifier", "alpha": 2},
            id="a class",
        ),
    ],
)
def test_yaml_of_ones_own(
    zoo: Program, tmp_path: Path, words: tuple[str, ...], cell: str, params: dict[str, Any]
) -> None:
    put(tmp_path, USER_FILES)
    given = ("--config-dir", "mine", "+preprocess=complex", *words, *QUICK, "hydra.run.dir=run")
    zoo(*given, env={"MLZOO_ALLOW": "mymodels"})
    record = read(tmp_path / "run")
    assert (record["cell"], record["status"]) == (cell, "done")
    assert {f"models.type.{key}": value for key, value in params.items()}.items() <= record["params"].items()


def test_interpolations(zoo: Program, tmp_path: Path) -> None:
    people().to_csv(tmp_path / "my.csv", index=False)
    people().to_csv(tmp_path / "secret-place.csv", index=False)
    words = ("data=${hydra:runtime.cwd}/my.csv", "test_data=${oc.env:HELD_OUT}", "models.name=run of ${now:%Y}")
    zoo(*CELL, *words, "target=churn", *FOLDS, "hydra.run.dir=${now:%Y}/run", env={"HELD_OUT": "secret-place.csv"})
    folder = only(tmp_path)
    record = read(folder)
    assert re.fullmatch(r"20\d\d", folder.parent.name)
    assert record["data"]["train"]["source"] == str(tmp_path / "my.csv")
    assert record["data"]["test"]["rows"] == 60
    assert record["name"] == f"run of {folder.parent.name}"
    written = [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".yaml", ".log")]
    assert [path.name for path in written if "secret-place" in path.read_text()] == []
    assert record["overrides"][2:5] == list(words)


@pytest.mark.long  # by function in `test_loader`
def test_a_structured_config_of_ones_own(tmp_path: Path) -> None:
    put(tmp_path, {"own.py": STRUCTURED})
    by = (sys.executable, "-W", "error", "own.py")
    start(tmp_path, "+preprocess=complex", "+models=tree", *QUICK, "hydra.run.dir=run", program=by)
    record = read(tmp_path / "run")
    assert (record["cell"], record["name"]) == ("complex-tree", "Structured tree")
    assert record["params"]["models.type.max_depth"] == 2
    assert re.search("^  tree +Structured tree$", start(tmp_path, "list", program=by).stdout, re.MULTILINE)


# -- errors -------------------------------------------------------------------------------------------------------

KEY = "models.type"


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        param(
            (),
            ("No preprocess and no models", "+preprocess=OPTION", "multi_simple, simple", "multi_rf, rf"),
            id="nothing chosen",
        ),
        param(
            ("+preprocess=simple",),
            ("No models option", "+models=OPTION", "lr, multi_lr, multi_rf, rf"),
            id="no model",
            marks=pytest.mark.long,
        ),
        param(
            ("+models=lr",),
            ("No preprocess option", "complex, multi_complex, multi_simple, simple"),
            id="no preprocess",
            marks=pytest.mark.long,
        ),
        param(("+preproces=simple", "+models=lr"), ("preproces", "'preprocess'"), id="unknown group"),
        param((*CELL, "n_trails=3"), ("n_trails", "'n_trials'"), id="unknown key"),
        param(
            (*CELL, "++models.type.class_weigth=balanced"),
            ("class_weigth", "'models.type.class_weight'"),
            id="unknown argument",
            marks=pytest.mark.long,
        ),
        param(
            ("+preprocess=complex", "+models=lt"),
            ("models=lt", "'lr'", "lr, multi_lr, multi_rf, rf"),
            id="unknown option",
        ),
        param((*CELL, "n_trials=many"), ("n_trials", "'many'", "Integer"), id="wrong type"),
        param((*CELL, "n_trials=0"), ("n_trials=0", "1 or more"), id="n_trials below 1", marks=pytest.mark.long),
        param(
            ("+preprocess=complex", "+models=multi_lr"),
            ("models.type.C", "is a range", "n_trials=20", "models.type.C=0.001"),
            id="ranges without n_trials",
        ),
        param(
            (*CELL, "n_trials=2", "models.space.C.low=500"),
            ("`low` <= `high`", "models.space.C", "low=500", "high=100"),
            id="low > high",
            marks=pytest.mark.long,
        ),
        param(
            (*CELL, f"{KEY}._target_=os.system"),
            (f"{KEY}._target_=os.system", "may not be built", "MLZOO_ALLOW=os"),
            id="target refused",
        ),
        param(
            (*CELL, f"{KEY}._target_=sklearn.utils.parallel.joblib.load"),
            ("may not be built", "joblib.numpy_pickle.load"),
            id="re-export refused",
            marks=pytest.mark.long,
        ),
        param(
            (*CELL, f"{KEY}._target_=sklearn.linear_model.LogisticRegresion"),
            ("does not exist", "'LogisticRegression'"),
            id="target unknown",
        ),
        param(
            ("-cd", "mine", "+preprocess=complex", "+models=blank"),
            ("models.type.C", "???", "models.type.C=VALUE"),
            id="???",
        ),
        param(
            ("-cd", "mine", "+preprocess=complex", "+models=mild"),
            ("mymodels.mild", "MLZOO_ALLOW=mymodels"),
            id="one's own module",
        ),
        param(("-cd", "broken", *CELL), ("broken/models/lr.yaml", "line"), id="broken YAML"),
        param(("-cd", "nowhere", *CELL), ("nowhere", "not found"), id="no config-dir"),
        param(
            ("+preprocess=simple,complex", "+models=lr"),
            ("preprocess=simple,complex: several values, one run: python -m mlzoo -m … runs each",),
            id="list without -m",
        ),
        param((*CELL, "n_trials=${nope}"), ("n_trials: Interpolation key 'nope' not found",), id="n_trials of nothing"),
        param(
            (*CELL, "hydra.run.dir=out/${model.name}"),
            ("hydra.run.dir: Interpolation key 'model.name' not found",),
            id="a folder of nothing",
        ),
        param(
            ("-m", *CELL, "hydra.sweep.dir=out/${model.name}"),
            ("hydra.sweep.dir: Interpolation key 'model.name' not found",),
            id="a sweep's folder of nothing",
        ),
        param((*CELL, "export=r_${nwo:%d}.csv"), ("export: ", "nwo"), id="an export of nothing"),
        param(("+preprocess=[null]", "+models=lr"), ("takes the name of an option",), id="a list of nothing"),
        param(("+preprocess=[simple,complex]", "+models=lr"), ("-m preprocess=simple,complex",), id="a list of two"),
        param(("+preprocess=complex", "+models=[nope]"), ("models=nope: models has no such option",), id="a list"),
        param((*CELL, "~models=3"), ("~models=3: models takes the name of an option",), id="no option to delete"),
    ],
)
def test_config_errors_stop_before_anything_runs(
    zoo: Program, tmp_path: Path, words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    put(tmp_path, USER_FILES)
    done = zoo(*words, code=1)
    check_no_traceback(done)
    for text in texts:
        assert text in done.stderr
    assert run_folders(tmp_path) == []


def write(text: str) -> dict[str, str]:
    return {"my.csv": text}


def frame(table: pd.DataFrame) -> dict[str, str]:
    return {"my.csv": table.to_csv(index=False)}


LINES = "age,town,churn\n" + "31.5,Ulm,yes\n52.5,Bonn,no\n" * 20


@pytest.mark.parametrize(
    ("files", "words", "texts"),
    [
        param({}, (), ("data=my.csv", "no such file", "/my.csv", "start folder"), id="missing"),
        param(write(""), (), ("data=my.csv", "is empty"), id="empty"),
        param(write("age,churn\n"), (), ("my.csv", "no rows"), id="header alone"),
        param(
            write(LINES + "1,2,3,4\n" + LINES),
            (),
            ("my.csv", "line 42", "4 fields", "read.sep"),
            id="not parseable",
            marks=pytest.mark.long,
        ),
        param(
            frame(people()),
            ("target=chrun",),
            ("target=chrun", "no such column", "'churn'", "age, town, churn", "target=COLUMN"),
            id="target missing",
        ),
        param(frame(people(churn="no")), (), ("'churn'", "constant"), id="target constant", marks=pytest.mark.long),
        param(
            frame(people(churn=["yes", "no", None] * 20)),
            (),
            ("'churn'", "missing in 20 of 60 rows", "row 2"),
            id="target with gaps",
            marks=pytest.mark.long,
        ),
        param(
            frame(people()) | {"t.csv": people().drop(columns=["age", "town"]).assign(tawn="x").to_csv(index=False)},
            ("test_data=t.csv",),
            ("t.csv lacks age, town", "my.csv", "tawn", "preprocess.drop=[age,town]"),
            id="columns differ",
            marks=pytest.mark.long,
        ),
        param(
            frame(people()) | {"t.csv": people(age="old").to_csv(index=False)},
            ("test_data=t.csv",),
            ("t.csv", "'age'", "'old'"),
            id="text among numbers",
        ),
        param(
            frame(people()) | {"t.csv": people(churn="maybe").to_csv(index=False)},
            ("test_data=t.csv",),
            ("t.csv", "'maybe'"),
            id="unseen class",
            marks=pytest.mark.long,
        ),
        param(
            frame(people(churn=["rare"] * 5 + ["often"] * 55)),
            (),
            ("'rare'", "4 rows", "5 folds", "validation.n_splits=4"),
            id="class smaller than folds",
        ),
        param(
            frame(people()),
            ("preprocess=simple", "preprocess.drop=[age]"),
            ("preprocess=simple reads numbers only, and no column of the data holds numbers",),
            id="text alone under simple",
            marks=pytest.mark.long,
        ),
        param(frame(people()), ("preprocess.drop=[age,town]",), ("No column is left",), id="nothing left"),
        param(
            frame(people(churn=["a", "b", "c"] * 20)),
            ("metric=f1",),
            ("metric=f1", "3 classes", "f1_macro"),
            id="metric does not suit",
        ),
    ],
)
def test_data_errors_are_said_logged_and_recorded(
    zoo: Program, tmp_path: Path, files: dict[str, str], words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    put(tmp_path, files)
    chosen = words if "preprocess=simple" in words else ("+preprocess=complex", *words)
    done = zoo(*chosen, "+models=lr", "data=my.csv", *(() if "target=chrun" in words else ("target=churn",)), code=1)
    check_no_traceback(done)
    folder = only(tmp_path)
    record = read(folder)
    assert (record["status"], "Traceback" in record["error"]["traceback"]) == ("failed", True)
    for text in texts:
        assert text in done.stderr
        assert text in (folder / "mlzoo.log").read_text()
        assert text in record["error"]["message"]


@pytest.mark.parametrize(
    ("words", "env"),
    [
        param(("hydra.verbose=true",), {}, id="verbose"),
        param((), {"HYDRA_FULL_ERROR": "1"}, id="as Hydra's hint says"),
        param(("hydra.verbose=true",), {"HYDRA_FULL_ERROR": "1"}, id="both"),
    ],
)
def test_a_traceback_is_shown_where_it_is_asked_for(zoo: Program, words: tuple[str, ...], env: dict[str, str]) -> None:
    done = zoo(*CELL, "data=nofile.csv", *words, env=env, code=1)
    assert "Traceback (most recent call last)" in done.stderr
    assert "data=nofile.csv: there is no such file" in done.stderr


def test_an_absent_environment_variable_is_named_with_its_key(zoo: Program) -> None:
    done = zoo(*CELL, "data=${oc.env:NOT_SET_AT_ALL}", code=1)
    assert "data=${oc.env:NOT_SET_AT_ALL}" in done.stderr.splitlines()[1]
    assert "the environment variable NOT_SET_AT_ALL is not set" in done.stderr
    check_no_traceback(done)


# -- interrupted, and read by halves ------------------------------------------------------------------------------


SEARCH = (*FOLDS, "n_trials=200", "batch_size=20", "storage=memory")


@pytest.mark.parametrize(
    ("words", "whole_group"),
    [
        param((), False, id="a run", marks=pytest.mark.long),
        param(("n_jobs=2",), True, id="a run with workers, as by the terminal's Ctrl-C"),
        param(("-m",), False, id="a multirun"),
    ],
)
def test_an_interrupted_run_says_so(tmp_path: Path, words: tuple[str, ...], whole_group: bool) -> None:
    folders = ("hydra.run.dir=run", "hydra.sweep.dir=run", "hydra.sweep.subdir=.")
    command = [*program.FRESH, *CELL, *SEARCH, *words, *folders]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        assert any("trial 20 of 200" in line for line in running.stdout)
        (os.killpg if whole_group else os.kill)(running.pid, signal.SIGINT)
        _, stderr = running.communicate(timeout=120)
    record = read(tmp_path / "run")
    assert running.returncode == 130
    go_on = "To go on: python -m mlzoo resume run\n" if "-m" in words else ""
    assert stderr == f"{go_on}Interrupted.\n"
    assert (record["status"], record["error"]["type"]) == ("interrupted", "KeyboardInterrupt")
    if "-m" in words:
        assert [row["status"] for row in board(tmp_path / "run")] == ["interrupted"]


@pytest.mark.parametrize(
    ("words", "records"),
    [
        param(("list",), 0, id="list"),
        param(("--cfg", "all"), 0, id="cfg"),
        param((*CELL, *FOLDS), 1, id="a run"),
        param(
            ("-m", *CELL, "models.type.C=0.1,1", *FOLDS, "hydra.sweep.dir=sweep"),
            2,
            id="a multirun",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_reader_that_stops_early_breaks_nothing(tmp_path: Path, words: tuple[str, ...], records: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mlzoo", *words],
        cwd=tmp_path,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() != ""
        running.stdout.close()
        stderr = running.stderr.read()
    assert stderr == ""
    assert [read(folder)["status"] for folder in run_folders(tmp_path)] == ["done"] * records
    assert (tmp_path / "sweep/leaderboard.csv").is_file() == (records == 2)


# -- verbs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text"),
    [
        param(("compare",), "required: FOLDER", id="compare nothing"),
        param(("compare", "x", "--nonsense"), "unrecognized arguments: --nonsense", id="compare unknown flag"),
        param(("list", "--foo"), "unrecognized arguments: --foo", id="list unknown flag"),
        param(("rerun",), "required: RUN", id="rerun nothing"),
        param(("rerun", "a", "b"), "unrecognized arguments: b", id="rerun two"),
        param(("predict", "x"), "required: FILE", id="predict no file"),
        param(("predict", "x", "y.csv"), "required: -o/--output", id="predict no output"),
        param(("--nonsense", *CELL), "unrecognized arguments: --nonsense", id="a run's unknown flag"),
        param(
            ("comapre", "x"),
            "(list, describe, compare, resume, rerun, predict, query) nor KEY=VALUE. Did you mean 'compare'?",
            id="typo",
        ),
        param(
            ("--config-dir=mine", "list"), "A verb is the first word, as in `python -m mlzoo list …`", id="late verb"
        ),
    ],
)
def test_usage_errors_exit_2(zoo: Program, words: tuple[str, ...], text: str) -> None:
    done = zoo(*words, code=2)
    assert text in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        param(("list",), ("--config-dir",), id="list"),
        param(
            ("compare",),
            ("FOLDER", "--output", "--sort COLUMN", "--metric METRIC", "--rope NUMBER", "--export FILE"),
            id="compare",
        ),
        param(("rerun",), ("RUN", "whether every score is the same"), id="rerun"),
        param(("predict",), ("RUN_OR_SWEEP", "--output OUT", "best row", "read.KEY=VALUE", ".parquet"), id="predict"),
    ],
)
def test_help_of_a_verb(zoo: Program, words: tuple[str, ...], texts: tuple[str, ...]) -> None:
    done = zoo(*words, "--help")
    assert done.stdout.startswith(f"usage: python -m mlzoo {words[0]}")
    assert all(text in done.stdout for text in texts)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("preprocess.drop=[a,", "b]", "seed=1"), "'preprocess.drop=[a, b]'"),
        (("+models=lr,", "rf", "svc", "-m"), "'+models=lr, rf svc'"),
        (("read.na_values=[n", "v,", "-99]", "seed=1"), "'read.na_values=[n v, -99]'"),
        (("db.where=age", "==", "5"), "'db.where=age == 5'"),
        (("comparee",), None),
        (("comparee", "seed=1"), None),
        (("seed=1", "comparee"), None),
        (("--config-dir=mine", "comparee"), None),
    ],
)
def test_a_value_that_a_shell_has_torn_is_given_with_its_quotes(
    words: tuple[str, ...], meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.dispatch(list(words)) == 2
    said = capsys.readouterr().err
    assert (f"A value with a blank needs quotes: {meant}." in said) == (meant is not None)
    assert ("Did you mean 'compare'?" in said) == (meant is None)


@pytest.mark.parametrize("words", [("data", "=", "my.csv", "target=y"), ("+models=lr", "data", "=my.csv")])
def test_blanks_beside_the_sign_of_a_value_are_told(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.dispatch(list(words)) == 2
    assert "No blank stands beside the sign =: data=my.csv." in capsys.readouterr().err


def test_a_start_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == "The folder that you are in is gone: go into another.\n"


def test_a_folder_that_cannot_be_made_is_told(zoo: Program, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file")
    for words in ((), ("-m", "hydra.sweep.dir=outputs/a")):
        said = zoo(*words, "+preprocess=simple", "+models=lr", code=1).stderr
        assert "Traceback" not in said
        assert "Runs are written below the start folder: start in another, or name one by hydra.run.dir=FOLDER" in said


def test_a_log_that_cannot_be_written_is_told(zoo: Program, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "file").write_text("a file")
    (tmp_path / "run/mlzoo.log").symlink_to(tmp_path / "file/log")
    said = zoo("+preprocess=simple", "+models=lr", "hydra.run.dir=run", code=1).stderr
    assert "Traceback" not in said
    assert f"{tmp_path / 'run/mlzoo.log'}: Not a directory. Runs are written below the start folder" in said


def test_list_tells_the_options_of_the_zoo_and_ones_own(zoo: Program, tmp_path: Path) -> None:
    put(tmp_path, USER_FILES)
    shipped, extended = zoo("list").stdout, zoo("list", "--config-dir", "mine").stdout
    lines = [re.sub(" +", " ", line) for line in shipped.splitlines()]
    assert lines[0] == "+preprocess="
    assert " rf Random Forest" in lines
    assert (
        " tuned_forest A random forest on all columns, 40 settings searched for the area under the ROC curve." in lines
    )
    assert {"sampler=", "storage=", "validation=", "+models="} <= set(lines)
    more = [re.sub(" +", " ", line) for line in extended.splitlines()]
    assert {" lr Mine", " soft Soft", " mild"} <= set(more)
    assert "Traceback" not in zoo("list", "--config-dir", "broken", code=None).stderr
    (tmp_path / "mine" / "outputs").mkdir()
    assert zoo("list", "--config-dir", "mine").stdout == extended
    assert "config_dir=nowhere" in zoo("list", "--config-dir", "nowhere", code=1).stderr


def test_compare_ranks_run_and_sweep_folders(sweeps: tuple[Done, Path], zoo: Program, tmp_path: Path) -> None:
    plain = sweeps[1] / "plain"
    before = board(plain)
    done = zoo("compare", str(plain), "-o", "out", "--sort", "test")
    tests = [float(row["test"]) for row in board(tmp_path / "out")]
    assert tests == sorted(tests, reverse=True)
    assert {row["row"]: row["rank"] for row in board(tmp_path / "out")} == {row["row"]: row["rank"] for row in before}
    assert done.stdout.splitlines()[-1] == "out/leaderboard.csv"
    zoo("compare", str(plain / "0"), str(plain / "3"))
    (folder,) = tmp_path.glob("outputs/compare-*")
    assert sorted(row["row"] for row in board(folder)) == ["complex-sm", "simple-lr"]
    zoo("compare", str(plain))
    assert board(plain) == before


def test_a_run_that_was_refused_is_left_out_of_a_comparison(zoo: Program, tmp_path: Path) -> None:
    zoo(*SIMPLE, *QUICK, "hydra.run.dir=good")
    zoo(*SIMPLE, *QUICK, "models.type._target_=sklearn.svm.SVMM", "hydra.run.dir=bad", code=1)
    assert not (tmp_path / "bad" / "record.json").exists()
    done = zoo("compare", "good", "bad", "-o", "out")
    assert "bad: left out, its run was refused before it began, and left no record.json." in done.stderr
    assert len(board(tmp_path / "out")) == 1
    assert "neither a run nor a sweep folder" in zoo("compare", "bad", code=1).stderr
    assert "nowhere: there is no such folder" in zoo("compare", "good", "nowhere", code=1).stderr


def test_a_look_by_another_metric_changes_no_sweep(zoo: Program, tmp_path: Path) -> None:
    """By which `predict` would take another row."""
    zoo("-m", *SIMPLE, *QUICK, "models.type.C=1,9", "metrics=[roc_auc]", "hydra.sweep.dir=sweep")
    before = (tmp_path / "sweep" / "leaderboard.json").read_bytes()
    zoo("compare", "sweep", "--metric", "roc_auc")
    (folder,) = tmp_path.glob("outputs/compare-*")
    assert {row["metric"] for row in board(folder)} == {"roc_auc"}
    assert (tmp_path / "sweep" / "leaderboard.json").read_bytes() == before
    zoo("compare", "sweep", "--metric", "accuracy")
    assert (tmp_path / "sweep" / "leaderboard.json").read_bytes() == before
    zoo("compare", "sweep", "--metric", "roc_auc", "-o", "sweep")
    assert {row["metric"] for row in board(tmp_path / "sweep")} == {"roc_auc"}


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        param(
            ("{sweep}", "{run}"),
            ("cannot be ranked together", "number of folds", "2 and 10", "{sweep}", "{run}"),
            id="folds differ",
        ),
        param(("{run}", "--metric", "roc_auc"), ("'roc_auc'", "accuracy"), id="metric not recorded"),
        param(("{run}", "--export", "b.xls"), ("--export b.xls: its ending must be one of .csv, .xlsx",), id="export"),
        param(("{run}", "--sort", "tset"), ("tset", "'test'", "cv_mean"), id="no such column"),
        param(("{run}", "--rope", "-1"), ("--rope -1: must be a number of 0 or more",), id="rope"),
        param(("nowhere",), ("nowhere", "no such folder"), id="no such folder"),
        param(("nothing",), ("nothing", "record.json"), id="no record"),
    ],
)
def test_compare_refuses(
    runs: list[tuple[Done, Path]],
    sweeps: tuple[Done, Path],
    zoo: Program,
    tmp_path: Path,
    words: tuple[str, ...],
    texts: tuple[str, ...],
) -> None:
    (tmp_path / "nothing").mkdir()
    places = {"sweep": str(sweeps[1] / "plain"), "run": str(runs[0][1])}
    done = zoo("compare", *(word.format(**places) for word in words), code=1)
    for text in texts:
        assert text.format(**places) in done.stderr
    assert list(tmp_path.rglob("leaderboard.csv")) == []
    check_no_traceback(done)


def test_rerun_says_whether_every_score_is_the_same(zoo: Program, tmp_path: Path) -> None:
    people(80).to_csv(tmp_path / "my.csv", index=False)
    zoo(*CELL, "data=my.csv", "target=churn", *FOLDS, "hydra.run.dir=run")
    done = zoo("rerun", "run", "-o", "again")
    assert done.stdout.splitlines()[-1] == "Every score is the same as in run."
    assert timeless(tmp_path / "again") == timeless(tmp_path / "run")

    with (tmp_path / "my.csv").open("a") as file:
        file.write("\n")  # which is no row
    said = zoo("rerun", "run", "-o", "once more").stdout.splitlines()[-1]
    assert said == (
        "Every score is the same as in run, though the data has changed: my.csv (train split) and "
        "the data has changed: my.csv (test split)."
    )

    people(80, age=[float(i % 13) for i in range(80)]).to_csv(tmp_path / "my.csv", index=False)
    done = zoo("rerun", "run", "-o", "changed", code=1)
    assert "Not the same as in run:" in done.stdout
    assert re.search(r"  cv accuracy: \[.*\] → \[.*\]", done.stdout)
    assert "  the data has changed: my.csv (train split)" in done.stdout
    assert "there is no record.json" not in done.stderr
    assert "no run folder" in zoo("rerun", "nowhere", code=1).stderr


def test_predict_by_a_run_gives_what_the_run_gave(runs: list[tuple[Done, Path]], zoo: Program, tmp_path: Path) -> None:
    folder = runs[0][1]
    file = DATA / "data-test-large.csv"
    done = zoo("predict", str(folder), str(file), "-o", "new/out.csv")
    given, known = pd.read_csv(tmp_path / "new/out.csv"), pd.read_csv(folder / "predictions.csv")
    assert list(given.columns) == ["row", "prediction", "proba_0", "proba_1"]
    assert given["prediction"].tolist() == known["prediction"].tolist()
    assert given["proba_1"].tolist() == known["proba_1"].tolist()
    assert done.stderr == f"{file}: columns that the pipeline does not use are ignored: Survived.\n"
    assert done.stdout == f"223 rows predicted by complex-lr ({folder}): new/out.csv\n"

    small = DATA / "data-test-small.csv"
    done = zoo("predict", str(folder), str(small), "-o", "none.csv", code=1)
    has = "PassengerId, Survived, Age, SibSp, Parch, Fare"
    assert (
        done.stderr == f"{small} lacks columns that complex-lr was fitted on: Pclass, Sex, Embarked. It has: {has}.\n"
    )
    assert not (tmp_path / "none.csv").exists()


def test_predict_by_a_sweep_takes_its_best_row(sweeps: tuple[Done, Path], zoo: Program, tmp_path: Path) -> None:
    plain = sweeps[1] / "plain"
    best = plain / board(plain)[0]["folder"]
    done = zoo("predict", str(plain), str(DATA / "data-test-large.csv"), "-o", "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["prediction"].tolist() == (
        pd.read_csv(best / "predictions.csv")["prediction"].tolist()
    )
    assert f"predicted by {read(best)['cell']} ({best})" in done.stdout
    assert "PassengerId, Survived" in done.stderr


def test_predict_without_a_model_says_what_to_do(zoo: Program, tmp_path: Path) -> None:
    zoo(*SIMPLE, *QUICK, "hydra.run.dir=run")
    file = str(DATA / "data-test-large.csv")
    done = zoo("predict", "run", file, "-o", "out.csv", code=1)
    check_no_traceback(done)
    advised = re.search(r"python -m mlzoo (rerun .*--persist joblib)$", done.stderr.strip())
    assert advised is not None
    zoo(*shlex.split(advised[1]))
    kept = next(folder for folder in run_folders(tmp_path) if folder.name != "run")
    zoo("predict", str(kept), file, "-o", "out.csv")
    assert len(pd.read_csv(tmp_path / "out.csv")) == 223


def test_another_run_in_a_folder_is_refused_and_the_same_is_done_already(zoo: Program, tmp_path: Path) -> None:
    zoo(*CELL, *QUICK, "n_trials=2", "hydra.run.dir=run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.suffix in (".json", ".csv")}
    other = zoo(*CELL, *QUICK, "hydra.run.dir=run", code=1)
    assert "run holds a run (done) that differs from this one:\n  n_trials: 2 → None\n" in other.stderr
    check_no_traceback(other)
    same = zoo(*CELL, *QUICK, "n_trials=2", "hydra.run.dir=run")
    assert "complex-lr: done already" in same.stdout
    assert "complex-lr: accuracy " in same.stdout
    now = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.suffix in (".json", ".csv")}
    assert now == before


@pytest.mark.long
def test_a_sweep_folder_that_is_used_again_ranks_all_of_its_runs(zoo: Program, tmp_path: Path) -> None:
    here = ("-m", *CELL, "hydra.sweep.dir=sweep", *QUICK)
    zoo(*here, "models.type.C=0.1,1")
    records = {path: path.read_bytes() for path in (tmp_path / "sweep").glob("*/record.json")}
    more = zoo(*here, "models.type.C=0.1,1,10")
    assert more.stdout.count("done already") == 2
    assert sorted(row["row"] for row in board(tmp_path / "sweep")) == [f"complex-lr C={C}" for C in ("0.1", "1", "10")]
    fewer = zoo(*here, "models.type.C=0.1")
    assert fewer.stdout.count("done already") == 1
    assert len(board(tmp_path / "sweep")) == 3
    for path, content in records.items():
        assert path.read_bytes() == content
    other = zoo(*here, "models.type.C=0.5", code=1)
    assert "models.type.C: 0.1 → 0.5" in other.stdout + other.stderr
    assert [row["status"] for row in board(tmp_path / "sweep")] == ["done"] * 3


def test_a_multirun_that_is_refused_says_so_once(zoo: Program) -> None:
    done = zoo("-m", "+preprocess=complex", "+models=lr,no", code=1)
    assert "models=no: models has no such option" in done.stderr
    assert "leaderboard" not in done.stdout + done.stderr


@pytest.mark.long
def test_cells_as_jobs_of_submitit(zoo: Program, tmp_path: Path) -> None:
    words = ("-m", "+preprocess=simple,complex", "+models=lr", "n_trials=3", "hydra/launcher=submitit_local")
    done = zoo(*words, f"hydra.sweep.dir={tmp_path / 'jobs'}", env={"PYTHONWARNINGS": "default"}, cwd=ROOT)
    assert re.search(r"1 +complex-lr", done.stdout)
    alone = zoo("+preprocess=complex", "+models=lr", "n_trials=3", f"hydra.run.dir={tmp_path / 'alone'}", cwd=ROOT)
    assert alone.returncode == 0
    one, other = (mlzoo.load(folder) for folder in (tmp_path / "jobs" / "1", tmp_path / "alone"))
    assert (one["cv"], one["test"], one["identity"]) == (other["cv"], other["test"], other["identity"])


@pytest.mark.parametrize(
    ("to", "env", "code", "said"),
    [
        (">&-", {}, 0, ""),
        ("> /dev/full", {}, 1, "Standard output: No space left on device.\n"),
        ("> list.txt", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, 0, ""),
    ],
)
def test_a_standard_output_that_takes_nothing(
    to: str, env: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "own" / "models").mkdir(parents=True)
    (tmp_path / "own" / "models" / "mine.yaml").write_text("name: ± 1\n", encoding="utf-8")
    words = shlex.join([*program.FRESH, "list", "--config-dir", "own"])
    env = own_environment(PYTHONPATH=str(ROOT), **env)
    done = subprocess.run(f"{words} {to}", shell=True, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (code, said)
    if "list.txt" in to:
        assert "\\xb1 1" in (tmp_path / "list.txt").read_text(encoding="ascii")
