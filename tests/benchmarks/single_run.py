"""How much longer than a bare script does one run take, from the shell's point of view?

    python -m tests.benchmarks.single_run [--rounds 9 | --small] [--report-only]

Whole processes in turn, medians of their wall times, as ratios to `bare.py` in the same rounds. Then one config more
in a process, as a notebook and the jobs of a multirun compose it, beside Hydra's own `compose` of the same words. The
bounds are those that the project promises; a ratio above its bound ends with exit code 1.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CELL = ["+preprocess=complex", "+models=lr"]
BARE = "bare script"
COMPOSING = 1.0  # the bound of composing, beside Hydra
COMMANDS: dict[str, tuple[list[str], float | None]] = {  # words after `python`, bound of the ratio
    BARE: ([str(Path(__file__).with_name("bare.py")), str(ROOT / "data")], None),
    "single run": (["-m", "mlzoo", *CELL, "persist=none"], 1.6),
    "--help": (["-m", "mlzoo", "--help"], 0.5),
    "--cfg job": (["-m", "mlzoo", *CELL, "--cfg", "job"], 0.5),
    "list": (["-m", "mlzoo", "list"], 0.5),
    "completion": (["-m", "mlzoo", "-sc", "query=bash"], 0.5),
    "import mlzoo": (["-c", "import mlzoo"], None),
    "python alone": (["-c", "pass"], None),
}


def measure(rounds: int, warm: int = 1) -> dict[str, list[float]]:
    """Wall times in seconds of each command, taken in turn, after rounds that warm the caches."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    line = "mlzoo +preprocess=comp"
    env = {**os.environ, "COMP_LINE": line, "COMP_POINT": str(len(line))}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(warm + rounds):
            for name, (words, _) in COMMANDS.items():
                started = time.perf_counter()
                subprocess.run([sys.executable, *words], cwd=folder, env=env, check=True, capture_output=True)
                if round_ >= warm:
                    times[name].append(time.perf_counter() - started)
    return times


def measure_composing(rounds: int) -> tuple[float, float]:
    """Median seconds that mlzoo and Hydra take to compose a config, in turn, after the first ones."""
    import hydra

    from mlzoo import compose
    from mlzoo.composition.repository import conf_dir

    def by_hydra(seed: int) -> None:
        with hydra.initialize_config_dir(str(conf_dir()), version_base="1.3"):
            hydra.compose("config", [*CELL, f"seed={seed}", "n_trials=20"])

    ways = (lambda seed: compose(*CELL, f"seed={seed}", "n_trials=20"), by_hydra)
    times: list[list[float]] = [[], []]
    for seed in range(1 + rounds):
        for found, way in zip(times, ways, strict=True):
            started = time.perf_counter()
            way(seed)
            found.append(time.perf_counter() - started)
    ours, hydras = (statistics.median(found[1:]) for found in times)
    return ours, hydras


def compile_everything() -> None:
    """Compile what is imported, so that no start pays for it: some installers and settings leave bytecode out."""
    for folder in (sysconfig.get_path("purelib"), ROOT / "mlzoo"):
        compileall.compile_dir(folder, quiet=2, workers=0)


def main(words: Sequence[str] | None = None) -> int:
    """Print medians and ratios; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often each command is run (default: 9)")
    parser.add_argument("--small", action="store_true", help="one round, nothing compiled or warmed before it")
    parser.add_argument("--report-only", action="store_true", help="exit with 0 whatever the ratios are")
    given = parser.parse_args(words)
    if not given.small:
        compile_everything()
    times = measure(1, warm=0) if given.small else measure(given.rounds)
    bare = statistics.median(times[BARE])
    broken = False
    for name, (_, bound) in COMMANDS.items():
        median = statistics.median(times[name])
        verdict = "" if bound is None else f"  (bound {bound}: {'kept' if median / bare <= bound else 'BROKEN'})"
        broken = broken or (bound is not None and median / bare > bound)
        print(f"{name:<13} {median:6.3f} s   {median / bare:5.2f} × bare{verdict}")
    ours, hydras = measure_composing(1 if given.small else 3 * given.rounds)
    kept = ours <= COMPOSING * hydras
    verdict = f"(bound {COMPOSING}: {'kept' if kept else 'BROKEN'})"
    print(f"composing one config more: {1000 * ours:.0f} ms, {ours / hydras:.2f} × Hydra's compose  {verdict}")
    broken = broken or not kept
    return int(broken and not given.report_only)


if __name__ == "__main__":
    sys.exit(main())
