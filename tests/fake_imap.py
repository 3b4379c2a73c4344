"""IMAP servers that misbehave on purpose, for the faults that no real server shows when asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Self

Answer = tuple[list[bytes], bytes] | bytes | str | None
"""Untagged lines without "* " and the tagged status, or octets as they are, or "usual"; None is silence."""

OK: Answer = ([], b"OK done")


class FakeImap:
    """Answers each command as `respond(name, arguments)` says; a `ConnectionError` in it hangs up.

    `commands` are the commands received, as "NAME arguments". CAPABILITY, LOGIN and LOGOUT are
    answered here unless `respond` does.
    """

    def __init__(
        self,
        respond: Callable[[str, str], Answer],
        *,
        capabilities: str = "IMAP4rev1",
        greeting: bytes = b"* OK ready",
    ) -> None:
        self.port = 0
        self.commands: list[str] = []
        self._respond = respond
        self._capabilities = capabilities
        self._greeting = greeting
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                line, _ = self._listener.accept()
                with line, contextlib.suppress(ConnectionError):
                    self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        line.sendall(self._greeting + b"\r\n")
        line.settimeout(0.05)
        buffer = b""
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                octets = line.recv(65536)
                if not octets:
                    return
                buffer += octets
            while b"\r\n" in buffer:
                command, _, buffer = buffer.partition(b"\r\n")
                self._one(line, command.decode())

    def _one(self, line: socket.socket, command: str) -> None:
        tag, _, rest = ("", "", command) if command == "DONE" else command.partition(" ")
        name, _, arguments = rest.partition(" ")
        if name == "UID":
            second, _, arguments = arguments.partition(" ")
            name = f"UID {second}"
        self.commands.append(f"{name} {arguments}".strip())
        answer = self._respond(name, arguments)
        if answer == "usual":
            answer = (
                ([f"CAPABILITY {self._capabilities}".encode()], b"OK done") if name == "CAPABILITY" else OK
            )
            if name == "LOGOUT":
                answer = ([b"BYE"], b"OK done")
        if isinstance(answer, bytes):
            line.sendall(answer)
        elif isinstance(answer, tuple):
            lines, status = answer
            line.sendall(
                b"".join(b"* " + one + b"\r\n" for one in lines) + tag.encode() + b" " + status + b"\r\n"
            )


@contextlib.contextmanager
def slipping_in(port: int, octets: bytes) -> Iterator[int]:
    """A line to the server at `port` on which somebody adds `octets` behind the answer to STARTTLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", port))
            back = threading.Thread(target=_relay, args=(far, near, octets))
            back.start()
            _relay(near, far, b"")
            back.join()
            near.close()
            far.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def _relay(source: socket.socket, target: socket.socket, slip_in: bytes) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(65536):
            if slip_in and b"TLS negotiation" in some:
                some, slip_in = some + slip_in, b""
            target.sendall(some)
    for line in (source, target):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
