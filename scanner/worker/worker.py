"""The pass over one mailbox: connect, read what is new, judge it, deliver what waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from scanner.errors import FolderError, RetryableError, ScannerError
from scanner.mailbox import folders
from scanner.mailbox.imap import Session
from scanner.mailbox.reader import LineLostError
from scanner.mailbox.trouble import AnswerError, RefusedError
from scanner.store import MailboxStore
from scanner.worker.backoff import Backoff
from scanner.worker.filed import Filed
from scanner.worker.intake import Intake
from scanner.worker.lookout import Lookout
from scanner.worker.outbox import Postman
from scanner.worker.plan import Digests, Plan
from scanner.worker.roll import Roll
from scanner.worker.streams import Arrival, Marks, Stream, merged
from scanner.worker.suspects import TRIES, Suspects
from scanner.worker.twins import Twins

LEARNT = "learnt"
"""The heartbeat that says: the past of this mailbox has been read to its end."""


class Worker:
    """Guards one mailbox. `wake` may be called from several threads; passes never overlap.

    The first pass that finds no end of the past learns it: received and sent mail by date, scores
    included, and alerts nothing. `monotonic` gives seconds for waits and deadlines, `clock` the
    time of day. `by_mail` says that mails go out by another way than the mailbox itself, and so
    also while it cannot be reached.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        session: Session,
        store: MailboxStore,
        intake: Intake,
        postman: Postman,
        digests: Digests,
        lookout: Lookout,
        by_mail: bool,
        backoff: Backoff,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self.plan = plan
        self.error: ScannerError | None = None
        self.unfinished = False
        self.passes = 0
        self.healthy = threading.Event()
        self.watchable: tuple[str, ...] = ()
        self._session = session
        self._store = store
        self._intake = intake
        self._postman = postman
        self._digests = digests
        self._lookout = lookout
        self._by_mail = by_mail
        self._backoff = backoff
        self._clock = clock
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._not_before = 0.0
        self._sign_of_life = monotonic()
        self._found: folders.Folders | None = None
        self._roll = Roll(store, plan.sent_folders)
        self._missing: FolderError | None = None
        self._until: dict[str, int] = {}
        self._suspects = Suspects()
        self._filed = Filed(
            store,
            inbox=plan.inbox,
            folders=plan.answer_folders,
            keywords=plan.answer_keywords,
            clock=clock,
        )
        self._marks = Marks(monotonic)
        self._taken = 0
        self._log = structlog.get_logger("oopsee", mailbox=plan.name)

    def wake(self, *, wait: bool) -> bool:
        """Make one pass; False where another thread is at it or it is too early for a new try.

        With `wait` the turn of another thread is waited for. No error comes out: it is kept in
        `error`, noted in the store and the log, and the next try is put off.
        """
        if not self._turn.acquire(blocking=wait):
            return False
        try:
            self._sign_of_life = self._monotonic()
            if self._stop.is_set() or self._sign_of_life < self._not_before:
                return False
            try:
                self.unfinished = not self._pass()
            except ScannerError as error:
                self.unfinished = False
                self._failed(error)
            except Exception as error:  # noqa: BLE001  a defect here must not end the other mailboxes
                self.unfinished = False
                self._log.error("pass failed", error=type(error).__name__, exc_info=True)
                self._failed(ScannerError(f"Something unexpected happened ({type(error).__name__})."))
            else:
                self._succeeded()
            return True
        finally:
            self._turn.release()

    @property
    def name(self) -> str:
        """Of the mailbox, as the settings call it."""
        return self.plan.name

    @property
    def poll_seconds(self) -> float:
        """How often it should be woken at least."""
        return self.plan.poll_seconds

    @property
    def retry_at(self) -> float | None:
        """When a pass that failed is to be tried again, by `monotonic`; None where the last one went well."""
        return self._not_before if self.error is not None else None

    def silent_for(self) -> float:
        """Seconds since it last took its turn or a message: what a watchdog looks at."""
        return self._monotonic() - self._sign_of_life

    def stop(self) -> None:
        """Ask the running pass to end after the message at hand."""
        self._stop.set()

    def interrupt(self) -> None:
        """Hang up under a pass that waits for the server; what was not committed is read again later."""
        self._session.drop()

    def close(self, timeout: float) -> bool:
        """Keep the history and hang up; False where a pass did not end within `timeout` seconds."""
        self.stop()
        if not self._turn.acquire(timeout=timeout):
            return False
        try:
            self._intake.snapshot()
            self._session.close()
        except ScannerError as error:
            self._log.warning("stop", error=type(error).__name__, what=str(error))
        finally:
            self._turn.release()
        return True

    def _pass(self) -> bool:
        """Read all folders once; whether that came to their ends before the deadline."""
        deadline = self._monotonic() + self.plan.deadline
        self._session.connect()
        found = self._found if self._found and not self._missing else self._find()
        if self._intake.refresh():
            self._log.info("ready to judge")
        learnt = LEARNT in self._store.health()
        self._deliver()
        self._taken = 0
        try:
            try:
                done = self._read(found, learnt=learnt, deadline=deadline)
            except FolderError:  # one has gone since: are there others?
                done = self._read(self._find(), learnt=learnt, deadline=deadline)
        except RetryableError as error:
            if isinstance(error, LineLostError):
                self._suspects.line_lost(error)
            self._intake.flush()  # what was read before the line was lost is not read again
            raise
        self._intake.flush()
        if done and not learnt:
            self._intake.snapshot()
            self._store.heartbeat(LEARNT, self._clock())
            self._log.info("the past is learnt")
        self._store.heartbeat("pass", self._clock())
        for cause in self._lookout.well(missing=self._missing):
            self._log.info("all is well again", after=cause)
        if learnt and done:
            self._answers()
        self._postman.digest(self._digests)
        self._deliver(notices=True)
        return done

    def _answers(self) -> None:
        """Take in what the owner has answered by folder and keyword; a refusal stops nothing else."""
        try:
            if count := self._filed.read(self._session, self._session.listing):
                self._log.info("answers", count=count)
        except RefusedError as error:
            self._log.warning("answers", what=str(error), remedy=error.remedy)

    def _find(self) -> folders.Folders:
        """Ask for the folders, and note which of those that should be watched are not there."""
        found = folders.discover(self._session, self.plan.sent_folders)
        missing = self._roll.missing(found)
        if missing is not None and self._missing is None:
            self._log.warning("a Sent folder is missing", what=str(missing), remedy=missing.remedy)
        self._found, self._missing = found, missing
        self.watchable = (*found.sent, found.all_mail or self.plan.inbox)
        return found

    def _read(self, found: folders.Folders, *, learnt: bool, deadline: float) -> bool:
        for folder, uidvalidity, uid in self._suspects.guilty(self._session):
            lost = Arrival(None, True, folder, uidvalidity, uid, reason="The server hangs up over it.")  # noqa: FBT003
            self._pass_over(lost)
            self._suspects.over(lost)
        received = found.all_mail or self.plan.inbox
        places = [(received, False), *((name, True) for name in found.sent)]
        unread = self._marks.unread(self._session, [name for name, _ in places])
        streams = [
            self._stream(name, sent=sent, learnt=learnt)
            for name, sent in places
            if not learnt or name in unread
        ]
        # Where one folder holds everything, the sent copy counts; so it does in all of the past.
        twins = Twins(self._session, self._store, found.sent if found.all_mail or not learnt else ())
        for arrival in merged(self._session, streams, chunk=self.plan.chunk):
            # However slow the line is, what one chunk brought is dealt with before the pass ends.
            late = self._taken >= self.plan.chunk and self._monotonic() > deadline
            if late or self._stop.is_set():
                return False
            message = arrival.message
            if not arrival.sent and message is not None and twins.hold(message.message_id):
                self._intake.skip(arrival.folder, arrival.uidvalidity, arrival.uid)
            elif self._take(arrival, past=arrival.past and not learnt) == "alerted":
                self._deliver()
            self._taken += 1
            self._suspects.settled(arrival)
            if self._suspects.over(arrival):
                return False  # the next pass reads in chunks again
        self._marks.done()
        return True

    def _stream(self, folder: str, *, sent: bool, learnt: bool) -> Stream:
        """The folder from where the store says it has been read to."""
        stream = Stream(folder, sent)
        if not learnt:
            stream.until = self._until.setdefault(folder, self._session.status(folder).uidnext)
        if (cursor := self._store.cursor(folder)) is not None:
            stream.uidvalidity, stream.last_uid = cursor.uidvalidity, cursor.last_uid
        self._suspects.prepare(stream)
        return stream

    def _take(self, arrival: Arrival, *, past: bool) -> str:
        """Process one message; one that fails again and again goes on the quarantine list."""
        self._sign_of_life = self._monotonic()
        message = arrival.message
        if message is None:
            if not self._suspects.unread(arrival):
                raise AnswerError(arrival.reason, remedy="It is tried again by itself, then passed over.")
            self._pass_over(arrival)
            return "quarantined"
        for tried in range(TRIES):
            try:
                outcome = self._intake.take(
                    message,
                    sent=arrival.sent,
                    folder=arrival.folder,
                    uidvalidity=arrival.uidvalidity,
                    uid=arrival.uid,
                    past=past,
                )
            except ScannerError:
                raise
            except Exception as error:  # noqa: BLE001  whatever a message does, the next one is read
                self._log.debug("message failed", exc_info=True)
                self._quarantine(arrival, type(error).__name__)
            else:
                if tried:
                    self._store.release(arrival.folder, arrival.uidvalidity, arrival.uid)
                if outcome in {"scored", "alerted"} and not past:
                    self._log.info(outcome, folder=arrival.folder, uid=arrival.uid)
                return outcome
        self._intake.give_up(arrival.folder, arrival.uidvalidity, arrival.uid)
        return "quarantined"

    def _pass_over(self, arrival: Arrival) -> None:
        """Set aside a message that the server does not give, and move on."""
        self._quarantine(arrival, arrival.reason)
        self._intake.give_up(arrival.folder, arrival.uidvalidity, arrival.uid)
        self._suspects.settled(arrival)

    def _quarantine(self, arrival: Arrival, reason: str) -> None:
        self._store.quarantine(arrival.folder, arrival.uidvalidity, arrival.uid, reason, at=self._clock())
        self._log.warning("message not understood", folder=arrival.folder, uid=arrival.uid, reason=reason)

    def _deliver(self, *, notices: bool = False) -> None:
        """Deliver what is due. Trouble with it does not keep mail from being read.

        Notices of blindness go out only when a pass has ended: one that went well withdraws them.
        """
        try:
            if arrived := self._postman.deliver(notices=notices):
                self._log.info("delivered", mails=arrived)
        except ScannerError as error:
            self._log.warning("delivery failed", error=type(error).__name__, what=str(error))

    def _succeeded(self) -> None:
        self.passes += 1
        self._backoff.success()
        self.error = None
        self.healthy.set()

    def _failed(self, error: ScannerError) -> None:
        if self._taken and isinstance(error, RetryableError):
            self._backoff.success()  # there was progress: this failure is the first after it
        self._taken = 0
        wait = self._backoff.failure(error)
        self._not_before = self._monotonic() + wait
        self.healthy.clear()
        self._found = None
        self._marks.forget()
        if not isinstance(error, RetryableError):
            # A line that was lost says nothing against what was learnt: that is committed. Reading the
            # history anew after each would cost time, and memory that comes back in pieces.
            self._intake.forget()
        if not self._stop.is_set():
            self._tell(error, wait)
        self._session.drop()
        self.error = error  # the last: who sees it may end the process

    def _tell(self, error: ScannerError, wait: float) -> None:
        """Note in the log, the store and, where it still gets through, a mail that a pass failed."""
        self._log.warning(
            "not watching",
            error=type(error).__name__,
            what=str(error),
            remedy=error.remedy,
            seconds=round(wait),
        )
        try:
            self._store.heartbeat("pass", self._clock(), error=f"{type(error).__name__}: {error}")
            if cause := self._lookout.failed(error):
                self._log.error("blind", cause=cause)
            if self._by_mail or (isinstance(error, FolderError) and self._session.connected):
                self._deliver(notices=True)
        except ScannerError as second:
            self._log.warning("state", error=type(second).__name__, what=str(second))
