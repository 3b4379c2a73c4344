"""What is new in several folders, asked at once, on a real Dovecot and on servers that are difficult."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from scanner.errors import ConnectError
from scanner.mailbox.imap import ImapEndpoint, Opened, Session
from tests.dovecot import Account
from tests.fake_imap import OK, Answer, FakeImap
from tests.faults.proxy import Proxy
from tests.meter import Meter

MAIL = b"From: anna@example.org\r\nTo: bruno@example.com\r\n\r\nx\r\n"


def counts(found: dict[str, Opened]) -> dict[str, tuple[int, int]]:
    """UIDNEXT and messages of each."""
    return {name: (one.uidnext, one.exists) for name, one in found.items()}


@pytest.mark.parametrize("opened", [None, "Sent"])
def test_all_folders_are_asked_in_one_round_trip(dovecot: Account, opened: str | None) -> None:
    """Whether or not a folder has to be closed for it."""
    with Proxy(dovecot.server.port) as proxy:
        meter = Meter()
        endpoint = replace(dovecot.endpoint(), host="127.0.0.1", port=proxy.port)
        with Session(endpoint, clock=time.monotonic) as session, proxy.under(meter):
            if opened:
                session.examine(opened)
            meter.take()
            found = session.statuses(["INBOX", "Sent", "Drafts"])

            assert {"INBOX": (1, 0), "Sent": (1, 0), "Drafts": (1, 0)} == counts(found)
            assert 1 == meter.take().trips


def test_they_say_what_examine_says(session: Session, dovecot: Account) -> None:
    """UIDVALIDITY, UIDNEXT and the number of messages."""
    dovecot.append("Sent", MAIL, MAIL)

    assert session.examine("Sent") == session.statuses(["INBOX", "Sent"])["Sent"]


def test_mail_that_came_while_the_folder_was_open_is_seen(session: Session, dovecot: Account) -> None:
    """The opened folder is closed before it is asked about."""
    session.examine("Sent")
    dovecot.append("Sent", MAIL)

    assert (2, 1) == counts(session.statuses(["Sent"]))["Sent"]
    assert session.opened is None


def test_a_folder_that_is_not_there_is_left_out(session: Session) -> None:
    """The others are answered all the same, and so is the next command."""
    assert {"INBOX", "Sent"} == set(session.statuses(["INBOX", "Nowhere", "Sent"]))
    assert 0 == session.examine("Sent").exists


def test_names_of_all_kinds_are_asked_for(session: Session, dovecot: Account) -> None:
    """Spaces, quotation marks, digits alone, and letters of other scripts."""
    names = ["Sent Items", 'My "best"', "2025", "Gönderilmiş Öğeler", "送信済み", "a\\b"]
    with dovecot.server.connection(dovecot.user) as line:
        for name in names:
            line.create(_utf7(name))

    assert set(names) == set(session.statuses(names))


def _utf7(name: str) -> str:
    spelt = {
        "Gönderilmiş Öğeler": "G&APY-nderilmi&AV8- &ANYBHw-eler",
        "送信済み": "&kAFP4W4IMH8-",
    }.get(name, name)
    escaped = spelt.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextlib.contextmanager
def on_fake(respond: Callable[[str, str], Answer], capabilities: str = "IMAP4rev1") -> Iterator[Session]:
    """A session with a fake server, Sent opened."""
    with FakeImap(respond, capabilities=capabilities) as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=0.5)
        with Session(endpoint, clock=time.monotonic) as session:
            session.examine("Sent")
            yield session


def status(name: str, rest: str) -> Answer:
    """Answers STATUS of any folder."""
    folder = rest.split('"')[1]
    if name == "STATUS":
        return ([f'STATUS "{folder}" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 5)'.encode()], b"OK done")
    return OK


def test_without_unselect_the_opened_folder_is_left_out() -> None:
    """What the server says of it may be old (RFC 9051 section 6.3.11)."""

    def respond(name: str, rest: str) -> Answer:
        return status(name, rest) if name == "STATUS" else "usual"

    with on_fake(respond) as session:
        assert {"INBOX"} == set(session.statuses(["INBOX", "Sent"]))
        assert "Sent" == session.opened
    with on_fake(respond, "IMAP4rev1 UNSELECT") as session:
        assert {"INBOX", "Sent"} == set(session.statuses(["INBOX", "Sent"]))


def test_answers_in_another_order_are_not_taken_for_each_other() -> None:
    """A server may answer what was asked at once in any order; then nothing is said of either."""
    tags: list[bytes] = []

    def respond(name: str, rest: str) -> Answer:
        return "usual" if name != "STATUS" else b"" if "INBOX" in rest else _both(tags)

    with on_fake(respond, "IMAP4rev1 UNSELECT") as session:
        first = int(session.line.tagnum)
        prefix: Any = session.line.tagpre  # octets, whatever typeshed says
        # UNSELECT, STATUS INBOX, STATUS Sent: the last two are answered the other way round.
        tags += [prefix + str(first + number).encode() for number in (1, 2)]

        assert {} == session.statuses(["INBOX", "Sent"])


def _both(tags: list[bytes]) -> bytes:
    inbox, sent = tags
    return (
        b"* STATUS Sent (MESSAGES 8 UIDNEXT 9 UIDVALIDITY 5)\r\n" + sent + b" OK done\r\n"
        b"* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 5)\r\n" + inbox + b" OK done\r\n"
    )


@pytest.mark.parametrize("refusal", [b"NO not now", b"BAD what?"])
def test_a_refusal_says_nothing_of_the_folder(refusal: bytes) -> None:
    """NO and BAD for one of them leave the others."""

    def respond(name: str, rest: str) -> Answer:
        if name != "STATUS":
            return "usual"
        return ([], refusal) if "INBOX" in rest else status(name, rest)

    with on_fake(respond, "IMAP4rev1 UNSELECT") as session:
        assert {"Sent": (4, 3)} == counts(session.statuses(["INBOX", "Sent"]))
        assert {"Sent": (4, 3)} == counts(session.statuses(["Sent", "INBOX"]))


def test_a_server_that_falls_silent_over_it_is_an_error() -> None:
    """The line is dropped after the socket's time."""

    def respond(name: str, _rest: str) -> Answer:
        return None if name == "STATUS" else "usual"

    with on_fake(respond, "IMAP4rev1 UNSELECT") as session:
        with pytest.raises(ConnectError, match="asking what is new"):
            session.statuses(["INBOX", "Sent"])
        assert not session.connected
