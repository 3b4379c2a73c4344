"""Fictional letters as facts, for tests of what is learnt from mail and of what is found in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from scanner.history.facts import Facts, facts_of
from scanner.history.history import History
from scanner.history.terms import TermHasher
from scanner.message.model import (
    Attachment,
    Kind,
    Message,
    Person,
    QuotedBlock,
    Recipient,
    Role,
    Salutation,
)
from scanner.message.parse import parse
from tests.benchmarks.mailbox import OWNER as MAILBOX_OWNER
from tests.benchmarks.mailbox import mails

OWNER = "anna.neri@firm.example"
OWNERS = frozenset({OWNER})
START = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def person(text: str) -> Person:
    """A person written as `Name <address>` or as an address alone."""
    name, _, address = text.removesuffix(">").rpartition("<")
    return Person(name.strip(), address)


def letter(
    number: int = 1,
    *,
    sender: str = OWNER,
    to: Sequence[str] = ("Bruno Conti <bruno.conti@firm.example>",),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    day: float | None = None,
    undated: bool = False,
    subject: str = "",
    text: str = "",
    greets: Sequence[str] = (),
    greets_group: bool = False,
    named: Sequence[str] = (),
    quoted: Sequence[QuotedBlock] = (),
    quoted_text: str = "",
    kind: Kind = Kind.NEW,
    answers: int | None = None,
    attachments: Sequence[str] = (),
    text_addresses: Sequence[str] = (),
    automatic: bool = False,
) -> Message:
    """One mail; `number` gives it its Message-ID and, where no `day` does, its hour after the start.

    `day` is the time in days after the start; `answers` the number of the mail that it answers.
    """
    after = timedelta(days=day) if day is not None else timedelta(hours=number)
    recipients = tuple(
        Recipient(one.address, one.name, role)
        for role, people in ((Role.TO, to), (Role.CC, cc), (Role.BCC, bcc))
        for one in map(person, people)
    )
    parent = f"<{answers}@firm.example>" if answers is not None else ""
    return Message(
        message_id=f"<{number}@firm.example>",
        digest=hashlib.sha256(f"{number} {sender} {to} {cc} {text}".encode("utf-8", "replace")).hexdigest(),
        date=None if undated else START + after,
        sender=person(sender),
        recipients=recipients,
        subject=subject,
        base_subject=subject,
        kind=Kind.REPLY if parent and kind is Kind.NEW else kind,
        own_text=text,
        quoted_text=quoted_text,
        quoted=tuple(quoted),
        salutation=Salutation(tuple(greets), group=greets_group) if greets or greets_group else None,
        named=tuple(named),
        text_addresses=tuple(text_addresses),
        attachments=tuple(Attachment(name, "application/pdf", 1000) for name in attachments),
        in_reply_to=parent,
        references=(parent,) if parent else (),
        automatic=automatic,
    )


def quoting(sender: str, *, to: Sequence[str] = (), cc: Sequence[str] = ()) -> QuotedBlock:
    """The header block of a quoted mail."""
    return QuotedBlock(person(sender), tuple(map(person, to)), tuple(map(person, cc)))


def facts(message: Message, *, owner: frozenset[str] = OWNERS, hasher: TermHasher | None = None) -> Facts:
    """What is learnt of a mail, which was sent if it is from the owner."""
    sent = message.sender.address in owner
    return facts_of(message, sent=sent, owner=owner, hasher=hasher or TermHasher())


def learnt(*messages: Message, history: History | None = None) -> History:
    """A history that has learnt these mails."""
    history = history or History()
    for message in messages:
        history.learn(facts(message))
    return history


@cache
def mailbox(count: int, *, people: int = 120, seed: int = 1) -> tuple[tuple[Message, bool], ...]:
    """A made-up mailbox of so many mails in date order, each with whether it was sent; see `OWNER`."""
    assert OWNER == MAILBOX_OWNER[1]
    return tuple((parse(mail.raw), mail.folder == "Sent") for mail in mails(count, people=people, seed=seed))
