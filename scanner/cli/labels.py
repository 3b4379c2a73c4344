"""`oopsee labels`: labelled examples out of and into files."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.cli.labelfile import Format, Row
    from scanner.store import Label, MailboxStore

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Import and export what was said of messages."
)

_FORMATS = """
    The file is CSV in UTF-8 whose first line names the columns, or JSON Lines with the same keys:

    message_id: the Message-ID of the sent message.

    recipient: the address that is meant; empty for the whole message.

    label: wrong or fine.

    weight: how much it counts, above 0 and at most 1; 1 where it is empty.

    at: when it was said, as 2025-04-01 or 2025-04-01T13:00:00Z; now where it is empty.

    note: anything.
"""

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="csv|jsonl",
        help="The format; without it, the name of the file decides, or its content.",
        show_default=False,
    ),
]


@app.command(
    name="import",
    help="Keep the labels of a file, for `oopsee train`. Nothing is muted by it.\n"
    + _FORMATS
    + "\n    Rows that cannot be read are listed by line, and the rest is kept. Where a label contradicts an"
    " earlier one, the last one wins, and it is listed. A label of a message that has not been scored is"
    " kept, and can be learnt from once it has been.",
)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="The file, or - for standard input.")],
    *,
    format: FormatOption = None,  # noqa: A002  what the option is called
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Keep the labels of a file."""
    from scanner.cli.labelfile import read
    from scanner.cli.wiring import now
    from scanner.errors import UsageError
    from scanner.store import Store

    settings = options.settings_from(config)
    box = options.one_mailbox(settings, mailbox)
    rows = list(read(_octets(file), _format(format, file), now=now()))
    with Store.open(settings.state.database) as store:
        kept = _kept(store.mailbox(box.name), rows)
    if rows and not any(row.label for row in rows):
        message = f"None of the {len(rows)} rows could be read; they are listed above."
        raise UsageError(message, remedy="See `oopsee labels import --help` for what a row looks like.")
    typer.echo(kept)


@app.command(
    help="Write what you have said of messages and what still holds to a file, or to standard output. What"
    " only later mail shows is left out: `oopsee train --from-mailbox` finds it again.\n"
    + _FORMATS
    + "\n    In CSV, a cell that a spreadsheet would take for a formula begins with an apostrophe, which the"
    " import takes off again. The file can be read by you alone."
)
def export(
    file: Annotated[
        Path | None, typer.Argument(help="The file; without it, standard output.", show_default=False)
    ] = None,
    *,
    format: FormatOption = None,  # noqa: A002  what the option is called
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Write the labels. What was worked out from mail would come back as a person's word: it stays here."""
    from scanner.cli.labelfile import write
    from scanner.cli.stored import opened
    from scanner.detect.evidence import SIGN_SOURCES
    from scanner.errors import UsageError

    settings = options.settings_from(config)
    box = options.one_mailbox(settings, mailbox)
    with opened(settings) as store:
        labels = [one for one in store.mailbox(box.name).labels() if one.source not in SIGN_SOURCES]
        text = write(labels, _format(format, file) or "csv")
    if file is None or str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            os.fchmod(out.fileno(), 0o600)
            out.write(text)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}."
        raise UsageError(message, remedy="Name another file.") from None


def _octets(file: Path) -> bytes:
    from scanner.errors import UsageError

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise UsageError(message, remedy="Name a CSV or JSON Lines file, or - for standard input.") from None


def _format(format: str | None, file: Path | None) -> Format | None:  # noqa: A002  as the option is called
    from scanner.errors import UsageError

    match format or (file.suffix.lower().lstrip(".") if file is not None else ""):
        case "csv":
            return "csv"
        case "jsonl":
            return "jsonl"
    if format is not None:
        raise UsageError(f"There is no format {format!r}.", remedy="Write --format csv or --format jsonl.")
    return None


def _kept(here: MailboxStore, rows: Sequence[Row]) -> str:
    """Keep what can be read; says on standard error what cannot, and returns the sum."""
    unreadable = unscored = 0
    taken: list[tuple[int, Label]] = []
    for row in rows:
        label, scored, problem = _spelt(here, row)
        if label is None:
            unreadable += 1
            typer.echo(f"Line {row.line}: {problem}.", err=True)
        else:
            unscored += not scored
            taken.append((row.line, label))
    there = set(map(_word, here.labels()))
    new = [one for one in taken if _word(one[1]) not in there]
    lines = {id(label): line for line, label in new}
    replaced = here.add_labels(label for _, label in new)
    for label, old in replaced:
        typer.echo(f"Line {lines[id(label)]}: {_contradiction(label, old)}", err=True)
    said = f"{len(new)} labels kept"
    said += f", {len(taken) - len(new)} were there already" if len(new) < len(taken) else ""
    said += f"; {len(replaced)} replace what was said before" if replaced else ""
    said += f"; {unreadable} rows could not be read" if unreadable else ""
    if unscored:
        said += f".\n{unscored} are of messages not scored yet and cannot be learnt from until they are"
    return said + "."


def _spelt(here: MailboxStore, row: Row) -> tuple[Label | None, bool, str]:
    """The label with the Message-ID as the store has it, whether that was scored, and what is wrong."""
    from dataclasses import replace

    if row.label is None:
        return None, False, row.problem
    label = row.label
    bracketed = label.message_id if "<" in label.message_id else f"<{label.message_id}>"
    for spelt in (label.message_id, bracketed):
        found = here.verdict(spelt)
        if found is None:
            continue
        if label.recipient is not None and label.recipient not in {
            one.address for one in found.verdict.recipients
        }:
            return None, True, "recipient is none of that message"
        return replace(label, message_id=spelt), True, ""
    return replace(label, message_id=bracketed if "@" in label.message_id else label.message_id), False, ""


def _word(label: Label) -> tuple[str, str | None, bool, float, datetime, str]:
    return label.message_id, label.recipient, label.wrong, label.weight, label.at, label.note


def _contradiction(label: Label, old: Label) -> str:
    from scanner.alert.safe import one_line

    new, before = ("wrong" if one.wrong else "fine" for one in (label, old))
    return f"{one_line(label.message_id)} is {new} now and was {before} before."
