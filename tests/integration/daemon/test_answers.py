"""Answers to alerts on a real server: by reply, by folder, by keyword; and that nothing else is touched."""

from __future__ import annotations

import imaplib
from email import message_from_bytes

import pytest

from scanner.store import MailboxStore
from tests.dovecot import Account
from tests.integration.daemon.harness import WRONG, a_guard, alerts, learnt, now, running, until
from tests.people import OWNER, raw_mail

FOLDERS = {"Oopsee/Wrong", "Oopsee/Fine"}


def labels(store: MailboxStore) -> list[tuple[str, bool]]:
    """What has been said of which message."""
    return [(one.message_id, one.wrong) for one in store.labels()]


def alerted(dovecot: Account, store: MailboxStore) -> str:
    """Send a mail to the wrong party; the Message-ID of its alert."""
    until(lambda: learnt(store))
    dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
    until(lambda: alerts(dovecot))
    return str(message_from_bytes(alerts(dovecot)[0])["Message-ID"])


def in_inbox(dovecot: Account, *command: str) -> None:
    """Do something with all mail of the inbox, as a mail program does."""
    with dovecot.server.connection(dovecot.user) as connection:
        connection.select("INBOX")
        assert "OK" == connection.uid(*command)[0]
        if command[0] == "COPY":
            connection.store("1:*", "+FLAGS", "\\Deleted")
            connection.expunge()


def test_a_reply_in_sent_is_a_label_and_silence(dovecot: Account, store: MailboxStore) -> None:
    """The next mail to the same recipient causes no alert."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        alert_id = alerted(dovecot, store)
        reply = raw_mail(2, to=[OWNER], date=now(), text="2\r\n\r\n> It may have gone to somebody else.")
        dovecot.append("Sent", b"In-Reply-To: " + alert_id.encode() + b"\r\n" + reply)
        until(store.labels)
        until(lambda: store.mutes(now()))
        dovecot.append("Sent", raw_mail(3, to=[WRONG], date=now()))
        until(lambda: store.verdict("<000003@firm.example>"))

    assert [("<000001@firm.example>", False)] == labels(store)
    assert 1 == len(alerts(dovecot))
    assert store.verdict("<000002@firm.example>") is None


@pytest.mark.parametrize(("folder", "wrong"), [("Oopsee/Wrong", True), ("Oopsee/Fine", False)])
def test_an_alert_moved_into_a_folder_is_an_answer(
    dovecot: Account, store: MailboxStore, folder: str, wrong: bool
) -> None:
    """The folders are made and subscribed to; the alert lies where the owner has put it."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        alerted(dovecot, store)
        until(lambda: set(dovecot.server.folders(dovecot.user)) >= FOLDERS)
        in_inbox(dovecot, "COPY", "1:*", folder)
        until(store.labels)

    assert [("<000001@firm.example>", wrong)] == labels(store)
    assert 1 == len(dovecot.server.messages(dovecot.user, folder))


def test_the_sent_message_itself_may_be_filed_and_moved_again(dovecot: Account, store: MailboxStore) -> None:
    """The last folder counts; folders that were deleted are made again."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        until(lambda: learnt(store))
        sent = raw_mail(1, to=["bruno@firm.example"], date=now())
        dovecot.append("Sent", sent)
        until(lambda: store.verdict("<000001@firm.example>"))
        until(lambda: set(dovecot.server.folders(dovecot.user)) >= FOLDERS)
        dovecot.append("Oopsee/Fine", sent)
        until(lambda: labels(store) == [("<000001@firm.example>", False)])
        dovecot.append("Oopsee/Wrong", sent)
        until(lambda: labels(store) == [("<000001@firm.example>", True)])
        dovecot.server.delete(dovecot.user, "Oopsee/Fine")
        until(lambda: "Oopsee/Fine" in dovecot.server.folders(dovecot.user))
        dovecot.append("Oopsee/Fine", sent)
        until(lambda: labels(store) == [("<000001@firm.example>", False)])


def test_a_keyword_on_the_alert_is_an_answer_once(dovecot: Account, store: MailboxStore) -> None:
    """It stays on the message; a later answer by reply is not undone by it."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        alert_id = alerted(dovecot, store)
        in_inbox(dovecot, "STORE", "1:*", "+FLAGS", "($OopseeWrong)")
        until(lambda: labels(store) == [("<000001@firm.example>", True)])
        reply = raw_mail(2, to=[OWNER], date=now(), text="fine")
        dovecot.append("Sent", b"In-Reply-To: " + alert_id.encode() + b"\r\n" + reply)
        until(lambda: labels(store) == [("<000001@firm.example>", False)])
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        before = store.health()["pass"].count
        until(lambda: store.health()["pass"].count > before + 1)

    assert [("<000001@firm.example>", False)] == labels(store)


def test_other_mail_in_the_folders_says_nothing(dovecot: Account, store: MailboxStore) -> None:
    """What was never sent, and what bears a forged id of a message that never went out."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        until(lambda: learnt(store))
        until(lambda: set(dovecot.server.folders(dovecot.user)) >= FOLDERS)
        dovecot.append("Oopsee/Wrong", raw_mail(7, sender="eve@evil.example", to=[OWNER], date=now()))
        until(lambda: (cursor := store.cursor("Oopsee/Wrong")) is not None and cursor.last_uid == 1)

    assert [] == labels(store)


def test_folders_are_made_only_where_that_is_switched_on(dovecot: Account, store: MailboxStore) -> None:
    """By default the mailbox is read, not changed."""
    before = dovecot.server.folders(dovecot.user)
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        passes = store.health()["pass"].count
        until(lambda: store.health()["pass"].count > passes + 1)

    assert before == dovecot.server.folders(dovecot.user)


def test_reading_answers_changes_no_flag(dovecot: Account, store: MailboxStore) -> None:
    """The alert stays unread where it lies."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, by_hand=True)):
        alerted(dovecot, store)
        until(lambda: set(dovecot.server.folders(dovecot.user)) >= FOLDERS)
        in_inbox(dovecot, "COPY", "1:*", "Oopsee/Fine")
        until(store.labels)
    with dovecot.server.connection(dovecot.user) as connection:
        connection.select("Oopsee/Fine", readonly=True)
        unseen = connection.search(None, "UNSEEN")[1]

    assert isinstance(connection, imaplib.IMAP4)
    assert [b"1"] == unseen
