"""The command line: verbs by argparse, everything else by Hydra. The one place that prints.

A first word that is a verb goes to that verb; all else are Hydra's flags and overrides.
"""

import argparse
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlzoo.errors import MlzooError, RecordError, nearest

if TYPE_CHECKING:
    from hydra.core.config_search_path import ConfigSearchPath
    from omegaconf import DictConfig

    from mlzoo.backend import Backend
    from mlzoo.progress import Bars
    from mlzoo.record import Record
    from mlzoo.search import Search

log = logging.getLogger(__name__)

FLAGS_WITH_VALUE = {
    "--config-dir",
    "-cd",
    "--config-path",
    "-cp",
    "--config-name",
    "-cn",
    "--experimental-rerun",
    "--package",
    "-p",
    "--cfg",
    "-c",
}
INFOS = {"all", "config", "defaults", "defaults-tree", "plugins", "searchpath"}


def main() -> None:
    """Entry of `python -m mlzoo` and of the console script."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # a user's own modules, as with `python -m`
    words = sys.argv[1:]
    try:
        sys.exit(dispatch(words))
    except MlzooError as error:
        if words[:1] and words[0] in VERBS:
            sys.exit(_failure(str(error)))
        raise  # Hydra lets an error of ours pass only where a traceback is asked for
    except OSError as error:
        if not error.filename:
            raise
        sys.exit(_failure(f"{error.filename}: {error.strerror}"))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
    finally:
        say()


def say(*lines: str) -> None:
    """Print lines; go on where nobody reads them any more (`mlzoo … | head -1`)."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def dispatch(words: list[str]) -> int:
    """Hand the words to a verb or to Hydra. The exit code."""
    if words and words[0] in VERBS:
        return run_verb(words)
    if "--version" in words:
        from mlzoo import __version__

        say(f"mlzoo {__version__}")
        return 0
    flags, overrides = split_flags(words)
    stray = next((word for word in overrides if "=" not in word and not word.startswith("~")), None)
    if stray is not None and not {"-sc", "--shell-completion"} & set(flags):
        print(
            f"{stray!r} is neither a verb ({', '.join(VERBS)}) nor KEY=VALUE.{nearest(stray, VERBS)} "
            "`python -m mlzoo --help` explains both.",
            file=sys.stderr,
        )
        return 2
    return run_hydra([*flags, *overrides])


def _failure(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def terminal_width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


# -- runs and multiruns, by Hydra ---------------------------------------------------------------------------------


def run_hydra(words: list[str]) -> int:
    """Hand the command line to Hydra; after a multirun, draw its leaderboard whatever happened."""
    import hydra
    from hydra._internal.hydra import Hydra
    from hydra.errors import HydraException

    from mlzoo.loader import CONFIG_NAME, Loader, conf_dir

    create = Hydra.create_main_hydra2

    def create_with_loader(task_name: str, config_search_path: "ConfigSearchPath") -> Hydra:
        made = create(task_name, config_search_path)
        made.config_loader = Loader(config_search_path)
        return made

    # Hydra takes other loaders, but has no public way to name one.
    setattr(Hydra, "create_main_hydra2", staticmethod(create_with_loader))  # noqa: B010
    sys.argv[1:] = words
    logging.raiseExceptions = False  # a terminal that is gone does not end a run
    started, ended = time.time(), False
    base: Any = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}  # later ones warn of it
    try:
        hydra.main(config_path=str(conf_dir()), config_name=CONFIG_NAME, **base)(job)()
        ended = True
    except HydraException as error:  # raised where Hydra does not report itself, such as by --info
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        return _failure(str(error))
    finally:
        close_backends()
        complete = Loader.master is None or finish_sweep(Loader.master, started, ended=ended)
    return 0 if complete else 1


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


def job(cfg: "DictConfig") -> None:
    """One run, called by Hydra in its run folder."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException
    from hydra.types import RunMode
    from omegaconf import OmegaConf, open_dict

    from mlzoo.runner import run
    from mlzoo.targets import veiled

    node = HydraConfig.get()
    with open_dict(cfg):
        cfg.origin = OmegaConf.to_container(node["mlzoo"])  # type: ignore[index]
    try:
        with progress(node) as watch:
            backend = shared_backend(cfg, node.launcher)
            made = run(cfg, folder=node.runtime.output_dir, backend=backend, watch=watch)
    except MlzooError as error:
        text = veiled(str(error))
        log_failure(text, console=node.mode == RunMode.MULTIRUN)
        if node.verbose:
            raise
        raise CompactHydraException(text) from None
    say(summary(made, Path(node.runtime.cwd)))


_bars: "list[Bars]" = []  # of this program


@contextmanager
def progress(node: Any) -> "Iterator[Callable[[Search], None] | None]":
    """Bars on a terminal, where jobs run one after the other."""
    from mlzoo.loader import Loader
    from mlzoo.progress import Bars, wanted

    if not wanted() or "basic_launcher" not in str(node.launcher.get("_target_")):
        yield None
        return
    if not _bars:
        _bars.append(Bars(max(1, Loader.composed - 1)))  # this one was composed twice
    with _bars[0].shown():
        yield _bars[0]


_backends: dict[Any, "Backend"] = {}


def shared_backend(cfg: "DictConfig", launcher: Any) -> "Backend":
    """The backend of this config, which lives as long as the multirun.

    Where a launcher runs jobs side by side on this machine, the cores are its own to give.
    """
    from mlzoo import backend

    n_jobs, node = cfg.n_jobs, cfg.get("backend")
    if n_jobs == -1 and "joblib" in str(launcher.get("_target_")):
        n_jobs = 1
    key = n_jobs, str(node)
    if key not in _backends:
        _backends[key] = backend.make({"n_jobs": n_jobs, "backend": node})
    return _backends[key]


def close_backends() -> None:
    """End the workers of a multirun."""
    while _backends:
        _backends.popitem()[1].close()


def log_failure(text: str, *, console: bool) -> None:
    """Put an error into the run's log; on the console where Hydra will not say it by itself."""
    if console:
        log.error(text)
        return
    entry = log.makeRecord(log.name, logging.ERROR, __file__, 0, text, (), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(entry)


def summary(made: "Record", start: Path) -> str:
    """What a run found, in a line or two; its folder as seen from the start folder."""
    import numpy as np

    metric = made["metric"]
    scores, baseline = np.array(made["cv"][metric]), np.mean(made["baseline"]["cv"][metric])
    low, high = made["test_interval"]
    within = "" if np.isnan(low) else f" (95 % interval {low:.3f} to {high:.3f})"
    lines = [f"{made['cell']}: {metric} {made['test'][metric]:.4f} on the test split{within}"]
    if made["validation"]["optimistic"]:
        lines[0] += ", which was the objective: optimistic"
        lines.append(f"  {scores.mean() - baseline:+.4f} against the baseline")
    else:
        spread = f" ± {scores.std(ddof=1):.4f}" if len(scores) > 1 else ""
        gap = f"{scores.mean() - baseline:+.4f} against the baseline"
        lines.append(f"  {scores.mean():.4f}{spread} over {len(scores)} folds, {gap}")
    if made["n_trials"] is not None:
        trials = made["trials"]
        failed = f", {trials['failed']} failed" if trials["failed"] else ""
        repeats = made["command"].startswith("python -m mlzoo rerun ")
        what = (
            "its factory names its own parameters, so that only the search can be repeated"
            if repeats
            else "this rebuilds it"
        )
        lines.append(f"  best of {trials['total']} trials is trial {made['trial']}{failed}; {what}:")
        lines.append(f"  {made['command']}")
    return "\n".join([*lines, f"  {shown_path(made.folder, start)}"])


def shown_path(path: Path, start: Path) -> str:
    """A path, relative to the start folder where it lies below."""
    full, home = path.resolve(), start.resolve()
    return str(full.relative_to(home)) if full.is_relative_to(home) else str(full)


def finish_sweep(master: "DictConfig", started: float, *, ended: bool) -> bool:
    """Draw the leaderboard of a multirun from the records on disk. Whether every row has ended well."""
    from hydra.types import RunMode

    from mlzoo import record

    if master.hydra.mode != RunMode.MULTIRUN:
        return True
    folder = Path(str(master.hydra.sweep.dir))
    marker = folder / "multirun.yaml"
    if not marker.is_file() or marker.stat().st_mtime < started - 2:
        return True  # refused before it began
    if not any(folder.rglob(record.NAME)):
        return False  # ended before its first run
    records: list[Record] = []
    try:
        records = record.find(folder)
        return show_board(records, folder, complete=ended)
    except RecordError as error:  # such as a sweep over seeds, whose folds differ
        print(f"No leaderboard: {error}", file=sys.stderr)
        return bool(records) and all(one["status"] == "done" for one in records)


def show_board(
    records: "list[Record]",
    folder: Path,
    *,
    sort: str | None = None,
    metric: str | None = None,
    complete: bool | None = None,
) -> bool:
    """Print a leaderboard and write it into a folder. Whether every row has ended well."""
    from mlzoo import leaderboard

    rows = leaderboard.board(records, sort=sort, metric=metric)
    leaderboard.write(rows, folder, complete=complete)
    say(leaderboard.to_text(rows, width=terminal_width()), f"{shown_path(folder, Path.cwd())}/leaderboard.csv")
    return all(row["status"] == "done" for row in rows)


# -- verbs --------------------------------------------------------------------------------------------------------


def run_verb(words: list[str]) -> int:
    """Parse a verb's own command line and carry it out."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="python -m mlzoo", description="mlzoo's verbs; all else is for Hydra.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, (_, arguments, text) in VERBS.items():
        one = verbs.add_parser(name, help=text, description=text)
        for flags, options in arguments:
            one.add_argument(*flags, **options)
    given = parser.parse_args(words)
    return VERBS[given.verb][0](given)


def verb_list(given: argparse.Namespace) -> int:
    """`list`: groups and options."""
    from mlzoo.loader import describe_options

    for group, options in describe_options(given.config_dir).items():
        chosen = "+" if group in ("preprocess", "models", "experiment") else ""
        width = max(map(len, options))
        say(f"{chosen}{group}=", *(f"  {name:<{width}}  {text}".rstrip() for name, text in options.items()))
    return 0


def verb_compare(given: argparse.Namespace) -> int:
    """`compare`: a leaderboard of folders."""
    from mlzoo import leaderboard, record

    records = leaderboard.collect(given.folders)
    first = Path(given.folders[0])
    alone = len(given.folders) == 1 and not (first / record.NAME).is_file()
    folder = Path(given.output or (first if alone else f"outputs/compare-{datetime.now():%Y-%m-%d-%H-%M-%S}"))
    show_board(records, folder, sort=given.sort, metric=given.metric)
    return 0


def verb_resume(given: argparse.Namespace) -> int:
    """`resume`: go on where a run or a multirun has stopped."""
    from mlzoo import leaderboard, record
    from mlzoo.runner import run

    folder = Path(given.folder).resolve()
    sweep, job_node = folder / "multirun.yaml", folder / ".hydra" / "hydra.yaml"
    if (folder / record.CONFIG_NAME).is_file():
        config = record.read_config(folder)
        start = Path((config["origin"] or {}).get("cwd") or ".")
        go_to(start)
        say(summary(run(config, folder=folder), Path.cwd()))
        return 0
    if leaderboard.is_complete(folder):
        say(leaderboard.to_text(leaderboard.board(record.find(folder)), width=terminal_width()))
        say(f"{given.folder}: done already.")
        return 0
    if sweep.is_file():
        return run_again(sweep, "hydra.sweep.dir", folder)
    if job_node.is_file():
        return run_again(job_node, "hydra.run.dir", folder)
    raise RecordError(f"{given.folder}: neither a run nor a sweep folder, there is nothing to go on with.")


def go_to(start: Path) -> None:
    """Go on from the folder that a run was started in, where its data and the user's own modules are looked for."""
    if not start.is_dir():
        raise RecordError(f"{start}: the run was started in this folder, which is gone.")
    os.chdir(start)
    sys.path.insert(0, str(start))


def run_again(path: Path, key: str, folder: Path) -> int:
    """The command that Hydra has noted in a folder, carried out again in that folder."""
    import yaml  # type: ignore[import-untyped]

    from mlzoo.grammar import override_value

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        node = content.get("hydra", content)
        words = [*node["overrides"]["task"], *node["overrides"]["hydra"]]
        sources = [one["path"] for one in node["runtime"]["config_sources"] if one["provider"] == "command-line"]
        start, name = node["runtime"]["cwd"], node["job"]["config_name"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise RecordError(f"{path} cannot be read: {error}") from error
    dropped = (key, "hydra.mode", "hydra.output_subdir")
    words = [word for word in words if word.lstrip("+").partition("=")[0] not in dropped]
    go_to(Path(start))
    flags = ["--multirun"] if key == "hydra.sweep.dir" else []
    flags += ["--config-dir", sources[0]] if sources else []
    flags += ["--config-name", name] if name not in (None, "config") else []
    return run_hydra([*flags, *words, f"{key}={override_value(str(folder))}"])


def verb_rerun(given: argparse.Namespace) -> int:
    """`rerun`: the same run again."""
    from mlzoo.runner import rerun

    made, found = rerun(given.run, into=given.output, persist=given.persist)
    say(summary(made, Path.cwd()))
    if not found:
        say(f"Every score is the same as in {given.run}.")
        return 0
    say("\n  ".join([f"Not the same as in {given.run}:", *found]))
    return 1


def verb_predict(given: argparse.Namespace) -> int:
    """`predict`: new rows."""
    from mlzoo import prediction

    prediction.check_output(Path(given.output), Path(given.file))
    chosen = prediction.choose(given.run)
    predictions, notices = prediction.predict(chosen, given.file)
    for notice in notices:
        print(notice, file=sys.stderr)
    prediction.write(predictions, Path(given.output))
    home = shown_path(chosen.folder, Path.cwd())
    say(f"{len(predictions)} rows predicted by {chosen['cell']} ({home}): {given.output}")
    return 0


def _argument(*flags: str, **options: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return flags, options


Verb = tuple[Callable[[argparse.Namespace], int], list[tuple[tuple[str, ...], dict[str, Any]]], str]
VERBS: dict[str, Verb] = {
    "list": (
        verb_list,
        [_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups")],
        "What the zoo holds: groups, options, one line on each.",
    ),
    "compare": (
        verb_compare,
        [
            _argument("folders", nargs="+", metavar="FOLDER", help="run and sweep folders"),
            _argument("-o", "--output", metavar="DIR", help="where the leaderboard is written"),
            _argument("--sort", metavar="COLUMN", help="the column to order by (default: rank)"),
            _argument("--metric", metavar="METRIC", help="another recorded metric to rank by"),
        ],
        "A leaderboard of any run and sweep folders.",
    ),
    "resume": (
        verb_resume,
        [_argument("folder", metavar="RUN_OR_SWEEP", help="a run or sweep folder")],
        "Goes on where a run or a multirun was ended; what is done is not run again.",
    ),
    "rerun": (
        verb_rerun,
        [
            _argument("run", metavar="RUN", help="a run folder"),
            _argument("-o", "--output", metavar="DIR", help="the new run folder"),
            _argument("--persist", choices=("joblib", "skops", "none"), help="keep the pipeline in another way"),
        ],
        "The same run again, in a new folder; says whether every score is the same.",
    ),
    "predict": (
        verb_predict,
        [
            _argument("run", metavar="RUN_OR_SWEEP", help="a run folder, or a sweep folder: its best row"),
            _argument("file", metavar="FILE", help="the new rows (.csv, .csv.gz, .parquet)"),
            _argument("-o", "--output", required=True, metavar="OUT", help="the CSV file to write"),
        ],
        "Predictions and class probabilities for new rows.",
    ),
}
