"""One mail with where it was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.message.model import Message


@dataclass(frozen=True, slots=True)
class Item:
    """A message and its place.

    `folder` is None where the source names none. `sent` is true in a Sent folder, false in any
    other, and None where the source names no folder or one that holds both: then the sender
    decides. `uid` and `uidvalidity` are None outside IMAP. `arrived` is the server's INTERNALDATE,
    `size` the whole message in octets, where they are known. `source` is the kind of source:
    "imap", "maildir", "mbox", "eml" or "jsonl".
    """

    folder: str | None
    sent: bool | None
    uid: int | None
    uidvalidity: int | None
    message: Message
    arrived: datetime | None = None
    size: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A message on the server that could not be read, for the quarantine; `reason` is a sentence."""

    folder: str
    uid: int
    uidvalidity: int
    reason: str
