"""Recall at a budget from rows, and how much of a difference is chance."""

from __future__ import annotations

import numpy as np
import pytest

from scanner.detect.classifier import Rows
from tests.rows import base_rows
from training.held_out import level, messages_of, noise, recall


def rows(*messages: tuple[int, int, int]) -> Rows:
    """Rows of (owner, message, stratum)."""
    owners, numbers, strata = (np.array(column) for column in zip(*messages, strict=True))
    count = len(messages)
    return Rows(
        np.zeros((count, 1), np.float32),
        (strata > 0).astype(np.int8),
        np.ones(count, np.float32),
        owners.astype(np.int16),
        numbers.astype(np.int32),
        strata.astype(np.int8),
    )


def test_a_message_scores_as_its_highest_recipient() -> None:
    """Rows of one message stand together; the same number of another owner is another message."""
    found = messages_of(rows((0, 0, 0), (0, 0, 0), (0, 1, 3), (1, 1, 0)))

    assert [5.0, 2.0, 3.0] == found.tops(np.array([1.0, 5.0, 2.0, 3.0])).tolist()
    assert [0, 3, 0] == found.strata.tolist()


def test_the_first_part_of_a_mailbox_only_learns() -> None:
    """The first three of ten messages of each owner do not count."""
    found = messages_of(rows(*((owner, number, 0) for owner in (0, 1) for number in range(10))))

    assert [False] * 3 + [True] * 7 == found.counted[:10].tolist()
    assert 14 == found.counted.sum()


def test_kinds_of_mistakes_weigh_the_same() -> None:
    """All ten of one kind found and none of the two of another: half."""
    clean = [(0, number, 0) for number in range(10)]
    mistakes = [(1, number, 1) for number in range(10)] + [(2, number, 2) for number in range(10)]
    found = messages_of(rows(*clean, *mistakes))
    tops = np.array([0.0] * 10 + [1.0] * 10 + [-1.0] * 10)

    assert 0.5 == recall(found, tops, 5.0)


@pytest.mark.parametrize(("rate", "expected"), [(5.0, 999.0), (10.0, 998.0), (0.0, 999.0)])
def test_the_level_lets_as_many_clean_messages_through_as_allowed(rate: float, expected: float) -> None:
    """Of the 150 counted clean messages none at five in a thousand, one at ten."""
    found = messages_of(rows(*((0, number, 0) for number in range(214))))
    tops = np.arange(786.0, 1000.0)

    assert expected == level(found, tops, rate)


def test_the_same_scores_differ_by_nothing() -> None:
    """Both models are measured on the same draw of mailboxes."""
    base = base_rows()
    found = messages_of(base)
    tops = found.tops(base.rows[:, 0].astype(np.float64))

    assert 0.0 == noise(found, tops, tops, 5.0, seed=0)


def test_chance_is_repeatable() -> None:
    """The same seed draws the same mailboxes; what differs in one mailbox only may be chance."""
    base = base_rows()
    found = messages_of(base)
    tops = found.tops(base.rows[:, 0].astype(np.float64))
    other = np.where(found.owners == 2, -tops, tops)

    assert noise(found, tops, other, 50.0, seed=3) == noise(found, tops, other, 50.0, seed=3)
    assert noise(found, tops, other, 50.0, seed=3) > 0.0
