"""How large is the page of a comparison, and how long does it take? 40 cells × 25 trials of 800 rows, made up.

    python -m tests.benchmarks.page [--small] [--report-only]

In a process of its own, imports included. A bound that is broken ends with exit code 1.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.report import Report, arguments
from tests.report_rows import sweep

ROOT = Path(__file__).resolve().parents[2]
BUILD = """
import sys
from pathlib import Path
from mlzoo import report
from mlzoo.board import comparison, leaderboard
report.build(comparison.make(leaderboard.collect(sys.argv[1])), Path(sys.argv[1]))
"""


def main(words: Sequence[str] | None = None) -> int:
    """Print time and size; 1 where a bound is broken."""
    given, report = arguments(__doc__, words), Report()
    preprocesses, models = (2, 4) if given.small else (5, 8)
    cells = [(f"prep{prep}", f"model{model}") for prep in range(preprocesses) for model in range(models)]
    with tempfile.TemporaryDirectory() as folder:
        sweep(Path(folder), cells, rows=800)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", BUILD, folder], cwd=ROOT, check=True)
        report.at_most(f"page of {len(cells)} cells", time.perf_counter() - started, 10.0, " s")
        report.at_most("its size", (Path(folder) / "report.html").stat().st_size / 1e6, 6.0, " MB")
    return int(not report.kept and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
