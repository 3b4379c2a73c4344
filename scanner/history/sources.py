"""To whom the owner passes on what somebody wrote: quoted sender -> recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.history.contacts import DAY, decayed

if TYPE_CHECKING:
    from collections.abc import Iterable

_HALF_LIFE = 180.0 * DAY
_SOURCES = 2_000
_RECIPIENTS = 32


class Sources:
    """Recency-weighted counts of who received mail that quotes a sender, by the sender's hashes.

    A weight halves every 180 days. The 2,000 senders quoted last are kept, 32 recipients of each.
    """

    def __init__(self) -> None:
        self._of: dict[int, dict[int, tuple[float, float]]] = {}

    def learn(self, source: Iterable[int], people: list[int], at: float) -> None:
        """Note that mail quoting `source` (hashes of one sender) went to `people` (contact indexes)."""
        for key in source:
            held = self._of.pop(key, {})
            for person in people:
                weight, since = held.pop(person, (0.0, at))
                held[person] = (decayed(weight, since, at, _HALF_LIFE) + 1.0, max(since, at))
                if len(held) > _RECIPIENTS:
                    del held[next(iter(held))]
            self._of[key] = held
            if len(self._of) > _SOURCES:
                del self._of[next(iter(self._of))]

    def receivers(self, source: Iterable[int], now: float) -> dict[int, float]:
        """Return contact index -> weight, as of `now`, of having received mail that quotes `source`."""
        found: dict[int, float] = {}
        for key in source:
            for person, (weight, since) in self._of.get(key, {}).items():
                found[person] = max(found.get(person, 0.0), decayed(weight, since, now, _HALF_LIFE))
        return found

    def state(self) -> list[Any]:
        """Return the counts as plain lists."""
        return [
            [key, [[person, weight, since] for person, (weight, since) in held.items()]]
            for key, held in self._of.items()
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Sources:
        """Return the counts that `state` was taken from."""
        sources = cls()
        for key, held in state:
            sources._of[key] = {person: (weight, since) for person, weight, since in held}
        return sources
