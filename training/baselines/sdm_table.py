"""The figures of the SDM 2007 protocol, ours beside every baseline's, paired by message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.baselines.published import BASELINES, RERANKER, fit_reranker_by_pairs, plain_scores
from training.baselines.sdm import added_leaks, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from training.baselines.sdm import Outcome, Trials
    from training.corpora import Mailbox
    from training.fitting import Detector

PUBLISHED = {"giron-d": 0.858, "dickson-s": 0.786}
"""Prec@1 of the paper's best method on folders of the corpus that are open here."""

OURS = "Oopsee"
MODES = {"frozen": False, "online": True}
"""Whether the test part goes on being learnt."""

_LEAST_SENT = 150
_MOST_OWNERS = 2
_RESAMPLES = 2000
_NOTE = (
    "Frozen: nothing of the newest tenth is learnt, as in the paper. Online: each message is learnt after it",
    "is scored, as in real life. The reranker is fitted on the owner's own oldest 90 %, as in the paper;",
    "ours on other people alone. Intervals: 95 %, bootstrap over messages; 'ahead' is paired by message.",
)


def folder_name(name: str) -> str:
    """Return a mailbox name of the form first.last as the corpus names its folders: last-f."""
    first, dot, last = name.partition(".")
    return f"{last.rpartition('.')[2]}-{first[:1]}" if dot and first and last else name


def chosen(boxes: Sequence[Mailbox], names: Sequence[str] = ()) -> dict[str, Mailbox]:
    """Return the mailboxes asked for, by folder name; a name may be the mailbox's own or its folder's.

    Without names those with a published figure, or else the first two with 150 sent messages.
    """
    by_folder = {folder_name(box.name): box for box in boxes}
    if names:
        wanted = {folder_name(name) for name in names}
        return {name: box for name, box in by_folder.items() if name in wanted or box.name in names}
    known = {name: box for name, box in by_folder.items() if name in PUBLISHED}
    large = [(name, box) for name, box in by_folder.items() if box.sent >= _LEAST_SENT]
    return known or dict(large[:_MOST_OWNERS])


def sdm_table(
    boxes: Sequence[Mailbox],
    names: Sequence[str],
    detector_for: Callable[[Mailbox], Detector],
    *,
    seed: int = 0,
    draws: int = 10,
) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of the chosen mailboxes as plain data and as lines of Markdown.

    `detector_for` returns a detector that was fitted without a mailbox's owner. Plain data: by
    folder name and mode ('frozen', 'online') each method's Prec@1, its `interval`, average rank,
    Prec@1 where all right recipients were `known`, and `ahead`: how much ours is ahead in Prec@1,
    with its interval. Intervals are of 95 %, by a bootstrap over messages.
    """
    data: dict[str, Any] = {}
    for name, box in chosen(boxes, names).items():
        detector = detector_for(box)
        data[name] = {"published": PUBLISHED.get(name)}
        for mode, online in MODES.items():
            trials = added_leaks(box, seed=seed, draws=draws, online=online)
            if trials.tests and trials.learning:
                data[name]["messages"] = len({case.key for case in trials.tests})
                data[name][mode] = _figures(trials, detector, seed)
    return data, [*(line for name in data for line in _lines(name, data[name])), *_NOTE]


def _figures(trials: Trials, detector: Detector, seed: int) -> dict[str, Any]:
    tests = trials.tests
    scores = plain_scores(tests, seed=seed)
    scores[RERANKER] = fit_reranker_by_pairs(trials.learning)(tests)
    scores[OURS] = detector.score(tests)
    found = {name: outcome(tests, scores[name]) for name in (*BASELINES, OURS)}
    return {
        name: {
            "prec_at_1": round(float(one.first.mean()), 4),
            "interval": [round(part, 4) for part in _span(one.message, one.first, seed)[1:]],
            "rank": round(float(one.rank.mean()), 3),
            "known": round(float(one.first[trials.known].mean()), 4) if trials.known.any() else None,
            "ahead": None if name == OURS else [round(part, 4) for part in ahead(found[OURS], one, seed)],
        }
        for name, one in found.items()
    }


def ahead(ours: Outcome, theirs: Outcome, seed: int = 0) -> tuple[float, float, float]:
    """Return our Prec@1 minus theirs with its 95 % interval, drawn over messages, not over trials."""
    return _span(ours.message, ours.first - theirs.first, seed)


def _span(message: NDArray[np.int64], values: NDArray[np.float64], seed: int) -> tuple[float, float, float]:
    messages, at = np.unique(message, return_inverse=True)
    count, total = np.bincount(at), np.bincount(at, values)
    drawn = np.random.default_rng(seed).integers(len(messages), size=(_RESAMPLES, len(messages)))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def _lines(name: str, figures: Mapping[str, Any]) -> list[str]:
    published = figures["published"]
    told = f", published {published:.3f}" if published else ""
    lines = [
        f"**{name}** ({figures.get('messages', 0)} test messages{told})",
        "",
        "| method | Prec@1, frozen | rank | ours ahead (95 %) | Prec@1, online | rank | ours ahead (95 %) |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in (*BASELINES, OURS):
        cells = []
        for mode in MODES:
            one = figures.get(mode, {}).get(method)
            if one is None:
                cells += ["", "", ""]
                continue
            gain = one["ahead"]
            told = f"{gain[0]:+.3f} ({gain[1]:+.3f} to {gain[2]:+.3f})" if gain else ""
            low, high = one["interval"]
            cells += [f"{one['prec_at_1']:.3f} ({low:.2f}-{high:.2f})", f"{one['rank']:.2f}", told]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return [*lines, ""]
