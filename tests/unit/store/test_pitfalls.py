"""What broke other programs that keep what they have done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.store import MailboxStore
from tests.unit.store.samples import alert


@pytest.mark.pitfall("paperless-ngx-9436-key")
def test_a_message_has_one_alert_however_often_it_is_worked_on(mailbox: MailboxStore) -> None:
    """A run that overlaps another, or knows the message by another id, puts no second one under its key."""
    other = replace(alert(1), message_id="<alert-of-another-run@firm.example>")
    mailbox.record(message_id="<1@firm.example>", digest="digest-1", direction="sent", alert=alert(1))
    mailbox.record(message_id="<1b@firm.example>", digest="digest-1b", direction="sent", alert=other)

    assert [alert(1).message_id] == [one.message_id for one in mailbox.waiting()]
    assert mailbox.known("<1b@firm.example>", "digest-1b")
