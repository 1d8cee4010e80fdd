"""What a fitted model says of rows, asked once, in the shape that every metric of scikit-learn's reads."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
METHODS = ("predict_proba", "decision_function")
OF_PROBABILITIES = (  # predictions that are the most probable class, for which all would be asked again
    "sklearn.ensemble._forest.ForestClassifier.predict",
    "sklearn.ensemble._bagging.BaggingClassifier.predict",
    "mlzoo.networks.NetworkClassifier.predict",
)

OF_POSITIVE = (  # metrics of one of two classes; all others are the same whichever of the two is looked for
    *("f1", "precision", "recall", "jaccard", "average_precision"),
    *("positive_likelihood_ratio", "neg_negative_likelihood_ratio"),
)


class LackingError(AttributeError):
    """A model lacks a method that a metric needs."""


class Answers:
    """What a fitted model said of some rows, in the shape of an estimator, so that scikit-learn's scorers read it.

    Labels that are text, and those of two classes, become their places among the classes, so that metrics such as f1,
    which look for a class 1, find the positive one: the last.
    """

    def __init__(self, model: Any, answers: Mapping[str, Array], classes: Array | None) -> None:
        self._model = model
        self.by_method = dict(answers)
        self._classes = classes
        if classes is not None:
            self.classes_ = np.sort(codes(classes, classes))
        for method, values in self.by_method.items():
            setattr(self, method, _saying(method, values))

    def take(self, at: Any) -> "Answers":
        """The answers for some of the rows."""
        return Answers(self._model, {method: values[at] for method, values in self.by_method.items()}, self._classes)

    def with_labels(self, y: Array) -> "tuple[Answers, Array]":
        """These answers and a truth by the labels of the data, in their order, as a model of scikit-learn says them."""
        labels = self._classes
        if labels is None:
            return self, y
        order, coded = np.argsort(labels), are_coded(labels)
        moved = bool((np.diff(order) < 0).any())
        answers = {name: _in_order(values, order) if moved else values for name, values in self.by_method.items()}
        answers["predict"] = labels[self["predict"]] if coded else self["predict"]
        made = Answers(self._model, answers, None)
        made.classes_ = labels[order]
        return made, labels[y] if coded else y

    def __getitem__(self, method: str) -> Array:
        return self.by_method[method]

    def __contains__(self, method: str) -> bool:
        return method in self.by_method

    def __sklearn_tags__(self) -> Any:
        return self._model.__sklearn_tags__()

    def scores_by_class(self, classes: Array) -> Array | None:
        """Probabilities, or decision values where there are none: shape (rows, classes), or (rows, 1)."""
        method = next((name for name in METHODS if name in self), None)
        if method is None:
            return None
        given = self[method]
        if given.ndim == 1 or given.shape[1] == len(classes):
            return given.reshape(len(given), -1)
        return None  # decision values of pairs of classes

    def score(self, scorer: Any, y: Array) -> float:
        """One metric of the answers; NaN where it is undefined, for rows that lack a class."""
        try:
            return float(scorer(self, np.empty((len(y), 0)), y))
        except ValueError:  # of areas under the curve of several classes; that of two is NaN in scikit-learn too
            if self._classes is None or min(len(np.unique(y)), len(self._model.classes_)) == len(self._classes):
                raise
            return float("nan")
        except AttributeError as error:  # it lacks a method that the metric needs
            name = type(self._model).__name__
            lacking = next((method for method in METHODS if method not in self and method in str(error)), None)
            if lacking is None:
                raise AttributeError(str(error).replace("Answers", name)) from error
            raise LackingError(
                f"the metric asks for {lacking}, which {name} lacks: choose a metric of predicted classes, or give "
                "the model probabilities with sklearn.calibration.CalibratedClassifierCV."
            ) from error


def _saying(name: str, values: Array) -> Callable[[Any], Array]:
    def method(X: Any) -> Array:  # noqa: N803
        return values

    method.__name__ = name  # scikit-learn asks a method for its name
    return method


def class_codes(values: Array, classes: Array) -> Array:
    """Where each label stands among the classes, which need not be sorted, from 0."""
    order = np.argsort(classes)
    return order[np.searchsorted(classes, values.astype(classes.dtype), sorter=order)]


def codes(values: Array, classes: Array) -> Array:
    """Labels that are text, and those of two classes, as their places among the classes; others as they are."""
    return class_codes(values, classes) if are_coded(classes) else values


def are_coded(classes: Array) -> bool:
    """Whether metrics are given the places of labels among the classes in place of these."""
    return classes.dtype.kind == "U" or len(classes) == 2


def _in_order(values: Array, order: Array) -> Array:
    """Values of classes, of which a model has one for each or, of two, one for the last."""
    return values[:, order] if values.ndim == 2 and values.shape[1] == len(order) else -values


def _says_pairs(model: Any) -> bool:
    """Whether decision values are of pairs of classes, as those of an SVC may be, alone or within a search."""
    while model is not None and getattr(model, "decision_function_shape", "ovr") != "ovo":
        steps = getattr(model, "steps", None)
        within = ("best_estimator_", "final_estimator_", "estimator_")
        model = steps[-1][1] if steps else next((getattr(model, name) for name in within if hasattr(model, name)), None)
    return model is not None


def answer(model: Any, transformed: Any, classes: Array | None) -> Answers:
    """Ask a fitted model everything that metrics and records need of rows that are preprocessed already."""
    answers = {}
    if classes is not None:
        pairs = len(classes) > 2 and _says_pairs(model)  # which no metric reads
        for method in METHODS[:1] if pairs else METHODS:
            if hasattr(model, method):
                answers[method] = np.asarray(getattr(model, method)(transformed))
    predict = getattr(type(model), "predict", None)
    if f"{getattr(predict, '__module__', '')}.{getattr(predict, '__qualname__', '')}" in OF_PROBABILITIES:
        predicted = model.classes_.take(answers["predict_proba"].argmax(axis=1))
    else:
        predicted = np.asarray(model.predict(transformed))
    if classes is not None:
        known, every = codes(np.asarray(model.classes_), classes), np.sort(codes(classes, classes))
        order = np.argsort(known)
        if (np.diff(order) < 0).any():  # the model's classes stand in another order than those of the data
            answers = {method: _in_order(values, order) for method, values in answers.items()}
        if len(order) < len(classes) and "predict_proba" in answers:  # a fold that lacked a class
            full = np.zeros((len(predicted), len(classes)))
            full[:, np.searchsorted(every, known[order])] = answers["predict_proba"]
            answers["predict_proba"] = full
    answers["predict"] = predicted if classes is None else codes(predicted, classes)
    return Answers(model, answers, classes)
