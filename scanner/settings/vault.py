"""Passwords that somebody else keeps: the keyring of the desktop, and the credentials of systemd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scanner.errors import ConfigError
from scanner.extras import install

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The variable by which systemd names the directory of a unit's credentials (systemd.exec(5))."""


def from_keyring(service: str, username: str) -> str:
    """The password that the keyring keeps for this service and user, the first line of it.

    Raises `ConfigError` where the library is not installed, the machine has no keyring, it is
    locked, or it does not hold the password.
    """
    try:
        import keyring  # noqa: PLC0415  an extra, and slow to import
        from keyring.errors import KeyringError, KeyringLocked, NoKeyringError  # noqa: PLC0415
    except ImportError:
        message = "password_keyring needs the Python library keyring, which is not installed."
        raise ConfigError(message, remedy=f"Run: {install('keyring')}") from None
    try:
        found = keyring.get_password(service, username)
    except NoKeyringError:
        message = "This machine has no keyring that Oopsee could ask for a password."
        raise ConfigError(
            message,
            remedy="On a server use password_command, password_file or password_credential instead.",
        ) from None
    except KeyringLocked:
        message = f"The keyring that holds the password of {service} is locked."
        raise ConfigError(
            message, remedy="Unlock it; it is open while the user is logged in at the desktop."
        ) from None
    except KeyringError as error:
        message = f"The keyring did not give the password of {service} ({type(error).__name__})."
        raise ConfigError(
            message, remedy=f"Try 'keyring get {service} {username}' as the same user."
        ) from None
    if found is None:
        message = f"The keyring holds no password of {service} for {username}."
        raise ConfigError(message, remedy=f"Put it there: keyring set {service} {username}")
    return found


def from_credential(name: str, environ: Mapping[str, str]) -> str:
    """The text of a systemd credential of this unit.

    Who may read it is systemd's affair: it lies in memory that only the unit sees, under an access
    list that makes its plain mode look wider than it is.
    """
    directory = environ.get(CREDENTIALS, "")
    if not directory:
        message = f"The credential {name} cannot be read: systemd gave this process no credentials."
        raise ConfigError(
            message, remedy=f"Start Oopsee as a unit with LoadCredential={name}:/path/to/the/password."
        )
    path = Path(directory) / name
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        message = f"systemd gave this unit no credential {name}."
        raise ConfigError(
            message,
            remedy=f"Add LoadCredential={name}:/path/to/the/password to the unit ('systemctl edit').",
        ) from None
    except UnicodeDecodeError:
        message = f"The credential {name} is no UTF-8 text."
        raise ConfigError(message, remedy="Save the password as UTF-8.") from None
    except OSError as error:
        message = f"The credential {name} cannot be read: {error.strerror}."
        raise ConfigError(message, remedy="Check the unit's LoadCredential= lines.") from None


def is_credential(path: Path, environ: Mapping[str, str]) -> bool:
    """Whether the file lies in the directory of this unit's credentials."""
    directory = environ.get(CREDENTIALS, "")
    return bool(directory) and path.parent.absolute() == Path(directory).absolute()
