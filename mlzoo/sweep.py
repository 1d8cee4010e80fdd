"""A sweep folder used again: by the same multirun, which goes on, or by another one, which is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, open_dict

from mlzoo import outputs, provenance, record
from mlzoo.errors import RecordError, listed


def earlier(master: DictConfig) -> "tuple[Path, bytes, int] | None":
    """What Hydra has noted of an earlier multirun in the sweep folder: its file, content and time."""
    folder = Path(str(master.hydra.sweep.dir))
    if (folder / record.NAME).is_file():
        raise RecordError(f"hydra.sweep.dir={folder}: this folder holds a run: name another one for the multirun.")
    outputs.check_board(folder)
    path = folder / "multirun.yaml"
    return (path, path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None


def fold_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows of the folds depend on beside the table, by key, of a plain config."""
    cell, own = config["preprocess"], config["data"] is not None or config["db"] is not None
    splits = (config["test_data"] if own else cell.get("data_test")) is None
    drawn = {key: config[key] for key in ("sample", "seed")} if config["sample"] is not None else {}
    nodes = {"validation": config["validation"], "split": config["split"] if splits else {}}
    return {f"{name}.{key}": value for name, node in nodes.items() for key, value in node.items()} | drawn


def other_folds(first: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """What is to be said of two jobs of a multirun, given by their plain configs, that will not have the same folds."""
    ours, theirs = fold_keys(first), fold_keys(other)
    keys = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    if not keys:
        return ""
    advice = "run one multirun for each, or `compare` those runs that are alike in it."
    if first["seed"] != other["seed"]:
        keys = ["seed", *(key for key in keys if not key.endswith("seed"))]
        if "random_state" in other["models"]["type"]:
            advice += " To see the model's own chance on the same folds, vary models.type.random_state=1,2."
    return (
        f"The jobs of this multirun differ in {listed(keys)}, and so in their folds: their rows cannot stand on one "
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
