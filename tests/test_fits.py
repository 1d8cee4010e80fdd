"""The unit of work: what of it is shared by the settings of a model, and that sharing changes no score."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlzoo import evaluate, preprocessing, runner
from mlzoo.folds import Folds, make_folds
from mlzoo.searching import fits, search
from mlzoo.searching.backend import Local
from mlzoo.searching.fits import Context, score_unit, setting
from mlzoo.searching.storage import Trial
from mlzoo.tables import data
from tests.zoo_parts import CONF, ROOT

Plain = Callable[..., dict[str, Any]]
COMPLEX = ("+preprocess=complex", "+models=lr", "validation.n_splits=3", "validation.n_repeats=1")


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLZOO_ALLOW", "tests")
    monkeypatch.chdir(ROOT)
    fits.prepared_cache.clear()


def context_of(config: dict[str, Any]) -> Context:
    table = data.load(config)
    scorers = evaluate.find_scorers(config["metric"], config["metrics"], table.task)
    return Context(config, table, make_folds(config["validation"], table), scorers, config["seed"])


def searched(config: dict[str, Any]) -> list[Trial]:
    made = Local(1)
    try:
        return search.run_trials(context_of(config), "a-cell", "accuracy", backend=made)
    finally:
        made.close()


def outcome(trials: list[Trial]) -> list[Any]:
    return [
        (t.params, t.value, t.error, [(f.scores, f.label.tobytes(), f.proba.tobytes()) for f in t.folds])  # type: ignore[union-attr]
        for t in trials
    ]


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows with each preprocessing that is fitted."""
    found: list[Any] = []
    fit = preprocessing.NumberImputer.fit

    def counted(self: Any, *words: Any, **options: Any) -> Any:
        found.append(self.strategy if hasattr(self, "strategy") else None)
        return fit(self, *words, **options)

    monkeypatch.setattr(preprocessing.NumberImputer, "fit", counted)
    return found


# -- what is shared -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        pytest.param(("preprocess.space=null",), lambda t: 1, id="models alone vary"),
        pytest.param(
            ("sampler=random",),
            lambda t: len({tuple(v for k, v in (one.params or DEFAULT).items() if k in DEFAULT) for one in t}),
            id="both vary",
        ),
    ],
)
def test_a_preprocessing_is_fitted_once_for_each_of_its_settings_and_folds(
    plain: Plain, fitted: list[Any], words: tuple[str, ...], settings: Callable[[list[Trial]], int]
) -> None:
    trials = searched(plain(*COMPLEX, "n_trials=14", *words))
    assert len({str(trial.params) for trial in trials}) > 8
    assert len(fitted) == 3 * settings(trials) < 3 * len(trials)


DEFAULT = {"preprocess.type.imputation": "mean", "preprocess.type.categorical_imputation": "frequent"}


def test_a_run_without_a_search_keeps_nothing(plain: Plain, fitted: list[Any]) -> None:
    searched(plain(*COMPLEX))
    searched(plain(*COMPLEX))
    assert len(fitted) == 6
    assert fits.prepared_cache._kept == {}


@pytest.mark.parametrize(
    ("words", "times"),
    [
        pytest.param(("models.type.C=3",), 1, id="another model: shared"),
        pytest.param(("preprocess.drop=[SibSp]",), 2, id="other columns", marks=pytest.mark.long),
        pytest.param(("validation.seed=5",), 2, id="other folds"),
        pytest.param(("data=data/data-train-large.csv", "preprocess.drop=[PassengerId]"), 2, id="other data"),
        pytest.param(("read.na_values=[-7]",), 2, id="read otherwise", marks=pytest.mark.long),
    ],
)
def test_what_is_kept_is_of_the_same_data_and_folds(
    plain: Plain, fitted: list[Any], words: tuple[str, ...], times: int
) -> None:
    once = ("preprocess.space=null", "n_trials=2", "seed=1", "validation.seed=123")
    for extra in ((), words):
        kept = outcome(searched(plain(*COMPLEX, *once, *extra)))
        total = len(fitted)
        if extra:
            fits.prepared_cache.clear()
    assert total == 3 * times
    assert outcome(searched(plain(*COMPLEX, *once, *words))) == kept


def test_scores_are_the_same_to_the_bit_without_the_cache(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    config = plain("+preprocess=multi_complex", "+models=rf", *COMPLEX[2:], "n_trials=6", "models.type.n_estimators=5")
    config["models"]["space"]["n_estimators"] = [5, 6]
    with_cache = outcome(searched(config))
    monkeypatch.setattr(fits, "_key", lambda _: None)
    assert outcome(searched(config)) == with_cache


def test_a_preprocess_of_ones_own_is_not_kept(plain: Plain, fitted: list[Any]) -> None:
    """It may be no function of its parameters."""
    own = ("preprocess.type._target_=tests.zoo_parts.own_preprocess", "~preprocess.type.imputation")
    config = plain(*COMPLEX, "n_trials=3", *own, "~preprocess.type.categorical_imputation", "preprocess.space=null")
    context = context_of(config)
    assert context.key is None
    assert context.isolated
    for params in (None, {"models.type.C": 0.5}):
        score_unit(context, (params, 0))
    assert len(fitted) == 2
    assert fits.prepared_cache._kept == {}


@pytest.mark.parametrize(
    ("words", "isolated"),
    [
        pytest.param((), False, id="the zoo's own"),
        pytest.param(("timeout_s=9",), True, id="timeout_s"),
        pytest.param(("memory_gb=9",), True, id="memory_gb"),
        pytest.param(
            ("models=constant", "~models.type.C", "~models.type.random_state"), True, id="a model of one's own"
        ),
    ],
)
def test_what_may_hang_or_end_its_process_is_isolated(plain: Plain, words: tuple[str, ...], isolated: bool) -> None:
    first, rest = (words[0], ()) if words and words[0].startswith("models=") else ("models=lr", words)
    context = context_of(plain("+preprocess=simple", f"+{first}", *rest, config_dir=CONF))
    assert context.isolated is isolated


def test_a_model_that_works_in_place_spoils_nothing(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = LogisticRegression.fit

    def in_place(self: Any, X: Any, *words: Any, **options: Any) -> Any:  # noqa: N803
        values = X.to_numpy() if hasattr(X, "to_numpy") else X
        values = values.base if values.base is not None and isinstance(values.base, np.ndarray) else values
        values *= 0.5
        return fit(self, X, *words, **options)

    config = plain("+preprocess=simple", *COMPLEX[1:], "n_trials=4", "preprocess.space=null")
    monkeypatch.setattr(LogisticRegression, "fit", in_place)
    with_cache = outcome(searched(config))
    assert [error for _, _, error, _ in with_cache] == [None] * 4
    monkeypatch.setattr(fits, "_key", lambda _: None)
    assert outcome(searched(config)) == with_cache


# -- settings -----------------------------------------------------------------------------------------------------


def test_the_default_and_a_trial_that_drew_it_are_one_setting(plain: Plain) -> None:
    config = plain(*COMPLEX, "n_trials=2")
    drawn = {"models.type.C": 1.0, "models.type.fit_intercept": True, **DEFAULT}
    assert setting(config, None) == setting(config, drawn) == setting(config, dict(reversed(drawn.items())))
    assert setting(config, drawn | {"models.type.C": 2.0}) != setting(config, None)
    assert setting(config, drawn | {"models.type.C": 2.0}, ("preprocess",)) == setting(config, None, ("preprocess",))
    other = drawn | {"preprocess.type.imputation": "median"}
    assert setting(config, other, ("preprocess",)) != setting(config, None, ("preprocess",))


def test_1_and_1_0_are_two_settings(plain: Plain) -> None:
    """One feature a split, and all of them."""
    config = plain("+preprocess=simple", "+models=one_feature", config_dir=CONF)
    params = [{"models.type.max_features": value} for value in (1, 1.0, True)]
    assert len({setting(config, one) for one in params}) == 3


def test_settings_of_factories_are_what_they_drew(plain: Plain) -> None:
    config = plain("+preprocess=multi_simple", "+models=multi_lr", "n_trials=2")
    one = {"models.type.C": 0.5, "models.type.fit_intercept": True, "preprocess.type.imputation": "mean"}
    assert setting(config, one) == setting(config, dict(one))
    assert setting(config, one) != setting(config, one | {"models.type.C": 0.25})
    assert setting(config, one, ("preprocess",)) == setting(config, one | {"models.type.C": 2.0}, ("preprocess",))


# -- cores and rows -----------------------------------------------------------------------------------------------


def test_a_model_of_many_cores_gets_one_in_folds_and_all_in_the_end(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.ensemble import RandomForestClassifier

    seen: list[Any] = []
    fit = RandomForestClassifier.fit

    def noted(self: Any, *words: Any, **options: Any) -> Any:
        seen.append(self.n_jobs)
        return fit(self, *words, **options)

    monkeypatch.setattr(RandomForestClassifier, "fit", noted)
    words = ("+preprocess=simple", "+models=rf", "models.type.n_estimators=5", "+models.type.n_jobs=-1")
    made = runner.run(plain(*words, *COMPLEX[2:], "n_jobs=1"), folder=tmp_path / "run")
    assert seen == [1, 1, 1, -1]
    assert made.pipeline["model"].n_jobs == -1
    seen.clear()
    runner.run(plain(*words, "validation=holdout", "n_jobs=1"), folder=tmp_path / "alone")
    assert seen == [-1]  # one fit alone, which is the final one too, may use every core


def test_of_many_rows_the_same_sample_is_kept_for_every_trial(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = plain("+preprocess=simple", "+models=lr", "validation.n_splits=3", "validation.n_repeats=2", "n_trials=3")
    whole = np.load(runner.run(config, folder=tmp_path / "all").folder / "oof.npz")
    monkeypatch.setattr(fits, "MAX_KEPT_ROWS", 100)
    few = np.load(runner.run(config, folder=tmp_path / "few").folder / "oof.npz")
    at = np.searchsorted(whole["row"], few["row"])
    assert len(few["row"]) == len(set(few["row"].tolist())) == 100
    assert (whole["row"][at] == few["row"]).all()
    for name in ("label", "score"):
        assert np.array_equal(whole[name][:, :, at], few[name])
    assert (whole["split"][:, at] == few["split"]).all()
    assert (whole["y"][at] == few["y"]).all()


@pytest.mark.parametrize(
    ("positives", "kept"), [(50_000, 10_000), (500, 20_000), (50, 50_000), (None, 10_000)], ids=str
)
def test_of_a_rare_class_more_rows_are_kept(positives: int | None, kept: int) -> None:
    y = np.arange(100_000) < (positives or 0)
    table: Any = SimpleNamespace(y_train=y, classes=None if positives is None else ["no", "yes"])
    rows = fits.kept_rows(Folds("cv", [], []), table, 0)
    assert rows is not None
    assert len(np.unique(rows)) == kept


def test_what_comes_from_the_environment_is_never_kept(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILLING", "mean")
    config = plain("+preprocess=simple", "+models=lr", "n_trials=3", "preprocess.type.imputation=${oc.env:FILLING}")
    assert context_of(config).key is None
    assert context_of(plain("+preprocess=simple", "+models=lr", "n_trials=3")).key is not None


def test_random_numbers_without_a_seed_are_the_same_again() -> None:
    import random

    before = np.random.get_state()[1].tolist(), random.getstate()
    drawn = []
    for _ in range(2):
        with fits.seeded(3):
            drawn.append((np.random.random(), random.random()))
    assert drawn[0] == drawn[1]
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before
