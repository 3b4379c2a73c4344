"""The intended-recipient ranker measured by itself, by who is missing from a message.

From each clean message in the measured part of a mailbox one true recipient at a time is left out.
The method orders that recipient and the contacts not on the message (at most 24, chosen by
`scanner.detect.features.candidates.outsiders` with the recipient still on the message), given the
other recipients and the text. A recipient never seen before cannot be suggested by anybody and
counts as missed; the share of those that were seen is the ceiling of every method in the run. What
the cut to 24 costs beyond that is measured by `candidate_recall`, on mailboxes.

Each message weighs the same, however many recipients it has. Of equals, the mean over their orders counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.detect.features.address import lookalikes
from scanner.detect.features.candidates import LIGHT, outsiders
from scanner.detect.features.context import make_context
from scanner.detect.features.table import NAMES
from scanner.history.facts import facts_of
from scanner.history.history import History
from scanner.history.terms import TermHasher
from training.dataset import own_organisations
from training.evaluation import SCORED_FROM
from training.fitting import folds as deal
from training.ranker import fit_ranker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from training.corpora import Mailbox
    from training.dataset import Case

ACCEPTED = 0.7
"""Share of shown suggestions that Gmail's users took (Roth et al., KDD 2010)."""

_DRAWS = 300
_FUSED = 60.0
"""The constant of reciprocal-rank fusion (Cormack et al., SIGIR 2009)."""

_NEVER_SEEN = NAMES.index("never_seen")


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipient left out: `rows` are light features, (1 + outsiders, features), the true one first."""

    owner: str
    rows: NDArray[np.floating]
    known: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method made of trials: one value each.

    `reciprocal`, `first` and `among_three` are 1/rank, whether the true one came first and among
    the first three; `lead` is by how much the first is ahead of the second, the confidence.
    """

    reciprocal: NDArray[np.float64]
    first: NDArray[np.float64]
    among_three: NDArray[np.float64]
    lead: NDArray[np.float64]


def trials(cases: Sequence[Case]) -> list[Trial]:
    """Return one trial per true recipient of the clean messages that count."""
    return [
        Trial(case.owner, rows, not case.numbers.base[place, _NEVER_SEEN], 1.0 / len(case.wrong))
        for case in cases
        if case.stratum == 0 and case.place >= SCORED_FROM and case.numbers.light.shape[1] > 1
        for place, rows in enumerate(case.numbers.light)
    ]


def _column(name: str) -> int:
    return LIGHT.index(name)


def _fused(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the reciprocal-rank fusion of recency, frequency and topic (Carvalho and Cohen, ECIR 2008)."""
    total = np.zeros(len(rows))
    for values in (
        -rows[:, _column("sent_recency")],
        rows[:, _column("long_log")],
        rows[:, _column("topic_share")],
    ):
        above = (values[None, :] > values[:, None]).sum(axis=1)
        equal = (values[None, :] == values[:, None]).sum(axis=1)
        total += 1.0 / (_FUSED + above + (equal + 1) / 2)
    return total


REFERENCES: dict[str, Callable[[NDArray[np.floating]], NDArray[np.floating]]] = {
    "recency": lambda rows: -rows[:, _column("sent_recency")],
    "frequency": lambda rows: rows[:, _column("long_log")],
    "group share": lambda rows: rows[:, _column("group_share")],
    "fused recency, frequency, topic": _fused,
}
"""Simple methods beside the ranker: the higher, the sooner."""


def outcome(fits: Sequence[NDArray[np.floating]], known: Sequence[bool]) -> Outcome:
    """Return what comes of fits, one array per trial with the true recipient's first."""
    found = np.array([_one(values, seen=seen) for values, seen in zip(fits, known, strict=True)])
    return Outcome(*found.reshape(-1, 4).T)


def _one(fits: NDArray[np.floating], *, seen: bool) -> tuple[float, float, float, float]:
    shown = np.sort(fits if seen else fits[1:])[::-1]
    lead = float(shown[0] - shown[min(1, len(shown) - 1)])
    if not seen:
        return 0.0, 0.0, 0.0, lead
    above = int((fits[1:] > fits[0]).sum())
    equal = int((fits[1:] == fits[0]).sum()) + 1
    places = np.arange(above + 1, above + equal + 1)
    return (
        float((1.0 / places).mean()),
        float((places <= 1).mean()),
        float((places <= 3).mean()),
        lead,
    )


def coverage(
    first: NDArray[np.float64],
    lead: NDArray[np.float64],
    weight: NDArray[np.float64],
    precision: float = ACCEPTED,
) -> float:
    """Return the largest share of messages on which the first could be shown and be right that often.

    Shown where the lead reaches a threshold; at the lowest at which `precision` of the shown are right.
    """
    order = np.argsort(-lead, kind="stable")
    shown = np.cumsum(weight[order])
    right = np.cumsum((weight * first)[order])
    last = np.append(np.diff(lead[order]) != 0.0, True)  # equals are shown together
    good = last & (right >= precision * shown - 1e-12)
    return float(shown[good].max() / shown[-1]) if good.any() else 0.0


def measure(cases: Sequence[Case], *, folds: int = 3, seed: int = 0) -> tuple[dict[str, Any], list[str]]:
    """Return figures of the ranker, fitted on other owners, and of simple methods, and Markdown lines.

    Figures are plain data: `trials`, `messages`, `ceiling` (share of left-out recipients who had been
    seen), and for each method MRR, Prec@1, hit@3 and coverage at a precision of 0.7, each as [value,
    low, high] with a 95 % interval by a bootstrap over owners (300 draws).
    """
    tried = trials(cases)
    owners = list(dict.fromkeys(case.owner for case in cases))
    if not tried:
        return {"trials": 0, "messages": 0, "ceiling": float("nan"), "methods": {}}, []
    weights: dict[str, NDArray[np.float64]] = {}
    for held in deal(owners, min(folds, len(owners))):
        learnt = [case for case in cases if case.owner not in held]
        if any(case.stratum == 0 for case in learnt):
            weights |= dict.fromkeys(held, fit_ranker(learnt))
    known = [one.known for one in tried]
    methods: dict[str, Outcome] = {}
    if weights:
        methods["ranker"] = outcome([one.rows @ weights[one.owner] for one in tried], known)
    for name, order in REFERENCES.items():
        methods[name] = outcome([order(one.rows) for one in tried], known)
    return _stated(tried, methods, owners, seed)


def _stated(
    tried: Sequence[Trial], methods: dict[str, Outcome], owners: Sequence[str], seed: int
) -> tuple[dict[str, Any], list[str]]:
    weight = np.array([one.weight for one in tried])
    known = np.array([one.known for one in tried])
    owner = np.array([owners.index(one.owner) for one in tried])
    present = [np.flatnonzero(owner == number) for number in np.unique(owner)]
    rng = np.random.default_rng(seed)
    draws = [
        np.concatenate([present[at] for at in rng.integers(len(present), size=len(present))])
        for _ in range(_DRAWS)
    ]
    figures: dict[str, Any] = {
        "trials": len(tried),
        "messages": round(float(weight.sum())),
        "ceiling": round(float(np.average(known, weights=weight)), 4),
        "methods": {},
    }
    lines = [
        "| who is missing | MRR | Prec@1 | hit@3 | coverage at 0.7 precision |",
        "|---|---|---|---|---|",
    ]
    for name, found in methods.items():
        values = _figures(found, weight, np.arange(len(tried)))
        drawn = np.array([_figures(found, weight, draw) for draw in draws])
        low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
        spans = [[round(float(v), 4) for v in three] for three in zip(values, low, high, strict=True)]
        figures["methods"][name] = dict(zip(("mrr", "prec_at_1", "hit_at_3", "coverage"), spans, strict=True))
        cells = " | ".join(f"{value:.3f} ({least:.3f}-{most:.3f})" for value, least, most in spans)
        lines.append(f"| {name} | {cells} |")
    messages, ceiling = figures["messages"], figures["ceiling"]
    lines += [
        "",
        f"{messages} clean messages, each of their {len(tried)} recipients left out once and ordered among",
        f"at most 24 contacts not on the message; {ceiling:.3f} had been seen before: that bounds each line.",
        "Coverage: share of the messages on which a suggestion would be shown, where 70 % of the shown are",
        "right, as many as Gmail's users accepted. Intervals: 95 %, bootstrap over owners.",
    ]
    return figures, lines


def _figures(found: Outcome, weight: NDArray[np.float64], places: NDArray[np.intp]) -> list[float]:
    share = weight[places]
    means = [
        float(np.average(values[places], weights=share))
        for values in (found.reciprocal, found.first, found.among_three)
    ]
    return [*means, coverage(found.first[places], found.lead[places], share)]


def candidate_recall(mailbox: Mailbox, *, every: int = 1) -> tuple[int, int, int]:
    """Return (recipients left out, those seen before, those among the candidates of the rest).

    What the cut to 24 candidates costs: each message is shown without the one recipient, as if
    they had been forgotten, and the candidates are chosen from what is left. `every` takes each so
    many-th sent message of the measured part.
    """
    history, hasher = History(), TermHasher()
    own = own_organisations(mailbox.owner)
    ordinal = left_out = seen = found = 0
    for message, sent in mailbox.mail:
        facts = facts_of(message, sent=sent, owner=mailbox.owner, hasher=hasher)
        if sent:
            counts = ordinal >= SCORED_FROM * mailbox.sent and ordinal % every == 0
            ordinal += 1
            for address, _, _ in facts.recipients if counts else ():
                left_out += 1
                contact = history.contacts.get(address)
                if contact is None:
                    continue
                seen += 1
                rest = replace(
                    message, recipients=tuple(r for r in message.recipients if r.address != address)
                )
                known = facts_of(rest, sent=True, owner=mailbox.owner, hasher=hasher)
                context = make_context(rest, known, history, own=own, hasher=hasher)
                hints = [
                    i for look in lookalikes(context) for i in look.hints()[: 60 // len(context.parties) + 4]
                ]
                found += contact.index in outsiders(context, list(dict.fromkeys(hints)))
        history.learn(facts)
    return left_out, seen, found
