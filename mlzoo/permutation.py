"""Permutation importance of the columns, for every fitted pipeline and any metric."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo.answers import answer, codes
from mlzoo.tables.data import Array, Data

MAX_CELLS = 4_000_000  # of shuffled copies that are predicted at once, as each call takes a time for every column
MAX_IN_ALL = 200_000_000  # of all copies: beyond 141 columns, such as pixels, fewer rows are looked at
MAX_COLUMNS = 1000  # beyond which there is none: the work grows with their square
MIN_ROWS = 100
RARE, MORE = 0.01, 5  # share of a class of which more rows are looked at, or kept, so many times as many at most
FEW = 5  # rows of a class that chance leaves out


def enough(most: int, y: Array, classes: Any) -> int:
    """How many rows a sample is to hold: more than `most` where a class is rare, of which few rows tell little."""
    if len(y) <= most or classes is None:
        return most
    return int(most * min(max(RARE * len(y) / np.unique(y, return_counts=True)[1].min(), 1), MORE))


def looked_at(y: Array, columns: int, classes: Any, *, repeats: int = 5, most_rows: int = 2000) -> int:
    """How many rows of the test split the importance of so many columns is of."""
    most = min(enough(most_rows, y, classes), max(MIN_ROWS, MAX_IN_ALL // (repeats * columns**2)))
    return min(most, len(y))


def importance(
    pipeline: Pipeline, data: Data, scorer: Any, *, seed: int, repeats: int = 5, most_rows: int = 2000
) -> list[dict[str, Any]]:
    """Permutation importance of each column on the test split: how much the metric drops when it is shuffled.

    All shuffled copies of a chunk of columns are predicted at once. Of many rows a sample is looked at, which is larger
    where a class is rare, and holds every class, if it can: without it metrics such as average precision never fall.

    Returns
    -------
    list of dict
        column, mean, sd; the most important first.

    References
    ----------
    L. Breiman (2001), Random forests, Machine Learning 45, 5-32.
    """
    rng, classes = np.random.default_rng(seed), data.labels
    many = looked_at(data.y_test, data.X_test.shape[1], classes, repeats=repeats, most_rows=most_rows)
    rows = rng.choice(len(data.y_test), many, replace=False)
    if classes is not None:  # first one row of each class, then a few more of those that chance leaves out
        rare = rng.permutation(np.flatnonzero(~pd.Series(data.y_test).isin(data.y_test[rows])))
        rows = np.concatenate([rare[pd.Series(data.y_test[rare]).groupby(data.y_test[rare]).cumcount() < FEW], rows])
        again = pd.Series(data.y_test[rows]).duplicated()
        rows = rows[np.argsort(again, kind="stable")][:many]
    rows = np.sort(rows)
    X, y = data.X_test.iloc[rows].reset_index(drop=True), data.y_test[rows]  # noqa: N806
    truth = y if classes is None else codes(y, classes)
    columns = list(X.columns)
    drops: dict[str, list[float]] = {}
    with warnings.catch_warnings(action="ignore"):  # what is to be said was said while the folds were scored
        transformed = pipeline[:-1].transform(X)
        widest = max(len(columns), *getattr(transformed, "shape", ())[1:], 1)  # as of dummies, or of polynomials
        chunk = max(1, MAX_CELLS // (len(X) * repeats * widest))
        whole = answer(pipeline[-1], transformed, classes).score(scorer, truth)
        for start in range(0, len(columns), chunk):
            names = columns[start : start + chunk]
            copies = [_shuffled(X, name, rng) for name in names for _ in range(repeats)]
            stacked = pd.concat(copies, ignore_index=True)
            if (changed := stacked.dtypes != X.dtypes).any():
                stacked = stacked.astype(X.dtypes[changed].to_dict())
            given = answer(pipeline[-1], pipeline[:-1].transform(stacked), classes)
            for index, name in enumerate(np.repeat(names, repeats)):
                part = given.take(slice(index * len(X), (index + 1) * len(X)))
                drops.setdefault(str(name), []).append(whole - part.score(scorer, truth))
    found = [{"column": name, "mean": float(np.mean(d)), "sd": float(np.std(d))} for name, d in drops.items()]
    return sorted(found, key=lambda row: -row["mean"])


def _shuffled(X: pd.DataFrame, name: str, rng: np.random.Generator) -> pd.DataFrame:  # noqa: N803
    copied = X.copy()
    copied[name] = X[name].to_numpy()[rng.permutation(len(X))]
    return copied
