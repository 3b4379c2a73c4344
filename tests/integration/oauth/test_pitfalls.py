"""What people were not told when a token was refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scanner.cli.main import run
from tests.dovecot import Account
from tests.integration.oauth.test_login import configured
from tests.tokens import token


@pytest.mark.pitfall("ews-docs-100")
def test_check_says_whose_token_was_refused_and_what_it_allows(
    tmp_path: Path, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Principal, mailbox, permissions, and the words of a real server that refused the token."""
    said = []
    for scope in ("IMAP.AccessAsUser.All", "User.Read"):
        other = token("bruno@example.org", scope=scope, upn="bruno@example.org")
        command = f"{sys.executable} -c 'print(\\\"{other}\\\")'"
        path = configured(tmp_path, account, "", f'password_command = "{command}"\nauth = "token"\n')
        run(["check", "--config", str(path)])
        said.append(" ".join(capsys.readouterr().out.split()))
        assert other not in said[-1]

    assert f"refused the token of bruno@example.org for the mailbox of {account.user}:" in said[0], said[0]
    assert "refused the token, which allows only: User.Read." in said[1]
    assert all("It said: [AUTHENTICATIONFAILED]" in one for one in said)
