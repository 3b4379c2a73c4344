"""Which recipient: the rate per recipient, the first of a message, and the person meant."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from training.evaluation import SCORED_FROM
from training.fitting import folds
from training.leaks import WHOLE
from training.meant import fit_meant, options
from training.report.recall import Recalls, recipients, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

FALSE_POSITIVES = 5.0
"""Per 1,000 recipients of clean messages: half a per cent."""

_SEVERAL = 2


def true_positives(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], *, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Return pool -> [share of wrong recipients found at 0.5 % false positives, low, high].

    Negatives are the recipients of clean messages; those of corrupted ones who are right count neither way.
    """
    table = Recalls(recipients(cases, scores)).table((FALSE_POSITIVES,), seed=seed)
    return {name: values[0] for name, values in table.items()}


def first_hit(case: Case, score: NDArray[np.float64]) -> float:
    """Return 1 where the highest score is the wrong recipient's; of equals, the share that are wrong."""
    return float(case.wrong[score == score.max()].mean())


def precision_at_1(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], *, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Return "all" and each stratum -> [share, low, high] of mistakes whose wrong recipient comes first.

    Over mistakes with one wrong recipient of several that count.
    """
    owners = _numbers(cases)
    rows = [
        (case.stratum, first_hit(case, score), owners[case.owner])
        for case, score in zip(cases, scores, strict=True)
        if case.place >= SCORED_FROM and case.stratum and case.stratum not in WHOLE and len(score) >= _SEVERAL
    ]
    return _by_stratum(rows, len(owners), seed)


def person_meant(cases: Sequence[Case], *, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Return "all" and each stratum -> [share, low, high] of mistakes whose `meant` is the right person.

    The weights are fitted on the other half of the owners.
    """
    owners = _numbers(cases)
    rows: list[tuple[int, float, int]] = []
    for held in folds(list(owners), 2):
        train = [case for case in cases if case.owner not in held]
        if not train:
            continue
        weights = fit_meant(train)
        for case in cases:
            if case.owner in held and case.meant_known and case.stratum and case.place >= SCORED_FROM:
                right = case.meant >= 0 and int(np.argmax(options(case) @ weights)) == case.meant
                rows.append((case.stratum, float(right), owners[case.owner]))
    return _by_stratum(rows, len(owners), seed)


def _numbers(cases: Sequence[Case]) -> dict[str, int]:
    return {owner: number for number, owner in enumerate(dict.fromkeys(case.owner for case in cases))}


def _by_stratum(
    rows: Sequence[tuple[int, float, int]], owners: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    parts: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for stratum, hit, owner in sorted(rows):
        parts["all"].append((hit, owner))
        parts[str(stratum)].append((hit, owner))
    return {
        name: share(np.array([hit for hit, _ in part]), np.array([o for _, o in part]), owners, seed=seed)
        for name, part in parts.items()
    }
