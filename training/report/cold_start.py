"""How recall and false alarms grow with the length of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.report.recall import ALL, SEVEN, Recalls, draws, groups, messages, spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

BANDS = ((10, 50), (50, 100), (100, 200), (200, 500), (500, None))
"""Sent messages before the one scored: from, up to but not including."""

RATES = (5.0, 10.0)


def band_name(band: tuple[int, int | None]) -> str:
    """Return a band in words."""
    low, high = band
    return f"{low}-{high - 1}" if high is not None else f"{low} and more"


def curve(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], *, seed: int = 0
) -> list[dict[str, Any]]:
    """Return for each band recall of the pools and false alarms per 1,000 clean messages.

    At the thresholds that give 5 and 10 per 1,000 over all messages that count; the first part of a
    mailbox counts here too, since it is what a new user sees.
    """
    everything = messages(cases, scores, early=True)
    ordinal = np.array([case.ordinal for case in cases])
    levels_of = Recalls(messages(cases, scores))
    # The owners of `messages` are numbered in the same order with and without the early ones.
    counts_of = draws(everything.owners, seed=seed)
    levels = [levels_of.levels(counts, RATES) for counts in counts_of]
    pools = {name: groups()[name] for name in (SEVEN, ALL)}
    rows = []
    for band in BANDS:
        low, high = band
        mask = (ordinal >= low) & (ordinal < (high if high is not None else np.inf))
        part = everything.chosen(mask)
        clean = part.chosen(part.stratum == 0)
        if not len(clean.score):
            continue
        recalls = Recalls(part)
        values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in (*pools, "alarms")}
        for counts, level in zip(counts_of, levels, strict=True):
            shares = recalls.found(counts, level)
            for name, parts in pools.items():
                there = [shares[one] for one in parts if one in shares]
                values[name].append(np.mean(there, axis=0) if there else np.full(len(RATES), np.nan))
            weight = counts[clean.owner]
            above = (clean.score[:, None] > level) * weight[:, None]
            total = weight.sum()
            values["alarms"].append(
                1000.0 * above.sum(axis=0) / total if total else np.full(len(RATES), np.nan)
            )
        row: dict[str, Any] = {"band": band_name(band), "clean": len(clean.score)}
        for name, drawn in values.items():
            found = spans(np.stack(drawn))
            row[name] = {f"{rate:g}": found[at].tolist() for at, rate in enumerate(RATES)}
        rows.append(row)
    return rows
