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

_CUT = 6


def person_tokens(person: Person) -> tuple[str, ...]:
    """Return the folded name tokens of a quoted person, single letters left out."""
    return tuple(token for token in name_tokens(person.name) if len(token) > 1)


def fits(person: Person, address: str, tokens: Collection[str]) -> bool:
    """Return whether a quoted person is the one with this address and these name tokens.

    By address; else by two name tokens; else by a local part that is the surname, or both names
    run together in one of the usual ways ("jdoe", "janedoe", "doej"), cut off after six letters or more.
    """
    if person.address and person.address == address:
        return True
    mine = person_tokens(person)
    if len(mine) < 2:
        return False
    return sum(token in tokens for token in mine) > 1 or _runs_together(mine, address.rpartition("@")[0])


def _runs_together(names: tuple[str, ...], local: str) -> bool:
    first, last = names[0], names[-1]
    if local == last:
        return True
    forms = (first[0] + last, first + last, last + first[0], last + first)
    return local in forms or (len(local) >= _CUT and any(form.startswith(local) for form in forms))


def quoted_people(message: Message) -> Iterator[tuple[int, bool, Person]]:
    """Yield (depth, whether the sender, person) of the quoted headers, the outermost first."""
    for depth, block in enumerate(message.quoted[:BLOCKS]):
        if block.sender is not None:
            yield depth, True, block.sender
        for person in (*block.to[:PEOPLE], *block.cc[:PEOPLE]):
            yield depth, False, person


def shown_names(message: Message) -> dict[str, str]:
    """Return address -> the name that the quoted headers give it, where they give both."""
    found: dict[str, str] = {}
    for _, _, person in quoted_people(message):
        if person.address and len(person_tokens(person)) > 1:
            found.setdefault(person.address, person.name)
    return found


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
