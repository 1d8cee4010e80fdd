"""What can go wrong, as one tree.

- MlzooError: everything that mlzoo reports to its user; its text says what is wrong, where, and what to do
    - ConfigError: a key, an option or a value of the config
        - UndrawnError: a factory asked for a name that its trial did not draw
    - DataError: a file, a table or a column
        - EmptyFileError: a file in which nothing stands
        - MissingTargetError: a table of which some rows have no target
        - NothingToLearnError: a table without a column that a model could learn from
    - FitError: an estimator failed while it was fitted or scored
        - SearchError: every trial of a search failed, or too many
    - BackendError: where fits run, or where a study is stored
    - RecordError: a run folder that is missing, incomplete or does not fit the others
"""

import difflib
import unicodedata
from collections.abc import Iterable, Sequence


class MlzooError(Exception):
    """An error to be read by the user: its text stands alone, without a traceback."""


class ConfigError(MlzooError):
    """A key, an option or a value of the config is wrong."""


class UndrawnError(ConfigError):
    """A factory asked for a name that its trial did not draw."""


class DataError(MlzooError):
    """A file, a table or a column is wrong."""


class EmptyFileError(DataError):
    """Nothing stands in a file."""


class MissingTargetError(DataError):
    """Some rows of a table have no target."""


class NothingToLearnError(DataError):
    """No column of a table is left that a model could learn from."""


class FitError(MlzooError):
    """An estimator failed while it was fitted or scored."""


class SearchError(FitError):
    """Every trial of a search failed, or too many."""


class BackendError(MlzooError):
    """Where fits run, or where a study is stored, there is trouble that is none of a fit's."""


class RecordError(MlzooError):
    """A run folder is missing, incomplete or does not fit the others."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint to append to an error: the known name nearest to `word`, or nothing."""
    name = nearest_name(word, known)
    return "" if name is None else f" Did you mean {name!r}?"


def nearest_name(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, if one is near."""
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6 if len(word) > 3 else 0.5)
    return names[close[0]] if close else None


def shown(names: Iterable[object], most: int = 30) -> str:
    """Names with commas between them, of many the first ones."""
    texts = list(map(str, names))
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def listed(names: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; `a, b and 5 more`."""
    kept = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}" if kept else ""


def first_line(error: object) -> str:
    """What a library says is wrong, without the lines below it; the name of its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def escaped(text: str) -> str:
    """A text in which what a terminal would carry out, or would not show, is spelled out; blanks of any width stay."""
    return "".join(
        sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else repr(sign)[1:-1] for sign in text
    )
