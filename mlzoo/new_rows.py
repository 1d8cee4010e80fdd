"""New rows as a run reads them: by the options, the kinds and the marks of its train file."""

import os
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from mlzoo import idx, record
from mlzoo.composition import config as checks
from mlzoo.composition.schema import Read
from mlzoo.errors import ConfigError, DataError, listed, nearest
from mlzoo.grammar import override_value
from mlzoo.reading import files, frames
from mlzoo.reading.opening import NEW
from mlzoo.reading.source import Source, with_numbers
from mlzoo.record import Record
from mlzoo.tables import conversion


def options_of(read: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `read` that were given, of the types that they have in a config.

    Raises
    ------
    ConfigError
        If there is no such option, or it cannot be.
    """
    known = [one.name for one in fields(Read)]
    unknown = next((key for key in read if key not in known), None)
    if unknown is not None:
        every = [f"read.{key}" for key in known]
        raise ConfigError(
            f"read.{unknown}: there is no such key.{nearest(f'read.{unknown}', every)} There are: {listed(every, 9)}."
        )
    typed = checks.plain({"read": dict(read)})["read"]
    return {key: typed[key] for key in read}


def as_read(run: Record, options: Mapping[str, Any]) -> str:
    """By which options that decide its columns a file was read, and what to do where it is written otherwise."""
    by_run = {**(record.read_config(run.folder).get("read") or {}), **options}
    known = {
        key: value for key, value in by_run.items() if key in ("sep", "encoding", "skiprows") and value is not None
    }
    given = [f"read.{key}={override_value(value)}" for key, value in known.items()]
    if not given:
        return ""
    whose = "" if options else "the run's "
    return (
        f" It was read with {whose}{listed(given)}: write it as the train file is, or pass what it is written with, "
        "read.KEY=VALUE (null: found out from the file)."
    )


def read(run: Record, source: Any, name: str, options: Mapping[str, Any], ids: Collection[str] = ()) -> Source:
    """A DataFrame, or the rows of a file, with the columns of the run as numbers and text, and the `ids` as text.

    Raises
    ------
    ConfigError
        If `options` are given of what is no file of text.
    DataError
        If there are no rows, or the file cannot be read.
    """
    train, columns = run["data"]["train"], run["data"]["columns"]
    used, beside = train["columns"].__contains__, {*ids}.difference(train["columns"])
    text = {*columns["category"], *columns.get("text", []), *beside}
    decimal, points = train.get("decimal", "."), train.get("points", {})
    numbers = {*columns["number"]} - {*columns.get("date", [])}
    if not isinstance(source, pd.DataFrame | str | os.PathLike):
        raise DataError(f"predict takes a DataFrame or the name of a file, not the type {type(source).__name__}.")
    if isinstance(source, pd.DataFrame):
        if options:
            raise ConfigError(f"read={dict(options)} says how a file is read, and {name} is none: leave it out.")
        if source.empty:
            raise DataError(f"{name} holds no rows.")
        marks = (record.read_config(run.folder).get("read") or {}).get("na_values")
        table = Source(frames.tidy(source, name, used), name)
        points = {**train.get("dotted", {}), **points}
        return with_numbers(table, marks, text, numbers, points, by_hand=False, decimal=decimal)
    if Path(source).is_file() and idx.is_idx(Path(source)):
        if options:
            raise ConfigError(
                f"{name} holds images, of which read.* says nothing: leave read.{next(iter(options))} out."
            )
        return Source(idx.read_images(Path(source)), name)
    by_run = {**(record.read_config(run.folder).get("read") or {}), **options}
    other = {"text": text, "numbers": numbers, "used": used, "points": points}
    return files.read(source, by_run, where=NEW, decimal=decimal, by_hand=False, **other)


def kinds_of(run: Record, options: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns of the run by kind, as `conversion.as_kinds` reads new rows by them."""
    columns = dict(run["data"]["columns"])
    columns["boolean"] = run["data"]["train"].get("booleans") or columns.get("boolean", [])
    if options.get("dayfirst") is not None:
        first, other = conversion.ORDERS[options["dayfirst"]], conversion.ORDERS[not options["dayfirst"]]
        columns |= {first: columns.get("date", []), other: []}
    return columns
