"""The state of all mailboxes of one installation."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from scanner.errors import StoreError
from scanner.store import schema
from scanner.store.database import Database
from scanner.store.failures import told
from scanner.store.mailbox import MailboxStore
from scanner.store.private import exclusive, fingerprint, load_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from scanner.store.records import MailboxStatus


class Store:
    """One opened state database and the installation's key beside it. Threads may share it."""

    def __init__(self, database: Database, key: bytes) -> None:
        """Use `Store.open`."""
        self._database = database
        self._key = key

    @classmethod
    def open(
        cls,
        place: str | Path,
        *,
        busy_timeout: float = 30.0,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Store:
        """Open the database at a path or an `sqlite:///` URL, creating and migrating it as needed.

        The directory is made with mode 0700, the files in it with 0600. `busy_timeout` is how
        many seconds to wait for another process; `entropy` gives the random octets of the key on
        the first use. Raises StoreError: damaged, full, locked, not writable, readable by others,
        newer or foreign.
        """
        path = _path(place)
        database = Database(path, busy_timeout=busy_timeout)
        try:
            key_path = path.with_name(path.name + ".key")
            with told(path), exclusive(path.with_name(path.name + ".open")):
                key = load_key(key_path, entropy)
                _recognise(database, key, key_path)
        except BaseException:
            database.close()
            raise
        return cls(database, key)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def verify(self) -> None:
        """Check the structure of the whole database; raises StoreError where it is damaged."""
        self._database.verify()

    def derive(self, purpose: str) -> bytes:
        """Give 32 octets for one purpose ("history", "log", ...): here always the same, elsewhere others."""
        return hmac.new(self._key, b"derive:" + purpose.encode(), hashlib.sha256).digest()

    def mailbox(self, name: str) -> MailboxStore:
        """Give the state of the mailbox with this name in the settings, new and empty on the first use."""
        table = schema.mailbox
        with self._database.read() as connection:
            found = connection.scalar(sa.select(table.c.id).where(table.c.name == name))
        if found is None:
            with self._database.write() as connection:
                found = connection.scalar(sa.select(table.c.id).where(table.c.name == name))
                if found is None:
                    made = connection.execute(sa.insert(table).values(name=name)).inserted_primary_key
                    found = made[0] if made is not None else 0
        return MailboxStore(self._database, found, name, self.derive("alert-id"))

    def mailboxes(self) -> list[str]:
        """Give the names of all mailboxes that have state here."""
        with self._database.read() as connection:
            return list(connection.scalars(sa.select(schema.mailbox.c.name).order_by(schema.mailbox.c.name)))

    def status(self) -> list[MailboxStatus]:
        """Give the status of every mailbox, by name."""
        return [self.mailbox(name).status() for name in self.mailboxes()]

    def our_message_ids(self) -> frozenset[str]:
        """Give the Message-IDs of all alerts of all mailboxes: none of them is ever scored in any of them."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(sa.select(schema.outbox.c.message_id)))


def _path(place: str | Path) -> Path:
    if isinstance(place, Path):
        return place.expanduser().absolute()
    if "://" not in place:
        return Path(place).expanduser().absolute()
    try:
        url = sa.make_url(place)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        raise StoreError(
            "The state database must be an SQLite file.",
            remedy="Name a path, or a URL such as sqlite:////var/lib/oopsee/state.db.",
        )
    return Path(url.database).expanduser().absolute()


def _recognise(database: Database, key: bytes, path: Path) -> None:
    """Refuse a key that the state was not made with: nothing hashed under another would be found."""
    mark = fingerprint(key)
    query = sa.select(schema.meta.c.value).where(schema.meta.c.name == "key")
    with database.read() as connection:
        known = connection.scalar(query)
    if known is None:
        with database.write() as connection:
            connection.execute(sa.insert(schema.meta).values(name="key", value=mark))
    elif known != mark:
        raise StoreError(
            f"The key file {path} is not the one that the state database was made with.",
            remedy=f"Restore {path} from the backup that {database.path} is from, or move both away.",
        )
