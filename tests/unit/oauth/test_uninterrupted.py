"""Work that goes on when nobody waits for it any more."""

from __future__ import annotations

import threading

import pytest

from scanner.oauth.uninterrupted import settled, uninterrupted


def test_the_result_comes_back() -> None:
    """As if the work had been done here."""
    assert 4 == uninterrupted(lambda: 4)


def test_what_it_raises_comes_back() -> None:
    """The same error."""

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        uninterrupted(fail)
    assert settled(0)


def test_the_end_is_waited_for_so_long_at_most() -> None:
    """False while it is under way, true afterwards."""
    begun, free = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        free.wait(30)

    thread = threading.Thread(target=uninterrupted, args=(work,))
    thread.start()
    begun.wait(30)
    before = settled(0.01)
    free.set()
    thread.join()

    assert (False, True) == (before, settled(30))
