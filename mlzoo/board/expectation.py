"""What the best of a comparison is worth on new rows: the out-of-fold predictions of all runs, resampled."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlzoo import nested, racing, text
from mlzoo.board import oof
from mlzoo.board.resampling import resampled
from mlzoo.errors import listed
from mlzoo.interval import MIN_GROUPS
from mlzoo.record import Record, read_csv
from mlzoo.stats import optimism, paired, scale, single, tails, weighted

Array = np.ndarray[Any, Any]
MAX_BYTES = 2**29  # of predictions that are looked at together
MIN_OF_CLASS = 10  # rows of each class, for an interval of another metric than accuracy
OF_VARIANCE = ("r2", "explained_variance", "d2_absolute_error_score")
OF_EACH_ROW = ("accuracy", "neg_log_loss", "neg_brier_score")  # metrics of classes: means over rows, whichever the fold
FEW_IN_FOLD = 20  # rows, in which a share of the variance is far below that in all
SHIFTED = -0.2  # the r2 of the mean of other rows, below which half of the folds are unlike in what they are on average


def expected(done: Sequence[Record], metric: str) -> dict[str, float]:
    """The score of "search everything, take the best" on new rows, corrected for the choice.

    Parameters
    ----------
    done : sequence of Record
        Runs that have ended, on the same folds; in any order.
    metric : str
        What the best is chosen by.

    Returns
    -------
    dict
        value, low, high, uncorrected; whether it is `nested`; of how many `rows` it is, and `groups` of them (rows,
        where none belong together), and of how many rows the `rarest` class is there, infinite where that is not known;
        of a metric of squared errors, as if of how many rows those of the best are, `effective`, and their `skewness`:
        see `tails`; whether the scores of its folds are `torn`: see `scale.is_torn`; of a log loss, what answers
        that are given as `certain` may yet cost: see `tails.certain`; of very many rows, how many are `kept`, `of` how
        many. low and high are NaN where they are torn, all resamples say the same, or there are few groups, or few rows
        of a class.

    Raises
    ------
    oof.UnknownError
        If it cannot be known: the searches have chosen by another metric, the predictions of a run are gone, those
        kept of very many rows lack the few that make a squared error, or the metric is a sum over rows.

    References
    ----------
    I. Tsamardinos, E. Greasidou, G. Borboudakis (2018), Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107, 1895-1922.
    """
    done = sorted(done, key=lambda one: (one["cell"], one["cv"][metric], str(one.content.get("identity"))))
    _check_searched(done, metric)
    if metric in weighted.OF_EXTREMES:
        raise oof.UnknownError(f"{metric} is of one row alone, and the more rows, the worse")
    if done[0]["validation"]["name"] == "nested":
        return _bounded(_nested(done, metric), metric)
    parts = [oof.filled(_thinned(one, oof.load(one), len(done))) for one in done]
    first = parts[0]
    if any(not np.array_equal(part["row"], first["row"]) for part in parts):
        raise oof.UnknownError("the runs kept predictions of different rows")
    held: Array = np.any(first["split"] >= 0, axis=0)  # a splitter may leave rows out
    y, classes, there = first["y"][held], done[0]["data"]["classes"], first["split"][:, held] >= 0
    label = np.concatenate([part["label"] for part in parts])[:, :, held]
    score = [part["score"][:, :, held] for part in parts]
    ranked = weighted.is_of_ranks(metric, classes)
    alike = ranked and are_alike(done[0], first, pairs=metric != "average_precision")
    fold = first["split"][:, held] if alike else None
    groups = np.unique(first["group"][held], return_inverse=True)[1] if "group" in first else None
    rest = {
        "seed": done[0]["seed"],
        "stopped": _stopped(done, parts, metric),
        "runs": np.repeat(np.arange(len(parts)), [len(part) for part in score]),
        "groups": groups,
    }
    found = resampled(metric, y, label, score, there, fold, classes, rest)
    if found is None or not math.isfinite(found.estimate):
        raise oof.UnknownError(f"{metric} is undefined on most resamples of the rows")
    value, low, high = _ends(found, metric, y, label[found.winner], classes, exact=groups is None)
    at = max(range(len(done)), key=lambda at: float(np.mean(done[at]["cv"][metric])))
    mean = float(np.mean(done[at]["cv"][metric]))
    whole = done[at]["validation"].get("groups")  # new rows are of many groups; else of one period, as each fold is
    if not whole and mean < low and (differ := other_means(done[at], metric)):
        raise oof.UnknownError(f"{differ}, and {metric} over all rows would hold that")
    kept, of = len(first["y"]), done[0]["data"]["train"].get("rows", 0)
    sample = {"kept": kept, "of": of} if kept < of else {}
    if sample and metric in tails.OF_SQUARES and mean < low:
        _check_sample(metric, parts[at], mean, low, found.uncorrected, of)
    about = _counts(first, classes, held) | sample | _doubts(metric, parts[at], held, unscaled=ranked and not alike)
    made = {"value": value, "low": low, "high": high, "uncorrected": found.uncorrected, "nested": False, **about}
    return _bounded(made, metric)


def _check_searched(done: Sequence[Record], metric: str) -> None:
    """Refuse runs whose settings were chosen by another metric."""
    searched = [
        one for one in done if one["metric"] != metric and (one.content.get("trials") or {}).get("total", 1) > 1
    ]
    if searched:
        names = list(dict.fromkeys(one["cell"] for one in searched))
        were = f"{listed(names)} {'was' if len(names) == 1 else 'were'}"
        by = listed(list(dict.fromkeys(one["metric"] for one in searched)))
        raise oof.UnknownError(f"{'the rows were' if len(searched) == len(done) > 1 else were} searched by {by}")


def _check_sample(metric: str, best: Mapping[str, Array], mean: float, low: float, uncorrected: float, of: int) -> None:
    """Refuse a sample of the rows that lacks the few which make most of the squared error of all."""
    if mean - _of_kept(metric, best) < low - uncorrected:
        raise oof.UnknownError(
            f"the {len(best['y']):,} of {of:,} rows that it would be of lack those that make most of the squared error "
            f"({metric} {text.score(uncorrected)}, over the folds {text.score(mean)})"
        )


def _of_kept(metric: str, best: Mapping[str, Array]) -> float:
    """The mean over the folds of a metric of numbers, of the rows that are kept alone; over all at once r2 is more."""
    found, (label,) = [], best["label"][best["trial"] == best["chosen"]]
    for said, split in zip(label, best["split"], strict=True):
        held = split >= 0  # of others nothing was said
        of = weighted.find(metric, best["y"][held], said[held], np.empty((held.sum(), 0)), None)
        found += [of((split[held] == fold)[None]) for fold in np.unique(split[held])] if of is not None else []
    return float(np.nanmean(found))


def _ends(
    found: optimism.Expected, metric: str, y: Array, label: Array, classes: list[Any] | None, *, exact: bool
) -> tuple[float, float, float]:
    """What to expect, and its interval, within what a metric can be; of classes as far as `weighted.reach` goes.

    Of an accuracy it is Wilson's at least, as resamples of few wrong rows, or few right ones, reach too near; where all
    agree it is that, if rows are drawn one by one, which is `exact`.
    """
    least, most = weighted.limits(metric)
    value, low, high = (min(max(at, least), most) for at in (found.estimate, found.low, found.high))
    if math.isclose(low, high, rel_tol=paired.NOISE):
        known = exact and metric == "accuracy"
        low, high = single.wilson(round(value * len(y)), len(y)) if known else (math.nan, math.nan)
    elif classes is not None:
        ends = np.add(weighted.reach(metric, y, label, len(classes)), value - found.uncorrected)
        if metric == "accuracy":
            ends = np.array(single.wilson(value * len(y), len(y)))
        low, high = max(least, float(np.fmin(low, ends[0]))), min(most, float(np.fmax(high, ends[1])))
    return value, low, high


def other_means(one: Record, metric: str) -> str:
    """How folds differ in the target so much that a metric of all rows is of that; nothing where they do not."""
    classes = one["data"].get("classes") is not None
    if metric in OF_EACH_ROW if classes else metric not in OF_VARIANCE:
        return ""
    rows = np.array(one["validation"]["test_rows"])
    shift = np.array(one["baseline"].get("shift") or [math.nan] * len(rows), dtype=float)
    large = shift[(rows >= FEW_IN_FOLD) & np.isfinite(shift)]
    differ = "the classes' shares differ" if classes else "the target's mean differs"
    return f"{differ} from fold to fold" if len(large) > 1 and float(np.median(large)) < SHIFTED else ""


def _doubts(metric: str, best: Mapping[str, Array], rows: Array, *, unscaled: bool) -> dict[str, float]:
    """Why what to expect may be wrong, by the best run, whose scores are ranked `unscaled`: see `expected`."""
    chosen, y = best["trial"] == best["chosen"], best["y"][rows]
    if not chosen.any():
        return {}
    if metric in tails.OF_SQUARES:
        said = best["label"][chosen][:, :, rows]
        return {"effective": tails.effective(y, said), "skewness": tails.skewness(y, said)}
    if metric in tails.OF_LOGARITHMS:
        return {"certain": tails.certain(metric, y, best["score"][chosen][0][:, rows])[1]}
    return {"torn": unscaled and scale.is_torn(best["score"][chosen][0][:, rows], best["split"][:, rows], y)}


def _counts(held: Mapping[str, Array], classes: list[Any] | None, rows: Array) -> dict[str, float]:
    """How many groups of rows there are, or rows, and of how many the rarest class is."""
    number = int(rows.sum())
    groups = len(np.unique(held["group"][rows])) if "group" in held else number
    rarest = (
        math.inf if classes is None else int(np.bincount(held["y"][rows].astype(int), minlength=len(classes)).min())
    )
    return {"rows": number, "groups": groups, "rarest": rarest}


def _bounded(found: dict[str, float], metric: str) -> dict[str, float]:
    """What to expect, without an interval where it is torn, there are few groups, or few rows of a class.

    By what answers that are given as certain may cost its low end is lower.
    """
    few = found.get("torn") or found["groups"] < MIN_GROUPS or (metric != "accuracy" and found["rarest"] < MIN_OF_CLASS)
    return found | ({"low": math.nan, "high": math.nan} if few else {"low": found["low"] - found.get("certain", 0.0)})


def are_alike(one: Record, held: Mapping[str, Array], *, pairs: bool = False) -> bool:
    """Whether the folds of a run, by which rows are `held` out, are so: see `scale.are_alike`."""
    grouped, sample = one["validation"].get("groups") is not None, len(held["y"]) < one["data"]["train"].get("rows", 0)
    return scale.are_alike(held["split"], held["y"], grouped=grouped, pairs=pairs, sample=sample)


def ratio(one: Record) -> float:
    """Test rows / train rows of the folds of a run, by which their scores are correlated: see `paired.t_test`."""
    folds = one["validation"]
    return float(np.sum(folds["test_rows"]) / np.sum(folds["train_rows"]))


def _thinned(one: Record, held: dict[str, Array], runs: int) -> dict[str, Array]:
    """The predictions of a run, of so many of its best trials as there is room for where all `runs` have as many.

    `left` holds how far those left out are behind the chosen one: they take part as stopped ones do.
    """
    size = (held["label"].nbytes + held["score"].nbytes) // max(1, len(held["trial"]))
    most = max(1, MAX_BYTES // (runs * max(1, size)))
    if len(held["trial"]) <= most:
        return held
    by_trial = _values(one)
    if unknown := {*held["trial"].tolist()} - by_trial.keys():
        raise oof.UnknownError(f"{one.folder / 'trials.csv'} does not tell the value of trial {min(unknown)}")
    value = np.array([by_trial[number] for number in held["trial"].tolist()])
    best = np.lexsort([-value, held["trial"] != held["chosen"]])
    kept, left = np.sort(best[:most]), best[most:]
    thin = {name: held[name][kept] for name in ("trial", "label", "score")}
    return {**held, **thin, "left": value[left] - value[best[0]]}


def _values(one: Record) -> dict[int, float]:
    """The value of each complete trial of a run by its number; of none where that is not known."""
    rows = read_csv(one.folder / "trials.csv") or []
    try:
        return {int(row["trial"]): float(row["value"]) for row in rows if row["value"]}
    except (ValueError, KeyError):  # damaged
        return {}


def _stopped(done: Sequence[Record], parts: Sequence[Mapping[str, Array]], metric: str) -> optimism.Stopped:
    """Of the stopped trials, how far each was estimated to be behind the chosen one of its run, and which that is.

    One that was ahead on its few folds counts as equal: that it was stopped says that this is what it would have been.
    """
    gaps, against, before = [], [], 0
    for one, part in zip(done, parts, strict=True):
        chosen = np.flatnonzero(part["trial"] == part["chosen"])
        found = raced(one, metric) - np.mean(one["cv"][metric]) if len(chosen) else np.empty(0)
        found = np.concatenate([found, part.get("left", np.empty(0))])
        gaps.append(np.minimum(found, 0.0))
        against.append(np.full(len(found), before + (chosen[0] if len(chosen) else 0)))
        before += len(part["trial"])
    return np.concatenate(gaps), np.concatenate(against)


def _nested(done: Sequence[Record], metric: str) -> dict[str, float]:
    """What the outer folds say of it, with the corrected interval of their mean; nothing is left to be corrected."""
    other = next((one for one in done if one["metric"] != metric), None)
    if other is not None:
        raise oof.UnknownError(f"{other['cell']} was searched by {other['metric']}")
    inner = [one["nested"]["inner"] for one in done]
    scores = nested.procedure(inner, [one["cv"][metric] for one in done])
    found = paired.t_test(scores, ratio(done[0]))
    if not math.isfinite(found.mean):
        raise oof.UnknownError(f"{metric} is undefined on an outer fold")
    promised = float(np.max(inner, axis=0).mean())
    low, high = np.clip([found.low, found.high], *weighted.limits(metric))
    try:
        held = oof.load(done[0])
        about = _counts(held, done[0]["data"]["classes"], np.any(held["split"] >= 0, axis=0))
    except oof.UnknownError:
        about = {"rows": math.inf, "groups": math.inf, "rarest": math.inf}
    if metric in tails.OF_LOGARITHMS:
        about["certain"] = oof.certain(max(done, key=lambda one: float(np.mean(one["cv"][metric]))), metric)[2]
    made = {"value": float(scores.mean()), "low": float(low), "high": float(high), "uncorrected": promised}
    return {**made, "nested": True, **about}


def raced(one: Record, metric: str) -> Array:
    """The means over all folds that stopped trials of a run stand for: see `racing.estimate`."""
    if metric != one["metric"] or not (one.content.get("trials") or {}).get("raced"):
        return np.empty(0)
    best = [float(value) for value in one["cv"][metric]]
    rows = read_csv(one.folder / "trials.csv") or []
    try:
        stopped = [row for row in rows if row["state"] == "raced"]
        folds = [{at: float(row[f"fold_{at}"]) for at in range(len(best)) if row.get(f"fold_{at}")} for row in stopped]
    except (ValueError, KeyError):  # damaged
        return np.empty(0)
    incumbent = racing.Incumbent(tuple(best), 0.0, 0.0)
    return np.array([racing.estimate(incumbent, scores) for scores in folds if scores])
