"""A process that is killed at any moment neither loses nor doubles anything."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest

from scanner.store import MailboxStore, Store
from tests.dovecot import Account
from tests.integration.daemon.harness import WRONG, StubJudge, alerts, learnt, now, until
from tests.integration.daemon.test_daemon import Mailroom, mailroom
from tests.people import raw_mail

MAILS, KILLS = 100, 20
ROOT = Path(__file__).parents[3]

__all__ = ["mailroom"]


def start(path: Path, account: Account, smtp_port: int | None) -> subprocess.Popen[bytes]:
    """A daemon in a process of its own."""
    arguments = [str(path), str(account.server.port), account.user, *([str(smtp_port)] if smtp_port else [])]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.daemon.harness", *arguments],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def arriving(account: Account, pause: float) -> Iterator[None]:
    """A hundred mails come into Sent, every fourth to the wrong address, while the block runs."""

    def send() -> None:
        with account.server.connection(account.user) as line:
            for number in range(1, MAILS + 1):
                raw = raw_mail(number, to=[WRONG] if number % 4 == 0 else ["bruno@firm.example"], date=now())
                assert line.append("Sent", "\\Seen" if number % 2 else "", "", raw)[0] == "OK"
                time.sleep(pause)

    thread = threading.Thread(target=send)
    thread.start()
    yield
    thread.join()


def kill_at_random(
    path: Path, account: Account, store: MailboxStore, *, seed: int, smtp_port: int | None = None
) -> None:
    """Let mail arrive, kill the daemon at twenty random moments, then let it finish."""
    chance = random.Random(seed)
    process = start(path, account, smtp_port)
    until(lambda: learnt(store))
    with arriving(account, 0.13):
        for _ in range(KILLS):
            # From while it starts until well into its work.
            time.sleep(chance.uniform(0.2, 1.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start(path, account, smtp_port)
    passes = store.health()["pass"].count
    until(lambda: len(store.verdicts()) >= MAILS and not store.waiting(), within=60)
    until(lambda: store.health()["pass"].count > passes)
    process.send_signal(signal.SIGTERM)
    process.wait(5)
    assert 0 == process.returncode


def wrong_ids() -> list[str]:
    """The ids of the messages that must be alerted."""
    return [f"<{number:06d}@firm.example>" for number in range(1, MAILS + 1) if number % 4 == 0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state lives."""
    return tmp_path / "state" / "oopsee.db"


@pytest.mark.timeout(300)
def test_every_mail_is_scored_once_and_every_alert_is_there_once(dovecot: Account, path: Path) -> None:
    """Twenty kills, a hundred mails; what was learnt is whole, flags and folders are untouched."""
    with Store.open(path) as opened:
        store = opened.mailbox("work")
        kill_at_random(path, dovecot, store, seed=1)
        verdicts = [one.verdict.message_id for one in store.verdicts()]
        state, entries = store.history()
    everything = [f"<{number:06d}@firm.example>" for number in range(1, MAILS + 1)]

    assert everything == sorted(verdicts)
    assert everything == sorted(StubJudge(state).learnt + [entry.decode() for entry in entries])
    assert wrong_ids() == sorted(str(message_from_bytes(raw)["In-Reply-To"]) for raw in alerts(dovecot))
    after = dovecot.server.state(dovecot.user)
    assert {"Drafts": 0, "INBOX": len(wrong_ids()), "Sent": MAILS} == {
        name: len(after[name]) for name in after
    }
    assert [("\\Seen",) if number % 2 else () for number in range(1, MAILS + 1)] == [
        tuple(flag for flag in one.flags if flag != "\\Recent") for one in after["Sent"]
    ]


@pytest.mark.timeout(300)
def test_by_smtp_no_alert_is_lost_and_a_repeat_bears_the_same_id(
    dovecot: Account, path: Path, mailroom: tuple[Mailroom, int]
) -> None:
    """SMTP cannot be asked what it has; so an alert may come twice, and is recognised as the same."""
    room, port = mailroom
    with Store.open(path) as opened:
        kill_at_random(path, dovecot, opened.mailbox("work"), seed=2, smtp_port=port)
    taken = [message_from_bytes(raw) for _, raw in room.taken]
    ids = {(str(mail["In-Reply-To"]), str(mail["Message-ID"])) for mail in taken}

    assert wrong_ids() == sorted(about for about, _ in ids)
    assert KILLS >= max(Counter(str(mail["Message-ID"]) for mail in taken).values())
