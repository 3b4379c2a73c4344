"""The past in order: what was sent, what was received, each message once, whatever the sources' order.

This is the pure part of `oopsee scan`: from items of any source to judged messages.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from statistics import median
from typing import Protocol

from scanner.detect.evidence import Evidence, Kind, Lookback, score_after
from scanner.detect.verdict import Action, Verdict
from scanner.errors import UsageError
from scanner.message.identity import maker
from scanner.message.model import Message

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Past:
    """One message of the past and which way it went."""

    sent: bool
    message: Message

    @property
    def identity(self) -> str:
        """What makes it one message: its Message-ID, else the digest of its headers and text."""
        return self.message.message_id or self.message.digest

    @property
    def place(self) -> tuple[bool, datetime, str, str]:
        """Its place in the order: by UTC date, Message-ID and digest; undated messages come last."""
        message = self.message
        return message.date is None, message.date or _LATEST, message.message_id, message.digest


@dataclass(frozen=True, slots=True)
class Finding:
    """A sent message with its verdict at the time, and what later mail showed of it.

    `shown` is false for messages that were only learnt.
    """

    message: Message
    verdict: Verdict
    shown: bool = True
    evidence: tuple[Evidence, ...] = ()


class Scores(Protocol):
    """What an audit needs of a judge: see `scanner.detect.judge.Judge.stream`."""

    def stream(self, mail: Iterable[tuple[Message, bool, bool]]) -> Iterator[Verdict]:
        """The verdict of each sent message of (message, sent, learn), in order."""


def went(message: Message, *, sent: bool | None, owner: AbstractSet[str], only_own: bool) -> Past | None:
    """Which way a message went; None for one that concerns the owner in no way.

    `sent` is what the folder says; where the source names no folder it is None and the From
    decides. `only_own` leaves out what is neither from nor to the owner (JSON Lines).
    """
    if message.ours:
        return None
    from_owner = message.sender.address in owner
    to_owner = any(recipient.address in owner for recipient in message.recipients)
    if only_own and not (from_owner or to_owner):
        return None
    return Past(from_owner if sent is None else sent, message)


def in_order(past: Iterable[Past]) -> list[Past]:
    """Each message once, in the order of the audit; of several copies the sent one stays."""
    kept: dict[str, Past] = {}
    for one in past:
        other = kept.get(one.identity)
        if other is None or _before(one, other):
            kept[one.identity] = one
    ordered = sorted(kept.values(), key=lambda one: one.place)
    alike = Counter(one.message.digest for one in ordered)
    twins: dict[str, list[Past]] = defaultdict(list)
    for one in ordered:
        if alike[one.message.digest] > 1:
            twins[one.message.digest].append(one)
    if not twins:
        return ordered
    apart = [one for group in twins.values() for one in _apart(group)]
    single = (one for one in ordered if alike[one.message.digest] == 1)
    return sorted((*single, *apart), key=lambda one: one.place)


def _apart(copies: Sequence[Past]) -> list[Past]:
    """What of several copies with one digest, in order and under different ids, is a message of its own.

    A copy without an id is one of the others. Of sent copies only those of one maker of Message-IDs
    stay, of the one with most.
    """
    named = [one for one in copies if one.message.message_id]
    if not named:
        return list(copies)
    if any(one.sent for one in copies if not one.message.message_id):
        named[0] = Past(sent=True, message=named[0].message)
    makers = Counter(maker(one.message.message_id) for one in named if one.sent)
    first = makers.most_common(1)[0][0] if makers else ""
    return [one for one in named if not one.sent or maker(one.message.message_id) == first]


def _before(one: Past, other: Past) -> bool:
    """Whether `one` is the better copy: sent before received, then whatever is the same for every order."""
    first, second = (not one.sent, *one.place), (not other.sent, *other.place)
    if first != second:
        return first < second
    return repr(one.message) < repr(other.message)


def judged(
    past: Sequence[Past],
    judge: Scores,
    *,
    score_from: datetime | None = None,
    unlearnt: AbstractSet[str] = frozenset(),
) -> Iterator[Finding]:
    """The verdict of every sent message, in order; the judge learns everything.

    Messages whose id stands in `unlearnt` are judged and leave no trace. Messages before
    `score_from` shape the history and the threshold as in the full audit, so that a later
    start gives the same verdicts; they are not to be shown.
    """

    def early(one: Past) -> bool:
        date = one.message.date
        return score_from is not None and date is not None and date < score_from

    def listed(one: Past) -> bool:
        return one.message.message_id in unlearnt

    # What is neither learnt nor shown is left out.
    taken = [one for one in past if not (listed(one) and (early(one) or not one.sent))]
    verdicts = judge.stream((one.message, one.sent, not listed(one)) for one in taken)
    for one, verdict in zip((one for one in taken if one.sent), verdicts, strict=True):
        yield Finding(one.message, verdict, shown=not early(one))


def with_evidence(
    past: Sequence[Past],
    findings: Sequence[Finding],
    lookback: Lookback,
    *,
    unlearnt: AbstractSet[str] = frozenset(),
) -> list[Finding]:
    """The findings that are to be shown, each with what later mail showed of it.

    Messages whose id stands in `unlearnt` may have evidence and are none.
    """
    verdicts = {id(one.message): one.verdict for one in findings}
    evidence: dict[str, list[Evidence]] = {}
    for one in past:
        message, source = one.message, one.message.message_id not in unlearnt
        found: list[Evidence] = []
        if not one.sent:
            found = lookback.received(message) if source else []
        elif (verdict := verdicts.get(id(message))) is not None:
            found = lookback.sent(message, verdict, source=source)
        for sign in found:
            evidence.setdefault(sign.about, []).append(sign)
    return [
        replace(one, evidence=tuple(evidence.get(one.message.message_id or one.message.digest, ())))
        for one in findings
        if one.shown
    ]


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What the past of a mailbox shows: corrections, and what Oopsee would have done about them.

    `corrected` counts messages by the first sign that they went wrong; `warned` how many of these
    would have been told, `sooner` by how many minutes before that sign (the middle one of them; None
    without any). `alerts` of `sent` messages would have been told in all that time.
    """

    corrected: dict[Kind, int]
    warned: int
    sooner: float | None
    alerts: int
    sent: int


def hindsight(findings: Sequence[Finding]) -> Hindsight:
    """Count what the evidence of the past says. A resend by its subject alone counts for nothing."""
    corrected: dict[Kind, int] = {}
    minutes: list[float] = []
    for one in findings:
        signs = [sign for sign in one.evidence if sign.log_odds >= _CORRECTION]
        if not signs:
            continue
        first = min(signs, key=lambda sign: sign.at or _LATEST)
        corrected[first.kind] = corrected.get(first.kind, 0) + 1
        if told(one.verdict) and first.at is not None and one.message.date is not None:
            minutes.append((first.at - one.message.date).total_seconds() / 60.0)
    return Hindsight(
        corrected={kind: corrected[kind] for kind in Kind if kind in corrected},
        warned=len(minutes),
        sooner=median(minutes) if minutes else None,
        alerts=sum(told(one.verdict) for one in findings),
        sent=len(findings),
    )


_CORRECTION = 4.0
"""Log-odds from which a sign counts as a correction: more than a subject or an attachment sent again."""


def parse_score_from(text: str) -> datetime:
    """A date (00:00 UTC) or a date and time (UTC where no zone is given) in ISO 8601.

    Raises `UsageError` for anything else.
    """
    try:
        if len(text) <= len("2025-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no date."
        raise UsageError(message, remedy="Write it as 2025-04-01 or 2025-04-01T13:00:00Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_ids(text: str) -> frozenset[str]:
    """The Message-IDs of a list, one a line; empty lines are passed over."""
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def line(verdict: Verdict, evidence: Sequence[Evidence] = ()) -> str:
    """A verdict as one line of JSON: the contract of `oopsee scan --json`. ASCII only, without the newline.

    Scores carry ten significant digits.
    """
    record = {
        "message_id": verdict.message_id,
        "date": None if verdict.date is None else _zulu(verdict.date),
        "score": _digits(verdict.score),
        "score_after": _digits(score_after(verdict, evidence)),
        "alert": told(verdict),
        "severity": verdict.severity.value,
        "recipients": [
            {
                "address": recipient.address,
                "role": recipient.role.value,
                "score": _digits(recipient.score),
                "meant": recipient.meant,
                "reasons": [reason.text for reason in recipient.reasons],
            }
            for recipient in verdict.recipients
        ],
        "evidence": [
            {
                "kind": sign.kind.value,
                "message_id": sign.message_id,
                "at": None if sign.at is None else _zulu(sign.at),
            }
            for sign in evidence
        ],
    }
    return json.dumps(record)


def told(verdict: Verdict) -> bool:
    """Whether the sender would have been told, at once or in the digest."""
    return verdict.action is not Action.SILENT


def _digits(score: float) -> float:
    return float(f"{score:.10g}")


def _zulu(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
