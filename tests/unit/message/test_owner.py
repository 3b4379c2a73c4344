"""Whose address it is: sub-addresses, and Gmail's several spellings."""

from __future__ import annotations

import copy

import pytest

from scanner.message.owner import Owner

ANNA = Owner(["Anna@Firm.example", "a.neri@gmail.com"])


@pytest.mark.parametrize(
    "address",
    [
        "anna@firm.example",
        "anna+shop@firm.example",
        "anna+shop+2024@firm.example",
        "a.neri@gmail.com",
        "aneri@gmail.com",
        "a.n.e.r.i+lists@gmail.com",
        "aneri+x@googlemail.com",
    ],
)
def test_what_reaches_the_owner_is_the_owners(address: str) -> None:
    """Sub-addresses everywhere; at Gmail dots and the two domains as well."""
    assert address in ANNA


@pytest.mark.parametrize(
    "address",
    [
        "ann@firm.example",
        "anna-shop@firm.example",
        "an.na@firm.example",
        "shop+anna@firm.example",
        "+anna@firm.example",
        "anna@sub.firm.example",
        "anna+shop@other.example",
        "anna",
        "anna+shop",
        "",
        "bneri@gmail.com",
        "a.neri@example.com",
    ],
)
def test_what_reaches_somebody_else_is_not(address: str) -> None:
    """Dots tell people apart outside Gmail, and another domain is another person."""
    assert address not in ANNA


def test_a_sub_address_that_was_given_says_nothing_of_its_mailbox() -> None:
    """Outside Gmail the plain address may belong to a list or to a whole team."""
    given = Owner(["team+anna@firm.example"])

    assert "team+anna@firm.example" in given
    assert "team+anna+x@firm.example" in given
    assert "team@firm.example" not in given
    assert "team+carla@firm.example" not in given


def test_the_separator_can_be_another_one_or_none() -> None:
    """Servers of the qmail family use a hyphen."""
    assert "anna-shop@firm.example" in Owner(["anna@firm.example"], separators="-")
    assert "anna+shop@firm.example" not in Owner(["anna@firm.example"], separators="-")
    assert "anna+shop@firm.example" not in Owner(["anna@firm.example"], separators="")


def test_gone_through_it_holds_what_was_given() -> None:
    """Each address once, in one spelling."""
    assert ["a.neri@gmail.com", "anna@firm.example"] == sorted(ANNA)
    assert 2 == len(ANNA)


def test_it_can_be_taken_from_another_and_copied() -> None:
    """The separators go with it."""
    hyphen = Owner(["anna@firm.example"], separators="-")

    assert "anna-shop@firm.example" in Owner(hyphen)
    assert "anna-shop@firm.example" in copy.deepcopy(hyphen)
    assert "a.neri+x@googlemail.com" in copy.deepcopy(ANNA)
