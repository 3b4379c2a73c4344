"""Subjects with the marks of many languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.model import Kind
from scanner.message.subjects import base_subject, subject_kind


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Plan", Kind.NEW),
        ("Re: Plan", Kind.REPLY),
        ("RE: FW: Plan", Kind.REPLY),
        ("Fwd: Plan", Kind.FORWARD),
        ("FW:Plan", Kind.FORWARD),
        ("AW: Plan", Kind.REPLY),
        ("WG: Plan", Kind.FORWARD),
        ("R: Plan", Kind.REPLY),
        ("I: Plan", Kind.FORWARD),
        ("Rif: Plan", Kind.REPLY),
        ("RV: Plan", Kind.FORWARD),
        ("YNT: Plan", Kind.REPLY),
        ("İLT: Plan", Kind.FORWARD),
        ("TR: Plan", Kind.FORWARD),
        ("RÉP: Plan", Kind.REPLY),
        ("Re[2]: Plan", Kind.REPLY),
        ("Re : Plan", Kind.REPLY),
        ("[list] Re: Plan", Kind.REPLY),
        ("Plan (fwd)", Kind.FORWARD),
        ("Antwort: Plan", Kind.REPLY),
    ],
)
def test_the_first_mark_says_what_a_message_is(subject: str, kind: Kind) -> None:
    """Replies and forwards are told by their marks in every language; the base subject is the same."""
    assert kind is subject_kind(subject)
    assert "plan" == base_subject(subject)


@pytest.mark.parametrize(
    "subject", ["Report: plan", "Regarding plan", "Fwding plan", "I think so", "Trip: plan"]
)
def test_ordinary_words_are_no_marks(subject: str) -> None:
    """A word in front of a colon is a mark only where a mail program writes it."""
    assert Kind.NEW is subject_kind(subject)
    assert subject.lower() == base_subject(subject)


def test_a_tag_alone_is_the_subject() -> None:
    """A bracketed tag is stripped only where something follows (RFC 5256)."""
    assert "[urgent]" == base_subject("[urgent]")
    assert "plan" == base_subject("[a] [b]  plan")


@given(st.text(alphabet=st.sampled_from("Re:Fwd [x]() \t\u0130AWI"), max_size=200))
def test_stripping_ends(subject: str) -> None:
    """Any heap of marks is stripped whole, so that stripping again changes nothing."""
    once = base_subject(subject)
    assert once == base_subject(once)
