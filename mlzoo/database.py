"""From a statement in SQL to a DataFrame: in chunks, in a transaction that cannot write, with back-off.

The secrets of a node `db` are looked up here, when a connection is made, and live no longer than that.
"""

import datetime
import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlzoo import operands, shared, sql, where
from mlzoo.errors import ConfigError, DataError, first_line
from mlzoo.reading.frames import beyond_floats, fingerprint
from mlzoo.reading.source import Source
from mlzoo.targets import from_environment, redacted

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, TextClause

log = logging.getLogger(__name__)

WAITS_S = (0.5, 1.0, 2.0, 4.0)  # before each further try to reach a database
LIBPQ = {  # what the network swallows is noticed within a minute
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "mlzoo",
    "client_encoding": "utf8",  # a database without an encoding, SQL_ASCII, would send bytes
}
SHOWN = 200  # characters of a statement
BPCHAR = 1042  # PostgreSQL's number of the type char(n)
DAYS = re.compile(r"(?:-?\d{1,9} days? ?)?(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?")  # an interval without months


class _LostError(Exception):
    """The connection could not be made, or broke: another one may do."""

    def __init__(self, reason: str, state: str) -> None:
        super().__init__(reason)
        self.state = state


class _RefusedError(Exception):
    """The database lets nobody in, and will not in a moment either."""


def source(node: Mapping[str, Any], *, folder: str = ".") -> Source:
    """The table of a run; of a multirun the one that the same node has given to the cell before.

    Rows whose statement names no order come in one that depends on their values alone, as a server may return them in
    another one each time, and folds are made by row number.

    Raises
    ------
    ConfigError, DataError
        As `fetch`; also if there is no row.
    """
    key = json.dumps([node, folder], sort_keys=True, default=str)
    found: Source = shared.last("answer", key, lambda: _table(node, folder))
    return found


def _table(node: Mapping[str, Any], folder: str) -> Source:
    words = " ".join(str(node["query"]).split())
    name = f"{node.get('name') or 'db'}: {words if len(words) <= SHOWN else words[:SHOWN] + '…'}"
    frame, notes = _floats(fetch(node, folder=folder, exact=False), object, "Int64"), []
    if frame.empty:
        condition = f" that db.where={str(node['where'])!r} is true for" if node.get("where") is not None else ""
        raise DataError(f"{name}: the result has no row{condition}.")
    if not sql.is_ordered(node):
        order = np.argsort(pd.util.hash_pandas_object(frame, index=False).to_numpy(), kind="stable")
        frame = frame.iloc[order].reset_index(drop=True)
        notes.append("the statement has no ORDER BY, rows are put into an order that depends on their values alone")
    return Source(frame, name, fingerprint(frame), notes)


def fetch(node: Mapping[str, Any], *, folder: str = ".", exact: bool = True) -> pd.DataFrame:
    """The rows of a statement that `db.where` is true for.

    Parameters
    ----------
    node : mapping
        A node `db` of a plain config; `${oc.env:…}` in it is looked up here.
    folder : str
        What the path of an SQLite file is relative to.
    exact : bool
        Whether NUMERIC keeps all its digits; else floats, which take a tenth of the memory.

    Returns
    -------
    DataFrame
        Numbers, booleans, timestamps (with a time zone: in UTC), and text, to which all other types are turned. A date
        is a timestamp at midnight. No digit is lost: whole numbers, also beside missing ones, are integers (those that
        64 bits do not hold Python's own), those of NUMERIC are Decimal.

    Raises
    ------
    ConfigError
        If a value of the node is wrong, or a package is missing.
    DataError
        If the database cannot be reached, refuses the statement, or returns two columns of the same name.
    """
    found = {key: _resolved(value, f"db.{key}") for key, value in node.items()}
    sql.check_statement(found["query"])
    url = sql.url_of(found)
    engine, place = _engine(url, folder), f"{node.get('name') or 'db'}: {sql.place_of(url)}"
    password = sql.password_of(node, url)
    statement, params = sql.prepared(found["query"], found.get("params") or {})
    for tries, wait in enumerate((*WAITS_S, None), start=1):
        try:
            frame = _read(engine, statement, params, found.get("chunk_rows") or 50_000, exact)
            break
        except _RefusedError as error:
            raise DataError(redacted(f"{place} {sql.denial(str(error), password, given=bool(url.password))}")) from None
        except _LostError as error:
            if wait is None:
                raise DataError(redacted(f"{place}{error.state}, in {tries} tries: {error}")) from None
            log.warning(redacted(f"{place}{error.state}: {error} Again in {wait:g} s."))
            time.sleep(wait)
        finally:
            engine.dispose()
    if node.get("where") is None:
        return frame
    return where.rows(frame, str(found["where"]), where="db.where")


def _resolved(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _resolved(inner, f"{key}.{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, key) for inner in value]
    return from_environment(value, where=key)


# -- connecting ---------------------------------------------------------------------------------------------------


def _engine(url: "URL", folder: str) -> "Engine":
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        url = sql.file_url(url, folder)
    elif url.drivername in sql.DRIVERS:
        options = {key: value for key, value in LIBPQ.items() if key not in url.query}
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(redacted(f"db.drivername={url.drivername}: {first_line(error)}")) from None
    except ImportError as error:
        extra = sql.DRIVERS.get(url.drivername, ("", ""))[1]
        how = f"pip install 'mlzoo[{extra}]'" if extra else f"pip install {error.name}"
        raise ConfigError(f"db.drivername={url.drivername} needs the package {error.name}: {how}") from None
    if url.drivername in sql.DRIVERS:
        event.listen(engine, "connect", _adapt)
    if url.drivername == "postgresql+psycopg2":  # Redshift has no such setting, and nothing is quoted here
        setattr(engine.dialect, "_set_backslash_escapes", lambda connection: None)  # noqa: B010
    return engine


def _adapt(connection: Any, _: Any) -> None:
    """Leave an interval that is no number of days as text, and the blanks that fill up a char(n) out.

    Of such intervals drivers make days, 30 of a month, or misread them; those blanks mean nothing in PostgreSQL.
    """
    if hasattr(connection, "adapters"):
        from psycopg.types.datetime import IntervalLoader
        from psycopg.types.string import TextLoader

        class Filled(TextLoader):
            def load(self, data: Any) -> Any:
                return str(super().load(data)).rstrip(" ")

        class Loader(IntervalLoader):
            def load(self, data: Any) -> Any:
                text = bytes(data).decode()
                return super().load(data) if DAYS.fullmatch(text) else text

        connection.adapters.register_loader("interval", Loader)
        connection.adapters.register_loader("bpchar", Filled)
    else:
        from psycopg2 import extensions  # type: ignore[import-untyped]

        def read(text: str | None, cursor: Any) -> Any:
            return extensions.INTERVAL(text, cursor) if text is None or DAYS.fullmatch(text) else text

        def stripped(text: str | None, cursor: Any) -> Any:
            return None if text is None else extensions.UNICODE(text, cursor).rstrip(" ")

        extensions.register_type(extensions.new_type(extensions.INTERVAL.values, "INTERVAL", read), connection)
        extensions.register_type(extensions.new_type((BPCHAR,), "BPCHAR", stripped), connection)


def _read_only(engine: "Engine") -> "Connection":
    """A connection on which the database itself refuses to write."""
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif engine.dialect.name in ("postgresql", "redshift"):
        connection = connection.execution_options(postgresql_readonly=True)
    return connection


# -- reading ------------------------------------------------------------------------------------------------------


def _read(
    engine: "Engine", statement: "TextClause", params: Mapping[str, Any], chunk_rows: int, exact: bool
) -> pd.DataFrame:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    connected = False
    options = {"stream_results": True, "max_row_buffer": chunk_rows}  # a cursor of the server's
    try:
        with _read_only(engine) as connection:
            connected = True
            with connection.execute(statement, dict(params), execution_options=options) as result:
                names = list(map(str, result.keys()))
                twice = next((name for name in names if names.count(name) > 1), None)
                if twice is not None:
                    raise DataError(
                        f"db.query returns the column {twice!r} more than once: rename one, {twice} AS other."
                    )
                chunks = (_chunk(rows, names) for rows in result.partitions(chunk_rows))
                return _joined([chunk if exact else _lighter(chunk) for chunk in chunks], names)
    except DBAPIError as error:
        if error.connection_invalidated or (not connected and sql.may_pass(error)):
            raise _LostError(
                sql.reason(error), ": the connection was lost" if connected else " cannot be reached"
            ) from None
        if not connected:
            raise _RefusedError(sql.reason(error)) from None
        raise DataError(redacted(sql.refusal(error))) from error
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise DataError(
            f"db.query: {half!r} is half of a character. Where JSON holds it: CAST(column AS text) AS column."
        ) from error
    except OverflowError as error:
        raise DataError(f"db.params: {error}: a number is larger than the database's driver takes.") from error
    except ValueError as error:
        if not sql.is_no_date(str(error)):
            raise
        raise DataError(sql.refused_date(str(error))) from error
    except SQLAlchemyError as error:
        raise DataError(redacted(f"db.query: {first_line(error)}")) from error


# -- the frame ----------------------------------------------------------------------------------------------------


def _chunk(rows: Sequence[Any], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: _inferred(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}, columns=names
    )


def _inferred(values: Sequence[Any]) -> "pd.Series[Any]":
    """A column of a chunk by pandas' own rules, but for numbers: of whole ones beside missing ones it makes floats."""
    types = set(map(type, values)) - {type(None)}
    column = pd.Series(values, dtype=object)
    if types == {int}:
        return _whole(column)
    return column if int in types or Decimal in types else column.infer_objects()


def _whole(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Whole numbers, of Python's own type where 64 bits do not hold one of them."""
    try:
        return values.astype("Int64" if values.hasnans else "int64")
    except OverflowError:
        return values.where(values.notna(), None)


def _is_of_decimals(values: "pd.Series[Any]") -> bool:
    return values.dtype == object and {type(value) for value in values.dropna()} == {Decimal}


def _lighter(chunk: pd.DataFrame) -> pd.DataFrame:
    """A chunk whose Decimals are floats, where these hold them; mixed types are told of all chunks together."""
    names = [name for name in chunk if _is_of_decimals(chunk[name])]
    floats = _floats(chunk[names], object)
    return pd.DataFrame({name: (floats if name in names else chunk)[name] for name in chunk}, index=chunk.index)


def _joined(chunks: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """One table of chunks, the same however many there are: a chunk without a value has no say in a column's type."""
    length = sum(map(len, chunks))
    start = 0
    for chunk in chunks:
        chunk.index = pd.RangeIndex(start, start + len(chunk))
        start += len(chunk)
    columns = {}
    for name in names:
        known = [chunk.pop(name) for chunk in chunks]
        known = [part for part in known if part.notna().any()]
        if len({str(part.dtype).lower() for part in known}) > 1:  # int64 and Int64 are one
            if any(map(_is_of_decimals, known)):  # beside which floats were such too
                known = [part.map(Decimal, na_action="ignore") if part.dtype == "float64" else part for part in known]
            known = [part.astype(object).where(part.notna(), None) for part in known]  # the NA of Int64 is no float
        whole = pd.concat(known) if known else pd.Series(np.nan, range(length), dtype=object)
        if len(whole) < length:
            whole = (whole.astype("Int64") if whole.dtype == "int64" else whole).reindex(range(length))
        columns[name] = _typed(whole)
    return pd.DataFrame(columns, columns=names)


def _typed(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of what drivers return, as one of pandas' own types."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC")
    if values.dtype != object:
        return values
    known = values.dropna()
    types = {type(value) for value in known}
    if types <= {bool}:
        return values.where(values.notna(), None)
    if types <= operands.NUMBERS:
        return _whole(values) if types == {int} else _number(values, known)
    if types <= {bool, *operands.NUMBERS}:
        return values.astype("float64")
    if all(issubclass(kind, datetime.date) for kind in types):  # a datetime is one too
        aware = any(getattr(value, "tzinfo", None) for value in known)
        return pd.to_datetime(values, utc=aware)
    return values.map(_text, na_action="ignore").astype("str")


def _number(values: "pd.Series[Any]", known: "pd.Series[Any]") -> "pd.Series[Any]":
    """Floats, unless one of them would lose a digit, or the digits are NUMERIC's."""
    exact = all(type(value) is float or (type(value) is int and float(value) == value) for value in known)
    return values.astype("float64") if exact else values.where(values.notna(), None)


def _floats(frame: pd.DataFrame, *types: Any) -> pd.DataFrame:
    """A table in which numbers in columns of these types are floats, as estimators take them."""
    columns = {name: frame[name] for name in frame}
    numbers = [name for name, values in columns.items() if values.dtype in types and operands.is_exact(values)]
    asked = [name for name in numbers if beyond_floats(columns[name]) is None]
    return pd.DataFrame({**columns, **{name: columns[name].astype("float64") for name in asked}}, index=frame.index)


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=_text, ensure_ascii=False)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime.timedelta):
        try:
            return str(pd.Timedelta(value))  # the same in each chunk
        except (OverflowError, ValueError):
            return str(value)
    return str(value)
