"""Fixtures that all tests share."""

import gc
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import program
from tests.server import postgres

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("mlzoo", deadline=None)  # a busy machine is no failure
settings.load_profile("mlzoo")
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs, and so theirs, may ignore
Program = Callable[..., "subprocess.CompletedProcess[str]"]


SLOW = (
    "readme",
    "resume",
    "cli",
    "backend",
    "cluster",
    "rdb",
    "runner",
    "search",
    "wheel",
)  # first, for workers to end together


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in SLOW)
    gc.collect()
    gc.freeze()  # what is imported by now is no garbage, and need not be looked at again and again


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    """Without the name of the test, the environment is the same for all: and so is what workers are forked from."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)


pytest_pyfunc_call = pytest_fixture_setup  # each past where pytest sets it, unlike `pytest_runtest_call`


def pytest_unconfigure() -> None:
    program.end()


@pytest.fixture
def zoo(tmp_path: Path) -> Program:
    """The real program in a folder of its own: `zoo("+preprocess=complex", "+models=lr", code=0)`."""

    def run(*words: str, cwd: Path | None = None, **how: Any) -> Any:
        return program.run(*words, cwd=cwd or tmp_path, **how)

    return run


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of an empty database of a PostgreSQL, with a password."""
    with postgres() as url:
        yield url


@pytest.fixture
def plain() -> Callable[..., dict[str, Any]]:
    """A checked plain config: `plain("+preprocess=complex", "+models=lr")`."""
    from mlzoo.composition import config
    from mlzoo.composition.composing import compose

    def make(*words: str, **kwargs: Any) -> dict[str, Any]:
        found = config.plain(compose(*words, **kwargs))
        config.check(found)
        return found

    return make


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    """A plain config whose target is y."""
    from mlzoo.composition import config
    from mlzoo.composition.composing import compose

    return config.plain(compose("+preprocess=complex", "+models=lr", "target=y"))


@pytest.fixture
def load(base: dict[str, Any], tmp_path: Path) -> Callable[..., Any]:
    """The splits of a frame: `load(train)`, `load(train, test, target="y", drop=["a"])`; Parquet keeps its types."""
    from mlzoo.tables import data

    def make(
        train: Any, test: Any = None, *, drop: Any = (), keep: Any = (), parquet: bool = False, **changes: Any
    ) -> Any:
        names = []
        for name, frame in (("train", train), ("test", test)):
            if frame is not None:
                path = tmp_path / f"{name}.{'parquet' if parquet else 'csv'}"
                frame.to_parquet(path) if parquet else frame.to_csv(path, index=False)
                names.append(path.name)
        cell = {**base["preprocess"], "drop": drop if isinstance(drop, str) else list(drop), "keep": list(keep)}
        files = {"data": names[0], "test_data": names[1] if len(names) > 1 else None}
        origin = {**base["origin"], "cwd": str(tmp_path)}
        return data.load({**base, **files, "preprocess": cell, "origin": origin, **changes})

    return make
