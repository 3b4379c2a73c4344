"""Passwords: asked for at every login, from wherever the user keeps them; kept nowhere here."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import ConfigError
from scanner.settings.private import private_text
from scanner.settings.vault import from_credential, from_keyring

COMMAND_TIMEOUT = 60.0
"""Seconds a password command may take; long enough to type a passphrase."""


@dataclass(frozen=True)
class Secret:
    """Something that yields the password when called. Its representation names the way only."""

    way: str
    ask: Callable[[], str] = field(repr=False)

    def __call__(self) -> str:
        """The password. Raises `ConfigError` where it cannot be had."""
        return self.ask()


def secret(
    *,
    command: str = "",
    file: Path | None = None,
    env: str = "",
    keyring: str = "",
    username: str = "",
    credential: str = "",
    environ: Mapping[str, str] = os.environ,
    timeout: float = COMMAND_TIMEOUT,
) -> Secret:
    """Make the secret from whichever of the ways is given; `ValueError` where none is.

    `keyring` is the service under which the keyring keeps the password of `username`, `credential`
    the name of a systemd credential.
    """
    if command:
        return Secret("command", lambda: from_command(command, timeout))
    if file is not None:
        return Secret("file", lambda: from_file(file))
    if env:
        return Secret("environment", lambda: from_environment(env, environ))
    if keyring:
        what = f"The keyring's entry {keyring}"
        return Secret("keyring", lambda: _first_line(from_keyring(keyring, username), what))
    if credential:
        what = f"The credential {credential}"
        return Secret("credential", lambda: _first_line(from_credential(credential, environ), what))
    message = "no way to the password is given"
    raise ValueError(message)


def from_file(path: Path) -> str:
    """The first line of a file that others cannot read."""
    return _first_line(private_text(path, "The password file"), f"The password file {path}")


def from_environment(name: str, environ: Mapping[str, str]) -> str:
    """The value of an environment variable."""
    if name not in environ:
        message = f"The environment variable {name} is not set."
        raise ConfigError(
            message, remedy=f"Set {name} for the process, or use password_command or password_file."
        )
    return _first_line(environ[name], f"The environment variable {name}")


def from_command(command: str, timeout: float) -> str:
    """The first line that a command prints. No shell is involved; the words are split as a shell would.

    The command line may itself hold secrets, so that errors name its first word only.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        message = f"The password command cannot be split into words: {error}."
        raise ConfigError(message, remedy="Quote it as for a shell.") from None
    if not words:
        message = "The password command is empty."
        raise ConfigError(message, remedy='Write for instance: password_command = "pass show mail/work".')
    code, out, err = _run(words, timeout)
    if code != 0:
        said = err.decode(errors="replace").strip().splitlines()
        message = f"The password command '{words[0]}' {_ending(code)}" + (
            f": {said[-1][:200]}" if said else "."
        )
        raise ConfigError(message, remedy="Run the command by hand as the same user and mend what it says.")
    return _first_line(out.decode(errors="replace"), f"The password command '{words[0]}'")


def _run(words: list[str], timeout: float) -> tuple[int, bytes, bytes]:
    """Exit code, output and error output; the whole process group is ended at the timeout."""
    try:
        process = subprocess.Popen(  # noqa: S603  the command is the user's own, from a file that only they can write
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        message = f"The password command '{words[0]}' cannot be run: {error.strerror}."
        remedy = "Give its full path; a shell's aliases, pipes and variables do not work here."
        raise ConfigError(message, remedy=remedy) from None
    with process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            message = f"The password command '{words[0]}' did not end within {timeout:g} seconds."
            remedy = "It may be waiting for a passphrase: unlock its store first, or use an agent."
            raise ConfigError(message, remedy=remedy) from None
    return process.returncode, out, err


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _first_line(text: str, what: str) -> str:
    line = text.splitlines()[0] if text.strip("\r\n") else ""
    if not line:
        message = f"{what} gives no password: its first line is empty."
        raise ConfigError(message, remedy="The password must be the first line.")
    return line
