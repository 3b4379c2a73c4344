"""Takes an unread copy of a message out of somebody's inbox, where an administrator allowed it.

Nothing is deleted: the copy is moved into a folder of the same mailbox, and whoever owns it is told.
"""

from __future__ import annotations

import enum

from scanner.mailbox.imap import Session
from scanner.mailbox.marked import own_folder

RECALLED = "Recalled"
"""The folder, beside those for answers, in which recalled copies lie."""


class Outcome(enum.StrEnum):
    """What became of the copy."""

    MOVED = "moved"
    """It was unread and lies in the folder now."""

    READ = "read"
    """It has been read, before or at the very moment: it lies where it was."""

    GONE = "gone"
    """No copy lies in the inbox: never delivered, moved on by a filter, or deleted."""


def recall(session: Session, message_id: str, *, inbox: str = "INBOX") -> Outcome:
    """Move the unread copies of a message out of an inbox; `session` is logged in to that mailbox.

    Whether it is unread is looked at before and after the move: what was opened in between is put
    back. Called again after a lost line it goes on where it stopped. Raises what a session raises,
    RefusedError where the server can neither MOVE (RFC 6851) nor expunge single messages (RFC 4315).
    """
    folder = own_folder(session.listing(), RECALLED)
    there = _find(session, inbox, message_id)
    if not there:
        return _settled(session, folder, inbox, message_id)
    unread = _find(session, inbox, message_id, "UNSEEN")
    if unread != there:
        return Outcome.READ
    session.create(folder)
    session.move(inbox, unread, folder)
    return _settled(session, folder, inbox, message_id)


def _settled(session: Session, folder: str, inbox: str, message_id: str) -> Outcome:
    """Look at what lies in the folder: opened copies go back."""
    if not any(one.name == folder for one in session.listing()):
        return Outcome.GONE
    moved = _find(session, folder, message_id)
    if not moved:
        return Outcome.GONE
    if _find(session, folder, message_id, "UNSEEN") != moved:
        session.move(folder, moved, inbox)
        return Outcome.READ
    return Outcome.MOVED


def _find(session: Session, folder: str, message_id: str, *more: str) -> list[int]:
    session.examine(folder)
    return session.search([*more, "HEADER", "Message-ID", message_id])
