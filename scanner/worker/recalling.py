"""Recalls unread copies of a message out of mailboxes of the same fleet, and has both sides told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from scanner.alert import compose
from scanner.errors import ScannerError
from scanner.mailbox.imap import Session
from scanner.mailbox.marked import own_folder
from scanner.mailbox.recall import RECALLED, Outcome, recall
from scanner.message.model import Person
from scanner.store import Deed, MailboxStore, OutboxEntry

DEED = "recall"
"""The kind of deed of each step: an address and what became of the copy, or "begun"."""


@dataclass(frozen=True, slots=True)
class Party:
    """One mailbox of a recall: its owner's address, its state, and the language of its owner."""

    address: str
    store: MailboxStore
    language: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The message that is recalled; `subject` is told to its sender only."""

    message_id: str
    subject: str
    date: datetime | None


def recall_copy(
    sent: Sent,
    sender: Party,
    recipient: Party,
    session: Callable[[], AbstractContextManager[Session]],
    *,
    inbox: str,
    now: datetime,
) -> Outcome:
    """Take the unread copy out of one recipient's inbox; what became of it.

    `session` logs in to the recipient's mailbox as the master user. Each step is on record with the
    sent message before and after it is taken, and the mails to both owners are put into their
    outboxes once, however often this is called. Raises what the session raises.
    """
    about = sent.message_id
    sender.store.note(Deed(about, DEED, f"{recipient.address} begun", now))
    try:
        with session() as line:
            outcome = recall(line, about, inbox=inbox)
            folder = own_folder(line.listing(), RECALLED)
    except ScannerError as error:
        sender.store.note(Deed(about, DEED, f"{recipient.address} failed: {type(error).__name__}", now))
        raise
    sender.store.note(Deed(about, DEED, f"{recipient.address} {outcome.value}", now))
    _tell_sender(sent, sender, recipient, outcome, folder, now)
    if outcome is Outcome.MOVED:
        _tell_recipient(sent, sender, recipient, folder, now)
    return outcome


def _tell_sender(
    sent: Sent, sender: Party, recipient: Party, outcome: Outcome, folder: str, now: datetime
) -> None:
    key = f"recall:{outcome.value}:{recipient.address}:{sent.message_id}"
    message_id = sender.store.alert_id(key, sender.address)
    raw = compose.recalled(
        outcome.value,
        owner=Person("", sender.address),
        recipient=recipient.address,
        folder=folder,
        subject=sent.subject,
        now=now,
        message_id=message_id,
        language=sender.language,
    )
    sender.store.queue(OutboxEntry(key, message_id, raw, now, kind="notice"))


def _tell_recipient(sent: Sent, sender: Party, recipient: Party, folder: str, now: datetime) -> None:
    key = f"recalled:{sent.message_id}"
    message_id = recipient.store.alert_id(key, recipient.address)
    raw = compose.recalled_here(
        owner=Person("", recipient.address),
        sender=sender.address,
        sent=sent.date,
        folder=folder,
        now=now,
        message_id=message_id,
        language=recipient.language,
    )
    recipient.store.queue(OutboxEntry(key, message_id, raw, now, kind="notice"))
