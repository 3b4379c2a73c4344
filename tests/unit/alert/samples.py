"""Verdicts for the tests of the alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from scanner.alert import compose
from scanner.detect.verdict import Action, Reason, RecipientVerdict, Severity, Verdict
from scanner.message.model import Person, Role

NOW = datetime(2025, 4, 1, 15, 23, 2, tzinfo=timezone(timedelta(hours=2)))
OWNER = Person("Maria Verdi", "maria@firm.example")
ALERT_ID = "<oopsee.0123456789@firm.example>"


def why(text: str, weight: float = 1.0) -> Reason:
    """Make a reason."""
    return Reason("names", weight, "key", (), text)


ANNA = RecipientVerdict(
    "anna.rossi@acme.example",
    "Anna Rossi",
    Role.TO,
    0.8,
    "anna@firm.example",
    "Anna Rossi-Bianchi",
    (
        why("You have not written to this recipient before.", 0.5),
        why("Both are called Anna.", 2.0),
        why("A reply in the same thread.", -1.0),
        why("The greeting names somebody else.", 0.7),
        why("Sent at night.", 0.1),
    ),
)
BEN = RecipientVerdict("ben@beta.example", "Ben Wei\u00df", Role.CC, 0.5, None, "", (why("He is new here."),))


def verdict(*recipients: RecipientVerdict, **changes: Any) -> Verdict:  # noqa: ANN401  fields of the verdict
    """Make a verdict on a message sent 40 seconds before NOW."""
    made = Verdict(
        message_id="<sent.1@firm.example>",
        digest="0123abcd",
        date=NOW - timedelta(seconds=40),
        subject="Offer Q3",
        score=max((one.score for one in recipients), default=0.0),
        recipients=recipients,
        action=Action.ALERT,
        severity=Severity.MIDDLE,
        why="above the threshold",
        model="rules",
        feature_schema="1",
    )
    return replace(made, **changes)


def alert(*recipients: RecipientVerdict, **changes: Any) -> bytes:  # noqa: ANN401  fields of the verdict
    """Compose the alert about `verdict(...)`."""
    return compose.alert(verdict(*recipients, **changes), owner=OWNER, now=NOW, message_id=ALERT_ID)


def parsed(raw: bytes) -> EmailMessage:
    """Read a mail as a mail client does."""
    return message_from_bytes(raw, policy=policy.default)


def part(raw: bytes, subtype: str) -> str:
    """Give the text or HTML of a mail, with line feeds as line ends."""
    body = parsed(raw).get_body(preferencelist=(subtype,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def flat(raw: bytes) -> str:
    """Give the text with its line breaks as spaces."""
    return " ".join(part(raw, "plain").split())
