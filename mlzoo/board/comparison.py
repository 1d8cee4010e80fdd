"""Which rows of a leaderboard are really better, and what to expect of the best: all that the page shows of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlzoo import record
from mlzoo.board import expectation, floor, leaderboard, notes, oof, sentence
from mlzoo.board.leaderboard import Row
from mlzoo.errors import RecordError, listed
from mlzoo.record import Record
from mlzoo.stats import paired, tails, weighted

ROPE = 0.01
MOST_PAIRED = 100  # rows of which the JSON holds each pair
NOTHING = paired.Difference(math.nan, math.nan, math.nan, math.nan, math.nan)


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
    pairs : Pairs or None
        Each of `names` against each other: mean fold differences, row minus column, with their 95 % intervals and
        p-values.
    rope : float
        Up to which difference two rows count as the same in practice.
    repeats : dict
        By the name of a row that counts as one with a row before it (it predicts the same), the name of that one.
    expected : dict or None
        value, low, high, uncorrected: the metric of "search everything, take the best" on new rows.
    not_beaten : str or None
        What the best row is not shown to be better than: the dummy, mostly. None where it is, or that is not known.
    sentence : str
        The answer.
    notes : list of str
        What else must be known.
    """

    rows: list[Row]
    records: list[Record]
    metric: str | None
    dummy: Row | None
    names: list[str]
    pairs: paired.Pairs | None
    rope: float
    repeats: dict[str, str]
    expected: dict[str, float] | None
    not_beaten: str | None
    sentence: str
    notes: list[str]


def make(
    records: Sequence[Record],
    *,
    sort: str | None = None,
    metric: str | None = None,
    rope: float | None = None,
    labels: Sequence[str] | None = None,
) -> Comparison:
    """Rows, and which of them are really better.

    Parameters
    ----------
    records : sequence of Record
        The runs, on one data set.
    sort, metric, rope : optional
        As in `mlzoo.compare`.
    labels : sequence of str, optional
        The names of their rows; by default `rownames.row_ids`.

    Raises
    ------
    RecordError
        As in `mlzoo.compare`.
    """
    rows = leaderboard.board(records, metric=metric, labels=labels)
    leaderboard.ordered(rows, sort)  # what cannot be is said before all is worked out
    by_folder = {str(one.folder): one for one in records}
    name = next((row["metric"] for row in rows if row["metric"]), None)
    fair = leaderboard.fair(rows)
    done = [by_folder[row["folder"]] for row in fair]
    ended = [one for one in records if one["status"] == "done"]
    dummy = _dummy(ended[0], name, rows[0]) if name else None
    ropes = [_rope(one) for one in ended] or [ROPE] if rope is None else [checked_rope(rope)]
    width = ropes[0] * _unit(dummy)
    made, same = _pipelines(done, name) if name and fair else ([], [])
    pairs = _test(fair, done, name, width, same) if name and fair else None
    value, why = _expected(done, name) if name and fair else (None, "")
    than = floor.not_beaten(done[0], name, value) if name and fair else None
    cost = oof.certain(done[0], name)[2] if name in tails.OF_LOGARITHMS and fair else 0.0
    rows = leaderboard.ordered(rows, sort)
    again = {row["row"]: fair[same[at]]["row"] for at, row in enumerate(fair) if same[at] != at}
    once, alone = ([row for row in some if row["row"] not in again] for some in (rows, fair))
    unproven = cost > 0 and any(row["gap_high"] is None or row["gap_high"] + cost >= 0 for row in alone[1:])
    ordered = [by_folder[row["folder"]] for row in rows]
    return Comparison(
        rows=rows,
        records=ordered,
        metric=name,
        dummy=dummy,
        names=[row["row"] for row in fair],
        pairs=pairs,
        rope=width,
        repeats=again,
        expected=value,
        not_beaten=than,
        sentence=sentence.of_board(once, alone, done, value, than, width, unproven=unproven),
        notes=[*endings(rows), *notes.repeated(fair, made, same), *notes.of_scores(rows, ordered, why, again)]
        + ([] if metric else notes.of_metrics(done, name))
        + (notes.of_ropes(ropes) if fair else [])
        + notes.of_expected(value, name)
        + notes.of_sample(value),
    )


def checked_rope(given: Any) -> float:
    """A rope that was asked for, as a number.

    Raises
    ------
    RecordError
        If it is none, or cannot be a rope.
    """
    try:
        rope = float(given)
    except (TypeError, ValueError):
        rope = math.nan
    if not 0 <= rope < math.inf:
        what = "must be a number of 0 or more, in units of the metric; of an error (neg_…) as a share of the dummy's"
        raise RecordError(f"--rope {given}: {what}.")
    return rope


def _rope(one: Record) -> float:
    """That of a run's config."""
    try:
        return checked_rope(record.read_config(one.folder).get("rope", ROPE))
    except RecordError:
        return ROPE


def _unit(dummy: Row | None) -> float:
    """What a rope is a share of: the dummy's error, which has no scale of its own; other metrics have that of one."""
    if dummy and dummy["cv_mean"] and dummy["metric"].startswith("neg_"):
        return abs(float(dummy["cv_mean"]))
    return 1.0


def _expected(done: Sequence[Record], metric: str) -> tuple[dict[str, float] | None, str]:
    """What to expect of the best, or why that is not known."""
    try:
        return expectation.expected(done, metric), ""
    except oof.UnknownError as error:
        return None, str(error)


def _pipelines(done: Sequence[Record], metric: str) -> tuple[list[int], list[int]]:
    """For each run the place of the first that was made alike, and of the first that says the same: mostly its own."""
    keys = [(one["cv"][metric], one["cell"], one.content.get("params"), one["data"].get("columns")) for one in done]
    made = [keys.index(key) for key in keys]
    scores = [one["cv"][metric] for one in done]
    said = [oof.said(one) if scores.count(own) > 1 else None for one, own in zip(done, scores, strict=True)]
    same = [at if answers is None else said.index(answers) for at, answers in enumerate(said)]
    return made, [same[at] for at in made]


def _test(
    rows: Sequence[Row], done: Sequence[Record], metric: str, rope: float, same: Sequence[int]
) -> "paired.Pairs | None":
    """Compare each row with each other, and note in it how it stands to the best; a pipeline is tested once."""
    scores = np.array([one["cv"][metric] for one in done], dtype=float)
    ratio = expectation.ratio(done[0])
    own, at_own = np.unique(same, return_inverse=True)
    pairs = paired.all_pairs(scores[own], ratio, int(at_own[0])).taken(at_own)
    least, most = weighted.limits(metric)
    right = [oof.right(one) for one in done]
    for at, row in enumerate(rows):
        mean = paired.t_test(scores[at], ratio) if np.ptp(scores[at]) else NOTHING  # equal ones do not tell how sure
        rope_of = paired.rope_test(paired.gaps(scores[at], scores[0]), ratio, rope)
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
        }
        row |= {key: float(value) + 0.0 if np.isfinite(value) else None for key, value in facts.items()}  # no -0.0
        row |= _on_test(right[at], right[0])
        row["tied"] = bool(pairs.tied[at])
    return pairs


def _on_test(right: "np.ndarray[Any, Any] | None", best: "np.ndarray[Any, Any] | None") -> Row:
    if right is None or best is None or len(right) != len(best):
        return {}
    found = paired.mcnemar(right, best)
    return {"test_p": found.p, "test_won": found.first, "test_lost": found.second}


def _dummy(one: Record, metric: str, like: Row) -> Row:
    """The row of the baseline, which is not ranked; its columns are those of another row."""
    scores = np.array(one["baseline"]["cv"][metric], dtype=float)
    known = np.isfinite(scores).all()
    return dict.fromkeys(like) | {
        "row": "dummy",
        "metric": metric,
        "cv_mean": float(scores.mean()) if known else None,
        "cv_sd": float(scores.std(ddof=1)) if known and len(scores) > 1 else None,
        "test": one["baseline"]["test"][metric],
        "baseline_gap": 0.0,
        "status": "done",
        **leaderboard.further(one["baseline"], metric),
    }


def endings(rows: Sequence[Row]) -> list[str]:
    """Why rows have no score."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] != "done" or row["error"]:
            why = " ".join(row["error"].split())
            found.setdefault(f"{row['status']}: {why}", []).append(row["row"])
    return [f"{listed(names)} {why}" for why, names in found.items()]


def told(found: Comparison) -> dict[str, Any]:
    """What the JSON of a leaderboard holds beside its rows: the answer, and what to expect."""
    value, expected = found.expected, None
    if value is not None:
        expected = {
            "estimate": value["value"],
            "interval": [value["low"], value["high"]],
            "uncorrected": value["uncorrected"],
            "method": "nested cross-validation" if value["nested"] else "bootstrap bias-corrected cross-validation",
        }
    answer = {"sentence": found.sentence, "notes": found.notes, "doubts": notes.minded(found.records)}
    return {"expected": expected, "tests": _tests(found), **answer}


def _tests(found: Comparison) -> dict[str, Any] | None:
    """How rows were tested against each other, and every p, of up to `MOST_PAIRED` rows; None where none were."""
    of = {row["row"]: one for row, one in zip(found.rows, found.records, strict=True)}
    pairs = found.pairs
    if pairs is None or len(found.names) < 2:
        return None
    one = of[found.names[0]]
    own, folds = sum(name not in found.repeats for name in found.names), one["validation"]["folds"]
    every = {"rows": found.names, "p": pairs.p.tolist(), "adjusted": pairs.adjusted.tolist()}
    return {
        "test": "corrected resampled t-test, two-sided (Nadeau and Bengio 2003)",
        "practical": "Bayesian correlated t-test (Corani and Benavoli 2015)",
        "rope": found.rope,
        "folds": folds,
        "degrees_of_freedom": folds - 1,
        "ratio": expectation.ratio(one),
        "adjustment": "Holm",
        "compared": own * (own - 1) // 2,
        "alpha": paired.ALPHA,
        "pairs": every if len(found.names) <= MOST_PAIRED else None,
    }
