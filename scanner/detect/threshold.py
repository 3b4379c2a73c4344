"""The alert budget: how rare a score is, for everybody and then for this owner.

A threshold that is the same for everybody gives some owners no alert and others thirty in a
thousand. `Tail` knows how rare a score is among clean messages of all owners; `OwnerTail`
multiplies that by how much likelier this owner's own messages are to score high, a
gamma-Poisson estimate that starts at the global rate and leans on the owner's own counts as
they grow (empirical Bayes; Gelman et al., Bayesian Data Analysis, chapter 2).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tail:
    """Share of clean messages above a score, over all owners.

    `scores` are log-odds, increasing; `shares` the share of clean messages above each,
    decreasing and above 0; between them log-linear, beyond the last on with the last slope.
    `levels` are the shares at which an owner's own counts are compared; `prior` is the
    strength of the gamma prior at each level, in expected counts.
    """

    scores: tuple[float, ...]
    shares: tuple[float, ...]
    levels: tuple[float, ...] = (0.1, 0.03, 0.01)
    prior: tuple[float, ...] = (8.0, 6.0, 4.0)

    def share(self, score: float) -> float:
        """Return the share of clean messages, over all owners, that score above `score`."""
        scores, shares = self.scores, self.shares
        if score <= scores[0]:
            return 1.0
        place = min(bisect_right(scores, score), len(scores) - 1)
        left, right = place - 1, place
        slope = (math.log(shares[right]) - math.log(shares[left])) / (scores[right] - scores[left])
        return min(1.0, math.exp(math.log(shares[left]) + slope * (score - scores[left])))


@dataclass(slots=True)
class OwnerTail:
    """How much likelier than others this owner's messages are to score high, from their own past."""

    tail: Tail
    seen: int = 0
    above: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.above:
            self.above = [0] * len(self.tail.levels)

    def learn(self, score: float) -> None:
        """Count one scored message (log-odds)."""
        self.seen += 1
        share = self.tail.share(score)
        for place, level in enumerate(self.tail.levels):
            self.above[place] += share < level

    def factors(self) -> list[float]:
        """Return the owner's factor on the global share at each level."""
        tail = self.tail
        factor = 1.0
        found = []
        for level, prior, above in zip(tail.levels, tail.prior, self.above, strict=True):
            # Each level starts from what the wider one found and leans on its own counts.
            factor = (prior * factor + above) / (prior + self.seen * level)
            found.append(factor)
        return found

    def share(self, score: float) -> float:
        """Return the share of this owner's clean messages expected above `score` (log-odds).

        Never less for a lower score: where the factor of a narrower level says that more is to
        be expected further up, that is what is expected here at least.
        """
        share = self.tail.share(score)
        levels, factors = self.tail.levels, self.factors()
        place = next((place for place, level in enumerate(levels) if level <= share), len(levels) - 1)
        further = [
            level * factor for level, factor in zip(levels[place:], factors[place + 1 :], strict=False)
        ]
        return min(1.0, max(share * factors[place], *further, 0.0))

    def state(self) -> list[Any]:
        """Return the counts as a plain list."""
        return [self.seen, list(self.above)]

    def restore(self, state: list[Any]) -> None:
        """Take over the counts that `state` gave; counts of other levels are dropped."""
        seen, above = state
        if len(above) == len(self.tail.levels):
            self.seen, self.above = seen, list(above)
