"""`oopsee check`: tries everything that `oopsee run` will need, and writes to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from rich.console import Console

    from scanner.errors import ScannerError
    from scanner.mailbox.imap import Session
    from scanner.settings import Mailbox, Settings

Step = Callable[[], str]


def check(
    *,
    config: options.Config = None,
    mailbox: Annotated[
        str | None, typer.Option("--mailbox", "-m", help="Only this mailbox; without it, all of them.")
    ] = None,
) -> None:
    """Try all that `oopsee run` needs and say what is wrong: state, model, login, folders, delivery."""
    from scanner.cli.terminal import console

    settings = options.settings_from(config)
    out = console()
    out.print(
        f"ok    configuration: {len(settings.mailbox)} mailbox{'es' if len(settings.mailbox) > 1 else ''}"
    )
    state = _try(out, "state", lambda: _state(settings))
    # One's own models lie in the state directory: where that is of no use, so are they.
    errors = [state, None if state else _try(out, "model", lambda: _model(settings))]
    boxes = [options.one_mailbox(settings, mailbox)] if mailbox else list(settings.mailbox)
    for box in boxes:
        errors.extend(_mailbox(out, settings, box))
    first = next((error for error in errors if error is not None), None)
    if first is not None:
        raise typer.Exit(first.exit_code)


def _try(out: Console, name: str, step: Step) -> ScannerError | None:
    """Do one step and say how it went; its error, if any."""
    from scanner.alert.safe import lines
    from scanner.errors import ScannerError

    try:
        out.print("ok    " + lines(f"{name}: {step()}"))
    except ScannerError as error:
        out.print("FAIL  " + lines(f"{name}: {error}"), style="red")
        for label, text in (("This means", error.meaning), ("What to do", error.remedy)):
            if text:
                out.print("      " + lines(f"{label}: {text}"))
        return error
    return None


def _state(settings: Settings) -> str:
    from scanner.store import Store

    with Store.open(settings.state.database) as store:
        store.verify()
        holders = {box.name: store.mailbox(box.name).holder() for box in settings.mailbox}
    said = [f"process {pid} guards {name}" for name, pid in holders.items() if pid]
    return "; ".join([str(settings.state.database), *said])


def _model(settings: Settings) -> str:
    from scanner.detect.model import load_active

    model = load_active(settings.model_dir, settings.model_key)
    return f"{model.name} ({model.digest[:12]})"


def _mailbox(out: Console, settings: Settings, box: Mailbox) -> list[ScannerError | None]:
    """The steps of one mailbox; after a failed one, those that need it are left out."""
    from scanner.cli.wiring import session

    connection = session(settings, box)
    try:
        login = _try(out, f"{box.name}, connection and login", lambda: _login(connection, box))
        if login is not None:
            return [login]
        folders = _try(out, f"{box.name}, folders", lambda: _folders(connection, box))
        return [
            folders,
            None if folders else _try(out, f"{box.name}, address", lambda: _address(connection, box)),
            _try(out, f"{box.name}, announcements", lambda: _announcements(connection)),
            _try(out, f"{box.name}, delivery", lambda: _delivery(settings, box)),
        ]
    finally:
        connection.close()


def _login(connection: Session, box: Mailbox) -> str:
    connection.connect()
    how = {"tls": "TLS", "starttls": "STARTTLS"}.get(box.imap.security, "READABLE BY ANYBODY ON THE WAY")
    return f"{box.imap.username} at {box.imap.host} port {box.imap.port}, {how}"


def _folders(connection: Session, box: Mailbox) -> str:
    from scanner.mailbox import folders

    found = folders.discover(connection, box.folders.sent)
    folders.require_inbox(found, box.folders.inbox)
    if found.missing:
        raise folders.not_there(found.missing[0], found.listing)
    names = [*found.sent, found.all_mail or box.folders.inbox]
    counts = {name: connection.status(name).exists for name in names}
    said = ", ".join(f"{name} ({exists} messages)" for name, exists in counts.items())
    if limited := [name for name, exists in counts.items() if folders.is_limit(exists)]:
        which = " and ".join(limited)
        said += f". {which} may hold more: a limit on folder sizes (in Gmail's settings, under Forwarding"
        said += " and POP/IMAP) hides older mail from Oopsee"
    return said


def _address(connection: Session, box: Mailbox) -> str:
    """Whether the latest messages in the Sent folders are from the owner, by what the setting says."""
    from collections import Counter

    from scanner.alert.safe import one_line
    from scanner.errors import ConfigError
    from scanner.mailbox import folders
    from scanner.message.parse import parse

    found: Counter[str] = Counter()
    for folder in folders.discover(connection, box.folders.sent).sent:
        connection.examine(folder)
        latest = connection.search(["ALL"])[-_LOOKED_AT:]
        item = "BODY.PEEK[HEADER.FIELDS (FROM)]"
        for answer in (connection.fetch(latest, [item]) if latest else {}).values():
            header = next((octets for name, octets in answer.items() if name.startswith(b"BODY[")), b"")
            if address := parse(bytes(header or b"")).sender.address:
                found[address] += 1
    if any(address in box.owner for address in found):
        return f"mail in the Sent folder is from {box.address}" + (" or an alias" if box.aliases else "")
    if not found:
        return f"alerts go to {box.address}; the Sent folder is empty, so nothing shows whether that is you"
    others = ", ".join(one_line(address, 100) for address, _ in found.most_common(3))
    raise ConfigError(
        f"None of the {found.total()} latest messages in the Sent folder is from {box.address}. They are "
        f"from {others}.",
        meaning="Alerts would go to an address that may not be yours, and your own counts as a stranger's.",
        remedy="Correct address, or name your other addresses in aliases.",
    )


_LOOKED_AT = 50


def _announcements(connection: Session) -> str:
    if connection.has("IDLE"):
        return "the server announces new mail at once (IDLE)"
    return "the server announces nothing; the poll finds new mail"


def _delivery(settings: Settings, box: Mailbox) -> str:
    from scanner.cli.wiring import smtp

    if box.delivery == "smtp":
        smtp(settings, box).check()
        at = box.smtp
        return f"the server {at.host} takes our mail" if at else ""
    if box.delivery == "console":
        return "alerts are printed by 'oopsee run'"
    return f"alerts are filed in {box.folders.inbox}"
