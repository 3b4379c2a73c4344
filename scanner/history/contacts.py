"""The people a mailbox has written to or heard from, and how to find them by name and domain."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from scanner.message.names import address_name_tokens, name_tokens

DAY = 86_400.0
_LONG = 365.0 * DAY
_SHORT = 30.0 * DAY
_TERM_KEEP = 256
_TERM_LIMIT = 384
_NAME_LIMIT = 4
_GREETING_LIMIT = 12
_TOKEN_LIMIT = 400


def decayed(value: float, since: float, now: float, half_life: float) -> float:
    """Return `value` halved once per `half_life` between the times `since` and `now` (seconds)."""
    return value * 0.5 ** ((now - since) / half_life) if now > since else value


@dataclass(slots=True)
class Contact:
    """One address and what the mailbox has done with it.

    Counts are messages; `*_at` are seconds since the epoch, -inf where it never happened;
    `short` and `long` are sent counts that halve every 30 and 365 days, as of `sent_at`.
    `roles` counts To, Cc, Bcc, `kinds` sent messages that are new, answers or passed on. `quoting`
    counts sent messages with quoted headers, `unnamed` those of them whose headers did not name
    the contact, `greeted` those to it alone that greet by name.
    `terms` are hashed-term counts of mail with this contact, bounded; `style` counts the marks of
    mail to it (`scanner.history.style`).
    """

    index: int
    address: str
    names: dict[str, int] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    sent: int = 0
    sole: int = 0
    received: int = 0
    together: int = 0
    first_at: float = math.inf
    sent_at: float = -math.inf
    received_at: float = -math.inf
    short: float = 0.0
    long: float = 0.0
    roles: list[int] = field(default_factory=lambda: [0, 0, 0])
    quoting: int = 0
    unnamed: int = 0
    greeted: int = 0
    kinds: list[int] = field(default_factory=lambda: [0, 0, 0])
    greetings: dict[int, int] = field(default_factory=dict)
    terms: dict[int, float] = field(default_factory=dict)
    term_total: float = 0.0
    style: dict[int, int] = field(default_factory=dict)

    @property
    def local(self) -> str:
        """The part before the last @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The part after the last @."""
        return self.address.rpartition("@")[2]

    @property
    def name(self) -> str:
        """The display name seen most often, the earlier one on a tie; "" where none was seen."""
        return max(self.names, key=self.names.__getitem__) if self.names else ""

    def count_sent(self, at: float, role: int) -> None:
        """Note one message that the owner sent to this contact."""
        self.short = decayed(self.short, self.sent_at, at, _SHORT) + 1.0 if self.sent else 1.0
        self.long = decayed(self.long, self.sent_at, at, _LONG) + 1.0 if self.sent else 1.0
        self.sent += 1
        self.sent_at = max(self.sent_at, at)
        self.roles[role] += 1

    def add_style(self, style: tuple[int, ...]) -> None:
        """Note the marks of one message that the owner sent to this contact."""
        for mark in style:
            self.style[mark] = self.style.get(mark, 0) + 1

    def recent(self, now: float) -> tuple[float, float]:
        """Return the sent counts that halve every 30 and every 365 days, as of `now`."""
        if not self.sent:
            return 0.0, 0.0
        return decayed(self.short, self.sent_at, now, _SHORT), decayed(self.long, self.sent_at, now, _LONG)

    def add_greeting(self, greeting: int) -> None:
        """Note by which (hashed) name the owner greeted this contact, alone on a message."""
        self.greetings[greeting] = self.greetings.get(greeting, 0) + 1
        if len(self.greetings) > _GREETING_LIMIT:
            self.greetings.pop(min(self.greetings, key=self.greetings.__getitem__))

    def add_terms(self, terms: dict[int, float], weight: float) -> None:
        """Add the terms of one message; the rarest are forgotten beyond the bound."""
        counts = self.terms
        for term, value in terms.items():
            counts[term] = counts.get(term, 0.0) + value * weight
        if len(counts) > _TERM_LIMIT:
            self.terms = dict(sorted(counts.items(), key=lambda item: -item[1])[:_TERM_KEEP])
        self.term_total = math.fsum(self.terms.values())

    def state(self) -> list[Any]:
        """Return the contact as plain lists, in the order of the fields."""
        return [
            self.address, list(self.names), list(self.names.values()), self.sent, self.sole, self.received,
            self.together, self.first_at, self.sent_at, self.received_at, self.short, self.long, self.roles,
            list(self.greetings), list(self.greetings.values()), list(self.terms), list(self.terms.values()),
            self.term_total, list(self.tokens), self.quoting, self.unnamed, self.greeted, self.kinds,
            list(self.style), list(self.style.values()),
        ]  # fmt: skip

    @classmethod
    def from_state(cls, index: int, state: list[Any]) -> Contact:
        """Return the contact that `state` was taken from."""
        (
            address, names, name_counts, sent, sole, received, together, first_at, sent_at, received_at,
            short, long, roles, greetings, greeting_counts, terms, term_counts, total, tokens,
            quoting, unnamed, greeted, kinds, style, style_counts,
        ) = state  # fmt: skip
        return cls(
            index=index, address=address, names=dict(zip(names, name_counts, strict=True)),
            tokens=tuple(tokens), sent=sent, sole=sole, received=received, together=together,
            first_at=first_at, sent_at=sent_at, received_at=received_at, short=short, long=long, roles=roles,
            greetings=dict(zip(greetings, greeting_counts, strict=True)),
            terms=dict(zip(terms, term_counts, strict=True)), term_total=total,
            quoting=quoting, unnamed=unnamed, greeted=greeted, kinds=kinds,
            style=dict(zip(style, style_counts, strict=True)),
        )  # fmt: skip


class Contacts:
    """All contacts, by index, address, name token and domain."""

    def __init__(self) -> None:
        self.all: list[Contact] = []
        self.by_address: dict[str, Contact] = {}
        self.by_token: dict[str, list[int]] = {}
        self.by_prefix: dict[str, list[int]] = {}
        self.by_domain: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.all)

    def get(self, address: str) -> Contact | None:
        """Return the contact with this address, None where it is not known."""
        return self.by_address.get(address)

    def meet(self, address: str, name: str, at: float) -> Contact:
        """Return the contact with this address, made if need be, with its display name noted."""
        contact = self.by_address.get(address)
        if contact is None:
            contact = Contact(len(self.all), address)
            self._enter(contact)
            self._add_tokens(contact, address_name_tokens(contact.local))
        contact.first_at = min(contact.first_at, at)
        if name and name != address:
            seen = contact.names.get(name)
            if seen is not None:
                contact.names[name] = seen + 1
            elif len(contact.names) < _NAME_LIMIT:
                contact.names[name] = 1
                self._add_tokens(contact, name_tokens(name))
        return contact

    def _enter(self, contact: Contact) -> None:
        self.all.append(contact)
        self.by_address[contact.address] = contact
        self.by_domain.setdefault(contact.domain, []).append(contact.index)
        self.by_prefix.setdefault(contact.local[:3], []).append(contact.index)

    def _add_tokens(self, contact: Contact, tokens: tuple[str, ...]) -> None:
        for token in tokens:
            if token not in contact.tokens:
                contact.tokens = (*contact.tokens, token)
                self._index_token(contact.index, token)

    def _index_token(self, index: int, token: str) -> None:
        holders = self.by_token.setdefault(token, [])
        if len(holders) < _TOKEN_LIMIT:
            holders.append(index)
        prefix = self.by_prefix.setdefault(token[:3], [])
        if len(prefix) < _TOKEN_LIMIT and (not prefix or prefix[-1] != index):
            prefix.append(index)

    def named(self, tokens: tuple[str, ...]) -> list[Contact]:
        """Return the contacts that hold every one of `tokens` among their names."""
        lists = [self.by_token.get(token, ()) for token in tokens]
        if not lists or not all(lists):
            return []
        shortest = min(lists, key=len)
        wanted = set(tokens)
        return [self.all[index] for index in shortest if wanted.issubset(self.all[index].tokens)]

    def state(self) -> list[Any]:
        """Return all contacts as plain lists; the indexes follow from them."""
        return [
            [contact.state() for contact in self.all],
            list(self.by_token), list(self.by_token.values()),
            list(self.by_prefix), list(self.by_prefix.values()),
        ]  # fmt: skip

    @classmethod
    def from_state(cls, state: list[Any]) -> Contacts:
        """Return the contacts that `state` was taken from."""
        rows, tokens, token_lists, prefixes, prefix_lists = state
        contacts = cls()
        for index, row in enumerate(rows):
            contacts._enter(Contact.from_state(index, row))
        contacts.by_token = dict(zip(tokens, token_lists, strict=True))
        contacts.by_prefix = dict(zip(prefixes, prefix_lists, strict=True))
        return contacts
