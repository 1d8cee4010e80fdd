"""Columns whose distribution in the test file, or split, is another one than in the train file."""

from typing import Any

import numpy as np
import pandas as pd

from mlzoo.audit.case import Case, spread
from mlzoo.audit.moments import moments
from mlzoo.audit.owners import names_owner
from mlzoo.findings import Finding, finding_of

DRIFT = 0.25  # distance of two distributions, from 0 to 1
CHANCE = 1e-6  # how often chance alone may lead to a warning of drift, over all columns


def check(case: Case) -> list[Finding]:
    """Columns whose distribution in the test split is another one than in the train split, where both are given.

    By the distance of Kolmogorov and Smirnov, for categories the total variation distance: at least `DRIFT`, and more
    than chance reaches once in a million tables, by the inequalities of Dvoretzky, Kiefer and Wolfowitz [1]_ and of
    McDiarmid [2]_.

    References
    ----------
    .. [1] P. Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality, Annals of Probability 18.
    .. [2] C. McDiarmid (1989), On the method of bounded differences, Surveys in Combinatorics.
    """
    data = case.data
    part = case.given
    if not part:
        return []
    few, others = spread(data.X_train), case.identifiers  # other rows, owners and times have other values
    names = [name for name in few.columns if name not in others and not names_owner(name, few[name])]
    names = [name for name in names if moments(few[name]) is None]
    train, test = (X.iloc[case.sample(len(X))] for X in (data.X_train, data.X_test))
    numbers = set(data.columns["number"])
    far = {}
    for name in names:
        distance, chance = (_of_numbers if name in numbers else _of_categories)(train[name], test[name], len(names))
        if distance >= max(DRIFT, chance):
            far[name] = distance
    if not far:
        return []
    worst = sorted(far, key=lambda name: -far[name])
    shown = ", ".join(f"{name!r} ({far[name]:.2f})" for name in worst[:5])
    more = f" and {len(worst) - 5} more" if len(worst) > 5 else ""
    drawn = "both splits from one table (data=ALL without test_data)"
    drawn = drawn if part == "file" else "the test split at random (without split.column)"
    text = (
        f"The test {part} differs strongly from the train {part} in {shown}{more} (distance of the distributions, from "
        "0 to 1): scores over the folds may say little of the test split, or of data to come. Where the "
        f"{part}s should be alike, draw {drawn}; where {worst[0]!r} will differ anyway, do without it."
    )
    return [finding_of("drift", "warning", worst[0], text, case.drop(worst[0]))]


def _of_numbers(train: "pd.Series[Any]", test: "pd.Series[Any]", columns: int) -> tuple[float, float]:
    """The distance of two samples of numbers, and what chance reaches; a missing number is the least of all."""
    a, b = (np.sort(one.fillna(-np.inf).to_numpy(dtype=np.float64)) for one in (train, test))
    both = np.concatenate([a, b])
    shares = [np.searchsorted(one, both, "right") / len(one) for one in (a, b)]
    chance = sum(np.sqrt(np.log(4 * columns / CHANCE) / (2 * len(one))) for one in (a, b))
    return float(np.abs(shares[0] - shares[1]).max()), float(chance)


def _of_categories(train: "pd.Series[Any]", test: "pd.Series[Any]", columns: int) -> tuple[float, float]:
    """The distance of two samples of categories, and what chance reaches; a missing one is a category of its own."""
    codes = pd.factorize(pd.concat([train, test], ignore_index=True), use_na_sentinel=False)[0]
    n, m = len(train), len(test)
    a, b = (np.bincount(part, minlength=codes.max() + 1) for part in (codes[:n], codes[n:]))
    noise = 1 / n + 1 / m
    pooled = (a + b) / (n + m)
    expected = np.minimum(2 * pooled, np.sqrt(pooled * (1 - pooled) * noise)).sum() / 2
    return float(np.abs(a / n - b / m).sum() / 2), float(expected + np.sqrt(np.log(columns / CHANCE) / 2 * noise))
