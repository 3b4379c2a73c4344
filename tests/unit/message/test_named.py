"""People that a text speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message import limits
from scanner.message.named import named_people


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I met Anna Rossi and Tom.", ("Anna Rossi", "Tom")),
        ("Please ask Tom. Anna knows too. Tom does not.", ("Tom", "Anna")),
        ("Unfortunately we cannot. Please see Mr. Zyx.", ("Zyx",)),
        (
            "Ask Jane Q. Doe or Ryan O'Neil or Jean-Luc McDonald.",
            ("Jane Q. Doe".replace(".", ""), "Ryan O'Neil", "Jean-Luc McDonald"),
        ),
        ("Ho parlato con Giulia Bianchi.", ("Giulia Bianchi",)),
        ("He hablado con José García ayer.", ("José García",)),
        ("Dün Ayşe Yılmaz ile görüştüm.", ("Ayşe Yılmaz",)),
        (
            "Ich habe die Rechnung und den Vertrag mit Jürgen Müller nicht besprochen, das ist der Stand.",
            ("Jürgen Müller",),
        ),
        ("J'ai parlé avec François Dupont.", ("François Dupont",)),
        ("The plan is attached. We go on Monday.", ()),
        ("Write to Anna@example.com or www.Tom.example", ()),
        ("FYI, the FERC and PG&E say no", ()),
        ("", ()),
    ],
)
def test_runs_of_names_are_found_in_order_and_once(text: str, names: tuple[str, ...]) -> None:
    """Names come as written; words that have their capital for another reason do not."""
    assert names == named_people(text)


def test_no_more_names_than_the_limit() -> None:
    """A list of a thousand people gives the first ones."""
    text = ", ".join(f"Anna {chr(65 + i % 26)}{chr(97 + i // 26 % 26)}bc" for i in range(600))
    assert limits.NAMED == len(named_people(text))


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("Anna Rossi.'-\n"))))
def test_any_text_can_be_searched(text: str) -> None:
    """No text makes it raise; each name stands once."""
    names = named_people(text)
    assert len(names) == len(set(names))
