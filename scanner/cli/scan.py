"""`oopsee scan`: the past, judged as it would have been at the time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.audit import Hindsight
    from scanner.cli.progress import Show
    from scanner.detect.verdict import Verdict
    from scanner.mailbox.item import Item
    from scanner.message.owner import Owner
    from scanner.settings import Mailbox, Settings

FOUND = 1
"""Exit code of `--fail-on-alert` where something was found."""


def scan(
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
            metavar="ADDRESS", help="The owner's address; once more for each alias.", show_default=False
        ),
    ] = None,
    score_from: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Show messages from this date on; earlier ones are only learnt."),
    ] = None,
    no_learn: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Message-IDs, one a line, that are scored and leave no trace."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per sent message.")] = False,
    fail_on_alert: Annotated[
        bool, typer.Option("--fail-on-alert", help="End with exit code 1 if there would have been an alert.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, help="How many messages the table shows.")] = 15,
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Audit the past: score every message already sent, as it would have been scored at the time."""
    from scanner.audit import hindsight, judged, line, parse_ids, parse_score_from, told, with_evidence
    from scanner.cli import past, progress, wiring
    from scanner.detect.evidence import Lookback

    since = parse_score_from(score_from) if score_from else None
    unlearnt = parse_ids(_text(no_learn)) if no_learn else frozenset()
    with progress.shown() as show:
        settings, box = _configured(config, mailbox, needed=not sources)
        owner = _owner(me or [], box if not sources else None)
        mail = past.ordered(_items(sources or [], (settings, box), show), owner, show)
        judge = wiring.judge(owner, settings)
        judgements = list(show.each(judged(mail, judge, score_from=since, unlearnt=unlearnt), "Judging"))
        lookback = Lookback(owner, near=judge.near)
        findings = with_evidence(mail, judgements, lookback, unlearnt=unlearnt)
    alerts = sum(told(one.verdict) for one in findings)
    if json:
        sys.stdout.writelines(f"{line(one.verdict, one.evidence)}\n" for one in findings)
    else:
        _table([one.verdict for one in findings], read=len(mail), alerts=alerts, top=top)
        _first_answer(hindsight(findings))
    if fail_on_alert and alerts:
        raise typer.Exit(FOUND)


def _configured(
    config: Path | None, name: str | None, *, needed: bool
) -> tuple[Settings | None, Mailbox | None]:
    """The settings where they were asked for or are needed. Files alone are judged by the defaults."""
    if not needed and config is None:
        return None, None
    settings = options.settings_from(config)
    return settings, options.one_mailbox(settings, name) if needed else None


def _owner(me: Sequence[str], box: Mailbox | None) -> Owner:
    from scanner.errors import UsageError
    from scanner.message.owner import Owner

    separators = box.tag_separator if box else None
    owner = Owner((*me, *(box.owner if box else ())), separators=separators)
    if not owner or not all("@" in address for address in owner):
        message = "Whose mail is this?" if not owner else "Each --me must be an address."
        raise UsageError(message, remedy="Name the owner: --me anna@example.org, once more for each alias.")
    return owner


def _text(path: Path) -> str:
    from scanner.errors import UsageError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}."
        raise UsageError(message, remedy="--no-learn names a file with one Message-ID a line.") from None


def _items(
    sources: Sequence[Path], configured: tuple[Settings | None, Mailbox | None], show: Show
) -> Iterator[Item]:
    from scanner.cli import past

    if sources:
        return past.from_files(sources, show)
    settings, box = configured
    assert settings is not None and box is not None  # noqa: S101, PT018  for the type checker: no source means a mailbox
    return past.from_server(settings, box, show)


def _table(verdicts: Sequence[Verdict], *, read: int, alerts: int, top: int) -> None:
    """The highest scores with their reasons, and what the budget would have made of them."""
    from rich.table import Table

    from scanner.audit import told
    from scanner.cli.terminal import console, day, percent, words

    out = console()
    table = Table(
        "score", "sent", "recipient, and who was probably meant", "subject, and why", show_lines=True
    )
    for verdict in sorted(verdicts, key=lambda one: -one.score)[:top]:
        if not verdict.recipients:
            continue
        worst = max(verdict.recipients, key=lambda one: one.score)
        who = words(worst.address, 254)
        if worst.meant:
            who.append("\nmeant: ").append(words(worst.meant, 254))
        why = words(verdict.subject or "(no subject)", 80, "bold")
        for reason in worst.reasons[:3]:
            why.append("\n").append(words(reason.text, 240))
        mark = " !" if told(verdict) else ""
        table.add_row(percent(verdict.score) + mark, day(verdict.date), who, why)
    out.print(table)
    out.print(
        f"{read} messages read, {len(verdicts)} sent messages scored; "
        f"{alerts} would have been alerted (marked with !)."
    )


def _first_answer(found: Hindsight) -> None:
    """What the owner corrected without Oopsee, and what Oopsee would have done."""
    from scanner.cli import past
    from scanner.cli.terminal import console

    out = console()
    total = sum(found.corrected.values())
    if not total:
        out.print("No message of this past was taken back, came back or was said to be misdirected.")
        return
    out.print(f"{_counted(total, 'message', 'messages')} went wrong, as later mail shows:")
    for kind, count in found.corrected.items():
        out.print(f"  {count} {past.HOW[kind]}")
    sooner = f", {_minutes(found.sooner)} earlier (in the middle)" if found.sooner is not None else ""
    out.print(f"Oopsee would have told you of {found.warned} of them{sooner}.")
    out.print(f"In that time it would have told you of {found.alerts} of {found.sent} sent messages.")


def _counted(count: int, one: str, other: str) -> str:
    return f"{count} {one if count == 1 else other}"


def _minutes(minutes: float) -> str:
    if minutes < 90:
        return _counted(max(1, round(minutes)), "minute", "minutes")
    hours = round(minutes / 60)
    return _counted(hours, "hour", "hours") if hours < 48 else _counted(round(hours / 24), "day", "days")
