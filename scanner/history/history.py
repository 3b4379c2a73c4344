"""What one mailbox has done until now. Score first, learn second: nothing here looks ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgpack

from scanner.history.contacts import DAY, Contact, Contacts, decayed
from scanner.history.facts import KINDS
from scanner.history.groups import Groups
from scanner.history.sources import Sources
from scanner.history.threads import Threads
from scanner.history.topics import Topics
from scanner.message.model import Kind

if TYPE_CHECKING:
    from scanner.history.facts import Facts

FORMAT = 2
_TERM_PEOPLE = 12
"""Mail to more people says little about any one of them: it is left out of their terms."""

_GREETED_LIMIT = 20
_LATEST_LIMIT = 400
_FREQUENT = 60
_SHORT = 30.0 * DAY
_NEW_HALF_LIFE = 90.0 * DAY


class History:
    """Contacts, groups, threads and topics of one mailbox.

    A history is a pure function of the facts that it learnt in their order: `state` returns the
    same bytes whether they were learnt in one go or with any number of reloads between.
    """

    def __init__(self) -> None:
        self.contacts = Contacts()
        self.groups = Groups()
        self.threads = Threads()
        self.topics = Topics()
        self.sources = Sources()
        self.now = 0.0
        self.started = 0.0
        self.sent = 0
        self.received = 0
        self.recipients = 0
        self.new_recipients = 0.0
        self.new_base = 0.0
        self.short_base = 0.0
        self.quoting = 0
        self.unnamed = 0
        self.kinds = [0, 0, 0]
        self.style: dict[int, int] = {}
        self._new_at = 0.0
        self.domain_sent: dict[str, int] = {}
        self._greeted: dict[int, list[int]] = {}
        self._latest: dict[int, None] = {}

    def frequent(self) -> list[int]:
        """Return the contacts (indexes) among the 60 latest written to, most recent last."""
        return list(self._latest)[-_FREQUENT:]

    def ranks(self) -> dict[int, int]:
        """Return contact index -> how many others were written to since, for the latest 400."""
        count = len(self._latest)
        return {index: count - 1 - place for place, index in enumerate(self._latest)}

    def greeted_as(self, greetings: tuple[int, ...]) -> list[int]:
        """Return the contacts (indexes) whom the owner greeted by one of these (hashed) names."""
        return [index for greeting in greetings for index in self._greeted.get(greeting, ())]

    def time_of(self, facts: Facts) -> float:
        """Return the time of a message, for an undated one that of the latest learnt."""
        return self.now if facts.at is None else facts.at

    def new_rate(self) -> float:
        """Return the share of this owner's messages that went to somebody new, lately, smoothed."""
        return (self.new_recipients + 0.5) / (self.new_base + 5.0)

    def learn(self, facts: Facts) -> None:
        """Add one message to the history."""
        at = self.time_of(facts)
        people = self._learn_sent(facts, at) if facts.sent else self._learn_received(facts, at)
        if facts.sent:
            # Not from received mail: anybody can send that, with any date.
            self.now = max(self.now, at)
            self.started = min(self.started, at) if self.started else at
        if people is None:
            return
        indexes = [contact.index for contact in people]
        self.groups.learn(indexes, at, sent=facts.sent)
        if facts.terms:
            self.topics.learn(facts.terms, indexes)
        self.threads.learn(
            subject=facts.thread,
            message=facts.message,
            parents=facts.parents,
            at=at,
            people=indexes,
            sender=-1 if facts.sent else indexes[0] if indexes else -1,
            answers=facts.kind is not Kind.NEW,
        )
        if len(people) <= _TERM_PEOPLE:
            for position, contact in enumerate(people):
                contact.add_terms(facts.terms, 1.0 if facts.sent or position == 0 else 0.4)

    def _learn_sent(self, facts: Facts, at: float) -> list[Contact]:
        new = False
        people: list[Contact] = []
        kind = KINDS.index(facts.kind)
        self.kinds[kind] += 1
        self.quoting += facts.quoting
        self.unnamed += facts.quoting and not facts.named
        for mark in facts.style:
            self.style[mark] = self.style.get(mark, 0) + 1
        for place, (address, name, role) in enumerate(facts.recipients):
            contact = self.contacts.meet(address, name, at)
            contact.quoting += facts.quoting
            contact.kinds[kind] += 1
            contact.unnamed += facts.quoting and place not in facts.named
            new = new or not contact.sent
            contact.count_sent(at, role)
            contact.add_style(facts.style)
            people.append(contact)
            self._latest.pop(contact.index, None)
            self._latest[contact.index] = None
            domain = contact.domain
            self.domain_sent[domain] = self.domain_sent.get(domain, 0) + 1
        while len(self._latest) > _LATEST_LIMIT:
            del self._latest[next(iter(self._latest))]
        if facts.source:
            self.sources.learn(facts.source, [contact.index for contact in people], at)
        if len(people) == 1:
            people[0].sole += 1
            people[0].greeted += bool(facts.greeted)
            for greeting in facts.greeted:
                people[0].add_greeting(greeting)
                self._note_greeted(greeting, people[0].index)
        self.sent += 1
        self.recipients += len(people)
        self.new_recipients = decayed(self.new_recipients, self._new_at, at, _NEW_HALF_LIFE) + new
        self.short_base = decayed(self.short_base, self._new_at, at, _SHORT) + 1.0
        self.new_base = decayed(self.new_base, self._new_at, at, _NEW_HALF_LIFE) + 1.0
        self._new_at = max(self._new_at, at)
        return people

    def _note_greeted(self, greeting: int, index: int) -> None:
        holders = self._greeted.setdefault(greeting, [])
        if index not in holders:
            holders.append(index)
            if len(holders) > _GREETED_LIMIT:
                del holders[0]

    def _learn_received(self, facts: Facts, at: float) -> list[Contact] | None:
        self.received += 1
        if not facts.sender:
            return None
        sender = self.contacts.meet(facts.sender, facts.sender_name, at)
        sender.received += 1
        sender.received_at = max(sender.received_at, at)
        if facts.automatic:
            return None
        people = [sender]
        for address, name, _ in facts.recipients:
            if address != facts.sender:
                contact = self.contacts.meet(address, name, at)
                contact.together += 1
                people.append(contact)
        return people

    def state(self) -> bytes:
        """Return the whole history as bytes (MessagePack)."""
        state: bytes = msgpack.packb(
            [
                FORMAT, self.contacts.state(), self.groups.state(), self.threads.state(), self.topics.state(),
                self.now, self.started, self.sent, self.received, self.recipients, self.new_recipients,
                self.new_base, self._new_at,
                list(self.domain_sent), list(self.domain_sent.values()),
                list(self._greeted), list(self._greeted.values()), list(self._latest),
                self.quoting, self.unnamed, self.short_base, self.kinds,
                self.sources.state(), list(self.style), list(self.style.values()),
            ],
            unicode_errors="surrogatepass",
        )  # fmt: skip
        return state

    @classmethod
    def from_state(cls, state: bytes) -> History:
        """Return the history that `state` wrote; raises ValueError for another format."""
        row: list[Any] = msgpack.unpackb(state, unicode_errors="surrogatepass", strict_map_key=False)
        if row[0] != FORMAT:
            text = f"history format {row[0]}, this version reads {FORMAT}"
            raise ValueError(text)
        history = cls()
        (
            contacts, groups, threads, topics, history.now, history.started, history.sent, history.received,
            history.recipients, history.new_recipients, history.new_base, history._new_at, domains, counts,
            greetings, holders, latest,
            history.quoting, history.unnamed, history.short_base, history.kinds,
            sources, style, style_counts,
        ) = row[1:]  # fmt: skip
        history.contacts = Contacts.from_state(contacts)
        history.groups = Groups.from_state(groups)
        history.threads = Threads.from_state(threads)
        history.topics = Topics.from_state(topics)
        history.sources = Sources.from_state(sources)
        history.style = dict(zip(style, style_counts, strict=True))
        history.domain_sent = dict(zip(domains, counts, strict=True))
        history._greeted = dict(zip(greetings, holders, strict=True))
        history._latest = dict.fromkeys(latest)
        return history
