"""Where scores come from: versions, the state of the checkout, an identity, and what differs between two runs."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mlzoo import record
from mlzoo.record import Record

PACKAGES = ("mlzoo", "scikit-learn", "feature-engine", "optuna", "pandas", "numpy", "scipy", "hydra-core", "omegaconf")


def environment(folder: str) -> dict[str, Any]:
    """Versions of what the scores depend on, and the state of the start folder's git checkout."""
    found: dict[str, Any] = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found | {"accelerator": None, "git": git_state(folder)}


def git_state(folder: str) -> dict[str, Any] | None:
    """Commit and dirtiness of a checkout; None outside of one."""
    words = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), None)
    return {
        "commit": commit if commit != "(initial)" else None,
        "dirty": any(not line.startswith("#") for line in lines),
    }


def identity(config: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """sha256 of everything that the scores depend on."""
    keys = (
        "task",
        "read",
        "split",
        "preprocess",
        "models",
        "validation",
        "sampler",
        "seed",
        "metric",
        "metrics",
        "n_trials",
        "batch_size",
        "target",
    )
    parts = {key: config[key] for key in keys}
    parts["data"] = {name: content["data"][name]["sha256"] for name in ("train", "test")}
    parts["packages"] = {name: content["environment"][name] for name in PACKAGES}
    return hashlib.sha256(json.dumps(record.finite(parts), sort_keys=True).encode()).hexdigest()


def differences(old: Record, new: Record) -> list[str]:
    """What differs between two runs that should be the same, scores first."""
    found = []
    for part in ("cv", "test"):
        before, after = (record.finite(one.content.get(part) or {}) for one in (old, new))
        found += [f"{part} {m}: {before.get(m)} → {after.get(m)}" for m in after if before.get(m) != after.get(m)]
    if not found:
        return []
    for split in ("train", "test"):
        sources = [r.content.get("data", {}).get(split, {}) for r in (old, new)]
        if sources[0].get("sha256") != sources[1].get("sha256"):
            found.append(f"the data has changed: {sources[1].get('source')} ({split} split)")
    packages = [(name, old["environment"].get(name), new["environment"].get(name)) for name in ("python", *PACKAGES)]
    return found + [f"{name} {before} → {after}" for name, before, after in packages if before != after]
