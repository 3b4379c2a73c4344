"""The written report and the card of the shipped model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from training.report.stages import Stage

CARD = ("recall", "recipients", "calibration", "policy")
"""The stages whose tables stand in the model card."""


def protocol(data: Mapping[str, Any]) -> list[str]:
    """Return how the figures were found."""
    return [
        f"{data['owners']} owners with {data['sent']} sent messages; {data['cases']} cases, {data['clean']}",
        f"of them clean; seed {data['seed']}. Each owner is scored by a detector that never saw them (three",
        "folds), the last 70 % of each mailbox counts, message by message, with the history strictly before",
        "it. Mistakes are simulated. Printed by `python -m training.benchmark CORPUS`.",
    ]


def report(
    stages: Sequence[Stage], results: Mapping[str, Any], data: Mapping[str, Any], plots: Sequence[Path] = ()
) -> list[str]:
    """Return the tables of the stages, each with its plot where it has one."""
    lines = ["# Benchmark", "", *protocol(data)]
    drawn = {path.stem: path.name for path in plots}
    for stage in stages:
        lines += ["", f"## {stage.title}", ""]
        if stage.name in drawn:
            lines += [f"![{stage.title}]({drawn[stage.name]})", ""]
        lines += stage.lines(results[stage.name])
    return [*lines, ""]


def model_card(stages: Sequence[Stage], results: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    """Return the model card: what the model is, what it was fitted on, its figures, its limits."""
    lines = [
        "# Model card: the shipped model",
        "",
        "The mean of three fits of gradient-boosted trees (scikit-learn's HistGradientBoostingClassifier,",
        "monotonic where the direction is certain) and, for three tenths, a network of 32 units, over the",
        "features of `scanner/detect/features/table.py`, one row per recipient; a linear ranker of whom a",
        "message would go to; a strictly monotone calibration to",
        "one mistake in 1,000 sent messages. What was tried: `docs/experiments.md`.",
        "",
        f"**Fitted on** simulated mistakes in the sent mail of {data['owners']} people of the Enron",
        f"corpus ({data['cases']} cases; SHA-256 of the file {data['sha256'][:16]}), and of those too small",
        "to be measured (25 to 59 sent messages). Feature rows are",
        "numbers; no address, name or text is in the model or in `rows.npz`.",
        "",
        "**Meant for** ranking one's own sent messages by how likely a recipient is wrong. **Not for**",
        "judging people, and not as proof that mail went to the right party.",
        "",
        "**Limits.** One organisation, English, 1998 to 2002, no Bcc, hardly any In-Reply-To; mistakes",
        "are simulated. Clean mail holds real mistakes, which count as false alarms here.",
        "",
        "# Figures",
        "",
        *protocol(data),
    ]
    for stage in stages:
        if stage.name in CARD and stage.name in results:
            lines += ["", f"## {stage.title}", "", *stage.lines(results[stage.name])]
    return [*lines, ""]


def manifest_figures(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return the main figures as they stand in the model's manifest."""
    found: dict[str, Any] = {}
    if "recall" in results:
        table = results["recall"]["table"]
        found["recall"] = {name: {at: row[0] for at, row in rates.items()} for name, rates in table.items()}
        found["intervals"] = {
            name: {at: row[1:] for at, row in rates.items()} for name, rates in table.items()
        }
    if "recipients" in results:
        part = results["recipients"]
        found["prec_at_1"] = part["first"]["all"][0]
        found["meant"] = {name: row[0] for name, row in part["meant"].items() if name != "all"}
    if "policy" in results:
        found["false_alerts_at_5"] = results["policy"]["pooled"][0]
    return found
