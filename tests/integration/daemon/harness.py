"""A judge without a model, and the daemon around it, in this process or in one that can be killed."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner import log
from scanner.alert.deliver import Delivery, SmtpDelivery
from scanner.daemon import Daemon, Guard, guard
from scanner.detect.verdict import Action, Verdict
from scanner.errors import ModelError
from scanner.mailbox.imap import ImapEndpoint
from scanner.message.model import Message
from scanner.store import MailboxStore, Mute, Store
from scanner.worker import Judge, Patience, Plan
from tests.dovecot import PASSWORD, Account
from tests.people import OWNER, a_verdict

WRONG = "wrong@client.example"
"""Every message to this address is alerted."""

POISON = "poison"
"""A message with this subject cannot be judged."""


class StubJudge:
    """Alerts by address and remembers the ids that it has learnt, in order."""

    def __init__(self, state: bytes | None, mutes: Sequence[Mute] = ()) -> None:
        self.learnt: list[str] = json.loads(state) if state else []
        self.muted = {mute.value for mute in mutes}

    def sent(self, message: Message) -> Verdict:
        """Alert if it went to `WRONG`; break halfway if it is poison."""
        self.learnt.append(message.message_id)
        if message.subject == POISON:
            raise ZeroDivisionError
        wrong = any(one.address == WRONG for one in message.recipients) and WRONG not in self.muted
        return a_verdict(
            message, score=0.9 if wrong else 0.1, action=Action.ALERT if wrong else Action.SILENT
        )

    def received(self, message: Message) -> None:
        """Remember it."""
        self.learnt.append(message.message_id)

    def entry(self, message: Message, sent: bool) -> bytes:
        """The id."""
        del sent
        return message.message_id.encode()

    def near(self, address: str) -> str:
        """No address is like another."""
        del address
        return ""

    def replay(self, entry: bytes) -> None:
        """Remember it again."""
        self.learnt.append(entry.decode())

    def state(self) -> bytes:
        """All ids."""
        return json.dumps(self.learnt).encode()


class StubJudges:
    """Makes stub judges; `model` may be changed to see them made anew."""

    def __init__(self) -> None:
        self.model = 1
        self.made: list[StubJudge] = []

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """One that goes on from `state`."""
        self.made.append(StubJudge(state, mutes))
        return self.made[-1]

    def stamp(self) -> object:
        """The model."""
        return self.model


def a_guard(
    store: MailboxStore,
    port: int,
    user: str,
    *,
    judges: StubJudges | None = None,
    delivery: Delivery | None = None,
    password: str = PASSWORD,
    daily_cap: int = 1000,
    sent_folders: tuple[str, ...] = (),
    snapshot_every: int = 10,
    poll_seconds: float = 1.0,
    patience: Patience | None = None,
    model_trouble: Callable[[], ModelError | None] = lambda: None,
    by_hand: bool = False,
) -> Guard:
    """Guards one user of a Dovecot on this machine; `by_hand` takes answers in folders and keywords."""
    plan = Plan(
        name=store.name,
        address=OWNER,
        owner=frozenset({OWNER}),
        age_cap=timedelta(days=2),
        daily_cap=daily_cap,
        sent_folders=sent_folders,
        poll_seconds=poll_seconds,
        idle_seconds=20.0,
        snapshot_every=snapshot_every,
        chunk=7,
        answer_folders=by_hand,
        answer_keywords=by_hand,
    )
    endpoint = ImapEndpoint("127.0.0.1", port, user, lambda: password, security="cleartext", timeout=10.0)
    return guard(
        plan,
        endpoint=endpoint,
        store=store,
        judges=judges or StubJudges(),
        delivery=delivery,
        patience=patience,
        model_trouble=model_trouble,
    )


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


def learnt(store: MailboxStore) -> bool:
    """Whether the past has been read."""
    return "learnt" in store.health()


def alerts(account: Account) -> list[bytes]:
    """The alerts in the inbox."""
    return [raw for raw in account.server.messages(account.user) if b"X-Oopsee" in raw]


def now() -> datetime:
    """The present moment; the age cap looks at the clock."""
    return datetime.now(UTC)


def main(path: str, port: str, user: str, smtp_port: str = "") -> None:
    """Guard until SIGTERM: the process that the tests kill."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    delivery = (
        SmtpDelivery(host="127.0.0.1", port=int(smtp_port), owner=OWNER, security="cleartext")
        if smtp_port
        else None
    )
    with Store.open(Path(path)) as store:
        log.configure(form="json", level="debug", key=store.derive("log"))
        here = store.mailbox("work")
        with here.lock():
            Daemon([a_guard(here, int(port), user, delivery=delivery)]).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
