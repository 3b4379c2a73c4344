"""Who was meant instead: weights for what makes a contact fit, and easily taken for the recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import KIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

_PENALTY = 1e-4


def options(case: Case) -> NDArray[np.float64]:
    """Return one row per contact not on the message: kinds of likeness to the wrong one, light features."""
    place = int(np.flatnonzero(case.wrong)[0])
    return np.hstack([case.numbers.kin[place], case.numbers.light[place, 1:]]).astype(np.float64)


def fit_meant(cases: Sequence[Case]) -> NDArray[np.float64]:
    """Return the weights (`KIN`, then `LIGHT`) that best pick the person meant; strata weigh the same.

    A conditional logit over the contacts that the message might have gone to (McFadden 1974), ridge-
    penalised on standardised columns. Not the ranker's weights: among mistakes, what a slip leaves alone
    (quotes, thread, greeting) counts for more than how often somebody is written to.
    """
    known = [case for case in cases if case.meant >= 0]
    if not known:
        return np.zeros(len(KIN) + len(LIGHT))
    sets = [options(case) for case in known]
    sizes = np.array([len(rows) for rows in sets])
    rows = np.concatenate(sets)
    scale = rows.std(axis=0)
    scale[scale == 0.0] = 1.0
    rows /= scale
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    group = np.repeat(np.arange(len(sizes)), sizes)
    chosen = rows[starts + np.array([case.meant for case in known])]
    strata = np.array([case.stratum for case in known])
    weight = 1.0 / np.bincount(strata)[strata]
    weight /= weight.sum()

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fits = rows @ weights
        top = np.maximum.reduceat(fits, starts)
        exponent = np.exp(fits - top[group])
        total = np.add.reduceat(exponent, starts)
        value = -(chosen @ weights - top - np.log(total)) @ weight + _PENALTY * weights @ weights
        probability = exponent / total[group] * weight[group]
        gradient = rows.T @ probability - weight @ chosen + 2 * _PENALTY * weights
        return float(value), gradient

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x / scale)


def meant_accuracy(cases: Sequence[Case], weights: NDArray[np.float64]) -> float:
    """Return how often the person meant comes first, of the mistakes that had one who was known."""
    known = [case for case in cases if case.meant_known]
    hits = [case.meant >= 0 and int(np.argmax(options(case) @ weights)) == case.meant for case in known]
    return float(np.mean(hits)) if hits else float("nan")
