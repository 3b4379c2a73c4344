"""A time of day that nobody sets: it goes on from the start of the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta


def since_boot() -> float:
    """Seconds that go on in sleep, where the system counts them, and that no setting of the clock moves."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # Linux alone
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Steady:
    """The time of day as the clock would show it had it never been set since the start.

    Where the two differ, the clock was put forward or back, and nobody knows which of them is
    right; `earliest` is the time by which nothing is older than it is.
    """

    def __init__(self, clock: Callable[[], datetime], elapsed: Callable[[], float] = since_boot) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._start, self._since = clock(), elapsed()

    def now(self) -> datetime:
        """Tell the time of day that follows from the seconds since the start."""
        return self._start + timedelta(seconds=self._elapsed() - self._since)

    def earliest(self) -> datetime:
        """Tell the earlier of this time and the clock's."""
        return min(self.now(), self._clock())
