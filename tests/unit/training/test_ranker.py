"""The ranker and the choice of who was meant learn what was planted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import KIN
from tests.unit.training.cases import a_case
from training.meant import fit_meant, meant_accuracy, options
from training.ranker import fit_ranker

_SIGNAL = LIGHT.index("topic_share")
_NOISE = LIGHT.index("received_log")


def _light(chance: np.random.Generator, outsiders: int = 8) -> NDArray[np.float64]:
    return chance.uniform(0.0, 1.0, size=(1, 1 + outsiders, len(LIGHT)))


def test_the_ranker_finds_what_tells_the_right_recipient() -> None:
    """The planted feature weighs most, noise next to nothing; the right one comes first."""
    chance = np.random.default_rng(1)
    cases = []
    for n in range(150):
        light = _light(chance)
        light[0, 0, _SIGNAL] += 1.0
        cases.append(a_case(light=light, key=str(n)))
    weights = fit_ranker(cases)
    assert _SIGNAL == int(np.argmax(np.abs(weights)))
    assert weights[_SIGNAL] > 10 * abs(weights[_NOISE]) > 0.0
    first = [int(np.argmax(case.numbers.light[0] @ weights)) == 0 for case in cases]
    assert np.mean(first) > 0.9


def test_the_ranker_learns_from_the_wrong_recipients_of_the_same_message() -> None:
    """What only tells right from wrong, and not from those who are absent, is learnt as well."""
    chance = np.random.default_rng(2)
    cases = []
    for n in range(150):
        right, wrong = np.zeros((1, 4, len(LIGHT))), np.zeros((1, 4, len(LIGHT)))
        right[..., _NOISE], wrong[..., _NOISE] = chance.uniform(size=4), chance.uniform(size=4)
        right[0, :, _SIGNAL], wrong[0, :, _SIGNAL] = 1.0, 0.0
        cases.append(a_case(light=right, key=str(n)))
        cases.append(a_case(light=wrong, stratum=6, mode="replace", wrong=[True], key=str(n)))
    assert fit_ranker(cases)[_SIGNAL] > 0.5


def test_a_feature_that_never_varies_does_no_harm() -> None:
    """No division by its spread of nothing."""
    chance = np.random.default_rng(3)
    light = [_light(chance) for _ in range(20)]
    for one in light:
        one[..., 0] = 1.0
    assert np.isfinite(fit_ranker([a_case(light=one) for one in light])).all()


def test_who_was_meant_is_chosen_by_fit_and_likeness() -> None:
    """The one of like spelling, however well others fit, where that was what happened."""
    chance = np.random.default_rng(4)
    cases = []
    for _ in range(80):
        light = _light(chance, outsiders=5)
        kin = np.zeros((1, 5, len(KIN)))
        meant = int(chance.integers(5))
        kin[0, meant, KIN.index("near")] = 1.0
        cases.append(a_case(light=light, kin=kin, stratum=7, mode="replace", wrong=[True], meant=meant))
    weights = fit_meant(cases)
    assert (len(KIN) + len(LIGHT),) == weights.shape
    assert KIN.index("near") == int(np.argmax(weights))
    assert 1.0 == meant_accuracy(cases, weights)
    assert meant_accuracy(cases, np.array([*[0.0] * len(KIN), *[1.0] * len(LIGHT)])) < 0.6
    assert (5, len(KIN) + len(LIGHT)) == options(cases[0]).shape


def test_without_examples_nobody_is_likelier_to_be_meant() -> None:
    """Nothing to learn from is no error."""
    assert not fit_meant([]).any()
    assert np.isnan(meant_accuracy([], np.ones(len(KIN) + len(LIGHT))))
