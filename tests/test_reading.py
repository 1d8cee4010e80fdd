"""From files of every dialect to a DataFrame, or to an error that says what to pass."""

import builtins
import bz2
import csv
import datetime
import gzip
import hashlib
import lzma
import os
import re
import shlex
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.composition.overrides import read_words
from mlzoo.errors import ConfigError, DataError
from mlzoo.grammar import missing_override
from mlzoo.reading import fields, files, forms, frames, layout, opening
from mlzoo.reading.opening import NEW
from mlzoo.reading.source import Source
from mlzoo.tables.labels import target_of

param = pytest.param
LINE = "name,size\nx,1\n"
LONG = "name,size\n" + "x,1\n" * 20_000  # more than the sample that the dialect is found out from


def read_bytes(folder: Path, content: bytes, name: str = "my.csv", **options: Any) -> Source:
    (folder / name).write_bytes(content)
    return files.read(name, options, where="data", folder=str(folder))


def read_text(folder: Path, content: str, name: str = "my.csv", **options: Any) -> Source:
    return read_bytes(folder, content.encode(), name, **options)


def columns(source: Source | pd.DataFrame) -> dict[str, list[Any]]:
    frame = source.frame if isinstance(source, Source) else source
    return {str(k): [None if pd.isna(v) else v for v in values] for k, values in frame.to_dict("list").items()}


def pasted(said: str) -> dict[str, Any]:
    """The options of reading that a message advises to pass, as a shell and Hydra take them."""
    advised = re.findall(r"""(?<!\S)["']?read\.\w+=\S+(?<![.:,;])""", said)
    words = [read_words(shlex.split(word))[0] for word in advised]
    return {word.key_or_group.removeprefix("read."): word.value() for word in words}


SEMICOLON = "read with the separator ';' (read.sep)"
COMMA = "read with the decimal mark ',' (read.decimal)"


@pytest.mark.parametrize(
    ("text", "expected", "notes"),
    [
        param("a,b\n1,x\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}, [], id="comma"),
        param("a;b\n1;x\n2;y\n", {"a": [1, 2], "b": ["x", "y"]}, [SEMICOLON], id="semicolon"),
        param("a\tb\n1\tx\n", {"a": [1], "b": ["x"]}, [r"read with the separator '\t' (read.sep)"], id="tab"),
        param("a|b\n1|x\n", {"a": [1], "b": ["x"]}, ["read with the separator '|' (read.sep)"], id="bar"),
        param("a;b\n1;x, y\n2;y\n", {"a": [1, 2], "b": ["x, y", "y"]}, [SEMICOLON], id="comma-in-semicolon-file"),
        param("a, or b;c\n1;2\n3;4\n", {"a, or b": [1, 3], "c": [2, 4]}, [SEMICOLON], id="comma-in-a-name"),
        param("a;b\n1,5;x\n-2,25;y\n", {"a": [1.5, -2.25], "b": ["x", "y"]}, [SEMICOLON, COMMA], id="decimal-comma"),
        param("a;b\n1.5;x\n2.5;1,5\n", {"a": [1.5, 2.5], "b": ["x", "1,5"]}, [SEMICOLON], id="points-win-a-draw"),
        param('a;b\n"1,5";x\n"2,5";y\n', {"a": [1.5, 2.5], "b": ["x", "y"]}, [SEMICOLON, COMMA], id="quoted-decimals"),
        param('a,b\n"x,y",1\n', {"a": ["x,y"], "b": [1]}, [], id="quoted-separator"),
        param('a,b\n"x;y;z",1\n', {"a": ["x;y;z"], "b": [1]}, [], id="other-separator-quoted"),
        param('a;b\n"x;y\nz";1\n', {"a": ["x;y\nz"], "b": [1]}, [SEMICOLON], id="quoted-newline"),
        param('a,b\n"say ""hi""",1\n', {"a": ['say "hi"'], "b": [1]}, [], id="quoted-quote"),
        param("a,b\r\n1,x\r\n", {"a": [1], "b": ["x"]}, [], id="windows-lines"),
        param("a,b\n\n1,x\n\n", {"a": [1], "b": ["x"]}, [], id="blank-lines"),
        param("a,b\n1,2", {"a": [1], "b": [2]}, [], id="no-last-newline"),
        param("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}, [], id="trailing-separator-in-rows"),
        param("a\n1\n2\n", {"a": [1, 2]}, [], id="one-column"),
        param("größe,名前\n1,é\n", {"größe": [1], "名前": ["é"]}, [], id="unicode-names"),
        param("a,b\n1,NA\n,x\n", {"a": [1, None], "b": [None, "x"]}, [], id="missing"),
        param("a,b\nTrue,1\nFalse,A\n,2\n", {"a": [True, False, None], "b": ["1", "A", "2"]}, [], id="mixed"),
        param("1,2\n3,4\n", {"1": [3], "2": [4]}, [], id="names-are-text"),
    ],
)
def test_dialects(tmp_path: Path, text: str, expected: dict[str, list[Any]], notes: list[str]) -> None:
    source = read_text(tmp_path, text)
    assert columns(source) == expected
    assert source.notes == notes


def test_trailing_separators_everywhere_make_an_empty_column(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "a,b,\n1,2,\n3,4,\n")) == {"a": [1, 3], "b": [2, 4], "Unnamed: 2": [None, None]}


CP1252 = ["read with the encoding cp1252 (read.encoding)"]
OTHERS = "cp1251 for Cyrillic, cp1253 for Greek, gbk, shift_jis or euc_kr for others"
DOS = f", which is hardly the right one: cp850 or cp437 for files of DOS, {OTHERS}"
LATIN_1 = [f"read with the encoding latin-1 (read.encoding){DOS}"]


@pytest.mark.parametrize(
    ("content", "text", "notes"),
    [
        param("name,size\né,1\n".encode("latin-1"), "é", CP1252, id="latin-1"),
        param("name,size\n€,1\n".encode("cp1252"), "€", CP1252, id="cp1252"),
        param(b"name,size\n\x81,1\n", "\x81", LATIN_1, id="not-in-cp1252"),
        param("name,size\né,1\n".encode("utf-8-sig"), "é", [], id="bom"),
        param("name,size\né,1\n".encode("utf-16"), "é", ["read with the encoding utf-16 (read.encoding)"], id="utf-16"),
        param("name,size\né,1\n".encode("utf-32"), "é", ["read with the encoding utf-32 (read.encoding)"], id="utf-32"),
        param((LONG + "é,1\n").encode("latin-1"), "é", CP1252, id="latin-1-late"),
        param((LONG + "€,1\n").encode("cp1252"), "€", CP1252, id="cp1252-late"),
        param((LONG + "é,1\n").encode(), "é", [], id="utf-8-late"),
        param(("name,size\n" + "é,1\n" * 20_000).encode(), "é", [], id="utf-8-cut-by-the-sample"),
        param(("name,size\n" + "é,1\n" * 20_000).encode("utf-16"), "é", None, id="utf-16-cut-by-the-sample"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, text: str, notes: list[str] | None) -> None:
    source = read_bytes(tmp_path, content)
    assert source.frame["name"].iloc[-1] == text
    assert list(source.frame.columns) == ["name", "size"]
    assert notes is None or source.notes == notes


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        param("a;b\n1,5;x\n", {"sep": ";", "decimal": ","}, {"a": [1.5], "b": ["x"]}, id="given-is-not-noted"),
        param("a;b\n1,5;x\n", {"decimal": ".", "sep": ";"}, {"a": ["1,5"], "b": ["x"]}, id="given-wins"),
        param("a,b\n1,?\n-99,x\n", {"na_values": ["?", -99]}, {"a": [1, None], "b": [None, "x"]}, id="na_values"),
        param("a  b\n1   x\n", {"sep": r"\s+"}, {"a": [1], "b": ["x"]}, id="pattern"),
        param("a::b\n1::x\n", {"sep": "::"}, {"a": [1], "b": ["x"]}, id="long-separator"),
        param("a\tb\n1,5\tx\n", {"sep": r"\t", "decimal": ","}, {"a": [1.5], "b": ["x"]}, id="tab-as-the-shell-has-it"),
    ],
)
def test_options(tmp_path: Path, text: str, options: dict[str, Any], expected: dict[str, list[Any]]) -> None:
    source = read_text(tmp_path, text, **options)
    assert columns(source) == expected
    assert source.notes == []


def test_a_tab_as_the_shell_has_it_leaves_the_decimal_mark_to_the_file(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "a\tb\n1,5\tx\n2,5\ty\n", sep=r"\t")) == {"a": [1.5, 2.5], "b": ["x", "y"]}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_a_given_encoding_without_a_mark_at_the_start(tmp_path: Path, encoding: str) -> None:
    assert columns(read_bytes(tmp_path, "a,b\né,1\n".encode(encoding), encoding=encoding)) == {"a": ["é"], "b": [1]}


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        param(b"", {}, ["my.csv", "is empty"], id="empty"),
        param(b" \n\n", {}, ["my.csv", "is empty"], id="blank"),
        param(b"\xef\xbb\xbf", {}, ["my.csv", "is empty"], id="bom-alone"),
        param(b"\xef\xbb\xbf\r\n", {}, ["my.csv", "is empty"], id="bom-and-newline"),
        param(b"\xff\xfe", {}, ["my.csv", "is empty"], id="utf-16-bom-alone"),
        param(b"a,b\n", {}, ["column names but no rows"], id="header-only"),
        param(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n", {}, ["is not a text file, but a PDF"], id="pdf"),
        param(b"\x89PNG\r\n\x1a\n\0\0", {}, ["not a text file"], id="binary"),
        param(b'{"x": 1, "y": "a"}\n{"x": 2}\n', {}, ["holds JSON, no rows of fields", "lines=True"], id="json-lines"),
        param(b'[\n {"x": 1}\n]', {}, ["holds JSON, no rows of fields", "pandas.read_json("], id="json"),
        param("a,b\n1,2\n".encode("utf-16-be"), {}, ["pass read.encoding=utf-16-be"], id="utf-16-be"),
        param("a,b\n1,2\n".encode("utf-16-le"), {}, ["pass read.encoding=utf-16-le"], id="utf-16-le"),
        param(gzip.compress(LINE.encode()), {}, ["not a text file"], id="gzip-without-gz"),
        param(b"a,b\n\xe9,1\n", {"encoding": "utf-8"}, ["cannot be decoded as utf-8", "read.encoding"], id="not-utf-8"),
        param(b"a,b\n1,1\n", {"encoding": "klingon"}, ["klingon", "read.encoding"], id="no-encoding"),
        param(b"a,b\n1,1\n", {"encoding": "base64"}, ["read.encoding=base64: Python knows no such"], id="no-text"),
        param(b"a,b\n1,1\n", {"encoding": "utf-16"}, ["cannot be decoded as utf-16"], id="no-utf-16"),
        param(b"a,b\n1,2\n3,4,5\n", {}, ["line 3 has 3 fields", "before it 2", "read.sep"], id="ragged"),
        param(b"a,b\r\n1,2\r\n3,4,5\r\n", {}, ["line 3 has 3 fields"], id="ragged-windows"),
        param(b'a,b\n"x,y",2\n3,4,5\n', {}, ["line 3 has 3 fields"], id="ragged-after-a-quoted-separator"),
        param(b"a,b\n1,2,3\n4,5,6\n", {}, ["line 2 has", "header (2)"], id="header-too-short"),
        param(b"a,b\n\n1,2,3\n", {}, ["line 3 has", "header (2)"], id="header-too-short-blank-line"),
        param(b'"a,b",c\n1,2,3\n4,5,6\n', {}, ["line 2 has", "header (2)"], id="header-too-short-and-quoted"),
        param(b'a,b,c\n1,2,3\n"3,4,5\n1,2,3\n', {}, ["EOF inside string"], id="open-quote"),
        param(b"a  b\n1  x\n2   y z\n", {"sep": r"\s+"}, ["line 3 has 3 fields"], id="ragged-pattern"),
        param(b"a,a,y\n1,2,3\n", {}, ["'a'", "more than once"], id="a-name-twice"),
        param(b"y,a,y\n0,2,0\n", {}, ["'y'", "more than once"], id="the-target-twice"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, options: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read_bytes(tmp_path, content, **options)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sep": "((,"}, r"read\.sep='\(\(,': must be the mark between fields"),
        ({"sep": ""}, r"read\.sep='': must be"),
        ({"na_values": [1, [2]]}, r"read\.na_values=\[1, \[2\]\]: must be a list of what stands for a missing value"),
        ({"na_values": {"x": ["?"], "a": []}}, r"no mark is given of 'a'\. 'read\.na_values=\[\]' reads empty fields"),
        ({"na_values": [[2]]}, r"""a missing value, "read\.na_values=\['\?',-99\]"\."""),
        ({"sep": ""}, r"""as in "read\.sep=';'" or read\.sep=tab, or a pattern, as in "read\.sep='\\s\+'"\."""),
        ({"decimal": ",,"}, r"""must be one mark, "read\.decimal=','" or "read\.decimal='\.'"\."""),
        ({"decimal": ",,"}, r"read\.decimal=',,': must be one mark"),
        ({"decimal": "x"}, r"read\.decimal='x': must be one mark"),
    ],
)
def test_options_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_text(tmp_path, LINE, **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# by me\n# 2020\na,b\n1,2\n3,4\n", "line 1, '# by me', .* seem to stand in line 3: remove what is above"),
        ("Report\n\na;b\n1;2\n3;4\n", "line 1, 'Report', .* seem to stand in line 3: remove what is above"),
        ("Report\na;b;c\n1;2;3\n3;4;5\n", "line 1, 'Report', .* seem to stand in line 2: remove what is above"),
        ("a;b\n1;'x;y'\n2;'z;x'\n", "stand in single quotes"),
        ('a,b,c\n1,2,3\n"3,4,5\n1,2,3\n', "A quote is opened there and not closed"),
        ('a,b\n1,"x \\"y, z\\""\n2,"z"\n', r"Quotes within fields are written"),
        ("a,b\n1,2,3\n2,3,4\n3,5,6\n", r"one field more than the header: name .* \(in R: row\.names=FALSE\)"),
    ],
)
def test_advice_for_what_cannot_be_parsed(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_text(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        param("sep=;\na;b\n1;2\n", {}, {"a": [1], "b": [2]}, id="a-line-of-excels"),
        param('\ufeff"sep=|"\r\na|b\r\n1|2\r\n', {}, {"a": [1], "b": [2]}, id="a-line-of-excels-in-quotes"),
        param(
            '"a;\nb",c,d\n1,2,3\n4,5,6\n7,8,9\n',
            {},
            {"a; b": [1, 4, 7], "c": [2, 5, 8], "d": [3, 6, 9]},
            id="a-name-of-two-lines",
        ),
        *(
            param(
                f'a,"b;"{end}1,"x, y;"{end}2,"z;"{end}',
                {},
                {"a": [1, 2], "b;": ["x, y;", "z;"]},
                id=f"quotes-at-{end!r}",
            )
            for end in ("\n", "\r\n", "\r")
        ),
        param("a b\n1.5 x\n2.5 y\n3 z\n", {}, {"a": [1.5, 2.5, 3], "b": ["x", "y", "z"]}, id="spaces"),
        param(" a  b\n  1  x\n 20  y\n300  z\n", {}, {"a": [1, 20, 300], "b": ["x", "y", "z"]}, id="aligned"),
        param("a b\nof us\nto me\nby you\n", {}, {"a b": ["of us", "to me", "by you"]}, id="words-are-one-column"),
        param("a\tb\n1\t2\n", {"sep": "tab"}, {"a": [1], "b": [2]}, id="tab"),
        param("a b\n1 2\n", {"sep": "space"}, {"a": [1], "b": [2]}, id="space"),
        param("a|b\n1|2\n", {"sep": "|"}, {"a": [1], "b": [2]}, id="bar"),
        param("a, b\tc\nu, v\t1\nw, x\t2\n", {}, {"a, b": ["u, v", "w, x"], "c": [1, 2]}, id="as-many-commas-as-tabs"),
        param("a, b;c\nu, v;1\nw, x;2\n", {}, {"a, b": ["u, v", "w, x"], "c": [1, 2]}, id="as-many-as-semicolons"),
        param("a,\tb\n1,\t2.5\n3,\t4.5\n", {}, {"a": [1, 3], " b": [2.5, 4.5]}, id="commas-and-tabs"),
        param("a;\tb\n1;\t2,5\n3;\t4,5\n", {}, {"a": [1, 3], " b": [2.5, 4.5]}, id="semicolons-and-tabs"),
    ],
)
def test_separators(tmp_path: Path, text: str, options: dict[str, Any], expected: dict[str, list[Any]]) -> None:
    assert columns(read_text(tmp_path, text, **options)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        param(
            "a, b, c\n20, x, <=50K\n30, y z, >50K\n",
            {"a": [20, 30], "b": ["x", "y z"], "c": ["<=50K", ">50K"]},
            id="all",
        ),
        param('a, "b, c"\n1, "x, y"\n2, "x ""z"""\n', {"a": [1, 2], "b, c": ["x, y", 'x "z"']}, id="quoted"),
        param("a;  b; c\n1;  ; 02\n;  NA; 3\n", {"a": [1, None], "b": [None, None], "c": ["02", "3"]}, id="missing"),
        param("a,b\n" + "1, x\n" * 10, {"a": [1] * 10, "b": ["x"] * 10}, id="but-for-the-names"),
        param("a, b,\n1, x,\n2,, \n", {"a": [1, 2], "b": ["x", None], "Unnamed: 2": [None, None]}, id="empty-ends"),
        param("a,b,c\n1, x,y\n2, y,z\n", {"a": [1, 2], "b": [" x", " y"], "c": ["y", "z"]}, id="of-some-texts"),
        param("a\n x\n y\n", {"a": [" x", " y"]}, id="one-column"),
    ],
)
def test_blanks_behind_every_separator_are_part_of_it(
    tmp_path: Path, text: str, expected: dict[str, list[Any]]
) -> None:
    found = read_text(tmp_path, text)
    assert columns(found) == expected
    assert not [note for note in found.notes if "blank" in note]


R = '"KdNr" "PLZ" "Datum"\n"1" "001591" "2024-01-01"\n"2" "001592" "2024-01-02"\n'
CAR = "chevrolet chevelle malibu"
CARS = f'18.0   8   307.0  70\t"{CAR}"\n' * 4
RULE = "-" * 13 + "\n"
SAP = f"Kunden\n 1.1.2024\n\n{RULE}| KdNr | PLZ   |\n{RULE}|    1 | 00123 |\n|   20 |       |\n{RULE}"
PSQL = """ a  | b
----+---
  1 | x
    | y
 30 |
(3 rows)
"""
MYSQL = "+---+---+\n| a | b |\n+---+---+\n| 1 | x y |\n| 2 | z |\n+---+---+\n2 rows in set\n"
NO_NAME = "the first field of each row, such as '{}', has no name above it: left out as the row's name"
RULED = "lines of dashes, those above and below the table and blanks beside bars are left out"


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        param(
            R, {"KdNr": [1, 2], "PLZ": ["001591", "001592"], "Datum": ["2024-01-01", "2024-01-02"]}, None, id="quotes"
        ),
        param(
            CARS,
            {"18.0": [18.0] * 3, "8": [8] * 3, "307.0": [307] * 3, "70": [70] * 3, CAR: [CAR] * 3},
            None,
            id="aligned-with-a-tab",
        ),
        param(
            '"a" "b c"\n"1" 2.5 "x y"\n"2" NA "say ""hi"""\n',
            {"a": [2.5, None], "b c": ["x y", 'say "hi"']},
            NO_NAME.format(1),
            id="r",
        ),
        param('"PLZ" "n"\n"1" "001591" 2\n', {"PLZ": ["001591"], "n": [2]}, NO_NAME.format(1), id="r-one-row"),
        param(
            "a b\nx 1 2\ny 3 4\nz 5 6\n", {"a": [1, 3, 5], "b": [2, 4, 6]}, NO_NAME.format("x"), id="r-without-quotes"
        ),
        param(
            "a b\n1 x NA\n2 NA 4\n3 z 6\n", {"a": ["x", None, "z"], "b": [None, 4, 6]}, NO_NAME.format(1), id="r-gaps"
        ),
        param(
            '"a" "b"\n1 "x, y; z"\n2 "y, z; z"\n', {"a": [1, 2], "b": ["x, y; z", "y, z; z"]}, None, id="r-no-row-names"
        ),
        param(
            "a  b   c  d\n" + CARS.replace("  70", ""),
            {"a": [18] * 4, "b": [8] * 4, "c": [307] * 4, "d": [CAR] * 4},
            None,
            id="aligned-with-quotes",
        ),
        param("a||b\n1||x\n2||y, z\n3||y\n", {"a": [1, 2, 3], "b": ["x", "y, z", "y"]}, None, id="two-bars"),
        param(SAP, {"KdNr": [1, 20], "PLZ": ["00123", None]}, RULED, id="sap"),
        param(MYSQL, {"a": [1, 2], "b": ["x y", "z"]}, RULED, id="mysql"),
        param("| a | b |\n|---|:-:|\n| 1,5 | x |\n", {"a": [1.5], "b": ["x"]}, RULED, id="markdown"),
        param(
            "| a | b |\n| 1 | - |\n| - | - |\n|  |  |\n",
            {"a": ["1", "-", None], "b": ["-", "-", None]},
            RULED,
            id="marks",
        ),
        param("|a|b|\n|1|x|\n", {"a": [1], "b": ["x"]}, RULED, id="bars-at-the-ends"),
        param(PSQL, {"a": [1, None, 30], "b": ["x", "y", None]}, RULED, id="psql"),
        param(
            "| a | b |\n|---|---|\n| 1 | x |\n| -- | -- |\n| 3 | y |\n",
            {"a": [1, None, 3], "b": ["x", "--", "y"]},
            RULED,
            id="dashes",
        ),
        param(
            "Page 1\n| a | b |\n|---|---|\n| 1 | x |\n| a | b |\n| 2 | y |\n",
            {"a": [1, 2], "b": ["x", "y"]},
            RULED,
            id="pages",
        ),
        param("a|b|\n1|x|\n", {"a": [1], "b": ["x"], "Unnamed: 2": [None]}, None, id="bars-at-one-end"),
        param(
            "a|b|c\n1|2|3\n|5|\n|6|\n", {"a": [1, None, None], "b": [2, 5, 6], "c": [3, None, None]}, None, id="gaps"
        ),
    ],
)
def test_layouts(tmp_path: Path, text: str, expected: dict[str, list[Any]], said: str | None) -> None:
    found = read_text(tmp_path, text)
    assert columns(found) == expected
    assert [note for note in found.notes if "left out" in note] == [said] * (said is not None)


@pytest.mark.parametrize(
    ("text", "sep"),
    [
        param("name     city\nAnn  York\nBob     Rome\nCid Oslo\n", None, id="not-in-each-line"),
        param("a     b\nx y   z\nu     v\nw     w\n", r"\s\s+", id="words"),
        param("a     b\nx     z\nu     v\nw     w\n", r"\s+", id="blanks"),
        param('a     b\nx     "z z"\nu     v\nw     w\n', r"\s+", id="quoted"),
        param("a^b\nx^z\ny^z\n", "^", id="^"),
        param("a~b\nx~z\ny~z\n", "~", id="~"),
        param("a:b\nx:1\ny:2\n", ":", id=":"),
        param("a::b\nx::1\ny::2\n", "::", id="::"),
        param("a\x01b\nx\x01z\ny\x01z\n", r"\x01", id="hive"),
        param("who@x\nme@y\nyou\n", None, id="not-in-all"),
        param("e-mail\na-b\nc-d\n", None, id="hyphens"),
    ],
)
def test_another_separator_is_told_of(tmp_path: Path, text: str, sep: str | None) -> None:
    found = read_text(tmp_path, text)
    said = [note for note in found.notes if note.startswith("it has one column: where ")]
    assert (len(found.frame.columns), list(map(pasted, said))) == (1, [{"sep": sep}] * (sep is not None))
    if sep is not None:
        again = read_text(tmp_path, text, **pasted(said[0]))
        assert list(again.frame.columns) == ["a", "b"]
        assert again.notes == []
        with pytest.raises(DataError, match=r"no such column.* It has one column: where .*, pass \"read\.sep='"):
            target_of(found.frame, "b", found)


def test_a_broken_row_between_bars_is_an_error(tmp_path: Path) -> None:
    rows = "".join(f"| {i} | a {i} |\n" for i in range(10_000))
    assert columns(read_text(tmp_path, f"| a | b |\n{rows}"))["b"][-1] == "a 9999"
    for broken in ("| 1 | x\ny |", "| x\ny | 1 |", "| 1 |"):
        with pytest.raises(DataError, match=r"line 10002, '\| .*', is no row of the table between bars: mend it\."):
            read_text(tmp_path, f"| a | b |\n{rows}{broken}\n")
        with pytest.raises(DataError, match=r"line 4, '\| .*', is no row of the table between bars: mend it\."):
            read_text(tmp_path, f"| a | b |\n|---|---|\n| 1 | x |\n{broken}\n| 2 | y |\n")
    with pytest.raises(DataError, match=r"line 4, '2 \| y\|z', is no row of the table between bars: mend it\."):
        read_text(tmp_path, "a | b\n--+--\n1 | x\n2 | y|z\n(2 rows)\n")


def test_lines_in_quotes_and_fixed_widths_are_told_of(tmp_path: Path) -> None:
    (note,) = read_text(tmp_path, '"a,b,y"\n"1,2,""x"""\n"3,4,y"\n').notes
    assert note == "it has one column: each line stands in quotes as a whole, as in '\"a,b,y\"': take these quotes out"
    (note,) = read_text(
        tmp_path, "who   size\nAnn   tall\nBo A  \nC  D  E  F\nAnn   tall\n" + "Ann   tall\n" * 20
    ).notes
    assert note.endswith("hand over the DataFrame of pandas.read_fwf")


def test_one_column_of_text_with_marks_has_no_title(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "note\nhi; you\nho; me\nno; one\n"))["note"] == ["hi; you", "ho; me", "no; one"]


def test_rows_that_are_too_short_are_counted(tmp_path: Path) -> None:
    assert read_text(tmp_path, "a,b,c\n1,2,3\n1\n\n1,2\n").notes == [
        "2 rows have fewer fields than the header, the rest is missing (first: line 3)"
    ]


def test_where_most_rows_are_short_blanks_may_separate_them(tmp_path: Path) -> None:
    """As in the table of cars of the UCI repository with a header: blanks, and a tab before the names."""
    rows = '18.0   70   3504.   1\t"buick skylark"\n' * 3
    note = read_text(tmp_path, f"mpg\tyear weight\torigin\tname\n{rows}").notes[-1]
    assert note.startswith("3 rows have fewer fields than the header, the rest is missing (first: line 2). ")
    assert note.endswith(r"read.sep='\s+'")


def test_another_alphabet_is_hinted_at(tmp_path: Path) -> None:
    found = read_bytes(tmp_path, "возраст,цвет\n1,красный\n".encode("cp1251"))
    assert any("cp1251 for Cyrillic" in note for note in found.notes)
    found = read_bytes(tmp_path, "日付,売上\n1,東京\n".encode("shift_jis"))
    assert any("latin-1" in note and "shift_jis" in note for note in found.notes)
    for rows, encoding in (("Kozani,Κοζάνη,3\nPatras,Πάτρα,4\n", "cp1253"), ("Hubei,湖北,3\nSichuan,四川,4\n", "gbk")):
        (note,) = read_bytes(tmp_path, f"name of the place,there,size\n{rows}".encode(encoding)).notes
        assert note.endswith(f"which may be the wrong one: {OTHERS}")
    (note,) = read_bytes(tmp_path, "miasto,liczba\nWrocław,12\nGdańsk,5\n".encode("cp1250")).notes
    assert note.endswith("which may be the wrong one: cp1250 for Polish")
    for text in ("größe,mädchen\nÄÖÜ,übermüdet\n", "ação,m³\nações,5 m³\n———,«où»\nx\xa0\xa0\xa0x,é\n"):
        assert read_bytes(tmp_path, text.encode("cp1252")).notes == CP1252


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        param([b"K\xf6ln,1"], "line 5: mend that, as 'Ã¶' is 'ö'", id="one"),
        param(
            [b"K\xf6ln,1", "Bär,1".encode(), b"\xc4,1"], "2 lines (first: line 5): mend that, as 'Ã¶' is 'ö'", id="two"
        ),
        param(["Bär,1".encode()] * 9000 + [b"K\xf6ln,1"], "line 9005: mend that, as 'Ã¶' is 'ö'", id="late"),
        param([b"K\xf6ln,1"] * 9, None, id="many"),
    ],
)
def test_a_line_that_is_not_utf_8_is_told_of(tmp_path: Path, lines: list[bytes], said: str | None) -> None:
    text = "city,size\n" + "Köln,1\nMünchen,1\nFürth – Nord,1\n"
    (note,) = read_bytes(tmp_path, text.encode() + b"\n".join(lines)).notes
    assert note == CP1252[0] + (f", though the file is UTF-8 but for {said}" if said else "")


def test_a_name_that_looks_like_a_renamed_double_is_kept(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "a,a.1\n1,2\n")) == {"a": [1], "a.1": [2]}


def test_the_line_of_an_error_counts_newlines_in_quotes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 4 has 3 fields"):
        read_text(tmp_path, 'a,b\n"x\ny",2\n3,4,5\n')


def test_a_line_that_is_too_long_beyond_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST", 2 * opening.SAMPLE)
    with pytest.raises(DataError, match="Length of header"):
        read_text(tmp_path, 'a,b\n"' + "x" * opening.MOST + '",1,2\n3,4,5\n')


@pytest.mark.parametrize("name", ["my.csv.gz", "MY.CSV.GZ", "my.tsv.gz", "my.txt.gz", "my.dat.gz", "my.data.gz"])
def test_gzip(tmp_path: Path, name: str) -> None:
    content = gzip.compress(LINE.encode())
    source = read_bytes(tmp_path, content, name)
    assert columns(source) == {"name": ["x"], "size": [1]}
    assert source.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        param(LINE.encode(), id="not-gzip"),
        param(gzip.compress(LINE.encode())[:-9], id="cut"),
        param(gzip.compress(np.random.default_rng(0).bytes(200_000).hex().encode())[:-99], id="cut-late"),
        param(gzip.compress(LINE.encode())[:12] + b"\xff" * 9, id="damaged"),
    ],
)
def test_damaged_gzip(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"my\.csv\.gz cannot be read"):
        read_bytes(tmp_path, content, "my.csv.gz")


# -- where files are ----------------------------------------------------------------------------------------------


def test_source_says_what_was_read(tmp_path: Path) -> None:
    source = read_text(tmp_path, LINE)
    assert (source.name, source.sha256) == ("my.csv", hashlib.sha256(LINE.encode()).hexdigest())


@pytest.mark.parametrize("name", ["nope.csv", "data/nope.csv", "deep/data-train-small.csv"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="there is no such file") as caught:
        files.read(name, {}, where="data", folder=str(tmp_path))
    assert str(tmp_path / name) in str(caught.value)


def test_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="data=pipe: this is a pipe or a device"):
        files.read("pipe", {}, where="data", folder=str(tmp_path))


def test_directory(tmp_path: Path) -> None:
    (tmp_path / "my.csv").mkdir()
    with pytest.raises(DataError, match=r"data=my\.csv"):
        files.read("my.csv", {}, where="data", folder=str(tmp_path))


@pytest.mark.parametrize("name", ["my.xlsx", "my.json", "my", "my.csv.7z"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"files end in \.csv, \.tsv, \.txt, \.tab, \.dat, \.data, \.parquet"):
        read_text(tmp_path, LINE, name)


def test_shipped_files_are_found_from_anywhere(tmp_path: Path) -> None:
    source = files.read("data/data-train-small.csv", {}, where="data", folder=str(tmp_path))
    assert source.frame.shape == (668, 6)


def test_files_of_the_start_folder_win_over_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    source = read_text(tmp_path, LINE, "data/data-train-small.csv")
    assert source.frame.shape == (1, 2)


def test_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my.csv").write_text(LINE)
    assert files.read("~/my.csv", {}, where="data", folder="/").frame.shape == (1, 2)


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TABLE", str(tmp_path / "my.csv"))
    (tmp_path / "my.csv").write_text(LINE)
    assert files.read("${oc.env:MY_TABLE}", {}, where="data").frame.shape == (1, 2)
    with pytest.raises(ConfigError, match="NO_SUCH_TABLE"):
        files.read("${oc.env:NO_SUCH_TABLE}", {}, where="data")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (["a.csv", "b.csv"], r"data=\[a\.csv,b\.csv\]: this is a list; parts .* data='parts/\*\.csv'"),
        ("", r"data= is empty: name a file"),
        ("https://x.org/my.csv", r"addresses are not read: .*filepath_or_buffer:'https://x\.org/my\.csv'"),
    ],
)
def test_what_cannot_be_a_file(source: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        files.read(source, {}, where="data")


# -- Parquet and targets ------------------------------------------------------------------------------------------


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": ["x", None],
            "day": pd.to_datetime(["2020-01-01", None]),
            3: [1.5, 2.5],
        }
    ).rename(columns=str)
    frame.index = [7, 9]
    frame.to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {}, where="data", folder=str(tmp_path)).frame
    pd.testing.assert_frame_equal(found, frame.reset_index(drop=True))


@pytest.mark.parametrize(
    "values",
    [
        param(pd.Series([1, 2**62 + 1, None], dtype="Int64"), id="long-integers"),
        param(pd.Series([1, 2, 3]), id="integers"),
        param(pd.Series([0.5, None, 2.0]), id="floats"),
        param(pd.Series([True, False, True]), id="booleans"),
        param(pd.Series(["a", None, "b"]), id="text"),
        param(pd.Series(pd.to_datetime(["2026-01-01", None, "2026-01-03"])), id="times"),
        param(pd.Series(pd.to_datetime(["2026-01-01", "2026-01-03"])).dt.tz_localize("Europe/Berlin"), id="zones"),
        param(pd.Series(pd.to_timedelta([1, None], unit="h")), id="durations"),
        param(pd.Series([datetime.date(2026, 1, 1), None]), id="days"),
    ],
)
def test_columns_of_arrow_types_are_read_as_others(tmp_path: Path, values: "pd.Series[Any]") -> None:
    pd.DataFrame({"self": values}).to_parquet(tmp_path / "plain.parquet")
    arrow = pd.read_parquet(tmp_path / "plain.parquet", dtype_backend="pyarrow")
    assert isinstance(arrow["self"].dtype, pd.ArrowDtype)
    arrow.to_parquet(tmp_path / "arrow.parquet")
    plain, found = (files.read(f"{tmp_path}/{name}.parquet", {}, where="data") for name in ("plain", "arrow"))
    pd.testing.assert_frame_equal(found.frame, plain.frame)
    nested = pd.DataFrame({"self": pd.Series([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))})
    with pytest.raises(DataError, match=r"'self' holds values of the type ndarray"):
        frames.tidy(nested, "The DataFrame")
    nested.to_parquet(tmp_path / "typed.parquet")
    with pytest.raises(DataError, match=r"'self' holds values of the type ndarray"):
        files.read(f"{tmp_path}/typed.parquet", {}, where="data")
    pd.DataFrame({"self": [[1]], "other": [{"a": 1}]}).to_parquet(tmp_path / "nested.parquet")
    with pytest.raises(
        DataError, match=r"'self' holds .* ndarray and the column 'other' holds .* dict: .*preprocess\.d"
    ):
        files.read(f"{tmp_path}/nested.parquet", {}, where="data")
    unused = files.read(f"{tmp_path}/nested.parquet", {}, where="data", used=lambda name: False)
    assert columns(unused) == {"self": ["[1]"], "other": ["{'a': 1}"]}


def test_damaged_parquet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no readable Parquet file"):
        read_text(tmp_path, LINE, "my.parquet")


def test_parquet_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] in ("pyarrow", "fastparquet"):
            raise ImportError(name)
        return genuine(name, *args, **kwargs)

    genuine = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(DataError, match=r"pip install 'mlzoo\[parquet\]'"):
        read_text(tmp_path, LINE, "my.parquet")


@pytest.mark.parametrize(
    ("node", "shape", "first"),
    [
        param({"_target_": "sklearn.datasets.load_breast_cancer"}, (569, 31), "malignant", id="breast-cancer"),
        param({"_target_": "sklearn.datasets.load_wine", "as_frame": True}, (178, 14), "class_0", id="wine-frame"),
        param({"_target_": "sklearn.datasets.load_diabetes"}, (442, 11), 151.0, id="diabetes"),
    ],
)
def test_bunch(node: dict[str, Any], shape: tuple[int, int], first: Any) -> None:
    source = files.read(node, {}, where="data")
    assert source.frame.shape == shape
    assert source.frame.columns[-1] == "target"
    assert source.frame["target"].iloc[0] == first
    assert (source.name, source.notes) == (node["_target_"], [])


@pytest.mark.parametrize(
    ("target", "read"), [([0, 1, 1], ["no", "yes", "yes"]), ([1, 2, 2], [1, 2, 2]), ([-1, 1, 1], [-1, 1, 1])]
)
def test_names_of_classes_are_those_of_codes_from_zero(target: list[int], read: list[Any]) -> None:
    node = {"_target_": "sklearn.utils.Bunch", "data": [[5], [6], [7]], "target": target, "target_names": ["no", "yes"]}
    assert files.read(node, {}, where="data").frame["target"].tolist() == read


@pytest.mark.parametrize("target", [np.array([[1.5], [2.5]]), pd.DataFrame({"y": [1.5, 2.5]})])
def test_a_target_of_one_column_is_one(target: Any) -> None:
    node = {"_target_": "sklearn.utils.Bunch", "data": [[5], [6]], "target": target}
    assert files.read(node, {}, where="data").frame["target"].tolist() == [1.5, 2.5]


def test_bunch_as_array_and_as_frame_are_one_table() -> None:
    node = {"_target_": "sklearn.datasets.load_wine"}
    plain, framed = (files.read({**node, "as_frame": flag}, {}, where="data") for flag in (False, True))
    pd.testing.assert_frame_equal(plain.frame, framed.frame)
    assert plain.sha256 == framed.sha256


def test_frame_of_a_target(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("name,size\nx,1\ny,2\n")
    node = {"_target_": "pandas.read_csv", "filepath_or_buffer": str(tmp_path / "my.csv")}
    first = files.read(node, {}, where="data")
    assert columns(first) == {"name": ["x", "y"], "size": [1, 2]}
    (tmp_path / "my.csv").write_text("name,size\nx,1\ny,3\n")
    assert files.read(node, {}, where="data").sha256 != first.sha256


def test_a_tuple_is_no_table() -> None:
    with pytest.raises(DataError, match="returned tuple, not a DataFrame or a Bunch"):
        files.read({"_target_": "sklearn.datasets.make_moons"}, {}, where="data")


@pytest.mark.parametrize(
    ("node", "words"),
    [
        param({"_target_": "pandas.read_csv", "filepath_or_buffer": "/nope.csv"}, "/nope.csv", id="its-own-error"),
        param({"_target_": "sklearn.datasets.load_linnerud"}, "target", id="several-targets"),
        param({"_target_": "sklearn.utils.Bunch", "data": [[1], [2]], "target": [0]}, "Length", id="rows-differ"),
        param(
            {"_target_": "sklearn.utils.Bunch", "data": [[1], [2]], "target": [0, 1], "feature_names": ["target"]},
            "beside its target",
            id="called-target",
        ),
        param(
            {"_target_": "sklearn.utils.Bunch", "data": csr_array([[1], [2]]), "target": [0, 1]}, "sparse", id="sparse"
        ),
    ],
)
def test_errors_of_a_target_name_the_key(node: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match="data") as caught:
        files.read(node, {}, where="data")
    assert words in str(caught.value)
    assert node["_target_"] in str(caught.value)


def test_a_target_that_may_not_be_built() -> None:
    with pytest.raises(ConfigError, match=r"data\._target_=pandas\.read_pickle may not be built"):
        files.read({"_target_": "pandas.read_pickle"}, {}, where="data")


def test_a_target_without_rows(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("name,size\n")
    node = {"_target_": "pandas.read_csv", "filepath_or_buffer": str(tmp_path / "my.csv")}
    with pytest.raises(DataError, match="no rows"):
        files.read(node, {}, where="data")


def test_a_name_twice_in_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b"], [1, 2], [3, 4]])
    node = {"_target_": "pandas.read_csv", "filepath_or_buffer": str(path), "names": [1, "1"], "header": 0}
    with pytest.raises(DataError, match="'1' stands more than once"):
        files.read(node, {}, where="data")


def test_sparse_columns_are_as_dense_ones() -> None:
    given = pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 1.5, 0.0]), "b": pd.arrays.SparseArray([1, 0, 0])})
    found = frames.tidy(given, "frame")
    pd.testing.assert_frame_equal(found, given.sparse.to_dense())
    assert isinstance(given["a"].dtype, pd.SparseDtype)


@pytest.mark.parametrize("names", [["who"], ["who", "when"], [None]], ids=repr)
def test_a_named_index_is_a_column(tmp_path: Path, names: list[str | None]) -> None:
    levels = [["p1", "p2"], [3, 4]][: len(names)]
    index = pd.MultiIndex.from_arrays(levels, names=names) if len(names) > 1 else pd.Index(levels[0], name=names[0])
    pd.DataFrame({"a": [1, 2]}, index=index).to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {}, where="data", folder=str(tmp_path)).frame
    assert list(found.columns) == [*(name for name in names if name), "a"]
    assert found.index.tolist() == [0, 1]


# -- compressed files and parts -----------------------------------------------------------------------------------


def packed(folder: Path, ending: str, content: bytes) -> Path:
    path = folder / f"my.csv{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("my.csv", content)
    else:
        path.write_bytes({".gz": gzip, ".bz2": bz2, ".xz": lzma}[ending].compress(content))
    return path


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip"])
def test_compressed(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path, ending, "größe;b\n1,5;x\n2;y\n".encode("cp1252"))
    found = files.read(path.name, {}, where="data", folder=str(tmp_path))
    assert columns(found) == {"größe": [1.5, 2], "b": ["x", "y"]}
    assert found.notes == [SEMICOLON, *CP1252, COMMA]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match=rf"data=.*{path.name} cannot be read"):
        files.read(path.name, {}, where="data", folder=str(tmp_path))


def test_an_archive_of_macos(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.zip", "w") as archive:
        for name in ("a.csv", "__MACOSX/._a.csv", ".DS_Store"):
            archive.writestr(name, "name,size\nx,1\n" if name == "a.csv" else "\0")
    (tmp_path / "my.zip").rename(tmp_path / "my.csv.zip")
    found = files.read(str(tmp_path / "my.csv.zip"), {}, where="data")
    assert columns(found) == {"name": ["x"], "size": [1]}


@pytest.mark.parametrize(
    ("name", "where", "words"),
    [
        ("my.xlsx", "data", "or Parquet, or in Python: mlzoo.run(config, data=pandas.read_excel('my.xlsx'))."),
        ("my.jsonl", "data", "mlzoo.run(config, data=pandas.read_json('my.jsonl', lines=True))."),
        ("my.XLS", files.NEW, "in Python: mlzoo.predict(RUN, pandas.read_excel('my.XLS'))."),
        ("my.feather", "data", "mlzoo.run(config, data=pandas.read_feather('my.feather'))."),
        ("my.log", "data", ".bz2, .xz or .zip)."),
    ],
)
def test_how_to_get_to_a_file_that_is_read(tmp_path: Path, name: str, where: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"1")
    with pytest.raises(DataError) as caught:
        files.read(name, {}, where=where, folder=str(tmp_path))
    assert str(caught.value).endswith(words)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        param("sub/Kunden.TXT", "", id="text"),
        param("kunden.xlsx", r"kunden\.zip holds 'kunden\.xlsx', which is no text file: unpack it", id="workbook"),
        param("kunden.parquet", r"kunden\.zip holds 'kunden\.parquet', which is no text file: unpack it", id="parquet"),
        param("", r"kunden\.zip cannot be read: File is not a zip file", id="damaged"),
    ],
)
def test_an_archive_is_read_by_what_is_inside(tmp_path: Path, inside: str, words: str) -> None:
    (tmp_path / "kunden.zip").write_bytes(b"none")
    if inside:
        with zipfile.ZipFile(tmp_path / "kunden.zip", "w") as archive:
            archive.writestr(inside, LINE)
            archive.writestr("__MACOSX/._Kunden.TXT", "\0")
    if words:
        with pytest.raises(DataError, match=words):
            files.read("kunden.zip", {}, where="data", folder=str(tmp_path))
    else:
        assert columns(files.read("kunden.zip", {}, where="data", folder=str(tmp_path))) == {"name": ["x"], "size": [1]}


@pytest.mark.parametrize(
    ("kind", "where", "words"),
    [
        (
            "excel",
            "data",
            r"but an Excel workbook\. .* mlzoo\.run\(config, data=pandas\.read_excel\('.*my\.csv'\)\)\.$",
        ),
        ("excel", NEW, r"mlzoo\.predict\(RUN, pandas\.read_excel\('.*my\.csv'\)\)\.$"),
        ("feather", "data", r"but a Feather file\. .* data=pandas\.read_feather\('.*my\.csv'\)\)\.$"),
        ("parquet", "data", r"but a Parquet file: name it my\.parquet\.$"),
        ("gzip", "data", r"but compressed by gzip: name it my\.csv\.gz\.$"),
    ],
)
def test_other_files_that_are_named_csv(tmp_path: Path, kind: str, where: str, words: str) -> None:
    frame = pd.DataFrame({"a": [1]})
    if kind == "gzip":
        (tmp_path / "my.csv").write_bytes(gzip.compress(LINE.encode(), mtime=0))
    else:
        with (tmp_path / "my.csv").open("wb") as file:
            getattr(frame, f"to_{kind}")(file)
    with pytest.raises(DataError, match=rf"my\.csv is not a text file, {words}" if where == "data" else words):
        files.read("my.csv", {}, where=where, folder=str(tmp_path))


def test_an_archive_of_several_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "my.csv.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(DataError, match="holds 2 files"):
        files.read("my.csv.zip", {}, where="data", folder=str(tmp_path))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("data.parquet", b"PAR1")
        archive.writestr("notes.csv", "a\n1\n")
    with pytest.raises(DataError, match="holds 2 files"):
        files.read("two.zip", {}, where="data", folder=str(tmp_path))
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.writestr("README.txt", "what it is")
        archive.writestr("LICENSE", "free")
        archive.writestr("a.csv", "a,b\n1,x\n2,\\N\n")
    found = files.read("one.zip", {}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [1, 2], "b": ["x", None]}


def parts(folder: Path, *contents: str) -> Source:
    for i, content in enumerate(contents):
        (folder / f"part-{i}.csv").write_text(content)
    return files.read("part-*.csv", {}, where="data", folder=str(folder))


def test_parts_are_one_table(tmp_path: Path) -> None:
    found = parts(tmp_path, "a,b\n1,x\n2,y\n", "b;a\nz;3,5\n")
    assert columns(found) == {"a": [1, 2, 3.5], "b": ["x", "y", "z"]}
    assert found.frame.index.tolist() == [0, 1, 2]
    assert (found.name, found.notes[0]) == ("part-*.csv", "2 files, part-0.csv to part-1.csv")
    before = found.sha256
    assert parts(tmp_path).sha256 == before
    assert parts(tmp_path, "a,b\n1,x\n2,z\n").sha256 != before


def test_what_is_text_in_one_part_is_text_in_all(tmp_path: Path) -> None:
    found = parts(tmp_path, "a,b\n007,1\n008,\n", "a,b\nX1,2\n,3\n")
    assert columns(found) == {"a": ["007", "008", "X1", None], "b": [1, None, 2, 3]}


def test_parts_of_which_some_hold_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,yes\n2,no\n")
    (tmp_path / "b.csv").write_text("x,y\n1,1\n2,0\n")
    found = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert columns(found)["y"] == ["yes", "no", "1", "0"]
    assert "the column 'y' is text in some of the files and none in others: read as text" in found.notes


def test_parts_that_differ(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"part-1\.csv and part-0\.csv differ in their columns: 'b' stands in one"):
        parts(tmp_path, "a,b\n1,2\n", "a\n1\n")
    with pytest.raises(DataError, match=r"data=no-\*\.csv: no file matches this pattern"):
        files.read("no-*.csv", {}, where="data", folder=str(tmp_path))


def test_a_part_without_rows_is_skipped(tmp_path: Path) -> None:
    found = parts(tmp_path, "a,b\n1,x\n", "a,b\n", "a,b\n2,y\n")
    assert columns(found) == {"a": [1, 2], "b": ["x", "y"]}
    assert found.notes == ["2 files, part-0.csv to part-2.csv", "part-1.csv holds no rows: skipped"]
    with pytest.raises(DataError, match=r"data=part-\*\.csv: part-0\.csv and every other file hold no rows"):
        parts(tmp_path, "a,b\n", "a,b\n", "")


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"")], ids=["nothing", "blank lines", "packed"])
def test_a_part_in_which_nothing_stands_is_skipped(tmp_path: Path, content: bytes) -> None:
    name = "part-1.csv.gz" if content[:2] == b"\x1f\x8b" else "part-1.csv"
    for other, text in (("part-0.csv", "a,b\n1,x\n"), ("part-2.csv", "a,b\n2,y\n")):
        (tmp_path / other).write_text(text)
    (tmp_path / name).write_bytes(content)
    found = files.read("part-*", {}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [1, 2], "b": ["x", "y"]}
    assert found.notes == ["2 files, part-0.csv to part-2.csv", f"{name} holds no rows: skipped"]


@pytest.mark.parametrize("last", [31, 32, 130])
@pytest.mark.parametrize(
    ("sep", "columns"),
    [("\t", 3), (";", 3), (",", 3), (",", 2), (";", 4)],
    ids=["tab", "semicolon", "comma", "two", "end"],
)
@pytest.mark.parametrize("text", ['"urgent', 'urgent"'], ids=["text-follows", "rows-between"])
def test_quotes_in_which_rows_would_be_lost(tmp_path: Path, sep: str, columns: int, text: str, last: int) -> None:
    said = {30: '"urgent', last: text}
    fields = ([f"1.{i:03d},5" if sep == ";" else str(i), said.get(i, "open"), str(i % 2), ""] for i in range(200))
    order = {2: [0, 1], 3: [0, 1, 2], 4: [3, 0, 2, 1]}[columns]
    lines = [sep.join("abcd"[at] for at in order), *(sep.join(row[at] for at in order) for row in fields)]
    (tmp_path / "my.csv").write_text("\n".join(lines))
    reason = (
        rf"in the column 'b' the text in row 30 \(from 0\), 'urgent.*', goes on over {last - 29} lines that look like"
    )
    with pytest.raises(DataError, match=reason):
        files.read("my.csv", {}, where="data", folder=str(tmp_path))


REVIEW = "Nice place.\nThe food, the wine, all good\nWe came, saw, and ate\nBye"


@pytest.mark.parametrize(
    "text",
    [
        'He said ""no"",\n\nand left',
        "a,b,c\nd",
        "x" * 200_000 + "\n" + "y",
        'one\ntwo,\nthree,\n""four""',
        REVIEW,
        "def f(a, b, c):\n    g(a, b, c)\n    return a, b, c\n",
        "x,y,z\n1,2,3\n4,5,6\n7,8,9",
        "Nice, place\nBye, all",
    ],
)
def test_fields_of_several_lines_are_read(tmp_path: Path, text: str) -> None:
    rows = ['0,"f"g,1', f'1,"{text}",0', '2,5" x 3",1', '3,"f"g,0', f'4,"{text}",1']
    (tmp_path / "my.csv").write_text("\n".join(["a,b,c", *rows]))
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path))
    plain = text.replace('""', '"')
    assert columns(found) == {"a": [0, 1, 2, 3, 4], "b": ["fg", plain, '5" x 3"', "fg", plain], "c": [1, 0, 1, 0, 1]}


@pytest.mark.parametrize("missing", ["", "NA", "-1"])
def test_long_whole_numbers_beside_missing_ones_keep_their_digits(tmp_path: Path, missing: str) -> None:
    ids = [str(2**61 + i // 4 * 3) for i in range(40)]
    rows = [*(f"{one};{i},5;{missing}" for i, one in enumerate(ids)), f"{missing};40,5;1"]
    (tmp_path / "my.csv").write_text("\n".join(['"a\nb";c;d', *rows]))
    found = files.read("my.csv", {"na_values": {"a b": [-1]}}, where="data", folder=str(tmp_path))
    assert [None if pd.isna(one) else str(one) for one in found.frame["a b"]] == [*ids, None]
    assert found.frame["c"].tolist() == [i + 0.5 for i in range(41)]


@pytest.mark.parametrize("odd", ["1e17", str(2**63 + 1), "-12345678901234567.5"])
def test_where_the_digits_cannot_be_kept_they_are_rounded(tmp_path: Path, odd: str) -> None:
    rows = "".join(f"{2**61 + i},{i}\n" for i in range(10_000))  # beyond the sample
    (tmp_path / "my.csv").write_text(f"a,b\n{rows},0\n{odd},0\n")
    values = files.read("my.csv", {}, where="data", folder=str(tmp_path)).frame["a"]
    assert [float(values.iloc[0]), float(values.iloc[-1])] == pytest.approx([2**61, float(odd)], rel=1e-15)


@pytest.mark.parametrize("first", [2**63, 89440000000000000000])
def test_whole_numbers_beyond_64_bits_are_codes(tmp_path: Path, first: int) -> None:
    ids = [str(first + i // 4 * 3) for i in range(40)]
    (tmp_path / "my.csv").write_text("\n".join(["a,b", *(f"{one},{i}" for i, one in enumerate(ids)), ",40"]))
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path))
    assert columns(found)["a"] == [*ids, None]
    told = f"the column 'a' is written with {len(ids[0])} digits, as in {ids[0]!r}: codes, not numbers"
    assert told in found.notes[0]


def test_names_of_several_lines_are_of_one(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text('"a\nb",c\n007,-9\n008,1\n')
    found = files.read("my.csv", {"na_values": {"c": [-9], "a b": ["007"]}}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a b": [None, "008"], "c": [None, 1]}
    (tmp_path / "my.csv").write_text('"a\nb",a b\n1,2\n')
    with pytest.raises(DataError, match="the column name 'a b' stands more than once"):
        files.read("my.csv", {}, where="data", folder=str(tmp_path))


def test_a_folder_says_what_pattern_reads_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4], "land": ["DE", "AT"]})
    frame.to_parquet(tmp_path / "set", partition_cols=["land"])
    with pytest.raises(DataError, match=r"this is a folder: .*data='(.*/set/\*\*/\*\.parquet)'\.") as told:
        files.read("set", {}, where="data", folder=str(tmp_path))
    pattern = str(told.value).split("'")[1]
    found = files.read(pattern, {}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [2, 1], "b": [4, 3]}
    assert re.fullmatch(r"2 files, land=AT/.*\.parquet to land=DE/.*\.parquet", found.notes[0])
    assert found.notes[1] == "the names of its folders, such as land=AT, are no columns"
    home = tmp_path / "C=0.1"
    home.mkdir()
    (home / "a.dat").write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"data='.*/C=0\.1/\*\.dat'\."):
        files.read("C=0.1", {}, where="data", folder=str(tmp_path))
    (home / "a.dat").unlink()
    for name in "ab":
        (home / f"{name}.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    with pytest.raises(DataError, match=r"data='.*/C=0\.1/\*\.csv\.gz'\."):
        files.read("C=0.1", {}, where="data", folder=str(tmp_path))
    assert files.read("C=0.1/*", {}, where="data", folder=str(tmp_path)).notes == ["2 files, a.csv.gz to b.csv.gz"]


@pytest.mark.parametrize("minus", ["\u2212", "\u2013"])
def test_the_minus_of_typesetters(tmp_path: Path, minus: str) -> None:
    for name, content in (
        ("my.csv", "a,b\n−1.5,−€3\n2,€4.5\n−.25,€1\n"),
        ("de.csv", "a;b\n−1,5;−€3\n2;€4,5\n−,25;€1\n"),
    ):
        (tmp_path / name).write_text(content.replace("−", minus))
        found = files.read(name, {}, where="data", folder=str(tmp_path))
        assert columns(found) == {"a": [-1.5, 2, -0.25], "b": [-3, 4.5, 1]}
        assert any(f"'{minus}1" in note and "is read as -1.5" in note for note in found.notes)
    (tmp_path / "my.csv").write_text("a,b\n−1.5,x\n−,3−4\n2,5−9\n".replace("−", minus))
    found = columns(files.read("my.csv", {}, where="data", folder=str(tmp_path)))
    assert found == {"a": [-1.5, None, 2], "b": ["x", f"3{minus}4", f"5{minus}9"]}


def test_notes_on_parts_stand_once(tmp_path: Path) -> None:
    found = parts(tmp_path, "a,b\n$1.5,x\n", "a,b\n$7.25,y\n")
    sign = "in the column 'a' the sign '$' is left out: '$1.5' is read as 1.5 ('columns.category=[a]' keeps it as text)"
    assert found.notes == ["2 files, part-0.csv to part-1.csv", sign]
    found = parts(tmp_path, "a;b\n1;x\n", "a,b\n1.5,x\n", "a;b\n2;x\n")
    assert found.notes[1:] == ["read with the separator ';' (read.sep) (in part-0.csv and 1 more)"]
    (tmp_path / "part-2.csv").unlink()
    found = parts(tmp_path, "h (in cm),h (in kg)\n$1.5,3%\n", "h (in cm),h (in kg)\n$2.5,5%\n")
    assert [note[:30] for note in found.notes[1:]] == [
        "in the column 'h (in cm)' the ",
        "in the column 'h (in kg)' the ",
    ]


def test_errors_of_a_part_name_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"part-1\.csv: the column name 'a' stands more than once"):
        parts(tmp_path, "a,b\n1,x\n", "a,a\n1,2\n")


# -- tables that have types of their own ---------------------------------------------------------------------------


def typed_table() -> pd.DataFrame:
    return pd.DataFrame(
        {"a": ["1.5", "?", "2"], "b": ["x", "?", "y"], "c": [1, -99, 3], "d": [True, False, True], "e": ["7", "8", "9"]}
    )


@pytest.mark.parametrize("way", ["parquet", "node"])
@pytest.mark.parametrize("given", [["?", -99], {"a": "?", "b": ["?"], "c": -99}], ids=["all", "by column"])
def test_marks_named_by_hand_are_missing_in_any_source(
    tmp_path: Path, way: str, given: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed_table().to_parquet(tmp_path / "my.parquet")
    (tmp_path / "typed_source.py").write_text(
        "import pandas\n\ndef read(path):\n    return pandas.read_parquet(path)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLZOO_ALLOW", "typed_source")
    source = {"_target_": "typed_source.read", "path": "my.parquet"} if way == "node" else "my.parquet"
    found = files.read(source, {"na_values": given}, where="data", folder=str(tmp_path))
    assert columns(found) == {
        "a": [1.5, None, 2],
        "b": ["x", None, "y"],
        "c": [1, None, 3],
        "d": [True, False, True],
        "e": ["7", "8", "9"],  # text, as nothing says otherwise
    }
    assert found.notes == []
    as_it_is = files.read(source, {}, where="data", folder=str(tmp_path))
    assert columns(as_it_is) == {name: values.tolist() for name, values in typed_table().items()}


def test_text_by_hand_stays_text_where_marks_are_named(tmp_path: Path) -> None:
    typed_table().to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {"na_values": ["?"]}, where="data", folder=str(tmp_path), text=["a"])
    assert columns(found)["a"] == ["1.5", None, "2"]


def test_amounts_are_read_alike_in_any_source(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "sign": ["$1,200.50", "$7.00"],
            "minus": ["12.5-", "7.00"],
            "thousands": ["1,200", "7"],
            "comma": ["1,5", "7"],
            "code": ["1200", "7"],
            "padded": ["007", "120"],
            "marked": ["1200", "?"],
            "word": ["x", "1,200"],
        }
    )
    frame.to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {}, where="data", folder=str(tmp_path))
    assert columns(found) == {
        "sign": [1200.5, 7],
        "minus": [-12.5, 7],
        "thousands": [1200, 7],
        "comma": [1.5, 7],
        **{name: frame[name].tolist() for name in ("code", "padded", "marked", "word")},
    }
    assert len(found.notes) == 5  # of the sign and its thousands two
    assert found.signs == {"sign": ("$", "$1,200.50")}
    kept = files.read("my.parquet", {}, where="data", folder=str(tmp_path), text=[*frame])
    assert columns(kept) == {name: values.tolist() for name, values in frame.items()}
    assert kept.notes == []
    sure = files.read("my.parquet", {}, where="data", folder=str(tmp_path), numbers=["code", "padded", "word"])
    assert columns(sure) == {**columns(found), "code": [1200, 7], "padded": [7, 120]}


def test_marks_in_one_part_alone(tmp_path: Path) -> None:
    for at, values in enumerate((["1.5", "?"], ["2", "3"])):
        pd.DataFrame({"a": values}).to_parquet(tmp_path / f"part-{at}.parquet")
    found = files.read("part-*.parquet", {"na_values": ["?"]}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [1.5, None, 2, 3]}


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize(
    ("values", "point", "expected"),
    [
        pytest.param(["1,234"], ",", [1.234], id="a decimal comma"),
        pytest.param(["2.155"], ",", [2155], id="thousands beside decimal commas"),
        pytest.param(["1.200 €"], ",", [1200], id="with a sign"),
        pytest.param(["787,65"], ",", [787.65], id="one without thousands"),
        pytest.param(["1,234"], ".", [1234], id="a decimal point"),
    ],
)
def test_numbers_have_the_decimal_mark_of_their_column_in_the_train_file(
    tmp_path: Path, ending: str, values: list[str], point: str, expected: list[float]
) -> None:
    frame = pd.DataFrame({"a": values, "b": [1.5]})
    frame.to_parquet(tmp_path / "my.parquet") if ending == "parquet" else frame.to_csv(tmp_path / "my.csv", index=False)
    how: dict[str, Any] = {"where": "data", "folder": str(tmp_path), "numbers": ["a", "b"]}
    assert columns(files.read(f"my.{ending}", {}, **how, points={"a": point})) == {"a": expected, "b": [1.5]}


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_decimal_mark_of_a_column_is_told_to_other_files_and_parts(tmp_path: Path, ending: str) -> None:
    for at, values in enumerate((["1.932,28", "947,55"], ["2.155", "3.900"])):
        frame = pd.DataFrame({"a": values, "b": ["x", "y"]})
        path = tmp_path / f"part-{at}.{ending}"
        frame.to_parquet(path) if ending == "parquet" else frame.to_csv(path, index=False)
    first = files.read(f"part-0.{ending}", {}, where="data", folder=str(tmp_path))
    assert first.points == {"a": ","}
    joined = files.read(f"part-*.{ending}", {}, where="data", folder=str(tmp_path))
    assert columns(joined) == {"a": [1932.28, 947.55, 2155, 3900], "b": ["x", "y"] * 2}
    assert joined.points == {"a": ","}


def test_the_decimal_mark_of_a_whole_file_is_none_of_a_column(tmp_path: Path) -> None:
    """A file that is written otherwise throughout is read as it is written."""
    (tmp_path / "german.csv").write_text("a;b\n1.932,28;0,5\n947,55;1,5\n")
    found = files.read("german.csv", {}, where="data", folder=str(tmp_path))
    assert (found.decimal, found.points) == (",", {})
    (tmp_path / "english.csv").write_text("a;b\n4.200;0.5\n")
    how: dict[str, Any] = {"where": "data", "folder": str(tmp_path), "numbers": ["a", "b"]}
    other = files.read("english.csv", {}, **how, decimal=found.decimal, points=found.points)
    assert columns(other) == {"a": [4.2], "b": [0.5]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["?"], [None], id="a mark alone"),
        pytest.param(["?", "7"], [None, 7], id="a mark in half of them"),
        pytest.param(["12-"], [-12], id="a whole number with the minus behind"),
    ],
)
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_few_rows_of_numbers_are_read_as_many(
    tmp_path: Path, ending: str, values: list[str], expected: list[float | None]
) -> None:
    frame = pd.DataFrame({"a": values, "b": "x"})
    frame.to_parquet(tmp_path / "my.parquet") if ending == "parquet" else frame.to_csv(tmp_path / "my.csv", index=False)
    found = files.read(f"my.{ending}", {}, where="data", folder=str(tmp_path), numbers=["a"])
    assert columns(found) == {"a": expected, "b": ["x"] * len(values)}


@pytest.mark.parametrize("kind", ["str", "string", "string[pyarrow]", "category", object])
def test_amounts_are_read_from_any_type_of_text(kind: Any) -> None:
    frame = pd.DataFrame({"a": pd.Series(["$1,200.50", "$7.00", None]).astype(kind), "b": ["x", "y", "z"]})
    found, said = frames.with_numbers(frames.tidy(frame, "my"), None, (), ("a",) if kind is object else (), {})
    assert columns(found)["a"] == [1200.5, 7, None]
    assert said.signs.keys() == {"a"}


def test_empty_text_is_a_missing_number_where_numbers_are_known() -> None:
    found, _ = frames.with_numbers(pd.DataFrame({"a": ["", "NA", "5"]}), None, (), ("a",), {})
    assert columns(found)["a"] == [None, None, 5]


def test_what_is_said_of_text_in_other_sources_fits_them(tmp_path: Path) -> None:
    pd.DataFrame({"a": ["1,200.5", "7"]}).to_parquet(tmp_path / "my.parquet")
    how: dict[str, Any] = {"where": "data", "folder": str(tmp_path), "numbers": ["a"]}
    (said,) = files.read("my.parquet", {}, **how).notes
    assert said.endswith("('columns.category=[a]' keeps it as text)")
    (said,) = files.read("my.parquet", {}, **how, target="a").notes
    assert said.endswith("(task=classification makes each value a class)")
    (said,) = files.read("my.parquet", {}, **how, by_hand=False).notes
    assert said.endswith("as in '1,200.5'")


def test_marks_in_columns_of_several_kinds(tmp_path: Path) -> None:
    long = 2**53 + 1
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["x", "?", "y"]),
            "long": [long, -99, long + 2],
            "size": pd.Categorical([1, -99, 2]),
            "when": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
        }
    )
    frame.to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {"na_values": ["?", -99]}, where="data", folder=str(tmp_path)).frame
    assert found["kind"].tolist()[::2] == ["x", "y"]
    assert found["long"].tolist()[::2] == [long, long + 2]
    assert found["size"].tolist()[::2] == [1, 2]
    assert found.isna().sum().to_dict() == {"kind": 1, "long": 1, "size": 1, "when": 0}
    mixed, _ = frames.with_numbers(pd.DataFrame({"a": [1, -99, "?"]}), ["?", -99], (), (), {})
    assert mixed["a"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize("given", [[[1]], {"a": {"b": 1}}], ids=repr)
def test_marks_that_cannot_be_are_an_error_in_any_source(tmp_path: Path, given: Any) -> None:
    typed_table().to_parquet(tmp_path / "my.parquet")
    with pytest.raises(ConfigError, match=r"read\.na_values=.*: must be a list of what stands for a missing value"):
        files.read("my.parquet", {"na_values": given}, where="data", folder=str(tmp_path))


def test_columns_that_nothing_is_asked_of_stay_as_they_are() -> None:
    frame = pd.DataFrame(np.zeros((3, 50)))
    found, _ = frames.with_numbers(frame, None, (), (), {})
    assert np.shares_memory(found.to_numpy(), frame.to_numpy())  # one block, not copied column by column


# -- files without names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("5.1,3.5,setosa\n4.9,3.0,setosa\n", "'5.1,3.5,setosa'", id="decimals"),
        pytest.param("-5;a\n-4;b\n3;b\n", "'-5;a'", id="a minus"),
        pytest.param("1,5;a;x\n2,5;b;y\n", "'1,5;a;x'", id="decimal commas"),
        pytest.param("2019,2020\n1.5,2\n3,4\n", None, id="years"),
        pytest.param("1700\t5\n1701\t11\n1702\t16\n", "'1700 5'", id="whole numbers"),
        pytest.param("20,Private,<=50K\n30,State,>50K\n40,Private,>50K\n", "'20,Private,<=50K'", id="a text again"),
        pytest.param("20, Private, b\n30, Private, c\n", "'20,Private,b'", id="blanks"),
        pytest.param("20,Private\n30,State\n40,Other\n", None, id="a text once"),
        pytest.param("x,yes,no\n1,yes,0\n2,no,1\n", None, id="a text again beside names"),
        pytest.param("20,yes\nlow,yes\nhigh,no\n", None, id="a number above texts"),
        pytest.param("DE,2019,2020,2021\nDE,1,2,3\nAT,1,2,3\n", None, id="a text again beside years"),
        pytest.param("a,30,20,10\na,1,2,3\nb,1,2,3\n", None, id="a text again beside numbers that fall"),
        pytest.param("a,30,10,20\na,1,2,3\nb,1,2,3\n", "'a,30,10,20'", id="a text again beside numbers"),
        pytest.param(",7\n,1\na,2\n", None, id="no name"),
        pytest.param("0,1,2,y\n5,6,7,a\n", None, id="numbered"),
        pytest.param("v1.5,y\n5,a\n", None, id="a name"),
        pytest.param("0.25,y\nlow,a\n", None, id="a name of text"),
        pytest.param("400.5,402.5,404.5,406.5,408.5,y\n0.1,0.2,0.3,0.1,0.2,a\n", None, id="wavelengths"),
        pytest.param("5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.2\n", "'5.1,3.5,1.4,0.2'", id="numbers that fall"),
    ],
)
def test_a_first_line_of_values_is_said(tmp_path: Path, text: str, said: str | None) -> None:
    told = [note for note in read_text(tmp_path, text).notes if "is read as the column names" in note]
    if said is None:
        assert told == []
    else:
        assert told == [
            f"the first line, {said}, is read as the column names: if it is a row, write a line of names above"
        ]


def test_numbers_that_stand_twice_in_the_first_line_may_be_no_names(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'0' stands more than once: .* holds no names, write a line of them above"):
        read_text(tmp_path, "0,0,5,1\n0,3,8,2\n")
    with pytest.raises(DataError, match=r"'a' stands more than once: rename one of them\.$"):
        read_text(tmp_path, "a,a\n0,3\n")


# -- marks of missing numbers -------------------------------------------------------------------------------------


def test_marks_of_missing_numbers(tmp_path: Path) -> None:
    text = "a,b,c,d,e\n1,?,x,1,5\n2,3,?,-,5\nUnknown,?,y,red,6\n4,?,y,2,6\n5,?,y,2,7\n"
    found = read_text(tmp_path, text)
    assert columns(found) == {
        "a": [1, 2, None, 4, 5],
        "b": ["?", "3", "?", "?", "?"],  # mostly marks
        "c": ["x", "?", "y", "y", "y"],
        "d": ["1", "-", "red", "2", "2"],
        "e": [5, 5, 6, 6, 7],
    }
    assert found.notes == ["in the column 'a' 'Unknown' is read as missing (read.na_values)"]


def test_marks_beside_decimal_commas(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "a;b\n1,5;x\n-;y\n2;z\n"))["a"] == [1.5, None, 2]


def test_marks_set_by_hand_are_added(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a,b\n1,7\n?,oops\n2,8\n", na_values=["oops"])
    assert columns(found) == {"a": [1, None, 2], "b": [7, None, 8]}
    assert found.notes == ["in the column 'a' '?' is read as missing (read.na_values)"]


@pytest.mark.parametrize("options", [{}, {"na_values": ["oops"]}], ids=repr)
def test_words_that_may_be_values(tmp_path: Path, options: dict[str, Any]) -> None:
    text = "a,b,c\nNA,1,\nDE,None,x\nNone,2,NaN\n"
    found = read_text(tmp_path, text, **options)
    assert columns(found) == {"a": [None, "DE", None], "b": [1, None, 2], "c": [None, "x", None]}
    assert found.words == {"a": ["NA", "None"]}


def test_words_behind_the_first_rows(tmp_path: Path) -> None:
    text = "a,b,c\n" + "DE,1,x\n" * opening.SAMPLE + "None,2,\nNA,3,x\n"
    assert read_text(tmp_path, text).words == {"a": ["NA", "None"]}
    assert read_text(tmp_path, text, na_values=[]).words == {}


def test_by_an_empty_list_of_marks_words_among_texts_are_values(tmp_path: Path) -> None:
    found = read_text(tmp_path, "a,b,c\nNA,1,\nDE,NA,x\nNone,2,NaN\n", na_values=[])
    assert columns(found) == {"a": ["NA", "DE", "None"], "b": [1, None, 2], "c": [None, "x", "NaN"]}
    assert found.notes == ["in the column 'b' 'NA' is read as missing (read.na_values)"]
    assert found.words == {"b": ["NA"]}


# -- marks between thousands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "mark"),
    [
        param("a;b\n1.234;0,5\n12.345;1,5\n999;2,5\n", [1234, 12345, 999], ".", id="points-beside-decimal-commas"),
        param("a;b\n1.234,50;x\n-1.234.567,5;x\n12,5;x\n", [1234.5, -1234567.5, 12.5], ".", id="german"),
        param('a,b\n"1,234",0.5\n"12,345,678",1.5\n', [1234, 12345678], ",", id="english"),
        param('a,b\n"1,234.5",0\n12.5,1\n', [1234.5, 12.5], ",", id="english-decimals"),
        param("a;b\n1,234;0.5\n2,345;1.5\n", [1234, 2345], ",", id="commas-beside-decimal-points"),
        param("a;b\n1.234.567;x\n1.234;x\n", [1234567, 1234], ".", id="two-points"),
        param('a,b\n"1.234,5",0.5\n"2.345,5",1.5\n', [1234.5, 2345.5], ".", id="german-beside-decimal-points"),
        param("a;b\n1 234;0,5\n12;1,5\n", [1234, 12], " ", id="spaces"),
        param("a;b\n1\xa0234,5;0,5\n12;1,5\n", [1234.5, 12], "\xa0", id="hard-spaces"),
        param("a,b\n1'234.50,0\n2'000'000.00,1\n", [1234.5, 2e6], "'", id="swiss"),
        param("a;b\n1.234;0,5\n?;1,5\n999;2,5\n", [1234, None, 999], ".", id="and-marks"),
    ],
)
def test_marks_between_thousands(tmp_path: Path, text: str, expected: list[Any], mark: str) -> None:
    found = read_text(tmp_path, text)
    assert columns(found)["a"] == expected
    assert [note for note in found.notes if f"in the column 'a' {mark!r} separates thousands" in note]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        param("a;b\n1.234;0.5\n12.345;1.5\n", [1.234, 12.345], id="decimals-beside-points"),
        param("a;b\n1.234;x\n12.345;y\n", [1.234, 12.345], id="decimals-where-nothing-says"),
        param("a;b\n1,234;x\n12,345;y\n", [1.234, 12.345], id="commas-between-semicolons"),
        param("a;b\n0,5;1.5\n0,061;2.5\n0,5;3.5\n", ["0,5", "0,061", "0,5"], id="another-decimal-mark"),
        param("a,b\n030 123 456,1\n555 123,2\n", ["030 123 456", "555 123"], id="telephones"),
        param("a;b\n1.23;0,5\n4.567;0,5\n", [1.23, 4.567], id="points-beside-decimal-commas"),
        param("a;b\n5.6e-01;0,5\n1e3;0,5\n", [0.56, 1000], id="exponents-beside-decimal-commas"),
        param("a;b\n1.2.2020;0,5\n3.4.2020;0,5\n", ["1.2.2020", "3.4.2020"], id="dates"),
    ],
)
def test_what_is_not_between_thousands(tmp_path: Path, text: str, expected: list[Any]) -> None:
    found = read_text(tmp_path, text)
    assert columns(found)["a"] == expected
    assert not [note for note in found.notes if "thousands" in note]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        param("ip\tb\n35.146.217.206\t801,875\n8.8.8.8\t10,652\n-\t984,515\n", [801875, 10652, 984515], id="tabs"),
        param("ip,b\n192.168.178.101,76.736\n192.168.178.156,2.849\n", [76.736, 2.849], id="commas"),
    ],
)
def test_addresses_are_no_numbers_and_show_no_decimal_mark(tmp_path: Path, text: str, expected: list[float]) -> None:
    found = read_text(tmp_path, text)
    assert columns(found)["b"] == expected
    assert columns(found)["ip"] == [line.replace("\t", ",").split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        param(["1", "3,4,5", "2,3", "1,5"], [], id="lists"),
        param(["7.8.9.2", "35.146.217.206", "35.146.217.201", "8.8.8.8"], [], id="addresses"),
        param(["1,5", "1,2", "2,1", "3,2"], ["a"], id="by-hand"),
    ],
)
def test_what_is_no_number_shows_no_decimal_mark(tmp_path: Path, answers: list[str], kept: list[str]) -> None:
    text = "a\tb\n" + "".join(f"{answer}\t{i}.554\n" for i, answer in enumerate(answers, start=1))
    (tmp_path / "my.csv").write_text(text)
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path), text=kept)
    assert columns(found) == {"a": answers, "b": [1.554, 2.554, 3.554, 4.554]}


@pytest.mark.parametrize(
    ("mark", "other", "odd"),
    [(",", ".", "01.02.2025"), (",", ".", "1.2.3"), (",", ".", "1,2,3"), (".", ",", "01.02.2025")],
)
def test_one_odd_text_leaves_a_column_its_decimal_mark(tmp_path: Path, mark: str, other: str, odd: str) -> None:
    lines = [f"{i}{mark}{i % 90 + 10};{i}{other}{i * 37 % 1000:03d}" for i in range(1, 41)]
    found = read_text(tmp_path, "\n".join(["a;b", *lines, f"{odd};1{other}500\n"]))
    assert columns(found)["b"] == [*(1000 * i + i * 37 % 1000 for i in range(1, 41)), 1500]


def test_the_decimal_mark_of_the_train_file_decides_where_the_other_shows_none(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a;b\n1.234;x\n12.345;y\n")
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path), decimal=",")
    assert columns(found)["a"] == [1234, 12345]


def test_the_mark_of_thousands_does_not_touch_what_is_kept_as_text(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text('a,b\n"1,234",1\n')
    assert columns(files.read("my.csv", {}, where="data", folder=str(tmp_path), text=["a"]))["a"] == ["1,234"]


# -- codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "noted"),
    [
        param("a,b\n00501,1\n10001,2\n", {"a": ["00501", "10001"], "b": [1, 2]}, {"a": "00501"}, id="padded"),
        param('a,b\n"007",1\n"12",2\n', {"a": ["007", "12"], "b": [1, 2]}, {"a": "007"}, id="quoted"),
        param("a,b\n01,1\n,2\n", {"a": ["01", None], "b": [1, 2]}, {"a": "01"}, id="missing"),
        param("a;b c\n01;1,5\n02;2,5\n", {"a": ["01", "02"], "b c": [1.5, 2.5]}, {"a": "01"}, id="decimal-comma"),
        param("b,größe cm\n1,01\n", {"b": [1], "größe cm": ["01"]}, {"größe cm": "01"}, id="a-name-in-quotes"),
        param("a,b\n0,0.5\n10,00.5\n", {"a": [0, 10], "b": [0.5, 0.5]}, {}, id="numbers"),
        param("a,b\n-01,1e05\n02,1\n", {"a": [-1, 2], "b": [1e5, 1]}, {}, id="signs-and-exponents"),
        param("a,b\n007,1\nx,2\n", {"a": ["007", "x"], "b": [1, 2]}, {}, id="text"),
        param(
            "a;b\n001.2025;1,5\n016.2025;2\n",
            {"a": ["001.2025", "016.2025"], "b": [1.5, 2]},
            {"a": "001.2025"},
            id="periods",
        ),
        param("a;b\n09.2025;1,5\n10.2020;2\n", {"a": ["09.2025", "10.2020"], "b": [1.5, 2]}, {}, id="months"),
        param("a,b\n09.2025,1\n10.2,2\n", {"a": [9.2025, 10.2], "b": [1, 2]}, {}, id="decimals"),
    ],
)
def test_codes_keep_their_zeros(
    tmp_path: Path, text: str, expected: dict[str, list[Any]], noted: dict[str, str]
) -> None:
    found = read_text(tmp_path, text)
    assert columns(found) == expected
    assert [note for note in found.notes if "leading zeros" in note] == [
        f"the column {name!r} is written with leading zeros, as in {code!r}: codes, not numbers, but with "
        + ("'columns.number=[a]'" if name == "a" else f'"columns.number=[{name!r}]"')
        for name, code in noted.items()
    ]


def test_a_row_that_the_sample_cuts_is_no_code(tmp_path: Path) -> None:
    row = "1.5,0.25\n"
    text = "a,b\n" + row * (opening.SAMPLE // len(row) + 1)
    for shift in range(len(row)):
        padded = text.replace("a,b", "a" + "x" * shift + ",b", 1)
        assert read_text(tmp_path, padded).notes == []


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize(("sep", "encoding"), [(",", "utf-8"), (";", "utf-16")])
def test_codes_whose_zeros_stand_behind_the_first_rows(tmp_path: Path, sep: str, encoding: str, ending: str) -> None:
    zips = [*range(99_999, 80_000, -1), 501, 210]
    frame = pd.DataFrame({"a": [f"{one:05d}" for one in zips], "b": zips, "c": np.arange(len(zips)) % 7})
    frame.loc[:9_000:50, "a"] = ""
    frame.to_csv(tmp_path / f"my{ending}", sep=sep, encoding=encoding, index=False)
    found = files.read(f"my{ending}", {}, where="data", folder=str(tmp_path))
    assert found.frame["a"].tolist()[-2:] == ["00501", "00210"]
    assert found.frame["a"].isna().sum() == frame["a"].eq("").sum()
    assert [found.frame[name].dtype for name in "bc"] == ["int64", "int64"]
    assert [note for note in found.notes if "zeros" in note] == [
        "the column 'a' is written with leading zeros, as in '00501': codes, not numbers, but with 'columns.number=[a]'"
    ]


@pytest.mark.parametrize(("mark", "kept"), [("?", True), ("NA", True), ("x", False)])
def test_late_zeros_beside_marks(tmp_path: Path, mark: str, kept: bool) -> None:
    codes = [*(f"{one}" for one in range(99_999, 80_000, -1)), " 00501 ", "00210"]
    at = range(4_000, 20_000, 500)
    codes = [mark if i in at else code for i, code in enumerate(codes)]
    frame = pd.DataFrame({"a": codes, "b": 1})
    frame.to_csv(tmp_path / "my.csv", index=False)
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path))
    assert found.frame["a"].tolist()[-1] == "00210"
    assert any("leading zeros" in note for note in found.notes) is kept


def test_a_database_s_mark_is_missing_beside_marks_by_column(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,b\n999,x\n1,\\N\n\\N,y\n", encoding="utf-8")
    found = files.read("my.csv", {"na_values": {"a": [999]}}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [None, 1, None], "b": ["x", None, "y"]}


def test_lakhs_are_thousands(tmp_path: Path) -> None:
    rows = "".join(f'"{i},345",x\n' for i in range(10, 16))
    found = read_text(tmp_path, f'a,b\n"12,34,567",x\n{rows}"-1,00,000.50",y\n950,z\n')
    assert found.frame["a"].tolist() == [1234567, *(i * 1000 + 345 for i in range(10, 16)), -100000.5, 950]
    few = read_text(tmp_path, 'a,b\n"12,34,567",x\n"1,2",y\n')
    assert few.frame["a"].tolist() == ["12,34,567", "1,2"]


@pytest.mark.parametrize(
    ("less", "thousands"),
    [
        (["742", "815", "120", "99"], True),
        (["742-", "815", "120", "2,742-"], True),
        (["742", "815", "120", "0.5"], False),
        (["742", "815", "120", "1000"], False),
        (["999", "999", "999", "-999"], False),
        (["7", "0"], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("mark", [".", ","])
def test_thousands_show_themselves_beside_numbers_below_them(
    tmp_path: Path, less: list[str], thousands: bool, mark: str
) -> None:
    many = [f"{1 + i % 40},{100 + i * 7 % 900}" for i in range(40)]
    text = "\n".join(["a;b", *(f"{one};x" for one in [*many, *less])]).replace(",", "\0").replace(".", mark)
    found = read_text(tmp_path, text.replace("\0", mark) + "\n")
    assert found.frame["a"].iloc[0] == (1100 if thousands else 1.1)


@pytest.mark.parametrize(("sep", "mark", "known"), [(";", ".", "."), (";", ",", ","), (",", ",", ",")])
def test_thousands_of_new_rows_show_themselves_whatever_the_train_file_is_written_with(
    tmp_path: Path, sep: str, mark: str, known: str
) -> None:
    numbers = [*range(1011, 5000, 37), *range(100, 900, 100)]
    lines = ["a;b", *(f'"{number:,}";1'.replace(",", mark) for number in numbers)]
    (tmp_path / "new.csv").write_text("\n".join(lines).replace(";", sep))
    for points in ({}, {"a": ","}):  # as of a train file with points between its thousands
        new = files.read("new.csv", {}, where="data", folder=str(tmp_path), decimal=known, points=points)
        assert columns(new)["a"] == numbers


def test_a_point_of_new_rows_between_commas_tells_what_commas_are_in_columns_that_had_points_between_thousands(
    tmp_path: Path,
) -> None:
    train = read_text(tmp_path, "a;b\n1.234;0,5\n2.500;7,25\n")
    (tmp_path / "new.csv").write_text('a,b\n"1,234",0.5\n"2,500",7.25\n')
    new = files.read("new.csv", {}, where="data", folder=str(tmp_path), decimal=train.decimal, points=train.points)
    assert columns(new) == columns(train) == {"a": [1234, 2500], "b": [0.5, 7.25]}


def test_codes_of_a_column_of_numbers_are_not_told_of(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,b\n01,1\n02,2\n")
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path), numbers=["a"])
    assert not [note for note in found.notes if "codes" in note]


def test_codes_that_are_text_already_are_not_told_of(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,b\n01,1\n02,2\n")
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path), text=["a"])
    assert (columns(found)["a"], found.notes) == (["01", "02"], [])


# -- what was found by reading on ---------------------------------------------------------------------------------


def test_parts_share_their_decimal_mark(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1.234,5;x\n2,5;y\n")
    (tmp_path / "b.csv").write_text("a;b\n1.234;x\n2.345;y\n")
    found = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert columns(found)["a"] == [1234.5, 2.5, 1234, 2345]
    (tmp_path / "b.csv").write_text("a;b\n1.25;x\n2.5;y\n")
    with pytest.raises(DataError, match=r"the decimal mark of a\.csv is ',', that of b\.csv is '\.': write them alike"):
        files.read("*.csv", {}, where="data", folder=str(tmp_path))


def test_short_rows_of_a_long_file_are_counted_of_its_first(tmp_path: Path) -> None:
    text = "a,b\n" + "1\n" + "1,2\n" * opening.SAMPLE
    (note,) = read_text(tmp_path, text).notes
    assert re.match(r"of the first 16,38\d rows a row has fewer fields than the header", note)


@pytest.mark.parametrize(("sep", "short"), [(",", "2"), (";", "2"), ("  ", "2  4")])
def test_short_rows_behind_the_first_ones_are_told(tmp_path: Path, sep: str, short: str) -> None:
    row, above = sep.join("123") + "\n", "Sales 2025\n" * (sep == ";")
    text = above + sep.join("abc") + "\n" + row * opening.SAMPLE
    found = read_text(tmp_path, f"{text}{short}\n{row}", skiprows=len(above) and 1)
    line = opening.SAMPLE + 2 + bool(above)
    assert found.notes[-1] == f"a row has fewer fields than the header, the rest is missing (first: line {line})"
    read = read_text(tmp_path, f"{text}{row}", skiprows=len(above) and 1)
    assert not any("fewer" in note for note in read.notes)


@pytest.mark.parametrize("rows", [3, opening.SAMPLE])
def test_lines_of_blanks_are_no_short_rows(tmp_path: Path, rows: int) -> None:
    found = read_text(tmp_path, "a,b\n" + "1,\n" * rows + "   \n1,2\n \n")
    assert len(found.frame) == rows + 1
    assert not any("fewer" in note for note in found.notes)


@pytest.mark.parametrize("line", ['""', "\u00a0"])
def test_lines_that_are_rows_of_nothing_are_told(tmp_path: Path, line: str) -> None:
    found = read_text(tmp_path, f"a,b\n1,2\n{line}\n3,4\n")
    assert len(found.frame) == 3
    assert any("fewer fields than the header" in note and "line 3" in note for note in found.notes)


def test_rows_with_names_are_not_short(tmp_path: Path) -> None:
    rows = "".join(f'"r{i}" {i} 2\n' for i in range(opening.SAMPLE // 8))
    found = read_text(tmp_path, f'"a" "b"\n{rows}"last" 7 NA\n')
    assert found.frame["b"].isna().sum() == 1
    assert not any("fewer" in note for note in found.notes)
    (note,) = [one for one in read_text(tmp_path, f'"a" "b"\n{rows}"last" 7\n').notes if "fewer" in one]
    assert note.startswith("a row has fewer")


def test_one_odd_line_of_an_utf_8_file_is_told_where_the_first_rows_are_ascii(tmp_path: Path) -> None:
    text = "a,b\n" + "1,Nord\n" * opening.SAMPLE + "2,Süd\n" * 9
    found = read_bytes(tmp_path, text.encode() + "3,Süd\n".encode("cp1252"))
    line = opening.SAMPLE + 11
    assert found.notes[-1] == (
        "read with the encoding cp1252 (read.encoding), though the file is UTF-8 but for "
        f"line {line}: mend that, as 'Ã¼' is 'ü'"
    )


@pytest.mark.parametrize("above", ["", "\n", "sep=,\n"])
def test_names_and_codes_of_a_table_with_lines_longer_than_the_sample(tmp_path: Path, above: str) -> None:
    names = [f"expression_of_{i}_{'x' * 64}" for i in range(opening.SAMPLE // 64)]
    rows = "".join(f"0{i},{','.join('7' for _ in names)},0{i}\n" for i in range(1000, 1030))
    found = read_text(tmp_path, f"{above}first,{','.join(names)},last\n{rows}")
    assert columns(found)["first"] == columns(found)["last"] == [f"0{i}" for i in range(1000, 1030)]
    assert len(found.notes) == 2
    with pytest.raises(DataError, match="the column name 'first' stands more than once"):
        read_text(tmp_path, f"first,{','.join(names)},first\n{rows}")


@pytest.mark.parametrize("rows", [3, 60])
@pytest.mark.parametrize("last", ["", '"x', '"x\ny",1'])
def test_the_first_lines_of_a_text_hold_signs_for_what_stands_in_quotes(rows: int, last: str) -> None:
    text = '"a, or b",c\r\n' + '"1;2\n3", "x"\n7,"  "\n' * rows + last
    end = {"": [""], '"x': ['"x'], '"x\ny",1': ['"x\0",1']}[last]
    lines = ['"x",c', *['"0\0", "x"', '7,""'] * rows, *end]
    assert fields.first_lines(text) == tuple(lines[:50])


def test_texts_longer_than_the_sample(tmp_path: Path) -> None:
    text = "x" * 3 * opening.SAMPLE
    assert columns(read_text(tmp_path, f'a,b\n1,"{text}"\n2,{text}\n')) == {"a": [1, 2], "b": [text, text]}


def test_an_encoding_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"read\.encoding=klingon: Python knows no such encoding"):
        read_text(tmp_path, "a,b\n1,2\n", encoding="klingon")


def test_nothing_but_excel_s_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds nothing but its first line"):
        read_text(tmp_path, "sep=;\n")


# -- signs, decimals and titles -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "noted"),
    [
        param("a,b\n47%,x\n-5.5 %,y\n,z\n", [47, -5.5, None], "the sign '%' is left out: '47%' is read as 47", id="%"),
        param('a,b\n"$1,200.50",x\n-$5,y\n', [1200.5, -5], "'$' is left out: '$1,200.50' is read as 1200.5", id="$"),
        param("a;b\n1.200,50 €;x\n?;y\n12\xa0€;y\n", [1200.5, None, 12], "'€' is left out: '1.200,50 €'", id="€"),
        param("a,b\nEUR 5,x\nEUR 7,y\n", [5, 7], "the sign 'EUR' is left out: 'EUR 5' is read as 5", id="EUR"),
        param("a,b\n47%,x\n5,y\n", ["47%", "5"], "", id="not-at-all-of-them"),
        param("a,b\n$5,x\n€5,y\n", ["$5", "€5"], "", id="two-signs"),
        param("a,b\n5%,x\n%5,y\n", ["5%", "%5"], "", id="two-sides"),
        param("a,b\n12 kg,x\n5 kg,y\n", ["12 kg", "5 kg"], "", id="a-unit"),
    ],
)
def test_signs_at_every_number_are_left_out(tmp_path: Path, text: str, expected: list[Any], noted: str) -> None:
    found = read_text(tmp_path, text)
    assert columns(found)["a"] == expected
    signs = [note for note in found.notes if " the sign " in note]
    assert [noted in note for note in signs] == [True] * bool(noted)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        param([*["5%"] * 30, "?", "-", "k.A."], True, id="more-marks-than-numbers-in-few-rows"),
        param([*["?"] * 31, *(f"{i}%" for i in range(29))], False, id="one-mark-in-half-of-the-rows"),
        param([*["NA"] * 31, *(f"{i}%" for i in range(29))], True, id="missing-in-half-of-the-rows"),
        param([*["?"] * 1100, *["5%"] * 1200], True, id="marks-first"),
        param([*["?"] * 1200, *["5%"] * 1100], False, id="too-many-marks-first"),
    ],
)
def test_how_many_rows_of_numbers_may_hold_marks(tmp_path: Path, values: list[str], numbers: bool) -> None:
    found = read_text(tmp_path, "\n".join(["a,b", *(f"x,{value}" for value in values)])).frame["b"]
    made = [float(value[:-1]) if value.endswith("%") else None for value in values]
    assert columns(pd.DataFrame({"b": found}))["b"] == (made if numbers else values)


def test_blanks_beside_numbers_are_those_of_python() -> None:
    every = "".join(map(chr, range(0x10000)))
    assert re.findall(forms.BLANK.replace("*", ""), every) == re.findall(r"\s", every)


@pytest.mark.parametrize(
    ("values", "expected", "noted"),
    [
        param(["$120.00", "($369.80)"], [120, -369.8], "'($369.80)' is read as -369.8", id="parentheses"),
        param(["$120.00", "$ (1,369.80)"], [120, -1369.8], "'$ (1,369.80)' is read as -1369.8", id="sign-before"),
        param(["12%", "(5%)", "-"], [12, -5, None], "'(5%)' is read as -5", id="percent"),
        param(["3.5%", "(12.5)%"], [3.5, -12.5], "'(12.5)%' is read as -12.5", id="percent-behind"),
        param(["3.50 kr", "(12.50) kr"], [3.5, -12.5], "'(12.50) kr' is read as -12.5", id="sign-behind"),
        param(["120.00", "369.80-", "-1"], [120, -369.8, -1], "'369.80-' is read as -369.8", id="behind"),
        param(["120", "1,369.80-"], [120, -1369.8], "'1,369.80-' is read as -1369.8", id="behind-thousands"),
        param(["120.00 EUR", "369.80 EUR-"], [120, -369.8], "'369.80 EUR-' is read as -369.8", id="behind-a-sign"),
        param(["1", "2-", "3-"], ["1", "2-", "3-"], None, id="grades"),
        param(["1", "(2)", "(3)"], ["1", "(2)", "(3)"], None, id="notes"),
        param(["(1999)", "(2000)"], ["(1999)", "(2000)"], None, id="all"),
        param(["100", "(-5.5)"], ["100", "(-5.5)"], None, id="two-signs"),
        param(["100", "(200) 300"], ["100", "(200) 300"], None, id="telephone"),
        param(["2018", "2019-"], ["2018", "2019-"], None, id="years"),
        param([*["7"] * 1200, "(14)", "(3.5)"], [*[7] * 1200, -14, -3.5], "'(14)' is read as -14", id="late"),
        param(["100", "100-200"], ["100", "100-200"], None, id="range"),
        param(["120.00", "(5.50)", "(0.00)"], [120, -5.5, 0], "'(5.50)' is read as -5.5", id="no-negative-zero"),
    ],
)
def test_negative_numbers_of_accounts(tmp_path: Path, values: list[str], expected: list[Any], noted: Any) -> None:
    lines = [f'x,"{value}"' for value in values]
    source = read_text(tmp_path, "\n".join(["a,b", *lines]))
    assert columns(source)["b"] == expected
    notes = [note for note in source.notes if " is read as -" in note]
    keeps = "('columns.category=[b]' keeps it as text)"
    assert notes == ([f"in the column 'b' {noted} {keeps}"] if noted else [])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["(66.05)"], [-66.05]),
        (["($7.10)", "($5.20)"], [-7.1, -5.2]),
        (["(5)", "7"], [-5, 7]),
        (["2.5-"], [-2.5]),
    ],
)
def test_negative_numbers_where_another_file_has_shown_numbers(
    tmp_path: Path, values: list[str], expected: list[float]
) -> None:
    (tmp_path / "my.csv").write_text("\n".join(["a,b", *(f"x,{value}" for value in values)]))
    for numbers, read in (((), values), (("b",), expected)):
        source = files.read("my.csv", {}, where="data", folder=str(tmp_path), numbers=numbers)
        assert columns(source)["b"] == read
    (tmp_path / "other.csv").write_text("a,b\n1,$1.50\n" if "$" in values[0] else "a,b\n1,1.50\n")
    for numbers in (("b",), ()):  # the other part shows them
        parts = files.read("*.csv", {}, where="data", folder=str(tmp_path), numbers=numbers)
        assert columns(parts) == {"a": [*["x"] * len(values), "1"], "b": [*expected, 1.5]}


def test_marks_in_most_rows_of_a_part_leave_its_column_of_numbers(tmp_path: Path) -> None:
    """But codes with leading zeros in one of them are such in all, and other text is text in all."""
    marks = [*["-"] * 25, *["7.5"] * 15]
    (tmp_path / "0.csv").write_text("\n".join(["a,b,c", *(f"{i}.5,{10 + i},{i}" for i in range(40))]))
    (tmp_path / "1.csv").write_text("\n".join(["a,b,c", *(f"{mark},01,x{mark}" for mark in marks)]))
    made = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert made.frame["a"].dtype == "float64"
    assert made.frame["a"].isna().sum() == 25
    assert [columns(made)[name][-1] for name in "abc"] == [7.5, "01", "x7.5"]
    assert columns(made)["b"][0] == "10"


@pytest.mark.parametrize(
    ("other", "expected"),
    [("370408705621598822620", "370408705621598822620"), ("1-", "1-"), ("(2)", "(2)"), ("(2.50)", -2.5)],
)
def test_long_codes_grades_and_notes_in_one_part_are_text_in_all(tmp_path: Path, other: str, expected: Any) -> None:
    (tmp_path / "0.csv").write_text("a,b\n1,x\n2,x\n")
    (tmp_path / "1.csv").write_text(f"a,b\n{other},x\n{other},y\n")
    assert columns(files.read("*.csv", {}, where="data", folder=str(tmp_path)))["a"][2] == expected


def test_answers_in_one_part_are_text_in_all(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("\n".join(["a,b", *(f"{i % 3},x" for i in range(9))]))
    (tmp_path / "1.csv").write_text("\n".join(["a,b", *(f"{answer},x" for answer in ('"1,2"', "3", '"1,2,3"', "2"))]))
    made = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert set(columns(made)["a"]) == {"0", "1", "2", "3", "1,2", "1,2,3"}


def test_amounts_and_marks_in_a_short_part_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("\n".join(["a;b", *(f"{i},5;x" for i in range(9))]))
    (tmp_path / "1.csv").write_text("a;b\n3,5;y\n-;y\n-;x\n")
    made = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert columns(made)["a"][8:10] == [8.5, 3.5]
    assert made.frame["a"].isna().sum() == 2


@pytest.mark.parametrize("mark", ["NA", "NULL", "nan", "?", "-", "\u2013", "k.A.", "unknown", "99"])
def test_codes_keep_their_zeros_beside_marks_of_missing_ones(tmp_path: Path, mark: str) -> None:
    rows = [f"{mark},p", *(f"{code:05d},q" for code in (1067, 10115, 4109))]
    source = read_text(tmp_path, "\n".join(["zip,y", *rows]), na_values=["99"])
    assert columns(source)["zip"][1:] == ["01067", "10115", "04109"]
    frame = pd.DataFrame({"zip": ["01067", mark, "10115"]})
    made, _ = frames.with_numbers(frame, [mark], (), (), {})
    assert made["zip"].dropna().tolist() == ["01067", "10115"]


def test_a_dash_beside_numbers_is_missing_and_none(tmp_path: Path) -> None:
    source = read_text(tmp_path, "a,y\n1,p\n\u2013,q\n3,p\n")
    assert columns(source)["a"] == [1, None, 3]
    assert source.notes == ["in the column 'a' '\u2013' is read as missing (read.na_values)"]
    made, _ = frames.with_numbers(pd.DataFrame({"a": ["01", "\u2013", "3"]}), None, (), (), {})
    assert made["a"].tolist() == ["01", "\u2013", "3"]


def test_long_codes_beside_a_mark_keep_their_digits(tmp_path: Path) -> None:
    source = read_text(tmp_path, "a,y\n12345678901234567001,p\nNA,q\n12345678901234567002,p\n")
    assert columns(source)["a"][::2] == ["12345678901234567001", "12345678901234567002"]


@pytest.mark.parametrize("begin", ["a,b,y", "\ufeffa,b,y"])
def test_names_that_stand_once_more_are_no_rows(tmp_path: Path, begin: str) -> None:
    """As in files that were joined with their first lines, also far below the first rows."""
    rows = [f"{i},u{i % 3},{'pq'[i % 2]}" for i in range(9000)]
    source = read_text(tmp_path, "\n".join(["a,b,y", *rows[:10], begin, *rows[10:], begin, "1,a,y"]) + "\n")
    assert columns(source)["a"] == [*range(9000), 1]
    assert set(columns(source)["y"]) == {"p", "q", "y"}
    assert source.notes == ["2 lines that repeat the names of the columns are left out"]
    once = read_text(tmp_path, "\n".join(["c,b", "u,v", "c,b", "c,x"]))
    assert columns(once) == {"c": ["u", "c"], "b": ["v", "x"]}
    assert once.notes == ["a line that repeats the names of the columns is left out"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a","b"\n1,u\na,b\n2,w\n', {"a": [1, 2], "b": ["u", "w"]}),
        (",a,b\n0,1,u\n,a,b\n1,2,NA\n", {"a": [1, 2], "b": ["u", None]}),
        ("2015;b\n1,5;u\n2015;b\n2,5;w\n", {"2015": [1.5, 2.5], "b": ["u", "w"]}),
        ('a,b\n1,"x\na,b\ny"\na,b\n2,w\n', {"a": [1, 2], "b": ["x\na,b\ny", "w"]}),
        (",0,1\n0,1,u\n,0,1\n1,2,w\n", {"0": [1, 2], "1": ["u", "w"]}),
        ("2014,2015,2016\n5,6,7\n2014,2015,2016\n", {"2014": [5], "2015": [6], "2016": [7]}),
        ("a,b\na,b\na,b\n", {"a": ["a", "a"], "b": ["b", "b"]}),  # else nothing would be left
    ],
)
def test_names_once_more_however_they_are_written(tmp_path: Path, text: str, expected: dict[str, list[Any]]) -> None:
    source = read_text(tmp_path, text)
    found = {name: values for name, values in columns(source).items() if name != "Unnamed: 0"}
    assert [*map(str, found.items())] == [*map(str, expected.items())]
    assert any("repeats the names" in note for note in source.notes) == (expected != {"a": ["a", "a"], "b": ["b", "b"]})


@pytest.mark.parametrize("first", ["3,1", "0.5,-1.5"])
def test_rows_like_the_first_of_a_table_without_names_stay(tmp_path: Path, first: str) -> None:
    source = read_text(tmp_path, f"{first}\n4,2\n{first}\n5,2\n{first}\n")
    assert len(source.frame) == 4
    assert not any("names of the columns" in note for note in source.notes)


def test_rows_like_numbers_that_are_names_stay(tmp_path: Path) -> None:
    """As pandas writes the columns of an array, 0 and 1, which are values too."""
    source = read_text(tmp_path, "0,1\n0,1\n0,0\n2,1\n0,1\n")
    assert columns(source) == {"0": [0, 0, 2, 0], "1": [1, 0, 1, 1]}
    assert not source.notes
    names, zeros = ",".join(map(str, range(12))), ",".join("0" * 12)
    source = read_text(tmp_path, f"{names}\n{zeros}\n{names}\n{zeros}\n")
    assert source.frame.to_numpy().any() == 0  # what twelve columns hold is no chance
    assert any("names of the columns" in note for note in source.notes)


@pytest.mark.parametrize("blank", [" ", "\xa0", "\u202f", "’"])
def test_blanks_between_thousands_before_a_decimal_comma(tmp_path: Path, blank: str) -> None:
    source = read_text(tmp_path, f"a;b\nx;1{blank}001,50\ny;22{blank}002,75\n")
    assert columns(source)["b"] == [1001.5, 22002.75]


@pytest.mark.parametrize("sign", ["R$", "kr", "zł", "Kč"])
def test_signs_of_more_letters(tmp_path: Path, sign: str) -> None:
    assert columns(read_text(tmp_path, f"a;b\nx;{sign} 1,50\ny;{sign} 2,75\n"))["b"] == [1.5, 2.75]
    assert columns(read_text(tmp_path, f"a;b\nx;1,50 {sign}\ny;2,75 {sign}\n"))["b"] == [1.5, 2.75]


def test_zeros_have_no_sign_to_miss(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\nx,84%\n")
    (tmp_path / "2.csv").write_text("a,b\ny,0\nz,0\n")
    assert columns(files.read("*.csv", {}, where="data", folder=str(tmp_path)))["b"] == [84, 0, 0]


@pytest.mark.parametrize(("one", "other"), [("$5", "€6"), ("47%", "0.47"), ("0.47", "47%")])
def test_signs_that_differ_between_parts(tmp_path: Path, one: str, other: str) -> None:
    for name, value in {"1.csv": "", "2.csv": one, "3.csv": one, "4.csv": other}.items():
        (tmp_path / name).write_text(f"a,b\n{value},x\n")
    with pytest.raises(DataError, match=rf"'a' holds '{re.escape(one)}' in .*2\.csv\), but '{other}' in .*4\.csv"):
        files.read("*.csv", {}, where="data", folder=str(tmp_path))
    (tmp_path / "4.csv").write_text("a,b\nodd,x\n")
    assert columns(files.read("*.csv", {}, where="data", folder=str(tmp_path)))["a"] == [None, one, one, "odd"]


def test_what_notes_advise_for_the_target(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text('a,b\n"1,200",€1\n"2,200",€2\n')
    notes = files.read("my.csv", {}, where="data", folder=str(tmp_path), target="a").notes
    assert [note.partition("(")[2] for note in notes] == [
        "task=classification makes each value a class)",
        "'columns.category=[b]' keeps it as text)",
    ]


@pytest.mark.parametrize(
    ("rows", "options", "noted"),
    [
        param(["7.040", "12.100"], {}, True, id="three-digits-everywhere"),
        param(["7.040", "12.5"], {}, False, id="one-digit"),
        param(["7.040", "0.250"], {}, False, id="below-one"),
        param(["7.040", "12.100"], {"decimal": "."}, False, id="by-hand"),
        param(["7"] * 40_000 + ["7.041"], {}, True, id="late"),
        param(["7.040"] * 20_000 + ["7.0405"], {}, False, id="late-four-digits"),
    ],
)
def test_points_that_may_be_between_thousands(
    tmp_path: Path, rows: list[str], options: dict[str, Any], noted: bool
) -> None:
    notes = read_text(tmp_path, "a;b\n" + "".join(f"{row};x\n" for row in rows), **options).notes
    value = rows[-1] if rows[0] == "7" else "7.040"
    said = f"'{value}' is read as {float(value)}; \"read.decimal=','\" reads it as {value.replace('.', '')}"
    assert (said in notes) == noted
    unclear = [note for note in notes if "is read as" in note]
    assert len(unclear) == noted
    assert list(map(pasted, unclear)) == [{"decimal": ","}] * noted


@pytest.mark.parametrize(
    ("late", "read_as", "noted"),
    [
        param("1,5", 1.5, "read with the decimal mark ','", id="decimal-comma", marks=pytest.mark.long),
        param("1.234,5", 1234.5, "'.' separates thousands", id="german"),
        param("1 234", 1234, "' ' separates thousands", id="thousands"),
        param("k.A.", None, "'k.A.' is read as missing", id="mark"),
    ],
)
def test_what_the_first_rows_do_not_show(tmp_path: Path, late: str, read_as: Any, noted: str) -> None:
    found = read_text(tmp_path, "a;b\n" + "7;x\n" * opening.SAMPLE + f"{late};y\n")
    assert columns(found)["a"][-2:] == [7, read_as]
    assert any(noted in note for note in found.notes)


@pytest.mark.parametrize(
    ("late", "read_as", "said"),
    [
        ("1,234,567", 1234567, []),
        ("1,234.50", 1234.5, []),
        ("5", 5, ["'1,234' is read as 1.234; \"read.decimal='.'\" reads it as 1234"]),
    ],
)
def test_commas_that_may_be_between_thousands(tmp_path: Path, late: str, read_as: float, said: list[str]) -> None:
    found = read_text(tmp_path, "a;b\n" + "1,234;2,345\n" * 10_000 + f"{late};7\n")
    by = 1000 if not said else 1
    assert columns(found)["a"][-2:] == [1.234 * by, read_as]
    assert columns(found)["b"][0] == 2.345 * by
    assert [note for note in found.notes if "is read as" in note] == said


@pytest.mark.parametrize(
    ("text", "expected", "decimal", "points"),
    [
        param(
            'a,b,c\n"-0,67","-665,00",3\n"0,5",7,4\n',
            {"a": [-0.67, 0.5], "b": [-665, 7], "c": [3, 4]},
            ",",
            {"a": ",", "b": ","},
            id="all",
        ),
        param(
            'a,b\n"1.932,28","1,5"\n"7","0,123"\n',
            {"a": [1932.28, 7], "b": [1.5, 0.123]},
            ",",
            {"a": ",", "b": ","},
            id="thousands",
        ),
        param(
            'a,b\n"1,5 €","45,000"\n"7,5 €",2\n',
            {"a": [1.5, 7.5], "b": [45, 2]},  # a comma is no mark of thousands beside one that is a decimal mark
            ",",
            {"a": ",", "b": ","},
            id="with-a-sign",
        ),
        param(
            'a,b\n"1,5",0.5\n"2,5",1.5\n',
            {"a": [1.5, 2.5], "b": [0.5, 1.5]},
            None,
            {"a": ",", "b": "."},
            id="beside-points",
        ),
        param('a,b\n"1,234",5\n"2,345",6\n', {"a": [1234, 2345], "b": [5, 6]}, None, {"a": "."}, id="thousands-alone"),
        param('a,b\n"1,2",5\n"1,2,3",6\n', {"a": ["1,2", "1,2,3"], "b": [5, 6]}, None, {}, id="lists"),
        param('a,b\n"x, 5",5\n"y, 5",6\n', {"a": ["x, 5", "y, 5"], "b": [5, 6]}, None, {}, id="texts"),
    ],
)
def test_commas_in_quotes_are_what_their_column_shows(
    tmp_path: Path, text: str, expected: dict[str, list[Any]], decimal: str | None, points: dict[str, str]
) -> None:
    found = read_text(tmp_path, text)
    assert (columns(found), found.decimal, found.points) == (expected, decimal, points)
    told = {name for name in "abc" if any(note.startswith(f"in the column {name!r}") for note in found.notes)}
    assert told >= {name for name, mark in points.items() if mark == ","}
    (tmp_path / "new.csv").write_text('a,b\n"1,234","1,234"\n')
    new = files.read("new.csv", {}, where="data", folder=str(tmp_path), decimal=decimal, points=found.points)
    assert columns(new)["a"] == [1.234 if points.get("a") == "," else 1234]
    assert columns(new)["b"] == [1.234 if points.get("b") == "," else 1234]


LISTS = ["1,2", "1,3", "2,3", "2,4", "3,4", "1,4"]
RATES = ["0,237", "0,094", "0,735", "0,301", "0,058", "0,412"]


@pytest.mark.parametrize(
    ("others", "expected", "said"),
    [
        param({"b": "2,37%"}, 1034, ["'.' separates thousands, as in '1.034'"], id="decimal-commas"),
        param({"b": "1,5 €"}, 1034, ["'.' separates thousands, as in '1.034'"], id="a-sign-at-what-may-be-answers"),
        param({"b": "3.692,04 €", "c": "7"}, 1034, ["'.' separates thousands, as in '1.034'"], id="amounts"),
        param(
            {"b": "2,37", "c": "0.5"},
            1.034,
            ["'1.034' is read as 1.034; \"read.decimal=','\" reads it as 1034"],
            id="both",
        ),
        param({"b": "7"}, 1.034, ["'1.034' is read as 1.034; \"read.decimal=','\" reads it as 1034"], id="neither"),
        param({"b": "1,5", "c": "x"}, 1.034, ["\"read.decimal=','\" reads it as 1034"], id="what-may-be-answers"),
        param({"b": "0.123", "c": "1,234"}, 1.034, [], id="english"),
        param({"b": "12.5%"}, 1.034, [], id="points-with-a-sign"),
        param({"b": "1,234.5"}, 1.034, [], id="points-behind-thousands"),
    ],
)
def test_points_in_a_file_between_commas_are_what_its_other_columns_show(
    tmp_path: Path, others: dict[str, str], expected: float, said: list[str]
) -> None:
    names = ["a", *others]
    rows = [[first, *others.values()] for first in ("1.034", "893", "22.107", "640.500")]
    text = "\n".join([",".join(names), *(",".join(f'"{value}"' for value in row) for row in rows)])
    found = read_text(tmp_path, text)
    by = 1 if expected == 1.034 else 1000
    assert columns(found)["a"] == [expected, 893, 22.107 * by, 640.5 * by]
    told = [note for note in found.notes if "'1.034'" in note]
    assert len(told) == len(said)
    assert all(one in note for one, note in zip(said, told, strict=True))


def test_points_are_between_thousands_in_new_rows_where_the_train_file_has_decimal_commas(tmp_path: Path) -> None:
    found = read_text(tmp_path, 'a,b,c\n1.034,"2,37%",7\n893,"0,50%",8\n')
    assert (found.decimal, found.points) == (",", {"a": ",", "b": ","})
    how: dict[str, Any] = {"decimal": found.decimal, "points": found.points, "numbers": ["a", "b", "c"]}
    for text, expected in (
        ("a,b,c\n2.155,1%,3.204\n", {"a": [2155], "b": [1], "c": [3204]}),
        ('a,b,c\n2.155,"1,5%",3.204\n', {"a": [2155], "b": [1.5], "c": [3204]}),
        ("a,b,c\n2.155,1%,0.25\n", {"a": [2155], "b": [1], "c": [0.25]}),
    ):
        (tmp_path / "new.csv").write_text(text)
        assert columns(files.read("new.csv", {}, where=NEW, folder=str(tmp_path), **how)) == expected


def test_marks_of_missing_values_are_such_in_a_part_in_parquet_beside_one_of_text(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,x\n-99,none\n")
    pd.DataFrame({"a": [2, -99], "b": ["y", "none"]}).to_parquet(tmp_path / "2.parquet")
    for marks in ([-99, "none"], {"a": [-99], "b": ["none"]}):
        found = files.read("*", {"na_values": marks}, where="data", folder=str(tmp_path))
        assert columns(found) == {"a": [1, None, 2, None], "b": ["x", None, "y", None]}


def test_points_in_parts_are_what_one_of_them_shows(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text('a,b,c\n1.034,"2,37",7\n893,"0,50",8\n')
    (tmp_path / "2.csv").write_text("a,b,c\n2.155,1,3.204\n")
    found = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert columns(found) == {"a": [1034, 893, 2155], "b": [2.37, 0.5, 1], "c": [7, 8, 3204]}


TRAIN = 'preis,kg\n"60,33",0.214\n"12,50",1.214\n"7,10",12.024\n'
GERMAN = 'preis,kg\n"12,50",12.345\n"3,10",7.251\n'


def test_a_point_that_a_column_has_shown_binds_new_rows_and_parts(tmp_path: Path) -> None:
    """Alone the rows are of a file with decimal commas, in which points separate thousands."""
    alone = read_text(tmp_path, GERMAN)
    assert columns(alone)["kg"] == [12345, 7251]
    train = read_text(tmp_path, TRAIN)
    assert train.points == {"preis": ",", "kg": "."}
    (tmp_path / "new.csv").write_text(GERMAN)
    handed = {"where": "data", "folder": str(tmp_path), "decimal": train.decimal, "points": train.points}
    assert columns(files.read("new.csv", {}, **handed))["kg"] == [12.345, 7.251]
    for number, text in enumerate((GERMAN, TRAIN, GERMAN)):
        (tmp_path / f"part{number}.csv").write_text(text)
    parts = files.read("part*.csv", {}, where="data", folder=str(tmp_path))
    assert columns(parts)["kg"] == [12.345, 7.251, 0.214, 1.214, 12.024, 12.345, 7.251]


def test_a_point_of_an_english_file_binds_new_rows_with_a_comma_beside_it(tmp_path: Path) -> None:
    train = read_text(tmp_path, "w,y\n12.345,1\n1.5,0\n")
    (tmp_path / "new.csv").write_text('w,fee\n12.345,"3,71 €"\n')
    handed = {"where": "data", "folder": str(tmp_path), "decimal": train.decimal, "points": train.points}
    assert columns(files.read("new.csv", {}, **handed))["w"] == [12.345]
    train = read_text(tmp_path, 'w,pop\n12.5,"5,300"\n1.5,"7,410"\n')
    (tmp_path / "more.csv").write_text('w,pop,fee\n12.5,"5,300","3,71 €"\n')
    more = files.read("more.csv", {}, where="data", folder=str(tmp_path), decimal=train.decimal, points=train.points)
    assert columns(more)["pop"] == [5300]
    (tmp_path / "semi.csv").write_text("w;y\n12,345;1\n1,5;0\n")  # another dialect decides anew
    assert columns(files.read("semi.csv", {}, **handed))["w"] == [12.345, 1.5]


def test_points_are_between_thousands_where_no_column_shows_the_point_of_the_train_file(tmp_path: Path) -> None:
    train = read_text(tmp_path, "w,share,pop\n1012.34,60.5,4847\n0.25,2.5,893\n")
    (tmp_path / "new.csv").write_text('w,share,pop\n"1.012,34","60,5",4.847\n"0,25","2,5",893\n')
    handed: dict[str, Any] = {"decimal": train.decimal, "points": train.points, "numbers": ["w", "share", "pop"]}
    assert columns(files.read("new.csv", {}, where=NEW, folder=str(tmp_path), **handed)) == columns(train)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        param(["500", "1.000", "2.000", "10.000"], [500, 1000, 2000, 10000], id="round thousands"),
        param(['"4,229"', '"10,709"', '"1,500"'], [4.229, 10.709, 1.5], id="three decimals in quotes"),
        param(["4.557e+02", "1.234e+00"], [455.7, 1.234], id="with exponents"),
    ],
)
def test_what_the_other_columns_show_of_round_numbers_and_of_three_decimals(
    tmp_path: Path, values: list[str], expected: list[float]
) -> None:
    rows = [f'{value},"{at},{35 + at}"' for at, value in enumerate(values)]
    found = read_text(tmp_path, "\n".join(["a,zins", *rows]))
    assert columns(found)["a"] == pytest.approx(expected)
    plain = read_text(tmp_path, "\n".join(["a,zins", *(row.replace(",35", ".35") for row in values)]))
    assert not [note for note in plain.notes if "e+02" in note]


@pytest.mark.parametrize(
    ("pair", "other", "expected"),
    [
        param('"0,0"', '"25,562"', 25562, id="scores"),
        param('"2560,1440"', "3.943", 3.943, id="screens"),
        param('"12,65"', "3.943", 3943, id="prices"),
        param('"0,4992"', '"23,353"', 23.353, id="shares"),
    ],
)
def test_pairs_decide_for_no_other_column(tmp_path: Path, pair: str, other: str, expected: float) -> None:
    found = read_text(tmp_path, "a,b\n" + f"{pair},{other}\n" * 12)
    assert set(columns(found)["b"]) == {expected}


def test_zeros_alone_before_the_comma_are_those_of_decimals(tmp_path: Path) -> None:
    lines = [f'"107,137","0,{digit}"\n' for digit in range(1, 9)]
    (tmp_path / "my.csv").write_text("price,share\n" + "".join(lines))
    found = files.read("my.csv", {}, where="data", folder=str(tmp_path), numbers=["share"])
    assert set(columns(found)["price"]) == {107.137}
    assert columns(found)["share"] == [digit / 10 for digit in range(1, 9)]


def test_lists_of_some_parts_decide_nothing_in_others(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text('tags,views,kg\n"16,29,31","52,912",10.099\n"7","12,800",3.204\n')
    (tmp_path / "2.csv").write_text('tags,views,kg\n"12,15","45,231",2.345\n"17,40","3,120",7.251\n')
    read = files.read("*.csv", {}, where="data", folder=str(tmp_path))
    assert "the column 'tags' is text in some of the files and none in others: read as text" in read.notes
    found = columns(read)
    assert found["views"] == [52912, 12800, 45231, 3120]
    assert found["kg"] == [10.099, 3.204, 2.345, 7.251]
    assert found["tags"] == ["16,29,31", "7", "12,15", "17,40"]


def test_a_column_that_the_train_file_lacks_does_not_outvote_it(tmp_path: Path) -> None:
    train = read_text(tmp_path, "views,kg\n100,1.5\n108,2.25\n")
    (tmp_path / "new.csv").write_text('views,kg,fee\n"1,234",2.155,"2,15"\n')
    new = files.read("new.csv", {}, where="data", folder=str(tmp_path), decimal=train.decimal, points=train.points)
    assert (columns(new)["views"], columns(new)["kg"]) == ([1234], [2.155])


def test_a_first_column_of_codes_without_a_name_is_told_by_the_name_that_it_has(tmp_path: Path) -> None:
    found = read_text(tmp_path, ",a\n" + "\n".join(f"{at:05d},{at}" for at in range(30)))
    assert columns(found)["Unnamed: 0"][:2] == ["00000", "00001"]
    assert any("the column 'Unnamed: 0' is written with leading zeros" in note for note in found.notes)


@pytest.mark.parametrize("first", ["?", "7", "-"])
def test_lists_are_told_by_one_of_them(tmp_path: Path, first: str) -> None:
    rows = [f'"{first}","2,37%"'] * 2 + [f'"{one}","2,37%"' for one in LISTS * 5]
    found = read_text(tmp_path, "\n".join(["a,b", *rows]))
    assert any("'1,2' may be a list and stays text" in note for note in found.notes)


def test_what_a_long_file_shows_late_of_its_decimal_commas(tmp_path: Path) -> None:
    text = "a,b,c\n" + "7,1,5\n" * opening.SAMPLE + '1.034,"2,37%",5\n'
    assert columns(read_text(tmp_path, text.replace(",1,", ",1%,")))["a"][-2:] == [7, 1034]
    assert columns(read_text(tmp_path, text.replace(",1,", ",1%,") + "12.5,1%,5\n"))["a"][-2:] == [1.034, 12.5]


@pytest.mark.parametrize(
    ("values", "other", "expected", "said"),
    [
        param(RATES, "2,37%", 0.237, "the decimal mark is ',', as in '0,237'", id="rates-beside-decimal-commas"),
        param(RATES, "7", "0,237", "\"read.decimal=','\" reads it as 0.237", id="rates-alone"),
        param(RATES, "0.5", "0,237", "", id="rates-beside-points"),
        param([*RATES, "-0,101"], "7", 0.237, "the decimal mark is ',', as in '0,237'", id="one-with-a-minus"),
        param(LISTS, "7", "1,2", "", id="lists-alone"),
        param([f"{one} %" for one in LISTS], "7", 1.2, "the decimal mark is ','", id="with-a-sign"),
        param(LISTS, "0.5", "1,2", "", id="lists-beside-points"),
        param(LISTS, "2,37%", "1,2", "\"read.decimal=','\" reads it as 1.2", id="lists-beside-decimal-commas"),
        param([*LISTS, "1,2,3"], "2,37%", "1,2", "", id="lists-of-any-length"),
    ],
)
def test_commas_in_quotes_may_be_of_lists(
    tmp_path: Path, values: list[str], other: str, expected: float | str, said: str
) -> None:
    found = read_text(tmp_path, "a,b\n" + "".join(f'"{value}","{other}"\n' for value in values))
    assert columns(found)["a"][0] == expected
    told = [note for note in found.notes if "column 'a'" in note and "the sign" not in note]
    assert len(told) == bool(said)
    assert all(said in note for note in told)
    by_hand = read_text(tmp_path, "a,b\n" + "".join(f'"{value}",5\n' for value in values), decimal=",")
    assert (columns(by_hand)["a"][0] == float(values[0].rstrip(" %").replace(",", "."))) == ("1,2,3" not in values)


@pytest.mark.parametrize(("text", "told"), [("2.340;1\n3.871;2", 1), ("2.340;1\n3.8;2", 0), ("2;1\n3;2", 0)])
def test_what_may_be_thousands_is_told_whatever_the_train_file_seems_to_show(
    tmp_path: Path, text: str, told: int
) -> None:
    (tmp_path / "new.csv").write_text(f"a;b\n{text}\n")
    notes = files.read("new.csv", {}, where=NEW, folder=str(tmp_path), decimal=".").notes
    assert sum("\"read.decimal=','\" reads it as 2340" in note for note in notes) == told


def test_a_title_of_a_long_file_is_quoted_with_all_its_letters(tmp_path: Path) -> None:
    text = "Grüße;;\na;b;c\n" + "1;2;3\n" * opening.SAMPLE
    with pytest.raises(DataError, match=r"line 1, 'Grüße;;', does not look like column names"):
        read_bytes(tmp_path, text.encode("cp1252"))


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Report, 2024", 2),
        ('"Report\nof 2024"', 3),
        ("Report, 2024\n\nof me, you, and all", 4),
        ('"Report", of 2024,', 2),
        ("Report 2024,,,\n,,,", 3),
    ],
)
def test_a_title_with_the_separator_is_left_out_by_hand(tmp_path: Path, title: str, line: int) -> None:
    text = f"{title}\na,b,c,d\n1,x,3%,€4\n2,y,4%,€5\n"
    with pytest.raises(
        DataError, match=rf"names, which seem to stand in line {line}: .* pass read\.skiprows={line - 1}"
    ):
        read_text(tmp_path, text)
    found = read_text(tmp_path, text, skiprows=line - 1)
    assert columns(found) == {"a": [1, 2], "b": ["x", "y"], "c": [3, 4], "d": [4, 5]}
    with pytest.raises(DataError, match=rf"line {line + 2} has 5 fields"):
        read_text(tmp_path, text.replace("2,y", "2,y,y"), skiprows=line - 1)


@pytest.mark.parametrize("title", ["Report,,\nof me,,\n", "Report,,\nYear,2010,\n,,\n", ",,\nReport,,\n"])
def test_a_title_is_told_where_a_note_stands_below_the_table(tmp_path: Path, title: str) -> None:
    line = title.count("\n") + 1
    with pytest.raises(DataError, match=rf"seem to stand in line {line}: .* pass read\.skiprows={line - 1};"):
        read_text(tmp_path, f'{title}a,b,c\nx,1,2\ny,2,3\nz,3,4\n"From me, of 2010",,\n')


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name,x,y\nAnn,1,2\nBob,3\nCid,na,na\nDee,1,2\nEve,3,4\n", ["name", "x", "y"]),
        ("title,genre\nUp,Fun|Kids\nHer,Love|3D\nIt,Fear|3D\n", ["title", "genre"]),
    ],
)
def test_column_names_that_are_no_title(tmp_path: Path, text: str, names: list[str]) -> None:
    assert list(columns(read_text(tmp_path, text))) == names


@pytest.mark.parametrize(
    "text",
    [
        "X1,X2,Y\nLIMIT,SEX,default\n1,2,0\n2,1,1\n3,,0\n",
        ",X1,X2,X3\nID,LIMIT,WHO,Y\n1,10.5,a,0\n2,-7,b,1\n3,8,c,1\n",
        'speed;weight\n"m/s";kg\n1,5;2\n2,5;3\n1,5;7\n',
    ],
)
def test_a_second_line_of_names_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        DataError, match=r"line 2, '.*', holds words, and the lines below it numbers.* read\.skiprows=1"
    ):
        read_text(tmp_path, text)
    second = text.split("\n")[1].replace('"', "").replace(";", ",").split(",")
    assert list(read_text(tmp_path, text, skiprows=1).frame) == second
    assert len(read_text(tmp_path, text, skiprows=0).frame) == 4
    with pytest.raises(
        DataError, match=r"line 4, .* read\.skiprows=3; where they are units or the like, remove the line\.$"
    ):
        read_text(tmp_path, f"Made by me\n\n{text}", skiprows=2)


@pytest.mark.parametrize(
    "text",
    [
        param("a,b\nx,y\n1,2\n2,3\n", id="two rows below"),
        param("a,b,c\nx,y,z\nu,v,1\nw,x,2\nx,y,4\n", id="text below"),
        param("a,b\n-,-\n1,2\n2,3\n3,4\n", id="marks"),
        param("a,b\nx,\n1,2\n2,3\n3,4\n", id="a missing value"),
        param("a,b,c\nNA,?,no\n1,2,3\n2,3,4\n3,4,5\n", id="marks beside a word"),
        param("a,b\nnan,-inf\n1,2\n2,3\n3,4\n", id="no numbers"),
        param("a,b,c\nx,y,5\n1,2,3\n2,3,4\n3,4,5\n", id="a number"),
        param("a\nx\n1\n2\n3\n", id="one column"),
    ],
)
def test_a_first_row_is_no_second_line_of_names(tmp_path: Path, text: str) -> None:
    assert read_text(tmp_path, text, sep=",").frame.columns[0] == "a"


def test_no_line_to_skip_says_that_there_is_no_title(tmp_path: Path) -> None:
    text = "genre\nFun|Kids\nLove|3D\nFear|3D\n"
    with pytest.raises(DataError, match=r"line 1, 'genre', .* read\.skiprows=0 says that line 1 does hold the names"):
        read_text(tmp_path, text)
    assert columns(read_text(tmp_path, text, skiprows=0)) == {"genre": ["Fun|Kids", "Love|3D", "Fear|3D"]}


def quoted(lines: str, sep: str = ",") -> str:
    """Lines with all their fields in quotes."""
    rows = (line.split(sep) for line in lines.split())
    return "".join(sep.join(f'"{field}"' if field else "" for field in row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        param('"Account:";"DE12"\n\n"From:";"01.01.2025"\n"Sum";"1,5";"EUR"\n\n', 6, id="of-a-bank"),
        param('"All amounts; in USD"\n', 2, id="one-field"),
        param('"Title";"";"";""\n', 2, id="empty-fields"),
        param("Title;;;\nFilter: all;;;\n", 3, id="padded"),
    ],
)
@pytest.mark.parametrize("end", ["", ";"])
def test_a_title_above_names_and_numbers_in_quotes(tmp_path: Path, title: str, line: int, end: str) -> None:
    rows = quoted("a;b;c;d\n01.02.2025;x;1,5;\n02.02.2025;y;-2,5;z\n03.02.2025;y;3,5;z", ";").replace("\n", f"{end}\n")
    with pytest.raises(DataError, match=rf"seem to stand in line {line}: .* pass read\.skiprows={line - 1};"):
        read_text(tmp_path, title + rows)
    found = columns(read_text(tmp_path, title + rows, skiprows=line - 1))
    assert (found["c"], found["d"]) == ([1.5, -2.5, 3.5], [None, "z", "z"])


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        param("Report 2025\na,b,c\nx,y,z\ny,y,z\nz,y,z\n", 1, id="categories"),
        param(quoted("Report\nOf,me\na,b,c\nx,y,z\ny,y,z\nz,y,z\n"), 2, id="in-quotes"),
        param("Report\na,b,c\n" + "x,y,z\n" * 20 + "all of it\n", 1, id="a-line-below"),
        param("@a b\n@c d\n@e {x,y}\n@data\n" + "1,x\n" * 4, 4, id="without-names"),
        param("Of me\na,b\n" + "x,y\n" * 4, 1, id="one-more"),
        param("a,b,c\n1,2,3\n1,2,3,4\n" + "1,2,3\n" * 9, None, id="a-line-within"),
        param("a,b,c\n1,2,3\n1,2,3,4\n1,2,3,4\n1,2,3\n1,2,3\n1,2,3\n", None, id="two-lines-within"),
        param("a,b,c\n" + "1,2,3\n" * 9 + "1,2,3,4\n", None, id="the-last-line"),
        param("a,b,c\n" + "1,2,3\n1,2,3,4\n" * 9, None, id="every-other-line"),
    ],
)
def test_lines_above_wider_ones_may_be_a_title(tmp_path: Path, text: str, skipped: int | None) -> None:
    with pytest.raises(DataError, match=r"(?i)mend the line|Every row has one field more") as caught:
        read_text(tmp_path, text)
    assert re.findall(r"read\.skiprows=(\d+)", str(caught.value)) == ([str(skipped)] if skipped else [])
    if skipped:
        read_text(tmp_path, text, skiprows=skipped)
    else:
        assert str(caught.value).endswith(". Mend the line, or pass read.sep=… where the separator is another.")


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        param("Title,,\na,b,c\nx,y,z\ny,x,z\nz,x,z\n", 1, id="padded"),
        param('"Title","",""\n' + quoted("a,b,c\nx,y,z\ny,x,z\nz,x,z\n"), 1, id="padded-in-quotes"),
        param("Title\na;b;c\nx;y;z\ny;x;z\nz;x;z\n", 1, id="another-separator"),
        param("a,,\nx,y,z\nx,y,z\nz,x,z\n", None, id="names-are-missing"),
        param("genre\nFun|Love\nLove|Fun\nFear|Fun\n", None, id="lists"),
        param("a,,\nx1,3,z\nx,y,z\nz,x,y\n", None, id="numbers-are-no-names"),
    ],
)
def test_a_title_above_categories_is_noted(tmp_path: Path, text: str, skipped: int | None) -> None:
    notes = [note for note in read_text(tmp_path, text).notes if "skiprows" in note]
    assert len(notes) == bool(skipped)
    if skipped:
        assert f"these stand in line {skipped + 1}, pass read.skiprows={skipped}" in notes[0]
        assert list(columns(read_text(tmp_path, text, skiprows=skipped))) == ["a", "b", "c"]
        with pytest.raises(DataError, match=rf"has no such column.* Line 1, .* pass read\.skiprows={skipped}\.$"):
            target_of(read_text(tmp_path, text).frame, "c", read_text(tmp_path, text))


def test_lines_to_skip(tmp_path: Path) -> None:
    assert columns(read_text(tmp_path, "of me\nsep=;\na;b\n1;2\n", skiprows=1)) == {"a": [1], "b": [2]}
    with pytest.raises(DataError, match=r"holds nothing but its first 3 lines"):
        read_text(tmp_path, LINE, skiprows=3)
    for lines in (-1, 10**11):
        with pytest.raises(ConfigError, match=rf"read\.skiprows={lines}: must be how many lines"):
            read_text(tmp_path, LINE, skiprows=lines)


@pytest.mark.parametrize(
    ("name", "mark", "override"),
    [
        ("gone", "00000000", "read.na_values={gone:['00000000']}"),
        ("gone since", "0", "read.na_values={gone since:['0']}"),
        ("gone (at, in)", "0", r"read.na_values={gone \(at\, in\):['0']}"),
        ("größe", "0", "read.na_values=['0']"),
        ("null", "0", "read.na_values=['0']"),
        ("gone", "open", "read.na_values=[open]"),
    ],
)
def test_a_number_is_a_mark_in_its_column_alone(tmp_path: Path, name: str, mark: str, override: str) -> None:
    assert missing_override(name, mark) == override
    read = config.plain(compose("+preprocess=simple", "+models=lr", override))["read"]["na_values"]
    made = read_text(tmp_path, f'"{name}",b\n{mark},0\n2,5\n3,0\n', na_values=read)
    assert made.frame[name].isna().tolist() == [True, False, False]
    assert made.frame["b"].isna().any() == (override == "read.na_values=['0']")


@pytest.mark.parametrize("blank", [" ", "", "   "])
def test_numbers_beside_blanks_are_numbers(tmp_path: Path, blank: str) -> None:
    made = read_text(tmp_path, f"a,b\n{blank},1\n{blank},2\n{blank} ,3\n2.5,4\n")
    assert made.frame["a"].tolist()[-1] == 2.5
    assert made.frame["a"].isna().sum() == 3
    assert made.notes == ["in the column 'a' empty or blank text is missing"]
    (tmp_path / "parts").mkdir()
    for at, rows in enumerate(([" ", " ", 1.5], [2.5, 3.5, 4.5])):
        pd.DataFrame({"a": rows}).astype(str if at == 0 else float).to_parquet(tmp_path / "parts" / f"{at}.parquet")
        pd.DataFrame({"a": rows, "b": 1}).to_csv(tmp_path / "parts" / f"{at}.csv", index=False)
    parts = files.read("parts/*.csv", {}, where="data", folder=str(tmp_path))
    assert parts.frame["a"].dropna().tolist() == [1.5, 2.5, 3.5, 4.5]
    typed = pd.DataFrame({"a": [blank, "29.85", "108"], "zip": [blank, "01067", "10115"], "b": ["7", "8", "9"]})
    typed.to_parquet(tmp_path / "my.parquet")
    found = files.read("my.parquet", {}, where="data", folder=str(tmp_path))
    assert columns(found) == {
        "a": [None, 29.85, 108],
        "zip": [None, "01067", "10115"],
        "b": ["7", "8", "9"],  # text, as nothing says otherwise
    }
    assert found.notes == [
        *(f"in the column {name!r} empty or blank text is missing" for name in ("a", "zip")),
        "the column 'a' is text of numbers and blanks: read as numbers, but with 'columns.category=[a]'",
    ]
    (tmp_path / "typed").mkdir()
    typed[["a"]].to_parquet(tmp_path / "typed" / "0.parquet")
    pd.DataFrame({"a": [1.5]}).to_parquet(tmp_path / "typed" / "1.parquet")
    found = files.read("typed/*.parquet", {}, where="data", folder=str(tmp_path))
    assert columns(found)["a"][1:] == [29.85, 108, 1.5]
    assert not [note for note in found.notes if "read as text" in note]
    long = pd.DataFrame({"a": [blank, "4611686018427387915", "4611686018427387916"], "t": [blank, "x", "y"], "y": 1})
    long.to_parquet(tmp_path / "my.parquet")
    assert columns(files.read("my.parquet", {}, where="data", folder=str(tmp_path)))["a"][1:] == long["a"][1:].tolist()
    (tmp_path / "mixed").mkdir()
    long[["t", "y"]].to_parquet(tmp_path / "mixed" / "0.parquet")
    (tmp_path / "mixed" / "1.csv").write_text("t,y\nx,1\n,2\n")
    mixed = files.read("mixed/*", {}, where="data", folder=str(tmp_path))
    assert mixed.frame["t"].isna().tolist() == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("values", "marks", "missing"),
    [
        param(["01.02.1900", "02.01.1900", "25.12.1950", "13.06.1960"], ["01.02.1900"], 1, id="by-its-text-alone"),
        param(["01/02/1900", "02/01/1900", "03/04/2001"], ["1900-01-02"], 0, id="in-two-ways"),
        param(["31.12.9999", "01.01.1900", "05.06.2001"], ["9999-12-31", "1900-01-01"], 2, id="in-one-way"),
        param(['"-99,0"', '"1,5"', '"2,25"'], [-99], 1, id="number"),
        param(["-99 %", "5 %", "7 %"], [-99], 1, id="sign"),
    ],
)
def test_marks_are_found_in_whatever_form(tmp_path: Path, values: list[str], marks: list[Any], missing: int) -> None:
    made = read_text(tmp_path, "\n".join(["a,b", *(f"{value},1" for value in values)]), na_values=marks)
    assert made.frame["a"].isna().sum() == missing


def test_parts_of_categories_are_text_in_all(tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": [*"ab"] * 5, "x": range(10)})
    for at, kind in enumerate(("category", "category", "str")):
        frame.astype({"c": kind}).to_parquet(tmp_path / f"{at}.parquet")
    made = files.read("*.parquet", {}, where="data", folder=str(tmp_path))
    assert made.frame["c"].tolist() == [*"ab"] * 15
    assert len(made.notes) == 1  # how many files there are


CATEGORIES = {
    "whole": pd.Categorical([1, 2, None, 2]),
    "long": pd.Categorical.from_codes([0, 1, -1, 1], pd.Index([2**60 + 1, 2**60 + 3])),
    "broken": pd.Categorical([1.5, 2.0, None, 2.0]),
    "true": pd.Categorical([True, False, None, True]),
    "ordered": pd.Categorical([3, 1, 2, 1], ordered=True),
    "text": pd.Categorical(["3", "1", None, "1"]),
}


@pytest.mark.parametrize("marks", [None, [-99], [2]], ids=repr)
def test_categories_of_numbers_are_such_in_parquet(tmp_path: Path, marks: list[int] | None) -> None:
    frame = pd.DataFrame({**CATEGORIES, "number": [1, 2, 3, 4]})
    frame.to_parquet(tmp_path / "my.parquet")
    made = files.read("my.parquet", {"na_values": marks}, where="data", folder=str(tmp_path)).frame
    assert {name for name, dtype in made.dtypes.items() if dtype == "category"} == {*CATEGORIES}
    plain = made.drop(columns="number").astype(object)
    gone = plain.isna()
    missing = [name for name in ("whole", "broken", "ordered") if gone[name].sum() > frame[name].isna().sum()]
    assert missing == (["whole", "broken", "ordered"] if marks == [2] else [])
    assert plain["long"].dropna().tolist() == [2**60 + 1, 2**60 + 3, 2**60 + 3]
    assert plain["text"].dropna().tolist() == ["3", "1", "1"]
    frame.set_index("whole").to_parquet(tmp_path / "index.parquet")
    again = files.read("index.parquet", {"na_values": marks}, where="data", folder=str(tmp_path)).frame
    assert again["whole"].dtype == "category"


def test_categories_of_dates_are_dates_in_parquet(tmp_path: Path) -> None:
    days = pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02"]))
    pd.DataFrame({"a": days}).to_parquet(tmp_path / "my.parquet")
    made = files.read("my.parquet", {}, where="data", folder=str(tmp_path)).frame
    assert made["a"].dtype.kind == "M"


def test_parts_of_categories_of_numbers_are_such_in_all(tmp_path: Path) -> None:
    for at, values in enumerate(([1, 2], [2, 3], [4, 5])):
        frame = pd.DataFrame({"c": values, "x": [1.5, 2.5]})
        frame.astype({"c": "category"} if at < 2 else {}).to_parquet(tmp_path / f"{at}.parquet")
    made = files.read("*.parquet", {}, where="data", folder=str(tmp_path)).frame
    assert (made["c"].dtype, made["c"].tolist()) == ("category", [1, 2, 2, 3, 4, 5])


def test_blanks_of_a_dataframe_are_missing_whatever_is_beside_them() -> None:
    objects = {"a": [1, "", 2.5], "b": [True, "", False], "c": [datetime.date(2020, 1, 1), " ", None]}
    made = frames.unmixed(pd.DataFrame(objects, dtype=object), None)
    assert made.isna().sum().tolist() == [1, 1, 2]
    levels = pd.Series(pd.Categorical(["x", ""], categories=pd.Index(["", "x"], dtype=object)))
    assert frames.without_blanks(pd.DataFrame({"c": levels}))[0]["c"].isna().tolist() == [False, True]


def test_amounts_of_the_type_object_are_numbers() -> None:
    frame = frames.tidy(pd.DataFrame({"a": ["$1,200.50", None, "$7.00"]}, dtype=object), "f")
    assert frames.with_numbers(frame, None, (), (), {})[0]["a"].dropna().tolist() == [1200.5, 7]


@pytest.mark.parametrize("line", ["----+" * 2000 + "x", "-" * 50_000 + "x"])
def test_dashes_that_are_no_rule_come_to_an_end(line: str) -> None:
    """By a pattern that takes them in several ways it would have no end."""
    assert not layout.is_ruled(f"a|b\n{line}\n1|2\n", cut=False)


@pytest.mark.parametrize("pattern", [forms.BEGINNING, forms.SIGNED])
@pytest.mark.parametrize("text", ["€" + " " * 2000 + "x", "- €" + " " * 2000 + "-x"])
def test_blanks_that_are_no_number_come_to_an_end(pattern: str, text: str) -> None:
    assert not re.match(pattern, text)
