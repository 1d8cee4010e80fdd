"""What is scored without looking at any column: the dummy, and always saying one class, or the median."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from mlzoo.answers import class_codes
from mlzoo.errors import ConfigError, first_line
from mlzoo.evaluate import asked_by, fit_and_score
from mlzoo.folds import Folds
from mlzoo.stats import weighted
from mlzoo.tables.data import Array, Data

MAX_CLASSES = 50  # of which each is tried
OF_MEANS = (  # metrics for which the mean is the best answer that looks at no column
    *("r2", "explained_variance", "neg_mean_squared_error", "neg_root_mean_squared_error"),
    *("neg_mean_poisson_deviance", "neg_mean_gamma_deviance"),
)
AHEAD = 0.03  # of the dummy, which of nearly equal classes says now one, now another


def score(data: Data, folds: Folds, scorers: Mapping[str, Any]) -> dict[str, Any]:
    """Scores of the dummy (most frequent class, or mean) on the same folds and on the test split.

    Returns
    -------
    dict
        cv: metric -> list of floats; test: metric -> float; constant: see `constants`; shift: list of floats,
        far below 0 where the target of a fold is on average another than that of the rows learnt from.

    Raises
    ------
    ConfigError
        If a metric cannot be computed for this target.
    """
    data = replace(data, X_train=data.X_train[[]], X_test=data.X_test[[]])  # it looks at no column
    everything = data.X_train, data.y_train, data.X_test, data.y_test
    metric = next(iter(scorers))
    tested: dict[str, float] = {}
    for name, scorer in scorers.items():
        asked = asked_by(name, metric)
        try:
            test, _ = fit_and_score(_dummy(data), everything, {name: scorer}, data.labels)
        except (AttributeError, TypeError, ValueError) as error:
            raise ConfigError(_unfit_metric(name, asked, data, error)) from error
        tested |= test.scores
        if not np.isfinite(tested[name]):
            lacking = sorted(set(data.classes or ()) - set(data.y_test.tolist()))
            if lacking:
                raise ConfigError(
                    f"{asked} is undefined on the test split, which has no row of the class {lacking[0]!r}: name "
                    "another test split (split.…, or test_data=…), or a metric that it has, such as accuracy."
                )
            raise ConfigError(_unfit_metric(name, asked, data, f"it is {tested[name]} for a constant prediction"))
    try:
        scored = [
            fit_and_score(_dummy(data), folds.parts(data, fold), scorers, data.labels)[0].scores
            for fold in range(len(folds.splits))
        ]
    except ValueError as error:
        raise ConfigError(_unfit_metric(metric, asked_by(metric, metric), data, error)) from error
    found = {name: [scores[name] for scores in scored] for name in scorers}
    if not np.isfinite(found[metric]).any():
        alone = all(len(held) == 1 for _, held in folds.splits)
        raise ConfigError(
            f"metric={metric} is undefined on every fold{' of one row' * alone}: choose another metric, or larger "
            "test folds (validation.n_splits, or validation.splitter)."
        )
    if data.labels is not None:
        data = replace(
            data, y_train=class_codes(data.y_train, data.labels), y_test=class_codes(data.y_test, data.labels)
        )
    shift = [_shift(*folds.truth(data, fold), len(data.classes or ())) for fold in range(len(scored))]
    always = medians(data, folds, scorers, found) if data.classes is None else constants(data, folds, found)
    return {"cv": found, "test": tested, "constant": always, "shift": shift}


def _dummy(data: Data, strategy: str = "mean") -> Pipeline:
    """What says the most frequent class, or the mean (or median), in the place of a pipeline."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    class Dummy(DummyClassifier):  # type: ignore[misc]
        """One that has decision values too, which a metric of one's own may ask for."""

        def decision_function(self, X: Any) -> Array:  # noqa: N803
            logs: Array = np.log(self.predict_proba(X))
            return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    model = Dummy(strategy="prior") if data.classes is not None else DummyRegressor(strategy=strategy)
    return Pipeline([("prep", "passthrough"), ("model", model)])


def _shift(train: Array, held: Array, classes: int) -> float | None:
    """The r2 of the mean, or classes' shares, of the rows learnt from on those held out; None where these are equal."""
    if classes:
        before, after = (np.bincount(of, minlength=classes) / len(of) for of in (train, held))
        spread = float((after * (1 - after)).sum())
    else:
        before, after, spread = train.mean(), held.mean(), float(held.var())
    return -float(np.sum((after - before) ** 2)) / spread if spread > 0 else None


def constants(data: Data, folds: Folds, dummy: Mapping[str, list[float]]) -> dict[str, dict[str, Any]]:
    """By metric, the class whose saying alone is scored clearly higher than the dummy, and its scores.

    The dummy says the most frequent class of the rows that it has learnt from. A metric of the other class, such as f1,
    gives nothing for it, and of balanced classes it is always wrong about a single row, or a group of one class, that
    is held out.

    Parameters
    ----------
    data : Data
        The table, whose target is the places of its classes.
    folds : Folds
        The folds.
    dummy : mapping
        Its scores over the folds, by metric: those of `score`.

    Returns
    -------
    dict
        metric -> class; cv: list of floats; test: float. Only of metrics of what is said of each row, and, but for
        accuracy, where every fold holds every class.
    """
    classes = data.classes or []
    if not 2 <= len(classes) <= MAX_CLASSES:
        return {}
    found: dict[str, dict[str, Any]] = {}
    truths = [*(folds.truth(data, fold)[1] for fold in range(len(folds.splits))), data.y_test]
    true = np.array([np.bincount(truth, minlength=len(classes)) for truth in truths], dtype=float)
    for name, scores in dummy.items():
        metric = weighted.of_counts(name, len(classes))
        if metric is None or (name != "accuracy" and not (true[:-1] > 0).all()):  # each fold has a best of its own
            continue
        said: Array = np.array([metric(one[:, None] * np.eye(len(classes))[:, None]) for one in true])
        best = int(np.argmax(said[:-1].mean(axis=0)))
        if said[:-1, best].mean() > np.mean(scores) + AHEAD:
            of_folds = said[:-1, best].tolist()
            found[name] = {"class": classes[best], "cv": of_folds, "test": float(said[-1, best])}
    return found


def medians(
    data: Data, folds: Folds, scorers: Mapping[str, Any], dummy: Mapping[str, list[float]]
) -> dict[str, dict[str, Any]]:
    """By metric, the scores of the median of the rows learnt from, where they are clearly higher than the mean's.

    Of absolute errors the median is the best answer that looks at no column: of amounts that are mostly zero it is far
    ahead of the mean, and of models that estimate means.

    Returns
    -------
    dict
        metric -> class: None; cv: list of floats; test: float.
    """
    others = {name: scorer for name, scorer in scorers.items() if name not in OF_MEANS}
    if not others:
        return {}
    first = {"": lambda *_: 0.0}  # which must have an answer: what of the others has none is not known
    parts = (folds.parts(data, fold) for fold in range(len(folds.splits)))
    *scored, tested = (
        fit_and_score(_dummy(data, "median"), one, {**first, **others}, None)[0].scores
        for one in itertools.chain(parts, [(data.X_train, data.y_train, data.X_test, data.y_test)])
    )
    found: dict[str, dict[str, Any]] = {}
    for name in others:
        scores, least = [of[name] for of in scored], float(np.mean(dummy[name]))
        size = 1.0 if weighted.limits(name)[1] == 1 else abs(least)  # of an error, or of a metric of one's own
        if np.isfinite(scores).all() and np.mean(scores) > least + AHEAD * size:
            found[name] = {"class": None, "cv": scores, "test": tested[name]}
    return found


def always_saying(constant: Mapping[str, Any]) -> str:
    """What one of `constants`, or of `medians`, is called."""
    return f"always saying {'the median' if constant['class'] is None else repr(constant['class'])}"


def _unfit_metric(name: str, asked: str, data: Data, reason: object) -> str:
    from sklearn.metrics import get_scorer_names

    names = get_scorer_names()
    related = [other for other in names if other.startswith(f"{name}_") and not other.endswith("_samples")]
    instead = f" Use one of: {', '.join(related)}." if related else ""
    kind = f"{len(data.classes)} classes" if data.classes else "numbers"
    return f"{asked} does not suit this target ({kind}): {first_line(reason).rstrip('.')}.{instead}"
