"""The zoo's preprocessings: trial-aware factories of unfitted transformers, built from feature-engine and scikit-learn.

Each takes `columns`, the names of the train split's columns by kind, and names them to every step: left to find its
variables itself, feature-engine tries to read each text column as dates. Steps that have no columns are left out.
"""

from typing import Any

import numpy as np
import pandas as pd
from feature_engine.encoding import OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mlzoo.errors import DataError
from mlzoo.space import Trial, suggest

Columns = dict[str, list[Any]]  # the names of the train split's columns by kind


class NumberImputer(MeanMedianImputer):
    """feature-engine's MeanMedianImputer, which also fills columns that hold no value at all in a fold (with 0)."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> "NumberImputer":  # noqa: N803 - scikit-learn's name
        """Learn the mean or median of each variable."""
        super().fit(X, y)
        self.imputer_dict_ = {name: 0.0 if pd.isna(value) else value for name, value in self.imputer_dict_.items()}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Fill what is missing, in all variables at once: one by one thousands of them take seconds."""
        X = self._transform(X)  # noqa: N806
        missing = X.isna() & X.columns.isin([*self.imputer_dict_])
        if not missing.any(axis=None):
            return X
        learned: Any = pd.Series(self.imputer_dict_)  # which pandas-stubs do not know there
        return X.mask(missing, learned, axis=1).infer_objects()


class CategoryImputer(CategoricalImputer):
    """feature-engine's CategoricalImputer, which breaks ties between the most frequent categories (first in order).

    A column that holds no value at all in a fold is filled with `fill_value`.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> "CategoryImputer":  # noqa: N803
        """Learn what each variable is filled with."""
        if self.imputation_method == "missing":
            super().fit(X, y)
            return self
        self.variables_ = list(self.variables)
        modes = {name: X[name].mode() for name in self.variables_}
        self.imputer_dict_ = {name: m.iloc[0] if len(m) else self.fill_value for name, m in modes.items()}
        self._get_feature_names_in(X)  # type: ignore[no-untyped-call]
        return self


class CategoryEncoder(OneHotEncoder):
    """feature-engine's OneHotEncoder, whose dummies are floats put in place at once: many categories stay fast."""

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Replace each variable by its dummies, behind the other columns."""
        X = pd.DataFrame(self._check_transform_input_and_state(X))  # noqa: N806
        rest = X.drop(columns=self.variables_)
        floats = rest.shape[1] if (rest.dtypes == "float64").all() else 0  # they stand in one block with the dummies
        seen = {name: pd.Index(self.encoder_dict_[name]) for name in self.variables_}
        values = np.zeros((floats + sum(map(len, seen.values())), len(X)))  # as pandas lays out columns
        for i in range(floats):
            values[i] = rest.iloc[:, i]
        start = floats
        for name, known in seen.items():
            codes, found = pd.factorize(X[name])
            _check_text(name, known, found)
            at = np.append(known.get_indexer(found), -1)[codes]  # -1 where the category was not seen while fitting
            rows = np.flatnonzero(at >= 0)
            values[start + at[rows], rows] = 1
            start += len(known)
        names = [*rest.columns[:floats], *(f"{name}_{category}" for name in seen for category in seen[name])]
        block = pd.DataFrame(values.T, columns=names, index=X.index, copy=False)
        parts = [rest.iloc[:, floats:], block]
        encoded: pd.DataFrame = pd.concat(parts, axis=1)
        if not encoded.columns.is_unique:  # `a` = b_c beside `a_b` = c
            twice = encoded.columns.duplicated()
            both = zip(encoded.columns, twice, strict=True)
            encoded.columns = pd.Index([f"{name}_{i}" if again else name for i, (name, again) in enumerate(both)])
        return encoded


def _check_text(name: str, known: "pd.Index[Any]", found: Any) -> None:
    """Refuse other values where the categories are text: none of them would be known, and each row be wrong."""
    if not all(isinstance(category, str) for category in known):
        return
    other = next((value for value in found if not isinstance(value, str)), None)
    if other is not None:
        raise DataError(
            f"The column {name!r} holds {other!r}, of the type {type(other).__name__}, and text where the pipeline was "
            "fitted. mlzoo.predict(record, frame) reads rows as the run has read its table."
        )


def simple_preprocess(imputation: Any = "mean", *, columns: Columns, trial: Trial | None = None) -> Pipeline:
    """Numbers only: imputed, standardised.

    Parameters
    ----------
    imputation : {"mean", "median"} or a list of them
        How missing numbers are filled; a list is a range, drawn from by the trial.
    columns : dict
        Names of columns by kind, "number" and "category"; those of "text" are left out.
    trial : Trial, optional
        What ranges are drawn from.

    Returns
    -------
    Pipeline
        Unfitted.

    Raises
    ------
    DataError
        If there are categories, which `kinds: [number]` of a preprocess YAML leaves out before, or no numbers.
    """
    if columns["category"]:
        names = ", ".join(columns["category"])
        raise DataError(
            f"simple_preprocess reads numbers only, and these columns are text: {names}. "
            "Leave them out with 'preprocess.kinds=[number]', or use +preprocess=complex."
        )
    if not columns["number"]:
        raise DataError("simple_preprocess reads numbers only, and no column of the data holds numbers.")
    method = suggest(trial, "imputation", imputation)
    imputer = NumberImputer(method, variables=columns["number"])
    return Pipeline([*_without_text(columns), ("impute", imputer), ("scale", StandardScaler())])


def complex_preprocess(
    imputation: Any = "mean",
    categorical_imputation: Any = "frequent",
    *,
    columns: Columns,
    trial: Trial | None = None,
) -> Pipeline:
    """Numbers and categories: imputed, one-hot encoded, standardised.

    Parameters
    ----------
    imputation : {"mean", "median"} or a list of them
        How missing numbers are filled; a list is a range, drawn from by the trial.
    categorical_imputation : {"frequent", "missing"} or a list of them
        Missing categories become the most frequent one, or one of their own.
    columns : dict
        Names of columns by kind, "number" and "category"; those of "text" are left out.
    trial : Trial, optional
        What ranges are drawn from.

    Returns
    -------
    Pipeline
        Unfitted.
    """
    method = suggest(trial, "imputation", imputation)
    filling = suggest(trial, "categorical_imputation", categorical_imputation)
    numbers, categories = columns["number"], columns["category"]
    steps = _without_text(columns)
    if numbers:
        steps.append(("impute_numbers", NumberImputer(method, variables=numbers)))
    if categories:
        imputer = CategoryImputer(filling, variables=categories, ignore_format=True)
        encoder = CategoryEncoder(variables=categories, ignore_format=True)
        steps += [("impute_categories", imputer), ("encode", encoder)]
    return Pipeline([*steps, ("scale", StandardScaler())])


def _without_text(columns: Columns) -> list[tuple[str, Any]]:
    """The step that leaves out free text, which only a preprocessing of one's own makes use of."""
    if not columns.get("text"):
        return []
    from feature_engine.selection import DropFeatures

    return [("without_text", DropFeatures(columns["text"]))]


def scale_pixels(high: float = 255, *, columns: Columns) -> FunctionTransformer:
    """Numbers from 0 to `high`, such as the pixels of images, scaled to 0 to 1, in single precision.

    Parameters
    ----------
    high : float
        The largest value that a pixel may have.
    columns : dict
        Names of columns by kind, "number" and "category".

    Returns
    -------
    FunctionTransformer
        Unfitted.

    Raises
    ------
    DataError
        If there are other columns.
    """
    others = [name for kind, names in columns.items() if kind != "number" for name in names]
    if others:
        raise DataError(f"preprocess=images/pixels reads numbers only, and the column {others[0]!r} holds others.")
    return FunctionTransformer(_divided, kw_args={"by": high}, feature_names_out="one-to-one")


def _divided(X: pd.DataFrame, by: float) -> pd.DataFrame:  # noqa: N803
    values = X.to_numpy(dtype=np.float32) / np.float32(by)  # at once: images have many columns
    return pd.DataFrame(values, columns=X.columns, index=X.index)
