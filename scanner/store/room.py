"""What the parts of one mailbox's store share: the database and the mailbox's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlalchemy as sa

    from scanner.store.database import Database


class Room:
    """One mailbox in the database. Holds no state of its own, so threads may share it."""

    def __init__(self, database: Database, mailbox_id: int, name: str) -> None:
        """Take the row that `Store.mailbox` made."""
        self._database = database
        self._mailbox_id = mailbox_id
        self.name = name

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Rows of this mailbox only: the condition that every statement carries."""
        return table.c.mailbox_id == self._mailbox_id
