"""A time of day that does not follow a clock that is set."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scanner.worker.steady import Steady, since_boot
from tests.people import START

DAY = timedelta(days=1)


class Machine:
    """A clock on the wall and seconds since the boot."""

    def __init__(self) -> None:
        self.now = START
        self.seconds = 1000.0
        self.steady = Steady(lambda: self.now, lambda: self.seconds)

    def later(self, span: timedelta) -> datetime:
        """Let time pass on both."""
        self.now += span
        self.seconds += span.total_seconds()
        return self.now


@pytest.mark.parametrize("jump", [timedelta(), 5 * DAY, -5 * DAY])
def test_it_goes_on_whatever_the_clock_is_set_to(jump: timedelta) -> None:
    """Time that passes counts, before and after."""
    machine = Machine()
    machine.later(DAY)
    machine.now += jump
    machine.later(DAY)

    assert START + 2 * DAY == machine.steady.now()
    assert START + 2 * DAY + min(jump, timedelta()) == machine.steady.earliest()


def test_the_machines_own_seconds_go_on() -> None:
    """They never go back."""
    first = since_boot()

    assert first <= since_boot()
