"""Takes a few messages and is killed in the middle of the second: judged, and not yet committed."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from scanner.detect.verdict import Verdict
from scanner.message.model import Message
from scanner.store import Store
from tests.integration.daemon.harness import WRONG
from tests.people import a_message
from tests.unit.worker.test_intake import Desk


class Doomed(Desk):
    """Ends at once, and without a word, where it would write the alert about the second message."""

    def _compose(self, verdict: Verdict, message: Message, now: datetime, message_id: str) -> bytes:
        if message == a_message(2, to=[WRONG]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._compose(verdict, message, now, message_id)


if __name__ == "__main__":
    with Store.open(Path(sys.argv[1])) as store:
        desk = Doomed(store.mailbox("work"))
        for number in (1, 2, 3):
            desk.take(a_message(number, to=[WRONG]))
