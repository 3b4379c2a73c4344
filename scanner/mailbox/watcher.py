"""Waiting for new mail: IDLE where the server has it, and a timed poll in any case.

IDLE speaks of one folder. With NOTIFY (RFC 5465) the same connection hears of others too; where
the server has none, refuses it or gives it up, there is IDLE alone.

The watcher only says that it is time to look; the caller looks, by a UID search on a connection
of its own. So a notice that is lost, or a server whose IDLE is silent, costs time and never mail.
"""

from __future__ import annotations

import contextlib
import enum
import os
import select
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from scanner.errors import ScannerError
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.trouble import AnswerError, RefusedError


class Wake(enum.StrEnum):
    """Why the wait ended. After each but `STOPPED` the caller should look for new mail."""

    IDLE = "idle"
    RENEWAL = "renewal"
    POLL = "poll"
    STOPPED = "stopped"


class Watcher:
    """Waits on one folder, and on `others` where the server can, over a connection of its own.

    Parameters
    ----------
    clock
        Monotonic seconds.
    renewal
        Seconds after which IDLE is ended and begun anew: servers may hang up after 30 minutes
        (RFC 2177), and some fall silent long before.
    poll
        Seconds after which `wait` returns even if nothing was heard.
    only_one
        Is told why, when it turns out that only `folder` is watched and not `others`.
    """

    def __init__(
        self,
        endpoint: ImapEndpoint,
        folder: str,
        others: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        renewal: float = 240.0,
        poll: float = 60.0,
        only_one: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._session = Session(endpoint, clock=clock)
        self._folder = folder
        self._others = tuple(others)
        self._only_one = only_one
        self._clock = clock
        self._renewal = renewal
        self._poll = poll
        self._idle_until: float | None = None
        self._wake_read, self._wake_write = os.pipe()
        self._closed = False
        self._stopping = False
        self._talking = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def session(self) -> Session:
        """The watcher's own connection, for its health figures."""
        return self._session

    def stop(self) -> None:
        """End the present wait and all later ones at once; may be called from any thread or signal."""
        self._stopping = True
        if self._talking:
            self._session.drop()  # the answer that the other thread waits for may never come
        if not self._closed:
            os.write(self._wake_write, b".")

    def close(self) -> None:
        """Hang up. Not while another thread waits: `stop` first."""
        if self._closed:
            return
        self._closed = True
        self._session.drop()  # no farewell: it could hang where the line is dead
        os.close(self._wake_read)
        os.close(self._wake_write)

    def wait(self, timeout: float | None = None) -> Wake:
        """Wait for news, at most `timeout` seconds (None: until the next poll), and say why it ended.

        Connects where there is no connection; then, and whenever IDLE was begun anew, it returns
        `RENEWAL` at once, because mail may have come in between.

        Raises
        ------
        ConnectError, ThrottledError, LoginError, CertificateError, FolderError
            The line is dropped; the next call connects again. How long to pause is up to the caller.
        """
        if self._stopped():
            return Wake.STOPPED
        patience = self._poll if timeout is None else min(timeout, self._poll)
        until = self._clock() + patience
        try:
            if not self._session.connected:
                self._begin()
                return Wake.RENEWAL
            if self._idle_until is None:
                return self._sleep(until)
            return self._idle(until)
        except ScannerError:
            if self._stopping:
                return Wake.STOPPED
            raise

    def _begin(self) -> None:
        self._idle_until = None
        try:
            with self._talk():
                self._session.connect()
                self._session.examine(self._folder)
                if self._session.has("IDLE"):
                    self._notify()
                    self._start_idle()
                    self._look_for_overflow()
        except BaseException:
            self._session.drop()
            raise

    @contextlib.contextmanager
    def _talk(self) -> Iterator[None]:
        """While the server's answer is waited for, which `stop` may have to cut short."""
        self._talking = True
        try:
            yield
        finally:
            self._talking = False

    def _notify(self) -> None:
        """Have the server speak of the other folders too."""
        if not self._others:
            return
        if not self._session.has("NOTIFY"):
            self._fall_back("the server has no NOTIFY")
            return
        try:
            self._session.set_notices(self._others)
        except (AnswerError, RefusedError) as error:
            self._fall_back(str(error))

    def _fall_back(self, why: str) -> None:
        self._others = ()
        self._only_one(why)

    def _start_idle(self) -> bool:
        try:
            with self._session.idling("asking for notices of new mail"):
                news = self._session.line.start_idle()
        except AnswerError:  # offered and refused all the same: the poll does the work
            self._idle_until = None
            return False
        self._idle_until = self._clock() + self._renewal
        return news

    def _idle(self, until: float) -> Wake:
        """IDLE stays on between two calls, so nothing that comes in between is missed."""
        while True:
            now = self._clock()
            renew_at = self._idle_until or now
            if now >= renew_at:
                return Wake.IDLE if self._renew() else Wake.RENEWAL
            with self._session.idling("waiting for new mail"):
                line = self._session.line
                arrival = line.wait_idle(self._wake_read, min(until, renew_at) - now)
                if arrival == "wake":
                    return Wake.STOPPED
                if arrival == "data" and line.read_idle():
                    self._look_for_overflow()
                    return Wake.IDLE
            if self._clock() >= until:
                return Wake.POLL

    def _renew(self) -> bool:
        """End IDLE and begin it anew; whether there was news. On a dead line the socket's timeout helps."""
        with self._talk():
            with self._session.idling("renewing the request for notices"):
                news = self._session.line.end_idle()
            news = self._start_idle() or news
            self._look_for_overflow()
            return news

    def _look_for_overflow(self) -> None:
        """Where the server has given NOTIFY up, it says nothing any more: connect anew without it."""
        if self._others and self._session.line.overflowed:
            self._fall_back("the server has more to tell than it will")
            self._session.drop()

    def _sleep(self, until: float) -> Wake:
        """Without IDLE: wait, then ask, so that the line stays open and a dead one shows."""
        if self._stopped(until - self._clock()):
            return Wake.STOPPED
        with self._talk():
            self._session.noop()
        return Wake.POLL

    def _stopped(self, seconds: float = 0.0) -> bool:
        if self._closed or self._stopping:
            return True
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))
