"""What a table holds, before anything is fitted: `mlzoo describe`."""

import io
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlzoo import audit, pipeline, text
from mlzoo.errors import DataError, MissingTargetError, MlzooError, NothingToLearnError, escaped, listed
from mlzoo.findings import Finding, advice, all_left_out, beside, finding_of
from mlzoo.folds import make_folds
from mlzoo.grammar import nearest_override
from mlzoo.reading import dates, frames
from mlzoo.reading.source import Source
from mlzoo.tables import conversion, kinds, selection, totals
from mlzoo.tables.columns import count
from mlzoo.tables.data import NOTHING, Data, dialects, load, read_sources

MAX_COLUMNS = 60  # that a terminal is shown
MAX_SIGNS = 40  # of a column's name


def as_run(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a run on the same table, for its checks: what was not chosen is put in its place."""
    any_one = {"type": {"_target_": "sklearn.dummy.DummyClassifier"}}
    return {**config, **{group: {**any_one, **(config[group] or {})} for group in ("preprocess", "models")}}


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """Columns by kind, the target's balance, and the findings of all checks.

    Columns are described on the train split alone, as everything is that choices may be made by; where the table does
    not have the target, or no run could read it as it is, on all rows, and a finding says why. Where some rows lack
    the target, the others are described, as `missing_target=drop` takes them.

    Parameters
    ----------
    config : mapping
        A plain config; `preprocess` may be None.

    Returns
    -------
    dict
        source, rows (train, test; test None without a target), task (None without a target), target (name, and label ->
        share of the train rows with the positive one of two, or low, median and high), columns (a list of: name, kind,
        used, missing (share), distinct, values), findings.

    Raises
    ------
    MlzooError
        If the table cannot be read or split.
    """
    config = {**config, "preprocess": config["preprocess"] or {}}
    sources = read_sources(config)
    target = config["target"]
    frame, name = sources[0].frame, sources[0].name
    if target not in frame.columns:
        message = (
            f"{name} has no column {target!r}.{nearest_override('target', target, frame.columns)} Pass target=COLUMN "
            "for the target's balance and the checks for leaks."
        )
        return _without_target(config, sources[0], message)
    try:
        table = pipeline.readable(load(config, sources), config)
    except MissingTargetError as error:
        try:
            others = describe({**config, "missing_target": "drop"})
        except DataError as other:
            if frame[target].notna().all():  # some are missing in test_data
                raise
            told = f"{error} Without those rows: {other}"
            return _without_target(config, sources[0], told)
        return {**others, "findings": [finding_of("table", "warning", "", str(error)), *others["findings"]]}
    except DataError as error:
        if not (isinstance(error, NothingToLearnError) or _is_unusable(frame, target)):
            raise
        message = NOTHING if isinstance(error, NothingToLearnError) else str(error)  # why is said of each column
        return _without_target(config, sources[0], message)
    findings = list(table.findings)
    try:
        folds = make_folds(config["validation"], table)
        findings += audit.audit(table, folds, config)
    except MlzooError as error:
        findings.append(finding_of("folds", "warning", "", str(error)))
    order = [column for column in frame.columns if column != target]
    used = {column for names in table.columns.values() for column in names}
    train = pd.concat([table.X_train, table.aside_train], axis=1)
    days = [column for column in table.columns.get("date", []) if table.kinds[column] == "date"]
    return {
        "source": " and ".join(source.name for source in sources if source is not None),
        "rows": {"train": len(table.y_train), "test": len(table.y_test)},
        "task": table.task,
        "target": {"name": target, **_balance(table)},
        "columns": [
            _column(train[column], table.kinds.get(column, "dropped"), column in used, days=column in days)
            for column in order
        ],
        "findings": findings,
    }


def _is_unusable(frame: pd.DataFrame, target: str) -> bool:
    """Whether the values of a table alone are a reason why no run could read it, whatever else is wrong."""
    values, numbers = frame[target], frame.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)
    few = not pd.api.types.is_numeric_dtype(values) and bool((values.value_counts() == 1).any())
    return bool(values.isna().all() or values.nunique() < 2 or few or np.isinf(numbers).any())


def _without_target(config: Mapping[str, Any], source: Source, message: str) -> dict[str, Any]:
    target, name, left_out = config["target"], source.name, list[Finding]()
    whole, frame = (
        some.drop(columns=target, errors="ignore")
        for some in (source.frame, selection.chosen(source.frame, config, name, left_out))
    )
    given = kinds.by_hand(config["columns"], source.frame, name, target)
    found = kinds.find_kinds(frame, given)
    dayfirst = config["read"].get("dayfirst")
    columns = kinds.features(found, given, frame, dayfirst)
    categories = {"number": [], "category": columns["category"]}
    counts = count(conversion.as_kinds(frame, categories, name), columns["category"])
    kinds.refine(found, counts, given)
    used = {column for names in kinds.features(found, given, frame, dayfirst).values() for column in names}
    return {
        "source": name,
        "rows": {"train": len(frame), "test": None},
        "task": None,
        "target": {"name": target},
        "columns": [_column(whole[column], found.get(column, "dropped"), column in used) for column in whole.columns],
        "findings": [
            *dialects(source),
            *totals.check(source),
            *left_out,
            *beside(kinds.left_out(found, given, counts, source.decimal), selection.named(config, "drop")),
            *selection.without_effect(given, frame, config),
            finding_of("table", "warning", "", message),
        ],
    }


def _balance(table: Data) -> dict[str, Any]:
    if table.classes is None:
        return {
            "low": float(table.y_train.min()),
            "median": float(np.median(table.y_train)),
            "high": float(table.y_train.max()),
        }
    labels, counts = np.unique(table.y_train, return_counts=True)
    shares = {str(label): float(share) for label, share in zip(labels, counts / counts.sum(), strict=True)}
    return {"classes": shares, "positive": str(table.classes[-1]) if len(labels) == 2 else None}


def _column(values: "pd.Series[Any]", kind: str, used: bool, *, days: bool = False) -> dict[str, Any]:
    """What is told of a column, whose values may be days since 1970."""
    known = values.dropna()
    return {
        "name": str(values.name),
        "kind": kind,
        "used": used,
        "missing": float(values.isna().mean()),
        "distinct": int(known.map(str).nunique() if known.dtype == object else known.nunique()),
        "values": _values(frames.plain(known), kind, dates.day if days else _number),
    }


def _values(known: "pd.Series[Any]", kind: str, said: Callable[[Any], str]) -> str:
    """What a column holds, in a few words."""
    if not len(known) or kind == "dropped":
        return ""
    if kind in ("number", "boolean", "date", "duration") and known.dtype != object and known.dtype != "str":
        if kind == "boolean":
            return f"true {_share(float(known.mean()))}"
        if not pd.api.types.is_numeric_dtype(known):
            return f"{known.min()} to {known.max()}"
        low, median, high = (said(value) for value in (known.min(), known.median(), known.max()))
        return f"{low} to {high}, median {median}"
    if kind in ("text", "date", "duration"):
        return f"such as {_short(known.iloc[0])}"
    shares = known.astype(str).value_counts(normalize=True)
    shown = [f"{_short(label)} {_share(share)}" for label, share in shares.iloc[:3].items()]
    return ", ".join([*shown, *(["…"] if len(shares) > 3 else [])])


def _number(value: Any) -> str:
    value = float(value)
    if abs(value) < 10_000:  # such as years
        return f"{value:.6g}"
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e12 else f"{value:,.6g}"


def _share(share: float) -> str:
    """A share to a tenth of a percent; of none and of all only what is."""
    said = f"{share:.1%}"
    return {"0.0%": "<0.1%", "100.0%": ">99.9%"}.get(said, said) if 0 < share < 1 else said


def _short(value: Any) -> str:
    words = repr(str(value)) if not str(value).strip() else escaped(" ".join(str(value).split()))
    return words if len(words) <= 24 else f"{words[:23]}…"


# -- for a terminal -----------------------------------------------------------------------------------------------


def to_text(found: Mapping[str, Any], width: int) -> str:
    """A description for a terminal.

    Parameters
    ----------
    found : mapping
        What `describe` has returned.
    width : int
        Columns of the terminal.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = found["rows"]
    split = "" if rows["test"] is None else f": {rows['train']:,} to train, {rows['test']:,} to test"
    total = rows["train"] + (rows["test"] or 0)
    columns = text.many(len(found["columns"]), "column")
    lines = [f"{escaped(found['source'])}: {total:,} rows{split}; {columns} beside the target"]
    if found["task"]:
        lines.append(f"target {escaped(found['target']['name'])} ({found['task']}): {_said(found['target'])}")
    table = Table(box=None, pad_edge=False)
    shown = [(one, _kind(one)) for one in found["columns"][:MAX_COLUMNS]]
    name = max((cell_len(escaped(one["name"])) for one, _ in shown), default=0)
    name = max(len("column"), min(MAX_SIGNS, name))
    sides = {"column": name, "kind": max((len(kind) for _, kind in shown), default=0)}
    sides |= {"missing": 7, "distinct": 8}
    for heading, least in sides.items():
        side: Any = "right" if heading in ("missing", "distinct") else "left"
        most = least if heading == "column" else None
        table.add_column(heading, justify=side, no_wrap=True, overflow="ellipsis", min_width=least, max_width=most)
    left = width - sum(max(len(heading), least) + 2 for heading, least in sides.items())
    table.add_column("values", overflow="ellipsis", no_wrap=True, max_width=max(left, MAX_SIGNS))
    for one, kind in shown:
        missing = _share(one["missing"]) if one["missing"] else ""
        table.add_row(*map(Text, (escaped(one["name"]), kind, missing, f"{one['distinct']:,}", one["values"])))
    stream = io.StringIO()
    Console(file=stream, width=width, no_color=True, highlight=False).print(table)
    lines += [line.rstrip() for line in stream.getvalue().splitlines()]
    if len(found["columns"]) > MAX_COLUMNS:
        lines.append(f"… and {len(found['columns']) - MAX_COLUMNS:,} columns more")
    for finding in found["findings"]:
        lines += textwrap.wrap(
            f"- {escaped(finding['message'])}", width, subsequent_indent="  ", break_long_words=False
        )
        lines += [f"  {escaped(remedy)}"] if (remedy := advice(finding)) else []  # in one line, to be copied
    together = all_left_out(found["findings"])
    return "\n".join([*lines, *([f"- {escaped(together)}"] if together else [])])


def _kind(column: Mapping[str, Any]) -> str:
    kind = str(column["kind"])
    return kind if column["used"] or kind in ("dropped", "empty") else f"{kind}, left out"


def _said(target: Mapping[str, Any]) -> str:
    if "classes" not in target:
        return f"{_number(target['low'])} to {_number(target['high'])}, median {_number(target['median'])}"
    shares = sorted(target["classes"].items(), key=lambda item: -item[1])
    positive = "" if target["positive"] is None else f"; {_short(target['positive'])} is the positive class"
    return listed([f"{_short(label)} {_share(share)}" for label, share in shares], 8) + positive
