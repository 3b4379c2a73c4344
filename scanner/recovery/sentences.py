"""The sentences of recovery in one language: those of `scanner.words` and the ones of this room.

In the French files stand plain spaces before the high marks and inside guillemets; they are made the
unbreakable ones of French here, so that nobody has to type what cannot be seen.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from scanner.words import FALLBACK, LANGUAGES, Words
from scanner.words import words as common

if TYPE_CHECKING:
    from datetime import datetime


_SHARED = ("marks", "date", "span", "severity", "recalled", "answer")


@cache
def sentences(language: str) -> Words:
    """Load the sentences of a language; English where it is none of the six."""
    known = language if language in LANGUAGES else FALLBACK
    base = common(known)
    shared = {name: base.sections[name] for name in _SHARED}
    return Words(known, base.locale, {**shared, **_table(f"{known}.toml")})


@cache
def letters(language: str) -> dict[str, Any]:
    """Load the templates of the drafts in a language; English where it is none of the six."""
    return _table(f"letters.{language if language in LANGUAGES else FALLBACK}.toml")


def moment(words: Words, at: datetime | None, now: datetime) -> str:
    """Name a moment in the zone of `now`; "" where it is not known."""
    if at is None:
        return ""
    try:
        return words.moment(at.astimezone(now.tzinfo))
    except OverflowError:  # the first or last day that a date can be
        return words.moment(at)


def _table(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    if name.endswith("fr.toml"):
        for marks, space in ((":\u00bb", "\u00a0"), (";?", "\u202f")):
            text = re.sub(f" ([{marks}])", rf"{space}\1", text)
        text = text.replace("\u00ab ", "\u00ab\u00a0")
    return tomllib.loads(text)
