"""How numbers are written as text, with their marks, signs and units, and what stands for a missing one."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

PLAIN = {"na", "n/a", "nan", "<na>", "null", "none", "#n/a", "#na", "#n/a n/a"}  # that pandas reads as missing
NA_MARKERS = {  # that stand for a missing number, in lower case
    *PLAIN,
    *("?", "-", "--", "---", ".", "..", "...", "…", "*", "**", "/", "_", "#", "n.a.", "n. a.", "n/d", "nd", "n.d."),
    *("\u2212", "\u2013", "#nv", "#n/d", "#wert!", "#bezug!", "#num!", "#zahl!", "#null!", "#name?"),
    *("nil", "missing", "unknown", "undefined", "unavailable", "not available", "#value!", "#div/0!", "#ref!", "k.a."),
}
TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "t": 1.0, "f": 0.0, "y": 1.0, "n": 0.0, "1": 1.0, "0": 0.0}
WORDS = {"NA", "N/A", "n/a", "None", "NULL", "Null", "null"}  # of these, such as may be values
MADE_BY_STR = {"nan", "<NA>", "NaT"}  # of a missing value
GROUPS = (",", ".", "'", "’", " ", "\xa0", "\u202f", "\u2009")  # marks between thousands
SIGNS = r"(?:[%€$£¥₹₽₩₺₴₪₫₱฿]|EUR|USD|GBP|CHF|R\$|kr|zł|Kč)"  # that stand before or behind a number, one for all values
BLANK = "[ \t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*"  # for \s Arrow is not used
MINUS = {  # as accounts are written: ($369.80) and 369.80-, by what they are otherwise
    rf"^{BLANK}({SIGNS}?){BLANK}\({BLANK}((?:{SIGNS}{BLANK})?[.,]?\d[^()]*)\){BLANK}({SIGNS}?){BLANK}$": r"-\1\2\3",
    rf"^{BLANK}((?:{SIGNS}{BLANK})?[.,]?\d(?:[^()]*\d)?{BLANK}{SIGNS}?)-{BLANK}$": r"-\1",
}
LONG_MINUS = "[\u2212\u2013]"  # that of typesetters, and of spreadsheets in some countries; a dash that stands for it
SIGN = rf"(?:{SIGNS}{BLANK})?"  # blanks stand behind what is there alone: next to each other they take no end of time
BEGINNING = rf"(?i){BLANK}(?:[-+]{BLANK})?{SIGN}(?:[-+(]{BLANK})?{SIGN}(?:[.,]?\d|inf)"  # of a number
NUMBER = r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)"
SIGNED = rf"[-+]?{BLANK}{SIGN}{NUMBER}{BLANK}{SIGNS}?"
BLANKS = "".join(mark for mark in GROUPS if mark not in ",.")  # blanks and apostrophes between thousands
UNITS = "kg|KG|g|mg|t|lbs?|oz|km|m|cm|mm|mi|ft|in|l|L|ml|mL|h|min|s|ms|°[CF]?"  # that need no space before them
ALONE = (
    "min|hr|hour|day|wk|week|mo|month|yr|year|km|m2|m²|m3|m³|ml|mL|[µu]l|[µu]L|kg|ha"  # behind a slash, and a number
)
PER = r"[^\W\d_]+[²³23]?[^\W\d_]?"  # what a unit is of, as km/h, g/cm3, kWh/m²a
DECADE = r"[12]\d\d0s"
UNIT = (
    rf"^{BLANK}(?!{DECADE}){SIGNS}?({NUMBER})(?={BLANK[:-1]}|[€$£¥]/{PER}{BLANK}$|/(?:{ALONE}){BLANK}$|(?:{UNITS})[²³.23]?(?:/{PER})?{BLANK}$)"
    rf"{BLANK}(°?[^\W\d_]+[²³.23]?(?:/{PER})?|°|[€$£¥]/{PER}|/(?:{ALONE})){BLANK}$"
)
SCALE = "[kKmMgGtT]i?[bB]|[kKmMbB]|[mb]n|Mn|Bn|Mio|Mrd|Tsd"  # of bytes, thousands, millions and so on
SCALED = rf"^[-+]?{BLANK}({SIGNS})?{BLANK}({NUMBER}){BLANK}(?:({SCALE})[.]?|\+){BLANK}({SIGNS})?$"
LAKHS = r"[1-9]\d?(?:,\d\d)+,\d{3}"  # a whole number with marks between lakhs and crores, as India writes it
INDIAN = rf"{LAKHS}(?:\.\d+)?"
INDIAN_OR_LESS = r"(?:\d{1,2}(?:,\d\d)*,\d{3}|\d+)(?:\.\d+)?"  # of as many digits as may be
FLAGGED = (  # a number with a flag or a note, or beyond what could be measured: 103.4 e, 12*, 189[1], <0.05
    rf"{BLANK}(?:[<>≤≥~≈]=?{BLANK})?{NUMBER}"
    rf"(?:{BLANK}(?:[*†‡§#]+|\[[^\W_]{{1,3}}\]|\([^\W_]{{1,2}}\))|[ \xa0][a-z]{{1,2}})?{BLANK}"
)
OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
ADDRESS = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}")  # of the internet, whose parts may all have three digits
MONTH = r"0?(?:0[1-9]|1[0-6])\.(?:19|20)[0-9]{2}"  # and its year, as Germans and SAP write it, which has up to 16
NO_UNITS = {"st", "nd", "rd", "th", "am", "pm"}
FIRST = 1000  # texts that a column is mostly known by


def is_sign(text: str) -> bool:
    """Whether a text is a mark of a missing value that has no letter, such as `?`: no word, which may be a category."""
    return text.strip() in NA_MARKERS and not any(map(str.isalnum, text))


def are_addresses(texts: Iterable[str]) -> bool:
    """Whether most of the texts with a digit are addresses such as 192.168.178.101, which are no numbers."""
    found = [bool(ADDRESS.fullmatch(text.strip())) for text in texts if any(map(str.isdigit, text))]
    return 2 * sum(found) > len(found)


def missing_of(given: Any, name: str) -> list[Any]:
    """What stands for a missing value in a column (`read.na_values`, which may be by column)."""
    some = given.get(name) if isinstance(given, Mapping) else given
    return some if isinstance(some, list) else [] if some is None else [some]


def grouped(mark: str, least: int = 1) -> str:
    """The pattern of a whole number with a mark between its thousands, `least` times or more."""
    return rf"[-+]?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}}){{{least},}}"


ANY_GROUPED = "|".join(rf"{grouped(mark)}(?:[.,]\d+)?" for mark in GROUPS)
