"""Which rows of a leaderboard are really better, what to expect of the best, and the answer in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlzoo import expectation, leaderboard, notes, record, text
from mlzoo.errors import RecordError, listed
from mlzoo.leaderboard import Row
from mlzoo.record import Record
from mlzoo.stats import paired, weighted

FEW_FOLDS = 10  # with fewer, differences are hardly ever shown
ROPE = 0.01
NOTHING = paired.Difference(math.nan, math.nan, math.nan, math.nan, math.nan)
ALIKE = 1.5  # times that differ by less are told apart by nobody who repeats them


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
        The names of their rows; by default `leaderboard.row_ids`.

    Raises
    ------
    RecordError
        As in `mlzoo.compare`.
    """
    rows = leaderboard.board(records, metric=metric, labels=labels)
    leaderboard.ordered(rows, sort)  # what cannot be is said before all is worked out
    by_folder = {str(one.folder): one for one in records}
    name = next((row["metric"] for row in rows if row["metric"]), None)
    fair = [row for row in leaderboard.by_rank(rows) if not row["optimistic"]]
    done = [by_folder[row["folder"]] for row in fair]
    ended = [one for one in records if one["status"] == "done"]
    dummy = _dummy(ended[0], name, rows[0]) if name and ended else None
    ropes = [_rope(one) for one in ended] or [ROPE] if rope is None else [checked_rope(rope)]
    width = ropes[0] * _unit(dummy)
    made, same = _pipelines(done, name) if name and fair else ([], [])
    pairs = _test(fair, done, name, width, same) if name and fair else None
    value, why = _expected(done, name) if name and fair else (None, "")
    rows = leaderboard.ordered(rows, sort)
    again = {row["row"]: fair[same[at]]["row"] for at, row in enumerate(fair) if same[at] != at}
    once, alone = ([row for row in some if row["row"] not in again] for some in (rows, fair))
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
        sentence=answer(once, alone, done, value, width),
        notes=[*endings(rows), *notes.repeated(fair, made, same), *notes.of_scores(rows, ordered, why)]
        + ([] if metric else notes.of_metrics(done, name))
        + (notes.of_ropes(ropes) if fair else [])
        + notes.of_expected(value, name),
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
    except expectation.UnknownError as error:
        return None, str(error)


def _pipelines(done: Sequence[Record], metric: str) -> tuple[list[int], list[int]]:
    """For each run the place of the first that was made alike, and of the first that says the same: mostly its own."""
    keys = [(one["cv"][metric], one["cell"], one.content.get("params"), one["data"].get("columns")) for one in done]
    made = [keys.index(key) for key in keys]
    scores = [one["cv"] for one in done]
    said = [expectation.said(one) if scores.count(one["cv"]) > 1 else None for one in done]
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
    right = [expectation.right(one) for one in done]
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


# -- in words -----------------------------------------------------------------------------------------------------


def answer(
    rows: Sequence[Row],
    fair: Sequence[Row],
    done: Sequence[Record],
    value: Mapping[str, float] | None,
    rope: float = ROPE,
) -> str:
    """The answer in plain words: which rows are best, which of them to take, and what to expect of it.

    Parameters
    ----------
    rows : sequence of dict
        All rows; of those that are the same pipeline the first.
    fair : sequence of dict
        Those of them that are ranked and not optimistic, the best first.
    done : sequence of Record
        The runs that are ranked and not optimistic, the best first.
    value : mapping, optional
        What to expect: value, low, high.
    rope : float
        Up to which difference two rows count as the same in practice.
    """
    if not fair:
        if any(row["optimistic"] for row in rows):
            return "Every score is optimistic: the test split was the objective (validation=holdout)."
        ended = any(row["status"] == "done" for row in rows)
        return f"No run {'has a score' if ended else 'is done'}, there is nothing to rank."
    said = _which(rows, fair, done[0]["validation"]["folds"], rope) + _against_dummy(fair, done[0], value)
    leaks = notes.may_leak(done)
    if leaks:
        said += " The data may leak, and all scores be too high: mind the findings."
    if value is None:
        return said
    told = [_shown(value[key], value["value"]) for key in ("value", "low", "high")]
    within = f" ({told[1]} to {told[2]})" if math.isfinite(value["low"]) else ""
    expect = "If the data does not leak, expect" if leaks else "Expect"
    return f"{said} {expect} {fair[0]['metric']} {told[0]}{within} on new data."


def _which(rows: Sequence[Row], fair: Sequence[Row], folds: int, rope: float) -> str:
    first, tied = fair[0]["row"], [row for row in fair if row["tied"]] or fair[:1]
    if len(fair) == 1:
        return f"There is nothing to compare {first} with."
    if folds == 1:
        top = [row["row"] for row in fair if row["cv_mean"] == fair[0]["cv_mean"]]
        have = "has" if len(top) == 1 else "have"
        return f"{listed(top)} {have} the highest score, on one fold, by which no difference can be shown."
    if len(tied) == 1:
        others = "all other rows" if len(fair) == len(rows) else f"the other {len(fair) - 1} that can be ranked"
        others = others if len(fair) > 2 else fair[1]["row"]
        close = [row["row"] for row in fair[1:] if (row["equivalent"] or 0) > 0.5]
        than = "" if len(close) == len(fair) - 1 else f"than {listed(close)} "
        slight = f", but {than}probably by less than {text.width(rope)}" if close else ""
        return f"{first} is better than {others}{slight}."
    few = f" With {folds} folds only large differences can be shown." if folds < FEW_FOLDS else ""
    return f"{listed([row['row'] for row in tied])} are tied{_fastest(tied)}.{few}"


def _against_dummy(fair: Sequence[Row], one: Record, value: Mapping[str, float] | None) -> str:
    """What must be said where the best row, whose run is given, may have learnt nothing, or those tied with it.

    It may be the best by luck: the test is of differences that are less by what to expect is less than the mean.
    """
    first = fair[0]
    scores, dummy = (np.array(of["cv"][first["metric"]], dtype=float) for of in (one, one["baseline"]))
    gaps = paired.gaps(scores, dummy)
    unit = weighted.has_unit(first["metric"])
    if np.ptp(gaps) <= paired.NOISE and not unit:  # which does not tell how sure it is: of one row less it would
        gaps[0] -= 1 / one["validation"]["test_rows"][0]
    if value is not None and not value.get("torn"):
        chosen = value["uncorrected"] if unit and not value["nested"] else scores.mean()  # both over all rows, or folds
        gaps -= max(0.0, float(chosen) - value["value"])
    found = paired.t_test(gaps, expectation.ratio(one))
    if found.mean > 0 and not found.p > paired.ALPHA:
        low = [row["row"] for row in fair if row["tied"] and not _is_above(row)]
        return f" {listed(low)} {'is' if len(low) == 1 else 'are'} no better than the dummy." if low else ""
    top = [row["row"] for row in fair if row["rank"] == first["rank"]]
    said = f" {listed(top)} {'is' if len(top) == 1 else 'are'} not shown to be better than the dummy."
    return said if math.isfinite(found.mean) else ""


def _is_above(row: Row) -> bool:
    """Whether a row is better than the dummy, as far as is known."""
    return row["baseline_gap"] is None or row["baseline_gap"] > paired.NOISE


def _fastest(tied: Sequence[Row]) -> str:
    """Which of the tied rows are the fastest, but for those that are most likely worse, or no better than the dummy.

    What the clock may have made of equal ones is not told apart.
    """
    better = [row for row in tied if _is_above(row)]
    likely = [row for row in better or tied if not (row["worse"] or 0) > 1 - paired.ALPHA]
    times = {row["row"]: row["fit_s"] + row["predict_s"] for row in likely}
    fast = [name for name, time in times.items() if time <= ALIKE * min(times.values())]
    if len(fast) == len(tied):
        return ", and about equally fast"
    them = "them" if len(likely) == len(tied) else "those that may well be as good"
    if len(fast) > 3:
        return f"; {fast[0]} is among the fastest of {them}"
    return f"; {listed(fast)} {'is' if len(fast) == 1 else 'are'} the fastest of {them}" if len(likely) > 1 else ""


def _shown(value: float, like: float) -> str:
    """A score with the decimals that another one needs."""
    size = abs(like)
    digits = 1 if size >= 100 else 3 if size == 0 else max(3, 1 - math.floor(math.log10(size)))
    return text.score(value, digits, tiny=False)


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
    nested = any(one["status"] == "done" and one["validation"]["name"] == "nested" for one in found.records)
    method = "nested cross-validation" if nested else "bootstrap bias-corrected cross-validation"
    value, expected = found.expected, None
    if value is not None:
        interval = [value["low"], value["high"]]
        expected = {"estimate": value["value"], "interval": interval, "uncorrected": value["uncorrected"]}
        expected |= {"method": method}
    return {"expected": expected, "sentence": found.sentence, "notes": found.notes}
