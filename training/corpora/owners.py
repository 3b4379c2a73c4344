"""Whose mail a corpus holds: who is a person, and which addresses are one person's."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.message.names import name_tokens, same_given_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scanner.message.model import Person

LEAST_SENT = 60
_LEAST_RECEIVED = 20
_LEAST_CONTACTS = 15
_LEAST_SUBJECTS = 40
_LEAST_VARIETY = 0.2
TEACHING_SENT = 25
"""With fewer messages than `LEAST_SENT` nothing can be measured, but something learnt."""

_FEW_CONTACTS = 8
_FEW_SUBJECTS = 15


@dataclass(frozen=True, slots=True)
class Headline:
    """Who wrote to whom about what: addresses in lower case."""

    author: str
    recipients: Sequence[str]
    subject: str


def owners_of(mail: Iterable[Headline], *, least: int = LEAST_SENT) -> list[str]:
    """Return who sent `least` or more messages and is a person, most messages first.

    Robots and newsletters write to few or about little, and nobody writes to them: an owner
    received at least 20 messages, wrote to 15 people and under 40 subjects, a new one at least every
    fifth message. Of those with fewer than 60 sent messages less is asked: 8 people, 15 subjects.
    """
    sent: dict[str, int] = defaultdict(int)
    received: dict[str, int] = defaultdict(int)
    contacts: dict[str, set[str]] = defaultdict(set)
    subjects: dict[str, set[str]] = defaultdict(set)
    for one in mail:
        sent[one.author] += 1
        subjects[one.author].add(one.subject[:25])
        for address in one.recipients:
            received[address] += 1
            contacts[one.author].add(address)
    owners = [
        address
        for address, count in sent.items()
        if count >= least
        and received[address] >= _LEAST_RECEIVED
        and len(contacts[address]) >= (_LEAST_CONTACTS if count >= LEAST_SENT else _FEW_CONTACTS)
        and len(subjects[address])
        >= max(_LEAST_SUBJECTS if count >= LEAST_SENT else _FEW_SUBJECTS, _LEAST_VARIETY * count)
    ]
    return sorted(owners, key=lambda address: (-sent[address], address))


def same_person(one: str, other: str) -> bool:
    """Whether two display names are one person's: same last name, given names that are forms of one.

    Middle names and the order of the parts do not count; a single word is nobody's full name.
    """
    first, second = (_full(name) for name in (one, other))
    if len(first) < 2 or len(second) < 2:
        return False
    return first[-1] == second[-1] and same_given_name(first[0], second[0])


def _full(name: str) -> tuple[str, ...]:
    return tuple(token for token in name_tokens(name) if len(token) > 1)


def one_owner(senders: Iterable[Person], main: str = "") -> tuple[str, frozenset[str]]:
    """Return the owner's main address and all addresses, from the senders of what the owner sent.

    Where no `main` one is given it is that of most messages, the first in the alphabet on a tie.
    Another sender is the same person under an alias where the display name says so: an assistant
    is not. ("", empty) without any sender.
    """
    counts: Counter[str] = Counter()
    names: dict[str, set[str]] = defaultdict(set)
    for person in senders:
        if person.address:
            counts[person.address] += 1
            names[person.address].add(person.name)
    if not counts:
        return "", frozenset()
    main = main or min(counts, key=lambda address: (-counts[address], address))
    return main, frozenset(
        address
        for address in counts
        if address == main or any(same_person(a, b) for a in names[main] for b in names[address])
    )
