"""Telling systemd how the service is (sd_notify(3)): a datagram to the socket that it names.

The protocol is stable and meant to be spoken directly; the libraries for it either are no longer
kept up or need libsystemd.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends states to the socket of the service manager; to nobody where there is none.

    `address` is the path of a socket, or an abstract name that begins with "@". Nothing that goes
    wrong with it is raised: a daemon does not end because nobody listens to how it is.
    `watchdog` is how many seconds may pass between two signs of life, 0 for any number.
    """

    def __init__(self, address: str = "", *, watchdog: float = 0.0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = watchdog

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, *, pid: int | None = None) -> Notifier:
        """What $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID say; `pid` is that of this process."""
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return cls()
        usec, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        ours = not meant or meant == str(os.getpid() if pid is None else pid)
        return cls(address, watchdog=int(usec) / 1e6 if usec.isdecimal() and ours else 0.0)

    def ready(self) -> None:
        """The service has started."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The service is about to end."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """The service works."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for people."""
        self._send("STATUS=" + " ".join(text.split()))

    def _send(self, state: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(1.0)
            line.sendto(state.encode(), self._address)
