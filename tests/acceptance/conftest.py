"""The command as a user runs it: a configuration, a mailbox, a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dovecot import Account
from tests.people import OWNER

WRONG = "wrong@client.example"
"""The configuration of the tests says that the owner never writes to this address."""

CONFIG = """
[[mailbox]]
name = "work"
address = "{owner}"
delivery = "{delivery}"
[mailbox.imap]
host = "{host}"
port = {port}
security = "{security}"
username = "{user}"
password_env = "TEST_PASSWORD"
timeout_seconds = 10
{imap}
[policy]
daily_cap = 1000
forbidden_pairs = [["{owner}", "{wrong}"]]
[watch]
poll_seconds = 1
[state]
dir = "{state}"
[log]
format = "json"
"""


class Home:
    """A user's directory with a configuration for one account."""

    def __init__(self, directory: Path, account: Account) -> None:
        self.account = account
        self.path = directory / "config.toml"
        self.state = directory / "state"
        self.password = account.password
        self.write()

    def write(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        security: str = "cleartext-i-know-it-is-readable",
        imap: str = "",
        owner: str = OWNER,
        delivery: str = "append",
    ) -> None:
        """Write the configuration, by default one that works."""
        text = CONFIG.format(
            owner=owner,
            delivery=delivery,
            wrong=WRONG,
            host=host,
            port=port or self.account.server.port,
            security=security,
            user=self.account.user,
            imap=imap,
            state=self.state,
        )
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o600)

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OOPSEE_")}
        return clean | {"OOPSEE_CONFIG": str(self.path), "TEST_PASSWORD": self.password}

    def oopsee(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "scanner", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """`oopsee run` for the time of the block; it must end in order within five seconds of SIGTERM."""
        with subprocess.Popen(
            [sys.executable, "-m", "scanner", "run"], env=self.environment, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
                process.send_signal(signal.SIGTERM)
                assert process.stderr is not None
                process.communicate(timeout=5)
                assert 0 == process.returncode
            finally:
                process.kill()


@pytest.fixture
def home(tmp_path: Path, dovecot: Account) -> Home:
    """A configuration for a fresh user of the test server."""
    return Home(tmp_path, dovecot)
