"""One SQLite file: opening, pragmas, transactions, migrations."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import event

from scanner.store import schema
from scanner.store.failures import ForeignStoreError, NewerStoreError, corrupt, told
from scanner.store.private import exclusive, make_directory, make_file

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"

_CHECKED_OCTETS = 64 * 2**20
"""Up to this size the whole structure is checked on opening (about a tenth of a second)."""


class Database:
    """An opened and migrated database with short read and write transactions.

    Writers take turns inside the process by a lock, so that none starves, and between processes by
    SQLite's busy timeout. `synchronous=FULL` because an alert that has gone out must not be
    forgotten by a power cut; under WAL that is one fsync per commit.
    """

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        """Open `path`, creating and migrating it; raises StoreError."""
        self.path = path
        self._turn = threading.Lock()
        with told(path):
            make_directory(path.parent)
            with exclusive(path.with_name(path.name + ".open")):
                make_file(path)
                self._engine = _engine(path, busy_timeout)
                try:
                    self._prepare()
                except BaseException:
                    self._engine.dispose()
                    raise

    def _prepare(self) -> None:
        if self.path.stat().st_size <= _CHECKED_OCTETS:
            self.verify()
        with self.read() as connection:
            if self._is_current(connection):
                return
        with self.write() as connection:
            if not self._is_current(connection):
                migrate(connection, self.path)
                connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")

    def _is_current(self, connection: Connection) -> bool:
        marker = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar_one()
        if marker != schema.APPLICATION_ID and (marker or tables):
            raise ForeignStoreError(
                f"The file {self.path} is a database of another program.",
                remedy="Name another file for the state, or move this one out of the way.",
            )
        return bool(tables) and _revision(connection) == schema.HEAD

    def verify(self) -> None:
        """Check the structure of the whole file; raises CorruptStoreError."""
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise corrupt(self.path, str(found).splitlines()[0])

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the data."""
        with told(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is there afterwards, or nothing."""
        with told(self.path), self._turn, self._engine.connect() as plain:
            connection = plain.execution_options(oopsee_write=True)
            with connection.begin():
                yield connection

    def forget(self) -> None:
        """Empty the write-ahead log, in which what was deleted or overwritten would linger for days."""
        with told(self.path), self._turn:
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                connection.close()

    def close(self) -> None:
        """Give the file back; SQLite folds the write-ahead log into it."""
        with told(self.path):
            self._engine.dispose()


def migrate(connection: Connection, path: Path) -> None:
    """Bring the schema to the newest revision inside the transaction of `connection`."""
    from alembic import command  # noqa: PLC0415  costs a tenth of a second, and only the first run needs it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    revision = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise NewerStoreError(
            f"The state database {path} has schema {revision}, which this version of Oopsee does not know.",
            remedy="Update Oopsee, or name another state directory.",
        )
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar_one_or_none()
    return revision


def _engine(path: Path, busy_timeout: float) -> Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout},
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = (
            None  # transactions begin where `_begun` says, not where the driver guesses
        )
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "journal_size_limit = 67108864",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("oopsee_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
