"""Mistakes that people made and corrected themselves, found in a corpus, and how they would have scored.

Four kinds of evidence, each weighed by what the mailbox holds *after* the message; the score itself
comes from the history strictly before it. What is found is a candidate until a person has
read it; verdicts are kept by digest (`training/data/enron_read.toml`), no text and no address.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.corrections import KINDS, Correction, corrections
from training.evaluation import message_scores, scored, threshold
from training.hard_sets import BUDGETS
from training.verdicts import MISTAKE, digest_of, read_by_a_person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.corpora import Mailbox
    from training.dataset import Case

UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Finding:
    """A candidate with its score.

    `rate` is how many of 1,000 clean messages score as high or higher: the alert budget at which it is
    told; `first` whether the wrong recipient scored highest (None where which one is not known,
    or it is the only one).
    """

    digest: str
    verdict: str
    correction: Correction
    score: float
    rate: float
    first: bool | None
    early: bool


def findings(
    boxes: Sequence[Mailbox],
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    read: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return the candidates that were scored, of all mailboxes; `scores` are owner-held-out."""
    verdicts = read_by_a_person() if read is None else read
    top, counts = message_scores(scores), scored(cases)
    clean = np.array([not case.stratum for case in cases], dtype=bool)
    usual = np.sort(top[clean & counts])
    places = {(case.owner, case.ordinal): at for at, case in enumerate(cases) if not case.stratum}
    found = []
    for box in boxes:
        outgoing = [message for message, sent in box.mail if sent]
        for correction in corrections(box):
            at = places.get((box.name, correction.ordinal))
            if at is None:
                continue
            message = outgoing[correction.ordinal]
            digest = digest_of(message.message_id or message.digest)
            addresses = [r.address for r in message.recipients if r.address not in box.owner]
            known = correction.wrong and len(addresses) > 1
            above = len(usual) - int(np.searchsorted(usual, top[at], side="left"))
            found.append(
                Finding(
                    digest=digest,
                    verdict=verdicts.get(digest, UNREAD),
                    correction=correction,
                    score=float(top[at]),
                    rate=1000.0 * above / max(1, len(usual)),
                    first=addresses[int(np.argmax(scores[at]))] in correction.wrong if known else None,
                    early=not counts[at],
                )
            )
    return found


def measure(
    boxes: Sequence[Mailbox],
    cases: Sequence[Case],
    scores: Sequence[NDArray[np.float64]],
    *,
    budgets: Sequence[float] = BUDGETS,
    read: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Return how many real mistakes would have been alerted, as plain data and lines of Markdown.

    Data: "candidates" and "unread", kind -> count; "mistakes", one row for each that a person has read
    and found to be one: its digest, kind, minutes until the owner noticed (None if never), the budget
    at which it is told, and whether it is told at each of `budgets`.
    """
    found = findings(boxes, cases, scores, read)
    top, counts = message_scores(scores), scored(cases)
    usual = top[counts & np.array([not case.stratum for case in cases], dtype=bool)]
    levels = {budget: threshold(usual, budget) for budget in budgets}
    rows = [_row(one, levels) for one in found if one.verdict == MISTAKE]
    rows.sort(key=lambda row: (list(KINDS).index(row["kind"]), row["digest"]))
    counted: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for one in found:
        counted["candidates"][one.correction.kind] += 1
        counted["unread"][one.correction.kind] += one.verdict == UNREAD
    told = {f"{budget:g}": sum(row["told"][f"{budget:g}"] for row in rows) for budget in budgets}
    data = {
        "candidates": dict(counted["candidates"]),
        "unread": dict(counted["unread"]),
        "told": told,
        "mistakes": rows,
    }
    return data, _lines(data, budgets)


def _row(one: Finding, levels: Mapping[float, float]) -> dict[str, Any]:
    return {
        "digest": one.digest,
        "kind": one.correction.kind,
        "noticed_after_minutes": None if one.correction.minutes is None else round(one.correction.minutes, 1),
        "told_from": round(one.rate, 1),
        "told": {f"{budget:g}": one.score > level for budget, level in levels.items()},
        "wrong_one_first": one.first,
        "early": one.early,
    }


def _lines(data: Mapping[str, Any], budgets: Sequence[float]) -> list[str]:
    rows = data["mistakes"]
    heads = " | ".join(f"at {budget:g} per 1,000" for budget in budgets)
    lines = [
        f"| real mistake | found by | noticed after | {heads} | told from, per 1,000 |",
        "|---" * (len(budgets) + 4) + "|",
    ]
    for row in rows:
        after = row["noticed_after_minutes"]
        cells = " | ".join("told" if row["told"][f"{budget:g}"] else "missed" for budget in budgets)
        early = " (early)" if row["early"] else ""
        lines.append(
            f"| {row['digest']}{early} | {row['kind']} | {_span(after)} | {cells} | {row['told_from']:g} |"
        )
    told = ", ".join(f"{data['told'][f'{budget:g}']} at {budget:g} per 1,000" for budget in budgets)
    lines += [
        "",
        f"Told of {len(rows)}: {told}. An alert comes within seconds of the sending; *noticed after* says",
        "how much later the sender did, *never* where the mailbox shows no sign of it.",
    ]
    lines += [
        f"- *{kind}*: {meaning}; {data['candidates'].get(kind, 0)} candidates, "
        f"{data['unread'].get(kind, 0)} not read."
        for kind, meaning in KINDS.items()
    ]
    return lines


def _span(minutes: float | None) -> str:
    if minutes is None:
        return "never"
    if minutes < 120:
        return f"{minutes:.0f} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"
