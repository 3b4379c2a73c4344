"""What the owner answers to an alert: a number, or a word in one of six languages."""

from __future__ import annotations

import enum
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from scanner.message.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answer(enum.StrEnum):
    """The owner's word on one message."""

    WRONG = "wrong"
    """It went to the wrong party."""

    FINE = "fine"
    """It did not; its suspects cause no alerts for a while."""

    NEVER = "never"
    """Fine, and never again for these recipients."""

    DOMAIN = "domain"
    """Fine, and never again for their domains."""


_LINES = 3
_LONGEST = 80
_NO_WORD = re.compile(r"[^\w']+")


def read_answer(own_text: str) -> Answer | None:
    """Return what the first line with a word in it says, None where it says nothing of the kind.

    The own text of a reply, without what is quoted. A line that only begins with such a word says
    something else ("fine, but who is Bruno?"); after a number anything may follow.
    """
    lines = [line.strip() for line in own_text.splitlines() if _plain(line)]
    for line in lines[:_LINES]:
        words = _plain(line[:_LONGEST])
        if (found := _answers().get(words)) is not None:
            return found
        first = words.partition(" ")[0]
        if first.isdigit() and not line[:1].isalpha() and (found := _answers().get(first)) is not None:
            return found
        if not _greets(words):
            return None
    return None


def _plain(line: str) -> str:
    return _NO_WORD.sub(" ", fold(line.replace("’", "'"))).strip()


def _greets(words: str) -> bool:
    """Whether a line may stand above an answer: at most three words, as a greeting has."""
    return len(words.split()) <= _LINES


@cache
def _answers() -> Mapping[str, Answer]:
    text = (files("scanner.alert") / "data" / "answers.toml").read_text(encoding="utf-8")
    return {
        fold(word): Answer(kind)
        for section in tomllib.loads(text).values()
        for kind, words in section.items()
        for word in words
    }
