"""Hard cases as named sets, each with its figure at the level that a budget gives over all mail.

Sets of clean mail have false alerts per 1,000 with the exact Poisson interval (Garwood 1936), sets of
mistakes their recall with the exact binomial one (Clopper and Pearson 1934). A set that a corpus
does not hold is said to be missing: no figure is made up for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import beta, chi2

from training.evaluation import message_scores, scored, threshold
from training.tagging import CLEAN_SETS, MISTAKE_SETS, REAL_MISTAKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Case

BUDGETS = (5.0, 10.0)
"""False alerts per 1,000 clean sent messages, over all, at whose level each set is measured."""

SURE = 0.95
MISSING = "none in this corpus"
ALL = "all clean mail"


def poisson_interval(count: int, exposure: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a rate after `count` events in `exposure` units (Garwood)."""
    tail = (1.0 - SURE) / 2.0
    low = float(chi2.ppf(tail, 2 * count)) / 2.0 if count else 0.0
    return low / exposure, float(chi2.ppf(1.0 - tail, 2 * count + 2)) / 2.0 / exposure


def binomial_interval(count: int, total: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share, `count` of `total` (Clopper and Pearson)."""
    tail = (1.0 - SURE) / 2.0
    low = float(beta.ppf(tail, count, total - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, total - count)) if count < total else 1.0
    return low, high


def measure(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], budgets: Sequence[float] = BUDGETS
) -> tuple[dict[str, Any], list[str]]:
    """Return the figure of every set, as plain data and as lines of Markdown.

    `scores` are the raw scores of the recipients of each case. Data: "clean" and "mistakes", set ->
    {"cases": n, budget: {"alerts" or "found": k, "rate" or "recall": figure, "interval": [low,
    high]}}; a set without cases has only "cases": 0.
    """
    top, counts = message_scores(scores), scored(cases)
    corrupted = np.array([bool(case.stratum) for case in cases], dtype=bool)
    clean = counts & ~corrupted
    levels = {budget: threshold(top[clean], budget) for budget in budgets}
    data: dict[str, Any] = {
        "clean": {
            name: _alarms(top[clean & _tagged(cases, name)], levels)
            for name in (ALL, REAL_MISTAKE, *CLEAN_SETS)
        },
        "mistakes": {
            name: _recall(top[counts & corrupted & _tagged(cases, name)], levels) for name in MISTAKE_SETS
        },
    }
    return data, _lines(data, budgets)


def _tagged(cases: Sequence[Case], name: str) -> NDArray[np.bool_]:
    return np.array([name == ALL or name in case.tags for case in cases], dtype=bool)


def _alarms(top: NDArray[np.float64], levels: dict[float, float]) -> dict[str, Any]:
    found: dict[str, Any] = {"cases": len(top)}
    for budget, level in levels.items() if len(top) else ():
        alerts = int((top > level).sum())
        found[f"{budget:g}"] = {
            "alerts": alerts,
            "rate": round(1000.0 * alerts / len(top), 2),
            "interval": [round(end, 2) for end in poisson_interval(alerts, len(top) / 1000.0)],
        }
    return found


def _recall(top: NDArray[np.float64], levels: dict[float, float]) -> dict[str, Any]:
    found: dict[str, Any] = {"cases": len(top)}
    for budget, level in levels.items() if len(top) else ():
        hits = int((top > level).sum())
        found[f"{budget:g}"] = {
            "found": hits,
            "recall": round(hits / len(top), 4),
            "interval": [round(end, 4) for end in binomial_interval(hits, len(top))],
        }
    return found


def _lines(data: dict[str, Any], budgets: Sequence[float]) -> list[str]:
    heads = " | ".join(f"at {budget:g} per 1,000" for budget in budgets)
    rule = "|---" * (len(budgets) + 2) + "|"
    lines = [f"| legitimate mail: false alerts per 1,000 | messages | {heads} |", rule]
    for name, row in data["clean"].items():
        cells = [
            f"{at['rate']:.1f} ({at['interval'][0]:.1f}-{at['interval'][1]:.1f}; {at['alerts']})"
            for at in _at(row, budgets)
        ]
        lines.append(_line(name, row, cells, len(budgets)))
    lines += ["", f"| mistakes: recall | messages | {heads} |", rule]
    for name, row in data["mistakes"].items():
        cells = [
            f"{at['recall']:.2f} ({at['interval'][0]:.2f}-{at['interval'][1]:.2f})"
            for at in _at(row, budgets)
        ]
        lines.append(_line(name, row, cells, len(budgets)))
    lines += [
        "",
        "Intervals: 95 %, exact (Poisson for alerts, binomial for recall), messages taken as independent.",
        "Sets overlap; the levels are those of all clean mail.",
        "",
    ]
    meanings = {
        ALL: "every clean message that is scored",
        REAL_MISTAKE: "counts as clean, but a person has read that it had gone to a wrong party: its alerts "
        "are right",
        **CLEAN_SETS,
        **MISTAKE_SETS,
    }
    return [*lines, *(f"- *{name}*: {meaning}." for name, meaning in meanings.items())]


def _at(row: dict[str, Any], budgets: Sequence[float]) -> list[dict[str, Any]]:
    return [row[f"{budget:g}"] for budget in budgets] if row["cases"] else []


def _line(name: str, row: dict[str, Any], cells: list[str], width: int) -> str:
    cells = cells or [MISSING] * width
    return f"| {name} | {row['cases']} | " + " | ".join(cells) + " |"
