"""How well a name that stands in a text fits a contact."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.history.quotes import person_tokens
from scanner.message.names import fold, same_given_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from scanner.history.contacts import Contact, Contacts
    from scanner.message.model import Person

EXACT = 1.0
LEARNT = 0.95
NICKNAME = 0.8
PREFIX = 0.65
INSIDE = 0.5
INITIAL = 0.35
_SHORTEST_PREFIX = 3
_FEW = 40
_FULL_NAME = 2


@lru_cache(maxsize=50_000)
def _same_given(one: str, other: str) -> bool:
    return same_given_name(one, other)


def grade(token: str, contact: Contact) -> float:
    """Return how well one folded name fits a contact's names and address: 0.0 not at all to 1.0."""
    if token in contact.tokens:
        return EXACT
    best = 0.0
    for known in contact.tokens:
        if _same_given(token, known):
            return NICKNAME
        shorter, longer = (token, known) if len(token) < len(known) else (known, token)
        if len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter):
            best = PREFIX
    if not best and len(token) > _SHORTEST_PREFIX and token in contact.local:
        best = INSIDE
    if not best and len(contact.tokens) < _FULL_NAME and contact.local.startswith(token[0]):
        # Of somebody known by an address like "kdoe" alone, the first letter is what there is to fit.
        best = INITIAL
    return best


def greeting_grade(tokens: tuple[str, ...], hashed: tuple[int, ...], contact: Contact) -> float:
    """Return the best grade of the greeted names for a contact, what the owner used before included."""
    best = LEARNT if any(greeting in contact.greetings for greeting in hashed) else 0.0
    for token in tokens:
        best = max(best, grade(token, contact))
        if best >= EXACT:
            break
    return best


def by_name(token: str, contacts: Contacts) -> dict[int, float]:
    """Return contact index -> grade for the contacts whom a single folded name may mean."""
    found = dict.fromkeys(contacts.by_token.get(token, ()), EXACT)
    for index in contacts.by_prefix.get(token[:3], ())[:_FEW]:
        if index not in found:
            value = grade(token, contacts.all[index])
            if value:
                found[index] = value
    return found


def resolve(person: Person, contacts: Contacts) -> list[int]:
    """Return the indexes of the contacts that a quoted person is, by address, else by whole name."""
    if person.address:
        contact = contacts.get(person.address)
        if contact is not None:
            return [contact.index]
    tokens = person_tokens(person)
    return [contact.index for contact in contacts.named(tokens)[:5]] if len(tokens) > 1 else []


def folded_names(
    names: tuple[str, ...], hasher: Callable[[str], int]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the folded tokens of greeted names and the hashes under which greetings are learnt."""
    found = [token for name in names for token in fold(name).replace("'", "").split()]
    tokens = tuple(dict.fromkeys(token for token in found if len(token) > 1))
    return tokens, tuple(hasher("~" + fold(name)) for name in names)
