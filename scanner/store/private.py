"""The state directory, its files and its key: nobody but their owner may read them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import StoreError
from scanner.store.failures import ExposedStoreError, GuardedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OTHERS = 0o077
_KEY_OCTETS = 32


def make_directory(path: Path) -> None:
    """Create the directory with mode 0700, or refuse one that others can look into."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_exposed(path, 0o700)


def make_file(path: Path) -> None:
    """Create the file empty with mode 0600 if it is not there, or refuse one that others can read."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    refuse_exposed(path, 0o600)


def refuse_exposed(path: Path, mode: int) -> None:
    """Raise ExposedStoreError where group or others have any right; the remedy is the chmod that mends it."""
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise ExposedStoreError(
            f"{path} can be read by other users of this machine.",
            meaning="It holds who writes to whom, so Oopsee does not use it like this.",
            remedy=f"chmod {mode:o} '{path}'",
        )


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the file to be ours alone: opening and migrating happen in one process at a time."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def claimed(path: Path, mailbox: str) -> Iterator[None]:
    """Hold the mailbox: raise StoreError with the other's process id where somebody holds it already.

    The kernel lets go when the process ends, however it ends.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise GuardedError(
                f"The mailbox {mailbox} is already guarded by {who}.",
                meaning="Two at once would do the work twice. The other one goes on.",
                remedy=f"Leave the other one running, or end {who} first.",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def holder(path: Path) -> int:
    """The process that holds the mailbox, as the kernel lists locks (proc_locks(5)); 0 for none known.

    Nothing is locked for that, so that a daemon which starts meanwhile is not turned away.
    """
    try:
        inode = path.stat().st_ino
        lines = _LOCKS.read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    for line in lines:
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
            return int(fields[4])
    return 0


_LOCKS = Path("/proc/locks")


def load_key(path: Path, entropy: Callable[[int], bytes]) -> bytes:
    """Return the installation's key of 32 octets; draw it and keep it with mode 0600 on the first use."""
    if not path.exists():
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(entropy(_KEY_OCTETS))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.rename(path)
    refuse_exposed(path, 0o600)
    key = path.read_bytes()
    if len(key) != _KEY_OCTETS:
        raise StoreError(
            f"The key file {path} has {len(key)} octets instead of {_KEY_OCTETS}.",
            remedy=f"Restore {path} from a backup.",
        )
    return key


def fingerprint(key: bytes) -> str:
    """Name a key without giving it away."""
    return hashlib.blake2s(key, digest_size=8, person=b"oopsee.k").hexdigest()
