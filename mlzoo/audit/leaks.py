"""One column that predicts the target almost alone, and a few whose sum it is."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.audit.case import Case, numbers_of
from mlzoo.errors import listed
from mlzoo.findings import Finding, finding_of
from mlzoo.grammar import drop_override
from mlzoo.tables.data import Array

FEW_ROWS = 30  # below which nothing is said of what predicts the target
PERFECT = 0.99  # area under the curve or rank correlation of one column alone
PERFECT_KNOWN, FEW_OF_CLASS = 0.999, 20  # in the rows with a value: an honest column passes 0.99 there by chance
MANY_OF_CLASS = 200  # rows with a value from which it does not
FEW_KNOWN = 0.1  # share of the rows: of a column that fewer have nothing is said
COMMON = 2 / 3  # share of a class from which a few rows may all be of it
FEW_VALUES = 50  # distinct numbers that may be codes; bins of those that have more
SEEN = 0.8  # of the rows: how many have a category that other folds hold too
MAX_PAIRS = 1000  # of classes that are told apart
MAX_TERMS, EXACT = 3, 0.9999  # columns of a sum, and the R² from which the target is one


def check(case: Case) -> list[Finding]:
    """Columns that alone predict the target almost without error: in a classification every class of it.

    By the area under the curve: of numbers, between classes that are neighbours in their order; of categories, between
    any two classes by their shares among the rows of the same value in other folds. In a regression by the rank
    correlation, of categories with the mean rank of the rows of the same value in other folds. Numbers of many values
    are put into bins besides, as if those were categories: their distance from the middle may tell the target. Where
    the run keeps rows of a group together, these folds do. A column with missing values is judged by the rows that have
    one besides: a copy of the target is one where it is known, and what only rows of one class have tells that class.
    A quantity may be a weighted sum of numbers, such as all customers of those with and without a contract.
    """
    data, owner = case.data, case.owner or case.folds.groups
    rarest = np.unique(data.y_train, return_counts=True)[1].min() if data.task == "classification" else None
    at = case.sample(len(data.y_train), rarest)
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
    else:
        y = pd.Series(y).rank().to_numpy()
    group = np.arange(len(at))
    if owner is None:
        fold = _folds_of(y, case.seed, stratified=data.task == "classification")
    else:
        group, groups = pd.factorize(case.column(owner)[0].iloc[at])
        fold = _folds_of(np.arange(len(groups)), case.seed, stratified=False)[group]
    numbers = set(data.columns["number"])
    labels = data.y_train[at]
    for name in data.X_train.columns:
        text = _told(data.X_train[name].iloc[at], y, labels, (fold, group), data.task, number=name in numbers)
        if text:
            text = f"The column {name!r} {text}: is it known before the target is?"
            found.append(finding_of("leak", "warning", name, text, case.drop(name)))
    terms = _terms(case, at) if data.task == "regression" else []
    if terms:
        text = (
            f"The target is a weighted sum of the columns {listed([*map(repr, terms)])}: are they known before it is?"
        )
        found.append(finding_of("leak", "warning", "", text, drop_override([*case.dropped, *terms])))
    return found


def _terms(case: Case, at: Array) -> list[str]:
    """The columns of which the target is a weighted sum: the one that tells most of it, then what that leaves."""
    data = case.data
    columns = [numbers_of(data.X_train[name].iloc[at]) for name in data.columns["number"]]
    values = np.reshape(columns, (-1, len(at))).T
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    known = np.flatnonzero(np.isfinite(values).all(axis=0))
    values, y = values[:, known], data.y_train[at].astype(np.float64)
    y -= y.mean()

    def is_sum(some: list[int]) -> bool:
        return float((_rest(values[:, some], y) ** 2).sum()) <= (1 - EXACT) * float((y**2).sum())

    terms: list[int] = []
    while len(terms) < min(MAX_TERMS, len(known)) and not is_sum(terms):
        told = np.abs(values.T @ _rest(values[:, terms], y))
        told[terms] = -1
        terms.append(int(told.argmax()))
    if not is_sum(terms):
        return []
    for one in [*terms]:
        less = [other for other in terms if other != one]
        terms = less if is_sum(less) else terms
    return [data.columns["number"][known[one]] for one in terms] if len(terms) > 1 else []


def _rest(values: Array, y: Array) -> Array:
    """What a weighted sum of columns leaves of the target."""
    rest: Array = y - values @ np.linalg.lstsq(values, y, rcond=None)[0]
    return rest


def _told(
    values: "pd.Series[Any]", y: Array, labels: Array, parts: tuple[Array, Array], task: str, *, number: bool
) -> str:
    """What a column tells of the target where it leaks it, by folds and groups of rows; nothing where it does not."""
    fold, group = parts
    score, where, least = _predicts(values, y, fold, task, number=number), "", PERFECT
    known = values.notna().to_numpy()
    if score < PERFECT and _are_enough(y[known], y, task):
        score = _predicts(values[known], y[known], fold[known], task, number=number)
        where = f" in the {known.mean():.0%} of the rows that have a value"
        few = task == "classification" and np.bincount(y[known]).min() < MANY_OF_CLASS
        least = PERFECT_KNOWN if few else PERFECT
    if score >= least:
        what = "AUC" if task == "classification" else "rank correlation"
        return f"alone predicts the target almost without error{where} ({what} {score:.3f})"
    of_few = len(np.unique(group[known])) < FEW_OF_CLASS  # groups, whose rows may all be of one class by chance
    return _of_one_class(known, y, labels) if not of_few and task == "classification" else ""


def _of_one_class(known: Array, y: Array, labels: Array) -> str:
    """What is to be said where nearly all rows that have a value, but not most of all rows, are of one class."""
    if known.sum() < FEW_ROWS:
        return ""
    of = int(np.bincount(y[known]).argmax())
    inside, overall = float((y[known] == of).mean()), float((y == of).mean())
    if inside < PERFECT or overall > COMMON:
        return ""
    label, shares = str(labels[np.argmax(y == of)]), f"{inside:.1%} are of the class"
    return f"has a value in {known.mean():.1%} of the rows, of which {shares} {label!r}, but {overall:.1%} of all"


def _are_enough(some: Array, y: Array, task: str) -> bool:
    """Whether some of the rows, but not all, tell of the others: of classes twenty of each."""
    if len(some) == len(y) or len(some) < max(FEW_ROWS, FEW_KNOWN * len(y)):
        return False
    return task != "classification" or int(np.bincount(some, minlength=int(y.max()) + 1).min()) >= FEW_OF_CLASS


def _folds_of(y: Array, seed: int, *, stratified: bool) -> Array:
    """For each row one of five folds, of equal shares in each class."""
    shuffled = np.random.default_rng(seed).permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")] if stratified else shuffled
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % 5
    return fold


def _predicts(values: "pd.Series[Any]", y: Array, fold: Array, task: str, *, number: bool) -> float:
    """How well a column predicts the target: classes, or ranks."""
    of_order, of_values = (_ordered_auc, _rates_auc) if task == "classification" else (_rank_correlation, _of_means)
    found = 0.0
    numbers = numbers_of(values) if number else np.zeros(0)
    if number:
        found = of_order(numbers, y)
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    if number and len(distinct) > FEW_VALUES:
        codes = _bins(numbers)
    elif not 1 < len(distinct) <= (FEW_VALUES if number else len(values) / 2):
        return found
    return max(found, of_values(codes, y, fold))


def _bins(numbers: Array) -> Array:
    """For each number its bin, of nearly as many rows each; missing numbers are a bin of their own."""
    known = np.sort(numbers[~np.isnan(numbers)])
    most = min(FEW_VALUES, len(known) // 3)  # so that a row has others in its bin
    edges = np.unique(known[np.arange(1, most) * len(known) // max(1, most)])
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, "right"))


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
        found = max(found, _least(_auc(low, high) for low, high in pairwise(parts)))
    return found


def _rates_auc(codes: Array, y: Array, fold: Array) -> float:
    """Between any two classes, by their shares among the rows of the same value in other folds."""
    k, n = int(y.max()) + 1, int(codes.max()) + 1
    of_classes = (np.bincount(codes[y == one], minlength=n) for one in range(2))
    if _counted_auc(*of_classes) < PERFECT:  # what other folds tell is less
        return 0.0
    places = codes, codes + n * (1 + fold)  # of its value, and of that in its fold

    def others(of: Array, rows: Array) -> Array:
        """For each of the rows, how many of these others have its value in other folds."""
        counts = np.bincount(np.concatenate([place[of] for place in places]), minlength=6 * n)
        return counts[places[0][rows]] - counts[places[1][rows]]

    def auc(low: int, high: int) -> float:
        rows = [np.flatnonzero((y == one) & seen) for one in (low, high)]
        rates = [others(y == one, np.concatenate(rows)) + np.mean(y == one) for one in (low, high)]
        scores = rates[1] / (rates[0] + rates[1])
        return _auc(np.sort(scores[: len(rows[0])]), np.sort(scores[len(rows[0]) :]))

    seen = others(np.arange(len(y)), np.arange(len(y))) > 0
    if seen.mean() < SEEN or np.bincount(y[seen], minlength=k).min() == 0:
        return 0.0
    pairs = list(combinations(range(k), 2))
    return _least(auc(*pair) for pair in pairs[:: 1 + len(pairs) // MAX_PAIRS])


def _counted_auc(low: Array, high: Array) -> float:
    """Between two classes, by their shares in each value: how many rows of it the first has, and the second."""
    order = np.argsort(high / np.maximum(1, low + high))
    low, high = low[order], high[order]
    return float((high * (low.cumsum() - low / 2)).sum() / (low.sum() * high.sum()))


def _rank_correlation(numbers: Array, ranks: Array) -> float:
    if np.isnan(numbers).any():  # those that are known are asked by themselves
        return 0.0
    x, target = (pd.Series(values).rank().to_numpy() for values in (numbers, ranks))
    if x.std() == 0 or target.std() == 0:
        return 0.0
    return abs(float(np.corrcoef(x, target)[0, 1]))


def _of_means(codes: Array, ranks: Array, fold: Array) -> float:
    """The root of R² of the mean rank of the rows of the same value in other folds."""
    n = int(codes.max()) + 1
    sizes, y = np.bincount(codes, minlength=n), ranks - ranks.mean()
    all_of = np.bincount(codes, weights=y, minlength=n)
    spread = float((y**2).sum())
    if (all_of**2 / np.maximum(1, sizes)).sum() < PERFECT**2 * spread:  # what other folds tell is less
        return 0.0
    counts = np.bincount(fold * n + codes, minlength=5 * n).reshape(5, n)
    sums = np.bincount(fold * n + codes, weights=y, minlength=5 * n).reshape(5, n)
    others = sizes - counts
    seen = others[fold, codes] > 0
    if seen.mean() < SEEN:
        return 0.0
    means, y = ((all_of - sums) / np.maximum(others, 1))[fold, codes][seen], y[seen]
    spread = float(((y - y.mean()) ** 2).sum())
    return max(0.0, 1 - float(((y - means) ** 2).sum()) / spread) ** 0.5 if spread else 0.0
