"""Facts first, impersonally: what went, when, to whom, what is known since, and when to look again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanner.detect.evidence import Kind
from scanner.detect.verdict import Severity
from scanner.recovery.clock import State, clock
from scanner.recovery.sentences import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scanner.message.model import Person
    from scanner.recovery.case import Case, Party
    from scanner.words import Words

NEXT = {
    Severity.HIGH: timedelta(hours=1),
    Severity.MIDDLE: timedelta(hours=4),
    Severity.LOW: timedelta(days=1),
}
"""When the next look is due."""

_MOST_NAMED = 8

Line = tuple[str, str]
"""A label and what stands behind it."""


def facts(case: Case, words: Words, *, now: datetime) -> list[Line]:
    """Say what is known, line by line; times are shown in the zone of `now`."""
    lines = what_went(case, words, now=now)
    lines.append((words.say("label", "delivery"), _delivery(case, words)))
    lines.append((words.say("label", "since"), "; ".join(_since(case, words, now))))
    lines.append((words.say("label", "state"), _state(case, words, now)))
    when = moment(words, next_look(case, now), now)
    lines.append((words.say("label", "next"), words.say("value", "next", when=when)))
    return lines


def for_others(case: Case, words: Words, *, now: datetime) -> list[Line]:
    """Say what is known to somebody else: without what concerns only Oopsee and its owner."""
    lines = what_went(case, words, now=now, sure=True)
    lines.append((words.say("label", "delivery"), _delivery(case, words)))
    if heard := list(dict.fromkeys(_heard(case, words, now))):
        lines.append((words.say("label", "since"), "; ".join(heard)))
    lines.append((words.say("label", "severity"), words.say("severity", case.severity.value)))
    when = moment(words, next_look(case, now), now)
    lines.append((words.say("label", "next"), words.say("value", "next", when=when)))
    return lines


def what_went(case: Case, words: Words, *, now: datetime, sure: bool = False) -> list[Line]:
    """Say what went, when, to whom and what was found in it. `sure`: the owner says that it was wrong."""
    sure = sure or clock(case.times).state is State.CONFIRMED
    unknown = words.say("value", "unknown")
    gone = words.say("value", "gone")
    subject = case.subject or (words.say("value", "no_subject") if case.read else gone)
    lines = [
        (words.say("label", "message"), subject),
        (words.say("label", "sent"), moment(words, case.times.sent_at, now) or unknown),
        (words.say("label", "wrong_sure" if sure else "wrong"), people(case.wrong, words) or unknown),
    ]
    if len(case.parties) > len(case.wrong):
        lines.append((words.say("label", "to"), people(case.parties, words)))
    if case.meant is not None:
        lines.append((words.say("label", "meant"), full(case.meant)))
    if case.attachments:
        lines.append((words.say("label", "files"), ", ".join(case.attachments)))
    lines.append((words.say("label", "kinds"), kinds(case, words) or gone))
    if case.named:
        lines.append((words.say("label", "named"), ", ".join(case.named)))
    return lines


def next_look(case: Case, now: datetime) -> datetime:
    """Tell when to look again: the sooner, the worse it is."""
    return now + NEXT[case.severity]


def kinds(case: Case, words: Words) -> str:
    """Name the kinds of sensitive content; "" where the message is gone."""
    if not case.read:
        return ""
    found = [words.say("kind", kind.value) for kind in case.kinds]
    return words.join(found) if found else words.say("value", "none_found")


def why(case: Case, words: Words) -> str:
    """Say in one line why it is as bad as it is."""
    reach = words.say("reach", "returned" if case.reach is None else case.reach.name.lower())
    if not case.read:
        load = words.say("value", "gone")
    elif case.kinds:
        load = words.join([words.say("kind", kind.value) for kind in case.kinds])
    elif case.named:
        load = words.say("load", "named")
    else:
        load = words.say("load", case.load.name.lower())
    line = words.say("why", "line", reach=reach, load=load)
    return begun(line, words)


def full(person: Person | Party) -> str:
    """Name somebody as "Anna Rossi <anna@acme.example>"."""
    return f"{person.name} <{person.address}>" if person.name else person.address


def people(parties: Sequence[Party], words: Words) -> str:
    """Name the first few and count the others."""
    named = [full(one) for one in parties[:_MOST_NAMED]]
    if len(parties) > _MOST_NAMED:
        named.append(words.say("value", "and_more", count=words.number(len(parties) - _MOST_NAMED)))
    return ", ".join(named)


def begun(line: str, words: Words) -> str:
    """Begin a sentence with a capital; in Turkish that of "i" keeps its dot."""
    first = "\u0130" if words.language == "tr" and line[:1] == "i" else line[:1].upper()
    return first + line[1:]


def _delivery(case: Case, words: Words) -> str:
    bounced = [one for one in case.parties if one.bounced]
    if bounced:
        return words.say("value", "bounced", recipients=people(bounced, words))
    return words.say("value", "not_back")


def _since(case: Case, words: Words, now: datetime) -> list[str]:
    return list(dict.fromkeys(_heard(case, words, now))) or [words.say("value", "silent")]


def _heard(case: Case, words: Words, now: datetime) -> Iterable[str]:
    unknown = words.say("value", "unknown")
    for sign in case.evidence:
        when = moment(words, sign.at, now) or unknown
        if sign.kind is Kind.NOTICE:
            yield words.say("value", "notice", recipient=", ".join(sign.addresses) or unknown, when=when)
        elif sign.kind in {Kind.RETRACTION, Kind.RESEND, Kind.RECALL}:
            yield words.say("value", sign.kind.value, when=when)
    noticed = {address for sign in case.evidence if sign.kind is Kind.NOTICE for address in sign.addresses}
    for one in case.later:
        if one.kind != "bounce" and one.address not in noticed:
            key = "answered" if one.kind == "answer" else "wrote"
            when = moment(words, one.at, now) or unknown
            yield words.say("value", key, recipient=one.address, when=when)


def _state(case: Case, words: Words, now: datetime) -> str:
    times = case.times
    if times.confirmed_at is not None:
        return words.say("value", "confirmed", when=moment(words, times.confirmed_at, now))
    if times.fine:
        return words.say("value", "fine")
    if times.alerted_at is not None:
        return words.say("value", "alerted", when=moment(words, times.alerted_at, now))
    return words.say("value", "open")
