"""Records -> leaderboard: one row a run, ranked by the mean of the metric over the folds.

The rows are plain dicts. Runs are only ranked together where their scores are paired: same target, same folds.
"""

import json
import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo import errors, record
from mlzoo.board import rownames
from mlzoo.errors import RecordError, nearest
from mlzoo.record import Record
from mlzoo.stats import weighted
from mlzoo.stats.paired import NOISE

Row = dict[str, Any]
Source = Record | str | os.PathLike[str]
Sources = Source | Iterable[Source]
log = logging.getLogger(__name__)

NAME = "leaderboard.json"
COLUMNS = (  # of every row; behind them stand `cv_<metric>` and `test_<metric>` of the further metrics
    "rank",  # from 1, the same for equal means; empty where the run did not end
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
    "error",  # what has ended it, or why it has no score
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
    "test_p",  # that it got more or fewer rows of the test split right than the best row: McNemar, exact, not adjusted
    "test_won",  # rows of the test split that it got right and the best row did not
    "test_lost",  # those that the best row got right and it did not
)
RISING = (  # columns in which the least comes first
    *("rank", "row", "preprocess", "model", "metric", "cv_sd", "fit_s", "predict_s", "trials", "raced", "failed"),
    *("status", "error", "folder", "optimistic", "accelerator", "worse", "mean_rank", "test_lost"),
)


def collect(sources: Sources) -> list[Record]:
    """Records, those of folders read from them, others as these would be read from theirs; each folder once.

    Of several folders those of runs that were refused before they began are left out, which is logged.
    """
    found: dict[Path, Record] = {}
    every = [sources] if isinstance(sources, Record | str | os.PathLike) else list(sources)
    for source in every:
        if len(every) > 1 and not isinstance(source, Record) and _is_refused(Path(source)):
            log.warning(f"{source}: left out, its run was refused before it began, and left no {record.NAME}.")
            continue
        own = [Record(source.folder, record.finite(source.content))] if isinstance(source, Record) else find(source)
        for one in own:
            found.setdefault(one.folder.resolve(), one)
    return list(found.values())


def _is_refused(folder: Path) -> bool:
    """Whether a run left its log in a folder, and no record."""
    return (folder / "mlzoo.log").is_file() and next(folder.rglob(record.NAME), None) is None


def find(folder: str | os.PathLike[str]) -> list[Record]:
    """The records of a folder as `record.find` has them; where it holds but leaderboards, of their rows."""
    path = Path(folder)
    if not (path / NAME).is_file() or next(path.rglob(record.NAME), None) is not None:
        return record.find(folder)
    homes = [path / one["folder"] for one in _written(path).get("sets", {}).values()] or [path]
    return [record.load(home / row["folder"]) for home in homes for row in _written(home)["rows"]]


def board(records: Sequence[Record], *, metric: str | None = None, labels: Sequence[str] | None = None) -> list[Row]:
    """The leaderboard's rows, all with the same columns, their statistics left out: see `comparison.make`."""
    if not records:
        raise RecordError("There is nothing to compare: no run was given.")
    done = [one for one in records if one["status"] == "done"]
    check_paired(done)
    name = _common_metric(done, metric)
    named = zip(records, labels or rownames.row_ids(records), strict=True)
    found = [make_row(one, label, name) for one, label in named]
    rows = [dict.fromkeys(key for row in found for key in row) | row for row in found]
    rows.sort(key=lambda row: -math.inf if row["cv_mean"] is None else row["cv_mean"], reverse=True)
    scored: list[dict[str, Any]] = [row for row in rows if row["cv_mean"] is not None]
    for place, row in enumerate(scored):
        before = scored[max(0, place - 1)]
        unit = abs(row["cv_mean"] - row["baseline_gap"]) if weighted.has_unit(row["metric"]) else 1.0
        equal = place > 0 and math.isclose(before["cv_mean"], row["cv_mean"], rel_tol=NOISE, abs_tol=NOISE * unit)
        row["rank"] = before["rank"] if equal else place + 1
    return [*by_rank(scored), *rows[len(scored) :]]


def ordered(rows: list[Row], sort: str | None) -> list[Row]:
    """Rows by a column, the best first, those without a value last.

    Raises
    ------
    RecordError
        If there is no such column.
    """
    if sort is None:
        return rows
    key = sorting(rows[0], sort)
    if key not in rows[0]:
        known = list(rows[0])
        hint = nearest(sort, known)
        raise RecordError(f"--sort {sort}: there is no such column.{hint} There are: {', '.join(known)}.")
    present = [row for row in rows if row[key] is not None]
    present.sort(key=lambda row: row[key], reverse=falls(key))
    return present + [row for row in rows if row[key] is None]


def sorting(row: Row, sort: str) -> str:
    """The column that is meant by its own name, or by that of a metric, whose mean over the folds is meant then."""
    named = "cv_mean" if sort == row["metric"] else f"cv_{sort}"
    return named if sort not in row and named in row else sort


def falls(key: str) -> bool:
    """Whether in the order of a column the highest comes first."""
    return not (key in RISING or key.startswith("rank_"))


def make_row(one: Record, label: str, metric: str | None) -> Row:
    """One run's row, not yet ranked."""
    content = one.content
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"row": label, "preprocess": content["preprocess"], "model": content["model"], "metric": metric}
    row |= {"status": content["status"], "folder": str(one.folder)}
    trials = content.get("trials") or {}
    row |= {"trials": trials.get("total"), "raced": trials.get("raced"), "failed": trials.get("failed")}
    if content["error"]:
        kind, said = content["error"]["type"], content["error"]["message"].removeprefix(f"{content['cell']}: ")
        row["error"] = said if said and hasattr(errors, kind) else f"{kind}: {said}".removesuffix(": ")
        if content["status"] == "interrupted" and not said:
            row["error"] = "by Ctrl-C, or by a signal"
    elif content["status"] != "done":
        row["error"] = "it has not ended, or was killed"
    if content["status"] != "done" or metric is None:
        return row
    scores = np.array(content["cv"][metric], dtype=float)
    mean, dummy = _mean(scores), _mean(content["baseline"]["cv"][metric])
    if mean is None:
        row["error"] = f"{metric} is undefined on {(~np.isfinite(scores)).sum()} of {len(scores)} folds"
        told = [one["message"] for one in content.get("findings") or []]
        said = (re.search(rf"{re.escape(metric)} is not known: (.*)", one) for one in told)
        row["error"] += next((f": {why[1]}" for why in said if why), "")
    intervals = content.get("test_intervals") or {content["metric"]: content["test_interval"]}
    low, high = intervals.get(metric, (None, None))
    return row | {
        "cv_mean": mean,
        "cv_sd": float(scores.std(ddof=1)) if mean is not None and len(scores) > 1 else None,
        "test": content["test"][metric],
        "baseline_gap": None if mean is None or dummy is None else mean - dummy,
        "fit_s": content["timing"]["fit_s"],
        "predict_s": content["timing"]["predict_s"],
        "test_low": low,
        "test_high": high,
        "optimistic": content["validation"]["optimistic"],
        "accelerator": (content.get("environment") or {}).get("accelerator"),
        **further(content, metric),
    }


def further(scored: Mapping[str, Any], metric: str) -> Row:
    """Every other recorded metric: its mean over the folds, and on the test split."""
    found: Row = {}
    for name, scores in scored["cv"].items():
        if name != metric:
            found |= {f"cv_{name}": _mean(scores), f"test_{name}": record.finite(scored["test"].get(name))}
    return found


def _mean(scores: Any) -> float | None:
    """None where a score is undefined."""
    values = np.array(scores, dtype=float)
    return float(values.mean()) if np.isfinite(values).all() else None


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
                    "with the same data, target, positive class, seed and validation. Several data sets get a board "
                    "each if they have names (+dataset=…)."
                )


PAIRED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "the target column": lambda c: c["data"]["target"],
    "the target of the train split": lambda c: c["data"]["train"]["target_sha256"],
    "the target of the test split": lambda c: c["data"]["test"]["target_sha256"],
    "the positive class": lambda c: c["data"].get("positive"),
    "validation": lambda c: c["validation"]["name"],
    "the inner folds": lambda c: c["validation"].get("inner"),
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


def best(rows: Sequence[Row]) -> Row | None:
    """The first row that is not optimistic."""
    return next(iter(fair(rows)), None)


def firsts(rows: Sequence[Row]) -> list[str]:
    """The names of the rows that share the first place among those that are not optimistic."""
    ranked = fair(rows)
    return [row["row"] for row in ranked if row["rank"] == ranked[0]["rank"]]


def fair(rows: Sequence[Row]) -> list[Row]:
    """The rows that have a rank and are not optimistic, the best first."""
    return [row for row in by_rank(rows) if not row["optimistic"]]


def by_rank(rows: Sequence[Row]) -> list[Row]:
    """The rows that have a rank, the best first, in whatever order they are given: equal ones by their names."""
    return sorted((row for row in rows if row["rank"]), key=lambda row: (row["rank"], row["row"]))


# -- written ------------------------------------------------------------------------------------------------------


def write(
    rows: Sequence[Row],
    folder: Path,
    *,
    dummy: Row | None = None,
    complete: bool | None = None,
    home: Path | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write `leaderboard.csv` and `leaderboard.json`; folders below, or below `home`, are named relative to it.

    The dummy, which is no row, is a key of the JSON, and so is what `more` holds. Of a multirun this also says whether
    every job was run: `complete`, or by default what it said before.
    """
    here = placed(rows, folder, home)
    write_csv(folder / "leaderboard.csv", here)
    ended = (is_complete(folder) if complete is None else complete) and all(row["status"] == "done" for row in rows)
    record.write_json(folder / NAME, {**as_json(here, dummy), "complete": ended, **(more or {})})


def placed(rows: Sequence[Row], folder: Path, home: Path | None = None) -> list[Row]:
    """Rows whose folders are named as seen from a folder, where they lie below it or below `home`."""
    root, here = (home or folder).resolve(), folder.resolve()
    found = []
    for row in rows:
        if "folder" in row:  # over several sets it has none
            path = Path(row["folder"]).resolve()
            row = {**row, "folder": os.path.relpath(path, here) if path.is_relative_to(root) else str(path)}
        found.append(row)
    return found


def as_json(rows: Sequence[Row], dummy: Row | None) -> dict[str, Any]:
    """What the JSON of a leaderboard holds of its rows: the best, and those that are tied with it."""
    first = best(rows)
    tied = [row["row"] for row in rows if row["tied"]]
    return {"rows": rows, "dummy": dummy, "best": first["row"] if first else None, "tied": tied}


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    safe = [{key: _no_formula(value) for key, value in row.items()} for row in rows]
    record.write_csv(path, safe, list(rows[0]))


def _no_formula(value: Any) -> Any:
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value


def written_best(folder: Path) -> Path | None:
    """The folder of the best row of the leaderboard that lies in a folder; None where there is none."""
    content = _written(folder)
    chosen = next((row for row in content["rows"] if row["row"] == content["best"]), None)
    return folder / chosen["folder"] if chosen and "folder" in chosen else None  # over several sets it has none


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a multirun of which every job is done, and none was removed since."""
    content = _written(folder)
    homes = [folder / one["folder"] for one in content.get("sets", {}).values()]
    runs = [folder / row["folder"] / record.NAME for row in content["rows"] if "folder" in row]
    return bool(content.get("complete")) and all(map(is_complete, homes)) and all(path.is_file() for path in runs)


def sweep_of(folder: Path) -> Path:
    """The folder of the multirun whose board, or that of one of its sets, lies in a folder."""
    above = folder.absolute().parent
    sets = _written(above).get("sets", {}) if (above / "multirun.yaml").is_file() else {}
    return above if folder.absolute().name in [one["folder"] for one in sets.values()] else folder


def _written(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    if not path.is_file():
        return {"rows": [], "best": None}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = {row["row"]: None if "sets" in content else row["folder"] for row in content["rows"]}
        if content["best"] is not None:
            rows[content["best"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    return content
