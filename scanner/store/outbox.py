"""The outbox: alerts that wait, and those that went."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from scanner.store import schema
from scanner.store.records import OutboxEntry, OutboxState, StoredVerdict
from scanner.store.room import Room
from scanner.store.verdicts import from_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row, RowMapping

    from scanner.store.database import Database

_table = schema.outbox

_FAR = timedelta(hours=1)
"""No attempt is put off for so long: where one seems to be, the clock was put back meanwhile."""

_TRIES = 100
"""No alert is given up before so many attempts, some six hours of them: that its time has passed may be
said by a clock that somebody has put forward."""


def alert_key(message_id: str, digest: str) -> str:
    """Name the alert about one message; there can only be one under this name in a mailbox."""
    return f"alert:{message_id or digest}"


class Outbox(Room):
    """Alerts of one mailbox: pending, then delivered or expired. Each exists once under its key."""

    def __init__(self, database: Database, mailbox_id: int, name: str, key: bytes) -> None:
        """Take the key that alert ids are derived from."""
        super().__init__(database, mailbox_id, name)
        self._key = key

    def alert_id(self, key: str, owner: str) -> str:
        """Give the Message-ID of the alert `key`, with angle brackets: always the same, foreseen by nobody.

        The domain is that of the owner's address (RFC 5322 section 3.6.4 asks for one that is unique).
        """
        text = f"{self.name}\0{key}".encode("utf-8", "surrogatepass")
        token = hmac.new(self._key, text, hashlib.sha256).hexdigest()[:40]
        return f"<oopsee.{token}@{_domain(owner)}>"

    def pending(self, now: datetime, *, limit: int = 100) -> list[OutboxEntry]:
        """Give what is due at `now` and not given up, oldest first.

        Due is also what was tried before and would be tried again only in more than an hour, and
        what was made more than an hour later than now: the clock was ahead when that was noted.
        """
        due = sa.or_(
            _table.c.next_try <= now,
            sa.and_(_table.c.attempts > 0, _table.c.next_try > now + _FAR),
            _table.c.created_at > now + _FAR,
        )
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(_table)
                .where(self._mine(_table), _table.c.state == OutboxState.PENDING.value, due)
                .where(
                    sa.or_(
                        _table.c.expires_at.is_(None),
                        _table.c.expires_at > now,
                        _table.c.attempts < _TRIES,
                    )
                )
                .order_by(_table.c.id)
                .limit(limit)
            )
            return [_entry(row) for row in rows.mappings()]

    def waiting(self) -> list[OutboxEntry]:
        """Give all that is not delivered, due or not, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(_table)
                .where(self._mine(_table), _table.c.state == OutboxState.PENDING.value)
                .order_by(_table.c.id)
            )
            return [_entry(row) for row in rows.mappings()]

    def claim(self, key: str, *, next_try: datetime) -> OutboxEntry | None:
        """Note that an attempt begins now, before anything leaves; None where nothing waits under `key`.

        The entry comes back as it was before: its `attempts` says whether an earlier attempt may
        have got through. Should the process die during the attempt, the entry is due again at
        `next_try`.
        """
        with self._database.write() as connection:
            row = self._find(connection, key)
            if row is None:
                return None
            connection.execute(
                sa.update(_table)
                .where(_table.c.id == row.id)
                .values(attempts=_table.c.attempts + 1, next_try=next_try)
            )
            return _entry(row._mapping)  # noqa: SLF001  SQLAlchemy's documented name

    def mark_attempt(self, key: str, *, error: str, next_try: datetime) -> None:
        """Note that the attempt failed, with the class of the error, and when to try again."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(_table)
                .where(self._mine(_table), _table.c.key == key, _table.c.state == OutboxState.PENDING.value)
                .values(error=error, next_try=next_try)
            )

    def delivered(self, key: str, *, at: datetime) -> None:
        """Note the arrival and forget the mail with its subject; its Message-ID stays known as ours."""
        self._finish([key], OutboxState.DELIVERED, at)

    def expire(self, now: datetime) -> list[str]:
        """Give up and forget the mails that are past their age after many attempts; returns their keys."""
        with self._database.read() as connection:
            keys = connection.scalars(
                sa.select(_table.c.key)
                .where(self._mine(_table), _table.c.state == OutboxState.PENDING.value)
                .where(_table.c.expires_at <= now, _table.c.attempts >= _TRIES)
                .order_by(_table.c.id)
            ).all()
        if keys:
            self._finish(keys, OutboxState.EXPIRED, now)
        return list(keys)

    def outbox_entry(self, key: str) -> OutboxEntry | None:
        """Give one entry in whatever state, None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(_table).where(self._mine(_table), _table.c.key == key)
            ).one_or_none()
            return None if row is None else _entry(row._mapping)  # noqa: SLF001

    def alerts_since(self, since: datetime, until: datetime | None = None) -> int:
        """Count the alerts, digests aside, made at or after `since`, delivered or not: for the daily cap.

        Those after `until`, where it is given, were made under a clock that was ahead.
        """
        made = [_table.c.created_at >= since]
        if until is not None:
            made.append(_table.c.created_at <= until)
        with self._database.read() as connection:
            return (
                connection.scalar(
                    sa.select(sa.func.count())
                    .select_from(_table)
                    .where(self._mine(_table), _table.c.kind == "alert", *made)
                )
                or 0
            )

    def our_message_ids(self) -> frozenset[str]:
        """Give the Message-IDs of all that was ever put here: nothing of it is ever scored."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(sa.select(_table.c.message_id).where(self._mine(_table))))

    def is_ours(self, message_id: str) -> bool:
        """Whether the outbox of this or of any other mailbox here made the message."""
        with self._database.read() as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(_table.c.message_id == message_id))))

    def digest_waiting(self, limit: int = 200) -> list[StoredVerdict]:
        """Give the verdicts that wait for the next digest, oldest first, with their subjects."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    schema.verdict,
                    schema.message.c.folder,
                    schema.message.c.uidvalidity,
                    schema.message.c.uid,
                )
                .join(schema.message, schema.message.c.id == schema.verdict.c.id)
                .where(self._mine(schema.verdict), schema.verdict.c.action == "digest")
                .where(schema.verdict.c.digest_key.is_(None))
                .order_by(schema.verdict.c.id)
                .limit(limit)
            )
            return [from_row(row, self._database.path) for row in rows.mappings()]

    def queue(self, entry: OutboxEntry) -> bool:
        """Put a mail into the outbox; False, and nothing done, where its key is taken."""
        with self._database.write() as connection:
            return self._put(connection, entry)

    def queue_digest(self, entry: OutboxEntry, verdicts: Iterable[StoredVerdict]) -> bool:
        """Put the digest into the outbox and take its verdicts from the waiting ones, in one transaction.

        Their subjects are forgotten here: the composed mail holds them now. False, and nothing
        done, where the key is taken.
        """
        keys = [(one.verdict.message_id, one.verdict.digest) for one in verdicts]
        with self._database.write() as connection:
            if not self._put(connection, entry):
                return False
            for message_id, digest in keys:
                connection.execute(
                    sa.update(schema.verdict)
                    .where(self._mine(schema.verdict), schema.verdict.c.digest_key.is_(None))
                    .where(schema.verdict.c.message_id == message_id, schema.verdict.c.digest == digest)
                    .values(digest_key=entry.key, subject=None)
                )
        self._database.forget()
        return True

    def _put(self, connection: Connection, entry: OutboxEntry) -> bool:
        taken = connection.scalar(sa.select(sa.exists().where(self._mine(_table), _table.c.key == entry.key)))
        if taken:
            return False
        connection.execute(
            sa.insert(_table).values(
                mailbox_id=self._mailbox_id,
                key=entry.key,
                kind=entry.kind,
                about=entry.about,
                message_id=entry.message_id,
                raw=entry.raw,
                state=OutboxState.PENDING.value,
                created_at=entry.created_at,
                expires_at=entry.expires_at,
                next_try=entry.next_try or entry.created_at,
                attempts=0,
                error="",
            )
        )
        return True

    def _find(self, connection: Connection, key: str) -> Row[tuple[object, ...]] | None:
        return connection.execute(
            sa.select(_table).where(
                self._mine(_table), _table.c.key == key, _table.c.state == OutboxState.PENDING.value
            )
        ).one_or_none()

    def _finish(self, keys: Sequence[str], state: OutboxState, at: datetime) -> None:
        with self._database.write() as connection:
            for key in keys:
                connection.execute(
                    sa.update(_table)
                    .where(
                        self._mine(_table), _table.c.key == key, _table.c.state == OutboxState.PENDING.value
                    )
                    .values(state=state.value, raw=None, finished_at=at)
                )
        self._database.forget()


def _entry(row: RowMapping) -> OutboxEntry:
    return OutboxEntry(
        key=row["key"],
        message_id=row["message_id"],
        raw=row["raw"] or b"",
        created_at=row["created_at"],
        about=row["about"],
        kind=row["kind"],
        expires_at=row["expires_at"],
        state=OutboxState(row["state"]),
        attempts=row["attempts"],
        next_try=row["next_try"],
        error=row["error"],
        finished_at=row["finished_at"],
    )


def _domain(owner: str) -> str:
    domain = owner.rpartition("@")[2].strip().lower()
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    return plain if plain and all(one.isalnum() or one in ".-" for one in plain) else "oopsee.invalid"
