"""Fictional messages for tests, as facts and as octets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from scanner.detect.verdict import Action, RecipientVerdict, Severity, Verdict
from scanner.message.model import Kind, Message, Person, Recipient, Role

OWNER = "anna@firm.example"
START = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def a_message(
    number: int = 1,
    *,
    sender: str = OWNER,
    to: Sequence[str] = ("bruno@firm.example",),
    date: datetime | None = None,
    undated: bool = False,
    message_id: str | None = None,
    subject: str = "Minutes",
    text: str = "See you on Monday.",
    ours: bool = False,
) -> Message:
    """One mail as facts; `number` gives it a Message-ID and a date of its own."""
    digest = hashlib.sha256(f"{number}{sender}{to}{subject}{text}".encode()).hexdigest()
    return Message(
        message_id=f"<{number:06d}@firm.example>" if message_id is None else message_id,
        digest=digest,
        date=None if undated else date or START + timedelta(hours=number),
        sender=Person("", sender),
        recipients=tuple(Recipient(address, "", Role.TO) for address in to),
        subject=subject,
        base_subject=subject,
        kind=Kind.NEW,
        own_text=text,
        quoted_text="",
        ours=ours,
    )


def a_verdict(message: Message, *, score: float = 0.5, action: Action = Action.SILENT) -> Verdict:
    """A verdict that gives every recipient the same score."""
    return Verdict(
        message_id=message.message_id,
        digest=message.digest,
        date=message.date,
        subject=message.subject,
        score=score,
        recipients=tuple(
            RecipientVerdict(one.address, one.name, one.role, score) for one in message.recipients
        ),
        action=action,
        severity=Severity.LOW,
        why="a test",
        model="test",
        feature_schema="test",
    )


def raw_mail(
    number: int,
    *,
    sender: str = OWNER,
    to: Iterable[str] = ("bruno@firm.example",),
    date: datetime | None = None,
    subject: str = "Minutes",
    text: str = "See you on Monday.",
) -> bytes:
    """The same kind of mail as octets, with CRLF."""
    moment = date or START + timedelta(hours=number)
    lines = [
        f"From: <{sender}>",
        f"To: {', '.join(f'<{address}>' for address in to)}",
        f"Date: {moment.strftime('%a, %d %b %Y %H:%M:%S +0000')}",
        f"Message-ID: <{number:06d}@firm.example>",
        f"Subject: {subject}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()
