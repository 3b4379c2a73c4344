"""Bad input that other parsers were broken by, where no other test here has it."""

from __future__ import annotations

import pytest

from scanner.message.addresslist import parse_addresses


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
