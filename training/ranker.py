"""The intended-recipient ranker: a conditional logit over the people a message might have gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from scanner.detect.features.candidates import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

_PENALTY = 1e-3
_MOST = 40_000
_MOST_RECIPIENTS = 12
_SINGLE = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 10))
"""Strata with one wrong recipient."""


def _choice_sets(cases: Sequence[Case]) -> list[NDArray[np.float64]]:
    """Return one set of rows per true recipient of up to 12, the true one first."""
    wrong: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for case in cases:
        if case.stratum in _SINGLE:
            wrong.setdefault((case.owner, case.key), []).append(case.numbers.light[case.wrong, 0])
    sets = []
    for case in cases:
        if case.stratum == 0 and len(case.numbers.light) <= _MOST_RECIPIENTS:
            mistakes = wrong.get((case.owner, case.key), [])
            sets += [np.concatenate([rows, *mistakes]) for rows in case.numbers.light]
    return sets


def fit_ranker(cases: Sequence[Case]) -> NDArray[np.float64]:
    """Return one weight per light feature.

    Maximises the probability that the true recipient is chosen among itself, the contacts not on
    the message and the wrong recipients of its simulated mistakes (softmax of the linear fit),
    ridge-penalised on standardised features.
    """
    sets = _choice_sets(cases)
    if len(sets) > _MOST:
        sets = sets[:: len(sets) // _MOST + 1]
    sizes = np.array([len(rows) for rows in sets])
    rows = np.concatenate(sets)
    scale = rows.std(axis=0)
    scale[scale == 0.0] = 1.0
    rows = rows / scale
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    group = np.repeat(np.arange(len(sizes)), sizes)
    chosen = rows[starts]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fits = rows @ weights
        top = np.maximum.reduceat(fits, starts)
        exponent = np.exp(fits - top[group])
        total = np.add.reduceat(exponent, starts)
        value = -(fits[starts] - top - np.log(total)).mean() + _PENALTY * (weights @ weights)
        probability = exponent / total[group]
        gradient = (rows * probability[:, None]).sum(axis=0) - chosen.sum(axis=0)
        return float(value), gradient / len(starts) + 2 * _PENALTY * weights

    found = minimize(loss, np.zeros(len(LIGHT)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x / scale)
