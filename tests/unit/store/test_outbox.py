"""The outbox: due, claimed, failed, delivered, expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.detect.verdict import Action
from scanner.store import MailboxStore, OutboxState, Store, alert_key
from tests.unit.store.samples import NOW, alert, verdict

MINUTE = timedelta(minutes=1)


def _put(mailbox: MailboxStore, number: int, **changes: Any) -> str:  # noqa: ANN401  fields of the entry
    entry = replace(alert(number), **changes)
    mailbox.record(
        message_id=f"<{number}@firm.example>", digest=f"digest-{number}", direction="sent", alert=entry
    )
    return entry.key


def _tried(mailbox: MailboxStore, key: str, times: int) -> None:
    for _ in range(times):
        mailbox.claim(key, next_try=NOW)


@pytest.mark.pitfall("paperless-ngx-9436-claim")
def test_a_claim_is_noted_before_anything_leaves(mailbox: MailboxStore) -> None:
    """The claimed entry tells of earlier attempts; a death during the attempt makes it due again."""
    key = _put(mailbox, 1)
    first = mailbox.claim(key, next_try=NOW + MINUTE)
    assert first is not None
    assert 0 == first.attempts
    assert [] == mailbox.pending(NOW)
    assert [1] == [one.attempts for one in mailbox.pending(NOW + MINUTE)]
    second = mailbox.claim(key, next_try=NOW + MINUTE * 2)
    assert second is not None
    assert 1 == second.attempts
    assert first.message_id == second.message_id
    assert first.raw == second.raw


def test_a_failed_attempt_is_due_again_when_it_was_told_to(mailbox: MailboxStore) -> None:
    """The class of the error stands with the entry for `status`."""
    key = _put(mailbox, 1)
    mailbox.claim(key, next_try=NOW + MINUTE)
    mailbox.mark_attempt(key, error="ConnectionError", next_try=NOW + MINUTE * 5)
    assert [] == mailbox.pending(NOW + MINUTE * 4)
    assert ["ConnectionError"] == [one.error for one in mailbox.pending(NOW + MINUTE * 5)]
    assert ["ConnectionError"] == [one.error for one in mailbox.waiting()]


def test_an_attempt_noted_under_a_clock_that_was_ahead_is_due(mailbox: MailboxStore) -> None:
    """After the clock was put back nobody waits for the hour to come again."""
    key = _put(mailbox, 1)
    _put(mailbox, 2, next_try=NOW + MINUTE * 180)
    mailbox.claim(key, next_try=NOW + MINUTE)
    mailbox.mark_attempt(key, error="ConnectError", next_try=NOW + MINUTE * 60)
    assert [] == mailbox.pending(NOW)
    assert [key] == [one.key for one in mailbox.pending(NOW - MINUTE)]


def test_a_delivered_alert_keeps_its_id_and_nothing_else(mailbox: MailboxStore) -> None:
    """The mail is forgotten; the Message-ID stays known as ours; nothing brings it back."""
    key = _put(mailbox, 1)
    mailbox.delivered(key, at=NOW)
    entry = mailbox.outbox_entry(key)
    assert entry is not None
    assert (OutboxState.DELIVERED, b"", NOW) == (entry.state, entry.raw, entry.finished_at)
    assert mailbox.claim(key, next_try=NOW) is None
    mailbox.mark_attempt(key, error="late", next_try=NOW)
    mailbox.delivered(key, at=NOW + MINUTE)
    assert entry == mailbox.outbox_entry(key)
    assert [] == mailbox.pending(NOW)
    assert frozenset({"<alert-1@firm.example>"}) == mailbox.our_message_ids()
    assert mailbox.is_ours("<alert-1@firm.example>")
    assert not mailbox.is_ours("<1@firm.example>")


@pytest.mark.pitfall("zammad-731")
def test_what_one_mailbox_wrote_is_known_as_ours_in_all(place: Path) -> None:
    """An alert that is passed on from one guarded mailbox to another is scored in neither."""
    with Store.open(place) as store:
        one, other = store.mailbox("one"), store.mailbox("other")
        _put(one, 1)

        assert one.is_ours("<alert-1@firm.example>")
        assert other.is_ours("<alert-1@firm.example>")
        assert not other.is_ours("<1@firm.example>")


def test_an_alert_past_its_age_is_given_up(mailbox: MailboxStore) -> None:
    """After many attempts it is no longer pending; `expire` forgets the mail and names the key."""
    key = _put(mailbox, 1, expires_at=NOW + MINUTE)
    _tried(mailbox, key, 100)
    _put(mailbox, 2)
    assert [] == mailbox.expire(NOW)
    assert [alert_key("<2@firm.example>", "")] == [one.key for one in mailbox.pending(NOW + MINUTE)]
    assert [key] == mailbox.expire(NOW + MINUTE)
    entry = mailbox.outbox_entry(key)
    assert entry is not None
    assert (OutboxState.EXPIRED, b"") == (entry.state, entry.raw)
    assert {"expired": 1, "pending": 1} == mailbox.status().alerts


@pytest.mark.parametrize("attempts", [0, 1, 99])
def test_an_alert_is_not_given_up_by_the_clock_alone(mailbox: MailboxStore, attempts: int) -> None:
    """A clock that jumps ahead by days, or was behind when the alert was made, loses none."""
    key = _put(mailbox, 1, expires_at=NOW + MINUTE)
    _tried(mailbox, key, attempts)
    later = NOW + timedelta(days=30)

    assert [] == mailbox.expire(later)
    assert [key] == [one.key for one in mailbox.pending(later)]


def test_what_was_made_under_a_clock_that_was_ahead_is_due(mailbox: MailboxStore) -> None:
    """Also a notice that was to wait a while, and was never tried; and it uses up no daily cap."""
    ahead = NOW + timedelta(days=5)
    _put(mailbox, 1, created_at=ahead)
    _put(mailbox, 2, created_at=ahead, next_try=ahead + 15 * MINUTE, kind="notice")

    assert 2 == len(mailbox.pending(NOW))
    assert 0 == mailbox.alerts_since(NOW - MINUTE, NOW)


def test_the_daily_cap_counts_alerts_and_no_digests(mailbox: MailboxStore) -> None:
    """Alerts count from the moment they were made, also when they are not delivered yet."""
    _put(mailbox, 1, created_at=NOW - MINUTE)
    _put(mailbox, 2)
    _put(mailbox, 3, kind="digest", key="digest:1")
    assert 1 == mailbox.alerts_since(NOW)
    assert 2 == mailbox.alerts_since(NOW - MINUTE)


def test_a_digest_is_queued_once(mailbox: MailboxStore) -> None:
    """A second digest under the same key changes nothing, and takes no verdict from the waiting ones."""
    for number in (1, 2):
        mailbox.record(
            message_id=f"<{number}@firm.example>",
            digest=f"digest-{number}",
            direction="sent",
            verdict=verdict(number, action=Action.DIGEST),
        )
    waiting = mailbox.digest_waiting()
    entry = replace(alert(9), key="digest:monday", kind="digest")
    assert mailbox.queue_digest(entry, waiting[:1]) is True
    assert mailbox.queue_digest(entry, waiting[1:]) is False
    assert ["<2@firm.example>"] == [one.verdict.message_id for one in mailbox.digest_waiting()]
    assert 1 == len(mailbox.pending(NOW))


def test_the_message_id_of_an_alert_is_fixed_by_key_mailbox_and_installation(tmp_path: Path) -> None:
    """The same here in every run; another for another alert, mailbox or installation."""
    key = alert_key("<1@firm.example>", "")
    with Store.open(tmp_path / "one" / "db") as store:
        first = store.mailbox("a").alert_id(key, "anna@firm.example")
        assert first != store.mailbox("a").alert_id(key + "x", "anna@firm.example")
        assert first != store.mailbox("b").alert_id(key, "anna@firm.example")
    with Store.open(tmp_path / "one" / "db") as store:
        assert first == store.mailbox("a").alert_id(key, "anna@firm.example")
    with Store.open(tmp_path / "other" / "db") as store:
        assert first != store.mailbox("a").alert_id(key, "anna@firm.example")


@pytest.mark.parametrize(
    ("owner", "domain"),
    [
        ("anna@Firm.Example", "firm.example"),
        ("anna@b\u00fccher.example", "xn--bcher-kva.example"),
        ("no address", "oopsee.invalid"),
        ("a@d.example>\r\nBcc: c", "oopsee.invalid"),
        ("", "oopsee.invalid"),
    ],
)
def test_the_message_id_stands_in_the_owners_domain(mailbox: MailboxStore, owner: str, domain: str) -> None:
    """Whatever stands for the owner, the id is one well-formed token."""
    found = mailbox.alert_id("key", owner)
    assert found.startswith("<oopsee.")
    assert found.endswith(f"@{domain}>")
    assert found.isascii()
    assert 1 == len(found.split())
