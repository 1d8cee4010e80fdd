"""New rows through the pipeline of a run."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlzoo
from mlzoo import cli, new_rows, outputs, prediction, record
from mlzoo.board import leaderboard
from mlzoo.errors import ConfigError, DataError, RecordError
from mlzoo.findings import finding_of
from mlzoo.record import Record
from mlzoo.tables.categories import unseen_categories

CONF = Path(__file__).with_name("conf")
QUICK = ("validation.n_splits=2", "validation.n_repeats=1")
TREES = ("+models=rf", "models.type.n_estimators=5")


def customers(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = rng.gamma(2, 10, rows).round(1)
    frame = pd.DataFrame(
        {
            "id": np.arange(rows) + 900,
            "months": months,
            "plan": rng.choice(["basic", "plus"], rows),
            "paper": rng.choice([True, False], rows),
            "churn": np.where(months + rng.normal(0, 5, rows) < 15, "yes", "no"),
            "worth": months * 2 + rng.normal(0, 1, rows),
        }
    )
    frame.loc[::8, "months"] = np.nan
    frame.loc[::9, "plan"] = None
    return frame


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def churn(home: Path) -> Record:
    """A forest for three-fold text, fitted without `id` and `worth`."""
    customers().to_csv(home / "old.csv", index=False)
    words = ("+preprocess=complex", *TREES, f"data={home / 'old.csv'}", "target=churn")
    return mlzoo.run(mlzoo.compose(*words, *QUICK, "preprocess.drop=[id,worth]"), folder=home / "churn")


@pytest.fixture(scope="module")
def worth(home: Path, churn: Record) -> Record:
    words = ("+preprocess=complex", "+models=ridge", f"data={home / 'old.csv'}", "target=worth")
    config = mlzoo.compose(*words, *QUICK, "preprocess.drop=[id,churn]", config_dir=CONF)
    return mlzoo.run(config, folder=home / "worth")


def write(frame: pd.DataFrame, path: Path, **kwargs: Any) -> Path:
    frame.to_csv(path, index=False, **kwargs)
    return path


def test_predictions_are_the_pipelines(churn: Record, tmp_path: Path) -> None:
    new = customers(25, seed=7)[["months", "plan", "paper"]]
    found, notices = prediction.predict_rows(churn, write(new, tmp_path / "new.csv"))
    assert notices == []
    assert list(found.columns) == ["row", "prediction", "proba_no", "proba_yes"]
    assert found["row"].tolist() == list(range(25))
    rows = new.astype({"paper": float, "plan": "str"})
    assert found["prediction"].tolist() == churn.pipeline.predict(rows).tolist()
    np.testing.assert_array_equal(found[["proba_no", "proba_yes"]], churn.pipeline.predict_proba(rows))


def test_the_test_split_again(churn: Record, home: Path) -> None:
    found, _ = prediction.predict_rows(churn, home / "old.csv")
    told = pd.read_csv(churn.folder / "predictions.csv")
    again = found.iloc[told["row"]].reset_index(drop=True)
    assert again["prediction"].tolist() == told["prediction"].tolist()
    np.testing.assert_array_equal(again["proba_yes"], told["proba_yes"])


def test_numbers(worth: Record, home: Path) -> None:
    found, _ = prediction.predict_rows(worth, home / "old.csv")
    assert list(found.columns) == ["row", "prediction"]
    assert np.corrcoef(found["prediction"], customers()["worth"])[0, 1] > 0.9


def test_other_columns_are_ignored_with_a_notice(churn: Record, tmp_path: Path) -> None:
    new = customers(5)
    path = write(new[["worth", "plan", "id", "months", "churn", "paper"]], tmp_path / "new.csv")
    found, notices = prediction.predict_rows(churn, path)
    plain, _ = prediction.predict_rows(churn, write(new[["months", "plan", "paper"]], tmp_path / "plain.csv"))
    pd.testing.assert_frame_equal(found, plain)
    assert notices == [f"{path}: columns that the pipeline does not use are ignored: worth, id, churn."]


def test_ids_stand_beside_the_predictions_as_they_are_written(churn: Record, tmp_path: Path) -> None:
    new = customers(5)[["id", "months", "plan", "paper"]]
    plain, _ = prediction.predict_rows(churn, write(new.drop(columns="id"), tmp_path / "plain.csv"))
    path = write(new.assign(id=[f"00{number}" for number in new["id"]], **{"a, b": 1.5}), tmp_path / "new.csv")
    found, notices = prediction.predict_rows(churn, path, ids=["id", "a, b", "plan"])
    assert list(found.columns) == ["row", "id", "a, b", "plan", "prediction", "proba_no", "proba_yes"]
    assert found["id"].tolist() == ["00900", "00901", "00902", "00903", "00904"]
    assert found["a, b"].tolist() == ["1.5"] * 5
    assert found["plan"].fillna("").tolist() == new["plan"].fillna("").tolist()
    pd.testing.assert_frame_equal(found[plain.columns], plain)
    assert notices == []
    assert mlzoo.predict(churn, new.set_axis([7, 7, 8, 9, 9]), ids=["id"])["id"].to_dict() == {7: 901, 8: 902, 9: 904}


def test_ids_are_what_they_are_beside_missing_ones(churn: Record, tmp_path: Path) -> None:
    new = customers(4)[["months", "plan", "paper"]]
    exact = pd.Series([9007199254740993, None, 1234567890123456789, 7], dtype="Int64")
    frame = new.assign(long=exact, short=[10000.0, None, 2.0, 3.0], part=[0.5, None, 1.0, 2.0])
    found, notices = prediction.predict_rows(churn, frame, ids=["long", "short", "part"])
    outputs.write_csv(found, tmp_path / "out.csv")
    written = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert written["long"].tolist() == ["9007199254740993", "", "1234567890123456789", "7"]
    assert written["short"].tolist() == ["10000", "", "2", "3"]
    assert written["part"].tolist() == ["0.5", "", "1.0", "2.0"]
    assert notices == [f"The DataFrame: 1 of 4 rows have no {name!r}." for name in ("long", "short", "part")]
    path = write(new.assign(code=["NA", "B", "C", "D"]), tmp_path / "new.csv")
    _, notices = prediction.predict_rows(churn, path, ids=["code"])
    assert f"{path}: 1 of 4 rows have no 'code' ('NA' is read so; read.na_values=[] keeps it)." in notices
    assert mlzoo.predict(churn, path, ids="code", read={"na_values": []})["code"].tolist() == [*("NA", "B", "C", "D")]


def test_ids_refused(churn: Record, tmp_path: Path) -> None:
    path = write(customers(5).assign(prediction=1), tmp_path / "new.csv")
    with pytest.raises(DataError, match=r"has no column 'ID' to stand beside.*Did you mean 'id'"):
        prediction.predict_rows(churn, path, ids=["ID"])
    with pytest.raises(DataError, match=r"'prediction' cannot stand beside the predictions, one of which has its name"):
        prediction.predict_rows(churn, path, ids=["prediction"])


def test_an_index_column_is_ignored(churn: Record, tmp_path: Path) -> None:
    customers(5)[["months", "plan", "paper"]].to_csv(tmp_path / "new.csv")
    found, notices = prediction.predict_rows(churn, tmp_path / "new.csv")
    assert len(found) == 5
    assert "Unnamed: 0" in notices[0]


def test_another_dialect_is_told(churn: Record, tmp_path: Path) -> None:
    new = customers(5)[["months", "plan", "paper"]]
    path = write(new, tmp_path / "new.csv", sep=";", decimal=",")
    found, notices = prediction.predict_rows(churn, path)
    plain, _ = prediction.predict_rows(churn, write(new, tmp_path / "plain.csv"))
    pd.testing.assert_frame_equal(found, plain)
    assert notices == [
        f"{path}: read with the separator ';' (read.sep).",
        f"{path}: read with the decimal mark ',' (read.decimal).",
    ]


def test_the_read_options_of_the_run_are_used(home: Path, tmp_path: Path) -> None:
    frame = customers().fillna({"plan": "?"})[["months", "plan", "churn"]]
    path = write(frame, tmp_path / "my.csv", sep="|", na_rep="?")
    words = ("+preprocess=complex", *TREES, f"data={path}", "target=churn", "read.sep='|'", "read.na_values=['?']")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    found, notices = prediction.predict_rows(made, path)
    assert len(found) == 60
    learnt, ignored = notices
    assert learnt.startswith(f"{path}: the table that complex-rf has learnt from: how many of these")
    assert ignored == f"{path}: columns that the pipeline does not use are ignored: churn."
    rows = pd.read_csv(path, sep="|", na_values=["?"])
    marked = pd.read_csv(path, sep="|", dtype=str, keep_default_na=False)
    assert (marked["months"] == "?").any()
    pd.testing.assert_frame_equal(mlzoo.predict(made, marked), mlzoo.predict(made, rows))  # the marks of a frame too


def test_marks_of_missing_dates_are_read_as_in_training(tmp_path: Path) -> None:
    frame = customers()[["months", "churn"]].assign(since=[f"{i % 28 + 1}.2.2020" for i in range(60)])
    frame.loc[::5, "since"] = "k.A."
    words = ("+preprocess=complex", *TREES, f"data={write(frame, tmp_path / 'my.csv')}", "target=churn")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK, "columns.date=[since]"), folder=tmp_path / "run")
    rows = frame[["months", "since"]]
    empty = mlzoo.predict(made, rows.replace("k.A.", None))
    pd.testing.assert_frame_equal(mlzoo.predict(made, rows), empty)
    for mark, told in (("k.A.", []), ("?", ["in the column 'since' '?' is read as missing (read.na_values)"])):
        path = write(rows.replace("k.A.", mark), tmp_path / "new.csv")
        found, notices = prediction.predict_rows(made, path)
        assert notices == [f"{path}: {note}." for note in told]
        assert found["prediction"].tolist() == empty["prediction"].tolist()
    with pytest.raises(DataError, match=r"'open\?' in row 0 .* \"read\.na_values=\['open\?'\]\" takes 'open\?' for"):
        prediction.predict_rows(made, write(rows.replace("k.A.", "open?"), tmp_path / "new.csv"))


def test_the_rows_of_a_dataframe(churn: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    new = customers(9, seed=7).set_index("id")
    found = mlzoo.predict(churn, new[["worth", "plan", "paper", "months"]])
    told = mlzoo.predict(churn.folder, write(new, tmp_path / "new.csv"))
    assert list(found) == list(told) == ["prediction", "proba_no", "proba_yes"]
    pd.testing.assert_index_equal(found.index, new.index)
    assert told.index.tolist() == list(range(9))
    np.testing.assert_array_equal(found, told)
    said = "The DataFrame: columns that the pipeline does not use are ignored: id, worth."
    assert (caplog.records[0].levelname, caplog.messages[0]) == ("WARNING", said)  # which a notebook shows


def test_points_between_thousands_are_such_in_a_dataframe_of_text_too(tmp_path: Path) -> None:
    rows = [(f"{1 + at % 7},{at % 10}5", f"{1 + at % 40}.{at % 9}00", "ab"[at % 40 > 20]) for at in range(120)]
    table = pd.DataFrame(rows, columns=["size", "price", "y"])
    words = ("+preprocess=simple", "+models=lr", f"data={write(table, tmp_path / 'my.csv', sep=';')}", "target=y")
    run = mlzoo.run(mlzoo.compose(*words, "n_jobs=1"), folder=tmp_path / "run")
    new = table.iloc[:9, :2]
    found = mlzoo.predict(run, write(new, tmp_path / "new.csv", sep=";"))
    np.testing.assert_array_equal(mlzoo.predict(run, new), found)
    floats = new.assign(price=new["price"].str.replace(".", "").astype(float).astype(str))  # as pandas makes them
    np.testing.assert_array_equal(mlzoo.predict(run, floats), found)
    english = new.apply(lambda values: values.str.translate(str.maketrans(",.", ".,")))
    np.testing.assert_array_equal(mlzoo.predict(run, write(english, tmp_path / "english.csv")), found)


def test_what_a_file_was_read_by_is_said_where_it_does_not_fit(churn: Record, tmp_path: Path) -> None:
    config = (churn.folder / "config.yaml").read_text()
    run = Record(tmp_path / "run", churn.content)
    run.folder.mkdir()
    (run.folder / "config.yaml").write_text(config.replace("skiprows: null", "skiprows: 3"))
    with pytest.raises(DataError, match=r"lacks columns .* It was read with the run's read\.skiprows=3: write it as"):
        mlzoo.predict(run, write(customers(9, seed=7), tmp_path / "new.csv"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="plan"), "The DataFrame lacks columns that complex-rf was fitted on: plan."),
        (
            lambda f: f.rename(columns={"plan": " Plan"}),
            "The DataFrame lacks columns that complex-rf was fitted on: plan. It has ' Plan': names are the",
        ),
        (
            lambda f: f.rename(columns={"plan": "plans"}),
            "The DataFrame lacks columns that complex-rf was fitted on: plan. Did you mean 'plans'?",
        ),
        (lambda f: f.assign(months="many"), "The DataFrame: the column 'months' is taken for numbers"),
        (
            lambda f: f.assign(months=["1.932,28"] * 4 + ["x"]),
            "The DataFrame: the column 'months' is taken for numbers "
            "(as in the train split, or by columns.number), but holds 'x' in row 4 (from 0)",
        ),
        (lambda f: f.head(0), "The DataFrame holds no rows."),
        (lambda f: f.iloc[0], "predict takes a DataFrame or the name of a file, not the type Series."),
        (lambda f: pd.concat([f, f["plan"]], axis=1), "The DataFrame: the column name 'plan' stands more than once"),
    ],
    ids=["missing-column", "other-case", "near", "text", "one-text", "no-rows", "series", "twice"],
)
def test_dataframes_refused(churn: Record, change: Callable[..., pd.DataFrame], words: str) -> None:
    with pytest.raises(DataError) as caught:
        mlzoo.predict(churn, change(customers(5)))
    assert str(caught.value).startswith(words)


def test_a_column_without_a_value_is_told(churn: Record) -> None:
    new = customers(5)[["months", "plan", "paper"]]
    assert prediction.predict_rows(churn, new)[1] == []
    (told,) = prediction.predict_rows(churn, new.assign(months=np.nan))[1]
    assert told.startswith("The DataFrame: NO value in any row of the column 'months', which had some in the train")
    assert prediction.predict_rows(churn, new.assign(months=np.nan).head(1))[1] == []


def test_columns_that_are_not_used_may_hold_anything(churn: Record) -> None:
    new = customers(5)[["months", "plan", "paper"]]
    nested = new.assign(tags=[["a"], [], None, ["b", "c"], ["d"]])
    pd.testing.assert_frame_equal(*(prediction.predict_rows(churn, one)[0] for one in (new, nested)))


def test_unseen_and_missing_values(churn: Record, tmp_path: Path) -> None:
    new = pd.DataFrame({"months": [None, 3], "plan": ["gold", None], "paper": [None, True]})
    found, _ = prediction.predict_rows(churn, write(new, tmp_path / "new.csv"))
    assert np.isfinite(found["proba_yes"]).all()


def test_a_column_without_any_value(churn: Record, tmp_path: Path) -> None:
    new = customers(5)[["months", "plan", "paper"]].assign(months=None, plan=None)
    assert len(prediction.predict_rows(churn, write(new, tmp_path / "new.csv"))[0]) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda f: f.drop(columns=["months", "plan"]), "months, plan", id="missing-columns"),
        pytest.param(
            lambda f: f.assign(months="many"),
            "taken for numbers (as in the train split, or by columns.number), but holds 'many'",
            id="text",
        ),
        pytest.param(lambda f: f.assign(months=np.inf), "'months' holds an infinite value (row 0", id="infinite"),
        pytest.param(lambda f: f.head(0), "no rows", id="no-rows"),
    ],
)
def test_files_refused(churn: Record, tmp_path: Path, change: Callable[..., pd.DataFrame], words: str) -> None:
    path = write(change(customers(5)), tmp_path / "new.csv")
    with pytest.raises(DataError) as caught:
        prediction.predict_rows(churn, path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_rows_that_a_pipeline_cannot_take_are_told(
    churn: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, rows: Any) -> None:
        raise ValueError("Input X contains NaN.\nSee https://…")

    monkeypatch.setattr(type(churn.pipeline), "predict", refuse)
    path = write(customers(5).assign(months=None), tmp_path / "new.csv")
    with pytest.raises(DataError) as caught:
        prediction.predict_rows(churn, path)
    said = f"{path}: {churn['cell']} cannot predict these rows: ValueError: Input X contains NaN."
    assert str(caught.value).startswith(said)
    assert "See" not in str(caught.value)


def test_a_missing_file(churn: Record) -> None:
    with pytest.raises(DataError, match=r"nope\.csv: there is no such file"):
        prediction.predict_rows(churn, "nope.csv")


@pytest.mark.parametrize("content", [None, "{"], ids=["gone", "damaged"])
def test_a_run_without_its_config(churn: Record, home: Path, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / record.CONFIG_NAME).write_text(content)
    with pytest.raises(RecordError, match=r"config\.yaml cannot be read"):
        prediction.predict_rows(Record(tmp_path, churn.content), home / "old.csv")


def test_a_run_that_kept_no_pipeline(churn: Record, home: Path, tmp_path: Path) -> None:
    (tmp_path / record.CONFIG_NAME).write_text((churn.folder / record.CONFIG_NAME).read_text())
    with pytest.raises(RecordError, match=r"holds no model.*rerun .* --persist joblib"):
        prediction.predict_rows(Record(tmp_path, churn.content), home / "old.csv")


def test_write(tmp_path: Path) -> None:
    frame = pd.DataFrame({"row": [0, 1], "prediction": ["ja", "ä, b"], "proba_ja": [0.1, 1 / 3]})
    outputs.write_csv(frame, tmp_path / "deep" / "out.csv")
    text = (tmp_path / "deep" / "out.csv").read_text(encoding="utf-8")
    assert text == f'row,prediction,proba_ja\n0,ja,0.1\n1,"ä, b",{1 / 3!r}\n'
    assert os.listdir(tmp_path / "deep") == ["out.csv"]


# -- which run ----------------------------------------------------------------------------------------------------


def sweep(folder: Path, scores: list[list[float] | None], *, status: str = "failed") -> Path:
    """A folder of runs with these fold scores; None: one that did not end well."""
    base = json.loads((folder.parent / "base.json").read_text())
    for number, fold_scores in enumerate(scores):
        content = {**base, "overrides": [f"models.type.C={number}"]}
        if fold_scores is None:
            content |= {"status": status, "error": {"type": "FitError", "message": "no luck"}}
        else:
            content |= {"cv": {"accuracy": fold_scores}}
        Record(folder / str(number), content).save()
    return folder


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        pytest.param([[0.6, 0.7], [0.8, 0.9], [0.7, 0.7]], "1", id="highest"),
        pytest.param([[0.8, 0.9], None], "0", id="beside-a-failure"),
        pytest.param([None, [0.5, 0.5]], "1", id="after-a-failure"),
        pytest.param([[0.5, 0.5], *[[0.4, 0.4]] * 9, [0.9, 0.9]], "10", id="two-digits"),
    ],
)
def test_the_best_row_of_a_sweep(churn: Record, tmp_path: Path, scores: list[Any], best: str) -> None:
    (tmp_path / "base.json").write_text(json.dumps(record.finite(churn.content)))
    folder = sweep(tmp_path / "sweep", scores)
    assert prediction.choose(folder).folder == folder / best


def test_a_run_folder_is_its_own_choice(churn: Record) -> None:
    assert prediction.choose(churn.folder).folder == churn.folder
    assert prediction.choose(str(churn.folder)).content == json.loads((churn.folder / "record.json").read_text())


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_no_run_that_ended_well(churn: Record, tmp_path: Path, status: str) -> None:
    (tmp_path / "base.json").write_text(json.dumps(record.finite(churn.content)))
    folder = sweep(tmp_path / "sweep", [None, None], status=status)
    with pytest.raises(RecordError, match="no run in it has ended well") as caught:
        prediction.choose(folder)
    assert f"complex-rf is {status}" in str(caught.value)


def test_no_run_at_all(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="neither a run nor a sweep folder"):
        prediction.choose(tmp_path)
    with pytest.raises(RecordError, match="there is no such folder"):
        prediction.choose(tmp_path / "nope")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".", "is a folder"),
        ("rows.csv", "is the file that is read"),
        ("new.parquet", r"written as CSV: name a file that ends in \.csv"),
        ("new", r"written as CSV: name a file that ends in \.csv"),
        ("other.csv", "holds no predictions: name another"),
        ("scores.csv", "holds no predictions: name another"),
    ],
)
def test_outputs_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    for table in ("rows.csv", "other.csv"):
        (tmp_path / table).write_text("row,a\n1,2\n")
    (tmp_path / "scores.csv").write_text("id,prediction\n1,2\n")  # not as they are written here
    with pytest.raises(DataError, match=words):
        prediction.check_output(Path(name), tmp_path / "rows.csv")
    outputs.write_csv(pd.DataFrame({"row": [0], "id": ["007"], "prediction": [1]}), tmp_path / "earlier.csv")
    prediction.check_output(tmp_path / "earlier.csv", tmp_path / "rows.csv")


def test_codes_with_leading_zeros_stay_text(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    codes = rng.choice(["00001", "00002", "AB1"], 90)
    table = pd.DataFrame({"code": codes, "y": np.where(codes == "00001", "yes", "no")})
    table.to_csv(tmp_path / "train.csv", index=False)
    quick = ("validation.n_splits=2", "validation.n_repeats=1")
    config = mlzoo.compose("+preprocess=complex", "+models=lr", f"data={tmp_path / 'train.csv'}", "target=y", *quick)
    made = mlzoo.run(config, folder=tmp_path / "run")
    (tmp_path / "new.csv").write_text("code\n00001\n00002\n")
    found, notices = prediction.predict_rows(made, str(tmp_path / "new.csv"))
    assert found["prediction"].tolist() == ["yes", "no"]
    assert notices == []


def test_new_rows_are_read_as_the_train_file_was(tmp_path: Path) -> None:
    size, price = np.arange(60) % 9 + 0.5, 1000 * (np.arange(60) % 7 + 1) + 234
    rows = [f"{a:.1f}".replace(".", ",") + f";{p:,}".replace(",", ".") for a, p in zip(size, price, strict=True)]
    lines = [f"{row};0{i % 3 + 1};{'yes' if i % 7 > 3 else 'no'}" for i, row in enumerate(rows)]
    (tmp_path / "train.csv").write_text("\n".join(["size;price;code;y", *lines]))
    words = ("+preprocess=complex", *TREES, f"data={tmp_path / 'train.csv'}", "target=y", "columns.category=[code]")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    assert made.content["data"]["train"]["decimal"] == ","
    (tmp_path / "new.csv").write_text("size;price;code\n3;1.234;01\n3;7.234;02\n")  # shows no decimal mark itself
    found, notices = prediction.predict_rows(made, tmp_path / "new.csv")
    assert found["prediction"].tolist() == ["no", "yes"]
    assert notices == []  # all of which the run was told on its train file
    (tmp_path / "new.csv").write_text("code;size;price\n01;?;1.234\n02;3;7.234\n02;4;7.234\n")
    notice, gaps = prediction.predict_rows(made, tmp_path / "new.csv")[1]
    assert notice.endswith("new.csv: in the column 'size' '?' is read as missing (read.na_values).")
    assert gaps.endswith(": no value where every row of the train split had one, in 'size' (1 of 3).")
    new = pd.DataFrame({"size": ["2,500", "8,500"], "price": ["1.234,0", "7.234"], "code": ["01", "02"]})
    new.to_parquet(tmp_path / "new.parquet")
    new[["size", "code"]].assign(price=[1234, 7234]).to_csv(tmp_path / "quoted.csv", index=False)
    for one in (tmp_path / "new.parquet", tmp_path / "quoted.csv", new):
        read = new_rows.read(made, one, "x", {}).frame
        assert (read["size"].tolist(), read["price"].tolist()) == ([2.5, 8.5], [1234, 7234])


def test_words_that_were_categories_are_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"land": ["NA", "DE", "FR", ""] * 20, "y": ["yes", "no", "no", "no"] * 20})
    frame.to_parquet(tmp_path / "my.parquet")
    frame.to_csv(tmp_path / "new.csv", index=False)
    words = ("+preprocess=complex", *TREES, f"data={tmp_path / 'my.parquet'}", "target=y")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    said = "new.csv: in the column 'land' 'NA' is read as missing, and a value in the train split"
    found, notices = prediction.predict_rows(made, tmp_path / "new.csv")
    assert [said in notice for notice in notices].count(True) == 1
    found, notices = prediction.predict_rows(made, tmp_path / "new.csv", {"na_values": []})
    assert found["prediction"].tolist() == frame["y"].tolist()
    assert not any(said in notice for notice in notices)
    frame.replace({"land": {"NA": "null"}}).to_csv(tmp_path / "new.csv", index=False)
    notices = prediction.predict_rows(made, tmp_path / "new.csv")[1]
    assert not any("a value in the train split" in notice for notice in notices)  # 'null' was none


def test_a_carriage_return_in_a_class_ends_no_line_of_its_predictions(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": np.arange(80.0) % 4, "y": ["ye\rs", "no", "no", "no"] * 20})
    frame.to_parquet(tmp_path / "my.parquet")
    words = ("+preprocess=complex", *TREES, f"data={tmp_path / 'my.parquet'}", "target=y")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    found = pd.read_csv(made.folder / "predictions.csv")
    assert found["truth"].tolist() == frame["y"].iloc[found["row"]].tolist()


def test_numbers_of_another_unit_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"lab": rng.normal(1, 0.2, 90).round(2), "age": rng.integers(20, 90, 90)})
    frame["y"] = np.where(frame["lab"] > 1, "yes", "no")
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = ("+preprocess=complex", *TREES, f"data={tmp_path / 'my.csv'}", "target=y")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    assert made["data"]["train"]["ranges"].keys() == {"lab", "age"}
    new = frame[["lab", "age"]][:8]
    assert prediction.predict_rows(made, new)[1] == []
    made["findings"].append(finding_of("identifier", "info", "age", "", ""))  # numbers go on
    assert prediction.predict_rows(made, new.assign(age=500))[1] == []
    (notice,) = prediction.predict_rows(made, new.assign(lab=88.4 * new["lab"]))[1]
    assert "NO value within those of the train split in 'lab' (" in notice
    assert prediction.predict_rows(made, new.assign(lab=88.4 * new["lab"])[:4])[1] == []  # which may be chance


def test_later_dates_are_told_as_dates(tmp_path: Path) -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d"))
    frame = pd.DataFrame({"day": days, "y": ["yes", "no"] * 30})
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = ("+preprocess=complex", *TREES, f"data={tmp_path / 'my.csv'}", "target=y", "columns.date=[day]")
    made = mlzoo.run(mlzoo.compose(*words, *QUICK), folder=tmp_path / "run")
    (notice,) = prediction.predict_rows(made, pd.DataFrame({"day": [f"2025-02-{day:02d}" for day in range(1, 8)]}))[1]
    assert "train split in 'day' (2025-02-01 to 2025-02-07; there 2024-01-" in notice


def test_empty_text_is_missing_in_every_source(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kind, x = rng.choice(["a", "b", "", " "], 80), rng.random(80).round(3)
    frame = pd.DataFrame({"kind": kind, "x": x, "y": np.where((kind == "a") ^ (x > 0.8), "yes", "no")})
    frame.to_csv(tmp_path / "my.csv", index=False)
    frame.to_parquet(tmp_path / "my.parquet")
    words = ("+preprocess=complex", *TREES, "target=y", *QUICK)
    made = [
        mlzoo.run(mlzoo.compose(*words, f"data={tmp_path / name}"), folder=tmp_path / name.replace(".", "-"))
        for name in ("my.csv", "my.parquet")
    ]
    assert made[0]["cv"] == made[1]["cv"]
    assert made[0]["data"]["train"]["gaps"] == ["kind"]
    told = [one["message"] for one in made[1]["findings"]]
    assert sum(one.endswith("in the column 'kind' empty or blank text is missing.") for one in told) == 1
    new = frame.drop(columns="y")
    found = [mlzoo.predict(one, new) for one in made]
    found += [mlzoo.predict(made[0], tmp_path / "my.parquet"), mlzoo.predict(made[1], tmp_path / "my.csv")]
    for one in found[1:]:
        pd.testing.assert_frame_equal(one, found[0], check_names=False, check_index_type=False)


def test_dates_that_stand_for_none_are_so_in_whatever_form(tmp_path: Path) -> None:
    days = pd.date_range("2020-01-14", periods=60)
    gone = np.arange(60) % 6 == 0
    frame = pd.DataFrame({"t": days.strftime("%Y-%m-%d"), "x": np.arange(60.0), "y": np.where(gone, "yes", "no")})
    frame.loc[gone, "t"] = "9999-12-31"
    path = write(frame, tmp_path / "my.csv")
    words = ("+preprocess=complex", *TREES, f"data={path}", "target=y", *QUICK, "columns.date=[t]")
    made = mlzoo.run(mlzoo.compose(*words, "read.na_values=[9999-12-31,-99]"), folder=tmp_path / "run")
    german = frame[["t", "x"]].assign(t=days.strftime("%d.%m.%Y"), x=frame["x"].map("{:.1f}".format))
    german.loc[gone, "t"] = "31.12.9999"
    german.loc[5, "x"] = "-99.0"
    german.to_parquet(tmp_path / "new.parquet")
    for new in (write(german, tmp_path / "new.csv"), tmp_path / "new.parquet", german):
        read = new_rows.read(made, new, "x", {}).frame
        assert pd.isna(read["t"]).tolist() == gone.tolist()
        assert pd.isna(read["x"]).sum() == 1
    told = prediction.predict_rows(made, german.replace("31.12.9999", "31.12.9998"))[1]
    assert sum("holds dates beyond the year 2200, such as '31.12.9998'" in note for note in told) == 1


def test_numbers_that_stand_for_none_in_new_rows_alone_are_told(churn: Record, tmp_path: Path) -> None:
    rows = customers().assign(months=np.where(np.arange(60) % 10 == 0, -999, customers()["months"]))
    for new in (rows, write(rows, tmp_path / "new.csv")):
        (note,) = [note for note in prediction.predict_rows(churn, new)[1] if "-999" in note]
        assert "In the column 'months' -999 stands in 10.0% of the rows, and all others are from" in note
    assert not any("stands in" in note for note in prediction.predict_rows(churn, customers())[1])
    high = churn["data"]["train"]["ranges"]["months"][1]
    known = {**churn["data"], "train": {**churn["data"]["train"], "ranges": {"months": [-999, high]}}}
    learnt = Record(churn.folder, {**churn.content, "data": known})
    assert not any("-999" in note for note in prediction.predict_rows(learnt, rows)[1])


def test_signs_are_those_of_the_train_file(churn: Record, tmp_path: Path) -> None:
    told = {**churn["data"], "train": {**churn["data"]["train"], "signs": {"months": ["%", "47%"]}}}
    rows, file = customers().assign(months="47%"), tmp_path / "new.csv"
    rows.to_csv(file, index=False)
    with pytest.raises(DataError, match=r"'months' holds '47%', but numbers without a sign in the train split"):
        prediction.predict_rows(churn, file)
    signed = Record(churn.folder, {**churn.content, "data": told})
    assert [note for note in prediction.predict_rows(signed, file)[1] if "without a sign" in note] == []
    notices = prediction.predict_rows(signed, customers().assign(months=0.5))[1]
    (told_of,) = (note for note in notices if "sign" in note)
    assert "'months' holds 0.5 without a sign, and numbers such as '47%' in the train" in told_of
    assert told_of.endswith("in the train split: '47%' is 47 here; multiply by 100 where these are shares.")
    rows.assign(months="47%")[["plan", "paper"]].assign(months=0.5).to_csv(file, index=False)
    with pytest.raises(DataError, match=r"'months' holds '0.5', but numbers such as '47%' in the train split: write"):
        prediction.predict_rows(signed, file)
    rows.assign(months="$5").to_csv(file, index=False)
    with pytest.raises(DataError, match=r"'months' holds '\$5', but numbers such as '47%' in the train split: write"):
        prediction.predict_rows(signed, file)


# -- categories that the train split did not have -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["0007", None, "AB"], [], id="known"),
        pytest.param(["0007", "x", "y"], ["'c': 2 of 3 rows hold values that the train split did not ("], id="some"),
        pytest.param(["x", "x", None], ["'c': NONE of its values stood in the train split ('x'; there '00"], id="all"),
        pytest.param(["7", "10", "7"], ["be wrong; '7' may be '0007' without its leading zeros: write"], id="zeros"),
        pytest.param(["7", "0010"], ["did not ('7'); '7' may be '0007' without its leading zeros"], id="some-zeros"),
        pytest.param([None, None], [], id="missing"),
    ],
)
def test_categories_that_the_train_split_did_not_have(values: list[Any], expected: list[str]) -> None:
    rows = pd.DataFrame({"c": pd.Series(values, dtype="str")})
    told = [note for _, note, _, _ in unseen_categories(rows, {"c": ["0007", "0010", "AB"], "gone": ["a"]})]
    assert len(told) == len(expected)
    assert all(words in one for words, one in zip(expected, told, strict=True))


def test_categories_are_kept_with_the_pipeline(churn: Record, worth: Record, tmp_path: Path) -> None:
    assert record.read_categories(churn.folder) == {"plan": ["basic", "plus"]}
    new = customers(9)[["months", "plan", "paper"]].assign(plan="gold")
    (told,) = prediction.predict_rows(churn, new)[1]
    assert told.startswith("The DataFrame: column 'plan': NONE of its values stood in the train split ('gold'; there")
    shutil.copytree(churn.folder, tmp_path / "run")
    (tmp_path / "run" / record.CATEGORIES).unlink()  # as of an earlier release
    assert prediction.predict_rows(record.load(tmp_path / "run"), new)[1] == []
    (tmp_path / "run" / record.CATEGORIES).write_text("{")
    with pytest.raises(RecordError, match=r"categories\.json cannot be read"):
        prediction.predict_rows(record.load(tmp_path / "run"), new)


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (pd.Categorical([1, 2, 3, 4]), None),
        (pd.array(["1", "2", "3", "4"], dtype="string"), None),
        (pd.date_range("2026-01-01", periods=4), "'months' is taken for numbers"),
        (pd.period_range("2026-01", periods=4), "'months' is taken for numbers"),
        (np.arange(4) * 1j, "'months' is taken for numbers"),
        (pd.interval_range(0, 4), "'months' is taken for numbers"),
        ([(1, 2)] * 4, "'months' holds values of the type tuple"),
    ],
)
def test_columns_of_odd_types(churn: Record, months: Any, words: str | None) -> None:
    new = customers(4)[["plan", "paper"]].assign(months=months)
    if words is None:
        assert len(prediction.predict_rows(churn, new)[0]) == 4
    else:
        with pytest.raises(DataError, match=words):
            prediction.predict_rows(churn, new)


def test_booleans_of_the_train_split_are_such_in_new_rows(churn: Record) -> None:
    new = customers(4)[["months", "plan"]]
    words, truths = (prediction.predict_rows(churn, new.assign(paper=[*one])) for one in ("nyny", [0, 1, 0, 1]))
    pd.testing.assert_frame_equal(words[0], truths[0])
    with pytest.raises(DataError, match=r"'paper' is taken for true or false \(as in .*, but holds 'ja' in row 0"):
        prediction.predict_rows(churn, new.assign(paper="ja"))


# -- options of reading -------------------------------------------------------------------------------------------


def test_a_file_may_be_read_otherwise_than_the_train_file(churn: Record, tmp_path: Path) -> None:
    new = customers(9)[["months", "plan", "paper"]].fillna({"plan": "n.v.", "months": -99})
    path = write(new, tmp_path / "new.csv", sep="~", decimal=",")
    plain, _ = prediction.predict_rows(churn, customers(9))
    given = ("read.sep='~'", "read.decimal=','", "read.na_values=['n.v.',-99]")
    words = ["predict", str(churn.folder), str(path), "-o", str(tmp_path / "out.csv")]
    assert cli.dispatch([*words, *given]) == cli.dispatch([*words[:3], *given, *words[3:]]) == 0
    told = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(told["proba_yes"], plain["proba_yes"])
    options = {"sep": "~", "decimal": ",", "na_values": ["n.v.", -99]}
    assert mlzoo.predict(churn, path, read=options)["prediction"].tolist() == plain["prediction"].tolist()
    with pytest.raises(ConfigError, match=r"says how a file is read, and The DataFrame is none"):
        mlzoo.predict(churn, new, read=options)
    with pytest.raises(DataError, match=r"It was read with read\.sep='\|': write it as .* or pass .* read\.KEY=VALUE"):
        mlzoo.predict(churn, path, read={"sep": "|"})


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("read.seperator=tab", "read.seperator: there is no such key. Did you mean 'read.sep'? There are: read.sep, "),
        ("raed.sep=tab", "only read.KEY=VALUE can be given. Did you mean 'read.sep'?"),
        ("target=y", "only read.KEY=VALUE can be given."),
        ("read.sep=tab,space", "only read.KEY=VALUE can be given."),
        ("read.skiprows=many", "read.skiprows: Value 'many' of type 'str' could not be converted to Integer."),
        ("b.csv", "'b.csv' is not read.KEY=VALUE, and one file is predicted at a time."),
        ("read.sep=;", "read.sep=;: this cannot be read as KEY=VALUE. A text with other signs than"),
    ],
)
def test_options_that_predict_does_not_take(churn: Record, home: Path, tmp_path: Path, word: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cli.dispatch(["predict", str(churn.folder), str(home / "old.csv"), "-o", str(tmp_path / "out.csv"), word])
    assert words in str(caught.value)


def test_which_number_is_the_day_may_be_said_of_new_rows(churn: Record) -> None:
    columns = {**churn["data"]["columns"], "date": ["d"], "monthfirst": ["d"]}
    run = Record(churn.folder, {**churn.content, "data": {**churn["data"], "columns": columns}})
    plain = new_rows.kinds_of(run, {})
    assert plain == {**columns, "boolean": ["paper"]}
    assert new_rows.kinds_of(run, {"dayfirst": True}) == {**plain, "dayfirst": ["d"], "monthfirst": []}


def test_a_flag_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["predict", "run", "new.csv", "-o", "out.csv", "--sep=x"], ["rerun", "run", "read.sep=tab"]):
        with pytest.raises(SystemExit):
            cli.dispatch(words)
        assert f"mlzoo {words[0]}: error: unrecognized arguments: {words[-1]}" in capsys.readouterr().err


def test_what_is_told_of_new_rows_has_no_advice_for_the_train_file(churn: Record, tmp_path: Path) -> None:
    lines = [f"{1 + i};1.{i:03d},5;0{i};0{i}" for i in range(5)]
    (tmp_path / "new.csv").write_text("\n".join(["plan;months;paper;zip", *lines]))
    read = new_rows.read(churn, tmp_path / "new.csv", "new.csv", {})
    assert any("'.' separates thousands, as in '1.000,5'" in note for note in read.notes)
    assert any("'zip' is written with leading zeros, as in '00': codes, not numbers" in note for note in read.notes)
    assert not any("'paper'" in note for note in read.notes)  # which is taken for numbers, as in the train file
    assert not any("columns." in note for note in read.notes)


def test_what_the_run_was_told_is_not_said_again() -> None:
    told = [
        "read with the separator ';' (read.sep)",
        "in the column 'a' the sign '%' is left out: '8%' is read as 8 ('columns.category=[a]' keeps it as text)",
        "in the column 'b' '(5.5)' is read as -5.5 ('columns.category=[b]' keeps it as text)",
        "in the column 'c' ',' separates thousands, as in '1,234' ('columns.category=[c]' keeps it as text)",
        "a row has fewer fields than the header, the rest is missing (first: line 4)",
    ]
    findings = [{"check": "dialect", "message": f"old.csv: {note}."} for note in told]
    run = Record(Path(), {"data": {"train": {"source": "old.csv"}}, "findings": findings})
    again = [
        *("read with the separator ';' (read.sep)", "in the column 'a' the sign '%' is left out: '9%' is read as 9"),
        *("in the column 'b' '(7.5)' is read as -7.5", "in the column 'c' ',' separates thousands, as in '5,000'"),
        "so in 2 columns more",
    ]
    news = [
        *("read with the separator '|' (read.sep)", "in the column 'a' the sign '$' is left out: '$9' is read as 9"),
        *("in the column 'd' ',' separates thousands, as in '5,000'", "so in 2 columns more"),
        "a row has fewer fields than the header, the rest is missing (first: line 9)",
    ]
    assert prediction._news([*again, *news], run) == news
    assert prediction._news(again, Record(Path(), {**run.content, "findings": None})) == again


def test_a_multirun_that_is_not_done_says_so(
    churn: Record,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """So does the board of a set with a run that failed; a run, or a comparison of runs that are done, does not."""
    (tmp_path / "sweep").mkdir()
    shutil.copytree(churn.folder, tmp_path / "sweep" / "0")
    words = (str(home / "old.csv"), "-o", str(tmp_path / "out.csv"))

    def told(folder: str) -> bool:
        assert cli.dispatch(["predict", str(tmp_path / folder), *words]) == 0
        return "not all of its rows are done" in capsys.readouterr().err

    assert not told("sweep")
    (tmp_path / "sweep" / "multirun.yaml").write_text("hydra: {}\n")
    assert told("sweep")
    mlzoo.predict(tmp_path / "sweep", customers(2))
    assert "not all of its rows are done" in caplog.text
    rows = leaderboard.board([record.load(tmp_path / "sweep" / "0")])
    leaderboard.write(rows, tmp_path / "sweep", complete=True)
    assert not told("sweep")
    assert not told("sweep/0")
    (tmp_path / "both").mkdir()
    leaderboard.write(rows, tmp_path / "both")
    assert not told("both")
    shutil.copytree(churn.folder, tmp_path / "sweep" / "1")
    Record(tmp_path / "sweep" / "1", {**churn.content, "status": "failed"}).save()
    (tmp_path / "sweep" / "churn").mkdir()
    leaderboard.write(leaderboard.board(record.find(tmp_path / "sweep")), tmp_path / "sweep" / "churn")
    assert told("sweep/churn")  # as of a set


def test_a_choice_by_the_test_split_says_so(
    churn: Record, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of such rows none is called the best."""
    for at in range(2):
        folder = tmp_path / "sweep" / str(at)
        shutil.copytree(churn.folder, folder)
        held = {**churn.content, "validation": {**churn["validation"], "optimistic": True}}
        Record(folder, held).save()
    words = (str(home / "old.csv"), "-o", str(tmp_path / "out.csv"))
    for folder, said in ((tmp_path / "sweep", True), (tmp_path / "sweep" / "0", False)):
        assert cli.dispatch(["predict", str(folder), *words]) == 0
        assert ("ranked by the test split (validation=holdout)" in capsys.readouterr().err) == said
