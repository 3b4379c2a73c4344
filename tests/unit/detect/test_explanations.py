"""For a mistake with one cause, that cause is the first reason: the shipped model on a fictional office.

What is wrong with each letter is one thing; all else is as it was in five months of mail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from scanner.detect.judge import Judge
from scanner.detect.model import Model
from scanner.detect.reasons import contributions, reasons
from scanner.detect.verdict import Reason, RecipientVerdict
from scanner.message.model import Message
from tests.letters import OWNER, learnt, letter, quoting
from tests.unit.detect.looking import clues, sentence
from tests.unit.detect.office import (
    BRUNO,
    CARLA,
    CLINIC,
    CUSTOMERS,
    DENIZ,
    ELIF,
    GRETA,
    HARBOUR,
    HOUSE,
    HUGO,
    INES,
    KITCHEN,
    PAOLO,
    SALES,
    experienced,
    first,
    new,
)

ADA, BERTA, CIRO = CUSTOMERS[:3]


@pytest.fixture(scope="module")
def judge(shipped: Model) -> Judge:
    """The judge of the office's mailbox."""
    return experienced(shipped)


@dataclass(frozen=True)
class Worst:
    """The most suspicious recipient of a letter, its row of features and why it is suspicious."""

    recipient: RecipientVerdict
    row: np.ndarray[tuple[int], np.dtype[np.float64]]
    parts: dict[str, float]
    reasons: tuple[Reason, ...]


def worst(judge: Judge, model: Model, message: Message) -> Worst:
    """What there is to say about the most suspicious recipient, however small the score."""
    verdict = judge.unlearnt(message)
    place = max(range(len(verdict.recipients)), key=lambda one: verdict.recipients[one].score)
    recipient, row = verdict.recipients[place], np.array(verdict.feature_rows[place])
    parts = contributions(row, model.typical, model.log_odds)
    found = reasons(parts, row, clues(message, judge.history, place), recipient.meant or "")
    return Worst(recipient, row, parts, found)


CAUSES = {
    "a typing error in the local part": (
        new(["Carla Weber <carla.wbeer@partner.example>"], HARBOUR, greets=["Carla"]),
        "carla.wbeer@partner.example",
        {"near"},
    ),
    "a typing error without a name": (
        new(["carla.wber@partner.example"], HARBOUR, greets=["Carla"]),
        "carla.wber@partner.example",
        {"near"},
    ),
    "a typing error in the domain": (
        new(["carla.weber@partnr.example"], HARBOUR, greets=["Carla"]),
        "carla.weber@partnr.example",
        {"near", "domain_near"},
    ),
    "a character that passes for another": (
        new(["c\u0430rla.weber@partner.example"], HARBOUR, greets=["Carla"]),
        "c\u0430rla.weber@partner.example",
        {"foreign"},
    ),
    "a greeting for a colleague of the recipient": (
        new([CARLA], HARBOUR, greets=[first(PAOLO)]),
        "carla.weber@partner.example",
        {"greets_other"},
    ),
    "a greeting for another customer": (
        new([ADA], SALES, greets=[first(BERTA)]),
        "ada.abele@alder.example",
        {"greets_other"},
    ),
    "an answer that goes to a colleague of the sender": (
        new([PAOLO], HARBOUR, quoted=[quoting(CARLA, to=[OWNER])]),
        "paolo.serra@partner.example",
        {"quoted_missing"},
    ),
    "an answer that goes to another customer": (
        new([ADA], SALES, quoted=[quoting(BERTA, to=[OWNER])]),
        "ada.abele@alder.example",
        {"quoted_missing"},
    ),
    "a stranger to the circle": (
        new([CARLA, PAOLO, DENIZ], HARBOUR),
        "deniz.kaya@shop.example",
        {"apart"},
    ),
    "somebody from outside on mail of the house": (
        new([BRUNO, GRETA, HUGO, DENIZ], HOUSE),
        "deniz.kaya@shop.example",
        {"apart", "only_outsider"},
    ),
    "a topic of another firm": (new([DENIZ], HARBOUR), "deniz.kaya@shop.example", {"topic_other"}),
    "a topic of another, kindly greeted": (
        new([HUGO], CLINIC, greets=[first(HUGO)]),
        "hugo.pace@firm.example",
        {"topic_other"},
    ),
    "the person talked about beside a colleague": (
        new(
            [CARLA, PAOLO], HARBOUR, greets=[first(CARLA)], named=["Paolo Serra"], more="Paolo Serra is late."
        ),
        "paolo.serra@partner.example",
        {"spoken_of"},
    ),
    "the person talked about alone": (
        new([ADA], SALES, named=["Ada Abele"], more="I told Ada Abele nothing about it."),
        "ada.abele@alder.example",
        {"spoken_of"},
    ),
    "a list that belongs in Bcc": (new(CUSTOMERS, SALES), "", {"exposed"}),
    "a short list that belongs in Bcc": (new(CUSTOMERS[:7], SALES), "", {"exposed"}),
}
"""What is wrong: the letter, who is wrong on it ("" for all of them), and the sentences that say so."""


@pytest.mark.parametrize("cause", CAUSES)
def test_the_one_thing_that_is_wrong_is_said_first(cause: str, judge: Judge, shipped: Model) -> None:
    """About the recipient who is wrong, in a sentence that a person can check."""
    message, wrong, keys = CAUSES[cause]
    found = worst(judge, shipped, message)
    assert wrong in {"", found.recipient.address}
    assert found.reasons
    assert found.reasons[0].key in keys


@pytest.mark.parametrize("cause", CAUSES)
def test_the_shares_and_the_usual_score_make_the_score(cause: str, judge: Judge, shipped: Model) -> None:
    """In log-odds: those of a typical row, plus every family's share, are those of the recipient."""
    found = worst(judge, shipped, CAUSES[cause][0])
    score, usual = shipped.log_odds(np.stack([found.row, shipped.typical]))
    assert score == pytest.approx(usual + sum(found.parts.values()), abs=1e-9)
    shares = {reason.family: reason.weight for reason in found.reasons}
    assert shares == {family: found.parts[family] for family in shares}


@pytest.mark.parametrize(
    "cause",
    [
        "a typing error in the local part",
        "a typing error without a name",
        "a typing error in the domain",
        "a greeting for another customer",
    ],
)
def test_who_was_meant_is_named(cause: str, judge: Judge, shipped: Model) -> None:
    """The address that was to be typed, or the customer who is greeted."""
    message, _, _ = CAUSES[cause]
    meant = worst(judge, shipped, message).recipient.meant
    assert ("berta.brandt@beech.example" if "greeting" in cause else "carla.weber@partner.example") == meant


@pytest.mark.parametrize(
    "message",
    [
        new([CARLA], HARBOUR, greets=[first(CARLA)]),
        new([CARLA, PAOLO], HARBOUR),
        new([DENIZ, ELIF], KITCHEN),
        new([BRUNO, GRETA, HUGO], HOUSE),
        new([INES], CLINIC, greets=[first(INES)]),
        new([CIRO], SALES, greets=[first(CIRO)]),
    ],
)
def test_an_ordinary_letter_scores_below_each_mistake_and_has_nothing_to_say(
    message: Message, judge: Judge, shipped: Model
) -> None:
    """The same letters without what is wrong: no sentence accuses anybody."""
    assert () == worst(judge, shipped, message).reasons
    score = judge.unlearnt(message).score
    typed = judge.unlearnt(CAUSES["a typing error in the local part"][0]).score
    assert score < typed / 100.0


def test_one_stranger_among_people_who_know_each_other_is_no_list() -> None:
    """Somebody apart is told as such; a list is told as a list, once."""
    together = [letter(n, day=n, to=CUSTOMERS[:6]) for n in range(3)]
    message = letter(50, day=9, to=[*CUSTOMERS[:6], INES])
    assert "was never on a message together with" in sentence("group", message, learnt(*together), 6)
    alone = [letter(n, day=n, to=[one]) for n, one in enumerate(CUSTOMERS)]
    message = letter(50, day=20, to=CUSTOMERS)
    assert "" == sentence("group", message, learnt(*alone))
    assert "12 people of 12 organisations can see each other's addresses." == sentence(
        "message", message, learnt(*alone)
    )
