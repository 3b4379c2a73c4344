"""What becomes of one message: known, skipped, learnt, or scored and perhaps alerted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from scanner.detect.verdict import Action, Verdict
from scanner.errors import StoreError
from scanner.message.identity import same_by_digest
from scanner.message.model import Message
from scanner.store import MailboxStore, OutboxEntry, Record, alert_key
from scanner.worker.aftercare import Aftercare
from scanner.worker.answering import answered
from scanner.worker.plan import Compose, Judge, Judges, Plan

Outcome = Literal["known", "skipped", "received", "scored", "alerted"]

_BATCH = 200
"""Messages of the past that are committed together."""


class Intake:
    """Turns messages into committed records, one transaction each, or a few for many of the past.

    The judge in memory may run ahead of the store only until the next flush; after any failure it
    is thrown away and restored from the store, so that the two never differ for long. `heard` is
    told of every sent message. The age of a message goes by `earliest` (`scanner.worker.steady`),
    without it by the clock.
    """

    def __init__(
        self,
        plan: Plan,
        store: MailboxStore,
        judges: Judges,
        compose: Compose,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[Message], None] = lambda _: None,
        earliest: Callable[[], datetime] | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._judges = judges
        self._compose = compose
        self._clock = clock
        self._earliest = earliest or clock
        self._heard = heard
        self._judge: Judge | None = None
        self._aftercare: Aftercare | None = None
        self._mark: object = None
        self._since_snapshot = 0
        self._waiting: list[Record] = []
        self._passed: dict[tuple[str, int], int] = {}

    def refresh(self) -> bool:
        """Make the judge anew where another model or other mutes hold now; whether that was so.

        The first call restores it from the snapshot and the journal.
        """
        mutes = self._store.mutes(self._clock())
        mark = (self._judges.stamp(), tuple(mutes))
        if self._judge is not None and mark == self._mark:
            return False
        self.flush()
        if self._judge is None:
            state, entries = self._store.history()
            try:
                judge = self._judges.make(state, mutes)
                for entry in entries:
                    judge.replay(entry)
            except ValueError as error:
                what = "The history in the state database was written by another version of Oopsee."
                remedy = "Use that version, or move the state directory away: the mailbox is then read anew."
                raise StoreError(what, remedy=remedy) from error
            self._since_snapshot = len(entries)
            self._aftercare = Aftercare(self._plan, self._store, self._near)
        else:
            judge = self._judges.make(self._judge.state(), mutes)
        self._judge, self._mark = judge, mark
        return True

    def forget(self) -> None:
        """Throw away what memory holds; the store is right."""
        self._judge = None
        self._waiting.clear()
        self._passed.clear()

    def take(
        self, message: Message, *, sent: bool, folder: str, uidvalidity: int, uid: int, past: bool
    ) -> Outcome:
        """Process one message of a folder and commit it (of the `past`: at the next flush)."""
        if not sent and message.sender.address in self._plan.owner:
            # A copy of the owner's own mail: the one in the Sent folder counts, not this.
            return self._pass(folder, uidvalidity, uid, "skipped")
        if self._is_known(message, sent=sent):
            return self._pass(folder, uidvalidity, uid, "known")
        if message.ours or self._store.is_ours(message.message_id):
            self._keep(
                Record(message.message_id, message.digest, "skipped", folder, uidvalidity, uid), past=past
            )
            return "skipped"
        if sent and (answer := answered(message, self._plan.owner, self._store, self._clock())) is not None:
            place = (folder, uidvalidity, uid)
            record = Record(message.message_id, message.digest, "skipped", *place, aftermath=answer)
            self._keep(record, past=past)
            return "skipped"
        judge = self._judge
        if judge is None:
            self.refresh()
            judge = self._judge
        assert judge is not None  # noqa: S101  for the type checker: refresh made it
        try:
            record = self._judged(judge, message, sent=sent, at=(folder, uidvalidity, uid), past=past)
        except BaseException:
            self._judge = None  # it may have learnt half of the message
            raise
        self._keep(record, past=past)
        self._since_snapshot += 1
        self.snapshot(least=self._plan.snapshot_every)
        if record.alert is not None:
            return "alerted"
        return "scored" if sent else "received"

    def skip(self, folder: str, uidvalidity: int, uid: int) -> None:
        """Move on past a message of which the copy in another folder counts."""
        self._pass(folder, uidvalidity, uid, "skipped")

    def give_up(self, folder: str, uidvalidity: int, uid: int) -> None:
        """Move on past a message that cannot be processed; what came before it is committed first."""
        self.flush()
        self._store.set_cursor(folder, uidvalidity, uid)

    def flush(self) -> None:
        """Commit what waits, and the cursors that passed over known messages."""
        if self._waiting:
            try:
                self._store.record_many(self._waiting)
            except BaseException:
                self.forget()
                raise
            self._waiting.clear()
        for (folder, uidvalidity), uid in self._passed.items():
            self._store.set_cursor(folder, uidvalidity, uid)
        self._passed.clear()

    def snapshot(self, *, least: int = 1) -> bool:
        """Keep the history as one snapshot where at least `least` messages have come since the last one."""
        if self._judge is None or self._since_snapshot < least:
            return False
        self.flush()
        self._store.snapshot(self._judge.state())
        self._since_snapshot = 0
        if self._aftercare is not None:
            self._aftercare.forget_old(self._clock())
        return True

    def _judged(
        self, judge: Judge, message: Message, *, sent: bool, at: tuple[str, int, int], past: bool
    ) -> Record:
        verdict = alert = None
        now = self._clock()
        if sent:
            self._heard(message)
            verdict = self._decided(judge.sent(message), now, past=past)
            if verdict.action is Action.ALERT:
                alert = self._alert(verdict, message, now)
        else:
            judge.received(message)
        entry = judge.entry(message, sent)
        assert self._aftercare is not None  # noqa: S101  for the type checker: it is made with the judge
        aftermath, told = self._aftercare.of(message, verdict, now, past=past, earliest=self._earliest())
        if told is not None and aftermath is not None:
            if alert is None:
                alert = self._alert(told, dataclasses.replace(message, references=()), now)
            else:  # the message at hand has an alert of its own: one mail at a time
                aftermath = dataclasses.replace(aftermath, raised=())
        direction: Literal["sent", "received"] = "sent" if sent else "received"
        return Record(
            message.message_id,
            message.digest,
            direction,
            *at,
            entry=entry,
            verdict=verdict,
            alert=alert,
            aftermath=aftermath,
        )

    def _near(self, address: str) -> str:
        return self._judge.near(address) if self._judge is not None else ""

    def _decided(self, verdict: Verdict, now: datetime, *, past: bool) -> Verdict:
        """The judge's verdict under the rules that need a clock."""
        if verdict.action is Action.SILENT:
            return verdict
        if past:
            return dataclasses.replace(verdict, action=Action.SILENT, why="sent before Oopsee began to watch")
        if verdict.date is not None and self._earliest() - verdict.date > self._plan.age_cap:
            return dataclasses.replace(verdict, action=Action.SILENT, why="older than the age cap")
        if (
            verdict.action is Action.ALERT
            and self._store.alerts_since(now - timedelta(days=1), now) >= self._plan.daily_cap
        ):
            return dataclasses.replace(verdict, action=Action.DIGEST, why="over the daily cap")
        return verdict

    def _alert(self, verdict: Verdict, message: Message, now: datetime) -> OutboxEntry:
        key = alert_key(verdict.message_id, verdict.digest)
        message_id = self._store.alert_id(key, self._plan.address)
        return OutboxEntry(
            key=key,
            message_id=message_id,
            raw=self._compose(verdict, message, now, message_id),
            created_at=now,
            about=verdict.message_id,
            expires_at=now + self._plan.age_cap,
        )

    def _is_known(self, message: Message, *, sent: bool) -> bool:
        if any(_is_copy(message, one, sent=sent) for one in self._waiting):
            return True
        return self._store.known(message.message_id, message.digest, sent=sent)

    def _keep(self, record: Record, *, past: bool) -> None:
        self._waiting.append(record)
        if not past or len(self._waiting) >= _BATCH:
            self.flush()

    def _pass(self, folder: str, uidvalidity: int, uid: int, outcome: Outcome) -> Outcome:
        self._passed[folder, uidvalidity] = uid
        return outcome


def _is_copy(message: Message, one: Record, *, sent: bool) -> bool:
    """Whether `one` is of the same message, as the store sees it (`MailboxStore.known`)."""
    if sent and one.direction == "received":
        return False
    mine, its = message.message_id, one.message_id
    if mine and its and not (sent and one.direction == "sent"):
        return mine == its
    return (bool(mine) and mine == its) or (message.digest == one.digest and same_by_digest(mine, its))
