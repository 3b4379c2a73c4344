"""What broke other programs that watch mailboxes, tried on a real server."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from scanner.detect.verdict import Verdict
from scanner.message.model import Message
from scanner.store import MailboxStore, Mute, Store
from scanner.worker import Judge
from tests.dovecot import Account
from tests.faults.line_faults import Whisper
from tests.faults.proxy import Fault, Line, Proxy
from tests.integration.daemon.harness import (
    WRONG,
    StubJudge,
    StubJudges,
    a_guard,
    alerts,
    learnt,
    now,
    running,
    until,
)
from tests.integration.daemon.test_connections import planned
from tests.people import raw_mail

ROOT = Path(__file__).parents[3]
POLL = 6.0


@pytest.fixture
def proxy(dovecot: Account) -> Iterator[Proxy]:
    """A line to the server that can be disturbed."""
    with Proxy(dovecot.server.port) as line:
        yield line


@pytest.mark.pitfall("imapclient-349-poll")
def test_a_poll_finds_mail_of_which_idle_says_nothing(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """IDLE has gone deaf and is not renewed for ten minutes: the poll, a second apart, finds the mail."""
    with running(planned(store, dovecot, proxy.port, poll_seconds=1.0, idle_seconds=600.0)):
        until(lambda: learnt(store))
        with proxy.under(Whisper()):
            time.sleep(1.0)  # the listener has begun and looked
            dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
            until(lambda: alerts(dovecot), within=8)


class Impatient(Fault):
    """A server that hangs up on whoever has read mail and then says nothing for half a second."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """After an answer with mail in it."""
        if b" FETCH (" in octets and line.far is not None:
            self.hits += 1
            line.far.settimeout(0.5)
        return octets


class Slow(StubJudge):
    """Takes its time, and counts what it is given."""

    seen: ClassVar[Counter[str]] = Counter()

    def sent(self, message: Message) -> Verdict:
        """A fifth of a second."""
        time.sleep(0.2)
        Slow.seen[message.message_id] += 1
        return super().sent(message)


class SlowJudges(StubJudges):
    """Makes slow judges."""

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """One that goes on from `state`."""
        self.made.append(Slow(state, mutes))
        return self.made[-1]


@pytest.mark.pitfall("parsedmarc-219")
def test_a_server_that_hangs_up_during_slow_work_costs_no_work_twice(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """Each chunk takes longer than the server's patience; still every message is worked on once."""
    Slow.seen.clear()
    dovecot.append("Sent", *(raw_mail(number) for number in range(1, 22)))
    with proxy.under(Impatient()) as fault:
        guard = a_guard(store, proxy.port, dovecot.user, judges=SlowJudges(), poll_seconds=0.5)
        with running(guard):
            until(lambda: learnt(store), within=40)

    assert fault.hits
    assert {f"<{number:06d}@firm.example>": 1 for number in range(1, 22)} == Slow.seen


@pytest.mark.pitfall("apscheduler-423")
def test_a_pass_over_a_long_past_ends_at_its_deadline(dovecot: Account, store: MailboxStore) -> None:
    """With no time at all it takes one chunk, says that it is not at the end, and the next goes on."""
    dovecot.append("Sent", *(raw_mail(number) for number in range(1, 22)))
    worker = planned(store, dovecot, dovecot.server.port, deadline=0.0).worker
    reached = []
    for _ in range(3):
        assert worker.wake(wait=True)
        reached.append((len(store.verdicts()), worker.unfinished))
    worker.close(1.0)

    assert [(7, True), (14, True), (21, False)] == reached


DAEMON = """
import signal, sys, threading
from pathlib import Path
from scanner.daemon import Daemon
from scanner.store import Store
from tests.integration.daemon.harness import a_guard

stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
place, port, user, poll = sys.argv[1:]
with Store.open(Path(place)) as store:
    Daemon([a_guard(store.mailbox("work"), int(port), user, poll_seconds=float(poll))]).run(stop)
"""


@pytest.mark.pitfall("apscheduler-292")
def test_a_poll_that_was_slept_through_is_made_up_for_at_once(
    dovecot: Account, tmp_path: Path, proxy: Proxy
) -> None:
    """The process stands still when its poll is due, and for two seconds more, as on a machine asleep."""
    path = tmp_path / "state" / "oopsee.db"
    with Store.open(path) as opened, proxy.under(Whisper()):
        store = opened.mailbox("work")
        arguments = [str(path), str(proxy.port), dovecot.user, str(POLL)]
        with subprocess.Popen(
            [sys.executable, "-c", DAEMON, *arguments], cwd=ROOT, stderr=subprocess.DEVNULL
        ) as process:
            try:
                until(lambda: learnt(store))
                time.sleep(2.0)  # the listener has begun and looked
                passes = store.health()["pass"].count
                until(lambda: store.health()["pass"].count > passes)
                process.send_signal(signal.SIGSTOP)
                dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
                time.sleep(POLL + 2.0)
                process.send_signal(signal.SIGCONT)
                until(lambda: alerts(dovecot), within=POLL / 2 - 0.5)
            finally:
                process.kill()
