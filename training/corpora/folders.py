"""Mailboxes as mail programs keep and export them: an mbox, a Maildir, or a folder of either."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scanner.audit import in_order as each_once
from scanner.audit import went
from scanner.mailbox import local, mbox
from scanner.mailbox.names import Purpose, purpose, purpose_of_file
from training.corpora.copies import Copies
from training.corpora.mailbox import Mailbox, in_order
from training.corpora.owners import one_owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scanner.mailbox.item import Item

NEVER_SENT = frozenset({Purpose.DRAFTS, Purpose.JUNK})
"""Folders whose mail was neither sent nor wanted."""

_HEAD = 4096


def roots(path: Path) -> list[Path]:
    """Return where the mailboxes at `path` begin: `path` itself where it is one owner's mail.

    A directory is one owner's mail if it is a Maildir, holds a folder or file with a folder's name
    (Sent, Inbox, in any language), or single messages. Otherwise every directory in it is a mailbox,
    or holds some, and so is every mbox file.
    """
    if not path.is_dir() or _is_one(path):
        return [path]
    found = [root for entry in sorted(path.iterdir()) if entry.is_dir() for root in roots(entry)]
    return found + _boxes(path)


def _is_one(path: Path) -> bool:
    names = [entry for entry in path.iterdir() if not entry.name.startswith(".Trash")]
    return any(
        (entry.is_dir() and entry.name in {"cur", "new"})
        or (entry.is_dir() and purpose(entry.name.removesuffix(".mbox").removeprefix(".")) is not None)
        or (entry.is_file() and entry.suffix.lower() == ".eml")
        or (entry.is_file() and entry.name == "mbox")
        or (entry.is_file() and purpose_of_file(entry.stem) is not None and _is_mbox(entry))
        for entry in names
    )


def _boxes(path: Path) -> list[Path]:
    return [entry for entry in sorted(path.iterdir()) if entry.is_file() and _is_mbox(entry)]


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return mbox.looks_like_mbox(file.read(_HEAD))


def from_folder(path: Path) -> Mailbox | None:
    """Return the one mailbox at `path`, None where nothing in it was sent."""
    items = [item for item in local.read(path) if _purpose(item) not in NEVER_SENT]
    owner = _owner(items)
    copies = Copies()
    past = [
        one
        for one in (went(item.message, sent=item.sent, owner=owner, only_own=False) for item in items)
        if one is not None
    ]
    # Sent mail first: of several copies the one in the Sent folder stays.
    mail = [
        (one.message, one.sent)
        for one in sorted(each_once(past), key=lambda one: not one.sent)
        if not copies.is_copy(
            author=one.message.sender.address,
            date=one.message.date.isoformat() if one.message.date else "",
            subject=one.message.subject,
            text=f"{one.message.own_text}\n{one.message.quoted_text}",
            recipients=[recipient.address for recipient in one.message.recipients],
        )
    ]
    box = Mailbox(path.name.partition(".")[0] or path.name, owner, in_order(mail))
    return box if box.sent else None


def _purpose(item: Item) -> Purpose | None:
    if item.folder is None:
        return None
    return next((kind for part in reversed(item.folder.split(".")) if (kind := purpose_of_file(part))), None)


def _owner(items: Sequence[Item]) -> frozenset[str]:
    """Return the owner's addresses, as far as can be told.

    They are the senders of the Sent folder, where there is one. Otherwise the owner is who takes
    part in most messages, as sender or recipient, of those who sent any: a newsletter only sends.
    """
    sent = [item.message.sender for item in items if item.sent]
    if sent:
        return one_owner(sent)[1]
    senders = [item.message.sender for item in items if item.sent is None and item.message.sender.address]
    if not senders:
        return frozenset()
    own = Counter(one.address for one in senders)
    parts: Counter[str] = Counter()
    for item in items:
        message = item.message
        parts.update({message.sender.address, *(one.address for one in message.recipients)})
    main = min(own, key=lambda address: (-parts[address], -own[address], address))
    return one_owner(senders, main)[1]
