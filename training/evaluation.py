"""Measures that count only at a low false-alarm rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.leaks import STRATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

RATES = (1.0, 2.0, 5.0, 10.0)
"""False alerts per 1,000 clean sent messages at which recall is stated."""

SCORED_FROM = 0.3
"""The first part of a mailbox only learns."""


def threshold(clean: NDArray[np.float64], rate: float) -> float:
    """Return the lowest score that at most `rate` in 1,000 of the clean message scores exceed."""
    allowed = int(np.floor(len(clean) * rate / 1000.0))
    return float(np.sort(clean)[::-1][min(allowed, len(clean) - 1)]) if len(clean) else 0.0


def message_scores(scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return each message's score: the highest of its recipients'."""
    return np.array([score.max() if len(score) else -np.inf for score in scores])


def scored(cases: Sequence[Case]) -> NDArray[np.bool_]:
    """Return which cases count: those in the last 70 % of their mailbox."""
    return np.array([case.place >= SCORED_FROM for case in cases])


def recall_table(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], rates: Sequence[float] = RATES
) -> dict[str, dict[float, float]]:
    """Return recall by stratum and rate, and pooled with equal weight for strata 1-7, all, and each mode."""
    top, counts = message_scores(scores), scored(cases)
    stratum = np.array([case.stratum for case in cases])
    mode = np.array([case.mode for case in cases])
    clean = top[counts & (stratum == 0)]
    levels = {rate: threshold(clean, rate) for rate in rates}

    def recall(mask: NDArray[np.bool_], rate: float) -> float:
        found = top[mask & counts]
        return float((found > levels[rate]).mean()) if len(found) else float("nan")

    table: dict[str, dict[float, float]] = {}
    for number, name in STRATA.items():
        for which in ("add", "replace", ""):
            mask = (stratum == number) & ((mode == which) if which else True)
            if (mask & counts).any():
                table[f"{number} {name}{' / ' + which if which else ''}"] = {
                    r: recall(mask, r) for r in rates
                }

    def pooled(numbers: Sequence[int], which: str = "") -> dict[float, float]:
        masks = [(stratum == n) & ((mode == which) if which else True) for n in numbers]
        masks = [mask for mask in masks if (mask & counts).any()]
        return {
            r: float(np.mean([recall(mask, r) for mask in masks])) if masks else float("nan") for r in rates
        }

    table["strata 1-7"] = pooled(range(1, 8))
    table["strata 1-7 / add"] = pooled(range(1, 8), "add")
    table["strata 1-7 / replace"] = pooled(range(1, 8), "replace")
    table["all eleven"] = pooled(list(STRATA))
    return table
