"""A short life among mail and faults, and what the figures of a long one mean."""

from __future__ import annotations

import math
import random
import tempfile
from pathlib import Path

import pytest

from tests.soak.soak import GROWTH, LEAST, Sample, slope, soak

QUICK = ("line closed", "line reset", "garbage", "cut in an answer", "BYE in IDLE", "server killed")
"""Faults after which all is well again within a few seconds."""


def samples(minutes: float, growth: float, *, noise: float = 300.0) -> list[Sample]:
    """A process that is looked at every 5 s: KiB that grow a minute, and noise that goes up and down."""
    chance = random.Random(1)
    return [
        Sample(at, round(200_000 + growth * at / 60 + chance.gauss(0, noise)), 11, 4)
        for at in (5.0 * number for number in range(int(minutes * 12)))
    ]


@pytest.mark.timeout(240)
def test_a_daemon_among_faults_loses_nothing_and_keeps_nothing_open() -> None:
    """Twenty-five seconds of `make soak`: mail, alerts, descriptors and threads; too short for memory."""
    with tempfile.TemporaryDirectory(prefix="soak", dir="/tmp") as directory:
        lived = soak(Path(directory), 25 / 60, kinds=QUICK)

    assert [] == lived.troubles
    assert lived.count.messages == lived.count.scored > 10
    assert lived.count.alerts > 0
    assert lived.faults > 0
    assert lived.slope is None


@pytest.mark.parametrize(("growth", "leaks"), [(0.0, False), (10.0, False), (60.0, True), (500.0, True)])
def test_a_leak_is_told_from_noise(growth: float, leaks: bool) -> None:
    """In twenty minutes, by the lower end of the interval."""
    found = slope(samples(20, growth))

    assert found is not None
    assert found.low < growth < found.high
    assert leaks is (found.low > GROWTH)


def test_a_single_step_is_no_leak() -> None:
    """As when a buffer grows once: the interval is wide."""
    steps = [Sample(one.at, one.kib + (1000 if one.at > 300 else 0), 11, 4) for one in samples(20, 0.0)]
    found = slope(steps)

    assert found is not None
    assert found.low < 0.9 * found.mean
    assert math.isfinite(found.high)


def test_a_short_run_says_nothing_of_memory() -> None:
    """Some minutes are needed for an interval that means something."""
    assert slope(samples(LEAST - 1, 500.0)) is None
