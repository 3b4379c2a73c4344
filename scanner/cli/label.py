"""`oopsee label`: the owner's word on a message."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options
from scanner.cli.explain import MessageId

if TYPE_CHECKING:
    from scanner.store import Label


class Word(enum.StrEnum):
    """What the owner says."""

    WRONG = "wrong"
    FINE = "fine"


def label(
    message_id: MessageId,
    word: Annotated[Word, typer.Argument(help="'wrong': it went to the wrong party; 'fine': it did not.")],
    *,
    recipient: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Only this recipient; without it, the whole message.", show_default=False
        ),
    ] = None,
    note: Annotated[str, typer.Option(help="A note for yourself.", show_default=False)] = "",
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Mark a sent message as wrong or fine. After 'fine', its suspects cause no more alerts."""
    from scanner.cli.stored import opened, verdict_of
    from scanner.cli.wiring import now
    from scanner.detect.verdict import SUSPECT_SHARE
    from scanner.errors import UsageError
    from scanner.store import Label

    settings = options.settings_from(config)
    with opened(settings) as store:
        here, found = verdict_of(store, settings, mailbox, message_id)
        addresses = [one.address for one in found.verdict.recipients]
        address = recipient.strip().lower() if recipient is not None else None
        if address is not None and address not in addresses:
            message = f"{address} is not a recipient of that message."
            raise UsageError(message, remedy=f"Its recipients are: {', '.join(addresses) or 'nobody else'}.")
        at = now()
        wrong = word is Word.WRONG
        mine = found.verdict.message_id or found.verdict.digest
        replaced = here.add_label(Label(mine, address, wrong=wrong, at=at, note=note))
        top = found.verdict.score
        suspects = [one.address for one in found.verdict.recipients if one.score >= SUSPECT_SHARE * top]
        for one in [address] if address is not None else suspects:
            if wrong:
                here.unmute("pair", one)
            else:
                here.mute("pair", one, at=at, note=mine)
    typer.echo(_said(word, replaced))


def _said(word: Word, replaced: Label | None) -> str:
    said = f"Marked as {word}."
    if replaced is not None:
        said += f" This replaces what you said before ({'wrong' if replaced.wrong else 'fine'})."
    if word is Word.FINE:
        said += " No more alerts about whom it suspected there."
    return said
