"""Many mailboxes in one process: who is woken when, and how all of it stops within seconds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from scanner.alert import compose
from scanner.alert.content import Block
from scanner.alert.deliver import AppendDelivery, ConsoleDelivery, Delivery
from scanner.detect.verdict import Verdict
from scanner.errors import ModelError, PermanentError, ScannerError
from scanner.every import Every
from scanner.mailbox import append
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.watcher import Wake, Watcher
from scanner.message.model import Message, Person
from scanner.notify import Notifier
from scanner.pulse import Pulse
from scanner.recovery import at_once, sentences
from scanner.store import MailboxStore, StoredVerdict
from scanner.store.failures import FullDiskError, LockedStoreError
from scanner.worker import Backoff, Intake, Judges, Lookout, Patience, Plan, Postman, Tongue, Worker
from scanner.worker.steady import Steady

GRACE = 4.0
"""Seconds that a stop may take before the process is ended with threads still waiting for a server."""


class Listening(Protocol):
    """Waits for the server's announcement that a folder has changed; see `scanner.mailbox.watcher`."""

    def wait(self, timeout: float | None = None) -> Wake:
        """Why it is time to look again. Raises errors of the connection."""

    def stop(self) -> None:
        """Make a waiting `wait` return, from another thread."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A worker and how to listen to its folders: `listen` does that on a connection of its own."""

    worker: Worker
    listen: Callable[[Sequence[str]], Listening]
    backoff: Backoff


def guard(
    plan: Plan,
    *,
    endpoint: ImapEndpoint,
    store: MailboxStore,
    judges: Judges,
    delivery: Delivery | None = None,
    budget: float | None = None,
    own: frozenset[str] = frozenset(),
    patience: Patience | None = None,
    model_trouble: Callable[[], ModelError | None] = lambda: None,
    chance: random.Random | None = None,
) -> Guard:
    """Put together what guards one mailbox. Without `delivery`, alerts are filed in its inbox.

    `budget` is said in the alerts, `own` are the owner's organisations; `chance` makes the jitter of
    waits. `patience` says when the owner is told of trouble, and `model_trouble` gives that of the model.
    """
    dice = chance or random.Random()  # noqa: S311  jitter keeps nothing secret
    session = Session(endpoint, clock=time.monotonic)
    owner = Person("", plan.address)
    tongue = Tongue(store, chosen=plan.language, locale=plan.locale, clock=_now)

    def compose_alert(verdict: Verdict, message: Message, now: datetime, message_id: str) -> bytes:
        language = tongue.about(message)
        short = at_once(message, verdict, own=own, words=sentences(language))
        return compose.alert(
            verdict,
            owner=owner,
            now=now.astimezone(),
            message_id=message_id,
            references=message.references,
            budget=budget,
            language=language,
            blocks=[Block(short.heading, short.paragraphs, (short.command,))],
            answers=not isinstance(delivery, ConsoleDelivery),
            folders=plan.answer_folders,
        )

    def compose_digest(verdicts: Sequence[StoredVerdict], now: datetime, message_id: str) -> bytes:
        about = [stored.verdict for stored in verdicts]
        return compose.digest(
            about,
            owner=owner,
            now=now.astimezone(),
            message_id=message_id,
            budget=budget,
            language=tongue.usual(),
        )

    def compose_notice(
        cause: str, *, since: datetime, now: datetime, message_id: str, error: ScannerError
    ) -> bytes:
        return compose.notice(
            cause,
            name=plan.name,
            owner=owner,
            since=since.astimezone(),
            now=now.astimezone(),
            message_id=message_id,
            what=str(error),
            meaning=error.meaning,
            remedy=error.remedy,
            language=tongue.usual(),
        )

    filing = AppendDelivery(
        append=lambda raw, when: append.append(session, plan.inbox, raw, when),
        find=lambda message_id: append.has_message_id(session, plan.inbox, message_id),
    )
    worker = Worker(
        plan,
        session=session,
        store=store,
        intake=Intake(
            plan, store, judges, compose_alert, _now, heard=tongue.heard, earliest=Steady(_now).earliest
        ),
        postman=Postman(plan, store, delivery or filing, Backoff(dice), _now),
        digests=compose_digest,
        lookout=Lookout(
            store,
            address=plan.address,
            notice=compose_notice,
            patience=patience or Patience(),
            model_trouble=model_trouble,
            clock=_now,
            monotonic=time.monotonic,
        ),
        by_mail=delivery is not None,
        backoff=Backoff(dice),
        clock=_now,
        monotonic=time.monotonic,
    )

    said: set[str] = set()

    def only_one(why: str) -> None:
        if why not in said:  # once, not after each lost line
            said.add(why)
            structlog.get_logger("oopsee").info("listening to one folder", mailbox=plan.name, why=why)

    def listen(folders: Sequence[str]) -> Watcher:
        return Watcher(
            endpoint,
            folders[0],
            folders[1:],
            clock=time.monotonic,
            renewal=plan.idle_seconds,
            poll=plan.idle_seconds,
            only_one=only_one,
        )

    return Guard(worker, listen, Backoff(dice))


def _now() -> datetime:
    return datetime.now(UTC)


def _is_hopeless(error: ScannerError | None) -> bool:
    """Whether only somebody who changes the settings can help; room on the disk may come by itself."""
    return isinstance(error, PermanentError) and not isinstance(error, FullDiskError | LockedStoreError)


class Daemon:
    """Polls every mailbox by the clock and wakes each at once when its server announces something.

    The poll runs whether or not the announcements do; a server that announces nothing costs
    delay and no mail. `notifier` hears how it is, `clock` is the time of day.
    """

    def __init__(
        self,
        guards: Sequence[Guard],
        *,
        grace: float = GRACE,
        notifier: Notifier | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._guards = guards
        self._grace = grace
        self._clock = clock
        self._ahead = self._now_ahead()
        self._pulse = Pulse(notifier or Notifier(), [guard.worker for guard in guards], time.monotonic)
        self._stopping = threading.Event()
        self._listening: dict[str, Listening] = {}
        self._retried: dict[str, float] = {}
        self._threads: list[threading.Thread] = []
        self._log = structlog.get_logger("oopsee")

    def run(self, stop: threading.Event) -> bool:
        """Guard until `stop` is set; whether everything had ended in time.

        Where no mailbox could be opened and trying again cannot help (a wrong password, no Sent
        folder), the first error is raised. One good mailbox keeps the others company.
        """
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(len(self._guards))},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
            timezone=UTC,
        )
        for guard in self._guards:
            scheduler.add_job(
                self._poll,
                Every(guard.worker.plan.poll_seconds),
                args=(guard.worker,),
                id=guard.worker.plan.name,
                next_run_time=datetime.now(UTC),
            )
        scheduler.start()
        self._log.info("watching", mailboxes=len(self._guards))
        try:
            for guard in self._guards:
                thread = threading.Thread(target=self._listen, args=(guard,), daemon=True)
                thread.start()
                self._threads.append(thread)
            hopeless = self._until(stop, scheduler)
        finally:
            self._pulse.end()
            scheduler.shutdown(wait=False)
            ended = self._end()
        if hopeless is not None:
            raise hopeless
        self._log.info("stopped", clean=ended)
        return ended

    def _poll(self, worker: Worker) -> None:
        """One look, or as many as it takes to the end of a long past."""
        wait = False
        while worker.wake(wait=wait) and worker.unfinished and not self._stopping.is_set():
            wait = True  # a pass for an announcement in between must not end this

    def _until(self, stop: threading.Event, scheduler: BackgroundScheduler) -> ScannerError | None:
        """Wait for `stop`, or for the first pass of every mailbox to be refused for good."""
        workers = [guard.worker for guard in self._guards]
        begun = False
        while not stop.wait(0.25):
            begun = begun or any(worker.passes for worker in workers)
            errors = [worker.error for worker in workers]
            if not begun and all(_is_hopeless(error) for error in errors):
                return errors[0]
            self._pulse.beat()
            self._follow_clock(scheduler)
            self._retry(scheduler, workers)
        return None

    def _retry(self, scheduler: BackgroundScheduler, workers: Sequence[Worker]) -> None:
        """Poll at once a mailbox whose wait after a failure is over: the next poll may be far."""
        for worker in workers:
            due = worker.retry_at
            if due is None or due > time.monotonic() or self._retried.get(worker.name) == due:
                continue
            self._retried[worker.name] = due
            if (job := scheduler.get_job(worker.name)) is not None:
                job.modify(next_run_time=_now())

    def _follow_clock(self, scheduler: BackgroundScheduler) -> None:
        """Where the time of day was put back, poll now: the scheduler would wait for it to come again."""
        ahead = self._now_ahead()
        if ahead < self._ahead - 1.0:
            self._log.warning("the clock was put back", seconds=round(self._ahead - ahead))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=_now())
        self._ahead = ahead

    def _now_ahead(self) -> float:
        """The time of day less the seconds that run evenly: it changes where the clock is set."""
        return self._clock().timestamp() - time.monotonic()

    def _end(self) -> bool:
        """Stop everything and keep what was learnt, within the grace; whether all of it ended."""
        limit = time.monotonic() + self._grace
        self._stopping.set()
        for guard in self._guards:
            guard.worker.stop()
        for listening in list(self._listening.values()):
            listening.stop()
        ended = []
        for guard in self._guards:
            left = limit - time.monotonic()
            closed = guard.worker.close(timeout=max(0.1, left / 2))
            if not closed:
                guard.worker.interrupt()
                closed = guard.worker.close(timeout=max(0.1, limit - time.monotonic()))
            ended.append(closed)
        for thread in self._threads:
            thread.join(max(0.0, limit - time.monotonic()))
        return all(ended) and not any(thread.is_alive() for thread in self._threads)

    def _listen(self, guard: Guard) -> None:
        """Wake the worker at each announcement. Listens only while passes go well."""
        worker = guard.worker
        while not self._stopping.is_set():
            if not worker.healthy.wait(0.25):
                continue
            try:
                self._listen_once(guard, worker.watchable)
            except ScannerError as error:
                self._pause(guard, error)
            except Exception as error:  # noqa: BLE001  polling goes on without announcements
                self._log.error("listening failed", error=type(error).__name__, exc_info=True)
                self._pause(guard, error)

    def _listen_once(self, guard: Guard, folders: Sequence[str]) -> None:
        worker = guard.worker
        listening = guard.listen(folders)
        self._listening[worker.plan.name] = listening
        try:
            while worker.healthy.is_set() and not self._stopping.is_set():
                if listening.wait() is Wake.STOPPED:
                    return
                guard.backoff.success()
                worker.wake(wait=True)
        finally:
            del self._listening[worker.plan.name]
            listening.close()

    def _pause(self, guard: Guard, error: Exception) -> None:
        wait = guard.backoff.failure(error)
        self._log.warning(
            "not listening, only polling",
            mailbox=guard.worker.plan.name,
            error=type(error).__name__,
            what=str(error) if isinstance(error, ScannerError) else "",
            seconds=round(wait),
        )
        if not self._stopping.wait(wait):
            # Mail may have come while nobody listened; where the server is gone, that shows now.
            guard.worker.wake(wait=False)
