"""What the published methods know of one mailbox, learnt message by message.

`Published.columns` gives raw numbers per recipient from the history strictly before a message;
`training.baselines.published` makes scores of them. Sources: Carvalho and Cohen, SDM 2007
(frequency, TF-IDF, kNN-30 and the reranker's network features); Carvalho and Cohen, ECIR 2008, and
Balasubramanyan, Carvalho and Cohen, 'CutOnce' (2008, 2009) for the fusion; Roth et al., KDD 2010;
the documentation of FlexConfirmMail for its rules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.organisations import organisation
from training.baselines.growing import Growing
from training.baselines.implicit import ImplicitGraph
from training.baselines.texts import Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner.history.facts import Facts
    from training.baselines.texts import Likeness

COLUMNS = (
    "frequency", "tfidf", "knn", "fused", "bob", "external", "domains", "new",
    "sent", "received", "never sent", "never received", "joint", "pair", "max3g",
)  # fmt: skip
"""Log of the smoothed share of sent messages; cosine to the centroid; share of the 30 nearest; sum of
three reciprocal ranks; what speaks for a namesake; three rules (0 or 1); shares of sent and of received
messages, their absence (0 or 1), share in the joint counts of the recipients, the largest share of one's
messages together with one other recipient, whether most written to of all with the same three letters."""

COLUMN = {name: place for place, name in enumerate(COLUMNS)}
DOMAINS = 4
"""FlexConfirmMail warns of so many different domains in To and Cc (its default)."""

_DECAY = 100.0
"""ECIR 2008: a message weighs exp(-messages since / 100)."""

_LIST = 40
"""Messages to more people say nothing about who belongs together."""


class Published:
    """What the baselines learnt of a mailbox; `own` are the owner's organisations."""

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own
        self._numbers: dict[str, int] = {}
        self._sent, self._received = Growing(), Growing()
        self._recency, self._last = Growing(), Growing()
        self._messages, self._heard = 0, 0
        self._pairs: dict[tuple[int, int], int] = {}
        self._most: dict[str, float] = {}
        self._texts, self._graph = Texts(), ImplicitGraph()
        self._now = 0.0

    def learn(self, facts: Facts) -> None:
        """Add a message, sent or received; mail that no person wrote is left out."""
        at = self._now if facts.at is None else facts.at
        if facts.sent:
            self._now = max(self._now, at)
            self._learn_sent(facts, at)
        elif facts.sender and not facts.automatic:
            self._learn_received(facts, at)

    def _number(self, address: str, name: str) -> int:
        who = self._numbers.setdefault(address, len(self._numbers))
        if who == len(self._sent):
            for column in (self._sent, self._received, self._recency, self._last):
                column.append(0.0)
        self._graph.name(who, address, name)
        return who

    def _learn_sent(self, facts: Facts, at: float) -> None:
        people = [self._number(address, name) for address, name, _ in facts.recipients]
        self._messages += 1
        for who, (address, _, _) in zip(people, facts.recipients, strict=True):
            count = self._sent.all[who] = self._sent.all[who] + 1.0
            since = self._messages - self._last.all[who]
            self._recency.all[who] = self._recency.all[who] * math.exp(-since / _DECAY) + 1.0
            self._last.all[who] = self._messages
            self._most[address[:3]] = max(self._most.get(address[:3], 0.0), float(count))
        if len(people) <= _LIST:
            for who in people:
                for other in people:
                    if who != other:
                        self._pairs[who, other] = self._pairs.get((who, other), 0) + 1
        self._graph.learn(people, at, sent=True)
        self._texts.learn(facts.terms, people, sent=True)

    def _learn_received(self, facts: Facts, at: float) -> None:
        sender = self._number(facts.sender, facts.sender_name)
        self._heard += 1
        self._received.all[sender] += 1.0
        others = [self._number(address, name) for address, name, _ in facts.recipients]
        self._graph.learn([sender, *others], at, sent=False)
        self._texts.learn(facts.terms, [sender], sent=False)

    def known(self) -> list[str]:
        """Return the addresses sent to or received from so far, in the order of their appearance."""
        met = (self._sent.all > 0) | (self._received.all > 0)
        return [address for address, who in self._numbers.items() if met[who]]

    def columns(self, facts: Facts) -> NDArray[np.float32]:
        """Return one row per recipient of a sent message that is not learnt yet: `COLUMNS`."""
        found = np.zeros((len(facts.recipients), len(COLUMNS)), dtype=np.float32)
        if not len(found):
            return found
        people = [self._numbers.get(address, -1) for address, _, _ in facts.recipients]
        likeness = self._texts.likeness(facts.terms)
        fused = self._fused(people, likeness)
        called = [
            (who, address, name) for who, (address, name, _) in zip(people, facts.recipients, strict=True)
        ]
        found[:, COLUMN["bob"]] = self._graph.suspicion(called, self._now if facts.at is None else facts.at)
        joint, pair = self._together(people)
        domains = [organisation(address.rpartition("@")[2]) for address, _, _ in facts.recipients]
        many = float(len(set(domains)) >= DOMAINS)
        for row, who in enumerate(people):
            address = facts.recipients[row][0]
            sent = float(self._sent.all[who]) if who >= 0 else 0.0
            received = float(self._received.all[who]) if who >= 0 else 0.0
            outside = domains[row] not in self._own
            found[row, [COLUMN[name] for name in _EACH]] = (
                math.log((sent + 0.5) / (self._messages + 1.0)),
                likeness.centroid[who] if 0 <= who < len(likeness.centroid) else 0.0,
                likeness.near.get(who, 0.0),
                fused[row],
                outside,
                outside and many,
                sent == 0.0,
                sent / max(1, self._messages),
                received / max(1, self._heard),
                sent == 0.0,
                received == 0.0,
                joint[row],
                pair[row],
                sent > 0.0 and sent >= self._most.get(address[:3], 0.0),
            )
        return found

    def _fused(self, people: list[int], likeness: Likeness) -> list[float]:
        """Return the sum of the reciprocal ranks by recency, frequency and TF-IDF of sent mail.

        Ranks among everybody written to; who has nothing of a kind gets nothing for it.
        """
        since = self._messages + 1.0 - self._last.all
        recency = self._recency.all * np.exp(-since / _DECAY)
        total = [0.0] * len(people)
        for scores in (recency, self._sent.all, likeness.sent_centroid):
            ranked = np.sort(-scores)
            for row, who in enumerate(people):
                if 0 <= who < len(scores) and scores[who] > 0.0:
                    total[row] += 1.0 / (1.0 + int(np.searchsorted(ranked, -scores[who])))
        return total

    def _together(self, people: list[int]) -> tuple[list[float], list[float]]:
        """Return by recipient the share in the joint counts, and the closest tie to one other.

        SDM 2007: the sum of joint counts with the other recipients over that of all recipients, 1
        over their number where nobody was ever written to together.
        """
        sums, closest = [], []
        for who in people:
            joint = [self._pairs.get((who, other), 0) for other in people if other != who]
            sent = float(self._sent.all[who]) if who >= 0 else 0.0
            sums.append(float(sum(joint)))
            closest.append(max(joint, default=0) / sent if sent else 0.0)
        total = sum(sums)
        return [one / total if total else 1.0 / len(people) for one in sums], closest


_EACH = tuple(name for name in COLUMNS if name != "bob")
