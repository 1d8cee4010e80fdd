"""Do the statistics keep what they promise? Simulations in which the truth is known.

    python -m tests.benchmarks.statistics [--small] [--report-only]

False alarms: equal cells on 10 folds (5 × 2). How often is any of them called worse than the best? Scores are drawn
with the correlation that the corrected t-test assumes (`normal`), or are accuracies of real fits: nearest centroids on
200 rows, each cell with three features of its own, all of the same distribution (`fits`). Bounded is the upper end of
the 95 % interval of the share, of 5,000 comparisons: of two `normal` cells it is 5 % by construction, and 1,000 are
sometimes too few to tell this from 7.5 %. Beside it stands the share by naive t-tests against the best. Power: one cell
is better than all others by 0.03; the share of the others that are called worse, by the standard deviation of a cell's
own part of a fold score. It is 0.02 where two cells disagree on 5 % of the rows of folds of 60, 0.01 on folds of 250.

The corrected estimate: settings answer 300 rows in 2 repeats, scored by accuracy, the area under the ROC curve or the
root mean square error; all are worth the same (`no signal`), or not. All are scored on all folds (`full`), or raced as
mlzoo does, and then the estimate is that of the survivors alone, or with the stopped trials drawn in. Bias and coverage
are those of what the winner is truly worth.

Intervals of few groups of rows, and of an AUC of few positive rows: how often they hold the truth.

The AUC of rows that were scored by models of several folds, against what a model of all rows is worth on new ones.

A broken bound ends with exit code 1.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold

from mlzoo.interval import MIN_GROUPS, MIN_OF_CLASS
from mlzoo.stats.optimism import Expected, of_means, of_weighted
from mlzoo.stats.paired import all_pairs
from mlzoo.stats.scale import is_torn, on_one_scale
from mlzoo.stats.single import auc, bootstrap, wilson
from tests.benchmarks import racing
from tests.benchmarks.report import Report, arguments

CELLS = (2, 6, 12, 40)
RATIO = 1 / 4
Draw = Callable[[np.random.Generator, int], Any]  # fold scores, of shape (cells, folds)


# -- false alarms -------------------------------------------------------------------------------------------------


def normal(rng: np.random.Generator, cells: int, *, lead: float = 0.0, spread: float = 0.02) -> Any:
    """Correlated normal scores of a standard deviation, without the folds' own; the first cell is better by `lead`."""
    rho = RATIO / (1 + RATIO)
    own = np.sqrt(rho) * rng.normal(size=(cells, 1)) + np.sqrt(1 - rho) * rng.normal(size=(cells, 10))
    scores = 0.8 + 0.03 * rng.normal(size=10) + spread * own
    scores[0] += lead
    return scores


def fits(rng: np.random.Generator, cells: int, *, rows: int = 200) -> Any:
    """Accuracies of nearest centroids on features of the same kind."""
    y = np.repeat([0, 1], rows // 2)
    x = rng.normal(size=(cells, rows, 3)) + 0.4 * y[:, None]
    scores = []
    for _ in range(2):
        fold = np.concatenate([rng.permutation(rows // 2) % 5 for _ in range(2)])
        for held in range(5):
            low, high = (x[:, (fold != held) & (y == label)].mean(axis=1) for label in (0, 1))
            side = np.einsum("crf,cf->cr", x[:, fold == held], high - low)
            middle = np.sum((high + low) * (high - low), axis=1) / 2
            scores.append(np.mean((side > middle[:, None]) == y[fold == held], axis=1))
    return np.array(scores).T


def alarms(draw: Draw, cells: int, times: int, seed: int) -> tuple[int, int]:
    """In how many comparisons any cell was called worse: by `tied`, and by naive t-tests against the best."""
    rng = np.random.default_rng([seed, cells])
    corrected = naive = 0
    for _ in range(times):
        scores = draw(rng, cells)
        corrected += not all_pairs(scores, RATIO).tied.all()
        naive += bool((all_pairs(scores, 0.0).p[scores.mean(axis=1).argmax()] <= 0.05).any())
    return corrected, naive


def power(cells: int, times: int, spread: float) -> float:
    """The share of cells, worse by 0.03, that are called worse."""
    rng = np.random.default_rng([7, cells])
    found = [~all_pairs(normal(rng, cells, lead=0.03, spread=spread), RATIO).tied[1:] for _ in range(times)]
    return float(np.mean(found))


# -- the corrected estimate ---------------------------------------------------------------------------------------

SEARCHES = {  # metric, what the settings are worth, and how much too high the best of them shows itself at least
    "accuracy, no signal": ("accuracy", lambda rng, n: np.full(n, 0.5), 0.03),
    "accuracy, signal": ("accuracy", lambda rng, n: np.clip(rng.normal(0.75, 0.03, n), 0.01, 0.99), 0.01),
    "accuracy, some do not work": (
        "accuracy",
        lambda rng, n: np.where(rng.random(n) < 0.3, rng.uniform(0.5, 0.7, n), rng.normal(0.8, 0.01, n)),
        0.01,
    ),
    "AUC, no signal": ("auc", lambda rng, n: np.full(n, 0.5), 0.03),
    "AUC, signal": ("auc", lambda rng, n: np.clip(rng.normal(0.8, 0.03, n), 0.01, 0.99), 0.01),
    "AUC, near 1": ("auc", lambda rng, n: np.clip(0.998 - np.abs(rng.normal(0, 0.01, n)), 0.01, 0.9995), 0.001),
    "RMSE, no signal": ("rmse", lambda rng, n: np.full(n, -1.0), 0.03),
    "RMSE, signal": ("rmse", lambda rng, n: -1 - np.abs(rng.normal(0, 0.1, n)), 0.03),
}


class Drawn:
    """Answers of settings on rows, as a table of fold scores and a source of trials.

    What they say of a row is in part its own difficulty, in part the setting's and that of each repeat.
    """

    def __init__(self, rng: np.random.Generator, metric: str, truth: Any, *, rows: int = 300, repeats: int = 2) -> None:
        self.metric, self.truth = metric, truth
        part = np.sqrt(0.5) * rng.normal(size=rows), np.sqrt(0.3) * rng.normal(size=(len(truth), 1, rows))
        hard = part[0] + part[1] + np.sqrt(0.2) * rng.normal(size=(len(truth), repeats, rows))
        self.y = np.arange(rows) % 2 == 0
        worth = truth[:, None, None]
        self.said = {
            "accuracy": lambda: (hard < ndtri(worth)).astype(float),
            "auc": lambda: hard + np.sqrt(2) * ndtri(worth) * self.y,
            "rmse": lambda: (hard * worth) ** 2,
        }[metric]()
        fold = np.array([rng.permutation(rows) % 5 for _ in range(repeats)])
        self.folds = [(repeat, fold[repeat] == held) for repeat in range(repeats) for held in range(5)]
        self.scores = np.array(
            [[self.of(at, repeat, held[None])[0] for repeat, held in self.folds] for at in range(len(truth))]
        )
        self.told: dict[int, float] = {}

    def of(self, setting: int, repeat: int, weights: Any) -> Any:
        """The metric of rows that count so often."""
        weights = weights.astype(float)
        if self.metric == "auc":
            return auc(self.y, self.said[setting, repeat], weights)
        with np.errstate(invalid="ignore"):
            mean = weights @ self.said[setting, repeat] / weights.sum(axis=1)
        return mean if self.metric == "accuracy" else -np.sqrt(mean)

    def estimate(self, kept: Any, seed: int, stopped: Any = None) -> Expected:
        """What is expected of the best of some settings."""
        if self.metric == "accuracy":
            return of_means(self.said[kept], seed=seed, resamples=200, stopped=stopped)

        def whole(at: int, weights: Any) -> Any:
            return np.mean([self.of(kept[at], repeat, weights) for repeat in range(self.said.shape[1])], axis=0)

        return of_weighted(whole, len(kept), self.said.shape[2], seed=seed, resamples=100, stopped=stopped)

    def score(self, setting: int, fold: int) -> float:
        return float(self.scores[setting, fold])

    def ask(self, number: int) -> int:
        return number

    def tell(self, number: int, value: float) -> None:
        self.told[number] = value

    def race(self) -> tuple[Any, Any]:
        """The numbers of the survivors, and how far the others are behind the best of them, and which that is."""
        done: Any = racing.search(self, self, len(self.truth), raced=True)  # type: ignore[arg-type]
        survived = np.array([len(row) == len(self.folds) for row in done])
        kept = np.flatnonzero(survived)
        means = self.scores[kept].mean(axis=1)
        told = np.array([self.told[number] for number in np.flatnonzero(~survived)])
        return kept, (np.minimum(told - means.max(), 0.0), np.full(len(told), means.argmax()))


def estimates(name: str, times: int) -> dict[str, Any]:
    """By kind of search: rows of estimate, uncorrected, the winner's truth, whether it is covered, width, survivors."""
    metric, worth, _ = SEARCHES[name]
    settings = 100 if metric == "accuracy" else 50
    found: dict[str, list[tuple[float, ...]]] = {"full": [], "raced, survivors alone": [], "raced": []}
    for seed in range(times):
        rng = np.random.default_rng([seed, settings])
        drawn = Drawn(rng, metric, worth(rng, settings))
        survivors, stopped = drawn.race()
        every = np.arange(settings)
        for (kind, kept), absent in zip(
            zip(found, (every, survivors, survivors), strict=True), (None, None, stopped), strict=True
        ):
            one = drawn.estimate(kept, seed, absent)
            truth = drawn.truth[kept[one.winner]]
            covered = one.low <= truth <= one.high
            found[kind].append((one.estimate, one.uncorrected, truth, covered, one.high - one.low, len(kept)))
    return {kind: np.array(rows) for kind, rows in found.items()}


def report_estimates(report: Report, times: int, *, small: bool) -> None:
    """Bias against the winner's truth: within 0.01 where nothing is to be found, else nearer to it than the best is."""
    for name, (metric, _, least) in SEARCHES.items():
        for kind, rows in estimates(name, times if metric == "accuracy" else max(20, times // 4)).items():
            estimate, best, truth, covered, width, kept = rows.mean(axis=0)
            report.note(
                f"{name}, {kind}: estimate {estimate:.4f}, uncorrected {best:.4f}, truth {truth:.4f}, "
                f"covered {covered:.3f}, width {width:.3f}, settings {kept:.0f}"
            )
            if kind == "raced, survivors alone":
                continue
            bias = abs(float(estimate - truth))
            if "no signal" in name:
                report.at_most(f"{name}, {kind}: bias", bias, 0.02 if small else 0.01)
            report.at_most(
                f"{name}, {kind}: bias / that of the best", bias / float(best - truth), 1.5 if small else 1.0
            )
            report.at_least(f"{name}, {kind}: covered", float(covered), 0.9 if small else 0.93)
            report.at_least(f"{name}, {kind}: the uncorrected is above by", float(best - truth), least)


# -- few groups, few rows of a class ------------------------------------------------------------------------------


def of_groups(groups: int, times: int) -> tuple[float, float]:
    """How often the intervals of the share of right answers on groups of 24 rows that differ hold the truth.

    Of a test split (`bootstrap`), and of what to expect of one setting (`of_means`).
    """
    truth, owners = float(ndtr(0.8 / np.sqrt(1 + 0.5**2))), np.repeat(np.arange(groups), 24)
    covered = np.zeros(2)
    for seed in range(times):
        rng = np.random.default_rng([seed, groups])
        right = (rng.random((groups, 24)) < ndtr(0.8 + 0.5 * rng.normal(size=(groups, 1)))).ravel().astype(float)
        ends = bootstrap(
            lambda weights, right=right: weights @ right / weights.sum(axis=1), 24 * groups, seed=seed, groups=owners
        )
        found = of_means(right[None, None], seed=seed, groups=owners)
        covered += [ends[0] <= truth <= ends[1], found.low <= truth <= found.high]
    return tuple(covered / times)


def of_rare(positives: int, times: int) -> float:
    """How often the interval of an AUC holds the truth where so many of 150 rows of a test split are positive."""
    positive, truth, covered = np.arange(150) < positives, float(ndtr(1 / np.sqrt(2))), 0
    for seed in range(times):
        score = np.random.default_rng([seed, positives]).normal(size=150) + positive
        low, high = bootstrap(lambda weights, score=score: auc(positive, score, weights), 150, seed=seed)
        covered += low <= truth <= high
    return covered / times


def report_few(report: Report, times: int, *, small: bool) -> None:
    """From as many on as intervals are given for, they hold the truth nearly as often as they say."""
    for groups in (MIN_GROUPS, 7, 10, 20):
        found = of_groups(groups, times)
        for what, covered in zip(("a test split", "what to expect"), found, strict=True):
            report.at_least(f"{what}, {groups} groups: covered", covered, 0.7 if small else 0.9)
    report.note(f"what to expect, 3 groups: covered {of_groups(3, times)[1]:.3f}")
    for positives in (MIN_OF_CLASS, 10, 20):
        report.at_least(f"AUC of {positives} positive rows: covered", of_rare(positives, times), 0.7 if small else 0.9)
    report.note(f"AUC of 3 positive rows: covered {of_rare(3, times):.3f}")


# -- models of folds ----------------------------------------------------------------------------------------------


def of_folds(strength: float, times: int) -> Any:
    """Rows of the truth, and the AUC that is expected by scores as they are, on one scale, and by pairs within folds.

    Of 80 rows of four features 31 are positive; a logistic regression is fitted to each of five folds.
    """
    found = []
    for seed in range(times):
        rng = np.random.default_rng(seed)
        y = np.isin(np.arange(80), rng.choice(80, 31, replace=False))
        x = rng.normal(size=(80, 4)) + 0.8 * y[:, None]
        score, split = np.empty(80), np.empty(80, dtype=int)
        for fold, (fit, held) in enumerate(StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y)):
            model = LogisticRegression(C=strength).fit(x[fit], y[fit])
            score[held], split[held] = model.predict_proba(x[held])[:, 1], fold
        new = rng.random(20_000) < 0.4
        whole = (
            LogisticRegression(C=strength).fit(x, y).predict_proba(rng.normal(size=(20_000, 4)) + 0.8 * new[:, None])
        )
        truth = auc(new, whole[:, 1], np.ones((1, 20_000)))[0]
        values = [
            of_weighted(lambda _, weights, y=y, of=of: auc(y, *of[:1], weights, *of[1:]), 1, 80, seed=seed).estimate
            for of in ((score,), (on_one_scale(y, score, split),), (score, split))
        ]
        found.append((truth, *values))
    return np.array(found)


def of_grouped_folds(strength: float, folds: int, times: int) -> Any:
    """The truth, the AUC of scores as they are, and whether that is said to be too low.

    Of 300 rows of 20 groups, which differ in how often they are positive; one or four groups are a fold.
    """
    found = []
    for seed in range(times):
        rng = np.random.default_rng(seed)

        def drawn(groups: int, rng: np.random.Generator = rng) -> tuple[Any, Any, Any]:
            group = np.repeat(np.arange(groups), 15)
            x = np.c_[rng.normal(size=groups)[group], rng.normal(size=15 * groups)]
            return group, x, (rng.random(len(x)) < 1 / (1 + np.exp(-(2 * x[:, 0] + x[:, 1] / 2)))).astype(int)

        group, x, y = drawn(20)
        score, split = np.empty((1, 1, 300, 2)), np.empty((1, 300), dtype=int)
        for fold, (fit, held) in enumerate(GroupKFold(folds).split(x, y, group)):
            model = LogisticRegression(C=strength).fit(x[fit], y[fit])
            score[0, 0, held], split[0, held] = model.predict_proba(x[held]), fold
        _, new, truth = drawn(1000)
        whole = LogisticRegression(C=strength).fit(x, y).predict_proba(new)[:, 1]
        pooled = auc(y == 1, score[0, 0, :, 1], np.ones((1, 300)))[0]
        found.append((auc(truth == 1, whole, np.ones((1, len(new))))[0], pooled, is_torn(score[0], split, y)))
    return np.array(found)


def report_folds(report: Report, times: int) -> None:
    """Rows of several folds are ranked without a bias, however strongly their models are regularised."""
    for strength, folds in ((0.001, 20), (0.001, 5), (1.0, 20), (1.0, 5)):
        truth, plain, torn = of_grouped_folds(strength, folds, times).T
        what = f"AUC of {folds} folds of groups, C={strength:g}: truth {truth.mean():.3f}, scores as they are"
        report.note(f"{what} {plain.mean():.3f}, said to be too low in {torn.mean():.0%}")
        unsaid = float(np.mean((truth - plain > 0.1) & (torn == 0)))
        report.at_most("  too low by more than 0.1, and not said to be", 100 * unsaid, 10, " %")
    for strength in (0.001, 1.0):
        truth, plain, scaled, within = of_folds(strength, times).mean(axis=0)
        report.note(f"AUC of five folds, C={strength:g}: truth {truth:.3f}, scores as they are {plain:.3f}")
        report.at_most(f"of pairs within folds {within:.3f}: bias", abs(within - truth), 0.03)
        report.at_most(f"scores on one scale {scaled:.3f}: bias", abs(scaled - truth), 0.03)


def report_times(report: Report, rows: int) -> None:
    rng = np.random.default_rng(1)
    y = rng.random(rows) < 0.4
    started = time.perf_counter()
    score = rng.normal(size=rows) + y
    bootstrap(lambda weights: auc(y, score, weights), rows, seed=1)
    report.at_most(f"interval of an AUC, {rows} rows, 2,000 resamples", time.perf_counter() - started, 3, " s")
    started = time.perf_counter()
    scores = rng.normal(size=(300, 2, rows)) + y
    of_weighted(lambda at, weights: np.mean([auc(y, one, weights) for one in scores[at]], axis=0), 300, rows, seed=1)
    report.at_most(f"corrected AUC of 300 settings, {rows} rows", time.perf_counter() - started, 30, " s")
    started = time.perf_counter()
    of_means(rng.random((1200, 2, rows)) < 0.7, seed=1)
    report.at_most(f"corrected accuracy of 1,200 settings, {rows} rows", time.perf_counter() - started, 15, " s")


def main(words: Sequence[str] | None = None) -> int:
    """Print what was found; 1 where a bound is broken."""
    given = arguments(__doc__, words)
    report = Report()
    times, bound = (100, 14.0) if given.small else (5000, 7.5)
    kinds: dict[str, Draw] = {"normal": normal, "fits": fits}
    for name, draw in kinds.items():
        for cells in CELLS:
            corrected, naive = alarms(draw, cells, times, seed=3)
            what = f"{name}, {cells} equal cells: any called worse {corrected / times:.1%}, naive {naive / times:.1%}"
            report.at_most(f"{what}, upper bound", 100 * wilson(corrected, times)[1], bound, " %")
    for cells in CELLS:
        found = ", ".join(f"{power(cells, times // 5, spread):.2f} (sd {spread})" for spread in (0.005, 0.01, 0.02))
        report.note(f"{cells} cells: power at a difference of 0.03: {found}")
    report_estimates(report, 20 if given.small else 1000, small=given.small)
    report_few(report, 20 if given.small else 500, small=given.small)
    report_folds(report, 10 if given.small else 100)
    report_times(report, 1000 if given.small else 10_000)
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
