"""Who would this message go to: the light features of a contact, on the message or not.

They feed the ranker, which knows nothing of mistakes: it says how well a contact fits the
message, given the other recipients (Carvalho and Cohen, ECIR 2008; Roth et al., KDD 2010).
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from scanner.detect.features.context import spoken_grade
from scanner.history.contacts import DAY
from scanner.history.style import habit

if TYPE_CHECKING:
    from scanner.detect.features.context import Context
    from scanner.history.contacts import Contact

LIGHT = (
    "written_to",
    "recent_log",
    "long_log",
    "received_log",
    "sent_recency",
    "received_recency",
    "topic_share",
    "topic_nearest",
    "lift",
    "coverage",
    "group_share",
    "in_thread",
    "in_last",
    "last_sender",
    "quoted_from",
    "quoted_outer",
    "quoted_to",
    "greeted",
    "greeting_missed",
    "mentioned",
    "in_text",
    "same_organisation",
    "topic_share_alone",
    "group_missing",
    "sole_share",
    "outside_quote",
    "outside_thread",
    "rank",
    "share",
    "unnamed_usual",
    "passed",
    "quoted_circle",
    "spoken",
    "habit",
    "outside_passed",
)
"""Names of the ranker's features, in the order of `light`."""

LIMIT = 24
_NEVER_DAYS = 3_000.0
_SMOOTHING = 200.0


def likelihood(context: Context, contact: Contact) -> tuple[float, float]:
    """Return (lift, coverage) of the message's terms in the mail shared with a contact.

    Coverage is the share of the term weight that was ever seen with the contact; lift the mean
    positive log ratio of a term's rate with the contact to its rate in the mailbox, Dirichlet-
    smoothed. Both are 0.0 without evidence.
    """
    terms = contact.terms
    if not terms or not context.query:
        return 0.0, 0.0
    norm = contact.term_total + _SMOOTHING
    total = covered = 0.0
    for term, weight, background in context.background:
        count = terms.get(term)
        if count is not None:
            covered += weight
            ratio = (count + _SMOOTHING * background) / (norm * background)
            if ratio > 1.0:
                total += weight * math.log(ratio)
    weights = context.query_weight
    return total / weights, covered / weights


def recency(now: float, at: float) -> float:
    """Return log(1 + days) since `at`, that of 3,000 days where it never happened."""
    days = (now - at) / DAY
    return math.log1p(min(max(days, 0.0), _NEVER_DAYS))


def light(context: Context, contact: Contact) -> list[float]:
    """Return the light features of one contact that do not depend on who else is a recipient.

    Those that do (`group_share`, `group_missing`, `same_organisation`) are 0 and filled in by
    `Candidates`.
    """
    index, now = contact.index, context.now
    short, long = contact.recent(now)
    thread = context.thread
    topic = context.topic.get(index, 0.0)
    greeting = context.greeting.get(index, 0.0)
    outer = context.quoted_from.get(index)
    in_quote = index in context.quoted_from or index in context.quoted_to
    in_thread = thread is not None and index in thread.people
    passed = context.passed.get(index, 0.0)
    return [
        1.0 if contact.sent else 0.0,
        math.log1p(short),
        math.log1p(long),
        math.log1p(contact.received),
        recency(now, contact.sent_at),
        recency(now, contact.received_at),
        topic,
        context.nearest.get(index, 0.0),
        *likelihood(context, contact),
        0.0,
        float(in_thread),
        float(thread is not None and index in thread.last),
        float(thread is not None and thread.last_sender == index),
        float(outer is not None),
        float(outer == 0),
        float(index in context.quoted_to),
        greeting,
        float(bool(context.greeting) and not greeting),
        context.mention.get(index, 0.0),
        float(contact.address in context.message.text_addresses),
        0.0,
        topic if len(context.parties) == 1 else 0.0,
        0.0,
        contact.sole / contact.sent if contact.sent and len(context.parties) == 1 else 0.0,
        float(bool(context.quoted_from or context.quoted_to) and not in_quote),
        float(thread is not None and not in_thread),
        math.log1p(context.ranks.get(index, 400)),
        short / context.history.short_base if context.history.short_base else 0.0,
        (contact.unnamed + 0.5) / (contact.quoting + 2.0) if context.message.quoted and not in_quote else 0.0,
        passed,
        context.quoted_circle.get(index, 0.0),
        spoken_grade(context.spoken, contact, context.history.contacts),
        habit(context.style, contact.style, contact.sent),
        float(bool(context.passed_total) and not passed),
    ]


_GROUP_SHARE = LIGHT.index("group_share")
_GROUP_MISSING = LIGHT.index("group_missing")
_ORGANISATION = LIGHT.index("same_organisation")


class Candidates:
    """The contacts who might have been meant instead, and the ranker's features of everybody."""

    def __init__(self, context: Context, hints: list[int], *, compared: bool) -> None:
        self.context = context
        self.outsiders = outsiders(context, hints) if compared else []
        contacts = context.history.contacts.all
        self._outside = [(index, light(context, contacts[index])) for index in self.outsiders]
        self._inside = [light(context, party) for party in context.parties]
        self._domains = [party.domain for party in context.company]

    def rows(self, position: int, belonging: tuple[dict[int, float], float]) -> list[list[float]]:
        """Return the light features of recipient `position` and then of every outsider, given the rest."""
        party = self.context.parties[position]
        rest = [domain for other, domain in enumerate(self._domains) if other != position]
        contacts = self.context.history.contacts.all
        rows = [self._given(self._inside[position], party, belonging, rest)]
        rows += [self._given(row, contacts[index], belonging, rest) for index, row in self._outside]
        return rows

    @staticmethod
    def _given(
        row: list[float], contact: Contact, belonging: tuple[dict[int, float], float], rest: list[str]
    ) -> list[float]:
        row = row.copy()
        if rest:
            carried, total = belonging
            share = carried.get(contact.index, 0.0) / total if total else 0.0
            row[_GROUP_SHARE] = share
            row[_GROUP_MISSING] = float(bool(total) and not share)
            row[_ORGANISATION] = rest.count(contact.domain) / len(rest)
        return row


def outsiders(context: Context, hints: list[int]) -> list[int]:
    """Return at most 24 contacts who are not recipients but might have been meant.

    `hints` (neighbours of the recipients by name or spelling) come first, then who is greeted,
    quoted, on the thread, named, close by topic or group, and whom the owner writes to most.
    """
    present = context.present
    contacts = context.history.contacts.all
    chosen: dict[int, None] = {}

    def weight(index: int) -> tuple[float, int]:
        return (contacts[index].recent(context.now)[1] + 0.1 * contacts[index].received, -index)

    def take(found: list[int], at_most: int) -> None:
        fresh = [index for index in found if index not in present and index not in chosen]
        if len(fresh) > at_most:
            fresh = heapq.nlargest(at_most, fresh, key=weight)
        chosen.update(dict.fromkeys(fresh))

    take(hints, 8)
    best = max(context.greeting.values(), default=0.0)
    take([index for index, value in context.greeting.items() if value >= best - 0.25], 6)
    take(list(context.quoted_from), 4)
    if context.thread is not None:
        take(list(context.thread.last), 4)
    take(
        [
            index
            for index, _ in heapq.nlargest(6, context.topic.items(), key=lambda pair: (pair[1], -pair[0]))
        ],
        6,
    )
    take(list(context.mention), 4)
    take(list(context.quoted_to), 4)
    carried, _ = context.belonging(None)
    take([index for index, _ in heapq.nlargest(6, carried.items(), key=lambda pair: (pair[1], -pair[0]))], 6)
    take(context.history.frequent(), 6)
    return list(chosen)[:LIMIT]
