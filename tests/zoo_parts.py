"""Models, factories and tables for the tests, most of which fail on purpose; built with MLZOO_ALLOW=tests."""

import json
import os
import signal
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression

CONF = Path(__file__).with_name("conf")
ROOT = CONF.parents[1]


class Fragile(LogisticRegression):
    """Fails where `C` is above its limit."""

    def __init__(self, C: float = 1.0, limit: float = 1.0) -> None:  # noqa: N803
        super().__init__(C=C)
        self.limit = limit

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        if self.limit < self.C:
            raise ValueError("C is above its limit\n(a second line)")
        return super().fit(X, y, sample_weight)


class Slow(LogisticRegression):
    """Takes its time."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        time.sleep(0.1)
        return super().fit(X, y, sample_weight)


class Deadly(Fragile):
    """Ends its process where `C` is above its limit."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        if self.limit < self.C:
            os._exit(1)
        return super().fit(X, y, sample_weight)


class Constant(ClassifierMixin, BaseEstimator):
    """Predicts the most frequent class, whatever its `level` is."""

    def __init__(self, level: float = 0.0) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        self.classes_, counts = np.unique(y, return_counts=True)
        self.mode_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return np.full(len(X), self.mode_)


class Sluggish(Constant):
    """Hangs on more than a thousand rows."""

    def predict(self, X: Any) -> Any:  # noqa: N803
        if len(X) > 1000:
            time.sleep(600)
        return super().predict(X)


class Broken(Constant):
    """Always fails, for one of two reasons."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        raise RuntimeError("no luck below" if self.level < 0 else "no luck")


class Interrupting(Constant):
    """Ends as by Ctrl-C while it is fitted."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        raise KeyboardInterrupt


class Noisy(Constant):
    """Warns while it is fitted, or while it predicts."""

    def __init__(self, level: float = 0.0, when: str = "fit") -> None:
        super().__init__(level)
        self.when = when

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        if self.when == "fit":
            warnings.warn("this model is noisy", stacklevel=2)
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:  # noqa: N803
        if self.when == "predict":
            warnings.warn("this model is noisy", stacklevel=2)
        return super().predict(X)


class Overflowing(RegressorMixin, BaseEstimator):
    """Predicts a constant, whose square is infinite where `exponent` is above 154."""

    def __init__(self, exponent: float = 0.0) -> None:
        self.exponent = exponent

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        self.fitted_ = True
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return np.full(len(X), 10.0**self.exponent)


class Guarded(LogisticRegression):
    """A logistic regression that was given a password."""

    def __init__(self, password: str = "") -> None:
        super().__init__()
        self.password = password


def renaming(C: Any = 1.0, trial: Any = None) -> LogisticRegression:  # noqa: N803
    """Draws from its range under a name that is none of its arguments."""
    if trial is not None:
        C = trial.suggest_float("strength", C["low"], C["high"], log=True)  # noqa: N806
    return LogisticRegression(C=C)


def rangeless(trial: Any = None) -> LogisticRegression:
    """Holds its ranges itself; its value outside of a study is C=1."""
    return LogisticRegression(C=1.0 if trial is None else trial.suggest_float("C", 1e-3, 1e-2))


def annotating(trial: Any = None) -> LogisticRegression:
    """Uses more of a trial than its `suggest_*`."""
    depth = trial.suggest_int("depth", 1, 3)
    trial.set_user_attr("depth", depth)
    return LogisticRegression(C=10.0**-depth, fit_intercept=trial.suggest_categorical("intercept", [True, False]))


def choosy(C: Any = 1.0, trial: Any = None) -> LogisticRegression:  # noqa: N803
    """Fails while it draws, for some of its draws."""
    drawn = trial.suggest_float("C", C["low"], C["high"])
    if drawn > 1:
        raise ValueError("no estimator for such a C")
    return LogisticRegression(C=drawn)


def changing(trial: Any = None) -> LogisticRegression:
    """Asks for other choices under one name, which Optuna refuses."""
    solver = trial.suggest_categorical("solver", ["lbfgs", "liblinear"])
    other = ["l2"] if solver == "lbfgs" else ["l1", "l2"]
    return LogisticRegression(solver=solver, l1_ratio=float(trial.suggest_categorical("penalty", other) == "l1"))


def table(path: str, password: str) -> pd.DataFrame:
    """A table behind a password."""
    if password == "wrong horse":
        raise ConnectionError(f"cannot log in as user:{password}")
    return pd.read_csv(path)


def own_preprocess(columns: Any) -> Any:
    """A preprocessing built by code of one's own."""
    from mlzoo import preprocessing

    return preprocessing.complex_preprocess(columns=columns)


class Wild(Constant):
    """Does what its `what` says where `level` is above 0.5; its scores are those of a logistic regression of level."""

    def __init__(self, level: float = 0.0, what: str = "nothing") -> None:
        super().__init__(level)
        self.what = what

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        if self.level > 0.5:
            if self.what == "hang":
                time.sleep(600)
            if self.what == "exit":
                os._exit(3)
            if self.what == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            if self.what == "eat":
                self.eaten_ = np.ones(3 * 2**30, dtype=np.uint8)
            if self.what == "raise":
                raise ValueError("no luck")
        super().fit(X, y)
        self.inner_ = LogisticRegression(C=10.0 ** (-10 * self.level)).fit(X, y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return self.inner_.predict(X)


class Glutton(Constant):
    """Ends its process when it is fitted on more rows than it can take."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        if len(X) > 600:
            os._exit(7)
        return super().fit(X, y)


def note(kind: str, rows: Any, y: Any) -> None:
    """Leave a file of the rows, and their target, that something is fitted on in the folder that ZOO_SPY names."""
    with tempfile.NamedTemporaryFile("w", prefix=f"{kind}-", dir=os.environ["ZOO_SPY"], delete=False) as file:
        json.dump({"rows": np.asarray(rows).tolist(), "y": np.asarray(y).tolist()}, file)


class Spy(TransformerMixin, BaseEstimator):
    """Notes the rows that it is fitted on by their column `row`; its output is the columns `row` and `x`."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        note("prep", X["row"], y)
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        return X[["row", "x"]].to_numpy() * [1.0, self.scale]


class SpyModel(Constant):
    """Notes the rows that it is fitted on; its predictions are good up to a level of 0.5, and bad above it."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        note("model", X[:, 0], y)
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:  # noqa: N803
        return self.classes_[((X[:, 1] > 0) == (self.level <= 0.5)).astype(int)]
