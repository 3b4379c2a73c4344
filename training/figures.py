"""The figures of a detector on owners it never saw, with intervals over owners."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.calibration import Calibration
from scanner.detect.threshold import OwnerTail, Tail
from training.evaluation import RATES, SCORED_FROM, message_scores, scored, threshold
from training.fitting import folds
from training.leaks import WHOLE
from training.meant import fit_meant, meant_accuracy
from training.ranker import fit_ranker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

POOLED = ("strata 1-7", "strata 1-7 / add", "strata 1-7 / replace", "all eleven")
_DRAWS = 300


def intervals(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], *, seed: int = 0
) -> dict[str, dict[float, tuple[float, float]]]:
    """Return 95 % intervals of the pooled recalls, by a bootstrap over owners (300 draws)."""
    rng = np.random.default_rng(seed)
    counts = scored(cases)
    kept = [place for place in range(len(cases)) if counts[place]]
    top = message_scores([scores[place] for place in kept])
    owners = sorted({cases[place].owner for place in kept})
    number = {owner: at for at, owner in enumerate(owners)}
    owner = np.array([number[cases[place].owner] for place in kept])
    stratum = np.array([cases[place].stratum for place in kept])
    mode = np.array([cases[place].mode for place in kept])
    by_owner = [np.flatnonzero(owner == at) for at in range(len(owners))]
    drawn: dict[str, dict[float, list[float]]] = {name: {rate: [] for rate in RATES} for name in POOLED}
    groups = {
        "strata 1-7": [(n, "") for n in range(1, 8)],
        "strata 1-7 / add": [(n, "add") for n in range(1, 8)],
        "strata 1-7 / replace": [(n, "replace") for n in range(1, 8)],
        "all eleven": [(n, "") for n in range(1, 12)],
    }
    for _ in range(_DRAWS):
        places = np.concatenate([by_owner[at] for at in rng.integers(len(owners), size=len(owners))])
        found, kind, how = top[places], stratum[places], mode[places]
        levels = {rate: threshold(found[kind == 0], rate) for rate in RATES}
        for name, parts in groups.items():
            for rate in RATES:
                recalls = [
                    float((found[mask] > levels[rate]).mean())
                    for n, which in parts
                    if (mask := (kind == n) & ((how == which) if which else True)).any()
                ]
                drawn[name][rate].append(float(np.mean(recalls)))
    return {
        name: {rate: (float(np.quantile(v, 0.025)), float(np.quantile(v, 0.975))) for rate, v in by.items()}
        for name, by in drawn.items()
    }


def which_recipient(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]]) -> float:
    """Return Prec@1: how often the wrong recipient has the highest score of its message.

    Over mistakes with one wrong recipient of several.
    """
    hits = [
        bool(case.wrong[int(np.argmax(score))])
        for case, score in zip(cases, scores, strict=True)
        if case.stratum and case.stratum not in WHOLE and len(score) > 1
    ]
    return float(np.mean(hits)) if hits else float("nan")


def meant_figures(cases: Sequence[Case]) -> dict[int, float]:
    """Return how often the person meant is named, by stratum, on owners that nothing was fitted on."""
    owners = list(dict.fromkeys(case.owner for case in cases))
    shares: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for held in folds(owners, 2):
        train = [case for case in cases if case.owner not in held]
        ranker = fit_ranker(train)
        weights = fit_meant(train, ranker)
        for stratum in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10):
            test = [
                case for case in cases if case.owner in held and case.stratum == stratum and case.meant_known
            ]
            if test:
                shares[stratum].append((meant_accuracy(test, ranker, weights), len(test)))
    return {
        stratum: sum(share * count for share, count in parts) / sum(count for _, count in parts)
        for stratum, parts in sorted(shares.items())
    }


def false_alarms(
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    calibration: Calibration,
    tail: Tail,
    budget: float,
) -> dict[str, tuple[int, int]]:
    """Return owner -> (alerts, clean messages) of the policy at `budget` alerts per 1,000.

    The owner's own score history grows message by message, as in the daemon.
    """
    top = message_scores(scores)
    found: dict[str, tuple[int, int]] = {}
    tails: dict[str, OwnerTail] = {}
    for case, raw in zip(cases, top, strict=True):
        if case.stratum:
            continue
        own = tails.setdefault(case.owner, OwnerTail(tail))
        odds = calibration.log_odds(float(raw))
        told = own.share(odds) <= budget / 1000.0
        own.learn(odds)
        if case.place >= SCORED_FROM:
            alerts, count = found.get(case.owner, (0, 0))
            found[case.owner] = alerts + told, count + 1
    return found


def per_owner(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], owners: Sequence[str]
) -> Mapping[str, dict[float, float]]:
    """Return the pooled recall of strata 1 to 7 for each of some owners, at the threshold of all owners."""
    top, counts = message_scores(scores), scored(cases)
    stratum = np.array([case.stratum for case in cases])
    owner = np.array([case.owner for case in cases])
    clean = top[counts & (stratum == 0)]
    levels = {rate: threshold(clean, rate) for rate in RATES}
    return {
        name: {
            rate: float(
                np.nanmean(
                    [(top[counts & (owner == name) & (stratum == n)] > level).mean() for n in range(1, 8)]
                )
            )
            for rate, level in levels.items()
        }
        for name in owners
    }
