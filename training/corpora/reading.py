"""A corpus of any form, told by what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.errors import UsageError
from training.corpora.cmu import from_cmu, is_cmu
from training.corpora.folders import from_folder, roots
from training.corpora.owners import LEAST_SENT
from training.corpora.records import from_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.corpora.mailbox import Mailbox

KINDS = "JSON Lines, an mbox, a Maildir, a folder of mailboxes or the CMU Enron corpus"
_LINES = (".jsonl", ".jsonl.gz")


def mailboxes(path: Path, *, least: int = LEAST_SENT) -> list[Mailbox]:
    """Return the mailboxes at `path`, most sent messages first.

    `least` is how many sent messages make an owner among the mail of many in JSON Lines.

    JSON Lines (.jsonl, .jsonl.gz, or a folder of them) and the Enron corpus as CMU gives it out
    hold the mail of many: their owners are found, and what one sends another receives. An mbox or a
    Maildir is one owner's, and so is each mailbox below a folder: OWNER/Sent.mbox beside
    OWNER/Inbox.mbox, or a Maildir with its folders.

    Raises
    ------
    UsageError
        Where there is nothing, something cannot be read (with its line number in JSON Lines), or
        nobody sent enough mail.
    """
    if not path.exists():
        raise UsageError(f"There is no {path}.", remedy=f"Give the path of {KINDS}.")
    try:
        found = _found(path, least)
    except OSError as error:
        where = error.filename or path
        raise UsageError(f"{where} cannot be read: {error.strerror}.", remedy="Make it readable.") from error
    if not found:
        raise UsageError(
            f"In {path} nobody wrote and got enough mail to learn from.", remedy=f"Give the path of {KINDS}."
        )
    return found


def _found(path: Path, least: int) -> list[Mailbox]:
    lines = list(_lines(path))
    if lines:
        return from_records(lines, least=least)
    if is_cmu(path):
        return from_cmu(path)
    boxes = [box for root in roots(path) if (box := from_folder(root)) is not None]
    return sorted(boxes, key=lambda box: (-box.sent, box.name))


def _lines(path: Path) -> Iterator[Path]:
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if file.is_file() and file.name.lower().endswith(_LINES):
            yield file
