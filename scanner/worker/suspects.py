"""Messages over which the line is lost or that the server does not give: who is at fault."""

from __future__ import annotations

from collections import Counter

from scanner.errors import FolderError
from scanner.mailbox import reader
from scanner.mailbox.imap import Session
from scanner.mailbox.reader import LineLostError
from scanner.worker.streams import Arrival, Stream

TRIES = 3
"""So often a message is tried before it goes on the quarantine list."""

HEADER_ONLY = TRIES - 1
"""After so many lost lines over one message only its header is asked for."""

Place = tuple[str, int, int]
"""Folder, UIDVALIDITY, UID."""


class Suspects:
    """Remembers where lines were lost, and how often messages could not be read.

    A chunk over which the line was lost is read one by one, so that the message at fault shows.
    That one is tried whole, then by its header alone. A message is given up only where another
    one beside it can be read: a server that gives no mail at all is no reason to pass over any.
    """

    def __init__(self) -> None:
        self._lost: Counter[Place] = Counter()
        self._failed: Counter[Place] = Counter()
        self._singly: dict[str, tuple[int, int]] = {}

    def line_lost(self, error: LineLostError) -> None:
        """Note over which messages the line was lost."""
        if len(error.uids) > 1:
            self._singly[error.folder] = (error.uidvalidity, error.uids[-1])
        else:
            self._lost[error.folder, error.uidvalidity, error.uids[0]] += 1
            self._singly.setdefault(error.folder, (error.uidvalidity, error.uids[0]))

    def unread(self, arrival: Arrival) -> bool:
        """Note that the server did not give this message; whether it has been tried often enough."""
        place = (arrival.folder, arrival.uidvalidity, arrival.uid)
        self._failed[place] += 1
        return self._failed[place] >= TRIES

    def settled(self, arrival: Arrival) -> None:
        """Forget what was held against a message that has been dealt with."""
        place = (arrival.folder, arrival.uidvalidity, arrival.uid)
        self._lost.pop(place, None)
        self._failed.pop(place, None)

    def guilty(self, session: Session) -> list[Place]:
        """The messages that are to be given up: their turn has come too often, and others can be read.

        Raises what the server says where it gives no others either.
        """
        found = []
        for place in [place for place, many in self._lost.items() if many >= TRIES]:
            folder, uidvalidity, uid = place
            try:
                there = session.examine(folder).uidvalidity == uidvalidity
            except FolderError:
                there = False
            if not there:
                del self._lost[place]
            elif reader.beside(session, [uid]):
                found.append(place)
        return found

    def prepare(self, stream: Stream) -> None:
        """Let a stream read with care where that is needed."""
        if stream.folder in self._singly:
            stream.chunk = 1
            stream.sparing = frozenset(
                uid
                for (folder, uidvalidity, uid), many in self._lost.items()
                if folder == stream.folder
                and many >= HEADER_ONLY
                and stream.uidvalidity in {None, uidvalidity}
            )

    def over(self, arrival: Arrival) -> bool:
        """Whether this message was the last that needed care: from here on chunks may be read again."""
        uidvalidity, last = self._singly.get(arrival.folder, (0, 0))
        if not last or (arrival.uidvalidity == uidvalidity and arrival.uid < last):
            return False
        del self._singly[arrival.folder]
        return True
