"""The corrected estimate against the procedure of the paper, row by row, and where the truth is known."""

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from mlzoo.stats.optimism import Expected, _donors, of_means, of_weighted
from mlzoo.stats.single import auc, auc_ovr, by_rows

SEED = 3


def by_hand(metric: Any, settings: int, rows: int, resamples: int) -> Any:
    """Algorithm 2 of Tsamardinos, Greasidou and Borboudakis (2018), with row numbers, and the winner as control.

    Of settings that are equally good on the rows that were drawn all are taken, and their mean.
    """
    rng, found, control = np.random.default_rng(SEED), [], []

    def winners(drawn: Any) -> list[int]:
        scores = [metric(setting, drawn) for setting in range(settings)]
        return [setting for setting in range(settings) if scores[setting] == max(scores)]

    best = winners(np.arange(rows))
    for _ in range(resamples):
        drawn = rng.integers(0, rows, rows)
        rest = np.setdiff1d(np.arange(rows), drawn)
        found.append(np.mean([metric(setting, rest) for setting in winners(drawn)]))
        control.append(np.mean([metric(setting, rest) for setting in best]))
    moved = np.array(found) + metric(best[0], np.arange(rows)) - np.mean(control)
    return [np.mean(moved), *np.quantile(moved, [0.025, 0.975])]


def ends(found: Expected) -> list[float]:
    return [found.estimate, found.low, found.high]


def predictions(settings: int = 5, repeats: int = 2, rows: int = 80, *, signal: float = 0.5) -> tuple[Any, Any]:
    """The truth, and probabilities of the positive class."""
    rng = np.random.default_rng(5)
    y = np.arange(rows) % 3 == 0
    return y, 1 / (1 + np.exp(-rng.normal(size=(settings, repeats, rows)) - signal * (2 * y - 1)))


def of_rows(y: Any, scores: Any, score: Any) -> Any:
    """Rounded, so that scores that are equal are seen as equal."""
    return lambda setting, rows: round(float(np.mean([score(y[rows], one[rows]) for one in scores[setting]])), 12)


def of_metric(metric: Any, settings: int, rows: int, **options: Any) -> Expected:
    """Of a metric that takes the number of a setting and row numbers."""
    return of_weighted(lambda setting, weights: by_rows(partial(metric, setting))(weights), settings, rows, **options)


def of_auc(y: Any, scores: Any, **options: Any) -> Expected:
    area = auc if scores.ndim == 3 else auc_ovr
    truth = y.astype(bool) if scores.ndim == 3 else y

    def metric(setting: int, weights: Any) -> Any:
        return np.mean([area(truth, one, weights) for one in scores[setting]], axis=0)

    return of_weighted(metric, len(scores), len(y), **options)


METRICS = {
    "accuracy": lambda y, p: np.mean((p > 0.5) == y),
    "log loss": lambda y, p: -log_loss(y, p, labels=[False, True]),
    "auc": roc_auc_score,
}
ROW_SCORES = {
    "accuracy": lambda y, p: (p > 0.5) == y,
    "log loss": lambda y, p: np.log(np.where(y, p, 1 - p)),
}


@pytest.mark.parametrize("name", ["accuracy", pytest.param("log loss", marks=pytest.mark.long), "auc"])
def test_as_written_in_the_paper(name: str) -> None:
    y, scores = predictions()
    metric = of_rows(y, scores, METRICS[name])
    expected = pytest.approx(by_hand(metric, 5, 80, 25), abs=1e-9)
    found = of_metric(metric, 5, 80, seed=SEED, resamples=25)
    overall = [metric(setting, np.arange(80)) for setting in range(5)]
    assert ends(found) == expected
    assert (found.winner, found.uncorrected) == (int(np.argmax(overall)), pytest.approx(max(overall)))
    if name == "auc":
        assert ends(of_auc(y, scores, seed=SEED, resamples=25)) == expected
    else:
        assert ends(of_means(ROW_SCORES[name](y, scores), seed=SEED, resamples=25)) == expected


def test_auc_of_several_classes() -> None:
    rng = np.random.default_rng(1)
    y = np.arange(90) % 3
    scores = rng.dirichlet([1, 1, 1], size=(4, 2, 90)) + 0.3 * np.eye(3)[y]
    scores /= scores.sum(axis=-1, keepdims=True)
    metric = of_rows(y, scores, lambda truth, score: roc_auc_score(truth, score, multi_class="ovr"))
    assert ends(of_auc(y, scores, seed=SEED, resamples=15)) == pytest.approx(by_hand(metric, 4, 90, 15), abs=1e-9)


def test_rows_count_as_often_as_they_were_held_out() -> None:
    rng = np.random.default_rng(2)
    held = rng.random((3, 40)) < 0.4
    held[0, ~held.any(axis=0)] = True
    scores = np.where(held, rng.random((4, 3, 40)), 9.0)  # of what was not held out anything is said
    metric = lambda setting, rows: float(scores[setting][:, rows][held[:, rows]].mean())  # noqa: E731
    found = of_means(scores, seed=SEED, resamples=25, held=held)
    assert ends(found) == pytest.approx(by_hand(metric, 4, 40, 25), abs=1e-9)
    assert found.uncorrected == pytest.approx(max(metric(setting, np.arange(40)) for setting in range(4)))


def test_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(1).random((9, 2, 50))
    stopped = np.array([-0.02, 0.0]), np.array([3, 3])
    whole = of_means(scores, seed=1, resamples=40, stopped=stopped)
    monkeypatch.setattr("mlzoo.stats.single._at_once", lambda n: 3)
    assert ends(of_means(scores, seed=1, resamples=40, stopped=stopped)) == pytest.approx(ends(whole), rel=1e-12)


def test_depends_on_the_seed_alone() -> None:
    scores = np.random.default_rng(1).random((9, 2, 50))
    assert of_means(scores, seed=1) == of_means(scores, seed=1) != of_means(scores, seed=2)
    answers = np.random.default_rng(2).random((5, 1, 30)) < 0.8  # of so few rows many are equally good
    found = [ends(of_means(answers[order], seed=1)) for order in (np.arange(5), np.array([3, 1, 4, 0, 2]))]
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_one_setting_needs_no_correction() -> None:
    scores = np.random.default_rng(1).random((1, 2, 200))
    found = of_means(scores, seed=1, resamples=2000)
    assert found.estimate == pytest.approx(scores.mean(), abs=1e-12)
    assert found.low < scores.mean() < found.high


def test_a_clear_winner_needs_no_correction() -> None:
    scores = np.random.default_rng(1).random((20, 2, 200)) < np.where(np.arange(20) == 4, 0.9, 0.5)[:, None, None]
    found = of_means(scores, seed=1, resamples=2000)
    assert found.winner == 4
    assert found.estimate == pytest.approx(found.uncorrected, abs=2e-3)


def no_signal(seed: int, settings: int = 60, rows: int = 200) -> Any:
    return np.random.default_rng(seed).random((settings, 1, rows)) < 0.5


def test_no_signal_is_seen_as_such() -> None:
    found = [of_means(no_signal(seed), seed=seed, resamples=100) for seed in range(60)]
    assert np.mean([one.estimate for one in found]) == pytest.approx(0.5, abs=0.01)
    assert np.mean([one.uncorrected for one in found]) > 0.57
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.9


def test_stopped_trials_count() -> None:
    """Of the best three of sixty the estimate is too high; with the scores of the others it is not."""
    alone, corrected = [], []
    for seed in range(60):
        scores = no_signal(seed)
        order = np.argsort(-scores.mean(axis=(1, 2)))
        best, others = scores[order[:3]], scores[order[3:]].mean(axis=(1, 2))
        stopped = others - best[0].mean(), np.zeros(len(others), dtype=int)
        alone.append(of_means(best, seed=seed, resamples=100).estimate)
        corrected.append(of_means(best, seed=seed, resamples=100, stopped=stopped).estimate)
    assert np.mean(alone) > 0.54
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.015)


def test_stopped_trials_far_behind_do_not_matter() -> None:
    scores = np.random.default_rng(1).random((5, 2, 100)) + 1
    alone = of_means(scores, seed=1)
    stopped = np.array([-1.4, -1.3, math.nan]), np.array([0, 1, 2])
    assert of_means(scores, seed=1, stopped=stopped) == alone


def test_settings_beyond_the_most_take_part_like_stopped_ones() -> None:
    """So that a search of many settings costs no more, and is corrected all the same."""
    all_of_them, most, alone = [], [], []
    for seed in range(40):
        scores = no_signal(seed, settings=30, rows=150)

        def metric(setting: int, rows: Any, scores: Any = scores) -> float:
            return float(scores[setting, 0, rows].mean())

        calls: list[int] = []
        all_of_them.append(of_means(scores, seed=seed, resamples=60).estimate)
        most.append(
            of_metric(
                lambda setting, rows, metric=metric, calls=calls: (calls.append(setting), metric(setting, rows))[1],
                30, 150, seed=seed, resamples=60, most=4,
            ).estimate
        )  # fmt: skip
        assert len(calls) == 30 + 2 * 60 * 4
        best = np.sort(scores.mean(axis=(1, 2)).argsort()[-4:])
        alone.append(of_means(scores[best], seed=seed, resamples=60).estimate)
    assert np.mean(most) == pytest.approx(np.mean(all_of_them), abs=0.01)
    assert np.mean(alone) > np.mean(all_of_them) + 0.02


def test_settings_without_scores_do_not_take_part() -> None:
    scores = np.random.default_rng(1).random((4, 2, 60))
    odd = np.insert(scores, 2, 2.0, axis=0)
    odd[2, 0, 5] = math.nan
    found, expected = of_means(odd, seed=1), of_means(scores, seed=1)
    assert ends(found) == ends(expected)
    assert found.winner == expected.winner + (expected.winner >= 2)


def test_nothing_to_choose_from() -> None:
    y = np.arange(30) % 2
    for scores in (np.empty((0, 2, 30)), np.full((3, 2, 30), math.nan)):
        for found in (
            of_means(scores, seed=1),
            of_auc(y, scores, seed=1),
            of_metric(lambda *given: math.nan, len(scores), 30, seed=1),
        ):
            assert found.winner == -1
            assert np.isnan([*ends(found), found.uncorrected]).all()


def test_what_is_mostly_undefined() -> None:
    """Two positive rows: most resamples hold both of them or none outside."""
    y = np.arange(40) < 1
    found = of_auc(y, np.random.default_rng(1).random((3, 1, 40)), seed=1, resamples=50)
    assert np.isnan(ends(found)).all()
    assert 0 <= found.uncorrected <= 1


def test_what_is_undefined_on_more_than_half_of_the_resamples() -> None:
    """Of 40 rows 15 are left out on average."""
    for least, known in ((13, True), (16, False)):
        found = of_metric(lambda _, rows, least=least: 0.5 if len({*rows}) >= least else math.nan, 2, 40, seed=1)
        assert math.isfinite(found.estimate) == known


def test_a_metric_that_raises_is_undefined() -> None:
    def metric(setting: int, rows: Any) -> float:
        if setting == 1:
            raise ValueError("never defined")
        return float(setting == 2)

    found = of_metric(metric, 3, 20, seed=1, resamples=20)
    assert (found.winner, *ends(found)) == (2, 1, 1, 1)


def test_where_a_setting_is_undefined_another_one_is_chosen() -> None:
    """One that is worse where it is known, and mostly unknown on the rows that were drawn."""

    def metric(setting: int, weights: Any) -> Any:
        return np.where((setting == 0) | (weights[:, 0] == weights[:, 1]), 0.5 - 0.1 * setting, math.nan)

    assert ends(of_weighted(metric, 2, 30, seed=1)) == pytest.approx([0.5, 0.5, 0.5])


def alike_and_wild() -> tuple[Any, Any, Any]:
    """Six settings of one run that are nearly alike, six of another that guess; and of the first twenty stopped."""
    rng = np.random.default_rng(0)
    right = (rng.random((1, 1, 300)) < 0.8).astype(float)
    alike = np.repeat(right, 6, axis=0)
    alike[np.arange(6), 0, np.arange(6)] = 1 - alike[np.arange(6), 0, np.arange(6)]
    wild = (rng.random((6, 1, 300)) < 0.5).astype(float)
    scores = np.concatenate([alike, wild])
    first = int(scores.mean(axis=(1, 2)).argmax())
    return scores, (np.full(20, -0.001), np.full(20, first)), np.repeat([0, 1], 6)


def test_stopped_trials_move_as_their_own_run_does() -> None:
    scores, stopped, runs = alike_and_wild()
    alone = of_means(scores, seed=1, resamples=200).estimate
    assert of_means(scores, seed=1, resamples=200, stopped=stopped, runs=runs).estimate == pytest.approx(
        alone, abs=0.005
    )
    assert of_means(scores, seed=1, resamples=200, stopped=stopped).estimate == pytest.approx(alone, abs=0.005)


def test_donors_are_of_the_own_run_first_and_move_about_as_far() -> None:
    overall, own = np.array([0.80, 0.70, 0.79, 0.78]), np.array([True, True, False, False])
    assert _donors(0.8, overall, np.full(4, 0.02), own).tolist() == [0, 1, 2]
    assert _donors(0.8, overall, np.array([0.02, 0.05, 0.009, 0.01]), own).tolist() == [0, 3]


def test_a_setting_that_does_not_work_lends_its_moves_to_none() -> None:
    """The area under the curve of a constant moves like chance; beside one that hardly errs the run has no other."""
    rng = np.random.default_rng(2)
    y = np.arange(300) % 3 == 0
    good = y * 4.0 + rng.normal(size=(4, 1, 300))
    scores = np.concatenate([good, rng.normal(size=(1, 1, 300))])
    alone = of_auc(y, scores, seed=1, resamples=100)
    worst = int(np.argmin([np.mean([auc(y, one, np.ones((1, 300)))[0] for one in of]) for of in good]))
    runs = np.array([0, 0, 0, 0, 1])
    runs[worst] = 1  # the run of the guessing one
    stopped = np.full(20, -0.01), np.full(20, worst)
    found = of_auc(y, scores, seed=1, resamples=100, stopped=stopped, runs=runs)
    assert alone.estimate > 0.99
    assert alone.estimate - 0.003 < found.estimate <= alone.estimate + 1e-9


@pytest.mark.parametrize("kind", ["auc", "rmse"])
def test_stopped_trials_count_in_other_metrics(kind: str) -> None:
    """Forty settings that are worth the same, of which the best six have survived: against the estimate of all."""
    y = np.arange(200) % 2 == 0
    gaps: dict[str, list[float]] = {"alone": [], "stopped": []}
    for seed in range(30):
        noise = np.random.default_rng(seed).normal(size=(40, 1, 200))
        if kind == "auc":
            metric = lambda at, weights, of=noise: auc(y, of[at, 0], weights)  # noqa: E731
        else:
            metric = lambda at, weights, of=noise: -np.sqrt(weights @ of[at, 0] ** 2 / weights.sum(axis=1))  # noqa: E731
        overall = np.array([metric(at, np.ones((1, 200)))[0] for at in range(40)])
        order = np.argsort(-overall)
        kept, others = order[:6], overall[order[6:]]
        scorer = lambda at, weights, kept=kept, metric=metric: metric(kept[at], weights)  # noqa: E731
        stopped = others - overall[order[0]], np.zeros(len(others), dtype=int)
        options: dict[str, Any] = {"seed": seed, "resamples": 60}
        every = of_weighted(metric, 40, 200, **options).estimate
        gaps["alone"].append(of_weighted(scorer, 6, 200, **options).estimate - every)
        gaps["stopped"].append(of_weighted(scorer, 6, 200, **options, stopped=stopped).estimate - every)
    assert np.mean(gaps["alone"]) > 0.02
    assert abs(np.mean(gaps["stopped"])) < 0.008


def test_settings_that_guess_lend_nothing_to_one_that_does_not_move() -> None:
    """A perfect setting is right on every resample; beside it there are some that guess."""
    scores = np.concatenate([np.ones((1, 1, 200)), np.random.default_rng(0).random((4, 1, 200)) < 0.5])
    stopped = np.full(20, -0.001), np.zeros(20, dtype=int)
    found = of_means(scores, seed=1, resamples=100, stopped=stopped)
    assert (found.estimate, found.low, found.high) == (1, 1, 1)


def test_groups_are_drawn_whole() -> None:
    scores = (np.random.default_rng(1).random((6, 2, 50)) < 0.6).astype(float)
    owners = np.repeat(np.arange(50), 5)
    found = of_means(np.repeat(scores, 5, axis=2), seed=SEED, groups=owners)
    expected = of_means(scores, seed=SEED)
    assert ends(found) == pytest.approx(ends(expected), abs=1e-12)
