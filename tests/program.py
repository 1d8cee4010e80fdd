"""The real program in a process of its own, forked from one that has imported what runs import.

    python -W error -m tests.program    # takes what `become` does, a line of JSON each; says exit codes

Imports are most of the time of a short run. What is about processes themselves (signals, workers, what is imported
when, the same numbers from two starts: forked ones have the same hash seed) is tested by programs that start from
nothing.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FRESH = (sys.executable, "-W", "error", "-m", "mlzoo")  # by which one starts from nothing
USED = (  # beside the package itself
    *("sklearn.ensemble", "sklearn.linear_model", "sklearn.tree", "sklearn.compose", "sklearn.calibration"),
    *("feature_engine.encoding", "feature_engine.imputation", "optuna.samplers", "scipy.stats", "plotly", "jinja2"),
    *("hydra.main", "hydra._internal.hydra", "hydra._internal.callbacks", "rich.progress", "joblib"),
)
PATIENCE_S = 600
_parents: "list[subprocess.Popen[str]]" = []  # of this process: none or one


def own_environment(**changes: str) -> dict[str, str]:
    """The environment for another process; coverage, which would nearly double its time, stays in this one."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
    return kept | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"} | changes


def run(
    *words: str,
    cwd: Path,
    code: int | None = 0,
    env: dict[str, str] | None = None,
    program: tuple[str, ...] | None = None,
    merged: bool = False,
) -> Any:
    """`python -m mlzoo WORDS` to its end, with what it says; what it complains of among the rest, where `merged`.

    By a `program` such as FRESH it starts from nothing, as it does where an `env` holds what Python reads at its start.
    """
    changes, env = env or {}, own_environment(**(env or {}))
    if program or any(key.startswith("PYTHON") for key in changes):
        command, errors = [*(program or FRESH), *words], subprocess.STDOUT if merged else subprocess.PIPE
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=PATIENCE_S
        )
    else:
        done = _forked(words, cwd, env, merged=merged)
    if code is not None:
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def _forked(
    words: tuple[str, ...], cwd: Path, env: dict[str, str], *, merged: bool
) -> "subprocess.CompletedProcess[str]":
    if not _parents:
        _parents.append(
            subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tests.program"],
                cwd=ROOT, env=own_environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                start_new_session=True,
            )
        )  # fmt: skip
    parent = _parents[0]
    assert parent.stdin is not None
    assert parent.stdout is not None
    with tempfile.TemporaryDirectory() as out:
        asked = {"words": words, "cwd": str(cwd), "env": env, "out": out, "merged": merged}
        try:
            print(json.dumps(asked), file=parent.stdin, flush=True)
            if not select.select([parent.stdout], [], [], PATIENCE_S)[0]:
                raise TimeoutError(f"after {PATIENCE_S} s: {words}")
            answer = parent.stdout.readline()
            assert answer, "the process that programs are forked from has ended: what it says stands above"
        except BaseException:  # its answer would be taken for that to the next request
            end()
            raise
        code = int(answer)
        said = [Path(out, name).read_text(encoding="utf-8") for name in ("1", "2")]
    return subprocess.CompletedProcess(list(words), code, *said)


def end() -> None:
    """End the process that programs are forked from, and what runs there."""
    while _parents:
        parent = _parents.pop()
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()


# -- that process -------------------------------------------------------------------------------------------------


def serve() -> bool:
    """Answer requests; True in a process that is to become the program."""
    import mlzoo

    for module in pkgutil.walk_packages(mlzoo.__path__, "mlzoo."):
        if module.name != "mlzoo.__main__":
            importlib.import_module(module.name)
    for name in USED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # nothing of it is looked at, and so copied, in each process
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(**json.loads(line))
            return True
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return False


def become(words: list[str], cwd: str, env: dict[str, str], out: str, *, merged: bool) -> None:
    """Take on the words, folder, environment and streams of a request."""
    for number, path in enumerate((os.devnull, f"{out}/1", f"{out}/2")):
        file = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    if merged:
        os.dup2(1, 2)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv[1:] = words


def leave(code: int) -> None:
    """End as a worker does, and tell what is left open."""
    from mlzoo.searching import processes

    threading._shutdown()  # type: ignore[attr-defined]  # first, as in Python: pools behind would wait for idle workers
    atexit._run_exitfuncs()  # which close what is logged to
    gc.collect()
    for one in gc.get_objects():  # without those of the parent, which are frozen
        is_open = not one.closed if isinstance(one, io.FileIO) else isinstance(one, socket.socket)
        if is_open and one.fileno() > 2:
            print(f"ResourceWarning: unclosed {one!r}", file=sys.stderr)
    processes.finish(code)


if __name__ == "__main__" and serve():
    try:
        runpy.run_module("mlzoo", run_name="__main__", alter_sys=True)
    except SystemExit as end_:
        if not isinstance(end_.code, int):
            raise
        ended = end_.code
    else:
        ended = 0
    leave(ended)
