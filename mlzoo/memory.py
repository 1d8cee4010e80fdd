"""Whether a table is too large for this machine."""

import os
from pathlib import Path

import pandas as pd

from mlzoo.columns import Finding, finding_of

BYTES_A_CELL = 70  # of a table, at the peak of a run of complex-lr: see tests/benchmarks/size.py
GIB = 2**30


def check(name: str, frame: pd.DataFrame) -> list[Finding]:
    """A warning where a run may need more memory than this machine has."""
    needed, there = frame.size * BYTES_A_CELL, available()
    if there is None or needed <= there:
        return []
    text = (
        f"{name}: a run on {len(frame):,} rows of {frame.shape[1]} columns may need {needed / GIB:,.1f} GiB of memory, "
        f"and this machine has {there / GIB:,.1f}: draw some of the rows, or take a larger machine."
    )
    rows = float(f"{0.7 * there / needed * len(frame):.1g}")
    return [finding_of("memory", "warning", "", text, f"sample={rows:.0f}")]


def available() -> float | None:
    """Bytes of memory that this process may have; None where the system does not say."""
    try:
        total = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # not on this system
        return None
    try:
        return min(total, float(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):  # no limit
        return total
