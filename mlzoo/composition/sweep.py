"""The jobs of a multirun, checked before the first one starts, and how far they are.

A sweep folder may be used again: by the same multirun, which goes on; another one is refused.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from mlzoo import outputs, provenance, record
from mlzoo.composition import config as checks
from mlzoo.errors import ConfigError, RecordError, listed


@dataclass
class Check:
    """What is known of a multirun while its jobs are checked.

    Attributes
    ----------
    folder : Path
        The sweep folder.
    earlier : tuple of Path, bytes and int, or None
        What Hydra has noted there of an earlier multirun: its file, content and time.
    jobs : list of list of str
        The words of the jobs that are checked.
    firsts : dict
        By data set, the plain config of its first job.
    warned : bool
        Whether it was said that rows cannot stand on one board.
    unswept : bool
        Whether it was said that a grid is left out.
    export : Path or None
        Where else the leaderboard is to be written.
    """

    folder: Path
    earlier: tuple[Path, bytes, int] | None
    jobs: list[list[str]] = field(default_factory=list)
    firsts: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    warned: bool = False
    unswept: bool = False
    export: Path | None = None


def check_words(words: Sequence[Override], loader: ConfigLoader) -> None:
    """Refuse words that name no job, as a glob that no option matches, and what Hydra's sweeper cannot take apart."""
    parser = OverridesParser.create(config_loader=loader)  # which knows what a glob names
    for word in words:
        if not word.is_sweep_override():
            continue
        try:
            (read,) = parser.parse_overrides([str(word.input_line)])
            values = list(read.sweep_string_iterator())
        except (HydraException, OmegaConfBaseException):
            raise ConfigError(
                f"{word.input_line}: no jobs can be made of it: write its values one by one, between commas."
            ) from None
        if not values:
            raise ConfigError(f"{word.input_line} names nothing, so that the multirun would have no job.")


def begin(master: DictConfig) -> Check:
    """What is known before the first job: the folder, and what an earlier multirun has left there.

    Raises
    ------
    RecordError
        If the sweep folder is that of a run, or holds another's file where the leaderboard is to lie.
    """
    folder = Path(str(master.hydra.sweep.dir))
    if (folder / record.NAME).is_file():
        raise RecordError(f"hydra.sweep.dir={folder}: this folder holds a run: name another one for the multirun.")
    outputs.check_board(folder)
    path = folder / "multirun.yaml"
    return Check(folder, (path, path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None)


def check_job(found: Check, plain: dict[str, Any], job: DictConfig, words: Sequence[str]) -> str:
    """Check the next job against those before it and what the sweep folder holds.

    Returns
    -------
    str
        What is to be said of it, once; empty where there is nothing.

    Raises
    ------
    MlzooError
        If a file of the leaderboard cannot be written, or the folder is that of another multirun.
    """
    if not found.jobs and plain["export"] is not None:
        outputs.check_place(plain["export"], f"export={plain['export']}", found.folder)
        found.export = Path(plain["export"]).absolute()
    if found.earlier is not None:
        refuse_another(plain, job, found.folder, len(found.jobs))
    first = found.firsts.setdefault(checks.dataset_name(plain), plain)
    if first is plain and len(found.firsts) > 1:  # each set has a board of its own
        for home in outputs.places([name for name in found.firsts if name], found.folder).values():
            outputs.check_board(home)
    warning = "" if found.warned else unrankable(first, plain)
    found.warned |= bool(warning)
    if not found.unswept and (unswept := not_swept(job, words)):
        found.unswept, warning = True, "\n".join(filter(None, (warning, unswept)))
    found.jobs.append(list(words))
    return warning


def not_swept(job: DictConfig, words: Sequence[str]) -> str:
    """What is to be said of a grid that only this job's option holds, such as one of several experiments."""
    given = {word.lstrip("+~").partition("=")[0] for word in words}
    held = [str(key).lstrip("+~") for key in job.hydra.sweeper.get("params") or {}]
    left = [key for key in held if key not in given]
    if not left:
        return ""
    return (
        f"hydra.sweeper.params of {' '.join(words)} is left out ({listed(left)}): a grid is that of the whole "
        "multirun, so an experiment that holds one needs a multirun of its own."
    )


def restore(found: Check) -> None:
    """Put back what Hydra had noted of the earlier multirun, and has written over before this one was refused."""
    if found.earlier is not None:
        path, content, modified = found.earlier
        path.write_bytes(content)
        os.utime(path, ns=(modified, modified))


def fold_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows of the folds depend on beside the table, by key, of a plain config; a splitter's seed aside."""
    cell, own = config["preprocess"], config["data"] is not None or config["db"] is not None
    splits = (config["test_data"] if own else cell.get("data_test")) is None
    split, validation = dict(config["split"]) if splits else {}, dict(config["validation"])
    unused = ["test_size", "seed"] if split.get("column") else ["seed"] if split.get("time") else []
    for node, keys in ((split, unused), (validation, ["seed"] if validation.get("splitter") else [])):
        for key in keys:
            node.pop(key, None)
    drawn = {key: config[key] for key in ("sample", "seed")} if config["sample"] is not None else {}
    nodes = {"validation": validation, "split": split}
    table = {key: config[key] for key in ("target", "task", "missing_target")}
    return {f"{name}.{key}": value for name, node in nodes.items() for key, value in node.items()} | drawn | table


def unrankable(first: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """What is to be said of two jobs of a multirun, given by their plain configs, that cannot stand on one board."""
    ours, theirs = fold_keys(first), fold_keys(other)
    keys = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    follows = "in their folds" if keys else "in what they are scored for"
    if None not in (positive := (first["positive"], other["positive"])) and positive[0] != positive[1]:
        keys.append("positive")
    metrics = first["metric"], other["metric"]
    if None not in metrics and metrics[0] not in (metrics[1], *other["metrics"]):
        keys.append("metric")
    if not keys:
        return ""
    advice = "run one multirun for each, or `compare` those runs that are alike in it."
    if keys == ["metric"]:
        advice = f"metrics=[{','.join(metrics)}] has each job scored by both, metric= says what its search is for."
    if first["seed"] != other["seed"]:
        keys = ["seed", *(key for key in keys if not key.endswith("seed"))]
        if "random_state" in other["models"]["type"]:
            advice += " To see the model's own chance on the same folds, vary models.type.random_state=1,2."
    return (
        f"The jobs of this multirun differ in {listed(keys)}, and so {follows}: their rows cannot stand on one "
        f"leaderboard. Each run is fine by itself; {advice}"
    )


def refuse_another(config: Mapping[str, Any], job: DictConfig, sweep: Path, number: int) -> None:
    """Refuse a multirun into the folder of another one, before its file is rewritten and missing cells are run.

    Raises
    ------
    RecordError
        If the folder of this job holds a run of another config, with what differs.
    """
    numbered = job.copy()
    with open_dict(numbered):
        numbered.hydra.job.num, numbered.hydra.job.id = number, str(number)
    HydraConfig.instance().set_config(numbered)  # which ${hydra:job.num} is looked up in
    folder = sweep / numbered.hydra.sweep.subdir
    if not (folder / record.CONFIG_NAME).is_file():
        return
    changed = provenance.changes(record.read_config(folder), {}, config, {})
    if changed:
        lines = "\n".join(f"  {line}" for line in changed)
        raise RecordError(
            f"{folder} holds a run that differs from job {number} of this multirun:\n{lines}\n"
            "Nothing was run. Name another hydra.sweep.dir for this one, or remove that one."
        )


def not_begun(sweep: Path) -> tuple[int, int]:
    """How many jobs of a multirun have left nothing yet, and how many it has; zeros where that cannot be told."""
    try:
        node = yaml.safe_load((sweep / "multirun.yaml").read_text(encoding="utf-8"))["hydra"]
        if not node["sweeper"]["_target_"].endswith(f".{BasicSweeper.__name__}"):
            return 0, 0  # its words may mean something else to another one
        Plugins.instance()  # there from now on: those that read the sources below
        path = ConfigSearchPathImpl()
        for source in node["runtime"]["config_sources"]:
            path.append(source["provider"], f"{source['schema']}://{source['path']}")
        words = [f"{key}={value}" for key, value in (node["sweeper"]["params"] or {}).items()]
        parser = OverridesParser.create(config_loader=ConfigLoaderImpl(path))  # which knows what a glob names
        parsed = parser.parse_overrides([*words, *node["overrides"]["task"]])
        jobs = len(BasicSweeper.split_arguments(parsed, None)[0])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError, HydraException):
        return 0, 0
    return max(0, jobs - sum(1 for _ in sweep.rglob(record.NAME))), jobs
