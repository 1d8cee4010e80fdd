"""DataFrames as runs take them, wherever they come from."""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.errors import DataError

NESTED = (list, tuple, dict, set, np.ndarray)  # types of values that are no value of a column


def tidy(frame: pd.DataFrame, name: str, used: Callable[[str], bool] = lambda _: True) -> pd.DataFrame:
    """A table as runs take it: text as column names, a named index as a column, rows numbered from 0, no Arrow types.

    Lists and the like become text in columns that are not `used`.

    Raises
    ------
    DataError
        If a name stands more than once, or a column that is used holds lists and the like.
    """
    if isinstance(frame.columns, pd.MultiIndex):  # its index has no name that could be a column's
        frame = frame.set_axis(["_".join(part for part in map(str, names) if part) for names in frame.columns], axis=1)
    frame = _with_index(frame).rename(columns=str)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"{name}: the column name {twice[0]!r} stands more than once: rename one of them.")
    for column in [name for name in frame.columns if isinstance(frame[name].dtype, pd.ArrowDtype)]:
        frame[column] = _without_arrow(frame[column])
    nested: dict[str, str] = {}
    for column in [name for name in frame.columns if frame[name].dtype.kind == "O" and frame[name].dtype != "str"]:
        kind = next((type(v).__name__ for v in frame[column] if isinstance(v, NESTED)), None)
        if kind is not None and used(column):
            nested[column] = kind
        elif kind is not None:
            frame[column] = frame[column].map(str)
    if nested:
        told = " and ".join(f"the column {column!r} holds values of the type {kind}" for column, kind in nested.items())
        raise DataError(
            f"{name}: {told}: make columns of them, or leave them out, by preprocess.drop where it is a file."
        )
    return frame.reset_index(drop=True)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose named index is a column, as it was before someone made it one."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named) if named else frame


def _without_arrow(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of an Arrow type, with which pandas cannot compute all that it can with its own, as one of these."""
    if types.is_integer_dtype(values) and values.isna().any():  # floats would round long ones
        return values.convert_dtypes(dtype_backend="numpy_nullable")
    array: Any = values.array
    return pd.Series(array.__arrow_array__().to_pandas().array, index=values.index, name=values.name)


def fingerprint(frame: pd.DataFrame) -> str:
    """sha256 of a table's values and names."""
    hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
    return hashlib.sha256(hashed + repr(list(frame.columns)).encode()).hexdigest()
