"""The sentences of recovery in one language: those of `scanner.words` and the ones of this room."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from scanner.words import FALLBACK, LANGUAGES, Words
from scanner.words import words as common

if TYPE_CHECKING:
    from datetime import datetime


@cache
def sentences(language: str) -> Words:
    """Load the sentences of a language; English where it is none of the six."""
    known = language if language in LANGUAGES else FALLBACK
    base = common(known)
    shared = {name: base.sections[name] for name in ("marks", "date", "span", "severity")}
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
    return tomllib.loads(files(__package__).joinpath("data", name).read_text(encoding="utf-8"))
