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

    from scanner.store import MailboxStatus, Quarantined


def status(
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per mailbox.")] = False,
    config: options.Config = None,
) -> None:
    """Show for each mailbox when it was last looked at, what was found, and what is wrong."""
    from scanner.cli.terminal import console
    from scanner.cli.wiring import now
    from scanner.errors import UsageError
    from scanner.store import Store

    settings = options.settings_from(config)
    if not settings.state.database.exists():
        message = "Nothing has run yet: there is no state database."
        raise UsageError(message, meaning="No mailbox is watched.", remedy="Start 'oopsee run'.")
    out = console()
    with Store.open(settings.state.database) as store:
        for box in settings.mailbox:
            here = store.mailbox(box.name)
            if json:
                typer.echo(_json(here.status()))
            else:
                _show(out, here.status(), here.quarantined(), now(), settings.watch.poll_seconds)


def _json(status: MailboxStatus) -> str:
    return json_.dumps(dataclasses.asdict(status), default=lambda value: value.isoformat())


def _show(
    out: Console, status: MailboxStatus, quarantined: list[Quarantined], now: datetime, poll: float
) -> None:
    from scanner.cli.terminal import ago, words

    look = status.health.get("pass")
    seen = look.at if look else None
    failing = look is not None and look.error_at is not None and (seen is None or look.error_at > seen)
    fresh = seen is not None and (now - seen).total_seconds() < 3 * poll + 30
    state, style = ("watched", "green") if fresh and not failing else ("NOT WATCHED", "bold red")
    if "learnt" not in status.health:
        state, style = ("learning the past", "yellow") if fresh and not failing else (state, style)
    out.print(f"{status.name}: {state}, last look {ago(seen, now)}", style=style)
    if failing and look is not None:
        out.print(words(f"{look.error} ({ago(look.error_at, now)})", 400, indent=2))
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
    for one in quarantined:
        said = f"not understood: message {one.uid} in {one.folder} ({one.reason})"
        out.print(words(said, 200, "yellow", indent=2))
