"""Folding, name tokens, nicknames and given names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.names import address_name_tokens, fold, is_given_name, name_tokens, same_given_name


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("İSTANBUL", "istanbul"),
        ("Işık", "isik"),
        ("Müller", "muller"),
        ("Weiß", "weiss"),
        ("José", "jose"),
        ("Søren", "soren"),
        ("Łukasz", "lukasz"),
        ("ANNA", "anna"),
        ("Ğ", "g"),
        ("", ""),
    ],
)
def test_folding_takes_case_and_accents_away(written: str, folded: str) -> None:
    """Letters of the six languages fold to plain lower-case ones; the Turkish i has one form."""
    assert folded == fold(written)


@pytest.mark.parametrize(
    ("display", "tokens"),
    [
        ("Jane Q. Doe", ("jane", "q", "doe")),
        ("Doe, Jane Q.", ("jane", "q", "doe")),
        ("Dr. Jane Doe", ("jane", "doe")),
        ("Doe Jr., Tom", ("tom", "doe")),
        ("Tom Doe, Jr.", ("tom", "doe")),
        ("Jane Doe (Legal)", ("jane", "doe")),
        ("Sig.ra Anna Rossi", ("anna", "rossi")),
        ("Ayşe Yılmaz", ("ayse", "yilmaz")),
        ("O'Neil, Ryan", ("ryan", "oneil")),
        ("jane.doe@example.com", ("jane", "doe")),
        ("", ()),
    ],
)
def test_a_display_name_gives_its_words_given_name_first(display: str, tokens: tuple[str, ...]) -> None:
    """Both orders give the same tokens; titles, generations and remarks are left out."""
    assert tokens == name_tokens(display)


@pytest.mark.parametrize(
    ("local", "tokens"),
    [
        ("jane.doe", ("jane", "doe")),
        ("jane_q-doe2+news", ("jane", "q", "doe")),
        ("jdoe", ("jdoe",)),
        ("ayşe.YILMAZ", ("ayse", "yilmaz")),
        ("42", ()),
        ("jane.doe@example.com", ("jane", "doe")),
    ],
)
def test_a_local_part_gives_its_words(local: str, tokens: tuple[str, ...]) -> None:
    """Separators, digits and tags part and end the words."""
    assert tokens == address_name_tokens(local)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bill", "William"),
        ("Bill", "Will"),
        ("bob", "ROBERT"),
        ("Beppe", "Giuseppe"),
        ("Pepe", "José"),
        ("Memo", "Mehmet"),
        ("İbo", "İbrahim"),
        ("Uschi", "Ursula"),
        ("Basti", "Sebastian"),
        ("Manu", "Emmanuel"),
        ("Nacho", "Ignacio"),
        ("Zoë", "zoe"),
    ],
)
def test_short_forms_name_the_same_person(one: str, other: str) -> None:
    """Nicknames of all six languages match their full names, either way round."""
    assert same_given_name(one, other)
    assert same_given_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Christopher", "Christine"), ("Anna", "Tom"), ("", ""), ("Bill", ""), ("Marco", "Mario")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    """Two full names that share a short form are two people; nothing is like an empty name."""
    assert not same_given_name(one, other)


@pytest.mark.parametrize("name", ["Anna", "MARCO", "Ayşe", "Jürgen", "François", "José", "Bob", "gülşen"])
def test_common_given_names_are_known(name: str) -> None:
    """Given names of the six languages are known in any case."""
    assert is_given_name(name)


@pytest.mark.parametrize("word", ["Hope", "Thanks", "May", "Attached", "invoice", "Enjoy", "True"])
def test_ordinary_words_are_no_given_names(word: str) -> None:
    """Words that start sentences are not taken for names."""
    assert not is_given_name(word)


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """Comparing is symmetric and never raises; tokens are folded."""
    assert same_given_name(one, other) == same_given_name(other, one)
    assert all(token == fold(token) for token in name_tokens(one))
