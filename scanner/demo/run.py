"""`oopsee demo`: the whole job on a sample mailbox, told as it happens.

Everything that judges here is what guards a real mailbox: the daemon of `oopsee run`, its
configuration file, the shipped model, the default budget. Only the server and the mail are made up.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.extras import install

if TYPE_CHECKING:
    from rich.console import Console

    from scanner.demo.opened import Opened


def run_demo(
    console: Console, *, keep: bool, open_mailbox: Callable[[Path], AbstractContextManager[Opened]]
) -> int:
    """Show the whole job; 0 where each mistake was alerted and nothing else, 1 where not.

    Parameters
    ----------
    keep
        Leave it running at the end, until Ctrl-C.
    open_mailbox
        From the path of a configuration file to what `oopsee run` would start with it.

    Raises UsageError where the package of the embedded server is missing.
    """
    if find_spec("pymap") is None:
        raise UsageError(
            "The demo's own mail server is not installed.",
            meaning="Everything else works without it.",
            remedy=f"Run: {install('demo')}",
        )
    from scanner.demo.play import play  # noqa: PLC0415 - it needs the package asked for above

    with _ended_like_ctrl_c():
        return play(console, keep=keep, open_mailbox=open_mailbox)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that nothing is left on the disk."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
