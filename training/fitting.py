"""Fitting: which rows teach what, with which weight, and scores on owners never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from scanner.detect.classifier import Classifier, Rows, fit_classifier
from scanner.detect.features.extract import complete
from scanner.detect.features.table import NAMES
from training.ranker import fit_ranker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

POSITIVE_SHARE = 0.1
"""Weight of all mistakes together over that of all clean rows."""

_SLIP = 2
_KNOWN = 0.69
"""Log of one plus the mail exchanged: at least one message."""

STRATUM_WEIGHT = {9: 0.2, 11: 0.3}
"""Strata that concern the whole message: most of their rows look right, so they teach gently."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A ranker and the classifier that was fitted on what follows from it."""

    ranker: NDArray[np.float64]
    classifier: Classifier

    def score(self, cases: Sequence[Case]) -> list[NDArray[np.float64]]:
        """Return the raw log-odds of every recipient of every case."""
        rows = [complete(case.numbers, self.ranker) for case in cases]
        raw = self.classifier.decision(np.concatenate(rows))
        ends = np.cumsum([len(part) for part in rows])[:-1]
        return list(np.split(raw, ends))


def coarse(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows rounded to seven bits of mantissa: no tree needs more, and they pack well."""
    bits = rows.astype(np.float16).view(np.uint16) & np.uint16(0xFFF8)
    return bits.view(np.float16).astype(np.float32)


def _slips(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows of clean mail look like a slip of the finger: there the corpus holds real mistakes.

    An address never written to within two edits of one that is. What people got wrong
    must not teach that it is right.
    """
    never, near, volume = (rows[:, NAMES.index(name)] for name in ("never_mailed", "near", "near_volume"))
    found: NDArray[np.bool_] = (never == 1.0) & (near <= _SLIP) & (volume > _KNOWN)
    return found


def teaching_rows(cases: Sequence[Case], ranker: NDArray[np.float64], owners: dict[str, int]) -> Rows:
    """Return the rows to fit on: all of clean messages, of corrupted ones only the wrong recipients.

    The right recipients of a corrupted message are left out: they are neither. A clean message
    of n recipients weighs the square root of n; a stratum weighs what `STRATUM_WEIGHT` says,
    within it every message the same; the mistakes together weigh a tenth of the clean rows.
    """
    parts: list[NDArray[np.float64]] = []
    labels: list[int] = []
    weights: list[float] = []
    strata: list[int] = []
    owner: list[int] = []
    messages: list[int] = []
    for number, case in enumerate(cases):
        rows = complete(case.numbers, ranker)
        rows = rows[case.wrong] if case.stratum else rows[~_slips(rows)]
        count = len(rows)
        if not count:
            continue
        parts.append(rows)
        labels += [int(case.stratum > 0)] * count
        weights += [1.0 / count if case.stratum else count**-0.5] * count
        strata += [case.stratum] * count
        owner += [owners[case.owner]] * count
        messages += [number] * count
    weight, kind = np.array(weights), np.array(strata)
    present = [stratum for stratum in np.unique(kind) if stratum]
    total = sum(STRATUM_WEIGHT.get(int(stratum), 1.0) for stratum in present)
    for stratum in present:
        mask = kind == stratum
        share = STRATUM_WEIGHT.get(int(stratum), 1.0) / total
        weight[mask] *= POSITIVE_SHARE * weight[kind == 0].sum() * share / weight[mask].sum()
    return Rows(
        coarse(np.concatenate(parts)),
        np.array(labels, dtype=np.int8),
        weight.astype(np.float32),
        np.array(owner, dtype=np.int16),
        np.array(messages, dtype=np.int32),
        kind.astype(np.int8),
    )


def fit(cases: Sequence[Case], **settings: Any) -> Detector:  # noqa: ANN401 - the classifier's own
    """Fit ranker and classifier on the cases of some owners."""
    ranker = fit_ranker(cases)
    owners = {name: number for number, name in enumerate(dict.fromkeys(case.owner for case in cases))}
    return Detector(ranker, fit_classifier(teaching_rows(cases, ranker, owners), **settings))


def folds(owners: Sequence[str], count: int) -> list[frozenset[str]]:
    """Return `count` disjoint sets of owners, dealt out in their order."""
    return [frozenset(owners[start::count]) for start in range(count)]


def held_out_scores(
    cases: Sequence[Case],
    *,
    count: int = 3,
    jobs: int = 2,
    train: Callable[[Sequence[Case]], Detector] = fit,
) -> list[NDArray[np.float64]]:
    """Return the raw scores of every case by a detector that never saw its owner.

    The folds run side by side in threads of one process: the cases are too large to be copied.
    """
    owners = list(dict.fromkeys(case.owner for case in cases))
    parts = Parallel(n_jobs=jobs, prefer="threads")(
        delayed(_fold)(cases, held, train) for held in folds(owners, count)
    )
    scores: list[NDArray[np.float64]] = [np.empty(0)] * len(cases)
    for places, found in parts:
        for place, score in zip(places, found, strict=True):
            scores[place] = score
    return scores


def _fold(
    cases: Sequence[Case], held: frozenset[str], train: Callable[[Sequence[Case]], Detector]
) -> tuple[list[int], list[NDArray[np.float64]]]:
    with threadpool_limits(1):
        detector = train([case for case in cases if case.owner not in held])
        places = [place for place, case in enumerate(cases) if case.owner in held]
        return places, detector.score([cases[place] for place in places])
