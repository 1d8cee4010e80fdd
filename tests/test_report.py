"""The page: its structure, that its numbers are the leaderboard's, and that nothing in it is markup but its own."""

import dataclasses
import html
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from mlzoo import console, record, report, text
from mlzoo.board import comparison, leaderboard, oof, overall
from mlzoo.board.comparison import Comparison
from mlzoo.errors import listed
from mlzoo.record import Record
from mlzoo.report import details, figures, files, look, measures, script_json, tuned
from mlzoo.report.diagram import read_diagram
from mlzoo.stats.paired import Pairs
from tests.report_rows import sweep

CELLS = [("simple", "lr"), ("complex", "lr"), ("complex", "rf")]
VOID = {"meta", "input", "link", "br", "img", "hr", "wbr"}
OUTSIDE = re.compile(r"^(https?:|//|ftp:|file:|javascript:)", re.IGNORECASE)


class Page(HTMLParser):
    """What a page holds: its elements in order, and the text within each."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one: tuple[str, dict[str, str], list[str]] = (tag, {key: value or "" for key, value in attrs}, [])
        self.elements.append(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, held in self._open:
            held.append(data)

    def find(self, tag: str, **attrs: str) -> list[tuple[dict[str, str], str]]:
        return [
            (have, " ".join("".join(held).split()))
            for name, have, held in self.elements
            if name == tag and all(have.get(key.rstrip("_").replace("_", "-")) == value for key, value in attrs.items())
        ]

    def payload(self) -> dict[str, Any]:
        ((_, held),) = self.find("script", id="payload")
        found: dict[str, Any] = json.loads(held)
        return found

    def lines(self, *, dummy: bool = False) -> list[dict[str, tuple[str, str]]]:
        """The leaderboard's lines, the dummy's left out or in: of each column the value and the text."""
        found: list[dict[str, tuple[str, str]]] = []
        for name, have, held in self.elements:
            if name == "tr" and "data-find" in have:
                found.append({})
            if found and name in ("td", "th") and "data-value" in have:
                found[-1][have.get("data-key", "row")] = (have["data-value"], " ".join("".join(held).split()))
        return [line for line in found if dummy or line["row"][0] != "dummy"]


def built(records: list[Record], folder: Path, **changes: Any) -> Page:
    return Page(report.build(dataclasses.replace(comparison.make(records), **changes), folder))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return sweep(tmp_path_factory.mktemp("sweep"), CELLS)


@pytest.fixture(scope="module")
def page(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Page:
    return built(records, tmp_path_factory.mktemp("page"))


# -- structure ----------------------------------------------------------------------------------------------------


def test_one_file_that_links_to_nothing_outside(page: Page) -> None:
    links = [have[key] for _, have, _ in page.elements for key in ("src", "href", "action", "data") if key in have]
    assert links
    assert all(link.startswith("#") for link in links)
    assert [have for _, have, _ in page.elements if any(key.startswith("on") for key in have)] == []
    css = page.find("style")[0][1]
    assert "url(" not in css
    assert "@import" not in css
    assert {name for name, _, _ in page.elements} & {"iframe", "object", "embed", "img", "link", "base"} == set()


def test_without_javascript_it_says_what_is_missing(page: Page) -> None:
    assert "Without JavaScript there are no charts" in page.find("div", class_="notice")[0][1]
    hidden = page.find("noscript")[0][1].partition("{ display: none")[0]
    assert all(part in hidden for part in (".plot", ".key", ".tools", ".hint", ".copy", "#theme"))


def test_every_anchor_leads_somewhere(page: Page) -> None:
    ids = [have["id"] for _, have, _ in page.elements if "id" in have]
    assert len(ids) == len(set(ids))
    assert {have["href"][1:] for have, _ in page.find("a")} <= set(ids)
    assert {have["for"] for have, _ in page.find("label")} <= set(ids)


def test_doubts_stand_below_the_answer_and_lead_to_all_findings(page: Page) -> None:
    ((_, said),) = [one for one in page.find("div", class_="notice") if "Mind the findings" in one[1]]
    assert said == "Mind the findings: It looks odd. Pass: 'drop it'"
    assert [text for _, text in page.find("a", href="#findings")] == ["Findings", "findings"]
    assert "It looks odd." in page.find("section", id="findings")[0][1]


@pytest.mark.parametrize(("score", "low", "high"), [(1.0, 0.97, 1.01), (0.0, -0.01, 0.03), (0.5, 0.47, 0.53)])
def test_the_axis_of_equal_scores_is_about_them(tmp_path: Path, score: float, low: float, high: float) -> None:
    records = sweep(tmp_path, CELLS[:2], trials=3, rows=40, cv={"accuracy": [score] * 10, "roc_auc": [score] * 10})
    drawn = figures.cost(comparison.make(records), "fit_s", "fit")
    assert drawn is not None
    ends = drawn["layout"]["yaxis"]["range"]
    assert low < ends[0] < score < ends[1] < high


def test_tables_have_headers(page: Page) -> None:
    scopes = [have.get("scope") for have, _ in page.find("th")]
    assert set(scopes) == {"col", "row"}
    sorts = [have["aria-sort"] for have, _ in page.find("th") if "aria-sort" in have]
    assert sorts == ["ascending", *["none"] * (len(sorts) - 1)]
    assert len(page.find("option")) == len(CELLS)


def test_every_chart_has_a_title_a_sentence_and_units(page: Page) -> None:
    plots = page.find("div", class_="plot")
    drawn = page.payload()["figures"]
    assert {have["data-figure"] for have, _ in plots} == set(drawn)
    titles = [held for _, held in page.find("figcaption")]
    for have, _ in plots:
        assert have["role"] == "img"
        assert re.fullmatch(r".{5,}\. .{15,}\.", have["aria-label"]), have["aria-label"]
        assert " ".join(have["aria-label"].partition(". ")[2].split()) in " ".join(titles)
        layout = drawn[have["data-figure"]]["layout"]
        named = [layout[axis].get("title", {}).get("text") for axis in ("xaxis", "yaxis")]
        assert named[0], have["data-figure"]
        assert named[1] or "ticktext" in layout["yaxis"], have["data-figure"]


def test_the_charts_of_a_tuned_classification(page: Page) -> None:
    names = {have["data-figure"].removeprefix("row-0-") for have, _ in page.find("div", class_="plot")}
    names = {name for name in names if not name.startswith("row-")}
    slices = {"slice-0", "slice-1", "slice-2"}
    rows = {"confusion", "roc", "pr", "calibration", "importance", "history"}
    assert names == {"zoo", "folds", "differences", "pairs", "cost-fit", "cost-predict"} | rows | slices
    label = page.find("div", data_figure="row-0-history")[0][0]["aria-label"]
    assert "of which the race stopped 12 early" in label
    assert "folds are not those of the row" not in label


def test_the_pipeline_is_drawn_anew(page: Page, records: list[Record]) -> None:
    node = read_diagram(records[0].folder / "pipeline.html")
    assert node is not None
    assert [node.lines, *(step.lines for step in node.steps)] == [["Pipeline"], ["StandardScaler"], ["Made<b>Up"]]
    assert node.steps[1].params == [("C", "0.125")]
    assert any("Made<b>Up" in held for _, held in page.find("div", class_="step-name"))


# -- numbers ------------------------------------------------------------------------------------------------------

NEW = ("cv_low", "cv_high", "gap", "gap_low", "gap_high", "p", "worse", "equivalent", "better")


def test_the_test_split_against_the_best_row(records: list[Record], tmp_path: Path) -> None:
    made = comparison.make(records)
    assert next(row["test_p"] for row in made.rows) == 1.0
    path = report.build(made, tmp_path)
    told = [f"{text.p_value(row['test_p'])} {row['test_won']} : {row['test_lost']}" for row in made.rows[1:]]
    assert [line["test_p"][1] for line in Page(path).lines()] == ["", *told]
    page = path.read_text()
    alone = Page(report.build(comparison.make(records[:1]), tmp_path / "alone"))
    assert "test_p" not in alone.lines()[0]
    for at, row in enumerate(made.rows):
        shown = f"and the best row {row['test_lost']} that it did not: p {text.p_value(row['test_p'])} (McNemar"
        assert page.count(shown) >= (at > 0)
    assert page.count("(McNemar&#39;s exact test") == len(made.rows) - 1


def test_numbers_are_those_of_the_rows(records: list[Record], tmp_path: Path) -> None:
    made = comparison.make(records)
    for at, row in enumerate(made.rows):
        row.update({key: 0.01 * (at + number) for number, key in enumerate(NEW)}, tied=at == 1)
    lines = Page(report.build(made, tmp_path)).lines()
    assert len(lines) == len(made.rows)
    for line, row in zip(lines, made.rows, strict=True):
        assert line["row"][0] == row["row"]
        for key in ("rank", "cv_mean", "gap", "p", "worse", "test", "baseline_gap", "fit_s", "predict_s", "trials"):
            assert float(line[key][0]) == row[key]
        assert line["cv_mean"][1] == f"{row['cv_mean']:.4f} {row['cv_low']:.4f} to {row['cv_high']:.4f}"
        assert line["test"][1] == f"{row['test']:.4f} {row['test_low']:.4f} to {row['test_high']:.4f}"
        told = f"{row['gap']:+.4f} {row['gap_low']:+.4f} to {row['gap_high']:+.4f}"
        assert line["gap"][1] == ("" if row["rank"] == 1 else told)  # the best row is not compared with itself
        assert line["baseline_gap"][1] == f"{row['baseline_gap']:+.4f}"
        assert line["trials"][1] == "25 12 stopped early"
    assert lines[0]["row"][1].endswith("best")
    assert lines[1]["row"][1].endswith("tied")


def test_further_metrics_are_the_last_columns(records: list[Record], page: Page) -> None:
    heads = [held for have, held in page.find("button") if "data-key" in have]
    assert heads[-3:] == ["Trials", "other, mean of folds", "other, test split"]
    for line in page.lines(dummy=True):
        dummy = line["row"][0] == "dummy"
        assert list(line)[-2:] == ["cv_other", "test_other"]
        assert line["cv_other"] == ("0.4", "0.4000") if dummy else ("0.5", "0.5000")
        assert line["test_other"][1] == ("0.4000" if dummy else "0.5000")


def test_a_heading_has_the_better_end_of_its_column_first(page: Page) -> None:
    first = {have["data-key"]: have["data-first"] for have, _ in page.find("button") if "data-key" in have}
    falling = ["cv_mean", "gap", "p", "test", "test_p", "baseline_gap", "cv_other", "test_other"]
    assert [key for key, order in first.items() if order == "descending"] == falling
    assert [first[key] for key in ("rank", "row", "worse", "fit_s", "predict_s", "trials")] == ["ascending"] * 6


def test_what_is_not_known_is_a_dash(records: list[Record], tmp_path: Path) -> None:
    known = comparison.make(records)
    rows = [{**row, **dict.fromkeys(NEW), "tied": None} for row in known.rows]
    page = built(records, tmp_path, rows=rows, pairs=None)
    for line in page.lines():
        assert [line[key] for key in ("gap", "p", "worse")] == [("", "–")] * 3
    assert "pairs" not in page.payload()["figures"]


def test_pairs_and_differences(records: list[Record], tmp_path: Path) -> None:
    gaps = np.array([[0, 0.1, 0.2], [-0.1, 0, 0.1], [-0.2, -0.1, 0]])
    p = np.array([[1, 0.2, 0.01], [0.2, 1, 0.04], [0.01, 0.04, 1]])
    statistics = {"pairs": pairs_of(gaps, 0.05, p), "rope": 0.01}
    dummy = dict.fromkeys(leaderboard.COLUMNS) | {"row": "dummy", "cv_mean": 0.5, "test": 0.5}
    expected = {"value": 0.7, "low": 0.6, "high": 0.8, "uncorrected": 0.72, "nested": False}
    page = built(records, tmp_path, **statistics, dummy=dummy, expected=expected)
    drawn = page.payload()["figures"]
    assert drawn["pairs"]["data"][0]["z"] == [[None, 0.1, 0.2], [-0.1, None, 0.1], [-0.2, -0.1, None]]
    assert "2 of 3 pairs differ" in page.find("div", data_figure="pairs")[0][0]["aria-label"]
    middle = drawn["differences"]["data"][1]
    ends = [gaps[1, 0] + 0.05 - middle["x"][0], gaps[2, 0] + 0.05 - middle["x"][1]]
    assert middle["error_x"]["array"] == pytest.approx(ends, abs=1e-5)
    band = next(shape for shape in drawn["differences"]["layout"]["shapes"] if shape["type"] == "rect")
    assert (band["x0"], band["x1"]) == (-0.01, 0.01)
    assert page.lines(dummy=True)[-1]["row"] == ("dummy", "dummy")
    assert any("0.6000 to 0.8000" in held for _, held in page.find("dd"))


def test_fold_scores_are_the_records(records: list[Record], page: Page) -> None:
    spread = page.payload()["figures"]["folds"]["data"][0]
    first = max(records, key=lambda one: float(np.mean(one["cv"]["accuracy"])))
    of_first = [x for x, y in zip(spread["x"], spread["y"], strict=True) if y == 0]
    assert of_first == pytest.approx(first["cv"]["accuracy"], rel=1e-5)


@pytest.mark.parametrize("ties", [False, True])
def test_curves_are_scikit_learns(ties: bool) -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(3000) < 0.3
    score = rng.normal(positive, 1)
    score = score.round(1) if ties else score
    x, y, area = measures.roc(positive, score)
    assert area == pytest.approx(roc_auc_score(positive, score))
    thin = measures.thinned(x, y)
    assert len(thin[0]) <= 200
    assert float(np.trapezoid(thin[1], thin[0])) == pytest.approx(area, abs=0.002)
    assert measures.precision_recall(positive, score)[2] == pytest.approx(average_precision_score(positive, score))
    assert np.isnan(measures.roc(np.ones(3, bool), np.arange(3))[2])
    assert np.isnan(measures.precision_recall(np.zeros(3, bool), np.arange(3))[2])


def test_measures() -> None:
    counts = measures.confusion(np.array([0, 0, 1, 2, -1]), np.array([0, 1, 1, 0, 0]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    bins = measures.calibration(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9]), 2)
    assert [(one["mean"], one["share"]) for one in bins] == [(pytest.approx(0.15), 0), (pytest.approx(0.85), 1)]
    assert measures.calibration_error(bins) == pytest.approx(0.15)
    assert measures.pareto([0.5, 0.7, 0.6, 0.9], [1, 2, 3, 4]) == [0, 1, 3]


def test_raced_trials_get_an_estimate(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(
        "trial,state,value,fold_0,fold_1,p,error\n0,complete,0.8,0.7,0.9,1,\n1,raced,,0.6,,x,\n2,failed,,,,,boom\n"
    )
    trials = files.read_trials(tmp_path / "trials.csv")
    assert trials is not None
    assert trials.value == [0.8, pytest.approx(0.7), None]
    assert trials.params == {"p": [1.0, "x", None]}
    assert tuned.weigh(trials) == {}


def test_of_many_trials_some_are_drawn_and_the_best(tmp_path: Path) -> None:
    values: list[float | None] = [None if at % 7 == 0 else at / 5000 for at in range(5000)]
    params: dict[str, list[float | str | None]] = {"models.type.C": [float(at) for at in range(5000)]}
    trials = files.Trials(list(range(5000)), ["complete"] * 5000, values, params)
    few = files.thinned_trials(trials, 200)
    assert 200 <= len(few.number) <= 201
    assert max(value for value in few.value if value is not None) == 4999 / 5000
    drawn = tuned.history("x", "accuracy", trials, 4999, 200)
    assert "5,000 trials" in drawn["note"]
    assert len(drawn["data"][0]["x"]) <= 201
    (one,) = tuned.slices("x", "accuracy", trials, [], 200)
    assert one["data"][1]["x"] == [4999.0]


def test_of_many_trials_all_that_are_far_below_are_counted() -> None:
    values: list[float | None] = [-2.0 - at if at < 30 else -0.5 - at / 1e5 for at in range(1000)]
    params: dict[str, list[float | str | None]] = {"p": [float(at) for at in range(1000)]}
    trials = files.Trials(list(range(1000)), ["complete"] * 1000, values, params)
    (chart,) = tuned.slices("x", "neg_log_loss", trials, [], 200)
    for drawn in (chart, tuned.history("x", "neg_log_loss", trials, 30, 200)):
        assert "Too far below to be drawn: 30 trials, down to -31.0000." in drawn["note"]


def test_trials_far_below_do_not_squeeze_the_others() -> None:
    values: list[float | None] = [-2.0, *(-0.5 - at / 1000 for at in range(20)), None]
    params: dict[str, list[float | str | None]] = {"p": [float(at) for at in range(22)]}
    trials = files.Trials(list(range(22)), ["complete"] * 21 + ["failed"], values, params)
    (chart,) = tuned.slices("x", "neg_log_loss", trials, [], 200)
    for drawn in (chart, tuned.history("x", "neg_log_loss", trials, 1, 200)):
        low, high = drawn["layout"]["yaxis"]["range"]
        assert -0.53 < low < -0.519
        assert -0.5 < high < -0.49
        assert "Too far below to be drawn: 1 trial, down to -2.0000." in drawn["note"]
    few = [0.6167, 0.6267, 0.6267, 0.63]  # of so few the quarters say nothing of what is far
    for some in ([-0.5] * 20, [-0.5 - at / 10 for at in range(20)], [-0.5], few):
        alike = files.Trials(list(range(len(some))), ["complete"] * len(some), [*some], {})
        assert "range" not in tuned.history("x", "neg_log_loss", alike, 0, 200)["layout"]["yaxis"]


@pytest.mark.parametrize("trials", [1, 3])
def test_out_of_fold_predictions_are_read_of_one_trial_alone(tmp_path: Path, trials: int) -> None:
    label = np.arange(trials * 2 * 4, dtype=np.int16).reshape(trials, 2, 4)
    score = np.random.default_rng(0).random((trials, 2, 4, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", label=label, score=score)
    for at in range(trials):
        assert (oof.read_slice(tmp_path / "a.npz", "label", at) == label[at]).all()
        assert (oof.read_slice(tmp_path / "a.npz", "score", at) == score[at]).all()
    np.savez_compressed(tmp_path / "b.npz", label=label)
    with pytest.raises(ValueError, match="not as a run writes it"):
        oof.read_slice(tmp_path / "b.npz", "label", 0)


def test_the_parameter_that_matters_counts_most() -> None:
    rng = np.random.default_rng(0)
    c, noise = rng.uniform(1, 2, 60), rng.random(60)
    params: dict[str, list[float | str | None]] = {"models.type.noise": noise.tolist(), "models.type.C": c.tolist()}
    trials = files.Trials(list(range(60)), ["complete"] * 60, (-((c - 1.5) ** 2)).tolist(), params)
    weights = tuned.weigh(trials)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["models.type.C"] > 0.9
    assert list(weights) == ["models.type.C", "models.type.noise"]
    drawn = tuned.parameters("x", weights)
    assert drawn["note"].startswith("C counts most: 9")
    same = tuned.weigh(dataclasses.replace(trials, params={"b": params["models.type.C"], "a": params["models.type.C"]}))
    assert list(same) == ["b", "a"]  # of equal weights as they stand, not by chance


def test_where_no_parameter_matters_none_counts_most() -> None:
    rng, told = np.random.default_rng(0), 0
    for _ in range(20):
        params: dict[str, list[float | str | None]] = {
            "preprocess.type.imputation": rng.choice(["mean", "median"], 40).tolist(),
            "models.type.C": rng.uniform(1, 2, 40).tolist(),
        }
        trials = files.Trials(list(range(40)), ["complete"] * 40, rng.normal(size=40).tolist(), params)
        told += bool(tuned.weigh(trials))
    assert told <= 3


# -- escaping -----------------------------------------------------------------------------------------------------

EVIL = "<script>alert(1)</script>"


def test_nothing_that_was_given_becomes_markup(tmp_path: Path) -> None:
    image = '<img src=x onerror="alert(2)">'
    error = {"type": "FitError", "message": f"{EVIL} </script>", "traceback": f"{image}\u2028"}
    records = sweep(tmp_path / "sweep", [("simple", EVIL), (image, "b")], classes=[EVIL, "b"], columns=(EVIL, image))
    values = [{"row": at, EVIL: f"{EVIL}{at}", image: image} for at in range(100)]
    record.write_csv(records[0].folder / "wrong.csv", values, ("row", EVIL, image))
    failed = sweep(tmp_path / "failed", [(f"x{EVIL}", "y")], status="failed", error=error, cv=None, test=None)
    page = built([*records, *failed], tmp_path, sentence=f"{EVIL} wins")
    assert page.find("h1")[0][1] == f"{EVIL} wins"
    assert {name for name, _, _ in page.elements} & {"img", "b"} == set()
    assert len(page.find("script")) == 3
    assert (
        sum(held[-1].isdigit() for _, held in page.find("td") if held.startswith(EVIL)) == 10
    )  # of rows that are wrong
    assert [line["row"][0] for line in page.lines()].count(f"simple-{EVIL}") == 1
    assert error["traceback"].strip() in " ".join(held for _, held in page.find("pre"))
    payload = json.dumps(page.payload()["figures"], ensure_ascii=False)
    assert "<script" not in payload  # Plotly reads some markup itself
    assert "&lt;script&gt;" in payload
    assert "<img" not in payload


def test_json_cannot_end_its_script() -> None:
    content = {"a": "</script><!-- & \u2028\u2029", "b": [float("nan"), np.float64(1.5)]}
    held = script_json(content)
    assert re.search("[<>&\u2028\u2029]", held) is None
    assert json.loads(held) == {"a": content["a"], "b": [None, 1.5]}


def test_texts() -> None:
    assert [text.p_value(value) for value in (None, 0.0004, 0.04)] == ["–", "<0.001", "0.040"]
    assert [text.seconds(value) for value in (None, 0.0012, 0.5, 12.34)] == ["–", "0.0012", "0.500", "12.3"]
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(list("abcdef")) == "a, b, c and 3 more"
    names = text.distinct(["a" * 50 + "x" + "b" * 20, "a" * 50 + "y" + "b" * 20])
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 40


# -- rows of all kinds --------------------------------------------------------------------------------------------


def test_regression(tmp_path: Path) -> None:
    records = sweep(tmp_path, [("simple", "ridge"), ("complex", "ridge")], regression=True, rows=6000)
    page = built(records, tmp_path)
    drawn = page.payload()["figures"]
    assert {"row-0-values", "row-0-residuals"} <= set(drawn)
    assert "row-0-roc" not in drawn
    assert max(len(trace["x"]) for trace in drawn["row-0-values"]["data"]) == 2000
    assert "Root mean squared error" in page.find("div", data_figure="row-0-values")[0][0]["aria-label"]
    for name in ("values", "residuals"):
        told = page.find("div", data_figure=f"row-0-{name}")[0][0]["aria-label"]
        assert "some are drawn: 2,000 of 12,000 out of fold" in told
    assert {"Truth", "Predicted", "predicted − true"} <= {held for _, held in page.find("th", class_="number")}


def test_values_far_from_zero_stay_apart_in_charts() -> None:
    truth = np.linspace(101_300.0, 101_350.0, 101)
    part = files.Predicted(np.arange(101), truth, truth + 0.25, score=None, probabilities=False, ranked=None)
    against, left = details.of_values("row", "pressure", [("test split", part)], 200)
    for trace, key in ((against["data"][0], "x"), (against["data"][0], "y"), (left["data"][0], "x")):
        assert len(set(trace[key])) == 101
        assert trace[key] == pytest.approx(truth + 0.25 * (trace is left["data"][0] or key == "y"), abs=0.06)


def test_several_classes(tmp_path: Path) -> None:
    page = built(sweep(tmp_path, [("simple", "lr")], classes=["a", "b", "c"]), tmp_path)
    drawn = page.payload()["figures"]
    assert [trace["name"].split()[0] for trace in drawn["row-0-roc"]["data"]] == ["a", "b", "c"]
    assert np.shape(drawn["row-0-confusion"]["data"][0]["z"]) == (3, 3)
    assert "zoo" not in drawn  # of one row there is nothing to compare
    assert not {"gap", "p", "worse", "test_p"} & set(page.lines()[0])
    assert "differences" not in drawn


def test_lines_of_many_classes_differ_by_more_than_colour(tmp_path: Path) -> None:
    page = built(sweep(tmp_path, [("simple", "lr")], classes=list("abcdefghij")), tmp_path)
    lines = [trace["line"] for trace in page.payload()["figures"]["row-0-roc"]["data"]]
    assert [line["dash"] for line in lines] == ["solid"] * 4 + ["dash"] * 4 + ["dot"] * 2
    shapes = [have["class"] for have, _ in page.find("i") if have.get("class") in ("line", "dash", "dotted")]
    assert shapes[:10] == ["line"] * 4 + ["dash"] * 4 + ["dotted"] * 2


@pytest.mark.parametrize("classes", [10, 12])
def test_the_confusion_of_many_classes_can_be_read(tmp_path: Path, classes: int) -> None:
    names = [f"<{at}> & co" for at in range(classes)]
    page = built(sweep(tmp_path, [("simple", "lr")], classes=names), tmp_path)
    drawn = page.payload()["figures"]["row-0-confusion"]
    counts = [[int(cell.split("<br>")[0].replace(",", "")) for cell in line] for line in drawn["data"][0]["text"]]
    most, truth, said = max((counts[i][j], -i, -j) for i in range(classes) for j in range(classes) if i != j)
    note = next(have["aria-label"] for have, _ in page.find("div", data_figure="row-0-confusion"))
    assert f"Most often mistaken: {names[-truth]} for {names[-said]}, {most} time" in note
    numbers = bool(drawn["data"][0]["texttemplate"])
    assert drawn["data"][0]["showscale"] is not numbers  # cells without numbers have the scale of their colours
    assert ("The colour is the share of the true class." in note) is not numbers


def test_curves_and_what_is_said_of_them_name_classes_alike(tmp_path: Path) -> None:
    classes = [f"a long label <{at}> of a class & more of it" for at in range(3)]
    page = built(sweep(tmp_path, [("simple", "lr")], classes=classes), tmp_path)
    note = next(have["aria-label"] for have, _ in page.find("div", data_figure="row-0-roc"))
    shown = [html.unescape(trace["name"]) for trace in page.payload()["figures"]["row-0-roc"]["data"]]
    assert all(name in note for name in shown)
    assert not any(name in note for name in classes)  # which would take more room than the chart


def test_rows_that_did_not_end_are_shown(tmp_path: Path) -> None:
    done = sweep(tmp_path / "a", [("simple", "lr")])
    error = {"type": "FitError", "message": "no luck", "traceback": "Traceback: here"}
    ended: dict[str, Any] = {"cv": None, "test": None, "timing": {}}
    failed = sweep(tmp_path / "b", [("complex", "rf")], status="failed", error=error, **ended)
    running = sweep(tmp_path / "c", [("complex", "lr")], status="running", **ended)
    page = built([*done, *failed, *running], tmp_path)
    by_row = {line["row"][0]: line for line in page.lines()}
    assert by_row["complex-rf"]["row"][1] == "complex-rf no luck"
    assert by_row["complex-rf"]["status"][1] == "failed"
    assert by_row["complex-lr"]["status"][1] == "running"
    assert "Without a score: complex-rf and complex-lr" in " ".join(held for _, held in page.find("p", class_="notice"))
    assert "Traceback: here" in page.find("article", id="row-1")[0][1]
    assert "This run did not end." in page.find("article", id="row-2")[0][1]


def test_nothing_is_done(tmp_path: Path) -> None:
    failed = sweep(tmp_path, [("complex", "rf")], status="failed", error={"type": "E", "message": "m"}, cv=None)
    page = built(failed, tmp_path)
    assert page.payload()["figures"] == {}
    assert page.lines()[0]["cv_mean"] == ("", "–")


def test_holdout_rows_are_marked(tmp_path: Path) -> None:
    validation = {"name": "holdout", "folds": 1, "splits": "s", "optimistic": True}
    scores = {"cv": {"accuracy": [0.8]}, "baseline": {"cv": {"accuracy": [0.5]}, "test": {"accuracy": 0.5}}}
    page = built(sweep(tmp_path, [("simple", "lr")], validation=validation, **scores), tmp_path)
    assert page.lines()[0]["row"][1] == "simple-lr optimistic"
    assert "validation=holdout" in page.find("p", class_="notice")[0][1]
    assert "out of fold" not in json.dumps(page.payload()["figures"])


@pytest.mark.parametrize(
    "name", ["oof.npz", "predictions.csv", "trials.csv", "importance.csv", "wrong.csv", "pipeline.html", "all"]
)
@pytest.mark.parametrize("content", [None, b"", b"\x00\xff<b>,\n1,2,3", b"row,truth,trial\nx,y,z\n"], ids=str)
def test_files_that_are_missing_or_damaged_cost_no_page(tmp_path: Path, name: str, content: bytes | None) -> None:
    records = sweep(tmp_path, [("simple", "lr")], trials=3)
    for path in records[0].folder.iterdir():
        if path.name == name or (name == "all" and path.name != "record.json"):
            path.unlink()
            if content is not None:
                path.write_bytes(content)
    assert len(built(records, tmp_path).lines()) == 1


def test_decision_values_have_curves_but_no_calibration(tmp_path: Path) -> None:
    records = sweep(tmp_path, [("simple", "svc")])
    folder = records[0].folder
    held = dict(np.load(folder / "oof.npz"))
    np.savez(folder / "oof.npz", **(held | {"score": held["score"][..., 1:] * 7 - 3}))
    lines = (folder / "predictions.csv").read_text().splitlines()
    (folder / "predictions.csv").write_text("\n".join(",".join(line.split(",")[:3]) for line in lines))
    drawn = built(records, tmp_path).payload()["figures"]
    assert "row-0-roc" in drawn
    assert "row-0-calibration" not in drawn


# -- size, time, wiring -------------------------------------------------------------------------------------------


def test_forty_cells_of_a_thousand_trials(tmp_path: Path) -> None:
    cells = [(f"prep{prep}", f"model{model}") for prep in range(5) for model in range(8)]
    records = sweep(tmp_path / "sweep", cells, rows=800)
    made = statistically(comparison.make(records))
    path = report.build(made, tmp_path)
    assert path.stat().st_size < 6_000_000
    assert len(Page(path).lines()) == 40


def statistically(made: Comparison) -> Comparison:
    size = len(made.names)
    gaps = np.subtract.outer(np.arange(size), np.arange(size)) * -0.001
    return dataclasses.replace(made, pairs=pairs_of(gaps, 0.1, np.ones((size, size))))


def pairs_of(gaps: Any, half: float, p: Any) -> Pairs:
    return Pairs(gaps, gaps - half, gaps + half, p, p, p[0] > 0.05)


def test_the_same_records_give_the_same_page(records: list[Record], tmp_path: Path) -> None:
    made = comparison.make(records)
    first, second = (report.build(made, tmp_path / name).read_bytes() for name in "ab")
    assert first == second


def test_themes_know_every_colour(page: Page) -> None:
    source = "".join(path.read_text() for path in Path(report.__file__).parent.glob("*.py"))
    assert set(re.findall(r'"@(\w+)"', source)) <= set(look.COLORS)
    style = page.find("style")[0][1]
    named = re.findall(r"--(\w+): light-dark\(", style)
    assert len(named) == len(set(named))  # the charts and the page around them have the same ones
    assert set(re.findall(r"var\(--(\w+)\)", style)) - {"name", "columns", "wide"} <= set(named)


def light(color: str) -> float:
    """Relative luminance, by WCAG 2."""
    parts = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_texts_stand_out_from_what_is_behind_them() -> None:
    css = (report.HERE / "page.css").read_text()
    pairs = {name: pair for name, *pair in re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", css)}
    for theme, colors in enumerate(one["colors"] for one in look.themes().values()):
        own = colors | {name: pair[theme] for name, pair in pairs.items()}
        for back in ("page", "surface", "tint", "warm"):
            assert min(contrast(own[name], own[back]) for name in ("ink", "muted", "accent", "bad")) >= 4.5
        ends = {name[1:] for scale in (look.RISING, look.DIVERGING, look.PALE) for _, name in scale}
        assert min(contrast(colors["ink"], colors[name]) for name in ends) >= 4.5  # and so is all that lies between
        assert look.template(colors)["data"]["heatmap"][0]["textfont"]["color"] == colors["ink"]
        assert contrast(colors["faint"], colors["surface"]) >= 3  # of dots and lines


@pytest.mark.parametrize("wide", [1.05, 1.3, 1.8, 3, 10, 50, 1e3, 1e6])
def test_a_logarithmic_axis_has_marks_to_read_it_by(wide: float) -> None:
    found = look.log_axis("seconds", [0.026, 0.026 * wide])
    assert 2 <= len(found["tickvals"]) <= 8
    assert all(len(label) <= 6 for label in found["ticktext"])
    places = np.log10(found["tickvals"])
    assert np.diff(places).min() > 0.06 * np.ptp(found["range"])  # no label lies on the next


def test_a_page_that_fails_costs_no_leaderboard(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> Path:
        raise RuntimeError("no ink")

    monkeypatch.setattr(report, "build", broken)
    assert console.show_comparison(overall.make(records), tmp_path)
    said = capsys.readouterr()
    assert (tmp_path / "leaderboard.csv").is_file()
    assert said.out.endswith("leaderboard.csv\n")
    assert re.search(r"More in leaderboard\.csv: ", said.out)
    assert (
        said.out.count("Mind: It looks odd.\n  Pass: 'drop it'\n") == 1
    )  # however many rows it is said of, and whatever is logged
    assert re.fullmatch(r"No page: .*report\.html could not be drawn \(RuntimeError: no ink\)\. .*\n", said.err)


def test_a_multirun_is_done_when_its_page_is_there(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else `resume` would leave one that was ended while the page was drawn as it is."""
    with monkeypatch.context() as patch:
        patch.setattr(report, "build", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            console.show_comparison(overall.make(records), tmp_path, complete=True)
    assert (tmp_path / "leaderboard.csv").is_file()
    assert not leaderboard.is_complete(tmp_path)
    assert console.show_comparison(overall.make(records), tmp_path, complete=True)
    assert leaderboard.is_complete(tmp_path)


def test_of_real_runs(plain: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    from mlzoo.runner import run

    fast = ("validation.n_splits=3", "validation.n_repeats=1", "n_trials=12", "models.space.C={low:0.01,high:10}")
    made = run(plain("+preprocess=complex", "+models=lr", *fast), folder=tmp_path / "run")
    assert console.show_comparison(overall.make([made]), tmp_path)
    page = Page(tmp_path / "report.html")
    assert [name for have, _ in page.find("div", class_="plot") if (name := have["data-figure"]).endswith("-roc")] == [
        "row-0-roc"
    ]
    oof = files.read_oof(made, True)
    assert oof is not None
    assert oof.probabilities
    assert len(oof.truth) == made["data"]["train"]["rows"]
    assert np.mean(oof.truth == oof.label) == pytest.approx(np.mean(made["cv"]["accuracy"]), abs=0.01)
    assert "LogisticRegression" in " ".join(held for _, held in page.find("div", class_="step-name"))
    assert made["command"] in [held for _, held in page.find("pre")]


@pytest.mark.parametrize(
    ("splitter", "said"),
    [
        ("ShuffleSplit,n_splits:6,test_size:0.2", "a row 1.7 times in the mean"),
        ("RepeatedKFold,n_splits:2,n_repeats:3", "each row once in each of 3 repetitions"),
        ("KFold,n_splits:2", ""),
    ],
)
def test_how_often_rows_were_predicted(
    plain: Callable[..., dict[str, Any]], tmp_path: Path, splitter: str, said: str
) -> None:
    from mlzoo.runner import run

    node = f"validation.splitter={{_target_:sklearn.model_selection.{splitter}}}"
    made = run(plain("+preprocess=complex", "+models=lr", "persist=none", node), folder=tmp_path / "run")
    oof = files.read_oof(made, True)
    assert oof is not None
    assert oof.repeats == pytest.approx(len(oof.row) / len(np.unique(oof.row)))
    assert details.told_repeats(oof).removeprefix(", ") == said
    if "mean" in said:
        assert details.told_repeats(dataclasses.replace(oof, repeats=125.3)) == ", a row 125.3 times in the mean"


def test_of_a_real_regression(plain: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    import pandas as pd

    from mlzoo.runner import run

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
    table["y"] = 3 * table["a"] + rng.normal(size=200)
    table.to_csv(tmp_path / "table.csv", index=False)
    words = (
        "+preprocess=simple",
        "+models=ridge",
        f"data={tmp_path / 'table.csv'}",
        "target=y",
        "validation.n_splits=3",
    )
    config = plain(*words, config_dir=str(Path(__file__).parent / "conf"))
    made = run(config, folder=tmp_path / "run")
    assert console.show_comparison(overall.make([made]), tmp_path)
    page = Page(tmp_path / "report.html")
    assert {"row-0-values", "row-0-residuals", "row-0-importance"} == set(page.payload()["figures"]) - {"folds"}
    assert len(page.payload()["figures"]["row-0-values"]["data"]) == 2


def test_whole_numbers_of_many_digits_stay_as_they_are() -> None:
    features = [262_144.0, 262_145.0, 131_072.0]
    trials = files.Trials([0, 1, 2], ["complete"] * 3, [0.8, 0.7, 0.6], {"models.type.n_features": features})
    (drawn,) = tuned.slices("row", "accuracy", trials, [], 100)
    assert [x for trace in drawn["data"] for x in trace["x"]] == [*features, features[0]]
    assert "seen at 262144," in drawn["note"]


def test_where_no_column_counts() -> None:
    drawn = details.importance("row", "f1", [("age", -0.02, 0.01), ("fare", -0.1, 0.01)])
    assert "No column counts: whichever is shuffled, f1 does not fall on the test split (mean" in drawn["note"]
    drawn = details.importance("row", "f1", [("age", -0.02, 0.01), ("fare", 0.1, 0.01)])
    assert "fare counts most: shuffled, f1 falls by 0.1000 on the test split (mean" in drawn["note"]
    drawn = details.importance("row", "f1", [("fare", 0.1, 0.01)], of="2,000 of the 9,000 rows of the test split")
    assert "f1 falls by 0.1000 on 2,000 of the 9,000 rows of the test split (mean" in drawn["note"]


def test_a_choice_of_null_is_a_value_like_others(plain: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    from mlzoo.runner import run

    fast = ("validation.n_splits=3", "validation.n_repeats=1", "n_trials=8", "race=false")
    space = "models.space={C: {low: 0.1, high: 10}, class_weight: [balanced, null]}"
    made = run(plain("+preprocess=complex", "+models=lr", *fast, space), folder=tmp_path / "run")
    trials = files.read_trials(made.folder / "trials.csv")
    assert trials is not None
    charts = {one["title"]: one for one in tuned.slices("x", "accuracy", trials, [], 200)}
    shown = {value for trace in charts["accuracy by class_weight"]["data"] for value in trace["x"]}
    assert shown == {"balanced", "null"}
    few = files.Trials([0, 1, 2], ["complete"] * 3, [0.1, 0.2, 0.3], {"models.type.max_depth": ["null", 12.0, 2.0]})
    (chart,) = tuned.slices("x", "accuracy", few, [], 200)
    assert chart["layout"]["xaxis"]["categoryarray"] == ["2", "12", "null"]
    assert chart["data"][0]["x"] == ["null", "12", "2"]
