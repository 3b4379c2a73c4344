"""A candidate and the recipe in use, measured on what neither has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scanner.detect.classifier import Rows
from scanner.detect.features.table import schema_digest
from scanner.store import Label
from tests.rows import FEW, base_rows, scored
from training.labels import Example, join
from training.promotion import Comparison, Figures, compare
from training.retrain import How, Own, Retrained, fits, own_examples, own_of, retrain

HOW = How(jobs=1, trees=FEW)


@pytest.fixture(scope="module")
def base() -> Rows:
    """Six mailboxes."""
    return base_rows()


@pytest.fixture(scope="module")
def plain(base: Rows) -> Retrained:
    """A candidate that has learnt nothing of one's own."""
    return retrain(base, Own(), Own(), how=HOW)


@pytest.fixture(scope="module")
def honest(base: Rows) -> Retrained:
    """A candidate that has learnt thirty true labels."""
    return trained(base, examples(30))


def examples(count: int, *, lies: bool = False) -> tuple[Example, ...]:
    """So many labelled messages, every other of them wrong; `lies` says the opposite of what is so."""
    verdicts = [scored(number, wrong=bool(number % 2)) for number in range(1, count + 1)]
    labels = [
        Label(one.message_id, None, wrong=(number % 2 == 1) != lies, at=one.date)
        for number, one in enumerate(verdicts, 1)
        if one.date is not None
    ]
    return join(labels, {one.message_id: one for one in verdicts}.get, schema_digest()).examples


def trained(base: Rows, found: Sequence[Example], *, current: Own | None = None) -> Retrained:
    """A candidate on these examples."""
    own = own_examples(found, base)
    return retrain(base, own, current or Own(), how=HOW)


def test_the_same_data_give_the_same_model(base: Rows, honest: Retrained) -> None:
    """To the last bit, with the same seed."""
    again = trained(base, examples(30))
    rows = base.rows.astype(np.float64)

    assert honest.classifier.decision(rows).tolist() == again.classifier.decision(rows).tolist()
    assert honest.candidate.base.tolist() == again.candidate.base.tolist()


def test_without_examples_candidate_and_current_are_the_same(plain: Retrained) -> None:
    """The same recipe on the same folds: not the least difference."""
    assert plain.candidate.base.tolist() == plain.current.base.tolist()


def test_a_fold_has_not_seen_its_mailboxes(base: Rows, plain: Retrained) -> None:
    """Labels of a mailbox turned into their opposite do not change its own scores, only those of others."""
    turned = replace(base, labels=np.where(base.owners == 0, 1 - base.labels, base.labels).astype(np.int8))
    scores, other = plain.candidate.base, retrain(turned, Own(), Own(), how=HOW).candidate.base
    mine = base.owners == 0

    assert scores[mine].tolist() == other[mine].tolist()
    assert scores[base.owners == 1].tolist() != other[base.owners == 1].tolist()


def test_later_labels_are_kept_from_what_they_check(base: Rows, honest: Retrained) -> None:
    """Lies told of the last nine of thirty messages change no held-out score, and the model itself."""
    one, other = honest, trained(base, (*examples(30)[:21], *examples(30, lies=True)[21:]))
    rows = base.rows.astype(np.float64)

    assert 9 == len(np.unique(one.later.messages))
    assert one.candidate.later.tolist() == other.candidate.later.tolist()
    assert one.classifier.decision(rows).tolist() != other.classifier.decision(rows).tolist()


def test_what_the_current_model_learnt_later_is_kept_from_it_too(base: Rows) -> None:
    """Trained on the same examples as the candidate it is the same recipe, and scores the same."""
    own = own_examples(examples(30), base)
    manifest = {"own": {"dates": list(own.dates)}}
    both = trained(base, examples(30), current=own_of(own.rows, manifest))

    assert both.current.later.tolist() == both.candidate.later.tolist()
    assert both.current.base.tolist() == both.candidate.base.tolist()


def test_labels_are_learnt(base: Rows, plain: Retrained) -> None:
    """What was marked as fine scores lower with the labels than without them."""
    verdict = scored(1, wrong=True)
    labels = [Label(verdict.message_id, None, wrong=False, at=verdict.date)] if verdict.date else []
    found = join(labels, lambda _: verdict, schema_digest()).examples
    rows = np.array(verdict.feature_rows)

    assert trained(base, found).classifier.decision(rows)[0] < plain.classifier.decision(rows)[0] - 1.0


def test_each_fit_is_told_of(base: Rows) -> None:
    """So that a bar can show how far it is."""
    told: list[int] = []
    retrain(base, Own(), Own(), how=HOW, done=lambda: told.append(1))

    assert fits(HOW) == len(told)


def test_honest_labels_are_no_objection(base: Rows, honest: Retrained) -> None:
    """Recall does not fall by more than chance explains, and as many later labels are right."""
    comparison = compare(base, honest, labels=30, budget=50.0, seed=0)

    assert [] == comparison.objections
    assert 9 == comparison.later


def test_labels_that_lie_cost_recall_and_are_refused(base: Rows) -> None:
    """The figures are printed in the sentence."""
    comparison = compare(base, trained(base, examples(200, lies=True)), labels=200, budget=50.0, seed=0)

    assert comparison.fall > comparison.noise
    assert any("Recall at 50 false alerts per 1,000 falls by" in one for one in comparison.objections)


def figures(recall: float, right: int) -> Figures:
    """Recall at the budget of five and later labels right."""
    return Figures({5.0: recall}, right)


@pytest.mark.parametrize(
    ("candidate", "labels", "objections"),
    [
        (figures(0.50, 8), 20, 0),
        (figures(0.49, 8), 20, 0),
        (figures(0.47, 8), 20, 1),
        (figures(float("nan"), 8), 20, 1),
        (figures(0.60, 7), 20, 1),
        (figures(0.60, 9), 19, 1),
        (figures(0.40, 7), 3, 3),
    ],
)
def test_a_candidate_must_be_no_worse(candidate: Figures, labels: int, objections: int) -> None:
    """Noise is 0.02 here: a fall within it is chance; later labels and the least number count as well."""
    comparison = Comparison(5.0, candidate, figures(0.50, 8), noise=0.02, labels=labels, later=9)

    assert objections == len(comparison.objections)
