"""`oopsee login` and `oopsee check`, from the configuration to a mailbox that opens."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from scanner.cli.main import run
from tests.dovecot import Account
from tests.fake_provider import CLIENT, SECRET, TENANT, FakeProvider, service_account_key
from tests.tokens import token


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state directory."""
    return tmp_path / "state"


def configured(tmp_path: Path, account: Account, oauth: str, imap: str = "") -> Path:
    """A configuration for the fresh user."""
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
[[mailbox]]
name = "work"
address = "{account.user}"
[mailbox.imap]
host = "localhost"
port = {account.server.port}
username = "{account.user}"
security = "cleartext-i-know-it-is-readable"
{imap}
{oauth}
[state]
dir = "{tmp_path / "state"}"
""",
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


def microsoft(there: FakeProvider, more: str = "") -> str:
    """The table for the provider of the test."""
    return (
        f'[mailbox.oauth]\nprovider = "microsoft"\nclient_id = "{CLIENT}"\ntenant = "{TENANT}"\n'
        f'authority = "{there.url}"\n{more}'
    )


def test_a_person_logs_in_and_the_mailbox_is_tried(
    tmp_path: Path, state: Path, account: Account, there: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """A code to type, where the login lies, and that the mail server takes it; later logins ask nobody."""
    path = configured(tmp_path, account, microsoft(there))

    assert 0 == run(["login", "work", "--config", str(path)])

    out = capsys.readouterr().out
    kept = state / "tokens" / "work.json"
    assert f"Open {there.url}/device in a browser and type the code ABCD-EFGH there." in out
    assert f"ok    Microsoft: the login is kept in {kept}" in out
    assert f"ok    localhost lets us into the mailbox of {account.user}" in out
    assert 0o600 == stat.S_IMODE(kept.stat().st_mode)
    asked = len(there.asked)
    run(["check", "--config", str(path)])
    checked = capsys.readouterr().out
    assert "ok    work, connection and login" in checked
    assert f"ok    state: {state}" in checked
    assert asked == len(there.asked)


def test_before_the_login_the_command_is_named(
    tmp_path: Path, account: Account, there: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """`oopsee check` says what to type."""
    path = configured(tmp_path, account, microsoft(there))
    run(["check", "--config", str(path)])

    assert "What to do: Run 'oopsee login work'." in capsys.readouterr().out


def test_a_login_that_the_mail_server_refuses_ends_with_3(
    tmp_path: Path, account: Account, there: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """The account that logged in is not the one whose mailbox it is."""
    there.mint = lambda: token("bruno@example.org", n=len(there.asked), scope="imap")
    path = configured(tmp_path, account, microsoft(there))

    assert 3 == run(["login", "work", "--config", str(path)])
    assert "refused the token" in capsys.readouterr().err


def test_an_application_is_tried_without_a_login(
    tmp_path: Path,
    state: Path,
    account: Account,
    there: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Client credentials: nobody types anything, nothing is kept on the disk."""
    monkeypatch.setenv("APP_SECRET", SECRET)
    path = configured(
        tmp_path, account, microsoft(there, 'flow = "application"\npassword_env = "APP_SECRET"\n')
    )

    assert 0 == run(["login", "--config", str(path)])
    assert f"ok    localhost lets us into the mailbox of {account.user}" in capsys.readouterr().out
    assert not (state / "tokens").exists()


def test_a_command_that_prints_a_token_needs_no_login(
    tmp_path: Path, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """`auth = "token"`: check works, and `login` says that there is nothing to do."""
    command = f"{sys.executable} -c 'print(\\\"{token(account.user)}\\\")'"
    path = configured(tmp_path, account, "", f'password_command = "{command}"\nauth = "token"\n')
    run(["check", "--config", str(path)])

    assert "ok    work, connection and login" in capsys.readouterr().out
    assert 2 == run(["login", "--config", str(path)])
    assert "logs in with a password or a command" in capsys.readouterr().err


def test_a_login_can_be_forgotten(
    tmp_path: Path, state: Path, account: Account, there: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is gone, and the user is told where else to end it."""
    path = configured(tmp_path, account, microsoft(there))
    run(["login", "--config", str(path)])

    assert 0 == run(["login", "--forget", "--config", str(path)])
    assert "forgotten here" in capsys.readouterr().out
    assert not (state / "tokens" / "work.json").exists()


def test_nothing_secret_is_printed(
    tmp_path: Path, account: Account, there: FakeProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even with --debug, when the login is refused later."""
    path = configured(tmp_path, account, microsoft(there))
    minted: list[str] = []

    def mint() -> str:
        minted.append(token(account.user, seconds=-60 if minted else 600, n=len(minted)))
        return minted[-1]

    there.mint = mint
    run(["--debug", "login", "--config", str(path)])
    run(["--debug", "login", "--config", str(path)])

    shown = "".join(capfd.readouterr())
    assert "refused the token" in shown
    assert "Traceback" in shown
    for secret in (*minted, "refresh-", "the-device-code"):
        assert secret not in shown


def test_a_service_account_is_tried_without_a_login(
    tmp_path: Path, account: Account, there: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Google, for an administrator: the key file says where tokens are had."""
    key = tmp_path / "account.json"
    key.write_text(service_account_key(f"{there.url}/token"))
    key.chmod(0o600)
    oauth = f'[mailbox.oauth]\nprovider = "google"\nflow = "application"\nservice_account_file = "{key}"\n'
    path = configured(tmp_path, account, oauth)

    assert 0 == run(["login", "--config", str(path)])
    assert f"lets us into the mailbox of {account.user}" in capsys.readouterr().out
    key.chmod(0o644)
    assert 2 == run(["login", "--config", str(path)])
    assert "The key file" in capsys.readouterr().err
