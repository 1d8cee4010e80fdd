"""Records and their files: written whole or not at all, read with errors that say what is wrong."""

import errno
import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from mlzoo import preprocessing, record
from mlzoo.errors import RecordError
from mlzoo.record import Record


def place(folder: Path, **content: Any) -> Record:
    made = Record(folder, {"schema": 1, "status": "done", "cell": "a-b", **content})
    made.save()
    return made


# -- written whole or not at all ----------------------------------------------------------------------------------

WRITERS = [
    pytest.param(lambda path: record.write_json(path, {"x": Unprintable()}), id="json"),
    pytest.param(lambda path: record.write_csv(path, rows_that_break(), ["x"]), id="csv"),
    pytest.param(lambda path: record.write_text(path, None), id="text"),
]


def test_a_name_that_is_no_utf_8_is_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"l\xe4t.csv")
    record.write_config(tmp_path, {"data": name})
    record.write_json(tmp_path / "x.json", {"data": name})
    record.write_csv(tmp_path / "x.csv", [{"data": name}], ["data"])
    assert record.read_config(tmp_path) == json.loads((tmp_path / "x.json").read_text()) == {"data": name}
    assert (tmp_path / "x.csv").read_text() == "data\nl\\udce4t.csv\n"


class Unprintable:
    def __str__(self) -> str:
        raise ArithmeticError("no text")


def rows_that_break() -> Any:
    yield {"x": 1}
    raise ArithmeticError("no second row")


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("before", [pytest.param("old", id="old file"), pytest.param(None, id="no file")])
def test_an_error_while_writing_leaves_what_was_there(
    tmp_path: Path, write: Callable[[Path], None], before: str | None
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_text(before)
    with pytest.raises((ArithmeticError, TypeError)):
        write(path)
    assert [p.name for p in tmp_path.iterdir()] == (["file"] if before else [])
    assert before is None or path.read_text() == before


def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, record.replacing(tmp_path / "file"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "file")


def test_an_error_of_a_closed_folder_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: str, *_: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "open", closed)
    with pytest.raises(PermissionError) as caught, record.replacing(tmp_path / "file"):
        pass
    assert caught.value.filename == str(tmp_path / "file")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
def test_replacing_cleans_up_after_any_error(tmp_path: Path, error: type[BaseException]) -> None:
    def write() -> None:
        with record.replacing(tmp_path / "deep" / "file") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert list((tmp_path / "deep").iterdir()) == []


def test_the_old_file_is_there_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    record.write_text(path, "old")
    with record.replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_have_the_usual_permissions(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        record.write_text(tmp_path / "file", "text")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~mask


# -- plain data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        pytest.param(math.nan, None, id="nan"),
        pytest.param(-math.inf, None, id="inf"),
        pytest.param(np.float64("nan"), None, id="numpy nan"),
        pytest.param(np.float32(0.5), 0.5, id="float32"),
        pytest.param(np.int16(-3), -3, id="int16"),
        pytest.param(np.bool_(True), True, id="numpy bool"),
        pytest.param(np.str_("ü"), "ü", id="numpy text"),
        pytest.param(np.array(7), 7, id="array of no dimension"),
        pytest.param((1, [2.5, math.nan]), [1, [2.5, None]], id="nested"),
        pytest.param({1: {"a": np.float64("inf")}}, {"1": {"a": None}}, id="mapping"),
        pytest.param(None, None, id="none"),
        pytest.param(False, False, id="bool"),
        pytest.param(10**20, 10**20, id="long int"),
        pytest.param(Path("a/b"), "a/b", id="path"),
        pytest.param(pd.Timestamp("2020-01-02"), "2020-01-02 00:00:00", id="timestamp"),
    ],
)
def test_json_is_plain_and_finite(tmp_path: Path, value: Any, plain: Any) -> None:
    record.write_json(tmp_path / "x.json", {"value": value})
    read = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert read == {"value": plain}
    assert type(read["value"]) is type(plain)


def test_csv(tmp_path: Path) -> None:
    rows = [
        {"a": 1, "b": None, "c": 0.1, "left out": 9},
        {"a": np.int64(2), "b": math.nan, "c": 'comma, "quote"\nline'},
        {"a": True, "b": np.float32("nan")},
    ]
    record.write_csv(tmp_path / "x.csv", rows, ["a", "b", "c"])
    assert (tmp_path / "x.csv").read_bytes() == b'a,b,c\n1,,0.1\n2,,"comma, ""quote""\nline"\nTrue,,\n'


# -- load and find ------------------------------------------------------------------------------------------------


def test_save_and_load(tmp_path: Path) -> None:
    made = place(tmp_path / "new" / "run", test={"accuracy": 0.75}, name="Größe")
    read = record.load(made.folder)
    assert read == made
    assert read["test"] == {"accuracy": 0.75}
    assert repr(read) == f"Record('a-b', status='done', folder='{made.folder}')"
    assert record.load(str(made.folder)) == made
    assert "Größe" in (made.folder / "record.json").read_text(encoding="utf-8")
    with pytest.raises(KeyError):
        read["nothing"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(None, "this is no run folder, it has no record.json", id="no record"),
        pytest.param(b"", "cannot be read", id="empty"),
        pytest.param(b'{"schema": 1, "sta', "cannot be read", id="half"),
        pytest.param(b"\xff\xfe\x00", "cannot be read", id="no text"),
        pytest.param(b'{"schema": 2}', "has schema 2, not 1: .* that has written it.$", id="other schema"),
        pytest.param(b'{"schema": 2, "environment": {"mlzoo": "0.3"}}', "that has written it, 0.3.$", id="later"),
        pytest.param(b'{"schema": 2, "environment": "new"}', "has schema 2, not 1", id="all is otherwise"),
        pytest.param(b"{}", "has schema None, not 1", id="no schema"),
        pytest.param(b"[1]", "holds no record", id="no mapping"),
    ],
)
@pytest.mark.parametrize("read", [record.load, record.find])
def test_what_cannot_be_loaded(
    tmp_path: Path, text: bytes | None, message: str, read: Callable[[Path], object]
) -> None:
    if text is not None:
        (tmp_path / "record.json").write_bytes(text)
    elif read is record.find:
        message = "neither a run nor a sweep folder, there is no record.json in or below it"
    with pytest.raises(RecordError, match=message) as caught:
        read(tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("read", [record.load, record.find])
def test_no_folder(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(RecordError, match=r"nowhere: (there is no such folder|this is no run folder)"):
        read(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(
        RecordError, match=r"file( is a file: a run or sweep folder stands here|: this is no run folder)"
    ):
        read(tmp_path / "file")


def test_jobs_of_a_sweep_come_in_their_order(tmp_path: Path) -> None:
    for number in (10, 2, 0, 1, 9, 3, 4, 8, 5, 7, 6):
        place(tmp_path / "sweep" / str(number))
    place(tmp_path / "later" / "x")
    found = [one.folder.relative_to(tmp_path).as_posix() for one in record.find(tmp_path)]
    assert found == ["later/x", *(f"sweep/{number}" for number in range(11))]
    assert [one.folder.name for one in record.find(tmp_path / "sweep")] == list(map(str, range(11)))


def test_a_folder_that_cannot_be_looked_into_is_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def closed(path: Any) -> Any:
        if Path(path).name == "1":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    for number in range(2):
        place(tmp_path / str(number))
    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(RecordError, match=r"1 cannot be read: Permission denied"):
        record.find(tmp_path)


def test_a_record_is_a_mapping(tmp_path: Path) -> None:
    one = record.Record(tmp_path, {"status": "done", "cv": {}})
    assert (list(one), len(one), "cv" in one, one.get("test")) == (["status", "cv"], 2, True, None)


def test_a_run_folder_is_one_record(tmp_path: Path) -> None:
    outer = place(tmp_path)
    place(tmp_path / "below")
    assert record.find(tmp_path) == [outer]


# -- models -------------------------------------------------------------------------------------------------------

TABLE = pd.DataFrame({"x": [0.0, 1.0, np.nan, 3.0], "c": ["a", "b", "b", np.nan]})


def fitted() -> Pipeline:
    columns = {"number": ["x"], "category": ["c"]}
    parts = [("prep", preprocessing.complex_preprocess(columns=columns)), ("model", LogisticRegression())]
    return Pipeline(parts).fit(TABLE, [0, 0, 1, 1])


@pytest.mark.parametrize(("persist", "name"), [("joblib", "model.joblib"), ("skops", "model.skops"), ("none", None)])
def test_models(tmp_path: Path, persist: str, name: str | None) -> None:
    pipeline = fitted()
    record.save_model(tmp_path, pipeline, persist)
    assert [path.name for path in tmp_path.iterdir()] == ([name] if name else [])
    if name is None:
        with pytest.raises(RecordError, match=r"holds no model .*rerun .* --persist joblib"):
            record.load_model(tmp_path)
    else:
        read = Record(tmp_path, {})
        assert read.pipeline is read.pipeline
        assert np.array_equal(read.pipeline.predict_proba(TABLE), pipeline.predict_proba(TABLE))


def test_a_skops_file_is_not_trusted_for_what_it_asks(tmp_path: Path) -> None:
    from tests.zoo_parts import Constant

    record.save_model(tmp_path, Pipeline([("scale", StandardScaler()), ("model", Constant())]), "skops")
    with pytest.raises(RecordError, match=r"are not trusted: \S*zoo_parts\.Constant\. .* --persist joblib"):
        record.load_model(tmp_path)


def test_skops_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(RecordError, match=r"pip install 'mlzoo\[skops\]'"):
        record.save_model(tmp_path, fitted(), "skops")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"no pickle")
    with pytest.raises(RecordError, match=r"model\.joblib cannot be read"):
        record.load_model(tmp_path)


def test_a_record_stands_for_its_folder(tmp_path: Path) -> None:
    one = record.Record(tmp_path / "run", {"schema": record.SCHEMA})
    one.save()
    assert record.load(one) == one
