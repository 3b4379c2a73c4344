"""Organisations of known contacts that a text names."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.detect.organisations import is_freemail, organisation
from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import ordinary_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_NAME = re.compile(r"[^\W_]+")
_SHORTEST = 4
_LONGEST = 8_000
_MOST = 8


def named(text: str, domains: Iterable[str], *, besides: Collection[str]) -> tuple[str, ...]:
    """Return the organisations among `domains` that the text names, each once, in their order.

    An organisation is named where a capitalised word, or two in a row, is the label of its domain:
    "Hofer Conti" names hofer-conti.example. Left out are those in `besides`, providers of personal
    mailboxes, and labels that are given names, ordinary or short words.
    """
    words = [word for word in _NAME.findall(text[:_LONGEST]) if word[0].isupper() or word[0].isdigit()]
    folded = [fold(word) for word in words]
    said = set(folded) | {one + other for one, other in pairwise(folded)}
    found: dict[str, None] = {}
    for domain in domains:
        label = _label(domain)
        if label in said and not is_freemail(domain):
            one = organisation(domain)
            if one not in besides and not is_given_name(label) and label not in ordinary_words():
                found.setdefault(one)
    return tuple(found)[:_MOST]


def _label(domain: str) -> str:
    """Give the folded label that an organisation goes by; "" for one that is too short to mean anything."""
    label = "".join(_NAME.findall(fold(organisation(domain).partition(".")[0])))
    return label if len(label) >= _SHORTEST else ""
