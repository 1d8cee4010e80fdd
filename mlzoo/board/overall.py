"""Runs on several data sets: a board for each set, and one over all of them, by ranks.

A row over all is what has the same name on the sets: the cell, and the overrides that vary among the rows of a set.
Scores of different sets, let alone of different metrics, are never averaged: the rows are ranked on each set by the
mean over its folds, and the ranks are compared (`mlzoo.stats.ranks`).

Ranks are taken over a part of the table without a gap, about the largest one: the rank among three rows is not that
among twelve, and a last rank for a run that failed would be a verdict without a score. What is left out is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlzoo.board import comparison, leaderboard, notes, over_notes, rownames, sentence
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import Row
from mlzoo.errors import RecordError, nearest
from mlzoo.record import Record
from mlzoo.stats import paired, ranks, weighted
from mlzoo.stats.ranks import Array, Friedman

if TYPE_CHECKING:
    import pandas as pd

UNNAMED = "unnamed"
COLUMNS = (  # of every row over all; behind them, of each set, `rank_<set>` and `cv_<set>`, the mean over the folds
    "rank",  # by mean_rank, equal ones have the same; empty where the row has no score on a set that is ranked over
    "row",  # cell, and the overrides that vary among the rows of a set
    "preprocess",
    "model",
    "metric",  # of the sets
    "mean_rank",  # over the sets that are ranked over
    "sets",  # on which the row has a score
    "p",  # of the difference to the first row: Wilcoxon's signed-rank test, adjusted by Holm for all pairs of rows
    "tied",  # not shown to be worse than the first row
    "optimistic",  # the test split was the objective (validation=holdout)
    "status",  # done, or incomplete: a set without a score
    "error",  # which
)


@dataclass(frozen=True)
class Overall:
    """Boards of several data sets, and the one over all.

    Attributes
    ----------
    boards : dict
        The comparison of each set, in the order of the runs.
    rows : list of dict
        The board over all: the columns of `COLUMNS`, and `rank_<set>` and `cv_<set>` of each set.
    names : list of str
        The rows that are ranked, the best mean rank first.
    used : list of str
        The sets that they are ranked over.
    friedman : Friedman or None
        Of three or more rows on five or more sets.
    adjusted : ndarray of shape (names, names) or None
        p-values of all pairs, adjusted by Holm; of two or more rows on five or more sets.
    scaled : bool
        Whether differences are taken as shares of the range of a set's scores, as these have different units, or, by a
        metric of the user's own, may have.
    sentence : str
        The answer.
    notes : list of str
        What is left out of the ranks.
    """

    boards: dict[str, Comparison]
    rows: list[Row]
    names: list[str]
    used: list[str]
    friedman: Friedman | None
    adjusted: Array | None
    scaled: bool
    sentence: str
    notes: list[str]

    @property
    def records(self) -> list[Record]:
        """The runs of all sets."""
        return [one for board in self.boards.values() for one in board.records]


def set_names(records: Sequence[Record]) -> list[str]:
    """The data set of each run; runs on none go by the name of their file, or of the files that they read together."""
    unnamed = [one.content for one in records if not one.content.get("dataset")]
    sources = [str(source) for one in unnamed if (source := ((one.get("data") or {}).get("train") or {}).get("source"))]
    files = list(dict.fromkeys(Path(source).name for source in sources))
    name = " and ".join([*files[:2], *["others"] * (len(files) > 2)]) or UNNAMED
    return [one.content.get("dataset") or name for one in records]


def make(
    records: Sequence[Record], *, sort: str | None = None, metric: str | None = None, rope: float | None = None
) -> Comparison | Overall:
    """The comparison of runs on one data set, or the boards of several.

    Parameters
    ----------
    records : sequence of Record
        The runs.
    sort, metric, rope : optional
        As in `compare`.

    Raises
    ------
    RecordError
        As in `compare`.
    """
    of = set_names(records)
    sets = list(dict.fromkeys(of))
    if len(sets) < 2:
        return comparison.make(records, sort=sort, metric=metric, rope=rope)
    labels = rownames.row_ids(records, of)
    known = (*COLUMNS, *(f"{part}_{name}" for name in sets for part in ("rank", "cv")))
    within = None if sort in known and sort not in leaderboard.COLUMNS else sort
    boards = {}
    for name in sets:
        at = [place for place, one in enumerate(of) if one == name]
        held, names = [records[place] for place in at], [labels[place] for place in at]
        if within is not None:
            _check_sort(within, known, leaderboard.board(held, metric=metric)[0], name)
        boards[name] = comparison.make(held, sort=within, metric=metric, rope=rope, labels=names)
    return over(boards, sort if sort in known else None)


def _check_sort(sort: str, known: Sequence[str], row: Row, name: str) -> None:
    """Refuse a column that there is neither over all sets nor on the board of this one, of which a row is given."""
    if leaderboard.sorting(row, sort) not in row:
        raise RecordError(
            f"--sort {sort}: there is no such column over all sets, nor on the board of {name}."
            f"{nearest(sort, [*known, *row])} Over all sets there are: {', '.join(known)}. On that board there are: "
            f"{', '.join(row)}."
        )


def over(boards: Mapping[str, Comparison], sort: str | None = None) -> Overall:
    """The board over several sets, whose rows of the same name belong together."""
    held = {name: {row["row"]: row for row in board.rows} for name, board in boards.items()}
    labels = list(dict.fromkeys(label for rows in held.values() for label in rows))
    # NaN where there is none
    scores = np.array([[_score(rows.get(label)) for rows in held.values()] for label in labels], dtype=float)
    fair = np.array([not any(row["optimistic"] for row in rows.values()) for rows in held.values()])
    counted = np.isfinite(scores) & (fair if np.isfinite(scores[:, fair]).any() else True)
    again = _repeats(boards, held)
    counted[[label in again for label in labels]] = False  # a pipeline is ranked once
    places, used = ranks.complete_part(counted)
    found = ranks.ranks(scores[np.ix_(places, used)]) if len(places) else np.empty((0, 0))
    mean = found.mean(axis=1) if len(places) else np.empty(0)
    order = sorted(range(len(places)), key=lambda at: (mean[at], labels[places[at]]))  # of equal means by name
    places, found, mean = places[order], found[order], mean[order]
    names, sets = [labels[at] for at in places], list(boards)
    optimistic = bool(len(used)) and not fair[used].any()
    part = scores[np.ix_(places, used)]
    tested = len(used) >= ranks.MIN_SETS and len(places) > 1 and not optimistic
    ranked = [sets[at] for at in used]
    metrics = {boards[name].metric for name in ranked}
    scaled = len(metrics) > 1 or any(weighted.has_unit(one) or "." in one for one in filter(None, metrics))
    overall = ranks.friedman(part) if tested and len(places) > 2 else None
    adjusted = ranks.wilcoxon_pairs(part, scaled=scaled) if tested else None
    ahead = ranks.ahead(part, scaled=scaled) if tested else np.ones(len(names), dtype=bool)
    apart = None if adjusted is None else [_apart(overall, adjusted, at) for at in range(len(names))]
    rows = []
    for at, label in enumerate([*names, *(label for label in labels if label not in names)]):
        some = {name: of[label] for name, of in held.items() if label in of}
        row = _row(label, some, {name: _score(of.get(label)) for name, of in held.items()})
        if at < len(names):
            row |= {"rank": 1 + int(np.sum(mean < mean[at])), "mean_rank": float(mean[at])}
            row |= {f"rank_{sets[one]}": float(rank) for one, rank in zip(used, found[at], strict=True)}
            row["optimistic"] = optimistic
            if adjusted is not None and apart is not None:
                row |= {"p": float(adjusted[at, 0]), "tied": not (apart[at] and ahead[at])}
        rows.append(row)
    return Overall(
        boards=dict(boards),
        rows=leaderboard.ordered(rows, sort),
        names=names,
        used=ranked,
        friedman=overall,
        adjusted=adjusted,
        scaled=scaled,
        sentence=sentence.over_sets(names, mean, len(used), overall, apart, ahead, optimistic=optimistic),
        notes=[
            *over_notes.left_out(rows, names, ranked, boards, again),
            *over_notes.of_luck(boards, names, ranked),
            *over_notes.of_trials(boards, names, ranked),
            *over_notes.of_searches(boards),
            *over_notes.of_advice(boards),
        ],
    )


def _repeats(boards: Mapping[str, Comparison], held: Mapping[str, Mapping[str, Row]]) -> dict[str, str]:
    """Rows that count as one with another row on every set that they stand on: the name of that, by theirs."""
    firsts = {  # of each row, on each of its sets, the first of those that count as one there
        label: {name: boards[name].repeats.get(label, label) for name, rows in held.items() if label in rows}
        for label in sorted(set[str]().union(*held.values()))
    }
    found: dict[str, str] = {}
    kept: list[str] = []
    for label in sorted(firsts, key=lambda one: -len(firsts[one])):
        alike = [one for one in kept if firsts[label].items() <= firsts[one].items()]
        if alike:
            found[label] = alike[0]
        else:
            kept.append(label)
    return found


def _score(row: Row | None) -> float:
    return np.nan if row is None or row["cv_mean"] is None else float(row["cv_mean"])


def _row(label: str, some: Mapping[str, Row], scores: Mapping[str, float]) -> Row:
    """A row over all, not yet ranked."""
    missing = [name for name, score in scores.items() if not np.isfinite(score)]
    first = next(iter(some.values()))
    return dict.fromkeys(COLUMNS) | {
        "row": label,
        "preprocess": first["preprocess"],
        "model": first["model"],
        "metric": ", ".join(dict.fromkeys(row["metric"] for row in some.values() if row["metric"])) or None,
        "sets": len(scores) - len(missing),
        "optimistic": any(row["optimistic"] for row in some.values()),
        "status": "incomplete" if missing else "done",
        "error": f"no score on {', '.join(missing)}" if missing else None,
        **{f"rank_{name}": None for name in scores},
        **{f"cv_{name}": score if np.isfinite(score) else None for name, score in scores.items()},
    }


def _apart(overall: Friedman | None, adjusted: Array, at: int) -> bool:
    """Whether a row is shown to be worse than the first: by the test of all rows, and by that of the two."""
    return (overall is None or overall.p <= paired.ALPHA) and bool(adjusted[at, 0] <= paired.ALPHA)


# -- written ------------------------------------------------------------------------------------------------------


def write(found: Overall, folder: Path, homes: Mapping[str, Path], *, complete: bool | None = None) -> None:
    """Write `<set>/leaderboard.csv` and `.json` of each set, as of one alone, and those over all beside them.

    `leaderboard.csv` over all has a line for each row, the columns of `COLUMNS`. The JSON holds beside the `rows`: of
    each of the `sets` its folder, metric and best row; the names of those that are `ranked_over`; the `sentence`,
    the `notes` and the `doubts`; `friedman` (chi2, f, p) and `pairs` (rows, adjusted), null where nothing is tested.

    Parameters
    ----------
    found : Overall
        The boards.
    folder : Path
        Where they are written.
    homes : mapping
        The folder of each set below it: see `outputs.places`.
    complete : bool, optional
        Whether every job was run: see `leaderboard.write`.
    """
    for name, board in found.boards.items():
        more = comparison.told(board)
        leaderboard.write(board.rows, homes[name], dummy=board.dummy, complete=complete, home=folder, more=more)
    leaderboard.write(found.rows, folder, complete=complete, more=told(found, homes))


def told(found: Overall, homes: Mapping[str, Path]) -> dict[str, Any]:
    """What the JSON of a leaderboard over several sets holds beside its rows: see `write`."""
    firsts = {name: leaderboard.best(board.rows) for name, board in found.boards.items()}
    about = {
        name: {"folder": homes[name].name, "metric": board.metric, "best": (firsts[name] or {}).get("row")}
        for name, board in found.boards.items()
    }
    friedman = None if found.friedman is None else vars(found.friedman)
    pairs = None if found.adjusted is None else {"rows": found.names, "adjusted": found.adjusted.tolist()}
    tests = {"ranked_over": found.used, "friedman": friedman, "pairs": pairs}
    return {"sets": about, **tests, **_answer(found)}


def doubts(found: Overall) -> list[tuple[str, str]]:
    """What the audit warns of, a message and what to do about it, by set: see `notes.doubts`."""
    return [
        (f"{name}: {message}", how)
        for name, board in found.boards.items()
        for message, how in notes.doubts(board.records)
    ]


def _answer(found: Overall) -> dict[str, Any]:
    minded = [" ".join(filter(None, doubt)) for doubt in doubts(found)]
    return {"sentence": found.sentence, "notes": found.notes, "doubts": minded}


def compare(
    records: leaderboard.Sources, *, sort: str | None = None, metric: str | None = None, rope: float | None = None
) -> "pd.DataFrame":
    """The leaderboard of runs as a DataFrame.

    Parameters
    ----------
    records : Record or path, or an iterable of them
        Records, run folders or folders of run folders.
    sort : str, optional
        The column to order by, the best first; by default the rank.
    metric : str, optional
        Another recorded metric to rank by.
    rope : float, optional
        Up to which difference two rows count as the same in practice, in units of the metric; of an error (neg_…) as a
        share of the dummy's. By default that of the first run's config.

    Returns
    -------
    DataFrame
        The columns of `leaderboard.COLUMNS`, whose meaning and unit stand there, and of every further metric its mean
        over the folds and its score on the test split, `cv_<metric>` and `test_<metric>`. The dummy is no row. Of runs
        on several data sets the board over all, the columns of `overall.COLUMNS` and the rank and mean on each set.
        Its `attrs` hold the answer, as `leaderboard.json` does: `sentence`, `notes`, `doubts` and, of one set,
        `expected` and `dummy`.

    Raises
    ------
    RecordError
        If scores on a set are not paired, a metric or column is unknown, or the rope is no number of 0 or more.
    """
    import pandas as pd

    found = make(leaderboard.collect(records), sort=sort, metric=metric, rope=rope)
    board = pd.DataFrame(found.rows)
    if isinstance(found, Comparison):
        board.attrs.update(comparison.told(found), dummy=found.dummy)
    else:
        board.attrs.update(_answer(found))
    return board
