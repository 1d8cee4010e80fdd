"""Reading overrides: one spelling for each, unknown options and keys refused with the nearest name."""

import functools
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from mlzoo import targets
from mlzoo.composition import config as checks
from mlzoo.composition.schema import schema_keys
from mlzoo.errors import ConfigError, nearest, nearest_name, shown
from mlzoo.grammar import override_value, place, quoted

if TYPE_CHECKING:
    from mlzoo.composition.loader import Loader

log = logging.getLogger(__name__)


SECRET = re.compile(  # `$\\{` is how the sweeper writes `${`; a list, as of marks in a column, is no password
    r"://[^/\s:@]+:(?!\$\\?\{)[^@\s]+@"
    r"|(^|[._{,])(password|passwd|secret|token)\s*[=:]\s*(?!['\"]?\$\\?\{|null|\[)\S"
)
SECRET_IN_STATEMENT = re.compile(  # columns of such names are compared there, with one another too
    r"://[^/\s:@]+:(?!\$\\?\{)[^@\s]+@"
    r"|[._{,](password|passwd|secret|token)\s*==?\s*([ENen]?\\?'|\\?\")(?!\$\\?\{)"
    r"|[?&]([\w-]*_)?(password|passwd|secret|token)=(?!\$\\?\{)[^\s&'\"]"  # of an address
)
STATEMENTS = ("db.query", "db.where")
FUNCTION = re.compile(r"(choice|glob|interval|range|shuffle|sort|tag|extend_list|bool|float|int|json_str|str)\s*\(")
CELL_KEYS = (
    *(f"preprocess.{key}" for key in ("drop", "keep", "kinds", "data_train", "data_test", "space")),
    "models.space",
)
FREE = ("data", "test_data", "validation.splitter", "db.options", "db.params")  # nodes whose keys are anyone's
SHOWN_BY = "`python -m mlzoo --cfg job` with the other words"


def read_words(words: Iterable[str]) -> list[Override]:
    """The words of a command line by Hydra's grammar.

    Raises
    ------
    ConfigError
        With the word that cannot be read, and how it may be meant.
    """
    parser, found = OverridesParser.create(), []
    for word in words:
        try:
            found += parser.parse_overrides([word])
        except HydraException:
            raise ConfigError(_unreadable(word, parser)) from None
    return found


def _unreadable(word: str, parser: OverridesParser) -> str:
    key, equals, value = word.partition("=")
    text = f"{word}: this cannot be read as KEY=VALUE."
    inside = re.fullmatch(r"\[((?:[^\[\]{}'\"]|(?<=[^\[,\s]) ?\[[^\[\]{},'\"]*\])*)\]", value)  # [size [mm],b] too
    meant = override_value([part.strip() for part in inside[1].split(",")] if inside else value)
    try:
        parser.parse_overrides([f"{key}={meant}"])
    except HydraException:
        equals = ""
    if not equals or (value.startswith(("[", "{")) and not inside) or FUNCTION.match(value):
        return f"{text} Its grammar: https://hydra.cc/docs/advanced/override_grammar/basic"
    each = ",".join(override_value(part.strip()) for part in value.split(","))
    several = (
        "" if inside or "," not in value or " " in value else f" (one text), or {quoted(f'{key}={each}')} (several)"
    )
    return (
        f"{text} A text with other signs than the letters a to z, digits and _ - . / : % + needs quotes of its own, "
        f"within those of the shell: {quoted(f'{key}={meant}')}{several}"
    )


def refuse_secrets(words: Iterable[str]) -> None:
    """Refuse a password spelled out on the command line: it would stand in the record and in the shell's history.

    Raises
    ------
    ConfigError
        That names the key, not the value.
    """
    for word in words:
        key = word.partition("=")[0]
        if (SECRET_IN_STATEMENT if key.lstrip("+") in STATEMENTS else SECRET).search(word):
            raise ConfigError(
                f"{key} spells out a password: put it into an environment variable NAME and write ${{oc.env:NAME}}."
            )


def refuse_several(words: Iterable[Override]) -> None:
    """Refuse several values of a key in one run.

    Raises
    ------
    ConfigError
        With the word, and how several values are written.
    """
    several = next((word for word in words if word.is_sweep_override()), None)
    if several is not None:
        raise ConfigError(
            f"{several.input_line}: several values, one run: python -m mlzoo -m … runs each of them. A list stands in "
            "brackets, KEY=[a,b], a text with commas in quotes of its own, 'KEY=\"a, b\"', and a number has a decimal "
            "point, 0.1."
        )


def refuse_both(words: Iterable[Override]) -> None:
    """Refuse a key that is given a list by one word and a node by another, which cannot be merged.

    Raises
    ------
    ConfigError
        With both.
    """
    given: dict[str, Override] = {}
    for word in words:
        before = given.setdefault(word.key_or_group, word)
        if {type(before.value()), type(word.value())} == {list, dict}:
            raise ConfigError(
                f"{before.input_line} and {word.input_line}: {word.key_or_group} is one of both, a list or names with "
                "values: write all of it in one."
            )


def normalise(
    overrides: Sequence[Override], loader: "Loader", config_name: str | None, hydras: Sequence[str] = ()
) -> list[str]:
    """Overrides in their one spelling: groups with `+` only where the defaults don't hold them, keys without.

    Parameters
    ----------
    overrides : sequence of Override
        Parsed by Hydra.
    loader : Loader
        What knows the groups and the composed defaults.
    config_name : str or None
        The primary config.
    hydras : sequence of str
        Overrides of Hydra's own nodes.

    Returns
    -------
    list of str
        In the given order.

    Raises
    ------
    ConfigError
        If an option does not exist.
    """
    groups = [word for word in overrides if loader.is_group(word.key_or_group) and not isinstance(word.value(), dict)]
    last = {(word.key_or_group, word.package): word for word in groups}
    overrides = [w for w in overrides if w not in groups or w is last[w.key_or_group, w.package]]
    groups = list(last.values())
    for word in groups:
        _check_option(word, loader)
    held = _held(groups, loader, config_name, hydras) if groups else set()
    added = [word for word in groups if _placed(word) not in held]
    return [spelled(word, loader.is_group, plus="+" if word in added else "") for word in overrides]


def check_declared(words: list[str], base: DictConfig, loader: "Loader") -> None:
    """Refuse keys that are in no file.

    Parameters
    ----------
    words : list of str
        What `normalise` has returned.
    base : DictConfig
        The config with its groups chosen and no value changed.
    loader : Loader
        What knows the groups.

    Raises
    ------
    ConfigError
        If a key does not exist, with the nearest one.
    """
    known = set(schema_keys())
    for line in words:
        key = line.partition("=")[0]
        if not line.startswith(("+", "~")) and key not in known and not loader.is_group(key.partition("@")[0]):
            _check_declared(key, words, base, loader)


def make_room(words: Iterable[str], base: DictConfig) -> None:
    """Empty ranges that words write in the other form, choices in place of ends, which Hydra could not merge."""
    find = functools.partial(OmegaConf.select, base, throw_on_resolution_failure=False)
    for word in read_words(words):
        key, value = word.key_or_group, word.value()
        inner = {f"{key}.{name}": one for name, one in value.items()} if isinstance(value, dict) else {}
        for name, one in {key: value, **inner}.items():
            held = find(name) if re.match(r"(preprocess|models)\.space\.", name) else None
            other = dict if OmegaConf.is_list(held) else list if OmegaConf.is_dict(held) else ()
            if isinstance(one, other):
                OmegaConf.update(base, name, None)


def _held(groups: list[Override], loader: "Loader", config_name: str | None, hydras: Sequence[str]) -> set[str]:
    """The groups held by the primary config's defaults, or by an option that is chosen, such as an experiment."""
    held = set(loader.inner.held_groups(config_name, hydras))
    others = [word for word in groups if word.key_or_group not in checks.CELL and not word.is_delete()]
    words: list[str] = []
    added = set()
    for word in sorted(others, key=lambda word: word.key_or_group != "experiment"):  # it may hold the others
        if _placed(word) not in held:
            added.add(_placed(word))
        words.append(spelled(word, loader.is_group, plus="+" if _placed(word) in added else ""))
        held |= loader.inner.held_groups(config_name, [*hydras, *words]) - added
    return held


def _placed(word: Override) -> str:
    """A group as defaults lists hold it: with its package, where it has one."""
    return word.key_or_group if word.package is None else f"{word.key_or_group}@{word.package}"


def spelled(word: Override, is_group: Callable[[str], bool], *, plus: str) -> str:
    """An override as text with the given plus sign; `models/C=0.1` becomes `models.type.C=0.1`, with a notice."""
    line = str(word.input_line)
    if word.is_delete():
        return line
    key, equals, value = line.lstrip("+").partition("=")
    group, slash, rest = key.partition("/")
    if slash and group in checks.CELL and not is_group(key):
        inner = rest.replace("/", ".")
        spelled = f"{group}.{inner}" if inner.split(".")[0] in ("type", "space") else f"{group}.type.{inner}"
        notice(f"{line}: read as {spelled}={value}")
        key = spelled
    return f"{plus}{key}{equals}{value}"


def is_shown(log: logging.Logger) -> bool:
    """Whether a terminal shows the warnings of a log; where nothing is configured, Python's last resort does."""
    handlers = logging.getLogger().handlers
    open_ones = [one for one in handlers if not isinstance(one, logging.FileHandler) and one.level <= logging.WARNING]
    return log.isEnabledFor(logging.WARNING) and (bool(open_ones) or not handlers)


@functools.cache
def notice(text: str) -> None:
    """Say something once; a warning, for nothing less is shown before logging is configured."""
    log.warning(text)


def as_forced(word: str, loader: "Loader") -> str:
    """A value override as Hydra wants it whether or not the key is there (`++`); groups and deletions as they are."""
    (read,) = read_words([word])
    of_group = loader.is_group(read.key_or_group) and not isinstance(read.value(), dict)
    return word if of_group or read.type != OverrideType.CHANGE else f"++{word}"


def as_hydra_takes_them(words: Iterable[str], loader: "Loader") -> list[str]:
    """Words by `as_forced`, the options of a cell first: what files of overrides, as experiments, say of them holds."""
    added = tuple(f"+{group}=" for group in checks.CELL)
    return [as_forced(word, loader) for word in sorted(words, key=lambda word: not word.startswith(added))]


def _check_option(word: Override, loader: "Loader") -> None:
    option: Any = word.value()
    group = word.key_or_group
    several = isinstance(option, list)  # of which each is merged into those before
    if word.is_sweep_override() or (word.is_delete() and isinstance(option, str | None)):
        return
    if word.is_delete() or not all(isinstance(one, str) for one in (option if several else [option])):
        raise ConfigError(f"{word.input_line}: {group or 'a group'} takes the name of an option.")
    unknown = next((one for one in (option if several else [option]) if not loader.has_option(group, one)), None)
    if unknown is not None:
        options = loader.options(group)
        hint = nearest(unknown, options)
        raise ConfigError(f"{group}={unknown}: {group} has no such option.{hint} It has: {', '.join(options)}.")
    if several and len(option) > 1 and group in (*checks.CELL, "dataset"):
        raise ConfigError(
            f"{word.input_line}: a run takes one {group} option. Without the brackets a multirun runs each: "
            f"-m {group}={','.join(option)}"
        )


def _holding(key: str, loader: "Loader") -> list[str]:
    """The options of a key's group, other than the chosen one, that hold it."""
    group, _, rest = key.partition(".")
    if not rest or group in checks.CELL or not loader.is_group(group):
        return []
    found = []
    for option in loader.options(group):
        loaded = loader.inner.repository.load_config(f"{group}/{option}")
        node: Any = None if loaded is None else OmegaConf.to_container(loaded.config, resolve=False)
        *parents, last = rest.split(".")
        for name in parents:
            node = node.get(name) if isinstance(node, dict) else None
        if isinstance(node, dict) and last in node:
            found.append(f"{group}={option}")
    return found


def _check_declared(key: str, words: list[str], base: DictConfig, loader: "Loader") -> None:
    if any(key.startswith(f"{free}.") for free in FREE) or key in CELL_KEYS:
        return
    head = key.partition(".")[0]
    if head not in checks.CELL and head not in base and loader.is_group(head):
        raise ConfigError(f"{key}: no {head} option is chosen. Add +{head}=OPTION: {', '.join(loader.options(head))}.")
    parent, _, last = key.rpartition(".")
    holder: Any = OmegaConf.select(base, parent) if parent else base
    if OmegaConf.is_list(holder) or (OmegaConf.is_dict(holder) and last in list(holder)):  # `in` does not see ???
        return
    if OmegaConf.is_dict(holder) and place(holder, last) != last:
        raise ConfigError(f"{key}: {last} is a number there, which is given with its node: {parent}={{{last}:VALUE}}.")
    known = [f"{parent}.{name}" if parent else str(name) for name in (holder if OmegaConf.is_dict(holder) else [])]
    if OmegaConf.is_dict(holder) and "_target_" in holder:
        path = next((w.partition("=")[2] for w in words if w.startswith(f"{parent}._target_=")), holder["_target_"])
        arguments = targets.parameters(targets.find(path, where=parent))
        if arguments is None or last in arguments:
            return
        known += [f"{parent}.{name}" for name in arguments]
        if key.startswith(tuple(f"{group}.type." for group in checks.CELL)):
            own = [*(str(name) for name in holder if name != "_target_"), *arguments]
            near = nearest_name(last, own) or next((name for name in own if len(name) == len(last) == 1), None)
            hint = f"Did you mean '{parent}.{near}'?" if near else f"{path} takes {shown(arguments, 20)}."
            raise ConfigError(f"{key}: there is no such key. {hint} {SHOWN_BY} shows the keys.")
    if key.startswith(tuple(f"{group}.space." for group in checks.CELL)):
        return  # a range: its parameter and its keys are checked with the composed config
    arguments = [
        f"{group}.type.{name}" for group in checks.CELL for name in OmegaConf.select(base, f"{group}.type") or {}
    ]
    within = [f"{name!s}.{inner!s}" for name, node in base.items() if OmegaConf.is_dict(node) for inner in node]
    everywhere = [*arguments, *CELL_KEYS, *schema_keys(), *within]
    elsewhere = next((one for one in everywhere if one.rpartition(".")[2] == last), None)
    known += [*everywhere, *loader.list_groups("")]
    hint = f" Did you mean {elsewhere!r}?" if elsewhere else nearest(key, known)
    options = _holding(key, loader)
    if options:
        hint = f" It belongs to {' or '.join(options)}, which is not chosen."
    raise ConfigError(
        f"{key}: there is no such key.{hint} {SHOWN_BY} shows the keys; nodes of your own belong into a YAML file."
    )
