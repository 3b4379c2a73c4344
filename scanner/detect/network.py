"""A small neural network beside the trees: smooth where they are steps, so that their errors differ."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 65
"""Quantiles by which a feature is put on a scale of its own ranks."""

HIDDEN = 32
EPOCHS = 8
PENALTY = 0.03
_BATCH = 1024
_RATE = 2e-3
_SAMPLE = 40_000
_FLOOR = 1e-9
_SOME = 0.001
_silence = Lock()
"""Which warnings are heard is one setting for all threads: only one at a time may change it."""


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer over ranked features.

    `levels` is (features, `LEVELS`), increasing: a value becomes its rank among them, from -1 to 1, a
    missing one 0. `missing` are the features that also say whether they are missing. `weights` and
    `biases` are those of the hidden layer and of the output.
    """

    levels: NDArray[np.float64]
    missing: NDArray[np.int64]
    weights: tuple[NDArray[np.float64], NDArray[np.float64]]
    biases: tuple[NDArray[np.float64], NDArray[np.float64]]

    def decision(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds of each row."""
        # A product for each row: one of many rows would add up in another order than that of one row, and
        # a score must not hang on what is scored beside it.
        ranks = _ranked(rows, self.levels, self.missing)[:, None, :]
        hidden = np.maximum(ranks @ self.weights[0] + self.biases[0], 0.0)
        found = (hidden @ self.weights[1])[:, 0, 0] + self.biases[1][0]
        clipped: NDArray[np.float64] = np.clip(found, np.log(_FLOOR), -np.log(_FLOOR))
        return clipped


def _ranked(
    rows: NDArray[np.float64], levels: NDArray[np.float64], missing: NDArray[np.int64]
) -> NDArray[np.float64]:
    ends = np.linspace(-1.0, 1.0, levels.shape[1])
    absent = np.isnan(rows)
    ranks = np.empty((len(rows), len(levels) + len(missing)))
    for column, steps in enumerate(levels):
        # From both sides, so that a value that many rows share gets the middle of its ranks.
        up = np.interp(rows[:, column], steps, ends)
        down = -np.interp(-rows[:, column], -steps[::-1], ends)
        ranks[:, column] = (up + down) / 2.0
    ranks[:, : len(levels)][absent] = 0.0
    ranks[:, len(levels) :] = absent[:, missing]
    return ranks


def fit_network(
    rows: NDArray[np.float32], labels: NDArray[np.int8], weights: NDArray[np.float32], *, seed: int = 0
) -> Network:
    """Fit the network by Adam on the weighted log-loss; the same rows give the same network."""
    rng = np.random.default_rng(seed)
    known = rows.astype(np.float64)
    share = weights.astype(np.float64) / float(weights.sum(dtype=np.float64))
    drawn = known[rng.choice(len(known), size=min(_SAMPLE, len(known)), p=share)]
    levels = np.zeros((known.shape[1], LEVELS))
    for column in range(known.shape[1]):
        values = drawn[:, column][~np.isnan(drawn[:, column])]
        if len(values):
            levels[column] = np.quantile(values, np.linspace(0.0, 1.0, LEVELS))
    gaps = np.isnan(known).mean(axis=0)
    missing = np.flatnonzero((gaps > _SOME) & (gaps < 1.0 - _SOME))
    model = MLPClassifier(
        hidden_layer_sizes=(HIDDEN,),
        alpha=PENALTY,
        batch_size=min(_BATCH, len(known)),
        learning_rate_init=_RATE,
        max_iter=EPOCHS,
        random_state=seed,
    )
    inputs = _ranked(known, levels, missing)
    # One thread: several add up in whatever order they come to it, and the fit would differ from run to run.
    with _silence, threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops where it generalises best
        model.fit(inputs, labels, sample_weight=share * len(share))
    first, last = (np.asarray(layer, dtype=np.float64) for layer in model.coefs_)
    inner, outer = (np.asarray(layer, dtype=np.float64) for layer in model.intercepts_)
    return Network(levels, missing, (first, last), (inner, outer))
