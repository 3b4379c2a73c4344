"""The new messages of several folders over one connection, merged by date, each folder in UID order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanner.mailbox import reader
from scanner.mailbox.imap import Session
from scanner.mailbox.item import Item
from scanner.message.model import Message

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message where it lies, or, where it could not be read, None and the reason.

    `past` means: it was there when the first reading of the folder began.
    """

    message: Message | None
    sent: bool
    folder: str
    uidvalidity: int
    uid: int
    past: bool = False
    reason: str = ""


@dataclass(slots=True)
class Stream:
    """One folder after `last_uid`; from its beginning where its UIDVALIDITY is not the one known.

    Messages below the UID `until` belong to the past. A `chunk` of its own, where there is one, counts
    instead of the usual one; of the UIDs in `sparing` only the header is read.
    """

    folder: str
    sent: bool
    uidvalidity: int | None = None
    last_uid: int = 0
    until: int = 0
    chunk: int = 0
    sparing: frozenset[int] = frozenset()
    waiting: deque[Arrival] = field(default_factory=deque)
    batches: Iterator[reader.Batch] | None = None

    @property
    def next_date(self) -> datetime:
        """The date of the message that comes next; one without a date comes at once."""
        message = self.waiting[0].message
        return (message and message.date) or _EARLIEST

    def fill(self, session: Session, chunk: int) -> None:
        """Read the next chunk if nothing waits."""
        if self.batches is None:
            self.batches = reader.fetch_new(
                session,
                self.folder,
                self.last_uid,
                uidvalidity=self.uidvalidity,
                sent=self.sent,
                chunk=self.chunk or chunk,
                sparing=self.sparing,
            )
        while not self.waiting:
            batch = next(self.batches, None)
            if batch is None:
                return
            for item in batch.items:
                uid = item.uid or 0
                message, reason = (item.message, "") if isinstance(item, Item) else (None, item.reason)
                self.waiting.append(
                    Arrival(message, self.sent, self.folder, batch.uidvalidity, uid, uid < self.until, reason)
                )


def merged(session: Session, streams: Sequence[Stream], *, chunk: int) -> Iterator[Arrival]:
    """All that is new, the earliest of the folders' next messages first.

    A chunk is read whole before any of it is handed on; of one folder, UIDs ascend.
    """
    while True:
        for stream in streams:
            stream.fill(session, chunk)
        alive = [stream for stream in streams if stream.waiting]
        if not alive:
            return
        yield min(alive, key=lambda stream: stream.next_date).waiting.popleft()
