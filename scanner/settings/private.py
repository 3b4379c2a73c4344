"""Files that hold secrets or name commands must be the user's own and closed to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scanner.errors import ConfigError
from scanner.settings.vault import is_credential


def private_text(path: Path, what: str) -> str:
    """The text of a file that nobody but the user can read or change.

    A systemd credential of this unit is taken as it is: systemd keeps it from others. `what` names
    the file in the sentence of an error, such as "The password file". Raises `ConfigError` where
    the file is missing, cannot be read, is no UTF-8, or is open to others.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not is_credential(path, os.environ):  # its mode shows the mask of an access list
                _refuse_open(status, path, what)
            return file.read().decode("utf-8-sig")
    except FileNotFoundError:
        message = f"{what} {path} does not exist."
        raise ConfigError(message, remedy=f"Make the file, and 'chmod 600 {path}'.") from None
    except IsADirectoryError:
        message = f"{what} {path} is a directory."
        raise ConfigError(message, remedy="Name the file itself.") from None
    except UnicodeDecodeError:
        message = f"{what} {path} is no UTF-8 text."
        raise ConfigError(message, remedy="Save the file as UTF-8.") from None
    except OSError as error:
        message = f"{what} {path} cannot be read: {error.strerror}."
        raise ConfigError(
            message, remedy=f"Make it readable for the user that runs Oopsee: {_whoami()}."
        ) from error


def _refuse_open(status: os.stat_result, path: Path, what: str) -> None:
    if status.st_uid not in {0, os.geteuid()}:
        message = f"{what} {path} belongs to another user."
        raise ConfigError(
            message,
            meaning="Whoever owns it could change what Oopsee runs and whose mail it reads.",
            remedy=f"Run 'chown {os.geteuid()} {path}' as root.",
        )
    if status.st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        message = f"{what} {path} is open to other users of this machine."
        raise ConfigError(
            message,
            meaning="They could learn how to get at your mail; nothing was read.",
            remedy=f"Run 'chmod 600 {path}'.",
        )


def _whoami() -> str:
    return f"user number {os.geteuid()}" if os.geteuid() else "root"
