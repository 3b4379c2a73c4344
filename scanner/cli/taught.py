"""What the owner and later mail have said of sent messages, brought together for training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.detect.evidence import Kind

if TYPE_CHECKING:
    from scanner.audit import Finding, Past
    from scanner.cli.progress import Show
    from scanner.detect.verdict import Verdict
    from scanner.settings import Mailbox as Box
    from scanner.settings import Settings
    from scanner.store import MailboxStore
    from training.labels import Joined, Said


@dataclass(frozen=True, slots=True)
class Replayed:
    """One mailbox's past: how many messages were read, and its sent ones with their evidence."""

    owner: frozenset[str]
    read: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Taught:
    """What can be learnt, and in sentences what was found in the past."""

    joined: Joined
    found: tuple[str, ...]


def replayed(past: Sequence[Past], owner: frozenset[str], settings: Settings, show: Show) -> Replayed:
    """Each sent message scored as it would have been, with what later mail shows of it."""
    from scanner.audit import judged, with_evidence
    from scanner.cli import wiring
    from scanner.detect.evidence import Lookback

    judge = wiring.judge(owner, settings)
    judgements = list(show.each(judged(past, judge), "Judging"))
    findings = with_evidence(past, judgements, Lookback(owner, near=judge.near))
    return Replayed(owner, len(past), tuple(findings))


def lessons(
    settings: Settings, boxes: Sequence[Box], pasts: Sequence[Replayed], *, needed: bool, now: datetime
) -> Taught:
    """Join the labels of the store, and those that the pasts show, with the features of their messages.

    What is known from both counts once. A message that was scored by another version, or never, has the
    features of the replay. Without a store there are no labels; raises `UsageError` where one is `needed`.
    """
    from scanner.cli.stored import opened
    from scanner.detect.features.table import schema_digest
    from training.labels import join, learnable
    from training.signs import signs

    schema = schema_digest()
    known = {one.message.message_id or one.message.digest: one for past in pasts for one in past.findings}
    labels: list[Said] = [sign for one in known.values() for sign in signs(one.evidence, now=now)]

    def join_with(rooms: Sequence[MailboxStore]) -> Joined:
        def verdict_of(about: str) -> Verdict | None:
            found = [stored.verdict for room in rooms if (stored := room.verdict(about)) is not None]
            if about in known:
                found.append(known[about].verdict)
            return next((one for one in found if learnable(one, schema)), found[0] if found else None)

        return join([*labels, *(one for room in rooms for one in room.labels())], verdict_of, schema)

    if needed or settings.state.database.exists():
        with opened(settings) as store:
            joined = join_with([store.mailbox(box.name) for box in boxes])
    else:
        joined = join_with([])
    return Taught(joined, tuple(line for past in pasts for line in _found(past)))


def _found(past: Replayed) -> list[str]:
    """What later mail shows, by the surest kind of evidence about each message."""
    from scanner.cli.past import HOW

    surest = Counter(
        max(one.evidence, key=lambda sign: sign.label_weight).kind for one in past.findings if one.evidence
    )
    head = f"{past.read} messages read, {len(past.findings)} of them sent."
    if not surest:
        return [f"{head} Later mail shows nothing of any of them."]
    how = {**HOW, Kind.ANSWER: "looked odd, and an ordinary conversation followed"}
    lines = [f"  {surest[kind]} {how[kind]}" for kind in Kind if surest[kind]]
    return [f"{head} Later mail shows something of {surest.total()} of these:", *lines]
