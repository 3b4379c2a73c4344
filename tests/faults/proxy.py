"""A line between the daemon and its mail server on which things go wrong when they are told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class CutError(Exception):
    """The line is to end here."""


class Fault:
    """What happens on every line while it holds; this one does nothing. `hits` counts what it did."""

    def __init__(self) -> None:
        self.hits = 0

    def greet(self, line: Line) -> bool:
        """Whether a new line is joined to the server; otherwise it is ended."""
        del line
        return True

    def up(self, line: Line, command: bytes) -> bytes:
        """What the server gets of one line that the daemon says; b"" for nothing."""
        del line
        return command

    def down(self, line: Line, octets: bytes) -> bytes:
        """What the daemon gets of what the server says."""
        del line
        return octets


class Line:
    """One connection through the proxy. `dead` means that nothing gets through any more, either way.

    `more` says that the daemon has said another command together with the one at hand.
    """

    def __init__(self, proxy: Proxy, near: socket.socket) -> None:
        self.proxy = proxy
        self.near = near
        self.far: socket.socket | None = None
        self.dead = False
        self.idle = False
        self.more = False
        self.seen = b""
        self.ended = threading.Event()

    def say(self, octets: bytes) -> None:
        """Tell the daemon something that the server never said."""
        self.near.sendall(octets)

    def cut(self, *, reset: bool = False) -> None:
        """End it: in order, or by a reset that loses what is under way."""
        self.ended.set()
        for end in (self.near, self.far):
            if end is None:
                continue
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                # A blocking recv of the other thread ends only by a shutdown.
                end.shutdown(socket.SHUT_RD)
            end.close()

    def serve(self) -> None:
        """Carry octets both ways until one end hangs up."""
        try:
            if not self.proxy.fault.greet(self):
                return
            self.far = socket.create_connection(("127.0.0.1", self.proxy.target), 5)
            self.far.settimeout(None)
            back = threading.Thread(target=self._down, args=(self.far,), daemon=True)
            back.start()
            self._up(self.far)
        except (OSError, CutError):
            pass
        finally:
            self.cut()
            self.proxy.forget(self)

    def _up(self, far: socket.socket) -> None:
        waiting = b""
        while octets := self.near.recv(65536):
            waiting += octets
            while (end := waiting.find(b"\n")) >= 0:
                command, waiting = waiting[: end + 1], waiting[end + 1 :]
                self.more = b"\n" in waiting
                word = command.upper().strip()
                self.idle = word.endswith(b" IDLE") or (self.idle and word != b"DONE")
                if not self.dead and (passed := self.proxy.fault.up(self, command)):
                    far.sendall(passed)

    def _down(self, far: socket.socket) -> None:
        try:
            while octets := far.recv(65536):
                if not self.dead and (passed := self.proxy.fault.down(self, octets)):
                    self.near.sendall(passed)
        except (OSError, CutError):
            pass
        finally:
            self.cut()


class Proxy:
    """Listens on a port of its own and joins every caller to `target`, under the present `fault`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.fault = Fault()
        self.port = 0
        self.accepted = 0
        self._lines: set[Line] = set()
        self._turn = threading.Lock()
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.deafen()
        self.cut()

    def listen(self) -> None:
        """Take callers, again on the same port."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def deafen(self) -> None:
        """Nothing listens any more: callers are refused."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def cut(self, *, reset: bool = False) -> None:
        """End all lines."""
        for line in self.lines():
            line.cut(reset=reset)

    def lines(self) -> list[Line]:
        """The lines that are open now."""
        with self._turn:
            return list(self._lines)

    def forget(self, line: Line) -> None:
        """Drop a line that has ended."""
        with self._turn:
            self._lines.discard(line)

    @contextlib.contextmanager
    def under(self, fault: Fault) -> Iterator[Fault]:
        """Let a fault hold for the time of the block."""
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = Fault()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = Line(self, near)
            self.accepted += 1
            with self._turn:
                self._lines.add(line)
            threading.Thread(target=line.serve, daemon=True).start()


def pause(seconds: float) -> None:
    """Let time go by."""
    time.sleep(seconds)
