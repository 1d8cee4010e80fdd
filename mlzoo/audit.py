"""Leaks in the data of a run, looked for before anything is fitted.

A check returns findings and never raises: a warning where scores would promise too much, an info where what was found
is natural. Large tables are judged by a sample of their rows, copies by a sample of rows against all of them.
"""

import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlzoo.columns import Finding, finding_of
from mlzoo.data import Array, Data
from mlzoo.folds import Folds
from mlzoo.grammar import drop_override, override_value

log = logging.getLogger(__name__)

MOST_ROWS = 20_000  # that a check looks at
MOST_VALUES = 4_000_000  # that a check looks at, in all columns together
FEW_ROWS = 30  # below which nothing is said of what predicts the target
PERFECT = 0.99  # area under the curve, rank correlation or R² of one column alone
FEW_VALUES = 50  # distinct numbers that may be codes
SEEN = 0.8  # of the rows: how many have a category that other folds hold too
DRIFT = 0.25  # distance of two distributions, from 0 to 1
CHANCE = 1e-6  # how often chance alone may lead to a warning of drift, over all columns


@dataclass(frozen=True)
class Case:
    """What every check looks at: the data, its folds, the seed of samples, and the columns that are dropped already."""

    data: Data
    folds: Folds
    seed: int
    dropped: list[str]

    def sample(self, rows: int) -> Array:
        """Positions of the rows to look at, in ascending order."""
        most = min(MOST_ROWS, max(2000, MOST_VALUES // max(1, self.data.X_train.shape[1])))
        if rows <= most:
            return np.arange(rows)
        return np.sort(np.random.default_rng(self.seed).choice(rows, most, replace=False))

    @property
    def identifiers(self) -> set[str]:
        """The columns that number or name rows."""
        return {finding["column"] for finding in self.data.findings if finding["check"] == "identifier"}

    @property
    def two_files(self) -> bool:
        """Whether the test split is a file of its own, and not drawn at random from the one file."""
        train, test = (self.data.sources.get(name, {}).get("sha256") for name in ("train", "test"))
        return bool(train != test)

    def drop(self, name: str) -> str:
        """The override that leaves a column out, beside those that are left out already."""
        return drop_override([*self.dropped, name])


def audit(data: Data, folds: Folds, *, seed: int, dropped: str | Iterable[str] = ()) -> list[Finding]:
    """Look for what makes scores promise too much.

    Parameters
    ----------
    data : Data
        Train and test split.
    folds : Folds
        Of the train split.
    seed : int
        Of the samples of rows that are looked at in large tables.
    dropped : str or iterable of str
        The columns of `preprocess.drop`, which remedies keep.

    Returns
    -------
    list of dict
        Findings: check (copies, leak, time, groups, drift), severity, column, message, remedy.
    """
    case = Case(data, folds, seed, [dropped] if isinstance(dropped, str) else list(map(str, dropped)))
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # of huge numbers
                found += check(case)
        except Exception as error:  # an odd table must not end a run that does not need the audit
            log.debug("The check %s of the audit has failed.", name, exc_info=True)
            text = f"The data could not be checked for {name}: {type(error).__name__}: {error}"
            found.append(finding_of("audit", "info", "", text))
    return found


# -- copies -------------------------------------------------------------------------------------------------------


def _copies(case: Case) -> list[Finding]:
    """Rows that stand in train and test split, and rows that stand in the train split twice; target included.

    Equal rows are natural in a table of few values. They look copied where at least 1 % of the rows have an equal, few
    equals each, and two rows that agree in all columns but some agree in those as well, more often than not, whichever
    column is left out (columns of few values: half of them at once).
    """
    data = case.data
    kept = [name for name in data.X_train.columns if name not in case.identifiers]
    if not kept:
        return []
    found = []
    for check, rows in (("overlap", len(data.X_test)), ("duplicates", len(data.X_train))):
        at = case.sample(rows)
        equals = _equals(case, kept, at, twins=check == "duplicates")
        many, about = round(len(equals) / len(at) * rows), "about " if len(at) < rows else ""
        if not many:
            continue
        often = many >= max(5, 0.01 * rows) and equals.mean() <= max(3, 0.05 * len(data.X_train))
        copied = often and _look_copied(case, kept, at, equals.sum(), twins=check == "duplicates")
        found.append(_of_copies(check, f"{about}{many} of {rows} rows", copied=copied))
    return found


def _of_copies(check: str, rows: str, *, copied: bool) -> Finding:
    what = {
        "overlap": f"In the test split {rows} stand in the train split too, with the same target",
        "duplicates": f"In the train split {rows} stand more than once, with the same target",
    }[check]
    too_high = {
        "overlap": "the score on the test split is too high",
        "duplicates": "they come into both parts of folds, whose scores are too high",
    }[check]
    end = f" and look like copies: {too_high}. Remove the copies from the data." if copied else "."
    return finding_of(check, "warning" if copied else "info", "", f"{what}{end}")


def _equals(case: Case, names: list[str], at: Array, *, twins: bool) -> Array:
    """How many equals those rows of the test split that have any have in the train split; of the train split: twins.

    Columns are compared a few at a time, those of numbers first, and only for the rows that are equal so far.
    """
    data = case.data
    own, rest = at, np.arange(len(data.X_train))
    X, y = (data.X_train, data.y_train) if twins else (data.X_test, data.y_test)  # noqa: N806
    sums, others = _hash(pd.Series(y).iloc[own], 0), _hash(pd.Series(data.y_train), 0)
    numbers = set(data.columns["number"])
    order = sorted(range(len(names)), key=lambda i: names[i] not in numbers)
    equals: Array = np.zeros(0, dtype=np.int64)
    for start in range(0, len(order), 4):
        for i in order[start : start + 4]:
            sums += _hash(X[names[i]].iloc[own], i + 1)
            others += _hash(data.X_train[names[i]].iloc[rest], i + 1)
        near = pd.Series(others).isin(sums).to_numpy()
        rest, others = rest[near], others[near]
        equals = pd.Series(others).value_counts().reindex(sums, fill_value=0).to_numpy() - int(twins)
        own, sums, equals = own[equals > 0], sums[equals > 0], equals[equals > 0]
        if not len(own):
            break
    return equals


def _hash(values: "pd.Series[Any]", position: int) -> Array:
    """A number for each value, by the position of its column, so that values do not change places unseen."""
    factor = np.uint64(2 * position + 1)  # odd: nothing is lost
    if types.is_numeric_dtype(values) or types.is_bool_dtype(values):
        numbers = _numbers(values) + 0.0  # no -0.0
        return pd.util.hash_array(numbers) * factor
    return pd.util.hash_pandas_object(values.astype("str"), index=False).to_numpy() * factor


def _look_copied(case: Case, names: list[str], at: Array, equals: int, *, twins: bool) -> bool:
    for left_out in _leavings(case, names):
        kept = [name for name in names if name not in left_out]
        without = _equals(case, kept, at, twins=twins).sum() if kept else len(at) * len(case.data.X_train)
        if equals < 0.5 * without:
            return False
    return True


def _leavings(case: Case, names: list[str]) -> Iterator[list[str]]:
    """Columns to leave out: some of those of many values, one by one, and of the others one half and the other."""
    few: list[str] = []
    many: list[str] = []
    X = case.data.X_train.iloc[case.sample(len(case.data.X_train))[:2000]]  # noqa: N806
    for name in names:
        shares = X[name].value_counts(normalize=True, dropna=False).to_numpy()
        (few if (shares**2).sum() > 0.5 else many).append(name)
    yield from ([name] for name in many[:10])
    yield from (half for half in (few[::2], few[1::2]) if half)


# -- one column that predicts the target ----------------------------------------------------------------------------


def _leaks(case: Case) -> list[Finding]:
    """Columns that alone predict the target almost without error: in a classification every class of it.

    By the area under the curve: of numbers, between classes that are neighbours in their order; of categories, of each
    class against the rest by its share among the rows of the same value in other folds. In a regression by the rank
    correlation, or by R² of the means of the rows of the same value in other folds.
    """
    data = case.data
    at = case.sample(len(data.y_train))
    y = data.y_train[at]
    found = []
    if data.task == "classification":
        codes = pd.factorize(y, sort=True)[0]
        often = np.flatnonzero(np.bincount(codes) >= 10)
        inside = np.isin(codes, often)
        if len(often) < 2 or inside.mean() < 0.95 or inside.sum() < FEW_ROWS:
            return []
        at, y = at[inside], np.searchsorted(often, codes[inside])
    elif len(y) < FEW_ROWS:
        return []
    fold = _folds_of(y, case.seed, stratified=data.task == "classification")
    numbers = set(data.columns["number"])
    for name in data.X_train.columns:
        values = data.X_train[name].iloc[at]
        score, what = _predicts(values, y, fold, data.task, number=name in numbers)
        if score >= PERFECT:
            text = (
                f"The column {name!r} alone predicts the target almost without error ({what} {score:.3f}): "
                "is it known before the target is?"
            )
            found.append(finding_of("leak", "warning", name, text, case.drop(name)))
    return found


def _folds_of(y: Array, seed: int, *, stratified: bool) -> Array:
    """For each row one of five folds, of equal shares in each class."""
    shuffled = np.random.default_rng(seed).permutation(len(y))
    order = shuffled[np.argsort(y[shuffled], kind="stable")] if stratified else shuffled
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = np.arange(len(y)) % 5
    return fold


def _predicts(values: "pd.Series[Any]", y: Array, fold: Array, task: str, *, number: bool) -> tuple[float, str]:
    """How well a column predicts the target, and by what measure."""
    found = []
    if number:
        numbers = _numbers(values)
        if task == "classification":
            found.append((_ordered_auc(numbers, y), "AUC"))
        else:
            found.append((_rank_correlation(numbers, y), "rank correlation"))
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    if 1 < len(distinct) <= (FEW_VALUES if number else len(values) / 2):
        if task == "classification":
            found.append((_rates_auc(codes, y, fold), "AUC"))
        else:
            found.append((_means_r2(codes, y, fold), "R²"))
    return max(found, default=(0.0, ""))


def _auc(low: Array, high: Array) -> float:
    """How often a value of the second, sorted, is above one of the first, sorted; ties count half."""
    left, right = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
    return float((left + right).mean() / 2 / len(low))


def _least(scores: Iterator[float]) -> float:
    """The least of the scores, or the first that is not enough."""
    least = 1.0
    for score in scores:
        least = min(least, score)
        if least < PERFECT:
            break
    return least


def _ordered_auc(numbers: Array, y: Array) -> float:
    missing = np.isnan(numbers)
    found = 0.0
    for fill in (-np.inf, np.inf) if missing.any() else (0.0,):  # that a number is missing may tell the class
        filled = np.where(missing, fill, numbers)
        parts = sorted((np.sort(filled[y == k]) for k in range(y.max() + 1)), key=lambda part: part[len(part) // 2])
        pairs = ((auc := _auc(low, high), 1 - auc) for low, high in pairwise(parts))
        found = max(found, _least(max(pair) for pair in pairs))
    return found


def _rates_auc(codes: Array, y: Array, fold: Array) -> float:
    """By the share of a class among the rows of the same value in other folds."""
    k, n = int(y.max()) + 1, int(codes.max()) + 1
    counts = np.bincount((fold * n + codes) * k + y, minlength=5 * n * k).reshape(5, n, k)
    others = counts.sum(axis=0) - counts
    totals = others.sum(axis=2)
    seen = totals[fold, codes] > 0
    rates = (others + np.bincount(y) / len(y)) / (totals[..., None] + 1)
    scores, y = rates[fold, codes][seen], y[seen]
    if seen.mean() < SEEN or np.bincount(y, minlength=k).min() == 0:
        return 0.0
    asked = range(k) if k > 2 else (1,)
    return _least(_auc(np.sort(scores[y != one, one]), np.sort(scores[y == one, one])) for one in asked)


def _rank_correlation(numbers: Array, y: Array) -> float:
    known = ~np.isnan(numbers)
    if known.sum() < max(FEW_ROWS, 0.1 * len(y)):
        return 0.0
    x, target = (pd.Series(values[known]).rank().to_numpy() for values in (numbers, y))
    if x.std() == 0 or target.std() == 0:
        return 0.0
    return abs(float(np.corrcoef(x, target)[0, 1]))


def _means_r2(codes: Array, y: Array, fold: Array) -> float:
    """By the mean of the rows of the same value in other folds."""
    n = int(codes.max()) + 1
    counts = np.bincount(fold * n + codes, minlength=5 * n).reshape(5, n)
    sums = np.bincount(fold * n + codes, weights=y, minlength=5 * n).reshape(5, n)
    others, totals = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
    seen = others[fold, codes] > 0
    if seen.mean() < SEEN:
        return 0.0
    means, y = (totals / np.maximum(others, 1))[fold, codes][seen], y[seen]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - means) ** 2).sum()) / spread if spread else 0.0


# -- time ---------------------------------------------------------------------------------------------------------

TIMES = {
    *("date", "datetime", "time", "timestamp", "ts", "year", "month", "week", "day", "hour", "quarter", "period"),
    *("epoch", "created", "updated", "when"),
}
DATE = re.compile(r"(\d{4}-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-]\d{2,4})([ T].*)?")
SPLITTER = {"_target_": "sklearn.model_selection.TimeSeriesSplit", "n_splits": 5}


def _times(case: Case) -> list[Finding]:
    """Columns of time: those by whose order the rows stand in the file, or whose values in a test file all lie later.

    Nothing is said where folds learn from earlier rows alone. Numbers that are no time by name or value count where all
    but 1 % of a test file lies above all but 1 % of the train file, unless they number rows.
    """
    if case.folds.name == "holdout" or all(_in_past(train, held) for train, held in case.folds.splits):
        return []
    data = case.data
    ordered, later = [], []
    counted = set(data.columns["number"]) - case.identifiers if case.two_files else set()
    for train, test in ((data.X_train, data.X_test), (data.aside_train, data.aside_test)):
        before, after = _spread(train), _spread(test)
        for name in train.columns:
            moments = _moments(before[name])
            if moments is None and name not in counted:
                continue
            values = _numbers(before[name]) if moments is None else moments
            in_order = moments is not None and _is_sorted(moments)
            beyond = case.two_files and name in test.columns and _is_later(after[name], values)
            if (in_order or beyond) and len(np.unique(values[~np.isnan(values)])) >= 10:
                ordered += [name] if in_order else []
                later += [name] if beyond else []
    return _of_times(case, ordered, later)


def _in_past(train: Array, held: Array) -> bool:
    return len(train) == 0 or len(held) == 0 or int(train.max()) < int(held.min())


def _of_times(case: Case, ordered: list[str], later: list[str]) -> list[Finding]:
    names = list(dict.fromkeys([*later, *ordered]))
    if not names:
        return []
    shown = ", ".join(map(repr, names))
    remedy = f"validation.splitter={override_value(SPLITTER)}" if ordered else ""
    mixed = "folds drawn at random learn from the future of the rows that they are scored on"
    if later:
        text = f"By {shown} the test split is the future of the train split, but {mixed}: their scores may be too high."
    else:
        text = f"The rows stand in the order of {shown}, and {mixed}: scores may be too high."
    if not case.two_files:
        text += " The test split is drawn at random too: name a file of the last rows by test_data=FILE."
    if not remedy:
        text += f" Sort the train file by {names[0]!r}, then pass a splitter such as TimeSeriesSplit."
    return [finding_of("time", "warning", names[0], text, remedy)]


def _spread(frame: pd.DataFrame) -> pd.DataFrame:
    """At most 2,000 rows, at even distances."""
    most = min(len(frame), 2000)
    return frame.iloc[np.arange(most) * len(frame) // max(1, most)]


def _numbers(values: "pd.Series[Any]") -> Array:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _moments(values: "pd.Series[Any]", *, timely: bool = False) -> Array | None:
    """A column of time as numbers, in its order; None where it holds something else."""
    if types.is_bool_dtype(values) or types.is_timedelta64_dtype(values):
        return None
    if types.is_numeric_dtype(values):
        numbers = _numbers(values)
        return numbers if timely or _names_time(str(values.name)) or _counts_time(numbers) else None
    known = values.dropna()
    dated = types.is_datetime64_any_dtype(values) or all(DATE.fullmatch(str(value)) for value in known)
    if not dated or not len(known):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = [pd.to_datetime(values, errors="coerce", dayfirst=first, utc=True) for first in (False, True)]
    best = min(parsed, key=lambda one: int(one.isna().sum()))
    seconds = (best - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    return None if np.isnan(seconds).mean() > 0.5 else seconds


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def _names_time(name: str) -> bool:
    return not TIMES.isdisjoint(_words(name))


def _counts_time(numbers: Array) -> bool:
    """Seconds or milliseconds since 1970 (of the years 2001 to 2065), or dates such as 20260131."""
    known = numbers[~np.isnan(numbers)]
    if not len(known) or (known % 1).any():
        return False
    if ((known >= 19000101) & (known <= 21001231)).all():
        return bool(np.isin(known // 100 % 100, range(1, 13)).all() and np.isin(known % 100, range(1, 32)).all())
    return any(((known >= low) & (known <= 3 * low)).all() for low in (1e9, 1e12))


def _is_sorted(values: Array) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 1 and bool((known[1:] >= known[:-1]).mean() >= 0.99 and known[-1] > known[0])


def _is_later(test: "pd.Series[Any]", before: Array) -> bool:
    after = _moments(test, timely=True)
    if after is None:
        return False
    first, last = np.sort(after[~np.isnan(after)]), np.sort(before[~np.isnan(before)])
    if len(first) < max(5, 0.5 * len(after)) or not len(last):
        return False
    return bool(first[len(first) // 100] > last[-1 - len(last) // 100])


# -- groups -------------------------------------------------------------------------------------------------------

OWNERS = {
    *("patient", "subject", "participant", "person", "user", "customer", "client", "household", "family", "session"),
    *("device", "account", "member", "employee", "student", "player", "driver", "vehicle", "animal", "donor"),
    *("respondent", "visitor", "owner", "buyer", "guest", "passenger", "machine", "specimen", "individual"),
}
NUMBERS = {"no", "nr", "num", "number", "code", "key", "ref"}
IDS = {"id", "ids", "uuid", "guid"}


def _groups(case: Case) -> list[Finding]:
    """Columns that say whose a row is, of 2 to 50 rows a value, whose values stand on both sides of folds or splits."""
    data = case.data
    found = []
    for train, test in ((data.X_train, data.X_test), (data.aside_train, data.aside_test)):
        for name in train.columns:
            if not _names_owner(name):
                continue
            other = test[name] if name in test.columns else train[name].iloc[:0]
            found += _of_groups(case, name, train[name], other)
    return found


def _names_owner(name: str) -> bool:
    words = _words(name)
    if not words:
        return False
    owner = words[-1] in OWNERS or (len(words) > 1 and words[-1] in NUMBERS and words[-2] in OWNERS)
    return owner or words[-1] in IDS or bool(re.fullmatch(rf"({'|'.join(OWNERS)})id", words[-1]))


def _of_groups(case: Case, name: str, values: "pd.Series[Any]", other: "pd.Series[Any]") -> list[Finding]:
    if types.is_float_dtype(values) and (values.dropna() % 1 != 0).any():
        return []
    codes = pd.factorize(pd.concat([values, other], ignore_index=True))[0]
    own, theirs = codes[: len(values)], codes[len(values) :]
    sizes = np.bincount(own[own >= 0])
    sizes = sizes[sizes > 0]
    if len(sizes) < 20 or not 2 <= sizes.mean() <= 50:
        return []
    held = [_share_known(own[train], own[held]) for train, held in case.folds.splits[:10]]
    folds = 0.0 if case.folds.name == "holdout" else float(np.mean(held))
    tested = _share_known(own, theirs)
    if max(folds, tested) < 0.1:
        return []
    places = [("validation rows of the folds", folds), ("rows of the test split", tested)]
    shares = " and ".join(f"{share:.0%} of the {place}" for place, share in places if share >= 0.1)
    text = (
        f"The column {name!r} repeats ({sizes.mean():.1f} rows a value), and {shares} share a value with rows that "
        "models learn from: if such rows are of one kind, scores are too high."
    )
    helps = folds >= 0.1 or not case.two_files
    remedy = f"validation=group validation.groups={override_value(name)}" if helps else ""
    return [finding_of("groups", "warning", name, text, remedy)]


def _share_known(learnt: Array, asked: Array) -> float:
    """How many of the values, those that are missing aside, stand among those learnt from."""
    asked = asked[asked >= 0]
    if not len(asked):
        return 0.0
    known = np.zeros(max(int(learnt.max(initial=0)), int(asked.max())) + 1, dtype=bool)
    known[learnt[learnt >= 0]] = True
    return float(known[asked].mean())


# -- drift --------------------------------------------------------------------------------------------------------


def _drift(case: Case) -> list[Finding]:
    """Columns whose distribution in the test file is another one than in the train file.

    By the distance of Kolmogorov and Smirnov, for categories the total variation distance: at least `DRIFT`, and more
    than chance reaches once in a million tables, by the inequalities of Dvoretzky, Kiefer and Wolfowitz [1]_ and of
    McDiarmid [2]_.

    References
    ----------
    .. [1] P. Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality, Annals of Probability 18.
    .. [2] C. McDiarmid (1989), On the method of bounded differences, Surveys in Combinatorics.
    """
    data = case.data
    if not case.two_files:
        return []
    few, others = _spread(data.X_train), case.identifiers  # other rows, owners and times have other values
    names = [name for name in few.columns if name not in others and not _names_owner(name)]
    names = [name for name in names if _moments(few[name]) is None]
    train, test = (X.iloc[case.sample(len(X))] for X in (data.X_train, data.X_test))
    numbers = set(data.columns["number"])
    far = {}
    for name in names:
        distance, chance = (_of_numbers if name in numbers else _of_categories)(train[name], test[name], len(names))
        if distance >= max(DRIFT, chance):
            far[name] = distance
    if not far:
        return []
    worst = sorted(far, key=lambda name: -far[name])
    shown = ", ".join(f"{name!r} ({far[name]:.2f})" for name in worst[:5])
    more = f" and {len(worst) - 5} more" if len(worst) > 5 else ""
    text = (
        f"The test file differs strongly from the train file in {shown}{more} (distance of the distributions, from 0 "
        "to 1): scores over the folds may say little of the test split, or of data to come."
    )
    return [finding_of("drift", "warning", worst[0], text)]


def _of_numbers(train: "pd.Series[Any]", test: "pd.Series[Any]", columns: int) -> tuple[float, float]:
    """The distance of two samples of numbers, and what chance reaches; a missing number is the least of all."""
    a, b = (np.sort(one.fillna(-np.inf).to_numpy(dtype=np.float64)) for one in (train, test))
    both = np.concatenate([a, b])
    shares = [np.searchsorted(one, both, "right") / len(one) for one in (a, b)]
    chance = sum(np.sqrt(np.log(4 * columns / CHANCE) / (2 * len(one))) for one in (a, b))
    return float(np.abs(shares[0] - shares[1]).max()), float(chance)


def _of_categories(train: "pd.Series[Any]", test: "pd.Series[Any]", columns: int) -> tuple[float, float]:
    """The distance of two samples of categories, and what chance reaches; a missing one is a category of its own."""
    codes = pd.factorize(pd.concat([train, test], ignore_index=True), use_na_sentinel=False)[0]
    n, m = len(train), len(test)
    a, b = (np.bincount(part, minlength=codes.max() + 1) for part in (codes[:n], codes[n:]))
    noise = 1 / n + 1 / m
    pooled = (a + b) / (n + m)
    expected = np.minimum(2 * pooled, np.sqrt(pooled * (1 - pooled) * noise)).sum() / 2
    return float(np.abs(a / n - b / m).sum() / 2), float(expected + np.sqrt(np.log(columns / CHANCE) / 2 * noise))


CHECKS: Mapping[str, Callable[[Case], list[Finding]]] = {
    "copies": _copies,
    "leaks": _leaks,
    "time": _times,
    "groups": _groups,
    "drift": _drift,
}
