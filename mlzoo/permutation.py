"""Permutation importance of the columns, for every fitted pipeline and any metric."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from mlzoo.answers import answer, codes
from mlzoo.data import Data

MAX_CELLS = 1_000_000  # of shuffled copies that are predicted at once
MAX_IN_ALL = 500_000_000  # of all copies: beyond 223 columns, such as pixels, fewer rows are looked at
MIN_ROWS = 100


def importance(
    pipeline: Pipeline, data: Data, scorer: Any, *, seed: int, repeats: int = 5, most_rows: int = 2000
) -> list[dict[str, Any]]:
    """Permutation importance of each column on the test split: how much the metric drops when it is shuffled.

    All shuffled copies of a chunk of columns are predicted at once.

    Returns
    -------
    list of dict
        column, mean, sd; the most important first.

    References
    ----------
    L. Breiman (2001), Random forests, Machine Learning 45, 5-32.
    """
    rng, classes = np.random.default_rng(seed), data.labels
    most_rows = min(most_rows, max(MIN_ROWS, MAX_IN_ALL // (repeats * data.X_test.shape[1] ** 2)))
    rows = np.sort(rng.choice(len(data.y_test), min(most_rows, len(data.y_test)), replace=False))
    X, y = data.X_test.iloc[rows].reset_index(drop=True), data.y_test[rows]  # noqa: N806
    truth = y if classes is None else codes(y, classes)
    columns = list(X.columns)
    chunk = max(1, MAX_CELLS // (len(X) * repeats * len(columns)))
    drops: dict[str, list[float]] = {}
    with warnings.catch_warnings(action="ignore"):  # what is to be said was said while the folds were scored
        whole = answer(pipeline[-1], pipeline[:-1].transform(X), classes).score(scorer, truth)
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
