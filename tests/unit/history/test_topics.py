"""What is written about with whom."""

from __future__ import annotations

import math

import pytest

from scanner.history.topics import Topics


def test_the_nearest_message_is_the_one_of_the_same_words() -> None:
    """The cosine of a message with itself is near 1, with others less, without a shared word none."""
    topics = Topics()
    topics.learn({1: 1.0, 2: 1.0, 3: 1.0}, [10])
    topics.learn({3: 1.0, 4: 1.0, 5: 1.0}, [20])
    topics.learn({6: 1.0, 7: 1.0}, [30])
    found = topics.neighbours(topics.query({1: 1.0, 2: 1.0, 3: 1.0}))
    assert [(10,), (20,)] == [people for _, people in found]
    # Weights are frozen when a message is learnt, and the frequencies have moved on since.
    assert 1.0 == pytest.approx(found[0][0], abs=0.05)
    assert found[0][0] > 2 * found[1][0]


def test_the_later_of_two_equal_messages_comes_first() -> None:
    """So that the order never depends on chance."""
    topics = Topics()
    for person in (10, 20, 30):
        topics.learn({1: 1.0, 2: 1.0}, [person])
    same = topics.neighbours([(1, 1.0)])
    assert [cosine for cosine, _ in same] == sorted((cosine for cosine, _ in same), reverse=True)
    assert 3 == len(same)


def test_a_rare_word_weighs_more_than_one_of_every_message() -> None:
    """Inverse document frequency, never quite nothing."""
    topics = Topics()
    for number in range(50):
        topics.learn({1: 1.0, 100 + number: 1.0}, [0])
    assert topics.idf(100) > topics.idf(1) >= 0.05
    assert topics.idf(999) > topics.idf(100)
    weights = dict(topics.query({1: 1.0, 100: 1.0}))
    assert weights[100] > 5 * weights[1]


def test_a_query_has_the_length_of_one() -> None:
    """And at most 32 terms, the heaviest."""
    topics = Topics()
    topics.learn(dict.fromkeys(range(5), 1.0), [0])
    assert 1.0 == pytest.approx(math.hypot(*(weight for _, weight in topics.query({1: 2.0, 2: 1.0, 9: 1.0}))))
    many = {term: 1.0 + term for term in range(100, 200)}
    assert set(range(168, 200)) == {term for term, _ in topics.query(many)}
    assert [] == topics.query({})


def test_the_rate_of_a_word_is_its_share_of_all() -> None:
    """Smoothed: also a word that never occurred has one."""
    topics = Topics()
    topics.learn({1: 1.0, 2: 1.0}, [0])
    topics.learn({1: 1.0}, [0])
    assert topics.rate(1) > topics.rate(2) > topics.rate(3) > 0.0
    assert 3 == topics.mass


def test_of_a_term_the_latest_messages_are_kept() -> None:
    """And of messages four thousand: a word of every mail does not make the index grow."""
    topics = Topics()
    for number in range(5_000):
        topics.learn({1: 1.0, 2 + number % 7: 1.0}, [number])
    _, _, _, people, postings = topics.state()
    assert 4_000 == len(people[0])
    assert max(map(len, postings[1])) <= 48
    assert {(number,) for number in range(4_990, 5_000)} & {
        found for _, found in topics.neighbours([(1, 1.0)])
    }


def test_a_crowd_is_remembered_by_its_first_forty() -> None:
    """A message to thousands takes no more room than one to forty."""
    topics = Topics()
    topics.learn({1: 1.0}, list(range(5_000)))
    assert 40 == len(topics.neighbours([(1, 1.0)])[0][1])


@pytest.mark.parametrize("times", [1, 2])
def test_the_vocabulary_is_bounded(times: int) -> None:
    """Words that came once or twice are forgotten when there are too many, those of every mail never."""
    topics = Topics()
    for number in range(450):
        start = 1_000 + 160 * number
        for _ in range(times):
            topics.learn({1: 1.0, **dict.fromkeys(range(start, start + 160), 1.0)}, [number])
    assert len(topics.frequency) <= 60_000
    assert len(topics.state()[4][0]) <= 60_000
    assert 450 * times == topics.frequency[1]
    assert sum(topics.frequency.values()) == topics.mass
    # The latest words are known, the oldest are gone.
    assert times == topics.frequency[1_000 + 160 * 449]
    assert 1_001 not in topics.frequency
