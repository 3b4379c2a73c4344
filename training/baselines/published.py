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
    """Return the reranker fitted on some cases: a logistic regression over `FEATURES`.

    Right recipients come from clean messages, and from corrupted ones where there are no clean
    ones; wrong ones from all mistakes, every stratum weighing the same. The paper used a voted
    perceptron; the logistic regression is as linear and has scores that compare between messages.
    """
    clean = any(case.stratum == 0 for case in cases)
    rows, labels, weights = [], [], []
    for case in cases:
        found = _features(case)
        kept = case.wrong if case.stratum and clean else np.ones(len(found), dtype=bool)
        rows.append(found[kept])
        labels.append(case.wrong[kept].astype(np.int8))
        weights.append(np.full(int(kept.sum()), 1.0 / max(1, kept.sum())))
    label = np.concatenate(labels)
    weight = np.concatenate(weights)
    stratum = np.concatenate(
        [np.full(len(part), case.stratum) for case, part in zip(cases, labels, strict=True)]
    )
    right = weight[label == 0].sum()
    kinds = np.unique(stratum[label == 1])
    for kind in kinds:
        mask = (stratum == kind) & (label == 1)
        weight[mask] *= right / (_CLEAN_WEIGHT if clean else 1.0) / len(kinds) / weight[mask].sum()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=500))
    model.fit(np.concatenate(rows), label, logisticregression__sample_weight=weight)

    def score(cases: Sequence[Case]) -> Scores:
        parts = [_features(case) for case in cases]
        found = model.decision_function(np.concatenate(parts))
        return list(np.split(found, np.cumsum([len(part) for part in parts])[:-1]))

    return score


def baseline_scores(cases: Sequence[Case], count: int = 3, *, seed: int = 0) -> dict[str, Scores]:
    """Return the scores of all eight baselines, by name in the order of `BASELINES`.

    The cases come from `replay(..., baselines=True)`. The reranker is fitted on owners other than
    the one that it scores, in the same folds as the detector.
    """
    found = plain_scores(cases, seed=seed)
    reranked: Scores = [np.empty(0)] * len(cases)
    for held in folds(list(dict.fromkeys(case.owner for case in cases)), count):
        places = [place for place, case in enumerate(cases) if case.owner in held]
        score = fit_reranker([case for case in cases if case.owner not in held])
        for place, one in zip(places, score([cases[place] for place in places]), strict=True):
            reranked[place] = one
    found[RERANKER] = reranked
    return {name: found[name] for name in BASELINES}


def _column(case: Case, name: str) -> NDArray[np.float64]:
    return case.published[:, COLUMN[name]].astype(np.float64)


def _features(case: Case) -> NDArray[np.float64]:
    return case.published[:, [COLUMN[name] for name in FEATURES]].astype(np.float64)


def _random(case: Case, seed: int) -> NDArray[np.float64]:
    """Return chance that depends on nothing but the case's own identity."""
    identity = f"{seed}:{case.owner}:{case.key}:{case.stratum}:{case.mode}"
    return np.random.default_rng(zlib.crc32(identity.encode())).random(len(case.wrong))
