"""Calibration and the tail of clean scores, from scores on owners that the detector never saw."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from sklearn.isotonic import IsotonicRegression

from scanner.detect.calibration import BASE_RATE, Calibration
from scanner.detect.threshold import Tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CUTS = (0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.998, 1.0)
"""Quantiles of clean scores between which the odds are counted: finer where alerts happen."""

_SHARES = (0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001)
_LEAST_SLOPE = 0.05


def calibrate(
    clean: NDArray[np.float64], wrong: NDArray[np.float64], weight: NDArray[np.float64]
) -> Calibration:
    """Return the calibration from message scores of clean and corrupted messages.

    `weight` weighs the corrupted ones (equal weight of strata). The odds of each bin are its
    share of mistakes over its share of clean messages, times the base rate; made increasing.
    """
    clean, weight = np.sort(clean), weight / weight.sum()
    edges = np.unique(np.quantile(clean, _CUTS))
    edges[0], edges[-1] = -np.inf, np.inf
    middle, odds, mass = [], [], []
    for low, high in pairwise(edges.tolist()):
        inside = (clean > low) & (clean <= high)
        hit = (wrong > low) & (wrong <= high)
        both = np.concatenate([clean[inside], wrong[hit]])
        if not len(both):
            continue
        # Half a message on either side keeps the odds of an empty bin finite.
        right = (inside.sum() + 0.5) / (len(clean) + 1.0)
        faulty = (weight[hit].sum() * len(wrong) + 0.5) / (len(wrong) + 1.0)
        middle.append(float(np.median(both)))
        odds.append(math.log(faulty / right) + math.log(BASE_RATE / (1.0 - BASE_RATE)))
        mass.append(float(right + faulty))
    top = float(np.quantile(wrong, 0.9))
    level = np.asarray(IsotonicRegression().fit_transform(middle, odds, sample_weight=mass), dtype=np.float64)
    raw = np.array(middle)
    rising = level + _LEAST_SLOPE * (raw - raw[0])
    if top > raw[-1]:
        # Beyond the last clean scores the odds go on as between the last two bins.
        slope = max(_LEAST_SLOPE, (rising[-1] - rising[-3]) / (raw[-1] - raw[-3]))
        raw, rising = np.append(raw, top), np.append(rising, rising[-1] + slope * (top - raw[-1]))
    return Calibration(tuple(raw.tolist()), tuple(rising.tolist()))


def tail_of(clean: NDArray[np.float64]) -> Tail:
    """Return the tail of the calibrated log-odds of clean messages."""
    scores = np.quantile(clean, [1.0 - share for share in _SHARES])
    knots: list[tuple[float, float]] = [(float(clean.min()), 1.0)]
    for score, share in zip(scores.tolist(), _SHARES, strict=True):
        if score > knots[-1][0]:
            knots.append((score, share))
    return Tail(tuple(score for score, _ in knots), tuple(share for _, share in knots))
