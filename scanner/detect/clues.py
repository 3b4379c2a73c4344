"""What the sentences of a verdict name: gathered while the history is still that before the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.history.contacts import DAY

if TYPE_CHECKING:
    from scanner.detect.features.address import Lookalikes
    from scanner.detect.features.context import Context
    from scanner.history.contacts import Contact


_A_LETTER_OR_TWO = 2


@dataclass(frozen=True, slots=True)
class Clues:
    """Facts about one recipient that a person can check; "" where there is none."""

    label: str
    address: str
    sent: int
    received: int
    days: int
    near: str
    near_sent: int
    named: str
    greeting: str
    greeted: str
    quoted: str
    topic: str
    others: str
    outsiders: int
    organisations: int


def label(contact: Contact) -> str:
    """Return how a person knows a contact: the display name with the address, else the address."""
    return f"{contact.name} <{contact.address}>" if contact.name else contact.address


def clues_of(context: Context, looks: list[Lookalikes]) -> tuple[Clues, ...]:
    """Return the clues about every recipient; `looks` are their look-alikes."""
    outside = [org for org in context.organisations if org not in context.own_organisations]
    counts = len(outside), len(set(outside))
    return tuple(_clues(context, position, look, *counts) for position, look in enumerate(looks))


def _clues(context: Context, position: int, look: Lookalikes, outsiders: int, organisations: int) -> Clues:
    party = context.parties[position]
    contacts = context.history.contacts.all
    near = max(
        (contacts[i] for distance, i in look.near if distance <= _A_LETTER_OR_TWO),
        key=lambda c: (c.sent + c.received, -c.index),
        default=None,
    )
    named = max(
        (contacts[i] for i in look.named), key=lambda c: (c.sent + c.received, -c.index), default=None
    )
    others = [other for other in context.parties[:2] if other is not party]
    salutation = context.message.salutation
    return Clues(
        label=party.name or party.address,
        address=party.address,
        sent=party.sent,
        received=party.received,
        days=int(max(0.0, context.now - party.sent_at) / DAY) if party.sent else -1,
        near=near.address if near else "",
        near_sent=near.sent if near else 0,
        named=named.address if named else "",
        greeting=" ".join(salutation.names) if salutation else "",
        greeted=_best(context, context.greeting, contacts),
        quoted=_quoted(context, contacts),
        topic=_best(context, context.topic, contacts),
        others=others[0].name or others[0].address if others else "",
        outsiders=outsiders,
        organisations=organisations,
    )


def _best(context: Context, values: dict[int, float], contacts: list[Contact]) -> str:
    outside = [index for index in values if index >= 0 and index not in context.present]
    best = max(
        outside, key=lambda i: (values[i], context.topic.get(i, 0.0), contacts[i].sent, -i), default=None
    )
    return label(contacts[best]) if best is not None else ""


def _quoted(context: Context, contacts: list[Contact]) -> str:
    outer = [index for index, depth in context.quoted_from.items() if depth == 0 and index >= 0]
    absent = [index for index in outer if index not in context.present]
    return label(contacts[absent[0]]) if absent else ""
