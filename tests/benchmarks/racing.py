"""How many fold fits does racing save, and what does the winner lose?

    python -m tests.benchmarks.racing [--small] [--report-only] [--rules]

A random forest and a logistic regression are searched on small data sets, with accuracy on 5 × 2 folds. `random` and
`tpe` are whole searches with and without racing (random search asks for the same settings in both); `tpe settings` is
the race of the very settings that TPE asked for without it, and `tpe other seed` what another seed of TPE does to the
winner, racing aside. The regret is by how much the winner's mean over all folds is below that of the search without
racing, in standard errors of the latter: the standard deviation of its fold scores / sqrt(folds). Negative regret is
luck and counts as it is; `worse` are the searches with a regret. A broken bound ends with exit code 1. `--rules` puts
other rules beside it, on the same searches: Optuna's WilcoxonPruner, the t test against the best, as races use it, and
the predictive probability of beating the best by half a standard error.
"""

import argparse
import hashlib
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from mlzoo import racing

BATCH = 8
TREES = range(10, 41, 5)
Setting = tuple[float, ...]
Scores = dict[int, float]
Rule = Callable[[racing.Incumbent, Scores], str | None]
SPACES: dict[str, tuple[Setting, dict[str, Any]]] = {  # the default setting, then what is searched
    "forest": (
        (40, 5, 10),
        {
            "n_estimators": IntDistribution(TREES[0], TREES[-1], step=TREES.step),
            "max_depth": IntDistribution(1, 10),
            "min_samples_split": FloatDistribution(0.1, 1.0, step=0.1),
        },
    ),
    "logistic": (
        (1.0, True),
        {"C": FloatDistribution(0.001, 100.0, log=True), "fit_intercept": CategoricalDistribution([True, False])},
    ),
}
BOUNDS = {"random": 0.65, "tpe": 0.50}  # the least share of fold fits that is saved
SMALL = {"random": 0.40, "tpe": 0.30}  # the same of few trials
MEAN_REGRET, MAX_REGRET = 0.1, 0.5


def drawn(load: Callable[..., Any]) -> Callable[[int], Any]:
    """At most 300 rows of a data set."""

    def draw(seed: int) -> Any:
        x, y = load(return_X_y=True)
        rows = np.random.default_rng(seed).permutation(len(y))[:300]
        return x[rows], y[rows]

    return draw


def made(**how: Any) -> Callable[[int], Any]:
    """A generated data set."""
    usual = {"n_samples": 300, "n_informative": 5}
    return lambda seed: make_classification(**{**usual, **how}, random_state=seed)


DATA: dict[str, Callable[[int], Any]] = {
    "breast cancer": drawn(load_breast_cancer),
    "wine": drawn(load_wine),
    "digits": drawn(load_digits),
    "iris": drawn(load_iris),
    "plain": made(),
    "noisy": made(flip_y=0.25),
    "rare class": made(weights=[0.88]),
    "wide": made(n_features=60, n_informative=4),
    "three classes": made(n_classes=3, n_informative=6),
    "clusters": made(n_clusters_per_class=4, n_informative=6),
}


class Table:
    """Accuracies by setting and fold, each fitted when it is first asked for."""

    def __init__(self, model: str, draw: Callable[[int], Any], seed: int) -> None:
        self.model = model
        x, y = draw(seed)
        splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=seed)
        self.folds = []
        for train, test in splitter.split(x, y):
            scaler = StandardScaler().fit(x[train])
            self.folds.append((scaler.transform(x[train]), y[train], scaler.transform(x[test]), y[test]))
        self.known: dict[tuple[Setting, int], list[float]] = {}

    def score(self, setting: Setting, fold: int) -> float:
        """The accuracy of a setting on a fold; forests that differ in their number of trees share them."""
        key, at = (setting[1:], TREES.index(int(setting[0]))) if self.model == "forest" else (setting, 0)
        if (key, fold) not in self.known:
            self.known[key, fold] = getattr(self, self.model)(*self.folds[fold], *key)
        return self.known[key, fold][at]

    def forest(self, x: Any, y: Any, test: Any, truth: Any, depth: int, split: float) -> list[float]:
        """Of the first 10, 15, … trees: what forests of that many trees score."""
        fitted = RandomForestClassifier(TREES[-1], max_depth=depth, min_samples_split=split, random_state=0).fit(x, y)
        votes = np.cumsum([tree.predict_proba(test) for tree in fitted.estimators_], axis=0)
        return [float(np.mean(fitted.classes_[votes[n - 1].argmax(axis=1)] == truth)) for n in TREES]

    def logistic(self, x: Any, y: Any, test: Any, truth: Any, c: float, intercept: bool) -> list[float]:
        """Of a logistic regression."""
        fitted = LogisticRegression(C=c, fit_intercept=intercept, max_iter=1000).fit(x, y)
        return [float(np.mean(fitted.predict(test) == truth))]

    def setting(self, params: Mapping[str, Any]) -> Setting:
        """What is asked for, on a lattice, so that settings recur: C in steps of a twentieth of a decade."""
        if self.model == "forest":
            split = round(params["min_samples_split"], 1)
            # a bootstrap holds 63 % of the rows: from 0.7 on no tree splits, whatever its depth
            return (params["n_estimators"], *((params["max_depth"], split) if split < 0.7 else (1, 1.0)))
        return (10 ** (round(20 * math.log10(params["C"])) / 20), params["fit_intercept"])


class Sampled:
    """Settings of an Optuna sampler that is seeded anew for each trial; the default comes first, outside the study."""

    def __init__(self, sampler: Callable[..., Any], table: Table, seed: object) -> None:
        self.sampler, self.table, self.seed = sampler, table, seed
        self.study = optuna.create_study(direction="maximize", sampler=sampler(seed=0))
        self.asked: dict[int, Any] = {}
        self.settings: list[Setting] = []

    def ask(self, number: int) -> Setting:
        """Draw the setting of a trial."""
        default, space = SPACES[self.table.model]
        if number == 0:
            self.settings.append(default)
            return default
        key = hashlib.sha256(f"{self.seed}/{number}".encode()).digest()
        self.study.sampler = self.sampler(seed=int.from_bytes(key[:4], "big"))
        self.asked[number] = self.study.ask(fixed_distributions=space)
        self.settings.append(self.table.setting(self.asked[number].params))
        return self.settings[-1]

    def tell(self, number: int, value: float) -> None:
        """Tell what became of it."""
        if number:
            self.study.tell(self.asked[number], value)


class Replayed:
    """Settings that are given."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        self.ask = settings.__getitem__

    def tell(self, number: int, value: float) -> None:
        """Learn nothing."""


def differences(incumbent: racing.Incumbent, row: Scores) -> Any:
    """To the best, fold by fold."""
    return np.array([score - incumbent.folds[fold] for fold, score in sorted(row.items())])


def wilcoxon(incumbent: racing.Incumbent, row: Scores) -> str | None:
    """Optuna's WilcoxonPruner with its defaults."""
    found = differences(incumbent, row)
    if len(found) < 2 or not found.any() or found.mean() >= 0:
        return None
    return "loser" if stats.wilcoxon(found, alternative="less", zero_method="zsplit").pvalue < 0.1 else None


def t_test(incumbent: racing.Incumbent, row: Scores) -> str | None:
    """The one-sided 95 % interval of the mean difference, from the third fold on, as tidymodels' finetune has it."""
    found = differences(incumbent, row)
    if len(found) < 3:
        return None
    bound = found.mean() + stats.t.ppf(0.95, len(found) - 1) * found.std(ddof=1) / math.sqrt(len(found))
    return "loser" if bound < 0 else None


def predictive(incumbent: racing.Incumbent, row: Scores) -> str | None:
    """The probability, below 0.1, that the mean over all folds beats the best by half its standard error."""
    found, folds = differences(incumbent, row), len(incumbent.folds)
    n, rest = len(found), len(incumbent.folds) - len(found)
    if n < 2 or incumbent.spread == 0:
        return None
    expected = found.sum() / folds * (1 + rest / (n + folds))
    deviation = incumbent.spread * rest / folds * math.sqrt(1 / (n + folds) + 1 / rest)
    return "futile" if stats.norm.sf((incumbent.error / 2 - expected) / deviation) < 0.1 else None


RULES: dict[str, Rule] = {"wilcoxon": wilcoxon, "t test": t_test, "predictive": predictive}


def search(
    source: Sampled | Replayed, table: Table, trials: int, *, raced: bool, rule: Rule = racing.verdict
) -> list[Scores]:
    """The fold scores of each trial, fewer where it was stopped."""
    done: list[Scores] = []
    folds = len(table.folds)
    while (first := len(done)) < trials:
        full, partial = [row for row in done if len(row) == folds], [row for row in done if len(row) < folds]
        incumbent = racing.find_incumbent(full, partial) if raced else None
        size = min(BATCH, racing.most_at_once(first)) if raced else BATCH
        numbers = range(first, min(trials, first + size))
        batch = [source.ask(number) for number in numbers]
        for number, setting in zip(numbers, batch, strict=True):
            row: Scores = {}
            for fold in racing.order(number, folds):
                row[fold] = table.score(setting, fold)
                if incumbent and len(row) < folds and rule(incumbent, row):
                    break
            stopped = incumbent is not None and len(row) < folds
            source.tell(number, racing.estimate(incumbent, row) if incumbent and stopped else mean(row))
            done.append(row)
    return done


def mean(row: Scores) -> float:
    """Over the folds, in one order for all: equal trials are equal to the last digit."""
    return statistics.fmean(row[fold] for fold in sorted(row))


def saved(done: Sequence[Scores], folds: int) -> float:
    """The share of fold fits that racing did without."""
    return 1 - sum(map(len, done)) / (folds * len(done))


def regret(plain: Sequence[Scores], other: Sequence[Scores], folds: int) -> float:
    """By how many standard errors the winner of another search is below that of the plain one."""
    best, winner = (max((row for row in done if len(row) == folds), key=mean) for done in (plain, other))
    lost, error = mean(best) - mean(winner), statistics.stdev(best.values()) / math.sqrt(folds)
    if abs(lost) < 1e-12:
        return 0.0
    return lost / error if error else math.copysign(math.inf, lost)


def prepare() -> None:
    """Set up a process that measures."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore")  # of fits that do not converge
    threadpool_limits(limits=1)  # others measure beside it


def measure(model: str, data: str, seed: int, trials: int, rules: bool) -> dict[str, tuple[float, float]]:
    """Share saved and regret, by kind of search."""
    table = Table(model, DATA[data], seed)
    folds = len(table.folds)

    def run(source: Sampled | Replayed, *, raced: bool) -> list[Scores]:
        return search(source, table, trials, raced=raced)

    random, tpe = optuna.samplers.RandomSampler, optuna.samplers.TPESampler
    plain = {
        "random": run(Sampled(random, table, seed), raced=False),
        "tpe": run(asked := Sampled(tpe, table, seed), raced=False),
    }
    settings = Replayed(asked.settings)
    found = {
        "random": ("random", run(Sampled(random, table, seed), raced=True)),
        "tpe": ("tpe", run(Sampled(tpe, table, seed), raced=True)),
        "tpe settings": ("tpe", run(settings, raced=True)),
        "tpe other seed": ("tpe", run(Sampled(tpe, table, f"other {seed}"), raced=False)),
    }
    for name, rule in RULES.items() if rules else ():
        for kind, sampler in (("random", random), ("tpe", tpe)):
            done = search(Sampled(sampler, table, seed), table, trials, raced=True, rule=rule)
            found[f"{kind}, {name}"] = (kind, done)
    return {name: (saved(done, folds), regret(plain[beside], done, folds)) for name, (beside, done) in found.items()}


def report(results: Mapping[str, Sequence[Mapping[str, tuple[float, float]]]], bounds: Mapping[str, float]) -> bool:
    """Print the table; whether a bound is broken."""
    print(f"{'model':<9} {'search':<18} {'saved':>6} {'least':>6} {'regret':>7} {'worst':>6} {'worse':>6}")
    broken = False
    rows = {**results, "all": [row for rows in results.values() for row in rows]}
    for model, measured in rows.items():
        for name in measured[0]:
            shares, regrets = zip(*(row[name] for row in measured), strict=True)
            share, average, worst = statistics.fmean(shares), statistics.fmean(regrets), max(regrets)
            verdict = ""
            if model == "all" and name in bounds:
                kept = share >= bounds[name] and average <= MEAN_REGRET and worst <= MAX_REGRET
                broken = broken or not kept
                asked = f"saved {bounds[name]:.0%}, regret {MEAN_REGRET}, worst {MAX_REGRET}"
                verdict = f"  (bounds: {asked}: {'kept' if kept else 'BROKEN'})"
            worse = f"{sum(value > 0 for value in regrets)}/{len(regrets)}"
            print(
                f"{model:<9} {name:<18} {share:6.1%} {min(shares):6.1%} {average:7.3f} {worst:6.2f} {worse:>6}{verdict}"
            )
    return broken


def main(words: Sequence[str] | None = None) -> int:
    """Print shares saved and regrets; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="one data set, one seed and 12 trials: some seconds")
    parser.add_argument("--rules", action="store_true", help="other rules beside it")
    parser.add_argument("--report-only", action="store_true", help="exit with 0 whatever is found")
    given = parser.parse_args(words)
    names, seeds, trials = (["wine"], [0], 12) if given.small else (list(DATA), [0, 1], 100)
    started = time.perf_counter()
    asked = [(model, name, seed, trials, given.rules) for model in SPACES for name in names for seed in seeds]
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=prepare) as pool:  # no time is measured
        measured = [pool.submit(measure, *words) for words in asked]
        results = {
            model: [one.result() for one, words in zip(measured, asked, strict=True) if words[0] == model]
            for model in SPACES
        }
    broken = report(results, SMALL if given.small else BOUNDS)
    print(f"{len(names)} data sets, {len(seeds)} seeds, {trials} trials, {time.perf_counter() - started:.0f} s")
    return int(broken and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
