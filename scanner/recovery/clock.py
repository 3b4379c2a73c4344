"""The clock: 72 hours of article 33 GDPR, counted from awareness, never from the sending or from an alert."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.recovery.case import Times

PERIOD = timedelta(hours=72)
"""Regulation (EU) 2016/679, article 33(1)."""


class State(enum.StrEnum):
    """What the owner has said."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Clock:
    """How the clock stands. `due` is None unless the owner has confirmed that the message went wrong."""

    state: State
    since: datetime | None = None
    due: datetime | None = None


def clock(times: Times) -> Clock:
    """Read the clock. An alert that nobody has confirmed is no awareness, and starts nothing."""
    if times.confirmed_at is not None:
        return Clock(State.CONFIRMED, times.confirmed_at, times.confirmed_at + PERIOD)
    return Clock(State.FINE if times.fine else State.UNCONFIRMED)
