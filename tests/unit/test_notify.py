"""What the service manager hears: over a real socket, and when."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing

import pytest

from scanner.errors import LoginError, ScannerError
from scanner.notify import Notifier
from scanner.pulse import START, STUCK, Pulse


class Manager:
    """A service manager's socket."""

    def __init__(self, line: socket.socket, address: str) -> None:
        self.line = line
        self.address = address

    def heard(self) -> list[str]:
        """All that has come since the last call."""
        found = []
        while True:
            try:
                found.append(self.line.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest) -> Iterator[Manager]:
    """A socket in the file system, and one without a place there."""
    with tempfile.TemporaryDirectory() as directory:  # short: a socket's path has at most 107 octets
        address = f"{directory}/notify" if request.param == "path" else f"@oopsee-{os.getpid()}"
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
            line.bind(address.replace("@", "\0") if address.startswith("@") else address)
            line.setblocking(False)
            yield Manager(line, address)


class Worker:
    """A worker that does what the test says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.poll_seconds = 60.0
        self.passes = 0
        self.error: ScannerError | None = None
        self.silent = 0.0

    def silent_for(self) -> float:
        """As the test says."""
        return self.silent


class Service:
    """A pulse, its workers and its clock."""

    def __init__(self, manager: Manager, watchdog: float = 60.0) -> None:
        self.workers = [Worker("work"), Worker("home")]
        self.now = 1000.0
        self.manager = manager
        notifier = Notifier(manager.address, watchdog=watchdog)
        self.pulse = Pulse(notifier, self.workers, lambda: self.now)

    def beat(self, after: float = 0.0) -> list[str]:
        """What is heard of one beat."""
        self.now += after
        self.pulse.beat()
        return self.manager.heard()


def test_every_state_is_a_datagram_of_its_own(manager: Manager) -> None:
    """As sd_notify(3) defines them; a status stays on one line and cannot smuggle another state in."""
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": manager.address})
    notifier.ready()
    notifier.status("watching\nREADY=1 é")
    notifier.alive()
    notifier.stopping()

    assert ["READY=1", "STATUS=watching READY=1 é", "WATCHDOG=1", "STOPPING=1"] == manager.heard()


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(address: str) -> None:
    """Neither an absent socket nor one that is gone is an error."""
    Notifier.from_environment({"NOTIFY_SOCKET": address} if address else {}).ready()


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "7"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "8"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_watchdog_is_that_of_this_process(variables: dict[str, str], seconds: float) -> None:
    """A watchdog meant for another process is not ours."""
    assert seconds == Notifier.from_environment({"NOTIFY_SOCKET": "/x"} | variables, pid=7).watchdog


def test_ready_comes_with_the_first_outcome(manager: Manager) -> None:
    """A refused login is an outcome too: the service runs, and its status says so."""
    service = Service(manager)
    assert "READY=1" not in service.beat()
    service.workers[0].error = LoginError("anna@firm.example may not")

    assert ["READY=1", "STATUS=watching 0 of 2 mailboxes; not watching work (LoginError)"] == service.beat()


def test_ready_does_not_wait_for_a_slow_server_for_ever(manager: Manager) -> None:
    """The first reading of a large mailbox takes longer than a manager waits for a start."""
    service = Service(manager)

    assert "READY=1" not in service.beat(after=START - 1)
    assert "READY=1" in service.beat(after=1)


def test_a_status_is_said_when_it_changes(manager: Manager) -> None:
    """Names of mailboxes and classes of errors, nobody's address."""
    service = Service(manager, watchdog=0)
    for worker in service.workers:
        worker.passes = 1
    assert ["READY=1", "STATUS=watching 2 of 2 mailboxes"] == service.beat()
    assert [] == service.beat(after=100)
    service.workers[1].error = LoginError("anna@firm.example may not")

    assert ["STATUS=watching 1 of 2 mailboxes; not watching home (LoginError)"] == service.beat()


def test_a_sign_of_life_comes_at_half_of_the_interval(manager: Manager) -> None:
    """Not at every beat, and never later."""
    service = Service(manager, watchdog=60)
    signs = [service.beat(after=1).count("WATCHDOG=1") for _ in range(90)]

    assert [0, 30, 60] == [second for second, sign in enumerate(signs) if sign]


@pytest.mark.pitfall("imapclient-449-watchdog")
def test_a_stuck_mailbox_ends_the_signs_of_life(manager: Manager) -> None:
    """The manager then starts the process anew. A mailbox that only fails is not stuck."""
    service = Service(manager, watchdog=60)
    service.workers[0].error = LoginError()
    service.workers[1].silent = 180 + STUCK
    assert "WATCHDOG=1" in service.beat()
    service.workers[1].silent += 1

    assert "WATCHDOG=1" not in service.beat(after=300)
