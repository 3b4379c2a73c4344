"""Which messages of a folder with everything lie in a Sent folder too: there they count, not here."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.mailbox import reader
from scanner.mailbox.imap import Session
from scanner.store import MailboxStore


class Twins:
    """Looks up, at the first question, the ids of what is new in the Sent folders.

    What is not new there has been scored, so that the store knows it. A server that shows one
    message in several folders (Gmail) shows it in all of them at once.
    """

    def __init__(self, session: Session, store: MailboxStore, sent: Iterable[str]) -> None:
        self._session = session
        self._store = store
        self._sent = tuple(sent)
        self._ids: frozenset[str] | None = None

    def hold(self, message_id: str) -> bool:
        """Whether a Sent folder holds a new message with this Message-ID."""
        if not message_id:
            return False
        if self._ids is None:
            self._ids = frozenset().union(*map(self._new_in, self._sent))
        return message_id in self._ids

    def _new_in(self, folder: str) -> frozenset[str]:
        cursor = self._store.cursor(folder)
        if cursor is None:
            return reader.message_ids(self._session, folder)
        return reader.message_ids(self._session, folder, cursor.last_uid, uidvalidity=cursor.uidvalidity)
