"""What is written about with whom: nearest earlier messages and document frequencies."""

from __future__ import annotations

import heapq
import math
from typing import Any

_MESSAGES = 4_000
_POSTINGS = 48
_QUERY_TERMS = 32
_NEIGHBOURS = 30
_VOCABULARY = 60_000
_PEOPLE = 40


class Topics:
    """Inverted index over the latest 4,000 messages, 48 messages a term; document frequencies."""

    def __init__(self) -> None:
        self.documents = 0
        self.frequency: dict[int, int] = {}
        self.mass = 0
        self._people: dict[int, tuple[int, ...]] = {}
        self._postings: dict[int, list[tuple[int, float]]] = {}

    def idf(self, term: int) -> float:
        """Return the inverse document frequency of a term in this mailbox, at least 0.05."""
        return max(0.05, math.log((self.documents + 1.0) / (self.frequency.get(term, 0) + 0.5)))

    def rate(self, term: int) -> float:
        """Return the share of a term among all term occurrences of this mailbox, smoothed."""
        return (self.frequency.get(term, 0) + 0.5) / (self.mass + 1.0)

    def query(self, terms: dict[int, float]) -> list[tuple[int, float]]:
        """Return the 32 heaviest (term, unit-length weight) of a message."""
        weighed = [(value * self.idf(term), term) for term, value in terms.items()]
        norm = math.sqrt(math.fsum(weight * weight for weight, _ in weighed)) or 1.0
        heaviest = heapq.nsmallest(_QUERY_TERMS, weighed, key=lambda pair: -pair[0])
        return [(term, weight / norm) for weight, term in heaviest]

    def neighbours(self, query: list[tuple[int, float]]) -> list[tuple[float, tuple[int, ...]]]:
        """Return (cosine, people) of the 30 nearest earlier messages, nearest first."""
        similar: dict[int, float] = {}
        for term, weight in query:
            for number, other in self._postings.get(term, ()):
                similar[number] = similar.get(number, 0.0) + weight * other
        people = self._people
        nearest = heapq.nsmallest(_NEIGHBOURS, similar.items(), key=lambda pair: (-pair[1], -pair[0]))
        return [(cosine, people[number]) for number, cosine in nearest if number in people]

    def learn(self, terms: dict[int, float], people: list[int]) -> None:
        """Note one message among `people` (contact indexes)."""
        number = self.documents
        for term, weight in self.query(terms):
            postings = self._postings.setdefault(term, [])
            postings.append((number, weight))
            if len(postings) > _POSTINGS:
                del postings[0]
        self._people[number] = tuple(people[:_PEOPLE])
        self._people.pop(number - _MESSAGES, None)
        self.documents += 1
        frequency = self.frequency
        for term in terms:
            frequency[term] = frequency.get(term, 0) + 1
        self.mass += len(terms)
        if len(frequency) > _VOCABULARY:
            self._forget_rare()

    def _forget_rare(self) -> None:
        """Forget a quarter of the vocabulary: the rarest terms, of those the ones first met longest ago."""
        excess = len(self.frequency) - _VOCABULARY * 3 // 4
        for term in sorted(self.frequency, key=self.frequency.__getitem__)[:excess]:
            self.mass -= self.frequency.pop(term)
            self._postings.pop(term, None)

    def state(self) -> list[Any]:
        """Return the index as plain lists."""
        return [
            self.documents,
            self.mass,
            [list(self.frequency), list(self.frequency.values())],
            [list(self._people), list(self._people.values())],
            [list(self._postings), list(self._postings.values())],
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Topics:
        """Return the index that `state` was taken from."""
        topics = cls()
        topics.documents, topics.mass, frequency, people, postings = state
        topics.frequency = dict(zip(*frequency, strict=True))
        topics._people = {number: tuple(members) for number, members in zip(*people, strict=True)}
        topics._postings = {
            term: [(number, weight) for number, weight in pairs]
            for term, pairs in zip(*postings, strict=True)
        }
        return topics
