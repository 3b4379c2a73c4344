"""`oopsee demo` as a user runs it: the shipped model, the default budget, no terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.demo import sample
from scanner.mailbox.imap import ImapEndpoint, Session

COMMAND = [sys.executable, "-m", "scanner", "demo"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user's environment whose temporary files can be counted afterwards."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OOPSEE_")}
    return clean | {"TMPDIR": str(tmp_path), "COLUMNS": "80"}


@pytest.fixture
def kept(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A demo that stays running until the test ends it."""
    with subprocess.Popen(
        [*COMMAND, "--keep"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


def told_until(process: subprocess.Popen[str], words: str) -> str:
    """What the process writes until a line that holds the words."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if words in line:
            return told
    raise AssertionError(told)


def test_the_shipped_model_does_the_job(environment: dict[str, str], tmp_path: Path) -> None:
    """Three mistakes are alerted in the inbox, two harmless mails are not; nothing is left behind."""
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=150, check=False)
    words = " ".join(done.stdout.split())

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "3 of 3 mistakes alerted" in words
    assert "0 of 2 harmless mails alerted" in words
    assert 3 == done.stdout.count("Oopsee <marta.hofer@hofer-conti.example>")
    assert "" == done.stderr
    assert [] == list(tmp_path.iterdir())


def test_it_can_be_kept_and_looked_at(kept: subprocess.Popen[str], tmp_path: Path) -> None:
    """With --keep the mailbox is reached as printed and further mistakes are told; Ctrl-C ends it."""
    told = told_until(kept, "  address  ")
    found = dict(re.findall(r"^  (IMAP server|user|password) +(.+)$", told, flags=re.MULTILINE))
    host, port = re.fullmatch(r"(\S+), port (\d+)", found["IMAP server"]).groups()  # type: ignore[union-attr]
    endpoint = ImapEndpoint(
        host, int(port), found["user"], secret=lambda: found["password"], security="cleartext"
    )
    (slip,) = [send for send in sample.live(datetime.now(UTC)) if send.key == "spoken-of"]
    raw = slip.raw.replace(b"karen@whitfielddunne.example", b"tom.ashwort@hofer-conti.example").replace(
        b"Message-ID: <", b"Message-ID: <x"
    )
    with Session(endpoint, clock=time.monotonic) as session:
        session.append("Sent", raw, ["\\Seen"], None)
        session.examine("INBOX")
        until = time.monotonic() + 30
        while not session.search(["HEADER", "In-Reply-To", "<x" + slip.message_id.removeprefix("<")]):
            assert time.monotonic() < until
            session.noop()
            time.sleep(0.1)
    told_until(kept, "tom.ashwort@")
    kept.send_signal(signal.SIGINT)
    rest, _ = kept.communicate(timeout=10)

    assert "Where to go next" in rest
    assert kept.returncode in (0, 1)
    assert [] == list(tmp_path.iterdir())


def test_a_kill_leaves_nothing_behind(kept: subprocess.Popen[str], tmp_path: Path) -> None:
    """SIGTERM in the middle ends the demo in order."""
    told_until(kept, "Marta sends mail 1")
    kept.terminate()
    kept.communicate(timeout=10)

    assert 130 == kept.returncode
    assert [] == list(tmp_path.iterdir())
