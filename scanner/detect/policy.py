"""When to tell the owner: the alert budget, the cold start, mutes, trusted and forbidden pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.detect.calibration import BASE_RATE, probability
from scanner.detect.verdict import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.detect.threshold import OwnerTail

CALMER = math.log(4.0)
"""Log-odds that a recipient must have more at a domain where the owner has just found all fine."""

NEAR_CERTAIN = 0.5
"""From this probability on a new mailbox is told too."""

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What the owner or the administrator decided.

    `alerts_per_1000` is the budget in alerts per 1,000 sent messages. A mailbox is new until
    `cold_start_messages` sent messages were learnt or its mail spans `cold_start_days`. A pair
    is two parties, each an address or a domain; the owner is a party too.
    """

    alerts_per_1000: float = 5.0
    cold_start_messages: int = 100
    cold_start_days: int = 14
    base_rate: float = BASE_RATE
    own_domains: frozenset[str] = frozenset()
    trusted_pairs: frozenset[tuple[str, str]] = frozenset()
    forbidden_pairs: frozenset[tuple[str, str]] = frozenset()
    muted: frozenset[str] = frozenset()


@dataclass(slots=True)
class Policy:
    """The decision for one message; mutes and calm domains are added as the owner gives them."""

    settings: PolicySettings
    muted: set[str] = field(default_factory=set)
    calm: set[str] = field(default_factory=set)

    def is_muted(self, address: str) -> bool:
        """Return whether the owner wants no alert about this recipient."""
        parties = (address, address.rpartition("@")[2])
        return any(party in self.settings.muted or party in self.muted for party in parties)

    def relief(self, address: str) -> float:
        """Return what is taken from the log-odds of a recipient before the decision; scores stay."""
        return CALMER if address.rpartition("@")[2] in self.calm else 0.0

    def trusted(self, address: str, parties: Sequence[str]) -> bool:
        """Return whether a pair that the owner trusts holds this recipient and another party."""
        return any(_pair_holds(pair, address, parties) for pair in self.settings.trusted_pairs)

    def forbidden(self, address: str, parties: Sequence[str]) -> tuple[str, str] | None:
        """Return the forbidden pair that this recipient makes with another party, None without one."""
        pairs = sorted(self.settings.forbidden_pairs)
        return next((pair for pair in pairs if _pair_holds(pair, address, parties)), None)

    def is_new(self, sent: int, span: float) -> bool:
        """Return whether a mailbox of `sent` messages over `span` seconds is still new."""
        return sent < self.settings.cold_start_messages and span < self.settings.cold_start_days * DAY

    def decide(self, log_odds: float | None, tail: OwnerTail, *, new: bool) -> tuple[Action, str]:
        """Return what to do about the most suspicious recipient that may cause an alert, and why.

        `log_odds` are calibrated at one in a thousand, None where no recipient may cause one.
        """
        if log_odds is None:
            return Action.SILENT, "no recipient may cause an alert"
        budget = self.settings.alerts_per_1000 / 1000.0
        share = tail.share(log_odds)
        rarity = f"such a score is expected in {1000.0 * share:.2g} of 1,000 messages"
        if share > budget:
            return Action.SILENT, f"{rarity}, the budget is {self.settings.alerts_per_1000:g}"
        if new and probability(log_odds, self.settings.base_rate) < NEAR_CERTAIN:
            return Action.SILENT, f"the mailbox is new; {rarity}"
        return Action.ALERT, f"{rarity}, the budget is {self.settings.alerts_per_1000:g}"


def _matches(party: str, wanted: str) -> bool:
    return party == wanted or party.rpartition("@")[2] == wanted


def _pair_holds(pair: tuple[str, str], address: str, parties: Sequence[str]) -> bool:
    one, other = pair
    others = [party for party in parties if party != address]
    return any(
        _matches(address, mine) and any(_matches(party, yours) for party in others)
        for mine, yours in ((one, other), (other, one))
    )
