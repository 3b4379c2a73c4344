"""In which language the owner is written to: the one chosen, else the one that they mostly write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from scanner.message.languages import own_language
from scanner.message.model import Message
from scanner.store import MailboxStore

AUTO = "auto"
KIND = "writes:"
"""The heartbeats that count messages by their language, as "writes:de"."""

ENOUGH = 300
"""Messages after which the habit is settled and no more are counted."""

LEAST = 5
"""Messages from which on there is a habit at all."""

_TOGETHER = 20
"""Messages that are counted in the store at once; a crash loses fewer, which does no harm."""


class Tongue:
    """Counts the languages of what the owner sends, in the store of the mailbox.

    `chosen` is a language or "auto". Without a habit yet, the message at hand decides, then `locale`.
    """

    def __init__(
        self, store: MailboxStore, *, chosen: str, locale: str, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._chosen = chosen
        self._locale = locale
        self._clock = clock
        self._new: Counter[str] = Counter()
        self._counts: Counter[str] | None = None

    def heard(self, message: Message) -> None:
        """Count a message that the owner sent."""
        if self._chosen != AUTO or self._known().total() >= ENOUGH:
            return
        if code := own_language(message.own_text):
            self._known()[code] += 1
            self._new[code] += 1
        if self._new.total() >= _TOGETHER or self._known().total() >= ENOUGH:
            self._keep()

    def usual(self) -> str:
        """Give the language of mail about nothing in particular: a digest, a notice."""
        return self._settled() or self._locale

    def about(self, message: Message) -> str:
        """Give the language of mail about one message."""
        return self._settled() or own_language(message.own_text) or self._locale

    def _settled(self) -> str:
        if self._chosen != AUTO:
            return self._chosen
        known = self._known()
        return known.most_common(1)[0][0] if known.total() >= LEAST else ""

    def _known(self) -> Counter[str]:
        """What was counted so far, from the store at first."""
        if self._counts is None:
            health = self._store.health().items()
            kept = {kind.removeprefix(KIND): one.count for kind, one in health if kind.startswith(KIND)}
            self._counts = Counter(kept)
        return self._counts

    def _keep(self) -> None:
        for code, amount in self._new.items():
            self._store.heartbeat(KIND + code, self._clock(), amount=amount)
        self._new.clear()
