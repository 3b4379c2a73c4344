"""What an answer to an alert means."""

from __future__ import annotations

import pytest

from scanner.alert.answers import Answer, read_answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", Answer.WRONG),
        (" 2.\n", Answer.FINE),
        ("3)", Answer.NEVER),
        ("4", Answer.DOMAIN),
        ("1 - thanks, I have rung them", Answer.WRONG),
        ("\n\n> 2\n", Answer.FINE),
        ("Wrong.", Answer.WRONG),
        ("Hi,\n\nfine\n\nAnna", Answer.FINE),
        ("Va bene", Answer.FINE),
        ("Mai più!", Answer.NEVER),
        ("Está bien", Answer.FINE),
        ("yanlış", Answer.WRONG),
        ("YANLIŞ", Answer.WRONG),
        ("Falscher Empfänger", Answer.WRONG),
        ("Nie wieder", Answer.NEVER),
        ("C’est bon.", Answer.FINE),
        ("Domaine", Answer.DOMAIN),
    ],
)
def test_a_number_or_a_word_of_six_languages_is_an_answer(text: str, expected: Answer) -> None:
    """The first line counts, whatever its accents, case and full stops; a short greeting may stand above."""
    assert expected is read_answer(text)


@pytest.mark.parametrize(
    "text",
    ["", "5", "12", "Fine, but who is Bruno and why does he get our mail?", "What is this about?",
     "Please call me at 1 pm tomorrow about this matter\n2", "No idea what you mean here\n1"],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert read_answer(text) is None
