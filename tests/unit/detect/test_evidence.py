"""What later mail shows of earlier sent mail, and what it makes of a score."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from scanner.detect.evidence import Evidence, Kind, Lookback, score_after
from scanner.message.bounces import DeliveryFailure
from scanner.message.model import Attachment, Message, Person, Recipient, Role
from scanner.message.model import Kind as MailKind
from tests.people import OWNER, START, a_message, a_verdict

CARLA = "carla.verdi@client.example"
WRONG = "marco.rossi@rival.example"
RIGHT = "marco.rossetti@client.example"
TEXT = "please find below the figures for the second quarter."


def near(address: str) -> str:
    """The one typing error that the tests know."""
    return CARLA if address == "carla.verid@client.example" else ""


class Box:
    """One mailbox's mail in order, at minutes after the start."""

    def __init__(self, *, score: float = 0.001) -> None:
        self.lookback = Lookback(frozenset({OWNER}), near=near)
        self.score = score
        self.number = 0

    def sent(
        self,
        minute: float,
        to: tuple[str, ...],
        text: str = TEXT,
        *,
        subject: str = "Figures",
        source: bool = True,
        **more: object,
    ) -> tuple[Message, list[Evidence]]:
        """Send a mail; what it shows."""
        message = self._message(minute, OWNER, to, text, subject, **more)
        return message, self.lookback.sent(message, a_verdict(message, score=self.score), source=source)

    def received(
        self, minute: float, sender: str, text: str, *, subject: str = "Re: Figures", **more: object
    ) -> list[Evidence]:
        """Receive a mail; what it shows."""
        return self.lookback.received(self._message(minute, sender, (OWNER,), text, subject, **more))

    def _message(
        self, minute: float, sender: str, to: tuple[str, ...], text: str, subject: str, **more: object
    ) -> Message:
        self.number += 1
        at = START + timedelta(minutes=minute)
        made = a_message(self.number, sender=sender, to=to, text=text, subject=subject, date=at)
        return dataclasses.replace(made, base_subject=subject.removeprefix("Re: "), **more)  # type: ignore[arg-type]


def test_what_the_sender_takes_back_within_three_days_is_evidence() -> None:
    """The latest mail to the same person is meant, and the evidence says who shows it and when."""
    box = Box()
    box.sent(0, (CARLA,))
    first, _ = box.sent(10, (WRONG,))

    second, found = box.sent(30, (WRONG,), "Sorry, wrong person.")

    assert [(Kind.RETRACTION, first.message_id, second.message_id, second.date, (WRONG,))] == [
        (one.kind, one.about, one.message_id, one.at, one.addresses) for one in found
    ]


@pytest.mark.parametrize(("hours", "count"), [(71, 1), (73, 0)])
def test_a_retraction_counts_for_three_days(hours: int, count: int) -> None:
    """What is taken back later is hardly this mail."""
    box = Box()
    box.sent(0, (WRONG,))

    assert count == len(box.sent(hours * 60, (WRONG,), "Sorry, wrong person.")[1])


def test_a_wrong_attachment_is_no_wrong_recipient() -> None:
    """Another mistake, a class of its own."""
    box = Box()
    box.sent(0, (WRONG,))

    assert [] == box.sent(5, (WRONG,), "Sorry, wrong attachment.")[1]


def test_the_mail_that_is_answered_is_taken_back_before_a_later_one() -> None:
    """A reference tells more than time."""
    box = Box()
    first, _ = box.sent(0, (WRONG,), subject="Salaries")
    box.sent(10, (WRONG,), subject="Lunch")

    _, found = box.sent(20, (WRONG,), "Sorry, wrong person.", subject="x", in_reply_to=first.message_id)

    assert [first.message_id] == [one.about for one in found]


def test_nobody_is_suspected_by_name_where_all_of_several_recipients_are_told() -> None:
    """The evidence is about the message then; of one of several it names that one."""
    box = Box()
    box.sent(0, (WRONG, CARLA))
    _, to_all = box.sent(5, (WRONG, CARLA), "Sorry, wrong person.")
    other = Box()
    other.sent(0, (WRONG, CARLA))
    _, to_one = other.sent(5, (WRONG,), "Sorry, wrong person.")

    assert [(), (WRONG,)] == [one.addresses for one in (*to_all, *to_one)]


def test_a_recipient_who_says_so_is_the_surest_sign() -> None:
    """Their answer refers to the mail."""
    box = Box()
    first, _ = box.sent(0, (WRONG,))

    found = box.received(60, WRONG, "I don't think this was meant for me.", in_reply_to=first.message_id)

    assert [(Kind.NOTICE, first.message_id, (WRONG,), "notice")] == [
        (one.kind, one.about, one.addresses, one.worth) for one in found
    ]


def test_a_thousand_forged_notices_prove_nothing() -> None:
    """From strangers, about mail never sent, with guessed references: nobody raises alarms by mail."""
    box = Box()
    first, _ = box.sent(0, (WRONG,))
    text = "I don't think this was meant for me."
    forged = [
        box.received(
            number,
            f"eve{number}@evil.example",
            text,
            in_reply_to=("<never@firm.example>", "", first.message_id)[number % 3],
        )
        for number in range(1, 1001)
    ]
    never_sent = box.received(2000, WRONG, text, in_reply_to="<never@firm.example>")

    assert [] == [one for found in (*forged, never_sent) for one in found]


def test_a_colleague_of_the_recipient_is_believed_less() -> None:
    """A shared mailbox answers from another address of the house; strangers at a freemail provider do not."""
    box = Box()
    first, _ = box.sent(0, ("info@rival.example",))
    house = box.received(5, "lucia@rival.example", "This was not meant for me.", in_reply_to=first.message_id)
    second, _ = box.sent(10, ("m.rossi@gmail.com",))
    freemail = box.received(15, "eve@gmail.com", "This was not meant for me.", in_reply_to=second.message_id)

    assert ["notice from their house"] == [one.worth for one in (*house, *freemail)]


def test_a_program_that_answers_says_nothing() -> None:
    """Out-of-office replies and help desks write such sentences too."""
    box = Box()
    first, _ = box.sent(0, (WRONG,))

    assert [] == box.received(
        1, WRONG, "This was not meant for me.", in_reply_to=first.message_id, automatic=True
    )


def test_the_same_notice_counts_once() -> None:
    """Who complains twice has one complaint."""
    box = Box()
    first, _ = box.sent(0, (WRONG,))
    text = "This was not meant for me."

    found = [box.received(n, WRONG, text, in_reply_to=first.message_id) for n in range(1, 9)]

    assert [1, 0, 0, 0, 0, 0, 0, 0] == list(map(len, found))


@pytest.mark.parametrize(
    ("what", "worth"),
    [
        ({}, "same text again"),
        (
            {"text": "see attached", "attachments": (Attachment("offer.pdf", "application/pdf", 9),)},
            "same attachments again",
        ),
        ({"text": "hi"}, "same subject again"),
    ],
)
def test_the_same_to_somebody_of_a_similar_name_is_evidence(what: dict[str, object], worth: str) -> None:
    """Text before attachments before the subject alone, within half an hour."""
    box = Box()
    first, _ = box.sent(0, (WRONG,), **what)  # type: ignore[arg-type]

    _, found = box.sent(12, (RIGHT,), **what)  # type: ignore[arg-type]

    assert [(Kind.RESEND, first.message_id, (WRONG,), worth, RIGHT)] == [
        (one.kind, one.about, one.addresses, one.worth, one.meant) for one in found
    ]


def test_sent_again_with_a_word_of_regret_to_the_right_one_is_a_strong_sign() -> None:
    """The wrong one is not told; the same subject and a similar name say which mail it is about."""
    box = Box()
    first, _ = box.sent(0, (WRONG, CARLA))
    other, _ = box.sent(1, (WRONG,), subject="Lunch")

    _, found = box.sent(
        4, (RIGHT,), "Sorry Marco, wrong address.", subject="Re: Figures", kind=MailKind.FORWARD
    )
    late = box.sent(50, (RIGHT,), "Sorry Marco, wrong address.", subject="Lunch")[1]

    assert [(Kind.RESEND, first.message_id, (WRONG,), "sent again with a retraction", RIGHT)] == [
        (one.kind, one.about, one.addresses, one.worth, one.meant) for one in found
    ]
    assert [] == [one for one in late if one.about == other.message_id]


def test_what_goes_again_to_another_name_or_later_is_ordinary() -> None:
    """People write the same to several persons."""
    box = Box()
    box.sent(0, (WRONG,))
    other_name = box.sent(5, (CARLA,))[1]
    late = box.sent(36, (RIGHT,))[1]

    assert [] == other_name + late


def test_mail_sent_one_by_one_on_purpose_is_no_resend() -> None:
    """From the third recipient of one text on it is a series."""
    box = Box()
    box.sent(0, ("anton.berg@a.example",))
    box.sent(1, (WRONG,))

    assert [] == box.sent(2, (RIGHT,))[1]


def test_a_resend_after_a_bounce_is_no_second_mistake() -> None:
    """The report told the sender; the new address is the right spelling."""
    box = Box()
    first, _ = box.sent(0, ("carla.verid@client.example",))
    bounce = box.received(
        1,
        "mailer-daemon@mx.example",
        "",
        failures=(DeliveryFailure("carla.verid@client.example", "5.1.1", first.message_id),),
    )
    _, again = box.sent(2, (CARLA,))

    assert [Kind.BOUNCE] == [one.kind for one in (*bounce, *again)]
    assert [CARLA] == [one.meant for one in bounce]


@pytest.mark.parametrize(
    "failure",
    [
        DeliveryFailure("carla.verid@client.example", "5.2.2"),
        DeliveryFailure("forwarded.elsewhere@home.example", "5.1.1"),
        DeliveryFailure("carla.verid@client.example", "5.1.1", "<never@firm.example>"),
        DeliveryFailure("dora@client.example", "5.1.1"),
    ],
)
def test_other_bounces_are_no_evidence(failure: DeliveryFailure) -> None:
    """A full mailbox, a forwarder's target, a mail that never went out, an address like no other."""
    box = Box()
    box.sent(0, ("carla.verid@client.example", "dora@client.example"))

    assert [] == box.received(1, "mailer-daemon@mx.example", "", failures=(failure,))


def test_a_recall_is_about_the_mail_whose_subject_it_quotes() -> None:
    """To a recipient of it; the sentence counts, not the prefix."""
    box = Box()
    first, _ = box.sent(0, (WRONG,), subject="Salaries 2025")
    box.sent(1, (WRONG,), subject="Lunch")
    text = 'Anna Neri would like to recall the message, "Salaries 2025".'

    _, found = box.sent(2, (WRONG,), text, subject="Recall: Salaries 2025")

    assert [(Kind.RECALL, first.message_id)] == [(one.kind, one.about) for one in found]


def test_an_ordinary_conversation_speaks_for_a_suspected_message() -> None:
    """From the second answer on, and weakly; of unsuspected messages nothing is said."""
    suspected, ordinary = Box(score=0.2), Box(score=0.0001)
    found = []
    for box in (suspected, ordinary):
        first, _ = box.sent(0, (CARLA,))
        found.append([
            box.received(n, CARLA, "Thanks, here is the rest.", in_reply_to=first.message_id)
            for n in (1, 2, 3)
        ])  # fmt: skip

    assert [[0, 1, 0], [0, 0, 0]] == [[len(one) for one in each] for each in found]
    assert found[0][1][0].log_odds < 0


def test_evidence_moves_the_score_of_whom_it_is_about() -> None:
    """The highest recipient's score after it is the message's; without evidence nothing changes."""
    message = a_message(to=(CARLA, WRONG))
    verdict = a_verdict(message, score=0.01)
    sure = Evidence(Kind.NOTICE, message.message_id, "<n@x.example>", START, "notice", (WRONG,))
    fine = Evidence(Kind.ANSWER, message.message_id, "<f@x.example>", START, "said fine")

    assert verdict.score == score_after(verdict, ())
    assert score_after(verdict, [sure]) > 0.99
    assert score_after(verdict, [sure]) == score_after(verdict, [sure, sure])
    assert score_after(a_verdict(a_message(to=(WRONG,)), score=0.5), [fine]) < 0.001


def test_listed_messages_change_no_evidence_of_others() -> None:
    """They may be found, and nothing else is found less or more for them."""

    def story(*, listed: bool) -> list[tuple[str, str]]:
        box = Box()
        first, _ = box.sent(0, (WRONG,))
        found: list[Evidence] = []
        if listed:
            found += box.sent(5, (WRONG,), "Other text altogether, and longer.", source=False)[1]
            found += box.sent(6, (WRONG,), "Sorry, wrong person.", source=False)[1]
        box.number = 50
        found += box.sent(8, (WRONG,), "Sorry, wrong person.")[1]
        return [(one.kind.value, one.worth) for one in found if one.about == first.message_id]

    assert [("retraction", "retraction")] == story(listed=False) == story(listed=True)


def test_what_is_kept_goes_on_where_it_stopped() -> None:
    """Trails out of a store find the same as those in memory, and nothing twice."""
    box = Box()
    first, _ = box.sent(0, (WRONG,))
    second, _ = box.sent(1, (CARLA,))
    box.received(2, WRONG, "This was not meant for me.", in_reply_to=first.message_id)
    kept = [trail.pack() for trail in box.lookback.changed()]
    box.lookback = Lookback(frozenset({OWNER}), near=near)
    box.lookback.restore(kept)

    again = box.received(3, WRONG, "This was not meant for me.", in_reply_to=first.message_id)
    new = box.received(4, CARLA, "This was not meant for me.", in_reply_to=second.message_id)

    assert ([], [second.message_id]) == (again, [one.about for one in new])


def test_what_is_kept_holds_no_word_of_the_mail() -> None:
    """Only hashes under a key: neither subject, nor text, nor names of attachments."""
    box = Box()
    message = dataclasses.replace(
        a_message(to=(CARLA,), text="The merger with Acme is signed.", subject="Merger"),
        attachments=(Attachment("contract-acme.pdf", "application/pdf", 9),),
        sender=Person("Anna", OWNER),
        recipients=(Recipient(CARLA, "Carla Verdi", Role.TO),),
    )
    box.lookback.sent(message, a_verdict(message))
    packed = box.lookback.changed()[0].pack()

    assert CARLA.encode() in packed
    for word in (b"erger", b"Acme", b"acme", b"contract", b"signed"):
        assert word not in packed
