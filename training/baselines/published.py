"""The eight baselines as scores: one suspicion per recipient, higher for the more suspicious.

A comparison is only fair when the other side plays as well as it can: each method sees the same
messages, the same history and the same terms as the detector, and the one that learns is fitted
on the same other owners. Sources stand in `training.baselines.state`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.baselines.state import COLUMN
from training.fitting import folds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

    Scores = list[NDArray[np.float64]]
    Scorer = Callable[[Sequence[Case]], Scores]

RANDOM = "random"
RERANKER = "Carvalho & Cohen's reranker"
BASELINES = (
    RANDOM,
    "frequency only",
    "TF-IDF centroid",
    "kNN-30",
    RERANKER,
    "CutOnce's fusion",
    "Roth's wrong Bob",
    "FlexConfirmMail's rules",
)
"""The names of the baselines, in the order of every table."""

FEATURES = ("knn", "sent", "received", "never sent", "never received", "joint", "pair", "max3g")
"""What the reranker combines: the textual score, frequencies, co-occurrence and Max3g (SDM 2007)."""

_CLEAN_WEIGHT = 10.0
"""Weight of all right recipients over that of all wrong ones."""

_PENALTY = 10.0
_LEAST_SHARE = 1e-4
_TIE = 1e-7


def plain_scores(cases: Sequence[Case], *, seed: int = 0) -> dict[str, Scores]:
    """Return the scores of the seven baselines that learn from nobody else, by name."""
    return {
        RANDOM: [_random(case, seed) for case in cases],
        "frequency only": [-_column(case, "frequency") for case in cases],
        "TF-IDF centroid": [1.0 - _column(case, "tfidf") for case in cases],
        "kNN-30": [1.0 - _column(case, "knn") for case in cases],
        "CutOnce's fusion": [-_column(case, "fused") for case in cases],
        "Roth's wrong Bob": [_column(case, "bob") for case in cases],
        "FlexConfirmMail's rules": [
            _column(case, "external") + _column(case, "domains") + _column(case, "new") for case in cases
        ],
    }


def fit_reranker(cases: Sequence[Case]) -> Scorer:
    """Return the reranker fitted on clean and corrupted cases: a logistic regression over `FEATURES`.

    Right recipients come from clean messages, wrong ones from the mistakes, every stratum weighing
    the same. The paper used a voted perceptron; this is as linear, and its scores compare between
    messages, which the benchmark needs and the paper did not. Shares are taken by their logarithm.
    """
    rows, labels, weights, strata = [], [], [], []
    for case in cases:
        kept = case.wrong if case.stratum else ~case.wrong
        count = int(kept.sum())
        rows.append(features(case)[kept])
        labels += [int(case.stratum > 0)] * count
        strata += [case.stratum] * count
        weights += [1.0 / max(1, count)] * count
    weight, kind = np.array(weights), np.array(strata)
    present = np.unique(kind[kind > 0])
    for stratum in present:
        mask = kind == stratum
        weight[mask] *= weight[kind == 0].sum() / _CLEAN_WEIGHT / len(present) / weight[mask].sum()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_PENALTY, max_iter=500))
    model.fit(np.concatenate(rows), np.array(labels), logisticregression__sample_weight=weight)
    scale, line = model[0].scale_, model[1].coef_[0]
    return _linear(line / scale)


def fit_reranker_by_pairs(cases: Sequence[Case]) -> Scorer:
    """Return the reranker fitted to put the leak before the right recipients of its own message.

    For the protocol of 2007, where only the order within a message counts: a logistic regression on
    the differences between the wrong and each right recipient.
    """
    scale = np.concatenate([features(case) for case in cases]).std(axis=0)
    scale[scale == 0.0] = 1.0
    rows, weights = [], []
    for case in cases:
        found = features(case) / scale
        apart = found[case.wrong][:1] - found[~case.wrong]
        rows.append(apart)
        weights.append(np.full(len(apart), 1.0 / max(1, len(apart))))
    difference, weight = np.concatenate(rows), np.concatenate(weights)
    model = LogisticRegression(C=_PENALTY, fit_intercept=False, max_iter=500)
    model.fit(
        np.concatenate((difference, -difference)),
        np.repeat((1, 0), len(difference)),
        sample_weight=np.concatenate((weight, weight)),
    )
    return _linear(model.coef_[0] / scale)


def baseline_scores(cases: Sequence[Case], count: int = 3, *, seed: int = 0) -> dict[str, Scores]:
    """Return the scores of all eight baselines, by name in the order of `BASELINES`.

    The cases come from `replay(..., baselines=True)`. The reranker is fitted on owners other than
    the one that it scores, in the same folds as the detector. Ties (whoever was never written to is as
    suspicious as anybody can be) are broken by chance: a threshold within a tie lets a share through.
    """
    found = plain_scores(cases, seed=seed)
    chance = found[RANDOM]
    reranked: Scores = [np.empty(0)] * len(cases)
    for held in folds(list(dict.fromkeys(case.owner for case in cases)), count):
        places = [place for place, case in enumerate(cases) if case.owner in held]
        score = fit_reranker([case for case in cases if case.owner not in held])
        for place, one in zip(places, score([cases[place] for place in places]), strict=True):
            reranked[place] = one
    found[RERANKER] = reranked
    return {
        name: [score + _TIE * by for score, by in zip(found[name], chance, strict=True)] for name in BASELINES
    }


def _column(case: Case, name: str) -> NDArray[np.float64]:
    return case.published[:, COLUMN[name]].astype(np.float64)


def features(case: Case) -> NDArray[np.float64]:
    """Return the reranker's features, recipients by `FEATURES`; shares as logarithms."""
    found = case.published[:, [COLUMN[name] for name in FEATURES]].astype(np.float64)
    shares = [FEATURES.index("sent"), FEATURES.index("received")]
    found[:, shares] = np.log(found[:, shares] + _LEAST_SHARE)
    return found


def _linear(weights: NDArray[np.float64]) -> Scorer:
    def score(cases: Sequence[Case]) -> Scores:
        return [features(case) @ weights for case in cases]

    return score


def _random(case: Case, seed: int) -> NDArray[np.float64]:
    """Return chance that depends on nothing but the case's own identity."""
    identity = f"{seed}:{case.owner}:{case.key}:{case.stratum}:{case.mode}"
    return np.random.default_rng(zlib.crc32(identity.encode())).random(len(case.wrong))
