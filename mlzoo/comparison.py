"""Which rows of a leaderboard are really better, what to expect of the best, and the answer in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlzoo import expectation, leaderboard, paired, record, weighted
from mlzoo.errors import RecordError
from mlzoo.leaderboard import Row
from mlzoo.record import Record

FEW_FOLDS = 10  # with fewer, differences are hardly ever shown
ROPE = 0.01


@dataclass(frozen=True)
class Comparison:
    """Everything that the page shows of several runs.

    Attributes
    ----------
    rows : list of dict
        The leaderboard's rows, in their order.
    records : list of Record
        The run of each row.
    metric : str or None
        What was ranked by; None where no run is done.
    dummy : dict or None
        The row of the baseline.
    names : list of str
        The rows in the pairwise matrix, ranked.
    difference, low, high, adjusted : ndarray of shape (names, names) or None
        Mean fold difference, row minus column, its 95 % interval and its p-value, adjusted by Holm.
    rope : float
        Up to which difference two rows count as the same in practice.
    expected : dict or None
        value, low, high: the metric of "search everything, take the best" on new rows.
    sentence : str
        The answer.
    """

    rows: list[Row]
    records: list[Record]
    metric: str | None
    dummy: Row | None
    names: list[str]
    difference: "np.ndarray[Any, Any] | None"
    low: "np.ndarray[Any, Any] | None"
    high: "np.ndarray[Any, Any] | None"
    adjusted: "np.ndarray[Any, Any] | None"
    rope: float
    expected: dict[str, float] | None
    sentence: str


def make(
    records: Sequence[Record],
    *,
    sort: str | None = None,
    metric: str | None = None,
    labels: Sequence[str] | None = None,
) -> Comparison:
    """Rows, and which of them are really better.

    Parameters
    ----------
    records : sequence of Record
        The runs, on one data set.
    sort, metric : str, optional
        As in `mlzoo.compare`.
    labels : sequence of str, optional
        The names of their rows; by default `leaderboard.row_ids`.

    Raises
    ------
    RecordError
        As in `mlzoo.compare`.
    """
    rows = leaderboard.board(records, sort=sort, metric=metric, labels=labels)
    by_folder = {str(one.folder): one for one in records}
    name = next((row["metric"] for row in rows if row["metric"]), None)
    ranked = sorted((row for row in rows if row["rank"]), key=lambda row: row["rank"])
    fair = [row for row in ranked if not row["optimistic"]]
    done = [by_folder[row["folder"]] for row in fair]
    rope = _rope(done)
    found = _test(fair, done, name, rope) if name and fair else None
    value = expectation.expected(done, name) if name and fair else None
    rows = leaderboard.ordered(rows, sort)  # once more: by now the statistics are there
    return Comparison(
        rows=rows,
        records=[by_folder[row["folder"]] for row in rows],
        metric=name,
        dummy=_dummy(done[0], name, rows[0]) if name and done else None,
        names=[row["row"] for row in fair],
        difference=None if found is None else found.difference,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        adjusted=None if found is None else found.adjusted,
        rope=rope,
        expected=value,
        sentence=answer(ranked, fair, done, value),
    )


def _rope(done: Sequence[Record]) -> float:
    """Of the first run's config."""
    try:
        return float(record.read_config(done[0].folder).get("rope", ROPE)) if done else ROPE
    except RecordError:
        return ROPE


def _test(rows: Sequence[Row], done: Sequence[Record], metric: str, rope: float) -> "paired.Pairs | None":
    """Compare each row with each other, and note in it how it stands to the best."""
    scores = np.array([one["cv"][metric] for one in done], dtype=float)
    folds = done[0]["validation"]
    ratio = float(np.sum(folds["test_rows"]) / np.sum(folds["train_rows"]))
    pairs = paired.all_pairs(scores, ratio)
    least, most = weighted.limits(metric)
    right = [expectation.right(one) for one in done]
    for at, row in enumerate(rows):
        mean = paired.t_test(scores[at], ratio)
        rope_of = paired.rope_test(scores[at] - scores[0], ratio, rope)
        facts = {
            "cv_low": max(mean.low, least),
            "cv_high": min(mean.high, most),
            "gap": pairs.difference[at, 0],
            "gap_low": pairs.low[at, 0],
            "gap_high": pairs.high[at, 0],
            "p": pairs.adjusted[at, 0],
            "worse": rope_of.worse,
            "equivalent": rope_of.equivalent,
            "better": rope_of.better,
            "test_p": _on_test(right[at], right[0]),
        }
        row |= {key: float(value) if np.isfinite(value) else None for key, value in facts.items()}
        row["tied"] = bool(pairs.tied[at])
    return pairs


def _on_test(right: "np.ndarray[Any, Any] | None", best: "np.ndarray[Any, Any] | None") -> float:
    if right is None or best is None or len(right) != len(best):
        return math.nan
    return paired.mcnemar(right, best).p


def _dummy(one: Record, metric: str, like: Row) -> Row:
    """The row of the baseline, which is not ranked; its columns are those of another row."""
    scores = np.array(one["baseline"]["cv"][metric], dtype=float)
    return dict.fromkeys(like) | {
        "row": "dummy",
        "metric": metric,
        "cv_mean": float(scores.mean()),
        "cv_sd": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "test": one["baseline"]["test"][metric],
        "baseline_gap": 0.0,
        "status": "done",
        **leaderboard.further(one["baseline"], metric),
    }


def answer(
    ranked: Sequence[Row], fair: Sequence[Row], done: Sequence[Record], value: Mapping[str, float] | None
) -> str:
    """The answer in plain words: which rows are best, which of them to take, and what to expect of it."""
    if not ranked:
        return "No run is done, there is nothing to rank."
    if not fair:
        return "Every score is optimistic: the test split was the objective (validation=holdout)."
    tied = [row for row in fair if row["tied"]] or fair[:1]
    folds = done[0]["validation"]["folds"]
    if len(fair) == 1:
        said = f"There is nothing to compare {fair[0]['row']} with."
    elif len(tied) == 1:
        said = f"{tied[0]['row']} is better than all other rows."
    else:
        fastest = min(tied, key=lambda row: row["fit_s"] + row["predict_s"])
        shown = [row["row"] for row in tied[:4]] + ([f"{len(tied) - 4} more"] if len(tied) > 4 else [])
        said = f"{', '.join(shown[:-1])} and {shown[-1]} are tied; {fastest['row']} is the fastest of them."
    if len(fair) > 1 and folds < FEW_FOLDS:
        said += f" With {folds} folds only large differences can be shown."
    if value is not None:
        shown = [f"{value[key]:,.{1 if abs(value['value']) >= 100 else 3}f}" for key in ("value", "low", "high")]
        said += f" Expect {shown[0]} ({shown[1]} to {shown[2]}) on new data."
    return said
