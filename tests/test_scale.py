"""Scores of models of several folds, ranked together."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlzoo import comparison, expectation, runner
from mlzoo.stats.scale import on_one_scale

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


def test_of_others_probabilities_are_less_the_shares_that_were_learnt_from() -> None:
    share = np.random.default_rng(0).random((1, 1, 40))
    score = np.stack([1 - share, share], axis=-1)
    split = np.where((np.arange(40) < 26) | (Y == 0), 0, 1)[None]
    split[0, 5] = -1
    learnt = [Y[split[0] != fold].mean() for fold in (0, 1)]
    known = split[0] >= 0
    for given in ({"grouped": True}, {}):
        found = on_one_scale(score, split, Y, **given)
        expected = share[0, 0] - np.array(learnt)[split[0]]
        assert found[0, 0, known, 1] == pytest.approx(expected[known])
        assert found[0, 0, 5].tolist() == score[0, 0, 5].tolist()
    even = on_one_scale(score, np.array([_dealt(0)]), Y, grouped=True)  # equal by chance
    assert even[0, 0, :, 1] == pytest.approx(share[0, 0] - 0.5)


@pytest.mark.parametrize(("values", "shares"), [("decisions", True), ("probabilities", False)])
def test_others_are_left_as_they_are(values: str, shares: bool) -> None:
    share = np.random.default_rng(0).random((1, 1, 40, 1))
    score = np.concatenate([1 - share, share], axis=-1) if values == "probabilities" else share
    split = np.where((np.arange(40) < 26) | (Y == 0), 0, 1)[None]
    assert np.array_equal(on_one_scale(score, split, Y, grouped=True, shares=shares), score)


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
    assert found["value"] == pytest.approx(made["test"]["roc_auc"], abs=0.08)
    assert found["low"] < made["test"]["roc_auc"] < found["high"]
    assert comparison.make([made]).expected == found
