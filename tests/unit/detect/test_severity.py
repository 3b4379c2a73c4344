"""How bad it would be."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scanner.detect.severity import Load, Reach, grade, severity
from scanner.detect.verdict import Severity
from scanner.message.model import Message
from tests.letters import letter, quoting

_OWN = frozenset({"firm.example"})
_BRIEF = letter(1, text="See you at ten.")
_TEXT = letter(1, text="Here is what we talked about on Monday. " * 10)
_FILES = letter(1, attachments=["agenda.pdf"])
_LONG = letter(1, quoted=[quoting("a@x.example"), quoting("b@x.example")])
_OFFER = letter(1, attachments=["offer.pdf"])
_IBAN = letter(1, text="Please pay to DE89 3704 0044 0532 0130 00.")
_SALARY = letter(1, attachments=["salary.xlsx"])


@pytest.mark.parametrize(
    ("message", "organisations", "expected"),
    [
        (_BRIEF, ["firm.example"], Severity.LOW),
        (_LONG, ["firm.example"], Severity.LOW),
        (_FILES, ["firm.example"], Severity.MIDDLE),
        (_IBAN, ["firm.example"], Severity.MIDDLE),
        (_SALARY, ["firm.example"], Severity.HIGH),
        (_BRIEF, ["x.example"], Severity.LOW),
        (_TEXT, ["x.example"], Severity.MIDDLE),
        (_FILES, ["x.example"], Severity.MIDDLE),
        (_LONG, ["x.example"], Severity.MIDDLE),
        (_OFFER, ["x.example"], Severity.HIGH),
        (_IBAN, ["x.example"], Severity.HIGH),
        (_LONG, ["gmail.com"], Severity.HIGH),
        (_BRIEF, [f"x{n}.example" for n in range(8)], Severity.MIDDLE),
        (_TEXT, [f"x{n}.example" for n in range(8)], Severity.HIGH),
        (_SALARY, [], Severity.LOW),
    ],
)
def test_it_follows_from_what_left_and_whom_it_reached(
    message: Message, organisations: list[str], expected: Severity
) -> None:
    """The table of the docstring, by example."""
    wrong = [f"p{n}@{organisation}" for n, organisation in enumerate(organisations)]
    assert expected is severity(message, wrong, _OWN, organisations)


def test_more_never_makes_it_milder() -> None:
    """A heavier load or a wider reach is at least as bad."""
    order = list(Severity)
    for reach in Reach:
        assert all(
            order.index(grade(lighter, reach)) <= order.index(grade(heavier, reach))
            for lighter, heavier in pairwise(Load)
        )
    for load in Load:
        assert all(
            order.index(grade(load, nearer)) <= order.index(grade(load, wider))
            for nearer, wider in pairwise(Reach)
        )
