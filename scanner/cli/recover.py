"""`oopsee recover`: what is known of a message that went astray, how bad it is, and what to do now."""

from __future__ import annotations

import enum
import json as json_
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options
from scanner.words import LANGUAGES, Words

if TYPE_CHECKING:
    from rich.console import Console

    from scanner.cli.recovering import Gathered
    from scanner.recovery import Case, Draft


_WIDEST = 100
"""Columns of a paragraph on a wide terminal."""


class Whom(enum.StrEnum):
    """To whom a draft is: see `scanner.recovery.Addressee`, which is not loaded for help alone."""

    RECIPIENT = "recipient"
    MEANT = "meant"
    MANAGER = "manager"
    PRIVACY = "privacy"


def recover(
    message_id: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE-ID", help="The Message-ID of the sent message, with or without < and >."
        ),
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Maildirs, mbox files, folders of .eml, .jsonl[.gz]. Without any: the configured mailbox.",
            show_default=False,
        ),
    ] = None,
    *,
    me: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="With files: the owner's address; once more for each alias.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Whom | None,
        typer.Option(help="Only the draft to: who got it, who was meant, manager, data protection contact."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE",
            help=f"One of {', '.join(LANGUAGES)}. Without it drafts are in the language of the message.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The incident record and the kit as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The incident record as Markdown.")] = False,
    scope: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Write the recipients with what was before as CSV.",
            show_default=False,
        ),
    ] = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Put the drafts of the steps, or that of --to, into the Drafts folder."),
    ] = False,
    recall: Annotated[
        bool,
        typer.Option(
            "--recall",
            help="Move unread copies out of the inboxes of wrong recipients whom this configuration guards, "
            "where the administrator allowed it; both are told.",
        ),
    ] = False,
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Show what is known of a message that went astray, how bad it is, what to do, drafts. Sends nothing."""
    from scanner.cli import progress
    from scanner.errors import UsageError
    from scanner.recovery import drafts, is_formal, language_of, record, sentences, to_recipient

    if language is not None and language not in LANGUAGES:
        text = f"There are no texts in {language!r}."
        raise UsageError(text, remedy=f"Name one of: {', '.join(LANGUAGES)}.")
    with progress.shown() as show:
        found = _gathered(message_id, sources or [], me or [], config, mailbox, show)
    now = datetime.now().astimezone()
    theirs = language or language_of(found.message, found.language or "en")
    ours = sentences(language or found.language or theirs)
    formal = is_formal(found.message, theirs)
    recipient = to_recipient(found.case, formal=formal)
    letters = drafts(found.case, language=theirs, formal=formal, to_recipient=recipient, now=now)
    if scope is not None:
        _write_csv(scope, found.case, ours)
    if to is not None:
        chosen = [one for one in letters if one.addressee.value == to.value]
        if not chosen:
            raise UsageError("It came back from all its wrong recipients: there is nobody to write to.")
        letters = chosen
    if draft or recall:
        _act(found, letters, ours, config, now, draft=draft, recall=recall, all_letters=to is None)
        return
    if json:
        typer.echo(json_.dumps(_plain(found.case, letters, ours, now), ensure_ascii=False, indent=2))
    elif markdown:
        typer.echo(record.as_markdown(found.case, ours, now=now), nl=False)
    elif to is not None:
        _letter(letters[0], ours)
    else:
        _show(found.case, letters, ours, now)


def _act(
    found: Gathered,
    letters: list[Draft],
    words: Words,
    config: Path | None,
    now: datetime,
    *,
    draft: bool,
    recall: bool,
    all_letters: bool,
) -> None:
    """Do what was asked for, and say what was done."""
    from scanner.cli.acting import file_drafts, recall_copies
    from scanner.cli.stored import opened
    from scanner.cli.terminal import console
    from scanner.errors import UsageError
    from scanner.mailbox.marked import ROOT
    from scanner.mailbox.recall import RECALLED

    if not found.mailbox:
        text = "--draft and --recall work on the configured mailbox, not on files."
        raise UsageError(text, meaning="Nothing was done.", remedy="Leave out the files.")
    settings, out = options.settings_from(config), console()
    box = options.one_mailbox(settings, found.mailbox)
    with opened(settings) as store:
        here = store.mailbox(box.name)
        if recall:
            for address, outcome in recall_copies(settings, box, store, found.case, found.message, now):
                _say(
                    out,
                    words.say("recalled", outcome.value, recipient=address, folder=f"{ROOT}/{RECALLED}"),
                    "",
                )
        if draft:
            chosen = [one for one in letters if one.suggested] if all_letters else letters
            folder = file_drafts(settings, box, here, found.message, chosen, now)
            _say(out, words.count("done", "drafts", len(chosen), folder=folder), "")


def _gathered(
    message_id: str,
    sources: list[Path],
    me: list[str],
    config: Path | None,
    mailbox: str | None,
    show: Any,  # noqa: ANN401  a bar that this module only hands on
) -> Gathered:
    from scanner.cli.recovering import from_sources, from_store
    from scanner.cli.stored import opened, verdict_of

    if sources:
        return from_sources(message_id, sources, me, show)
    settings = options.settings_from(config)
    with opened(settings) as store:
        here, found = verdict_of(store, settings, mailbox, message_id)
        box = options.one_mailbox(settings, here.name)
        return from_store(settings, box, here, found, show)


def _show(case: Case, letters: list[Draft], words: Words, now: datetime) -> None:
    from scanner.cli.terminal import console
    from scanner.recovery.facts import facts, why
    from scanner.recovery.record import clock_lines
    from scanner.recovery.steps import steps

    out = console()
    _heading(out, words.say("label", "facts"))
    for label, value in facts(case, words, now=now):
        _say(out, words.labelled(label, value), "  ")
    severity = words.say("severity", case.severity.value)
    _heading(out, words.labelled(words.say("label", "severity"), severity))
    _say(out, f"{why(case, words)}.", "  ")
    _heading(out, words.say("label", "steps"))
    for number, step in enumerate(steps(case, words), 1):
        _say(out, step, f"{number:>2}. ")
    if case.is_list or len(case.wrong) > 1:
        _scope(out, case, words)
    _drafts(out, letters, words)
    _house(out, case, words, now)
    _heading(out, words.say("label", "clock"))
    for line in clock_lines(case, words, now=now):
        _say(out, line, "  ")


def _drafts(out: Console, letters: list[Draft], words: Words) -> None:
    _heading(out, words.say("label", "drafts"))
    for letter in letters:
        if letter.suggested:
            _letter(letter, words, out)
    others = ", ".join(f"--to {one.addressee}" for one in letters if not one.suggested)
    if others:
        out.print(f"  ({others})")


def _house(out: Console, case: Case, words: Words, now: datetime) -> None:
    from rich.table import Table

    from scanner.recovery.options import announcement, options, rules, sieve

    _heading(out, words.say("label", "options"))
    _say(out, announcement(case, words, now=now), "  ")
    table = Table("", words.say("label", "option"), words.say("label", "remaining"), box=None, padding=(0, 2))
    for one in options(case, words):
        mark = f" ({words.say('options', 'recommended')})" if one.recommended else ""
        table.add_row(words.say("options", one.cost) + mark, one.what, one.risk)
    out.print(table)
    _heading(out, words.say("label", "rule"))
    for rule in rules(case, words):
        _say(out, rule, "  ")
    if script := sieve(case):
        _say(out, words.say("rule", "sieve"), "  ")
        out.print("".join(f"    {line}\n" for line in script.splitlines()), end="")


def _scope(out: Console, case: Case, words: Words) -> None:
    from rich.table import Table

    from scanner.recovery.scope import COLUMNS, cells, scope, summary

    rows = scope(case)
    _heading(out, words.say("label", "scope"))
    _say(out, summary(rows, words), "  ")
    table = Table(*(words.say("scope", column) for column in COLUMNS), box=None, padding=(0, 2))
    for row in rows:
        table.add_row(*cells(row, words))
    out.print(table)
    if case.is_list:
        _say(out, words.say("scope", "reminder"), "  ")


def _letter(letter: Draft, words: Words, out: Console | None = None) -> None:
    from scanner.cli.terminal import console
    from scanner.recovery.facts import full

    out = out or console()
    for key, people in (("to_line", letter.to), ("bcc_line", letter.bcc)):
        if people:
            out.print(words.labelled(words.say("label", key), ", ".join(map(full, people))), style="bold")
    out.print(words.labelled(words.say("label", "subject_line"), letter.subject), style="bold")
    out.print()
    out.print(letter.text)


def _say(out: Console, text: str, first: str) -> None:
    """A paragraph with its lines under each other."""
    from scanner.alert.safe import wrap

    out.print(wrap(text, min(out.width, _WIDEST), first, " " * len(first)))


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(text, style="bold underline")


def _write_csv(path: Path, case: Case, words: Words) -> None:
    from scanner.errors import UsageError
    from scanner.recovery.scope import as_csv, scope

    try:
        path.write_text(as_csv(scope(case), words), encoding="utf-8-sig", newline="")
    except OSError as error:
        text = f"{path} cannot be written: {error.strerror or error}."
        raise UsageError(text, remedy="Name a file in a directory that you may write to.") from error


def _plain(case: Case, letters: list[Draft], words: Words, now: datetime) -> dict[str, Any]:
    from scanner.recovery.facts import facts, why
    from scanner.recovery.options import announcement, options, rules, sieve
    from scanner.recovery.record import as_json, clock_lines
    from scanner.recovery.steps import steps

    return {
        **as_json(case, now=now),
        "language": words.language,
        "facts": [list(line) for line in facts(case, words, now=now)],
        "why": why(case, words),
        "steps": steps(case, words),
        "drafts": [
            {**asdict(one), "to": [asdict(who) for who in one.to], "bcc": [asdict(who) for who in one.bcc]}
            for one in letters
        ],
        "announcement": announcement(case, words, now=now),
        "options": [asdict(one) for one in options(case, words)],
        "rules": rules(case, words),
        "sieve": sieve(case),
        "clock_in_words": clock_lines(case, words, now=now),
    }
