"""Charts of one row's search, from its trials."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mlzoo import text
from mlzoo.report.files import Trials, best_trial, thinned_trials
from mlzoo.report.look import Figure, axis, bars, figure, log_axis, names_axis, tall
from mlzoo.report.measures import Array
from mlzoo.searching.storage import quiet

FEW = 6  # trials, of which each has its mark on the axis
CHARTS = 6  # of single parameters
LEAST = 10  # trials, for the importance of the parameters
SHUFFLES = 19  # of the scores: by chance these themselves come first in one search of twenty
FAR = 4  # times as far below the best as three quarters of the trials are, where one is far below them
STOPPED = " Hollow dots were stopped early: estimates, which are never the best."


def history(
    name: str, metric: str, everything: Trials, chosen: int | None, most: int, scored: str = "mean of folds"
) -> Figure:
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
            trace = {
                "type": "scatter",
                "mode": "markers",
                "name": label,
                "x": [trials.number[at] for at in of],
                "y": text.rounded([trials.value[at] for at in of], 6),
                "marker": {"size": 7, "symbol": symbol, "color": color},
                "hovertemplate": "trial %{x}: %{y:.4g}<extra></extra>",
            }
            data.append(trace)
    rising = rise(everything)
    if rising:
        line = {"color": "@s1", "width": 2, "shape": "hv"}
        steps = {"type": "scatter", "mode": "lines", "name": "best so far", "line": line, "hoverinfo": "skip"}
        data.append({**steps, "x": [x for x, _ in rising], "y": text.rounded([y for _, y in rising], 6)})
    note = told_trials(everything)
    if chosen is not None and chosen in everything.number:
        note += f" The best is trial {chosen}: {text.score(everything.value[everything.number.index(chosen)])}."
    note += STOPPED if "raced" in trials.state else ""
    some = len(trials.number) < len(everything.number)
    note += f" Of the trials {len(trials.number):,} are drawn, here and below." if some else ""
    whole = {"dtick": 1} if max(trials.number, default=0) < FEW else {}  # of few trials there would be halves
    scores, below = _scores_axis(f"{text.short(metric)}, {scored}", everything)
    layout = {"xaxis": axis("trial", **whole), "yaxis": scores}
    return figure(f"{name}-history", "Trials", note + below, data, layout, 340)


def _scores_axis(title: str, trials: Trials) -> tuple[dict[str, Any], str]:
    """The axis of scores, without those far below that would squeeze the others into half of it, and how many are."""
    falling = sorted((value for value in trials.value if value is not None), reverse=True)
    if len(falling) < FEW:
        return axis(title), ""
    top, rising = falling[0], rise(trials)
    least = top - FAR * (top - falling[3 * (len(falling) - 1) // 4])
    least = min(least, rising[-1][1]) if rising else least  # the best complete one may be below an estimate
    shown = [value for value in falling if value >= least]
    spread = top - shown[-1]
    if spread == 0 or top - falling[-1] <= 2 * spread:
        return axis(title), ""
    room = 0.08 * spread
    below = text.many(len(falling) - len(shown), "trial")
    told = f" Too far below to be drawn: {below}, down to {text.score(falling[-1])}."
    return axis(title, range=[shown[-1] - room, top + room]), told


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
    ended = [f"the race stopped {raced} early"] * bool(raced) + [f"{failed} failed"] * bool(failed)
    return text.many(len(trials.state), "trial") + (f", of which {' and '.join(ended)}." if ended else ".")


def varying(trials: Trials) -> dict[str, list[float | str | None]]:
    """The parameters that took more than one value."""
    return {name: values for name, values in trials.params.items() if len(set(values) - {None}) > 1}


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Parameters without the group in front, where they stay apart."""
    cut = {name: name.replace("models.type.", "", 1).replace("preprocess.type.", "", 1) for name in names}
    return {name: short if list(cut.values()).count(short) == 1 else name for name, short in cut.items()}


def parameters(name: str, weights: dict[str, float]) -> Figure:
    """How much of the difference between good and other trials each parameter explains, as `weigh` has it."""
    names, shares = [*short_names([*weights]).values()], [*weights.values()]
    labels = text.distinct(names)
    return figure(
        f"{name}-parameters",
        "Importance of the parameters",
        f"{names[0]} counts most: {shares[0]:.0%} of what tells the better trials from the others (PED-ANOVA).",
        [bars(shares, labels)],
        {"xaxis": axis("share", tickformat=".0%", rangemode="tozero"), "yaxis": names_axis(labels)},
        tall(len(shares), 30),
    )


def slices(name: str, metric: str, everything: Trials, order: Sequence[str], most: int) -> list[Figure]:
    """The metric against each parameter that a trial with a score has."""
    trials = thinned_trials(everything, most)
    found = [key for key in varying(trials) if any(value is not None for value in having_it(trials, key).value)]
    short = short_names(list(trials.params))
    names = [key for key in [*order, *(key for key in found if key not in order)] if key in found][:CHARTS]
    return [_slice(f"{name}-slice-{at}", metric, (trials, everything), key, short[key]) for at, key in enumerate(names)]


def _slice(name: str, metric: str, drawn: tuple[Trials, Trials], key: str, label: str) -> Figure:
    trials, everything = drawn  # of many trials some
    values, having = trials.params[key], having_it(trials, key)
    known = [at for at in range(len(values)) if having.value[at] is not None]
    held = [value for at in known if isinstance(value := values[at], float)]
    numbers = len(held) == len(known)
    rising = sorted((values[at] for at in known), key=lambda value: value if isinstance(value, float) else math.inf)
    choices = list(dict.fromkeys(map(_choice, rising)))  # numbers, and what stands beside them, such as null
    across = axis(label, **({"type": "linear"} if numbers else {"type": "category", "categoryarray": choices}))
    if numbers and min(held) > 0 and max(held) / min(held) > 50:
        across = log_axis(label, held)

    def dots(places: Sequence[int], **marker: Any) -> dict[str, Any]:
        x = [values[at] for at in places]
        return {
            "type": "scatter",
            "mode": "markers",
            "x": text.rounded(x, 12) if numbers else [_choice(value) for value in x],
            "y": text.rounded([trials.value[at] for at in places], 6),
            "marker": {"size": 7, **marker},
            "text": [trials.number[at] for at in places],
            "hovertemplate": "trial %{text}: %{x}, %{y:.4g}<extra></extra>",
        }

    raced = [at for at in known if trials.state[at] != "complete"]
    best = best_trial(having)
    data = [dots(raced, color="@muted", symbol="circle-open")] if raced else []
    data.append(dots([at for at in known if at not in set(raced)], color="@accent", opacity=0.5, line={"width": 0}))
    if best is not None:
        data.append(dots([best], size=11, color="@s1", line={"width": 0}))
    scores, below = _scores_axis(text.short(metric), having_it(everything, key))
    note = _of_slice(values, best, bool(raced)) + below
    return figure(name, f"{metric} by {label}", note, data, {"xaxis": across, "yaxis": scores}, 260)


def _choice(value: Any) -> str:
    if not isinstance(value, float):
        return text.shown(value, 18)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.4g}"


def having_it(trials: Trials, key: str) -> Trials:
    """Trials of which those without a parameter have no value."""
    both = zip(trials.params[key], trials.value, strict=True)
    return replace(trials, value=[None if x is None else y for x, y in both])


def _of_slice(values: Sequence[Any], best: int | None, raced: bool) -> str:
    """What is marked, and what is hollow."""
    if best is None:
        return "Every trial was stopped early: hollow dots are estimates."
    shown = _choice(values[best]) if isinstance(values[best], float) else values[best]
    note = f"The best value of a complete trial was seen at {shown}, the large dot."
    return note + STOPPED if raced else note


def weigh(trials: Trials) -> dict[str, float]:
    """The importance of the parameters, the greatest first, by PED-ANOVA of Optuna; empty where trials are too few.

    Shares add up to one even where nothing counts: there are none where shuffled scores have a weight as great.

    References
    ----------
    S. Watanabe, A. Bansal, F. Hutter (2023), PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
    Arbitrary Subspaces, IJCAI.
    """
    found, known = _weighable(trials)
    scores = [value for at in known if (value := trials.value[at]) is not None]
    if len(scores) < LEAST or len(found) < 2 or _alike(scores):
        return {}
    import warnings

    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
    from optuna.importance import PedAnovaImportanceEvaluator

    spaces: dict[str, BaseDistribution] = {}
    for key, every in found.items():
        values = [every[at] for at in known]
        numbers = [value for value in values if isinstance(value, float)]
        if len(numbers) < len(values):
            spaces[key] = CategoricalDistribution(list(dict.fromkeys(map(str, values))))
        else:
            low, high = min(numbers), max(numbers)
            spaces[key] = FloatDistribution(low, high, log=low > 0 and high / low > 50)
    with quiet(), warnings.catch_warnings(action="ignore", category=optuna.exceptions.ExperimentalWarning):
        warnings.filterwarnings("ignore", "PedAnovaImportanceEvaluator computes .* low `target`")  # as is meant below
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
        evaluator, rng = PedAnovaImportanceEvaluator(), np.random.default_rng(0)
        weights, chance = evaluator.evaluate(study), 0.0
        for _ in range(SHUFFLES):
            shuffled = -rng.permutation(scores)  # of a `target` the least is the best
            by_chance = evaluator.evaluate(study, target=partial(_of_trial, shuffled))
            chance = max(chance, *by_chance.values())
    if max(weights.values()) <= chance:
        return {}
    whole = math.fsum(weights.values())
    ordered = sorted(found, key=lambda key: -weights[key])  # of equal ones Optuna's order is by chance
    return {key: weights[key] / whole for key in ordered}


def _of_trial(scores: Array, trial: Any) -> float:
    return float(scores[trial.number])


def _alike(values: Sequence[float]) -> bool:
    """Whether the best tenth of the trials, which PED-ANOVA compares with all of them, has no clear end."""
    falling = sorted(values, reverse=True)
    return math.isclose(falling[(len(falling) - 1) // 10], falling[-1], abs_tol=1e-12)


def _weighable(trials: Trials) -> tuple[dict[str, list[float | str | None]], list[int]]:
    """The parameters that vary and that every trial has, and the places of the trials that have a score.

    One trial may lack them and is left out then: the first, of a parameter that its YAML searches and does not set.
    """
    found = {key: values for key, values in varying(trials).items() if values.count(None) <= 1}
    whole = [None not in (value, *(values[at] for values in found.values())) for at, value in enumerate(trials.value)]
    return found, [at for at, known in enumerate(whole) if known]


def not_weighed(trials: Trials) -> str:
    """Why there is no importance of the parameters."""
    found, known = _weighable(trials)
    if len(known) < LEAST:
        return f"The importance of the parameters takes {LEAST} trials with a score."
    if len(found) < 2:
        return "The importance of the parameters takes two that vary and that every trial has."
    return "No parameter tells the better trials from the others by more than chance."


def _fitting(value: float | str | None, space: Any) -> Any:
    return value if isinstance(value, float) and not hasattr(space, "choices") else str(value)
