"""Corpora as mailboxes: one owner's sent and received mail in date order."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.message.parse import from_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scanner.message.model import Message

LEAST_SENT = 60
_LEAST_RECEIVED = 20
_LEAST_CONTACTS = 15
_LEAST_SUBJECTS = 40
_LEAST_VARIETY = 0.2


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One owner's mail: `mail` holds (message, whether sent) by UTC date, then message id."""

    name: str
    owner: frozenset[str]
    mail: tuple[tuple[Message, bool], ...]

    @property
    def sent(self) -> int:
        """Number of sent messages."""
        return sum(sent for _, sent in self.mail)


def read_records(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield the objects of a .jsonl or .jsonl.gz file of the `scan` contract."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            yield json.loads(line)


def people(record: Mapping[str, object]) -> list[str]:
    """Return the recipients' addresses of a record."""
    found = []
    for field in ("to", "cc", "bcc"):
        persons = record.get(field)
        if isinstance(persons, list):
            found += [str(person.get("address", "")).strip().lower() for person in persons]
    return found


def sender(record: Mapping[str, object]) -> str:
    """Return the sender's address of a record."""
    person = record.get("from")
    return str(person.get("address", "")).strip().lower() if isinstance(person, dict) else ""


def find_owners(records: Iterable[Mapping[str, object]]) -> list[str]:
    """Return who sent 60 or more messages and is a person, most messages first.

    Robots and newsletters write to few or about little, and nobody writes to them: an owner
    received at least 20 messages, wrote to 15 people and under 40 subjects, a new one at least every
    fifth message.
    """
    sent: dict[str, int] = defaultdict(int)
    received: dict[str, int] = defaultdict(int)
    contacts: dict[str, set[str]] = defaultdict(set)
    subjects: dict[str, set[str]] = defaultdict(set)
    for record in records:
        author = sender(record)
        sent[author] += 1
        subjects[author].add(str(record.get("subject", ""))[:25])
        for address in people(record):
            received[address] += 1
            contacts[author].add(address)
    owners = [
        address
        for address, count in sent.items()
        if count >= LEAST_SENT
        and received[address] >= _LEAST_RECEIVED
        and len(contacts[address]) >= _LEAST_CONTACTS
        and len(subjects[address]) >= max(_LEAST_SUBJECTS, _LEAST_VARIETY * count)
    ]
    return sorted(owners, key=lambda address: (-sent[address], address))


def mailboxes(path: Path) -> list[Mailbox]:
    """Return the mailboxes of all owners in a JSON Lines corpus."""
    records = list(read_records(path))
    owners = find_owners(records)
    wanted = set(owners)
    mail: dict[str, list[tuple[Message, bool]]] = defaultdict(list)
    for record in records:
        author = sender(record)
        readers = wanted.intersection(people(record)) - {author}
        if author not in wanted and not readers:
            continue
        message = from_record(record)
        if author in wanted:
            mail[author].append((message, True))
        for reader in sorted(readers):
            mail[reader].append((message, False))
    return [
        Mailbox(owner.partition("@")[0], frozenset((owner,)), tuple(sorted(mail[owner], key=_order)))
        for owner in owners
    ]


def _order(item: tuple[Message, bool]) -> tuple[bool, float, str, str]:
    message, _ = item
    return (
        message.date is None,
        message.date.timestamp() if message.date else 0.0,
        message.message_id,
        message.digest,
    )
