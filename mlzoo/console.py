"""What the terminal is told. The one place that prints."""

import logging
import os
import re
import shutil
import sys
import textwrap
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mlzoo.grammar import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from mlzoo.board.comparison import Comparison
    from mlzoo.board.overall import Overall
    from mlzoo.record import Record


CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but for tabs and ends of lines
unsaid: list[int] = []  # the exit code, where lines could not be written


def say(*lines: str) -> None:
    """Print lines; go on where nobody reads them any more (`mlzoo … | head -1`), or they cannot be written.

    Signs that the terminal's encoding does not have are spelled out.
    """
    if sys.stdout is None:  # closed before the start, as by `>&-`
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for line in lines:
            print(harmless(line).encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # such as of a file on a disk that is full
            unsaid.append(print_error(f"Standard output: {error.strerror}."))


def print_error(text: str) -> int:
    """Say on standard error what is wrong. The exit code of a failure."""
    print(harmless(text), file=sys.stderr)
    return 1


def harmless(text: str) -> str:
    """A text that no terminal obeys: of escape sequences, as another's record may hold, the codes are shown."""
    return CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def tell_of(interrupt: KeyboardInterrupt) -> None:
    """Say once how far it was and how to go on, where no log has said it (hydra/job_logging=disabled)."""
    notes = getattr(interrupt, "__notes__", [])
    if notes and not logging.getLogger().handlers:
        print_error("\n".join(notes))
        notes.clear()


def terminal_width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def summary(made: "Record", start: Path) -> str:
    """What a run found, in a line or two; its folder as seen from the start folder."""
    import numpy as np

    from mlzoo import text
    from mlzoo.answers import OF_POSITIVE
    from mlzoo.baseline import always_saying

    metric, positive = made["metric"], made["data"].get("positive")
    of = f" (positive class {positive!r})" if positive is not None and metric in OF_POSITIVE else ""
    scores, baseline = np.array(made["cv"][metric]), np.mean(made["baseline"]["cv"][metric])
    low, high = made["test_interval"]
    on_test, interval = text.estimate(made["test"][metric], low, high, 3)
    within = text.if_known(" (95 % interval ", interval)
    within += ")" if within else ""
    gap = f"{text.score(scores.mean() - baseline, sign=True)} against the baseline"
    if constant := (made["baseline"].get("constant") or {}).get(metric):
        gap += f"; {always_saying(constant)} has {text.score(np.mean(constant['cv']))}"
    on = f" on {made.content['dataset']}" if made.content.get("dataset") else ""
    lines = [f"{made['cell']}{on}: {metric}{of} {on_test} on the test split{within}"]
    if made["validation"]["optimistic"]:
        lines[0] += ", which was the objective: optimistic"
        lines.append(f"  {gap}")
    else:
        mean, sd = scores.mean(), scores.std(ddof=1) if len(scores) > 1 else None
        spread = text.if_known(" ± ", text.score(sd, text.decimals(mean, sd)))
        over = f"over {text.many(len(scores), 'fold')}"
        lines.append(f"  {text.score(mean)}{spread} {over}, {gap}")
    if made["n_trials"] is not None:
        trials = made["trials"]
        failed = f", {trials['failed']} failed" if trials["failed"] else ""
        what = "this rebuilds it"
        if made["validation"]["name"] == "nested":
            what = "each outer fold chose its own; this repeats all searches"
        elif made["command"].startswith("python -m mlzoo rerun "):
            what = "its factory names its own parameters, so that only the search can be repeated"
        total, asked = trials["total"], made["n_trials"]
        tried = f"{total} of {asked} trials" if total < asked else text.many(total, "trial")
        lines.append(f"  best of {tried} is trial {made['trial']}{failed}; {what}:")
        lines.append(f"  {made['command']}")
    return "\n".join([*lines, f"  {shown_path(made.folder, start)}"])


def shown_path(path: Path, start: Path) -> str:
    """A path, relative to the start folder where it lies below."""
    full, home = path.resolve(), start.resolve()
    return str(full.relative_to(home)) if full.is_relative_to(home) else str(full)


def show_comparison(
    found: "Comparison | Overall",
    folder: Path,
    *,
    complete: bool | None = None,
    export: Path | None = None,
    sort: str | None = None,
    sweeps: "Iterable[Path] | None" = None,
) -> bool:
    """Print a leaderboard and write it and its page into a folder, and `export`. Whether every row has ended well.

    `sort` is the column that its rows are ordered by, `sweeps` are the folders that its rows come from: by default the
    folder itself.
    """
    from mlzoo import outputs
    from mlzoo.board import comparison, leaderboard, overall
    from mlzoo.board import export as exports

    notes = [] if complete else [*filter(None, map(unbegun, [folder] if sweeps is None else sweeps))]
    found = replace(found, notes=[*found.notes, *notes])
    dummy = None
    boards = found.boards if isinstance(found, overall.Overall) else {}
    boards = {name: replace(one, notes=[*one.notes, *notes]) for name, one in boards.items()}  # said once, but written
    homes = outputs.places(list(boards), folder) if boards else {}
    for home in (folder, *homes.values()):
        outputs.check_board(home)
    write: Callable[..., object]
    if isinstance(found, overall.Overall):
        told = overall.told(found, homes)
        write = partial(overall.write, replace(found, boards=boards), folder, homes)
    else:
        dummy, told = found.dummy, comparison.told(found)
        write = partial(leaderboard.write, found.rows, folder, dummy=dummy, more=told)
    write(complete=False if complete else complete)  # killed before the page is drawn, it is not done yet
    undrawn = [name for name, one in boards.items() if not draw_page(one, homes[name], over=folder)]
    undrawn += [] if draw_page(found, folder, homes=homes) else [""]
    say(board_text(found, homes, sort, undrawn), f"{shown_path(folder, Path.cwd())}/leaderboard.csv")
    if export is not None:
        exports.write(export, found.rows, dummy=dummy, about=told)
        say(shown_path(export, Path.cwd()))
    if complete:
        write(complete=True)
    return all(row["status"] == "done" for row in found.rows)


def unbegun(folder: Path) -> str:
    """How many jobs of the multirun in a folder have not begun, or ended, and how to go on; nothing where all have."""
    from mlzoo import record
    from mlzoo.board import leaderboard

    folder = leaderboard.sweep_of(folder)
    if not (folder / "multirun.yaml").is_file() or leaderboard.is_complete(folder):
        return ""
    from mlzoo.composition.sweep import not_begun

    missing, jobs = not_begun(folder)
    again = f"python -m mlzoo resume {quoted(shown_path(folder, Path.cwd()))}"
    if not jobs:  # of another sweeper
        return ""
    ended = [one["status"] not in ("running", "interrupted") for one in record.find(folder)]
    number, how = (missing, "begun") if missing else (ended.count(False), "ended")
    have = "has" if number == 1 else "have"
    return f"{number} of {jobs} jobs {have} not {how}; once nothing runs there, go on with: {again}" if number else ""


def board_text(
    found: "Comparison | Overall",
    homes: "Mapping[str, Path] | None" = None,
    sort: str | None = None,
    undrawn: "Collection[str]" = (),
) -> str:
    """A leaderboard as this terminal has room for it; of several sets each, headed by its name, then that over all.

    `homes` are the folders of the sets' boards, `sort` is the column that the rows are ordered by, `undrawn` are the
    sets without a page ('' of the board itself).
    """
    from mlzoo.board import overall, table

    def shown(one: "Comparison | Overall", name: str = "") -> str:
        return table.to_text(
            one.rows,
            width=terminal_width(),
            dummy=None if isinstance(one, overall.Overall) else one.dummy,
            sentence=one.sentence,
            notes=one.notes,
            place=f"{homes[name].name}/" if homes and name else "",
            page=name not in undrawn,
            sort=sort,
        )

    if not isinstance(found, overall.Overall):
        return "\n".join([shown(found), *doubts(found.records)])
    parts = [
        "\n".join([f"== {name} ==", shown(one, name), *doubts(one.records), ""]) for name, one in found.boards.items()
    ]
    return "\n".join([*parts, f"== over {len(found.boards)} sets: ranks ==", shown(found)])


def doubts(records: "list[Record]") -> list[str]:
    """What the audit warns of, and what to do about it: scores that promise too much, whatever is logged."""
    from mlzoo.board import notes

    lines = []
    for message, remedy in notes.doubts(records):
        lines += [textwrap.fill(f"Mind: {message}", terminal_width()), *([f"  {remedy}"] if remedy else [])]
    return lines


def draw_page(
    found: "Comparison | Overall", folder: Path, *, over: Path | None = None, homes: "Mapping[str, Path] | None" = None
) -> bool:
    """Write the page of a leaderboard, if that can be: whatever goes wrong there costs no leaderboard."""
    try:
        from mlzoo import report
        from mlzoo.board import overall

        if isinstance(found, overall.Overall):
            report.build_over(found, folder, homes or {})
        else:
            report.build(found, folder, over=over)
        return True
    except Exception as error:
        path = f"{shown_path(folder, Path.cwd())}/report.html"
        print_error(f"No page: {path} could not be drawn ({type(error).__name__}: {error}). The leaderboard stands.")
        return False
