"""Takes a long past from an mbox through the whole of the work, and prints by how much its memory grew.

In a process of its own, because the most memory that a process ever had is all that it can tell.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.detect.policy import PolicySettings
from scanner.mailbox import local
from scanner.store import MailboxStore, Store
from scanner.worker import Intake, Plan
from scanner.worker.judges import ActiveModel, ModelJudges
from tests.people import OWNER, START, raw_mail

PEOPLE = 300
"""So many people write, in turns: what is known of people does not grow with the mail."""

OWN = 20
"""Every twentieth message is the owner's, and is scored; the others are learnt."""

WARM = 500
"""So many messages are taken in before, in another mailbox, so that model and libraries are there."""


def main(count: int, place: Path) -> None:
    """Print how many messages were taken in, and by how many octets the memory grew over them."""
    with Store.open(place / "state" / "oopsee.db") as store:
        take(store.mailbox("warm"), written(place / "warm.mbox", WARM))
        source = written(place / "work.mbox", count)
        before = peak()
        take(store.mailbox("work"), source)
        status = store.mailbox("work").status()
        print(status.sent + status.received, peak() - before)


def take(mailbox: MailboxStore, source: Path) -> None:
    """Read the mbox and take all of it in, as the daemon does with the past."""
    owner = frozenset({OWNER})
    active = ActiveModel(source.parent / "models", lambda _: None)
    judges = ModelJudges(owner, PolicySettings(), active, key=b"k" * 32)
    plan = Plan(name=mailbox.name, address=OWNER, owner=owner)
    intake = Intake(plan, mailbox, judges, lambda *_: b"", lambda: datetime.now(UTC))
    for uid, item in enumerate(local.read(source), 1):
        sent = item.message.sender.address == OWNER
        intake.take(
            item.message, sent=sent, folder="Sent" if sent else "INBOX", uidvalidity=7, uid=uid, past=True
        )
    intake.flush()


def written(path: Path, count: int) -> Path:
    """An mbox of short messages, each with an id, a subject and words of its own."""
    with path.open("wb") as file:
        for octets in mails(count):
            file.write(b"From anna Tue Apr  1 13:22:22 2025\n" + octets.replace(b"\r\n", b"\n") + b"\n")
    return path


def mails(count: int) -> Iterator[bytes]:
    """The messages, one a minute."""
    for number in range(count):
        who = number * 7 % PEOPLE
        person = f"person{who}@firm{who % 40}.example"
        own = number % OWN == 0
        yield raw_mail(
            number,
            sender=OWNER if own else person,
            to=[person if own else OWNER],
            date=START + timedelta(minutes=number),
            subject=f"Minutes of week {number}",
            text=f"Hello,\nhere is number {number} of {number % 97}.\n",
        )


def peak() -> int:
    """The most memory that this process ever had, in octets."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
