"""Who was meant instead: weights for fit and for how easily a contact is taken for the recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from scanner.detect.features.extract import KIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

_PENALTY = 1e-3


def options(case: Case, ranker: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one row per contact not on the message: fit, then the kinds of likeness, for the wrong one."""
    place = int(np.flatnonzero(case.wrong)[0])
    fits = case.numbers.light[place, 1:] @ ranker
    return np.column_stack([fits, case.numbers.kin[place]])


def fit_meant(cases: Sequence[Case], ranker: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights (fit first, then `KIN`) that best pick the person meant, a conditional logit."""
    sets = [(options(case, ranker), case.meant) for case in cases if case.meant >= 0]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = 0.0, np.zeros_like(weights)
        for rows, right in sets:
            values = rows @ weights
            exponent = np.exp(values - values.max())
            probability = exponent / exponent.sum()
            value -= float(np.log(probability[right] + 1e-300))
            gradient += probability @ rows - rows[right]
        count = max(len(sets), 1)
        return value / count + _PENALTY * float(weights @ weights), gradient / count + 2 * _PENALTY * weights

    start = np.array([1.0, *[0.0] * len(KIN)])
    if not sets:
        return start
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return np.asarray(found.x)


def meant_accuracy(cases: Sequence[Case], ranker: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return how often the person meant comes first, of the mistakes that had one who was known."""
    known = [case for case in cases if case.meant_known]
    hits = [
        case.meant >= 0 and int(np.argmax(options(case, ranker) @ weights)) == case.meant for case in known
    ]
    return float(np.mean(hits)) if hits else float("nan")
