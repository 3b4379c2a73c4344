"""Reading one sent message again, and what came after it, so that nothing changes: EXAMINE and BODY.PEEK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scanner.errors import FolderError
from scanner.mailbox import reader
from scanner.mailbox.append import find_message_id
from scanner.mailbox.imap import Session
from scanner.mailbox.item import Item
from scanner.mailbox.trouble import AnswerError, RefusedError
from scanner.message.model import Message

_MOST = 40
"""Messages that are looked at for each sender."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message with the fields of its header that say which mail program wrote it."""

    message: Message
    header: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was seen last."""

    folder: str
    uidvalidity: int
    uid: int


def find(
    session: Session,
    *,
    message_id: str,
    digest: str,
    place: Place | None,
    folders: Sequence[str],
    fields: Sequence[str],
) -> Found | None:
    """Read a message at its place or, where that is gone, wherever in `folders` its Message-ID is found.

    None where it is in none of them. `fields` are the header fields that are wanted as octets.
    Raises ConnectError and the like where the server cannot be asked.
    """
    if place is not None:
        try:
            opened = session.examine(place.folder)
        except (FolderError, RefusedError):
            opened = None
        if opened is not None and opened.uidvalidity == place.uidvalidity:
            found = _read(session, place.folder, [place.uid], message_id, digest, fields)
            if found is not None:
                return found
    for folder in folders if message_id else ():
        try:
            uids = find_message_id(session, folder, message_id)
        except (FolderError, RefusedError, AnswerError):
            continue
        found = _read(session, folder, uids, message_id, digest, fields)
        if found is not None:
            return found
    return None


def since(session: Session, folder: str, senders: Sequence[str], day: date) -> Iterator[Message]:
    """Read what came into a folder from certain senders from a day on, and what mail systems reported."""
    session.examine(folder)
    seen: set[int] = set()
    after = ["SINCE", f"{day.day}-{reader.MONTHS[day.month - 1]}-{day.year:04}"]
    for sender in (*senders, "mailer-daemon", "postmaster"):
        if not sender.isascii():
            continue  # such an address needs UTF8=ACCEPT (RFC 6855); it is passed over rather than guessed
        uids = [uid for uid in session.search(["FROM", sender, *after]) if uid not in seen][:_MOST]
        seen.update(uids)
        for item in reader.fetch_uids(session, folder, uids):
            yield item.message


def _read(
    session: Session, folder: str, uids: Sequence[int], message_id: str, digest: str, fields: Sequence[str]
) -> Found | None:
    for item in reader.fetch_uids(session, folder, uids[:_MOST]):
        same = item.message.message_id == message_id if message_id else item.message.digest == digest
        if same and item.uid is not None:
            return Found(item.message, _header(session, item, fields))
    return None


def _header(session: Session, item: Item, fields: Sequence[str]) -> bytes:
    assert item.uid is not None  # noqa: S101  for the type checker
    answer = session.fetch([item.uid], [f"BODY.PEEK[HEADER.FIELDS ({' '.join(map(str.upper, fields))})]"])
    return next((value for value in answer.get(item.uid, {}).values() if isinstance(value, bytes)), b"")
