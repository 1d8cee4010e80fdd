"""A leaderboard as a file of its own, by the ending of its name: to be computed with, or to be read."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import record, workbook
from mlzoo.board import leaderboard, table
from mlzoo.board.leaderboard import Row

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: 0.3em 0.7em; text-align: left; white-space: nowrap; border-bottom: 1px solid #ccc; }}
.number {{ text-align: right; }}
tfoot td {{ border-top: 2px solid #888; }}
</style>
</head>
<body>
<table>
<thead>
{head}
</thead>
<tbody>
{body}
</tbody>
<tfoot>
{foot}
</tfoot>
</table>
{notes}
</body>
</html>
"""


def write(path: Path, rows: Sequence[Row], *, dummy: Row | None = None, about: Mapping[str, Any] | None = None) -> None:
    """Write a leaderboard.

    Parameters
    ----------
    path : Path
        A name that `outputs.check_export` has let pass. `.csv`, `.json` and `.xlsx` hold the rows with every digit
        (`.xlsx` with 16), their folders as seen from the file's, and `.json` and `.xlsx` (on a worksheet of its own)
        the answer; `.md` and `.html` the whole table as text, the dummy and the answer below it.
    rows : sequence of dict
        The leaderboard's.
    dummy : dict, optional
        The row of the baseline: in tables of data it is no row, so that none takes it for one.
    about : mapping, optional
        The answer: sentence, notes, doubts, and what else the JSON is to hold.

    Raises
    ------
    OSError
        With the path, if it cannot be written; nothing is left behind then.
    """
    here, about = leaderboard.placed(rows, path.parent), about or {}
    words = [*filter(None, [about.get("sentence")]), *about.get("notes", [])]
    words += [f"Mind: {doubt}" for doubt in about.get("doubts", [])]
    try:
        match path.suffix.lower():
            case ".csv":
                leaderboard.write_csv(path, here)
            case ".json":
                record.write_json(path, {**leaderboard.as_json(here, dummy), **about})
            case ".xlsx":
                sheets = {"leaderboard": pd.DataFrame(here), "answer": pd.DataFrame({"answer": words})}
                workbook.write_tables(path, sheets, freeze=(1, 2))
            case ".md":
                record.write_text(path, to_markdown(rows, dummy, words))
            case _:
                record.write_text(path, to_html(rows, dummy, words))
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def to_markdown(rows: Sequence[Row], dummy: Row | None = None, words: Sequence[str] = ()) -> str:
    """The leaderboard as a table of Markdown, the answer below it."""
    shown = table.columns(rows, dummy)
    lines = [
        [column.title for column in shown],
        ["---:" if column.right else ":---" for column in shown],
        *zip(*(column.cells for column in shown), strict=True),
    ]
    drawn = [f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines]
    return "\n".join([*drawn, *(f"\n{_plain(note)}" for note in words)]) + "\n"


def _plain(words: str) -> str:
    """A text in one line, in which nothing is markup."""
    return re.sub(r"([\\`*~&#|<>\[\]]|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", " ".join(words.split()))


def to_html(rows: Sequence[Row], dummy: Row | None = None, words: Sequence[str] = ()) -> str:
    """The leaderboard as a page that holds nothing but its table."""
    shown = table.columns(rows, dummy)

    def line(cells: Sequence[str], tag: str = "td") -> str:
        sides = [' class="number"' if column.right else "" for column in shown]
        drawn = [f"<{tag}{side}>{html.escape(cell)}</{tag}>" for cell, side in zip(cells, sides, strict=True)]
        return f"<tr>{''.join(drawn)}</tr>"

    lines = [line(cells) for cells in zip(*(column.cells for column in shown), strict=True)]
    return PAGE.format(
        title="mlzoo leaderboard",
        head=line([column.title for column in shown], "th"),
        body="\n".join(lines[: len(rows)]),
        foot="\n".join(lines[len(rows) :]),
        notes="\n".join(f"<p>{html.escape(note)}</p>" for note in words),
    )
