"""What is worked out once for a message and serves all its recipients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scanner.detect.features import names
from scanner.detect.organisations import organisation
from scanner.history.contacts import Contact
from scanner.history.quotes import PEOPLE, fits, person_tokens, quoted_people
from scanner.history.style import usual_style
from scanner.history.terms import STEM, words
from scanner.message.names import address_name_tokens, fold, name_tokens

if TYPE_CHECKING:
    from scanner.history.contacts import Contacts
    from scanner.history.facts import Facts
    from scanner.history.groups import Groups
    from scanner.history.history import History
    from scanner.history.terms import TermHasher
    from scanner.history.threads import Thread
    from scanner.message.model import Message

COMPANY = 200
"""In larger recipient sets nobody is seen beside all of the others, only beside the first 200."""

_COMPARED_TERMS = 24
_FEW_HOLDERS = 4
_QUOTED_PEOPLE = 12
_SPOKEN_LIMIT = 6_000
_GROUP_LIMIT = 12
"""In larger recipient sets who belongs to whom is worked out once, not once per recipient."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The outermost quoted sender: whether there is one, is the owner, is a recipient; its name tokens."""

    known: bool = False
    owner: bool = False
    present: bool = False
    names: frozenset[str] = frozenset()


@dataclass(slots=True)
class Context:
    """One message seen from one history: the parts that all recipients share.

    Dicts are keyed by contact index. `parties` are the recipients as contacts, in order; those
    never met have an index below 0. `topic` is the share of the similar earlier mail that
    carries a contact, `nearest` the cosine of the most similar; `query` the weighted terms,
    `background` the heaviest of them as (term, weight, rate in the mailbox).
    `greeting`, `mention` are grades of 0 to 1; `quoted_from`, `quoted_to` say how deep the
    quoted header is that names a contact (0 the outermost), `quoted_absent` how many people of the
    outermost are not recipients; `ranks` how many others were written to since a contact was.
    `quoted_circle` is the largest share of the groups of somebody quoted that hold a contact,
    `passed` the share of the mail passed on from the quoted sender that went to a contact, `passed_total`
    how much of that there was; `quoted_apart` says whether the outermost quoted sender, known or not, is a
    recipient; `spoken` and `subject_words` are the stems of quoted text and subject, `named` how surely
    the quoted text names each recipient; `style` are the marks of the message and their usual shares.
    """

    message: Message
    facts: Facts
    history: History
    now: float
    parties: list[Contact]
    present: set[int]
    organisations: list[str]
    own_organisations: frozenset[str]
    thread: Thread | None
    query: list[tuple[int, float]]
    query_weight: float
    background: list[tuple[int, float, float]]
    topic: dict[int, float]
    nearest: dict[int, float]
    top_cosine: float
    greeted: tuple[str, ...]
    greeted_hashes: tuple[int, ...]
    greeting: dict[int, float]
    mention: dict[int, float]
    quoted_from: dict[int, int]
    quoted_to: dict[int, int]
    quoted_absent: int
    owner_tokens: frozenset[str]
    ranks: dict[int, int]
    near_groups: list[tuple[frozenset[int], float]]
    circles: dict[int, set[int]]
    quoted_circle: dict[int, float]
    passed: dict[int, float]
    passed_total: float
    quoted_apart: Apart
    spoken: frozenset[str]
    subject_words: frozenset[str]
    named: list[float]
    style: list[tuple[int, float]]
    summits: dict[str, tuple[float | None, Contact | None, float | None]] = field(default_factory=dict)

    def highest_other(self, name: str, of: Callable[[Contact], float], party: Contact) -> float | None:
        """Return the highest value in the company, `party` aside; None where there is nobody else.

        What is asked under one name must always be the same: the two highest are looked for once.
        """
        if name not in self.summits:
            best, holder, second = None, None, None
            for other in self.company:
                value = of(other)
                if best is None or value > best:
                    best, holder, second = value, other, best
                elif second is None or value > second:
                    second = value
            self.summits[name] = best, holder, second
        best, holder, second = self.summits[name]
        return second if holder is party else best

    @property
    def company(self) -> list[Contact]:
        """The recipients that each recipient is seen beside: at most 200 of them."""
        return self.parties if len(self.parties) <= COMPANY else self.parties[:COMPANY]

    def belonging(self, without: int | None) -> tuple[dict[int, float], float]:
        """Return (contact index -> weight of its groups, weight of all) given the other recipients.

        The weight of a past group is its recency-weighted count times its Jaccard similarity to
        the other recipients (leave one out).
        """
        rest = {p.index for p in self.parties if p.index != without}
        size = len(rest)
        carried: dict[int, float] = {}
        total = 0.0
        if not size:
            return carried, total
        for members, weight in self.near_groups:
            common = len(rest & members)
            if not common:
                continue
            union = size + len(members) - common
            like = weight * common / union
            total += like
            for member in members:
                if member not in rest:
                    carried[member] = carried.get(member, 0.0) + like
        return carried, total

    def pair_share(self, one: int, other: int) -> float:
        """Return the share of the recent groups of `other` that also hold `one`."""
        total = both = 0.0
        for members, weight in self.near_groups:
            if other in members:
                total += weight
                if one in members:
                    both += weight
        return both / total if total else 0.0


def stranger(address: str, name: str, index: int) -> Contact:
    """Return a contact for an address never met, not part of any history."""
    contact = Contact(index, address)
    tokens = dict.fromkeys(address_name_tokens(contact.local) + name_tokens(name))
    contact.tokens = tuple(tokens)
    if name and name != address:
        contact.names[name] = 1
    return contact


def party_of(contact: Contact | None, address: str, name: str, index: int) -> Contact:
    """Return a recipient as a contact that also goes by the display name it has on this message."""
    if contact is None:
        return stranger(address, name, index)
    fresh = [token for token in name_tokens(name) if token not in contact.tokens] if name else []
    return replace(contact, tokens=(*contact.tokens, *fresh)) if fresh else contact


def make_context(
    message: Message, facts: Facts, history: History, *, own: frozenset[str], hasher: TermHasher
) -> Context:
    """Return the context of a sent message; `own` are the owner's organisations (domains)."""
    now = history.time_of(facts)
    contacts = history.contacts
    parties = [
        party_of(contacts.get(address), address, name, -1 - position)
        for position, (address, name, _) in enumerate(facts.recipients)
    ]
    present = {party.index for party in parties}
    own_names = _owner_tokens(message)
    greeted, hashes = names.folded_names(message.salutation.names if message.salutation else (), hasher)
    if len(greeted) > 1 and own_names.issuperset(greeted):
        greeted, hashes = (), ()  # the owner's own signature
    query = history.topics.query(facts.terms) if facts.terms else []
    topic, nearest, top = _topics(history, query)
    near_groups = _near_groups(history.groups, parties, now)
    quoted_from, quoted_to, quoted_absent, apart = _quoted(message, history, parties, own_names)
    passed = history.sources.receivers(facts.source, now) if facts.source else {}
    passed_total = math.fsum(passed.values())
    spoken = frozenset(words(message.quoted_text[:_SPOKEN_LIMIT]))
    return Context(
        message=message,
        facts=facts,
        history=history,
        now=now,
        parties=parties,
        present=present,
        organisations=[organisation(party.domain) for party in parties],
        own_organisations=own,
        thread=history.threads.find(facts.thread, facts.parents, now, answers=facts.kind != "new"),
        query=query,
        query_weight=math.fsum(weight for _, weight in query[:_COMPARED_TERMS]),
        background=[(term, weight, history.topics.rate(term)) for term, weight in query[:_COMPARED_TERMS]],
        topic=topic,
        nearest=nearest,
        top_cosine=top,
        greeted=greeted,
        greeted_hashes=hashes,
        greeting=_greeting(greeted, hashes, history, parties),
        mention=_mentions(message, greeted, history, parties),
        quoted_from=quoted_from,
        quoted_to=quoted_to,
        quoted_absent=quoted_absent,
        owner_tokens=own_names,
        quoted_apart=apart,
        ranks=history.ranks(),
        near_groups=near_groups,
        circles=_circles(near_groups, present),
        quoted_circle=_quoted_circle(history.groups, [*quoted_from, *quoted_to], now),
        passed={index: weight / passed_total for index, weight in passed.items()} if passed_total else {},
        passed_total=passed_total,
        spoken=spoken,
        subject_words=frozenset(words(message.base_subject)),
        named=[spoken_grade(spoken, party, contacts) for party in parties],
        style=usual_style(facts.style, history.style, history.sent),
    )


def spoken_grade(words: frozenset[str], contact: Contact, contacts: Contacts) -> float:
    """Return how surely words (stems) name a contact: 1 by two names, less by one that others share."""
    if not words:
        return 0.0
    found = [token for token in contact.tokens if len(token) > 2 and token[:STEM] in words]
    if len(found) > 1:
        return 1.0
    return 0.0 if not found else 0.5 if len(contacts.by_token.get(found[0], ())) < _FEW_HOLDERS else 0.25


def _quoted_circle(groups: Groups, quoted: list[int], now: float) -> dict[int, float]:
    """Return contact index -> the largest share of a quoted person's groups that hold it."""
    found: dict[int, float] = {}
    for person in [index for index in dict.fromkeys(quoted) if index >= 0][:_QUOTED_PEOPLE]:
        held: dict[int, float] = {}
        total = 0.0
        for members, weight in groups.touching(frozenset((person,)), now):
            total += weight
            for member in members:
                held[member] = held.get(member, 0.0) + weight
        for member, weight in held.items():
            if member != person and weight / (total + 0.5) > found.get(member, 0.0):
                found[member] = weight / (total + 0.5)
    return found


def _circles(groups: list[tuple[frozenset[int], float]], present: set[int]) -> dict[int, set[int]]:
    """Return recipient -> the people it shared messages with."""
    circles: dict[int, set[int]] = {}
    for members, _ in groups:
        for member in members & present:
            circles.setdefault(member, set()).update(members)
    return circles


def _owner_tokens(message: Message) -> frozenset[str]:
    local = message.sender.address.rpartition("@")[0]
    tokens = {*name_tokens(message.sender.name), *address_name_tokens(local)}
    return frozenset(token for token in tokens if len(token) > 2)


def _near_groups(groups: Groups, parties: list[Contact], now: float) -> list[tuple[frozenset[int], float]]:
    known = [party.index for party in parties if party.index >= 0]
    return groups.touching(frozenset(known[: 3 * _GROUP_LIMIT]), now)


def _topics(
    history: History, query: list[tuple[int, float]]
) -> tuple[dict[int, float], dict[int, float], float]:
    share: dict[int, float] = {}
    nearest: dict[int, float] = {}
    total = 0.0
    neighbours = history.topics.neighbours(query) if query else []
    for cosine, people in neighbours:
        total += cosine
        for person in people:
            share[person] = share.get(person, 0.0) + cosine
            if person not in nearest:
                nearest[person] = cosine
    if total:
        share = {person: value / total for person, value in share.items()}
    return share, nearest, neighbours[0][0] if neighbours else 0.0


def _greeting(
    greeted: tuple[str, ...], hashes: tuple[int, ...], history: History, parties: list[Contact]
) -> dict[int, float]:
    found: dict[int, float] = {}
    if not greeted:
        return found
    for token in greeted:
        for index, value in names.by_name(token, history.contacts).items():
            if value > found.get(index, 0.0):
                found[index] = value
    for index in history.greeted_as(hashes):
        found[index] = max(found.get(index, 0.0), names.LEARNT)
    for party in parties:
        value = names.greeting_grade(greeted, hashes, party)
        if value > found.get(party.index, 0.0):
            found[party.index] = value
    return found


def _mentions(
    message: Message, greeted: tuple[str, ...], history: History, parties: list[Contact]
) -> dict[int, float]:
    found: dict[int, float] = {}
    for run in message.named:
        tokens = tuple(fold(run).replace("'", "").split())
        if not tokens or (len(tokens) == 1 and tokens[0] in greeted):
            continue
        if len(tokens) > 1:
            matches = {contact.index: 1.0 for contact in history.contacts.named(tokens[:3])[:6]}
        else:
            holders = history.contacts.by_token.get(tokens[0], ())
            matches = dict.fromkeys(holders[:12], 0.6 if len(holders) < 4 else 0.4)
        for party in parties:
            if party.index < 0 and all(token in party.tokens for token in tokens):
                matches[party.index] = 1.0 if len(tokens) > 1 else 0.6
        for index, value in matches.items():
            if value > found.get(index, 0.0):
                found[index] = value
    return found


def _quoted(
    message: Message, history: History, parties: list[Contact], own_names: frozenset[str]
) -> tuple[dict[int, int], dict[int, int], int, Apart]:
    senders: dict[int, int] = {}
    others: dict[int, int] = {}
    absent = 0
    apart = Apart()
    for depth, is_sender, person in quoted_people(message):
        found = senders if is_sender else others
        known = names.resolve(person, history.contacts)
        for index in known:
            found.setdefault(index, depth)
        present = False
        for party in parties[:PEOPLE]:
            if party.index in known or fits(person, party.address, party.tokens):
                found.setdefault(party.index, depth)
                present = True
        absent += depth == 0 and not present
        if is_sender and not depth:
            mine = person_tokens(person)
            owned = person.address == message.sender.address or (
                len(mine) > 1 and sum(token in own_names for token in mine) > 1
            )
            apart = Apart(known=True, owner=owned, present=present, names=frozenset(mine))
    return senders, others, absent, apart
