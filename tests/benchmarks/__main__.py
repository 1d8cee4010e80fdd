"""All benchmarks, one after the other: `python -m tests.benchmarks [--small] [--report-only]`."""

import sys

from tests.benchmarks import engine, nested, page, peer, racing, single_run, size, statistics


def main() -> int:
    """Print every measurement; 1 where a bound is broken."""
    words = sys.argv[1:]
    broken = 0
    for module in (single_run, engine, racing, statistics, nested, page, peer, size):
        print(module.__name__.rpartition(".")[2], flush=True)
        broken |= module.main(words)
    return broken


if __name__ == "__main__":
    sys.exit(main())
