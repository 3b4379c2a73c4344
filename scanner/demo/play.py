"""The course of the demo: the past is learnt, five messages are sent, and what comes of each is told."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scanner.demo import sample, screen
from scanner.demo.outcome import Outcome
from scanner.demo.stage import LEARNT, stage, wait_for
from scanner.detect.verdict import Action
from scanner.errors import RetryableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from rich.console import Console

    from scanner.demo.stage import OpenMailbox, Stage

LEARN_SECONDS: Final = 300.0
VERDICT_SECONDS: Final = 30.0
ALERT_SECONDS: Final = 10.0

_ENDS: Final = (signal.SIGINT, signal.SIGTERM)


def play(console: Console, *, keep: bool, open_mailbox: OpenMailbox) -> int:
    """Show everything; 0 where each mistake was alerted and nothing else, 1 where not (see `run_demo`)."""
    began = time.monotonic()
    now = datetime.now(UTC)
    screen.opening(console)
    messages = sample.messages(now)
    with stage(open_mailbox, messages, now, keep=keep) as scene:
        screen.mailbox(console, scene.server, messages)
        _learn(console, scene, len(messages))
        sends = sample.live(datetime.now(UTC))
        outcomes: list[Outcome] = []
        for number, send in enumerate(sends, start=1):
            screen.sending(console, send, number, len(sends))
            done = _send(scene, send)
            screen.outcome(console, done, whole=not any(earlier.alert for earlier in outcomes))
            outcomes.append(done)
        screen.summary(console, outcomes, time.monotonic() - began)
        if keep:
            _keep(console, scene)
    screen.closing(console)
    return 0 if all(outcome.right for outcome in outcomes) else 1


def _learn(console: Console, scene: Stage, total: int) -> None:
    """Follow the daemon while it reads the past."""
    began = time.monotonic()
    with screen.reading(console, total) as show:

        def learnt() -> bool:
            status = scene.opened.store.status()
            show(status.sent + status.received)
            return LEARNT in status.health

        done = wait_for(learnt, scene.guard, LEARN_SECONDS)
    if not done:
        raise RetryableError(
            f"The past of the sample mailbox was not learnt within {LEARN_SECONDS:.0f} seconds.",
            meaning="The demo ends here. It touches no mail but its own.",
            remedy="Try again when this machine has less to do.",
        )
    contacts, groups = scene.opened.census()
    screen.learnt(console, total, time.monotonic() - began, contacts, groups)


def _send(scene: Stage, send: sample.LiveSend) -> Outcome:
    """Put the message into Sent, as a mail program does, and see what comes of it."""
    store = scene.opened.store
    began = time.monotonic()
    scene.server.append(sample.SENT, send.raw, datetime.now(UTC))
    wait_for(lambda: store.verdict(send.message_id) is not None, scene.guard, VERDICT_SECONDS)
    stored = store.verdict(send.message_id)
    if stored is None:
        return Outcome(send, None, None, time.monotonic() - began)
    found: list[EmailMessage] = []

    def arrived() -> bool:
        found.extend(mail for mail in scene.inbox.new() if mail["In-Reply-To"] == send.message_id)
        return bool(found)

    if stored.verdict.action is Action.ALERT:
        wait_for(arrived, scene.guard, ALERT_SECONDS)
    return Outcome(send, stored.verdict, found[0] if found else None, time.monotonic() - began)


def _keep(console: Console, scene: Stage) -> None:
    """Go on until Ctrl-C, and tell of each alert."""
    screen.connect(console, scene.server)
    with _interrupted() as stop:
        while not stop.wait(0.5):
            for mail in scene.inbox.new():
                screen.alert(console, mail)
            scene.guard.check()


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Set an event at Ctrl-C or SIGTERM: an exception could fall into code that swallows it."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in _ENDS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
