"""One column that predicts the target almost alone."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.audit.case import Case, numbers_of
from mlzoo.columns import Finding, finding_of
from mlzoo.data import Array

FEW_ROWS = 30  # below which nothing is said of what predicts the target
PERFECT = 0.99  # area under the curve, rank correlation or R² of one column alone
FEW_VALUES = 50  # distinct numbers that may be codes
SEEN = 0.8  # of the rows: how many have a category that other folds hold too


def check(case: Case) -> list[Finding]:
    """Columns that alone predict the target almost without error: in a classification every class of it.

    By the area under the curve: of numbers, between classes that are neighbours in their order; of categories, of each
    class against the rest by its share among the rows of the same value in other folds. In a regression by the rank
    correlation, or by R² of the means of the rows of the same value in other folds.
    """
    data = case.data
    at = case.sample(len(data.y_train))
    y = data.y_train[at]
    found = []
    if data.task == "classification":
        codes = pd.factorize(y, sort=True)[0]
        often = np.flatnonzero(np.bincount(codes) >= 10)
        inside = np.isin(codes, often)
        if len(often) < 2 or inside.mean() < 0.95 or inside.sum() < FEW_ROWS:
            return []
        at, y = at[inside], np.searchsorted(often, codes[inside])
    elif len(y) < FEW_ROWS:
        return []
    fold = _folds_of(y, case.seed, stratified=data.task == "classification")
    numbers = set(data.columns["number"])
    for name in data.X_train.columns:
        values = data.X_train[name].iloc[at]
        score, what = _predicts(values, y, fold, data.task, number=name in numbers)
        if score >= PERFECT:
            text = (
                f"The column {name!r} alone predicts the target almost without error ({what} {score:.3f}): "
                "is it known before the target is?"
            )
            found.append(finding_of("leak", "warning", name, text, case.drop(name)))
    return found


def _folds_of(y: Array, seed: int, *, stratified: bool) -> Array:
    """For each row one of five folds, of equal shares in each class."""
    shuffled = np.random.default_rng(seed).permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")] if stratified else shuffled
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % 5
    return fold


def _predicts(values: "pd.Series[Any]", y: Array, fold: Array, task: str, *, number: bool) -> tuple[float, str]:
    """How well a column predicts the target, and by what measure."""
    found = []
    if number:
        numbers = numbers_of(values)
        if task == "classification":
            found.append((_ordered_auc(numbers, y), "AUC"))
        else:
            found.append((_rank_correlation(numbers, y), "rank correlation"))
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    if 1 < len(distinct) <= (FEW_VALUES if number else len(values) / 2):
        if task == "classification":
            found.append((_rates_auc(codes, y, fold), "AUC"))
        else:
            found.append((_means_r2(codes, y, fold), "R²"))
    return max(found, default=(0.0, ""))


def _auc(low: Array, high: Array) -> float:
    """How often a value of the second, sorted, is above one of the first, sorted; ties count half."""
    left, right = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
    return float((left + right).mean() / 2 / len(low))


def _least(scores: Iterator[float]) -> float:
    """The least of the scores, or the first that is not enough."""
    least = 1.0
    for score in scores:
        least = min(least, score)
        if least < PERFECT:
            break
    return least


def _ordered_auc(numbers: Array, y: Array) -> float:
    missing = np.isnan(numbers)
    found = 0.0
    for fill in (-np.inf, np.inf) if missing.any() else (0.0,):  # that a number is missing may tell the class
        filled = np.where(missing, fill, numbers)
        parts = sorted((np.sort(filled[y == k]) for k in range(y.max() + 1)), key=lambda part: part[len(part) // 2])
        pairs = ((auc := _auc(low, high), 1 - auc) for low, high in pairwise(parts))
        found = max(found, _least(max(pair) for pair in pairs))
    return found


def _rates_auc(codes: Array, y: Array, fold: Array) -> float:
    """By the share of a class among the rows of the same value in other folds."""
    k, n = int(y.max()) + 1, int(codes.max()) + 1
    counts = np.bincount((fold * n + codes) * k + y, minlength=5 * n * k).reshape(5, n, k)
    others = counts.sum(axis=0) - counts
    totals = others.sum(axis=2)
    seen = totals[fold, codes] > 0
    rates = (others + np.bincount(y) / len(y)) / (totals[..., None] + 1)
    scores, y = rates[fold, codes][seen], y[seen]
    if seen.mean() < SEEN or np.bincount(y, minlength=k).min() == 0:
        return 0.0
    asked = range(k) if k > 2 else (1,)
    return _least(_auc(np.sort(scores[y != one, one]), np.sort(scores[y == one, one])) for one in asked)


def _rank_correlation(numbers: Array, y: Array) -> float:
    known = ~np.isnan(numbers)
    if known.sum() < max(FEW_ROWS, 0.1 * len(y)):
        return 0.0
    x, target = (pd.Series(values[known]).rank().to_numpy() for values in (numbers, y))
    if x.std() == 0 or target.std() == 0:
        return 0.0
    return abs(float(np.corrcoef(x, target)[0, 1]))


def _means_r2(codes: Array, y: Array, fold: Array) -> float:
    """By the mean of the rows of the same value in other folds."""
    n = int(codes.max()) + 1
    counts = np.bincount(fold * n + codes, minlength=5 * n).reshape(5, n)
    sums = np.bincount(fold * n + codes, weights=y, minlength=5 * n).reshape(5, n)
    others, totals = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
    seen = others[fold, codes] > 0
    if seen.mean() < SEEN:
        return 0.0
    means, y = (totals / np.maximum(others, 1))[fold, codes][seen], y[seen]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - means) ** 2).sum()) / spread if spread else 0.0
