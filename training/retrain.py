"""Retraining: base rows and one's own examples, cross-validated by mailbox against the model in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from scanner.detect.classifier import Classifier, Rows, fit_classifier
from training.labels import LABEL_WEIGHT, Example, labelled_rows, no_rows
from training.signs import share_of, tamed

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATER = 0.3
"""The last of one's own examples, by date: held out to check what was learnt from the earlier ones."""


@dataclass(frozen=True, slots=True)
class How:
    """How to fit: number of folds, seed, processes (-1: one for each core), settings of the trees."""

    folds: int = 3
    seed: int = 0
    jobs: int = -1
    trees: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Own:
    """One's own rows, labelled and simulated, with the date (POSIX seconds) of each message.

    `rows.messages` are places in `dates`.
    """

    rows: Rows = field(default_factory=no_rows)
    dates: tuple[float, ...] = ()

    def before(self, moments: Mapping[int, float]) -> Rows:
        """Return the rows of messages before the moment of their kind (`splitting`), where it has one."""
        return _chosen(self.rows, ~self._since(moments))

    def since(self, moments: Mapping[int, float]) -> Rows:
        """Return the rows of messages from that moment on."""
        return _chosen(self.rows, self._since(moments))

    def _since(self, moments: Mapping[int, float]) -> NDArray[np.bool_]:
        at = np.array(self.dates, dtype=np.float64)[self.rows.messages]
        limit = np.array([moments.get(int(owner), np.inf) for owner in self.rows.owners], dtype=np.float64)
        return at >= limit


@dataclass(frozen=True, slots=True)
class Scores:
    """Raw scores on what was not fitted on: of the base rows, and of one's own later rows."""

    base: NDArray[np.float64]
    later: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Retrained:
    """The candidate, fitted on everything, and the held-out scores of candidate and current recipe.

    `later` are one's own later rows, which neither was fitted on for its scores.
    """

    classifier: Classifier
    rows: Rows
    candidate: Scores
    current: Scores
    later: Rows


def own_examples(examples: Sequence[Example], base: Rows, mail: Own | None = None) -> Own:
    """Return the labelled examples and the simulated mistakes on one's own mail as rows to fit on.

    What was worked out from later mail weighs no more than `training.signs` allows.
    """
    unit = LABEL_WEIGHT * float(base.weights.mean())
    examples = tamed(examples, most=share_of(base))
    labelled = labelled_rows(examples, unit=unit)
    dates = tuple(one.at.timestamp() for one in examples)
    if mail is None:
        return Own(labelled, dates)
    moved = Rows(
        mail.rows.rows,
        mail.rows.labels,
        mail.rows.weights,
        mail.rows.owners,
        mail.rows.messages + np.int32(len(dates)),
        mail.rows.strata,
    )
    return Own(joined(labelled, moved), (*dates, *mail.dates))


def own_of(rows: Rows, manifest: Mapping[str, Any]) -> Own:
    """Return what a model was fitted on beside the base rows."""
    dates = tuple(float(date) for date in manifest.get("own", {}).get("dates", ()))
    mine = rows.owners < 0
    return Own(_chosen(rows, mine), dates) if mine.any() else Own()


def splitting(own: Own) -> dict[int, float]:
    """Return for each kind (by its owner number) when the last 30 % of its messages begin."""
    moments: dict[int, float] = {}
    for kind in np.unique(own.rows.owners):
        places = np.unique(own.rows.messages[own.rows.owners == kind])
        dates = sorted(own.dates[place] for place in places)
        moments[int(kind)] = dates[int((1.0 - LATER) * len(dates))]
    return moments


def retrain(
    base: Rows, own: Own, current: Own, *, how: How, done: Callable[[], None] = lambda: None
) -> Retrained:
    """Fit the candidate on `base` and `own`, and score it and the current recipe on what they never saw.

    The recipe of the model in use is `base` and `current`. For the scores both are fitted without the
    mailboxes of one fold and without the last 30 % of one's own messages. `done` is called after each
    of the fits, `fits(how)` in number. The same arguments give the same result.
    """
    split = splitting(own)
    later = own.since(split)
    early = (own.before(split), current.before(split))
    jobs = [delayed(_fold)(base, mine, later.rows, fold, how) for mine in early for fold in range(how.folds)]
    everything = joined(base, own.rows)
    runs: Iterator[Any] = Parallel(n_jobs=how.jobs, return_as="generator")(
        [delayed(_fit)(everything, how), *jobs]
    )
    results = []
    for result in runs:
        results.append(result)
        done()
    classifier, folds = results[0], results[1:]
    return Retrained(
        classifier,
        everything,
        _gathered(base, folds[: how.folds], how),
        _gathered(base, folds[how.folds :], how),
        later,
    )


def fits(how: How) -> int:
    """Return how many fits `retrain` makes."""
    return 2 * how.folds + 1


def joined(one: Rows, other: Rows) -> Rows:
    """Return the rows of both."""
    return Rows(
        *(
            np.concatenate([getattr(one, name), getattr(other, name)])
            for name in ("rows", "labels", "weights", "owners", "messages", "strata")
        )
    )


def _chosen(rows: Rows, mask: NDArray[np.bool_]) -> Rows:
    return Rows(
        rows.rows[mask],
        rows.labels[mask],
        rows.weights[mask],
        rows.owners[mask],
        rows.messages[mask],
        rows.strata[mask],
    )


def _fit(rows: Rows, how: How) -> Classifier:
    # Two fits side by side are quicker than two threads on one.
    with threadpool_limits(1):
        return fit_classifier(rows, seed=how.seed, **how.trees)


def _fold(
    base: Rows, own: Rows, later: NDArray[np.float32], fold: int, how: How
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    held = base.owners % how.folds == fold
    classifier = _fit(joined(_chosen(base, ~held), own), how)
    return (
        classifier.decision(base.rows[held].astype(np.float64)),
        classifier.decision(later.astype(np.float64)),
    )


def _gathered(
    base: Rows, folds: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], how: How
) -> Scores:
    raw = np.empty(len(base.labels))
    for fold, (scores, _) in enumerate(folds):
        raw[base.owners % how.folds == fold] = scores
    return Scores(raw, np.mean([later for _, later in folds], axis=0))
