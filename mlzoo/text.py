"""Numbers and names as people read them, on a terminal and on the page."""

import html
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

DASH = "–"
LONGEST = 30  # characters of a name at an axis
FEWER = 3  # decimals of scores of 100 and more
MAX_DIGITS = 7  # behind the point, before a power of ten is shorter
HUGE = 1e12  # from which a power of ten is shorter
NOISE = 1e-14  # below which a difference of scores may be one of rounding alone


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def plain(value: Any) -> Any:
    """A number as Python's own; None for NaN and infinities."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def score(value: Any, digits: int = 4, *, sign: bool = False, tiny: bool = True) -> str:
    """A score with four decimals; one where it is large, a power of ten where it is huge or would be zeros.

    Zero has no sign.
    """
    value = plain(value)
    if not is_number(value):
        return DASH
    if abs(value) >= HUGE:
        told = f"{value:+.{max(4, digits)}e}"
    elif abs(value) >= 100:
        told = f"{value:+,.{max(1, digits - FEWER)}f}"
    elif tiny and NOISE < abs(value) < 0.5 * 10.0 ** -min(digits, MAX_DIGITS):
        told = f"{value:+.1e}"
    else:
        told = f"{value:+.{digits}f}"
    if not told.strip("+-0."):
        return told[1:]
    return told if sign else told.removeprefix("+")


def rank(value: Any) -> str:
    """A rank, which is a half where rows share it."""
    return f"{value:g}" if is_number(plain(value)) else DASH


def interval(low: Any, high: Any, digits: int = 4, *, sign: bool = False) -> str:
    """An interval of scores, with as many more decimals as it takes to tell its ends apart."""
    ends = plain(low), plain(high)
    if not all(map(is_number, ends)):
        return DASH
    digits = _decimals(*ends, digits)
    if digits > MAX_DIGITS and max(map(abs, ends)) < 10.0**-MAX_DIGITS:
        return " to ".join(f"{end:{'+' if sign else ''}.2e}" for end in ends)
    return " to ".join(score(end, digits, sign=sign, tiny=False) for end in ends)


def decimals(like: Any, value: Any = None) -> int:
    """How many decimals a score has that stands beside another one: fewer beside a large one, but two digits."""
    least = 1 if is_number(plain(like)) and abs(like) >= 100 else 4
    own = 1 - math.floor(math.log10(abs(value))) if is_number(plain(value)) and abs(value) > NOISE else 0
    return max(least, min(own, 4))


def estimate(
    value: Any, low: Any, high: Any, digits: int = 4, *, sign: bool = False, like: Any = None
) -> tuple[str, str]:
    """A score and its interval, with four and `digits` decimals, or with as many more as show the one in the other.

    Beside scores such as `like` that are large they have fewer.
    """
    value, low, high = plain(value), plain(low), plain(high)
    fine = decimals(like, value)
    digits = min(digits, fine)
    if all(map(is_number, (value, low, high))):
        fine = _decimals(low, high, fine)
        if not round(low, digits) <= round(value, fine) <= round(high, digits):
            digits = fine  # numbers that are rounded alike keep their order
    told = score(value, fine, sign=sign)
    if is_number(value) and fine > MAX_DIGITS and abs(value) <= NOISE:  # no rounding, beside such an interval
        told = f"{value:{'+' if sign else ''}.1e}"
    return told, interval(low, high, digits, sign=sign)


def _decimals(low: float, high: float, least: int) -> int:
    """Decimals that tell two numbers apart; of what may differ by rounding alone the least number of them."""
    width, size = abs(high - low), max(abs(low), abs(high))
    if width <= NOISE * size:
        return least
    if size >= HUGE:
        return max(least, math.ceil(-math.log10(width / size)))
    return max(least, math.ceil(-math.log10(width)) + (FEWER if size >= 100 else 0))


def width(value: float) -> str:
    """A difference in two digits, and no power of ten for a large one that is not huge."""
    return f"{value:,.0f}" if 100 <= round(value) < HUGE else f"{value:.2g}"


def if_known(before: str, told: str) -> str:
    """A text behind another; nothing, where it is not known."""
    return "" if told == DASH else f"{before}{told}"


def p_value(value: Any) -> str:
    """A p-value or a probability."""
    value = plain(value)
    if not is_number(value):
        return DASH
    if value < 0.001:
        return "<0.001"
    if 0.0495 <= value < 0.05:  # which would be 0.050, and is below it
        return f"{math.floor(1e4 * value) / 1e4:.4f}"
    return f"{value:.3f}"


def whole_shares(parts: Sequence[float]) -> list[int]:
    """Parts of one in whole per cent that add up to 100: those that lose most by being cut are rounded up."""
    cut = [math.floor(100 * part) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: cut[at] - 100 * parts[at])
    for at in order[: max(0, 100 - sum(cut))]:
        cut[at] += 1
    return cut


def seconds(value: Any) -> str:
    """Seconds, in three digits, down to the tenth of a millisecond."""
    value = plain(value)
    if not is_number(value):
        return DASH
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:,.1f}"


def count(value: Any) -> str:
    """A whole number."""
    return f"{value:,}" if is_number(value) else DASH


def many(number: int, word: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def short(value: Any, most: int = LONGEST) -> str:
    """A text in one line, its middle left out where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else f"{text[: most - 9]}…{text[-8:]}"


def shown(value: Any, most: int = LONGEST) -> str:
    """A text within a chart: shortened, and spelled so that Plotly takes nothing in it for markup."""
    return html.escape(short(value, most), quote=False)


def distinct(names: Sequence[str], most: int = LONGEST) -> list[str]:
    """Texts within a chart that stay apart when they are shortened: without the words that they begin with alike."""
    cut = [shown(name, most) for name in names]
    for text in {one for one in cut if cut.count(one) > 1}:
        alike = [at for at, one in enumerate(cut) if one == text]
        whole = [short(names[at], sys.maxsize) for at in alike]
        first, last = min(whole), max(whole)
        same = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
        begun = len(re.sub(r"[^\W_]+$", "", first[:same]))
        for at, name in zip(alike, whole, strict=True) if begun else ():
            cut[at] = shown(f"…{name[begun:]}", most)
    made: list[str] = []
    for text in cut:
        numbered = (f"{text} ({number})" for number in range(1, len(names) + 1))
        free = (one for one in numbered if one not in made and one not in cut)
        made.append(text if cut.count(text) == 1 else next(free))
    return made


def rounded(values: Any, digits: int = 4) -> list[Any]:
    """Numbers to this many significant digits, which is what a chart can show; None for NaN."""
    return [None if plain(value) is None else float(f"{value:.{digits}g}") for value in values]
