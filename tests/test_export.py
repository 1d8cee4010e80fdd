"""A leaderboard's file of each ending, read back; and names that are refused before anything is read."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mlzoo import outputs
from mlzoo.board import comparison, export
from mlzoo.cli import dispatch
from mlzoo.composition.composing import interpolated
from mlzoo.errors import ConfigError, RecordError
from mlzoo.findings import finding_of
from mlzoo.record import Record
from tests.test_leaderboard import made, unfinished
from tests.test_table import EVERYTHING, three

DATA = (".csv", ".xlsx", ".json")
TABLE = ("table", "thead", "tbody", "tfoot", "tr", "th", "td")
EVIL = '=HYPERLINK("http://x")<b>|`'


def written(records: list[Record], path: Path) -> comparison.Comparison:
    found = comparison.make(records)
    export.write(path, found.rows, dummy=found.dummy, about=comparison.told(found))
    return found


def read_back(path: Path) -> pd.DataFrame:
    if path.suffix == ".json":
        return pd.DataFrame(json.loads(path.read_text())["rows"])
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_excel(path)


class Cells(HTMLParser):
    """The cells of a table, line by line, and its paragraphs; anything else that is opened is noted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[list[str]] = []
        self.paragraphs: list[str] = []
        self.tags: set[str] = set()
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self._in = tag
        if tag == "tr":
            self.lines.append([])
        elif tag in ("td", "th"):
            self.lines[-1].append("")
        elif tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in ("td", "th"):
            self.lines[-1][-1] += data
        elif self._in == "p":
            self.paragraphs[-1] += data


# -- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", DATA)
def test_data_hold_every_digit_of_every_row(ending: str, tmp_path: Path) -> None:
    failed = unfinished(str(tmp_path / "runs/x"), "failed", error={"type": "E", "message": "two\nlines, and a comma"})
    path = tmp_path / f"board{ending}"
    found = written([*three(), failed], path)
    frame = read_back(path)
    assert list(frame.columns) == list(found.rows[0])
    assert list(frame["row"]) == ["complex-rf", "complex-lr #1", "simple-lr", "complex-lr #2"]  # the dummy is no row
    for key in ("cv_mean", "gap", "p", "test", "cv_roc_auc", "test_roc_auc", "fit_s", "trials"):
        assert frame[key].tolist()[:3] == pytest.approx([row[key] for row in found.rows[:3]], rel=1e-12), key
    last = frame.iloc[-1]
    assert pd.isna(last["rank"])
    assert (last["status"], last["error"], last["folder"]) == ("failed", "E: two\nlines, and a comma", "runs/x")
    assert list(tmp_path.iterdir()) == [path]


def test_the_dummy_of_the_json(tmp_path: Path) -> None:
    written(three(), tmp_path / "board.json")
    held = json.loads((tmp_path / "board.json").read_text())
    assert list(held) == ["rows", "dummy", "best", "tied", "expected", "tests", "sentence", "notes", "doubts"]
    assert (held["best"], held["dummy"]["row"], held["dummy"]["cv_mean"]) == ("complex-rf", "dummy", 0.5)
    assert held["tied"] == ["complex-rf", "complex-lr"]
    assert held["expected"] is None  # these runs have no predictions
    assert held["notes"] == ["What to expect on new data is not known: b/oof.npz is gone."]


def test_markdown(tmp_path: Path) -> None:
    path = tmp_path / "board.md"
    found = written(three(), path)
    lines = path.read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:6]]
    assert tuple(cells[0]) == EVERYTHING
    left = {title for title, side in zip(cells[0], cells[1], strict=True) if side == ":---"}
    assert left == {"row", "accuracy over folds", "tied"}
    assert cells[2][:4] == ["1", "complex-rf", "0.8020 (0.784 to 0.820)", ""]
    assert cells[5][:3] == ["", "dummy", "0.5000 ± 0.0000"]
    assert lines[6:] == ["", found.sentence, "", *(note.replace("_", r"\_") for note in found.notes)]


def test_html(tmp_path: Path) -> None:
    path = tmp_path / "board.HTML"
    found = written(three(), path)
    text = path.read_text()
    page = Cells(text)
    assert tuple(page.lines[0]) == EVERYTHING
    assert page.lines[2][:3] == ["2", "complex-lr", "0.8011 (0.781 to 0.821)"]
    assert page.lines[4][:3] == ["", "dummy", "0.5000 ± 0.0000"]
    assert text.index("<tfoot>") < text.index(">dummy<")
    assert page.paragraphs == [found.sentence, *found.notes]
    assert len(found.notes) == 1


def evil() -> list[Record]:
    error = {"type": "E\x1b", "message": f"{EVIL}\n| a |"}
    return [made("a", cell=f"{EVIL}-lr"), unfinished("=1+1", "failed", cell="-1-x", error=error)]


def test_names_are_no_markup(tmp_path: Path) -> None:
    written(evil(), tmp_path / "board.html")
    page = Cells((tmp_path / "board.html").read_text())
    assert page.tags == {*("html", "head", "meta", "title", "style", "body", "p"), *TABLE}
    assert page.lines[1][1] == f"{EVIL}-lr"
    assert EVIL in page.paragraphs[1]

    written(evil(), tmp_path / "board.md")
    lines = (tmp_path / "board.md").read_text().splitlines()
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in lines[:5]}
    assert len(bars) == 1  # as many cells in each line
    assert r'=HYPERLINK("http://x")\<b\>\|\`-lr' in lines[2]
    assert any(line.endswith(r"\| a \|") for line in lines)


def test_texts_are_no_formulas_of_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    written(evil(), tmp_path / "board.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "board.xlsx")["leaderboard"]
    heads, *lines = sheet
    cells = {(line[1].value, head.value): cell for line in lines for head, cell in zip(heads, line, strict=True)}
    name = cells[f"{EVIL}-lr", "row"]
    assert (name.data_type, name.quotePrefix) == ("s", True)
    assert cells[f"{EVIL}-lr", "cv_mean"].data_type == "n"
    assert cells["-1-x", "error"].value == f"E: {EVIL}\n| a |"  # without the sign that no workbook holds
    assert {cell.data_type for line in sheet for cell in line} == {"s", "n", "b"}
    assert cells["-1-x", "test"].value is None
    frame = pd.read_excel(tmp_path / "board.xlsx")
    assert frame["row"].tolist() == [f"{EVIL}-lr", "-1-x"]


@pytest.mark.parametrize("ending", outputs.EXPORTS)
def test_what_cannot_be_written_leaves_the_old_file_alone(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"board{ending}"
    path.write_text("the old one")

    def full(self: Path, target: Any) -> None:
        raise OSError(28, "No space left on device", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left") as caught:
        written(three(), path)
    assert caught.value.filename == str(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "the old one"


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(
            "board.xls", r"board\.xls: its ending must be one of \.csv, .*\. Did you mean '\.xlsx'\?", id="like"
        ),
        pytest.param("board", r"board: its ending must be one of \.csv, \.xlsx, \.md, \.html, \.json\.", id="none"),
        pytest.param("", "its ending must be", id="empty"),
        pytest.param("x/leaderboard.csv", "mlzoo writes a file of this name itself", id="taken"),
    ],
)
def test_names_that_are_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        outputs.check_export(name, f"--export {name}")


@pytest.mark.parametrize("name", ["a.csv", "b.XLSX", "x/c.md", "d.html", "e.json"])
def test_names_that_pass(name: str, tmp_path: Path) -> None:
    outputs.check_export(name, "")
    outputs.check_place(str(tmp_path / Path(name).name), "", tmp_path / "other")
    outputs.check_place(str(tmp_path / "soon" / Path(name).name), "", tmp_path / "soon")
    assert list(tmp_path.iterdir()) == []


def test_places_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "board.csv").mkdir()
    for name, message in (("board.csv", "is a folder, name a file"), ("no/board.csv", "there is no folder .*no. Make")):
        with pytest.raises(ConfigError, match=message):
            outputs.check_place(str(tmp_path / name), f"--export {name}", tmp_path / "soon")
    monkeypatch.setattr(outputs.os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError, match="its permissions forbid it"):
        outputs.check_place(str(tmp_path / "x.csv"), "", tmp_path / "soon")


def test_a_workbook_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ConfigError, match=r"^--export b\.xlsx: .*pip install 'mlzoo\[excel\]'$"):
        outputs.check_export("b.xlsx", "--export b.xlsx")
    outputs.check_export("b.csv", "--export b.csv")


def test_names_are_interpolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_TEST", "titanic")
    assert re.fullmatch(r"titanic_\d{6}\.csv", interpolated("${oc.env:MLZOO_TEST}_${now:%d%m%y}.csv"))
    with pytest.raises(ConfigError, match=r"\$\{nwo:%d\}\.csv: .*nwo"):
        interpolated("${nwo:%d}.csv")


# -- the verb -----------------------------------------------------------------------------------------------------


def test_compare_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, cell in (("runs/a", "complex-lr"), ("runs/b", "simple-rf")):
        made(name, cell=cell).save()
    assert dispatch(["compare", "runs", "-o", "out", "--export", "${now:%Y}.csv"]) == 0
    assert capsys.readouterr().out.splitlines()[-2] == "out/leaderboard.csv"
    (path,) = tmp_path.glob("2*.csv")
    assert pd.read_csv(path).to_csv() == pd.read_csv("out/leaderboard.csv").assign(
        folder=["runs/a", "runs/b"]
    ).to_csv()  # fmt: skip
    assert dispatch(["compare", "runs", "-o", "out", "--export", "a.md", "--export", "b.md"]) == 1
    assert "--export stands 2 times: name one file." in capsys.readouterr().err
    dispatch(["compare", "runs", "-o", "new", "--export", "new/board.md"])  # into the folder that is made
    assert capsys.readouterr().out.splitlines()[-1] == "new/board.md"
    assert "simple-rf" in Path("new/board.md").read_text()


@pytest.mark.parametrize("name", ["board.md", "board.html", "board.json"])
def test_what_the_audit_warns_of_is_exported(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, cell in (("runs/a", "complex-lr"), ("runs/b", "simple-rf")):
        one = made(folder, cell=cell)
        one.content["findings"] = [
            finding_of("time", "warning", "day", "Folds learn from the future.", "split.time=day")
        ]
        one.save()
    dispatch(["compare", "runs", "-o", "out", "--export", name])
    said = "Folds learn from the future. Pass: split.time=day"
    assert Path(name).read_text().count(said if name.endswith(".json") else f"Mind: {said}") == 1
    assert json.loads(Path("out/leaderboard.json").read_text())["doubts"] == [said]


@pytest.mark.parametrize("name", ["board.xyz", "no/board.csv", "${nwo:1}.csv"])
def test_compare_refuses_before_it_reads_anything(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made("run").save()
    monkeypatch.setattr("mlzoo.board.leaderboard.collect", lambda folders: pytest.fail("it was read"))
    with pytest.raises(ConfigError):
        dispatch(["compare", "run", "--export", name])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("ending", ["csv", "md", "html", "json", "xlsx"])
def test_another_file_is_not_written_over(tmp_path: Path, ending: str) -> None:
    """Also one that has a rank of its own."""
    path = tmp_path / f"mine.{ending}"
    frame = pd.DataFrame({"rank": [1], "franks": [2]})
    frame.to_excel(path, index=False) if ending == "xlsx" else path.write_text(frame.to_csv(index=False))
    with pytest.raises(ConfigError, match=r"--export mine: there is a file of this name that is no leaderboard"):
        outputs.check_place(str(path), "--export mine", tmp_path)
    written(three(), path)
    outputs.check_place(str(path), "--export mine", tmp_path)  # an earlier one is replaced


@pytest.mark.parametrize("name", outputs.BOARD)
def test_a_folder_with_another_s_file_is_no_place_for_a_board(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made("runs/a").save()
    Path("mine").mkdir()
    Path("mine", name).write_text("rank,mine\n1,2\n")
    with pytest.raises(RecordError, match=rf"^mine/{name} is none of mlzoo's, .*: name another folder, or move the"):
        dispatch(["compare", "runs", "-o", "mine"])
    assert [(path.name, path.read_text()) for path in Path("mine").iterdir()] == [(name, "rank,mine\n1,2\n")]
    Path("mine", name).unlink()
    assert [dispatch(["compare", "runs", "-o", "mine"]) for _ in "ab"] == [0, 0]  # an earlier board is replaced


def test_no_secret_in_a_file_s_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^--export x_\$\{oc\.env:PGPASSWORD\}\.csv: .* is a secret"):
        dispatch(["compare", "runs", "--export", "x_${oc.env:PGPASSWORD}.csv"])
    assert list(tmp_path.iterdir()) == []
