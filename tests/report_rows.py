"""Made-up runs for the tests of the page: folders with every file that a run leaves."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo import record
from mlzoo.record import Record

DIAGRAM = """<html><head><style>.x{background:url(https://example.org/a.png)}</style>
<script src="https://example.org/a.js">alert(1)</script></head><body><div class="sk-top-container">
<div class="sk-text-repr-fallback"><pre>Pipeline(...)</pre></div><div class="sk-container" hidden>
<div class="sk-item sk-dashed-wrapped"><div class="sk-label-container"><div class="sk-label">
<input type="checkbox" id="a"><label for="a"><div><div>Pipeline</div></div><div>
<a class="sk-estimator-doc-link" href="https://scikit-learn.org/x">?<span>More</span></a></div></label></div></div>
<div class="sk-serial"><div class="sk-item"><div class="sk-estimator"><label><div><div>StandardScaler</div></div>
</label>
</div></div><div class="sk-item"><div class="sk-estimator"><label><div><div>Made&lt;b&gt;Up</div></div></label>
<div class="sk-toggleable__content"><details><summary>Parameters</summary><table class="parameters-table"><tbody>
<tr class="user-set"><td><button onclick="alert(1)"></button></td><td class="param"><a class="param-doc-link"
href="https://scikit-learn.org/y">C<span class="param-doc-description">C: float</span></a></td>
<td class="value">0.125</td></tr><tr class="default"><td></td><td class="param">tol</td><td class="value">1</td></tr>
</tbody></table></details></div></div></div></div></div></div></div></body></html>"""
FOLDS = 10


def sweep(
    folder: Path,
    cells: list[tuple[str, str]],
    *,
    trials: int = 25,
    rows: int = 400,
    classes: list[Any] | None = None,
    columns: tuple[str, ...] = ("Age", "Fare", "Sex"),
    regression: bool = False,
    **changes: Any,
) -> list[Record]:
    """A folder of runs that are done, one for each preprocess and model; `changes` are of every record."""
    names = None if regression else classes or [0, 1]
    return [
        run(folder / str(at), *cell, at, trials=trials, rows=rows, classes=names, columns=columns, **changes)
        for at, cell in enumerate(cells)
    ]


def run(
    folder: Path,
    preprocess: str,
    model: str,
    at: int,
    *,
    trials: int,
    rows: int,
    classes: list[Any] | None,
    columns: tuple[str, ...],
    **changes: Any,
) -> Record:
    """One run, done, with all its files."""
    rng = np.random.default_rng(at)
    metric = "accuracy" if classes else "r2"
    score = 0.6 + 0.3 / (1 + at % 7) + rng.normal(0, 0.005)
    scores = (score + rng.normal(0, 0.02, FOLDS)).tolist()
    content = dict.fromkeys(record.KEYS) | {
        "schema": record.SCHEMA,
        "status": "done",
        "cell": f"{preprocess}-{model}",
        "preprocess": preprocess,
        "model": model,
        "name": f"The {model}",
        "task": "classification" if classes else "regression",
        "metric": metric,
        "n_trials": trials,
        "seed": 1,
        "overrides": [f"+preprocess={preprocess}", f"+models={model}"],
        "cv": {metric: scores, "other": [0.5] * FOLDS},
        "test": {metric: score - 0.01, "other": 0.5},
        "test_interval": [score - 0.06, score + 0.04],
        "params": {"models.type.C": 0.125, "preprocess.type.how": "mean"},
        "command": f"python -m mlzoo +preprocess={preprocess} +models={model} models.type.C=0.125",
        "trial": trials - 1,
        "trials": {"total": trials, "full": trials - trials // 2, "raced": trials // 2, "failed": 0},
        "validation": {
            "name": "cv",
            "folds": FOLDS,
            "splits": "s",
            "optimistic": False,
            "train_rows": [80] * FOLDS,
            "test_rows": [20] * FOLDS,
        },
        "baseline": {"cv": {metric: [0.5] * FOLDS, "other": [0.4] * FOLDS}, "test": {metric: 0.5, "other": 0.4}},
        "data": {
            "target": "Survived",
            "train": {"rows": rows, "source": "train.csv", "target_sha256": "a"},
            "test": {"rows": rows // 4, "source": "test.csv", "target_sha256": "b"},
            "classes": classes,
        },
        "findings": [
            {
                "check": "drift",
                "severity": "warning",
                "column": columns[0],
                "message": "It looks odd.",
                "remedy": "drop it",
            }
        ],
        "environment": {"python": "3.11", "mlzoo": "0.1", "git": {"commit": "abc", "dirty": True}},
        "timing": {"fit_s": 0.001 * (1 + at % 11) ** 2, "predict_s": 0.0005 * (1 + at % 5)},
    }
    made = Record(folder, content | changes)
    made.save()
    write_predictions(folder, rng, rows // 4, classes)
    write_oof(folder, rng, rows, classes)
    write_trials(folder, rng, trials, scores)
    shares = [{"column": name, "mean": 0.1 / (1 + i), "sd": 0.01} for i, name in enumerate(columns)]
    record.write_csv(folder / "importance.csv", shares, ("column", "mean", "sd"))
    record.write_csv(folder / "wrong.csv", [], ("row", *columns))
    record.write_text(folder / "pipeline.html", DIAGRAM)
    return made


def write_predictions(folder: Path, rng: Any, rows: int, classes: list[Any] | None) -> None:
    with (folder / "predictions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        if classes is None:
            writer.writerow(["row", "truth", "prediction"])
            truth = rng.normal(50, 10, rows)
            writer.writerows(zip(range(rows), truth, truth + rng.normal(0, 5, rows), strict=True))
            return
        writer.writerow(["row", "truth", "prediction", *(f"proba_{name}" for name in classes)])
        truth, proba = labelled(rng, rows, len(classes))
        for row in range(rows):
            writer.writerow([row, classes[truth[row]], classes[int(proba[row].argmax())], *proba[row]])


def labelled(rng: Any, rows: int, classes: int) -> Any:
    truth = rng.integers(0, classes, rows)
    logits = rng.normal(0, 1, (rows, classes))
    logits[np.arange(rows), truth] += 1.5
    proba = np.exp(logits)
    return truth, proba / proba.sum(axis=1, keepdims=True)


def write_oof(folder: Path, rng: Any, rows: int, classes: list[Any] | None) -> None:
    split = np.stack([rng.permutation(rows) % 5 + 5 * repeat for repeat in range(2)]).astype(np.int16)
    if classes is None:
        y = rng.normal(50, 10, rows)
        label, score = y + rng.normal(0, 5, (1, 2, rows)), np.empty((1, 2, rows, 0), np.float32)
    else:
        y, proba = labelled(rng, rows, len(classes))
        score = np.stack([proba, proba])[None].astype(np.float32)
        label = score.argmax(axis=-1).astype(np.int16)
    held = {"row": np.arange(rows), "y": y, "trial": np.array([3]), "chosen": np.array(3)}
    np.savez(folder / "oof.npz", **held, split=split, label=label, score=score)


def write_trials(folder: Path, rng: Any, trials: int, best: list[float]) -> None:
    names = ["models.type.C", "models.type.depth", "preprocess.type.how"]
    folds = [f"fold_{fold}" for fold in range(FOLDS)]
    found = []
    for number in range(trials):
        scores = best if number == trials - 1 else [one - abs(rng.normal(0, 0.03)) for one in best]
        raced = number % 2 == 1 and number < trials - 1
        values = [10 ** rng.uniform(-3, 2), int(rng.integers(1, 10)), ["mean", "median"][number % 2]]
        row = dict(zip(folds, scores[:3] if raced else scores, strict=False)) | dict(zip(names, values, strict=True))
        row |= {"trial": number, "state": "raced" if raced else "complete"}
        found.append(row | ({} if raced else {"value": float(np.mean(scores))}))
    record.write_csv(
        folder / "trials.csv",
        [dict.fromkeys(["value", *folds]) | row for row in found],
        ["trial", "state", "value", *folds, *names],
    )
