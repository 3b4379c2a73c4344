"""Reads the owner's answers out of folders and keywords, where that was switched on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from scanner.alert.answers import Answer
from scanner.errors import FolderError
from scanner.mailbox.imap import Listed, Session
from scanner.mailbox.marked import KEYWORDS, Marked, filed, make_folders, with_keywords
from scanner.store import Deed, MailboxStore
from scanner.worker.answering import said

KEYWORD = "keyword"
"""The kind of deed that notes that a keyword was heeded: it stays on the message, and is heeded once."""


class Filed:
    """Answers by hand for one mailbox: `folders` and `keywords` say which ways are switched on.

    The alert itself or the sent message may be moved or marked. Only who may write in the mailbox can
    do that, so no token is needed.
    """

    def __init__(
        self,
        store: MailboxStore,
        *,
        inbox: str,
        folders: bool,
        keywords: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._folders = folders
        self._keywords = keywords
        self._clock = clock
        self._names: tuple[str, str] | None = None

    def read(self, session: Session, listing: Callable[[], Sequence[Listed]]) -> int:
        """Take in what is new; how many answers. Folders that are not there are made."""
        return (self._read_folders(session, listing) if self._folders else 0) + (
            self._read_keywords(session) if self._keywords else 0
        )

    def _read_folders(self, session: Session, listing: Callable[[], Sequence[Listed]]) -> int:
        if self._names is None:
            self._names = make_folders(session, listing())
        count = 0
        try:
            statuses = session.statuses(self._names)
            for name, word in zip(self._names, (Answer.WRONG, Answer.FINE), strict=True):
                cursor, status = self._store.cursor(name), statuses.get(name)
                if cursor is not None and status is not None and status.uidnext:
                    same = status.uidvalidity == cursor.uidvalidity
                    if same and status.uidnext <= cursor.last_uid + 1:
                        continue
                uidvalidity, found = filed(
                    session,
                    name,
                    cursor.last_uid if cursor is not None else 0,
                    cursor.uidvalidity if cursor is not None else None,
                )
                for one in found:
                    count += self._heed(one, word)
                    self._store.set_cursor(name, uidvalidity, one.uid)
        except FolderError:
            self._names = None  # deleted meanwhile: made again at the next pass
        return count

    def _read_keywords(self, session: Session) -> int:
        count = 0
        for one in with_keywords(session, self._inbox):
            for keyword, word in KEYWORDS.items():
                if keyword not in one.keywords:
                    continue
                about = self._about(one)
                if about and not any(
                    deed.kind == KEYWORD and deed.detail == word for deed in self._store.deeds(about)
                ):
                    count += self._heed(one, Answer(word))
                    self._store.note(Deed(about, KEYWORD, word, self._clock()))
        return count

    def _about(self, one: Marked) -> str:
        """The sent message that a mail is, or that it is the alert about; "" for any other mail."""
        if not one.message_id:
            return ""
        if about := self._store.alert_about({one.message_id}):
            return about
        return one.message_id if self._store.verdict(one.message_id) is not None else ""

    def _heed(self, one: Marked, word: Answer) -> bool:
        about = self._about(one)
        stored = self._store.verdict(about) if about else None
        if stored is None:
            return False
        now = self._clock()
        self._store.keep(said(stored.verdict, word, at=now, now=now, by=one.message_id))
        return True
