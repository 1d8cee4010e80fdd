"""The search: what is asked, in which order it is told, and what becomes of failures."""

import logging
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from mlzoo import evaluate, racing
from mlzoo.errors import ConfigError, DataError, FitError, SearchError
from mlzoo.folds import make_folds
from mlzoo.searching import search, study
from mlzoo.searching.backend import Backend, Limits, Local
from mlzoo.searching.fits import Context
from mlzoo.searching.storage import Trial
from mlzoo.tables import data
from tests.zoo_parts import CONF, ROOT

Plain = Callable[..., dict[str, Any]]
FAST = ("validation.n_splits=2", "validation.n_repeats=1")
LR = ("+preprocess=simple", "+models=lr", *FAST)
MULTI = ("+preprocess=multi_complex", "+models=multi_lr", *FAST)
RANDOM = "sampler=random"


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.chdir(ROOT)


@pytest.fixture
def own(plain: Plain) -> Plain:
    """A plain config of one of the models under tests/conf, on the small table."""

    def make(model: str, *words: str, preprocess: str = "simple") -> dict[str, Any]:
        return plain(f"+preprocess={preprocess}", f"+models={model}", *FAST, *words, config_dir=CONF)

    return make


class Here(Local):
    """Fits models of one's own in this process too, and counts its units."""

    def __init__(self) -> None:
        super().__init__(1)
        self.units: list[tuple[int, int]] = []

    def begin(self, context: Any, limits: Limits) -> None:
        super().begin(context, Limits())

    def submit(self, function: Any, token: tuple[int, int], unit: Any) -> None:
        self.units.append(token)
        super().submit(function, token, unit)


class Scattered:
    """Takes several units at once, and gives their outcomes in an order of its own."""

    def __init__(self, seed: int, width: int = 5) -> None:
        self.rng, self.width = random.Random(seed), width
        self.waiting: list[Any] = []

    def begin(self, context: Any, limits: Limits) -> None:
        self.context = context
        self.waiting.clear()

    def free(self, left: int) -> int:
        return self.width - len(self.waiting)

    def submit(self, function: Any, token: tuple[int, int], unit: Any) -> None:
        self.waiting.append((function, token, unit))

    def wait(self) -> tuple[tuple[int, int], Any]:
        function, token, unit = self.waiting.pop(self.rng.randrange(len(self.waiting)))
        return token, function(self.context, unit)

    def close(self) -> None:
        pass


def context_of(config: Mapping[str, Any]) -> Context:
    table = data.load(config)
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    folds = make_folds(config["validation"], table)
    return Context(config, table, folds, scorers, config["seed"])


def searched(
    config: Mapping[str, Any], *, cell: str = "a-cell", backend: Backend | None = None, folder: Path | None = None
) -> list[Trial]:
    context = context_of(config)
    metric = next(iter(context.scorers))
    return search.run_trials(context, cell, metric, backend=backend or Here(), folder=folder)


def facts(trials: list[Trial]) -> list[Any]:
    """All of the trials but the times."""
    return [
        (t.number, t.params, t.state, t.value, [f.scores for f in t.folds], t.error, t.stopped, t.told) for t in trials
    ]


def drawn(trials: list[Trial]) -> list[Any]:
    return [trial.params for trial in trials]


def study_of(folder: Path) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(folder / "study.journal")))
    return optuna.load_study(study_name="mlzoo", storage=storage)


# -- the same again -----------------------------------------------------------------------------------------------

SEARCHES = [
    pytest.param((*LR, "n_trials=14", "batch_size=3"), id="tpe"),
    pytest.param((*LR, "n_trials=6", RANDOM), id="random"),
    pytest.param((*MULTI, "n_trials=6", "batch_size=4"), id="factories"),
]


@pytest.mark.parametrize("words", SEARCHES)
def test_the_order_of_finishing_never_matters(plain: Plain, words: tuple[str, ...]) -> None:
    config = plain(*words)
    first = facts(searched(config))
    assert facts(searched(config)) == first
    assert facts(searched(config, backend=Scattered(seed=1))) == first


class Prompt(Local):
    """Has workers from its second fit on, however short fits are."""

    def _worth(self, left: int) -> bool:
        return bool(self._seconds) and not self.workers

    def _start(self) -> None:
        super()._start()
        while not all(worker.ready for worker in self.workers):
            self._listen(None)


@pytest.mark.parametrize(
    ("words", "race"),
    [
        pytest.param((), "false", id="when worth it", marks=pytest.mark.long),
        pytest.param(("timeout_s=60",), "true", id="isolated, raced"),
    ],
)
def test_workers_change_nothing(plain: Plain, words: tuple[str, ...], race: str) -> None:
    common = (*MULTI[:2], "n_trials=7", "batch_size=4", "validation.n_repeats=1", f"race={race}")
    workers = Prompt(2)
    try:
        found = facts(searched(plain(*common, *words), backend=workers))
        assert len(workers.workers) == 2
    finally:
        workers.close()
    assert found == facts(searched(plain(*common)))


@pytest.mark.parametrize("words", [pytest.param(("seed=124",), id="seed"), pytest.param((), id="cell")])
def test_draws_are_keyed_by_seed_and_cell(plain: Plain, words: tuple[str, ...]) -> None:
    ours = searched(plain(*LR, "n_trials=3", RANDOM))
    others = searched(plain(*LR, "n_trials=3", RANDOM, *words), cell="a-cell" if words else "another-cell")
    assert all(a != b for a, b in zip(drawn(ours)[1:], drawn(others)[1:], strict=True))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("metric=roc_auc",), id="results"),
        pytest.param(("batch_size=1",), id="batch_size"),
        pytest.param(("n_trials=8",), id="n_trials"),
        pytest.param(("models.type.C=7",), id="default"),
    ],
)
def test_random_draws_depend_on_nothing_else(plain: Plain, words: tuple[str, ...]) -> None:
    ours = drawn(searched(plain(*LR, "n_trials=6", RANDOM)))
    assert drawn(searched(plain(*LR, "n_trials=6", RANDOM, *words)))[:6] == ours
    assert len({repr(params) for params in ours}) == 6


def test_tpe_learns_from_results_after_its_start(plain: Plain) -> None:
    words = (*LR, "n_trials=14", "batch_size=1")
    ours, others = drawn(searched(plain(*words))), drawn(searched(plain(*words, "metric=neg_brier_score")))
    assert ours[:11] == others[:11]
    assert ours[11:] != others[11:]


# -- trial 0 and counts -------------------------------------------------------------------------------------------


def test_trial_0_is_type_as_it_stands_and_no_part_of_the_study(plain: Plain, tmp_path: Path) -> None:
    config = plain(*LR, "n_trials=4", "models.type.C=1000", "metrics=[roc_auc]")  # C lies outside of its range
    trials = searched(config, folder=tmp_path)
    untuned = searched(plain(*LR, "models.type.C=1000", "metrics=[roc_auc]"))
    assert facts(trials)[0] == facts(untuned)[0]
    assert trials[0].params is None
    assert [trial.number for trial in trials] == [0, 1, 2, 3]
    studied = study_of(tmp_path).trials
    assert [trial.params for trial in studied] == drawn(trials)[1:]
    assert [trial.value for trial in studied] == [trial.value for trial in trials[1:]]
    assert studied[0].user_attrs["outcome"]["folds"] == {
        name: [fold.scores[name] for fold in trials[1].folds] for name in ("accuracy", "roc_auc")
    }


@pytest.mark.parametrize("n_trials", [1, 2, 5])
@pytest.mark.parametrize("words", [pytest.param(LR, id="space"), pytest.param(MULTI, id="factories")])
def test_n_trials_counts_every_trial(plain: Plain, words: tuple[str, ...], n_trials: int) -> None:
    trials = searched(plain(*words, f"n_trials={n_trials}"))
    assert [trial.number for trial in trials] == list(range(n_trials))
    assert (trials[0].params is None) == (words is LR)


def test_factories_that_hold_ranges_have_no_default(plain: Plain) -> None:
    keys = {
        "models.type.C",
        "models.type.fit_intercept",
        "preprocess.type.imputation",
        "preprocess.type.categorical_imputation",
    }
    assert all(set(trial.params or {}) == keys for trial in searched(plain(*MULTI, "n_trials=3")))


def test_a_factory_of_ranges_beside_a_plain_space(plain: Plain) -> None:
    trials = searched(plain("+preprocess=simple", "+models=multi_lr", *FAST, "n_trials=3"))
    keys = ["models.type.C", "models.type.fit_intercept", "preprocess.type.imputation"]
    assert [sorted(trial.params or {}) for trial in trials] == [keys] * 3


def test_draws_lie_in_the_space(plain: Plain) -> None:
    trials = searched(
        plain(
            "+preprocess=simple",
            "+models=rf",
            *FAST,
            "n_trials=12",
            RANDOM,
            "models.space.n_estimators={low:10,high:30,step:10}",
        )
    )
    found = [trial.params or {} for trial in trials[1:]]
    assert {params["models.type.n_estimators"] for params in found} <= {10, 20, 30}
    assert {params["models.type.max_depth"] for params in found} <= set(range(1, 11))
    splits = {params["models.type.min_samples_split"] for params in found}
    assert all(np.isclose(value * 10, round(value * 10)) and 0.1 <= value <= 1 for value in splits)
    assert {params["preprocess.type.imputation"] for params in found} == {"mean", "median"}


EMPTY = [
    pytest.param(("models.space=null", "preprocess.space=null"), id="null"),
    pytest.param(("~models.space", "~preprocess.space"), id="deleted"),
    pytest.param(
        ("models.space={C:null,fit_intercept:null}", "preprocess.space={imputation:null}"),
        marks=(), id="each parameter null",
    ),
]  # fmt: skip


@pytest.mark.parametrize("words", EMPTY)
def test_an_empty_space_runs_trial_0_alone(
    plain: Plain, caplog: pytest.LogCaptureFixture, words: tuple[str, ...]
) -> None:
    with caplog.at_level(logging.INFO):
        trials = searched(plain(*LR, "n_trials=5", *words), cell="simple-lr")
    assert drawn(trials) == [None]
    assert "simple-lr has an empty space: its default setting is the one trial." in caplog.messages


def test_a_factory_without_ranges_and_space_keeps_its_default(plain: Plain) -> None:
    trials = searched(plain(*LR, "n_trials=4", "preprocess.space=null"))
    assert trials[0].params is None
    assert all(set(trial.params or {}) == {"models.type.C", "models.type.fit_intercept"} for trial in trials[1:])


@pytest.mark.parametrize(
    ("batch_size", "batches"),
    [pytest.param(1, [1] * 5, id="1"), pytest.param(2, [2, 2, 1], id="2"), pytest.param(8, [5], id="8")],
)
def test_batches_are_of_batch_size(
    plain: Plain, monkeypatch: pytest.MonkeyPatch, batch_size: int, batches: list[int]
) -> None:
    told: list[int] = []
    tell = study.Study.tell
    monkeypatch.setattr(study.Study, "tell", lambda self, batch: (told.append(len(batch)), tell(self, batch)))
    backend = Here()
    searched(plain(*LR, "n_trials=5", RANDOM, f"batch_size={batch_size}"), backend=backend)
    assert told == batches
    assert len(backend.units) == len(set(backend.units)) == 10


def test_the_best_so_far_is_logged_each_tenth(plain: Plain, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        trials = searched(plain(*LR, "n_trials=10", "batch_size=5", RANDOM))
    halves = [search.best(trials[:5]), search.best(trials)]
    assert caplog.messages == [
        f"trial {5 * i} of 10: best accuracy {top.value:.4f} (trial {top.number})" for i, top in enumerate(halves, 1)
    ]


# -- factories of one's own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "ranges"),
    [
        pytest.param("renaming", {"models.type.strength": (0.01, 10)}, id="other names"),
        pytest.param("rangeless", {"models.type.C": (0.001, 0.01)}, id="no ranges"),
        pytest.param(
            "annotating", {"models.type.depth": (1, 3), "models.type.intercept": (False, True)}, id="more of a trial"
        ),
    ],
)
def test_factories_choose_names_and_ranges(own: Plain, model: str, ranges: dict[str, tuple[float, float]]) -> None:
    trials = searched(own(model, "n_trials=4", preprocess="multi_simple"))
    assert [trial.error for trial in trials] == [None] * 4
    for trial in trials:
        found = dict(trial.params or {})
        assert found.pop("preprocess.type.imputation") in ("mean", "median")
        assert found.keys() == ranges.keys()
        assert all(low <= found[key] <= high for key, (low, high) in ranges.items())
    assert len({repr(trial.params) for trial in trials}) > 1


def test_a_factory_that_fails_while_it_draws(own: Plain, tmp_path: Path) -> None:
    trials = searched(own("choosy", "n_trials=8", RANDOM), folder=tmp_path)
    for trial in trials:
        failing = (trial.params or {})["models.type.C"] > 1
        assert trial.error == ("ValueError: no estimator for such a C" if failing else None)
        assert len(trial.folds) == (0 if failing else 2)
    assert {trial.state for trial in trials} == {"complete", "failed"}
    states = [trial.state for trial in study_of(tmp_path).trials]
    assert states == [TrialState.FAIL if trial.error else TrialState.COMPLETE for trial in trials]


# -- failures -----------------------------------------------------------------------------------------------------


def test_a_failing_trial_is_recorded_and_the_search_goes_on(
    own: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trials = searched(own("fragile", "n_trials=9", RANDOM), folder=tmp_path)
    reason = "ValueError: C is above its limit"
    assert len(trials) == 9
    for trial in trials[1:]:
        failing = (trial.params or {})["models.type.C"] > 1
        assert (trial.state, trial.error) == (("failed", reason) if failing else ("complete", None))
        assert (trial.value is None) == (trial.folds == []) == failing
    failed = [trial for trial in trials if trial.error]
    assert 0 < len(failed) < 8
    assert caplog.messages == [f"trial {trial.number} failed: {reason}" for trial in failed]
    ended = [trial for trial in study_of(tmp_path).trials if trial.state == TrialState.FAIL]
    noted = [trial.user_attrs["outcome"]["error"] for trial in ended]
    assert noted == [reason] * len(failed)


def test_a_failing_default_is_logged_too(own: Plain, caplog: pytest.LogCaptureFixture) -> None:
    trials = searched(own("fragile", "n_trials=3", RANDOM, "models.type.C=5", "models.space.C={low:0.1,high:1.0}"))
    assert [trial.state for trial in trials] == ["failed", "complete", "complete"]
    assert caplog.messages == ["trial 0 failed: ValueError: C is above its limit"]
    assert search.best(trials).number in (1, 2)


def test_all_failing_is_one_error_with_reasons_counted(own: Plain) -> None:
    with pytest.raises(FitError) as caught:
        searched(own("broken", "n_trials=10", RANDOM), cell="simple-broken")
    lines = str(caught.value).splitlines()
    assert lines[0] == "simple-broken: all 10 trials failed:"
    counts = {reason: int(count) for count, _, reason in (line.strip().partition(" × ") for line in lines[1:])}
    assert set(counts) == {"RuntimeError: no luck", "RuntimeError: no luck below"}
    assert sum(counts.values()) == 10
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


def test_one_trial_failing_gives_its_reason(own: Plain) -> None:
    with pytest.raises(FitError, match=r"^simple-broken: RuntimeError: no luck$"):
        searched(own("broken"), cell="simple-broken")


def regression(own: Plain, folder: Path, *words: str) -> dict[str, Any]:
    path = folder / "numbers.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i + 0.5}\n" for i in range(60)))
    return own("overflowing", f"data={path}", "target=y", *words)


@pytest.mark.parametrize("metric", ["r2", "neg_mean_squared_error"])
def test_an_infinite_score_is_a_failure(own: Plain, tmp_path: Path, metric: str) -> None:
    trials = searched(regression(own, tmp_path, "n_trials=8", RANDOM, f"metric={metric}"), folder=tmp_path)
    for trial in trials[1:]:
        infinite = (trial.params or {})["models.type.exponent"] == 200
        assert trial.error == (f"{metric} is -inf on fold 0" if infinite else None)
        assert (trial.value is None) == (trial.folds == []) == infinite
    assert {trial.state for trial in trials[1:]} == {"complete", "failed"}


def test_nan_is_a_failure(plain: Plain, tmp_path: Path) -> None:
    """A fold whose held-out rows are of one class has no area under the ROC curve."""
    path = tmp_path / "my.csv"
    path.write_text("x,y\n" + "".join(f"{i % 7},{i % 2}\n" for i in range(80)))
    config = plain("+preprocess=simple", "+models=lr", f"data={path}", "target=y", "metric=roc_auc")
    table = data.load(config)
    held = np.where(table.y_train == 1, 1, np.where(np.arange(len(table.y_train)) % 4 == 0, 0, -1))
    held[np.flatnonzero(held == 1)[::2]] = -1
    config["validation"]["splitter"] = {
        "_target_": "sklearn.model_selection.PredefinedSplit",
        "test_fold": held.tolist(),
    }
    with pytest.raises(FitError, match=r"^a-cell: roc_auc is nan on fold 0, whose rows hold 1 of 2 classes$"):
        searched(config)


def test_an_error_of_ours_ends_the_search(plain: Plain) -> None:
    """The data does not suit the cell: no setting would mend that."""
    with pytest.raises(DataError, match=r"preprocess\.kinds=\[number\]"):
        searched(
            plain(
                *LR,
                "n_trials=3",
                "preprocess.data_train=data/data-train-large.csv",
                "preprocess.data_test=data/data-test-large.csv",
            )
        )


def test_an_error_of_ours_ends_the_search_while_a_factory_draws(plain: Plain) -> None:
    large = ("preprocess.data_train=data/data-train-large.csv", "preprocess.data_test=data/data-test-large.csv")
    with pytest.raises(DataError, match=r"preprocess\.kinds=\[number\]"):
        searched(plain("+preprocess=multi_simple", "+models=lr", *FAST, "n_trials=3", *large))


def test_a_factory_must_draw_the_same_each_time() -> None:
    from mlzoo.pipeline import Replay

    assert Replay({"C": 0.5}).suggest_float("C", 0, 1) == 0.5
    with pytest.raises(ConfigError, match="asked for 'D', which its trial did not draw"):
        Replay({"C": 0.5}).suggest_float("D", 0, 1)


# -- the best -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "number"),
    [
        pytest.param([0.5, 0.7, 0.6], 1, id="highest"),
        pytest.param([0.7, 0.7, 0.7], 0, id="tie: the first"),
        pytest.param([0.6, 0.7, None, 0.7], 1, id="tie after the default"),
        pytest.param([None, 0.1], 1, id="failed default"),
        pytest.param([-3.0, -2.0, None], 1, id="negative"),
        pytest.param([0.0, None], 0, id="zero is a value"),
    ],
)
def test_best(values: list[float | None], number: int) -> None:
    trials = [Trial(i, None, value=value, error=None if value is not None else "E") for i, value in enumerate(values)]
    assert search.best(trials).number == number


def test_best_is_the_default_where_all_are_equal(own: Plain) -> None:
    trials = searched(own("constant", "n_trials=5"))
    assert len({trial.value for trial in trials}) == 1
    assert search.best(trials).number == 0


def test_best_is_never_below_the_default(plain: Plain) -> None:
    trials = searched(plain(*LR, "n_trials=4", "models.space.C={low:1e-9,high:1e-8}", "metric=neg_log_loss"))
    assert search.best(trials) is trials[0]
    assert all(trial.value < trials[0].value for trial in trials[1:])  # type: ignore[operator]


# -- storage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "written"),
    [
        pytest.param(("n_trials=3",), True, id="journal by default"),
        pytest.param(("n_trials=3", "storage=journal"), True, id="journal"),
        pytest.param(("n_trials=3", "storage=memory"), False, id="memory"),
        pytest.param(("n_trials=1",), False, id="the default alone"),
        pytest.param((), False, id="no search"),
    ],
)
def test_storage(plain: Plain, tmp_path: Path, words: tuple[str, ...], written: bool) -> None:
    searched(plain(*LR, *words), folder=tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == (
        ["0.npz", "1.npz", "2.npz", "study.journal", "trials"] if written else []
    )


def test_what_is_kept_is_not_scored_again(plain: Plain, tmp_path: Path) -> None:
    config = plain(*LR, "n_trials=3", "metrics=[roc_auc]")
    first = facts(searched(config, folder=tmp_path))
    again = Here()
    assert facts(searched(config, folder=tmp_path, backend=again)) == first
    assert again.units == []
    assert len(study_of(tmp_path).trials) == 2


def test_what_failed_while_it_was_drawn_is_kept(own: Plain, tmp_path: Path) -> None:
    config = own("rangeless", "models.type._target_=tests.zoo_parts.changing", "n_trials=8", RANDOM)
    first = searched(config, folder=tmp_path)
    assert {"failed", "complete"} == {trial.state for trial in first}
    assert facts(searched(config, folder=tmp_path)) == facts(first)


def test_without_a_folder_the_study_is_in_memory(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = plain(*LR, "n_trials=3", "storage=journal")
    config["origin"]["cwd"] = str(ROOT)
    monkeypatch.chdir(tmp_path)
    assert len(searched(config)) == 3
    assert list(tmp_path.iterdir()) == []


# -- holdout ------------------------------------------------------------------------------------------------------


def test_holdout_scores_each_trial_on_the_test_split(plain: Plain) -> None:
    from mlzoo.pipeline import build

    config = plain("+preprocess=simple", "+models=lr", "validation=holdout", "n_trials=3")
    context = context_of(config)
    for trial in searched(config):
        fitted = build(config, context.data.columns, trial.params, seed=123).fit(
            context.data.X_train, context.data.y_train
        )
        assert trial.value == fitted.score(context.data.X_test, context.data.y_test)


def test_values_are_means_over_folds_of_the_pipeline_by_hand(plain: Plain) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    config = plain("+preprocess=simple", "+models=lr", "validation.n_splits=3", "validation.n_repeats=2", "n_trials=3")
    table = data.load(config)
    folds = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=123)
    for trial in searched(config):
        params = trial.params or {}
        model = LogisticRegression(
            C=params.get("models.type.C", 1.0), fit_intercept=params.get("models.type.fit_intercept", True)
        )
        imputer = SimpleImputer(strategy=params.get("preprocess.type.imputation", "mean"))
        by_hand = cross_val_score(
            make_pipeline(imputer, StandardScaler(), model), table.X_train, table.y_train, cv=folds
        )
        assert [fold.scores["accuracy"] for fold in trial.folds] == by_hand.tolist()
        assert trial.value == np.mean(by_hand)


# -- the race, the order of outcomes and what is fitted at all ---------------------------------------------------

FIVE = ("validation.n_splits=5", "validation.n_repeats=1")
LONG = ("+preprocess=simple", "+models=lr", *FIVE)


def raced(trials: list[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.stopped]


DUPLICATES = (*LONG, "n_trials=12", "models.space=null", "metric=neg_log_loss")
FACTORIES = ("+preprocess=multi_complex", "+models=multi_lr", *FIVE, "n_trials=9")


@pytest.mark.parametrize(
    ("words", "race"),
    [
        pytest.param((*LONG, "n_trials=16", "batch_size=5"), "true", id="tpe, raced"),
        pytest.param((*LONG, "n_trials=16", "batch_size=5"), "false", id="tpe", marks=pytest.mark.long),
        pytest.param(FACTORIES, "true", id="factories, raced", marks=pytest.mark.long),
        pytest.param(FACTORIES, "false", id="factories", marks=pytest.mark.long),
        pytest.param(DUPLICATES, "true", id="duplicates, raced"),
        pytest.param(DUPLICATES, "false", id="duplicates", marks=pytest.mark.long),
    ],
)
def test_outcomes_in_any_order_are_the_same_trials(plain: Plain, words: tuple[str, ...], race: str) -> None:
    config = plain(*words, f"race={race}")
    first = facts(searched(config))
    for seed, width in ((0, 2), (1, 3), (2, 40)):
        assert facts(searched(config, backend=Scattered(seed, width))) == first


def test_the_race_is_on_from_ten_folds(plain: Plain) -> None:
    def race(*words: str) -> bool:
        context = context_of(plain("+preprocess=simple", "+models=lr", "n_trials=3", *words))
        return search.Search(context, "a-cell", "accuracy", Here(), None, "a-study").race

    assert race()
    assert race("validation.n_splits=10", "validation.n_repeats=1")
    assert not race("validation.n_splits=3", "validation.n_repeats=3")
    assert not race("race=false")
    assert race(*FIVE, "race=true")
    assert not race("validation=holdout")


def test_raced_trials_keep_the_folds_they_had_and_never_win(plain: Plain, tmp_path: Path) -> None:
    words = (*LONG, "n_trials=30", "metric=neg_log_loss", "sampler=random")
    whole = searched(plain(*words, "race=false"))
    backend = Here()
    trials = searched(plain(*words, "race=true"), backend=backend, folder=tmp_path)
    stopped = raced(trials)
    assert len(stopped) >= 5
    for trial in stopped:
        assert (trial.state, trial.value, trial.error) == ("raced", None, None)
        assert 2 <= len(trial.folds) < 5
        assert trial.told is not None
    for ours, theirs in zip(trials, whole, strict=True):  # draws at random depend on no result
        assert ours.params == theirs.params
        assert [f.scores for f in ours.folds] == [theirs.folds[fold].scores for fold in ours.at]
        assert ours.state == "complete" or ours.at == racing.order(ours.number, 5, seed=123)[: len(ours.at)]
        assert ours.stopped or ours.value == theirs.value
    assert len(set(backend.units)) == len(backend.units) == sum(len(trial.folds) for trial in trials)
    top = search.best(trials)
    assert top.state == "complete"
    assert max(trial.value for trial in whole if trial.value) - (top.value or 0) < 0.02
    told = [trial.value for trial in study_of(tmp_path).trials]
    assert told == [trial.told for trial in trials[1:]]
    noted = [trial.user_attrs["outcome"]["stopped"] for trial in study_of(tmp_path).trials]
    assert noted == [trial.stopped for trial in trials[1:]]


@pytest.mark.parametrize("resumed", [False, True])
def test_what_may_have_ended_a_process_is_isolated(
    plain: Plain, monkeypatch: pytest.MonkeyPatch, resumed: bool
) -> None:
    """The first batch that is scored of a search that goes on, and trials that were taken over."""
    begun: list[bool] = []
    ask = study.Study.ask

    class Noting(Here):
        def begin(self, context: Any, limits: Limits) -> None:
            begun.append(limits.isolated)
            super().begin(context, limits)

    def asked(self: study.Study, start: int, size: int) -> list[Trial] | None:
        self.taken_over = start == 4
        return ask(self, start, size)

    monkeypatch.setattr(study.Study, "ask", asked)
    context = context_of(plain(*LR, "n_trials=8", "batch_size=2", "race=false", RANDOM))
    search.run_trials(context, "a-cell", "accuracy", backend=Noting(), resumed=resumed)
    assert begun == [False, *([True, False] if resumed else []), True, False]


def test_the_first_two_trials_are_not_raced_and_batches_double(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask = study.Study.ask
    monkeypatch.setattr(study.Study, "ask", lambda self, start, size: (asked.append(size), ask(self, start, size))[1])
    words = (*LONG, "n_trials=20", "batch_size=8", "metric=neg_log_loss")
    trials = searched(plain(*words, "race=true"))
    assert asked == [2, 2, 4, 8, 8, 8]  # the last one is told that there are none left
    assert [trial.state for trial in trials[:2]] == ["complete"] * 2
    assert raced(trials)
    asked.clear()
    assert raced(searched(plain(*words, "race=false"))) == []
    assert asked == [8, 8, 8, 8]


@pytest.mark.parametrize("race", ["true", "false"])
def test_a_setting_is_fitted_once(plain: Plain, race: str) -> None:
    """The default and one other are all there is."""
    config = plain(*LONG, "n_trials=12", "models.space=null", "batch_size=4", f"race={race}")
    backend = Here()
    trials = searched(config, backend=backend)
    assert len({str(t.params) for t in trials}) == 3  # None, mean, median
    kinds = [(t.params or {}).get("preprocess.type.imputation", "mean") for t in trials]
    for kind in ("mean", "median"):
        seen: dict[int, float] = {}
        for trial in [trial for trial, other in zip(trials, kinds, strict=True) if other == kind]:
            scores = trial.scores("accuracy")
            assert trial.state == "complete" or not set(range(5)) <= set(seen)  # nothing is left to be fitted
            assert all(seen.setdefault(fold, score) == score for fold, score in scores.items())
    fitted = [(kinds[number], fold) for number, fold in backend.units]
    assert len(fitted) == len(set(fitted))


@pytest.mark.parametrize("metric", ["r2", "neg_mean_squared_error"])
def test_an_infinite_score_in_a_race(own: Plain, tmp_path: Path, metric: str) -> None:
    config = regression(own, tmp_path, "n_trials=10", RANDOM, f"metric={metric}", "race=true", *FIVE, "batch_size=3")
    trials = searched(config)
    errors = {t.error for t in trials if t.error}
    assert errors
    assert errors <= {f"{metric} is -inf on fold {fold}" for fold in range(5)}
    assert (search.best(trials).params or {}).get("models.type.exponent") != 200


def test_a_constant_metric_in_a_race_ends_trials_early(own: Plain) -> None:
    trials = searched(own("constant", "n_trials=12", "race=true", "batch_size=2", *FIVE))
    assert search.best(trials).number == 0
    assert {t.state for t in trials[2:]} == {"raced"}
    assert {t.stopped for t in trials[2:]} == {"futile"}
    assert {len(t.folds) for t in trials[2:]} == {2}


# -- limits of the search -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "total"), [(1, 4), (3, 4), (5, 8)])
def test_max_failures_ends_the_search_after_its_batch(own: Plain, most: int, total: int) -> None:
    trials: list[Trial] = []
    config = own("broken", "n_trials=20", "batch_size=4", f"max_failures={most}")
    context = context_of(config)
    with pytest.raises(SearchError, match=rf"^a-cell: ended by max_failures={most}; all {total} trials failed:"):
        search.run_trials(context, "a-cell", "accuracy", backend=Here(), trials=trials)
    assert len(trials) == total


def test_fewer_failures_than_max_failures_change_nothing(own: Plain) -> None:
    words = ("fragile", "n_trials=9", RANDOM)
    without = searched(own(*words))
    failed = sum(t.error is not None for t in without)
    assert facts(searched(own(*words, f"max_failures={failed + 1}"))) == facts(without)
    with pytest.raises(SearchError, match=f"ended by max_failures={failed}; {failed} of [89] trials failed:"):
        searched(own(*words, f"max_failures={failed}"))


@pytest.mark.parametrize("batch_size", [1, 8])
def test_budget_s_ends_early_with_a_complete_trial(
    plain: Plain, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    ticks = iter(range(10**6))
    config = plain(*LR, "n_trials=50", f"batch_size={batch_size}", "budget_s=10", RANDOM)
    context, backend = context_of(config), Here()
    whole = searched(plain(*LR, "n_trials=15", f"batch_size={batch_size}", RANDOM))
    monkeypatch.setattr(search.time, "monotonic", lambda: float(next(ticks)))
    trials = search.run_trials(context, "a-cell", "accuracy", backend=backend)
    monkeypatch.undo()
    assert 1 <= len(trials) < 15
    assert all(trial.ended for trial in trials)
    numbers = [trial.number for trial in trials]
    assert facts(trials) == facts([whole[number] for number in numbers])


def test_a_budget_that_is_over_at_once_gives_the_default(plain: Plain, tmp_path: Path) -> None:
    trials = searched(plain(*LR, "n_trials=50", "budget_s=1e-9"), folder=tmp_path)
    assert trials[0].value is not None
    assert len(trials) <= 8
    again = searched(plain(*LR, "n_trials=50", "budget_s=1e-9"), folder=tmp_path)
    assert facts(again)[: len(trials)] == facts(trials)


# -- fits that hang, end their process or ask for too much -------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "words", "reason"),
    [
        pytest.param("hang", ("timeout_s=1.5",), "Timeout: it took longer than timeout_s=1.5", id="hang"),
        pytest.param(
            "exit", (), "WorkerLost: it ended its process (exit code 3), 2 times", id="exit", marks=pytest.mark.long
        ),
        pytest.param(
            "eat", ("memory_gb=1.5",), "MemoryError: Unable to allocate 3.00 GiB", id="memory", marks=pytest.mark.long
        ),
    ],
)
def test_a_wild_fit_fails_its_trial_alone(own: Plain, what: str, words: tuple[str, ...], reason: str) -> None:
    common = ("wild", "n_trials=5", RANDOM, "preprocess.space=null", "models.space.level={low:0.1,high:0.9,step:0.8}")
    expected = searched(own(*common, "models.type.what=raise"))
    workers = Local(1)
    try:
        trials = searched(own(*common, f"models.type.what={what}", *words), backend=workers)
    finally:
        workers.close()
    assert 0 < sum(trial.error is not None for trial in trials) < 5
    for ours, theirs in zip(trials, expected, strict=True):
        assert (ours.params, ours.value, ours.state) == (theirs.params, theirs.value, theirs.state)
        assert (ours.error or "").startswith(reason if theirs.error else "")
