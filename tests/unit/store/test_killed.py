"""A SIGKILL at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from scanner.store import Store
from tests.unit.store.killed import ALERT_EVERY

ROUNDS = 14
"""Enough for kills inside records, snapshots and deliveries; a fifth of a second of work each at most."""

EARLY = 4
"""Of these, so many are killed while they start, open and migrate."""


def test_killed_at_random_moments_the_state_is_that_of_an_undisturbed_run(place: Path) -> None:
    """After each kill, all that was reached is there exactly once, in order, and nothing beyond."""
    chance = random.Random(20250401)
    reached = 0
    for attempt in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.unit.store.killed", str(place)],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdout is not None
            if attempt < EARLY:
                time.sleep(0.3 + chance.random() / 2)
            else:
                assert "working\n" == worker.stdout.readline()
                time.sleep(chance.random() / 5)
            worker.kill()
        with Store.open(place) as store:
            mailbox = store.mailbox("a")
            cursor = mailbox.cursor("Sent")
            last = cursor.last_uid if cursor else 0
            assert last >= reached
            reached = last
            numbers = range(1, reached + 1)
            state, entries = mailbox.history()
            assert b"".join(b"%d " % number for number in numbers) == (state or b"") + b"".join(entries)
            assert [f"<{number}@firm.example>" for number in numbers] == [
                one.verdict.message_id for one in reversed(mailbox.verdicts())
            ]
            alerts = {f"<alert-{number}@firm.example>" for number in numbers if number % ALERT_EVERY == 0}
            assert alerts == mailbox.our_message_ids()
            assert len(alerts) == sum(mailbox.status().alerts.values())
    assert reached > ROUNDS
