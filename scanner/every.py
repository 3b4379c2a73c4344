"""A trigger for polls that no setting of the clock keeps busy."""

from __future__ import annotations

from datetime import UTC, datetime

from apscheduler.triggers.interval import IntervalTrigger


class Every(IntervalTrigger):  # type: ignore[misc]  # the library carries no types
    """Fires every so many seconds; what was missed counts once.

    The scheduler lists all runs between the last one and now before it makes one of them: after a
    clock that was put forward by years, as on a machine without a battery, those are millions.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=seconds, timezone=UTC)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Tell when to fire next, never before `now`."""
        following: datetime = super().get_next_fire_time(previous_fire_time, now)
        return following if following > now else now + self.interval
