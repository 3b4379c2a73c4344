"""How bad it would be."""

from __future__ import annotations

import pytest

from scanner.detect.severity import severity
from scanner.detect.verdict import Severity
from scanner.message.model import Message
from tests.letters import letter, quoting

_OWN = frozenset({"firm.example"})
_PLAIN = letter(1)
_FILES = letter(1, attachments=["offer.pdf"])
_LONG = letter(1, quoted=[quoting("a@x.example"), quoting("b@x.example")])


@pytest.mark.parametrize(
    ("message", "organisations", "expected"),
    [
        (_PLAIN, ["firm.example"], Severity.LOW),
        (_LONG, ["firm.example"], Severity.LOW),
        (_FILES, ["firm.example"], Severity.MIDDLE),
        (_PLAIN, ["x.example"], Severity.MIDDLE),
        (_FILES, ["x.example"], Severity.HIGH),
        (_LONG, ["x.example"], Severity.HIGH),
        (_PLAIN, [f"x{n}.example" for n in range(8)], Severity.HIGH),
        (_FILES, [], Severity.LOW),
    ],
)
def test_it_is_worse_outside_with_files_with_history_and_before_many(
    message: Message, organisations: list[str], expected: Severity
) -> None:
    """Low at home, high where something left the house."""
    wrong = [f"p{n}@{organisation}" for n, organisation in enumerate(organisations)]
    assert expected is severity(message, wrong, _OWN, organisations)
