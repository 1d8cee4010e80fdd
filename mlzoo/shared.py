"""What the cells of a multirun have in common, and need not make in each: tables, folds, what was found in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Kept = dict[str, tuple[str, Any]]  # by what it is, the last one and its key

_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def within(kept: Kept) -> Iterator[None]:
    """Within it `last` keeps what it makes in `kept`."""
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)


def last(what: str, key: str | None, make: Callable[[], Any]) -> Any:
    """The last value of this kind, where it had the same key; else a new one, before which the last one is forgotten.

    Parameters
    ----------
    what : str
        The kind of the value: of each the last one alone is in memory.
    key : str or None
        All that the value depends on; None where it may be another one each time.
    make : callable
        Makes the value.
    """
    kept = _kept.get()
    if kept is None or key is None:
        return make()
    if what not in kept or kept[what][0] != key:
        kept.pop(what, None)
        kept[what] = key, make()
    return kept[what][1]
