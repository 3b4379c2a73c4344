"""From what SQLite and the file system say to one sentence that a person can act on."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from scanner.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIMARY = 0xFF
"""SQLite's extended result codes carry the primary code in the low byte (https://sqlite.org/rescode.html)."""


class CorruptStoreError(StoreError):
    """The state database is damaged."""


class FullDiskError(StoreError):
    """The disk is full."""


class LockedStoreError(StoreError):
    """Another process holds the state database."""


class UnwritableStoreError(StoreError):
    """The state database cannot be written."""

    exit_code = 2


class ForeignStoreError(StoreError):
    """The file belongs to another program."""

    exit_code = 2


class NewerStoreError(StoreError):
    """The state database was written by a newer Oopsee."""

    exit_code = 2


class ExposedStoreError(StoreError):
    """Other users can read the state."""

    exit_code = 2


class GuardedError(StoreError):
    """Another process guards the mailbox."""

    exit_code = 2


def corrupt(path: Path, detail: str = "") -> CorruptStoreError:
    """Say that the database is damaged and how to go on without it."""
    what = f"The state database {path} is damaged" + (f" ({detail})." if detail else ".")
    return CorruptStoreError(
        what,
        meaning="Mail is not watched until this is mended. No mail was changed; it can be learnt again.",
        remedy=f"Restore {path} from a backup, or move it and the files beginning with its name out of the "
        "way: Oopsee then learns the mailbox anew. Labels and mutes given by hand are lost with it.",
    )


def full(path: Path) -> FullDiskError:
    """Say that there is no room."""
    return FullDiskError(
        f"There is no room left on the disk for the state database {path}.",
        remedy=f"Free some space where {path.parent} lies; reading then goes on from where it stopped.",
    )


def unwritable(path: Path, detail: str = "") -> UnwritableStoreError:
    """Say that the place cannot be written."""
    what = f"The state database {path} cannot be opened or written" + (f" ({detail})." if detail else ".")
    return UnwritableStoreError(
        what, remedy=f"Let the user that runs Oopsee own and write {path.parent} and the files in it."
    )


def locked(path: Path) -> LockedStoreError:
    """Say that somebody else keeps the database to himself."""
    return LockedStoreError(
        f"The state database {path} is locked by another process for too long.",
        remedy="Wait for the other oopsee command, or close the program (backup, viewer) that has it open.",
    )


def _of_sqlite(error: sqlite3.Error, path: Path) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    known: StoreError | None = None
    match None if code is None else code & _PRIMARY:
        case None if "decode" in str(error):  # the driver's own error for text that is no UTF-8
            known = corrupt(path, "some text in it cannot be read")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_FORMAT:
            known = corrupt(path, str(error))
        case sqlite3.SQLITE_FULL:
            known = full(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            known = locked(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            known = unwritable(path, str(error))
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_NOLFS:
            known = StoreError(
                f"The disk reported an error for the state database {path} ({error}).",
                remedy="Check the disk and its free space, then start Oopsee again.",
            )
    return known


def _of_system(error: OSError, path: Path) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return full(path)
    return unwritable(path, error.strerror or type(error).__name__)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite or the file system raise inside into a StoreError; let everything else pass."""
    try:
        yield
    except OSError as error:
        raise _of_system(error, path) from error
    except (DBAPIError, sqlite3.Error) as error:
        origin = error.orig if isinstance(error, DBAPIError) else error
        known = _of_sqlite(origin, path) if isinstance(origin, sqlite3.Error) else None
        if known is None:
            raise
        raise known from error
