"""`oopsee status`: whether every mailbox is watched, and what waits or is wrong."""

from __future__ import annotations

import dataclasses
import json as json_
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from scanner.store import Episode, MailboxStatus, Quarantined

FOUND = 1
"""The exit code that says: a mailbox is not watched, or not as it should be."""

_REMEMBERED_DAYS = 7
"""So long an episode of blindness that is over is still shown."""


def status(
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per mailbox.")] = False,
    config: options.Config = None,
) -> None:
    """Show for each mailbox when it was last looked at, what was found, and what is wrong.

    The exit code is 1 where a mailbox is not watched, or not as it should be.
    """
    from scanner.cli.terminal import console
    from scanner.cli.wiring import now
    from scanner.errors import UsageError
    from scanner.store import Store

    settings = options.settings_from(config)
    if not settings.state.database.exists():
        message = "Nothing has run yet: there is no state database."
        raise UsageError(message, meaning="No mailbox is watched.", remedy="Start 'oopsee run'.")
    out = console()
    well = True
    with Store.open(settings.state.database) as store:
        for box in settings.mailbox:
            here = store.mailbox(box.name)
            found, moment = here.status(), now()
            watched = is_watched(found, moment, settings.watch.poll_seconds)
            well = well and watched and not any(one.ended_at is None for one in found.episodes)
            if json:
                typer.echo(_json(found, watched=watched))
            else:
                _show(out, found, here.quarantined(), moment, watched=watched)
    if not well:
        raise typer.Exit(FOUND)


def is_watched(status: MailboxStatus, now: datetime, poll: float) -> bool:
    """Whether the last look went well and is fresh, for a mailbox polled every `poll` seconds."""
    look = status.health.get("pass")
    if look is None or look.at is None or (look.error_at is not None and look.error_at > look.at):
        return False
    return (now - look.at).total_seconds() < 3 * poll + 30


def _json(status: MailboxStatus, *, watched: bool) -> str:
    table = {"watched": watched, **dataclasses.asdict(status)}
    return json_.dumps(table, default=lambda value: value.isoformat())


def _show(
    out: Console, status: MailboxStatus, quarantined: list[Quarantined], now: datetime, *, watched: bool
) -> None:
    from scanner.cli.terminal import ago, words

    look = status.health.get("pass")
    seen = look.at if look else None
    state, style = ("watched", "green") if watched else ("NOT WATCHED", "bold red")
    if watched and "learnt" not in status.health:
        state, style = "learning the past", "yellow"
    out.print(f"{status.name}: {state}, last look {ago(seen, now)}", style=style)
    if look is not None and look.error_at is not None and (seen is None or look.error_at > seen):
        out.print(words(f"{look.error} ({ago(look.error_at, now)})", 400, indent=2))
    if look is None:
        out.print("  Nobody has looked at it yet: start 'oopsee run'.")
    for episode in status.episodes:
        _tell(out, episode, now)
    out.print(f"  read: {status.sent} sent and {status.received} received messages")
    counts = {name: status.verdicts.get(name, 0) for name in ("alert", "digest")}
    waiting = status.alerts.get("pending", 0)
    out.print(
        f"  alerts: {counts['alert']} (the last one {ago(status.last_alert, now)}); "
        f"for the digest: {counts['digest']}; still to be delivered: {waiting}"
    )
    delivery = status.health.get("delivery")
    if waiting and delivery is not None and delivery.error:
        out.print(words(f"{delivery.error} ({ago(delivery.error_at, now)})", 400, "yellow", indent=2))
    out.print(f"  labels given: {status.labels}; mutes: {status.mutes}")
    if status.evidence:
        signs = ", ".join(f"{count} {kind}" for kind, count in status.evidence.items())
        out.print(f"  signs that came after a send: {signs}")
    for one in quarantined:
        said = f"not understood: message {one.uid} in {one.folder} ({one.reason})"
        out.print(words(said, 200, "yellow", indent=2))


def _tell(out: Console, episode: Episode, now: datetime) -> None:
    """A time of blindness that lasts, or one that has been over for a few days at most."""
    from scanner.cli.terminal import ago, words

    began = ago(episode.began_at, now)
    if episode.ended_at is None:
        mail = "no mail about it has got through yet" if episode.told_at is None else "you were told by mail"
        said = f"BLIND ({episode.cause}), it began {began}; {mail}: {episode.what}"
        out.print(words(said, 500, "bold red", indent=2))
    elif (now - episode.ended_at).days < _REMEMBERED_DAYS:
        said = f"all is well again: blindness ({episode.cause}) began {began} and ended"
        out.print(words(f"{said} {ago(episode.ended_at, now)}", 200, "green", indent=2))
