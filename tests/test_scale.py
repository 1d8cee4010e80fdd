"""Scores of models of several folds, ranked together."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlzoo import runner
from mlzoo.board import comparison, expectation
from mlzoo.stats.scale import are_alike, is_torn, on_one_scale
from mlzoo.stats.single import auc, auc_ovo, auc_ovr, average_precision

Y = np.arange(40) // 4 % 2


@pytest.mark.parametrize("model", ["prior", "tree", "bayes"])
def test_scores_of_folds_that_are_alike_are_on_one_scale(model: str) -> None:
    """Of a prior, that falls with the positive rows held out; of a tree; and nearly 0 or 1, as of naive Bayes."""
    rng = np.random.default_rng(0)
    y, split = rng.permutation(np.arange(403) % 2), rng.permutation(403) % 5
    fold = np.unique(split, return_inverse=True)[1]
    share = np.array([y[fold == one].mean() for one in range(5)])[fold]
    said = 2 * y + rng.normal(size=403)
    score = {
        "prior": 0.5 - share + 1e-4 * said,
        "tree": (said > 1).astype(float),
        "bayes": (1 / (1 + np.exp(20 - 20 * said))).astype(np.float32),
    }[model]
    one = np.ones((1, 403))
    within = auc(y == 1, score, one, fold)
    assert auc(y == 1, on_one_scale(y == 1, score, fold), one) == pytest.approx(within, abs=0.01)
    assert abs(auc(y == 1, score, one) - within) > 0.2 or model != "prior"


@pytest.mark.parametrize("shift", [0.0, 20.0])
def test_rare_rows_have_their_precision_on_one_scale(shift: float) -> None:
    """Of folds that are on one scale as they are, and of some whose model has learnt from a positive row less."""
    rng, one, gaps = np.random.default_rng(0), np.ones((1, 600)), []
    for _ in range(40):
        y, fold = np.arange(600) < 18, np.append(np.arange(18) % 10, np.arange(582) % 10)
        said = 1.4 * y + rng.normal(size=600)
        scaled = on_one_scale(y, said - shift * (fold < 8), fold)
        gaps.append(average_precision(y, scaled, one)[0] - average_precision(y, said, one)[0])
    assert np.mean(gaps) == pytest.approx(0, abs=0.007)


@given(seed=st.integers(0, 1000), folds=st.integers(1, 6))
def test_areas_within_folds_count_pairs(seed: int, folds: int) -> None:
    rng = np.random.default_rng(seed)
    y, fold, score, weights = (
        rng.random(30) < 0.4,
        rng.integers(folds, size=30),
        rng.integers(9, size=30),
        rng.random((3, 30)),
    )
    pairs = [(i, j) for i in np.flatnonzero(y) for j in np.flatnonzero(~y) if fold[i] == fold[j]]
    won = [(score[i] > score[j]) + (score[i] == score[j]) / 2 for i, j in pairs]
    for area, weight in zip(auc(y, score, weights, 3 * fold), weights, strict=True):
        counted = [weight[i] * weight[j] for i, j in pairs]
        expected = np.average(won, weights=counted) if pairs else np.nan
        assert area == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("area", [auc_ovr, auc_ovo])
def test_areas_of_several_classes_within_folds_are_of_pairs_of_a_fold_too(area: Any) -> None:
    rng = np.random.default_rng(0)
    y, fold, weights = np.arange(90) % 3, np.arange(90) // 3 % 5, rng.random((4, 90))
    score = np.eye(3)[y] + rng.normal(size=(90, 3))
    found = area(y, score, weights, fold)
    assert found == pytest.approx(area(y, score + 9 * rng.permutation(5)[fold, None], weights, fold))
    assert found != pytest.approx(area(y, score, weights), abs=1e-3)


def _dealt(seed: int) -> Any:
    """Four folds, each with five rows of either class."""
    split = np.empty(40, dtype=int)
    for label in (0, 1):
        split[np.flatnonzero(label == Y)] = np.random.default_rng([seed, label]).permutation(20) % 4
    return split


@pytest.mark.parametrize("case", ["groups", "unequal shares", "few rows"])
def test_folds_that_are_not_alike(case: str) -> None:
    split = {"groups": _dealt(0), "unequal shares": (np.arange(40) >= 26) & (Y == 1), "few rows": np.arange(40) // 8}[
        case
    ]
    assert not are_alike(split[None].astype(int), Y, grouped=case == "groups")
    assert are_alike(_dealt(0)[None], Y, grouped=False)


def test_folds_of_which_a_sample_is_kept_are_alike() -> None:
    y = np.arange(40_000) // 4 % 2
    kept = np.sort(np.random.default_rng(0).choice(40_000, 10_000, replace=False))
    stratified, rising = np.arange(40_000) % 4, (np.arange(40_000) + (y == 1) * (np.arange(40_000) % 8 == 4)) % 4
    for split, alike in ((stratified, True), (rising, False)):
        assert are_alike(split[None], y, grouped=False) == alike
        assert are_alike(split[None, kept], y[kept], grouped=False, sample=True) == alike
        assert not are_alike(split[None, kept], y[kept], grouped=False)
        assert not are_alike(split[None, kept], y[kept], grouped=True, sample=True)


def test_folds_of_few_rows_are_alike_where_pairs_are_counted() -> None:
    """They hold two rows of each class or more, without which there are few pairs."""
    split = np.empty(40, dtype=int)
    for label in (0, 1):
        split[label == Y] = np.arange(20) % 5
    assert are_alike(split[None], Y, grouped=False, pairs=True)
    assert not are_alike(split[None], Y, grouped=False)
    assert not are_alike(split[None], Y, grouped=True, pairs=True)
    assert not are_alike(np.arange(40)[None], Y, grouped=False, pairs=True)
    rising = (np.arange(40) % 8 < np.arange(40) // 8 + 2).astype(int)
    assert not are_alike(np.arange(40)[None] // 8, rising, grouped=False, pairs=True)  # their shares differ


def test_scores_that_fall_with_the_share_of_their_fold_are_torn() -> None:
    """Folds differ in their classes: scores that rise with the share of a fold tell rows apart."""
    rng = np.random.default_rng(0)
    split = np.repeat(np.arange(4), 10)
    y = np.concatenate([np.arange(10) < count for count in (2, 4, 6, 8)]).astype(int)
    within = 5 * rng.random(40)
    follows, falls = within + 10 * split, within - 10 * split
    torn_within = 5 * y + within + 20 * np.array([0, 1, 0, 1])[split]
    for score, torn in ((within, False), (follows, False), (falls, True), (torn_within, True)):
        assert is_torn(score[None, :, None], split[None], y) == torn
        assert is_torn(np.stack([-score, score], axis=-1)[None], split[None], y) == torn
    assert is_torn(0.1 * within[None, :, None], split[None], y)  # the shares that were learnt from differ by more
    coarse = np.round(0.2 * within)
    assert not is_torn(coarse[None, :, None], split[None], y)  # equal scores are in no order
    assert not is_torn(falls[None, :, None], np.arange(40)[None], y)  # of one row there is nothing within


def test_of_several_classes_one_may_tear_the_mean_area() -> None:
    rng = np.random.default_rng(0)
    split = np.repeat(np.arange(4), 60)
    y = np.concatenate([np.repeat([0, 1, 2], [count, 30, 30 - count]) for count in (3, 20, 3, 20)])
    score = (y[:, None] == np.arange(3)) + rng.normal(size=(240, 3))
    assert not is_torn(score[None], split[None], y)
    score[:, 0] -= 5 * (split % 2)  # where its rows are many
    areas, within = (auc_ovr(y, score, np.ones((1, 240)), fold)[0] for fold in (None, split))
    assert areas < within - 0.1
    assert is_torn(score[None], split[None], y)


@pytest.mark.parametrize("override", [(), ("+models.type.class_weight=balanced",), ("models.type.C=0.001",)])
def test_what_groups_say_of_others(plain: Any, tmp_path: Path, override: tuple[str, ...]) -> None:
    """A column of the groups tells their rows apart, each of which is held out alone."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(24), 20)
    site, x = rng.normal(size=24)[group], rng.normal(size=480)
    y = rng.random(480) < 1 / (1 + np.exp(-(1.5 * site + 0.7 * x)))
    frame = pd.DataFrame({"site": group, "z": site, "x": x, "y": y.astype(int)})
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = (
        *(f"data={tmp_path / 'my.csv'}", "target=y", "metric=roc_auc", "persist=none", "preprocess.drop=[site]"),
        *("validation=group", "validation.groups=site", "validation.n_splits=10", *override),
    )
    made = runner.run(plain("+preprocess=simple", "+models=lr", *words), folder=tmp_path / "run")
    found = expectation.expected([made], "roc_auc")
    if "models.type.C=0.001" in override:
        assert found["torn"]
        assert np.isnan(found["low"])
        assert any(
            "What to expect may be too low, and has no interval" in note for note in comparison.make([made]).notes
        )
        return
    assert found["value"] == pytest.approx(made["test"]["roc_auc"], abs=0.08)
    assert found["low"] < made["test"]["roc_auc"] < found["high"]
    assert comparison.make([made]).expected == found
