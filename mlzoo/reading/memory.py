"""Whether a table is too large for this machine."""

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from mlzoo.findings import Finding, finding_of

BYTES_A_CELL = 70  # of a table, at the peak of a run of complex-lr: see tests/benchmarks/size.py
BYTES_A_LEVEL = 20  # of a row, for each category: measured on complex-lr, as are the cells
BYTES_A_BYTE = 4  # of a CSV file, while it is read: measured on numbers, on text and on both
GIB = 2**30
CGROUPS = "/sys/fs/cgroup"
log = logging.getLogger(__name__)


def check(name: str, rows: int, columns: int, levels: Mapping[str, int] = MappingProxyType({})) -> list[Finding]:
    """A warning where a run on so many rows and columns may need more memory than this machine has.

    `levels` are the numbers of categories, by column, of which each becomes a column.
    """
    of_levels = rows * sum(levels.values()) * BYTES_A_LEVEL
    needed, there = rows * columns * BYTES_A_CELL + of_levels, available()
    if there is None or needed <= there:
        return []
    most = max(levels, key=levels.__getitem__, default="")
    above = f", above all {most!r} of {levels[most]:,} categories" if 2 * of_levels > needed else ""
    text = (
        f"{name}: a run on {rows:,} rows of {columns} columns may need {needed / GIB:,.1f} GiB of memory, and this "
        f"machine has {there / GIB:,.1f}: draw some of the rows, leave columns out{above}, or take a larger machine "
        "(with backend=dask the fits run on those of a cluster)."
    )
    fitting = float(f"{0.7 * there / needed * rows:.1g}")
    return [finding_of("memory", "warning", "", text, f"sample={fitting:.0f}")]


def warn_of(path: Path) -> None:
    """Say in the log that a CSV file may not fit into memory, before it is read."""
    needed, there = path.stat().st_size * BYTES_A_BYTE, available()
    if there is not None and needed > there:
        log.warning(
            "%s: reading it may need %.1f GiB of memory, and this machine has %.1f. If that ends the process, take a "
            "larger machine, or make a smaller file: sample=… draws rows after the whole file is read.",
            path,
            needed / GIB,
            there / GIB,
        )


def available() -> float | None:
    """Bytes of memory that this process may have; None where the system does not say."""
    try:
        total = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # not on this system
        return None
    return min([total, *_limits()])


def _limits(groups: str = "/proc/self/cgroup", root: str = CGROUPS) -> Iterator[float]:
    """The limits of the control groups that this process stands in, of version 2 and 1, and of those around them."""
    try:
        lines = Path(groups).read_text(encoding="utf-8").splitlines()
    except OSError:  # not on this system
        lines = []
    for line in ["0::/", "0:memory:/", *lines]:  # within a container the root may be the limit
        _, controllers, folder = line.split(":", 2)
        names = {"": ("", "memory.max"), "memory": ("memory", "memory.limit_in_bytes")}.get(controllers)
        if names is None:
            continue
        top = Path(root, names[0])
        inner = top / folder.lstrip("/")
        for place in (inner, *inner.parents):
            if not place.is_relative_to(top):
                break
            try:
                yield float((place / names[1]).read_text(encoding="ascii"))
            except (OSError, ValueError):  # no limit here
                continue
