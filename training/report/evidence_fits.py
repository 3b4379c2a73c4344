"""Fits with and without what later mail shows: one forest of few trees, each owner held out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from joblib import Parallel, delayed

from scanner.detect.classifier import Classifier, Rows, fit_classifier
from scanner.detect.features.extract import complete
from training.fitting import teaching_rows
from training.labels import LABEL_WEIGHT, Example, half, labelled_rows
from training.publish import owner_numbers
from training.ranker import fit_ranker
from training.retrain import joined
from training.signs import share_of, tamed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case
    from training.report.bench import Bench
    from training.signed import Signed

T = TypeVar("T")
R = TypeVar("R")

TREES = 60
"""Boosted trees of these fits, where the caller has not said how many."""

BASE = "base rows"
SEED = "base rows, another seed"
WITHOUT = "without these messages as clean ones"
WITH = "with their labels"
FLOOD = "with 1,000 false notices of one recipient"
UNBOUND = "the same, were they not bounded"
ARMS = (SEED, WITHOUT, WITH, FLOOD, UNBOUND)
"""What is fitted beside the base rows."""

_NOTICES = 1_000
_NOTICE = 0.9
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """One fold: what is fitted on, the ranker and the rows, and the base classifier."""

    held: frozenset[str]
    train: Sequence[Case]
    ranker: NDArray[np.float64]
    rows: Rows
    classifier: Classifier

    def raw(self, cases: Sequence[Case], classifier: Classifier) -> list[NDArray[np.float64]]:
        """Return the raw scores of cases by a classifier of this fold."""
        rows = [complete(case.numbers, self.ranker) for case in cases]
        if not rows:
            return []
        ends = np.cumsum([len(one) for one in rows])[:-1]
        return list(np.split(classifier.decision(np.concatenate(rows)), ends))


def trees(bench: Bench) -> dict[str, Any]:
    """Return the settings of these fits."""
    return {"max_iter": TREES, "forests": 1, "network": False, **bench.trees}


def part(bench: Bench, held: frozenset[str]) -> Part:
    """Return the fold without these owners."""
    train = [*(case for case in bench.cases if case.owner not in held), *bench.teaching]
    ranker = fit_ranker(train)
    rows = teaching_rows(train, ranker, owner_numbers(train))
    return Part(held, train, ranker, rows, fit_classifier(rows, **trees(bench)))


def fitted(bench: Bench, arm: str, part: Part, boxes: Mapping[str, Signed]) -> Classifier:
    """Return the classifier of one of `ARMS` on a fold; `boxes` are all mailboxes by name."""
    if arm == SEED:
        return fit_classifier(part.rows, seed=bench.seed + 1, **trees(bench))
    if arm in {FLOOD, UNBOUND}:
        found = _flood(part, bench.seed)
        if arm == FLOOD:
            found = tamed(found, most=share_of(part.rows))
        return fit_classifier(joined(part.rows, _rows([found], part)), **trees(bench))
    examples = {name: signed.examples(part.ranker) for name, signed in boxes.items() if name not in part.held}
    places = {(case.owner, case.ordinal): at for at, case in enumerate(part.train) if not case.stratum}
    taken = [
        places[name, boxes[name].ordinals[one.message_id]] for name, some in examples.items() for one in some
    ]
    if not taken:
        return part.classifier
    rows = _only(part.rows, ~((part.rows.strata == 0) & np.isin(part.rows.messages, taken)))
    if arm == WITH:
        rows = joined(rows, _rows(list(examples.values()), part))
    return fit_classifier(rows, **trees(bench))


def _flood(part: Part, seed: int) -> tuple[Example, ...]:
    """Return clean messages drawn by lot, each said to have gone wrong by one and the same recipient."""
    alone = [case for case in part.train if not case.stratum and len(case.wrong) == 1]
    drawn = np.random.default_rng(seed).permutation(len(alone))[:_NOTICES]
    return tuple(
        Example(
            message_id=f"<{number}@flood.example>",
            at=_FIRST + timedelta(hours=number),
            rows=half(complete(alone[place].numbers, part.ranker)),
            labels=np.ones(1, dtype=np.int8),
            weights=np.full(1, _NOTICE, dtype=np.float32),
            addresses=("recipient@flood.example",),
            signs=np.ones(1, dtype=bool),
        )
        for number, place in enumerate(drawn.tolist())
    )


def _rows(found: Sequence[Sequence[Example]], part: Part) -> Rows:
    """Return examples as rows that weigh as in retraining."""
    unit = LABEL_WEIGHT * float(part.rows.weights.mean())
    return labelled_rows([one for some in found for one in some], unit=unit)


def _only(rows: Rows, mask: NDArray[np.bool_]) -> Rows:
    names = ("rows", "labels", "weights", "owners", "messages", "strata")
    return Rows(*(getattr(rows, name)[mask] for name in names))


def gathered(cases: Sequence[Case], parts: Sequence[tuple[Part, Classifier]]) -> list[NDArray[np.float64]]:
    """Return the raw scores of all cases, each by the classifier that never saw its owner."""
    found: list[NDArray[np.float64]] = [np.empty(0)] * len(cases)
    for fold, classifier in parts:
        places = [at for at, case in enumerate(cases) if case.owner in fold.held]
        for at, raw in zip(places, fold.raw([cases[at] for at in places], classifier), strict=True):
            found[at] = raw
    return found


def each(bench: Bench, things: Sequence[T], find: Callable[[T], R], done: Callable[[], None]) -> list[R]:
    """Return what is found of each thing, in their order; `done` is called after each."""

    def run(thing: T) -> R:
        found = find(thing)
        done()
        return found

    return list(Parallel(n_jobs=bench.threads, prefer="threads")(delayed(run)(thing) for thing in things))
