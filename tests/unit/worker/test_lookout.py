"""When a mailbox counts as blind, when the owner is told, and that it is once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from scanner.alert import compose
from scanner.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    FolderError,
    LoginError,
    ModelError,
    ScannerError,
    StoreError,
)
from scanner.message.model import Person
from scanner.store import MailboxStore, Store
from scanner.worker import Lookout, Patience
from tests.people import OWNER, START

SIX_HOURS = timedelta(hours=6)


class Tower:
    """A lookout and everything about it. Both clocks stand until they are moved."""

    def __init__(self, store: MailboxStore) -> None:
        self.store = store
        self.now = START
        self.awake = 0.0
        self.model: ModelError | None = None
        self.lookout = self.another()

    def another(self) -> Lookout:
        """The lookout of a new process."""
        return Lookout(
            self.store,
            address=OWNER,
            notice=_mail,
            patience=Patience(contact=SIX_HOURS, notice=timedelta(minutes=15)),
            model_trouble=lambda: self.model,
            clock=lambda: self.now,
            monotonic=lambda: self.awake,
        )

    def later(self, span: timedelta, *, asleep: bool = False) -> None:
        """Let time pass; a machine that sleeps does not count it."""
        self.now += span
        self.awake += 0.0 if asleep else span.total_seconds()

    def well(self, *, missing: FolderError | None = None) -> list[str]:
        """A pass that goes well."""
        self.store.heartbeat("pass", self.now)
        return self.lookout.well(missing=missing)

    def open(self) -> list[str]:
        """The causes of the episodes that last."""
        return [one.cause for one in self.store.episodes() if one.ended_at is None]

    def mails(self) -> list[str]:
        """The subjects of the mails that wait."""
        raws = (entry.raw for entry in self.store.waiting())
        return [str(message_from_bytes(raw, policy=policy.default)["Subject"]) for raw in raws]


def _mail(cause: str, *, since: datetime, now: datetime, message_id: str, error: ScannerError) -> bytes:
    return compose.notice(
        cause,
        name="work",
        owner=Person("", OWNER),
        since=since,
        now=now,
        message_id=message_id,
        what=str(error),
        meaning=error.meaning,
        remedy=error.remedy,
    )


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    """A lookout over a new store."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield Tower(opened.mailbox("work"))


@pytest.mark.parametrize(
    ("error", "cause", "subject"),
    [
        (LoginError(), "login", "Oopsee cannot log in to your mailbox work"),
        (ConfigError("no password"), "login", "Oopsee cannot log in to your mailbox work"),
        (CertificateError(), "certificate", "Oopsee does not trust the server of your mailbox work"),
        (FolderError(), "folder", "Oopsee finds no Sent folder in your mailbox work"),
    ],
)
def test_a_refusal_is_blindness_at_once(tower: Tower, error: ScannerError, cause: str, subject: str) -> None:
    """Each has its cause and its mail; the same refusal again adds nothing."""
    assert [cause, ""] == [tower.lookout.failed(error), tower.lookout.failed(error)]
    assert [cause] == tower.open()
    assert [subject] == tower.mails()


def test_a_restart_tells_nothing_twice(tower: Tower) -> None:
    """The episode stands in the store, also when its mail has gone out."""
    tower.lookout.failed(LoginError())
    (entry,) = tower.store.waiting()
    tower.store.delivered(entry.key, at=tower.now)
    tower.later(timedelta(days=1))
    tower.another().failed(LoginError())

    assert [] == tower.mails()
    assert [START] == [one.told_at for one in tower.store.episodes()]


def test_the_mail_waits_a_while(tower: Tower) -> None:
    """Servers refuse now and then for a minute; that is in the status and in no mail."""
    tower.lookout.failed(LoginError())

    assert [] == tower.store.pending(tower.now + timedelta(minutes=14))
    assert 1 == len(tower.store.pending(tower.now + timedelta(minutes=15)))


def test_all_well_again_withdraws_the_mail_and_is_kept(tower: Tower) -> None:
    """The status can say that it was, and that it is over."""
    tower.lookout.failed(LoginError())
    tower.later(timedelta(minutes=5))

    assert ["login"] == tower.well()
    assert [] == tower.mails()
    assert [("login", START, START + timedelta(minutes=5), None)] == [
        (one.cause, one.began_at, one.ended_at, one.told_at) for one in tower.store.episodes()
    ]


def test_a_new_episode_has_a_mail_of_its_own(tower: Tower) -> None:
    """What was well in between is told again when it fails again."""
    for _ in range(2):
        tower.lookout.failed(LoginError())
        (entry,) = tower.store.waiting()
        tower.store.delivered(entry.key, at=tower.now)
        tower.later(timedelta(hours=1))
        tower.well()

    assert 2 == len(tower.store.our_message_ids())


def test_short_trouble_with_the_network_is_no_blindness(tower: Tower) -> None:
    """Networks come and go; up to the set time nothing is said."""
    tower.well()
    for _ in range(5):
        tower.later(timedelta(hours=1))
        tower.lookout.failed(ConnectError())

    assert [] == tower.open()


def test_no_contact_for_the_set_time_is_blindness(tower: Tower) -> None:
    """It is told once, and says since when."""
    tower.well()
    for _ in range(14):
        tower.later(timedelta(minutes=30))
        tower.lookout.failed(ConnectError("imap.firm.example cannot be reached."))
    (entry,) = tower.store.waiting()

    assert ["contact"] == tower.open()
    assert ["Oopsee has lost contact with your mailbox work"] == tower.mails()
    text = compose.plain_terminal(entry.raw)
    assert "imap.firm.example cannot be reached." in text
    assert START.strftime("%H:%M") in text
    assert ["contact"] == tower.well()


def test_a_server_never_reached_is_blindness_too(tower: Tower) -> None:
    """The time counts from the first try."""
    tower.lookout.failed(ConnectError())
    tower.later(SIX_HOURS)

    assert "contact" == tower.lookout.failed(ConnectError())


def test_a_machine_that_slept_finds_its_network_first(tower: Tower) -> None:
    """A night in the bag is no blindness; a network that stays away after it is."""
    tower.well()
    tower.lookout.failed(ConnectError())
    tower.later(timedelta(hours=10), asleep=True)
    assert "" == tower.lookout.failed(ConnectError())
    tower.later(timedelta(minutes=11))

    assert "contact" == tower.lookout.failed(ConnectError())


def test_a_clock_that_is_put_back_hides_no_blindness(tower: Tower) -> None:
    """Six hours of failures are six hours, whatever the time of day says."""
    tower.well()
    tower.lookout.failed(ConnectError())
    tower.now -= timedelta(days=1)
    tower.later(SIX_HOURS)

    assert "contact" == tower.lookout.failed(ConnectError())


def test_one_blindness_has_one_mail(tower: Tower) -> None:
    """A login refused for a day is not told again as lost contact."""
    tower.well()
    tower.lookout.failed(LoginError())
    tower.later(timedelta(days=1))
    tower.lookout.failed(ConnectError())

    assert ["login"] == tower.open()


def test_a_store_in_trouble_cannot_note_it(tower: Tower) -> None:
    """Where nothing can be written, nothing is tried; the log and the exit code tell."""
    assert "" == tower.lookout.failed(StoreError())
    assert [] == tower.open()


def test_a_missing_model_is_told_and_taken_back(tower: Tower) -> None:
    """Mail is watched by rules meanwhile: passes go well, and the episode stays."""
    tower.model = ModelError("The model mine cannot be loaded.")
    tower.well()
    tower.later(timedelta(hours=1))
    tower.well()
    assert ["model"] == tower.open()
    assert 1 == len(tower.mails())
    tower.model = None

    assert ["model"] == tower.well()
    assert [] == tower.open()


def test_messages_not_understood_are_told_once_a_day_at_most(tower: Tower) -> None:
    """After a quiet day the next such message is a new episode; old ones alone are none."""
    tower.store.quarantine("Sent", 1, 7, "ValueError", at=tower.now)
    tower.well()
    tower.store.quarantine("Sent", 1, 8, "ValueError", at=tower.now)
    tower.well()
    assert (["quarantine"], 1) == (tower.open(), len(tower.mails()))
    tower.later(timedelta(days=1))
    assert ["quarantine"] == tower.well()
    tower.later(timedelta(days=30))
    tower.well()
    assert [] == tower.open()
    tower.store.quarantine("Sent", 1, 9, "ValueError", at=tower.now)
    tower.well()

    assert ["quarantine"] == tower.open()


def test_the_words_of_a_server_do_nothing_in_the_notice(tower: Tower) -> None:
    """No header, no tag, no terminal escape comes out of what a server says."""
    tower.lookout.failed(LoginError("no\r\nBcc: eve@evil.example\r\n\r\n<script>\x1b[2J"))
    (entry,) = tower.store.waiting()
    parsed = message_from_bytes(entry.raw, policy=policy.default)
    html = parsed.get_body(preferencelist=("html",))

    assert parsed["Bcc"] is None
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "\x1b" not in compose.plain_terminal(entry.raw)


def test_a_missing_sent_folder_is_told_once_and_ends_with_its_return(tower: Tower) -> None:
    """The passes go well meanwhile, because the other folders are read."""
    gone = FolderError("The Sent folder Sent Items can no longer be found.", remedy="Give it back its name.")
    for _ in range(3):
        assert [] == tower.well(missing=gone)
        tower.lookout = tower.another()
    (notice,) = tower.store.waiting()

    assert b"Sent Items" in notice.raw
    assert ["missing"] == tower.well()
    assert [] == tower.store.waiting()
