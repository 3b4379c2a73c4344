"""Whether a candidate may take the place of the model in use, and the figures that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.evaluation import RATES
from training.held_out import level, messages_of, noise, recall
from training.labels import OWN_LABELS
from training.own_mail import OWN_MAIL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner.detect.classifier import Rows
    from training.held_out import Messages
    from training.retrain import Retrained, Scores

LEAST_LABELS = 20
"""Fewer labelled messages of one's own say too little: a candidate is then never promoted.

A message counts if a person spoke of it, or evidence of weight `training.signs.CLEAR` or more.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one model reaches on what it never saw.

    `recall` of simulated mistakes on base mailboxes by false alerts per 1,000; `right` how many
    of one's own later labels it gets right at the budget; `own_recall` and `own_false` (per 1,000)
    the same on one's own later mail, None where none was given.
    """

    recall: dict[float, float]
    right: int
    own_recall: float | None = None
    own_false: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate and current on the same held-out data, and the verdict."""

    budget: float
    candidate: Figures
    current: Figures
    noise: float
    labels: int
    later: int

    @property
    def fall(self) -> float:
        """By how much the candidate's recall at the budget is lower; negative where it is higher."""
        return self.current.recall[self.budget] - self.candidate.recall[self.budget]

    @property
    def objections(self) -> list[str]:
        """Why the candidate must not be promoted, as sentences; none where it may."""
        found = []
        if self.labels < LEAST_LABELS:
            found.append(too_few(self.labels))
        if not self.fall <= self.noise:
            found.append(
                f"Recall at {self.budget:g} false alerts per 1,000 falls by {self.fall:.3f}, which is more"
                f" than chance explains ({self.noise:.3f})."
            )
        if self.candidate.right < self.current.right:
            found.append(
                f"Of your {self.later} later labels it gets {self.candidate.right} right,"
                f" the model in use {self.current.right}."
            )
        return found

    def plain(self) -> dict[str, Any]:
        """Return the figures as plain data, for a manifest."""
        return {
            "budget": self.budget,
            "noise": self.noise,
            "later_labels": self.later,
            **{
                name: {
                    "recall": {f"{rate:g}": value for rate, value in figures.recall.items()},
                    "later_labels_right": figures.right,
                    "own_mail_recall": figures.own_recall,
                    "own_mail_false_per_1000": figures.own_false,
                }
                for name, figures in (("candidate", self.candidate), ("current", self.current))
            },
        }


def too_few(labels: int) -> str:
    """Return the sentence about too few labels."""
    return (
        f"You have {labels} clearly labelled message{'' if labels == 1 else 's'} that can be learnt from;"
        f" a model is promoted from {LEAST_LABELS} on."
    )


def compare(base: Rows, found: Retrained, *, labels: int, budget: float, seed: int) -> Comparison:
    """Return the comparison; `labels` is how many clearly labelled messages the candidate has learnt from."""
    messages = messages_of(base)
    tops = [messages.tops(one.base) for one in (found.candidate, found.current)]
    candidate, current = (
        _figures(messages, top, scores, found.later, budget)
        for top, scores in zip(tops, (found.candidate, found.current), strict=True)
    )
    labelled = found.later.owners == OWN_LABELS
    return Comparison(
        budget=budget,
        candidate=candidate,
        current=current,
        noise=noise(messages, tops[0], tops[1], budget, seed=seed),
        labels=labels,
        later=len(np.unique(found.later.messages[labelled])),
    )


def _figures(
    messages: Messages, tops: NDArray[np.float64], scores: Scores, later: Rows, budget: float
) -> Figures:
    told = level(messages, tops, budget)
    rates = sorted({*RATES, budget})
    mine = later.owners == OWN_LABELS
    right = _right(later.messages[mine], later.labels[mine], scores.later[mine] > told)
    own = later.owners == OWN_MAIL
    if not own.any():
        return Figures({rate: recall(messages, tops, rate) for rate in rates}, right)
    number, strata, above = later.messages[own], later.strata[own], scores.later[own] > told
    alerted = np.array([above[number == one].any() for one in np.unique(number)])
    kind = np.array([strata[number == one][0] for one in np.unique(number)])
    clean = alerted[kind == 0]
    shares = [alerted[kind == one].mean() for one in np.unique(kind) if one]
    return Figures(
        {rate: recall(messages, tops, rate) for rate in rates},
        right,
        own_recall=float(np.mean(shares)) if shares else None,
        own_false=1000.0 * float(clean.mean()) if len(clean) else None,
    )


def _right(number: NDArray[np.int32], labels: NDArray[np.int8], above: NDArray[np.bool_]) -> int:
    """Count the messages told of one of whose wrong recipients, and those not told of that are fine."""
    right = 0
    for one in np.unique(number):
        mine = number == one
        wrong = mine & (labels == 1)
        right += bool(above[wrong].any()) if wrong.any() else not above[mine].any()
    return right
