"""`oopsee label`: the owner's word on a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scanner.alert.answers import Answer
from scanner.cli import options
from scanner.cli.explain import MessageId

if TYPE_CHECKING:
    from scanner.store import Label

_SILENT = {
    Answer.WRONG: "",
    Answer.FINE: " For 90 days no alerts about whom it suspected there, and fewer about that domain.",
    Answer.NEVER: " No more alerts about whom it suspected there.",
    Answer.DOMAIN: " No more alerts about that domain.",
}


def label(
    message_id: MessageId,
    word: Annotated[
        Answer,
        typer.Argument(
            help="'wrong': it went to the wrong party; 'fine': it did not; 'never': fine, and no more alerts "
            "about these recipients; 'domain': fine, and no more alerts about their domains."
        ),
    ],
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
    """Mark a sent message as wrong or fine. After 'fine', its suspects cause no alerts for 90 days."""
    from scanner.cli.stored import opened, verdict_of
    from scanner.cli.wiring import now
    from scanner.errors import UsageError
    from scanner.store import Label
    from scanner.worker.answering import said

    settings = options.settings_from(config)
    with opened(settings) as store:
        here, found = verdict_of(store, settings, mailbox, message_id)
        addresses = [one.address for one in found.verdict.recipients]
        address = recipient.strip().lower() if recipient is not None else None
        if address is not None and address not in addresses:
            message = f"{address} is not a recipient of that message."
            raise UsageError(message, remedy=f"Its recipients are: {', '.join(addresses) or 'nobody else'}.")
        at = now()
        verdict, mine = found.verdict, found.verdict.message_id or found.verdict.digest
        given = Label(mine, address, wrong=word is Answer.WRONG, at=at, note=note)
        replaced = next((old for old in reversed(here.labels_of(mine)) if given.contradicts(old)), None)
        here.keep(said(verdict, word, at=at, now=at, recipient=address, note=note))
    typer.echo(_said(word, replaced))


def _said(word: Answer, replaced: Label | None) -> str:
    from scanner.detect.evidence import SIGN_SOURCES

    wrong = word is Answer.WRONG
    said = f"Marked as {'wrong' if wrong else 'fine'}."
    if replaced is not None and replaced.source not in SIGN_SOURCES:
        said += f" This replaces what you said before ({'wrong' if replaced.wrong else 'fine'})."
    return said + _SILENT[word]
