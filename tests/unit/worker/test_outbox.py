"""The outbox round: what is due, what is tried again, and the digest of the day."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scanner.detect.verdict import Action
from scanner.errors import DeliveryError
from scanner.store import MailboxStore, OutboxEntry, Store, StoredVerdict
from scanner.worker import Backoff, Plan, Postman
from scanner.worker.outbox import CLAIM, last_digest_hour
from tests.people import OWNER, START, a_message, a_verdict

PLAN = Plan(name="work", address=OWNER, owner=frozenset({OWNER}), digest_hour=8)


class Letterbox:
    """A delivery that can be out of order."""

    def __init__(self) -> None:
        self.broken = False
        self.arrived: list[tuple[str, bool]] = []

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """Take it, or fail."""
        del raw
        if self.broken:
            raise DeliveryError
        self.arrived.append((message_id, repeat))


class Office:
    """A postman and everything about him."""

    def __init__(self, store: MailboxStore) -> None:
        self.store = store
        self.box = Letterbox()
        self.now = START
        self.postman = Postman(PLAN, store, self.box, Backoff(random.Random(1)), lambda: self.now)

    def alert(self, number: int, *, expires_after: float = 24) -> None:
        """Put an alert about a new message into the outbox."""
        message = a_message(number)
        entry = OutboxEntry(
            key=f"alert:{number}",
            message_id=f"<{number}@oopsee.example>",
            raw=b"mail",
            created_at=self.now,
            expires_at=self.now + timedelta(hours=expires_after),
        )
        self.store.record(
            message_id=message.message_id,
            digest=message.digest,
            direction="sent",
            verdict=a_verdict(message, action=Action.ALERT),
            alert=entry,
        )

    def for_digest(self, number: int) -> None:
        """Record a message that waits for the digest."""
        message = a_message(number)
        self.store.record(
            message_id=message.message_id,
            digest=message.digest,
            direction="sent",
            verdict=a_verdict(message, action=Action.DIGEST),
        )

    def digest(self) -> bool:
        """Make the digest if it is time."""
        return self.postman.digest(self._compose)

    def _compose(self, verdicts: Sequence[StoredVerdict], now: datetime, message_id: str) -> bytes:
        del now
        return f"{message_id} {len(verdicts)}".encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A postman over a new store."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield Office(opened.mailbox("work"))


def test_what_waits_is_delivered_once(office: Office) -> None:
    """A second round has nothing left to do."""
    office.alert(1)

    assert [1, 0] == [office.postman.deliver(), office.postman.deliver()]
    assert [("<1@oopsee.example>", False)] == office.box.arrived


def test_a_failed_delivery_is_tried_again_later_as_a_repeat(office: Office) -> None:
    """The alert stays; after the wait it goes out, and the delivery knows that it may be there already."""
    office.alert(1)
    office.box.broken = True
    with pytest.raises(DeliveryError):
        office.postman.deliver()
    office.box.broken = False
    assert 0 == office.postman.deliver()
    office.now += timedelta(minutes=5)
    office.postman.deliver()

    assert [("<1@oopsee.example>", True)] == office.box.arrived


def test_a_failure_is_seen_in_the_health(office: Office) -> None:
    """The status can say that alerts do not get through."""
    office.alert(1)
    office.box.broken = True
    with pytest.raises(DeliveryError):
        office.postman.deliver()

    assert office.store.health()["delivery"].error.startswith("DeliveryError")


def test_a_new_process_does_not_wait_for_the_old_ones_claim(office: Office) -> None:
    """What a killed process had begun is due at the start of the next one, as a repeat."""
    office.alert(1)
    office.store.claim("alert:1", next_try=office.now + CLAIM)
    office.postman.deliver()

    assert [("<1@oopsee.example>", True)] == office.box.arrived


def test_what_is_too_old_is_not_delivered(office: Office) -> None:
    """An alert that could not go out for its whole life, however often it was tried, is given up."""
    office.alert(1, expires_after=9)
    office.box.broken = True
    for _ in range(110):
        office.now += timedelta(minutes=5)
        with suppress(DeliveryError):
            office.postman.deliver()
    office.box.broken = False
    office.postman.deliver()

    assert [] == office.box.arrived
    assert [] == office.store.waiting()


@pytest.mark.parametrize("tried", [False, True])
@pytest.mark.parametrize("days", [5, -5])
def test_a_clock_that_jumps_by_days_loses_no_alert(office: Office, days: int, tried: bool) -> None:
    """It goes out at once, and once, whether the clock comes back or not."""
    office.alert(1)
    if tried:
        office.box.broken = True
        with pytest.raises(DeliveryError):
            office.postman.deliver()
        office.box.broken = False
    office.now += timedelta(days=days)
    office.postman.deliver()
    office.now -= timedelta(days=days)
    office.postman.deliver()

    assert [("<1@oopsee.example>", tried)] == office.box.arrived


def test_a_digest_is_not_put_off_or_repeated_by_a_clock_that_jumps(office: Office) -> None:
    """Ahead by days a digest goes out; back again, the next one comes a day later, with what is new."""
    office.digest()
    office.for_digest(1)
    office.now += timedelta(days=5)
    assert [True, False] == [office.digest(), office.digest()]

    office.now -= timedelta(days=5)
    office.for_digest(2)
    assert not office.digest()
    office.now += timedelta(days=1)
    assert [True, False] == [office.digest(), office.digest()]
    assert [b" 1", b" 1"] == [one.raw[-2:] for one in office.store.waiting()]


def test_the_digest_comes_once_a_day_after_its_hour(office: Office) -> None:
    """The first look only starts the day; the digest comes after the next hour, and once."""
    assert not office.digest()
    office.for_digest(1)
    office.for_digest(2)
    assert not office.digest()
    office.now += timedelta(days=1)

    assert [True, False] == [office.digest(), office.digest()]
    (entry,) = office.store.waiting()
    assert f"{entry.message_id} 2".encode() == entry.raw


def test_a_day_without_anything_has_no_digest(office: Office) -> None:
    """No mail says that there is nothing to say."""
    office.digest()
    office.now += timedelta(days=1)

    assert not office.digest()
    assert [] == office.store.waiting()


def test_the_digest_hour_is_that_of_the_wall() -> None:
    """Before it, the latest one was yesterday's."""
    local = START.astimezone().replace(hour=7, minute=59)

    assert local.replace(hour=8, minute=0) - timedelta(days=1) == last_digest_hour(local, 8)
    assert local.replace(hour=7, minute=0) == last_digest_hour(local, 7)
