"""The node `db` of the config and its statement, checked before a database hears of them."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from mlzoo import where
from mlzoo.errors import ConfigError, nearest

KEYS = (
    *("name", "url", "drivername", "host", "port", "database", "user", "password", "options"),
    *("query", "params", "where", "ext", "chunk_rows"),
)
EXTS = ("csv", "xlsx")
PARTS = ("host", "database", "user")  # which a URL holds too
DRIVERS = {"postgresql+psycopg": ("psycopg", "postgres"), "postgresql+psycopg2": ("psycopg2", "warehouse")}
READING = ("select", "with", "values", "table")
FROM_ENVIRONMENT = re.compile(r"\$\{oc\.env:[^,{}]+(,\s*(null|''|\"\")?\s*)?\}")
NAMED_SECRET = re.compile(r"password|passwd|secret|token", re.IGNORECASE)
IN_URL = re.compile(
    r"://[^:/@]*:(?!\$)[^@\s]+@|[?&][^=&]*(password|passwd|secret|token)[^=&]*=(?!\$)[^&\s]", re.IGNORECASE
)
ASIDE = re.compile(  # what holds no word of a statement: comments and what is quoted
    r"--[^\n\r]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(?<![\w$])(\$(?:[A-Za-z_]\w*)?\$).*?\1", re.DOTALL
)


def check_node(node: Any, *, read: bool) -> None:
    """Check a node `db`.

    Parameters
    ----------
    node : mapping
        Of a plain config.
    read : bool
        Whether its query is going to be sent, and must be there.

    Raises
    ------
    ConfigError
        With the key, the value and what to do.
    """
    if not isinstance(node, Mapping):
        raise ConfigError(f"db={node!r}: must be an option of the group, such as +db=postgres.")
    for key in node:
        if key not in KEYS:
            raise ConfigError(f"db.{key}: there is no such key.{nearest(str(key), KEYS)} There are: {', '.join(KEYS)}.")
    refuse_spelled_out(node)
    twice = [key for key in PARTS if node.get(key) is not None]
    if node.get("url") is not None and twice:
        raise ConfigError(f"db.url and db.{twice[0]} are both given: the URL says it all, leave db.{twice[0]} out.")
    for key in ("options", "params"):
        if not isinstance(node.get(key) or {}, Mapping):
            raise ConfigError(f"db.{key}={node[key]}: must be names and values, such as db.{key}={{name: value}}.")
    if node.get("ext", "csv") not in EXTS:
        raise ConfigError(f"db.ext={node['ext']}: must be {' or '.join(EXTS)}.{nearest(str(node['ext']), EXTS)}")
    chunk = node.get("chunk_rows", 1)
    if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
        raise ConfigError(f"db.chunk_rows={chunk}: must be a whole number of 1 or more.")
    if read:
        _check_query(node)


def _check_query(node: Mapping[str, Any]) -> None:
    if not isinstance(node.get("query"), str) or not node["query"].strip():
        raise ConfigError("db.query is missing: say what to read, 'db.query=\"select * from table_name\"'.")
    check_statement(node["query"])
    if node.get("where") is not None:
        where.parse(str(node["where"]), where="db.where")
    module, extra = DRIVERS.get(str(node.get("drivername")), (None, None))
    if node.get("url") is None and module and find_spec(module) is None:
        raise ConfigError(f"db.drivername={node['drivername']} needs an extra: pip install 'mlzoo[{extra}]'")


def refuse_spelled_out(node: Any) -> None:
    """Refuse a password that stands in a file: what is composed from it is written beside every run.

    Raises
    ------
    ConfigError
        That names the key, not the value.
    """
    if not isinstance(node, Mapping):
        return
    for place, inner in (("db", node), ("db.options", node.get("options")), ("db.params", node.get("params"))):
        for key, value in inner.items() if isinstance(inner, Mapping) else ():
            named = NAMED_SECRET.search(str(key)) and value not in (None, "")
            if named and not FROM_ENVIRONMENT.fullmatch(str(value)):
                raise ConfigError(
                    f"{place}.{key} spells out a password: put it into an environment variable NAME and write "
                    f"{key}: ${{oc.env:NAME}}."
                )
    if IN_URL.search(re.sub(r"\$\{oc\.env:[^,{}]*,?", "$", str(node.get("url")))):
        raise ConfigError(
            "db.url spells out a password: put the URL into an environment variable NAME and write "
            "url: ${oc.env:NAME}, or leave the password out of it and give db.password=${oc.env:NAME}."
        )


def bare(statement: str) -> str:
    """A statement without comments, without what is quoted and without the semicolon at its end."""
    return ASIDE.sub(" ", statement).strip().rstrip("; \n\r\t")


def check_statement(statement: str) -> None:
    """Refuse what is not one statement that reads.

    Raises
    ------
    ConfigError
        With the word that it begins with.
    """
    words = bare(statement)
    if ";" in words:
        raise ConfigError("db.query holds several statements: give one, and without a semicolon within.")
    first = next(iter(re.findall(r"\w+", words)), "")
    if first.lower() not in READING:
        raise ConfigError(
            f"db.query begins with {first!r}: it must be a statement that reads ({', '.join(READING)}). "
            "A database is a source here, nothing is written to it."
        )


def is_ordered(statement: str) -> bool:
    """Whether a statement says itself in what order its rows come: an ORDER BY outside of all brackets."""
    words, shorter = "", bare(statement)
    while words != shorter:
        words, shorter = shorter, re.sub(r"\([^()]*\)", " ", shorter)
    return re.search(r"\border\s+by\b", words, re.IGNORECASE) is not None
