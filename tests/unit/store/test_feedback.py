"""Labels, mutes, quarantine, health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scanner.store import Cursor, Health, Label, MailboxStore, Quarantined
from tests.unit.store.samples import NOW

MINUTE = timedelta(minutes=1)
ONE, ANNA, BEN = "<1@firm.example>", "anna@acme.example", "ben@acme.example"


@pytest.mark.pitfall("rspamd-iscan-32")
@pytest.mark.parametrize(
    ("first", "second", "contradicts"),
    [
        (Label(ONE, ANNA, True, NOW), Label(ONE, ANNA, False, NOW), True),
        (Label(ONE, ANNA, True, NOW), Label(ONE, ANNA, True, NOW), False),
        (Label(ONE, ANNA, True, NOW), Label(ONE, BEN, False, NOW), False),
        (Label(ONE, ANNA, True, NOW), Label(ONE, None, False, NOW), True),
        (Label(ONE, None, False, NOW), Label(ONE, ANNA, True, NOW), True),
        (Label(ONE, ANNA, False, NOW), Label(ONE, None, True, NOW), False),
        (Label(ONE, None, True, NOW), Label(ONE, None, False, NOW), True),
        (Label(ONE, ANNA, True, NOW), Label("<2@firm.example>", ANNA, False, NOW), False),
    ],
)
def test_of_two_labels_that_contradict_the_last_holds_and_it_is_told(
    mailbox: MailboxStore, first: Label, second: Label, contradicts: bool
) -> None:
    """Labels can flip; the one that is replaced comes back to the caller."""
    assert mailbox.add_label(first) is None
    assert (first if contradicts else None) == mailbox.add_label(second)
    same_place = (first.message_id, first.recipient) == (second.message_id, second.recipient)
    assert ([second] if contradicts or same_place else [first, second]) == mailbox.labels()
    assert second in mailbox.labels_of(second.message_id)


def test_the_order_of_giving_counts_not_the_date(mailbox: MailboxStore) -> None:
    """An imported label with an older date still replaces; flipping twice ends where it began."""
    new, old = Label(ONE, ANNA, True, NOW), Label(ONE, ANNA, False, NOW - MINUTE, 0.5, "import", "note")
    assert [(old, new), (new, old)] == mailbox.add_labels([new, old, new])
    assert [new] == mailbox.labels()
    assert 3 == mailbox.status().labels


def test_mutes_are_lifted_and_count_once(mailbox: MailboxStore) -> None:
    """Addresses and domains are apart and compared in lower case."""
    mailbox.mute("pair", "Anna@Acme.example", at=NOW)
    mailbox.mute("pair", "anna@acme.example", at=NOW + MINUTE, note="fine")
    mailbox.mute("domain", "acme.example", at=NOW)
    assert [("domain", "acme.example"), ("pair", "anna@acme.example")] == [
        (one.scope, one.value) for one in mailbox.mutes()
    ]
    assert mailbox.unmute("domain", "ACME.example") is True
    assert mailbox.unmute("domain", "acme.example") is False
    assert ["fine"] == [one.note for one in mailbox.mutes()]


def test_quarantine_counts_tries_and_can_pass_over(mailbox: MailboxStore) -> None:
    """A bad message is listed with its tries; passing over it moves the cursor with the same commit."""
    assert 1 == mailbox.quarantine("Sent", 7, 5, "RecursionError", at=NOW)
    assert mailbox.cursor("Sent") is None
    assert 2 == mailbox.quarantine("Sent", 7, 5, "MemoryError", at=NOW + MINUTE, pass_over=True)
    assert Cursor(7, 5) == mailbox.cursor("Sent")
    assert [Quarantined("Sent", 7, 5, "MemoryError", 2, NOW + MINUTE)] == mailbox.quarantined()
    assert mailbox.release("Sent", 7, 5) is True
    assert mailbox.release("Sent", 7, 5) is False
    assert [] == mailbox.quarantined()


def test_heartbeats_keep_the_last_success_and_the_last_failure(mailbox: MailboxStore) -> None:
    """A failure does not hide when all was last well."""
    mailbox.heartbeat("poll", NOW)
    mailbox.heartbeat("poll", NOW + MINUTE, error="ConnectError")
    mailbox.heartbeat("scored", NOW, amount=12)
    assert {
        "poll": Health("poll", NOW, 1, "ConnectError", NOW + MINUTE, 1),
        "scored": Health("scored", NOW, 12, "", None, 0),
    } == mailbox.health()


def test_status_counts_everything(mailbox: MailboxStore) -> None:
    """One call gives what `oopsee status` shows."""
    mailbox.record(
        message_id="<1@x>", digest="1", direction="sent", folder="Sent", uidvalidity=1, uid=4, entry=b""
    )
    mailbox.record(message_id="<2@x>", digest="2", direction="received")
    mailbox.record(message_id="<3@x>", digest="3", direction="skipped")
    mailbox.quarantine("Sent", 1, 9, "reason", at=NOW)
    mailbox.mute("domain", "x.example", at=NOW)
    status = mailbox.status()
    assert (1, 1, 1) == (status.sent, status.received, status.skipped)
    assert (0, 1, 1, 1) == (status.labels, status.mutes, status.quarantined, status.journal_entries)
    assert {"Sent": Cursor(1, 4)} == status.cursors
    assert (None, None) == (status.oldest_pending, status.last_alert)


def test_the_first_time_a_person_said_wrong_is_known(mailbox: MailboxStore) -> None:
    """Signs out of mail are nobody's word, and saying it again moves nothing."""
    about = "<1@x.example>"
    assert mailbox.first_said_wrong(about) is None
    mailbox.add_label(Label(about, None, wrong=True, at=NOW, source="retraction"))
    assert mailbox.first_said_wrong(about) is None
    for hours in (2, 1, 3):
        mailbox.add_label(Label(about, None, wrong=True, at=NOW + timedelta(hours=hours)))

    assert NOW + timedelta(hours=1) == mailbox.first_said_wrong(about)
    assert mailbox.first_said_wrong("<2@x.example>") is None
