"""Every key of a config, its type and its default."""

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Read:
    """How files are read; None: found out from the file."""

    sep: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    na_values: Any = None
    skiprows: int | None = None
    dayfirst: bool | None = None


@dataclass
class Split:
    """How a test split is made where only `data` is given."""

    test_size: float = 0.25
    seed: int = 123
    group: str | None = None
    time: str | None = None
    column: str | None = None


@dataclass
class Columns:
    """Names of the columns whose kind is set by hand."""

    number: list[str] = field(default_factory=list)
    boolean: list[str] = field(default_factory=list)
    category: list[str] = field(default_factory=list)
    date: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


@dataclass
class Schema:
    """Every key that mlzoo itself reads; `conf/config.yaml` says what each means."""

    target: str = "Survived"
    task: str | None = None
    missing_target: str = "error"
    positive: Any = None
    metric: str | None = None
    metrics: list[str] = field(default_factory=list)
    seed: int = 123
    dataset: Any = None
    data: Any = None
    test_data: Any = None
    db: Any = None
    read: Read = field(default_factory=Read)
    sample: int | None = None
    columns: Columns = field(default_factory=Columns)
    split: Split = field(default_factory=Split)
    n_trials: int | None = None
    batch_size: int = 8
    race: bool | None = None
    n_jobs: int = -1
    timeout_s: float | None = None
    memory_gb: float | None = None
    max_failures: int | None = None
    budget_s: float | None = None
    accelerator: str | None = None
    rope: float = 0.01
    export: str | None = None
    persist: str = "joblib"
    validation: Any = None
    sampler: Any = None
    storage: Any = None
    backend: Any = None
    preprocess: Any = None
    models: Any = None
    origin: Any = None


def schema_keys() -> list[str]:
    """Every dotted key of the schema."""
    inner = {"read": Read, "columns": Columns, "split": Split}
    names = [f.name for f in fields(Schema) if f.name != "origin"]
    return names + [f"{name}.{f.name}" for name, part in inner.items() for f in fields(part)]
