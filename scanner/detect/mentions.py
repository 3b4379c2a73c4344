"""Organisations of known contacts that a text names: a client, a supplier, a competitor."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.detect.organisations import is_freemail, organisation
from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import ordinary_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from scanner.history.contacts import Contacts
    from scanner.message.model import Message

_NAME = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"(?<![\w@.])[^\W\d_a-z][^\W_]*")
_COMMON = frozenset("home mail email online direct global world service services support info data".split())
"""Labels of domains that are words of every text."""

_SHORTEST = 4
_LONGEST = 8_000
_MOST = 8


class Mentions:
    """Finds the organisations to which the owner has written in what they write to others.

    An organisation is named where a capitalised word, or two in a row, is the label of its domain:
    "Hofer Conti" names hofer-conti.example. Labels that are given names, ordinary or short words, and
    providers of personal mailboxes name nobody.
    """

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._seen = 0
        self._domains: dict[str, dict[str, None]] = {}

    def named(self, message: Message, *, besides: Collection[str]) -> tuple[str, ...]:
        """Return the organisations that subject and own text name, but for those in `besides`."""
        self._learn()
        text = f"{message.subject}\n{message.own_text[:_LONGEST]}"
        words = [fold(word) for word in _CAPITAL.findall(text)]
        found: dict[str, None] = {}
        for said in (*words, *(one + other for one, other in pairwise(words))):
            for domain in self._domains.get(said, ()):
                one = organisation(domain)
                if one not in besides and self._written_to(domain):
                    found.setdefault(one)
        return tuple(found)[:_MOST]

    def _learn(self) -> None:
        """Take in the domains of contacts that are new."""
        known = self._contacts.all
        for contact in known[self._seen :]:
            label = _label(contact.domain)
            if label:
                self._domains.setdefault(label, {}).setdefault(contact.domain)
        self._seen = len(known)

    def _written_to(self, domain: str) -> bool:
        contacts = self._contacts
        return any(contacts.all[index].sent for index in contacts.by_domain.get(domain, ()))


def _label(domain: str) -> str:
    """Give the folded label that an organisation goes by, "" where it means nothing."""
    label = "".join(_NAME.findall(fold(organisation(domain).partition(".")[0])))
    common = label in _COMMON or label in ordinary_words() or is_given_name(label)
    return "" if common or len(label) < _SHORTEST or is_freemail(domain) else label
