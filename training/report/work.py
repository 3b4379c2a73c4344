"""The work folder: what a stage found, kept by a key, so that an interrupted run goes on.

It holds numbers only, in files for this user alone. A file is whole or not there: it is written
beside its place and renamed; one that cannot be read is as good as none.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from numpy.typing import NDArray

_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
_UNFINISHED = ".new-"
KEY = 16
"""Characters of a key."""

_QUICK = 1
"""Level of compression: feature rows shrink to a quarter with it, and no further with a higher one."""


@dataclass(frozen=True, slots=True)
class Work:
    """The folder of one corpus and seed; made with mode 0700 when something is kept."""

    folder: Path

    def load(self, name: str, key: str) -> dict[str, Any] | None:
        """Return the plain data kept under a name and a key, None where there is none that is whole."""
        try:
            found = json.loads(self._path(name, key, "json").read_text("utf-8"))
        except _UNREADABLE:
            return None
        return found if isinstance(found, dict) else None

    def save(self, name: str, key: str, data: Mapping[str, Any]) -> None:
        """Keep plain data, in its order."""
        text = json.dumps(data).encode()
        self._write(name, self._path(name, key, "json"), lambda file: file.write(text))

    def load_arrays(self, name: str, key: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays kept under a name and a key, None where there are none that are whole."""
        try:
            with (
                self._path(name, key, "npz").open("rb") as stream,
                np.load(stream, allow_pickle=False) as file,
            ):
                return {part: file[part] for part in file.files}
        except _UNREADABLE:
            return None

    def save_arrays(self, name: str, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays of numbers."""

        def write(file: BinaryIO) -> None:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as parts:
                for part, array in arrays.items():
                    # An entry of its own making bears no time: the same numbers are the same octets.
                    info = zipfile.ZipInfo(f"{part}.npy")
                    info.compress_type = zipfile.ZIP_DEFLATED
                    with parts.open(info, "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)

        self._write(name, self._path(name, key, "npz"), write)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep others out of the folder; raises UsageError where another benchmark is at work in it."""
        self._make()
        path = self.folder / "lock"
        path.touch(mode=0o600)
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                what = f"Another benchmark is at work in {self.folder}."
                raise UsageError(what, remedy="Wait for it, or name another folder with --work.") from error
            for left in self.folder.glob(f"{_UNFINISHED}*"):
                left.unlink(missing_ok=True)
            yield

    def _path(self, name: str, key: str, kind: str) -> Path:
        return self.folder / f"{name}-{key}.{kind}"

    def _make(self) -> None:
        for folder in (self.folder.parent, self.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write(self, name: str, path: Path, write: Callable[[BinaryIO], object]) -> None:
        """Write a file whole or not at all; what was kept under the name and another key is out of date."""
        self._make()
        # mkstemp makes a file that nobody else can read.
        handle, fresh = tempfile.mkstemp(prefix=_UNFINISHED, dir=self.folder)
        try:
            with os.fdopen(handle, "w+b") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(path)
        finally:
            Path(fresh).unlink(missing_ok=True)
        for other in self.folder.glob(f"{name}-{'?' * KEY}{path.suffix}"):
            if other != path:
                other.unlink(missing_ok=True)
