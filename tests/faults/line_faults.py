"""What goes wrong on the line: it is cut, falls silent, crawls, or says what no server says."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.bench import TIMEOUT, Bench
from tests.faults.kinds import kind
from tests.faults.proxy import CutError, Fault, Line

_DATA = b" FETCH ("
"""What the server's answers with mail in them contain."""


@kind("line closed", "all connections are closed (FIN)", times=8)
@contextmanager
def closed(bench: Bench) -> Iterator[None]:
    """In the middle of whatever goes on."""
    yield
    bench.proxy.cut()


@kind("line reset", "all connections are reset (RST)", times=8)
@contextmanager
def reset(bench: Bench) -> Iterator[None]:
    """What is under way is lost."""
    yield
    bench.proxy.cut(reset=True)


@kind("line dead", "open connections carry nothing any more, neither way, and nobody says so")
@contextmanager
def dead(bench: Bench) -> Iterator[None]:
    """As when a router has forgotten the flow; new connections work."""
    for line in bench.proxy.lines():
        line.dead = True
    yield


@kind("no connection", "for 3 s nothing listens on the port")
@contextmanager
def refused(bench: Bench) -> Iterator[None]:
    """Connections are refused."""
    bench.proxy.deafen()
    bench.proxy.cut()
    yield
    time.sleep(3)
    bench.proxy.listen()


class Mute(Fault):
    """Takes connections and never says a word."""

    def greet(self, line: Line) -> bool:
        """Keep the caller waiting until he gives up."""
        self.hits += 1
        line.near.settimeout(20)
        while line.near.recv(4096):
            pass
        return False


@kind("no greeting", "new connections are taken, and nothing is ever said on them, for 6 s")
@contextmanager
def mute(bench: Bench) -> Iterator[None]:
    """A server that is up and does not answer."""
    with bench.proxy.under(Mute()) as fault:
        bench.proxy.cut()
        yield
        bench.hit(fault)
        time.sleep(TIMEOUT)


class Greeting(Fault):
    """Greets with a sentence of its own and hangs up."""

    def __init__(self, words: bytes) -> None:
        super().__init__()
        self._words = words

    def greet(self, line: Line) -> bool:
        """Say the sentence."""
        self.hits += 1
        line.say(self._words)
        return False


@kind("sent away", "the greeting is `* BYE Too many connections`, for two tries")
@contextmanager
def sent_away(bench: Bench) -> Iterator[None]:
    """Throttled before the login."""
    with bench.proxy.under(Greeting(b"* BYE Too many connections, try again later\r\n")) as fault:
        bench.proxy.cut()
        yield
        bench.hit(fault, 2)


@kind("another protocol", "the port answers as a web server does, for two tries")
@contextmanager
def another_protocol(bench: Bench) -> Iterator[None]:
    """A captive portal."""
    words = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n"
    with bench.proxy.under(Greeting(words)) as fault:
        bench.proxy.cut()
        yield
        bench.hit(fault, 2)


class Crawl(Fault):
    """Hands on one octet at a time."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """A thousand octets a second at most."""
        self.hits += 1
        for place in range(len(octets)):
            if self is not line.proxy.fault:
                return octets[place:]
            line.say(octets[place : place + 1])
            time.sleep(0.001)
        return b""


@kind("line slow", "for 6 s the server's words arrive octet by octet, a thousand a second")
@contextmanager
def slow(bench: Bench) -> Iterator[None]:
    """A bad mobile connection."""
    with bench.proxy.under(Crawl()):
        yield
        time.sleep(6)


class Late(Fault):
    """Each answer takes most of the time that it may."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Wait, then hand on."""
        del line
        self.hits += 1
        time.sleep(0.6 * TIMEOUT)
        return octets


@kind("answers late", "for 10 s each answer takes 1.8 s of the 3 s allowed", times=4)
@contextmanager
def late(bench: Bench) -> Iterator[None]:
    """A server under load."""
    with bench.proxy.under(Late()):
        yield
        time.sleep(10)


class Noise(Fault):
    """Puts random octets where an answer should be."""

    def __init__(self, often: int) -> None:
        super().__init__()
        self._left = often
        self._chance = random.Random(1)

    def down(self, line: Line, octets: bytes) -> bytes:
        """Noise of the same length."""
        del line
        if self._left <= 0:
            return octets
        self._left -= 1
        self.hits += 1
        return self._chance.randbytes(len(octets)) + b"\r\n"


@kind("garbage", "two answers in a row are random octets", times=8)
@contextmanager
def garbage(bench: Bench) -> Iterator[None]:
    """Something on the way is broken."""
    with bench.proxy.under(Noise(2)) as fault:
        yield
        bench.hit(fault, 2)


class HalfAnswer(Fault):
    """Cuts the line in the middle of an answer with mail in it."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Half of it arrives."""
        if _DATA in octets and not self.hits:
            self.hits += 1
            line.say(octets[: len(octets) // 2])
            raise CutError
        return octets


@kind("cut in an answer", "the line ends in the middle of a FETCH answer", times=8)
@contextmanager
def half_answer(bench: Bench) -> Iterator[None]:
    """Part of the mail has come."""
    with bench.proxy.under(HalfAnswer()) as fault:
        yield
        bench.hit(fault)


class StalledAnswer(Fault):
    """Falls silent in the middle of an answer with mail in it."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Half of it arrives, then nothing more."""
        if _DATA in octets and not self.hits:
            self.hits += 1
            line.dead = True
            return octets[: len(octets) // 2]
        return octets


@kind("stalled in an answer", "the line falls silent in the middle of a FETCH answer")
@contextmanager
def stalled_answer(bench: Bench) -> Iterator[None]:
    """Nobody says that it is over."""
    with bench.proxy.under(StalledAnswer()) as fault:
        yield
        bench.hit(fault)


class WrongLength(Fault):
    """Says of a literal that it is longer than it is."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def down(self, line: Line, octets: bytes) -> bytes:
        """The announced octets never come."""
        start, end = octets.find(b"{"), octets.find(b"}\r\n")
        if self.hits or _DATA not in octets or not 0 <= start < end:
            return octets
        self.hits += 1
        line.dead = True
        return octets[:start] + b"{%d" % self._length + octets[end:]


@kind("length too great", "a FETCH answer announces 5,000 octets more than come")
@contextmanager
def too_long(bench: Bench) -> Iterator[None]:
    """The rest is waited for in vain."""
    with bench.proxy.under(WrongLength(9000)) as fault:
        yield
        bench.hit(fault)


class Flood(Fault):
    """Announces a literal of four gigabytes and begins to send it."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Up to 200 megabytes, where nobody hangs up."""
        if self.hits or _DATA not in octets:
            return octets
        self.hits += 1
        line.say(b"* 1 FETCH (UID 1 BODY[HEADER]<0> {4000000000}\r\n")
        for _ in range(200):
            line.say(b"x" * 1_000_000)
        raise CutError


@kind("endless literal", "a FETCH answer announces 4 GB and sends them", times=3)
@contextmanager
def flood(bench: Bench) -> Iterator[None]:
    """The daemon hangs up before its memory is full."""
    with bench.proxy.under(Flood()) as fault:
        yield
        bench.hit(fault)


class HugeLine(Fault):
    """Says one line without an end."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Up to 100 megabytes, where nobody hangs up."""
        if self.hits or _DATA not in octets:
            return octets
        self.hits += 1
        line.say(b"* OK ")
        for _ in range(100):
            line.say(b"x" * 1_000_000)
        raise CutError


@kind("endless line", "an answer is one line of 100 MB", times=3)
@contextmanager
def huge_line(bench: Bench) -> Iterator[None]:
    """The daemon hangs up before its memory is full."""
    with bench.proxy.under(HugeLine()) as fault:
        yield
        bench.hit(fault)


class Bye(Fault):
    """Ends IDLE by BYE."""

    def up(self, line: Line, command: bytes) -> bytes:
        """Say it as soon as the daemon is idle."""
        if line.idle and not self.hits:
            self.hits += 1
            line.say(b"+ idling\r\n* BYE Autologout; idle for too long\r\n")
            raise CutError
        return command


@kind("BYE in IDLE", "the server ends IDLE by `* BYE Autologout` and hangs up", times=6)
@contextmanager
def bye(bench: Bench) -> Iterator[None]:
    """As servers do after half an hour."""
    with bench.proxy.under(Bye()) as fault:
        for line in bench.proxy.lines():
            if line.idle:
                line.cut()
        yield
        bench.hit(fault)


class Whisper(Fault):
    """Keeps announcements to itself."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Nothing that the server says by itself while idle arrives."""
        if line.idle and octets.startswith(b"* "):
            self.hits += 1
            return b""
        return octets


@kind("IDLE silent", "no announcement arrives while IDLE is on")
@contextmanager
def whisper(bench: Bench) -> Iterator[None]:
    """The poll finds the mail."""
    with bench.proxy.under(Whisper()):
        yield
        bench.settle(30)


class StuckDone(Fault):
    """Never answers the end of IDLE."""

    def up(self, line: Line, command: bytes) -> bytes:
        """The line is dead from there on."""
        if command.upper().strip() == b"DONE" and not self.hits:
            self.hits += 1
            line.dead = True
        return command


@kind("leaving IDLE hangs", "the end of IDLE is never answered")
@contextmanager
def stuck_done(bench: Bench) -> Iterator[None]:
    """As when the network is gone."""
    with bench.proxy.under(StuckDone()) as fault:
        yield
        bench.hit(fault)


class Marked(Fault):
    """Cuts or stalls whenever one mark is about to pass."""

    def __init__(self, mark: bytes, *, stall: bool = False) -> None:
        super().__init__()
        self._mark = mark
        self._stall = stall

    def down(self, line: Line, octets: bytes) -> bytes:
        """End before the mark."""
        if self._mark not in octets:
            return octets
        self.hits += 1
        if self._stall:
            line.dead = True
            return b""
        raise CutError


@kind(
    "hangs up on one mail",
    "the server hangs up whenever a certain message is read",
    times=4,
    mail=False,
    aside=1,
)
@contextmanager
def hangs_up(bench: Bench) -> Iterator[None]:
    """That message is set aside, those around it are scored."""
    with bench.proxy.under(Marked(b"Unlucky")) as fault:
        bench.file(1, wrong=False, subject="Unlucky")
        bench.file(3)
        yield
        bench.hit(fault)
        bench.settle(90)


@kind("hangs up on one text", "the same, but its header can be read", times=4, mail=False)
@contextmanager
def hangs_up_on_text(bench: Bench) -> Iterator[None]:
    """It is scored by its header."""
    with bench.proxy.under(Marked(b"unlucky words")) as fault:
        bench.file(1, wrong=True, text="Some unlucky words.")
        bench.file(3)
        yield
        bench.hit(fault)
        bench.settle(90)


@kind(
    "stalls on one mail",
    "the server falls silent whenever a certain message is read",
    times=3,
    mail=False,
    aside=1,
)
@contextmanager
def stalls_on(bench: Bench) -> Iterator[None]:
    """That message is set aside, those around it are scored."""
    with bench.proxy.under(Marked(b"Unlucky", stall=True)) as fault:
        bench.file(1, wrong=False, subject="Unlucky")
        bench.file(3)
        yield
        bench.hit(fault)
        bench.settle(90)
