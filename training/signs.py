"""What later mail shows of earlier mail, as labels: which, how much each weighs, and how much at most.

Somebody who wants to mislead the model can only write mail. Notices from strangers, about mail that
never went out or with forged references are no evidence to begin with (`scanner.detect.evidence`).
What a real recipient can do, with a notice on every mail they get, is bounded here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from training.labels import LABEL_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from scanner.detect.classifier import Rows
    from scanner.detect.evidence import Evidence
    from training.labels import Example

PARTY = 3.0
"""Whole messages that the evidence about one recipient may weigh together: the oldest come first.

Later ones say nothing: a flood of notices changes nothing that the first few have not.
"""

SHARE = 0.01
"""All evidence together weighs at most this part of the base rows: about 110 whole messages, and a ninth
of what the simulated mistakes weigh."""

CLEAR = 0.3
"""From this weight on evidence counts towards the labels that a promotion needs.

Below it are circumstances: the same mail sent again, a conversation that goes on. Twenty guesses
are not twenty observations.
"""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Sign:
    """A label made of evidence: see `training.labels.Said`."""

    message_id: str
    recipient: str | None
    wrong: bool
    weight: float
    source: str
    at: datetime


def signs(evidence: Iterable[Evidence], *, now: datetime) -> list[Sign]:
    """Return the labels that evidence makes: one for each recipient that it is about.

    The message as a whole where it does not tell which. `now` stands in for the date of mail without one.
    """
    return [
        Sign(
            message_id=one.about,
            recipient=address,
            wrong=one.log_odds > 0,
            weight=one.label_weight,
            source=one.source,
            at=one.at or now,
        )
        for one in evidence
        for address in one.addresses or (None,)
    ]


def tamed(examples: Sequence[Example], *, most: float = float("inf")) -> tuple[Example, ...]:
    """Return the examples with the evidence in them bounded, in their order.

    What is said about one recipient weighs at most `PARTY` whole messages, all evidence together at
    most `most`. A person's labels stay as they are; examples of which nothing is left are left out.
    """
    left: defaultdict[str, float] = defaultdict(lambda: PARTY)
    weights = {id(one): one.weights.copy() for one in examples}
    for one in sorted(examples, key=lambda one: (one.at, one.message_id)):
        mine = weights[id(one)]
        for place in np.flatnonzero(one.signs).tolist():
            address = one.addresses[place]
            mine[place] = min(float(mine[place]), left[address])
            left[address] = max(0.0, left[address] - float(mine[place]))
    total = sum(float(weights[id(one)][one.signs].sum()) for one in examples)
    if total > most:
        for one in examples:
            weights[id(one)][one.signs] *= most / total
    bounded = (_weighing(one, weights[id(one)]) for one in examples)
    return tuple(one for one in bounded if len(one.labels))


def share_of(base: Rows) -> float:
    """Return how many whole messages all evidence may weigh beside these base rows."""
    return SHARE * len(base.labels) / LABEL_WEIGHT


def clear(examples: Iterable[Example]) -> int:
    """Return how many messages a person spoke of, or evidence of weight `CLEAR` or more."""
    return sum(
        bool((~one.signs).any() or one.weights[one.signs].sum() >= CLEAR - _ROUNDING) for one in examples
    )


def _weighing(one: Example, weights: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Example:
    # A row of no weight would still be counted where trees ask for so many rows in a leaf.
    kept = weights > _ROUNDING
    return replace(
        one,
        rows=one.rows[kept],
        labels=one.labels[kept],
        weights=weights[kept],
        addresses=tuple(address for address, keep in zip(one.addresses, kept, strict=True) if keep),
        signs=one.signs[kept],
    )
