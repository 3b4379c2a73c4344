"""The daemon on a real server: from a message in Sent to the alert in the inbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scanner.store import MailboxStore
from tests.conftest import Account
from tests.integration.daemon.conftest import running, until
from tests.integration.daemon.stub import WRONG, a_guard
from tests.people import raw_mail


def now() -> datetime:
    """The present moment; the age cap looks at the clock."""
    return datetime.now(UTC)


def learnt(store: MailboxStore) -> bool:
    """Whether the past has been read."""
    return "learnt" in store.health()


def alerts(account: Account) -> list[bytes]:
    """The alerts in the inbox."""
    return [raw for raw in account.server.messages(account.user) if b"X-Oopsee" in raw]


def test_a_misdirected_mail_brings_an_alert_into_the_inbox(dovecot: Account, store: MailboxStore) -> None:
    """The alert lies in the inbox and answers the sent message."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot))

    assert b"In-Reply-To: <000001@firm.example>" in alerts(dovecot)[0]
