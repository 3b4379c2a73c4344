"""Work that Ctrl-C and the end of the process wait for: an answer that was paid for must not get lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

_running: set[threading.Event] = set()


def uninterrupted(work: Callable[[], _T]) -> _T:
    """Do the work in a thread of its own and wait for it; its result, or what it raises.

    Where the waiting is broken off, the work goes on to its end: Python waits for such threads when a
    process ends in order.
    """
    results: list[_T] = []
    errors: list[BaseException] = []
    done = threading.Event()  # not `join`: before Python 3.13 one that is interrupted forgets the thread

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  raised again where the result is waited for
            errors.append(error)
        finally:
            _running.discard(done)
            done.set()

    _running.add(done)
    threading.Thread(target=run, name="token", daemon=False).start()
    done.wait()
    if errors:
        raise errors[0]
    return results[0]


def settled(seconds: float) -> bool:
    """Wait until no such work is under way, so long at most; whether that is so.

    For a process that ends without waiting for its threads.
    """
    limit = time.monotonic() + seconds
    for done in list(_running):
        done.wait(max(0.0, limit - time.monotonic()))
    return not _running
