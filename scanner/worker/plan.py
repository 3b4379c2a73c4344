"""What a worker is given: plain values, and the judge behind a small interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scanner.detect.verdict import Verdict
from scanner.message.model import Message
from scanner.store import Mute, StoredVerdict
from scanner.worker.tongue import AUTO


@dataclass(frozen=True, slots=True)
class Plan:
    """What to guard and how.

    `owner` holds all addresses of the owner. Empty `sent_folders` means: ask the server.
    `age_cap` and `daily_cap` bound the alerts; above the cap they wait for the digest at
    `digest_hour` local time. `answer_folders` and `answer_keywords` say whether the owner may answer
    alerts by moving them into a folder or by marking them. A snapshot of the history is kept every
    `snapshot_every` messages, a pass ends after about `deadline` seconds, and a folder is read in
    chunks of `chunk`. The owner is written to in `language`; with "auto" in the one that they mostly
    write, in `locale` until that is known.
    """

    name: str
    address: str
    owner: frozenset[str]
    sent_folders: tuple[str, ...] = ()
    inbox: str = "INBOX"
    age_cap: timedelta = timedelta(hours=48)
    daily_cap: int = 3
    digest_hour: int = 8
    poll_seconds: float = 60.0
    idle_seconds: float = 240.0
    snapshot_every: int = 500
    deadline: float = 300.0
    chunk: int = 250
    answer_folders: bool = False
    answer_keywords: bool = False
    language: str = AUTO
    locale: str = "en"


class Judge(Protocol):
    """What scores and learns; see `scanner.detect.judge`."""

    def sent(self, message: Message) -> Verdict:
        """Score against the history before, learn, decide."""

    def received(self, message: Message) -> None:
        """Learn."""

    def entry(self, message: Message, sent: bool) -> bytes:  # noqa: FBT001  the judge's own signature
        """The journal entry of what `sent` or `received` learnt."""

    def replay(self, entry: bytes) -> None:
        """Learn again what an entry holds."""

    def near(self, address: str) -> str:
        """The known address that this one was probably meant to be, "" without one."""

    def state(self) -> bytes:
        """Everything learnt."""


class Judges(Protocol):
    """Makes the judge with the model that is active now."""

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """A judge that goes on from `state`, or that knows nothing yet, and respects `mutes`."""

    def stamp(self) -> object:
        """Something that differs as soon as another model has been made active."""


Compose = Callable[[Verdict, Message, datetime, str], bytes]
"""From verdict, message, now and the alert's Message-ID to the alert as a mail."""

Digests = Callable[[Sequence[StoredVerdict], datetime, str], bytes]
"""From verdicts, now and the digest's Message-ID to the digest as a mail."""
