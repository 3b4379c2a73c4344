"""`oopsee login`: lets a person log in at Microsoft or Google, once, and tries the mailbox with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.settings import Mailbox, OAuth, Settings


def login(
    mailbox: Annotated[
        str | None,
        typer.Argument(
            help="The mailbox, by its name in the configuration; not needed where there is only one.",
            show_default=False,
        ),
    ] = None,
    *,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser here where the provider needs one.")
    ] = True,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            help="The port of this machine to which the browser comes back; 0 takes a free one.",
        ),
    ] = 0,
    forget: Annotated[bool, typer.Option("--forget", help="Remove the kept login instead.")] = False,
    config: options.Config = None,
) -> None:
    """Log in at Microsoft or Google for a mailbox with a table [mailbox.oauth], and try the mailbox."""
    from scanner.errors import UsageError

    settings = options.settings_from(config)
    box = options.one_mailbox(settings, mailbox)
    if box.oauth is None:
        raise UsageError(
            f"The mailbox {box.name} logs in with a password or a command.",
            remedy="Nothing needs to be done; for OAuth give it a table [mailbox.oauth].",
        )
    if forget:
        _forget(settings, box)
        return
    if box.oauth.flow == "user":
        _person(settings, box, box.oauth, browser=browser, port=port)
    _try(settings, box)


def _person(settings: Settings, box: Mailbox, of: OAuth, *, browser: bool, port: int) -> None:
    from scanner.cli import wiring

    provider = wiring.user_provider(box, of, browser=browser, port=port)
    kept = wiring.kept_tokens(settings, box)
    wiring.tokens_of(box, provider, kept).login(provider, _tell)
    typer.echo(f"ok    {provider.title}: the login is kept in {kept.path}")


def _try(settings: Settings, box: Mailbox) -> None:
    from scanner.cli.wiring import session

    with session(settings, box):
        typer.echo(f"ok    {box.imap.host} lets us into the mailbox of {box.imap.username}")


def _forget(settings: Settings, box: Mailbox) -> None:
    from scanner.cli import wiring

    had = wiring.kept_tokens(settings, box).forget()
    typer.echo("The login is forgotten here." if had else "There was no login to forget.")
    typer.echo("To end it at the provider too, remove the application in the settings of the account.")


def _tell(text: str) -> None:
    typer.echo(text)
