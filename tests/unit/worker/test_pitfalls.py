"""What broke other programs in the middle of their work: a crash, and a long past."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.store import Cursor, Store
from tests.integration.daemon.harness import WRONG
from tests.people import a_message
from tests.unit.worker.test_intake import SENT, Desk

ROOT = Path(__file__).parents[3]
LONG = int(os.environ.get("OOPSEE_TEST_PAST", "10000"))
"""Messages of a long past; `make pitfalls` takes 100,000."""

CEILING = 1500
"""Octets by which memory may grow for each message, about half of the shortest parsed message."""


@pytest.mark.pitfall("parsedmarc-242")
def test_a_message_in_whose_middle_the_process_was_killed_is_taken_again(tmp_path: Path) -> None:
    """What came before it is whole, and the place in the folder is before it: nothing is lost or doubled."""
    path = tmp_path / "state" / "oopsee.db"
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.worker.killed", str(path)], cwd=ROOT, check=False, timeout=60
    )
    with Store.open(path) as store:
        desk = Desk(store.mailbox("work"))
        reached = desk.store.cursor(SENT)
        before = (len(desk.store.verdicts()), len(desk.store.waiting()), len(desk.store.history()[1]))
        desk.take(a_message(2, to=[WRONG]), uid=2)
        after = (len(desk.store.verdicts()), len(desk.store.waiting()), len(desk.store.history()[1]))

    assert -signal.SIGKILL == done.returncode
    assert Cursor(7, 1) == reached
    assert ((1, 1, 1), (2, 2, 2)) == (before, after)


@pytest.mark.timeout(900)
@pytest.mark.pitfall("parsedmarc-533")
def test_a_long_past_is_taken_in_under_a_ceiling_of_memory(tmp_path: Path) -> None:
    """Read, judged, learnt and committed one after the other: what is done with is not kept."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pitfalls.long_past", str(LONG), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )
    assert 0 == done.returncode, done.stderr
    taken, grown = map(int, done.stdout.split())

    assert LONG == taken
    assert grown <= LONG * CEILING
