"""What `oopsee recover` does where it is asked to: drafts into the Drafts folder, recalls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from scanner.cli import wiring
from scanner.errors import FolderError, UsageError
from scanner.mailbox import append, folders
from scanner.mailbox.imap import Session
from scanner.mailbox.recall import Outcome
from scanner.message.model import Message, Person
from scanner.recovery import Case, Draft
from scanner.recovery.letter import as_mail
from scanner.settings import Mailbox, Settings
from scanner.store import Deed, MailboxStore, Store
from scanner.words import FALLBACK
from scanner.worker.recalling import Party, Sent, recall_copy

DRAFT = "draft"
"""The kind of deed of a draft that was filed."""


def file_drafts(
    settings: Settings,
    box: Mailbox,
    here: MailboxStore,
    message: Message,
    letters: Sequence[Draft],
    now: datetime,
) -> str:
    """Put drafts into the Drafts folder, each once, and note it; the folder's name.

    Raises `FolderError` where there is no such folder.
    """
    about = message.message_id or message.digest
    owner = Person(message.sender.name if message.sender.address in box.owner else "", box.address)
    with wiring.session(settings, box) as session:
        found = folders.discover(session, box.folders.sent)
        if found.drafts is None:
            raise FolderError(
                f"The mailbox has no folder for drafts. It has: {', '.join(found.listing)}.",
                meaning="No draft was filed; nothing was changed.",
                remedy="Make a folder called Drafts, or copy the texts that 'oopsee recover' shows.",
            )
        for letter in letters:
            key = f"draft:{letter.addressee}:{letter.language}:{about}"
            message_id = here.alert_id(key, box.address).replace("<oopsee.", "<draft.")
            raw = as_mail(
                letter,
                owner=owner,
                message_id=message_id,
                now=now,
                about=message.message_id,
                references=message.references,
            )
            append.append_once(session, found.drafts, raw, message_id, now, flags=("\\Draft", "\\Seen"))
            here.note(Deed(about, DRAFT, str(letter.addressee), now))
    return found.drafts


def recall_copies(
    settings: Settings, box: Mailbox, store: Store, case: Case, message: Message, now: datetime
) -> list[tuple[str, Outcome]]:
    """Recall the unread copies of the wrong recipients whose mailboxes this configuration guards.

    Raises `UsageError` where the administrator has not allowed it or there is nobody it could be
    recalled from.
    """
    if not settings.recall.allowed:
        raise UsageError(
            "Recalling copies is not allowed here.",
            meaning="Nothing was moved.",
            remedy="The administrator can allow it in the table [recall] of the configuration.",
        )
    if not message.message_id:
        raise UsageError("The message has no Message-ID.", meaning="Its copies cannot be found.")
    targets = [
        (one.address, other)
        for one in case.wrong
        for other in settings.mailbox
        if one.address in other.owner and _same_server(box, other) and other.name != box.name
    ]
    if not targets:
        raise UsageError(
            "None of the wrong recipients has a mailbox that this configuration guards on the same server.",
            meaning="Nothing was moved.",
            remedy="Write to them: 'oopsee recover' shows a draft.",
        )
    sent = Sent(message.message_id, message.subject, message.date)
    sender = Party(box.address, store.mailbox(box.name), _language(box))
    found = []
    for address, other in targets:
        recipient = Party(address, store.mailbox(other.name), _language(other))

        def session(other: Mailbox = other) -> AbstractContextManager[Session]:
            return wiring.master_session(settings, other)

        inbox = other.folders.inbox
        found.append((address, recall_copy(sent, sender, recipient, session, inbox=inbox, now=now)))
    return found


def _same_server(one: Mailbox, other: Mailbox) -> bool:
    return (one.imap.host, one.imap.port) == (other.imap.host, other.imap.port)


def _language(box: Mailbox) -> str:
    return FALLBACK if box.language == "auto" else box.language
