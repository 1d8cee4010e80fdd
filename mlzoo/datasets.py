"""Named data sets that are no file: what `data._target_` of `conf/dataset/*.yaml` builds."""

import logging
import warnings
from typing import TYPE_CHECKING, Any, Literal
from urllib.error import HTTPError, URLError

from mlzoo.errors import DataError
from mlzoo.grammar import nearest_override
from mlzoo.reading.files import find

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

DEFAULT = "target"  # the name that a set's default target is given


def titanic(part: Literal["train", "test"]) -> "pd.DataFrame":
    """The shipped Titanic-style table with all its columns but PassengerId, which numbers the rows.

    Parameters
    ----------
    part : {"train", "test"}
        668 or 223 rows.

    Returns
    -------
    DataFrame
        8 columns, Survived among them.
    """
    import pandas as pd

    path = find(f"data/data-{part}-large.csv", where="dataset", folder=".")
    return pd.read_csv(path).drop(columns="PassengerId")


def openml(name: str, version: int | str = 1, target: str = DEFAULT) -> "pd.DataFrame":
    """A table of openml.org, from scikit-learn's cache where it has been fetched before.

    The cache lies below the folder that the environment variable SCIKIT_LEARN_DATA names, by default
    `~/scikit_learn_data`; what lies there is data, none of it is run.

    Parameters
    ----------
    name : str
        As openml.org has it; small and capital letters are the same.
    version : int or "active"
        Of the sets of this name. `active` is the oldest one that is not withdrawn, which may change.
    target : str
        The column to predict. `target` stands for the set's own default target, which gets that name.

    Returns
    -------
    DataFrame
        The columns to learn from, without those that openml.org marks as numbering the rows or to be ignored, and the
        target behind them.

    Raises
    ------
    DataError
        If there is no such set, column or network, the table is sparse, or its target is not one column.
    """
    import pandas as pd

    where = f"dataset.name={name} dataset.version={version}"
    column = "default-target" if target == DEFAULT else target
    try:
        made = _fetch(str(name), version, column)
    except (URLError, TimeoutError, ConnectionError) as error:
        from sklearn.datasets import get_data_home

        reason = error if isinstance(error, HTTPError) else getattr(error, "reason", error)
        raise DataError(
            f"{where}: openml.org cannot be asked ({reason}), and {get_data_home()} (SCIKIT_LEARN_DATA) holds no copy "
            "of the set. Once fetched with a network it is read from there."
        ) from error
    except KeyError as error:
        known = list(_fetch(str(name), version, None)["data"].columns)
        raise DataError(
            f"target={target}: {name} has no such column.{nearest_override('target', target, known)} It has: "
            f"{', '.join(known[:30])}. Leave target out for the set's own default target."
        ) from error
    except ValueError as error:
        text = str(error).rstrip(".")
        if text.startswith("Sparse"):
            text = "it is stored as a sparse table, which cannot be read; take a dense one"
        elif "not found" in text or text.startswith("No active"):
            text = f"{text}; https://www.openml.org/search?type=data shows names and versions"
        raise DataError(f"{where}: {text}.") from error
    frame, names = made["data"], list(made["target_names"])
    if len(names) != 1:
        shown = ", ".join(map(str, names or list(frame.columns)[:30]))
        many = f"{len(names)} default targets" if names else "no default target"
        raise DataError(f"{where} has {many}: name the column to predict, target=COLUMN, one of {shown}.")
    if DEFAULT in frame.columns and target == DEFAULT:
        raise DataError(
            f"{where} has a column {DEFAULT!r} beside its default target {names[0]!r}: name the one to predict, "
            f"target={names[0]} for that."
        )
    return pd.concat([frame, made["target"].rename(target)], axis=1)


def _fetch(name: str, version: int | str, column: str | None) -> Any:
    """What `fetch_openml` returns; its warnings, such as of a withdrawn version, go to the log."""
    from sklearn.datasets import fetch_openml

    with warnings.catch_warnings(record=True, action="always") as caught:
        try:
            return fetch_openml(name, version=version, target_column=column, as_frame=True, parser="pandas")
        except Exception as error:
            _hang_up(error)
            raise
        finally:
            for text in dict.fromkeys(str(one.message) for one in caught):
                log.warning("openml.org, %s: %s", name, text)


def _hang_up(error: BaseException | None) -> None:
    """Close the answers that an error was made of: each holds a connection."""
    while error is not None:
        if isinstance(error, HTTPError):
            error.close()
        error = error.__cause__ or error.__context__
