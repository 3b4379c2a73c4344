"""With tokens and a password for sending, through every fault at once: no secret is seen anywhere."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from scanner.cli.main import run
from tests.acceptance.conftest import WRONG
from tests.dovecot import Account, Dovecot, free_port
from tests.fake_provider import CLIENT, TENANT, FakeProvider
from tests.integration.daemon.harness import until
from tests.people import OWNER, raw_mail
from tests.tokens import KEY, token
from tests.unit.alert import servers

SMTP_SECRET = "smtp-s3cret-of-anna"

CONFIG = """
[[mailbox]]
name = "work"
address = "{owner}"
delivery = "smtp"
[mailbox.imap]
host = "127.0.0.1"
port = {imap}
security = "cleartext-i-know-it-is-readable"
username = "anna"
timeout_seconds = 5
[mailbox.oauth]
provider = "microsoft"
client_id = "{client}"
tenant = "{tenant}"
authority = "{authority}"
[mailbox.smtp]
host = "127.0.0.1"
port = {smtp}
ca_file = "{ca}"
username = "maria"
password_file = "{password}"
[policy]
forbidden_pairs = [["{owner}", "{wrong}"]]
[watch]
poll_seconds = 1
[health]
metrics_port = {metrics}
notice_minutes = 0
[state]
dir = "{state}"
[log]
level = "debug"
"""


@dataclass
class Office:
    """A mailbox that is reached by tokens, a server for sending, and the configuration for both."""

    here: Path
    server: Dovecot
    provider: FakeProvider
    post: servers.Post
    metrics: int

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.here / "state"

    @property
    def environment(self) -> dict[str, str]:
        """What the daemon finds."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OOPSEE_")}
        return clean | {
            "OOPSEE_CONFIG": str(self.here / "config.toml"),
            "OOPSEE_DEBUG": "1",
            "REQUESTS_CA_BUNDLE": str(self.provider.certificate),
        }

    def secrets(self) -> list[str]:
        """Everything that must be seen nowhere: all tokens that were ever given, and the passwords."""
        return [SMTP_SECRET, "the-device-code", *self.given]

    @property
    def given(self) -> list[str]:
        """The tokens of the provider."""
        refresh = [f"refresh-{number}" for number in range(1, 20)]
        return [*refresh, *self.minted]

    minted: tuple[str, ...] = ()

    def mint(self) -> str:
        """One more access token."""
        made = token("anna", n=len(self.minted))
        self.minted += (made,)
        return made


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """All of it running, and somebody who has logged in."""
    with ExitStack() as stack:
        server = stack.enter_context(Dovecot(users=["anna"], token_key=KEY))
        (tmp_path / "provider").mkdir()
        provider = stack.enter_context(FakeProvider(tmp_path / "provider"))
        post = servers.Post()
        ca, tls = servers.certificate(tmp_path)
        smtp = stack.enter_context(servers.smtp(post, starttls=tls, auth=True))
        office = Office(tmp_path, server, provider, post, free_port())
        provider.mint = office.mint
        password = tmp_path / "password"
        password.write_text(f"{SMTP_SECRET}\n", encoding="utf-8")
        config = tmp_path / "config.toml"
        config.write_text(
            CONFIG.format(
                owner=OWNER, imap=server.port, client=CLIENT, tenant=TENANT, authority=provider.url,
                smtp=smtp, ca=ca, password=password, wrong=WRONG, metrics=office.metrics, state=office.state,
            ),
            encoding="utf-8",
        )  # fmt: skip
        for path in (password, config):
            path.chmod(0o600)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(provider.certificate))
        monkeypatch.setenv("OOPSEE_CONFIG", str(config))
        assert 0 == run(["login", "work"])
        yield office


def kept(office: Office) -> bytes:
    """All that lies in the state directory, the login itself left out."""
    files = [path for path in office.state.rglob("*") if path.is_file() and path.name != "work.json"]
    return b"".join(path.read_bytes() for path in files)


def expire(office: Office) -> None:
    """Let the access token be near its end, so that the next login renews it."""
    path = office.state / "tokens" / "work.json"
    table = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(table | {"expires": table["obtained"]}), "utf-8")


def test_no_token_and_no_password_is_seen_through_every_fault(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    """A refused login for sending, a lost server, a garbled answer, a revoked login; loud logs."""
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "--debug", "run"],
        env=office.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            until(lambda: b"learnt" in kept(office))
            account = Account(office.server, "anna")
            account.append("Sent", raw_mail(1, to=[WRONG], date=datetime.now(UTC)))
            until(lambda: office.post.logins)  # and it is refused: the server knows another password
            proc = Path(f"/proc/{process.pid}")
            seen = [(proc / "cmdline").read_bytes(), (proc / "environ").read_bytes()]
            office.provider.reply = lambda fields: (400, json.dumps(fields).encode())
            expire(office)
            office.server.restart()
            until(lambda: len(office.provider.asked) > 1)
            office.provider.reply = lambda _: None
            office.provider.revoke()
            until(lambda: "has expired or was revoked" in _status(office))
            with build_opener(ProxyHandler({})).open(
                f"http://127.0.0.1:{office.metrics}/metrics", timeout=10
            ) as answer:
                seen.append(answer.read())
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=20)
    for command in (["check"], ["status"], ["status", "--json"], ["--debug", "check"]):
        run(command)
    told = "".join(capfd.readouterr())
    seen += [said.encode(), told.encode(), kept(office), *office.post.arrived]

    assert [(servers.USERNAME, SMTP_SECRET)] == sorted(set(office.post.logins))
    assert "refused the login for sending" in said
    assert "has expired or was revoked" in told
    assert [] == [secret for secret in office.secrets() for place in seen if secret.encode() in place]


def _status(office: Office) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "status", "--json"],
        env=office.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_what_is_written(office: Office, umask: int) -> None:
    """Whatever the umask: each directory has mode 0700 and each file 0600, the login among them."""
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "run"],
        env=office.environment,
        stderr=subprocess.DEVNULL,
        umask=umask,
    ) as process:
        try:
            until(lambda: b"learnt" in kept(office))
            modes = {
                (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
                for path in [office.state, *office.state.rglob("*")]
            }
        finally:
            process.terminate()
            process.wait(20)

    assert {(True, 0o700), (False, 0o600)} == modes
