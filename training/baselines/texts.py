"""TF-IDF over the messages of one mailbox: nearest neighbours and centroids of people.

Source: Carvalho and Cohen, 'Preventing Information Leaks in Email' (SIAM SDM 2007) and 'Ranking
Users for Intelligent Message Addressing' (ECIR 2008). A message stands for the people it went to,
a received one for its sender. The terms are the project's own hashed stems, so both baselines
see the same words as the detector does.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from training.baselines.growing import Growing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NEIGHBOURS = 30
_REFRESH = 1.25
"""Lengths are worked out anew whenever there are a quarter more messages: the weights drift."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like one text is to what each person was written (or wrote).

    `centroid` and `sent_centroid` are cosines by person, to the centroid of all their messages and
    of the sent ones alone; `near` is the share of each person (few) in the similarity of the 30
    nearest messages.
    """

    centroid: NDArray[np.float64]
    sent_centroid: NDArray[np.float64]
    near: Mapping[int, float]


class Texts:
    """The messages of a mailbox as TF-IDF vectors; people are numbers from 0.

    Length-normalised vectors; a term's weight is its damped count times log((N + 1) / (df + 0.5))
    as of now. A person's centroid is the mean of their messages' unit vectors; its length follows
    from the similarities of each message to those before it.
    """

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._holders: list[array[int]] = []
        self._counts: list[array[float]] = []
        self._flat_term, self._flat_doc, self._flat_count = array("i"), array("i"), array("f")
        self._lengths = Growing()
        self._people: list[tuple[int, ...]] = []
        self._pair_doc, self._pair_who, self._pair_sent = array("i"), array("i"), array("f")
        self._centre, self._sent_centre = Growing(), Growing()
        self._fresh = 40.0
        self._seen: tuple[Mapping[int, float], NDArray[np.float64], Likeness] | None = None

    def __len__(self) -> int:
        return len(self._lengths)

    def likeness(self, terms: Mapping[int, float]) -> Likeness:
        """Return how like a text (term -> damped count) is to every person's messages so far."""
        if self._seen is None or self._seen[0] != terms:
            similar = self._similar(terms)
            self._seen = (terms, similar, self._likeness(similar))
        return self._seen[2]

    def learn(self, terms: Mapping[int, float], people: Sequence[int], *, sent: bool) -> None:
        """Add a message to or from `people`, each of them known or the next number."""
        self.likeness(terms)
        similar = self._seen[1] if self._seen is not None else np.empty(0)
        doc = len(self)
        for who in people:
            while len(self._centre) <= who:
                self._centre.append(0.0)
                self._sent_centre.append(0.0)
        if terms:
            sums, sent_sums = self._sums(similar)
            for who in people:
                self._centre.all[who] += 1.0 + 2.0 * sums[who]
                if sent:
                    self._sent_centre.all[who] += 1.0 + 2.0 * sent_sums[who]
        for term, count in terms.items():
            place = self._places.setdefault(term, len(self._places))
            if place == len(self._holders):
                self._holders.append(array("i"))
                self._counts.append(array("f"))
            self._holders[place].append(doc)
            self._counts[place].append(count)
            self._flat_term.append(place)
            self._flat_doc.append(doc)
            self._flat_count.append(count)
        for who in people:
            self._pair_doc.append(doc)
            self._pair_who.append(who)
            self._pair_sent.append(float(sent))
        self._lengths.append(self._length(terms))
        self._people.append(tuple(people))
        self._seen = None
        if len(self) > self._fresh:
            self._fresh = len(self) * _REFRESH
            self._refresh()

    def _weight(self, holders: int) -> float:
        return math.log((len(self) + 1.0) / (holders + 0.5)) if holders <= len(self) else 0.0

    def _length(self, terms: Mapping[int, float]) -> float:
        total = 0.0
        for term, count in terms.items():
            place = self._places.get(term)
            total += (count * self._weight(len(self._holders[place]) if place is not None else 0)) ** 2
        return math.sqrt(total) or 1.0

    def _similar(self, terms: Mapping[int, float]) -> NDArray[np.float64]:
        """Return the cosine of a text to every message so far."""
        found = np.zeros(len(self))
        for term, count in terms.items():
            place = self._places.get(term)
            if place is not None:
                holders = self._holders[place]
                scale = count * self._weight(len(holders)) ** 2
                found[_whole(holders)] += scale * _real(self._counts[place])
        return np.asarray(found / (self._lengths.all * self._length(terms)))

    def _sums(self, similar: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the sum of similarities by person, over all their messages and over the sent ones."""
        each = similar[_whole(self._pair_doc)]
        who, size = _whole(self._pair_who), len(self._centre)
        sums: NDArray[np.float64] = np.bincount(who, each, size).astype(np.float64)
        sent: NDArray[np.float64] = np.bincount(who, each * _real(self._pair_sent), size).astype(np.float64)
        return sums, sent

    def _likeness(self, similar: NDArray[np.float64]) -> Likeness:
        sums, sent_sums = self._sums(similar)
        centre, sent_centre = self._centre.all, self._sent_centre.all
        return Likeness(
            sums / np.sqrt(np.maximum(centre, 1e-12)),
            sent_sums / np.sqrt(np.maximum(sent_centre, 1e-12)),
            self._near(similar),
        )

    def _near(self, similar: NDArray[np.float64]) -> dict[int, float]:
        nearest = (
            np.argpartition(-similar, NEIGHBOURS)[:NEIGHBOURS]
            if len(similar) > NEIGHBOURS
            else np.arange(len(similar))
        )
        shares: dict[int, float] = {}
        total = float(similar[nearest].sum())
        if total <= 0.0:
            return shares
        for doc in nearest.tolist():
            for who in self._people[doc]:
                shares[who] = shares.get(who, 0.0) + float(similar[doc]) / total
        return shares

    def _refresh(self) -> None:
        """Work out the lengths of messages and centroids with the weights of now."""
        holders = np.array([len(one) for one in self._holders])
        weights = np.log((len(self) + 1.0) / (holders + 0.5))
        doc, term = _whole(self._flat_doc), _whole(self._flat_term)
        values = _real(self._flat_count) * weights[term]
        lengths = np.sqrt(np.bincount(doc, values**2, len(self)))
        lengths[lengths == 0.0] = 1.0
        self._lengths.all[:] = lengths
        rows = csr_matrix((values / lengths[doc], (doc, term)), shape=(len(self), len(holders)))
        shape = (len(self._centre), len(self))
        pairs = (_whole(self._pair_who), _whole(self._pair_doc))
        ones = np.ones(len(self._pair_doc))
        for centre, kept in ((self._centre, ones), (self._sent_centre, _real(self._pair_sent))):
            sums = csr_matrix((kept, pairs), shape=shape) @ rows
            centre.all[:] = np.asarray(sums.multiply(sums).sum(axis=1)).ravel()


def _whole(numbers: array[int]) -> NDArray[np.int32]:
    """Return a view of 32-bit whole numbers."""
    return np.frombuffer(numbers, np.int32)


def _real(numbers: array[float]) -> NDArray[np.float32]:
    """Return a view of 32-bit real numbers."""
    return np.frombuffer(numbers, np.float32)
