"""The test rows that a row of the leaderboard is most wrong about, for the page."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo import text, wrong
from mlzoo.report import files
from mlzoo.report.files import Predicted

MOST_COLUMNS = 6  # shown beside a row
LARGE = 1e15  # from which on a number is shown as it was written


def described(held: Mapping[str, Any], test: Predicted | None, folder: Path) -> dict[str, Any]:
    """The test rows that are most wrong, with their values in the columns that count most."""
    classes = held["data"]["classes"]
    rows = None if test is None else most_wrong(test, classes or None)
    every = 0 if test is None else int((test.label != test.truth).sum())
    names, by_row = files.read_wrong(folder / "wrong.csv", MOST_COLUMNS)
    numbers = (held["data"].get("columns") or {}).get("number", [])
    cells = [
        [
            value(field, number=name in numbers)
            for name, field in zip(names, by_row.get(row["row"], [""] * len(names)), strict=True)
        ]
        for row in rows or []
    ]
    return {
        "rows": rows,
        "every": every,
        "numbers": not classes,
        "far": far(test, classes),
        "columns": [(text.short(name), name in numbers) for name in names] if rows else [],
        "cells": cells,
    }


def most_wrong(test: Predicted, classes: Sequence[Any] | None) -> list[dict[str, str]]:
    """The test rows that are furthest from the truth: row, truth, prediction, and how far.

    How far is the error of a value, and of a class the truth's probability or, of decision values, what it is ahead of
    all others by: see `far`.
    """
    at = wrong.most(test.truth, test.label, test.score, probabilities=test.probabilities, classes=classes is not None)
    if classes is None:
        gap = test.label - test.truth
        told = {"truth": test.truth, "prediction": test.label, "far": gap}
        size = float(np.abs(np.nan_to_num(gap[at])).max(initial=0))
        digits = 3 - math.floor(math.log10(size)) if size > 0 else 0  # four of the largest, in a column alike
        form = f",.{max(digits, 0)}f" if -9 <= digits <= 6 else ",.6g"
        return [{"row": str(test.row[one]), **{key: f"{of[one]:{form}}" for key, of in told.items()}} for one in at]
    ahead = wrong.ahead(test.truth, test.score, probabilities=test.probabilities)
    names = [*map(str, classes), text.DASH]  # of -1, which is no class
    return [
        {
            "row": str(test.row[one]),
            "truth": names[test.truth[one]],
            "prediction": names[test.label[one]],
            "far": text.DASH if ahead is None else f"{ahead[one]:.4f}",
        }
        for one in at
    ]


def far(test: Predicted | None, classes: Sequence[Any] | None) -> str:
    """What `most_wrong` says of each row; nothing where a model says classes alone."""
    if not classes:
        return "predicted − true"
    if test is None or test.score is None:
        return ""
    return "P(truth)" if test.probabilities else "margin of the truth"


def value(field: str, *, number: bool) -> str:
    """A field of `wrong.csv`: a number as scores are told, a whole one whole, and a text in one line."""
    if field == "":
        return text.DASH
    try:
        found = float(field) if number else math.nan
    except ValueError:  # damaged
        found = math.nan
    if not abs(found) < LARGE:
        return text.short(field)
    return f"{found:,.0f}" if found.is_integer() else text.score(found)
