"""The judge of a mailbox: score first, learn second, exactly, whatever comes.

Verdicts are compared as they are written, since a missing feature (NaN) is not equal to itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detect.features.table import NAMES, schema_digest
from scanner.detect.judge import Judge
from scanner.detect.model import Model
from scanner.detect.policy import PolicySettings
from scanner.detect.verdict import Action, RecipientVerdict, Verdict
from scanner.message.model import Message, Recipient, Role
from scanner.message.parse import parse
from tests.letters import OWNER, OWNERS, letter, mailbox
from tests.random_letters import sequences

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"


def a_judge(model: Model | None = None, policy: PolicySettings | None = None) -> Judge:
    """A judge of the owner's mailbox that knows nothing yet."""
    return Judge(owner=OWNERS, model=model, policy=policy, key=b"a key")


def reloaded(judge: Judge, model: Model | None = None) -> Judge:
    """The same judge from its state."""
    return Judge.from_state(judge.state(), owner=OWNERS, model=model, key=b"a key")


def experienced(model: Model | None = None, policy: PolicySettings | None = None) -> Judge:
    """A judge who has seen a made-up mailbox of 400 mails, then forty to Bruno, Carla and Deniz each."""
    judge = a_judge(model, policy)
    for message, sent in mailbox(400):
        take(judge, message, sent=sent)
    for n in range(40):
        for who, text in (
            (BRUNO, "budget report"),
            (CARLA, "crane harbour concrete"),
            (DENIZ, "paint and tile"),
        ):
            judge.sent(letter(9_000 + n, day=n, to=[who], text=text, subject=text, greets=[who.split()[0]]))
    return judge


def take(judge: Judge, message: Message, *, sent: bool) -> Verdict | None:
    """Give the judge one mail."""
    if sent:
        return judge.sent(message)
    judge.received(message)
    return None


def about_the_harbour(to: str) -> Message:
    """A letter to Carla by its greeting and by what it is about, whomever it goes to."""
    text = "crane harbour concrete"
    return letter(20_000, day=41, to=[to], text=text, subject=text, greets=["Carla"])


def only(verdict: Verdict) -> RecipientVerdict:
    """The verdict on the only recipient."""
    (found,) = verdict.recipients
    return found


def feature(verdict: Verdict, name: str, place: int = 0) -> float:
    """One number of a recipient's row."""
    return verdict.feature_rows[place][NAMES.index(name)]


def test_a_message_is_scored_before_it_is_learnt(model: Model | None) -> None:
    """To the first message its recipient is a stranger, to the second not."""
    judge = a_judge(model)
    first, second = judge.sent(letter(1)), judge.sent(letter(2))
    assert (1.0, 0.0) == (feature(first, "never_seen"), feature(second, "never_seen"))
    assert feature(first, "owner_sent") < feature(second, "owner_sent")


def test_received_mail_is_learnt(model: Model | None) -> None:
    """Who has written is no stranger."""
    judge = a_judge(model)
    judge.received(letter(1, sender=CARLA, to=[OWNER]))
    assert 0.0 == feature(judge.sent(letter(2, to=[CARLA])), "never_seen")


def test_what_is_not_to_be_learnt_is_scored_alike_and_leaves_no_trace(model: Model | None) -> None:
    """Neither in the history nor in the owner's tail."""
    judge = a_judge(model)
    for message, sent in mailbox(120):
        before = judge.state()
        if sent:
            unlearnt = repr(judge.unlearnt(message))
            assert unlearnt == repr(judge.unlearnt(message))
            assert before == judge.state()
            assert unlearnt == repr(judge.sent(message))
        else:
            judge.received(message)
        assert before != judge.state()


def test_in_batches_the_verdicts_are_the_same(model: Model | None) -> None:
    """One at a time or in a stream, with some that only are judged."""
    mail = [(message, sent, number % 11 != 5) for number, (message, sent) in enumerate(mailbox(500))]
    assert sum(sent for _, sent, _ in mail) > 150
    judge, verdicts = a_judge(model), []
    for message, sent, learn in mail:
        if sent:
            verdicts.append(judge.sent(message) if learn else judge.unlearnt(message))
        elif learn:
            judge.received(message)
    streaming = a_judge(model)
    assert repr(verdicts) == repr(list(streaming.stream(mail)))
    assert judge.state() == streaming.state()


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_size_of_a_batch_changes_nothing(
    model: Model | None, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many messages are scored at once."""
    mail = [(message, sent, True) for message, sent in mailbox(120)]
    usual = repr(list(a_judge(model).stream(mail)))
    monkeypatch.setattr("scanner.detect.judge._BATCH", size)
    assert usual == repr(list(a_judge(model).stream(mail)))


def test_a_reload_in_the_middle_changes_nothing(model: Model | None) -> None:
    """The same verdicts and the same bytes as in one go."""
    mail = mailbox(300)
    whole, half = a_judge(model), a_judge(model)
    for message, sent in mail[:150]:
        take(whole, message, sent=sent)
        take(half, message, sent=sent)
    again = reloaded(half, model)
    for message, sent in mail[150:]:
        assert repr(take(whole, message, sent=sent)) == repr(take(again, message, sent=sent))
    assert whole.state() == again.state()


def test_the_journal_brings_a_judge_to_the_same_state(model: Model | None) -> None:
    """Each entry learns again what its message taught, the owner's tail included."""
    judge, replayed = a_judge(model), a_judge(model)
    for message, sent in mailbox(200):
        take(judge, message, sent=sent)
        replayed.replay(judge.entry(message, sent))
    assert judge.state() == replayed.state()


@pytest.mark.parametrize("entry", [b"\x01", b"\x92\x01\x02", b"\x92\xc4\x01\x01\xc0", b"", b"nonsense"])
def test_a_foreign_journal_entry_is_refused(entry: bytes) -> None:
    """And nothing of it is learnt."""
    judge = a_judge()
    before = judge.state()
    with pytest.raises(ValueError, match=r".+"):
        judge.replay(entry)
    assert before == judge.state()


def test_a_state_of_another_format_is_refused() -> None:
    """The error names both formats."""
    state = bytearray(a_judge().state())
    state[1] = 99
    with pytest.raises(ValueError, match="state format 99"):
        Judge.from_state(bytes(state), owner=OWNERS, model=None)


_DIGEST = """
import hashlib
from scanner.detect.model import load_active
from tests.unit.detect.test_judge import a_judge, take
from tests.letters import mailbox
digest = hashlib.sha256()
for model in (None, load_active(None)):
    judge = a_judge(model)
    for message, sent in mailbox(120):
        digest.update(repr(take(judge, message, sent=sent)).encode())
    digest.update(judge.state())
print(digest.hexdigest())
"""


def test_two_processes_reach_the_same_verdicts() -> None:
    """Whatever the seed of Python's string hash."""
    digests = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("3", "4242")
    ]
    assert digests[0] == digests[1]
    assert 65 == len(digests[0])


def test_the_owner_is_never_a_recipient(model: Model | None) -> None:
    """Nor who was meant, nor a contact, under any alias, through a copy to oneself or a forged From."""
    aliases = frozenset({OWNER, "anna@home.example"})
    judge = Judge(owner=aliases, model=model)
    for n in range(5):
        judge.received(letter(n, sender=f"Anna Neri <{OWNER}>", to=[OWNER]))
        judge.sent(letter(10 + n, to=[BRUNO, OWNER], cc=["anna@home.example"]))
    verdict = judge.sent(letter(30, to=["anna.nerri@firm.example", OWNER]))
    assert ["anna.nerri@firm.example"] == [one.address for one in verdict.recipients]
    assert only(verdict).meant not in aliases
    assert not aliases & set(judge.history.contacts.by_address)


def test_sub_addresses_are_the_owners(model: Model | None) -> None:
    """They are no recipients, no contacts and nobody who was meant, also those met before they were known."""
    tagged, alias = OWNER.replace("@", "+shop@"), "anna@home.example"
    judge = a_judge(model)
    for n in range(5):
        judge.received(letter(n, sender=f"Anna Neri <{tagged}>", to=[OWNER]))
        judge.sent(letter(10 + n, to=[BRUNO, tagged]))
        judge.sent(letter(20 + n, to=[f"Anna Neri <{alias}>"]))
    assert {"bruno.conti@firm.example", alias} == set(judge.history.contacts.by_address)

    later = Judge.from_state(judge.state(), owner=OWNERS | {alias}, model=model, key=b"a key")
    found = only(later.sent(letter(30, to=["Anna Nero <anna@hone.example>", tagged], greets=["Anna"])))
    assert "anna@hone.example" == found.address
    assert alias != found.meant


def test_a_message_to_nobody_has_no_score(model: Model | None) -> None:
    """A draft without recipients, or a note to oneself."""
    judge = a_judge(model)
    for message in (letter(1, to=[]), letter(2, to=[OWNER])):
        verdict = judge.sent(message)
        assert (0.0, (), Action.SILENT, ()) == (
            verdict.score,
            verdict.recipients,
            verdict.action,
            verdict.feature_rows,
        )
    assert 2 == judge.history.sent


def test_the_score_is_the_highest_of_the_recipients(model: Model | None) -> None:
    """Every score is a probability, and each row belongs to its recipient."""
    judge = a_judge(model)
    for message, sent in mailbox(200):
        verdict = take(judge, message, sent=sent)
        if verdict is None:
            continue
        assert max((one.score for one in verdict.recipients), default=0.0) == verdict.score
        assert all(0.0 < one.score < 1.0 for one in verdict.recipients)
        assert len(verdict.recipients) == len(verdict.feature_rows)
        assert schema_digest() == verdict.feature_schema


def test_reasons_come_weightiest_first_and_say_something(model: Model | None) -> None:
    """Each with a positive share and a whole sentence; what only sums up the others comes last."""
    judge = a_judge(model)
    told = 0
    for message, sent in mailbox(250):
        verdict = take(judge, message, sent=sent)
        for one in verdict.recipients if verdict is not None else ():
            order = [(reason.family == "alternatives", -reason.weight) for reason in one.reasons]
            weights = [reason.weight for reason in one.reasons]
            assert sorted(order) == order
            assert all(weight > 0.0 for weight in weights)
            assert all(reason.text.endswith(".") and "{" not in reason.text for reason in one.reasons)
            told += bool(one.reasons)
    assert told


def test_a_mistyped_address_is_found_and_the_right_one_named(model: Model | None) -> None:
    """The only thing wrong is one letter; the message scores far above the right one."""
    judge = experienced(model)
    right = judge.unlearnt(about_the_harbour(CARLA))
    wrong = judge.unlearnt(about_the_harbour("Carla Weber <carla.wbeer@partner.example>"))
    assert wrong.score > 10 * right.score
    assert "carla.weber@partner.example" == only(wrong).meant
    assert "near" in {reason.key for reason in only(wrong).reasons}


def test_a_greeting_for_another_person_is_found_and_they_are_named(model: Model | None) -> None:
    """A letter to Carla that went to Deniz."""
    judge = experienced(model)
    right = judge.unlearnt(about_the_harbour(CARLA))
    wrong = judge.unlearnt(about_the_harbour(DENIZ))
    assert wrong.score > 10 * right.score
    assert "carla.weber@partner.example" == only(wrong).meant
    assert "greets_other" in {reason.key for reason in only(wrong).reasons}


def test_a_forbidden_pair_is_told_whatever_the_score(model: Model | None) -> None:
    """Also where the recipient is muted; the rule is the first reason; a mere trust does not hide it."""
    policy = PolicySettings(
        forbidden_pairs=frozenset({("partner.example", "shop.example")}),
        trusted_pairs=frozenset({("partner.example", "shop.example")}),
        muted=frozenset({"partner.example"}),
    )
    verdict = a_judge(model, policy).sent(letter(1, to=[CARLA, BRUNO, DENIZ]))
    assert Action.ALERT is verdict.action
    carla, bruno, deniz = verdict.recipients
    assert ["forbidden_pair"] == [reason.key for reason in carla.reasons if reason.family == "rule"]
    assert "carla.weber@partner.example and shop.example" in carla.reasons[0].text
    assert "deniz.kaya@shop.example and partner.example" in deniz.reasons[0].text
    assert not [reason for reason in bruno.reasons if reason.family == "rule"]


def test_the_owner_is_a_party_to_a_pair() -> None:
    """One's own domain and a competitor's must not write to each other."""
    policy = PolicySettings(forbidden_pairs=frozenset({("firm.example", "shop.example")}))
    assert Action.ALERT is a_judge(policy=policy).sent(letter(1, to=[DENIZ])).action
    assert Action.SILENT is a_judge(policy=policy).sent(letter(1, to=[CARLA])).action


@pytest.mark.parametrize(
    ("value", "scope"), [("deniz.kaya@shop.example", "pair"), ("deniz.kaya@shop.example", "domain")]
)
def test_the_owners_word_mutes_and_unmutes(value: str, scope: Literal["pair", "domain"]) -> None:
    """What is fine is not told again; what is wrong is."""
    generous = PolicySettings(alerts_per_1000=1000.0, cold_start_messages=0)
    judge = a_judge(policy=generous)
    message = letter(1, to=[DENIZ])
    assert Action.ALERT is judge.unlearnt(message).action
    judge.feedback(value, wrong=False, scope=scope)
    assert Action.SILENT is judge.unlearnt(message).action
    assert Action.ALERT is judge.unlearnt(letter(1, to=[CARLA, DENIZ])).action
    judge.feedback(value, wrong=True, scope=scope)
    assert Action.ALERT is judge.unlearnt(message).action


def test_a_mute_changes_no_score() -> None:
    """It only decides whether anything is said."""
    judge = a_judge()
    before = judge.unlearnt(letter(1, to=[DENIZ]))
    judge.feedback("deniz.kaya@shop.example", wrong=False)
    assert before.score == judge.unlearnt(letter(1, to=[DENIZ])).score


def test_a_new_mailbox_is_silent_by_default(model: Model | None) -> None:
    """In the first days everybody is a stranger."""
    judge = a_judge(model)
    verdicts = [judge.sent(letter(n, to=[f"Person {n} <p{n}@x{n}.example>"])) for n in range(30)]
    assert {Action.SILENT} == {verdict.action for verdict in verdicts}


def test_mails_of_one_moment_are_judged_in_the_order_given(model: Model | None) -> None:
    """Identical times are no trouble; what came first is known to what comes second."""
    judge = a_judge(model)
    verdicts = [judge.sent(letter(n, day=1.0, to=[CARLA])) for n in range(3)]
    assert [1.0, 0.0, 0.0] == [feature(verdict, "never_seen") for verdict in verdicts]


def test_the_key_of_the_hashes_changes_no_verdict(model: Model | None) -> None:
    """Another installation's key gives the same scores and reasons."""
    one, other = Judge(owner=OWNERS, model=model, key=b"one"), Judge(owner=OWNERS, model=model, key=b"other")
    for message, sent in mailbox(120):
        assert repr(take(one, message, sent=sent)) == repr(take(other, message, sent=sent))


def test_ten_thousand_recipients_are_judged() -> None:
    """A whole address book in To is an answer, not an error."""
    judge = a_judge()
    for message, sent in mailbox(60):
        take(judge, message, sent=sent)
    crowd = letter(100, day=900, to=[f"Person {n} <p{n}@x{n % 500}.example>" for n in range(10_000)])
    verdict = judge.sent(crowd)
    assert 1_000 <= len(verdict.recipients) == len({one.address for one in verdict.recipients})
    assert 0.0 < verdict.score < 1.0
    assert reloaded(judge).state() == judge.state()


@settings(max_examples=40, deadline=None)
@given(mail=sequences(most=8))
def test_any_sequence_is_judged_the_same_in_every_way(mail: Sequence[Message]) -> None:
    """One at a time, in a stream, reloaded after each, replayed from the journal."""
    judge, again, replayed = a_judge(), a_judge(), a_judge()
    verdicts = []
    for message in mail:
        sent = message.sender.address == OWNER
        verdict = take(judge, message, sent=sent)
        assert repr(verdict) == repr(take(again, message, sent=sent))
        again = reloaded(again)
        replayed.replay(judge.entry(message, sent))
        if verdict is not None:
            assert 0.0 <= verdict.score < 1.0
            verdicts.append(verdict)
    flow = [(message, message.sender.address == OWNER, True) for message in mail]
    assert repr(verdicts) == repr(list(a_judge().stream(flow)))
    assert judge.state() == again.state() == replayed.state()


_names = st.text(st.characters(blacklist_characters="\r\n"), max_size=20)
_headers = st.lists(
    st.tuples(
        st.sampled_from(["From", "To", "Cc", "Bcc", "Subject", "Date", "References", "In-Reply-To", "X-Odd"]),
        st.one_of(
            _names,
            st.sampled_from(
                [
                    "undisclosed-recipients:;",
                    "a@x.example, <>, b@, @c, d@e@f.example, =?utf-8?b?////?= <g@x.example>",
                    "Team: one@x.example, two@x.example;",
                    "Mon, 3 Mar 2025 09:00:00 +0000",
                    "Thu, 1 Jan 0001 00:00:00 +0000",
                    "Fri, 31 Dec 9999 23:59:59 -1200",
                    "<1@x.example> <1@x.example> <",
                    "\u202emoc.elpmaxe@x <x@ex\u0430mple.example>",
                ]
            ),
        ),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(mails=st.lists(st.tuples(_headers, st.binary(max_size=200)), min_size=1, max_size=4))
def test_hostile_mail_is_judged_without_error(mails: list[tuple[list[tuple[str, str]], bytes]]) -> None:
    """Whatever the octets, sent or received."""
    judge = a_judge()
    for headers, body in mails:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "surrogatepass")
        message = parse(head + b"\r\n" + body)
        judge.received(message)
        verdict = judge.sent(message)
        assert len(verdict.recipients) == len(verdict.feature_rows)
        assert 0.0 <= verdict.score < 1.0
    assert reloaded(judge).state() == judge.state()


@pytest.mark.parametrize(
    "address", ["", "no-at-sign", "@x.example", "b@", "x@..", "x@.example", "b@" + "a" * 5_000]
)
def test_an_odd_address_is_judged(model: Model | None, address: str) -> None:
    """As a stranger at first, then as known."""
    judge = a_judge(model)
    recipients = (Recipient(address, "", Role.TO), Recipient("c@x.example", "", Role.TO))
    message = replace(letter(1), recipients=recipients)
    assert [1.0, 0.0] == [feature(judge.sent(message), "never_seen") for _ in range(2)]
