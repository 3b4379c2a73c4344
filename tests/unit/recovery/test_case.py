"""What is put together about a message that went astray."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from scanner.detect.evidence import Evidence, Kind
from scanner.detect.severity import Reach
from scanner.detect.verdict import Severity, Verdict
from scanner.message.model import Message
from scanner.message.sensitive import Sensitive
from scanner.recovery import Later, Relation, Times, assess, at_once, brief, sentences
from scanner.recovery.clock import PERIOD, State, clock
from scanner.recovery.facts import facts, next_look, why
from scanner.recovery.later import later_mail
from scanner.recovery.steps import steps
from scanner.words import LANGUAGES
from tests.letters import letter
from tests.unit.recovery.cases import (
    ALERTED,
    CONFIRMED,
    NOW,
    OWN,
    SENT,
    case,
    high,
    low,
    many,
    message,
    middle,
    verdict,
)

ROSSI = "marco.rossi@acme.example"
EN = sentences("en")


def sign(kind: Kind, *addresses: str, worth: str = "", meant: str = "") -> Evidence:
    """A sign about the message."""
    return Evidence(kind, "<1@firm.example>", "<2@x.example>", SENT, worth or kind.value, addresses, meant)


@pytest.mark.parametrize(
    ("about", "expected"), [(low(), Severity.LOW), (middle(), Severity.MIDDLE), (high(), Severity.HIGH)]
)
def test_severity_follows_from_the_message_itself(about: object, expected: Severity) -> None:
    """What was said when it was sent does not count where the message can be read."""
    assert expected is case(about).severity  # type: ignore[arg-type]


def test_a_message_that_is_gone_keeps_the_severity_it_had() -> None:
    """Nothing is claimed about its content."""
    about = case(high(), read=False)

    assert Severity.MIDDLE is about.severity
    assert () == about.kinds
    assert "no longer in the mailbox" in dict(facts(about, EN, now=NOW))["Found in it"]


def test_what_came_back_harmed_nobody() -> None:
    """All wrong recipients bounced: low, and the only step is the right address."""
    about = case(high(), later=[Later("bounce", ROSSI, SENT)])

    assert Severity.LOW is about.severity
    assert about.returned
    assert 1 == len(steps(about, EN))
    assert "came back undelivered" in dict(facts(about, EN, now=NOW))["Delivery"]


def test_the_owner_knows_better_who_was_wrong() -> None:
    """Their label names the wrong recipient; a recipient that they call fine is not one."""
    about = many()
    addresses = [one.address for one in about.recipients]

    assert [addresses[4]] == [one.address for one in case(about, labelled={addresses[4]: True}).wrong]
    assert () == case(about, labelled={addresses[0]: False}).wrong


def test_of_a_list_those_are_wrong_whom_nobody_knows() -> None:
    """All look alike to the score; who had a relation before, or is at home, gets no apology."""
    about = many()
    scored = verdict(about)
    alike = replace(scored, recipients=tuple(replace(one, score=0.01) for one in scored.recipients))
    known = {f"p{number}@house{number}.example": Relation(known=True) for number in range(1, 6)}
    found = assess(about, alike, own=OWN, times=Times(SENT), score_after=0.01, relations=known)

    assert [f"p{number}@house{number}.example" for number in (6, 7, 8)] == [
        one.address for one in found.wrong
    ]


def test_evidence_names_the_wrong_recipient_and_who_was_meant() -> None:
    """It outweighs suspicion and a guess."""
    about = many()
    second = about.recipients[1].address
    found = case(about, evidence=[sign(Kind.RESEND, second, worth="same text again", meant="bea@x.example")])

    assert [second] == [one.address for one in found.wrong]
    assert found.meant is not None
    assert "bea@x.example" == found.meant.address


def test_facts_tell_what_was_heard_since() -> None:
    """A notice, an answer, other mail; without any, that nothing is known."""
    silent = dict(facts(case(), EN, now=NOW))["Since then"]
    told = dict(facts(case(evidence=[sign(Kind.NOTICE, ROSSI)]), EN, now=NOW))["Since then"]
    heard = dict(facts(case(later=[Later("answer", ROSSI, SENT)]), EN, now=NOW))["Since then"]

    assert silent.startswith("no answer so far")
    assert told.startswith(f"{ROSSI} wrote that it was not for them: 8 April 2025, 13:22")
    assert heard.startswith(f"{ROSSI} answered")


def test_the_worse_it_is_the_sooner_the_next_look() -> None:
    """An hour, four hours, a day."""
    waits = [next_look(case(about), NOW) - NOW for about in (high(), middle(), low())]
    assert [timedelta(hours=1), timedelta(hours=4), timedelta(days=1)] == waits


def test_what_cannot_wait_comes_first() -> None:
    """A password is changed before anybody is written to."""
    about = case(message(text="The password: hunter2"))

    assert (Sensitive.CREDENTIALS,) == about.kinds
    assert "password" in steps(about, EN)[0]


def test_nobody_is_told_to_write_twice() -> None:
    """Where the sender has taken it back, no second note."""
    about = case(middle(), evidence=[sign(Kind.RETRACTION, ROSSI)])
    said = " ".join(steps(about, EN))

    assert "Do not write a second time" in said
    assert "Write a short note" not in said


def test_the_high_case_talks_before_it_writes() -> None:
    """Manager or data protection first, a call rather than a mail, a lawyer perhaps."""
    first, second, third = steps(case(high()), EN)[:3]
    assert "before you write" in first
    assert "Ring or visit" in second
    assert "lawyer" in third


def test_a_named_client_makes_it_worse() -> None:
    """The text names an organisation that is neither the recipient's nor the owner's."""
    assert Severity.MIDDLE is case(middle()).severity
    assert Severity.HIGH is case(middle(), named=["client.example"]).severity


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("alerted", [None, ALERTED])
def test_an_unconfirmed_alert_never_says_that_the_clock_runs(language: str, alerted: object) -> None:
    """There is no due time, and the sentence has no moment in it."""
    times = Times(SENT, alerted)  # type: ignore[arg-type]
    sentence = sentences(language).say("clock", State.UNCONFIRMED.value)

    assert State.UNCONFIRMED is clock(times).state
    assert clock(times).due is None
    assert "{" not in str(sentences(language).sections["clock"]["unconfirmed"])
    assert "33" in sentence
    assert "72" in sentence


def test_the_clock_counts_from_the_owners_word() -> None:
    """Not from the sending, not from the alert."""
    found = clock(Times(SENT, ALERTED, CONFIRMED))
    assert (CONFIRMED, CONFIRMED + PERIOD) == (found.since, found.due)
    assert State.FINE is clock(Times(SENT, ALERTED, fine=True)).state


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_fits_an_alert(language: str) -> None:
    """Severity with its reason in a line, three steps at most, and the command."""
    found = brief(case(high()), sentences(language))

    assert 3 == len(found.steps)
    assert "'<1@firm.example>'" in found.command
    assert not re_capital(found.why, language)


def re_capital(line: str, language: str) -> bool:
    """Whether a line begins without its capital."""
    return line[:1] == ("i" if language == "tr" else line[:1].lower())


def test_the_brief_says_nothing_of_a_message_that_is_not_at_hand() -> None:
    """A recipient's notice is the mail at hand: what ours carried cannot be told from it."""
    ours, notice = high(), message(text="The password: hunter2", subject="other")
    verdict_on_ours = verdict(ours)
    same = at_once(ours, verdict_on_ours, own=OWN, words=EN)
    other = at_once(notice, verdict_on_ours, own=OWN, words=EN)

    assert "pay data" in same.paragraphs[0]
    assert ("Facts, drafts and the incident record:",) == other.paragraphs
    assert same.command == other.command


def test_the_brief_and_the_verdict_are_of_one_mind() -> None:
    """A verdict that is graver than what can be seen here is so by what its history knew."""
    ours = middle()
    graver = replace(verdict(ours), severity=Severity.HIGH)

    assert "It left your organisation; it carries: attachments." == _why(ours, verdict(ours))
    assert "It left your organisation; it carries: the name of another organisation." == _why(ours, graver)
    assert "It left your organisation; it carries: pay data." == _why(high(), verdict(high()))


def _why(ours: Message, about: Verdict) -> str:
    return at_once(ours, about, own=OWN, words=EN).why


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reach_has_its_words(reach: Reach, language: str) -> None:
    """Wherever it went, the line says so."""
    assert sentences(language).say("reach", reach.name.lower())
    assert why(case(), sentences(language))


def test_later_mail_is_told_once_and_only_of_recipients() -> None:
    """An answer counts more than other mail; strangers, earlier and automatic mail count nothing."""
    mail = [
        letter(2, sender="x@stranger.example", day=1, answers=1),
        letter(3, sender=ROSSI, day=-1),
        letter(4, sender=ROSSI, day=1, automatic=True),
        letter(5, sender=ROSSI, day=1),
        letter(6, sender=ROSSI, day=1, answers=1),
        letter(7, sender=ROSSI, day=2, answers=1),
    ]
    sent = letter(1, to=[ROSSI])
    found = later_mail(mail, message_id="<1@firm.example>", sent_at=sent.date, recipients={ROSSI})

    assert [("answer", ROSSI, "<6@firm.example>")] == [
        (one.kind, one.address, one.message_id) for one in found
    ]
    assert SENT.tzinfo is UTC
