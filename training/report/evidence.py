"""What later mail shows in the mailboxes of a corpus, whether learning it helps, and what was known before.

The signs are those of `scanner.detect.evidence`, each found with the scores of a detector that never saw
the owner. Signs in mailboxes too small to be measured teach as well; their scores come from a detector
that has seen them. One forest of fewer trees than the detector's: differences count here, not levels.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from scanner.audit import Finding, hindsight
from scanner.detect.calibration import Calibration, probability
from scanner.detect.evidence import WORTH, Kind
from scanner.detect.verdict import Action
from training import real_mistakes
from training.evaluation import RATES, message_scores, scored, threshold
from training.fitting import folds
from training.publish import calibration_of
from training.report.bench import FOLDS, owner_name
from training.report.evidence_fits import ARMS, BASE, each, fitted, gathered, part, trees
from training.report.recall import SEVEN, Recalls, draws, messages, spans
from training.report.tables import figure, table
from training.signed import Signed
from training.signs import CLEAR, PARTY, clear
from training.verdicts import MISTAKE, NOT_ONE, digest_of, read_by_a_person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.corpora import Mailbox
    from training.dataset import Case
    from training.report.bench import Bench
    from training.report.evidence_fits import Part

BUDGETS = (5.0, 10.0, 50.0)
"""False alerts per 1,000 at whose level it is asked what would have been told."""

_SEVEN = [(number, "") for number in range(1, 8)]
_CORRECTION = 4.0
"""Log-odds from which a sign is a correction (`scanner.audit.hindsight`)."""


def measure(bench: Bench) -> tuple[dict[str, Any], list[str]]:
    """Return what was found, as plain data and as lines of Markdown.

    Data: "signs", one row for each worth of evidence; "recall", arm -> rate -> difference to the base rows
    with its interval, the base rows' own recall in its place; "told", arm -> budget -> real mistakes told;
    "before", first sign -> how many of the corrected messages the held-out scores would have told.
    """
    with threadpool_limits(1):
        return _measure(bench)


def _measure(bench: Bench) -> tuple[dict[str, Any], list[str]]:
    cases = bench.cases
    bench.teaching  # noqa: B018 - replayed before the folds run side by side
    with bench.progress.stage("base fits", FOLDS) as done:
        parts = each(bench, folds(bench.owners, FOLDS), lambda held: part(bench, held), done)
    base = gathered(cases, [(one, one.classifier) for one in parts])
    with bench.progress.stage("signs"):
        boxes, small = _signed(bench, cases, base), _small(bench, cases, base, parts[0])
    everybody = {**boxes, **small}
    jobs = [(arm, one) for arm in ARMS for one in parts]
    with bench.progress.stage("fits", len(jobs)) as done:
        found = each(bench, jobs, lambda job: fitted(bench, *job, everybody), done)
    scores = {BASE: base}
    for at, arm in enumerate(ARMS):
        mine = found[at * len(parts) : (at + 1) * len(parts)]
        scores[arm] = gathered(cases, list(zip(parts, mine, strict=True)))
    data = {
        "mailboxes": [len(boxes), len(small)],
        "signs": _counted(boxes, small),
        "learnt": _learnt(everybody, parts[0].ranker),
        "trees": trees(bench)["max_iter"],
        "recall": _recall(cases, scores, bench.seed),
        "told": _told(bench, cases, scores),
        "before": _before(boxes, cases, base),
    }
    return data, _lines(data)


# Signs


def _signed(bench: Bench, cases: Sequence[Case], base: Sequence[NDArray[np.float64]]) -> dict[str, Signed]:
    """Return the measured mailboxes by name, each with the chances that the held-out scores give."""
    return _boxes(bench.numbered_boxes, cases, base, _calibration(cases, base))


def _small(
    bench: Bench, cases: Sequence[Case], base: Sequence[NDArray[np.float64]], fold: Part
) -> dict[str, Signed]:
    """Return the mailboxes that only teach, scored by the detector of one fold."""
    boxes = [replace(box, name=owner_name(at, "teacher")) for at, box in enumerate(bench.teachers)]
    teaching = [case for case in bench.teaching if not case.stratum]
    return _boxes(boxes, teaching, fold.raw(teaching, fold.classifier), _calibration(cases, base))


def _calibration(cases: Sequence[Case], scores: Sequence[NDArray[np.float64]]) -> Calibration:
    plain, _ = calibration_of(cases, scores)
    return Calibration(tuple(plain["raw"]), tuple(plain["odds"]), plain["below"], plain["above"])


def _boxes(
    boxes: Sequence[Mailbox],
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    calibration: Calibration,
) -> dict[str, Signed]:
    clean: defaultdict[str, dict[int, Case]] = defaultdict(dict)
    chance: defaultdict[str, dict[int, NDArray[np.float64]]] = defaultdict(dict)
    for case, raw in zip(cases, scores, strict=True):
        if not case.stratum:
            clean[case.owner][case.ordinal] = case
            odds = (calibration.log_odds(float(value)) for value in raw)
            chance[case.owner][case.ordinal] = np.array([probability(value) for value in odds])
    return {box.name: Signed(box, clean[box.name], chance[box.name]) for box in boxes}


def _counted(boxes: Mapping[str, Signed], small: Mapping[str, Signed]) -> list[dict[str, Any]]:
    """Return for each worth of evidence how many messages have it, and what a person read in how many."""
    rows, read = [], read_by_a_person()
    for worth, value in WORTH.items():
        row: dict[str, Any] = {"worth": worth, "label": value.label}
        for name, group in (("measured", boxes), ("small", small)):
            there = [
                (box, about)
                for box, signed in group.items()
                for about, found in signed.evidence.items()
                if any(one.worth == worth for one in found)
            ]
            row[name] = len(there)
            row[f"{name}_boxes"] = len({box for box, _ in there})
            row[f"{name}_read"] = [
                sum(read.get(digest_of(about)) == verdict for _, about in there)
                for verdict in (MISTAKE, NOT_ONE)
            ]
        if row["measured"] or row["small"]:
            rows.append(row)
    return rows


def _learnt(everybody: Mapping[str, Signed], ranker: NDArray[np.float64]) -> dict[str, Any]:
    """Return how many examples there are, and what they weigh, in whole messages."""
    examples = [one for signed in everybody.values() for one in signed.examples(ranker)]
    wrong, fine = (sum(float(one.weights[one.labels == kind].sum()) for one in examples) for kind in (1, 0))
    return {
        "messages": len(examples),
        "clear": clear(examples),
        "wrong": round(wrong, 2),
        "fine": round(fine, 2),
    }


# Figures


def _recall(
    cases: Sequence[Case], scores: Mapping[str, Sequence[NDArray[np.float64]]], seed: int
) -> dict[str, Any]:
    """Return the base rows' recall, and how much higher that of each other arm is, by draws of owners."""
    recalls = {arm: Recalls(messages(cases, found)) for arm, found in scores.items()}
    drawn: dict[str, list[NDArray[np.float64]]] = {arm: [] for arm in scores}
    for counts in draws(len({case.owner for case in cases}), seed=seed):
        for arm, found in recalls.items():
            shares = found.found(counts, found.levels(counts, RATES))
            there = [shares[part] for part in _SEVEN if part in shares]
            drawn[arm].append(np.mean(there, axis=0) if there else np.full(len(RATES), np.nan))
    base = np.stack(drawn[BASE])
    return {
        arm: _plain(spans(np.stack(values) - (0.0 if arm == BASE else base))) for arm, values in drawn.items()
    }


def _plain(values: NDArray[np.float64]) -> dict[str, list[float]]:
    return {f"{rate:g}": [round(float(one), 4) for one in values[at]] for at, rate in enumerate(RATES)}


def _told(
    bench: Bench, cases: Sequence[Case], scores: Mapping[str, Sequence[NDArray[np.float64]]]
) -> dict[str, Any]:
    """Return for each arm how many real mistakes it would have told of, by budget."""
    found = {arm: real_mistakes.measure(bench.numbered_boxes, cases, one)[0] for arm, one in scores.items()}
    return {"mistakes": len(found[BASE]["mistakes"]), **{arm: one["told"] for arm, one in found.items()}}


def _before(
    boxes: Mapping[str, Signed], cases: Sequence[Case], base: Sequence[NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """Return how many of the messages that later mail corrects would have been told at once.

    One row for each kind of first sign and one for all: "messages", by budget [told, middle of the
    minutes by which that was sooner], and the alerts of so many sent messages that the budget meant.
    """
    top = message_scores(base)
    usual = top[scored(cases) & np.array([not case.stratum for case in cases])]
    scores = {(case.owner, case.ordinal): top[at] for at, case in enumerate(cases) if not case.stratum}
    rows: dict[str, dict[str, Any]] = {}
    for budget in BUDGETS:
        level = threshold(usual, budget)
        findings = [
            Finding(
                signed.outgoing[ordinal],
                replace(
                    signed.verdicts[ordinal],
                    action=Action.ALERT if scores[name, ordinal] > level else Action.SILENT,
                ),
                evidence=signed.evidence.get(
                    signed.outgoing[ordinal].message_id or signed.outgoing[ordinal].digest, ()
                ),
            )
            for name, signed in boxes.items()
            for ordinal in signed.cases
        ]
        of_kind: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            for kind in hindsight([finding]).corrected:
                of_kind[kind.value].append(finding)
        groups = {**{kind.value: of_kind[kind.value] for kind in Kind}, _ALL: findings}
        for name, group in groups.items():
            seen = hindsight(group)
            row = rows.setdefault(name, {"first sign": name, "messages": sum(seen.corrected.values())})
            row[f"{budget:g}"] = [seen.warned, seen.sooner, seen.alerts, seen.sent]
    return [row for row in rows.values() if row["messages"] or row["first sign"] == _ALL]


_ALL = "all"


# Lines


def _lines(data: Mapping[str, Any]) -> list[str]:
    measured, small = data["mailboxes"]
    found = table(
        [
            "evidence",
            "label weighs",
            f"messages of {measured} owners",
            f"of {small} smaller mailboxes",
            "read: mistakes, none",
        ],
        [
            [
                row["worth"],
                f"{row['label']:g}",
                *(_count(row, name) for name in ("measured", "small")),
                ", ".join(map(str, row["measured_read"])),
            ]
            for row in data["signs"]
        ],
    )
    learnt = data["learnt"]
    arms = [arm for arm in data["recall"] if arm != BASE]
    heads = [f"{SEVEN}, recall at", *(f"{rate:g}" for rate in RATES)]
    recall = table(
        [*heads, *(f"real mistakes told at {budget}" for budget in data["told"][BASE])],
        [
            [
                arm,
                *(
                    figure(values) if arm == BASE else _difference(values)
                    for values in data["recall"][arm].values()
                ),
                *(f"{count} of {data['told']['mistakes']}" for count in data["told"][arm].values()),
            ]
            for arm in (BASE, *arms)
        ],
    )
    before = table(
        ["first sign", "messages", *(f"told at {budget:g}" for budget in BUDGETS)],
        [
            [row["first sign"], str(row["messages"]), *(_sooner(row[f"{budget:g}"]) for budget in BUDGETS)]
            for row in data["before"]
        ],
    )
    return [
        *found,
        "",
        "In brackets: mailboxes. *Read*: of the owners' messages that a person has read, how many had gone",
        f"to a wrong party and how many had not. Of {learnt['messages']} messages there are features to",
        f"learn from, of {learnt['clear']} the evidence weighs {CLEAR:g} or more; together they weigh",
        f"{learnt['wrong']:g} whole messages as wrong and {learnt['fine']:g} as fine.",
        "",
        *recall,
        "",
        "The lines below the first: the difference to it, paired; intervals: 95 %, bootstrap over owners.",
        f"Each owner held out of three folds, signs of the other owners alone; {data['trees']} trees in one",
        "forest, no network. *Another seed* is what chance does. *Their labels*: the messages teach as what",
        "the signs say instead of as clean ones. *False notices*: 1,000 clean messages drawn by lot, each",
        f"said by the same recipient to have gone wrong, of which {PARTY:g} whole ones are believed.",
        "",
        *before,
        "",
        f"Messages with evidence of {_CORRECTION:g} log-odds or more, scored by a detector that never saw",
        "the owner, at false alerts per 1,000; in brackets how much sooner than the first sign an alert",
        "would have been (the middle one).",
    ]


def _count(row: Mapping[str, Any], name: str) -> str:
    return f"{row[name]} ({row[f'{name}_boxes']})" if row[name] else "0"


def _difference(values: Sequence[float]) -> str:
    middle, low, high = values
    return f"{middle:+.3f} ({low:+.3f} to {high:+.3f})"


def _sooner(found: Sequence[Any]) -> str:
    told, minutes, _, _ = found
    return f"{told} ({minutes:.0f} minutes)" if minutes is not None else f"{told}"
