"""What later mail does to earlier messages: labels, alerts, peace; whatever happens in between."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.detect.evidence import Kind
from scanner.errors import StoreError
from scanner.message.model import Message
from scanner.store import Label, MailboxStore, OutboxState, Store, alert_key
from scanner.worker import Plan
from tests.integration.daemon.harness import WRONG
from tests.people import OWNER, START, a_message
from tests.unit.worker.test_intake import Desk

BRUNO = "bruno@rival.example"
NOW = START + timedelta(hours=12)
PLAN = Plan(name="work", address=OWNER, owner=frozenset({OWNER}), daily_cap=2, snapshot_every=5)
NO_CAP = dataclasses.replace(PLAN, daily_cap=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")


@pytest.fixture
def desk(store: MailboxStore) -> Desk:
    """An intake over a new store."""
    return Desk(store)


def notice(number: int, about: Message, sender: str = BRUNO) -> Message:
    """A recipient's answer that it was not for them."""
    made = a_message(number, sender=sender, to=(OWNER,), text="This was not meant for me.")
    return dataclasses.replace(made, in_reply_to=about.message_id)


def test_a_recipients_notice_alerts_where_nothing_was_said_before(desk: Desk) -> None:
    """One mail, about the message that went out, with the recipient's word as the first reason."""
    first = a_message(1, to=[BRUNO])
    desk.take(first)

    assert "alerted" == desk.take(notice(2, first), sent=False)
    (entry,) = desk.store.waiting()
    assert (first.message_id, alert_key(first.message_id, "")) == (entry.about, entry.key)
    told = desk.composed[-1].recipients[0]
    assert ("evidence_notice", True) == (told.reasons[0].key, told.score > 0.5)
    stored = desk.store.verdict(first.message_id)
    assert stored is not None
    assert "alert" == stored.verdict.action.value


def test_a_notice_after_an_alert_brings_no_second_mail(desk: Desk) -> None:
    """The owner knows; the evidence is kept all the same."""
    first = a_message(1, to=[WRONG])
    desk.take(first)

    assert "received" == desk.take(notice(2, first, WRONG), sent=False)
    assert 1 == len(desk.store.waiting())
    assert [Kind.NOTICE] == [one.kind for one in desk.store.evidence(first.message_id)]


def test_evidence_of_the_past_alerts_nobody_and_labels(desk: Desk) -> None:
    """What was learnt on the first day is a label with its weight."""
    first = a_message(1, to=[BRUNO])
    desk.take(first, past=True)
    desk.take(notice(2, first), sent=False, past=True)
    desk.intake.flush()

    assert [] == desk.store.waiting()
    assert [(first.message_id, BRUNO, True, 0.9, "notice")] == [
        (one.message_id, one.recipient, one.wrong, one.weight, one.source) for one in desk.store.labels()
    ]


def test_an_alert_that_has_not_gone_out_stays_back_when_the_sender_takes_the_mail_back(desk: Desk) -> None:
    """Whoever has noticed need not be told."""
    desk.take(a_message(1, to=[WRONG]))

    desk.take(a_message(2, to=[BRUNO, WRONG], text="Sorry, wrong person."))

    entry = desk.store.outbox_entry(alert_key(a_message(1).message_id, ""))
    assert entry is not None
    assert (OutboxState.EXPIRED, b"", "settled") == (entry.state, entry.raw, entry.error)


def test_what_waits_for_the_digest_is_settled_too(store: MailboxStore) -> None:
    """It is not told the next morning."""
    desk = Desk(store, NO_CAP)
    desk.take(a_message(1, to=[WRONG]))
    assert 1 == len(store.digest_waiting())

    desk.take(a_message(2, to=[WRONG], text="Sorry, wrong person."))

    assert ["<000002@firm.example>"] == [one.verdict.message_id for one in store.digest_waiting()]


def test_a_persons_word_is_not_overruled_by_a_sign(desk: Desk) -> None:
    """In whatever order they come; among signs the surer one holds."""
    first, second = a_message(1, to=[BRUNO]), a_message(2, to=[BRUNO], subject="Other")
    desk.take(first)
    desk.take(second)
    fine = Label(first.message_id, BRUNO, wrong=False, at=NOW)
    desk.store.add_label(fine)

    desk.take(notice(3, first), sent=False)
    desk.take(notice(4, second), sent=False)

    assert [(first.message_id, False), (second.message_id, True)] == [
        (one.message_id, one.wrong) for one in desk.store.labels()
    ]


def test_a_new_process_recognises_what_the_last_one_sent(store: MailboxStore) -> None:
    """Trails are in the store, not in memory alone, and nothing is found twice."""
    first = a_message(1, to=[BRUNO])
    Desk(store).take(first)
    Desk(store).take(notice(2, first), sent=False, uid=50)
    Desk(store).take(notice(3, first), sent=False, uid=51)

    assert 1 == len(store.evidence(first.message_id))


def test_a_failure_in_between_finds_the_same_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that ran ahead is thrown away; the message is taken again and its evidence kept once."""
    first = a_message(1, to=[BRUNO])
    desk.take(first)

    def full(*_: object) -> int:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(MailboxStore, "record_many", full)
        with pytest.raises(StoreError):
            desk.take(notice(2, first), sent=False)

    assert [] == desk.store.evidence(first.message_id)
    assert "alerted" == desk.take(notice(2, first), sent=False)
    assert 1 == len(desk.store.evidence(first.message_id))


def test_trails_are_forgotten_when_nothing_can_be_about_them_any_more(desk: Desk) -> None:
    """Two weeks and a day after the send."""
    desk.take(a_message(1, to=[BRUNO]))
    kept = len(desk.store.trails())
    desk.now = NOW + timedelta(days=16)
    for number in range(2, 8):
        late = a_message(number, to=[BRUNO], date=desk.now)
        desk.take(late)

    assert (1, 6) == (kept, len(desk.store.trails()))
