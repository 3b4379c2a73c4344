"""Whom the quoted headers of a message name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.message.names import address_name_tokens, name_tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from scanner.message.model import Message, Person

BLOCKS = 8
PEOPLE = 60
"""Bounds on the quoted blocks, and on the people of one, that are looked at."""


def person_tokens(person: Person) -> tuple[str, ...]:
    """Return the folded name tokens of a quoted person, single letters left out."""
    return tuple(token for token in name_tokens(person.name) if len(token) > 1)


def fits(person: Person, address: str, tokens: Collection[str]) -> bool:
    """Return whether a quoted person is the one with this address and these name tokens.

    By address; else by two name tokens; else by a surname that is all of the local part.
    """
    if person.address and person.address == address:
        return True
    mine = person_tokens(person)
    if len(mine) < 2:
        return False
    return sum(token in tokens for token in mine) > 1 or address.rpartition("@")[0] == mine[-1]


def quoted_people(message: Message) -> Iterator[tuple[int, bool, Person]]:
    """Yield (depth, whether the sender, person) of the quoted headers, the outermost first."""
    for depth, block in enumerate(message.quoted[:BLOCKS]):
        if block.sender is not None:
            yield depth, True, block.sender
        for person in (*block.to[:PEOPLE], *block.cc[:PEOPLE]):
            yield depth, False, person


def named_places(message: Message, recipients: tuple[tuple[str, str, int], ...]) -> tuple[int, ...]:
    """Return the places of the recipients, (address, name, role), whom the quoted headers name."""
    people = [person for _, _, person in quoted_people(message)]
    if not people:
        return ()
    addresses = {person.address for person in people if person.address}
    found = []
    for place, (address, name, _) in enumerate(recipients[:PEOPLE]):
        if address in addresses:
            found.append(place)
            continue
        tokens = {*address_name_tokens(address.rpartition("@")[0]), *name_tokens(name)}
        if any(fits(person, address, tokens) for person in people):
            found.append(place)
    return tuple(found)
