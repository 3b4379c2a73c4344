"""Names of people: folded to comparable tokens, with nicknames and given names of six languages."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import nicknames

from scanner.message.data import load_table

_FOLDED: Final = str.maketrans({
    "ı": "i", "İ": "i", "ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ł": "l",
    "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "þ": "th", "’": "'",
})  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+)*")
_LOCAL_SEPARATOR: Final = re.compile(r"[^a-z]+")
_PARENTHESES: Final = re.compile(r"[(\[][^()\[\]]*[)\]]?")
# Titles, generations and what programs add: no part of who somebody is.
_NO_NAME: Final = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "jr", "sr", "ii", "iii", "phd", "md", "esq",
    "sig", "sigra", "signor", "signora", "dott", "dottssa", "ing", "avv", "don", "dona", "sra", "srta",
    "herr", "frau", "mme", "mlle", "m", "dipl", "bey", "hanim", "sayin", "the", "via", "mailto",
})  # fmt: skip


def fold(text: str) -> str:
    """Lower case without accents; Turkish dotted and dotless i are both "i", "ß" is "ss"."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    return "".join([c for c in text if not unicodedata.combining(c)]).lower()


@functools.lru_cache(maxsize=16_384)
def name_tokens(display_name: str) -> tuple[str, ...]:
    """Folded words of a display name, given name first; titles and remarks in parentheses left out.

    "Doe, Jane Q." and "Jane Q. Doe" give ("jane", "q", "doe"), "Sean O'Brien" ("sean", "obrien"). A
    display name that is an address gives the words of its local part.
    """
    if "@" in display_name:
        display_name, _, rest = display_name.partition("@")
        if " " not in display_name.strip() and "." in rest:
            return address_name_tokens(display_name)
    if "(" in display_name or "[" in display_name:
        display_name = _PARENTHESES.sub(" ", display_name)
    last, comma, given = display_name.partition(",")
    if comma and given.strip() and fold(given.strip(" .")) not in _NO_NAME:
        display_name = f"{given} {last}"
    tokens: list[str] = []
    for word in _WORD.findall(display_name):
        folded = fold(word).replace("'", "")
        if "." in folded:  # "Sig.ra" is a title, "jane.doe" two words
            if folded.replace(".", "") not in _NO_NAME:
                tokens += folded.split(".")
        elif folded not in _NO_NAME:
            tokens.append(folded)
    return tuple(tokens)


@functools.lru_cache(maxsize=16_384)
def address_name_tokens(local_part: str) -> tuple[str, ...]:
    """Folded words of the part of an address before the "@": "jane.q-doe2+x" gives ("jane", "q", "doe")."""
    local_part = fold(local_part.partition("@")[0].partition("+")[0]).replace("'", "")
    return tuple([token for token in _LOCAL_SEPARATOR.split(local_part) if token])


def same_given_name(first: str, second: str) -> bool:
    """Whether two given names can be one person's: equal when folded, or short forms of one name.

    "Bill" and "William" are, "Bill" and "Will" are; "Christopher" and "Christine" are not, though
    both are "Chris".
    """
    first, second = fold(first), fold(second)
    if first == second:
        return bool(first)
    formal = _formal_names()
    one = formal.get(first)
    other = formal.get(second)
    if one is None:
        return other is not None and first in other
    if other is None:
        return second in one
    return second in one or first in other or not one.isdisjoint(other)


def is_given_name(token: str) -> bool:
    """Whether a word (in any case) is a common given name or nickname in one of the six languages."""
    return fold(token) in _given_names()


@functools.cache
def _formal_names() -> Mapping[str, frozenset[str]]:
    """For each short form the full names that it may stand for."""
    formal: dict[str, set[str]] = {}
    for short, full in nicknames.NickNamer().canonical_lookup.items():
        formal.setdefault(fold(short), set()).update(map(fold, full))
    for section in load_table("nicknames.toml").values():
        for full, shorts in section.items():
            for short in shorts.split():
                formal.setdefault(fold(short), set()).add(fold(full))
    return {short: frozenset(full - {short}) for short, full in formal.items()}


@functools.cache
def _given_names() -> frozenset[str]:
    words = {
        fold(name) for section in load_table("given-names.toml").values() for name in section["names"].split()
    }
    formal = _formal_names()
    words.update(formal)
    for full in formal.values():
        words |= full
    return frozenset(words - _not_names())


@functools.cache
def _not_names() -> frozenset[str]:
    """Words that a list of nicknames holds but that are ordinary words at the start of a sentence."""
    return frozenset(fold(word) for word in load_table("given-names.toml")["except"]["names"].split())
