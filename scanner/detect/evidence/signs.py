"""Evidence that comes after the send: its kinds, what each is worth, and what it makes of a score."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.detect.verdict import Verdict


class Kind(enum.StrEnum):
    """How it became known."""

    RETRACTION = "retraction"
    """The sender takes the mail back."""

    NOTICE = "notice"
    """A recipient says that it was not for them."""

    RESEND = "resend"
    """The same goes to somebody of a similar name, shortly after."""

    RECALL = "recall"
    """The sender's mail program asks for it back."""

    BOUNCE = "bounce"
    """An address that does not exist and is nearly a known one."""

    ANSWER = "answer"
    """The owner's answer to the alert, or an ordinary conversation that goes on."""


CONVERSATION = "conversation"

SIGN_SOURCES = frozenset(kind.value for kind in Kind if kind is not Kind.ANSWER) | {CONVERSATION}
"""Labels of these sources were worked out from mail; all others are a person's word."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a sign is worth: log-odds on the score, and the weight in (0, 1] of the label made of it."""

    log_odds: float
    label: float


WORTH = {
    "notice": Worth(10.0, 0.9),
    "notice from their house": Worth(6.0, 0.4),
    "notice by subject": Worth(6.0, 0.3),
    "retraction": Worth(10.0, 0.9),
    "retraction of one of several": Worth(8.0, 0.6),
    "withdrawn": Worth(5.0, 0.3),
    "recall": Worth(5.0, 0.3),
    "sent again with a retraction": Worth(8.0, 0.6),
    "same text again": Worth(4.0, 0.2),
    "same attachments again": Worth(3.5, 0.15),
    "same subject again": Worth(2.0, 0.1),
    "bounce": Worth(6.0, 0.4),
    "said wrong": Worth(14.0, 1.0),
    "said fine": Worth(-14.0, 1.0),
    "conversation": Worth(-2.0, 0.05),
}
"""By judgement (docs/decisions/0006): real mailboxes hold too few signs to estimate them from.

A verified sign outweighs any score; a circumstance alone lifts an ordinary message (one in a
thousand, -6.9) to a few in a hundred at most.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign about one sent message.

    `about` is the Message-ID of the sent message, its digest where it has none; `message_id` that
    of the mail which shows it, "" where it has none; `at` when that mail was sent. `addresses` are
    the recipients it is about, empty where it does not tell which. `worth` is a key of `WORTH`;
    `meant` the address probably intended, "" where it does not show; `note` what the owner adds.
    """

    kind: Kind
    about: str
    message_id: str
    at: datetime | None
    worth: str
    addresses: tuple[str, ...] = ()
    meant: str = ""
    note: str = ""

    @property
    def log_odds(self) -> float:
        """What it adds to the log-odds; negative: towards fine."""
        return WORTH[self.worth].log_odds

    @property
    def source(self) -> str:
        """What a label made of it names as its source."""
        return CONVERSATION if self.worth == CONVERSATION else self.kind.value

    @property
    def label_weight(self) -> float:
        """How much a label made of it counts, in (0, 1]."""
        return WORTH[self.worth].label


def scores_after(verdict: Verdict, evidence: Iterable[Evidence]) -> tuple[float, ...]:
    """Return the recipients' scores with the evidence in them, in their order.

    A sign that does not tell which recipient it is about counts for the most suspicious one. The
    same kind of sign counts once for each recipient, the strongest of them.
    """
    if not verdict.recipients:
        return ()
    addresses = [one.address for one in verdict.recipients]
    top = max(verdict.recipients, key=lambda one: one.score).address
    strongest: dict[tuple[Kind, str, bool], float] = {}
    for one in evidence:
        for address in one.addresses or (top,):
            place = one.kind, address, one.log_odds > 0
            if abs(one.log_odds) > abs(strongest.get(place, 0.0)):
                strongest[place] = one.log_odds
    added = dict.fromkeys(addresses, 0.0)
    for (_, address, _), log_odds in strongest.items():
        if address in added:
            added[address] += log_odds
    return tuple(
        _moved(one.score, added[one.address]) if added[one.address] else one.score
        for one in verdict.recipients
    )


def score_after(verdict: Verdict, evidence: Iterable[Evidence]) -> float:
    """Return the highest of the recipients' scores with the evidence in them; without any, the score."""
    found = tuple(evidence)
    return max(scores_after(verdict, found), default=verdict.score) if found else verdict.score


def _moved(score: float, log_odds: float) -> float:
    """Move a probability by log-odds; 0 and 1 stay what they are."""
    if not 0.0 < score < 1.0:
        return score
    moved = math.log(score) - math.log1p(-score) + log_odds
    return 1.0 / (1.0 + math.exp(-moved)) if moved >= 0 else math.exp(moved) / (1.0 + math.exp(moved))
