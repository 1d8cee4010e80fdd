"""The options of `read` that no file can be read with."""

import re
from collections.abc import Mapping
from typing import Any

from mlzoo.errors import ConfigError
from mlzoo.grammar import override
from mlzoo.reading.fields import SPACES

MAX_LINES = 2**31  # above the column names


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that no file can be read with.

    Raises
    ------
    ConfigError
        With the option, and what it may be.
    """
    sep, decimal = (options.get(key) for key in ("sep", "decimal"))
    if sep is not None:
        try:
            re.compile(sep)
            good = sep != "" and not re.search("[\r\n]", sep)
        except re.error:
            good = len(sep) == 1
        if not good:
            raise ConfigError(
                f"read.sep={sep!r}: must be the mark between fields, as in {override('read.sep', ';')} or "
                f"read.sep=tab, or a pattern, as in {override('read.sep', SPACES)}."
            )
    if decimal is not None and (len(decimal) != 1 or decimal.isalnum() or decimal.isspace()):
        both = " or ".join(override("read.decimal", mark) for mark in ",.")
        raise ConfigError(f"read.decimal={decimal!r}: must be one mark, {both}.")
    rows, values = (options.get(key) for key in ("skiprows", "na_values"))
    if rows is not None and not 0 <= rows < MAX_LINES:
        raise ConfigError(f"read.skiprows={rows}: must be how many lines stand above the column names, 0 or more.")
    by_column = [*values.values()] if isinstance(values, Mapping) else [values]
    marks = [mark for some in by_column for mark in (some if isinstance(some, list) else [some])]
    if values is not None and not all(isinstance(mark, str | int | float) for mark in marks):
        typed = override("read.na_values", ["?", -99])
        raise ConfigError(f"read.na_values={values!r}: must be a list of what stands for a missing value, {typed}.")
    if isinstance(values, Mapping) and (empty := next((name for name, some in values.items() if some == []), None)):
        raise ConfigError(
            f"read.na_values={values!r}: no mark is given of {empty!r}. {override('read.na_values', [])} reads empty "
            "fields alone as missing, in all columns."
        )
