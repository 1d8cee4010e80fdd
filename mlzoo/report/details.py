"""Charts of one row's predictions and columns, from the files that its run has left."""

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlzoo import text
from mlzoo.errors import listed
from mlzoo.report import measures
from mlzoo.report.files import Predicted
from mlzoo.report.look import LETTER, RISING, SERIES, TICK, Figure, axis, bars, figure, heatmap, names_axis, tall
from mlzoo.report.measures import Array

MAX_CLASSES = len(SERIES)  # with a curve each
MAX_LABELS = 30  # in a confusion matrix
SQUARE = 360  # pixels of the height of a curve, which a matrix stands beside
DIAGONAL = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "layer": "below"}
GUESS = {"color": "@faint", "width": 1, "dash": "dot"}
DASHES = ("solid", "dash", "dot")  # with which colours of lines that look alike to the colour-blind are told apart
SHARE: dict[str, Any] = {"range": [-0.02, 1.02], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1]}


# -- classification ---------------------------------------------------------------------------------------------------


def of_classes(name: str, classes: Sequence[Any], parts: Sequence[tuple[str, Predicted]]) -> list[Figure]:
    """Confusion matrix, ROC, precision-recall and calibration: out of fold, and on the test split."""
    if not parts:
        return []
    drawn = [confusion(f"{name}-confusion", classes, *parts[0])]
    curves = [(where, part) for where, part in parts if part.score is not None]
    if curves:
        both = (curve(f"{name}-{kind}", kind, classes, curves) for kind in ("roc", "pr"))
        drawn += [one for one in both if one["data"]]  # of rows of one class alone there are none
    sure = [(where, part) for where, part in parts if part.probabilities]
    if sure:
        drawn.append(calibration(f"{name}-calibration", classes, sure))
    return drawn


def told_repeats(part: Predicted) -> str:
    """How often each row is counted."""
    if part.repeats == 1:
        return ""
    often = np.unique(part.row, return_counts=True)[1]
    if (often == often[0]).all():
        return f", each row once in each of {often[0]} repetitions"
    return f", a row {part.repeats:,.1f} times in the mean"


def confusion(name: str, classes: Sequence[Any], where: str, part: Predicted) -> Figure:
    """Truth by prediction: counts, coloured by the share of the true class."""
    counts = measures.confusion(part.truth, part.label, len(classes))
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MAX_LABELS])
    left_out = len(classes) - len(kept)
    wrong = counts - np.diag(np.diag(counts))  # of all classes, as the shares are
    share = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[np.ix_(kept, kept)]
    counts = counts[np.ix_(kept, kept)]
    every_label = text.distinct(list(map(str, classes)), 18)
    labels = [every_label[at] for at in kept]
    names = [html.unescape(label) for label in every_label]
    few = len(kept) <= 10
    right = float(np.mean(part.truth == part.label))
    told = [
        [f"{count:,}<br>{of:.0%}" for count, of in zip(*line, strict=True)]
        for line in zip(counts.tolist(), share.tolist(), strict=True)
    ]
    cells = heatmap(
        labels,
        labels,
        [text.rounded(line, 3) for line in share],
        (0, 1),
        RISING,
        text=told,
        texttemplate="%{text}" if few else "",
        hovertemplate="truth %{y}, predicted %{x}<br>%{text} of the true class<extra></extra>",
        bar=not few,
    )
    every = {} if few else {"dtick": 1}  # of many classes Plotly would name every other one alone
    layout = {
        "xaxis": axis("predicted", type="category", showgrid=False, side="bottom", **every),
        "yaxis": axis("truth", type="category", autorange="reversed", showgrid=False, **every),
    }
    note = f"{right:.1%} right of {len(part.truth):,} predictions, {where}{told_repeats(part)}."
    if len(classes) > 2 and wrong.any():
        truth, said = divmod(int(wrong.argmax()), len(classes))
        note += f" Most often mistaken: {names[truth]} for {names[said]}, {text.many(int(wrong.max()), 'time')}."
    if not few:
        note += " The colour is the share of the true class."
    if left_out:
        note += _others(left_out)
    height = max(SQUARE, tall(len(kept), 60 if few else 22, 120))
    one = figure(name, f"Confusion matrix, {where}", note, [cells], layout, height)
    return one if few else one | {"least": round(LETTER * max(len(names[at]) for at in kept)) + 110 + TICK * len(kept)}


def _others(number: int) -> str:
    """How many classes are left out; they may be as frequent as some that are drawn."""
    return f" {number} of the rarest classes {'is' if number == 1 else 'are'} left out."


def _one_against_rest(part: Predicted, classes: int) -> list[tuple[int, Array, Array]]:
    """For each curve its class, whether a row is of it, and the row's score for it."""
    scores = part.ranked
    if scores is None:
        return []
    if scores.shape[1] == 1 or classes == 2:
        found = [(1, part.truth == 1, scores[:, -1])]
    else:
        counts = np.bincount(part.truth[part.truth >= 0], minlength=classes)
        often = sorted(np.argsort(-counts, kind="stable")[:MAX_CLASSES].tolist())
        found = [(at, part.truth == at, scores[:, at]) for at in often]
    kept = [(at, positive, score, np.isfinite(score)) for at, positive, score in found]
    return [(at, positive[known], score[known]) for at, positive, score, known in kept]


def curve(name: str, kind: str, classes: Sequence[Any], parts: Sequence[tuple[str, Predicted]]) -> Figure:
    """ROC or precision-recall curves; of more than two classes one against the rest, out of fold alone."""
    binary = len(classes) == 2
    told: list[str] = []
    data: list[dict[str, Any]] = []
    names = text.distinct(list(map(str, classes)), 18)  # as in the confusion matrix
    for place, (where, part) in enumerate(parts if binary else parts[:1]):
        for at, positive, scores in _one_against_rest(part, len(classes)):
            x, y, area = (measures.roc if kind == "roc" else measures.precision_recall)(positive, scores)
            if not len(x):
                continue
            x, y = measures.thinned(x, y, measures.POINTS if binary else measures.POINTS // 2)
            label = where if binary else html.unescape(names[at])
            told.append(f"{label} {area:.3f}")
            drawn = place if binary else len(data)
            dash = DASHES[int(where == "test split") if binary else drawn // 4]
            line = {"color": SERIES[drawn], "width": 2, "dash": dash}
            shown = f"{where if binary else names[at]} {area:.3f}"
            trace = {"type": "scatter", "mode": "lines", "line": line, "name": shown}
            data.append({**trace, "x": text.rounded(x), "y": text.rounded(y), "hovertemplate": "%{x:.3f}, %{y:.3f}"})
    of = f"class {classes[1]}" if binary else f"each class against the rest, {parts[0][0]}"
    tail = _of_folds(*parts[0])
    if not binary and len(classes) > MAX_CLASSES:
        tail += _others(len(classes) - MAX_CLASSES)
    if kind == "roc":
        layout: dict[str, Any] = {
            "xaxis": axis("false positive rate", **SHARE),
            "yaxis": axis("true positive rate", **SHARE),
            "shapes": [{**DIAGONAL, "line": GUESS}],
        }
        note = f"Area under the curve for {of}: {listed(told, 8)}.{tail}"
        return figure(name, "ROC curve", note, data, layout, SQUARE)
    layout = {"xaxis": axis("recall", **SHARE), "yaxis": axis("precision", **SHARE)}
    note = f"Average precision for {of}: {listed(told, 8)}.{tail}"
    if binary:
        truth = parts[0][1].truth
        chance = float(np.mean(truth[truth >= 0] == 1))
        layout["shapes"] = [{**DIAGONAL, "y0": chance, "y1": chance, "line": GUESS}]
        note += f" On the dotted line is who guesses, {parts[0][0]}: {chance:.3f}."
    return figure(name, "Precision and recall", note, data, layout, SQUARE)


def _of_folds(where: str, part: Predicted) -> str:
    if part.ranked is None or part.score is None or np.array_equal(part.ranked, part.score):
        return ""
    return f" {where.capitalize()} it is of all rows at once, by scores that are put on one scale."


def calibration(name: str, classes: Sequence[Any], parts: Sequence[tuple[str, Predicted]]) -> Figure:
    """Predicted probability against the share that came true; of more than two classes, of the likeliest."""
    binary = len(classes) == 2
    data, told, top = [], [], 0.0
    for place, (where, part) in enumerate(parts):
        score = part.score if part.score is not None else np.empty((0, 1))
        probability = score[:, 1] if binary else score.max(axis=1)
        hit = part.truth == 1 if binary else score.argmax(axis=1) == part.truth
        known = np.isfinite(probability)
        if not known.any():
            continue
        groups = None if part.group is None else part.group[known]
        bins = measures.calibration(hit[known], probability[known], repeats=part.repeats, groups=groups)
        chance = math.nan if part.together and groups is None else measures.chance_error(bins)
        right = "" if math.isnan(chance) else f" ({chance:.3f})"
        told.append(f"{where} {measures.calibration_error(bins):.3f}{right}")
        top = max(top, *(max(one["mean"], one["share"], one["high"]) for one in bins))
        line = {"color": SERIES[place], "width": 2, "dash": "dash" if where == "test split" else "solid"}
        interval = {"type": "data", "symmetric": False, "thickness": 1, "width": 3, "color": SERIES[place]}
        trace = {
            "type": "scatter",
            "mode": "lines+markers",
            "name": where,
            "line": line,
            "x": text.rounded([one["mean"] for one in bins]),
            "y": text.rounded([one["share"] for one in bins]),
            "marker": {"size": 7, "color": SERIES[place]},
            "error_y": {
                **interval,
                "array": text.rounded([one["high"] - one["share"] for one in bins]),
                "arrayminus": text.rounded([one["share"] - one["low"] for one in bins]),
            },
            "text": [f"{one['rows']:,} predictions" for one in bins],
            "hovertemplate": "said %{x:.3f}, came true %{y:.3f}, %{text}<extra></extra>",
        }
        if part.together and groups is None:  # how sure its shares are is not known
            del trace["error_y"]
        data.append(trace)
    what = f"probability of class {classes[1]}" if binary else "probability of the likeliest class"
    reach = SHARE if top > 0.5 else {"range": [-0.02 * top, 1.05 * top]}  # of a rare class all is in one corner
    layout = {
        "xaxis": axis(what, **reach),
        "yaxis": axis("share that came true", **reach),
        "shapes": [{**DIAGONAL, "line": GUESS}],
    }
    of_right = " (and by chance, if they were)" * any(one.endswith(")") for one in told)
    note = f"On the dotted line probabilities are right. Mean distance from it{of_right}: {listed(told)}."
    if any(part.repeats > 1 for _, part in parts):
        note += " The 95 % intervals count each row once, however often it was predicted."
    if any(part.together for _, part in parts):
        note += " Intervals allow for rows that belong together; where it is not known which do, there are none."
    return figure(name, "Calibration", note, data, layout, SQUARE)


# -- regression -------------------------------------------------------------------------------------------------------


def of_values(name: str, target: str, parts: Sequence[tuple[str, Predicted]], most: int) -> list[Figure]:
    """Predicted against true values, and what is left over."""
    if not parts:
        return []
    against, left, told, some = [], [], [], []
    fine = _digits(np.concatenate([of.astype(float) for _, part in parts for of in (part.truth, part.label)]))
    for place, (where, part) in enumerate(parts):
        known = np.flatnonzero(np.isfinite(part.truth.astype(float)) & np.isfinite(part.label.astype(float)))
        gap = part.label[known] - part.truth[known]
        if not len(known):
            continue
        told.append(f"{where} {text.score(np.sqrt(np.mean(gap**2)))}")
        at = known[measures.sample(len(known), most)]
        some += [f"{len(at):,} of {len(known):,} {where}"] if len(at) < len(known) else []
        dots: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": where,
            "text": [f"row {text.shown(row)}" for row in part.row[at]],
            "marker": {"size": 6, "color": SERIES[place], "opacity": 0.5, "symbol": ["circle", "diamond"][place]},
            "hovertemplate": "%{text}: %{x}, %{y}<extra></extra>",
        }
        truth, label = text.rounded(part.truth[at], fine), text.rounded(part.label[at], fine)
        against.append({**dots, "x": truth, "y": label})
        left.append({**dots, "x": label, "y": text.rounded(part.label[at] - part.truth[at])})
    everything = [value for trace in against for key in "xy" for value in trace[key] if value is not None]
    low, high = min(everything, default=0.0), max(everything, default=1.0)
    line = {**DIAGONAL, "x0": low, "y0": low, "x1": high, "y1": high, "line": {"color": "@faint", "width": 1.5}}
    zero = {"type": "line", "y0": 0, "y1": 0, "xref": "paper", "x0": 0, "x1": 1, "line": {"color": "@faint"}}
    first = {"xaxis": axis(f"true {target}"), "yaxis": axis(f"predicted {target}"), "shapes": [line]}
    second = {"xaxis": axis(f"predicted {target}"), "yaxis": axis("predicted − true"), "shapes": [zero]}
    note = f"On the line predictions are right. Root mean squared error: {listed(told)}."
    above = "Above the line predictions are too high."
    drawn = f" Of the predictions some are drawn: {listed(some)}." if some else ""
    return [
        figure(f"{name}-values", "Predicted against true", note + drawn, against, first, 380),
        figure(f"{name}-residuals", "Residuals", above + drawn, left, second, 380),
    ]


def _digits(values: Array) -> int:
    """How many significant digits tell values apart: four of what they span, however far from zero that is."""
    known = values[np.isfinite(values)]
    span = float(np.ptp(known)) if len(known) else 0.0
    return 4 + (max(0, math.ceil(math.log10(float(np.abs(known).max()) / span))) if 0 < span < math.inf else 0)


# -- columns ----------------------------------------------------------------------------------------------------------


def importance(
    name: str, metric: str, columns: Sequence[tuple[str, float, float]], most: int = 20, of: str = "the test split"
) -> Figure:
    """How much the metric falls `of` which rows when a column is shuffled."""
    ordered = sorted(columns, key=lambda one: -one[1])[:most]
    names, means, sds = zip(*ordered, strict=True)
    labels = text.distinct(names)
    note = f"No column counts: whichever is shuffled, {metric} does not fall on {of}"
    if means[0] > 0:
        note = f"{names[0]} counts most: shuffled, {metric} falls by {text.score(means[0])} on {of}"
    note += " (mean ± sd of the shuffles)."
    if len(columns) > most:
        note += f" The first {most} of {len(columns)} columns."
    layout = {"xaxis": axis(f"fall of {text.short(metric)} when shuffled", 20), "yaxis": names_axis(labels)}
    data = [bars(means, labels, sds)]
    return figure(f"{name}-importance", "Importance of the columns", note, data, layout, tall(len(ordered)))
