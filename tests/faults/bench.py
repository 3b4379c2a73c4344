"""One mailbox with everything around it: a server, a line that can break, a daemon, mail, and the count."""

from __future__ import annotations

import contextlib
import email
import imaplib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from scanner.detect.judge import Judge
from scanner.errors import StoreError
from scanner.store import MailboxStore, Store
from tests.dovecot import PASSWORD, Dovecot, free_port
from tests.faults.proxy import Fault, Proxy
from tests.people import OWNER, raw_mail

ROOT = Path(__file__).parents[2]
WRONG = "wrong@client.example"
"""The configuration forbids mail to this address: it is alerted for certain."""

EVERY = 4
"""Every so many messages go to `WRONG`."""

TIMEOUT = 3.0
"""Seconds that the daemon waits for an answer."""

LIBFAKETIME = "faketime/libfaketime.so.1"

CONFIG = """
[[mailbox]]
name = "work"
address = "{owner}"
delivery = "{delivery}"
[mailbox.imap]
host = "127.0.0.1"
port = {port}
security = "cleartext-i-know-it-is-readable"
username = "{user}"
password_env = "TEST_PASSWORD"
timeout_seconds = {timeout}
[mailbox.smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "cleartext-i-know-it-is-readable"
timeout_seconds = {timeout}
[policy]
daily_cap = 100000
forbidden_pairs = [["{owner}", "{wrong}"]]
[watch]
poll_seconds = 1
idle_seconds = 5
[state]
dir = "{state}"
[log]
format = "json"
"""


class NeverError(Exception):
    """Something that had to come about did not."""


def until(holds: Callable[[], object], what: str, *, within: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            raise NeverError(what)
        time.sleep(0.05)


class Mailroom:
    """An SMTP server that keeps what it is given, and for a while takes nothing."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refused = 0
        self.closed = False

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail, or ask for another try later."""
        del server, session
        if self.closed:
            self.refused += 1
            return "451 4.3.0 Come back later"
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 OK"


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the mail under one kind of fault; all but `well`, in seconds, are numbers."""

    messages: int
    scored: int
    aside: int
    lost: int
    doubled: int
    alerts: int
    alerts_lost: int
    alerts_doubled: int
    changed: int
    well: float

    @property
    def fine(self) -> bool:
        """Nothing lost, nothing doubled, nothing changed in the mailbox."""
        return not (self.lost or self.doubled or self.alerts_lost or self.alerts_doubled or self.changed)


class Bench:
    """The place where one kind of fault is tried."""

    def __init__(
        self, directory: Path, *, connections: int, delivery: str, clock: bool, small_disk: bool
    ) -> None:
        self.directory = directory
        self.server = Dovecot(max_connections=connections)
        self.mailroom = Mailroom()
        self.process: subprocess.Popen[bytes] | None = None
        self.filed: dict[str, bool] = {}
        self.copies = 1
        self.state = directory / "state"
        self._delivery = delivery
        self._clock = clock
        self._small_disk = small_disk
        self._number = 0
        self._behind = 0
        self._smtp = Controller(self.mailroom, hostname="127.0.0.1", port=free_port())
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _open(self) -> None:
        self._stack.enter_context(self.server)
        self.user = self.server.fresh_user()
        self.proxy = self._stack.enter_context(Proxy(self.server.port))
        self._smtp.start()
        self._stack.callback(self._smtp.stop)
        self.state.mkdir(mode=0o700)
        if self._small_disk:
            options = ["-o", "size=6m,mode=0700"]
            subprocess.run(["mount", "-t", "tmpfs", *options, "faults", self.state], check=True)
            self._stack.callback(lambda: subprocess.run(["umount", "-l", self.state], check=False))
        text = CONFIG.format(
            owner=OWNER,
            delivery=self._delivery,
            port=self.proxy.port,
            user=self.user,
            timeout=TIMEOUT,
            smtp_port=self._smtp.port,
            wrong=WRONG,
            state=self.state,
        )
        config = self.directory / "config.toml"
        config.write_text(text, encoding="utf-8")
        config.chmod(0o600)
        self._stack.callback(self.kill)

    # ------------------------------------------------------------------ the daemon

    @property
    def environment(self) -> dict[str, str]:
        """What the daemon finds in its environment."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OOPSEE_")}
        found = clean | {
            "OOPSEE_CONFIG": str(self.directory / "config.toml"),
            "TEST_PASSWORD": PASSWORD,
            "OMP_NUM_THREADS": "1",
        }
        if self._clock:
            self.move_clock(0)
            found |= {
                "LD_PRELOAD": str(faketime()),
                "FAKETIME_TIMESTAMP_FILE": str(self.directory / "clock"),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
            }
        return found

    def move_clock(self, seconds: int) -> None:
        """Let the daemon's clock on the wall be so far ahead (or behind) from now on."""
        fresh = self.directory / "clock.new"
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self.directory / "clock")

    def set_clock_back(self) -> None:
        """Put the daemon's clock an hour back, once more at each call."""
        self._behind += 3600
        self.move_clock(-self._behind)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start a daemon process, whoever else runs."""
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.faults.daemon", "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        """Start the daemon."""
        self.process = self.launch()

    def signal(self, number: signal.Signals) -> None:
        """Send the daemon a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the daemon at once."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def stop(self) -> int:
        """Ask the daemon to end; its exit code."""
        process, self.process = self.process, None
        if process is None:
            raise NeverError("a daemon to stop")
        process.terminate()
        try:
            return process.wait(15)
        finally:
            process.kill()

    # ------------------------------------------------------------------ mail

    def file(
        self, count: int, *, wrong: bool | None = None, text: str = "See you.", subject: str = "Plan"
    ) -> str:
        """File so many messages in Sent, as a mail client would; the Message-ID of the last one."""
        message_id = ""
        with self.server.connection(self.user) as line:
            for _ in range(count):
                self._number += 1
                to_wrong = self._number % EVERY == 0 if wrong is None else wrong
                raw = raw_mail(
                    self._number,
                    to=[WRONG if to_wrong else "bruno@firm.example"],
                    date=datetime.now(UTC),
                    text=text,
                    subject=subject,
                )
                message_id = f"<{self._number:06d}@firm.example>"
                for _ in range(self.copies):
                    if line.append("Sent", "\\Seen", "", raw)[0] != "OK":
                        raise NeverError(f"filing of {message_id}")
                self.filed[message_id] = to_wrong
        return message_id

    def alerts(self) -> list[str]:
        """The Message-IDs that the alerts with the owner are about, as often as they are there."""
        by_smtp = self._delivery == "smtp"
        raws = list(self.mailroom.taken) if by_smtp else self.server.messages(self.user)
        mails = [email.message_from_bytes(raw) for raw in raws if b"X-Oopsee" in raw]
        return [str(mail["In-Reply-To"]) for mail in mails if mail["In-Reply-To"]]

    @contextlib.contextmanager
    def store(self) -> Iterator[MailboxStore]:
        """The daemon's state."""
        with Store.open(self.state / "oopsee.db") as opened:
            yield opened.mailbox("work")

    def learnt(self) -> bool:
        """Whether the daemon has read the past and come to the end of a pass."""
        if not (self.state / "oopsee.db.key").exists():
            return False
        with contextlib.suppress(StoreError), self.store() as store:
            health = store.health()
            return "learnt" in health and "pass" in health and health["pass"].count > 0
        return False

    def seen(self) -> tuple[Counter[str], int]:
        """The ids of the verdicts, and how many messages are set aside."""
        with self.store() as store:
            every = store.verdicts()
            scored = {(one.folder, one.uidvalidity, one.uid) for one in every}
            aside = {(one.folder, one.uidvalidity, one.uid) for one in store.quarantined()} - scored
            return Counter(one.verdict.message_id for one in every), len(aside)

    def hit(self, fault: Fault, least: int = 1) -> None:
        """Wait until a fault has really come about: after many in a row the daemon waits for minutes."""
        until(lambda: fault.hits >= least, f"{type(fault).__name__} to hit", within=400.0)

    def probe(self, within: float) -> float:
        """File one message for which there must be an alert; seconds until the alert is there."""
        begun = time.monotonic()
        message_id = self.file(1, wrong=True)
        until(lambda: message_id in self._told(), f"the alert about {message_id}", within=within)
        return time.monotonic() - begun

    def _told(self) -> list[str]:
        try:
            return self.alerts()
        except (OSError, imaplib.IMAP4.error):  # the server is still coming up
            return []

    def settle(self, within: float) -> None:
        """Wait until all mail is dealt with, and then for what would come twice."""

        def done() -> bool:
            verdicts, aside = self.seen()
            wanted = {one for one, wrong in self.filed.items() if wrong} & set(verdicts)
            return len(verdicts) + aside >= len(self.filed) and wanted <= set(self._told())

        until(done, "all mail to be dealt with", within=within)
        time.sleep(1.5)

    def count(self, well: float) -> Count:
        """What became of the mail. Call it when the daemon has ended."""
        verdicts, aside = self.seen()
        told = Counter(self.alerts())
        with Store.open(self.state / "oopsee.db") as opened:
            state, entries = opened.mailbox("work").history()
            judge = Judge(owner=frozenset({OWNER}), model=None, key=opened.derive("history"))
            if state is not None:
                judge = Judge.from_state(
                    state, owner=frozenset({OWNER}), model=None, key=opened.derive("history")
                )
            for entry in entries:
                judge.replay(entry)
        wanted = {one for one, wrong in self.filed.items() if wrong}
        unscored = set(self.filed) - set(verdicts)
        twice = sum(many - 1 for many in verdicts.values()) + abs(judge.history.sent - len(verdicts))
        sent = self.server.state(self.user).get("Sent", ())
        changed = sum(tuple(flag for flag in one.flags if flag != "\\Recent") != ("\\Seen",) for one in sent)
        return Count(
            messages=len(self.filed),
            scored=len(set(verdicts) & set(self.filed)),
            aside=aside,
            lost=max(0, len(unscored) - aside),
            doubled=twice,
            alerts=len(wanted - unscored),
            alerts_lost=len(wanted - unscored - set(told)),
            alerts_doubled=sum(many - 1 for many in told.values()),
            changed=changed,
            well=well,
        )


def faketime() -> Path | None:
    """The library that moves a process's clock, None where it is not installed."""
    found = sorted(Path("/usr/lib").glob(f"*/{LIBFAKETIME}"))
    return found[0] if found else None


def fill(directory: Path) -> Path:
    """Leave no room on the disk that holds `directory`; the file that takes it."""
    ballast = directory / "ballast"
    free = shutil.disk_usage(directory).free
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        for _ in range(free // 4096 + 64):
            stream.write(b"\0" * 4096)
    return ballast
