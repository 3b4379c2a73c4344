"""Texts and stories through the whole way: octets, read as mail, looked back upon."""

from __future__ import annotations

import pytest

from scanner.detect.evidence import Kind
from tests import phrase_cases
from tests.evidence_scenes import SCENES, Box, Scene, mail
from tests.people import OWNER
from tests.phrase_cases import Case

BRUNO = "bruno@client.example"
FIRST = "<first@firm.example>"
TEXT = "Please find below what we spoke about on the phone last week, and tell me what you think."

CASES = [
    case
    for kind in phrase_cases.KINDS
    for language in phrase_cases.LANGUAGES
    for case in phrase_cases.load(kind, language)
    if case.set == "seen"
]
# The second of several mails to people of one given name is a resend as far as anybody can see then.
NOT_YET_KNOWN = {"one by one on purpose"}
KIND = {"retraction": Kind.RETRACTION, "notice": Kind.NOTICE, "recall": Kind.RECALL}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.language}-{case.id}")
def test_a_text_is_evidence_of_the_mail_before_it_or_none(case: Case) -> None:
    """Sent twenty minutes later to the same person, or received as an answer."""
    box = Box()
    box.sent(mail(0, OWNER, BRUNO, TEXT, subject=case.recalled or "Our talk", message_id=FIRST))

    if case.kind == "notice":
        box.received(mail(20, BRUNO, OWNER, case.body, subject=case.subject, answers=FIRST))
    else:
        box.sent(mail(20, OWNER, BRUNO, case.body, subject=case.subject))

    assert ([(KIND[case.kind], FIRST)] if case.positive else []) == [
        (one.kind, one.about) for one in box.found if one.kind in KIND.values()
    ]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.kind}-{scene.name}")
def test_a_story_is_evidence_or_none(scene: Scene) -> None:
    """Bounces of six servers, resends, conversations, and what only looks like them."""
    assert (scene.positive or scene.name in NOT_YET_KNOWN) is scene.found()
