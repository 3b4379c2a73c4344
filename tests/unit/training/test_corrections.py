"""Signs that an owner corrected a message, on made-up mail."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.message.model import Kind, Message
from tests.letters import OWNER, OWNERS, letter
from training.corpora import Mailbox
from training.corrections import KINDS, Correction, corrections

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
OTHER_CARLA = "Carla Fontana <carla.fontana@client.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"
TEXT = "Here is the plan of the harbour crane for the new year."


def found(*mail: Message) -> list[Correction]:
    """The signs in a mailbox of these mails, in the order given."""
    return corrections(Mailbox("anna", OWNERS, tuple((m, m.sender.address == OWNER) for m in mail)))


def letters(people: Sequence[str], start: int = 100) -> list[Message]:
    """Letters about one thing each, an hour apart."""
    return [
        letter(start + n, to=[who], subject=f"thing {start + n}", text=f"about {start + n}")
        for n, who in enumerate(people)
    ]


def test_a_mail_that_is_taken_back_is_the_one_of_the_same_subject_else_the_latest() -> None:
    """To the same person, or about the same to the right one."""
    mail = [
        letter(1, to=[DENIZ], subject="plan", text=TEXT),
        letter(2, to=[DENIZ], subject="lunch", text="At noon?"),
    ]
    (sign,) = found(*mail, letter(3, to=[DENIZ], subject="plan", text="Sorry, wrong person!"))
    assert (0, "taken back", 120.0) == (sign.ordinal, sign.kind, sign.minutes)
    (sign,) = found(*mail, letter(3, to=[DENIZ], subject="oh", text="Sorry, wrong person!"))
    assert (1, 60.0) == (sign.ordinal, sign.minutes)
    (sign,) = found(*mail, letter(3, to=[CARLA], subject="plan", text="Sorry Carla, wrong address."))
    assert 0 == sign.ordinal


def test_a_mail_of_last_week_is_not_taken_back_today() -> None:
    """72 hours are the limit; nor does another kind of mistake count."""
    old = letter(1, day=1, to=[DENIZ], subject="plan", text=TEXT)
    assert [] == found(old, letter(2, day=4.1, to=[DENIZ], subject="plan", text="Sorry, wrong person!"))
    again = letter(
        2, day=1.1, to=[DENIZ], subject="plan", text="Please ignore my last mail: wrong attachment."
    )
    assert [] == found(old, again)
    undated = letter(2, undated=True, to=[DENIZ], subject="plan", text="Sorry, wrong person!")
    assert [] == found(old, undated)


def test_the_same_text_sent_on_to_a_namesake_is_a_correction() -> None:
    """The first Carla was wrong; the same to somebody quite different is ordinary work."""
    first = letter(1, to=[CARLA], subject="plan", text=TEXT)
    (sign,) = found(first, letter(2, to=[OTHER_CARLA], subject="plan", text=TEXT))
    wrong = frozenset({"carla.weber@partner.example"})
    assert Correction(0, "sent again", 60.0, wrong) == sign
    assert [] == found(first, letter(2, to=[DENIZ], subject="plan", text=TEXT))
    assert [] == found(first, letter(2, to=[CARLA, OTHER_CARLA], subject="plan", text=TEXT))


def test_the_same_to_half_other_people_at_once_is_a_correction() -> None:
    """A wrong list that is put right within minutes, passed on without a word; later it is not."""
    first = letter(1, day=1, to=[BRUNO, CARLA], subject="plan", kind=Kind.FORWARD)
    soon = letter(2, day=1.003, to=[BRUNO, DENIZ], subject="plan", kind=Kind.FORWARD)
    (sign,) = found(first, soon)
    assert ("sent again", frozenset({"carla.weber@partner.example"})) == (sign.kind, sign.wrong)
    later = letter(2, day=1.5, to=[BRUNO, DENIZ], subject="plan", kind=Kind.FORWARD)
    assert [] == found(first, later)


def test_a_recipient_who_says_so_is_believed_if_it_was_a_recipient() -> None:
    """And about the mail that they answer, by subject or by Message-ID."""
    mail = [letter(1, to=[DENIZ], subject="plan", text=TEXT), *letters([BRUNO, CARLA])]
    notice = "I don't think this was meant for me."
    answer = letter(200, sender=DENIZ, to=[OWNER], subject="plan", text=notice)
    (sign,) = found(*mail, answer)
    assert (0, "recipient says so") == (sign.ordinal, sign.kind)
    assert frozenset({"deniz.kaya@shop.example"}) == sign.wrong
    by_id = letter(200, sender=DENIZ, to=[OWNER], subject="what?", text=notice, answers=1)
    assert [sign] == found(*mail, by_id)
    stranger = letter(200, sender="x@evil.example", to=[OWNER], subject="plan", text=notice)
    assert [] == found(*mail, stranger)


def test_an_address_used_once_beside_one_used_often_is_misspelt() -> None:
    """Noticed where the same went to the right one soon, else never."""
    wrong = "carla.wber@partner.example"
    usual = letters([CARLA, CARLA, BRUNO])
    slip = letter(150, to=[wrong], subject="plan", text=TEXT)
    (sign,) = found(*usual, slip)
    assert Correction(3, "misspelt", None, frozenset({wrong})) == sign
    (sign,) = found(*usual, slip, letter(151, to=[CARLA], subject="plan", text="Now to the right one."))
    assert 60.0 == sign.minutes


def test_an_address_that_somebody_has_is_not_misspelt() -> None:
    """Who wrote from it, stood in other mail, or bears another name."""
    near = "carla.webers@partner.example"
    usual = letters([CARLA, CARLA])
    slip = letter(150, to=[near], subject="plan", text=TEXT)
    assert [] == found(*usual, slip, letter(160, sender=near, to=[OWNER], subject="plan"))
    assert [] == found(*usual, slip, letter(160, sender=DENIZ, to=[OWNER, near], subject="other"))
    assert [] == found(*usual, letter(150, to=[f"Paolo Serra <{near}>"], subject="plan"))
    assert [] == found(*usual, letter(150, to=[near, CARLA], subject="plan"))
    both = [letter(150, to=[near], subject="one"), letter(151, to=[near], subject="two")]
    assert [] == found(*usual, *both)


def test_one_message_has_one_sign() -> None:
    """The surest of several: the sender's own word."""
    first = letter(1, to=[CARLA], subject="plan", text=TEXT)
    again = letter(2, to=[OTHER_CARLA], subject="plan", text=TEXT)
    (sign,) = found(first, again, letter(3, to=[CARLA], subject="plan", text="Sorry, wrong person!"))
    assert next(iter(KINDS)) == sign.kind
