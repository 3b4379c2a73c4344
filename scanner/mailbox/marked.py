"""Answers that are given with the hands: mail moved into a folder, or marked with a keyword."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.mailbox.imap import Listed, Session
from scanner.message.parse import build

ROOT, WRONG, FINE = "Oopsee", "Wrong", "Fine"
KEYWORDS = {"$OopseeWrong": "wrong", "$OopseeFine": "fine"}
"""Keywords (RFC 9051 section 2.3.2) and what they say."""

_ITEMS = ("FLAGS", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")


@dataclass(frozen=True, slots=True)
class Marked:
    """One message in a folder of answers or with a keyword: its UID, Message-ID and keywords."""

    uid: int
    message_id: str
    keywords: frozenset[str]


def answer_folders(listing: Sequence[Listed]) -> tuple[str, str]:
    """Return the names of the folders for wrong and for fine, as this server writes names.

    Below INBOX where all own folders are (as Cyrus and Courier may have them).
    """
    return own_folder(listing, WRONG), own_folder(listing, FINE)


def own_folder(listing: Sequence[Listed], name: str) -> str:
    """Return the whole name of one of our folders."""
    others = [one for one in listing if one.name.upper() != "INBOX"]
    delimiter = next((one.delimiter for one in listing if one.delimiter), "/")
    below = f"INBOX{delimiter}"
    prefix = below if others and all(one.name.startswith(below) for one in others) else ""
    return f"{prefix}{ROOT}{delimiter}{name}"


def make_folders(session: Session, listing: Sequence[Listed]) -> tuple[str, str]:
    """Make the folders for answers where they are not there, and subscribe to them; return their names."""
    names = answer_folders(listing)
    there = {one.name for one in listing}
    for name in names:
        if name not in there:
            session.create(name)
    return names


def marked(session: Session, uids: Sequence[int]) -> list[Marked]:
    """Return the Message-IDs and keywords of messages in the opened folder, by UID."""
    found = []
    for uid, answer in sorted(session.fetch(uids, _ITEMS).items()):
        header = next(
            (value for key, value in answer.items() if key.startswith(b"BODY") and isinstance(value, bytes)),
            b"",
        )
        flags = frozenset(str(flag, "ascii", "replace") for flag in answer.get(b"FLAGS", ()))
        found.append(Marked(uid, build(header, (), ()).message_id, flags))
    return found


def with_keywords(session: Session, folder: str) -> list[Marked]:
    """Return the messages of a folder that bear one of the keywords. Opens it by EXAMINE."""
    session.examine(folder)
    wrong, fine = KEYWORDS
    uids = session.search(["OR", "KEYWORD", wrong, "KEYWORD", fine])
    return marked(session, uids) if uids else []


def filed(session: Session, folder: str, since_uid: int, uidvalidity: int | None) -> tuple[int, list[Marked]]:
    """Return the UIDVALIDITY of a folder and what lies in it above a UID, or all under a new UIDVALIDITY."""
    opened = session.examine(folder)
    if uidvalidity is not None and uidvalidity != opened.uidvalidity:
        since_uid = 0
    uids = [uid for uid in session.search(["UID", f"{since_uid + 1}:*"]) if uid > since_uid]
    return opened.uidvalidity, marked(session, uids) if uids else []
