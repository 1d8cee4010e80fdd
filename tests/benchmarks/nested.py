"""How good is the winner really? Whole searches, where the truth is known or nested cross-validation tells it.

    python -m tests.benchmarks.nested [--small] [--report-only]

`random labels`: six tables of 160 rows, 120 of them to search on, whose target is drawn by chance; whatever is searched
is worth 0.50. The corrected estimate of each must lie within 3 standard errors of a share of 120 rows.

`real`: small samples of real tables, from each two or three hundred rows. Two cells are searched, once with
validation=cv, which gives the best score as it stands and the corrected one, and once with validation=nested, the
reference. The corrected estimate must be nearer to the reference than the best score is, in the mean over all samples.
The rows that were not sampled say what the winner, fitted on the sample, is worth: the share of samples whose 95 %
interval holds it is printed beside.

A broken bound ends with exit code 1.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

import mlzoo
from mlzoo.board import comparison
from tests.benchmarks.report import Report, arguments

ROOT = Path(__file__).resolve().parents[2]
FOLDS = ("validation.n_splits=5", "validation.n_repeats=1")
CELLS = (("simple", "lr"), ("simple", "rf"))
FOREST = ("models.type.n_estimators=10", "models.type.n_jobs=1")


def compared(folder: Path, words: Sequence[str]) -> Any:
    """The comparison of the cells, each searched."""
    made = []
    for prep, model in CELLS:
        more = FOREST if model == "rf" else ()
        config = mlzoo.compose(f"+preprocess={prep}", f"+models={model}", *words, *more, "persist=none", "race=false")
        made.append(mlzoo.run(config, folder=folder / f"{prep}-{model}"))
    return comparison.make(made)


def random_labels(report: Report, searches: int, trials: int) -> None:
    """Targets drawn by chance."""
    rows, found = 160, []
    for seed in range(searches):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef"))
        frame["y"] = rng.permutation(np.arange(rows) % 2)
        with tempfile.TemporaryDirectory() as folder:
            frame.to_csv(Path(folder) / "my.csv", index=False)
            words = (f"data={folder}/my.csv", "target=y", f"n_trials={trials}", f"seed={seed}", *FOLDS)
            found.append(compared(Path(folder), words).expected)
    values = np.array([one["value"] for one in found])
    shown = ", ".join(f"{one['value']:.3f} (best {one['uncorrected']:.3f})" for one in found)
    report.note(f"random labels, corrected: {shown}")
    error = np.sqrt(0.25 / (rows * 3 / 4))
    report.at_most(
        "random labels, farthest from 0.5, in standard errors", float(np.abs(values - 0.5).max() / error), 3.0
    )
    report.note(
        f"random labels, mean {values.mean():.3f}, of the best {np.mean([o['uncorrected'] for o in found]):.3f}"
    )


def samples() -> dict[str, tuple[pd.DataFrame, str, int]]:
    """Tables, target and rows of a sample."""
    cancer = datasets.load_breast_cancer(as_frame=True).frame.drop(columns=["mean concave points"])
    worst = [name for name in cancer.columns if name.startswith("worst")]
    digits = datasets.load_digits(as_frame=True).frame
    diabetes = datasets.load_diabetes(as_frame=True).frame
    diabetes["target"] = (diabetes["target"] > diabetes["target"].median()).astype(int)
    parts = [pd.read_csv(ROOT / "data" / f"data-{name}-large.csv") for name in ("train", "test")]
    passengers = pd.concat(parts, ignore_index=True).drop(columns=["PassengerId"]).select_dtypes("number")
    return {
        "cancer": (cancer.drop(columns=worst), "target", 150),
        "diabetes": (diabetes, "target", 200),
        "digits": (digits, "target", 300),
        "passengers": (passengers, "Survived", 250),
    }


def real(report: Report, names: Sequence[str], seeds: int, trials: int) -> None:
    """Corrected and best score against nested cross-validation, and against rows that nothing has seen."""
    gaps, held, off = [], [], []
    for name in names:
        frame, target, rows = samples()[name]
        for seed in range(seeds):
            mixed = frame.sample(frac=1, random_state=seed)
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                mixed[:rows].to_csv(home / "a.csv", index=False)
                mixed[rows:].to_csv(home / "b.csv", index=False)
                files = (f"data={home}/a.csv", f"test_data={home}/b.csv", f"target={target}", "task=classification")
                words = (*files, f"n_trials={trials}", f"seed={seed}", *FOLDS)
                plain = compared(home / "cv", words)
                nested = compared(home / "nested", (*words, "validation=nested")).expected
            first = plain.expected
            truth = next(row for row in plain.rows if row["rank"] == 1)["test"]
            gaps.append((abs(first["value"] - nested["value"]), abs(first["uncorrected"] - nested["value"])))
            off.append([value - truth for value in (first["uncorrected"], first["value"], nested["value"])])
            held.append((first["low"] <= truth <= first["high"], nested["low"] <= truth <= nested["high"]))
            report.note(
                f"{name} {seed}: best {first['uncorrected']:.3f}, corrected {first['value']:.3f} "
                f"({first['low']:.3f} to {first['high']:.3f}), nested {nested['value']:.3f} "
                f"({nested['low']:.3f} to {nested['high']:.3f}), on rows not seen {truth:.3f}"
            )
    corrected, best = np.mean(gaps, axis=0)
    report.note(
        f"in the 95 % interval: corrected {np.mean(held, axis=0)[0]:.0%}, nested {np.mean(held, axis=0)[1]:.0%}"
    )
    above = ", ".join(
        f"{name} {mean:+.3f}" for name, mean in zip(("best", "corrected", "nested"), np.mean(off, axis=0), strict=True)
    )
    report.note(f"real, in the mean above the score on rows not seen: {above}")
    report.at_most("real, distance to nested, corrected / best", float(corrected / best), 1.0)
    report.note(f"real, mean distance to nested: corrected {corrected:.4f}, best {best:.4f}")


def main(words: Sequence[str] | None = None) -> int:
    """Print what was found; 1 where a bound is broken."""
    given, report = arguments(__doc__, words), Report()
    logging.getLogger("mlzoo").setLevel(logging.ERROR)
    os.chdir(ROOT)
    random_labels(report, 1 if given.small else 6, 4 if given.small else 60)
    if not given.small:
        real(report, list(samples()), 3, 20)
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
