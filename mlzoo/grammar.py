"""Values and overrides as Hydra's grammar writes them."""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any


def override_value(value: Any) -> str:
    """A value as Hydra's override grammar writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        reserved = value.lower() in ("null", "true", "false", "nan", "inf")
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", value) and not reserved:
            return value
        escaped = re.sub(r"(\\+)(?='|$)", r"\1\1", value).replace("'", "\\'")
        return f"'{escaped}'"
    if isinstance(value, list):
        return f"[{','.join(map(override_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{override_value(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


def drop_override(names: Iterable[str]) -> str:
    """The override that leaves columns out, `preprocess.drop=[a,b]`."""
    return f"preprocess.drop={override_value(list(names))}"


def quoted(word: str) -> str:
    """A word as a shell takes it: in double quotes where it holds single ones, and nothing that double ones let by."""
    return f'"{word}"' if "'" in word and not re.search(r'["$`\\!]', word) else shlex.quote(word)


def kind_override(kind: str, name: str) -> str:
    """The override that sets a column's kind by hand, `columns.date=[a]`, as a shell takes it."""
    return quoted(f"columns.{kind}={override_value([name])}")


def joined(words: Iterable[str]) -> str:
    """Words as one line that a shell takes."""
    return " ".join(map(quoted, words))
