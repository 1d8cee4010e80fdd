"""mlzoo: which preprocessing x model x hyper-parameters should I use on this table, and am I sure?

The public names are loaded when first used, so that `import mlzoo` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlzoo.board.overall import compare
    from mlzoo.composition.composing import compose
    from mlzoo.errors import ConfigError, DataError, FitError, MlzooError, RecordError
    from mlzoo.prediction import predict
    from mlzoo.record import Record, load
    from mlzoo.runner import rerun, run

__version__ = "0.1.0"

_HOMES = {
    "mlzoo.errors": ("ConfigError", "DataError", "FitError", "MlzooError", "RecordError"),
    "mlzoo.composition.composing": ("compose",),
    "mlzoo.board.overall": ("compare",),
    "mlzoo.prediction": ("predict",),
    "mlzoo.record": ("Record", "load"),
    "mlzoo.runner": ("rerun", "run"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022 - in the order of use
    "compose",
    "run",
    "compare",
    "predict",
    "load",
    "rerun",
    "Record",
    "MlzooError",
    "ConfigError",
    "DataError",
    "FitError",
    "RecordError",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mlzoo' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
