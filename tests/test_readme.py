"""The README tells the truth: each of its commands runs, in order, and prints what stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tests.conftest import ROOT
from tests.program import own_environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+\.\d+")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("readme")
    (home / "data").mkdir()
    for file in (ROOT / "data").glob("*.csv"):
        shutil.copy(file, home / "data")
    return home


def sessions(block: str) -> Iterator[tuple[str, str]]:
    """Commands and what they print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def masked(text: str) -> str:
    """Output without what differs from run to run: the time of day, seconds, every number's value and width."""
    text = re.sub(r"\d{4}-\d\d-\d\d[/ ]\d\d[-:]\d\d[-:]\d\d[-,]\d+", "<time>", text)
    text = re.sub(r"^-{40,}$", "<rule>", text, flags=re.MULTILINE)
    return re.sub(r" +", " ", NUMBER.sub("<number>", text)).replace(" \n", "\n").strip()


def scores(text: str) -> list[float]:
    """The numbers of an output but for times."""
    lines = [re.sub(r"\d+\.\d+( +\+\d\.\d{4})$", r"\1", line) for line in text.splitlines()]  # fit s, to dummy
    return [float(number) for line in lines for number in NUMBER.findall(line) if "rebuild" not in line]


def by_shell(command: str, folder: Path, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, shell=True, cwd=folder, env=env, text=True, **streams)


def by_words(command: str, folder: Path) -> Any:
    """Without the time of the imports."""
    python, of, name, *words = shlex.split(command)
    assert [python, of, name] == ["python", "-m", "mlzoo"]
    return program.run(*words, cwd=folder, env={"COLUMNS": "100"}, code=None, merged=True)


def test_readme_in_order(folder: Path) -> None:
    env = own_environment(COLUMNS="100")
    python = Path(sys.executable).parent
    env["PATH"] = f"{python}{os.pathsep}{env['PATH']}"
    shown = 0
    for language, block in BLOCKS:
        if language == "yaml":
            path = folder / block.partition("\n")[0].removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")
        elif language == "python":
            subprocess.run([sys.executable, "-W", "error", "-c", block], cwd=folder, env=env, check=True)
        elif language == "console":
            for command, output in sessions(block):
                done = by_shell(command, folder, env) if "|" in command or not shown else by_words(command, folder)
                assert done.returncode == 0, f"{command}\n{done.stdout}"
                assert masked(done.stdout) == masked(output), command
                assert scores(done.stdout) == pytest.approx(scores(output), abs=0.02), command
                shown += 1
    assert shown >= 8


def test_setup_commands_need_a_clone_and_python_alone() -> None:
    commands = [block.strip() for language, block in BLOCKS if language == "sh"]
    assert len(commands) == 2
    assert all(command.startswith(("python3 ", "pip ")) and "\n" not in command for command in commands)
    assert commands[0].endswith("-m mlzoo +preprocess=complex +models=lr")
    assert "pytest" in commands[1]


PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = re.findall(r"`((?:conf|mlzoo|notebooks|tests|data)/[\w./-]+\.\w+|\.ci/run)`", text)
    modules = [f"{name.replace('.', '/')}.py" for name in re.findall(r"python -m (tests\.benchmarks\.\w+)", text)]
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    named = {(ROOT / name) for name in {*files, *modules} - {"conf/models/knn.yaml", "conf/preprocess/alike.yaml"}}
    named |= {page.parent / link.partition("#")[0] for link in links}
    assert not [str(path) for path in named if not path.exists()]
    for path, anchor in (link.split("#") for link in links if "#" in link):
        headings = re.findall(r"^#+ (.*)$", (page.parent / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_mlzoo_is_installed_from_the_clone_as_that_of_pypi_is_another(page: Path) -> None:
    assert not re.findall(r"pip install '?mlzoo\b", page.read_text(encoding="utf-8"))


def test_the_leaderboard_that_is_explained_is_the_one_that_runs() -> None:
    shown = re.findall(r"^```\n(.*?)^```$", (ROOT / "docs/leaderboard.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(shown) == 1
    assert shown[0] in README


def test_the_readme_leads_to_every_page() -> None:
    assert not [page.name for page in PAGES if f"](docs/{page.name})" not in README]
