"""What went wrong and when all was last well: quarantine, heartbeats, status."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import sqlalchemy as sa

from scanner.store import schema
from scanner.store.episodes import KIND, Episodes
from scanner.store.records import Cursor, Health, MailboxStatus, OutboxState, Quarantined

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

_MOST_TEXT = 500
"""Characters kept of a reason."""


class Upkeep(Episodes):
    """Quarantine and health of one mailbox."""

    def quarantine(
        self, folder: str, uidvalidity: int, uid: int, reason: str, *, at: datetime, pass_over: bool = False
    ) -> int:
        """Note that this message could not be processed; returns how often it has been tried.

        `pass_over` moves the folder's cursor past it in the same transaction, so that one bad
        message does not stop the folder.
        """
        table = schema.quarantine
        here = (
            self._mine(table),
            table.c.folder == folder,
            table.c.uidvalidity == uidvalidity,
            table.c.uid == uid,
        )
        with self._database.write() as connection:
            tries = (connection.scalar(sa.select(table.c.tries).where(*here)) or 0) + 1
            connection.execute(sa.delete(table).where(*here))
            connection.execute(
                sa.insert(table).values(
                    mailbox_id=self._mailbox_id,
                    folder=folder,
                    uidvalidity=uidvalidity,
                    uid=uid,
                    reason=reason[:_MOST_TEXT],
                    tries=tries,
                    at=at,
                )
            )
            if pass_over:
                self._advance(connection, folder, Cursor(uidvalidity, uid))
        return tries

    def quarantined(self) -> list[Quarantined]:
        """Give the messages that could not be processed, by folder and UID."""
        table = schema.quarantine
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(
                    table.c.folder,
                    table.c.uidvalidity,
                    table.c.uid,
                    table.c.reason,
                    table.c.tries,
                    table.c.at,
                )
                .where(self._mine(table))
                .order_by(table.c.folder, table.c.uidvalidity, table.c.uid)
            )
            return [Quarantined(**row) for row in rows.mappings()]

    def release(self, folder: str, uidvalidity: int, uid: int) -> bool:
        """Take a message off the list, because it went well after all; whether it was there."""
        table = schema.quarantine
        with self._database.write() as connection:
            result = connection.execute(
                sa.delete(table).where(
                    self._mine(table),
                    table.c.folder == folder,
                    table.c.uidvalidity == uidvalidity,
                    table.c.uid == uid,
                )
            )
            return bool(result.rowcount)

    def heartbeat(self, kind: str, at: datetime, *, error: str = "", amount: int = 1) -> None:
        """Note that work of this kind went well at `at`, or failed with this class of error.

        `amount` is added to the counter: 1 for each time, or the messages done.
        """
        table = schema.health
        if error:
            values = {"error": error[:_MOST_TEXT], "error_at": at, "errors": table.c.errors + amount}
        else:
            values = {"at": at, "count": table.c.count + amount}
        with self._database.write() as connection:
            here = (self._mine(table), table.c.kind == kind)
            if not connection.scalar(sa.select(sa.exists().where(*here))):
                connection.execute(
                    sa.insert(table).values(
                        mailbox_id=self._mailbox_id, kind=kind, count=0, error="", errors=0
                    )
                )
            connection.execute(sa.update(table).where(*here).values(**values))

    def health(self) -> dict[str, Health]:
        """Give the heartbeats by kind; `episodes` are told apart from them."""
        with self._database.read() as connection:
            return self._health(connection)

    def status(self) -> MailboxStatus:
        """Give all that `oopsee status` shows, as of one moment."""
        with self._database.read() as connection:
            directions = self._counts(connection, schema.message, schema.message.c.direction)
            outbox = schema.outbox.c
            alerts = outbox.kind != "notice"
            return MailboxStatus(
                name=self.name,
                sent=directions.get("sent", 0),
                received=directions.get("received", 0),
                skipped=directions.get("skipped", 0),
                verdicts=self._counts(connection, schema.verdict, schema.verdict.c.action),
                alerts=self._counts(connection, schema.outbox, outbox.state, alerts),
                oldest_pending=connection.scalar(
                    sa.select(sa.func.min(outbox.created_at, type_=schema.Instant)).where(
                        self._mine(schema.outbox), alerts, outbox.state == OutboxState.PENDING.value
                    )
                ),
                last_alert=connection.scalar(
                    sa.select(sa.func.max(outbox.finished_at, type_=schema.Instant)).where(
                        self._mine(schema.outbox), alerts, outbox.state == OutboxState.DELIVERED.value
                    )
                ),
                labels=self._count(connection, schema.label),
                mutes=self._count(connection, schema.mute),
                quarantined=self._count(connection, schema.quarantine),
                journal_entries=self._count(connection, schema.journal),
                cursors={
                    row.folder: Cursor(row.uidvalidity, row.last_uid)
                    for row in connection.execute(
                        sa.select(schema.cursor)
                        .where(self._mine(schema.cursor))
                        .order_by(schema.cursor.c.folder)
                    )
                },
                health=self._health(connection),
                episodes=tuple(self._episodes(connection)),
                evidence=self._counts(connection, schema.evidence, schema.evidence.c.kind),
            )

    def _health(self, connection: Connection) -> dict[str, Health]:
        table = schema.health
        columns = (table.c[one.name] for one in fields(Health))
        rows = connection.execute(
            sa.select(*columns)
            .where(self._mine(table), table.c.kind.not_like(f"{KIND}%"))
            .order_by(table.c.kind)
        )
        return {row["kind"]: Health(**row) for row in rows.mappings()}

    def _count(self, connection: Connection, table: sa.Table) -> int:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(self._mine(table))) or 0

    def _counts(
        self,
        connection: Connection,
        table: sa.Table,
        column: sa.ColumnElement[str],
        which: sa.ColumnElement[bool] | None = None,
    ) -> dict[str, int]:
        rows = connection.execute(
            sa.select(column, sa.func.count())
            .where(self._mine(table), sa.true() if which is None else which)
            .group_by(column)
            .order_by(column)
        )
        return {row[0]: row[1] for row in rows}

    def _advance(self, connection: Connection, folder: str, to: Cursor) -> None:
        """Move the folder's cursor forward; under another UIDVALIDITY it starts anew."""
        table = schema.cursor
        here = (self._mine(table), table.c.folder == folder)
        row = connection.execute(sa.select(table.c.uidvalidity, table.c.last_uid).where(*here)).one_or_none()
        if row is None:
            connection.execute(
                sa.insert(table).values(
                    mailbox_id=self._mailbox_id,
                    folder=folder,
                    uidvalidity=to.uidvalidity,
                    last_uid=to.last_uid,
                )
            )
        elif row.uidvalidity != to.uidvalidity or row.last_uid < to.last_uid:
            connection.execute(
                sa.update(table).where(*here).values(uidvalidity=to.uidvalidity, last_uid=to.last_uid)
            )
