"""Faster estimators in place of scikit-learn's own: `accelerator=sklearnex`, scikit-learn-intelex.

Estimators are built by their dotted path when they are needed, so that what is patched then counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

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
