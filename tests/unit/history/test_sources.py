"""Whom the owner passes on to what somebody wrote: bounded, fading, the same after a reload."""

from __future__ import annotations

import pytest

from scanner.history.contacts import DAY
from scanner.history.sources import Sources


def test_what_is_long_ago_counts_less() -> None:
    """After 180 days a mail weighs half."""
    sources = Sources()
    sources.learn((7,), [1], 0.0)
    assert {1: pytest.approx(0.5)} == sources.receivers((7,), 180 * DAY)


def test_the_heavier_of_two_names_of_a_sender_counts() -> None:
    """Known by address from one mail and by name from two."""
    sources = Sources()
    for key in ((7, 8), (8,)):
        sources.learn(key, [1], 0.0)
    assert {1: pytest.approx(2.0)} == sources.receivers((7, 8), 0.0)


def test_it_stays_bounded() -> None:
    """Of 3,000 senders the latest 2,000 are kept, of 40 recipients the latest 32."""
    sources = Sources()
    for key in range(3_000):
        sources.learn((key,), list(range(40)), float(key))
    assert {} == sources.receivers((999,), 3_000.0)
    assert set(range(8, 40)) == set(sources.receivers((1_000,), 3_000.0))
    assert 2_000 == len(sources.state())


def test_a_reload_changes_nothing() -> None:
    """Neither what is known nor the order in which it is forgotten."""
    sources = Sources()
    for key in (3, 1, 2, 1):
        sources.learn((key,), [key, 9], float(key))
    assert sources.state() == Sources.from_state(sources.state()).state()
