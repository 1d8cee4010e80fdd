"""Parquet files: long whole numbers keep their digits, and categories are such of whatever values."""

from pathlib import Path

import pandas as pd

from mlzoo.errors import DataError
from mlzoo.reading import frames
from mlzoo.reading.source import Source


def _categories(path: Path) -> set[str]:
    """The columns that pandas has written as categories, of which Parquet itself holds those of text as such alone."""
    from pyarrow.parquet import read_schema

    columns = (read_schema(path).pandas_metadata or {}).get("columns", [])
    return {str(column["name"]) for column in columns if column.get("pandas_type") == "categorical"}


def read_parquet(path: Path, where: str) -> Source:
    """Read a Parquet file.

    Parameters
    ----------
    path : Path
        Of the file.
    where : str
        The config key to name in errors.

    Raises
    ------
    DataError
        If it is none, or the extra is missing.
    """
    try:
        frame = pd.read_parquet(path)
        large = [name for name in frame.columns if frames.may_be_rounded(frame[name])]
        exact = pd.read_parquet(path, columns=large, dtype_backend="numpy_nullable") if large else pd.DataFrame()
        for name in [name for name in large if frames.beyond_floats(exact[name]) is not None]:
            frame[name] = exact[name].array
        return Source(frames.with_categories(frames.with_index(frame), _categories(path)))
    except ImportError as error:
        raise DataError(f"{where}={path}: reading Parquet needs an extra: pip install 'mlzoo[parquet]'.") from error
    except TypeError:  # it names types that pandas writes and does not read
        from pyarrow.parquet import read_table

        return Source(read_table(path).to_pandas(ignore_metadata=True))
    except (OSError, ValueError) as error:
        raise DataError(f"{where}={path} is no readable Parquet file: {error}") from error
