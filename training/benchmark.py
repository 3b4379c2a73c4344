"""`python -m training.benchmark CORPUS`: how well simulated mistakes are found, on owners never seen.

With `--publish DIR` the model is fitted on all owners and written there with its card.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.detect.calibration import Calibration
from training.cases import replay_all
from training.corpora import mailboxes
from training.evaluation import RATES, recall_table
from training.figures import POOLED, false_alarms, intervals, meant_figures, per_owner, which_recipient
from training.fitting import held_out_scores
from training.publish import calibration_of, publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from training.dataset import Case

BUDGET = 5.0
_FOLDS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.benchmark", description=__doc__)
    parser.add_argument("corpus", type=Path, help="a .jsonl[.gz] file of the scan contract")
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulated mistakes")
    parser.add_argument("--jobs", type=int, default=-1, help="processes, all cores by default")
    parser.add_argument("--publish", type=Path, metavar="DIR", help="write the model and its card there")
    options = parser.parse_args(arguments)
    boxes = mailboxes(options.corpus)
    _say(f"{len(boxes)} owners, {sum(box.sent for box in boxes)} sent messages")
    cases = replay_all(boxes, seed=options.seed, jobs=options.jobs)
    _say(f"{len(cases)} cases, {sum(not case.stratum for case in cases)} of them clean")
    scores = held_out_scores(cases, count=_FOLDS, jobs=2)
    figures, lines = measure(cases, scores, [box.name for box in boxes[:10]])
    print("\n".join(lines))  # noqa: T201 - this is what the command is for
    if options.publish:
        digest = hashlib.sha256(options.corpus.read_bytes()).hexdigest()
        data = {"owners": len(boxes), "cases": len(cases), "seed": options.seed, "sha256": digest}
        publish(
            cases, options.publish, name="shipped", data={"data": data, "figures": figures}, held_out=scores
        )
        (options.publish / "MODEL_CARD.md").write_text(card(lines, data), "utf-8")
    return 0


def measure(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]], owners: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the figures as plain data and as lines of Markdown."""
    table = recall_table(cases, scores)
    spans = intervals(cases, scores)
    columns = " | ".join(f"{rate:g}" for rate in RATES) + " |"
    rule = "|---" * (len(RATES) + 1) + "|"
    lines = [f"| recall at false alerts per 1,000 | {columns}", rule]
    for name, row in table.items():
        span = spans.get(name)
        cells = [
            f"{row[rate]:.2f}" + (f" ({span[rate][0]:.2f}-{span[rate][1]:.2f})" if span else "")
            for rate in RATES
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "Intervals: 95 %, bootstrap over owners. Pools weigh every stratum the same.", ""]
    lines += [f"| owner, strata 1-7 | {columns}", rule]
    for number, row in enumerate(per_owner(cases, scores, owners).values(), 1):
        lines.append(
            f"| owner {number} by sent messages | " + " | ".join(f"{row[rate]:.2f}" for rate in RATES) + " |"
        )
    prec = which_recipient(cases, scores)
    meant = meant_figures(cases)
    plain, tail = calibration_of(cases, scores)
    calibration = Calibration(tuple(plain["raw"]), tuple(plain["odds"]), plain["below"], plain["above"])
    alarms = false_alarms(cases, scores, calibration, tail, BUDGET)
    told, clean = sum(a for a, _ in alarms.values()), sum(n for _, n in alarms.values())
    rates = sorted(1000.0 * a / n for a, n in alarms.values())
    by_stratum = ", ".join(f"{stratum}: {share:.2f}" for stratum, share in meant.items())
    lines += [
        "",
        f"Which recipient (Prec@1): {prec:.3f}.",
        f"The person meant comes first, by stratum: {by_stratum}.",
        f"Policy at a nominal {BUDGET:g} per 1,000: {1000.0 * told / clean:.1f} pooled ({told} of {clean}).",
        f"By owner: median {rates[len(rates) // 2]:.1f}, 90 % at most {rates[int(0.9 * len(rates))]:.1f},",
        f"most {rates[-1]:.1f}.",
    ]
    figures = {
        "recall": {name: {f"{rate:g}": round(row[rate], 4) for rate in RATES} for name, row in table.items()},
        "intervals": {
            name: {f"{rate:g}": [round(end, 4) for end in spans[name][rate]] for rate in RATES}
            for name in POOLED
        },
        "prec_at_1": round(prec, 4),
        "meant": {str(stratum): round(share, 4) for stratum, share in meant.items()},
        "false_alerts_at_5": round(1000.0 * told / clean, 2),
    }
    return figures, lines


def card(lines: Sequence[str], data: dict[str, Any]) -> str:
    """Return the model card: what the model is, what it was fitted on, its figures, its limits."""
    return "\n".join(
        [
            "# Model card: the shipped model",
            "",
            "Gradient-boosted trees (scikit-learn's HistGradientBoostingClassifier, monotonic where the",
            "direction is certain) over the features of `scanner/detect/features/table.py`, one row per",
            "recipient; a linear ranker of whom a message would go to; a strictly monotone calibration to",
            "one mistake in 1,000 sent messages. What was tried: `docs/experiments.md`.",
            "",
            f"**Fitted on** simulated mistakes in the sent mail of {data['owners']} people of the Enron",
            f"corpus ({data['cases']} cases; SHA-256 of the file {data['sha256'][:16]}). Feature rows are",
            "numbers; no address, name or text is in the model or in `rows.npz`.",
            "",
            "**Meant for** ranking one's own sent messages by how likely a recipient is wrong. **Not for**",
            "judging people, and not as proof that mail went to the right party.",
            "",
            "**Limits.** One organisation, English, 1998 to 2002, no Bcc, hardly any In-Reply-To; mistakes",
            "are simulated. Clean mail holds real mistakes, which count as false alarms here.",
            "",
            "## Figures",
            "",
            "Owner-held-out (three folds), the last 70 % of each mailbox scored, message by message, history",
            "strictly before it. Printed by `python -m training.benchmark CORPUS`, a file of JSON Lines.",
            "",
            *lines,
            "",
        ]
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command


if __name__ == "__main__":
    sys.exit(main())
