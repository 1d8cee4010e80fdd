"""What every check looks at, and what several of them use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mlzoo.folds import Folds
from mlzoo.grammar import drop_override
from mlzoo.tables.data import Array, Data

MAX_ROWS = 20_000  # that a check looks at
MAX_VALUES = 4_000_000  # that a check looks at, in all columns together
OF_CLASS, MORE = 40, 5  # rows of a class for which it looks at more, so many times as many at most


@dataclass(frozen=True)
class Case:
    """What every check looks at: data, folds, seed of samples, columns dropped already, and the config's `split`.

    Whether rows are `unordered`: by no column, as those of a statement without ORDER BY.
    """

    data: Data
    folds: Folds
    seed: int
    dropped: list[str]
    split: Mapping[str, Any]
    unordered: bool

    def sample(self, rows: int, rarest: int | None = None) -> Array:
        """Positions of the rows to look at, in ascending order: more of them where they are to hold a rare class."""
        most = min(MAX_ROWS, max(2000, MAX_VALUES // max(1, self.data.X_train.shape[1])))
        if rarest is not None:
            most = min(max(most, OF_CLASS * rows // rarest), MORE * most)
        if rows <= most:
            return np.arange(rows)
        return np.sort(np.random.default_rng(self.seed).choice(rows, most, replace=False))

    @property
    def owner(self) -> str | None:
        """The column of `split.group`."""
        return None if self.split.get("group") is None else str(self.split["group"])

    def column(self, name: str) -> "tuple[pd.Series[Any], pd.Series[Any]]":
        """A column of the train and of the test split, of which a test file may lack what is no feature."""
        data = self.data
        if name in data.X_train:
            return data.X_train[name], data.X_test[name]
        train = data.aside_train[name]
        return train, data.aside_test[name] if name in data.aside_test else train.iloc[:0]

    @cached_property
    def identifiers(self) -> set[str]:
        """The columns that number or name rows."""
        return {finding["column"] for finding in self.data.findings if finding["check"] == "identifier"}

    @property
    def two_files(self) -> bool:
        """Whether the test split is a file of its own, and not drawn at random from the one file."""
        train, test = (self.data.sources.get(name, {}).get("sha256") for name in ("train", "test"))
        return bool(train != test)

    @property
    def given(self) -> str:
        """What says which rows the test split has: a file of its own, or `split.column`; nothing where it is drawn."""
        return "file" if self.two_files else "split" if self.split.get("column") is not None else ""

    def drop(self, name: str) -> str:
        """The override that leaves a column out, beside those that are left out already."""
        return drop_override([*self.dropped, name])


def spread(frame: pd.DataFrame, most: int = 2000) -> pd.DataFrame:
    """At most so many rows, at even distances."""
    most = min(len(frame), most)
    return frame.iloc[np.arange(most) * len(frame) // max(1, most)]


def numbers_of(values: "pd.Series[Any]") -> Array:
    """A column's numbers, NaN where they are missing."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def words_of(name: str) -> list[str]:
    """The words of a column's name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
