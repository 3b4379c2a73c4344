"""A daemon that runs beside the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanner.daemon import Daemon, Guard
from scanner.store import MailboxStore, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    directory = tmp_path / "state"
    with Store.open(directory / "oopsee.db") as opened:
        yield opened.mailbox("work")


@contextmanager
def running(*guards: Guard) -> Iterator[None]:
    """Run the daemon in a thread for the time of the block; what it raises is raised at the end."""
    stop = threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            assert Daemon(guards).run(stop), "the daemon did not end in time"
        except BaseException as error:  # noqa: BLE001  the test raises it
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    if errors:
        raise errors[0]


def until(holds: Callable[[], object], *, within: float = 30.0) -> None:
    """Wait until something holds; fail where it never does."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)
