"""Charts of one row's search, from its trials."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from mlzoo.report import text
from mlzoo.report.files import Trials, thinned_trials
from mlzoo.report.look import Figure, axis, bars, figure, log_axis, names_axis, tall


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
        [bars([weight for _, weight in ordered], text.distinct(labels))],
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
