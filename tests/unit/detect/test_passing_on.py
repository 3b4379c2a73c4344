"""Mail that is passed on or answered: who wrote what is quoted, and who usually gets it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from scanner.history.history import History
from scanner.message.model import Kind, Message, Salutation
from tests.letters import learnt, letter, quoting
from tests.unit.detect.looking import rows

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"


def one(message: Message, history: History) -> Mapping[str, float]:
    """The features of the only recipient."""
    (found,) = rows(message, history)
    return found


def passed_on(number: int, to: str, *, sender: str = CARLA) -> Message:
    """What `sender` wrote, passed on to somebody."""
    return letter(number, to=[to], kind=Kind.FORWARD, quoted=[quoting(sender)])


def test_who_usually_gets_mail_of_a_sender_is_known() -> None:
    """Carla's mail went to Bruno three times and to Deniz once."""
    past = learnt(*(passed_on(n, BRUNO) for n in (1, 2, 3)), passed_on(4, DENIZ))
    usual, unusual = one(passed_on(5, BRUNO), past), one(passed_on(5, DENIZ), past)
    assert pytest.approx(0.75, abs=0.01) == usual["passed"]
    assert pytest.approx(0.25, abs=0.01) == unusual["passed"]
    assert pytest.approx(0.5, abs=0.02) == unusual["passed_outsider"]


def test_a_sender_is_the_same_by_address_and_by_name() -> None:
    """One program quotes the address, another the name alone."""
    past = learnt(passed_on(1, BRUNO), letter(2, to=[CARLA]))
    by_name = passed_on(3, BRUNO, sender="Carla Weber <>")
    assert 1.0 == pytest.approx(one(by_name, past)["passed"])


def test_of_an_unknown_sender_nothing_is_known() -> None:
    """Neither share nor weight."""
    found = one(passed_on(3, BRUNO, sender="New Person <new@elsewhere.example>"), learnt(passed_on(1, BRUNO)))
    assert (0.0, 0.0) == (found["passed"], found["passed_total"])


def test_an_answer_that_goes_elsewhere_is_seen_even_of_a_stranger() -> None:
    """The quoted sender was never written to, and is not the recipient of the answer."""
    answer = replace(
        letter(3, to=[BRUNO], kind=Kind.REPLY, quoted=[quoting("Nora Stern <nora@elsewhere.example>")]),
        subject="Re: the roof",
    )
    past = learnt(letter(1, to=[BRUNO]))
    found = one(answer, past)
    assert (1.0, 1.0) == (found["quoted_apart"], found["answered_apart"])
    assert 0.0 == one(replace(answer, subject="the roof"), past)["answered_apart"]


def test_an_answer_to_a_run_together_address_is_none_that_goes_elsewhere() -> None:
    """Sean O'Brien is sobrien@ as well as obrien@."""
    for address in ("sobrien@elsewhere.example", "obrien@elsewhere.example", "seanobrien@elsewhere.example"):
        answer = letter(3, to=[address], kind=Kind.REPLY, quoted=[quoting("Sean O'Brien <>")])
        assert 0.0 == one(answer, learnt(letter(1, to=[BRUNO])))["quoted_apart"]


def test_a_greeting_of_the_absent_quoted_sender_is_seen() -> None:
    """The answer greets Nora and goes to Bruno."""
    answer = replace(
        letter(3, to=[BRUNO], kind=Kind.REPLY, quoted=[quoting("Nora Stern <nora@elsewhere.example>")]),
        salutation=Salutation(("Nora",), group=False),
    )
    assert 1.0 == one(answer, learnt(letter(1, to=[BRUNO])))["greeted_quoted"]


def test_ones_own_mail_passed_on_is_no_answer_that_goes_elsewhere() -> None:
    """The outermost quoted sender is the owner."""
    again = letter(3, to=[BRUNO], kind=Kind.REPLY, quoted=[quoting("Anna Neri <anna.neri@firm.example>")])
    found = one(again, learnt(letter(1, to=[BRUNO])))
    assert (1.0, 0.0) == (found["quoted_own"], found["quoted_apart"])


def test_ones_own_signature_is_no_greeting() -> None:
    """A mail that begins with the owner's full name greets nobody."""
    signed = replace(
        letter(3, sender="Anna Neri <anna.neri@firm.example>", to=[BRUNO]),
        salutation=Salutation(("Anna Neri",), group=False),
    )
    assert 0.0 == one(signed, learnt(letter(1, to=[BRUNO])))["greeting"]


def test_people_of_a_quoted_circle_belong() -> None:
    """Deniz always stood beside Carla, Bruno never; Carla's mail is passed on."""
    past = learnt(*(letter(n, to=[CARLA, DENIZ]) for n in range(1, 5)), letter(6, to=[BRUNO]))
    assert one(passed_on(9, DENIZ), past)["quoted_circle"] > 0.8
    assert 0.0 == one(passed_on(9, BRUNO), past)["quoted_circle"]


def test_the_quoted_text_and_the_subject_name_somebody() -> None:
    """Both names count more than one of them."""
    past = learnt(letter(1, to=[BRUNO]), letter(2, to=[DENIZ]))
    full = replace(passed_on(3, BRUNO), quoted_text="Please ask Bruno Conti about it.")
    half = replace(passed_on(3, BRUNO), quoted_text="Please ask Bruno about it.")
    named = replace(passed_on(3, BRUNO), subject="For Bruno Conti", base_subject="for bruno conti")
    assert 1.0 == one(full, past)["spoken"]
    assert 0.0 < one(half, past)["spoken"] < 1.0
    assert 1.0 == one(named, past)["subject_named"]
    assert 0.0 == one(replace(full, quoted_text="Nothing."), past)["spoken"]


def test_the_usual_way_of_writing_to_somebody_is_felt() -> None:
    """Carla gets long letters with greeting and signature, Bruno one word each."""
    long = "Dear colleague, this is what we spoke about at length on the telephone yesterday evening. " * 6
    past = learnt(
        *(letter(n, to=[CARLA], text=long, greets=["Carla"], attachments=["offer.pdf"]) for n in range(1, 9)),
        *(letter(n, to=[BRUNO], text="ok") for n in range(11, 19)),
    )
    fitting = letter(30, to=[CARLA], text=long, greets=["Carla"], attachments=["offer.pdf"])
    other = letter(30, to=[CARLA], text="ok")
    assert one(fitting, past)["habit"] > 0.0 > one(other, past)["habit"]
    assert math.isnan(one(letter(30, to=["new@x.example"], text="ok"), past)["habit"])
