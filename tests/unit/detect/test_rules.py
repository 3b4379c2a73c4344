"""The rules that stand in where no model can be loaded."""

from __future__ import annotations

import numpy as np

from scanner.detect import rules
from scanner.detect.calibration import BASE_RATE, probability
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.table import NAMES
from scanner.detect.policy import PolicySettings
from scanner.history.history import History
from scanner.message.model import Message
from tests.letters import learnt, letter
from tests.unit.detect.looking import table

CARLA = "Carla Weber <carla.weber@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"


def past() -> History:
    """Carla and Deniz were written to ten times each."""
    return learnt(*(letter(n, day=n, to=[(CARLA, DENIZ)[n % 2]]) for n in range(20)))


def odds(message: Message) -> float:
    """The log-odds of the first recipient."""
    return rules.log_odds(table(message, past()))[0]


def test_an_ordinary_message_is_below_the_base_rate() -> None:
    """And so is one to somebody new: that alone is no mistake."""
    assert probability(odds(letter(50, day=21, to=[CARLA], greets=["Carla"]))) < BASE_RATE
    assert probability(odds(letter(50, day=21, to=["zoe@elsewhere.test"]))) < BASE_RATE


def test_two_strong_signs_are_rarer_than_the_budget_and_one_is_not() -> None:
    """A typing error alone stays silent by rules; with a greeting for another person it is told."""
    budget = PolicySettings().alerts_per_1000 / 1000.0
    typo = letter(50, day=21, to=["carla.wber@partner.example"])
    both = letter(50, day=21, to=["carla.wber@partner.example"], greets=["Deniz"])
    assert rules.TAIL.share(odds(both)) <= budget
    assert odds(both) > odds(typo) > odds(letter(50, day=21, to=[CARLA]))


def test_the_rules_name_features_that_there_are() -> None:
    """A weight for each of the ranker's features, most of them nothing."""
    weights = rules.weights(LIGHT)
    assert (len(LIGHT),) == weights.shape
    assert weights[LIGHT.index("greeted")] > 0.0
    assert 6 == np.count_nonzero(weights)
    assert [] == rules.log_odds(np.empty((0, len(NAMES))))
