"""Runs on several data sets: their boards, the one over all, its words, files and page."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hydra.types import RunMode
from scipy.stats import friedmanchisquare, wilcoxon

from mlzoo import console, launch, outputs, prediction, record, text
from mlzoo.board import comparison, leaderboard, overall, table
from mlzoo.board.overall import Overall
from mlzoo.cli import dispatch
from mlzoo.errors import RecordError
from mlzoo.findings import finding_of
from mlzoo.record import Record
from mlzoo.report import over as page
from mlzoo.stats import ranks
from tests.conftest import Program
from tests.report_rows import sweep
from tests.test_comparison import BASE, FOLDS
from tests.test_leaderboard import made
from tests.test_report import Page

CONF = Path(__file__).with_name("conf")
EIGHT = [f"set{at}" for at in range(8)]
MEANS = {  # of three rows on eight sets
    "p-a": [0.90, 0.85, 0.80, 0.95, 0.70, 0.88, 0.91, 0.77],
    "p-b": [0.89, 0.86, 0.78, 0.94, 0.69, 0.86, 0.92, 0.75],
    "p-c": [0.80, 0.70, 0.71, 0.85, 0.62, 0.70, 0.73, 0.66],
}


def run(name: str, cell: str, mean: float | None, *words: str, metric: str = "accuracy", **changes: Any) -> Record:
    """A run whose scores have this mean; one that failed, where there is none."""
    scores = {metric: (BASE - BASE.mean() + (mean or 0.0)).tolist()}
    base = {"cv": {metric: [0.5] * 10}, "test": {metric: 0.5}}
    data = {"target": "y", "train": {"target_sha256": name, "source": f"{name}.csv"}, "test": {"target_sha256": name}}
    content = {"cv": scores, "test": {metric: mean}, "baseline": base, "validation": FOLDS, "data": data}
    failed = {"status": "failed", "error": {"type": "FitError", "message": "no luck"}} if mean is None else {}
    folder = f"runs/{name}/{cell}{''.join(words)}"
    return made(folder, *words, cell=cell, **{**content, "metric": metric, "dataset": name, **failed, **changes})


def runs(means: dict[str, list[float | None]], names: list[str] | None = None, **changes: Any) -> list[Record]:
    sets = names or EIGHT
    return [
        run(name, cell, mean, **changes)
        for cell, scores in means.items()
        for name, mean in zip(sets[: len(scores)], scores, strict=True)
    ]


def over(records: list[Record], **given: Any) -> Overall:
    found = overall.make(records, **given)
    assert isinstance(found, Overall)
    return found


# -- sets and rows ------------------------------------------------------------------------------------------------


def test_one_set_is_a_board_as_ever() -> None:
    for records in (
        runs({"p-a": [0.9], "p-b": [0.8]}, ["wine"]),
        [made("a"), made("b", cell="x-y")],
        runs({"p-a": [0.9]}, ["wine"]),
    ):
        found = overall.make(records)
        assert isinstance(found, comparison.Comparison)
        assert found.rows == comparison.make(records).rows
        answer = overall.compare(records).attrs
        assert answer == {**comparison.told(found), "dummy": found.dummy}


def test_a_pipeline_that_stands_there_twice_is_ranked_once() -> None:
    records = runs({name: MEANS[name] for name in ("p-a", "p-c")})
    copies = [replace(one, folder=one.folder / "again") for one in records if one["cell"] == "p-a"]
    alone, found = over(records), over([*records, *copies])
    assert found.names == ["p-a #1", "p-c"]
    assert [row["p"] for row in found.rows] == [*(row["p"] for row in alone.rows), None]
    assert "Not ranked: p-a #2 predicts the same as p-a #1 on every set." in found.notes


def test_a_pipeline_that_stands_twice_on_one_set_is_one_row_over_all() -> None:
    records = runs({name: MEANS[name] for name in ("p-a", "p-c")})
    alone, found = over(records), over([*records, replace(records[0], folder=records[0].folder / "again")])
    assert found.names == ["p-a #1", "p-c"]
    assert found.used == alone.used
    assert [row["p"] for row in found.rows] == [*(row["p"] for row in alone.rows), None]
    assert found.notes[0] == "Not ranked: p-a #2 predicts the same as p-a #1 on every set."


def test_a_row_that_predicts_the_same_on_one_set_alone_is_ranked() -> None:
    boards = over(runs(MEANS)).boards
    same = {name: replace(board, repeats={"p-b": "p-a"}) for name, board in boards.items()}
    assert overall.over({**boards, "set0": same["set0"]}).names == ["p-a", "p-b", "p-c"]
    assert overall.over(same).names == ["p-a", "p-c"]


def test_rows_that_predict_the_same_count_once_whichever_is_the_first_of_them_on_a_set() -> None:
    boards = over(runs(MEANS)).boards
    first = {"p-b": "p-a", "p-c": "p-a"}  # on the other sets p-a predicts otherwise
    same = {name: replace(board, repeats={"p-c": "p-b"}) for name, board in boards.items()}
    found = overall.over({**same, "set0": replace(boards["set0"], repeats=first)})
    assert found.names == ["p-a", "p-b"]
    assert found.notes[0] == "Not ranked: p-c predicts the same as p-b on every set."


def test_each_set_has_its_own_board() -> None:
    records = runs(MEANS)
    found, wide = over(records), over(records, rope=0.2)
    assert list(found.boards) == EIGHT
    for name, board in found.boards.items():
        held = [one for one in records if one["dataset"] == name]
        alone = comparison.make(held)
        assert board.rows == alone.rows
        assert board.sentence == alone.sentence
        assert (board.rope, wide.boards[name].rope) == (0.01, 0.2)


def test_a_row_has_one_name_on_all_sets() -> None:
    words = [("models.type.C=1",), ("models.type.C=2",)]
    records = [
        run(name, "p-lr", 0.8, *more, f"+dataset={name}", *of)
        for name, of in ((("a"), ()), ("b", ("seed=2",)))
        for more in words
    ]
    records.append(run("c", "p-lr", 0.7, "models.type.C=1", "+dataset=openml", "dataset.name=c"))
    found = over(records)
    assert [row["row"] for row in found.rows] == ["p-lr C=1", "p-lr C=2"]  # the seed varies among the sets alone
    assert [row["sets"] for row in found.rows] == [3, 2]


def test_runs_without_a_named_set_go_by_their_file() -> None:
    found = over([run("a", "p-lr", 0.8), run("mine", "p-lr", 0.8, dataset=None), run("a", "p-rf", 0.7)])
    assert list(found.boards) == ["a", "mine.csv"]
    runs = [run("a", "p-lr", 0.8), *(run(name, "p-lr", 0.8, dataset=None) for name in ("mine", "ours"))]
    assert overall.set_names(runs) == ["a", *["mine.csv and ours.csv"] * 2]
    again, failed = (run("mine", cell, 0.7, dataset=None) for cell in ("p-rf", "p-nb"))
    failed.content["data"] = None  # before it was read
    assert overall.set_names([*runs, again, failed])[1:] == ["mine.csv and ours.csv"] * 4
    runs.append(run("third", "p-lr", 0.8, dataset=None))
    assert overall.set_names(runs)[1] == "mine.csv and ours.csv and others"


def test_runs_that_claim_to_be_of_the_same_set_are_still_refused() -> None:
    other = run("a", "p-rf", 0.8, data__train__target_sha256="x")
    with pytest.raises(RecordError, match="they differ in the target of the train split"):
        overall.make([run("a", "p-lr", 0.8), other, run("b", "p-lr", 0.8)])


def test_records_of_before_have_no_set() -> None:
    one, other = made("a"), made("b", cell="x-y")
    del one.content["dataset"], other.content["dataset"]
    assert overall.set_names([one, other]) == [overall.UNNAMED] * 2


def test_rows_that_share_the_best_mean_rank_are_all_named() -> None:
    scores = {"a": (0.8, 0.7), "b": (0.7, 0.8)}
    runs = [
        run(name, cell, score)
        for name, some in scores.items()
        for cell, score in zip(("z-lr", "c-rf"), some, strict=True)
    ]
    found = over(runs)
    assert [(row["row"], row["rank"]) for row in found.rows] == [("c-rf", 1), ("z-lr", 1)]
    assert leaderboard.best(found.rows) is found.rows[0]
    assert page.facts(found)[0]["value"] == "c-rf and z-lr"


# -- ranks and tests ----------------------------------------------------------------------------------------------


def test_the_board_over_all() -> None:
    found = over(runs(MEANS))
    scores = np.array([MEANS[name] for name in found.names])
    assert found.names == ["p-a", "p-b", "p-c"]
    assert found.used == EIGHT
    assert [row["rank"] for row in found.rows] == [1, 2, 3]
    assert [row["mean_rank"] for row in found.rows] == pytest.approx([10 / 8, 14 / 8, 3])
    assert found.friedman is not None
    assert found.friedman.chi2 == pytest.approx(friedmanchisquare(*scores).statistic)
    raw = [wilcoxon(np.round(scores[i] - scores[j], 9)).pvalue for i, j in ((0, 1), (0, 2), (1, 2))]
    assert raw[1:] == pytest.approx([2 / 256] * 2)
    assert found.adjusted is not None
    assert found.adjusted[0, 2] == pytest.approx(3 * raw[1])
    assert [row["p"] for row in found.rows] == found.adjusted[:, 0].tolist()
    row = found.rows[1]
    assert tuple(row) == (*overall.COLUMNS, *(f"{part}_{name}" for part in ("rank", "cv") for name in EIGHT))
    assert (row["rank_set1"], row["cv_set1"]) == (1, pytest.approx(0.86))
    assert (row["preprocess"], row["model"], row["metric"], row["status"]) == ("p", "b", "accuracy", "done")


@pytest.mark.parametrize(
    ("means", "sentence"),
    [
        pytest.param(
            MEANS,
            "p-a has the best mean rank, 1.25 over 8 sets. The rows differ (Friedman's test, p <0.001). Not told apart "
            "from it: p-b (Wilcoxon's test of each pair, adjusted by Holm).",
            id="three rows",
        ),
        pytest.param(
            {**MEANS, "p-b": [one - 0.05 for one in MEANS["p-a"]]},
            "p-a has the best mean rank, 1.00 over 8 sets. The rows differ (Friedman's test, p <0.001). It is better "
            "than all other rows (Wilcoxon's test of each pair, adjusted by Holm).",
            id="a winner",
        ),
        pytest.param(
            {name: MEANS[name] for name in ("p-a", "p-c")},
            "p-a has the best mean rank, 1.00 over 8 sets. It is better than p-c (Wilcoxon's test).",
            id="two rows: Wilcoxon alone",
        ),
        pytest.param(
            {name: scores[:5] for name, scores in MEANS.items()},
            "p-a has the best mean rank, 1.20 over 5 sets. The rows differ (Friedman's test, p 0.008). Not told apart "
            "from it: p-b and p-c (Wilcoxon's test of each pair, adjusted by Holm). Of 3 rows over 5 sets no two can "
            "be: the least p would be 0.188.",
            id="too few sets for the pairs",
        ),
        pytest.param(
            {name: scores[:4] for name, scores in MEANS.items()},
            "p-a has the best mean rank, 1.25 over 4 sets. No test is made of fewer than 5 sets: even of two equal "
            "rows one wins on all of 4 in 12.5% of cases.",
            id="too few sets for any test",
        ),
        pytest.param(
            {"p-a": [0.9, 0.7, 0.8] * 2, "p-b": [0.8, 0.9, 0.7] * 2, "p-c": [0.7, 0.8, 0.9] * 2},
            "p-a, p-b and p-c share the best mean rank, 2.00 over 6 sets. No row is told apart from another "
            "(Friedman's test, p 1.000).",
            id="no difference",
        ),
        pytest.param({"p-a": [0.9] * 6}, "There is nothing to compare p-a with.", id="one row"),
        pytest.param({"p-a": [None] * 6}, "No run is done, there is nothing to rank.", id="nothing is done"),
    ],
)
def test_the_answer(means: dict[str, list[float | None]], sentence: str) -> None:
    found = over(runs(means))
    assert found.sentence == sentence
    assert (found.adjusted is not None) == ("Wilcoxon" in sentence or "Friedman" in sentence)
    assert (found.friedman is not None) == ("Friedman" in sentence)


def test_a_row_that_the_test_finds_better_is_not_called_worse() -> None:
    """It wins on as many sets as the other one, and by more."""
    gaps = [0.001 * at for at in range(1, 13)] + [-0.01 * at for at in range(2, 14)]
    found = over(runs({"p-a": [0.7 + gap for gap in gaps], "p-b": [0.7] * 24}, [f"set{at}" for at in range(24)]))
    assert found.sentence == (
        "p-a and p-b share the best mean rank, 1.50 over 24 sets. p-b is better than p-a by the size of the "
        "differences (Wilcoxon's test)."
    )
    assert [row["tied"] for row in found.rows] == [True, True]
    assert found.rows[1]["p"] < 0.05
    shown = table.to_text(found.rows, width=80).splitlines()
    assert shown[2].split()[3] == text.p_value(found.rows[1]["p"])  # as on the page, though it has rank 1 too


@pytest.mark.parametrize("metric", ["neg_mean_absolute_error", "my_zoo.pinball"])
def test_the_unit_of_a_target_changes_nothing(metric: str) -> None:
    errors = {name: [one - 1 for one in scores] for name, scores in MEANS.items()}
    scaled = {name: [1000 * scores[0], *scores[1:]] for name, scores in errors.items()}
    one, other = (over(runs(means, metric=metric)) for means in (errors, scaled))
    assert np.array_equal(one.adjusted, other.adjusted)  # type: ignore[arg-type]
    assert one.sentence == other.sentence
    assert (one.scaled, over(runs(MEANS)).scaled) == (True, False)
    said = [page.pairs(each)["note"] for each in (one, over(runs(MEANS)))]  # type: ignore[index]
    assert ["shares of the range" in note for note in said] == [True, False]


def test_the_larger_unit_of_a_target_makes_no_row_the_better_one() -> None:
    """The second row wins on four of twelve sets, by a little, which is much in their unit."""
    units = np.repeat([1000.0, 1.0], [4, 8])
    ahead = np.where(units > 1, 0.001, -0.1) * np.arange(1, 13)
    means = {"p-a": -units, "p-b": -units * (1 - ahead), "p-c": -5 * units}
    sets = [f"set{at}" for at in range(12)]
    found = over(runs({name: of.tolist() for name, of in means.items()}, sets, metric="neg_mean_absolute_error"))
    assert found.sentence == (
        "p-a has the best mean rank, 1.33 over 12 sets. The rows differ (Friedman's test, p <0.001). It is better than "
        "all other rows (Wilcoxon's test of each pair, adjusted by Holm)."
    )


def test_what_friedman_does_not_find_no_pair_is_told_apart_by() -> None:
    rng = np.random.default_rng(0)
    means = {f"p-{at}": list(rng.normal(0.8, 0.01, 8)) for at in range(12)}
    means["p-a"], means["p-b"] = [0.9] * 8, [0.1] * 8  # noise lies between them
    found = over(runs(means))
    assert found.friedman is not None
    assert found.adjusted is not None
    assert [row["tied"] for row in found.rows] == [
        overall._apart(found.friedman, found.adjusted, at) is False for at in range(14)
    ]
    assert not overall._apart(ranks.Friedman(0, 0, 0.2), np.array([[1.0], [0.001]]), 1)
    assert overall._apart(ranks.Friedman(0, 0, 0.01), np.array([[1.0], [0.001]]), 1)


def test_no_pair_is_marked_as_different_where_friedman_finds_no_difference() -> None:
    means = {"p-a": [7, 8, 6, 4, 7, 5, 10, 10], "p-b": [4, 6, 1, 5, 1, 0, 2, 0], "p-c": [8, 2, 9, 1, 6, 9, 1, 0]}
    found = over(runs({name: [one / 10 for one in scores] for name, scores in means.items()}))
    assert "No row is told apart from another (Friedman's test" in found.sentence
    assert found.adjusted is not None
    assert found.adjusted.min() == pytest.approx(3 * 4 / 2**8)  # on one set alone p-b is ahead of p-a, by the least
    drawn = page.pairs(found)
    assert drawn is not None
    assert "*" not in str(drawn["data"][0]["text"])
    assert drawn["note"].endswith(" No pair is told apart, as Friedman's test shows no difference among all rows.")


def test_a_p_value_is_no_chance_that_rows_are_equal() -> None:
    drawn = page.describe(over(runs(MEANS)), {})
    assert dict(drawn["legend"])["p"].startswith("of the difference to the first row by Wilcoxon's test")
    assert drawn["facts"][-1]["note"].startswith("of ranks as far apart, were all rows equal; chi²")


def test_only_ranks_are_pooled_of_different_metrics() -> None:
    errors = {name: [-1000 * (1 - one) for one in scores] for name, scores in MEANS.items()}
    mixed = runs({name: scores[:4] for name, scores in MEANS.items()}) + runs(
        {name: scores[4:] for name, scores in errors.items()}, EIGHT[4:], metric="neg_mean_squared_error"
    )
    found, plain = over(mixed), over(runs(MEANS))
    assert [row["mean_rank"] for row in found.rows] == [row["mean_rank"] for row in plain.rows]
    assert found.friedman == plain.friedman
    assert found.rows[0]["metric"] == "accuracy, neg_mean_squared_error"
    scores = np.array([[row[f"cv_{name}"] for name in EIGHT] for row in found.rows])
    assert np.array_equal(found.adjusted, ranks.wilcoxon_pairs(scores, scaled=True))  # type: ignore[arg-type]


def test_gaps_are_left_out_and_said() -> None:
    """Classifiers on seven sets, and on one of numbers a regressor that fails on the others."""
    means: dict[str, list[float | None]] = {name: [*scores[:7], None] for name, scores in MEANS.items()}
    found = over(runs({**means, "p-ridge": [*[None] * 7, 0.4]}))
    assert (found.names, found.used) == (["p-a", "p-b", "p-c"], EIGHT[:7])
    assert [row["rank"] for row in found.rows] == [1, 2, 3, None]
    assert found.rows[0]["error"] == "no score on set7"
    assert found.rows[3]["cv_set7"] == pytest.approx(0.4)
    assert found.rows[3]["mean_rank"] is found.rows[3]["rank_set7"] is None
    assert found.notes == [
        "Ranked over 7 of 8 sets: on set7 not every ranked row has a score.",
        "Not ranked: p-ridge has no score on set0, set1, set2, set3 and 3 more.",
    ]
    one = over(runs({**MEANS, "p-d": [0.99, *[None] * 7]}))
    assert (one.names, one.used) == (["p-a", "p-b", "p-c"], EIGHT)  # a row that fails costs no set
    assert one.notes == ["Not ranked: p-d has no score on set1, set2, set3, set4 and 3 more."]


def test_sets_on_which_nothing_may_have_been_learnt_are_said() -> None:
    """The dummy has 0.5 on each."""
    names = ["a", "b", "c", "d", "e", "f"]
    found = over(runs({"p-a": [0.9, 0.5, 0.8, 0.51, 0.7, 0.85], "p-b": [0.8, 0.49, 0.7, 0.5, 0.6, 0.75]}, names))
    none = "the best row is not shown to be better than a guess that looks at no column, such as the dummy"
    assert found.notes == [f"On b and d {none}: how rows rank there may be luck."]
    assert over(runs(MEANS)).notes == []
    assert over(runs({"p-a": [0.5] * 6}, names)).notes == []  # of which there are no ranks


def test_sets_on_which_rows_of_more_trials_are_flattered_are_said() -> None:
    few, many = ({"trials": {"total": total}} for total in (1, 12))
    names = ["a", "b", "c", "d", "e"]
    plain, tuned = (runs({name: MEANS[name][:5]}, names, **of) for name, of in (("p-a", few), ("p-b", many)))
    told = "rows that were chosen among more trials are flattered, in ranks and p alike"
    assert over([*plain, *tuned]).notes == [f"On a, b, c, d and e {told}; validation=nested does not do so."]
    assert (
        over([*plain, *tuned[:1], *runs({"p-b": MEANS["p-b"][1:5]}, names[1:], **few)]).notes[0].startswith("On a row")
    )
    assert over([*plain, *runs({"p-b": MEANS["p-b"][:5]}, names, **few)]).notes == []


def test_rows_that_are_named_by_what_a_search_has_not_chosen_are_said() -> None:
    rows = [(mean, f"models.type.C={value}") for value, mean in ((1, 0.8), (2, 0.7))]
    command = "python -m mlzoo models.type.C=1"  # what both chose
    found = over([run(name, "p-lr", *row, command=command) for name in ("a", "b") for row in rows])
    told = "Names say where a search began, not what it chose, which the board of each set says: p-lr C=2."
    assert found.notes == [told]


def test_optimistic_scores_make_no_row_the_best() -> None:
    holdout = {**FOLDS, "name": "holdout", "folds": 1, "optimistic": True}
    every = over(runs(MEANS, validation=holdout))
    assert every.sentence == "Every score is optimistic: the test split was the objective (validation=holdout)."
    assert leaderboard.best(every.rows) is None
    assert every.adjusted is None
    some = runs({name: scores[:6] for name, scores in MEANS.items()})
    flattered = runs({"p-a": [0.1, 0.1], "p-b": [0.1, 0.1], "p-c": [0.9, 0.9]}, EIGHT[6:], validation=holdout)
    found = over(some + flattered)
    assert (found.used, found.names[0]) == (EIGHT[:6], "p-a")
    assert leaderboard.best(found.rows) is found.rows[0]
    assert found.notes == ["Ranked over 6 of 8 sets: the scores on set6 and set7 are optimistic (validation=holdout)."]
    failed = over([*some, *flattered, run("set6", "p-d", None)])
    assert (failed.used, failed.notes[0]) == (found.used, found.notes[0])


def test_equal_mean_ranks_share_a_rank() -> None:
    found = over(runs({"p-a": [0.9, 0.8], "p-b": [0.8, 0.9], "p-c": [0.1, 0.1]}))
    assert [row["rank"] for row in found.rows] == [1, 1, 3]


@pytest.mark.parametrize(
    ("sort", "rows", "first", "marked"),
    [
        ("rank_set1", ["p-b", "p-a", "p-c"], ["p-a", "p-b", "p-c"], {"set-1": "ascending"}),
        ("cv_set7", ["p-a", "p-b", "p-c"], ["p-a", "p-b", "p-c"], {"rank": "ascending"}),
        ("fit_s", ["p-a", "p-b", "p-c"], ["p-c", "p-b", "p-a"], {"rank": "ascending"}),
        ("model", ["p-a", "p-b", "p-c"], ["p-a", "p-b", "p-c"], {"rank": "ascending"}),
    ],
)
def test_sorted(sort: str, rows: list[str], first: list[str], marked: dict[str, str]) -> None:
    records = runs(MEANS)
    for one in records:
        one.content["timing"] = {"fit_s": {"p-a": 3.0, "p-b": 2.0, "p-c": 1.0}[one["cell"]], "predict_s": 0.1}
    found = over(records, sort=sort)
    assert [row["row"] for row in found.rows] == rows
    assert [row["row"] for row in found.boards["set0"].rows] == first
    assert page.describe(found, dict.fromkeys(found.boards, ""))["sorted"] == marked


def test_an_unknown_column_or_metric() -> None:
    with pytest.raises(RecordError, match="no such column over all sets, nor on the board of set0") as refused:
        over(runs(MEANS), sort="fit")
    assert "Did you mean 'fit_s'? Over all sets there are: rank, row, " in str(refused.value)
    assert ", rank_set7, cv_set7. On that board there are: rank, row, " in str(refused.value)
    with pytest.raises(RecordError, match="Did you mean 'rank_set7'"):
        over(runs(MEANS), sort="rnk_set7")
    with pytest.raises(RecordError, match="has no scores of 'f1'"):
        over(runs(MEANS), metric="f1")


# -- files, words and page ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of three cells over five sets, with all files of each run; one failed."""
    home = tmp_path_factory.mktemp("sweep")
    cells = [("simple", "lr"), ("complex", "lr"), ("complex", "rf")]
    for number, name in enumerate(["wine", "iris", "7", "credit-g v1", "<b>&wild"]):
        sweep(home / str(number), cells, trials=3, rows=80, dataset=name)
    failed = {"status": "failed", "error": {"type": "FitError", "message": "no luck"}}
    sweep(home / "9", [("odd", "nb")], dataset="wine", **failed)
    return home


@pytest.fixture(scope="module")
def shown(folder: Path) -> Path:
    assert not console.show_comparison(overall.make(record.find(folder)), folder, complete=True)  # one has failed
    return folder


def test_the_folders_of_the_sets(shown: Path) -> None:
    names = sorted(path.parent.name for path in shown.glob("*/leaderboard.csv"))
    assert names == ["b-wild", "credit-g-v1", "iris", "set-7", "wine"]
    assert all((shown / name / "report.html").is_file() for name in names)
    assert [one.name for one in outputs.places(["a b", "a-b", "../x", "3", "…"], shown).values()] == [
        *("a-b", "a-b-2", "x", "set-3", "set")
    ]


def test_a_set_s_folder_with_another_s_file_ends_the_multirun_as_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(["wine", "iris"]):
        sweep(tmp_path / str(number), [("simple", "lr"), ("complex", "lr")], trials=1, rows=80, dataset=name)
    (tmp_path / "multirun.yaml").touch()
    (tmp_path / "wine").mkdir()
    (tmp_path / "wine/leaderboard.csv").write_text("rank,mine\n")
    own = SimpleNamespace(mode=RunMode.MULTIRUN, sweep=SimpleNamespace(dir=tmp_path))
    master: Any = SimpleNamespace(hydra=own)
    assert not launch.finish_sweep(master, 0.0, ended=True, interrupted=False)
    said = capsys.readouterr().err
    assert said.startswith(f"No leaderboard: {tmp_path}/wine/leaderboard.csv is none of mlzoo's")
    assert said.endswith(f"draw it by: python -m mlzoo compare {tmp_path}\n")
    assert "These rank together" not in said


def test_the_files_over_all(shown: Path) -> None:
    content = json.loads((shown / "leaderboard.json").read_text())
    with (shown / "leaderboard.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = over(record.find(shown))
    assert [row["row"] for row in rows] == [row["row"] for row in content["rows"]] == [row["row"] for row in found.rows]
    assert [float(row["mean_rank"]) for row in rows[:3]] == [row["mean_rank"] for row in found.rows[:3]]
    assert list(rows[0])[:5] == ["rank", "row", "preprocess", "model", "metric"]
    assert content["best"] == found.names[0]
    assert content["sets"]["credit-g v1"]["folder"] == "credit-g-v1"
    assert content["ranked_over"] == found.used
    assert content["friedman"]["p"] == pytest.approx(found.friedman.p)  # type: ignore[union-attr]
    assert content["pairs"] == {"rows": found.names, "adjusted": found.adjusted.tolist()}  # type: ignore[union-attr]
    assert content["complete"] is False  # a run failed
    sets = [json.loads((shown / name / "leaderboard.json").read_text()) for name in ("iris", "wine")]
    assert [(of["dummy"]["row"], of["complete"]) for of in sets] == [("dummy", True), ("dummy", False)]


def test_a_set_is_found_by_its_folder(shown: Path, tmp_path: Path) -> None:
    moved = shown.rename(shown.with_name("moved"))
    try:
        content = json.loads((moved / "wine" / "leaderboard.json").read_text())
        assert {row["folder"] for row in content["rows"]} == {"../0/0", "../0/1", "../0/2", "../9/0"}
        assert {one["dataset"] for one in leaderboard.collect(moved / "wine")} == {"wine"}
        assert prediction.choose(moved / "wine")["cell"] == content["best"]
        with pytest.raises(RecordError, match=r"several data sets \(wine, .*\): name .*moved/wine, "):
            prediction.choose(moved)
        assert dispatch(["compare", str(moved / "wine"), "-o", str(tmp_path)]) == 0
        assert overall.compare(moved).attrs.keys() == {"sentence", "notes", "doubts"}
        assert len(overall.compare(moved / "wine")) == 4
    finally:
        moved.rename(shown)


def test_a_comparison_over_sets_is_found_by_its_folder(shown: Path, tmp_path: Path) -> None:
    assert dispatch(["compare", str(shown), "-o", str(tmp_path / "both")]) == 0
    found = leaderboard.collect(tmp_path / "both")
    assert sorted(str(one.folder.resolve()) for one in found) == sorted(str(one.folder) for one in record.find(shown))
    with pytest.raises(RecordError, match=r"several data sets \(wine, .*\): name .*both/wine, "):
        prediction.choose(tmp_path / "both")


def test_the_exported_json_says_what_that_of_the_folder_does(shown: Path) -> None:
    assert dispatch(["compare", str(shown), "--export", str(shown / "all.json")]) == 0
    written, exported = (json.loads((shown / name).read_text()) for name in ("leaderboard.json", "all.json"))
    assert {key: written[key] for key in exported} == exported
    assert {"sets", "ranked_over", "friedman", "pairs", "sentence", "notes"} < set(exported)


def test_doubts_say_of_which_set_they_are() -> None:
    """Sets may have columns of the same name."""
    late = finding_of("time", "warning", "day", "In the order of 'day'.", "split.time=day")
    means = {"p-a": [0.9, 0.8], "p-b": [0.8, 0.7]}
    found = over(runs(means, ["oj", "wine"], findings=[late]))
    assert overall._answer(found)["doubts"] == [
        "oj: In the order of 'day'. Pass: split.time=day",
        "wine: In the order of 'day'. Pass: split.time=day",
    ]
    drawn = page.describe(found, {})
    assert drawn["doubts"][1] == ("wine: In the order of 'day'.", "Pass: split.time=day")
    assert drawn["notices"][0].startswith("What is advised on oj and wine is for a run on that set alone: for runs")
    assert not any("advised" in note for note in over(runs(means, ["oj", "wine"])).notes)


def test_one_set_alone_that_is_done_needs_no_name(tmp_path: Path) -> None:
    sweep(tmp_path / "0", [("simple", "lr"), ("complex", "lr")], trials=3, rows=80, dataset="wine")
    sweep(tmp_path / "1", [("simple", "lr")], trials=3, rows=80, dataset="iris", status="interrupted")
    console.show_comparison(overall.make(record.find(tmp_path)), tmp_path)
    assert prediction.choose(tmp_path)["dataset"] == "wine"


def test_what_the_terminal_is_told(shown: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert dispatch(["compare", str(shown), "--export", str(shown / "all.md")]) == 0
    said = capsys.readouterr().out
    parts = [line for line in said.splitlines() if line.startswith("== ")]
    assert parts == [f"== {name} ==" for name in ("wine", "iris", "7", "credit-g v1", "<b>&wild")] + [
        "== over 5 sets: ranks =="
    ]
    assert "More in credit-g-v1/leaderboard.csv and credit-g-v1/report.html" in said
    last = said[said.index("== over 5") :].splitlines()
    assert last[1].split()[:5] == ["rank", "row", "mean", "rank", "p"]
    assert "Not ranked: odd-nb has no score on wine, iris, 7, credit-g v1 and <b>&wild." in last
    text = (shown / "all.md").read_text()
    assert text.startswith("| rank | row | mean rank | p | ")
    assert "Not ranked: odd-nb" in text
    assert dispatch(["compare", str(shown), "--export", str(shown / "all.md")]) == 0  # known as one of ours


def test_the_page_over_all(shown: Path) -> None:
    page, found = Page(shown / "report.html"), over(record.find(shown))
    links = [have["href"] for have, _ in page.find("a") if not have["href"].startswith("#")]
    assert links == [f"{name}/report.html" for name in ("wine", "iris", "set-7", "credit-g-v1", "b-wild")]
    assert all((shown / link).is_file() for link in links)
    ids = {have["id"] for _, have, _ in page.elements if "id" in have}
    assert {have["href"][1:] for have, _ in page.find("a") if have["href"].startswith("#")} <= ids
    assert page.find("h1")[0][1] == found.sentence
    lines = page.lines()
    assert [line["row"][0] for line in lines] == [row["row"] for row in found.rows]
    first = found.rows[0]
    assert lines[0]["set-0"] == (str(first["rank_wine"]), f"{first['rank_wine']:g} {first['cv_wine']:.4f}")
    falling = [have["data-key"] for have, _ in page.find("button") if have.get("data-first") == "descending"]
    assert falling == ["p", "sets"]  # of the ranks, on each set too, the lowest is the best
    figures = page.payload()["figures"]
    assert set(figures) == {"ranks", "pairs"}
    assert figures["ranks"]["data"][0]["z"] == [
        [row[f"rank_{name}"] for name in found.boards] for row in found.rows[:3]
    ]
    assert figures["pairs"]["data"][0]["z"][0][1] == pytest.approx(found.adjusted[0, 1])  # type: ignore[index]
    assert "&lt;b&gt;&amp;wild" in figures["ranks"]["layout"]["xaxis"]["ticktext"]
    charts = page.find("div", role="img")
    assert all(have["aria-label"] for have, _ in charts)
    tables = [held for held, _ in page.find("th")]
    assert all("scope" in have for have in tables)
    text = (shown / "report.html").read_text(encoding="utf-8")
    assert "<b>&wild" not in text


def test_the_page_of_a_set_leads_back(shown: Path) -> None:
    page = Page(shown / "credit-g-v1" / "report.html")
    links = [have["href"] for have, _ in page.find("a") if not have["href"].startswith("#")]
    assert links == ["../report.html"]
    assert "credit-g v1" in page.find("title")[0][1]


def test_the_page_names_the_best_rows_of_a_set_as_that_of_the_set_does() -> None:
    found = over(runs({"p-a": [0.9] * 5, "p-b": [0.9] * 5, "p-c": [0.9] * 5}, EIGHT[:5]))
    boards = {name: replace(board, repeats={"p-b": "p-a"}) for name, board in found.boards.items()}
    shown = page.describe(replace(found, boards=boards), dict.fromkeys(boards, "report.html"))
    assert [of["best"] for of in shown["sets"]] == ["p-a and p-c"] * 5


def test_the_page_calls_the_score_of_a_holdout_no_mean_over_folds() -> None:
    holdout = {**FOLDS, "name": "holdout", "folds": 1, "optimistic": True}
    found = over([*runs(MEANS), *runs({"p-a": [0.8], "p-b": [0.7], "p-c": [0.9]}, ["h"], validation=holdout)])
    drawn = page.describe(found, {})
    assert drawn["notices"] == ["Ranked over 8 of 9 sets: the scores on h are optimistic (validation=holdout)."]
    notes = {name: note for _, name, note in page._columns(found)}
    assert notes["set0"] == "rank on set0, and accuracy, mean of folds"
    assert notes["h"] == "rank on h, and accuracy, score on the test split"
    assert drawn["overview"]["ranks"]["note"].startswith("The rank of each row on each set, and below it its score. ")
    assert "optimistic" in dict(drawn["legend"])
    assert "optimistic" not in dict(page.describe(over(runs(MEANS)), {})["legend"])


def test_a_page_without_tests_or_ranks(tmp_path: Path) -> None:
    few = runs({"p-a": [0.9, 0.8], "p-b": [0.8, 0.7]}, ["a", "b"])
    none: list[Record] = runs({"p-a": [None, None]}, ["a", "b"])
    for records, charts in ((few, {"ranks"}), (none, set())):
        found = over(records)
        console.draw_page(found, tmp_path, homes=outputs.places(list(found.boards), tmp_path))
        page = Page(tmp_path / "report.html")
        assert set(page.payload()["figures"]) == charts
        assert page.find("h1")[0][1] == found.sentence
        assert [have["data-key"] for have, _ in page.find("button") if "data-first" in have][2:] == [
            *("mean_rank", "set-0", "set-1", "sets")
        ]
        assert all("p" not in line for line in page.lines())


# -- end to end ---------------------------------------------------------------------------------------------------


def test_a_multirun_over_sets_of_both_tasks(zoo: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["+dataset=iris,diabetes", "+preprocess=simple", "+models=lr,ridge", "hydra.sweep.dir=m"]
    quick = ["validation.n_splits=2", "validation.n_repeats=1", "persist=joblib"]
    done = zoo("-m", *words, *quick, "--config-dir", str(CONF), code=1)  # two of the cells are of the other task
    assert "== iris ==" in done.stdout
    assert "Ranked over 1 of 2 sets: on diabetes not every ranked row has a score." in done.stdout
    assert {one["dataset"] for one in record.find(tmp_path / "m")} == {"iris", "diabetes"}
    for name, best in (("iris", "simple-lr"), ("diabetes", "simple-ridge")):
        content = json.loads((tmp_path / "m" / name / "leaderboard.json").read_text())
        assert content["best"] == best
        assert (tmp_path / "m" / name / "report.html").is_file()
    assert (tmp_path / "m" / "report.html").is_file()
    (tmp_path / "new.csv").write_text(
        "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5,3,1,0.2\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match=r"several data sets \(iris, diabetes\): .* \(m/iris, m/diabetes\)"):
        dispatch(["predict", "m", "new.csv", "-o", "p.csv"])
    assert dispatch(["predict", "m/iris", "new.csv", "-o", "p.csv"]) == 0
    assert (tmp_path / "p.csv").read_text().splitlines()[1].startswith("0,setosa,")
