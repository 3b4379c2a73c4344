"""Organisations that a text names."""

from __future__ import annotations

import pytest

from scanner.detect.judge import Judge
from scanner.detect.mentions import Mentions
from scanner.detect.verdict import Severity
from tests.letters import OWNERS, learnt, letter

_PEOPLE = [
    "a@hofer-conti.example",
    "b@acme.example",
    "c@marco.example",
    "d@contract.example",
    "e@gmail.com",
    "f@ab.example",
]
_HISTORY = learnt(letter(1, to=_PEOPLE), letter(2, sender="x@stranger.example"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The offer of Hofer Conti is better.", ("hofer-conti.example",)),
        ("Ask HOFER-CONTI, not ACME.", ("acme.example", "hofer-conti.example")),
        ("Marco of Gmail and AB has the Contract.", ()),
        ("we met hofer conti", ()),
        ("See Stranger for that.", ()),
        ("b@Acme.example has it", ()),
    ],
)
def test_they_are_named_by_the_label_of_their_domain(text: str, expected: tuple[str, ...]) -> None:
    """Capitalised, one word or two; no names of people, ordinary words, addresses, or strangers."""
    assert expected == Mentions(_HISTORY.contacts).named(letter(3, text=text), besides=())


def test_the_recipients_own_organisation_is_no_news() -> None:
    """What is left out is left out; contacts who come later are known at once."""
    history = learnt(letter(1, to=_PEOPLE))
    mentions = Mentions(history.contacts)
    message = letter(3, text="Acme and Neumann agree.")

    assert () == mentions.named(message, besides={"acme.example"})
    learnt(letter(2, to=["g@neumann.example"]), history=history)
    assert ("acme.example", "neumann.example") == mentions.named(message, besides=())


def test_a_named_client_makes_it_worse() -> None:
    """A mail to an outsider that speaks of another client is high where it would be middle."""
    judge = Judge(owner=OWNERS, model=None)
    text = "Here is what we talked about on Monday. " * 10
    judge.sent(letter(1, to=["a@neumann.example"]))
    plain = judge.sent(letter(2, to=["b@x.example"], text=text))
    naming = judge.sent(letter(3, to=["c@y.example"], text=f"{text} Neumann pays less."))

    assert (Severity.MIDDLE, Severity.HIGH) == (plain.severity, naming.severity)
