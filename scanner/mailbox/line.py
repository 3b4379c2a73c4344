"""The line to one IMAP server: socket, TLS, read buffer and IDLE, below the protocol of imaplib.

The standard library's connection reads through a buffered file, in which an answer can lie
unseen while one waits on the socket; an IDLE notice that comes with the first answer is lost
that way. This line keeps its own buffer, so waiting always knows what has come. It also notes
when the server last said anything, how many commands were sent and how many octets came.
NOTIFY, which the library does not know, is spoken here too; its notices come as lines of IDLE.
"""

from __future__ import annotations

import contextlib
import imaplib
import select
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from imapclient import IMAPClient
from imapclient.imapclient import as_pairs
from imapclient.response_parser import parse_response

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Arrival = Literal["data", "wake", "timeout"]

_RECEIVE = 65536
# A SEARCH over a million messages answers in one line of some ten million octets.
_LONGEST_LINE = 64 * 1024 * 1024
# No more than a megabyte of one message is ever asked for; some servers send all of it nevertheless.
_LONGEST_LITERAL = 64 * 1024 * 1024


class Line(imaplib.IMAP4):
    """An IMAP connection with its own buffer, TCP keepalive and a note of the last answer.

    Parameters
    ----------
    tls
        The context for TLS from the first octet on; None starts in cleartext (for STARTTLS).
    timeout
        Seconds that connecting, and later every single read and write, may take.
    clock
        Gives the present moment in seconds; `answered_at` is in its terms.
    opening
        Is told the socket before anything is waited for on it, so that another thread can end the wait.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        timeout: float,
        clock: Callable[[], float],
        opening: Callable[[socket.socket], None],
    ) -> None:
        self._opening = opening
        self.answered_at: float | None = None
        self.commands = 0
        self.octets = 0
        self.overflowed = False
        self._tls = tls
        self._clock = clock
        self._patience = timeout
        self._buffer = bytearray()
        self._buffered_from: socket.socket | None = None
        self._idle_tag = b""
        self._held: bytearray | None = None
        super().__init__(host, port, timeout)

    # ------------------------------------------------------------------ what imaplib asks for

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        raw = self._reach(timeout or self._patience)
        try:
            _tune(raw)
            if self._tls is None:
                return raw
            secure = self._tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            raw.close()
            raise
        try:
            self._opening(secure)
            secure.do_handshake()
        except BaseException:
            secure.close()
            raise
        return secure

    def _reach(self, timeout: float) -> socket.socket:
        """Connect to the first of the host's addresses that answers."""
        trouble: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            raw = socket.socket(family, kind, protocol)
            try:
                raw.settimeout(timeout)
                self._opening(raw)
                raw.connect(address)
            except OSError as error:
                raw.close()
                trouble = error
            except BaseException:
                raw.close()
                raise
            else:
                return raw
        raise trouble or OSError(f"{self.host} has no address")

    def _new_tag(self) -> bytes:
        self.commands += 1
        tag: bytes = super()._new_tag()  # type: ignore[misc]  # typeshed leaves it out
        return tag

    def read(self, size: int) -> bytes:
        """Exactly `size` octets, fewer only where the server hangs up."""
        if size > _LONGEST_LITERAL:
            raise self.abort(f"a literal of more than {_LONGEST_LITERAL} octets")
        self._refuse_old_octets()
        while len(self._buffer) < size and self._receive():
            pass
        return self._take(size)

    def readline(self) -> bytes:
        """One line with its line end; b"" where the server has hung up."""
        self._refuse_old_octets()
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _LONGEST_LINE:
                raise self.abort(f"a line of more than {_LONGEST_LINE} octets")
            if not self._receive():
                return self._take(len(self._buffer))
        return self._take(end + 1)

    def send(self, data: ReadableBuffer) -> None:
        """Send octets, or hold them back while several commands are put together."""
        if self._held is None:
            super().send(data)
        else:
            self._held += data

    def write_utf8(self) -> None:
        """Send what is not ASCII in UTF-8. Not by imaplib's own mode, which breaks APPEND."""
        self._encoding = "utf-8"

    def drop(self) -> None:
        """Give the socket up without a word; a dead line may never answer a polite good-bye."""
        with contextlib.suppress(OSError):
            self.shutdown()
        with contextlib.suppress(OSError):
            self.sock.close()

    def together(self, commands: Sequence[tuple[str, str]]) -> list[list[Any]]:
        """Send several commands at once and wait for all (RFC 9051 section 5.5); each is (name, arguments).

        One list of untagged answers of that name for each command, as imaplib gives them; an empty one
        where the server refused it. No name or argument may be a literal.
        """
        send, complete = self._command, self._command_complete
        self._held = bytearray()
        try:
            tags = [send(name, *filter(None, [arguments])) for name, arguments in commands]
        finally:
            held, self._held = self._held, None
        self.send(held)
        answers: list[list[Any]] = []
        for tag, (name, _) in zip(tags, commands, strict=True):
            try:
                kind, _ = complete(name, tag)
            except self.abort:
                raise
            except self.error:  # BAD: the others are answered all the same
                kind = "BAD"
            found: list[Any] = self.untagged_responses.pop(name, [])
            answers.append([one for one in found if one is not None] if kind == "OK" else [])
        return answers

    # ------------------------------------------------------------------ IDLE (RFC 2177)

    def set_notices(self, folders: Sequence[str]) -> bool:
        """Ask for notices of new mail in the opened folder and in `folders` (NOTIFY, RFC 5465).

        `folders` are quoted and encoded names. Returns whether there already are news.
        Raises `imaplib.IMAP4.error` where the server refuses.
        """
        events = "(MessageNew MessageExpunge)"
        others = f" (mailboxes ({' '.join(folders)}) {events})" if folders else ""
        if any("&" in name for name in folders):
            # Dovecot 2.3 agrees and is silent: it takes names here as UTF-8 alone. So hear of all folders.
            others += f" (personal {events})"
        tag = self._new_tag()
        self.send(tag + f" NOTIFY SET (selected {events}){others}\r\n".encode())
        news = False
        while not (line := self._whole_line()).startswith(tag):
            news = self._is_news(line) or news
        self.tagged_commands.pop(tag, None)
        status, _, words = line.partition(b" ")[2].strip().partition(b" ")
        if status.upper() != b"OK":
            raise self.error(f"NOTIFY failed: {words.decode('ascii', 'replace')}")
        return news

    def start_idle(self) -> bool:
        """Ask the server to speak up by itself; whether it already has, while it agreed.

        Raises `imaplib.IMAP4.error` where the server refuses.
        """
        self._idle_tag = self._new_tag()
        self.send(self._idle_tag + b" IDLE\r\n")
        news = False
        while True:
            line = self._whole_line()
            if line.startswith(b"+"):
                return news
            if line.startswith(self._idle_tag):
                self._forget_idle()
                raise self.error(line.partition(b" ")[2].strip().decode("ascii", "replace"))
            news = self._is_news(line) or news

    def wait_idle(self, wake: int, seconds: float) -> Arrival:
        """Wait until the server has sent something, descriptor `wake` is readable, or time is up."""
        if b"\n" in self._buffer or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return "data"
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        poll.register(wake, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}
        if wake in ready:
            return "wake"
        return "data" if ready else "timeout"

    def read_idle(self) -> bool:
        """Read what the server has sent while idle; whether it may concern the messages."""
        news = self._is_news(self._whole_line())
        while b"\n" in self._buffer:
            news = self._is_news(self._whole_line()) or news
        return news

    def end_idle(self) -> bool:
        """Leave IDLE; whether the server had news while it ended."""
        self.send(b"DONE\r\n")
        news = False
        while not (line := self._whole_line()).startswith(self._idle_tag):
            news = self._is_news(line) or news
        self._forget_idle()
        return news

    def _forget_idle(self) -> None:
        self.tagged_commands.pop(self._idle_tag, None)
        self._idle_tag = b""

    def _is_news(self, line: bytes) -> bool:
        if line.upper().startswith(b"* BYE"):
            raise self.abort(line[2:].strip().decode("ascii", "replace"))
        if line.upper().startswith(b"* OK [NOTIFICATIONOVERFLOW]"):
            self.overflowed = True  # and from here on silent (RFC 5465 section 5.8)
            return True
        # "* OK Still here" only keeps the line open; all else is worth a look.
        return line.startswith(b"* ") and not line.upper().startswith(b"* OK")

    # ------------------------------------------------------------------ the buffer

    def _whole_line(self) -> bytes:
        line = self.readline()
        if not line.endswith(b"\n"):
            raise self.abort("the server hung up")
        return line

    def _receive(self) -> bool:
        octets = self.sock.recv(_RECEIVE)
        if octets:
            self.answered_at = self._clock()
            self.octets += len(octets)
            self._buffer += octets
        return bool(octets)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _refuse_old_octets(self) -> None:
        # What came in cleartext behind the answer to STARTTLS may be anybody's (RFC 9051 section 6.2.1).
        if self._buffered_from is not self.sock:
            self._buffer.clear()
            self._buffered_from = self.sock


class Client(IMAPClient):  # type: ignore[misc]  # the library carries no types
    """IMAPClient over a `Line`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        timeout: float,
        clock: Callable[[], float],
        opening: Callable[[socket.socket], None] = lambda _: None,
    ) -> None:
        self._make_line: Callable[[], Line] = lambda: Line(
            host, port, tls=tls, timeout=timeout, clock=clock, opening=opening
        )
        super().__init__(host, port, ssl=tls is not None, ssl_context=tls, timeout=timeout)
        self.normalise_times = False
        self.line.debug = 0  # neither mail nor passwords go into any log

    def _create_IMAP4(self) -> Line:  # noqa: N802  the library's name
        return self._make_line()

    def statuses(
        self, folders: Sequence[str], items: Sequence[str], *, closing: bool
    ) -> list[dict[bytes, Any]]:
        """STATUS of several folders in one round trip, {} for one that the server refuses.

        With `closing` the opened folder is closed first.
        """
        asked = [("STATUS", f"{self.quoted(name)} ({' '.join(items)})") for name in folders]
        answers = self.line.together([("UNSELECT", ""), *asked] if closing else asked)
        if closing:
            self.line.state = "AUTH"
            del answers[0]
        # More than one answer: they came in another order than was asked, and nobody knows which is whose.
        lines = [sum(isinstance(part, bytes) for part in answer) for answer in answers]
        return [
            dict(as_pairs(parse_response(answer)[-1])) if many == 1 else {}
            for answer, many in zip(answers, lines, strict=True)
        ]

    def accept_utf8(self) -> None:
        """Write and read names of folders in UTF-8 where the server can (ENABLE UTF8=ACCEPT, RFC 6855).

        A server that refuses goes on in modified UTF-7. `UTF8=ONLY` is a server that knows nothing else.
        """
        if not (self.has_capability("UTF8=ACCEPT") or self.has_capability("UTF8=ONLY")):
            return
        try:
            enabled = self.enable("UTF8=ACCEPT")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return
        if any(bytes(one).upper() == b"UTF8=ACCEPT" for one in enabled):
            self.folder_encode = False
            self.line.write_utf8()

    def quoted(self, folder: str) -> str:
        """A folder's name as it is written in a command."""
        name = self._normalise_folder(folder)
        return name.decode("ascii") if isinstance(name, bytes) else str(name)

    @property
    def line(self) -> Line:
        """The connection itself."""
        line: Any = self._imap
        assert isinstance(line, Line)  # noqa: S101  for the type checker
        return line


def _tune(raw: socket.socket) -> None:
    """Ask after a silent line once a minute, since routers forget it otherwise (RFC 9293 section 3.8.4).

    And send at once: the library writes a command and its line end apart, and the second would wait
    for the server's acknowledgement of the first.
    """
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if (option := getattr(socket, name, None)) is not None:
            raw.setsockopt(socket.IPPROTO_TCP, option, value)
