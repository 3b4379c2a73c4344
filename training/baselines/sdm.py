"""The protocol of Carvalho and Cohen, 'Preventing Information Leaks in Email' (SIAM SDM 2007).

The oldest 90 % of an owner's sent messages train, the newest 10 % test. To every test message one
leak is added, ten times over: an address out of the address book (everybody sent to or received
from in the training part) that begins with the same three characters as one of the recipients,
drawn at random; where nobody does, the same two, the same one, or anybody. Measured: Prec@1, how
often the leak is the most suspicious recipient, and its average rank (1 is best). Ties count as
what a random order among them gives on average.

Where this departs from the paper: messages to people who never appeared before stay in the test;
the leak stands at a random place, named as the owner's headers name people; the paper's reranker
learns from the owner's own training part by cross-validation, here from the same part in its order,
each message scored before it is learnt.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scanner.history.facts import facts_of
from scanner.history.history import History
from scanner.history.terms import TermHasher
from scanner.message.model import Recipient
from training.baselines.state import Published
from training.dataset import Scorer, own_organisations
from training.headernames import HeaderNames
from training.tagging import Tagger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scanner.history.facts import Facts
    from scanner.message.model import Message
    from training.corpora import Mailbox
    from training.dataset import Case

    Rank = Callable[[Sequence[Case]], list[NDArray[np.float64]]]

TRAIN = 0.9
DRAWS = 10
_PREFIXES = (3, 2, 1)
_ANY = 6
"""The stratum that comes nearest: any contact."""

_EARLY = 0.2
"""So much of the training part has too little before it to learn from."""


@dataclass(frozen=True, slots=True)
class Trials:
    """The messages of one run, each with one added leak.

    `learning` are of the training part, for the methods that learn from the owner; `tests` are the
    test messages, `draws` times each. `Case.key` tells the messages apart. `known` says of each
    test whether all its right recipients stood in the address book.
    """

    learning: list[Case]
    tests: list[Case]
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method made of the trials: arrays in the order of the tests.

    `first` is the chance (0 to 1) that the leak comes first, `rank` its expected rank.
    """

    message: NDArray[np.int64]
    first: NDArray[np.float64]
    rank: NDArray[np.float64]


def draw_leak(recipients: Sequence[str], book: Sequence[str], chance: random.Random) -> str | None:
    """Return the address of a leak for a message, None where the book holds nobody else."""
    present = set(recipients)
    others = [address for address in book if address not in present]
    if not others or not recipients:
        return None
    target = chance.choice(sorted(present))
    for length in _PREFIXES:
        near = [address for address in others if address[:length] == target[:length]]
        if near:
            return chance.choice(near)
    return chance.choice(others)


def added_leaks(mailbox: Mailbox, *, seed: int = 0, draws: int = DRAWS, online: bool = True) -> Trials:
    """Return the trials of one mailbox.

    With `online` what was sent and received goes on being learnt through the test part, always
    after the message is scored, as the detector does in real life; without it everything is
    frozen at the end of the training part, as in the paper.
    """
    run = _Run(mailbox, random.Random(f"{seed}:{mailbox.name}:sdm"))
    cut = math.ceil(TRAIN * mailbox.sent)
    book: list[str] = []
    known: list[bool] = []
    learning: list[Case] = []
    tests: list[Case] = []
    ordinal = 0
    for message, sent in mailbox.mail:
        testing = ordinal >= cut
        if testing and not sent and not online:
            continue
        facts = facts_of(message, sent=sent, owner=mailbox.owner, hasher=run.hasher)
        if testing and not book:
            book = run.published.known()
        if sent:
            run.names.note(message)
        if sent and facts.recipients and ordinal >= _EARLY * cut:
            made = run.cases(message, facts, ordinal, book or run.published.known(), draws if testing else 1)
            (tests if testing else learning).extend(made)
            if testing:
                known += [{address for address, _, _ in facts.recipients} <= set(book)] * len(made)
        ordinal += sent
        if online or not testing:
            run.learn(facts)
    return Trials(learning, tests, np.array(known, dtype=bool))


def sdm_protocol(
    mailbox: Mailbox, rank: Rank, *, seed: int = 0, draws: int = DRAWS, online: bool = True
) -> Outcome:
    """Return what `rank` (cases -> suspicion per recipient) makes of a mailbox's trials."""
    tests = added_leaks(mailbox, seed=seed, draws=draws, online=online).tests
    return outcome(tests, rank(tests))


def outcome(tests: Sequence[Case], scores: Sequence[NDArray[np.float64]]) -> Outcome:
    """Return where the leak of each test stands among its recipients."""
    first, rank = [], []
    for case, score in zip(tests, scores, strict=True):
        leak = score[case.wrong][0]
        above, ties = int((score > leak).sum()), int((score == leak).sum()) - 1
        first.append(0.0 if above else 1.0 / (1 + ties))
        rank.append(1.0 + above + ties / 2.0)
    return Outcome(np.array([int(case.key) for case in tests]), np.array(first), np.array(rank))


class _Run:
    """Everything that is learnt on the way through one mailbox."""

    def __init__(self, mailbox: Mailbox, chance: random.Random) -> None:
        self.mailbox = mailbox
        self.chance = chance
        self.history, self.hasher, self.tagger = History(), TermHasher(), Tagger()
        self.own = own_organisations(mailbox.owner)
        self.published = Published(self.own)
        self.names = HeaderNames(self.history, mailbox.owner, chance)

    def learn(self, facts: Facts) -> None:
        self.history.learn(facts)
        self.published.learn(facts)

    def cases(
        self, message: Message, facts: Facts, ordinal: int, book: Sequence[str], draws: int
    ) -> list[Case]:
        place = ordinal / self.mailbox.sent
        scored = Scorer(
            self.mailbox, self.history, self.own, self.hasher, ordinal, place, self.tagger, self.published
        )
        present = [address for address, _, _ in facts.recipients]
        leaks = [draw_leak(present, book, self.chance) for _ in range(draws)]
        return [
            scored.case(self._added(message, leak), _ANY, "add", frozenset((leak,)), None)
            for leak in leaks
            if leak is not None
        ]

    def _added(self, message: Message, leak: str) -> Message:
        contact = self.history.contacts.get(leak)
        role = self.chance.choice([one.role for one in message.recipients])
        wrong = Recipient(leak, self.names.of(contact) if contact is not None else "", role)
        places = [place for place, one in enumerate(message.recipients) if one.role is role]
        place = self.chance.choice([*places, places[-1] + 1])
        return replace(message, recipients=(*message.recipients[:place], wrong, *message.recipients[place:]))
