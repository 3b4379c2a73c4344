"""How long to wait after a failure: longer each time, never in step with others, never for ever."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from scanner.errors import LoginError, ThrottledError

FIRST, LONGEST = 1.0, 300.0
THROTTLED_FIRST, THROTTLED_LONGEST = 60.0, 1800.0
REFUSED = 600.0
"""Seconds. A wrong password is not tried often: servers lock accounts for that."""


@dataclass(slots=True)
class Backoff:
    """Counts failures in a row. `random` makes the jitter, between half and all of the wait."""

    random: random.Random
    failures: int = field(default=0)

    def success(self) -> None:
        """Begin anew."""
        self.failures = 0

    def failure(self, error: Exception) -> float:
        """Seconds to wait after this failure."""
        self.failures += 1
        doubled = 2.0 ** min(self.failures - 1, 32)
        if isinstance(error, LoginError):
            longest = REFUSED
        elif isinstance(error, ThrottledError):
            longest = min(THROTTLED_LONGEST, THROTTLED_FIRST * doubled)
        else:
            longest = min(LONGEST, FIRST * doubled)
        return longest * (0.5 + self.random.random() / 2)
