"""The protocol of 2007: which leak is added to which message, and how the methods are compared."""

from __future__ import annotations

import math
import random
from functools import cache

import numpy as np
import pytest

from tests.letters import OWNERS, mailbox
from tests.unit.training.cases import a_case
from training.baselines.published import BASELINES
from training.baselines.sdm import Outcome, Trials, added_leaks, draw_leak, outcome, sdm_protocol
from training.baselines.sdm_table import OURS, ahead, chosen, folder_name, sdm_table
from training.baselines.state import COLUMN
from training.corpora import Mailbox
from training.dataset import Case, replay
from training.fitting import Detector, fit

BOOK = ("anton@a.example", "andrea@a.example", "alma@b.example", "berta@b.example")


def a_mailbox(name: str = "anna.neri", count: int = 240, seed: int = 1) -> Mailbox:
    """A made-up owner's mailbox."""
    return Mailbox(name, OWNERS, mailbox(count, seed=seed))


@cache
def trials(*, online: bool) -> Trials:
    """The trials of that mailbox, three draws each."""
    return added_leaks(a_mailbox(), draws=3, online=online)


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ("antje@x.example", {"anton@a.example"}),
        ("anna@x.example", {"anton@a.example", "andrea@a.example"}),
        ("axel@x.example", {"anton@a.example", "andrea@a.example", "alma@b.example"}),
        ("zoe@x.example", set(BOOK)),
    ],
)
def test_a_leak_begins_like_the_recipient_as_far_as_the_book_allows(
    recipient: str, expected: set[str]
) -> None:
    """Three letters before two, two before one, one before anybody."""
    drawn = {draw_leak([recipient], BOOK, random.Random(seed)) for seed in range(60)}
    assert expected == drawn


def test_a_recipient_is_never_the_leak_and_an_empty_book_has_none() -> None:
    """Whoever stands on the message is right; with nobody left there is no leak."""
    drawn = {draw_leak(["anton@a.example"], BOOK, random.Random(seed)) for seed in range(60)}
    assert {"andrea@a.example"} == drawn
    assert draw_leak(BOOK, BOOK, random.Random(1)) is None
    assert draw_leak([], BOOK, random.Random(1)) is None


@pytest.mark.parametrize("online", [True, False])
def test_each_of_the_newest_messages_gets_one_leak_in_every_draw(*, online: bool) -> None:
    """The newest tenth is tested, nothing of it is for learning; a leak is known to the training part."""
    found, sent = trials(online=online), a_mailbox().sent
    tested = {int(case.key) for case in found.tests}
    assert min(tested) >= 0.9 * sent > max(int(case.key) for case in found.learning)
    assert len(found.tests) == 3 * len(tested) == len(found.known)
    for case in (*found.tests, *found.learning):
        assert 1 == case.wrong.sum()
        assert len(case.wrong) == len(case.published) > 1
        (leak,) = case.published[case.wrong]
        assert not (leak[COLUMN["never sent"]] and leak[COLUMN["never received"]])


def test_frozen_trials_do_not_know_the_test_part() -> None:
    """Counts are out of the training part's messages; online they grow with every message."""
    messages = math.ceil(0.9 * a_mailbox().sent)

    def whole(found: Trials) -> bool:
        logs = np.concatenate([case.published[:, COLUMN["frequency"]] for case in found.tests])
        counts = np.exp(logs.astype(float)) * (messages + 1.0) - 0.5
        return np.allclose(counts, np.round(counts), atol=1e-3)

    online, frozen = trials(online=True), trials(online=False)
    assert [case.key for case in online.tests] == [case.key for case in frozen.tests]
    assert whole(frozen)
    assert not whole(online)


def test_the_same_seed_adds_the_same_leaks() -> None:
    """Another seed adds others."""

    def drawn(seed: int) -> list[list[bool]]:
        return [case.wrong.tolist() for case in added_leaks(a_mailbox(), seed=seed, draws=3).tests]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_ties_count_as_a_random_order_would() -> None:
    """Among three alike the leak comes first in a third of the orders, second on average."""
    cases = [a_case(key=str(n), wrong=(False, True, False)) for n in range(3)]
    scores = [np.array([0.0, 1.0, 0.5]), np.zeros(3), np.array([2.0, 1.0, 3.0])]
    found = outcome(cases, scores)
    assert [0, 1, 2] == found.message.tolist()
    assert pytest.approx([1.0, 1.0 / 3.0, 0.0]) == found.first.tolist()
    assert [1.0, 2.0, 3.0] == found.rank.tolist()


def test_who_knows_the_leak_is_always_right() -> None:
    """And who has it upside down never is."""
    right = sdm_protocol(a_mailbox(), lambda cases: [case.wrong.astype(np.float64) for case in cases])
    wrong = sdm_protocol(a_mailbox(), lambda cases: [-case.wrong.astype(np.float64) for case in cases])
    assert (1.0, 1.0, 0.0) == (right.first.mean(), right.rank.mean(), wrong.first.mean())


def test_two_methods_are_compared_message_by_message() -> None:
    """No difference to oneself; the interval holds the difference and knows of the draws' kinship."""
    chance = np.random.default_rng(1)
    message = np.repeat(np.arange(40), 5)
    one = Outcome(message, np.ones(200), np.ones(200))
    other = Outcome(message, np.repeat(chance.integers(0, 2, 40), 5).astype(float), np.ones(200))
    assert (0.0, 0.0, 0.0) == ahead(one, one)
    gain, low, high = ahead(one, other)
    assert 0.0 < low < gain < high < 1.0
    # 40 independent messages, not 200: half of a 95 % interval of about 0.15.
    assert high - low > 0.2


def test_a_mailbox_is_named_as_its_folder_or_as_itself() -> None:
    """Without a name the first two with enough mail are taken."""
    boxes = [a_mailbox("vera.rosa"), a_mailbox("ugo.bianchi"), a_mailbox("lia.verdi", count=60)]
    assert ("neri-a", "post", "rossi-b") == tuple(map(folder_name, ("anna.neri", "post", "bruno.c.rossi")))
    assert ["bianchi-u"] == list(chosen(boxes, ["bianchi-u"]))
    assert ["rosa-v", "bianchi-u"] == list(chosen(boxes, ["ugo.bianchi", "rosa-v"]))
    assert {} == chosen(boxes, ["nobody"])
    large = [a_mailbox(name, count=400) for name in ("vera.rosa", "ugo.bianchi", "lia.verdi")]
    assert ["rosa-v", "bianchi-u"] == list(chosen(large))


def test_the_table_holds_every_method_both_ways() -> None:
    """As plain data and as Markdown, with how far ours is ahead; the detector is asked for by mailbox."""
    box = a_mailbox()
    others: list[Case] = [
        case for seed in (2, 3) for case in replay(a_mailbox(f"o{seed}", seed=seed), strata=(6,))
    ]
    asked: list[str] = []

    def detector_for(mailbox: Mailbox) -> Detector:
        asked.append(mailbox.name)
        return fit(others, max_iter=5)

    data, lines = sdm_table([box], ["neri-a"], detector_for, draws=2)
    assert ["anna.neri"] == asked
    for mode in ("frozen", "online"):
        figures = data["neri-a"][mode]
        assert (*BASELINES, OURS) == tuple(figures)
        assert figures[OURS]["ahead"] is None
        assert all(0.0 <= one["prec_at_1"] <= 1.0 <= one["rank"] for one in figures.values())
        # Somebody is found by more than luck.
        assert figures["CutOnce's fusion"]["prec_at_1"] > figures["random"]["prec_at_1"]
    for name in (*BASELINES, OURS):
        assert 1 == sum(line.startswith(f"| {name} |") for line in lines)
