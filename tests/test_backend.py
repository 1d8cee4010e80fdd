"""One contract for every backend, and what is particular to workers."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from mlzoo import backend
from mlzoo.backend import Backend, Here, Workers


def scaled(context: dict[str, int], unit: int) -> int:
    return context["factor"] * unit


def process(context: Any, unit: Any) -> int:
    return os.getpid()


def identity_of(context: Any, unit: Any) -> int:
    return id(context)


def failing(context: Any, unit: int) -> int:
    if unit == 2:
        raise ValueError(f"unit {unit}")
    return unit


def interrupting(context: Any, unit: int) -> int:
    raise KeyboardInterrupt


@pytest.fixture(params=[pytest.param(Here, id="here"), pytest.param(lambda: Workers(2), id="workers")])
def any_backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    made = request.param()
    yield made
    made.close()


def test_contract(any_backend: Backend) -> None:
    units = list(range(7, 0, -1))
    assert list(any_backend.map(scaled, {"factor": 3}, units)) == [3 * unit for unit in units]
    assert list(any_backend.map(scaled, {"factor": -1}, [1, 2])) == [-1, -2]  # another context
    assert list(any_backend.map(scaled, {"factor": 3}, [])) == []
    results = any_backend.map(failing, None, [1, 2, 3])
    assert next(results) == 1
    with pytest.raises(ValueError, match=r"^unit 2$"):
        next(results)
    with pytest.raises(KeyboardInterrupt):
        list(any_backend.map(interrupting, None, [1]))
    any_backend.close()
    any_backend.close()
    assert list(any_backend.map(scaled, {"factor": 2}, [4])) == [8]  # usable again


def test_here_is_this_process() -> None:
    context = object()
    assert list(Here().map(process, None, [1, 2])) == [os.getpid()] * 2
    assert list(Here().map(identity_of, context, [1])) == [id(context)]


def test_workers_are_others_and_receive_a_context_once() -> None:
    workers, context = Workers(1), {"factor": 1}
    try:
        first = set(workers.map(process, context, [1, 2, 3]))
        seen = set(workers.map(identity_of, context, [1, 2])) | set(workers.map(identity_of, context, [1]))
        assert set(workers.map(process, context, [1])) == first
        assert len(first) == len(seen) == 1
        assert os.getpid() not in first
    finally:
        workers.close()


@pytest.mark.parametrize(
    ("n_jobs", "kind", "count"),
    [
        pytest.param(1, Here, None, id="1"),
        pytest.param(2, Workers, 2, id="2"),
        pytest.param(-1, Workers, os.cpu_count(), id="-1: each core"),
    ],
)
def test_make(n_jobs: int, kind: type, count: int | None) -> None:
    made = backend.make(n_jobs)
    assert type(made) is kind
    assert getattr(made, "n_jobs", None) == count
