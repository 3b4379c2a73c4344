"""Verdicts, alerts and moments for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scanner.detect.verdict import Action, Reason, RecipientVerdict, Severity, Verdict
from scanner.message.model import Role
from scanner.store import OutboxEntry, alert_key

NOW = datetime(2025, 4, 1, 12, 0, tzinfo=UTC)


def verdict(number: int, *, action: Action = Action.SILENT, subject: str = "Offer") -> Verdict:
    """Make a verdict with two recipients, reasons, and feature rows that decimal text would round."""
    why = Reason(
        "names", 1.0 / 3, "same_given_name", (("name", "Anna"), ("other", "Ann\u0131")), "Both are Anna."
    )
    return Verdict(
        message_id=f"<{number}@firm.example>",
        digest=f"digest-{number}",
        date=NOW + timedelta(minutes=number, microseconds=7),
        subject=subject,
        score=0.1 + 0.2,
        recipients=(
            RecipientVerdict(
                "anna@acme.example",
                "Anna \udcff Rossi",
                Role.TO,
                0.1 + 0.2,
                "anna@firm.example",
                "Anna",
                (why,),
            ),
            RecipientVerdict("ben@firm.example", "", Role.CC, 1e-9),
        ),
        action=action,
        severity=Severity.MIDDLE,
        why="above the threshold",
        model="sha256:0",
        feature_schema="1",
        feature_rows=((1.0 / 3, float("inf"), -0.0), (1e-300, 2.0, 0.1)),
    )


def alert(number: int, *, created_at: datetime = NOW, expires_at: datetime | None = None) -> OutboxEntry:
    """Make the alert about message `number`."""
    about = f"<{number}@firm.example>"
    return OutboxEntry(
        key=alert_key(about, f"digest-{number}"),
        message_id=f"<alert-{number}@firm.example>",
        raw=f"Subject: about Zebra{number}\r\n\r\n".encode(),
        created_at=created_at,
        about=about,
        expires_at=expires_at,
    )
