"""The shipped data: what its script promises, and that the script makes it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import ROOT

SMALL = ["PassengerId", "Survived", "Age", "SibSp", "Parch", "Fare"]
SIZES = {"train": 668, "test": 223}


@pytest.fixture(scope="module", params=["committed", "made anew"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "committed":
        return ROOT / "data"
    out = tmp_path_factory.mktemp("titanic")
    subprocess.run([sys.executable, "-W", "error", ROOT / "data" / "make_titanic.py", "--out", out], check=True)
    return out


def frame(folder: Path, part: str, size: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"data-{part}-{size}.csv")


@pytest.mark.parametrize(("part", "rows"), SIZES.items())
def test_rows_and_columns(folder: Path, part: str, rows: int) -> None:
    small, large = frame(folder, part, "small"), frame(folder, part, "large")
    assert len(small) == len(large) == rows
    assert list(small.columns) == SMALL
    assert set(large.columns) == {*SMALL, "Sex", "Embarked", "Pclass"}
    pd.testing.assert_frame_equal(small, large[SMALL])


def test_passengers_are_in_one_part_only(folder: Path) -> None:
    ids = np.concatenate([frame(folder, part, "large")["PassengerId"] for part in SIZES])
    assert sorted(ids) == list(range(1, 892))


def test_missing_values(folder: Path) -> None:
    both = pd.concat([frame(folder, part, "large") for part in SIZES])
    missing = both.isna().sum()
    assert 0.15 < missing["Age"] / len(both) < 0.25
    assert 1 <= missing["Embarked"] <= 5
    assert missing.drop(["Age", "Embarked"]).sum() == 0


def test_survival_follows_sex_class_and_age(folder: Path) -> None:
    both = pd.concat([frame(folder, part, "large") for part in SIZES])
    by_sex = both.groupby("Sex")["Survived"].mean()
    by_class = both.groupby("Pclass")["Survived"].mean()
    men = both[both["Sex"] == "male"]
    assert by_sex["female"] - by_sex["male"] > 0.4
    assert by_class[1] > by_class[2] > by_class[3]
    assert men[men["Age"] <= 12]["Survived"].mean() > men[men["Age"] > 12]["Survived"].mean() + 0.2
    assert both.groupby("Pclass")["Fare"].median().is_monotonic_decreasing


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        subprocess.run([sys.executable, ROOT / "data" / "make_titanic.py", "--out", tmp_path / name], check=True)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 4
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
