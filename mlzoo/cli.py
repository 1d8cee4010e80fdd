"""The command line: verbs by argparse, everything else by Hydra.

A first word that is a verb goes to that verb; all else are Hydra's flags and overrides.
"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from mlzoo.console import (
    board_text,
    print_error,
    say,
    show_comparison,
    shown_path,
    summary,
    tell_of,
    terminal_width,
    unsaid,
)
from mlzoo.errors import MlzooError, RecordError, nearest, shown
from mlzoo.grammar import torn
from mlzoo.launch import PACKAGES, go_to, run_again, run_hydra, split_flags


def main() -> None:
    """Entry of `python -m mlzoo` and of the console script."""
    try:
        start = os.getcwd()
    except FileNotFoundError:
        sys.exit(print_error("The folder that you are in is gone: go into another."))
    if start not in sys.path:
        sys.path.insert(0, start)  # a user's own modules, as with `python -m`
    if taken := next((name for name in PACKAGES if Path(f"{name}.py").is_file()), None):
        sys.exit(print_error(f"{taken}.py stands here in the place of the package {taken}: rename it."))
    signal.signal(signal.SIGTERM, _terminate)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # which nohup ignores
        signal.signal(signal.SIGHUP, _terminate)
    words = sys.argv[1:]
    try:
        code = dispatch(words)
        sys.exit(code or (1 if unsaid else 0))
    except MlzooError as error:
        if words[:1] and words[0] in VERBS:
            sys.exit(print_error(str(error)))
        raise  # Hydra lets an error of ours pass only where a traceback is asked for
    except OSError as error:
        if not error.filename:
            raise
        sys.exit(print_error(f"{error.filename}: {error.strerror}"))
    except KeyboardInterrupt as error:
        tell_of(error)
        print_error("Interrupted.")
        sys.exit(128 + (error.number if isinstance(error, Terminated) else signal.SIGINT))
    finally:
        say()


class Terminated(KeyboardInterrupt):
    """SIGTERM, by which schedulers end a job, or SIGHUP of a terminal that is closed: it ends as by Ctrl-C."""

    number = 0


def _terminate(number: int, frame: object) -> None:
    for stream in (1, 2):  # what is still said to a terminal that is gone would be an error in place of this one
        try:
            os.write(stream, b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    error = Terminated()
    error.number = number
    raise error


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
        hint = torn(words, stray, VERBS)
        if stray in VERBS and not hint:
            wrong = f"A verb is the first word, as in `python -m mlzoo {stray} …`."
        else:
            wrong = f"{stray!r} is neither a verb ({', '.join(VERBS)}) nor KEY=VALUE.{hint or nearest(stray, VERBS)}"
        print_error(f"{wrong} `python -m mlzoo --help` explains both.")
        return 2
    return run_hydra([*flags, *overrides])


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
    given, more = parser.parse_known_args(words)  # by itself argparse takes no KEY=VALUE behind an option
    if more and (not hasattr(given, "overrides") or any(word.startswith("-") for word in more)):
        verbs.choices[given.verb].error(f"unrecognized arguments: {' '.join(more)}")
    if more:
        given.overrides = [*given.overrides, *more]
    return VERBS[given.verb][0](given)


def verb_list(given: argparse.Namespace) -> int:
    """`list`: groups and options."""
    from mlzoo.composition.listing import describe

    for group, options in describe(given.config_dir).items():
        chosen = "+" if group in ("preprocess", "models", "experiment") else ""
        width = max(map(len, options))
        say(f"{chosen}{group}=", *(f"  {name:<{width}}  {text}".rstrip() for name, text in options.items()))
    return 0


def verb_describe(given: argparse.Namespace) -> int:
    """`describe`: what a table holds."""
    from mlzoo import description
    from mlzoo.composition import config as checks
    from mlzoo.composition.composing import compose

    bare = next((word for word in given.overrides if "=" not in word and not word.startswith("~")), None)
    if bare is not None:
        return print_error(f"{bare!r} is not KEY=VALUE: a file is named by data={bare}.")
    plain = checks.plain(compose(*given.overrides, config_dir=given.config_dir))
    checks.check(description.as_run(plain))
    say(description.to_text(description.describe(plain), terminal_width()))
    return 0


def verb_compare(given: argparse.Namespace) -> int:
    """`compare`: a leaderboard of folders."""
    from mlzoo import outputs, record
    from mlzoo.board import comparison, leaderboard, overall

    rope = None if given.rope is None else comparison.checked_rope(given.rope)
    first = Path(given.folders[0])
    sweep = not (first / record.NAME).is_file() and next(first.rglob(f"*/{record.NAME}"), None) is not None
    elsewhere = Path(f"outputs/compare-{datetime.now():%Y-%m-%d-%H-%M-%S}")
    own = sweep and len(given.folders) == 1 and not given.output
    folder = Path(given.output) if given.output else first if own else elsewhere
    outputs.check_board(folder)
    if len(given.export) > 1:
        return print_error(f"--export stands {len(given.export)} times: name one file.")
    export = export_path(given.export[0], folder) if given.export else None
    records = leaderboard.collect(given.folders)
    done = [one for one in records if one["status"] == "done"]
    ranked_by: dict[str, str] = {}
    for name, one in zip(overall.set_names(done), done, strict=True):
        ranked_by.setdefault(name, one["metric"])  # of each set that of its first run
    if own and given.metric and {*ranked_by.values()} != {given.metric}:
        folder = elsewhere  # of the sweep's own board `predict` takes the best row
    found = overall.make(records, sort=given.sort, metric=given.metric, rope=rope)
    show_comparison(found, folder, export=export, sort=given.sort, sweeps=dict.fromkeys(map(Path, given.folders)))
    return 0


def export_path(name: str, folder: Path) -> Path:
    """The file of `--export`, refused before anything is read; `folder` is where the leaderboard will lie."""
    from mlzoo import outputs

    if "${" in name:
        from mlzoo import sql
        from mlzoo.composition.composing import interpolated

        sql.refuse_in_name(f"--export {name}")
        name = interpolated(name)
    outputs.check_export(name, f"--export {name}")
    outputs.check_place(name, f"--export {name}", folder)
    return Path(name)


def verb_resume(given: argparse.Namespace) -> int:
    """`resume`: go on where a run or a multirun has stopped."""
    from mlzoo import record
    from mlzoo.board import leaderboard, overall
    from mlzoo.folder import own_config
    from mlzoo.grammar import quoted
    from mlzoo.runner import run

    folder = Path(given.folder).resolve()
    sweep, job_node = folder / "multirun.yaml", folder / ".hydra" / "hydra.yaml"
    config = own_config(folder) if (folder / record.CONFIG_NAME).is_file() else {}
    if "origin" in config:
        go_to(Path((config["origin"] or {}).get("cwd") or "."))
        say(summary(run(config, folder=folder), Path.cwd()))
        return 0
    if (folder / record.NAME).is_file():
        record.load(folder)  # its own error, where it is damaged
        raise RecordError(
            f"{given.folder}: its {record.CONFIG_NAME} is gone or damaged, without which it cannot go on."
        )
    if leaderboard.is_complete(folder):
        found = overall.make(leaderboard.find(folder))
        again = f"python -m mlzoo compare {quoted(given.folder)}"
        files = "its files, and by --export FILE an export, are written again by"
        say(board_text(found), f"{given.folder}: done already; {files}: {again}")
        return 0
    if sweep.is_file():
        return run_again(sweep, "hydra.sweep.dir", folder)
    if job_node.is_file():
        return run_again(job_node, "hydra.run.dir", folder)
    raise RecordError(f"{given.folder}: neither a run nor a sweep folder, there is nothing to go on with.")


def verb_rerun(given: argparse.Namespace) -> int:
    """`rerun`: the same run again."""
    from mlzoo import provenance, record
    from mlzoo.runner import rerun

    made, found = rerun(given.run, into=given.output, persist=given.persist)
    say(summary(made, Path.cwd()))
    if not found:
        changed = provenance.changed_data(record.load(given.run), made)
        say(f"Every score is the same as in {given.run}{', though ' * bool(changed)}{' and '.join(changed)}.")
        return 0
    say("\n  ".join([f"Not the same as in {given.run}:", *found]))
    return 1


def verb_predict(given: argparse.Namespace) -> int:
    """`predict`: new rows."""
    from mlzoo import outputs, prediction, text
    from mlzoo.composition.composing import read_options

    read = read_options(*given.overrides) if given.overrides else {}
    prediction.check_output(Path(given.output), Path(given.file))
    chosen = prediction.choose(given.run)
    predictions, notices = prediction.predict_rows(chosen, given.file, read, given.id)
    for notice in filter(None, [prediction.doubt_of(given.run), *notices]):
        print_error(notice)
    outputs.write_csv(predictions, Path(given.output))
    home = shown_path(chosen.folder, Path.cwd())
    say(f"{text.many(len(predictions), 'row')} predicted by {chosen['cell']} ({home}): {given.output}")
    return 0


def verb_query(given: argparse.Namespace) -> int:
    """`query`: a statement's rows, as a file or as the first of them on the terminal."""
    from mlzoo import database, query, sql
    from mlzoo.composition.composing import compose_query

    for word in given.words:
        if word.lstrip("+").startswith("output="):
            sql.refuse_in_name(word)
    node, output = compose_query(*given.words, config_dir=given.config_dir)
    path = None if output is None else query.check_output(output)
    frame = database.fetch(node)
    size = f"{len(frame)} row{'s' * (len(frame) != 1)}, {len(frame.columns)} column{'s' * (len(frame.columns) != 1)}"
    if path is None:
        say(query.to_text(frame.head(SHOWN_ROWS), terminal_width()))
        say(f"{size}{', the first of which stand above' if len(frame) > SHOWN_ROWS else ''}; output=FILE writes them.")
        return 0
    long = query.write(frame, path)
    say(f"{size}: {path}")
    if long:
        print_error(
            f"{path}: {shown(long)} stand{'s' * (len(long) == 1)} there as text: a cell holds no number of more than "
            f"{query.MAX_DIGITS} digits exactly. For rounded numbers cast them in db.query: column::float8."
        )
    return 0


SHOWN_ROWS = 10


def _argument(*flags: str, **options: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return flags, options


Verb = tuple[Callable[[argparse.Namespace], int], list[tuple[tuple[str, ...], dict[str, Any]]], str]
VERBS: dict[str, Verb] = {
    "list": (
        verb_list,
        [_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups")],
        "What the zoo holds: groups, options, one line on each.",
    ),
    "describe": (
        verb_describe,
        [
            _argument("overrides", nargs="*", metavar="KEY=VALUE", help="those of a run: data=FILE target=COLUMN"),
            _argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups"),
        ],
        "What a table holds: columns by kind, the target's balance, what to look at before a run.",
    ),
    "compare": (
        verb_compare,
        [
            _argument("folders", nargs="+", metavar="FOLDER", help="run and sweep folders"),
            _argument(
                "-o",
                "--output",
                metavar="DIR",
                help="where the leaderboard is written (by default in a sweep's own folder, or below outputs/)",
            ),
            _argument("--sort", metavar="COLUMN", help="the column to order by (default: rank)"),
            _argument("--metric", metavar="METRIC", help="another recorded metric to rank by"),
            _argument(
                "--rope",
                metavar="NUMBER",
                help="the difference up to which rows count as the same (default: rope of the first run)",
            ),
            _argument(
                "--export",
                metavar="FILE",
                action="append",
                default=[],
                help="one more file: .csv, .xlsx, .md, .html or .json",
            ),
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
            _argument(
                "file",
                metavar="FILE",
                help="the new rows: text such as .csv (also .gz, .bz2, .xz, .zip), .parquet, or images in IDX form",
            ),
            _argument(
                "overrides",
                nargs="*",
                default=(),  # without which argparse calls it required
                metavar="read.KEY=VALUE",
                help="how FILE is read, where it is written otherwise than the train file: read.sep=tab",
            ),
            _argument("-o", "--output", required=True, metavar="OUT", help="the CSV file to write"),
            _argument(
                "--id",
                metavar="COLUMN",
                action="append",
                default=[],
                help="a column of FILE to stand beside the predictions; several: --id A --id B",
            ),
        ],
        "Predictions and class probabilities for new rows.",
    ),
    "query": (
        verb_query,
        [
            _argument("words", nargs="+", metavar="KEY=VALUE", help="+db=OPTION, db.query=…, db.where=…, output=FILE"),
            _argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups"),
        ],
        "What a database answers, as a .csv or .xlsx file; without output=FILE the first rows on the terminal.",
    ),
}
