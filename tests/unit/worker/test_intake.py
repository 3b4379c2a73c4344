"""What becomes of one message, and that memory and store agree whatever happens."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scanner.detect.verdict import Action, Verdict
from scanner.errors import StoreError
from scanner.message.model import Message
from scanner.message.owner import Owner
from scanner.store import Cursor, MailboxStore, Store
from scanner.worker import Intake, Plan
from scanner.worker.intake import Outcome
from tests.integration.daemon.harness import POISON, WRONG, StubJudge, StubJudges
from tests.people import OWNER, START, a_message

PLAN = Plan(name="work", address=OWNER, owner=frozenset({OWNER}), daily_cap=2, snapshot_every=5)
NOW = START + timedelta(hours=12)
SENT = "Sent"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")


class Desk:
    """An intake and everything about it."""

    def __init__(self, store: MailboxStore, plan: Plan = PLAN) -> None:
        self.store = store
        self.judges = StubJudges()
        self.now = NOW
        self.composed: list[Verdict] = []
        self.earliest: datetime | None = None
        self.intake = Intake(
            plan,
            store,
            self.judges,
            self._compose,
            lambda: self.now,
            earliest=lambda: self.earliest or self.now,
        )
        self._uid = 0

    def _compose(self, verdict: Verdict, message: Message, now: datetime, message_id: str) -> bytes:
        del message, now
        self.composed.append(verdict)
        return message_id.encode()

    def take(self, message: Message, *, sent: bool = True, uid: int = 0, past: bool = False) -> Outcome:
        """Take the next message of a folder."""
        self._uid = uid or self._uid + 1
        folder = SENT if sent else "INBOX"
        return self.intake.take(message, sent=sent, folder=folder, uidvalidity=7, uid=self._uid, past=past)

    @property
    def judge(self) -> StubJudge:
        """The judge made last."""
        return self.judges.made[-1]


@pytest.fixture
def desk(store: MailboxStore) -> Desk:
    """An intake over a new store."""
    return Desk(store)


def test_a_sent_message_is_scored_and_committed_with_its_place(desk: Desk) -> None:
    """Verdict, journal and cursor are there after one call."""
    assert "scored" == desk.take(a_message(1), uid=41)
    assert 1 == len(desk.store.verdicts())
    assert (None, [b"<000001@firm.example>"]) == desk.store.history()
    assert Cursor(7, 41) == desk.store.cursor(SENT)


def test_a_received_message_is_learnt_and_not_scored(desk: Desk) -> None:
    """It has a journal entry and no verdict."""
    assert "received" == desk.take(a_message(1, sender="carla@client.example"), sent=False)
    assert [] == desk.store.verdicts()
    assert ["<000001@firm.example>"] == desk.judge.learnt


def test_an_alert_is_committed_with_its_verdict(desk: Desk) -> None:
    """The outbox holds the composed mail under the id that it was composed with."""
    assert "alerted" == desk.take(a_message(1, to=[WRONG]))

    (entry,) = desk.store.waiting()
    assert entry.message_id.encode() == entry.raw
    assert NOW + PLAN.age_cap == entry.expires_at


def test_a_copy_is_taken_once(desk: Desk) -> None:
    """Client and provider both filed it: one verdict, one alert, and the cursor behind the copy."""
    desk.take(a_message(1, to=[WRONG]), uid=1)
    assert "known" == desk.take(a_message(1, to=[WRONG]), uid=2)
    desk.intake.flush()

    assert 1 == len(desk.store.waiting())
    assert ["<000001@firm.example>"] == desk.judge.learnt
    assert Cursor(7, 2) == desk.store.cursor(SENT)


def test_ones_own_copy_in_the_inbox_does_not_hide_the_sent_one(desk: Desk) -> None:
    """A list brings it back before the client has filed it: the sent copy is scored all the same."""
    assert "skipped" == desk.take(a_message(1, to=[WRONG]), sent=False)
    assert "alerted" == desk.take(a_message(1, to=[WRONG]))


@pytest.mark.parametrize("past", [False, True])
def test_a_copy_that_was_taken_for_received_does_not_hide_the_sent_one(
    store: MailboxStore, past: bool
) -> None:
    """What an assistant sends in another's name may come back to the inbox before it is filed in Sent."""
    desk = Desk(store)
    chief = a_message(1, sender="chief@firm.example", to=[WRONG, OWNER])

    assert "received" == desk.take(chief, sent=False, past=past)
    assert ("scored" if past else "alerted") == desk.take(chief, past=past)
    assert "known" == desk.take(chief, past=past)
    assert "known" == desk.take(chief, sent=False, past=past)
    desk.intake.flush()
    assert [chief.message_id] == [one.verdict.message_id for one in desk.store.verdicts()]


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("message_id", ["", "<provider@mx.example>"])
def test_a_copy_under_another_id_is_taken_once(store: MailboxStore, message_id: str, past: bool) -> None:
    """Provider and client both file what was sent; the digest of headers and text shows that it is one."""
    desk = Desk(store)
    first = a_message(1, to=[WRONG])
    desk.take(first, past=past)

    assert "known" == desk.take(dataclasses.replace(first, message_id=message_id), past=past)
    desk.intake.flush()
    assert 1 == len(desk.store.verdicts())


def test_a_copy_from_a_sub_address_of_ones_own_is_skipped(store: MailboxStore) -> None:
    """It is the owner's mail, not a stranger's."""
    desk = Desk(store, dataclasses.replace(PLAN, owner=Owner([OWNER])))

    assert "skipped" == desk.take(a_message(1, sender=OWNER.replace("@", "+shop@")), sent=False)


@pytest.mark.pitfall("wayland-547")
def test_what_oopsee_wrote_is_never_scored(desk: Desk) -> None:
    """Neither by its header nor, where a server dropped that, by its id."""
    desk.take(a_message(1, to=[WRONG]))
    (entry,) = desk.store.waiting()

    assert "skipped" == desk.take(a_message(2, to=[WRONG], ours=True))
    assert "skipped" == desk.take(a_message(3, to=[WRONG], message_id=entry.message_id))
    assert 1 == len(desk.store.verdicts())


def test_the_past_is_scored_and_never_alerted(desk: Desk) -> None:
    """Its score counts for the threshold; nobody is told."""
    assert "scored" == desk.take(a_message(1, to=[WRONG]), past=True)
    desk.intake.flush()

    assert [Action.SILENT] == [one.verdict.action for one in desk.store.verdicts()]
    assert [0.9] == desk.store.scores()


def test_what_is_older_than_the_age_cap_is_not_alerted(desk: Desk) -> None:
    """A message found late, after a long pause, is too late to mend."""
    desk.now = START + timedelta(hours=1) + PLAN.age_cap + timedelta(seconds=1)

    assert "scored" == desk.take(a_message(1, to=[WRONG]))
    assert "older than the age cap" == desk.store.verdicts()[0].verdict.why


def test_a_clock_that_jumps_ahead_swallows_no_alert(desk: Desk) -> None:
    """The message was sent a moment ago by the time that goes on from the start."""
    desk.earliest = NOW
    desk.now = NOW + timedelta(days=5)

    assert "alerted" == desk.take(a_message(1, to=[WRONG]))


def test_alerts_made_under_a_clock_that_was_ahead_use_up_no_cap(desk: Desk) -> None:
    """After the clock is put right, there may be as many as ever."""
    desk.earliest = NOW
    desk.now += timedelta(days=5)
    for number in (1, 2):
        assert "alerted" == desk.take(a_message(number, to=[WRONG]))
    desk.now = NOW

    assert "alerted" == desk.take(a_message(3, to=[WRONG]))


def test_over_the_daily_cap_a_message_waits_for_the_digest(desk: Desk) -> None:
    """Two alerts a day are allowed here; the next day there may be more."""
    for number in range(1, 4):
        desk.take(a_message(number, to=[WRONG]))
    assert (2, 1) == (len(desk.store.waiting()), len(desk.store.digest_waiting()))

    desk.now += timedelta(days=1, seconds=1)
    assert "alerted" == desk.take(a_message(4, to=[WRONG]))


def test_messages_of_the_past_are_committed_together(desk: Desk) -> None:
    """Until the flush nothing of them is there; then all of it; copies among them count once."""
    for number in (1, 2, 1):
        desk.take(a_message(number), past=True)
    assert desk.store.cursor(SENT) is None
    desk.intake.flush()

    assert 2 == len(desk.store.verdicts())
    assert Cursor(7, 3) == desk.store.cursor(SENT)


def test_the_judge_goes_on_from_snapshot_and_journal(store: MailboxStore) -> None:
    """A new process knows what the old one had learnt, in the same order."""
    old = Desk(store)
    for number in range(1, 8):
        old.take(a_message(number))
    assert store.history()[0] is not None
    new = Desk(store)
    new.intake.refresh()

    assert old.judge.learnt == new.judge.learnt


def test_a_message_that_cannot_be_judged_leaves_nothing_half_learnt(desk: Desk) -> None:
    """The next message is judged by a judge that never saw it."""
    desk.take(a_message(1), past=True)
    with pytest.raises(ZeroDivisionError):
        desk.take(a_message(2, subject=POISON), past=True)
    desk.take(a_message(3), past=True)

    assert ["<000001@firm.example>", "<000003@firm.example>"] == desk.judge.learnt


def test_giving_up_commits_what_came_before(desk: Desk) -> None:
    """The cursor moves past the message, and the earlier ones are kept."""
    desk.take(a_message(1), past=True)
    desk.intake.give_up(SENT, 7, 9)

    assert 1 == len(desk.store.verdicts())
    assert Cursor(7, 9) == desk.store.cursor(SENT)


def test_a_store_that_fails_is_believed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a full disk, the judge knows what the store knows, and the message is taken again."""
    desk.take(a_message(1))
    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "record_many", _full)
        with pytest.raises(StoreError):
            desk.take(a_message(2, to=[WRONG]))

    assert "alerted" == desk.take(a_message(2, to=[WRONG]))
    assert ["<000001@firm.example>", "<000002@firm.example>"] == desk.judge.learnt


def _full(*_: object, **__: object) -> int:
    raise StoreError


@pytest.mark.parametrize("change", ["model", "mute"])
def test_another_model_or_mute_counts_at_once(desk: Desk, change: str) -> None:
    """The judge is made anew and keeps what it has learnt."""
    desk.intake.refresh()
    desk.take(a_message(1))
    assert not desk.intake.refresh()
    if change == "model":
        desk.judges.model = 2
    else:
        desk.store.mute("pair", WRONG, at=NOW)

    assert desk.intake.refresh()
    assert ["<000001@firm.example>"] == desk.judge.learnt
    assert ("scored" if change == "mute" else "alerted") == desk.take(a_message(2, to=[WRONG]))


def test_the_snapshot_takes_the_journals_place(store: MailboxStore) -> None:
    """After so many messages the history is one piece again."""
    desk = Desk(store, dataclasses.replace(PLAN, snapshot_every=3))
    for number in range(1, 5):
        desk.take(a_message(number))
    state, entries = store.history()

    assert StubJudge(state).learnt == [
        "<000001@firm.example>",
        "<000002@firm.example>",
        "<000003@firm.example>",
    ]
    assert [b"<000004@firm.example>"] == entries
