"""What people said of messages (labels) and what they do not want to hear of again (mutes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from scanner.store import schema
from scanner.store.records import Label, Mute, MuteScope
from scanner.store.room import Room

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

_table = schema.label


class Feedback(Room):
    """Labels and mutes of one mailbox."""

    def add_label(self, label: Label) -> Label | None:
        """Keep the label; returns the label that held until now and that it contradicts, else None."""
        with self._database.write() as connection:
            return self._add(connection, label)

    def add_labels(self, labels: Iterable[Label]) -> list[tuple[Label, Label]]:
        """Keep many in one transaction; returns the contradictions as (the new one, the one it replaces)."""
        with self._database.write() as connection:
            return [(one, old) for one in labels if (old := self._add(connection, one)) is not None]

    def labels(self) -> list[Label]:
        """Give the labels that hold, in the order they were given in: of those that contradict, the last."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(_table).where(self._mine(_table)).order_by(_table.c.id))
            return _holding(_label(row) for row in rows.mappings())

    def labels_of(self, message_id: str) -> list[Label]:
        """Give the labels that hold for one message."""
        with self._database.read() as connection:
            return self._labels_of(connection, message_id)

    def mute(
        self, scope: MuteScope, value: str, *, at: datetime, note: str = "", until: datetime | None = None
    ) -> None:
        """Keep silent about an address (`pair`) or a domain from now on; muting twice is muting once."""
        with self._database.write() as connection:
            self._mute(connection, Mute(scope, value, at, note, until))

    def unmute(self, scope: MuteScope, value: str) -> bool:
        """Lift a mute; whether there was one."""
        with self._database.write() as connection:
            return self._unmute(connection, scope, value)

    def mutes(self, now: datetime | None = None) -> list[Mute]:
        """Give all mutes, oldest first; those that hold at `now` where it is given."""
        with self._database.read() as connection:
            columns = schema.mute.c
            holds = sa.true() if now is None else sa.or_(columns.until.is_(None), columns.until > now)
            rows = connection.execute(
                sa.select(columns.scope, columns.value, columns.at, columns.note, columns.until)
                .where(self._mine(schema.mute), holds)
                .order_by(columns.at, columns.scope, columns.value)
            )
            return [Mute(**row) for row in rows.mappings()]

    def _labels_of(self, connection: Connection, message_id: str) -> list[Label]:
        rows = connection.execute(
            sa.select(_table)
            .where(self._mine(_table), _table.c.message_id == message_id)
            .order_by(_table.c.id)
        )
        return _holding(_label(row) for row in rows.mappings())

    def _add(self, connection: Connection, label: Label) -> Label | None:
        against = [old for old in self._labels_of(connection, label.message_id) if label.contradicts(old)]
        connection.execute(
            sa.insert(_table).values(
                mailbox_id=self._mailbox_id,
                message_id=label.message_id,
                recipient=label.recipient,
                wrong=label.wrong,
                weight=label.weight,
                source=label.source,
                at=label.at,
                note=label.note,
            )
        )
        return against[-1] if against else None

    def _mute(self, connection: Connection, mute: Mute) -> None:
        self._unmute(connection, mute.scope, mute.value)
        connection.execute(
            sa.insert(schema.mute).values(
                mailbox_id=self._mailbox_id,
                scope=mute.scope,
                value=mute.value.lower(),
                at=mute.at,
                note=mute.note,
                until=mute.until,
            )
        )

    def _unmute(self, connection: Connection, scope: MuteScope, value: str) -> bool:
        columns = schema.mute.c
        result = connection.execute(
            sa.delete(schema.mute).where(
                self._mine(schema.mute), columns.scope == scope, columns.value == value.lower()
            )
        )
        return bool(result.rowcount)


def _label(row: RowMapping) -> Label:
    return Label(
        message_id=row["message_id"],
        recipient=row["recipient"],
        wrong=row["wrong"],
        at=row["at"],
        weight=row["weight"],
        source=row["source"],
        note=row["note"],
    )


def _holding(labels: Iterable[Label]) -> list[Label]:
    by_message: dict[str, list[Label]] = {}
    order: dict[int, int] = {}
    for place, label in enumerate(labels):
        kept = by_message.setdefault(label.message_id, [])
        kept[:] = [old for old in kept if old.recipient != label.recipient and not label.contradicts(old)]
        kept.append(label)
        order[id(label)] = place
    return sorted((one for kept in by_message.values() for one in kept), key=lambda one: order[id(one)])
