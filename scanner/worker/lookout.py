"""Whether a mailbox is really watched: notes each time of blindness, and has the owner told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scanner.errors import (
    CertificateError,
    ConfigError,
    FolderError,
    LoginError,
    ModelError,
    ScannerError,
    StoreError,
)
from scanner.store import MailboxStore, OutboxEntry

CONTACT, QUARANTINE, MODEL, MISSING = "contact", "quarantine", "model", "missing"
REFUSALS: tuple[tuple[type[ScannerError], str], ...] = (
    (LoginError, "login"),
    (ConfigError, "login"),  # the password, or the token in its place, cannot be had
    (CertificateError, "certificate"),
    (FolderError, "folder"),
)
BLINDING = frozenset({CONTACT, *(cause for _, cause in REFUSALS)})
"""The causes under which no mail is read at all; each ends with the next pass that goes well."""

SETTLED = timedelta(minutes=10)
"""A machine that wakes from a long sleep has so much time to find its network again."""

UNDERSTOOD = timedelta(days=1)
"""After so much time without a further message that was not understood, that episode is over."""


class Notice(Protocol):
    """Writes the mail about an episode; see `scanner.alert.compose.notice`."""

    def __call__(
        self, cause: str, *, since: datetime, now: datetime, message_id: str, error: ScannerError
    ) -> bytes:
        """The mail, whole."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: without contact until that is blindness, and in trouble until a mail goes out."""

    contact: timedelta = timedelta(hours=6)
    notice: timedelta = timedelta(minutes=15)


class Lookout:
    """Is told of every pass over one mailbox and keeps its episodes in the store.

    The mail about an episode waits for `patience.notice` and is withdrawn when all is well before.
    `model_trouble` gives the error of the model, None where it is in order. `monotonic` gives
    seconds that stand still while the machine sleeps.
    """

    def __init__(
        self,
        store: MailboxStore,
        *,
        address: str,
        notice: Notice,
        patience: Patience,
        model_trouble: Callable[[], ModelError | None],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._address = address
        self._notice = notice
        self._patience = patience
        self._model_trouble = model_trouble
        self._clock = clock
        self._monotonic = monotonic
        self._failing: tuple[datetime, float] | None = None

    def well(self, *, missing: FolderError | None = None) -> list[str]:
        """After a pass that went well: the causes of blindness that ended with it.

        `missing` says that one of several Sent folders was not there to be read.
        """
        self._failing = None
        open_ = self._open()
        ended = [cause for cause in sorted(open_ & BLINDING) if self._ends(cause)]
        ended += self._lasting(MISSING, missing, open_)
        return ended + self._lasting(MODEL, self._model_trouble(), open_) + self._quarantine(open_)

    def failed(self, error: ScannerError) -> str:
        """After a pass that failed: the cause of the blindness that began with it, or ""."""
        now = self._clock()
        if self._failing is None:
            self._failing = now, self._monotonic()
        if isinstance(error, StoreError):
            return ""  # there is nowhere to note it
        cause = next((cause for kind, cause in REFUSALS if isinstance(error, kind)), "")
        if cause:
            return cause if self._begins(cause, now, error) else ""
        if self._open() & BLINDING or not self._out_of_contact(now):
            return ""
        return CONTACT if self._begins(CONTACT, now, error) else ""

    def _out_of_contact(self, now: datetime) -> bool:
        """Whether the last good pass is too long ago, and this is no machine that has just woken up.

        Failures that last so long by themselves count whatever the time of day says.
        """
        assert self._failing is not None  # noqa: S101  for the type checker: `failed` set it
        since, began = self._failing
        last = self._last_pass() or since
        limit, lasted = self._patience.contact, timedelta(seconds=self._monotonic() - began)
        return lasted >= limit or (now - last >= limit and lasted >= min(SETTLED, limit))

    def _lasting(self, cause: str, error: ScannerError | None, open_: frozenset[str]) -> list[str]:
        """Open the episode where there is an error, and close it where there is none any more."""
        if error is not None:
            self._begins(cause, self._clock(), error)
            return []
        return [cause] if cause in open_ and self._ends(cause) else []

    def _quarantine(self, open_: frozenset[str]) -> list[str]:
        """Open the episode with a message that came since the last one, close it after a quiet day."""
        now = self._clock()
        latest = max((one.at for one in self._store.quarantined()), default=None)
        if QUARANTINE in open_:
            quiet = latest is None or now - latest >= UNDERSTOOD
            return [QUARANTINE] if quiet and self._ends(QUARANTINE) else []
        before = next((one for one in self._store.episodes() if one.cause == QUARANTINE), None)
        seen = before.ended_at if before is not None else None
        if latest is not None and now - latest < UNDERSTOOD and (seen is None or latest > seen):
            self._begins(QUARANTINE, now, _not_understood(self._store))
        return []

    def _last_pass(self) -> datetime | None:
        health = self._store.health().get("pass")
        return health.at if health is not None else None

    def _open(self) -> frozenset[str]:
        return frozenset(one.cause for one in self._store.episodes() if one.ended_at is None)

    def _ends(self, cause: str) -> bool:
        return self._store.episode_ends(cause, self._clock())

    def _begins(self, cause: str, now: datetime, error: ScannerError) -> bool:
        since = (self._last_pass() or now) if cause in BLINDING else now

        def mail(key: str) -> OutboxEntry:
            message_id = self._store.alert_id(key, self._address)
            raw = self._notice(cause, since=since, now=now, message_id=message_id, error=error)
            return OutboxEntry(
                key=key,
                message_id=message_id,
                raw=raw,
                created_at=now,
                kind="notice",
                next_try=now + self._patience.notice,
            )

        return self._store.episode_begins(cause, now, str(error), mail)


def _not_understood(store: MailboxStore) -> ScannerError:
    found = store.quarantined()
    places = ", ".join(sorted({one.folder for one in found}))
    count = len(found)
    return ScannerError(
        f"{count} message{'s' if count > 1 else ''} in {places} could not be understood.",
        meaning="Whether they went to the wrong party is not known. All other mail is watched.",
        remedy="'oopsee status' names them. Look at their recipients yourself, and report their kind.",
    )
