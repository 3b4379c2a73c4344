"""Simulated mistakes: eleven strata, each by adding and by replacing a recipient.

The wrong recipient is drawn from what the mailbox knew strictly before the message. The injector
leaves no trace of its own: a new recipient stands at a random place, named as right recipients
are (`training.headernames`), a replaced one leaves its place and role to the wrong one, and no
feature sees the hour. Strata 9 and 11 concern the whole message.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scanner.detect.organisations import organisation
from scanner.history.contacts import DAY
from scanner.message.model import Recipient, Role
from scanner.message.names import fold
from training.headernames import HeaderNames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scanner.history.contacts import Contact
    from scanner.history.history import History
    from scanner.message.model import Message

STRATA = {
    1: "name neighbour",
    2: "autocomplete slip",
    3: "same domain, never together",
    4: "like frequency",
    5: "other organisation",
    6: "any contact",
    7: "typing error, unseen",
    8: "reply-all or stale member",
    9: "content swapped",
    10: "the person talked about",
    11: "list that belongs in Bcc",
}
MODES = ("add", "replace")
WHOLE = (9, 11)
"""Strata that concern the whole message and have one mode."""

_STALE = 120.0 * DAY
_EXPOSED = (8, 30)
_OUTSIDE_ORGANISATIONS = 3
_NEIGHBOUR_KEYS = {
    row[i]: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
    for i in range(len(row))
}


@dataclass(frozen=True, slots=True)
class Leak:
    """One simulated mistake: the corrupted message, who is wrong on it, and who was meant.

    `meant` is None where the mistake has no one person who was meant instead.
    """

    stratum: int
    mode: str
    message: Message
    wrong: frozenset[str]
    meant: str | None


class Injector:
    """Makes mistakes out of clean messages of one owner; `rng` decides, the history limits."""

    def __init__(self, history: History, owner: frozenset[str], rng: random.Random) -> None:
        self.history = history
        self.owner = owner
        self.rng = rng
        self.names = HeaderNames(history, owner, rng)

    def leak(
        self, message: Message, stratum: int, mode: str, upcoming: Sequence[Message] = ()
    ) -> Leak | None:
        """Return a mistake of this kind made of a clean `message`, None where none can be made.

        `upcoming` are the owner's next sent messages, whose text stratum 9 puts into this one.
        """
        self.names.note(message)
        recipients = [r for r in message.recipients if r.address not in self.owner]
        if not recipients:
            return None
        if stratum in WHOLE:
            return self._swapped(message, upcoming) if stratum == 9 else self._exposed(message)
        target = self.rng.choice(recipients)
        drawn = _DRAWS[stratum](self, message, target, mode)
        taken = self.owner | {r.address for r in message.recipients}
        if drawn is None or drawn[0].address in taken:
            return None
        wrong, meant = drawn
        if mode == "add":
            return Leak(stratum, mode, self._added(message, wrong), frozenset((wrong.address,)), meant)
        swapped = tuple(replace(wrong, role=r.role) if r is target else r for r in message.recipients)
        changed = replace(message, recipients=swapped)
        return Leak(stratum, mode, changed, frozenset((wrong.address,)), meant or target.address)

    def _added(self, message: Message, wrong: Recipient) -> Message:
        recipients = list(message.recipients)
        role = self.rng.choice([r.role for r in recipients])
        places = [place for place, r in enumerate(recipients) if r.role is role]
        # At any place among those of its role alike, the one behind the last of them included.
        recipients.insert(self.rng.choice([*places, places[-1] + 1]), replace(wrong, role=role))
        return replace(message, recipients=tuple(recipients))

    def _known(self, message: Message, keep: Callable[[Contact], bool]) -> list[Contact]:
        present = {r.address for r in message.recipients} | self.owner
        return [c for c in self.history.contacts.all if c.address not in present and keep(c)]

    def _as_recipient(self, contact: Contact) -> Recipient:
        return Recipient(contact.address, self.names.of(contact), Role.TO)

    def _pick(self, pool: list[Contact], *, weighted: bool = False) -> tuple[Recipient, None] | None:
        if not pool:
            return None
        if weighted:
            now = self.history.now
            weights = [0.1 + contact.recent(now)[1] + 0.2 * contact.received for contact in pool]
            return self._as_recipient(self.rng.choices(pool, weights)[0]), None
        return self._as_recipient(self.rng.choice(pool)), None

    def _name_neighbour(
        self, message: Message, target: Recipient, _mode: str
    ) -> tuple[Recipient, None] | None:
        tokens = {token for token in self._tokens(target) if len(token) > 1}
        found = self._known(message, lambda c: bool(tokens.intersection(c.tokens)))
        return self._pick(found, weighted=True)

    def _tokens(self, target: Recipient) -> tuple[str, ...]:
        contact = self.history.contacts.get(target.address)
        return contact.tokens if contact is not None else ()

    def _autocomplete(self, message: Message, target: Recipient, _mode: str) -> tuple[Recipient, None] | None:
        starts = [token for token in self._tokens(target) if len(token) > 1] or [target.address]
        typed = self.rng.choice(starts)[: self.rng.randint(1, 3)]
        found = self._known(
            message,
            lambda c: (
                bool(c.sent) and (c.local.startswith(typed) or any(t.startswith(typed) for t in c.tokens))
            ),
        )
        found.sort(key=lambda c: (-c.sent_at, c.index))
        return self._pick(found[:4])

    def _same_domain(self, message: Message, target: Recipient, _mode: str) -> tuple[Recipient, None] | None:
        domain = target.address.rpartition("@")[2]
        mine = self.history.contacts.get(target.address)
        groups = self.history.groups
        found = self._known(
            message,
            lambda c: c.domain == domain and (mine is None or not groups.together(c.index, mine.index)),
        )
        return self._pick(found)

    def _like_frequency(
        self, message: Message, target: Recipient, _mode: str
    ) -> tuple[Recipient, None] | None:
        mine = self.history.contacts.get(target.address)
        count = mine.sent if mine is not None else 0
        found = self._known(message, lambda c: bool(c.sent))
        found.sort(key=lambda c: (abs(c.sent - count), c.index))
        return self._pick(found[:12])

    def _other_organisation(
        self, message: Message, _target: Recipient, _mode: str
    ) -> tuple[Recipient, None] | None:
        present = {organisation(r.address.rpartition("@")[2]) for r in message.recipients}
        return self._pick(self._known(message, lambda c: organisation(c.domain) not in present))

    def _any(self, message: Message, _target: Recipient, _mode: str) -> tuple[Recipient, None] | None:
        return self._pick(self._known(message, lambda _: True))

    def _mistyped(self, message: Message, target: Recipient, mode: str) -> tuple[Recipient, str] | None:
        meant = target
        if mode == "add":
            partners = self._partners(message)
            if not partners:
                return None
            meant = self._as_recipient(self.rng.choice(partners))
        for _ in range(8):
            address = mistype(meant.address, self.rng)
            if address and address not in self.owner and self.history.contacts.get(address) is None:
                return Recipient(address, self.names.of_stranger(meant), meant.role), meant.address
        return None

    def _partners(self, message: Message) -> list[Contact]:
        known = [self.history.contacts.get(r.address) for r in message.recipients]
        indexes = frozenset(c.index for c in known if c is not None)
        near = self.history.groups.touching(indexes, self.history.now)
        members = dict.fromkeys(i for group, _ in near for i in sorted(group) if i not in indexes)
        found = [self.history.contacts.all[i] for i in members]
        return [c for c in found if c.address not in self.owner and c.sent]

    def _stale(self, message: Message, target: Recipient, _mode: str) -> tuple[Recipient, None] | None:
        now = self.history.now
        partners = self._partners(message)
        old = [c for c in partners if now - c.sent_at > _STALE]
        mine = self.history.contacts.get(target.address)
        rare = [c for c in partners if mine is None or c.recent(now)[0] < mine.recent(now)[0]]
        return self._pick(old or rare)

    def _talked_about(
        self, message: Message, _target: Recipient, _mode: str
    ) -> tuple[Recipient, None] | None:
        greeted = {fold(name) for name in message.salutation.names} if message.salutation else set()
        found: list[Contact] = []
        for run in message.named:
            tokens = tuple(fold(run).split())
            if not tokens or tokens[0] in greeted:
                continue
            wanted = set(tokens)
            matches = self._known(message, lambda c, wanted=wanted: wanted.issubset(c.tokens))  # type: ignore[misc]
            if len(tokens) > 1 or len(matches) <= 4:
                found += matches
        return self._pick(found, weighted=True)

    def _swapped(self, message: Message, upcoming: Sequence[Message]) -> Leak | None:
        mine = {r.address for r in message.recipients}
        others = [
            other
            for other in upcoming
            if other.own_text.strip()
            and other.base_subject != message.base_subject
            and any(r.address not in self.owner for r in other.recipients)
            and not mine & {r.address for r in other.recipients}
        ]
        if not others or not message.own_text.strip():
            return None
        other = self.rng.choice(others)
        if self.rng.random() < 0.5:
            changed = replace(
                other, recipients=message.recipients, date=message.date, message_id=message.message_id
            )
        else:
            changed = replace(
                message,
                own_text=other.own_text,
                salutation=other.salutation,
                named=other.named,
                attachments=other.attachments,
            )
        meant = next(r.address for r in other.recipients if r.address not in self.owner)
        return Leak(9, "swap", changed, frozenset(mine - self.owner), meant)

    def _exposed(self, message: Message) -> Leak | None:
        if message.salutation is not None and message.salutation.names:
            return None
        home = {organisation(address.rpartition("@")[2]) for address in self.owner}
        outside = self._known(message, lambda c: organisation(c.domain) not in home)
        if (
            len({organisation(c.domain) for c in outside}) < _OUTSIDE_ORGANISATIONS
            or len(outside) < _EXPOSED[0]
        ):
            return None
        size = min(self.rng.randint(*_EXPOSED), len(outside))
        chosen = self.rng.sample(outside, size)
        role = self.rng.choice((Role.TO, Role.CC))
        kept = tuple(r for r in message.recipients if organisation(r.address.rpartition("@")[2]) in home)
        listed = tuple(replace(self._as_recipient(c), role=role) for c in chosen)
        recipients = (*kept, *listed) if role is Role.CC and kept else listed
        changed = replace(message, recipients=recipients)
        return Leak(11, "list", changed, frozenset(c.address for c in chosen), None)


def mistype(address: str, rng: random.Random) -> str:
    """Return `address` with one slip of the finger (seldom two) in its local part or domain.

    Dropped, doubled, swapped and neighbouring keys; a lost dot or another top-level domain; ""
    where nothing changed.
    """
    local, _, domain = address.rpartition("@")
    where = rng.random()
    if where < 0.55 or "." not in domain:
        local = _slip(local, rng)
        if rng.random() < 0.15:
            local = _slip(local, rng)
    elif where < 0.85:
        name, dot, rest = domain.partition(".")
        domain = _slip(name, rng) + dot + rest
    else:
        name, _, top = domain.rpartition(".")
        other = [t for t in ("com", "net", "org", "co", "cm", "de", "it", "eu", "con") if t != top]
        domain = f"{name}.{rng.choice(other)}"
    changed = f"{local}@{domain}"
    return changed if changed != address and local and not domain.startswith(".") else ""


def _slip(text: str, rng: random.Random) -> str:
    if len(text) < 2:
        return text + text
    place = rng.randrange(len(text))
    kind = rng.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    if kind == 2 and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    keys = _NEIGHBOUR_KEYS.get(text[place], "e")
    return text[:place] + rng.choice(keys) + text[place + 1 :]


_DRAWS: dict[int, Callable[[Injector, Message, Recipient, str], tuple[Recipient, str | None] | None]] = {
    1: Injector._name_neighbour,  # noqa: SLF001
    2: Injector._autocomplete,  # noqa: SLF001
    3: Injector._same_domain,  # noqa: SLF001
    4: Injector._like_frequency,  # noqa: SLF001
    5: Injector._other_organisation,  # noqa: SLF001
    6: Injector._any,  # noqa: SLF001
    7: Injector._mistyped,  # noqa: SLF001
    8: Injector._stale,  # noqa: SLF001
    10: Injector._talked_about,  # noqa: SLF001
}
