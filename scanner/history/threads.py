"""Conversations: who took part, by reference and by subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanner.history.contacts import DAY

_LIMIT = 4_000
_PEOPLE = 60
_SILENCE = 90.0 * DAY
"""A subject that rested longer starts a new conversation."""


@dataclass(slots=True)
class Thread:
    """One conversation: `people` maps contact index to the time last on it, `last*` is its latest message."""

    people: dict[int, float]
    at: float
    last: tuple[int, ...]
    last_sender: int
    messages: int


class Threads:
    """The latest 4,000 conversations, found by Message-ID hash or by subject hash."""

    def __init__(self) -> None:
        self._threads: dict[int, Thread] = {}
        self._by_subject: dict[int, int] = {}
        self._by_message: dict[int, int] = {}
        self._next = 0

    def find(self, subject: int, parents: tuple[int, ...], at: float, *, answers: bool) -> Thread | None:
        """Return the conversation that a message continues, None for a new one.

        References decide first; a shared subject counts where the message `answers` or the
        subject is not older than 90 days.
        """
        for parent in parents:
            number = self._by_message.get(parent)
            if number is not None and number in self._threads:
                return self._threads[number]
        number = self._by_subject.get(subject) if subject else None
        if number is None or number not in self._threads:
            return None
        thread = self._threads[number]
        return thread if answers or at - thread.at <= _SILENCE else None

    def learn(
        self,
        *,
        subject: int,
        message: int,
        parents: tuple[int, ...],
        at: float,
        people: list[int],
        sender: int,
        answers: bool,
    ) -> None:
        """Note one message; `sender` is a contact index, -1 for the owner."""
        thread = self.find(subject, parents, at, answers=answers)
        if thread is None:
            number = self._next
            self._next += 1
            thread = self._threads[number] = Thread({}, at, (), -1, 0)
            if len(self._threads) > _LIMIT:
                del self._threads[next(iter(self._threads))]
        else:
            number = self._number(thread, subject, parents)
            self._threads[number] = self._threads.pop(number)
        for person in people[:_PEOPLE]:
            thread.people.pop(person, None)
            thread.people[person] = at
        while len(thread.people) > _PEOPLE:
            del thread.people[next(iter(thread.people))]
        thread.at = max(thread.at, at)
        thread.last = tuple(people[:_PEOPLE])
        thread.last_sender = sender
        thread.messages += 1
        self._remember(self._by_subject, subject, number)
        self._remember(self._by_message, message, number)

    def _number(self, thread: Thread, subject: int, parents: tuple[int, ...]) -> int:
        for parent in parents:
            number = self._by_message.get(parent)
            if number is not None and self._threads.get(number) is thread:
                return number
        return self._by_subject[subject]

    @staticmethod
    def _remember(index: dict[int, int], key: int, number: int) -> None:
        if not key:
            return
        index.pop(key, None)
        index[key] = number
        if len(index) > 4 * _LIMIT:
            del index[next(iter(index))]

    def state(self) -> list[Any]:
        """Return the conversations as plain lists."""
        return [
            [
                [number, list(t.people), list(t.people.values()), t.at, t.last, t.last_sender, t.messages]
                for number, t in self._threads.items()
            ],
            [list(self._by_subject), list(self._by_subject.values())],
            [list(self._by_message), list(self._by_message.values())],
            self._next,
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Threads:
        """Return the conversations that `state` was taken from."""
        threads = cls()
        rows, subjects, messages, threads._next = state
        for number, people, times, at, last, sender, count in rows:
            threads._threads[number] = Thread(
                dict(zip(people, times, strict=True)), at, tuple(last), sender, count
            )
        threads._by_subject = dict(zip(*subjects, strict=True))
        threads._by_message = dict(zip(*messages, strict=True))
        return threads
