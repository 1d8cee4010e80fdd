"""Values and overrides as Hydra's grammar writes them."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlzoo.errors import nearest_name

RESERVED = ("null", "true", "false", "nan", "inf")  # words that are no text without quotes
WORD = re.compile(r"[A-Za-z_](?:[\w ./%+*?|()\[\]:=,-]*[\w.%)\]])?", flags=re.ASCII)
KEYED = re.compile(r"(?!-)[^\s=\[\]{}()]+=(?!=)")  # what begins as an override does


def override_value(value: Any) -> str:
    """A value as Hydra's override grammar writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", value) and value.lower() not in RESERVED:
            return value
        escaped = re.sub(r"(\\+)(?='|$)", r"\1\1", value).replace("'", "\\'")
        return f"'{escaped}'"
    if isinstance(value, list):
        return f"[{','.join(map(override_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(str(key))}:{override_value(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


def leaves(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a node, however deep, by their dotted keys; lists, and mappings that are empty, are values."""
    if isinstance(node, Mapping) and node:
        for name, inner in node.items():
            yield from leaves(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, node


def place(node: Mapping[Any, Any], part: str) -> Any:
    """The key of a node that a part of a dotted key names: one that is written so, such as the number of a class."""
    return next((key for key in node if str(key) == part), part)


def drop_override(names: Iterable[str]) -> str:
    """The override that leaves columns out, `preprocess.drop=[a,b]`."""
    return f"preprocess.drop={override_value(list(names))}"


def is_word(name: str) -> bool:
    """Whether a name can be a key in a value of Hydra's grammar, which takes no quotes there."""
    return name.lower() not in RESERVED and WORD.fullmatch(name) is not None


def _key(name: str) -> str:
    return re.sub(r"[()\[\]:=,]", r"\\\g<0>", name)


def missing_override(name: str, mark: str) -> str:
    """The override that takes a mark in a column for a missing value.

    A number is one in this column alone, if its name is a word: in others it may be a value.
    """
    alone = mark.strip().isdigit() and is_word(name)
    return f"read.na_values={override_value({name: [mark]} if alone else [mark])}"


def quoted(word: str) -> str:
    """A word as a shell takes it: in double quotes where it holds single ones, and nothing that double ones let by."""
    return f'"{word}"' if "'" in word and not re.search(r'["$`!]|\\(\\|$)', word) else shlex.quote(word)


def override(key: str, value: Any) -> str:
    """An override as a shell takes it."""
    return quoted(f"{key}={override_value(value)}")


def nearest_override(key: str, word: str, known: Iterable[str]) -> str:
    """A hint as `errors.nearest` gives it, but for names that need quotes with the override to type."""
    name = nearest_name(word, known)
    if name is None:
        return ""
    typed = override(key, name)
    return f" Did you mean {repr(name) if typed == f'{key}={name}' else typed}?"


def kind_override(kind: str, name: str, given: Iterable[str] = ()) -> str:
    """The override that sets a column's kind by hand, beside those `given`: `columns.date=[a]`, as a shell takes it."""
    return override(f"columns.{kind}", [*given, name])


def command(*words: str) -> str:
    """A command of mlzoo's as a shell takes it."""
    return shlex.join(["python", "-m", "mlzoo", *words])


def joined(words: Iterable[str]) -> str:
    """Words as one line that a shell takes."""
    return " ".join(map(quoted, words))


def torn(words: Sequence[str], stray: str, verbs: Iterable[str]) -> str:
    """A hint where a shell may have torn a value at a blank, as in `preprocess.drop=[a, b]` without quotes.

    A list is as long as it is open; any other value goes to the next KEY= or flag, and what is like a verb is none.

    Parameters
    ----------
    words : sequence of str
        All words of the command line.
    stray : str
        The one that is neither a verb nor KEY=VALUE.
    verbs : iterable of str
        What it may be meant for.
    """
    at, known = words.index(stray), list(verbs)
    if stray.isidentifier() or "." in stray:
        behind = "".join(words[at + 1 : at + 3])
        if behind.startswith("=") and len(behind) > 1:  # KEY = VALUE and KEY =VALUE
            return f" No blank stands beside the sign =: {quoted(stray + behind)}."
    begin = next((here for here in range(at - 1, -1, -1) if KEYED.match(words[here])), None)
    if begin is None:
        return ""
    value = words[begin]
    for word in words[begin + 1 :]:
        is_open = any(value.count(mark) > value.count(end) for mark, end in ("[]", "{}", "()"))
        ends = KEYED.match(word) or word.startswith(("-", "~"))
        like_verb = not value.endswith(",") and nearest_name(word, known) is not None
        if not is_open and (ends or like_verb):
            break
        value += f" {word}"
    return f" A value with a blank needs quotes: {quoted(value)}." if value != words[begin] else ""
