"""A mailbox replayed into cases, and which of their rows teach."""

from __future__ import annotations

import numpy as np

from scanner.detect import rules
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import complete
from scanner.detect.features.table import NAMES
from scanner.detect.judge import Judge
from tests.letters import OWNERS, mailbox
from training.corpora import Mailbox
from training.dataset import Case, replay
from training.fitting import POSITIVE_SHARE, Detector, fit, folds, held_out_scores, teaching_rows
from training.leaks import STRATA
from training.ranker import fit_ranker


def a_mailbox(name: str = "anna", seed: int = 1, count: int = 250) -> Mailbox:
    """A made-up owner's mailbox."""
    return Mailbox(name, OWNERS, mailbox(count, seed=seed))


def test_training_sees_exactly_the_rows_that_the_judge_sees() -> None:
    """Every clean message after the first ten, with the same numbers, kept at half the size."""
    box = a_mailbox()
    clean = [case for case in replay(box) if case.stratum == 0]
    judge = Judge(owner=OWNERS, model=None)
    verdicts = list(judge.stream((*one, True) for one in box.mail))
    assert len(clean) == len(verdicts) - 10
    for case, verdict in zip(clean, verdicts[10:], strict=True):
        rows = complete(case.numbers, rules.weights(LIGHT))
        np.testing.assert_allclose(rows, np.array(verdict.feature_rows), rtol=1e-5, atol=1e-5)


def test_the_same_seed_gives_the_same_cases_and_another_others() -> None:
    """Whatever is drawn comes from the seed and the mailbox's name."""

    def drawn(cases: list[Case]) -> list[tuple[int, str, int, list[bool]]]:
        return [(case.stratum, case.mode, case.ordinal, case.wrong.tolist()) for case in cases]

    one, same, other = (replay(a_mailbox(count=120), seed=seed) for seed in (1, 1, 2))
    assert drawn(one) == drawn(same)
    for case, again in zip(one, same, strict=True):
        np.testing.assert_array_equal(case.numbers.base, again.numbers.base)
    assert drawn(one) != drawn(other)


def test_a_mistake_marks_who_is_wrong_and_a_clean_message_nobody() -> None:
    """And places come in order, each mistake beside the message it was made of."""
    cases = replay(a_mailbox(count=150))
    assert {0} < {case.stratum for case in cases} <= {0, *STRATA}
    for case in cases:
        assert len(case.wrong) == len(case.numbers.base) == len(case.numbers.light)
        assert bool(case.stratum) is bool(case.wrong.any())
        assert 0.0 < case.place < 1.0
    clean = {case.ordinal for case in cases if case.stratum == 0}
    assert {case.ordinal for case in cases} == clean
    ordinals = [case.ordinal for case in cases]
    assert sorted(ordinals) == ordinals


def test_right_recipients_of_a_corrupted_message_teach_nothing() -> None:
    """Rows of clean messages teach, and the wrong ones of the others; the weights are shares.

    But for what looks like a slip in clean mail, two edits from an address in use.
    """
    cases = replay(a_mailbox(count=200), strata=(1, 6, 7))
    rows = teaching_rows(cases, np.zeros(len(LIGHT)), {"anna": 4})
    right = np.concatenate([case.numbers.base for case in cases if not case.stratum])
    near, volume = (right[:, NAMES.index(name)] for name in ("near", "near_volume"))
    slips = int(((near <= 2) & (volume > 0.69)).sum())
    assert 0 < slips < 5
    clean = len(right) - slips
    wrong = sum(int(case.wrong.sum()) for case in cases if case.stratum)
    assert (clean, wrong) == (int((rows.labels == 0).sum()), int((rows.labels == 1).sum()))
    total = rows.weights[rows.labels == 0].sum()
    assert np.isclose(POSITIVE_SHARE * total, rows.weights[rows.labels == 1].sum(), rtol=1e-3)
    assert {4} == set(rows.owners.tolist())


def test_owners_are_dealt_into_folds_each_once() -> None:
    """None is left out, none is in two."""
    names = [f"owner{n}" for n in range(10)]
    dealt = folds(names, 4)
    assert 4 == len(dealt)
    assert sorted(names) == sorted(name for fold in dealt for name in fold)


def test_scores_come_from_a_detector_that_never_saw_the_owner() -> None:
    """And each lies where its case does."""
    cases = [case for n in range(4) for case in replay(a_mailbox(f"o{n}", seed=n, count=60), strata=(6,))]
    seen: list[frozenset[str]] = []

    def train(part: list[Case]) -> Detector:
        seen.append(frozenset(case.owner for case in part))
        return fit(part, max_iter=5)

    scores = held_out_scores(cases, count=2, train=train)  # type: ignore[arg-type]
    assert {frozenset({"o1", "o3"}), frozenset({"o0", "o2"})} == set(seen)
    assert [len(case.numbers.base) for case in cases] == [len(score) for score in scores]


def test_a_small_detector_learns_and_is_the_same_every_time() -> None:
    """Mistakes score above clean messages after fitting on a few mailboxes of other people."""
    cases = [case for n in range(3) for case in replay(a_mailbox(f"o{n}", seed=n, count=180), strata=(6, 7))]
    known = [case for case in cases if case.owner != "o0"]
    held = [case for case in cases if case.owner == "o0"]
    one, other = (fit(known, max_iter=15) for _ in range(2))
    np.testing.assert_array_equal(fit_ranker(known), one.ranker)
    scores, again = one.score(held), other.score(held)
    for first, second in zip(scores, again, strict=True):
        np.testing.assert_array_equal(first, second)
    top = np.array([score.max() for score in scores])
    wrong = np.array([case.stratum > 0 for case in held])
    above = (top[wrong][:, None] > top[~wrong][None, :]).mean()
    assert above > 0.75
