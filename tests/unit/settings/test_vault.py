"""Passwords out of a keyring and out of systemd's credentials, and what is said when they do not come."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, KeyringLocked

from scanner.errors import ConfigError
from scanner.extras import install
from scanner.settings import load, secret
from scanner.settings.vault import CREDENTIALS


class Ring(KeyringBackend):
    """A keyring in memory that can be locked or broken."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: KeyringError | None = None

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept, or the trouble."""
        if self.trouble is not None:
            raise self.trouble
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    """The keyring of this machine for the time of a test."""
    before, mine = keyring.get_keyring(), Ring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A directory as systemd makes one."""
    directory = tmp_path / "credentials"
    directory.mkdir(mode=0o500)
    directory.chmod(0o700)
    return directory


def from_ring() -> str:
    """The password as the daemon asks for it."""
    return secret(keyring="oopsee-work", username="anna")()


def test_the_keyring_yields_the_password_of_service_and_user(ring: Ring) -> None:
    """Another user's password under the same service is another password."""
    ring.kept = {("oopsee-work", "anna"): "hunter2", ("oopsee-work", "ben"): "other"}

    assert "hunter2" == from_ring()


def test_a_changed_password_in_the_keyring_counts_at_the_next_login(ring: Ring) -> None:
    """Nothing is kept between two logins."""
    ring.kept["oopsee-work", "anna"] = "old"
    ask = secret(keyring="oopsee-work", username="anna")
    ask()
    ring.kept["oopsee-work", "anna"] = "new"

    assert "new" == ask()


@pytest.mark.parametrize(
    ("trouble", "sentence", "remedy"),
    [
        (None, "holds no password of oopsee-work for anna", "keyring set oopsee-work anna"),
        (KeyringLocked("hunter2"), "is locked", "Unlock it"),
        (KeyringError("hunter2"), "did not give the password of oopsee-work", "keyring get oopsee-work anna"),
    ],
)
def test_a_keyring_that_gives_nothing_is_explained(
    ring: Ring, trouble: KeyringError | None, sentence: str, remedy: str
) -> None:
    """Each kind of trouble has its sentence and its remedy, without the keyring's own words."""
    ring.trouble = trouble
    with pytest.raises(ConfigError) as caught:
        from_ring()

    assert sentence in str(caught.value)
    assert remedy in caught.value.remedy
    assert "hunter2" not in str(caught.value)


def test_an_empty_entry_of_the_keyring_is_no_password(ring: Ring) -> None:
    """An empty password is never tried."""
    ring.kept["oopsee-work", "anna"] = ""
    with pytest.raises(ConfigError, match="gives no password"):
        from_ring()


@pytest.mark.usefixtures("ring")
def test_a_machine_without_a_keyring_is_told() -> None:
    """The remedy names the ways that a server has."""
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    with pytest.raises(ConfigError, match="has no keyring") as caught:
        from_ring()

    assert "password_credential" in caught.value.remedy


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is the command that installs it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        from_ring()

    assert install("keyring") in caught.value.remedy


def test_a_credential_yields_its_first_line(credentials: Path) -> None:
    """The file may show a wide mode: systemd grants access by a list, and guards the directory."""
    (credentials / "password").write_text("hunter2\nnote\n", encoding="utf-8")
    (credentials / "password").chmod(0o440)

    assert "hunter2" == secret(credential="password", environ={CREDENTIALS: str(credentials)})()


def test_without_systemd_there_is_no_credential() -> None:
    """The remedy says how a unit gets one."""
    with pytest.raises(ConfigError, match="gave this process no credentials") as caught:
        secret(credential="password", environ={})()

    assert "LoadCredential=password:" in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "gave this unit no credential password"),
        (b"", "gives no password"),
        (b"\xff\xfe\x00", "no UTF-8"),
    ],
)
def test_a_credential_without_a_password_is_explained(
    credentials: Path, content: bytes | None, sentence: str
) -> None:
    """Missing, empty, of another encoding: each has its sentence."""
    if content is not None:
        (credentials / "password").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        secret(credential="password", environ={CREDENTIALS: str(credentials)})()

    assert sentence in str(caught.value)


def test_a_credential_that_is_a_directory_is_explained(credentials: Path) -> None:
    """There is a sentence and no traceback."""
    (credentials / "password").mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        secret(credential="password", environ={CREDENTIALS: str(credentials)})()


CONFIG = """
[[mailbox]]
name = "work"
address = "anna@firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna"
password_credential = "{name}"
"""


@pytest.mark.parametrize("name", ["../config", "/etc/shadow", "..", "a/b", ".hidden"])
def test_a_credential_is_a_name_and_no_path(tmp_path: Path, name: str) -> None:
    """What would leave the directory of the credentials is refused with the configuration."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(name=name), encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="password_credential"):
        load(path)


def test_the_configuration_itself_may_be_a_credential(
    credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under systemd it may show the mode of an access list; anywhere else the same mode is refused."""
    path = credentials / "config"
    path.write_text(CONFIG.format(name="password"), encoding="utf-8")
    path.chmod(0o440)
    with pytest.raises(ConfigError, match="open to other users"):
        load(path)
    monkeypatch.setenv(CREDENTIALS, str(credentials))

    assert "password" == load(path).mailbox[0].imap.password_credential
