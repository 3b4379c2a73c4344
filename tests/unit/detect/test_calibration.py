"""From raw scores to probabilities, strictly monotone."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.calibration import BASE_RATE, Calibration, probability

_steps = st.lists(
    st.tuples(st.floats(0.01, 3.0), st.floats(0.001, 3.0)),
    min_size=2,
    max_size=12,
)
_maps = st.builds(
    lambda steps, start, odds: Calibration(
        tuple(accumulate((raw for raw, _ in steps), initial=start)),
        tuple(accumulate((rise for _, rise in steps), initial=odds)),
    ),
    _steps,
    st.floats(-10, 5),
    st.floats(-12, -5),
)


@given(calibration=_maps, raw=st.floats(-30, 30), step=st.floats(1e-6, 10))
def test_a_higher_raw_score_has_higher_odds(calibration: Calibration, raw: float, step: float) -> None:
    """Strictly, inside the knots and beyond them."""
    assert calibration.log_odds(raw) < calibration.log_odds(raw + step)


@given(calibration=_maps)
def test_the_map_goes_through_its_knots(calibration: Calibration) -> None:
    """Whatever they are."""
    for raw, odds in zip(calibration.raw, calibration.odds, strict=True):
        assert odds == pytest.approx(calibration.log_odds(raw))


@given(odds=st.floats(-30, 20), step=st.floats(1e-5, 10))
def test_higher_odds_are_a_higher_probability(odds: float, step: float) -> None:
    """Strictly, as far as anybody's scores go."""
    assert 0.0 < probability(odds) < probability(odds + step) < 1.0


def test_the_base_rate_is_one_in_a_thousand() -> None:
    """Log-odds of the base rate are that probability."""
    assert BASE_RATE == pytest.approx(probability(math.log(0.001 / 0.999)))
    assert 0.5 == probability(0.0)


@pytest.mark.parametrize("rate", [1e-4, 1e-3, 0.02])
def test_another_base_rate_shifts_the_odds(rate: float) -> None:
    """What says nothing has the probability of the base rate; evidence multiplies the odds alike."""
    nothing = math.log(0.001 / 0.999)
    assert rate == pytest.approx(probability(nothing, rate))
    ten_times = probability(nothing + math.log(10), rate)
    assert 10 * rate / (1 - rate) == pytest.approx(ten_times / (1 - ten_times))


def test_extremes_are_probabilities_too() -> None:
    """No overflow."""
    assert 0.0 == probability(-1e6)
    assert 1.0 == probability(1e6)
