"""Who is on the same message as whom: the recipient sets of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanner.history.contacts import DAY, decayed

_HALF_LIFE = 60.0 * DAY
_PER_CONTACT = 40
_INDEXED_SIZE = 40
"""Larger sets are counted as a whole but do not say who belongs together."""


@dataclass(slots=True)
class Group:
    """One set of contacts that shared a message; `weight` halves every 60 days, as of `at`."""

    members: frozenset[int]
    weight: float
    at: float
    sent: int
    holders: int


class Groups:
    """The recipient sets of the past, bounded to the 40 latest of each contact."""

    def __init__(self) -> None:
        self._groups: dict[tuple[int, ...], Group] = {}
        self._of: dict[int, dict[tuple[int, ...], None]] = {}

    def count(self, *, least: int = 2) -> int:
        """Return how many sets of at least `least` people the owner has written to."""
        return sum(group.sent > 0 and len(key) >= least for key, group in self._groups.items())

    def learn(self, members: list[int], at: float, *, sent: bool) -> None:
        """Note one message among `members` (contact indexes); received ones count half."""
        if not members:
            return
        key = tuple(sorted(members))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(frozenset(key), 0.0, at, 0, 0)
        group.weight = decayed(group.weight, group.at, at, _HALF_LIFE) + (1.0 if sent else 0.5)
        group.at = max(group.at, at)
        group.sent += sent
        for member in key if len(key) <= _INDEXED_SIZE else key[:1]:
            held = self._of.setdefault(member, {})
            if key in held:
                del held[key]
            else:
                group.holders += 1
            held[key] = None
            if len(held) > _PER_CONTACT:
                self._drop(held)

    def _drop(self, held: dict[tuple[int, ...], None]) -> None:
        oldest = next(iter(held))
        del held[oldest]
        group = self._groups[oldest]
        group.holders -= 1
        if not group.holders:
            del self._groups[oldest]

    def times_sent(self, members: list[int]) -> int:
        """Return how often the owner wrote to exactly this set."""
        group = self._groups.get(tuple(sorted(members)))
        return group.sent if group is not None else 0

    def touching(self, members: frozenset[int], now: float) -> list[tuple[frozenset[int], float]]:
        """Return (set, weight as of `now`) of the sets of two to 40 that hold any of `members`."""
        found: dict[tuple[int, ...], None] = {}
        for member in sorted(members):
            found.update(self._of.get(member, {}))
        return [
            (group.members, decayed(group.weight, group.at, now, _HALF_LIFE))
            for group in (self._groups[key] for key in found)
            if 1 < len(group.members) <= _INDEXED_SIZE
        ]

    def together(self, one: int, other: int) -> bool:
        """Return whether two contacts ever shared a message, as far as is remembered."""
        return any(other in key for key in self._of.get(one, ()) if len(key) > 1)

    def state(self) -> list[Any]:
        """Return the sets as plain lists."""
        return [
            [[key, group.weight, group.at, group.sent, group.holders] for key, group in self._groups.items()],
            [[member, list(held)] for member, held in self._of.items()],
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Groups:
        """Return the sets that `state` was taken from."""
        groups = cls()
        rows, held = state
        for key, weight, at, sent, holders in rows:
            groups._groups[tuple(key)] = Group(frozenset(key), weight, at, sent, holders)
        groups._of = {member: {tuple(key): None for key in keys} for member, keys in held}
        return groups
