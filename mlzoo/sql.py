"""The node `db` of the config and its statement, checked before a database hears of them."""

import re
import urllib.parse
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlzoo import where
from mlzoo.errors import ConfigError, DataError, first_line, nearest
from mlzoo.targets import from_environment, redact

if TYPE_CHECKING:
    from sqlalchemy import URL, TextClause
    from sqlalchemy.exc import DBAPIError

KEYS = (
    *("name", "url", "drivername", "host", "port", "database", "user", "password", "options"),
    *("query", "params", "where", "ext", "chunk_rows"),
)
EXTS = ("csv", "xlsx")
PARTS = ("host", "database", "user")  # which a URL holds too
DRIVERS = {"postgresql+psycopg": ("psycopg", "postgres"), "postgresql+psycopg2": ("psycopg2", "warehouse")}
READING = ("select", "with", "values", "table")
FROM_ENVIRONMENT = re.compile(r"\$\{oc\.env:[^,{}]+(,\s*(null|''|\"\")?\s*)?\}")
NAMED_SECRET = re.compile(r"password|passwd|secret|token(?!i[sz])|pwd\d*$", re.IGNORECASE)
IN_URL = re.compile(
    r"://[^:/@]*:(?!\$)[^@\s]+@|[?&][^=&]*(password|passwd|secret|token|pwd(?=\d*=))[^=&]*=(?!\$)[^&\s]", re.IGNORECASE
)
PASSING = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")  # states of a server
NO_PASSWORD, WRONG_PASSWORD = "no password supplied", "password authentication failed"
LASTING = ("FATAL", "does not support SSL", "certificate", "invalid sslmode", "invalid port", NO_PASSWORD)
ASIDE = re.compile(  # what holds no word of a statement: comments and what is quoted
    r"\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
    r"|--[^\n\r]*|/\*.*?\*/|(?<![\w$])(\$(?:[A-Za-z_]\w*)?\$).*?\1",
    re.DOTALL,
)
# of what is filled into the name of a file
IN_NAME = re.compile(rf"{NAMED_SECRET.pattern}|(^|[_.])(pass|pw|url|dsn|key|credentials?)\d*$", re.IGNORECASE)
FOLDERS = ("PWD", "OLDPWD")  # variables of a shell that hold no password


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
    for name, value in (node.get("params") or {}).items():
        if any(isinstance(one, Mapping) for one in (value if isinstance(value, list) else [value])):
            raise ConfigError(f"db.params.{name}={value}: must be a value, or a list of values.")
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
    check_statement(from_environment(node["query"], where="db.query"))
    if node.get("where") is not None:
        where.parse(str(node["where"]), where="db.where")
    module, extra = DRIVERS.get(str(node.get("drivername")), (None, None))
    if node.get("url") is None and module and find_spec(module) is None:
        raise ConfigError(f"db.drivername={node['drivername']} needs an extra: pip install 'mlzoo[{extra}]'")


def refuse_spelled_out(node: Any, name: str = "db") -> None:
    """Refuse a password that stands in a file: what is composed from it is written beside every run.

    Raises
    ------
    ConfigError
        That names the key, not the value.
    """
    if not isinstance(node, Mapping):
        return
    for place, inner in ((name, node), *((f"{name}.{part}", node.get(part)) for part in ("options", "params"))):
        for key, value in inner.items() if isinstance(inner, Mapping) else ():
            named = NAMED_SECRET.search(str(key)) and isinstance(value, str) and value
            if named and not FROM_ENVIRONMENT.fullmatch(str(value)):
                raise ConfigError(
                    f"{place}.{key} spells out a password: put it into an environment variable NAME and write "
                    f"{key}: ${{oc.env:NAME}}."
                )
    if IN_URL.search(re.sub(r"\$\{oc\.env:[^,{}]*,?", "$", str(node.get("url")))):
        apart = ", or leave the password out of it and give db.password=${oc.env:NAME}" if name == "db" else ""
        raise ConfigError(
            f"{name}.url spells out a password: put the URL into an environment variable NAME and write "
            f"url: ${{oc.env:NAME}}{apart}."
        )


def refuse_in_name(word: str) -> None:
    """Refuse a file's name that a secret is filled into.

    Parameters
    ----------
    word : str
        As it was given, `output=NAME` or `--export NAME`.

    Raises
    ------
    ConfigError
        With what is filled in, not its value.
    """
    for filled in re.findall(r"\$\{[^}]*", word):
        names = [name for name in re.findall(r"[\w.]+", filled) if name not in FOLDERS]
        if any(IN_NAME.search(name) or name == "db" for name in names):
            raise ConfigError(f"{word}: {filled}}} is a secret, or may hold one: it may not stand in a file's name.")


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


def is_ordered(node: Mapping[str, Any]) -> bool:
    """Whether the statement of a node says in what order its rows come: an ORDER BY in no brackets but those of all."""
    words, shorter = "", bare(from_environment(str(node["query"]), where="db.query"))
    while words != shorter and shorter.strip("() "):
        words, shorter = shorter, re.sub(r"\([^()]*\)", " ", shorter)
    return re.search(r"\border\s+by\b", words, re.IGNORECASE) is not None


# -- for SQLAlchemy -----------------------------------------------------------------------------------------------


def url_of(node: Mapping[str, Any]) -> "URL":
    """Where a node `db`, whose values are looked up, says that its database is.

    Raises
    ------
    ConfigError
        If the port is no number, or `db.url` no URL of a database.
    """
    from sqlalchemy.engine import URL

    try:
        port = None if node.get("port") in (None, "") else int(node["port"])
    except ValueError:
        raise ConfigError(f"db.port={node['port']}: must be a whole number.") from None
    if node.get("url") is None:
        user, password, host, database = (
            None if node.get(key) is None else str(node[key]) for key in ("user", "password", "host", "database")
        )
        url = URL.create(str(node.get("drivername") or "postgresql+psycopg"), user, password, host, port, database)
    else:
        try:
            url = parsed(str(node["url"]))
        except ValueError as error:
            raise ConfigError(f"db.url: {error}") from None
        if url.password is None and node.get("password") is not None:
            url = url.set(password=str(node["password"]))
        redact(url.password, "${oc.env:…} (password)")
    if url.drivername == "postgres":  # as many providers write it, and SQLAlchemy no longer does
        key, end = ("drivername", "") if node.get("url") is None else ("url", "://")
        raise ConfigError(f"db.{key}: postgres{end} is no driver's name: write postgresql+psycopg{end}.")
    return with_driver(url).update_query_dict(
        {str(key): str(value) for key, value in (node.get("options") or {}).items()}
    )


def with_driver(url: "URL") -> "URL":
    """A URL that names the driver of PostgreSQL, which SQLAlchemy would choose by its version."""
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def parsed(text: str) -> "URL":
    """The URL of a database.

    Raises
    ------
    ValueError
        If it is none, or a password in it may end elsewhere than it seems to, so that messages would show its end.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
        behind = re.sub(r"://[^:/]*(:[^@]*)?@", "", text, count=1)  # user, who may have an @ too, and password
        port = re.search(r"://[^:/]*:\d+[/?]", text)  # which is read as a password's begin where an @ comes behind it
        if url.password is None or not (port or "@" in behind):  # an @ in the name of a file, or among options
            return url
    except (ArgumentError, ValueError):
        pass
    raise ValueError(
        "no URL of a database, such as postgresql+psycopg://user@host/name (in a password @ : / ? and % are written "
        "as %40 %3A %2F %3F %25, and behind one so is @)."
    ) from None


def file_url(url: "URL", folder: str) -> "URL":
    """An SQLite file, opened for reading alone, so that a name that is wrong makes no new file.

    Raises
    ------
    DataError
        If it is not there.
    """
    if not url.database:
        raise DataError("db.database is missing: name the file, db.database=FILE.")
    path = Path(folder, Path(url.database).expanduser())
    if not path.is_file():
        raise DataError(f"db.database={url.database}: there is no such file ({path.resolve()}).")
    quoted = urllib.parse.quote(str(path.resolve()))
    return url.set(database=f"file:{quoted}").update_query_dict({"mode": "ro", "uri": "true"})


def place_of(url: "URL") -> str:
    """Where a database is, in words without user and password."""
    if url.get_backend_name() == "sqlite":
        return f"the file {url.database}"
    port = "" if url.port is None else f":{url.port}"
    return f"the database {url.database or 'of the default name'} on {url.host or 'the default host'}{port}"


def password_of(node: Mapping[str, Any], url: "URL") -> str:
    """The environment variable that a node `db` as it is written takes its password from, or might."""
    of_url = str(node.get("url") or "").split("@")[0]  # what stands before its host
    for text in (of_url if url.password else "", str(node.get("password") or ""), of_url):
        if names := re.findall(r"\$\{oc\.env:([^,{}]+)", text):
            return str(names[-1]).strip()
    return "PGPASSWORD"  # which libpq reads itself


def prepared(query: str, params: Mapping[str, Any]) -> "tuple[TextClause, dict[str, Any]]":
    """A statement with its parameters, those that are lists expanded.

    Raises
    ------
    ConfigError
        If either names a parameter that the other lacks.
    """
    from sqlalchemy import bindparam, text

    query = ASIDE.sub(lambda found: re.sub(r"(?<!\\):", r"\\:", found[0]), query)  # is no parameter
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


def may_pass(error: "DBAPIError") -> bool:
    """Whether a database that could not be reached may be there in a moment: not where it has refused the user."""
    if type(error).__name__ != "OperationalError" or "sqlite" in type(error.orig).__module__:
        return False
    text = str(error.orig)
    return any(state in text for state in PASSING) or not any(word in text for word in LASTING)


def denial(said: str, password: str, *, given: bool) -> str:
    """That a database lets nobody in, and which environment variable may be at fault."""
    if NO_PASSWORD in said:
        return f"wants a password: set {password}."
    hint = f" The password is that of {password}." if given else f" Set {password}."
    return f"refuses the connection: {said}{hint if WRONG_PASSWORD in said else ''}"


def reason(error: "DBAPIError") -> str:
    """What the database or its driver says, in a line."""
    said = getattr(error.orig, "diag", None)
    lines = [getattr(said, "message_primary", None), getattr(said, "message_hint", None)]
    if not any(lines):
        lines = [first_line(error.orig)]
    return " ".join(f"{line.strip().rstrip('.')}." for line in lines if line)


def is_no_date(said: str) -> bool:
    """Whether a driver says of a date that Python has none such: infinity, or of another year than 1 to 9999."""
    return re.match(r"(?:timestamp|date) too (?:large|small)|year -?\d+ is out of range", said) is not None


def refused_date(said: str) -> str:
    """What is to be said of it."""
    within = "CASE WHEN column BETWEEN '0001-01-01' AND '9999-12-31' THEN column END AS column"
    return f"db.query: {said.removesuffix('.')}. Where such stand for none: {within}."


def refusal(error: "DBAPIError") -> str:
    """Why a database has not carried out a statement."""
    said = reason(error)
    if is_no_date(said):
        return refused_date(said)
    if re.match(r"can't parse (time|interval)", said):  # 24:00
        return f"db.query: the driver says: {said} Read it as text: CAST(column AS varchar) AS column."
    writes = ("read-only", "readonly", "data-modifying", "cannot specify INTO", "INTO is not allowed")
    if any(word in said for word in writes):
        return f"db.query would write, and a database is a source here: it was refused: {said}"
    return f"db.query: the database says: {said}"
