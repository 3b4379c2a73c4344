"""Putting Oopsee's own messages into a mailbox: the one thing that it ever writes there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from scanner.mailbox.imap import Session

_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.IGNORECASE)


def append(
    session: Session,
    folder: str,
    raw: bytes,
    when: datetime | None = None,
    *,
    flags: Sequence[str] = (),
) -> int | None:
    """File a message in a folder (APPEND, RFC 9051 section 6.3.12); opens no folder.

    Parameters
    ----------
    raw
        The whole message; bare line feeds are made CRLF.
    when
        The INTERNALDATE, with a time zone; None means now, by the server's clock.

    Returns
    -------
    The new message's UID where the server tells it (UIDPLUS, RFC 4315).
    """
    octets = re.sub(rb"\r?\n", b"\r\n", raw)
    told = _APPENDUID.search(session.append(folder, octets, flags, when))
    return int(told[1]) if told else None


def find_message_id(session: Session, folder: str, message_id: str) -> list[int]:
    """The UIDs of the messages in a folder that bear a Message-ID, ascending. Opens it by EXAMINE."""
    session.examine(folder)
    return session.search(["HEADER", "Message-ID", message_id])


def has_message_id(session: Session, folder: str, message_id: str) -> bool:
    """Whether a message with this Message-ID lies in the folder."""
    return bool(find_message_id(session, folder, message_id))


def append_once(
    session: Session,
    folder: str,
    raw: bytes,
    message_id: str,
    when: datetime | None = None,
    *,
    flags: Sequence[str] = (),
) -> bool:
    """File a message unless one with its Message-ID is there; whether it was filed now.

    After a lost line nobody knows whether the message arrived; called again with the same
    Message-ID, it lies there exactly once.
    """
    if has_message_id(session, folder, message_id):
        return False
    append(session, folder, raw, when, flags=flags)
    return True
