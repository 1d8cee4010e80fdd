"""Fixtures that all tests share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("mlzoo", deadline=None)  # a busy machine is no failure
settings.load_profile("mlzoo")
Program = Callable[..., "subprocess.CompletedProcess[str]"]


def own_environment(**changes: str) -> dict[str, str]:
    """The environment for another process; coverage, which would nearly double its time, stays in this one."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
    return kept | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"} | changes


@pytest.fixture
def zoo(tmp_path: Path) -> Program:
    """The real program in a folder of its own: `zoo("+preprocess=complex", "+models=lr", code=0)`."""

    def run(*words: str, code: int | None = 0, cwd: Path | None = None, env: dict[str, str] | None = None) -> Any:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "mlzoo", *words],
            cwd=cwd or tmp_path,
            env=own_environment(**(env or {})),
            capture_output=True,
            text=True,
            timeout=600,
        )
        if code is not None:
            assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def plain() -> Callable[..., dict[str, Any]]:
    """A checked plain config: `plain("+preprocess=complex", "+models=lr")`."""
    from mlzoo import config
    from mlzoo.loader import compose

    def make(*words: str, **kwargs: Any) -> dict[str, Any]:
        found = config.plain(compose(*words, **kwargs))
        config.check(found)
        return found

    return make
