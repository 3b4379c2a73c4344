"""The wrong Bob: whether the others on a message suggest a recipient, or somebody of the same name.

Source: Roth et al., 'Suggesting Friends Using the Implicit Social Graph' (KDD 2010). A group is
the exact set of people of a message, sent or received. Its weight counts its messages, an own one
more than a received one, each halved per half-life. Leave one recipient out: the others are the
seed, and every group that shares people with the seed speaks for its members, by its weight times
the number of people shared. Where the recipient is not among those spoken for, but somebody of a
like name is, that one was probably meant.

The paper leaves half-life and the worth of own mail to be tuned, and likeness of names open. Here:
30 days and five, and a name in common (of display name or address).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.history.contacts import DAY, decayed
from scanner.message.names import address_name_tokens, name_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

HALF_LIFE = 30.0 * DAY
OWN = 5.0
_GROUPS = 300
_NAMESAKES = 100
_LARGEST = 60
"""A set of more people is a list, not a group."""


class ImplicitGraph:
    """Groups of people by number, and who bears which name."""

    def __init__(self) -> None:
        self._numbers: dict[frozenset[int], int] = {}
        self._weights: list[float] = []
        self._at: list[float] = []
        self._groups: dict[int, dict[int, None]] = {}
        self._names: dict[int, set[str]] = {}
        self._bearers: dict[str, list[int]] = {}

    def name(self, who: int, address: str, name: str) -> None:
        """Note how a person is called."""
        known = self._names.setdefault(who, set())
        for token in _tokens(address, name) - known:
            known.add(token)
            self._bearers.setdefault(token, []).append(who)

    def learn(self, people: Sequence[int], at: float, *, sent: bool) -> None:
        """Add the group of one message at a time (seconds)."""
        group = frozenset(people)
        if not 2 <= len(group) <= _LARGEST:
            return
        number = self._numbers.setdefault(group, len(self._weights))
        if number == len(self._weights):
            self._weights.append(0.0)
            self._at.append(at)
        gain = OWN if sent else 1.0
        self._weights[number] = decayed(self._weights[number], self._at[number], at, HALF_LIFE) + gain
        self._at[number] = max(self._at[number], at)
        for who in group:
            mine = self._groups.setdefault(who, {})
            mine.pop(number, None)
            mine[number] = None
            if len(mine) > _GROUPS:
                del mine[next(iter(mine))]

    def suspicion(self, recipients: Sequence[tuple[int, str, str]], now: float) -> list[float]:
        """Return by recipient (number or -1, address, name) how much speaks for a swap.

        Between 0 and 1 where a namesake should stand there: the namesake's share of what the others
        suggest; 0 where nobody of that name is suggested or the message has no other recipient;
        down to -1 for a recipient who is suggested.
        """
        present = {who for who, _, _ in recipients if who >= 0}
        shared: dict[int, int] = {}
        for who in present:
            for group in self._groups.get(who, ()):
                shared[group] = shared.get(group, 0) + 1
        if len(recipients) < 2 or not shared:
            return [0.0] * len(recipients)
        weights = {g: decayed(self._weights[g], self._at[g], now, HALF_LIFE) for g in shared}
        return [self._one(recipient, present, shared, weights) for recipient in recipients]

    def _one(
        self,
        recipient: tuple[int, str, str],
        present: set[int],
        shared: dict[int, int],
        weights: dict[int, float],
    ) -> float:
        who, address, name = recipient
        mine = self._groups.get(who, {})
        total = sum(weights[g] * (count - (g in mine)) for g, count in shared.items())
        if total <= 0.0:
            return 0.0
        own = sum(weights[g] * (shared[g] - 1) for g in mine if g in shared)
        if own > 0.0:
            return -own / total
        best = 0.0
        for other in self._namesakes(who, address, name) - present:
            spoken = sum(
                weights[g] * (shared[g] - (g in mine)) for g in self._groups.get(other, ()) if g in shared
            )
            best = max(best, spoken / total)
        return best

    def _namesakes(self, who: int, address: str, name: str) -> set[int]:
        tokens = self._names.get(who, set()) | _tokens(address, name)
        return {one for token in tokens for one in self._bearers.get(token, ())[-_NAMESAKES:]}


def _tokens(address: str, name: str) -> set[str]:
    local = address.rpartition("@")[0]
    return {token for token in (*address_name_tokens(local), *name_tokens(name)) if len(token) > 1}
