"""Calibration and tail from scores whose truth is known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from scanner.detect.calibration import BASE_RATE, probability
from training.calibrating import calibrate, tail_of

_LOGIT = math.log(BASE_RATE / (1.0 - BASE_RATE))


def test_the_odds_are_those_of_the_truth() -> None:
    """Clean scores around 0 and wrong ones around 3: the log-odds rise by 3 for each point."""
    chance = np.random.default_rng(1)
    clean, wrong = chance.normal(0.0, 1.0, 40_000), chance.normal(3.0, 1.0, 4_000)
    found = calibrate(clean, wrong, np.ones(len(wrong)))
    for raw in (0.5, 1.0, 1.5, 2.0, 2.5):
        assert 3.0 * raw - 4.5 + _LOGIT == pytest.approx(found.log_odds(raw), abs=0.8)


@pytest.mark.parametrize("seed", range(5))
def test_the_map_is_strictly_rising_on_little_data_too(seed: int) -> None:
    """Where the counts say otherwise as well."""
    chance = np.random.default_rng(seed)
    clean, wrong = chance.normal(0.0, 1.0, 60), chance.normal(1.0, 2.0, 25)
    found = calibrate(clean, wrong, np.ones(len(wrong)))
    assert all(low < high for low, high in pairwise(found.raw))
    assert all(low < high for low, high in pairwise(found.odds))
    values = [found.log_odds(raw) for raw in np.linspace(-8, 8, 400)]
    assert all(low < high for low, high in pairwise(values))


def test_mistakes_of_a_rare_kind_weigh_as_much_as_those_of_a_frequent_one() -> None:
    """Ninety easy ones do not hide ten hard ones when the weights are equal by kind."""
    clean = np.random.default_rng(3).normal(0.0, 1.0, 5_000)
    wrong = np.concatenate([np.full(90, 6.0), np.linspace(-1.0, 1.0, 10)])
    equal = calibrate(clean, wrong, np.concatenate([np.full(90, 1 / 90), np.full(10, 1 / 10)]))
    plain = calibrate(clean, wrong, np.ones(100))
    assert equal.log_odds(0.0) > plain.log_odds(0.0) + 1.0


def test_probabilities_stay_between_nothing_and_certainty() -> None:
    """Also far beyond the scores that were seen."""
    chance = np.random.default_rng(4)
    found = calibrate(chance.normal(size=500), chance.normal(4.0, size=100), np.ones(100))
    assert 0.0 < probability(found.log_odds(-30.0)) < probability(found.log_odds(30.0)) < 1.0


def test_the_tail_is_that_of_the_clean_scores() -> None:
    """The share above a score, out to one in a thousand and beyond."""
    clean = np.random.default_rng(5).exponential(1.0, 50_000)
    tail = tail_of(clean)
    for share in (0.5, 0.1, 0.01, 0.001):
        assert share == pytest.approx(tail.share(-math.log(share)), rel=0.15)
    assert 1.0 == tail.share(-1.0)
    assert 1e-6 == pytest.approx(tail.share(-math.log(1e-6)), rel=3.0)


def test_equal_scores_make_one_step_of_the_tail() -> None:
    """The knots rise strictly."""
    tail = tail_of(np.array([0.0] * 900 + list(np.linspace(1.0, 2.0, 100))))
    assert all(low < high for low, high in pairwise(tail.scores))
    assert all(low > high for low, high in pairwise(tail.shares))
