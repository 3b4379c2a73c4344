"""Recall owner by owner, at the threshold of all owners."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from training.evaluation import RATES, scored
from training.report.recall import SEVEN, Recalls, draws, groups, messages, spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case


def per_owner(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], owners: Sequence[str], *, seed: int = 0
) -> dict[str, Any]:
    """Return owner -> rate -> [recall of strata 1-7, low, high], the interval over the owner's messages."""
    counts = scored(cases)
    marked = messages(cases, scores)
    levels = Recalls(marked).levels(np.ones(marked.owners, dtype=np.int64), RATES)
    name = np.array([case.owner for case in cases])[counts]
    ordinal = np.array([case.ordinal for case in cases])[counts]
    found: dict[str, Any] = {}
    for owner in owners:
        mine = marked.chosen(name == owner)
        # Each message stands for itself and what was simulated of it, as an owner does elsewhere.
        number, place = np.unique(ordinal[name == owner], return_inverse=True)
        recalls = Recalls(replace(mine, owner=place.astype(np.int16), owners=len(number)))
        values = []
        for drawn in draws(len(number), seed=seed) if len(number) else ():
            shares = recalls.found(drawn, levels)
            there = [shares[part] for part in groups()[SEVEN] if part in shares]
            values.append(np.mean(there, axis=0) if there else np.full(len(RATES), np.nan))
        if values:
            rows = spans(np.stack(values)).tolist()
            found[owner] = {f"{rate:g}": row for rate, row in zip(RATES, rows, strict=True)}
    return found
