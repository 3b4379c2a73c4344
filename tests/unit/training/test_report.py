"""The measures of the benchmark, on scores made by hand whose figures are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.detect.calibration import BASE_RATE, Calibration
from scanner.detect.threshold import OwnerTail, Tail
from tests.unit.training.cases import a_case
from training.dataset import Case
from training.evaluation import RATES, recall_table, threshold
from training.figures import alerts, false_alarms
from training.leaks import MODES
from training.report import recall
from training.report.calibrated import reliability, spread
from training.report.cold_start import curve
from training.report.owners import per_owner
from training.report.plots import apart
from training.report.recall import Recalls, messages, share
from training.report.recipients import first_hit, precision_at_1, true_positives
from training.report.tables import figure, plain

TAIL = Tail((-8.0, -4.0, 0.0), (1.0, 0.1, 0.001))
STRAIGHT = Calibration((0.0, 1.0), (0.0, 1.0), 1.0, 1.0)


def score(*values: float) -> NDArray[np.float64]:
    """The scores of one message's recipients."""
    return np.array(values)


def at_random(count: int = 600) -> tuple[list[Case], list[NDArray[np.float64]]]:
    """Cases of five owners, clean and of four strata, in both modes, with scores drawn by chance."""
    chance = np.random.default_rng(1)
    cases = [
        a_case(
            owner=f"o{number % 5}",
            stratum=int(chance.choice([0, 0, 0, 1, 4, 7, 10])),
            mode=str(chance.choice(MODES)),
            place=float(chance.random()),
            wrong=[True],
        )
        for number in range(count)
    ]
    cases = [replace(case, mode="") if not case.stratum else case for case in cases]
    return cases, [chance.normal(2.0 * (case.stratum > 0), size=1) for case in cases]


def test_recall_is_that_of_the_plain_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorting once and counting often gives the same as asking each message, for every pool."""
    monkeypatch.setattr(recall, "DRAWS", 20)
    cases, scores = at_random()
    found = Recalls(messages(cases, scores)).table((5.0, 20.0, 100.0))
    for name, row in recall_table(cases, scores, (5.0, 20.0, 100.0)).items():
        assert list(row.values()) == pytest.approx(found[name][:, 0].tolist())
        assert (found[name][:, 1] <= found[name][:, 2]).all()


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0, 100.0])
def test_the_level_is_the_threshold_of_the_owners_drawn(rate: float) -> None:
    """An owner drawn twice counts twice, one who is not drawn counts nothing."""
    cases, scores = at_random()
    marked = messages(cases, scores)
    counts = np.array([2, 0, 1, 1, 1])
    clean = marked.stratum == 0
    drawn = np.repeat(marked.score[clean], counts[marked.owner[clean]])
    assert threshold(drawn, rate) == Recalls(marked).levels(counts, (rate,))[0]


def test_the_interval_spans_what_owners_make_of_it() -> None:
    """Of owners who are all alike it is a point; where half have everything found it is wide."""
    owner = np.repeat(np.arange(8), 10)
    assert [0.5, 0.5, 0.5] == share(np.tile([0.0, 1.0], 40), owner, 8).tolist()
    value, low, high = share(np.repeat([0.0, 1.0], 40), owner, 8).tolist()
    assert 0.5 == value
    assert low < 0.25
    assert high > 0.75


def test_recipients_of_clean_messages_set_the_level_of_the_rate_per_recipient() -> None:
    """Of 1,000 of them five are above it; right recipients of a message with a mistake count neither way."""
    clean = [a_case(wrong=[False] * 10) for _ in range(100)]
    scores = [np.arange(10.0) + 10 * number for number in range(100)]
    mistakes = [a_case(stratum=6, mode="add", wrong=[True, False]) for _ in range(4)]
    scores += [score(995.0, 2000.0), score(994.5, 2000.0), score(994.0, 2000.0), score(0.0, 2000.0)]
    found = true_positives([*clean, *mistakes], scores)
    assert 0.5 == found["6 any contact"][0]
    assert 0.5 == found["strata 1-7"][0]


def test_the_wrong_one_comes_first_or_shares_the_first_place() -> None:
    """Of equal scores each is first as often; single recipients and whole messages are not asked."""
    two = a_case(stratum=1, mode="add", wrong=[True, False])
    assert [1.0, 0.5, 0.0] == [first_hit(two, score(*pair)) for pair in ((2, 1), (1, 1), (1, 2))]
    cases = [two, two, a_case(stratum=1, mode="replace", wrong=[True]), a_case(stratum=9, wrong=[True, True])]
    cases.append(replace(two, place=0.1))
    found = precision_at_1(cases, [score(2, 1), score(1, 1), score(1), score(1, 2), score(1, 2)])
    assert 0.75 == found["all"][0]
    assert {"all", "1"} == set(found)


def test_observed_over_expected_is_at_the_base_rate() -> None:
    """A detector that says two in a thousand of everything expects twice what there is."""
    stratum = np.array([0] * 500 + [1] * 20 + [7] * 40)
    owner = np.arange(len(stratum)) % 4
    found = reliability(np.full(len(stratum), 2 * BASE_RATE), stratum, owner)
    (row,) = found["decades"]
    assert 0.5 == pytest.approx(row["ratio"][0])
    assert (0.001, 0.01, 60, 500) == pytest.approx((row["from"], row["to"], row["mistakes"], row["clean"]))
    assert (2 * BASE_RATE, BASE_RATE) == pytest.approx((row["expected"], row["observed"]))
    base = reliability(np.full(len(stratum), BASE_RATE), stratum, owner)
    assert base["brier_of_base_rate"] == pytest.approx(base["brier"])


def test_a_decade_with_few_mistakes_says_nothing() -> None:
    """Nineteen are too few."""
    stratum = np.array([0] * 500 + [1] * 19)
    assert [] == reliability(np.full(519, 0.02), stratum, np.zeros(519, dtype=int))["decades"]


def test_an_owner_holds_the_budget_where_the_exact_interval_does() -> None:
    """None of 100 may be five in 1,000; ten of 100 may not; nor may none of 1,000."""
    found = spread({"a": (0, 100), "b": (10, 100), "c": (0, 1000)}, 5.0)
    assert (3, 1, 2) == (
        found["owners"],
        found["owners_whose_interval_holds_it"],
        found["owners_without_alert"],
    )
    assert 1000.0 * 10 / 1200 == pytest.approx(found["pooled"][0])
    assert 100.0 == found["by_owner"]["most"]
    assert 0.0 == found["by_owner"]["median"]


def test_a_mistake_is_judged_by_the_history_before_its_message() -> None:
    """Whether the clean message that it was made of scored high has taught nothing yet."""
    cases, raw = [], []
    for number in range(60):
        cases += [a_case(place=number / 60), a_case(stratum=6, mode="add", place=number / 60, wrong=[True])]
        raw += [-1.0, -1.0]
    told = alerts(cases, np.array(raw), STRAIGHT, TAIL, 5.0)
    assert told[0::2].tolist() == told[1::2].tolist()
    own, alone = OwnerTail(TAIL), []
    for _ in range(60):
        alone.append(own.share(-1.0) <= 0.005)
        own.learn(-1.0)
    assert alone == told[0::2].tolist()
    assert alone[0]
    assert not alone[-1]
    scores = [np.array([one]) for one in raw]
    counted = [case.place >= 0.3 for case in cases[0::2]]
    assert {"anna": (int(np.array(alone)[counted].sum()), sum(counted))} == false_alarms(
        cases, scores, STRAIGHT, TAIL, 5.0
    )


def test_recall_and_alarms_are_told_by_the_length_of_the_history() -> None:
    """At one level for all: what scores low in the first band is not found there."""
    cases, scores = [], []
    for number in range(1000):
        cases.append(replace(a_case(place=0.9), ordinal=10 + number % 100))
        scores.append(score(number))
    for ordinal, value in ((20, 0.0), (20, 5000.0), (70, 5000.0), (600, 5000.0)):
        cases.append(replace(a_case(stratum=1, mode="add", wrong=[True]), ordinal=ordinal))
        scores.append(score(value))
    rows = {row["band"]: row for row in curve(cases, scores)}
    assert ["10-49", "50-99", "100-199"] == list(rows)
    assert (0.5, 1.0) == (rows["10-49"]["strata 1-7"]["10"][0], rows["50-99"]["strata 1-7"]["10"][0])
    assert None is plain(rows["100-199"]["strata 1-7"]["10"][0])
    # The ten highest clean scores have the last ten ordinals of a hundred.
    assert (0.0, 100.0) == (rows["10-49"]["alarms"]["10"][0], rows["100-199"]["alarms"]["10"][0])


def test_an_owners_recall_is_at_the_level_of_all_owners() -> None:
    """With an interval over the owner's own messages."""
    cases = [replace(a_case(owner="quiet"), ordinal=number) for number in range(1000)]
    scores = [score(number / 1000) for number in range(1000)]
    for number in range(20):
        cases.append(replace(a_case(owner="other", stratum=2, mode="add", wrong=[True]), ordinal=number))
        scores.append(score(2.0 if number % 2 else 0.5))
    found = per_owner(cases, scores, ["other", "quiet", "nobody"])
    value, low, high = found["other"]["5"]
    assert {f"{rate:g}" for rate in RATES} == set(found["other"])
    assert 0.5 == value
    assert 0.2 < low < 0.5 < high < 0.8
    assert [None] * 3 == plain(found["quiet"]["5"])
    assert "nobody" not in found


def test_labels_are_moved_apart_and_stay_in_the_plot() -> None:
    """As little as needs be: what has room stays."""
    assert [0.2, 0.5, 0.8] == apart([0.2, 0.5, 0.8], 0.1)
    assert [0.45, 0.55] == pytest.approx(apart([0.5, 0.5], 0.1))
    assert [0.0, 0.1, 0.2] == pytest.approx(apart([0.0, 0.0, 0.01], 0.1))
    assert [0.8, 0.9, 1.0] == pytest.approx(apart([0.99, 1.0, 1.0], 0.1))
    assert [] == apart([])


def test_figures_are_rounded_and_what_is_none_is_a_dash() -> None:
    """Small probabilities keep their digits, since JSON holds them as they are."""
    assert {"a": [0.1235, None, 3], "b": 0.00001234} == plain(
        {"a": (0.123456, float("nan"), np.int64(3)), "b": np.float64(0.0000123412)}
    )
    assert ("0.50 (0.25-0.75)", "0.50", "-", "-") == (
        figure([0.5, 0.25, 0.75]),
        figure([0.5]),
        figure(None),
        figure([None, None, None]),
    )
