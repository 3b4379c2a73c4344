"""From a classifier's raw score to a probability at a stated base rate, strictly monotone."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

BASE_RATE = 1e-3
"""One mistake in a thousand sent messages: the base rate that scores are stated at."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A strictly increasing, piecewise linear map from raw scores to log-odds.

    `raw` are the knots, `odds` the log-odds of a mistake there, both strictly increasing;
    outside the knots the map goes on with the slopes `below` and `above`. Log-odds are stated
    at the base rate of one in a thousand and shifted for another.
    """

    raw: tuple[float, ...]
    odds: tuple[float, ...]
    below: float = 0.3
    above: float = 0.3

    def log_odds(self, raw: float) -> float:
        """Return the calibrated log-odds of one raw score."""
        if raw <= self.raw[0]:
            return self.odds[0] + self.below * (raw - self.raw[0])
        if raw >= self.raw[-1]:
            return self.odds[-1] + self.above * (raw - self.raw[-1])
        place = bisect_right(self.raw, raw) - 1
        share = (raw - self.raw[place]) / (self.raw[place + 1] - self.raw[place])
        return self.odds[place] + share * (self.odds[place + 1] - self.odds[place])


def probability(log_odds: float, base_rate: float = BASE_RATE) -> float:
    """Return the probability for log-odds stated at one in a thousand, at another base rate if given."""
    if base_rate != BASE_RATE:
        log_odds += _logit(base_rate) - _logit(BASE_RATE)
    return 1.0 / (1.0 + math.exp(-log_odds)) if log_odds > -700.0 else 0.0


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))
