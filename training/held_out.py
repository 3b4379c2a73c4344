"""Figures at a budget from feature rows alone: messages, their scores, recall, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.evaluation import SCORED_FROM, threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner.detect.classifier import Rows

SURE = 1.645
"""Standard errors by which a fall must exceed nothing: of equals, one in twenty falls further by chance."""

_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of feature rows: `starts` where each begins in the rows, its owner and stratum.

    `counted` are those in the last 70 % of their mailbox: the first part only learns.
    """

    starts: NDArray[np.intp]
    owners: NDArray[np.int16]
    strata: NDArray[np.int8]
    counted: NDArray[np.bool_]

    def tops(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of each message: the highest of its rows'."""
        return np.maximum.reduceat(raw, self.starts) if len(self.starts) else np.empty(0)


def messages_of(rows: Rows) -> Messages:
    """Return the messages of rows; those of one message, and of one owner, stand together."""
    number, owners = rows.messages, rows.owners
    new = np.ones(len(number), dtype=bool)
    new[1:] = (number[1:] != number[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(new)
    owner = owners[starts]
    counted = np.zeros(len(starts), dtype=bool)
    for one in np.unique(owner):
        mine = np.flatnonzero(owner == one)
        counted[mine[int(SCORED_FROM * len(mine)) :]] = True
    return Messages(starts, owner, rows.strata[starts], counted)


def level(messages: Messages, tops: NDArray[np.float64], rate: float) -> float:
    """Return the score that at most `rate` in 1,000 of the counted clean messages exceed."""
    return threshold(tops[messages.counted & (messages.strata == 0)], rate)


def recall(messages: Messages, tops: NDArray[np.float64], rate: float) -> float:
    """Return the share of simulated mistakes above that score, each stratum weighing the same.

    Of a message with a mistake only the wrong recipients' rows are there: none is found by chance
    because a right one scores high.
    """
    return _recall(tops[messages.counted], messages.strata[messages.counted], rate)


def _recall(tops: NDArray[np.float64], strata: NDArray[np.int8], rate: float) -> float:
    above = tops > threshold(tops[strata == 0], rate)
    found = np.bincount(strata, weights=above)[1:]
    there = np.bincount(strata)[1:]
    return float(np.mean(found[there > 0] / there[there > 0])) if there.any() else float("nan")


def noise(
    messages: Messages, one: NDArray[np.float64], other: NDArray[np.float64], rate: float, *, seed: int
) -> float:
    """Return how far the recall of two equally good models may differ by chance.

    1.645 standard errors of the difference, by a bootstrap over mailboxes: both models are
    measured on the same draw.
    """
    rng = np.random.default_rng(seed)
    places = [
        np.flatnonzero(messages.counted & (messages.owners == owner)) for owner in np.unique(messages.owners)
    ]
    differences = []
    for _ in range(_DRAWS):
        drawn = np.concatenate([places[place] for place in rng.integers(len(places), size=len(places))])
        strata = messages.strata[drawn]
        differences.append(_recall(one[drawn], strata, rate) - _recall(other[drawn], strata, rate))
    return SURE * float(np.std(differences))
