"""The ranker measured by itself: known answers on cases made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.table import ALTERNATIVES, NAMES
from tests.letters import OWNERS, letter
from tests.unit.training.cases import a_case
from training.corpora import Mailbox
from training.dataset import Case
from training.ranking import candidate_recall, coverage, measure, outcome, trials

_SIGNAL = LIGHT.index("topic_share")
_LONG = LIGHT.index("long_log")


def one_recipient(
    values: Sequence[float], *, feature: int = _SIGNAL, owner: str = "anna", seen: bool = True, key: str = ""
) -> Case:
    """A clean case of one recipient; `values` are its feature and those of the people not on it."""
    light = np.zeros((1, len(values), len(LIGHT)))
    light[0, :, feature] = values
    base = np.zeros((1, ALTERNATIVES))
    base[0, NAMES.index("never_seen")] = not seen
    return a_case(light=light, base=base, owner=owner, key=key)


def test_the_rank_of_the_one_left_out_is_stated() -> None:
    """First, second of three, and fourth of four."""
    fits = [np.array([3.0, 1.0, 2.0]), np.array([2.0, 3.0, 1.0]), np.array([0.0, 1.0, 2.0, 3.0])]
    found = outcome(fits, [True] * 3)
    assert [1.0, 0.5, 0.25] == found.reciprocal.tolist()
    assert [1.0, 0.0, 0.0] == found.first.tolist()
    assert [1.0, 1.0, 0.0] == found.among_three.tolist()
    assert [1.0, 1.0, 1.0] == found.lead.tolist()


def test_of_equals_each_order_is_as_likely() -> None:
    """A method that says nothing is as good as chance."""
    found = outcome([np.zeros(4)], [True])
    assert [0.25] == found.first.tolist()
    assert [0.75] == found.among_three.tolist()
    assert [pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)] == found.reciprocal.tolist()
    assert [0.0] == found.lead.tolist()


def test_somebody_never_seen_is_missed_however_well_they_fit() -> None:
    """And the best of the others would be shown in their place."""
    found = outcome([np.array([9.0, 1.0, 4.0])], [False])
    assert [[0.0], [0.0], [0.0], [3.0]] == [
        values.tolist() for values in (found.reciprocal, found.first, found.among_three, found.lead)
    ]


def test_coverage_is_the_most_that_can_be_shown_at_a_precision() -> None:
    """Of four, by falling confidence right, wrong, right, wrong: three at two thirds, one at all right."""
    first, lead, weight = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 4.0, 3.0, 2.0]), np.ones(4)
    assert 0.75 == coverage(first, lead, weight, 0.66)
    assert 0.25 == coverage(first, lead, weight, 0.7)
    assert 1.0 == coverage(first, lead, weight, 0.5)
    assert 0.0 == coverage(np.zeros(4), lead, weight, 0.7)


def test_equally_sure_suggestions_are_shown_together_or_not_at_all() -> None:
    """No threshold comes between them."""
    first = np.array([1.0, 1.0, 0.0, 0.0])
    assert 0.0 == coverage(first, np.ones(4), np.ones(4), 0.7)
    assert 0.5 == coverage(first, np.array([2.0, 2.0, 1.0, 1.0]), np.ones(4), 0.7)


def test_only_clean_messages_of_the_measured_part_are_tried_each_with_the_same_weight() -> None:
    """However many recipients it has; without anybody to compare with there is nothing to order."""
    both = a_case(light=np.zeros((2, 3, len(LIGHT))), base=np.zeros((2, ALTERNATIVES)), wrong=[False, False])
    cases = [
        both,
        one_recipient([1.0, 0.0]),
        a_case(),
        a_case(light=np.zeros((1, 3, len(LIGHT))), stratum=6, mode="add", wrong=[True]),
        a_case(light=np.zeros((1, 3, len(LIGHT))), place=0.1),
    ]
    assert [0.5, 0.5, 1.0] == [one.weight for one in trials(cases)]


def test_the_ranker_is_measured_on_owners_it_never_saw_beside_simple_methods() -> None:
    """What is planted is found by the ranker, not by recency, and only frequency finds frequency."""
    chance = np.random.default_rng(1)
    cases = []
    for owner in ("anna", "bruno", "carla"):
        for n in range(40):
            values = chance.uniform(size=6)
            values[0] += 1.0
            cases.append(one_recipient(list(values), owner=owner, key=str(n)))
    figures, lines = measure(cases)
    assert (120, 120, 1.0) == (figures["trials"], figures["messages"], figures["ceiling"])
    methods = figures["methods"]
    assert methods["ranker"] == {
        name: [1.0, 1.0, 1.0] for name in ("mrr", "prec_at_1", "hit_at_3", "coverage")
    }
    assert [pytest.approx(1 / 6, abs=1e-4)] * 3 == methods["recency"]["prec_at_1"]
    assert 0.0 == methods["recency"]["coverage"][0]
    assert any(line.startswith("| ranker | 1.000 (1.000-1.000)") for line in lines)
    frequent = [one_recipient([2.0, 1.0, 0.5], feature=_LONG, owner=o) for o in ("anna", "bruno")]
    assert 1.0 == measure(frequent)[0]["methods"]["frequency"]["prec_at_1"][0]


def test_the_ceiling_is_the_share_of_those_seen_before() -> None:
    """One in four was not."""
    cases = [one_recipient([2.0, 1.0], owner=o, seen=n > 0) for o in ("anna", "bruno") for n in range(4)]
    figures, _ = measure(cases)
    assert 0.75 == figures["ceiling"]
    assert 0.75 == figures["methods"]["ranker"]["prec_at_1"][0]


def test_one_owner_alone_has_no_ranker_and_nobody_no_figures() -> None:
    """There is nobody else to learn from."""
    assert "ranker" not in measure([one_recipient([1.0, 0.0])])[0]["methods"]
    assert {} == measure([])[0]["methods"]


def test_the_same_cases_give_the_same_figures() -> None:
    """The intervals too."""
    chance = np.random.default_rng(2)
    cases = [one_recipient(list(chance.uniform(size=5)), owner=o) for o in "abcd" for _ in range(10)]
    assert measure(cases) == measure(cases)


def test_what_the_cut_to_the_candidates_costs_is_counted_on_mail() -> None:
    """Who stands in everything is among the candidates of the rest; a stranger is not."""
    mail = [
        (letter(n, to=["Bruno Conti <bruno@x.example>", "Carla Weber <carla@y.example>"]), True)
        for n in range(10)
    ]
    mail.append((letter(11, to=["deniz@z.example"]), True))
    box = Mailbox("anna", OWNERS, tuple(mail))
    left_out, seen, found = candidate_recall(box)
    # The last seven of eleven count: six to two known people, one to a stranger.
    assert (13, 12, 12) == (left_out, seen, found)
