"""The page over several data sets, as one plain dict: ranks, sets with links to their pages, and pairs of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlzoo import text
from mlzoo.board.leaderboard import Row, best, firsts
from mlzoo.board.overall import Overall, doubts
from mlzoo.errors import listed
from mlzoo.report import look
from mlzoo.report.board import direction, marks, sorted_by
from mlzoo.report.look import MAX_PAIRS, MAX_TEXTS, RISING, Figure, figure, heatmap, matrix_axes, sized, tall
from mlzoo.report.pairs import of_pairs
from mlzoo.report.terms import NO_PROOF, OPTIMISTIC, labels, named_by, optimistic, scored
from mlzoo.stats.paired import ALPHA

FALLING = [[at, color] for (at, _), (_, color) in zip(RISING, reversed(RISING), strict=True)]


def describe(overall: Overall, links: Mapping[str, str]) -> dict[str, Any]:
    """The page as plain data.

    Parameters
    ----------
    overall : Overall
        What is shown.
    links : dict
        The page of each set, relative to this one.
    """
    columns = _columns(overall)
    of_sets = {f"rank_{name}": f"set-{at}" for at, name in enumerate(overall.boards)}
    by = sorted_by(overall.rows, [*(key for key, _, _ in columns if key in overall.rows[0]), *of_sets])
    overview = {one["id"]: one for one in (ranks(overall), pairs(overall)) if one is not None}
    metrics = dict.fromkeys(board.metric for board in overall.boards.values() if board.metric)
    return {
        "title": f"mlzoo report, {len(overall.boards)} data sets",
        "sentence": overall.sentence,
        "metric": f"mean rank by {listed(list(metrics))}",
        "facts": facts(overall),
        "doubts": doubts(overall),
        "notices": notices(overall),
        "columns": [
            {"key": key, "title": title, "note": note, "left": key == "row", "further": False}
            | {"first": "ascending" if key.startswith("set-") else direction(key)}  # of a set by the rank on it
            for key, title, note in columns
        ],
        "legend": [*((title, note) for _, title, note in columns), *_glossary(overall)],
        "sorted": {of_sets.get(key, key): order for key, order in by.items()},
        "name_width": min(30, max(len(row["row"]) for row in overall.rows)),
        "board": [_line(row, overall) for row in overall.rows],
        "dummy": None,
        "rows": [],
        "sets": [_about(name, overall, link) for name, link in links.items()],
        "overview": overview,
        "payload": look.payload(overview.values()),
    }


def sections(page: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Anchor and title of the page's parts that are there."""
    parts = [("board", "Leaderboard"), ("sets", "Data sets"), ("ranks", "Row × data set"), ("pairs", "Pairs")]
    return [part for part in parts if part[0] in ("board", "sets") or part[0] in page["overview"]]


def facts(overall: Overall) -> list[dict[str, str]]:
    """The numbers beside the answer."""
    first = best(overall.rows)
    if first is None:
        return []
    ranked, used = text.many(len(overall.names), "row"), text.many(len(overall.used), "data set")
    last = f", {len(overall.names)} last" if len(overall.names) > 1 else ""
    found = [
        {"label": "Best mean rank", "value": listed(firsts(overall.rows)), "note": f"of {ranked}"},
        {"label": "its mean rank", "value": _mean_rank(first), "note": f"1 is best{last}"},
        {"label": "ranked over", "value": used, "note": f"of {len(overall.boards)}"},
    ]
    if overall.friedman is not None:
        note = f"of ranks as far apart, were all rows equal; chi² {overall.friedman.chi2:.2f}"
        found.append({"label": "Friedman's test, p", "value": text.p_value(overall.friedman.p), "note": note})
    return found


def notices(overall: Overall) -> list[str]:
    """What a reader must know before the table."""
    found = list(overall.notes)
    if any(row["status"] != "done" for row in overall.rows):
        found.append("Why a row that was run on a set has no score there stands on the set's own page.")
    return found


def _columns(overall: Overall) -> list[tuple[str, str, str]]:
    """Key to sort by, title and meaning of the board's columns; a set's key is its number, whatever its name."""
    metrics = {name: board.metric or "no metric" for name, board in overall.boards.items()}
    several = len(set(metrics.values())) > 1
    p = "of the difference to the first row by Wilcoxon's test, adjusted for all pairs of rows (Holm)"
    return [
        ("rank", "Rank", "by the mean rank"),
        ("row", "Row", "the cell, and the overrides that vary"),
        ("mean_rank", "Mean rank", "over the sets that are ranked over; 1 is best"),
        *([] if overall.adjusted is None else [("p", "p", p)]),
        *(
            (f"set-{at}", name + f", {metric}" * several, f"rank on {name}, and {metric}, {scored(optimistic(board))}")
            for at, ((name, metric), board) in enumerate(zip(metrics.items(), overall.boards.values(), strict=True))
        ),
        ("sets", "Sets", "on which the row has a score"),
    ]


def _glossary(overall: Overall) -> list[tuple[str, str]]:
    """The words of the page that are no column, each with what it means."""
    found = []
    if best(overall.rows) is not None:
        found.append(("best", "of the lowest mean rank"))
    if overall.adjusted is not None:
        among = "" if overall.friedman is None else ", or Friedman's test shows no difference among all rows"
        why = f"p, adjusted for all pairs, is above {ALPHA:g}{among}. {NO_PROOF}"
        found.append(("tied", f"not shown to be worse than the first row: {why}"))
    if any(row["optimistic"] for board in overall.boards.values() for row in board.rows):
        found.append(OPTIMISTIC)
    return found


def _line(row: Row, overall: Overall) -> dict[str, Any]:
    """A line of the table."""
    first, untested = best(overall.rows), overall.adjusted is None
    return {
        "id": None,
        "dummy": False,
        "name": row["row"],
        **marks(row, overall.rows),
        "status": row["status"],
        "error": row["error"],
        "cells": [
            _cell("rank", row["rank"], str(row["rank"] or text.DASH)),
            _cell("mean_rank", row["mean_rank"], _mean_rank(row)),
            *([] if untested else [_cell("p", row["p"], "" if row is first else text.p_value(row["p"]))]),
            *(
                _cell(
                    f"set-{at}",
                    row[f"rank_{name}"],
                    text.rank(row[f"rank_{name}"]),
                    text.if_known("", text.score(row[f"cv_{name}"])),
                )
                for at, name in enumerate(overall.boards)
            ),
            _cell("sets", row["sets"], f"{row['sets']} of {len(overall.boards)}"),
        ],
    }


def _cell(key: str, value: Any, shown: str, small: str = "") -> dict[str, Any]:
    value = "" if value is None else str(value)
    return {"key": key, "left": False, "further": False, "text": shown, "small": small, "shares": [], "value": value}


def _mean_rank(row: Row) -> str:
    return text.DASH if row["mean_rank"] is None else f"{row['mean_rank']:.2f}"


def _about(name: str, overall: Overall, link: str) -> dict[str, Any]:
    """What is said of a set, and where its own page is."""
    board = overall.boards[name]
    data: dict[str, Any] = next((one.content["data"] for one in board.records if one.content.get("data")), {})
    train, test = (data.get(part) or {} for part in ("train", "test"))
    first = best(board.rows) or {}
    return {
        "name": name,
        "link": link,
        "badges": ["optimistic"] if any(row["optimistic"] for row in board.rows) else [],
        "metric": board.metric or text.DASH,
        "train": text.count(train.get("rows")),
        "test": text.count(test.get("rows")),
        "columns": text.count(len(train["columns"]) if "columns" in train else None),
        "best": listed([row for row in firsts(board.rows) if row not in board.repeats]) or text.DASH,
        "mean": text.score(first.get("cv_mean")),
        "gap": text.score(first.get("baseline_gap"), sign=True),
    }


# -- charts -------------------------------------------------------------------------------------------------------


def ranks(overall: Overall) -> Figure | None:
    """Row × data set: the rank on each set, and the score."""
    rows = [row for row in overall.rows if row["rank"]]
    if len(rows) < 2:
        return None
    sets, few = list(overall.boards), len(overall.boards) <= MAX_TEXTS

    def told(row: Row, name: str, gap: str) -> str:
        score = text.if_known("", text.score(row[f"cv_{name}"]))
        return gap.join(filter(None, [text.if_known("", text.rank(row[f"rank_{name}"])), score])) or text.DASH

    cells = heatmap(
        range(len(sets)),
        range(len(rows)),
        [[row[f"rank_{name}"] for name in sets] for row in rows],
        (1, max(2, len(rows))),
        FALLING,
        bar=not few,
        text=[[told(row, name, "<br>") for name in sets] for row in rows],
        texttemplate="%{text}" if few else "",
        hovertext=[
            [f"{text.shown(row['row'], 60)}<br>{text.shown(name, 60)}: {told(row, name, ', ')}" for name in sets]
            for row in rows
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    named = labels(overall)
    above, beside = text.distinct(sets, 24), [named[row["row"]] for row in rows]
    angle = 0 if max(map(len, above)) * len(sets) <= 60 else 40  # above the last column there is no room to the right
    layout = matrix_axes(above, beside, "data set", angle)
    note = f"The rank of each row on each set, and below it its score. {_of_means(rows)}{named_by(overall)}"
    one = figure("ranks", "Ranks on each data set", note, [cells], layout, tall(len(rows), 46 if few else 26, 106))
    return sized(one, above, beside, least=58 if few else 16, most=130)


def _of_means(rows: Sequence[Row]) -> str:
    shown = [f"{row['row']} {row['mean_rank']:.2f}" for row in rows]
    return f"Mean ranks: {listed(shown, 6)}."


def pairs(overall: Overall) -> Figure | None:
    """Every row against every other: adjusted p-values."""
    p, names = overall.adjusted, overall.names[:MAX_PAIRS]
    if p is None or len(names) < 2:
        return None
    size, few = range(len(names)), len(names) <= MAX_TEXTS
    differ = overall.friedman is None or overall.friedman.p <= ALPHA  # else no pair is told apart
    apart = {(i, j) for i in size for j in size if differ and i != j and p[i, j] <= ALPHA}
    cells = heatmap(
        size,
        size,
        [[None if i == j else float(p[i, j]) for j in size] for i in size],
        (0, 1),
        FALLING,
        bar=not few,
        gap=2,
        text=[
            [
                "" if i == j else f"{text.p_value(p[i, j]) if few else ''}{' *' if (i, j) in apart else ''}".strip()
                for j in size
            ]
            for i in size
        ],
        texttemplate="%{text}",
        hovertext=[
            [f"{text.shown(names[i], 60)}, {text.shown(names[j], 60)}<br>p = {text.p_value(p[i, j])}" for j in size]
            for i in size
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    named = labels(overall)
    shown = [named[name] for name in names]
    number = len(names) * (len(names) - 1) // 2
    note = f"Adjusted p-values of Wilcoxon's signed-rank test on {len(overall.used)} data sets. "
    if len(names) < len(overall.names):
        note += f"The first {len(names)} of {len(overall.names)} rows. "
    none = "No pair is told apart, as Friedman's test shows no difference among all rows"
    note += f"{of_pairs(len(apart) // 2, number) if differ else none}."
    if overall.scaled:
        note += " The sets' units may differ: differences are taken as shares of the range of a set's scores."
    note += named_by(overall)
    height = tall(len(names), 34 if few else 20, 50)
    one = figure("pairs", "Every row against every other", note, [cells], matrix_axes(shown, shown, ""), height)
    return sized(one, shown, shown, least=50 if few else 17, most=100 if few else 28)
