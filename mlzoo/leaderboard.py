"""Records -> leaderboard: one row a run, ranked by the mean of the metric over the folds.

The rows are plain dicts. Runs are only ranked together where their scores are paired: same target, same folds.
"""

import io
import json
import os
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo import record
from mlzoo.errors import RecordError, nearest
from mlzoo.record import Record

if TYPE_CHECKING:
    pass

Row = dict[str, Any]
Source = Record | str | os.PathLike[str]
Sources = Source | Iterable[Source]
COLUMNS = (
    "rank",  # from 1; empty where the run did not end
    "row",  # cell, and the overrides that vary among the rows
    "preprocess",
    "model",
    "metric",
    "cv_mean",  # mean of the metric over the folds
    "cv_sd",  # standard deviation over the folds (n - 1)
    "test",  # the metric on the test split
    "baseline_gap",  # cv_mean minus the dummy's on the same folds
    "fit_s",  # seconds to fit one fold, mean
    "predict_s",  # seconds to predict one fold, mean
    "trials",  # settings tried, the default included
    "raced",  # of them stopped early
    "failed",  # of them failed
    "status",  # done, failed, interrupted, running (killed, or not yet ended)
    "error",
    "folder",
    "test_low",  # 95 % interval of the metric on the test split
    "test_high",
    "optimistic",  # the test split was the objective (validation=holdout)
    "accelerator",  # what stood in for scikit-learn's estimators
    "cv_low",  # 95 % interval of cv_mean, whose folds are correlated
    "cv_high",
    "gap",  # mean difference to the best row over the folds
    "gap_low",  # its 95 % interval
    "gap_high",
    "p",  # that it is chance, adjusted for all pairs of rows
    "worse",  # probability that the row is worse than the best by more than the rope
    "equivalent",  # that it is within the rope
    "better",  # that it is better by more than the rope
    "tied",  # not shown to be worse than the best
)


def collect(sources: Sources) -> list[Record]:
    """Records, those of folders read from them; each folder once."""
    found: dict[Path, Record] = {}
    for source in [sources] if isinstance(sources, Record | str | os.PathLike) else sources:
        for one in [source] if isinstance(source, Record) else record.find(source):
            found.setdefault(one.folder.resolve(), one)
    return list(found.values())


def board(records: Sequence[Record], *, sort: str | None = None, metric: str | None = None) -> list[Row]:
    """The leaderboard's rows, their statistics left out: see `comparison.make`."""
    if not records:
        raise RecordError("There is nothing to compare: no run was given.")
    if sort is not None and sort not in COLUMNS:
        raise RecordError(
            f"--sort {sort}: there is no such column.{nearest(sort, COLUMNS)} There are: {', '.join(COLUMNS)}."
        )
    done = [one for one in records if one["status"] == "done"]
    check_paired(done)
    name = _common_metric(done, metric)
    rows = [make_row(one, label, name) for one, label in zip(records, row_ids(records), strict=True)]
    rows.sort(key=lambda row: -np.inf if row["cv_mean"] is None else row["cv_mean"], reverse=True)
    for rank, row in enumerate((row for row in rows if row["cv_mean"] is not None), start=1):
        row["rank"] = rank
    if sort is not None:
        falling = sort in ("cv_mean", "test", "baseline_gap", "test_low", "test_high")
        present = [row for row in rows if row[sort] is not None]
        present.sort(key=lambda row: row[sort], reverse=falling)
        rows = present + [row for row in rows if row[sort] is None]
    return rows


def make_row(one: Record, label: str, metric: str | None) -> Row:
    """One run's row, not yet ranked."""
    content = one.content
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"row": label, "preprocess": content["preprocess"], "model": content["model"], "metric": metric}
    row |= {"status": content["status"], "folder": str(one.folder)}
    trials = content.get("trials") or {}
    row |= {"trials": trials.get("total"), "raced": trials.get("raced"), "failed": trials.get("failed")}
    if content["error"]:
        row["error"] = f"{content['error']['type']}: {content['error']['message']}".removesuffix(": ")
    if content["status"] != "done" or metric is None:
        return row
    scores = np.array(content["cv"][metric], dtype=float)
    mean = float(scores.mean()) if np.isfinite(scores).all() else None  # an undefined score is ranked last
    low, high = content["test_interval"] if metric == content["metric"] else (None, None)
    return row | {
        "cv_mean": mean,
        "cv_sd": float(scores.std(ddof=1)) if mean is not None and len(scores) > 1 else None,
        "test": content["test"][metric],
        "baseline_gap": None if mean is None else mean - float(np.mean(content["baseline"]["cv"][metric])),
        "fit_s": content["timing"]["fit_s"],
        "predict_s": content["timing"]["predict_s"],
        "test_low": low,
        "test_high": high,
        "optimistic": content["validation"]["optimistic"],
        "accelerator": (content.get("environment") or {}).get("accelerator"),
    }


def check_paired(done: Sequence[Record]) -> None:
    """Refuse runs whose target or folds differ: their scores cannot be ranked together.

    Raises
    ------
    RecordError
        That names what differs, and between which folders.
    """
    for other in done[1:]:
        for what, pick in PAIRED.items():
            ours, theirs = pick(done[0].content), pick(other.content)
            if ours != theirs:
                shown = f" ({ours} and {theirs})" if len(str(ours)) < 40 else ""
                raise RecordError(
                    f"These runs cannot be ranked together, they differ in {what}{shown}: {done[0].folder} "
                    f"({done[0]['cell']}) and {other.folder} ({other['cell']}). Compare them apart, or run them again "
                    "with the same data, target, seed and validation."
                )


PAIRED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "the target column": lambda c: c["data"]["target"],
    "the target of the train split": lambda c: c["data"]["train"]["target_sha256"],
    "the target of the test split": lambda c: c["data"]["test"]["target_sha256"],
    "validation": lambda c: c["validation"]["name"],
    "the number of folds": lambda c: c["validation"]["folds"],
    "the rows of the folds": lambda c: c["validation"]["splits"],
}


def _common_metric(done: Sequence[Record], asked: str | None) -> str | None:
    if not done:
        return None
    name = asked or str(done[0]["metric"])
    for one in done:
        if name not in one["cv"]:
            known = sorted(set.intersection(*(set(other["cv"]) for other in done)))
            instead = f"All of them have: {', '.join(known)} (--metric)." if known else "They have no metric in common."
            raise RecordError(f"{one.folder} ({one['cell']}) has no scores of {name!r}. {instead}")
    return name


def row_ids(records: Sequence[Record]) -> list[str]:
    """The rows' names: the cell, and the overrides that vary among the rows (`complex-lr C=0.1`)."""
    given = [_overrides(one["overrides"]) for one in records]
    keys = list(dict.fromkeys(key for words in given for key in words))
    varying = [key for key in keys if len({words.get(key, "") for words in given}) > 1]
    short = {key: key.rpartition(".")[2] for key in varying}
    clashing = {name for name in short.values() if list(short.values()).count(name) > 1}
    labels = []
    for one, words in zip(records, given, strict=True):
        parts = [_shown(key if short[key] in clashing else short[key], words[key]) for key in varying if key in words]
        labels.append(" ".join([one["cell"], *parts]))
    return [
        label if labels.count(label) == 1 else f"{label} #{labels[: i + 1].count(label)}"
        for i, label in enumerate(labels)
    ]


def _shown(key: str, value: str | None) -> str:
    return f"~{key}" if value is None else f"{key}={value}"


def _overrides(words: Iterable[str]) -> dict[str, str | None]:
    """Values by key; None where the key is deleted."""
    pairs = ((word, word.lstrip("+~").partition("=")) for word in words)
    found = {key: None if word.startswith("~") else value for word, (key, _, value) in pairs}
    return {key: value for key, value in found.items() if key not in ("preprocess", "models")}


def best(rows: Sequence[Row]) -> Row | None:
    """The first row that is not optimistic."""
    ranked = sorted((row for row in rows if row["rank"] and not row["optimistic"]), key=lambda row: row["rank"])
    return ranked[0] if ranked else None


# -- written and shown --------------------------------------------------------------------------------------------


def write(rows: Sequence[Row], folder: Path, *, complete: bool | None = None) -> None:
    """Write `leaderboard.csv` and `leaderboard.json`; folders below are named relative to it.

    Of a multirun it also says whether every job was run: `complete`, or by default what it said before.
    """
    home = folder.resolve()
    placed = []
    for row in rows:
        path = Path(row["folder"]).resolve()
        placed.append({**row, "folder": str(path.relative_to(home)) if path.is_relative_to(home) else str(path)})
    record.write_csv(folder / "leaderboard.csv", placed, COLUMNS)
    first = best(rows)
    content = {"rows": placed, "best": first["row"] if first else None}
    if complete is None:
        complete = is_complete(folder)
    content["complete"] = complete and all(row["status"] == "done" for row in rows)
    record.write_json(folder / "leaderboard.json", content)


def written_best(folder: Path) -> Path | None:
    """The folder of the best row of the leaderboard that lies in a folder; None where there is none."""
    content = _written(folder)
    chosen = next((row for row in content["rows"] if row["row"] == content["best"]), None)
    return folder / chosen["folder"] if chosen else None


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a multirun of which every job is done."""
    return bool(_written(folder).get("complete"))


def _written(folder: Path) -> dict[str, Any]:
    path = folder / "leaderboard.json"
    if not path.is_file():
        return {"rows": [], "best": None}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = {row["row"]: row["folder"] for row in content["rows"]}
        if content["best"] is not None:
            rows[content["best"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    found: dict[str, Any] = content
    return found


def to_text(rows: Sequence[Row], *, width: int, sentence: str = "") -> str:
    """The leaderboard for a terminal, and under it the answer, and why rows failed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    metric = next((row["metric"] for row in rows if row["metric"]), "metric")
    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = [_cells(row) for row in rows]
    columns = (
        ("rank", True), ("row", False), (f"{metric} over folds", False), ("test", True), ("baseline gap", True),
        ("fit s", True), ("trials", True), ("status", False),
    )  # fmt: skip
    widest = [max(len(cells[at]) for cells in shown) for at in range(len(columns))]
    narrow = sum(max(len(name), least) + 2 for (name, _), least in zip(columns, widest, strict=True)) - 2 > width
    for at, (name, right) in enumerate(columns):
        header = "\n".join(textwrap.wrap(name, max(8, widest[at]))) if narrow and name != "row" else name
        table.add_column(header, justify="right" if right else "left", overflow="fold", no_wrap=name != "row")
    for cells in shown:
        table.add_row(*map(Text, cells))
    stream = io.StringIO()
    Console(file=stream, width=width, no_color=True, highlight=False).print(table)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    lines += textwrap.wrap(sentence, width)
    lines += [
        f"{row['row']} {row['status']}: {row['error'] or 'it did not end'}" for row in rows if row["status"] != "done"
    ]
    used = {row["accelerator"] for row in rows if row["status"] == "done"}
    if len(used) > 1:
        names = ", ".join(sorted(name or "scikit-learn's own" for name in used))
        lines.append(f"Rows were fitted by different estimators ({names}): small gaps may come from that alone.")
    return "\n".join(lines)


def _cells(row: Mapping[str, Any]) -> list[str]:
    spread = f" ± {row['cv_sd']:.4f}" if row["cv_sd"] is not None else ""
    return [
        str(row["rank"] or "-"),
        row["row"] + (" (optimistic)" if row["optimistic"] else ""),
        "" if row["cv_mean"] is None else f"{row['cv_mean']:.4f}{spread}",
        "" if row["test"] is None else f"{row['test']:.4f}",
        "" if row["baseline_gap"] is None else f"{row['baseline_gap']:+.4f}",
        "" if row["fit_s"] is None else f"{row['fit_s']:.3f}",
        "" if row["trials"] is None else str(row["trials"]),
        row["status"],
    ]
