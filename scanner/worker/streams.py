"""The new messages of several folders over one connection, merged by date, each folder in UID order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scanner.mailbox import reader
from scanner.mailbox.imap import Opened, Session
from scanner.mailbox.item import Item
from scanner.message.model import Message

_EARLIEST = datetime.min.replace(tzinfo=UTC)

TRUST = 900.0
"""Seconds after which a folder is searched although STATUS says that nothing is new."""


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


class Marks:
    """Which folders have brought nothing since they were last read to their end, by STATUS.

    All mail with a UID below UIDNEXT was there when STATUS was asked, and so was read by a pass that began
    after it and came to its end (RFC 9051 section 2.3.1.1). Where UIDVALIDITY or UIDNEXT is another, there
    are more messages than then, or the server does not answer, the folder is read. It is read at times in
    any case, because a server's STATUS may be wrong.
    """

    def __init__(self, monotonic: Callable[[], float], *, trust: float = TRUST) -> None:
        self._monotonic = monotonic
        self._trust = trust
        self._known: dict[str, Opened] = {}
        self._asked: dict[str, Opened] = {}
        self._searched: dict[str, float] = {}

    def unread(self, session: Session, folders: Sequence[str]) -> frozenset[str]:
        """The folders that must be read now."""
        self._asked = session.statuses(folders)
        now = self._monotonic()
        for folder in folders:
            if self._is_quiet(folder, now):
                continue
            self._known.pop(folder, None)
            self._searched[folder] = now
        return frozenset(folder for folder in folders if folder not in self._known)

    def done(self) -> None:
        """The folders have been read to their ends."""
        self._known = dict(self._asked)

    def forget(self) -> None:
        """Read everything next time."""
        self._known.clear()
        self._asked.clear()

    def _is_quiet(self, folder: str, now: float) -> bool:
        then, this = self._known.get(folder), self._asked.get(folder)
        return (
            then is not None
            and this is not None
            and 0 < then.uidnext == this.uidnext
            and 0 < then.uidvalidity == this.uidvalidity
            and this.exists <= then.exists
            and now - self._searched[folder] < self._trust
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
