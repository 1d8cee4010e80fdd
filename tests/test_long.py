"""What takes minutes: the main job at full size. Run by `.ci/run --long`."""

import csv
import json
import shlex
from pathlib import Path

import pytest

from tests.conftest import Program

pytestmark = pytest.mark.long


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


CELLS = {"complex-lr", "complex-rf", "simple-lr", "simple-rf"}


def test_multirun_of_100_trials_ranks_all_cells_and_every_command_rebuilds_its_row(
    zoo: Program, tmp_path: Path
) -> None:
    done = zoo(
        "-m", "+preprocess=simple,complex", "+models=lr,rf", "n_trials=100", "n_jobs=2", "hydra.sweep.dir=sweep"
    )  # fmt: skip
    rows = table(tmp_path / "sweep" / "leaderboard.csv")
    assert {row["row"] for row in rows} == CELLS
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert all(row["status"] == "done" and row["trials"] == "100" and row["failed"] == "0" for row in rows)
    assert rows[0]["row"] in done.stdout
    for row in rows:
        record = json.loads((tmp_path / "sweep" / row["folder"] / "record.json").read_text())
        zoo(*shlex.split(record["command"])[3:], f"hydra.run.dir=again/{row['row']}", "persist=none")
        again = json.loads((tmp_path / "again" / row["row"] / "record.json").read_text())
        assert again["cv"] == record["cv"]
        assert again["test"] == record["test"]
        trials = table(tmp_path / "sweep" / row["folder"] / "trials.csv")
        assert [trial["trial"] for trial in trials] == [str(number) for number in range(100)]
        values = [float(trial["value"]) for trial in trials if trial["value"]]  # a raced one has none
        assert max(values) >= float(trials[0]["value"])
