"""Real mistakes: found by their corrections, scored without them, kept by digest."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.detect import rules
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import complete
from tests.letters import OWNERS, letter, mailbox
from training.corpora import Mailbox
from training.dataset import Case, replay
from training.evaluation import SCORED_FROM
from training.real_mistakes import findings, measure
from training.verdicts import MISTAKE, NOT_ONE, digest_of, read_by_a_person

CARLA = "Carla Weber <carla.weber@partner.example>"
WRONG = "carla.wber@partner.example"
SLIP = "<1000@firm.example>"


def a_mailbox(*, corrected: bool = True) -> Mailbox:
    """A made-up mailbox, in whose end a letter goes to a misspelt address and then to the right one."""
    mail = list(mailbox(200))
    last = [letter(900 + n, day=n, to=[CARLA], subject=f"crane {n}", text="the crane") for n in range(5)]
    last.append(letter(1000, day=6, to=[WRONG], subject="harbour", text="the harbour"))
    if corrected:
        last.append(letter(1001, day=6.25, to=[CARLA], subject="harbour", text="Now to you."))
    return Mailbox("anna", OWNERS, (*mail, *((message, True) for message in last)))


def by_rules(cases: list[Case]) -> list[NDArray[np.float64]]:
    """The scores of the rules."""
    return [np.array(rules.log_odds(complete(case.numbers, rules.weights(LIGHT)))) for case in cases]


def test_what_a_person_read_is_kept_by_digest_alone() -> None:
    """No text, no address: sixteen hex digits and a verdict."""
    read = read_by_a_person()
    assert read
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in read)
    assert {MISTAKE, NOT_ONE} == set(read.values())


def test_a_real_mistake_is_told_and_how_long_the_sender_took() -> None:
    """Six hours before the owner noticed; the figures hold no address and no subject."""
    box = a_mailbox()
    cases = replay(box, strata=())
    late = sum(case.place >= SCORED_FROM for case in cases)
    # The letter after it scores higher still, all others lower.
    high = {box.sent - 2: 1.0, box.sent - 1: 2.0}
    scores = [np.full(len(case.wrong), high.get(case.ordinal, 0.0)) for case in cases]
    data, lines = measure([box], cases, scores, read={digest_of(SLIP): MISTAKE}, budgets=(1.0, 100.0))
    (row,) = data["mistakes"]
    assert (digest_of(SLIP), "misspelt", 360.0) == (row["digest"], row["kind"], row["noticed_after_minutes"])
    assert {"1": False, "100": True} == row["told"]
    assert {"1": 0, "100": 1} == data["told"]
    assert round(2000.0 / late, 1) == row["told_from"]
    assert "@" not in str(data) + "".join(lines)
    assert "harbour" not in str(data) + "".join(lines)
    assert any("| misspelt | 6 hours |" in line for line in lines)


@pytest.mark.parametrize("verdict", [{}, {digest_of(SLIP): NOT_ONE}])
def test_only_what_a_person_found_to_be_a_mistake_counts(verdict: dict[str, str]) -> None:
    """What nobody read is a candidate, and is counted as such."""
    box = a_mailbox()
    cases = replay(box, strata=())
    data, _ = measure([box], cases, by_rules(cases), read=verdict)
    assert [] == data["mistakes"]
    assert 1 == data["candidates"]["misspelt"]
    assert (not verdict) == data["unread"]["misspelt"]


def test_the_correction_has_no_part_in_the_score() -> None:
    """The same score whether the owner corrected it or not."""
    scores = []
    for corrected in (True, False):
        box = a_mailbox(corrected=corrected)
        cases = replay(box, strata=())
        (one,) = [f for f in findings([box], cases, by_rules(cases)) if f.digest == digest_of(SLIP)]
        scores.append(one.score)
        assert (360.0 if corrected else None) == one.correction.minutes
    assert scores[0] == scores[1]


def test_which_recipient_is_wrong_is_told_where_there_are_several() -> None:
    """The misspelt one scores highest."""
    box = a_mailbox()
    mail = [
        (letter(1000, day=6, to=[WRONG, "Deniz Kaya <deniz.kaya@shop.example>"], subject="harbour"), sent)
        if message.message_id == SLIP
        else (message, sent)
        for message, sent in box.mail
    ]
    known = [(letter(800, day=-400, to=["deniz.kaya@shop.example"]), True)]
    box = Mailbox(box.name, box.owner, (*known, *mail))
    cases = replay(box, strata=())
    (one,) = [f for f in findings([box], cases, by_rules(cases)) if f.digest == digest_of(SLIP)]
    assert one.first is True
