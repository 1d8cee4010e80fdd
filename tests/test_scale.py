"""Scores of models of several folds, ranked together."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import comparison, expectation, runner
from mlzoo.stats.scale import is_torn, on_one_scale

Y = np.arange(40) // 4 % 2


def test_of_stratified_folds_scores_are_less_their_mean_in_each() -> None:
    score = np.random.default_rng(0).random((2, 3, 40, 1))
    split = np.array([_dealt(seed) for seed in range(3)])
    shift = np.random.default_rng(1).random((2, 3, 4))
    moved = score + shift[:, np.arange(3)[:, None], split][..., None]
    found = on_one_scale(moved, split, Y)
    assert found == pytest.approx(on_one_scale(score, split, Y))
    assert [found[1, 2, split[2] == fold].mean() for fold in range(4)] == pytest.approx([0] * 4)


def _dealt(seed: int) -> Any:
    """Four folds, each with five rows of either class."""
    split = np.empty(40, dtype=int)
    for label in (0, 1):
        split[np.flatnonzero(label == Y)] = np.random.default_rng([seed, label]).permutation(20) % 4
    return split


@pytest.mark.parametrize("case", ["groups", "unequal shares", "few rows"])
def test_others_are_left_as_they_are(case: str) -> None:
    score = np.random.default_rng(0).random((1, 1, 40, 1))
    split = {"groups": _dealt(0), "unequal shares": (np.arange(40) >= 26) & (Y == 1), "few rows": np.arange(40) // 8}[
        case
    ]
    assert np.array_equal(on_one_scale(score, split[None].astype(int), Y, grouped=case == "groups"), score)


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
