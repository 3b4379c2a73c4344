"""Where tokens lie between two logins: a file that only its owner can read, or memory.

A refresh token that is lost is a mailbox that nobody watches, so a new one is on the disk before it is
used, and two processes never renew at the same time.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from scanner.errors import ConnectError, StoreError
from scanner.store.private import make_directory, refuse_exposed

PATIENCE = 120.0
"""Seconds to wait for another process that is getting a token: longer than its timeouts together."""


class Keeping(Protocol):
    """Holds one text. `load` and `save` are called while `alone` is held."""

    def alone(self) -> AbstractContextManager[None]:
        """Wait until nobody else, in this process or another, reads or writes."""

    def load(self) -> str:
        """The text; "" where there is none."""

    def save(self, text: str) -> None:
        """Keep the text in the place of the old one, wholly or not at all."""


class KeptInMemory:
    """Gone with the process; for tokens that can be had again at any time."""

    def __init__(self) -> None:
        self._text = ""
        self._turn = threading.Lock()

    def alone(self) -> AbstractContextManager[None]:
        """See `Keeping`."""
        return self._one_thread()

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        with self._turn:
            yield

    def load(self) -> str:
        """See `Keeping`."""
        return self._text

    def save(self, text: str) -> None:
        """See `Keeping`."""
        self._text = text


class KeptInFile:
    """In `directory`/`name`.json, mode 0600, beside a file for the lock.

    Parameters
    ----------
    directory
        Made with mode 0700, as is the one above it; one that others can look into is refused.
    patience
        Seconds to wait for another process.
    """

    def __init__(self, directory: Path, name: str, *, patience: float = PATIENCE) -> None:
        self.path = directory / f"{name}.json"
        self._lock = directory / f"{name}.lock"
        self._patience = patience

    def alone(self) -> AbstractContextManager[None]:
        """See `Keeping`. Raises `ConnectError` where another process does not come to an end."""
        return self._locked()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            make_directory(self.path.parent.parent)  # the state directory, where nobody has made it yet
            make_directory(self.path.parent)
            handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable("used", error) from error
        try:
            self._wait(handle)  # the kernel lets go when the process ends, however it ends
            yield
        finally:
            os.close(handle)

    def _wait(self, handle: int) -> None:
        limit = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > limit:
                    raise ConnectError(
                        "Another process of Oopsee has been getting a token for this mailbox for too long.",
                        remedy="It is tried again by itself; if it stays, end the other process.",
                    ) from None
                time.sleep(0.02)
            else:
                return

    def load(self) -> str:
        """See `Keeping`. Raises `StoreError` where the file is open to others or cannot be read."""
        try:
            refuse_exposed(self.path, 0o600)
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._unusable("read", error) from error

    def save(self, text: str) -> None:
        """See `Keeping`. What a crash or a full disk leaves is the old text."""
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(text.encode())
                    stream.flush()
                    os.fsync(stream.fileno())
                fresh.rename(self.path)
            except BaseException:
                with suppress(OSError):
                    fresh.unlink()
                raise
            self._settle()
        except OSError as error:
            raise self._unusable("written", error) from error

    def forget(self) -> bool:
        """Remove the text; whether there was one."""
        with self.alone():
            try:
                self.path.unlink()
            except FileNotFoundError:
                return False
            except OSError as error:
                raise self._unusable("removed", error) from error
            self._settle()
            return True

    def _settle(self) -> None:
        """Let the rename itself reach the disk."""
        handle = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _unusable(self, verb: str, error: OSError) -> StoreError:
        return StoreError(
            f"The file with the token, {self.path}, cannot be {verb}: {error.strerror}.",
            meaning="Without a place for its token Oopsee does not log in. Sent mail is not watched.",
            remedy="Make room on the disk, or mend the rights of the state directory.",
        )
