"""What the page says of rows and scores: never more than is known."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlzoo import record, report, wrong
from mlzoo.board import comparison, leaderboard, overall
from mlzoo.record import Record
from mlzoo.report import content, details, figures, files, measures, misses, over, pairs, terms, tuned
from mlzoo.report.files import Predicted
from mlzoo.stats.paired import Pairs
from tests.report_rows import sweep
from tests.test_report import Page, built

CELLS = [("simple", "lr"), ("complex", "lr"), ("complex", "rf")]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return sweep(tmp_path_factory.mktemp("sweep"), CELLS)


@pytest.fixture(scope="module")
def page(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Page:
    return built(records, tmp_path_factory.mktemp("page"))


def told(page: Page, figure: str) -> str:
    """The title of a chart and the sentence below it."""
    return page.find("div", data_figure=figure)[0][0]["aria-label"]


# -- scores that are optimistic -----------------------------------------------------------------------------------


def test_no_row_is_best_where_the_test_split_was_the_objective(tmp_path: Path) -> None:
    holdout = {"name": "holdout", "folds": 1, "splits": "s", "optimistic": True}
    made = []
    for at, cell in enumerate(CELLS):
        scores = {"accuracy": 0.8 + 0.01 * at, "other": 0.5}
        folds = {name: [score] for name, score in scores.items()}
        base = {"cv": {name: [0.5] for name in scores}, "test": dict.fromkeys(scores, 0.5)}
        made += sweep(tmp_path / str(at), [cell], validation=holdout, cv=folds, test=scores, baseline=base)
    page = built(made, tmp_path)
    assert {"Scores"} <= {held for _, held in page.find("h2")} & {held for _, held in page.find("a")}
    first = [held for _, held in page.find("section")][:2] + [told(page, name) for name in ("zoo", "folds")]
    first += [told(page, name) for name in ("differences", "cost-fit", "cost-predict")]
    said = " ".join([*first, *(have["title"] for have, _ in page.find("button") if "title" in have)])
    assert re.findall(r"\bbest\b|\bfolds?\b", said, re.IGNORECASE) == []
    assert page.find("dt")[0][1] == "First row, optimistic"
    assert "accuracy, score on the test split" in [held for _, held in page.find("dt")]
    assert told(page, "differences").startswith("Differences to the first (optimistic). ")
    assert "the first (optimistic) row of each cell. First, but optimistic, is complex-rf" in told(page, "zoo")
    axes = [figure["layout"]["yaxis"] for figure in page.payload()["figures"].values()]
    titles = [axis["title"]["text"] for axis in axes if "title" in axis]
    assert not [title for title in titles if "mean of folds" in title]
    assert "accuracy, score on the test split" in titles
    assert page.lines()[0]["cv_mean"][1].endswith("to 0.9406")  # the split's interval
    said = page.find("article", id="row-0")[0][1]
    assert "MetricScore on the test splitDummy, test accuracy0.82000.5000other0.50000.5000" in said


# -- trials that the race stopped ---------------------------------------------------------------------------------


def trials(*given: tuple[str, float | None, float]) -> files.Trials:
    number = list(range(len(given)))
    return files.Trials(number, [one[0] for one in given], [one[1] for one in given], {"C": [one[2] for one in given]})


def test_an_estimate_is_never_the_best() -> None:
    found = trials(("complete", 0.7, 1.0), ("raced", 0.9, 2.0), ("complete", 0.8, 3.0), ("failed", None, 4.0))
    (one,) = tuned.slices("x", "accuracy", found, [], 200)
    raced, complete, winner = one["data"]
    assert (raced["x"], complete["x"], winner["x"]) == ([2.0], [1.0, 3.0], [3.0])
    assert raced["marker"]["symbol"] == "circle-open"
    assert "complete trial was seen at 3, the large dot." in one["note"]
    assert "Hollow dots were stopped early" in one["note"]
    (one,) = tuned.slices("x", "accuracy", trials(("raced", 0.9, 2.0), ("raced", 0.8, 3.0)), [], 200)
    assert len(one["data"]) == 2
    assert "Every trial was stopped early" in one["note"]


def test_a_parameter_that_only_failed_trials_have_is_not_drawn() -> None:
    assert (
        tuned.slices(
            "x", "accuracy", files.Trials([0, 1], ["complete", "failed"], [0.8, None], {"C": [None, 1.0]}), [], 9
        )
        == []
    )
    found = files.Trials([0, 1, 2], ["complete", "failed", "failed"], [0.8, None, None], {"C": [None, 1.0, 2.0]})
    assert tuned.slices("x", "accuracy", found, ["C"], 200) == []


@pytest.mark.parametrize(("most", "kind"), [(0.05, "linear"), (0.06, "log")])
def test_a_parameter_over_orders_of_magnitude_has_a_logarithmic_axis(most: float, kind: str) -> None:
    found = trials(("complete", 0.7, 0.001), ("complete", 0.8, most))
    (one,) = tuned.slices("x", "accuracy", found, [], 200)
    assert one["layout"]["xaxis"]["type"] == kind
    (one,) = tuned.slices("x", "accuracy", trials(("complete", 0.7, 0.0), ("complete", 0.8, most)), [], 200)
    assert one["layout"]["xaxis"]["type"] == "linear"


def test_the_best_complete_trial_is_drawn_however_high_the_estimates_are() -> None:
    stopped: list[tuple[str, float | None, float]] = [("raced", 0.9 - 0.001 * at, float(at)) for at in range(20)]
    one = tuned.history("x", "accuracy", trials(*stopped, ("complete", 0.5, 20.0), ("complete", -1.0, 21.0)), 20, 200)
    low, high = one["layout"]["yaxis"]["range"]
    assert -1 < low < 0.5 < 0.9 < high
    assert "Too far below to be drawn: 1 trial, down to -1" in one["note"]


def test_choices_stand_behind_numbers_which_rise() -> None:
    found = files.Trials([0, 1, 2], ["complete"] * 3, [0.7, 0.8, 0.9], {"C": [10.0, "sqrt", 2.0]})
    (one,) = tuned.slices("x", "accuracy", found, [], 200)
    assert one["layout"]["xaxis"]["categoryarray"] == ["2", "10", "sqrt"]


def test_a_time_of_zero_has_no_place_on_a_logarithmic_axis(records: list[Record]) -> None:
    made = comparison.make(records)
    made.rows[0]["predict_s"] = 0.0
    one = figures.cost(made, "predict_s", "predict")
    assert one is not None
    assert sorted(one["data"][0]["customdata"]) == [*range(1, len(made.rows))]


def test_what_became_of_trials_is_said_where_there_is_something_to_say() -> None:
    kinds: dict[str, tuple[str, float | None, float]] = {
        "complete": ("complete", 0.7, 1.0),
        "raced": ("raced", 0.9, 2.0),
        "failed": ("failed", None, 4.0),
    }
    for of, said in (
        (["complete"], "1 trial."),
        (["complete", "raced"], "2 trials, of which the race stopped 1 early."),
        (["complete", "failed"], "2 trials, of which 1 failed."),
        (["failed", "raced"], "2 trials, of which the race stopped 1 early and 1 failed."),
    ):
        assert tuned.told_trials(trials(*(kinds[kind] for kind in of))) == said


def test_trials_of_the_inner_folds_are_called_so(records: list[Record]) -> None:
    for name, axis in (("cv", "accuracy, mean of folds"), ("nested", "accuracy, mean of inner folds")):
        held = {**records[0].content, "validation": {**records[0]["validation"], "name": name}}
        found = content.tuning(
            "x", held, trials(("complete", 0.7, 1.0), ("complete", 0.8, 2.0)), content._Clock(9), 200
        )
        assert found[0]["layout"]["yaxis"]["title"]["text"] == axis
        assert ("its folds are not those of the row" in found[0]["note"]) == (name == "nested")


def test_of_many_trials_the_best_complete_one_is_kept() -> None:
    many = trials(*[("raced", 0.9, float(at)) for at in range(999)], ("complete", 0.5, 999.0))
    assert files.thinned_trials(many, 20).number[-1] == 999
    assert " Of the trials 21 are drawn" in tuned.history("x", "accuracy", many, 999, 20)["note"]
    assert "are drawn" not in tuned.history("x", "accuracy", many, 999, 1000)["note"]


def test_why_the_parameters_are_not_weighed(records: list[Record]) -> None:
    few = trials(("complete", 0.7, 1.0), ("complete", 0.8, 3.0))
    assert tuned.not_weighed(few) == "The importance of the parameters takes 10 trials with a score."
    params: dict[str, list[float | str | None]] = {"C": [*range(20)], "how": ["mean", "median"] * 10}
    alike = files.Trials([*range(20)], ["complete"] * 20, [0.8, *[0.7 + 1e-16 * at for at in range(19)]], params)
    assert tuned.weigh(alike) == {}  # one is better: too few to compare, and no more than chance
    assert tuned.not_weighed(alike) == "No parameter tells the better trials from the others by more than chance."
    assert "two that vary" in tuned.not_weighed(trials(*[("complete", 0.7, float(at)) for at in range(12)]))
    scores = [0.7 + at / 100 for at in range(40)]
    rising, how = map(float, range(39)), ["a", "b", "c"] * 13
    space: dict[str, list[float | str | None]] = {"C": [None, *rising], "how": [None, *how]}
    first_without = files.Trials([*range(40)], ["complete"] * 40, scores, space)
    without_first = files.Trials([*range(39)], ["complete"] * 39, scores[1:], {k: v[1:] for k, v in space.items()})
    assert tuned.weigh(first_without) == tuned.weigh(without_first) != {}
    rarely = [0.5, 0.9, 0.8, 0.7, *[0.5] * 27]  # three of 30 are better: their best tenth, though not that of 31
    few_better = files.Trials([*range(31)], ["complete"] * 31, rarely, {k: v[:31] for k, v in space.items()})
    assert tuned.weigh(few_better) != {}
    found = files.read_trials(records[0].folder / "trials.csv")
    assert found is not None
    late = content.tuning("x", records[0].content, found, content._Clock(0), 200)[0]["note"]
    assert late.endswith(" The importance of the parameters was left out to save time.")
    early = content.tuning("x", records[0].content, few, content._Clock(9), 200)[0]["note"]
    assert early.endswith(" takes 10 trials with a score.")


# -- intervals and colours ----------------------------------------------------------------------------------------


def test_a_row_counts_once_however_often_it_was_predicted() -> None:
    rng = np.random.default_rng(0)
    hit, chance = rng.integers(0, 2, 40), rng.random(40)
    (once,), (often,) = (
        measures.calibration(np.tile(hit, times), np.tile(chance, times), 1, repeats=times) for times in (1, 9)
    )
    assert [often[key] for key in ("share", "low", "high")] == pytest.approx(
        [once[key] for key in ("share", "low", "high")]
    )
    both = np.stack([1 - chance, chance], axis=1)
    drawn = []
    for times in (1, 9):
        of = (np.tile(part, (times, 1) if part.ndim > 1 else times) for part in (np.arange(40), hit, hit, both))
        part = files.Predicted(*of, probabilities=True, ranked=None, repeats=times)
        drawn.append(details.calibration("x", [0, 1], [("out of fold", part)]))
    assert drawn[0]["data"][0]["error_y"]["array"] == drawn[1]["data"][0]["error_y"]["array"]
    assert "count each row once" in drawn[1]["note"]
    assert "count each row once" not in drawn[0]["note"]


def of_rare(share: float) -> files.Predicted:
    rng = np.random.default_rng(0)
    truth = (rng.random(2000) < share).astype(int)
    chance = np.clip(share + 0.3 * share * rng.normal(size=2000), 0, 1)
    both = np.stack([1 - chance, chance], axis=1)
    return files.Predicted(np.arange(2000), truth, np.zeros(2000, int), both, probabilities=True, ranked=both)


def test_precision_is_shown_beside_who_guesses() -> None:
    part = of_rare(0.1)
    one = details.curve("x", "pr", ["no", "yes"], [("out of fold", part)])
    share = float(part.truth.mean())
    assert [(shape["y0"], shape["y1"]) for shape in one["layout"]["shapes"]] == [(share, share)]
    assert one["note"].endswith(f"On the dotted line is who guesses, out of fold: {share:.3f}.")
    assert part.score is not None
    by_class = np.hstack([part.score, part.score[:, :1]])
    three = dataclasses.replace(part, score=by_class, ranked=by_class)
    several = details.curve("x", "pr", ["a", "b", "c"], [("out of fold", three)])
    assert "shapes" not in several["layout"]
    assert "guesses" not in several["note"]


@pytest.mark.parametrize(("share", "curves"), [(0.0, []), (0.5, ["roc", "pr"]), (1.0, ["pr"])])
def test_rows_of_one_class_have_no_curve_that_is_not_there(share: float, curves: list[str]) -> None:
    """Such as the test split of a holdout."""
    drawn = details.of_classes("x", ["no", "yes"], [("test split", of_rare(share))])
    assert [one["id"] for one in drawn] == ["x-confusion", *(f"x-{kind}" for kind in curves), "x-calibration"]


@pytest.mark.parametrize(("share", "whole"), [(0.05, False), (0.4, True)])
def test_calibration_of_a_rare_class_fills_its_chart(share: float, whole: bool) -> None:
    one = details.calibration("x", [0, 1], [("out of fold", of_rare(share))])
    (trace,) = one["data"]
    highest = max(max(trace["x"]), *(y + up for y, up in zip(trace["y"], trace["error_y"]["array"], strict=True)))
    low, high = one["layout"]["xaxis"]["range"]
    assert one["layout"]["yaxis"]["range"] == [low, high]
    if whole:
        assert (low, high) == (-0.02, 1.02)
    else:
        assert low < 0 < highest < high < 1.2 * highest


def test_rows_that_hardly_differ_look_alike(records: list[Record]) -> None:
    made = comparison.make(records)
    wide = figures.zoo(made)
    assert wide is not None
    scores = [row["cv_mean"] for row in made.rows]
    assert [wide["data"][0][key] for key in ("zmin", "zmax")] == [min(scores), max(scores)]
    for at, row in enumerate(made.rows):
        row |= {"cv_mean": 0.9991 - 0.0001 * at, "cv_sd": 0.02}
    near = figures.zoo(made)
    assert near is not None
    assert near["data"][0]["zmax"] == 0.9991
    assert near["data"][0]["zmin"] == pytest.approx(0.9991 - 4 * 0.02 / 10**0.5)
    assert "The colours span 0.025" in near["note"]
    far = figures.zoo(dataclasses.replace(made, rope=0.1))
    assert far is not None
    assert far["data"][0]["zmin"] == pytest.approx(0.9991 - 0.2)


def compared(made: comparison.Comparison, size: int) -> comparison.Comparison:
    """Of which the first row differs from all others, and none of these from each other."""
    gaps = np.subtract.outer(np.arange(size), np.arange(size)) * -0.01
    p = np.ones((size, size))
    p[0, 1:] = p[1:, 0] = 0.01
    names = [f"row-{at}" for at in range(size)]
    rows = [{**made.rows[0], "row": name} for name in names]
    return dataclasses.replace(made, rows=rows, names=names, pairs=Pairs(gaps, gaps, gaps, p, p, p[0] > 0.05))


@pytest.mark.parametrize("size", [4, 13])
def test_pairs_that_differ_have_a_star_and_full_colour(records: list[Record], size: int) -> None:
    one = pairs.pairs(compared(comparison.make(records), size))
    assert one is not None
    pale, full = one["data"]
    assert pale["colorscale"] != full["colorscale"]
    differ = [[(i == 0) != (j == 0) for j in range(size)] for i in range(size)]
    assert [[cell is not None for cell in line] for line in full["z"]] == differ
    assert [["*" in cell for cell in line] for line in full["text"]] == differ
    assert "*" not in str(pale["text"])
    assert ("0.0100" in str(pale["text"])) == (size == 4)
    assert "the others are pale" in one["note"]
    assert pale["zmax"] == full["zmax"] == pytest.approx(0.01 * (size - 1))
    wide = pairs.pairs(dataclasses.replace(compared(comparison.make(records), size), rope=1.0))
    assert wide is not None
    assert wide["data"][0]["zmax"] == wide["data"][1]["zmax"] == 2.0  # what does not matter looks so


def test_pairs_over_many_rows_have_a_star_too(tmp_path: Path) -> None:
    cells = [(f"p{at}", "lr") for at in range(13)]
    made = overall.make([one for name in "ab" for one in sweep(tmp_path / name, cells, trials=3, dataset=name)])
    assert isinstance(made, overall.Overall)
    one = over.pairs(dataclasses.replace(made, adjusted=np.full((13, 13), 0.01)))
    assert one is not None
    assert {cell for line in one["data"][0]["text"] for cell in line} == {"", "*"}


def test_folds_are_joined_where_they_can_be_told_apart(records: list[Record], page: Page) -> None:
    spread, _, lines = page.payload()["figures"]["folds"]["data"]
    of_first = [x for x, fold in zip(spread["x"], spread["meta"], strict=True) if fold == 0]
    assert lines["x"][:4] == [*of_first, None]
    assert "A thin line joins the scores on one fold." in told(page, "folds")
    many = comparison.make(records)
    rows = [{**row, "rank": at + 1, "row": str(at)} for at, row in enumerate(many.rows * 5)]
    one = figures.folds(dataclasses.replace(many, rows=rows, records=many.records * 5))
    assert len(one["data"]) == 2
    assert "thin line" not in one["note"]


def test_a_dummy_far_away_squeezes_no_scores(records: list[Record], page: Page) -> None:
    assert page.payload()["figures"]["folds"]["layout"]["shapes"]
    assert "The dummy's mean is the dotted line, " in told(page, "folds")
    made = comparison.make(records)
    assert made.dummy is not None
    for mean, side in ((0.01, "left"), (5.0, "right")):
        one = figures.folds(dataclasses.replace(made, dummy={**made.dummy, "cv_mean": mean}))
        assert one["layout"]["shapes"] == []
        assert one["note"].endswith(f" The dummy's mean lies far to the {side}, at {mean:.4f}.")
        once = dataclasses.replace(
            made,
            dummy={**made.dummy, "cv_mean": mean},
            rows=[{**row, "optimistic": True} for row in made.rows],
        )
        assert f" The dummy's score lies far to the {side}" in figures.folds(once)["note"]


@pytest.mark.parametrize(
    ("gaps", "shown"),
    [
        ([-200.971234, 9.0], ["201.0", "9.0"]),
        ([0.5, 0.25], ["0.5000", "0.2500"]),
        ([3e-15, 1e-15], ["3e-15", "1e-15"]),
        ([123456.7, 2.0], ["123,457", "2"]),
        ([1949310.4, 740029.0], ["1,949,310", "740,029"]),
        ([3e12, 5.0], ["3,000,000,000,000", "5"]),
        ([3e14, 5.0], ["3e+14", "5"]),
    ],
)
def test_rows_most_wrong_have_decimals_alike(gaps: list[float], shown: list[str]) -> None:
    truth = np.zeros(len(gaps))
    test = files.Predicted(np.arange(len(gaps)), truth, np.array(gaps), score=None, probabilities=False, ranked=None)
    assert [row["far"].removeprefix("-") for row in misses.most_wrong(test, None)] == shown


def test_every_class_has_a_curve_of_its_own_colour() -> None:
    rng = np.random.default_rng(1)
    for classes in (10, 13):
        truth, score = rng.integers(0, classes, 900), rng.random((900, classes))
        part = files.Predicted(np.arange(900), truth, truth, score=score, probabilities=True, ranked=score)
        one = details.curve("x", "roc", [*range(classes)], [("out of fold", part)])
        assert len({trace["line"]["color"] for trace in one["data"]}) == len(one["data"]) == 10
        assert ("3 of the rarest classes are left out." in one["note"]) == (classes == 13)


def test_a_confusion_of_some_classes_has_the_shares_of_all() -> None:
    truth = np.repeat(np.arange(31), 10)[:-1]  # the last class is the rarest
    label = np.where((truth == 0) & (np.arange(len(truth)) < 8), 30, truth)
    made = Predicted(np.arange(len(truth)), truth, label, score=None, probabilities=False, ranked=None)
    drawn = details.confusion("c", [f"c{at}" for at in range(31)], "test split", made)
    assert len(drawn["data"][0]["z"]) == details.MAX_LABELS
    assert drawn["data"][0]["text"][0][0] == "2<br>20%"
    assert "Most often mistaken: c0 for c30, 8 times." in drawn["note"]
    assert drawn["note"].endswith(" 1 of the rarest classes is left out.")


def test_curves_have_the_names_of_the_confusion_matrix() -> None:
    rng = np.random.default_rng(1)
    truth, score = rng.integers(0, 3, 90), rng.random((90, 3))
    part = files.Predicted(np.arange(90), truth, truth, score=score, probabilities=True, ranked=score)
    classes = [f"class number {at} with a long name" for at in range(3)]
    one = details.curve("x", "roc", classes, [("out of fold", part)])
    assert len({trace["name"].rpartition(" ")[0] for trace in one["data"]}) == 3


def test_means_hide_no_dots(page: Page) -> None:
    for name in ("folds", "differences"):
        dots, means = page.payload()["figures"][name]["data"][:2]
        assert means["marker"]["size"] <= dots["marker"]["size"]


def test_every_table_that_rows_were_read_from_is_named(records: list[Record], tmp_path: Path, page: Page) -> None:
    data = {**records[0]["data"], "train": {"rows": 30, "source": "small.csv", "target_sha256": "a"}}
    of_small = sweep(tmp_path, [("small", "lr"), ("small", "rf")], data=data)
    failed = sweep(tmp_path / "f", [("odd", "nb")], status="failed", data=None, cv=None, test=None)
    said = built([*failed, *records, *of_small], tmp_path).find("section", id="data")[0][1]
    assert "400 rows from train.csv (simple-lr, complex-lr and complex-rf); 30 rows from small.csv (small-" in said
    assert "test split100 rows from test.csvclasses" in said
    assert "train split400 rows from train.csvtest split" in page.find("section", id="data")[0][1]


def test_scores_are_told_with_the_decimals_of_their_intervals(records: list[Record], tmp_path: Path) -> None:
    narrow = {f"{key}_{end}": value for key in ("cv", "test") for end, value in (("low", 0.99992), ("high", 0.99996))}
    near = {"cv_mean": 0.999942, "test": 0.999942, **narrow, "gap": 1e-5, "gap_low": -2e-5, "gap_high": 6e-5}
    rows = [{**row, **near} for row in comparison.make(records).rows]
    page = built(
        records,
        tmp_path,
        rows=rows,
        expected={"value": 0.999942, "low": 0.99992, "high": 0.99996, "uncorrected": 0.99995, "nested": False},
    )
    line = page.lines()[1]
    assert line["cv_mean"][1] == line["test"][1] == "0.99994 0.99992 to 0.99996"
    assert line["gap"][1] == "+0.00001 -0.00002 to +0.00006"
    said = page.find("section", aria_label="The answer")[0][1]
    assert said.count("0.9999495 % 0.99992 to 0.99996") == 3
    of_means = page.payload()["figures"]["folds"]["data"][1]["text"]
    assert all("mean 0.99994, 95 % 0.99992 to 0.99996" in told for told in of_means)


# -- words and numbers --------------------------------------------------------------------------------------------


def test_nothing_is_compared_with_itself(records: list[Record], tmp_path: Path) -> None:
    dummy = dict.fromkeys(leaderboard.COLUMNS) | {"row": "dummy", "cv_mean": 0.5, "baseline_gap": 0.0}
    lines = built(records, tmp_path, dummy=dummy).lines(dummy=True)
    assert [lines[0][key][1] for key in ("gap", "p", "worse")] == ["", "", ""]
    assert "" not in [lines[1][key][1] for key in ("gap", "p", "worse")]
    assert lines[-1]["baseline_gap"][1] == ""


@pytest.mark.parametrize(("many", "last"), [(200, ("p199", "199")), (203, ("…", "3 more, in record.json"))])
def test_parameters_that_are_left_out_are_counted(many: int, last: tuple[str, str]) -> None:
    assert content.params({"params": {f"p{at}": at for at in range(many)}})[-1] == last


def test_words(page: Page) -> None:
    assert "On the front, where no row is both faster and better: simple-lr" in told(page, "cost-fit")
    assert "Age counts most: shuffled, accuracy falls by 0.1000" in told(page, "row-0-importance")


def test_of_an_axis_the_metric_is_cut_not_the_sentence() -> None:
    for metric in ("neg_root_mean_squared_error", "a_metric_of_my_own_" * 5):
        one = details.importance("x", metric, [("a", 0.1, 0.01)])
        title = one["layout"]["xaxis"]["title"]["text"]
        whole = title.replace("<br>", " ")
        assert whole.startswith("fall of " + metric[:12])
        assert whole.endswith(" when shuffled")
        assert max(map(len, title.split("<br>"))) <= 36
    assert (
        "neg_root_mean_squared_error"
        in details.importance("x", "neg_root_mean_squared_error", [("a", 1, 0)])["layout"]["xaxis"]["title"]["text"]
    )


def test_the_most_wrong_rows_by_hand() -> None:
    truth, label = np.array([0, 1, 2, -1, 1, 2]), np.array([1, 1, 0, 0, 0, 1])  # of -1 the model knows no class
    chances = np.array([[3, 5, 2], [1, 8, 1], [7, 2, 1], [9, 1, 0], [5, 4, 1], [1, 7, 2]]) / 10
    values = np.array([[0, 5, 1], [0, 9, 1], [2, 0, 1], [4, 1, 0], [9, 2, 0], [1, 8, 7]]) * 1.0

    def places(score: Any, *, probabilities: bool = False) -> list[int]:
        return wrong.most(truth, label, score, probabilities=probabilities, classes=True).tolist()

    assert places(None) == [0, 2, 4, 5]
    assert places(chances, probabilities=True) == [2, 5, 0, 4]  # 0.1, 0.2, 0.3 and 0.4 of the truth
    assert places(values) == [4, 0, 2, 5]  # 2 - 9, 0 - 5, 1 - 2 and 7 - 8
    for of, score, margins in (
        ([0, 1, 1], [[3.0], [2.0], [-1.0]], [-3, 2, -1]),
        ([1, 2], [[0.0, 9, 1], [4, 1, 0]], [8, -4]),
    ):
        found = wrong.ahead(np.array(of), np.array(score), probabilities=False)
        assert found is not None
        assert found.tolist() == margins
    gaps = wrong.most(np.zeros(14), np.array([0.0, -9, *range(12)]), None, probabilities=False, classes=False)
    assert gaps.tolist() == [13, 12, 1, 11, 10, 9, 8, 7, 6, 5]
    assert wrong.most(np.zeros(2), np.array([0.0, 3]), None, probabilities=False, classes=False).tolist() == [1]


def test_rows_most_wrong_stand_with_their_values(tmp_path: Path) -> None:
    (made,) = sweep(tmp_path, CELLS[:1], columns=tuple("abcdefgh"))
    made.content["data"]["columns"] = {"number": ["a"], "category": list("bcdefgh")}
    held = files.read_predictions(made.folder / "predictions.csv", made["data"]["classes"])
    assert held is not None
    first, second = (one["row"] for one in misses.most_wrong(held, made["data"]["classes"])[:2])
    numbers = {"a": 0.123456789, "b": "1.10", "c": "", "d": "x\ny", "e": "e", "f": "f", "g": "not shown"}
    record.write_csv(made.folder / "wrong.csv", [{"row": first, **numbers}], ("row", *"abcdefgh"))
    lines: list[list[str]] = []
    for tag, _, cell in built([made], tmp_path).elements:
        if tag == "tr":
            lines.append([])
        elif tag in ("th", "td"):
            lines[-1].append("".join(cell))
    lines = lines[next(at for at, line in enumerate(lines) if "P(truth)" in line) :]
    assert lines[0] == ["Row", "Truth", "Predicted", "P(truth)", *"abcdef"]
    assert lines[1][0] == first
    assert lines[1][4:] == ["0.1235", "1.10", "–", "x y", "e", "f"]
    assert [lines[2][0], *lines[2][4:]] == [second, *"––––––"]  # of which the file says nothing
    told = [misses.value(field, number=True) for field in ("22.0", "123456", "-1234.56789", "1e300", "x", "inf")]
    assert told == ["22", "123,456", "-1,234.6", "1e300", "x", "inf"]


def test_where_nothing_is_wrong_that_is_said(tmp_path: Path, page: Page) -> None:
    (made,) = sweep(tmp_path, CELLS[:1])
    lines = (made.folder / "predictions.csv").read_text().splitlines()
    right = [lines[0], *(",".join([*(cells := line.split(","))[:2], cells[1], *cells[3:]]) for line in lines[1:])]
    (made.folder / "predictions.csv").write_text("\n".join(right))
    nothing = "No row of the test split is wrong."
    assert nothing in built([made], tmp_path).find("article", id="row-0")[0][1]
    assert nothing not in page.find("article", id="row-0")[0][1]
    (made.folder / "predictions.csv").unlink()  # then it is not known
    assert nothing not in built([made], tmp_path).find("article", id="row-0")[0][1]


def test_why_a_row_failed_is_told_without_its_name(records: list[Record], tmp_path: Path, page: Page) -> None:
    error: dict[str, Any] = {"type": "SearchError", "message": "simple-odd: WorkerLost: it ended"}
    failed = sweep(tmp_path / "f", [("simple", "odd")], status="failed", error=error, cv=None, test=None)
    lines = built([*records, *failed], tmp_path).lines()
    assert lines[-1]["row"][1] == "simple-odd WorkerLost: it ended"
    assert lines[-1]["status"][1] == "failed"
    assert "status" not in page.lines()[0]  # where all are done


def test_every_word_of_the_board_is_told(records: list[Record], tmp_path: Path) -> None:
    def words(page: Page) -> str:
        return page.find("details", class_="legend")[0][1]

    expected = {"value": 0.8, "low": 0.7, "high": 0.9, "uncorrected": 0.81, "nested": False}
    said = words(built(records, tmp_path, rope=0.025, expected=expected))
    assert "bestof the highest mean of accuracy over the folds" in said
    assert "is above 0.05. It is no proof that they are equal." in said
    assert "the same from -0.025 to +0.025, in accuracy" in said
    assert "for the one pair of rows alone, p is adjusted for all pairs" in said
    assert "expected of the whole searchwhat choosing the best" in said
    careful = "its 95 % interval holds the truth 97 to 100 times in 100"
    assert careful in said
    nested = [
        Record(one.folder, {**one.content, "validation": {**one["validation"], "name": "nested"}}) for one in records
    ]
    made = dataclasses.replace(comparison.make(records), records=nested, expected={**expected, "nested": True})
    assert careful not in str(terms.glossary(made))  # it has another interval
    other = words(built(records, tmp_path, rope=1234.0, expected=None, pairs=None))
    assert "more than 1,234 (rope)" in other
    assert "one pair of rows" not in other
    assert "whole search" not in other
    assert "none but equal rows" in words(built(records, tmp_path, rope=0.0))


@pytest.mark.parametrize(("ties", "found"), [(2, [True, True, False]), (1, [False, False, False])])
def test_the_best_row_is_found_among_the_tied_by_its_one_badge(
    records: list[Record], tmp_path: Path, ties: int, found: list[bool]
) -> None:
    rows = [{**row, "tied": at < ties} for at, row in enumerate(comparison.make(records).rows)]
    page = built(records, tmp_path, rows=rows)
    words = [have["data-find"].split() for have, _ in page.find("tr") if "data-find" in have]
    assert ["tied" in line for line in words[:3]] == found
    assert page.lines()[0]["row"][1] == "simple-lr best"


def test_a_tie_is_told_in_no_colour_that_praises() -> None:
    assert ".badge.tied" not in (report.HERE / "page.css").read_text()


@pytest.mark.parametrize(
    ("sort", "marked"),
    [(None, ["Rank ascending"]), ("cv_mean", ["Rank ascending"]), ("row", ["Row ascending"]), ("cv_sd", [])],
)
def test_the_heading_by_which_rows_are_sorted_is_marked(
    records: list[Record], tmp_path: Path, sort: str | None, marked: list[str]
) -> None:
    page = Page(report.build(comparison.make(records, sort=sort), tmp_path))
    heads = [(text, have["aria-sort"]) for have, text in page.find("th") if "aria-sort" in have]
    assert [f"{text} {order}" for text, order in heads if order != "none"] == marked


def test_there_is_a_heading_over_a_command_alone(records: list[Record], tmp_path: Path) -> None:
    failed = sweep(tmp_path / "f", [("odd", "nb")], status="failed", cv=None, test=None, command=None)
    page = built([*records, *failed], tmp_path)
    said = [held for _, held in page.find("article")]
    assert ["Run it again" in one for one in said] == ["python -m mlzoo" in one for one in said]
    assert "Run it again" not in said[-1]


def test_numbers_are_told_once(records: list[Record]) -> None:
    made = comparison.make(records)
    one = figures.zoo(made)
    assert one is not None
    assert "the weakest cell has" in one["note"]
    same = figures.zoo(dataclasses.replace(made, rows=[{**row, "cv_mean": 0.94} for row in made.rows]))
    assert same is not None
    assert "weakest" not in same["note"]
    assert same["note"].startswith("The best is simple-lr with 0.9400. ")


@pytest.mark.parametrize(
    ("apart", "number", "said"),
    [
        (0, 10, "None of 10 pairs differs"),
        (1, 10, "1 of 10 pairs differs"),
        (2, 10, "2 of 10 pairs differ "),
        (0, 1, "do not differ"),
    ],
)
def test_how_many_pairs_differ(apart: int, number: int, said: str) -> None:
    told = pairs.of_pairs(apart, number)
    assert said in told
    assert ("(*)" in told) == (apart > 0)


@pytest.mark.parametrize("rows", [2, 4])
def test_of_one_fold_no_pair_is_said_not_to_differ(records: list[Record], rows: int) -> None:
    made = compared(comparison.make(records), rows)
    assert made.pairs is not None
    unknown = dataclasses.replace(made.pairs, adjusted=np.where(np.eye(rows) > 0, 1.0, np.nan))
    one = pairs.pairs(dataclasses.replace(made, pairs=unknown))
    assert one is not None
    assert one["note"] == f"Row minus column, in {made.metric}. Of one fold no pair can be tested."


def test_where_no_pair_differs_there_are_no_others(records: list[Record]) -> None:
    made = compared(comparison.make(records), 4)
    assert made.pairs is not None
    none = dataclasses.replace(made.pairs, adjusted=np.ones_like(made.pairs.adjusted))
    one = pairs.pairs(dataclasses.replace(made, pairs=none))
    assert one is not None
    assert "correction: all are pale." in one["note"]


@pytest.mark.parametrize(
    ("repeats", "said"),
    [
        ({}, "of 6 pairs differ"),
        ({"row-3": "row-2"}, "2 of 3 pairs differ"),
        ({"row-2": "row-1", "row-3": "row-1"}, "The two rows differ"),
        (dict.fromkeys(["row-1", "row-2", "row-3"], "row-0"), "accuracy. These rows count as one."),
    ],
)
def test_rows_that_count_as_one_are_in_no_pair(records: list[Record], repeats: dict[str, str], said: str) -> None:
    one = pairs.pairs(dataclasses.replace(compared(comparison.make(records), 4), repeats=repeats))
    assert one is not None
    assert said in one["note"]
    assert ("count as one" in one["note"]) == bool(repeats)


def test_where_rows_of_the_test_split_are_counted(page: Page) -> None:
    said = page.find("article", id="row-0")[0][1]
    assert "Numbers of rows count from 0 in the table that the split was read from." in said


def test_a_matrix_has_room_for_its_names(records: list[Record]) -> None:
    made = comparison.make(records)
    long = [{**row, "model": f"{'very' * 15}{at}"} for at, row in enumerate(made.rows)]
    short, slanted = figures.zoo(made), figures.zoo(dataclasses.replace(made, rows=long))
    assert short is not None
    assert slanted is not None
    assert slanted["layout"]["xaxis"]["tickangle"] == 40
    assert slanted["height"] - short["height"] > 30 * 6 * 0.64  # letters, their width, the sine of the angle
    least = []
    for name in ("p", 25 * "p"):
        one = figures.zoo(dataclasses.replace(made, rows=[{**row, "preprocess": name} for row in made.rows]))
        assert one is not None
        least.append(one["least"])
    assert least[1] - least[0] > 24 * 6


@pytest.mark.parametrize("spread", [0.0, 2.0])
def test_calibration_intervals_hold_the_truth_of_groups(spread: float) -> None:
    held = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(60), 5)
        own, chance = rng.normal(0, spread, 60)[group], rng.random(60)[group]  # columns belong to the patient
        hit = rng.random(300) < 1 / (1 + np.exp(-own))  # half of all, whatever was said
        bins = measures.calibration(hit, chance, groups=group)
        held += [not one["low"] > 0.5 and not one["high"] < 0.5 for one in bins]
    assert np.mean(held) > 0.93


def test_rows_that_stand_alone_tell_as_much_as_ever_and_a_group_alone_tells_nothing() -> None:
    rng = np.random.default_rng(0)
    hit, chance = rng.integers(0, 2, 4000), rng.random(4000)
    (alone,), (each,) = (measures.calibration(hit, chance, 1, groups=of) for of in (None, np.arange(4000)))
    assert [each["low"], each["high"]] == pytest.approx([alone["low"], alone["high"]], abs=1e-3)
    (one,) = measures.calibration(hit, chance, 1, groups=np.zeros(4000, int))
    assert np.isnan([one["low"], one["high"]]).all()
    # sums less the share: 2/3, -1/3, -1/3; t of 2 degrees of freedom is 4.30265
    times = measures._times(np.array([1, 0, 0]), np.arange(3))
    assert times == pytest.approx(((4 + 1 + 1) / 9 * 3 / 2 / (3 * 2 / 9), (4.30265 / 1.95996) ** 2), rel=1e-5)


def test_shares_of_rows_that_belong_together_have_no_interval_where_the_groups_are_not_known() -> None:
    part = of_rare(0.5)
    assert "error_y" in details.calibration("x", [0, 1], [("test split", part)])["data"][0]
    drawn = details.calibration("x", [0, 1], [("test split", dataclasses.replace(part, together=True))])
    assert "error_y" not in drawn["data"][0]
    assert "belong together" in drawn["note"]
    assert "by chance" not in drawn["note"]


def test_few_groups_of_rows_that_stand_alone_have_the_distance_of_these() -> None:
    rng, few = np.random.default_rng(0), []
    for _ in range(60):
        chance = rng.random(400)
        groups, hit = rng.integers(0, 5, 400), rng.random(400) < chance
        bins = [measures.calibration(hit, chance, groups=of) for of in (None, groups)]
        few.append(measures.chance_error(bins[1]) / measures.chance_error(bins[0]))
    assert np.mean(few) < 1.15


@pytest.mark.parametrize(("repeats", "each"), [(1, 1), (3, 1), (1, 4)])
def test_the_distance_of_right_probabilities_that_is_of_chance(repeats: int, each: int) -> None:
    seen, said = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chance = np.repeat(rng.beta(1, 9, 500), each)
        hit = np.repeat(rng.random(500), each) < chance  # rows of a group are alike
        groups = None if each == 1 else np.repeat(np.arange(500), each)
        given = (np.tile(hit, repeats), np.tile(chance, repeats))
        bins = measures.calibration(*given, repeats=repeats, groups=groups)
        seen.append(measures.calibration_error(bins))
        said.append(measures.chance_error(bins))
    assert np.mean(said) == pytest.approx(np.mean(seen), rel=0.1)
