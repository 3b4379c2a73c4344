"""Rules alone, for when no model can be loaded: few, cautious, in the same log-odds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scanner.detect.features.extract import Extract, complete
from scanner.detect.features.table import NAMES
from scanner.detect.threshold import Tail

NAME = "rules"
_FIT = {
    "topic_share": 2.0,
    "group_share": 2.5,
    "greeted": 3.0,
    "in_last": 1.0,
    "quoted_from": 1.0,
    "long_log": 0.3,
}
"""Weights of the ranker that the rules use; by hand, for want of a model."""

_BASE = math.log(1e-3)
_RULES: tuple[tuple[str, float, float, float], ...] = (
    # feature, least, most, log-odds added where its value lies between
    ("near", 1, 2, 3.5),
    ("domain_near", 1, 2, 2.0),
    ("foreign", 1, 1, 4.0),
    ("greeted_outsider", 0.3, 1, 3.5),
    ("greeted_nobody", 1, 1, 1.0),
    ("quoted_missing", 1, 1, 1.0),
    ("pair_never", 1, 1, 0.7),
    ("never_mailed", 1, 1, 0.5),
    ("mentioned_third", 0.6, 1, 0.7),
    ("thread_in", 0, 0, 0.5),
    ("greeted", 0.6, 1, -2.0),
    ("quoted_any", 1, 1, -2.0),
    ("thread_in", 1, 1, -2.0),
)
_COLUMNS = [(NAMES.index(name), least, most, odds) for name, least, most, odds in _RULES]

TAIL = Tail(scores=(-9.0, -5.0, -3.0, 0.0), shares=(1.0, 0.1, 0.01, 0.0005))
"""A cautious guess: rules alert only where two strong ones agree."""


_KINDS = (4.0, 3.0, 2.0, 1.5, 0.5)
"""What each kind of likeness (`KIN`) adds where somebody was taken for somebody else; by hand too."""


def meant(names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the rules' weights of who was meant: kinds of likeness, then the features called `names`."""
    return np.array([*_KINDS, *weights(names)])


def weights(names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the ranker weights of the rules for features called `names`."""
    return np.array([_FIT.get(name, 0.0) for name in names])


def rows(numbers: Extract, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the feature rows as the classifier would see them."""
    return complete(numbers, weights(names))


def log_odds(table: NDArray[np.float64]) -> list[float]:
    """Return the log-odds of each row by rules alone, at a base rate of one in a thousand."""
    found = []
    for row in table.tolist():
        total = _BASE - 1.0
        for column, least, most, odds in _COLUMNS:
            if least <= row[column] <= most:
                total += odds
        # Ties are broken by how well the contact fits, so that the order is strict.
        found.append(total - 0.01 * row[NAMES.index("fit")])
    return found
