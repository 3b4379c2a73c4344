"""Greetings, sign-offs and ordinary words of the six languages, folded and ready for look-ups."""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass

from scanner.message.data import load_words
from scanner.message.names import fold


class Opening(enum.Enum):
    """How a phrase opens a mail."""

    GREETING = "greeting"
    FORMAL = "formal"
    THANKS = "thanks"


Phrase = tuple[str, ...]
"""A phrase as its folded words."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded phrases; `openings` and `groups` map a first word to its phrases, longest first."""

    openings: dict[str, tuple[tuple[Phrase, Opening], ...]]
    groups: dict[str, tuple[Phrase, ...]]
    titles: frozenset[str]
    suffixes: frozenset[str]
    joiners: frozenset[str]
    signoffs: frozenset[str]


def bare(word: str) -> str:
    """Fold a word and take full stops out of it ("Dott." and "dott" are one)."""
    folded = fold(word)
    return folded.replace(".", "") if "." in folded else folded


@functools.cache
def vocabulary() -> Vocabulary:
    """Read the phrases, once."""
    words = load_words("salutations.toml")
    openings: dict[str, dict[Phrase, Opening]] = {}
    for opening in Opening:
        for phrase in words[opening.value]:
            parts = tuple(map(bare, phrase.split()))
            openings.setdefault(parts[0], {}).setdefault(parts, opening)
    groups: dict[str, set[Phrase]] = {}
    for phrase in words["group"]:
        parts = tuple(bare(part.strip(",")) for part in phrase.split())
        groups.setdefault(parts[0], set()).add(parts)
    return Vocabulary(
        {
            first: tuple(sorted(found.items(), key=lambda one: -len(one[0])))
            for first, found in openings.items()
        },
        {first: tuple(sorted(found, key=len, reverse=True)) for first, found in groups.items()},
        frozenset(map(bare, words["title"])),
        frozenset(map(bare, words["suffix"])),
        frozenset(map(bare, words["joiner"])),
        frozenset(" ".join(map(bare, phrase.split())) for phrase in words["signoff"]),
    )


@functools.cache
def ordinary_words() -> frozenset[str]:
    """Words that start sentences or are written with a capital without being names."""
    return frozenset(map(fold, load_words("ordinary-words.toml")["words"]))


@functools.cache
def words_and_names() -> frozenset[str]:
    """Ordinary words that in front of a comma are rather a name."""
    return frozenset(map(fold, load_words("ordinary-words.toml")["also"]))


@functools.cache
def device_lines() -> tuple[str, ...]:
    """Return the starts of lines that phones and programs add under a text, lower case."""
    return load_words("quotes.toml")["device"]


@functools.cache
def disclaimers() -> tuple[str, ...]:
    """Return the starts of legal notices, lower case."""
    return load_words("disclaimers.toml")["phrases"]
