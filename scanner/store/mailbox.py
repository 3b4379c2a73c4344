"""One mailbox in the store: what has been processed, how far, and what was learnt from it."""

from __future__ import annotations

import hashlib
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from scanner.message.identity import same_by_digest
from scanner.store import schema
from scanner.store.failures import corrupt
from scanner.store.private import claimed, holder
from scanner.store.records import Cursor, Direction, OutboxEntry, Record, StoredVerdict
from scanner.store.signs import Signs
from scanner.store.upkeep import Upkeep
from scanner.store.verdicts import from_row, to_row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from scanner.detect.verdict import Verdict

_message, _verdict, _journal, _snapshot = schema.message, schema.verdict, schema.journal, schema.snapshot


class MailboxStore(Signs, Upkeep):
    """The state of one mailbox. Threads may share it; each call is one transaction.

    A message is the same message when its Message-ID is the same, or, where either copy has
    none, when its digest is the same; so are two sent copies under Message-IDs of different
    makers (`scanner.message.identity`). Under which folder, UIDVALIDITY and UID it is filed does not matter.
    What was taken for received becomes sent with its sent copy. All methods raise StoreError where
    the database cannot be used.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Guard the mailbox: StoreError, naming the other process, where it is guarded already."""
        return claimed(self._lock_path, self.name)

    def holder(self) -> int:
        """The number of the process that guards the mailbox; 0 for none."""
        return holder(self._lock_path)

    @property
    def _lock_path(self) -> Path:
        name = hashlib.blake2s(self.name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        path = self._database.path
        return path.with_name(f"{path.name}.{name}.lock")

    def cursor(self, folder: str) -> Cursor | None:
        """Tell how far the folder has been read, None where it never was."""
        table = schema.cursor
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(table.c.uidvalidity, table.c.last_uid).where(
                    self._mine(table), table.c.folder == folder
                )
            ).one_or_none()
        return None if row is None else Cursor(row.uidvalidity, row.last_uid)

    def sent_folders(self) -> frozenset[str]:
        """Give the folders in which messages were found that count as sent."""
        found = sa.select(_message.c.folder).where(
            self._mine(_message), _message.c.direction == "sent", _message.c.folder.is_not(None)
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(found.distinct()))

    def set_cursor(self, folder: str, uidvalidity: int, last_uid: int) -> None:
        """Move the cursor where no message does. It never goes back under the same UIDVALIDITY."""
        with self._database.write() as connection:
            self._advance(connection, folder, Cursor(uidvalidity, last_uid))

    def known(self, message_id: str, digest: str, *, sent: bool = False) -> bool:
        """Whether this message has been processed before, however it was filed.

        For a `sent` copy, that a copy was received does not count: it has not been scored.
        """
        with self._database.read() as connection:
            return self._known(connection, message_id, digest, sent=sent)

    def known_many(self, messages: Iterable[tuple[str, str]]) -> list[bool]:
        """Answer `known` for many (message_id, digest) at once, in order."""
        with self._database.read() as connection:
            return [self._known(connection, message_id, digest) for message_id, digest in messages]

    def record(
        self,
        *,
        message_id: str,
        digest: str,
        direction: Direction,
        folder: str | None = None,
        uidvalidity: int | None = None,
        uid: int | None = None,
        entry: bytes | None = None,
        verdict: Verdict | None = None,
        alert: OutboxEntry | None = None,
    ) -> bool:
        """Commit all that follows from one message, or nothing: see `Record` for the parts.

        False where the message was known before: then nothing is kept of this call but that the
        cursor moves. An alert whose key is taken is not put a second time.
        """
        one = Record(message_id, digest, direction, folder, uidvalidity, uid, entry, verdict, alert)
        with self._database.write() as connection:
            return self._record(connection, one)

    def record_many(self, records: Iterable[Record], *, batch: int = 500) -> int:
        """Commit many in transactions of `batch` each; returns how many were new. For the first learning."""
        new = 0
        source = iter(records)
        while some := list(islice(source, batch)):
            with self._database.write() as connection:
                new += sum(self._record(connection, one) for one in some)
        return new

    def history(self) -> tuple[bytes | None, list[bytes]]:
        """Give the last snapshot, None where there is none, and the journal entries after it in order."""
        with self._database.read() as connection:
            kept = connection.execute(
                sa.select(_snapshot.c.state, _snapshot.c.checksum).where(self._mine(_snapshot))
            ).one_or_none()
            rows = connection.execute(
                sa.select(_journal.c.entry, _journal.c.checksum)
                .where(self._mine(_journal))
                .order_by(_journal.c.id)
            ).all()
        for blob, checksum in ([kept] if kept else []) + list(rows):
            if zlib.crc32(blob) != checksum:
                raise corrupt(self._database.path, f"the history of {self.name} has changed by itself")
        return (kept.state if kept else None), [row.entry for row in rows]

    def journal_position(self) -> int:
        """Tell the place of the last journal entry, for `snapshot`; 0 where there never was one."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.max(_journal.c.id)).where(self._mine(_journal))) or 0

    def snapshot(self, state: bytes, *, through: int | None = None) -> None:
        """Replace the snapshot and drop the journal entries that it contains, in one transaction.

        `through` is the `journal_position` up to which `state` has learnt; None means all of it,
        which is right where nothing was recorded since the state was taken.
        """
        with self._database.write() as connection:
            connection.execute(sa.delete(_snapshot).where(self._mine(_snapshot)))
            connection.execute(
                sa.insert(_snapshot).values(
                    mailbox_id=self._mailbox_id, state=state, checksum=zlib.crc32(state)
                )
            )
            old = sa.delete(_journal).where(self._mine(_journal))
            connection.execute(old if through is None else old.where(_journal.c.id <= through))

    def verdict(self, message_id: str) -> StoredVerdict | None:
        """Give the verdict on the message with this Message-ID or, where it has none, this digest."""
        condition = _verdict.c.message_id == message_id
        without_id = sa.and_(_verdict.c.message_id == "", _verdict.c.digest == message_id)
        found = self._verdicts(sa.or_(condition, without_id), limit=1)
        return found[0] if found else None

    def verdicts(self, *, limit: int | None = None) -> list[StoredVerdict]:
        """Give the verdicts, the latest recorded first."""
        return self._verdicts(sa.true(), limit=limit)

    def scores(self, *, limit: int = 10_000) -> list[float]:
        """Give the scores of the last `limit` messages, oldest first: the budget is met by them."""
        with self._database.read() as connection:
            latest = connection.scalars(
                sa.select(_verdict.c.score)
                .where(self._mine(_verdict))
                .order_by(_verdict.c.id.desc())
                .limit(limit)
            ).all()
        return list(reversed(latest))

    def _verdicts(self, condition: sa.ColumnElement[bool], *, limit: int | None) -> list[StoredVerdict]:
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(_verdict, _message.c.folder, _message.c.uidvalidity, _message.c.uid)
                .join(_message, _message.c.id == _verdict.c.id)
                .where(self._mine(_verdict), condition)
                .order_by(_verdict.c.id.desc())
                .limit(limit)
            )
            return [from_row(row, self._database.path) for row in rows.mappings()]

    def _known(self, connection: Connection, message_id: str, digest: str, *, sent: bool = False) -> bool:
        found = self._copies(connection, message_id, digest)
        if not sent:
            return bool(found)
        if any(direction != "received" for direction in found.values()):
            return True
        twins = connection.scalars(
            sa.select(_message.c.message_id).where(
                self._mine(_message), _message.c.digest == digest, _message.c.direction == "sent"
            )
        )
        return any(same_by_digest(message_id, other or "") for other in twins)

    def _copies(self, connection: Connection, message_id: str, digest: str) -> dict[int, str]:
        """The rows of the message with the direction of each: one, or two where one copy has no id."""
        found: dict[int, str] = {}
        columns = (_message.c.id, _message.c.direction)
        by_digest = [self._mine(_message), _message.c.digest == digest]
        conditions = [by_digest]
        if message_id:
            by_digest.append(_message.c.message_id.is_(None))
            conditions.append([self._mine(_message), _message.c.message_id == message_id])
        for condition in conditions:  # each has its index
            found.update(
                (row.id, row.direction) for row in connection.execute(sa.select(*columns).where(*condition))
            )
        return found

    def _record(self, connection: Connection, one: Record) -> bool:
        sent = one.direction == "sent"
        new = not self._known(connection, one.message_id, one.digest, sent=sent)
        if new:
            if sent and (received := self._copies(connection, one.message_id, one.digest)):
                connection.execute(sa.delete(_message).where(_message.c.id.in_(received)))
            self._keep(connection, one)
        if one.folder is not None and one.uidvalidity is not None and one.uid is not None:
            self._advance(connection, one.folder, Cursor(one.uidvalidity, one.uid))
        return new

    def _keep(self, connection: Connection, one: Record) -> None:
        values: dict[str, Any] = {
            "mailbox_id": self._mailbox_id,
            "message_id": one.message_id or None,
            "digest": one.digest,
            "direction": one.direction,
            "folder": one.folder,
            "uidvalidity": one.uidvalidity,
            "uid": one.uid,
        }
        row_id = connection.execute(sa.insert(_message), values).inserted_primary_key
        if one.entry is not None:
            connection.execute(
                sa.insert(_journal),
                {"mailbox_id": self._mailbox_id, "entry": one.entry, "checksum": zlib.crc32(one.entry)},
            )
        if one.verdict is not None and row_id is not None:
            connection.execute(
                sa.insert(_verdict), {"id": row_id[0], "mailbox_id": self._mailbox_id, **to_row(one.verdict)}
            )
        if one.aftermath is not None:
            self._keep_aftermath(connection, one.aftermath)
        if one.alert is not None:
            self._put(connection, one.alert)
