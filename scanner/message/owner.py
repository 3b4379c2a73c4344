"""Who counts as the owner of a mailbox: the addresses given, and what else leads to the same inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from scanner.message.addresses import normalise_address

if TYPE_CHECKING:
    from collections.abc import Iterable

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})


class Owner(frozenset[str]):
    """The addresses of one person.

    Gone through one by one, it holds the addresses that were given, in one spelling each. `in`
    asks more: an address with a sub-address (RFC 5233), "anna+shop@firm.example", is the owner's
    where "anna@firm.example" was given, and at Gmail neither dots nor the choice between its two
    domains make another address. `separators` are the characters that begin a sub-address; "" is
    none.
    """

    _separators: str
    _bases: frozenset[str]

    def __new__(cls, addresses: Iterable[str] = (), *, separators: str | None = None) -> Self:
        """Take the addresses; without `separators`, those of an `Owner` that is given, else "+"."""
        made = super().__new__(cls, map(normalise_address, addresses))
        if separators is None:
            separators = addresses._separators if isinstance(addresses, Owner) else "+"  # noqa: SLF001
        made._separators = separators
        gmail = (one for one in frozenset.__iter__(made) if one.rpartition("@")[2] in _GMAIL)
        made._bases = frozenset(map(_at_gmail, gmail))
        return made

    def __contains__(self, address: object) -> bool:
        """Whether mail to this address, in the spelling of `normalise_address`, reaches the owner."""
        if super().__contains__(address):
            return True
        if not isinstance(address, str):
            return False
        if self._bases and address.rpartition("@")[2] in _GMAIL:
            return _at_gmail(address) in self._bases
        local, _, domain = address.rpartition("@")
        return any(
            super(Owner, self).__contains__(f"{local[:place]}@{domain}")
            for place, letter in enumerate(local)
            if place and letter in self._separators
        )


def _at_gmail(address: str) -> str:
    """Spell an address at Gmail as all that leads there: https://support.google.com/mail/answer/7436150."""
    local = address.rpartition("@")[0].partition("+")[0]
    return local.replace(".", "")
