"""A mailbox replayed, each sent message scored as it was and with simulated mistakes: numbers only."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.features.context import make_context
from scanner.detect.features.extract import Extract, extract
from scanner.detect.organisations import is_freemail, organisation
from scanner.history.facts import facts_of
from scanner.history.history import History
from scanner.history.terms import TermHasher
from training.baselines.state import COLUMNS, Published
from training.leaks import MODES, STRATA, WHOLE, Injector
from training.tagging import Tagger, mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scanner.message.model import Message
    from training.corpora import Mailbox

CLEAN = 0
_UPCOMING = 20
_LIST = 40
_STALE_TEXT = 5


def _no_rows() -> NDArray[np.float32]:
    return np.zeros((0, len(COLUMNS)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Case:
    """One scored message: clean (stratum 0) or with a simulated mistake.

    `wrong` marks the wrong recipients; `meant` is the place of the person meant among the
    outsiders, -1 where there is none or they are not among them (`meant_known` says whether the
    mistake had one); `ordinal` counts the owner's sent messages before it, `place` is its
    share of the mailbox (0 first to 1 last); `tags` are the hard sets that it belongs to.
    `published` holds the numbers of the published methods, recipients by
    `training.baselines.state.COLUMNS`, no row where they were not asked for.
    """

    owner: str
    ordinal: int
    place: float
    stratum: int
    mode: str
    numbers: Extract
    wrong: NDArray[np.bool_]
    meant: int = -1
    meant_known: bool = False
    key: str = field(default="")
    tags: frozenset[str] = frozenset()
    published: NDArray[np.float32] = field(default_factory=_no_rows)


def own_organisations(owner: frozenset[str]) -> frozenset[str]:
    """Return the owner's organisations (registrable domains), providers of personal mail left out."""
    domains = {address.rpartition("@")[2] for address in owner}
    return frozenset(organisation(domain) for domain in domains if not is_freemail(domain))


def replay(
    mailbox: Mailbox,
    *,
    seed: int = 0,
    first: int = 10,
    strata: Sequence[int] = tuple(STRATA),
    both_modes: bool = False,
    baselines: bool = False,
) -> list[Case]:
    """Return the cases of one mailbox: every sent message after the `first`, clean and corrupted.

    Score first, learn second. The mode of each stratum is drawn per message, or both are made;
    with `baselines` a case also holds what the published methods see.
    """
    rng = random.Random(f"{seed}:{mailbox.name}")
    history, hasher, tagger = History(), TermHasher(), Tagger()
    own = own_organisations(mailbox.owner)
    injector = Injector(history, mailbox.owner, rng)
    published = Published(own) if baselines else None
    outgoing = [message for message, sent in mailbox.mail if sent]
    cases: list[Case] = []
    ordinal = 0
    for message, sent in mailbox.mail:
        facts = facts_of(message, sent=sent, owner=mailbox.owner, hasher=hasher)
        if sent:
            if ordinal >= first and facts.recipients:
                place = ordinal / len(outgoing)
                scored = Scorer(mailbox, history, own, hasher, ordinal, place, tagger, published)
                cases.append(scored.case(message, CLEAN, "", frozenset(), None))
                upcoming = outgoing[ordinal + 1 : ordinal + 1 + _UPCOMING]
                for stratum in strata:
                    for mode in _modes(stratum, rng, both=both_modes):
                        leak = injector.leak(message, stratum, mode, upcoming)
                        if leak is not None and len(leak.message.recipients) <= _LIST:
                            cases.append(
                                scored.case(leak.message, stratum, leak.mode, leak.wrong, leak.meant)
                            )
            ordinal += 1
        history.learn(facts)
        tagger.learn(message, facts)
        if published is not None:
            published.learn(facts)
    return cases


def _small(numbers: Extract) -> Extract:
    """Return the numbers at half the size: a corpus has tens of thousands of cases."""
    return Extract(
        numbers.base.astype(np.float32),
        numbers.light.astype(np.float32),
        numbers.kin.astype(np.int8),
        numbers.outsiders,
    )


def _modes(stratum: int, rng: random.Random, *, both: bool) -> tuple[str, ...]:
    if stratum in WHOLE:
        return ("whole",)
    return MODES if both else (rng.choice(MODES),)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Makes cases of messages at one moment of a mailbox's history."""

    mailbox: Mailbox
    history: History
    own: frozenset[str]
    hasher: TermHasher
    ordinal: int
    place: float
    tagger: Tagger
    published: Published | None

    def case(
        self, message: Message, stratum: int, mode: str, wrong: frozenset[str], meant: str | None
    ) -> Case:
        """Return the case of one message that is not learnt yet."""
        facts = facts_of(message, sent=True, owner=self.mailbox.owner, hasher=self.hasher)
        context = make_context(message, facts, self.history, own=self.own, hasher=self.hasher)
        numbers = _small(extract(context))
        known = self.history.contacts.get(meant) if meant else None
        outsiders = numbers.outsiders
        return Case(
            owner=self.mailbox.name,
            ordinal=self.ordinal,
            place=self.place,
            stratum=stratum,
            mode=mode,
            numbers=numbers,
            wrong=np.array([address in wrong for address, _, _ in facts.recipients]),
            meant=outsiders.index(known.index) if known is not None and known.index in outsiders else -1,
            meant_known=known is not None,
            key=str(self.ordinal),
            tags=mistake(context, stratum, mode, wrong, meant) if stratum else self.tagger.clean(context),
            published=self.published.columns(facts) if self.published is not None else _no_rows(),
        )
