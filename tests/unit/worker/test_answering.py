"""Answers to alerts: whose they are, what they do, and that nobody else can give one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.message.model import Message
from scanner.store import MailboxStore, Store
from tests.integration.daemon.harness import WRONG
from tests.people import OWNER, START, a_message
from tests.unit.worker.test_intake import Desk

NOW = START + timedelta(hours=12)
FIRST = a_message(1, to=[WRONG])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")


@pytest.fixture
def desk(store: MailboxStore) -> Desk:
    """An intake that has alerted one message."""
    made = Desk(store)
    made.take(FIRST)
    return made


def answer(desk: Desk, text: str, number: int = 9, **more: object) -> Message:
    """The owner's answer to the alert."""
    (entry,) = (one for one in desk.store.waiting() if one.about == FIRST.message_id)
    made = a_message(number, to=(OWNER,), text=text, subject="Re: Did it go to the right person?")
    return dataclasses.replace(made, **{"in_reply_to": entry.message_id, **more})  # type: ignore[arg-type]


def mutes(store: MailboxStore, days: int = 0) -> set[tuple[str, str]]:
    """What is silent or calm after so many days."""
    return {(one.scope, one.value) for one in store.mutes(NOW + timedelta(days=days))}


def labels(store: MailboxStore) -> list[tuple[str, bool, str, float]]:
    """The labels that hold."""
    return [(one.message_id, one.wrong, one.source, one.weight) for one in store.labels()]


def test_wrong_is_a_label_of_full_weight_and_mutes_nobody(desk: Desk) -> None:
    """The answer itself is neither scored nor learnt."""
    assert "skipped" == desk.take(answer(desk, "1"))
    assert [(FIRST.message_id, True, "answer", 1.0)] == labels(desk.store)
    assert set() == mutes(desk.store)
    assert [FIRST.message_id] == [one.verdict.message_id for one in desk.store.verdicts()]


@pytest.mark.parametrize(
    ("word", "now", "later"),
    [
        ("2", {("pair", WRONG), ("calm", "client.example")}, set()),
        ("3", {("pair", WRONG), ("calm", "client.example")}, {("pair", WRONG)}),
        ("4", {("pair", WRONG), ("domain", "client.example")},
         {("pair", WRONG), ("domain", "client.example")}),
    ],
)  # fmt: skip
def test_fine_is_silence_for_a_while_for_ever_or_for_the_domain(
    desk: Desk, word: str, now: set[tuple[str, str]], later: set[tuple[str, str]]
) -> None:
    """After 90 days only what was said for ever holds."""
    desk.take(answer(desk, word))

    assert [(FIRST.message_id, False, "answer", 1.0)] == labels(desk.store)
    assert (now, later) == (mutes(desk.store), mutes(desk.store, days=91))


def test_the_last_word_wins_in_either_direction(desk: Desk) -> None:
    """Fine, wrong, fine again: the mutes and the label follow."""
    asked = [answer(desk, text, number) for number, text in enumerate(("2", "1", "2", "1"), 10)]
    seen = []
    for one in asked:
        desk.take(one)
        seen.append((labels(desk.store)[0][1], bool(mutes(desk.store))))

    assert [(False, True), (True, False), (False, True), (True, False)] == seen
    assert ["said wrong"] == [one.worth for one in desk.store.evidence(FIRST.message_id)]


def test_an_alert_that_was_answered_fine_before_it_went_out_stays_back(desk: Desk) -> None:
    """It is settled."""
    reply = answer(desk, "2")
    desk.take(reply)

    assert [] == desk.store.waiting()


def test_forged_answers_do_nothing(desk: Desk) -> None:
    """From others, in the inbox, with a guessed token, or to others besides: no label, no mute."""
    reply = answer(desk, "2", 20)
    guessed = answer(desk, "2", 21, in_reply_to="<oopsee.0123456789abcdef@firm.example>")
    stranger = dataclasses.replace(answer(desk, "2", 22), sender=a_message(sender="eve@evil.example").sender)
    shown = dataclasses.replace(answer(desk, "2", 23), recipients=a_message(to=[OWNER, WRONG]).recipients)
    desk.take(reply, sent=False, uid=1)
    desk.take(stranger, sent=True, uid=2)
    desk.take(guessed, sent=True, uid=3)
    desk.take(shown, sent=True, uid=4)

    assert ([], set()) == (labels(desk.store), mutes(desk.store))


def test_an_answer_that_says_nothing_known_changes_nothing(desk: Desk) -> None:
    """It is a word to Oopsee all the same: neither scored nor learnt."""
    assert "skipped" == desk.take(answer(desk, "What is this?"))
    assert ([], set()) == (labels(desk.store), mutes(desk.store))


def test_an_answer_read_twice_counts_once(desk: Desk) -> None:
    """Filed in two Sent folders, or read again after a crash."""
    reply = answer(desk, "1")

    assert ["skipped", "known"] == [desk.take(reply), desk.take(reply)]
    assert 1 == len(labels(desk.store))
