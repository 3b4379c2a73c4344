"""Markdown tables of a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIGITS = 4


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as lines: the first column on the left, figures on the right."""
    rule = "|---|" + "---:|" * (len(heads) - 1)
    return [_line(heads), rule, *map(_line, rows)]


def figure(values: Sequence[float | None] | None, digits: int = 2) -> str:
    """Return `value (low-high)`, the value alone where it has no interval, a dash for none."""
    if not values or values[0] is None:
        return "-"
    value, *ends = values
    text = f"{value:.{digits}f}"
    if len(ends) == 2 and None not in ends:
        text += f" ({ends[0]:.{digits}f}-{ends[1]:.{digits}f})"
    return text


def recall_lines(heading: str, found: Mapping[str, Mapping[str, Any]], rates: Sequence[float]) -> list[str]:
    """Return a recall table: one row for each pool, one column for each rate."""
    return table(
        [heading, *(f"{rate:g}" for rate in rates)],
        [[name, *(figure(row.get(f"{rate:g}")) for rate in rates)] for name, row in found.items()],
    )


def plain(value: Any) -> Any:  # noqa: ANN401 - any tree of data
    """Return a tree as JSON can hold it: rounded to four decimals, None for what is not a number."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return _rounded(value)
    return value


def _rounded(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    # Small probabilities keep as many digits as large ones.
    digits = _DIGITS if abs(value) >= 0.1 or not value else _DIGITS - 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
