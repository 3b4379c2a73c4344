"""The judge with the model that is active now, for every mailbox of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.detect.judge import Judge as RealJudge
from scanner.detect.model import MANIFEST, Model, active_name, load_active, model_path
from scanner.detect.policy import PolicySettings
from scanner.errors import ModelError
from scanner.store import Mute
from scanner.worker.plan import Judge


class ActiveModel:
    """The model that the pointer file names, loaded once until the pointer moves.

    `warn` is told when it cannot be loaded; messages are then scored by rules alone.
    """

    def __init__(self, directory: Path | None, warn: Callable[[ModelError], None]) -> None:
        self._directory = directory
        self._warn = warn
        self._turn = threading.Lock()
        self._stamp: object = None
        self._model: Model | None = None

    def stamp(self) -> object:
        """What differs as soon as another model is active."""
        try:
            name = active_name(self._directory)
            status = (model_path(self._directory, name) / MANIFEST).stat()
        except (OSError, ModelError):
            return None
        return name, status.st_mtime_ns, status.st_size

    def model(self) -> Model | None:
        """The active model, None where it cannot be loaded."""
        with self._turn:
            stamp = self.stamp()
            if stamp is None or stamp != self._stamp:
                self._stamp, self._model = stamp, self._load()
            return self._model

    def _load(self) -> Model | None:
        try:
            return load_active(self._directory)
        except ModelError as error:
            self._warn(error)
            return None


class ModelJudges:
    """Makes the judges of one owner."""

    def __init__(self, owner: frozenset[str], policy: PolicySettings, active: ActiveModel) -> None:
        self._owner = owner
        self._policy = policy
        self._active = active

    def stamp(self) -> object:
        """What differs as soon as another model is active."""
        return self._active.stamp()

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """A judge that goes on from `state` and is silent about what is muted."""
        model = self._active.model()
        if state is None:
            judge = RealJudge(owner=self._owner, model=model, policy=self._policy)
        else:
            judge = RealJudge.from_state(state, owner=self._owner, model=model, policy=self._policy)
        for mute in mutes:
            judge.feedback(mute.value, wrong=False, scope=mute.scope)
        return judge
