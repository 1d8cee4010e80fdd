"""Scores of one pipeline: on a fold, and once on the test split.

A pipeline answers once (`predict`, `predict_proba`, `decision_function`) and every metric is computed from the answers.
"""

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo import targets
from mlzoo.answers import Answers, LackingError, answer, codes
from mlzoo.errors import ConfigError, first_line, nearest
from mlzoo.tables.data import Array, Data

OF_VALUES = ("r2", "explained_variance", "neg_max_error", "neg_mean_", "neg_root_mean_", "neg_median_", "d2_")
OF_CLUSTERS = (
    *("adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score"),
    *("homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score", "v_measure_score"),
)
OF_ALL_CLASSES = {  # scorers of probabilities whose functions take all classes: their signs and names
    "neg_log_loss": (-1, "log_loss"),
    "neg_brier_score": (-1, "brier_score_loss"),
    "d2_log_loss_score": (1, "d2_log_loss_score"),
    "d2_brier_score": (1, "d2_brier_score"),
}
COMMON_NAMES = {
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
}


# -- metrics ------------------------------------------------------------------------------------------------------


def find_scorers(metric: str | None, metrics: Iterable[str], task: str) -> dict[str, Any]:
    """scikit-learn's scorers, and the user's own, by the names that were written, the metric that is optimised first.

    Raises
    ------
    ConfigError
        If there is no such scorer.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    unnamed = next((one for one in metrics if not isinstance(one, str)), None)
    if unnamed is not None:
        raise ConfigError(f"metrics: {unnamed!r} is no name of a scorer of scikit-learn's.")
    first = metric or ("accuracy" if task == "classification" else "r2")
    found = {}
    for name in dict.fromkeys([first, *metrics]):
        values = name.startswith(OF_VALUES) and not name.startswith(("d2_brier", "d2_log_loss"))
        asked = asked_by(name, first)
        if "." in name:
            found[name] = _own_scorer(name, asked)
            continue
        if name in OF_CLUSTERS or (task == "classification" and values):
            of = "clusters" if name in OF_CLUSTERS else "quantities"
            raise ConfigError(f"{asked} is of {of}: it does not suit a {task} (task=…), choose another.")
        try:
            found[name] = partial(_of_all_classes, name) if name in OF_ALL_CLASSES else get_scorer(name)
        except ValueError as error:
            known = get_scorer_names()
            meant = COMMON_NAMES.get(name.lower(), f"neg_{name}")
            hint = f" Did you mean {meant!r}?" if meant in known else nearest(name, known)
            raise ConfigError(f"{asked}: scikit-learn has no such scorer.{hint} It has: {', '.join(known)}.") from error
    return found


def _own_scorer(path: str, asked: str) -> Any:
    """What scikit-learn's make_scorer has made in a module of the user's own, which MLZOO_ALLOW names."""
    from sklearn.metrics import get_scorer

    found = targets.find(path, where="metric", written=asked)
    if not isinstance(found, type(get_scorer("r2"))):
        raise ConfigError(f"{asked} is no scorer: name what sklearn.metrics.make_scorer has returned.")
    return _OfLabels(path, found)


@dataclass(frozen=True)
class _OfLabels:
    """A scorer of the user's own, which is given the labels as they stand in the data.

    Workers are sent its name: its function may be a lambda, which cannot be sent.
    """

    path: str
    scorer: Any

    def __call__(self, given: Answers, X: Any, y: Array) -> float:  # noqa: N803
        said, truth = given.with_labels(y)
        try:
            return float(self.scorer(said, X, truth))
        except (ArithmeticError, LookupError, RuntimeError) as error:  # scikit-learn's own raise none of these
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def __reduce__(self) -> tuple[Any, ...]:
        return _own_scorer, (self.path, f"metric={self.path}")


def asked_by(name: str, first: str) -> str:
    """A metric as it was asked for: that which is optimised by `metric`, the others by `metrics`."""
    return f"{'metric' if name == first else 'metrics'}={name}"


def _of_all_classes(name: str, given: Answers, X: Any, y: Array) -> float:  # noqa: N803
    """A metric of probabilities, of rows that may lack a class: scikit-learn's scorers do not say which there are.

    Rows of one class leave nothing to be explained: d2 is undefined for them.
    """
    from sklearn import metrics

    there = len(np.unique(y))
    if there == len(given.classes_) or "predict_proba" not in given:  # which the scorer says
        return float(metrics.get_scorer(name)(given, X, y))
    if there == 1 and name.startswith("d2_"):
        return float("nan")
    sign, function = OF_ALL_CLASSES[name]
    return sign * float(getattr(metrics, function)(y, given["predict_proba"], labels=given.classes_))


# -- fitting and scoring ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scored:
    """One fit and its scores.

    Attributes
    ----------
    scores : dict
        Metric -> float.
    label : ndarray of shape (rows,)
        Predicted class numbers, or values.
    proba : ndarray of shape (rows, classes) or None
        Probabilities, or decision values where there are none.
    fit_s, predict_s : float
        Seconds, the preprocessing included.
    warnings : list of str
        What libraries warned of, each text once.
    probabilities : bool
        Whether `proba` holds probabilities.
    """

    scores: dict[str, float]
    label: Array
    proba: Array | None
    fit_s: float
    predict_s: float
    warnings: list[str] = field(default_factory=list)
    probabilities: bool = False

    def take(self, kept: Array | None) -> "Scored":
        """The same scores with the answers for some of the rows, probabilities in single precision."""
        label = self.label if kept is None else self.label[kept]
        proba = self.proba if self.proba is None or kept is None else self.proba[kept]
        return replace(self, label=label, proba=None if proba is None else proba.astype(np.float32))


@dataclass(frozen=True)
class Prepared:
    """What a preprocessing made of the rows to fit on and of the rows to score on, in how many seconds."""

    X_fit: Any
    X_held: Any
    fit_s: float
    predict_s: float
    warnings: list[str]


def prepare(prep: Pipeline, X_fit: pd.DataFrame, y_fit: Array, X_held: pd.DataFrame) -> Prepared:  # noqa: N803
    """Fit a preprocessing in place, and transform with it. Its errors come as they are."""
    with warnings.catch_warnings(record=True, action="always") as caught:
        started = time.perf_counter()
        fitted_on = prep.fit_transform(X_fit, y_fit)
        fitted = time.perf_counter()
        held = prep.transform(X_held)
        ended = time.perf_counter()
    return Prepared(fitted_on, held, fitted - started, ended - fitted, _texts(caught))


def score_prepared(
    model: Any,
    prepared: Prepared,
    truth: tuple[Array, Array],
    scorers: Mapping[str, Any],
    classes: Array | None,
    **offered: Any,
) -> tuple[Scored, Answers]:
    """Fit a model in place on prepared rows, and score it.

    Parameters
    ----------
    model : estimator
        Unfitted.
    prepared : Prepared
        What it is fitted and scored on.
    truth : tuple of ndarray
        The target of the rows to fit on and of those to score on.
    scorers : mapping
        Metric -> scikit-learn scorer, that which is optimised first: of the others those that the model has no answer
        for are NaN.
    classes : ndarray or None
        The labels, of two the positive one last; None for regression.
    **offered
        Further arguments of `fit`, given to a model that asks for them: `X_val`, `y_val`, `on_epoch`.

    Raises
    ------
    Exception
        Whatever the estimator raises.
    """
    (y_fit, y_held), metric = truth, next(iter(scorers), None)
    with warnings.catch_warnings(record=True, action="always") as caught:
        started = time.perf_counter()
        model.fit(prepared.X_fit, y_fit, **_asked_for(model, offered))
        fitted = time.perf_counter()
        given = answer(model, prepared.X_held, classes)
        answered = time.perf_counter()
        expected = y_held if classes is None else codes(y_held, classes)
        scores = {name: _score(given, name, scorer, expected, name == metric) for name, scorer in scorers.items()}
    label = given["predict"] if classes is None else np.searchsorted(codes(classes, classes), given["predict"])
    scored = Scored(
        scores,
        label,
        proba=None if classes is None else given.scores_by_class(classes),
        fit_s=prepared.fit_s + fitted - started,
        predict_s=prepared.predict_s + answered - fitted,
        warnings=list(dict.fromkeys([*prepared.warnings, *_texts(caught)])),
        probabilities="predict_proba" in given,
    )
    return scored, given


def _score(given: Answers, name: str, scorer: Any, expected: Array, needed: bool) -> float:
    """One metric; NaN, with a warning, of what is not `needed` and cannot be computed of what the model has said."""
    try:
        return given.score(scorer, expected)
    except (LackingError, ValueError) as error:
        if needed:
            raise
        warnings.warn(f"{name} is not known: {first_line(error)}", UserWarning, stacklevel=2)
        return float("nan")


def _asked_for(model: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is offered to `fit`, what the model asks for, in the words of scikit-learn's metadata routing."""
    from sklearn.utils.metadata_routing import get_routing_for_object

    try:
        requests = get_routing_for_object(model).fit.requests if offered else {}
    except (AttributeError, NotImplementedError):  # it hands on to others
        requests = {}
    return {name: value for name, value in offered.items() if requests.get(name) is True}


def _texts(caught: list[warnings.WarningMessage]) -> list[str]:
    return list(dict.fromkeys(f"{w.category.__name__}: {first_line(w.message)}" for w in caught))


def fit_and_score(
    pipeline: Pipeline,
    parts: tuple[pd.DataFrame, Array, pd.DataFrame, Array],
    scorers: Mapping[str, Any],
    classes: Array | None,
    *,
    watched: bool = False,
    **offered: Any,
) -> tuple[Scored, Answers]:
    """Fit a pipeline in place on some rows (features and target) and score it on others: see `score_prepared`.

    With `watched` the model is offered those others, to say on the way how it does on them.
    """
    X_fit, y_fit, X_held, y_held = parts  # noqa: N806
    prepared = prepare(pipeline[:-1], X_fit, y_fit, X_held)
    offered |= {"X_val": prepared.X_held, "y_val": y_held} if watched else {}
    return score_prepared(pipeline[-1], prepared, (y_fit, y_held), scorers, classes, **offered)


def check_task(pipeline: Pipeline, data: Data) -> None:
    """Refuse a model of the other task.

    Raises
    ------
    ConfigError
        If a classifier meets a target of numbers, or a regressor one of classes.
    """
    from sklearn.base import is_classifier, is_regressor

    model = pipeline[-1]
    if not (hasattr(model, "fit") and hasattr(model, "predict")):
        raise ConfigError(f"models.type builds {type(model).__name__}, which has no fit and predict: it is no model.")
    wrong = is_regressor(model) if data.task == "classification" else is_classifier(model)
    if not wrong:
        return
    name, target = type(model).__name__, data.sources["target"]
    if data.task == "classification":
        raise ConfigError(
            f"models: {name} is a model for regression, but the target {target!r} was taken for classes: choose "
            f"another model{', or pass task=regression' if data.y_train.dtype.kind in 'if' else ''}."
        )
    raise ConfigError(
        f"models: {name} is a model for classification, but the target {target!r} was taken for numbers: give a "
        "model for regression, such as a conf/models/ridge.yaml with `type: {_target_: sklearn.linear_model.Ridge}`; "
        "or, where it holds a few whole numbers that are classes, pass task=classification."
    )


def in_one_line(error: BaseException) -> str:
    """An error of an estimator in one line."""
    text = (str(error).strip().splitlines() or [""])[0]
    return targets.redacted(text if isinstance(error, LackingError) else f"{type(error).__name__}: {text}")
