"""From a verdict to what the alert says: every word here is harmless, nothing is formatted yet."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.alert.safe import one_line
from scanner.detect.verdict import SUSPECT_SHARE

if TYPE_CHECKING:
    from datetime import datetime

    from scanner.detect.verdict import Reason, RecipientVerdict, Verdict
    from scanner.words import Words

MOST_NAMED = 8
"""Recipients that are described one by one; the others are counted."""

_MOST_INLINE = 3
_MOST_REASONS = 3
_MOST_REASONS_OF_MANY = 2
_SUBJECT = 80
_SUBJECT_INSIDE = 50
_NAME = 60
_ADDRESS = 254
_REASON = 240
_VALUE = 160


@dataclass(frozen=True, slots=True)
class Suspect:
    """One recipient who may be wrong: as a person reads it, in full, with whom was meant and why."""

    label: str
    address: str
    meant_label: str
    meant_address: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A further part of an alert: a heading and short paragraphs, harmless like all content.

    `commands` stand below, each on a line of its own that is not broken.
    """

    heading: str
    paragraphs: tuple[str, ...]
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What is said about one message. `subject` is "" where the message has none."""

    subject: str
    suspects: tuple[Suspect, ...]
    more: int
    sent: str
    severity: str
    reference: str
    """What `oopsee label` is told, quoted for a shell."""

    @property
    def single(self) -> bool:
        """Whether it is about one recipient only."""
        return len(self.suspects) == 1 and not self.more

    @property
    def count(self) -> int:
        """How many recipients it is about."""
        return len(self.suspects) + self.more


def suspects(verdict: Verdict) -> list[RecipientVerdict]:
    """Give the recipients that the alert is about, most suspicious first."""
    ranked = sorted(verdict.recipients, key=lambda one: -one.score)
    return [one for one in ranked if one.score >= SUSPECT_SHARE * ranked[0].score]


def content(verdict: Verdict, *, now: datetime, words: Words) -> Content:
    """Say what an alert says; times are shown in the zone of `now`."""
    named = suspects(verdict)
    reasons = _MOST_REASONS if len(named) == 1 else _MOST_REASONS_OF_MANY
    return Content(
        subject=one_line(verdict.subject, _SUBJECT),
        suspects=tuple(_suspect(one, reasons, words) for one in named[:MOST_NAMED]),
        more=max(0, len(named) - MOST_NAMED),
        sent=_sent(verdict.date, now, words),
        severity=verdict.severity.value,
        reference=shlex.quote(one_line(verdict.message_id or verdict.digest, 1000)),
    )


def first_line(about: Content, words: Words, *, html: bool = False) -> str:
    """Say it all in one sentence or two; with `html` as Markup in which every value is escaped."""
    say = words.html if html else words.say
    what = say("first", "quoted", subject=about.subject) if about.subject else say("first", "no_subject")
    if not about.single:
        return say("first", "many", what=what, recipients=enumeration(about, words))
    one = about.suspects[0]
    if one.meant_label:
        return say("first", "one_meant", what=what, recipient=one.label, meant=one.meant_label)
    return say("first", "one", what=what, recipient=one.label)


def headline(about: Content, words: Words) -> str:
    """Give the alert's own subject."""
    subject = one_line(about.subject, _SUBJECT_INSIDE)
    what = words.say("subject", "quoted", subject=subject) if subject else words.say("subject", "no_subject")
    return words.say("subject", "one" if about.single else "many", what=what)


def enumeration(about: Content, words: Words) -> str:
    """Name the first few and count the others: "A, B and 3 more"."""
    names = [one.label for one in about.suspects[:_MOST_INLINE]]
    others = about.count - len(names)
    if others:
        names.append(words.count("first", "more", others))
    return words.join(names)


def _suspect(one: RecipientVerdict, most: int, words: Words) -> Suspect:
    label, meant_label = _label(one.name, one.address), _label(one.meant_name, one.meant or "")
    if label == meant_label:
        label, meant_label = _full(one.name, one.address), _full(one.meant_name, one.meant or "")
    against = sorted((why for why in one.reasons if why.weight > 0), key=lambda why: -why.weight)
    return Suspect(
        label=label,
        address=one_line(one.address, _ADDRESS),
        meant_label=meant_label,
        meant_address=one_line(one.meant or "", _ADDRESS),
        reasons=tuple(_reason(why, words) for why in against[:most]),
    )


def _reason(why: Reason, words: Words) -> str:
    try:
        return words.reason(why.key, [(name, one_line(value, _VALUE)) for name, value in why.values])
    except KeyError:  # kept by a version that had other sentences
        return one_line(why.text, _REASON)


def _label(name: str, address: str) -> str:
    """Name a person as "Anna Rossi (acme.example)"; a name that poses as an address is not trusted."""
    shown, plain = one_line(name, _NAME), one_line(address, _ADDRESS)
    domain = plain.rpartition("@")[2]
    if not shown or not domain or "@" in shown or re.search(r"[()<>]", shown):
        return plain
    return f"{shown} ({domain})"


def _full(name: str, address: str) -> str:
    shown, plain = one_line(name, _NAME), one_line(address, _ADDRESS)
    return f"{shown} <{plain}>" if shown and "@" not in shown else plain


def _sent(at: datetime | None, now: datetime, words: Words) -> str:
    if at is None:
        return words.say("text", "sent_unknown")
    when = words.moment(_in_zone(at, now))
    ago = words.span(now - at)
    return (
        words.say("text", "sent_at", when=when, ago=ago) if ago else words.say("text", "sent_now", when=when)
    )


def _in_zone(at: datetime, now: datetime) -> datetime:
    try:
        return at.astimezone(now.tzinfo)
    except OverflowError:  # the first or last day that a date can be
        return at
