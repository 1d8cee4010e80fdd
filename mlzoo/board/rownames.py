"""What the rows of a leaderboard are called: the cell, and the overrides that vary among the rows."""

from collections.abc import Iterable, Sequence

from mlzoo import text
from mlzoo.record import Record

NOT_IN_NAMES = (  # keys that stand in no row's name: of the board, of where a run is carried out and what it keeps
    *("dataset", "export", "metrics", "rope", "n_jobs", "timeout_s", "memory_gb", "backend", "storage", "persist"),
)
LONGEST = 24  # letters of a row's name that a chart has room for


def row_ids(records: Sequence[Record], sets: Sequence[str] | None = None) -> list[str]:
    """The rows' names: the cell, and the overrides that vary among the rows (`complex-lr C=0.1`).

    With the data set of each, the overrides that vary among the rows of a set: so a row has one name on all sets.
    """
    sets = sets or [""] * len(records)
    given = [overrides_of(one["overrides"]) for one in records]
    if _one_table(records):  # wherever it was read from
        given = [{key: value for key, value in words.items() if key not in ("data", "test_data")} for words in given]
    keys = list(dict.fromkeys(key for words in given for key in words))
    within = [[words for words, of in zip(given, sets, strict=True) if of == one] for one in dict.fromkeys(sets)]
    varying = [key for key in keys if any(len({words.get(key, "") for words in some}) > 1 for some in within)]
    short = {key: key.rpartition(".")[2] for key in varying}
    clashing = {name for name in short.values() if list(short.values()).count(name) > 1}
    labels: list[tuple[str, str]] = []
    for one, words, of in zip(records, given, sets, strict=True):
        parts = [_shown(key if short[key] in clashing else short[key], words[key]) for key in varying if key in words]
        labels.append((of, " ".join([one["cell"], *parts])))
    twice = {label[1] for label in labels if labels.count(label) > 1}  # on a set: numbered on all, to stay one row
    return [
        f"{label[1]} #{labels[: i + 1].count(label)}" if label[1] in twice else label[1]
        for i, label in enumerate(labels)
    ]


def labels(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The names of all rows as a chart has room for them: one row has one label in every chart.

    Where one is too long, all are the values of their overrides (`complex-lr 0.1`), without the cell where it is that
    of all; where these are too long too, or do not tell rows apart, they are cut, behind their places on the board.

    Parameters
    ----------
    names : sequence of str
        As `row_ids` gives them, in the order of the board.

    Returns
    -------
    labels : dict
        The label of each name, spelled so that a chart takes nothing in it for markup.
    left_out : list of str
        The keys of which labels have the values alone.
    """
    words = [name.split(" ") for name in names]
    keys = {tuple(word.partition("=")[0] for word in of[1:] if "=" in word) for of in words}
    bare = [[of[0], *(word.partition("=")[2] or word for word in of[1:])] for of in words]
    every = [words, *([bare] if len(keys) == 1 else [])]
    if len(keys) == 1 and len({of[0] for of in words}) == 1 and min(map(len, bare)) > 1:
        every.append([of[1:] for of in bare])
    for told in every:
        found = [" ".join(of) for of in told]
        if max(map(len, found)) <= LONGEST and len(set(found)) == len(found):
            left = [] if told is words else list(dict.fromkeys(keys.pop()))
            return {name: text.shown(label) for name, label in zip(names, found, strict=True)}, left
    return {name: text.shown(f"{place}: {name}", LONGEST) for place, name in enumerate(names, 1)}, []


def _one_table(records: Sequence[Record]) -> bool:
    """Whether all runs are known to have read the same files."""
    data = [one.content.get("data") or {} for one in records]
    found = {tuple(one.get(part, {}).get("sha256") for part in ("train", "test")) for one in data}
    return len(found) == 1 and None not in found.pop()


def _shown(key: str, value: str | None) -> str:
    return f"~{key}" if value is None else f"{key}={value}"


def overrides_of(words: Iterable[str]) -> dict[str, str | None]:
    """Values by key, of those that the name of a row may hold; None where the key is deleted."""
    pairs = ((word, word.lstrip("+~").partition("=")) for word in words)
    found = {key: None if word.startswith("~") else value for word, (key, _, value) in pairs}
    cell = ("preprocess", "models")
    return {key: value for key, value in found.items() if key not in cell and key.partition(".")[0] not in NOT_IN_NAMES}
