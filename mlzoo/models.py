"""The zoo's trial-aware model factories: called with the Optuna trial and their ranges, they return an estimator.

A plain value in place of a range needs no trial: `log_reg(C=0.1)`.
"""

from typing import Any

from sklearn import ensemble, linear_model

from mlzoo.space import Trial, suggest


def log_reg(
    C: Any = 1.0,  # noqa: N803 - scikit-learn's name
    fit_intercept: Any = True,
    *,
    random_state: int | None = None,
    trial: Trial | None = None,
) -> linear_model.LogisticRegression:
    """A logistic regression.

    Parameters
    ----------
    C : float or range
        Inverse strength of the regularisation.
    fit_intercept : bool or list of bool
        Whether an intercept is fitted.
    random_state : int, optional
        Seed.
    trial : Trial, optional
        What ranges are drawn from.

    Returns
    -------
    LogisticRegression
        Unfitted.
    """
    return linear_model.LogisticRegression(
        C=suggest(trial, "C", C),
        fit_intercept=suggest(trial, "fit_intercept", fit_intercept),
        random_state=random_state,
    )


def random_forest(
    n_estimators: Any = 100,
    max_depth: Any = 5,
    min_samples_split: Any = 10,
    *,
    random_state: int | None = None,
    trial: Trial | None = None,
) -> ensemble.RandomForestClassifier:
    """A random forest.

    Parameters
    ----------
    n_estimators : int or range
        Number of trees.
    max_depth : int or range
        Depth of each tree.
    min_samples_split : int, float or range
        Rows (or, as a float, share of the rows) that a node must hold to be split.
    random_state : int, optional
        Seed.
    trial : Trial, optional
        What ranges are drawn from.

    Returns
    -------
    RandomForestClassifier
        Unfitted.
    """
    return ensemble.RandomForestClassifier(
        n_estimators=suggest(trial, "n_estimators", n_estimators),
        max_depth=suggest(trial, "max_depth", max_depth),
        min_samples_split=suggest(trial, "min_samples_split", min_samples_split),
        random_state=random_state,
    )
