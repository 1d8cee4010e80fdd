"""What workers do in tests: apart from these, whose own imports would be most of the time of a short-lived worker."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from mlzoo.searching.fits import prepared_cache


def scaled(context: dict[str, int], unit: int) -> int:
    return context["factor"] * unit


def process(context: Any, unit: Any) -> int:
    return os.getpid()


def identity_of(context: Any, unit: Any) -> tuple[int, int]:
    return os.getpid(), id(context)


def failing(context: Any, unit: int) -> int:
    if unit == 2:
        raise ValueError(f"unit {unit}")
    return unit


def wild(folder: Path, unit: tuple[str, Any]) -> Any:
    """Does what the unit says, and notes first by whom it is done."""
    what, argument = unit
    with (folder / "seen").open("a") as file:
        file.write(f"{what} {os.getpid()}\n")
    if what == "hang":
        time.sleep(600)
    if what == "exit":
        os._exit(argument)
    if what == "signal":
        os.kill(os.getpid(), argument)
        time.sleep(600)
    if what == "wait for":
        deadline = time.monotonic() + 60
        while not Path(argument).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    if what == "allocate":
        try:
            return np.ones(int(argument * 2**30), dtype=np.uint8).nbytes and argument
        except MemoryError as error:
            return type(error).__name__
    return argument


def unsendable(context: Any, unit: int) -> Any:
    return (lambda: unit) if unit == 2 else unit


class Slow:
    """A context that takes its time to arrive."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        time.sleep(1.5)

    def __getstate__(self) -> dict[str, Any]:
        return {"seconds": 1.5}


def kept(context: float, unit: int) -> int:
    """As a fit that takes a second, after a preprocessing of as long that all units share."""

    def make() -> int:
        time.sleep(context)
        return os.getpid()

    made = prepared_cache.get("one for all", make)
    time.sleep(context)
    return int(made)


def wait_and_hang(context: float, unit: int) -> None:
    prepared_cache.get("another", lambda: time.sleep(context))


def about(context: Any, unit: Any) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "group": os.getpgid(0),
        "folder": os.getcwd(),
        "variable": os.environ.get("MLZOO_TRIED"),
        "path": list(sys.path),
        "main": getattr(sys.modules["__main__"], "__file__", None),
        "drawn": float(np.random.random()),  # of the generator that all share
        "handler": signal.getsignal(signal.SIGCHLD),
    }


def leave(context: Any, unit: int) -> None:
    os._exit(unit)


def sleep(context: Any, unit: float) -> None:
    time.sleep(unit)
