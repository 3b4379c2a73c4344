"""How a message is written, apart from what it says: marks that a person keeps for some people.

A mark is a small number: which of a few values one trait of the message has. Traits are the
kind of message, its length, greeting, signature, capitals, attachments and company.
"""

from __future__ import annotations

import math
from bisect import bisect
from typing import TYPE_CHECKING

from scanner.message.model import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scanner.message.model import Message

_KINDS = (Kind.NEW, Kind.REPLY, Kind.FORWARD)
_LENGTHS = (1, 40, 120, 400, 1_500)
_COMPANY = (2, 4, 10)
_VALUES = 8
"""Room for the values of one trait."""

_DRAWN = 3.0
"""A contact's habits are drawn to the owner's with the weight of this many messages."""


def marks(message: Message, recipients: int) -> tuple[int, ...]:
    """Return the marks of a message to so many recipients, one per trait."""
    own = message.own_text.strip()
    letters = [letter for letter in own[:200] if letter.isalpha()]
    greeting = message.salutation
    traits = (
        _KINDS.index(message.kind),
        bisect(_LENGTHS, len(own)),
        0 if greeting is None else 1 if greeting.group or not greeting.names else 2,
        int(bool(message.signature_names)),
        0 if not letters else 1 if letters[0].islower() else 2 if any(map(str.islower, letters)) else 3,
        bisect(_COMPANY, recipients),
        min(len(message.attachments), 2),
        int("!" in own[:2_000]) + 2 * int("?" in own[:2_000]),
    )
    return tuple(trait * _VALUES + value for trait, value in enumerate(traits))


def usual_style(style: Sequence[int], everybody: Mapping[int, int], total: int) -> list[tuple[int, float]]:
    """Return (mark, its smoothed share of the owner's mail); `everybody` counts marks in `total` messages."""
    return [(mark, (everybody.get(mark, 0) + 0.5) / (total + 0.5 * _VALUES)) for mark in style]


def habit(usual: Sequence[tuple[int, float]], mine: Mapping[int, int], count: int) -> float:
    """Return how much likelier the marks are in mail to one contact than in the owner's mail at large.

    A mean over the traits of log ratios, 0.0 without any mail to the contact. `usual` is what
    `usual_style` gives, `mine` counts marks in `count` messages to the contact.
    """
    if not count:
        return 0.0
    ratio = 0.0
    for mark, share in usual:
        ratio += math.log((mine.get(mark, 0) + _DRAWN * share) / ((count + _DRAWN) * share))
    return ratio / len(usual)
