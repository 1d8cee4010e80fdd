"""Which `_target_`s of the config may be built, and building them.

A `_target_` is code, and YAML files get shared: only what lies in a trusted package, both by the spelling and by the
module that defines it, is built. So `sklearn.utils.parallel.joblib.load` is refused although it starts with `sklearn`.
"""

import functools
import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from mlzoo.errors import ConfigError, first_line, nearest, shown

TRUSTED = (
    *("sklearn", "feature_engine", "optuna.samplers"),
    *("mlzoo.models", "mlzoo.networks", "mlzoo.preprocessing", "mlzoo.idx.read_idx", "mlzoo.datasets"),
)
READERS = ("pandas.read_csv", "pandas.read_parquet", "pandas.read_sql")
SPECIAL = ("_target_", "_args_", "_partial_")

Node = Mapping[str, Any]

HYDRAS = (  # what Hydra builds of its own, and the logging that it configures
    *("hydra._internal.core_plugins", "hydra.experimental.callbacks", "hydra_plugins", "colorlog", "rich.logging"),
    *("logging.StreamHandler", "logging.FileHandler", "logging.NullHandler", "logging.Formatter", "logging.handlers"),
)
STREAMS = ("sys.stdout", "sys.stderr")  # what logging may look up, by ext://


def trusted(path: str) -> bool:
    """Whether a dotted path lies in a trusted package (`MLZOO_ALLOW` names more, separated by commas)."""
    allowed = (*TRUSTED, *filter(None, map(str.strip, os.environ.get("MLZOO_ALLOW", "").split(","))))
    return _within(path, allowed)


def check_hydras(node: Any, where: str = "hydra", above: tuple[int, ...] = (), written: Any = None) -> None:
    """Refuse what Hydra itself would build of a node `hydra`, such as a callback, of code that is not trusted.

    What is `written` in the node is given where it is known.

    Raises
    ------
    ConfigError
        With its key.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if written is None:
        written = OmegaConf.to_container(node, resolve=False)
    for key, held in written.items() if isinstance(written, dict) else enumerate(written):
        value, place = held, f"{where}.{key}"
        inner = held if isinstance(held, dict | list) else None
        if inner is not None or "${" in str(held):
            with suppress(OmegaConfBaseException):
                value = node[key]  # the node that `${…}` refers to, of which Hydra builds too
        if OmegaConf.is_config(value) and id(value) not in above:
            check_hydras(value, place, (*above, id(value)), inner)
        elif key in ("_target_", "()", "class"):
            _check_hydra(str(value), f"{place}={held}")
        elif isinstance(value, str) and value.startswith("ext://") and value[6:] not in STREAMS:
            _check_hydra(value[6:], f"{place}={held}")


def _check_hydra(path: str, written: str) -> None:
    allowed = _within(path, HYDRAS) or trusted(path)
    if allowed and (origin := getattr(found := _import(path, written), "__module__", None)):
        path = f"{origin}.{getattr(found, '__qualname__', '?')}"  # as of the joblib that scikit-learn's modules import
        allowed = _within(path, HYDRAS) or trusted(path)
    if not allowed:
        raise ConfigError(
            f"{written} may not be built. If you trust it, set the environment variable "
            f"MLZOO_ALLOW={path.partition('.')[0]}."
        )


def _within(path: str, names: Iterable[str]) -> bool:
    """Whether a dotted path is one of these names, or lies below one."""
    return any(path == name or path.startswith(name + ".") for name in names)


def find(path: object, *, where: str, written: str = "") -> Any:
    """The object that a `_target_` names.

    Parameters
    ----------
    path : str
        The dotted path, `sklearn.linear_model.LogisticRegression`.
    where : str
        The config key to name in errors.
    written : str, optional
        What is written where it is no `_target_`, such as `metric=my_zoo.cost`.

    Raises
    ------
    ConfigError
        If it may not be built, does not exist or cannot be called.
    """
    if not isinstance(path, str):
        raise ConfigError(f"{where}._target_ must be a dotted path, got {path!r}.")
    written = written or f"{where}._target_={path}"
    kind, _, name = path.rpartition(".")
    if kind.startswith("sklearn.datasets") and not name.startswith(("load_", "make_", "fetch_")):
        raise ConfigError(f"{written} may not be built: of sklearn.datasets only what loads data is.")
    private = any(part.startswith("_") for part in path.split("."))
    if path not in READERS and (private or not trusted(path)):
        raise ConfigError(_refusal(path, path, written))
    found = _import(path, written)
    if inspect.ismodule(found) or not callable(found):
        raise ConfigError(f"{written} is not a class or a function.")
    origin = f"{getattr(found, '__module__', None) or '?'}.{getattr(found, '__qualname__', '?')}"
    patched = path.startswith("sklearn.") and origin.startswith(("sklearnex.", "daal4py."))  # by `accelerator`
    if not (origin.startswith("pandas.") if path in READERS else trusted(origin) or patched):
        raise ConfigError(_refusal(path, origin, written))
    return found


def ours(node: Any, *, where: str) -> bool:
    """Whether everything at or below a node is built from trusted packages alone, and nothing that MLZOO_ALLOW adds."""
    return all(_within(str(inner["_target_"]), TRUSTED) for _, inner in nested(node, where))


def _refusal(path: str, origin: str, written: str) -> str:
    private = next((part for part in path.split(".") if part.startswith("_")), None)
    if private == "__main__":
        return (
            f"{written} may not be built: a notebook's own classes and functions are not there in the processes that "
            "fit, nor when the pipeline is opened again. Write them into a module, such as my_zoo.py (%%writefile), "
            "and set the environment variable MLZOO_ALLOW=my_zoo."
        )
    if private is not None:
        return f"{written} may not be built: {private!r} begins with _, which names what is private to its module."
    package = origin.split(".")[0]
    allowed = ",".join([*filter(None, map(str.strip, os.environ.get("MLZOO_ALLOW", "").split(","))), package])
    alias = "" if origin == path else f" (it is {origin})"
    return (
        f"{written} may not be built{alias}: only classes and functions of scikit-learn, feature-engine "
        f"and mlzoo are. If you trust it, set the environment variable MLZOO_ALLOW={allowed}."
    )


def _import(path: str, written: str) -> Any:
    parts = path.split(".")
    found: Any = None
    for end, part in enumerate(parts, start=1):
        if found is not None and hasattr(found, part):
            found = getattr(found, part)
            continue
        try:
            found = import_module(".".join(parts[:end]))
            _remember(found)
        except Exception as error:  # a module of the user's own may fail in any way
            if not isinstance(error, ImportError):
                reason = f"{type(error).__name__}: {error}"
                raise ConfigError(f"{written} cannot be imported: {reason}.") from error
            reason, hint = str(error), ""
            if found is not None:
                names = [name for name in dir(found) if not name.startswith("_")]
                own = [name for name in names if name[0].isupper()] or names
                reason = f"{'.'.join(parts[: end - 1])} has no {part!r}"
                hint = nearest(part, names) or f" It has {shown(own, 12)}." * bool(own)
            raise ConfigError(
                f"{written} does not exist: {reason}.{hint} Modules of your own must be importable from "
                "the folder that you start in."
            ) from error
    return found


_sources: dict[str, tuple[Any, bytes | None]] = {}  # of modules of the user's own: the spec, which a reload replaces


def _remember(module: ModuleType) -> None:
    """Keep the source of a module of the user's own as it is when it is imported."""
    name, spec = module.__name__, module.__spec__
    if not _within(name, TRUSTED) and (name not in _sources or _sources[name][0] is not spec):
        _sources[name] = (spec, _source(module))


def _source(module: ModuleType) -> bytes | None:
    with suppress(OSError):
        if (path := getattr(module, "__file__", None)) and path.endswith(".py"):
            return Path(path).read_bytes()
    return None


def check_unchanged(path: str, *, written: str) -> None:
    """Refuse what a module defines whose file has changed since this process has imported it, as a notebook's may.

    The processes that fit import it anew: they would build something else than this one scores and predicts with.

    Raises
    ------
    ConfigError
        With what to do.
    """
    parts = path.split(".")
    for name in (".".join(parts[:end]) for end in range(1, len(parts))):
        module, (spec, before) = sys.modules.get(name), _sources.get(name, (None, None))
        if module is None or module.__spec__ is not spec or before is None:
            continue
        if _source(module) not in (None, before):
            raise ConfigError(
                f"{written}: {module.__file__} has changed since this process has imported it, and the processes that "
                f"fit would import it anew. Call importlib.reload({name}), or start again (a notebook's kernel too)."
            )


@functools.cache
def parameters(target: Any) -> list[str] | None:
    """The names of the arguments that a class or function takes; None where it takes any (`**kwargs`)."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # builtins without a signature
        return None
    if any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        return None
    return [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]


def takes(node: Node, name: str, *, where: str) -> bool:
    """Whether the `_target_` of a node has an argument of this name, `trial` or `columns`."""
    return name in (parameters(find(node.get("_target_"), where=where)) or [])


def nested(node: Any, where: str) -> Iterator[tuple[str, Node]]:
    """Every node with a `_target_` at or below `node`, with its config key."""
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield where, node
        for key, value in node.items():
            yield from nested(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nested(value, f"{where}[{index}]")


def check(node: Any, *, where: str) -> None:
    """Check every `_target_` at or below a node, and the names of the arguments given to it.

    Raises
    ------
    ConfigError
        If a target may not be built, its module has changed, or it has no argument of a given name.
    """
    for place, inner in nested(node, where):
        known = parameters(find(inner["_target_"], where=place))
        check_unchanged(inner["_target_"], written=f"{place}._target_={inner['_target_']}")
        unknown = [key for key in inner if key not in SPECIAL and known is not None and key not in known]
        if unknown and known is not None:
            raise ConfigError(
                f"{place}.{unknown[0]}: {inner['_target_']} has no argument {unknown[0]!r}."
                f"{nearest(unknown[0], known)} It takes: {', '.join(known) or 'none'}."
                f" Where an option's YAML holds it, ~{place}.{unknown[0]} takes it out."
            )


def build(node: Node, *, where: str, **context: Any) -> Any:
    """Build what a node with a `_target_` describes, nested nodes first.

    Parameters
    ----------
    node : mapping
        `_target_` and its arguments; `_args_` and `_partial_` as in Hydra. Text with `${oc.env:NAME}` is resolved here.
    where : str
        The config key to name in errors.
    **context
        Further arguments, given only where the target takes them: `columns`, `trial`.

    Raises
    ------
    ConfigError
        As `check`. Errors of the target itself come as they are.
    """
    target = find(node.get("_target_"), where=where)
    known = parameters(target) or []
    if "data_home" in node:  # what lies there is opened with joblib, which runs code
        raise ConfigError(f"{where}.data_home may not be set here: set the environment variable SCIKIT_LEARN_DATA.")
    _refuse_memory(node, where)
    arguments = {key: _value(value, f"{where}.{key}") for key, value in node.items() if key not in SPECIAL}
    arguments |= {key: value for key, value in context.items() if key in known}
    positional = [_value(value, f"{where}._args_") for value in node.get("_args_", [])]
    if node.get("_partial_"):
        return functools.partial(target, *positional, **arguments)
    return target(*positional, **arguments)


def _refuse_memory(node: Node, where: str) -> None:
    """Refuse a folder that fits are kept in: what lies there is opened with joblib, which runs code."""
    for key, value in node.items():
        is_folder = str(key).rpartition("__")[2] == "memory" and any(True for _ in texts(value))
        if is_folder and ours(value, where=where):
            raise ConfigError(
                f"{where}.{key} may not be set: what lies in that folder is code. A run fits no preprocessing twice as "
                "it is; with MLZOO_ALLOW=joblib a node with _target_: joblib.Memory and location: FOLDER is built."
            )


def texts(node: Any) -> Iterator[str]:
    """The texts of a node, however deep."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping | list):
        for part in node.values() if isinstance(node, Mapping) else node:
            yield from texts(part)


def _value(value: Any, where: str) -> Any:
    if isinstance(value, Mapping):
        if "_target_" in value:
            return build(value, where=where)
        _refuse_memory(value, where)
        return {key: _value(inner, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner, where) for inner in value]
    return from_environment(value, where=where)


_secrets: dict[str, str] = {}  # value -> the text that it came from, of all that this process has resolved
SHORTEST_SECRET = 6  # shorter values, such as a number, would redact what is none


def redact(value: object, text: str) -> None:
    """From now on a value stands as a text in whatever is said."""
    if isinstance(value, str) and len(value) >= SHORTEST_SECRET:
        _secrets[value] = text


def redacted(text: str) -> str:
    """A text in which values that came from the environment are their `${oc.env:NAME}` again."""
    for value in sorted(_secrets, key=len, reverse=True):
        text = text.replace(value, _secrets[value])
    return text


def from_environment(value: Any, *, where: str) -> Any:
    """Resolve `${oc.env:NAME}` in a text, at the moment of use, so that secrets are written nowhere."""
    if not (isinstance(value, str) and "${" in value):
        return value
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    for name in re.findall(r"\$\{oc\.env:([^,}]+)", value):
        if len(os.environ.get(name, "")) >= SHORTEST_SECRET:
            _secrets[os.environ[name]] = f"${{oc.env:{name}}}"
    missing = [name for name in re.findall(r"\$\{oc\.env:([^,}]+)\}", value) if name not in os.environ]
    if missing:
        raise ConfigError(f"{where}={value}: the environment variable {missing[0]} is not set.")
    try:
        return OmegaConf.create({"value": value})["value"]
    except OmegaConfBaseException as error:
        raise ConfigError(f"{where}={value}: {first_line(error)}") from error
