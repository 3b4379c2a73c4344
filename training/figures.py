"""The shipped alert policy over scored cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.calibration import Calibration
from scanner.detect.threshold import OwnerTail, Tail
from training.evaluation import SCORED_FROM, message_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case


def alerts(
    cases: Sequence[Case], top: NDArray[np.float64], calibration: Calibration, tail: Tail, budget: float
) -> NDArray[np.bool_]:
    """Return which messages the policy tells of at `budget` alerts per 1,000, given their raw scores.

    The owner's own score history grows with each clean message, as in the daemon; what is
    simulated of a message is judged by the history before it. Cases of one owner stand in order.
    """
    told = np.zeros(len(cases), dtype=bool)
    tails: dict[str, OwnerTail] = {}
    waiting: dict[str, float] = {}
    for place, (case, raw) in enumerate(zip(cases, top, strict=True)):
        own = tails.setdefault(case.owner, OwnerTail(tail))
        odds = calibration.log_odds(float(raw))
        if not case.stratum:
            if case.owner in waiting:
                own.learn(waiting[case.owner])
            waiting[case.owner] = odds
        told[place] = own.share(odds) <= budget / 1000.0
    return told


def false_alarms(
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    calibration: Calibration,
    tail: Tail,
    budget: float,
) -> dict[str, tuple[int, int]]:
    """Return owner -> (alerts, clean messages) of the policy at `budget` alerts per 1,000."""
    told = alerts(cases, message_scores(scores), calibration, tail, budget)
    return count_alarms(cases, told)


def count_alarms(cases: Sequence[Case], told: NDArray[np.bool_]) -> dict[str, tuple[int, int]]:
    """Return owner -> (alerts, clean messages) of the messages that count."""
    found: dict[str, tuple[int, int]] = {}
    for case, alert in zip(cases, told.tolist(), strict=True):
        if not case.stratum and case.place >= SCORED_FROM:
            count, clean = found.get(case.owner, (0, 0))
            found[case.owner] = count + alert, clean + 1
    return found
