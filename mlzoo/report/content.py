"""Everything that the page shows, as one plain dict: computed here, drawn by the template."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo import text
from mlzoo.board import floor, notes
from mlzoo.board.comparison import Comparison, endings
from mlzoo.board.leaderboard import COLUMNS, Row, best, firsts, placed
from mlzoo.board.oof import belong_together
from mlzoo.errors import listed
from mlzoo.permutation import looked_at
from mlzoo.record import Record
from mlzoo.report import details, figures, files, look, misses, tuned
from mlzoo.report.board import LEFT_ALIGNED, board_row, columns, direction, sorted_by
from mlzoo.report.diagram import read_diagram
from mlzoo.report.look import Figure
from mlzoo.report.terms import glossary, optimistic, ranked, scored

WEIGHING_S = 4.0  # in all, for the importance of parameters
POINTS = 24_000  # in all, of predicted against true values
MAX_PARAMS = 200  # of a row


def describe(comparison: Comparison, home: Path, root: Path | None = None) -> dict[str, Any]:
    """The page as plain data.

    Parameters
    ----------
    comparison : Comparison
        The rows and their records.
    home : Path
        The folder of the page: run folders below are named relative to it, as those below `root` are.
    root : Path, optional
        That of the page over several data sets.
    """
    overview = figures.overview(comparison)
    clock = _Clock(WEIGHING_S)
    points = max(200, min(2000, POINTS // max(1, len(comparison.rows))))
    rows = [
        detail(f"row-{at}", row, made, clock=clock, points=points)
        for at, (row, made) in enumerate(zip(placed(comparison.rows, home, root), comparison.records, strict=True))
    ]
    drawn = [*overview.values(), *(one for row in rows for group in row["groups"] for one in group["figures"])]
    return {
        "title": ", ".join(["mlzoo report", *filter(None, (data_set(comparison), comparison.metric))]),
        "sentence": comparison.sentence,
        "metric": comparison.metric,
        "facts": facts(comparison),
        "doubts": notes.doubts(comparison.records),
        "notices": notices(comparison),
        "columns": [
            {"key": key, "title": title, "note": note, "left": key in LEFT_ALIGNED, "further": key not in COLUMNS}
            | {"first": direction(key)}
            for key, title, note in columns(comparison)
        ],
        "legend": [*((title, note) for _, title, note in columns(comparison)), *glossary(comparison)],
        "sorted": sorted_by(comparison.rows, [key for key, _, _ in columns(comparison)]),
        "name_width": min(30, max((len(row["row"]) for row in comparison.rows), default=0)),
        "board": [board_row(row, at, comparison) for at, row in enumerate(comparison.rows)],
        "dummy": board_row(comparison.dummy, None, comparison) if comparison.dummy else None,
        "overview": overview,
        "folds": "Scores" if optimistic(comparison) else "Folds",
        "data": about_data(comparison),
        "findings": findings(comparison),
        "rows": rows,
        "payload": look.payload(drawn),
    }


# -- the answer ---------------------------------------------------------------------------------------------------


def facts(comparison: Comparison) -> list[dict[str, str]]:
    """The numbers beside the answer."""
    places, winner = ranked(comparison), best(comparison.rows)
    if not places:
        return []
    first = winner or comparison.rows[places[0]]
    test, of_test = text.estimate(first["test"], first["test_low"], first["test_high"])
    mean, of_mean = text.estimate(first["cv_mean"], first.get("cv_low"), first.get("cv_high"))
    on_test, over_folds = (text.if_known("95 % ", interval) for interval in (of_test, of_mean))
    sd = text.score(first["cv_sd"], text.decimals(first["cv_mean"], first["cv_sd"]))
    spread = "" if first["cv_sd"] is None else f"±\u00a0{sd} over the folds"
    names = listed([name for name in firsts(comparison.rows) if name not in comparison.repeats]) or first["row"]
    label = "First row, optimistic" if winner is None else "Best rows" if first["row"] != names else "Best row"
    gap = text.score(first["baseline_gap"], sign=True)
    least = floor.find(comparison.records[comparison.rows.index(first)], first["metric"])
    beside = "" if least.name == floor.DUMMY else f"; {least.name} has {text.score(float(least.scores.mean()))}"
    found = [
        {"label": label, "value": names, "note": f"of {text.many(len(comparison.rows), 'row')}"},
        {
            "label": f"{comparison.metric}, {scored(winner is None)}",
            "value": test if winner is None else mean,
            "note": on_test if winner is None else over_folds or spread,
        },
        *([] if winner is None else [{"label": "on the test split", "value": test, "note": on_test}]),
        {"label": "against the dummy", "value": gap, "note": f"same {'split' if winner is None else 'folds'}{beside}"},
    ]
    if comparison.expected:
        expected = comparison.expected
        value, interval = text.estimate(expected["value"], expected["low"], expected["high"])
        other = "promised by the inner searches" if expected["nested"] else "uncorrected"
        notes = (text.if_known("95 % ", interval), f"{other} {text.score(expected['uncorrected'])}")
        note = "; ".join(filter(None, notes))
        found.append({"label": "expected of the whole search", "value": value, "note": note})
    return found


def notices(comparison: Comparison) -> list[str]:
    """What a reader must know before the table."""
    rows = comparison.rows
    found = []
    if any(row.get("optimistic") for row in rows):
        found.append(
            "Rows marked optimistic were chosen by their score on the test split (validation=holdout): "
            "that score says too much of them."
        )
    short = [row["row"] for row in rows if row["status"] != "done" or row["error"]]
    if short:
        found.append(f"Without a score: {listed(short)}. The reasons stand below the rows' names.")
    told = endings(rows)
    return [*found, *(note for note in comparison.notes if note not in told)]


# -- data ---------------------------------------------------------------------------------------------------------


def data_set(comparison: Comparison) -> str | None:
    """The name of the data set, where it has one."""
    names = {made.content.get("dataset") for made in comparison.records}
    return names.pop() if len(names) == 1 else None


def about_data(comparison: Comparison) -> list[tuple[str, str]]:
    """What the rows that are done were fitted and scored on."""
    runs = zip(comparison.rows, comparison.records, strict=True)
    done = [(row["row"], made.content) for row, made in runs if made["status"] == "done"]
    if not done:
        return []
    data, validation = done[0][1]["data"], done[0][1]["validation"]
    name = data_set(comparison)
    found = [*([("data set", name)] if name else []), ("target", str(data["target"]))]
    found += [(f"{part} split", told) for part in ("train", "test") if (told := sources(done, part))]
    if data["classes"]:
        found.append(("classes", listed([str(name) for name in data["classes"]], 12)))
    how = f"{validation['name']}, {text.many(validation['folds'], 'fold')}"
    found.append(("validation", f"{how}, the same for every row"))
    return found


def sources(done: Sequence[tuple[str, Mapping[str, Any]]], part: str) -> str:
    """What a split was read from; of several tables each with the rows that read it, by their names and records."""
    readers: dict[str, list[str]] = {}
    for name, held in done:
        of = held["data"].get(part) or {}
        if "rows" in of:
            source = f" from {of['source']}" if of.get("source") else ""
            readers.setdefault(f"{text.many(of['rows'], 'row')}{source}", []).append(name)
    if len(readers) < 2:
        return "".join(readers)
    return "; ".join(f"{told} ({listed(names)})" for told, names in readers.items())


def findings(comparison: Comparison) -> list[dict[str, str]]:
    """What the checks of the data said, each once, and of which rows; warnings first."""
    by_text: dict[tuple[str, ...], list[str]] = {}
    for row, made in zip(comparison.rows, comparison.records, strict=True):
        for one in made.content.get("findings") or []:
            key = tuple(str(one.get(name) or "") for name in ("severity", "column", "message", "remedy"))
            by_text.setdefault(key, []).append(row["row"])
    found = []
    for (severity, column, message, remedy), names in by_text.items():
        of = "all" if len(set(names)) == len(comparison.rows) else listed(list(dict.fromkeys(names)))
        found.append({"severity": severity, "column": column, "message": message, "remedy": remedy, "rows": of})
    return sorted(found, key=lambda one: one["severity"] == "info")


# -- one row ------------------------------------------------------------------------------------------------------


class _Clock:
    """The seconds that are left for something that may be left out."""

    def __init__(self, left: float) -> None:
        self.left = left

    def spend(self, what: Callable[[], dict[str, float]]) -> dict[str, float] | None:
        """What was found; None where no time is left."""
        if self.left <= 0:
            return None
        started = time.perf_counter()
        try:
            return what()
        finally:
            self.left -= time.perf_counter() - started


def detail(name: str, row: Row, made: Record, *, clock: _Clock, points: int) -> dict[str, Any]:
    """The part of the page that shows one row."""
    held, error = made.content, made["error"]
    done = held["status"] == "done"
    groups, wrong = drawn(name, made, clock, points) if done else ([], {"rows": None})
    return {
        "id": name,
        "name": row["row"],
        "model": held["name"] or held["model"],
        "status": held["status"],
        "optimistic": bool(row.get("optimistic")),
        "error": {key: error.get(key) for key in ("type", "message", "traceback")} if error else None,
        "scores": scores(held) if done else [],
        "on_test": on_test(row),
        "params": params(held),
        "groups": groups,
        "wrong": wrong,
        "diagram": read_diagram(made.folder / "pipeline.html") if done else None,
        "command": held["command"],
        "environment": environment(held["environment"] or {}),
        "seed": held["seed"],
        "folder": row["folder"],
    }


def on_test(row: Row) -> str:
    """Whether the test split tells the row from the best one; nothing of one that got the same rows right."""
    if row.get("test_p") is None or not row["test_won"] + row["test_lost"]:
        return ""
    won, lost, p = text.many(row["test_won"], "row"), row["test_lost"], text.p_value(row["test_p"])
    return (
        f"On the test split it got {won} right that the best row did not, and the best row {lost} that it did not: "
        f"p {p} (McNemar's exact test, for this pair alone)."
    )


def drawn(name: str, made: Record, clock: _Clock, points: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The charts of a row in groups, and the test rows that are most wrong: see `misses`."""
    held, folder = made.content, made.folder
    classes = held["data"]["classes"]
    test = files.read_predictions(folder / "predictions.csv", classes)
    if test is not None and classes:
        test = replace(test, together=belong_together(made))
    sure = test.probabilities if test is not None else True
    # of a holdout they are the test split's
    oof = None if held["validation"]["optimistic"] else files.read_oof(made, sure)
    target = str(held["data"]["target"])
    parts = [(where, part) for where, part in (("out of fold", oof), ("test split", test)) if part is not None]
    if classes:
        predictions = details.of_classes(name, classes, parts)
    else:
        predictions = details.of_values(name, target, parts, points)
    columns = files.read_importance(folder / "importance.csv")
    if columns:
        of = "the test split"
        if test is not None and (many := looked_at(test.truth, len(columns), classes)) < len(test.truth):
            of = f"{many:,} of the {len(test.truth):,} rows of {of}"
        predictions = [*predictions, details.importance(name, held["metric"], columns, of=of)]
    groups = [("Predictions", predictions)]
    trials = files.read_trials(folder / "trials.csv")
    if trials is not None and any(value is not None for value in trials.value):
        groups.append(("Tuning", tuning(name, held, trials, clock, points // 2)))
    shown = [{"title": title, "figures": of} for title, of in groups if of]
    return shown, misses.described(held, test, folder)


def tuning(name: str, held: Mapping[str, Any], trials: files.Trials, clock: _Clock, most: int) -> list[Figure]:
    """The charts of a search."""
    import optuna.importance  # noqa: F401  (it brings scikit-learn, whose import is not the clock's)

    nested, metric = held["validation"]["name"] == "nested", held["metric"]
    what = "mean of inner folds" if nested else scored(held["validation"]["optimistic"])
    some = files.thinned_trials(trials, 1000)
    weights = clock.spend(lambda: tuned.weigh(some))
    found = [tuned.history(name, metric, trials, held["trial"], most, what)]
    if nested:
        found[0]["note"] += " This is the search on the whole train split: its folds are not those of the row's score."
    if weights:
        found.append(tuned.parameters(name, weights))
    elif weights is None:
        found[0]["note"] += " The importance of the parameters was left out to save time."
    else:
        found[0]["note"] += f" {tuned.not_weighed(some)}"
    return [*found, *tuned.slices(name, metric, trials, list(weights or {}), most)]


def scores(held: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Every recorded metric, by heading: over the folds, on the test split, and the dummy's.

    Where the test split was the objective there are no folds, and one score.
    """
    baseline, found = held["baseline"], []
    for metric, of in held["cv"].items():
        values, base = (np.array(one, dtype=float) for one in (of, baseline["cv"][metric]))
        sd = float(values.std(ddof=1)) if len(values) > 1 else None
        test, dummy_test = (text.score(one["test"][metric]) for one in (held, baseline))
        over_folds = {
            scored(False).capitalize(): text.score(float(values.mean())),
            "± sd": text.score(sd, text.decimals(values.mean(), sd)),
            "Test split": test,
            "Dummy, folds": text.score(float(base.mean())),
        }
        told = {scored(True).capitalize(): test} if held["validation"]["optimistic"] else over_folds
        found.append((metric, told | {"Dummy, test": dummy_test}))
    return found


def params(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values that the row was built with."""
    found = [(str(key), str(value)) for key, value in (held.get("params") or {}).items()]
    left = len(found) - MAX_PARAMS
    return [*found[:MAX_PARAMS], *([("…", f"{left:,} more, in record.json")] if left > 0 else [])]


def environment(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Versions and the checkout."""
    found = [(str(key), str(value)) for key, value in held.items() if value is not None and key != "git"]
    git = held.get("git")
    if isinstance(git, Mapping) and git.get("commit"):
        found.append(("git", f"{git['commit']}{', with changes that are not committed' if git.get('dirty') else ''}"))
    return found


def sections(page: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Anchor and title of the page's parts that are there."""
    overview = page["overview"]
    parts = [
        ("board", "Leaderboard", True),
        ("zoo", "Preprocess × model", "zoo" in overview),
        ("folds", page["folds"], "folds" in overview),
        ("pairs", "Pairs", "pairs" in overview),
        ("cost", "Time", "cost-fit" in overview or "cost-predict" in overview),
        ("rows", "One row", bool(page["rows"])),
        ("data", "Data", bool(page["data"])),
        ("findings", "Findings", bool(page["findings"])),
    ]
    return [(anchor, title) for anchor, title, there in parts if there]
