"""What goes wrong on the server: it refuses, forgets, is restarted, and its folders change."""

from __future__ import annotations

import contextlib
import imaplib
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.dovecot import PASSWORD
from tests.faults.bench import Bench, until
from tests.faults.kinds import kind
from tests.faults.proxy import CutError, Fault, Line


@kind("server restarted", "Dovecot is told to end and started again after 1 s", mail=False)
@contextmanager
def restarted(bench: Bench) -> Iterator[None]:
    """An update."""
    yield
    bench.server.stop()
    time.sleep(1)
    bench.server.start()


@kind("server killed", "all processes of Dovecot get SIGKILL; it is started again after 1 s", mail=False)
@contextmanager
def killed(bench: Bench) -> Iterator[None]:
    """A crash."""
    yield
    bench.server.restart(pause=1)


@kind("server frozen", "all processes of Dovecot are stopped (SIGSTOP) for 5 s", mail=False, times=4)
@contextmanager
def frozen(bench: Bench) -> Iterator[None]:
    """A disk that hangs."""
    bench.server.send(signal.SIGSTOP)
    yield
    time.sleep(5)
    bench.server.send(signal.SIGCONT)


@kind("folder made anew", "Sent is deleted and made again with the same mail: new UIDVALIDITY")
@contextmanager
def renumbered(bench: Bench) -> Iterator[None]:
    """A restored backup."""
    kept = bench.server.messages(bench.user, "Sent")
    _make_anew(bench)
    bench.server.append(bench.user, "Sent", *kept, flags="\\Seen")
    yield


@kind("UIDs used again", "the same, the mail in the opposite order: known UIDs mean other mail")
@contextmanager
def reused(bench: Bench) -> Iterator[None]:
    """No message may be taken for another."""
    kept = bench.server.messages(bench.user, "Sent")
    _make_anew(bench)
    yield
    bench.server.append(bench.user, "Sent", *reversed(kept), flags="\\Seen")


def _make_anew(bench: Bench) -> None:
    bench.server.delete(bench.user, "Sent")
    # The daemon hears of it and looks, whereupon the server may have made the folder by itself.
    with contextlib.suppress(RuntimeError):
        bench.server.create(bench.user, "Sent")


@kind("folder gone", "Sent is renamed, and named Sent again after 3 s", mail=False)
@contextmanager
def gone(bench: Bench) -> Iterator[None]:
    """Somebody tidies up."""
    with bench.server.connection(bench.user) as line:
        line.rename("Sent", "Elsewhere")
    yield
    time.sleep(3)
    with bench.server.connection(bench.user) as line:
        for _ in range(20):
            with contextlib.suppress(imaplib.IMAP4.error):  # the server makes it anew by itself
                line.delete("Sent")
            if line.rename("Elsewhere", "Sent")[0] == "OK":
                return
            time.sleep(0.1)  # it did so once more in between, when the daemon looked
        raise RuntimeError("Sent cannot be named as before")


@kind("filed twice", "client and provider both file each message", times=3)
@contextmanager
def twice(bench: Bench) -> Iterator[None]:
    """Two copies with the same Message-ID."""
    bench.copies = 2
    yield
    bench.copies = 1


@kind("filed in two folders", "each message is also copied to a second Sent folder", times=3)
@contextmanager
def two_folders(bench: Bench) -> Iterator[None]:
    """As with two mail programs of two languages."""
    yield
    with bench.server.connection(bench.user) as line:
        line.create('"Sent Items"')
        line.select("Sent", readonly=True)
        line.copy("1:*", '"Sent Items"')


@kind("login refused", "for two tries the server says AUTHENTICATIONFAILED to the right password")
@contextmanager
def login_refused(bench: Bench) -> Iterator[None]:
    """Its user database is away."""
    with bench.proxy.under(Answers((b"LOGIN", b"AUTHENTICATE"), b"NO [AUTHENTICATIONFAILED] No.")) as fault:
        bench.proxy.cut()
        yield
        bench.hit(fault, 2)


@kind("connection limit", "others take the user's 6 connections for 3 s", connections=6, mail=False)
@contextmanager
def limit(bench: Bench) -> Iterator[None]:
    """Dovecot answers `[LIMIT] Maximum number of connections`."""
    with contextlib.ExitStack() as held:
        bench.proxy.deafen()
        bench.proxy.cut()
        for _ in range(6):
            held.callback(_hold(bench).shutdown)
        logged = bench.server.log().count("imap-login")
        bench.proxy.listen()
        yield
        until(lambda: bench.server.log().count("imap-login") > logged, "a login over the limit")
        time.sleep(3)


def _hold(bench: Bench) -> imaplib.IMAP4:
    """Take one of the user's connections as soon as there is one."""
    end = time.monotonic() + 20
    while True:
        line = imaplib.IMAP4(bench.server.host, bench.server.port, timeout=10)
        try:
            line.login(bench.user, PASSWORD)
        except imaplib.IMAP4.error:
            line.shutdown()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return line


class Answers(Fault):
    """Answers certain commands itself instead of handing them on."""

    def __init__(self, words: tuple[bytes, ...], answer: bytes, *, most: int = 1_000_000) -> None:
        super().__init__()
        self._words = words
        self._answer = answer
        self._most = most

    def up(self, line: Line, command: bytes) -> bytes:
        """Refuse."""
        parts = command.upper().split()
        named = len(parts) > 1 and (parts[1] in self._words or b" ".join(parts[1:3]) in self._words)
        if not named or self.hits >= self._most:
            return command
        self.hits += 1
        line.say(command.split()[0] + b" " + self._answer + b"\r\n")
        return b""


@kind("FETCH refused", "for 3 s each FETCH is answered `NO [SERVERBUG] Internal error`")
@contextmanager
def fetch_refused(bench: Bench) -> Iterator[None]:
    """No message may be given up for it."""
    with bench.proxy.under(Answers((b"UID FETCH",), b"NO [SERVERBUG] Internal error occurred")) as fault:
        yield
        bench.hit(fault, 2)
        time.sleep(3)


@kind("FETCH not understood", "for 3 s each FETCH is answered `BAD Command line too long`")
@contextmanager
def fetch_bad(bench: Bench) -> Iterator[None]:
    """No message may be given up for it."""
    with bench.proxy.under(Answers((b"UID FETCH",), b"BAD Command line too long")) as fault:
        yield
        bench.hit(fault, 2)
        time.sleep(3)


@kind("SEARCH refused", "for two tries SEARCH is answered `NO [UNAVAILABLE]`")
@contextmanager
def search_refused(bench: Bench) -> Iterator[None]:
    """A backend is away."""
    with bench.proxy.under(Answers((b"UID SEARCH",), b"NO [UNAVAILABLE] Try later")) as fault:
        yield
        bench.hit(fault, 2)


@kind("folder refused", "for two tries EXAMINE is answered `NO [INUSE] Mailbox is locked`")
@contextmanager
def examine_refused(bench: Bench) -> Iterator[None]:
    """Somebody else holds it."""
    with bench.proxy.under(Answers((b"EXAMINE",), b"NO [INUSE] Mailbox is locked")) as fault:
        bench.proxy.cut()
        yield
        bench.hit(fault, 2)


@kind("APPEND refused", "the first two alerts are refused with `NO [OVERQUOTA]`", times=4)
@contextmanager
def append_refused(bench: Bench) -> Iterator[None]:
    """The inbox is full."""
    with bench.proxy.under(Answers((b"APPEND",), b"NO [OVERQUOTA] Quota exceeded", most=2)) as fault:
        bench.file(1, wrong=True)
        yield
        bench.hit(fault, 2)


class LostAppend(Fault):
    """The server files the alert, and the line ends before it can say so."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Cut at the answer."""
        del line
        if b"APPENDUID" in octets and not self.hits:
            self.hits += 1
            raise CutError
        return octets


@kind("answer to APPEND lost", "the alert is filed, and the line ends before the server says so", times=8)
@contextmanager
def append_lost(bench: Bench) -> Iterator[None]:
    """Nobody knows whether it arrived; it must be there once."""
    with bench.proxy.under(LostAppend()) as fault:
        bench.file(1, wrong=True)
        yield
        bench.hit(fault)


class Nonsense(Fault):
    """Breaks the structure that the server describes."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Parentheses that nothing closes."""
        del line
        if b"BODYSTRUCTURE (" not in octets:
            return octets
        self.hits += 1
        return octets.replace(b"BODYSTRUCTURE (", b"BODYSTRUCTURE (((\x00")


@kind("structure is nonsense", "BODYSTRUCTURE comes with parentheses that nothing closes")
@contextmanager
def nonsense(bench: Bench) -> Iterator[None]:
    """The octets themselves are read."""
    with bench.proxy.under(Nonsense()) as fault:
        yield
        bench.hit(fault)
        bench.settle(30)


@kind("SMTP says later", "the mail server for alerts answers `451` to two tries", times=4, delivery="smtp")
@contextmanager
def smtp_later(bench: Bench) -> Iterator[None]:
    """Greylisting."""
    before = bench.mailroom.refused
    bench.mailroom.closed = True
    bench.file(1, wrong=True)
    yield
    until(lambda: bench.mailroom.refused >= before + 2, "two refusals")
    bench.mailroom.closed = False
