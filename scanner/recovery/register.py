"""Whether a message is formal: by its salutation and by marks of style in its own text."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from scanner.message.languages import language, own_language
from scanner.message.names import is_given_name
from scanner.words import FALLBACK, LANGUAGES

if TYPE_CHECKING:
    from scanner.message.model import Message
    from scanner.recovery.case import Case

_SALUTATION, _GIVEN_NAME = 3, 1
"""A formal salutation, and one by the given name alone, weigh as much as so many marks of style."""

_LONGEST = 4_000
_INSIDE = r"(?<=[a-zà-ÿışğ0-9,;] )"


def language_of(message: Message, otherwise: str = FALLBACK) -> str:
    """Give the language of the own text; `otherwise` where it is none of the six or too short to tell."""
    texts = (message.own_text, f"{message.subject}\n{message.quoted_text[:_LONGEST]}")
    found = next((code for text in texts if (code := own_language(text) or language(text))), "")
    return found if found in LANGUAGES else otherwise


def is_formal(message: Message, language: str) -> bool:
    """Whether the owner wrote formally; where nothing tells, yes."""
    text = message.own_text[:_LONGEST].replace("’", "'")
    formal, informal = _marks(language)
    balance = len(formal.findall(text)) - len(informal.findall(text))
    salutation = message.salutation
    if salutation is not None and salutation.formal:
        balance += _SALUTATION
    elif salutation is not None and len(salutation.names) == 1 and is_given_name(salutation.names[0]):
        balance -= _GIVEN_NAME
    return balance >= 0


def to_recipient(case: Case, *, formal: bool) -> bool:
    """Whether to write formally to who got it: the message was written for somebody else.

    As the message was where all are of the owner's house, else formally: that offends nobody.
    """
    return formal or not all(one.inside for one in case.wrong)


@cache
def _marks(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = _table()[language if language in LANGUAGES else FALLBACK]
    return _pattern(marks["formal"]), _pattern(marks["informal"])


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    found = []
    for phrase in phrases:
        ends = phrase.startswith("*")
        plain = re.escape(phrase.removeprefix("*"))
        if phrase[:1].isupper():
            found.append(rf"{_INSIDE}{plain}(?!\w)")
        else:
            before = r"(?<=[^\W\d_]{2})" if ends else r"(?<!\w)"
            found.append(rf"(?i:{before}{plain}(?!\w))")
    return re.compile("|".join(found))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("data", "register.toml").read_text(encoding="utf-8"))
