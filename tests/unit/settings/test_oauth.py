"""The table [mailbox.oauth]: what it takes, and the sentence for each way to get it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.settings import Settings, load

START = """
[[mailbox]]
name = "work"
address = "anna@firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna@firm.example"
"""
MICROSOFT = '[mailbox.oauth]\nprovider = "microsoft"\nclient_id = "1-2"\n'
GOOGLE = '[mailbox.oauth]\nprovider = "google"\n'
APPLICATION = 'flow = "application"\n'


def loaded(directory: Path, text: str) -> Settings:
    """The settings of a file that only its owner can read."""
    path = directory / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load(path)


@pytest.mark.parametrize(
    "table",
    [
        MICROSOFT,
        MICROSOFT + 'tenant = "firm.example"\nscopes = ["a", "b"]\nauthority = "https://login.example"\n',
        MICROSOFT + APPLICATION + 'tenant = "firm.example"\npassword_env = "SECRET"\n',
        MICROSOFT + APPLICATION + 'tenant = "firm.example"\ncertificate_file = "~/app.pem"\n',
        GOOGLE + 'client_id = "x"\npassword_file = "~/secret"\n',
        GOOGLE + APPLICATION + 'service_account_file = "~/account.json"\n',
    ],
)
def test_each_way_is_taken(tmp_path: Path, table: str) -> None:
    """Both providers, for a person and for an administrator."""
    (box,) = loaded(tmp_path, START + table).mailbox

    assert box.oauth is not None
    assert 0 == box.imap.ways()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "give exactly one of password_command"),
        ('auth = "token"\n', "give exactly one of password_command"),
        ('password_env = "P"\n' + MICROSOFT, "no password_... and no auth line in [mailbox.imap]"),
        ('auth = "oauth"\n' + MICROSOFT, "'password' or 'token'"),
        ('[mailbox.oauth]\nprovider = "microsoft"\n', "give client_id"),
        ('[mailbox.oauth]\nprovider = "yahoo"\n', "'microsoft' or 'google'"),
        (MICROSOFT + 'client_secret = "hush"\n', "'mailbox.oauth.client_secret' is not a setting"),
        (MICROSOFT + 'password_env = "P"\n', 'is for flow = "application"'),
        (MICROSOFT + 'service_account_file = "x"\n', "service_account_file is for Google"),
        (MICROSOFT + APPLICATION, "needs tenant"),
        (MICROSOFT + APPLICATION + 'tenant = "firm.example"\n', "needs certificate_file or one of"),
        (MICROSOFT + 'authority = "http://login.example"\n', "mailbox.oauth.authority"),
        (MICROSOFT + 'tenant = "a/b"\n', "mailbox.oauth.tenant"),
        (GOOGLE + 'client_id = "x"\n', "for the secret that Google has made with it"),
        (GOOGLE + 'password_env = "P"\n', "give client_id"),
        (GOOGLE + 'certificate_file = "x"\n', "certificate_file is for Microsoft"),
        (GOOGLE + APPLICATION, "needs service_account_file"),
        (
            GOOGLE + 'client_id = "x"\npassword_env = "P"\nservice_account_file = "x"\n',
            'for flow = "application"',
        ),
    ],
)
def test_each_mistake_has_its_sentence(tmp_path: Path, table: str, sentence: str) -> None:
    """What is given twice, what lacks and what belongs elsewhere; no value that could be a secret."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, START + table)

    assert sentence in str(caught.value)
    assert "hush" not in str(caught.value)
