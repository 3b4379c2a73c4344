"""A history is a function of what it learnt: stored, reloaded and learnt on, it is the same to the byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.history.facts import Facts, facts_of
from scanner.history.history import FORMAT, History
from scanner.history.terms import TermHasher
from scanner.message.model import Message
from tests.letters import OWNER, OWNERS, facts, learnt, letter, mailbox
from tests.random_letters import sequences


def test_the_past_of_months_is_the_same_reloaded_or_in_one_go() -> None:
    """Half of 500 mails, a reload, the other half: the same bytes as all of them at once."""
    mail = [facts(message) for message, _ in mailbox(500)]
    whole, half = History(), History()
    for one in mail:
        whole.learn(one)
    for one in mail[:250]:
        half.learn(one)
    reloaded = History.from_state(half.state())
    for one in mail[250:]:
        reloaded.learn(one)
    assert whole.state() == reloaded.state()


def test_a_reload_after_every_mail_changes_nothing() -> None:
    """A hundred reloads leave no trace."""
    whole, reloaded = History(), History()
    for message, _ in mailbox(100):
        whole.learn(facts(message))
        reloaded.learn(facts(message))
        reloaded = History.from_state(reloaded.state())
    assert whole.state() == reloaded.state()


@settings(max_examples=60, deadline=None)
@given(mail=sequences(), cut=st.integers(0, 14))
def test_any_mail_is_learnt_the_same_reloaded_or_in_one_go(mail: Sequence[Message], cut: int) -> None:
    """Whatever the mails are, and wherever the reload falls, the bytes are the same."""
    whole = learnt(*mail)
    reloaded = History.from_state(learnt(*mail[:cut]).state())
    assert whole.state() == learnt(*mail[cut:], history=reloaded).state()


@settings(max_examples=60, deadline=None)
@given(mail=sequences())
def test_the_journal_holds_all_that_a_history_learns(mail: Sequence[Message]) -> None:
    """Facts that were packed and unpacked are learnt as the facts themselves are."""
    replayed = History()
    for one in mail:
        replayed.learn(Facts.unpack(facts(one).pack()))
    assert learnt(*mail).state() == replayed.state()


_DIGEST = """
import hashlib
from tests.letters import learnt, mailbox
state = learnt(*(message for message, _ in mailbox(150))).state()
print(hashlib.sha256(state).hexdigest())
"""


def test_the_order_of_sets_and_hashes_of_strings_leave_no_trace() -> None:
    """Two processes with other seeds of Python's string hash write the same bytes."""
    digests = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "77")
    ]
    assert digests[0] == digests[1]
    assert 65 == len(digests[0])


def test_no_word_of_a_message_is_stored() -> None:
    """Neither the state nor the journal holds a word of subject, text, quotes or attachments."""
    message = letter(
        to=["bruno@firm.example"],
        subject="Lighthouse refurbishment",
        text="The lighthouse keeper demands marmalade before Thursday.",
        quoted_text="Whoever paints the staircase needs turpentine.",
        greets=["Schatzi"],
        named=["Wilhelmina Ostergaard"],
        attachments=["quarterly-turnover.pdf"],
        text_addresses=["elsewhere@harbour.example"],
    )
    stored = (learnt(message).state() + facts(message).pack()).decode("latin-1").lower()
    assert "bruno@firm.example" in stored
    everything = f"{message.subject} {message.own_text} {message.quoted_text} schatzi wilhelmina ostergaard"
    words = re.findall(r"\w{4,}", f"{everything} quarterly turnover elsewhere harbour".lower())
    assert [] == [word for word in words if word[:4] in stored]


def test_an_undated_mail_counts_at_the_time_of_the_latest() -> None:
    """It is learnt as if it came just then, and moves the clock neither way."""
    history = learnt(
        letter(1, day=3, to=["bruno@firm.example"]), letter(2, undated=True, to=["carla@x.example"])
    )
    contact = history.contacts.get("carla@x.example")
    assert contact is not None
    assert history.now == contact.sent_at
    assert history.now == learnt(letter(1, day=3)).now


def test_a_mailbox_may_begin_with_an_undated_mail() -> None:
    """Its first dated mail sets the clock."""
    history = learnt(letter(1, undated=True), letter(2, day=1))
    assert history.started == history.now > 0
    assert 2 == history.sent


def test_a_late_mail_does_not_turn_back_the_clock() -> None:
    """Mail that arrives out of order is learnt; now stays the latest time that was seen."""
    late = learnt(letter(1, day=50), letter(2, day=2))
    assert late.now == learnt(letter(1, day=50)).now
    assert late.started == learnt(letter(2, day=2)).started


def test_the_owner_is_nobodys_contact() -> None:
    """Neither a recipient nor the sender of received mail who is the owner is learnt as a contact."""
    history = learnt(letter(1, to=[OWNER, "bruno@firm.example"]))
    history.learn(facts(letter(2, sender="bruno@firm.example", to=[OWNER])))
    copy = letter(3, sender=OWNER, to=[OWNER])
    history.learn(facts_of(copy, sent=False, owner=OWNERS, hasher=TermHasher()))
    assert ["bruno@firm.example"] == list(history.contacts.by_address)
    assert 2 == history.received


def test_who_is_new_is_counted_and_fades() -> None:
    """The share of messages to somebody new rises with new people and falls with old ones."""
    strangers = [letter(n, to=[f"person{n}@x.example"]) for n in range(20)]
    settled = [letter(n, to=["bruno@firm.example"]) for n in range(20)]
    assert learnt(*strangers).new_rate() > 0.7
    assert learnt(*settled).new_rate() < 0.1
    assert learnt(*strangers, *settled).new_rate() < learnt(*strangers).new_rate()


def test_automatic_mail_is_counted_but_says_nothing_of_people() -> None:
    """A robot that writes to many makes no groups of them."""
    robot = letter(1, sender="robot@shop.example", to=[OWNER, "a@x.example", "b@x.example"], automatic=True)
    history = learnt(robot)
    assert 1 == history.received
    assert history.contacts.get("a@x.example") is None
    assert 0 == history.topics.documents


def test_a_greeting_is_remembered_of_whom_it_was_for() -> None:
    """By what name the owner greeted somebody alone leads back to them."""
    message = letter(1, to=["elisabeth.vogel@x.example"], greets=["Lilo"])
    history = learnt(message)
    contact = history.contacts.get("elisabeth.vogel@x.example")
    assert contact is not None
    assert [contact.index] == history.greeted_as(facts(message).greeted)


def test_a_greeting_of_several_people_says_nothing_of_one() -> None:
    """Of a message to two it is not known which of them was greeted."""
    message = letter(1, to=["elisabeth.vogel@x.example", "carla@x.example"], greets=["Lilo"])
    assert [] == learnt(message).greeted_as(facts(message).greeted)


def test_a_state_of_another_format_is_refused() -> None:
    """The error names both formats."""
    state = bytearray(History().state())
    # MessagePack: the array's header of one or three bytes, then the format as a small number.
    place = state.index(FORMAT)
    state[place] = 99
    with pytest.raises(ValueError, match="history format 99"):
        History.from_state(bytes(state))


def test_no_recipient_of_ten_thousand_is_lost() -> None:
    """Each of them is somebody whom the owner has written to."""
    crowd = letter(1, to=[f"p{n}@x{n}.example" for n in range(10_000)])
    assert 10_000 == len(learnt(crowd).contacts)


def test_the_key_of_the_hashes_changes_no_count() -> None:
    """Another installation's key gives other hashes and the same history otherwise."""
    one, other = History(), History()
    for message, _ in mailbox(60):
        one.learn(facts(message, owner=OWNERS, hasher=TermHasher(b"one")))
        other.learn(facts(message, owner=OWNERS, hasher=TermHasher(b"other")))
    assert one.state() != other.state()
    assert sorted(one.topics.frequency.values()) == sorted(other.topics.frequency.values())
    assert [c.term_total for c in one.contacts.all] == [c.term_total for c in other.contacts.all]
