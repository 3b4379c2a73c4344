"""What the demo is given by the command: the daemon, made from a configuration file as always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from scanner.store import MailboxStore


class Runs(Protocol):
    """What guards mailboxes until it is told to stop: `scanner.daemon.Daemon`."""

    def run(self, stop: Event) -> bool:
        """Guard until `stop` is set; whether everything had ended in time."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the configuration file of the demo leads to: the daemon as `oopsee run` has it, and its state.

    `census` tells how many contacts and groups the history holds.
    """

    daemon: Runs
    store: MailboxStore
    census: Callable[[], tuple[int, int]]
