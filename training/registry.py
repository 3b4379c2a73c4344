"""Models trained on one's own mail: a private directory, a pointer to the active one, the way back."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sklearn

from scanner.detect.model import POINTER, SHIPPED, active_name, fitted_on, genuine, load, model_path, verified
from scanner.detect.origin import key_beside, sign
from scanner.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from scanner.detect.classifier import Rows
    from scanner.detect.origin import Genuine

EARLIER = "earlier"
"""The names of the models that were active before, one a line, the latest last."""

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[1-9]\d*")
_REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One model: `manifest` is None and `problem` says why where it cannot be used.

    `refitted` is true where another scikit-learn has fitted it, so that it is fitted again on loading.
    """

    name: str
    active: bool
    path: Path
    manifest: dict[str, Any] | None
    problem: ModelError | None = None
    refitted: bool = False


class Registry:
    """The models below one directory, made with mode 0700 on the first use, and the shipped one.

    `key` is the file with the key that signs what is trained here, by default beside the directory;
    it is made at the first use.
    """

    def __init__(self, directory: Path, key: Path | None = None) -> None:
        self._directory = directory
        self._key = key or key_beside(directory)

    @property
    def directory(self) -> Path:
        """Where the models lie."""
        return self._directory

    @property
    def active(self) -> str:
        """The name of the model in use; raises ModelError where the pointer cannot be read."""
        return active_name(self._directory)

    def names(self) -> list[str]:
        """Return the names of all models, the shipped one first, then by date and number."""
        if not self._directory.is_dir():
            return [SHIPPED]
        found = [one.name for one in self._directory.iterdir() if _NAME.fullmatch(one.name) and one.is_dir()]
        return [SHIPPED, *sorted(found, key=lambda name: (name[:10], int(name[11:])))]

    def entries(self) -> list[Entry]:
        """Return every model, checked; an active one that is not there is among them."""
        active = self.active
        names = self.names()
        return [self._entry(name, active) for name in [*names, *([] if active in names else [active])]]

    def entry(self, name: str) -> Entry:
        """Return one model, checked; raises ModelError where there is none of this name."""
        if name not in self.names():
            raise self._unknown(name)
        return self._entry(name, self.active)

    def fitted_on(self, name: str) -> tuple[dict[str, Any], Rows]:
        """Return the manifest of a model and the rows it was fitted on; raises ModelError."""
        return fitted_on(model_path(self._directory, name), self._genuine(name))

    def activate(self, name: str) -> str:
        """Let the model be used from now on, after it was loaded once; returns the one used before.

        Raises ModelError where it cannot be loaded; the one in use then stays.
        """
        if name not in self.names():
            raise self._unknown(name)
        before = self.active
        load(model_path(self._directory, name), self._genuine(name))
        if name != before:
            self._remember([*self._earlier(), before])
            self._point(name)
        return before

    def rollback(self) -> tuple[str, str]:
        """Go back to the model used before this one; returns the one left and the one in use now.

        One that cannot be loaded any more is passed over; where none is left, the shipped one is
        used. Raises ModelError where that is in use already.
        """
        left, earlier = self.active, self._earlier()
        while earlier:
            name = earlier.pop()
            if name != left and name in self.names() and self._loads(name):
                break
        else:
            name = SHIPPED
            if left == SHIPPED:
                what = "There is no earlier model: the shipped one is in use."
                raise ModelError(what, meaning="Nothing was changed.", remedy="See `oopsee models list`.")
        self._point(name)
        self._remember(earlier)
        return left, name

    def sign(self, name: str) -> None:
        """Say that a model was made here: after a check of its files, its manifest is signed.

        For models from before there were signatures. Raises ModelError.
        """
        if name == SHIPPED or name not in self.names():
            raise self._not_own(name)
        path = model_path(self._directory, name)
        verified(path, _anywhere)
        try:
            sign(path, self._key)
        except OSError as error:
            raise self._unwritable(error) from error

    @contextmanager
    def new(self, day: date) -> Iterator[tuple[str, Path]]:
        """Give a name and a private directory to write a model to; it takes its place after the block.

        What is written in a block that fails is removed. Raises ModelError where nothing can be written.
        """
        try:
            self._make()
            path = Path(tempfile.mkdtemp(prefix=".new-", dir=self._directory))
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            name = self._free(day)
            yield name, path
            sign(path, self._key)
            for file in path.iterdir():
                file.chmod(0o600)
            path.rename(self._directory / name)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _free(self, day: date) -> str:
        taken = [int(name[11:]) for name in self.names() if name.startswith(f"{day:%Y-%m-%d}-")]
        return f"{day:%Y-%m-%d}-{max(taken, default=0) + 1}"

    def _entry(self, name: str, active: str) -> Entry:
        path = model_path(self._directory, name)
        try:
            manifest = verified(path, self._genuine(name))
        except ModelError as error:
            return Entry(name, name == active, path, None, error)
        return Entry(
            name, name == active, path, manifest, refitted=manifest.get("scikit-learn") != sklearn.__version__
        )

    def _genuine(self, name: str) -> Genuine:
        return genuine(self._directory, name, self._key)

    def _loads(self, name: str) -> bool:
        try:
            load(model_path(self._directory, name), self._genuine(name))
        except ModelError:
            return False
        return True

    def _earlier(self) -> list[str]:
        try:
            return (self._directory / EARLIER).read_text("utf-8").split()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            what = f"The file {self._directory / EARLIER} cannot be read ({type(error).__name__})."
            raise ModelError(what, meaning="Nothing was changed.", remedy="Remove it.") from error

    def _remember(self, names: list[str]) -> None:
        self._replace(EARLIER, "".join(f"{name}\n" for name in names[-_REMEMBERED:]))

    def _point(self, name: str) -> None:
        self._replace(POINTER, f"{name}\n")

    def _replace(self, file: str, text: str) -> None:
        """Put the whole text in the place of the old one at once, so that a reader sees one or the other."""
        try:
            self._make()
            handle, fresh = tempfile.mkstemp(prefix=f".{file}-", dir=self._directory)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(fresh).replace(self._directory / file)
        except OSError as error:
            raise self._unwritable(error) from error

    def _make(self) -> None:
        for path in (*reversed(self._directory.parents), self._directory):
            path.mkdir(mode=0o700, exist_ok=True)
        if stat.S_IMODE(self._directory.stat().st_mode) & 0o077:
            raise ModelError(
                f"{self._directory} is open to other users of this machine.",
                meaning="A model file is code, and these know of your mail: nothing was changed.",
                remedy=f"chmod 700 '{self._directory}'",
            )

    def _unwritable(self, error: OSError) -> ModelError:
        what = f"Nothing can be written to {self._directory} ({error.strerror})."
        return ModelError(
            what, meaning="The model in use stays.", remedy="Make room there, or name another [model] dir."
        )

    def _unknown(self, name: str) -> ModelError:
        return ModelError(
            f"There is no model called {name!r}.",
            meaning="Nothing was changed.",
            remedy=f"There are: {', '.join(self.names())}.",
        )

    def _not_own(self, name: str) -> ModelError:
        if name != SHIPPED:
            return self._unknown(name)
        what = "The shipped model needs no signature: its digest is part of Oopsee."
        return ModelError(what, meaning="Nothing was changed.", remedy="See `oopsee models verify`.")


def _anywhere(_directory: Path, _manifest: bytes) -> None:
    """Take a manifest of any origin, because the user answers for it."""
