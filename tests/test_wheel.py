"""The wheel, installed into an empty environment, runs from any folder."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT
from tests.program import own_environment

CELL = ("+preprocess=complex", "+models=lr")
TABLES = [f"data-{part}-{size}.csv" for part in ("train", "test") for size in ("small", "large")]


def call(*words: str | Path, cwd: Path) -> str:
    env = {name: value for name, value in own_environment().items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(list(map(str, words)), cwd=cwd, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", home, ROOT, cwd=home)
    (made,) = home.glob("mlzoo-*.whl")
    return made


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel alone, and borrows the dependencies of this one."""
    home = tmp_path_factory.mktemp("venv")
    call(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    python = home / "bin" / "python"
    packages = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet")
    call(*pip, wheel, cwd=home)
    return home / "bin"


def test_the_wheel_holds_configs_and_tables_as_they_are_in_the_checkout(wheel: Path) -> None:
    tables = [*TABLES, *(f"idx/{path.name}" for path in (ROOT / "data/idx").iterdir())]
    shipped = {f"mlzoo/data_files/{name}": ROOT / "data" / name for name in tables}
    shipped |= {f"mlzoo/{path.relative_to(ROOT)}": path for path in (ROOT / "conf").rglob("*.yaml")}
    shipped |= {f"mlzoo/{path.name}": path for path in (ROOT / "mlzoo").glob("*.py")}
    shipped |= {f"mlzoo/report/{path.name}": path for path in (ROOT / "mlzoo/report").iterdir() if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        assert shipped.keys() <= held
        assert all(archive.read(name) == path.read_bytes() for name, path in shipped.items())
    strangers = {name for name in held if not name.startswith(("mlzoo/", "mlzoo-"))}
    assert strangers == set()
    assert not any("__pycache__" in name or name.startswith("mlzoo/tests") for name in held)


def test_the_wheel_is_what_is_imported(scripts: Path, tmp_path: Path) -> None:
    program = (
        "import mlzoo; from mlzoo.composition.repository import conf_dir; print(mlzoo.__file__); print(conf_dir())"
    )
    lines = call(scripts / "python", "-c", program, cwd=tmp_path).splitlines()
    assert all(Path(line).is_relative_to(scripts.parent) for line in lines)
    assert Path(lines[1]).name == "conf"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(("mlzoo",), id="script", marks=pytest.mark.long),
        pytest.param(("python", "-W", "error", "-m", "mlzoo"), id="module"),
    ],
)
def test_it_runs_from_any_folder(scripts: Path, tmp_path: Path, program: tuple[str, ...]) -> None:
    words = (scripts / program[0], *program[1:])
    assert "Random Forest" in call(*words, "list", cwd=tmp_path)
    stdout = call(*words, *CELL, "hydra.run.dir=run", cwd=tmp_path)
    record = json.loads((tmp_path / "run/record.json").read_text())
    assert stdout.splitlines()[-3].startswith(
        f"complex-lr: accuracy {record['test']['accuracy']:.4f} on the test split"
    )
    assert (record["data"]["train"]["rows"], record["data"]["test"]["rows"]) == (668, 223)
    assert call(*words, "compare", "run", "-o", "out", cwd=tmp_path).splitlines()[-1] == "out/leaderboard.csv"
    assert "complex-lr" in (tmp_path / "out/report.html").read_text()


def test_files_of_the_start_folder_win(scripts: Path, tmp_path: Path) -> None:
    own = "name: Mine\ntype: {_target_: sklearn.linear_model.LogisticRegression, C: 0.5}\n"
    for folder in ("conf/models", "data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "conf/models/lr.yaml").write_text(own)
    pd.read_csv(ROOT / "data" / TABLES[1]).head(300).to_csv(tmp_path / "data" / TABLES[1], index=False)
    stdout = call(scripts / "mlzoo", *CELL, "hydra.run.dir=run", cwd=tmp_path)
    record = json.loads((tmp_path / "run/record.json").read_text())
    assert (record["name"], record["params"]["models.type.C"]) == ("Mine", 0.5)
    assert (record["data"]["train"]["rows"], record["data"]["test"]["rows"]) == (300, 223)
    assert str(tmp_path / "conf/models/lr.yaml") in stdout
    assert "Mine" in call(scripts / "mlzoo", "list", cwd=tmp_path)
