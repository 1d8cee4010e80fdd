"""What `describe` says of a table."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import cli, description
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.errors import ConfigError, DataError

ROWS = 60


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A description of one table: `found(target="y")`."""
    monkeypatch.chdir(tmp_path)
    at = np.arange(ROWS)
    frame = pd.DataFrame(
        {
            "size": np.where(at % 6 == 0, np.nan, at % 11 + 0.5),
            "paid": at % 4 == 0,
            "town": np.array(["Rome", "Oslo", "Bonn"])[at % 3],
            "when": [f"2026-01-{i % 28 + 1:02d}" for i in at],
            "note": [f"note number {i}" for i in at],
            "none": None,
            "y": at % 2,
        }
    )
    frame.to_csv("my.csv", index=False)

    def make(*words: str) -> dict[str, Any]:
        return description.describe(config.plain(compose("data=my.csv", *words)))

    return make


@pytest.mark.parametrize("target", ["y", "gone"])
def test_what_is_dropped_already_stays_so_by_the_advice_on_other_columns(found: Any, target: str) -> None:
    """The last override of a key holds: one that named the others alone would bring it back."""
    made = found(f"target={target}", "+preprocess=complex", "preprocess.drop=[paid,town]")
    remedies = {one["column"]: one["remedy"] for one in made["findings"] if one["check"] in ("dates", "text", "empty")}
    assert remedies == {name: f"preprocess.drop=[paid,town,{name}]" for name in ("when", "note", "none")}
    assert "To leave all of these out: 'preprocess.drop=[paid,town,when,note,none]'" in description.to_text(made, 200)


def test_dates_of_which_days_are_made_are_told_as_dates(found: Any) -> None:
    columns = {one["name"]: one for one in found("target=y", "columns.date=[when]")["columns"]}
    assert columns["when"]["values"] == "2026-01-01 to 2026-01-28, median 2026-01-14"


def test_columns_that_a_test_file_lacks_are_left_out_beside_those_that_are(found: Any) -> None:
    pd.read_csv("my.csv").drop(columns=["size", "paid"]).to_csv("later.csv", index=False)
    with pytest.raises(DataError, match=re.escape("preprocess.drop=[paid,size]")):
        found("target=y", "test_data=later.csv", "+preprocess=complex", "preprocess.drop=[paid]")


def test_the_rows_of_two_files_are_told_as_theirs(found: Any) -> None:
    pd.read_csv("my.csv")[:20].to_csv("later.csv", index=False)
    lines = description.to_text(found("target=y", "test_data=later.csv"), 100).splitlines()
    assert lines[0] == "my.csv and later.csv: 80 rows: 60 to train, 20 to test; 6 columns beside the target"


@pytest.mark.parametrize("target", ["y", "gone"])
def test_kinds_set_by_hand_stay_so_by_the_advice_on_other_columns(found: Any, target: str) -> None:
    days = [f"2025-02-{i % 28 + 1:02d}" for i in range(ROWS)]
    pd.read_csv("my.csv").assign(paid=days, code=np.arange(ROWS) + 2**53).to_csv("my.csv", index=False)
    made = found(f"target={target}", "+preprocess=complex", "columns.date=[when]", "columns.category=[town]")
    told = {one["column"]: one["message"] for one in made["findings"]}
    assert "('columns.date=[when,paid]' makes days of them)" in told["paid"]
    assert "('columns.category=[town,note]' keeps it)" in told["note"]
    assert target == "gone" or "('columns.category=[town,code]' takes each for a category)" in told["code"]


def test_columns_by_kind(found: Any) -> None:
    columns = {one["name"]: one for one in found("target=y")["columns"]}
    assert {name: one["kind"] for name, one in columns.items()} == {
        "size": "number",
        "paid": "boolean",
        "town": "category",
        "when": "date",
        "note": "text",
        "none": "empty",
    }
    assert [name for name, one in columns.items() if one["used"]] == ["size", "paid", "town"]
    assert columns["size"]["missing"] == pytest.approx(1 / 6, abs=0.06)
    assert (columns["town"]["distinct"], columns["note"]["distinct"], columns["none"]["distinct"]) == (3, 45, 0)
    assert columns["size"]["values"].startswith("0.5 to 10.5, median ")
    assert "Rome 3" in columns["town"]["values"]


def test_a_name_stands_beside_long_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = [f"{'x' * 30}{i % 3}" for i in range(40)]
    pd.DataFrame({"name": words, "y": [0, 1] * 20}).to_csv("long.csv", index=False)
    made = description.describe(config.plain(compose("data=long.csv", "target=y")))
    for width in (60, 100):
        table = description.to_text(made, width).splitlines()[2:4]
        assert table[0].startswith("column  kind      missing  distinct  values")
        assert table[1].startswith("name    category                  3  xxx")


def test_what_a_preprocessing_does_not_read_is_left_out(found: Any) -> None:
    made = found("target=y", "+preprocess=simple")
    assert [one["name"] for one in made["columns"] if one["used"]] == ["size", "paid"]
    said = [one["message"] for one in made["findings"]]
    assert "preprocess=simple reads numbers only, left out: 'town' (categories)." in said


def test_what_leaves_all_out_at_once(found: Any) -> None:
    text = description.to_text(found("target=y"), 100)
    assert text.endswith("\n- To leave all of these out: 'preprocess.drop=[when,note,none]'")
    assert "To leave all of these out" not in description.to_text(found("target=y", "preprocess.keep=[size,note]"), 100)


def test_the_target_and_the_split(found: Any) -> None:
    made = found("target=y")
    assert made["rows"] == {"train": 45, "test": 15}
    assert (made["task"], made["target"]["name"]) == ("classification", "y")
    assert sum(made["target"]["classes"].values()) == pytest.approx(1)
    assert "; 1 is the positive class\n" in description.to_text(made, 100)
    assert "; 0 is the positive class\n" in description.to_text(found("target=y", "positive=0"), 100)
    assert "positive" not in description.to_text(found("target=town"), 100)
    numbers = found("target=y", "task=regression")
    assert (numbers["target"]["low"], numbers["target"]["high"]) == (0, 1)


def test_without_a_target(found: Any) -> None:
    made = found("target=z")
    assert made["rows"] == {"train": ROWS, "test": None}
    assert "y" in [one["name"] for one in made["columns"]]
    assert "my.csv has no column 'z'." in made["findings"][-1]["message"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        pytest.param("same", "The target 'same' is constant (1 in every row)", id="constant"),
        pytest.param("none", "my.csv: no row has a target: 'none' is missing in 60 of 60 rows", id="none"),
        pytest.param("once", "The class 'odd' of the target has a single row", id="one row"),
    ],
)
def test_a_target_that_cannot_be_predicted(found: Any, target: str, reason: str) -> None:
    frame = pd.read_csv("my.csv").assign(none=None, same=1, once=["odd", *["a", "b"] * ROWS][:ROWS])
    frame.to_csv("my.csv", index=False)
    made = found(f"target={target}")
    assert (made["rows"], made["task"]) == ({"train": ROWS, "test": None}, None)
    assert {"town", "y"} <= {one["name"] for one in made["columns"]}
    assert target not in {one["name"] for one in made["columns"]}
    assert made["findings"][-1]["message"].startswith(reason)
    with pytest.raises(DataError, match="has no column 'twon'"):
        found("target=y", "+preprocess=simple", "preprocess.drop=[twon]")


def test_large_numbers_are_written_out(found: Any) -> None:
    frame = pd.read_csv("my.csv")
    frame.assign(price=1_000_000 + 24_576 * np.arange(ROWS)).to_csv("my.csv", index=False)
    values = {one["name"]: one["values"] for one in found("target=y")["columns"]}
    assert re.fullmatch(r"1,\d{3},\d{3} to 2,\d{3},\d{3}, median 1,\d{3},\d{3}", values["price"])


def test_years_are_told_as_years(found: Any) -> None:
    pd.DataFrame({"year": 1980 + np.arange(60), "salary": 9_000 + 50 * np.arange(60), "y": [0, 1] * 30}).to_csv(
        "my.csv", index=False
    )
    values = {one["name"]: one["values"] for one in found("target=z")["columns"]}
    assert values["year"] == "1980 to 2039, median 2009.5"
    assert values["salary"] == "9000 to 11,950, median 10,475"


def test_a_share_of_none_and_of_all_is_said_of_no_other(found: Any) -> None:
    at = np.arange(4000)
    pd.DataFrame(
        {"size": np.where(at == 7, np.nan, at), "town": np.where(at == 9, "Rome", "Oslo"), "y": at % 2}
    ).to_csv("my.csv", index=False)
    said = description.to_text(found("target=z"), 100)
    assert re.search(r"\nsize +number +<0\.1% ", said)
    assert "Oslo >99.9%, Rome <0.1%" in said


def test_where_some_rows_lack_the_target_the_others_are_described(found: Any) -> None:
    frame = pd.read_csv("my.csv")
    frame.assign(double=frame["size"] * 2).to_csv("my.csv", index=False)
    made, drop = found("target=size"), found("target=size", "missing_target=drop")
    first, *others = made["findings"]
    assert first["message"].startswith("my.csv: the target 'size' is missing in 10 of 60 rows")
    assert {**made, "findings": others} == drop
    assert made["rows"]["train"] + made["rows"]["test"] == 50
    assert any("'double' alone predicts the target" in finding["message"] for finding in others)


def test_where_the_rows_with_a_target_cannot_be_described_all_are(found: Any) -> None:
    frame = pd.read_csv("my.csv")
    part = np.where(np.arange(ROWS) < 40, "train", "test")
    frame.assign(part=part, y=frame["y"].where(part == "train")).to_csv("my.csv", index=False)
    made = found("target=y", "split.column=part")
    assert made["rows"] == {"train": ROWS, "test": None}
    (told,) = [one["message"] for one in made["findings"] if one["check"] == "table"]
    assert told.startswith("my.csv: the target 'y' is missing in 20 of 60 rows")
    assert "Without those rows: split.column=part: the test split has 0 of 40 rows" in told


def test_a_column_that_no_run_takes_is_said_beside_the_others(found: Any) -> None:
    pd.read_csv("my.csv").assign(far=["inf", *range(1, ROWS)]).to_csv("my.csv", index=False)
    made = found("target=y")
    assert "far" in {one["name"] for one in made["columns"]}
    assert "the column 'far' holds an infinite value" in made["findings"][-1]["message"]
    pd.DataFrame({"y": [0, 1] * 30, "w": [f"{i} kg" for i in range(60)]}).to_csv("my.csv", index=False)
    made = found("target=y")
    assert [(one["name"], one["used"]) for one in made["columns"]] == [("w", False)]
    unread, nothing = (one["message"] for one in made["findings"])
    assert unread.startswith("The column 'w' holds numbers with a sign or a unit, such as '0 kg', nearly every row")
    assert nothing == "No column is left beside the target: there is nothing to learn from."
    assert [one["kind"] for one in found("target=y", "preprocess.drop=[w]")["columns"]] == ["dropped"]


@pytest.mark.parametrize(
    "words",
    [("task=regression", "target=town"), ("validation=group", "validation.groups=typo"), ("columns.date=[town]",)],
)
def test_what_is_wrong_with_the_words_is_an_error(found: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(DataError):
        found("target=y", *words)


def test_the_checks_of_a_run_are_made(found: Any) -> None:
    checks = {finding["check"] for finding in found("target=y")["findings"]}
    assert {"dates", "text", "empty"} <= checks
    few = found("target=y", "validation.n_splits=40")["findings"]
    assert any(finding["check"] == "folds" for finding in few)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_names_and_kinds_are_never_cut(found: Any, width: int) -> None:
    said = description.to_text(found("target=y", "preprocess.drop=[note]"), width)
    lines = said.splitlines()
    assert lines[0] == "my.csv: 60 rows: 45 to train, 15 to test; 6 columns beside the target"
    rows = {line.split()[0]: line for line in lines[3:9]}
    assert list(rows) == ["size", "paid", "town", "when", "note", "none"]
    assert "dropped" in rows["note"]
    assert "date, left out" in rows["when"]
    assert all(len(line) <= width for line in lines[2:9])


def test_what_a_terminal_would_carry_out_is_spelled_out(found: Any) -> None:
    name, at = "a\x1b]0;x\x07\nb", np.arange(60)
    pd.DataFrame({name: at, "c": np.where(at % 2, "k\x1b[2J", "\u202ek"), "y": at % 3 % 2}).to_csv(
        "my.csv", index=False
    )
    for words in (("target=y",), ("target=z",), ("target=y", "+preprocess=simple")):
        said = description.to_text(found(*words), 100)
        assert all(line.isprintable() for line in said.splitlines())
        assert r"a\x1b]0;x\x07 b" in said
        assert r"k\x1b[2J" in said


def test_the_heading_of_short_names_is_not_cut(found: Any) -> None:
    pd.DataFrame({"a": ["long words, " * 9 + f"{i % 3}" for i in range(60)], "y": [0, 1] * 30}).to_csv("my.csv")
    assert "\ncolumn  " in description.to_text(found("target=y", "preprocess.keep=[a]"), 60)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["sample=0"], r"sample=0: must be 10 or more"),
        (["data=null", "+db=sqlite", "db.database=x"], r"db\.query is missing"),
        (["split.test_size=2"], r"split\.test_size=2"),
        (["read.decimal=',,'"], r"read\.decimal=',,'"),
        (["read.sep='((,'"], r"read\.sep='\(\(,'"),
    ],
)
def test_what_a_run_refuses_is_refused(found: Any, words: list[str], refused: str) -> None:
    assert found("target=y")
    with pytest.raises(ConfigError, match=refused):
        cli.dispatch(["describe", "data=my.csv", "target=y", *words])


def test_a_word_that_deletes_is_taken_as_by_a_run(found: Any) -> None:
    assert found("target=y")
    assert cli.dispatch(["describe", "data=my.csv", "target=y", "+models=lr", "~models.space.C"]) == 0


def test_what_was_found_out_about_the_file_is_told_without_a_target(found: Any) -> None:
    Path("my.csv").write_text("a;b\n1,5;x\n2,5;y\n")
    assert any("the decimal mark ','" in one["message"] for one in found("target=z")["findings"])


def test_columns_are_left_out_without_a_target_as_by_a_run(found: Any) -> None:
    made = found("target=z", "columns.category=[size]", "preprocess.drop=[size]")
    assert made["columns"][0]["kind"] == "dropped"
    assert "have no effect on 'size'" in made["findings"][-2]["message"]
    pd.read_csv("my.csv").to_csv("my.csv")
    made = found("target=z")
    assert (made["columns"][0]["name"], made["columns"][0]["used"]) == ("Unnamed: 0", False)
    assert "taken for an index" in made["findings"][0]["message"]
    with pytest.raises(DataError, match="has no column 'sise'"):
        found("target=z", "preprocess.drop=[sise]")


@pytest.mark.parametrize("target", ["y", "z"])
def test_a_row_of_totals_is_told_with_and_without_a_target(found: Any, target: str) -> None:
    sold = [*range(1, ROWS), sum(range(1, ROWS))]
    pd.DataFrame({"sold": sold, "paid": [i % 7 for i in range(ROWS)], "y": [0, 1] * (ROWS // 2)}).to_csv("my.csv")
    assert [one["check"] for one in found(f"target={target}")["findings"]].count("total") == 1


def test_many_columns_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({f"c{i}": np.arange(40) * i % 7 for i in range(70)} | {"y": np.arange(40) % 2}).to_csv(
        "my.csv", index=False
    )
    made = description.describe(config.plain(compose("data=my.csv", "target=y")))
    assert "… and 10 columns more" in description.to_text(made, 100)


def test_what_a_finding_advises_works_without_a_preprocessing(found: Any) -> None:
    checked = config.plain(compose("data=my.csv", "target=y", "preprocess.drop=[note]"))
    config.check(description.as_run(checked))
    made = description.describe(checked)
    assert {one["name"]: one["kind"] for one in made["columns"]}["note"] == "dropped"
