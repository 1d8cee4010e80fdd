"""From a statement in SQL to a DataFrame: in chunks, in a transaction that cannot write, with back-off.

The secrets of a node `db` are looked up here, when a connection is made, and live no longer than that.
"""

import datetime
import json
import logging
import re
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlzoo import sql, where
from mlzoo.errors import ConfigError, DataError
from mlzoo.reading import Source, fingerprint
from mlzoo.targets import from_environment, veil, veiled

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, TextClause
    from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

WAITS_S = (0.5, 1.0, 2.0, 4.0)  # before each further try to reach a database
LIBPQ = {  # what the network swallows is noticed within a minute
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "mlzoo",
}
PASSING = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")  # states of a server
LASTING = ("FATAL", "does not support SSL", "certificate")
SHOWN = 200  # characters of a statement


_answers: ContextVar[dict[str, Source] | None] = ContextVar("answers", default=None)


class _LostError(Exception):
    """The connection could not be made, or broke: another one may do."""


@contextmanager
def answers_kept(answers: dict[str, Source]) -> Iterator[None]:
    """Within it the last statement's table is kept in `answers`, and given again: cells of a multirun share it."""
    token = _answers.set(answers)
    try:
        yield
    finally:
        _answers.reset(token)


def source(node: Mapping[str, Any], *, folder: str = ".") -> Source:
    """The table of a run; within `answers_kept` the one that the same node has given before.

    Rows whose statement names no order come in one that depends on their values alone, as a server may return them in
    another one each time, and folds are made by row number.

    Raises
    ------
    ConfigError, DataError
        As `fetch`; also if there is no row.
    """
    kept, key = _answers.get(), json.dumps([node, folder], sort_keys=True, default=str)
    if kept is not None and key in kept:
        return kept[key]
    found = _table(node, folder)
    if kept is not None:
        kept.clear()  # of several tables the last one is in memory
        kept[key] = found
    return found


def _table(node: Mapping[str, Any], folder: str) -> Source:
    words = " ".join(str(node["query"]).split())
    name = f"{node.get('name') or 'db'}: {words if len(words) <= SHOWN else words[:SHOWN] + '…'}"
    frame, notes = fetch(node, folder=folder), []
    if frame.empty:
        condition = f" that db.where={str(node['where'])!r} is true for" if node.get("where") is not None else ""
        raise DataError(f"{name}: the result has no row{condition}.")
    if not sql.is_ordered(str(node["query"])):
        order = np.argsort(pd.util.hash_pandas_object(frame, index=False).to_numpy(), kind="stable")
        frame = frame.iloc[order].reset_index(drop=True)
        notes.append("the statement has no ORDER BY, rows are put into an order that depends on their values alone")
    return Source(frame, name, fingerprint(frame), notes)


def fetch(node: Mapping[str, Any], *, folder: str = ".") -> pd.DataFrame:
    """The rows of a statement that `db.where` is true for.

    Parameters
    ----------
    node : mapping
        A node `db` of a plain config; `${oc.env:…}` in it is looked up here.
    folder : str
        What the path of an SQLite file is relative to.

    Returns
    -------
    DataFrame
        Numbers (of NUMERIC too), booleans, timestamps (with a time zone: in UTC), and text, to which all other types
        are turned. A date is a timestamp at midnight.

    Raises
    ------
    ConfigError
        If a value of the node is wrong, or a package is missing.
    DataError
        If the database cannot be reached, refuses the statement, or returns two columns of the same name.
    """
    found = {key: _resolved(value, f"db.{key}") for key, value in node.items()}
    sql.check_statement(found["query"])
    engine, place = _engine(found, folder), f"{node.get('name') or 'db'}: {_place(found)}"
    statement, params = _statement(found["query"], found.get("params") or {})
    for tries, wait in enumerate((*WAITS_S, None), start=1):
        try:
            frame = _read(engine, statement, params, found.get("chunk_rows") or 50_000, place)
            break
        except _LostError as error:
            if wait is None:
                raise DataError(veiled(f"{place} cannot be reached, in {tries} tries: {error}")) from None
            log.warning(veiled(f"{place} cannot be reached: {error} Again in {wait:g} s."))
            time.sleep(wait)
        finally:
            engine.dispose()
    if node.get("where") is None or frame.empty:
        return frame
    return where.rows(frame, str(found["where"]), where="db.where")


def _resolved(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _resolved(inner, f"{key}.{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, key) for inner in value]
    return from_environment(value, where=key)


# -- connecting ---------------------------------------------------------------------------------------------------


def _url(node: Mapping[str, Any]) -> "URL":
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        port = None if node.get("port") in (None, "") else int(node["port"])
    except ValueError:
        raise ConfigError(f"db.port={node['port']}: must be a whole number.") from None
    if node.get("url") is None:
        user, password, host, database = (
            None if node.get(key) is None else str(node[key]) for key in ("user", "password", "host", "database")
        )
        drivername = str(node.get("drivername") or "postgresql+psycopg")
        url = URL.create(drivername, user, password, host, port, database)
    else:
        try:
            url = make_url(str(node["url"]))
        except (ArgumentError, ValueError):
            raise ConfigError(
                "db.url: no URL of a database, such as postgresql+psycopg://user@host/name (in a password @ : / and % "
                "are written as %40 %3A %2F %25)."
            ) from None
        if url.password is None and node.get("password") is not None:
            url = url.set(password=str(node["password"]))
        veil(url.password, "${oc.env:…} (password)")
    return url.update_query_dict({str(key): str(value) for key, value in (node.get("options") or {}).items()})


def _place(node: Mapping[str, Any]) -> str:
    """Where a database is, in words without user and password."""
    url = _url(node)
    if url.get_backend_name() == "sqlite":
        return f"the file {url.database}"
    port = "" if url.port is None else f":{url.port}"
    return f"the database {url.database or 'of the default name'} on {url.host or 'the default host'}{port}"


def _engine(node: Mapping[str, Any], folder: str) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url, options = _url(node), {}
    if url.get_backend_name() == "sqlite":
        url = _sqlite(url, folder)
    elif url.drivername in sql.DRIVERS:
        options = {key: value for key, value in LIBPQ.items() if key not in url.query}
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(veiled(f"db.drivername={url.drivername}: {str(error).splitlines()[0]}")) from None
    except ImportError as error:
        extra = sql.DRIVERS.get(url.drivername, ("", ""))[1]
        how = f"pip install 'mlzoo[{extra}]'" if extra else f"pip install {error.name}"
        raise ConfigError(f"db.drivername={url.drivername} needs the package {error.name}: {how}") from None
    if url.drivername == "postgresql+psycopg2":  # Redshift has no such setting, and nothing is quoted here
        setattr(engine.dialect, "_set_backslash_escapes", lambda connection: None)  # noqa: B010
    return engine


def _sqlite(url: "URL", folder: str) -> "URL":
    """An SQLite file, opened for reading alone, so that a name that is wrong makes no new file."""
    if not url.database:
        raise DataError("db.database is missing: name the file, db.database=FILE.")
    path = Path(folder, Path(url.database).expanduser())
    if not path.is_file():
        raise DataError(f"db.database={url.database}: there is no such file ({path.resolve()}).")
    quoted = urllib.parse.quote(str(path.resolve()))
    return url.set(database=f"file:{quoted}").update_query_dict({"mode": "ro", "uri": "true"})


def _read_only(engine: "Engine") -> "Connection":
    """A connection on which the database itself refuses to write."""
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif engine.dialect.name in ("postgresql", "redshift"):
        connection = connection.execution_options(postgresql_readonly=True)
    return connection


# -- reading ------------------------------------------------------------------------------------------------------


def _statement(query: str, params: Mapping[str, Any]) -> "tuple[TextClause, dict[str, Any]]":
    from sqlalchemy import bindparam, text

    statement = text(re.sub(r"(?<![:\w\\]):(\w+)(?=::)", r"(:\1)", query))  # :name::type, which it does not understand
    named, given = set(statement._bindparams), set(map(str, params))
    if named - given:
        name = min(named - given)
        raise ConfigError(
            f"db.query names the parameter :{name}, which db.params lacks: pass 'db.params={{{name}: VALUE}}' "
            "(a colon that is none of a parameter's is written \\:)."
        )
    if given - named:
        raise ConfigError(f"db.params.{min(given - named)}: db.query has no :{min(given - named)}.")
    several: list[Any] = [
        bindparam(str(key), expanding=True) for key, value in params.items() if isinstance(value, list)
    ]
    return statement.bindparams(*several), {str(key): value for key, value in params.items()}


def _read(
    engine: "Engine", statement: "TextClause", params: Mapping[str, Any], chunk_rows: int, place: str
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
                return _joined([_chunk(rows, names) for rows in result.partitions(chunk_rows)], names)
    except DBAPIError as error:
        if error.connection_invalidated or (not connected and _may_pass(error)):
            raise _LostError(_reason(error)) from None
        refusal = _refusal(error) if connected else f"{place} refuses the connection: {_reason(error)}"
        raise DataError(veiled(refusal)) from error
    except SQLAlchemyError as error:
        raise DataError(veiled(f"db.query: {str(error).splitlines()[0]}")) from error


def _may_pass(error: "DBAPIError") -> bool:
    """Whether a database that could not be reached may be there in a moment: not where it has refused the user."""
    if type(error).__name__ != "OperationalError" or "sqlite" in type(error.orig).__module__:
        return False
    text = str(error.orig)
    return any(state in text for state in PASSING) or not any(word in text for word in LASTING)


def _reason(error: "DBAPIError") -> str:
    """What the database or its driver says, in a line."""
    said = getattr(error.orig, "diag", None)
    lines = [getattr(said, "message_primary", None), getattr(said, "message_hint", None)]
    if not any(lines):
        lines = [next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)]
    return " ".join(f"{line.strip().rstrip('.')}." for line in lines if line)


def _refusal(error: "DBAPIError") -> str:
    reason = _reason(error)
    writes = ("read-only", "readonly", "data-modifying", "cannot specify INTO")
    if any(word in reason for word in writes):
        return f"db.query would write, and a database is a source here: it was refused: {reason}"
    return f"db.query: the database says: {reason}"


# -- the frame ----------------------------------------------------------------------------------------------------


def _chunk(rows: Sequence[Any], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame.from_records([tuple(row) for row in rows], columns=names, coerce_float=True)


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
        whole = pd.concat(known).reindex(range(length)) if known else pd.Series(np.nan, range(length), dtype=object)
        columns[name] = _typed(whole)
    return pd.DataFrame(columns, columns=names)


def _typed(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of what drivers return, as one of pandas' own types."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        found: pd.Series[Any] = values.dt.tz_convert("UTC")
        return found
    if values.dtype != object:
        return values
    types = {type(value) for value in values.dropna()}
    if types <= {bool}:
        return values.where(values.notna(), None)
    if types <= {bool, int, float, Decimal}:
        return values.astype("float64")
    if all(issubclass(kind, datetime.date) for kind in types):  # a datetime is one too
        aware = any(getattr(value, "tzinfo", None) for value in values.dropna())
        return pd.to_datetime(values, utc=aware)
    return values.map(_text, na_action="ignore").astype("str")


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)
