"""Findings: what was found out about the data of a run, plain dicts for the log, the record and the report."""

import re
from collections.abc import Iterable, Sequence

from mlzoo.grammar import drop_override, joined, quoted

MAX_NAMED = 10  # columns that one finding names
FUTURE = "learn from the future"  # what a warning of time says of folds that do
WRITTEN = r"'(?:[^'\\]|\\.)*'|[^,]+"  # a name in a list of Hydra's grammar
Finding = dict[str, str]


def finding_of(check: str, severity: str, column: str, message: str, remedy: str = "") -> Finding:
    """A finding, as the log and the record have it."""
    return {"check": check, "severity": severity, "column": column, "message": message, "remedy": remedy}


def told(finding: Finding) -> str:
    """A finding with what to do about it, as a line."""
    return " ".join(filter(None, [finding["message"], advice(finding)]))


def advice(finding: Finding) -> str:
    """What to do about a finding, as a line to be copied; nothing where it has no remedy."""
    if not finding["remedy"]:
        return ""
    drops = finding["remedy"].startswith("preprocess.drop")
    leave = f"To leave {'it' if finding['column'] else 'them'} out"
    words = "Pass" if not drops else "To confirm" if "left out" in finding["message"] else leave
    overrides = re.split(r" (?=validation\.|preprocess\.type\.|missing_target=)", finding["remedy"])
    return f"{words}: {joined(overrides)}"


def beside(findings: Iterable[Finding], dropped: Sequence[str]) -> list[Finding]:
    """Findings whose overrides that leave columns out name those too that are left out already, and would come back."""
    begin = drop_override([]).removesuffix("]")
    more = f"{drop_override(dropped).removesuffix(']')}," if dropped else begin
    return [
        {**one, "remedy": more + one["remedy"].removeprefix(begin)} if one["remedy"].startswith(begin) else one
        for one in findings
    ]


def all_left_out(findings: Iterable[Finding]) -> str:
    """The one override for all that findings would leave out by one each; nothing for fewer than two.

    A column of many categories that are numbers once their marks are named, as a finding of marks says, stays.
    """
    findings = list(findings)
    mended = {one["column"] for one in findings if one["check"] == "marks" and one["remedy"]}
    dropped = [one for one in findings if one["check"] != "levels" or one["column"] not in mended]
    remedies = {one["remedy"]: None for one in dropped if one["remedy"].startswith("preprocess.drop=")}
    if len(remedies) < 2:
        return ""
    lists = [re.findall(WRITTEN, remedy.partition("[")[2].removesuffix("]")) for remedy in remedies]
    names = ",".join(dict.fromkeys(name for names in lists for name in names))
    return f"To leave all of these out: {quoted(f'preprocess.drop=[{names}]')}"
