"""The alert budget: how rare a score is for everybody, and for this owner."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect import rules
from scanner.detect.threshold import OwnerTail, Tail

# Of all owners' clean messages the share above s is exp(-s).
_TAIL = Tail(
    scores=(0.0, math.log(10), math.log(100), math.log(1000)),
    shares=(1.0, 0.1, 0.01, 0.001),
)
_BUDGET = 0.005


def an_owner(rate: float, count: int, *, seed: int = 1) -> list[float]:
    """The scores of an owner whose messages exceed a high score `rate` times as often as others'."""
    chance = random.Random(seed)
    return [chance.expovariate(1.0) + math.log(rate) for _ in range(count)]


def alerts(tail: OwnerTail, scores: list[float]) -> int:
    """How many of the scores are rare enough for an alert, each judged before it is learnt."""
    found = 0
    for score in scores:
        found += tail.share(score) <= _BUDGET
        tail.learn(score)
    return found


def test_the_share_is_that_of_the_knots_and_log_linear_between() -> None:
    """And goes on beyond the last knot as before it."""
    assert 1.0 == _TAIL.share(-5.0)
    assert 0.1 == pytest.approx(_TAIL.share(math.log(10)))
    assert 0.03 == pytest.approx(_TAIL.share(math.log(100 / 3)))
    assert 1e-6 == pytest.approx(_TAIL.share(math.log(1e6)))


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=2, unique=True).map(sorted))
def test_a_higher_score_is_never_less_rare(pair: list[float]) -> None:
    """For everybody, and by rules alone."""
    for tail in (_TAIL, rules.TAIL):
        assert tail.share(pair[0]) >= tail.share(pair[1])


@given(
    pair=st.lists(st.floats(-5, 20), min_size=2, max_size=2, unique=True).map(sorted),
    past=st.lists(st.floats(-5, 20), max_size=60),
    quiet=st.integers(0, 3_000),
)
def test_nor_for_any_owner_whatever_their_past(pair: list[float], past: list[float], quiet: int) -> None:
    """A message more suspicious than one that is told is told as well."""
    tail = OwnerTail(_TAIL, seen=quiet)
    for score in past:
        tail.learn(score)
    assert 1.0 >= tail.share(pair[0]) >= tail.share(pair[1]) >= 0.0


def test_an_owner_never_seen_is_like_everybody() -> None:
    """The estimate starts at the global rate."""
    for score in (0.0, 1.0, 4.0, 9.0):
        assert _TAIL.share(score) == pytest.approx(OwnerTail(_TAIL).share(score))


def test_one_high_score_does_not_make_an_owner() -> None:
    """A single message moves the estimate by a factor of three at most, a hundred others undo it."""
    tail = OwnerTail(_TAIL)
    tail.learn(9.0)
    assert tail.share(5.5) < 3.1 * _TAIL.share(5.5)
    for _ in range(100):
        tail.learn(0.5)
    assert tail.share(5.5) < _TAIL.share(5.5)


def test_a_quiet_owner_becomes_rarer() -> None:
    """After many unsuspicious messages the same score is rarer than for others, never impossible."""
    tail = OwnerTail(_TAIL)
    for _ in range(500):
        tail.learn(0.1)
    assert 0.0 < tail.share(4.0) < 0.5 * _TAIL.share(4.0)


@pytest.mark.parametrize("rate", [0.4, 1.0, 3.0])
def test_the_owners_own_counts_bring_the_alerts_near_the_budget(rate: float) -> None:
    """Whoever scores high three times as often gets five alerts in a thousand all the same."""
    tail = OwnerTail(_TAIL)
    alerts(tail, an_owner(rate, 2_000))
    told = alerts(tail, an_owner(rate, 20_000, seed=2))
    naive = sum(_TAIL.share(score) <= _BUDGET for score in an_owner(rate, 20_000, seed=2))
    assert rate * 100 == pytest.approx(naive, rel=0.3)
    assert 70 <= told <= 140


def test_even_the_first_thousand_of_a_suspicious_owner_stay_within_twice_the_budget() -> None:
    """The estimate is quick enough to matter; the mean of twenty owners."""
    told = [alerts(OwnerTail(_TAIL), an_owner(3.0, 1_000, seed=seed)) for seed in range(20)]
    assert sum(told) / len(told) < 10.0


def test_what_was_counted_is_kept_exactly() -> None:
    """State and restored state give the same shares."""
    tail = OwnerTail(_TAIL)
    for score in an_owner(2.0, 300):
        tail.learn(score)
    restored = OwnerTail(_TAIL)
    restored.restore(tail.state())
    assert tail == restored


def test_counts_of_other_levels_are_dropped() -> None:
    """A model with other levels starts anew rather than misread the counts."""
    tail = OwnerTail(_TAIL)
    tail.restore([500, [1, 2]])
    assert OwnerTail(_TAIL) == tail
