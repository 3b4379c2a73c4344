"""Who was on one message with whom."""

from __future__ import annotations

import pytest

from scanner.history.groups import Groups

DAY = 86_400.0


def groups(*sets: list[int], at: float = 0.0) -> Groups:
    """Groups that have learnt these sets as sent at one time."""
    found = Groups()
    for members in sets:
        found.learn(members, at, sent=True)
    return found


def test_a_set_is_the_same_in_any_order() -> None:
    """And counted as often as it was written to."""
    found = groups([1, 2, 3], [3, 1, 2])
    assert 2 == found.times_sent([2, 3, 1])
    assert 0 == found.times_sent([1, 2])


def test_weight_halves_every_sixty_days() -> None:
    """Two messages of now weigh one in sixty days."""
    found = groups([1, 2], [1, 2])
    assert [(frozenset({1, 2}), 2.0)] == found.touching(frozenset({1}), 0.0)
    assert 1.0 == pytest.approx(found.touching(frozenset({1}), 60 * DAY)[0][1])


def test_received_mail_counts_half_and_is_not_sent() -> None:
    """Who stands together on received mail belongs together, less surely."""
    found = Groups()
    found.learn([1, 2], 0.0, sent=False)
    assert 0.5 == found.touching(frozenset({2}), 0.0)[0][1]
    assert 0 == found.times_sent([1, 2])
    assert 0 == found.count()
    assert found.together(1, 2)


def test_a_person_alone_is_no_company() -> None:
    """A message to one is remembered, but puts nobody together."""
    found = groups([1], [2])
    assert [] == found.touching(frozenset({1, 2}), 0.0)
    assert not found.together(1, 1)
    assert 1 == found.times_sent([1])
    assert (0, 2) == (found.count(), found.count(least=1))


def test_together_is_mutual_and_only_of_the_same_message() -> None:
    """Friends of friends are not together."""
    found = groups([1, 2], [2, 3])
    assert found.together(1, 2)
    assert found.together(2, 1)
    assert not found.together(1, 3)


def test_the_forty_latest_sets_of_a_contact_are_kept() -> None:
    """The oldest go first; one that was used again is young."""
    found = Groups()
    for number in range(200):
        found.learn([0, 1000 + number], number * DAY, sent=True)
        found.learn([0, 1000], number * DAY, sent=True)
    touching = [members for members, _ in found.touching(frozenset({0}), 200 * DAY)]
    assert 40 == len(touching)
    assert frozenset({0, 1000}) in touching
    assert frozenset({0, 1199}) in touching
    assert frozenset({0, 1001}) not in touching


def test_a_set_that_nobody_holds_any_more_is_forgotten() -> None:
    """A thousand one-off sets of the same people leave forty."""
    found = Groups()
    for number in range(1000):
        found.learn([0, 1, 2 + number], 0.0, sent=True)
        found.learn([2 + number], 0.0, sent=False)
    # Each third person still remembers theirs; without it what is left is bounded by the first two.
    assert all(found.together(0, 2 + number) or number < 960 for number in range(1000))
    assert found.count() <= 1000


def test_a_crowd_is_counted_but_puts_nobody_together() -> None:
    """A newsletter to a hundred says nothing of any two of them."""
    crowd = list(range(100))
    found = groups(crowd)
    assert 1 == found.times_sent(crowd)
    assert not found.together(5, 6)


def test_nobody_is_no_group() -> None:
    """A message without recipients is not learnt."""
    assert groups([]).state() == Groups().state()
