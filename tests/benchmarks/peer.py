"""Against scikit-learn's own search: the same four cells, folds and spaces on the shipped data, on two cores.

    python -m tests.benchmarks.peer [--small] [--report-only]

`RandomizedSearchCV(n_iter=100, n_jobs=2)` and mlzoo, each cell in turn in processes of their own, with the race and,
where scikit-learn-intelex is installed, with `accelerator=sklearnex` on both sides. For the same work mlzoo draws at
random too; what its default sampler takes depends on how large the forests are that it comes to prefer, and is printed
beside it. The best fold means are compared cell by cell; a bound that is broken ends with exit code 1.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.report import Report, arguments

ROOT = Path(__file__).resolve().parents[2]
SMALL = 2  # trials with `--small`, of two cells
CELLS = [(prep, model) for prep in ("simple", "complex") for model in ("lr", "rf")]
SPACES: dict[str, Any] = {  # as scikit-learn's users write them; the zoo's own are in conf/
    "simple": {"prep__impute__imputation_method": ["mean", "median"]},
    "complex": {
        "prep__impute_numbers__imputation_method": ["mean", "median"],
        "prep__impute_categories__imputation_method": ["frequent", "missing"],
    },
}


def model_space(model: str, most_trees: int) -> dict[str, Any]:
    """The distributions of a model."""
    from scipy.stats import loguniform

    if model == "lr":
        return {"model__C": loguniform(0.001, 100.0), "model__fit_intercept": [True, False]}
    return {
        "model__n_estimators": list(range(10, most_trees + 1, 10)),
        "model__max_depth": list(range(1, 11)),
        "model__min_samples_split": [tenths / 10 for tenths in range(1, 11)],
    }


def peer(trials: int, most_trees: int, accelerated: bool) -> None:
    """Print the best fold mean of each cell, by RandomizedSearchCV, and the seconds of it all."""
    if accelerated:
        from sklearnex import patch_sklearn

        patch_sklearn(verbose=False)
    from sklearn.model_selection import RandomizedSearchCV

    from mlzoo import compose, pipeline
    from mlzoo.composition import config as checks
    from mlzoo.folds import make_folds
    from mlzoo.tables import data

    started = time.perf_counter()
    best = {}
    for prep, model in CELLS if trials > SMALL else CELLS[2:]:
        config = checks.plain(compose(f"+preprocess={prep}", f"+models={model}"))
        table = data.load(config)
        folds = make_folds(config["validation"], table)
        built = pipeline.build(config, table.columns, None, seed=config["seed"])
        space = SPACES[prep] | model_space(model, most_trees)
        search = RandomizedSearchCV(
            built, space, n_iter=trials, cv=folds.splits, n_jobs=2, random_state=config["seed"], scoring="accuracy"
        )
        best[f"{prep}-{model}"] = float(search.fit(table.X_train, table.y_train).best_score_)
    print(json.dumps({"best": best, "seconds": time.perf_counter() - started}))


def peer_in_a_process(trials: int, most_trees: int, *, accelerated: bool) -> dict[str, Any]:
    """What `peer` prints."""
    code = f"from tests.benchmarks.peer import peer; peer({trials}, {most_trees}, {accelerated})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ours(trials: int, most_trees: int, *words: str) -> dict[str, Any]:
    """The same by mlzoo: the wall time of the whole command, and the best fold means."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as options:
        forest = (ROOT / "conf" / "models" / "rf.yaml").read_text().replace("high: 600", f"high: {most_trees}")
        (Path(options) / "models").mkdir()
        (Path(options) / "models" / "rf.yaml").write_text(forest)
        command = [sys.executable, "-m", "mlzoo", "-m", "--config-dir", options, "n_jobs=2"]
        command += [f"+preprocess={'simple,complex' if trials > SMALL else 'complex'}", "+models=lr,rf"]
        command += [f"n_trials={trials}", f"hydra.sweep.dir={folder}", *words]
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        rows = json.loads((Path(folder) / "leaderboard.json").read_text())["rows"]
    return {"best": {f"{row['preprocess']}-{row['model']}": row["cv_mean"] for row in rows}, "seconds": seconds}


def compare(report: Report, what: str, mine: dict[str, Any], theirs: dict[str, Any], bound: float | None) -> None:
    """Time as a ratio, and by how much the best fold means are below the peer's."""
    report.note(f"{what}: mlzoo {mine['seconds']:.1f} s, RandomizedSearchCV {theirs['seconds']:.1f} s")
    for cell in mine["best"]:
        report.note(f"  {cell}: best fold mean {mine['best'][cell]:.4f}, RandomizedSearchCV {theirs['best'][cell]:.4f}")
    ratio = mine["seconds"] / theirs["seconds"]
    if bound is None:
        report.note(f"time, {what}: {ratio:.3f} ×")
        return
    report.at_most(f"time, {what}", ratio, bound, " ×")
    behind = max(theirs["best"][cell] - mine["best"][cell] for cell in mine["best"])
    report.at_most(f"best fold mean, at most below, {what}", behind, 0.005)


def main(words: Sequence[str] | None = None) -> int:
    """Print every comparison; 1 where a bound is broken."""
    given, report = arguments(__doc__, words), Report()
    size = (SMALL, 20) if given.small else (100, 600)  # trials, most trees of a forest
    theirs = peer_in_a_process(*size, accelerated=False)
    compare(report, "plain", ours(*size, "sampler=random"), theirs, 0.45)
    if given.small:
        return int(not report.kept and not given.report_only)
    compare(report, "plain, default sampler", ours(*size), theirs, None)
    if find_spec("sklearnex") is not None:
        fast = ours(*size, "sampler=random", "accelerator=sklearnex")
        compare(report, "sklearnex against plain", fast, theirs, 0.10)
        compare(report, "sklearnex on both sides", fast, peer_in_a_process(*size, accelerated=True), None)
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
