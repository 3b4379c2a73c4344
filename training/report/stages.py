"""The stages of the benchmark: what each measures and how its figures stand in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training import hard_sets, ranking, real_mistakes
from training.baselines.published import baseline_scores
from training.baselines.sdm_table import sdm_table
from training.evaluation import RATES
from training.report import calibrated, cold_start, evidence, left_out, recipients
from training.report.calibrated import calibrations
from training.report.owners import per_owner
from training.report.recall import (
    ALL,
    CURVE,
    POOLED,
    SEVEN,
    Recalls,
    messages,
    plain_table,
)
from training.report.tables import figure, plain, recall_lines, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from training.report.bench import Bench

BUDGET = 5.0
"""Alerts per 1,000 sent messages that the shipped policy is measured at."""

_SHOWN_OWNERS = 10
RECALL = "recall at false alerts per 1,000"
INTERVALS = "Intervals: 95 %, bootstrap over owners. Pools weigh every stratum the same."


@dataclass(frozen=True, slots=True)
class Stage:
    """One section of the report: `find` gives its figures, `lines` its table from them."""

    name: str
    title: str
    find: Callable[[Bench], dict[str, Any]]
    lines: Callable[[Mapping[str, Any]], list[str]]


def _curves(recalls: Recalls, seed: int) -> dict[str, Any]:
    found = recalls.table(CURVE, seed=seed, only=(SEVEN, ALL))
    return {"rates": list(CURVE), **{name: values.tolist() for name, values in found.items()}}


def _recall(bench: Bench) -> dict[str, Any]:
    recalls = Recalls(messages(bench.cases, bench.scores))
    return {
        "table": plain_table(recalls.table(RATES, seed=bench.seed), RATES),
        "curve": _curves(recalls, bench.seed),
    }


def _recall_table(figures: Mapping[str, Any]) -> list[str]:
    return [*recall_lines(RECALL, figures["table"], RATES), "", INTERVALS]


def _owners(bench: Bench) -> dict[str, Any]:
    return per_owner(bench.cases, bench.scores, bench.owners[:_SHOWN_OWNERS], seed=bench.seed)


def _owners_table(figures: Mapping[str, Any]) -> list[str]:
    note = "Owners with most sent messages, at the threshold of all; intervals over the owner's messages."
    return [*recall_lines(f"{SEVEN}, {RECALL}", figures, RATES), "", note]


def _method(bench: Bench, scores: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """Return the main figures of one method, the detector or a baseline."""
    recalls = Recalls(messages(bench.cases, scores))
    tpr = recipients.true_positives(bench.cases, scores, seed=bench.seed)
    return {
        "table": plain_table(recalls.table(RATES, seed=bench.seed, only=POOLED), RATES),
        "curve": _curves(recalls, bench.seed),
        "per_recipient": {name: tpr[name].tolist() for name in (SEVEN, ALL) if name in tpr},
        "first": recipients.precision_at_1(bench.cases, scores, seed=bench.seed)["all"].tolist(),
    }


def _baselines(bench: Bench) -> dict[str, Any]:
    found = {"Oopsee": _method(bench, bench.scores)}
    with bench.progress.stage("scores of baselines"):
        others = baseline_scores(bench.cases)
    with bench.progress.stage("measures of baselines", len(others)) as done:
        for name, scores in others.items():
            found[name] = _method(bench, scores)
            done()
    return found


def _baselines_table(figures: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for pool in (SEVEN, ALL):
        heads = [pool, *(f"{rate:g}" for rate in RATES), "per recipient at 0.5 %", "Prec@1"]
        rows = [
            [
                name,
                *(figure(row["table"].get(pool, {}).get(f"{rate:g}")) for rate in RATES),
                figure(row["per_recipient"].get(pool)),
                figure(row["first"]),
            ]
            for name, row in figures.items()
        ]
        lines += [*table(heads, rows), ""]
    return [
        *lines,
        "Numbered columns: recall at so many false alerts per 1,000. Per recipient: wrong recipients found",
        "where 0.5 % of the recipients of clean messages are. Prec@1: the wrong recipient comes first, of",
        "the mistakes with one wrong recipient of several.",
    ]


def _recipients(bench: Bench) -> dict[str, Any]:
    cases, scores, seed = bench.cases, bench.scores, bench.seed
    tpr = recipients.true_positives(cases, scores, seed=seed)
    first = recipients.precision_at_1(cases, scores, seed=seed)
    meant = recipients.person_meant(cases, seed=seed)
    return {
        "per_recipient": {name: values.tolist() for name, values in tpr.items()},
        "first": {name: values.tolist() for name, values in first.items()},
        "meant": {name: values.tolist() for name, values in meant.items()},
    }


def _recipients_table(figures: Mapping[str, Any]) -> list[str]:
    tpr = table(
        ["wrong recipients found at 0.5 % of clean recipients", "share"],
        [[name, figure(values)] for name, values in figures["per_recipient"].items()],
    )
    names = {**figures["first"], **figures["meant"]}
    order = ["all", *sorted((name for name in names if name != "all"), key=int)]
    which = table(
        ["stratum", "wrong recipient first (Prec@1)", "person meant first"],
        [[name, figure(figures["first"].get(name)), figure(figures["meant"].get(name))] for name in order],
    )
    return [*tpr, "", *which, "", "Person meant: of the mistakes that had one whom the mailbox knew."]


def _strata(bench: Bench) -> dict[str, Any]:
    return {"settings": left_out.settings(bench), "strata": left_out.without_strata(bench)}


def _strata_table(figures: Mapping[str, Any]) -> list[str]:
    rows = [
        [f"{row['stratum']} {name}", *(figure(row[how][f"{rate:g}"]) for rate in _SHOWN for how in _HOW)]
        for name, row in figures["strata"].items()
    ]
    heads = ["stratum", *(f"{how}, at {rate:g}" for rate in _SHOWN for how in _HOW)]
    note = "Recall at 5 and 10 false alerts per 1,000; without: none of its mistakes was there to learn from."
    return [*table(heads, rows), "", figures["settings"], note]


_HOW = ("with", "without")
_SHOWN = (5.0, 10.0)


def _families(bench: Bench) -> dict[str, Any]:
    return {"settings": left_out.settings(bench), "families": left_out.without_families(bench)}


def _families_table(figures: Mapping[str, Any]) -> list[str]:
    heads = ["left out", *(f"{pool} at {rate:g}" for pool in (SEVEN, ALL) for rate in _SHOWN)]
    rows = [
        [
            name,
            *(figure(row[pool][f"{rate:g}"]) for pool in (SEVEN, ALL) if pool in row for rate in _SHOWN),
        ]
        for name, row in figures["families"].items()
    ]
    note = "Recall at 5 and 10 false alerts per 1,000; the columns of the family are blank, the ranker stays."
    return [*table(heads, rows), "", figures["settings"], note]


def _cold_start(bench: Bench) -> dict[str, Any]:
    return {"bands": cold_start.curve(bench.cases, bench.scores, seed=bench.seed)}


def _cold_start_table(figures: Mapping[str, Any]) -> list[str]:
    columns = [(name, f"{rate:g}") for name in (SEVEN, ALL, "alarms") for rate in cold_start.RATES]
    heads = ["sent before", "clean messages", *(f"{name} at {rate}" for name, rate in columns)]
    rows = [
        [
            row["band"],
            str(row["clean"]),
            *(figure(row[name][rate], 1 if name == "alarms" else 2) for name, rate in columns),
        ]
        for row in figures["bands"]
    ]
    note = "At the thresholds of the table above; alarms: false alerts per 1,000 clean messages of the band."
    return [*table(heads, rows), "", f"{note} The first part of a mailbox counts here."]


def _calibration(bench: Bench) -> dict[str, Any]:
    cases, scores = bench.cases, bench.scores
    chance = calibrated.probabilities(cases, scores, calibrations(cases, scores))
    return calibrated.reliability_of(cases, chance, seed=bench.seed)


def _calibration_table(figures: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            f"{row['from']:g} to {row['to']:g}",
            str(row["mistakes"]),
            str(row["clean"]),
            f"{row['expected']:.2g}",
            f"{row['observed']:.2g}",
            figure(row["ratio"]),
        ]
        for row in figures["decades"]
    ]
    heads = ["score", "mistakes", "clean messages", "expected", "observed", "observed / expected"]
    return [
        *table(heads, rows),
        "",
        "Calibrated on other owners and corrected to one mistake in 1,000 sent messages. Brier score:",
        f"{figures['brier']:.3g}; of the base rate alone: {figures['brier_of_base_rate']:.3g}.",
    ]


def _policy(bench: Bench) -> dict[str, Any]:
    cases, scores = bench.cases, bench.scores
    return calibrated.under_policy(cases, scores, calibrations(cases, scores), BUDGET, seed=bench.seed)


def _policy_table(figures: Mapping[str, Any]) -> list[str]:
    by_owner, budget = figures["by_owner"], figures["budget"]
    count = f"{figures['owners_whose_interval_holds_it']} of {figures['owners']}"
    rows = [
        ["false alerts per 1,000, pooled", figure(figures["pooled"], 1)],
        ["false alerts of clean messages", f"{figures['alerts']} of {figures['clean']}"],
        [f"owners whose interval holds {budget:g}", count],
        ["owners without a false alert", str(figures["owners_without_alert"])],
        ["median owner, per 1,000", figure([by_owner["median"]], 1)],
        ["nine in ten owners at most", figure([by_owner["nine_in_ten_at_most"]], 1)],
        ["most", figure([by_owner["most"]], 1)],
        *([f"recall, {name}", figure(values)] for name, values in figures["recall"].items()),
    ]
    note = "The owner's own threshold, calibrated on other owners. Intervals of alerts: exact Poisson, 95 %."
    return [*table([f"policy at a nominal {budget:g} per 1,000", "figure"], rows), "", note]


def _said(
    measure: Callable[[Bench], tuple[dict[str, Any], list[str]]],
) -> Callable[[Bench], dict[str, Any]]:
    """Return a finder from a measure that makes its own lines."""

    def find(bench: Bench) -> dict[str, Any]:
        figures, lines = measure(bench)
        return {"figures": figures, "lines": lines}

    return find


def _own_lines(figures: Mapping[str, Any]) -> list[str]:
    return list(figures["lines"]) or ["There is nothing in this corpus to measure it on."]


STAGES = (
    Stage("recall", "Recall by kind of mistake", _recall, _recall_table),
    Stage("owners", "Recall by owner", _owners, _owners_table),
    Stage("baselines", "Beside what others have published", _baselines, _baselines_table),
    Stage("recipients", "Which recipient", _recipients, _recipients_table),
    Stage("strata", "Mistakes of a kind never learnt from", _strata, _strata_table),
    Stage("families", "Without a family of features", _families, _families_table),
    Stage("cold-start", "With a short history", _cold_start, _cold_start_table),
    Stage("calibration", "Calibration", _calibration, _calibration_table),
    Stage("policy", "The alert budget", _policy, _policy_table),
    Stage(
        "hard-sets",
        "Hard cases",
        _said(lambda bench: hard_sets.measure(bench.cases, bench.scores)),
        _own_lines,
    ),
    Stage(
        "real-mistakes",
        "Mistakes that people corrected themselves",
        _said(lambda bench: real_mistakes.measure(bench.numbered_boxes, bench.cases, bench.scores)),
        _own_lines,
    ),
    Stage(
        "evidence",
        "What later mail shows, and what it teaches",
        _said(evidence.measure),
        _own_lines,
    ),
    Stage(
        "ranker",
        "Who else would this message go to",
        _said(lambda bench: ranking.measure(bench.cases, seed=bench.seed)),
        _own_lines,
    ),
    Stage(
        "sdm",
        "The SDM 2007 protocol",
        _said(lambda bench: sdm_table(bench.boxes, (), bench.detector_without, seed=bench.seed)),
        _own_lines,
    ),
)
NAMES = tuple(stage.name for stage in STAGES)


def run(bench: Bench, stage: Stage) -> dict[str, Any]:
    """Return the figures of a stage, found now or before."""
    key = bench.stage_key(stage.name)
    found = bench.work.load(f"stage-{stage.name}", key)
    if found is None:
        with bench.progress.stage(stage.title):
            found = plain(stage.find(bench))
        bench.work.save(f"stage-{stage.name}", key, found)
        # Figures found now read as those found before.
        found = bench.work.load(f"stage-{stage.name}", key) or found
    return found
