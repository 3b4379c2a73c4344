"""The judge with the model that is active now, for every mailbox of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.detect.judge import Judge
from scanner.detect.model import (
    MANIFEST,
    SHIPPED,
    Model,
    active_name,
    load_active,
    load_shipped,
    model_path,
)
from scanner.detect.origin import SIGNATURE
from scanner.detect.policy import PolicySettings
from scanner.errors import ModelError, StoreError
from scanner.store import Mute


class ActiveModel:
    """The model that the pointer file names, loaded once until the pointer moves.

    `warn` is told when it cannot be loaded. The last good one is kept then, else the shipped one is
    used; where that is broken too, messages are scored by rules alone. `trouble` is its error for as
    long as that lasts. `key` is the file with the key that signs one's own models.
    """

    def __init__(
        self, directory: Path | None, warn: Callable[[ModelError], None], key: Path | None = None
    ) -> None:
        self._directory = directory
        self._key = key
        self._warn = warn
        self._turn = threading.Lock()
        self._stamp: object = None
        self._model: Model | None = None
        self.trouble: ModelError | None = None

    def stamp(self) -> object:
        """What differs as soon as another model is active."""
        try:
            name = active_name(self._directory)
            path = model_path(self._directory, name)
            status = (path / MANIFEST).stat()
        except (OSError, ModelError):
            return None
        try:
            signed = (path / SIGNATURE).stat().st_mtime_ns
        except OSError:
            signed = 0
        return name, status.st_mtime_ns, status.st_size, signed

    def model(self) -> Model | None:
        """The active model, None where it cannot be loaded."""
        with self._turn:
            stamp = self.stamp()
            if stamp is None or stamp != self._stamp:
                self._stamp, self._model = stamp, self._load()
            return self._model

    def _load(self) -> Model | None:
        self.trouble = None
        try:
            return load_active(self._directory, self._key)
        except ModelError as error:
            self.trouble = error
            self._warn(error)
        return self._model or self._second_best()

    def _second_best(self) -> Model | None:
        """The shipped model in the place of one's own; None where it is the one that is broken."""
        try:
            return load_shipped() if active_name(self._directory) != SHIPPED else None
        except ModelError:
            return None


class ModelJudges:
    """Makes the judges of one owner. `key` hashes the words that the history keeps."""

    def __init__(
        self, owner: frozenset[str], policy: PolicySettings, active: ActiveModel, *, key: bytes
    ) -> None:
        self._owner = owner
        self._policy = policy
        self._active = active
        self._key = key

    def stamp(self) -> object:
        """What differs as soon as another model is active."""
        return self._active.stamp()

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """A judge that goes on from `state` and is silent about what is muted.

        Raises `StoreError` where the state was written by a version that this one cannot read.
        """
        model = self._active.model()
        if state is None:
            judge = Judge(owner=self._owner, model=model, policy=self._policy, key=self._key)
        else:
            judge = self._restored(state, model)
        for mute in mutes:
            judge.feedback(mute.value, wrong=False, scope=mute.scope)
        return judge

    def _restored(self, state: bytes, model: Model | None) -> Judge:
        try:
            return Judge.from_state(state, owner=self._owner, model=model, policy=self._policy, key=self._key)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            message = f"The history of this mailbox cannot be read by this version ({error})."
            remedy = (
                "Use the version that wrote it, or move the state directory away to learn the mailbox anew."
            )
            raise StoreError(message, remedy=remedy) from error
