"""Recall at false-alarm rates, for single strata and pools, with intervals over owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.evaluation import RATES, message_scores, scored
from training.leaks import MODES, STRATA

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

DRAWS = 500
"""Draws of the bootstrap over owners; the interval is the middle 95 % of them."""

SPAN = (0.025, 0.975)
CURVE = tuple(float(rate) for rate in np.geomspace(0.5, 100.0, 28))
"""False alerts per 1,000 at which the curve is drawn."""

SEVEN = "strata 1-7"
ALL = "all eleven"


@dataclass(frozen=True, slots=True)
class Marked:
    """Things with a score: messages or recipients, clean (stratum 0) or wrong.

    `mode` is the place in MODES, -1 for none; `owner` is a number below `owners`.
    """

    score: NDArray[np.float64]
    stratum: NDArray[np.int8]
    mode: NDArray[np.int8]
    owner: NDArray[np.int16]
    owners: int

    def chosen(self, mask: NDArray[np.bool_]) -> Marked:
        """Return some of them."""
        return Marked(self.score[mask], self.stratum[mask], self.mode[mask], self.owner[mask], self.owners)


def messages(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], *, early: bool = False) -> Marked:
    """Return the messages that count, each with its highest score; with `early`, those before too."""
    all_of_them = _marked(cases, message_scores(scores))
    return all_of_them if early else all_of_them.chosen(scored(cases))


def recipients(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]]) -> Marked:
    """Return the recipients that count: all of clean messages, the wrong ones of the others."""
    kept = [
        (case, score if not case.stratum else score[case.wrong])
        for case, score, counts in zip(cases, scores, scored(cases), strict=True)
        if counts
    ]
    sizes = [len(score) for _, score in kept]
    whole = _marked([case for case, _ in kept], np.zeros(len(kept)))
    score = np.concatenate([score for _, score in kept]) if kept else np.empty(0)
    return Marked(
        score,
        np.repeat(whole.stratum, sizes),
        np.repeat(whole.mode, sizes),
        np.repeat(whole.owner, sizes),
        whole.owners,
    )


def _marked(cases: Sequence[Case], score: NDArray[np.float64]) -> Marked:
    numbers: dict[str, int] = {}
    owner = [numbers.setdefault(case.owner, len(numbers)) for case in cases]
    return Marked(
        np.asarray(score, dtype=np.float64),
        np.array([case.stratum for case in cases], dtype=np.int8),
        np.array([MODES.index(case.mode) if case.mode in MODES else -1 for case in cases], dtype=np.int8),
        np.array(owner, dtype=np.int16),
        len(numbers),
    )


def draws(owners: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return how often each owner is drawn: once each, then as in the draws of a bootstrap."""
    rng = np.random.default_rng(seed)
    drawn = [np.bincount(rng.integers(owners, size=owners), minlength=owners) for _ in range(DRAWS)]
    return np.stack([np.ones(owners, dtype=np.int64), *drawn])


def spans(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (..., 3) from (1 + draws, ...): the value and the ends of its interval."""
    known = values[1:]
    if not len(known):
        return np.stack([values[0]] * 3, axis=-1)
    nowhere = np.isnan(known).all(axis=0)
    ends = np.nanquantile(np.where(nowhere, 0.0, known), SPAN, axis=0)
    low, high = np.where(nowhere, np.nan, ends)
    return np.stack([values[0], low, high], axis=-1)


def groups() -> dict[str, list[tuple[int, str]]]:
    """Return the pools: name -> (stratum, mode), each part weighing the same; mode "" is any."""
    seven, every = range(1, 8), list(STRATA)
    found: dict[str, list[tuple[int, str]]] = {}
    for number, name in STRATA.items():
        for which in (*MODES, ""):
            found[f"{number} {name}{' / ' + which if which else ''}"] = [(number, which)]
    for pool, numbers in ((SEVEN, seven), (ALL, every)):
        for which in ("", *MODES):
            found[f"{pool}{' / ' + which if which else ''}"] = [(number, which) for number in numbers]
    return found


POOLED = tuple(name for name in groups() if name.startswith((SEVEN, ALL)))


class Recalls:
    """Recall of each (stratum, mode) for owners counted so and so often; sorted once, counted often."""

    def __init__(self, marked: Marked) -> None:
        order = np.argsort(-marked.score, kind="stable")
        self._owners = marked.owners
        clean = order[marked.stratum[order] == 0]
        self._clean, self._clean_owner = marked.score[clean], marked.owner[clean]
        self._parts: dict[tuple[int, str], tuple[NDArray[np.float64], NDArray[np.int16]]] = {}
        for number in STRATA:
            for which in (*MODES, ""):
                mask = marked.stratum[order] == number
                if which:
                    mask &= marked.mode[order] == MODES.index(which)
                if mask.any():
                    self._parts[number, which] = (-marked.score[order[mask]], marked.owner[order[mask]])

    def levels(self, counts: NDArray[np.int64], rates: Sequence[float]) -> NDArray[np.float64]:
        """Return for each rate the lowest score that at most so many in 1,000 clean scores exceed."""
        above = np.cumsum(counts[self._clean_owner])
        if not len(above) or not above[-1]:
            return np.full(len(rates), np.nan)
        allowed = np.minimum(np.floor(above[-1] * np.array(rates) / 1000.0), above[-1] - 1)
        return np.asarray(self._clean[np.searchsorted(above, allowed, side="right")])

    def found(
        self,
        counts: NDArray[np.int64],
        levels: NDArray[np.float64],
        parts: Collection[tuple[int, str]] | None = None,
    ) -> dict[tuple[int, str], Any]:
        """Return for each part that is there, or each of `parts`, the share above each level."""
        shares = {}
        for part in self._parts if parts is None else parts:
            negated, owner = self._parts[part]
            above = np.concatenate(([0], np.cumsum(counts[owner])))
            if above[-1]:
                shares[part] = above[np.searchsorted(negated, -levels, side="left")] / above[-1]
        return shares

    def table(
        self, rates: Sequence[float] = RATES, *, seed: int = 0, only: Sequence[str] | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """Return pool -> (rates, 3): recall at each rate and the ends of its interval.

        Pools without a single mistake are left out; within a pool every stratum that is there
        weighs the same.
        """
        pools = {
            name: [part for part in parts if part in self._parts]
            for name, parts in groups().items()
            if only is None or name in only
        }
        pools = {name: parts for name, parts in pools.items() if parts}
        needed = {part for parts in pools.values() for part in parts}
        found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in pools}
        nothing = np.full(len(rates), np.nan)
        for counts in draws(self._owners, seed=seed):
            shares = self.found(counts, self.levels(counts, rates), needed)
            for name, parts in pools.items():
                there = [shares[part] for part in parts if part in shares]
                found[name].append(np.mean(there, axis=0) if there else nothing)
        return {name: spans(np.stack(values)) for name, values in found.items()}


def share(
    hits: NDArray[np.float64], owner: NDArray[np.integer[Any]], owners: int, *, seed: int = 0
) -> NDArray[np.float64]:
    """Return the mean of `hits` and the ends of its interval over owners."""
    counts = draws(owners, seed=seed)
    total = np.bincount(owner, weights=hits, minlength=owners)
    number = np.bincount(owner, minlength=owners)
    with np.errstate(invalid="ignore", divide="ignore"):
        return spans((counts @ total) / (counts @ number))


def plain_table(table: Mapping[str, NDArray[np.float64]], rates: Sequence[float]) -> dict[str, Any]:
    """Return a recall table as plain data: pool -> rate -> [recall, low, high]."""
    return {
        name: {f"{rate:g}": values[at].tolist() for at, rate in enumerate(rates)}
        for name, values in table.items()
    }
