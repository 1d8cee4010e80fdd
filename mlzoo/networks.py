"""A network trained by epochs, and what may watch it."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network import MLPClassifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

Epoch = dict[str, float]
Array = np.ndarray[Any, Any]


def _keys(name: str) -> str:
    """Where a parameter is set, for errors."""
    return f"models.type.{name}, which an experiment may set by params.{name}"


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A multi-layer perceptron trained by Adam for a number of epochs, each of them over all rows in shuffled batches.

    Parameters
    ----------
    epoch_count : int
        How often every row is seen.
    lr : float
        Step size of Adam.
    batch_size : int
        Rows for each step; the last batch of an epoch may have fewer.
    hidden_layer_sizes : list of int
        Units of each hidden layer.
    alpha : float
        Strength of the L2 regularisation.
    random_state : int, RandomState or None
        Of the first weights and of the batches.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    epochs_ : list of dict
        For each epoch its number (`epoch`, from 1) and the accuracy at its end on the rows that it learnt from
        (`train`) and, where `fit` was given others, on those (`test`): the mean over batches of `batch_size` rows.
    network_ : MLPClassifier
        The network.
    """

    # what `fit` asks of a caller who has it, in the words of scikit-learn's metadata routing
    __metadata_request__fit = {"X_val": True, "y_val": True, "on_epoch": True}  # noqa: RUF012

    def __init__(
        self,
        epoch_count: int = 20,
        lr: float = 1e-3,
        batch_size: int = 32,
        hidden_layer_sizes: Any = (100,),
        *,
        alpha: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.epoch_count = epoch_count
        self.lr = lr
        self.batch_size = batch_size
        self.hidden_layer_sizes = hidden_layer_sizes
        self.alpha = alpha
        self.random_state = random_state

    def fit(
        self,
        X: Any,  # noqa: N803 - scikit-learn's name
        y: Any,
        X_val: Any = None,  # noqa: N803
        y_val: Any = None,
        on_epoch: Callable[[Epoch, int], None] | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (rows, columns)
            What it learns from.
        y : array-like of shape (rows,)
            Their labels.
        X_val, y_val : array-like, optional
            Other rows and their labels: they are looked at after each epoch, and nothing is learnt or chosen by them.
        on_epoch : callable, optional
            Called after each epoch with its entry in `epochs_` and the number of epochs.
        """
        for name in ("epoch_count", "batch_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name} must be a whole number of 1 or more, got {value!r} ({_keys(name)}).")
        if isinstance(self.lr, bool) or not isinstance(self.lr, float | int | np.number) or not 0 < self.lr < np.inf:
            raise ValueError(f"lr must be a number above 0, got {self.lr!r} ({_keys('lr')}).")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])  # noqa: N806
        watched = {"train": (X, np.asarray(y))}
        if X_val is not None:
            watched["test"] = validate_data(self, X_val, reset=False, dtype=X.dtype), np.asarray(y_val)
        rng = check_random_state(self.random_state)
        self.network_ = MLPClassifier(
            self.hidden_layer_sizes,
            alpha=self.alpha,
            learning_rate_init=self.lr,
            shuffle=False,
            random_state=rng.randint(2**31 - 1),
        )
        self.classes_ = np.unique(y)
        self.epochs_: list[Epoch] = []
        with threadpool_limits(limits=1):  # faster for small steps, and the same on any number of cores
            for epoch in range(1, self.epoch_count + 1):
                self._learn(X, y, rng.permutation(len(y)))
                self.epochs_.append({"epoch": epoch, **{name: self._accuracy(*rows) for name, rows in watched.items()}})
                if on_epoch is not None:
                    on_epoch(self.epochs_[-1], self.epoch_count)
        return self

    def _learn(self, X: Array, y: Array, order: Array) -> None:  # noqa: N803
        """One epoch."""
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            self.network_.batch_size = len(rows)  # one step each
            self.network_.partial_fit(X[rows], y[rows], classes=self.classes_)

    def _accuracy(self, X: Array, y: Array) -> float:  # noqa: N803
        """The accuracy averaged over batches."""
        right = self.network_.predict(X) == y
        return float(np.mean([right[i : i + self.batch_size].mean() for i in range(0, len(right), self.batch_size)]))

    def predict(self, X: Any) -> Array:  # noqa: N803
        """The most probable label of each row."""
        probabilities = self.predict_proba(X)
        return self.classes_.take(probabilities.argmax(axis=1))

    def predict_proba(self, X: Any) -> Array:  # noqa: N803
        """The probability of each label, in the order of `classes_`: shape (rows, classes)."""
        check_is_fitted(self)
        return self.network_.predict_proba(validate_data(self, X, reset=False))
