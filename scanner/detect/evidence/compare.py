"""What two mails have in common, as far as their trails and references tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.detect.evidence.trail import Trail, alike
from scanner.detect.organisations import is_freemail, organisation

if TYPE_CHECKING:
    from scanner.message.model import Message

AT_ONCE = 600.0
"""Seconds within which one recipient is exchanged for another by correction, whatever their names."""


def answered(message: Message) -> list[str]:
    """Return the Message-IDs that a message refers to, the nearest first (RFC 5322 section 3.6.4)."""
    ids = [message.in_reply_to, *reversed(message.references)]
    return [one for one in dict.fromkeys(ids) if one]


def part(trail: Trail, addresses: frozenset[str]) -> tuple[str, ...]:
    """Return the addresses that a sign is about; none where all of several are: it does not tell which."""
    if addresses == trail.addresses and len(addresses) > 1:
        return ()
    return tuple(sorted(addresses))


def replaced(earlier: Trail, later: Trail) -> tuple[frozenset[str], str] | None:
    """Return who of the earlier recipients was replaced by somebody like them, and by whom."""
    before, after = dict(earlier.recipients), dict(later.recipients)
    dropped = {address: name for address, name in before.items() if address not in after}
    new = {address: name for address, name in after.items() if address not in before}
    if not dropped or not new:
        return None
    found, meant = alike(dropped, new)
    if found:
        return found, meant
    if later.at - earlier.at <= AT_ONCE and len(dropped) < len(before) and len(new) < len(after):
        return frozenset(dropped), next(iter(new)) if len(new) == 1 else ""
    return None


def same(earlier: Trail, later: Trail, *, sorry: bool) -> str:
    """Return what two mails have in common, as a key of `WORTH`; "" where it is too little."""
    if sorry:
        return "sent again with a retraction" if earlier.subject and earlier.subject == later.subject else ""
    if (earlier.text and earlier.text == later.text) or (
        not earlier.text and not later.text and earlier.quoted and earlier.quoted == later.quoted
    ):
        return "same text again"
    if earlier.attachments and earlier.attachments == later.attachments:
        return "same attachments again"
    new = earlier.kind == later.kind == "new"
    return "same subject again" if new and earlier.subject and earlier.subject == later.subject else ""


def same_house(one: str, other: str) -> bool:
    """Return whether two addresses belong to one organisation; providers of personal mailboxes are none."""
    domain, its = organisation(one.rpartition("@")[2]), organisation(other.rpartition("@")[2])
    return domain == its and not is_freemail(domain)
