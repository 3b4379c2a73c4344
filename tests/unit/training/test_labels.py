"""Labels and the feature rows of what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from scanner.detect import rules
from scanner.detect.features.table import schema_digest
from scanner.detect.verdict import Verdict
from scanner.store import Label
from tests.rows import START, scored
from training.labels import OWN_LABELS, Joined, join, labelled_rows


def label(number: int, *, wrong: bool = True, recipient: str | None = None, weight: float = 1.0) -> Label:
    """What somebody said a year later."""
    at = START + timedelta(days=365)
    return Label(f"<{number:06d}@firm.example>", recipient, wrong=wrong, at=at, weight=weight)


def of(labels: Sequence[Label], verdicts: Sequence[Verdict]) -> Joined:
    """What can be learnt."""
    by_id = {one.message_id: one for one in verdicts}
    return join(labels, by_id.get, schema_digest())


def test_an_example_is_the_row_that_was_kept() -> None:
    """Exactly the numbers that the message was scored by, as coarse as base rows, and its date."""
    verdict = scored(1, wrong=True)
    (example,) = of([label(1)], [verdict]).examples

    assert [list(row) for row in verdict.feature_rows] == example.rows.tolist()
    assert ([1], verdict.date) == (example.labels.tolist(), example.at)


def test_of_a_wrong_message_the_suspects_are_wrong() -> None:
    """Who scored a quarter of the highest score or more; of the others nothing was said."""
    (example,) = of([label(1)], [scored(1, recipients=3)]).examples

    assert [1] == example.labels.tolist()


def test_of_a_fine_message_everybody_is_fine() -> None:
    """Together they weigh the square root of their number."""
    (example,) = of([label(1, wrong=False)], [scored(1, recipients=4)]).examples

    assert [0, 0, 0, 0] == example.labels.tolist()
    assert [0.5] * 4 == example.weights.tolist()


def test_a_label_of_one_recipient_counts_before_that_of_the_message() -> None:
    """The suspect is fine after all, another one is wrong, and a label's own weight counts."""
    labels = [
        label(1, wrong=False),
        label(1, recipient="person1@client.example", weight=0.5),
    ]
    (example,) = of(labels, [scored(1, recipients=2)]).examples

    assert [0, 1] == example.labels.tolist()
    assert 0.25 == example.weights[1]


def test_what_cannot_be_learnt_from_is_counted_by_reason() -> None:
    """Not scored, other features, rules alone, nobody's label: four reasons, one example left."""
    labels = [label(number) for number in range(1, 5)] + [label(5, recipient="nobody@client.example")]
    verdicts = [scored(1), scored(2, schema="older"), scored(3, by=rules.NAME), scored(5)]
    joined = of(labels, verdicts)

    assert (1, 1, 1, 1) == (joined.unscored, joined.other_features, joined.by_rules, joined.nobody)
    assert ["<000001@firm.example>"] == [one.message_id for one in joined.examples]
    assert 4 == joined.unusable


def test_examples_come_in_order_of_date() -> None:
    """In whatever order they were labelled."""
    verdicts = [scored(number) for number in range(1, 5)]
    joined = of([label(4), label(1), label(3), label(2)], verdicts)

    assert [f"<{number:06d}@firm.example>" for number in range(1, 5)] == [
        example.message_id for example in joined.examples
    ]


def test_rows_weigh_what_was_asked_for() -> None:
    """A wrong one is of no simulated kind, and each example is a message of its own."""
    examples = of([label(1), label(2, wrong=False)], [scored(1), scored(2, recipients=4)]).examples
    rows = labelled_rows(examples, unit=10.0)

    assert [10.0, 5.0, 5.0, 5.0, 5.0] == rows.weights.tolist()
    assert [0, 1, 1, 1, 1] == rows.messages.tolist()
    assert [-1, 0, 0, 0, 0] == rows.strata.tolist()
    assert {OWN_LABELS} == set(rows.owners.tolist())


def test_numbers_too_large_for_half_precision_stay_finite() -> None:
    """The trees take no infinity; what is not known stays unknown."""
    verdict = scored(1)
    row = (1e300, float("-inf"), float("nan"), *verdict.feature_rows[0][3:])
    object.__setattr__(verdict, "feature_rows", (row,))
    (example,) = of([label(1)], [verdict]).examples

    assert np.isfinite(example.rows[0, :2]).all()
    assert np.isnan(example.rows[0, 2])


@pytest.mark.pitfall("hardware-mailserver-110")
def test_silence_is_no_label() -> None:
    """Messages and recipients that nobody said anything about teach nothing, however often alerted."""
    verdicts = [scored(1, recipients=3), scored(2, wrong=True), scored(3)]
    joined = of([label(1, recipient="person1@client.example")], verdicts)

    assert ["<000001@firm.example>"] == [one.message_id for one in joined.examples]
    assert [[1]] == [one.labels.tolist() for one in joined.examples]
