"""One line for each claim: what was measured, its bound, and whether it holds."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Report:
    """Prints claims as they are measured, and remembers whether all held."""

    kept: bool = True

    def at_most(self, what: str, value: float, bound: float, unit: str = "") -> None:
        """A value that must not be above its bound."""
        self._line(what, value, f"bound {bound}{unit}", value <= bound, unit)

    def at_least(self, what: str, value: float, bound: float, unit: str = "") -> None:
        """A value that must not be below its bound."""
        self._line(what, value, f"at least {bound}{unit}", value >= bound, unit)

    def note(self, text: str) -> None:
        """What has no bound."""
        print(f"  {text}", flush=True)

    def _line(self, what: str, value: float, bound: str, kept: bool, unit: str) -> None:
        self.kept = self.kept and kept
        print(f"  {what}: {value:.3f}{unit} ({bound}: {'kept' if kept else 'BROKEN'})", flush=True)


def arguments(description: str | None, words: Sequence[str] | None) -> argparse.Namespace:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a reduced size, for a quick look")
    parser.add_argument("--report-only", action="store_true", help="exit with 0 whatever is measured")
    return parser.parse_args(words)
