"""How bad it would be if a message did go to the wrong party."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from scanner.detect.organisations import is_freemail
from scanner.detect.verdict import Severity
from scanner.message.sensitive import Sensitive, carried

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scanner.message.model import Message

LIST = 8
"""From so many outsiders on, it went to a list."""

BRIEF = 280
"""Characters of own text up to which a mail that quotes and attaches nothing says little."""

GRAVE = frozenset(
    {
        Sensitive.CREDENTIALS,
        Sensitive.CARD,
        Sensitive.NATIONAL_NUMBER,
        Sensitive.HEALTH,
        Sensitive.SALARY,
    }
)
"""What harms people in whoever's hands it is."""


class Load(enum.IntEnum):
    """What a message carries, the heaviest of it."""

    BRIEF = 0
    TEXT = 1
    CONVERSATION = 2
    FILES = 3
    TOUCHY = 4
    GRAVE = 5


class Reach(enum.IntEnum):
    """Whom it reached."""

    INSIDE = 0
    OUTSIDE = 1
    FREEMAIL = 2
    LIST = 3


_LOW, _MIDDLE, _HIGH = Severity.LOW, Severity.MIDDLE, Severity.HIGH
_TABLE = {
    Load.BRIEF: (_LOW, _LOW, _LOW, _MIDDLE),
    Load.TEXT: (_LOW, _MIDDLE, _MIDDLE, _HIGH),
    Load.CONVERSATION: (_LOW, _MIDDLE, _HIGH, _HIGH),
    Load.FILES: (_MIDDLE, _MIDDLE, _HIGH, _HIGH),
    Load.TOUCHY: (_MIDDLE, _HIGH, _HIGH, _HIGH),
    Load.GRAVE: (_HIGH, _HIGH, _HIGH, _HIGH),
}


def severity(
    message: Message,
    wrong: Sequence[str],
    own: frozenset[str],
    organisations: Sequence[str],
    *,
    named: bool = False,
) -> Severity:
    """Return the severity from what a message carries and whom of the suspected it reached.

    `wrong` are the suspected addresses and `organisations` theirs, in the same order; `own` are the
    owner's organisations; `named` says that the text names a client or competitor (`mentions`). By
    judgement, from what regulators' guides and people to whom it happened say:

    | it carries | inside | outside | a freemail address | a list of 8 or more outside |
    |---|---|---|---|---|
    | a few lines | low | low | low | middle |
    | more text | low | middle | middle | high |
    | a quoted conversation | low | middle | high | high |
    | attachments | middle | middle | high | high |
    | IBAN, legal, prices, 'confidential', a client or competitor named | middle | high | high | high |
    | credentials, card or national numbers, health, salary | high | high | high | high |

    Low where nobody is suspected.
    """
    if not wrong:
        return Severity.LOW
    return grade(load(message, carried(message), named=named), reach(wrong, own, organisations))


def grade(load: Load, reach: Reach) -> Severity:
    """Return the severity by the table of `severity`."""
    return _TABLE[load][reach]


def load(message: Message, kinds: Collection[Sensitive], *, named: bool = False) -> Load:
    """Return the heaviest thing that a message carries; `named`: it names a client or competitor."""
    if not GRAVE.isdisjoint(kinds):
        return Load.GRAVE
    if kinds or named:
        return Load.TOUCHY
    if message.attachments:
        return Load.FILES
    if len(message.quoted) > 1:
        return Load.CONVERSATION
    quotes = bool(message.quoted or message.quoted_text.strip())
    return Load.TEXT if quotes or len(message.own_text) > BRIEF else Load.BRIEF


def reach(wrong: Sequence[str], own: frozenset[str], organisations: Sequence[str]) -> Reach:
    """Return the widest reach of those who are suspected."""
    outside = [
        address for address, organisation in zip(wrong, organisations, strict=True) if organisation not in own
    ]
    if not outside:
        return Reach.INSIDE
    if len(outside) >= LIST:
        return Reach.LIST
    return (
        Reach.FREEMAIL
        if any(is_freemail(address.rpartition("@")[2]) for address in outside)
        else Reach.OUTSIDE
    )
