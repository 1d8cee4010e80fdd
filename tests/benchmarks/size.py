"""How far does one machine go? Wall time and peak memory of one run from 10,000 to 1,000,000 rows × 12 mixed columns.

    python -m tests.benchmarks.size [--small | --large] [--report-only]

`--large` is 10,000,000 rows (a CSV file of about 1 GB), with `validation=holdout` alone: each of the two takes 9 GiB.

`complex × lr` with `validation=holdout` and with five folds, in one process, against a bare script that reads the same
file and makes the same fits: medians of `ROUNDS` runs of each, in turn, after compiling. Where one run takes minutes,
one of each is made. A bound that is broken ends with exit code 1.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.report import Report, arguments
from tests.benchmarks.single_run import compile_everything

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
BARE = """
import sys, pandas as pd
from feature_engine.encoding import OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

path, folds = sys.argv[1], int(sys.argv[2])
table = pd.read_csv(path)
y = table.pop("target").to_numpy()
numbers = list(table.select_dtypes("number"))
texts = [name for name in table if name not in numbers]
X, X_test, y, y_test = train_test_split(table, y, test_size=0.25, stratify=y, random_state=123)
del table

def fitted(X, y):
    steps = [
        ("numbers", MeanMedianImputer("mean", variables=numbers)),
        ("texts", CategoricalImputer("frequent", variables=texts, ignore_format=True)),
        ("encode", OneHotEncoder(variables=texts, ignore_format=True)),
        ("scale", StandardScaler()),
        ("model", LogisticRegression(random_state=123)),
    ]
    return Pipeline(steps).fit(X, y)

scores = []
with threadpool_limits(limits=1 if folds else None):
    for fit, held in StratifiedKFold(folds, shuffle=True, random_state=123).split(X, y) if folds else ():
        scores.append(accuracy_score(y[held], fitted(X.iloc[fit], y[fit]).predict(X.iloc[held])))
if not folds:
    scores.append(accuracy_score(y_test, fitted(X, y).predict(X_test)))
print(scores, accuracy_score(y_test, fitted(X, y).predict(X_test)))
"""


def make_table(rows: int) -> pd.DataFrame:
    """Eight columns of numbers, four of categories, missing values in both, and a target of two classes."""
    rng = np.random.default_rng(rows)
    columns: dict[str, object] = {f"number_{i}": rng.normal(size=rows).round(4) for i in range(8)}
    for i, levels in enumerate((3, 5, 8, 12)):
        names = np.array([f"level {level}" for level in range(levels)])
        columns[f"text_{i}"] = names[(levels * rng.random(rows) ** 1.5).astype(int)]
    table = pd.DataFrame(columns)
    signal = table["number_0"] + 0.5 * table["number_1"] + (table["text_0"] == "level 1")
    table["target"] = (signal + rng.normal(size=rows) > 0).astype(int)
    for name in ("number_2", "text_1"):
        table.loc[rng.random(rows) < 0.1, name] = None
    return table


def measured(command: list[str]) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MB of a process."""
    wrapper = (
        "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", wrapper, *command], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return time.perf_counter() - started, float(json.loads(done.stdout.splitlines()[-1])) / 1024


def in_turn(bare: list[str], run: list[str], rounds: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Median wall time and peak memory of two commands, the second of which names its folder last."""
    found = [(measured(bare), measured([*run[:-1], f"{run[-1]}-{round_}"])) for round_ in range(rounds)]
    (bare_s, bare_mb), (run_s, run_mb) = (zip(*side, strict=True) for side in zip(*found, strict=True))
    middle = statistics.median
    return (middle(bare_s), middle(bare_mb)), (middle(run_s), middle(run_mb))


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a bound is broken at the largest size."""
    large = "--large" in (sys.argv[1:] if words is None else words)
    given = arguments(__doc__, [word for word in (sys.argv[1:] if words is None else words) if word != "--large"])
    report = Report()
    compile_everything()
    sizes = (10_000_000,) if large else (10_000,) if given.small else (10_000, 100_000, 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            path = Path(folder) / f"{rows}.csv"
            make_table(rows).to_csv(path, index=False)
            for name, folds in (("holdout", 0), *([] if large else [("5 folds", 5)])):
                run = [sys.executable, "-m", "mlzoo", "+preprocess=complex", "+models=lr", f"data={path}", "n_jobs=1"]
                run += ["target=target", "persist=none"]
                run += ["validation=holdout"] if not folds else ["validation.n_splits=5", "validation.n_repeats=1"]
                run += [f"hydra.run.dir={folder}/{rows}-{folds}"]
                bare = [sys.executable, "-c", BARE, str(path), str(folds)]
                (bare_s, bare_mb), (run_s, run_mb) = in_turn(bare, run, 1 if large or given.small else ROUNDS)
                report.note(
                    f"{rows:>9,} rows, {name:<8} {run_s:7.2f} s {run_mb:7.0f} MB"
                    f"   bare {bare_s:7.2f} s {bare_mb:7.0f} MB"
                )
                if rows == sizes[-1]:
                    report.at_most(f"time, {name}", run_s / bare_s, 1.15, " ×")
                    report.at_most(f"peak memory, {name}", run_mb / bare_mb, 1.3, " ×")
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
