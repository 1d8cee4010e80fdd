"""Kinds of columns that are set by hand, dates, and the columns that take part."""

import datetime
import shlex
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import findings
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.composition.overrides import read_words
from mlzoo.errors import ConfigError, DataError
from mlzoo.grammar import kind_override
from mlzoo.preprocessing import complex_preprocess, simple_preprocess
from mlzoo.reading import dates, durations, unread
from mlzoo.tables import conversion, kinds
from mlzoo.tables.categories import find_marks
from mlzoo.tables.data import Data
from tests.tables import Load, of_check, table

param = pytest.param
ROWS = 40
SPLIT: dict[str, Any] = {"test_size": 0.25, "seed": 3, "group": None, "time": None, "column": None}


def of_kind(load: Load, values: Any, kind: str, test: Any = None) -> Data:
    other = None if test is None else table(len(test), a=test)
    return load(table(len(values), a=values), other, columns={kind: ["a"]})


@pytest.mark.parametrize(
    ("values", "kind", "first"),
    [
        param([3, 1, 2, 1] * 10, "category", "3", id="codes"),
        param([0, 1] * 20, "boolean", 0.0, id="zero-one"),
        param(["yes", "No"] * 20, "boolean", 1.0, id="yes-no"),
        param([True, False] * 20, "category", "True", id="booleans-as-categories"),
        param(["1.5", "2"] * 20, "number", 1.5, id="numbers"),
        param([f"2026-01-{i % 28 + 1:02d}" for i in range(ROWS)], "date", 20454.0, id="dates"),
        param([f"note {i} of many" for i in range(ROWS)], "text", "note 0 of many", id="text"),
        param(["a", "b"] * 20, "text", "a", id="short-text"),
    ],
)
def test_a_kind_set_by_hand(load: Load, values: list[Any], kind: str, first: Any) -> None:
    found = of_kind(load, values, kind)
    assert found.kinds["a"] == kind
    whole = pd.concat([found.X_train["a"], found.X_test["a"]]).sort_index()
    assert whole.iloc[0] == first
    assert len(whole) == len(values)
    assert "a" in found.columns[kind if kind in ("category", "text") else "number"]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("boolean", "maybe", r"or by columns\.boolean\), but holds 'maybe' in row 7"),
        ("date", "soon", r"columns\.date=a: 'soon' in row 7 \(from 0\) is no date"),
        ("number", "many", r"the column 'a' is taken for numbers.*columns.number.*'many'"),
    ],
)
def test_a_value_that_is_not_of_the_kind(load: Load, kind: str, value: str, words: str) -> None:
    good = {"boolean": "yes", "date": "2026-01-05", "number": "5"}[kind]
    values = [good] * ROWS
    values[7] = value
    with pytest.raises(DataError, match=words):
        of_kind(load, values, kind)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"category": ["aa"]}, r"columns\.category: 'aa': train\.csv has no such column. Did you mean 'a'\?"),
        ({"category": ["y"]}, r"columns\.category: 'y' is the target"),
        ({"text": ["a"], "date": ["a"]}, r"columns\.date: 'a' stands under columns\.text as well"),
    ],
)
def test_a_column_that_cannot_be_set(load: Load, given: dict[str, list[str]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load(table(a=["b", "c"] * 20), columns=given)


# -- dates --------------------------------------------------------------------------------------------------------

NEW_YEAR = datetime.datetime(2026, 1, 1)


@pytest.mark.parametrize(
    "values",
    [
        param(["2026-01-01", None, "2026-01-02T12:00"], id="iso"),
        param(["1.1.2026", None, "2.1.2026 12:00"], id="points"),
        param(pd.to_datetime([NEW_YEAR, None, NEW_YEAR + datetime.timedelta(days=1.5)]), id="timestamps"),
        param(pd.to_datetime(["2026-01-01T01:00+01:00", None, "2026-01-02T13:00+01:00"]), id="zones"),
    ],
)
def test_days(values: Any) -> None:
    series = pd.Series(values)
    found = dates.days(series, "")
    np.testing.assert_allclose(found, [20454.0, np.nan, 20455.5])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["12/31/2026", "1/2/2026"], False),
        (["31/12/2026", "1/2/2026"], True),
        (["1.2.2026"], True),
        (["2026-12-31"], None),
        (["31-12-2026"], True),
        (["12.31.2026", "1.2.2026"], False),
        (["1.2.2026", "2026-03-04"], True),
        (["1/1/2026", "3 Feb 2026"], None),
    ],
)
def test_which_number_is_the_day(values: list[str], expected: bool | None) -> None:
    assert dates.day_first(pd.Series(values), "here") is expected


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        (["1/2/2026", "3/4/2026"], "'1/2/2026'"),
        (["1/1/2026", "5-4-26"], "'5-4-26'"),
        (["1/2/2026", "13/4/2026"], None),
        (["1/2/2026", "4/13/2026"], None),
        (["1.2.2026", "3.4.2026"], None),
        (["1/1/2026", "2/2/2026"], None),
    ],
)
def test_dates_that_can_be_read_in_two_ways(values: list[str], refused: str | None) -> None:
    series = pd.Series(values)
    if refused is None:
        dates.day_first(series, "here")
        return
    with pytest.raises(DataError, match=rf"here: {refused} can be read in two ways"):
        dates.day_first(series, "here")


def test_the_train_split_says_which_number_is_the_day(load: Load) -> None:
    train = [f"{i % 28 + 1}/2/2026" for i in range(ROWS)]
    found = of_kind(load, train, "date", test=["3/2/2026"] * 4)
    assert found.columns["dayfirst"] == ["a"]
    assert set(found.X_test["a"]) == {dates.days(pd.Series(["2026-02-03"]), "")[0]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param(["2020-03-05", "05.03.2020", "13.01.2020"], ["2020-03-05", "2020-03-05", "2020-01-13"], id="year-first"),
        param(["2020/03/05", "13/1/2020"], ["2020-03-05", "2020-01-13"], id="year-first-slashes"),
        param(["5.3.69", "5.3.68"], ["1969-03-05", "2068-03-05"], id="two-digits"),
        param(["05-Mar-2020", "March 5th, 2020", "Thu, 5 Mar 2020"], ["2020-03-05"] * 3, id="names-of-months"),
        param(
            ["05MAR2020", "31-jan-20", "3-Feb-24", "1Sept2021"],
            ["2020-03-05", "2020-01-31", "2024-02-03", "2021-09-01"],
            id="sas",
        ),
        param(
            ["5. März 2020", "31 Mai 2020", "16. Dez. 2024"], ["2020-03-05", "2020-05-31", "2024-12-16"], id="german"
        ),
        param(
            ["1er mars 2020", "31 déc. 2020", "3 AOÛT 2024"], ["2020-03-01", "2020-12-31", "2024-08-03"], id="french"
        ),
        param(["3 de enero de 2024", "9 septiembre 2024"], ["2024-01-03", "2024-09-09"], id="spanish"),
        param(
            ["3 maart 2024", "16 mei 2024", "7 giugno 2024"], ["2024-03-03", "2024-05-16", "2024-06-07"], id="others"
        ),
        param(
            ["2024-01-01 16:00:00+00", "2024-01-01 16:00:00-03", "01.01.2024 16:00+0230"],
            ["2024-01-01T16:00", "2024-01-01T19:00", "2024-01-01T13:30"],
            id="zones-of-hours",
        ),
        param(["Jan 31, 2020 6:00 PM", "31.01.2020 18:00:00"], ["2020-01-31T18:00"] * 2, id="times-of-day"),
        param(
            ["2022-05-25 10.39.15", "25.05.2022 10.39", "25/5/2022 10.39.15.5 PM", "25.5.2022 9.05"],
            ["2022-05-25T10:39:15.0", "2022-05-25T10:39:00.0", "2022-05-25T22:39:15.5", "2022-05-25T09:05:00.0"],
            id="times-with-points",
        ),
        param(["2025年1月31日", "2025년 1월 31일", "2025. 01. 31."], ["2025-01-31"] * 3, id="year-first"),
        param(
            ["Jan-31-2025", "February-1-2025 18:00"], ["2025-01-31T00:00", "2025-02-01T18:00"], id="words-with-strokes"
        ),
        param([20200305, 20200131], ["2020-03-05", "2020-01-31"], id="eight-digits"),
        param(pd.Categorical(["2.1.2020", "13.1.2020"]), ["2020-01-02", "2020-01-13"], id="categories"),
        param([20200305.0, None], ["2020-03-05", None], id="eight-digits-and-missing"),
        param(["20200305T120000Z"], ["2020-03-05T12:00"], id="iso-without-marks"),
        param(["2020-03", "03/2020", "2020M03", "2020-m03"], ["2020-03-01"] * 4, id="months"),
        param(["Mar 2020", "März 2020", "MAR-2020", "2020-Mar", "2020-03-05"], [*["2020-03-01"] * 4, "2020-03-05"]),
        param(["2020Q1", "Q2 2020", "2020-Q3", "q4/2020"], ["2020-01-01", "2020-04-01", "2020-07-01", "2020-10-01"]),
    ],
)
def test_dates_of_every_form(values: list[Any], expected: list[str]) -> None:
    wanted = (pd.Series(pd.to_datetime(expected)) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    np.testing.assert_allclose(dates.days(pd.Series(values), "here"), wanted)


@pytest.mark.parametrize(
    "value",
    ["08:30", "now", "2020-13", "Foo 2020", "2020Q5", "5 Foo 2020", "2020-13-01", "2020-02-30", "1.2.2026 or so", ""],
)
def test_what_is_no_date(value: str) -> None:
    with pytest.raises(DataError, match=r"here: .* in row 1 \(from 0\) is no date, month, quarter or week"):
        dates.days(pd.Series(["13.1.2026", value]), "here")


@pytest.mark.parametrize("values", [[2020, 2021], [20201301], [20200101.5], [1.6e9], [True, False]], ids=repr)
def test_numbers_that_are_no_dates(values: list[Any]) -> None:
    with pytest.raises(DataError, match=r"in row 0 \(from 0\) is no date"):
        dates.days(pd.Series(values), "here")


def test_which_number_is_the_day_is_said_by_hand(load: Load) -> None:
    values = [f"{i % 12 + 1}/{i % 11 + 1}/2026" for i in range(ROWS)]
    with pytest.raises(DataError, match=r"read in two ways, .* or pass read\.dayfirst=true or read\.dayfirst=false"):
        of_kind(load, values, "date")
    for first, order, month in ((True, "dayfirst", 1), (False, "monthfirst", 12)):
        read = {"dayfirst": first}
        found = load(table(a=values), columns={"date": ["a"]}, read=read)
        assert found.columns[order] == ["a"]  # as which a run's `predict` reads them
        days = pd.concat([found.X_train["a"], found.X_test["a"]])
        assert days[11] == dates.days(pd.Series([f"2026-{month:02d}-{13 - month:02d}"]), "")[0]
        last = load(table(a=values), split={**SPLIT, "time": "a"}, read=read).rows_test
        assert set(days.nlargest(len(last)).index) <= {*days.index[days >= days[last].min()]} == set(last)
    for changes in ({"columns": {"date": ["a"]}}, {"split": {**SPLIT, "time": "a"}}):
        with pytest.raises(DataError, match=r"=a: '13/1/2026' begins with the day, but read\.dayfirst=false"):
            load(table(a=["13/1/2026", "1/2/2026"] * 20), read={"dayfirst": False}, **changes)
    of_dates = {"columns": {"date": ["a"]}, "read": {"dayfirst": True}}
    with pytest.raises(DataError, match=r"test\.csv: .*'1/13/2026' begins with the month, but read\.dayfirst or the"):
        load(table(a=["1/2/2026"] * 40), table(4, a=["1/13/2026"] * 4), **of_dates)


def test_dates_that_contradict_each_other() -> None:
    with pytest.raises(DataError, match=r"here: '13/1/2020' begins with the day, '1/13/2020' with the month"):
        dates.day_first(pd.Series(["1/13/2020", "13/1/2020"]), "here")


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (
            ["1/13/2020"],
            ["13/1/2020"],
            r"test\.csv: .*date=a: '13/1/2020' begins with the day, but .* the month",
        ),
        (
            ["13.1.2020"],
            ["1/13/2020"],
            r"test\.csv: .*date=a: '1/13/2020' begins with the month, but .* the day",
        ),
        (["2020-01-13"], ["3/4/2020"], r"test\.csv: columns\.date=a: '3/4/2020' can be read in two ways"),
    ],
)
def test_dates_of_a_test_file_are_checked(load: Load, train: list[str], test: list[str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        of_kind(load, train * ROWS, "date", test=test * 4)


def test_a_test_file_with_dates_of_another_form_gives_the_same_days(load: Load) -> None:
    made = pd.date_range("2020-01-01", periods=ROWS)
    german, iso = [f"{day:%d.%m.%Y}" for day in made], [f"{day:%Y-%m-%d}" for day in made]
    for train, test in ((german, iso), (iso, german)):
        found = of_kind(load, train, "date", test=test)
        assert found.X_train["a"].tolist() == found.X_test["a"].tolist()


@pytest.mark.parametrize(
    "form",
    [
        "%Y/%m/%d",
        "%d-%b-%Y",
        "%d%b%Y",
        "%Y-%m-%d %H:%M:%S+00",
        "%b %d, %Y",
        "%d %B %Y",
        "%Y-%m-%dT%H:%M:%SZ",
        "%m/%d/%y",
        "%Y-%m",
        "%b-%Y",
    ],
)
def test_dates_of_every_form_are_found(load: Load, form: str) -> None:
    found = load(table(a=[f"{day:{form}}" for day in pd.date_range("2020-01-20", periods=ROWS)]))
    assert found.kinds["a"] == "date"


@pytest.mark.parametrize(
    "values",
    [
        ["8:30", "1:10:30"],
        ["25:30", "09:15"],
        ["2:1", "0:0"],
        ["1 apple 20", "2 pears 30"],
        ["20200101", "x"],
        ["2009-10", "2010-11"],
    ],
    ids=repr,
)
def test_text_that_is_no_date(load: Load, values: list[str]) -> None:
    assert load(table(a=values * 20)).kinds["a"] == "category"


def test_dates_that_were_found_are_left_out(load: Load) -> None:
    found = load(table(a=[f"2026-01-{i % 28 + 1:02d}" for i in range(ROWS)]))
    assert (found.kinds["a"], found.columns) == ("date", {"number": ["x"], "category": []})
    assert of_check(found, "dates") == ["a"]


@pytest.mark.parametrize("parquet", [False, True], ids=["csv", "parquet"])
@pytest.mark.parametrize(
    "mark", ["k.A.", "NaT", "-", "?", " ", "00.00.0000", "0000-00-00", "0000-00-00 00:00:00", "00/00/00", "unknown"]
)
def test_what_stands_for_a_missing_date_is_read_as_missing(load: Load, mark: str, parquet: bool) -> None:
    values = [f"{day:%d.%m.%Y}" for day in pd.date_range("2020-01-20", periods=ROWS)]
    values[::4] = [mark] * 10
    said = f"in the column 'a' {mark!r} is read as missing (read.na_values)."
    said = said if mark.strip() else "in the column 'a' empty or blank text is missing."
    found = load(table(a=values), parquet=parquet)
    assert (found.kinds["a"], of_check(found, "dates"), of_check(found, "marks")) == ("date", ["a"], [])
    assert len([one for one in found.findings if one["message"].endswith(said)]) == 1
    made = load(table(a=values), table(4, a=mark), columns={"date": ["a"]}, parquet=parquet)
    assert (made.columns["date"], made.columns["dayfirst"]) == (["a"], ["a"])
    assert (made.X_train["a"].isna().sum(), made.X_test["a"].isna().sum()) == (10, 4)
    assert len([one for one in made.findings if one["message"].endswith(said)]) == 2
    kept = load(table(a=values), columns={"category": ["a"]}, parquet=parquet)
    if mark.strip():
        assert mark in {*kept.X_train["a"]}
    else:  # blanks are no category
        assert kept.X_train["a"].isna().any()
    with pytest.raises(DataError, match=r"split\.time=a: the column is missing in 10 of 40 rows"):
        load(table(a=values), split={**SPLIT, "time": "a"}, parquet=parquet)


@pytest.mark.parametrize(
    ("odd", "said", "remedy"),
    [
        (["offen"] * 10, "'offen'", "read.na_values=[offen]"),
        (["offen", "k.D.", "?", "offen"], "'k.D.', 'offen'", "read.na_values=[k.D.,offen]"),
        (["2020", "offen", "2021"] * 2, "'2020', '2021', 'offen'", ""),
    ],
)
def test_a_few_other_texts_among_dates_are_told_of(load: Load, odd: list[str], said: str, remedy: str) -> None:
    values = [f"{day:%d.%m.%Y}" for day in pd.date_range("2020-01-20", periods=ROWS)]
    values[: len(odd)] = odd
    found = load(table(a=values))
    (finding,) = [one for one in found.findings if one["column"] == "a" and one["check"] == "marks"]
    assert (finding["severity"], finding["remedy"], found.kinds["a"]) == ("warning", remedy, "category")
    mend = " Where these are no values, name them in read.na_values."
    mend = mend if remedy else " Mend them, or name those that stand for a missing date in read.na_values."
    assert finding["message"] == f"The column 'a' holds dates but for {said}: taken for categories.{mend}"
    with pytest.raises(DataError, match=rf"'{odd[0]}' in row 0 .* 23:59; .*=.* takes '{odd[0]}' for a missing one"):
        load(table(a=values), columns={"date": ["a"]})
    if remedy:
        marks = remedy.partition("[")[2].strip("]").split(",")
        read = load(table(a=values), read={"na_values": marks}, columns={"date": ["a"]})
        assert pd.concat([read.X_train["a"], read.X_test["a"]]).isna().sum() == len(odd)


# -- which columns take part --------------------------------------------------------------------------------------


def test_text_set_by_hand_is_for_preprocessings_of_ones_own(load: Load) -> None:
    found = of_kind(load, [f"note {i} of many" for i in range(ROWS)], "text")
    for made in (simple_preprocess(columns=found.columns), complex_preprocess(columns=found.columns)):
        assert made.fit_transform(found.X_train, found.y_train).shape == (30, 1)


@pytest.mark.parametrize("name", ["zip", "zip code", "a-b", "größe", "2nd"])
def test_the_override_that_sets_a_kind(name: str) -> None:
    found = config.plain(compose("+preprocess=complex", "+models=lr", *shlex.split(kind_override("category", name))))
    assert found["columns"]["category"] == [name]


def test_a_sign_that_may_stand_for_a_missing_category_is_told_of(load: Load) -> None:
    found = load(table(ROWS, work=["none", "?", "self", "other"] * 10, town=["unknown", "Rome"] * 20, size=[1, 2] * 20))
    (finding,) = [one for one in found.findings if one["check"] == "marks"]
    assert (finding["severity"], finding["column"], finding["remedy"]) == ("info", "work", "read.na_values=['?']")
    assert finding["message"].startswith("In the column 'work' '?' (25.0% of the rows) is a category of its own")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        param(["yes", "no", "?", "no"], "'?' (25.0% of the rows) is a class", id="mark"),
        param(["yes", "no", "?", "-"], "'-' and '?' (50.0% of the rows) are classes", id="two"),
        param(["yes", "no"], "", id="none"),
        param(["+", "-", "+", "-"], "", id="classes-of-signs"),
        param(["yes", "-", "yes", "-"], "", id="one-of-two"),
    ],
)
def test_a_sign_that_may_stand_for_a_missing_class_is_told_of(load: Load, labels: list[str], said: str) -> None:
    frame = table(ROWS, y=(labels * ROWS)[:ROWS], work=["none", "*", "self", "other"] * 10)
    first, *rest = [one for one in load(frame).findings if one["check"] == "marks"]
    assert [(one["severity"], one["column"]) for one in rest] == [("warning", "y")] * bool(said)
    for one in rest:
        assert one["message"].startswith(f"In the target 'y' {said} of ")
        assert "missing_target=drop then leaves these rows out." in one["message"]
        signs = sorted({"*", *labels} - {"yes", "no"})
        assert one["remedy"] == first["remedy"] == f"read.na_values=[{','.join(map(repr, signs))}]"
        assert load(frame, read={"na_values": signs}, missing_target="drop").classes == ["no", "yes"]


@pytest.mark.parametrize("text", ["04.03.2024", "4.3.24"])
def test_dates_with_points_do_not_begin_with_the_month_unless_they_show_it(text: str) -> None:
    with pytest.raises(DataError, match=r"is written as those do who begin with the day, but .* begin with the month"):
        dates.day_first(pd.Series([text, "11.12.2024"]), "d", told=False)
    assert dates.day_first(pd.Series([text, "11.12.2024"]), "d", told=False, by_hand=True) is False
    assert dates.day_first(pd.Series([text, "11.13.2024"]), "d", told=False) is False
    assert dates.day_first(pd.Series([text.replace(".", "/")]), "d", told=False) is False


@pytest.mark.parametrize(
    ("values", "signs"),
    [
        (["*", "**", "***", "ns"], []),
        (["+", "-", "0", "x"], []),
        (["+", "\u2013"], []),
        (["?", "-", "yes", "no"], ["-", "?"]),
    ],
)
def test_signs_that_are_values_are_not_told_of(load: Load, values: list[str], signs: list[str]) -> None:
    found = [one for one in load(table(ROWS, a=(values * ROWS)[:ROWS])).findings if one["check"] == "marks"]
    assert [one["remedy"] for one in found] == [f"read.na_values=[{','.join(map(repr, signs))}]"] * bool(signs)


def test_values_that_differ_by_space_or_case_alone_are_told_of(load: Load) -> None:
    found = load(
        table(40, paid=["yes", "Yes ", "no", "no"] * 10, town=["Rome", "Oslo"] * 20, y=["a", " a", "b", "b"] * 10)
    )
    told = {one["column"]: one for one in found.findings if one["check"] == "spelling"}
    assert set(told) == {"paid", "y"}
    assert told["paid"]["severity"] == "warning"
    assert told["paid"]["message"] == (
        "In the column 'paid' 'Yes ' and 'yes' differ by spaces or case alone, and are values of their own: "
        "write them alike."
    )
    assert found.classes == [" a", "a", "b"]


def test_many_spellings_are_counted(load: Load) -> None:
    values = ["a", "A", "b", "B", "c", "C", "d", "e"] * 5
    (finding,) = [one for one in load(table(40, c=values)).findings if one["check"] == "spelling"]
    assert "'A' and 'a' (and so in 2 cases more) differ" in finding["message"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        param("31.12.2026", True, id="day-first"),
        param("12/31/2026", True, id="month-first"),
        param("2026-12-31 10:30", True, id="with-a-time"),
        param("Dec 31, 2026", True, id="in-words"),
        param("16FEB2024", True, id="without-marks"),
        param("16. Februar 2024", True, id="in-german"),
        param("2024-01-01 16:00:00+00", True, id="a-zone-of-hours"),
        param("2025. 1. 5.", True, id="in-hungarian"),
        param("2025年13月1日", False, id="no-month-in-chinese"),
        param("1 set 2020", False, id="a-word-that-is-no-month-alone"),
        param("12ABC34", False, id="a-code"),
        param("45-67-89", False, id="no-day"),
        param("12-34-56", False, id="a-sort-code"),
        param("10.20.30", False, id="a-version"),
        param("1990-45-99", False, id="no-month"),
        param("40 Dec 2026", False, id="no-such-day"),
        param("1949-01", True, id="a-month"),
        param("12.2015", True, id="a-month-in-german"),
        param("Dec-2015", True, id="a-month-in-words"),
        param("Dec-15", False, id="a-month-or-a-day"),
        param("2026Q4", True, id="a-quarter"),
        param("2026-W05", True, id="a-week"),
        param("2026-W54", False, id="no-such-week"),
        param("4711-01", False, id="a-number-with-a-part"),
        param("2026-13", False, id="no-such-month"),
    ],
)
def test_what_is_a_date(text: str, expected: bool) -> None:
    assert dates.is_date(text) is expected


def test_weeks_are_their_mondays() -> None:
    found = dates.days(pd.Series(["2020-W53", "2021-W01", "2021W02"]), "here")
    mondays = pd.to_datetime(["2020-12-28", "2021-01-04", "2021-01-11"])
    np.testing.assert_array_equal(found, (mondays - pd.Timestamp(0)).days)
    with pytest.raises(DataError, match="'2021-W53' in row 1"):  # which that year has not
        dates.days(pd.Series(["2021-W52", "2021-W53"]), "here")


def test_a_year_of_two_digits_that_may_come_first() -> None:
    with pytest.raises(DataError, match=r"'22-01-15' can be read in two ways, with the year first or last"):
        dates.day_first(pd.Series(["22-01-15", "23-04-01"]), "here")
    assert dates.day_first(pd.Series(["22-01-95", "23-04-01"]), "here") is True
    assert dates.day_first(pd.Series(["22/01/15"]), "here") is True
    assert dates.day_first(pd.Series(["22-01-15"]), "here", told=True) is True


def test_what_begins_with_a_number_is_no_mark_of_a_missing_one() -> None:
    for odd in (["<5"], ["1 - never", "5 - always"]):
        counts = {"size": pd.Series({str(i): 1 for i in range(30)} | dict.fromkeys(odd, 1))}
        (finding,) = find_marks(counts)
        assert finding["remedy"] == ""
        assert f"but for {', '.join(map(repr, odd))}: taken" in finding["message"]
        assert "Mend them, or name those" in finding["message"]


@pytest.mark.parametrize(
    "unit",
    [" mg/dL", "km/h", " g/cm3", " Mbit/s", " €/m²", "€/m²", " m2", " kWh/m²a", "/min", " km", "m²", " °C", "° "],
)
def test_units_are_told(unit: str) -> None:
    (finding,) = find_marks({"size": pd.Series({f"{i}.5{unit}": 2 for i in range(30)})})
    assert f"holds numbers with a sign or a unit, such as '0.5{unit.rstrip()}" in finding["message"]


@pytest.mark.parametrize(
    "text", ["{}/80", "{}/5", "{} - {}", "{}:30", "A{}", "{} 1", "{}/A", "{} /b", "{}/Jan", "{}/h"]
)
def test_what_is_no_unit(text: str) -> None:
    assert find_marks({"size": pd.Series({text.format(i, i): 2 for i in range(30)})}) == []


def test_kinds_set_by_hand_stay_so_by_the_advice_on_marks() -> None:
    numbers = pd.Series({f"{i}.5": 2 for i in range(30)}).rename_axis("size")
    units = pd.Series({f"{i}.5 kg": 2 for i in range(30)})
    size, weight = find_marks({"size": numbers, "weight": units}, columns={"number": ["old"], "category": ["town"]})
    assert size["remedy"] == "columns.number=[old,size]"
    assert "('columns.category=[town,size]' keeps it as text)" in size["message"]
    assert "('columns.category=[town,weight]' keeps it as text)" in weight["message"]


def test_truths_in_several_ways_are_no_marks() -> None:
    counts = {
        "one": pd.Series({"1": 30, "0": 30, "yes": 4}),
        "two": pd.Series({"Y": 30, "N": 30, "1": 9, "0": 9}),
        "plain": pd.Series({"yes": 9, "no": 20}),
        "other": pd.Series({"yes": 9, "no": 20, "maybe": 5}),
        "letters": pd.Series({"T": 9, "F": 20, "N": 5}),
    }
    found = find_marks(counts, columns={"boolean": ["old"]})
    assert [one["remedy"] for one in found] == ["columns.boolean=[old,one,two]"] * 2
    assert "truths that are written in several ways, '1', '0', 'yes': taken" in found[0]["message"]


def test_of_words_alone_no_number_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("with_minus", "unlike_numbers", "has_decimal_commas", "_written"):
        monkeypatch.setattr(unread, name, None)  # a wide table of words would take long
    assert not find_marks({"word": pd.Series({"a-": 15, "(b)": 15, "c, d": 15})})


def test_a_word_in_most_rows_among_many_numbers_may_be_a_mark() -> None:
    numbers = {f"{i}.5": 1 for i in range(30)}
    (finding,) = find_marks({"size": pd.Series({**numbers, "not done": 60})})
    assert finding["remedy"] == "read.na_values=['not done']"
    grades = {str(i): 5 for i in range(1, 7)}
    assert find_marks({"grade": pd.Series({**grades, "absent": 60})}) == []
    assert find_marks({"size": pd.Series({**numbers, **dict.fromkeys(["red", "blue", "green"], 20)})}) == []


def test_a_mark_that_is_a_value_of_another_column_is_named_with_its_own() -> None:
    counts = {
        "quit": pd.Series({**{str(i): 2 for i in range(20)}, "never": 10}),
        "smoker": pd.Series({"never": 20, "former": 10, "current": 20}),
        "age": pd.Series({**{str(i): 2 for i in range(20)}, "?": 3}),
    }
    remedy = "read.na_values={quit:[never],age:['?']}"
    assert [one["remedy"] for one in find_marks(counts)] == [remedy, remedy]
    assert read_words([remedy])[0].value() == {"quit": ["never"], "age": ["?"]}
    (one, _) = find_marks(counts, given={"age": ["-1"], "old": ["x"]})
    assert one["remedy"] == "read.na_values={age:['-1','?'],old:[x],quit:[never]}"
    for odd in ({"given": ["x"]}, {"counts": {**counts, "ä b": pd.Series({**{str(i): 2 for i in range(20)}, "-": 9})}}):
        found = find_marks(**{"counts": counts, **odd})
        assert {one["remedy"] for one in found if one["severity"] == "warning"} == {""}  # none can be typed
    (*_, last) = find_marks({**counts, "a (b)": counts["age"]})
    assert read_words([last["remedy"]])[0].value() == {"quit": ["never"], "age": ["?"], "a (b)": ["?"]}
    alone = {name: values for name, values in counts.items() if name != "smoker"}
    assert {one["remedy"] for one in find_marks(alone)} == {"read.na_values=['?',never]"}


def test_24_o_clock_ends_the_day() -> None:
    texts = pd.Series(["2024-01-01 24:00", "2024-02-29T24:00:00", "2024-01-01 00:00", "31.12.2023 24:00"])
    assert list(dates.days(texts, "here") - 19723) == [1.0, 60.0, 0.0, 0.0]
    assert dates.days(pd.Series(["2262-04-11T23:00:00.123456789", "2024-01-01"]), "here")[1] == 19723
    assert dates.days(pd.Series(["9999-12-31", "2024-01-01"]), "here").tolist() == [2932896, 19723]
    with pytest.raises(DataError, match=r"'2024-01-01 25:00' in row 0 .* or its time is none"):
        dates.days(pd.Series(["2024-01-01 25:00"]), "here")


def test_decimal_commas_in_a_file_of_them_have_no_remedy() -> None:
    counts = {"size": pd.Series({f"{i},5": 1 for i in range(30)} | {"1.25.1": 1})}
    assert [one["remedy"] for one in find_marks(counts)] == ["read.decimal=','"]
    (finding,) = find_marks(counts, decimal=",")
    assert (finding["remedy"], "holds numbers but for '1.25.1'" in finding["message"]) == ("", True)
    many = pd.Series({f"{i},5": 1 for i in range(60)} | {f"{i}.25.1": 1 for i in range(40)})
    (finding,) = find_marks({"size": many}, decimal=",")
    assert (finding["remedy"], "a decimal comma, and others" in finding["message"]) == ("", True)


def test_periods_are_no_numbers_that_are_text() -> None:
    assert find_marks({"period": pd.Series({f"{i % 12 + 1:03d}.{1980 + i}": 1 for i in range(40)})}) == []


FLAGS = [f"{i}.5" for i in range(40)]  # beside numbers that have some


@pytest.mark.parametrize(
    ("values", "words"),
    [
        param(
            ["1,5", "2.5", "3"], "a decimal comma, such as '1,5', and with a decimal point, such as '2.5'", id="marks"
        ),
        param([*FLAGS, *[f"{i}.5*" for i in range(9)]], "numbers with a flag, such as '0.5*'", id="stars"),
        param([*FLAGS, *[f"<{i}.05" for i in range(9)]], "numbers with a flag, such as '<0.05'", id="limits"),
        param([*FLAGS, *[f"{i}.5 e" for i in range(9)], ":"], "numbers with a flag, such as '0.5 e'", id="eurostat"),
        param([*FLAGS, *[f"{i}[1]" for i in range(9)]], "numbers with a flag, such as '0[1]'", id="notes"),
        param([*(f"{i}" for i in range(40)), *(f"{i} a" for i in range(9))], "", id="houses-behind-a-blank"),
        param(["12 kg", "13 kg", "14.5 kg", "15 kg", "16 kg"], "a sign or a unit, such as '12 kg'", id="unit"),
        param(["$5", "€6", "7"], "a sign or a unit, such as '$5'", id="signs"),
        param(["1st", "2nd", "3rd", "4th", "5th", "6th"], "", id="ordinals"),
        param(["12a", "3", "Rome 5", "7b", "9 c"], "", id="houses"),
        param(["5kg", "6kg", "7kg", "8kg", "9kg", "1.5t"], "a unit, such as '5kg'", id="units"),
        param(["1 m²", "2 m²", "3 m²", "4m²", "5 °C"], "a unit, such as '1 m²'", id="squares"),
        param(["1 box", "2 box", "3 box", "4 box", "5 box"], "a unit, such as '1 box'", id="behind-a-space"),
        param(["1A", "2A", "3A", "4A", "5A"], "", id="seats"),
        param(["1950s", "1960s", "1970s", "1980s", "1990s"], "", id="decades"),
        param(["1M", "2M", "3M", "4M", "5M", "10k"], "a sign or a unit, such as", id="millions"),
        param(["€1.5M", "€565K", "€0", "€20K", "€9.5M", "€7K"], "a sign or a unit, such as", id="amounts"),
        param(["1.5M", "2.5M", "3M", "4M", "5M", "n.a."], "a sign or a unit, such as", id="beside-a-mark"),
        param(["1.2K", "2.5K", "3K", "4M", "5K", "950"], "a sign or a unit, such as", id="beside-small-ones"),
        param(["19M", "201k", "8.7M", "14M", "2.5M", "It varies"], "a sign or a unit, such as", id="beside-words"),
        param(["530KB", "1.5 GB", "12 MB", "8MB", "64MiB"], "a sign or a unit, such as", id="bytes"),
        param(["1.5 Mio. €", "2 Mio. €", "3 Mio. €", "4,5 Mio. €", "5 Mrd."], "a sign or a unit, such as", id="words"),
        param(["10,000+", "500+", "5,000,000+"], "a sign or a unit, such as", id="and-more"),
        param(["3+", "7+", "12+", "16+", "18+", "6+"], "", id="ages"),
        param(["1B", "2B", "3B", "4B", "5B", "6B"], "", id="one-letter"),
        param([*(f"{i}" for i in range(1, 80)), "7B", "9B", "1M", "3A", "8B", "2C"], "", id="houses-of-a-street"),
        param(["12A", "3B", "5C", "7B", "9K", "2M"], "", id="codes"),
        param(["S", "M", "L", "XL", "2M"], "", id="sizes"),
        param(["5K", "10K", "21K"], "", id="races"),
        param(["3M", "Bayer", "BASF", "4B", "7K"], "", id="names"),
        param([f"{name} Ltd" for name in "abcdefghijklmnopqrstu"] + ["3.5M", "1.5K"] * 40, "", id="many-names"),
        param(
            ["66,87,824", "₹1,21,741", "6,06,150", "1,02,34,567.50", "45,000", "12,00,000", "950"],
            "commas that are not between thousands alone, such as",
            id="lakhs",
        ),
        param(["1,2,3", "1,12,345", "2,3", "1,3", "4,5,6"], "", id="lists"),
    ],
)
def test_what_keeps_numbers_from_being_read_is_told_of(load: Load, values: list[str], words: str) -> None:
    frame = table(120, a=(values * 120)[:120])
    told = [one for one in load(frame).findings if one["check"] == "marks"]
    assert [(one["column"], one["severity"], words in one["message"]) for one in told] == [
        ("a", "warning", True)
    ] * bool(words)
    assert all("('columns.category=[a]' keeps it as text)" in one["message"] for one in told)
    assert of_check(load(frame, columns={"category": ["a"]}), "marks") == []
    if words:
        with pytest.raises(DataError, match=r"The target 'a' holds numbers with .*\. Write .* task=classification"):
            load(frame, target="a", task="regression")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([f"{i},{i % 9}5" if i % 2 else f"{i}.{i % 9}5" for i in range(60)], "with one mark. To confirm: "),
        ([f"{i}.5 kg" for i in range(60)], "Write the numbers alone, all of one unit. To confirm: "),
        ([f"{i}A" for i in range(1000, 1060)], "codes or names, nearly every row has a value of its own: left out"),
        ([f"an A of {i}" for i in range(1000, 1060)], "free text, nearly every row has a value of its own: left out"),
    ],
)
def test_numbers_of_their_own_that_cannot_be_read_are_left_out(load: Load, values: list[str], told: str) -> None:
    found = load(table(60, a=values))
    (finding,) = [one for one in found.findings if one["column"] == "a"]
    assert (found.kinds["a"], "a" in found.X_train) == ("text", False)
    assert told in findings.told(finding)


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("blanks", ["{}  ", "  {}", " {} "])
def test_blanks_around_codes_are_no_unit(load: Load, blanks: str, parquet: bool) -> None:
    frame = table(60, a=[blanks.format(f"{i % 40:03d}") for i in range(60)])
    found = load(frame, parquet=parquet)
    assert (found.kinds["a"], of_check(found, "marks")) == ("category", [])


def test_many_odd_values_in_a_few_rows_are_told_of(load: Load) -> None:
    odd = [f"n{i}" for i in range(8)]
    (finding,) = [
        one for one in load(table(400, a=[str(i % 99) for i in range(392)] + odd)).findings if one["check"] == "marks"
    ]
    assert "holds numbers but for 'n0', 'n1', 'n2', 'n3', 'n4', … (8 values in all)" in finding["message"]
    assert finding["remedy"] == ""


@pytest.mark.parametrize(
    ("words", "share", "told"),
    [
        param(["n.b.", "k. A.", "entf.", "unb.", "fehlt", "n/s"], 10, True, id="six"),
        param(["n.b.", "k. A.", "entf.", "unb.", "fehlt", "n/s", "?", "k.A."], 8, True, id="beside-marks"),
        param([f"no {chr(97 + i)}" for i in range(20)], 4, True, id="twenty"),
        param([f"no {chr(97 + i)}" for i in range(21)], 4, False, id="more"),
        param(["n.b.", "k. A.", "entf.", "unb.", "fehlt", "n/s"], 2, False, id="half-of-the-rows"),
        param([f"A{i}" for i in range(12)], 8, False, id="codes"),
    ],
)
def test_words_among_numbers_are_told_of_by_their_rows(load: Load, words: list[str], share: int, told: bool) -> None:
    values = [words[i // share % len(words)] if i % share == 0 else f"{i / 10}" for i in range(400)]
    found = load(table(400, a=values))
    said = [one for one in found.findings if one["column"] == "a" and one["check"] == "marks"]
    assert ([one["severity"] for one in said], found.kinds["a"]) == (["warning"] * told, "category")
    if told:
        named = sorted({*words} - {"?", "k.A."})
        assert (
            f"numbers but for {', '.join(map(repr, named[:5]))}, … ({len(named)} values in all)" in said[0]["message"]
        )
        override = shlex.split(findings.told(said[0]).partition(" Pass: ")[2])
        assert config.plain(compose("+preprocess=complex", "+models=lr", *override))["read"]["na_values"] == named
        assert load(table(400, a=values), read={"na_values": named}).kinds["a"] == "number"


def test_a_target_of_numbers_among_words_is_no_class(load: Load) -> None:
    words = ["n.b.", "k. A.", "entf.", "unb.", "fehlt", "n/s"]
    with pytest.raises(DataError, match=r"The target 'y' holds numbers but for 'entf\.', 'fehlt', .*: correct these"):
        load(table(400, y=[words[i // 10 % 6] if i % 10 == 0 else f"{i / 10}" for i in range(400)]))


def test_days_that_number_the_rows_are_no_identifier(load: Load) -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2020-01-01", periods=ROWS)]
    assert of_check(of_kind(load, days, "date"), "identifier") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param(["1.0", "1.1", None, "2.0"], ["1", "1.1", None, "2"], id="text"),
        param([1.0, 1.5, np.nan, 2.0], ["1", "1.5", None, "2"], id="numbers"),
        param([1.0, np.nan, 2.0], ["1", None, "2"], id="whole-numbers"),
        param(["v1.0", "1.00", "-3.0"], ["v1.0", "1.00", "-3"], id="others"),
        param(np.array([1.0, 1.5, None, 2], dtype=object), ["1", "1.5", None, "2"], id="objects"),
        param(pd.Series(["1.0", None, "2.0"], dtype=object), ["1", None, "2"], id="objects-of-text"),
    ],
)
def test_a_category_is_spelled_alike_in_every_file(values: list[Any], expected: list[Any]) -> None:
    frame = pd.DataFrame({"a": values})
    found = conversion.as_kinds(frame, {"category": ["a"], "number": []}, "here")["a"]
    assert [None if pd.isna(value) else value for value in found] == expected
    for at in range(len(values)):  # whatever else the file holds
        alone = conversion.as_kinds(frame.iloc[[at]], {"category": ["a"], "number": []}, "here")["a"]
        assert [None if pd.isna(value) else value for value in alone] == expected[at : at + 1]


@pytest.mark.parametrize("values", [[True, pd.NA], [1, pd.NA], [0.5, None], [True, None]], ids=str)
def test_missing_numbers_among_objects(values: list[Any]) -> None:
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    found = conversion.as_kinds(frame, {"number": ["a"]}, "my.csv")["a"]
    assert found.dtype == "float64"
    assert found.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1,5", "12", "-4.58e-05", "2,25"], "holds '-4.58e-05' in row 2 (from 0), beside values such as '1,5': mend"),
        (["1.5", "12", "-4,58", "x"], "holds '-4,58' in row 2 (from 0): mend it"),
        (["8%", "9%", "0.08"], "holds '0.08' in row 2 (from 0), beside values such as '8%': mend it"),
        (["1,5", None, "2,5"], "holds '1,5' in row 0 (from 0): mend it"),
        ([None, "many"], "holds 'many' in row 1 (from 0): mend it"),
        (["1.932,28", "947,55", "2.155,24-", "x"], "holds 'x' in row 3 (from 0), beside values such as '1.932,28'"),
    ],
)
def test_the_odd_one_among_numbers_is_named(values: list[Any], words: str) -> None:
    frame = pd.DataFrame({"a": pd.Series(values, dtype="str")})
    with pytest.raises(DataError) as caught:
        conversion.as_kinds(frame, {"number": ["a"]}, "my.csv")
    assert words in str(caught.value)


def test_booleans_of_the_train_split_are_such_in_the_test_file(load: Load) -> None:
    train, test = table(a=[True, False] * (ROWS // 2)), table(4, a=["yes", "no", "1", None])
    found = load(train, test)
    assert found.columns == {"number": ["x", "a"], "category": []}
    assert found.sources["train"]["booleans"] == ["a"]
    assert found.X_test["a"].tolist()[:3] == [1.0, 0.0, 1.0]
    with pytest.raises(DataError, match=r"'a' is taken for true or false \(as in the train.*, but holds 'ja' in row 0"):
        load(train, test.assign(a=["ja", "nein"] * 2))


@pytest.mark.parametrize(
    ("first", "kind"), [(10**30, "text"), (2**64, "text"), (2**55, "number"), (0, "number")], ids=str
)
def test_whole_decimals_that_floats_do_not_tell_apart_are_codes(load: Load, first: int, kind: str) -> None:
    exact = [Decimal(first + i) for i in range(ROWS)]
    found = load(table(a=exact, b=[Decimal(first + i % 2) for i in range(ROWS)]), parquet=True)
    assert (found.kinds["a"], found.kinds["b"]) == (kind, "number" if kind == "number" else "category")
    assert {*of_check(found, "rounded")} == ({"a", "b"} if first == 2**55 else set())
    if kind == "text":
        assert {*found.X_train["b"]} == {str(first), str(first + 1)}
    apart = load(table(a=[Decimal(10**30 * i) for i in range(ROWS)]), parquet=True)
    assert apart.kinds["a"] == "number"


def test_decimals_are_numbers_as_others_are(load: Load) -> None:
    frame = table(a=[Decimal("999.9") if i % 4 == 0 else Decimal(f"{i}.5") for i in range(ROWS)])
    assert {*of_check(load(frame, parquet=True), "far")} == {"a"}
    assert load(frame, parquet=True, read={"na_values": [999.9]}).X_train["a"].max() < ROWS


def test_durations_are_told_of_as_such() -> None:
    frame = pd.DataFrame({"a": pd.to_timedelta(["1h", None, "2min"]), "x": 1.0})
    found = kinds.find_kinds(frame, {})
    (told,) = kinds.left_out(found, {}, {}, None)
    assert told["message"].startswith("The column 'a' holds times of day or durations: left out ('columns.date=[a]'")
    given = {"a": "date"}
    days = conversion.as_kinds(frame, kinds.features(kinds.find_kinds(frame, given), given, frame), "my.csv")["a"]
    assert days[0] == pytest.approx(1 / 24)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param(["08:30", "8:30", "23:59", "0:00"], [8.5, 8.5, 23 + 59 / 60, 0], id="times-of-day"),
        param(["08:30 AM", "12:00 am", "12:30PM", "8:30:30 p.m."], [8.5, 0, 12.5, 20.5 + 30 / 3600], id="halves"),
        param(["36:30:15", "00:00:01.5"], [36.5 + 15 / 3600, 1.5 / 3600], id="three-parts"),
        param(["1 days 02:00:00", "-1 days +23:00:00", "2 days", "1 day, 2:00:00"], [26, -1, 48, 26], id="pandas"),
    ],
)
def test_durations_of_every_form(load: Load, values: list[str], expected: list[float]) -> None:
    texts = [*(values * ROWS)[: ROWS - 1], "NA"]
    made = load(table(a=texts), columns={"date": ["a"]})
    days = pd.concat([made.X_train["a"], made.X_test["a"]])
    np.testing.assert_allclose(np.unique(days.dropna() * 24), np.unique(expected))
    assert (made.kinds["a"], made.columns["date"], days.isna().sum()) == ("duration", ["a"], 1)


def test_times_of_day_of_other_types_are_read_as_text_is() -> None:
    texts = pd.Series([f"{i % 24:02d}:30" for i in range(ROWS)], name="a")
    given, wanted = {"a": "date"}, (np.arange(ROWS) % 24 + 0.5) / 24
    times = [datetime.time(i % 24, 30) for i in range(ROWS)]
    for values in (texts, texts.astype("category"), pd.Series(times, name="a", dtype=object)):
        frame = values.to_frame()
        of_kinds = kinds.features(kinds.find_kinds(frame, given), given, frame)
        assert of_kinds["clock"] == ["a"]
        for other in (frame, texts.to_frame(), pd.DataFrame({"a": pd.Series(times, dtype=object)})):
            np.testing.assert_allclose(conversion.as_kinds(other, of_kinds, "my.csv")["a"], wanted)


def test_many_durations_are_left_out_and_few_are_categories(load: Load) -> None:
    many = load(table(a=[f"{i % 12:02d}:{i:02d}" for i in range(ROWS)]))
    assert (many.kinds["a"], of_check(many, "dates")) == ("duration", ["a"])
    told = next(one["message"] for one in many.findings if one["check"] == "dates")
    assert "'columns.date=[a]' makes days of them, 'columns.category=[a]' keeps them as text" in told
    assert load(table(a=["08:00", "16:00"] * 20)).kinds["a"] == "category"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["8:30", "1:10:30"], "'8:30' in row 0 .* not all values are such of one form: write all as 10:30"),
        (["45:12", "8:30"], "'45:12' in row 0 .* not all values are such of one form"),
        (["8:60", "8:30"], "'8:60' in row 0 .* is no date"),
        (["13:00 PM"], "is no date"),
    ],
    ids=repr,
)
def test_what_is_no_duration(load: Load, values: list[str], words: str) -> None:
    assert load(table(a=(values * ROWS)[:ROWS])).kinds["a"] == "category"
    with pytest.raises(DataError, match=words):
        load(table(a=(values * ROWS)[:ROWS]), columns={"date": ["a"]})


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ("1:10:30", "10:30", "'10:30' in row 0 .* is no duration such as 1:10:30 or .* as the train split has"),
        ("10:30", "1:10:30", "'1:10:30' in row 0 .* is no time of day such as 10:30"),
        ("1:10:30", "2020-01-01", "'2020-01-01' in row 0 .* is no duration"),
        ("2020-01-01", "10:30", "'10:30' in row 0 .* is no date"),
    ],
)
def test_durations_of_a_test_file_have_the_form_of_the_train_split(
    load: Load, train: str, test: str, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        load(table(a=[train] * ROWS), table(4, a=[test] * 4), columns={"date": ["a"]})
    found = load(table(a=[train] * ROWS), table(4, a=[None] * 4), columns={"date": ["a"]})
    assert found.X_test["a"].isna().all()
    with pytest.raises(DataError, match="is no date"):
        load(table(a=["10:30", "11:30"] * 20), split={**SPLIT, "time": "a"})


def test_times_of_day_of_whole_minutes_may_be_written_with_seconds() -> None:
    clock = datetime.time
    for values in (["10:30:00", "8:00:00"], [clock(10, 30), clock(8)], ["10:30", "8:00"]):
        found = durations.days(pd.Series([*values, None]), "here", durations.CLOCK)
        assert found[:2].tolist() == pytest.approx([10.5 / 24, 8 / 24])
    typed = durations.days(pd.Series([clock(1, 2, 3), clock(8)]), "here", durations.CLOCK)
    assert typed[0] == pytest.approx((3600 + 120 + 3) / 86_400)
    assert durations.days(pd.Series([clock(8)]), "here", durations.LENGTH).tolist() == pytest.approx([8 / 24])
    zoned = durations.days(pd.Series([clock(19, 30, tzinfo=datetime.UTC)]), "here", durations.CLOCK)
    assert zoned.tolist() == pytest.approx([19.5 / 24])
    for values in (["10:30:00", "8:00:01"], ["10:30:00", "8:00 x"]):
        with pytest.raises(DataError, match="is no time of day such as 10:30"):
            durations.days(pd.Series(values), "here", durations.CLOCK)


def test_durations_where_the_train_split_has_dates() -> None:
    train = pd.DataFrame({"a": ["2026-01-01", "2026-01-02"], "x": 1.0})
    read = kinds.features(kinds.find_kinds(train, {"a": "date"}), {"a": "date"}, train)
    new = pd.DataFrame({"a": pd.to_timedelta(["1 days", "2 days"]), "x": 1.0})
    with pytest.raises(DataError, match=r"new\.csv: columns\.date=a holds durations, and dates in the train split"):
        conversion.as_kinds(new, read, "new.csv")


def test_durations_are_seconds_where_numbers_are_asked_for() -> None:
    frame = pd.DataFrame({"a": pd.to_timedelta(["1h", None, "2min"])})
    found = conversion.as_kinds(frame, {"number": ["a"]}, "my.csv")["a"]
    assert found[[0, 2]].tolist() == [3600, 120]
    assert found.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("remedies", "expected"),
    [
        (["preprocess.drop=[a]", "read.decimal=','"], ""),
        (["preprocess.drop=[a]", "preprocess.drop=[a]"], ""),
        (
            ["preprocess.drop=[old,a]", "", "preprocess.drop=['b c']"],
            "To leave all of these out: \"preprocess.drop=[old,a,'b c']\"",
        ),
        (["preprocess.drop=[a]", "preprocess.drop=['0']", "preprocess.drop=[a,d]"], "\"preprocess.drop=[a,'0',d]\""),
        ([r"preprocess.drop=['it\'s, or']", "preprocess.drop=[a]"], "\"preprocess.drop=['it\\'s, or',a]\""),
    ],
)
def test_the_override_that_leaves_all_out(remedies: list[str], expected: str) -> None:
    found = findings.all_left_out([findings.finding_of("leak", "warning", "a", "Odd.", remedy) for remedy in remedies])
    assert found.endswith(expected)
    assert bool(found) is bool(expected)


def test_what_keeps_a_column_names_those_that_are_kept_by_hand_too(load: Load) -> None:
    days = pd.date_range("2026-01-01", periods=ROWS).strftime("%Y-%m-%d")
    frame = table(ROWS, code=[f"K{i:03}-x" for i in range(ROWS)], d=days, e=days, z=np.arange(ROWS) % 5)
    found = load(frame, columns={"category": ["z"], "date": ["d"]}).findings
    said = {one["column"]: one["message"] for one in found if one["check"] in ("text", "dates")}
    assert "left out ('columns.category=[z,code]' keeps it)" in said["code"]
    assert "left out ('columns.date=[d,e]' makes days of them)" in said["e"]


def test_what_is_mended_by_its_marks_is_not_left_out() -> None:
    a, b, c = (findings.finding_of("levels", "info", name, "Many.", f"preprocess.drop=[{name}]") for name in "abc")
    mark = findings.finding_of("marks", "warning", "b", "Odd.", "read.na_values=[n.b.]")
    assert findings.all_left_out([a, b, c, mark]) == "To leave all of these out: 'preprocess.drop=[a,c]'"
