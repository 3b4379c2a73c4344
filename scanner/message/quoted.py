"""People as quoted header blocks write them, in every mail program's own way."""

from __future__ import annotations

import functools
import re
from typing import Final

from scanner.message import limits
from scanner.message.addresses import ADDRESS_IN_TEXT, clean_name, normalise_address
from scanner.message.data import load_words
from scanner.message.model import Person

NOTES_DATE: Final = re.compile(
    r"(?:(?<=\s)(?:on|am|le|il|el)\s+|(?<=\s)|^)[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}[ ,]{1,4}(?:at )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s[A-Z]{2,4})?\s*$"
)
"""Date at the end of a Lotus Notes sender line ("... on 06/07/2000 11:53:31 PM")."""

_NOTES_DOMAIN: Final = re.compile(r"\s?@\s?[A-Za-z_]\w*(?![\w.-])")
_IMCEA: Final = re.compile(r"^IMCEA[A-Z]+-(.*)@[^@]*$")
_IMCEA_CODE: Final = re.compile(r"\+([0-9A-Fa-f]{2})")
_LEAD: Final = re.compile(r"(?:[<(\[]|\bmailto:|\bsmtp:|&lt;|\s|\*|')+$", re.IGNORECASE)
_TRAILING_NAME: Final = re.compile(r"[\s>\])\"']*\(([^()]{1,80})\)")
_PARENTHESES: Final = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]?\s*")
_QUOTED_PIECE: Final = re.compile(r'((?:[^,"<(]++|"[^"]*+"?|<[^<>]*+>?|\([^()]*+\)?)++)')
_GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_MAX_NAME: Final = 100


@functools.cache
def _behalf() -> re.Pattern[str]:
    phrases = "|".join(re.escape(phrase) for phrase in load_words("quotes.toml")["behalf"])
    return re.compile(rf"\s(?:{phrases})\s", re.IGNORECASE)


def first_last(name: str) -> str:
    """Turn "Doe, Jane Q." into "Jane Q. Doe"; a name without a comma stays as it is."""
    last, comma, given = name.partition(",")
    if not comma:
        return name
    given, last = given.strip().strip(","), last.strip()
    if not given or not last:
        return given or last
    if given.rstrip(".").lower() in _GENERATIONS:
        return f"{last} {given}"
    return f"{given.replace(',', ' ')} {last}"


def person_of(text: str) -> Person | None:
    """Read one person: name, address or both; None where there is neither.

    Knows `Jane Doe <jane@example.com>`, `Doe, Jane [mailto:jane@example.com]`,
    `jane@example.com (Jane Doe)`, `X on behalf of Jane Doe`, and the Lotus Notes forms
    `Jane Q Doe/LON/FIRM@FIRM` and `Jane Doe@DOMAIN`, which are names and no addresses.
    """
    text = text.strip(" \t*\"',;<>\xa0")
    if not text or len(text) > 4 * _MAX_NAME:
        return None
    if len(text) > 12:
        behalf = _behalf().search(text)
        if behalf is not None:
            return person_of(text[behalf.end() :]) or person_of(text[: behalf.start()])
    address = ""
    if "@" in text:
        exchange = _IMCEA.match(text)
        if exchange is not None:
            text = _IMCEA_CODE.sub(lambda code: chr(int(code[1], 16)), exchange[1])
        text = _NOTES_DOMAIN.sub("", text)
        found = ADDRESS_IN_TEXT.search(text)
        if found is not None:
            address = normalise_address(found[0].strip("'"))
            after = text[found.end() :]
            text = _LEAD.sub("", text[: found.start()])
            if not text.strip(" \"'"):
                named = _TRAILING_NAME.match(after)
                text = named[1] if named else ""
        else:
            text = text.partition("@")[0]
    name = _clean(text)
    if not name and not address:
        return None
    return Person(name, address)


def _clean(text: str) -> str:
    slash = text.find("/")
    if slash > 0:
        text = text[:slash]
    if "(" in text or "[" in text:
        text = _PARENTHESES.sub(" ", text)
    name = clean_name(text.strip(" \t\"'*<>:;,"))
    if "," in name:
        name = first_last(name)
    if len(name) > _MAX_NAME or not any(map(str.isalpha, name)):
        return ""
    return name if "@" not in name else ""


def sender_of(text: str) -> Person | None:
    """Read the person of a From line; a Lotus Notes date behind the name is taken off."""
    if text and ":" in text:
        text = NOTES_DATE.sub("", text)
    return person_of(text)


def people_of(text: str, *, inverted: bool) -> tuple[Person, ...]:
    """Read the people of a To or Cc line.

    With semicolons these part the people and commas stand inside names; else commas part them.
    `inverted` says that the program writes "Last, First", so that one comma between two words is a
    single person.
    """
    if not text.strip(" ;,"):
        return ()
    pieces = text.split(";") if ";" in text else _by_commas(text, inverted=inverted)
    people: dict[Person, None] = {}
    for piece in pieces:
        person = person_of(piece)
        if person is not None:
            people.setdefault(person)
            if len(people) >= limits.PEOPLE:
                break
    return tuple(people)


def _by_commas(text: str, *, inverted: bool) -> list[str]:
    if "," not in text:
        return [text]
    pieces = _QUOTED_PIECE.findall(text) if '"' in text or "(" in text else text.split(",")
    if inverted and len(pieces) == 2 and not any(mark in text for mark in '@/<["'):
        return [text]
    merged: list[str] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        following = pieces[index + 1] if index + 1 < len(pieces) else ""
        if _bare_name(piece) and _name_before_address(following):
            piece = f"{piece},{following}"
            index += 1
        elif following.strip(" .").lower() in _GENERATIONS:
            piece = f"{piece}{following}"
            index += 1
        merged.append(piece)
        index += 1
    return merged


def _bare_name(piece: str) -> bool:
    return not any(mark in piece for mark in '@/<["') and 0 < len(piece.split()) <= 2


def _name_before_address(piece: str) -> bool:
    for mark in "<[":
        position = piece.find(mark)
        if position > 0 and "@" in piece[position:]:
            return 0 < len(piece[:position].split()) <= 2 and '"' not in piece[:position]
    return False
