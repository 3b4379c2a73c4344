"""What the service manager hears of the daemon: when it is ready, that it lives, whom it watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from scanner.errors import ScannerError
from scanner.notify import Notifier

START = 20.0
"""Seconds after which the daemon counts as started, even if no server has answered yet."""

STUCK = 900.0
"""Seconds beyond three polls without a sign of life after which a mailbox counts as stuck. A pass ends
by itself after five minutes, and every answer of a server is waited for with a limit."""


class Living(Protocol):
    """A worker as it is seen from outside."""

    @property
    def name(self) -> str:
        """Of the mailbox."""

    @property
    def poll_seconds(self) -> float:
        """How often it should have its turn."""

    @property
    def passes(self) -> int:
        """How many looks went well."""

    @property
    def error(self) -> ScannerError | None:
        """Why it is not watching now."""

    def silent_for(self) -> float:
        """Seconds since its last sign of life."""


class Pulse:
    """Is beaten several times a second and sends only what is news or due.

    Once a worker is stuck no more sign of life is sent, so that the service manager starts the
    process anew. `monotonic` gives seconds.
    """

    def __init__(self, notifier: Notifier, workers: Sequence[Living], monotonic: Callable[[], float]) -> None:
        self._notifier = notifier
        self._workers = workers
        self._monotonic = monotonic
        self._began = monotonic()
        self._ready = False
        self._said = ""
        self._alive_at: float | None = None

    def beat(self) -> None:
        """Tell what there is to tell."""
        now = self._monotonic()
        if not self._ready and (self._tried() or now - self._began >= START):
            self._ready = True
            self._notifier.ready()
        if self._ready and (text := self._text()) != self._said:
            self._said = text
            self._notifier.status(text)
        half = self._notifier.watchdog / 2
        due = self._alive_at is None or now - self._alive_at >= half
        if half and due and not self._stuck():
            self._alive_at = now
            self._notifier.alive()

    def end(self) -> None:
        """Tell that the end has begun."""
        self._notifier.stopping()

    def _tried(self) -> bool:
        return any(one.passes or one.error is not None for one in self._workers)

    def _stuck(self) -> bool:
        return any(one.silent_for() > 3 * one.poll_seconds + STUCK for one in self._workers)

    def _text(self) -> str:
        """Names of mailboxes and classes of errors only: the line stands in the journal."""
        blind = [f"{one.name} ({type(one.error).__name__})" for one in self._workers if one.error is not None]
        watched = sum(1 for one in self._workers if one.error is None and one.passes)
        said = f"watching {watched} of {len(self._workers)} mailboxes"
        return f"{said}; not watching {', '.join(blind)}" if blind else said
