"""A renewal that is cut off between the provider's answer and the disk: what is left, and what is said."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanner.errors import ConnectError, LoginError, ThrottledError
from scanner.oauth import KeptInFile, Tokens
from scanner.oauth.microsoft import IMAP_SCOPE, MicrosoftUser
from tests.fake_provider import CLIENT, TENANT, FakeProvider, error
from tests.integration.daemon.harness import until

HOUR = 3600.0

CHILD = """
    import os, signal, sys, time
    from pathlib import Path
    from scanner.oauth import KeptInFile, Tokens
    from scanner.oauth.microsoft import MicrosoftUser

    # A shell that runs the tests in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    class Dying(KeptInFile):
        saves = 0

        def save(self, text):
            Dying.saves += 1
            if Dying.saves > 1:  # the first says that a renewal is under way
                {end}
            super().save(text)

    user = MicrosoftUser("work", {client!r}, {tenant!r}, "anna", ({scope!r},), {url!r}, 20.0)
    kept = Dying(Path({directory!r}), "work")
    tokens = Tokens(user, kept, mailbox="work", clock=lambda: time.time() + 3600)
    print("up", flush=True)
    {use}
"""


@pytest.fixture
def tokens(there: FakeProvider, tmp_path: Path) -> Tokens:
    """A login whose access token has come to its end."""
    user = MicrosoftUser("work", CLIENT, TENANT, "anna", (IMAP_SCOPE,), there.url, 5.0)
    kept = KeptInFile(tmp_path / "tokens", "work")
    Tokens(user, kept, mailbox="work", clock=time.time).login(user, lambda _: None)
    return Tokens(user, kept, mailbox="work", clock=lambda: time.time() + HOUR)


@contextmanager
def child(there: FakeProvider, tmp_path: Path, *, end: str, use: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that renews the login and comes to an `end` before the new one is on the disk."""
    code = textwrap.dedent(CHILD).format(
        end=end, use=use, client=CLIENT, tenant=TENANT, scope=IMAP_SCOPE, url=there.url,
        directory=str(tmp_path / "tokens"),
    )  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def cut_off(there: FakeProvider, tmp_path: Path) -> None:
    """SIGKILL when the answer has come, before it is written."""
    before = len(there.asked)
    with child(there, tmp_path, end="os.kill(os.getpid(), signal.SIGKILL)", use="tokens()") as process:
        assert -signal.SIGKILL == process.wait(30)
    assert len(there.asked) == before + 1


def test_where_the_provider_takes_the_old_one_for_a_while_nothing_is_lost(
    there: FakeProvider, tokens: Tokens, tmp_path: Path
) -> None:
    """The login from before the kill is still on the disk, and brings the next one."""
    there.tolerant = True
    cut_off(there, tmp_path)
    given = tokens()
    table = json.loads((tmp_path / "tokens" / "work.json").read_text("utf-8"))

    assert (given, False) == (table["token"], "renewing" in table)
    assert 0 == there.reused


def test_where_it_does_not_the_owner_is_told_what_happened(
    there: FakeProvider, tokens: Tokens, tmp_path: Path
) -> None:
    """Not only that the login has ended: nobody has to look for a revocation that never was."""
    cut_off(there, tmp_path)
    with pytest.raises(LoginError, match="An earlier renewal of the login was cut off") as caught:
        tokens()

    assert "Run 'oopsee login work'." == caught.value.remedy


def test_a_revoked_login_that_was_not_cut_off_is_said_to_be_revoked(
    there: FakeProvider, tokens: Tokens
) -> None:
    """The other sentence."""
    there.revoke()
    with pytest.raises(LoginError, match="The login at Microsoft has expired or was revoked") as caught:
        tokens()

    assert "cut off" not in str(caught.value)


def test_an_answer_that_never_came_counts_as_cut_off(
    there: FakeProvider, tokens: Tokens, tmp_path: Path
) -> None:
    """The provider may have given the next one all the same."""

    def garbage(_: dict[str, str]) -> tuple[int, bytes]:
        return 200, b"<html>"

    usual: Callable[[dict[str, str]], None] = there.reply  # type: ignore[assignment]
    there.reply = garbage
    with pytest.raises(ConnectError):
        tokens()
    assert '"renewing": true' in (tmp_path / "tokens" / "work.json").read_text("utf-8")
    there.reply = usual

    assert tokens()
    assert '"renewing"' not in (tmp_path / "tokens" / "work.json").read_text("utf-8")


def test_a_provider_that_was_not_reached_has_given_nothing(
    there: FakeProvider, tokens: Tokens, tmp_path: Path
) -> None:
    """A machine without a network does not doubt its login; nor where the provider says no."""
    there.reply = lambda _: error("temporarily_unavailable", "later")
    with pytest.raises(ThrottledError):
        tokens()
    after_no = (tmp_path / "tokens" / "work.json").read_text("utf-8")
    there.__exit__()
    with pytest.raises(ConnectError, match="cannot be reached"):
        tokens()

    assert '"renewing"' not in after_no
    assert '"renewing"' not in (tmp_path / "tokens" / "work.json").read_text("utf-8")


def test_ctrl_c_waits_for_the_answer(there: FakeProvider, tokens: Tokens, tmp_path: Path) -> None:
    """The command ends, and what the provider gave meanwhile is on the disk."""
    there.delay = 1.0
    before = len(there.asked)
    with child(there, tmp_path, end="pass", use="tokens()") as process:
        marked = tmp_path / "tokens" / "work.json"
        until(lambda: '"renewing": true' in marked.read_text("utf-8"))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

    assert "KeyboardInterrupt" in said
    assert len(there.asked) == before + 1
    assert there.refresh_token in marked.read_text("utf-8")
    there.delay = 0.0
    assert tokens()
    assert 0 == there.reused


def test_a_stop_that_leaves_threads_behind_waits_for_the_answer(
    there: FakeProvider, tokens: Tokens, tmp_path: Path
) -> None:
    """As `oopsee run` ends where a server does not answer: without its threads, with the new login."""
    there.delay = 1.0
    use = (
        "import threading; from scanner.oauth.uninterrupted import settled; "
        "threading.Thread(target=tokens, daemon=True).start(); time.sleep(0.3); settled(30); os._exit(0)"
    )
    with child(there, tmp_path, end="pass", use=use) as process:
        assert 0 == process.wait(30)

    assert there.refresh_token in (tmp_path / "tokens" / "work.json").read_text("utf-8")
    there.delay = 0.0
    assert tokens()
    assert 0 == there.reused
