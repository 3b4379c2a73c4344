"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scanner.settings import Mailbox, Settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="OOPSEE_CONFIG",
        show_default="~/.config/oopsee/config.toml",
        help="The configuration file.",
    ),
]
MailboxName = Annotated[
    str | None,
    typer.Option(
        "--mailbox", "-m", help="The mailbox, by its name in the configuration, where there are several."
    ),
]


def config_path(config: Path | None) -> Path:
    """The file that was named, or the usual one."""
    from scanner.settings import default_path

    return config.expanduser() if config is not None else default_path()


def settings_from(config: Path | None) -> Settings:
    """The settings of the file that was named, or of the usual one."""
    from scanner.settings import load

    return load(config_path(config))


def one_mailbox(settings: Settings, name: str | None) -> Mailbox:
    """The mailbox with this name, or the only one. Raises `UsageError`."""
    from scanner.errors import UsageError

    names = ", ".join(mailbox.name for mailbox in settings.mailbox)
    found = [mailbox for mailbox in settings.mailbox if name in {None, mailbox.name}]
    if not found:
        message = f"There is no mailbox {name!r} in the configuration."
        raise UsageError(message, remedy=f"Name one of: {names}.")
    if len(found) > 1:
        message = "The configuration has several mailboxes."
        raise UsageError(message, remedy=f"Choose one with --mailbox: {names}.")
    return found[0]
