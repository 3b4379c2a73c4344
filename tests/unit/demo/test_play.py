"""The course of the demo and what it tells, with a guard whose judgement the test decides."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from rich.console import Console

from scanner.alert import compose
from scanner.demo import sample
from scanner.demo.opened import Opened
from scanner.demo.run import run_demo
from scanner.detect.verdict import Action, Reason, RecipientVerdict, Severity, Verdict
from scanner.errors import LoginError, UsageError
from scanner.extras import install
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.message.model import Message
from scanner.message.parse import parse
from scanner.settings import Imap
from scanner.settings.load import load
from scanner.store import MailboxStore, Store

Wrong = dict[str, tuple[str, str]]


class Referee:
    """Alerts on certain subjects, by the real store, the real socket and the real alert.

    `wrong` holds, by subject, the address that is wrong and the one that was meant.
    """

    def __init__(self, imap: Imap, store: MailboxStore, wrong: Wrong, model: str) -> None:
        self._store = store
        self._model = model
        self._wrong = wrong
        password = imap.password_file.read_text().strip() if imap.password_file else ""
        self._endpoint = ImapEndpoint(imap.host, imap.port, imap.username, lambda: password, "cleartext")

    def run(self, stop: Event) -> bool:
        """Judge whatever comes into Sent."""
        with Session(self._endpoint, clock=time.monotonic) as session:
            last = session.examine("Sent").uidnext - 1
            self._store.heartbeat("learnt", datetime.now(UTC))
            while not stop.wait(0.02):
                session.noop()
                new = [uid for uid in session.search(["ALL"]) if uid > last]
                for row in (session.fetch(new, ["BODY.PEEK[]"]) if new else {}).values():
                    self._judge(session, parse(row[b"BODY[]"]))
                last = max([last, *new])
        return True

    def _judge(self, session: Session, message: Message) -> None:
        verdict = self._verdict(message)
        self._store.record(
            message_id=message.message_id, digest=message.digest, direction="sent", verdict=verdict
        )
        if verdict.action is Action.ALERT:
            now = datetime.now(UTC)
            raw = compose.alert(verdict, owner=sample.owner, now=now, message_id="<alert@example.org>")
            session.append("INBOX", raw, [], now)

    def _verdict(self, message: Message) -> Verdict:
        rows = []
        for who in message.recipients:
            wrong, meant = self._wrong.get(message.subject, ("", None))
            score = 0.9 if wrong == who.address else 0.001
            reasons = () if score < 0.5 else (Reason("group", 2.0, "group", (), "Never together."),)
            rows.append(RecipientVerdict(who.address, who.name, who.role, score, meant or None, "", reasons))
        score = max(row.score for row in rows)
        return Verdict(
            message_id=message.message_id,
            digest=message.digest,
            date=message.date,
            subject=message.subject,
            score=score,
            recipients=tuple(rows),
            action=Action.ALERT if score > 0.5 else Action.SILENT,
            severity=Severity.MIDDLE,
            why="above the threshold" if score > 0.5 else "below the threshold",
            model=self._model,
            feature_schema="test",
        )


class Theatre:
    """Runs the demo with a referee and keeps what it told."""

    def __init__(self) -> None:
        self.text = ""
        self.model = "a digest"
        self.places: list[Path] = []

    def show(self, wrong: Wrong) -> int:
        """Run the demo; its exit code."""
        shown = io.StringIO()
        console = Console(file=shown, width=80, markup=False, highlight=False)

        @contextmanager
        def open_mailbox(config: Path) -> Iterator[Opened]:
            self.places.append(config.parent)
            settings = load(config)
            with Store.open(settings.state.database) as store:
                here = store.mailbox(settings.mailbox[0].name)
                yield Opened(
                    Referee(settings.mailbox[0].imap, here, wrong, self.model), here, lambda: (47, 83)
                )

        try:
            return run_demo(console, keep=False, open_mailbox=open_mailbox)
        finally:
            self.text = shown.getvalue()


@pytest.fixture
def theatre() -> Theatre:
    """A stage for one run."""
    return Theatre()


@pytest.fixture
def mistakes() -> Wrong:
    """Which mail goes to whom by mistake, and who was meant."""
    return {send.subject: (send.wrong, send.meant) for send in sample.live(datetime.now(UTC)) if send.mistake}


def test_all_right_ends_with_zero(theatre: Theatre, mistakes: Wrong) -> None:
    """Where each mistake is alerted and nothing else, the account says so and the exit code is 0."""
    assert 0 == theatre.show(mistakes)
    assert "3 of 3 mistakes alerted, the person meant named in 3" in " ".join(theatre.text.split())
    assert "0 of 2 harmless mails alerted" in " ".join(theatre.text.split())
    assert 3 == theatre.text.count("An alert lies in the inbox")
    assert 2 == theatre.text.count("No alert (score 0.1 %")
    assert "47 people and 83 groups" in " ".join(theatre.text.split())


def test_it_fits_a_small_terminal(theatre: Theatre, mistakes: Wrong) -> None:
    """No line is wider than 80 columns, and nothing but text is written where there is no terminal."""
    theatre.show(mistakes)
    assert 80 >= max(len(line) for line in theatre.text.splitlines())
    assert "\x1b" not in theatre.text


def test_a_miss_is_admitted(theatre: Theatre, mistakes: Wrong) -> None:
    """Where a mistake passes without an alert, the account says that it was missed; the exit code is 1."""
    del mistakes["AW: Serena: who talks to whom"]
    assert 1 == theatre.show(mistakes)
    assert "Oopsee missed this one: below the threshold." in " ".join(theatre.text.split())
    assert "2 of 3 mistakes alerted" in " ".join(theatre.text.split())


def test_a_false_alarm_is_admitted(theatre: Theatre, mistakes: Wrong) -> None:
    """Where something harmless is alerted, the account calls it a false alarm; the exit code is 1."""
    mistakes["WG: Cantine aperte sabato"] = ("lukas.hofer@heimpost.example", "")
    assert 1 == theatre.show(mistakes)
    assert "That is a false alarm" in theatre.text
    assert "1 of 2 harmless mails alerted" in " ".join(theatre.text.split())


def test_rules_instead_of_a_model_are_admitted(theatre: Theatre, mistakes: Wrong) -> None:
    """Where no model could be loaded, the account says that rules did the work; else it does not."""
    sentence = "The model could not be loaded"
    theatre.show(mistakes)
    assert sentence not in theatre.text
    theatre.model = "rules"
    theatre.show(mistakes)
    assert sentence in theatre.text


def test_nothing_is_left_behind(theatre: Theatre, mistakes: Wrong) -> None:
    """Configuration, password and state are gone when the demo is over."""
    theatre.show(mistakes)
    assert [False] == [place.exists() for place in theatre.places]


def test_the_end_of_the_guard_is_told() -> None:
    """An error that ends the daemon ends the demo with the same error."""

    class Refused:
        def run(self, _stop: Event) -> bool:
            raise LoginError

    @contextmanager
    def open_mailbox(config: Path) -> Iterator[Opened]:
        with Store.open(load(config).state.database) as store:
            yield Opened(Refused(), store.mailbox("demo"), lambda: (0, 0))

    with pytest.raises(LoginError):
        run_demo(Console(file=io.StringIO()), keep=False, open_mailbox=open_mailbox)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the embedded server's package, one sentence says what to install."""
    monkeypatch.setattr("scanner.demo.run.find_spec", lambda _name: None)

    def open_mailbox(config: Path) -> AbstractContextManager[Opened]:
        raise AssertionError(config)

    with pytest.raises(UsageError) as caught:
        run_demo(Console(file=io.StringIO()), keep=False, open_mailbox=open_mailbox)
    assert install("demo") in caught.value.remedy
    assert 2 == caught.value.exit_code
