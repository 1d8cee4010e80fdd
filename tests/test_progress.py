"""Bars on a terminal, plain lines in a log, results alone where logging is disabled."""

import io
import logging
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlzoo import progress, runner
from mlzoo.errors import FitError
from mlzoo.progress import Bars
from tests.conftest import ROOT, Program
from tests.program import own_environment

FOLDS = ("validation.n_splits=2", "validation.n_repeats=1")
MULTIRUN = ("-m", "+preprocess=simple,complex", "+models=lr", "n_trials=12", "race=false", *FOLDS)


def on_a_terminal(*words: str) -> str:
    """What a run shows on a terminal of 110 columns, without the codes that move the cursor."""
    main, side = pty.openpty()
    said: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                got = os.read(main, 65536)
            except OSError:  # its other end has closed
                return
            if not got:
                return
            said.append(got)

    listener = threading.Thread(target=listen)
    listener.start()
    env = own_environment(COLUMNS="110", TERM="xterm")
    done = subprocess.run([sys.executable, "-m", "mlzoo", *words], cwd=ROOT, env=env, stdout=side, stderr=side)
    os.close(side)
    listener.join(10)
    os.close(main)
    text = b"".join(said).decode()
    assert done.returncode == 0, text
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_bars_of_search_and_cells(tmp_path: Path) -> None:
    shown = on_a_terminal(*MULTIRUN, f"hydra.sweep.dir={tmp_path}")
    assert re.search(r"cells +━+ +[01]/2", shown)
    assert re.search(r"simple-lr +━+ +12/12 best accuracy 0\.\d{4} \(trial \d+\), [\d.]+ trials/s", shown)
    assert re.search(r"complex-lr +━+ +12/12", shown)
    assert "trial 12 of 12" not in shown  # for the log alone
    assert "trial 12 of 12: best accuracy" in (tmp_path / "0" / "mlzoo.log").read_text(encoding="utf-8")
    assert shown.count("To leave it out") == 1  # a finding on the table, which both cells share


def test_lines_where_there_is_no_terminal(zoo: Program, tmp_path: Path) -> None:
    done = zoo(*MULTIRUN, f"hydra.sweep.dir={tmp_path / 'sweep'}", cwd=ROOT)
    assert done.stdout.count("trial 12 of 12: best accuracy") == 2
    assert "━" not in done.stdout + done.stderr


@pytest.mark.long
def test_results_alone_where_logging_is_disabled(tmp_path: Path) -> None:
    words = (*MULTIRUN, f"hydra.sweep.dir={tmp_path}", "hydra/job_logging=disabled", "hydra/hydra_logging=disabled")
    shown = on_a_terminal(*words)
    assert "━" not in shown
    assert "trial 12 of 12" not in shown
    assert shown.startswith("simple-lr: accuracy")


@pytest.mark.parametrize(
    ("words", "total"),
    [
        pytest.param(("n_trials=5",), 5, id="a search counts trials"),
        pytest.param(("validation.n_splits=4",), 4, id="a run counts folds"),
    ],
)
def test_what_the_bars_count(
    plain: Callable[..., dict[str, Any]], tmp_path: Path, words: tuple[str, ...], total: int
) -> None:
    bars = Bars(cells=2)
    once = "validation.n_repeats=1"
    with bars.shown():
        runner.run(plain("+preprocess=simple", "+models=lr", once, *words), folder=tmp_path / "a", watch=bars)
        cells, search = bars.progress.tasks
        assert (search.description, search.completed, search.total) == ("simple-lr", total, total)
        assert ("best accuracy" in search.fields["note"]) == ("n_trials=5" in words)
    assert (cells.completed, cells.total) == (1, 2)
    with bars.shown():
        runner.run(plain("+preprocess=complex", "+models=lr", once, *words), folder=tmp_path / "b", watch=bars)
        assert [task.description for task in bars.progress.tasks] == ["cells", "complex-lr"]
    assert cells.completed == 2


def test_a_cell_that_fails_has_ended_too() -> None:
    bars = Bars(cells=2)
    with pytest.raises(FitError), bars.shown():
        raise FitError("no luck")
    assert bars.progress.tasks[0].completed == 1


def test_logs_stand_above_the_bars_without_their_lines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root, handler, elsewhere = (
        logging.getLogger(),
        logging.StreamHandler(Terminal()),
        logging.StreamHandler(io.StringIO()),
    )
    root.addHandler(elsewhere)
    root.addHandler(handler)
    try:
        before = handler.stream
        with Bars().shown():
            assert handler.stream is sys.stdout
            assert elsewhere.stream is not sys.stdout
            entry = root.makeRecord("mlzoo", logging.INFO, __file__, 0, "trial 3 of 9", (), None)
            assert handler.filter(entry)
            entry.progress = True
            assert not handler.filter(entry)
            assert elsewhere.filter(entry)
        assert handler.stream is before
        assert handler.filter(entry)
    finally:
        root.removeHandler(handler)
        root.removeHandler(elsewhere)


def test_no_bars_without_a_terminal() -> None:
    assert not progress.wanted()
