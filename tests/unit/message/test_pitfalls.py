"""Bad input that other parsers were broken by, where no other test here has it."""

from __future__ import annotations

import pytest

from scanner.message.addresslist import parse_addresses
from scanner.message.parse import parse
from scanner.message.recalls import recalled_subject


def encoded(text: str) -> str:
    """As one encoded word (RFC 2047) in which only letters and digits stand for themselves."""
    inner = "".join(one if one.isalnum() else f"={ord(one):02X}" for one in text)
    return f"=?utf-8?q?{inner}?="


@pytest.mark.pitfall("bad-encoded-words")
def test_an_encoded_word_is_decoded_once_and_not_what_comes_out_of_it() -> None:
    """Words in words in words could be packed as deep as one likes; and what is quoted is no address."""
    once, twice = encoded("anna@example.com"), encoded(encoded("anna@example.com"))

    assert ["anna@example.com"] == [one.address for one in parse_addresses(once)[0]]
    assert "anna@example.com" not in [one.address for one in parse_addresses(twice)[0]]


@pytest.mark.pitfall("outlook-recall")
@pytest.mark.parametrize("subject", ["Rappel : réunion de demain", "Recall: the plan", "Plan"])
def test_a_recall_is_known_by_its_sentence_and_not_by_its_subject(subject: str) -> None:
    """In French every reminder begins like the subject of a recall."""
    head = f"From: anna@example.com\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n"
    recall = 'Anna Rossi would like to recall the message, "The plan".'

    assert recalled_subject(parse(f"{head}See you at ten.".encode())) is None
    assert "The plan" == recalled_subject(parse(f"{head}{recall}".encode()))
