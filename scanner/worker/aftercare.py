"""What a message shows of mail sent before it, and what follows from that: a label, an alert, or peace."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

from scanner.detect.evidence import Evidence, Kind, Lookback, Near, scores_after
from scanner.detect.reasons import make_reason
from scanner.detect.verdict import Action, RecipientVerdict, Verdict
from scanner.errors import StoreError
from scanner.message.model import Message
from scanner.store import Aftermath, KeptTrail, MailboxStore, StoredVerdict
from scanner.store.signs import KEPT
from scanner.worker.plan import Plan

TOLD_FROM = 0.5
"""From this score with the evidence in it on the owner is told of a message that was passed over."""

_OWN_DOING = frozenset({Kind.RETRACTION, Kind.RECALL})
"""Signs that the owner knows of the mistake and has begun to mend it."""


class Aftercare:
    """Looks back for one mailbox. Raises StoreError where what the store kept cannot be read."""

    def __init__(self, plan: Plan, store: MailboxStore, near: Near) -> None:
        self._plan = plan
        self._store = store
        self._lookback = Lookback(plan.owner, near=near, key=store.trail_key)
        try:
            self._lookback.restore(store.trails())
        except ValueError as error:
            what = "What was kept of sent messages was written by another version of Oopsee."
            remedy = "Use that version, or move the state directory away: the mailbox is then read anew."
            raise StoreError(what, remedy=remedy) from error

    def of(
        self, message: Message, verdict: Verdict | None, now: datetime, *, past: bool, earliest: datetime
    ) -> tuple[Aftermath | None, Verdict | None]:
        """What a message shows, with what the owner is now told of; `verdict` is that of a sent message.

        The second is the verdict on an earlier message that is to be alerted now: somebody else's
        word is the first sign of it. The age of a message goes by `earliest`, which no jump of the
        clock puts ahead.
        """
        if verdict is not None:
            evidence = self._lookback.sent(message, verdict)
        else:
            evidence = self._lookback.received(message)
        trails = tuple(
            KeptTrail(trail.about, at, trail.pack())
            for trail in self._lookback.changed()
            if now - (at := datetime.fromtimestamp(trail.at, UTC)) < KEPT
        )
        if not evidence and not trails:
            return None, None
        settled = tuple(dict.fromkeys(one.about for one in evidence if one.kind in _OWN_DOING))
        told = None if past else self._told(message, evidence, earliest)
        raised = ((told.message_id or told.digest, told.why),) if told is not None else ()
        return Aftermath(trails, tuple(evidence), settled, raised), told

    def forget_old(self, now: datetime) -> None:
        """Forget what no later mail can be about any more."""
        self._store.forget_trails(now - KEPT)

    def _told(self, message: Message, evidence: Sequence[Evidence], now: datetime) -> Verdict | None:
        for one in evidence:
            if one.kind in _OWN_DOING or one.log_odds <= 0:
                continue
            stored = self._store.verdict(one.about)
            if stored is None or stored.verdict.action is Action.ALERT:
                continue
            date = stored.verdict.date
            if one.kind is not Kind.NOTICE and date is not None and now - date > self._plan.age_cap:
                continue
            raised = _raised(stored, [*self._store.evidence(one.about), one], message)
            if raised.score >= TOLD_FROM:
                return raised
        return None


def _raised(stored: StoredVerdict, evidence: Sequence[Evidence], message: Message) -> Verdict:
    """The verdict with the evidence in it; the subject is that of the mail at hand where it was forgotten."""
    old = stored.verdict
    scores = scores_after(old, evidence)
    last = evidence[-1]
    about = last.addresses or (max(old.recipients, key=lambda one: one.score).address,)
    recipients = tuple(
        _with_reason(one, score, last) if one.address in about else dataclasses.replace(one, score=score)
        for one, score in zip(old.recipients, scores, strict=True)
    )
    return dataclasses.replace(
        old,
        subject=old.subject or message.base_subject,
        score=max(scores, default=old.score),
        recipients=recipients,
        action=Action.ALERT,
        why=f"a sign came after the send: {last.kind.value}",
    )


def _with_reason(one: RecipientVerdict, score: float, sign: Evidence) -> RecipientVerdict:
    reason = make_reason("evidence", sign.log_odds, f"evidence_{sign.kind.value}", {})
    return dataclasses.replace(
        one, score=score, meant=sign.meant or one.meant, reasons=(reason, *one.reasons)
    )
