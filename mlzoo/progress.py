"""The live bars of a terminal: one for the search, one over the cells of a multirun. A log gets plain lines instead."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlzoo import text
from mlzoo.searching.search import Search, best


class Bars:
    """Bars on standard error, shown from the first trial on.

    Parameters
    ----------
    cells : int
        Of the multirun; 1 for a run.
    """

    def __init__(self, cells: int = 1) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            redirect_stdout=sys.stdout.isatty(),
            transient=True,
            expand=True,
        )
        self.cells = self.progress.add_task("cells", total=cells, note="", visible=cells > 1)
        self.search: Any = None
        self._of: Search | None = None

    def __call__(self, search: Search) -> None:
        """Show how far a search is."""
        if self._of is not search:
            self._of = search
            if self.search is not None:
                self.progress.remove_task(self.search)
            total = search.total if search.total > 1 else search.folds
            self.search = self.progress.add_task(
                ", ".join(filter(None, [search.cell, search.part])), total=total, note=""
            )
        ended = [trial for trial in search.trials if trial.ended]
        done = len(ended) if search.total > 1 else sum(len(trial.folds) for trial in search.trials)
        note = ""
        if search.total > 1 and any(trial.value is not None for trial in ended):
            top = best(ended)
            rate = self.progress.tasks[-1].speed or 0.0
            note = f"best {search.metric} {text.score(top.value)} (trial {top.number}), {rate:.1f} trials/s"
        self.progress.update(self.search, completed=done, note=note)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars; what logs write to the terminal meanwhile stands above them."""
        handlers = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
        handlers = [one for one in handlers if one.stream.isatty()]
        streams = [one.stream for one in handlers]
        with self.progress:
            for handler, stream in zip(handlers, streams, strict=True):
                handler.setStream(sys.stderr if stream is sys.__stderr__ else sys.stdout)
                handler.addFilter(_no_lines)
            try:
                yield
            finally:
                for handler, stream in zip(handlers, streams, strict=True):
                    handler.setStream(stream)
                    handler.removeFilter(_no_lines)
                self.progress.advance(self.cells)  # a cell that has failed has ended too


def wanted() -> bool:
    """Whether there is a terminal that anything is logged to."""
    return sys.stderr.isatty() and any(type(one) is logging.StreamHandler for one in logging.getLogger().handlers)


def _no_lines(entry: logging.LogRecord) -> bool:
    return not getattr(entry, "progress", False)
