"""What the checks of the data said, each once: all of it, and what makes scores doubtful."""

from collections.abc import Sequence

from mlzoo.columns import Finding, told
from mlzoo.comparison import Comparison
from mlzoo.errors import listed
from mlzoo.record import Record

DOUBTFUL = ("leak", "overlap", "duplicates", "time", "groups", "drift")  # checks whose warnings are of all scores


def doubts(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Warnings that scores promise too much, and what to do about each, in a line of its own to be copied."""
    found: dict[str, Finding] = {}
    for made in records:
        for one in made.content.get("findings") or []:
            if one["severity"] == "warning" and one["check"] in DOUBTFUL:
                found.setdefault(one["message"], one)
    return [(message, told(one).removeprefix(message).strip()) for message, one in found.items()]


def findings(comparison: Comparison) -> list[dict[str, str]]:
    """All findings, and of which rows."""
    by_text: dict[tuple[str, ...], list[str]] = {}
    for row, made in zip(comparison.rows, comparison.records, strict=True):
        for one in made.content.get("findings") or []:
            key = tuple(str(one.get(name) or "") for name in ("severity", "column", "message", "remedy"))
            by_text.setdefault(key, []).append(row["row"])
    found = []
    for (severity, column, message, remedy), names in by_text.items():
        of = "all" if len(set(names)) == len(comparison.rows) else listed(list(dict.fromkeys(names)))
        found.append({"severity": severity, "column": column, "message": message, "remedy": remedy, "rows": of})
    return found
