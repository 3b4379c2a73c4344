"""Blindness on a real server: it is noted, the owner hears of it once, and it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from scanner.daemon import Daemon, Guard
from scanner.errors import FolderError, LoginError, ModelError
from scanner.store import MailboxStore, Store
from scanner.worker import Patience
from tests.dovecot import Account, Dovecot
from tests.integration.daemon.harness import POISON, WRONG, a_guard, alerts, learnt, now, running, until
from tests.people import OWNER, raw_mail

AT_ONCE = Patience(contact=timedelta(seconds=1), notice=timedelta(0))


class Letterbox:
    """A delivery that does not need the mailbox."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def deliver(self, raw: bytes, message_id: str, *, repeat: bool = True) -> None:
        """Take it."""
        del message_id, repeat
        self.taken.append(raw)

    @property
    def subjects(self) -> list[str]:
        """Of all that was taken."""
        return [subject(raw) for raw in self.taken]


def subject(raw: bytes) -> str:
    """The subject of a mail, decoded."""
    return str(message_from_bytes(raw, policy=policy.default)["Subject"])


def blind(store: MailboxStore) -> list[str]:
    """The causes of the episodes that last."""
    return [one.cause for one in store.episodes() if one.ended_at is None]


@contextmanager
def a_store(path: Path) -> Iterator[MailboxStore]:
    """The state as a process of its own opens it."""
    with Store.open(path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")


def test_a_refused_login_is_told_once_over_restarts(dovecot: Account, tmp_path: Path) -> None:
    """Three processes are refused; the owner has one mail. With the password mended, all is well again."""
    box = Letterbox()
    port, user = dovecot.server.port, dovecot.user
    for _ in range(3):
        with a_store(tmp_path) as store:
            guard = a_guard(store, port, user, password="revoked", delivery=box, patience=AT_ONCE)
            with pytest.raises(LoginError):
                Daemon([guard]).run(threading.Event())
    with a_store(tmp_path) as store:
        assert ["login"] == blind(store)
        with running(a_guard(store, port, user, delivery=box, patience=AT_ONCE)):
            until(lambda: not blind(store))
        (episode,) = store.episodes()

    assert ["Oopsee cannot log in to your mailbox work"] == box.subjects
    assert episode.ended_at is not None
    assert episode.told_at is not None


def test_a_server_away_for_too_long_is_told_once(store: MailboxStore) -> None:
    """Down, up, down: two episodes, two mails; between them all is well."""
    box = Letterbox()
    with Dovecot() as server:
        account = Account(server, server.fresh_user())
        with running(a_guard(store, server.port, account.user, delivery=box, patience=AT_ONCE)):
            for told in (1, 2):
                until(lambda: learnt(store) and not blind(store))
                server.kill()
                until(lambda told=told: told == len(box.taken))  # type: ignore[misc]
                assert ["contact"] == blind(store)
                server.start()
            until(lambda: not blind(store))

    assert ["Oopsee has lost contact with your mailbox work"] * 2 == box.subjects


@pytest.fixture
def bare() -> Iterator[Account]:
    """A user of a server that makes no folder by itself; Sent was made by a client."""
    with Dovecot(folders=("Work",), special_use=False) as server:
        account = Account(server, server.fresh_user())
        server.create(account.user, "Sent")
        yield account


def test_a_sent_folder_that_is_gone_is_told_in_the_inbox(bare: Account, store: MailboxStore) -> None:
    """The mailbox itself can still be reached, so that delivery by append works."""
    with running(a_guard(store, bare.server.port, bare.user, patience=AT_ONCE)):
        until(lambda: learnt(store))
        bare.server.delete(bare.user, "Sent")
        until(lambda: alerts(bare))
        assert ["folder"] == blind(store)
    (notice,) = alerts(bare)
    bare.server.create(bare.user, "Sent")
    with running(a_guard(store, bare.server.port, bare.user, patience=AT_ONCE)):
        until(lambda: not blind(store))

    assert "Oopsee finds no Sent folder in your mailbox work" == subject(notice)
    assert f"<{OWNER}>" == message_from_bytes(notice)["To"]
    assert [notice] == alerts(bare)


def test_a_short_absence_of_the_sent_folder_brings_no_mail(bare: Account, store: MailboxStore) -> None:
    """A client that makes the folder anew leaves it away for a moment: that is for the status alone."""
    bare.server.delete(bare.user, "Sent")
    with pytest.raises(FolderError):
        Daemon([a_guard(store, bare.server.port, bare.user)]).run(threading.Event())
    bare.server.create(bare.user, "Sent")
    with running(a_guard(store, bare.server.port, bare.user)):
        until(lambda: learnt(store) and not blind(store))

    assert [] == alerts(bare)
    assert [] == store.waiting()
    assert [None] == [one.told_at for one in store.episodes()]


@pytest.mark.parametrize("configured", [(), ("Sent", "Sent Items")])
@pytest.mark.parametrize("way", ["deleted", "renamed"])
def test_one_of_two_sent_folders_that_is_gone_is_told_once(
    bare: Account, tmp_path: Path, configured: tuple[str, ...], way: str
) -> None:
    """The other one is watched all the same, restarts tell nothing again, and its return ends it."""
    user = bare.user

    def guarded(store: MailboxStore) -> Guard:
        return a_guard(store, bare.server.port, user, sent_folders=configured, patience=AT_ONCE)

    bare.server.create(user, "Sent Items")
    for number, folder in ((1, "Sent"), (2, "Sent Items")):
        bare.server.append(user, folder, raw_mail(number, date=now()))
    with a_store(tmp_path) as store, running(guarded(store)):
        until(lambda: learnt(store))
        if way == "deleted":
            bare.server.delete(user, "Sent Items")
        else:
            with bare.server.connection(user) as line:
                line.rename('"Sent Items"', '"Old post"')
        until(lambda: alerts(bare))
        assert ["missing"] == blind(store)
        bare.server.append(user, "Sent", raw_mail(3, date=now(), to=[WRONG]))
        until(lambda: len(alerts(bare)) == 2)
    with a_store(tmp_path) as store, running(guarded(store)):
        bare.server.append(user, "Sent", raw_mail(4, date=now(), to=[WRONG]))
        until(lambda: len(alerts(bare)) == 3)
        assert ["missing"] == blind(store)
        bare.server.create(user, "Sent Items")
        until(lambda: not blind(store))
        bare.server.append(user, "Sent Items", raw_mail(5, date=now(), to=[WRONG]))
        until(lambda: len(alerts(bare)) == 4)

    told = [raw for raw in alerts(bare) if b"X-Oopsee: notice" in raw]
    assert ["Oopsee misses a Sent folder in your mailbox work"] == [subject(raw) for raw in told]


def test_naming_the_folders_that_are_left_makes_it_quiet(bare: Account, tmp_path: Path) -> None:
    """Who has put an old Sent folder away on purpose follows the notice."""
    port, user = bare.server.port, bare.user
    bare.server.create(user, "Sent Items")
    bare.server.append(user, "Sent Items", raw_mail(1, date=now()))
    with a_store(tmp_path) as store, running(a_guard(store, port, user)):
        until(lambda: learnt(store))
    bare.server.delete(user, "Sent Items")
    with a_store(tmp_path) as store, running(a_guard(store, port, user)):
        until(lambda: blind(store))
        (episode,) = store.episodes()
    with a_store(tmp_path) as store, running(a_guard(store, port, user, sent_folders=("Sent",))):
        until(lambda: not blind(store))

    assert ("missing", "The Sent folder Sent Items can no longer be found.") == (episode.cause, episode.what)
    assert [] == alerts(bare)


def test_a_missing_model_is_told_in_the_inbox(dovecot: Account, store: MailboxStore) -> None:
    """Mail is watched all the same; with the model back, the episode ends."""
    trouble: list[ModelError | None] = [ModelError("The model mine cannot be loaded.")]
    guard = a_guard(
        store, dovecot.server.port, dovecot.user, patience=AT_ONCE, model_trouble=lambda: trouble[0]
    )
    with running(guard):
        until(lambda: alerts(dovecot))
        trouble[0] = None
        until(lambda: not blind(store))

    assert ["Oopsee has no model for your mailbox work"] == [subject(raw) for raw in alerts(dovecot)]


def test_a_message_not_understood_is_told_in_the_inbox(dovecot: Account, store: MailboxStore) -> None:
    """Two in a row are one notice."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, patience=AT_ONCE)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, subject=POISON, date=now()))
        until(lambda: alerts(dovecot))
        dovecot.append("Sent", raw_mail(2, subject=POISON, date=now()), raw_mail(3, date=now()))
        until(lambda: store.verdict("<000003@firm.example>"))

    assert ["Oopsee could not read a message in your mailbox work"] == [
        subject(raw) for raw in alerts(dovecot)
    ]
    assert 2 == len(store.quarantined())
