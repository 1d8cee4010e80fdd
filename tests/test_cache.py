"""Values worked out once: kept in memory or in files that processes share, the least recently used out first."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from mlzoo.evaluate import Prepared
from mlzoo.searching import cache
from mlzoo.searching.cache import Cache, dump, load
from tests.conftest import ROOT
from tests.program import own_environment

param = pytest.param
RNG = np.random.default_rng(0)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the bit, layout and types included."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        return one.tobytes() == other.tobytes() if one.dtype != object else one.tolist() == other.tolist()
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_freq=True)
        return True
    if scipy.sparse.issparse(one):
        assert one.shape == other.shape
        return all(same(getattr(one, name), getattr(other, name)) for name in ("data", "indices", "indptr"))
    return bool(one == other)


def arrays(value: Any) -> list[np.ndarray[Any, Any]]:
    if scipy.sparse.issparse(value):
        return [value.data, value.indices]
    return [value]


FRAME = pd.DataFrame(
    {
        "number": [1.5, np.nan, -0.0, np.inf],
        "count": [1, 2, 3, 4],
        "text": ["a", None, "ä🦆", ""],
        "kind": pd.Categorical(["x", None, "y", "x"], categories=["y", "x", "z"]),
        "when": pd.to_datetime(["2020-01-01", None, "2021-02-03", "1970-01-01"]),
        "mixed": np.array([1, "a", None, 2.5], dtype=object),
    },
    index=[7, 3, 5, 3],
)
VALUES = [
    param(RNG.normal(size=(7, 3)), id="C"),
    param(np.asfortranarray(RNG.normal(size=(7, 3))), id="F"),
    param(RNG.normal(size=(9, 8))[::2, 1::3], id="not contiguous"),
    param(RNG.normal(size=(4, 5))[::-1], id="reversed"),
    param(np.empty((0, 5)), id="no rows"),
    param(np.empty((5, 0), dtype=np.float32), id="no columns"),
    param(np.array(2.5), id="a single number"),
    param(np.array([np.nan, -np.nan, np.inf, -0.0, 5e-324]), id="special numbers"),
    param(np.array(["a", "bcd", ""]), id="text"),
    param(np.array([1, "a", None], dtype=object), id="objects"),
    param(np.array([True, False]), id="booleans"),
    param(RNG.integers(0, 9, (300, 40)).astype(np.int16), id="whole numbers"),
    param(FRAME, id="a table"),
    param(FRAME.iloc[:0], id="a table without rows"),
    param(FRAME[[]], id="a table without columns"),
    param(FRAME[["number", "count"]].iloc[::2], id="every second row"),
    param(scipy.sparse.random(30, 20, 0.1, format="csr", rng=1), id="csr"),
    param(scipy.sparse.csc_matrix((5, 4)), id="csc, empty"),
    param({"a": [1, (2.5, None)], "b": "text"}, id="no array at all"),
]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_loaded_is_what_was_dumped(tmp_path: Path, value: Any) -> None:
    dump(value, tmp_path / "file")
    found = load(tmp_path / "file")
    assert same(found, value)
    if isinstance(value, np.ndarray):
        assert found.flags.f_contiguous == np.asarray(value, copy=True, order="K").flags.f_contiguous
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@settings(max_examples=60, deadline=None)
@given(
    shapes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 70)), max_size=6),
    kind=st.sampled_from(["f8", "f4", "i1", "u2", "?", "c16", "<U3"]),
    order=st.sampled_from("CF"),
)
def test_any_number_of_arrays_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[tuple[int, int]], kind: str, order: Any
) -> None:
    values = [np.array(RNG.integers(0, 2, shape), dtype=kind, order=order) for shape in shapes]
    path = tmp_path_factory.mktemp("cache") / "file"
    dump(values, path)
    found = load(path)
    assert len(found) == len(values)
    for one, other in zip(found, values, strict=True):
        assert same(one, other)
        assert one.flags.aligned


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "files"])
@pytest.mark.parametrize(
    "value", [param(np.ones((5, 3)), id="C"), param(np.ones((5, 3), order="F"), id="F"), *VALUES[16:17]]
)
def test_what_is_kept_cannot_be_changed(tmp_path: Path, value: Any, shared: bool) -> None:
    """A model that works in place would change what the next one is fitted on."""
    made = Cache()
    if shared:
        made.share(tmp_path)
    found = made.get("key", lambda: value)
    assert same(found, value)
    for one in arrays(found):
        assert not one.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            one[...] = 0


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "files"])
def test_a_table_that_is_kept_cannot_be_changed(tmp_path: Path, shared: bool) -> None:
    made = Cache()
    if shared:
        made.share(tmp_path)
    found = made.get("key", FRAME.copy)
    assert same(found, FRAME)
    with pytest.raises(ValueError, match="read-only"):
        found["number"].to_numpy()[:] = 0
    found["more"] = 1.0
    assert list(made.get("key", FRAME.copy)["number"].isna()) == [False, True, False, False]


# -- what is kept, and what goes ----------------------------------------------------------------------------------


class Maker:
    """Makes arrays of 100 kB, and counts how often."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def get(self, kept: Cache, key: str, size: int = 100_000) -> Any:
        def make() -> Any:
            self.made.append(key)
            return np.full(size // 8, float(len(key)))

        return kept.get(key, make)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.suffix]


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "files"])
def test_the_least_recently_used_goes_first(tmp_path: Path, shared: bool) -> None:
    maker, kept = Maker(), Cache(350_000)
    other = Cache(350_000)
    if shared:
        kept.share(tmp_path)
        other.share(tmp_path)
    asking = other if shared else kept
    for at, key in enumerate("abc"):
        maker.get(kept, key)
        for path in files(tmp_path):
            if path.stat().st_mtime > 1e9:
                os.utime(path, (at + 1, at + 1))  # file systems may not tell times that near apart
    maker.get(asking, "a")
    assert maker.made == [*"abc"]
    maker.get(kept, "d")  # b goes
    fresh = Cache(350_000)
    if shared:
        fresh.share(tmp_path)
    asking = fresh if shared else kept
    for key in "cad":
        maker.get(asking, key)
    assert maker.made == [*"abcd"]
    maker.get(asking, "b")
    assert maker.made == [*"abcdb"]


@settings(max_examples=30, deadline=None)
@given(keys=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 12)), max_size=40), shared=st.booleans())
def test_no_more_is_kept_than_allowed(
    tmp_path_factory: pytest.TempPathFactory, keys: list[tuple[str, int]], shared: bool
) -> None:
    """Unless one value alone is more; and what is got is always what was asked for."""
    maker, kept, folder = Maker(), Cache(30_000), tmp_path_factory.mktemp("cache")
    if shared:
        kept.share(folder)
    for letter, size in keys:
        key = letter * size
        assert (maker.get(kept, key, 1000 * size) == len(key)).all()
        held = [size for _, size in kept._kept.values()]
        assert kept._bytes == sum(held) <= max(30_000, held[-1])
        if shared:
            assert sum(path.stat().st_size for path in files(folder)) <= 30_000


def test_a_value_beyond_the_limit_is_given_all_the_same(tmp_path: Path) -> None:
    maker, kept = Maker(), Cache(1000)
    assert len(maker.get(kept, "a")) == 12_500
    kept.share(tmp_path)
    assert len(maker.get(kept, "bb")) == 12_500
    assert len(files(tmp_path)) == 1


def test_what_is_kept_counts_the_arrays_of_what_was_prepared() -> None:
    found = Prepared(np.zeros((10, 2)), pd.DataFrame({"a": np.zeros(5)}), 0.1, 0.1, [])
    assert 200 <= cache.size_of(found) <= 500
    sparse = scipy.sparse.random(1000, 100, 0.1, format="csr", rng=1)
    least = sparse.data.nbytes + sparse.indices.nbytes
    assert cache.size_of(Prepared(sparse, None, 0.1, 0.1, [])) >= least


# -- several processes, and errors --------------------------------------------------------------------------------

ASKING = """
import sys, time
from pathlib import Path
import numpy as np
from mlzoo.searching.cache import Cache

def make():
    with open("made", "a") as file:
        file.write("x")
    time.sleep(0.5)
    return np.arange(5.0)

kept = Cache()
kept.share(Path("kept"))
while not Path("go").exists():
    time.sleep(0.005)
print(kept.get("key", make).tolist())
"""


def test_two_processes_that_ask_for_one_key_make_it_once(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    env = own_environment(PYTHONPATH=str(ROOT))
    words = [sys.executable, "-c", ASKING]
    asking = [
        subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    time.sleep(1)
    (tmp_path / "go").touch()
    for one in asking:
        said, error = one.communicate(timeout=60)
        assert said == "[0.0, 1.0, 2.0, 3.0, 4.0]\n", error
    assert (tmp_path / "made").read_text() == "x"


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "files"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_maker_that_raises_leaves_nothing(tmp_path: Path, shared: bool, error: type[BaseException]) -> None:
    kept = Cache()
    if shared:
        kept.share(tmp_path)

    def fail() -> Any:
        raise error("no luck")

    for _ in range(2):
        with pytest.raises(error, match="no luck"):
            kept.get("key", fail)
    assert files(tmp_path) == []
    assert kept.get("key", lambda: 5) == 5
    assert kept.get("key", fail) == 5


def test_what_was_kept_in_memory_is_shared(tmp_path: Path) -> None:
    kept, other = Cache(), Cache()
    first = kept.get("key", lambda: np.arange(4))
    kept.share(tmp_path)
    other.share(tmp_path)
    found = other.get("key", lambda: pytest.fail("made again"))
    assert found.tolist() == first.tolist() == kept.get("key", lambda: None).tolist()
    kept.clear()
    assert kept.folder is None
    assert kept.get("key", lambda: "anew") == "anew"


def test_a_full_disk_costs_no_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "dump", full)
    kept = Cache()
    kept.share(tmp_path)
    assert kept.get("key", lambda: np.arange(3)).tolist() == [0, 1, 2]
    assert files(tmp_path) == []


def test_a_file_that_another_process_removes_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make room, between the look whether it is there and its reading."""
    one, other = Cache(), Cache()
    one.share(tmp_path)
    other.share(tmp_path)
    one.get("key", lambda: np.arange(3))
    touch = os.utime

    def removed(path: Any, *words: Any) -> None:
        touch(path, *words)
        Path(path).unlink()

    monkeypatch.setattr(os, "utime", removed)
    assert other.get("key", lambda: np.arange(3)).tolist() == [0, 1, 2]


def test_many_threads_of_askers_never_fail(tmp_path: Path) -> None:
    """Small room and many keys: files come and go all the time."""
    errors: list[BaseException] = []

    def ask(seed: int) -> None:
        rng, kept = np.random.default_rng(seed), Cache(3000)
        kept.share(tmp_path)
        try:
            for _ in range(150):
                number = int(rng.integers(0, 12))
                found = kept.get(str(number), lambda number=number: np.full(100, number))
                assert (found == number).all()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
