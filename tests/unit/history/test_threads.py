"""Conversations, by reference and by subject."""

from __future__ import annotations

from scanner.history.threads import Thread, Threads

DAY = 86_400.0


def learn(
    threads: Threads,
    *,
    subject: int = 0,
    message: int = 0,
    parents: tuple[int, ...] = (),
    at: float = 0.0,
    people: tuple[int, ...] = (1,),
    sender: int = -1,
    answers: bool = False,
) -> None:
    """Note one message, with what matters to the test."""
    threads.learn(
        subject=subject,
        message=message,
        parents=parents,
        at=at,
        people=list(people),
        sender=sender,
        answers=answers,
    )


def people_of(thread: Thread | None) -> set[int]:
    """Who took part, nobody where there is no conversation."""
    return set(thread.people) if thread is not None else set()


def test_a_reference_continues_the_conversation_under_any_subject() -> None:
    """However long ago it was."""
    threads = Threads()
    learn(threads, subject=10, message=100, people=(1, 2))
    found = threads.find(99, (555, 100), 900 * DAY, answers=True)
    assert {1, 2} == people_of(found)


def test_a_subject_continues_what_did_not_rest_too_long() -> None:
    """After ninety days the same subject on a new message is another conversation; an answer is not."""
    threads = Threads()
    learn(threads, subject=10, people=(1,))
    assert {1} == people_of(threads.find(10, (), 90 * DAY, answers=False))
    assert threads.find(10, (), 91 * DAY, answers=False) is None
    assert {1} == people_of(threads.find(10, (), 91 * DAY, answers=True))


def test_a_message_without_subject_continues_nothing() -> None:
    """Two messages without subject have nothing to do with each other."""
    threads = Threads()
    learn(threads, subject=0, message=1)
    assert threads.find(0, (), 0.0, answers=True) is None


def test_who_was_on_it_and_who_was_on_the_latest_are_kept_apart() -> None:
    """Somebody who was left out lately is still part of it."""
    threads = Threads()
    learn(threads, subject=10, people=(1, 2), at=1.0)
    learn(threads, subject=10, people=(1, 3), at=2.0, sender=3, answers=True)
    thread = threads.find(10, (), 3.0, answers=True)
    assert thread is not None
    assert {1: 2.0, 2: 1.0, 3: 2.0} == thread.people
    assert ((1, 3), 3, 2, 2.0) == (thread.last, thread.last_sender, thread.messages, thread.at)


def test_a_reference_beats_the_subject() -> None:
    """An answer under a common subject belongs to what it answers."""
    threads = Threads()
    learn(threads, subject=10, message=100, people=(1,))
    learn(threads, subject=11, message=101, people=(2,))
    assert {1} == people_of(threads.find(11, (100,), 0.0, answers=True))


def test_the_latest_four_thousand_conversations_are_kept() -> None:
    """The longest at rest go first; the indexes are bounded with them."""
    threads = Threads()
    learn(threads, subject=1, message=1)
    for number in range(2, 20_000):
        learn(threads, subject=number, message=number, at=float(number))
        if number % 1000 == 0:
            learn(threads, subject=1, message=30_000 + number, at=float(number), answers=True)
    rows, subjects, messages, _ = threads.state()
    assert 4_000 == len(rows)
    assert len(subjects[0]) <= 16_000
    assert len(messages[0]) <= 16_000
    assert threads.find(1, (), 20_000.0, answers=True) is not None
    assert threads.find(2, (), 20_000.0, answers=True) is None
    assert threads.find(0, (2,), 20_000.0, answers=True) is None


def test_the_sixty_latest_people_of_a_conversation_are_kept() -> None:
    """An endless discussion of a list stays small."""
    threads = Threads()
    for number in range(300):
        learn(threads, subject=1, people=(number, 7777), at=float(number), answers=True)
    thread = threads.find(1, (), 300.0, answers=True)
    assert thread is not None
    assert 60 == len(thread.people)
    assert {7777, 299} <= set(thread.people)
    assert 0 not in thread.people


def test_all_at_one_moment_is_no_trouble() -> None:
    """Messages of the same second continue each other in the order in which they are learnt."""
    threads = Threads()
    for person in (1, 2, 3):
        learn(threads, subject=1, message=person, parents=(person - 1,), people=(person,), answers=True)
    thread = threads.find(1, (), 0.0, answers=True)
    assert {1, 2, 3} == people_of(thread)
