"""Works through a pretended folder for ever, from where the store says it stopped. To be killed."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from scanner.store import Store
from tests.unit.store.samples import NOW, alert, verdict

ALERT_EVERY, SNAPSHOT_EVERY, DELIVER_EVERY = 3, 10, 5


def main(place: Path) -> None:
    """Learn, record, deliver and take snapshots; the history is the list of the numbers seen."""
    with Store.open(place) as store:
        mailbox = store.mailbox("a")
        state, entries = mailbox.history()
        learnt = (state or b"") + b"".join(entries)
        reached = mailbox.cursor("Sent")
        number = reached.last_uid if reached else 0
        print("working", flush=True)  # noqa: T201  tells the test that it may kill
        while True:
            number += 1
            entry = b"%d " % number
            learnt += entry
            mailbox.record(
                message_id=f"<{number}@firm.example>",
                digest=f"digest-{number}",
                direction="sent",
                folder="Sent",
                uidvalidity=7,
                uid=number,
                entry=entry,
                verdict=verdict(number),
                alert=alert(number) if number % ALERT_EVERY == 0 else None,
            )
            if number % SNAPSHOT_EVERY == 0:
                mailbox.snapshot(learnt)
            if number % DELIVER_EVERY == 0:
                for one in mailbox.pending(NOW):
                    mailbox.claim(one.key, next_try=NOW + timedelta(minutes=1))
                    mailbox.delivered(one.key, at=NOW)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
