"""The feature families of one recipient, one function each; `table.py` says what each number means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scanner.detect.features.candidates import likelihood, recency
from scanner.detect.features.context import COMPANY, spoken_grade
from scanner.detect.organisations import is_freemail
from scanner.history.contacts import DAY
from scanner.history.facts import KINDS
from scanner.history.style import habit
from scanner.message.model import Kind
from scanner.message.subjects import subject_kind

if TYPE_CHECKING:
    from scanner.detect.features.context import Context

Row = dict[str, float]
_NAN = math.nan
_NOBODY: set[int] = set()
PAIR_LIMIT = 12
"""In larger recipient sets only the first twelve others are looked at in pairs."""


def _best(values: dict[int, float], keep: set[int], *, inside: bool) -> float:
    return max((value for index, value in values.items() if (index in keep) == inside), default=0.0)


def history_row(context: Context, position: int) -> Row:
    """How much and how lately the owner has dealt with this recipient."""
    party, now = context.parties[position], context.now
    short, long = party.recent(now)
    age = (now - party.first_at) / DAY if party.first_at < math.inf else _NAN
    gap = (now - party.sent_at) / DAY if party.sent else _NAN
    role = context.facts.recipients[position][2]
    kind = KINDS.index(context.facts.kind)
    usual = (context.history.kinds[kind] + 1.0) / (context.history.sent + 3.0)
    top = context.highest_other("long", lambda other: other.recent(now)[1], party)
    return {
        "sent": math.log1p(party.sent),
        "short": math.log1p(short),
        "long": math.log1p(long),
        "since_sent": recency(now, party.sent_at),
        "since_received": recency(now, party.received_at),
        "received": math.log1p(party.received),
        "together": math.log1p(party.together),
        "never_mailed": float(not party.sent),
        "never_seen": float(party.index < 0),
        "age": math.log1p(max(age, 0.0)),
        "gap_ratio": min(1000.0, gap / (max(age, 1.0) / party.sent)) if party.sent else _NAN,
        "sole": party.sole / party.sent if party.sent else _NAN,
        "role_share": party.roles[role] / party.sent if party.sent else _NAN,
        "rank": math.log1p(context.ranks.get(party.index, 400)),
        "share": short / context.history.short_base if context.history.short_base else _NAN,
        "kind_ratio": math.log(_kind_share(party.kinds, kind, usual) / usual),
        "habit": habit(context.style, party.style, party.sent) if party.sent else _NAN,
        "long_others": math.log1p(top) - math.log1p(long) if top is not None else _NAN,
    }


def _kind_share(kinds: list[int], kind: int, usual: float) -> float:
    """Return the share of one kind among the messages to a contact, drawn to the owner's usual share."""
    return (kinds[kind] + 2.0 * usual) / (sum(kinds) + 2.0)


def message_row(context: Context) -> Row:
    """The message as a whole, the same for all its recipients."""
    message, history = context.message, context.history
    parties = context.parties
    outside = [org for org in context.organisations if org not in context.own_organisations]
    return {
        "recipients": math.log1p(len(parties)),
        "new_recipients": float(sum(not party.sent for party in parties)),
        "outside": math.log1p(len(outside)),
        "organisations": math.log1p(len(set(outside))),
        "reply": float(message.kind is Kind.REPLY),
        "forward": float(message.kind is Kind.FORWARD),
        "marked": float(_marked(context)),
        "own_length": math.log1p(len(message.own_text)),
        "quoted_length": math.log1p(len(message.quoted_text)),
        "attachments": math.log1p(len(message.attachments)),
        "owner_sent": math.log1p(history.sent),
        "owner_contacts": math.log1p(len(history.contacts)),
        "owner_new_rate": history.new_rate(),
        "owner_recipients": history.recipients / history.sent if history.sent else _NAN,
        "terms": float(len(context.query)),
        "topic_top": context.top_cosine,
    }


def _marked(context: Context) -> bool:
    """Return whether the message is an answer that says so, not just something quoted."""
    message = context.message
    return message.kind is Kind.REPLY and (
        bool(message.in_reply_to) or subject_kind(message.subject) is Kind.REPLY
    )


def _overlap(one: set[int], other: set[int], *ends: int) -> float:
    """Return the share of the smaller of two circles of people that both hold, the two themselves aside."""
    common = len(one & other) - sum(end in one and end in other for end in ends)
    least = min(len(one - set(ends)), len(other - set(ends)))
    return common / least if least else 0.0


def group_row(context: Context, position: int, belonging: tuple[dict[int, float], float]) -> Row:
    """Whether this recipient belongs with the others (leave one out over past recipient sets)."""
    party, parties = context.parties[position], context.company
    others = [other.index for other in parties if other is not party]
    if not others:
        return dict.fromkeys(GROUP, _NAN)
    carried, total = belonging
    pairs = [context.pair_share(party.index, other) for other in others[:PAIR_LIMIT]]
    indexes = [other.index for other in parties]
    mine = carried.get(party.index, 0.0)
    outside = [value for index, value in carried.items() if index not in context.present]
    groups = context.history.groups
    every = set(indexes)
    circle = context.circles.get(party.index, _NOBODY)
    circles = [_overlap(circle, context.circles.get(o, _NOBODY), party.index, o) for o in others[:PAIR_LIMIT]]
    with_party = [
        len(every & members) / len(every | members)
        for members, _ in context.near_groups
        if party.index in members
    ]
    without = every - {party.index}
    rest = [
        len(without & members) / len(without | members)
        for members, _ in context.near_groups
        if party.index not in members
    ]
    return {
        "group_share": mine / total if total else _NAN,
        "group_outsider": (max(outside, default=0.0) - mine) / total if total else _NAN,
        "group_total": math.log1p(total),
        "pair_least": min(pairs),
        "pair_mean": sum(pairs) / len(pairs),
        "pair_never": sum(not pair for pair in pairs) / len(pairs),
        "circle_mean": sum(circles) / len(circles),
        "circle_best": max(circles),
        "exact": math.log1p(groups.times_sent(indexes)),
        "exact_without": math.log1p(groups.times_sent(others)),
        "set_with": max(with_party, default=0.0),
        "set_without": max(rest, default=0.0),
    }


GROUP = (
    "circle_mean", "circle_best", "group_share", "group_outsider", "group_total", "pair_least", "pair_mean",
    "pair_never", "exact", "exact_without", "set_with", "set_without",
)  # fmt: skip


def thread_row(context: Context, position: int) -> Row:
    """Whether this recipient is part of the conversation."""
    party, thread = context.parties[position], context.thread
    if thread is None:
        return {
            "thread": 0.0, "thread_in": _NAN, "thread_last": _NAN, "thread_sender": _NAN,
            "thread_others": _NAN, "thread_age": _NAN, "thread_since": _NAN, "thread_length": _NAN,
            "thread_missing": _NAN, "thread_absent": _NAN,
        }  # fmt: skip
    others = [other.index in thread.people for other in context.company if other is not party]
    here = thread.people.get(party.index)
    return {
        "thread": 1.0,
        "thread_in": float(here is not None),
        "thread_last": float(party.index in thread.last),
        "thread_sender": float(thread.last_sender == party.index),
        "thread_others": sum(others) / len(others) if others else _NAN,
        "thread_age": math.log1p(max(0.0, context.now - thread.at) / DAY),
        "thread_since": math.log1p(max(0.0, thread.at - here) / DAY) if here is not None else _NAN,
        "thread_length": math.log1p(thread.messages),
        "thread_missing": float(thread.last_sender >= 0 and thread.last_sender not in context.present),
        "thread_absent": sum(index not in context.present for index in thread.last) / len(thread.last)
        if thread.last
        else _NAN,
    }


def quoted_row(context: Context, position: int) -> Row:
    """Whether the quoted headers name this recipient, and whom else they name."""
    party, blocks = context.parties[position], context.message.quoted
    if not blocks:
        return {
            "quoted_blocks": 0.0, "quoted_from": _NAN, "quoted_outer": _NAN, "quoted_to": _NAN,
            "quoted_any": _NAN, "quoted_others": _NAN, "quoted_answered": _NAN, "quoted_missing": _NAN,
            "quoted_absent": _NAN, "unnamed_rate": _NAN, "owner_unnamed_rate": _NAN,
            "quoted_own": _NAN, "quoted_apart": _NAN, "answered_apart": _NAN, "greeted_quoted": _NAN,
            "quoted_circle": _NAN, "quoted_circle_outsider": _NAN, "passed": _NAN, "passed_outsider": _NAN,
            "passed_total": _NAN,
        }  # fmt: skip
    senders, others = context.quoted_from, context.quoted_to
    outer = {index for index, depth in senders.items() if depth == 0}
    apart = context.quoted_apart
    absent = apart.known and not apart.owner and not apart.present
    rest = [o.index in senders or o.index in others for o in context.company if o is not party]
    return {
        "quoted_blocks": math.log1p(len(blocks)),
        "quoted_from": float(party.index in senders),
        "quoted_outer": float(party.index in outer),
        "quoted_to": float(party.index in others),
        "quoted_any": float(party.index in senders or party.index in others),
        "quoted_others": sum(rest) / len(rest) if rest else _NAN,
        "quoted_answered": float(bool(outer & context.present)),
        "quoted_missing": float(bool(outer) and not outer & context.present),
        "quoted_own": float(apart.owner),
        "quoted_apart": float(absent),
        "answered_apart": float(absent and _marked(context)),
        "greeted_quoted": float(absent and not apart.names.isdisjoint(context.greeted)),
        "quoted_absent": math.log1p(context.quoted_absent),
        "quoted_circle": (near := context.quoted_circle.get(party.index, 0.0)),
        "quoted_circle_outsider": _best(context.quoted_circle, context.present, inside=False) - near,
        "passed": (share := context.passed.get(party.index, 0.0)),
        "passed_outsider": _best(context.passed, context.present, inside=False) - share,
        "passed_total": math.log1p(context.passed_total),
        "unnamed_rate": (party.unnamed + 0.5) / (party.quoting + 2.0),
        "owner_unnamed_rate": (context.history.unnamed + 0.5) / (context.history.quoting + 2.0),
    }


def salutation_row(context: Context, position: int) -> Row:
    """Whether the greeting names this recipient, another one, or somebody who is not on the message."""
    party, salutation = context.parties[position], context.message.salutation
    varied = len(party.greetings) / party.greeted if party.greeted else _NAN
    usually = (party.greeted + 0.3) / (party.sole + 1.0)
    if salutation is None or not (context.greeted or salutation.group):
        return {
            "greeting": 0.0, "greeting_group": _NAN, "greeted": _NAN, "greeted_other": _NAN,
            "greeted_outsider": _NAN, "greeted_nobody": _NAN, "greeted_names": _NAN,
            "greets_usually": usually, "greets_varied": varied,
        }  # fmt: skip
    grades = context.greeting
    mine = grades.get(party.index, 0.0)
    others = context.highest_other("greeting", lambda other: grades.get(other.index, 0.0), party) or 0.0
    outsider = _best(grades, context.present, inside=False)
    return {
        "greeting": 1.0,
        "greeting_group": float(salutation.group),
        "greeted": mine if context.greeted else _NAN,
        "greeted_other": others if context.greeted else _NAN,
        "greeted_outsider": outsider - max(mine, others) if context.greeted else _NAN,
        "greeted_nobody": float(bool(context.greeted) and not max(mine, others)),
        "greeted_names": float(len(context.greeted)),
        "greets_usually": usually,
        "greets_varied": varied,
    }


def mention_row(context: Context, position: int) -> Row:
    """Whether the text speaks of this recipient, or of contacts who are not on the message."""
    party, grades = context.parties[position], context.mention
    mine = grades.get(party.index, 0.0)
    return {
        "mentioned": mine,
        "mentioned_third": mine if not context.greeting.get(party.index) else 0.0,
        "mentioned_other": context.highest_other("mention", lambda o: grades.get(o.index, 0.0), party) or 0.0,
        "mentioned_outsider": _best(grades, context.present, inside=False),
        "spoken": context.named[position],
        "spoken_other": max(
            (grade for other, grade in enumerate(context.named[:PAIR_LIMIT]) if other != position),
            default=0.0,
        ),
        "subject_named": spoken_grade(context.subject_words, party, context.history.contacts),
        "address_in_text": float(party.address in context.message.text_addresses),
    }


def content_row(context: Context, position: int) -> Row:
    """Whether what is written about fits what was written about with this recipient."""
    party = context.parties[position]
    others = context.highest_other("topic", lambda other: context.topic.get(other.index, 0.0), party)
    mine = context.topic.get(party.index, 0.0)
    known = bool(party.terms and context.query)
    lift, coverage = likelihood(context, party) if known else (0.0, 0.0)
    return {
        "topic_share": mine if context.topic else _NAN,
        "topic_nearest": context.nearest.get(party.index, 0.0) if context.topic else _NAN,
        "topic_others": others - mine if others is not None and context.topic else _NAN,
        "topic_outsider": _best(context.topic, context.present, inside=False) - mine
        if context.topic
        else _NAN,
        "lift": lift if known else _NAN,
        "coverage": coverage if known else _NAN,
    }


def domain_row(context: Context, position: int) -> Row:
    """How the recipient's organisation sits with the owner's and the others'."""
    party, organisations = context.parties[position], context.organisations
    mine, own = organisations[position], context.own_organisations
    rest = [organisation for other, organisation in enumerate(organisations[:COMPANY]) if other != position]
    shared = sum(token in party.tokens or token in party.local for token in context.owner_tokens)
    history = context.history
    return {
        "domain_sent": math.log1p(history.domain_sent.get(party.domain, 0)),
        "domain_people": math.log1p(len(history.contacts.by_domain.get(party.domain, ()))),
        "own_organisation": float(mine in own),
        "freemail": float(is_freemail(party.domain)),
        "same_organisation": rest.count(mine) / len(rest) if rest else _NAN,
        "others_own": sum(organisation in own for organisation in rest) / len(rest) if rest else _NAN,
        "owner_name": shared / len(context.owner_tokens) if context.owner_tokens else _NAN,
        "only_outsider": float(mine not in own and bool(rest) and all(o in own for o in rest)),
    }


def exposure_row(context: Context) -> Row:
    """How many outsiders see each other's addresses who never shared a message before."""
    visible = [
        index
        for index, organisation in enumerate(context.organisations)
        if organisation not in context.own_organisations and context.facts.recipients[index][2] != 2
    ]
    pairs = apart = 0
    groups, parties = context.history.groups, context.parties
    for place, one in enumerate(visible[:PAIR_LIMIT]):
        for other in visible[place + 1 : PAIR_LIMIT]:
            if context.organisations[one] != context.organisations[other]:
                pairs += 1
                apart += not groups.together(parties[one].index, parties[other].index)
    return {
        "exposed": math.log1p(len(visible)),
        "exposed_pairs": math.log1p(apart),
        "exposed_share": apart / pairs if pairs else _NAN,
    }
