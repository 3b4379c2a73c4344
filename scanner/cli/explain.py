"""`oopsee explain`: why a message scored as it did."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.detect.evidence import Evidence
    from scanner.detect.verdict import RecipientVerdict, Verdict

MessageId = Annotated[
    str,
    typer.Argument(metavar="MESSAGE-ID", help="The Message-ID of the sent message, with or without < and >."),
]


def explain(
    message_id: MessageId,
    *,
    json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Show the score of each recipient, every reason with its weight, and who was probably meant."""
    from scanner.cli.stored import opened, verdict_of

    settings = options.settings_from(config)
    with opened(settings) as store:
        here, found = verdict_of(store, settings, mailbox, message_id)
        evidence = here.evidence(found.verdict.message_id or found.verdict.digest)
    if json:
        typer.echo(json_.dumps(_plain(found.verdict, evidence)))
    else:
        _show(found.verdict, evidence)


def _show(verdict: Verdict, evidence: Sequence[Evidence]) -> None:
    from scanner.cli.terminal import console, day, percent, words
    from scanner.detect.evidence import score_after

    out = console()
    out.print(words(f"{verdict.message_id or verdict.digest}, sent {day(verdict.date)}", style="bold"))
    out.print(f"Probably wrong: {percent(verdict.score)}; severity {verdict.severity}; {verdict.action}.")
    out.print(words(f"Decided by: {verdict.why}"))
    out.print(words(f"Scored by: {verdict.model}"))
    for recipient in verdict.recipients:
        out.print()
        name = f"{recipient.name} " if recipient.name else ""
        out.print(
            words(f"{recipient.role}: {name}<{recipient.address}>  {percent(recipient.score)}", style="bold")
        )
        if recipient.meant:
            out.print(words(f"probably meant: {recipient.meant_name} <{recipient.meant}>", indent=2))
        for reason in recipient.reasons:
            out.print(words(f"{reason.weight:+.2f} {reason.text}", 400, indent=2))
    if evidence:
        out.print()
        out.print(words(f"After the send: {percent(score_after(verdict, evidence))}", style="bold"))
        for sign in evidence:
            whom = f" of {', '.join(sign.addresses)}" if sign.addresses else ""
            out.print(
                words(
                    f"{sign.log_odds:+.2f} {sign.worth}{whom}, {day(sign.at)} {sign.message_id}",
                    400,
                    indent=2,
                )
            )
    out.print()
    out.print("Weights are in log-odds: above 0 towards wrong, below 0 towards right; 0.7 doubles the odds.")


def _plain(verdict: Verdict, evidence: Sequence[Evidence]) -> dict[str, Any]:
    from scanner.detect.evidence import score_after

    return {
        "message_id": verdict.message_id,
        "date": None if verdict.date is None else verdict.date.isoformat(),
        "score": verdict.score,
        "action": verdict.action.value,
        "severity": verdict.severity.value,
        "why": verdict.why,
        "model": verdict.model,
        "recipients": [_plain_recipient(one) for one in verdict.recipients],
        "score_after": score_after(verdict, evidence),
        "evidence": [
            {
                "kind": sign.kind.value,
                "worth": sign.worth,
                "weight": sign.log_odds,
                "recipients": list(sign.addresses),
                "meant": sign.meant or None,
                "message_id": sign.message_id,
                "at": None if sign.at is None else sign.at.isoformat(),
            }
            for sign in evidence
        ],
    }


def _plain_recipient(one: RecipientVerdict) -> dict[str, Any]:
    return {
        "address": one.address,
        "name": one.name,
        "role": one.role.value,
        "score": one.score,
        "meant": one.meant,
        "reasons": [
            {"family": reason.family, "weight": reason.weight, "key": reason.key, "text": reason.text}
            for reason in one.reasons
        ],
    }
