"""Faster estimators in place of scikit-learn's own (`accelerator=sklearnex`, scikit-learn-intelex), and faster forests.

Estimators are built by their dotted path when they are needed, so that what is patched then counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

from mlzoo.errors import ConfigError

NAMES = ("sklearnex",)
_used: list[str] = []  # in this process


def use(name: str | None) -> None:
    """Patch scikit-learn in this process, or take the patch back.

    Raises
    ------
    ConfigError
        If the package is not installed.
    """
    if name == (_used[0] if _used else None):
        return
    try:
        import sklearnex
    except ImportError as error:
        raise ConfigError(f"accelerator={name} needs an extra: pip install 'mlzoo[accelerate]'.") from error
    if name is None:
        sklearnex.unpatch_sklearn()
    else:
        sklearnex.patch_sklearn(verbose=False)
    _used[:] = [name] if name else []


def described(name: str | None) -> str | None:
    """An accelerator and its version, for the record."""
    return None if name is None else f"{name} {version('scikit-learn-intelex')}"


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it the accelerator uses one thread, which scikit-learn's own tools do not see to."""
    if not _used:
        yield
        return
    import daal4py

    before = daal4py.num_threads()
    daal4py.daalinit(1)
    try:
        yield
    finally:
        daal4py.daalinit(before)


@contextmanager
def names_once() -> Iterator[None]:
    """Within it scikit-learn looks up the names of a class's parameters once, whatever it fits.

    A forest asks for them three times a tree, reading the signature anew: about a seventh of its time on small tables.
    """
    from sklearn.base import BaseEstimator

    original = BaseEstimator.__dict__["_get_param_names"]
    known: Any = cache(original.__func__)

    def names(cls: Any) -> list[str]:
        return list(known(cls))

    BaseEstimator._get_param_names = classmethod(names)
    try:
        yield
    finally:
        BaseEstimator._get_param_names = original
