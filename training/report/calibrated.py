"""Calibration and the alert budget, measured on owners that neither model nor calibration has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.detect.calibration import BASE_RATE, Calibration, probability
from training.evaluation import message_scores, scored
from training.figures import alerts, count_alarms
from training.fitting import folds
from training.hard_sets import poisson_interval
from training.publish import calibration_by
from training.report.recall import ALL, SEVEN, draws, groups, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from scanner.detect.threshold import Tail
    from training.dataset import Case

FOLDS = 3
LEAST_POSITIVES = 20
"""A decade of the score with fewer mistakes says nothing."""

_DECADES = 7


@dataclass(frozen=True, slots=True)
class Fold:
    """Calibration and tail from the scores of the other owners, for the cases at `places`."""

    places: NDArray[np.intp]
    calibration: Calibration
    tail: Tail


def calibrations(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]]) -> list[Fold]:
    """Return for each fold of owners what the held-out scores of the others say."""
    top = message_scores(scores)
    strata = np.array([case.stratum for case in cases])
    found = []
    for held in folds(list(dict.fromkeys(case.owner for case in cases)), FOLDS):
        mine = np.array([case.owner in held for case in cases])
        if not mine.any() or mine.all():
            continue
        plain, tail = calibration_by(top[~mine], strata[~mine])
        known = Calibration(tuple(plain["raw"]), tuple(plain["odds"]), plain["below"], plain["above"])
        found.append(Fold(np.flatnonzero(mine), known, tail))
    return found


def probabilities(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], parts: Sequence[Fold]
) -> NDArray[np.float64]:
    """Return the calibrated probability of each message at the base rate."""
    top = message_scores(scores)
    found = np.full(len(cases), np.nan)
    for part in parts:
        for place in part.places.tolist():
            found[place] = probability(part.calibration.log_odds(float(top[place])))
    return found


def base_rate_weights(stratum: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return weights that sum to 1: mistakes to the base rate, each stratum alike, clean mail the rest."""
    weights = np.zeros(len(stratum))
    present = [number for number in np.unique(stratum) if number]
    for number in present:
        mask = stratum == number
        weights[mask] = BASE_RATE / len(present) / mask.sum()
    clean = stratum == 0
    weights[clean] = (1.0 - BASE_RATE) / max(int(clean.sum()), 1)
    return weights


def reliability(
    chance: NDArray[np.float64],
    stratum: NDArray[np.integer[Any]],
    owner: NDArray[np.integer[Any]],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return observed over expected mistakes by decade of the probability, and the Brier score.

    Decades with 20 mistakes or more; all at the base rate. `brier_of_base_rate` is that of a
    detector that always says the base rate.
    """
    weight, wrong = base_rate_weights(stratum), stratum > 0
    decade = np.clip(np.floor(-np.log10(np.maximum(chance, 1e-300))), 0, _DECADES - 1).astype(int)
    owners = int(owner.max()) + 1 if len(owner) else 1
    counts = draws(owners, seed=seed)
    rows = []
    for place in range(_DECADES):
        mask = decade == place
        if int((mask & wrong).sum()) < LEAST_POSITIVES:
            continue
        seen = np.bincount(owner[mask], weights=(weight * wrong)[mask], minlength=owners)
        due = np.bincount(owner[mask], weights=(weight * chance)[mask], minlength=owners)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = spans((counts @ seen) / (counts @ due))
        rows.append(
            {
                "from": 10.0 ** -(place + 1),
                "to": 10.0**-place,
                "mistakes": int((mask & wrong).sum()),
                "clean": int((mask & ~wrong).sum()),
                "expected": float(due.sum() / weight[mask].sum()),
                "observed": float(seen.sum() / weight[mask].sum()),
                "ratio": ratio.tolist(),
            }
        )
    return {
        "decades": rows,
        "brier": float((weight * (chance - wrong) ** 2).sum()),
        "brier_of_base_rate": BASE_RATE * (1.0 - BASE_RATE),
    }


def reliability_of(cases: Sequence[Case], chance: NDArray[np.float64], *, seed: int = 0) -> dict[str, Any]:
    """Return the reliability of the messages that count and have a probability."""
    counts = scored(cases) & np.isfinite(chance)
    numbers = {name: place for place, name in enumerate(dict.fromkeys(case.owner for case in cases))}
    stratum = np.array([case.stratum for case in cases])
    owner = np.array([numbers[case.owner] for case in cases])
    return reliability(chance[counts], stratum[counts], owner[counts], seed=seed)


def spread(told: Mapping[str, tuple[int, int]], budget: float) -> dict[str, Any]:
    """Return how the false alerts of owners lie about a budget (per 1,000), from owner -> (alerts, clean)."""
    everybody, clean = (sum(pair[at] for pair in told.values()) for at in (0, 1))
    rates = sorted(1000.0 * count / number for count, number in told.values())
    holds = [
        low <= budget <= high
        for count, number in told.values()
        for low, high in (poisson_interval(count, number / 1000.0),)
    ]
    pooled = (1000.0 * everybody / clean, *poisson_interval(everybody, clean / 1000.0)) if clean else ()
    return {
        "budget": budget,
        "alerts": everybody,
        "clean": clean,
        "pooled": list(pooled),
        "owners": len(told),
        "owners_whose_interval_holds_it": sum(holds),
        "owners_without_alert": sum(count == 0 for count, _ in told.values()),
        "by_owner": {
            name: float(np.quantile(rates, at)) if rates else None
            for name, at in (("median", 0.5), ("nine_in_ten_at_most", 0.9), ("most", 1.0))
        },
    }


def under_policy(
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    parts: Sequence[Fold],
    budget: float,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return what the shipped policy does at a budget: spread of false alerts, and recall of the pools."""
    told = np.zeros(len(cases), dtype=bool)
    top = message_scores(scores)
    for part in parts:
        mine = [cases[place] for place in part.places.tolist()]
        told[part.places] = alerts(mine, top[part.places], part.calibration, part.tail, budget)
    counts = scored(cases)
    by_owner = count_alarms(cases, told)
    numbers = {name: place for place, name in enumerate(dict.fromkeys(case.owner for case in cases))}
    owner = np.array([numbers[case.owner] for case in cases])
    stratum = np.array([case.stratum for case in cases])
    recall = {}
    for name in (SEVEN, ALL):
        kinds = {number for number, _ in groups()[name]}
        mask = counts & np.isin(stratum, list(kinds))
        recall[name] = _pooled(told[mask], stratum[mask], owner[mask], len(numbers), seed)
    return {**spread(by_owner, budget), "recall": recall}


def _pooled(
    told: NDArray[np.bool_],
    stratum: NDArray[np.integer[Any]],
    owner: NDArray[np.integer[Any]],
    owners: int,
    seed: int,
) -> list[float]:
    """Return the mean over strata of the share told, and its interval: every stratum weighs the same."""
    if not len(told):
        return [float("nan")] * 3
    kinds, which = np.unique(stratum, return_inverse=True)
    counts = draws(owners, seed=seed)
    parts = []
    for at in range(len(kinds)):
        mask = which == at
        seen = np.bincount(owner[mask], weights=told[mask], minlength=owners)
        number = np.bincount(owner[mask], minlength=owners)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append((counts @ seen) / (counts @ number))
    # A draw of owners may lack a stratum: it then speaks for the others.
    there = np.stack(parts)
    known = np.isfinite(there)
    mean = np.where(known, there, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    found: list[float] = spans(mean).tolist()
    return found
