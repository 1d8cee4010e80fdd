"""A database as a source: a real PostgreSQL by two drivers, SQLite, and reports by `query`."""

import datetime
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import sqlalchemy
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from sklearn.datasets import load_iris

from mlzoo import cli, database, record, run, runner, shared, sql, where
from mlzoo import query as query_module
from mlzoo.composition import config
from mlzoo.composition.composing import compose, compose_query, make_loader
from mlzoo.errors import ConfigError, DataError
from mlzoo.grammar import override_value
from mlzoo.tables import data
from tests.conftest import Program
from tests.program import own_environment
from tests.server import PASSWORD

CELL = ("+preprocess=simple", "+models=lr", "n_jobs=1")
FAST = ("validation.n_splits=3", "validation.n_repeats=1", "target=species")
Plain = Callable[..., dict[str, Any]]
IRIS = "select * from iris order by id"
TYPES = """
create table types (i int, b bigint, n numeric(10, 2), r real, ok boolean, d date, ts timestamp, tz timestamptz, s text,
  j jsonb, u uuid, by bytea, iv interval, tm time, arr int[], nothing text);
insert into types select g, nullif(g, 7), g / 4.0, g / 2.0, nullif(g, 3) % 2 = 0, date '2020-01-01' + g,
  timestamp '2020-01-01 10:30' + g * interval '1 day', timestamptz '2020-02-01 10:00+00' + g * interval '9 days',
  case when g > 5 then 'name ' || g end, '{"b": 1, "a": [1, 2]}', '00000000-0000-0000-0000-00000000000a', '\\x00ff',
  g * interval '1 hour', time '10:30', array[1, g], null from generate_series(1, 20) g;
create sequence numbers;
create function writing() returns int language plpgsql as
  $$ begin insert into types (i) values (0); return 1; end $$;
"""


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[sqlalchemy.Engine]:
    """A PostgreSQL with the tables iris and types."""
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        iris().to_sql("iris", connection, index=False)
        assert isinstance(connection.connection.dbapi_connection, object)
        connection.connection.cursor().execute(TYPES)
    yield engine
    engine.dispose()


@pytest.fixture(params=["postgresql+psycopg", "postgresql+psycopg2"])
def node(request: pytest.FixtureRequest, server: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A node `db` for each driver."""
    monkeypatch.setenv("ZOO_PASSWORD", PASSWORD)
    monkeypatch.setenv("PGTZ", "Europe/Berlin")  # a session's time zone makes no difference
    return {
        "name": "zoo",
        "drivername": request.param,
        "host": "127.0.0.1",
        "port": server.url.port,
        "user": "zoo",
        "database": "postgres",
        "password": "${oc.env:ZOO_PASSWORD}",
        "query": IRIS,
    }


@pytest.fixture
def words(server: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The words of the command line that name the server."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return ("+db=postgres", "db.host=127.0.0.1", f"db.port={server.url.port}", "db.database=postgres", "db.user=zoo")


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An SQLite file in the start folder."""
    monkeypatch.chdir(tmp_path)
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/iris.db")
    with engine.begin() as connection:
        iris().to_sql("iris", connection, index=False)
    engine.dispose()
    return tmp_path / "iris.db"


LITE = ("+db=sqlite", "db.database=iris.db", f"db.query='{IRIS}'")


def iris() -> pd.DataFrame:
    bunch = load_iris(as_frame=True)
    frame = bunch.frame.rename(columns=lambda name: name.removesuffix(" (cm)").replace(" ", "_"))
    names = frame.pop("target").map(dict(enumerate(bunch.target_names.tolist())))
    return frame.assign(species=names, id=range(len(frame)))


def holding(folder: Path, secret: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


# -- statements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "select 1",
        "  -- a comment; of two parts\n SELECT 1;\n",
        "/* drop; */ with a as (select 1) select * from a",
        "(select 1) union (select 2)",
        "values (1, 2)",
        "table iris",
        "select ';', \"a;b\", $$ ; $$, $x$ $$ ; $x$ from t",
    ],
)
def test_a_statement_that_reads(statement: str) -> None:
    sql.check_statement(statement)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("delete from iris", "begins with 'delete'"),
        ("-- select\nUPDATE iris SET a = 1", "begins with 'UPDATE'"),
        ("copy iris to program 'cat'", "begins with 'copy'"),
        ("attach 'x.db' as x", "begins with 'attach'"),
        ("-- nothing", "begins with ''"),
        ("select 1; drop table iris", "several statements"),
        ("select 1 -- \r; commit; drop table iris", "several statements"),
        ("select a$$; commit; drop table iris; select b$$ from t", "several statements"),
        ("select 'a\\'; commit; drop table iris; --'", "several statements"),
        ("select E'\\''; commit; drop table iris; --'", "several statements"),
        ("/* /* */ select 1; drop table iris; */ select 1", "several statements"),
    ],
)
def test_a_statement_that_is_refused(statement: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        sql.check_statement(statement)


@pytest.mark.parametrize(
    ("statement", "ordered"),
    [
        ("select * from t order  by a", True),
        ("select * from t", False),
        ("select rank() over (partition by (a) order by b) from (select * from t order by a) x", False),
        ("select 'order by' from t -- order by a", False),
        ("((select * from t order by (a)));", True),
        ("(select * from t order by a) union (select * from u order by a)", False),
    ],
)
def test_whether_a_statement_orders_its_rows(statement: str, ordered: bool) -> None:
    assert sql.is_ordered({"query": statement}) == ordered


# -- where --------------------------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame(
    {
        "age": [1.0, 30.0, None, 70.0],
        "full name": ["ann b", "bob c", "cay@d", None],
        "born": pd.to_datetime(["2019-01-01", "1990-02-03", "1980-01-01", "1950-01-01"]),
        "_c0_": [1, 2, 3, 4],
        "seen": pd.to_datetime(["2020-01-01 01:00+02:00", "2020-01-01", "2020-01-02", None], utc=True, format="mixed"),
        "stay": pd.to_timedelta(["1h", None, "30min", "2 days"]),
        "at": ["09:00:00", None, "10:30:00", "23:59:59.500000"],
        "ok": pd.Series([True, None, False, True], dtype=object),
        "large": pd.Series([9007199254740993, None, 9007199254740992, 4], dtype="Int64"),
        "exact": pd.Series([Decimal("0.1"), None, Decimal(12345678901234567890), Decimal(2)], dtype=object),
        "whole": pd.Series([Decimal(12345678901234567891), None, Decimal(12345678901234567890), None], dtype=object),
    }
)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("age > 5", [1, 3]),
        ("age > 5 and `full name` == 'bob c'", [1]),
        ("age > 5 & _c0_ < 4 | _c0_ == 1", [0, 1]),
        ("not (age > 5 & _c0_ < 4)", [0, 2, 3]),
        ("`full name` == 'cay@d'", [2]),
        ("`full name`.str.contains('b', na=False)", [0, 1]),
        ("born < '1985-01-01' and age.notna()", [3]),
        ("born.dt.year == 1990", [1]),
        ("age > age.mean()", [3]),
        ("seen < '2020-01-01'", [0]),
        ("seen.dt.year == 2019 or ok == False", [0, 2]),
        ("_c0_ in [2, 3]", [1, 2]),
        ("sqrt(_c0_) == 2", [3]),
        ("5 <\nage", [1, 3]),
        ("age > 500", []),
        ("ok", [0, 3]),
        ("not ok", [2]),
        ("~ok and age.isna()", [2]),
        ("ok.isna() or ok & age > 50", [1, 3]),
        ("large == 9007199254740993", [0]),
        ("not (large == 9007199254740993)", [1, 2, 3]),
        ("large * 2 > 8", [0, 2]),
        ("exact == 0.1 or exact == 12345678901234567890", [0, 2]),
        ("whole == 12345678901234567890", [2]),
        ("sqrt(exact) < 1", [0]),
        ("born == '1990-02-03'", [1]),
        ("'1990-02-03' == born", [1]),
        ("born != '1990-02-03' and age > 0", [0, 3]),
        ("born in ['1990-02-03', '1950-01-01']", [1, 3]),
        ("born not in ['1990-02-03']", [0, 2, 3]),
        ("born.isin(['1990-02-03']) or `full name`.isin(['ann b'])", [0, 1]),
        ("seen.dt.normalize() == '2020-01-01'", [1]),
        ("not (seen == '2020-01-02')", [0, 1, 3]),
        ("born.dt.strftime('%Y') == '1990'", [1]),
        ("born.dt.strftime('%d.%m.%Y') == '03.02.1990'", [1]),
        ("born.isin(values=['1990-02-03'])", [1]),
        ("born.dt.floor('D') == '03.02.1990'", [1]),
        ("seen.dt.floor('h') >= '2020-01-01T01:00+01:00'", [1, 2]),
        ("born >= '03.02.1990'", [0, 1]),
        ("born < '3.2.1990' and born > '31/12/1949'", [2, 3]),
        ("born in ['03.02.1990 00:00', '01/01/1950']", [1, 3]),
        ("seen > '01.01.2020 02:00+02:00'", [2]),
        ("ok == 1 and age > 5", [3]),
        ("_c0_.between(1, 3, 'neither')", [1]),
        ("_c0_.between(1, 3, inclusive='left')", [0, 1]),
        ("(seen >= '2020-01-01 02:00+02:00') == True", [1, 2]),
        ("stay == '30min'", [2]),
        ("at == '9:00'", [0]),
        ("at > '09:00'", [2, 3]),
        ("'9:00' < at <= '10:30'", [2]),
        ("at.between('9:00', '10:30')", [0, 2]),
        ("at in ['9:00', '10:30:00'] and age > 0", [0]),
        ("at.isin(values=['9:00'])", [0]),
        ("`full name` == '9:00'", []),
        ("seen >= '2020-01-01 02:00+02:00'", [1, 2]),
        ("seen == '2020-01-01T01:00+01:00'", [1]),
        ("seen.isin(['2020-01-02T00:00Z'])", [2]),
        ("born < seen and ok == _c0_ and age != exact", [0]),
        ("`full name` != at and born.notna()", [0, 1, 2, 3]),
    ],
)
def test_rows_that_an_expression_keeps(expression: str, kept: list[int]) -> None:
    found = where.rows(PEOPLE, expression, where="db.where")
    pd.testing.assert_frame_equal(found, PEOPLE.iloc[kept].reset_index(drop=True))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("agee > 5", "there is no column 'agee'. Did you mean 'age'.*There are: age, full name, born"),
        ("age >", "no expression of pandas' query syntax"),
        ("age = 5", "no expression of pandas' query syntax"),
        ("import os", "no expression of pandas' query syntax"),
        ("age + 1", "not true or false for each row"),
        ("`full name` > 1", r"cannot be worked out \(TypeError.*full name \(str\)"),
        ("@os.system('x') > 1", "@ names a variable of Python"),
        ("__pd_eval_local_pd.io > 1", "io may not be used"),
        ("__pd_eval_local_pd > 1", "there is no column '__pd_eval_local_pd'"),
        ("age.to_csv('made.csv') == 1", "to_csv may not be used"),
        ("age.str.to_csv.__class__ == 1", "__class__ may not be used"),
        ("'{0.__class__}'.format(age) == ''", "format may not be used"),
        ("age.abs().pipe(age) == 1", "pipe may not be used"),
        ("eval('1') == age", "there is no column 'eval'"),
        ("(lambda: age)() > 1", "cannot be worked out"),
        ("born == 'now or then'", r"cannot be worked out \(TypeError.*born \(datetime64"),
        ("born in ['1990-02-03', 5]", r"cannot be worked out \(TypeError"),
        ("born.dt.date == '1990-02-03'", r"cannot be worked out \(TypeError"),
        (
            "born > 2024",
            r"cannot be worked out \(TypeError: 2024 is no time: write '2026-12-31', or compare \.dt\.year",
        ),
        ("seen != -1", "-1 is no time"),
        ("stay == 2", "2 is no interval: write '2 days'"),
        ("`full name` == _c0_", "text on the left, numbers on the right: no row would be equal"),
        ("_c0_ + 1 != born.dt.floor('D')", "numbers on the left, times on the right"),
        ("born == at", "times on the left, text on the right"),
        ("`full name` == 7", "7 is a number, and the column holds text: write '7'"),
        ("`full name` not in ['ann b', -7]", "-7 is a number, and the column holds text"),
        ("`full name`.isin(values=[7])", "7 is a number, and the column holds text"),
        ("age == '5'", "'5' is text, and the column holds numbers: write one"),
        ("'5' != exact", "'5' is text, and the column holds numbers: write one"),
        ("age.between('1', '9')", "'1' is text, and the column holds numbers"),
        ("ok == 'true'", "'true' is text, and the column holds true or false: write True or False"),
        ("born >= '03/04/1990'", "'03/04/1990' can be read in two ways: write the year first, as in 2026-12-31"),
        ("born >= '03.04.90'", "'03.04.90' has a year of two digits: write all four of them first, as in 2026-12-31"),
        ("exact + 1", r"not true or false.*ok \(boolean\), large \(float64\), exact \(float64\)"),
    ],
)
def test_an_expression_that_is_refused(
    expression: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigError, DataError), match=reason):
        where.rows(PEOPLE, expression, where="db.where")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("ts > '15.01.2024'", [1, 2]),
        ("ts > '16.01.2024 9:30'", [1, 2]),
        ("ts > '16.01.2024 10:00'", [2]),
        ("ts == '16.01.2024 10:00'", [1]),
        ("zulu >= '16.01.2024 10:00'", [1, 2]),
        ("version >= '1.2.2024.5'", [2]),
        ("minute == '16.01.2024 10:00'", [1]),
        ("minute >= '2024-01-16 10:00:00'", [1, 2]),
        ("day == '15.01.2024'", [0]),
        ("ts.str.slice(0, 10) == '15.01.2024'", []),
        ("ts.str.slice(0, 10) == '14.01.2024'", [0]),
        ("day.between('16.01.2024', '31.1.2024')", [1]),
        ("day in ['15.01.2024', '2024-02-01']", [0, 2]),
        ("german == '01.02.2024'", [2]),
        ("note == '15.01.2024'", [0]),
    ],
)
def test_dates_that_a_database_has_as_text(expression: str, kept: list[int]) -> None:
    table = pd.DataFrame({"ts": ["2024-01-14 10:00:00", "2024-01-16 10:00:00", "2024-02-01 10:00:00"]})
    table["day"] = ["2024-01-15", "2024-01-16", "2024-02-01"]
    table = table.assign(zulu=table["ts"].str.replace(" ", "T"), version=["1.2.2024.2", "1.10.2024", "1.3.2024"])
    table = table.assign(minute=table["ts"].str[:-3])
    table = table.assign(german=["15.01.2024", "16.01.2024", "01.02.2024"], note=["15.01.2024", "open", None])
    assert list(where.rows(table.assign(at=range(3)), expression, where="db.where")["at"]) == kept
    with pytest.raises(DataError, match="'01/02/2024' can be read in two ways"):
        where.rows(table, "day > '01/02/2024'", where="db.where")
    with pytest.raises(DataError, match=r"dates as text, .* with the year first in db\.query"):
        where.rows(table, "german > '15.01.2024'", where="db.where")


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("none", []),
        ("not none", []),
        ("ok or none", [0, 3]),
        ("none.str.contains('a') or age > 50", [3]),
        ("none.dt.year == 2026", []),
        ("none.dt.total_seconds() > 5", []),
        ("none + 1 > age", []),
        ("-none < 1 or sqrt(none) > 1 or none.abs() > 1", []),
        ("none > 'a' or none < 5", []),
        ("none - born > '1 days' or seen - none > '1 days' or (none - born).dt.days < 9", []),
        ("none - none > '1 days'", []),
    ],
)
def test_a_column_without_a_value_has_none_that_an_expression_is_true_for(expression: str, kept: list[int]) -> None:
    found = where.rows(PEOPLE.assign(none=pd.Series([None] * 4, dtype=object)), expression, where="db.where")
    assert found["_c0_"].tolist() == [row + 1 for row in kept]


def test_the_names_are_looked_at_in_a_result_without_rows() -> None:
    assert where.rows(PEOPLE[:0], "`full name`.str.len() > 5 and seen.dt.year == 1", where="db.where").empty
    with pytest.raises(DataError, match=r"there is no column 'agee'\. Did you mean 'age'"):
        where.rows(PEOPLE[:0], "agee > 5", where="db.where")


# -- the node -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hosst": "a"}, r"db\.hosst: there is no such key\. Did you mean 'host'"),
        ({"url": "postgresql+psycopg://a@h/d", "user": "b"}, r"db\.url and db\.user are both given"),
        ({"query": None}, r"db\.query is missing"),
        ({"query": " "}, r"db\.query is missing"),
        ({"ext": "xls"}, r"db\.ext=xls: must be csv or xlsx"),
        ({"chunk_rows": 0}, r"db\.chunk_rows=0"),
        ({"params": "a"}, r"db\.params=a: must be names and values"),
        ({"params": {"a": {"b": 1}}}, r"db\.params\.a={'b': 1}: must be a value, or a list of values"),
        ({"params": {"a": ["c", {"b": 1}]}}, r"db\.params\.a=\['c', {'b': 1}\]: must be a value"),
        ({"where": "a >"}, r"db\.where='a >'"),
        ({"password": "hunter2"}, r"db\.password spells out a password"),
        ({"password": "${oc.env:NAME,hunter2}"}, r"db\.password spells out a password"),
        ({"password": "a${oc.env:NAME}"}, r"db\.password spells out a password"),
        ({"options": {"sslpassword": "hunter2"}}, r"db\.options\.sslpassword spells out a password"),
        ({"params": {"token": "hunter2"}}, r"db\.params\.token spells out a password"),
        ({"options": {"PWD": "hunter2"}}, r"db\.options\.PWD spells out a password"),
        ({"options": {"proxypwd": "hunter2"}}, r"db\.options\.proxypwd spells out a password"),
        ({"url": "mssql://h/d?uid=me&pwd=hunter2"}, r"db\.url spells out a password"),
        ({"url": "postgresql://me:hunter2@h/d"}, r"db\.url spells out a password"),
        ({"url": "postgresql://${oc.env:ME}:hunter2@h/d"}, r"db\.url spells out a password"),
        ({"url": "postgresql://h/d?user=me&password=hunter2"}, r"db\.url spells out a password"),
        ({"url": "${oc.env:URL,postgresql://me:hunter2@h/d}"}, r"db\.url spells out a password"),
    ],
)
def test_a_node_that_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        sql.check_node({"name": "zoo", "query": "select 1", **change}, read=True)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "${oc.env:NAME}"},
        {"password": "${oc.env:NAME,null}"},
        {"url": "${oc.env:URL}"},
        {"url": "postgresql://me@host:5432/d?sslmode=require"},
        {"url": "postgresql://me:${oc.env:NAME}@host/d"},
        {"url": "postgresql://${oc.env:ME}:${oc.env:NAME}@host/d"},
        {"url": "sqlite:///a.db"},
        {"options": {"sslpassword": "${oc.env:NAME}"}, "params": {"token": None}},
        {"options": {"cwd": "a"}, "params": {"pwd_changed": "2020-01-01", "pwdx": 1}},
    ],
)
def test_a_node_without_a_password(change: dict[str, Any]) -> None:
    sql.check_node({"query": "select 1", **change}, read=True)


def own_node(folder: Path, text: str) -> Path:
    path = folder / "own" / "db" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"# @package _global_\nsecrets:\n  own: hunter2\ndb:\n  query: select 1\n  {text}\n")
    return path


@pytest.mark.parametrize("text", ["password: hunter2", "password: ${secrets.own}", "url: 'postgresql://a:hunter2@h/d'"])
@pytest.mark.parametrize("mode", [RunMode.RUN, RunMode.MULTIRUN])
def test_a_password_in_a_file_of_ones_own_is_refused_when_composed(text: str, mode: RunMode, tmp_path: Path) -> None:
    own_node(tmp_path, text)
    with pytest.raises(ConfigCompositionException, match="spells out a password") as caught:
        make_loader(tmp_path / "own").load_configuration("config", [*CELL, "+db=mine"], mode)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ([RunMode.RUN, "hydra.run.dir='out/${db.password}'"], "PGPASSWORD"),
        ([RunMode.RUN, "hydra.run.dir='out/${x}'", "db.password='${oc.env:MINE}'"], "MINE"),
        ([RunMode.RUN, "hydra.job.name='${oc.env:API_TOKEN}'"], "API_TOKEN"),
        ([RunMode.MULTIRUN, "hydra.sweep.dir='out/${x}'"], "PGPASSWORD"),
        ([RunMode.MULTIRUN, "hydra.sweep.subdir='${hydra:job.num}-${hydra.job.num}-${x}'"], "PGPASSWORD"),
        ([RunMode.RUN, "export='${x}.csv'"], "PGPASSWORD"),
        ([RunMode.RUN, "models.log='runs/${x}'"], "PGPASSWORD"),
        ([RunMode.RUN, "hydra.run.dir='out/${db.url}'", "db.url='a://u:${oc.env:MINE}@h/d'"], "MINE"),
        ([RunMode.RUN, "export='${oc.env:MINE}.csv'", "db.url='a://h/d?sslpassword=${oc.env:MINE}'"], "MINE"),
        ([RunMode.RUN, "hydra.run.dir='${oc.env:HOST}'", "db.url='a://u:${oc.env:MINE}@${oc.env:HOST}/d'"], None),
        ([RunMode.RUN, "hydra.run.dir='out/${db.name}'", "db.password='${oc.env:MINE}'"], None),
        ([RunMode.MULTIRUN, "hydra.sweep.dir='${oc.env:PWD}/${db.name}'"], None),
    ],
    ids=lambda value: value[1] if isinstance(value, list) else "",
)
def test_no_secret_in_the_name_of_a_folder(
    words: list[Any], variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever keys it gets there; a name that happens to be a password is none."""
    own_node(tmp_path, "name: postgres").write_text(
        "# @package _global_\ndefaults: [postgres@db, _self_]\nx: ${db.password}\nmodels: {log: null}\n"
    )
    for name in ("PGPASSWORD", "MINE", "API_TOKEN", "HOST"):
        monkeypatch.setenv(name, "postgres")
    mode, *given = words
    text = rf"{given[0].partition('=')[0]}=.*variable {variable} is a secret, or may hold one"
    with pytest.raises(ConfigCompositionException, match=text) if variable else nullcontext():
        make_loader(tmp_path / "own").load_configuration("config", [*CELL, "+db=mine", *given], mode)


def test_a_password_in_a_file_of_ones_own_is_written_nowhere(tmp_path: Path, zoo: Program) -> None:
    """Hydra writes the config down before a job begins."""
    mine = own_node(tmp_path, "url: 'postgresql://a:hunter2@h/d'")
    done = zoo("-m", "--config-dir", "own", *CELL, "+db=mine", "hydra.sweep.dir=sweep", code=1)
    assert "db.url spells out a password" in done.stderr
    assert holding(tmp_path, "hunter2") == [mine]


def test_a_password_of_a_storage_in_a_file_is_written_nowhere(tmp_path: Path, zoo: Program) -> None:
    path = tmp_path / "own" / "storage" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("defaults: [rdb, _self_]\nurl: postgresql+psycopg://zoo:hunter2@127.0.0.1:1/db\n")
    done = zoo("--config-dir", "own", *CELL, "storage=mine", "n_trials=2", "hydra.run.dir=run", code=1)
    assert done.stderr.startswith("storage.url spells out a password")
    assert "hunter2" not in done.stderr
    assert holding(tmp_path, "hunter2") == [path]


@pytest.mark.parametrize("trials", [(), ("n_trials=2",)])
def test_a_password_of_a_storage_that_python_sets_is_written_nowhere(tmp_path: Path, trials: tuple[str, ...]) -> None:
    config = compose(*CELL, "storage=rdb", *trials)
    config.storage.url = "postgresql+psycopg://zoo:hunter2@127.0.0.1:1/db"
    with pytest.raises(ConfigError, match=r"storage\.url spells out a password") as caught:
        runner.run(config, folder=tmp_path / "run")
    assert "hunter2" not in str(caught.value)
    assert holding(tmp_path, "hunter2") == []


def test_a_variable_for_a_job_that_is_not_set() -> None:
    with pytest.raises(ConfigError, match=r"hydra\.job\.env_copy: the environment variable NOT_THERE is not set"):
        compose(*CELL, "hydra.job.env_copy=[NOT_THERE]")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("hydra.job.env_copy=[PGPASSWORD]",), "env_copy"),
        (("+db=postgres", "db.password='${oc.env:MINE}'", "hydra.job.env_copy=[MINE]"), "env_copy"),
        (("+hydra.job.env_set.PGPASSWORD=hunter2",), "env_set"),
        (("hydra.job.env_copy=[PWD]", "+hydra.job.env_set.PGPASSWORD='${oc.env:MINE}'"), None),
        (("+hydra.job.env_set.TOKENIZERS_PARALLELISM=false",), None),
    ],
)
def test_no_secret_among_the_variables_of_a_job(
    words: tuple[str, ...], key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hydra would write their values down."""
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setenv("MINE", "hunter2")
    with pytest.raises(ConfigError, match=rf"hydra\.job\.{key}: \w+ is a secret, or") if key else nullcontext():
        compose(*CELL, *words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("+db=postgres",), r"db\.query is missing"),
        (("+db=sqlite", "db.query='select 1'", "data=my.csv"), r"data and db\.query are both given"),
        (("db.query='select 1'",), r"db\.query: no db option is chosen\. Add \+db=OPTION: postgres, sqlite, warehouse"),
        (("+db=postgres", "db.querry='select 1'"), r"db\.querry: there is no such key\. Did you mean 'db\.query'"),
        (("+db=nope",), "db=nope: db has no such option"),
        (("+db=postgres", "db.password=hunter2"), r"db\.password spells out a password"),
    ],
)
def test_words_that_are_refused(words: tuple[str, ...], reason: str, plain: Plain) -> None:
    with pytest.raises(ConfigError, match=reason):
        plain(*CELL, *words)


def test_what_is_not_asked_for_stays_text(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    found = plain(
        *CELL, "+db=warehouse", "db.query='select 1'", "db.options.sslmode=require", "db.params.since=2020-01-01"
    )
    assert found["db"]["password"] == "${oc.env:WAREHOUSE_PASSWORD,null}"
    assert (found["db"]["drivername"], found["db"]["ext"]) == ("postgresql+psycopg2", "xlsx")
    assert found["db"]["options"] == {"sslmode": "require"}
    assert config.plain(found)["db"] == found["db"]


def test_a_driver_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs an extra: pip install 'mlzoo\[warehouse\]'"):
        sql.check_node({"query": "select 1", "drivername": "postgresql+psycopg2"}, read=True)
    with pytest.raises(ConfigError, match=r"nosuch\+thing"):
        database.fetch({"query": "select 1", "drivername": "nosuch+thing"})


# -- PostgreSQL ---------------------------------------------------------------------------------------------------


def test_types(node: dict[str, Any]) -> None:
    whole = database.fetch({**node, "query": "select * from types order by i"})
    assert {name: str(dtype) for name, dtype in whole.dtypes.items()} == {
        "i": "int64",
        "b": "Int64",
        "n": "object",
        "r": "float64",
        "ok": "object",
        "d": "datetime64[s]",
        "ts": "datetime64[us]",
        "tz": "datetime64[us, UTC]",
        "s": "str",
        "j": "str",
        "u": "str",
        "by": "str",
        "iv": "timedelta64[us]",
        "tm": "str",
        "arr": "str",
        "nothing": "object",
    }
    first = whole.iloc[6]
    assert [first["n"], first["r"], first["ok"], whole["ok"][2]] == [Decimal("1.75"), 3.5, False, None]
    assert pd.isna(first["b"])
    assert [first["ts"], first["tz"]] == [pd.Timestamp("2020-01-08 10:30"), pd.Timestamp("2020-04-04 10:00+00:00")]
    assert [first["s"], first["j"], first["by"]] == ["name 7", '{"a": [1, 2], "b": 1}', "00ff"]
    assert [first["u"], first["tm"], first["arr"]] == ["00000000-0000-0000-0000-00000000000a", "10:30:00", "[1, 7]"]
    for rows in (1, 3, 19):
        chunked = database.fetch({**node, "query": "select * from types order by i", "chunk_rows": rows})
        pd.testing.assert_frame_equal(chunked, whole)


LARGE = """
select * from (values (1, 9007199254740993, 12345678901234567890, 1e-8::numeric, true), (2, null, null, 1.50, null),
  (3, 9007199254740992, 12345678901234567891, null, false)) as t (a, b, c, d, f) order by a
"""


def test_what_an_array_holds_is_text_as_it_is_alone(node: dict[str, Any]) -> None:
    query = "select array['\\x00ff'::bytea] as bytes, array[interval '36 hours'] as stay"
    assert database.fetch({**node, "query": query}).iloc[0].tolist() == ['["00ff"]', '["1 days 12:00:00"]']


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_no_digit_of_a_number_is_lost(node: dict[str, Any], rows: int, tmp_path: Path) -> None:
    found = database.fetch({**node, "query": LARGE, "chunk_rows": rows})
    assert found["b"].dropna().tolist() == [9007199254740993, 9007199254740992]
    assert query_module.write(found, tmp_path / "a.csv") == []
    assert (tmp_path / "a.csv").read_text() == (
        "a,b,c,d,f\n1,9007199254740993,12345678901234567890,0.00000001,True\n2,,,1.50,\n"
        "3,9007199254740992,12345678901234567891,,False\n"
    )
    assert query_module.write(found, tmp_path / "a.xlsx") == ["b", "c"]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["query"]
    assert [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)] == [
        [1, "9007199254740993", "12345678901234567890", 1e-8, True],
        [2, None, None, 1.5, None],
        [3, "9007199254740992", "12345678901234567891", None, False],
    ]


def test_numbers_of_a_run_are_floats(node: dict[str, Any]) -> None:
    """As they were before a report kept all their digits: its rows, their order and so its scores are the same."""
    query = "select i, b, n, r, ok from types where i > 3"
    for rows in (2, 50_000):
        found = database.source({**node, "query": query, "chunk_rows": rows}).frame
        assert list(map(str, found.dtypes)) == ["int64", "float64", "float64", "float64", "bool"]
        assert found["i"].tolist() == [7, 4, 18, 9, 8, 14, 10, 12, 16, 17, 15, 11, 5, 6, 19, 20, 13]
        assert found["n"].tolist() == [i / 4 for i in found["i"]]


def test_numbers_of_a_run_are_the_same_in_any_chunks(node: dict[str, Any], lite: Path) -> None:
    codes = "select * from (values (1, 5::numeric), (2, {}), (3, 1152921504606846977), (4, null)) t (i, a) order by i"
    mixed = "select 1 as i, 5 as a union select 2, 0.5 union select 3, 5 union select 4, 'b' order by i"
    sqlite = {"name": "sqlite", "drivername": "sqlite", "database": str(lite)}
    for rows in (1, 2, 50_000):
        found = database.source({**node, "query": codes.format(6), "chunk_rows": rows}).frame["a"]
        assert found.tolist() == [5, 6, Decimal(1152921504606846977), None]
        found = database.source({**node, "query": codes.format(0.1), "chunk_rows": rows}).frame["a"]
        assert found.dropna().tolist() == [5.0, 0.1, 1152921504606846977.0]  # no codes, where there are fractions
        found = database.source({**sqlite, "query": mixed, "chunk_rows": rows}).frame["a"]
        assert found.tolist() == ["5", "0.5", "5", "b"]


def test_whole_numbers_with_gaps_stand_beside_fractions_in_any_chunks(lite: Path) -> None:
    sqlite = {"name": "sqlite", "drivername": "sqlite", "database": str(lite)}
    mixed = "select 1 as i, 0.5 as a union select 2, 1.5 union select 3, null union select 4, 7 order by i"
    for rows in (1, 2, 3, 50_000):
        found = database.source({**sqlite, "query": mixed, "chunk_rows": rows}).frame["a"]
        assert found.to_dict() == pytest.approx({0: 0.5, 1: 1.5, 2: float("nan"), 3: 7}, nan_ok=True)


def test_a_column_of_decimals_may_have_any_name(node: dict[str, Any]) -> None:
    found = database.source({**node, "query": 'select 1 as i, 0.5::numeric as "self", 2 as cls'}).frame
    assert found.to_dict("list") == {"i": [1], "self": [0.5], "cls": [2]}


def test_marks_of_missing_values_are_read_as_such_where_the_remedy_says_so(
    lite: Path, plain: Callable[..., dict[str, Any]]
) -> None:
    query = (
        "select case when id % 50 = 0 then '?' else cast(id as text) end as \"a b\", "
        "case when id % 2 then 'x' else '-' end as c, species, id from iris"
    )
    words = ("+preprocess=complex", "+models=lr", "+db=sqlite", "db.database=iris.db", "target=species")
    config = plain(*words, f"db.query={override_value(query)}")
    found = data.load(config)
    assert found.columns["category"] == ["a b", "c"]
    (remedy,) = {one["remedy"] for one in found.findings if one["check"] == "marks"}
    assert remedy == "read.na_values=['-','?']"
    again = data.load({**config, "read": {**config["read"], "na_values": ["-", "?"]}})
    assert again.columns == {"number": ["a b", "id"], "category": ["c"]}
    assert not [one for one in again.findings if one["check"] == "marks"]
    both = pd.concat([again.X_train, again.X_test])
    assert sorted(both["id"][both["a b"].isna()]) == [0, 50, 100]
    assert set(both["c"].dropna()) == {"x"}


def test_rows_come_in_chunks(node: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(database, "_chunk", lambda rows, names: sizes.append(len(rows)) or CHUNK(rows, names))
    assert len(database.fetch({**node, "chunk_rows": 60})) == 150
    assert sizes == [60, 60, 30]


CHUNK = database._chunk


@pytest.mark.parametrize(
    ("query", "params", "found"),
    [
        ("select i from types where d >= :since order by i limit 2", {"since": "2020-01-10"}, [9, 10]),
        ("select i from types where i in :some order by i", {"some": [3, 5, 99]}, [3, 5]),
        ("select i from types where s like '%8' and ok = :ok order by i", {"ok": True}, [8, 18]),
        ("select :a::int as i, '12:30' as t, i % 2 from types limit 1", {"a": 4}, [4]),
        ("select i from types where s = :s", {"s": "name 6' or '1' = '1"}, []),
        ("select i from types where i = :i and ':i' = chr(58) || 'i' -- not :j", {"i": 4}, [4]),
        (r"select i /* :i */ from types where i = :i and '\:i :ij ::i :ij:' = $$:i :ij ::i :ij:$$", {"i": 4}, [4]),
        ("select :i::int as i, '::i:' from types where ':i::x' = chr(58) || 'i::x' limit 1", {"i": 4}, [4]),
        ("select i from types where s = :s", {"s": "name ${oc.env:ZOO_NUMBER}"}, [6]),
    ],
)
def test_parameters(
    node: dict[str, Any], query: str, params: Mapping[str, Any], found: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_NUMBER", "6")
    assert database.fetch({**node, "query": query, "params": params})["i"].tolist() == found


@pytest.mark.parametrize(
    ("query", "params", "reason"),
    [
        ("select * from types where i = :i", {}, r":i, which db\.params lacks"),
        ("select * from types", {"i": 1}, r"db\.params\.i: db\.query has no :i"),
        ("select * from types where s like '%:s%'", {"s": "name"}, r"db\.params\.s: db\.query has no :s"),
        ("select 1 as a, 2 as a", {}, "returns the column 'a' more than once"),
        ("select * from nope", {}, 'the database says: relation "nope" does not exist'),
        ("select speces from iris", {}, "Perhaps you meant to reference"),
        ("select 1 / (i - 4) as x from types", {}, "division by zero"),
    ],
)
def test_a_query_that_fails(node: dict[str, Any], query: str, params: Mapping[str, Any], reason: str) -> None:
    with pytest.raises((ConfigError, DataError), match=reason):
        database.fetch({**node, "query": query, "params": params})


@pytest.mark.parametrize(
    "query",
    [
        "with x as (insert into types (i) values (0) returning i) select * from x",
        "with x as (delete from types returning i) select * from x",
        "select * into copied from types",
        "select writing()",
        "select nextval('numbers')",
    ],
)
def test_what_writes_is_refused(node: dict[str, Any], query: str, server: sqlalchemy.Engine) -> None:
    with pytest.raises(DataError, match="would write, and a database is a source here"):
        database.fetch({**node, "query": query})
    with server.connect() as connection:
        counted = connection.exec_driver_sql("select count(*), min(i), to_regclass('copied') from types").one()
        assert tuple(counted) == (20, 1, None)
        assert connection.exec_driver_sql("select is_called from numbers").scalar() is False


def test_a_carriage_return_ends_no_line_of_a_report(tmp_path: Path) -> None:
    frame = pd.DataFrame({"i": [1, 2], "s": ["a\rb", "c"], "n": [5, 6]})
    for _ in range(2):  # written over
        query_module.write(frame, tmp_path / "my.csv")
        assert pd.read_csv(tmp_path / "my.csv").equals(frame)


@pytest.mark.parametrize("odd", ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
@pytest.mark.parametrize("kind", ["date", "timestamptz"])
def test_dates_that_python_does_not_have(node: dict[str, Any], odd: str, kind: str) -> None:
    """What is advised leaves them missing."""
    rows = f"(values ('{odd}'::{kind}), ('2024-02-29'::{kind})) as t(ends)"
    with suppress(DataError):  # one driver makes dates of its own of some, or none of others
        assert len(database.fetch({**node, "query": f"select ends from {rows}"})) == 2
        return
    with pytest.raises(DataError, match=r"db\.query: .*: CASE WHEN column BETWEEN '0001-01-01'") as refused:
        database.fetch({**node, "query": f"select ends from {rows}"})
    advised = str(refused.value).rpartition("stand for none: ")[2].removesuffix(".").replace("column", "ends")
    found = database.fetch({**node, "query": f"select {advised} from {rows}"})
    assert found["ends"].isna().tolist() == [True, False]


def test_half_a_character_of_json_is_told(node: dict[str, Any]) -> None:
    for value in (r'"\ud83d"', r'{"a": "\ud83d"}'):
        with pytest.raises(DataError, match=r"'\\ud83d' is half of a character.*: CAST\(column AS text\) AS column"):
            database.fetch({**node, "query": f"select '{value}'::json as j"})
        found = database.fetch({**node, "query": f"select cast('{value}'::json as text) as j"})
        assert found["j"].tolist() == [value]


def test_read_only_is_no_matter_of_a_setting(node: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="must be set before any query"):
        database.fetch({**node, "query": "select set_config('transaction_read_only', 'off', false)"})


def test_of_what_a_read_only_transaction_lets_pass_nothing_is_left(
    node: dict[str, Any], server: sqlalchemy.Engine
) -> None:
    """PostgreSQL 15 makes a large object in it, later ones refuse to."""
    with suppress(DataError):
        database.fetch({**node, "query": "select lo_create(4711) as made"})
    with server.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from pg_largeobject_metadata").scalar() == 0


def test_a_warehouse_is_asked_for_nothing_that_redshift_lacks(node: dict[str, Any], server: sqlalchemy.Engine) -> None:
    """Its protocol is PostgreSQL's, its settings are not: SQLAlchemy asks for one that is missing there."""
    query = f"select 1 as {node['drivername'].rpartition('+')[2]}"
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        log = Path(str(connection.exec_driver_sql("show data_directory").scalar())).parent / "log"
        before = len(log.read_text())
        connection.exec_driver_sql("alter role zoo set log_statement = 'all'")
        try:
            database.fetch({**node, "query": query})
        finally:
            connection.exec_driver_sql("alter role zoo reset log_statement")
    said = log.read_text()[before:]
    assert query in said
    assert ("standard_conforming_strings" in said) == (node["drivername"] == "postgresql+psycopg")


# -- connections --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_url", [False, True])
def test_a_driver_without_a_name_is_one_that_is_known(node: dict[str, Any], *, with_url: bool) -> None:
    node["drivername"] = "postgresql"
    if with_url:
        url = f"postgresql://zoo@127.0.0.1:{node['port']}/postgres"
        node = {"name": "zoo", "url": url, "password": node["password"]}
    query = "select interval '1 mon' as iv, current_setting('application_name') as name"
    assert database.fetch({**node, "query": query}).iloc[0].tolist() == ["1 mon", "mlzoo"]


def test_a_connection_that_is_lost_half_way(
    node: dict[str, Any],
    server: sqlalchemy.Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sizes: list[int] = []

    def breaking(rows: Any, names: list[str]) -> pd.DataFrame:
        sizes.append(len(rows))
        if len(sizes) == 2:
            with server.connect() as connection:
                words = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mlzoo'"
                assert connection.exec_driver_sql(words).scalar() is True
        return CHUNK(rows, names)

    monkeypatch.setattr(database, "_chunk", breaking)
    monkeypatch.setattr(database, "WAITS_S", (0.01,))
    found = database.fetch({**node, "chunk_rows": 40})
    pd.testing.assert_frame_equal(found, iris(), check_dtype=False)
    assert sizes == [40, 40, 40, 40, 40, 30]
    (line,) = [entry.message for entry in caplog.records if entry.levelno == logging.WARNING]
    assert line.startswith("zoo: the database postgres on 127.0.0.1:")
    assert ": the connection was lost: " in line
    assert line.endswith(" Again in 0.01 s.")


def test_a_server_that_is_not_there(
    node: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(database.time, "sleep", waits.append)
    with pytest.raises(
        DataError, match=r"^zoo: the database postgres on 127\.0\.0\.1:1 cannot be reached, in 5 tries: "
    ):
        database.fetch({**node, "port": 1})
    assert waits == [0.5, 1, 2, 4]
    assert len(caplog.records) == 4
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": "${oc.env:ZOO_WRONG}"}, r"password authentication failed.*The password is that of ZOO_WRONG\.$"),
        ({"password": "${oc.env:ZOO_WRONG, null}"}, r"The password is that of ZOO_WRONG\.$"),
        ({"database": "nope"}, 'database "nope" does not exist'),
        ({"options": {"sslmode": "require"}}, "server does not support SSL"),
        ({"options": {"sslmode": "reqire"}}, 'invalid sslmode value: "reqire"'),
        ({"port": 99999}, 'invalid port number: "99999"'),
    ],
)
def test_a_server_that_refuses_is_asked_once(
    node: dict[str, Any], change: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_WRONG", "wrong-horse")
    monkeypatch.setattr(database.time, "sleep", lambda seconds: pytest.fail("it was asked again"))
    with pytest.raises(DataError, match=rf"^zoo: .* refuses the connection: .*{reason}") as caught:
        database.fetch({**node, **change})
    assert "wrong-horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "name"),
    [("${oc.env:ZOO_NONE,null}", "ZOO_NONE"), ("${oc.env:ZOO_EMPTY}", "ZOO_EMPTY"), (None, "PGPASSWORD")],
)
def test_a_password_that_is_missing_is_asked_for_at_once(
    node: dict[str, Any], password: str | None, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZOO_EMPTY", "")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setattr(database.time, "sleep", lambda seconds: pytest.fail("it was asked again"))
    with pytest.raises(DataError, match=rf"^zoo: the database postgres on .* wants a password: set {name}\.$"):
        database.fetch({**node, "password": password})


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ({"url": "${oc.env:URL}", "password": "${oc.env:PGPASSWORD,null}"}, "URL"),
        ({"url": "postgresql://${oc.env:ME}:${oc.env:MINE}@${oc.env:HOST}/d"}, "MINE"),
        ({"url": "postgresql://${oc.env:ME}@h/d", "password": "${oc.env:MINE}"}, "MINE"),
        ({"password": "${oc.env:WAREHOUSE_PASSWORD,null}"}, "WAREHOUSE_PASSWORD"),
        ({}, "PGPASSWORD"),
    ],
)
def test_the_variable_of_a_password(node: dict[str, Any], name: str) -> None:
    url = sqlalchemy.make_url("postgresql://me:a@h/d" if name in ("URL", "MINE") and "password" not in node else "a://")
    url = url.set(password="a") if name == "URL" else url
    assert sql.password_of(node, url) == name


def test_a_connection_that_is_lost_each_time(node: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAITS_S", (0.01,))
    query = "select pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(
        DataError, match=r"^zoo: the database postgres on 127\.0\.0\.1:\d+: the connection was lost, in 2"
    ):
        database.fetch({**node, "query": query})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "postgres://me@h/d"}, r"db\.url: postgres:// is no .* write postgresql\+psycopg://\."),
        ({"drivername": "postgres"}, r"db\.drivername: postgres is no .* write postgresql\+psycopg\."),
    ],
)
def test_the_name_that_providers_give_a_driver(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        database.fetch({"query": "select 1", **change})


def test_a_url(node: dict[str, Any], database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlzoo import database as databases

    monkeypatch.setenv("ZOO_URL", database)
    parts = sqlalchemy.make_url(database)
    bare = f"{node['drivername']}://zoo@127.0.0.1:{parts.port}/postgres"
    for given in ({"url": "${oc.env:ZOO_URL}"}, {"url": bare, "password": "${oc.env:ZOO_PASSWORD}"}):
        assert len(databases.fetch({"query": IRIS, **given})) == 150
    for end in ("b:hunter22", "b/hunter22", "b?hunter22", "hunter22/b", "/hunter22", "?hunter22"):
        monkeypatch.setenv("ZOO_URL", f"postgresql+psycopg://zoo:a@{end}@127.0.0.1:5432/db")
        with pytest.raises(ConfigError, match=r"db\.url: no URL of a database") as caught:
            databases.fetch({"query": IRIS, "url": "${oc.env:ZOO_URL}"})
        assert "hunter22" not in str(caught.value)
    for begin in ("server", "zoo@server"):  # whose port is no password
        with pytest.raises(ConfigError, match=r"db\.url: no URL of a database"):
            sql.url_of({"url": f"postgresql+psycopg://{begin}:5432/db?password=a@hunter22"})
    assert sql.url_of({"url": "postgresql+psycopg://zoo@server:a@127.0.0.1/db"}).username == "zoo@server"
    assert sql.url_of({"url": "postgresql+psycopg://zoo@server/db?application_name=me@work"}).host == "server"


# -- runs ---------------------------------------------------------------------------------------------------------


def test_a_run(words: tuple[str, ...], tmp_path: Path, server: sqlalchemy.Engine) -> None:
    query = "db.query='select * from iris where petal_length > :least'"
    asked = (*CELL, *FAST, *words, query, "db.params={least: 1.2}", "db.where='sepal_length < 7.5'")
    made = run(compose(*asked), folder=tmp_path / "run")
    assert made["data"]["train"]["source"] == "postgres: select * from iris where petal_length > :least"
    assert made["data"]["train"]["rows"] + made["data"]["test"]["rows"] == 140
    assert f"db.port={server.url.port}" in made["command"]
    assert holding(tmp_path, PASSWORD) == []
    with server.begin() as connection:  # the same rows, which the server returns in another order
        connection.exec_driver_sql("update iris set sepal_width = sepal_width where id < 60")
    again, differences = runner.rerun(made.folder, into=tmp_path / "again")
    assert differences == []
    assert again["data"] == made["data"]
    with server.begin() as connection:
        connection.exec_driver_sql("update iris set sepal_width = 10 - sepal_width where id < 60")
    try:
        _, differences = runner.rerun(made.folder, into=tmp_path / "changed")
    finally:
        with server.begin() as connection:
            connection.exec_driver_sql("update iris set sepal_width = 10 - sepal_width where id < 60")
    assert any("the data has changed: postgres: select" in line for line in differences)


def test_a_password_is_seen_nowhere(words: tuple[str, ...], tmp_path: Path) -> None:
    """Neither in the files of a multirun with a cell that fails, nor in what it says, nor in the process list."""
    tables = "db.query='select * from iris order by id','select * from nope'"
    asked = [*CELL, "timeout_s=60", *FAST, *words, tables, "hydra.sweep.dir=sweep", "hydra.verbose=true"]
    command = [sys.executable, "-m", "mlzoo", "-m", *asked]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=tmp_path, env=own_environment(), stdout=said, stderr=subprocess.STDOUT)
        listed: set[bytes] = set()
        while process.poll() is None:
            listed |= command_lines()
            time.sleep(0.1)
    assert process.returncode == 1
    assert any(b"mlzoo.searching.processes" in line for line in listed)
    assert not [line for line in listed if PASSWORD.encode() in line]
    assert 'relation "nope" does not exist' in (tmp_path / "said").read_text()
    assert {path.name for path in holding(tmp_path, "${oc.env:PGPASSWORD,null}")} >= {"config.yaml", "multirun.yaml"}
    assert holding(tmp_path, PASSWORD) == []


def command_lines() -> set[bytes]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.add(path.read_bytes())
        except OSError:  # it has just ended
            continue
    return found


def test_a_run_that_cannot_log_in(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: sqlalchemy.Engine
) -> None:
    monkeypatch.setenv("PGPASSWORD", "wrong-horse")
    with pytest.raises(DataError, match="password authentication failed"):
        run(compose(*CELL, *FAST, *words, f"db.query='{IRIS}'"), folder=tmp_path / "run")
    assert '"status": "failed"' in (tmp_path / "run" / "record.json").read_text()
    assert holding(tmp_path, "wrong-horse") == []


# -- SQLite -------------------------------------------------------------------------------------------------------


def test_long_numbers_beside_missing_ones_keep_their_digits(lite: Path) -> None:
    for large, kind in ((2**60, "Int64"), (2**20, "float64")):
        query = (
            f"select case when rowid % 3 = 0 then null else {large} + rowid end as a from iris order by rowid limit 5"
        )
        frame = database.source({"drivername": "sqlite", "database": "iris.db", "query": query}).frame
        assert frame["a"].dtype == kind
        assert frame["a"].dropna().astype(object).tolist() == [large + row for row in (1, 2, 4, 5)]


def test_a_parameter_that_is_too_large_is_told(lite: Path) -> None:
    node = {"drivername": "sqlite", "database": "iris.db", "query": "select :x as x", "params": {"x": 10**20}}
    with pytest.raises(DataError, match=r"^db\.params: .*: a number is larger than the database's driver takes"):
        database.fetch(node)


def test_sqlite_runs_from_any_folder(lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(compose(*CELL, *FAST, *LITE), folder=tmp_path / "run")
    assert made["data"]["train"]["source"] == f"sqlite: {IRIS}"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert runner.rerun(made.folder, into=tmp_path / "again")[1] == []


def test_a_statement_in_a_variable(lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (*CELL, *FAST, *LITE[:2], "db.query=${oc.env:IRIS}")
    monkeypatch.setenv("IRIS", "delete from iris")
    with pytest.raises(ConfigError, match=r"db\.query begins with 'delete'"):
        run(compose(*words), folder=tmp_path / "run")
    monkeypatch.setenv("IRIS", IRIS)
    made = run(compose(*words), folder=tmp_path / "run")
    assert made["data"]["train"]["source"] == "sqlite: ${oc.env:IRIS}"
    assert not any("ORDER BY" in one["message"] for one in made["findings"])
    monkeypatch.setenv("IRIS", "select * from iris")
    made = run(compose(*words), folder=tmp_path / "other")
    assert any("has no ORDER BY" in one["message"] for one in made["findings"])


@pytest.mark.parametrize("ordered", [True, False])
def test_folds_of_earlier_rows_need_an_order(lite: Path, tmp_path: Path, ordered: bool) -> None:
    query = f"db.query='select * from iris{' order by sepal_width, id' * ordered}'"
    past = "validation.splitter={_target_: sklearn.model_selection.TimeSeriesSplit, n_splits: 2}"
    made = run(compose(*CELL, *FAST, *LITE[:2], query, past), folder=tmp_path / "run")
    told = [one["message"] for one in made["findings"] if one["check"] == "time"]
    assert ["db.query has no ORDER BY" in one for one in told] == [True] * (not ordered)


def test_a_test_file_beside_a_query(lite: Path, tmp_path: Path) -> None:
    iris().iloc[::3].to_csv(tmp_path / "held.csv", index=False)
    made = run(compose(*CELL, *FAST, *LITE, "test_data=held.csv"), folder=tmp_path / "run")
    assert (made["data"]["train"]["rows"], made["data"]["test"]["rows"]) == (150, 50)


def test_the_cells_of_a_multirun_share_an_answer(lite: Path, zoo: Program, tmp_path: Path) -> None:
    """A statement with a random number in it answers in another way each time that it is sent."""
    statement = "select *, random() as chance from iris order by id"
    words = ("+preprocess=simple", "+models=lr", *FAST, "+db=sqlite", "db.database=iris.db", f"db.query='{statement}'")
    zoo("-m", *words, "models.type.C=1,2", "hydra.sweep.dir=sweep", cwd=lite.parent)
    zoo(*words, "hydra.run.dir=alone", cwd=lite.parent)
    hashes = [record.load(lite.parent / name)["data"]["train"]["sha256"] for name in ("sweep/0", "sweep/1", "alone")]
    assert hashes[0] == hashes[1] != hashes[2]


def test_of_several_answers_the_last_one_is_kept(lite: Path) -> None:
    nodes = [{"drivername": "sqlite", "database": "iris.db", "query": f"{IRIS} limit {size}"} for size in (3, 4)]
    kept: shared.Kept = {}
    with shared.within(kept):
        first = database.source(nodes[0])
        assert database.source(nodes[0]) is first
        assert len(database.source(nodes[1]).frame) == 4
        assert len(kept) == 1
        again = database.source(nodes[0])
    assert again is not first
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert database.source(nodes[0]) is not again


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"query": "with x as (select 1) insert into iris select * from iris"}, "it was refused"),
        ({"database": "nope.db"}, r"db\.database=nope\.db: there is no such file"),
        ({"database": None}, r"db\.database is missing: name the file"),
        ({"database": "text.db"}, "file is not a database"),
        ({"query": "select * from nope"}, "no such table: nope"),
    ],
)
def test_sqlite_is_read_alone(lite: Path, change: dict[str, Any], reason: str) -> None:
    Path("text.db").write_text("no database at all, but text" * 100)
    before = lite.read_bytes()
    with pytest.raises(DataError, match=reason):
        database.fetch({"drivername": "sqlite", "database": "iris.db", "query": IRIS, **change})
    assert lite.read_bytes() == before
    assert not Path("nope.db").exists()


@pytest.mark.parametrize(
    ("words", "reason"), [((), "has no row"), (("db.where='id < 0'",), r"db\.where='id < 0' is true")]
)
def test_a_run_needs_rows(lite: Path, words: tuple[str, ...], reason: str, plain: Plain) -> None:
    given = (*LITE[:2], f"db.query='select * from iris where id {'>' if words else '<'} -1'", *words)
    with pytest.raises(DataError, match=reason):
        database.source(plain(*CELL, *given)["db"])


# -- reports ------------------------------------------------------------------------------------------------------


def query(*words: str) -> int:
    return cli.dispatch(["query", *words])


def test_a_daily_report(lite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*LITE, "db.where='petal_length > 5'", "output=reports/report_${db.name}_${now:%d%m%y}.${db.ext}")
    name = f"reports/report_sqlite_{datetime.date.today():%d%m%y}.csv"
    for _ in range(2):  # a report is written over
        assert query(*asked) == 0
        assert capsys.readouterr().out == f"42 rows, 6 columns: {name}\n"
    expected = iris().query("petal_length > 5").reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(name), expected)
    assert [path.name for path in Path("reports").iterdir()] == [Path(name).name]


def test_without_a_file_the_first_rows_are_shown(lite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert query(*LITE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[-1] == "150 rows, 6 columns, the first of which stand above; output=FILE writes them."
    assert query(*LITE, "db.where='id < 0'") == 0
    assert capsys.readouterr().out.splitlines() == [
        "sepal_length  sepal_width  petal_length  petal_width  species  id",
        "0 rows, 6 columns; output=FILE writes them.",
    ]
    for name in ("none.csv", "none.xlsx"):
        assert query(*LITE, "db.where='id < 0'", f"output={name}") == 0
    assert Path("none.csv").read_text() == "sepal_length,sepal_width,petal_length,petal_width,species,id\n"


def test_a_workbook(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the other driver: a date is a date, a time stands in UTC, and no text is a formula."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_PASSWORD", PASSWORD)
    statement = (
        "select i, d, tz, iv, ok, '=1+1' as \"=formula\", s, chr(7) || 'x' as bell from types order by i limit 7"
    )
    asked = ("+db=warehouse", *words[1:], f"db.query='{statement.replace(chr(39), chr(92) + chr(39))}'")
    assert query(*asked, "output=report_${db.name}.${db.ext}") == 0
    sheet = openpyxl.load_workbook("report_warehouse.xlsx")["query"]
    head, *lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert head == ["i", "d", "tz", "iv", "ok", "=formula", "s", "bell"]
    assert lines[6][:2] == [7, datetime.datetime(2020, 1, 8)]
    assert lines[6][2:] == [datetime.datetime(2020, 4, 4, 10), "0 days 07:00:00", False, "=1+1", "name 7", "x"]
    assert sheet["B2"].number_format.lower() == "yyyy-mm-dd"
    assert {sheet["F1"].data_type, sheet["F2"].data_type} == {"s"}
    assert lines[0][6] is None


def test_dates_that_no_workbook_shows_are_text(tmp_path: Path) -> None:
    old = pd.DataFrame(
        {"d": pd.to_datetime(["1899-12-31", None, "2020-01-02"]), "e": pd.to_datetime(["1900-01-01"] * 3)}
    )
    query_module.write(old, tmp_path / "old.xlsx")
    lines = [
        [cell.value for cell in line] for line in openpyxl.load_workbook(tmp_path / "old.xlsx")["query"].iter_rows()
    ]
    assert [line[0] for line in lines] == ["d", "1899-12-31", None, "2020-01-02"]
    assert lines[1][1] == datetime.datetime(1900, 1, 1)


def test_an_interval_of_months_is_no_number_of_days(node: dict[str, Any]) -> None:
    statement = (
        "select case when g = 3 then interval '1 year 2 mons' else g * interval '36 hours' end iv, "
        "g * interval '36 hours' as hours, interval '-3 mons 4 days' as months from generate_series(1, 3) g order by g"
    )
    for rows in (1, 50):  # whatever a chunk holds
        found = database.fetch({**node, "query": statement, "chunk_rows": rows})
        assert found["iv"].tolist() == ["1 days 12:00:00", "3 days 00:00:00", "1 year 2 mons"]
        assert set(found["months"]) == {"-3 mons +4 days"}
        assert database.fetch({**node, "query": "select interval '999999999 days' a"})["a"][0].startswith(
            "999999999 days"
        )
        assert found["hours"].dt.total_seconds().tolist() == [129600.0, 259200.0, 388800.0]


def test_the_blanks_that_fill_up_a_char_are_no_part_of_it(node: dict[str, Any]) -> None:
    rows = "(values ('ab'::char(5), ' c '::text), (null, null), ('  ü'::char(9), '')) as t(a, b)"
    found = database.fetch({**node, "query": f"select * from {rows}", "where": "a == 'ab' or a.isna() or a == '  ü'"})
    assert found["a"].astype(object).where(found["a"].notna(), None).tolist() == ["ab", None, "  ü"]
    assert found["b"].dropna().tolist() == [" c ", ""]


@pytest.mark.parametrize("style", ["postgres_verbose", "sql_standard", "iso_8601"])
def test_an_interval_in_another_style_is_text(node: dict[str, Any], style: str) -> None:
    """Some of which drivers misread, days for hours."""
    node["options"] = {"options": f"-c intervalstyle={style}"}
    rows = "(values (interval '3 days 04:05:06'), ('-1 day'), ('14 mons')) as t(iv)"
    found = database.fetch({**node, "query": f"select iv, cast(iv as text) as said from {rows}"})
    assert found["iv"].tolist() == found["said"].tolist()


def test_an_interval_of_more_days_than_python_has_is_text(node: dict[str, Any]) -> None:
    found = database.fetch({**node, "query": "select interval '1000000000 days' a, null::interval b"})
    assert found["a"].tolist() == ["1000000000 days"]
    assert found["b"].isna().all()


def test_a_time_that_python_has_not_is_told(node: dict[str, Any]) -> None:
    node["drivername"] = "postgresql+psycopg"  # the other one says midnight
    with pytest.raises(DataError, match=r"the driver says: .*24.*CAST\(column AS varchar\) AS column"):
        database.fetch({**node, "query": "select time '24:00' as a"})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("report.txt", r"output=report\.txt: its ending must be \.csv or \.xlsx"),
        ("iris.db", "its ending must be"),
        ("folder.csv", "this is a folder"),
        ("binary.csv", "a file of this name that is no csv file"),
        ("text.xlsx", "a file of this name that is no xlsx file"),
    ],
)
def test_a_file_that_is_no_report(name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlzoo import query

    monkeypatch.chdir(tmp_path)
    Path("folder.csv").mkdir()
    Path("binary.csv").write_bytes(b"\0\1")
    Path("text.xlsx").write_text("mine")
    with pytest.raises(ConfigError, match=reason):
        query.check_output(name)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("output=${nope}.csv",), "output=.*nope"),
        (("output=a.csv,b.csv",), "a query takes one value for each key"),
        (("db.query='drop table iris'", "output=a.csv"), "begins with 'drop'"),
        (("db.where='nope > 1'", "output=a.csv"), "there is no column 'nope'"),
        (("db.query='a",), "db.query='a"),
        (("db.where='id < 0 and nope > 1'", "output=a.csv"), "there is no column 'nope'"),
        (("output='r_${db.password}.csv'",), r"\$\{db\.password\} is a secret, or may hold one"),
        (("output='r_${oc.env:PGPASSWORD}.csv'",), r"\$\{oc\.env:PGPASSWORD\} is a secret"),
        (("+output='r_${oc.env:MY_PWD,x}.csv'",), "is a secret"),
        (("output='r_${db.options.pwd}.csv'",), "is a secret"),
        (("output='${db.url}.csv'",), "is a secret"),
        (("output='${db}.csv'",), "is a secret"),
        (("output='r_${oc.env:DB_PASS}.csv'",), "is a secret"),
        (("output='r_${oc.env:DATABASE_URL}.csv'",), "is a secret"),
    ],
)
def test_a_report_that_is_refused(lite: Path, words: tuple[str, ...], reason: str) -> None:
    with pytest.raises((ConfigError, DataError), match=reason):
        query(*LITE, *words)
    assert list(Path().iterdir()) == [Path("iris.db")]


def test_a_folder_is_no_secret(lite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", str(lite.parent))
    assert query(*LITE, "output='${oc.env:PWD}/token_${db.name}.csv'") == 0
    assert Path("token_sqlite.csv").is_file()


def test_nothing_but_an_earlier_report_is_written_over(lite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"train.csv": b"a,b\n1,2\n", "latin.csv": "größe,b\n1,2\n".encode("latin-1")}
    for name, content in other.items():
        Path(name).write_bytes(content)
    pd.DataFrame({"a": [1]}).to_excel("other.xlsx", sheet_name="query", index=False)
    with pd.ExcelWriter("more.xlsx") as book:
        iris().to_excel(book, sheet_name="query", index=False)
        iris().to_excel(book, sheet_name="mine", index=False)
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    for name, said in (
        ("train.csv", r"output=train\.csv: .* has other columns \(a, b\), so no earlier report of this query"),
        ("latin.csv", r"no csv file of a query"),
        ("other.xlsx", r"has other columns \(a\)"),
        ("more.xlsx", r"no xlsx file of a query"),
    ):
        with pytest.raises((ConfigError, DataError), match=said):
            query(*LITE, f"output={name}")
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before
    Path("empty.csv").touch()
    for name in ("report.xlsx", "report.xlsx", "empty.csv", "empty.csv"):
        assert query(*LITE, f"output={name}") == 0


def test_names_that_a_workbook_does_not_hold_are_an_earlier_report_s_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a\x07": [1], 'b "c",\nd': ["x"], "=e": [None]})
    for name in ("a.csv", "a.csv", "a.xlsx", "a.xlsx"):
        query_module.write(frame, tmp_path / name)
    assert pd.read_csv(tmp_path / "a.csv").shape == pd.read_excel(tmp_path / "a.xlsx").shape == (1, 3)


def test_numbers_that_are_text_in_a_workbook_are_told_of(lite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*LITE[:2], "db.query='select 9007199254740993 as large, 1 as small'")
    assert query(*asked, "output=a.xlsx") == 0
    assert capsys.readouterr().err == (
        "a.xlsx: large stands there as text: a cell holds no number of more than 15 digits exactly. "
        "For rounded numbers cast them in db.query: column::float8.\n"
    )


def test_a_report_needs_a_database() -> None:
    with pytest.raises(ConfigError, match=r"No db option is chosen[^$]*postgres, sqlite, warehouse"):
        compose_query("seed=1")


def test_a_table_that_no_worksheet_holds(tmp_path: Path) -> None:
    from mlzoo import query

    wide = pd.DataFrame([[1] * 17_000]).rename(columns=str)
    for frame, said in (
        (pd.DataFrame({"a": ["x" * 40_000]}), r"a\.xlsx: 40000 characters of a text \(at most 32767\) do not fit into"),
        (wide, r"a\.xlsx: 17000 columns \(at most 16384\) do not fit into a worksheet: write a \.csv file"),
        (pd.DataFrame({"a": [1]}).reindex(range(1_048_576)), r"a\.xlsx: 1048576 rows \(at most 1048575\) do not"),
    ):
        with pytest.raises(DataError, match=said):
            query.write(frame, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_fails_leaves_nothing(zoo: Program, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = zoo("query", *words, "db.query='select * from iris'", "output=r.csv", "db.where='petal > 5'", code=1)
    assert done.stdout.strip() == ""
    assert done.stderr.startswith("db.where='petal > 5': there is no column 'petal'.")
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_an_encoding(node: dict[str, Any], server: sqlalchemy.Engine) -> None:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sqlalchemy.text("drop database if exists old"))
        connection.execute(sqlalchemy.text("create database old encoding 'SQL_ASCII' locale 'C' template template0"))
    found = database.fetch({**node, "database": "old", "query": "select 'ü'::text as a, 'ab'::char(5) as b"})
    assert found.iloc[0].tolist() == ["ü", "ab"]
