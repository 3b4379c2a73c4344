"""From the outbox to the owner: each alert as often as needed, and by APPEND exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scanner.alert.deliver import Delivery
from scanner.errors import ScannerError
from scanner.store import MailboxStore, OutboxEntry
from scanner.worker.backoff import Backoff
from scanner.worker.plan import Digests, Plan

CLAIM = timedelta(seconds=60)
"""After this a delivery that was begun and never noted as ended is due again."""


class Postman:
    """Delivers what waits in the outbox of one mailbox."""

    def __init__(
        self,
        plan: Plan,
        store: MailboxStore,
        delivery: Delivery,
        backoff: Backoff,
        clock: Callable[[], datetime],
    ) -> None:
        self._plan = plan
        self._store = store
        self._delivery = delivery
        self._backoff = backoff
        self._clock = clock
        self._begun = False

    def deliver(self, *, notices: bool = True) -> int:
        """Deliver all that is due; how many mails arrived. The first failure ends the round.

        In the first round of a process every delivery that was begun before is due: whoever began
        it is gone, because the mailbox has one guard only. Without `notices`, those of trouble
        stay where they are. Raises what the delivery raises.
        """
        now = self._clock()
        self._store.expire(now)
        due = self._store.pending(now) if self._begun else self._begun_or_due(now)
        self._begun = True
        delivered = 0
        for entry in due:
            if entry.kind == "notice" and not notices:
                continue
            delivered += self._deliver(entry)
        return delivered

    def _begun_or_due(self, now: datetime) -> list[OutboxEntry]:
        due = {one.key for one in self._store.pending(now)}
        return [one for one in self._store.waiting() if one.attempts or one.key in due]

    def digest(self, compose: Digests) -> bool:
        """Put the digest of the day into the outbox when its hour has passed and something waits for it."""
        now = self._clock()
        hour = last_digest_hour(now, self._plan.digest_hour)
        health = self._store.health().get("digest")
        if health is None or health.at is None:
            self._store.heartbeat("digest", now, amount=0)
            return False
        if health.at > now:  # the clock was put back: the day begins anew
            self._store.heartbeat("digest", now, amount=0)
            return False
        if health.at >= hour:
            return False
        verdicts = self._store.digest_waiting()
        if verdicts:
            key = f"digest:{hour.date().isoformat()}"
            message_id = self._store.alert_id(key, self._plan.address)
            raw = compose(verdicts, now, message_id)
            self._store.queue_digest(
                OutboxEntry(key=key, message_id=message_id, raw=raw, created_at=now, kind="digest"), verdicts
            )
        self._store.heartbeat("digest", now, amount=len(verdicts))
        return bool(verdicts)

    def _deliver(self, entry: OutboxEntry) -> int:
        claimed = self._store.claim(entry.key, next_try=self._clock() + CLAIM)
        if claimed is None:
            return 0
        try:
            self._delivery.deliver(claimed.raw, claimed.message_id, repeat=claimed.attempts > 0)
        except ScannerError as error:
            wait = timedelta(seconds=self._backoff.failure(error))
            self._store.mark_attempt(claimed.key, error=type(error).__name__, next_try=self._clock() + wait)
            self._store.heartbeat("delivery", self._clock(), error=f"{type(error).__name__}: {error}")
            raise
        self._backoff.success()
        now = self._clock()
        self._store.delivered(claimed.key, at=now)
        self._store.heartbeat("delivery", now)
        return 1


def last_digest_hour(now: datetime, hour: int) -> datetime:
    """The latest moment not after `now` at which the clock on the wall showed `hour`."""
    local = now.astimezone()
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)
