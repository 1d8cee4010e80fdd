"""The answer of a leaderboard in plain words: which rows are best, which of them to take, and what to expect of it."""

import math
from collections.abc import Mapping, Sequence

from mlzoo import text
from mlzoo.board import floor, notes
from mlzoo.board.leaderboard import Row, firsts
from mlzoo.errors import listed
from mlzoo.record import Record
from mlzoo.stats import paired, ranks, weighted
from mlzoo.stats.ranks import Array, Friedman

FEW_FOLDS = 10  # with fewer, differences are hardly ever shown
UNLIKELY, HALF = 3.0, 1.96  # standard errors by which scores differ hardly by chance, and in half a 95 % interval
LIKELY = 0.5  # probability from which something is likely
SURE = 0.95  # that from which one of the tied is called the best: Benavoli et al. (2017), see `paired.rope_test`
LONG = 120  # letters of names that a reader still takes in
ALIKE = 1.5  # times that differ by less are told apart by nobody who repeats them


def of_board(
    rows: Sequence[Row],
    fair: Sequence[Row],
    done: Sequence[Record],
    value: Mapping[str, float] | None,
    not_beaten: str | None,
    rope: float,
    *,
    unproven: bool = False,
) -> str:
    """The answer in plain words: which rows are best, which of them to take, and what to expect of it.

    Parameters
    ----------
    rows : sequence of dict
        All rows; of those that are the same pipeline the first.
    fair : sequence of dict
        Those of them that are ranked and not optimistic, the best first.
    done : sequence of Record
        The runs that are ranked and not optimistic, the best first.
    value : mapping, optional
        What to expect: value, low, high.
    not_beaten : str, optional
        What the best row is not shown to be better than: see `floor.not_beaten`.
    rope : float
        Up to which difference two rows count as the same in practice.
    unproven : bool
        Whether the log loss of another row may be less than that of the best, whose answers are given as certain: see
        `tails.certain`.
    """
    if not fair:
        if any(row["optimistic"] for row in rows):
            return "Every score is optimistic: the test split was the objective (validation=holdout)."
        ended = any(row["status"] == "done" for row in rows)
        return f"No run {'has a score' if ended else 'is done'}, there is nothing to rank."
    least = floor.find(done[0], fair[0]["metric"])
    said = _which(rows, fair, done[0]["validation"]["folds"], rope, least, unproven=unproven)
    said += _against_floor(fair, least, not_beaten)
    leaks = notes.may_leak(done)
    if leaks:
        said += " The data may leak, and all scores be too high: mind the findings."
    if value is None:
        return said
    expect = "If the data does not leak, expect" if leaks else "Expect"
    first = fair[0]
    told = f"{expect} {first['metric']} {_estimate(value['value'], value['low'], value['high'])} on new data"
    later = " of the same times, of later ones it may be worse" if notes.learn_from_the_future(done) else ""
    if not _is_less(first, done[0], value):
        return f"{said} {told}{later}."
    less = _estimate(first["test"], first["test_low"], first["test_high"])
    if notes.of_expected(value, first["metric"]):  # the interval ends too soon for a reason to be given
        return f"{said} {told}{later}; on the test split {first['row']} has {less}."
    return f"{said} {told} that is like the folds; the test split seems not to be: there {first['row']} has {less}."


def _is_less(row: Row, one: Record, value: Mapping[str, float]) -> bool:
    """Whether the score on the test split is less than what to expect by more than chance, of few rows of a class too.

    Intervals of an r2 or an error reach further to the worse side: what counts is the halves that face each other [1]_.
    Its own interval is too narrow where it has missed them all: it is taken for as wide at least as that of what to
    expect would be of so many rows.

    References
    ----------
    .. [1] G. Y. Zou, A. Donner (2008), Construction of confidence limits about effect measures: a general approach,
       Statistics in Medicine 27, 1693-1702.
    """
    if row["test_high"] is None or not row["test_high"] < value["low"]:
        return False
    expected, of_test = (value["value"] - value["low"]) / HALF, (row["test_high"] - row["test"]) / HALF
    rows = one["data"]["train"]["rows"]
    rows = rows if value["nested"] else min(rows, value.get("rows", rows))  # of very many it is of a sample
    error = math.hypot(expected, max(of_test, expected * math.sqrt(rows / one["data"]["test"]["rows"])))
    return bool(value["value"] - row["test"] > UNLIKELY * error)


def _estimate(value: float, low: float, high: float) -> str:
    """A score and its interval, if it has one, with the decimals of the score."""
    told = [_shown(one, value) for one in (value, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]})" if math.isfinite(low) else told[0]


def _which(
    rows: Sequence[Row], fair: Sequence[Row], folds: int, rope: float, least: floor.Floor, *, unproven: bool
) -> str:
    first, tied = fair[0]["row"], [row for row in fair if row["tied"]]
    if len(fair) == 1:
        return f"There is nothing to compare {first} with."
    if folds == 1:
        top = [row["row"] for row in fair if row["cv_mean"] == fair[0]["cv_mean"]]
        have = "has" if len(top) == 1 else "have"
        return f"{_named(top)} {have} the highest score, on one fold, by which no difference can be shown."
    if len(tied) == 1:
        others = "all other rows" if len(fair) == len(rows) else f"the other {len(fair) - 1} that can be ranked"
        others = others if len(fair) > 2 else fair[1]["row"]
        if unproven:
            return f"{first} is ahead of {others}, but some answers are given as certain: it is not shown to be better."
        close = [row["row"] for row in fair[1:] if (row["equivalent"] or 0) > LIKELY]
        than = "" if len(close) == len(fair) - 1 else f"than {listed(close)} "
        slight = f", but {than}probably by less than {text.width(rope)}" if close else ""
        return f"{first} is better than {others}{slight}."
    few = f" With {folds} folds only large differences can be shown." if folds < FEW_FOLDS else ""
    return f"{_named([row['row'] for row in tied])} are tied{_fastest(tied, least)}.{few}"


def _named(names: Sequence[str]) -> str:
    """Names of rows; of several long ones the first alone."""
    said = listed(names)
    return said if len(said) <= LONG or len(names) < 3 else f"{names[0]} and {len(names) - 1} more"


def _against_floor(fair: Sequence[Row], least: floor.Floor, than: str | None) -> str:
    """What must be said where the best row may have learnt nothing, or those tied with it."""
    if than is not None:
        top = firsts(fair)
        than = than if len(top) == 1 else than.replace("its own", "their own")
        return f" {_named(top)} {'is' if len(top) == 1 else 'are'} not shown to be better than {than}."
    low = [row["row"] for row in fair if row["tied"] and not _is_above(row, least)]
    return f" {_named(low)} {'is' if len(low) == 1 else 'are'} no better than {least.name}." if low else ""


def _is_above(row: Row, least: floor.Floor) -> bool:
    """Whether a row is better than the floor, as far as is known."""
    value = least.scores.mean()
    return not row["cv_mean"] <= value + paired.NOISE * (abs(value) if weighted.has_unit(row["metric"]) else 1.0)


def _fastest(tied: Sequence[Row], least: floor.Floor) -> str:
    """Which of the tied rows are the fastest, but for those that are likely worse, or no better than the floor.

    What the clock may have made of equal ones is not told apart.
    """
    better = [row for row in tied if _is_above(row, least)]
    likely = [row for row in better or tied if not (row["worse"] or 0) > LIKELY]
    times = {row["row"]: row["fit_s"] + row["predict_s"] for row in likely}
    fast = [name for name, time in times.items() if time <= ALIKE * min(times.values())]
    if len(fast) == len(tied):
        return ", and about equally fast"
    if len(likely) == 1:
        # of all others at once: at least the product, unless their differences move against each other (Slepian)
        chance = math.prod(row["worse"] or 0 for row in tied if row is not likely[0])
        sure = chance > SURE  # of two equal rows one is by 0.5 in most cases
        return f"; {likely[0]['row']} is likely the best of them" * sure
    them = "them" if len(likely) == len(tied) else "those that are likely as good"
    if len(fast) > 3:
        return f"; {fast[0]} is among the fastest of {them}"
    return f"; {_named(fast)} {'is' if len(fast) == 1 else 'are'} the fastest of {them}"


def _shown(value: float, like: float) -> str:
    """A score with the decimals that another one needs."""
    size = abs(like)
    digits = 1 if size >= 100 else 3 if size == 0 else max(3, 1 - math.floor(math.log10(size)))
    return f"{value:.1e}" if digits > text.MAX_DIGITS else text.score(value, digits, tiny=False)


def over_sets(
    names: Sequence[str],
    mean: Array,
    sets: int,
    overall: Friedman | None,
    apart: Sequence[bool] | None,
    ahead: Array,
    *,
    optimistic: bool,
) -> str:
    """The answer over several sets: which row has the best mean rank, and which are not told apart from it.

    Parameters
    ----------
    names : sequence of str
        The rows that are ranked, the best mean rank first.
    mean : ndarray of shape (names,)
        Their mean ranks.
    sets : int
        How many sets they are ranked over.
    overall : Friedman or None
        The test of all rows, of three or more.
    apart : sequence of bool, optional
        Which rows are told apart from the first; None where nothing is tested.
    ahead : ndarray of bool
        Which rows the first is ahead of by Wilcoxon's sums: of those that are told apart, the others are the better.
    optimistic : bool
        Whether the test split was the objective.
    """
    if not names:
        return "No run is done, there is nothing to rank."
    if optimistic:
        return "Every score is optimistic: the test split was the objective (validation=holdout)."
    if len(names) == 1:
        return f"There is nothing to compare {names[0]} with."
    first = [name for name, one in zip(names, mean, strict=True) if one == mean[0]]
    over = f"the best mean rank, {mean[0]:.2f} over {sets} set{'' if sets == 1 else 's'}"
    said = f"{names[0]} has {over}." if len(first) == 1 else f"{listed(first, 5)} share {over}."
    if sets == 1:
        return f"{said} That is the ranking of this set alone."
    if apart is None:
        chance = f"even of two equal rows one wins on all of {sets} in {100 * 2.0 ** (1 - sets):g}% of cases"
        return f"{said} No test is made of fewer than {ranks.MIN_SETS} sets: {chance}."
    if overall is not None and overall.p > paired.ALPHA:
        return f"{said} No row is told apart from another (Friedman's test, p {overall.p:.3f})."
    close = [name for at, name in enumerate(names) if at and not apart[at]]
    better = [name for at, name in enumerate(names) if not ahead[at] and name not in close]
    before = "" if overall is None else f" The rows differ (Friedman's test, p {text.p_value(overall.p)})."
    tests = "Wilcoxon's test of each pair, adjusted by Holm" if len(names) > 2 else "Wilcoxon's test"
    if better:
        are = "is" if len(better) == 1 else "are"
        said += f"{before} {listed(better, 5)} {are} better than {names[0]} by the size of the differences ({tests})."
        return f"{said} Not told apart from it: {listed(close, 5)}." if close else said
    if not close:
        return f"{said}{before} It is better than {'all other rows' if len(names) > 2 else names[1]} ({tests})."
    said += f"{before} Not told apart from {'it' if len(first) == 1 else names[0]}: {listed(close, 5)} ({tests})."
    least = ranks.least_p(len(names), sets)
    if least > paired.ALPHA:
        said += f" Of {len(names)} rows over {sets} sets no two can be: the least p would be {least:.3f}."
    return said
