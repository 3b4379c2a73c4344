"""What the demo shows: plain words, at most 80 columns, with or without a terminal."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from scanner.alert.safe import lines, one_line
from scanner.demo import sample
from scanner.detect import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from email.message import EmailMessage

    from rich.console import Console

    from scanner.demo.outcome import Outcome
    from scanner.demo.sample import LiveSend
    from scanner.demo.server import DemoServer

WIDTH: Final = 80
_GOOD, _BAD, _QUIET, _STRONG = "green", "bold red", "dim", "bold"


def opening(console: Console) -> None:
    """Say what this is."""
    _rule(console, "Oopsee demo")
    _say(
        console,
        "Oopsee reads the Sent folder and tells you when a mail that has just gone out probably went "
        "to the wrong party. Here it guards a made-up mailbox on a mail server inside this process. "
        "The guard is the real one: same daemon, same model, same defaults.",
    )


def mailbox(console: Console, server: DemoServer, messages: Sequence[tuple[str, bytes]]) -> None:
    """Tell of the server and of what was put into it."""
    folders = Counter(folder for folder, _ in messages)
    _step(console, "Starting a mail server")
    _say(
        console,
        f"It listens on {server.host}, port {server.port}. {len(messages)} messages put in: the last "
        f"fourteen months of {sample.owner.name}, an architect ({folders[sample.SENT]} sent, "
        f"{folders[sample.INBOX]} received; German, Italian, English, some Spanish and French). "
        "All people and firms in it are invented.",
    )


@contextmanager
def reading(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A bar while the past is read; where there is no terminal, nothing until it is done."""
    _step(console, "Oopsee reads the past")
    bar = Progress(
        TextColumn("  reading over IMAP"),
        BarColumn(28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task("", total=total)
    with bar:
        yield lambda done: bar.update(task, completed=done)


def learnt(console: Console, total: int, seconds: float, contacts: int, groups: int) -> None:
    """What is known once the past has been read."""
    _say(
        console,
        f"{total} messages read, scored and learnt in {seconds:.1f} s ({total / max(seconds, 0.001):.0f} a "
        f"second, each scored before it was learnt). It now knows {contacts} people and {groups} groups "
        "of people who are written to together. Nobody is told about old mail.",
    )


def sending(console: Console, send: LiveSend, number: int, total: int) -> None:
    """Show the message that is sent now, as its writer sees it."""
    _step(console, f"Marta sends mail {number} of {total}")
    rows = Table.grid(padding=(0, 1))
    rows.add_column(style=_QUIET)
    rows.add_column()
    for field, people in (("To", send.to), ("Cc", send.cc)):
        if people:
            shown = ", ".join(f"{who.name} <{who.address}>" if who.name else who.address for who in people)
            rows.add_row(field, Text(shown))
    rows.add_row("Subject", Text(send.subject, style=_STRONG))
    excerpt = "\n".join(send.own_text.split("\n\n")[:2])
    console.print(_panel(Group(rows, Text(), Text(_cut(excerpt, 260))), "Sent"))
    _say(console, ("A mistake. " if send.mistake else "No mistake. ") + send.note)


def outcome(console: Console, done: Outcome, *, whole: bool) -> None:
    """What came of it: the alert (its foot only if `whole`), or none, and whether that was right."""
    if done.verdict is None:
        _say(console, "Oopsee did not score it in time.", style=_BAD)
        return
    if done.alert is not None:
        late = f"An alert lies in the inbox {done.seconds:.1f} s after the send:"
        _say(console, late, style=_GOOD if done.right else _BAD)
        alert(console, done.alert, whole=whole)
        if not done.right:
            _say(console, "That is a false alarm: nothing was wrong with this mail.", style=_BAD)
        return
    silence = f"No alert (score {percent(done.verdict.score)}, {done.seconds:.1f} s)."
    if done.right:
        _say(console, silence + " Nothing was wrong, and nobody was bothered.", style=_GOOD)
    else:
        _say(console, f"{silence} Oopsee missed this one: {one_line(done.verdict.why)}.", style=_BAD)


def alert(console: Console, mail: EmailMessage, *, whole: bool = True) -> None:
    """The alert as a person sees it, without its foot where that has been seen before."""
    body = mail.get_body(("plain",))
    text = lines(body.get_content()).strip() if body else ""
    if not whole:
        text = text.partition("\n--")[0].rstrip()
    rows = Table.grid(padding=(0, 1))
    rows.add_column(style=_QUIET)
    rows.add_column()
    rows.add_row("From", Text(one_line(mail["From"])))
    rows.add_row("Subject", Text(one_line(mail["Subject"], 300), style=_STRONG))
    console.print(_panel(Group(rows, Text(), Text(text)), "Inbox", style="yellow"))


def summary(console: Console, outcomes: Sequence[Outcome], seconds: float) -> None:
    """All sends in one table, and an honest count."""
    _step(console, "In short")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, width=min(WIDTH, console.width))
    table.add_column("sent to", overflow="fold", min_width=18)
    table.add_column("in truth", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("Oopsee", overflow="fold", ratio=1)
    table.add_column("after", justify="right", no_wrap=True)
    for done in outcomes:
        send = done.send
        verdict = done.verdict
        table.add_row(
            Text(send.to[0].name or send.to[0].address),
            "a mistake" if send.mistake else "fine",
            percent(verdict.score) if verdict else "none",
            Text(_result(done), style=_GOOD if done.right else _BAD),
            f"{done.seconds:.1f} s",
        )
    console.print(table)
    mistakes = [done for done in outcomes if done.send.mistake]
    caught = sum(done.right for done in mistakes)
    wrongly = sum(done.alert is not None for done in outcomes if not done.send.mistake)
    named = sum(done.right and done.meant_right for done in mistakes)
    good = caught == len(mistakes) and not wrongly
    _say(
        console,
        f"{caught} of {len(mistakes)} mistakes alerted, the person meant named in {named} of them; "
        f"{wrongly} of {len(outcomes) - len(mistakes)} harmless mails alerted. "
        f"The whole demo took {seconds:.0f} s.",
        style=_GOOD if good else _BAD,
    )
    if any(done.verdict is not None and done.verdict.model == rules.NAME for done in outcomes):
        _say(console, "The model could not be loaded; this was the work of simple rules.", style=_BAD)
    if not good:
        _say(console, "That is not what it should be: the demo ends with exit code 1.", style=_BAD)


def connect(console: Console, server: DemoServer) -> None:
    """How to look at the mailbox with a mail program of one's own."""
    _step(console, "Still running")
    for name, value in (
        ("IMAP server", f"{server.host}, port {server.port}"),
        ("security", "none (no TLS; it listens on this machine only)"),
        ("user", server.user),
        ("password", server.password),
        ("address", sample.owner.address),
    ):
        console.print(Text(f"  {name:<13}", style=_QUIET) + Text(value, style="not dim"))
    _say(
        console,
        "Add it to a mail program as an IMAP account. There is no server for outgoing mail: write a "
        "draft, address it as you like and move it to the folder Sent; an alert, if there is one, "
        "lies in the inbox seconds later (the cap of three alerts a day is raised to fifty here). "
        "Ctrl-C ends the demo and removes everything.",
    )


def closing(console: Console) -> None:
    """Where to go from here."""
    _step(console, "Where to go next")
    for command, meaning in (
        ("config.example.toml", "copy it to ~/.config/oopsee/config.toml and fill it in"),
        ("oopsee check", "tries it: server, login, folders, delivery, model"),
        ("oopsee scan", "shows what may have gone wrong in the past"),
        ("oopsee run", "guards your mailbox from now on"),
    ):
        console.print(Text(f"  {command:<21}", style=_STRONG) + Text(meaning, style="not bold"))


def percent(score: float) -> str:
    """A probability for people: two digits that count."""
    return f"{100 * score:.2g} %" if score < 0.995 else "over 99 %"


def _result(done: Outcome) -> str:
    if done.verdict is None:
        return "no verdict"
    if done.alert is None:
        return "silent" if done.right else "missed"
    if not done.right:
        return "false alarm"
    return f"alert; meant: {done.meant_name}" if done.meant_name else "alert"


def _panel(content: Group, title: str, style: str = "blue") -> Panel:
    return Panel(content, title=title, title_align="left", border_style=style, width=WIDTH, padding=(0, 1))


def _rule(console: Console, title: str) -> None:
    console.print(Rule(Text(title, style=_STRONG), style=_QUIET), width=min(WIDTH, console.width))


def _step(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style=_STRONG))


def _say(console: Console, text: str, style: str = "") -> None:
    for row in wrap(text, min(WIDTH, console.width) - 2, break_on_hyphens=False):
        console.print(Text("  " + row, style=style))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " ..."
