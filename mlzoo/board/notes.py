"""What must be known beside the answer of a leaderboard: of its scores, a sentence each, and of the data."""

import math
import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence

from mlzoo import text
from mlzoo.answers import OF_POSITIVE
from mlzoo.baseline import always_saying
from mlzoo.board import expectation, floor, oof, rownames
from mlzoo.board.leaderboard import Row
from mlzoo.errors import listed
from mlzoo.findings import FUTURE, Finding, advice, all_left_out
from mlzoo.grammar import override_value, quoted
from mlzoo.interval import MIN_GROUPS
from mlzoo.record import Record
from mlzoo.stats import tails

LEAKS = ("leak", "overlap", "duplicates", "groups")  # checks whose warnings say that the target is known
DOUBTFUL = (*LEAKS, "time", "drift", "total")  # those whose warnings are of all scores
MAX_GROUPS = 3  # of rows that count as one, named each
MOSTLY = 0.9  # share of the rows from which one class is nearly all
# rows that squared errors are as if of, and their share of all, which of normal ones is 1/3
MIN_SQUARES, FEW_SQUARES = 20, 0.2  # below both a few rows make most of the error
SOME_SQUARES, LONG_TAILED = 100, 0.1  # below both, or where errors are skewed too, a few more rows may
SKEWED = 2.0  # skewness of errors from which they are as those of log-normal amounts
OF_TABLE = re.compile(r"(data|db)(\.|$)")  # keys that say which table it is, beside its name
LITTLE = 0.4  # of the train split: of folds that learn from less the scores say less of the final pipeline


def repeated(fair: Sequence[Row], made: Sequence[int], same: Sequence[int]) -> list[str]:
    """Which rows count as one: for each, the place of the first that was `made` alike, and that says the `same`."""
    found: dict[str, list[str]] = {}
    for first in dict.fromkeys(same):
        places = [at for at, one in enumerate(same) if one == first]
        if len(places) > 1:
            alike = len({made[at] for at in places}) == 1
            why = "are the same pipeline on the same folds" if alike else "predict the same on every fold"
            found.setdefault(why, []).append(listed([fair[at]["row"] for at in places]))
    return [
        f"{names[0]} {why}: they count as one."
        if len(names) == 1
        else f"{'; '.join(_some(names))}: these {why}, and count as one."
        for why, names in found.items()
    ]


def _some(groups: Sequence[str]) -> list[str]:
    """The first of many groups of rows, and how many more there are."""
    return list(groups) if len(groups) <= MAX_GROUPS else [*groups[:2], f"{len(groups) - 2} more groups of rows"]


def of_metrics(done: Sequence[Record], metric: str | None) -> list[str]:
    """That runs were made with several metrics, of which the first run's ranks them."""
    names = list(dict.fromkeys(str(one["metric"]) for one in done))
    others = [name for name in names if name != metric]
    if not others:
        return []
    return [f"Ranked by {metric}, the metric of the first run; others were made with {listed(others)} (--metric)."]


def of_ropes(ropes: Sequence[float]) -> list[str]:
    """That runs were made with several ropes, of which the first run's is used."""
    used, *others = dict.fromkeys(f"{rope:g}" for rope in ropes)
    if not others:
        return []
    return [f"The rope is {used}, that of the first run; others were made with {listed(others)} (--rope)."]


def of_expected(value: Mapping[str, float] | None, metric: str | None) -> list[str]:
    """That what to expect has no interval, and so says little, or one that ends too soon."""
    if value is None:
        return []
    if math.isfinite(value["low"]):
        return _of_squares(value, metric)
    if value.get("torn"):
        return [
            "What to expect may be too low, and has no interval: rows of folds that differ in their classes are ranked "
            "together by the scores of different models, which are on no one scale."
        ]
    none = "What to expect has no interval: "
    if (groups := value["groups"]) < MIN_GROUPS:
        return [f"{none}{text.many(int(groups), 'group')} of rows say{'s' * (groups == 1)} little of others."]
    if metric != "accuracy" and (rows := value["rarest"]) < expectation.MIN_OF_CLASS:
        return [f"{none}{text.many(int(rows), 'row')} of a class say{'s' * (rows == 1)} little of others."]
    alike = (
        "outer folds of equal scores, or one alone, do not tell"
        if value["nested"]
        else "all resamples of the rows say the same, which does not tell"
    )
    return [f"{none}{alike} how sure it is."]


def of_sample(value: Mapping[str, float] | None) -> list[str]:
    """That what to expect is of some of very many rows alone."""
    if value is None or "kept" not in value:
        return []
    return [
        f"What to expect is of {int(value['kept']):,} of the {int(value['of']):,} rows of the train split, drawn at "
        "random; scores over folds are of all."
    ]


def _of_squares(value: Mapping[str, float], metric: str | None) -> list[str]:
    """That a few rows make most of the squared error, or may on other rows, as errors are skewed or have long tails."""
    rows, few = value.get("rows", value["groups"]), value.get("effective", math.inf)
    surer = "and the true error may be larger (neg_mean_absolute_error is surer)."
    if few < min(MIN_SQUARES, FEW_SQUARES * rows):
        made = f"A few rows make most of the squared error, as if there were {few:.0f} in all"
        return [f"{made}: intervals of {metric} end too soon, {surer}"]
    if few < SOME_SQUARES and (few < LONG_TAILED * rows or abs(value.get("skewness", 0.0)) > SKEWED):
        made = f"Large errors are rare and make much of the squared error, as if there were {few:.0f} rows in all"
        return [f"{made}: intervals of {metric} may end too soon, {surer}"]
    return []


def of_scores(rows: Sequence[Row], records: Sequence[Record], why: str = "", again: Collection[str] = ()) -> list[str]:
    """What scores are of, and what they do not say.

    Parameters
    ----------
    rows : sequence of dict
        The leaderboard's.
    records : sequence of Record
        The run of each.
    why : str
        Why what to expect is not known.
    again : collection of str
        The names of rows that count as one with another row, which the answer counts once.
    """
    done = [(row, one) for row, one in zip(rows, records, strict=True) if row["status"] == "done"]
    found = []
    alike = [row["row"] for row in rows if row["gap_low"] is None and row["p"] is not None]
    if alike:
        found.append(
            f"{listed(alike)}: the difference to the best is the same on every fold, so that it has no interval, and "
            "its p is a sign test's."
        )
    tied = [row for row in rows if row["tied"] and row["row"] not in again]
    apart = [row["row"] for row in tied if row["gap_high"] is not None and row["gap_high"] < 0]
    if apart:
        are, their = ("is", "its") if len(apart) == 1 else ("are", "their")
        found.append(
            f"{listed(apart, 3)} {are} tied though {their} own interval of the difference to the best leaves 0 out: p "
            "is adjusted for all pairs of rows, and does not show what one test alone would."
        )
    found += _of_certain(done)
    if why:
        found.append(f"What to expect on new data is not known: {why}.")
    if done:
        first, one = done[0]
        found += [
            *_of_rare(one, first["metric"]),
            *_of_floor(one, first["metric"]),
            *_of_few_in_fold(one, first["metric"], why),
            *_lacking(one),
            *_learnt_less(one),
            *_of_time(one),
        ]
    found += tuned([one for _, one in done])
    chosen = [f"{row['row']} chose {listed(said)}" for row, one in done if (said := chosen_in_place(one, row["row"]))]
    if chosen:
        found.append(f"Names say where a search began, not what it chose: {listed(chosen)}.")
    used = {row["accelerator"] for row, _ in done}
    if len(used) > 1:
        names = ", ".join(sorted(name or "scikit-learn's own" for name in used))
        found.append(f"Rows were fitted by different estimators ({names}): small gaps may come from that alone.")
    found += _of_content(done)
    return found + (_of_class(done[0][1]) if done else [])


def _of_content(done: Sequence[tuple[Row, Record]]) -> list[str]:
    """Which rows have read another content under a name that the first row has read too, as of a file that has changed.

    The target, which is compared apart, is the same. Tables that overrides tell apart, as by `db.params`, are others.
    """
    found: dict[str, list[str]] = {}
    read = []
    for _, one in done:
        words = [word for word in rownames.overrides_of(one["overrides"]).items() if OF_TABLE.match(word[0])]
        parts = (one["data"][part] for part in ("train", "test"))
        read.append({(of["source"], *sorted(words)): of["sha256"] for of in parts if of.get("sha256")})
    for (row, _), own in zip(done, read, strict=True):
        for table, sha256 in own.items():
            if read[0].get(table, sha256) != sha256:
                found.setdefault(table[0], []).append(row["row"])
    return [
        f"{source} held something else when {listed(names)} read it than when {done[0][0]['row']} did: what they "
        "differ by may come from that alone."
        for source, names in found.items()
    ]


def _of_certain(done: Sequence[tuple[Row, Record]]) -> list[str]:
    """Which rows say that a class cannot be, where by the metric one that is of that class outweighs all others."""
    metric = done[0][0]["metric"] if done else None
    if metric not in tails.OF_LOGARITHMS:
        return []
    counted = [(row["row"], *oof.certain(one, metric)) for row, one in done if not row["optimistic"]]
    told = [f"{name} ({rows:,} of {of:,})" for name, rows, of, excess in counted if excess]
    if not told:
        return []
    instead = "neg_brier_score is surer" if metric == "neg_log_loss" else "d2_brier_score is surer"
    return [
        f"Of rows of the data it is said that a class cannot be: by {listed(told)}. One that is of that class costs a "
        f"log loss of 36, and few have been seen: p and chances of {metric} say too much, as do intervals but those of "
        f"the test split and of what to expect, which reach lower for it ({instead})."
    ]


def _of_time(one: Record) -> list[str]:
    """That neighbours in time may be alike."""
    found = _warnings([one], ("time",))
    if not found:
        return []
    helps = any("split.time=" in f"{of['message']} {of['remedy']}" for of in found)
    runs = " With split.time intervals draw runs of rows." * helps
    return [f"Rows seem to follow time: where neighbours are alike, intervals and p say too much.{runs}"]


def tuned(done: Sequence[Record]) -> list[str]:
    """That some were chosen among more trials, on the folds that they are compared on."""
    totals = [(one.content.get("trials") or {}).get("total") or 1 for one in done]
    if len(set(totals)) < 2 or any(one["validation"]["name"] == "nested" for one in done):
        return []
    return [
        f"Rows were chosen among {min(totals):,} to {max(totals):,} trials by the folds that they are compared on, "
        "which flatters those with more, in scores, p and chances alike; validation=nested does not."
    ]


def _of_rare(one: Record, metric: str) -> list[str]:
    """That accuracy says little where one class has nearly all rows."""
    dummy = one["baseline"]["cv"].get("accuracy") if metric == "accuracy" else None
    if not dummy or (share := sum(dummy) / len(dummy)) < MOSTLY:
        return []
    return [
        f"The dummy has an accuracy of {share:.3f}: of a rare class balanced_accuracy and neg_log_loss tell more "
        "(metric=…)."
    ]


def _of_class(one: Record) -> list[str]:
    """Which class the metrics are of that look for one of two."""
    positive, names = one["data"].get("positive"), [name for name in one["cv"] if name in OF_POSITIVE]
    if positive is None or not names:
        return []
    other, are = one["data"]["classes"][0], "is" if len(names) == 1 else "are"
    key = quoted(f"positive={override_value(other)}")
    meant = f", the last in order; where the other one is meant, pass {key}" if other < positive else ""
    return [f"{listed(names)} {are} of the positive class {positive!r}{meant}."]


def _of_floor(one: Record, metric: str) -> list[str]:
    """That always saying one class, or the median, is scored higher than the dummy."""
    constant = (one["baseline"].get("constant") or {}).get(metric)
    if constant is None and floor.is_best(one["baseline"]["cv"][metric], metric):
        return [f"The dummy has {metric} {text.score(1.0)}, which nothing can beat."]
    if constant is None:
        return []
    means = [sum(of) / len(of) for of in (constant["cv"], one["baseline"]["cv"][metric])]
    score, dummy = (text.estimate(mean, *means)[0] for mean in means)  # told apart, small errors too
    beaten = ", which nothing can beat" if floor.is_best(constant["cv"], metric) else ""
    always = always_saying(constant)
    return [f"{always[0].upper()}{always[1:]} has {metric} {score}{beaten}; the dummy has {dummy}."]


def _of_few_in_fold(one: Record, metric: str, why: str) -> list[str]:
    """That a metric of a few rows, or of rows of another mean, is not what it is of all rows."""
    if one["validation"]["optimistic"] or one["validation"].get("name") == "nested":  # what to expect is of folds too
        return []
    rows = one["validation"]["test_rows"]
    if differ := expectation.other_means(one, metric):
        differ = f"{differ[0].upper()}{differ[1:]}: over all rows at once"
        explained = f"{metric} counts that as explained"
        if one["data"].get("classes") is not None:  # of these it may be less as well
            explained = f"{metric}, which the expected score is of, is not its mean over folds"
        return [] if why else [f"{differ} {explained}."]
    if metric == "neg_root_mean_squared_error" and max(rows) == 1:
        return ["Over folds of one row this is the mean absolute error; the expected score is of all rows at once."]
    of, than, least = "", "lower", expectation.FEW_IN_FOLD
    held = oof.confusion(one) if metric == "average_precision" and not oof.is_sample(one) else None
    if held is not None and held[0].shape[1] == 2:
        rows = held[0][:, 1:].sum(axis=(1, 2)).astype(int).tolist()
        of, than, least = " of the positive class", "higher", expectation.MIN_OF_CLASS
    elif metric not in expectation.OF_VARIANCE:
        return []
    if min(rows) >= least:
        return []
    many = text.many(min(rows), "row") if min(rows) == max(rows) else f"{min(rows)} to {max(rows)} rows"
    return [f"In folds of {many}{of} {metric} is {than} than over all rows at once, which the expected score is of."]


def _lacking(one: Record) -> list[str]:
    """Where folds lack a class, or the test split has few rows of one, as the audit has found."""
    found = [finding for finding in one.content.get("findings") or [] if finding["check"] == "classes"]
    return [finding["message"] for finding in found if finding["severity"] == "warning" or {*one["cv"]} - {"accuracy"}]


def _learnt_less(one: Record) -> list[str]:
    """Where folds learn from much less than the final pipeline does."""
    validation, final = one["validation"], one["data"]["train"].get("rows", 0)
    if validation["optimistic"] or min(rows := validation["train_rows"]) >= LITTLE * final:
        return []
    many = f"{min(rows):,}" if min(rows) == max(rows) else f"{min(rows):,} to {max(rows):,}"
    return [
        f"The folds learn from {many} rows, the final pipeline from {final:,}: scores over the folds, and what to "
        "expect from them, are of pipelines that have learnt from less."
    ]


def chosen_in_place(one: Record, label: str) -> list[str]:
    """What a search has chosen in place of values that the row's name holds, which are those of its first trial."""
    given = rownames.overrides_of(one["overrides"])
    made = rownames.overrides_of(shlex.split(one.content.get("command") or ""))
    found = []
    for key, value in given.items():
        name = key.rpartition(".")[2]
        if value is not None and f"{name}={value}" in label and made.get(key, value) != value:
            found.append(f"{name}={_rounded(str(made[key]))}")
    return found


def _rounded(value: str) -> str:
    try:
        return f"{float(value):.3g}"
    except ValueError:
        return value


# -- findings on the data -----------------------------------------------------------------------------------------


def doubts(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Warnings that scores promise too much, each once, and in a line of its own to be copied what to do about it."""
    found: dict[str, Finding] = {}
    for one in _warnings(records, DOUBTFUL):
        found.setdefault(one["message"], one)
    doubtful = [(message, advice(one)) for message, one in found.items()]
    together = all_left_out(found.values())
    return [*doubtful, *([("Overrides of one key take each other's place.", together)] if together else [])]


def minded(records: Sequence[Record]) -> list[str]:
    """The `doubts`, each as one text."""
    return [" ".join(filter(None, doubt)) for doubt in doubts(records)]


def may_leak(records: Sequence[Record]) -> bool:
    """Whether a finding says that rows or columns tell what is to be predicted."""
    return bool(_warnings(records, LEAKS))


def learn_from_the_future(records: Sequence[Record]) -> bool:
    """Whether a finding says that folds learn from the future of the rows that they are scored on."""
    return any(FUTURE in one["message"] for one in _warnings(records, ("time",)))


def _warnings(records: Iterable[Record], checks: Collection[str]) -> list[Finding]:
    """What some of the checks have warned of in runs."""
    every = (one for made in records for one in made.content.get("findings") or [])
    return [one for one in every if one["severity"] == "warning" and one["check"] in checks]
