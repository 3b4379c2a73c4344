"""Where a model comes from: the package, whose digest is pinned, or training on this machine, which signs.

A model file is code, and a manifest beside it can be written by whoever wrote the file. So the
manifest of a model that was trained here bears an HMAC (RFC 2104) under a key of this installation.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from scanner.detect import pinned
from scanner.errors import ModelError

SIGNATURE = "manifest.sig"
KEY = "models.key"

Genuine = Callable[[Path, bytes], None]
"""Raises ModelError where the manifest, given with the directory of its model, is of unknown origin."""

_OCTETS = 32
_PURPOSE = b"oopsee: manifest of a model\0"


def key_beside(directory: Path) -> Path:
    """Return where the key lies unless it is said: beside the directory of one's own models."""
    return directory.parent / KEY


def as_pinned(directory: Path, manifest: bytes) -> None:
    """Raise ModelError unless this is the manifest of the model that the package was made with."""
    if hashlib.sha256(manifest).hexdigest() != pinned.MANIFEST_SHA256:
        raise ModelError(
            f"The model in {directory} is not the one that this version of Oopsee was made with; "
            "it was not loaded.",
            remedy="Reinstall Oopsee.",
        )


def signed_by(key: Path) -> Genuine:
    """Return what raises ModelError unless the manifest bears a signature under the key in the file `key`."""

    def check(directory: Path, manifest: bytes) -> None:
        try:
            found = (directory / SIGNATURE).read_text("ascii", "replace").strip()
        except FileNotFoundError:
            raise _unproved(directory, "bears no signature of this installation") from None
        except OSError as error:
            what = f"The signature {directory / SIGNATURE} cannot be read ({error.strerror})."
            raise ModelError(what, remedy=f"chmod u+r '{directory / SIGNATURE}'") from error
        try:
            known = _read(key)
        except FileNotFoundError:
            raise _unproved(directory, f"was signed with a key that is no longer at {key}") from None
        if not hmac.compare_digest(_mac(manifest, known).encode(), found.encode()):
            raise _unproved(directory, "does not bear the signature of this installation")

    return check


def sign(directory: Path, key: Path, *, entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
    """Sign the manifest of the model in `directory`; the key is made with mode 0600 at the first use.

    Raises ModelError where the key is open to others, and OSError.
    """
    try:
        known = _read(key)
    except FileNotFoundError:
        _make(key, entropy)
        known = _read(key)
    manifest = (directory / "manifest.json").read_bytes()
    _write(directory / f".{SIGNATURE}.{os.getpid()}", f"{_mac(manifest, known)}\n".encode()).replace(
        directory / SIGNATURE
    )


def _mac(manifest: bytes, key: bytes) -> str:
    return hmac.new(key, _PURPOSE + manifest, hashlib.sha256).hexdigest()


def _read(path: Path) -> bytes:
    """Return the key; FileNotFoundError where there is none yet."""
    try:
        found = path.stat()
        octets = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        what = f"The key of your models, {path}, cannot be read ({error.strerror})."
        raise ModelError(what, remedy=f"Let the user that runs Oopsee own and read {path}.") from error
    if found.st_uid not in {0, os.geteuid()} or stat.S_IMODE(found.st_mode) & 0o077:
        raise ModelError(
            f"The key of your models, {path}, is open to other users of this machine.",
            remedy=f"chmod 600 '{path}'"
            if found.st_uid == os.geteuid()
            else f"chown {os.geteuid()} '{path}'",
        )
    if len(octets) != _OCTETS:
        raise ModelError(
            f"The key of your models, {path}, is damaged.",
            remedy="Restore it from a backup, or remove it and run 'oopsee models sign' for each model.",
        )
    return octets


def _make(path: Path, entropy: Callable[[int], bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _write(path.with_name(f".{path.name}.{os.getpid()}"), entropy(_OCTETS))
    try:
        os.link(fresh, path)
    except FileExistsError:
        return  # another process was quicker: its key counts
    except OSError:
        fresh.rename(path)  # a file system without links
    finally:
        fresh.unlink(missing_ok=True)


def _write(path: Path, octets: bytes) -> Path:
    """Write a new file that nobody else can read, through to the disk."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(octets)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _unproved(directory: Path, why: str) -> ModelError:
    return ModelError(
        f"The model in {directory} {why}: it may be somebody else's code, so it was not loaded.",
        remedy=f"If 'oopsee train' made it here: oopsee models sign {directory.name}. "
        "Else: oopsee models rollback.",
    )
