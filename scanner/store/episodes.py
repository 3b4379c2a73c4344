"""Times of blindness: when each began and ended, and the one mail to the owner about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from scanner.store import schema
from scanner.store.outbox import Outbox
from scanner.store.records import Episode, OutboxEntry, OutboxState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

_table, _outbox = schema.health, schema.outbox

KIND = "blind:"
"""What the rows of episodes begin with among the heartbeats: `error_at` is when the last one began,
`error` what was wrong, `at` when the last one ended, `errors` how many there were."""

_MOST_TEXT = 500


class Episodes(Outbox):
    """The episodes of one mailbox: at most one of each cause is open at a time."""

    def episodes(self) -> list[Episode]:
        """Give the last episode of each cause, open or ended, by cause."""
        with self._database.read() as connection:
            return self._episodes(connection)

    def episode_begins(
        self, cause: str, at: datetime, what: str, notice: Callable[[str], OutboxEntry]
    ) -> bool:
        """Open an episode and put the mail about it into the outbox, in one transaction.

        `notice` makes that mail under the key that it is given. False, and nothing done, where an
        episode of this cause is open: a restart tells nothing twice.
        """
        row = (self._mine(_table), _table.c.kind == KIND + cause)
        with self._database.write() as connection:
            found = self._episode(connection, cause)
            if found is not None and found.ended_at is None:
                return False
            if found is None:
                connection.execute(
                    sa.insert(_table).values(
                        mailbox_id=self._mailbox_id, kind=KIND + cause, count=0, error="", errors=0
                    )
                )
            connection.execute(
                sa.update(_table)
                .where(*row)
                .values(error=what[:_MOST_TEXT], error_at=at, at=None, errors=_table.c.errors + 1)
            )
            self._put(connection, replace(notice(_key(cause, at)), kind="notice"))
        return True

    def episode_ends(self, cause: str, at: datetime) -> bool:
        """Close the episode where one is open; a mail about it that has not gone out is withdrawn.

        It would tell of trouble that is over. The status still shows both.
        """
        with self._database.write() as connection:
            found = self._episode(connection, cause)
            if found is None or found.ended_at is not None:
                return False
            connection.execute(
                sa.update(_table)
                .where(self._mine(_table), _table.c.kind == KIND + cause)
                .values(at=at, count=_table.c.count + 1)
            )
            connection.execute(
                sa.update(_outbox)
                .where(self._mine(_outbox), _outbox.c.key == _key(cause, found.began_at))
                .where(_outbox.c.state == OutboxState.PENDING.value)
                .values(state=OutboxState.EXPIRED.value, raw=None, finished_at=at)
            )
        self._database.forget()
        return True

    def _episode(self, connection: Connection, cause: str) -> Episode | None:
        return next((one for one in self._episodes(connection) if one.cause == cause), None)

    def _episodes(self, connection: Connection) -> list[Episode]:
        rows = connection.execute(
            sa.select(_table.c.kind, _table.c.error, _table.c.error_at, _table.c.at)
            .where(self._mine(_table), _table.c.kind.startswith(KIND))
            .order_by(_table.c.kind)
        )
        return [self._from_row(connection, row) for row in rows.mappings()]

    def _from_row(self, connection: Connection, row: RowMapping) -> Episode:
        cause = row["kind"].removeprefix(KIND)
        told = connection.scalar(
            sa.select(_outbox.c.finished_at).where(
                self._mine(_outbox),
                _outbox.c.key == _key(cause, row["error_at"]),
                _outbox.c.state == OutboxState.DELIVERED.value,
            )
        )
        return Episode(cause, row["error_at"], row["at"], row["error"], told)


def _key(cause: str, began: datetime) -> str:
    return f"{KIND}{cause}:{began.isoformat()}"
