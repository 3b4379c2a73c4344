"""Labelled examples: what is known of messages, joined to the feature rows kept at the scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scanner.detect import rules
from scanner.detect.classifier import Rows
from scanner.detect.evidence import SIGN_SOURCES
from scanner.detect.features.table import NAMES
from training.fitting import coarse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from scanner.detect.verdict import Verdict

LABEL_WEIGHT = 30.0
"""What one labelled message weighs, in base rows of mean weight (docs/experiments.md, Retraining)."""

SUSPECTED = 0.25
"""Where a whole message is wrong: recipients with this share of its score are suspected, as in alerts."""

OWN_LABELS = -1
"""The owner number of rows that a person has labelled; those of base mailboxes are not negative."""

OWN_SIGNS = -3
"""The owner number of rows whose label was worked out from later mail."""

_LARGEST = 65504.0


class Said(Protocol):
    """A label: see `scanner.store.Label`."""

    @property
    def message_id(self) -> str:
        """The message."""

    @property
    def recipient(self) -> str | None:
        """The recipient, None for the whole message."""

    @property
    def wrong(self) -> bool:
        """Whether it went to the wrong party."""

    @property
    def weight(self) -> float:
        """How much it counts, in (0, 1]."""

    @property
    def source(self) -> str:
        """Where it comes from: one of `SIGN_SOURCES`, or a person."""

    @property
    def at(self) -> datetime:
        """When it was said."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message: rows (recipients said something of, features), 1 for a wrong one, weights.

    `at` is when the message was sent, or labelled where it has no date; `addresses` are the
    recipients of the rows, `signs` says of which of them later mail spoke and not a person.
    """

    message_id: str
    at: datetime
    rows: NDArray[np.float32]
    labels: NDArray[np.int8]
    weights: NDArray[np.float32]
    addresses: tuple[str, ...]
    signs: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Joined:
    """Examples in order of date, and how many labelled messages cannot be used and why.

    `unscored`: no such message has been scored; `other_features`: it was scored by a version
    with other features; `by_rules`: it was scored by rules alone, whose rows are others;
    `nobody`: what was labelled is no recipient of it.
    """

    examples: tuple[Example, ...]
    unscored: int = 0
    other_features: int = 0
    by_rules: int = 0
    nobody: int = 0

    @property
    def unusable(self) -> int:
        """How many labelled messages cannot be used."""
        return self.unscored + self.other_features + self.by_rules + self.nobody


def join(labels: Iterable[Said], verdict_of: Callable[[str], Verdict | None], schema: str) -> Joined:
    """Return what can be learnt from the labels that hold: `schema` is the feature schema of this version."""
    said: dict[str, list[Said]] = {}
    for label in labels:
        said.setdefault(label.message_id, []).append(label)
    examples: list[Example] = []
    unscored = other_features = by_rules = nobody = 0
    for message_id, words in said.items():
        verdict = verdict_of(message_id)
        if verdict is None:
            unscored += 1
        elif verdict.model == rules.NAME:
            by_rules += 1
        elif verdict.feature_schema != schema:
            other_features += 1
        elif (found := _example(verdict, words)) is None:
            nobody += 1
        else:
            examples.append(found)
    examples.sort(key=lambda one: (one.at, one.message_id))
    return Joined(tuple(examples), unscored, other_features, by_rules, nobody)


def learnable(verdict: Verdict, schema: str) -> bool:
    """Return whether a verdict holds feature rows of this version, scored by a model."""
    return verdict.model != rules.NAME and verdict.feature_schema == schema


def _example(verdict: Verdict, words: Sequence[Said]) -> Example | None:
    """Return the example: a recipient's own label counts before what was said of the whole message."""
    held = _holding(words)
    whole = held.pop(None, None)
    top = max((one.score for one in verdict.recipients), default=0.0)
    taken: list[tuple[int, _Held]] = []
    for place, one in enumerate(verdict.recipients[: len(verdict.feature_rows)]):
        word = held.get(one.address)
        if word is None and whole is not None and (not whole.wrong or one.score >= SUSPECTED * top):
            word = whole
        if word is not None:
            taken.append((place, word))
    if not taken:
        return None
    count = len(taken)
    return Example(
        message_id=words[0].message_id,
        at=verdict.date or words[-1].at,
        rows=half(np.array([verdict.feature_rows[place] for place, _ in taken])),
        labels=np.array([word.wrong for _, word in taken], dtype=np.int8),
        # As for base rows: the wrong ones share their weight, the right ones weigh a little more together.
        weights=np.array(
            [word.weight / (count if word.wrong else count**0.5) for _, word in taken], dtype=np.float32
        ),
        addresses=tuple(verdict.recipients[place].address for place, _ in taken),
        signs=np.array([word.sign for _, word in taken], dtype=bool),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What holds of a recipient or of the whole message, and whether later mail says it."""

    wrong: bool
    weight: float
    sign: bool = True


def _holding(words: Sequence[Said]) -> dict[str | None, _Held]:
    """Return what holds of each recipient and (None) of the whole message.

    Where a person spoke of the whole message, later mail has no say; where they spoke of one
    recipient, it has a say about others that it names.
    """
    person = {
        word.recipient: _Held(word.wrong, word.weight, sign=False)
        for word in words
        if word.source not in SIGN_SOURCES
    }
    if None in person:
        return person
    signs = _shown(word for word in words if word.source in SIGN_SOURCES)
    if person:
        signs.pop(None, None)
    return {**signs, **person}


def _shown(words: Iterable[Said]) -> dict[str | None, _Held]:
    """Return what later mail shows: of several signs the surest one.

    One that does not tell which recipient is wrong is about those whom another one names as wrong.
    """
    held: dict[str | None, _Held] = {}
    for word in sorted(words, key=lambda word: word.weight):
        held[word.recipient] = _Held(word.wrong, word.weight)
    whole = held.get(None)
    if whole is None:
        return held
    surer: dict[str | None, _Held] = {
        who: _Held(one.wrong, max(one.weight, whole.weight))
        for who, one in held.items()
        if who is not None and one.wrong and whole.wrong
    }
    return surer or {None: whole}


def half(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows as coarse as base rows are kept, so that a refit sees the same numbers, all finite."""
    return coarse(np.clip(rows, -_LARGEST, _LARGEST))


def labelled_rows(examples: Sequence[Example], *, unit: float) -> Rows:
    """Return the examples as rows to fit on, numbered from 0; `unit` is what a whole one weighs.

    The stratum of a wrong one is -1: no simulated mistake.
    """
    if not examples:
        return no_rows()
    sizes = [len(one.labels) for one in examples]
    labels = np.concatenate([one.labels for one in examples])
    return Rows(
        np.concatenate([one.rows for one in examples]),
        labels,
        (unit * np.concatenate([one.weights for one in examples])).astype(np.float32),
        np.where(np.concatenate([one.signs for one in examples]), OWN_SIGNS, OWN_LABELS).astype(np.int16),
        np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        -labels,
    )


def no_rows() -> Rows:
    """Return rows of which there are none."""
    return Rows(
        np.empty((0, len(NAMES)), np.float32),
        np.empty(0, np.int8),
        np.empty(0, np.float32),
        np.empty(0, np.int16),
        np.empty(0, np.int32),
        np.empty(0, np.int8),
    )
