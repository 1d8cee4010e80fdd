"""Whose the rows are, as a patient's or a shop's, by the name of a column."""

import re
from typing import Any

import pandas as pd

from mlzoo.audit.case import words_of

FEW_VALUES = 20  # below which a column is a category, and names no group
PEOPLE = {
    *("patient", "subject", "participant", "employee", "student", "player", "driver", "animal", "donor", "user"),
    *("respondent", "individual", "volunteer", "subj", "usubj", "ptid"),
    *("pat", "patienten", "patientin", "proband", "probanden", "teilnehmer", "mitarbeiter"),
}
OWNERS = PEOPLE | {
    *("person", "customer", "client", "household", "family", "session", "device", "account", "member", "vehicle"),
    *("visitor", "owner", "buyer", "guest", "passenger", "machine", "specimen", "kunde", "kunden"),
}
PLACES = {
    *("site", "batch", "hospital", "clinic", "ward", "school", "classroom", "farm", "village", "store", "shop"),
    *("company", "firm", "litter", "herd"),
}
UNCLEAR = {"group", "class", "plot", "well", "cluster", "block", "house", "plate"}  # kinds of things as well
NUMBERS = {"no", "nr", "nbr", "num", "number", "nummer", "code", "key", "ref"}
MANY = {"patienten", "probanden", "teilnehmer", "mitarbeiter", "kunden"}  # how many there are, unless numbered
FUSED = re.compile(rf"({'|'.join(sorted(OWNERS))})(?:id|nr|nummer)")
IDS = {"id", "ids", "uuid", "guid", "pid", "hid", "hhid"}


def kind_of_name(name: str) -> str:
    """What a column's name says: people, owner, id, place, unclear, or nothing."""
    words = words_of(name)
    if not words:
        return ""
    if IDS.issuperset(words):  # of no kind of things: whose the row is
        return "owner"
    named = len(words) > 1 and words[-1] in NUMBERS | IDS
    word, fused = words[-2] if named else words[-1], FUSED.fullmatch(words[-1])
    if word in MANY and not named:
        return ""
    word = fused[1] if fused else word
    kinds = {"people": PEOPLE, "owner": OWNERS, "place": PLACES, "unclear": UNCLEAR}
    numbered = words[-1] in IDS or (words[0] in IDS and len(words) > 1)
    found = next((kind for kind, names in kinds.items() if word in names), "")
    return "id" if numbered and found in ("", "place", "unclear") else found


def names_owner(name: str, values: "pd.Series[Any]") -> bool:
    """Whether a column's name says whose a row is; of names of kinds as well only where there are 20 values."""
    kind = kind_of_name(name)
    return kind in ("people", "owner", "id") or (bool(kind) and values.nunique() >= FEW_VALUES)
