"""The page's leaderboard: its columns, and what stands in each cell."""

from collections.abc import Sequence
from typing import Any

from mlzoo import text
from mlzoo.board import leaderboard
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import Row, best, firsts
from mlzoo.report.terms import optimistic, scored

COLUMNS = (  # of the page's leaderboard: key to sort by, title, what it means
    ("rank", "Rank", "by the mean over the folds"),
    ("row", "Row", "the cell, and the overrides that vary"),
    ("cv_mean", "Mean of folds", "with the 95 % interval of how it varies over such folds; for new rows see expected"),
    ("gap", "To the best", "difference to the best row, with its 95 % interval, which is for this pair alone"),
    ("p", "p", "of that difference by the corrected resampled t-test, adjusted for all pairs of rows (Holm)"),
    (
        "worse",
        "Worse / same / better",
        "probability that the row is in practice worse than, the same as, better than the best",
    ),
    ("test", "Test split", "scored once, with its 95 % interval"),
    (
        "test_p",
        "Test\u00a0p",
        "of getting more or fewer rows of it right than the best row, whatever the metric: McNemar, not adjusted; "
        "below, the rows that it alone, and that the best row alone, got right",
    ),
    ("baseline_gap", "To the dummy", "mean of folds minus the dummy's on the same folds"),
    ("fit_s", "Fit,\u00a0s", "seconds to fit one fold"),
    ("predict_s", "Predict,\u00a0s", "seconds to predict one fold"),
    ("trials", "Trials", "settings tried, the default included"),
    ("status", "Status", "done, failed, interrupted or running"),
)  # and behind them the further metrics
OPTIMISTIC = {  # what some of them are where the test split was the objective: title, what it means
    "rank": ("Rank", "by the score on the test split, which was the objective"),
    "cv_mean": ("Score on the test split", "optimistic: it was the objective; with its 95 % interval"),
    "baseline_gap": ("To the dummy", "the score minus the dummy's on the same split"),
    "fit_s": ("Fit,\u00a0s", "seconds to fit once"),
    "predict_s": ("Predict,\u00a0s", "seconds to predict once"),
}
LEFT_ALIGNED = ("row", "status")


def columns(comparison: Comparison) -> list[tuple[str, str, str]]:
    """`COLUMNS` without those that tell nothing of these rows, and the further metrics."""
    unfair, left_out = optimistic(comparison), set[str]()
    own = {key: (title, note) for key, title, note in COLUMNS}
    if unfair:  # no row is the best, and there are no folds
        left_out |= {"gap", "p", "worse", "test", "test_p"}
        own |= OPTIMISTIC
    if all(row["status"] == "done" for row in comparison.rows):
        left_out.add("status")
    if sum(row["rank"] is not None for row in comparison.rows) == 1:  # there is nothing to compare it with
        left_out |= {"gap", "p", "worse"}
    if sum(row.get("test_p") is not None for row in comparison.rows) < 2:  # such as of a regression
        left_out.add("test_p")
    found = [(key, *told) for key, told in own.items() if key not in left_out]
    for key in comparison.rows[0]:
        part, _, name = key.partition("_")
        if key not in leaderboard.COLUMNS and not (unfair and part == "test"):
            where = {"cv": scored(unfair), "test": "test split"}[part]
            found.append((key, f"{name}, {where}", "another recorded metric"))
    return found


def sorted_by(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, str]:
    """The column whose heading says that the rows are in its order, and in which: the rank, if they are in its."""
    for key in ("rank", *(key for key in keys if len({row.get(key) for row in rows}) > 1)):
        if leaderboard.ordered(list(rows), key) == rows:
            return {key: direction(key)}
    return {}


def direction(key: str) -> str:
    """In which order a column has its better end at the top."""
    return "descending" if leaderboard.falls(key) else "ascending"


def board_row(row: Row, at: int | None, comparison: Comparison) -> dict[str, Any]:
    """A line of the table: for each column what is shown, what stands small below, and the value to sort by."""
    first = best(comparison.rows)
    itself = ("gap", "p", "worse", "test_p") if row is first else ("baseline_gap", "status") if at is None else ()
    return {
        "id": None if at is None else f"row-{at}",
        "dummy": at is None,
        "name": row["row"],
        **marks(row, comparison.rows),
        "status": row.get("status") or "done",
        "error": row.get("error"),
        "cells": [
            {"key": key, "left": key in LEFT_ALIGNED, "further": key not in leaderboard.COLUMNS}
            | (_blank if key in itself else cell)(row, key)
            for key, _, _ in columns(comparison)
            if key != "row"
        ],
    }


def marks(row: Row, rows: Sequence[Row]) -> dict[str, list[str]]:
    """The badges of a line, and the words that the filter finds it by: the best row has one badge, and may be tied."""
    first = best(rows)
    badges = [
        *(["best"] if row["row"] in firsts(rows) else []),
        *(["tied"] if row.get("tied") and row is not first else []),
        *(["optimistic"] if row.get("optimistic") else []),
    ]
    shared = row is first and any(one.get("tied") for one in rows if one is not first)
    return {"badges": badges, "words": [row["row"], row["status"] or "done", *badges, *(["tied"] if shared else [])]}


def _blank(row: Row, key: str) -> dict[str, Any]:
    """A row against itself: nothing is shown, unless it is not known of any row."""
    told = cell(row, key)
    return told if told["text"] == text.DASH else told | {"text": "", "small": "", "shares": []}


def cell(row: Row, key: str) -> dict[str, Any]:
    """What a column shows of a row."""
    value = text.plain(row.get(key))
    shown: dict[str, Any] = {"text": text.DASH, "small": "", "shares": [], "value": "" if value is None else str(value)}
    if value is None and key not in ("trials", "status"):
        return shown
    if key == "p":
        return shown | {"text": text.p_value(value)}
    if key == "test_p":
        return shown | {"text": text.p_value(value), "small": f"{row['test_won']} : {row['test_lost']}"}
    if key in ("cv_mean", "test"):
        over_folds = key == "cv_mean" and not row.get("optimistic")
        low, high = ("cv_low", "cv_high") if over_folds else ("test_low", "test_high")
        told, small = text.estimate(value, row.get(low), row.get(high))
        small = text.if_known("", small)
        if not small and key == "cv_mean" and row.get("cv_sd") is not None:
            small = f"±\u00a0{text.score(row['cv_sd'], text.decimals(value, row['cv_sd']))}"
        return shown | {"text": told, "small": small}
    if key.startswith(("cv_", "test_")):
        return shown | {"text": text.score(value)}
    if key in ("gap", "baseline_gap"):
        ends = (row.get("gap_low"), row.get("gap_high")) if key == "gap" else (None, None)
        told, small = text.estimate(value, *ends, sign=True, like=row["cv_mean"])
        return shown | {"text": told, "small": "" if ends[0] == ends[1] else text.if_known("", small)}
    if key == "worse":
        parts = [text.plain(row.get(name)) for name in ("worse", "equivalent", "better")]
        if not all(map(text.is_number, parts)):
            return shown
        shares = [round(100 * part, 1) for part in parts]
        return shown | {"text": " / ".join(map(str, text.whole_shares(parts))) + " %", "shares": shares}
    if key in ("fit_s", "predict_s"):
        return shown | {"text": text.seconds(value)}
    if key == "trials":
        parts = [
            f"{row[name]} {word}" for name, word in (("raced", "stopped early"), ("failed", "failed")) if row.get(name)
        ]
        return shown | {"text": text.count(value), "small": ", ".join(parts)}
    return shown | {"text": str(value)}
