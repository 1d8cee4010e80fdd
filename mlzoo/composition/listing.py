"""The groups of YAML files and their options, as `mlzoo list` shows them."""

import os
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlzoo.composition.composing import make_loader
from mlzoo.composition.config import CELL
from mlzoo.composition.loader import Loader


def describe(config_dir: str | os.PathLike[str] | None = None) -> dict[str, dict[str, str]]:
    """Groups, their options and a line on each: its `name`, or the first comment of its file.

    Returns
    -------
    dict
        group -> option -> text; preprocess and models first. Folders without an option are left out.
    """
    loader = make_loader(config_dir)
    groups = [group for group in loader.list_groups("") if group != "hydra"]
    ordered = sorted(groups, key=lambda group: (group not in CELL, group != "preprocess", group))
    found = {group: {name: _line(loader, group, name) for name in loader.options(group)} for group in ordered}
    return {group: options for group, options in found.items() if options}


def _line(loader: Loader, group: str, option: str) -> str:
    for source in loader.get_sources():
        path = Path(source.path, group, f"{option}.yaml")
        if source.scheme() == "file" and path.is_file():
            try:
                text = path.read_text(encoding="utf-8")
                named = OmegaConf.to_container(OmegaConf.create(text))
            except (UnicodeError, yaml.YAMLError, OmegaConfBaseException):
                return f"(cannot be read: {path})"
            name = named.get("name") if isinstance(named, dict) else None
            comments = [
                line.lstrip("# ") for line in text.splitlines() if line.startswith("#") and "@package" not in line
            ]
            return str(name) if name and group in CELL else next(iter(comments), str(name or ""))
    found = loader.inner.repository.load_config(f"{group}/{option}")  # a structured config
    return str(OmegaConf.select(found.config, "name") or "") if found is not None else ""
