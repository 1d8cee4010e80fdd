"""Charts of one row, from the files that its run has left."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from mlzoo.report import measures, text
from mlzoo.report.figures import RISING, SERIES, Figure, axis, figure, log_axis, names_axis, tall
from mlzoo.report.files import Predicted, Trials, thinned_trials
from mlzoo.report.measures import Array

MOST_CLASSES = 8  # with a curve each
MOST_LABELS = 30  # in a confusion matrix
WRONG = 10  # rows shown
DIAGONAL = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "layer": "below"}
SHARE = {"range": [-0.02, 1.02], "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1]}


# -- classification -----------------------------------------------------------------------------------------------


def of_classes(name: str, classes: Sequence[Any], oof: Predicted | None, test: Predicted | None) -> list[Figure]:
    """Confusion matrix, ROC, precision-recall and calibration: out of fold, and on the test split."""
    parts = [(where, part) for where, part in (("out of fold", oof), ("test split", test)) if part is not None]
    if not parts:
        return []
    drawn = [confusion(f"{name}-confusion", classes, *parts[0])]
    curves = [(where, part) for where, part in parts if part.score is not None]
    if curves:
        drawn.append(curve(f"{name}-roc", "roc", classes, curves))
        drawn.append(curve(f"{name}-pr", "pr", classes, curves))
    sure = [(where, part) for where, part in parts if part.probabilities]
    if sure:
        drawn.append(calibration(f"{name}-calibration", classes, sure))
    return drawn


def told_repeats(part: Predicted) -> str:
    """How often each row is counted."""
    return f", each row once in each of {part.repeats} repetitions" if part.repeats > 1 else ""


def confusion(name: str, classes: Sequence[Any], where: str, part: Predicted) -> Figure:
    """Truth by prediction: counts, coloured by the share of the true class."""
    counts = measures.confusion(part.truth, part.label, len(classes))
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MOST_LABELS])
    left_out = len(classes) - len(kept)
    counts = counts[np.ix_(kept, kept)]
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = text.distinct([str(classes[at]) for at in kept], 18)
    few = len(kept) <= 10
    right = float(np.mean(part.truth == part.label))
    cells = {
        "type": "heatmap",
        "x": labels,
        "y": labels,
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": 1,
        "z": [text.rounded(line, 3) for line in share],
        "text": [
            [f"{count:,}<br>{of:.0%}" for count, of in zip(*line, strict=True)]
            for line in zip(counts.tolist(), share.tolist(), strict=True)
        ],
        **({"texttemplate": "%{text}"} if few else {}),
        "hovertemplate": "truth %{y}, predicted %{x}<br>%{text} of the true class<extra></extra>",
        "colorscale": RISING,
        "showscale": False,
    }
    layout = {
        "xaxis": axis("predicted", type="category", showgrid=False, side="bottom"),
        "yaxis": axis("truth", type="category", autorange="reversed", showgrid=False),
    }
    note = f"{right:.1%} right of {len(part.truth):,} predictions, {where}{told_repeats(part)}."
    if left_out:
        note += f" {left_out} rarer classes are left out."
    return figure(name, f"Confusion matrix, {where}", note, [cells], layout, tall(len(kept), 60 if few else 22, 120))


def _one_against_rest(part: Predicted, classes: int) -> list[tuple[int, Array, Array]]:
    """For each curve its class, whether a row is of it, and the row's score for it."""
    if part.score is None:
        return []
    if part.score.shape[1] == 1 or classes == 2:
        found = [(1, part.truth == 1, part.score[:, -1])]
    else:
        counts = np.bincount(part.truth[part.truth >= 0], minlength=classes)
        often = sorted(np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist())
        found = [(at, part.truth == at, part.score[:, at]) for at in often]
    kept = [(at, positive, score, np.isfinite(score)) for at, positive, score in found]
    return [(at, positive[known], score[known]) for at, positive, score, known in kept]


def curve(name: str, kind: str, classes: Sequence[Any], parts: Sequence[tuple[str, Predicted]]) -> Figure:
    """ROC or precision-recall curves; of more than two classes one against the rest, out of fold alone."""
    binary = len(classes) == 2
    told, data = [], []
    for place, (where, part) in enumerate(parts if binary else parts[:1]):
        for at, positive, scores in _one_against_rest(part, len(classes)):
            x, y, area = (measures.roc if kind == "roc" else measures.precision_recall)(positive, scores)
            if not len(x):
                continue
            x, y = measures.thinned(x, y, measures.POINTS if binary else measures.POINTS // 2)
            label = where if binary else str(classes[at])
            told.append(f"{label} {area:.3f}")
            color = SERIES[place if binary else at % len(SERIES)]
            line = {"color": color, "width": 2, "dash": "dash" if binary and where == "test split" else "solid"}
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": text.rounded(x),
                    "y": text.rounded(y),
                    "line": line,
                    "name": f"{text.shown(label, 18)} {area:.3f}",
                    "hovertemplate": "%{x:.3f}, %{y:.3f}",
                }
            )
    of = f"class {classes[1]}" if binary else f"each class against the rest, {parts[0][0]}"
    if kind == "roc":
        layout: dict[str, Any] = {
            "xaxis": axis("false positive rate", **SHARE),
            "yaxis": axis("true positive rate", **SHARE),
            "shapes": [{**DIAGONAL, "line": {"color": "@faint", "width": 1, "dash": "dot"}}],
        }
        note = f"Area under the curve for {of}: {text.listed(told, 8)}."
        return figure(name, "ROC curve", note, data, layout, 360)
    layout = {"xaxis": axis("recall", **SHARE), "yaxis": axis("precision", **SHARE)}
    note = f"Average precision for {of}: {text.listed(told, 8)}."
    return figure(name, "Precision and recall", note, data, layout, 360)


def calibration(name: str, classes: Sequence[Any], parts: Sequence[tuple[str, Predicted]]) -> Figure:
    """Predicted probability against the share that came true; of more than two classes, of the likeliest."""
    binary = len(classes) == 2
    data, told = [], []
    for place, (where, part) in enumerate(parts):
        score = part.score if part.score is not None else np.empty((0, 1))
        probability = score[:, 1] if binary else score.max(axis=1)
        hit = part.truth == 1 if binary else score.argmax(axis=1) == part.truth
        known = np.isfinite(probability)
        if not known.any():
            continue
        bins = measures.calibration(hit[known], probability[known])
        told.append(f"{where} {measures.calibration_error(bins):.3f}")
        line = {"color": SERIES[place], "width": 2, "dash": "dash" if where == "test split" else "solid"}
        share = [one["share"] for one in bins]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": where,
                "line": line,
                "x": text.rounded([one["mean"] for one in bins]),
                "y": text.rounded(share),
                "marker": {"size": 7, "color": SERIES[place]},
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "thickness": 1,
                    "width": 3,
                    "color": SERIES[place],
                    "array": text.rounded([one["high"] - at for one, at in zip(bins, share, strict=True)]),
                    "arrayminus": text.rounded([at - one["low"] for one, at in zip(bins, share, strict=True)]),
                },
                "text": [f"{one['rows']:,} rows" for one in bins],
                "hovertemplate": "said %{x:.3f}, came true %{y:.3f}, %{text}<extra></extra>",
            }
        )
    what = f"probability of class {classes[1]}" if binary else "probability of the likeliest class"
    layout = {
        "xaxis": axis(what, **SHARE),
        "yaxis": axis("share that came true", **SHARE),
        "shapes": [{**DIAGONAL, "line": {"color": "@faint", "width": 1, "dash": "dot"}}],
    }
    note = f"On the dotted line probabilities are right. Mean distance from it: {text.listed(told)}."
    return figure(name, "Calibration", note, data, layout, 360)


def most_wrong(test: Predicted | None, classes: Sequence[Any] | None) -> list[dict[str, str]]:
    """The test rows that are furthest from the truth: row, truth, prediction, and how far."""
    if test is None:
        return []
    if classes is None:
        gap = test.label - test.truth
        order = np.argsort(-np.abs(np.nan_to_num(gap)), kind="stable")[:WRONG]
        told = {"truth": test.truth, "prediction": test.label, "far": gap}
        return [{"row": str(test.row[at]), **{key: f"{of[at]:,.6g}" for key, of in told.items()}} for at in order]
    wrong = np.flatnonzero((test.truth != test.label) & (test.truth >= 0))
    chance = None
    if test.probabilities and test.score is not None:
        chance = test.score[np.arange(len(test.truth)), np.maximum(test.truth, 0)]
        wrong = wrong[np.argsort(np.nan_to_num(chance[wrong]), kind="stable")]
    names = [*map(str, classes), text.DASH]  # of -1, which is no class
    return [
        {
            "row": str(test.row[at]),
            "truth": names[test.truth[at]],
            "prediction": names[test.label[at]],
            "far": text.DASH if chance is None else f"{chance[at]:.4f}",
        }
        for at in wrong[:WRONG]
    ]


# -- regression ---------------------------------------------------------------------------------------------------


def of_values(name: str, target: str, oof: Predicted | None, test: Predicted | None, most: int) -> list[Figure]:
    """Predicted against true values, and what is left over."""
    parts = [(where, part) for where, part in (("out of fold", oof), ("test split", test)) if part is not None]
    if not parts:
        return []
    against, left, told = [], [], []
    for place, (where, part) in enumerate(parts):
        known = np.flatnonzero(np.isfinite(part.truth.astype(float)) & np.isfinite(part.label.astype(float)))
        gap = part.label[known] - part.truth[known]
        if not len(known):
            continue
        told.append(f"{where} {text.score(np.sqrt(np.mean(gap**2)))}")
        at = known[measures.sample(len(known), most)]
        dots: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": where,
            "text": [f"row {row}" for row in part.row[at]],
            "marker": {"size": 6, "color": SERIES[place], "opacity": 0.5, "symbol": ["circle", "diamond"][place]},
            "hovertemplate": "%{text}: %{x}, %{y}<extra></extra>",
        }
        against.append({**dots, "x": text.rounded(part.truth[at]), "y": text.rounded(part.label[at])})
        left.append({**dots, "x": text.rounded(part.label[at]), "y": text.rounded(part.label[at] - part.truth[at])})
    everything = [value for trace in against for key in "xy" for value in trace[key] if value is not None]
    low, high = min(everything, default=0.0), max(everything, default=1.0)
    line = {**DIAGONAL, "x0": low, "y0": low, "x1": high, "y1": high, "line": {"color": "@faint", "width": 1.5}}
    zero = {"type": "line", "y0": 0, "y1": 0, "xref": "paper", "x0": 0, "x1": 1, "line": {"color": "@faint"}}
    error = f"Root mean squared error: {text.listed(told)}."
    first = {"xaxis": axis(f"true {target}"), "yaxis": axis(f"predicted {target}"), "shapes": [line]}
    second = {"xaxis": axis(f"predicted {target}"), "yaxis": axis("predicted − true"), "shapes": [zero]}
    return [
        figure(
            f"{name}-values",
            "Predicted against true",
            f"On the line predictions are right. {error}",
            against,
            first,
            380,
        ),
        figure(f"{name}-residuals", "Residuals", "Above the line predictions are too high.", left, second, 380),
    ]


# -- columns ------------------------------------------------------------------------------------------------------


def importance(name: str, metric: str, columns: Sequence[tuple[str, float, float]], most: int = 20) -> Figure:
    """How much the metric falls when a column is shuffled."""
    ordered = sorted(columns, key=lambda one: -one[1])[:most]
    labels = text.distinct([column for column, _, _ in ordered])
    return figure(
        f"{name}-importance",
        "Importance of the columns",
        f"{ordered[0][0]} counts most: without it {metric} falls by {text.score(ordered[0][1])} on the test split."
        + (f" The first {most} of {len(columns)} columns." if len(columns) > most else ""),
        [_bars([mean for _, mean, _ in ordered], labels, [sd for _, _, sd in ordered])],
        {
            "xaxis": axis(f"fall of {metric} when shuffled (mean ± sd)"),
            "yaxis": names_axis([one[0] for one in ordered]),
        },
        tall(len(ordered)),
    )


def _bars(values: Sequence[float], labels: Sequence[str], sd: Sequence[float] | None = None) -> dict[str, Any]:
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": text.rounded(values),
        "y": list(range(len(values))),
        "width": 0.62,
        "text": labels,
        "textposition": "none",
        "hovertemplate": "%{text}: %{x:.4f}<extra></extra>",
        "marker": {"color": "@accent", "line": {"width": 0}},
    }
    if sd is not None:
        error = {"type": "data", "color": "@ink", "thickness": 1.5, "width": 3, "array": text.rounded(sd)}
        bars["error_x"] = error
    return bars


# -- trials -------------------------------------------------------------------------------------------------------


def history(name: str, metric: str, everything: Trials, chosen: int | None, most: int) -> Figure:
    """The metric of each trial, and the best so far."""
    trials = thinned_trials(everything, most)
    known = [at for at, value in enumerate(trials.value) if value is not None]
    states = [
        ("complete", "all folds", "circle", "@accent"),
        ("raced", "stopped early, estimate", "circle-open", "@muted"),
    ]
    data: list[dict[str, Any]] = []
    for state, label, symbol, color in states:
        of = [at for at in known if trials.state[at] == state]
        if of:
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": label,
                    "x": [trials.number[at] for at in of],
                    "y": text.rounded([trials.value[at] for at in of], 6),
                    "marker": {"size": 7, "symbol": symbol, "color": color},
                    "hovertemplate": "trial %{x}: %{y:.4f}<extra></extra>",
                }
            )
    rising = rise(everything)
    if rising:
        line = {"color": "@s1", "width": 2, "shape": "hv"}
        steps = {"type": "scatter", "mode": "lines", "name": "best so far", "line": line, "hoverinfo": "skip"}
        data.append({**steps, "x": [x for x, _ in rising], "y": text.rounded([y for _, y in rising], 6)})
    note = told_trials(everything)
    if chosen is not None and chosen in everything.number:
        note += f" The best is trial {chosen}: {text.score(everything.value[everything.number.index(chosen)])}."
    layout = {"xaxis": axis("trial"), "yaxis": axis(f"{metric}, mean of folds")}
    return figure(f"{name}-history", "Trials", note, data, layout, 340)


def rise(trials: Trials) -> list[tuple[int, float]]:
    """Where the best so far of the complete trials rises, and its end."""
    found: list[tuple[int, float]] = []
    for number, state, value in zip(trials.number, trials.state, trials.value, strict=True):
        if state == "complete" and value is not None and (not found or value > found[-1][1]):
            found.append((number, value))
    return [*found, (max(trials.number), found[-1][1])] if found else []


def told_trials(trials: Trials) -> str:
    """How many trials there were, and what became of them."""
    raced, failed = trials.state.count("raced"), trials.state.count("failed")
    note = f"{text.many(len(trials.state), 'trial')}, of which the race stopped {raced} early"
    return f"{note} and {failed} failed." if failed else f"{note}."


def varying(trials: Trials) -> dict[str, list[float | str | None]]:
    """The parameters that took more than one value."""
    return {name: values for name, values in trials.params.items() if len(set(values) - {None}) > 1}


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Parameters without the group in front, where they stay apart."""
    cut = {name: name.replace("models.type.", "", 1).replace("preprocess.type.", "", 1) for name in names}
    return {name: short if list(cut.values()).count(short) == 1 else name for name, short in cut.items()}


def parameters(name: str, weights: dict[str, float]) -> Figure:
    """How much of the difference between good and other trials each parameter explains."""
    ordered = sorted(weights.items(), key=lambda one: -one[1])
    short = short_names(list(weights))
    labels = [short[key] for key, _ in ordered]
    return figure(
        f"{name}-parameters",
        "Importance of the parameters",
        f"{labels[0]} counts most: {ordered[0][1]:.0%} of what tells the better trials from the others (PED-ANOVA).",
        [_bars([weight for _, weight in ordered], text.distinct(labels))],
        {"xaxis": axis("share", tickformat=".0%", rangemode="tozero"), "yaxis": names_axis(labels)},
        tall(len(ordered), 30),
    )


def slices(
    name: str, metric: str, everything: Trials, order: Sequence[str], most: int, charts: int = 6
) -> list[Figure]:
    """The metric against each parameter."""
    trials = thinned_trials(everything, most)
    found = varying(trials)
    short = short_names(list(trials.params))
    names = [key for key in [*order, *(key for key in found if key not in order)] if key in found][:charts]
    return [_slice(f"{name}-slice-{at}", metric, trials, key, short[key]) for at, key in enumerate(names)]


def _slice(name: str, metric: str, trials: Trials, key: str, label: str) -> Figure:
    values = trials.params[key]
    known = [at for at, (x, y) in enumerate(zip(values, trials.value, strict=True)) if x is not None and y is not None]
    numbers = all(isinstance(values[at], float) for at in known)
    x = [values[at] for at in known]
    y = [trials.value[at] for at in known]
    best = int(np.argmax(np.array(y, dtype=float)))
    across = axis(label, type="linear" if numbers else "category")
    if numbers:
        held = [float(value) for value in x if isinstance(value, float)]
        if min(held) > 0 and max(held) / min(held) > 50:
            across = log_axis(label, held)
    dots: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "y": text.rounded(y, 6),
        "x": text.rounded(x) if numbers else [text.shown(value, 18) for value in x],
        "marker": {"size": 7, "color": "@accent", "opacity": 0.5, "line": {"width": 0}},
        "text": [trials.number[at] for at in known],
        "hovertemplate": "trial %{text}: %{x}, %{y:.4f}<extra></extra>",
    }
    winner = {
        **dots,
        **{key: [dots[key][best]] for key in ("x", "y", "text")},
        "marker": {"size": 11, "color": "@s1", "line": {"width": 0}},
    }
    at_best = f"{x[best]:.4g}" if numbers else str(x[best])
    layout = {"xaxis": across, "yaxis": axis(metric)}
    return figure(name, f"{metric} by {label}", f"The best value was seen at {at_best}.", [dots, winner], layout, 260)


def weigh(trials: Trials) -> dict[str, float]:
    """The importance of the parameters, by PED-ANOVA of Optuna; empty where there are too few trials.

    References
    ----------
    S. Watanabe, A. Bansal, F. Hutter (2023), PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
    Arbitrary Subspaces, IJCAI.
    """
    found = {key: values for key, values in varying(trials).items() if None not in values}
    known = [at for at, value in enumerate(trials.value) if value is not None]
    if len(known) < 10 or len(found) < 2:
        return {}
    import warnings

    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
    from optuna.importance import PedAnovaImportanceEvaluator

    spaces: dict[str, BaseDistribution] = {}
    for key, values in found.items():
        numbers = [value for value in values if isinstance(value, float)]
        if len(numbers) < len(values):
            spaces[key] = CategoricalDistribution(list(dict.fromkeys(map(str, values))))
        else:
            low, high = min(numbers), max(numbers)
            spaces[key] = FloatDistribution(low, high, log=low > 0 and high / low > 50)
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(direction="maximize")
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params={key: _fitting(values[at], spaces[key]) for key, values in found.items()},
                    distributions=spaces,
                    value=trials.value[at],
                )
                for at in known
            ]
        )
        weights = PedAnovaImportanceEvaluator().evaluate(study)
    whole = sum(weights.values())
    return {key: weight / whole for key, weight in weights.items()} if whole > 0 else {}


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna does not say that it makes a study."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _fitting(value: float | str | None, space: Any) -> Any:
    return value if isinstance(value, float) and not hasattr(space, "choices") else str(value)
