"""The judge of one mailbox: scores a message against the history before it, then learns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgpack
import numpy as np

from scanner.detect import rules
from scanner.detect.calibration import probability
from scanner.detect.clues import Clues, clues_of
from scanner.detect.features.address import lookalikes, nearest
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.context import make_context
from scanner.detect.features.extract import KIN, Extract, extract
from scanner.detect.features.table import schema_digest
from scanner.detect.mentions import Mentions
from scanner.detect.organisations import own_organisations
from scanner.detect.policy import Policy, PolicySettings
from scanner.detect.reasons import contributions, make_reason, reasons
from scanner.detect.severity import severity
from scanner.detect.threshold import OwnerTail
from scanner.detect.verdict import SUSPECT_SHARE, Action, Reason, RecipientVerdict, Verdict
from scanner.history.facts import ROLES, Facts, facts_of
from scanner.history.history import History
from scanner.history.terms import TermHasher
from scanner.message.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from scanner.detect.model import Model
    from scanner.message.model import Message

FORMAT = 1
EXPLAINED_FROM = 0.002
"""Recipients below this probability (twice the base rate) are not worth a sentence."""

_EXPLAINED = 40
"""Reasons are worked out for so many recipients of a message at most, the most suspicious."""

_BATCH = 128

_TYPO = 2
"""Edits."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """A message with its numbers, taken before it was learnt."""

    message: Message
    facts: Facts
    numbers: Extract
    clues: tuple[Clues, ...]
    outsiders: tuple[tuple[str, str], ...]
    organisations: tuple[str, ...]
    named: bool
    new: bool
    learn: bool


class Judge:
    """Scores and learns one mailbox's mail in the order in which it is given.

    Score first, learn second. The judge is a function of the messages it was given: `state`
    and `from_state`, `entry` and `replay` restore it exactly.
    """

    def __init__(
        self,
        *,
        owner: frozenset[str],
        model: Model | None,
        policy: PolicySettings | None = None,
        key: bytes = b"",
        history: History | None = None,
    ) -> None:
        self._owner = Owner(owner)
        self._model = model
        self._policy = Policy(policy or PolicySettings())
        self._hasher = TermHasher(key)
        self._history = history or History()
        self._mentions = Mentions(self._history.contacts)
        self._tail = OwnerTail(model.tail if model is not None else rules.TAIL)
        self._own = own_organisations(owner, self._policy.settings.own_domains)
        self._entry = b""

    @property
    def history(self) -> History:
        """What the mailbox has done until now."""
        return self._history

    def sent(self, message: Message) -> Verdict:
        """Return the verdict on a sent message, from the history before it; then learn it."""
        return self._decide([self._examine(message, learn=True)])[0]

    def unlearnt(self, message: Message) -> Verdict:
        """Return the verdict on a sent message and learn nothing."""
        return self._decide([self._examine(message, learn=False)])[0]

    def received(self, message: Message) -> None:
        """Learn a received message."""
        facts = self._facts(message, sent=False)
        self._history.learn(facts)
        self._entry = _pack(facts, None)

    def stream(self, mail: Iterable[tuple[Message, bool, bool]]) -> Iterator[Verdict]:
        """Yield the verdict of each sent message of (message, sent, learn), in order.

        The same verdicts as one call at a time, in batches: the classifier takes many rows as
        quickly as one.
        """
        waiting: list[_Examined] = []
        for message, sent, learn in mail:
            if not sent:
                if learn:
                    self._history.learn(self._facts(message, sent=False))
                continue
            waiting.append(self._examine(message, learn=learn))
            if len(waiting) >= _BATCH:
                yield from self._decide(waiting)
                waiting = []
        yield from self._decide(waiting)

    def entry(self, message: Message, sent: bool) -> bytes:  # noqa: ARG002, FBT001 - what was learnt is kept
        """Return the journal entry of the message that was learnt last."""
        return self._entry

    def replay(self, entry: bytes) -> None:
        """Learn again what an entry holds; raises ValueError for anything else."""
        try:
            packed, score = msgpack.unpackb(entry)
            facts = Facts.unpack(packed)
        except (TypeError, IndexError) as error:
            text = f"no journal entry of this version ({error})"
            raise ValueError(text) from error
        self._history.learn(facts)
        if score is not None:
            self._tail.learn(score)

    def feedback(self, value: str, *, wrong: bool, scope: Literal["pair", "domain", "calm"] = "pair") -> None:
        """Take the owner's word: an address or a domain that is fine is muted, one that is wrong is not.

        At a domain that is `calm` alerts become fewer.
        """
        party = value if scope == "pair" else value.rpartition("@")[2]
        parties = self._policy.calm if scope == "calm" else self._policy.muted
        if wrong:
            parties.discard(party)
        else:
            parties.add(party)

    def near(self, address: str) -> str:
        """Return the known address within two edits that this one was probably meant to be, "" without one.

        Of several the one with the most mail; it must have more of it than `address` itself.
        """
        contacts = self._history.contacts

        def mail(one: str) -> int:
            contact = contacts.by_address.get(one)
            return contact.sent + contact.received if contact is not None else 0

        known = [contacts.all[index].address for edits, index in nearest(address, contacts) if edits <= _TYPO]
        best = max(known, key=mail, default="")
        return best if best and mail(best) > mail(address) else ""

    def state(self) -> bytes:
        """Return everything learnt as bytes."""
        state: bytes = msgpack.packb([FORMAT, self._history.state(), self._tail.state()])
        return state

    @classmethod
    def from_state(
        cls,
        state: bytes,
        *,
        owner: frozenset[str],
        model: Model | None,
        policy: PolicySettings | None = None,
        key: bytes = b"",
    ) -> Judge:
        """Return the judge that `state` was taken from; raises ValueError for another format."""
        row: list[Any] = msgpack.unpackb(state)
        if row[0] != FORMAT:
            text = f"state format {row[0]}, this version reads {FORMAT}"
            raise ValueError(text)
        judge = cls(owner=owner, model=model, policy=policy, key=key, history=History.from_state(row[1]))
        judge._tail.restore(row[2])
        return judge

    def _facts(self, message: Message, *, sent: bool) -> Facts:
        return facts_of(message, sent=sent, owner=self._owner, hasher=self._hasher)

    def _examine(self, message: Message, *, learn: bool) -> _Examined:
        facts = self._facts(message, sent=True)
        history = self._history
        context = make_context(message, facts, history, own=self._own, hasher=self._hasher)
        looks = lookalikes(context)
        numbers = extract(context, looks)
        contacts = history.contacts.all
        examined = _Examined(
            message=message,
            facts=facts,
            numbers=numbers,
            clues=clues_of(context, looks),
            outsiders=tuple((contacts[i].address, contacts[i].name) for i in numbers.outsiders),
            organisations=tuple(context.organisations),
            named=bool(self._mentions.named(message, besides=self._own.union(context.organisations))),
            new=self._policy.is_new(history.sent, history.now - history.started),
            learn=learn,
        )
        if learn:
            history.learn(facts)
        return examined

    def _decide(self, batch: list[_Examined]) -> list[Verdict]:
        if not batch:
            return []
        rows = [self._rows(one.numbers) for one in batch]
        odds = self._log_odds(np.concatenate(rows))
        verdicts, start = [], 0
        for one, part in zip(batch, rows, strict=True):
            verdicts.append(self._verdict(one, part, odds[start : start + len(part)]))
            start += len(part)
        return verdicts

    def _rows(self, numbers: Extract) -> NDArray[np.float64]:
        return self._model.rows(numbers) if self._model is not None else rules.rows(numbers, LIGHT)

    def _log_odds(self, rows: NDArray[np.float64]) -> list[float]:
        return self._model.log_odds(rows) if self._model is not None else rules.log_odds(rows)

    def _verdict(self, one: _Examined, rows: NDArray[np.float64], odds: list[float]) -> Verdict:
        message, policy = one.message, self._policy
        addresses = [address for address, _, _ in one.facts.recipients]
        parties = [*addresses, *sorted(self._owner)]
        forbidden = {a: pair for a in addresses if (pair := policy.forbidden(a, parties)) is not None}
        heard = [
            value - policy.relief(address)
            for address, value in zip(addresses, odds, strict=True)
            if not policy.is_muted(address) and not policy.trusted(address, parties)
        ]
        action, why = policy.decide(max(heard, default=None), self._tail, new=one.new)
        if forbidden:
            action, why = Action.ALERT, "a forbidden pair"
        top = max(odds, default=None)
        score = 0.0 if top is None else probability(top, policy.settings.base_rate)
        worst = set(sorted(range(len(odds)), key=lambda place: -odds[place])[:_EXPLAINED])
        recipients = tuple(
            self._recipient(
                one,
                place,
                rows[place],
                odds[place],
                explain=place in worst,
                told=action is Action.ALERT,
                forbidden=forbidden,
            )
            for place in range(len(addresses))
        )
        if one.learn:
            if top is not None:
                self._tail.learn(top)
            self._entry = _pack(one.facts, top)
        suspected = [
            place
            for place, found in enumerate(recipients)
            if found.score >= SUSPECT_SHARE * score or found.address in forbidden
        ]
        return Verdict(
            message_id=message.message_id,
            digest=message.digest,
            date=message.date,
            subject=message.subject,
            score=score,
            recipients=recipients,
            action=action,
            severity=severity(
                message,
                [addresses[p] for p in suspected],
                self._own,
                [one.organisations[p] for p in suspected],
                named=one.named,
            ),
            why=why,
            model=self._model.digest if self._model is not None else rules.NAME,
            feature_schema=schema_digest(),
            feature_rows=tuple(tuple(row) for row in rows.tolist()),
        )

    def _recipient(
        self,
        one: _Examined,
        place: int,
        row: NDArray[np.float64],
        odds: float,
        *,
        explain: bool,
        told: bool,
        forbidden: dict[str, tuple[str, str]],
    ) -> RecipientVerdict:
        address, name, role = one.facts.recipients[place]
        score = probability(odds, self._policy.settings.base_rate)
        meant, meant_name = "", ""
        found: tuple[Reason, ...] = ()
        if explain and (score >= EXPLAINED_FROM or (told and odds >= 0.0)):
            meant, meant_name = self._meant(one, place)
            found = self._reasons(row, one.clues[place], f"{meant_name} <{meant}>" if meant_name else meant)
        if address in forbidden:
            one_side, other_side = forbidden[address]
            other = other_side if one_side in (address, address.rpartition("@")[2]) else one_side
            rule = make_reason("rule", 10.0, "forbidden_pair", {"address": address, "others": other})
            found = (rule, *found)
        return RecipientVerdict(address, name, ROLES[role], score, meant or None, meant_name, found)

    def _meant(self, one: _Examined, place: int) -> tuple[str, str]:
        if not one.outsiders:
            return "", ""
        meant = self._model.meant if self._model is not None else rules.meant(LIGHT)
        numbers, kinds = one.numbers, len(KIN)
        fits = numbers.kin[place] @ meant[:kinds] + numbers.light[place, 1:] @ meant[kinds:]
        # An address that became the owner's after it had become a contact is nobody to write to.
        own = [address in self._owner for address, _ in one.outsiders]
        return ("", "") if all(own) else one.outsiders[int(np.argmax(np.where(own, -np.inf, fits)))]

    def _reasons(self, row: NDArray[np.float64], clues: Clues, meant: str) -> tuple[Reason, ...]:
        typical = self._model.typical if self._model is not None else np.zeros(len(row))
        return reasons(contributions(row, typical, self._log_odds), row, clues, meant)


def _pack(facts: Facts, score: float | None) -> bytes:
    packed: bytes = msgpack.packb([facts.pack(), score])
    return packed
