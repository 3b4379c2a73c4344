"""One message that went astray: all that is known of it, as plain values. No clock, no store, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from scanner.alert.safe import one_line
from scanner.detect.evidence import Evidence, Kind
from scanner.detect.organisations import organisation
from scanner.detect.severity import LIST, Load, Reach, grade, load, reach
from scanner.detect.verdict import SUSPECT_SHARE, Reason, RecipientVerdict, Severity, Verdict
from scanner.message.model import Message, Person, Role
from scanner.message.sensitive import Sensitive, carried

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_SUBJECT, _NAME, _FILE, _ADDRESS = 120, 60, 80, 254
_SURE = 0.5
_MOST_FILES = 20
"""Characters and attachments that are shown."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What the mailbox had to do with an address before the message.

    `since` is the first contact, None where there was none or the time is not known.
    """

    known: bool
    since: datetime | None = None


NEVER = Relation(known=False)


@dataclass(frozen=True, slots=True)
class Later:
    """What came from, or about, a recipient after the message: an answer to it, other mail, a bounce."""

    kind: Literal["answer", "mail", "bounce"]
    address: str
    at: datetime | None
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """The three moments that are kept apart; each None where it is not known or has not come.

    `sent_at`: the message went. `alerted_at`: the alert about it reached the owner. `confirmed_at`: the
    owner said that it was wrong. `fine` is true where the owner said that it is not.
    """

    sent_at: datetime | None = None
    alerted_at: datetime | None = None
    confirmed_at: datetime | None = None
    fine: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done about the message: a kind such as "draft" or "recall", and a few words."""

    kind: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """One recipient. `wrong`: it should probably not have got the message; `bounced`: and did not."""

    address: str
    name: str
    role: Role
    score: float
    wrong: bool
    inside: bool
    bounced: bool
    relation: Relation
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one message that may have gone to the wrong party.

    `reference` is its Message-ID, its digest where it has none. `meant` is the person probably meant,
    None where nobody comes to mind. `read` is false where the message is no longer there: then its
    subject, attachments and `kinds` are not known. `named` are other organisations that its text
    names. `reach` is None where nobody got it: all that was wrong bounced.
    """

    reference: str
    subject: str
    sender: Person
    parties: tuple[Party, ...]
    meant: Person | None
    attachments: tuple[str, ...]
    kinds: tuple[Sensitive, ...]
    named: tuple[str, ...]
    load: Load
    reach: Reach | None
    severity: Severity
    times: Times
    score: float
    score_after: float
    evidence: tuple[Evidence, ...] = ()
    later: tuple[Later, ...] = ()
    actions: tuple[Action, ...] = ()
    client: str = ""
    read: bool = True

    @property
    def wrong(self) -> tuple[Party, ...]:
        """The recipients who should probably not have got it."""
        return tuple(one for one in self.parties if one.wrong)

    @property
    def returned(self) -> bool:
        """Whether it came back from all who should not have got it."""
        return self.reach is None

    @property
    def is_list(self) -> bool:
        """Whether it went to many."""
        return len(self.parties) >= LIST

    @property
    def taken_back(self) -> bool:
        """Whether the sender has already written to take it back."""
        return any(one.kind in {Kind.RETRACTION, Kind.RECALL} for one in self.evidence)


def assess(
    message: Message,
    verdict: Verdict,
    *,
    own: Collection[str],
    times: Times,
    score_after: float,
    relations: Mapping[str, Relation],
    evidence: Sequence[Evidence] = (),
    later: Sequence[Later] = (),
    actions: Sequence[Action] = (),
    labelled: Mapping[str, bool] | None = None,
    named: Sequence[str] = (),
    client: str = "",
    read: bool = True,
) -> Case:
    """Put together what is known.

    Parameters
    ----------
    own
        The owner's organisations, as `detect.organisations.organisation` names them.
    relations
        By address, from the history before the message; who is missing was never met.
    evidence
        What later mail showed, of `scanner.detect.evidence`.
    labelled
        By address, whether the owner said that this recipient was wrong.
    named
        Organisations of known contacts that the text names and that are no recipient's.
    """
    strangers = frozenset(
        one.address
        for one in verdict.recipients
        if not relations.get(one.address, NEVER).known
        and organisation(one.address.rpartition("@")[2]) not in own
    )
    wrong = _wrong(verdict, evidence, labelled or {}, strangers)
    bounced = {one.address for one in later if one.kind == "bounce"}
    bounced |= {address for one in evidence if one.kind is Kind.BOUNCE for address in one.addresses}
    parties = tuple(
        _party(one, wrong, bounced, frozenset(own), relations.get(one.address, NEVER))
        for one in verdict.recipients
    )
    kinds = carried(message) if read else frozenset[Sensitive]()
    weight = load(message, kinds, named=bool(named))
    reached = [one.address for one in parties if one.wrong and not one.bounced]
    organisations = [organisation(address.rpartition("@")[2]) for address in reached]
    wide = reach(reached, frozenset(own), organisations) if reached or not wrong else None
    return Case(
        reference=message.message_id or message.digest,
        subject=one_line(message.subject, _SUBJECT),
        sender=_harmless(message.sender.name, message.sender.address),
        parties=parties,
        meant=_meant(verdict, wrong, evidence),
        attachments=tuple(
            name for one in message.attachments[:_MOST_FILES] if (name := one_line(one.name, _FILE))
        ),
        kinds=tuple(kind for kind in Sensitive if kind in kinds),
        named=tuple(one_line(one, _NAME) for one in named),
        load=weight,
        reach=wide,
        severity=Severity.LOW if wide is None or not reached else _graded(verdict, weight, wide, read=read),
        times=times,
        score=verdict.score,
        score_after=score_after,
        evidence=tuple(evidence),
        later=tuple(later),
        actions=tuple(actions),
        client=client,
        read=read,
    )


def _graded(verdict: Verdict, weight: Load, wide: Reach, *, read: bool) -> Severity:
    """Give the grade of what is there; of a message that is gone the one it had when it was sent."""
    return grade(weight, wide) if read else verdict.severity


def _party(
    one: RecipientVerdict,
    wrong: Collection[str],
    bounced: Collection[str],
    own: frozenset[str],
    relation: Relation,
) -> Party:
    return Party(
        address=one_line(one.address, _ADDRESS),
        name=one_line(one.name, _NAME),
        role=one.role,
        score=one.score,
        wrong=one.address in wrong,
        inside=organisation(one.address.rpartition("@")[2]) in own,
        bounced=one.address in bounced,
        relation=relation,
        reasons=one.reasons,
    )


def _wrong(
    verdict: Verdict, evidence: Sequence[Evidence], labelled: Mapping[str, bool], strangers: frozenset[str]
) -> frozenset[str]:
    """Give who should not have got it: the owner's word, else evidence that says who, else suspicion.

    Of a list that is suspected as a whole, those are left out with whom there was a relation before.
    """
    every = {one.address for one in verdict.recipients}
    said = {address for address, wrong in labelled.items() if wrong}
    if found := said & every:
        return frozenset(found)
    shown = {address for one in evidence if one.log_odds > 0 for address in one.addresses} & every
    top = max((one.score for one in verdict.recipients), default=0.0)
    suspected = {one.address for one in verdict.recipients if one.score >= SUSPECT_SHARE * top}
    if len(suspected) >= LIST and suspected & strangers:
        sure = {one.address for one in verdict.recipients if one.score >= _SURE}
        suspected &= strangers | sure
    return frozenset((shown or suspected) - {address for address, wrong in labelled.items() if not wrong})


def _meant(verdict: Verdict, wrong: Collection[str], evidence: Sequence[Evidence]) -> Person | None:
    """Give who was meant: what the sender did afterwards tells it better than a guess."""
    names = {one.meant: one.meant_name for one in verdict.recipients if one.meant}
    for one in evidence:
        if one.meant and one.log_odds > 0:
            return _harmless(names.get(one.meant, ""), one.meant)
    for party in sorted(verdict.recipients, key=lambda one: -one.score):
        if party.address in wrong and party.meant:
            return _harmless(party.meant_name, party.meant)
    return None


def _harmless(name: str, address: str) -> Person:
    """Give a person as text that does nothing but be read; a name that poses as an address is none."""
    shown = one_line(name, _NAME)
    return Person("" if "@" in shown else shown, one_line(address, _ADDRESS))
