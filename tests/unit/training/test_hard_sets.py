"""The figure of each hard set, at the level that a budget gives over all clean mail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.letters import OWNERS, mailbox
from tests.unit.training.cases import a_case
from training.corpora import Mailbox
from training.dataset import Case, replay
from training.hard_sets import MISSING, binomial_interval, measure, poisson_interval
from training.tagging import CLEAN_SETS, MISTAKE_SETS


def tagged(*tags: str, stratum: int = 0, place: float = 1.0) -> Case:
    """A case of these sets."""
    return replace(a_case(stratum=stratum, place=place), tags=frozenset(tags))


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]
)
def test_the_interval_of_a_count_is_the_exact_one(count: int, low: float, high: float) -> None:
    """As in Garwood's table."""
    assert (low, high) == pytest.approx(poisson_interval(count, 1.0), abs=1e-3)
    assert (low / 4, high / 4) == pytest.approx(poisson_interval(count, 4.0), abs=1e-3)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129)]
)
def test_the_interval_of_a_share_is_the_exact_one(count: int, total: int, low: float, high: float) -> None:
    """As in the table of Clopper and Pearson."""
    assert (low, high) == pytest.approx(binomial_interval(count, total), abs=1e-4)


def test_alerts_and_finds_are_counted_above_the_level_of_all_clean_mail() -> None:
    """One alert among 200 at 5 per 1,000, and two at 10; what is early does not count."""
    clean = [tagged("delegation") if n < 4 else tagged() for n in range(200)]
    wrong = [tagged("stale list", stratum=8) for _ in range(4)]
    early = [tagged("delegation", place=0.1), tagged("stale list", stratum=8, place=0.1)]
    scores = [np.array([-float(n)]) for n in range(200)]
    scores += [np.array([-5.0, high]) for high in (3.0, -0.5, -1.5, -9.0)] + [np.array([9.0])] * 2
    data, lines = measure([*clean, *wrong, *early], scores)
    assert 200 == data["clean"]["all clean mail"]["cases"]
    assert 1 == data["clean"]["all clean mail"]["5"]["alerts"]
    delegation = data["clean"]["delegation"]
    assert (4, 1, 2) == (delegation["cases"], delegation["5"]["alerts"], delegation["10"]["alerts"])
    assert 250.0 == delegation["5"]["rate"]
    stale = data["mistakes"]["stale list"]
    assert (4, 2, 3) == (stale["cases"], stale["5"]["found"], stale["10"]["found"])
    assert 0.75 == stale["10"]["recall"]
    assert "| delegation | 4 | 250.0 (6.3-1392.9; 1) | 500.0 (60.5-1806.2; 2) |" in lines


def test_a_set_that_is_not_there_has_no_figure() -> None:
    """It is said to be missing."""
    data, lines = measure([tagged()], [np.array([0.0])])
    assert {"cases": 0} == data["clean"]["introduction"] == data["mistakes"]["wrong attachment name"]
    missing = [line for line in lines if MISSING in line]
    assert 1 + len(CLEAN_SETS) + len(MISTAKE_SETS) == len(missing)


def test_the_cases_of_a_replay_bear_their_sets() -> None:
    """Clean ones those of clean mail, mistakes those of mistakes; nothing else about them changes."""
    box = Mailbox("anna", OWNERS, mailbox(150))
    cases = replay(box)
    for case in cases:
        assert case.tags <= (MISTAKE_SETS if case.stratum else CLEAN_SETS).keys()
    assert any("first contact" in case.tags for case in cases)
    known: set[str] = set()
    sent = -1
    first = {case.ordinal for case in cases if "first contact" in case.tags}
    for message, was_sent in box.mail:
        if not was_sent:
            continue
        sent += 1
        people = {r.address for r in message.recipients} - OWNERS
        if sent >= 10 and people:
            assert (sent in first) is bool(people - known)
        known |= people
