"""A corpus of JSON Lines: the mail of many people in one file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner.mailbox.local import records
from scanner.message.parse import from_record
from training.corpora.copies import Copies
from training.corpora.mailbox import Mailbox, in_order
from training.corpora.owners import LEAST_SENT, Headline, owners_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from scanner.message.model import Message


def read_records(path: Path) -> Iterator[Mapping[str, object]]:
    """Yield the objects of a .jsonl or .jsonl.gz file of the `scan` contract.

    Raises `UsageError` that names the line where one is no JSON object, and for a damaged file.
    """
    yield from records(path)


def people(record: Mapping[str, object]) -> list[str]:
    """Return the recipients' addresses of a record."""
    found = []
    for field in ("to", "cc", "bcc"):
        persons = record.get(field)
        if isinstance(persons, list):
            found += [_address(person) for person in persons]
    return found


def sender(record: Mapping[str, object]) -> str:
    """Return the sender's address of a record."""
    return _address(record.get("from"))


def _address(person: object) -> str:
    return str(person.get("address", "")).strip().lower() if isinstance(person, dict) else ""


def find_owners(found: Iterable[Mapping[str, object]], *, least: int = LEAST_SENT) -> list[str]:
    """Return whose mail the records are, most sent messages first; see `owners_of`."""
    headlines = (Headline(sender(one), people(one), str(one.get("subject", ""))) for one in found)
    return owners_of(headlines, least=least)


def from_records(paths: Iterable[Path], *, least: int = LEAST_SENT) -> list[Mailbox]:
    """Return the mailboxes of all owners in JSON Lines files, which count as one corpus."""
    copies = Copies()
    distinct = [one for path in paths for one in read_records(path) if not _is_copy(one, copies)]
    owners = find_owners(distinct, least=least)
    wanted = set(owners)
    mail: dict[str, list[tuple[Message, bool]]] = defaultdict(list)
    for record in distinct:
        author = sender(record)
        readers = wanted.intersection(people(record)) - {author}
        if author not in wanted and not readers:
            continue
        message = from_record(record)
        if author in wanted:
            mail[author].append((message, True))
        for reader in sorted(readers):
            mail[reader].append((message, False))
    boxes = [Mailbox(owner.partition("@")[0], frozenset((owner,)), in_order(mail[owner])) for owner in owners]
    return [box if box.sent >= LEAST_SENT else replace(box, measured=False) for box in boxes]


def _is_copy(record: Mapping[str, object], copies: Copies) -> bool:
    author, date, subject, body = sender(record), *(record.get(key) for key in ("date", "subject", "body"))
    return copies.is_copy(
        author=author,
        date=str(date or ""),
        subject=str(subject or ""),
        text=str(body or ""),
        recipients=people(record),
    )
