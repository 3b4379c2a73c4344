"""Plots of a report, from its figures alone: the same figures give the same files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, PercentFormatter

from training.report.recall import ALL, SEVEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

_OURS = "#0b5394"
_OTHERS = ("#c1440e", "#2e7d32", "#7b1fa2", "#8d6e00", "#00838f", "#ad1457", "#5d4037", "#616161", "#9e9d24")
_DASHES = ("-", "--", "-.", ":")
_GAP = 0.042
"""Least distance of two labels beside a plot, as a share of its height."""

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "oopsee",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "axes.titlesize": 11.0,
    "axes.titlelocation": "left",
}


def draw(results: Mapping[str, Any], directory: Path) -> list[Path]:
    """Write the plots that the results have figures for; return the files."""
    drawings: tuple[tuple[str, str, Callable[[Any], Figure]], ...] = (
        ("recall.svg", "recall", lambda found: _recall(found, results.get("baselines", {}))),
        ("calibration.svg", "calibration", _calibration),
        ("families.svg", "families", _families),
        ("strata.svg", "strata", _strata),
        ("cold-start.svg", "cold-start", _cold_start),
    )
    files = []
    with mpl.rc_context(_STYLE):
        for name, stage, make in drawings:
            if results.get(stage):
                figure = make(results[stage])
                FigureCanvasAgg(figure)
                figure.savefig(directory / name, format="svg", metadata={"Date": None})
                files.append(directory / name)
    return files


def _recall(found: Mapping[str, Any], methods: Mapping[str, Any]) -> Figure:
    """Draw recall against false alerts per 1,000, the detector with its band, every baseline as a line."""
    figure = Figure(figsize=(12.4, 5.6), layout="constrained")
    for axes, pool in zip(figure.subplots(1, 2, sharey=True), (SEVEN, ALL), strict=True):
        labels = []
        curve = found["curve"]
        if pool in curve:
            labels.append(_line(axes, curve, pool, "Oopsee", _OURS, "-", wide=True))
        others = [name for name in methods if name != "Oopsee" and pool in methods[name]["curve"]]
        for at, name in enumerate(others):
            colour, dash = _OTHERS[at % len(_OTHERS)], _DASHES[at % len(_DASHES)]
            labels.append(_line(axes, methods[name]["curve"], pool, name, colour, dash))
        axes.set(xscale="log", xlim=(0.5, 100.0), ylim=(0.0, 1.0), title=pool)
        axes.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20, 50, 100]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("false alerts per 1,000 clean sent messages")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        _label(axes, [label for label in labels if label])
    figure.axes[0].set_ylabel("mistakes found")
    return figure


def _line(
    axes: Axes, curve: Mapping[str, Any], pool: str, name: str, colour: str, dash: str, *, wide: bool = False
) -> tuple[float, str, str] | None:
    """Draw one method; return where its line ends, its name and its colour."""
    points = [
        (rate, *row) for rate, row in zip(curve["rates"], curve[pool], strict=True) if row[0] is not None
    ]
    if not points:
        return None
    rates, values, low, high = zip(*points, strict=True)
    if wide:
        axes.fill_between(rates, low, high, color=colour, alpha=0.16, linewidth=0)
    axes.plot(rates, values, color=colour, linestyle=dash, linewidth=2.6 if wide else 1.4)
    return float(values[-1]), name, colour


def _label(axes: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write the names of lines beside their ends, moved apart where they would overlap."""
    order = sorted(labels)
    for (end, name, colour), place in zip(order, apart([end for end, *_ in order]), strict=True):
        axes.annotate(
            name,
            xy=(1.0, end),
            xytext=(1.07, place),
            xycoords="axes fraction",
            color=colour,
            va="center",
            fontweight="bold" if name == "Oopsee" else "normal",
            fontsize=9,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.6,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0.0, 0.5),
            },
            annotation_clip=False,
        )


def apart(places: Sequence[float], gap: float = _GAP) -> list[float]:
    """Return increasing places moved as little as needs be so that neighbours are `gap` apart, in 0 to 1."""
    blocks: list[list[float]] = []
    for place in places:
        # A block is [sum of wished middles, number]: it stands around the mean wish.
        blocks.append([place, 1.0])
        while len(blocks) > 1 and _top(blocks[-2], gap) + gap > _bottom(blocks[-1], gap):
            total, number = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += number
    found: list[float] = []
    for block in blocks:
        bottom = _bottom(block, gap)
        found += [bottom + gap * at for at in range(int(block[1]))]
    over = max(0.0, found[-1] - 1.0) if found else 0.0
    under = max(0.0, -found[0]) if found else 0.0
    return [place - over + under for place in found]


def _bottom(block: Sequence[float], gap: float) -> float:
    return block[0] / block[1] - gap * (block[1] - 1.0) / 2.0


def _top(block: Sequence[float], gap: float) -> float:
    return block[0] / block[1] + gap * (block[1] - 1.0) / 2.0


def _calibration(found: Mapping[str, Any]) -> Figure:
    """Draw observed against expected share of mistakes by decade of the score, with the band 0.5 to 2."""
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    rows = found["decades"]
    ends = [rows[-1]["from"], 1.0] if rows else [1e-4, 1.0]
    axes.plot(ends, ends, color="#555555", linewidth=1.0)
    axes.fill_between(ends, [end / 2 for end in ends], [end * 2 for end in ends], color="#555555", alpha=0.12)
    grey = "grey: half to twice what was expected\nat the foot: mistakes, and clean messages below them"
    axes.text(0.03, 0.97, grey, transform=axes.transAxes, va="top", fontsize=9)
    for row in rows:
        value, low, high = row["ratio"]
        if value is None or not row["observed"]:
            continue
        down, up = row["expected"] * (low or value), row["expected"] * (high or value)
        below, above = max(row["observed"] - down, 0.0), max(up - row["observed"], 0.0)
        axes.errorbar(
            row["expected"],
            row["observed"],
            [[below], [above]],
            fmt="o",
            color=_OURS,
            capsize=3,
            markersize=6,
        )
        counts = f"{row['mistakes']}\n{row['clean']}"
        at_the_foot = axes.get_xaxis_transform()
        axes.text(row["expected"], 0.02, counts, transform=at_the_foot, ha="center", fontsize=8)
    axes.set_ylim(ends[0] / 30.0, 3.0)
    axes.set(xscale="log", yscale="log", xlabel="expected share of mistakes (the score)")
    axes.set_ylabel("observed share of mistakes")
    axes.set_title("Each decade of the score, at one mistake in 1,000 sent")
    return figure


def _families(found: Mapping[str, Any]) -> Figure:
    """Draw what recall at 10 per 1,000 is without each family of features, strata 1-7."""
    rows = found["families"]
    values = {name: row[SEVEN]["10"] for name, row in rows.items() if SEVEN in row}
    whole = values.pop("nothing", [None])[0]
    return _bars(values, whole, "every family", f"{SEVEN}: recall at 10 false alerts per 1,000 without ...")


def _bars(
    values: Mapping[str, Sequence[float | None]], whole: float | None, all_of: str, title: str
) -> Figure:
    figure = Figure(figsize=(7.6, 0.9 + 0.36 * (len(values) + 2)), layout="constrained")
    axes = figure.subplots()
    order = sorted((row[0] or 0.0, name) for name, row in values.items())[::-1]
    axes.barh(
        [name for _, name in order], [value for value, _ in order], color=_OURS, alpha=0.75, height=0.62
    )
    for at, (value, name) in enumerate(order):
        low, high = values[name][1], values[name][2]
        axes.plot([low or value, high or value], [at, at], color="#222222", linewidth=1.0)
        axes.text(0.006, at, f"{value:.2f}", va="center", color="white", fontsize=9, fontweight="bold")
    if whole is not None:
        axes.axvline(whole, color="#c1440e", linewidth=1.4)
        axes.annotate(
            f"{all_of}: {whole:.2f}",
            (whole, -0.9),
            xytext=(6, 0),
            textcoords="offset points",
            color="#c1440e",
            va="center",
            fontsize=9,
        )
    axes.set_ylim(-1.4, len(order) - 0.4)
    axes.set_xlim(left=0.0)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set(xlabel="mistakes found (line: 95 % over owners)", title=title)
    return figure


def _strata(found: Mapping[str, Any]) -> Figure:
    """Draw recall at 10 per 1,000 of each stratum, its kind learnt from or not."""
    order = sorted(found["strata"].items(), key=lambda item: -int(item[1]["stratum"]))
    rows = [(f"{row['stratum']} {name}", row) for name, row in order]
    figure = Figure(figsize=(8.4, 0.9 + 0.4 * (len(rows) + 1)), layout="constrained")
    axes = figure.subplots()
    for how, colour, shift, text in (
        ("with", _OURS, 0.14, "learnt from its kind too"),
        ("without", "#c1440e", -0.14, "never saw its kind"),
    ):
        for at, (_, row) in enumerate(rows):
            value, low, high = row[how]["10"]
            if value is not None:
                axes.plot([low or value, high or value], [at + shift] * 2, color=colour, linewidth=1.2)
                axes.plot(
                    [value], [at + shift], "o", color=colour, label=text if at == 0 else None, clip_on=False
                )
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set(xlim=(0.0, 1.0), xlabel="mistakes found at 10 false alerts per 1,000 (line: 95 % over owners)")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


def _cold_start(found: Mapping[str, Any]) -> Figure:
    """Draw recall and false alarms by the number of messages sent before."""
    rows = found["bands"]
    figure = Figure(figsize=(10.8, 4.4), layout=ConstrainedLayoutEngine(wspace=0.06))
    left, right = figure.subplots(1, 2)
    places = list(range(len(rows)))
    for axes, shown in ((left, (SEVEN, ALL)), (right, ("alarms",))):
        for at, name in enumerate(shown):
            for rate, colour, shift in (("5", "#c1440e", -0.12), ("10", _OURS, 0.04)):
                known = [(place, row[name][rate]) for place, row in zip(places, rows, strict=True)]
                points = [
                    (place + shift + 0.08 * at, value, value - (low or value), (high or value) - value)
                    for place, (value, low, high) in ((p, (*v, None, None)[:3]) for p, v in known)
                    if value is not None
                ]
                if not points:
                    continue
                x, y, down, up = zip(*points, strict=True)
                what = f"at {rate} per 1,000" if name == "alarms" else f"{name} at {rate} per 1,000"
                axes.errorbar(
                    x,
                    y,
                    [[max(d, 0.0) for d in down], [max(u, 0.0) for u in up]],
                    color=colour,
                    linestyle="-" if at == 0 else "--",
                    marker="o" if at == 0 else "s",
                    capsize=2,
                    linewidth=1.4,
                    label=what,
                )
        axes.set_xticks(places, [row["band"] for row in rows])
        axes.set_xlabel("messages sent before")
        axes.legend(frameon=False, fontsize=8)
    left.yaxis.set_major_formatter(PercentFormatter(1.0))
    left.set(ylabel="mistakes found", ylim=(0.0, 1.0))
    right.set_ylabel("false alerts per 1,000 clean messages")
    right.set_ylim(bottom=0.0)
    return figure
