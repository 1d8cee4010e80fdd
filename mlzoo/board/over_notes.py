"""What is to be borne in mind beside a board over several sets: what its ranks leave out, and what they may hide."""

from collections.abc import Mapping, Sequence

from mlzoo.board import notes
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import Row
from mlzoo.errors import listed


def left_out(
    rows: Sequence[Row],
    names: Sequence[str],
    used: Sequence[str],
    boards: Mapping[str, Comparison],
    again: Mapping[str, str],
) -> list[str]:
    """What the ranks leave out, and why."""
    if not names:
        return []
    aside = [name for name in boards if name not in used]
    optimistic = [name for name in aside if any(row["optimistic"] for row in boards[name].rows)]
    short = [name for name in aside if name not in optimistic]
    found = []
    if aside:
        whys = [f"on {listed(short, 5)} not every ranked row has a score"] if short else []
        whys += [f"the scores on {listed(optimistic, 5)} are optimistic (validation=holdout)"] if optimistic else []
        found.append(f"Ranked over {len(used)} of {len(boards)} sets: {', and '.join(whys)}.")
    copies: dict[str, list[str]] = {}
    for label, first in again.items():
        copies.setdefault(first, []).append(label)
    for first, labels in copies.items():
        predict = "predicts" if len(labels) == 1 else "predict"
        found.append(f"Not ranked: {listed(labels, 5)} {predict} the same as {first} on every set.")
    for row in rows:
        missing = [name for name in used if row[f"cv_{name}"] is None]
        if row["row"] not in again and row["row"] not in names:
            found.append(f"Not ranked: {row['row']} has no score on {listed(missing, 5)}.")
    return found


def of_luck(boards: Mapping[str, Comparison], names: Sequence[str], used: Sequence[str]) -> list[str]:
    """On which sets rows may have learnt nothing, so that their ranks tell nothing."""
    luck = [name for name in used if boards[name].not_beaten]
    if not luck or len(names) < 2:
        return []
    none = "the best row is not shown to be better than a guess that looks at no column, such as the dummy"
    return [f"On {listed(luck, 5)} {none}: how rows rank there may be luck."]


def of_trials(boards: Mapping[str, Comparison], names: Sequence[str], used: Sequence[str]) -> list[str]:
    """On which sets some of the ranked rows were chosen among more trials than others."""
    some = {
        name: [one for row, one in zip(boards[name].rows, boards[name].records, strict=True) if row["row"] in names]
        for name in used
    }
    flattered = [name for name, records in some.items() if notes.tuned(records)]
    if not flattered:
        return []
    those = "rows that were chosen among more trials are flattered, in ranks and p alike"
    return [f"On {listed(flattered, 5)} {those}; validation=nested does not do so."]


def of_searches(boards: Mapping[str, Comparison]) -> list[str]:
    """Which rows are named by values in whose place searches chose others."""
    every = (pair for board in boards.values() for pair in zip(board.rows, board.records, strict=True))
    done = ((row["row"], one) for row, one in every if row["status"] == "done")
    chosen = list(dict.fromkeys(name for name, one in done if notes.chosen_in_place(one, name)))
    if not chosen:
        return []
    return [
        f"Names say where a search began, not what it chose, which the board of each set says: {listed(chosen, 5)}."
    ]


def of_advice(boards: Mapping[str, Comparison]) -> list[str]:
    """Where the advice on one set belongs, as the command line of a sweep holds for all of them."""
    advised = [name for name, board in boards.items() if any(how for _, how in notes.doubts(board.records))]
    if not advised:
        return []
    where = "for runs over several sets write it into that set's YAML, such as preprocess: {drop: [column]}"
    return [f"What is advised on {listed(advised, 5)} is for a run on that set alone: {where}."]
