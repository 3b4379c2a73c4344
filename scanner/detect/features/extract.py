"""From a message and the history before it to numbers: one row per recipient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.features import families
from scanner.detect.features.address import Lookalikes, address_row, lookalikes
from scanner.detect.features.candidates import LIGHT, Candidates
from scanner.detect.features.table import ALTERNATIVES, COMPARED, NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner.detect.features.context import Context

Floats = "NDArray[np.float64]"
KIN = ("near", "same_name", "same_local", "shares_name", "shares_prefix")
"""In which ways a contact not on the message is easily taken for a recipient, closest first."""

_SCORED = 40
"""In larger recipient sets nobody is compared with contacts who are not on the message."""

_COMPARED = [LIGHT.index(name) for name in COMPARED]
_NAMESAKES = KIN.index("shares_name") + 1
"""Of the kinds of likeness these concern name or address; shared first letters come after."""

_BASE = NAMES[:ALTERNATIVES]


@dataclass(frozen=True, slots=True)
class Extract:
    """The numbers of one message.

    `base` is (recipients, features before the alternatives); `light` is (recipients, 1 + outsiders,
    ranker features), the recipient first; `kin` is (recipients, outsiders, len(KIN)) of 0 and 1;
    `outsiders` are contact indexes.
    """

    base: NDArray[np.floating]
    light: NDArray[np.floating]
    kin: NDArray[np.number]
    outsiders: tuple[int, ...]


def extract(context: Context, looks: list[Lookalikes] | None = None) -> Extract:
    """Return the numbers of a message, from the history strictly before it.

    `looks` are the look-alikes of its recipients where they are known already.
    """
    parties = context.parties
    if not parties:
        return Extract(
            np.empty((0, ALTERNATIVES)), np.empty((0, 1, len(LIGHT))), np.empty((0, 0, len(KIN))), ()
        )
    compared = len(parties) <= _SCORED
    looks = lookalikes(context) if looks is None else looks
    hints = [i for look in looks for i in look.hints()[: 60 // len(parties) + 4]] if compared else []
    candidates = Candidates(context, list(dict.fromkeys(hints)), compared=compared)
    shared = {**families.message_row(context), **families.exposure_row(context)}
    whole = context.belonging(None) if len(parties) > families.PAIR_LIMIT else None
    base, light, kin = [], [], []
    for position, party in enumerate(parties):
        belonging = whole if whole is not None else context.belonging(party.index)
        look = looks[position]
        row = {
            **shared,
            **families.history_row(context, position),
            **families.group_row(context, position, belonging),
            **address_row(context, position, look),
            **families.thread_row(context, position),
            **families.quoted_row(context, position),
            **families.salutation_row(context, position),
            **families.mention_row(context, position),
            **families.content_row(context, position),
            **families.domain_row(context, position),
        }
        base.append([row[name] for name in _BASE])
        light.append(candidates.rows(position, belonging))
        kin.append(_kin(look, candidates.outsiders))
    return Extract(
        np.array(base),
        np.array(light),
        np.array(kin, dtype=np.float64).reshape(len(parties), len(candidates.outsiders), len(KIN)),
        tuple(candidates.outsiders),
    )


def _kin(look: Lookalikes, outsiders: list[int]) -> list[list[float]]:
    near = {index for _, index in look.near}
    kinds = (near, set(look.named), set(look.local), set(look.neighbours), set(look.prefixed))
    return [[float(index in kind) for kind in kinds] for index in outsiders]


def _compare(rows: NDArray[np.float64], numbers: Extract, fits: NDArray[np.floating]) -> None:
    """Fill in what the best contact not on the message, and the best of like name, have over each."""
    light, count, width = numbers.light, len(numbers.light), len(_COMPARED)
    everyone = np.arange(count)
    mine = light[:, 0][:, _COMPARED]
    outside = fits[:, 1:]
    rows[:, 2 : 2 + width] = light[everyone, 1 + outside.argmax(axis=1)][:, _COMPARED] - mine
    named = np.greater(numbers.kin[:, :, :_NAMESAKES].max(axis=2), 0)
    some: NDArray[np.bool_] = np.any(named, axis=1)
    theirs = np.where(named, outside, -np.inf)
    rows[:, 0] = np.where(some, theirs.max(axis=1) - fits[:, 0], math.nan)
    rows[:, 1] = named.sum(axis=1)
    over = light[everyone, 1 + theirs.argmax(axis=1)][:, _COMPARED] - mine
    rows[:, 2 + width :] = np.where(some[:, None], over, math.nan)


def complete(numbers: Extract, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows of the classifier: base features and what follows from the ranker.

    `weights` are the ranker's, one per light feature. Shape (recipients, features).
    """
    count = len(numbers.base)
    rows = np.full((count, len(NAMES)), math.nan)
    if not count:
        return rows
    rows[:, :ALTERNATIVES] = numbers.base
    fits = numbers.light @ weights
    mine, outside = fits[:, 0], fits[:, 1:]
    column = ALTERNATIVES
    rows[:, column] = mine
    rows[:, column + 1] = (mine[None, :] > mine[:, None]).sum(axis=1)
    if outside.shape[1]:
        best = outside.max(axis=1)
        rows[:, column + 2] = best - mine
        related = np.any(numbers.kin, axis=2)
        kin = np.where(related, outside, -np.inf).max(axis=1)
        rows[:, column + 3] = np.where(np.any(related, axis=1), kin - mine, math.nan)
        top = np.maximum(best, mine)
        rows[:, column + 4] = np.exp(mine - top) / (
            np.exp(mine - top) + np.exp(outside - top[:, None]).sum(axis=1)
        )
        rows[:, column + 7] = best.max() - mine.max()
        _compare(rows[:, column + 8 :], numbers, fits)
    if count > 1:
        rows[:, column + 5] = (mine.sum() - mine) / (count - 1) - mine
        rows[:, column + 6] = mine.max() - mine
    return rows
