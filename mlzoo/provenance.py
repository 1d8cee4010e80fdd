"""Where scores come from: versions, the state of the checkout, an identity, and what differs between two runs."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import Any

from mlzoo import accelerator, record
from mlzoo.grammar import leaves
from mlzoo.record import Record

PACKAGES = ("mlzoo", "scikit-learn", "feature-engine", "optuna", "pandas", "numpy", "scipy", "hydra-core", "omegaconf")
OWN = ("sklearn", "feature_engine", "optuna", "mlzoo", "pandas")  # modules of which the versions are among PACKAGES
NO_PACKAGE = ("platform", "git")  # of what a record's `environment` holds


def environment(folder: str, accelerated_by: str | None = None, modules: Iterable[str] = ()) -> dict[str, Any]:
    """Versions of what the scores depend on, further modules' too, and the state of the folder's git checkout."""
    state = {"platform": platform.platform(), "accelerator": accelerator.described(accelerated_by)}
    return {**versions(), **further(modules), **state, "git": git_state(folder)}


def further(modules: Iterable[str]) -> dict[str, str]:
    """Versions of the packages beside those of `versions` that hold these modules; plain files have none."""
    named = {module for module in modules if module not in OWN}
    holds = packages_distributions() if named else {}
    found = {package for module in named for package in holds.get(module, [])}
    return {package: version(package) for package in sorted(found - {*PACKAGES})}


def versions() -> Mapping[str, str | None]:
    """Versions of Python and of the packages that scores depend on; None where one is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def git_state(folder: str) -> dict[str, Any] | None:
    """Commit and dirtiness of a checkout; None outside of one."""
    words = ["git", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:  # without the program that a checkout, which may be another's, names to look for changes
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), None)
    return {
        "commit": commit if commit != "(initial)" else None,
        "dirty": any(not line.startswith("#") for line in lines),
    }


SCORED = (  # config keys that the scores of a search depend on, beside the data and the versions of packages
    *("task", "target", "missing_target", "positive", "read", "sample", "columns", "split", "preprocess", "models"),
    *("validation", "sampler", "seed", "metric", "metrics", "n_trials", "batch_size", "race", "accelerator"),
)
NAMES = ("name", "data_train", "data_test", "log")  # of a group's node: the data counts by its content


def scored(config: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the scores depend on, of a plain config and a record's `data` and `environment`."""
    parts = {key: config.get(key) for key in SCORED}
    for group in ("preprocess", "models"):
        parts[group] = {key: value for key, value in config[group].items() if key not in NAMES}
    data, packages = content.get("data") or {}, content.get("environment") or {}
    parts["data"] = {name: (data.get(name) or {}).get("sha256") for name in ("train", "test")}
    known = [name for name in packages if name not in NO_PACKAGE]  # those of the models too: see `further`
    parts["package"] = {name: packages.get(name) for name in ("python", *PACKAGES, "accelerator", *known)}
    return json.loads(json.dumps(record.finite(parts), sort_keys=True))


def identity(config: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """sha256 of everything that the scores depend on."""
    return hashlib.sha256(json.dumps(scored(config, content), sort_keys=True).encode()).hexdigest()


def changes(
    old_config: Mapping[str, Any], old: Mapping[str, Any], config: Mapping[str, Any], new: Mapping[str, Any]
) -> list[str]:
    """What the scores depend on and is not the same for two runs, a line each: empty where one can go on as the other.

    Parameters
    ----------
    old_config, config : mapping
        Plain configs.
    old, new : mapping
        `data` and `environment` of their records; where the old run had not read its data yet, that is not compared.
    """
    before, after = (dict(leaves(scored(*pair))) for pair in ((old_config, old), (config, new)))
    unknown = ("data.",) if not old.get("data") else ()
    keys = [key for key in {**before, **after} if not key.startswith(unknown)]
    lines = []
    for key in keys:
        if before.get(key) != after.get(key):
            content = " (its content)" if key.startswith("data.") else ""
            was, now = (str(part.get(key))[:12] if content else part.get(key) for part in (before, after))
            lines.append(f"{key}{content}: {was} → {now}")
    return lines


def differences(old: Record, new: Record) -> list[str]:
    """What differs between two runs that should be the same, scores first."""
    found = []
    for part in ("cv", "test"):
        before, after = (record.finite(one.content.get(part) or {}) for one in (old, new))
        found += [f"{part} {m}: {before.get(m)} → {after.get(m)}" for m in after if before.get(m) != after.get(m)]
    if not found:
        return []
    found += changed_data(old, new)
    beside = [name for one in (old, new) for name in one["environment"] if name not in (*NO_PACKAGE, "accelerator")]
    names = dict.fromkeys(("python", *PACKAGES, *beside))
    packages = [(name, old["environment"].get(name), new["environment"].get(name)) for name in names]
    return found + [f"{name} {before} → {after}" for name, before, after in packages if before != after]


def changed_data(old: Record, new: Record) -> list[str]:
    """The splits whose data is another in one run than in the other, a line each."""
    found = []
    for split in ("train", "test"):
        before, after = (one.content.get("data", {}).get(split, {}) for one in (old, new))
        if before.get("sha256") != after.get("sha256"):
            found.append(f"the data has changed: {after.get('source')} ({split} split)")
    return found
