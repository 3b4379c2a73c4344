"""Why a recipient looks wrong: exact Shapley values over feature families, one sentence for each.

A family's value is its mean marginal contribution, over all orders in which the families of a
typical clean row are replaced by those of the row at hand (Lundberg and Lee, NeurIPS 2017). The
values sum to the difference in log-odds between the two rows.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scanner.detect.features.table import NAMES, columns
from scanner.detect.verdict import Reason
from scanner.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from scanner.detect.clues import Clues

EXPLAINED: dict[str, tuple[str, ...]] = {
    "history": ("history",),
    "message": ("message", "exposure"),
    "group": ("group",),
    "address": ("address", "domain"),
    "thread": ("thread",),
    "quoted": ("quoted",),
    "salutation": ("salutation",),
    "mention": ("mention",),
    "content": ("content",),
    "alternatives": ("alternatives",),
}
"""The families as a person understands them: ten, hence 1,024 coalitions."""

_VAGUE = "alternatives"
"""That somebody else fits better sums up the others: it comes last, a person cannot check it."""

LEAST = 0.1
"""A contribution below this (log-odds) is no reason."""


@cache
def _coalitions() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Return (members by coalition, columns by coalition, weight of adding a family, by size)."""
    count = len(EXPLAINED)
    numbers = np.arange(1 << count)
    members = (numbers[:, None] >> np.arange(count)) & 1 == 1
    taken = np.zeros((len(numbers), len(NAMES)), dtype=bool)
    for place, families in enumerate(EXPLAINED.values()):
        for family in families:
            taken[:, columns(family)] = members[:, place : place + 1]
    factorial = [math.factorial(size) for size in range(count + 1)]
    weights = np.array(
        [factorial[size] * factorial[count - 1 - size] / factorial[count] for size in range(count)]
    )
    return members, taken, weights


def contributions(
    row: NDArray[np.float64],
    typical: NDArray[np.float64],
    log_odds: Callable[[NDArray[np.float64]], list[float]],
) -> dict[str, float]:
    """Return family -> contribution in log-odds; they sum to log-odds(row) minus log-odds(typical)."""
    members, taken, weights = _coalitions()
    values = np.array(log_odds(np.where(taken, row, typical)))
    sizes = members.sum(axis=1)
    found = {}
    for place, family in enumerate(EXPLAINED):
        without = np.flatnonzero(~members[:, place])
        gain = values[without | (1 << place)] - values[without]
        found[family] = float((weights[sizes[without]] * gain).sum())
    return found


def reasons(
    parts: dict[str, float], row: NDArray[np.float64], clues: Clues, meant: str
) -> tuple[Reason, ...]:
    """Return the reasons towards wrong, each with a sentence: what can be checked first, by weight."""
    values = dict(zip(NAMES, row.tolist(), strict=True))
    found = []
    for family, weight in sorted(parts.items(), key=lambda pair: (pair[0] == _VAGUE, -pair[1])):
        if weight < LEAST:
            continue
        key = _SENTENCES[family](values, clues, meant)
        if key:
            found.append(make_reason(family, weight, key, _fill(clues, meant)))
    return tuple(found)


def make_reason(family: str, weight: float, key: str, values: dict[str, str]) -> Reason:
    """Return a reason with its English sentence; numbers of times and days stay numbers in its values."""
    template = ENGLISH[key]
    used = tuple((name, value) for name, value in values.items() if "{" + name + "}" in template)
    return Reason(family, weight, key, used, words().reason(key, used))


def _fill(clues: Clues, meant: str) -> dict[str, str]:
    return {
        "name": clues.label,
        "address": clues.address,
        "times": str(clues.sent),
        "ago": str(clues.days),
        "near": clues.near,
        "near_times": str(clues.near_sent),
        "named": clues.named,
        "greeting": clues.greeting,
        "greeted": clues.greeted,
        "quoted": clues.quoted,
        "topic": clues.topic,
        "others": clues.others,
        "outsiders": str(clues.outsiders),
        "organisations": str(clues.organisations),
        "meant": meant,
    }


ENGLISH: Mapping[str, str] = words().sections["reasons"]
"""The sentence of each reason by its key, from the data file; each language has its own."""


def _history(v: dict[str, float], c: Clues, _meant: str) -> str:
    if v["never_seen"]:
        return "never_seen"
    if v["never_mailed"]:
        return "never_mailed"
    if c.sent <= 5:
        return "seldom"
    return "long_ago" if c.days > 30 else ""


def _is_list(v: dict[str, float], c: Clues) -> bool:
    """Whether outsiders of several organisations, most of whom never met on a message, see each other."""
    return v["exposed_share"] >= 0.5 and c.outsiders >= 6 and c.organisations > 2


def _group(v: dict[str, float], c: Clues, _meant: str) -> str:
    if not c.others or _is_list(v, c):
        return ""  # nobody ever shared a message with anybody: said once, by the list that all can see
    return "apart" if v["pair_never"] == 1.0 else "seldom_together" if v["pair_mean"] < 0.3 else ""


def _address(v: dict[str, float], c: Clues, _meant: str) -> str:  # noqa: PLR0911 - one sentence each
    if v["foreign"] == 1.0:
        return "foreign"
    if c.near and v["near"] <= 2:
        return "near" if c.near_sent else "near_heard"
    if c.named:
        return "other_address"
    if 0 < v["domain_near"] <= 2:
        return "domain_near"
    if v["only_outsider"]:
        return "only_outsider"
    if not v["domain_sent"]:
        return "new_domain"
    return "private_address" if v["freemail"] else ""


def _thread(v: dict[str, float], _c: Clues, _meant: str) -> str:
    if not v["thread"]:
        return ""
    return "not_in_thread" if not v["thread_in"] else "" if v["thread_last"] else "left_thread"


def _quoted(v: dict[str, float], c: Clues, _meant: str) -> str:
    if not v["quoted_blocks"]:
        return ""
    if v["quoted_missing"] == 1.0 and c.quoted:
        return "quoted_missing"
    return "" if v["quoted_any"] else "not_quoted"


def _salutation(v: dict[str, float], c: Clues, _meant: str) -> str:
    if not c.greeting or v["greeted"] > 0.7:
        return ""
    return (
        "greets_other"
        if v["greeted_outsider"] > 0 and c.greeted
        else "greets_nobody"
        if v["greeted"] == 0
        else ""
    )


def _mention(v: dict[str, float], _c: Clues, _meant: str) -> str:
    return "spoken_of" if v["mentioned_third"] else "names_outsider" if v["mentioned_outsider"] else ""


def _content(v: dict[str, float], c: Clues, _meant: str) -> str:
    return "topic_other" if v["topic_outsider"] > 0 and c.topic else "topic_new"


def _alternatives(v: dict[str, float], _c: Clues, meant: str) -> str:
    return "fits_better" if meant and v["fit_margin"] > 0 else ""


def _message(v: dict[str, float], c: Clues, _meant: str) -> str:
    if v["exposed_pairs"] > 0 and c.organisations > 2:
        return "exposed"
    return "many_new" if v["new_recipients"] > 2 else ""


_SENTENCES: dict[str, Callable[[dict[str, float], Clues, str], str]] = {
    "history": _history,
    "message": _message,
    "group": _group,
    "address": _address,
    "thread": _thread,
    "quoted": _quoted,
    "salutation": _salutation,
    "mention": _mention,
    "content": _content,
    "alternatives": _alternatives,
}
