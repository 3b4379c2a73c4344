"""What goes wrong on the daemon's own machine: it is killed, stopped, without room, at another time."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.faults.bench import Bench, fill, until
from tests.faults.kinds import kind

_chance = random.Random(1)


@kind("daemon killed", "SIGKILL at a random moment, and a new start", times=8)
@contextmanager
def killed(bench: Bench) -> Iterator[None]:
    """In the middle of whatever it does."""
    yield
    time.sleep(_chance.uniform(0.0, 0.5))
    bench.kill()
    bench.start()


@kind("daemon killed at its start", "three times in a row SIGKILL within 3 s of the start", times=4)
@contextmanager
def killed_early(bench: Bench) -> Iterator[None]:
    """While it opens its state, connects, or catches up."""
    yield
    for _ in range(3):
        bench.kill()
        bench.start()
        time.sleep(_chance.uniform(0.5, 3.0))


@kind("daemon ended", "SIGTERM, and a new start after more mail has come")
@contextmanager
def ended(bench: Bench) -> Iterator[None]:
    """A restart of the machine."""
    if (code := bench.stop()) != 0:
        raise RuntimeError(f"it ended with {code}")
    yield
    bench.start()


@kind("daemon stopped", "SIGSTOP for 6 s, longer than its time limits, then SIGCONT")
@contextmanager
def stopped(bench: Bench) -> Iterator[None]:
    """A laptop that sleeps."""
    bench.signal(signal.SIGSTOP)
    yield
    time.sleep(6)
    bench.signal(signal.SIGCONT)


@kind("two daemons", "a second daemon is started on the same mailbox")
@contextmanager
def two(bench: Bench) -> Iterator[None]:
    """It must refuse to work."""
    second = bench.launch()
    yield
    try:
        if (code := second.wait(60)) != 4:
            raise RuntimeError(f"the second daemon ended with {code}")
    finally:
        second.kill()


@kind("two daemons at once", "the daemon is killed and two are started at the same moment")
@contextmanager
def race(bench: Bench) -> Iterator[None]:
    """One of them works."""
    bench.kill()
    both = [bench.launch(), bench.launch()]
    yield
    until(lambda: any(one.poll() is not None for one in both), "one of the two to give way")
    bench.process = next(one for one in both if one.poll() is None)


@kind("disk full", "the disk with the state has no room for 4 s", times=4, small_disk=True)
@contextmanager
def full(bench: Bench) -> Iterator[None]:
    """A tmpfs of 6 MB, filled by a file."""
    ballast = fill(bench.state)
    yield
    time.sleep(4)
    ballast.unlink()


@kind("database locked", "another program holds the state database for 5 s")
@contextmanager
def locked(bench: Bench) -> Iterator[None]:
    """A backup."""
    with closing(sqlite3.connect(bench.state / "oopsee.db", timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        time.sleep(5)
        other.execute("ROLLBACK")


@kind("clock put back", "the clock goes back by an hour, and the server is away for 3 s", times=3, clock=True)
@contextmanager
def back(bench: Bench) -> Iterator[None]:
    """The poll must not wait for the hour to come again."""
    bench.proxy.deafen()
    bench.proxy.cut()
    bench.set_clock_back()
    yield
    time.sleep(3)
    bench.proxy.listen()


@kind("clock put forward", "the clock goes forward by an hour, and back again after 3 s", times=3, clock=True)
@contextmanager
def forward(bench: Bench) -> Iterator[None]:
    """What was put off must not be forgotten."""
    bench.move_clock(3600)
    yield
    time.sleep(3)
    bench.move_clock(0)


@kind(
    "clock ahead by days",
    "the clock goes forward by five days, and back again after 5 s",
    times=3,
    clock=True,
)
@contextmanager
def far_ahead(bench: Bench) -> Iterator[None]:
    """What was sent a moment ago must not count as too old to be told."""
    bench.move_clock(5 * 86_400)
    yield
    time.sleep(5)
    bench.move_clock(0)
