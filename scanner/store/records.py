"""The plain values that go into the store and come out of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scanner.detect.evidence import Evidence
from scanner.detect.verdict import Verdict

Direction = Literal["sent", "received", "skipped"]
MuteScope = Literal["pair", "domain", "calm"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been read: the highest UID done under a UIDVALIDITY (RFC 9051 section 2.3.1.1)."""

    uidvalidity: int
    last_uid: int


class OutboxState(enum.StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One composed mail to the owner.

    `key` says what it is about and exists once per mailbox (`alert_key`); `message_id` is its own
    fixed Message-ID (`MailboxStore.alert_id`); `about` the Message-ID of the sent message, "" for a
    digest and for a notice (`Episode`). `raw` is the whole mail and b"" once it is delivered or
    expired. It is not sent after `expires_at` (None: no limit). `attempts` counts the deliveries
    begun before: where it is not 0, an earlier attempt may have succeeded without anybody having
    noted it. `error` names the class of the last failure.
    """

    key: str
    message_id: str
    raw: bytes
    created_at: datetime
    about: str = ""
    kind: Literal["alert", "digest", "notice"] = "alert"
    expires_at: datetime | None = None
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    next_try: datetime | None = None
    error: str = ""
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptTrail:
    """A trail as bytes: `about` the Message-ID or digest of the sent message, `at` when it was sent."""

    about: str
    at: datetime
    packed: bytes


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a message shows of earlier sent ones.

    `settled` are the sent messages whose owner has seen to them: an alert that has not gone out
    stays back. `raised` are (sent message, why) that the owner is told of now. `mutes` begin and
    `unmuted` (addresses and domains) end with it.
    """

    trails: tuple[KeptTrail, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    settled: tuple[str, ...] = ()
    raised: tuple[tuple[str, str], ...] = ()
    mutes: tuple[Mute, ...] = ()
    unmuted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """All that is committed together for one message; see `MailboxStore.record`.

    `message_id` is "" where there is none. Without `folder`, `uidvalidity` and `uid` (a file) no
    cursor moves. `entry` is what the history learnt, None where it learnt nothing.
    """

    message_id: str
    digest: str
    direction: Direction
    folder: str | None = None
    uidvalidity: int | None = None
    uid: int | None = None
    entry: bytes | None = None
    verdict: Verdict | None = None
    alert: OutboxEntry | None = None
    aftermath: Aftermath | None = None


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict and where its message was first seen. Its subject is "" unless it waits for a digest."""

    verdict: Verdict
    folder: str | None
    uidvalidity: int | None
    uid: int | None


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody said of a message: one recipient, or all of it (`recipient` None), is wrong or fine.

    `weight` in (0, 1] says how much it counts; `source` where it comes from ("person", "import",
    "retraction", ...).
    """

    message_id: str
    recipient: str | None
    wrong: bool
    at: datetime
    weight: float = 1.0
    source: str = "person"
    note: str = ""

    def contradicts(self, other: Label) -> bool:
        """Whether the two cannot both hold. In a message that is wrong, one recipient may still be fine."""
        if self.message_id != other.message_id or self.wrong == other.wrong:
            return False
        if self.recipient == other.recipient:
            return True
        whole = [one for one in (self, other) if one.recipient is None]
        return len(whole) == 1 and not whole[0].wrong


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done about a sent message: a kind such as "draft" or "recall", and a few words."""

    about: str
    kind: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mute:
    """No more alerts about this recipient address (`pair`: owner and recipient) or about this domain.

    `calm` means fewer alerts about this domain. It ends at `until`, None: never.
    """

    scope: MuteScope
    value: str
    at: datetime
    note: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be processed: where it lies, the last reason, and how often it was tried."""

    folder: str
    uidvalidity: int
    uid: int
    reason: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """One kind of work: its last success (`at`), last failure (`error` names its class), and counters."""

    kind: str
    at: datetime | None
    count: int
    error: str
    error_at: datetime | None
    errors: int


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which sent mail was not watched, or not as it should be, for one cause.

    `ended_at` is None while it lasts; `what` is the sentence of the error; `told_at` is when the
    mail about it reached the owner, None where it did not.
    """

    cause: str
    began_at: datetime
    ended_at: datetime | None
    what: str
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """What `oopsee status` shows of one mailbox. Counts are of messages unless they say otherwise."""

    name: str
    sent: int
    received: int
    skipped: int
    verdicts: dict[str, int]
    alerts: dict[str, int]
    oldest_pending: datetime | None
    last_alert: datetime | None
    labels: int
    mutes: int
    quarantined: int
    journal_entries: int
    cursors: dict[str, Cursor] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    episodes: tuple[Episode, ...] = ()
    evidence: dict[str, int] = field(default_factory=dict)
