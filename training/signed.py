"""What later mail shows in one mailbox of a corpus, and the labelled examples that it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.evidence import Lookback
from scanner.detect.features.extract import complete
from scanner.detect.features.table import schema_digest
from scanner.detect.judge import Judge
from scanner.detect.verdict import Action, RecipientVerdict, Severity, Verdict
from scanner.history.facts import facts_of
from scanner.history.terms import TermHasher
from training.labels import join
from training.signs import signs, tamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scanner.detect.evidence import Evidence
    from scanner.message.model import Message
    from training.corpora import Mailbox
    from training.dataset import Case
    from training.labels import Example

_NEVER = datetime.fromtimestamp(0.0, UTC)


@dataclass
class Signed:
    """One mailbox and its signs.

    `cases` are its clean cases by the place of their message among the sent ones, `chance` the
    probability of each of their recipients.
    """

    box: Mailbox
    cases: Mapping[int, Case]
    chance: Mapping[int, NDArray[np.float64]]

    @cached_property
    def outgoing(self) -> list[Message]:
        """The sent messages."""
        return [message for message, sent in self.box.mail if sent]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The verdict on each sent message; without a score on those that only fill the history."""
        return [self._verdict(ordinal, message) for ordinal, message in enumerate(self.outgoing)]

    def _verdict(self, ordinal: int, message: Message) -> Verdict:
        there = [one for one in message.recipients if one.address not in self.box.owner]
        chance = self.chance.get(ordinal, np.zeros(len(there))).tolist()
        return Verdict(
            message_id=message.message_id,
            digest=message.digest,
            date=message.date,
            subject="",
            score=max(chance, default=0.0),
            recipients=tuple(
                RecipientVerdict(one.address, one.name, one.role, value)
                for one, value in zip(there, chance, strict=False)
            ),
            action=Action.SILENT,
            severity=Severity.LOW,
            why="a replay",
            model="held out",
            feature_schema=schema_digest(),
        )

    @cached_property
    def evidence(self) -> dict[str, tuple[Evidence, ...]]:
        """What later mail shows, by Message-ID or digest of the sent message."""
        lookback = Lookback(self.box.owner, near=self._near)
        found: dict[str, tuple[Evidence, ...]] = {}
        verdicts = iter(self.verdicts)
        for message, sent in self.box.mail:
            new = lookback.sent(message, next(verdicts)) if sent else lookback.received(message)
            for one in new:
                found[one.about] = (*found.get(one.about, ()), one)
        return found

    @cached_property
    def ordinals(self) -> dict[str, int]:
        """The place of each sent message among them, by Message-ID or digest."""
        return {message.message_id or message.digest: at for at, message in enumerate(self.outgoing)}

    def _near(self, address: str) -> str:
        return self._judge.near(address)

    @cached_property
    def _judge(self) -> Judge:
        """All that the mailbox knows in the end; only asked for where mail came back."""
        judge, hasher = Judge(owner=self.box.owner, model=None), TermHasher()
        for message, sent in self.box.mail:
            judge.history.learn(facts_of(message, sent=sent, owner=self.box.owner, hasher=hasher))
        return judge

    def examples(self, ranker: NDArray[np.float64]) -> tuple[Example, ...]:
        """Return what the signs teach, with rows as this ranker makes them; bounded as in retraining."""

        def verdict_of(about: str) -> Verdict | None:
            ordinal = self.ordinals[about]
            case = self.cases.get(ordinal)
            if case is None:
                return None
            rows = complete(case.numbers, ranker).tolist()
            return replace(self.verdicts[ordinal], feature_rows=tuple(map(tuple, rows)))

        labels = [label for found in self.evidence.values() for label in signs(found, now=_NEVER)]
        return tamed(join(labels, verdict_of, schema_digest()).examples)
