"""The small network beside the trees."""

from __future__ import annotations

import numpy as np
import pytest

from scanner.detect.network import Network, fit_network
from tests.rows import TRUTH, base_rows


@pytest.fixture(scope="module")
def network() -> Network:
    """A network fitted on rows of which four columns tell right from wrong."""
    rows = base_rows(each=600)
    return fit_network(rows.rows, rows.labels, rows.weights)


def test_it_tells_wrong_from_right(network: Network) -> None:
    """Nine in ten pairs of an unseen wrong and right row are in order."""
    rows = base_rows(seed=5)
    scores = network.decision(rows.rows.astype(np.float64))
    wrong, right = scores[rows.labels == 1], scores[rows.labels == 0]
    assert (wrong[:, None] > right[None, :]).mean() > 0.9


def test_the_same_rows_give_the_same_network(network: Network) -> None:
    """To the bit, on one machine."""
    rows = base_rows(each=600)
    again = fit_network(rows.rows, rows.labels, rows.weights)
    sample = rows.rows[:50].astype(np.float64)
    assert network.decision(sample).tolist() == again.decision(sample).tolist()


def test_a_row_scores_the_same_alone_or_in_company(network: Network) -> None:
    """What stands beside a row is nothing to it."""
    sample = base_rows().rows[:20].astype(np.float64)
    assert network.decision(sample)[7] == network.decision(sample[7:8])[0]


def test_missing_values_and_ones_beyond_all_seen_give_a_number(network: Network) -> None:
    """Nothing seen in fitting bounds what may come."""
    sample = base_rows().rows[:3].astype(np.float64)
    sample[0] = np.nan
    sample[1, TRUTH] = 1e30
    sample[2, TRUTH] = -np.inf
    assert np.isfinite(network.decision(sample)).all()
