"""The stage of the demo: the embedded server, the daemon beside it, and the owner's view of the inbox."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from scanner.demo import sample
from scanner.demo.server import DemoServer
from scanner.mailbox.imap import ImapEndpoint, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from scanner.demo.opened import Opened, Runs

    OpenMailbox = Callable[[Path], AbstractContextManager[Opened]]

USER: Final = "marta"
PASSWORD: Final = "demo-only"  # noqa: S105 - of a server that lives in this process alone
LEARNT: Final = "learnt"
_PAUSE: Final = 0.05

_CONFIG: Final = """\
[[mailbox]]
name = "demo"
address = "{address}"
language = "en"  # like the words of the demo; the default is the language that the owner mostly writes

[mailbox.imap]
host = "{host}"
port = {port}
security = "cleartext-i-know-it-is-readable"  # it never leaves this machine
username = "{user}"
password_file = "{password_file}"

[watch]
poll_seconds = 1

[state]
dir = "{state}"
"""
_CONFIG_KEPT: Final = """
[policy]
daily_cap = 50  # instead of 3, so that one can go on trying
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that plays in the demo. `guard` holds the daemon's end, if it came too soon."""

    server: DemoServer
    opened: Opened
    inbox: Inbox
    guard: Guard


class Guard:
    """The daemon in a thread of its own, as the process `oopsee run` would be."""

    def __init__(self, daemon: Runs) -> None:
        self._daemon = daemon
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="demo-daemon", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End as on SIGTERM."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what ended the daemon, if anything has."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._daemon.run(self._stop)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that looks on, by `check`
            self._failure = error


class Inbox:
    """What the owner's own mail program sees: new mail in the inbox, over a connection of its own."""

    def __init__(self, server: DemoServer) -> None:
        self._session = Session(
            ImapEndpoint(
                host=server.host,
                port=server.port,
                username=server.user,
                secret=lambda: server.password,
                security="cleartext",
            ),
            clock=time.monotonic,
        )
        self._last = 0

    def open(self) -> None:
        """Connect, and take all that lies there as seen."""
        self._session.connect()
        self._last = self._session.examine(sample.INBOX).uidnext - 1

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def new(self) -> list[EmailMessage]:
        """What has come in since the last look."""
        self._session.noop()
        found = [uid for uid in self._session.search(["UID", f"{self._last + 1}:*"]) if uid > self._last]
        rows = self._session.fetch(found, ["BODY.PEEK[]"]) if found else {}
        mails = []
        for uid in sorted(rows):
            self._last = uid
            mail = message_from_bytes(rows[uid][b"BODY[]"], policy=policy.default)
            assert isinstance(mail, EmailMessage)  # noqa: S101 - for the type checker: the policy says so
            mails.append(mail)
        return mails


@contextmanager
def stage(
    open_mailbox: OpenMailbox, messages: list[tuple[str, bytes]], now: datetime, *, keep: bool
) -> Iterator[Stage]:
    """Set the stage and clear it away: nothing is left on the disk, whatever happens in between.

    Where the demo is kept running, the daily cap alone differs from the defaults.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(prefix="oopsee-demo-")))
        server = stack.enter_context(DemoServer(user=USER, password=PASSWORD))
        server.prefill([(folder, raw, now) for folder, raw in messages])
        opened = stack.enter_context(open_mailbox(write_config(place, server, keep=keep)))
        inbox = Inbox(server)
        inbox.open()
        stack.callback(inbox.close)
        guard = Guard(opened.daemon)
        guard.start()
        stack.callback(guard.stop)
        yield Stage(server, opened, inbox, guard)


def write_config(place: Path, server: DemoServer, *, keep: bool) -> Path:
    """Write a configuration as a user would, with the password in a file beside it."""
    password = place / "password"
    config = place / "config.toml"
    for path in (password, config):
        path.touch(mode=0o600)
    password.write_text(server.password + "\n", encoding="utf-8")
    config.write_text(
        _CONFIG.format(
            address=sample.owner.address,
            host=server.host,
            port=server.port,
            user=server.user,
            password_file=password,
            state=place / "state",
        )
        + (_CONFIG_KEPT if keep else ""),
        encoding="utf-8",
    )
    return config


def wait_for(condition: Callable[[], bool], guard: Guard, seconds: float) -> bool:
    """Look again and again until the condition holds; False where it did not within the time."""
    until = time.monotonic() + seconds
    while not condition():
        guard.check()
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True
