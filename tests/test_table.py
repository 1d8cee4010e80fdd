"""The leaderboard in a terminal: which columns have room, and what the cells say."""

from pathlib import Path
from typing import Any

import pytest

from mlzoo import console
from mlzoo.board import comparison, table
from mlzoo.record import Record
from mlzoo.report import board, content
from tests.test_comparison import BASE, JITTER, scoring
from tests.test_leaderboard import made, unfinished

BASELINE = {"cv": {"accuracy": [0.5] * 10, "roc_auc": [0.5] * 10}, "test": {"accuracy": 0.55, "roc_auc": 0.5}}
TRIALS = {"total": 25, "full": 12, "raced": 12, "failed": 1}
LONG = ("models.type.class_weight=balanced", "preprocess.type.imputation=median", "models.type.C=0.125")
EVERYTHING = (
    *("rank", "row", "accuracy over folds", "to best", "to best 95 %", "p", "tied", "test", "test 95 %", "trials"),
    *("raced", "failed", "fit s", "to dummy", "predict s", "worse/same/better", "cv_roc_auc", "test_roc_auc"),
)
NEARER = tuple(title for title in EVERYTHING if title != "to best 95 %")


def rich(folder: str, scores: Any, **changes: Any) -> Record:
    """With every column."""
    cv = {"accuracy": scores.tolist(), "roc_auc": (scores + 0.1).tolist()}
    return scoring(folder, scores, cv=cv, **{"trials": TRIALS, "baseline": BASELINE, **changes})


def three(*overrides: str) -> list[Record]:
    records = [
        rich("a", BASE, cell="complex-rf", timing={"fit_s": 12.3, "predict_s": 0.1}),
        rich("b", BASE + JITTER - 0.001, cell="complex-lr", timing={"fit_s": 0.01, "predict_s": 0.01}),
        rich("c", BASE - 0.1 + JITTER, cell="simple-lr"),
    ]
    records[0].content["overrides"] += overrides
    return records


def drawn(records: list[Record], width: int, sort: str | None = None) -> list[str]:
    found = comparison.make(records, sort=sort)
    notes = [note for note in found.notes if "oof.npz" not in note]  # which made-up runs lack
    shown = table.to_text(found.rows, width=width, dummy=found.dummy, sentence=found.sentence, notes=notes, sort=sort)
    return shown.splitlines()


def headings(lines: list[str]) -> list[str]:
    return [part.strip() for part in lines[0].split("  ") if part]


def test_at_80_columns() -> None:
    assert drawn(three(), 80) == [
        "rank  row         accuracy over folds      to best       p  tied    test  trials",
        "   1  complex-rf  0.8020 (0.784 to 0.820)                   yes   0.7500      25",
        "   2  complex-lr  0.8011 (0.781 to 0.821)  -0.0009   0.632  yes   0.7500      25",
        "   3  simple-lr   0.7021 (0.682 to 0.722)  -0.0999  <0.001        0.7500      25",
        "--------------------------------------------------------------------------------",
        "      dummy       0.5000 ± 0.0000                                 0.5500",
        "More in leaderboard.csv and report.html: fit s, to dummy, raced and 7 more.",
        "complex-rf and complex-lr are tied; complex-lr is the fastest of them.",
    ]


@pytest.mark.parametrize(
    ("sort", "heading"),
    [
        *(("roc_auc", "cv_roc_auc"), ("test_roc_auc", "test_roc_auc"), ("fit_s", "fit s"), ("failed", "failed")),
        *(("equivalent", "worse/same/better"), ("gap_low", "to best 95 %"), ("baseline_gap", "to dummy")),
    ],
)
def test_the_column_that_the_rows_are_ordered_by_is_shown(sort: str, heading: str) -> None:
    assert heading not in headings(drawn(three(), 80))
    assert heading in headings(drawn(three(), 80, sort))
    assert max(map(len, drawn(three(), 80, sort))) <= 80
    assert headings(drawn(three(), 80, "accuracy")) == headings(drawn(three(), 80))


def test_everything_where_there_is_room() -> None:
    lines = drawn(three(), 220)
    assert tuple(headings(lines)) == EVERYTHING
    assert " ".join(lines[3].split()) == (
        "3 simple-lr 0.7021 (0.682 to 0.722) -0.0999 -0.1040 to -0.0958 <0.001 0.7500 0.700 to 0.800 25 12 1 "
        "0.250 +0.2021 0.125 100/0/0 % 0.8021 0.6500"
    )
    assert " ".join(lines[5].split()) == "dummy 0.5000 ± 0.0000 0.5500 0.5000 0.5000"
    assert not any(line.startswith("More in") for line in lines)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("longer", [False, True], ids=["short names", "long names"])
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(width: int, longer: bool) -> None:
    lines = drawn(three(*LONG) if longer else three(), width)
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= width
    assert headings(lines)[:3] == ["rank", "row", "accuracy over folds"]
    for cell in ("0.8020 (0.784 to 0.820)", "0.8011 (0.781 to 0.821)", "0.7021 (0.682 to 0.722)", "0.5000 ± 0.0000"):
        assert cell in text
    rule = next(at for at, line in enumerate(lines) if set(line) == {"-"})
    names = " ".join(line[6:].split("  ")[0].strip() for line in lines[1:rule])
    whole = "complex-rf class_weight=balanced imputation=median C=0.125" if longer else "complex-rf"
    assert all(word in names.split() for word in whole.split())  # folded between its words, if at all


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        pytest.param(60, NEARER[:5], id="60"),
        pytest.param(100, (*NEARER[:7], "trials", "fit s", "to dummy"), id="100"),
        pytest.param(115, (*NEARER[:7], "trials", "raced", "failed", "fit s", "to dummy"), id="115"),
        pytest.param(160, NEARER[:-2], id="160"),
    ],
)
def test_columns_by_what_matters(width: int, expected: tuple[str, ...]) -> None:
    lines = drawn(three(), width)
    assert tuple(headings(lines)) == expected
    (told,) = [line for line in lines if line.startswith("More in leaderboard.csv and report.html: ")]
    assert len(told) <= width
    first = next(column for column in ("tied", "test 95 %", "cv_roc_auc") if column not in expected)
    assert first in told or "more" in told


def test_a_long_name_is_folded_between_its_words_before_the_answer_is_left_out() -> None:
    lines = drawn(three(*LONG), 80)
    assert headings(lines)[3:] == ["to best", "p", "tied"]
    names = [line[6:34].strip() for line in lines[1:4]]
    assert names == ["complex-rf", "class_weight=balanced", "imputation=median C=0.125"]


@pytest.mark.parametrize("width", [50, 60])
def test_on_a_narrow_terminal_names_are_folded_within_their_words(width: int) -> None:
    word = f"class_weight={'x' * 50}"
    lines = drawn(three(f"models.type.{word}"), width)
    assert max(map(len, lines)) <= width
    assert headings(lines)[:3] == ["rank", "row", "accuracy over folds"]
    names = [line[6 : lines[0].index("accuracy") - 1].strip() for line in lines[1:-1]]
    assert "".join(names).startswith(f"complex-rf{word}complex-lr")


def test_what_no_row_has_is_no_column() -> None:
    plain = {"total": 1, "full": 1, "raced": 0, "failed": 0}
    one = scoring("a", BASE, trials=plain, test_interval=[None, None])
    assert headings(drawn([one], 200)) == [
        *("rank", "row", "accuracy over folds", "test", "trials", "fit s", "to dummy", "predict s"),
    ]  # fmt: skip


def test_one_row_that_is_the_best_is_tied_with_none() -> None:
    assert "tied" not in headings(drawn(three()[::2], 200))


def test_rows_that_are_not_done_have_a_status_and_a_reason() -> None:
    records = [
        made("a", cell="complex-rf"),
        made("b", validation__optimistic=True, cv={"accuracy": [0.5] * 3}),
        unfinished("c", "failed", cell="simple-lr", error={"type": "FitError", "message": "no luck [here]"}),
        unfinished("d", "running", cell="simple-rf"),
    ]
    lines = drawn(records, 80)
    assert headings(lines)[-1] == "status"
    assert [line.split()[-1] for line in lines[1:5]] == ["done", "done", "failed", "running"]
    assert [line[:4].strip() for line in lines[1:5]] == ["1", "2", "-", "-"]
    assert lines[2][6:].startswith("complex-lr (optimistic)  0.5000 ± 0.0000")
    assert lines[-2:] == [
        "simple-lr failed: no luck [here]",
        "simple-rf running: it has not ended, or was killed",
    ]


def test_nothing_done() -> None:
    lines = drawn([unfinished("c", "failed", cell="simple-lr"), unfinished("d", "running")], 80)
    assert lines[:3] == [
        "rank  row         score over folds  status",
        "   -  simple-lr                     failed",
        "   -  complex-lr                    running",
    ]


def test_a_long_metric_is_folded_in_its_heading() -> None:
    metric = "neg_root_mean_squared_error"
    base = {"cv": {metric: [-900.0] * 10}, "test": {metric: -950.0}}
    one = scoring("a", BASE, cv={metric: (BASE * -500).tolist()}, test={metric: -410.5}, baseline=base, metric=metric)
    lines = drawn([one], 80)
    assert lines[0].strip() == metric
    assert lines[1].startswith("rank  row         over folds  ")
    assert "  -401.0 (-" in lines[2]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [60, 80])
def test_a_metric_whose_name_is_as_wide_as_the_terminal_is_shortened(width: int) -> None:
    metric = "my_zoo." + "cost_" * 15
    base = {"cv": {metric: [0.5] * 10}, "test": {metric: 0.5}}
    one = scoring("a", BASE, cv={metric: BASE.tolist()}, test={metric: 0.8}, baseline=base, metric=metric)
    lines = drawn([one], width)
    assert lines[0].strip() == "my_zoo.cost_cost_cost_cost_…st_cost_"
    assert lines[2].split()[:3] == ["1", "complex-lr", "0.8020"]
    assert max(map(len, lines[:5])) <= width


def test_rows_of_different_estimators_are_named() -> None:
    plain, other = made("a"), made("b", cell="simple-lr")
    fast = made("b", cell="simple-lr", environment={"accelerator": "sklearnex 2026.2.0"})
    assert "different estimators (scikit-learn's own, sklearnex 2026.2.0)" in drawn([plain, fast], 200)[-1]
    assert not any("different estimators" in line for line in drawn([plain, other], 200))


def test_a_name_of_wide_signs_is_aligned() -> None:
    records = three()
    records[2].content["cell"] = "単純-lr"
    lines = drawn(records, 100)
    start = lines[1].index("0.8020")
    assert lines[3].index("0.7021") == start - 2  # each of the two takes the place of two


def test_a_score_is_told_with_the_decimals_of_its_interval() -> None:
    near = {"test": {"accuracy": 0.999942, "roc_auc": 0.5}, "test_interval": [0.99992, 0.99996], "n_trials": None}
    one = rich("a", BASE * 1e-3 + 0.999, **near)
    assert " 0.99994 on the test split (95 % interval 0.99992 to 0.99996)" in console.summary(one, Path())
    cells = drawn([one], 200)[1].split("  ")
    assert {"0.99980 (0.99978 to 0.99982)", "0.99994", "0.99992 to 0.99996"} <= {cell.strip() for cell in cells}
    one.content["validation"]["optimistic"] = True
    one.content["cv"]["accuracy"] = [0.999942]
    assert " (optimistic)  0.99994  " in drawn([one], 200)[2]


def test_a_spread_is_told_with_the_decimals_of_the_large_mean_beside_it() -> None:
    one = scoring("a", [-150.0, -200.0], test={"accuracy": -160.0}, test_interval=[None, None], n_trials=None)
    assert "\n  -175.0 ± 35.4 over 2 folds, " in console.summary(one, Path())
    assert content.scores(one.content)[0][1]["± sd"] == "35.4"
    assert board.cell({"cv_mean": -175.0, "cv_sd": 35.3553}, "cv_mean")["small"] == "±\u00a035.4"


@pytest.mark.parametrize(
    ("total", "asked", "told"), [(1, 1, "1 trial"), (20, 20, "20 trials"), (1, 20, "1 of 20 trials")]
)
def test_how_many_trials_the_best_is_of(total: int, asked: int, told: str) -> None:
    trials = {"total": total, "failed": 0}
    one = scoring("a", BASE, n_trials=asked, trial=0, trials=trials, command="python -m mlzoo")
    assert f"\n  best of {told} is trial 0; this rebuilds it:\n" in console.summary(one, Path())


def test_a_difference_is_told_with_the_decimals_of_its_interval() -> None:
    row = {"gap": -6e-5, "gap_low": -7e-5, "gap_high": -5e-5, "cv_mean": 0.5}
    assert table._to_best(row) == ("-0.00006", "-0.00007 to -0.00005")
    assert table._to_best(row | {"gap_low": -6e-5, "gap_high": -6e-5}) == ("-0.0001", "")
    large = {"gap": -16.9654, "gap_low": -30.12, "gap_high": -3.81, "cv_mean": -152.3}
    assert table._to_best(large) == ("-17.0", "-30.1 to -3.8")


def test_the_score_of_a_hold_out_is_of_no_folds() -> None:
    held = [made("a", validation__optimistic=True, cv={"accuracy": [0.5]})]
    assert "accuracy on the test" in drawn(held, 100)[0]
    assert "accuracy over folds" in drawn([*held, made("b", cell="p-b")], 100)[0]


def test_the_three_chances_add_up_on_a_terminal_too() -> None:
    found = comparison.make(three())
    rows = [row | {"worse": 0.335, "equivalent": 0.335, "better": 0.33} for row in found.rows]
    (column,) = [one for one in table.columns(rows) if one.title == "worse/same/better"]
    assert column.cells == ["", "34/33/33 %", "34/33/33 %"]
