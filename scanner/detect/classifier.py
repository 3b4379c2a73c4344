"""The classifier: boosted trees and a small network over the feature rows, fitted the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import ThreadpoolController

from scanner.detect.features.table import DIRECTIONS
from scanner.detect.network import Network, fit_network

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

SETTINGS: dict[str, Any] = {
    "max_iter": 120,
    "learning_rate": 0.12,
    "max_leaf_nodes": 64,
    "min_samples_leaf": 20,
    "l2_regularization": 3.0,
    "max_features": 0.35,
}
"""Decided by experiments (docs/experiments.md), as are the two that follow."""

FORESTS = 3
"""Fits of the trees that differ in their seed only: their mean is steadier where few messages decide."""

NETWORK_SHARE = 0.3
"""What the network's log-odds weigh beside the trees'."""


@cache
def _threads() -> ThreadpoolController:
    """Return the control over OpenMP: on few rows its threads cost more than they give."""
    return ThreadpoolController()


@dataclass(frozen=True, slots=True)
class Rows:
    """Feature rows to fit on: (rows, features) float32, labels 0 or 1, weights, and the owner's number.

    `messages` says which rows belong to one message (of one owner, numbered in order of date) and
    `strata` which kind of mistake it is (0: none); both are empty where that is not known.
    """

    rows: NDArray[np.float32]
    labels: NDArray[np.int8]
    weights: NDArray[np.float32]
    owners: NDArray[np.int16]
    messages: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    strata: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))


@dataclass(frozen=True, slots=True)
class Classifier:
    """A fitted classifier of feature rows: the mean of its forests, and the network where there is one."""

    forests: tuple[HistGradientBoostingClassifier, ...]
    network: Network | None = None

    def decision(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the raw log-odds of each row."""
        if not len(rows):
            return np.empty(0)
        with _threads().limit(limits=1, user_api="openmp"):
            found = [np.asarray(trees.decision_function(rows)) for trees in self.forests]
        mean: NDArray[np.float64] = np.mean(found, axis=0)
        if self.network is None:
            return mean
        return (1.0 - NETWORK_SHARE) * mean + NETWORK_SHARE * self.network.decision(rows)


def base_rows(file: BinaryIO) -> Rows:
    """Read feature rows as `save_rows` wrote them; raises ValueError for anything else."""
    with np.load(file, allow_pickle=False) as found:
        return Rows(
            found["rows"].astype(np.float32),
            found["labels"],
            found["weights"].astype(np.float32),
            found["owners"],
            *(found[name] for name in ("messages", "strata") if name in found),
        )


def fit_classifier(
    rows: Rows,
    *,
    seed: int = 0,
    forests: int = FORESTS,
    network: bool = True,
    **settings: Any,  # noqa: ANN401 - scikit-learn's own
) -> Classifier:
    """Fit the classifier; the same rows and version of scikit-learn give the same classifier."""
    known = np.where(np.isnan(rows.rows).all(axis=0), np.float32(0.0), rows.rows)
    fitted = [
        HistGradientBoostingClassifier(
            **{**SETTINGS, **settings},
            monotonic_cst=list(DIRECTIONS),
            random_state=seed + number,
            early_stopping=False,
        ).fit(known, rows.labels, sample_weight=rows.weights)
        for number in range(forests)
    ]
    beside = fit_network(known, rows.labels, rows.weights, seed=seed) if network else None
    return Classifier(tuple(fitted), beside)
