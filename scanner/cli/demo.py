"""`oopsee demo`: the whole job on a sample mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scanner.demo.opened import Opened


def demo(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running and print how to connect to it.")
    ] = False,
) -> None:
    """Show the whole job on a sample mailbox, with a mail server inside this process."""
    from rich.console import Console

    from scanner.demo.run import run_demo

    if code := run_demo(Console(), keep=keep, open_mailbox=_open_mailbox):
        raise typer.Exit(code)


@contextmanager
def _open_mailbox(path: Path) -> Iterator[Opened]:
    """What `oopsee run` would start with this configuration; its log is silent, because the demo tells."""
    from scanner import log
    from scanner.cli import wiring
    from scanner.demo.opened import Opened

    with wiring.opened(path) as found:
        log.configure(form="console", level="error", key=found.store.derive("log"))
        (box,) = found.settings.mailbox
        here = found.store.mailbox(box.name)
        yield Opened(found.daemon, here, lambda: wiring.census(box, here))
