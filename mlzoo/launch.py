"""Runs and multiruns by Hydra: what happens before, around and after each job."""

import errno
import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlzoo import shared
from mlzoo.console import doubts, print_error, say, show_comparison, shown_path, summary, tell_of
from mlzoo.errors import MlzooError, RecordError, first_line
from mlzoo.grammar import command

if TYPE_CHECKING:
    from hydra.core.config_search_path import ConfigSearchPath
    from omegaconf import DictConfig

    from mlzoo.progress import Bars
    from mlzoo.record import Record
    from mlzoo.searching.backend import Backend
    from mlzoo.searching.search import Search

log = logging.getLogger(__name__)

FLAGS_WITH_VALUE = {
    *("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn"),
    *("--experimental-rerun", "--package", "-p", "--cfg", "-c"),
}
PACKAGES = (  # which a file of the same name in the start folder would stand in for
    *("feature_engine", "hydra", "jinja2", "joblib", "numpy", "omegaconf", "optuna", "pandas", "plotly", "pyarrow"),
    *("scipy", "sklearn", "sqlalchemy", "threadpoolctl", "tqdm", "yaml"),
)
REFUSED = ("ConfigError", "UndrawnError", "DataError")  # whose cause is the same when the run is tried again
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EEXIST)
INFOS = {"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"}


def run_hydra(words: list[str]) -> int:
    """Hand the command line to Hydra; after a multirun, draw its leaderboard whatever happened."""
    import hydra
    from hydra._internal.hydra import Hydra
    from hydra.errors import HydraException

    from mlzoo.composition.loader import Loader
    from mlzoo.composition.repository import CONFIG_NAME, conf_dir

    create = Hydra.create_main_hydra2

    def create_with_loader(task_name: str, config_search_path: "ConfigSearchPath") -> Hydra:
        made = create(task_name, config_search_path)
        made.config_loader = Loader(config_search_path)
        for name in ("run", "multirun"):
            setattr(made, name, with_folders(getattr(made, name)))
        return made

    # Hydra takes other loaders, but has no public way to name one.
    setattr(Hydra, "create_main_hydra2", staticmethod(create_with_loader))  # noqa: B010
    sys.argv[1:] = words
    logging.raiseExceptions = False  # a terminal that is gone does not end a run
    started, ended, interrupted = time.time(), False, False
    base: Any = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}  # later ones warn of it
    try:
        hydra.main(config_path=str(conf_dir()), config_name=CONFIG_NAME, **base)(job)()
        ended = True
    except (HydraException, ValueError) as error:  # raised where Hydra does not report itself, such as by --info
        if isinstance(error, ValueError) and not str(error).startswith("Only one of --"):
            raise
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        return print_error(str(error))
    except KeyboardInterrupt as error:
        interrupted = True
        tell_of(error)  # of the cell, before what is to be said of the multirun
        raise
    finally:
        close_shared()
        complete = Loader.master is None or finish_sweep(Loader.master, started, ended=ended, interrupted=interrupted)
    return 0 if complete else 1


def with_folders(way: Callable[..., Any]) -> Callable[..., Any]:
    """One of Hydra's ways to run, which makes its folders itself: where it cannot, that is said without a traceback."""
    from hydra.errors import CompactHydraException
    from omegaconf.errors import InterpolationResolutionError

    @wraps(way)
    def run(*given: Any, **named: Any) -> Any:
        try:
            return way(*given, **named)
        except InterpolationResolutionError as error:  # such as hydra.run.dir=out/${nope}
            if os.environ.get("HYDRA_FULL_ERROR") == "1":
                raise
            raise CompactHydraException(f"{error.full_key}: {first_line(error)}.") from None
        except (OSError, ValueError) as raised:
            cause = raised if isinstance(raised, OSError) else raised.__cause__  # of a log that cannot be opened
            if not isinstance(cause, OSError) or cause.errno not in UNWRITABLE:
                raise
            if os.environ.get("HYDRA_FULL_ERROR") == "1":
                raise
            if cause.filename and os.path.isfile(cause.filename) and not os.access(cause.filename, os.R_OK):
                raise CompactHydraException(f"{cause.filename}: {cause.strerror}.") from None  # a config that is read
            place = f"{cause.filename}: " if cause.filename else ""
            raise CompactHydraException(
                f"{place}{cause.strerror}. Runs are written below the start folder: start in "
                "another, or name one by hydra.run.dir=FOLDER, of a multirun by hydra.sweep.dir=FOLDER."
            ) from None

    return run


def split_flags(words: list[str]) -> tuple[list[str], list[str]]:
    """Hydra's flags with their values, and the overrides: its parser does not take them mixed."""
    flags, overrides = [], []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            overrides.append(word)
            continue
        flags.append(word)
        if rest and (word in FLAGS_WITH_VALUE or (word in ("--info", "-i") and rest[0] in INFOS)):
            flags.append(rest.pop(0))
    return flags, overrides


@cache  # later it would keep what earlier jobs have left behind
def import_runner() -> None:
    """Import what runs need. None of it is garbage: to look through it again and again takes an eighth of a run."""
    gc.disable()
    import mlzoo.runner  # noqa: F401

    gc.freeze()
    gc.enable()


def job(cfg: "DictConfig") -> None:
    """One run, called by Hydra in its run folder."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException
    from hydra.types import RunMode
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import InterpolationResolutionError

    import_runner()
    from mlzoo.composition.overrides import is_shown
    from mlzoo.runner import run
    from mlzoo.targets import redacted

    node = HydraConfig.get()
    with open_dict(cfg):
        cfg.origin = OmegaConf.to_container(node["mlzoo"])  # type: ignore[index]
    if node.mode == RunMode.MULTIRUN:
        for handler in logging.getLogger().handlers:
            if not isinstance(handler, logging.FileHandler):  # which is the run's own, and holds all
                handler.addFilter(is_new)
    try:
        with suppress(InterpolationResolutionError):  # which the run says by its key
            if cfg.get("export") is not None and node.mode == RunMode.RUN:
                log.warning(
                    f"export={cfg.export} is for the leaderboard of a multirun (-m), and ignored: of runs that are "
                    "done `python -m mlzoo compare FOLDER… --export FILE` makes one."
                )
        with progress(node) as watch:
            backend = shared_backend(cfg, node.launcher)
            with shared.within(_kept) if node.mode == RunMode.MULTIRUN else nullcontext():
                made = run(cfg, folder=node.runtime.output_dir, backend=backend, watch=watch)
    except MlzooError as error:
        text = redacted(str(error))
        log_error(text, console=node.mode == RunMode.MULTIRUN)
        if node.verbose:
            raise
        raise CompactHydraException(text) from None
    told = node.mode == RunMode.MULTIRUN or is_shown(log)  # by the log, or below the leaderboard
    say(summary(made, Path(node.runtime.cwd)), *([] if told else doubts([made])))


_said: set[str] = set()  # what this program has told of the data


def is_new(entry: logging.LogRecord) -> bool:
    """Whether a finding about the data is told for the first time: most cells of a multirun have theirs in common."""
    if not hasattr(entry, "finding"):
        return True
    text = entry.getMessage()
    new: bool = entry.__dict__.setdefault("new", text not in _said)  # the same to each handler
    _said.add(text)
    return new


_bars: "list[Bars]" = []  # of this program


@contextmanager
def progress(node: Any) -> "Iterator[Callable[[Search], None] | None]":
    """Bars on a terminal, where jobs run one after the other."""
    from mlzoo.composition.loader import Loader
    from mlzoo.progress import Bars, wanted

    if not wanted() or "basic_launcher" not in str(node.launcher.get("_target_")):
        yield None
        return
    if not _bars:
        _bars.append(Bars(max(1, Loader.composed - 1)))  # this one was composed twice
    with _bars[0].shown():
        yield _bars[0]


_backends: dict[Any, "Backend"] = {}
_kept: "shared.Kept" = {}  # which the cells of a multirun share


def shared_backend(cfg: "DictConfig", launcher: Any) -> "Backend":
    """The backend of this config, which lives as long as the multirun.

    Where a launcher runs jobs side by side on this machine, the cores are its own to give.
    """
    from mlzoo.composition.config import plain
    from mlzoo.searching import backend

    config = plain(cfg)  # a number from the environment is text before
    n_jobs, node = config["n_jobs"], config["backend"]
    if n_jobs == -1 and "joblib" in str(launcher.get("_target_")):
        n_jobs = 1
    key = n_jobs, str(node)
    if key not in _backends:
        _backends[key] = backend.make({"n_jobs": n_jobs, "backend": node})
    return _backends[key]


def close_shared() -> None:
    """End the workers of a multirun, and forget its tables."""
    _kept.clear()
    while _backends:
        _backends.popitem()[1].close()


def log_error(text: str, *, console: bool) -> None:
    """Put an error into the run's log; on the console where Hydra will not say it by itself."""
    if console:
        log.error(text)
        return
    entry = log.makeRecord(log.name, logging.ERROR, __file__, 0, text, (), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(entry)


def finish_sweep(master: "DictConfig", started: float, *, ended: bool, interrupted: bool) -> bool:
    """Draw the leaderboard of a multirun from the records on disk. Whether every row has ended well."""
    from hydra.types import RunMode
    from omegaconf.errors import InterpolationResolutionError

    from mlzoo import record
    from mlzoo.board import overall
    from mlzoo.composition.loader import Loader
    from mlzoo.grammar import quoted

    if master.hydra.mode != RunMode.MULTIRUN:
        return True
    try:
        folder = Path(str(master.hydra.sweep.dir))
    except InterpolationResolutionError:
        return True  # refused before it began
    marker = folder / "multirun.yaml"
    if not marker.is_file() or marker.stat().st_mtime < started - 2:
        return True  # refused before it began
    if not any(folder.rglob(record.NAME)):
        return False  # ended before its first run
    records: list[Record] = []
    try:
        records = record.find(folder)
        if interrupted or any(map(may_go_on, records)):
            print_error("To go on: " + command("resume", str(folder)))
        found = overall.make(records)
    except RecordError as error:  # such as a sweep over seeds, whose folds differ
        print_error("\n".join([f"No leaderboard: {error}", *rankable(records), *doubts(records)]))
        return bool(records) and all(one["status"] == "done" for one in records)
    try:
        return show_comparison(found, folder, complete=ended, export=Loader.export)
    except (MlzooError, OSError) as error:  # such as a file of another origin, or a disk that is full
        why = f"{error.filename or folder}: {error.strerror}." if isinstance(error, OSError) else str(error)
        again = f"python -m mlzoo compare {quoted(str(folder))}"
        print_error(f"No leaderboard: {why}\nThe runs are kept; then, or with -o FOLDER, draw it by: {again}")
        return False


def may_go_on(one: "Record") -> bool:
    """Whether `resume` can end well where a run has not: not where its config or data would be refused again."""
    return one["status"] != "done" and (one["error"] or {}).get("type") not in REFUSED


def rankable(records: "list[Record]") -> list[str]:
    """Where runs cannot stand on one leaderboard, the commands that rank those which can."""
    from mlzoo.board.leaderboard import PAIRED
    from mlzoo.grammar import joined

    alike: dict[str, list[str]] = {}
    for one in records:
        if one["status"] == "done":
            key = str([pick(one.content) for pick in PAIRED.values()])
            alike.setdefault(key, []).append(shown_path(one.folder, Path.cwd()))
    if len(alike) < 2:
        return []
    commands = [f"  python -m mlzoo compare {joined(folders)}" for folders in alike.values() if len(folders) > 1]
    return ["Each run stands in its folder.", *(["These rank together:", *commands] if commands else [])]


def go_to(start: Path) -> None:
    """Go on from the folder that a run was started in, where its data and the user's own modules are looked for."""
    if not start.is_dir():
        raise RecordError(f"{start}: the run was started in this folder, which is gone.")
    os.chdir(start)
    if os.environ.get("MLZOO_ALLOW"):  # else no module of anyone's own is trusted, nor in the place of a package
        sys.path.insert(0, str(start))


def run_again(path: Path, key: str, folder: Path) -> int:
    """The command that Hydra has noted in a folder, carried out again in that folder."""
    import yaml  # type: ignore[import-untyped]

    from mlzoo.composition.repository import conf_dir
    from mlzoo.grammar import override_value

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        node = content.get("hydra", content)
        words = [*node["overrides"]["task"], *node["overrides"]["hydra"]]
        sources = {
            one["provider"]: one["path"] if one["schema"] == "file" else f"{one['schema']}://{one['path']}"
            for one in node["runtime"]["config_sources"]
        }
        start, name = node["runtime"]["cwd"], node["job"]["config_name"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    dropped = (key, "hydra.mode", "hydra.output_subdir")
    words = [word for word in words if word.lstrip("+").partition("=")[0] not in dropped]
    go_to(Path(start))
    flags = ["--multirun"] if key == "hydra.sweep.dir" else []
    main = sources.get("main") or str(conf_dir())
    own = main != str(conf_dir()) and ("://" in main or Path(main).is_dir())  # else of an installation that is gone
    flags += ["--config-path", main] if own else []
    flags += ["--config-dir", sources["command-line"]] if "command-line" in sources else []
    flags += ["--config-name", name] if name not in (None, "config") else []
    return run_hydra([*flags, *words, f"{key}={override_value(str(folder))}"])
