"""Filing Oopsee's own messages into a real INBOX, exactly once."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from scanner.errors import ConnectError, FolderError
from scanner.mailbox.append import append, append_once, find_message_id, has_message_id
from scanner.mailbox.imap import Session
from tests.dovecot import Account, Dovecot

ID = "<alert-1.abc@oopsee.example.org>"
ALERT = f"From: Anna <anna@example.org>\nSubject: Wrong party?\nMessage-ID: {ID}\n\nLook.\n".encode()


def test_an_alert_lies_in_the_inbox_unread_and_with_its_date(dovecot: Account, session: Session) -> None:
    """The octets arrive with CRLF, no flag is set, and the date is the one that was given."""
    when = datetime(2025, 4, 1, 13, 22, 22, tzinfo=UTC)

    uid = append(session, "INBOX", ALERT, when)

    stored = dovecot.server.state(dovecot.user)["INBOX"]
    assert [uid] == [one.uid for one in stored]
    assert [("\\Recent",)] == [one.flags for one in stored]
    assert [ALERT.replace(b"\n", b"\r\n")] == dovecot.server.messages(dovecot.user)
    session.examine("INBOX")
    assert when == session.fetch([uid or 0], ["INTERNALDATE"])[uid or 0][b"INTERNALDATE"]


def test_nothing_is_opened_to_file_an_alert(session: Session) -> None:
    """APPEND alone is one round trip."""
    before = session.round_trips

    append(session, "INBOX", ALERT)

    assert before + 1 == session.round_trips


def test_a_message_is_found_by_its_message_id(dovecot: Account, session: Session) -> None:
    """Only the message with exactly this id is found, also among like ones."""
    other = ALERT.replace(b"alert-1", b"alert-2")
    dovecot.append("INBOX", other, ALERT)

    assert [2] == find_message_id(session, "INBOX", ID)
    assert not has_message_id(session, "INBOX", "<alert-3.abc@oopsee.example.org>")
    assert not has_message_id(session, "Sent", ID)


@pytest.mark.parametrize("message_id", ['<with "quotes" and \\back@example.org>', "<with space@example.org>"])
def test_odd_message_ids_are_found_too(dovecot: Account, session: Session, message_id: str) -> None:
    """Quotes, backslashes and spaces in an id do no harm."""
    dovecot.append("INBOX", f"From: a@example.org\r\nMessage-ID: {message_id}\r\n\r\nx\r\n".encode())

    assert has_message_id(session, "INBOX", message_id)


def test_an_alert_that_is_filed_again_lies_there_once(dovecot: Account, session: Session) -> None:
    """The second try finds the first."""
    filed = [append_once(session, "INBOX", ALERT, ID) for _ in range(3)]

    assert [True, False, False] == filed
    assert 1 == len(dovecot.server.messages(dovecot.user))


def test_an_alert_lies_there_once_when_the_server_is_killed_in_between() -> None:
    """The line breaks after the message was stored; the next try files nothing."""
    with Dovecot(users=["anna"]) as server:
        session = Session(Account(server, "anna").endpoint(), clock=time.monotonic)
        session.connect()
        append_once(session, "INBOX", ALERT, ID)
        server.restart()
        with pytest.raises(ConnectError):
            append_once(session, "INBOX", ALERT, ID)
        session.connect()

        assert not append_once(session, "INBOX", ALERT, ID)
        assert 1 == len(server.messages("anna"))
        session.close()


def test_a_missing_folder_is_named(session: Session) -> None:
    """The server's [TRYCREATE] becomes a folder error; nothing is created."""
    with pytest.raises(FolderError, match="Alerts"):
        append(session, "Alerts", ALERT)
