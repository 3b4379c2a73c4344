"""Recall at a false-alarm rate, on scores made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.unit.training.cases import a_case
from training.evaluation import message_scores, recall_table, scored, threshold


@pytest.mark.parametrize(("rate", "told"), [(1.0, 1), (2.0, 2), (5.0, 5), (10.0, 10), (0.5, 0)])
def test_so_many_of_a_thousand_clean_messages_are_told(rate: float, told: int) -> None:
    """Exactly the rate, where no scores are equal."""
    clean = np.random.default_rng(1).permutation(1000).astype(float)
    assert told == int((clean > threshold(clean, rate)).sum())


def test_the_rate_is_never_exceeded_where_scores_are_equal() -> None:
    """Fewer alerts rather than more."""
    clean = np.array([0.0] * 990 + [1.0] * 10)
    assert 0 == int((clean > threshold(clean, 5.0)).sum())


def test_few_clean_messages_allow_no_false_alarm() -> None:
    """With a hundred messages the threshold for five in a thousand is the highest score."""
    assert 99.0 == threshold(np.arange(100.0), 5.0)
    assert 0.0 == threshold(np.array([]), 5.0)


def test_a_message_scores_as_its_worst_recipient() -> None:
    """One without recipients scores lower than any."""
    assert [3.0, -math.inf] == message_scores([np.array([1.0, 3.0]), np.array([])]).tolist()


def test_recall_is_by_stratum_and_mode_and_pooled_with_equal_weight() -> None:
    """A stratum of many messages weighs no more than one of few."""
    clean = [a_case() for _ in range(200)]
    one = [a_case(stratum=1, mode="add") for _ in range(4)] + [a_case(stratum=1, mode="replace")]
    seven = [a_case(stratum=7, mode="replace") for _ in range(100)]
    scores = [np.array([value / 200]) for value in range(200)]
    scores += [np.array([found]) for found in (2.0, 2.0, 0.5, 0.5, 0.5)]
    scores += [np.array([2.0])] * 100
    table = recall_table([*clean, *one, *seven], scores, rates=(5.0,))
    assert 0.5 == table["1 name neighbour / add"][5.0]
    assert 0.0 == table["1 name neighbour / replace"][5.0]
    assert 0.4 == table["1 name neighbour"][5.0]
    assert 1.0 == table["7 typing error, unseen"][5.0]
    assert 0.7 == pytest.approx(table["strata 1-7"][5.0])
    assert 0.5 == table["strata 1-7 / add"][5.0]
    assert "2 autocomplete slip" not in table


def test_the_first_part_of_a_mailbox_does_not_count() -> None:
    """Neither its clean messages nor its mistakes."""
    cases = [a_case(place=0.1), a_case(place=0.5), a_case(place=0.1, stratum=6, mode="add")]
    assert [False, True, False] == scored(cases).tolist()
    scores = [np.array([9.0]), np.array([1.0]), np.array([5.0])]
    assert "6 any contact" not in recall_table(cases, scores)
    cases.append(a_case(place=0.9, stratum=6, mode="add"))
    assert 1.0 == recall_table(cases, [*scores, np.array([5.0])])["6 any contact"][1.0]


def test_a_stricter_rate_never_finds_more() -> None:
    """Recall grows with the false alarms that are allowed."""
    chance = np.random.default_rng(2)
    cases = [a_case() for _ in range(2000)] + [a_case(stratum=2, mode="add") for _ in range(200)]
    scores = [chance.normal(size=1) for _ in range(2000)] + [chance.normal(2.0, size=1) for _ in range(200)]
    found = list(recall_table(cases, scores)["2 autocomplete slip"].values())
    assert sorted(found) == found
    assert 0.0 < found[0] < found[-1] < 1.0
