"""Attribution lines: "On 5 March Jane Doe wrote:" in every program's and language's form."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.addresses import ADDRESS_IN_TEXT, normalise_address
from scanner.message.model import Person, QuotedBlock
from scanner.message.names import fold
from scanner.message.quoted import person_of
from scanner.message.quotes import NOTES_DAY, Hit, Lines, phrases
from scanner.message.vocabulary import ordinary_words

_MAX_ATTRIBUTION: Final = 300
_AROUND: Final = " ,:;<([\"'-_*>"
_DIGIT: Final = re.compile(r"[0-9]")
_PRONOUNS: Final = frozenset(
    {
        "you",
        "i",
        "he",
        "she",
        "they",
        "hai",
        "ha",
        "avete",
        "du",
        "sie",
        "ich",
        "vous",
        "tu",
        "usted",
        "siz",
        "sen",
    }
)
_DATE_WORDS: Final = re.compile(
    r".*[0-9](?:\s?[AaPp]\.?[Mm]\b\.?|h\b|[.,:)])*+(?:\s?(?:[+-][0-9]{4}|GMT|UTC|CES?T|[ECMP][SD]T|Uhr)\b)?",
    re.DOTALL,
)
_FILLERS: Final = frozenset(
    [
        "um",
        "at",
        "alle",
        "ore",
        "las",
        "a",
        "à",
        "on",
        "il",
        "el",
        "le",
        "am",
        "tarihinde",
        "giorno",
        "pm",
        "in",
        "saat",
    ]
)


def attribution(lines: Lines, index: int, line: str) -> Hit | None:
    """Read a line such as "On 5 March Jane Doe wrote:", which may run over up to three lines."""
    if line[-1] != ":" or len(line) > _MAX_ATTRIBUTION:
        return None
    text, start = line, index
    verb = _last_verb(text)
    opener = phrases().opener
    while (
        (verb is None or not opener.match(text))
        and start > 0
        and index - start < 2
        and 0 < len(lines.bare[start - 1]) < _MAX_ATTRIBUTION
    ):
        start -= 1
        text = f"{lines.bare[start]} {text}"
        verb = _last_verb(text)
    if verb is None:
        return None
    if start < index and not (opener.match(text) and _DIGIT.search(text)):
        text, start = line, index  # the lines above have nothing to do with it, unless the verb is there
        verb = _last_verb(text)
        if verb is None:
            text, start = f"{lines.bare[index - 1]} {line}", index - 1
            verb = _last_verb(text)
        if verb is None:
            return None
    if text[0] == "<" and start == index > 0 and 0 < len(lines.bare[index - 1]) < _MAX_ATTRIBUTION:
        text, start = f"{lines.bare[index - 1]} {text}", index - 1  # broken in front of the address
    dated = _DIGIT.search(text) is not None or "@" in text
    if len(text) > _MAX_ATTRIBUTION or (not dated and len(text.split()) > 8):
        return None
    if not dated and not lines.answered_inline(index + 1):  # "Jane Doe wrote:"
        return None
    return Hit(start, index + 1, QuotedBlock(_author(text, verb)))


def _last_verb(text: str) -> re.Match[str] | None:
    found = None
    for match in phrases().attribution.finditer(text):
        found = match
    return found


def _author(text: str, verb: re.Match[str]) -> Person | None:
    """Who wrote, from an attribution line: behind the verb (German), else between date and verb."""
    found = ADDRESS_IN_TEXT.search(text) if "@" in text else None
    address = normalise_address(found[0].strip("'")) if found else ""
    cut = found.start() if found else len(text)
    behind = text[verb.end() : cut if cut > verb.end() else len(text)].strip(_AROUND)
    if behind and behind[0].isupper() and not _DIGIT.search(behind):
        name = behind
    else:
        before = text[: min(cut, verb.start())].rstrip(_AROUND)
        name = _DATE_WORDS.sub("", before, count=1)
        if not any(map(str.isalpha, name)):
            name = _DIGIT.split(before)[0]
    name = name.strip(_AROUND)
    for _ in range(3):
        head, _, rest = name.partition(" ")
        if fold(head.rstrip(".,")) not in _FILLERS and fold(head.rstrip(".,")) not in ordinary_words():
            break
        name = rest.strip(_AROUND)
    person = None if fold(name) in _PRONOUNS else person_of(name)
    if person is None:
        return Person("", address) if address else None
    return Person(person.name, address or person.address)


def groupwise(index: int, line: str) -> Hit | None:
    """Read GroupWise's line ">>> Jane Doe <jane@example.com> 05/15/01 12:44PM >>>"."""
    dated = NOTES_DAY.search(line) if len(line) < _MAX_ATTRIBUTION else None
    return Hit(index, index + 1, QuotedBlock(person_of(line[: dated.start()]))) if dated else None
