"""A recall from end to end on a real Dovecot: the copy, the record, and the two mails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from scanner.errors import ScannerError
from scanner.mailbox.imap import Session
from scanner.mailbox.recall import Outcome
from scanner.store import OutboxEntry, Store
from scanner.worker.recalling import Party, Sent, recall_copy
from tests.dovecot import MASTER, Account
from tests.people import OWNER, START, raw_mail

BRUNO = "bruno@firm.example"
SENT = Sent("<000001@firm.example>", "Minutes", START)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state of both mailboxes."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened


def recalled(dovecot: Account, store: Store, *, user: str = MASTER) -> Outcome:
    """Recall Anna's message from Bruno's inbox."""
    endpoint = dovecot.endpoint(username=f"{dovecot.user}*{user}")

    def session() -> AbstractContextManager[Session]:
        return Session(endpoint, clock=time.monotonic)

    anna = Party(OWNER, store.mailbox("anna"), "en")
    bruno = Party(BRUNO, store.mailbox("bruno"), "de")
    return recall_copy(SENT, anna, bruno, session, inbox="INBOX", now=START)


def mails(store: Store, name: str) -> list[tuple[str, str, str]]:
    """Sender, recipient and subject of what waits for the owner of a mailbox."""

    def shown(entry: OutboxEntry) -> tuple[str, str, str]:
        mail = message_from_bytes(entry.raw, policy=policy.default)
        return mail["From"].addresses[0].addr_spec, mail["To"].addresses[0].addr_spec, str(mail["Subject"])

    return [shown(one) for one in store.mailbox(name).waiting()]


def deeds(store: Store) -> list[str]:
    """What is on record with the sent message."""
    return [one.detail for one in store.mailbox("anna").deeds(SENT.message_id)]


def test_an_unread_copy_is_taken_back_and_both_are_told(dovecot: Account, store: Store) -> None:
    """Each in their own mailbox and language; the recipient is not shown the subject."""
    dovecot.append("INBOX", raw_mail(1))

    assert Outcome.MOVED is recalled(dovecot, store)
    assert [] == dovecot.server.messages(dovecot.user)
    assert [(OWNER, OWNER, "Recall: “Minutes”")] == mails(store, "anna")
    assert [(BRUNO, BRUNO, "Eine Nachricht wurde ungelesen aus Ihrem Posteingang genommen")] == mails(
        store, "bruno"
    )
    assert b"Minutes" not in store.mailbox("bruno").waiting()[0].raw
    assert [f"{BRUNO} begun", f"{BRUNO} moved"] == deeds(store)


def test_called_again_nobody_is_told_twice(dovecot: Account, store: Store) -> None:
    """The record has every attempt."""
    dovecot.append("INBOX", raw_mail(1))
    recalled(dovecot, store)
    recalled(dovecot, store)

    assert (1, 1, 4) == (len(mails(store, "anna")), len(mails(store, "bruno")), len(deeds(store)))


def test_of_a_copy_that_was_read_only_the_sender_hears(dovecot: Account, store: Store) -> None:
    """Nothing happened in the other mailbox."""
    dovecot.append("INBOX", raw_mail(1), flags="\\Seen")

    assert Outcome.READ is recalled(dovecot, store)
    assert (1, 0) == (len(mails(store, "anna")), len(mails(store, "bruno")))


def test_a_login_that_is_refused_is_on_record(dovecot: Account, store: Store) -> None:
    """And nothing was moved, nobody told."""
    dovecot.append("INBOX", raw_mail(1))
    with pytest.raises(ScannerError):
        recalled(dovecot, store, user="nobody")

    assert [f"{BRUNO} begun", f"{BRUNO} failed: LoginError"] == deeds(store)
    assert ([], []) == (mails(store, "anna"), mails(store, "bruno"))
    assert 1 == len(dovecot.server.messages(dovecot.user))
